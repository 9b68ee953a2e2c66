// Reading texts in tests: one call, and what it gave.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/snapshot.h"
#include "parser/read.h"

namespace acrbiter::tests {

/// Options of most tests: the catalogue of built-in roles only gets in the way.
[[nodiscard]] inline parser::ReadOptions plain_options() {
  parser::ReadOptions options;
  options.with_builtin_roles = false;
  return options;
}

[[nodiscard]] inline model::Result<model::Snapshot> read_text(std::string_view text, std::string name = "data.json",
                                                              const parser::ReadOptions& options = plain_options()) {
  const std::vector<parser::NamedText> documents = {{.name = std::move(name), .text = text}};
  return parser::read_documents(documents, options);
}

/// What `text` holds; a failure of the test if it cannot be read.
[[nodiscard]] inline model::Snapshot snapshot_of(std::string_view text, std::string name = "data.json",
                                                 const parser::ReadOptions& options = plain_options()) {
  auto result = read_text(text, std::move(name), options);
  if (result) return std::move(*result);
  for (const model::Diagnostic& problem : result.error()) {
    ADD_FAILURE() << problem.file << ':' << problem.line << ':' << problem.column << ' ' << problem.message;
  }
  return {};
}

/// The first problem of `text`; a failure of the test if there is none.
[[nodiscard]] inline model::Diagnostic problem_of(std::string_view text, std::string name = "data.json",
                                                  const parser::ReadOptions& options = plain_options()) {
  const auto result = read_text(text, std::move(name), options);
  if (!result && !result.error().empty()) return result.error().front();
  ADD_FAILURE() << "was read without a problem: " << text.substr(0, 100);
  return {};
}

[[nodiscard]] inline const model::Warning* find_warning(const model::Snapshot& snapshot, std::string_view code) {
  const auto found = std::find_if(snapshot.warnings.begin(), snapshot.warnings.end(),
                                  [&](const model::Warning& warning) { return warning.code == code; });
  return found == snapshot.warnings.end() ? nullptr : &*found;
}

[[nodiscard]] inline const model::Principal* find_principal(const model::Snapshot& snapshot, std::string_view id) {
  const auto found = std::find_if(snapshot.principals.begin(), snapshot.principals.end(),
                                  [&](const model::Principal& principal) { return principal.id == id; });
  return found == snapshot.principals.end() ? nullptr : &*found;
}

[[nodiscard]] inline const model::RoleDefinition* find_role(const model::Snapshot& snapshot, std::string_view guid) {
  const auto found = std::find_if(snapshot.roles.begin(), snapshot.roles.end(),
                                  [&](const model::RoleDefinition& role) { return role.guid == guid; });
  return found == snapshot.roles.end() ? nullptr : &*found;
}

}  // namespace acrbiter::tests
