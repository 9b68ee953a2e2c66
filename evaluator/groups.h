// Who is in which group: transitive membership over the directory data, on Boost.Graph.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/snapshot.h"
#include "model/truth.h"

namespace acrbiter::evaluator {

/// A principal with all its groups, itself first, then by distance. `via[i]` is the place in `all` of the one that
/// `all[i]` was reached from (0 for the principal itself).
struct Reach {
  std::vector<model::PrincipalIndex> all;
  std::vector<std::uint32_t> via;

  /// From the principal to `all[place]`, both included.
  [[nodiscard]] std::vector<model::PrincipalIndex> path(std::size_t place) const;
};

/// Immutable. Memory: members + edges. Cycles and any depth are fine.
class GroupGraph {
 public:
  explicit GroupGraph(const model::Snapshot& snapshot);
  ~GroupGraph();
  GroupGraph(GroupGraph&&) noexcept;
  GroupGraph& operator=(GroupGraph&&) noexcept;

  /// Cost: the groups reached and the memberships between them.
  void reach(model::PrincipalIndex principal, Reach& out) const;

  /// True if somebody whom the data does not show may be in `group`: its members, or those of a group inside it, are
  /// not all given.
  [[nodiscard]] bool open(model::PrincipalIndex group) const;
  /// True for a group, and for a holder of an assignment that may be one: no export says what it is.
  [[nodiscard]] bool may_be_group(model::PrincipalIndex principal) const;
  /// The groups inside `group` (itself included) whose members are not all given.
  [[nodiscard]] std::vector<model::PrincipalIndex> unknown_below(model::PrincipalIndex group) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace acrbiter::evaluator
