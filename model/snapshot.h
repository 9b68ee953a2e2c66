// Everything read from exports, as plain values: the one input of every decision.
//
// Conventions:
// - Ids that Azure compares without letter case (object ids, role GUIDs, scopes) are stored in lower case
//   where they are keys; `display` members keep the spelling of the export.
// - std::optional is "the export does not say"; it is never replaced by a default.
// - A Snapshot never changes after it is built (model/snapshot_builder.h builds it).
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/condition.h"
#include "model/result.h"
#include "model/time.h"
#include "model/truth.h"

namespace acrbiter::model {

enum class FileIndex : std::uint32_t {};
enum class PrincipalIndex : std::uint32_t {};
enum class ScopeIndex : std::uint32_t {};
enum class RoleIndex : std::uint32_t {};                         ///< a role GUID that something names; defined or not
enum class ConditionIndex : std::uint32_t {};                    ///< index into Snapshot::conditions
inline constexpr ConditionIndex kNoCondition{0xFFFFFFFF};        ///< the export says: no condition
inline constexpr ConditionIndex kConditionNotShown{0xFFFFFFFE};  ///< the export cannot show conditions (old API)

template <class Index>
[[nodiscard]] constexpr std::size_t at(Index i) noexcept {
  return static_cast<std::size_t>(i);
}

// ---- where things come from ------------------------------------------------------------------------------

/// What a file was recognised as, one word per format, e.g. "role-assignments" or "terraform-plan".
struct SourceFile {
  std::string path;
  std::string kind;  ///< see parser/formats.h; "unrecognised" if nothing fits
  std::string
      dialect;  ///< "cli", "rest", "powershell", "resource-graph", "registry-api", "graph", "azops", "terraform" or ""
  bool read = true;         ///< false: recognised (or not) and left alone
  bool incomplete = false;  ///< an unfinished page: more of the list exists than the file holds
  /// One role assignment by itself, as the command that makes or shows one answers, and no list. Source: input-formats
  /// 0.2
  bool one_assignment = false;
  std::map<std::string, std::size_t> counts;  ///< e.g. {"roleAssignments": 74}
};

/// A value that only a deployment will know is text in braces that says where it comes from, such as
/// `{azurerm_role_assignment.ci.principal_id}`. As a principal's id it may be anybody, as a role's any role, as a
/// segment of a scope any segment, as a whole scope any. Equal texts stand for the same thing.
[[nodiscard]] bool is_named_unknown(std::string_view text) noexcept;
/// `{origin}`
[[nodiscard]] std::string named_unknown(std::string_view origin);
/// The same as one segment of a scope: slashes are %2F.
[[nodiscard]] std::string unknown_segment(std::string_view origin);

/// Where infrastructure code declares an object, and what becomes of it.
struct DeclaredObject {
  enum class Fate : std::uint8_t { Set, Changed, Removed };
  std::string id;       ///< ARM id in lower case
  std::string address;  ///< as the code calls it: `azurerm_role_assignment.ci["push"]`
  Fate fate = Fate::Set;
  FileIndex file{};
  std::string pointer;     ///< JSON pointer in the file
  std::uint64_t line = 0;  ///< 1-based; 0 if not known
};

/// Something the user should know that is not an error. Code is from the closed list in parser/warnings.h.
struct Warning {
  std::string code;  ///< e.g. "incomplete-page", "condition-not-shown", "unknown-role"
  Diagnostic where;  ///< message, file, pointer, help
};

// ---- principals and groups --------------------------------------------------------------------------------

enum class PrincipalKind : std::uint8_t { Unknown, User, Group, ServicePrincipal, ForeignGroup, Device, Agent };

/// A custom security attribute value: strings, numbers, Booleans or lists of them.
struct AttributeValue {
  std::vector<Literal> values;
  bool is_list = false;
  friend bool operator==(const AttributeValue& a, const AttributeValue& b) {
    const auto same = [](const Literal& x, const Literal& y) {
      return x.type == y.type && x.text == y.text && x.boolean == y.boolean;
    };
    return a.is_list == b.is_list &&  // in any order
           std::is_permutation(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(), same);
  }
};

struct Principal {
  std::string id;  ///< object id, lower case
  PrincipalKind kind = PrincipalKind::Unknown;
  bool described = false;  ///< a directory export (not only an assignment) shows it
  bool orphaned = false;   ///< the export marks it as deleted (a date of deletion, or type Unknown among known ones)
  /// A list of role assignments that names others has no name for it, and nothing else in the data shows it: it is
  /// deleted or of another tenant. Or one export shows it as deleted and another as there. Source: input-formats 1.1
  bool unresolved = false;
  std::string may_be_gone{};       ///< of one so unresolved: code may delete it, `{whether ADDRESS deletes it}`
  bool distribution_list = false;  ///< a group for mail alone: nobody has roles through it. Source: input-formats 5
  std::string display_name;
  std::string user_principal_name;
  std::string app_id;                 ///< application (client) id, lower case
  std::string application_object_id;  ///< object id of the app registration (never counts in assignments)
  std::string resource_id;            ///< ARM id of a managed identity
  std::vector<std::string> aliases;   ///< further names: service principal names, mail, cluster and app names
  std::optional<std::map<std::string, AttributeValue>> security_attributes;  ///< key "Set_Name"
  bool groups_complete = false;         ///< a complete transitive list of its groups was given
  bool created = false;                 ///< infrastructure code is yet to create it: no list that was exported names it
  bool members_are_transitive = false;  ///< a group's list of members is complete and holds those of nested groups too
};

/// How much of a group's direct member list the data holds.
enum class MembersKnown : std::uint8_t { NotGiven, Partial, Complete };

struct Membership {
  PrincipalIndex member{};
  PrincipalIndex group{};
};

/// An app registration. Its object id never counts in assignments; its service principal's does.
struct Application {
  std::string object_id;  ///< lower case
  std::string app_id;     ///< lower case
  std::string display_name;
  FileIndex file{};
};

/// A workload that pulls images with an identity of its own (AKS, Container Apps, App Service).
struct Workload {
  std::string kind;  ///< "aks", "container-app", "app-service"
  std::string name;
  std::string resource_id;
  /// Object id of the pulling identity where the export says it; else its client id or resource id to be looked up.
  std::string principal_id, client_id, identity_resource_id;
  std::string control_plane_principal_id;  ///< AKS: the cluster's own identity, which does not pull
  std::vector<std::string> servers;        ///< login servers it is configured for
  std::vector<std::string> images;
};

// ---- scopes -----------------------------------------------------------------------------------------------

enum class ScopeKind : std::uint8_t { Root, ManagementGroup, Subscription, ResourceGroup, Resource, OtherRoot, None };

/// One distinct scope. `key` is lower case without a trailing slash ("/" for the root, "" for None).
struct Scope {
  std::string key;
  std::string display;
  ScopeKind kind = ScopeKind::None;
  /// Of the root and of management groups, where the data is of several tenants: Index + 1 into Snapshot::tenants; 0:
  /// not shown. Two tenants have a scope each of one key.
  std::uint32_t tenant = 0;
};

/// True if `resource` is `scope` or lies below it by whole segments; both are keys. "/" contains everything.
/// What a management group holds is not in its text: see Snapshot::management_groups.
/// Source: scope-overview
[[nodiscard]] bool scope_contains(std::string_view scope, std::string_view resource) noexcept;
/// The same for keys that may hold named unknowns: Unknown where what the deployment fills in decides. A scope whose
/// last segment is a named unknown of its own (`SCOPE/{whether … is deployed}`) may be SCOPE, or nothing.
[[nodiscard]] Truth scope_covers(std::string_view scope, std::string_view resource) noexcept;
/// A scope that counts only if `doubt`, which begins with "whether", comes out so. What lies below a management group
/// or the root is not in its text, so that one may be any.
[[nodiscard]] std::string possible_scope(std::string_view scope, std::string_view doubt);
/// The doubt of a possible scope, or empty.
[[nodiscard]] std::string_view doubt_in(std::string_view scope) noexcept;
[[nodiscard]] std::string scope_key(std::string_view text);
[[nodiscard]] ScopeKind scope_kind(std::string_view key) noexcept;
/// The subscription's GUID in a key ("/subscriptions/GUID/…"), or empty.
[[nodiscard]] std::string_view subscription_of(std::string_view key) noexcept;
/// What stands after the last '/' of an id, or all of it.
[[nodiscard]] constexpr std::string_view last_segment(std::string_view id) noexcept {
  return id.substr(id.rfind('/') + 1);
}

/// One management group or subscription and what is above it. Keys are scope keys.
struct HierarchyEdge {
  std::string child;       ///< "/providers/microsoft.management/managementgroups/x" or "/subscriptions/guid"
  std::string parent;      ///< a management group; empty: the child is known to have no parent (tenant root group)
  bool contested = false;  ///< exports contradict each other in whether the child is there
};

// ---- roles ------------------------------------------------------------------------------------------------

/// One entry of `permissions`: it is evaluated by itself. Source: role-definitions; azure-rbac-semantics 2, 3
struct Permission {
  std::vector<std::string> actions, not_actions, data_actions, not_data_actions;  ///< as written, never trimmed
  ConditionIndex condition = kNoCondition;
  friend bool operator==(const Permission&, const Permission&) = default;
};

enum class RoleType : std::uint8_t { Unknown, BuiltIn, Custom };

struct RoleDefinition {
  std::string guid;  ///< lower case; the key
  std::string name;  ///< roleName, e.g. "AcrPull"
  RoleType type = RoleType::Unknown;
  std::string description;
  std::vector<Permission> permissions;
  std::vector<std::string> assignable_scopes;
  bool defined = false;         ///< false: only named by an assignment
  bool from_catalogue = false;  ///< the bundled catalogue supplied it
  /// Not defined here, but the bundled list of names knows it as a built-in role that grants nothing on registries.
  bool grants_nothing_here = false;
  /// Not defined here: infrastructure code declares it, and only the deployment will know what it allows.
  bool open = false;
  bool cut_off = false;          ///< not defined here, and the list of role definitions breaks off
  bool contradicted = false;     ///< defined several times and differently, so that it counts as not defined
  bool conditions_lost = false;  ///< a flattened or old dump of a role known to carry conditions or several entries
  bool flat = false;             ///< of PowerShell, which merges the entries of a role into one
};

// ---- assignments ------------------------------------------------------------------------------------------

struct RoleAssignment {
  std::string name;  ///< last segment of the id (a GUID); empty if the export has no id
  std::string id;    ///< only where it is not "<scope>/providers/Microsoft.Authorization/roleAssignments/<name>"
  PrincipalIndex principal{};
  RoleIndex role{};
  ScopeIndex scope{};
  ConditionIndex condition = kNoCondition;
  FileIndex file{};
  /// Index + 1 into Snapshot::listed_subscriptions: the subscription whose listing showed this row. A management-group
  /// row so listed does apply to that subscription. 0: unknown. Source: input-formats 1.2 and 6
  std::uint32_t listed_for = 0;
  std::uint32_t tenant = 0;  ///< Index + 1 into Snapshot::tenants; 0: not shown
};

/// `{id, type}` in a deny assignment; id "0000…" with type SystemDefined or Everyone is everyone.
struct DenyPrincipal {
  PrincipalIndex principal{};
  bool everyone = false;
};

enum class DenyEffect : std::uint8_t { Enforced, Audit, Unknown };

struct DenyAssignment {
  std::string id, name, description;
  ScopeIndex scope{};
  std::vector<Permission> permissions;
  std::vector<DenyPrincipal> principals, exclude_principals;
  bool do_not_apply_to_child_scopes = false;
  bool system_protected = false;
  DenyEffect effect = DenyEffect::Enforced;  ///< absent = enforced
  std::string effect_text;                   ///< as written where Unknown
  ConditionIndex condition = kNoCondition;
  bool contested = false;  ///< exports contradict each other in what it denies, to whom or where: this may not be it
  FileIndex file{};
};

/// One distinct condition: equal text and version are stored once.
struct ConditionEntry {
  std::string text;
  std::string version;              ///< "" = not given (tools fill in 2.0)
  std::optional<Condition> parsed;  ///< nullopt: it does not parse, see errors
  std::vector<Diagnostic> errors;
};

/// An instance from PIM. Eligible grants nothing; active grants between start and end.
struct ScheduleInstance {
  bool eligible = false;
  std::string id;
  PrincipalIndex principal{};
  RoleIndex role{};
  ScopeIndex scope{};
  ConditionIndex condition = kNoCondition;
  std::optional<Timestamp> start, end;  ///< no end = permanent
  /// There is one, which only the deployment will know, or in which exports contradict each other.
  bool start_open = false, end_open = false;
  std::string status;                     ///< "Provisioned", "Accepted", …
  std::string member_type;                ///< "Direct", "Group", "Inherited"
  std::string assignment_type;            ///< "Assigned", "Activated" (active only)
  std::string origin_role_assignment_id;  ///< lower case
  bool declared = false;                  ///< infrastructure code says it, which goes before what exports list
  FileIndex file{};
};
/// Does the status of an instance say that it is there? Unknown for the words of which nobody says whether they mean
/// that. Source: azure-rbac-semantics 9
[[nodiscard]] Truth is_provisioned(const ScheduleInstance& instance) noexcept;
/// Is `time` between its start and its end? Source: azure-rbac-semantics 9
[[nodiscard]] Truth is_within(const ScheduleInstance& instance, Timestamp time) noexcept;

// ---- registries and what hangs below them -----------------------------------------------------------------

enum class PermissionMode : std::uint8_t { Legacy, Abac };

struct IpRule {
  std::string value;   ///< IPv4 address or CIDR block, as written
  std::string action;  ///< "Allow"
};
struct VirtualNetworkRule {
  std::string subnet_id, action;
};
struct NetworkRuleSet {
  std::optional<std::string> default_action;
  std::vector<IpRule> ip_rules;
  std::optional<std::vector<VirtualNetworkRule>> virtual_network_rules;  ///< absent from many API versions
};
struct PrivateEndpointConnection {
  std::string id, status;  ///< "Approved", "Pending", "Rejected", "Disconnected"
};
struct ManagedIdentity {
  std::string type;          ///< as written: "SystemAssigned", "UserAssigned", …
  std::string principal_id;  ///< of the system-assigned identity, lower case
  struct UserAssigned {
    std::string resource_id, principal_id, client_id;
  };
  std::vector<UserAssigned> user_assigned;
};

struct Registry {
  std::string name;    ///< as written
  std::string id;      ///< ARM id as written
  ScopeIndex scope{};  ///< of `id`; its kind is Resource only if `id` is an ARM id
  std::optional<std::string> login_server;
  std::optional<PermissionMode> mode;
  std::optional<std::string> mode_text;  ///< as written; set and `mode` empty: a value that nobody knows
  std::optional<std::string> sku;
  std::optional<bool> admin_user_enabled, anonymous_pull_enabled, bypass_allowed_for_tasks, data_endpoint_enabled;
  std::optional<std::string> public_network_access, network_rule_bypass_options;
  std::optional<NetworkRuleSet> network_rule_set;
  std::optional<std::vector<PrivateEndpointConnection>> private_endpoint_connections;
  /// "azureADAuthenticationAsArmPolicy", "exportPolicy", "quarantinePolicy", "softDeletePolicy", "trustPolicy",
  /// "retentionPolicy" → status in lower case: "enabled", "disabled", or what nobody knows.
  std::map<std::string, std::string> policies;
  ManagedIdentity identity;
  std::optional<std::vector<std::string>> repositories;  ///< from `az acr repository list`, sorted
  bool existence_only = false;                           ///< a row without properties proves existence only
  /// Infrastructure code may delete it: `{whether ADDRESS deletes NAME}`. Empty: it is there. Source: input-formats 8.2
  std::string may_be_gone{};
  bool declared = false;  ///< infrastructure code says it, and what it says goes before what exports say
  FileIndex file{};
};

/// Children name their registry by lower-case name; empty if the export does not tell, which several registries leave
/// open.
struct TokenPassword {
  std::string name;  ///< "password1", "password2"
  std::optional<Timestamp> expiry;
  bool expiry_unreadable = false;  ///< the export says one, and nobody knows when that is
};
struct Token {
  std::string registry, name;
  std::string scope_map_id;  ///< ARM id or empty
  std::optional<bool> enabled;
  std::string enabled_open{};  ///< a named unknown because of which `enabled` is not known; empty: not shown
  std::optional<std::vector<TokenPassword>> passwords;
  bool has_certificates = false;
  FileIndex file{};
};
struct ScopeMap {
  std::string registry, name;
  std::vector<std::string> actions;  ///< "repositories/NAME/content/read", as written
  bool system_defined = false;
  FileIndex file{};
};
struct Task {
  std::string registry, name;
  bool enabled = true;
  ManagedIdentity identity;
  std::optional<std::string> source_registry_identity;    ///< "[system]", "[caller]", a client id, "none"
  std::optional<std::string> source_registry_login_mode;  ///< "Default", "None"
  /// A credential for another registry.
  struct CustomRegistry {
    std::string login_server;
    std::string identity;  ///< "[system]" or a client id; empty: a user name and a password, which are not kept
  };
  std::vector<CustomRegistry> custom_registries;
  FileIndex file{};
};
/// The credential that a task has for a registry other than its own; null: none.
[[nodiscard]] const Task::CustomRegistry* credential_for(const Task& task, const Registry& registry);
/// Has `task`, or another of the records with its registry and name, a credential for `registry`?
[[nodiscard]] bool has_credential_for(std::span<const Task> tasks, const Task& task, const Registry& registry);
struct CacheRule {
  std::string registry, name, source_repository, target_repository, credential_set_id, identity;
  FileIndex file{};
};
struct CredentialSet {
  std::string registry, name, login_server;
  ManagedIdentity identity;
  FileIndex file{};
};
struct ConnectedRegistry {
  std::string registry, name, mode, sync_token_id;
  std::vector<std::string> client_token_ids;
  FileIndex file{};
};
/// An ARM lock (`az lock list`). Protects management operations only. Source: container-registry-image-lock
struct ResourceLock {
  std::string name;
  std::string scope;  ///< scope key of what is locked
  std::string level;  ///< "CanNotDelete", "ReadOnly"; empty: not told, or exports contradict each other
  FileIndex file{};
};
enum class LockLevel : std::uint8_t { Unknown, CanNotDelete, ReadOnly };
/// Unknown for every other word.
[[nodiscard]] LockLevel level_of(const ResourceLock& lock) noexcept;
/// Attributes of a repository, or of a tag or manifest in it.
struct ArtifactAttributes {
  std::string registry, repository;
  std::string reference;  ///< tag or digest; empty: the repository itself
  std::string digest;     ///< of a tag: the manifest it names, if known
  std::optional<bool> read_enabled, write_enabled, delete_enabled, list_enabled;
  bool is_signed = false;        ///< content trust has a signature of it
  std::string quarantine_state;  ///< as written, e.g. "Passed", "Quarantined"; empty: not given
  FileIndex file{};
};

// ---- the whole --------------------------------------------------------------------------------------------

struct Snapshot {
  std::vector<SourceFile> files;
  std::vector<Warning> warnings;

  std::vector<Principal> principals;
  std::vector<MembersKnown> members_known;  ///< per principal; meaningful for groups
  std::vector<Membership> memberships;      ///< direct or transitive, as given
  std::vector<Workload> workloads;
  std::vector<Application> applications;

  std::vector<Scope> scopes;
  std::vector<HierarchyEdge> hierarchy;
  std::vector<std::string> listed_subscriptions;  ///< scope keys, see RoleAssignment::listed_for
  std::vector<std::string> tenants;               ///< ids that the data names, lower case
  /// By subscription id, lower case: an index + 1 into `tenants`; 0: exports contradict each other.
  std::map<std::string, std::uint32_t, std::less<>> subscription_tenants;

  std::vector<RoleDefinition> roles;  ///< indexed by RoleIndex
  std::vector<ConditionEntry> conditions;
  std::vector<RoleAssignment> role_assignments;
  std::vector<DenyAssignment> deny_assignments;
  std::vector<ScheduleInstance> schedule_instances;

  bool role_assignments_given = false;  ///< at least one list of role assignments was read
  /// GUIDs of the subscriptions of which exported role assignments were read, sorted; also where none of them is left.
  std::vector<std::string> assigned_subscriptions;
  bool deny_assignments_given = false;
  /// GUIDs of the subscriptions of which a list of deny assignments was read that is not that of one registry, sorted.
  std::vector<std::string> denied_subscriptions;
  bool schedule_instances_given = false;
  bool tokens_given = false, scope_maps_given = false, tasks_given = false, locks_given = false;
  /// Lists of which a page is missing, by the kind of SourceFile ("role-assignments", "deny-assignments", …).
  std::vector<std::string> incomplete_lists;

  std::vector<Registry> registries;
  std::vector<Token> tokens;
  std::vector<ScopeMap> scope_maps;
  std::vector<Task> tasks;
  std::vector<CacheRule> cache_rules;
  std::vector<CredentialSet> credential_sets;
  std::vector<ConnectedRegistry> connected_registries;
  std::vector<ResourceLock> locks;
  std::vector<ArtifactAttributes> artifact_attributes;

  /// What infrastructure code says of the objects of this snapshot, and of those it removes; by id.
  std::vector<DeclaredObject> declared;

  [[nodiscard]] const Principal& operator[](PrincipalIndex i) const { return principals[at(i)]; }
  [[nodiscard]] const Scope& operator[](ScopeIndex i) const { return scopes[at(i)]; }
  [[nodiscard]] const RoleDefinition& operator[](RoleIndex i) const { return roles[at(i)]; }
  [[nodiscard]] const ConditionEntry& operator[](ConditionIndex i) const { return conditions[at(i)]; }
};

/// Are the role assignments that can cover a registry in the data? Only an exported row in its subscription, or one
/// above that was listed for it, shows that its list was read; rows of infrastructure code are no list. True for a
/// registry of unknown place. Source: input-formats 1.2 and 10
[[nodiscard]] bool shows_assignments_for(const Snapshot& snapshot, const Registry& registry);

/// The tenant of a subscription (its id), as Scope::tenant counts them.
[[nodiscard]] std::uint32_t tenant_of_subscription(const Snapshot& snapshot, std::string_view subscription);
/// The tenant whose root management group is the group of key `group`, which is then called like it.
/// Source: input-formats 6
[[nodiscard]] std::uint32_t tenant_of_root_group(const Snapshot& snapshot, std::string_view group);

/// Is a scope above subscriptions of the tenant of a subscription (its id)? True where the data names one tenant at
/// most; unknown where it names several and not whose the two are. Source: azure-rbac-semantics 5 ("/" is a tenant's
/// root)
[[nodiscard]] Truth of_one_tenant(const Snapshot& snapshot, const Scope& scope, std::string_view subscription);

/// Are the deny assignments that can cover a registry in the data: does one of those that are there stand at the
/// registry or above it in its subscription, or where only the subscription's list shows it? Lists that are empty look
/// alike. True for a registry of unknown place, if any list was read. Source: azure-rbac-semantics 14
[[nodiscard]] bool shows_denies_for(const Snapshot& snapshot, const Registry& registry);
/// For every registry.
[[nodiscard]] bool shows_all_denies(const Snapshot& snapshot);

/// What declares the object of this ARM id last, or nullptr.
[[nodiscard]] const DeclaredObject* declaration_of(const Snapshot& snapshot, std::string_view id);

/// The assignment's ARM id, built from its scope where the export's own is of the usual form.
[[nodiscard]] std::string assignment_id(const Snapshot& snapshot, const RoleAssignment& assignment);

}  // namespace acrbiter::model
