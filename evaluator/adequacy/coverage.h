// What no access test touches: role assignments, entries of roles, branches of conditions, doors, and classes of
// repository names that the conditions in force tell apart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/operations.h"
#include "evaluator/question.h"
#include "evaluator/sets/access.h"
#include "model/repository_set.h"
#include "model/snapshot.h"

namespace acrbiter::evaluator::adequacy {

/// What one expectation asks about: each of `who` by each of `operations` on each of `names`.
struct Asked {
  std::vector<Asker> who;    ///< empty: everybody
  std::size_t registry = 0;  ///< index into Snapshot::registries
  std::vector<const Operation*> operations;
  model::RepositorySet names;
};

/// A question that would touch what no test touches, with today's answer.
struct MissingQuestion {
  Asker asker;
  std::size_t registry = 0;
  const Operation* operation = nullptr;
  std::string repository;  ///< empty for an operation on the registry as a whole
  Verdict verdict = Verdict::Undetermined;
};

struct Item {
  enum class Kind : std::uint8_t {
    Assignment,       ///< touched: its holder is asked for something that its role grants there
    RoleEntry,        ///< a right of data operations that an assigned role grants: its holder is asked for it
    ConditionBranch,  ///< a test of the repository name, passed or not, in a condition: its holder is asked so
    Door,             ///< an Entra identity, token, task, the admin user, anonymous: it is asked for
    NameClass,        ///< names that the conditions at the registry treat alike: somebody is asked about one
  };
  Kind kind{};
  std::size_t registry = 0;
  std::optional<std::size_t> assignment;  ///< index into Snapshot::role_assignments; of a RoleEntry the first with it
  std::string_view right;                 ///< of a RoleEntry: the action
  model::RepositorySet names;             ///< of a ConditionBranch or NameClass
  std::optional<Asker> door;
  bool touched = false;
  std::optional<MissingQuestion> missing;  ///< where it is not touched and a question was found
};
inline constexpr std::size_t kKinds = 5;
[[nodiscard]] std::string_view to_string(Item::Kind kind) noexcept;  ///< "assignment", "role-entry", …

struct Coverage {
  std::vector<Item> items;                 ///< by registry, then kind
  std::vector<std::size_t> registries;     ///< that were looked at
  std::vector<std::size_t> not_looked_at;  ///< registries that no test asks about
  std::array<std::size_t, kKinds> all{}, touched{};
  /// Touched items of all, from 0 to 100, rounded down; 100 if there is nothing to touch.
  [[nodiscard]] unsigned percent() const;
};

/// Looks at the registries that `asked` names. A condition too large for a set has no branches and adds no classes.
[[nodiscard]] Coverage measure(const AccessSets& sets, std::span<const Asked> asked);

}  // namespace acrbiter::evaluator::adequacy
