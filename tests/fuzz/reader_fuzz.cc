// Feeds arbitrary bytes to the reader as one file, and as two: nothing may crash, hang or be read by halves.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "model/snapshot.h"
#include "parser/read.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acrbiter;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  parser::ReadOptions options;
  options.with_builtin_roles = false;
  options.max_depth = 64;
  options.max_file_bytes = std::uint64_t{1} << 22U;  // gzip can pack a lot into a few bytes
  options.strict = size % 2 == 1;
  if (size % 5 == 0) options.whole_document_bytes = size / 4;  // lists are lowered element by element
  // What a list leaves open is guessed from the file's name.
  static constexpr std::array<const char*, 4> kNames = {"a-group-members-11111111-1111-1111-1111-111111111111.json",
                                                        "transitive-memberof-apps.json", "contoso-a-b-tags.json",
                                                        "data"};
  const std::size_t half = size / 2;
  const std::vector<parser::NamedText> documents = {{.name = kNames[size % kNames.size()], .text = text},
                                                    {.name = "b.json", .text = text.substr(half)}};
  const auto result = parser::read_documents(std::span(documents).first(size % 3 == 0 ? 2 : 1), options);
  if (!result) {
    if (result.error().empty()) std::abort();
    return 0;
  }
  const model::Snapshot& snapshot = *result;
  for (const model::RoleAssignment& row : snapshot.role_assignments) {
    if (model::at(row.principal) >= snapshot.principals.size() || model::at(row.role) >= snapshot.roles.size() ||
        model::at(row.scope) >= snapshot.scopes.size() || model::at(row.file) >= snapshot.files.size()) {
      std::abort();
    }
    const bool is_index = row.condition != model::kNoCondition && row.condition != model::kConditionNotShown;
    if (is_index && model::at(row.condition) >= snapshot.conditions.size()) std::abort();
    if (row.listed_for > snapshot.listed_subscriptions.size()) std::abort();
  }
  if (snapshot.members_known.size() != snapshot.principals.size()) std::abort();
  for (const model::Membership& edge : snapshot.memberships) {
    if (model::at(edge.member) >= snapshot.principals.size()) std::abort();
    if (model::at(edge.group) >= snapshot.principals.size()) std::abort();
  }
  for (const model::ConditionEntry& entry : snapshot.conditions) {
    if (!entry.parsed && entry.errors.empty()) std::abort();
  }
  return 0;
}
