// The built-in roles that are compiled in (fixtures/roles/): those that matter to registries, with what they grant, and
// the names of the others.
#pragma once

#include <string_view>

#include "model/snapshot_builder.h"

namespace acrbiter::parser {

/// Defines every catalogue role in `builder`, marked `from_catalogue`.
void add_builtin_roles(model::SnapshotBuilder& builder);

/// Names undefined roles that are known built-in roles without bearing on registries, marked `grants_nothing_here`.
void name_other_builtin_roles(model::SnapshotBuilder& builder);

/// True for a built-in role that carries conditions or several permission entries, by GUID in lower case. A dump of
/// such a role that shows neither has lost them. Source: azure-rbac-semantics 3
[[nodiscard]] bool carries_conditions(std::string_view guid);

/// GUID of the built-in role of that name (without letter case), whether it matters to registries or not; else empty.
[[nodiscard]] std::string_view builtin_role_guid(std::string_view name);

/// "2026-08": the month whose roles the catalogue holds.
[[nodiscard]] std::string_view builtin_roles_date();

}  // namespace acrbiter::parser
