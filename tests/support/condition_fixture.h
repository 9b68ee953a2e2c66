// Data of the condition tests: fixtures/conditions/*.json and, where it exists, the corpus of published conditions.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace acrbiter::tests {

/// The cases of one file. A file that is broken or empty throws, so that the test executable fails.
inline std::vector<nlohmann::json> condition_cases(const std::string& file) {
  const std::filesystem::path path = std::filesystem::path(ACRBITER_SOURCE_DIR) / "fixtures" / "conditions" / file;
  std::ifstream in(path);
  const nlohmann::json cases = nlohmann::json::parse(in);
  if (!cases.is_array() || cases.empty()) throw std::runtime_error("no cases in " + path.string());
  return cases;
}

inline std::vector<nlohmann::json> condition_cases(std::initializer_list<const char*> files) {
  std::vector<nlohmann::json> all;
  for (const char* file : files) {
    for (nlohmann::json& one : condition_cases(file)) all.push_back(std::move(one));
  }
  return all;
}

/// The published conditions; empty where the folder that holds them is not beside the checkout.
inline std::optional<nlohmann::json> published_conditions() {
  const char* variable = std::getenv("ACRBITER_SHARED");
  const std::filesystem::path folder = variable != nullptr
                                           ? std::filesystem::path(variable)
                                           : std::filesystem::path(ACRBITER_SOURCE_DIR) / ".." / "shared";
  std::ifstream in(folder / "facts" / "condition-examples.json");
  if (!in) return std::nullopt;
  const nlohmann::json document = nlohmann::json::parse(in);
  return document.at("examples");
}

/// "a case is data" becomes "ACaseIsData": a name that GoogleTest accepts, made unique by its number.
inline std::string case_name(const testing::TestParamInfo<nlohmann::json>& info) {
  std::string name = std::to_string(info.index) + "_";
  bool word_begins = true;
  for (const char c : info.param.at("name").get<std::string>()) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter) name += word_begins && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    word_begins = !letter;
  }
  return name;
}

}  // namespace acrbiter::tests
