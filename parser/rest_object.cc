#include "parser/rest_object.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "model/ascii.h"

namespace acrbiter::parser {
namespace {

using Text = std::string_view;

constexpr std::array kAssignment = {Text("roleDefinitionId"), Text("principalId"), Text("principalType"),
                                    Text("condition"), Text("conditionVersion")};
constexpr std::array kDefinition = {Text("roleName"), Text("type"), Text("assignableScopes"), Text("permissions")};
constexpr std::array kDeny = {Text("denyAssignmentName"), Text("description"),          Text("permissions"),
                              Text("principals"),         Text("excludePrincipals"),    Text("doNotApplyToChildScopes"),
                              Text("isSystemProtected"),  Text("denyAssignmentEffect"), Text("condition"),
                              Text("conditionVersion")};
constexpr std::array kLock = {Text("level")};
constexpr std::array kRegistry = {Text("roleAssignmentMode"),
                                  Text("adminUserEnabled"),
                                  Text("anonymousPullEnabled"),
                                  Text("publicNetworkAccess"),
                                  Text("networkRuleSet"),
                                  Text("networkRuleBypassOptions"),
                                  Text("networkRuleBypassAllowedForTasks"),
                                  Text("dataEndpointEnabled"),
                                  Text("policies")};
constexpr std::array kToken = {Text("scopeMapId"), Text("status")};
constexpr std::array kScopeMap = {Text("actions"), Text("type")};
constexpr std::array kTask = {Text("status"), Text("credentials")};
constexpr std::array kCacheRule = {Text("sourceRepository"), Text("targetRepository"), Text("credentialSetResourceId")};
constexpr std::array kCredentialSet = {Text("loginServer")};
constexpr std::array kConnectedRegistry = {Text("mode"), Text("parent"), Text("clientTokenIds")};

constexpr std::array kShapes = {
    RestShape{kRoleAssignments, kAssignment},
    RestShape{kRoleDefinitions, kDefinition},
    RestShape{kDenyAssignments, kDeny},
    RestShape{"Microsoft.Authorization/locks", kLock},
    RestShape{kRegistries, kRegistry, true, true, true},
    RestShape{kTokens, kToken},
    RestShape{kScopeMaps, kScopeMap},
    RestShape{"Microsoft.ContainerRegistry/registries/tasks", kTask, true},
    RestShape{"Microsoft.ContainerRegistry/registries/cacheRules", kCacheRule, true},
    RestShape{"Microsoft.ContainerRegistry/registries/credentialSets", kCredentialSet, true},
    RestShape{"Microsoft.ContainerRegistry/registries/connectedRegistries", kConnectedRegistry},
};

/// Keeps of `object` the members called `names`.
void keep(nlohmann::json& object, std::span<const std::string_view> names) {
  if (!object.is_object()) return;
  for (auto each = object.begin(); each != object.end();) {
    const bool wanted = std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return model::equal_ignoring_case(name, each.key());
    });
    each = wanted ? std::next(each) : object.erase(each);
  }
}

template <class Visit>
void visit_member(nlohmann::json& object, std::string_view name, Visit visit) {
  if (!object.is_object()) return;
  for (auto each = object.begin(); each != object.end(); ++each) {
    if (model::equal_ignoring_case(each.key(), name)) visit(*each);
  }
}

}  // namespace

const RestShape* find_rest_shape(std::string_view type) noexcept {
  const auto found = std::find_if(kShapes.begin(), kShapes.end(),
                                  [&](const RestShape& shape) { return model::equal_ignoring_case(shape.type, type); });
  return found == kShapes.end() ? nullptr : &*found;
}

void prune_properties(const RestShape& shape, nlohmann::json& properties) {
  keep(properties, shape.properties);
  static constexpr std::array kOfTask = {Text("sourceRegistry"), Text("customRegistries")};
  static constexpr std::array kLogin = {Text("loginMode"), Text("identity")};
  static constexpr std::array kIdentity = {Text("identity")};
  static constexpr std::array kSync = {Text("syncProperties")};
  static constexpr std::array kSyncToken = {Text("tokenId")};
  visit_member(properties, "credentials", [](nlohmann::json& credentials) {
    keep(credentials, kOfTask);
    visit_member(credentials, "sourceRegistry", [](nlohmann::json& login) { keep(login, kLogin); });
    visit_member(credentials, "customRegistries", [](nlohmann::json& registries) {
      if (!registries.is_object()) return;
      for (nlohmann::json& login : registries) keep(login, kIdentity);
    });
  });
  visit_member(properties, "parent", [](nlohmann::json& parent) {
    keep(parent, kSync);
    visit_member(parent, "syncProperties", [](nlohmann::json& sync) { keep(sync, kSyncToken); });
  });
}

}  // namespace acrbiter::parser
