// Rows that say too little to be used are warned of and left out; the rest of their file is read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/time.h"
#include "parser/read.h"
#include "tests/support/read_support.h"

namespace acrbiter::tests {
namespace {

namespace fs = std::filesystem;

struct UnusableRow {
  std::string_view name, file, text, warning, part_of_message;
};

void PrintTo(const UnusableRow& row, std::ostream* out) { *out << row.name; }

class Unusable : public testing::TestWithParam<UnusableRow> {};

TEST_P(Unusable, IsWarnedOfAtItsPlace) {
  const auto snapshot = snapshot_of(GetParam().text, std::string(GetParam().file));
  const model::Warning* warning = find_warning(snapshot, GetParam().warning);
  ASSERT_NE(warning, nullptr);
  EXPECT_THAT(warning->where.message, testing::HasSubstr(std::string(GetParam().part_of_message)));
  EXPECT_TRUE(snapshot.registries.empty() && snapshot.tokens.empty() && snapshot.schedule_instances.empty());
}

constexpr UnusableRow kRows[] = {
    {"RegistryWithoutIdAndName", "registries.json", R"([{"type":"Microsoft.ContainerRegistry/registries","sku":{}}])",
     "registry-unusable", "without id and name"},
    {"TokenWithoutIdAndName", "tokens.json", R"([{"type":"Microsoft.ContainerRegistry/registries/tokens"}])",
     "child-unusable", "a token without id and name"},
    {"CacheRuleWithoutIdAndName", "rules.json", R"([{"type":"Microsoft.ContainerRegistry/registries/cacheRules"}])",
     "child-unusable", "a cache rule without id and name"},
    {"LockWithoutLevel", "locks.json",
     R"([{"id":"/subscriptions/1/providers/Microsoft.Authorization/locks/l","type":"Microsoft.Authorization/locks"}])",
     "lock-without-level", "is not shown"},
    {"LockOfNothing", "locks.json",
     R"([{"id":"/providers/Microsoft.Authorization/locks/l","type":"Microsoft.Authorization/locks","level":"ReadOnly"}])",
     "lock-unusable", "without what it locks"},
    {"ManagedIdentityWithoutPrincipal", "identities.json",
     R"([{"type":"Microsoft.ManagedIdentity/userAssignedIdentities","name":"i"}])", "directory-object-unusable",
     "without `principalId`"},
    {"DenyOfNobody", "denies.json",
     R"([{"type":"Microsoft.Authorization/denyAssignments","scope":"/subscriptions/1","principals":[],
          "permissions":[{"actions":["*"]}]}])",
     "deny-unusable", "denies nobody"},
    {"DenyOfNothing", "denies.json",
     R"([{"type":"Microsoft.Authorization/denyAssignments","scope":"/subscriptions/1","principals":[{"type":"Everyone"}],
          "permissions":[]}])",
     "deny-unusable", "denies nothing"},
    {"InstanceWithoutPrincipal", "pim.json",
     R"([{"type":"Microsoft.Authorization/roleEligibilityScheduleInstances","roleDefinitionId":"r"}])",
     "schedule-unusable", "no principal or no role"},
    {"RoleWithoutIdAndName", "roles.json", R"([{"type":"Microsoft.Authorization/roleDefinitions","permissions":[]}])",
     "role-unusable", "neither id nor name"},
    {"ManagementGroupWithoutId", "groups.json", R"([{"type":"Microsoft.Management/managementGroups","name":"g"}])",
     "hierarchy-unusable", "has no id"},
    {"ChildOfAManagementGroupWithoutId", "groups.json",
     R"({"id":"/providers/Microsoft.Management/managementGroups/g","type":"Microsoft.Management/managementGroups",
         "children":[{"name":"c"}]})",
     "hierarchy-unusable", "a child of a management group"},
    {"GroupHiddenFromTheExporter", "groups.json",
     R"({"principalId":"22222222-2222-2222-2222-222222222222",
         "memberOf":["33333333-3333-3333-3333-333333333333", ""]})",
     "hidden-members", "some groups of the principal"},
};

INSTANTIATE_TEST_SUITE_P(Rows, Unusable, testing::ValuesIn(kRows),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(ReadInstances, AMissingScopeIsTakenFromTheId) {
  const auto snapshot = snapshot_of(
      R"([{"id":"/subscriptions/1/resourceGroups/g/providers/Microsoft.Authorization/roleAssignmentScheduleInstances/i",
           "type":"Microsoft.Authorization/roleAssignmentScheduleInstances","principalId":"p","roleDefinitionId":"r"}])");
  ASSERT_EQ(snapshot.schedule_instances.size(), 1U);
  EXPECT_EQ(snapshot[snapshot.schedule_instances[0].scope].key, "/subscriptions/1/resourcegroups/g");
}

TEST(ReadHierarchy, AParentThatALaterExportTellsCompletesAnEarlierOne) {
  const auto snapshot = snapshot_of(
      R"({"managementGroups":{"platform":""},"subscriptions":{}} {"managementGroups":{"platform":"root"},"subscriptions":{}})");
  ASSERT_EQ(snapshot.hierarchy.size(), 1U);
  EXPECT_THAT(snapshot.hierarchy[0].parent, testing::EndsWith("/root"));
  EXPECT_EQ(find_warning(snapshot, "hierarchy-conflict"), nullptr);
}

TEST(ReadPermissions, OneEntryThatIsNoListIsOneEntry) {
  const auto snapshot = snapshot_of(
      R"([{"type":"Microsoft.Authorization/denyAssignments","scope":"/subscriptions/1",
           "principals":{"type":"Everyone"},"permissions":{"actions":["*/read"]}}])");
  ASSERT_EQ(snapshot.deny_assignments.size(), 1U);
  ASSERT_EQ(snapshot.deny_assignments[0].permissions.size(), 1U);
  EXPECT_THAT(snapshot.deny_assignments[0].permissions[0].actions, testing::ElementsAre("*/read"));
  ASSERT_EQ(snapshot.deny_assignments[0].principals.size(), 1U);
  EXPECT_TRUE(snapshot.deny_assignments[0].principals[0].everyone);
}

TEST(ReadObjects, DevicesAndAgentsArePrincipals) {
  const auto snapshot = snapshot_of(
      R"([{"@odata.type":"#microsoft.graph.device","id":"11111111-1111-1111-1111-111111111111"},
          {"@odata.type":"#microsoft.graph.agentIdentity","id":"22222222-2222-2222-2222-222222222222"}])");
  ASSERT_NE(find_principal(snapshot, "11111111-1111-1111-1111-111111111111"), nullptr);
  EXPECT_EQ(find_principal(snapshot, "11111111-1111-1111-1111-111111111111")->kind, model::PrincipalKind::Device);
  EXPECT_EQ(find_principal(snapshot, "22222222-2222-2222-2222-222222222222")->kind, model::PrincipalKind::Agent);
}

TEST(ReadObjects, ASecurityAttributeMayBeAnyNumber) {
  const auto snapshot = snapshot_of(
      R"([{"@odata.type":"#microsoft.graph.user","id":"11111111-1111-1111-1111-111111111111",
           "customSecurityAttributes":{"Eng":{"Load":0.25,"Level":3,"Nothing":null},"odd":1}}])");
  const auto& attributes = find_principal(snapshot, "11111111-1111-1111-1111-111111111111")->security_attributes;
  ASSERT_TRUE(attributes.has_value());
  ASSERT_EQ(attributes->size(), 2U);
  EXPECT_EQ(attributes->at("Eng_Load").values[0].text, "0.25");
  EXPECT_EQ(attributes->at("Eng_Level").values[0].text, "3");
}

TEST(ReadWorkloads, AnAppThatPullsAsItsEnvironmentNamesTheEnvironment) {
  const auto snapshot = snapshot_of(
      R"([{"id":"/subscriptions/1/resourceGroups/g/providers/Microsoft.App/containerApps/a","name":"a",
           "type":"Microsoft.App/containerApps","properties":{"managedEnvironmentId":"/environments/e",
           "configuration":{"registries":[{"server":"contoso.azurecr.io","identity":"system-environment"}]}}}])");
  ASSERT_EQ(snapshot.workloads.size(), 1U);
  EXPECT_EQ(snapshot.workloads[0].identity_resource_id, "/environments/e");
}

TEST(ReadWorkloads, FederatedCredentialsAreCountedAndGrantNothing) {
  const auto snapshot = snapshot_of(
      R"([{"type":"Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials","name":"f"}])");
  EXPECT_EQ(snapshot.files[0].counts.at("federatedCredentials"), 1U);
  EXPECT_TRUE(snapshot.principals.empty());
}

TEST(ReadErrors, APointerEscapesTildeAndSlash) {
  EXPECT_EQ(problem_of(R"({"a/b~c": {"x": 1, "x": 2}})").pointer, "/a~1b~0c/x");
}

TEST(ReadErrors, ATableWithTabsIsNamed) {
  EXPECT_THAT(problem_of("Name\tScope\nx\ty\n").message, testing::HasSubstr("a table with tabs"));
  EXPECT_THAT(problem_of("nothing known").message, testing::EndsWith("is not JSON"));
}

TEST(ReadEncodings, Utf16LettersOfTwoBytes) {
  using namespace std::string_literals;
  EXPECT_EQ(problem_of("\xFF\xFE{\0\"\0\xE9\0\"\0:\0"s + "1\0,\0\"\0\xE9\0\"\0:\0"s + "2\0}\0"s).pointer, "/\xC3\xA9");
}

TEST(ReadEncodings, GzipThatIsDamagedInItsMiddleIsAnError) {
  using namespace std::string_literals;
  const std::string reserved_block =
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s;
  EXPECT_THAT(problem_of(reserved_block).message, testing::HasSubstr("the file holds damaged gzip data"));
}

/// Every seed of the reader's fuzzer that is a list: whole or element by element, it holds the same.
TEST(ReadSeeds, StreamedListsHoldWhatWholeOnesHold) {
  std::size_t seeds = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(ACRBITER_SOURCE_DIR) / "tests/fuzz/corpus/reader")) {
    SCOPED_TRACE(entry.path().filename());
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (!text.starts_with('[') && !text.starts_with("{\"value\":[")) continue;
    parser::ReadOptions streamed = plain_options();
    streamed.whole_document_bytes = 0;
    const auto one = read_text(text);
    const auto other = read_text(text, "data.json", streamed);
    ++seeds;
    ASSERT_EQ(one.has_value(), other.has_value());
    if (!one) continue;
    EXPECT_EQ(one->role_assignments.size(), other->role_assignments.size());
    EXPECT_EQ(one->registries.size(), other->registries.size());
    EXPECT_EQ(one->principals.size(), other->principals.size());
    EXPECT_EQ(one->files[0].counts, other->files[0].counts);
  }
  EXPECT_GT(seeds, 40U);
}

}  // namespace
}  // namespace acrbiter::tests
