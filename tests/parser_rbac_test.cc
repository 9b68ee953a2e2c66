// Role assignments and definitions, deny assignments, PIM and management groups in all their dialects; the traps of
// such exports are named after their numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "parser/builtin_roles.h"
#include "tests/support/read_support.h"

namespace acrbiter::tests {
namespace {

constexpr std::string_view kSub = "/subscriptions/11111111-1111-1111-1111-111111111111";
constexpr std::string_view kRole = "7f951dda-4ed3-4680-a7ca-43fe172d538d";

/// A role assignment in the CLI's shape; `members` start with a comma and come first in the object's meaning.
std::string cli(std::string_view principal, std::string_view scope, std::string_view members = {}) {
  return R"({"id": ")" + (scope == "/" ? std::string() : std::string(scope)) +
         "/providers/Microsoft.Authorization/roleAssignments/" + std::string(principal) + R"(", "name": ")" +
         std::string(principal) + R"(", "principalId": ")" + std::string(principal) + R"(", "roleDefinitionId": ")" +
         std::string(kSub) + "/providers/Microsoft.Authorization/roleDefinitions/" + std::string(kRole) +
         R"(", "scope": ")" + std::string(scope) + R"(", "type": "Microsoft.Authorization/roleAssignments")" +
         std::string(members) + "}";
}

const model::RoleAssignment& only_assignment(const model::Snapshot& snapshot) {
  static const model::RoleAssignment kNone;
  EXPECT_EQ(snapshot.role_assignments.size(), 1U);
  return snapshot.role_assignments.empty() ? kNone : snapshot.role_assignments.front();
}

// ---- role assignments ---------------------------------------------------------------------------------------

TEST(RoleAssignments, Trap5_TheSameRowInThreeDialectsHasOneRole) {
  const std::string rest = R"({"properties": {"roleDefinitionId":
    "/providers/Microsoft.Authorization/RoleDefinitions/7F951DDA-4ed3-4680-a7ca-43fe172d538d",
    "principalId": "ABC", "principalType": "ServicePrincipal", "scope": "/Subscriptions/1/", "condition": "true",
    "conditionVersion": "2.0"},
    "id": "/subscriptions/1/providers/Microsoft.Authorization/roleAssignments/n", "type":
    "Microsoft.Authorization/roleAssignments", "name": "n"})";
  const std::string powershell = R"({"RoleAssignmentName": "n", "RoleAssignmentId":
    "/subscriptions/1/providers/Microsoft.Authorization/roleAssignments/n",
    "Scope": "/subscriptions/1", "DisplayName": "App", "SignInName": null, "RoleDefinitionName": "AcrPull",
    "RoleDefinitionId": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "ObjectId": "abc", "ObjectType": "ServicePrincipal", "CanDelegate": false, "Description": null,
    "ConditionVersion": "2.0", "Condition": "true"})";
  const std::string flat = R"([{"roleAssignmentId":
    "/subscriptions/1/providers/Microsoft.Authorization/roleAssignments/n",
    "properties_principalId": "abc", "properties_principalType": "ServicePrincipal", "properties_scope":
    "/subscriptions/1",
    "properties_roleDefinitionId":
    "/providers/microsoft.authorization/roledefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "properties_condition": "true", "properties_conditionVersion": "2.0"}])";
  for (const std::string& text : {rest, powershell, flat}) {
    const auto snapshot = snapshot_of(text);
    const auto& row = only_assignment(snapshot);
    EXPECT_EQ(snapshot[row.principal].id, "abc");
    EXPECT_EQ(snapshot[row.principal].kind, model::PrincipalKind::ServicePrincipal);
    EXPECT_EQ(snapshot[row.role].guid, kRole);
    EXPECT_EQ(snapshot[row.scope].key, "/subscriptions/1");
    EXPECT_EQ(row.name, "n");
    EXPECT_EQ(row.id, "") << "the usual id is not kept";
    ASSERT_NE(row.condition, model::kNoCondition);
    ASSERT_NE(row.condition, model::kConditionNotShown);
    EXPECT_EQ(snapshot[row.condition].text, "true");
    EXPECT_EQ(snapshot[row.condition].version, "2.0");
  }
}

TEST(RoleAssignments, Trap2_AnEmptyConditionIsNoneAndAMissingOneIsNotKnown) {
  const auto condition = [](std::string_view members) {
    return only_assignment(snapshot_of(cli("p", kSub, members))).condition;
  };
  EXPECT_EQ(condition(R"(, "condition": "")"), model::kNoCondition);
  EXPECT_EQ(condition(R"(, "condition": null)"), model::kNoCondition);
  EXPECT_EQ(condition(""), model::kConditionNotShown);
  EXPECT_NE(find_warning(snapshot_of(cli("p", kSub)), "condition-not-shown"), nullptr);
}

TEST(RoleAssignments, ARowThatShowsTheMemberDoesNotSpeakForARowWithoutIt) {
  const auto snapshot = snapshot_of("[" + cli("p", kSub) + "," + cli("q", kSub, R"(, "condition": "true")") + "]");
  ASSERT_EQ(snapshot.role_assignments.size(), 2U);
  EXPECT_EQ(snapshot.role_assignments[0].condition, model::kConditionNotShown) << "two exports in one file";
  EXPECT_NE(find_warning(snapshot, "condition-not-shown"), nullptr);
}

TEST(RoleAssignments, ResourceGraphLeavesOutWhatIsNull) {
  const auto snapshot = snapshot_of(R"({"data": [{"id":
    "/subscriptions/1/providers/Microsoft.Authorization/roleAssignments/n",
    "type": "microsoft.authorization/roleassignments", "properties": {"principalId": "p", "scope": "/subscriptions/1",
    "roleDefinitionId": "/providers/Microsoft.Authorization/RoleDefinitions/r"}}], "count": 1})");
  EXPECT_EQ(only_assignment(snapshot).condition, model::kNoCondition);
}

TEST(RoleAssignments, Trap3AndTrap4_RootAndManagementGroupRowsKeepWhoListedThem) {
  const std::string_view group = "/providers/Microsoft.Management/managementGroups/g";
  const auto snapshot = snapshot_of("[" + cli("p", "/") + "," + cli("q", group) + "," + cli("s", kSub) + "]");
  ASSERT_EQ(snapshot.role_assignments.size(), 3U);
  ASSERT_EQ(snapshot.listed_subscriptions, std::vector<std::string>{std::string(kSub)});
  EXPECT_EQ(snapshot.role_assignments[0].listed_for, 1U);
  EXPECT_EQ(snapshot.role_assignments[1].listed_for, 1U);
  EXPECT_EQ(snapshot.role_assignments[2].listed_for, 0U);
}

TEST(RoleAssignments, WithoutAPrefixTheOnlySubscriptionOfTheFileWasListed) {
  const auto bare = [](std::string_view scope) {
    return R"({"RoleAssignmentId": "x", "Scope": ")" + std::string(scope) + R"(", "ObjectId": "p",
    "RoleDefinitionId": ")" +
           std::string(kRole) + R"(", "Condition": null})";
  };
  const std::string group = bare("/providers/Microsoft.Management/managementGroups/g");
  const auto one = snapshot_of("[" + group + "," + bare("/subscriptions/1/resourceGroups/g") + "]");
  EXPECT_EQ(one.role_assignments[0].listed_for, 1U);
  EXPECT_EQ(one.listed_subscriptions[0], "/subscriptions/1");
  const auto two = snapshot_of("[" + group + "," + bare("/subscriptions/1") + "," + bare("/subscriptions/2") + "]");
  EXPECT_EQ(two.role_assignments[0].listed_for, 0U) << "which of the two cannot be told";
  const auto own = snapshot_of(R"([{"id": "/providers/Microsoft.Management/managementGroups/g/providers/)"
                               R"(Microsoft.Authorization/roleAssignments/n", "scope":
    "/providers/Microsoft.Management/managementGroups/g", "principalId": "p", "condition": null, "roleDefinitionId":
    "/providers/Microsoft.Authorization/roleDefinitions/r"},)" +
                               cli("s", kSub) + "]");
  EXPECT_EQ(own.role_assignments.at(0).listed_for, 0U) << "listed at the management group itself";
}

TEST(RoleAssignments, Trap6_NamesAreAliasesAndNeverRequired) {
  const auto snapshot = snapshot_of("[" + cli("a", kSub, R"(, "principalType": "User", "principalName":
    "ann@x.com")") + "," + cli("b", kSub, R"(, "principalType": "ServicePrincipal", "principalName":
    "https://app")") + "," + cli("c", kSub, R"(, "principalType": "Group", "principalName":
    "Team")") + "," + cli("d", kSub, R"(, "principalType": "ServicePrincipal", "principalName":
    "AAAAAAAA-0000-0000-0000-000000000000")") +
                                    "]");
  EXPECT_EQ(find_principal(snapshot, "a")->user_principal_name, "ann@x.com");
  EXPECT_EQ(find_principal(snapshot, "b")->aliases, std::vector<std::string>{"https://app"});
  EXPECT_EQ(find_principal(snapshot, "b")->display_name, "");
  EXPECT_EQ(find_principal(snapshot, "c")->display_name, "Team");
  EXPECT_EQ(find_principal(snapshot, "d")->app_id, "aaaaaaaa-0000-0000-0000-000000000000");
}

TEST(RoleAssignments, Trap16_ANamelessPrincipalIsDeletedOrForeignOnlyIfOthersHaveNames) {
  const std::string named = cli("a", kSub, R"(, "principalName": "ann@x.com", "principalType": "User")");
  const std::string nameless = cli("b", kSub, R"(, "principalName": "")");
  const auto rows = [&](const std::string& row) { return snapshot_of("[" + named + "," + row + "]"); };
  EXPECT_TRUE(find_principal(rows(nameless), "b")->unresolved);
  EXPECT_FALSE(find_principal(rows(nameless), "b")->orphaned) << "nobody says that it is deleted";
  EXPECT_NE(find_warning(rows(nameless), "orphaned-principal"), nullptr);
  EXPECT_FALSE(find_principal(snapshot_of("[" + nameless + "]"), "b")->unresolved) << "nobody could read the directory";
  EXPECT_FALSE(find_principal(rows(cli("b", kSub)), "b")->unresolved) << "the key is absent";
  const std::string gone = cli("b", kSub, R"(, "principalName": "", "principalType": "Unknown")");
  EXPECT_TRUE(find_principal(rows(gone), "b")->orphaned);
  EXPECT_FALSE(find_principal(rows(gone), "b")->unresolved);
  for (const std::string_view foreign :
       {R"(, "principalName": "", "principalType": "ForeignGroup")",
        R"(, "principalName": "", "delegatedManagedIdentityResourceId": "/subscriptions/2/x")"}) {
    EXPECT_FALSE(find_principal(rows(cli("b", kSub, foreign)), "b")->unresolved) << "of another tenant";
  }
}

TEST(RoleAssignments, APrincipalThatTheDataOtherwiseShowsIsThere) {
  const std::string id = "22222222-2222-2222-2222-222222222222";
  const std::string rows =
      "[" + cli("a", kSub, R"(, "principalName": "ann@x.com")") + "," + cli(id, kSub, R"(, "principalName": "")") + "]";
  const std::string shown[] = {
      R"([{"id": ")" + id + R"(", "displayName": "Bob", "userPrincipalName": "bob@x.com"}])",
      R"({"groupId": "33333333-3333-3333-3333-333333333333", "value": [{"@odata.type": "#microsoft.graph.user", "id": ")" +
          id + R"("}]})",
      R"([{"id": "/subscriptions/1/resourcegroups/g/providers/Microsoft.ContainerService/managedClusters/k",
           "name": "k", "type": "Microsoft.ContainerService/ManagedClusters",
           "identityProfile": {"kubeletidentity": {"objectId": ")" +
          id + R"(", "clientId": "c"}}}])",
      R"([{"id": "/subscriptions/1/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r/tasks/t",
           "name": "t", "type": "Microsoft.ContainerRegistry/registries/tasks",
           "identity": {"type": "SystemAssigned", "principalId": ")" +
          id + R"("}}])"};
  for (const std::string& text : shown) {
    const std::vector<parser::NamedText> documents = {{.name = "rows.json", .text = rows},
                                                      {.name = "shown.json", .text = text}};
    const auto snapshot = parser::read_documents(documents, plain_options());
    ASSERT_TRUE(snapshot);
    EXPECT_FALSE(find_principal(*snapshot, id)->orphaned || find_principal(*snapshot, id)->unresolved) << text;
    EXPECT_EQ(find_warning(*snapshot, "orphaned-principal"), nullptr) << text;
  }
}

TEST(RoleAssignments, Trap16_ARoleThatNobodyDefinesIsNamed) {
  const auto snapshot = snapshot_of(cli("p", kSub, R"(, "roleDefinitionName": "Mine")"));
  const auto* warning = find_warning(snapshot, "unknown-role");
  ASSERT_NE(warning, nullptr);
  EXPECT_NE(warning->where.message.find("Mine"), std::string::npos);
}

TEST(RoleAssignments, TheIdOfARoleThatNobodyDefinesIsNotCutBecauseItsNameIsLong) {
  const auto snapshot =
      snapshot_of(cli("p", kSub, R"(, "roleDefinitionName": "Contoso Image Promoter For All Teams")"));
  const auto* warning = find_warning(snapshot, "unknown-role");
  ASSERT_NE(warning, nullptr);
  const std::string id = snapshot[only_assignment(snapshot).role].guid;
  EXPECT_NE(warning->where.message.find("`Contoso Image Promoter For All Teams` (`" + id + "`)"), std::string::npos)
      << warning->where.message;
}

TEST(RoleAssignments, ABuiltInRoleWithoutBearingOnRegistriesIsKnownByName) {
  const auto snapshot = snapshot_of(R"({"principalId": "p", "scope": "/subscriptions/1", "condition": null,
    "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/9980e02c-c2be-4d73-94e8-173b1dc7cf3c"})");
  const auto& role = snapshot[only_assignment(snapshot).role];
  EXPECT_EQ(role.name, "Virtual Machine Contributor");
  EXPECT_TRUE(role.grants_nothing_here);
  EXPECT_EQ(find_warning(snapshot, "unknown-role"), nullptr);
}

TEST(RoleAssignments, ClassicAdministratorsAreSkippedWithANote) {
  for (const std::string_view text :
       {R"j([{"id": "NA(classic admins)", "name": "NA(classic admins)", "principalId": null, "roleDefinitionId":
    "NA(classic admin role)",
             "roleDefinitionName": "CoAdministrator", "scope": "/subscriptions/1", "principalName": "x@y.z"}])j",
        R"([{"RoleAssignmentId": null, "Scope": "/subscriptions/1", "SignInName": "x@y.z", "ObjectId": null,
             "RoleDefinitionName": "ServiceAdministrator;AccountAdministrator", "RoleDefinitionId": null,
    "ObjectType": "Microsoft.Authorization/classicAdministrators"}])"}) {
    const auto snapshot = snapshot_of(text);
    EXPECT_TRUE(snapshot.role_assignments.empty());
    EXPECT_NE(find_warning(snapshot, "classic-administrator"), nullptr);
  }
}

TEST(RoleAssignments, ARowWithoutPrincipalIsWarnedOf) {
  const auto snapshot = snapshot_of(R"([{"type": "Microsoft.Authorization/roleAssignments", "principalId": "",
    "roleDefinitionId": "r", "scope": "/"}])");
  EXPECT_TRUE(snapshot.role_assignments.empty());
  const auto* warning = find_warning(snapshot, "assignment-unusable");
  ASSERT_NE(warning, nullptr);
  EXPECT_EQ(warning->where.pointer, "/0");
  EXPECT_EQ(warning->where.line, 1U);
}

TEST(RoleAssignments, AMissingScopeIsCutFromTheId) {
  const auto snapshot = snapshot_of(R"({"id":
    "/subscriptions/1/resourceGroups/g/providers/microsoft.authorization/roleAssignments/n",
    "principalId": "p", "roleDefinitionId": "r", "condition": null})");
  EXPECT_EQ(snapshot[only_assignment(snapshot).scope].key, "/subscriptions/1/resourcegroups/g");
  const auto root = snapshot_of(R"({"id": "/providers/Microsoft.Authorization/roleAssignments/n", "principalId": "p",
    "roleDefinitionId": "r"})");
  EXPECT_EQ(root[only_assignment(root).scope].kind, model::ScopeKind::Root);
}

constexpr std::string_view kAzOps = R"({"$schema":
    "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0", "resources": [{"type": "Microsoft.Authorization/roleAssignments", "name": "n",
    "properties":
    {"DisplayName": "X", "ObjectType": "User", "PrincipalId": "P", "RoleDefinitionId":
    "/providers/Microsoft.Authorization/RoleDefinitions/R"}}]})";

TEST(RoleAssignments, AzOpsFilesHaveTheirScopeInTheirFolders) {
  const auto scope_in = [](const std::string& folders) {
    const auto snapshot = snapshot_of(kAzOps, folders + "microsoft.authorization_roleassignments-n.json");
    EXPECT_EQ(snapshot.files[0].dialect, "azops");
    return snapshot[only_assignment(snapshot).scope].key;
  };
  const std::string sub =
      "x/root/Tenant (99999999-0000-4000-8000-000000000001)/g (mg1)/s (11111111-1111-1111-1111-111111111111)/";
  EXPECT_EQ(scope_in(sub + "rg1/"), "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/rg1");
  EXPECT_EQ(scope_in(sub + ".AzState/RG1/"), "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/rg1");
  EXPECT_EQ(scope_in("root/g (mg1)/"), "/providers/microsoft.management/managementgroups/mg1");
  // A management group and a subscription look alike there, and other folders say nothing.
  for (const std::string& folders :
       {sub, sub + "rg1/more/", std::string("root/"), std::string(), std::string("g (mg1)/rg1/")}) {
    EXPECT_EQ(scope_in(folders), "{unreadable scope of n}") << folders;
  }
}

TEST(RoleAssignments, AMissingScopeMayBeAny) {
  const auto snapshot = snapshot_of(kAzOps);
  EXPECT_TRUE(model::is_named_unknown(snapshot[only_assignment(snapshot).scope].key));
  EXPECT_NE(find_warning(snapshot, "assignment-without-scope"), nullptr);
}

TEST(RoleAssignments, AMissingRoleMayBeAny) {
  const auto snapshot = snapshot_of(R"([{"type": "Microsoft.Authorization/roleAssignments", "principalId": "p",
    "roleDefinitionId": "", "scope": "/", "condition": null}])");
  EXPECT_EQ(snapshot[only_assignment(snapshot).role].guid, "{unreadable role}");
  EXPECT_NE(find_warning(snapshot, "assignment-without-role"), nullptr);
}

TEST(RoleAssignments, AScopeThatBreaksOffIsNotTheOneAboveIt) {
  const std::string sub(kSub);
  const std::vector<std::pair<std::string, std::string>> scopes = {
      {"/subscriptions", "/subscriptions/{unreadable}"},
      {"/Subscriptions/", "/subscriptions/{unreadable}"},
      {sub + "/resourceGroups", sub + "/resourcegroups/{unreadable}"},
      {sub + "/resourceGroups/g/providers", sub + "/resourcegroups/g/providers/{unreadable}"},
      {sub + "/resourceGroups/g/providers/N", sub + "/resourcegroups/g/providers/n/{unreadable}"},
      {sub + "/resourceGroups/g/providers/N/t", sub + "/resourcegroups/g/providers/n/t/{unreadable}"},
      {sub + "/resourceGroups//providers/N/t/x", sub + "/resourcegroups/{unreadable}"},
      {sub + "//resourceGroups/g", sub + "/{unreadable}"},
      {sub + "/resourceGroups/g/providers//N/t/x", sub + "/resourcegroups/g/providers/{unreadable}"},
      {"//subscriptions/1", "{unreadable scope: //subscriptions/1}"},
      {"/providers/Microsoft.Management", "/providers/microsoft.management/managementgroups/{unreadable}"},
      {"subscriptions/1", "{unreadable scope: subscriptions/1}"}};
  for (const auto& [scope, key] : scopes) {
    const auto snapshot = snapshot_of(cli("p", scope));
    EXPECT_EQ(snapshot[only_assignment(snapshot).scope].key, key);
    EXPECT_NE(find_warning(snapshot, "scope-cut-off"), nullptr) << scope;
  }
  for (const std::string& scope :
       {std::string("/"), sub, sub + "/resourceGroups/g", sub + "/providers/N/t/x/u/y",
        sub + "/resourceGroups/g/providers/N/t/x/providers/M/u/y", std::string("/providers/Microsoft.Capacity"),
        sub + "/resourceGroups/g/providers/N/registries/r/repositories/a/b"}) {
    EXPECT_EQ(find_warning(snapshot_of(cli("p", scope)), "scope-cut-off"), nullptr) << scope;
  }
}

TEST(RoleAssignments, ARowThatSaysTwoThingsIsAnError) {
  const auto row = [](std::string_view outer, std::string_view inner) {
    return R"([{"id": "/providers/Microsoft.Authorization/roleAssignments/n", "name": "n", )" + std::string(outer) +
           R"(, "properties": {"principalId": "p", "roleDefinitionId": "/x/r", "scope": "/subscriptions/1", "condition": null, )" +
           R"("description": ")" + std::string(inner) + R"("}}])";
  };
  for (const char* outer :
       {R"("scope": "/subscriptions/2")", R"("principalId": "q")", R"("roleDefinitionId": "/x/s")"}) {
    const auto problem = problem_of(row(outer, ""));
    EXPECT_NE(problem.message.find("another beside them"), std::string::npos) << problem.message;
  }
  for (const char* outer : {R"("scope": "/Subscriptions/1/")", R"("scope": "Subscription")", R"("principalId": "P")",
                            R"("roleDefinitionId": "R")", R"("condition": null)"}) {
    EXPECT_EQ(snapshot_of(row(outer, "x")).role_assignments.size(), 1U) << outer;
  }
}

TEST(RoleAssignments, AMalformedConditionIsAWarningThatNamesItsRow) {
  const auto snapshot = snapshot_of(cli("p", kSub, R"(, "condition": "@Request[x] Nonsense 'y'")"));
  const auto& row = only_assignment(snapshot);
  EXPECT_FALSE(snapshot[row.condition].parsed);
  EXPECT_FALSE(snapshot[row.condition].errors.empty());
  const auto* warning = find_warning(snapshot, "condition-malformed");
  ASSERT_NE(warning, nullptr);
  EXPECT_EQ(warning->where.file, "data.json");
  EXPECT_NE(warning->where.message.find("`p`"), std::string::npos) << warning->where.message;
}

TEST(RoleAssignments, ManyMalformedConditionsAreCounted) {
  std::string text = "[";
  for (int i = 0; i < 3'000; ++i) {
    text += (i > 0 ? "," : "") + cli("p" + std::to_string(i), kSub, R"(, "condition": "x)" + std::to_string(i) + "\"");
  }
  const auto snapshot = snapshot_of(text + "]");
  EXPECT_EQ(snapshot.conditions.size(), 3'000U);
  EXPECT_LE(snapshot.warnings.size(), 25U);
}

TEST(RoleAssignments, Trap7_ConditionsThatPowerShellEscapedAreTheSameText) {
  const auto snapshot = snapshot_of(cli("p", kSub, R"(, "condition": "@Request[a:b] StringEquals \u0027x\u0027")"));
  EXPECT_EQ(snapshot.conditions[0].text, "@Request[a:b] StringEquals 'x'");
  EXPECT_TRUE(snapshot.conditions[0].parsed);
}

TEST(RoleAssignments, AConditionThatIsNoTextIsNotTakenForNone) {
  EXPECT_EQ(problem_of(cli("p", kSub, R"(, "condition": {"a": 1})")).pointer, "/condition");
}

// ---- role definitions ---------------------------------------------------------------------------------------

TEST(RoleDefinitions, TheSameRoleInItsDialects) {
  const std::string cli_role = R"([{"id": "/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/R",
    "name": "R", "roleName": "Mine",
    "roleType": "CustomRole", "type": "Microsoft.Authorization/roleDefinitions", "description": "d",
    "assignableScopes": ["/subscriptions/1"],
    "permissions": [{"actions": ["a"], "notActions": ["b"], "dataActions": ["c"], "notDataActions": ["d"],
    "condition": null}]}])";
  const std::string rest = R"({"value": [{"id": "/providers/Microsoft.Authorization/roleDefinitions/r", "name": "r",
    "type": "Microsoft.Authorization/roleDefinitions",
    "properties": {"roleName": "Mine", "type": "CustomRole", "assignableScopes": ["/subscriptions/1"], "permissions":
    [{"actions": ["a"],
    "notActions": ["b"], "dataActions": ["c"], "notDataActions": ["d"]}]}}]})";
  const std::string powershell = R"({"Name": "Mine", "Id": "R", "IsCustom": true, "Description": "d", "Actions":
    ["a"], "NotActions": ["b"],
    "DataActions": ["c"], "NotDataActions": ["d"], "AssignableScopes": ["/subscriptions/1"], "Condition": null,
    "ConditionVersion": null})";
  for (const std::string& text : {cli_role, rest, powershell}) {
    const auto snapshot = snapshot_of(text);
    const auto* role = find_role(snapshot, "r");
    ASSERT_NE(role, nullptr) << text;
    EXPECT_EQ(role->name, "Mine");
    EXPECT_EQ(role->type, model::RoleType::Custom);
    EXPECT_TRUE(role->defined);
    EXPECT_FALSE(role->conditions_lost);
    EXPECT_EQ(role->assignable_scopes, std::vector<std::string>{"/subscriptions/1"});
    ASSERT_EQ(role->permissions.size(), 1U);
    EXPECT_EQ(role->permissions[0].actions, std::vector<std::string>{"a"});
    EXPECT_EQ(role->permissions[0].not_actions, std::vector<std::string>{"b"});
    EXPECT_EQ(role->permissions[0].data_actions, std::vector<std::string>{"c"});
    EXPECT_EQ(role->permissions[0].not_data_actions, std::vector<std::string>{"d"});
    EXPECT_EQ(role->permissions[0].condition, model::kNoCondition);
  }
}

TEST(RoleDefinitions, Trap8_EveryPermissionEntryIsKeptWithItsOwnCondition) {
  const auto snapshot = snapshot_of(R"([{"name": "r", "roleName": "R", "roleType": "CustomRole", "permissions": [
    {"actions": ["a"], "condition": null}, {"actions": ["b"], "condition": "true", "conditionVersion": "2.0"}]}])");
  const auto& role = snapshot.roles.at(0);
  ASSERT_EQ(role.permissions.size(), 2U);
  EXPECT_EQ(role.permissions[0].condition, model::kNoCondition);
  EXPECT_EQ(snapshot[role.permissions[1].condition].text, "true");
}

constexpr std::string_view kStorageContributor = "95dd08a6-00bd-4661-84bf-f6726f83a4d0";  // carries conditions

TEST(RoleDefinitions, Trap8_AFlattenedRoleKnownToCarryConditionsHasLostThem) {
  const std::string flat = R"({"Name": "Azure Container Storage Contributor", "Id":
    ")" + std::string(kStorageContributor) +
                           R"(", "IsCustom": false, "Actions": ["*"], "NotActions": [], "AssignableScopes": ["/"],
    "Condition": null})";
  const auto snapshot = snapshot_of(flat);
  ASSERT_NE(find_warning(snapshot, "role-conditions-lost"), nullptr);
  EXPECT_TRUE(find_role(snapshot, kStorageContributor)->conditions_lost);
  const auto with_catalogue = snapshot_of(flat, "data.json", parser::ReadOptions{});
  EXPECT_TRUE(find_role(with_catalogue, kStorageContributor)->from_catalogue) << "the catalogue still has them";
  EXPECT_FALSE(find_role(with_catalogue, kStorageContributor)->conditions_lost);
}

TEST(RoleDefinitions, AnApiThatCannotShowConditionsLosesThemToo) {
  const std::string old_api = R"([{"name": ")" + std::string(kStorageContributor) +
                              R"(", "roleName": "X", "roleType": "BuiltInRole", "permissions": [{"actions": ["a"]}, {
    "actions": ["b"]}]}])";
  EXPECT_TRUE(find_role(snapshot_of(old_api), kStorageContributor)->conditions_lost);
}

TEST(RoleDefinitions, TwoDifferentDefinitionsCountAsNone) {
  const auto role = [](std::string_view action) {
    return R"({"name": "r", "roleName": "R", "roleType": "CustomRole", "permissions": [{"actions":
    [")" + std::string(action) +
           R"("], "condition": null}]})";
  };
  const auto snapshot = snapshot_of("[" + role("a") + "," + role("b") + "]");
  EXPECT_FALSE(snapshot.roles.at(0).defined);
  EXPECT_TRUE(snapshot.roles.at(0).permissions.empty());
  EXPECT_NE(find_warning(snapshot, "role-defined-twice"), nullptr);
  EXPECT_FALSE(snapshot_of("[" + role("a") + "," + role("b") + "," + role("a") + "]").roles.at(0).defined);
  EXPECT_EQ(find_warning(snapshot_of("[" + role("a") + "," + role("a") + "]"), "role-defined-twice"), nullptr);
}

TEST(RoleDefinitions, OneThatDoesNotShowItsTypeIsCustomUnlessItIsKnownOrAssignableEverywhere) {
  const auto type_of = [](std::string_view guid, std::string_view scopes) {
    const auto snapshot = snapshot_of(R"([{"name": ")" + std::string(guid) + R"(", "roleName": "R",
      "permissions": [{"dataActions": ["*"], "condition": null}], "assignableScopes": [)" +
                                      std::string(scopes) + "]}]");
    return snapshot.roles.at(0).type;
  };
  EXPECT_EQ(type_of("r", ""), model::RoleType::Custom);
  EXPECT_EQ(type_of("r", R"("/subscriptions/1")"), model::RoleType::Custom);
  EXPECT_EQ(type_of("r", R"("/")"), model::RoleType::BuiltIn);
}

TEST(RoleDefinitions, BlanksAndSlashesAtTheEndsOfActionsStayAndAreWarnedOf) {
  const auto snapshot = snapshot_of(R"([{"name": "r", "roleName": "R", "roleType": "CustomRole", "permissions": [{
    "actions": ["a/read "], "condition": null}]}])");
  EXPECT_EQ(snapshot.roles.at(0).permissions[0].actions[0], "a/read ");
  EXPECT_NE(find_warning(snapshot, "action-spelling"), nullptr);
}

TEST(RoleDefinitions, AnInputFileForACustomRoleHasNoId) {
  const auto snapshot = snapshot_of(R"({"Name": "Mine", "assignableScopes": ["/subscriptions/1"], "permissions": [{
    "actions": ["a"], "notActions": []}], "roleType": "CustomRole"})");
  ASSERT_EQ(snapshot.roles.size(), 1U);
  EXPECT_EQ(snapshot.roles[0].guid, "");
  EXPECT_NE(find_warning(snapshot, "role-unusable"), nullptr);
}

TEST(BuiltInRoles, AreAllThereAndTheDataWins) {
  const auto bundled = snapshot_of("[]", "data.json", parser::ReadOptions{});
  EXPECT_EQ(bundled.roles.size(), 58U);
  const auto* pull = find_role(bundled, kRole);
  ASSERT_NE(pull, nullptr);
  EXPECT_EQ(pull->name, "AcrPull");
  EXPECT_TRUE(pull->defined);
  EXPECT_TRUE(pull->from_catalogue);
  EXPECT_EQ(pull->permissions.at(0).actions.at(0), "Microsoft.ContainerRegistry/registries/pull/read");
  EXPECT_FALSE(parser::builtin_roles_date().empty());
  EXPECT_TRUE(parser::carries_conditions(kStorageContributor));
  EXPECT_FALSE(parser::carries_conditions(kRole));
  for (const auto& condition : bundled.conditions) EXPECT_TRUE(condition.parsed) << condition.text;

  const auto own = snapshot_of(R"([{"name": "7f951dda-4ed3-4680-a7ca-43fe172d538d", "roleName": "AcrPull",
    "roleType": "BuiltInRole",
    "permissions": [{"actions": ["x"], "condition": null}]}])",
                               "data.json", parser::ReadOptions{});
  EXPECT_EQ(find_role(own, kRole)->permissions[0].actions[0], "x");
  EXPECT_FALSE(find_role(own, kRole)->from_catalogue);
  EXPECT_EQ(find_warning(own, "role-defined-twice"), nullptr);
}

// ---- deny assignments ---------------------------------------------------------------------------------------

TEST(DenyAssignments, InRestAndPowerShell) {
  const std::string rest = R"({"value": [{"id":
    "/subscriptions/1/providers/Microsoft.Authorization/denyAssignments/n", "name": "n",
    "type": "Microsoft.Authorization/denyAssignments", "properties": {"denyAssignmentName": "D", "description": "d",
    "scope": "/subscriptions/1",
    "permissions": [{"actions": ["*"], "notActions": ["*/read"], "condition": "true", "conditionVersion": "2.0"}],
    "doNotApplyToChildScopes": true,
    "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
    "excludePrincipals": [{"id": "P", "type": "User"}], "isSystemProtected": true}}]})";
  const std::string powershell = R"({"Id": "/subscriptions/1/providers/Microsoft.Authorization/denyAssignments/n",
    "DenyAssignmentName": "D", "Description": "d",
    "Actions": ["*"], "NotActions": ["*/read"], "DataActions": [], "NotDataActions": [], "Scope": "/subscriptions/1",
    "DoNotApplyToChildScopes": true,
    "Principals": [{"DisplayName": "All Principals", "ObjectType": "SystemDefined", "ObjectId":
    "00000000-0000-0000-0000-000000000000"}],
    "ExcludePrincipals": [{"DisplayName": "Ann", "ObjectType": "User", "ObjectId": "p"}], "IsSystemProtected": true,
    "Condition": "true", "ConditionVersion": "2.0"})";
  for (const std::string& text : {rest, powershell}) {
    const auto snapshot = snapshot_of(text);
    ASSERT_EQ(snapshot.deny_assignments.size(), 1U);
    EXPECT_TRUE(snapshot.deny_assignments_given);
    const auto& deny = snapshot.deny_assignments[0];
    EXPECT_EQ(deny.name, "D");
    EXPECT_EQ(snapshot[deny.scope].key, "/subscriptions/1");
    EXPECT_EQ(deny.permissions.at(0).not_actions, std::vector<std::string>{"*/read"});
    ASSERT_NE(deny.permissions.at(0).condition, model::kNoCondition);
    EXPECT_TRUE(deny.principals.at(0).everyone);
    EXPECT_EQ(snapshot[deny.exclude_principals.at(0).principal].id, "p");
    EXPECT_FALSE(deny.exclude_principals.at(0).everyone);
    EXPECT_TRUE(deny.do_not_apply_to_child_scopes);
    EXPECT_TRUE(deny.system_protected);
    EXPECT_EQ(deny.effect, model::DenyEffect::Enforced);
  }
}

TEST(DenyAssignments, EffectsOtherThanEnforced) {
  const auto effect = [](std::string_view word) {
    return snapshot_of(R"([{"denyAssignmentName": "D", "scope": "/", "permissions": [], "principals": [{"id": "p",
    "type": "User"}], "excludePrincipals": [], "denyAssignmentEffect": ")" +
                       std::string(word) + R"("}])");
  };
  EXPECT_EQ(effect("Audit").deny_assignments.at(0).effect, model::DenyEffect::Audit);
  EXPECT_EQ(effect("enforced").deny_assignments.at(0).effect, model::DenyEffect::Enforced);
  EXPECT_EQ(effect("maybe").deny_assignments.at(0).effect, model::DenyEffect::Unknown);
  EXPECT_EQ(effect("maybe").deny_assignments.at(0).effect_text, "maybe");
  EXPECT_NE(find_warning(effect("maybe"), "unknown-deny-effect"), nullptr);
}

// ---- PIM ----------------------------------------------------------------------------------------------------

/// A custom role's definition and one row of it.
std::string custom_role_at(std::string_view assignable, std::string_view scope, std::string_view data_actions = "") {
  std::string row = cli("p1", scope);
  const std::string role = "99999999-0000-0000-0000-000000000001";
  row.replace(row.find(kRole), kRole.size(), role);
  return R"([{"roleName": "Puller", "roleType": "CustomRole", "name": ")" + role +
         R"(", "id": "/providers/Microsoft.Authorization/roleDefinitions/)" + role +
         R"(", "type": "Microsoft.Authorization/roleDefinitions", "assignableScopes": [)" + std::string(assignable) +
         R"(], "permissions": [{"actions": ["Microsoft.ContainerRegistry/registries/pull/read"], "notActions": [],
         "dataActions": [)" +
         std::string(data_actions) + R"(], "notDataActions": []}]}, )" + row + "]";
}

// Source: azure-rbac-semantics 11 and 16
TEST(RoleDefinitions, ARoleThatIsAssignedOutsideItsAssignableScopesIsReportedAndCounts) {
  const std::string group = std::string(kSub) + "/resourceGroups/rg";
  const std::string other = "/subscriptions/22222222-2222-2222-2222-222222222222";
  const std::string management = "/providers/Microsoft.Management/managementGroups/platform";
  const auto list = [](const std::string& scope) { return '"' + scope + '"'; };
  const auto is_warned = [](const std::string& text) {
    const auto snapshot = snapshot_of(text);
    EXPECT_EQ(snapshot.role_assignments.size(), 1U) << text;
    return find_warning(snapshot, "outside-assignable-scopes") != nullptr;
  };
  EXPECT_TRUE(is_warned(custom_role_at(list(other), group)));
  EXPECT_TRUE(is_warned(custom_role_at(list(other), kSub)));
  EXPECT_TRUE(is_warned(custom_role_at(list(group), kSub))) << "above what it may be assigned at";
  EXPECT_TRUE(is_warned(custom_role_at(list(group), group + "2")));
  EXPECT_FALSE(is_warned(custom_role_at(list(std::string(kSub)), group)));
  EXPECT_FALSE(is_warned(
      custom_role_at(list(other) + ", " + list("/SUBSCRIPTIONS" + std::string(kSub.substr(14)) + "/"), group)));
  EXPECT_FALSE(is_warned(custom_role_at(list(management), group))) << "what is below the group is not known here";
  EXPECT_FALSE(is_warned(custom_role_at("", group)));
}

// Source: acr-authorization C.6
TEST(RoleDefinitions, ACustomRoleWithDataActionsAtAManagementGroupIsReported) {
  const std::string management = "/providers/Microsoft.Management/managementGroups/platform";
  const std::string reads = R"("Microsoft.ContainerRegistry/registries/repositories/content/read")";
  const auto is_warned = [](const std::string& text) {
    return find_warning(snapshot_of(text), "data-actions-at-management-group") != nullptr;
  };
  EXPECT_TRUE(is_warned(custom_role_at('"' + management + '"', management, reads)));
  EXPECT_FALSE(is_warned(custom_role_at('"' + management + '"', management)));
  EXPECT_FALSE(is_warned(custom_role_at('"' + management + '"', kSub, reads)));
}

TEST(Pim, EligibleAndActiveInstances) {
  const auto snapshot = snapshot_of(R"({"value": [
    {"type": "Microsoft.Authorization/roleEligibilityScheduleInstances", "id":
    "/subscriptions/1/providers/Microsoft.Authorization/roleEligibilityScheduleInstances/a",
     "properties": {"principalId": "P", "roleDefinitionId": "/x/r", "scope": "/subscriptions/1", "status":
    "Provisioned", "memberType": "Group",
     "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": null, "condition": null}},
    {"type": "Microsoft.Authorization/RoleAssignmentScheduleInstances", "id": "b", "properties": {"principalId": "p",
    "roleDefinitionId": "/x/r",
     "scope": "/subscriptions/1", "assignmentType": "Activated", "originRoleAssignmentId": "/Subscriptions/1/X",
    "startDateTime": "2026-01-01T00:00:00Z",
     "endDateTime": "2026-01-02T00:00:00Z"}}]})");
  ASSERT_EQ(snapshot.schedule_instances.size(), 2U);
  EXPECT_TRUE(snapshot.schedule_instances[0].eligible);
  EXPECT_FALSE(snapshot.schedule_instances[0].end);
  EXPECT_EQ(snapshot.schedule_instances[0].member_type, "Group");
  EXPECT_FALSE(snapshot.schedule_instances[1].eligible);
  EXPECT_EQ(snapshot.schedule_instances[1].assignment_type, "Activated");
  EXPECT_EQ(snapshot.schedule_instances[1].origin_role_assignment_id, "/subscriptions/1/x");
  EXPECT_TRUE(snapshot.schedule_instances[1].end);
  EXPECT_TRUE(snapshot.role_assignments.empty()) << "an instance is no assignment";
}

TEST(Pim, ADateThatCannotBeReadIsAnError) {
  for (const std::string member : {"startDateTime", "endDateTime"}) {
    EXPECT_FALSE(read_text(R"([{"roleAssignmentScheduleId": "s", "principalId": "p", "roleDefinitionId": "/x/r",
      "scope": "/", ")" + member +
                           R"(": "tomorrow"}])"))
        << "the assignment of the ordinary list would count as permanent";
  }
}

TEST(Pim, Trap15_DirectoryRolesAreNotAzureRoles) {
  const auto snapshot = snapshot_of(R"({"@odata.context":
    "https://graph.microsoft.com/v1.0/$metadata#roleManagement/directory/roleAssignments",
    "value": [{"id": "x", "principalId": "p", "roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10",
    "directoryScopeId": "/"}]})");
  EXPECT_TRUE(snapshot.role_assignments.empty());
  EXPECT_EQ(snapshot.files[0].kind, "entra-directory-roles");
  EXPECT_NE(find_warning(snapshot, "not-read-here")->where.help.find("not Azure roles"), std::string::npos);
}

// ---- management groups --------------------------------------------------------------------------------------

std::vector<std::string> edges(std::string_view text) {
  std::vector<std::string> result;
  const auto snapshot = snapshot_of(text);
  for (const auto& edge : snapshot.hierarchy) {
    const auto name = [](const std::string& key) { return key.substr(key.rfind('/') + 1); };
    result.push_back(name(edge.child) + "<" + name(edge.parent));
  }
  std::sort(result.begin(), result.end());
  return result;
}

TEST(ManagementGroups, ATreeInEveryExport) {
  const std::vector<std::string> expected = {"99999999-0000-4000-8000-000000000001<",
                                             "child<99999999-0000-4000-8000-000000000001", "s1<child"};
  EXPECT_EQ(
      edges(
          R"({"id": "/providers/Microsoft.Management/managementGroups/99999999-0000-4000-8000-000000000001", "name": "99999999-0000-4000-8000-000000000001", "displayName": "R",
    "type": "Microsoft.Management/managementGroups", "details": {"parent": null}, "children": [{"id":
    "/providers/Microsoft.Management/managementGroups/Child",
    "type": "Microsoft.Management/managementGroups", "children": [{"id": "/subscriptions/S1", "type":
    "/subscriptions", "children": null}]}]})"),
      expected)
      << "show --expand --recurse";
  EXPECT_EQ(
      edges(R"([{"id": "/providers/Microsoft.Management/managementGroups/99999999-0000-4000-8000-000000000001", "type":
    "/providers/Microsoft.Management/managementGroups", "parent": {"id": null}, "parentNameChain": []},
    {"id": "/providers/Microsoft.Management/managementGroups/Child", "type":
    "/providers/Microsoft.Management/managementGroups", "parent": {"id":
    "/providers/Microsoft.Management/managementGroups/99999999-0000-4000-8000-000000000001"}, "parentNameChain": ["99999999-0000-4000-8000-000000000001"]},
    {"id": "/subscriptions/S1", "type": "/subscriptions", "parent": {"id":
    "/providers/Microsoft.Management/managementGroups/Child"}, "parentNameChain": ["99999999-0000-4000-8000-000000000001", "Child"]}])"),
      expected)
      << "entities list";
  EXPECT_EQ(edges(R"({"data": [{"id": "/subscriptions/S1", "type": "microsoft.resources/subscriptions", "properties":
    {"managementGroupAncestorsChain":
    [{"name": "Child", "displayName": "C"}, {"name": "99999999-0000-4000-8000-000000000001", "displayName": "R"}]}}]})"),
            expected)
      << "Resource Graph";
  EXPECT_EQ(
      edges(
          R"({"managementGroups": {"99999999-0000-4000-8000-000000000001": null, "Child": "99999999-0000-4000-8000-000000000001"}, "subscriptions": {"S1":
    "Child"}})"),
      expected)
      << "plain tree";
  EXPECT_EQ(
      edges(R"({"Id": "/providers/Microsoft.Management/managementGroups/99999999-0000-4000-8000-000000000001", "Type":
    "/providers/Microsoft.Management/managementGroups", "Name": "99999999-0000-4000-8000-000000000001",
    "ParentId": null, "Children": [{"Type": "Microsoft.Management/managementGroups", "Id":
    "/providers/Microsoft.Management/managementGroups/Child",
    "Name": "Child", "Children": [{"Type": "/subscriptions", "Id": "/subscriptions/S1", "Name": "s",
    "Children": null}]}]})"),
      expected)
      << "Get-AzManagementGroup -Expand -Recurse";
}

TEST(ManagementGroups, AGroupWithoutParentIsTheRootOnlyByTheNameOfItsTenant) {
  EXPECT_EQ(edges(R"({"managementGroups": {"Platform": null, "Child": "Platform"}})"),
            (std::vector<std::string>{"child<platform"}));
  const std::string root = "99999999-0000-4000-8000-000000000001";
  EXPECT_EQ(edges(R"({"managementGroups": {")" + root + R"(": null}})"), (std::vector<std::string>{root + "<"}));
  EXPECT_EQ(edges(R"({"id": "/providers/Microsoft.Management/managementGroups/Child", "name": "Child",
    "type": "Microsoft.Management/managementGroups", "tenantId": ")" +
                  root + R"(", "details": {"parent": {"id":
    "/providers/Microsoft.Management/managementGroups/)" +
                  root + R"("}}, "children": []})"),
            (std::vector<std::string>{root + "<", "child<" + root}))
      << "the root is known by its name where only what is below it is shown";
  const model::Snapshot contested = snapshot_of(R"({"managementGroups": {")" + root + R"(": null}}
    {"managementGroups": {")" + root + R"(": "above"}})");
  EXPECT_NE(find_warning(contested, "hierarchy-conflict"), nullptr);
}

TEST(ManagementGroups, OneOfTwoParentsIsContestedAndOneSeenTwiceIsNoConflict) {
  const std::string first = R"({"managementGroups": {"a": "b"}})";
  EXPECT_EQ(find_warning(snapshot_of(first + first), "hierarchy-conflict"), nullptr);
  EXPECT_EQ(snapshot_of(first + first).hierarchy.size(), 1U);
  const auto snapshot = snapshot_of(first + R"({"managementGroups": {"A": "c"}})");
  EXPECT_NE(find_warning(snapshot, "hierarchy-conflict"), nullptr);
  ASSERT_EQ(snapshot.hierarchy.size(), 2U);
  EXPECT_TRUE(snapshot.hierarchy[0].contested && snapshot.hierarchy[1].contested);
}

TEST(ManagementGroups, ACircleIsContestedAndWhatHangsBelowItIsNot) {
  const auto snapshot = snapshot_of(R"({"managementGroups": {"a": "b", "b": "a", "c": "a"}})");
  EXPECT_NE(find_warning(snapshot, "hierarchy-conflict"), nullptr);
  for (const auto& edge : snapshot.hierarchy) EXPECT_EQ(edge.contested, !edge.child.ends_with("/c")) << edge.child;
}

TEST(ManagementGroups, WhatAnotherExportDoesNotListBelowItsGroupIsContested) {
  const std::string with = R"({"id": "/providers/Microsoft.Management/managementGroups/g", "name": "g",
    "type": "Microsoft.Management/managementGroups", "children": [{"id": "/subscriptions/s", "type": "/subscriptions"}]})";
  const auto shown = [&](const std::string& children) {
    return snapshot_of(with + R"({"id": "/providers/Microsoft.Management/managementGroups/g", "name": "g",
      "type": "Microsoft.Management/managementGroups", "children": )" +
                       children + "}");
  };
  const auto contested = shown("[]");
  EXPECT_NE(find_warning(contested, "hierarchy-conflict"), nullptr);
  ASSERT_EQ(contested.hierarchy.size(), 1U);
  EXPECT_TRUE(contested.hierarchy[0].contested);
  for (const char* same : {"null", R"([{"id": "/subscriptions/S", "type": "/subscriptions"}])"}) {
    const auto agreed = shown(same);
    EXPECT_EQ(find_warning(agreed, "hierarchy-conflict"), nullptr) << same;
    EXPECT_FALSE(agreed.hierarchy.at(0).contested) << same;
  }
}

}  // namespace
}  // namespace acrbiter::tests
