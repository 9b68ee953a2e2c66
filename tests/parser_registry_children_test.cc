// What hangs below a registry: tokens, scope maps, tasks, rules, repositories, attributes of artifacts, locks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/support/read_export.h"

namespace acrbiter::testing {
namespace {

using model::ArtifactAttributes;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::string_view kRegistryId =
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/"
    "Microsoft.ContainerRegistry/registries/Contoso";

/// A registry of this name with its login server, as `az acr list` shows it, in a list of one.
std::string registry(std::string_view name, std::string_view server) {
  return R"([{"id":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/)" +
         std::string(name) + R"(","name":")" + std::string(name) +
         R"(","type":"Microsoft.ContainerRegistry/registries",)" + R"("loginServer":")" + std::string(server) +
         R"(","adminUserEnabled":false}])";
}

std::string child(std::string_view type, std::string_view name, std::string_view members) {
  return R"({"id":")" + std::string(kRegistryId) + '/' + std::string(type) + '/' + std::string(name) + R"(","name":")" +
         std::string(name) + R"(","type":"Microsoft.ContainerRegistry/registries/)" + std::string(type) + R"(",)" +
         std::string(members) + '}';
}

// ---- tokens -------------------------------------------------------------------------------------------------

TEST(Tokens, CliFlatAndRestNested) {
  const std::string id = std::string(kRegistryId) + "/scopeMaps/map";
  for (const std::string& text :
       {"[" + child("tokens", "ci", R"("scopeMapId":")" + id + R"(","status":"enabled","objectId":null)") + "]",
        R"({"value":[)" + child("tokens", "ci", R"("properties":{"scopeMapId":")" + id + R"(","status":"Enabled"})") +
            "]}"}) {
    const model::Snapshot snapshot = read_export(text);
    ASSERT_THAT(snapshot.tokens, SizeIs(1)) << text;
    EXPECT_EQ(snapshot.tokens[0].registry, "contoso");
    EXPECT_EQ(snapshot.tokens[0].name, "ci");
    EXPECT_EQ(snapshot.tokens[0].scope_map_id, id);
    EXPECT_EQ(snapshot.tokens[0].enabled, true);
    EXPECT_EQ(snapshot.tokens[0].passwords, std::nullopt);
    EXPECT_TRUE(snapshot.tokens_given);
    EXPECT_FALSE(snapshot.scope_maps_given);
  }
}

TEST(Tokens, AStatusNobodyKnowsIsNeither) {
  const auto token = [](std::string_view status) {
    return read_export(child("tokens", "ci", R"("status":)" + std::string(status))).tokens.at(0).enabled;
  };
  EXPECT_EQ(token(R"("disabled")"), false);
  EXPECT_EQ(token(R"("suspended")"), std::nullopt);
  EXPECT_EQ(token("null"), std::nullopt);
}

TEST(Tokens, PasswordsKeepNameAndExpiry) {
  const model::Snapshot snapshot = read_export(child("tokens", "ci", R"("credentials":{"username":"ci",
    "certificates":[{"name":"certificate1","thumbprint":"t","encodedPemCertificate":"pem"}],
    "passwords":[{"name":"password1","expiry":null,"value":null},
                 {"name":"password2","expiry":"2026-01-31T00:00:00+00:00","value":null}]})"));
  const model::Token& token = snapshot.tokens.at(0);
  ASSERT_TRUE(token.passwords);
  ASSERT_THAT(*token.passwords, SizeIs(2));
  EXPECT_EQ((*token.passwords)[0].name, "password1");
  EXPECT_EQ((*token.passwords)[0].expiry, std::nullopt);
  EXPECT_EQ((*token.passwords)[1].expiry, model::parse_timestamp("2026-01-31T00:00:00Z"));
  EXPECT_TRUE(token.has_certificates);
  EXPECT_THAT(warning_codes(snapshot), IsEmpty());
}

TEST(Tokens, AnUnreadableExpiryIsNotNoExpiry) {
  const model::Snapshot snapshot = read_export(
      child("tokens", "ci", R"("credentials":{"passwords":[{"name":"password1","expiry":"1/31/2025 9:00:00 AM"}]})"));
  ASSERT_EQ(snapshot.tokens.at(0).passwords->size(), 1U);
  EXPECT_TRUE(snapshot.tokens.at(0).passwords->front().expiry_unreadable);
  EXPECT_THAT(warning_codes(snapshot), ElementsAre("token-expiry-unreadable"));
}

TEST(Tokens, Trap19SecretsAreSaidToBeThereAndNeverRepeated) {
  const model::Snapshot token = read_export(
      child("tokens", "ci", R"("credentials":{"passwords":[{"name":"password1","value":"uH54BxxxxSECRET"}]})"));
  EXPECT_THAT(warning_codes(token), ElementsAre("secret-in-export"));
  EXPECT_THAT(warning_texts(token), Not(HasSubstr("SECRET")));
  const model::Snapshot admin = read_export(
      R"({"username":"contoso","passwords":[{"name":"password","value":"SECRET1"},{"name":"password2","value":"SECRET2"}]})");
  EXPECT_THAT(warning_codes(admin), ElementsAre("secret-in-export"));
  EXPECT_THAT(warning_texts(admin), Not(HasSubstr("SECRET")));
  EXPECT_THAT(admin.registries, IsEmpty());
}

// ---- scope maps ---------------------------------------------------------------------------------------------

TEST(ScopeMaps, TheInnerTypeHasManyNames) {
  const auto is_system = [](std::string_view name, std::string_view members) {
    return read_export(
               child("scopeMaps", name, R"("actions":["repositories/a/b/content/read"],)" + std::string(members)))
        .scope_maps.at(0)
        .system_defined;
  };
  EXPECT_TRUE(is_system("m", R"("typePropertiesType":"SystemDefined")"));
  EXPECT_TRUE(is_system("m", R"("scopeMapType":"systemDefined")"));
  EXPECT_TRUE(is_system("m", R"("properties":{"type":"SystemDefined"})"));
  EXPECT_FALSE(is_system("m", R"("properties":{"type":"IsUserDefined"})"));
  EXPECT_FALSE(is_system("m", R"("typePropertiesType":"UserDefined")"));
  EXPECT_TRUE(is_system("_repositories_pull", R"("description":null)"));
  EXPECT_FALSE(is_system("ci", R"("description":null)"));
}

TEST(ScopeMaps, ActionsStayAsWritten) {
  const model::Snapshot snapshot =
      read_export(R"({"value":[)" + child("scopeMaps", "m", R"("properties":{"type":"UserDefined",
    "actions":["repositories/Team/App/content/read","repositories/*/metadata/read","gateway/edge/message/write"]})") +
                  "]}");
  EXPECT_THAT(
      snapshot.scope_maps.at(0).actions,
      ElementsAre("repositories/Team/App/content/read", "repositories/*/metadata/read", "gateway/edge/message/write"));
  EXPECT_TRUE(snapshot.scope_maps_given);
  EXPECT_THAT(warning_codes(snapshot), IsEmpty());
}

TEST(ScopeMaps, AnActionNobodyKnowsIsKeptAndWarnedOf) {
  const model::Snapshot snapshot = read_export(
      child("scopeMaps", "m", R"("actions":["repositories/a/content/read","repositories/a/contentWrite"])"));
  EXPECT_THAT(snapshot.scope_maps.at(0).actions, SizeIs(2));
  EXPECT_THAT(warning_codes(snapshot), ElementsAre("unknown-scope-map-action"));
  EXPECT_THAT(warning_texts(snapshot), HasSubstr("repositories/a/contentWrite"));
}

TEST(ScopeMaps, OneWithoutTypeAndIdIsKnownByItsActions) {
  const model::Snapshot snapshot =
      read_export({{"registry.json", registry("contoso", "contoso.azurecr.io")},
                   {"maps.json", R"([{"name":"m","actions":["repositories/a/content/read"]}])"}});
  ASSERT_THAT(snapshot.scope_maps, SizeIs(1));
  EXPECT_EQ(snapshot.scope_maps[0].registry, "contoso");
}

// ---- the rest -----------------------------------------------------------------------------------------------

TEST(Tasks, IdentityAndSourceRegistry) {
  const model::Snapshot snapshot =
      read_export("[" + child("tasks", "build", R"("status":"Enabled",
    "identity":{"type":"SystemAssigned","principalId":"AAAAAAAA-0000-0000-0000-000000000001"},
    "credentials":{"sourceRegistry":{"identity":"[system]","loginMode":null}},"step":{"type":"Docker"})") +
                  ',' +
                  child("tasks", "off",
                        R"("properties":{"status":"Disabled","credentials":{"sourceRegistry":{"loginMode":"None"}}})") +
                  "]");
  ASSERT_THAT(snapshot.tasks, SizeIs(2));
  EXPECT_TRUE(snapshot.tasks[0].enabled);
  EXPECT_EQ(snapshot.tasks[0].identity.principal_id, "aaaaaaaa-0000-0000-0000-000000000001");
  EXPECT_EQ(snapshot.tasks[0].source_registry_identity, "[system]");
  EXPECT_EQ(snapshot.tasks[0].source_registry_login_mode, std::nullopt);
  EXPECT_FALSE(snapshot.tasks[1].enabled);
  EXPECT_EQ(snapshot.tasks[1].source_registry_login_mode, "None");
  EXPECT_TRUE(snapshot.tasks_given);
  EXPECT_EQ(principal(snapshot, "aaaaaaaa-0000-0000-0000-000000000001").kind, model::PrincipalKind::ServicePrincipal);
}

TEST(CacheRules, RuleAndCredentialSet) {
  const model::Snapshot snapshot = read_export(
      {{"rules.json",
        "[" + child("cacheRules", "r", R"("sourceRepository":"docker.io/library/ubuntu","targetRepository":"ubuntu",
        "credentialSetResourceId":"/set","identity":{"type":"UserAssigned","userAssignedIdentities":{"/uami":{"principalId":
        "aaaaaaaa-0000-0000-0000-000000000002","clientId":"c"}}})") +
            "]"},
       {"sets.json", "[" +
                         child("credentialSets", "s", R"("loginServer":"docker.io","identity":{"type":"systemAssigned",
        "principalId":"aaaaaaaa-0000-0000-0000-000000000003"},"authCredentials":[{"name":"Credential1"}])") +
                         "]"}});
  ASSERT_THAT(snapshot.cache_rules, SizeIs(1));
  EXPECT_EQ(snapshot.cache_rules[0].source_repository, "docker.io/library/ubuntu");
  EXPECT_EQ(snapshot.cache_rules[0].target_repository, "ubuntu");
  EXPECT_EQ(snapshot.cache_rules[0].credential_set_id, "/set");
  EXPECT_EQ(snapshot.cache_rules[0].identity, "/uami");
  ASSERT_THAT(snapshot.credential_sets, SizeIs(1));
  EXPECT_EQ(snapshot.credential_sets[0].login_server, "docker.io");
  EXPECT_EQ(snapshot.credential_sets[0].identity.principal_id, "aaaaaaaa-0000-0000-0000-000000000003");
}

TEST(ConnectedRegistries, TokensThatOpenThem) {
  const model::Snapshot snapshot = read_export(R"({"value":[)" + child("connectedRegistries", "edge", R"("properties":{
    "mode":"ReadOnly","parent":{"syncProperties":{"tokenId":"/tokens/sync"}},"clientTokenIds":["/tokens/a","/tokens/b"],
    "loginServer":{"tls":{}}})") + "]}");
  ASSERT_THAT(snapshot.connected_registries, SizeIs(1));
  EXPECT_EQ(snapshot.connected_registries[0].mode, "ReadOnly");
  EXPECT_EQ(snapshot.connected_registries[0].sync_token_id, "/tokens/sync");
  EXPECT_THAT(snapshot.connected_registries[0].client_token_ids, ElementsAre("/tokens/a", "/tokens/b"));
  EXPECT_THAT(snapshot.registries, IsEmpty()) << "a connected registry is no registry";
}

TEST(OtherChildren, AreCountedAndAreNoRegistries) {
  const model::Snapshot snapshot = read_export(
      "[" + child("agentPools", "p", R"("tier":"S1")") + ',' + child("webhooks", "w", R"("status":"enabled")") + ',' +
      child("replications", "northeurope", R"("zoneRedundancy":"Disabled")") + ',' +
      child("privateEndpointConnections", "e", R"("properties":{})") + "]");
  EXPECT_EQ(counted(snapshot, "agentPools"), 1U);
  EXPECT_EQ(counted(snapshot, "webhooks"), 1U);
  EXPECT_EQ(counted(snapshot, "replications"), 1U);
  EXPECT_EQ(counted(snapshot, "registryChildren"), 1U);
  EXPECT_THAT(snapshot.registries, IsEmpty());
}

TEST(Children, WithoutRegistryTakeTheOnlyOneOrSaySo) {
  const std::string token = R"([{"name":"ci","scopeMapId":null,"status":"enabled","credentials":{"passwords":[]}},
    {"name":"cd","scopeMapId":"/x","status":"enabled"}])";
  const model::Snapshot one =
      read_export({{"a.json", registry("contoso", "contoso.azurecr.io")}, {"tokens.json", token}});
  ASSERT_FALSE(one.tokens.empty());
  EXPECT_EQ(one.tokens.back().registry, "contoso");
  const model::Snapshot two = read_export({{"a.json", registry("contoso", "contoso.azurecr.io")},
                                           {"b.json", registry("fabrikam", "fabrikam.azurecr.io")},
                                           {"tokens.json", token}});
  EXPECT_EQ(two.tokens.back().registry, "");
  EXPECT_THAT(warning_codes(two), Contains("child-without-registry"));
  const model::Snapshot named = read_export({{"a.json", registry("contoso", "contoso.azurecr.io")},
                                             {"b.json", registry("fabrikam", "fabrikam.azurecr.io")},
                                             {"fabrikam-tokens.json", token}});
  EXPECT_EQ(named.tokens.back().registry, "fabrikam");
}

// ---- repositories -------------------------------------------------------------------------------------------

TEST(RepositoryLists, AnObjectMayNameItsRegistry) {
  const model::Snapshot snapshot =
      read_export({{"a.json", registry("contoso", "contoso-hash.azurecr.io")},
                   {"r.json", R"({"registry":"CONTOSO-hash.azurecr.io","repositories":["b/c","a"]})"}});
  ASSERT_THAT(snapshot.registries, SizeIs(1));
  ASSERT_TRUE(snapshot.registries[0].repositories);
  EXPECT_THAT(*snapshot.registries[0].repositories, ElementsAre("a", "b/c"));
  EXPECT_EQ(counted(snapshot, "repositories"), 2U);
}

TEST(RepositoryLists, ABareListGoesToTheOnlyRegistryWhateverTheOrder) {
  const model::Snapshot snapshot =
      read_export({{"a.json", R"(["team/app","team/api"])"}, {"z.json", registry("contoso", "contoso.azurecr.io")}});
  ASSERT_THAT(snapshot.registries, SizeIs(1));
  ASSERT_TRUE(snapshot.registries[0].repositories);
  EXPECT_THAT(*snapshot.registries[0].repositories, ElementsAre("team/api", "team/app"));
}

TEST(RepositoryLists, TheFileNameTellsAmongSeveral) {
  const model::Snapshot snapshot = read_export({{"a.json", registry("contoso", "contoso.azurecr.io")},
                                                {"b.json", registry("contosolabs", "contosolabs.azurecr.io")},
                                                {"repositories-ContosoLabs.json", R"(["a"])"}});
  ASSERT_THAT(snapshot.registries, SizeIs(2));
  EXPECT_FALSE(snapshot.registries[0].repositories) << "contoso is a part of contosolabs, not the word";
  ASSERT_TRUE(snapshot.registries[1].repositories);
}

TEST(RepositoryLists, OneThatFitsNowhereIsDroppedWithAWarning) {
  const model::Snapshot snapshot = read_export({{"a.json", registry("contoso", "contoso.azurecr.io")},
                                                {"b.json", registry("fabrikam", "fabrikam.azurecr.io")},
                                                {"repositories.json", R"(["a"])"}});
  ASSERT_THAT(snapshot.registries, SizeIs(2));
  EXPECT_FALSE(snapshot.registries[0].repositories);
  EXPECT_FALSE(snapshot.registries[1].repositories);
  EXPECT_THAT(warning_codes(snapshot), ElementsAre("repositories-without-registry"));
}

TEST(RepositoryLists, PagesAddUp) {
  const model::Snapshot snapshot = read_export({{"a.json", registry("contoso", "contoso.azurecr.io")},
                                                {"p1.json", R"({"registry":"contoso","repositories":["a","b"]})"},
                                                {"p2.json", R"({"registry":"contoso","repositories":["b","c"]})"},
                                                {"p3.json", R"({"repositories":null})"}});
  ASSERT_TRUE(snapshot.registries.at(0).repositories);
  EXPECT_THAT(*snapshot.registries[0].repositories, ElementsAre("a", "b", "c"));
}

TEST(RepositoryLists, ARawAnswerOf100MayBeOnePage) {
  std::string text = R"({"repositories":[)";
  for (int i = 0; i < 100; ++i) text += (i == 0 ? "\"r" : ",\"r") + std::to_string(i) + '"';
  EXPECT_THAT(
      warning_codes(read_export({{"a.json", registry("contoso", "contoso.azurecr.io")}, {"r.json", text + "]}"}})),
      ElementsAre("incomplete-page"));
}

TEST(RepositoryLists, ARegistryThatIsNotReadExistsAllTheSame) {
  const model::Snapshot snapshot = read_export(R"({"registry":"fabrikam.azurecr.io","repositories":["a"]})");
  ASSERT_THAT(snapshot.registries, SizeIs(1));
  EXPECT_EQ(snapshot.registries[0].name, "fabrikam");
  EXPECT_TRUE(snapshot.registries[0].existence_only);
  EXPECT_EQ(snapshot.registries[0].mode, std::nullopt);
}

TEST(RepositoryLists, TagsAreNoRepositories) {
  const model::Snapshot by_name =
      read_export({{"a.json", registry("contoso", "contoso.azurecr.io")}, {"app-tags.json", R"(["latest","v1"])"}});
  EXPECT_FALSE(by_name.registries.at(0).repositories);
  EXPECT_THAT(warning_codes(by_name), Contains("unrecognised-object"));
  const model::Snapshot by_text =
      read_export({{"a.json", registry("contoso", "contoso.azurecr.io")}, {"x.json", R"(["latest","V1.0"])"}});
  EXPECT_FALSE(by_text.registries.at(0).repositories);
}

// ---- attributes ---------------------------------------------------------------------------------------------

const ArtifactAttributes* find(const model::Snapshot& snapshot, std::string_view repository,
                               std::string_view reference) {
  const auto found =
      std::find_if(snapshot.artifact_attributes.begin(), snapshot.artifact_attributes.end(),
                   [&](const ArtifactAttributes& a) { return a.repository == repository && a.reference == reference; });
  return found == snapshot.artifact_attributes.end() ? nullptr : &*found;
}

TEST(Attributes, TwoThatContradictEachOtherStayBesideEachOther) {
  const auto repository = [](std::string_view enabled) {
    return R"({"registry":"contoso.azurecr.io","imageName":"app","manifestCount":1,"changeableAttributes":
      {"writeEnabled":)" +
           std::string(enabled) + R"(,"readEnabled":true}})";
  };
  for (const auto& [first, second] : {std::pair("true", "false"), std::pair("false", "true")}) {
    const model::Snapshot snapshot = read_export({{"registry.json", registry("contoso", "contoso.azurecr.io")},
                                                  {"a.json", repository(first)},
                                                  {"b.json", repository(second)}});
    const ArtifactAttributes* known = find(snapshot, "app", "");
    ASSERT_NE(known, nullptr);
    EXPECT_EQ(known->write_enabled, first == std::string("true"));
    EXPECT_EQ(snapshot.artifact_attributes.size(), 2U);
    EXPECT_EQ(known->read_enabled, true);
    EXPECT_THAT(warning_codes(snapshot), testing::Contains("lock-conflict").Times(1));
  }
}

TEST(Attributes, RepositoryTagAndManifestOfTheRegistryApi) {
  const model::Snapshot snapshot = read_export(
      {{"registry.json", registry("contoso", "contoso-abc.azurecr.io")},
       {"repo.json",
        R"({"registry":"contoso-abc.azurecr.io","imageName":"team/app","manifestCount":1,"changeableAttributes":
         {"deleteEnabled":false,"writeEnabled":true,"readEnabled":true,"listEnabled":true}})"},
       {"tag.json",
        R"({"registry":"contoso-abc.azurecr.io","imageName":"team/app","tag":{"name":"v1","digest":"sha256:aa",
         "changeableAttributes":{"deleteEnabled":true,"writeEnabled":false,"readEnabled":true,"listEnabled":true}}})"},
       {"manifest.json",
        R"({"registry":"contoso-abc.azurecr.io","imageName":"team/app","manifest":{"digest":"sha256:aa",
         "tags":["v1","v2"],"changeableAttributes":{"readEnabled":false,"quarantineState":"Quarantined",
         "quarantineDetails":"{}"}}})"}});
  const ArtifactAttributes* repository = find(snapshot, "team/app", "");
  ASSERT_NE(repository, nullptr);
  EXPECT_EQ(repository->registry, "contoso");
  EXPECT_EQ(repository->delete_enabled, false);
  EXPECT_EQ(repository->write_enabled, true);
  const ArtifactAttributes* tag = find(snapshot, "team/app", "v1");
  ASSERT_NE(tag, nullptr);
  EXPECT_EQ(tag->digest, "sha256:aa");
  EXPECT_EQ(tag->write_enabled, false);
  const ArtifactAttributes* manifest = find(snapshot, "team/app", "sha256:aa");
  ASSERT_NE(manifest, nullptr);
  EXPECT_EQ(manifest->read_enabled, false);
  EXPECT_EQ(manifest->write_enabled, std::nullopt);
  EXPECT_EQ(manifest->quarantine_state, "Quarantined");
  EXPECT_EQ(manifest->digest, "");
  const ArtifactAttributes* known_by_manifest = find(snapshot, "team/app", "v2");
  ASSERT_NE(known_by_manifest, nullptr);
  EXPECT_EQ(known_by_manifest->digest, "sha256:aa");
  EXPECT_EQ(known_by_manifest->read_enabled, std::nullopt) << "locks of a manifest are not those of its tags";
  EXPECT_THAT(snapshot.artifact_attributes, SizeIs(4)) << "v1 is one entry, whoever tells of it";
}

TEST(Attributes, ListsOfTheRegistryApi) {
  const model::Snapshot snapshot =
      read_export({{"tags.json", R"({"registry":"fabrikam.azurecr.io","imageName":"app","tags":[
         {"name":"a","digest":"sha256:1","changeableAttributes":{"deleteEnabled":false}},
         {"name":"b","digest":"sha256:2","changeableAttributes":{"deleteEnabled":true}}]})"},
                   {"manifests.json", R"({"registry":"fabrikam.azurecr.io","imageName":"app","manifests":[
         {"digest":"sha256:1","tags":["a"],"changeableAttributes":{"deleteEnabled":true}}]})"}});
  EXPECT_EQ(counted(snapshot, "artifactAttributes"), 3U);
  ASSERT_NE(find(snapshot, "app", "a"), nullptr);
  EXPECT_EQ(find(snapshot, "app", "a")->registry, "fabrikam");
  EXPECT_EQ(find(snapshot, "app", "a")->delete_enabled, false);
  EXPECT_EQ(find(snapshot, "app", "sha256:1")->delete_enabled, true);
}

TEST(Attributes, CliListsTakeTheRepositoryFromTheFileName) {
  const std::string tags =
      R"([{"name":"v1","digest":"sha256:1","signed":false,"changeableAttributes":{"writeEnabled":false}}])";
  const std::string repositories = R"({"registry":"contoso","repositories":["app","team/app","team/app/api"]})";
  const model::Snapshot snapshot = read_export({{"a.json", registry("contoso", "contoso.azurecr.io")},
                                                {"r.json", repositories},
                                                {"contoso-team-app-tags.json", tags}});
  ASSERT_NE(find(snapshot, "team/app", "v1"), nullptr) << "the longest name that stands in the file's name";
  EXPECT_EQ(find(snapshot, "team/app", "v1")->write_enabled, false);
  const model::Snapshot lost = read_export(
      {{"a.json", registry("contoso", "contoso.azurecr.io")}, {"r.json", repositories}, {"tags.json", tags}});
  EXPECT_THAT(lost.artifact_attributes, IsEmpty());
  EXPECT_THAT(warning_codes(lost), ElementsAre("attributes-without-repository"));
}

// ---- locks --------------------------------------------------------------------------------------------------

TEST(Locks, CliRestAndPowerShell) {
  const std::string id = std::string(kRegistryId) + "/providers/Microsoft.Authorization/locks/keep";
  for (const std::string& text :
       {R"([{"id":")" + id + R"(","level":"CanNotDelete","name":"keep","type":"Microsoft.Authorization/locks"}])",
        R"({"value":[{"id":")" + id +
            R"(","properties":{"level":"CanNotDelete"},"name":"keep","type":"Microsoft.Authorization/locks"}]})",
        R"({"Name":"keep","ResourceId":")" + id + R"(","LockId":")" + id +
            R"(","ResourceType":"Microsoft.Authorization/locks","Properties":{"level":"CanNotDelete"}})"}) {
    const model::Snapshot snapshot = read_export(text);
    ASSERT_THAT(snapshot.locks, SizeIs(1)) << text;
    EXPECT_EQ(snapshot.locks[0].name, "keep");
    EXPECT_EQ(snapshot.locks[0].level, "CanNotDelete");
    EXPECT_EQ(snapshot.locks[0].scope, model::scope_key(kRegistryId));
    EXPECT_TRUE(snapshot.locks_given);
    EXPECT_THAT(snapshot.registries, IsEmpty());
  }
}

TEST(Locks, WithoutLevelAreWarnedOf) {
  const model::Snapshot snapshot = read_export(
      R"([{"id":"/subscriptions/s/providers/Microsoft.Authorization/locks/l","name":"l","type":"Microsoft.Authorization/locks"}])");
  ASSERT_THAT(snapshot.locks, SizeIs(1));
  EXPECT_EQ(model::level_of(snapshot.locks[0]), model::LockLevel::Unknown);
  EXPECT_THAT(warning_codes(snapshot), ElementsAre("lock-without-level"));
}

}  // namespace
}  // namespace acrbiter::testing
