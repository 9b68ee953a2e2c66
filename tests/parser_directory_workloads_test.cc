// Which identity pulls for a cluster or an app. The wrong one of two identities answers for somebody else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/read_export.h"

namespace acrbiter::testing {
namespace {

using model::Workload;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::string_view kKubelet = "aaaaaaaa-0000-0000-0000-000000000001";
constexpr std::string_view kControlPlane = "aaaaaaaa-0000-0000-0000-000000000002";
constexpr std::string_view kClusterId =
    "/subscriptions/s/resourcegroups/r/providers/Microsoft.ContainerService/managedClusters/prod";

std::string cluster(std::string_view properties) {
  return R"([{"id":")" + std::string(kClusterId) +
         R"(","name":"prod","type":"Microsoft.ContainerService/ManagedClusters",
    "identity":{"type":"SystemAssigned","principalId":"aaaaaaaa-0000-0000-0000-000000000002"},)" +
         std::string(properties) + "}]";
}

TEST(Clusters, Trap11TheKubeletPullsNotTheCluster) {
  const std::string profile =
      R"("identityProfile":{"kubeletidentity":{"objectId":"AAAAAAAA-0000-0000-0000-000000000001",
    "clientId":"bbbbbbbb-0000-0000-0000-000000000001","resourceId":"/subscriptions/s/resourcegroups/MC/providers/Microsoft.ManagedIdentity/userAssignedIdentities/prod-agentpool"}},
    "servicePrincipalProfile":{"clientId":"msi"})";
  for (const std::string& text : {cluster(profile), cluster(R"("properties":{)" + profile + "}")}) {
    const model::Snapshot snapshot = read_export(text);
    ASSERT_THAT(snapshot.workloads, SizeIs(1));
    EXPECT_EQ(snapshot.workloads[0].kind, "aks");
    EXPECT_EQ(snapshot.workloads[0].principal_id, kKubelet);
    EXPECT_EQ(snapshot.workloads[0].control_plane_principal_id, kControlPlane);
    const model::Principal kubelet = principal(snapshot, kKubelet);
    EXPECT_THAT(kubelet.aliases, ElementsAre("prod-agentpool", "prod", std::string(kClusterId)));
    EXPECT_EQ(kubelet.app_id, "bbbbbbbb-0000-0000-0000-000000000001");
    EXPECT_THAT(principal(snapshot, kControlPlane).aliases, Not(Contains("prod")));
    EXPECT_EQ(counted(snapshot, "clusters"), 1U);
  }
}

TEST(Clusters, AServicePrincipalIsFoundByItsClientId) {
  const std::string text = cluster(R"("servicePrincipalProfile":{"clientId":"BBBBBBBB-0000-0000-0000-000000000007"})");
  const model::Snapshot alone = read_export(text);
  EXPECT_EQ(alone.workloads.at(0).principal_id, "");
  EXPECT_THAT(warning_codes(alone), ElementsAre("workload-without-principal"));
  EXPECT_THAT(warning_texts(alone), HasSubstr("bbbbbbbb-0000-0000-0000-000000000007"));
  const model::Snapshot joined =
      read_export({{"aks.json", text}, {"sps.json", R"([{"id":"aaaaaaaa-0000-0000-0000-000000000007","appId":
        "bbbbbbbb-0000-0000-0000-000000000007","displayName":"aks-sp","servicePrincipalNames":[]}])"}});
  EXPECT_EQ(joined.workloads.at(0).principal_id, "aaaaaaaa-0000-0000-0000-000000000007");
  EXPECT_THAT(principal(joined, "aaaaaaaa-0000-0000-0000-000000000007").aliases, Contains("prod"));
  EXPECT_THAT(warning_codes(joined), IsEmpty());
}

std::string container_app(std::string_view identity, std::string_view registries) {
  return R"({"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.App/containerapps/shop","name":"shop",
    "type":"Microsoft.App/containerApps","identity":)" +
         std::string(identity) + R"(,"properties":{
    "managedEnvironmentId":"/env","configuration":{"registries":)" +
         std::string(registries) + R"(},
    "template":{"containers":[{"image":"contoso.azurecr.io/shop/web:1","name":"web"}]}}})";
}

TEST(ContainerApps, SystemMeansTheAppsOwnIdentity) {
  const model::Snapshot snapshot =
      read_export("[" +
                  container_app(R"({"type":"SystemAssigned","principalId":"aaaaaaaa-0000-0000-0000-000000000003"})",
                                R"([{"server":"contoso.azurecr.io","identity":"system","username":""}])") +
                  "]");
  ASSERT_THAT(snapshot.workloads, SizeIs(1));
  EXPECT_EQ(snapshot.workloads[0].kind, "container-app");
  EXPECT_EQ(snapshot.workloads[0].principal_id, "aaaaaaaa-0000-0000-0000-000000000003");
  EXPECT_THAT(snapshot.workloads[0].servers, ElementsAre("contoso.azurecr.io"));
  EXPECT_THAT(snapshot.workloads[0].images, ElementsAre("contoso.azurecr.io/shop/web:1"));
  EXPECT_THAT(principal(snapshot, "aaaaaaaa-0000-0000-0000-000000000003").aliases, Contains("shop"));
}

TEST(ContainerApps, OneAppAloneIsNoTemplate) {
  const model::Snapshot snapshot = read_export(
      container_app(R"({"type":"None"})", R"([{"server":"contoso.azurecr.io","identity":"","username":"contoso"}])"));
  ASSERT_THAT(snapshot.workloads, SizeIs(1));
  EXPECT_EQ(snapshot.workloads[0].principal_id, "");
  EXPECT_THAT(warning_codes(snapshot), IsEmpty()) << "it pulls with a password, not with an identity";
}

TEST(ContainerApps, AUserAssignedIdentityIsFoundWhateverTheCase) {
  const model::Snapshot snapshot = read_export(
      "[" +
      container_app(
          R"({"type":"UserAssigned","userAssignedIdentities":{"/subscriptions/s/resourcegroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi":
        {"principalId":"aaaaaaaa-0000-0000-0000-000000000004","clientId":"bbbbbbbb-0000-0000-0000-000000000004"}}})",
          R"([{"server":"contoso.azurecr.io","identity":"/subscriptions/s/resourceGroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi"}])") +
      "]");
  EXPECT_EQ(snapshot.workloads.at(0).principal_id, "aaaaaaaa-0000-0000-0000-000000000004");
  EXPECT_THAT(principal(snapshot, "aaaaaaaa-0000-0000-0000-000000000004").aliases, Contains("mi"));
}

constexpr const char* kIdentityMi = R"([{"id":
    "/subscriptions/s/resourcegroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi","name":"mi",
    "principalId":"aaaaaaaa-0000-0000-0000-000000000004","clientId":"bbbbbbbb-0000-0000-0000-000000000004",
    "type":"Microsoft.ManagedIdentity/userAssignedIdentities"}])";

TEST(ContainerApps, AnIdentityOfAnotherFile) {
  const std::string registries =
      R"([{"server":"contoso.azurecr.io","identity":"/subscriptions/s/resourceGroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi"}])";
  const std::string app =
      "[" +
      container_app(
          R"({"type":"UserAssigned","userAssignedIdentities":{"/subscriptions/s/resourceGroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi":{}}})",
          registries) +
      "]";
  const model::Snapshot joined = read_export({{"app.json", app}, {"mi.json", kIdentityMi}});
  EXPECT_EQ(joined.workloads.at(0).principal_id, "aaaaaaaa-0000-0000-0000-000000000004");
  EXPECT_THAT(warning_codes(read_export(app)), ElementsAre("workload-without-principal"));

  // One that the app does not have is not its own, whatever other files know of it.
  const std::string without = "[" + container_app(R"({"type":"None"})", registries) + "]";
  const model::Snapshot not_attached = read_export({{"app.json", without}, {"mi.json", kIdentityMi}});
  EXPECT_EQ(not_attached.workloads.at(0).principal_id, "");
  EXPECT_THAT(warning_codes(not_attached), ElementsAre("workload-identity-not-attached"));
}

TEST(ContainerApps, EachIdentityIsAWorkload) {
  const model::Snapshot snapshot = read_export(
      "[" +
      container_app(
          R"({"type":"SystemAssigned, UserAssigned","principalId":"aaaaaaaa-0000-0000-0000-000000000003","userAssignedIdentities":{"/mi":{"principalId":"aaaaaaaa-0000-0000-0000-000000000004","clientId":"b"}}})",
          R"([{"server":"a.azurecr.io","identity":"system"},{"server":"b.azurecr.io","identity":"/mi"},{"server":"c.azurecr.io","identity":"system"}])") +
      "]");
  ASSERT_THAT(snapshot.workloads, SizeIs(2));
  EXPECT_EQ(snapshot.workloads[0].principal_id, "aaaaaaaa-0000-0000-0000-000000000004");
  EXPECT_THAT(snapshot.workloads[0].servers, ElementsAre("b.azurecr.io"));
  EXPECT_EQ(snapshot.workloads[1].principal_id, "aaaaaaaa-0000-0000-0000-000000000003");
  EXPECT_THAT(snapshot.workloads[1].servers, ElementsAre("a.azurecr.io", "c.azurecr.io"));
}

TEST(ContainerApps, ManyUnknownIdentitiesAreWarnedOfInFew) {
  std::string registries = "[";
  for (int i = 0; i < 500; ++i) {
    registries +=
        (i == 0 ? "" : ",") + std::string(R"({"server":"a.azurecr.io","identity":"/mi/)") + std::to_string(i) + R"("})";
  }
  const model::Snapshot snapshot = read_export("[" + container_app(R"({"type":"None"})", registries + "]") + "]");
  EXPECT_THAT(snapshot.workloads, SizeIs(500));
  EXPECT_THAT(snapshot.warnings, SizeIs(21));
  EXPECT_THAT(warning_texts(snapshot), HasSubstr("480 more"));
}

constexpr std::string_view kSiteId = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Web/sites/web";

std::string site(std::string_view members) {
  return R"([{"id":")" + std::string(kSiteId) +
         R"(","name":"web","type":"Microsoft.Web/sites","kind":"app,linux,container",
    "identity":{"type":"SystemAssigned","principalId":"aaaaaaaa-0000-0000-0000-000000000005","userAssignedIdentities":{
    "/mi":{"principalId":"aaaaaaaa-0000-0000-0000-000000000006","clientId":"bbbbbbbb-0000-0000-0000-000000000006"}}},)" +
         std::string(members) + "}]";
}
std::string site_config(std::string_view members) {
  return R"({"id":")" + std::string(kSiteId) + R"(/config/web","name":"web","type":"Microsoft.Web/sites/config",)" +
         std::string(members) + "}";
}

TEST(AppService, Trap11TheSettingIsAClientIdNotAnObjectId) {
  const model::Snapshot snapshot = read_export(site(R"("siteConfig":{"acrUseManagedIdentityCreds":true,
    "acrUserManagedIdentityID":"BBBBBBBB-0000-0000-0000-000000000006","linuxFxVersion":"DOCKER|contoso.azurecr.io/web:2"})"));
  ASSERT_THAT(snapshot.workloads, SizeIs(1));
  EXPECT_EQ(snapshot.workloads[0].principal_id, "aaaaaaaa-0000-0000-0000-000000000006");
  EXPECT_THAT(snapshot.workloads[0].images, ElementsAre("contoso.azurecr.io/web:2"));
  EXPECT_THAT(snapshot.workloads[0].servers, ElementsAre("contoso.azurecr.io"));
  EXPECT_FALSE(has_principal(snapshot, "bbbbbbbb-0000-0000-0000-000000000006"));
}

TEST(AppService, WithoutAClientIdItIsTheSitesOwn) {
  const model::Snapshot snapshot =
      read_export(site(R"("siteConfig":{"acrUseManagedIdentityCreds":true,"acrUserManagedIdentityID":null})"));
  EXPECT_EQ(snapshot.workloads.at(0).principal_id, "aaaaaaaa-0000-0000-0000-000000000005");
}

TEST(AppService, ShowAndConfigShowAreOneSite) {
  const std::string show = site(R"("siteConfig":{"acrUseManagedIdentityCreds":null,"linuxFxVersion":""})");
  for (const char* members : {R"("acrUseManagedIdentityCreds":true,"acrUserManagedIdentityID":"")",
                              R"("properties":{"acrUseManagedIdentityCreds":true,"acrUserManagedIdentityID":null})"}) {
    for (const bool config_first : {false, true}) {
      const model::Snapshot snapshot = read_export(
          {{config_first ? "2.json" : "1.json", show}, {config_first ? "1.json" : "2.json", site_config(members)}});
      ASSERT_THAT(snapshot.workloads, SizeIs(1));
      EXPECT_EQ(snapshot.workloads[0].principal_id, "aaaaaaaa-0000-0000-0000-000000000005");
      EXPECT_EQ(snapshot.workloads[0].name, "web");
    }
  }
}

TEST(AppService, PasswordsAreNoIdentity) {
  const model::Snapshot snapshot =
      read_export(site_config(R"("acrUseManagedIdentityCreds":false,"acrUserManagedIdentityID":null)"));
  EXPECT_EQ(snapshot.workloads.at(0).principal_id, "");
  EXPECT_THAT(warning_codes(snapshot), IsEmpty());
}

TEST(AppService, TheIdentityOfAConfigurationAloneMayBeUnknown) {
  const model::Snapshot snapshot =
      read_export(site_config(R"("acrUseManagedIdentityCreds":true,"acrUserManagedIdentityID":null)"));
  EXPECT_EQ(snapshot.workloads.at(0).principal_id, "");
  EXPECT_THAT(warning_codes(snapshot), ElementsAre("workload-without-principal"));
}

}  // namespace
}  // namespace acrbiter::testing
