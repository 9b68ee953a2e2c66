// What-if answers as change sets.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/ascii.h"
#include "tests/support/expanded.h"
#include "tests/support/read_support.h"

namespace acrbiter::tests {
namespace {

using nlohmann::json;

const std::string kId = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
const std::string kRow =
    kId + "/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-000000000001";

json registry_with(bool admin) {
  return {{"id", kId},
          {"name", "contoso"},
          {"type", "Microsoft.ContainerRegistry/registries"},
          {"apiVersion", "2025-11-01"},
          {"sku", {{"name", "Premium"}}},
          {"tags", {{"secret", "hunter2"}}},
          {"properties", {{"adminUserEnabled", admin}, {"roleAssignmentMode", "AbacRepositoryPermissions"}}}};
}

Expanded what_if(const json& changes, bool rest = false, parser::PlanSide side = parser::PlanSide::After) {
  const json document = rest ? json{{"status", "Succeeded"}, {"properties", {{"changes", changes}}}}
                             : json{{"status", "Succeeded"}, {"error", nullptr}, {"changes", changes}};
  const std::string text = document.dump();
  const std::vector<parser::NamedText> documents = {{.name = "whatif.json", .text = text}};
  return expanded(documents, {}, side);
}

TEST(WhatIf, ShowsTheStateOfEachSide) {
  const json change = {
      {"resourceId", kId}, {"changeType", "Modify"}, {"before", registry_with(true)}, {"after", registry_with(false)}};
  for (const bool rest : {false, true}) {
    const auto after = what_if(json::array({change}), rest);
    ASSERT_EQ(after.infrastructure.declarations.size(), 1U);
    EXPECT_EQ(after.object(0)["properties"]["adminUserEnabled"], false);
    EXPECT_EQ(after.object(0)["properties"]["roleAssignmentMode"], "AbacRepositoryPermissions");
    EXPECT_EQ(after.infrastructure.declarations[0].object.find("hunter2"), std::string::npos);
    EXPECT_EQ(after.infrastructure.declarations[0].pointer, rest ? "/properties/changes/0" : "/changes/0");
    const auto before = what_if(json::array({change}), rest, parser::PlanSide::Before);
    EXPECT_EQ(before.object(0)["properties"]["adminUserEnabled"], true);
  }
}

TEST(WhatIf, CreatesAndDeletes) {
  const json row = {{"id", kRow},
                    {"type", "Microsoft.Authorization/roleAssignments"},
                    {"properties", {{"principalId", "p1"}, {"roleDefinitionId", "r1"}}}};
  const json create = {{"resourceId", kRow}, {"changeType", "Create"}, {"before", nullptr}, {"after", row}};
  const json erase = {{"resourceId", kRow}, {"changeType", "Delete"}, {"before", row}, {"after", nullptr}};

  const auto created = what_if(json::array({create}));
  ASSERT_EQ(created.infrastructure.declarations.size(), 1U);
  EXPECT_EQ(created.object(0)["properties"]["scope"], kId);
  EXPECT_TRUE(created.object(0)["properties"]["condition"].is_null());
  EXPECT_TRUE(what_if(json::array({create}), false, parser::PlanSide::Before).infrastructure.declarations.empty());

  const auto deleted = what_if(json::array({erase}));
  ASSERT_EQ(deleted.infrastructure.declarations.size(), 1U);
  EXPECT_EQ(deleted.infrastructure.declarations[0].effect, parser::Declaration::Effect::Remove);
  EXPECT_EQ(deleted.object(0)["id"], kRow);
  const auto was = what_if(json::array({erase}), false, parser::PlanSide::Before);
  ASSERT_EQ(was.infrastructure.declarations.size(), 1U);
  EXPECT_EQ(was.infrastructure.declarations[0].effect, parser::Declaration::Effect::Set);
}

TEST(WhatIf, IgnoredResourcesAreThereBeforeAndAfter) {
  const json ignored = {
      {"resourceId", kId}, {"changeType", "Ignore"}, {"before", registry_with(true)}, {"after", registry_with(true)}};
  json before_alone = ignored;
  before_alone["after"] = nullptr;
  for (const json& change : {ignored, before_alone}) {
    for (const parser::PlanSide side : {parser::PlanSide::Before, parser::PlanSide::After}) {
      const auto result = what_if(json::array({change}), false, side);
      ASSERT_EQ(result.infrastructure.declarations.size(), 1U);
      EXPECT_NE(result.infrastructure.declarations[0].effect, parser::Declaration::Effect::Remove);
      EXPECT_EQ(result.object(0)["properties"], registry_with(true)["properties"]);
    }
  }
}

TEST(WhatIf, IgnoredResourcesThatAreNotShownAndOthersSayNothing) {
  const json ignored = {{"resourceId", kId}, {"changeType", "Ignore"}, {"before", {{"id", kId}}}, {"after", nullptr}};
  const json other = {
      {"resourceId", "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/x"},
      {"changeType", "Create"},
      {"after", {{"id", "x"}}}};
  const auto result = what_if(json::array({ignored, other}));
  EXPECT_TRUE(result.infrastructure.declarations.empty());
  EXPECT_TRUE(result.draft.warnings.empty());
}

TEST(WhatIf, ExpressionsThatStayAreNamedUnknowns) {
  const json row = {{"id", kRow},
                    {"type", "Microsoft.Authorization/roleAssignments"},
                    {"properties", {{"principalId", "[reference('/x').principalId]"}, {"roleDefinitionId", "r1"}}}};
  const auto result = what_if(json::array({{{"resourceId", kRow}, {"changeType", "Create"}, {"after", row}}}));
  EXPECT_EQ(result.object(0)["properties"]["principalId"], "{reference('/x').principalId}");
}

TEST(WhatIf, WhatItCannotTellIsSaid) {
  const json unsupported = {{"resourceId", "[guid('x')]/roleAssignments"},
                            {"changeType", "Unsupported"},
                            {"unsupportedReason", "the resource id depends on reference()"}};
  const auto result = what_if(json::array({unsupported}));
  const auto warning = result.warning("what-if-open");
  ASSERT_TRUE(warning);
  EXPECT_NE(warning->message.find("depends on reference()"), std::string::npos);

  const json hidden = {{"resourceId", kId}, {"changeType", "Deploy"}};
  EXPECT_TRUE(what_if(json::array({hidden})).warning("what-if-open"));
}

TEST(WhatIf, AnAssignmentThatItCannotTellMayBeAnybodys) {
  const json named = {
      {"resourceId", "[extensionResourceId('" + kId + "', 'Microsoft.Authorization/roleAssignments', guid('x'))]"},
      {"changeType", "Unsupported"},
      {"unsupportedReason", "the resource id depends on reference()"}};
  const json hidden = {{"resourceId", kRow}, {"changeType", "Deploy"}};
  for (const json& change : {named, hidden}) {
    EXPECT_TRUE(what_if(json::array({change}), false, parser::PlanSide::Before).infrastructure.declarations.empty());
    const std::string text = json{{"status", "Succeeded"}, {"changes", json::array({change})}}.dump();
    const model::Snapshot snapshot = snapshot_of(text, "whatif.json");
    ASSERT_EQ(snapshot.role_assignments.size(), 1U);
    const model::RoleAssignment& row = snapshot.role_assignments[0];
    EXPECT_EQ(snapshot[row.principal].id, "{whatif.json: changes[0].principalid}");
    EXPECT_TRUE(model::is_named_unknown(snapshot[row.role].guid)) << snapshot[row.role].guid;
    EXPECT_EQ(find_warning(snapshot, "unknown-role"), nullptr) << "no export shows what the deployment will know";
    const auto covers = model::scope_covers(snapshot[row.scope].key, model::ascii_lower(kId));
    EXPECT_EQ(covers, change == hidden ? model::Truth::True : model::Truth::Unknown) << snapshot[row.scope].key;
  }
}

TEST(WhatIf, SettingsThatItDoesNotShowAreNotThoseOfTheExport) {
  const std::string shown = json::array({registry_with(true)}).dump();
  for (const std::string kind : {"Deploy", "Unsupported", "Ignore"}) {
    const json change = {{"resourceId", kId}, {"changeType", kind}};
    const std::string text = json{{"status", "Succeeded"}, {"changes", json::array({change})}}.dump();
    const std::vector<parser::NamedText> documents = {{.name = "registries.json", .text = shown},
                                                      {.name = "whatif.json", .text = text}};
    const auto snapshot = parser::read_documents(documents);
    ASSERT_TRUE(snapshot);
    ASSERT_EQ(snapshot->registries.size(), 1U) << kind;
    const model::Registry& registry = snapshot->registries[0];
    EXPECT_EQ(registry.mode.has_value(), kind == "Ignore") << kind;
    EXPECT_EQ(registry.admin_user_enabled.has_value(), kind == "Ignore") << kind;
  }
}

/// Exports and an answer, read together.
model::Snapshot over(const json& exported, const json& change) {
  const std::string shown = exported.dump();
  const std::string text = json{{"status", "Succeeded"}, {"changes", json::array({change})}}.dump();
  const std::vector<parser::NamedText> documents = {{.name = "exports.json", .text = shown},
                                                    {.name = "whatif.json", .text = text}};
  auto snapshot = parser::read_documents(documents);
  if (snapshot) return std::move(*snapshot);
  ADD_FAILURE() << snapshot.error().front().message;
  return {};
}

TEST(WhatIf, DenyAssignmentsComeAndGo) {
  const std::string id = kId + "/providers/Microsoft.Authorization/denyAssignments/d";
  const json deny = {{"id", id},
                     {"name", "d"},
                     {"type", "Microsoft.Authorization/denyAssignments"},
                     {"properties",
                      {{"denyAssignmentName", "no pushes"},
                       {"scope", kId},
                       {"permissions", {{{"actions", {"Microsoft.ContainerRegistry/registries/push/write"}}}}},
                       {"principals", {{{"id", "p1"}, {"type", "User"}}}}}}};
  const json registries = json::array({registry_with(true)});
  const model::Snapshot made =
      over(registries, {{"resourceId", id}, {"changeType", "Create"}, {"before", nullptr}, {"after", deny}});
  ASSERT_EQ(made.deny_assignments.size(), 1U);
  EXPECT_EQ(made.deny_assignments[0].name, "no pushes");
  EXPECT_EQ(made[made.deny_assignments[0].scope].key, model::ascii_lower(kId));
  const json listed = json::array({deny});
  const json erase = {{"resourceId", id}, {"changeType", "Delete"}, {"before", deny}, {"after", nullptr}};
  EXPECT_TRUE(over(listed, erase).deny_assignments.empty());
  // One that the answer does not show may be any.
  const model::Snapshot hidden = over(listed, {{"resourceId", id}, {"changeType", "Deploy"}});
  ASSERT_EQ(hidden.deny_assignments.size(), 1U);
  EXPECT_TRUE(model::is_named_unknown(hidden[hidden.deny_assignments[0].principals.at(0).principal].id));
  EXPECT_EQ(model::scope_covers(hidden[hidden.deny_assignments[0].scope].key, model::ascii_lower(kId)),
            model::Truth::Unknown);
  const model::Snapshot unsupported = over(listed, {{"resourceId", id}, {"changeType", "Unsupported"}});
  ASSERT_EQ(unsupported.deny_assignments.size(), 2U);
  for (const model::DenyAssignment& each : unsupported.deny_assignments) {
    EXPECT_EQ(model::scope_covers(unsupported[each.scope].key, model::ascii_lower(kId)), model::Truth::Unknown);
  }
}

TEST(WhatIf, TokensMapsAndLocksThatItDoesNotShowAreNotThoseOfTheExport) {
  const std::string type = "Microsoft.ContainerRegistry/registries/";
  const json shown = json::array({{{"id", kId + "/tokens/ci"},
                                   {"name", "ci"},
                                   {"type", type + "tokens"},
                                   {"properties", {{"status", "enabled"}, {"scopeMapId", kId + "/scopeMaps/m"}}}},
                                  {{"id", kId + "/scopeMaps/m"},
                                   {"name", "m"},
                                   {"type", type + "scopeMaps"},
                                   {"properties", {{"actions", {"repositories/a/content/read"}}}}}});
  for (const std::string kind : {"Modify", "Unsupported"}) {
    SCOPED_TRACE(kind);
    const model::Snapshot map = over(shown, {{"resourceId", kId + "/scopeMaps/m"}, {"changeType", kind}});
    EXPECT_TRUE(map.scope_maps.empty()) << "a token without its map has rights that are not known";
    ASSERT_EQ(map.tokens.size(), 1U);
    EXPECT_EQ(map.tokens[0].enabled, true);
    const model::Snapshot token = over(shown, {{"resourceId", kId + "/tokens/ci"}, {"changeType", kind}});
    ASSERT_EQ(token.tokens.size(), 1U);
    EXPECT_FALSE(token.tokens[0].enabled.has_value());
    EXPECT_TRUE(model::is_named_unknown(token.tokens[0].scope_map_id));
    EXPECT_EQ(token.scope_maps.size(), 1U);
    const std::string lock = kId + "/providers/Microsoft.Authorization/locks/l";
    const model::Snapshot locked = over(shown, {{"resourceId", lock}, {"changeType", kind}});
    ASSERT_EQ(locked.locks.size(), 2U);
    EXPECT_EQ(model::scope_covers(locked.locks[0].scope, model::ascii_lower(kId)),
              kind == "Modify" ? model::Truth::True : model::Truth::Unknown);
  }
}

TEST(WhatIf, AnAssignmentOfAKnownIdThatIsNotSupportedReplacesTheOneOfTheExport) {
  const json row = {{"id", kRow},
                    {"name", "00000000-0000-0000-0000-000000000001"},
                    {"type", "Microsoft.Authorization/roleAssignments"},
                    {"properties", {{"principalId", "p1"}, {"roleDefinitionId", "r1"}, {"scope", kId}}}};
  const model::Snapshot s = over(json::array({row}), {{"resourceId", kRow}, {"changeType", "Unsupported"}});
  ASSERT_EQ(s.role_assignments.size(), 1U);
  EXPECT_TRUE(model::is_named_unknown(s[s.role_assignments[0].principal].id));
}

TEST(WhatIf, APotentialChangeMayBeMadeOrNot) {
  const json change = {{"resourceId", kRow}, {"changeType", "Create"}};
  const std::string text =
      json{{"status", "Succeeded"}, {"changes", json::array()}, {"potentialChanges", json::array({change})}}.dump();
  const model::Snapshot s = snapshot_of(text, "whatif.json");
  ASSERT_EQ(s.role_assignments.size(), 1U);
  EXPECT_TRUE(model::is_named_unknown(s[s.role_assignments[0].principal].id));
}

TEST(WhatIf, TheNoteBeforeTheAnswerIsSkipped) {
  const json change = {{"resourceId", kId}, {"changeType", "Create"}, {"after", registry_with(false)}};
  const std::string text =
      "Note: The result may contain false positive predictions (noise).\nYou can help us improve the accuracy of the "
      "result by opening an issue here: https://aka.ms/WhatIfIssues\n\n" +
      json{{"status", "Succeeded"}, {"changes", json::array({change})}}.dump();
  const model::Snapshot snapshot = snapshot_of(text, "whatif.json");
  EXPECT_EQ(snapshot.files.at(0).kind, "what-if");
  ASSERT_EQ(snapshot.registries.size(), 1U);
  EXPECT_EQ(snapshot.registries[0].name, "contoso");
  EXPECT_FALSE(read_text("Note: this is no answer\n", "whatif.json"));
}

}  // namespace
}  // namespace acrbiter::tests
