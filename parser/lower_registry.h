// Readers of registries and of what hangs below them: children, repository lists, locks.
//
// For the recognition table (parser/formats.h):
// - `registry_document_formats` is tried on the whole top value of a document, before its elements: bare texts say what
//   they are only together.
// - `registry_formats` is tried on each element. Its last entry, "resources", takes any other ARM resource that
//   role, deny, lock, PIM and management-group readers have left; so it belongs at the end of the whole table.
// - `join_registries` is called once, after the last file and before SnapshotBuilder::build.
// - Agent pools, webhooks, replications and other resources are recognised and counted; they have no bearing on access.
#pragma once

#include <span>

#include "parser/lower.h"

namespace acrbiter::parser {

/// Single objects in all dialects, most specific first: tokens, scope maps, tasks, cache rules, credential sets,
/// connected registries, other children, registries, credentials, repository lists that are objects, attributes of
/// repositories, tags and manifests, ARM locks, other ARM resources.
[[nodiscard]] std::span<const ObjectFormat> registry_formats();

/// A bare array of strings that are not GUIDs: `az acr repository list`.
[[nodiscard]] std::span<const ObjectFormat> registry_document_formats();

/// Joins what single objects leave open, in `builder.draft()`:
/// - a Registry entry without an id that holds only `repositories` is a list that waits for its registry: its `name`
///   (a name or login server), else a registry's name among the words of the file's name, else the only registry
///   read. The list moves there and the entry disappears; one that fits nowhere is dropped with a warning.
/// - children (tokens, scope maps, …) that do not name their registry get the only registry read, or a warning.
/// - ArtifactAttributes name a login server in their export; it becomes the registry's name. Those without a repository
///   (`az acr repository show-tags --detail`) take the known repository that the file's name contains, or are dropped
///   with a warning. What several exports say of one artifact becomes one entry.
/// Cost: n log n in the objects read.
void join_registries(model::SnapshotBuilder& builder);

}  // namespace acrbiter::parser
