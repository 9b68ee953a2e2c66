#include "tests/support/spec_world.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

namespace acrbiter::spec {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void fail(const std::string& message) { throw std::runtime_error(message); }

/// Shorthand objects have closed lists of members: a typing error must not pass for an absent member.
void allow_only(const Json& object, std::initializer_list<std::string_view> members, const std::string& what) {
  if (!object.is_object()) fail(what + " is not an object: " + object.dump());
  for (const auto& [key, value] : object.items()) {
    bool known = false;
    for (const std::string_view member : members) known = known || member == key;
    if (!known) fail(what + " has the unknown member `" + key + "`");
  }
}

std::string text_of(const Json& object, const std::string& member, const std::string& fallback = {}) {
  const auto found = object.find(member);
  if (found == object.end()) return fallback;
  if (!found->is_string()) fail("`" + member + "` is not a string in " + object.dump());
  return found->get<std::string>();
}

Json value_of(const Json& object, const std::string& member, Json fallback) {
  const auto found = object.find(member);
  return found == object.end() ? std::move(fallback) : *found;
}

std::vector<std::string> texts_of(const Json& object, const std::string& member) {
  std::vector<std::string> result;
  for (const Json& item : value_of(object, member, Json::array())) result.push_back(item.get<std::string>());
  return result;
}

/// "policies.exportPolicy.status" → the pointer /policies/exportPolicy/status.
Json::json_pointer pointer_of(const std::string& dotted) {
  std::string pointer = "/";
  for (const char c : dotted) pointer += c == '.' ? '/' : c;
  return Json::json_pointer(pointer);
}

/// Applies `set` (dotted path → value) and `omit` (dotted paths) of a shorthand object to the row made from it.
void adjust(Json& row, const Json& shorthand) {
  const Json changes = value_of(shorthand, "set", Json::object());
  for (const auto& [path, value] : changes.items()) row[pointer_of(path)] = value;
  for (const std::string& path : texts_of(shorthand, "omit")) {
    const Json::json_pointer pointer = pointer_of(path);
    if (!row.contains(pointer)) fail("nothing to omit at `" + path + "`");
    row.at(pointer.parent_pointer()).erase(pointer.back());
  }
}

struct Who {
  std::string id, kind;  ///< kind: User, Group, ServicePrincipal, …
};

/// Spells out one world.
class Speller {
 public:
  Speller(const Json& world, const RoleIds& roles) : world_(world), roles_(roles) {}

  Tenant run() {
    allow_only(world_,
               {"registries", "change", "principals", "assignments", "roles", "denies", "instances", "tokens",
                "scopeMaps", "tasks", "cacheRules", "credentialSets", "connectedRegistries", "locks", "artifacts",
                "managementGroups", "documents", "everyRole"},
               "a world");
    name_principals();
    registries();
    directory();
    custom_roles();
    assignments();
    denies();
    instances();
    children();
    locks();
    artifacts();
    management_groups();
    for (Json document : list("documents")) {
      allow_only(document, {"name", "content", "text"}, "a document");
      if (document.contains("text")) {
        tenant_.documents.push_back({text_of(document, "name"), text_of(document, "text")});
        continue;
      }
      Json content = document.at("content");
      put_ids(content, tenant_.ids);
      add(text_of(document, "name"), std::move(content));
    }
    return std::move(tenant_);
  }

 private:
  Json list(const char* member) const { return value_of(world_, member, Json::array()); }

  void add(const std::string& name, Json content) { tenant_.documents.push_back({name, content.dump(2)}); }
  void add_unless_empty(const std::string& name, Json content) {
    if (!content.empty()) add(name, std::move(content));
  }

  // ---- principals ----------------------------------------------------------------------------------------

  void name_principals() {
    tenant_.ids["sub"] = std::string(kSubscription);
    const Json principals = value_of(world_, "principals", Json::object());
    for (const auto& [name, given] : principals.items()) {
      const Json spec = given.is_string() ? Json{{"type", given}} : given;
      allow_only(spec, {"type", "members", "partial", "id", "described", "groups", "attributes", "appId", "set"},
                 "principal " + name);
      const std::string type = text_of(spec, "type");
      std::string kind;
      if (type == "user") kind = "User";
      if (type == "group") kind = "Group";
      if (type == "sp") kind = "ServicePrincipal";
      if (kind.empty()) fail("principal `" + name + "` has the unknown type `" + type + "`");
      who_[name] = {text_of(spec, "id", guid_of("principal " + name)), kind};
      tenant_.ids[name] = who_[name].id;
    }
    if (world_.contains("everyRole")) {
      for (const auto& [role, guid] : roles_) {
        who_[role] = {guid_of("holder of " + role), "ServicePrincipal"};
        tenant_.ids[role] = who_[role].id;
      }
    }
  }

  Who who(const std::string& name) const {
    const auto found = who_.find(name);
    if (found != who_.end()) return found->second;
    if (name.size() == 36 && name.find('-') == 8) return {name, "ServicePrincipal"};
    fail("no principal is called `" + name + "`");
  }

  static std::string app_id(const std::string& name, const Json& spec) {
    return text_of(spec, "appId", guid_of("app " + name));
  }

  std::string principal_name(const std::string& name) const {
    const auto found = who_.find(name);
    if (found == who_.end()) return "";
    if (found->second.kind == "User") return name + "@contoso.example";
    const Json spec =
        world_.contains("principals") ? value_of(world_.at("principals"), name, Json::object()) : Json::object();
    if (found->second.kind == "ServicePrincipal") return app_id(name, spec.is_object() ? spec : Json::object());
    return name;
  }

  void directory() {
    Json users = Json::array(), groups = Json::array(), service_principals = Json::array();
    const Json principals = value_of(world_, "principals", Json::object());
    for (const auto& [name, given] : principals.items()) {
      const Json spec = given.is_string() ? Json{{"type", given}} : given;
      const Who& me = who_.at(name);
      const bool described = value_of(spec, "described", true).get<bool>();
      if (described && me.kind == "User") {
        Json row = {{"businessPhones", Json::array()},
                    {"displayName", name},
                    {"givenName", nullptr},
                    {"id", me.id},
                    {"jobTitle", nullptr},
                    {"mail", nullptr},
                    {"mobilePhone", nullptr},
                    {"officeLocation", nullptr},
                    {"preferredLanguage", nullptr},
                    {"surname", nullptr},
                    {"userPrincipalName", principal_name(name)}};
        if (spec.contains("attributes")) row["customSecurityAttributes"] = spec.at("attributes");
        adjust(row, spec);
        users.push_back(row);
      }
      if (described && me.kind == "Group") {
        Json row = {{"createdDateTime", "2024-01-01T00:00:00Z"},
                    {"description", nullptr},
                    {"displayName", name},
                    {"groupTypes", Json::array()},
                    {"id", me.id},
                    {"mail", nullptr},
                    {"mailEnabled", false},
                    {"mailNickname", name},
                    {"securityEnabled", true}};
        adjust(row, spec);
        groups.push_back(row);
      }
      if (described && me.kind == "ServicePrincipal") {
        const std::string app = app_id(name, spec);
        Json row = {{"accountEnabled", true},
                    {"alternativeNames", Json::array()},
                    {"appDisplayName", name},
                    {"appId", app},
                    {"displayName", name},
                    {"id", me.id},
                    {"servicePrincipalNames", Json::array({app})},
                    {"servicePrincipalType", "Application"}};
        adjust(row, spec);
        service_principals.push_back(row);
      }
      if (spec.contains("members")) {
        Json members = Json::array();
        for (const std::string& member : texts_of(spec, "members")) {
          const Who& they = who(member);
          const char* type = they.kind == "User"    ? "#microsoft.graph.user"
                             : they.kind == "Group" ? "#microsoft.graph.group"
                                                    : "#microsoft.graph.servicePrincipal";
          members.push_back({{"@odata.type", type}, {"id", they.id}, {"displayName", member}});
        }
        Json wrapper = {{"groupId", me.id}, {"value", std::move(members)}};
        if (value_of(spec, "partial", false).get<bool>()) {
          wrapper["@odata.nextLink"] = "https://graph.microsoft.com/v1.0/groups/" + me.id + "/members?$skiptoken=X";
        }
        add("members-" + name + ".json", std::move(wrapper));
      }
      if (spec.contains("groups")) {
        Json rows = Json::array();
        for (const std::string& group : texts_of(spec, "groups")) {
          rows.push_back({{"@odata.type", "#microsoft.graph.group"}, {"id", who(group).id}, {"displayName", group}});
        }
        add("groups-of-" + name + ".json",
            {{me.kind == "User" ? "userId" : "servicePrincipalId", me.id}, {"transitiveMemberOf", std::move(rows)}});
      }
    }
    add_unless_empty("users.json", std::move(users));
    add_unless_empty("groups.json", std::move(groups));
    add_unless_empty("service-principals.json", std::move(service_principals));
  }

  // ---- registries ----------------------------------------------------------------------------------------

  void registries() {
    Json rows = Json::array();
    Json changes = value_of(world_, "change", Json::object());
    for (const Json& given : list("registries")) {
      Json spec = given;
      if (given.is_string()) {
        const std::string text = given.get<std::string>();
        const std::size_t colon = text.find(": ");
        spec = {{"name", text.substr(0, colon)}, {"mode", colon == std::string::npos ? "" : text.substr(colon + 2)}};
      }
      allow_only(spec, {"name", "mode", "resourceGroup", "subscription", "set", "omit"}, "a registry");
      const std::string name = text_of(spec, "name"), mode = text_of(spec, "mode");
      const std::string group = text_of(spec, "resourceGroup", std::string(kResourceGroup));
      const std::string id = "/subscriptions/" + text_of(spec, "subscription", std::string(kSubscription)) +
                             "/resourceGroups/" + group + "/providers/Microsoft.ContainerRegistry/registries/" + name;
      tenant_.ids[name] = id;
      Json row = {{"adminUserEnabled", false},
                  {"anonymousPullEnabled", false},
                  {"creationDate", "2024-01-01T00:00:00.000000+00:00"},
                  {"dataEndpointEnabled", false},
                  {"dataEndpointHostNames", Json::array()},
                  {"id", id},
                  {"identity", nullptr},
                  {"location", "westeurope"},
                  {"loginServer", name + ".azurecr.io"},
                  {"name", name},
                  {"networkRuleBypassAllowedForTasks", false},
                  {"networkRuleBypassOptions", "AzureServices"},
                  {"networkRuleSet", {{"defaultAction", "Allow"}, {"ipRules", Json::array()}}},
                  {"policies",
                   {{"azureADAuthenticationAsArmPolicy", {{"status", "enabled"}}},
                    {"exportPolicy", {{"status", "enabled"}}},
                    {"quarantinePolicy", {{"status", "disabled"}}},
                    {"retentionPolicy", {{"days", 7}, {"status", "disabled"}}},
                    {"softDeletePolicy", {{"retentionDays", 7}, {"status", "disabled"}}},
                    {"trustPolicy", {{"status", "disabled"}, {"type", "Notary"}}}}},
                  {"privateEndpointConnections", Json::array()},
                  {"provisioningState", "Succeeded"},
                  {"publicNetworkAccess", "Enabled"},
                  {"resourceGroup", group},
                  {"sku", {{"name", "Premium"}, {"tier", "Premium"}}},
                  {"status", nullptr},
                  {"tags", Json::object()},
                  {"type", "Microsoft.ContainerRegistry/registries"},
                  {"zoneRedundancy", "Disabled"}};
      if (mode == "legacy") row["roleAssignmentMode"] = "LegacyRegistryPermissions";
      if (mode == "abac") row["roleAssignmentMode"] = "AbacRepositoryPermissions";
      if (mode != "legacy" && mode != "abac" && !mode.empty()) row["roleAssignmentMode"] = mode;
      adjust(row, spec);
      if (changes.contains(name)) {
        allow_only(changes.at(name), {"set", "omit"}, "a change");
        adjust(row, changes.at(name));
        changes.erase(name);
      }
      rows.push_back(std::move(row));
    }
    if (!changes.empty()) fail("a change of a registry that is not there: " + changes.begin().key());
    add_unless_empty("registries.json", std::move(rows));
  }

  /// "/" or an id as it is; "sub", "rg:NAME", "mg:NAME", a registry's name.
  std::string scope(const std::string& text) const {
    if (text.empty() || text.front() == '/') {
      Json id = text;
      put_ids(id, tenant_.ids);
      return id.get<std::string>();
    }
    const std::string subscription = "/subscriptions/" + std::string(kSubscription);
    if (text == "sub") return subscription;
    if (text.starts_with("rg:")) return subscription + "/resourceGroups/" + text.substr(3);
    if (text.starts_with("mg:")) return "/providers/Microsoft.Management/managementGroups/" + text.substr(3);
    return registry_id(text);
  }

  std::string registry_id(const std::string& name) const {
    const auto found = tenant_.ids.find(name);
    if (found == tenant_.ids.end() || who_.contains(name)) fail("no registry is called `" + name + "`");
    return found->second;
  }

  // ---- roles and assignments -----------------------------------------------------------------------------

  void custom_roles() {
    Json rows = Json::array();
    for (const Json& spec : list("roles")) {
      allow_only(spec, {"name", "guid", "permissions", "assignableScopes", "type", "set", "omit"}, "a role");
      const std::string name = text_of(spec, "name");
      const std::string guid = text_of(spec, "guid", guid_of("role " + name));
      custom_[name] = guid;
      Json permissions = Json::array();
      for (const Json& entry : spec.at("permissions")) {
        allow_only(entry, {"actions", "notActions", "dataActions", "notDataActions", "condition", "conditionVersion"},
                   "a permission");
        const Json condition = value_of(entry, "condition", nullptr);
        permissions.push_back(
            {{"actions", value_of(entry, "actions", Json::array())},
             {"condition", condition},
             {"conditionVersion", value_of(entry, "conditionVersion", condition.is_null() ? Json() : Json("2.0"))},
             {"dataActions", value_of(entry, "dataActions", Json::array())},
             {"notActions", value_of(entry, "notActions", Json::array())},
             {"notDataActions", value_of(entry, "notDataActions", Json::array())}});
      }
      Json row = {{"assignableScopes",
                   value_of(spec, "assignableScopes", Json::array({"/subscriptions/" + std::string(kSubscription)}))},
                  {"createdBy", nullptr},
                  {"createdOn", "2024-01-01T00:00:00.000000+00:00"},
                  {"description", ""},
                  {"id", "/subscriptions/" + std::string(kSubscription) +
                             "/providers/Microsoft.Authorization/roleDefinitions/" + guid},
                  {"name", guid},
                  {"permissions", std::move(permissions)},
                  {"roleName", name},
                  {"roleType", text_of(spec, "type", "CustomRole")},
                  {"type", "Microsoft.Authorization/roleDefinitions"},
                  {"updatedBy", nullptr},
                  {"updatedOn", "2024-01-01T00:00:00.000000+00:00"}};
      adjust(row, spec);
      rows.push_back(std::move(row));
    }
    add_unless_empty("custom-roles.json", std::move(rows));
  }

  std::string role_guid(const std::string& role) const {
    if (const auto found = custom_.find(role); found != custom_.end()) return found->second;
    if (const auto found = roles_.find(role); found != roles_.end()) return found->second;
    if (role.size() == 36 && role.find('-') == 8) return role;
    fail("no role is called `" + role + "`");
  }

  static std::string role_id(const std::string& guid) {
    return "/subscriptions/" + std::string(kSubscription) + "/providers/Microsoft.Authorization/roleDefinitions/" +
           guid;
  }

  static Json version_for(const Json& spec, const Json& condition) {
    return value_of(spec, "conditionVersion", condition.is_null() || condition == "" ? Json() : Json("2.0"));
  }

  /// "WHO: ROLE on SCOPE", or an object with `who`, `role`, `on` and more.
  static Json assignment_spec(const Json& given) {
    if (!given.is_string()) return given;
    const std::string text = given.get<std::string>();
    const std::size_t colon = text.find(": "), on = text.rfind(" on ");
    if (colon == std::string::npos || on == std::string::npos || on < colon) fail("not WHO: ROLE on SCOPE: " + text);
    return {
        {"who", text.substr(0, colon)}, {"role", text.substr(colon + 2, on - colon - 2)}, {"on", text.substr(on + 4)}};
  }

  Json assignment_row(const Json& spec) {
    allow_only(spec, {"who", "role", "on", "condition", "conditionVersion", "set", "omit", "file", "name"},
               "an assignment");
    const Who they = who(text_of(spec, "who"));
    const std::string where = scope(text_of(spec, "on")), guid = role_guid(text_of(spec, "role"));
    const std::string name = text_of(spec, "name", guid_of("assignment " + spec.dump()));
    const Json condition = value_of(spec, "condition", nullptr);
    Json row = {{"condition", condition},
                {"conditionVersion", version_for(spec, condition)},
                {"createdBy", nullptr},
                {"createdOn", "2024-01-01T00:00:00.000000+00:00"},
                {"delegatedManagedIdentityResourceId", nullptr},
                {"description", nullptr},
                {"id", (where == "/" ? "" : where) + "/providers/Microsoft.Authorization/roleAssignments/" + name},
                {"name", name},
                {"principalId", they.id},
                {"principalName", principal_name(text_of(spec, "who"))},
                {"principalType", they.kind},
                {"roleDefinitionId", role_id(guid)},
                {"roleDefinitionName", text_of(spec, "role")},
                {"scope", where},
                {"type", "Microsoft.Authorization/roleAssignments"},
                {"updatedBy", nullptr},
                {"updatedOn", "2024-01-01T00:00:00.000000+00:00"}};
    adjust(row, spec);
    put_ids(row, tenant_.ids);
    return row;
  }

  void assignments() {
    std::map<std::string, Json> files;
    for (const Json& given : list("assignments")) {
      const Json spec = assignment_spec(given);
      Json& rows = files[text_of(spec, "file", "role-assignments.json")];
      if (rows.is_null()) rows = Json::array();
      rows.push_back(assignment_row(spec));
    }
    for (const std::string& registry : texts_of(world_, "everyRole")) {
      Json& rows = files["role-assignments.json"];
      if (rows.is_null()) rows = Json::array();
      for (const auto& [role, guid] : roles_) {
        rows.push_back(assignment_row({{"who", role}, {"role", role}, {"on", registry}}));
      }
    }
    for (auto& [name, rows] : files) add(name, std::move(rows));
  }

  Json deny_principals(const Json& spec, const std::string& member) const {
    Json result = Json::array();
    for (const std::string& name : texts_of(spec, member)) {
      if (name == "everyone") {
        result.push_back({{"id", "00000000-0000-0000-0000-000000000000"}, {"type", "SystemDefined"}});
        continue;
      }
      const Who they = who(name);
      result.push_back({{"id", they.id}, {"type", they.kind}});
    }
    return result;
  }

  void denies() {
    Json rows = Json::array();
    for (const Json& spec : list("denies")) {
      allow_only(spec,
                 {"name", "on", "who", "except", "actions", "notActions", "dataActions", "notDataActions", "effect",
                  "ownScopeOnly", "condition", "entryCondition", "set", "omit"},
                 "a deny assignment");
      const std::string name = text_of(spec, "name"), where = scope(text_of(spec, "on"));
      Json entry = {{"actions", value_of(spec, "actions", Json::array())},
                    {"notActions", value_of(spec, "notActions", Json::array())},
                    {"dataActions", value_of(spec, "dataActions", Json::array())},
                    {"notDataActions", value_of(spec, "notDataActions", Json::array())}};
      if (spec.contains("entryCondition")) {
        entry["condition"] = spec.at("entryCondition");
        entry["conditionVersion"] = "2.0";
      }
      Json properties = {{"denyAssignmentName", name},
                         {"description", ""},
                         {"permissions", Json::array({entry})},
                         {"scope", where},
                         {"doNotApplyToChildScopes", value_of(spec, "ownScopeOnly", false)},
                         {"principals", deny_principals(spec, "who")},
                         {"excludePrincipals", deny_principals(spec, "except")},
                         {"isSystemProtected", true},
                         {"condition", value_of(spec, "condition", nullptr)},
                         {"conditionVersion", spec.contains("condition") ? Json("2.0") : Json()}};
      if (spec.contains("effect")) properties["denyAssignmentEffect"] = spec.at("effect");
      const std::string guid = guid_of("deny " + name);
      Json row = {{"id", (where == "/" ? "" : where) + "/providers/Microsoft.Authorization/denyAssignments/" + guid},
                  {"name", guid},
                  {"type", "Microsoft.Authorization/denyAssignments"},
                  {"properties", std::move(properties)}};
      adjust(row, spec);
      rows.push_back(std::move(row));
    }
    if (!rows.empty()) add("deny-assignments.json", {{"value", std::move(rows)}});
  }

  void instances() {
    Json eligible = Json::array(), active = Json::array();
    for (const Json& spec : list("instances")) {
      allow_only(spec,
                 {"kind", "who", "role", "on", "start", "end", "status", "memberType", "assignmentType", "origin",
                  "condition", "conditionVersion"},
                 "a schedule instance");
      const bool is_active = text_of(spec, "kind") == "active";
      if (!is_active && text_of(spec, "kind") != "eligible") fail("a schedule instance is `active` or `eligible`");
      const Who they = who(text_of(spec, "who"));
      const std::string where = scope(text_of(spec, "on")), guid = role_guid(text_of(spec, "role"));
      const std::string name = guid_of("instance " + spec.dump());
      const Json condition = value_of(spec, "condition", nullptr);
      Json properties = {{"scope", where},
                         {"roleDefinitionId", role_id(guid)},
                         {"principalId", they.id},
                         {"principalType", they.kind},
                         {"status", text_of(spec, "status", "Provisioned")},
                         {"startDateTime", value_of(spec, "start", "2026-01-01T00:00:00Z")},
                         {"endDateTime", value_of(spec, "end", nullptr)},
                         {"memberType", text_of(spec, "memberType", "Direct")},
                         {"createdOn", "2026-01-01T00:00:00Z"},
                         {"condition", condition},
                         {"conditionVersion", version_for(spec, condition)}};
      const char* kind = is_active ? "RoleAssignmentScheduleInstances" : "RoleEligibilityScheduleInstances";
      if (is_active) {
        properties["assignmentType"] = text_of(spec, "assignmentType", "Activated");
        properties["originRoleAssignmentId"] = value_of(spec, "origin", nullptr);
        properties["roleAssignmentScheduleId"] =
            where + "/providers/Microsoft.Authorization/RoleAssignmentSchedules/" + name;
      } else {
        properties["roleEligibilityScheduleId"] =
            where + "/providers/Microsoft.Authorization/RoleEligibilitySchedules/" + name;
      }
      put_ids(properties, tenant_.ids);
      (is_active ? active : eligible)
          .push_back({{"properties", std::move(properties)},
                      {"name", name},
                      {"id", where + "/providers/Microsoft.Authorization/" + kind + "/" + name},
                      {"type", std::string("Microsoft.Authorization/") + kind}});
    }
    if (!eligible.empty()) add("pim-eligible.json", {{"value", std::move(eligible)}});
    if (!active.empty()) add("pim-active.json", {{"value", std::move(active)}});
  }

  // ---- below a registry ----------------------------------------------------------------------------------

  Json child(const Json& spec, const char* type) const {
    const std::string name = text_of(spec, "name");
    return {{"id", registry_id(text_of(spec, "registry")) + "/" + type + "/" + name},
            {"name", name},
            {"resourceGroup", std::string(kResourceGroup)},
            {"type", std::string("Microsoft.ContainerRegistry/registries/") + type}};
  }

  /// "system" or {"system": WHO}, {"user": WHO}: the identity block of a task, credential set or registry.
  Json identity(const Json& spec) const {
    const std::string who_is = text_of(spec, "who"), type = text_of(spec, "type", "SystemAssigned");
    if (type == "SystemAssigned") {
      return {{"principalId", who(who_is).id},
              {"tenantId", guid_of("tenant")},
              {"type", type},
              {"userAssignedIdentities", nullptr}};
    }
    return {{"principalId", nullptr},
            {"tenantId", nullptr},
            {"type", type},
            {"userAssignedIdentities",
             {{"/subscriptions/" + std::string(kSubscription) + "/resourcegroups/" + std::string(kResourceGroup) +
                   "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/" + who_is,
               {{"clientId", guid_of("app " + who_is)}, {"principalId", who(who_is).id}}}}}};
  }

  void children() {
    Json tokens = Json::array(), maps = Json::array(), tasks = Json::array(), rules = Json::array(),
         sets = Json::array(), connected = Json::array();
    for (const Json& spec : list("tokens")) {
      allow_only(spec, {"registry", "name", "map", "status", "passwords", "set", "omit"}, "a token");
      Json row = child(spec, "tokens");
      Json passwords = Json::array();
      for (const Json& password :
           value_of(spec, "passwords", Json::array({{{"name", "password1"}, {"expiry", nullptr}}}))) {
        allow_only(password, {"name", "expiry"}, "a password");
        passwords.push_back({{"creationTime", "2024-01-01T00:00:00.000000+00:00"},
                             {"expiry", value_of(password, "expiry", nullptr)},
                             {"name", password.at("name")},
                             {"value", nullptr}});
      }
      row["credentials"] = {
          {"certificates", nullptr}, {"passwords", std::move(passwords)}, {"username", text_of(spec, "name")}};
      row["scopeMapId"] = registry_id(text_of(spec, "registry")) + "/scopeMaps/" + text_of(spec, "map");
      row["status"] = text_of(spec, "status", "enabled");
      row["creationDate"] = "2024-01-01T00:00:00.000000+00:00";
      row["objectId"] = nullptr;
      adjust(row, spec);
      tokens.push_back(std::move(row));
    }
    for (const Json& spec : list("scopeMaps")) {
      allow_only(spec, {"registry", "name", "actions", "system", "omit"}, "a scope map");
      Json row = child(spec, "scopeMaps");
      row["actions"] = spec.at("actions");
      row["description"] = nullptr;
      row["creationDate"] = "2024-01-01T00:00:00.000000+00:00";
      row["scopeMapType"] = value_of(spec, "system", false).get<bool>() ? "SystemDefined" : "UserDefined";
      adjust(row, spec);
      maps.push_back(std::move(row));
    }
    for (const Json& spec : list("tasks")) {
      allow_only(spec, {"registry", "name", "status", "identity", "source", "set", "omit"}, "a task");
      Json row = child(spec, "tasks");
      row["agentConfiguration"] = {{"cpu", 2}};
      row["creationDate"] = "2024-01-01T00:00:00.000000+00:00";
      row["credentials"] =
          spec.contains("source") ? Json{{"customRegistries", nullptr}, {"sourceRegistry", spec.at("source")}} : Json();
      put_ids(row["credentials"], tenant_.ids);
      row["identity"] = spec.contains("identity") ? identity(spec.at("identity")) : Json();
      row["isSystemTask"] = false;
      row["location"] = "westeurope";
      row["platform"] = {{"architecture", "amd64"}, {"os", "linux"}};
      row["provisioningState"] = "Succeeded";
      row["status"] = text_of(spec, "status", "Enabled");
      row["step"] = {
          {"type", "EncodedTask"}, {"encodedTaskContent", "dmVyc2lvbjogdjEuMS4wCg=="}, {"values", Json::array()}};
      row["timeout"] = 3600;
      adjust(row, spec);
      tasks.push_back(std::move(row));
    }
    for (const Json& spec : list("cacheRules")) {
      allow_only(spec, {"registry", "name", "source", "target", "credentialSet", "identity"}, "a cache rule");
      Json row = child(spec, "cacheRules");
      row["credentialSetResourceId"] =
          spec.contains("credentialSet")
              ? Json(registry_id(text_of(spec, "registry")) + "/credentialSets/" + text_of(spec, "credentialSet"))
              : Json();
      row["creationDate"] = "2024-01-01T00:00:00.000000+00:00";
      if (spec.contains("identity")) row["identity"] = identity(spec.at("identity"));
      row["provisioningState"] = "Succeeded";
      row["sourceRepository"] = text_of(spec, "source");
      row["targetRepository"] = text_of(spec, "target");
      rules.push_back(std::move(row));
    }
    for (const Json& spec : list("credentialSets")) {
      allow_only(spec, {"registry", "name", "loginServer", "identity"}, "a credential set");
      Json row = child(spec, "credentialSets");
      row["authCredentials"] = Json::array();
      row["creationDate"] = "2024-01-01T00:00:00.000000+00:00";
      row["identity"] = identity(spec.at("identity"));
      row["loginServer"] = text_of(spec, "loginServer");
      row["provisioningState"] = "Succeeded";
      sets.push_back(std::move(row));
    }
    for (const Json& spec : list("connectedRegistries")) {
      allow_only(spec, {"registry", "name", "mode", "syncToken", "clientTokens", "set", "omit"},
                 "a connected registry");
      const std::string parent = registry_id(text_of(spec, "registry"));
      Json row = child(spec, "connectedRegistries");
      Json clients = Json::array();
      for (const std::string& token : texts_of(spec, "clientTokens")) clients.push_back(parent + "/tokens/" + token);
      row["activation"] = {{"status", "Active"}};
      row["clientTokenIds"] = std::move(clients);
      row["connectionState"] = "Online";
      row["mode"] = text_of(spec, "mode", "ReadOnly");
      row["parent"] = {{"id", nullptr},
                       {"syncProperties", {{"tokenId", parent + "/tokens/" + text_of(spec, "syncToken")}}}};
      row["provisioningState"] = "Succeeded";
      adjust(row, spec);
      connected.push_back(std::move(row));
    }
    add_unless_empty("tokens.json", std::move(tokens));
    add_unless_empty("scope-maps.json", std::move(maps));
    add_unless_empty("tasks.json", std::move(tasks));
    add_unless_empty("cache-rules.json", std::move(rules));
    add_unless_empty("credential-sets.json", std::move(sets));
    add_unless_empty("connected-registries.json", std::move(connected));
  }

  void locks() {
    Json rows = Json::array();
    for (const Json& spec : list("locks")) {
      allow_only(spec, {"name", "on", "level"}, "a lock");
      const std::string name = text_of(spec, "name");
      rows.push_back({{"id", scope(text_of(spec, "on")) + "/providers/Microsoft.Authorization/locks/" + name},
                      {"level", text_of(spec, "level")},
                      {"name", name},
                      {"notes", nullptr},
                      {"owners", nullptr},
                      {"resourceGroup", std::string(kResourceGroup)},
                      {"type", "Microsoft.Authorization/locks"}});
    }
    add_unless_empty("locks.json", std::move(rows));
  }

  void artifacts() {
    int number = 0;
    for (const Json& spec : list("artifacts")) {
      allow_only(spec, {"registry", "repository", "tag", "digest", "attributes"}, "an artifact");
      const std::string digest = text_of(spec, "digest");
      Json attributes = {{"deleteEnabled", true}, {"listEnabled", true}, {"readEnabled", true}, {"writeEnabled", true}};
      const Json given_attributes = value_of(spec, "attributes", Json::object());
      for (const auto& [key, value] : given_attributes.items()) attributes[key] = value;
      Json row = {{"registry", text_of(spec, "registry") + ".azurecr.io"}, {"imageName", text_of(spec, "repository")}};
      const char* time = "2024-01-01T00:00:00.0000000Z";
      if (spec.contains("tag")) {
        row["tag"] = {
            {"name", text_of(spec, "tag")}, {"digest", digest}, {"createdTime", time},
            {"lastUpdateTime", time},       {"signed", false},  {"changeableAttributes", std::move(attributes)}};
      } else if (spec.contains("digest")) {
        row["manifest"] = {{"digest", digest},
                           {"imageSize", 1024},
                           {"createdTime", time},
                           {"lastUpdateTime", time},
                           {"architecture", "amd64"},
                           {"os", "linux"},
                           {"mediaType", "application/vnd.docker.distribution.manifest.v2+json"},
                           {"changeableAttributes", std::move(attributes)}};
      } else {
        row["createdTime"] = time;
        row["lastUpdateTime"] = time;
        row["manifestCount"] = 1;
        row["tagCount"] = 1;
        row["changeableAttributes"] = std::move(attributes);
      }
      add("artifact-" + std::to_string(++number) + ".json", std::move(row));
    }
  }

  // ---- management groups ---------------------------------------------------------------------------------

  Json tree(const Json& node) const {
    if (node.is_string()) {
      const std::string id = node == "sub" ? std::string(kSubscription) : node.get<std::string>();
      return {{"children", nullptr},
              {"displayName", id},
              {"id", "/subscriptions/" + id},
              {"name", id},
              {"type", "/subscriptions"}};
    }
    allow_only(node, {"name", "children"}, "a management group");
    Json below = Json::array();
    for (const Json& one : value_of(node, "children", Json::array())) below.push_back(tree(one));
    const std::string name = text_of(node, "name");
    return {{"children", std::move(below)},
            {"displayName", name},
            {"id", "/providers/Microsoft.Management/managementGroups/" + name},
            {"name", name},
            {"type", "Microsoft.Management/managementGroups"}};
  }

  void management_groups() {
    if (!world_.contains("managementGroups")) return;
    Json top = tree(world_.at("managementGroups"));
    top["details"] = {{"parent", nullptr}, {"version", 1}};
    top["tenantId"] = guid_of("tenant");
    add("management-groups.json", std::move(top));
  }

  const Json& world_;
  const RoleIds& roles_;
  Tenant tenant_;
  std::map<std::string, Who> who_;
  std::map<std::string, std::string> custom_;
};

}  // namespace

nlohmann::ordered_json join_worlds(nlohmann::ordered_json under, const nlohmann::ordered_json& over) {
  for (const auto& [key, value] : over.items()) {
    const auto found = under.find(key);
    if (found == under.end()) {
      under[key] = value;
    } else if (found->is_array() && value.is_array()) {
      found->insert(found->end(), value.begin(), value.end());
    } else if (found->is_object() && value.is_object()) {
      *found = join_worlds(*found, value);
    } else {
      *found = value;
    }
  }
  return under;
}

Tenant spell_out(const nlohmann::ordered_json& world, const RoleIds& roles) { return Speller(world, roles).run(); }

std::string guid_of(std::string_view text) {
  const auto hash = [text](std::uint64_t state) {
    for (const char c : text) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    return state ^ (state >> 29);
  };
  const std::uint64_t high = hash(0xCBF29CE484222325ULL), low = hash(0x9E3779B97F4A7C15ULL);
  std::array<char, 37> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%08x-%04x-4%03x-8%03x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>((high >> 16) & 0xFFFF), static_cast<unsigned>(high & 0xFFF),
                static_cast<unsigned>((low >> 48) & 0xFFF), static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFULL));
  return buffer.data();
}

void put_ids(nlohmann::ordered_json& value, const std::map<std::string, std::string>& ids) {
  if (value.is_string()) {
    std::string text = value.get<std::string>();
    std::size_t from = 0;
    while ((from = text.find("{{", from)) != std::string::npos) {
      const std::size_t to = text.find("}}", from);
      if (to == std::string::npos) fail("`{{` without `}}` in " + text);
      const auto found = ids.find(text.substr(from + 2, to - from - 2));
      if (found == ids.end()) fail("nothing is called " + text.substr(from, to + 2 - from));
      text.replace(from, to + 2 - from, found->second);
      from += found->second.size();
    }
    value = std::move(text);
  } else if (value.is_structured()) {
    for (Json& member : value) put_ids(member, ids);
  }
}

}  // namespace acrbiter::spec
