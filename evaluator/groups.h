// Who is in which group: transitive membership over the directory data, on Boost.Graph.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "model/snapshot.h"
#include "model/truth.h"

namespace acrbiter::evaluator {

/// The ids of applications (client ids, and object ids of app registrations) in the data: nobody signs in by one, and
/// no role assignment counts that names one. Source: azure-rbac-semantics 6
[[nodiscard]] std::unordered_set<std::string_view> application_ids(const model::Snapshot& snapshot);

/// A principal with all its groups, itself first, then by distance. `via[i]` is the place in `all` of the one that
/// `all[i]` was reached from (0 for the principal itself).
class Reach {
 public:
  std::span<const model::PrincipalIndex> all;
  std::span<const std::uint32_t> via;

  Reach() = default;
  Reach(const Reach&) = delete;
  Reach& operator=(const Reach&) = delete;
  ~Reach() = default;

 private:
  friend class GroupGraph;
  std::vector<model::PrincipalIndex> own_all_;  ///< what the spans are of, where the graph holds no ready list
  std::vector<std::uint32_t> own_via_;
};

/// Immutable. Memory: members + edges, and up to kReady groups for each principal. Cycles and any depth are fine.
class GroupGraph {
 public:
  explicit GroupGraph(const model::Snapshot& snapshot);
  ~GroupGraph();
  GroupGraph(GroupGraph&&) noexcept;
  GroupGraph& operator=(GroupGraph&&) noexcept;

  /// `out` may point into the graph. Cost: nothing for a principal that reaches at most kReady groups; for others the
  /// groups reached and the memberships between them.
  void reach(model::PrincipalIndex principal, Reach& out) const;
  /// The same as if `principal` were also a direct member of `group`; without a principal: the groups of one who is in
  /// that group alone.
  void reach_as_member(std::optional<model::PrincipalIndex> principal, model::PrincipalIndex group, Reach& out) const;
  /// The groups that reach() finds, itself first; empty if there are more than kReady.
  [[nodiscard]] std::span<const model::PrincipalIndex> ready(model::PrincipalIndex principal) const;
  static constexpr std::size_t kReady = 64;

  /// True if somebody whom the data does not show may be in `group`: its members, or those of a group inside it, are
  /// not all given.
  [[nodiscard]] bool open(model::PrincipalIndex group) const;
  /// True for a group, and for a holder of an assignment that may be one: no export says what it is.
  [[nodiscard]] bool may_be_group(model::PrincipalIndex principal) const;
  /// The groups inside `group` (itself included) whose members are not all given.
  [[nodiscard]] std::vector<model::PrincipalIndex> unknown_below(model::PrincipalIndex group) const;

 private:
  void search(model::PrincipalIndex principal, std::optional<model::PrincipalIndex> joined, Reach& out) const;

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace acrbiter::evaluator
