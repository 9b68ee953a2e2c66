// What changes between two states of access: who gains and who loses which operations, on which repository names.
//
// The two states may be two exports, or one export and a copy of it in which something was changed:
//
//   const model::Snapshot after = with_mode(before, {0}, model::PermissionMode::Abac);
//   const AccessDiff diff = compare(AccessSets(Engine(before)), AccessSets(Engine(after)), data_operations());
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "evaluator/for_each.h"
#include "evaluator/operations.h"
#include "evaluator/sets/access.h"
#include "model/snapshot.h"

namespace acrbiter::evaluator {

/// One registry of both sides: matched by resource id, else by name. Where a side lacks it, nobody has access there.
struct DiffRegistry {
  std::optional<std::size_t> before, after;  ///< index into that side's Snapshot::registries
};

/// One asker of both sides. Entra identities are matched by object id, tokens and tasks by registry and name. An Entra
/// identity that a side does not name is asked there as an object id that nothing in the data names: groups whose
/// members are unknown may hold it. A token or task that a side lacks has no access there.
struct DiffAsker {
  std::optional<Asker> before, after;
  bool named_before = true;  ///< false: the data of that side does not speak of it
  bool named_after = true;
};

/// What changed for some operations, in which it is equal.
struct OperationChange {
  std::vector<const Operation*> operations;
  AccessChange change;
  std::size_t causes = 0;  ///< what the possible parts hang on: a place in AccessDiff::cause_lists
  /// Of the sets of `change`, in its order: small numbers, equal for equal sets of one registry, 0 for the empty one.
  std::array<std::uint32_t, 4> numbers{};
};

/// What changed at one registry, for askers for whom it is equal.
struct ChangeGroup {
  std::size_t registry = 0;         ///< index into AccessDiff::registries
  std::vector<std::size_t> askers;  ///< indices into AccessDiff::askers, ascending
  std::vector<OperationChange> changes;

  [[nodiscard]] bool certain() const;   ///< something is certainly gained or lost
  [[nodiscard]] bool possible() const;  ///< something is possibly gained or lost
};

/// Access that is open on both sides on some names: no change that can be told, and no proof that there is none.
struct OpenOnBothSides {
  std::size_t places = 0;           ///< asker, registry and operation
  std::vector<std::size_t> askers;  ///< whose, ascending
  std::vector<Cause> causes;        ///< each once
};

/// Part of that: names on which access is open on both sides, by different causes or while something differs on which
/// it can rest, so that it may have changed. Worked out only where causes are told.
struct OpenOtherwise {
  std::size_t registry = 0;         ///< index into AccessDiff::registries
  std::vector<std::size_t> askers;  ///< indices into AccessDiff::askers, ascending
  std::vector<const Operation*> operations;
  model::RepositorySet names;
  std::size_t causes = 0;                 ///< of both sides: a place in AccessDiff::cause_lists
  bool same_causes = false;               ///< it hangs on the same on both sides, and something else differs
  bool may_gain = true, may_lose = true;  ///< access, by what differs
};

struct AccessDiff {
  std::vector<const Operation*> operations;     ///< that were compared
  std::vector<DiffRegistry> registries;         ///< those of `before` in their order, then those that are new
  std::vector<DiffAsker> askers;                ///< those of `before` in their order, then those that are new
  std::vector<ChangeGroup> groups;              ///< by registry, then by first asker
  std::vector<std::vector<Cause>> cause_lists;  ///< each once; the first is empty
  OpenOnBothSides open;
  std::vector<OpenOtherwise> open_otherwise;  ///< by registry

  [[nodiscard]] bool none() const { return groups.empty(); }
  [[nodiscard]] bool certain() const;
  /// Something is possibly gained or lost, or may have changed where access is open on both sides.
  [[nodiscard]] bool possible() const;
};

/// Compares the access of everybody on either side, for every repository name. Cost: one who_can() a side and registry,
/// and one difference of sets for each pair of accesses that occurs at a registry. `wanted` leaves registries out;
/// empty: all are compared. The result is the same whatever `for_each` does with the registries. Where causes are left
/// out, people stand together whose changes are equal and hang on different ones.
[[nodiscard]] AccessDiff compare(const AccessSets& before, const AccessSets& after,
                                 std::span<const Operation* const> operations,
                                 const std::function<bool(const DiffRegistry&)>& wanted = {},
                                 const ForEach& for_each = one_after_the_other, Causes causes = Causes::Told);

/// The same with each of several states: what is to be known of `before` is worked out once for all.
[[nodiscard]] std::vector<AccessDiff> compare_with_each(const AccessSets& before,
                                                        std::span<const AccessSets* const> afters,
                                                        std::span<const Operation* const> operations,
                                                        const std::function<bool(const DiffRegistry&)>& wanted = {},
                                                        const ForEach& for_each = one_after_the_other,
                                                        Causes causes = Causes::Told);

/// A copy in which the permission mode of some registries (indices into Snapshot::registries) is another.
[[nodiscard]] model::Snapshot with_mode(model::Snapshot snapshot, std::span<const std::size_t> registries,
                                        model::PermissionMode mode);

}  // namespace acrbiter::evaluator
