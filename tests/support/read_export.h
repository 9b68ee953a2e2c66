// Reads a few texts as if they were files of a data folder, and finds things in what came out.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "model/snapshot.h"
#include "parser/read.h"

namespace acrbiter::testing {

struct ExportFile {
  std::string name;
  std::string text;
};

/// The snapshot without the bundled roles. A text that cannot be read fails the test and gives an empty snapshot.
inline model::Snapshot read_export(const std::vector<ExportFile>& files) {
  parser::ReadOptions options;
  options.with_builtin_roles = false;
  std::vector<parser::NamedText> texts;
  for (const ExportFile& file : files) texts.push_back({.name = file.name, .text = file.text});
  const auto result = parser::read_documents(texts, options);
  if (result) return *result;
  for (const model::Diagnostic& d : result.error()) ADD_FAILURE() << d.file << d.pointer << ": " << d.message;
  return {};
}
inline model::Snapshot read_export(std::string_view text, std::string_view file = "export.json") {
  return read_export({ExportFile{.name = std::string(file), .text = std::string(text)}});
}

inline std::vector<std::string> warning_codes(const model::Snapshot& snapshot) {
  std::vector<std::string> codes;
  for (const model::Warning& warning : snapshot.warnings) codes.push_back(warning.code);
  return codes;
}

/// Everything that warnings say, for tests of what must not be in it.
inline std::string warning_texts(const model::Snapshot& snapshot) {
  std::string texts;
  for (const model::Warning& warning : snapshot.warnings)
    texts += warning.where.message + '\n' + warning.where.help + '\n';
  return texts;
}

/// The principal with this object id; fails the test and gives an empty one if there is none.
inline model::Principal principal(const model::Snapshot& snapshot, std::string_view id) {
  const auto found = std::find_if(snapshot.principals.begin(), snapshot.principals.end(),
                                  [&](const model::Principal& p) { return p.id == id; });
  if (found != snapshot.principals.end()) return *found;
  ADD_FAILURE() << "no principal " << id;
  return {};
}

inline bool has_principal(const model::Snapshot& snapshot, std::string_view id) {
  return std::any_of(snapshot.principals.begin(), snapshot.principals.end(),
                     [&](const model::Principal& p) { return p.id == id; });
}

inline model::MembersKnown members_known(const model::Snapshot& snapshot, std::string_view id) {
  for (std::size_t i = 0; i < snapshot.principals.size(); ++i) {
    if (snapshot.principals[i].id == id) return snapshot.members_known[i];
  }
  ADD_FAILURE() << "no principal " << id;
  return model::MembersKnown::NotGiven;
}

/// "member>group" for each membership, sorted.
inline std::vector<std::string> memberships(const model::Snapshot& snapshot) {
  std::vector<std::string> edges;
  for (const model::Membership& m : snapshot.memberships) {
    edges.push_back(snapshot[m.member].id + '>' + snapshot[m.group].id);
  }
  std::sort(edges.begin(), edges.end());
  return edges;
}

/// What was counted as `what`, over all files.
inline std::size_t counted(const model::Snapshot& snapshot, const std::string& what) {
  std::size_t n = 0;
  for (const model::SourceFile& file : snapshot.files) {
    const auto found = file.counts.find(what);
    if (found != file.counts.end()) n += found->second;
  }
  return n;
}

}  // namespace acrbiter::testing
