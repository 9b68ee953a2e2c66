#include "parser/arm_template.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "model/ascii.h"
#include "model/text_position.h"
#include "parser/arm_expander.h"
#include "parser/arm_expression.h"
#include "parser/arm_value.h"
#include "parser/lower_common.h"

namespace acrbiter::parser {

namespace {

using arm::Expander;
using arm::find_member;
using arm::Json;
using arm::kDeployments;
using arm::member;
using arm::text_or_empty;
using model::Diagnostic;
using model::equal_ignoring_case;

/// The service takes templates of up to 4 MB.
constexpr std::size_t kMaxValues = 2'000'000;

/// The document as JSON; nullptr once it holds more than kMaxValues values. What would pass for an unknown is taken
/// out.
bool copy_to(Json& target, const Value& value, std::size_t& values, std::map<std::string, std::uint64_t>& offsets) {
  if (++values > kMaxValues) return false;
  const auto plain = [](std::string_view text) {
    std::string result(text);
    std::erase_if(result, [](char c) { return c == arm::kUnknownBegin || c == arm::kUnknownEnd; });
    return result;
  };
  switch (value.kind()) {
    case ValueKind::Absent:
    case ValueKind::Null:
      return true;
    case ValueKind::Boolean:
      target = value.boolean().value_or(false);
      return true;
    case ValueKind::Number: {
      constexpr double kExact = 9007199254740992.0;  // up to here a double holds every integer
      const double number = value.number().value_or(0);
      const bool whole =
          number >= -kExact && number <= kExact && static_cast<double>(static_cast<std::int64_t>(number)) == number;
      if (whole) {
        target = static_cast<std::int64_t>(number);
      } else {
        target = number;
      }
      return true;
    }
    case ValueKind::String:
      target = plain(value.text());
      if (arm::is_expression(value.text())) offsets.emplace(target.get<std::string>(), value.offset());
      return true;
    case ValueKind::Array:
      target = Json::array();
      for (const Value each : value) {
        if (!copy_to(target.emplace_back(), each, values, offsets)) return false;
      }
      return true;
    case ValueKind::Object:
      target = Json::object();
      if (value["type"].is_string()) offsets.emplace(value.pointer(), value.offset());
      for (const Value each : value) {
        if (!copy_to(target[plain(each.key())], each, values, offsets)) return false;
      }
      return true;
  }
  return true;
}

/// What the text of a template holds, whatever will be deployed of it.
struct TemplateCounts {
  LoweringContext& context;

  void count_template(const Json& document) {
    context.count("templates");
    const Json& resources = member(document, "resources");
    if (!resources.is_structured()) return;
    for (const Json& each : resources) count_resource(each, {});
  }

  void count_resource(const Json& body, const std::string& parent) {
    std::string type = text_or_empty(member(body, "type"));
    if (!parent.empty() && type.substr(0, type.find('/')).find('.') == std::string::npos) type = parent + '/' + type;
    const std::string lower = model::ascii_lower(type);
    const bool is_assignment = lower.ends_with("/roleassignments");
    if (find_member(body, "copy") != nullptr) context.count("copyLoops");
    if (find_member(body, "condition") != nullptr) {
      context.count(is_assignment ? "conditionalRoleAssignments" : "conditionalResources");
    }
    if (member(body, "existing") == true) {
      context.count("existingResources");
    } else if (is_assignment) {
      context.count("declaredRoleAssignments");
      if (find_member(member(body, "properties"), "condition") != nullptr) {
        context.count("declaredRoleAssignmentsWithCondition");
      }
    } else if (lower.ends_with("/roledefinitions")) {
      context.count("declaredRoleDefinitions");
    } else if (equal_ignoring_case(type, kRegistries)) {
      context.count("declaredRegistries");
    } else if (model::starts_with_ignoring_case(type, std::string(kRegistries) + '/')) {
      context.count("declaredRegistryChildren");
    }
    if (equal_ignoring_case(type, kDeployments)) {
      context.count("nestedDeployments");
      const Json& nested = member(member(body, "properties"), "template");
      if (nested.is_object()) count_template(nested);
      if (nested.is_string()) context.count("templatesByExpression");
    }
    const Json& children = member(body, "resources");
    if (!children.is_array()) return;
    for (const Json& each : children) count_resource(each, type);
  }
};

std::optional<PendingDocument> kept(const Value& document, LoweringContext& context) {
  Json json;
  std::size_t values = 0;
  std::map<std::string, std::uint64_t> offsets;
  if (!copy_to(json, document, values, offsets)) {
    context.warn("template-not-read", document,
                 "the template has more than " + std::to_string(kMaxValues) + " values and is not read",
                 "the service takes templates of up to 4 MB");
    return std::nullopt;
  }
  return PendingDocument{.path = context.builder.draft().files[model::at(context.file)].path,
                         .file = context.file,
                         .document = std::make_shared<const Json>(std::move(json)),
                         .offsets = std::move(offsets),
                         .address = {},
                         .pointer = {},
                         .deployment = {}};
}

bool schema_names(const Value& v, std::string_view part) { return contains_ignoring_case(v["$schema"].text(), part); }

bool is_arm_parameters(const Value& v) {
  return schema_names(v, "deploymentParameters.json") ||
         (has(v, "contentVersion") && v["parameters"].is_object() && !has(v, "resources"));
}

bool is_arm_template(const Value& v) {
  const Value request = v["properties"];  // a deployment's request body; a container app has a `template` of its own
  return schema_names(v, "deploymentTemplate.json") || (has(v, "contentVersion") && has(v, "resources")) ||
         has(request["template"], "resources") || has(request, "templateLink");
}

void lower_arm_template(const Value& v, LoweringContext& context) {
  std::optional<PendingDocument> document = kept(v, context);
  if (!document) return;
  const Json& json = *document->document;
  const Json& request = member(member(json, "properties"), "template");
  const bool is_request = find_member(json, "resources") == nullptr && request.is_object();
  TemplateCounts{context}.count_template(is_request ? request : json);
  context.infrastructure.templates.push_back(*std::move(document));
}

void lower_arm_parameters(const Value& v, LoweringContext& context) {
  if (std::optional<PendingDocument> document = kept(v, context)) {
    context.count("parameters", v["parameters"].size());
    context.infrastructure.parameters.push_back(*std::move(document));
  }
}

constexpr std::array kArmDocuments = {
    ObjectFormat{"arm-parameters", is_arm_parameters, lower_arm_parameters},
    ObjectFormat{"arm-template", is_arm_template, lower_arm_template},
};

// ---- parameter files ----------------------------------------------------------------------------------------

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

/// "main" of "main.parameters.json", "main.prod.parameters.json" and "main.json".
std::string stem_of(std::string_view path) {
  std::string_view name = last_segment(path);
  return model::ascii_lower(name.substr(0, name.find('.')));
}

/// Which templates a parameter file is for: the one of its name beside it, else of its name, else the only one.
std::vector<std::size_t> templates_for(const PendingDocument& parameters,
                                       const std::vector<PendingDocument>& templates) {
  std::vector<std::size_t> beside;
  std::vector<std::size_t> named;
  for (std::size_t i = 0; i < templates.size(); ++i) {
    if (stem_of(templates[i].path) != stem_of(parameters.path)) continue;
    named.push_back(i);
    if (folder_of(templates[i].path) == folder_of(parameters.path)) beside.push_back(i);
  }
  if (!beside.empty()) return beside;
  if (!named.empty()) return named;
  return templates.size() == 1 ? std::vector<std::size_t>{0} : std::vector<std::size_t>{};
}

}  // namespace

std::optional<std::size_t> byte_in_string(std::string_view text, std::size_t inside) noexcept {
  const auto blanks_behind = [&](std::size_t at) {
    return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
  };
  // Behind the closing quote of the string that opens at `at`.
  const auto end_of = [&](std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\') ++at;
    }
    return std::min(at + 1, text.size());
  };
  if (!text.starts_with('"')) return std::nullopt;
  std::size_t at = 0;
  if (const std::size_t colon = blanks_behind(end_of(0)); colon < text.size() && text[colon] == ':') {
    at = blanks_behind(colon + 1);
    if (at >= text.size() || text[at] != '"') return std::nullopt;
  }
  ++at;
  for (std::size_t byte = 0; byte < inside && at < text.size() && text[at] != '"';) {
    if (text[at] != '\\') {
      ++at;
      ++byte;
      continue;
    }
    // \uXXXX is one to three bytes of UTF-8, and half of a pair two.
    const bool coded = at + 5 < text.size() && text[at + 1] == 'u';
    unsigned code = 0;
    if (coded) std::from_chars(text.data() + at + 2, text.data() + at + 6, code, 16);
    const bool half = code >= 0xD800U && code < 0xE000U;
    byte += code < 0x80U ? 1U : code < 0x800U || half ? 2U : 3U;
    at += coded ? 6U : 2U;
  }
  return at < text.size() ? std::optional(at) : std::nullopt;
}

std::span<const ObjectFormat> arm_document_formats() { return kArmDocuments; }

void add_deployment(const Value& request, const Value& where, std::string address, Deployment deployment, bool removed,
                    LoweringContext& context) {
  std::optional<PendingDocument> document = kept(request, context);
  if (!document) return;
  document->offsets = {{where.pointer(), where.offset()}};
  document->address = std::move(address);
  document->pointer = where.pointer();
  document->deployment = std::move(deployment);
  document->removed = removed;
  context.infrastructure.deployments.push_back(*std::move(document));
}

std::vector<TemplateProblem> expand_templates(Infrastructure& infrastructure, model::SnapshotBuilder& builder) {
  std::vector<TemplateProblem> errors;
  if (infrastructure.side == PlanSide::Before) return errors;
  const std::vector<PendingDocument>& templates = infrastructure.templates;
  const auto warn = [&](const PendingDocument& where, std::string_view code, std::string message, std::string help) {
    model::Warning& warning = builder.draft().warnings.emplace_back();
    warning.code = code;
    warning.where.message = std::move(message);
    warning.where.help = std::move(help);
    warning.where.file = where.path;
  };

  const auto expand = [&](const PendingDocument& source, std::string label, bool alone, const Json& given_to_it) {
    Expander expander(infrastructure, builder, source, std::move(label), alone);
    expander.run(given_to_it);
    for (Diagnostic& problem : expander.errors()) {
      TemplateProblem& error = errors.emplace_back();
      error.file = source.file;
      // The excerpt is the whole expression unless it is very long or has several lines.
      if (const auto found = source.offsets.find(problem.excerpt); found != source.offsets.end()) {
        error.offset = found->second;
      }
      error.diagnostic = std::move(problem);
    }
  };

  std::vector<Json> given(templates.size(), Json::object());
  for (std::size_t i = 0; i < templates.size(); ++i) {
    const Json& in_request = member(member(*templates[i].document, "properties"), "parameters");
    if (in_request.is_object() && find_member(*templates[i].document, "resources") == nullptr) given[i] = in_request;
  }
  for (const PendingDocument& file : infrastructure.parameters) {
    const std::vector<std::size_t> targets = templates_for(file, templates);
    if (targets.size() != 1) {
      warn(file, "parameters-without-template", "it is not known which template the parameters are for",
           "name the file after its template: main.parameters.json for main.json");
      continue;
    }
    Json& values = given[targets.front()];
    const Json& parameters = member(*file.document, "parameters");
    if (!parameters.is_object()) continue;
    for (const auto& [name, entry] : parameters.items()) {
      const Json* known = find_member(values, name);
      if (known == nullptr) {
        values[name] = entry;
      } else if (*known != entry) {
        warn(file, "parameters-differ", "another file gives the parameter " + model::quoted(name) + " another value",
             "give the parameters of one deployment only; the value counts as not known");
        values[name] = {{"reference", "of several files"}};
      }
    }
  }
  for (std::size_t i = 0; i < templates.size(); ++i) {
    // Files of one name in several folders are told apart by their paths.
    const auto same_name = std::count_if(templates.begin(), templates.end(), [&](const PendingDocument& each) {
      return last_segment(each.path) == last_segment(templates[i].path);
    });
    std::string label(same_name > 1 ? std::string_view(templates[i].path) : last_segment(templates[i].path));
    expand(templates[i], std::move(label), templates.size() == 1 && infrastructure.deployments.empty(), given[i]);
  }
  for (const PendingDocument& each : infrastructure.deployments) {
    const Json& parameters = member(member(*each.document, "properties"), "parameters");
    expand(each, each.address, false, parameters.is_object() ? parameters : Json::object());
  }
  return errors;
}

}  // namespace acrbiter::parser
