#include "parser/terraform_resources.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/ascii.h"
#include "model/guid.h"
#include "model/time.h"
#include "parser/arm_template.h"
#include "parser/input.h"
#include "parser/json_reader.h"
#include "parser/lower_common.h"
#include "parser/rest_object.h"
#include "parser/terraform_graph.h"
#include "parser/terraform_ids.h"

namespace acrbiter::parser {

namespace {

using Json = nlohmann::json;
using Effect = Declaration::Effect;

// ---- azapi --------------------------------------------------------------------------------------------------

constexpr std::string_view kLocks = "Microsoft.Authorization/locks";
constexpr std::string_view kDeployments = "Microsoft.Resources/deployments";

/// ARM types that are read from azapi, and which members of their `properties`. What is not listed may be secret.
struct ArmType {
  std::string_view type;
  std::array<std::string_view, 9> members;
};
constexpr std::array kArmTypes = {
    ArmType{kRegistries,
            {"adminUserEnabled", "anonymousPullEnabled", "publicNetworkAccess", "networkRuleSet",
             "networkRuleBypassOptions", "networkRuleBypassAllowedForTasks", "dataEndpointEnabled",
             "roleAssignmentMode", "policies"}},
    ArmType{kScopeMaps, {"actions"}},
    ArmType{kTokens, {"scopeMapId", "status"}},
    ArmType{"Microsoft.ContainerRegistry/registries/cacheRules",
            {"sourceRepository", "targetRepository", "credentialSetResourceId"}},
    ArmType{"Microsoft.ContainerRegistry/registries/credentialSets", {"loginServer"}},
    ArmType{"Microsoft.ContainerRegistry/registries/tasks", {"status"}},
    ArmType{"Microsoft.ContainerRegistry/registries/connectedRegistries", {"mode", "parent", "clientTokenIds"}},
    ArmType{kRoleAssignments, {"principalType", "conditionVersion"}},
    ArmType{"Microsoft.Authorization/roleDefinitions", {"roleName", "type", "permissions", "assignableScopes"}},
    ArmType{kDenyAssignments,
            {"denyAssignmentName", "permissions", "principals", "excludePrincipals", "doNotApplyToChildScopes",
             "isSystemProtected", "denyAssignmentEffect", "condition", "conditionVersion"}},
    ArmType{kLocks, {"level"}},
    ArmType{"Microsoft.ManagedIdentity/userAssignedIdentities", {}},
};

const ArmType* arm_type(std::string_view type) {
  const auto found = std::find_if(kArmTypes.begin(), kArmTypes.end(),
                                  [&](const ArmType& t) { return model::equal_ignoring_case(t.type, type); });
  return found == kArmTypes.end() ? nullptr : &*found;
}

/// The type of an azapi resource without its API version; where it is left out, the id tells it.
std::string azapi_type(const TerraformInstance& instance) {
  const std::string type = instance.attributes["type"].text().value_or(instance.before["type"].text().value_or(""));
  if (type.empty()) return arm_type_in(instance.attributes["id"].text().value_or(""));
  return type.substr(0, type.find('@'));
}

/// Requests to Privileged Identity Management, and the instances that they make or end.
struct ScheduleRequest {
  std::string_view type, instances;
};
constexpr std::array kScheduleRequests = {
    ScheduleRequest{"Microsoft.Authorization/roleAssignmentScheduleRequests",
                    "Microsoft.Authorization/roleAssignmentScheduleInstances"},
    ScheduleRequest{"Microsoft.Authorization/roleEligibilityScheduleRequests",
                    "Microsoft.Authorization/roleEligibilityScheduleInstances"},
};
const ScheduleRequest* schedule_request(std::string_view type) {
  const auto found = std::find_if(kScheduleRequests.begin(), kScheduleRequests.end(),
                                  [&](const auto& each) { return model::equal_ignoring_case(each.type, type); });
  return found == kScheduleRequests.end() ? nullptr : &*found;
}

/// A copy of what is known and not secret; null where there is nothing.
Json copy_known(const Attribute& attribute) {
  const Value value = attribute.value();
  switch (value.kind()) {
    case ValueKind::Boolean:
      return *value.boolean();
    case ValueKind::Number:
      return *value.number();
    case ValueKind::String:
      return std::string(value.text());
    case ValueKind::Array: {
      Json list = Json::array();
      for (std::size_t i = 0; i < value.size(); ++i) list.push_back(copy_known(attribute.element(i)));
      return list;
    }
    case ValueKind::Object: {
      Json object = Json::object();
      for (const Value member : value) object[std::string(member.key())] = copy_known(attribute[member.key()]);
      return object;
    }
    case ValueKind::Absent:
    case ValueKind::Null:
      return nullptr;
  }
  return nullptr;
}

// ---- small things -------------------------------------------------------------------------------------------

bool deploys_template(const TerraformInstance& instance) {
  return is_requested(instance, false) &&
         ((instance.type.starts_with("azurerm_") && instance.type.ends_with("template_deployment")) ||
          (instance.type.starts_with("azapi_resource") &&
           model::equal_ignoring_case(azapi_type(instance), kDeployments)));
}

/// What a request to the Resource Manager (`azapi_resource_action`) says of itself.
struct ArmRequest {
  std::string method;     ///< in lower case; empty: the plan does not tell
  std::string id;         ///< of what it goes to; empty: the plan does not tell
  std::string type;       ///< of that; empty: the plan does not tell
  bool is_object = true;  ///< it goes to an object, not to a list or an action upon one
  /// It moves resources out of their group, which drops their assignments. Source: azure-rbac-semantics 5
  bool moves = false;
};
/// `resource_id`: the attribute of this name, or a named unknown.
ArmRequest arm_request(const TerraformInstance& instance, const std::string& resource_id) {
  const Attribute& in = instance.attributes;
  const Attribute action = in["action"];
  ArmRequest request{.method = model::ascii_lower(in["method"].text().value_or("post")),
                     .id = model::is_named_unknown(resource_id) ? std::string() : resource_id,
                     .type = azapi_type(instance)};
  if (in["method"].is_later()) request.method.clear();
  while (request.id.ends_with('/')) request.id.pop_back();
  request.moves = request.method == "post" &&
                  (action.is_later() || model::equal_ignoring_case(action.text().value_or(""), "moveResources"));
  if (action.is_later()) request.id.clear();
  if (action.is_later() || contains_ignoring_case(action.text().value_or(""), "/")) request.type.clear();
  if (!request.id.empty()) {
    if (const auto text = action.text()) request.id += '/' + *text;
    request.is_object = is_resource_id(request.id);
    request.type = arm_type_in(request.id);
  } else if (action.text()) {
    request.is_object = request.method != "post";
  }
  return request;
}

bool is_request(const TerraformInstance& instance) { return instance.type == "azapi_resource_action"; }

/// The request may change something that access is read from. What an action upon an object does is not read.
bool bears(const ArmRequest& request) {
  if (request.moves) return true;
  if (!request.is_object || request.method == "get" || request.method == "head" || request.method == "post")
    return false;
  if (request.method == "delete" && !request.id.empty()) return true;
  if (request.type.empty() || arm_type(request.type) != nullptr || schedule_request(request.type) != nullptr)
    return true;
  return model::equal_ignoring_case(request.type, kResourceGroups) ||
         (model::equal_ignoring_case(request.type, kDeployments) && request.method != "delete");
}

void set_text(Json& object, std::string_view key, const Attribute& attribute) {
  if (auto text = attribute.text()) object[std::string(key)] = *std::move(text);
}
void set_flag(Json& object, std::string_view key, const Attribute& attribute) {
  if (const auto flag = attribute.flag()) object[std::string(key)] = *flag;
}
/// A Boolean that Azure spells as one of two words.
void set_word(Json& object, std::string_view key, const Attribute& attribute, std::string_view yes,
              std::string_view no) {
  if (const auto flag = attribute.flag()) object[std::string(key)] = std::string(*flag ? yes : no);
}
void set_policy(Json& properties, std::string_view name, const Attribute& attribute) {
  if (const auto flag = attribute.flag()) {
    properties["policies"][std::string(name)]["status"] = *flag ? "enabled" : "disabled";
  }
}

/// Texts of a list; nothing if some are not known.
std::optional<Json> texts(const Attribute& list) {
  if (list.is_later()) return std::nullopt;
  Json result = Json::array();
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Attribute element = list.element(i);
    if (element.is_later()) return std::nullopt;
    if (auto text = element.text()) result.push_back(*std::move(text));
  }
  return result;
}

}  // namespace

// ---- one plan -----------------------------------------------------------------------------------------------

namespace {

/// What azapi makes, updates or sends a request to.
struct ArmObject {
  const ArmType& type;
  std::string id;
  std::string scope;       ///< of an assignment
  bool is_update = false;  ///< what is not said stays
  bool is_new = false;
};

class Declarer {
 public:
  Declarer(const TerraformPlan& plan, LoweringContext& context)
      : plan_(plan), context_(context), ids_(plan, context.infrastructure.deployment) {}

  void run();

  using Declare = void (Declarer::*)(const TerraformInstance&);

  void role_assignment(const TerraformInstance& instance);
  void role_definition(const TerraformInstance& instance);
  void pim(const TerraformInstance& instance);
  void registry(const TerraformInstance& instance);
  void scope_map(const TerraformInstance& instance);
  void token(const TerraformInstance& instance);
  void cache_rule(const TerraformInstance& instance);
  void credential_set(const TerraformInstance& instance);
  void task(const TerraformInstance& instance);
  void connected_registry(const TerraformInstance& instance);
  void lock(const TerraformInstance& instance);
  void group(const TerraformInstance& instance);
  void group_member(const TerraformInstance& instance);
  void group_assignment(const TerraformInstance& instance);
  void graph(const TerraformInstance& instance, bool removed);
  void directory_object(const TerraformInstance& instance);
  void user_assigned_identity(const TerraformInstance& instance);
  void cluster(const TerraformInstance& instance);
  void azapi(const TerraformInstance& instance);
  void template_deployment(const TerraformInstance& instance);
  void add_template(const TerraformInstance& instance, bool removed);
  void request(const TerraformInstance& instance);
  /// What others say with it, or what only matters when it goes.
  void nothing(const TerraformInstance& /*instance*/) {}

 private:
  void remove(const TerraformInstance& instance);
  void remove_azapi(const TerraformInstance& instance);
  void move_resources(const TerraformInstance& instance);
  void remove_request(const TerraformInstance& instance, const ArmRequest& request);
  void put(const TerraformInstance& instance, const ArmObject& target);
  void set_grant(Json& properties, const TerraformInstance& instance, const Attribute& in,
                 const std::function<bool(std::string_view)>& is_secret);
  void request_schedule(const TerraformInstance& instance, const ScheduleRequest& kind, const std::string& id);
  void leave_open(const TerraformInstance& instance, std::string_view type, std::string id,
                  Json properties = Json::object());
  void forget(const TerraformInstance& instance, const std::string& id, std::string_view type);
  void gone(const TerraformInstance& instance, const std::string& principal);
  void gone(const TerraformInstance& instance, const GraphPath& path);
  void untold(const TerraformInstance& instance);
  void note_passwords(const TerraformInstance& instance);
  void note_mode(const TerraformInstance& instance, const Json& properties);
  void declare(Effect effect, const TerraformInstance& instance, Json object, std::vector<std::string> open = {});
  /// `id` and `type`, with which every declared object begins.
  [[nodiscard]] Json object_of(const TerraformInstance& instance) const;
  /// What a data source tells of an object is not all of it.
  void set(const TerraformInstance& instance, Json object) {
    declare(instance.data ? Effect::Change : Effect::Set, instance, std::move(object));
  }
  void identify(const TerraformInstance& instance, const std::string& address, std::string principal,
                DeclaredIdentity identity);
  void own_identity(const TerraformInstance& instance);
  void pulling_identity(const TerraformInstance& instance);
  void pulls_as(const TerraformInstance& instance, std::string resource_id, std::string app_id);
  void members(const TerraformInstance& instance, const std::string& group);
  void listed_members(const TerraformInstance& instance, const std::string& group, std::string_view attribute);
  [[nodiscard]] std::string graph_group(const TerraformInstance& instance, const GraphPath& path) const;
  void open_group(const TerraformInstance& instance, const std::string& group);
  void graph_reference(const TerraformInstance& instance, const std::string& group, bool is_told, bool removed);
  void graph_collection(const TerraformInstance& instance, bool removed);
  void patch_group(const TerraformInstance& instance, const std::string& group);
  void membership(std::string member, std::string group, bool removed);
  void set_identity(Json& object, const TerraformInstance& instance);
  void set_principal(Json& properties, const TerraformInstance& instance);
  void set_role(Json& properties, const TerraformInstance& instance);
  void set_condition(Json& properties, const TerraformInstance& instance);
  void unresolved_setting(const TerraformInstance& instance, std::string_view setting);
  void unresolved(const TerraformInstance& instance, std::string_view what, std::string_view attribute);
  [[nodiscard]] bool goes_with_group(const TerraformInstance& instance) const;
  [[nodiscard]] Attribute azapi_body(const TerraformInstance& instance);
  [[nodiscard]] Value json_in(const Attribute& attribute);

  const TerraformPlan& plan_;
  LoweringContext& context_;
  TerraformIds ids_;
  std::vector<std::unique_ptr<ValueArena>> bodies_;     ///< of azapi bodies that are JSON texts
  std::vector<std::string> deleted_groups_;             ///< their scopes' keys
  std::map<std::string, Json, std::less<>> passwords_;  ///< id of a token in lower case → its passwords
  bool secret_ = false;
};

struct Kind {
  std::string_view type;
  std::string_view arm;  ///< the type that Azure knows it by; empty for objects of the directory
  Declarer::Declare declare;
  bool data = false;  ///< data sources of this type tell something too
};

constexpr std::array kKinds = {
    Kind{"azurerm_role_assignment", kRoleAssignments, &Declarer::role_assignment},
    Kind{"azurerm_role_definition", "Microsoft.Authorization/roleDefinitions", &Declarer::role_definition, true},
    Kind{"azurerm_pim_eligible_role_assignment", "Microsoft.Authorization/roleEligibilityScheduleInstances",
         &Declarer::pim},
    Kind{"azurerm_pim_active_role_assignment", "Microsoft.Authorization/roleAssignmentScheduleInstances",
         &Declarer::pim},
    Kind{"azurerm_container_registry", kRegistries, &Declarer::registry, true},
    Kind{"azurerm_container_registry_scope_map", kScopeMaps, &Declarer::scope_map, true},
    Kind{"azurerm_container_registry_token", kTokens, &Declarer::token, true},
    Kind{"azurerm_container_registry_token_password", "", &Declarer::nothing},
    Kind{"azurerm_container_registry_cache_rule", "Microsoft.ContainerRegistry/registries/cacheRules",
         &Declarer::cache_rule, true},
    Kind{"azurerm_container_registry_credential_set", "Microsoft.ContainerRegistry/registries/credentialSets",
         &Declarer::credential_set},
    Kind{"azurerm_container_registry_task", "Microsoft.ContainerRegistry/registries/tasks", &Declarer::task},
    Kind{"azurerm_container_connected_registry", "Microsoft.ContainerRegistry/registries/connectedRegistries",
         &Declarer::connected_registry},
    Kind{"azurerm_management_lock", "Microsoft.Authorization/locks", &Declarer::lock},
    Kind{"azuread_group", "", &Declarer::group, true},
    Kind{"azuread_group_without_members", "", &Declarer::group},
    Kind{"azuread_group_member", "", &Declarer::group_member},
    Kind{"azuread_privileged_access_group_assignment_schedule", "", &Declarer::group_assignment},
    Kind{"azuread_service_principal", "", &Declarer::directory_object, true},
    Kind{"azuread_user", "", &Declarer::directory_object, true},
    Kind{"azurerm_user_assigned_identity", "Microsoft.ManagedIdentity/userAssignedIdentities",
         &Declarer::user_assigned_identity, true},
    Kind{"azurerm_kubernetes_cluster", "Microsoft.ContainerService/managedClusters", &Declarer::cluster, true},
    Kind{"azurerm_resource_group", "Microsoft.Resources/resourceGroups", &Declarer::nothing},
    Kind{"azapi_resource", "", &Declarer::azapi},
    Kind{"azapi_update_resource", "", &Declarer::azapi},
};

const Kind* kind_of(std::string_view type) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& kind) { return kind.type == type; });
  return found == kKinds.end() ? nullptr : &*found;
}

// ---- shared -------------------------------------------------------------------------------------------------

void Declarer::declare(Effect effect, const TerraformInstance& instance, Json object, std::vector<std::string> open) {
  Declaration& declaration = context_.infrastructure.declarations.emplace_back();
  declaration.effect = effect;
  declaration.address = instance.address;
  declaration.object = object.dump();
  declaration.open = std::move(open);
  declaration.file = context_.file;
  declaration.pointer = instance.where.pointer();
  declaration.offset = instance.where.offset();
}

Json Declarer::object_of(const TerraformInstance& instance) const {
  Json object;
  object["id"] = ids_.id(instance);
  object["type"] = kind_of(instance.type)->arm;
  return object;
}

void Declarer::identify(const TerraformInstance& instance, const std::string& address, std::string principal,
                        DeclaredIdentity identity) {
  if (model::is_named_unknown(principal)) return;  // whose it is, nobody knows
  identity.address = address;
  identity.is_new = principal == address;
  if (!identity.is_new) identity.object_id = std::move(principal);
  identity.replaces = identity.is_new && instance.replaces;
  if (identity.name.empty()) identity.name = instance.attributes["name"].text().value_or("");
  identity.file = context_.file;
  context_.infrastructure.identities.push_back(std::move(identity));
}

void Declarer::unresolved(const TerraformInstance& instance, std::string_view what, std::string_view attribute) {
  if (instance.attributes[attribute].is_secret()) {
    context_.warn("terraform-unresolved", instance.where,
                  std::string(what) + " of " + model::quoted(instance.address) +
                      " is sensitive in the plan, and so it is not read",
                  "it may be any: mark " + model::quoted(attribute) + " as sensitive no longer, it is no secret");
    return;
  }
  context_.warn("terraform-unresolved", instance.where,
                std::string(what) + " of " + model::quoted(instance.address) +
                    " is known only after the deployment, and the plan does not tell what it will be",
                "it may be any: refer to the resource itself in " + model::quoted(attribute) +
                    ", not by way of a local value, or make the plan after a first deployment");
}

/// What the plan deletes, and does not tell.
void Declarer::untold(const TerraformInstance& instance) {
  context_.warn("terraform-unresolved", instance.where,
                "which object the deletion of " + model::quoted(instance.address) + " means, the plan does not tell",
                "what it takes away is not known: write the whole answer of `terraform show -json PLAN` to the file");
}

/// What exports say of an object does not hold any more, and what does is not known.
void Declarer::forget(const TerraformInstance& instance, const std::string& id, std::string_view type) {
  if (instance.is_new || instance.data) return;
  Json object;
  object["id"] = id;
  object["type"] = type;
  declare(Effect::Remove, instance, std::move(object));
}

/// An identity that the plan deletes.
void Declarer::gone(const TerraformInstance& instance, const std::string& principal) {
  if (principal.empty() || model::is_named_unknown(principal)) return;
  DeclaredIdentity identity;
  identity.address = instance.address;
  identity.object_id = principal;
  identity.removed = true;
  identity.file = context_.file;
  context_.infrastructure.identities.push_back(std::move(identity));
}

void Declarer::set_principal(Json& properties, const TerraformInstance& instance) {
  const TerraformIds::Named named = ids_.principal_at(instance, "principal_id");
  properties["principalId"] = named.text;
  if (!named.type.empty()) properties["principalType"] = std::string(named.type);
  set_text(properties, "principalType", instance.attributes["principal_type"]);
  if (model::is_named_unknown(named.text)) unresolved(instance, "the principal", "principal_id");
}

void Declarer::set_role(Json& properties, const TerraformInstance& instance) {
  const Attribute id = instance.attributes["role_definition_id"];
  const Attribute name = instance.attributes["role_definition_name"];
  set_text(properties, "roleDefinitionName", name);
  if (auto text = id.text()) {
    properties["roleDefinitionId"] = *std::move(text);
    return;
  }
  if (const TerraformInstance* role = id.is_secret() ? nullptr : ids_.role_at(instance, "role_definition_id")) {
    properties["roleDefinitionId"] = ids_.role(*role);
    return;
  }
  if (properties.contains("roleDefinitionName")) return;
  properties["roleDefinitionId"] = TerraformIds::unknown(instance, "role_definition_id");
  unresolved(instance, "the role", "role_definition_id");
}

/// A condition that is a named unknown leaves open what it restricts.
void Declarer::set_condition(Json& properties, const TerraformInstance& instance) {
  const Attribute condition = instance.attributes["condition"];
  properties["condition"] = nullptr;
  if (condition.is_later()) {
    properties["condition"] = TerraformIds::unknown(instance, "condition");
    unresolved(instance, "the condition", "condition");
  }
  set_text(properties, "condition", condition);
  set_text(properties, "conditionVersion", instance.attributes["condition_version"]);
}

/// The `identity` block as ARM has it.
void Declarer::set_identity(Json& object, const TerraformInstance& instance) {
  const Attribute block = instance.attributes.block("identity");
  const auto type = block["type"].text();
  if (!type) return;
  Json& identity = object["identity"];
  identity["type"] = *type;
  if (contains_ignoring_case(*type, "SystemAssigned")) identity["principalId"] = ids_.own_principal(instance);
  if (!contains_ignoring_case(*type, "UserAssigned")) return;
  Json& assigned = identity["userAssignedIdentities"] = Json::object();
  const Attribute list = block["identity_ids"];
  bool later = list.is_later();
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (auto text = list.element(i).text()) {
      ids.push_back(*std::move(text));
    } else {
      later = later || list.element(i).is_later();
    }
  }
  if (later) {
    for (std::string& id : ids_.later_ids(instance, "identity.identity_ids")) ids.push_back(std::move(id));
  }
  for (const std::string& id : ids) {
    Json& entry = assigned[id] = Json::object();
    if (const TerraformInstance* own = ids_.identity(id)) {
      entry["principalId"] = ids_.own_principal(*own);
      set_text(entry, "clientId", own->attributes["client_id"]);
    }
  }
}

/// The system-assigned identity of any resource can be asked about by the resource's address.
void Declarer::own_identity(const TerraformInstance& instance) {
  const Attribute type = instance.attributes.block("identity")["type"];
  if (!contains_ignoring_case(type.text().value_or(""), "SystemAssigned")) {
    const Attribute before = instance.before.block("identity")["principal_id"];
    if (!instance.attributes["identity"].is_later() && !type.is_later()) gone(instance, before.text().value_or(""));
    return;
  }
  const std::string address = ids_.own_address(instance);
  DeclaredIdentity identity;
  identity.resource_id = ids_.id(instance);
  if (TerraformIds::pulling(instance).own) identity.alias = instance.address;
  if (address != instance.address && instance.type != "azurerm_kubernetes_cluster") identity.name = address;
  identify(instance, address, ids_.own_principal(instance), std::move(identity));
}

void Declarer::pulls_as(const TerraformInstance& instance, std::string resource_id, std::string app_id) {
  DeclaredIdentity identity;
  identity.address = instance.address;
  identity.resource_id = std::move(resource_id);
  identity.app_id = std::move(app_id);
  identity.name = instance.attributes["name"].text().value_or("");
  identity.pulls = true;
  identity.file = context_.file;
  context_.infrastructure.identities.push_back(std::move(identity));
}

/// An app that pulls as another identity than its own is asked about by that one, as in exports.
/// Source: input-formats 5, "App Service", "Container Apps"
void Declarer::pulling_identity(const TerraformInstance& instance) {
  const TerraformIds::Pulling pulling = TerraformIds::pulling(instance);
  for (const std::string& id : pulling.resource_ids) pulls_as(instance, id, "");
  for (const std::string& id : pulling.client_ids) pulls_as(instance, "", id);
  const Attribute attached = instance.attributes.block("identity");
  const bool has_own = contains_ignoring_case(attached["type"].text().value_or(""), "SystemAssigned");
  if (pulling.password || (pulling.workload && !pulling.as_another() && !has_own)) pulls_as(instance, "", "");
  if (!pulling.open) return;
  // Nobody pulls as an identity that is not attached.
  const bool is_app = instance.type.starts_with("azurerm_container_app");
  const bool own = contains_ignoring_case(attached["type"].text().value_or("SystemAssigned"), "SystemAssigned");
  std::string id;
  if (is_app && instance.attributes["registry"].size() == 1) {
    id = ids_.id_at(instance, "registry.identity");
  } else if (!is_app && !own && attached["identity_ids"].size() == 1) {
    const auto text = attached["identity_ids"].element(0).text();
    const std::vector<std::string> later =
        text ? std::vector{*text} : ids_.later_ids(instance, "identity.identity_ids");
    if (later.size() == 1) id = later.front();
  }
  if (!id.empty() && !model::is_named_unknown(id)) return pulls_as(instance, id, "");
  pulls_as(instance, "", "");
  unresolved(instance, "the identity that pulls the images", is_app ? "registry" : "site_config");
}

// ---- assignments, roles, locks ------------------------------------------------------------------------------

void Declarer::role_assignment(const TerraformInstance& instance) {
  Json object;
  object["id"] = ids_.id(instance);
  object["type"] = kRoleAssignments;
  set_text(object, "name", instance.attributes["name"]);
  Json& properties = object["properties"];
  const std::string scope = ids_.scope(instance);
  properties["scope"] = scope;
  if (model::is_named_unknown(scope)) unresolved(instance, "the scope", "scope");
  set_principal(properties, instance);
  set_role(properties, instance);
  set_condition(properties, instance);
  declare(Effect::Set, instance, std::move(object));
}

void Declarer::role_definition(const TerraformInstance& instance) {
  if (instance.data && instance.attributes["type"].text() != "CustomRole") return;
  const Attribute blocks = instance.attributes["permissions"];
  Json permissions = Json::array();
  bool known = !blocks.is_later();
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Attribute block = blocks.element(i);
    Json& permission = permissions.emplace_back(Json::object());
    for (const auto& [from, to] :
         {std::pair("actions", "actions"), std::pair("not_actions", "notActions"),
          std::pair("data_actions", "dataActions"), std::pair("not_data_actions", "notDataActions")}) {
      auto list = texts(block[from]);
      known = known && list;
      if (list) permission[to] = *std::move(list);
    }
  }
  if (!known) {
    context_.warn("terraform-unresolved", instance.where,
                  "what the role " + model::quoted(instance.address) + " allows is known only after the deployment",
                  "its assignments may allow anything: make the plan after a first deployment");
    if (instance.data) return;
  }
  Json object;
  object["id"] = ids_.role(instance);
  object["type"] = "Microsoft.Authorization/roleDefinitions";
  if (!known) return declare(Effect::Set, instance, std::move(object), {"permissions"});
  Json& properties = object["properties"];
  set_text(properties, "roleName", instance.attributes["name"]);
  properties["type"] = "CustomRole";
  properties["permissions"] = std::move(permissions);
  if (auto scopes = texts(instance.attributes["assignable_scopes"])) properties["assignableScopes"] = *scopes;
  declare(Effect::Set, instance, std::move(object));
}

/// End of a schedule in RFC 3339; empty if it has none, and nothing if it is not known.
std::optional<std::string> schedule_end(const Attribute& schedule) {
  const Attribute expiration = schedule.block("expiration");
  if (auto end = expiration["end_date_time"].text()) return end;
  std::int64_t hours = 0;
  constexpr double kMostHours = 24.0 * 366 * 100;
  for (const auto& [key, factor] : {std::pair("duration_days", 24), std::pair("duration_hours", 1)}) {
    const auto number = expiration[key].value().number();
    if (number && *number > 0 && *number < kMostHours) hours = static_cast<std::int64_t>(*number) * factor;
    if (expiration[key].is_later()) return std::nullopt;
  }
  if (hours == 0) return expiration["end_date_time"].is_later() ? std::nullopt : std::optional<std::string>("");
  const auto start = model::parse_timestamp(schedule["start_date_time"].text().value_or(""));
  if (!start) return std::nullopt;
  constexpr std::int64_t kHour = 3600;
  return model::to_string(model::Timestamp{.ticks = start->ticks + hours * kHour * model::kTicksPerSecond});
}

/// A schedule as its instance, which is what PIM shows of it.
void Declarer::pim(const TerraformInstance& instance) {
  const bool eligible = instance.type == "azurerm_pim_eligible_role_assignment";
  Json object = object_of(instance);
  Json& properties = object["properties"];
  const std::string scope = ids_.scope(instance);
  properties["scope"] = scope;
  if (model::is_named_unknown(scope)) unresolved(instance, "the scope", "scope");
  set_principal(properties, instance);
  set_role(properties, instance);
  set_condition(properties, instance);
  properties["memberType"] = "Direct";
  properties["status"] = "Provisioned";
  if (!eligible) properties["assignmentType"] = "Assigned";
  const Attribute schedule = instance.attributes.block("schedule");
  set_text(properties, "startDateTime", schedule["start_date_time"]);
  if (schedule["start_date_time"].is_later())
    properties["startDateTime"] = model::named_unknown(instance.address + ".schedule.start_date_time");
  const auto end = schedule_end(schedule);
  if (end && !end->empty()) properties["endDateTime"] = *end;
  if (!end) {
    properties["endDateTime"] = model::named_unknown(instance.address + ".schedule.expiration.end_date_time");
    context_.warn("terraform-unresolved", instance.where,
                  "when " + model::quoted(instance.address) + " ends is known only after the deployment",
                  "without a time in the question answers hold for the time right after it: give `end_date_time`");
  }
  declare(Effect::Set, instance, std::move(object));
}

void Declarer::lock(const TerraformInstance& instance) {
  Json object;
  object["id"] = ids_.id(instance);
  object["type"] = "Microsoft.Authorization/locks";
  set_text(object["properties"], "level", instance.attributes["lock_level"]);
  if (instance.attributes["lock_level"].is_later()) unresolved(instance, "the level", "lock_level");
  declare(Effect::Set, instance, std::move(object));
}

// ---- registries ---------------------------------------------------------------------------------------------

/// Of a registry that exists, exports may tell the mode.
void Declarer::note_mode(const TerraformInstance& instance, const Json& properties) {
  if (!instance.is_new || properties.contains("roleAssignmentMode")) return;
  context_.warn("terraform-mode-not-told", instance.where,
                "the permission mode of the new registry " + model::quoted(instance.address) + " is not in the plan",
                "both modes stay possible: set `role_assignment_mode` (azurerm 4.81 or later), or "
                "`roleAssignmentMode` with azapi");
}

/// Settings of `azurerm_container_registry`, and what of `properties` they are.
constexpr std::array kSettings = {
    std::pair("admin_enabled", "adminUserEnabled"),
    std::pair("anonymous_pull_enabled", "anonymousPullEnabled"),
    std::pair("data_endpoint_enabled", "dataEndpointEnabled"),
    std::pair("public_network_access_enabled", "publicNetworkAccess"),
    std::pair("network_rule_bypass_option", "networkRuleBypassOptions"),
    std::pair("network_rule_set", "networkRuleSet"),
    std::pair("role_assignment_mode", "roleAssignmentMode"),
    std::pair("export_policy_enabled", "policies"),
    std::pair("quarantine_policy_enabled", "policies"),
    std::pair("azuread_authentication_as_arm_policy_enabled", "policies"),
};

/// Of a registry that exists: what exports show of the setting does not hold.
void Declarer::unresolved_setting(const TerraformInstance& instance, std::string_view setting) {
  context_.warn(
      "terraform-unresolved", instance.where,
      model::quoted(setting) + " of " + model::quoted(instance.address) + " is known only after the deployment",
      "answers that hang on it are undetermined");
}

void Declarer::registry(const TerraformInstance& instance) {
  const Attribute& in = instance.attributes;
  Json object;
  object["id"] = ids_.id(instance);
  object["type"] = kRegistries;
  set_text(object, "name", in["name"]);
  set_text(object["sku"], "name", in["sku"]);
  if (object["sku"].is_null()) object.erase("sku");
  set_identity(object, instance);
  Json& properties = object["properties"] = Json::object();
  set_text(properties, "loginServer", in["login_server"]);
  set_flag(properties, "adminUserEnabled", in["admin_enabled"]);
  set_flag(properties, "anonymousPullEnabled", in["anonymous_pull_enabled"]);
  set_flag(properties, "dataEndpointEnabled", in["data_endpoint_enabled"]);
  set_word(properties, "publicNetworkAccess", in["public_network_access_enabled"], "Enabled", "Disabled");
  set_text(properties, "networkRuleBypassOptions", in["network_rule_bypass_option"]);
  set_text(properties, "roleAssignmentMode", in["role_assignment_mode"]);
  set_policy(properties, "exportPolicy", in["export_policy_enabled"]);
  set_policy(properties, "quarantinePolicy", in["quarantine_policy_enabled"]);
  set_policy(properties, "azureADAuthenticationAsArmPolicy", in["azuread_authentication_as_arm_policy_enabled"]);
  set_policy(properties, "trustPolicy", in["trust_policy_enabled"]);
  const Attribute rules = in.block("network_rule_set");
  if (rules["default_action"].text() && !in["network_rule_set"].is_partly_later()) {
    Json& set = properties["networkRuleSet"];
    set_text(set, "defaultAction", rules["default_action"]);
    Json& ip_rules = set["ipRules"] = Json::array();
    for (std::size_t i = 0; i < rules["ip_rule"].size(); ++i) {
      const Attribute rule = rules["ip_rule"].element(i);
      Json entry = Json::object();
      set_text(entry, "action", rule["action"]);
      set_text(entry, "value", rule["ip_range"]);
      ip_rules.push_back(std::move(entry));
    }
  }
  secret_ = secret_ || in["admin_password"].is_told();
  note_mode(instance, properties);
  std::vector<std::string> open;
  for (const auto& [setting, name] : kSettings) {
    if (instance.is_new || instance.data || !in[setting].is_partly_later()) continue;
    open.emplace_back(name);
    unresolved_setting(instance, setting);
  }
  // Providers before 4.81 leave the mode as it is.
  declare(instance.is_new ? Effect::Set : Effect::Change, instance, std::move(object), std::move(open));
}

void Declarer::scope_map(const TerraformInstance& instance) {
  Json object = object_of(instance);
  Json& properties = object["properties"] = Json::object();
  auto actions = texts(instance.attributes["actions"]);
  if (!actions) {
    unresolved(instance, "some action", "actions");
    return forget(instance, object["id"].get<std::string>(), kind_of(instance.type)->arm);
  }
  properties["actions"] = *std::move(actions);
  if (!instance.data) properties["type"] = "UserDefined";
  set(instance, std::move(object));
}

void Declarer::token(const TerraformInstance& instance) {
  Json object = object_of(instance);
  Json& properties = object["properties"];
  const std::string map = ids_.id_at(instance, "scope_map_id");
  properties["scopeMapId"] = map;
  if (model::is_named_unknown(map)) unresolved(instance, "the scope map", "scope_map_id");
  set_word(properties, "status", instance.attributes["enabled"], "enabled", "disabled");
  const auto passwords = passwords_.find(model::ascii_lower(object["id"].get<std::string>()));
  if (passwords != passwords_.end()) properties["credentials"]["passwords"] = passwords->second;
  set(instance, std::move(object));
}

/// Passwords by the token that they are of, never their values.
void Declarer::note_passwords(const TerraformInstance& instance) {
  if (instance.type != "azurerm_container_registry_token_password") return;
  Json passwords = Json::array();
  for (const std::string_view name : {"password1", "password2"}) {
    if (instance.attributes[name].is_later()) return;
    if (instance.attributes[name].size() == 0) continue;
    const Attribute block = instance.attributes.block(name);
    Json entry;
    entry["name"] = name;
    set_text(entry, "expiry", block["expiry"]);
    if (block["expiry"].is_later()) entry["expiry"] = model::named_unknown(instance.address + ".expiry");
    passwords.push_back(std::move(entry));
    secret_ = secret_ || block["value"].is_told();
  }
  const std::string token = ids_.id_at(instance, "container_registry_token_id");
  if (model::is_named_unknown(token)) return unresolved(instance, "the token", "container_registry_token_id");
  passwords_[model::ascii_lower(token)] = std::move(passwords);
}

void Declarer::cache_rule(const TerraformInstance& instance) {
  Json object = object_of(instance);
  Json& properties = object["properties"] = Json::object();
  set_text(properties, "sourceRepository", instance.attributes["source_repo"]);
  set_text(properties, "targetRepository", instance.attributes["target_repo"]);
  const Attribute credentials = instance.attributes["credential_set_id"];
  if (credentials.text() || credentials.is_later()) {
    properties["credentialSetResourceId"] = ids_.id_at(instance, "credential_set_id");
  }
  set(instance, std::move(object));
}

void Declarer::credential_set(const TerraformInstance& instance) {
  Json object = object_of(instance);
  set_identity(object, instance);
  object["properties"] = Json::object();
  set_text(object["properties"], "loginServer", instance.attributes["login_server"]);
  set(instance, std::move(object));
}

void Declarer::task(const TerraformInstance& instance) {
  Json object = object_of(instance);
  set_identity(object, instance);
  Json& properties = object["properties"] = Json::object();
  set_word(properties, "status", instance.attributes["enabled"], "Enabled", "Disabled");
  const Attribute source = instance.attributes.block("registry_credential").block("source");
  if (auto mode = source["login_mode"].text()) properties["credentials"]["sourceRegistry"]["loginMode"] = *mode;
  const Attribute custom = instance.attributes.block("registry_credential")["custom"];
  for (std::size_t i = 0; i < custom.size(); ++i) {
    const auto server = custom.element(i)["login_server"].text();
    if (!server) continue;
    Json& login = properties["credentials"]["customRegistries"][*server] = Json::object();
    set_text(login, "identity", custom.element(i)["identity"]);
  }
  set(instance, std::move(object));
}

void Declarer::connected_registry(const TerraformInstance& instance) {
  Json object = object_of(instance);
  Json& properties = object["properties"] = Json::object();
  set_text(properties, "mode", instance.attributes["mode"]);
  properties["parent"]["syncProperties"]["tokenId"] = ids_.id_at(instance, "sync_token_id");
  if (auto tokens = texts(instance.attributes["client_token_ids"])) properties["clientTokenIds"] = *std::move(tokens);
  set(instance, std::move(object));
}

// ---- identities ---------------------------------------------------------------------------------------------

/// Who is in the group is up to a rule that the plan makes or changes.
bool has_new_rule(const TerraformInstance& group) {
  const Attribute rule = group.attributes["dynamic_membership"];
  if (group.data || (!rule.is_later() && rule.size() == 0)) return false;
  if (group.is_new || rule.is_partly_later()) return true;
  const Attribute before = group.before.block("dynamic_membership");
  if (!group.before.is_told()) return false;  // a state: what it shows is so
  return before["rule"].text() != rule.element(0)["rule"].text() ||
         before["enabled"].flag() != rule.element(0)["enabled"].flag();
}

void Declarer::members(const TerraformInstance& instance, const std::string& group) {
  if (has_new_rule(instance)) {
    context_.warn("terraform-unresolved", instance.where,
                  "the plan makes or changes the rule of membership of " + model::quoted(instance.address) +
                      ", and does not tell whom it lets in",
                  "anybody may be a member: make the plan after a first deployment");
    context_.infrastructure.members.push_back({.group = group,
                                               .members = {model::named_unknown(instance.address + ".members")},
                                               .all = true,
                                               .removed = false,
                                               .file = context_.file});
    return;
  }
  listed_members(instance, group, "members");
}

/// The members of a group that the attribute holds, and no others.
void Declarer::listed_members(const TerraformInstance& instance, const std::string& group, std::string_view attribute) {
  const Attribute list = instance.attributes[attribute];
  // A new group has no members but those that its configuration names.
  if (instance.is_new && list.is_later() && ids_.leaves_out(instance, attribute)) return;
  if (list.value().is_none() && !list.is_later()) return;
  if (instance.data && instance.attributes["include_transitive_members"].flag().value_or(false)) return;
  DeclaredMembers declared{.group = group, .members = {}, .all = true, .removed = false, .file = context_.file};
  bool later = list.is_later();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (auto text = list.element(i).text()) {
      declared.members.emplace_back(last_segment(*text));
    } else {
      later = true;
    }
  }
  if (later && !instance.data) {
    bool all = false;
    for (std::string& member : ids_.later_principals(instance, attribute, all)) {
      declared.members.push_back(std::move(member));
    }
    // A list as a whole hides the ids that are written out in it.
    if (list.is_later() && all) declared.members.push_back(TerraformIds::unknown(instance, attribute));
    if (list.is_later() || !all) unresolved(instance, "some member", attribute);
  } else if (later) {
    return;
  }
  context_.infrastructure.members.push_back(std::move(declared));
}

void Declarer::group(const TerraformInstance& instance) {
  const std::string principal = ids_.own_principal(instance);
  DeclaredIdentity identity;
  identity.name = instance.attributes["display_name"].text().value_or("");
  identity.kind = model::PrincipalKind::Group;
  identify(instance, instance.address, principal, std::move(identity));
  context_.count("groups");
  if (model::is_named_unknown(principal)) return;
  // Who is in a new group is what the plan puts into it.
  if (instance.is_new) {
    context_.infrastructure.members.push_back(
        {.group = principal, .members = {}, .all = true, .removed = false, .file = context_.file});
  }
  members(instance, principal);
}

void Declarer::membership(std::string member, std::string group, bool removed) {
  context_.infrastructure.members.push_back({.group = std::move(group),
                                             .members = {std::move(member)},
                                             .all = false,
                                             .removed = removed,
                                             .file = context_.file});
}

void Declarer::group_member(const TerraformInstance& instance) {
  const TerraformIds::Named group = ids_.principal_at(instance, "group_object_id");
  const TerraformIds::Named member = ids_.principal_at(instance, "member_object_id");
  if (model::is_named_unknown(group.text)) unresolved(instance, "the group", "group_object_id");
  if (model::is_named_unknown(member.text)) unresolved(instance, "the member", "member_object_id");
  membership(member.text, group.text, false);
  context_.count("memberships");
}

bool makes_member(const Attribute& assignment_type) {
  const auto text = assignment_type.text();
  return !text || model::equal_ignoring_case(*text, "member");
}

/// A membership by PIM. Memberships have no time here: one that begins or ends may be there or not, also where an
/// export lists it. Source: azure-rbac-semantics 9
void Declarer::group_assignment(const TerraformInstance& instance) {
  const Attribute& in = instance.attributes;
  const bool changes = is_applied(instance);
  if ((context_.infrastructure.side == PlanSide::Before && changes) || !makes_member(in["assignment_type"])) return;
  const TerraformIds::Named group = ids_.principal_at(instance, "group_id");
  TerraformIds::Named member = ids_.principal_at(instance, "principal_id");
  if (model::is_named_unknown(group.text)) unresolved(instance, "the group", "group_id");
  const Attribute start = in["start_date"];
  const bool starts = start.text() || (start.is_later() && !ids_.leaves_out(instance, "start_date"));
  const bool certain = in["assignment_type"].text() && in["permanent_assignment"].flag().value_or(false) && !starts;
  if (model::is_named_unknown(member.text)) {
    unresolved(instance, "the member", "principal_id");
  } else if (!certain) {
    membership(member.text, group.text, true);
    member.text = model::named_unknown(instance.address + ".principal_id");
    context_.warn("terraform-unresolved", instance.where,
                  model::quoted(instance.address) + " is a membership for a time, and when it counts is not known",
                  "anybody may be a member of the group: give `permanent_assignment`, or export the members after a "
                  "first deployment");
  }
  membership(member.text, group.text, false);
  context_.count("memberships");
}

/// It decides who is in a group or can sign in, or may do so.
bool is_graph_read(const TerraformInstance& instance, bool removed) {
  if (instance.data) return false;
  if (instance.type == "msgraph_resource_collection") {
    const auto url = instance.attributes["url"].text();
    return !url || graph_path(*url).kind != GraphPath::Kind::Other;
  }
  const std::optional<GraphRequest> request = graph_request(instance, removed);
  if (!request || request->method == "get") return false;
  if (request->url) return graph_path(*request->url).kind != GraphPath::Kind::Other;
  return request->method.empty() || request->method == "delete" || may_join(instance.attributes["body"]);
}

/// The group that a path is of; an address or a named unknown where the plan does not tell it as an id.
std::string Declarer::graph_group(const TerraformInstance& instance, const GraphPath& path) const {
  if (model::is_guid(path.group)) return path.group;
  const std::string_view attribute = instance.attributes["resource_url"].is_later() ? "resource_url" : "url";
  if (instance.attributes[attribute].is_later()) {
    if (const TerraformIds::Named named = ids_.principal_at(instance, attribute); named.type == "Group")
      return named.text;
  }
  return TerraformIds::unknown(instance, attribute);
}

/// Who is in a group is not known. Where the group is not known either, that may be any.
void Declarer::open_group(const TerraformInstance& instance, const std::string& group) {
  context_.warn("terraform-unresolved", instance.where,
                "what " + model::quoted(instance.address) + " makes of the members of a group, the plan does not tell",
                "anybody may be a member: export the members after the deployment");
  membership(TerraformIds::unknown(instance, "body"), group, true);
  membership(TerraformIds::unknown(instance, "body"), group, false);
}

/// A request to Microsoft Graph about a group or a principal. Source: azure-rbac-semantics 9
void Declarer::graph(const TerraformInstance& instance, bool removed) {
  using What = GraphPath::Kind;
  if (instance.type == "msgraph_resource_collection") return graph_collection(instance, removed);
  const std::optional<GraphRequest> request = graph_request(instance, removed);
  if (!request) return;
  const bool is_resource = instance.type == "msgraph_resource";
  if (context_.infrastructure.side == PlanSide::Before && !is_resource) return;
  // Of a path that is not known all that tells is the body.
  const GraphPath path =
      request->url ? graph_path(*request->url) : GraphPath{.kind = What::Members, .group = {}, .object = {}};
  std::string group = graph_group(instance, path);
  if (path.kind == What::Requests && path.group.empty()) {
    if (const auto told = azapi_body(instance)["groupId"].text(); told && model::is_guid(*told)) group = *told;
  }
  const bool deletes = request->method == "delete";
  if (request->method.empty()) unresolved(instance, "the method", "method");
  if ((request->method.empty() && path.kind != What::Principal) || path.kind == What::Requests ||
      (!request->url && !is_resource))
    return open_group(instance, group);
  switch (path.kind) {
    case What::Members:
      if (is_resource || !deletes) return graph_reference(instance, group, request->url.has_value(), removed);
      return open_group(instance, group);
    case What::Member:
      if (deletes)
        membership(model::is_guid(path.object) ? path.object : TerraformIds::unknown(instance, "url"), group, true);
      return;
    case What::Group:
      if (!deletes) return patch_group(instance, group);
      if (model::is_named_unknown(group)) return open_group(instance, group);
      context_.infrastructure.members.push_back(
          {.group = group, .members = {}, .all = true, .removed = false, .file = context_.file});
      return;
    case What::Principal:
      if (deletes) gone(instance, path);
      return;
    case What::Requests:
    case What::Other:
      return;
  }
}

/// Who is deleted by a path of Microsoft Graph, which may have a name or client id for him.
void Declarer::gone(const TerraformInstance& instance, const GraphPath& path) {
  if (!path.by_app_id && model::is_guid(path.object)) return gone(instance, path.object);
  DeclaredIdentity identity;
  identity.address = instance.address;
  (path.by_app_id ? identity.app_id : identity.user_principal_name) = path.object;
  identity.removed = true;
  identity.file = context_.file;
  context_.infrastructure.identities.push_back(std::move(identity));
}

/// A reference to a member, in the body.
void Declarer::graph_reference(const TerraformInstance& instance, const std::string& group, bool is_told,
                               bool removed) {
  std::string member = TerraformIds::unknown(instance, "body");
  if (const auto told = azapi_body(instance)["@odata.id"].text()) {
    // A reference of a path that is not known may be one of an owner, and takes nobody else with it.
    if (const std::string_view id = last_segment(*told); (is_told || removed) && model::is_guid(id)) member = id;
  } else if (is_told && !instance.attributes["body"].text()) {
    member = ids_.principal_at(instance, "body").text;
  }
  const std::string before(last_segment(instance.before["body"]["@odata.id"].text().value_or("")));
  if (removed) {
    if (model::is_named_unknown(group) || model::is_named_unknown(member)) untold(instance);
  } else if (instance.type == "msgraph_resource" && model::is_guid(before) && before != member) {
    // References are not updated: whether the provider makes this one, and takes the other, is not known.
    membership(before, group, true);
    return open_group(instance, group);
  } else {
    if (model::is_named_unknown(group)) unresolved(instance, "the group", "url");
    if (model::is_named_unknown(member)) unresolved(instance, "the member", "body");
  }
  membership(std::move(member), group, removed);
  context_.count("memberships");
}

/// An update of a group: members that join, or a new rule of membership.
void Declarer::patch_group(const TerraformInstance& instance, const std::string& group) {
  const Attribute body = azapi_body(instance);
  if (body.is_later() || changes_rule(body, instance.before["body"])) return open_group(instance, group);
  const Attribute joins = body["members@odata.bind"];
  if (joins.is_later()) return membership(TerraformIds::unknown(instance, "body"), group, false);
  for (std::size_t i = 0; i < joins.size(); ++i) {
    const std::string text = joins.element(i).text().value_or("");
    const std::string_view id = last_segment(text);
    membership(model::is_guid(id) ? std::string(id) : TerraformIds::unknown(instance, "body"), group, false);
  }
}

/// All members of a group, and no others. Once it is deleted these are members no longer.
void Declarer::graph_collection(const TerraformInstance& instance, bool removed) {
  const auto url = instance.attributes["url"].text();
  const GraphPath path = url ? graph_path(*url) : GraphPath();
  if (url && path.kind == GraphPath::Kind::Other) return;
  const std::string group = graph_group(instance, path);
  const Attribute list = instance.attributes["reference_ids"];
  if (removed && instance.attributes["skip_destroy"].flag().value_or(false)) return;
  if (model::is_named_unknown(group)) return open_group(instance, group);
  if (!removed) return listed_members(instance, group, "reference_ids");
  if (list.value().is_none()) return open_group(instance, group);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (auto member = list.element(i).text()) membership(*std::move(member), group, true);
  }
}

void Declarer::directory_object(const TerraformInstance& instance) {
  const Attribute& in = instance.attributes;
  DeclaredIdentity identity;
  identity.kind = instance.type == "azuread_user" ? model::PrincipalKind::User : model::PrincipalKind::ServicePrincipal;
  identity.name = in["display_name"].text().value_or("");
  identity.user_principal_name = in["user_principal_name"].text().value_or("");
  identity.app_id = in["client_id"].text().value_or(in["application_id"].text().value_or(""));
  identify(instance, instance.address, ids_.own_principal(instance), std::move(identity));
  context_.count(instance.type == "azuread_user" ? "users" : "servicePrincipals");
}

void Declarer::user_assigned_identity(const TerraformInstance& instance) {
  DeclaredIdentity identity;
  identity.resource_id = ids_.id(instance);
  identity.app_id = instance.attributes["client_id"].text().value_or("");
  identify(instance, instance.address, ids_.own_principal(instance), std::move(identity));
  context_.count("identities");
}

void Declarer::cluster(const TerraformInstance& instance) {
  const Attribute& in = instance.attributes;
  Json object = object_of(instance);
  set_text(object, "name", in["name"]);
  set_identity(object, instance);
  Json& properties = object["properties"] = Json::object();
  if (auto client = in.block("service_principal")["client_id"].text()) {
    pulls_as(instance, "", *client);
    properties["servicePrincipalProfile"]["clientId"] = *std::move(client);
  } else {
    const Attribute block = in.block("kubelet_identity");
    const std::string principal = ids_.kubelet_principal(instance);
    Json& kubelet = properties["identityProfile"]["kubeletidentity"];
    kubelet["objectId"] = principal;
    set_text(kubelet, "clientId", block["client_id"]);
    set_text(kubelet, "resourceId", block["user_assigned_identity_id"]);
    DeclaredIdentity identity;
    identity.app_id = block["client_id"].text().value_or("");
    identity.resource_id = block["user_assigned_identity_id"].text().value_or("");
    identify(instance, instance.address, principal, std::move(identity));
    if (model::is_named_unknown(principal)) {
      const bool service = principal.ends_with(".service_principal}");
      unresolved(instance, service ? "the service principal" : "the kubelet's identity",
                 service ? "service_principal" : "kubelet_identity");
      pulls_as(instance, "", "");
    }
  }
  for (const std::string_view addon : kAddonIdentities) {
    if (in[addon.substr(0, addon.find('.'))].size() == 0) continue;
    std::string principal = TerraformIds::addon_principal(instance, addon);
    const std::string address = instance.is_new ? principal : instance.address + '.' + std::string(addon);
    identify(instance, address, std::move(principal), {});
  }
  set(instance, std::move(object));
}

// ---- azapi --------------------------------------------------------------------------------------------------

/// The body, which azapi 1 holds as a JSON text.
Attribute Declarer::azapi_body(const TerraformInstance& instance) {
  const Attribute body = instance.attributes["body"];
  const auto text = body.text();
  if (!text) return body;
  constexpr std::size_t kMaxDepth = 64;
  bodies_.push_back(std::make_unique<ValueArena>());
  InputText input = InputText::from_memory(*text);
  const bool well_formed =
      read_document(input, *bodies_.back(), {.max_depth = kMaxDepth, .max_arena_bytes = std::size_t{1} << 26U}).empty();
  if (well_formed) return {bodies_.back()->root(), {}, {}, false};
  context_.warn("terraform-unresolved", instance.where,
                "the body of " + model::quoted(instance.address) + " is no JSON", "what it sets is not known");
  return {};
}

void Declarer::azapi(const TerraformInstance& instance) {
  const std::string type = azapi_type(instance);
  if (const ScheduleRequest* kind = schedule_request(type); kind != nullptr && is_requested(instance, false))
    return request_schedule(instance, *kind, ids_.id(instance));
  const ArmType* known = arm_type(type);
  if (known == nullptr) return;
  const bool is_update = instance.type == "azapi_update_resource";
  const std::string id =
      !is_update || instance.attributes["parent_id"].text() ? ids_.id(instance) : ids_.id_at(instance, "resource_id");
  if (!is_update && model::is_named_unknown(id)) {
    unresolved(instance, "the resource", "parent_id");
    if (known->type != kRoleAssignments && known->type != kDenyAssignments) return;  // an assignment may be anywhere
  }
  put(instance, {.type = *known,
                 .id = id,
                 .scope = ids_.id_at(instance, "parent_id"),
                 .is_update = is_update,
                 .is_new = instance.is_new});
}

/// Principal, role and condition of an assignment, from the properties of a body. What is secret is not read.
void Declarer::set_grant(Json& properties, const TerraformInstance& instance, const Attribute& in,
                         const std::function<bool(std::string_view)>& is_secret) {
  const auto principal = is_secret("principalId") ? std::optional(model::named_unknown(instance.address + ".principal"))
                                                  : in["principalId"].text();
  // A body that is a text is no principal where it names none, and may hold anything.
  const bool is_text = instance.attributes["body"].text().has_value();
  properties["principalId"] = principal ? *principal
                              : is_text ? TerraformIds::unknown(instance, "body")
                                        : ids_.principal_at(instance, "body").text;
  if (model::is_named_unknown(properties["principalId"].get<std::string>())) {
    unresolved(instance, "the principal", "body");
  }
  const TerraformInstance* role = nullptr;
  if (auto text = in["roleDefinitionId"].text(); text && !is_secret("roleDefinitionId")) {
    properties["roleDefinitionId"] = *std::move(text);
  } else if (role = ids_.role_at(instance, "body"); role != nullptr && !is_secret("roleDefinitionId")) {
    properties["roleDefinitionId"] = ids_.role(*role);
  } else {
    properties["roleDefinitionId"] = model::named_unknown(instance.address + ".body.properties.roleDefinitionId");
    unresolved(instance, "the role", "body");
  }
  properties["condition"] = nullptr;
  if (in["condition"].is_later() || is_secret("condition")) {
    properties["condition"] = model::named_unknown(instance.address + ".body.properties.condition");
  } else {
    set_text(properties, "condition", in["condition"]);
  }
}

/// The body of `instance` is what `target` is from now on.
void Declarer::put(const TerraformInstance& instance, const ArmObject& target) {
  const ArmType* known = &target.type;
  const std::string& id = target.id;
  const bool is_update = target.is_update;
  // An update of an object that is not known may be of any.
  const bool of_any = is_update && (model::is_named_unknown(id) || model::is_named_unknown(last_segment(id)));
  if (of_any) unresolved(instance, "the resource", "resource_id");
  Json object;
  object["id"] = id;
  object["type"] = std::string(known->type);
  set_text(object, "name", instance.attributes["name"]);
  if (!is_update) set_identity(object, instance);
  const Attribute body = azapi_body(instance);
  if (body.is_later()) unresolved(instance, "the body", "body");
  if (auto sku = body["sku"]["name"].text()) object["sku"]["name"] = *std::move(sku);
  const Attribute in = body["properties"];
  // The provider joins this with the body and tells no more of it than what it is called, or nothing at all.
  const Attribute secret = instance.attributes["sensitive_body"];
  const Value actions = instance.where["change"]["actions"];
  const bool changes = actions.is_array() && actions.size() > 0 && (*actions.begin()).text() != "no-op";
  const bool all_secret = !secret["properties"].is_told() &&
                          (secret.is_told() || secret.is_later() || (changes && ids_.sets(instance, "sensitive_body")));
  const auto is_secret = [&](std::string_view member) {
    return all_secret || secret["properties"][member].is_told() || secret["properties"][member].is_later();
  };
  if (all_secret || secret["properties"].is_told()) {
    context_.warn("terraform-unresolved", instance.where,
                  "`sensitive_body` of " + model::quoted(instance.address) + " is not read",
                  "what it sets is not known: set what decides access in `body`");
  }
  Json& properties = object["properties"] = Json::object();
  std::vector<std::string> open;
  for (const std::string_view member : known->members) {
    if (member.empty()) break;
    if (in[member].is_partly_later() || is_secret(member)) {
      open.emplace_back(member);
      if (!body.is_later() && !is_secret(member)) unresolved_setting(instance, member);
      continue;
    }
    if (Json value = copy_known(in[member]); !value.is_null()) properties[std::string(member)] = std::move(value);
  }
  if (known->type == kRoleAssignments) {
    properties["scope"] = target.scope;
    set_grant(properties, instance, in, is_secret);
  }
  const auto is_open = [&](std::string_view member) {
    return std::find(open.begin(), open.end(), member) != open.end();
  };
  // Part of a list would pass for all of it. A token whose map is not in the data has rights that are not known.
  if (known->type == kScopeMaps && is_open("actions") && !of_any) {
    if (!target.is_new) declare(Effect::Remove, instance, Json{{"id", id}, {"type", kScopeMaps}});
    return;
  }
  if (known->type == kTokens) {
    for (const char* member : {"scopeMapId", "status"}) {
      if (is_open(member)) properties[member] = model::named_unknown(instance.address + ".body.properties." + member);
    }
  }
  if (known->type == kDenyAssignments) {
    // What an update does not say stays, and stands in no plan.
    for (const std::string_view member : known->members) {
      if (!is_open(member) && (!is_update || properties.contains(member))) continue;
      properties[std::string(member)] =
          model::named_unknown(instance.address + ".body.properties." + std::string(member));
    }
  }
  if (of_any && (known->type == kRoleAssignments || known->type == kDenyAssignments || known->type == kLocks)) {
    // Of an assignment only the condition can be changed.
    const bool matters = known->type != kRoleAssignments || !properties["condition"].is_null() || body.is_later();
    const bool has_type = id.find("/providers/") != std::string::npos;
    if (matters)
      leave_open(instance, known->type,
                 has_type
                     ? id
                     : id + "/providers/" + std::string(known->type) + '/' + model::unknown_segment(instance.address));
    return;
  }
  if (of_any) return declare(Effect::Open, instance, std::move(object), std::move(open));
  if (known->type == kRegistries && target.is_new) note_mode(instance, properties);
  // An update that leaves the level of a lock alone changes nothing of it.
  if (known->type == kLocks && is_update && properties.empty() && open.empty()) return;
  const bool whole = known->type == kDenyAssignments || known->type == kLocks ||
                     (!is_update && (target.is_new || known->type != kRegistries));
  if (known->type != kRegistries && !is_open("permissions")) open.clear();
  declare(whole ? Effect::Set : Effect::Change, instance, std::move(object), std::move(open));
}

/// The id tells which object it is.
bool is_told(const std::string& id) { return !id.starts_with('{') && !model::is_named_unknown(last_segment(id)); }

/// An object that the plan may delete, or change in a way that it does not tell. Of its properties those that it is
/// known to have.
void Declarer::leave_open(const TerraformInstance& instance, std::string_view type, std::string id, Json properties) {
  declare(Effect::Remove, instance, Json{{"id", std::move(id)}, {"type", type}, {"properties", std::move(properties)}});
  context_.infrastructure.declarations.back().certain = false;
}

/// A request to the Resource Manager is read as the resource of what it puts.
void Declarer::request(const TerraformInstance& instance) {
  const std::string unknown = ids_.id_at(instance, "resource_id");
  const ArmRequest request = arm_request(instance, unknown);
  if (context_.infrastructure.side == PlanSide::Before || !bears(request)) return;
  if (request.moves) return move_resources(instance);
  if (request.method.empty()) unresolved(instance, "the method", "method");
  if (request.method != "delete" && deploys_template(instance)) return template_deployment(instance);
  const auto id_of = [&](std::string_view type) {
    return unknown + "/providers/" + std::string(type) + '/' + model::unknown_segment(instance.address);
  };
  if (const ScheduleRequest* kind = schedule_request(request.type)) {
    if (request.method != "delete")
      request_schedule(instance, *kind, request.id.empty() ? id_of(request.type) : request.id);
    return;
  }
  if (request.method == "delete" || request.method.empty() || request.type.empty()) remove_request(instance, request);
  // What is put somewhere that is not known may be a grant.
  const ArmType* known = arm_type(request.type.empty() ? kRoleAssignments : std::string_view(request.type));
  const Attribute body = instance.attributes["body"];
  if (request.method == "delete" || known == nullptr) return;
  if ((request.method.empty() || request.type.empty()) && !body.is_told() && !body.is_later()) return;
  const std::string id = request.id.empty() ? id_of(known->type) : request.id;
  const bool may_be_new = known->type == kRoleAssignments || known->type == kDenyAssignments || known->type == kLocks;
  const bool is_update = request.method == "patch" || (request.id.empty() && !may_be_new);
  if (request.method.empty() && !may_be_new) return;
  put(instance, {.type = *known,
                 .id = id,
                 .scope = id.substr(0, find_ignoring_case(id, "/providers/" + std::string(known->type))),
                 .is_update = is_update});
  if (request.method.empty()) context_.infrastructure.declarations.back().certain = false;
}

/// What moves to another group is as good as gone from this one: what it is called there is not followed.
void Declarer::move_resources(const TerraformInstance& instance) {
  const Attribute resources = azapi_body(instance)["resources"];
  const std::string group = ids_.id_at(instance, "resource_id");
  if (resources.is_partly_later()) {
    return leave_open(
        instance, kRegistries,
        group + "/providers/" + std::string(kRegistries) + '/' + model::unknown_segment(instance.address));
  }
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const std::string id = resources.element(i).text().value_or("");
    if (model::equal_ignoring_case(arm_type_in(id), kRegistries)) leave_open(instance, kRegistries, id);
  }
}

/// What a request deletes, or may delete.
void Declarer::remove_request(const TerraformInstance& instance, const ArmRequest& request) {
  if (!request.id.empty()) {
    leave_open(instance, request.type, request.id);
    context_.infrastructure.declarations.back().certain = request.method == "delete" && is_told(request.id);
    return;
  }
  untold(instance);
  const std::string unknown = ids_.id_at(instance, "resource_id");
  const auto may_be = [&](std::string_view type) {
    if (!request.type.empty() && !model::equal_ignoring_case(type, request.type)) return;
    const bool is_group = type == kResourceGroups;
    leave_open(instance, type,
               unknown + (is_group ? "/resourceGroups/" : "/providers/" + std::string(type) + '/') +
                   model::unknown_segment(instance.address));
  };
  for (const ArmType& type : kArmTypes) may_be(type.type);
  may_be(kResourceGroups);
}

/// Whether Privileged Identity Management carries out a request is not known. Source: azure-rbac-semantics 9
void Declarer::request_schedule(const TerraformInstance& instance, const ScheduleRequest& kind, const std::string& id) {
  if (context_.infrastructure.side == PlanSide::Before) return;
  const bool eligible = &kind == &kScheduleRequests.back();
  const std::string scope = id.substr(0, find_ignoring_case(id, "/providers/" + std::string(kind.type)));
  const Attribute in = azapi_body(instance)["properties"];
  const auto what = in["requestType"].text();
  const bool ends = !what || contains_ignoring_case(*what, "Remove") || contains_ignoring_case(*what, "Deactivate");
  context_.warn("declaration-open", instance.where,
                "whether Privileged Identity Management carries out the request " + model::quoted(instance.address) +
                    " is not known",
                eligible ? "who becomes eligible has no access until it is activated, and is not named in answers"
                         : "answers that depend on it are undetermined: export the schedule instances after the "
                           "deployment");
  Json properties = {{"scope", scope.empty() ? std::string("/") : scope}};
  set_grant(properties, instance, in, [](std::string_view) { return false; });
  const std::string below = scope + "/providers/";
  const std::string name = '/' + model::unknown_segment(instance.address);
  if (ends) leave_open(instance, kind.instances, below + std::string(kind.instances) + name, properties);
  if (eligible || (what && ends)) return;
  declare(Effect::Set, instance,
          Json{{"id", below + std::string(kRoleAssignments) + name},
               {"type", kRoleAssignments},
               {"properties", std::move(properties)}});
  context_.infrastructure.declarations.back().certain = false;
}

// ---- templates ----------------------------------------------------------------------------------------------

/// The JSON that an attribute holds as a text; absent if it is not known or none.
Value Declarer::json_in(const Attribute& attribute) {
  const auto text = attribute.text();
  if (!text) return {};
  constexpr std::size_t kMaxDepth = 200;  // in a request it is deeper
  bodies_.push_back(std::make_unique<ValueArena>());
  InputText input = InputText::from_memory(*text);
  const bool well_formed = read_document(input, *bodies_.back(), {.max_depth = kMaxDepth}).empty();
  return well_formed ? bodies_.back()->root() : Value();
}

/// Of deployments this alone deletes what it deployed when it is deleted, unless a feature of the provider says
/// otherwise, which no plan tells. Source: azurerm_resource_group_template_deployment,
/// `delete_nested_items_during_deletion`
constexpr std::string_view kDeletesNested = "azurerm_resource_group_template_deployment";

/// What a plan deploys is read as if the template lay beside it. What it leaves as it is is in the exports.
void Declarer::template_deployment(const TerraformInstance& instance) {
  if (context_.infrastructure.side == PlanSide::Before) return;
  add_template(instance, false);
}

/// `removed`: the deployment is deleted, and `instance` is as it was.
void Declarer::add_template(const TerraformInstance& instance, bool removed) {
  const bool azapi = instance.type.starts_with("azapi_");
  Json properties = Json::object();
  bool parameters_told = true;
  const Attribute body = azapi_body(instance)["properties"];
  const std::string_view mode_attribute = azapi ? "body.properties.mode" : "deployment_mode";
  const Attribute mode = azapi ? body["mode"] : instance.attributes[mode_attribute];
  if (const auto text = mode.text()) properties["mode"] = *text;
  if (mode.is_later()) properties["mode"] = TerraformIds::unknown(instance, mode_attribute);
  // Of azurerm before version 3.
  const bool old = instance.type == "azurerm_template_deployment";
  const std::string_view parameters_attribute = azapi ? "body" : old ? "parameters_body" : "parameters_content";
  if (azapi) {
    if (!body["template"].is_partly_later()) properties["template"] = copy_known(body["template"]);
    const Attribute sensitive = instance.attributes["sensitive_body"];
    parameters_told = !body["parameters"].is_partly_later() && !sensitive.is_told() && !sensitive.is_later() &&
                      !ids_.sets(instance, "sensitive_body");
    if (parameters_told) properties["parameters"] = copy_known(body["parameters"]);
  } else {
    const Attribute parameters = instance.attributes[parameters_attribute];
    const Attribute content = instance.attributes[old ? "template_body" : "template_content"];
    properties["template"] = copy_known({json_in(content), {}, {}, false});
    properties["parameters"] = copy_known({json_in(parameters), {}, {}, false});
    parameters_told = !properties["parameters"].is_null() || !parameters.text();
    if (parameters.is_later() && !ids_.leaves_out(instance, parameters_attribute)) parameters_told = false;
    if (old && (instance.attributes["parameters"].is_told() || instance.attributes["parameters"].is_later()))
      parameters_told = false;
  }
  const Json& declared = properties["template"];
  if (!parameters_told && declared.is_object() && declared.value("parameters", Json()).is_object()) {
    Json& values = properties["parameters"] = Json::object();
    for (const auto& [name, ignored] : declared["parameters"].items()) values[name]["reference"] = instance.address;
    if (!removed && !values.empty()) unresolved(instance, "the value of the parameters", parameters_attribute);
  }
  if (!declared.is_object()) properties.erase("template");
  const std::string request =
      Json{{"properties", std::move(properties)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  bodies_.push_back(std::make_unique<ValueArena>());
  InputText input = InputText::from_memory(request);
  if (!read_document(input, *bodies_.back()).empty()) return;
  add_deployment(bodies_.back()->root(), instance.where, instance.address, ids_.deployed_to(instance), removed,
                 context_);
}

// ---- all of it ----------------------------------------------------------------------------------------------

/// What azapi deletes. Without a type it may be of any type that is read.
void Declarer::remove_azapi(const TerraformInstance& instance) {
  const std::string type = azapi_type(instance);
  const std::string told_id = instance.attributes["id"].text().value_or("");
  Json properties = Json::object();
  const Attribute in = azapi_body(instance)["properties"];
  set_text(properties, "principalId", in["principalId"]);
  set_text(properties, "roleDefinitionId", in["roleDefinitionId"]);
  const auto remove = [&](std::string_view of, bool certain) {
    std::string id = told_id.empty() ? ids_.azapi_id(instance, of) : told_id;
    certain = certain && (of == kRoleAssignments || is_told(id));
    declare(Effect::Remove, instance, Json{{"id", std::move(id)}, {"type", of}, {"properties", properties}});
    context_.infrastructure.declarations.back().certain = certain;
    return certain;
  };
  if (type.empty()) {
    untold(instance);
    for (const ArmType& any : kArmTypes) remove(any.type, false);
    remove(kResourceGroups, false);
  } else if (const ArmType* known = arm_type(type); known != nullptr) {
    if (!remove(known->type, true)) untold(instance);
  } else if (model::equal_ignoring_case(type, kResourceGroups)) {
    if (!remove(kResourceGroups, true)) untold(instance);
  } else if (is_resource_id(told_id)) {
    remove(type, true);  // its own identity goes with it
  }
}

/// What the plan leaves in a resource group that it deletes goes with that.
bool Declarer::goes_with_group(const TerraformInstance& instance) const {
  if (instance.is_new || deleted_groups_.empty()) return false;
  const std::string id = model::scope_key(instance.attributes["id"].text().value_or(""));
  return std::any_of(deleted_groups_.begin(), deleted_groups_.end(), [&](const std::string& group) {
    return id.size() > group.size() && model::scope_contains(group, id);
  });
}

void Declarer::remove(const TerraformInstance& instance) {
  const Kind* kind = kind_of(instance.type);
  gone(instance, instance.attributes.block("identity")["principal_id"].text().value_or(""));
  if (instance.type == "azurerm_user_assigned_identity") gone(instance, ids_.own_principal(instance));
  if (is_graph_read(instance, true)) return graph(instance, true);
  if (instance.type == kDeletesNested) return add_template(instance, true);
  if (instance.type == "azapi_update_resource") return;  // what it changed stays changed
  if (kind == nullptr) {
    const std::string id = instance.attributes["id"].text().value_or("");
    if (TerraformIds::pulling(instance).workload && is_resource_id(id))
      declare(Effect::Remove, instance, Json{{"id", id}, {"type", arm_type_in(id)}});
    return;
  }
  if (instance.type.starts_with("azuread_")) {
    const bool by_pim = kind->declare == &Declarer::group_assignment;
    if (by_pim && !makes_member(instance.attributes["assignment_type"])) return;
    if (by_pim || instance.type == "azuread_group_member") {
      const std::string group = ids_.principal_at(instance, by_pim ? "group_id" : "group_object_id").text;
      const std::string member = ids_.principal_at(instance, by_pim ? "principal_id" : "member_object_id").text;
      if (model::is_named_unknown(group) || model::is_named_unknown(member)) untold(instance);
      membership(member, group, true);
    } else if (kind->declare == &Declarer::group) {
      if (model::is_named_unknown(ids_.own_principal(instance))) return untold(instance);
      context_.infrastructure.members.push_back(
          {.group = ids_.own_principal(instance), .members = {}, .all = true, .removed = false, .file = context_.file});
    } else if (instance.attributes["use_existing"].flag().value_or(false)) {
      context_.warn("terraform-deleted-principal", instance.where,
                    "the plan deletes " + model::quoted(instance.address) +
                        ", which it had adopted, and goes on if that is refused: its assignments still count",
                    "if it is deleted, nobody can sign in as it afterwards; answers about others do not change");
    } else {
      gone(instance, ids_.own_principal(instance));
    }
    return;
  }
  if (instance.type == "azapi_resource") return remove_azapi(instance);
  Json object;
  const std::string type(kind->arm);
  if (type.empty()) return;  // a part of another object
  const std::string id = ids_.id(instance);
  object["id"] = id;
  bool told = is_told(id);
  if (kind->declare == &Declarer::pim) {
    const std::array kTells = {"principal_id", "role_definition_id", "scope"};
    told = std::all_of(kTells.begin(), kTells.end(), [&](const char* key) { return instance.attributes[key].text(); });
  }
  if (!told) untold(instance);
  object["type"] = type;
  if (kind->declare == &Declarer::pim) {
    // PIM's own ids are not in Terraform's state: whom, what and where tell which one it is.
    Json& properties = object["properties"];
    properties["scope"] = ids_.scope(instance);
    properties["principalId"] = ids_.principal_at(instance, "principal_id").text;
    set_text(properties, "roleDefinitionId", instance.attributes["role_definition_id"]);
  }
  if (kind->declare == &Declarer::role_assignment) {
    Json& properties = object["properties"];
    properties["principalId"] = ids_.principal_at(instance, "principal_id").text;
    set_text(properties, "roleDefinitionId", instance.attributes["role_definition_id"]);
    set_text(properties, "roleDefinitionName", instance.attributes["role_definition_name"]);
  }
  declare(Effect::Remove, instance, std::move(object));
  // Principal, role and scope tell which assignment it is.
  if (kind->declare != &Declarer::role_assignment) context_.infrastructure.declarations.back().certain = told;
  if (instance.type != "azurerm_kubernetes_cluster") return;
  // With a cluster goes the group of its nodes, and the identity that it made there.
  const auto kubelet = instance.attributes.block("kubelet_identity")["user_assigned_identity_id"].text();
  const auto nodes = instance.attributes["node_resource_group_id"].text();
  if (!kubelet || !nodes || !model::scope_contains(model::scope_key(*nodes), model::scope_key(*kubelet))) return;
  gone(instance, instance.attributes.block("kubelet_identity")["object_id"].text().value_or(""));
  declare(Effect::Remove, instance,
          Json{{"id", *kubelet}, {"type", "Microsoft.ManagedIdentity/userAssignedIdentities"}});
}

/// What updates an object by itself is applied after the resource of the object, whichever stands first in the plan,
/// which is sorted by address. One that the plan leaves as it is does nothing. Source: input-formats 8.1
bool is_update_in_this_plan(const TerraformInstance& instance) {
  return instance.type == "azapi_update_resource" && is_applied(instance);
}

void Declarer::run() {
  for (const TerraformInstance& instance : plan_.removed()) {
    const bool is_group =
        instance.type == "azurerm_resource_group" ||
        (instance.type == "azapi_resource" && model::equal_ignoring_case(azapi_type(instance), kResourceGroups));
    if (is_group) deleted_groups_.push_back(model::scope_key(ids_.id(instance)));
    remove(instance);
  }
  for (const TerraformInstance& instance : plan_.instances()) note_passwords(instance);
  std::vector<const TerraformInstance*> updates;
  for (const TerraformInstance& instance : plan_.instances()) {
    if (goes_with_group(instance)) {
      // Whether assignments outlast their scope, nobody says.
      const std::string type = arm_type_in(ids_.id(instance));
      if (!instance.data && !model::equal_ignoring_case(type, kRoleAssignments)) remove(instance);
      continue;
    }
    if (!instance.data) own_identity(instance);
    if (!instance.data) pulling_identity(instance);
    if (deploys_template(instance) && !is_request(instance)) template_deployment(instance);
    if (is_graph_read(instance, false)) graph(instance, false);
    const Kind* kind = kind_of(instance.type);
    if (kind == nullptr || (instance.data && !kind->data)) continue;
    if (is_update_in_this_plan(instance)) {
      updates.push_back(&instance);
    } else {
      (this->*kind->declare)(instance);
    }
  }
  for (const TerraformInstance* update : updates) azapi(*update);
  for (const TerraformInstance& instance : plan_.removed()) {
    if (is_request(instance) && is_requested(instance, true)) request(instance);
  }
  for (const TerraformInstance& instance : plan_.instances()) {
    if (is_request(instance) && is_requested(instance, false)) request(instance);
  }
  if (secret_) {
    context_.warn("secret-in-export", {}, "the file holds passwords in clear text; they are not kept",
                  "keep plans and states where secrets are kept");
  }
  if (ids_.followed() > 0) {
    context_.warn("terraform-reference-followed", {},
                  "values that are known only after the deployment are taken to be what they refer to",
                  "a plan names what an expression refers to, not the expression");
  }
}

}  // namespace

bool is_read_from_terraform(std::string_view type) { return kind_of(type) != nullptr; }
bool is_read_by_content(const TerraformInstance& instance) {
  return deploys_template(instance) || instance.type == kDeletesNested || is_graph_read(instance, false) ||
         is_graph_read(instance, true) ||
         (instance.type == "azapi_resource" && schedule_request(azapi_type(instance)) != nullptr) ||
         (is_request(instance) && bears(arm_request(instance, instance.attributes["resource_id"].text().value_or(""))));
}

void declare_resources(const TerraformPlan& plan, LoweringContext& context) { Declarer(plan, context).run(); }

}  // namespace acrbiter::parser
