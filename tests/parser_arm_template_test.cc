// What templates declare: loops, conditions, nested deployments, places, names, and what is not known.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/expanded.h"
#include "tests/support/read_support.h"

namespace acrbiter::tests {
namespace {

using nlohmann::json;

constexpr std::string_view kPullRole = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
const parser::Deployment kPlace = {.subscription = "5ca082f3-38f2-4bb0-b0a4-c401184ae3a8",
                                   .resource_group = "rg",
                                   .tenant = {},
                                   .management_group = {},
                                   .location = "eastus2"};
const std::string kGroup = "/subscriptions/5ca082f3-38f2-4bb0-b0a4-c401184ae3a8/resourceGroups/rg";
const std::string kRegistryId = kGroup + "/providers/Microsoft.ContainerRegistry/registries/contoso";

/// A template of these resources.
json template_of(json resources, const json& more = json::object()) {
  json document = {{"$schema", "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"},
                   {"contentVersion", "1.0.0.0"},
                   {"resources", std::move(resources)}};
  if (document["resources"].is_object()) document["languageVersion"] = "2.0";
  document.update(more);
  return document;
}

json registry(const json& more = json::object()) {
  json resource = {{"type", "Microsoft.ContainerRegistry/registries"},
                   {"apiVersion", "2025-11-01"},
                   {"name", "contoso"},
                   {"sku", {{"name", "Premium"}}},
                   {"properties", {{"adminUserEnabled", false}}}};
  resource.update(more);
  return resource;
}

/// An assignment of AcrPull at the registry.
json assignment(const json& principal, const json& more = json::object()) {
  json resource = {{"type", "Microsoft.Authorization/roleAssignments"},
                   {"apiVersion", "2022-04-01"},
                   {"scope", "[resourceId('Microsoft.ContainerRegistry/registries', 'contoso')]"},
                   {"name", "00000000-0000-0000-0000-000000000001"},
                   {"properties",
                    {{"principalId", principal},
                     {"roleDefinitionId", "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '" +
                                              std::string(kPullRole) + "')]"}}}};
  resource.update(more);
  return resource;
}

Expanded expand(const json& document, const parser::Deployment& place = kPlace) {
  const std::string text = document.dump();
  const std::vector<parser::NamedText> documents = {{.name = "main.json", .text = text}};
  Expanded result = expanded(documents, place);
  for (const model::Diagnostic& problem : result.errors) {
    ADD_FAILURE() << problem.pointer << ": " << problem.message << " in " << problem.excerpt;
  }
  return result;
}

json nested_in(const json& inner, const json& parameters = json::object(), const json& more = json::object()) {
  json resource = {{"type", "Microsoft.Resources/deployments"},
                   {"apiVersion", "2022-09-01"},
                   {"name", "inner"},
                   {"properties",
                    {{"mode", "Incremental"},
                     {"expressionEvaluationOptions", {{"scope", "inner"}}},
                     {"parameters", parameters},
                     {"template", inner}}}};
  resource.update(more);
  return resource;
}

TEST(ArmTemplates, DeclareARegistryAndAnAssignmentAsTheServiceWouldShowThem) {
  const auto result = expand(template_of({{"registry", registry()}, {"pull", assignment("p1")}}));
  ASSERT_EQ(result.infrastructure.declarations.size(), 2U);
  const json shown = result.object_at("main.json: registry");
  EXPECT_EQ(shown["id"], kRegistryId);
  EXPECT_EQ(shown["sku"]["name"], "Premium");
  EXPECT_EQ(shown["properties"]["adminUserEnabled"], false);
  EXPECT_EQ(result.at("main.json: registry")->effect, parser::Declaration::Effect::Change);

  const json row = result.object_at("main.json: pull");
  EXPECT_EQ(row["id"],
            kRegistryId + "/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-000000000001");
  EXPECT_EQ(row["properties"]["scope"], kRegistryId);
  EXPECT_EQ(row["properties"]["principalId"], "p1");
  EXPECT_TRUE(row["properties"]["condition"].is_null());
  EXPECT_EQ(row["properties"]["roleDefinitionId"], "/subscriptions/" + kPlace.subscription +
                                                       "/providers/Microsoft.Authorization/roleDefinitions/" +
                                                       std::string(kPullRole));
  EXPECT_EQ(result.at("main.json: pull")->pointer, "/resources/pull");
}

TEST(ArmTemplates, OnlyWhatIsLookedAtIsTakenAlong) {
  json resource = registry();
  resource["properties"]["encryption"] = {{"keyVaultProperties", {{"keyIdentifier", "hunter2"}}}};
  resource["tags"] = {{"password", "hunter2"}};
  const json task = {{"type", "Microsoft.ContainerRegistry/registries/tasks"},
                     {"name", "contoso/build"},
                     {"properties",
                      {{"status", "Enabled"},
                       {"credentials",
                        {{"sourceRegistry", {{"loginMode", "Default"}, {"secret", "hunter2"}}},
                         {"customRegistries", {{"x", {{"password", {{"value", "hunter2"}}}}}}}}}}}};
  const auto result = expand(template_of({{"registry", resource}, {"task", task}}));
  for (const auto& declaration : result.infrastructure.declarations) {
    EXPECT_EQ(declaration.object.find("hunter2"), std::string::npos) << declaration.object;
  }
  EXPECT_EQ(result.object_at("main.json: task")["properties"]["credentials"],
            (json{{"sourceRegistry", {{"loginMode", "Default"}}}, {"customRegistries", {{"x", json::object()}}}}));
}

TEST(ArmTemplates, SecretsNeverEnter) {
  const json more = {{"parameters", {{"secret", {{"type", "secureString"}, {"defaultValue", "hunter2"}}}}}};
  const auto result = expand(template_of({{"a", assignment("[parameters('secret')]")},
                                          {"b", assignment("[listCredentials(resourceId('Microsoft.ContainerRegistry/"
                                                           "registries', 'contoso'), '2023-01-01').passwords[0].value]",
                                                           {{"name", "00000000-0000-0000-0000-000000000002"}})}},
                                         more));
  EXPECT_EQ(result.object_at("main.json: a")["properties"]["principalId"], "{parameters('secret')}");
  const std::string listed = result.object_at("main.json: b")["properties"]["principalId"];
  EXPECT_TRUE(listed.starts_with("{listCredentials(")) << listed;
}

TEST(ArmTemplates, Trap14_TheOldChildFormIsAnAssignmentAtItsParent) {
  json child = assignment("p1");
  child.erase("scope");
  child["type"] = "Microsoft.ContainerRegistry/registries/providers/roleAssignments";
  child["name"] = "[concat('contoso', '/Microsoft.Authorization/', '00000000-0000-0000-0000-000000000001')]";
  json inside = assignment("p2");
  inside.erase("scope");
  inside["type"] = "providers/roleAssignments";
  inside["name"] = "Microsoft.Authorization/00000000-0000-0000-0000-000000000002";
  const json parent = registry({{"resources", {inside}}});
  const auto result = expand(template_of(json::array({parent, child})));
  ASSERT_EQ(result.count("Microsoft.Authorization/roleAssignments"), 2U);
  EXPECT_EQ(result.object(1)["properties"]["scope"], kRegistryId);
  EXPECT_EQ(result.object(1)["id"],
            kRegistryId + "/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-000000000002");
  EXPECT_EQ(result.object(2)["properties"]["scope"], kRegistryId);
  EXPECT_EQ(result.infrastructure.declarations[1].pointer, "/resources/0/resources/0");
}

TEST(ArmTemplates, DenyAssignmentsAreDeclaredAtTheirScope) {
  json deny = {{"type", "Microsoft.Authorization/denyAssignments"},
               {"apiVersion", "2024-07-01-preview"},
               {"name", "00000000-0000-0000-0000-00000000000d"},
               {"properties",
                {{"denyAssignmentName", "no pushes"},
                 {"permissions", {{{"actions", {"Microsoft.ContainerRegistry/registries/push/write"}}}}},
                 {"principals", {{{"id", "[parameters('who')]"}, {"type", "User"}}}},
                 {"excludePrincipals", json::array()},
                 {"isSystemProtected", false},
                 {"metadata", "hunter2"}}}};
  const json more = {{"parameters", {{"who", {{"type", "string"}}}}}};
  const auto at_group = expand(template_of(json::array({deny}), more));
  ASSERT_EQ(at_group.infrastructure.declarations.size(), 1U);
  const json object = at_group.object(0);
  EXPECT_EQ(object["id"],
            kGroup + "/providers/Microsoft.Authorization/denyAssignments/00000000-0000-0000-0000-00000000000d");
  EXPECT_EQ(object["properties"]["scope"], kGroup);
  EXPECT_EQ(object["properties"]["principals"][0]["id"], "{parameters('who')}");
  EXPECT_FALSE(object["properties"].contains("metadata"));
  deny["scope"] = "[resourceId('Microsoft.ContainerRegistry/registries', 'contoso')]";
  EXPECT_EQ(expand(template_of(json::array({deny}), more)).object(0)["properties"]["scope"], kRegistryId);
}

TEST(ArmTemplates, AScopeMayBeATypeAndNamesOrAnId) {
  const auto scope_of = [](const json& scope, const parser::Deployment& place = kPlace) {
    const auto result = expand(template_of({{"a", assignment("p", {{"scope", scope}})}}), place);
    return result.object_at("main.json: a")["properties"]["scope"].get<std::string>();
  };
  EXPECT_EQ(scope_of("[format('Microsoft.ContainerRegistry/registries/{0}', 'contoso')]"), kRegistryId);
  EXPECT_EQ(scope_of("/subscriptions/s/resourceGroups/g/"), "/subscriptions/s/resourceGroups/g");
  EXPECT_EQ(scope_of("/"), "/");
  EXPECT_EQ(scope_of("Microsoft.Management/managementGroups/mg"),
            "/providers/Microsoft.Management/managementGroups/mg");
}

TEST(ArmTemplates, PlacesFollowTheSchemaAndTheOptions) {
  const auto id_at = [](std::string_view schema, const parser::Deployment& place) {
    json resource = assignment("p");
    resource.erase("scope");
    const json more = {
        {"$schema", "https://schema.management.azure.com/schemas/2019-08-01/" + std::string(schema) + ".json#"}};
    const auto result = expand(template_of({{"a", resource}}, more), place);
    return result.object_at("main.json: a")["properties"]["scope"].get<std::string>();
  };
  EXPECT_EQ(id_at("subscriptionDeploymentTemplate", kPlace), "/subscriptions/" + kPlace.subscription);
  EXPECT_EQ(id_at("managementGroupDeploymentTemplate",
                  {.subscription = {}, .resource_group = {}, .tenant = {}, .management_group = "mg", .location = {}}),
            "/providers/Microsoft.Management/managementGroups/mg");
  EXPECT_EQ(id_at("tenantDeploymentTemplate", {}), "/");
  EXPECT_EQ(id_at("deploymentTemplate", {}), "/subscriptions/{subscription}/resourceGroups/{resourceGroup}");
}

TEST(ArmTemplates, LoopsAreWrittenOut) {
  const json more = {
      {"parameters", {{"people", {{"type", "array"}, {"defaultValue", {"a", "b"}}}}}},
      {"variables",
       {{"copy",
         {{{"name", "ids"},
           {"count", "[length(parameters('people'))]"},
           {"input", "[format('id-{0}-{1}', parameters('people')[copyIndex('ids')], copyIndex('ids', 1))]"}}}}}}};
  json loop = assignment("[variables('ids')[copyIndex()]]",
                         {{"copy", {{"name", "pulls"}, {"count", "[length(variables('ids'))]"}}},
                          {"name", "[guid('x', string(copyIndex()))]"}});
  const json rules = registry(
      {{"properties",
        {{"networkRuleSet",
          {{"defaultAction", "Deny"},
           {"copy",
            {{{"name", "ipRules"},
              {"count", 2},
              {"input", {{"action", "Allow"}, {"value", "[format('10.0.0.{0}', copyIndex('ipRules'))]"}}}}}}}}}}});
  const auto result = expand(template_of({{"pulls", loop}, {"registry", rules}}, more));
  EXPECT_EQ(result.object_at("main.json: pulls[0]")["properties"]["principalId"], "id-a-1");
  EXPECT_EQ(result.object_at("main.json: pulls[1]")["properties"]["principalId"], "id-b-2");
  const json ip_rules = result.object_at("main.json: registry")["properties"]["networkRuleSet"]["ipRules"];
  ASSERT_EQ(ip_rules.size(), 2U);
  EXPECT_EQ(ip_rules[1]["value"], "10.0.0.1");
}

TEST(ArmTemplates, Trap14_TheConditionOfAResourceIsNotThatOfAnAssignment) {
  const json more = {
      {"parameters", {{"on", {{"type", "bool"}, {"defaultValue", true}}}, {"maybe", {{"type", "bool"}}}}}};
  json abac = assignment("p1");
  abac["properties"]["condition"] =
      "@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'x'";
  abac["properties"]["conditionVersion"] = "2.0";
  abac["condition"] = "[parameters('on')]";
  const auto result = expand(template_of(
      {{"kept", abac},
       {"gone", assignment("p2", {{"condition", "[not(parameters('on'))]"}, {"name", "[parameters('nothing')]"}})},
       {"open", assignment("p3", {{"condition", "[parameters('maybe')]"}})}},
      more));
  EXPECT_EQ(result.object_at("main.json: kept")["properties"]["conditionVersion"], "2.0");
  EXPECT_TRUE(result.at("main.json: kept")->certain);
  EXPECT_EQ(result.at("main.json: gone"), nullptr);
  ASSERT_NE(result.at("main.json: open"), nullptr);
  EXPECT_FALSE(result.at("main.json: open")->certain);
  const auto warning = result.warning("uncertain-resource");
  ASSERT_TRUE(warning);
  EXPECT_NE(warning->message.find("parameters('maybe')"), std::string::npos) << warning->message;
}

TEST(ArmTemplates, TheConditionOfAResourceIsNotThatOfItsChildren) {
  json child = assignment("p1", {{"type", "providers/roleAssignments"},
                                 {"name", "Microsoft.Authorization/00000000-0000-0000-0000-000000000001"}});
  child.erase("scope");
  const json map = {{"type", "scopeMaps"}, {"name", "ci"}, {"properties", {{"actions", json::array()}}}};
  const json more = {{"parameters", {{"make", {{"type", "bool"}}}}}};
  for (const json& condition : {json(false), json("[parameters('make')]")}) {
    json parent = registry({{"condition", condition}, {"resources", json::array({child, map})}});
    const auto result = expand(template_of(json::array({parent}), more));
    ASSERT_EQ(result.count("Microsoft.Authorization/roleAssignments"), 1U) << condition;
    const std::size_t first = condition == false ? 0 : 1;
    EXPECT_TRUE(result.infrastructure.declarations[first].certain);
    EXPECT_EQ(result.object(first)["properties"]["scope"], kRegistryId);
    EXPECT_EQ(result.object(first + 1)["id"], kRegistryId + "/scopeMaps/ci");
    EXPECT_EQ(result.count("Microsoft.ContainerRegistry/registries"), first);
  }
}

TEST(ArmTemplates, ChildrenStandInTheLoopOfTheirParent) {
  const json map = {
      {"type", "scopeMaps"}, {"name", "[format('map{0}', copyIndex())]"}, {"properties", {{"actions", json::array()}}}};
  const json parent = registry({{"name", "[format('contoso{0}', copyIndex('r'))]"},
                                {"copy", {{"name", "r"}, {"count", 2}}},
                                {"resources", json::array({map})}});
  const auto result = expand(template_of(json::array({parent})));
  ASSERT_EQ(result.infrastructure.declarations.size(), 4U);
  EXPECT_EQ(result.object(3)["id"],
            kGroup + "/providers/Microsoft.ContainerRegistry/registries/contoso1/scopeMaps/map1");
}

TEST(ArmTemplates, ALoopOfUnknownLengthIsOneThatMayBeThere) {
  const json more = {{"parameters", {{"people", {{"type", "array"}}}}}};
  const auto result = expand(
      template_of({{"pulls", assignment("[parameters('people')[copyIndex()]]",
                                        {{"copy", {{"name", "pulls"}, {"count", "[length(parameters('people'))]"}}}})}},
                  more));
  ASSERT_EQ(result.infrastructure.declarations.size(), 1U);
  EXPECT_FALSE(result.infrastructure.declarations[0].certain);
  EXPECT_EQ(result.infrastructure.declarations[0].address, "main.json: pulls[*]");
  EXPECT_EQ(result.object(0)["properties"]["principalId"], "{parameters('people')[copyIndex('pulls')]}");
}

TEST(ArmTemplates, MissingParametersAreListedOnceWithWhatToDo) {
  const json more = {{"parameters",
                      {{"who", {{"type", "string"}}},
                       {"why", {{"type", "string"}}},
                       {"maybe", {{"type", "string"}, {"nullable", true}}},
                       {"known", {{"type", "string"}, {"defaultValue", "x"}}}}}};
  const auto result = expand(template_of({{"a", assignment("[parameters('who')]")}}, more));
  const auto warning = result.warning("parameters-missing");
  ASSERT_TRUE(warning);
  EXPECT_EQ(warning->message, "the template has parameters without value: `who`, `why`");
  EXPECT_NE(warning->help.find("parameters.json"), std::string::npos);
  EXPECT_EQ(result.object_at("main.json: a")["properties"]["principalId"], "{parameters('who')}");
}

TEST(ArmTemplates, ParametersComeFromFilesAndRequests) {
  const json parameters = {{"who", {{"type", "string"}}}, {"other", {{"type", "string"}, {"defaultValue", "d"}}}};
  const json document = template_of({{"a", assignment("[concat(parameters('who'), parameters('other'))]")}},
                                    {{"parameters", parameters}});
  const std::string text = document.dump();
  const std::string given =
      R"({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
    "contentVersion": "1.0.0.0", "parameters": {"WHO": {"value": "alice"}}})";
  const std::vector<parser::NamedText> files = {{.name = "infra/main.json", .text = text},
                                                {.name = "infra/main.prod.parameters.json", .text = given}};
  const auto from_file = expanded(files, kPlace);
  EXPECT_EQ(from_file.object(0)["properties"]["principalId"], "aliced");
  EXPECT_FALSE(from_file.warning("parameters-missing"));

  const json request = {{"properties",
                         {{"mode", "Incremental"},
                          {"template", document},
                          {"parameters", {{"who", {{"value", "bob"}, {"reference", nullptr}}}}}}}};
  const auto from_request = expand(request);
  EXPECT_EQ(from_request.object(0)["properties"]["principalId"], "bobd");
  EXPECT_EQ(from_request.infrastructure.declarations[0].pointer, "/properties/template/resources/a");
}

TEST(ArmTemplates, ParametersOfTwoFilesThatDifferAreNotKnown) {
  const std::string text =
      template_of({{"a", assignment("[parameters('who')]")}}, {{"parameters", {{"who", {{"type", "string"}}}}}}).dump();
  const auto given = [](std::string_view who) {
    return R"({"contentVersion": "1.0.0.0", "parameters": {"who": {"value": ")" + std::string(who) + "\"}}}";
  };
  const std::string dev = given("alice");
  const std::string prod = given("bob");
  const std::vector<parser::NamedText> files = {{.name = "main.json", .text = text},
                                                {.name = "main.dev.json", .text = dev},
                                                {.name = "main.prod.json", .text = prod}};
  const auto result = expanded(files, kPlace);
  EXPECT_TRUE(result.warning("parameters-differ"));
  EXPECT_EQ(result.object(0)["properties"]["principalId"], "{parameters('who')}");
}

TEST(ArmTemplates, ParametersThatFitNoTemplateAreNamed) {
  const std::string a = template_of(json::array({registry()})).dump();
  const std::string given = R"({"contentVersion": "1.0.0.0", "parameters": {"x": {"value": 1}}})";
  const std::vector<parser::NamedText> files = {
      {.name = "a.json", .text = a}, {.name = "b.json", .text = a}, {.name = "c.parameters.json", .text = given}};
  EXPECT_TRUE(expanded(files, kPlace).warning("parameters-without-template"));
}

TEST(ArmTemplates, UnknownsOfTwoTemplatesAreNotTheSameThing) {
  const json more = {{"parameters", {{"who", {{"type", "string"}}}}}};
  const std::string text = template_of({{"a", assignment("[parameters('who')]")}}, more).dump();
  const std::vector<parser::NamedText> files = {{.name = "a.json", .text = text}, {.name = "b.json", .text = text}};
  const auto result = expanded(files);
  EXPECT_EQ(result.object(0)["properties"]["principalId"], "{a.json: parameters('who')}");
  EXPECT_EQ(result.object(1)["properties"]["principalId"], "{b.json: parameters('who')}");
}

// ---- nested deployments -------------------------------------------------------------------------------------

TEST(ArmNested, InnerTemplatesHaveParametersOfTheirOwn) {
  const json inner =
      template_of({{"a", assignment("[parameters('who')]")}}, {{"parameters", {{"who", {{"type", "string"}}}}}});
  const auto result = expand(template_of({{"module", nested_in(inner, {{"who", {{"value", "[concat('x', 'y')]"}}}})}}));
  EXPECT_EQ(result.object_at("main.json: module.a")["properties"]["principalId"], "xy");
  EXPECT_EQ(result.at("main.json: module.a")->pointer, "/resources/module/properties/template/resources/a");
}

TEST(ArmNested, OuterTemplatesSeeWhatIsAroundThem) {
  json module = nested_in(template_of({{"a", assignment("[variables('who')]")}}, {{"variables", {{"who", "inner"}}}}));
  module["properties"].erase("expressionEvaluationOptions");
  module["resourceGroup"] = "other";
  const auto result = expand(template_of({{"module", module}}, {{"variables", {{"who", "outer"}}}}));
  const json row = result.object_at("main.json: module.a");
  EXPECT_EQ(row["properties"]["principalId"], "outer");
  // `resourceId` is the outer template's; so is what it names.
  EXPECT_EQ(row["properties"]["scope"], kRegistryId);
}

TEST(ArmNested, OuterTemplatesSeeTheLoopsOfAllThatIsAroundThem) {
  const auto outer = [](json inner, const json& more = json::object()) {
    json module = nested_in(std::move(inner), json::object(), more);
    module["properties"].erase("expressionEvaluationOptions");
    return module;
  };
  const json person = "[parameters('people')[copyIndex('d')]]";
  const json direct = assignment(person, {{"name", "[guid(string(copyIndex('d')))]"}});
  const json handed =
      nested_in(template_of(json::array({assignment("[parameters('who')]", {{"name", "[guid(parameters('who'))]"}})}),
                            {{"parameters", {{"who", {{"type", "string"}}}}}}),
                {{"who", {{"value", person}}}}, {{"name", "[format('handed{0}', copyIndex())]"}});
  const json more = {{"parameters", {{"people", {{"type", "array"}, {"defaultValue", {"a", "b"}}}}}}};
  for (const json& innermost : {direct, handed}) {
    const json middle = outer(template_of(json::array({innermost})), {{"name", "middle"}});
    const json module = outer(template_of(json::array({middle})),
                              {{"name", "[format('d{0}', copyIndex())]"}, {"copy", {{"name", "d"}, {"count", 2}}}});
    const auto result = expand(template_of(json::array({module}), more));
    ASSERT_EQ(result.infrastructure.declarations.size(), 2U);
    EXPECT_EQ(result.object(1)["properties"]["principalId"], "b");
  }
}

TEST(ArmNested, PlacesChangeWithTheDeployment) {
  json row = assignment("p", {{"scope", "[resourceGroup().id]"}});
  const auto scope_with = [&](const json& more) {
    const auto result = expand(template_of({{"module", nested_in(template_of({{"a", row}}), json::object(), more)}}));
    return result.object_at("main.json: module.a")["properties"]["scope"].get<std::string>();
  };
  EXPECT_EQ(scope_with({{"resourceGroup", "[concat('g', '2')]"}}),
            "/subscriptions/" + kPlace.subscription + "/resourceGroups/g2");
  EXPECT_EQ(scope_with({{"subscriptionId", "s2"}, {"resourceGroup", "g2"}}), "/subscriptions/s2/resourceGroups/g2");
  EXPECT_EQ(scope_with({{"scope", "/subscriptions/s3/resourceGroups/g3"}}), "/subscriptions/s3/resourceGroups/g3");
}

TEST(ArmNested, ATemplateMayBeKeptInAVariable) {
  json inner =
      template_of(json::array({assignment("[[parameters('who')]")}), {{"parameters", {{"who", {{"type", "string"}}}}}});
  inner["resources"][0]["scope"] = "[[resourceId('Microsoft.ContainerRegistry/registries', 'contoso')]";
  inner["resources"][0]["properties"]["roleDefinitionId"] = kPullRole;
  json module = nested_in("[variables('$fxv#0')]", {{"who", {{"value", "p1"}}}});
  const auto result = expand(template_of({{"module", module}}, {{"variables", {{"$fxv#0", inner}}}}));
  ASSERT_EQ(result.infrastructure.declarations.size(), 1U);
  EXPECT_EQ(result.object(0)["properties"]["principalId"], "p1");
}

TEST(ArmNested, ATemplateThatIsSomewhereElseIsNamed) {
  json module = nested_in(nullptr);
  module["properties"].erase("template");
  module["properties"]["templateLink"] = {{"uri", "https://example.com/x.json"}};
  const auto result = expand(template_of({{"module", module}}));
  EXPECT_TRUE(result.warning("template-not-read"));
  // It may give anybody any role, deny anything, and set any registry or token there in any way.
  ASSERT_EQ(result.infrastructure.declarations.size(), 4U);
  EXPECT_FALSE(result.infrastructure.declarations[1].certain);
  const json denied = result.object(1)["properties"]["permissions"][0];
  EXPECT_EQ(denied, (json{{"actions", {"*/write", "*/delete", "*/action"}}}));
  EXPECT_EQ(result.infrastructure.declarations[2].effect, parser::Declaration::Effect::Open);
  const std::string registry_id =
      kGroup + "/providers/Microsoft.ContainerRegistry/registries/{what main.json: module deploys}";
  EXPECT_EQ(result.object(2)["id"], registry_id);
  EXPECT_EQ(result.object(3)["id"], registry_id + "/tokens/{what main.json: module deploys}");
  const json properties = result.object(0)["properties"];
  EXPECT_TRUE(model::is_named_unknown(properties["principalId"].get<std::string>()));
  EXPECT_TRUE(model::is_named_unknown(properties["roleDefinitionId"].get<std::string>()));
  EXPECT_EQ(properties["scope"], kGroup);
}

TEST(ArmNested, OutputsAreFollowed) {
  const json identity = {{"type", "Microsoft.ManagedIdentity/userAssignedIdentities"}, {"name", "ci"}};
  const json inner = template_of({{"identity", identity}},
                                 {{"outputs",
                                   {{"who", {{"type", "string"}, {"value", "[reference('identity').principalId]"}}},
                                    {"text", {{"type", "string"}, {"value", "[concat('a', 'b')]"}}},
                                    {"secret", {{"type", "securestring"}, {"value", "hunter2"}}}}}});
  const auto result = expand(template_of({{"module", nested_in(inner)},
                                          {"a", assignment("[reference('module').outputs.who.value]")},
                                          {"b", assignment("[reference('module').outputs.text.value]",
                                                           {{"name", "00000000-0000-0000-0000-000000000002"}})},
                                          {"c", assignment("[reference('module').outputs.secret.value]",
                                                           {{"name", "00000000-0000-0000-0000-000000000003"}})},
                                          {"d", assignment("[reference('module').outputs.nothing.value]",
                                                           {{"name", "00000000-0000-0000-0000-000000000004"}})}}));
  EXPECT_EQ(result.object_at("main.json: a")["properties"]["principalId"], "main.json: module.identity");
  EXPECT_EQ(result.object_at("main.json: b")["properties"]["principalId"], "ab");
  EXPECT_EQ(result.object_at("main.json: c")["properties"]["principalId"], "{module.outputs.secret}");
  EXPECT_EQ(result.object_at("main.json: d")["properties"]["principalId"], "{module.outputs.nothing}");
  ASSERT_EQ(result.infrastructure.identities.size(), 1U);
  EXPECT_EQ(result.infrastructure.identities[0].address, "main.json: module.identity");
}

// ---- identities ---------------------------------------------------------------------------------------------

TEST(ArmIdentities, OfTheTemplateAreFoundByIdAndBySymbolicName) {
  const json identity = {{"type", "Microsoft.ManagedIdentity/userAssignedIdentities"}, {"name", "ci"}};
  const auto by_name = expand(template_of(
      {{"ci", identity},
       {"a", assignment("[reference('ci').principalId]", {{"name", "[guid(reference('ci').principalId)]"}})}}));
  const json row = by_name.object_at("main.json: a");
  EXPECT_EQ(row["properties"]["principalId"], "main.json: ci");
  // The name that the service will give is not known, and never that of another text.
  EXPECT_TRUE(row["id"].get<std::string>().ends_with("/roleAssignments/{main.json: a}")) << row["id"];
  ASSERT_EQ(by_name.infrastructure.identities.size(), 1U);
  const parser::DeclaredIdentity& declared = by_name.infrastructure.identities[0];
  EXPECT_EQ(declared.resource_id, kGroup + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ci");
  EXPECT_EQ(declared.name, "ci");

  const auto by_id = expand(
      template_of(json::array({identity, assignment("[reference(resourceId('Microsoft.ManagedIdentity/"
                                                    "userAssignedIdentities', 'ci'), '2023-01-31').principalId]")})));
  EXPECT_EQ(by_id.object(0)["properties"]["principalId"], "main.json: userAssignedIdentities/ci");
}

TEST(ArmIdentities, OfAResourceAreItsOwn) {
  const json site = {{"type", "Microsoft.Web/sites"}, {"name", "web"}, {"identity", {{"type", "SystemAssigned"}}}};
  const auto result = expand(
      template_of({{"web", site}, {"a", assignment("[reference('web', '2023-01-01', 'full').identity.principalId]")}}));
  EXPECT_EQ(result.object_at("main.json: a")["properties"]["principalId"], "main.json: web");
  EXPECT_EQ(result.infrastructure.identities.at(0).resource_id, kGroup + "/providers/Microsoft.Web/sites/web");
}

TEST(ArmIdentities, ThatExistAreFoundInExportsOrMayBeAnybody) {
  const json lookup = {{"existing", true},
                       {"type", "Microsoft.ManagedIdentity/userAssignedIdentities"},
                       {"subscriptionId", "s2"},
                       {"resourceGroup", "g2"},
                       {"name", "shared"}};
  const json document = template_of(
      {{"shared", lookup}, {"registry", registry()}, {"a", assignment("[reference('shared').principalId]")}});
  const auto result = expand(document);
  const std::string principal = result.object_at("main.json: a")["properties"]["principalId"];
  EXPECT_TRUE(principal.starts_with('{') && principal.ends_with('}')) << principal;
  ASSERT_EQ(result.infrastructure.identities.size(), 1U);
  EXPECT_EQ(result.infrastructure.identities[0].address, principal);
  EXPECT_EQ(result.infrastructure.identities[0].resource_id,
            "/subscriptions/s2/resourceGroups/g2/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shared");

  const std::string text = document.dump();
  const std::string exported =
      R"([{"id": "/subscriptions/s2/resourcegroups/g2/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shared",
    "name": "shared", "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
    "principalId": "de46396d-0101-4c56-95a0-4daa96936d76", "clientId": "de46396d-0101-4c56-95a0-4daa96936d77", "tenantId": "t"}])";
  const std::vector<parser::NamedText> files = {{.name = "main.json", .text = text},
                                                {.name = "identities.json", .text = exported}};
  parser::ReadOptions options = plain_options();
  options.deployment = kPlace;
  const auto snapshot = parser::read_documents(files, options);
  ASSERT_TRUE(snapshot);
  ASSERT_EQ(snapshot->role_assignments.size(), 1U);
  EXPECT_EQ((*snapshot)[snapshot->role_assignments[0].principal].id, "de46396d-0101-4c56-95a0-4daa96936d76");
}

// ---- deployments that delete --------------------------------------------------------------------------------

constexpr std::string_view kExported = R"([
  {"id": "/subscriptions/5ca082f3-38f2-4bb0-b0a4-c401184ae3a8/resourceGroups/RG/providers/Microsoft.ContainerRegistry/registries/contoso",
   "name": "contoso", "type": "Microsoft.ContainerRegistry/registries", "adminUserEnabled": true},
  {"id": "/subscriptions/5ca082f3-38f2-4bb0-b0a4-c401184ae3a8/resourceGroups/RG/providers/Microsoft.ContainerRegistry/registries/forgotten",
   "name": "forgotten", "type": "Microsoft.ContainerRegistry/registries", "adminUserEnabled": true},
  {"id": "/subscriptions/5ca082f3-38f2-4bb0-b0a4-c401184ae3a8/resourceGroups/other/providers/Microsoft.ContainerRegistry/registries/elsewhere",
   "name": "elsewhere", "type": "Microsoft.ContainerRegistry/registries", "adminUserEnabled": true}])";

/// What is there after a deployment of `document` in mode Complete over what `exported` shows.
model::Snapshot deployed_completely(const json& document, std::string_view exported,
                                    const parser::Deployment& place = kPlace) {
  const std::string text = json{{"properties", {{"mode", "Complete"}, {"template", document}}}}.dump();
  const std::vector<parser::NamedText> files = {{.name = "body.json", .text = text},
                                                {.name = "exported.json", .text = exported}};
  parser::ReadOptions options = plain_options();
  options.deployment = place;
  auto snapshot = parser::read_documents(files, options);
  EXPECT_TRUE(snapshot);
  return snapshot ? std::move(*snapshot) : model::Snapshot{};
}

TEST(ArmCompleteMode, DeletesWhatIsNotListed) {
  const json document = template_of({{"registry", registry()}});
  std::vector<std::string> names;
  for (const model::Registry& each : deployed_completely(document, kExported).registries) names.push_back(each.name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"contoso", "elsewhere"}));

  const model::Snapshot open = deployed_completely(document, kExported, {});
  EXPECT_NE(find_warning(open, "deletes-unlisted"), nullptr);
  for (const model::Registry& each : open.registries) {
    EXPECT_EQ(each.may_be_gone, each.name == "contoso" ? "" : "{whether body.json deletes " + each.name + "}")
        << each.name;
  }
}

TEST(ArmCompleteMode, WhatIsListedOnAConditionMayGoAndWhatIsNotListedGoes) {
  json resource = registry();
  resource["condition"] = "[parameters('wanted')]";
  const json more = {{"parameters", {{"wanted", {{"type", "bool"}}}}}};
  const model::Snapshot snapshot = deployed_completely(template_of({{"registry", resource}}, more), kExported);
  ASSERT_EQ(snapshot.registries.size(), 2U);
  for (const model::Registry& each : snapshot.registries) {
    EXPECT_EQ(each.may_be_gone, each.name == "contoso" ? "{whether body.json deletes contoso}" : "") << each.name;
  }
}

TEST(ArmCompleteMode, IdentitiesThatAreNotListedMayGo) {
  const auto identity = [](const char* name) {
    return json{{"id", "/subscriptions/" + kPlace.subscription + "/resourceGroups/" + kPlace.resource_group +
                           "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/" + name},
                {"name", name},
                {"type", "Microsoft.ManagedIdentity/userAssignedIdentities"},
                {"principalId", std::string("44444444-4444-4444-4444-44444444444") + (name[0] == 'a' ? "1" : "2")},
                {"clientId", std::string("55555555-5555-5555-5555-55555555555") + (name[0] == 'a' ? "1" : "2")}};
  };
  const json listed = {{"type", "Microsoft.ManagedIdentity/userAssignedIdentities"},
                       {"apiVersion", "2023-01-31"},
                       {"name", "a"},
                       {"location", "westeurope"}};
  const std::string exported = json::array({identity("a"), identity("b")}).dump();
  std::set<std::string> open;
  for (const model::Principal& each : deployed_completely(template_of({{"identity", listed}}), exported).principals) {
    if (!each.may_be_gone.empty()) open.insert(each.id);
  }
  EXPECT_EQ(open, (std::set<std::string>{"44444444-4444-4444-4444-444444444442"}));
}

TEST(ArmTemplates, SayNothingAboutTheStateBefore) {
  const std::string text = template_of({{"registry", registry()}, {"a", assignment("p1")}}).dump();
  const std::vector<parser::NamedText> files = {{.name = "main.json", .text = text}};
  EXPECT_TRUE(expanded(files, kPlace, parser::PlanSide::Before).infrastructure.declarations.empty());
}

// ---- what is not known ----------------------------------------------------------------------------------------

TEST(ArmOpen, SettingsThatOnlyTheDeploymentKnowsAreNotWhatExportsShow) {
  const json more = {{"parameters", {{"admin", {{"type", "bool"}}}, {"policy", {{"type", "string"}}}}}};
  json resource = registry({{"properties",
                             {{"adminUserEnabled", "[parameters('admin')]"},
                              {"anonymousPullEnabled", false},
                              {"policies",
                               {{"exportPolicy", {{"status", "[parameters('policy')]"}}},
                                {"quarantinePolicy", {{"status", "disabled"}}}}}}}});
  const std::string text = template_of({{"registry", resource}}, more).dump();
  const std::string exported = R"([{"id": ")" + kRegistryId + R"(", "name": "contoso", "adminUserEnabled": true,
    "anonymousPullEnabled": true, "dataEndpointEnabled": true, "type": "Microsoft.ContainerRegistry/registries",
    "policies": {"exportPolicy": {"status": "enabled"}, "trustPolicy": {"status": "enabled"}}}])";
  const std::vector<parser::NamedText> files = {{.name = "main.json", .text = text},
                                                {.name = "acr.json", .text = exported}};
  parser::ReadOptions options = plain_options();
  options.deployment = kPlace;
  const auto snapshot = parser::read_documents(files, options);
  ASSERT_TRUE(snapshot);
  ASSERT_EQ(snapshot->registries.size(), 1U);
  const model::Registry& found = snapshot->registries[0];
  EXPECT_FALSE(found.admin_user_enabled.has_value());
  EXPECT_EQ(found.anonymous_pull_enabled, false);
  EXPECT_EQ(found.data_endpoint_enabled, true);
  EXPECT_FALSE(found.policies.contains("exportPolicy"));
  EXPECT_EQ(found.policies.at("quarantinePolicy"), "disabled");
}

/// The registry `contoso`, which exports show in ABAC mode, once a template with these resources is deployed.
model::Registry after_deployment(const json& resources, const json& more = json::object()) {
  const std::string text = template_of(resources, more).dump();
  const std::string exported = R"([{"id": ")" + kRegistryId + R"(", "name": "contoso", "adminUserEnabled": true,
    "roleAssignmentMode": "AbacRepositoryPermissions", "type": "Microsoft.ContainerRegistry/registries"}])";
  const std::vector<parser::NamedText> files = {{.name = "main.json", .text = text},
                                                {.name = "acr.json", .text = exported}};
  parser::ReadOptions options = plain_options();
  options.deployment = kPlace;
  const auto snapshot = parser::read_documents(files, options);
  if (snapshot) {
    for (const model::Registry& each : snapshot->registries) {
      if (each.name == "contoso") return each;
    }
  }
  ADD_FAILURE() << "there is no registry";
  return {};
}

TEST(ArmOpen, ARegistryWhoseNameIsNotKnownMayBeOneThatExportsShow) {
  const json more = {{"parameters", {{"name", {{"type", "string"}}}, {"names", {{"type", "array"}}}}}};
  const json legacy = {{"roleAssignmentMode", "LegacyRegistryPermissions"}, {"adminUserEnabled", true}};
  const auto named = [&](const std::string& name, const json& others = json::object()) {
    json resource = registry({{"name", name}, {"properties", legacy}});
    resource.update(others);
    return after_deployment(json::array({resource}), more);
  };
  EXPECT_FALSE(named("[parameters('name')]").mode.has_value());
  EXPECT_EQ(named("[parameters('name')]").admin_user_enabled, true) << "it is so already";
  EXPECT_FALSE(named("[concat('con', parameters('name'))]").mode.has_value());
  EXPECT_EQ(named("[concat('acr', parameters('name'))]").mode, model::PermissionMode::Abac) << "it is another";
  EXPECT_FALSE(named("[parameters('name')]", {{"condition", "[parameters('name')]"}}).mode.has_value());
  const json loop = {{"copy", {{"name", "c"}, {"count", "[length(parameters('names'))]"}}}};
  EXPECT_FALSE(named("[parameters('names')[copyIndex()]]", loop).mode.has_value());
  // Of two resources of one template neither is the other.
  const json other = registry({{"name", "[parameters('name')]"}, {"properties", legacy}});
  const json own = registry({{"properties", {{"roleAssignmentMode", "AbacRepositoryPermissions"}}}});
  EXPECT_EQ(after_deployment(json::array({own, other}), more).mode, model::PermissionMode::Abac);
}

TEST(ArmOpen, ATemplateThatIsSomewhereElseMaySetAnyRegistryWhereItGoes) {
  json module = nested_in(nullptr);
  module["properties"].erase("template");
  module["properties"]["templateLink"] = {{"uri", "https://example.com/x.json"}};
  EXPECT_FALSE(after_deployment(json::array({module})).mode.has_value());
  EXPECT_FALSE(after_deployment(json::array({module})).admin_user_enabled.has_value());
  module["resourceGroup"] = "elsewhere";
  EXPECT_EQ(after_deployment(json::array({module})).mode, model::PermissionMode::Abac);
  module.erase("resourceGroup");
  module["subscriptionId"] = kPlace.subscription;
  EXPECT_FALSE(after_deployment(json::array({module})).mode.has_value());
}

TEST(ArmOpen, TokensMapsAndRolesWhoseNamesAreNotKnownMayBeThoseOfExports) {
  const json more = {{"parameters", {{"name", {{"type", "string"}}}}}};
  const std::string child = "Microsoft.ContainerRegistry/registries/";
  const std::string name = "[concat('contoso/', parameters('name'))]";
  const auto result = expand(
      template_of(json::array({{{"type", child + "tokens"}, {"name", name}, {"properties", {{"status", "disabled"}}}},
                               {{"type", child + "scopeMaps"},
                                {"name", "[concat('acr', parameters('name'), '/map')]"},
                                {"properties", {{"actions", json::array()}}}},
                               {{"type", "Microsoft.Authorization/roleDefinitions"},
                                {"name", "[guid(parameters('name'))]"},
                                {"properties", {{"roleName", "r"}, {"permissions", json::array()}}}}}),
                  more));
  std::vector<std::string> open;
  for (const parser::Declaration& each : result.infrastructure.declarations) {
    if (each.effect != parser::Declaration::Effect::Open) continue;
    const json object = json::parse(each.object);
    open.push_back(object["type"].get<std::string>() + ' ' + each.open.front() + ' ' + each.name_like);
  }
  EXPECT_EQ(open, (std::vector<std::string>{child + "tokens status contoso", child + "scopeMaps actions acr*",
                                            "Microsoft.Authorization/roleDefinitions permissions "}));
}

TEST(ArmOpen, ScopeMapsAndRolesOfWhichPartIsKnownAreLeftOut) {
  const json more = {{"parameters", {{"repository", {{"type", "string"}}}}}};
  const json map = {
      {"type", "Microsoft.ContainerRegistry/registries/scopeMaps"},
      {"name", "contoso/ci"},
      {"properties", {{"actions", {"[format('repositories/{0}/content/read', parameters('repository'))]"}}}}};
  const json role = {{"type", "Microsoft.Authorization/roleDefinitions"},
                     {"name", "00000000-0000-0000-0000-00000000000a"},
                     {"properties",
                      {{"roleName", "r"},
                       {"type", "CustomRole"},
                       {"assignableScopes", {"[resourceGroup().id]"}},
                       {"permissions", {{{"actions", {"[parameters('repository')]"}}}}}}}};
  const auto result = expand(template_of({{"map", map}, {"role", role}}, more));
  EXPECT_TRUE(result.infrastructure.declarations.empty());
  EXPECT_TRUE(result.warning("declaration-open"));
}

TEST(ArmOpen, ARoleThatTheTemplateNamesByAnUnknownIsTheOneThatItDefines) {
  const json role = {{"type", "Microsoft.Authorization/roleDefinitions"},
                     {"name", "[guid(subscription().id, 'pull/push')]"},
                     {"properties",
                      {{"roleName", "Pull and push"},
                       {"type", "CustomRole"},
                       {"assignableScopes", {"[subscription().id]"}},
                       {"permissions", {{{"actions", {"Microsoft.ContainerRegistry/registries/pull/read"}}}}}}}};
  json row = assignment("11111111-1111-1111-1111-111111111111");
  row["properties"]["roleDefinitionId"] =
      "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'pull/push'))]";
  const std::string text = template_of({{"registry", registry()}, {"role", role}, {"a", row}}).dump();
  const model::Snapshot snapshot = snapshot_of(text, "main.json");
  ASSERT_EQ(snapshot.role_assignments.size(), 1U);
  EXPECT_EQ(snapshot[snapshot.role_assignments[0].role].name, "Pull and push");
}

TEST(ArmOpen, RequestsToPimAreNamed) {
  const json request = {{"type", "Microsoft.Authorization/roleEligibilityScheduleRequests"},
                        {"name", "00000000-0000-0000-0000-000000000001"},
                        {"properties", {{"principalId", "p"}, {"requestType", "AdminAssign"}}}};
  const auto result = expand(template_of({{"request", request}}));
  EXPECT_TRUE(result.infrastructure.declarations.empty());
  EXPECT_TRUE(result.warning("declaration-open"));
}

TEST(ArmOpen, RequestsToActivateARoleMayGrantIt) {
  const json request = {
      {"type", "Microsoft.Authorization/roleAssignmentScheduleRequests"},
      {"name", "00000000-0000-0000-0000-000000000001"},
      {"properties", {{"principalId", "p"}, {"roleDefinitionId", kPullRole}, {"requestType", "AdminAssign"}}}};
  const auto result = expand(template_of({{"request", request}}));
  EXPECT_TRUE(result.warning("declaration-open"));
  ASSERT_EQ(result.infrastructure.declarations.size(), 1U);
  EXPECT_FALSE(result.infrastructure.declarations.front().certain);
  const json object = result.object(0);
  EXPECT_EQ(object["id"],
            kGroup + "/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-000000000001");
  EXPECT_EQ(object["properties"]["principalId"], "p");
  EXPECT_EQ(object["properties"]["roleDefinitionId"], kPullRole);
}

TEST(ArmOpen, PropertiesThatAreOneUnknownExpressionAreNotNone) {
  const json registry = {
      {"type", "Microsoft.ContainerRegistry/registries"},
      {"name", "contoso"},
      {"properties", "[if(parameters('abac'), createObject('adminUserEnabled', true()), createObject())]"}};
  const std::string text =
      template_of({{"registry", registry}}, {{"parameters", {{"abac", {{"type", "bool"}}}}}}).dump();
  const std::string exported = R"([{"id": ")" + kRegistryId + R"(", "name": "contoso", "adminUserEnabled": false,
      "roleAssignmentMode": "LegacyRegistryPermissions", "type": "Microsoft.ContainerRegistry/registries"}])";
  const std::vector<parser::NamedText> files = {{.name = "main.json", .text = text},
                                                {.name = "registries.json", .text = exported}};
  parser::ReadOptions options = plain_options();
  options.deployment = kPlace;
  const auto snapshot = parser::read_documents(files, options);
  ASSERT_TRUE(snapshot) << snapshot.error().front().message;
  ASSERT_EQ(snapshot->registries.size(), 1U);
  EXPECT_FALSE(snapshot->registries[0].mode.has_value());
  EXPECT_FALSE(snapshot->registries[0].admin_user_enabled.has_value());
}

TEST(ArmOpen, ATokenThatMayBeReplacedMayKeepItsMap) {
  const json token = {{"type", "Microsoft.ContainerRegistry/registries/tokens"},
                      {"name", "contoso/ci"},
                      {"condition", "[parameters('make')]"},
                      {"properties", {{"scopeMapId", kRegistryId + "/scopeMaps/one"}, {"status", "enabled"}}}};
  const std::string text = template_of({{"token", token}}, {{"parameters", {{"make", {{"type", "bool"}}}}}}).dump();
  for (const std::string_view map : {"one", "two"}) {
    const std::string exported = R"([{"id": ")" + kRegistryId + R"(/tokens/ci", "name": "ci", "status": "enabled",
      "scopeMapId": ")" + kRegistryId +
                                 "/scopeMaps/" + std::string(map) +
                                 R"(", "type": "Microsoft.ContainerRegistry/registries/tokens"}])";
    const std::vector<parser::NamedText> files = {{.name = "main.json", .text = text},
                                                  {.name = "tokens.json", .text = exported}};
    parser::ReadOptions options = plain_options();
    options.deployment = kPlace;
    const auto snapshot = parser::read_documents(files, options);
    ASSERT_TRUE(snapshot);
    ASSERT_EQ(snapshot->tokens.size(), 1U);
    EXPECT_FALSE(snapshot->tokens[0].enabled.has_value());
    EXPECT_EQ(model::is_named_unknown(snapshot->tokens[0].scope_map_id), map == "two");
  }
}

TEST(ArmOpen, AConditionThatIsNotKnownStaysOpen) {
  json row = assignment("p1");
  row["properties"]["condition"] = "[parameters('condition')]";
  row["properties"]["conditionVersion"] = "2.0";
  const json more = {{"parameters", {{"condition", {{"type", "string"}}}}}};
  const model::Snapshot snapshot = snapshot_of(template_of({{"a", row}}, more).dump(), "main.json");
  ASSERT_EQ(snapshot.role_assignments.size(), 1U);
  EXPECT_EQ(snapshot.role_assignments[0].condition, model::kConditionNotShown);
}

// ---- what is wrong ------------------------------------------------------------------------------------------

model::Diagnostic error_of(const json& document) {
  const std::string text = document.dump();
  const auto result = read_text(text, "main.json");
  if (!result && !result.error().empty()) return result.error().front();
  ADD_FAILURE() << "was read without a problem: " << text;
  return {};
}

TEST(ArmErrors, NameTheTemplateThePlaceAndTheExpression) {
  const std::string text = template_of({{"a", assignment("[concat('\u00e9', \"x\" 'b')]")}}).dump(2, ' ', true);
  ASSERT_NE(text.find("\"principalId\": \"[concat('\\u00e9', \\\"x\\\" 'b')]\""), std::string::npos) << text;
  const auto problem = problem_of(text, "main.json");
  EXPECT_EQ(problem.message, "expected a value: text in quotes, a number or a function");
  EXPECT_EQ(problem.file, "main.json");
  EXPECT_EQ(problem.pointer, "/resources/a/properties");
  // The caret stands in the file, under the character of the expression, whatever was escaped before it.
  EXPECT_EQ(problem.excerpt, R"(        "principalId": "[concat('\u00e9', \"x\" 'b')]",)");
  EXPECT_EQ(problem.excerpt.substr(problem.column - 1, 5), R"(\"x\")");
  EXPECT_GT(problem.line, 5U);
}

TEST(ArmErrors, InATemplateOfAnExpressionShowTheExpression) {
  json inner = template_of(json::array({assignment("[[add(1, 'x')]")}));
  const auto problem = problem_of(
      template_of({{"module", nested_in("[variables('t')]")}}, {{"variables", {{"t", inner}}}}).dump(2), "main.json");
  EXPECT_EQ(problem.message, "`add` takes two integers, not text");
  EXPECT_EQ(problem.excerpt, "[add(1, 'x')]");
  EXPECT_EQ(problem.line, 0U);
  EXPECT_EQ(problem.column, 2U);
}

TEST(ArmTemplates, TellTheLinesOfWhatTheyDeclare) {
  const std::string text = template_of({{"registry", registry()}}).dump(2);
  const model::Snapshot snapshot = snapshot_of(text, "main.json");
  ASSERT_EQ(snapshot.declared.size(), 1U);
  EXPECT_EQ(snapshot.declared[0].address, "main.json: registry");
  EXPECT_EQ(snapshot.declared[0].line, 6U);
}

TEST(ArmErrors, VariablesThatLeadBackToThemselvesEnd) {
  const json more = {{"variables", {{"a", "[variables('b')]"}, {"b", "[variables('a')]"}}}};
  EXPECT_EQ(error_of(template_of({{"x", assignment("[variables('a')]")}}, more)).message,
            "the variable `a` leads back to itself");
}

TEST(ArmErrors, LoopsAreAsLongAsTheServiceTakesThem) {
  const auto with_count = [](const json& count) {
    return template_of({{"a", assignment("p", {{"copy", {{"name", "a"}, {"count", count}}},
                                               {"name", "[guid(string(copyIndex()))]"}})}});
  };
  EXPECT_EQ(expand(with_count(800)).infrastructure.declarations.size(), 800U);
  EXPECT_EQ(error_of(with_count(801)).message, "the loop `a` has no count from 0 to 800");
  EXPECT_EQ(error_of(with_count("many")).message, "the loop `a` has no count from 0 to 800");
}

TEST(ArmErrors, LoopsInLoopsAreBounded) {
  json innermost =
      assignment("p", {{"copy", {{"name", "a"}, {"count", 800}}}, {"name", "[guid(string(copyIndex()))]"}});
  json module =
      nested_in(template_of(json::array({innermost})), json::object(), {{"copy", {{"name", "m"}, {"count", 800}}}});
  EXPECT_EQ(error_of(template_of(json::array({module}))).message, "the template deploys more than 20000 resources");
}

TEST(ArmErrors, GrowthIsBounded) {
  json variables = {{"v0", std::string(1'000, 'x')}};
  for (int i = 1; i < 40; ++i) {
    const std::string before = "variables('v" + std::to_string(i - 1) + "')";
    variables["v" + std::to_string(i)] = "[concat(" + before + ", " + before + ")]";
  }
  EXPECT_EQ(error_of(template_of({{"x", assignment("[variables('v39')]")}}, {{"variables", variables}})).message,
            "the template takes too much work to evaluate");
}

TEST(ArmErrors, GrowthIsBoundedForAllResourcesTogether) {
  json variables = {{"v0", std::string(1'000, 'x')}};
  for (int i = 1; i < 60; ++i) {
    const std::string before = "variables('v" + std::to_string(i - 1) + "')";
    variables["v" + std::to_string(i)] = "[concat(" + before + ", " + before + ")]";
  }
  const json second = assignment("[variables('v59')]", {{"name", "00000000-0000-0000-0000-000000000002"}});
  const std::string text =
      template_of({{"x", assignment("[variables('v59')]")}, {"y", second}}, {{"variables", variables}}).dump();
  const auto result = read_text(text, "main.json");
  ASSERT_FALSE(result);
  ASSERT_EQ(result.error().size(), 1U);  // what is too much for one is too much for all, and said once
  EXPECT_EQ(result.error()[0].message, "the template takes too much work to evaluate");
}

TEST(ArmErrors, LoopsOfValuesAreBounded) {
  json input = "x";
  for (int i = 0; i < 5; ++i) input = {{"copy", {{{"name", "a"}, {"count", 800}, {"input", input}}}}};
  EXPECT_EQ(error_of(template_of({{"x", assignment("[variables('v')]")}}, {{"variables", {{"v", input}}}})).message,
            "the template takes too much work to evaluate");
}

TEST(ArmErrors, OneExpressionOfManyCopiesIsOneError) {
  const json loop = assignment("[variables('nothing')]",
                               {{"copy", {{"name", "a"}, {"count", 3}}}, {"name", "[guid(string(copyIndex()))]"}});
  const auto result = read_text(template_of(json::array({loop})).dump(), "main.json");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().size(), 1U);
}

TEST(ArmErrors, LongChainsOfVariablesEnd) {
  json variables = {{"v0", "x"}};
  for (int i = 1; i < 20'000; ++i) variables["v" + std::to_string(i)] = "[variables('v" + std::to_string(i - 1) + "')]";
  const auto problem = error_of(template_of({{"x", assignment("[variables('v19999')]")}}, {{"variables", variables}}));
  EXPECT_EQ(problem.message, "expressions lead from one to the next more than 600 levels deep");
}

TEST(ArmErrors, ATypeWithoutPartsIsNoType) {
  const json more = {{"parameters", {{"name", {{"type", "string"}}}}}};
  const json nothing = {{"type", "registries"}, {"name", "[parameters('name')]"}};
  EXPECT_EQ(error_of(template_of(json::array({nothing}), more)).message,
            "the name `{parameters('name')}` has not a part for each part of the type `registries`");
}

TEST(ArmErrors, ANameIsText) {
  EXPECT_EQ(error_of(template_of(json::array({registry({{"name", "[deployment()]"}})}))).message,
            "the name of a resource is no text");
  EXPECT_EQ(error_of(template_of({{"a", assignment("p", {{"scope", "[createArray('x')]"}})}})).message,
            "the scope of a resource is no text");
}

TEST(ArmTemplates, ANameThatLooksAtItsOwnResourceIsNotKnown) {
  const auto result = expand(template_of({{"registry", registry({{"name", "[reference('registry').name]"}})}}));
  EXPECT_EQ(result.object_at("main.json: registry")["name"], "{reference('registry').name}");
}

TEST(ArmErrors, ControlCharactersOfATextAreNoUnknowns) {
  const auto result = expand(template_of({{"a", assignment("\x02whoever\x03")}}));
  EXPECT_EQ(result.object_at("main.json: a")["properties"]["principalId"], "whoever");
}

// ---- Bicep --------------------------------------------------------------------------------------------------

TEST(Bicep, SourceIsRefusedWithWhatToDo) {
  const auto problem = problem_of(
      "param name string\nresource acr 'Microsoft.ContainerRegistry/registries@2025-11-01' = {}", "main.bicep");
  EXPECT_EQ(problem.message, "the file is Bicep source, which is not read here");
  EXPECT_NE(problem.help.find("bicep build"), std::string::npos);
  EXPECT_FALSE(read_text("targetScope = 'subscription'\n", "data"));
}

}  // namespace
}  // namespace acrbiter::tests
