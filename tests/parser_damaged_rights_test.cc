// What denies or takes back rights and cannot be read is an error at its place: left out, it would turn a no into a
// yes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tests/support/read_support.h"

namespace acrbiter::tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr std::string_view kDeny = R"({"value": [{
  "id": "/subscriptions/1/providers/Microsoft.Authorization/denyAssignments/n", "name": "n",
  "type": "Microsoft.Authorization/denyAssignments", "properties": {"denyAssignmentName": "D",
  "permissions": [{"actions": [], "notActions": [], "dataActions": ["a/b"], "notDataActions": []}],
  "scope": "/subscriptions/1", "doNotApplyToChildScopes": false, "principals": [{"id": "p", "type": "User"}],
  "excludePrincipals": [], "isSystemProtected": true}}]})";

constexpr std::string_view kRole = R"([{"id": "/providers/Microsoft.Authorization/roleDefinitions/r", "name": "r",
  "roleName": "R", "roleType": "CustomRole", "type": "Microsoft.Authorization/roleDefinitions",
  "assignableScopes": ["/"], "permissions": [{"actions": ["a"], "notActions": ["b"], "dataActions": [],
  "notDataActions": [], "condition": null, "conditionVersion": null}]}])";

/// A document with one value replaced (`"remove"`: taken out), and where the error stands.
struct Damage {
  std::string_view name, place, value, pointer, message;
};

void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.name; }

json damaged(std::string_view document, const Damage& damage) {
  json result = json::parse(document);
  const json::json_pointer place{std::string(damage.place)};
  if (damage.value == "remove") {
    result.at(place.parent_pointer()).erase(place.back());
  } else {
    result.at(place.parent_pointer())[place.back()] = json::parse(damage.value);
  }
  return result;
}

void expect_error(std::string_view document, const Damage& damage) {
  ASSERT_TRUE(read_text(document));
  const model::Diagnostic problem = problem_of(damaged(document, damage).dump());
  EXPECT_EQ(problem.pointer, damage.pointer);
  EXPECT_THAT(problem.message, HasSubstr(std::string(damage.message)));
  EXPECT_GT(problem.line, 0U);
  EXPECT_FALSE(problem.help.empty());
}

class DamagedDeny : public testing::TestWithParam<Damage> {};
TEST_P(DamagedDeny, IsAnErrorAtItsPlace) { expect_error(kDeny, GetParam()); }

#define IN_DENY "/value/0/properties/"
constexpr Damage kDenies[] = {
    {"CutEntry", IN_DENY "permissions", R"(["@{actions=System.Object[]}"])", IN_DENY "permissions/0", "`permissions`"},
    {"EntryOfText", IN_DENY "permissions", R"(["foo"])", IN_DENY "permissions/0", "is text"},
    {"EntryOfANumber", IN_DENY "permissions", "[5]", IN_DENY "permissions/0", "is a number"},
    {"NoPermissions", IN_DENY "permissions", "remove", "/value/0/properties", "no `permissions`"},
    {"NullPermissions", IN_DENY "permissions", "null", IN_DENY "permissions", "is null"},
    {"PermissionsOfText", IN_DENY "permissions", R"("foo")", IN_DENY "permissions", "is text"},
    {"ActionsOfANumber", IN_DENY "permissions/0/dataActions", "5", IN_DENY "permissions/0/dataActions", "is a number"},
    {"ActionOfANumber", IN_DENY "permissions/0/dataActions", "[5]", IN_DENY "permissions/0/dataActions/0",
     "holds a number"},
    {"ActionsOfAnObject", IN_DENY "permissions/0/actions", "{}", IN_DENY "permissions/0/actions", "is an object"},
    {"JoinedActions", IN_DENY "permissions/0/notActions", R"("a b")", IN_DENY "permissions/0/notActions", "is text"},
    {"CutActions", IN_DENY "permissions/0/notDataActions", R"("System.Object[]")",
     IN_DENY "permissions/0/notDataActions", "is text"},
    {"CutAction", IN_DENY "permissions/0/dataActions", R"(["System.Object[]"])", IN_DENY "permissions/0/dataActions/0",
     "PowerShell cut"},
    {"ScopeThatIsNone", IN_DENY "scope", R"("foo")", IN_DENY "scope", "`foo`, which is no scope"},
    {"ScopeOfANumber", IN_DENY "scope", "5", IN_DENY "scope", "a number, which is no scope"},
    {"ScopeOutsideAzure", IN_DENY "scope", R"("/foo")", IN_DENY "scope", "no scope"},
    {"NoPrincipals", IN_DENY "principals", "remove", "/value/0/properties", "no `principals`"},
    {"NullPrincipals", IN_DENY "principals", "null", IN_DENY "principals", "is null"},
    {"PrincipalsOfText", IN_DENY "principals", R"("p")", IN_DENY "principals", "is text"},
    {"PrincipalWithoutId", IN_DENY "principals/0/id", "remove", IN_DENY "principals/0", "has no id"},
    {"PrincipalOfText", IN_DENY "principals", R"(["p"])", IN_DENY "principals/0", "holds text"},
    {"CutPrincipal", IN_DENY "principals", R"(["@{id=p; type=User}"])", IN_DENY "principals/0", "holds text"},
    {"ExcludedOfText", IN_DENY "excludePrincipals", R"(["p"])", IN_DENY "excludePrincipals/0", "holds text"},
    {"ReachOfText", IN_DENY "doNotApplyToChildScopes", R"("some")", IN_DENY "doNotApplyToChildScopes", "neither"},
    {"ConditionOfANumber", IN_DENY "condition", "5", IN_DENY "condition", "is a number"},
};
#undef IN_DENY
INSTANTIATE_TEST_SUITE_P(Rest, DamagedDeny, testing::ValuesIn(kDenies),
                         [](const auto& test) { return std::string(test.param.name); });

class DamagedRole : public testing::TestWithParam<Damage> {};
TEST_P(DamagedRole, IsAnErrorAtItsPlace) { expect_error(kRole, GetParam()); }

constexpr Damage kRoles[] = {
    {"NumberOfNotActions", "/0/permissions/0/notActions", "5", "/0/permissions/0/notActions", "is a number"},
    {"ObjectOfNotActions", "/0/permissions/0/notActions", "{}", "/0/permissions/0/notActions", "is an object"},
    {"NumberInNotActions", "/0/permissions/0/notActions", "[5]", "/0/permissions/0/notActions/0", "holds a number"},
    {"CutNotActions", "/0/permissions/0/notActions", R"(["System.Object[]"])", "/0/permissions/0/notActions/0",
     "PowerShell cut"},
    {"JoinedNotActions", "/0/permissions/0/notActions", R"("a b")", "/0/permissions/0/notActions", "is text"},
    {"OneActionAsText", "/0/permissions/0/actions", R"("a")", "/0/permissions/0/actions", "is text"},
    {"NumberOfDataActions", "/0/permissions/0/dataActions", "5", "/0/permissions/0/dataActions", "is a number"},
    {"NumberOfNotDataActions", "/0/permissions/0/notDataActions", "5", "/0/permissions/0/notDataActions", "number"},
    {"ConditionOfANumber", "/0/permissions/0/condition", "5", "/0/permissions/0/condition", "is a number"},
    {"ConditionOfAnObject", "/0/permissions/0/condition", R"({"a":1})", "/0/permissions/0/condition", "is an object"},
    {"CutEntry", "/0/permissions", R"(["@{actions=System.Object[]}"])", "/0/permissions/0", "is text"},
    {"NullPermissions", "/0/permissions", "null", "/0/permissions", "is null"},
};
INSTANTIATE_TEST_SUITE_P(Cli, DamagedRole, testing::ValuesIn(kRoles),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(DamagedAssignment, AConditionThatIsNoTextIsAnErrorBesideRowsThatShowTheirs) {
  const auto problem = problem_of(R"([
    {"principalId": "p", "roleDefinitionId": "r", "scope": "/subscriptions/1", "condition": null},
    {"principalId": "q", "roleDefinitionId": "r", "scope": "/subscriptions/1", "condition": 5}])");
  EXPECT_EQ(problem.pointer, "/1/condition");
}

TEST(DamagedScopeMap, ActionsThatAreNoListAreAnError) {
  const auto problem = problem_of(R"([{"type": "Microsoft.ContainerRegistry/registries/scopeMaps", "name": "m",
    "actions": "repositories/a/content/read repositories/b/content/read"}])");
  EXPECT_EQ(problem.pointer, "/0/actions");
}

TEST(DamagedToken, PasswordsThatAreNoListAreAnError) {
  for (const std::string value : {"true", R"("x")", "{}"}) {
    const auto problem = problem_of(R"([{"type": "Microsoft.ContainerRegistry/registries/tokens", "name": "t",
      "credentials": {"passwords": )" +
                                    value + "}}]");
    EXPECT_EQ(problem.pointer, "/0/credentials/passwords");
  }
}

/// `ConvertTo-Json -Depth depth`: what lies deeper is text, and lists join theirs by blanks.
json as_text(const json& value) {
  if (value.is_object()) {
    std::string text;
    for (const auto& [key, inner] : value.items()) {
      text += (text.empty() ? "@{" : "; ") + key + '=';
      text += inner.is_array() ? "System.Object[]" : inner.is_string() ? inner.get<std::string>() : inner.dump();
    }
    return text + '}';
  }
  if (!value.is_array()) return value;
  std::string text;
  for (const json& element : value) {
    const json inner = as_text(element);
    text += (text.empty() ? "" : " ") + (inner.is_string() ? inner.get<std::string>() : inner.dump());
  }
  return text;
}

json cut(const json& value, int depth) {
  if (!value.is_structured()) return value;
  if (depth < 0) return as_text(value);
  json result = value.is_object() ? json::object() : json::array();
  for (const auto& [key, inner] : value.items()) {
    if (value.is_object())
      result[key] = cut(inner, depth - 1);
    else
      result.push_back(cut(inner, depth - 1));
  }
  return result;
}

constexpr std::string_view kPowerShellDeny = R"([{"Id": "n", "DenyAssignmentName": "D", "Description": "",
  "Actions": [], "NotActions": [], "DataActions": ["a/b", "a/c"], "NotDataActions": [], "Scope": "/subscriptions/1",
  "DoNotApplyToChildScopes": false, "Principals": [{"DisplayName": "u", "ObjectType": "User", "ObjectId": "p"}],
  "ExcludePrincipals": [], "IsSystemProtected": true, "Condition": null, "ConditionVersion": null}])";

constexpr std::string_view kPowerShellRole = R"([{"Name": "R", "Id": "11111111-1111-1111-1111-111111111111",
  "IsCustom": true, "Description": "", "Actions": ["a/*"], "NotActions": ["a/b", "a/c"], "DataActions": [],
  "NotDataActions": [], "AssignableScopes": ["/"], "Condition": null, "ConditionVersion": null}])";

/// Every cut is refused, and what is whole is read; `whole`: the least depth that cuts nothing.
void expect_cuts_refused(const json& document, int whole) {
  for (int depth = 0; depth < whole; ++depth) {
    const auto result = read_text(cut(document, depth).dump());
    ASSERT_FALSE(result) << "depth " << depth << ": " << cut(document, depth);
    EXPECT_THAT(result.error().front().help, HasSubstr("-Depth 20")) << depth;
  }
  const auto result = read_text(cut(document, whole).dump());
  ASSERT_TRUE(result) << result.error().front().message;
  EXPECT_EQ(result->deny_assignments.size() + result->roles.size(), 1U);
}

TEST(DepthCuts, AreRefusedWhereverTheyFall) {
  const json deny = json::parse(kDeny), role = json::parse(kRole);
  const json flat = json::parse(kPowerShellDeny), flat_role = json::parse(kPowerShellRole);
  expect_cuts_refused(deny, 6);
  expect_cuts_refused(deny["value"], 5);
  expect_cuts_refused(deny["value"][0], 4);
  expect_cuts_refused(flat, 3);
  expect_cuts_refused(flat[0], 2);
  expect_cuts_refused(role, 4);
  expect_cuts_refused(role[0], 3);
  expect_cuts_refused(flat_role, 2);
  expect_cuts_refused(flat_role[0], 1);
}

}  // namespace
}  // namespace acrbiter::tests
