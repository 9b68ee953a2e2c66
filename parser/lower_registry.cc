#include "parser/lower_registry.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/ascii.h"
#include "parser/lower_common.h"

namespace acrbiter::parser {

namespace {

using model::ArtifactAttributes;
using model::Registry;

// ---- what an object is --------------------------------------------------------------------------------------

/// What the id says if it is one of a registry or of its child. A deeper child, or an extension such as a role
/// assignment or a lock on the registry, is something else.
std::optional<RegistryPath> child_path(std::string_view id) {
  std::optional<RegistryPath> path = registry_path(id);
  const bool other = path && (path->registry.empty() || !path->deeper.empty() ||
                              model::equal_ignoring_case(path->child_type, "providers"));
  if (other) path.reset();
  return path;
}

bool has_type(const Value& object, std::string_view child_type) {
  if (const auto path = child_path(resource_id_of(object).text())) {
    return model::equal_ignoring_case(path->child_type, child_type);
  }
  const std::string_view type = resource_type_of(object);
  if (!model::equal_ignoring_case(type.substr(0, kRegistryType.size()), kRegistryType)) return false;
  const std::string_view rest = type.substr(kRegistryType.size());
  return child_type.empty() ? rest.empty()
                            : rest.starts_with('/') && model::equal_ignoring_case(rest.substr(1), child_type);
}

bool is_token(const Value& object) { return has_type(object, "tokens") || !field(object, "scopeMapId").is_absent(); }

/// `repositories/NAME/content/read`, `gateway/NAME/config/read`.
bool is_scope_map_action(std::string_view text) noexcept {
  return text.starts_with("repositories/") || text.starts_with("gateway/");
}

bool is_scope_map(const Value& object) {
  if (has_type(object, "scopeMaps")) return true;
  const Value actions = field(object, "actions");
  return actions.is_array() && actions.begin() != actions.end() && is_scope_map_action((*actions.begin()).text());
}

bool is_task(const Value& object) { return has_type(object, "tasks"); }
bool is_cache_rule(const Value& object) {
  return has_type(object, "cacheRules") ||
         (field(object, "sourceRepository").is_string() && field(object, "targetRepository").is_string());
}
bool is_credential_set(const Value& object) {
  return has_type(object, "credentialSets") || field(object, "authCredentials").is_array();
}
bool is_connected_registry(const Value& object) {
  return has_type(object, "connectedRegistries") || field(object, "parent")["syncProperties"].is_object();
}
bool is_agent_pool(const Value& object) { return has_type(object, "agentPools"); }
bool is_webhook(const Value& object) { return has_type(object, "webhooks"); }
bool is_replication(const Value& object) { return has_type(object, "replications"); }

bool is_other_child(const Value& object) {
  if (const auto path = child_path(resource_id_of(object).text())) return !path->child_type.empty();
  const std::string_view type = resource_type_of(object);
  return type.size() > kRegistryType.size() && type[kRegistryType.size()] == '/' &&
         model::equal_ignoring_case(type.substr(0, kRegistryType.size()), kRegistryType);
}

bool is_registry(const Value& object) {
  if (has_type(object, {})) return true;
  // A projection that dropped id and type. Connected registries have a login server too, but as an object.
  return object["name"].is_string() && field(object, "loginServer").is_string() &&
         !object.any("adminUserEnabled", "roleAssignmentMode", "sku", "SkuName", "properties").is_absent();
}

/// `az acr credential show`: a user name beside named passwords, and nothing that a token has.
bool is_credentials(const Value& object) {
  return object["username"].is_string() && object["passwords"].is_array() && object["id"].is_absent();
}

bool is_repository_list(const Value& object) {
  const Value list = object["repositories"];
  if (list.kind() == ValueKind::Null) return object.size() == 1 || object["registry"].is_string();
  return list.is_array() && (list.begin() == list.end() || (*list.begin()).is_string());
}

Value tags_of(const Value& object) noexcept { return object.any("tags", "tagsAttributes"); }
Value manifests_of(const Value& object) noexcept { return object.any("manifests", "manifestsAttributes"); }

bool is_artifact_attributes(const Value& object) {
  if (object["imageName"].is_string()) {
    return object["changeableAttributes"].is_object() || object["tag"].is_object() || object["manifest"].is_object() ||
           object["attributes"].is_object() || tags_of(object).is_array() || manifests_of(object).is_array();
  }
  return object["changeableAttributes"].is_object() && object["digest"].is_string();
}

constexpr std::string_view kLockPath = "/providers/microsoft.authorization/locks/";

Value lock_id_of(const Value& object) noexcept {
  const Value lock_id = object["LockId"];
  return lock_id.is_string() ? lock_id : resource_id_of(object);
}

bool is_lock(const Value& object) {
  return model::equal_ignoring_case(resource_type_of(object), "microsoft.authorization/locks") ||
         contains_ignoring_case(lock_id_of(object).text(), kLockPath);
}

/// Any other ARM resource, as `az resource list` and Resource Graph show them.
bool is_other_resource(const Value& object) {
  const std::string_view type = resource_type_of(object);
  return find_ignoring_case(resource_id_of(object).text(), "/subscriptions/") == 0 &&
         type.find('/') != std::string_view::npos && find_ignoring_case(type, "microsoft.authorization/") != 0 &&
         find_ignoring_case(type, "microsoft.management/") != 0;
}

// ---- registries ---------------------------------------------------------------------------------------------

/// ARM's values, the words of `az acr --role-assignment-mode` and the portal's. Source: acr-authorization A.1
std::optional<model::PermissionMode> mode_of(std::string_view text) {
  constexpr std::array kLegacy = {std::string_view("LegacyRegistryPermissions"), std::string_view("rbac"),
                                  std::string_view("RBAC Registry Permissions")};
  constexpr std::array kAbac = {std::string_view("AbacRepositoryPermissions"), std::string_view("rbac-abac"),
                                std::string_view("RBAC Registry + ABAC Repository Permissions")};
  const auto same = [text](std::string_view word) { return model::equal_ignoring_case(text, word); };
  if (std::any_of(kLegacy.begin(), kLegacy.end(), same)) return model::PermissionMode::Legacy;
  if (std::any_of(kAbac.begin(), kAbac.end(), same)) return model::PermissionMode::Abac;
  return std::nullopt;
}

void lower_mode(const Value& object, Registry& registry, LoweringContext& context) {
  const Value mode = field(object, "roleAssignmentMode");
  if (mode.is_none()) return;
  registry.mode_text = mode.is_string() ? std::string(mode.text()) : "(no text)";
  registry.mode = mode_of(*registry.mode_text);
  if (registry.mode) return;
  context.warn("unknown-mode", mode,
               "registry " + model::quoted(registry.name) +
                   " has a permission mode nobody knows: " + model::quoted(*registry.mode_text),
               "answers are given for both modes; the known values are `LegacyRegistryPermissions` and "
               "`AbacRepositoryPermissions`");
}

std::optional<model::NetworkRuleSet> network_rules_of(const Value& object) {
  const Value rules = field(object, "networkRuleSet");
  if (!rules.is_object()) {
    // The PowerShell module of 2023 flattens the rule set.
    const Value action = object["NetworkRuleSetDefaultAction"];
    if (action.is_none()) return std::nullopt;
    model::NetworkRuleSet flat;
    flat.default_action = text_of(action);
    const Value ip_rules = object["NetworkRuleSetIPRule"];
    if (ip_rules.is_array()) {
      for (const Value rule : ip_rules) {
        flat.ip_rules.push_back({.value = std::string(rule.any("IPAddressOrRange", "value").text()),
                                 .action = std::string(rule["action"].text())});
      }
    }
    return flat;
  }
  model::NetworkRuleSet set;
  set.default_action = text_of(rules["defaultAction"]);
  if (const Value ip_rules = rules["ipRules"]; ip_rules.is_array()) {
    for (const Value rule : ip_rules) {
      set.ip_rules.push_back({.value = std::string(rule.any("value", "ipAddressOrRange").text()),
                              .action = std::string(rule["action"].text())});
    }
  }
  if (const Value subnets = rules["virtualNetworkRules"]; subnets.is_array()) {
    set.virtual_network_rules.emplace();
    for (const Value rule : subnets) {
      const Value id = rule.any("id", "virtualNetworkResourceId", "virtualNetworkSubnetResourceId");
      set.virtual_network_rules->push_back(
          {.subnet_id = std::string(id.text()), .action = std::string(rule["action"].text())});
    }
  }
  return set;
}

std::optional<std::vector<model::PrivateEndpointConnection>> private_endpoints_of(const Value& object) {
  const Value list = field(object, "privateEndpointConnections");
  if (!list.is_array()) return std::nullopt;
  std::vector<model::PrivateEndpointConnection> connections;
  for (const Value each : list) {
    connections.push_back({.id = std::string(each["id"].text()),
                           .status = std::string(each.property("privateLinkServiceConnectionState")["status"].text())});
  }
  return connections;
}

std::map<std::string, std::string> policies_of(const Value& object) {
  constexpr std::array kPolicies = {std::string_view("azureADAuthenticationAsArmPolicy"),
                                    std::string_view("exportPolicy"),
                                    std::string_view("quarantinePolicy"),
                                    std::string_view("retentionPolicy"),
                                    std::string_view("softDeletePolicy"),
                                    std::string_view("trustPolicy")};
  std::map<std::string, std::string> policies;
  const Value nested = field(object, "policies");
  for (const std::string_view name : kPolicies) {
    const Value status = nested.is_object() ? nested[name]["status"] : object[std::string(name) + "Status"];
    if (status.is_none()) continue;
    policies.emplace(name, status.is_string() ? model::ascii_lower(status.text()) : "(no text)");
  }
  return policies;
}

std::vector<std::string> sorted_unique(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

/// True if the object tells at least one setting. A row of `az resource list` has none, though it has a sku.
bool tells_settings(const Registry& registry) {
  return registry.login_server || registry.mode_text || registry.admin_user_enabled ||
         registry.anonymous_pull_enabled || registry.public_network_access || registry.network_rule_bypass_options ||
         registry.network_rule_set || registry.data_endpoint_enabled || registry.bypass_allowed_for_tasks ||
         registry.repositories || !registry.policies.empty();
}

void lower_registry(const Value& object, LoweringContext& context) {
  Registry registry;
  registry.file = context.file;
  registry.id = resource_id_of(object).text();
  const auto path = child_path(registry.id);
  registry.name = path ? path->registry : object["name"].text();
  if (registry.name.empty()) {
    context.warn("registry-unusable", object, "a registry without id and name is not used");
    return;
  }
  if (path) registry.scope = context.builder.scope(registry.id);
  context.tenant_of(object, model::subscription_of(model::ascii_lower(registry.id)));
  registry.login_server = text_of(field(object, "loginServer"));
  lower_mode(object, registry, context);
  const Value sku = object["sku"];
  registry.sku = text_of(sku.is_object() ? sku["name"] : sku.is_string() ? sku : object["SkuName"]);
  registry.admin_user_enabled = flag_of(field(object, "adminUserEnabled"));
  registry.anonymous_pull_enabled = flag_of(field(object, "anonymousPullEnabled"));
  registry.bypass_allowed_for_tasks = flag_of(field(object, "networkRuleBypassAllowedForTasks"));
  registry.data_endpoint_enabled = flag_of(field(object, "dataEndpointEnabled"));
  registry.public_network_access = text_of(field(object, "publicNetworkAccess"));
  registry.network_rule_bypass_options = text_of(field(object, "networkRuleBypassOptions"));
  if (!registry.network_rule_bypass_options) {
    registry.network_rule_bypass_options = text_of(object["NetworkRuleBypassOption"]);
  }
  registry.network_rule_set = network_rules_of(object);
  registry.private_endpoint_connections = private_endpoints_of(object);
  registry.policies = policies_of(object);
  registry.identity = lower_identity(object, registry.id, context);
  if (const Value repositories = object["repositories"]; repositories.is_array()) {
    registry.repositories = sorted_unique(texts_of(repositories));
    context.count("repositories", registry.repositories->size());
  }
  registry.existence_only = !tells_settings(registry);
  context.builder.draft().registries.push_back(std::move(registry));
  context.count("registries");
}

// ---- children -----------------------------------------------------------------------------------------------

/// Registry and name of a child: from its id, else from members that name them.
struct ChildName {
  std::string registry;
  std::string name;
};

ChildName child_name(const Value& object) {
  ChildName child;
  if (const auto path = child_path(resource_id_of(object).text())) {
    child.registry = model::ascii_lower(path->registry);
    child.name = path->child;
    return child;
  }
  if (const auto path = child_path(field(object, "scopeMapId").text())) {
    child.registry = model::ascii_lower(path->registry);
  } else if (const Value registry = object.any("registry", "registryName"); registry.is_string()) {
    child.registry = model::ascii_lower(registry.text());
  }
  child.name = object["name"].text();
  return child;
}

/// Names the child, or warns that `what` cannot be used.
bool take_name(const Value& object, LoweringContext& context, std::string_view what, std::string& registry,
               std::string& name) {
  ChildName child = child_name(object);
  registry = std::move(child.registry);
  name = std::move(child.name);
  if (!name.empty()) return true;
  context.warn("child-unusable", object, "a " + std::string(what) + " without id and name is not used");
  return false;
}

/// Passwords without their values; nullopt where the export does not tell.
std::optional<std::vector<model::TokenPassword>> passwords_of(const Value& object, LoweringContext& context) {
  const Value list = field(object, "credentials")["passwords"];
  if (list.is_none()) return std::nullopt;
  if (!list.is_array()) {
    // What PowerShell cut has been warned of.
    if (!is_depth_cut(list)) {
      context.error("`passwords` is " + std::string(kind_name(list)) + " where a list is expected", list,
                    wrong_kind_help(list));
    }
    return std::nullopt;
  }
  std::vector<model::TokenPassword> passwords;
  for (const Value each : list) {
    if (!each.is_object()) {
      context.error("`passwords` holds " + std::string(kind_name(each)) + " where an object is expected", each,
                    wrong_kind_help(each));
      continue;
    }
    model::TokenPassword& password = passwords.emplace_back();
    password.name = each["name"].text();
    if (!each["value"].is_none()) {
      context.warn("secret-in-export", each["name"], "the file holds a token's password; it is not kept",
                   "delete the file once it is no longer needed: it opens the registry");
    }
    const Value expiry = each["expiry"];
    if (expiry.is_none()) continue;
    password.expiry = model::parse_timestamp(expiry.text());
    if (password.expiry) continue;
    password.expiry_unreadable = true;
    context.warn("token-expiry-unreadable", expiry,
                 "the expiry " + (expiry.is_string() ? model::quoted(expiry.text()) : std::string(kind_name(expiry))) +
                     " is no date that can be read, so whether the password still "
                     "holds is not known",
                 "export again with `az acr token list -r REGISTRY -o json`");
  }
  return passwords;
}

void lower_token(const Value& object, LoweringContext& context) {
  model::Token token;
  token.file = context.file;
  if (!take_name(object, context, "token", token.registry, token.name)) return;
  token.scope_map_id = field(object, "scopeMapId").text();
  const std::string_view status = field(object, "status").text();
  if (model::equal_ignoring_case(status, "enabled")) token.enabled = true;
  if (model::equal_ignoring_case(status, "disabled")) token.enabled = false;
  if (model::is_named_unknown(status)) token.enabled_open = status;
  token.passwords = passwords_of(object, context);
  const Value certificates = field(object, "credentials")["certificates"];
  token.has_certificates = certificates.is_array() && certificates.size() > 0;
  model::Snapshot& draft = context.builder.draft();
  draft.tokens.push_back(std::move(token));
  draft.tokens_given = true;
  context.count("tokens");
}

/// Whether the service made the map. The CLI renames the inner `type`, which collides with the resource's type.
/// Source: input-formats 4.2
bool is_system_defined(const Value& object, std::string_view name) {
  for (const Value kind : {object["properties"]["type"], object["typePropertiesType"], object["scopeMapType"],
                           object["propertiesType"], object["type"]}) {
    const std::string_view text = kind.text();
    if (text.empty() || text.find('/') != std::string_view::npos) continue;
    return contains_ignoring_case(text, "systemdefined");
  }
  // Names that users choose are letters, digits and dashes.
  return name.starts_with('_');
}

void lower_scope_map(const Value& object, LoweringContext& context) {
  model::ScopeMap map;
  map.file = context.file;
  if (!take_name(object, context, "scope map", map.registry, map.name)) return;
  map.actions = list_of_texts(field(object, "actions"), context);
  map.system_defined = is_system_defined(object, map.name);
  constexpr std::array kVerbs = {
      std::string_view("/content/read"),  std::string_view("/content/write"),  std::string_view("/content/delete"),
      std::string_view("/metadata/read"), std::string_view("/metadata/write"), std::string_view("/config/read"),
      std::string_view("/config/write"),  std::string_view("/message/read"),   std::string_view("/message/write")};
  const auto unknown = std::find_if(map.actions.begin(), map.actions.end(), [&](const std::string& action) {
    const std::string lower = model::ascii_lower(action);
    return !is_scope_map_action(lower) ||
           std::none_of(kVerbs.begin(), kVerbs.end(), [&](std::string_view verb) { return lower.ends_with(verb); });
  });
  if (unknown != map.actions.end()) {
    context.warn("unknown-scope-map-action", field(object, "actions"),
                 "scope map " + model::quoted(map.name) + " has an action nobody knows: " + model::quoted(*unknown),
                 "it grants nothing known");
  }
  model::Snapshot& draft = context.builder.draft();
  draft.scope_maps.push_back(std::move(map));
  draft.scope_maps_given = true;
  context.count("scopeMaps");
}

void lower_task(const Value& object, LoweringContext& context) {
  model::Task task;
  task.file = context.file;
  if (!take_name(object, context, "task", task.registry, task.name)) return;
  task.enabled = !model::equal_ignoring_case(field(object, "status").text(), "disabled");
  task.identity = lower_identity(object, resource_id_of(object).text(), context);
  const Value source = field(object, "credentials")["sourceRegistry"];
  task.source_registry_identity = text_of(source["identity"]);
  task.source_registry_login_mode = text_of(source["loginMode"]);
  for (const Value registry : field(object, "credentials")["customRegistries"]) {
    task.custom_registries.push_back({std::string(registry.key()), std::string(registry["identity"].text())});
  }
  model::Snapshot& draft = context.builder.draft();
  draft.tasks.push_back(std::move(task));
  draft.tasks_given = true;
  context.count("tasks");
}

void lower_cache_rule(const Value& object, LoweringContext& context) {
  model::CacheRule rule;
  rule.file = context.file;
  if (!take_name(object, context, "cache rule", rule.registry, rule.name)) return;
  rule.source_repository = field(object, "sourceRepository").text();
  rule.target_repository = field(object, "targetRepository").text();
  rule.credential_set_id = field(object, "credentialSetResourceId").text();
  if (const Value identity = field(object, "identity"); identity.is_string()) {
    rule.identity = identity.text();
  } else {
    const model::ManagedIdentity managed = lower_identity(object, resource_id_of(object).text(), context);
    rule.identity = managed.user_assigned.empty() ? managed.principal_id : managed.user_assigned.front().resource_id;
  }
  context.builder.draft().cache_rules.push_back(std::move(rule));
  context.count("cacheRules");
}

void lower_credential_set(const Value& object, LoweringContext& context) {
  model::CredentialSet set;
  set.file = context.file;
  if (!take_name(object, context, "credential set", set.registry, set.name)) return;
  set.login_server = field(object, "loginServer").text();
  set.identity = lower_identity(object, resource_id_of(object).text(), context);
  context.builder.draft().credential_sets.push_back(std::move(set));
  context.count("credentialSets");
}

void lower_connected_registry(const Value& object, LoweringContext& context) {
  model::ConnectedRegistry connected;
  connected.file = context.file;
  if (!take_name(object, context, "connected registry", connected.registry, connected.name)) return;
  connected.mode = field(object, "mode").text();
  connected.sync_token_id = field(object, "parent")["syncProperties"]["tokenId"].text();
  connected.client_token_ids = texts_of(field(object, "clientTokenIds"));
  context.builder.draft().connected_registries.push_back(std::move(connected));
  context.count("connectedRegistries");
}

void lower_credentials(const Value& object, LoweringContext& context) {
  context.warn("secret-in-export", object["username"],
               "the file holds the admin passwords of registry " + model::quoted(object["username"].text()) +
                   "; they are not kept",
               "delete the file: it opens the registry, and access is not read from it");
  context.count("registryCredentials");
}

// ---- repository lists, attributes, locks --------------------------------------------------------------------

/// A list that waits for its registry; see join_registries.
void push_repository_list(std::string_view registry, std::vector<std::string> names, LoweringContext& context) {
  Registry list;
  list.file = context.file;
  list.name = registry;
  list.repositories = sorted_unique(std::move(names));
  list.existence_only = true;
  context.count("repositories", list.repositories->size());
  context.builder.draft().registries.push_back(std::move(list));
}

void lower_repository_list(const Value& object, LoweringContext& context) {
  const Value list = object["repositories"];
  // The registry's own answer comes in pages of 100 and tells the next one in a header, which no file keeps.
  constexpr std::size_t kPage = 100;
  if (list.size() == kPage && object.size() == 1) {
    context.warn("incomplete-page", list, "exactly 100 repositories: the registry's answer may be its first page only",
                 "`az acr repository list -n REGISTRY -o json` follows all pages");
  }
  push_repository_list(object.any("registry", "registryName", "loginServer", "name").text(), texts_of(list), context);
}

/// Repository names: lower case letters, digits and separators. Tags and digests have others too.
bool is_repository_name(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/';
  });
}

bool is_string_list(const Value& document) {
  constexpr std::size_t kLooked = 8;
  if (!document.is_array() || document.begin() == document.end()) return false;
  std::size_t looked = 0;
  for (const Value each : document) {
    if (!each.is_string() || is_guid(each.text()) || is_depth_cut(each)) return false;
    if (++looked == kLooked) break;
  }
  return true;
}

void lower_string_list(const Value& document, LoweringContext& context) {
  const std::string file = model::ascii_lower(context.file_name);
  const bool named_otherwise = contains_ignoring_case(file, "tag") || contains_ignoring_case(file, "manifest");
  std::vector<std::string> names;
  for (const Value each : document) {
    if (named_otherwise || !is_repository_name(each.text())) {
      context.warn("unrecognised-object", document,
                   "a list of texts that are " +
                       std::string(named_otherwise ? "tags or manifests by the file's name" : "no repository names"),
                   "only a list of repositories is read from bare texts: `az acr repository list -n REGISTRY -o json`");
      return;
    }
    names.emplace_back(each.text());
  }
  push_repository_list({}, std::move(names), context);
}

/// The registry's name in a login server: it has no dash, so `NAME-HASH.azurecr.io` ends at one.
std::string registry_of_server(std::string_view server) {
  return model::ascii_lower(server.substr(0, std::min(server.find('.'), server.find('-'))));
}

struct Artifact {
  std::string_view registry, repository, reference;
};

void push_attributes(const Value& object, const Artifact& artifact, LoweringContext& context) {
  const Value attributes = object["changeableAttributes"];
  if (!attributes.is_object()) return;
  ArtifactAttributes& entry = context.builder.draft().artifact_attributes.emplace_back();
  entry.file = context.file;
  entry.registry = model::ascii_lower(artifact.registry);
  entry.repository = artifact.repository;
  entry.reference = artifact.reference;
  if (const std::string_view digest = object["digest"].text(); digest != artifact.reference) entry.digest = digest;
  entry.read_enabled = flag_of(attributes["readEnabled"]);
  entry.write_enabled = flag_of(attributes["writeEnabled"]);
  entry.delete_enabled = flag_of(attributes["deleteEnabled"]);
  entry.list_enabled = flag_of(attributes["listEnabled"]);
  entry.is_signed = flag_of(object["signed"]).value_or(false);
  entry.quarantine_state = attributes["quarantineState"].text();
  context.count("artifactAttributes");
}

/// A manifest's attributes, and for each tag on it that it names this manifest.
void push_manifest(const Value& manifest, Artifact artifact, LoweringContext& context) {
  artifact.reference = manifest["digest"].text();
  push_attributes(manifest, artifact, context);
  const Value tags = manifest["tags"];
  if (!tags.is_array() || artifact.reference.empty()) return;
  for (const Value tag : tags) {
    if (tag.text().empty()) continue;
    ArtifactAttributes& entry = context.builder.draft().artifact_attributes.emplace_back();
    entry.file = context.file;
    entry.registry = model::ascii_lower(artifact.registry);
    entry.repository = artifact.repository;
    entry.reference = tag.text();
    entry.digest = artifact.reference;
  }
}

void push_tag(const Value& tag, Artifact artifact, LoweringContext& context) {
  artifact.reference = tag["name"].text();
  if (!artifact.reference.empty()) push_attributes(tag, artifact, context);
}

void lower_artifact_attributes(const Value& object, LoweringContext& context) {
  const Artifact artifact{
      .registry = object["registry"].text(), .repository = object["imageName"].text(), .reference = {}};
  if (artifact.repository.empty()) {
    // One element of `show-tags --detail` or of `manifest list-metadata`: only a tag has a name.
    return object["name"].is_string() ? push_tag(object, artifact, context) : push_manifest(object, artifact, context);
  }
  push_attributes(object, artifact, context);
  if (const Value tag = object["tag"]; tag.is_object()) push_tag(tag, artifact, context);
  if (const Value manifest = object.any("manifest", "attributes"); manifest.is_object()) {
    push_manifest(manifest, artifact, context);
  }
  if (const Value tags = tags_of(object); tags.is_array()) {
    for (const Value tag : tags) push_tag(tag, artifact, context);
  }
  if (const Value manifests = manifests_of(object); manifests.is_array()) {
    for (const Value manifest : manifests) push_manifest(manifest, artifact, context);
  }
}

void lower_lock(const Value& object, LoweringContext& context) {
  const std::string_view id = lock_id_of(object).text();
  const std::size_t end = find_ignoring_case(id, kLockPath);
  model::ResourceLock lock;
  lock.file = context.file;
  lock.name = last_segment(id);
  lock.level = object.property("level").text();
  if (end == std::string_view::npos || end == 0) {
    context.warn("lock-unusable", object, "a lock without what it locks is not used",
                 "export again with `az lock list -o json`");
    return;
  }
  const std::string_view scope = id.substr(0, end);
  if (lock.level.empty()) {
    context.warn("lock-without-level", object, "the level of lock " + model::quoted(lock.name) + " is not shown",
                 "it may be any: export again with `az lock list -o json`");
  }
  lock.scope = model::scope_key(completed_scope(scope).value_or(std::string(scope)));
  model::Snapshot& draft = context.builder.draft();
  draft.locks.push_back(std::move(lock));
  draft.locks_given = true;
  context.count("locks");
}

/// Counts what is recognised and has no bearing on access.
void count_agent_pool(const Value&, LoweringContext& context) { context.count("agentPools"); }
void count_webhook(const Value&, LoweringContext& context) { context.count("webhooks"); }
void count_replication(const Value&, LoweringContext& context) { context.count("replications"); }
void count_other_child(const Value&, LoweringContext& context) { context.count("registryChildren"); }
void count_resource(const Value&, LoweringContext& context) { context.count("resources"); }

constexpr std::array kRegistryFormats = {
    ObjectFormat{"locks", is_lock, lower_lock},
    ObjectFormat{"tokens", is_token, lower_token},
    ObjectFormat{"scope-maps", is_scope_map, lower_scope_map},
    ObjectFormat{"tasks", is_task, lower_task},
    ObjectFormat{"cache-rules", is_cache_rule, lower_cache_rule},
    ObjectFormat{"credential-sets", is_credential_set, lower_credential_set},
    ObjectFormat{"connected-registries", is_connected_registry, lower_connected_registry},
    ObjectFormat{"agent-pools", is_agent_pool, count_agent_pool},
    ObjectFormat{"webhooks", is_webhook, count_webhook},
    ObjectFormat{"replications", is_replication, count_replication},
    ObjectFormat{"registry-children", is_other_child, count_other_child},
    ObjectFormat{"registries", is_registry, lower_registry},
    ObjectFormat{"registry-credentials", is_credentials, lower_credentials},
    ObjectFormat{"repositories", is_repository_list, lower_repository_list},
    ObjectFormat{"artifact-attributes", is_artifact_attributes, lower_artifact_attributes},
    ObjectFormat{"resources", is_other_resource, count_resource},
};

constexpr std::array kRegistryDocuments = {
    ObjectFormat{"repositories", is_string_list, lower_string_list},
};

// ---- joining ------------------------------------------------------------------------------------------------

/// Resolves, over all files, what objects say of their registry and repository.
class RegistryJoin {
 public:
  explicit RegistryJoin(model::Snapshot& draft) : draft_(draft), warnings_(draft) {
    for (std::size_t i = 0; i < draft_.registries.size(); ++i) {
      const Registry& registry = draft_.registries[i];
      if (is_waiting_list(registry)) continue;
      by_name_.emplace(model::ascii_lower(registry.name), i);
      if (!registry.id.empty()) with_id_.emplace(model::ascii_lower(registry.name), i);
      if (registry.login_server) by_server_.emplace(model::ascii_lower(*registry.login_server), i);
    }
  }

  void run() {
    identify_registries();
    place_lists();
    name_registries(draft_.tokens, "token");
    name_registries(draft_.scope_maps, "scope map");
    name_registries(draft_.tasks, "task");
    name_registries(draft_.cache_rules, "cache rule");
    name_registries(draft_.credential_sets, "credential set");
    name_registries(draft_.connected_registries, "connected registry");
    place_attributes();
    merge_attributes();
    warnings_.finish();
  }

 private:
  static bool is_waiting_list(const Registry& registry) {
    return registry.id.empty() && registry.existence_only && registry.repositories.has_value();
  }

  void warn(std::string_view code, model::FileIndex file, std::string message, std::string help) {
    warnings_.add(code, draft_.files[model::at(file)].path, std::move(message), std::move(help));
  }

  std::string_view stem(model::FileIndex file) const {
    return file_stem(last_segment(draft_.files[model::at(file)].path));
  }

  /// Name of the registry that `text` (a name or login server) means; the derived name if none of that name was read.
  std::string resolved(std::string_view text) const {
    const std::string lower = model::ascii_lower(text);
    if (const auto server = by_server_.find(lower); server != by_server_.end()) {
      return model::ascii_lower(draft_.registries[server->second].name);
    }
    return lower.find('.') == std::string::npos ? lower : registry_of_server(lower);
  }

  /// The one registry whose name is a word of the file's name, else the only registry read; empty otherwise.
  std::string guessed(model::FileIndex file) const {
    std::string name;
    for (const std::string& word : words_of(stem(file))) {
      if (word == name || !by_name_.contains(word)) continue;
      if (!name.empty()) return {};
      name = word;
    }
    if (name.empty() && by_name_.size() == 1) name = by_name_.begin()->first;
    return name;
  }

  /// Names of registries are unique in a cloud: one without an id is the one of that name that has one.
  void identify_registries() {
    for (Registry& registry : draft_.registries) {
      if (!registry.id.empty() || is_waiting_list(registry)) continue;
      const auto known = with_id_.find(model::ascii_lower(registry.name));
      if (known == with_id_.end()) continue;
      registry.id = draft_.registries[known->second].id;
      registry.scope = draft_.registries[known->second].scope;
    }
  }

  void place_lists() {
    std::vector<bool> done(draft_.registries.size());
    for (std::size_t i = 0; i < done.size(); ++i) {
      Registry& list = draft_.registries[i];
      if (!is_waiting_list(list)) continue;
      const std::string name = list.name.empty() ? guessed(list.file) : resolved(list.name);
      if (name.empty()) {
        done[i] = true;
        warn("repositories-without-registry", list.file, "a list of repositories does not say of which registry",
             "wrap it as {\"registry\": NAME, \"repositories\": […]}, or put the registry's name into the file's name");
        continue;
      }
      const auto [target, is_new] = by_name_.emplace(name, i);
      if (is_new) {
        list.name = name;
        continue;
      }
      done[i] = true;
      std::vector<std::string> names = std::move(*list.repositories);
      std::optional<std::vector<std::string>>& known = draft_.registries[target->second].repositories;
      if (known) names.insert(names.end(), known->begin(), known->end());
      known = sorted_unique(std::move(names));
    }
    std::size_t i = 0;
    std::erase_if(draft_.registries, [&](const Registry&) { return done[i++]; });
    by_server_.clear();
    by_name_.clear();
    for (std::size_t k = 0; k < draft_.registries.size(); ++k) {
      by_name_.emplace(model::ascii_lower(draft_.registries[k].name), k);
      if (draft_.registries[k].login_server)
        by_server_.emplace(model::ascii_lower(*draft_.registries[k].login_server), k);
    }
  }

  template <class Child>
  void name_registries(std::vector<Child>& children, std::string_view what) {
    for (Child& child : children) {
      child.registry = child.registry.empty() ? guessed(child.file) : resolved(child.registry);
      if (!child.registry.empty()) continue;
      warn("child-without-registry", child.file,
           std::string(what) + ' ' + model::quoted(child.name) + " does not say which registry it belongs to",
           "keep `id` in the export, or put the registry's name into the file's name");
    }
  }

  /// The longest known repository of `registry` whose name, with '/' as any separator, stands in the file's name.
  std::string guessed_repository(const std::string& registry, model::FileIndex file) const {
    const auto found = by_name_.find(registry);
    if (found == by_name_.end() || !draft_.registries[found->second].repositories) return {};
    const std::vector<std::string> words = words_of(stem(file));
    std::string best;
    // A repository's words are a run of the file's: try each run, few words long, against the sorted list.
    for (const std::string& name : *draft_.registries[found->second].repositories) {
      if (name.size() <= best.size()) continue;
      const std::vector<std::string> wanted = words_of(name);
      if (!wanted.empty() && std::search(words.begin(), words.end(), wanted.begin(), wanted.end()) != words.end()) {
        best = name;
      }
    }
    return best;
  }

  void place_attributes() {
    std::map<model::FileIndex, std::pair<std::string, std::string>> guesses;
    std::map<std::string, std::string, std::less<>> servers;
    for (ArtifactAttributes& entry : draft_.artifact_attributes) {
      if (!entry.registry.empty()) {
        auto known = servers.find(entry.registry);
        if (known == servers.end()) known = servers.emplace(entry.registry, resolved(entry.registry)).first;
        entry.registry = known->second;
      }
      if (!entry.registry.empty() && !entry.repository.empty()) continue;
      auto guess = guesses.find(entry.file);
      if (guess == guesses.end()) {
        const std::string registry = entry.registry.empty() ? guessed(entry.file) : entry.registry;
        guess = guesses.emplace(entry.file, std::pair(registry, guessed_repository(registry, entry.file))).first;
        if (guess->second.first.empty() || (entry.repository.empty() && guess->second.second.empty())) {
          warn("attributes-without-repository", entry.file,
               "attributes of tags or manifests do not say of which repository, and are not used",
               "wrap them as {\"registry\": NAME, \"imageName\": REPOSITORY, \"tags\": […]}, or name the file after "
               "both");
        }
      }
      if (entry.registry.empty()) entry.registry = guess->second.first;
      if (entry.repository.empty()) entry.repository = guess->second.second;
    }
    std::erase_if(draft_.artifact_attributes,
                  [](const ArtifactAttributes& e) { return e.registry.empty() || e.repository.empty(); });
  }

  void merge_attributes() {
    std::map<std::array<std::string, 3>, std::size_t> first;
    std::vector<ArtifactAttributes> merged, differing;
    for (ArtifactAttributes& entry : draft_.artifact_attributes) {
      const auto [at, is_new] =
          first.emplace(std::array{entry.registry, entry.repository, entry.reference}, merged.size());
      if (is_new) {
        merged.push_back(std::move(entry));
        continue;
      }
      ArtifactAttributes& known = merged[at->second];
      // What differs stays beside the first: a question about it finds both.
      const auto differs = [&](std::string ArtifactAttributes::*member) {
        const std::string& own = known.*member;
        return !own.empty() && !(entry.*member).empty() && !model::equal_ignoring_case(own, entry.*member);
      };
      bool apart = differs(&ArtifactAttributes::digest) || differs(&ArtifactAttributes::quarantine_state);
      const auto look = [&](std::optional<bool> ArtifactAttributes::*enabled, std::string_view word) {
        if (!(known.*enabled) || !(entry.*enabled) || *(known.*enabled) == *(entry.*enabled)) return;
        apart = true;
        warn("lock-conflict", entry.file,
             model::quoted(known.repository) + " is read with different " + std::string(word),
             "it may be locked or not; remove the older export");
      };
      look(&ArtifactAttributes::read_enabled, "readEnabled");
      look(&ArtifactAttributes::write_enabled, "writeEnabled");
      look(&ArtifactAttributes::delete_enabled, "deleteEnabled");
      look(&ArtifactAttributes::list_enabled, "listEnabled");
      if (apart) differing.push_back(entry);
      if (known.digest.empty()) known.digest = std::move(entry.digest);
      if (known.quarantine_state.empty()) known.quarantine_state = std::move(entry.quarantine_state);
      known.is_signed = known.is_signed || entry.is_signed;
      for (const auto enabled : {&ArtifactAttributes::read_enabled, &ArtifactAttributes::write_enabled,
                                 &ArtifactAttributes::delete_enabled, &ArtifactAttributes::list_enabled}) {
        if (!(known.*enabled)) known.*enabled = entry.*enabled;
      }
    }
    merged.insert(merged.end(), differing.begin(), differing.end());
    draft_.artifact_attributes = std::move(merged);
  }

  model::Snapshot& draft_;
  JoinWarnings warnings_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::map<std::string, std::size_t, std::less<>> with_id_;
  std::map<std::string, std::size_t, std::less<>> by_server_;
};

}  // namespace

std::span<const ObjectFormat> registry_formats() { return kRegistryFormats; }
std::span<const ObjectFormat> registry_document_formats() { return kRegistryDocuments; }

void join_registries(model::SnapshotBuilder& builder) { RegistryJoin(builder.draft()).run(); }

}  // namespace acrbiter::parser
