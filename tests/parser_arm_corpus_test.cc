// Templates of the shared corpus, if it stands beside the checkout: what their text holds and what they declare.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/expanded.h"

namespace acrbiter::tests {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

fs::path corpus() { return fs::path(ACRBITER_SOURCE_DIR).parent_path() / "shared" / "corpus"; }

std::string content_of(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class ArmCorpus : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(corpus())) GTEST_SKIP() << "skipped: no corpus beside the checkout";
  }

  static Expanded expand(const std::string& file, const parser::Deployment& place = {},
                         const std::string& parameters = {}) {
    const std::string text = content_of(corpus() / "arm" / file);
    std::vector<parser::NamedText> documents = {{.name = file, .text = text}};
    const std::string given = R"({"contentVersion": "1.0.0.0", "parameters": )" + parameters + "}";
    if (!parameters.empty()) documents.push_back({.name = "given.json", .text = given});
    Expanded result = expanded(documents, place);
    for (const model::Diagnostic& problem : result.errors) {
      ADD_FAILURE() << file << ' ' << problem.pointer << ": " << problem.message << " in " << problem.excerpt;
    }
    return result;
  }
};

TEST_F(ArmCorpus, TextsHoldWhatIsExpected) {
  const Json expected = Json::parse(content_of(corpus() / "EXPECTED.json"));
  static const std::map<std::string, std::string> kCounts = {
      {"templates", "templates"},
      {"nestedDeployments", "nestedDeployments"},
      {"copyLoops", "copyLoops"},
      {"conditionalResources", "conditionalResources"},
      {"existing", "existingResources"},
      {"roleAssignmentDeclarations", "declaredRoleAssignments"},
      {"roleAssignmentWithCondition", "declaredRoleAssignmentsWithCondition"},
      {"roleDefinitionDeclarations", "declaredRoleDefinitions"},
      {"registryDeclarations", "declaredRegistries"},
      {"registryChildDeclarations", "declaredRegistryChildren"},
      {"nestedTemplateByExpression", "templatesByExpression"}};
  int files = 0;
  for (const auto& [name, entry] : expected.items()) {
    if (!name.starts_with("arm/")) continue;
    ++files;
    const auto result = expand(name.substr(4));
    const auto& counts = result.draft.files.at(0).counts;
    for (const auto& [what, ours] : kCounts) {
      const auto found = counts.find(ours);
      EXPECT_EQ(found == counts.end() ? 0 : found->second, entry.at("expected").at(what).get<std::size_t>())
          << name << ' ' << what;
    }
  }
  EXPECT_EQ(files, 9);
}

TEST_F(ArmCorpus, WithoutAnythingGivenMissingParametersAreNamed) {
  const auto missing = [](const std::string& file) {
    const auto warning = expand(file).warning("parameters-missing");
    return warning ? warning->message.substr(warning->message.find(": ") + 2) : std::string();
  };
  EXPECT_EQ(missing("acr-export-pipeline.json"),
            "`exportPipelineName`, `keyVaultName`, `registryName`, `sasTokenSecretName`, `targetUri`");
  EXPECT_EQ(missing("aks-construction-shared-acr.json"), "`acrName`, `acrRg`");
  EXPECT_EQ(missing("avm-acr-registry-main.json"), "`name`");
  EXPECT_EQ(missing("avm-ptn-acr-container-app.json"), "`containerAppsEnvironmentName`, `name`");
  EXPECT_EQ(missing("azd-brownfield.json"), "`accountName`");
  EXPECT_EQ(missing("azd-deployment-body.json"), "");
  EXPECT_EQ(missing("portal-export-template-acr.json"), "");
  EXPECT_EQ(missing("psrule-avm-1.json"), "");
  EXPECT_EQ(missing("psrule-bicep-cross-scope.json"), "");
}

TEST_F(ArmCorpus, TheExportedTemplateOfARegistryIsTheRegistry) {
  const auto result = expand("portal-export-template-acr.json");
  const Json registry = result.object(0);
  EXPECT_EQ(registry["name"], "acrminibank");
  EXPECT_EQ(registry["properties"]["roleAssignmentMode"], "LegacyRegistryPermissions");
  EXPECT_EQ(result.count("Microsoft.ContainerRegistry/registries/scopeMaps"), 5U);
}

// The registry that this recorded request made is called crpogq2w7bplv2u.
TEST_F(ArmCorpus, ARecordedRequestMakesTheNamesThatTheServiceMade) {
  const auto result = expand("azd-deployment-body.json", {.subscription = "5ca082f3-38f2-4bb0-b0a4-c401184ae3a8",
                                                          .resource_group = {},
                                                          .tenant = {},
                                                          .management_group = {},
                                                          .location = {}});
  EXPECT_EQ(result.count("Microsoft.ContainerRegistry/registries"), 1U);
  ASSERT_EQ(result.count("Microsoft.Authorization/roleAssignments"), 1U);
  const Json registry = result.object(0);
  EXPECT_EQ(registry["id"],
            "/subscriptions/5ca082f3-38f2-4bb0-b0a4-c401184ae3a8/resourceGroups/rg-azdtest-d209f3e/providers/"
            "Microsoft.ContainerRegistry/registries/crpogq2w7bplv2u");
  const Json row = result.object(1);
  EXPECT_EQ(row["properties"]["scope"], registry["id"]);
  EXPECT_EQ(row["properties"]["principalId"], result.infrastructure.identities.at(0).address);
  EXPECT_EQ(result.infrastructure.identities.at(0).name, "mi-pogq2w7bplv2u");
}

TEST_F(ArmCorpus, DeploymentsOverSeveralScopesAreFollowed) {
  const auto result = expand("psrule-bicep-cross-scope.json");
  ASSERT_EQ(result.count("Microsoft.Authorization/roleAssignments"), 2U);
  EXPECT_EQ(result.object(0)["properties"]["scope"], "/subscriptions/00000000-0000-0000-0000-000000000000");
  const std::string open = result.object(1)["properties"]["scope"];
  EXPECT_TRUE(open.starts_with("/subscriptions/{")) << open;
}

TEST_F(ArmCorpus, TheModuleOfARegistryTakesRolesByName) {
  const auto result = expand("avm-acr-registry-main.json",
                             {.subscription = "00000000-0000-0000-0000-000000000001",
                              .resource_group = "rg",
                              .tenant = {},
                              .management_group = {},
                              .location = {}},
                             R"({"name": {"value": "contoso"},
    "roleAssignmentMode": {"value": "AbacRepositoryPermissions"},
    "roleAssignments": {"value": [
      {"principalId": "p1", "roleDefinitionIdOrName": "Container Registry Repository Reader", "principalType": "Group",
       "condition": "@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'x'"},
      {"principalId": "p2", "roleDefinitionIdOrName": "7f951dda-4ed3-4680-a7ca-43fe172d538d"},
      {"principalId": "p3", "roleDefinitionIdOrName": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/8311e382-0749-4cb8-b61a-304f252e45ec"}]},
    "scopeMaps": {"value": [{"name": "readers", "actions": ["repositories/x/content/read"]}]},
    "tokens": {"value": [{"name": "ci", "scopeMapResourceId": "/x/scopeMaps/readers"}]},
    "lock": {"value": {"kind": "CanNotDelete"}}})");
  ASSERT_EQ(result.count("Microsoft.Authorization/roleAssignments"), 3U);
  const auto role = [&](int i) {
    const Json row =
        result.object_at("avm-acr-registry-main.json: registry_roleAssignments[" + std::to_string(i) + "]");
    return row["properties"]["roleDefinitionId"].get<std::string>();
  };
  EXPECT_TRUE(role(0).ends_with("/b93aa761-3e63-49ed-ac28-beffa264f7ac")) << role(0);
  EXPECT_TRUE(role(1).ends_with("/7f951dda-4ed3-4680-a7ca-43fe172d538d")) << role(1);
  EXPECT_TRUE(role(2).ends_with("/8311e382-0749-4cb8-b61a-304f252e45ec")) << role(2);
  const Json first = result.object_at("avm-acr-registry-main.json: registry_roleAssignments[0]");
  EXPECT_EQ(first["properties"]["conditionVersion"], "2.0");
  EXPECT_TRUE(
      result.object_at("avm-acr-registry-main.json: registry_roleAssignments[1]")["properties"]["condition"].is_null());
  EXPECT_EQ(result.object_at("avm-acr-registry-main.json: registry")["properties"]["roleAssignmentMode"],
            "AbacRepositoryPermissions");
  EXPECT_EQ(result.count("Microsoft.ContainerRegistry/registries/scopeMaps"), 1U);
  EXPECT_EQ(result.count("Microsoft.ContainerRegistry/registries/tokens"), 1U);
  EXPECT_EQ(result.count("Microsoft.Authorization/locks"), 1U);
}

TEST_F(ArmCorpus, TheSharedRegistryOfAClusterIsPulledFromByItsKubelet) {
  const auto result = expand("aks-construction-shared-acr.json",
                             {.subscription = "00000000-0000-0000-0000-000000000001",
                              .resource_group = "rg",
                              .tenant = {},
                              .management_group = {},
                              .location = {}},
                             R"({"acrName": {"value": "contoso"}, "acrRg": {"value": "shared"}})");
  const Json row = result.object(0);
  EXPECT_EQ(row["properties"]["scope"],
            "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/shared/providers/"
            "Microsoft.ContainerRegistry/registries/contoso");
  EXPECT_EQ(row["properties"]["principalId"],
            "{reference('aksconstruction.managedClusters/aks-acrsample').identityProfile.kubeletidentity.objectId}");
}

}  // namespace
}  // namespace acrbiter::tests
