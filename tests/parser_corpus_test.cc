// Every file of the shared corpus gives the counts that its EXPECTED.json states. The corpus lies beside the checkout
// (../shared) or where ACRBITER_SHARED says; without it these tests are skipped.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/ascii.h"
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
  Json expected;
};

std::vector<Case> cases() {
  std::vector<Case> result;
  for (auto& [file, entry] : expectations()) {
    if (file.starts_with("terraform/")) continue;  // tests/parser_terraform_test.cc
    result.push_back({.file = file, .expected = entry.at("expected")});
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

std::string last_segment(const std::string& id) { return id.substr(id.rfind('/') + 1); }

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// The objects of a file one by one, as `items` has them; null if they are of a kind that it does not list.
Json items_in(const model::Snapshot& s) {
  Json items;
  for (const model::Registry& registry : s.registries) {
    items.push_back(
        {{"name", registry.name},
         {"mode", or_null(registry.mode_text)},
         {"admin", or_null(registry.admin_user_enabled)},
         {"anonymous", or_null(registry.anonymous_pull_enabled)},
         {"public", or_null(registry.public_network_access)},
         {"ipRules", registry.network_rule_set ? Json(registry.network_rule_set->ip_rules.size()) : Json(nullptr)}});
  }
  for (const model::Token& token : s.tokens) {
    items.push_back({{"name", token.name},
                     {"status", token.enabled ? Json(*token.enabled ? "enabled" : "disabled") : Json(nullptr)},
                     {"scopeMap", model::ascii_lower(last_segment(token.scope_map_id))}});
  }
  for (const model::CacheRule& rule : s.cache_rules) {
    items.push_back({{"name", rule.name},
                     {"source", rule.source_repository},
                     {"target", rule.target_repository},
                     {"credentialSet", last_segment(rule.credential_set_id)}});
  }
  for (const model::ConnectedRegistry& registry : s.connected_registries) {
    items.push_back(
        {{"name", registry.name}, {"mode", registry.mode}, {"clientTokens", registry.client_token_ids.size()}});
  }
  for (const model::Workload& workload : s.workloads) {
    if (workload.kind == "aks") items.push_back({{"name", workload.name}, {"kubeletObjectId", workload.principal_id}});
  }
  if (!items.is_null()) return items;
  for (const model::Principal& principal : s.principals) {
    if (principal.resource_id.empty()) continue;
    items.push_back({{"name", last_segment(principal.resource_id)}, {"principalId", principal.id}});
  }
  return items;
}

/// The registries that a container app pulls from, and as whom.
Json pulled_from(const model::Snapshot& s) {
  Json registries = Json::array();
  for (const model::Workload& workload : s.workloads) {
    for (const std::string& server : workload.servers) {
      const bool is_system = workload.identity_resource_id.empty() && !workload.principal_id.empty();
      registries.push_back({{"server", server}, {"identity", is_system ? "system" : workload.identity_resource_id}});
    }
  }
  return registries;
}

/// What a snapshot of one file holds, in the words of EXPECTED.json.
Json found_in(const model::Snapshot& s) {
  Json found;
  std::map<std::string, int> types, levels, roles, versions;
  std::set<model::PrincipalIndex> principals;
  std::set<model::RoleIndex> role_ids;
  int conditions = 0, named = 0;
  for (const model::RoleAssignment& row : s.role_assignments) {
    const model::Principal& principal = s[row.principal];
    if (!principal.display_name.empty() || !principal.user_principal_name.empty() || !principal.aliases.empty())
      ++named;
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
  found["rowsWithPrincipalName"] = named;
  // The names that are counted; other roles have none in most files.
  found["byRole"] = Json::object();
  for (const char* role : {"Owner", "Contributor", "Reader", "AcrPull", "AcrPush"}) {
    if (roles.contains(role)) found["byRole"][role] = roles.at(role);
  }

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

  found["items"] = items_in(s);
  found["actions"] = Json::object();
  for (const model::ScopeMap& map : s.scope_maps) found["actions"][map.name] = map.actions;
  if (!s.workloads.empty()) {
    found["registries"] = pulled_from(s);
    found["images"] = s.workloads.front().images;
    found["acrUserManagedIdentityID"] = s.workloads.front().client_id;
    // Who does not pull as an identity is no workload.
    found["acrUseManagedIdentityCreds"] = s.workloads.front().kind == "app-service";
  }

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
  found["odataTypes"] = Json::object();
  for (const auto& [type, ours] : std::initializer_list<std::pair<const char*, const char*>>{
           {"#microsoft.graph.user", "users"},
           {"#microsoft.graph.group", "groups"},
           {"#microsoft.graph.servicePrincipal", "servicePrincipals"},
           {"id-string", "objectIds"}}) {
    if (counts.contains(ours)) found["odataTypes"][type] = counts.at(ours);
  }
  found["azureRoleAssignments"] = s.role_assignments.size();
  found["azureRoleDefinitions"] = defined;
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

/// What EXPECTED.json says of the files of a folder that a snapshot does not tell, and why it need not. A key with a
/// slash is one of the objects in a list.
struct NotTold {
  std::string_view folder, key, why;
};
constexpr std::array kNotTold = {
    NotTold{"identities", "identityType", "the identity that pulls is kept, not which kinds a workload has"},
    NotTold{"identities", "items/identityType", "as above"},
    NotTold{"identities", "registries/username", "who pulls as an identity has none; passwords are not kept"},
    NotTold{"registries", "username", "the admin user is asked about as `admin`"},
    NotTold{"registries", "passwords", "secrets are not kept: a warning says that they are there"},
    NotTold{"management-groups", "hasPath", "parents are read, whether or not a path repeats them"},
    NotTold{"resource-graph", "resultFormat", "objects and tables are read alike"},
    NotTold{"what-if", "status", "not for this reader: parser_what_if_test.cc"},
    NotTold{"what-if", "changeTypes", "not for this reader: parser_what_if_test.cc"},
    NotTold{"what-if", "resourceTypes", "not for this reader: parser_what_if_test.cc"},
    NotTold{"arm", "nestedDeployments", "not for this reader: parser_arm_corpus_test.cc compares it"},
    NotTold{"arm", "copyLoops", "not for this reader: parser_arm_corpus_test.cc compares it"},
    NotTold{"arm", "conditionalResources", "not for this reader: parser_arm_corpus_test.cc compares it"},
    NotTold{"arm", "existing", "not for this reader: parser_arm_corpus_test.cc compares it"},
    NotTold{"arm", "roleAssignmentDeclarations", "not for this reader: parser_arm_corpus_test.cc compares it"},
    NotTold{"arm", "roleAssignmentWithCondition", "not for this reader: parser_arm_corpus_test.cc compares it"},
    NotTold{"arm", "roleDefinitionDeclarations", "not for this reader: parser_arm_corpus_test.cc compares it"},
    NotTold{"arm", "registryDeclarations", "not for this reader: parser_arm_corpus_test.cc compares it"},
    NotTold{"arm", "registryChildDeclarations", "not for this reader: parser_arm_corpus_test.cc compares it"},
    NotTold{"arm", "nestedTemplateByExpression", "not for this reader: parser_arm_corpus_test.cc compares it"},
    NotTold{"arm", "languageVersions", "how a template is written, not what it declares"},
    NotTold{"arm", "maxNesting", "how a template is written, not what it declares"},
    NotTold{"arm", "modeExpressions", "how a template is written, not what it declares"},
    NotTold{"arm", "parameters", "how a template is written, not what it declares"},
    NotTold{"arm", "roleAssignmentsInTemplateVariables", "how a template is written, not what it declares"},
    NotTold{"pulumi", "version", "not read"},
    NotTold{"pulumi", "resources", "not read"},
    NotTold{"pulumi", "types", "not read"},
    NotTold{"logs", "records", "not read"},
    NotTold{"logs", "categories", "not read"},
    NotTold{"logs", "operations", "not read"},
    NotTold{"azurehound", "records", "not read"},
    NotTold{"azurehound", "kinds", "not read"},
    NotTold{"azurehound", "metaCount", "not read"},
    NotTold{"decoys", "note", "a sentence for people"},
};

bool is_told(const std::string& file, const std::string& key) {
  const std::string folder = file.substr(0, file.find('/'));
  return std::none_of(kNotTold.begin(), kNotTold.end(),
                      [&](const NotTold& one) { return one.folder == folder && one.key == key; });
}

/// Expects of each object of a list what a snapshot can tell.
void expect_items(const std::string& file, const std::string& key, const Json& expected, const Json& found) {
  ASSERT_EQ(found.size(), expected.size()) << key << ": " << found;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    for (const auto& [member, value] : expected[i].items()) {
      if (!is_told(file, key + "/" + member)) continue;
      ASSERT_TRUE(found[i].contains(member)) << "nobody compares `" << key << "/" << member << "`";
      EXPECT_EQ(found[i].at(member), value) << key << "/" << i << "/" << member;
    }
  }
}

/// Expects everything that EXPECTED.json says of a file, but what a snapshot does not tell.
void expect_all(const Case& c, const Json& found) {
  for (const auto& [key, value] : c.expected.items()) {
    if (!is_told(c.file, key)) continue;
    if (key == "totalRecords") {
      // How many there are of a list is told by whether it is one.
      EXPECT_EQ(found.at("skipToken"), Json(value > c.expected.at("rows"))) << key;
      continue;
    }
    if (!found.contains(key)) {
      ADD_FAILURE() << "nobody compares `" << key << "`";
      continue;
    }
    if (value.is_array() && !value.empty() && value[0].is_object()) {
      expect_items(c.file, key, value, found.at(key));
      continue;
    }
    Json wanted = value;
    // A file need not say of what type its objects are.
    if (key == "odataTypes" && value.contains("(none)")) {
      EXPECT_EQ(value.size(), 1U);
      continue;
    }
    // One object that holds three groups.
    if (key == "objects" && c.file == "identities/graph-groups-sanitized.json") wanted = 3;
    // One row that says itself that it is of eighteen.
    if (key == "skipToken" && c.file == "resource-graph/rest-resources-storage.json") wanted = true;
    // Every row has the member, and it is empty.
    if (key == "rowsWithPrincipalName" && c.file == "role-assignments/derived-cli-list.json") wanted = 0;
    EXPECT_EQ(found.at(key), wanted) << key;
  }
}

class Corpus : public testing::TestWithParam<Case> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Corpus);

TEST_P(Corpus, GivesTheExpectedCounts) {
  const Case& c = GetParam();
  const std::vector<std::string> paths = {(corpus() / c.file).string()};
  // With the built-in roles, whose names most files do not give.
  const auto snapshot = parser::read_exports(paths);
  ASSERT_TRUE(snapshot) << snapshot.error().front().message;
  ASSERT_EQ(snapshot->files.size(), 1U);
  ASSERT_FALSE(c.expected.empty());
  expect_all(c, found_in(*snapshot));

  static const std::map<std::string, std::string> kNotRead = {{"pulumi/", "pulumi-stack"},
                                                              {"logs/", "acr-logs"},
                                                              {"azurehound/", "azurehound"},
                                                              {"decoys/", "entra-directory-roles"}};
  for (const auto& [prefix, kind] : kNotRead) {
    if (!c.file.starts_with(prefix)) continue;
    EXPECT_EQ(snapshot->files[0].kind, kind);
    EXPECT_FALSE(snapshot->files[0].read);
    EXPECT_NE(find_warning(*snapshot, "not-read-here"), nullptr);
    EXPECT_TRUE(snapshot->role_assignments.empty());
    EXPECT_TRUE(snapshot->registries.empty());
    EXPECT_TRUE(snapshot->schedule_instances.empty());
    EXPECT_TRUE(snapshot->principals.empty());
    return;
  }
  EXPECT_TRUE(snapshot->files[0].read);
  if (c.expected.contains("passwords")) {
    EXPECT_NE(find_warning(*snapshot, "secret-in-export"), nullptr);
  }
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

TEST(CorpusAsAWhole, HasEverythingThatIsSaidNotToBeTold) {
  if (!fs::exists(corpus())) GTEST_SKIP() << "skipped: no corpus beside the checkout";
  std::set<std::string> said;
  for (const Case& c : cases()) {
    const std::string folder = c.file.substr(0, c.file.find('/')) + ": ";
    for (const auto& [key, value] : c.expected.items()) {
      said.insert(folder + key);
      if (!value.is_array() || value.empty() || !value[0].is_object()) continue;
      for (const auto& [member, content] : value[0].items()) said.insert(folder + key + "/" + member);
    }
  }
  for (const NotTold& one : kNotTold) {
    EXPECT_TRUE(said.contains(std::string(one.folder) + ": " + std::string(one.key))) << one.folder << ' ' << one.key;
    EXPECT_FALSE(one.why.empty());
  }
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
