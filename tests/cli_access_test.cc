// Access test files (fixtures/access-tests): every kind of test in every outcome, every error, the JSON Schema of the
// format, and the outputs against their schemas. ACRBITER_UPDATE_GOLDEN=1 writes the errors that are printed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cli/access_test/check.h"
#include "cli/access_test/init.h"
#include "cli/access_test/load.h"
#include "cli/access_test/suite.h"
#include "cli/access_test/watch.h"
#include "cli/demo.h"
#include "cli/report/test_report.h"
#include "cli/run.h"
#include "cli/yaml_reader.h"
#include "parser/read.h"
#include "tests/reference/generate.h"
#include "tests/support/json_schema.h"
#include "tests/support/sanitized.h"
#include "tests/support/workspace.h"

namespace acrbiter::cli::access_test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const fs::path kFixtures = fs::path(ACRBITER_SOURCE_DIR) / "fixtures";
const fs::path kSuites = kFixtures / "access-tests";

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Printed {
  int exit = -1;
  std::string out, err;
};
Printed acrbiter(std::vector<std::string> args) {
  std::istringstream in;
  std::ostringstream out, err;
  Printed result;
  result.exit = run(args, in, out, err);
  result.out = out.str();
  result.err = err.str();
  return result;
}

/// Words of a command line in which single quotes alone keep blanks.
std::vector<std::string> words_of(const std::string& command) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  for (const char c : command) {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      words.push_back(std::exchange(word, {}));
    } else {
      word += c;
    }
  }
  words.push_back(word);
  return words;
}

FileResult run_file(const fs::path& path, RunOptions options = {}) {
  const auto suite = read_suite(path.string());
  if (!suite) throw std::runtime_error(suite.error().front().message);
  const auto states = Loader({}).load(*suite);
  if (!states) throw std::runtime_error(states.error().front().message);
  options.base_options = states->base_options;
  options.after_options = states->after_options;
  auto result = run_suite(*suite, *states->base, states->after.get(), options);
  if (!result) throw std::runtime_error(result.error().front().message);
  return *std::move(result);
}

std::vector<std::string> names_below(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".access.yaml")) names.push_back(name.substr(0, name.find('.')));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// ---- outcomes -------------------------------------------------------------------------------------------------

class AccessSuite : public testing::TestWithParam<std::string> {};

TEST_P(AccessSuite, EveryTestHasTheOutcomeOfItsName) {
  const FileResult result = run_file(kSuites / (GetParam() + ".access.yaml"));
  EXPECT_THAT(result.defects, testing::IsEmpty());
  for (const CaseResult& test : result.cases) {
    const std::size_t dash = test.name.find(" – ");
    const std::string expected = dash == std::string::npos ? "passed" : test.name.substr(0, dash);
    EXPECT_EQ(word(test.outcome), expected)
        << test.name << (test.findings.empty() ? "" : "\n" + test.findings.front().sentence);
    EXPECT_EQ(test.findings.empty(), test.outcome == Outcome::Passed) << test.name;
    EXPECT_GT(test.checks, 0U) << test.name;
  }
}

TEST_P(AccessSuite, EveryFindingIsAQuestionThatCanIAnswersTheSameWay) {
  const FileResult result = run_file(kSuites / (GetParam() + ".access.yaml"));
  for (const CaseResult& test : result.cases) {
    for (const Finding& finding : test.findings) {
      if (!finding.has_question) continue;
      auto words = words_of(finding.command);
      ASSERT_EQ(words.front(), "acrbiter");
      words.erase(words.begin());
      const Printed printed = acrbiter(words);
      const int expected = finding.verdict == evaluator::Verdict::Allow  ? 0
                           : finding.verdict == evaluator::Verdict::Deny ? 1
                                                                         : 3;
      EXPECT_EQ(printed.exit, expected) << finding.command << "\n" << printed.out << printed.err;
    }
  }
}

TEST_P(AccessSuite, ThreadsChangeNothing) {
  const auto report = [](FileResult result) {
    TestRun run;
    run.files.push_back(std::move(result));
    return report::test_json(run);
  };
  RunOptions options;
  options.jobs = 4;
  options.trace = RunOptions::Trace::Json;
  const fs::path path = kSuites / (GetParam() + ".access.yaml");
  const std::string several = report(run_file(path, options));
  options.jobs = 1;
  EXPECT_EQ(several, report(run_file(path, options)));
}

TEST_P(AccessSuite, FitsTheSchema) {
  const auto yaml = read_yaml(read_file(kSuites / (GetParam() + ".access.yaml")), GetParam());
  ASSERT_TRUE(yaml.has_value());
  EXPECT_EQ(support::schema_problem(kFixtures / "schemas" / "access-test.schema.json", support::to_json(*yaml)), "");
}

INSTANTIATE_TEST_SUITE_P(AccessTests, AccessSuite, testing::ValuesIn(names_below(kSuites)), test_name);

TEST(AccessSuites, HaveEveryKindInEveryOutcome) {
  std::map<std::string_view, std::map<Outcome, std::size_t>> seen;
  for (const std::string& name : names_below(kSuites)) {
    for (const CaseResult& test : run_file(kSuites / (name + ".access.yaml")).cases) ++seen[test.kind][test.outcome];
  }
  for (const std::string_view kind : {"expectation", "table", "property", "exactly", "changes", "only-these-changes"}) {
    for (const Outcome outcome : {Outcome::Passed, Outcome::Failed, Outcome::Undetermined}) {
      EXPECT_GT(seen[kind][outcome], 0U) << kind << ' ' << word(outcome);
    }
  }
}

/// The first YAML block of README.md that has tests.
TEST(AccessSuites, TheExampleOfTheReadmeIsOne) {
  const std::string readme = read_file(fs::path(ACRBITER_SOURCE_DIR) / "README.md");
  const std::size_t begin = readme.find("```yaml\n# registries.access.yaml\n");
  ASSERT_NE(begin, std::string::npos);
  const std::size_t first = readme.find('\n', begin) + 1;
  const std::string example = readme.substr(first, readme.find("```\n", first) - first);
  const auto suite = parse_suite(example, "README.md");
  ASSERT_TRUE(suite.has_value()) << suite.error().front().line << ": " << suite.error().front().message;
  EXPECT_GE(suite->cases.size(), 8U);
  const auto yaml = read_yaml(example, "README.md");
  ASSERT_TRUE(yaml.has_value());
  EXPECT_EQ(support::schema_problem(kFixtures / "schemas" / "access-test.schema.json", support::to_json(*yaml)), "");
}

TEST(AccessSuites, AreRunByTheCommand) {
  const Printed lines = acrbiter({"test", (kSuites / "lines.access.yaml").string()});
  EXPECT_EQ(lines.exit, 0) << lines.err;
  EXPECT_THAT(lines.out, testing::HasSubstr("All 10 tests passed."));
}

// ---- errors ---------------------------------------------------------------------------------------------------

class AccessError : public testing::TestWithParam<std::string> {};

TEST_P(AccessError, IsSaidWithItsPlace) {
  const support::Workspace workspace;
  fs::create_directories("a");
  fs::create_directories("cli");
  fs::copy(kSuites / "errors", workspace.folder() / "a" / "errors", fs::copy_options::recursive);
  fs::copy(kFixtures / "cli" / "exports", workspace.folder() / "cli" / "exports", fs::copy_options::recursive);
  fs::current_path("a/errors");
  const Printed printed = acrbiter({"test", GetParam() + ".access.yaml"});
  EXPECT_EQ(printed.exit, 2);
  EXPECT_EQ(printed.out, "");
  const fs::path golden = kSuites / "errors" / (GetParam() + ".txt");
  if (const char* update = std::getenv("ACRBITER_UPDATE_GOLDEN"); update != nullptr && *update == '1') {
    std::ofstream(golden, std::ios::binary) << printed.err;
    return;
  }
  EXPECT_EQ(printed.err, read_file(golden));
}

/// The first line of an error's file says what the schema makes of it: it refuses it, it takes it (only names and words
/// inside of texts are wrong), or it never sees it because it is no YAML of ours.
TEST_P(AccessError, IsKnownToTheSchemaWhereItIsOneOfForm) {
  const std::string text = read_file(kSuites / "errors" / (GetParam() + ".access.yaml"));
  const std::string head = "# schema: ";
  ASSERT_TRUE(text.starts_with(head));
  const std::string expected = text.substr(head.size(), text.find('\n') - head.size());
  const auto yaml = read_yaml(text, GetParam());
  ASSERT_EQ(yaml.has_value(), expected != "no YAML");
  if (!yaml) return;
  const std::string problem =
      support::schema_problem(kFixtures / "schemas" / "access-test.schema.json", support::to_json(*yaml));
  EXPECT_EQ(problem.empty() ? "takes" : "refuses", expected) << problem;
}

INSTANTIATE_TEST_SUITE_P(AccessTests, AccessError, testing::ValuesIn(names_below(kSuites / "errors")), test_name);

TEST(AccessErrors, AnExceptionOfEverybodyLeavesNothingToTest) {
  const support::Workspace workspace;
  std::ofstream("x.access.yaml") << "data: " << (kSuites / "plan" / "token.json").string()
                                 << "\nplan: " << (kSuites / "plan" / "gone.json").string()
                                 << "\ntests: [{changes: no-lost-access, except: {who: everyone}}]\n";
  const Printed printed = acrbiter({"test", "x.access.yaml"});
  EXPECT_EQ(printed.exit, 2);
  EXPECT_THAT(printed.err, testing::HasSubstr("an exception of everything leaves nothing to test"));
}

TEST(AccessErrors, BombsAndDepthAreRefused) {
  std::string bomb = "a0: &a0 [x]\n";
  for (int i = 1; i < 40; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + ", *a" +
            std::to_string(i - 1) + "]\n";
  }
  const auto exploded = parse_suite(bomb, "bomb.access.yaml");
  ASSERT_FALSE(exploded.has_value());
  EXPECT_THAT(exploded.error().front().message, testing::HasSubstr("more than 100000 values"));
  for (const std::size_t depth : {std::size_t{100}, std::size_t{100'000}}) {
    const auto deep = parse_suite("tests: " + std::string(depth, '['), "deep.access.yaml");
    ASSERT_FALSE(deep.has_value());
    EXPECT_GT(deep.error().front().line, 0U);
  }
  const auto large = parse_suite(std::string((std::size_t{1} << 20U) + 1, ' '), "large.access.yaml");
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().front().message, "longer than 1 MiB");
}

// ---- init and watch -------------------------------------------------------------------------------------------

/// Runs what `test init` writes for a state of access against that state.
void expect_first_suite_passes(const Analysis& analysis, const std::string& what) {
  std::vector<std::size_t> registries;
  for (std::size_t r = 0; r < analysis.snapshot().registries.size(); ++r) registries.push_back(r);
  const FirstSuite written = first_suite({.analysis = analysis, .registries = registries, .head = "data: [x]\n"});
  if (written.tests == 0) return;
  const auto suite = parse_suite(written.yaml, what);
  ASSERT_TRUE(suite.has_value()) << what << suite.error().front().line << suite.error().front().message << '\n'
                                 << written.yaml;
  EXPECT_EQ(suite->cases.size(), written.tests);
  const auto result = run_suite(*suite, analysis, nullptr, {});
  ASSERT_TRUE(result.has_value()) << what << ": " << result.error().front().message << '\n'
                                  << result.error().front().excerpt << '\n'
                                  << written.yaml;
  EXPECT_THAT(result->defects, testing::IsEmpty());
  for (const CaseResult& test : result->cases) {
    EXPECT_EQ(test.outcome, Outcome::Passed) << what << ": " << test.name << '\n'
                                             << (test.findings.empty() ? "" : test.findings.front().sentence) << '\n'
                                             << written.yaml;
  }
  const auto yaml = read_yaml(written.yaml, what);
  ASSERT_TRUE(yaml.has_value());
  EXPECT_EQ(support::schema_problem(kFixtures / "schemas" / "access-test.schema.json", support::to_json(*yaml)), "");
}

TEST(AccessInit, PassesAgainstTheSameData) {
  for (const bool demo : {true, false}) {
    auto snapshot = demo ? parser::read_documents(demo_documents())
                         : parser::read_exports(std::vector<std::string>{(kFixtures / "cli" / "exports").string()});
    ASSERT_TRUE(snapshot.has_value());
    const Analysis analysis({.snapshot = *std::move(snapshot), .readings = {}, .aliases = {}}, {});
    expect_first_suite_passes(analysis, demo ? "demo" : "exports");
  }
}

TEST(AccessInit, PassesAgainstRandomTenants) {
  std::size_t tests = 0;
  for (std::uint64_t seed = 1; seed <= (support::kSanitized ? 20 : 150); ++seed) {
    reference::Dice dice(seed);
    const Analysis analysis({.snapshot = reference::random_snapshot(dice), .readings = {}, .aliases = {}}, {});
    if (analysis.snapshot().registries.empty()) continue;
    expect_first_suite_passes(analysis, "seed " + std::to_string(seed));
    ++tests;
    if (testing::Test::HasFailure()) break;
  }
  EXPECT_GT(tests, support::kSanitized ? 10U : 100U);
}

TEST(AccessInit, WritesNamesThatHoldAnythingSoThatTestReadsThem) {
  for (const std::string name :
       {"Deploy $prod", "$prod", "a,$prod", "a/$prod (b", "say \"$prod\"", "group:$x", "#1", "new\nline"}) {
    auto snapshot = parser::read_documents(demo_documents());
    ASSERT_TRUE(snapshot.has_value());
    std::size_t number = 0;
    for (model::Principal& principal : snapshot->principals) {
      principal.display_name = number++ == 0 ? name : fmt::format("{} {}", name, number);
      principal.user_principal_name.clear();
      principal.aliases.clear();
    }
    for (model::Task& task : snapshot->tasks) task.name += " $(x)";  // which has no id
    const Analysis analysis({.snapshot = *std::move(snapshot), .readings = {}, .aliases = {}}, {});
    expect_first_suite_passes(analysis, name);
  }
}

TEST(AccessInit, WritesAFileThatTestRuns) {
  const support::Workspace workspace;
  fs::copy(kFixtures / "cli" / "exports", "exports", fs::copy_options::recursive);
  const Printed written = acrbiter({"test", "init", "--data", "exports", "--registry", "contoso", "--network",
                                    "path=public,ip=203.0.113.7", "--at", "2026-01-31T09:00:00Z"});
  ASSERT_EQ(written.exit, 0) << written.err;
  std::ofstream("first.access.yaml") << written.out;
  const Printed printed = acrbiter({"test"});
  EXPECT_EQ(printed.exit, 0) << printed.out << printed.err << written.out;
}

TEST(AccessWatch, RunsAgainWhenAFileChanges) {
  const support::Workspace workspace;
  fs::create_directories("data/sub");
  std::ofstream("a.access.yaml") << "a";
  std::size_t runs = 0;
  std::size_t waits = 0;
  std::vector<std::size_t> runs_at_wait;
  watch(
      [&] {
        ++runs;
        return std::vector<std::string>{"a.access.yaml", "data", "missing"};
      },
      [&] {
        runs_at_wait.push_back(runs);
        switch (waits++) {
          case 1:
            std::ofstream("a.access.yaml") << "longer";
            return true;
          case 3:
            std::ofstream("data/sub/new.json") << "{}";
            return true;
          case 5:
            fs::remove("data/sub/new.json");
            return true;
          case 6:
            std::ofstream("missing") << "now there";
            return true;
          default:
            return waits < 10;
        }
      });
  EXPECT_EQ(runs, 5U);
  EXPECT_THAT(runs_at_wait, testing::ElementsAre(1, 1, 2, 2, 3, 3, 4, 5, 5, 5));
}

// ---- outputs --------------------------------------------------------------------------------------------------

TEST(AccessReports, SarifIsValid) {
  for (const std::string name : {"outcomes", "changes", "lines"}) {
    const Printed printed = acrbiter({"test", (kSuites / (name + ".access.yaml")).string(), "-o", "sarif"});
    const Json sarif = Json::parse(printed.out);
    EXPECT_EQ(support::schema_problem(kFixtures / "schemas" / "sarif-2.1.0-rtm.5.schema.json", sarif), "") << name;
    EXPECT_EQ(sarif.at("runs").at(0).at("results").empty(), name == "lines");
  }
}

TEST(AccessReports, NameTheResourceOfThePlan) {
  const std::string file = (kSuites / "terraform.access.yaml").string();
  const Json result = Json::parse(acrbiter({"test", file, "--filter", "failed*", "-o", "json"}).out);
  std::map<std::string, Json> first;  // finding of each test
  for (const Json& test : result.at("files").at(0).at("tests")) first[test.at("name")] = test.at("findings").at(0);
  const Json gained = first.at("failed – no new access").at("because");
  ASSERT_EQ(gained.size(), 1U);
  EXPECT_EQ(gained.at(0).at("address"), "azurerm_role_assignment.ci[\"push\"]");
  EXPECT_FALSE(gained.at(0).at("removed"));
  const std::string plan = read_file(gained.at(0).at("file").get<std::string>());
  std::istringstream lines(plan);
  std::string line;
  for (std::size_t i = 0; i < gained.at(0).at("line").get<std::size_t>(); ++i) std::getline(lines, line);
  std::string next;
  std::getline(lines, next);
  EXPECT_THAT(line + next, testing::HasSubstr("azurerm_role_assignment.ci")) << "the line of the resource";
  for (const std::string name : {"failed – no lost access", "failed – alice pushes"}) {
    const Json lost = first.at(name).at("because");
    ASSERT_EQ(lost.size(), 1U) << name;
    EXPECT_EQ(lost.at(0).at("address"), "azurerm_role_assignment.alice");
    EXPECT_TRUE(lost.at(0).at("removed"));
  }
  const Printed human = acrbiter({"test", file, "--width", "0"});
  EXPECT_THAT(human.out, testing::HasSubstr("because of azurerm_role_assignment.ci[\"push\"] in "));
  EXPECT_THAT(human.out, testing::HasSubstr("because the plan removes azurerm_role_assignment.alice in "));
  const Json sarif = Json::parse(acrbiter({"test", file, "-o", "sarif"}).out);
  EXPECT_EQ(support::schema_problem(kFixtures / "schemas" / "sarif-2.1.0-rtm.5.schema.json", sarif), "");
  const Json related = sarif.at("runs").at(0).at("results").at(0).at("relatedLocations").at(0);
  EXPECT_EQ(related.at("message").at("text"), "azurerm_role_assignment.ci[\"push\"]");
}

TEST(AccessSuites, PropertiesAskAboutThoseOfWhomTheySpeak) {
  const FileResult result = run_file(kSuites / "outcomes.access.yaml");
  const auto asked_by = [&](const std::string& name) {
    for (const CaseResult& test : result.cases) {
      if (test.name == name) return test.asked.at(0).who.size();
    }
    throw std::runtime_error("no test called " + name);
  };
  EXPECT_EQ(asked_by("passed – always"), 1U);
  EXPECT_EQ(asked_by("failed – never"), 2U);
  EXPECT_EQ(asked_by("passed – only"), 0U) << "nobody stands for everybody";
}

/// Does xmllint find that the text of a file fits fixtures/schemas/junit.xsd?
bool fits_junit(const std::string& xml) {
  std::ofstream("report.xml", std::ios::binary) << xml;
  const std::string schema = (kFixtures / "schemas" / "junit.xsd").string();
  return std::system(("xmllint --nonet --noout --schema '" + schema + "' report.xml 2>report.err").c_str()) == 0;
}

TEST(AccessReports, JunitIsValid) {
  const support::Workspace workspace;
  if (std::system("xmllint --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "xmllint is not installed";
  for (const std::string name : {"outcomes", "changes", "lines"}) {
    const Printed printed = acrbiter({"test", (kSuites / (name + ".access.yaml")).string(), "-o", "junit"});
    EXPECT_TRUE(fits_junit(printed.out)) << read_file("report.err");
  }
  const Printed proved = acrbiter({"prove", "never everyone push contosoapps/**", "--demo", "-o", "junit"});
  EXPECT_EQ(proved.exit, 1);
  EXPECT_TRUE(fits_junit(proved.out)) << read_file("report.err");
  const std::size_t end = proved.out.find("<system-out");
  EXPECT_FALSE(fits_junit(proved.out.substr(0, end) + "</testsuite></testsuites>")) << "the schema refuses nothing";
}

TEST(AccessReports, TheSarifSchemaRefusesWhatIsWrong) {
  Json broken = Json::parse(R"({"version": "2.1.0", "runs": [{"results": []}]})");
  EXPECT_NE(support::schema_problem(kFixtures / "schemas" / "sarif-2.1.0-rtm.5.schema.json", broken), "");
}

}  // namespace
}  // namespace acrbiter::cli::access_test
