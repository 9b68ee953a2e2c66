// Who somebody is, in the words of plans and reports. Private to this folder.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/migration/plan.h"
#include "evaluator/question.h"

namespace acrbiter::evaluator::migration {

/// A GUID made from words: the same words give the same GUID. Version 5 (RFC 4122) of a namespace of our own.
[[nodiscard]] std::string name_of(std::initializer_list<std::string_view> words);

/// The registry of a plan in a snapshot, by resource id, or by name where one of the two has no id: its place in
/// Snapshot::registries.
[[nodiscard]] std::optional<std::size_t> find_registry(const model::Snapshot& snapshot, const PlannedRegistry& planned);

class Identities;
/// A role assignment of the data in the words of a plan, without a note.
[[nodiscard]] OldAssignment old_assignment(const model::Snapshot& snapshot, const Identities& identities,
                                           const model::RoleAssignment& assignment);

class Identities {
 public:
  /// `snapshot` must outlive this.
  explicit Identities(const model::Snapshot& snapshot);

  [[nodiscard]] Who who(model::PrincipalIndex principal) const;
  /// By object id; somebody without a name if the data does not speak of it.
  [[nodiscard]] Who who(std::string_view object_id) const;
  [[nodiscard]] Who who(const Asker& asker) const;
  [[nodiscard]] std::optional<model::PrincipalIndex> find(std::string_view object_id) const;

 private:
  const model::Snapshot& snapshot_;
  std::map<std::string, model::PrincipalIndex, std::less<>> by_id_;
  std::map<std::string, std::vector<std::string>, std::less<>> workloads_;  ///< by the puller's object id
};

}  // namespace acrbiter::evaluator::migration
