// acrbiter.yaml: inputs, aliases and pinned assumptions of a project.
//
//   data: [exports/, more/assignments.json]     # relative to the file's folder
//   aliases: {ci: 7f1d…-…, prod: contosoprod}   # short names for principals and registries
//   assume: {arm-private-link: "yes"}
//   deployment: {subscription: 1111…-…}         # what infrastructure code in the data leaves open
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/result.h"

namespace acrbiter::cli {

struct Config {
  std::vector<std::string> data;               ///< paths as seen from the current folder
  std::map<std::string, std::string> aliases;  ///< short name → principal or registry
  std::vector<std::pair<std::string, std::string>> assume;
  std::vector<std::pair<std::string, std::string>> deployment;
};

inline constexpr std::string_view kDefaultConfig = "acrbiter.yaml";

/// Reads `path`. Unknown keys are errors, as a misspelt one would silently change answers.
[[nodiscard]] model::Result<Config> read_config(const std::string& path);
/// The same from text; `path` is for messages and for the folder of relative inputs.
[[nodiscard]] model::Result<Config> parse_config(const std::string& text, const std::string& path);

}  // namespace acrbiter::cli
