#include "parser/rest_object.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "model/ascii.h"

namespace acrbiter::parser {
namespace {

using Names = std::string_view;

constexpr std::array kAssignment = {Names("roleDefinitionId"), Names("principalId"), Names("principalType"),
                                    Names("condition"), Names("conditionVersion")};
constexpr std::array kDefinition = {Names("roleName"), Names("type"), Names("assignableScopes"), Names("permissions")};
constexpr std::array kDeny = {Names("denyAssignmentName"), Names("description"),
                              Names("permissions"),        Names("principals"),
                              Names("excludePrincipals"),  Names("doNotApplyToChildScopes"),
                              Names("isSystemProtected"),  Names("denyAssignmentEffect"),
                              Names("condition"),          Names("conditionVersion")};
constexpr std::array kLock = {Names("level")};
constexpr std::array kRegistry = {Names("roleAssignmentMode"),
                                  Names("adminUserEnabled"),
                                  Names("anonymousPullEnabled"),
                                  Names("publicNetworkAccess"),
                                  Names("networkRuleSet"),
                                  Names("networkRuleBypassOptions"),
                                  Names("networkRuleBypassAllowedForTasks"),
                                  Names("dataEndpointEnabled"),
                                  Names("policies")};
constexpr std::array kToken = {Names("scopeMapId"), Names("status")};
constexpr std::array kScopeMap = {Names("actions"), Names("type")};
constexpr std::array kTask = {Names("status"), Names("credentials")};
constexpr std::array kCacheRule = {Names("sourceRepository"), Names("targetRepository"),
                                   Names("credentialSetResourceId")};
constexpr std::array kCredentialSet = {Names("loginServer")};
constexpr std::array kConnectedRegistry = {Names("mode"), Names("parent"), Names("clientTokenIds")};

constexpr std::array kShapes = {
    RestShape{"Microsoft.Authorization/roleAssignments", kAssignment},
    RestShape{"Microsoft.Authorization/roleDefinitions", kDefinition},
    RestShape{"Microsoft.Authorization/denyAssignments", kDeny},
    RestShape{"Microsoft.Authorization/locks", kLock},
    RestShape{"Microsoft.ContainerRegistry/registries", kRegistry, true, true, true},
    RestShape{"Microsoft.ContainerRegistry/registries/tokens", kToken},
    RestShape{"Microsoft.ContainerRegistry/registries/scopeMaps", kScopeMap},
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
  static constexpr std::array kRegistries = {Names("sourceRegistry"), Names("customRegistries")};
  static constexpr std::array kLogin = {Names("loginMode"), Names("identity")};
  static constexpr std::array kIdentity = {Names("identity")};
  static constexpr std::array kSync = {Names("syncProperties")};
  static constexpr std::array kSyncToken = {Names("tokenId")};
  visit_member(properties, "credentials", [](nlohmann::json& credentials) {
    keep(credentials, kRegistries);
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
