// Readers of role-based access control: role assignments and definitions, deny assignments, PIM, management groups.
//
// For the recognition table (parser/formats.h):
// - `rbac_document_formats` is tried on the whole top value of a document.
// - `rbac_formats` is tried on each element.
// - `finish_rbac_file` is called when a file is read: some facts show only in all of its rows together.
// - `finish_rbac` is called once, after the last file and before SnapshotBuilder::build.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "parser/lower.h"

namespace acrbiter::parser {

/// In all dialects, most specific first: PIM instances, role assignments, deny assignments, role definitions,
/// management groups and the subscriptions in them, classic administrators.
[[nodiscard]] std::span<const ObjectFormat> rbac_formats();

/// AzOps files (one role assignment in an ARM template) and the plain tree
/// `{"managementGroups": {ID: PARENT or null}, "subscriptions": {ID: MANAGEMENT GROUP}}`.
[[nodiscard]] std::span<const ObjectFormat> rbac_document_formats();

/// Settles what the rows of one file say together. `first_assignment` is the number of role assignments that were there
/// before it.
/// - Rows without a `condition` member cannot show conditions, which is warned of.
/// - Rows at a management group or the root with the bare id of a role, as PowerShell writes it, do not say which
///   subscription was listed: they get the only one that the file names.
/// - If others of the file have names, principals without one are deleted or of another tenant; those of the type
///   Unknown are deleted. Source: input-formats 1.1, 1.3
void finish_rbac_file(LoweringContext& context, std::size_t first_assignment);

/// Drops repeated edges of the hierarchy (of two parents neither stays, with a warning), warns of assigned roles that
/// nothing defines, and takes back "orphan" of principals that the data otherwise shows.
void finish_rbac(model::SnapshotBuilder& builder);

/// A role definition in any dialect; nothing (after a warning) if it is unusable.
[[nodiscard]] std::optional<model::RoleDefinition> read_role_definition(const Value& object, LoweringContext& context);

}  // namespace acrbiter::parser
