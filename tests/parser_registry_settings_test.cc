// Registries in all dialects: what an export says, and above all what it does not say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "tests/support/read_export.h"

namespace acrbiter::testing {
namespace {

using model::PermissionMode;
using model::Registry;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kId =
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/"
    "Microsoft.ContainerRegistry/registries/contoso";

Registry only_registry(const model::Snapshot& snapshot) {
  EXPECT_EQ(snapshot.registries.size(), 1U);
  return snapshot.registries.empty() ? Registry{} : snapshot.registries.front();
}

std::string with_mode(std::string_view mode) {
  return R"({"id":")" + std::string(kId) + R"(","name":"contoso","type":"Microsoft.ContainerRegistry/registries",)" +
         R"("loginServer":"contoso.azurecr.io","roleAssignmentMode":)" + std::string(mode) + "}";
}

TEST(RegistryMode, ArmCliAndPortalWordsInAnyCase) {
  for (const char* word : {R"("LegacyRegistryPermissions")", R"("legacyregistrypermissions")", R"("rbac")",
                           R"("RBAC Registry Permissions")"}) {
    EXPECT_EQ(only_registry(read_export(with_mode(word))).mode, PermissionMode::Legacy) << word;
  }
  for (const char* word : {R"("AbacRepositoryPermissions")", R"("ABACREPOSITORYPERMISSIONS")", R"("rbac-abac")",
                           R"("RBAC Registry + ABAC Repository Permissions")"}) {
    EXPECT_EQ(only_registry(read_export(with_mode(word))).mode, PermissionMode::Abac) << word;
  }
}

TEST(RegistryMode, Trap1AbsentNullAndEmptyAreNoMode) {
  for (const char* none : {"null", R"("")"}) {
    const model::Snapshot snapshot = read_export(with_mode(none));
    EXPECT_EQ(only_registry(snapshot).mode, std::nullopt);
    EXPECT_EQ(only_registry(snapshot).mode_text, std::nullopt);
    EXPECT_THAT(warning_codes(snapshot), Not(Contains("unknown-mode")));
  }
  const Registry absent =
      only_registry(read_export(R"([{"id":")" + std::string(kId) +
                                R"(","name":"contoso","loginServer":"contoso.azurecr.io","adminUserEnabled":false}])"));
  EXPECT_EQ(absent.mode, std::nullopt);
  EXPECT_EQ(absent.mode_text, std::nullopt);
  EXPECT_FALSE(absent.existence_only);
}

TEST(RegistryMode, AnUnknownWordIsKeptAndIsNoMode) {
  const model::Snapshot snapshot = read_export(with_mode(R"("ZeroTrustPermissions")"));
  EXPECT_EQ(only_registry(snapshot).mode, std::nullopt);
  EXPECT_EQ(only_registry(snapshot).mode_text, "ZeroTrustPermissions");
  EXPECT_THAT(warning_codes(snapshot), ElementsAre("unknown-mode"));
  EXPECT_EQ(snapshot.warnings.front().where.pointer, "/roleAssignmentMode");
}

TEST(RegistrySettings, RestNestsThem) {
  const Registry registry = only_registry(read_export(R"({"value":[{
    "sku":{"name":"Premium","tier":"Premium"}, "type":"Microsoft.ContainerRegistry/registries",
    "id":")" + std::string(kId) + R"(", "name":"contoso",
    "identity":{"type":"SystemAssigned, UserAssigned","principalId":"AAAAAAAA-0000-0000-0000-000000000001",
      "userAssignedIdentities":{"/subscriptions/s/resourcegroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/uami":
        {"principalId":"AAAAAAAA-0000-0000-0000-000000000002","clientId":"AAAAAAAA-0000-0000-0000-000000000003"}}},
    "properties":{"loginServer":"contoso-hash.azurecr.io","adminUserEnabled":true,"anonymousPullEnabled":false,
      "dataEndpointEnabled":true,"networkRuleBypassAllowedForTasks":false,
      "publicNetworkAccess":"Disabled","networkRuleBypassOptions":"None",
      "networkRuleSet":{"defaultAction":"Deny","ipRules":[{"action":"Allow","value":"16.17.18.0/24"}],
        "virtualNetworkRules":[{"action":"Allow","id":"/subnet"}]},
      "privateEndpointConnections":[{"id":"/pe","properties":{"privateLinkServiceConnectionState":{"status":"Approved"}}}],
      "policies":{"quarantinePolicy":{"status":"enabled"},"exportPolicy":{"status":"Disabled"},
        "azureADAuthenticationAsArmPolicy":{"status":"disabled"},"softDeletePolicy":{"status":"enabled"}}}}]})"));
  EXPECT_EQ(registry.name, "contoso");
  EXPECT_EQ(registry.id, kId);
  EXPECT_EQ(registry.login_server, "contoso-hash.azurecr.io");
  EXPECT_EQ(registry.sku, "Premium");
  EXPECT_EQ(registry.admin_user_enabled, true);
  EXPECT_EQ(registry.anonymous_pull_enabled, false);
  EXPECT_EQ(registry.data_endpoint_enabled, true);
  EXPECT_EQ(registry.bypass_allowed_for_tasks, false);
  EXPECT_EQ(registry.public_network_access, "Disabled");
  EXPECT_EQ(registry.network_rule_bypass_options, "None");
  ASSERT_TRUE(registry.network_rule_set);
  EXPECT_EQ(registry.network_rule_set->default_action, "Deny");
  ASSERT_EQ(registry.network_rule_set->ip_rules.size(), 1U);
  EXPECT_EQ(registry.network_rule_set->ip_rules[0].value, "16.17.18.0/24");
  ASSERT_TRUE(registry.network_rule_set->virtual_network_rules);
  EXPECT_EQ(registry.network_rule_set->virtual_network_rules->front().subnet_id, "/subnet");
  ASSERT_TRUE(registry.private_endpoint_connections);
  EXPECT_EQ(registry.private_endpoint_connections->front().status, "Approved");
  EXPECT_THAT(
      registry.policies,
      UnorderedElementsAre(Pair("quarantinePolicy", "enabled"), Pair("exportPolicy", "disabled"),
                           Pair("azureADAuthenticationAsArmPolicy", "disabled"), Pair("softDeletePolicy", "enabled")));
  EXPECT_EQ(registry.identity.principal_id, "aaaaaaaa-0000-0000-0000-000000000001");
  ASSERT_EQ(registry.identity.user_assigned.size(), 1U);
  EXPECT_EQ(registry.identity.user_assigned[0].client_id, "aaaaaaaa-0000-0000-0000-000000000003");
}

TEST(RegistrySettings, TheCliFlattensThemAndRenamesSome) {
  const Registry registry = only_registry(read_export(R"([{
    "adminUserEnabled":false,"anonymousPullEnabled":null,"id":")" +
                                                      std::string(kId) + R"(","name":"contoso",
    "type":"Microsoft.ContainerRegistry/registries","loginServer":"contoso.azurecr.io","resourceGroup":"rg","status":null,
    "networkRuleSet":{"defaultAction":"Deny","ipRules":[{"action":"Allow","ipAddressOrRange":"10.0.0.1"}]},
    "privateEndpointConnections":[{"id":"/pe","privateLinkServiceConnectionState":{"status":"Pending"}}],
    "policies":{"azureAdAuthenticationAsArmPolicy":{"status":"enabled"},"softDeletePolicy":null},
    "roleAssignmentMode":"AbacRepositoryPermissions","sku":{"name":"Standard"},"storageAccount":null}])"));
  EXPECT_EQ(registry.mode, PermissionMode::Abac);
  EXPECT_EQ(registry.anonymous_pull_enabled, std::nullopt);
  ASSERT_TRUE(registry.network_rule_set);
  EXPECT_EQ(registry.network_rule_set->ip_rules.front().value, "10.0.0.1");
  EXPECT_FALSE(registry.network_rule_set->virtual_network_rules) << "most API versions cannot show subnets";
  EXPECT_EQ(registry.private_endpoint_connections->front().status, "Pending");
  EXPECT_THAT(registry.policies, ElementsAre(Pair("azureADAuthenticationAsArmPolicy", "enabled")));
}

TEST(RegistrySettings, BasicAndStandardLackTheRuleSet) {
  const Registry registry = only_registry(read_export(with_mode("null")));
  EXPECT_FALSE(registry.network_rule_set);
  EXPECT_FALSE(registry.private_endpoint_connections);
  EXPECT_FALSE(registry.public_network_access);
}

TEST(RegistrySettings, Trap12TheLoginServerIsReadNeverMade) {
  const Registry registry = only_registry(read_export(R"({"id":")" + std::string(kId) + R"(","name":"contoso",
    "type":"Microsoft.ContainerRegistry/registries","properties":{"adminUserEnabled":false}})"));
  EXPECT_EQ(registry.login_server, std::nullopt);
}

TEST(RegistrySettings, PowerShellEnvelopeAroundCamelCase) {
  const Registry registry = only_registry(read_export(R"([{"ResourceId":")" + std::string(kId) + R"(",
    "Name":"contoso","Location":"westeurope","ResourceType":"Microsoft.ContainerRegistry/registries",
    "Sku":{"Name":"Premium"},"Properties":{"loginServer":"contoso.azurecr.io","adminUserEnabled":true,
    "policies":{"trustPolicy":{"type":"Notary","status":"disabled"}}}}])"));
  EXPECT_EQ(registry.name, "contoso");
  EXPECT_EQ(registry.sku, "Premium");
  EXPECT_EQ(registry.admin_user_enabled, true);
  EXPECT_THAT(registry.policies, ElementsAre(Pair("trustPolicy", "disabled")));
}

TEST(RegistrySettings, PowerShellModuleFlattensNames) {
  const Registry registry = only_registry(read_export(R"({"Id":")" + std::string(kId) + R"(","Name":"contoso",
    "Type":"Microsoft.ContainerRegistry/registries","LoginServer":"contoso.azurecr.io","SkuName":"Premium",
    "AdminUserEnabled":"True","NetworkRuleSetDefaultAction":"Deny",
    "NetworkRuleSetIPRule":[{"Action":"Allow","IPAddressOrRange":"1.2.3.4"}],
    "AzureAdAuthenticationAsArmPolicyStatus":"disabled","IdentityType":"SystemAssigned",
    "IdentityPrincipalId":"aaaaaaaa-0000-0000-0000-000000000009"})"));
  EXPECT_EQ(registry.sku, "Premium");
  EXPECT_EQ(registry.admin_user_enabled, true);
  ASSERT_TRUE(registry.network_rule_set);
  EXPECT_EQ(registry.network_rule_set->default_action, "Deny");
  EXPECT_EQ(registry.network_rule_set->ip_rules.front().value, "1.2.3.4");
  EXPECT_THAT(registry.policies, ElementsAre(Pair("azureADAuthenticationAsArmPolicy", "disabled")));
  EXPECT_EQ(registry.identity.principal_id, "aaaaaaaa-0000-0000-0000-000000000009");
}

TEST(RegistrySettings, Trap7DepthCutSettingsAreSaidToBeUnknown) {
  const model::Snapshot snapshot = read_export(R"([{"ResourceId":")" + std::string(kId) + R"(","Name":"contoso",
    "ResourceType":"Microsoft.ContainerRegistry/registries","Properties":{"loginServer":"contoso.azurecr.io",
    "policies":"@{trustPolicy=; exportPolicy=}"}}])");
  EXPECT_THAT(only_registry(snapshot).policies, IsEmpty());
  EXPECT_THAT(warning_codes(snapshot), Contains("depth-cut"));
}

TEST(RegistrySettings, ResourceGraphRowsAndTables) {
  const Registry row = only_registry(read_export(R"({"data":[{"id":")" + std::string(kId) + R"(","name":"contoso",
    "type":"microsoft.containerregistry/registries","properties":{"loginServer":"contoso.azurecr.io",
    "roleAssignmentMode":"LegacyRegistryPermissions"}}],"count":1,"total_records":1,"skip_token":null})"));
  EXPECT_EQ(row.mode, PermissionMode::Legacy);
  const Registry table = only_registry(read_export(R"({"totalRecords":1,"count":1,"resultTruncated":"false","data":{
    "columns":[{"name":"id","type":"string"},{"name":"name","type":"string"},
               {"name":"properties_roleAssignmentMode","type":"string"}],
    "rows":[[")" + std::string(kId) + R"(","contoso","AbacRepositoryPermissions"]]}})"));
  EXPECT_EQ(table.mode, PermissionMode::Abac);
}

TEST(RegistrySettings, AResourceRowProvesExistenceOnly) {
  const model::Snapshot snapshot = read_export(R"([
    {"id":")" + std::string(kId) + R"(","name":"contoso","type":"Microsoft.ContainerRegistry/registries",
     "properties":null,"sku":{"name":"Basic"},"identity":null},
    {"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/a","name":"a",
     "type":"Microsoft.Storage/storageAccounts"}])");
  EXPECT_TRUE(only_registry(snapshot).existence_only);
  EXPECT_EQ(only_registry(snapshot).mode, std::nullopt);
  EXPECT_EQ(counted(snapshot, "resources"), 1U);
}

TEST(RegistrySettings, TwoFilesCompleteEachOther) {
  const model::Snapshot snapshot = read_export(
      {{"a.json", R"([{"id":")" + std::string(kId) + R"(","name":"contoso","adminUserEnabled":false}])"},
       {"b.json", R"([{"name":"CONTOSO","loginServer":"contoso.azurecr.io","roleAssignmentMode":"rbac-abac"}])"}});
  const Registry registry = only_registry(snapshot);
  EXPECT_EQ(registry.admin_user_enabled, false);
  EXPECT_EQ(registry.mode, PermissionMode::Abac);
  EXPECT_EQ(registry.login_server, "contoso.azurecr.io");
}

TEST(RegistrySettings, RepositoriesMayStandInTheObject) {
  const Registry registry = only_registry(read_export(R"([{"id":")" + std::string(kId) + R"(","name":"contoso",
    "roleAssignmentMode":"AbacRepositoryPermissions","repositories":["b","a","b"]}])"));
  ASSERT_TRUE(registry.repositories);
  EXPECT_THAT(*registry.repositories, ElementsAre("a", "b"));
}

TEST(RegistrySettings, NothingOfTheWrongTypeIsTaken) {
  const model::Snapshot snapshot = read_export(R"([{"id":")" + std::string(kId) + R"(","name":7,
    "properties":{"loginServer":{"tls":1},"adminUserEnabled":"yes","networkRuleSet":[],"policies":"none",
    "roleAssignmentMode":true,"privateEndpointConnections":{}},"sku":[],"identity":[{"principalId":"x"}]}])");
  const Registry registry = only_registry(snapshot);
  EXPECT_EQ(registry.name, "contoso");
  EXPECT_EQ(registry.admin_user_enabled, std::nullopt);
  EXPECT_EQ(registry.login_server, std::nullopt);
  EXPECT_FALSE(registry.network_rule_set);
  EXPECT_EQ(registry.mode, std::nullopt);
  EXPECT_TRUE(registry.mode_text) << "a mode that is no text is a mode nobody knows";
  EXPECT_THAT(warning_codes(snapshot), ElementsAre("unknown-mode"));
  EXPECT_THAT(registry.policies, IsEmpty());
}

TEST(RegistryPolicies, AStatusThatIsNoTextIsOneThatNobodyKnows) {
  const Registry registry = only_registry(read_export(R"([{"id":")" + std::string(kId) + R"(","name":"contoso",
    "policies":{"exportPolicy":{"status":5},"quarantinePolicy":{"status":null},"trustPolicy":{"status":"Enabled"}}}])"));
  EXPECT_THAT(registry.policies,
              UnorderedElementsAre(Pair("exportPolicy", "(no text)"), Pair("trustPolicy", "enabled")));
}

// ---- several exports of one registry ------------------------------------------------------------------------

std::string with_settings(std::string_view settings) {
  return R"([{"id":")" + std::string(kId) + R"(","name":"contoso",)" + std::string(settings) + "}]";
}

struct Contradiction {
  std::string_view setting, one, other;
};

TEST(RegistryConflicts, WhatExportsContradictEachOtherInIsNotKnown) {
  const Contradiction contradictions[] = {
      {"roleAssignmentMode", R"("roleAssignmentMode":"AbacRepositoryPermissions")",
       R"("roleAssignmentMode":"LegacyRegistryPermissions")"},
      {"roleAssignmentMode", R"("roleAssignmentMode":"AbacRepositoryPermissions")", R"("roleAssignmentMode":"New")"},
      {"adminUserEnabled", R"("adminUserEnabled":true)", R"("adminUserEnabled":false)"},
      {"anonymousPullEnabled", R"("anonymousPullEnabled":true)", R"("anonymousPullEnabled":false)"},
      {"networkRuleBypassAllowedForTasks", R"("networkRuleBypassAllowedForTasks":true)",
       R"("networkRuleBypassAllowedForTasks":false)"},
      {"publicNetworkAccess", R"("publicNetworkAccess":"Enabled")", R"("publicNetworkAccess":"Disabled")"},
      {"networkRuleBypassOptions", R"("networkRuleBypassOptions":"None")",
       R"("networkRuleBypassOptions":"AzureServices")"},
      {"loginServer", R"("loginServer":"contoso.azurecr.io")", R"("loginServer":"contoso-x.azurecr.io")"},
      {"sku", R"("sku":{"name":"Basic"})", R"("sku":{"name":"Premium"})"},
      {"networkRuleSet", R"("networkRuleSet":{"defaultAction":"Deny","ipRules":[]})",
       R"("networkRuleSet":{"defaultAction":"Allow","ipRules":[]})"},
      {"networkRuleSet",
       R"("networkRuleSet":{"defaultAction":"Deny","ipRules":[{"value":"10.0.0.1","action":"Allow"}]})",
       R"("networkRuleSet":{"defaultAction":"Deny","ipRules":[]})"},
      {"privateEndpointConnections", R"("privateEndpointConnections":[])",
       R"("privateEndpointConnections":[{"id":"x"}])"},
      {"exportPolicy", R"("policies":{"exportPolicy":{"status":"enabled"}})",
       R"("policies":{"exportPolicy":{"status":"disabled"}})"},
  };
  for (const auto& [setting, one, other] : contradictions) {
    SCOPED_TRACE(setting);
    // A third file does not settle it.
    const auto snapshot =
        read_export({{"a.json", with_settings(one)}, {"b.json", with_settings(other)}, {"c.json", with_settings(one)}});
    const Registry registry = only_registry(snapshot);
    EXPECT_FALSE(registry.mode || registry.mode_text || registry.admin_user_enabled ||
                 registry.anonymous_pull_enabled || registry.bypass_allowed_for_tasks ||
                 registry.public_network_access || registry.login_server || registry.network_rule_bypass_options ||
                 registry.sku || registry.private_endpoint_connections);
    // Rules and policies that no export shows have a default, and these have none.
    EXPECT_EQ(registry.network_rule_set.has_value(), setting == "networkRuleSet");
    EXPECT_FALSE(registry.network_rule_set && registry.network_rule_set->default_action);
    for (const auto& [policy, status] : registry.policies)
      EXPECT_TRUE(policy == setting && status != "enabled" && status != "disabled") << policy << ' ' << status;
    EXPECT_EQ(registry.policies.size(), setting.ends_with("Policy") ? 1U : 0U);
    ASSERT_THAT(warning_codes(snapshot), Contains("registry-conflict").Times(1));
    const auto warning = std::find_if(snapshot.warnings.begin(), snapshot.warnings.end(),
                                      [](const model::Warning& w) { return w.code == "registry-conflict"; });
    EXPECT_EQ(warning->where.file, "b.json");
    EXPECT_THAT(warning->where.message, ::testing::HasSubstr("`" + std::string(setting) + "`"));
    EXPECT_THAT(warning->where.message, ::testing::HasSubstr("`a.json`"));
  }
}

TEST(RegistryConflicts, AFullerExportCompletesAShorterOne) {
  const auto snapshot = read_export(
      {{"a.json", with_settings(R"("adminUserEnabled":false,"sku":{"name":"Premium"},
        "networkRuleSet":{"defaultAction":"Deny","ipRules":[]},"policies":{"exportPolicy":{"status":"enabled"}})")},
       {"b.json", with_settings(R"("adminUserEnabled":false,"sku":{"name":"premium"},"publicNetworkAccess":"Enabled",
        "roleAssignmentMode":"AbacRepositoryPermissions","policies":{"quarantinePolicy":{"status":"disabled"}},
        "networkRuleSet":{"defaultAction":"deny","ipRules":[],"virtualNetworkRules":[]})")}});
  const Registry registry = only_registry(snapshot);
  EXPECT_EQ(registry.mode, PermissionMode::Abac);
  EXPECT_EQ(registry.admin_user_enabled, false);
  EXPECT_EQ(registry.policies.size(), 2U);
  ASSERT_TRUE(registry.network_rule_set);
  EXPECT_TRUE(registry.network_rule_set->virtual_network_rules);
  EXPECT_THAT(warning_codes(snapshot), Not(Contains("registry-conflict")));
}

}  // namespace
}  // namespace acrbiter::testing
