// A fact that the data does not have, taken for true while one question is decided: what hints are checked with.
#pragma once

#include <cstddef>
#include <optional>

#include "model/snapshot.h"

namespace acrbiter::evaluator {

/// One more role assignment of the asker, at the registry itself.
struct SupposedGrant {
  model::RoleIndex role{};
  /// Null: without a condition. One whose effect on the role or in the mode is contested grants nothing here.
  const model::ConditionEntry* condition = nullptr;
};

/// Absent members change nothing. Only for verdicts: a trace speaks of the data alone.
struct Supposition {
  std::size_t registry = 0;                    ///< index into Snapshot::registries: whose mode, and where the grant is
  std::optional<model::PrincipalIndex> asker;  ///< who is a member and holds the grant; nothing: one not in the data
  std::optional<model::PermissionMode> mode;   ///< the registry is in it
  std::optional<model::PrincipalIndex> member_of;  ///< the asker is a direct member of this group
  bool no_further_groups = false;                  ///< the asker is in no group in which the data does not show it
  std::optional<SupposedGrant> grant;
};

}  // namespace acrbiter::evaluator
