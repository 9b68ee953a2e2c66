// What the readers of registries and of the directory share. Private to parser/*.cc.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/guid.h"
#include "model/snapshot.h"
#include "parser/lower.h"

namespace acrbiter::parser {

/// Position of `part` in `text` without regard to the case of ASCII letters, or npos.
[[nodiscard]] std::size_t find_ignoring_case(std::string_view text, std::string_view part) noexcept;
[[nodiscard]] bool contains_ignoring_case(std::string_view text, std::string_view part) noexcept;

using model::is_guid;
using model::last_segment;
/// The distinct GUIDs in `text`, in lower case and in order.
[[nodiscard]] std::vector<std::string> guids_in(std::string_view text);

/// Name of a file without its extensions: "repos.contoso" of "repos.contoso.json.gz".
[[nodiscard]] std::string_view file_stem(std::string_view file_name) noexcept;
/// Runs of ASCII letters and digits of `text`, in lower case.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);
/// ASCII letters and digits of `text` alone, in lower case: "transitivememberof" of "transitive-memberOf".
[[nodiscard]] std::string squeezed(std::string_view text);

/// A Boolean, or PowerShell's and Resource Graph's text for one.
[[nodiscard]] std::optional<bool> flag_of(const Value& value) noexcept;
/// Value::property, or the column that Resource Graph names `properties_KEY` when a query does not rename it.
[[nodiscard]] Value field(const Value& object, std::string_view key);
/// The text of a string that is not empty.
[[nodiscard]] std::optional<std::string> text_of(const Value& value);
[[nodiscard]] std::vector<std::string> texts_of(const Value& array);
/// The texts of a list; absent, null and "" are lists of none. Anything else that is no list of texts is an error: read
/// as a shorter list it would deny or take back less.
[[nodiscard]] std::vector<std::string> list_of_texts(const Value& list, LoweringContext& context);
/// "a number", "an object", … for messages.
[[nodiscard]] std::string_view kind_name(const Value& value) noexcept;
/// What to do about `value`, which is of the wrong kind: most often PowerShell cut it.
[[nodiscard]] std::string wrong_kind_help(const Value& value);
inline constexpr std::string_view kDeeperHelp = "export again with `ConvertTo-Json -Depth 20`";
/// PowerShell's text for an object below `-Depth`, such as `@{name=Premium}` or `System.Object[]`.
[[nodiscard]] bool is_depth_cut(const Value& value) noexcept;

/// What stands in a scope, or for a role, where the export is damaged: a named unknown, for it may be any.
inline constexpr std::string_view kUnreadable = "{unreadable}";
/// `scope` with named unknowns where it is no scope of Azure: where it breaks off behind a type (`/subscriptions`,
/// `…/registries`) or a namespace, where a segment is empty, or all of it if it does not begin with a slash. nullopt if
/// it is whole (or empty). Source: azure-rbac-semantics 5
[[nodiscard]] std::optional<std::string> completed_scope(std::string_view scope);
/// The scope in the folders of a file of AzOps, `…/NAME (GROUP)/NAME (SUBSCRIPTION)/RESOURCE GROUP/FILE`. nullopt where
/// they do not tell: a GUID in the last folder may be a subscription's or a management group's. Source:
/// input-formats 1.7
[[nodiscard]] std::optional<std::string> scope_of_folders(std::string_view path);

/// The id of an ARM object: `id`, or PowerShell's `ResourceId` beside a name. Log records and what-if changes have a
/// `resourceId` too, but no name.
[[nodiscard]] Value resource_id_of(const Value& object) noexcept;

/// Type of registries, in lower case.
inline constexpr std::string_view kRegistryType = "microsoft.containerregistry/registries";
/// An ARM id at or below a registry, taken apart: `…/registries/REGISTRY[/CHILD_TYPE/CHILD[/DEEPER]]`.
struct RegistryPath {
  std::string_view registry_id;  ///< up to the registry's name
  std::string_view registry, child_type, child, deeper;
};
/// nullopt if `id` has no registry in it. Letter case is ignored.
[[nodiscard]] std::optional<RegistryPath> registry_path(std::string_view id) noexcept;

/// Type of resource groups.
inline constexpr std::string_view kResourceGroups = "Microsoft.Resources/resourceGroups";
/// The type of the resource with this id: the last namespace and the parts behind it that are no names. Empty if the id
/// tells none.
[[nodiscard]] std::string arm_type_in(std::string_view id);
/// Is `id` that of one resource, not of a list of them or of an action upon one?
[[nodiscard]] bool is_resource_id(std::string_view id);

/// `ResourceType`, or else `type`.
[[nodiscard]] std::string_view resource_type_of(const Value& object) noexcept;
/// True if `object` is an ARM resource of `type` ("microsoft.web/sites") by its type or, without one, by its id.
[[nodiscard]] bool is_resource(const Value& object, std::string_view type);

/// The `identity` member of the resource `resource_id` (or PowerShell's `IdentityType` and `IdentityPrincipalId`). The
/// identities that it names become principals, found by client id and resource id.
model::ManagedIdentity lower_identity(const Value& object, std::string_view resource_id, LoweringContext& context);

/// Adds to a managed identity's principal what an export says; what is known already stays.
model::Principal& note_managed_identity(LoweringContext& context, std::string_view object_id,
                                        std::string_view client_id, std::string_view resource_id);
/// Adds `alias` unless it is empty or there.
void add_alias(model::Principal& principal, std::string_view alias);

/// Warnings of what shows only over all files. Of each code as many are kept as of one file's, and the rest is counted.
class JoinWarnings {
 public:
  explicit JoinWarnings(model::Snapshot& draft) : draft_(draft) {}
  /// `path` may be empty.
  void add(std::string_view code, std::string_view path, std::string message, std::string help);
  /// Says how many of each code were left out. Called once, at the end.
  void finish();

 private:
  model::Snapshot& draft_;
  std::map<std::string, std::size_t, std::less<>> given_;
};

}  // namespace acrbiter::parser
