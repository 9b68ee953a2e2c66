#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "model/snapshot.h"
#include "model/snapshot_builder.h"

namespace acrbiter::model {
namespace {

constexpr std::string_view kSub = "/subscriptions/1111";

TEST(ScopeContains, ItselfAndBelowButNotALongerName) {
  EXPECT_TRUE(scope_contains("/a/b", "/a/b"));
  EXPECT_TRUE(scope_contains("/a/b", "/a/b/c"));
  EXPECT_FALSE(scope_contains("/a/b", "/a/bc"));
  EXPECT_FALSE(scope_contains("/a/b/c", "/a/b"));
}

TEST(ScopeContains, TheRootContainsEverythingAndNoScopeNothing) {
  EXPECT_TRUE(scope_contains("/", "/subscriptions/1111"));
  EXPECT_FALSE(scope_contains("", "/subscriptions/1111"));
  EXPECT_FALSE(scope_contains("/", ""));
}

TEST(ScopeKey, IsLowerCaseWithoutTrailingSlash) {
  EXPECT_EQ(scope_key("/Subscriptions/ABC/resourceGroups/Rg1//"), "/subscriptions/abc/resourcegroups/rg1");
  EXPECT_EQ(scope_key("/"), "/");
  EXPECT_EQ(scope_key("//"), "/");
  EXPECT_EQ(scope_key(""), "");
}

TEST(ScopeKind, TellsTheLevels) {
  EXPECT_EQ(scope_kind("/"), ScopeKind::Root);
  EXPECT_EQ(scope_kind("/providers/microsoft.management/managementgroups/x"), ScopeKind::ManagementGroup);
  EXPECT_EQ(scope_kind("/subscriptions/1"), ScopeKind::Subscription);
  EXPECT_EQ(scope_kind("/subscriptions/1/resourcegroups/g"), ScopeKind::ResourceGroup);
  EXPECT_EQ(scope_kind("/subscriptions/1/resourcegroups/g/providers/microsoft.containerregistry/registries/r"),
            ScopeKind::Resource);
  EXPECT_EQ(scope_kind("/subscriptions/1/providers/microsoft.x/y/z"), ScopeKind::Resource);
  EXPECT_EQ(scope_kind("/providers/microsoft.capacity"), ScopeKind::OtherRoot);
  EXPECT_EQ(scope_kind(""), ScopeKind::None);
}

TEST(SubscriptionOf, IsTheGuidOrNothing) {
  EXPECT_EQ(subscription_of("/subscriptions/1/resourcegroups/g"), "1");
  EXPECT_EQ(subscription_of("/subscriptions/1"), "1");
  EXPECT_EQ(subscription_of("/providers/microsoft.management/managementgroups/x"), "");
}

TEST(SnapshotBuilder, InternsWithoutLetterCase) {
  SnapshotBuilder builder;
  EXPECT_EQ(builder.principal("ABC"), builder.principal("abc"));
  const ScopeIndex scope = builder.scope("/Subscriptions/1/");
  EXPECT_EQ(builder.scope("/subscriptions/1"), scope);
  EXPECT_NE(builder.scope("/subscriptions/10"), scope);
  EXPECT_EQ(builder.draft().scopes.front().display, "/Subscriptions/1");
}

TEST(SnapshotBuilder, FindsTheRoleInEverySpellingOfItsId) {
  SnapshotBuilder builder;
  const RoleIndex role = builder.role("7f951dda-4ed3-4680-a7ca-43fe172d538d");
  for (const std::string_view id : {
           "/providers/Microsoft.Authorization/RoleDefinitions/7F951DDA-4ed3-4680-a7ca-43fe172d538d",
           "/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d/",
           "/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/"
           "7f951dda-4ed3-4680-a7ca-43fe172d538d|/subscriptions/1",
       }) {
    EXPECT_EQ(builder.role(id), role) << id;
  }
}

TEST(SnapshotBuilder, SharesEqualConditions) {
  SnapshotBuilder builder;
  EXPECT_EQ(builder.condition("", "2.0"), kNoCondition);
  EXPECT_EQ(builder.condition("a", "2.0"), builder.condition("a", "2.0"));
  EXPECT_NE(builder.condition("a", "2.0"), builder.condition("a", "1.0"));
  EXPECT_NE(builder.condition("a", "2.0"), builder.condition("A", "2.0"));
  EXPECT_NE(builder.condition(" ", ""), kNoCondition) << "blanks alone are a malformed condition";
}

RoleDefinition role_with(std::string guid, std::string action) {
  RoleDefinition role;
  role.guid = std::move(guid);
  role.permissions.push_back(
      {.actions = {std::move(action)}, .not_actions = {}, .data_actions = {}, .not_data_actions = {}});
  return role;
}

TEST(SnapshotBuilder, TheDataWinsOverTheCatalogueAndTwoDefinitionsThatDifferAreNone) {
  SnapshotBuilder builder;
  RoleDefinition bundled = role_with("r", "bundled");
  bundled.from_catalogue = true;
  EXPECT_TRUE(builder.define_role(bundled));
  EXPECT_TRUE(builder.define_role(role_with("R", "first")));
  EXPECT_FALSE(builder.define_role(role_with("r", "first")));
  ASSERT_EQ(builder.draft().roles.size(), 1U);
  EXPECT_EQ(builder.draft().roles[0].permissions[0].actions[0], "first");
  EXPECT_FALSE(builder.draft().roles[0].from_catalogue);
  EXPECT_FALSE(builder.define_role(role_with("r", "second")));
  EXPECT_FALSE(builder.define_role(bundled));
  ASSERT_EQ(builder.draft().roles.size(), 1U);
  EXPECT_FALSE(builder.draft().roles[0].defined);
}

TEST(SnapshotBuilder, ADefinitionThatLostItsConditionsNeverReplacesAWholeOne) {
  SnapshotBuilder builder;
  RoleDefinition whole = role_with("r", "whole");
  whole.from_catalogue = true;
  RoleDefinition flat = role_with("r", "flat");
  flat.conditions_lost = true;
  EXPECT_TRUE(builder.define_role(whole));
  EXPECT_FALSE(builder.define_role(flat));
  RoleDefinition other_flat = role_with("s", "flat");
  other_flat.conditions_lost = true;
  EXPECT_TRUE(builder.define_role(other_flat));
  EXPECT_TRUE(builder.define_role(role_with("s", "whole")));
  EXPECT_EQ(builder.draft().roles[0].permissions[0].actions[0], "whole");
  EXPECT_EQ(builder.draft().roles[1].permissions[0].actions[0], "whole");
}

Permission entry(std::vector<std::string> actions, std::vector<std::string> not_actions = {}) {
  return {
      .actions = std::move(actions), .not_actions = std::move(not_actions), .data_actions = {}, .not_data_actions = {}};
}

RoleDefinition role_of(std::vector<Permission> permissions, bool flat = false) {
  RoleDefinition role;
  role.guid = "r";
  role.permissions = std::move(permissions);
  role.flat = flat;
  return role;
}

/// The role that two definitions make, in either order; the order must not matter.
RoleDefinition role_made_of(const RoleDefinition& one, const RoleDefinition& other) {
  SnapshotBuilder there, back;
  there.define_role(one);
  there.define_role(other);
  back.define_role(other);
  back.define_role(one);
  const RoleDefinition& role = there.draft().roles[0];
  EXPECT_EQ(role.defined, back.draft().roles[0].defined);
  EXPECT_EQ(role.permissions.size(), back.draft().roles[0].permissions.size());
  return role;
}

TEST(SnapshotBuilder, TheOrderOfEntriesAndActionsMakesNoOtherRole) {
  EXPECT_TRUE(role_made_of(role_of({entry({"a", "b"}), entry({"c"})}), role_of({entry({"c"}), entry({"B", "a", "b"})}))
                  .defined);
  EXPECT_FALSE(role_made_of(role_of({entry({"a", "b"})}), role_of({entry({"a"}), entry({"b"})})).defined);
  EXPECT_FALSE(role_made_of(role_of({entry({"a"})}), role_of({entry({"a"}, {"a/b"})})).defined);
}

TEST(SnapshotBuilder, WhatPowerShellMergedGivesWayToTheWholeRole) {
  const RoleDefinition whole = role_of({entry({"a"}, {"x"}), entry({"b"})});
  const RoleDefinition role = role_made_of(whole, role_of({entry({"b", "a"}, {"x"})}, true));
  EXPECT_TRUE(role.defined);
  EXPECT_EQ(role.permissions.size(), 2U);
  EXPECT_FALSE(role_made_of(whole, role_of({entry({"a", "b"}, {"x"})})).defined) << "not of PowerShell";
  EXPECT_FALSE(role_made_of(whole, role_of({entry({"a", "b"})}, true)).defined) << "not what it makes of it";
}

RoleAssignment row(SnapshotBuilder& builder, std::string name, std::string_view scope,
                   ConditionIndex condition = kNoCondition, std::uint32_t listed_for = 0) {
  RoleAssignment assignment;
  assignment.name = std::move(name);
  assignment.principal = builder.principal("p");
  assignment.role = builder.role("r");
  assignment.scope = builder.scope(scope);
  assignment.condition = condition;
  assignment.listed_for = listed_for;
  return assignment;
}

TEST(SnapshotBuilder, OneAssignmentSeenInTwoFilesCountsOnceAndIsNoFault) {
  SnapshotBuilder builder;
  builder.draft().role_assignments = {row(builder, "n", kSub), row(builder, "n", kSub)};
  const Snapshot snapshot = std::move(builder).build();
  EXPECT_EQ(snapshot.role_assignments.size(), 1U);
  EXPECT_TRUE(snapshot.warnings.empty());
}

TEST(SnapshotBuilder, DuplicateTriplesAreWarnedOf) {
  SnapshotBuilder builder;
  builder.draft().role_assignments = {row(builder, "n", kSub), row(builder, "m", kSub),
                                      row(builder, "k", kSub, builder.condition("c", ""))};
  const Snapshot snapshot = std::move(builder).build();
  EXPECT_EQ(snapshot.role_assignments.size(), 2U) << "the one with a condition is another grant";
  ASSERT_EQ(snapshot.warnings.size(), 1U);
  EXPECT_EQ(snapshot.warnings[0].code, "duplicate-assignment");
}

TEST(SnapshotBuilder, AListingThatShowsConditionsCompletesOneThatCannot) {
  for (const bool shown_first : {true, false}) {
    SnapshotBuilder builder;
    const ConditionIndex condition = builder.condition("c", "2.0");
    builder.draft().role_assignments = {row(builder, "n", kSub, shown_first ? condition : kConditionNotShown),
                                        row(builder, "n", kSub, shown_first ? kConditionNotShown : condition)};
    const Snapshot snapshot = std::move(builder).build();
    ASSERT_EQ(snapshot.role_assignments.size(), 1U);
    EXPECT_EQ(snapshot.role_assignments[0].condition, condition);
  }
}

TEST(SnapshotBuilder, AManagementGroupRowIsKeptForEachSubscriptionThatListsIt) {
  SnapshotBuilder builder;
  const std::uint32_t first = builder.listed_subscription("/subscriptions/1");
  const std::uint32_t second = builder.listed_subscription("/subscriptions/2");
  EXPECT_EQ(builder.listed_subscription("/subscriptions/1"), first);
  const std::string_view group = "/providers/Microsoft.Management/managementGroups/g";
  builder.draft().role_assignments = {
      row(builder, "n", group, kNoCondition, first), row(builder, "n", group, kNoCondition, second),
      row(builder, "k", "/", kNoCondition, first), row(builder, "k", "/", kNoCondition, second)};
  const Snapshot snapshot = std::move(builder).build();
  EXPECT_EQ(snapshot.role_assignments.size(), 3U) << "the root covers everything, whoever lists it";
}

TEST(SnapshotBuilder, RowsWithoutScopeAreNeverTheSame) {
  SnapshotBuilder builder;
  builder.draft().role_assignments = {row(builder, "n", ""), row(builder, "m", "")};
  const Snapshot snapshot = std::move(builder).build();
  EXPECT_EQ(snapshot.role_assignments.size(), 2U);
  EXPECT_TRUE(snapshot.warnings.empty());
}

TEST(SnapshotBuilder, JoinsRegistriesThatTwoFilesDescribe) {
  SnapshotBuilder builder;
  Registry bare;
  bare.name = "r";
  bare.id = "/subscriptions/1/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r";
  bare.existence_only = true;
  Registry full = bare;
  full.id = "/subscriptions/1/resourcegroups/G/providers/Microsoft.ContainerRegistry/registries/R";
  full.existence_only = false;
  full.mode = PermissionMode::Abac;
  full.policies["exportPolicy"] = "enabled";
  builder.draft().registries = {bare, full};
  const Snapshot snapshot = std::move(builder).build();
  ASSERT_EQ(snapshot.registries.size(), 1U);
  EXPECT_EQ(snapshot.registries[0].mode, PermissionMode::Abac);
  EXPECT_FALSE(snapshot.registries[0].existence_only);
  EXPECT_EQ(snapshot.registries[0].policies.at("exportPolicy"), "enabled");
}

TEST(SnapshotBuilder, ARegistryWithoutResourceIdHasNoPlace) {
  SnapshotBuilder builder;
  static_cast<void>(builder.scope("/subscriptions/1/resourceGroups/g"));  // the first scope is not the registry's
  builder.draft().registries.resize(2);
  builder.draft().registries[0].name = "listed";
  builder.draft().registries[1].id = "/subscriptions/1/resourceGroups/g/providers/x/registries/known";
  const Snapshot snapshot = std::move(builder).build();
  EXPECT_EQ(snapshot[snapshot.registries[0].scope].kind, ScopeKind::None);
  EXPECT_EQ(snapshot[snapshot.registries[1].scope].key,
            "/subscriptions/1/resourcegroups/g/providers/x/registries/known");
}

TEST(SnapshotBuilder, AnUnknownModeIsNotReplacedByAKnownOne) {
  SnapshotBuilder builder;
  Registry odd;
  odd.id = "/subscriptions/1/x";
  odd.mode_text = "Quantum";
  Registry plain;
  plain.id = odd.id;
  plain.mode = PermissionMode::Legacy;
  builder.draft().registries = {odd, plain};
  const Snapshot snapshot = std::move(builder).build();
  EXPECT_FALSE(snapshot.registries[0].mode);
}

TEST(AssignmentId, IsBuiltFromTheScopeUnlessTheExportHasAnother) {
  SnapshotBuilder builder;
  RoleAssignment unusual = row(builder, "n", kSub);
  unusual.id = "/elsewhere/n";
  builder.draft().role_assignments = {row(builder, "n", "/"), row(builder, "n", kSub), row(builder, "", kSub)};
  const Snapshot snapshot = std::move(builder).build();
  EXPECT_EQ(assignment_id(snapshot, snapshot.role_assignments[0]),
            "/providers/Microsoft.Authorization/roleAssignments/n");
  EXPECT_EQ(assignment_id(snapshot, snapshot.role_assignments[1]),
            "/subscriptions/1111/providers/Microsoft.Authorization/roleAssignments/n");
  EXPECT_EQ(assignment_id(snapshot, unusual), "/elsewhere/n");
}

}  // namespace
}  // namespace acrbiter::model
