// Users, groups, service principals, applications, managed identities: who can be asked about, under which names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/read_export.h"

namespace acrbiter::testing {
namespace {

using model::Principal;
using model::PrincipalKind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::string_view kOne = "aaaaaaaa-0000-0000-0000-000000000001";
constexpr std::string_view kTwo = "aaaaaaaa-0000-0000-0000-000000000002";
constexpr std::string_view kApp = "bbbbbbbb-0000-0000-0000-000000000001";

TEST(DirectoryObjects, UserOfTheCliAndOfAGraphPage) {
  for (const char* text : {R"([{"businessPhones":[],"displayName":"Alice","mail":"alice@contoso.com",
                               "userPrincipalName":"alice_upn@contoso.com","id":"AAAAAAAA-0000-0000-0000-000000000001"}])",
                           R"({"@odata.context":"https://graph/$metadata#users","value":[{"displayName":"Alice",
                               "mail":"alice@contoso.com","userPrincipalName":"alice_upn@contoso.com",
                               "id":"aaaaaaaa-0000-0000-0000-000000000001"}]})"}) {
    const model::Snapshot snapshot = read_export(text);
    const Principal alice = principal(snapshot, kOne);
    EXPECT_EQ(alice.kind, PrincipalKind::User);
    EXPECT_TRUE(alice.described);
    EXPECT_FALSE(alice.orphaned);
    EXPECT_EQ(alice.display_name, "Alice");
    EXPECT_EQ(alice.user_principal_name, "alice_upn@contoso.com");
    EXPECT_THAT(alice.aliases, ElementsAre("alice@contoso.com"));
    EXPECT_EQ(alice.security_attributes, std::nullopt);
    EXPECT_EQ(counted(snapshot, "users"), 1U);
  }
}

TEST(DirectoryObjects, OldObjectsOfAadGraph) {
  const model::Snapshot snapshot = read_export(R"([
    {"odata.type":"Microsoft.DirectoryServices.User","objectType":"User","objectId":"aaaaaaaa-0000-0000-0000-000000000001",
     "userPrincipalName":"alice@contoso.com","displayName":"Alice"},
    {"odata.type":"Microsoft.DirectoryServices.ServicePrincipal","objectType":"ServicePrincipal",
     "objectId":"aaaaaaaa-0000-0000-0000-000000000002","appId":"bbbbbbbb-0000-0000-0000-000000000001","displayName":"ci",
     "servicePrincipalNames":["http://ci"]}])");
  EXPECT_EQ(principal(snapshot, kOne).kind, PrincipalKind::User);
  EXPECT_EQ(principal(snapshot, kTwo).kind, PrincipalKind::ServicePrincipal);
  EXPECT_EQ(principal(snapshot, kTwo).app_id, kApp);
}

TEST(DirectoryObjects, PowerShellNames) {
  const model::Snapshot snapshot = read_export(R"([{"AppId":"bbbbbbbb-0000-0000-0000-000000000001","DisplayName":"ci",
    "Id":"aaaaaaaa-0000-0000-0000-000000000002","ServicePrincipalName":["bbbbbbbb-0000-0000-0000-000000000001","http://ci"],
    "AlternativeName":[],"OdataType":null}])");
  EXPECT_EQ(principal(snapshot, kTwo).kind, PrincipalKind::ServicePrincipal);
  EXPECT_THAT(principal(snapshot, kTwo).aliases, ElementsAre("http://ci"));
}

TEST(DirectoryObjects, Trap6AServicePrincipalIsFoundByEveryNameItHas) {
  const model::Snapshot snapshot = read_export(R"({"value":[{"@odata.type":"#microsoft.graph.servicePrincipal",
    "id":"aaaaaaaa-0000-0000-0000-000000000002","appId":"BBBBBBBB-0000-0000-0000-000000000001","displayName":"web-identity",
    "alternativeNames":["isExplicit=True","/subscriptions/s/resourcegroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/web"],
    "servicePrincipalNames":["bbbbbbbb-0000-0000-0000-000000000001","https://identity.azure.net/x="],
    "servicePrincipalType":"ManagedIdentity"}]})");
  const Principal identity = principal(snapshot, kTwo);
  EXPECT_EQ(identity.app_id, kApp);
  EXPECT_EQ(identity.display_name, "web-identity");
  EXPECT_EQ(identity.resource_id,
            "/subscriptions/s/resourcegroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/web");
  EXPECT_THAT(identity.aliases, ElementsAre("https://identity.azure.net/x="));
}

TEST(DirectoryObjects, AnApplicationIsNoPrincipalButLeadsToOne) {
  const std::string application =
      R"([{"id":"cccccccc-0000-0000-0000-000000000001","appId":"bbbbbbbb-0000-0000-0000-000000000001",
    "displayName":"ci","identifierUris":["api://ci"],"signInAudience":"AzureADMyOrg"}])";
  const model::Snapshot alone = read_export(application);
  EXPECT_FALSE(has_principal(alone, "cccccccc-0000-0000-0000-000000000001"));
  ASSERT_THAT(alone.applications, SizeIs(1));
  EXPECT_EQ(alone.applications[0].app_id, kApp);
  const model::Snapshot joined = read_export({{"apps.json", application}, {"sps.json", R"([{"id":
    "aaaaaaaa-0000-0000-0000-000000000002","appId":"bbbbbbbb-0000-0000-0000-000000000001","displayName":"ci",
    "servicePrincipalNames":[]}])"}});
  EXPECT_EQ(principal(joined, kTwo).application_object_id, "cccccccc-0000-0000-0000-000000000001");
}

TEST(DirectoryObjects, IdAppIdAndNameAloneAreTakenAsTheFileNameSays) {
  const std::string text =
      R"([{"id":"aaaaaaaa-0000-0000-0000-000000000002","appId":"bbbbbbbb-0000-0000-0000-000000000001",
    "displayName":"ci"}])";
  const model::Snapshot unknown = read_export(text, "export.json");
  EXPECT_EQ(principal(unknown, kTwo).kind, PrincipalKind::ServicePrincipal);
  EXPECT_THAT(warning_codes(unknown), ElementsAre("application-or-principal"));
  EXPECT_THAT(warning_codes(read_export(text, "sp-list.json")), IsEmpty());
  const model::Snapshot application = read_export(text, "app-list.json");
  EXPECT_FALSE(has_principal(application, kTwo));
  EXPECT_THAT(application.applications, SizeIs(1));
}

TEST(DirectoryObjects, ManagedIdentitiesOfTheCliAndRest) {
  for (
      const char* text : {
          R"([{"id":"/subscriptions/s/resourcegroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/web",
               "name":"web","principalId":"AAAAAAAA-0000-0000-0000-000000000002","clientId":
               "BBBBBBBB-0000-0000-0000-000000000001","type":"Microsoft.ManagedIdentity/userAssignedIdentities"}])",
          R"({"value":[{"id":"/subscriptions/s/resourcegroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/web",
               "name":"web","type":"Microsoft.ManagedIdentity/userAssignedIdentities","properties":{"principalId":
               "aaaaaaaa-0000-0000-0000-000000000002","clientId":"bbbbbbbb-0000-0000-0000-000000000001"}}]})"}) {
    const model::Snapshot snapshot = read_export(text);
    const Principal identity = principal(snapshot, kTwo);
    EXPECT_EQ(identity.kind, PrincipalKind::ServicePrincipal);
    EXPECT_TRUE(identity.described);
    EXPECT_EQ(identity.display_name, "web");
    EXPECT_EQ(identity.app_id, kApp);
    EXPECT_THAT(identity.resource_id, ::testing::EndsWith("userAssignedIdentities/web"));
    EXPECT_EQ(counted(snapshot, "identities"), 1U);
  }
}

TEST(DirectoryObjects, SoftDeletedOnesAreOrphans) {
  const model::Snapshot snapshot = read_export(R"([{"id":"aaaaaaaa-0000-0000-0000-000000000001","displayName":"Gone",
    "userPrincipalName":"gone@contoso.com","deletedDateTime":"2026-01-01T00:00:00Z"}])");
  EXPECT_TRUE(principal(snapshot, kOne).orphaned);
}

// Source: azure-rbac-semantics 6 "Orphans"
TEST(DirectoryObjects, WhoIsDeletedIsSoInWhateverOrderItIsShown) {
  const parser::NamedText gone{.name = "gone.json", .text = R"([{"@odata.type":"#microsoft.graph.user","id":"u1",
    "displayName":"Gone","userPrincipalName":"gone@contoso.com","deletedDateTime":"2026-01-01T00:00:00Z"}])"};
  const parser::NamedText member{.name = "members.json",
                                 .text = R"({"groupId":"g1","value":[{"@odata.type":"#microsoft.graph.user","id":"u1",
    "displayName":"Gone"}]})"};
  for (const auto& documents : {std::vector{gone, member}, std::vector{member, gone}}) {
    const auto snapshot = parser::read_documents(documents);
    ASSERT_TRUE(snapshot);
    ASSERT_EQ(snapshot->memberships.size(), 1U);
    const model::Principal& principal = (*snapshot)[snapshot->memberships[0].member];
    EXPECT_TRUE(principal.orphaned) << documents.front().name;
    EXPECT_FALSE(principal.described) << documents.front().name;
  }
}

// Exports are of different days.
TEST(DirectoryObjects, WhoIsDeletedInOneListAndThereInAnotherMayBeEither) {
  const std::string gone = R"([{"@odata.type":"#microsoft.graph.user","id":"u1","displayName":"Gone",
    "deletedDateTime":"2026-01-01T00:00:00Z"}])";
  const std::string there = R"([{"@odata.type":"#microsoft.graph.user","id":"u1","displayName":"Gone"}])";
  for (const auto& [first, second] : {std::pair(gone, there), std::pair(there, gone)}) {
    const model::Snapshot snapshot = read_export({{"1.json", first}, {"2.json", second}});
    EXPECT_FALSE(principal(snapshot, "u1").orphaned);
    EXPECT_TRUE(principal(snapshot, "u1").unresolved);
    ASSERT_THAT(snapshot.warnings, SizeIs(1));
    EXPECT_EQ(snapshot.warnings.front().code, "principal-conflict");
    EXPECT_EQ(snapshot.warnings.front().where.message, "exports contradict each other in whether `Gone` is deleted");
  }
}

TEST(DirectoryObjects, DirectoryRolesAreNoPrincipals) {
  const model::Snapshot snapshot = read_export(R"({"value":[
    {"@odata.type":"#microsoft.graph.directoryRole","id":"aaaaaaaa-0000-0000-0000-000000000001","displayName":"Global Reader"},
    {"@odata.type":"#microsoft.graph.group","id":"aaaaaaaa-0000-0000-0000-000000000002","displayName":"devs"}]})");
  EXPECT_FALSE(has_principal(snapshot, kOne));
  EXPECT_EQ(principal(snapshot, kTwo).kind, PrincipalKind::Group);
}

TEST(DirectoryObjects, RoleAssignmentsOfPowerShellAreNone) {
  const model::Snapshot snapshot = read_export(R"([{"RoleAssignmentId":"/x","Scope":"/","DisplayName":"Alice",
    "SignInName":"alice@contoso.com","RoleDefinitionName":"Reader","RoleDefinitionId":"acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "ObjectId":"aaaaaaaa-0000-0000-0000-000000000001","ObjectType":"User"}])");
  EXPECT_EQ(counted(snapshot, "users"), 0U);
}

TEST(DirectoryObjects, OneWithoutIdIsWarnedOf) {
  const model::Snapshot snapshot = read_export(R"([{"@odata.type":"#microsoft.graph.user","id":null,"displayName":"x"},
    {"@odata.type":"#microsoft.graph.user","id":"aaaaaaaa-0000-0000-0000-000000000001","displayName":"y"}])");
  EXPECT_THAT(warning_codes(snapshot), Contains("directory-object-unusable"));
  EXPECT_EQ(counted(snapshot, "users"), 1U);
}

TEST(DirectoryObjects, PlainListOfIdsAndTypes) {
  const model::Snapshot snapshot = read_export(R"([{"id":"aaaaaaaa-0000-0000-0000-000000000001","type":"User"},
    {"id":"aaaaaaaa-0000-0000-0000-000000000002","type":"ServicePrincipal"}])");
  EXPECT_EQ(principal(snapshot, kOne).kind, PrincipalKind::User);
  EXPECT_EQ(principal(snapshot, kTwo).kind, PrincipalKind::ServicePrincipal);
}

TEST(SecurityAttributes, SetsBecomeKeys) {
  const model::Snapshot snapshot = read_export(R"json({"value":[{"id":"aaaaaaaa-0000-0000-0000-000000000001",
    "userPrincipalName":"a@contoso.com","customSecurityAttributes":{"Engineering":{
      "@odata.type":"#microsoft.graph.customSecurityAttributeValue","Project@odata.type":"#Collection(String)",
      "Project":["Baker","Cascade"],"CostCenter@odata.type":"#Int32","CostCenter":1001,"Certified":true,"Level":"gold"
}
}
}]
})json");
  const auto attributes = principal(snapshot, kOne).security_attributes;
  ASSERT_TRUE(attributes);
  ASSERT_THAT(*attributes, SizeIs(4));
  EXPECT_TRUE(attributes->at("Engineering_Project").is_list);
  ASSERT_THAT(attributes->at("Engineering_Project").values, SizeIs(2));
  EXPECT_EQ(attributes->at("Engineering_Project").values[1].text, "Cascade");
  EXPECT_EQ(attributes->at("Engineering_CostCenter").values.at(0).type, model::ValueType::Number);
  EXPECT_EQ(attributes->at("Engineering_CostCenter").values.at(0).text, "1001");
  EXPECT_EQ(attributes->at("Engineering_CostCenter").values.at(0).number, 1001);
  EXPECT_EQ(attributes->at("Engineering_Certified").values.at(0).type, model::ValueType::Boolean);
  EXPECT_TRUE(attributes->at("Engineering_Certified").values.at(0).boolean);
  EXPECT_FALSE(attributes->at("Engineering_Level").is_list);
  EXPECT_EQ(attributes->at("Engineering_Level").values.at(0).text, "gold");
}

TEST(SecurityAttributes, NullIsNotKnownAndEmptyIsNone) {
  const model::Snapshot snapshot = read_export(R"([
    {"id":"aaaaaaaa-0000-0000-0000-000000000001","userPrincipalName":"a@contoso.com","customSecurityAttributes":null},
    {"id":"aaaaaaaa-0000-0000-0000-000000000002","userPrincipalName":"b@contoso.com","customSecurityAttributes":{}}])");
  EXPECT_FALSE(principal(snapshot, kOne).security_attributes);
  ASSERT_TRUE(principal(snapshot, kTwo).security_attributes);
  EXPECT_THAT(*principal(snapshot, kTwo).security_attributes, IsEmpty());
}

}  // namespace
}  // namespace acrbiter::testing
