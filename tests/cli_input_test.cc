// What people and scripts hand over: question lines, environments, acrbiter.yaml, targets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "cli/ask.h"
#include "cli/config.h"
#include "cli/environment.h"
#include "cli/json_reader.h"
#include "cli/question_reader.h"
#include "parser/condition_parser.h"

namespace acrbiter::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// ---- JSON ---------------------------------------------------------------------------------------------------

TEST(ReadJson, KeepsTheOrderOfMembersAndTheTextOfNumbers) {
  const auto json = read_json(R"({"b":1.50,"a":[true,null,"x"],"c":-7})");
  ASSERT_TRUE(json);
  ASSERT_EQ(json->members.size(), 3U);
  EXPECT_EQ(json->members[0].first, "b");
  EXPECT_EQ(json->members[0].second.text, "1.50");
  EXPECT_EQ(json->members[1].second.items.size(), 3U);
  EXPECT_EQ(json->members[2].second.text, "-7");
  EXPECT_EQ(json->find("d"), nullptr);
}

TEST(ReadJson, SaysWhereItWentWrong) {
  const auto json = read_json("{\n  \"a\": 1,\n  \"b\" 2\n}");
  ASSERT_FALSE(json);
  const model::Diagnostic& problem = json.error().front();
  EXPECT_EQ(problem.line, 3U);
  EXPECT_EQ(problem.column, 7U);
  EXPECT_EQ(problem.excerpt, "  \"b\" 2");
  EXPECT_THAT(problem.message, HasSubstr("unexpected number"));
}

TEST(ReadJson, AnExcerptOfAnExportGivenByMistakeShowsNoSecret) {
  const auto json = read_json(R"({"passwords":[{"name":"p1","value":"Zq7SuperHidden"}} )");
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().front().excerpt, R"({"*********":[{"name":"p1","value":"**************"}} )");
  const auto question = read_json(R"({"credential":{"passwordName":"password1"}} x)");
  ASSERT_FALSE(question);
  EXPECT_EQ(question.error().front().excerpt, R"({"credential":{"passwordName":"password1"}} x)");
}

TEST(ReadJson, RefusesANameThatOccursTwiceAtAnyDepth) {
  const auto json = read_json(R"({"a":{"b":1,"b":2}})");
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().front().message, "the member `b` occurs twice");
  EXPECT_EQ(json.error().front().line, 1U);
  EXPECT_EQ(json.error().front().column, 15U);
  EXPECT_TRUE(read_json(R"([{"a":1},{"a":2},{"b":{"a":3}}])"));
}

TEST(ReadJson, RefusesWhatIsTooDeepTooLongOrTooLarge) {
  EXPECT_TRUE(read_json(std::string(64, '[') + std::string(64, ']')));
  const auto deep = read_json(std::string(65, '[') + std::string(65, ']'));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().front().column, 65U);
  EXPECT_FALSE(read_json(std::string(1'000'000, '[')));
  EXPECT_FALSE(read_json(std::string(kMaxJsonBytes + 1, ' ')));
  EXPECT_FALSE(read_json("1e999"));
  EXPECT_FALSE(read_json(""));
  EXPECT_FALSE(read_json("\"\xFF\""));
  EXPECT_FALSE(read_json(R"("\ud800")"));
}

TEST(ReadJson, TakesTimeInProportionToTheNumberOfMembers) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += "\"m" + std::to_string(i) + "\":0,";
  text += "\"last\":0}";
  EXPECT_TRUE(read_json(text));
}

// ---- questions ----------------------------------------------------------------------------------------------

TEST(ReadQuestion, TakesEveryMemberOfTheContract) {
  const auto line = read_question(R"({"id":"q1","principal":"p","operation":"pull","registry":"r","repository":"a/b",
    "reference":"v1","at":"2026-01-31T09:00:00Z","endpoint":"connected-registry","literal":false,"loginServer":"R.azurecr.io",
    "network":{"path":"public","privateEndpointStatus":"Approved","ip":"1.2.3.4","trustedService":"s","identity":"managed",
               "task":true,"taskIdentity":"user","agentPool":true},
    "credential":{"kind":"entra","audience":"acr","ageMinutes":12.5,"issuedUnderMode":"legacy","secretExpired":true,
                  "username":"u","passwordName":"password1","stored":"other"},
    "source":{"registry":"s","principal":"sp"},"run":{"sourceRegistryAuth":"[caller]"},
    "assume":{"arm-private-link":"yes"}})");
  ASSERT_TRUE(line.question);
  const evaluator::Question& q = *line.question;
  EXPECT_EQ(line.id, "\"q1\"");
  EXPECT_EQ(q.id, "q1");
  EXPECT_EQ(q.principal, "p");
  EXPECT_EQ(q.operation, "pull");
  EXPECT_EQ(q.action, "");
  EXPECT_EQ(q.registry, "r");
  EXPECT_EQ(q.repository, "a/b");
  EXPECT_EQ(q.reference, "v1");
  EXPECT_EQ(q.at, model::parse_timestamp("2026-01-31T09:00:00Z"));
  EXPECT_EQ(q.endpoint, "connected-registry");
  EXPECT_EQ(q.literal, false);
  EXPECT_EQ(q.login_server, "R.azurecr.io");
  ASSERT_TRUE(q.network);
  EXPECT_EQ(q.network->path, "public");
  EXPECT_EQ(q.network->private_endpoint_status, "Approved");
  EXPECT_EQ(q.network->ip, "1.2.3.4");
  EXPECT_EQ(q.network->trusted_service, "s");
  EXPECT_EQ(q.network->identity, "managed");
  EXPECT_TRUE(q.network->task);
  EXPECT_EQ(q.network->task_identity, "user");
  EXPECT_TRUE(q.network->agent_pool);
  ASSERT_TRUE(q.credential);
  EXPECT_EQ(q.credential->kind, "entra");
  EXPECT_EQ(q.credential->audience, "acr");
  EXPECT_EQ(q.credential->age_minutes, 12.5);
  EXPECT_EQ(q.credential->issued_under_mode, "legacy");
  EXPECT_EQ(q.credential->secret_expired, true);
  EXPECT_EQ(q.credential->username, "u");
  EXPECT_EQ(q.credential->password_name, "password1");
  EXPECT_EQ(q.credential->stored, "other");
  ASSERT_TRUE(q.source);
  EXPECT_EQ(q.source->registry, "s");
  EXPECT_EQ(q.source->principal, "sp");
  EXPECT_EQ(q.source_registry_auth, "[caller]");
  EXPECT_THAT(q.assume, ElementsAre(Pair("arm-private-link", "yes")));
}

TEST(ReadQuestion, ReadsAbsentNullAndUnknownMembersAsNothingSaid) {
  const auto line = read_question(
      R"({"principal":"p","network":null,"credential":null,"literal":null,"at":null,"source":null,"run":null,"assume":null,
          "colour":{"deep":[1]},"ID":7})");
  ASSERT_TRUE(line.question);
  EXPECT_EQ(line.id, "null");
  EXPECT_FALSE(line.question->network);
  EXPECT_FALSE(line.question->credential);
  EXPECT_FALSE(line.question->literal);
  EXPECT_FALSE(line.question->at);
  EXPECT_FALSE(line.question->source);
  EXPECT_FALSE(line.question->source_registry_auth);
}

TEST(ReadQuestion, AnEmptyGroupIsGivenAndSaysNothing) {
  const auto line = read_question(R"({"network":{},"credential":{"newMember":1}})");
  ASSERT_TRUE(line.question);
  EXPECT_TRUE(line.question->network);
  EXPECT_TRUE(line.question->credential);
}

TEST(ReadQuestion, GivesIdsBackAsTheyWere) {
  const auto id_of = [](const std::string& id) { return read_question("{\"id\":" + id + "}").id; };
  EXPECT_EQ(id_of("17"), "17");
  EXPECT_EQ(id_of("-3"), "-3");
  EXPECT_EQ(id_of("1.50"), "1.50");
  EXPECT_EQ(id_of("\"a\\\"b\""), "\"a\\\"b\"");
  EXPECT_EQ(id_of("\"\\u001b[0m\\u202e\""), "\"\\u001b[0m\\u202e\"");
  EXPECT_EQ(id_of("true"), "true");
  EXPECT_EQ(id_of("null"), "null");
  EXPECT_EQ(id_of("[1]"), "[1]");
  EXPECT_EQ(id_of("{}"), "{}");
  EXPECT_EQ(id_of(R"({ "a": [1, "b", {"c": null}], "d": false })"), R"({"a":[1,"b",{"c":null}],"d":false})");
}

struct BadLine {
  std::string_view line, code, message;
};
class ReadQuestionErrors : public testing::TestWithParam<BadLine> {};

TEST_P(ReadQuestionErrors, NameTheMember) {
  const auto line = read_question(GetParam().line);
  ASSERT_FALSE(line.question);
  EXPECT_EQ(line.question.error().code, GetParam().code);
  EXPECT_THAT(line.question.error().message, HasSubstr(std::string(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    Lines, ReadQuestionErrors,
    testing::Values(BadLine{"", "malformed-line", "not JSON"}, BadLine{"{", "malformed-line", "not JSON"},
                    BadLine{"[]", "malformed-line", "not a list"},
                    BadLine{"\"pull\"", "malformed-line", "not a string"},
                    BadLine{R"({"id":1,"id":2})", "malformed-line", "`id` occurs twice"},
                    BadLine{R"({"principal":5})", "wrong-type", "`principal` must be a string, not a number"},
                    BadLine{R"({"repository":{}})", "wrong-type", "`repository` must be a string, not an object"},
                    BadLine{R"({"network":[]})", "wrong-type", "`network` must be an object, not a list"},
                    BadLine{R"({"network":{"task":"yes"}})", "wrong-type", "`network.task` must be true or false"},
                    BadLine{R"({"credential":{"ageMinutes":"5"}})", "wrong-type",
                            "`credential.ageMinutes` must be a number"},
                    BadLine{R"({"run":{"sourceRegistryAuth":[]}})", "wrong-type", "`run.sourceRegistryAuth`"},
                    BadLine{R"({"assume":{"x":true}})", "wrong-type", "`assume.x` must be a string"},
                    BadLine{R"({"literal":"true"})", "wrong-type", "`literal` must be true or false"},
                    BadLine{R"({"at":"2026-01-31"})", "bad-value", "2026-01-31"},
                    BadLine{R"({"source":{}})", "missing-member", "`source` needs `registry`"},
                    BadLine{R"({"operation":"pull","action":"x"})", "bad-value", "`operation` and `action`"}));

TEST(QuestionLine, AnAgentPoolMayBeGivenByItsName) {
  for (const std::string_view text : {R"({"network":{"agentPool":true}})", R"({"network":{"agentPool":"pool1"}})"}) {
    const QuestionLine line = read_question(text);
    ASSERT_TRUE(line.question) << text;
    EXPECT_TRUE(line.question->network->agent_pool) << text;
  }
}

TEST(SetField, ReadsTextByTheTypeOfTheField) {
  evaluator::Question q;
  EXPECT_FALSE(set_field(q, "credential", "ageMinutes", "30"));
  EXPECT_FALSE(set_field(q, "network", "task", "true"));
  EXPECT_FALSE(set_field(q, "network", "agentPool", "false"));
  EXPECT_EQ(q.credential->age_minutes, 30);
  EXPECT_TRUE(q.network->task);
  EXPECT_FALSE(q.network->agent_pool);
  EXPECT_EQ(set_field(q, "network", "task", "yes")->code, "bad-value");
  for (const std::string_view text : {"", "x", "1x", "nan", "inf", "1e999"}) {
    EXPECT_TRUE(set_field(q, "credential", "ageMinutes", text)) << text;
  }
  EXPECT_THAT(set_field(q, "network", "pth", "public")->suggestions, ElementsAre("path"));
}

TEST(FieldNames, AreThoseOfTheContractAndFurtherOnesAfterThem) {
  EXPECT_THAT(field_names("network"), ElementsAre("path", "privateEndpointStatus", "ip", "trustedService", "identity",
                                                  "task", "taskIdentity", "agentPool", "subnet"));
  EXPECT_THAT(field_names("credential"), ElementsAre("kind", "audience", "ageMinutes", "issuedUnderMode",
                                                     "secretExpired", "username", "passwordName", "stored"));
}

// ---- targets ------------------------------------------------------------------------------------------------

class Target : public testing::Test {
 protected:
  Target() { add("contoso", "contoso.azurecr.io"); }

  void add(const std::string& name, const std::string& login_server) {
    model::Registry registry;
    registry.name = name;
    registry.id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/" + name;
    registry.login_server = login_server;
    data_.snapshot.registries.push_back(registry);
  }
  /// "registry|repository|reference", or the error's code.
  std::string parts(const std::string& operation, const std::string& target, const std::string& registry = {}) {
    evaluator::Question q;
    q.operation = operation;
    q.registry = registry;
    const auto error = set_target(q, target, data_);
    return error ? error->code : q.registry + "|" + q.repository + "|" + q.reference;
  }

  Data data_;
};

TEST_F(Target, TheRegistryPartIsRecognisedByNameLoginServerIdOrAlias) {
  add("other", "other-x1y2.azurecr.io");
  data_.aliases["main"] = "contoso";
  EXPECT_EQ(parts("pull", "contoso/team/app"), "contoso|team/app|");
  EXPECT_EQ(parts("pull", "CONTOSO/team/app"), "CONTOSO|team/app|");
  EXPECT_EQ(parts("pull", "contoso.azurecr.io/team/app"), "contoso.azurecr.io|team/app|");
  EXPECT_EQ(parts("pull", "other-x1y2.azurecr.io/team/app"), "other-x1y2.azurecr.io|team/app|");
  EXPECT_EQ(parts("pull", "main/team/app"), "main|team/app|");
  const std::string id = "/subscriptions/S/resourcegroups/G/providers/microsoft.containerregistry/registries/Contoso";
  EXPECT_EQ(parts("pull", id + "/team/app:v1"), id + "|team/app|v1");
}

TEST_F(Target, TagsAndDigestsAreReferences) {
  EXPECT_EQ(parts("pull", "contoso/team/app:v1.2"), "contoso|team/app|v1.2");
  EXPECT_EQ(parts("pull", "contoso/team/app@sha256:ab"), "contoso|team/app|sha256:ab");
  const std::string digest = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(parts("pull", "contoso/team/app:v1@" + digest), "contoso|team/app|" + digest) << "the digest counts";
  EXPECT_EQ(parts("pull", "contoso/team/app:v1@sha256:ab"), "contoso|team/app:v1|sha256:ab") << "no digest";
}

TEST_F(Target, WithOneRegistryItsNameMayBeLeftOut) {
  EXPECT_EQ(parts("pull", "team/app"), "|team/app|");
  EXPECT_EQ(parts("pull", "app"), "|app|");
  add("other", "other.azurecr.io");
  EXPECT_EQ(parts("pull", "team/app"), "unknown-registry");
}

TEST_F(Target, ALoginServerThatIsNotInTheDataIsNoRepository) {
  EXPECT_EQ(parts("pull", "fabrikam.azurecr.io/team/app"), "fabrikam.azurecr.io|team/app|");
}

TEST_F(Target, TheRegistryOptionWins) {
  add("team", "team.azurecr.io");
  EXPECT_EQ(parts("pull", "team/app", "contoso"), "contoso|team/app|");
  EXPECT_EQ(parts("pull", "contoso.azurecr.io/team/app", "contoso"), "contoso|team/app|");
}

TEST_F(Target, OperationsOnTheRegistryAsAWholeTakeJustTheRegistry) {
  EXPECT_EQ(parts("list-repositories", "contoso"), "contoso||");
  EXPECT_EQ(parts("list-repositories", "contoso/team"), "bad-value");
  EXPECT_EQ(parts("list-repositories", "contosso"), "unknown-registry");
}

TEST_F(Target, APurgeFilterKeepsItsRepositoryPattern) {
  EXPECT_EQ(parts("purge", "contoso/team/.*:v[0-9]+"), "contoso|team/.*|");
}

// ---- environments -------------------------------------------------------------------------------------------

model::Expected<Environment, AnswerError> environment_of(std::string_view text) {
  const auto json = read_json(text);
  EXPECT_TRUE(json);
  return Environment::from(*json);
}

model::Truth value_of(std::string_view condition, std::string_view env) {
  const auto parsed = parser::parse_condition(condition);
  const auto environment = environment_of(env);
  EXPECT_TRUE(parsed && environment);
  return evaluator::evaluate(*parsed, environment->view({}, "")).truth;
}

TEST(EnvironmentJson, SuppliesValuesOfEveryKindAndSource) {
  constexpr std::string_view kEnv = R"({"action":"a/b","suboperation":"Blob.List",
    "request":{"s":"x","list":["x","y"]},"resource":{"n":5},"principal":{"b":true},"environment":{"t":"2026-01-01T00:00:00Z"}})";
  EXPECT_EQ(value_of("@Request[S] StringEquals 'x'", kEnv), model::Truth::True);
  EXPECT_EQ(value_of("@Request[list] ForAnyOfAnyValues:StringEquals {'y'}", kEnv), model::Truth::True);
  EXPECT_EQ(value_of("@Resource[n] NumericGreaterThan 4", kEnv), model::Truth::True);
  EXPECT_EQ(value_of("@Principal[b] BoolEquals true", kEnv), model::Truth::True);
  EXPECT_EQ(value_of("@Environment[t] DateTimeLessThan '2027-01-01T00:00:00Z'", kEnv), model::Truth::True);
  EXPECT_EQ(value_of("ActionMatches{'a/*'}", kEnv), model::Truth::True);
  EXPECT_EQ(value_of("SubOperationMatches{'Blob.List'}", kEnv), model::Truth::True);
  EXPECT_EQ(value_of("@Request[n] NumericEquals 5", kEnv), model::Truth::Unknown);
  EXPECT_EQ(value_of("Exists @Request[n]", kEnv), model::Truth::False);
}

TEST(EnvironmentJson, RefusesWrongTypes) {
  for (const std::string_view text : {R"([])", R"({"action":5})", R"({"request":[]})", R"({"request":{"x":{}}})",
                                      R"({"request":{"x":[["y"]]}})", R"({"suboperation":true})"}) {
    EXPECT_FALSE(environment_of(text)) << text;
  }
  EXPECT_TRUE(environment_of("null"));
  EXPECT_TRUE(environment_of(R"({"action":null,"request":null,"resource":{"x":null},"other":5})"));
}

// ---- acrbiter.yaml ------------------------------------------------------------------------------------------

TEST(ConfigFile, NamesInputsAliasesAndReadings) {
  const auto config =
      parse_config("data: [a, b/c.json]\naliases:\n  ci: 123\nassume: {x: \"yes\"}\n", "folder/acrbiter.yaml");
  ASSERT_TRUE(config);
  EXPECT_THAT(config->data, ElementsAre("folder/a", "folder/b/c.json"));
  EXPECT_THAT(config->aliases, ElementsAre(Pair("ci", "123")));
  EXPECT_THAT(config->assume, ElementsAre(Pair("x", "yes")));
}

TEST(ConfigFile, MayBeEmptyOrNameOneInput) {
  EXPECT_TRUE(parse_config("", "acrbiter.yaml"));
  EXPECT_TRUE(parse_config("# nothing yet\n", "acrbiter.yaml"));
  const auto one = parse_config("data: exports\naliases:\n", "acrbiter.yaml");
  ASSERT_TRUE(one);
  EXPECT_THAT(one->data, ElementsAre("exports"));
  EXPECT_THAT(one->aliases, IsEmpty());
}

TEST(ConfigFile, KeepsAbsoluteInputs) {
  const auto config = parse_config("data: /exports", "folder/acrbiter.yaml");
  ASSERT_TRUE(config);
  EXPECT_THAT(config->data, ElementsAre("/exports"));
}

TEST(ConfigFile, SaysWhereItWentWrong) {
  for (const auto& [text, line] : {std::pair{"data: [a\n", 2U},
                                   {"dat: a\n", 1U},
                                   {"- a\n", 1U},
                                   {"data: a\naliases: [x]\n", 2U},
                                   {"assume: {a: [b]}\n", 1U},
                                   {"data:\n  x: y\n", 2U}}) {
    const auto config = parse_config(text, "acrbiter.yaml");
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().front().file, "acrbiter.yaml");
    EXPECT_EQ(config.error().front().line, line) << text << config.error().front().message;
  }
}

TEST(ConfigFile, SurvivesDeepNestingAndTakesSharedNodes) {
  EXPECT_FALSE(parse_config("data: " + std::string(100'000, '['), "acrbiter.yaml"));
  const std::string shared = "aliases: &a0 {x: y}\nassume: *a0\n";
  EXPECT_TRUE(parse_config(shared, "acrbiter.yaml"));
}

}  // namespace
}  // namespace acrbiter::cli
