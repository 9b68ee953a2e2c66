// What Terraform plans and states declare: each rule on a small plan, and the plans of the shared corpus, which lies
// beside the checkout (../shared) or where ACRBITER_SHARED says; without it those tests are skipped.
#include "parser/terraform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "model/ascii.h"
#include "model/snapshot.h"
#include "model/snapshot_builder.h"
#include "parser/formats.h"
#include "parser/infrastructure.h"
#include "parser/input.h"
#include "parser/json_reader.h"
#include "parser/read.h"
#include "parser/value_arena.h"
#include "tests/support/read_support.h"

namespace acrbiter::tests {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Effect = parser::Declaration::Effect;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr std::string_view kSubscription = "11111111-1111-1111-1111-111111111111";
constexpr std::string_view kGroup = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg";
constexpr std::string_view kRegistry =
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.ContainerRegistry/"
    "registries/contoso";
constexpr std::string_view kGuid = "22222222-2222-2222-2222-222222222222";

/// What one document declares.
struct Read {
  std::string kind;
  parser::Infrastructure infrastructure;
  model::SnapshotBuilder builder;

  [[nodiscard]] const parser::Declaration* declaration(std::string_view address) const {
    const auto& all = infrastructure.declarations;
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& d) { return d.address == address; });
    return found == all.end() ? nullptr : &*found;
  }
  /// The declared object; null, and a failure of the test, if there is none.
  [[nodiscard]] Json object(std::string_view address) const {
    const parser::Declaration* found = declaration(address);
    if (found != nullptr) return Json::parse(found->object);
    ADD_FAILURE() << "nothing is declared for " << address;
    return Json::object({{"properties", Json::object()}});
  }
  [[nodiscard]] std::string property(std::string_view address, const char* key) const {
    const Json properties = object(address)["properties"];
    return properties.contains(key) && properties[key].is_string() ? properties[key].get<std::string>() : "(none)";
  }
  [[nodiscard]] const parser::DeclaredIdentity* identity(std::string_view address) const {
    const auto& all = infrastructure.identities;
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& d) { return d.address == address; });
    return found == all.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::vector<std::string> warnings(std::string_view code) {
    std::vector<std::string> messages;
    for (const model::Warning& warning : builder.draft().warnings) {
      if (warning.code == code) messages.push_back(warning.where.message);
    }
    return messages;
  }
};

Read read(const std::string& text, parser::PlanSide side = parser::PlanSide::After,
          const parser::Deployment& deployment = {}) {
  Read result;
  result.infrastructure.side = side;
  result.infrastructure.deployment = deployment;
  result.builder.draft().files.emplace_back().path = "plan.json";
  parser::InputText input = parser::InputText::from_memory(text);
  parser::ValueArena arena;
  const auto problems = parser::read_document(input, arena);
  EXPECT_TRUE(problems.empty()) << problems.front().message;
  const parser::ObjectFormat* format = parser::recognise(parser::document_formats(), arena.root());
  if (format == nullptr || format->lower == nullptr) {
    ADD_FAILURE() << "is not recognised: " << text.substr(0, 100);
    return result;
  }
  result.kind = format->kind;
  parser::LoweringContext context{.builder = result.builder,
                                  .file = model::FileIndex{0},
                                  .file_name = "plan.json",
                                  .infrastructure = result.infrastructure};
  format->lower(arena.root(), context);
  return result;
}
Read read(const Json& document, parser::PlanSide side = parser::PlanSide::After) { return read(document.dump(), side); }

// ---- plans in few words -------------------------------------------------------------------------------------

/// One entry of `resource_changes`. `address` is `[MODULE.][data.]TYPE.NAME[KEY]`.
Json change(const std::string& address, std::vector<std::string> actions, Json before, Json after,
            const Json& unknown = Json::object()) {
  Json entry;
  entry["address"] = address;
  std::string rest = address;
  if (const std::size_t bracket = rest.size() > 1 && rest.back() == ']' ? rest.rfind('[') : std::string::npos;
      bracket != std::string::npos) {
    entry["index"] = Json::parse(rest.substr(bracket + 1, rest.size() - bracket - 2));
    rest.resize(bracket);
  }
  const std::size_t name = rest.rfind('.');
  entry["name"] = rest.substr(name + 1);
  rest.resize(name);
  const std::size_t type = rest.rfind('.');
  entry["type"] = type == std::string::npos ? rest : rest.substr(type + 1);
  rest.resize(type == std::string::npos ? 0 : type);
  const bool data = rest == "data" || rest.ends_with(".data");
  entry["mode"] = data ? "data" : "managed";
  if (data) rest.resize(rest.size() - (rest == "data" ? 4 : 5));
  if (!rest.empty()) entry["module_address"] = rest;
  entry["change"] = {{"actions", std::move(actions)},
                     {"before", std::move(before)},
                     {"after", std::move(after)},
                     {"after_unknown", unknown}};
  return entry;
}
Json create(const std::string& address, Json after, const Json& unknown = Json::object()) {
  return change(address, {"create"}, nullptr, std::move(after), unknown);
}
Json kept(const std::string& address, const Json& values) { return change(address, {"no-op"}, values, values); }
Json removed(const std::string& address, Json before) {
  return change(address, {"delete"}, std::move(before), nullptr);
}

Json references(std::vector<std::string> list) { return {{"references", std::move(list)}}; }
/// The configuration of a resource.
Json configured(const std::string& address, Json expressions, Json more = Json::object()) {
  more["address"] = address;
  more["expressions"] = std::move(expressions);
  more["provider_config_key"] = "azurerm";
  return more;
}
Json module(std::vector<Json> resources, Json more = Json::object()) {
  more["resources"] = std::move(resources);
  return more;
}

Json plan(std::vector<Json> changes, Json root = Json::object()) {
  return {{"format_version", "1.2"},
          {"terraform_version", "1.9.4"},
          {"resource_changes", std::move(changes)},
          {"configuration",
           {{"provider_config",
             {{"azurerm", {{"expressions", {{"subscription_id", {{"constant_value", kSubscription}}}}}}}}},
            {"root_module", std::move(root)}}}};
}

const Json kLater = {{"id", true}, {"principal_id", true}, {"scope", true}, {"name", true}};
Json new_assignment(const std::string& address) {
  return create(address, {{"role_definition_name", "AcrPush"}, {"condition", nullptr}}, kLater);
}
Json new_identity(const std::string& address, const std::string& name = "ci") {
  return create(address, {{"name", name}, {"resource_group_name", "rg"}}, {{"id", true}, {"principal_id", true}});
}
Json new_registry(const std::string& address = "azurerm_container_registry.acr") {
  return create(
      address,
      {{"name", "contoso"}, {"resource_group_name", "rg"}, {"role_assignment_mode", "AbacRepositoryPermissions"}},
      {{"id", true}, {"login_server", true}});
}
/// `principal_id` and `scope` as references.
Json assigned(const std::string& address, std::vector<std::string> principal, std::vector<std::string> scope,
              Json more = Json::object()) {
  return configured(address,
                    {{"principal_id", references(std::move(principal))}, {"scope", references(std::move(scope))}},
                    std::move(more));
}
const std::vector<std::string> kAcrId = {"azurerm_container_registry.acr.id", "azurerm_container_registry.acr"};

// ---- known after apply --------------------------------------------------------------------------------------

TEST(TerraformUnknowns, AreFollowedToTheResourcesThatThePlanMakes) {
  const Read r = read(plan(
      {new_identity("azurerm_user_assigned_identity.ci"), new_registry(), new_assignment("azurerm_role_assignment.ci")},
      module({assigned("azurerm_role_assignment.ci",
                       {"azurerm_user_assigned_identity.ci.principal_id", "azurerm_user_assigned_identity.ci"},
                       kAcrId)})));
  EXPECT_EQ(r.kind, "terraform-plan");
  const Json object = r.object("azurerm_role_assignment.ci");
  EXPECT_EQ(object["id"],
            std::string(kRegistry) + "/providers/Microsoft.Authorization/roleAssignments/{azurerm_role_assignment.ci}");
  EXPECT_EQ(object["properties"]["scope"], kRegistry);
  EXPECT_EQ(object["properties"]["principalId"], "azurerm_user_assigned_identity.ci");
  EXPECT_EQ(object["properties"]["principalType"], "ServicePrincipal");
  EXPECT_EQ(object["properties"]["roleDefinitionName"], "AcrPush");
  EXPECT_FALSE(object["properties"].contains("roleDefinitionId"));
  EXPECT_TRUE(object["properties"]["condition"].is_null());
  EXPECT_EQ(r.declaration("azurerm_role_assignment.ci")->effect, Effect::Set);
  const parser::DeclaredIdentity* identity = r.identity("azurerm_user_assigned_identity.ci");
  ASSERT_NE(identity, nullptr);
  EXPECT_TRUE(identity->is_new);
  EXPECT_EQ(identity->object_id, "");
  EXPECT_EQ(identity->resource_id,
            std::string(kGroup) + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ci");
}

TEST(TerraformUnknowns, OfLocalsAreNamedAndNeverGuessed) {
  Read r = read(plan(
      {new_identity("azurerm_user_assigned_identity.ci"), new_registry(), new_assignment("azurerm_role_assignment.ci")},
      module({assigned("azurerm_role_assignment.ci", {"local.principal"}, {"local.scope"})})));
  EXPECT_EQ(r.property("azurerm_role_assignment.ci", "principalId"), "{azurerm_role_assignment.ci.principal_id}");
  EXPECT_EQ(r.property("azurerm_role_assignment.ci", "scope"), "{azurerm_role_assignment.ci.scope}");
  EXPECT_EQ(r.warnings("terraform-unresolved").size(), 2U);
}

TEST(TerraformUnknowns, OfTwoPossiblePrincipalsNoneIsTaken) {
  Read r = read(plan(
      {new_identity("azurerm_user_assigned_identity.a", "a"), new_identity("azurerm_user_assigned_identity.b", "b"),
       new_registry(), new_assignment("azurerm_role_assignment.ci")},
      module({assigned("azurerm_role_assignment.ci",
                       {"azurerm_user_assigned_identity.a.principal_id", "azurerm_user_assigned_identity.a",
                        "azurerm_user_assigned_identity.b.principal_id", "azurerm_user_assigned_identity.b"},
                       kAcrId)})));
  EXPECT_EQ(r.property("azurerm_role_assignment.ci", "principalId"), "{azurerm_role_assignment.ci.principal_id}");
  EXPECT_EQ(r.property("azurerm_role_assignment.ci", "scope"), kRegistry);
}

TEST(TerraformUnknowns, OfAScopePutTogetherFromSeveralValuesAreNotFollowed) {
  Read r = read(
      plan({new_registry(), new_assignment("azurerm_role_assignment.ci")},
           module({assigned("azurerm_role_assignment.ci", {"local.p"},
                            {"azurerm_container_registry.acr.id", "azurerm_container_registry.acr", "var.suffix"})})));
  EXPECT_EQ(r.property("azurerm_role_assignment.ci", "scope"), "{azurerm_role_assignment.ci.scope}");
}

TEST(TerraformUnknowns, AreFollowedThroughInputsAndOutputsOfModules) {
  const Json identity_module =
      module({}, {{"outputs",
                   {{"principal_id",
                     {{"expression", references({"azurerm_user_assigned_identity.this.principal_id",
                                                 "azurerm_user_assigned_identity.this"})}}}}}});
  const Json role_module = module({assigned("azurerm_role_assignment.role", {"var.principal_id"}, {"var.scope"})});
  Json root = module({});
  root["module_calls"] = {{"identity", {{"module", identity_module}}},
                          {"role",
                           {{"module", role_module},
                            {"expressions",
                             {{"principal_id", references({"module.identity.principal_id", "module.identity"})},
                              {"scope", references(kAcrId)}}}}}};
  Read r = read(plan({new_identity("module.identity.azurerm_user_assigned_identity.this"), new_registry(),
                      new_assignment("module.role.azurerm_role_assignment.role")},
                     root));
  EXPECT_EQ(r.property("module.role.azurerm_role_assignment.role", "principalId"),
            "module.identity.azurerm_user_assigned_identity.this");
  EXPECT_EQ(r.property("module.role.azurerm_role_assignment.role", "scope"), kRegistry);
  EXPECT_THAT(r.warnings("terraform-unresolved"), ElementsAre());
}

TEST(TerraformUnknowns, OfEachKeyMeanTheInstanceOfTheSameKey) {
  // principal_id = azurerm_user_assigned_identity.ids[each.key].principal_id: the attribute is not in the references.
  Read r = read(
      plan({new_identity(R"(azurerm_user_assigned_identity.ids["a"])", "a"),
            new_identity(R"(azurerm_user_assigned_identity.ids["b/c"])", "b"), new_registry(),
            new_assignment(R"(azurerm_role_assignment.r["a"])"), new_assignment(R"(azurerm_role_assignment.r["b/c"])"),
            new_assignment(R"(azurerm_role_assignment.r["d"])")},
           module({assigned("azurerm_role_assignment.r", {"azurerm_user_assigned_identity.ids", "each.key"}, kAcrId,
                            {{"for_each_expression", references({"var.names"})}})})));
  EXPECT_EQ(r.property(R"(azurerm_role_assignment.r["a"])", "principalId"),
            R"(azurerm_user_assigned_identity.ids["a"])");
  EXPECT_EQ(r.property(R"(azurerm_role_assignment.r["b/c"])", "principalId"),
            R"(azurerm_user_assigned_identity.ids["b/c"])");
  EXPECT_EQ(r.property(R"(azurerm_role_assignment.r["d"])", "principalId"),
            R"({azurerm_role_assignment.r["d"].principal_id})");
  // A slash in a key is no boundary of a segment.
  EXPECT_THAT(r.object(R"(azurerm_role_assignment.r["b/c"])")["id"].get<std::string>(),
              testing::EndsWith(R"(/roleAssignments/{azurerm_role_assignment.r["b%2Fc"]})"));
}

TEST(TerraformUnknowns, OfAResourceWithCountNeedAnIndexThatIsCertain) {
  const Json resources = module(
      {assigned("azurerm_role_assignment.counted", {"azurerm_user_assigned_identity.ids", "count.index"}, kAcrId),
       assigned("azurerm_role_assignment.literal",
                {"azurerm_user_assigned_identity.ids[1].principal_id", "azurerm_user_assigned_identity.ids[1]",
                 "azurerm_user_assigned_identity.ids"},
                kAcrId),
       assigned("azurerm_role_assignment.any", {"azurerm_user_assigned_identity.ids"}, kAcrId),
       assigned("azurerm_role_assignment.only", {"azurerm_user_assigned_identity.only"}, kAcrId)});
  Read r = read(
      plan({new_identity("azurerm_user_assigned_identity.ids[0]", "a"),
            new_identity("azurerm_user_assigned_identity.ids[1]", "b"),
            new_identity("azurerm_user_assigned_identity.only[0]", "c"), new_registry(),
            new_assignment("azurerm_role_assignment.counted[0]"), new_assignment("azurerm_role_assignment.counted[1]"),
            new_assignment("azurerm_role_assignment.literal"), new_assignment("azurerm_role_assignment.any"),
            new_assignment("azurerm_role_assignment.only")},
           resources));
  EXPECT_EQ(r.property("azurerm_role_assignment.counted[0]", "principalId"), "azurerm_user_assigned_identity.ids[0]");
  EXPECT_EQ(r.property("azurerm_role_assignment.counted[1]", "principalId"), "azurerm_user_assigned_identity.ids[1]");
  EXPECT_EQ(r.property("azurerm_role_assignment.literal", "principalId"), "azurerm_user_assigned_identity.ids[1]");
  EXPECT_EQ(r.property("azurerm_role_assignment.any", "principalId"), "{azurerm_role_assignment.any.principal_id}");
  EXPECT_EQ(r.property("azurerm_role_assignment.only", "principalId"), "azurerm_user_assigned_identity.only[0]");
}

TEST(TerraformUnknowns, OfAllInstancesBesideOneOfThemAreOpen) {
  const std::string ids = "azurerm_user_assigned_identity.ids";
  const auto principal = [&](const std::vector<std::string>& used, std::vector<Json> made) {
    made.push_back(new_registry());
    made.push_back(new_assignment("azurerm_role_assignment.r"));
    return read(plan(made, module({assigned("azurerm_role_assignment.r", used, kAcrId)})))
        .property("azurerm_role_assignment.r", "principalId");
  };
  const Json a = new_identity(ids + "[0]", "a");
  const Json b = new_identity(ids + "[1]", "b");
  const std::vector<std::string> conditional = {ids, ids + "[0].principal_id", ids + "[0]", ids};
  const std::vector<std::string> behind = {ids + "[0].principal_id", ids + "[0]", ids, ids};
  EXPECT_EQ(principal(conditional, {a, b}), "{azurerm_role_assignment.r.principal_id}");
  EXPECT_EQ(principal(behind, {a, b}), "{azurerm_role_assignment.r.principal_id}");
  EXPECT_EQ(principal(conditional, {a}), ids + "[0]");
}

TEST(TerraformUnknowns, OfAnotherAttributeInBracketsAreNoPrincipal) {
  const std::string one = R"(azurerm_user_assigned_identity.ids["a"])";
  const std::string ids = "azurerm_user_assigned_identity.ids";
  const auto principal = [&](const std::vector<std::string>& used, const std::vector<std::string>& output) {
    Json root =
        module({assigned("azurerm_role_assignment.r", used, kAcrId, {{"for_each_expression", references({ids})}})});
    root["module_calls"] = {
        {"m", {{"module", module({}, {{"outputs", {{"o", {{"expression", references(output)}}}}}})}}}};
    return read(plan({new_identity(one), new_identity("module.m." + one), new_registry(),
                      new_assignment(R"(azurerm_role_assignment.r["a"])")},
                     root))
        .property(R"(azurerm_role_assignment.r["a"])", "principalId");
  };
  const std::string open = R"({azurerm_role_assignment.r["a"].principal_id})";
  const std::vector<std::string> both = {ids + ".principal_id", ids, ids + ".client_id", ids};
  for (const std::string attribute : {"client_id", "id"}) {
    const std::string in_brackets = "[\"" + attribute + "\"]";
    EXPECT_EQ(principal({one + in_brackets, one, ids}, {ids}), open);
    EXPECT_EQ(principal({"each.value" + in_brackets, "each.value"}, {ids}), open);
    EXPECT_EQ(principal({"module.m.o" + in_brackets, "module.m.o", "module.m"}, {ids}), open);
  }
  EXPECT_EQ(principal({R"(module.m.o["cid"])", "module.m.o", "module.m"}, both), open);
  EXPECT_EQ(principal({"module.m", "each.key"}, both), open);
  EXPECT_EQ(principal({one + R"(["principal_id"])", one, ids}, {ids}), one);
  EXPECT_EQ(principal({R"(each.value["principal_id"])", "each.value"}, {ids}), one);
  EXPECT_EQ(principal({R"(module.m.o["a"])", "module.m.o", "module.m"}, {ids}), "module.m." + one);
}

TEST(TerraformUnknowns, OfACountThatIsNotTheOthersAreNotByTheSameIndex) {
  // ids[floor(count.index / 2)]: the plan names ids and count.index.
  Read r = read(plan(
      {new_identity("azurerm_user_assigned_identity.ids[0]", "a"),
       new_identity("azurerm_user_assigned_identity.ids[1]", "b"), new_registry(),
       new_assignment("azurerm_role_assignment.c[0]"), new_assignment("azurerm_role_assignment.c[1]"),
       new_assignment("azurerm_role_assignment.c[2]"), new_assignment("azurerm_role_assignment.c[3]")},
      module({assigned("azurerm_role_assignment.c", {"azurerm_user_assigned_identity.ids", "count.index"}, kAcrId)})));
  for (const std::string i : {"0", "1", "2", "3"}) {
    const std::string address = "azurerm_role_assignment.c[" + i + "]";
    EXPECT_EQ(r.property(address, "principalId"), "{" + address + ".principal_id}");
  }
}

TEST(TerraformUnknowns, OfEachValueThatIsAKeyMeanTheInstanceOfThatKey) {
  // By a set of names or a map to them: ids[each.value]. By the one that there is: for_each = ids.
  Json document =
      plan({new_identity(R"(azurerm_user_assigned_identity.ids["a"])", "a"),
            new_identity(R"(azurerm_user_assigned_identity.ids["b"])", "b"),
            new_identity(R"(azurerm_user_assigned_identity.one["b"])", "c"), new_registry(),
            new_assignment(R"(azurerm_role_assignment.chained["b"])"),
            new_assignment(R"(azurerm_role_assignment.by_name["a"])"),
            new_assignment(R"(azurerm_role_assignment.by_map["x"])")},
           module({assigned("azurerm_role_assignment.chained", {"each.value.principal_id", "each.value"}, kAcrId,
                            {{"for_each_expression", references({"azurerm_user_assigned_identity.one"})}}),
                   assigned("azurerm_role_assignment.by_name", {"azurerm_user_assigned_identity.ids", "each.value"},
                            kAcrId, {{"for_each_expression", references({"var.names"})}}),
                   assigned("azurerm_role_assignment.by_map", {"azurerm_user_assigned_identity.ids", "each.value"},
                            kAcrId, {{"for_each_expression", references({"var.map"})}})}));
  document["variables"] = {{"names", {{"value", {"a", "b"}}}}, {"map", {{"value", {{"x", "b"}}}}}};
  const Read r = read(document);
  EXPECT_EQ(r.property(R"(azurerm_role_assignment.chained["b"])", "principalId"),
            R"(azurerm_user_assigned_identity.one["b"])");
  EXPECT_EQ(r.property(R"(azurerm_role_assignment.by_name["a"])", "principalId"),
            R"(azurerm_user_assigned_identity.ids["a"])");
  EXPECT_EQ(r.property(R"(azurerm_role_assignment.by_map["x"])", "principalId"),
            R"(azurerm_user_assigned_identity.ids["b"])");
}

TEST(TerraformUnknowns, OfAnElementThatAnExpressionMakesMayBeOfAnyInstance) {
  // reverse(ids[*].principal_id)[1] by way of an output, {for i in ids : i.name => i.principal_id}["a"] likewise and by
  // each.value, and for_each = {for i in ids : i.name => i}. Plans show all of them as they show ids alone.
  const std::string output = "module.m.azurerm_user_assigned_identity.ids";
  const std::string by_name = "azurerm_user_assigned_identity.named";
  const Json outputs = {{"outputs", {{"ids", {{"expression", references({"azurerm_user_assigned_identity.ids"})}}}}}};
  Json root =
      module({assigned("azurerm_role_assignment.by_index", {"module.m.ids[1]", "module.m.ids", "module.m"}, kAcrId),
              assigned("azurerm_role_assignment.of_output", {"each.value"}, kAcrId,
                       {{"for_each_expression", references({"module.m.ids", "module.m"})}}),
              assigned("azurerm_role_assignment.by_key", {"each.value"}, kAcrId,
                       {{"for_each_expression", references({by_name})}}),
              assigned("azurerm_role_assignment.whole", {"each.value.principal_id", "each.value"}, kAcrId,
                       {{"for_each_expression", references({by_name})}}),
              assigned("azurerm_role_assignment.of_module", {"each.value.ids", "each.value"}, kAcrId,
                       {{"for_each_expression", references({"module.each"})}}),
              assigned("azurerm_role_assignment.only", {"module.one.ids[0]", "module.one.ids", "module.one"}, kAcrId)});
  root["module_calls"] = {{"m", {{"module", module({}, outputs)}}},
                          {"each", {{"module", module({}, outputs)}}},
                          {"one", {{"module", module({}, outputs)}}}};
  const std::vector<std::string> open = {"azurerm_role_assignment.by_index", "azurerm_role_assignment.of_output[1]",
                                         R"(azurerm_role_assignment.by_key["a"])",
                                         R"(azurerm_role_assignment.whole["a"])",
                                         R"(azurerm_role_assignment.of_module["a"])"};
  std::vector<Json> changes = {new_identity(output + "[0]", "a"),
                               new_identity(output + "[1]", "b"),
                               new_identity(by_name + R"(["a"])", "b"),
                               new_identity(by_name + R"(["b"])", "a"),
                               new_identity(R"(module.each["a"].azurerm_user_assigned_identity.ids)", "b"),
                               new_identity(R"(module.each["b"].azurerm_user_assigned_identity.ids)", "a"),
                               new_identity("module.one.azurerm_user_assigned_identity.ids[0]", "c"),
                               new_registry(),
                               new_assignment("azurerm_role_assignment.only")};
  for (const std::string& address : open) changes.push_back(new_assignment(address));
  const Read r = read(plan(changes, root));
  for (const std::string& address : open) {
    EXPECT_EQ(r.property(address, "principalId"), "{" + address + ".principal_id}");
  }
  EXPECT_EQ(r.property("azurerm_role_assignment.only", "principalId"),
            "module.one.azurerm_user_assigned_identity.ids[0]");
}

TEST(TerraformUnknowns, OfAListOfInstancesSomeMayBeLeftOut) {
  // [for i in ids : i.principal_id if …] and ids[*].principal_id are shown alike.
  const Json members = references({"azurerm_user_assigned_identity.ids"});
  const Read r =
      read(plan({new_identity(R"(azurerm_user_assigned_identity.ids["a"])", "a"),
                 new_identity(R"(azurerm_user_assigned_identity.ids["b"])", "b"),
                 create("azuread_group.g", {{"display_name", "g"}}, {{"object_id", true}, {"members", true}})},
                module({configured("azuread_group.g", {{"members", members}})})));
  ASSERT_EQ(r.infrastructure.members.size(), 2U);
  EXPECT_THAT(r.infrastructure.members[1].members, ElementsAre("{azuread_group.g.members}"));
}

TEST(TerraformUnknowns, OfModulesWithForEachStayInTheirInstance) {
  // The module makes an identity and its assignment; its registry comes from outside.
  const Json inner =
      module({assigned("azurerm_role_assignment.r",
                       {"azurerm_user_assigned_identity.this.principal_id", "azurerm_user_assigned_identity.this"},
                       {"var.registry.id", "var.registry"})},
             {{"outputs",
               {{"principal_id",
                 {{"expression", references({"azurerm_user_assigned_identity.this.principal_id",
                                             "azurerm_user_assigned_identity.this"})}}}}}});
  Json root = module({assigned("azurerm_role_assignment.outer", {"module.app", "each.key"}, kAcrId)});
  root["module_calls"] = {{"app",
                           {{"module", inner},
                            {"for_each_expression", references({"var.apps"})},
                            {"expressions", {{"registry", references({"azurerm_container_registry.acr"})}}}}}};
  const Read r = read(plan({new_identity(R"(module.app["x.y"].azurerm_user_assigned_identity.this)", "a"),
                            new_identity(R"(module.app["z"].azurerm_user_assigned_identity.this)", "b"), new_registry(),
                            new_assignment(R"(module.app["x.y"].azurerm_role_assignment.r)"),
                            new_assignment(R"(module.app["z"].azurerm_role_assignment.r)"),
                            new_assignment(R"(azurerm_role_assignment.outer["z"])")},
                           root));
  EXPECT_EQ(r.property(R"(module.app["x.y"].azurerm_role_assignment.r)", "principalId"),
            R"(module.app["x.y"].azurerm_user_assigned_identity.this)");
  EXPECT_EQ(r.property(R"(module.app["z"].azurerm_role_assignment.r)", "principalId"),
            R"(module.app["z"].azurerm_user_assigned_identity.this)");
  EXPECT_EQ(r.property(R"(module.app["z"].azurerm_role_assignment.r)", "scope"), kRegistry);
  EXPECT_EQ(r.property(R"(azurerm_role_assignment.outer["z"])", "principalId"),
            R"(module.app["z"].azurerm_user_assigned_identity.this)");
}

TEST(TerraformUnknowns, OfDataSourcesAreNotNew) {
  const Read r =
      read(plan({change("data.azuread_group.devs", {"read"}, nullptr, {{"display_name", "devs"}},
                        {{"object_id", true}, {"id", true}}),
                 new_registry(), new_assignment("azurerm_role_assignment.r")},
                module({assigned("azurerm_role_assignment.r",
                                 {"data.azuread_group.devs.object_id", "data.azuread_group.devs"}, kAcrId)})));
  EXPECT_EQ(r.property("azurerm_role_assignment.r", "principalId"), "{data.azuread_group.devs.object_id}");
  EXPECT_EQ(r.property("azurerm_role_assignment.r", "principalType"), "Group");
  EXPECT_EQ(r.identity("data.azuread_group.devs"), nullptr);
}

TEST(TerraformUnknowns, OfAConditionLeaveItOpen) {
  Json assignment = new_assignment("azurerm_role_assignment.r");
  assignment["change"]["after"].erase("condition");
  assignment["change"]["after_unknown"]["condition"] = true;
  Read r = read(plan({assignment}));
  EXPECT_EQ(r.property("azurerm_role_assignment.r", "condition"), "{azurerm_role_assignment.r.condition}");
  EXPECT_EQ(r.warnings("terraform-unresolved").size(), 3U);
}

TEST(TerraformUnknowns, InACircleOfReferencesEnd) {
  Json root = module({configured("azurerm_container_registry_token.t",
                                 {{"scope_map_id", references({"azurerm_container_registry_token.t.id"})}}),
                      configured("azapi_resource.a", {{"parent_id", references({"azapi_resource.b.id"})}}),
                      configured("azapi_resource.b", {{"parent_id", references({"azapi_resource.a.id"})}}),
                      assigned("azurerm_role_assignment.r", {"module.m.o"}, {"var.x"})});
  root["module_calls"] = {{"m",
                           {{"module", module({}, {{"outputs", {{"o", {{"expression", references({"var.v"})}}}}}})},
                            {"expressions", {{"v", references({"module.m.o", "module.m"})}}}}}};
  const Json azapi = {{"type", "Microsoft.ContainerRegistry/registries/scopeMaps@2025-11-01"}, {"name", "x"}};
  const Read r = read(
      plan({create("azapi_resource.a", azapi, {{"parent_id", true}}),
            create("azapi_resource.b", azapi, {{"parent_id", true}}),
            create("azurerm_container_registry_token.t", {{"name", "t"}}, {{"scope_map_id", true}}),
            new_identity("module.m.azurerm_user_assigned_identity.i"), new_assignment("azurerm_role_assignment.r")},
           root));
  EXPECT_EQ(r.property("azurerm_role_assignment.r", "principalId"), "{azurerm_role_assignment.r.principal_id}");
}

TEST(TerraformUnknowns, WhatIsKnownOrNeverAPrincipalIsNotTheValue) {
  // coalesce(KNOWN, UNKNOWN), an object with ids beside it, and a value of another provider, which may be anything.
  Read r = read(plan(
      {new_identity("azurerm_user_assigned_identity.new"),
       kept("azurerm_user_assigned_identity.old", {{"principal_id", kGuid}, {"id", "/x"}}), new_registry(),
       new_assignment("azurerm_role_assignment.known"), new_assignment("azurerm_role_assignment.other"),
       create("time_sleep.wait", Json::object(), {{"triggers", true}})},
      module({assigned("azurerm_role_assignment.known",
                       {"azurerm_user_assigned_identity.old.principal_id",
                        "azurerm_user_assigned_identity.new.principal_id", "azurerm_container_registry.acr.id"},
                       kAcrId),
              assigned("azurerm_role_assignment.other",
                       {"time_sleep.wait.triggers", "azurerm_user_assigned_identity.new.principal_id"}, kAcrId)})));
  EXPECT_EQ(r.property("azurerm_role_assignment.known", "principalId"), "azurerm_user_assigned_identity.new");
  EXPECT_EQ(r.property("azurerm_role_assignment.other", "principalId"), "{azurerm_role_assignment.other.principal_id}");
}

TEST(TerraformUnknowns, OfListsWithInputsAreLeftOpen) {
  Read r = read(plan(
      {new_identity("azurerm_user_assigned_identity.a"),
       create("azuread_group.g", {{"display_name", "g"}}, {{"object_id", true}, {"members", true}})},
      module({configured("azuread_group.g", {{"members", references({"azurerm_user_assigned_identity.a.principal_id",
                                                                     "var.admins"})}})})));
  ASSERT_EQ(r.infrastructure.members.size(), 2U);
  EXPECT_THAT(r.infrastructure.members[1].members, ElementsAre("{azuread_group.g.members}"));
}

TEST(TerraformUnknowns, ThatCouldTakeForeverToFollowAreLeftOpen) {
  // Each output refers to both outputs of the next module: 2^40 ways.
  Json inner = module(
      {}, {{"outputs",
            {{"a", {{"expression", references({"local.x"})}}}, {"b", {{"expression", references({"local.x"})}}}}}});
  for (int i = 0; i < 40; ++i) {
    const Json both = {{"expression", references({"module.m.a", "module.m.b", "module.m"})}};
    inner = module({}, {{"outputs", {{"a", both}, {"b", both}}}, {"module_calls", {{"m", {{"module", inner}}}}}});
  }
  Json root = module({assigned("azurerm_role_assignment.r", {"module.m.a", "module.m"}, kAcrId)});
  root["module_calls"] = {{"m", {{"module", inner}}}};
  std::string nested = "module.m";
  std::vector<Json> changes = {new_registry(), new_assignment("azurerm_role_assignment.r")};
  for (int i = 0; i < 41; ++i, nested += ".module.m")
    changes.push_back(create(nested + ".random_id.x", Json::object()));
  const Read r = read(plan(changes, root));
  EXPECT_EQ(r.property("azurerm_role_assignment.r", "principalId"), "{azurerm_role_assignment.r.principal_id}");
}

// ---- ids ----------------------------------------------------------------------------------------------------

TEST(TerraformIds, TakeTheSubscriptionFromTheProviderThePlanOrTheOptions) {
  Json document = plan({new_registry()});
  EXPECT_EQ(read(document).object("azurerm_container_registry.acr")["id"], kRegistry);
  document = plan({new_registry()}, module({configured("azurerm_container_registry.acr", Json::object())}));
  EXPECT_EQ(read(document).object("azurerm_container_registry.acr")["id"], kRegistry);

  document["configuration"]["provider_config"]["azurerm"]["expressions"]["subscription_id"] = references({"var.s"});
  document["variables"]["s"]["value"] = "33333333-3333-3333-3333-333333333333";
  EXPECT_THAT(read(document).object("azurerm_container_registry.acr")["id"].get<std::string>(),
              testing::StartsWith("/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg/"));

  document["configuration"]["provider_config"].erase("azurerm");
  EXPECT_THAT(read(document).object("azurerm_container_registry.acr")["id"].get<std::string>(),
              testing::StartsWith("/subscriptions/{subscription}/resourceGroups/rg/"));
  parser::Deployment deployment;
  deployment.subscription = "44444444-4444-4444-4444-444444444444";
  EXPECT_THAT(read(document.dump(), parser::PlanSide::After, deployment)
                  .object("azurerm_container_registry.acr")["id"]
                  .get<std::string>(),
              testing::StartsWith("/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/rg/"));

  document["resource_changes"].push_back(kept("azurerm_resource_group.rg", {{"id", kGroup}, {"name", "rg"}}));
  EXPECT_EQ(read(document).object("azurerm_container_registry.acr")["id"], kRegistry);
}

TEST(TerraformIds, OfAliasedProvidersWithoutASubscriptionDiffer) {
  Json hub = configured("azurerm_container_registry.hub", Json::object());
  hub["provider_config_key"] = "azurerm.hub";
  Json document = plan({new_registry(), new_registry("azurerm_container_registry.hub")},
                       module({hub, configured("azurerm_container_registry.acr", Json::object())}));
  document["configuration"].erase("provider_config");
  const Read r = read(document);
  EXPECT_NE(r.object("azurerm_container_registry.hub")["id"], r.object("azurerm_container_registry.acr")["id"]);
}

/// `"${azurerm_resource_group.main.id}/providers/Microsoft.Storage/…"` refers to nothing but the group either.
TEST(TerraformIds, AGroupThatAScopeRefersToMayBeOnlyItsBeginning) {
  const Json group = create("azurerm_resource_group.main", {{"location", "x"}, {"name", "rg"}}, {{"id", true}});
  const Read r = read(plan({group, new_registry(), new_assignment("azurerm_role_assignment.r")},
                           module({assigned("azurerm_role_assignment.r", {"local.p"},
                                            {"azurerm_resource_group.main.id", "azurerm_resource_group.main"})})));
  const std::string scope = model::scope_key(r.property("azurerm_role_assignment.r", "scope"));
  EXPECT_EQ(model::scope_covers(scope, model::scope_key(kRegistry)), model::Truth::Unknown) << scope;
  EXPECT_EQ(model::scope_covers(scope, "/subscriptions/" + std::string(kSubscription) + "/resourcegroups/other"),
            model::Truth::False)
      << scope;
}

TEST(TerraformIds, OfNamesThatAreNotKnownAreTheSameWhereverTheyAreReferredTo) {
  const Json group = create("azurerm_resource_group.main", {{"location", "x"}}, {{"name", true}, {"id", true}});
  Json registry = new_registry();
  registry["change"]["after"].erase("resource_group_name");
  registry["change"]["after_unknown"]["resource_group_name"] = true;
  const Read r =
      read(plan({group, registry, new_assignment("azurerm_role_assignment.r")},
                module({configured("azurerm_container_registry.acr",
                                   {{"resource_group_name",
                                     references({"azurerm_resource_group.main.name", "azurerm_resource_group.main"})}}),
                        assigned("azurerm_role_assignment.r", {"local.p"},
                                 {"azurerm_resource_group.main.id", "azurerm_resource_group.main"})})));
  const std::string scope = r.property("azurerm_role_assignment.r", "scope");
  const std::string made =
      "/subscriptions/" + std::string(kSubscription) + "/resourceGroups/{azurerm_resource_group.main.name}";
  EXPECT_EQ(scope, made + "/{whether azurerm_role_assignment.r.scope is no more than this}");
  EXPECT_THAT(r.object("azurerm_container_registry.acr")["id"].get<std::string>(),
              HasSubstr("/resourceGroups/{azurerm_resource_group.main.name}/providers/"));
}

TEST(TerraformIds, OfOtherResourcesAreNoRegistries) {
  const Read r =
      read(plan({create("azurerm_key_vault.kv", {{"name", "kv"}, {"resource_group_name", "rg"}}, {{"id", true}}),
                 new_assignment("azurerm_role_assignment.r")},
                module({assigned("azurerm_role_assignment.r", {"local.p"},
                                 {"azurerm_key_vault.kv.id", "azurerm_key_vault.kv"})})));
  EXPECT_THAT(r.property("azurerm_role_assignment.r", "scope"),
              testing::EndsWith("/resourceGroups/rg/providers/azurerm_key_vault/{azurerm_key_vault.kv}"));
}

// ---- what becomes of resources ------------------------------------------------------------------------------

const Json kAssignment = {{"id", std::string(kRegistry) + "/providers/Microsoft.Authorization/roleAssignments/ra"},
                          {"name", "ra"},
                          {"scope", kRegistry},
                          {"principal_id", kGuid},
                          {"principal_type", "User"},
                          {"role_definition_id",
                           "/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/"
                           "7f951dda-4ed3-4680-a7ca-43fe172d538d"},
                          {"condition", ""}};

TEST(TerraformActions, DeletionsRemoveAndStandBeforeEverythingElse) {
  const Read r = read(
      plan({kept("azurerm_role_assignment.kept", kAssignment), removed("azurerm_role_assignment.gone", kAssignment)}));
  ASSERT_EQ(r.infrastructure.declarations.size(), 2U);
  EXPECT_EQ(r.infrastructure.declarations[0].effect, Effect::Remove);
  EXPECT_EQ(r.infrastructure.declarations[0].address, "azurerm_role_assignment.gone");
  const Json gone = Json::parse(r.infrastructure.declarations[0].object);
  EXPECT_EQ(gone["id"], kAssignment["id"]);
  EXPECT_EQ(gone["type"], "Microsoft.Authorization/roleAssignments");
}

TEST(TerraformActions, ReplacementsRemoveTheOldAndSetTheNewInEitherOrder) {
  for (const auto& actions :
       {std::vector<std::string>{"delete", "create"}, std::vector<std::string>{"create", "delete"}}) {
    Json after = kAssignment;
    after.erase("id");
    after.erase("name");
    after["principal_id"] = "33333333-3333-3333-3333-333333333333";
    const Read r =
        read(plan({change("azurerm_role_assignment.r", actions, kAssignment, after, {{"id", true}, {"name", true}})}));
    ASSERT_EQ(r.infrastructure.declarations.size(), 2U);
    EXPECT_EQ(r.infrastructure.declarations[0].effect, Effect::Remove);
    EXPECT_EQ(r.infrastructure.declarations[1].effect, Effect::Set);
    const Json set = Json::parse(r.infrastructure.declarations[1].object);
    EXPECT_THAT(set["id"].get<std::string>(), testing::EndsWith("/roleAssignments/{azurerm_role_assignment.r}"));
    EXPECT_EQ(set["properties"]["principalId"], "33333333-3333-3333-3333-333333333333");
  }
}

TEST(TerraformActions, WhatTerraformForgetsStays) {
  const Read r = read(plan({change("azurerm_role_assignment.r", {"forget"}, kAssignment, nullptr)}));
  ASSERT_EQ(r.infrastructure.declarations.size(), 1U);
  EXPECT_EQ(r.infrastructure.declarations[0].effect, Effect::Set);
  EXPECT_EQ(r.object("azurerm_role_assignment.r")["id"], kAssignment["id"]);
}

TEST(TerraformActions, WhatTakesThePlaceOfWhatIsForgottenIsNew) {
  Json after = kAssignment;
  after.erase("id");
  after.erase("name");
  const Read r =
      read(plan({change("azurerm_role_assignment.r", {"create", "forget"}, kAssignment, after, {{"id", true}})}));
  ASSERT_EQ(r.infrastructure.declarations.size(), 1U);
  EXPECT_THAT(r.object("azurerm_role_assignment.r")["id"].get<std::string>(), HasSubstr("{azurerm_role_assignment.r}"));
}

TEST(TerraformActions, AMoveIsNoDeletion) {
  Json moved = kept("azurerm_role_assignment.new", kAssignment);
  moved["previous_address"] = "azurerm_role_assignment.old";
  const Read r = read(plan({moved}));
  ASSERT_EQ(r.infrastructure.declarations.size(), 1U);
  EXPECT_EQ(r.infrastructure.declarations[0].address, "azurerm_role_assignment.new");
}

TEST(TerraformActions, ADeposedObjectIsRemovedAndItsSuccessorStays) {
  Json old = removed("azurerm_role_assignment.r", kAssignment);
  old["deposed"] = "abcdef01";
  Json values = kAssignment;
  values["id"] = std::string(kRegistry) + "/providers/Microsoft.Authorization/roleAssignments/other";
  const Read r = read(plan({old, kept("azurerm_role_assignment.r", values)}));
  ASSERT_EQ(r.infrastructure.declarations.size(), 2U);
  EXPECT_EQ(r.infrastructure.declarations[0].effect, Effect::Remove);
  EXPECT_EQ(r.infrastructure.declarations[1].effect, Effect::Set);
}

TEST(TerraformActions, WhatAnUpdateLeavesOpenIsNamed) {
  const Json before = {{"id", kRegistry}, {"name", "contoso"}, {"resource_group_name", "rg"}, {"admin_enabled", true}};
  Json after = before;
  after.erase("admin_enabled");
  Read r = read(plan({change("azurerm_container_registry.acr", {"update"}, before, after, {{"admin_enabled", true}})}));
  EXPECT_EQ(r.declaration("azurerm_container_registry.acr")->effect, Effect::Change);
  EXPECT_FALSE(r.object("azurerm_container_registry.acr")["properties"].contains("adminUserEnabled"));
  EXPECT_THAT(r.warnings("terraform-mode-not-told"), ElementsAre()) << "exports may tell it";

  Json assignment = kAssignment;
  assignment.erase("principal_id");
  Read s =
      read(plan({change("azurerm_role_assignment.r", {"update"}, kAssignment, assignment, {{"principal_id", true}})}));
  EXPECT_EQ(s.property("azurerm_role_assignment.r", "principalId"), "{azurerm_role_assignment.r.principal_id}");
}

TEST(TerraformActions, TheSideBeforeIsThePriorState) {
  Json document =
      plan({removed("azurerm_role_assignment.gone", kAssignment), new_identity("azurerm_user_assigned_identity.new")});
  const Json untouched = {{"address", "azurerm_role_assignment.other"},
                          {"mode", "managed"},
                          {"type", "azurerm_role_assignment"},
                          {"name", "other"},
                          {"values", kAssignment}};
  document["prior_state"]["values"]["root_module"]["resources"] = Json::array({untouched});
  const Read before = read(document, parser::PlanSide::Before);
  ASSERT_EQ(before.infrastructure.declarations.size(), 2U);
  EXPECT_EQ(before.declaration("azurerm_role_assignment.gone")->effect, Effect::Set);
  EXPECT_EQ(before.declaration("azurerm_role_assignment.other")->effect, Effect::Set);
  EXPECT_EQ(before.identity("azurerm_user_assigned_identity.new"), nullptr);
  // What a plan with a target leaves alone stays as it is.
  const Read after = read(document);
  EXPECT_EQ(after.declaration("azurerm_role_assignment.other")->effect, Effect::Set);
  EXPECT_EQ(after.declaration("azurerm_role_assignment.gone")->effect, Effect::Remove);
}

TEST(TerraformActions, DriftAndPartialPlansAreSaid) {
  Json document = plan({});
  document["complete"] = false;
  document["resource_drift"] = {kept("azurerm_role_assignment.r", kAssignment),
                                kept("azurerm_key_vault.kv", {{"id", "x"}})};
  Read r = read(document);
  EXPECT_THAT(r.warnings("terraform-drift"), ElementsAre(HasSubstr("`azurerm_role_assignment.r`")));
  EXPECT_THAT(r.warnings("terraform-partial"), ElementsAre(HasSubstr("not complete")));
  document["errored"] = true;
  EXPECT_THAT(read(document).warnings("terraform-partial"), ElementsAre(HasSubstr("error")));
}

TEST(TerraformActions, Trap13_APlanWithoutChangesIsReadFromItsPlannedValues) {
  Json document = plan({});
  document.erase("resource_changes");
  const Json child = {
      {"address", "module.m"},
      {"resources",
       {{{"address", "module.m.azurerm_role_assignment.r"},
         {"mode", "managed"},
         {"type", "azurerm_role_assignment"},
         {"name", "r"},
         {"values", {{"role_definition_name", "AcrPull"}, {"scope", kRegistry}, {"condition", nullptr}}}}}}};
  document["planned_values"]["root_module"]["child_modules"] = Json::array({child});
  Read r = read(document);
  EXPECT_EQ(r.property("module.m.azurerm_role_assignment.r", "scope"), kRegistry);
  EXPECT_EQ(r.property("module.m.azurerm_role_assignment.r", "principalId"),
            "{module.m.azurerm_role_assignment.r.principal_id}");
  EXPECT_THAT(r.warnings("terraform-partial"), ElementsAre(HasSubstr("deletes is not known")));
}

TEST(TerraformActions, PositionsPointIntoTheFile) {
  const std::string text = plan({kept("azurerm_role_assignment.r", kAssignment)}).dump(1);
  const Read r = read(text);
  const parser::Declaration* declaration = r.declaration("azurerm_role_assignment.r");
  EXPECT_EQ(declaration->pointer, "/resource_changes/0");
  EXPECT_EQ(text.at(declaration->offset), '{');
  EXPECT_GT(declaration->offset, text.find("resource_changes"));
}

// ---- kinds of resources -------------------------------------------------------------------------------------

TEST(TerraformKinds, ARegistryWithAllThatDecidesAccess) {
  Json values = {{"id", kRegistry},
                 {"name", "contoso"},
                 {"login_server", "contoso.azurecr.io"},
                 {"resource_group_name", "rg"},
                 {"sku", "Premium"},
                 {"admin_enabled", true},
                 {"admin_password", "hunter2hunter2"},
                 {"anonymous_pull_enabled", false},
                 {"public_network_access_enabled", false},
                 {"network_rule_bypass_option", "None"},
                 {"role_assignment_mode", "AbacRepositoryPermissions"},
                 {"export_policy_enabled", false},
                 {"azuread_authentication_as_arm_policy_enabled", true},
                 {"quarantine_policy_enabled", true},
                 {"network_rule_set",
                  {{{"default_action", "Deny"}, {"ip_rule", {{{"action", "Allow"}, {"ip_range", "10.0.0.0/8"}}}}}}},
                 {"identity", {{{"type", "SystemAssigned"}, {"principal_id", kGuid}, {"identity_ids", nullptr}}}}};
  Read r = read(plan({kept("azurerm_container_registry.acr", values)}));
  EXPECT_EQ(r.object("azurerm_container_registry.acr"), Json::parse(R"({
      "id": "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso",
      "type": "Microsoft.ContainerRegistry/registries", "name": "contoso", "sku": {"name": "Premium"},
      "identity": {"type": "SystemAssigned", "principalId": "22222222-2222-2222-2222-222222222222"},
      "properties": {"loginServer": "contoso.azurecr.io", "adminUserEnabled": true, "anonymousPullEnabled": false,
        "publicNetworkAccess": "Disabled", "networkRuleBypassOptions": "None",
        "roleAssignmentMode": "AbacRepositoryPermissions",
        "policies": {"exportPolicy": {"status": "disabled"}, "quarantinePolicy": {"status": "enabled"},
          "azureADAuthenticationAsArmPolicy": {"status": "enabled"}},
        "networkRuleSet": {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "10.0.0.0/8"}]}}})"));
  EXPECT_EQ(r.warnings("secret-in-export").size(), 1U);
  EXPECT_THAT(r.warnings("terraform-mode-not-told"), ElementsAre());
}

TEST(TerraformKinds, Trap1_ANewRegistryWithoutItsModeIsNotTakenForLegacy) {
  Json registry = new_registry();
  registry["change"]["after"].erase("role_assignment_mode");
  Read r = read(plan({registry}));
  EXPECT_FALSE(r.object("azurerm_container_registry.acr")["properties"].contains("roleAssignmentMode"));
  EXPECT_THAT(r.warnings("terraform-mode-not-told"), ElementsAre(HasSubstr("`azurerm_container_registry.acr`")));
}

TEST(TerraformKinds, ChildrenOfRegistries) {
  const std::string registry(kRegistry);
  const Read r = read(plan(
      {new_registry(),
       create("azurerm_container_registry_scope_map.m",
              {{"name", "m"},
               {"container_registry_name", "contoso"},
               {"resource_group_name", "rg"},
               {"actions", {"repositories/app/content/read"}}},
              {{"id", true}}),
       create(
           "azurerm_container_registry_token.t",
           {{"name", "t"}, {"container_registry_name", "contoso"}, {"resource_group_name", "rg"}, {"enabled", false}},
           {{"id", true}, {"scope_map_id", true}}),
       create("azurerm_container_registry_token_password.p",
              {{"password1", {{{"expiry", "2030-01-01T00:00:00Z"}, {"value", "hunter2hunter2"}}}},
               {"password2", Json::array()}},
              {{"container_registry_token_id", true}}),
       create("azurerm_container_registry_cache_rule.c",
              {{"name", "c"},
               {"container_registry_id", kRegistry},
               {"source_repo", "docker.io/library/nginx"},
               {"target_repo", "nginx"},
               {"credential_set_id", nullptr}},
              {{"id", true}}),
       create("azurerm_container_registry_credential_set.s",
              {{"name", "s"},
               {"container_registry_id", kRegistry},
               {"login_server", "docker.io"},
               {"identity", {{{"type", "SystemAssigned"}}}}},
              {{"id", true}, {"identity", {{{"principal_id", true}}}}})},
      module({configured("azurerm_container_registry_token.t",
                         {{"scope_map_id", references({"azurerm_container_registry_scope_map.m.id"})}}),
              configured("azurerm_container_registry_token_password.p",
                         {{"container_registry_token_id", references({"azurerm_container_registry_token.t.id"})}})})));
  EXPECT_EQ(r.object("azurerm_container_registry_scope_map.m")["id"], registry + "/scopeMaps/m");
  EXPECT_EQ(r.object("azurerm_container_registry_scope_map.m")["properties"]["actions"],
            Json::array({"repositories/app/content/read"}));
  EXPECT_EQ(r.object("azurerm_container_registry_token.t")["id"], registry + "/tokens/t");
  EXPECT_EQ(r.property("azurerm_container_registry_token.t", "scopeMapId"), registry + "/scopeMaps/m");
  EXPECT_EQ(r.property("azurerm_container_registry_token.t", "status"), "disabled");
  EXPECT_EQ(r.object("azurerm_container_registry_token.t")["properties"]["credentials"]["passwords"],
            Json::parse(R"([{"name": "password1", "expiry": "2030-01-01T00:00:00Z"}])"));
  EXPECT_EQ(r.object("azurerm_container_registry_cache_rule.c")["id"], registry + "/cacheRules/c");
  EXPECT_FALSE(r.object("azurerm_container_registry_cache_rule.c")["properties"].contains("credentialSetResourceId"));
  EXPECT_EQ(r.object("azurerm_container_registry_credential_set.s")["identity"]["principalId"],
            "azurerm_container_registry_credential_set.s");
}

TEST(TerraformKinds, AClusterPullsAsItsKubelet) {
  const auto cluster = [](Json kubelet, Json unknown) {
    Json change_ =
        create("azurerm_kubernetes_cluster.aks",
               {{"name", "aks"}, {"resource_group_name", "rg"}, {"identity", {{{"type", "SystemAssigned"}}}}},
               {{"id", true}, {"identity", {{{"principal_id", true}}}}});
    if (!kubelet.is_null()) change_["change"]["after"]["kubelet_identity"] = std::move(kubelet);
    change_["change"]["after_unknown"]["kubelet_identity"] = std::move(unknown);
    return change_;
  };
  const Json assignments =
      module({assigned("azurerm_role_assignment.pull",
                       {"azurerm_kubernetes_cluster.aks.kubelet_identity[0].object_id",
                        "azurerm_kubernetes_cluster.aks.kubelet_identity[0]",
                        "azurerm_kubernetes_cluster.aks.kubelet_identity", "azurerm_kubernetes_cluster.aks"},
                       kAcrId),
              assigned("azurerm_role_assignment.control",
                       {"azurerm_kubernetes_cluster.aks.identity[0].principal_id",
                        "azurerm_kubernetes_cluster.aks.identity[0]", "azurerm_kubernetes_cluster.aks.identity",
                        "azurerm_kubernetes_cluster.aks"},
                       kAcrId),
              configured("azurerm_kubernetes_cluster.aks",
                         {{"kubelet_identity",
                           {{{"object_id", references({"azurerm_user_assigned_identity.k.principal_id"})},
                             {"user_assigned_identity_id", references({"azurerm_user_assigned_identity.k.id"})}}}}})});
  const std::vector<Json> rest = {new_identity("azurerm_user_assigned_identity.k"), new_registry(),
                                  new_assignment("azurerm_role_assignment.pull"),
                                  new_assignment("azurerm_role_assignment.control")};
  std::vector<Json> own = rest;
  own.push_back(cluster(nullptr, true));
  Json without_block = assignments;
  without_block["resources"][2]["expressions"] = Json::object();
  const Read r = read(plan(own, without_block));
  EXPECT_EQ(r.property("azurerm_role_assignment.pull", "principalId"), "azurerm_kubernetes_cluster.aks");
  EXPECT_EQ(r.property("azurerm_role_assignment.control", "principalId"), "azurerm_kubernetes_cluster.aks.identity");
  EXPECT_TRUE(r.identity("azurerm_kubernetes_cluster.aks")->is_new);
  EXPECT_TRUE(r.identity("azurerm_kubernetes_cluster.aks.identity")->is_new);
  EXPECT_EQ(r.object("azurerm_kubernetes_cluster.aks")["properties"]["identityProfile"]["kubeletidentity"]["objectId"],
            "azurerm_kubernetes_cluster.aks");

  std::vector<Json> given = rest;
  given.push_back(cluster(Json::array({Json::object()}),
                          {{{"object_id", true}, {"client_id", true}, {"user_assigned_identity_id", true}}}));
  const Read s = read(plan(given, assignments));
  EXPECT_EQ(s.property("azurerm_role_assignment.pull", "principalId"), "azurerm_user_assigned_identity.k");
  EXPECT_FALSE(s.identity("azurerm_kubernetes_cluster.aks")->is_new);
  EXPECT_EQ(s.identity("azurerm_kubernetes_cluster.aks")->object_id, "azurerm_user_assigned_identity.k");

  // The block is in the configuration, and the plan's values do not show it.
  const Read t = read(plan(own, assignments));
  EXPECT_EQ(t.property("azurerm_role_assignment.pull", "principalId"), "azurerm_user_assigned_identity.k");
}

TEST(TerraformKinds, GroupsAndTheirMembers) {
  Read r = read(
      plan({create("azuread_group.new", {{"display_name", "New"}, {"members", nullptr}},
                   {{"object_id", true}, {"id", true}}),
            create("azuread_group_member.m", {}, {{"group_object_id", true}, {"member_object_id", true}}),
            kept("azuread_group.old", {{"display_name", "Old"},
                                       {"id", "/groups/" + std::string(kGuid)},
                                       {"object_id", kGuid},
                                       {"members", {"33333333-3333-3333-3333-333333333333"}}}),
            removed("azuread_group_member.gone", {{"group_object_id", "/groups/" + std::string(kGuid)},
                                                  {"member_object_id", "44444444-4444-4444-4444-444444444444"}}),
            create("azuread_service_principal.sp", {{"client_id", "55555555-5555-5555-5555-555555555555"}},
                   {{"object_id", true}, {"id", true}, {"display_name", true}})},
           module({configured("azuread_group_member.m",
                              {{"group_object_id", references({"azuread_group.new.object_id", "azuread_group.new"})},
                               {"member_object_id", references({"azuread_service_principal.sp.object_id"})}})})));
  EXPECT_EQ(r.identity("azuread_group.new")->kind, model::PrincipalKind::Group);
  EXPECT_EQ(r.identity("azuread_group.old")->object_id, kGuid);
  EXPECT_EQ(r.identity("azuread_service_principal.sp")->app_id, "55555555-5555-5555-5555-555555555555");
  const auto& members = r.infrastructure.members;
  ASSERT_EQ(members.size(), 4U);
  EXPECT_TRUE(members[0].removed);
  EXPECT_EQ(members[0].group, kGuid);
  EXPECT_TRUE(members[1].all);  // of the new group nobody is a member but those that the plan names
  EXPECT_THAT(members[1].members, ElementsAre());
  EXPECT_EQ(members[2].group, "azuread_group.new");
  EXPECT_THAT(members[2].members, ElementsAre("azuread_service_principal.sp"));
  EXPECT_TRUE(members[3].all);
  EXPECT_THAT(members[3].members, ElementsAre("33333333-3333-3333-3333-333333333333"));
}

TEST(TerraformKinds, MembersThatAreNotKnownAreNamed) {
  Read r = read(plan({new_identity("azurerm_user_assigned_identity.a"),
                      create("azuread_group.g", {{"display_name", "g"}, {"members", {kGuid, nullptr}}},
                             {{"object_id", true}, {"members", {false, true}}}),
                      create("azuread_group.h", {{"display_name", "h"}}, {{"object_id", true}, {"members", true}})},
                     module({configured("azuread_group.g",
                                        {{"members", references({"azurerm_user_assigned_identity.a.principal_id"})}}),
                             configured("azuread_group.h", {{"members", references({"local.everybody"})}})})));
  const auto& members = r.infrastructure.members;
  ASSERT_EQ(members.size(), 4U);
  EXPECT_THAT(members[1].members, UnorderedElementsAre(kGuid, "azurerm_user_assigned_identity.a"));
  EXPECT_THAT(members[3].members, ElementsAre("{azuread_group.h.members}"));
  EXPECT_THAT(r.warnings("terraform-unresolved"), ElementsAre(HasSubstr("`azuread_group.h`")));
}

TEST(TerraformKinds, ANewGroupHasNoMembersThatItsConfigurationDoesNotName) {
  const Json later = {{"object_id", true}, {"members", true}};
  Read r = read(plan({create("azuread_group.g", {{"display_name", "g"}}, later)},
                     module({configured("azuread_group.g", {{"display_name", {{"constant_value", "g"}}}})})));
  ASSERT_EQ(r.infrastructure.members.size(), 1U);
  EXPECT_TRUE(r.infrastructure.members[0].members.empty());
  EXPECT_THAT(r.warnings("terraform-unresolved"), ElementsAre());
}

TEST(TerraformKinds, WhoANewRuleOfMembershipLetsInIsNotKnown) {
  const auto ruled = [](const char* rule) {
    return Json{{"object_id", kGuid},
                {"display_name", "g"},
                {"members", {kGuid}},
                {"dynamic_membership", {{{"enabled", true}, {"rule", rule}}}}};
  };
  Json fresh = ruled("a");
  fresh.erase("object_id");
  fresh["members"] = nullptr;
  const auto members_after = [](const Json& each) {
    const Read r = read(plan({each}));
    return r.infrastructure.members.empty() ? std::vector<std::string>() : r.infrastructure.members.back().members;
  };
  EXPECT_THAT(members_after(change("azuread_group.g", {"update"}, ruled("a"), ruled("b"))),
              ElementsAre("{azuread_group.g.members}"));
  EXPECT_THAT(members_after(create("azuread_group.g", fresh, {{"object_id", true}})),
              ElementsAre("{azuread_group.g.members}"));
  EXPECT_THAT(members_after(kept("azuread_group.g", ruled("a"))), ElementsAre(kGuid));
}

TEST(TerraformKinds, RolesOfThePlan) {
  const Read r = read(plan(
      {create("azurerm_role_definition.custom",
              {{"name", "Custom"},
               {"scope", kGroup},
               {"assignable_scopes", {kGroup}},
               {"permissions",
                {{{"actions", {"Microsoft.ContainerRegistry/registries/pull/read"}}, {"data_actions", nullptr}}}}},
              {{"id", true}, {"role_definition_id", true}, {"role_definition_resource_id", true}}),
       new_registry(),
       create("azurerm_role_assignment.r", {{"principal_id", kGuid}, {"condition", nullptr}},
              {{"scope", true}, {"role_definition_id", true}, {"role_definition_name", true}})},
      module({configured(
          "azurerm_role_assignment.r",
          {{"scope", references(kAcrId)},
           {"role_definition_id", references({"azurerm_role_definition.custom.role_definition_resource_id"})}})})));
  const Json role = r.object("azurerm_role_definition.custom");
  EXPECT_EQ(role["id"], std::string(kGroup) +
                            "/providers/Microsoft.Authorization/roleDefinitions/{azurerm_role_definition.custom}");
  EXPECT_EQ(role["properties"]["permissions"][0]["actions"],
            Json::array({"Microsoft.ContainerRegistry/registries/pull/read"}));
  EXPECT_EQ(role["properties"]["permissions"][0]["dataActions"], Json::array());
  EXPECT_EQ(r.property("azurerm_role_assignment.r", "roleDefinitionId"), role["id"].get<std::string>());
}

TEST(TerraformKinds, PimAndLocks) {
  const Json schedule = {{{"start_date_time", "2026-01-01T00:00:00Z"}, {"expiration", {{{"duration_days", 10}}}}}};
  const Json pim = {{"scope", kRegistry},
                    {"principal_id", kGuid},
                    {"role_definition_id", "/x/roleDefinitions/r"},
                    {"schedule", schedule}};
  const Read r =
      read(plan({create("azurerm_pim_eligible_role_assignment.e", pim, {{"id", true}}),
                 create("azurerm_pim_active_role_assignment.a", pim, {{"id", true}}),
                 create("azurerm_management_lock.l",
                        {{"name", "keep"}, {"scope", kRegistry}, {"lock_level", "ReadOnly"}}, {{"id", true}}),
                 removed("azurerm_pim_active_role_assignment.gone", pim)}));
  const Json eligible = r.object("azurerm_pim_eligible_role_assignment.e");
  EXPECT_EQ(eligible["type"], "Microsoft.Authorization/roleEligibilityScheduleInstances");
  EXPECT_EQ(eligible["properties"]["endDateTime"], "2026-01-11T00:00:00Z");
  EXPECT_EQ(r.object("azurerm_pim_active_role_assignment.a")["type"],
            "Microsoft.Authorization/roleAssignmentScheduleInstances");
  EXPECT_EQ(r.object("azurerm_management_lock.l")["id"],
            std::string(kRegistry) + "/providers/Microsoft.Authorization/locks/keep");
  EXPECT_EQ(r.property("azurerm_management_lock.l", "level"), "ReadOnly");
  EXPECT_EQ(r.property("azurerm_pim_active_role_assignment.gone", "principalId"), kGuid);
  EXPECT_EQ(r.declaration("azurerm_pim_active_role_assignment.gone")->effect, Effect::Remove);
}

TEST(TerraformKinds, Trap13_AzapiBodiesAreObjectsOrTexts) {
  const Json body = {{"sku", {{"name", "Premium"}}},
                     {"properties",
                      {{"adminUserEnabled", true},
                       {"roleAssignmentMode", "AbacRepositoryPermissions"},
                       {"encryption", {{"key", "secret"}}}}}};
  for (const Json& written : {body, Json(body.dump())}) {
    const Read r = read(plan({create("azapi_resource.acr",
                                     {{"type", "Microsoft.ContainerRegistry/registries@2025-11-01"},
                                      {"name", "contoso"},
                                      {"parent_id", kGroup},
                                      {"body", written}},
                                     {{"id", true}})}));
    const Json object = r.object("azapi_resource.acr");
    EXPECT_EQ(object["id"], kRegistry);
    EXPECT_EQ(object["sku"]["name"], "Premium");
    EXPECT_EQ(object["properties"],
              Json::parse(R"({"adminUserEnabled": true, "roleAssignmentMode": "AbacRepositoryPermissions"})"));
  }
}

TEST(TerraformKinds, AzapiUpdatesChangeWhatTheyName) {
  const Json update = {{"type", "Microsoft.ContainerRegistry/registries@2025-11-01"},
                       {"resource_id", kRegistry},
                       {"body", {{"properties", {{"roleAssignmentMode", "AbacRepositoryPermissions"}}}}}};
  const Read r = read(plan(
      {create("azapi_update_resource.mode", update, {{"id", true}}), removed("azapi_update_resource.old", update)}));
  ASSERT_EQ(r.infrastructure.declarations.size(), 1U);  // what an update did stays when it is deleted
  EXPECT_EQ(r.infrastructure.declarations[0].effect, Effect::Change);
  EXPECT_EQ(r.object("azapi_update_resource.mode")["id"], kRegistry);
}

TEST(TerraformKinds, AnAzapiUpdateIsAppliedAfterWhatItUpdates) {
  const Json update = {{"type", "Microsoft.ContainerRegistry/registries@2025-11-01"},
                       {"resource_id", kRegistry},
                       {"body", {{"properties", {{"roleAssignmentMode", "AbacRepositoryPermissions"}}}}}};
  const Json registry = {{"id", kRegistry}, {"name", "contoso"}, {"role_assignment_mode", "LegacyRegistryPermissions"}};
  const auto last = [&](const Json& change_of_mode) {
    const Read r = read(plan({change_of_mode, change("azurerm_container_registry.r", {"update"}, registry, registry)}));
    EXPECT_EQ(r.infrastructure.declarations.size(), 2U);
    return r.infrastructure.declarations.back().address;
  };
  EXPECT_EQ(last(create("azapi_update_resource.mode", update)), "azapi_update_resource.mode");
  EXPECT_EQ(last(kept("azapi_update_resource.mode", update)), "azurerm_container_registry.r") << "it does nothing";
}

TEST(TerraformKinds, AzapiAssignmentsNameTheirPrincipalInTheBody) {
  const Read r = read(plan(
      {new_identity("azurerm_user_assigned_identity.ci"),
       create("azapi_resource.ra",
              {{"type", "Microsoft.Authorization/roleAssignments@2022-04-01"},
               {"name", std::string(kGuid)},
               {"parent_id", kRegistry},
               {"body", {{"properties", {{"roleDefinitionId", "/x/roleDefinitions/r"}}}}}},
              {{"id", true}, {"body", {{"properties", {{"principalId", true}}}}}})},
      module({configured("azapi_resource.ra",
                         {{"body", references({"azurerm_user_assigned_identity.ci.principal_id", "var.role"})}})})));
  EXPECT_EQ(r.property("azapi_resource.ra", "principalId"), "{azapi_resource.ra.body}")
      << "a variable that the plan does not tell may be the principal";
  EXPECT_EQ(r.property("azapi_resource.ra", "scope"), kRegistry);
}

TEST(TerraformKinds, AzapiAssignmentsOfAParentThatIsNotKnownMayBeAnywhere) {
  const Read r = read(plan({create("azapi_resource.r",
                                   {{"type", "Microsoft.Authorization/roleAssignments@2022-04-01"},
                                    {"body", {{"properties", {{"principalId", kGuid}, {"roleDefinitionId", "r"}}}}}},
                                   {{"parent_id", true}, {"name", true}, {"id", true}})},
                           module({configured("azapi_resource.r", {{"parent_id", references({"local.scope"})}})})));
  EXPECT_EQ(r.property("azapi_resource.r", "scope"), "{azapi_resource.r.parent_id}");
  EXPECT_EQ(r.property("azapi_resource.r", "principalId"), kGuid);
}

TEST(TerraformKinds, WhatASensitiveBodySetsIsNotKnown) {
  const Json body = {
      {"properties", {{"roleAssignmentMode", "AbacRepositoryPermissions"}, {"adminUserEnabled", false}}}};
  const auto update = [&](const Json& secret, const Json& expressions) {
    return read(plan({create("azapi_update_resource.u", {{"type", "Microsoft.ContainerRegistry/registries@2025-11-01"},
                                                         {"resource_id", kRegistry},
                                                         {"body", body},
                                                         {"sensitive_body", secret}})},
                     module({configured("azapi_update_resource.u", expressions)})));
  };
  const Json named = {{"properties", {{"roleAssignmentMode", "LegacyRegistryPermissions"}}}};
  Read told = update(named, {});
  EXPECT_THAT(told.declaration("azapi_update_resource.u")->open, ElementsAre("roleAssignmentMode"));
  EXPECT_EQ(told.object("azapi_update_resource.u")["properties"]["adminUserEnabled"], false);
  EXPECT_THAT(told.warnings("terraform-unresolved"), ElementsAre(HasSubstr("`sensitive_body`")));
  const Read hidden = update(nullptr, {{"sensitive_body", Json::object()}});
  EXPECT_EQ(hidden.declaration("azapi_update_resource.u")->open.size(), 9U);
  EXPECT_TRUE(update(nullptr, {{"body", Json::object()}}).declaration("azapi_update_resource.u")->open.empty());

  const Read assignment = read(plan({create(
      "azapi_resource.r", {{"type", "Microsoft.Authorization/roleAssignments@2022-04-01"},
                           {"name", "x"},
                           {"parent_id", kRegistry},
                           {"body", {{"properties", {{"principalId", kGuid}, {"roleDefinitionId", "r"}}}}},
                           {"sensitive_body", {{"properties", {{"condition", "@Request[a:b] StringEquals 'c'"}}}}}})}));
  EXPECT_EQ(assignment.property("azapi_resource.r", "condition"), "{azapi_resource.r.body.properties.condition}");
  EXPECT_EQ(assignment.property("azapi_resource.r", "principalId"), kGuid);
}

TEST(TerraformKinds, ChangesOfManagementGroupsAreSaid) {
  const Json association = {{"subscription_id", "/subscriptions/s"}, {"management_group_id", "g"}};
  const std::string type = "azurerm_management_group_subscription_association";
  EXPECT_THAT(read(plan({removed(type + ".a", association)})).warnings("terraform-not-read"),
              ElementsAre(HasSubstr(type)));
  EXPECT_THAT(read(plan({kept(type + ".a", association)})).warnings("terraform-not-read"), ElementsAre());
}

TEST(TerraformKinds, ALockOfUnknownLevelIsSaid) {
  Read r = read(plan({create("azurerm_management_lock.l", {{"name", "l"}, {"scope", kRegistry}},
                             {{"lock_level", true}, {"id", true}})}));
  EXPECT_THAT(r.warnings("terraform-unresolved"), ElementsAre(HasSubstr("the level")));
  EXPECT_TRUE(r.object("azurerm_management_lock.l")["properties"].is_null());
}

TEST(TerraformKinds, ATemplateOfUnknownModeMayDeleteWhatItDoesNotList) {
  const std::string address = "azurerm_resource_group_template_deployment.t";
  const Json values = {{"name", "t"}, {"resource_group_name", "rg"}, {"template_content", R"({"resources": []})"}};
  const auto mode = [&](const Json& unknown, Json more) {
    more.update(values);
    const Read r = read(plan({create(address, more, unknown)}));
    return (*r.infrastructure.deployments.at(0).document)["properties"]["mode"].get<std::string>();
  };
  EXPECT_EQ(mode({{"deployment_mode", true}}, Json::object()), "{" + address + ".deployment_mode}");
  EXPECT_EQ(mode(Json::object(), {{"deployment_mode", "Incremental"}}), "Incremental");
}

// azurerm: `delete_nested_items_during_deletion`
TEST(TerraformKinds, ADeploymentThatIsDeletedIsReadAsItWas) {
  const Json values = {{"name", "t"},
                       {"id", std::string(kGroup) + "/providers/Microsoft.Resources/deployments/t"},
                       {"resource_group_name", "rg"},
                       {"template_content", R"({"resources": []})"}};
  const auto deployments = [&](const std::string& type) {
    return read(plan({removed(type + ".t", values)})).infrastructure.deployments;
  };
  const auto read_again = deployments("azurerm_resource_group_template_deployment");
  ASSERT_EQ(read_again.size(), 1U);
  EXPECT_TRUE(read_again[0].removed);
  EXPECT_EQ(read_again[0].deployment.subscription, kSubscription);
  for (const std::string type : {"azurerm_template_deployment", "azurerm_subscription_template_deployment"})
    EXPECT_TRUE(deployments(type).empty()) << type << " leaves what it deployed";
}

TEST(TerraformKinds, ParametersThatAreNotToldAreSaid) {
  const std::string address = "azurerm_resource_group_template_deployment.t";
  const auto warnings = [&](const char* text) {
    return read(plan({create(address, {{"name", "t"}, {"resource_group_name", "rg"}, {"template_content", text}},
                             {{"parameters_content", true}})}))
        .warnings("terraform-unresolved");
  };
  EXPECT_THAT(warnings(R"({"parameters": {"p": {"type": "string"}}, "resources": []})"),
              ElementsAre(HasSubstr(address)));
  EXPECT_THAT(warnings(R"({"resources": []})"), ElementsAre());
}

TEST(TerraformKinds, WhatIsNotReadIsSaid) {
  Read r = read(plan(
      {removed("azurerm_subscription_template_deployment.t", {{"name", "t"}}),
       create("azapi_resource.x", {{"type", "Microsoft.Authorization/policyExemptions@2022-07-01"}, {"name", "x"}}),
       create("azurerm_container_registry_webhook.w", {{"name", "w"}}),
       create("azurerm_key_vault.kv", {{"name", "kv"}})}));
  EXPECT_THAT(r.warnings("terraform-not-read"),
              UnorderedElementsAre(HasSubstr("`azapi_resource of microsoft.authorization/policyexemptions`"),
                                   HasSubstr("`azurerm_subscription_template_deployment`")));
}

TEST(TerraformKinds, MembershipsThatAreNotReadAreSaid) {
  Read r = read(plan({create("azuread_privileged_access_group_eligibility_schedule.m", {{"group_id", kGuid}}),
                      create("msgraph_resource.m", {{"url", "groups/x/owners/$ref"}}),
                      removed("msgraph_update_resource.u", {{"url", "groups/x"}}),
                      create("msgraph_resource_action.a", {{"name", "a"}}, {{"url", true}}),
                      create("msgraph_resource.app", {{"url", "applications"}})}));
  EXPECT_THAT(r.warnings("terraform-not-read"),
              UnorderedElementsAre(HasSubstr("`azuread_privileged_access_group_eligibility_schedule`"),
                                   HasSubstr("1 resources of type `msgraph_resource`"),
                                   HasSubstr("`msgraph_update_resource`"), HasSubstr("`msgraph_resource_action`")));
}

constexpr std::string_view kMember = "44444444-4444-4444-4444-444444444444";

// azure-rbac-semantics 9: PIM for Groups makes membership temporary.
TEST(TerraformKinds, MembershipsByPimAreReadAndThoseForATimeAreOpen) {
  const std::string address = "azuread_privileged_access_group_assignment_schedule.m";
  const auto members = [&](const char* action, Json more, const Json& unknown = Json::object()) {
    Json values = {{"group_id", kGuid}, {"principal_id", kMember}};
    values.update(more);
    const bool deletes = std::string_view(action) == "delete";
    const Json before = deletes ? values : Json();
    const Read r = read(plan({change(address, {action}, before, deletes ? Json() : values, unknown)}));
    std::vector<std::string> all;
    for (const parser::DeclaredMembers& each : r.infrastructure.members) {
      all.push_back((each.removed ? "no longer " : "") + each.members.front() + " of " + each.group);
    }
    return all;
  };
  const std::string group = " of " + std::string(kGuid);
  const std::string open = "{" + address + ".principal_id}" + group;
  const Json permanent = {{"assignment_type", "member"}, {"permanent_assignment", true}};
  EXPECT_THAT(members("create", permanent), ElementsAre(std::string(kMember) + group));
  EXPECT_THAT(members("delete", permanent), ElementsAre("no longer " + std::string(kMember) + group));
  EXPECT_THAT(members("no-op", permanent), ElementsAre(std::string(kMember) + group));
  EXPECT_THAT(members("create", {{"assignment_type", "owner"}, {"permanent_assignment", true}}), ElementsAre());
  EXPECT_THAT(members("delete", {{"assignment_type", "owner"}}), ElementsAre());
  // One that an export lists is open too.
  const std::string listed = "no longer " + std::string(kMember) + group;
  for (const char* action : {"create", "update", "no-op"}) {
    EXPECT_THAT(members(action, {{"assignment_type", "member"}, {"duration", "P30D"}}), ElementsAre(listed, open));
  }
  EXPECT_THAT(members("create", {{"permanent_assignment", true}}, {{"assignment_type", true}}),
              ElementsAre(listed, open));
  EXPECT_THAT(members("create", permanent, {{"start_date", true}}), ElementsAre(listed, open));
}

TEST(TerraformKinds, MembersByReferencesOfMicrosoftGraphAreRead) {
  const std::string url = "groups/" + std::string(kGuid) + "/members/$ref";
  const Json body = {{"@odata.id", "https://graph.microsoft.com/v1.0/directoryObjects/" + std::string(kMember)}};
  const auto members = [&](const Json& change_, const Json& references_ = Json::object()) {
    const Read r = read(plan({change_}, module({configured("msgraph_resource.m", references_)})));
    std::vector<std::string> all;
    for (const parser::DeclaredMembers& each : r.infrastructure.members) {
      all.push_back((each.removed ? "no longer " : "") + each.members.front() + " of " + each.group);
    }
    return all;
  };
  const std::string group = " of " + std::string(kGuid);
  const std::string name = "msgraph_resource.m";
  EXPECT_THAT(members(create(name, {{"url", url}, {"body", body}})), ElementsAre(std::string(kMember) + group));
  EXPECT_THAT(members(removed(name, {{"url", url}, {"body", body}})),
              ElementsAre("no longer " + std::string(kMember) + group));
  EXPECT_THAT(members(create(name, {{"url", url}}, {{"body", true}})),
              ElementsAre("{msgraph_resource.m.body}" + group));
  // It may be an owner's.
  EXPECT_THAT(members(create(name, {{"body", body}}, {{"url", true}})),
              ElementsAre("{msgraph_resource.m.body} of {msgraph_resource.m.url}"));
  EXPECT_THAT(members(create(name, {{"body", {{"displayName", "x"}}}}, {{"url", true}})), ElementsAre());
}

TEST(TerraformKinds, MembersByRequestsToMicrosoftGraphAreRead) {
  const std::string group_url = "groups/" + std::string(kGuid);
  const std::string url = group_url + "/members/$ref";
  const std::string object = "https://graph.microsoft.com/v1.0/directoryObjects/" + std::string(kMember);
  const Json body = {{"@odata.id", object}};
  const auto members = [&](const Json& change_) {
    const Read r = read(plan({change_}));
    std::vector<std::string> all;
    for (const parser::DeclaredMembers& each : r.infrastructure.members) {
      std::string text = each.all ? "all" : each.removed ? "no longer" : "also";
      for (const std::string& member : each.members) text += ' ' + member;
      all.push_back(text + " of " + each.group);
    }
    for (const parser::DeclaredIdentity& each : r.infrastructure.identities) {
      if (each.removed) all.push_back("deleted " + each.object_id);
    }
    return all;
  };
  const std::string group(kGuid), member(kMember);
  const std::string joins = "also " + member + " of " + group;
  const auto open = [&](const std::string& address, const std::string& of) {
    const std::string anybody = "{" + address + ".body} of " + of;
    return std::vector<std::string>{"no longer " + anybody, "also " + anybody};
  };
  const std::string action = "msgraph_resource_action.m";
  const auto request = [&](Json values, const Json& unknown = Json::object()) {
    return members(create(action, std::move(values), unknown));
  };
  EXPECT_THAT(request({{"resource_url", url}, {"method", "POST"}, {"body", body}}), ElementsAre(joins));
  EXPECT_THAT(request({{"resource_url", group_url}, {"action", "members/$ref"}, {"method", "POST"}, {"body", body}}),
              ElementsAre(joins));
  EXPECT_THAT(request({{"resource_url", group_url + "/owners/$ref"}, {"method", "POST"}, {"body", body}}),
              ElementsAre());
  EXPECT_THAT(request({{"resource_url", group_url + "/members/" + member + "/$ref"}, {"method", "DELETE"}}),
              ElementsAre("no longer " + member + " of " + group));
  EXPECT_THAT(request({{"resource_url", group_url}, {"method", "DELETE"}}), ElementsAre("all of " + group));
  EXPECT_THAT(request({{"resource_url", "/users/" + member}, {"method", "DELETE"}}), ElementsAre("deleted " + member));
  EXPECT_THAT(request({{"resource_url", "users/" + member}, {"action", "sendMail"}, {"method", "POST"}}),
              ElementsAre());
  const auto deleted = [&](const std::string& path) {
    const Read r = read(plan({create(action, {{"resource_url", path}, {"method", "DELETE"}})}));
    const parser::DeclaredIdentity* found = r.identity(action);
    return found == nullptr ? "" : found->user_principal_name + found->app_id;
  };
  EXPECT_EQ(deleted("users/Jane@example.com"), "jane@example.com");
  EXPECT_EQ(deleted("servicePrincipals(appId='" + member + "')"), member);
  EXPECT_EQ(deleted("applications/" + member), "");
  EXPECT_EQ(request({{"resource_url", url}, {"body", body}}, {{"method", true}}), open(action, group));
  EXPECT_EQ(request({{"method", "DELETE"}}, {{"resource_url", true}}), open(action, "{" + action + ".resource_url}"));
  EXPECT_THAT(request({{"method", "POST"}, {"action", "addPassword"}}, {{"resource_url", true}}), ElementsAre());
  EXPECT_EQ(request({{"resource_url", "identityGovernance/privilegedAccess/group/assignmentScheduleRequests"},
                     {"method", "POST"},
                     {"body", {{"groupId", group}}}}),
            open(action, group));

  const std::string update = "msgraph_update_resource.m";
  EXPECT_THAT(members(create(update, {{"url", group_url}, {"body", {{"members@odata.bind", {object}}}}})),
              ElementsAre(joins));
  EXPECT_THAT(members(create(update, {{"url", group_url}, {"body", {{"displayName", "x"}}}})), ElementsAre());
  EXPECT_EQ(members(create(update, {{"url", group_url}, {"body", {{"membershipRule", "user.x -eq 1"}}}})),
            open(update, group));
  EXPECT_THAT(members(removed(update, {{"url", group_url}, {"body", {{"membershipRule", "user.x -eq 1"}}}})),
              ElementsAre());

  const std::string list = "msgraph_resource_collection.m";
  const Json all = {{"url", url}, {"reference_ids", {kMember}}};
  EXPECT_THAT(members(create(list, all)), ElementsAre("all " + member + " of " + group));
  EXPECT_THAT(members(removed(list, all)), ElementsAre("no longer " + member + " of " + group));
  Json kept_on_destroy = all;
  kept_on_destroy["skip_destroy"] = true;
  EXPECT_THAT(members(removed(list, kept_on_destroy)), ElementsAre());
  EXPECT_EQ(members(removed(list, {{"url", url}})), open(list, group)) << "whom it had listed is not told";
  EXPECT_THAT(members(create(list, {{"url", url}, {"reference_ids", {nullptr}}}, {{"reference_ids", {true}}})),
              ElementsAre("all {" + list + ".reference_ids} of " + group));

  const std::string resource = "msgraph_resource.m";
  const Json rule = {{"id", group}, {"url", "groups"}, {"body", {{"membershipRule", "a"}}}};
  Json changed = rule;
  changed["body"]["membershipRule"] = "b";
  EXPECT_EQ(members(change(resource, {"update"}, rule, changed)), open(resource, group));
  changed["body"] = {{"membershipRule", "a"}, {"displayName", "x"}};
  EXPECT_THAT(members(change(resource, {"update"}, rule, changed)), ElementsAre());
  EXPECT_THAT(members(removed(resource, rule)), ElementsAre("all of " + group));
  // References are not updated.
  const Json before = {{"url", url}, {"body", {{"@odata.id", "x/55555555-5555-5555-5555-555555555555"}}}};
  const std::vector<std::string> moved = members(change(resource, {"update"}, before, {{"url", url}, {"body", body}}));
  EXPECT_THAT(moved, ElementsAre("no longer 55555555-5555-5555-5555-555555555555 of " + group, open(resource, group)[0],
                                 open(resource, group)[1]));
}

TEST(TerraformKinds, AnAzapiBodyThatIsATextNamesNoPrincipalByItself) {
  for (const char* body : {"{\"properties\": {\"principalId\": \"Sup3rS3cret\"", R"("Sup3rS3cret")",
                           R"({"properties": {"description": "Sup3rS3cret"}})", "Sup3rS3cret"}) {
    Read r = read(plan({create("azapi_resource.ra",
                               {{"type", "Microsoft.Authorization/roleAssignments@2022-04-01"},
                                {"name", std::string(kGuid)},
                                {"parent_id", kRegistry},
                                {"body", body}},
                               {{"id", true}})}));
    EXPECT_EQ(r.property("azapi_resource.ra", "principalId"), "{azapi_resource.ra.body}") << body;
    EXPECT_EQ(r.object("azapi_resource.ra").dump().find("Sup3r"), std::string::npos) << body;
    EXPECT_FALSE(r.warnings("terraform-unresolved").empty()) << body;
  }
}

TEST(TerraformKinds, AServicePrincipalThatMayBeAdoptedIsNotNew) {
  const Read r =
      read(plan({create("azuread_service_principal.sp", {{"use_existing", true}}, {{"object_id", true}}),
                 new_registry(), new_assignment("azurerm_role_assignment.r")},
                module({assigned("azurerm_role_assignment.r", {"azuread_service_principal.sp.object_id"}, kAcrId)})));
  EXPECT_EQ(r.identity("azuread_service_principal.sp"), nullptr);
  EXPECT_EQ(r.property("azurerm_role_assignment.r", "principalId"), "{azuread_service_principal.sp.object_id}");
}

TEST(TerraformKinds, AnUpdateMayGiveAResourceItsIdentity) {
  const Json before = {{"id", std::string(kGroup) + "/providers/Microsoft.Web/sites/app"}, {"identity", Json::array()}};
  Json after = before;
  after["identity"] = {{{"type", "SystemAssigned"}}};
  const Read r = read(plan(
      {change("azurerm_linux_web_app.app", {"update"}, before, after, {{"identity", {{{"principal_id", true}}}}}),
       new_registry(), new_assignment("azurerm_role_assignment.r")},
      module({assigned("azurerm_role_assignment.r", {"azurerm_linux_web_app.app.identity[0].principal_id"}, kAcrId)})));
  EXPECT_EQ(r.property("azurerm_role_assignment.r", "principalId"), "azurerm_linux_web_app.app");
  ASSERT_NE(r.identity("azurerm_linux_web_app.app"), nullptr);
  EXPECT_TRUE(r.identity("azurerm_linux_web_app.app")->is_new);
}

TEST(TerraformKinds, WhatIsNotKnownAnyMoreIsForgotten) {
  const Json role = {{"id", "/x/providers/Microsoft.Authorization/roleDefinitions/" + std::string(kGuid) + "|/x"},
                     {"role_definition_id", kGuid},
                     {"scope", "/x"},
                     {"name", "Custom"},
                     {"permissions", {{{"actions", {"*"}}}}}};
  Json later = role;
  later["permissions"] = {{{"actions", nullptr}}};
  const Json map = {
      {"id", std::string(kRegistry) + "/scopeMaps/m"}, {"name", "m"}, {"actions", {"repositories/a/content/read"}}};
  Json map_later = map;
  map_later.erase("actions");
  Read r =
      read(plan({change("azurerm_role_definition.r", {"update"}, role, later, {{"permissions", {{{"actions", true}}}}}),
                 change("azurerm_container_registry_scope_map.m", {"update"}, map, map_later, {{"actions", true}})}));
  EXPECT_THAT(r.declaration("azurerm_role_definition.r")->open, ElementsAre("permissions"));
  EXPECT_EQ(r.object("azurerm_role_definition.r")["id"].get<std::string>().find('|'), std::string::npos);
  EXPECT_EQ(r.declaration("azurerm_container_registry_scope_map.m")->effect, Effect::Remove);
  EXPECT_EQ(r.warnings("terraform-unresolved").size(), 2U);
}

TEST(TerraformKinds, WithAClusterGoesTheIdentityOfItsKubelet) {
  const std::string nodes = std::string(kGroup) + "-nodes";
  const std::string kubelet = nodes + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-agentpool";
  const auto cluster = [&](const std::string& identity) {
    return removed("azurerm_kubernetes_cluster.aks",
                   {{"id", std::string(kGroup) + "/providers/Microsoft.ContainerService/managedClusters/aks"},
                    {"node_resource_group_id", nodes},
                    {"kubelet_identity", {{{"object_id", kGuid}, {"user_assigned_identity_id", identity}}}}});
  };
  EXPECT_EQ(read(plan({cluster(kubelet)})).infrastructure.declarations.size(), 2U);
  EXPECT_EQ(
      read(plan({cluster(std::string(kGroup) + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/own")}))
          .infrastructure.declarations.size(),
      1U)
      << "an identity that was given to the cluster stays";
}

// ---- secrets ------------------------------------------------------------------------------------------------

TEST(TerraformSecrets, EnterNeitherDeclarationsNorWarnings) {
  constexpr std::string_view kSecret = "hunter2hunter2";
  Json assignment = kAssignment;
  assignment["description"] = kSecret;
  Json entry = kept("azurerm_role_assignment.r", assignment);
  entry["change"]["after"]["principal_id"] = kSecret;
  entry["change"]["after_sensitive"] = {{"principal_id", true}};
  Json registry = new_registry();
  registry["change"]["after"]["admin_password"] = kSecret;
  registry["change"]["after"]["name"] = kSecret;
  registry["change"]["after_sensitive"] = {{"name", true}};
  Json document = plan(
      {entry, registry,
       create("azurerm_container_registry_token_password.p",
              {{"container_registry_token_id", std::string(kRegistry) + "/tokens/t"},
               {"password1", {{{"value", kSecret}}}}}),
       create("azapi_resource.acr", {{"type", "Microsoft.ContainerRegistry/registries@2025-11-01"},
                                     {"name", "other"},
                                     {"parent_id", kGroup},
                                     {"body", {{"properties", {{"adminUserEnabled", true}, {"password", kSecret}}}}},
                                     {"sensitive_body", {{"properties", {{"roleAssignmentMode", kSecret}}}}}})});
  document["variables"]["password"]["value"] = kSecret;
  Read r = read(document);
  EXPECT_EQ(r.property("azurerm_role_assignment.r", "principalId"),
            "{sensitive azurerm_role_assignment.r.principal_id}");
  EXPECT_THAT(r.object("azurerm_container_registry.acr")["id"].get<std::string>(),
              testing::EndsWith("/registries/{azurerm_container_registry.acr.name}"));
  for (const parser::Declaration& each : r.infrastructure.declarations) {
    EXPECT_EQ(each.object.find(kSecret), std::string::npos) << each.object;
  }
  for (const model::Warning& each : r.builder.draft().warnings) {
    EXPECT_EQ((each.where.message + each.where.help).find(kSecret), std::string::npos) << each.where.message;
  }
  EXPECT_EQ(r.warnings("secret-in-export").size(), 1U);
}

TEST(TerraformSecrets, OfStateFilesAreMarkedByPaths) {
  const Json state = {{"version", 4},
                      {"terraform_version", "1.9.4"},
                      {"serial", 1},
                      {"lineage", "x"},
                      {"resources",
                       {{{"mode", "managed"},
                         {"type", "azurerm_role_assignment"},
                         {"name", "r"},
                         {"module", "module.m[\"a\"]"},
                         {"instances",
                          {{{"index_key", "k"},
                            {"attributes", kAssignment},
                            {"sensitive_attributes", {{{{"type", "get_attr"}, {"value", "principal_id"}}}}}},
                           {{"index_key", 1}, {"attributes", kAssignment}}}}}}}};
  const Read r = read(state);
  EXPECT_EQ(r.kind, "terraform-state");
  EXPECT_EQ(r.property(R"(module.m["a"].azurerm_role_assignment.r["k"])", "principalId"),
            R"({module.m["a"].azurerm_role_assignment.r["k"].principal_id})");
  EXPECT_EQ(r.property(R"(module.m["a"].azurerm_role_assignment.r[1])", "principalId"), kGuid);
  EXPECT_TRUE(r.object(R"(module.m["a"].azurerm_role_assignment.r[1])")["properties"]["condition"].is_null())
      << "an empty text is no condition";
}

// ---- over exports -------------------------------------------------------------------------------------------

/// A registry in legacy mode, one assignment, one activated and one eligible assignment, as exports show them.
std::string exports() {
  const std::string below = std::string(kRegistry) + "/providers/Microsoft.Authorization/";
  const std::string role = "/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d";
  const Json instance = {{"principalId", kGuid}, {"roleDefinitionId", role}, {"scope", kRegistry}};
  return Json::array(
             {{{"id", kRegistry},
               {"name", "contoso"},
               {"type", "Microsoft.ContainerRegistry/registries"},
               {"properties", {{"roleAssignmentMode", "LegacyRegistryPermissions"}, {"adminUserEnabled", true}}}}})
             .dump() +
         Json::array(
             {{{"id", kAssignment["id"]},
               {"name", "ra"},
               {"type", "Microsoft.Authorization/roleAssignments"},
               {"properties",
                {{"principalId", kGuid}, {"roleDefinitionId", role}, {"scope", kRegistry}, {"condition", nullptr}}}}})
             .dump() +
         Json::array({{{"id", below + "roleEligibilityScheduleInstances/e"},
                       {"type", "Microsoft.Authorization/roleEligibilityScheduleInstances"},
                       {"properties", instance}},
                      {{"id", below + "roleAssignmentScheduleInstances/a"},
                       {"type", "Microsoft.Authorization/roleAssignmentScheduleInstances"},
                       {"properties", instance}}})
             .dump();
}

model::Snapshot over_exports(const std::vector<Json>& plans, parser::PlanSide side = parser::PlanSide::After) {
  std::vector<std::string> names, texts;
  for (const Json& each : plans) {
    names.push_back("plan" + std::to_string(names.size()) + ".json");
    texts.push_back(each.dump());
  }
  const std::string exported = exports();
  std::vector<parser::NamedText> documents = {{.name = "exports.json", .text = exported}};
  for (std::size_t i = 0; i < texts.size(); ++i) documents.push_back({.name = names[i], .text = texts[i]});
  parser::ReadOptions options;
  options.side = side;
  auto snapshot = parser::read_documents(documents, options);
  if (snapshot) return std::move(*snapshot);
  ADD_FAILURE() << snapshot.error().front().message;
  return {};
}

model::Snapshot over_exports(const Json& document, parser::PlanSide side = parser::PlanSide::After) {
  return over_exports(std::vector<Json>{document}, side);
}

/// Ids of the principals that are called so.
std::vector<std::string> called(const model::Snapshot& s, std::string_view name) {
  std::vector<std::string> ids;
  for (const model::Principal& p : s.principals) {
    const bool alias = std::find(p.aliases.begin(), p.aliases.end(), name) != p.aliases.end();
    if (alias || p.id == model::ascii_lower(name) || p.user_principal_name == name ||
        model::equal_ignoring_case(p.resource_id, name))
      ids.push_back(p.id);
  }
  return ids;
}

TEST(TerraformOverExports, DeletionsTakeAwayAndAnUpdateLeavesTheRest) {
  const Json before = {{"id", kRegistry}, {"name", "contoso"}, {"resource_group_name", "rg"}, {"admin_enabled", true}};
  Json after = before;
  after["admin_enabled"] = false;
  const model::Snapshot s = over_exports(plan({removed("azurerm_role_assignment.gone", kAssignment),
                                               change("azurerm_container_registry.acr", {"update"}, before, after)}));
  EXPECT_TRUE(s.role_assignments.empty());
  ASSERT_EQ(s.registries.size(), 1U);
  EXPECT_EQ(s.registries[0].mode, model::PermissionMode::Legacy) << "what the plan does not say stays";
  EXPECT_EQ(s.registries[0].admin_user_enabled, false);
}

TEST(TerraformOverExports, WhatIsDeletedIsFoundByWhatIsMarkedAsSensitiveToo) {
  Json row = removed("azurerm_role_assignment.gone", kAssignment);
  row["change"]["before_sensitive"] = true;
  EXPECT_TRUE(over_exports(plan({row})).role_assignments.empty());
  row["change"]["before_sensitive"] = {{"id", true}, {"name", true}};
  EXPECT_TRUE(over_exports(plan({row})).role_assignments.empty());
  Json pim = removed("azurerm_pim_eligible_role_assignment.e",
                     {{"scope", kRegistry},
                      {"principal_id", kGuid},
                      {"role_definition_id",
                       "/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d"}});
  pim["change"]["before_sensitive"] = {{"principal_id", true}};
  EXPECT_EQ(over_exports(plan({pim})).schedule_instances.size(), 1U);
}

TEST(TerraformOverExports, ARequestThatDeletesAnAssignmentTakesIt) {
  const auto scopes = [](const Json& more, const Json& unknown = Json::object()) {
    Json values = {{"type", "Microsoft.Authorization/roleAssignments@2022-04-01"}, {"method", "DELETE"}};
    values.update(more);
    const model::Snapshot s = over_exports(plan({create("azapi_resource_action.gone", values, unknown)}));
    std::vector<std::string> result;
    for (const model::RoleAssignment& row : s.role_assignments) result.push_back(s[row.scope].display);
    return result;
  };
  EXPECT_THAT(scopes({{"resource_id", kAssignment["id"]}}), ElementsAre());
  EXPECT_THAT(scopes({{"resource_id", kAssignment["id"]}, {"when", "destroy"}}), ElementsAre(kRegistry));
  EXPECT_THAT(scopes({{"resource_id", kAssignment["id"]}, {"method", "GET"}}), ElementsAre(kRegistry));
  EXPECT_THAT(scopes(Json::object(), {{"resource_id", true}}),
              ElementsAre(std::string(kRegistry) + "/{whether azapi_resource_action.gone deletes it}"));
  // An id of a list and the name in it.
  const std::string id = kAssignment["id"];
  EXPECT_THAT(scopes({{"resource_id", id.substr(0, id.rfind('/'))}, {"action", id.substr(id.rfind('/') + 1)}}),
              ElementsAre());
  EXPECT_THAT(scopes({{"resource_id", id}, {"method", nullptr}}, {{"method", true}}),
              ElementsAre(std::string(kRegistry) + "/{whether azapi_resource_action.gone deletes it}"));
  // What an action upon an object does is not a deletion.
  EXPECT_THAT(scopes({{"resource_id", kRegistry}, {"type", nullptr}, {"action", "importImage"}, {"method", "POST"}}),
              ElementsAre(kRegistry));
  // One that is made where the request is destroyed.
  const Json on_destroy = {{"type", "Microsoft.Authorization/roleAssignments@2022-04-01"},
                           {"method", "DELETE"},
                           {"when", "destroy"},
                           {"resource_id", id}};
  EXPECT_TRUE(over_exports(plan({removed("azapi_resource_action.gone", on_destroy)})).role_assignments.empty());
}

TEST(TerraformOverExports, ARequestThatPutsAnObjectIsReadAsItsResource) {
  const auto after = [](const std::string& type, const char* method, const Json& properties, const std::string& id,
                        const Json& unknown = Json::object()) {
    Json values = {{"type", type + "@2025-11-01"}, {"method", method}, {"body", {{"properties", properties}}}};
    if (!id.empty()) values["resource_id"] = id;
    return over_exports(plan({create("azapi_resource_action.r", values, unknown)}));
  };
  const std::string registry(kRegistry);
  const std::string registries = "Microsoft.ContainerRegistry/registries";
  for (const char* method : {"PUT", "PATCH", "patch"}) {
    const model::Snapshot s =
        after(registries, method, {{"roleAssignmentMode", "AbacRepositoryPermissions"}}, registry);
    ASSERT_EQ(s.registries.size(), 1U) << method;
    EXPECT_EQ(s.registries[0].mode, model::PermissionMode::Abac) << method;
    EXPECT_EQ(s.registries[0].admin_user_enabled, true) << "what the request does not say stays";
  }
  EXPECT_TRUE(after(registries, "DELETE", nullptr, registry).registries.empty());
  const model::Snapshot any = after(registries, "DELETE", nullptr, "", {{"resource_id", true}});
  ASSERT_EQ(any.registries.size(), 1U);
  EXPECT_EQ(any.registries[0].may_be_gone, "{whether azapi_resource_action.r deletes contoso}");

  const auto moved = [&](const Json& resources, const Json& unknown = Json::object(),
                         const Json& action = "moveResources") {
    return over_exports(plan({create("azapi_resource_action.m",
                                     {{"type", "Microsoft.Resources/resourceGroups@2022-09-01"},
                                      {"resource_id", kGroup},
                                      {"action", action},
                                      {"method", "POST"},
                                      {"body", {{"resources", resources}}}},
                                     unknown)}))
        .registries.at(0)
        .may_be_gone;
  };
  EXPECT_NE(moved({kRegistry}), "");
  EXPECT_EQ(moved({registry + "2"}), "") << "another one moves";
  EXPECT_NE(moved({nullptr}, {{"body", {{"resources", true}}}}), "");
  EXPECT_NE(moved({kRegistry}, {{"action", true}}, nullptr), "") << "an action that is not known may be to move";
  EXPECT_EQ(after(registries, "PATCH", {{"roleAssignmentMode", "AbacRepositoryPermissions"}}, registry + '/')
                .registries.at(0)
                .mode,
            model::PermissionMode::Abac);

  const std::string assignments = "Microsoft.Authorization/roleAssignments";
  const Json grant = {{"principalId", kMember}, {"roleDefinitionId", kAssignment["role_definition_id"]}};
  const model::Snapshot made = after(assignments, "PUT", grant, registry + "/providers/" + assignments + "/new");
  ASSERT_EQ(made.role_assignments.size(), 2U);
  EXPECT_EQ(made[made.role_assignments[1].principal].id, kMember);
  EXPECT_EQ(made[made.role_assignments[1].scope].display, registry);
  const model::Snapshot anywhere = after(assignments, "PUT", grant, "", {{"resource_id", true}});
  ASSERT_EQ(anywhere.role_assignments.size(), 2U);
  EXPECT_EQ(anywhere[anywhere.role_assignments[1].scope].key, "{azapi_resource_action.r.resource_id}");
  const model::Snapshot perhaps =
      after(assignments, "", grant, registry + "/providers/" + assignments + "/new", {{"method", true}});
  ASSERT_EQ(perhaps.role_assignments.size(), 2U);
  EXPECT_EQ(perhaps[perhaps.role_assignments[1].scope].display,
            registry + "/{whether azapi_resource_action.r is deployed}");
}

TEST(TerraformOverExports, WhatAnUpdateDoesNotSayOfATokenAMapOrARoleStays) {
  const std::string registry(kRegistry);
  const std::string role = "/subscriptions/" + std::string(kSubscription) +
                           "/providers/Microsoft.Authorization/roleDefinitions/" + std::string(kMember);
  const Json shown = plan(
      {kept("azurerm_container_registry_token.t",
            {{"id", registry + "/tokens/t"}, {"scope_map_id", registry + "/scopeMaps/m"}, {"enabled", true}}),
       kept("azurerm_container_registry_scope_map.m",
            {{"id", registry + "/scopeMaps/m"}, {"actions", {"repositories/a/content/read"}}}),
       kept("azurerm_role_definition.r",
            {{"role_definition_resource_id", role}, {"name", "Custom"}, {"permissions", {{{"actions", {"*"}}}}}})});
  const auto after = [&](const std::string& type, const std::string& id, const Json& properties) {
    return over_exports(std::vector<Json>{
        shown,
        plan({create("azapi_resource_action.u", {{"type", type + "@2025-11-01"},
                                                 {"method", "PATCH"},
                                                 {"resource_id", id},
                                                 {"body", {{"properties", properties}}}})}),
        plan({create("azapi_update_resource.u",
                     {{"type", type + "@2025-11-01"}, {"resource_id", id}, {"body", {{"properties", properties}}}})})});
  };
  const std::string tokens = "Microsoft.ContainerRegistry/registries/tokens";
  model::Snapshot s = after(tokens, registry + "/tokens/t", {{"status", "disabled"}});
  ASSERT_EQ(s.tokens.size(), 1U);
  EXPECT_EQ(s.tokens[0].enabled, false);
  EXPECT_EQ(s.tokens[0].scope_map_id, registry + "/scopeMaps/m");
  s = after(tokens, registry + "/tokens/t", {{"scopeMapId", registry + "/scopeMaps/other"}});
  EXPECT_EQ(s.tokens.at(0).enabled, true);
  EXPECT_EQ(s.tokens.at(0).scope_map_id, registry + "/scopeMaps/other");
  const std::string maps = "Microsoft.ContainerRegistry/registries/scopeMaps";
  s = after(maps, registry + "/scopeMaps/m", {{"description", "x"}});
  EXPECT_THAT(s.scope_maps.at(0).actions, ElementsAre("repositories/a/content/read"));
  s = after(maps, registry + "/scopeMaps/m", {{"actions", {"repositories/b/content/read"}}});
  ASSERT_EQ(s.scope_maps.size(), 1U);
  EXPECT_THAT(s.scope_maps[0].actions, ElementsAre("repositories/b/content/read"));
  const auto custom = [&](const Json& properties) {
    const model::Snapshot read = after("Microsoft.Authorization/roleDefinitions", role, properties);
    const auto found =
        std::find_if(read.roles.begin(), read.roles.end(), [](const auto& r) { return r.guid == kMember; });
    return found == read.roles.end() || found->contradicted ? model::RoleDefinition() : *found;
  };
  EXPECT_EQ(custom({{"permissions", {{{"actions", {"*/read"}}}}}}).permissions.at(0).actions.size(), 1U);
  EXPECT_EQ(custom({{"permissions", {{{"actions", {"*/read"}}}}}}).name, "Custom");
  EXPECT_TRUE(custom({{"description", "x"}}).defined);
}

TEST(TerraformOverExports, ARequestToPimLeavesOpenWhatItMayMakeOrEnd) {
  const auto scopes = [](const std::string& type, const Json& what, bool resource = false) {
    const std::string role = kAssignment["role_definition_id"];
    Json body = {{"principalId", kGuid}, {"roleDefinitionId", role}};
    body.update(what);
    Json values = {{"type", "Microsoft.Authorization/" + type + "@2020-10-01"}, {"body", {{"properties", body}}}};
    if (resource) {
      values.update({{"parent_id", kRegistry}, {"name", "r"}});
    } else {
      values.update({{"method", "PUT"},
                     {"resource_id", std::string(kRegistry) + "/providers/Microsoft.Authorization/" + type + "/r"}});
    }
    const model::Snapshot s =
        over_exports(plan({create(resource ? "azapi_resource.p" : "azapi_resource_action.p", values)}));
    std::vector<std::string> result;
    const auto add = [&](const auto& row, const std::string& kind) {
      const std::string& scope = s[row.scope].display;
      if (scope != kRegistry) result.push_back(kind + scope.substr(kRegistry.size()));
    };
    for (const model::RoleAssignment& row : s.role_assignments) add(row, "row");
    for (const model::ScheduleInstance& row : s.schedule_instances) add(row, row.eligible ? "eligible" : "active");
    return result;
  };
  const std::string active = "roleAssignmentScheduleRequests";
  const std::string open = "/{whether azapi_resource_action.p deletes it}";
  EXPECT_THAT(scopes(active, {{"requestType", "AdminRemove"}}), ElementsAre("row" + open, "active" + open));
  EXPECT_THAT(scopes(active, {{"requestType", "AdminRemove"}, {"principalId", kMember}}), ElementsAre());
  EXPECT_THAT(scopes("roleEligibilityScheduleRequests", {{"requestType", "AdminRemove"}}),
              ElementsAre("eligible" + open));
  EXPECT_THAT(scopes("roleEligibilityScheduleRequests", {{"requestType", "AdminAssign"}}), ElementsAre());
  EXPECT_THAT(scopes(active, {{"requestType", "AdminAssign"}, {"principalId", kMember}}),
              ElementsAre("row/{whether azapi_resource_action.p is deployed}"));
  EXPECT_THAT(scopes(active, {{"requestType", "SelfActivate"}, {"principalId", kMember}}, true),
              ElementsAre("row/{whether azapi_resource.p is deployed}"));
}

TEST(TerraformOverExports, WithAHostGoesItsOwnIdentityEvenIfThePlanDoesNotShowIt) {
  const std::string app = std::string(kGroup) + "/providers/Microsoft.App/containerApps/web";
  const Json before = {{"id", app}, {"identity", Json::array({{{"type", "SystemAssigned"}, {"principal_id", kGuid}}})}};
  for (const Json& host :
       {removed("azurerm_container_app.web", {{"id", app}, {"name", "web"}}),
        removed("azapi_resource.web", {{"id", app}, {"type", "Microsoft.App/containerApps@2024-03-01"}})}) {
    const model::Snapshot s =
        over_exports(std::vector<Json>{plan({kept("azurerm_container_app.a", before)}), plan({host})});
    const auto found =
        std::find_if(s.principals.begin(), s.principals.end(), [](const model::Principal& p) { return p.id == kGuid; });
    ASSERT_NE(found, s.principals.end());
    EXPECT_TRUE(found->orphaned) << host.dump();
  }
}

TEST(TerraformOverExports, WithAResourceGroupGoesWhatIsInIt) {
  for (const Json& group :
       {removed("azurerm_resource_group.rg", {{"id", kGroup}, {"name", "rg"}}),
        removed("azapi_resource.rg", {{"id", kGroup}, {"type", "Microsoft.Resources/resourceGroups@2022-09-01"}}),
        create("azapi_resource_action.rg", {{"resource_id", kGroup},
                                            {"type", "Microsoft.Resources/resourceGroups@2022-09-01"},
                                            {"method", "DELETE"}})}) {
    const std::string identity = std::string(kGroup) + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ci";
    const model::Snapshot s = over_exports(std::vector<Json>{
        plan({kept("azurerm_user_assigned_identity.ci", {{"id", identity}, {"principal_id", kGuid}})}), plan({group})});
    EXPECT_TRUE(s.registries.empty()) << group.dump();
    const model::DeclaredObject* registry = model::declaration_of(s, kRegistry);
    ASSERT_NE(registry, nullptr) << "a question about it is one about a registry that is deleted";
    EXPECT_EQ(registry->fate, model::DeclaredObject::Fate::Removed);
    ASSERT_EQ(s.role_assignments.size(), 1U);
    EXPECT_EQ(s[s.role_assignments[0].scope].display,
              std::string(kRegistry) + "/{whether assignments outlast contoso}");
    EXPECT_TRUE(s[s.role_assignments[0].principal].orphaned) << group.dump();
  }
  // What the plan leaves in the group goes as well, and what it makes there stays.
  const std::string id(kRegistry);
  const Json deleted = removed("azurerm_resource_group.rg", {{"id", kGroup}, {"name", "rg"}});
  const Json here = {{"id", id}, {"name", "contoso"}, {"resource_group_name", "rg"}};
  EXPECT_TRUE(over_exports(plan({deleted, kept("azurerm_container_registry.a", here)})).registries.empty());
  const Json anew = create("azurerm_container_registry.a", here);
  EXPECT_EQ(over_exports(plan({deleted, anew})).registries.size(), 1U);
  // One of which the subscription is not told may be this one, or another.
  const auto without_subscription = [](const char* name) {
    Json document = plan({removed("azurerm_resource_group.rg", {{"location", "westeurope"}, {"name", name}})});
    document.erase("configuration");
    return over_exports(document);
  };
  const model::Snapshot open = without_subscription("rg");
  ASSERT_EQ(open.registries.size(), 1U);
  EXPECT_NE(open.registries[0].may_be_gone, "");
  EXPECT_EQ(without_subscription("rg2").registries.at(0).may_be_gone, "");
}

TEST(TerraformOverExports, ADeletionByAzapiIsFoundByItsIdOrMayBeOfAnyType) {
  const auto scopes = [](Json before) {
    const model::Snapshot s = over_exports(plan({removed("azapi_resource.gone", std::move(before))}));
    EXPECT_TRUE(s.registries.at(0).mode.has_value()) << "nothing below a registry is the registry";
    std::vector<std::string> result;
    for (const model::RoleAssignment& row : s.role_assignments) result.push_back(s[row.scope].display);
    return result;
  };
  EXPECT_THAT(scopes({{"id", kAssignment["id"]}}), ElementsAre());
  EXPECT_THAT(scopes({{"name", "ra"}, {"parent_id", kRegistry}}),
              ElementsAre(std::string(kRegistry) + "/{whether azapi_resource.gone deletes it}"));
  EXPECT_THAT(scopes({{"name", "other"}, {"parent_id", kRegistry}}), ElementsAre(kRegistry));
}

TEST(TerraformOverExports, ADeletionByPimThatIsNotToldMayBeOfAnyThatFits) {
  const auto scopes = [](const std::string& type, std::vector<std::string> without, Json more = Json::object()) {
    Json before = kAssignment;
    for (const std::string& key : without) before.erase(key);
    before.update(more);
    before.erase("id");
    const model::Snapshot s = over_exports(plan({removed(type + ".gone", before)}));
    std::vector<std::string> result;
    for (const model::RoleAssignment& row : s.role_assignments) result.push_back(s[row.scope].display);
    for (const model::ScheduleInstance& row : s.schedule_instances)
      result.push_back((row.eligible ? "eligible " : "active ") + s[row.scope].display);
    return result;
  };
  const std::string active = "azurerm_pim_active_role_assignment", eligible = "azurerm_pim_eligible_role_assignment";
  const std::string here(kRegistry);
  const std::string open = here + "/{whether " + active + ".gone deletes it}";
  EXPECT_THAT(scopes(active, {}), ElementsAre("eligible " + here));
  for (const char* key : {"principal_id", "role_definition_id", "scope"}) {
    EXPECT_THAT(scopes(active, {key}), ElementsAre(open, "eligible " + here, "active " + open)) << key;
    EXPECT_THAT(scopes(eligible, {key}),
                ElementsAre(here, "eligible " + here + "/{whether " + eligible + ".gone deletes it}", "active " + here))
        << key;
  }
  EXPECT_THAT(scopes(active, {"scope"}, {{"principal_id", kMember}}),
              ElementsAre(here, "eligible " + here, "active " + here));
}

TEST(TerraformOverExports, ADeletionThatIsNotToldMayBeOfAnyAssignmentThatFits) {
  const auto scopes = [](std::vector<std::string> without, Json more = Json::object()) {
    Json before = kAssignment;
    for (const std::string& key : without) before.erase(key);
    before.update(more);
    const model::Snapshot s = over_exports(plan({removed("azurerm_role_assignment.gone", before)}));
    std::vector<std::string> result;
    for (const model::RoleAssignment& row : s.role_assignments) result.push_back(s[row.scope].display);
    return result;
  };
  const std::string open = std::string(kRegistry) + "/{whether azurerm_role_assignment.gone is this assignment}";
  EXPECT_THAT(scopes({"id", "name"}), ElementsAre()) << "the only one of principal, role and scope";
  EXPECT_THAT(scopes({"id", "name", "role_definition_id"}, {{"role_definition_name", "AcrPull"}}), ElementsAre());
  EXPECT_THAT(scopes({"id", "name", "principal_id"}), ElementsAre(open));
  EXPECT_THAT(scopes({"id", "name", "role_definition_id"}), ElementsAre(open));
  EXPECT_THAT(scopes({"id", "name", "scope"}), ElementsAre(open));
  EXPECT_THAT(scopes({"id", "scope"}), ElementsAre(open));
  EXPECT_THAT(scopes({"id", "name", "scope", "principal_id", "role_definition_id"}), ElementsAre(open));
  // Another role, another scope, another principal: it is not this one.
  const std::string here(kRegistry);
  EXPECT_THAT(scopes({"id", "name", "principal_id", "role_definition_id"}, {{"role_definition_name", "AcrPush"}}),
              ElementsAre(here));
  EXPECT_THAT(scopes({"id", "name", "principal_id"}, {{"scope", kGroup}}), ElementsAre(here));
  EXPECT_THAT(scopes({"id", "name", "scope"}, {{"principal_id", kMember}}), ElementsAre(here));
}

TEST(TerraformOverExports, WhoLeavesAGroupIsReadFromWhatIsMarkedAsSensitiveToo) {
  const std::string group = "bbbbbbbb-0000-0000-0000-000000000007";
  const Json listed = kept("azuread_group.g", {{"object_id", group}, {"members", {kGuid}}});
  Json member = removed("azuread_group_member.m", {{"group_object_id", group}, {"member_object_id", kGuid}});
  for (const char* key : {"group_object_id", "member_object_id"}) {
    member["change"]["before_sensitive"] = {{key, true}};
    EXPECT_TRUE(over_exports(plan({listed, member})).memberships.empty()) << key;
  }
  Json all = removed("azuread_group.g", {{"object_id", group}, {"id", "/groups/" + group}});
  all["change"]["before_sensitive"] = {{"object_id", true}, {"id", true}};
  const Json joined = kept("azuread_group_member.m", {{"group_object_id", group}, {"member_object_id", kGuid}});
  EXPECT_EQ(over_exports(plan({joined})).memberships.size(), 1U);
  Json left = joined;
  left["change"]["actions"] = {"delete"};
  left["change"]["before_sensitive"] = true;
  EXPECT_TRUE(over_exports(plan({all, listed, left})).memberships.empty());
}

TEST(TerraformOverExports, WhoLeavesAGroupThatThePlanDoesNotTellMayBeAnyOfItsMembers) {
  const std::string group = "bbbbbbbb-0000-0000-0000-000000000007";
  const Json listed = kept("azuread_group.g", {{"object_id", group}, {"members", {kGuid}}});
  for (const Json& before : {Json{{"group_object_id", group}}, Json{{"member_object_id", kGuid}}, Json::object()}) {
    const model::Snapshot s = over_exports(plan({listed, removed("azuread_group_member.m", before)}));
    ASSERT_EQ(s.memberships.size(), 1U) << before.dump();
    EXPECT_TRUE(model::is_named_unknown(s[s.memberships[0].member].id)) << before.dump();
    const auto warned = [](const model::Warning& warning) { return warning.code == "terraform-unresolved"; };
    EXPECT_TRUE(std::any_of(s.warnings.begin(), s.warnings.end(), warned)) << before.dump();
  }
  Read r = read(plan({removed("azurerm_role_assignment.a", Json::object()),
                      removed("azurerm_pim_active_role_assignment.p", Json::object()),
                      removed("azuread_group.g", Json::object())}));
  EXPECT_EQ(r.warnings("terraform-unresolved").size(), 3U);
}

TEST(TerraformOverExports, AReferenceThatIsDeletedWithoutItsPathTakesNobodyElse) {
  const std::string group = "bbbbbbbb-0000-0000-0000-000000000007";
  const auto members = [&](const std::string& gone) {
    const Json listed = kept("azuread_group.g", {{"object_id", group}, {"members", {kGuid}}});
    const model::Snapshot s =
        over_exports(plan({listed, removed("msgraph_resource.m", {{"body", {{"@odata.id", "x/" + gone}}}})}));
    std::vector<std::string> ids;
    for (const model::Membership& each : s.memberships) ids.push_back(s[each.member].id);
    return ids;
  };
  EXPECT_THAT(members(std::string(kGuid)), ElementsAre("{msgraph_resource.m.url}"));
  EXPECT_THAT(members(std::string(kMember)), ElementsAre(kGuid));
}

TEST(TerraformOverExports, TheStateBeforeIsTheExports) {
  const model::Snapshot s =
      over_exports(plan({removed("azurerm_role_assignment.gone", kAssignment)}), parser::PlanSide::Before);
  ASSERT_EQ(s.role_assignments.size(), 1U);
  EXPECT_EQ(s.role_assignments[0].name, "ra");
}

TEST(TerraformOverExports, AnUpdateByAzapiSwitchesTheMode) {
  const model::Snapshot s =
      over_exports(plan({create("azapi_update_resource.mode",
                                {{"type", "Microsoft.ContainerRegistry/registries@2025-11-01"},
                                 {"resource_id", kRegistry},
                                 {"body", {{"properties", {{"roleAssignmentMode", "AbacRepositoryPermissions"}}}}}})}));
  ASSERT_EQ(s.registries.size(), 1U);
  EXPECT_EQ(s.registries[0].mode, model::PermissionMode::Abac);
  EXPECT_EQ(s.registries[0].admin_user_enabled, true);
}

TEST(TerraformOverExports, AnUpdateByAzapiOfARegistryThatIsNotKnownMaySwitchTheModeOfAny) {
  const auto update = [](const Json& body, const Json& later) {
    return over_exports(
        plan({create("azapi_update_resource.mode",
                     {{"type", "Microsoft.ContainerRegistry/registries@2025-11-01"}, {"body", body}}, later)},
             module({configured("azapi_update_resource.mode", {{"resource_id", references({"local.acr_id"})}})})));
  };
  const Json abac = {{"properties", {{"roleAssignmentMode", "AbacRepositoryPermissions"}, {"adminUserEnabled", true}}}};
  model::Snapshot s = update(abac, {{"resource_id", true}});
  ASSERT_EQ(s.registries.size(), 1U);
  EXPECT_FALSE(s.registries[0].mode.has_value());
  EXPECT_EQ(s.registries[0].admin_user_enabled, true);
  // Nor is the body.
  s = update(nullptr, {{"resource_id", true}, {"body", true}});
  ASSERT_EQ(s.registries.size(), 1U);
  EXPECT_FALSE(s.registries[0].mode.has_value());
  EXPECT_FALSE(s.registries[0].admin_user_enabled.has_value());
}

TEST(TerraformOverExports, AMemberOfAGroupThatIsNotKnownIsInNoneForCertain) {
  const std::string group = "dddddddd-0000-0000-0000-000000000004";
  const model::Snapshot s = over_exports(
      plan({kept("azuread_group.g", {{"display_name", "g"},
                                     {"id", "/groups/" + group},
                                     {"object_id", group},
                                     {"members", {"33333333-3333-3333-3333-333333333333"}}}),
            create("azuread_group_member.m", {{"member_object_id", kGuid}}, {{"group_object_id", true}})},
           module({configured("azuread_group_member.m", {{"group_object_id", references({"local.group"})}})})));
  ASSERT_EQ(s.memberships.size(), 1U);
  EXPECT_EQ(s[s.memberships[0].member].id, "33333333-3333-3333-3333-333333333333");
  EXPECT_EQ(s.members_known[model::at(s.memberships[0].group)], model::MembersKnown::Partial);
}

TEST(TerraformOverExports, DenyAssignmentsOfAzapiAreRead) {
  const std::string id = std::string(kRegistry) + "/providers/Microsoft.Authorization/denyAssignments/d";
  const Json properties = {{"denyAssignmentName", "no pushes"},
                           {"permissions", {{{"actions", {"Microsoft.ContainerRegistry/registries/push/write"}}}}},
                           {"principals", {{{"id", kGuid}, {"type", "User"}}}}};
  const auto deny = [&](const std::string& type, Json where, const Json& body, const Json& later = Json::object()) {
    where["type"] = "Microsoft.Authorization/denyAssignments@2024-07-01-preview";
    where["body"] = {{"properties", body}};
    const model::Snapshot s = over_exports(plan({create(type + ".d", std::move(where), later)}));
    EXPECT_EQ(s.deny_assignments.size(), 1U);
    const model::DenyAssignment found = s.deny_assignments.empty() ? model::DenyAssignment() : s.deny_assignments[0];
    return std::pair(s[found.scope].key, s[found.principals.at(0).principal].id);
  };
  const std::string registry = model::ascii_lower(kRegistry);
  EXPECT_EQ(deny("azapi_resource", {{"name", "d"}, {"parent_id", kRegistry}}, properties),
            std::pair(registry, std::string(kGuid)));
  EXPECT_EQ(deny("azapi_resource", {{"name", "d"}}, properties, {{"parent_id", true}}).first,
            "{azapi_resource.d.parent_id}");
  const auto updated = deny("azapi_update_resource", {{"resource_id", id}}, {{"denyAssignmentEffect", "audit"}});
  EXPECT_EQ(model::scope_covers(updated.first, registry), model::Truth::Unknown);
  EXPECT_TRUE(model::is_named_unknown(updated.second));
}

TEST(TerraformOverExports, PimIsFoundByPrincipalRoleAndScope) {
  const Json pim = {{"id", "scope|role|principal"},
                    {"scope", kRegistry},
                    {"principal_id", kGuid},
                    {"role_definition_id",
                     "/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/"
                     "7F951DDA-4ed3-4680-a7ca-43fe172d538d"}};
  const model::Snapshot gone = over_exports(plan({removed("azurerm_pim_eligible_role_assignment.e", pim)}));
  ASSERT_EQ(gone.schedule_instances.size(), 1U);
  EXPECT_FALSE(gone.schedule_instances[0].eligible);
  const model::Snapshot same = over_exports(plan({kept("azurerm_pim_active_role_assignment.a", pim)}));
  EXPECT_EQ(same.schedule_instances.size(), 2U) << "what is there already is not there twice";
}

TEST(TerraformOverExports, AConditionThatIsNotKnownIsNoConditionThatGrantsNothing) {
  Json assignment = kAssignment;
  assignment.erase("condition");
  const Json unknown = {{"condition", true}};
  const model::Snapshot s =
      over_exports(plan({change("azurerm_role_assignment.r", {"update"}, kAssignment, assignment, unknown),
                         change("azurerm_pim_active_role_assignment.p", {"create"}, nullptr, assignment, unknown)}));
  ASSERT_EQ(s.role_assignments.size(), 1U);
  EXPECT_EQ(s.role_assignments[0].condition, model::kConditionNotShown);
  // The activated one of the exports is the one of the plan; the eligible one stays.
  ASSERT_EQ(s.schedule_instances.size(), 2U);
  EXPECT_EQ(s.schedule_instances[0].condition, model::kNoCondition);
  EXPECT_EQ(s.schedule_instances[1].condition, model::kConditionNotShown);
  EXPECT_EQ(find_warning(s, "condition-malformed"), nullptr);
}

TEST(TerraformOverExports, TheSuccessorOfAnIdentityIsAnotherPrincipal) {
  const std::string id = std::string(kGroup) + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ci";
  const Json before = {{"id", id}, {"name", "ci"}, {"resource_group_name", "rg"}, {"principal_id", kGuid}};
  Json after = before;
  after.erase("id");
  after.erase("principal_id");
  const std::string exported = Json::array({{{"id", id},
                                             {"name", "ci"},
                                             {"principalId", kGuid},
                                             {"type", "Microsoft.ManagedIdentity/userAssignedIdentities"}}})
                                   .dump();
  const std::string text = plan({change("azurerm_user_assigned_identity.ci", {"delete", "create"}, before, after,
                                        {{"id", true}, {"principal_id", true}})})
                               .dump();
  const std::vector<parser::NamedText> documents = {{.name = "identities.json", .text = exported},
                                                    {.name = "plan.json", .text = text}};
  const auto s = parser::read_documents(documents);
  ASSERT_TRUE(s);
  const auto principal = [&](std::string_view wanted) {
    const auto found = std::find_if(s->principals.begin(), s->principals.end(),
                                    [&](const model::Principal& p) { return p.id == wanted; });
    return found == s->principals.end() ? nullptr : &*found;
  };
  ASSERT_NE(principal(kGuid), nullptr);
  ASSERT_NE(principal("azurerm_user_assigned_identity.ci"), nullptr);
  EXPECT_TRUE(principal("azurerm_user_assigned_identity.ci")->groups_complete);
}

TEST(TerraformOverExports, ANewIdentityIsAPrincipalByItsAddress) {
  const model::Snapshot s = over_exports(
      plan({new_identity("azurerm_user_assigned_identity.ci"), new_assignment("azurerm_role_assignment.ci")},
           module({assigned("azurerm_role_assignment.ci", {"azurerm_user_assigned_identity.ci.principal_id"},
                            {"local.scope"})})));
  ASSERT_EQ(s.role_assignments.size(), 2U);
  const model::RoleAssignment& row = s.role_assignments[1];
  EXPECT_EQ(s[row.principal].id, "azurerm_user_assigned_identity.ci");
  EXPECT_TRUE(s[row.principal].groups_complete);
  EXPECT_EQ(s[row.role].name, "AcrPush");
  EXPECT_EQ(s[row.scope].key, "{azurerm_role_assignment.ci.scope}");
}

TEST(TerraformOverExports, AnAssignmentThatExportsShowWithoutItsIdIsFoundByPrincipalRoleAndScope) {
  const std::string role = "/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d";
  std::string exported;
  for (const std::string_view scope : {kRegistry, kGroup}) {
    exported +=
        Json{{"principalId", kGuid}, {"roleDefinitionId", role}, {"scope", scope}, {"condition", nullptr}}.dump();
  }
  Json before = kAssignment;
  before["role_definition_id"] =
      "/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/7F951DDA-4ED3-4680-A7CA-43FE172D538D";
  const std::string text = plan({removed("azurerm_role_assignment.gone", before)}).dump();
  const std::vector<parser::NamedText> documents = {{.name = "exports.json", .text = exported},
                                                    {.name = "plan.json", .text = text}};
  const auto s = parser::read_documents(documents);
  ASSERT_TRUE(s);
  ASSERT_EQ(s->role_assignments.size(), 1U);
  EXPECT_EQ((*s)[s->role_assignments[0].scope].key, model::scope_key(kGroup)) << "the other one stays";
}

TEST(TerraformOverExports, ASettingThatIsNotKnownIsNotWhatExportsShow) {
  const Json before = {{"id", kRegistry},
                       {"name", "contoso"},
                       {"resource_group_name", "rg"},
                       {"admin_enabled", true},
                       {"role_assignment_mode", "LegacyRegistryPermissions"}};
  Json after = before;
  after.erase("role_assignment_mode");
  const model::Snapshot azurerm = over_exports(
      plan({change("azurerm_container_registry.acr", {"update"}, before, after, {{"role_assignment_mode", true}})}));
  ASSERT_EQ(azurerm.registries.size(), 1U);
  EXPECT_EQ(azurerm.registries[0].mode, std::nullopt);
  EXPECT_EQ(azurerm.registries[0].admin_user_enabled, true);
  EXPECT_NE(find_warning(azurerm, "terraform-unresolved"), nullptr);

  const Json update = {{"type", "Microsoft.ContainerRegistry/registries@2025-11-01"},
                       {"resource_id", kRegistry},
                       {"body", {{"properties", Json::object()}}}};
  const model::Snapshot azapi = over_exports(
      plan({create("azapi_update_resource.mode", update, {{"body", {{"properties", {{"adminUserEnabled", true}}}}}})}));
  ASSERT_EQ(azapi.registries.size(), 1U);
  EXPECT_EQ(azapi.registries[0].admin_user_enabled, std::nullopt);
  EXPECT_EQ(azapi.registries[0].mode, model::PermissionMode::Legacy);
  EXPECT_NE(find_warning(azapi, "terraform-unresolved"), nullptr);
}

TEST(TerraformOverExports, ARoleOfWhichOnlyPartIsKnownIsOpen) {
  const Json role = {
      {"id", "/providers/Microsoft.Authorization/roleDefinitions/" + std::string(kGuid) + "|" + std::string(kGroup)},
      {"role_definition_id", kGuid},
      {"scope", kGroup},
      {"name", "Custom"},
      {"permissions", {{{"data_actions", {"a/read"}}, {"not_data_actions", {"a/write"}}}}}};
  Json later = role;
  later["permissions"] = {{{"data_actions", {"a/read"}}}};
  const Json body = {{"properties", {{"roleName", "Custom"}, {"permissions", {{{"dataActions", {"a/read"}}}}}}}};
  for (const Json& each :
       {change("azurerm_role_definition.r", {"update"}, role, later, {{"permissions", {{{"not_data_actions", true}}}}}),
        create("azapi_resource.r",
               {{"type", "Microsoft.Authorization/roleDefinitions@2022-04-01"},
                {"parent_id", kGroup},
                {"name", kGuid},
                {"body", body}},
               {{"body", {{"properties", {{"permissions", {{{"notDataActions", true}}}}}}}}})}) {
    SCOPED_TRACE(each["address"]);
    const model::Snapshot s = over_exports(plan({each}));
    const auto found =
        std::find_if(s.roles.begin(), s.roles.end(), [](const model::RoleDefinition& r) { return r.guid == kGuid; });
    ASSERT_TRUE(found != s.roles.end());
    EXPECT_FALSE(found->defined);
    EXPECT_TRUE(found->open);
  }
}

TEST(TerraformOverExports, NobodySignsInAsWhatThePlanDeletes) {
  const Json user = {{"object_id", kGuid}, {"id", "/users/" + std::string(kGuid)}, {"display_name", "Ann"}};
  const Json app = {{"identity", {{{"type", "SystemAssigned"}, {"principal_id", kGuid}}}}};
  const Json without = {{"identity", Json::array()}};
  const Json identity = {{"id", std::string(kGroup) + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/a"},
                         {"name", "a"},
                         {"principal_id", kGuid}};
  Json adopted = user;
  adopted["use_existing"] = true;
  const auto is_deleted = [](const Json& each) {
    const model::Snapshot s =
        over_exports(plan({each, kept("data.azuread_service_principal.it", {{"object_id", kGuid}})}));
    const auto found =
        std::find_if(s.principals.begin(), s.principals.end(), [](const model::Principal& p) { return p.id == kGuid; });
    return found != s.principals.end() && found->orphaned;
  };
  EXPECT_TRUE(is_deleted(removed("azuread_user.ann", user)));
  EXPECT_TRUE(is_deleted(removed("azuread_service_principal.ann", user)));
  EXPECT_TRUE(is_deleted(removed("azurerm_user_assigned_identity.a", identity)));
  EXPECT_TRUE(is_deleted(removed("azurerm_linux_web_app.a", app)));
  EXPECT_TRUE(is_deleted(change("azurerm_linux_web_app.a", {"update"}, app, without)));
  EXPECT_FALSE(is_deleted(kept("azurerm_linux_web_app.a", app)));
  EXPECT_FALSE(is_deleted(removed("azuread_service_principal.ann", adopted))) << "the deletion may be refused";
}

TEST(TerraformOverExports, AScheduleMayBeginAndEndWhenTheDeploymentSays) {
  const auto instance = [](const Json& schedule, const Json& later) {
    const Json pim = {{"scope", kRegistry},
                      {"principal_id", kGuid},
                      {"role_definition_id", "/x/roleDefinitions/r"},
                      {"schedule", schedule}};
    const model::Snapshot s =
        over_exports(plan({create("azurerm_pim_active_role_assignment.a", pim, {{"id", true}, {"schedule", later}})}));
    return s.schedule_instances.empty() ? model::ScheduleInstance() : s.schedule_instances.back();
  };
  const model::ScheduleInstance both = instance(nullptr, true);
  EXPECT_TRUE(both.start_open && both.end_open);
  const Json for_days = {{{"expiration", {{{"duration_days", 10}}}}}};
  const model::ScheduleInstance lasting = instance(for_days, {{{"start_date_time", true}}});
  EXPECT_TRUE(lasting.start_open && lasting.end_open);
  const Json until = {{{"expiration", {{{"end_date_time", "2026-02-01T00:00:00Z"}}}}}};
  const model::ScheduleInstance ending = instance(until, {{{"start_date_time", true}}});
  EXPECT_TRUE(ending.start_open && !ending.end_open && ending.end);
  const Json known = {{{"start_date_time", "2026-01-01T00:00:00Z"}, {"expiration", {{{"duration_days", 10}}}}}};
  const model::ScheduleInstance closed = instance(known, Json::object());
  EXPECT_FALSE(closed.start_open || closed.end_open);
}

TEST(TerraformOverExports, AnIdentityThatIsReplacedIsTheNewOneByItsResourceId) {
  const std::string id = std::string(kGroup) + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/a";
  const Json before = {{"id", id}, {"name", "a"}, {"resource_group_name", "rg"}, {"principal_id", kGuid}};
  const Json after = {{"name", "a"}, {"resource_group_name", "rg"}};
  const model::Snapshot s = over_exports(plan({change("azurerm_user_assigned_identity.a", {"delete", "create"}, before,
                                                      after, {{"id", true}, {"principal_id", true}})}));
  std::vector<std::string> called;
  for (const model::Principal& p : s.principals) {
    if (model::equal_ignoring_case(p.resource_id, id)) called.push_back(p.id);
    EXPECT_EQ(p.orphaned, p.id == kGuid) << p.id;
  }
  EXPECT_THAT(called, ElementsAre("azurerm_user_assigned_identity.a"));
}

TEST(TerraformOverExports, AnIdentityThatAnotherFileShowsIsNotNew) {
  const std::string address = "azurerm_user_assigned_identity.ci";
  const std::string id = std::string(kGroup) + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ci";
  const Json known = {{"id", id}, {"name", "ci"}, {"resource_group_name", "rg"}, {"principal_id", kGuid}};
  const Json made = plan({new_identity(address)});
  const Json state = {{"format_version", "1.0"},
                      {"terraform_version", "1.9.4"},
                      {"values",
                       {{"root_module",
                         {{"resources",
                           {{{"address", address},
                             {"mode", "managed"},
                             {"type", "azurerm_user_assigned_identity"},
                             {"name", "ci"},
                             {"values", known}}}}}}}}};
  Json prior = made;
  prior["prior_state"] = state;
  prior["prior_state"]["values"]["root_module"]["resources"][0]["mode"] = "data";
  prior["prior_state"]["values"]["root_module"]["resources"][0]["name"] = "shown";
  prior["prior_state"]["values"]["root_module"]["resources"][0]["address"] = "data." + address;
  for (const std::vector<Json>& plans :
       {std::vector{state, made}, std::vector{made, plan({kept("azurerm_user_assigned_identity.other", known)})},
        std::vector{prior}}) {
    const model::Snapshot s = over_exports(plans);
    EXPECT_THAT(called(s, id), ElementsAre(kGuid));
    EXPECT_THAT(called(s, address), ElementsAre(kGuid));
    const bool created = std::any_of(s.principals.begin(), s.principals.end(), [](const auto& p) { return p.created; });
    EXPECT_FALSE(created);
  }
  const Json other = plan(
      {kept("azurerm_user_assigned_identity.other", {{"id", id + "2"}, {"name", "ci2"}, {"principal_id", kGuid}})});
  const model::Snapshot s = over_exports(std::vector{made, other});
  const auto found = std::find_if(s.principals.begin(), s.principals.end(), [](const auto& p) { return p.created; });
  ASSERT_NE(found, s.principals.end());
  EXPECT_EQ(found->id, address);
}

TEST(TerraformOverExports, AUserThatAStateShowsUnderItsAddressMayNotBeNew) {
  const Json made = plan({create("azuread_user.u", {{"display_name", "u"}}, {{"object_id", true}})});
  const Json state = {{"version", 4},
                      {"terraform_version", "1.9.4"},
                      {"lineage", "l"},
                      {"serial", 1},
                      {"resources",
                       {{{"mode", "managed"},
                         {"type", "azuread_user"},
                         {"name", "u"},
                         {"instances", {{{"attributes", {{"object_id", kGuid}, {"display_name", "u"}}}}}}}}}};
  const auto is_new = [&](const std::vector<Json>& plans) {
    const model::Snapshot s = over_exports(plans);
    // Nobody else shows it, so its list of groups is complete.
    return std::any_of(s.principals.begin(), s.principals.end(),
                       [](const auto& p) { return p.id == "azuread_user.u" && p.groups_complete; });
  };
  EXPECT_TRUE(is_new({made}));
  EXPECT_FALSE(is_new({made, state}));
}

TEST(TerraformOverExports, AUserThatIsMadeAnewHasTheNameToSignInWith) {
  const Json before = {{"object_id", kGuid}, {"user_principal_name", "ann@x.com"}, {"display_name", "Ann"}};
  const Json after = {{"user_principal_name", "ann@x.com"}, {"display_name", "Ann"}};
  const Json shown = kept("data.azuread_user.ann", before);
  const Json later = {{"id", true}, {"object_id", true}};
  EXPECT_THAT(called(over_exports(plan({change("azuread_user.u", {"delete", "create"}, before, after, later), shown})),
                     "ann@x.com"),
              ElementsAre("azuread_user.u"));
  EXPECT_THAT(
      called(over_exports(plan({removed("azuread_user.old", before), create("azuread_user.new", after, later), shown})),
             "ann@x.com"),
      ElementsAre("azuread_user.new"));
  EXPECT_THAT(called(over_exports(plan({removed("azuread_user.old", before), shown})), "ann@x.com"),
              ElementsAre(kGuid));
}

TEST(TerraformOverExports, AddressesThatDifferInLetterCaseAloneAreTwoThings) {
  const std::string lower = R"(azurerm_user_assigned_identity.t["a"])";
  const std::string upper = R"(azurerm_user_assigned_identity.t["A"])";
  const auto given = [](const std::string& address) {
    return create(address, {{"role_definition_name", "AcrPush"}, {"scope", kRegistry}, {"condition", nullptr}},
                  {{"id", true}, {"principal_id", true}, {"name", true}});
  };
  const model::Snapshot s = over_exports(plan(
      {new_identity(upper, "upper"), new_identity(lower, "lower"), given("azurerm_role_assignment.CI")},
      module({configured(
          "azurerm_role_assignment.CI",
          {{"principal_id", references({upper + ".principal_id", upper, "azurerm_user_assigned_identity.t"})}})})));
  ASSERT_EQ(s.role_assignments.size(), 2U);
  EXPECT_EQ(s[s.role_assignments[1].principal].display_name, "upper");
  EXPECT_EQ(s[s.role_assignments[1].principal].id, model::ascii_lower(upper) + " (1)");
  EXPECT_EQ(called(s, lower).size() + called(s, upper).size(), 2U);
  const auto said = [](const model::Warning& w) { return w.code == "one-address-in-several-spellings"; };
  EXPECT_EQ(std::count_if(s.warnings.begin(), s.warnings.end(), said), 1);
}

TEST(TerraformOverExports, AssignmentsWhoseAddressesDifferInLetterCaseAloneAreTwo) {
  const auto given = [](const std::string& address, const std::string& principal) {
    return create(address,
                  {{"role_definition_name", "AcrPush"},
                   {"scope", kRegistry},
                   {"principal_id", principal},
                   {"condition", nullptr}},
                  {{"id", true}, {"name", true}});
  };
  const std::string eight = "aaaaaaaa-0000-0000-0000-000000000008";
  const std::string nine = "aaaaaaaa-0000-0000-0000-000000000009";
  const model::Snapshot s = over_exports(
      plan({given(R"(azurerm_role_assignment.f["A/x"])", eight), given(R"(azurerm_role_assignment.f["a/x"])", nine)}));
  std::vector<std::string> principals;
  for (const model::RoleAssignment& row : s.role_assignments) principals.push_back(s[row.principal].id);
  EXPECT_THAT(principals, UnorderedElementsAre(kGuid, eight, nine));
}

TEST(TerraformOverExports, AKeyThatOnlyTheAddressHasTellsInstancesApart) {
  std::vector<Json> changes;
  for (const char* key : {"a", "b"}) {
    changes.push_back(new_identity("azurerm_user_assigned_identity.t[\"" + std::string(key) + "\"]", key));
    changes.back().erase("index");
  }
  const model::Snapshot s = over_exports(plan(changes));
  EXPECT_EQ(called(s, R"(azurerm_user_assigned_identity.t["a"])").size(), 1U);
  EXPECT_EQ(called(s, R"(azurerm_user_assigned_identity.t["b"])").size(), 1U);
}

TEST(TerraformOverExports, AnAppPullsAsTheIdentityThatItNamesForTheRegistry) {
  const std::string id = std::string(kGroup) + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ex";
  const std::string client = "cccccccc-0000-0000-0000-000000000021";
  const Json ex = kept("data.azurerm_user_assigned_identity.ex",
                       {{"id", id}, {"name", "ex"}, {"principal_id", kGuid}, {"client_id", client}});
  const Json both = {{{"type", "SystemAssigned, UserAssigned"}, {"identity_ids", {id}}}};
  const Json later = {{"id", true}, {"identity", {{{"principal_id", true}}}}};
  const auto app = [&](const std::string& identity) {
    return create(
        "azurerm_container_app.c",
        {{"name", "c"}, {"identity", both}, {"registry", {{{"server", "contoso.azurecr.io"}, {"identity", identity}}}}},
        later);
  };
  const model::Snapshot s = over_exports(plan({app(id), ex}));
  EXPECT_THAT(called(s, "azurerm_container_app.c"), ElementsAre(kGuid));
  EXPECT_THAT(called(s, "c"), ElementsAre(kGuid));
  EXPECT_THAT(called(s, "azurerm_container_app.c.identity"), ElementsAre("azurerm_container_app.c.identity"));
  EXPECT_THAT(called(over_exports(plan({app("System"), ex})), "azurerm_container_app.c"),
              ElementsAre("azurerm_container_app.c"));
  const auto site = [&](const Json& config, const Json& unknown) {
    Json more = later;
    more["site_config"] = Json::array({unknown});  // braces alone are a copy to clang
    return create("azurerm_linux_web_app.w",
                  {{"name", "w"}, {"identity", both}, {"site_config", Json::array({config})}}, more);
  };
  const Json by_client = {{"container_registry_use_managed_identity", true},
                          {"container_registry_managed_identity_client_id", client}};
  EXPECT_THAT(called(over_exports(plan({site(by_client, Json::object()), ex})), "azurerm_linux_web_app.w"),
              ElementsAre(kGuid));
  const Json unknown = {{"container_registry_managed_identity_client_id", true}};
  const model::Snapshot open =
      over_exports(plan({site({{"container_registry_use_managed_identity", true}}, unknown), ex}));
  EXPECT_TRUE(called(open, "azurerm_linux_web_app.w").empty()) << "as whom it pulls is not known";
  // Who asks for such an app is told that it is there.
  ASSERT_EQ(open.workloads.size(), 1U);
  EXPECT_EQ(open.workloads[0].name, "azurerm_linux_web_app.w");
  const Json no_identity = create("azurerm_container_app.c", {{"name", "c"}, {"registry", Json::array()}});
  const model::Snapshot without = over_exports(plan({no_identity}));
  ASSERT_EQ(without.workloads.size(), 1U);
  EXPECT_EQ(without.workloads[0].name, "azurerm_container_app.c");
}

TEST(TerraformOverExports, AClusterThatIsGivenAnIdentityThatIsNotKnownGetsNoneOfItsOwn) {
  const auto cluster = [](const Json& configuration, const Json& service, const Json& unknown) {
    Json values = {{"name", "aks"}, {"resource_group_name", "rg"}};
    if (!service.is_null()) values["service_principal"] = service;
    Json later = {{"id", true}, {"kubelet_identity", true}};
    later.update(unknown);
    return over_exports(plan({create("azurerm_kubernetes_cluster.aks", values, later)},
                             module({configured("azurerm_kubernetes_cluster.aks", configuration)})));
  };
  const Json client = Json::array({Json{{"client_id", references({"data.azuread_application.x.client_id"})}}});
  const Json kubelet = Json::array({Json{{"object_id", references({"data.azurerm_user_assigned_identity.k.id"})}}});
  const Json in_part = {{"service_principal", Json::array({Json{{"client_id", true}}})}};
  const std::vector<model::Snapshot> all = {
      cluster({{"kubelet_identity", kubelet}}, nullptr, Json::object()),
      cluster({{"service_principal", client}}, nullptr, Json::object()),
      cluster({{"service_principal", client}}, Json::array({Json::object()}), in_part),
      cluster(Json::object(), nullptr, {{"service_principal", true}}),
      cluster({{"service_principal", client}}, Json::array({Json{{"client_id", kGuid}}}), Json::object())};
  for (const model::Snapshot& s : all) {
    EXPECT_THAT(called(s, "azurerm_kubernetes_cluster.aks"), ElementsAre());
    EXPECT_THAT(called(s, "aks"), ElementsAre());
  }
}

TEST(TerraformOverExports, AClusterWithoutConfigurationMayPullAsAnIdentityThatItIsGiven) {
  const Json cluster = create("azurerm_kubernetes_cluster.aks", {{"name", "aks"}, {"resource_group_name", "rg"}},
                              {{"id", true}, {"kubelet_identity", true}});
  EXPECT_THAT(called(over_exports(plan({cluster})), "azurerm_kubernetes_cluster.aks"), ElementsAre());
  const Json configuration = module({configured("azurerm_kubernetes_cluster.aks", Json::object())});
  EXPECT_THAT(called(over_exports(plan({cluster}, configuration)), "azurerm_kubernetes_cluster.aks"),
              ElementsAre("azurerm_kubernetes_cluster.aks"));
}

TEST(TerraformOverExports, AnAppThatPullsWithAPasswordPullsAsNoIdentity) {
  const Json registry = {{"server", "contoso.azurecr.io"}, {"identity", ""}, {"username", "u"}};
  const Json identity = {{"type", "SystemAssigned"}, {"principal_id", kGuid}};
  const model::Snapshot s = over_exports(
      plan({create("azurerm_container_app.c", {{"name", "c"}, {"identity", {identity}}, {"registry", {registry}}})}));
  EXPECT_THAT(called(s, "azurerm_container_app.c"), ElementsAre());
  ASSERT_EQ(s.workloads.size(), 1U);
  EXPECT_EQ(s.workloads[0].name, "azurerm_container_app.c");
}

TEST(TerraformOverExports, AnAppPullsAsTheIdentityThatThePlanMakes) {
  const std::string identity = "azurerm_user_assigned_identity.ci";
  const Json app = create(
      "azurerm_container_app.c",
      {{"name", "c"}, {"identity", {{{"type", "UserAssigned"}}}}, {"registry", {{{"server", "contoso.azurecr.io"}}}}},
      {{"id", true}, {"registry", {{{"identity", true}}}}});
  const Json expressions = {{"registry", {{{"identity", references({identity + ".id", identity})}}}}};
  const model::Snapshot s =
      over_exports(plan({app, new_identity(identity)}, module({configured("azurerm_container_app.c", expressions)})));
  EXPECT_THAT(called(s, "azurerm_container_app.c"), ElementsAre(identity));
}

// input-formats 8.2: a template beside the plan and one in it say the same.
TEST(TerraformOverExports, ATemplateThatThePlanDeploysIsRead) {
  const std::string address = "azurerm_resource_group_template_deployment.t";
  const Json resource = {{"type", "Microsoft.Authorization/roleAssignments"},
                         {"apiVersion", "2022-04-01"},
                         {"name", "44444444-4444-4444-4444-444444444444"},
                         {"scope", "[resourceId('Microsoft.ContainerRegistry/registries', 'contoso')]"},
                         {"properties",
                          {{"roleDefinitionId",
                            "/providers/Microsoft.Authorization/roleDefinitions/"
                            "7f951dda-4ed3-4680-a7ca-43fe172d538d"},
                           {"principalId", "[parameters('who')]"}}}};
  const Json content = {{"contentVersion", "1.0.0.0"},
                        {"parameters", {{"who", {{"type", "string"}, {"defaultValue", "default"}}}}},
                        {"resources", Json::array({resource})}};
  const Json values = {{"name", "t"}, {"resource_group_name", "rg"}, {"template_content", content.dump()}};
  const auto with = [&](Json more) {
    more.update(values);
    return more;
  };
  const auto holders = [&](const Json& plan_) {
    const model::Snapshot s = over_exports(plan_);
    std::vector<std::string> ids;
    for (const model::RoleAssignment& row : s.role_assignments) {
      if (s[row.principal].id != kGuid) ids.push_back(s[row.principal].id + " on " + s[row.scope].display);
    }
    return ids;
  };
  const std::string here = " on " + std::string(kRegistry);
  const Json parameters = {{"parameters_content", Json{{"who", {{"value", "given"}}}}.dump()}};
  EXPECT_THAT(holders(plan({create(address, values)})), ElementsAre("default" + here));
  EXPECT_THAT(holders(plan({create(address, with(parameters))})), ElementsAre("given" + here));
  const std::string who = "{" + address + ": parameters('who')}" + here;
  EXPECT_THAT(holders(plan({create(address, values, {{"parameters_content", true}})},
                           module({configured(address, {{"parameters_content", references({"local.p"})}})}))),
              ElementsAre(who));
  EXPECT_THAT(holders(plan({create(address, values, {{"parameters_content", true}})},
                           module({configured(address, Json::object())}))),
              ElementsAre("default" + here));
  Json secret = create(address, with(parameters));
  secret["change"]["after_sensitive"] = {{"parameters_content", true}};
  EXPECT_THAT(holders(plan({secret})), ElementsAre(who));

  const std::string any = "{what " + address + ": template deploys} on " + std::string(kGroup);
  Json later = values;
  later.erase("template_content");
  EXPECT_THAT(holders(plan({create(address, later, {{"template_content", true}})})), ElementsAre(any));
  later["template_content"] = "no JSON";
  EXPECT_THAT(holders(plan({create(address, later)})), ElementsAre(any));

  // What the plan leaves as it is is in the exports.
  EXPECT_THAT(holders(plan({kept(address, values)})), ElementsAre());

  const std::string old = "azurerm_template_deployment.t";
  const Json body = {{"name", "t"}, {"resource_group_name", "rg"}, {"template_body", content.dump()}};
  EXPECT_THAT(holders(plan({create(old, body)})), ElementsAre("default" + here));
  EXPECT_THAT(holders(plan({create(old, body, {{"parameters", true}})})),
              ElementsAre("{" + old + ": parameters('who')}" + here));

  Json deployment = {{"type", "Microsoft.Resources/deployments@2022-09-01"},
                     {"name", "t"},
                     {"parent_id", kGroup},
                     {"body", {{"properties", {{"mode", "Incremental"}, {"template", content}}}}}};
  EXPECT_THAT(holders(plan({create("azapi_resource.t", deployment)})), ElementsAre("default" + here));
  deployment.erase("body");
  EXPECT_THAT(holders(plan({create("azapi_resource.t", deployment, {{"body", true}})})),
              ElementsAre("{what azapi_resource.t: template deploys} on " + std::string(kGroup)));
}

// Assignments of deleted resources stay in lists (input-formats 1.2); whether another of the same id has them is open.
TEST(TerraformOverExports, AssignmentsAtARegistryThatIsReplacedMayOutlastIt) {
  const Json before = {{"id", kRegistry}, {"name", "contoso"}, {"resource_group_name", "rg"}};
  const Json after = {{"name", "contoso"}, {"resource_group_name", "rg"}};
  const model::Snapshot s = over_exports(
      plan({change("azurerm_container_registry.acr", {"delete", "create"}, before, after, {{"id", true}})}));
  ASSERT_EQ(s.registries.size(), 1U);
  ASSERT_EQ(s.role_assignments.size(), 1U);
  const model::Scope& scope = s[s.role_assignments[0].scope];
  EXPECT_EQ(scope.key, model::scope_key(std::string(kRegistry) + "/{whether assignments outlast contoso}"));
  EXPECT_EQ(model::scope_covers(scope.key, model::scope_key(kRegistry)), model::Truth::Unknown);
}

TEST(TerraformOverExports, WhatIsSensitiveIsSaidToBeSo) {
  Json entry =
      create("azurerm_role_assignment.a",
             {{"scope", kRegistry}, {"principal_id", kGuid}, {"role_definition_name", "AcrPull"}}, {{"id", true}});
  entry["change"]["after_sensitive"] = {{"principal_id", true}};
  const model::Snapshot s = over_exports(plan({entry}));
  ASSERT_EQ(s.role_assignments.size(), 2U);
  EXPECT_EQ(s[s.role_assignments[1].principal].id, "{sensitive azurerm_role_assignment.a.principal_id}");
  const auto said = std::find_if(s.warnings.begin(), s.warnings.end(),
                                 [](const model::Warning& w) { return w.code == "terraform-unresolved"; });
  ASSERT_NE(said, s.warnings.end());
  EXPECT_EQ(said->where.message,
            "the principal of `azurerm_role_assignment.a` is sensitive in the plan, and so it is not read");
}

TEST(TerraformOverExports, SingleMembersComeAndGoAfterTheWholeList) {
  const std::string other = "44444444-4444-4444-4444-444444444444";
  const std::string group = "55555555-5555-5555-5555-555555555555";
  const Json whole = {{"object_id", group}, {"display_name", "g"}, {"members", {kGuid}}};
  const auto single = [&](std::string_view member) {
    return Json{{"group_object_id", group}, {"member_object_id", member}};
  };
  const model::Snapshot s = over_exports(
      plan({removed("azuread_group_member.old", single(kGuid)), create("azuread_group_member.new", single(other)),
            kept("module.groups.azuread_group.g", whole)}));
  ASSERT_EQ(s.memberships.size(), 1U);
  EXPECT_EQ(s[s.memberships[0].member].id, other);
}

// ---- the corpus ---------------------------------------------------------------------------------------------

fs::path corpus() {
  const char* shared = std::getenv("ACRBITER_SHARED");
  return (shared != nullptr ? fs::path(shared) : fs::path(ACRBITER_SOURCE_DIR) / ".." / "shared") / "corpus";
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(TerraformCorpus, GivesWhatIsExpectedOfEachFile) {
  if (!fs::exists(corpus())) GTEST_SKIP() << "skipped: no corpus beside the checkout";
  const Json all = Json::parse(text_of(corpus() / "EXPECTED.json"));
  std::size_t files = 0;
  for (const auto& [file, entry] : all.items()) {
    if (!file.starts_with("terraform/")) continue;
    SCOPED_TRACE(file);
    ++files;
    const Read r = read(text_of(corpus() / file));
    const Json& expected = entry["expected"];
    EXPECT_EQ(Json(r.kind), entry["format"]);
    std::size_t assignments = 0, with_condition = 0, unknown_principals = 0;
    std::map<std::string, int> roles;
    std::vector<Json> registries;
    for (const parser::Declaration& each : r.infrastructure.declarations) {
      const Json object = Json::parse(each.object);
      const Json& properties = object["properties"];
      if (object["type"] == "Microsoft.Authorization/roleAssignments") {
        ++assignments;
        with_condition += properties["condition"].is_null() ? 0U : 1U;
        unknown_principals += properties["principalId"].get<std::string>().find('-') == 8 ? 0U : 1U;
        ++roles[properties.value("roleDefinitionName", "None")];
        EXPECT_NE(properties["scope"].get<std::string>().front(), '{') << each.address;
      }
      const bool azapi = each.address.starts_with("azapi_");
      if (object["type"] == "Microsoft.ContainerRegistry/registries" && !azapi) {
        const auto value = [&](const char* key) { return properties.contains(key) ? properties[key] : Json(); };
        registries.push_back({{"name", object["name"]},
                              {"sku", object["sku"]["name"]},
                              {"admin", value("adminUserEnabled")},
                              {"anonymous", value("anonymousPullEnabled")},
                              {"mode", value("roleAssignmentMode")}});
      }
    }
    EXPECT_EQ(Json(registries), expected.value("registries", Json(Json::array())));
    const Json expected_assignments = expected.value("roleAssignments", Json(0));
    if (expected_assignments.is_object()) {
      EXPECT_EQ(assignments, expected_assignments["count"]);
      EXPECT_EQ(with_condition, expected_assignments["withCondition"]);
      EXPECT_EQ(unknown_principals, expected_assignments["unknownPrincipal"]);
      EXPECT_EQ(Json(roles), expected_assignments["roleNames"]);
    } else {
      EXPECT_EQ(assignments, expected_assignments);
      EXPECT_EQ(Json(roles), expected.value("roleNames", Json(Json::object())));
    }
    if (expected.contains("azapiTypes")) {
      EXPECT_EQ(r.object("azapi_resource.example")["type"], "Microsoft.ContainerRegistry/registries");
    }
  }
  EXPECT_GE(files, 8U);
}

TEST(TerraformCorpus, TheKubeletOfTheModulesPlanPullsFromItsRegistry) {
  if (!fs::exists(corpus())) GTEST_SKIP() << "skipped: no corpus beside the checkout";
  const Read r = read(text_of(corpus() / "terraform/plan-modules-acr-acrpull.json"));
  EXPECT_EQ(r.property("module.role_aks_cluster.azurerm_role_assignment.role", "principalId"),
            "module.aks_cluster.azurerm_kubernetes_cluster.aks_cluster");
  EXPECT_EQ(r.property("module.role_aks_cluster.azurerm_role_assignment.role", "scope"),
            r.object("module.container_registry.azurerm_container_registry.cr")["id"].get<std::string>());
}

}  // namespace
}  // namespace acrbiter::tests
