// Readers of the directory and of workloads: who the principals are, which groups they are in, which identity pulls.
//
// For the recognition table (parser/formats.h):
// - `directory_document_formats` is tried on the whole top value of a document, object or array, before its elements:
//   a list of members says whose members they are beside the list or in the file's name.
// - `directory_formats` is tried on each element.
// - `join_directory` is called once, after the last file and before SnapshotBuilder::build.
#pragma once

#include <span>
#include <string_view>

#include "parser/lower.h"

namespace acrbiter::parser {

/// Single objects in all dialects, most specific first: managed identities, AKS clusters, container apps, App Service
/// sites and their configuration, users, groups (with `members`, if they are there), service principals,
/// applications, other directory objects.
[[nodiscard]] std::span<const ObjectFormat> directory_formats();

/// Lists of directory objects or of their ids, with or without a wrapper:
/// `{"groupId": …, "value": […]}` members of a group; `{"principalId" | "userId" | "servicePrincipalId" | "id": …,
/// "value": […]}` the groups of a principal; a bare list whose file name holds one GUID, and "member" (members of that
/// group) or "memberOf", "getMemberGroups", "getMemberObjects" (groups of that principal).
///
/// Completeness: a list without a next page and without hidden members makes a group's members complete, and a
/// *transitive* one (`@odata.context`, key or file name says so) the groups of a principal; bare ids of a principal's
/// groups are those of getMemberObjects, which are transitive. A transitive list of a group's members that is complete
/// records no nested groups: whoever is in them is listed.
[[nodiscard]] std::span<const ObjectFormat> directory_document_formats();

/// An empty list whose file's name tells of whom it is one, as above: nobody is in that group, or the principal in
/// none. Returns its kind, empty if the name does not tell.
[[nodiscard]] std::string_view lower_empty_list(const Value& document, LoweringContext& context);

/// Joins what several exports say, in `builder.draft()`:
/// - Snapshot::applications to service principals by application id (Principal::application_object_id);
/// - Workloads to principals: `principal_id` from `client_id` (Principal::app_id) or from `identity_resource_id`
///   (Principal::resource_id); two exports of one App Service site (`show`, `config show`) become one Workload;
///   the pulling identity gets the workload's name and resource id as aliases. One that cannot be resolved keeps an
///   empty `principal_id`, with a warning that names what to export.
/// Cost: n log n in the objects read.
void join_directory(model::SnapshotBuilder& builder);

}  // namespace acrbiter::parser
