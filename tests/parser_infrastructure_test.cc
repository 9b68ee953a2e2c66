// What declarations of infrastructure code do to what exports show, whatever format they were read from.
#include "parser/infrastructure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "model/ascii.h"
#include "model/snapshot.h"
#include "model/snapshot_builder.h"
#include "parser/builtin_roles.h"
#include "parser/lower_directory.h"
#include "parser/lower_rbac.h"
#include "parser/lower_registry.h"

namespace acrbiter::parser {
namespace {

using Effect = Declaration::Effect;

const std::string kGroup = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/apps";
const std::string kRegistry = kGroup + "/providers/Microsoft.ContainerRegistry/registries/contoso";
const std::string kAssignments = "/providers/Microsoft.Authorization/roleAssignments/";
const std::string kAlice = "aaaaaaaa-0000-0000-0000-000000000001";
const std::string kCi = "azurerm_user_assigned_identity.ci";
const std::string kAcrPull = "7f951dda-4ed3-4680-a7ca-43fe172d538d";

/// A draft with one registry and alice's AcrPull on it, as exports show them.
class InfrastructureTest : public testing::Test {
 protected:
  InfrastructureTest() {
    add_builtin_roles(builder_);
    model::Snapshot& draft = builder_.draft();
    draft.files.resize(2);
    draft.files[0].path = "exports.json";
    draft.files[1].path = "plan.json";
    model::Registry registry;
    registry.name = "contoso";
    registry.id = kRegistry;
    registry.mode = model::PermissionMode::Legacy;
    registry.anonymous_pull_enabled = true;
    registry.repositories = {"team/app"};
    draft.registries.push_back(registry);
    model::Token token;
    token.registry = "contoso";
    token.name = "ci";
    draft.tokens.push_back(token);
    model::RoleAssignment row;
    row.name = "00000000-0000-0000-0000-000000000001";
    row.principal = builder_.principal(kAlice);
    row.role = builder_.role(kAcrPull);
    row.scope = builder_.scope(kRegistry);
    draft.role_assignments.push_back(row);
  }

  void declare(Effect effect, std::string address, std::string object, bool certain = true) {
    code_.declarations.push_back({.effect = effect,
                                  .address = std::move(address),
                                  .object = std::move(object),
                                  .certain = certain,
                                  .file = model::FileIndex{1},
                                  .pointer = "/resource_changes/0",
                                  .line = 7});
  }
  void declare_abac_mode() {
    declare(Effect::Change, "azapi_update_resource.mode",
            R"({"id":")" + kRegistry +
                R"(","name":"contoso","type":"Microsoft.ContainerRegistry/registries",
                "properties":{"roleAssignmentMode":"AbacRepositoryPermissions"}})");
  }
  void declare_assignment(const std::string& address, const std::string& scope, const std::string& principal,
                          const std::string& role, bool certain = true) {
    declare(Effect::Set, address,
            R"({"id":")" + scope + kAssignments + "{" + address +
                R"(}","type":"Microsoft.Authorization/roleAssignments","properties":{"scope":")" + scope +
                R"(","principalId":")" + principal + R"(","roleDefinitionName":")" + role + R"("}})",
            certain);
  }

  /// Two roots that make identities of one address, "alpha" and "beta", and give each a role by one address as well.
  void declare_in_two_plans(const std::string& first_role, const std::string& second_role) {
    for (const std::uint32_t file : {0U, 1U}) {
      builder_.draft().files[file].kind = "terraform-plan";
      code_.identities.push_back({.address = kCi,
                                  .object_id = {},
                                  .app_id = {},
                                  .resource_id = {},
                                  .name = file == 0 ? "alpha" : "beta",
                                  .is_new = true,
                                  .file = model::FileIndex{file}});
      declare_assignment("azurerm_role_assignment.a", kRegistry, kCi, file == 0 ? first_role : second_role);
      code_.declarations.back().file = model::FileIndex{file};
    }
  }

  model::Snapshot applied() {
    EXPECT_TRUE(apply(code_, builder_).empty());
    join_registries(builder_);
    join_directory(builder_);
    finish_rbac(builder_);
    return std::move(builder_).build();
  }

  Infrastructure code_;
  model::SnapshotBuilder builder_;
};

TEST_F(InfrastructureTest, ADeclaredAssignmentIsAddedAndKnowsWhereItIsDeclared) {
  declare_assignment("azurerm_role_assignment.ci", kRegistry, "bbbbbbbb-0000-0000-0000-000000000002", "acrpush");
  const model::Snapshot s = applied();
  ASSERT_EQ(s.role_assignments.size(), 2U);
  const model::RoleAssignment& row = s.role_assignments[1];
  EXPECT_EQ(s[row.role].name, "AcrPush");
  EXPECT_EQ(s[row.principal].id, "bbbbbbbb-0000-0000-0000-000000000002");
  EXPECT_EQ(row.condition, model::kNoCondition);
  EXPECT_EQ(row.file, model::FileIndex{1});
  const model::DeclaredObject* declared = model::declaration_of(s, model::assignment_id(s, row));
  ASSERT_NE(declared, nullptr);
  EXPECT_EQ(declared->address, "azurerm_role_assignment.ci");
  EXPECT_EQ(declared->fate, model::DeclaredObject::Fate::Set);
  EXPECT_EQ(declared->line, 7U);
  EXPECT_EQ(model::declaration_of(s, model::assignment_id(s, s.role_assignments[0])), nullptr);
}

TEST_F(InfrastructureTest, WhereNoAssignmentIsExportedThoseOfTheCodeAreNoList) {
  builder_.draft().role_assignments.clear();
  declare_assignment("azurerm_role_assignment.a", kRegistry, kAlice, "AcrPush");
  const model::Snapshot s = applied();
  ASSERT_EQ(s.role_assignments.size(), 1U);
  EXPECT_FALSE(model::shows_assignments_for(s, s.registries.at(0)));
}

TEST_F(InfrastructureTest, NoListIsThatOfARegistryWhoseSubscriptionIsOpen) {
  const std::string made =
      "/subscriptions/{subscription}/resourceGroups/made/providers/Microsoft.ContainerRegistry/registries/made";
  declare(Effect::Set, "azurerm_container_registry.made",
          R"({"id":")" + made + R"(","name":"made","type":"Microsoft.ContainerRegistry/registries","properties":{}})");
  declare_assignment("azurerm_role_assignment.a", made, kAlice, "AcrPush");
  const model::Snapshot s = applied();
  ASSERT_EQ(s.registries.size(), 2U);
  for (const model::Registry& registry : s.registries)
    EXPECT_EQ(model::shows_assignments_for(s, registry), registry.name == "contoso");
}

TEST_F(InfrastructureTest, AStateComesBeforeAPlanWhateverTheirFilesAreCalled) {
  builder_.draft().files[0].kind = "terraform-plan";
  builder_.draft().files[1].kind = "terraform-state";
  const std::string id = kRegistry + kAssignments + "00000000-0000-0000-0000-000000000001";
  const std::string object = R"({"id":")" + id +
                             R"(","type":"Microsoft.Authorization/roleAssignments","properties":{"scope":")" +
                             kRegistry + R"(","principalId":")" + kAlice + R"(","roleDefinitionName":"AcrPush"}})";
  declare(Effect::Remove, "azurerm_role_assignment.alice", object);
  code_.declarations.back().file = model::FileIndex{0};
  declare(Effect::Set, "azurerm_role_assignment.alice", object);
  EXPECT_TRUE(applied().role_assignments.empty());
}

TEST_F(InfrastructureTest, OfTheStatesOfOneHistoryTheNewestCounts) {
  builder_.draft().files[0].kind = builder_.draft().files[1].kind = "terraform-state";
  declare_assignment("azurerm_role_assignment.a", kRegistry, kAlice, "AcrPush");
  code_.states = {{.lineage = "x", .serial = 5, .file = model::FileIndex{0}},
                  {.lineage = "x", .serial = 4, .file = model::FileIndex{1}}};
  const model::Snapshot s = applied();
  EXPECT_EQ(s.role_assignments.size(), 1U);
  ASSERT_EQ(s.warnings.size(), 1U);
  EXPECT_EQ(s.warnings[0].code, "older-state");
}

TEST_F(InfrastructureTest, StatesOfSeveralHistoriesAllCount) {
  builder_.draft().files[0].kind = builder_.draft().files[1].kind = "terraform-state";
  declare_assignment("azurerm_role_assignment.a", kRegistry, kAlice, "AcrPush");
  code_.states = {{.lineage = "x", .serial = 5, .file = model::FileIndex{0}},
                  {.lineage = "y", .serial = 4, .file = model::FileIndex{1}}};
  EXPECT_EQ(applied().role_assignments.size(), 2U);
}

TEST_F(InfrastructureTest, PlansThatMakeDifferentThingsOfOneAddressAreToldApart) {
  declare_in_two_plans("AcrPull", "AcrPush");
  const model::Snapshot s = applied();
  ASSERT_EQ(s.role_assignments.size(), 3U);
  ASSERT_EQ(s.warnings.size(), 1U);
  EXPECT_EQ(s.warnings[0].where.message,
            "plans make different things of one address, 2 in all, the first: `azurerm_role_assignment.a`");
  const model::Principal& alpha = s[s.role_assignments[1].principal];
  const model::Principal& beta = s[s.role_assignments[2].principal];
  EXPECT_EQ(alpha.display_name, "alpha");
  EXPECT_EQ(beta.display_name, "beta");
  EXPECT_EQ(alpha.id, kCi + " of exports.json");
  EXPECT_EQ(alpha.aliases, std::vector<std::string>{kCi}) << "which of them is meant is not known";
  EXPECT_EQ(beta.aliases, std::vector<std::string>{kCi});
  EXPECT_EQ(s[s.role_assignments[1].role].name, "AcrPull");
  EXPECT_EQ(s[s.role_assignments[2].role].name, "AcrPush");
}

TEST_F(InfrastructureTest, EqualAssignmentsOfIdentitiesThatDifferAreTwo) {
  declare_in_two_plans("AcrPush", "AcrPush");
  const model::Snapshot s = applied();
  ASSERT_EQ(s.role_assignments.size(), 3U);
  EXPECT_NE(s.role_assignments[1].principal, s.role_assignments[2].principal);
}

TEST_F(InfrastructureTest, OnePlanGivenTwiceIsNone) {
  builder_.draft().files[0].kind = builder_.draft().files[1].kind = "terraform-plan";
  declare_assignment("azurerm_role_assignment.a", kRegistry, kAlice, "AcrPush");
  code_.declarations.back().file = model::FileIndex{0};
  declare_assignment("azurerm_role_assignment.a", kRegistry, kAlice, "AcrPush");
  EXPECT_FALSE(applied().role_assignments.empty());
}

TEST_F(InfrastructureTest, AnActiveAssignmentOfPimThatIsDeletedIsNoRowEither) {
  const auto remove = [&](const std::string& address, const std::string& role) {
    declare(Effect::Remove, address,
            R"({"id":")" + kRegistry + R"(/providers/Microsoft.Authorization/roleAssignmentScheduleInstances/{)" +
                address +
                R"(}","type":"Microsoft.Authorization/roleAssignmentScheduleInstances","properties":{"scope":")" +
                kRegistry + R"(","principalId":")" + kAlice +
                R"(","roleDefinitionId":"/providers/Microsoft.Authorization/roleDefinitions/)" + role + R"("}})");
  };
  model::RoleAssignment push = builder_.draft().role_assignments.at(0);
  push.name = "00000000-0000-0000-0000-000000000002";
  push.role = builder_.role("8311e382-0749-4cb8-b61a-304f252e45ec");
  builder_.draft().role_assignments.push_back(push);
  remove("azurerm_pim_active_role_assignment.a", kAcrPull);
  const model::Snapshot s = applied();
  ASSERT_EQ(s.role_assignments.size(), 1U);
  EXPECT_EQ(s.role_assignments[0].role, push.role);
}

TEST_F(InfrastructureTest, AnAssignmentOfTheSameIdIsReplacedAndOneThatIsRemovedIsGone) {
  const std::string id = kRegistry + kAssignments + "00000000-0000-0000-0000-000000000001";
  declare(Effect::Set, "azurerm_role_assignment.alice",
          R"({"id":")" + model::ascii_lower(id) +
              R"(","type":"Microsoft.Authorization/roleAssignments","properties":{"scope":")" + kRegistry +
              R"(","principalId":")" + kAlice + R"(","roleDefinitionName":"AcrPush"}})");
  {
    const model::Snapshot s = applied();
    ASSERT_EQ(s.role_assignments.size(), 1U);
    EXPECT_EQ(s[s.role_assignments[0].role].name, "AcrPush");
  }
}

TEST_F(InfrastructureTest, OfARemovalAfterADeclarationTheRemovalCounts) {
  const std::string id = kRegistry + kAssignments + "00000000-0000-0000-0000-000000000001";
  const std::string object = R"({"id":")" + id +
                             R"(","type":"Microsoft.Authorization/roleAssignments","properties":{"scope":")" +
                             kRegistry + R"(","principalId":")" + kAlice + R"(","roleDefinitionName":"AcrPush"}})";
  declare(Effect::Set, "azurerm_role_assignment.alice", object);
  declare(Effect::Remove, "azurerm_role_assignment.alice", object);
  const model::Snapshot s = applied();
  EXPECT_TRUE(s.role_assignments.empty());
  ASSERT_NE(model::declaration_of(s, id), nullptr);
  EXPECT_EQ(model::declaration_of(s, id)->fate, model::DeclaredObject::Fate::Removed);
}

TEST_F(InfrastructureTest, ARoleNameThatIsAmbiguousOrUnknownIsANamedUnknown) {
  declare_assignment("azurerm_role_assignment.a", kRegistry, kAlice, "No Such Role");
  const model::Snapshot s = applied();
  ASSERT_EQ(s.role_assignments.size(), 2U);
  EXPECT_TRUE(model::is_named_unknown(s[s.role_assignments[1].role].guid)) << s[s.role_assignments[1].role].guid;
}

TEST_F(InfrastructureTest, ARoleThatTheCodeDefinesIsFoundByNameWhateverTheOrder) {
  declare_assignment("azurerm_role_assignment.a", kRegistry, kAlice, "Image Cleaner");
  declare(
      Effect::Set, "azurerm_role_definition.cleaner",
      R"({"id":"/subscriptions/11111111-1111-1111-1111-111111111111/providers/Microsoft.Authorization/roleDefinitions/{azurerm_role_definition.cleaner}",
              "type":"Microsoft.Authorization/roleDefinitions","name":"{azurerm_role_definition.cleaner}",
              "properties":{"roleName":"Image Cleaner","type":"CustomRole","assignableScopes":["/"],
              "permissions":[{"actions":[],"notActions":[],"notDataActions":[],
              "dataActions":["Microsoft.ContainerRegistry/registries/repositories/content/delete"]}]}})");
  const model::Snapshot s = applied();
  ASSERT_EQ(s.role_assignments.size(), 2U);
  const model::RoleDefinition& role = s[s.role_assignments[1].role];
  EXPECT_TRUE(role.defined);
  EXPECT_EQ(role.name, "Image Cleaner");
  ASSERT_EQ(role.permissions.size(), 1U);
  EXPECT_EQ(role.permissions[0].data_actions.size(), 1U);
}

TEST_F(InfrastructureTest, WhatTheCodeSaysOfARegistryGoesBeforeWhatExportsSay) {
  declare_abac_mode();
  const model::Snapshot s = applied();
  ASSERT_EQ(s.registries.size(), 1U);
  EXPECT_EQ(s.registries[0].mode, model::PermissionMode::Abac);
  EXPECT_EQ(s.registries[0].anonymous_pull_enabled, true);
  EXPECT_EQ(s.registries[0].repositories, (std::vector<std::string>{"team/app"}));
}

TEST_F(InfrastructureTest, WhatTheCodeSaysSettlesWhatExportsContradictEachOtherIn) {
  model::Registry other;
  other.name = "contoso";
  other.id = kRegistry;
  other.mode = model::PermissionMode::Abac;
  other.anonymous_pull_enabled = false;
  builder_.draft().registries.push_back(other);
  declare_abac_mode();
  const model::Snapshot s = applied();
  ASSERT_EQ(s.registries.size(), 1U);
  EXPECT_EQ(s.registries[0].mode, model::PermissionMode::Abac);
  EXPECT_EQ(s.registries[0].anonymous_pull_enabled, std::nullopt);
  ASSERT_EQ(s.warnings.size(), 1U);
  EXPECT_EQ(s.warnings[0].code, "registry-conflict");
  EXPECT_NE(s.warnings[0].where.message.find("`anonymousPullEnabled`"), std::string::npos);
}

TEST_F(InfrastructureTest, ARemovedRegistryIsGoneWithWhatHangsBelowIt) {
  declare(Effect::Remove, "azurerm_container_registry.main",
          R"({"id":")" + kRegistry + R"(","type":"Microsoft.ContainerRegistry/registries"})");
  const model::Snapshot s = applied();
  EXPECT_TRUE(s.registries.empty());
  EXPECT_TRUE(s.tokens.empty());
}

TEST_F(InfrastructureTest, ARemovedTokenIsGoneAndItsRegistryStays) {
  declare(Effect::Remove, "azurerm_container_registry_token.ci",
          R"({"id":")" + kRegistry + R"(/tokens/CI","type":"Microsoft.ContainerRegistry/registries/tokens"})");
  const model::Snapshot s = applied();
  EXPECT_EQ(s.registries.size(), 1U);
  EXPECT_TRUE(s.tokens.empty());
}

TEST_F(InfrastructureTest, ARegistryOfAKnownNameSettlesWhereTheCodeIsDeployed) {
  const std::string open = "/subscriptions/{subscription}/resourceGroups/{azurerm_resource_group.main.name}";
  declare(Effect::Set, "azurerm_container_registry.main",
          R"({"id":")" + open +
              R"(/providers/Microsoft.ContainerRegistry/registries/Contoso","name":"Contoso",
              "type":"Microsoft.ContainerRegistry/registries","properties":{"adminUserEnabled":true}})");
  declare_assignment("azurerm_role_assignment.group", open, kAlice, "AcrPush");
  const model::Snapshot s = applied();
  ASSERT_EQ(s.registries.size(), 1U);
  EXPECT_EQ(s.registries[0].admin_user_enabled, true);
  EXPECT_EQ(s.registries[0].mode, model::PermissionMode::Legacy);
  ASSERT_EQ(s.role_assignments.size(), 2U);
  EXPECT_EQ(s[s.role_assignments[1].scope].key, model::ascii_lower(kGroup));
}

TEST_F(InfrastructureTest, SoDoesOneThatIsOnlyTheScopeOfAnAssignment) {
  declare_assignment("azurerm_role_assignment.ci",
                     "/subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/"
                     "Microsoft.ContainerRegistry/registries/CONTOSO",
                     kAlice, "AcrPush");
  const model::Snapshot s = applied();
  ASSERT_EQ(s.role_assignments.size(), 2U);
  EXPECT_EQ(s[s.role_assignments[1].scope].key, model::ascii_lower(kRegistry));
}

TEST_F(InfrastructureTest, ANewIdentityIsAskedByItsAddressAndIsInNoGroup) {
  code_.identities.push_back({.address = "azurerm_user_assigned_identity.ci",
                              .object_id = {},
                              .app_id = {},
                              .resource_id = kGroup + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ci",
                              .name = "ci",
                              .is_new = true,
                              .file = model::FileIndex{1}});
  declare_assignment("azurerm_role_assignment.ci", kRegistry, "azurerm_user_assigned_identity.ci", "AcrPush");
  const model::Snapshot s = applied();
  const model::Principal& identity = s[s.role_assignments.back().principal];
  EXPECT_EQ(identity.id, "azurerm_user_assigned_identity.ci");
  EXPECT_EQ(identity.kind, model::PrincipalKind::ServicePrincipal);
  EXPECT_TRUE(identity.groups_complete);
}

TEST_F(InfrastructureTest, AnIdentityThatExportsShowKeepsItsObjectId) {
  const std::string resource = kGroup + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ci";
  builder_.draft().principals[model::at(builder_.principal("cccccccc-0000-0000-0000-000000000003"))].resource_id =
      resource;
  code_.identities.push_back({.address = "module.ci.azurerm_user_assigned_identity.this",
                              .object_id = {},
                              .app_id = {},
                              .resource_id = model::ascii_lower(resource),
                              .name = {},
                              .is_new = true,
                              .file = model::FileIndex{1}});
  declare_assignment("azurerm_role_assignment.ci", kRegistry, "module.ci.azurerm_user_assigned_identity.this",
                     "AcrPush");
  const model::Snapshot s = applied();
  const model::Principal& identity = s[s.role_assignments.back().principal];
  EXPECT_EQ(identity.id, "cccccccc-0000-0000-0000-000000000003");
  EXPECT_FALSE(identity.groups_complete);
  EXPECT_EQ(identity.aliases, (std::vector<std::string>{"module.ci.azurerm_user_assigned_identity.this"}));
}

TEST_F(InfrastructureTest, MembersAreAddedReplacedAndRemoved) {
  const std::string group = "dddddddd-0000-0000-0000-000000000004";
  const std::string other = "dddddddd-0000-0000-0000-000000000005";
  builder_.add_membership(builder_.principal(kAlice), builder_.principal(group));
  builder_.add_membership(builder_.principal(kAlice), builder_.principal(other));
  const std::string bob = "aaaaaaaa-0000-0000-0000-000000000002";
  code_.members.push_back({.group = group, .members = {bob}, .all = true, .file = model::FileIndex{1}});
  code_.members.push_back({.group = other, .members = {kAlice}, .removed = true, .file = model::FileIndex{1}});
  const model::Snapshot s = applied();
  ASSERT_EQ(s.memberships.size(), 1U);
  EXPECT_EQ(s[s.memberships[0].member].id, bob);
  EXPECT_EQ(s[s.memberships[0].group].id, group);
  EXPECT_EQ(s.members_known[model::at(s.memberships[0].group)], model::MembersKnown::Complete);
}

TEST_F(InfrastructureTest, WhereSomebodyIsLeftOpenNobodysGroupsAreComplete) {
  builder_.draft().principals[model::at(builder_.principal(kAlice))].groups_complete = true;
  declare_assignment("azurerm_role_assignment.ci", kRegistry, "{azurerm_role_assignment.ci.principal_id}", "AcrPush");
  const model::Snapshot s = applied();
  EXPECT_FALSE(s[s.role_assignments[0].principal].groups_complete);
  EXPECT_EQ(s[s.role_assignments[1].principal].display_name, "{azurerm_role_assignment.ci.principal_id}");
}

TEST_F(InfrastructureTest, AnAssignmentThatMayNotBeDeployedHasAnOpenScope) {
  declare_assignment("registry.roleAssignments", kRegistry, kAlice, "AcrPush", false);
  const model::Snapshot s = applied();
  ASSERT_EQ(s.role_assignments.size(), 2U);
  const std::string& scope = s[s.role_assignments[1].scope].key;
  EXPECT_EQ(model::scope_covers(scope, model::ascii_lower(kRegistry)), model::Truth::Unknown) << scope;
  EXPECT_EQ(model::scope_covers(scope, model::ascii_lower(kRegistry) + "2"), model::Truth::False) << scope;
}

std::string assignment_of(const std::string& principal, const std::string& role, const std::string& scope = kRegistry) {
  return R"({"id":")" + scope + kAssignments +
         R"(00000000-0000-0000-0000-000000000001","type":"Microsoft.Authorization/roleAssignments","properties":{"scope":")" +
         scope + R"(","principalId":")" + principal + R"(","roleDefinitionName":")" + role + R"("}})";
}

TEST_F(InfrastructureTest, AnAssignmentThatMayBeReplacedIsAsOpenAsWhatMayReplaceIt) {
  declare(Effect::Set, "a", assignment_of(kAlice, "AcrPush"), false);
  const model::Snapshot s = applied();
  ASSERT_EQ(s.role_assignments.size(), 2U);
  EXPECT_EQ(s[s.role_assignments[0].role].name, "AcrPull");
  for (const model::RoleAssignment& row : s.role_assignments) {
    const std::string& scope = s[row.scope].key;
    EXPECT_EQ(model::scope_covers(scope, model::ascii_lower(kRegistry)), model::Truth::Unknown) << scope;
    ASSERT_NE(model::declaration_of(s, model::assignment_id(s, row)), nullptr);
  }
}

TEST_F(InfrastructureTest, AnAssignmentAtAManagementGroupThatMayNotBeDeployedMayCountForWhatIsBelow) {
  declare(Effect::Set, "a", assignment_of(kAlice, "AcrPush", "/providers/Microsoft.Management/managementGroups/g"),
          false);
  const model::Snapshot s = applied();
  ASSERT_EQ(s.role_assignments.size(), 2U);
  const std::string& scope = s[s.role_assignments[1].scope].key;
  EXPECT_EQ(model::scope_covers(scope, model::ascii_lower(kRegistry)), model::Truth::Unknown) << scope;
}

TEST_F(InfrastructureTest, AnAssignmentThatMayBeDeclaredAgainStays) {
  declare(Effect::Set, "a", assignment_of(kAlice, "AcrPull"), false);
  const model::Snapshot s = applied();
  ASSERT_FALSE(s.role_assignments.empty());
  EXPECT_EQ(s[s.role_assignments[0].scope].key, model::ascii_lower(kRegistry));
}

TEST_F(InfrastructureTest, OfTwoDeclarationsThatMayNotBeDeployedBothMayCount) {
  declare(Effect::Set, "settled", assignment_of(kAlice, "AcrPull"));
  declare(Effect::Set, "yes", assignment_of(kAlice, "AcrPush"), false);
  declare(Effect::Set, "no", assignment_of(kAlice, "AcrDelete"), false);
  const model::Snapshot s = applied();
  ASSERT_EQ(s.role_assignments.size(), 3U);
  const std::array roles = {"AcrPull", "AcrPush", "AcrDelete"};
  for (std::size_t i = 0; i < roles.size(); ++i) {
    EXPECT_EQ(s[s.role_assignments[i].role].name, roles[i]);
    const std::string& scope = s[s.role_assignments[i].scope].key;
    EXPECT_EQ(model::scope_covers(scope, model::ascii_lower(kRegistry)), model::Truth::Unknown) << scope;
  }
}

TEST_F(InfrastructureTest, AGroupThatLosesAMemberIsAGroupWhateverAnAssignmentCallsIt) {
  const model::PrincipalIndex group = builder_.principal("dddddddd-0000-0000-0000-000000000004");
  builder_.draft().principals[model::at(group)].kind = model::PrincipalKind::User;  // `principal_type` of an assignment
  code_.members.push_back({.group = "dddddddd-0000-0000-0000-000000000004",
                           .members = {kAlice},
                           .removed = true,
                           .file = model::FileIndex{1}});
  const model::Snapshot s = applied();
  EXPECT_EQ(s[group].kind, model::PrincipalKind::Group);
  EXPECT_EQ(s.members_known[model::at(group)], model::MembersKnown::NotGiven);
}

TEST_F(InfrastructureTest, AMemberOfAGroupThatIsNotKnownMayBeInAny) {
  const model::PrincipalIndex group = builder_.principal("dddddddd-0000-0000-0000-000000000004");
  builder_.set_members_known(group, model::MembersKnown::Complete);
  builder_.draft().principals[model::at(group)].members_are_transitive = true;
  code_.members.push_back(
      {.group = "{azuread_group_member.m.group_object_id}", .members = {kAlice}, .file = model::FileIndex{1}});
  const model::Snapshot s = applied();
  EXPECT_TRUE(s.memberships.empty()) << "she is in no group for certain";
  EXPECT_EQ(s.members_known[model::at(group)], model::MembersKnown::Partial);
  EXPECT_FALSE(s[group].members_are_transitive);
}

TEST_F(InfrastructureTest, ANestedGroupEndsAListOfAllThatAreBelow) {
  const std::string nested = "dddddddd-0000-0000-0000-000000000005";
  for (const std::string& member : {kAlice, nested}) {
    SCOPED_TRACE(member);
    const std::string name =
        member == nested ? "dddddddd-0000-0000-0000-000000000006" : "dddddddd-0000-0000-0000-000000000004";
    const model::PrincipalIndex group = builder_.principal(name);
    builder_.set_members_known(group, model::MembersKnown::Complete);
    builder_.draft().principals[model::at(group)].members_are_transitive = true;
    code_.members.push_back({.group = name, .members = {member}, .file = model::FileIndex{1}});
  }
  builder_.draft().principals[model::at(builder_.principal(nested))].kind = model::PrincipalKind::Group;
  const model::Snapshot s = applied();
  const auto transitive = [&](std::string_view id) {
    const auto found =
        std::find_if(s.principals.begin(), s.principals.end(), [&](const auto& p) { return p.id == id; });
    return found->members_are_transitive;
  };
  EXPECT_TRUE(transitive("dddddddd-0000-0000-0000-000000000004"));
  EXPECT_FALSE(transitive("dddddddd-0000-0000-0000-000000000006"));
}

// ---- which object it is, is not known -----------------------------------------------------------------------

TEST_F(InfrastructureTest, WhatUpdatesARegistryThatIsNotKnownMayUpdateAny) {
  declare(Effect::Open, "azapi_update_resource.mode",
          R"({"id":"{azapi_update_resource.mode.resource_id}","type":"Microsoft.ContainerRegistry/registries",
              "properties":{"roleAssignmentMode":"AbacRepositoryPermissions","anonymousPullEnabled":true}})");
  const model::Snapshot s = applied();
  ASSERT_EQ(s.registries.size(), 1U) << "it is none of its own";
  EXPECT_FALSE(s.registries[0].mode.has_value());
  EXPECT_EQ(s.registries[0].anonymous_pull_enabled, true) << "it is so already, whichever it updates";
  const auto warned = std::find_if(s.warnings.begin(), s.warnings.end(),
                                   [](const model::Warning& each) { return each.code == "declaration-open"; });
  ASSERT_NE(warned, s.warnings.end());
  EXPECT_EQ(warned->where.line, 7U);
  EXPECT_TRUE(s.declared.empty());
}

TEST_F(InfrastructureTest, ARegistryWhoseNameIsNotKnownMayBeOneThatFitsItsIdAndForm) {
  const std::string subscription = "/subscriptions/11111111-1111-1111-1111-111111111111";
  struct Case {
    std::string group, form;
    bool may_be;
  };
  for (const Case& each : {Case{kGroup, "", true}, Case{subscription + "/resourceGroups/{group}", "con*so", true},
                           Case{"/subscriptions/{s}/resourceGroups/{g}", "*", true}, Case{kGroup, "acr*", false},
                           Case{kGroup, "contoso*o", false}, Case{subscription + "/resourceGroups/other", "", false}}) {
    SCOPED_TRACE(each.group + ' ' + each.form);
    builder_ = model::SnapshotBuilder();
    builder_.draft().files.resize(2);
    model::Registry registry;
    registry.name = "contoso";
    registry.id = kRegistry;
    registry.mode = model::PermissionMode::Abac;
    builder_.draft().registries.push_back(registry);
    code_ = Infrastructure();
    declare(Effect::Change, "main.json: registries[0]",
            R"({"id":")" + each.group + R"(/providers/Microsoft.ContainerRegistry/registries/{name}","name":"{name}",
                "type":"Microsoft.ContainerRegistry/registries","properties":{"roleAssignmentMode":"LegacyRegistryPermissions"}})");
    code_.declarations.back().name_like = each.form;
    const model::Snapshot s = applied();
    const auto found = std::find_if(s.registries.begin(), s.registries.end(),
                                    [](const model::Registry& r) { return r.name == "contoso"; });
    ASSERT_NE(found, s.registries.end());
    EXPECT_EQ(found->mode.has_value(), !each.may_be);
  }
}

TEST_F(InfrastructureTest, AnIdThatBeginsWithAnUnknownIsThatOfTheRegistryOfItsName) {
  declare(Effect::Change, "azapi_update_resource.mode",
          R"({"id":"{azapi_update_resource.mode.parent_id}/providers/Microsoft.ContainerRegistry/registries/contoso",
              "type":"Microsoft.ContainerRegistry/registries","properties":{"roleAssignmentMode":"AbacRepositoryPermissions"}})");
  const model::Snapshot s = applied();
  ASSERT_EQ(s.registries.size(), 1U);
  EXPECT_EQ(s.registries[0].mode, model::PermissionMode::Abac);
}

TEST_F(InfrastructureTest, ATokenOrAMapThatIsNotKnownMayBeAnyOfItsRegistry) {
  model::ScopeMap map;
  map.registry = "contoso";
  map.name = "readers";
  builder_.draft().scope_maps.push_back(map);
  map.name = "_repositories_pull";
  map.system_defined = true;
  builder_.draft().scope_maps.push_back(map);
  builder_.draft().tokens[0].enabled = true;
  builder_.draft().tokens[0].scope_map_id = kRegistry + "/scopeMaps/readers";
  model::Token other;
  other.registry = "fabrikam";
  other.name = "ci";
  other.enabled = true;
  builder_.draft().tokens.push_back(other);
  for (const auto& [kind, member] : {std::pair("tokens", "status"), std::pair("scopeMaps", "actions")}) {
    declare(Effect::Open, "main.json: it",
            R"({"id":")" + kRegistry + '/' + kind + R"(/{name}","type":"Microsoft.ContainerRegistry/registries/)" +
                kind + R"("})");
    code_.declarations.back().open = {member};
  }
  const model::Snapshot s = applied();
  ASSERT_EQ(s.tokens.size(), 2U);
  EXPECT_FALSE(s.tokens[0].enabled.has_value());
  EXPECT_EQ(s.tokens[0].scope_map_id, kRegistry + "/scopeMaps/readers");
  EXPECT_EQ(s.tokens[1].enabled, true);
  ASSERT_EQ(s.scope_maps.size(), 1U);
  EXPECT_TRUE(s.scope_maps[0].system_defined) << "nobody changes those of the service";
}

TEST_F(InfrastructureTest, ARoleThatIsNotKnownMayBeAnyCustomOneOfTheExports) {
  const auto define = [&](const std::string& guid) {
    model::RoleDefinition role;
    role.guid = guid;
    role.name = guid;
    role.type = model::RoleType::Custom;
    role.defined = true;
    builder_.define_role(role);
  };
  define("cccccccc-0000-0000-0000-000000000001");
  const std::string begin = R"({"id":"/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/)";
  const std::string rest =
      R"(","type":"Microsoft.Authorization/roleDefinitions","properties":{"roleName":"r","permissions":[{"actions":["*"]}]}})";
  declare(Effect::Open, "main.json: role", begin + "{guid(subscription().id)}" + rest);
  declare(Effect::Set, "main.json: role", begin + "{guid(subscription().id)}" + rest);
  declare(Effect::Set, "main.json: other", begin + "cccccccc-0000-0000-0000-000000000002" + rest);
  model::Snapshot s = applied();
  const auto role = [&](std::string_view guid) {
    return *std::find_if(s.roles.begin(), s.roles.end(), [&](const auto& r) { return r.guid == guid; });
  };
  EXPECT_TRUE(role("cccccccc-0000-0000-0000-000000000001").open);
  EXPECT_TRUE(role("cccccccc-0000-0000-0000-000000000002").defined) << "the template declares it as another";
  EXPECT_TRUE(role("{guid(subscription().id)}").defined);
  EXPECT_TRUE(role(kAcrPull).defined);
}

// ---- deny assignments and locks -----------------------------------------------------------------------------

constexpr std::string_view kDenies = "/providers/Microsoft.Authorization/denyAssignments/";

std::string deny_at(const std::string& scope, const std::string& properties) {
  return R"({"id":")" + scope + std::string(kDenies) +
         R"(d","name":"d","type":"Microsoft.Authorization/denyAssignments",
      "properties":{"scope":")" +
         scope + R"(",)" + properties + "}}";
}
const std::string kPushes = R"("permissions":[{"actions":["Microsoft.ContainerRegistry/registries/push/write"]}])";
const std::string kToAlice = R"("principals":[{"id":")" + kAlice + R"(","type":"User"}])";

TEST_F(InfrastructureTest, ADenyAssignmentIsAddedReplacedAndRemoved) {
  model::DenyAssignment shown;
  shown.id = kRegistry + std::string(kDenies) + "D";
  shown.scope = builder_.scope(kRegistry);
  builder_.draft().deny_assignments.push_back(shown);
  declare(Effect::Set, "main.json: deny", deny_at(kRegistry, kPushes + ',' + kToAlice));
  const model::Snapshot s = applied();
  ASSERT_EQ(s.deny_assignments.size(), 1U);
  EXPECT_EQ(s[s.deny_assignments[0].principals.at(0).principal].id, kAlice);
  EXPECT_EQ(s[s.deny_assignments[0].scope].key, model::ascii_lower(kRegistry));
  EXPECT_FALSE(s.deny_assignments_given) << "one of the code is no list of all";
  EXPECT_NE(model::declaration_of(s, s.deny_assignments[0].id), nullptr);

  builder_ = model::SnapshotBuilder();
  builder_.draft().files.resize(2);
  shown.scope = builder_.scope(kRegistry);
  builder_.draft().deny_assignments.push_back(shown);
  code_ = Infrastructure();
  declare(Effect::Remove, "main.json: deny", deny_at(kRegistry, kPushes));
  EXPECT_TRUE(applied().deny_assignments.empty());
}

TEST_F(InfrastructureTest, WhatIsNotKnownOfADenyAssignmentLeavesItOpen) {
  struct Case {
    std::string scope, properties;
    bool certain = true;
    model::Truth covers = model::Truth::Unknown;
  };
  const std::string group = "/providers/Microsoft.Management/managementGroups/root";
  for (const Case& each :
       {Case{kRegistry, kPushes + ',' + kToAlice, true, model::Truth::True},
        Case{kRegistry, kPushes + ',' + kToAlice, false}, Case{kGroup, kPushes + ',' + kToAlice, false},
        Case{group, kPushes + ',' + kToAlice, false}, Case{"/", kPushes + ',' + kToAlice, false},
        Case{kRegistry, R"("permissions":"{parameters('p')}",)" + kToAlice}, Case{kRegistry, kToAlice},
        Case{kRegistry, R"("condition":"{parameters('c')}",)" + kPushes + ',' + kToAlice},
        Case{kRegistry, R"("doNotApplyToChildScopes":"{parameters('c')}",)" + kPushes + ',' + kToAlice},
        Case{kRegistry, R"("denyAssignmentEffect":"{parameters('c')}",)" + kPushes + ',' + kToAlice}}) {
    SCOPED_TRACE(each.scope + each.properties);
    builder_ = model::SnapshotBuilder();
    builder_.draft().files.resize(2);
    code_ = Infrastructure();
    declare(Effect::Set, "main.json: deny", deny_at(each.scope, each.properties), each.certain);
    const model::Snapshot s = applied();
    ASSERT_EQ(s.deny_assignments.size(), 1U);
    const model::DenyAssignment& deny = s.deny_assignments[0];
    EXPECT_EQ(model::scope_covers(s[deny.scope].key, model::ascii_lower(kRegistry)), each.covers) << s[deny.scope].key;
    EXPECT_FALSE(deny.permissions.empty());
    EXPECT_EQ(deny.condition, model::kNoCondition);
  }
}

TEST_F(InfrastructureTest, ADenyAssignmentOfSomebodyWhoIsNotKnownMayBeOfAnybody) {
  for (const std::string& principals :
       {std::string(R"("principals":"{parameters('p')}")"), std::string(R"("principals":["{parameters('p')}"])"),
        std::string(R"("principals":[{"id":"{parameters('p')}","type":"User"}])")}) {
    SCOPED_TRACE(principals);
    builder_ = model::SnapshotBuilder();
    builder_.draft().files.resize(2);
    code_ = Infrastructure();
    declare(Effect::Set, "main.json: deny",
            deny_at(kRegistry, kPushes + ',' + principals + R"(,"excludePrincipals":"{parameters('x')}")"));
    const model::Snapshot s = applied();
    ASSERT_EQ(s.deny_assignments.size(), 1U);
    const model::DenyAssignment& deny = s.deny_assignments[0];
    ASSERT_EQ(deny.principals.size(), 1U);
    EXPECT_TRUE(model::is_named_unknown(s[deny.principals[0].principal].id));
    ASSERT_EQ(deny.exclude_principals.size(), 1U);
    EXPECT_TRUE(model::is_named_unknown(s[deny.exclude_principals[0].principal].id));
    EXPECT_EQ(s[deny.scope].key, model::ascii_lower(kRegistry));
  }
}

TEST_F(InfrastructureTest, ADenyAssignmentThatMayBeReplacedIsAsOpenAsWhatMayReplaceIt) {
  model::DenyAssignment shown;
  shown.id = kRegistry + std::string(kDenies) + "d";
  shown.scope = builder_.scope(kRegistry);
  builder_.draft().deny_assignments.push_back(shown);
  declare(Effect::Set, "main.json: deny", deny_at(kRegistry, kPushes + ',' + kToAlice), false);
  const model::Snapshot s = applied();
  ASSERT_EQ(s.deny_assignments.size(), 2U);
  for (const model::DenyAssignment& deny : s.deny_assignments) {
    EXPECT_EQ(model::scope_covers(s[deny.scope].key, model::ascii_lower(kRegistry)), model::Truth::Unknown);
  }
}

TEST_F(InfrastructureTest, ALockOfUnknownLevelStopsDeletionsAndMayStopMore) {
  const std::string id = kRegistry + "/providers/Microsoft.Authorization/locks/l";
  for (const std::string& properties : {std::string("{}"), std::string(R"({"level":"{parameters('level')}"})")}) {
    SCOPED_TRACE(properties);
    builder_ = model::SnapshotBuilder();
    builder_.draft().files.resize(2);
    code_ = Infrastructure();
    declare(Effect::Set, "main.json: lock",
            R"({"id":")" + id + R"(","type":"Microsoft.Authorization/locks","properties":)" + properties + "}");
    const model::Snapshot s = applied();
    ASSERT_EQ(s.locks.size(), 2U);
    EXPECT_EQ(s.locks[0].level, "CanNotDelete");
    EXPECT_EQ(s.locks[0].scope, model::ascii_lower(kRegistry));
    EXPECT_EQ(s.locks[1].level, "ReadOnly");
    EXPECT_EQ(model::scope_covers(s.locks[1].scope, model::ascii_lower(kRegistry)), model::Truth::Unknown);
  }
}

TEST_F(InfrastructureTest, ALockThatMayNotBeMadeLeavesTheOneThatIsThere) {
  const std::string id = kRegistry + "/providers/Microsoft.Authorization/locks/l";
  builder_.draft().locks.push_back({.name = "l", .scope = model::ascii_lower(kRegistry), .level = "CanNotDelete"});
  declare(Effect::Set, "main.json: lock",
          R"({"id":")" + id + R"(","type":"Microsoft.Authorization/locks","properties":{"level":"ReadOnly"}})", false);
  const model::Snapshot s = applied();
  ASSERT_EQ(s.locks.size(), 2U);
  EXPECT_EQ(s.locks[0].level, "CanNotDelete");
  EXPECT_EQ(s.locks[1].level, "ReadOnly");
  EXPECT_EQ(model::scope_covers(s.locks[1].scope, model::ascii_lower(kRegistry)), model::Truth::Unknown);
}

TEST_F(InfrastructureTest, WhatCannotBeReadIsSaidWithItsAddress) {
  declare(
      Effect::Set, "azurerm_role_assignment.ci",
      R"({"id":")" + kRegistry + kAssignments +
          R"({a}","type":"Microsoft.Authorization/roleAssignments","properties":{"roleDefinitionName":"AcrPull"}})");
  const model::Snapshot s = applied();
  EXPECT_EQ(s.role_assignments.size(), 1U);
  const auto told = std::find_if(s.warnings.begin(), s.warnings.end(), [](const model::Warning& w) {
    return w.where.message.find("azurerm_role_assignment.ci") != std::string::npos;
  });
  ASSERT_NE(told, s.warnings.end());
  EXPECT_EQ(told->where.file, "plan.json");
  EXPECT_EQ(told->where.line, 7U);
}

}  // namespace
}  // namespace acrbiter::parser
