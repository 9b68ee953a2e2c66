// Every file of the shared corpus gives the counts that its EXPECTED.json states. The corpus lies beside the checkout
// (../shared) or where ACRBITER_SHARED says; without it these tests are skipped.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/snapshot.h"
#include "parser/read.h"
#include "tests/support/read_support.h"

namespace acrbiter::tests {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

fs::path corpus() {
  const char* shared = std::getenv("ACRBITER_SHARED");
  return (shared != nullptr ? fs::path(shared) : fs::path(ACRBITER_SOURCE_DIR) / ".." / "shared") / "corpus";
}

std::map<std::string, Json> expectations() {
  std::map<std::string, Json> result;
  std::ifstream in(corpus() / "EXPECTED.json");
  if (!in) return result;
  const Json all = Json::parse(in);
  for (const auto& [file, entry] : all.items()) result.emplace(file, entry);
  return result;
}

struct Case {
  std::string file;
  std::string format;
  Json expected;
};

std::vector<Case> cases() {
  std::vector<Case> result;
  for (auto& [file, entry] : expectations()) {
    if (file.starts_with("terraform/")) continue;  // tests/parser_terraform_test.cc
    result.push_back({.file = file, .format = entry.at("format"), .expected = entry.at("expected")});
  }
  return result;
}

std::string level_of(model::ScopeKind kind) {
  switch (kind) {
    case model::ScopeKind::Root:
      return "root";
    case model::ScopeKind::ManagementGroup:
      return "managementGroup";
    case model::ScopeKind::Subscription:
      return "subscription";
    case model::ScopeKind::ResourceGroup:
      return "resourceGroup";
    case model::ScopeKind::Resource:
      return "resource";
    case model::ScopeKind::OtherRoot:
      return "otherRoot";
    case model::ScopeKind::None:
      return "none";
  }
  return {};
}

std::string kind_of(model::PrincipalKind kind) {
  switch (kind) {
    case model::PrincipalKind::User:
      return "User";
    case model::PrincipalKind::Group:
      return "Group";
    case model::PrincipalKind::ServicePrincipal:
      return "ServicePrincipal";
    case model::PrincipalKind::ForeignGroup:
      return "ForeignGroup";
    case model::PrincipalKind::Device:
      return "Device";
    case model::PrincipalKind::Agent:
      return "Agent";
    case model::PrincipalKind::Unknown:
      return "Unknown";
  }
  return {};
}

bool names_registries(const std::vector<std::string>& actions) {
  return std::any_of(actions.begin(), actions.end(),
                     [](const std::string& a) { return a.find("Microsoft.ContainerRegistry/") == 0; });
}

/// What a snapshot of one file holds, in the words of EXPECTED.json.
Json found_in(const model::Snapshot& s) {
  Json found;
  std::map<std::string, int> types, levels, roles, versions;
  std::set<model::PrincipalIndex> principals;
  std::set<model::RoleIndex> role_ids;
  int conditions = 0;
  for (const model::RoleAssignment& row : s.role_assignments) {
    ++types[kind_of(s[row.principal].kind)];
    ++levels[model::is_named_unknown(s[row.scope].key) ? "none" : level_of(s[row.scope].kind)];
    ++roles[s[row.role].name];
    principals.insert(row.principal);
    role_ids.insert(row.role);
    if (row.condition == model::kNoCondition || row.condition == model::kConditionNotShown) continue;
    ++conditions;
    ++versions[s[row.condition].version];
  }
  found["roleAssignments"] = s.role_assignments.size();
  found["withCondition"] = conditions;
  found["principalTypes"] = types;
  found["scopeLevels"] = levels;
  found["distinctPrincipals"] = principals.size();
  found["distinctRoleGuids"] = role_ids.size();
  found["conditionVersions"] = versions;
  found["byRole"] = roles;

  int data = 0, condition = 0, several = 0, naming = 0, built_in = 0, custom = 0, defined = 0;
  for (const model::RoleDefinition& role : s.roles) {
    if (!role.defined || role.from_catalogue) continue;
    ++defined;
    if (role.permissions.size() > 1) ++several;
    const auto any = [&](auto test) { return std::any_of(role.permissions.begin(), role.permissions.end(), test); };
    if (any([](const model::Permission& p) { return !p.data_actions.empty(); })) ++data;
    if (any([](const model::Permission& p) { return p.condition != model::kNoCondition; })) ++condition;
    if (any([](const model::Permission& p) {
          return names_registries(p.actions) || names_registries(p.not_actions) || names_registries(p.data_actions) ||
                 names_registries(p.not_data_actions);
        })) {
      ++naming;
    }
    if (role.guid.empty()) continue;  // an input file is no role yet
    if (role.type == model::RoleType::BuiltIn) ++built_in;
    if (role.type == model::RoleType::Custom) ++custom;
  }
  found["roleDefinitions"] = defined;
  found["builtIn"] = built_in;
  found["custom"] = custom;
  found["withDataActions"] = data;
  found["withPermissionCondition"] = condition;
  found["withSeveralPermissionBlocks"] = several;
  found["namingContainerRegistry"] = naming;

  int system_protected = 0, denied = 0, excluded = 0, not_below = 0;
  for (const model::DenyAssignment& deny : s.deny_assignments) {
    system_protected += deny.system_protected ? 1 : 0;
    denied += static_cast<int>(deny.principals.size());
    excluded += static_cast<int>(deny.exclude_principals.size());
    not_below += deny.do_not_apply_to_child_scopes ? 1 : 0;
  }
  found["denyAssignments"] = s.deny_assignments.size();
  found["systemProtected"] = system_protected;
  found["principals"] = denied;
  found["excludePrincipals"] = excluded;
  found["doNotApplyToChildScopes"] = not_below;

  std::map<std::string, int> modes;
  int admin = 0, anonymous = 0, closed = 0, without_rules = 0;
  for (const model::Registry& registry : s.registries) {
    ++modes[!registry.mode                                    ? "None"
            : *registry.mode == model::PermissionMode::Legacy ? "LegacyRegistryPermissions"
                                                              : "AbacRepositoryPermissions"];
    admin += registry.admin_user_enabled.value_or(false) ? 1 : 0;
    anonymous += registry.anonymous_pull_enabled.value_or(false) ? 1 : 0;
    closed += registry.public_network_access == "Disabled" ? 1 : 0;
    without_rules += registry.network_rule_set ? 0 : 1;
  }
  found["registries"] = s.registries.size();
  found["modes"] = modes;
  found["adminEnabled"] = admin;
  found["anonymousPull"] = anonymous;
  found["publicDisabled"] = closed;
  found["withoutNetworkRuleSet"] = without_rules;
  found["tokens"] = s.tokens.size();
  found["scopeMaps"] = s.scope_maps.size();
  found["tasks"] = s.tasks.size();
  found["cacheRules"] = s.cache_rules.size();
  found["credential-sets"] = s.credential_sets.size();
  found["connected-registries"] = s.connected_registries.size();

  std::map<std::string, int> members, assignment_types, status;
  int with_end = 0;
  int with_condition = 0;
  for (const model::ScheduleInstance& instance : s.schedule_instances) {
    ++members[instance.member_type];
    if (!instance.assignment_type.empty()) ++assignment_types[instance.assignment_type];
    ++status[instance.status];
    with_end += instance.end ? 1 : 0;
    with_condition += instance.condition == model::kNoCondition ? 0 : 1;
  }
  found["entries"] = s.schedule_instances.size();
  found["memberTypes"] = members;
  found["assignmentTypes"] = assignment_types;
  found["status"] = status;
  found["withEnd"] = with_end;

  int groups = 0;
  for (const auto& [what, n] : s.files.front().counts) {
    // The rest of what templates hold and declare is looked at in parser_arm_corpus_test.cc.
    if (what == "changes" || what == "templates") found[what] = n;
    if (what == "managementGroups") groups = static_cast<int>(n);
    if (what == "resources") found["rows"] = n;
    if (what == "clusters" || what == "containerApps" || what == "identities") found[what] = n;
    if (what == "users" || what == "groups" || what == "servicePrincipals" || what == "objectIds") found["objects"] = n;
  }
  found["managementGroupsMentioned"] = groups;
  const auto& counts = s.files.front().counts;
  if (counts.contains("managementGroups") && counts.contains("subscriptions")) {
    found["mg-descendants"] = counts.at("managementGroups") + counts.at("subscriptions");
  }
  found["nextLink"] = s.files.front().incomplete;
  found["skipToken"] = s.files.front().incomplete;
  if (!s.schedule_instances.empty()) {
    found["withCondition"] = with_condition;
    std::map<std::string, int> kinds;
    for (const model::ScheduleInstance& instance : s.schedule_instances) ++kinds[kind_of(s[instance.principal].kind)];
    found["principalTypes"] = kinds;
  }
  return found;
}

class Corpus : public testing::TestWithParam<Case> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Corpus);

TEST_P(Corpus, GivesTheExpectedCounts) {
  const Case& c = GetParam();
  const std::vector<std::string> paths = {(corpus() / c.file).string()};
  parser::ReadOptions options;
  options.with_builtin_roles = false;
  const auto snapshot = parser::read_exports(paths, options);
  ASSERT_TRUE(snapshot) << snapshot.error().front().message;
  ASSERT_EQ(snapshot->files.size(), 1U);

  static const std::map<std::string, std::string> kNotRead = {{"pulumi/", "pulumi-stack"},
                                                              {"logs/", "acr-logs"},
                                                              {"azurehound/", "azurehound"},
                                                              {"decoys/", "entra-directory-roles"}};
  for (const auto& [prefix, kind] : kNotRead) {
    if (c.file.compare(0, prefix.size(), prefix) != 0) continue;
    EXPECT_EQ(snapshot->files[0].kind, kind);
    EXPECT_FALSE(snapshot->files[0].read);
    EXPECT_NE(find_warning(*snapshot, "not-read-here"), nullptr);
    EXPECT_TRUE(snapshot->role_assignments.empty());
    EXPECT_TRUE(snapshot->registries.empty());
    EXPECT_TRUE(snapshot->schedule_instances.empty());
    return;
  }
  EXPECT_TRUE(snapshot->files[0].read);
  const Json found = found_in(*snapshot);
  int compared = 0;
  for (const auto& [what, value] : c.expected.items()) {
    // Details of kinds that other tests look into, and names of roles that the file itself does not give.
    if (what == "byRole" || !found.contains(what) || value.type() != found.at(what).type()) {
      if (!value.is_number() || !found.contains(what)) continue;
    }
    // One object that holds three groups.
    const bool wrapped = what == "objects" && c.file == "identities/graph-groups-sanitized.json";
    // One row that says itself that it is of eighteen.
    const bool shortened = what == "skipToken" && c.file == "resource-graph/rest-resources-storage.json";
    EXPECT_EQ(found.at(what), wrapped ? Json(3) : shortened ? Json(true) : value) << what;
    ++compared;
  }
  const bool counts_something =
      compared > 0 || c.format == "rest-registry-credentials" || c.format == "rest-webapp-config";
  EXPECT_TRUE(counts_something) << "nothing of the expectation was compared";
}

INSTANTIATE_TEST_SUITE_P(Files, Corpus, testing::ValuesIn(cases()), [](const auto& each) {
  std::string name = each.param.file;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(CorpusAsAWhole, IsThereOrSaysSo) {
  if (!fs::exists(corpus())) GTEST_SKIP() << "skipped: no corpus beside the checkout";
  EXPECT_GE(expectations().size(), 90U);
}

TEST(CorpusAsAWhole, IsReadInOneGo) {
  if (!fs::exists(corpus())) GTEST_SKIP() << "skipped: no corpus beside the checkout";
  const std::vector<std::string> paths = {corpus().string()};
  const auto snapshot = parser::read_exports(paths);
  ASSERT_TRUE(snapshot) << snapshot.error().front().file << ": " << snapshot.error().front().message;
  EXPECT_GE(snapshot->files.size(), 95U);
  EXPECT_EQ(snapshot->registries.size(), 37U);  // some of them are declared by plans and templates
}

}  // namespace
}  // namespace acrbiter::tests
