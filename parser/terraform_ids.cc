#include "parser/terraform_ids.h"

#include <algorithm>
#include <array>
#include <utility>

#include "model/ascii.h"
#include "model/snapshot.h"
#include "parser/lower_common.h"

namespace acrbiter::parser {

namespace {

/// Parents of parents: a plan whose resources refer to each other in a circle ends here.
constexpr int kMaxParents = 32;

/// Types whose ids are below a resource group, and their names there. What else a plan makes holds no registry: its id
/// has the Terraform type in place of Azure's.
struct GroupType {
  std::string_view type, path;
};
constexpr std::array kGroupTypes = {
    GroupType{"azurerm_container_registry", "Microsoft.ContainerRegistry/registries"},
    GroupType{"azurerm_user_assigned_identity", "Microsoft.ManagedIdentity/userAssignedIdentities"},
    GroupType{"azurerm_kubernetes_cluster", "Microsoft.ContainerService/managedClusters"},
};

struct ChildType {
  std::string_view type, path;
  bool by_name;  ///< the registry is given by name and group, not by id
};
constexpr std::array kChildTypes = {
    ChildType{"azurerm_container_registry_scope_map", "scopeMaps", true},
    ChildType{"azurerm_container_registry_token", "tokens", true},
    ChildType{"azurerm_container_registry_cache_rule", "cacheRules", false},
    ChildType{"azurerm_container_registry_credential_set", "credentialSets", false},
    ChildType{"azurerm_container_registry_task", "tasks", false},
    ChildType{"azurerm_container_connected_registry", "connectedRegistries", false},
};

/// Attributes that name an object of the directory by the id that assignments use.
std::string_view directory_kind(std::string_view type) {
  if (type == "azuread_user") return "User";
  if (type == "azuread_group" || type == "azuread_group_without_members") return "Group";
  if (type == "azurerm_client_config" || type == "azuread_client_config") return {};
  return "ServicePrincipal";
}

class Deeper {
 public:
  explicit Deeper(int& depth) : depth_(depth) { ++depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;
  ~Deeper() { --depth_; }

 private:
  int& depth_;
};

}  // namespace

TerraformIds::TerraformIds(const TerraformPlan& plan, const Deployment& deployment)
    : plan_(plan), deployment_(deployment), references_(plan) {
  note_groups();
}

/// Which subscriptions the ids of the plan place its groups in, and its providers.
void TerraformIds::note_groups() {
  for (const TerraformInstance& instance : plan_.instances()) {
    // These tell the subscription that their provider works in.
    const bool tells = instance.type == "azurerm_client_config" ||
                       (instance.type == "azurerm_subscription" && references_.leaves_out(instance, "subscription_id"));
    if (const auto text = instance.attributes["subscription_id"].text(); instance.data && tells && text) {
      clients_.emplace(references_.provider(instance), *text);
    }
    const std::string id = instance.attributes["id"].text().value_or("");
    if (!model::starts_with_ignoring_case(id, "/subscriptions/")) continue;
    const std::string key = model::scope_key(id);
    const std::string_view subscription = model::subscription_of(key);
    constexpr std::string_view kGroups = "/resourcegroups/";
    const std::size_t at = key.find(kGroups);
    if (subscription.empty() || at == std::string::npos) continue;
    const std::size_t begin = at + kGroups.size();
    const auto [known, is_new] =
        groups_.emplace(key.substr(begin, key.find('/', begin) - begin), std::string(subscription));
    if (!is_new && known->second != subscription) known->second.clear();
  }
}

std::optional<Target> TerraformIds::follow(const TerraformInstance& instance, std::string_view path,
                                           Wanted wanted) const {
  std::optional<Target> target = references_.target(instance, path, wanted);
  if (target) ++followed_;
  return target;
}

// ---- ids ----------------------------------------------------------------------------------------------------

std::string TerraformIds::subscription(const TerraformInstance& instance) const {
  const std::string provider = references_.provider(instance);
  if (std::string told = references_.provider_subscription(provider); !told.empty()) return told;
  if (const auto client = clients_.find(provider); client != clients_.end()) return client->second;
  if (const auto group = instance.attributes["resource_group_name"].text()) {
    const auto known = groups_.find(model::ascii_lower(*group));
    if (known != groups_.end() && !known->second.empty()) return known->second;
  }
  const bool main = provider.empty() || provider == "azurerm" || provider == "azapi";
  if (main && !deployment_.subscription.empty()) return deployment_.subscription;
  return main ? model::unknown_segment("subscription") : model::unknown_segment("subscription of " + provider);
}

/// A name as one segment. A group's or registry's name that it is made of is followed: what both name is one thing.
std::string TerraformIds::segment(const TerraformInstance& instance, std::string_view attribute) const {
  if (auto text = instance.attributes[attribute].text()) return *text;
  const Deeper deeper(depth_);
  const std::string_view parent = attribute == "resource_group_name"       ? "azurerm_resource_group"
                                  : attribute == "container_registry_name" ? "azurerm_container_registry"
                                                                           : "";
  if (!parent.empty() && depth_ < kMaxParents) {
    const std::optional<Target> target = follow(instance, attribute, Wanted::Name);
    const bool same =
        target && (target->attribute == attribute || (target->attribute == "name" && target->instance->type == parent));
    if (same) return segment(*target->instance, target->attribute);
  }
  return model::unknown_segment(instance.address + '.' + std::string(attribute));
}

std::string TerraformIds::group(const TerraformInstance& instance) const {
  return "/subscriptions/" + subscription(instance) + "/resourceGroups/" + segment(instance, "resource_group_name");
}

std::string TerraformIds::id(const TerraformInstance& instance) const {
  const Deeper deeper(depth_);
  if (depth_ > kMaxParents) return model::named_unknown(instance.address + ".id");
  if (instance.type == "azurerm_role_definition") return role(instance);
  // Terraform joins scope, role and principal for an id, which Azure does not know.
  if (instance.type.starts_with("azurerm_pim_")) return built_id(instance);
  if (auto text = instance.attributes["id"].text()) return text->substr(0, text->find('|'));
  if (!instance.is_new && !instance.data) {
    if (auto text = instance.before["id"].text()) return text->substr(0, text->find('|'));
  }
  return built_id(instance);
}

std::string TerraformIds::built_id(const TerraformInstance& instance) const {
  const std::string_view type = instance.type;
  if (type == "azurerm_resource_group") {
    return "/subscriptions/" + subscription(instance) + "/resourceGroups/" + segment(instance, "name");
  }
  if (type == "azurerm_subscription") {
    return "/subscriptions/" + segment(instance, "subscription_id");
  }
  if (type == "azurerm_management_group") {
    return "/providers/Microsoft.Management/managementGroups/" + segment(instance, "name");
  }
  const auto in_group =
      std::find_if(kGroupTypes.begin(), kGroupTypes.end(), [&](const GroupType& t) { return t.type == type; });
  if (in_group != kGroupTypes.end()) {
    return group(instance) + "/providers/" + std::string(in_group->path) + '/' + segment(instance, "name");
  }
  const auto child =
      std::find_if(kChildTypes.begin(), kChildTypes.end(), [&](const ChildType& t) { return t.type == type; });
  if (child != kChildTypes.end()) {
    const std::string registry = child->by_name
                                     ? group(instance) + "/providers/Microsoft.ContainerRegistry/registries/" +
                                           segment(instance, "container_registry_name")
                                     : id_at(instance, "container_registry_id");
    return registry + '/' + std::string(child->path) + '/' + segment(instance, "name");
  }
  if (type == "azurerm_management_lock") {
    return id_at(instance, "scope") + "/providers/Microsoft.Authorization/locks/" + segment(instance, "name");
  }
  if (type == "azurerm_role_assignment" || type.starts_with("azurerm_pim_")) {
    const std::string kind = type == "azurerm_role_assignment"                ? "roleAssignments"
                             : type == "azurerm_pim_eligible_role_assignment" ? "roleEligibilityScheduleInstances"
                                                                              : "roleAssignmentScheduleInstances";
    std::string scope = id_at(instance, "scope");
    if (scope == "/") scope.clear();
    const auto name = instance.attributes["name"].text();
    return scope + "/providers/Microsoft.Authorization/" + kind + '/' +
           (name ? *name : model::unknown_segment(instance.address));
  }
  if (type == "azapi_resource" || type == "azapi_update_resource") {
    const std::string arm = instance.attributes["type"].text().value_or("");
    return arm.empty() ? model::named_unknown(instance.address + ".id")
                       : azapi_id(instance, arm.substr(0, arm.find('@')));
  }
  if (type.starts_with("azurerm_")) {
    return group(instance) + "/providers/" + std::string(type) + '/' + model::unknown_segment(instance.address);
  }
  return model::named_unknown(instance.address + ".id");
}

std::string TerraformIds::azapi_id(const TerraformInstance& instance, std::string_view arm) const {
  const std::string parent = id_at(instance, "parent_id");
  const std::string name = segment(instance, "name");
  if (model::equal_ignoring_case(arm, kResourceGroups)) return parent + "/resourceGroups/" + name;
  // A child's type is its parent's and one segment more.
  const std::size_t last = arm.rfind('/');
  const bool is_child = std::count(arm.begin(), arm.end(), '/') > 1;
  return is_child ? parent + std::string(arm.substr(last)) + '/' + name
                  : (parent == "/" ? "" : parent) + "/providers/" + std::string(arm) + '/' + name;
}

std::string TerraformIds::id_at(const TerraformInstance& instance, std::string_view path) const {
  const Attribute attribute = instance.attributes.at(path);
  if (auto text = attribute.text()) return *text;
  const Deeper deeper(depth_);
  if (depth_ < kMaxParents && attribute.is_later()) {
    if (const std::optional<Target> target = follow(instance, path, Wanted::Id)) {
      if (target->attribute == "id") return id(*target->instance);
      // The group that a new cluster makes for its nodes is new too, and has its cluster's name here.
      const TerraformInstance& cluster = *target->instance;
      if (auto text = cluster.attributes["node_resource_group_id"].text()) return *text;
      std::string name = cluster.attributes["node_resource_group"].text().value_or(cluster.address + ".nodes");
      if (cluster.is_new) {
        if (name.find('/') != std::string::npos) name = model::unknown_segment(name);
        return "/subscriptions/" + subscription(cluster) + "/resourceGroups/" + name;
      }
    }
  }
  return unknown(instance, path);
}

std::string TerraformIds::unknown(const TerraformInstance& instance, std::string_view path) {
  const bool secret = instance.attributes.at(path).is_secret();
  return model::named_unknown((secret ? "sensitive " : "") + instance.address + '.' + std::string(path));
}

std::string TerraformIds::scope(const TerraformInstance& instance) const {
  std::string scope = id_at(instance, "scope");
  if (!instance.attributes["scope"].is_later() || model::is_named_unknown(scope)) return scope;
  if (model::scope_kind(model::scope_key(scope)) == model::ScopeKind::Resource) return scope;
  return scope + '/' + model::unknown_segment("whether " + instance.address + ".scope is no more than this");
}

Deployment TerraformIds::deployed_to(const TerraformInstance& instance) const {
  Deployment result;
  const std::string_view type = instance.type;
  if (type == "azurerm_resource_group_template_deployment" || type == "azurerm_template_deployment") {
    result.resource_group = segment(instance, "resource_group_name");
  }
  if (!result.resource_group.empty() || type == "azurerm_subscription_template_deployment") {
    const std::string id = model::scope_key(instance.attributes["id"].text().value_or(""));
    result.subscription = model::subscription_of(id);
    if (result.subscription.empty()) result.subscription = subscription(instance);
  } else if (type == "azurerm_management_group_template_deployment") {
    result.management_group = last_segment(id_at(instance, "management_group_id"));
  } else if (type == "azapi_resource" || type == "azapi_resource_action") {
    std::string parent = id_at(instance, type == "azapi_resource" ? "parent_id" : "resource_id");
    parent = parent.substr(0, find_ignoring_case(parent, "/providers/Microsoft.Resources/deployments/"));
    const std::string key = model::scope_key(parent);
    constexpr std::string_view kGroups = "/resourcegroups/";
    const std::size_t group = key.find(kGroups);
    const bool unknown_parent = model::is_named_unknown(parent);
    if (key.starts_with("/providers/microsoft.management/")) result.management_group = last_segment(parent);
    if (unknown_parent || group != std::string::npos) {
      result.resource_group = unknown_parent ? parent : parent.substr(group + kGroups.size());
    }
    result.subscription = unknown_parent ? parent : std::string(model::subscription_of(key));
  }
  return result;
}

std::vector<std::string> TerraformIds::later_ids(const TerraformInstance& instance, std::string_view path) const {
  std::vector<std::string> ids;
  const auto targets = references_.targets(instance, path, Wanted::Id);
  if (!targets) return {model::named_unknown(instance.address + '.' + std::string(path))};
  for (const Target& target : *targets) ids.push_back(id(*target.instance));
  followed_ += ids.size();
  return ids;
}

// ---- principals ---------------------------------------------------------------------------------------------

/// True if the plan makes the principal, unless it was there before. A resource may get an identity by an update; a
/// service principal may be adopted.
bool TerraformIds::is_made(const TerraformInstance& instance, std::string_view path) const {
  if (!plan_.is_plan()) return false;
  if (path == "identity.principal_id") {
    return contains_ignoring_case(instance.attributes.block("identity")["type"].text().value_or(""), "SystemAssigned");
  }
  const Attribute adopts = instance.attributes["use_existing"];
  return instance.is_new && !adopts.is_later() && !adopts.flag().value_or(false);
}

TerraformIds::Pulling TerraformIds::pulling(const TerraformInstance& instance) {
  Pulling result;
  if (instance.data) return result;
  const std::string_view type = instance.type;
  if (type == "azurerm_container_app" || type == "azurerm_container_app_job") {
    result.workload = true;
    const Attribute registries = instance.attributes["registry"];
    result.open = registries.is_later();
    for (std::size_t i = 0; i < registries.size(); ++i) {
      const Attribute registry = registries.element(i);
      const Attribute identity = registry["identity"];
      const auto text = identity.text();
      if (identity.is_later()) {
        result.open = true;
      } else if (text && model::equal_ignoring_case(*text, "System")) {
        result.own = true;
      } else if (text && model::equal_ignoring_case(*text, "system-environment")) {
        const auto environment = instance.attributes["container_app_environment_id"].text();
        if (environment) result.resource_ids.push_back(*environment);
        result.open = result.open || !environment;
      } else if (text) {
        result.resource_ids.push_back(*text);
      } else if (registry["username"].text()) {
        result.password = true;
      }
    }
    result.password = result.password && !result.own && !result.open && result.resource_ids.empty();
  } else if (type.find("_web_app") != std::string_view::npos || type.find("_function_app") != std::string_view::npos ||
             type.starts_with("azurerm_app_service")) {
    result.workload = true;
    const Attribute site = instance.attributes.block("site_config");
    const bool old = type.starts_with("azurerm_app_service");
    const Attribute flag =
        site[old ? "acr_use_managed_identity_credentials" : "container_registry_use_managed_identity"];
    const Attribute client =
        site[old ? "acr_user_managed_identity_client_id" : "container_registry_managed_identity_client_id"];
    if (flag.is_later() || flag.flag().value_or(false)) {
      result.open = client.is_later();
      if (auto text = client.text()) result.client_ids.push_back(*std::move(text));
    }
  }
  std::sort(result.resource_ids.begin(), result.resource_ids.end());
  result.resource_ids.erase(std::unique(result.resource_ids.begin(), result.resource_ids.end()),
                            result.resource_ids.end());
  result.own = result.own && result.as_another();
  return result;
}

std::string TerraformIds::own_address(const TerraformInstance& instance) {
  const bool is_its_own = instance.type == "azurerm_kubernetes_cluster" || pulling(instance).as_another();
  return is_its_own ? instance.address + ".identity" : instance.address;
}

std::string TerraformIds::own_principal(const TerraformInstance& instance) const {
  std::string_view path = "identity.principal_id";
  if (instance.type == "azurerm_user_assigned_identity") path = "principal_id";
  if (instance.type.starts_with("azuread_") || instance.type == "azurerm_client_config") path = "object_id";
  const auto known = [&](const Attribute& attributes) {
    auto text = attributes.at(path).text();
    if (!text && path == "object_id") text = attributes["id"].text();
    return text ? std::string(last_segment(*text)) : std::string();
  };
  if (std::string text = known(instance.attributes); !text.empty()) return text;
  if (instance.attributes.at(path).is_secret() || instance.data) {
    return unknown(instance, path);
  }
  const std::string before = known(instance.before);
  if (is_made(instance, path) && (instance.is_new || before.empty())) {
    return own_address(instance);
  }
  if (!before.empty() && !instance.attributes.at(path).is_later()) return before;
  return unknown(instance, path);
}

std::string TerraformIds::kubelet_principal(const TerraformInstance& cluster) const {
  const Attribute block = cluster.attributes.block("kubelet_identity");
  if (auto text = block["object_id"].text()) return *text;
  const std::string unknown = model::named_unknown(cluster.address + ".kubelet_identity");
  if (cluster.data) return unknown;
  // With a service principal a cluster pulls as that one.
  const Attribute service = cluster.attributes["service_principal"];
  if (service.is_later() || service.size() > 0 || sets(cluster, "service_principal")) {
    return model::named_unknown(cluster.address + ".service_principal");
  }
  if (cluster.attributes["kubelet_identity"].size() > 0 || sets(cluster, "kubelet_identity")) {
    const Deeper deeper(depth_);
    if (depth_ > kMaxParents) return unknown;
    if (const auto target = follow(cluster, "kubelet_identity.object_id", Wanted::Principal)) {
      return principal(*target).text;
    }
    const std::string id = id_at(cluster, "kubelet_identity.user_assigned_identity_id");
    const TerraformInstance* given = identity(id);
    return given != nullptr ? own_principal(*given) : unknown;
  }
  // Without the block the service makes an identity along with the cluster.
  const Attribute given = cluster.attributes["kubelet_identity"];
  const bool left_out = !given.is_later() || references_.leaves_out(cluster, "kubelet_identity");
  if (cluster.is_new && !given.is_secret() && left_out) return cluster.address;
  return cluster.before.block("kubelet_identity")["object_id"].text().value_or(unknown);
}

std::string TerraformIds::addon_principal(const TerraformInstance& cluster, std::string_view attribute) {
  if (auto text = cluster.attributes.at(attribute).text()) return *text;
  if (!cluster.is_new) return model::named_unknown(cluster.address + '.' + std::string(attribute));
  const std::vector<AddressStep> steps = address_steps(attribute);
  return cluster.address + '.' + std::string(steps[steps.size() - 2].name);
}

TerraformIds::Named TerraformIds::principal(const Target& target) const {
  const TerraformInstance& instance = *target.instance;
  if (is_addon_identity(target.attribute)) {
    return {.text = addon_principal(instance, target.attribute), .type = "ServicePrincipal"};
  }
  if (target.attribute == "kubelet") return {.text = kubelet_principal(instance), .type = "ServicePrincipal"};
  return {.text = own_principal(instance), .type = directory_kind(instance.type)};
}

TerraformIds::Named TerraformIds::principal_at(const TerraformInstance& instance, std::string_view path) const {
  const Attribute attribute = instance.attributes.at(path);
  if (auto text = attribute.text()) return {.text = std::string(last_segment(*text)), .type = {}};
  if (!attribute.is_secret()) {
    if (const std::optional<Target> target = follow(instance, path, Wanted::Principal)) return principal(*target);
  }
  return {.text = unknown(instance, path), .type = {}};
}

std::vector<std::string> TerraformIds::later_principals(const TerraformInstance& instance, std::string_view path,
                                                        bool& all) const {
  const auto targets = references_.targets(instance, path, Wanted::Principal);
  all = targets.has_value();
  std::vector<std::string> principals;
  if (!targets) return {model::named_unknown(instance.address + '.' + std::string(path))};
  for (const Target& target : *targets) principals.push_back(principal(target).text);
  followed_ += principals.size();
  return principals;
}

const TerraformInstance* TerraformIds::identity(const std::string& id) const {
  if (!identities_noted_) {
    identities_noted_ = true;
    for (const TerraformInstance& instance : plan_.instances()) {
      if (instance.type != "azurerm_user_assigned_identity") continue;
      identities_.emplace(model::ascii_lower(this->id(instance)), &instance);
    }
  }
  const auto found = identities_.find(model::ascii_lower(id));
  return found == identities_.end() ? nullptr : found->second;
}

// ---- roles --------------------------------------------------------------------------------------------------

std::string TerraformIds::role(const TerraformInstance& instance) const {
  for (const Attribute& attributes : {instance.attributes, instance.is_new ? Attribute() : instance.before}) {
    if (auto text = attributes["role_definition_resource_id"].text()) return *text;
    if (auto text = attributes["id"].text(); text && text->starts_with('/')) return text->substr(0, text->find('|'));
  }
  std::string scope = id_at(instance, "scope");
  if (scope == "/") scope.clear();
  const auto guid = instance.attributes["role_definition_id"].text();
  return scope + "/providers/Microsoft.Authorization/roleDefinitions/" +
         (guid ? *guid : model::unknown_segment(instance.address));
}

const TerraformInstance* TerraformIds::role_at(const TerraformInstance& instance, std::string_view path) const {
  const std::optional<Target> target = follow(instance, path, Wanted::Role);
  return target ? target->instance : nullptr;
}

}  // namespace acrbiter::parser
