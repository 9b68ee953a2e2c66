#include "tests/support/json_schema.h"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace acrbiter::support {

using nlohmann::json;

std::string schema_problem(const std::filesystem::path& path, const json& document) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  const json text = json::parse(file);
  const bool draft4 = text.value("$schema", std::string()).find("draft-04") != std::string::npos;
  valijson::Schema schema;
  valijson::SchemaParser parser(draft4 ? valijson::SchemaParser::kDraft4 : valijson::SchemaParser::kDraft7);
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(text), schema);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(document), &results)) return {};
  std::string problem;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    for (const std::string& part : error.context) problem += part;
    problem += ": " + error.description + "\n";
  }
  return problem.empty() ? "refused" : problem;
}

json to_json(const cli::YamlNode& yaml) {
  using Kind = cli::YamlNode::Kind;
  switch (yaml.kind) {
    case Kind::Null:
      return nullptr;
    case Kind::List: {
      json list = json::array();
      for (const cli::YamlNode& item : yaml.items) list.push_back(to_json(item));
      return list;
    }
    case Kind::Map: {
      json map = json::object();
      for (const auto& [key, value] : yaml.members) map[key.text] = to_json(value);
      return map;
    }
    case Kind::Scalar:
      break;
  }
  if (yaml.plain && (yaml.text == "true" || yaml.text == "false")) return yaml.text == "true";
  if (yaml.plain && !yaml.text.empty()) {
    char* end = nullptr;
    const double number = std::strtod(yaml.text.c_str(), &end);
    const bool whole = *end == '\0' && yaml.text.find_first_not_of("0123456789.+-eE") == std::string::npos;
    if (whole) return number;
  }
  return yaml.text;
}

}  // namespace acrbiter::support
