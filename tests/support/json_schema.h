// JSON against a JSON Schema.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/yaml_reader.h"

namespace acrbiter::support {

/// Why `document` does not fit the schema in a file; "" if it does. Formats such as "uri" are not checked.
[[nodiscard]] std::string schema_problem(const std::filesystem::path& schema, const nlohmann::json& document);

/// The same content: plain true and false become Booleans, plain numbers numbers.
[[nodiscard]] nlohmann::json to_json(const cli::YamlNode& yaml);

}  // namespace acrbiter::support
