// The sample infrastructure repository (fixtures/infrastructure), how good its tests are, and the pipelines that run
// such tests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/access_test/quality.h"
#include "cli/report/test_report.h"
#include "cli/run.h"
#include "tests/support/workspace.h"

namespace acrbiter::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;

const fs::path kSource = ACRBITER_SOURCE_DIR;

struct Printed {
  int exit = -1;
  std::string out, err;
};
Printed acrbiter(const std::vector<std::string>& args) {
  std::istringstream in;
  std::ostringstream out, err;
  Printed result;
  result.exit = run(args, in, out, err);
  result.out = out.str();
  result.err = err.str();
  return result;
}

/// A copy of the sample repository as the current folder.
class SampleRepository : public testing::Test {
 protected:
  SampleRepository() {
    fs::copy(kSource / "fixtures" / "infrastructure", workspace_.folder(), fs::copy_options::recursive);
  }

  static void append(const std::string& lines) {
    std::ofstream file("contoso.access.yaml", std::ios::app);
    file << lines;
  }

  support::Workspace workspace_;
};

TEST_F(SampleRepository, PassesItsTests) {
  const Printed printed = acrbiter({"test"});
  EXPECT_EQ(printed.exit, 0) << printed.out << printed.err;
  EXPECT_EQ(printed.err, "");
}

TEST_F(SampleRepository, ARenameChangesNobodysAccess) {
  const Printed tests = acrbiter({"test", "--plan", "plans/rename.json"});
  EXPECT_EQ(tests.exit, 0) << tests.out << tests.err;
  const Printed diff = acrbiter({"diff", "--before", "exports", "--after", "exports", "--after", "plans/rename.json"});
  EXPECT_EQ(diff.exit, 0) << diff.out << diff.err;
}

TEST_F(SampleRepository, ADroppedSlashIsCaughtWhereItIsWritten) {
  const Printed tests = acrbiter({"test", "--plan", "plans/drop-slash.json", "-o", "json"});
  EXPECT_EQ(tests.exit, 1) << tests.out << tests.err;
  const Json run = Json::parse(tests.out);
  bool told = false;
  for (const Json& file : run.at("files")) {
    for (const Json& test : file.at("tests")) {
      for (const Json& finding : test.at("findings")) {
        const Json& because = finding.at("because");
        if (because.empty()) continue;
        told = true;
        EXPECT_EQ(because[0].at("address"), "azurerm_role_assignment.team[\"ci-backend\"]");
        EXPECT_EQ(because[0].at("file"), "plans/drop-slash.json");
        EXPECT_GT(because[0].at("line").get<int>(), 1);
        EXPECT_THAT(finding.at("question").at("repository").get<std::string>(), testing::StartsWith("backend"));
      }
    }
  }
  EXPECT_TRUE(told);
  const Printed diff =
      acrbiter({"diff", "--before", "exports", "--after", "exports", "--after", "plans/drop-slash.json", "-o", "json"});
  EXPECT_EQ(diff.exit, 1) << diff.out << diff.err;
}

TEST_F(SampleRepository, AChangeIsACommentOnAPullRequest) {
  const Printed diff = acrbiter(
      {"diff", "--before", "exports", "--after", "exports", "--after", "plans/drop-slash.json", "-o", "markdown"});
  EXPECT_EQ(diff.exit, 1) << diff.err;
  EXPECT_THAT(diff.out, HasSubstr("ci-backend"));
  EXPECT_THAT(diff.out, HasSubstr("`backend** except backend/**`"));
}

TEST_F(SampleRepository, APinnedAssumptionDecidesATest) {
  for (const auto& [pin, exit] : {std::pair{"", 1}, std::pair{"assume: {untag-right: delete}\n", 0}}) {
    std::ofstream("pinned.access.yaml") << "data: exports\nregistry: contososhared\n"
                                        << pin << "tests: [ci-backend cannot untag backend/api]\n";
    const Printed tests = acrbiter({"test", "pinned.access.yaml"});
    EXPECT_EQ(tests.exit, exit) << pin << tests.out << tests.err;
  }
}

TEST_F(SampleRepository, WhatAPlanCreatesIsAskedBeforeItExists) {
  const std::vector<std::string> data = {"--data", "exports", "--data", "plans/new-team.json"};
  const auto ask = [&](const std::string& repository) {
    std::vector<std::string> args = {"can-i", "push", repository, "--as",
                                     "azurerm_user_assigned_identity.team[\"ci-reports\"]"};
    args.insert(args.end(), data.begin(), data.end());
    return acrbiter(args);
  };
  EXPECT_EQ(ask("contososhared/reports/daily").exit, 0) << ask("contososhared/reports/daily").out;
  EXPECT_EQ(ask("contososhared/backend/api").exit, 1) << ask("contososhared/backend/api").out;
  const Printed tests = acrbiter({"test", "changes.access.yaml", "--plan", "plans/new-team.json"});
  EXPECT_EQ(tests.exit, 1) << "somebody new may push: " << tests.out << tests.err;
}

TEST_F(SampleRepository, ATemplateWithItsParametersIsTestedLikeAPlan) {
  append(
      "  - name: the reports' pipeline stays in reports/\n"
      "    never: /subscriptions/5a1f3c0e-7d44-4b0a-9a36-2f0f6a1d7c11/resourceGroups/rg-registry/providers/"
      "Microsoft.ManagedIdentity/userAssignedIdentities/ci-reports push contososhared/(** except reports/**)\n");
  std::string text;
  {
    std::ifstream file("contoso.access.yaml");
    std::ostringstream all;
    all << file.rdbuf();
    text = all.str();
  }
  const std::string deployment =
      "deployment: {subscription: 5a1f3c0e-7d44-4b0a-9a36-2f0f6a1d7c11, resourceGroup: rg-registry}\n";
  std::ofstream("contoso.access.yaml") << deployment << text;
  for (const auto& [parameters, exit] : {std::pair{"main", 0}, std::pair{"drop-slash", 1}}) {
    const Printed tests = acrbiter({"test", "contoso.access.yaml", "--plan", "bicep/main.json", "--plan",
                                    std::string("bicep/") + parameters + ".parameters.json"});
    EXPECT_EQ(tests.exit, exit) << parameters << "\n" << tests.out << tests.err;
  }
}

/// All values of a member, wherever it stands.
void gather(const Json& value, const std::string& key, std::vector<std::string>& found) {
  if (value.is_object()) {
    for (const auto& [name, inner] : value.items()) {
      if (name == key && inner.is_string()) {
        found.push_back(inner.get<std::string>());
      } else {
        gather(inner, key, found);
      }
    }
  } else if (value.is_array()) {
    for (const Json& inner : value) gather(inner, key, found);
  }
}

TEST_F(SampleRepository, EveryMistakeIsNoticedOnceTheQuestionsThatTellThemAreTests) {
  const std::vector<std::string> command = {"test", "contoso.access.yaml", "--mutate", "-o", "json"};
  const Printed before = acrbiter(command);
  EXPECT_EQ(before.exit, 1) << before.err;
  const Json mutation = Json::parse(before.out).at("quality").at(0).at("mutation");
  ASSERT_FALSE(mutation.at("survivors").empty());
  EXPECT_EQ(mutation.at("made"), mutation.at("same").get<std::size_t>() + mutation.at("killed").get<std::size_t>() +
                                     mutation.at("survivors").size());
  EXPECT_GT(mutation.at("killed"), 0);
  std::vector<std::string> lines;
  gather(mutation, "test", lines);
  for (const std::string& line : lines) append("  " + line + "\n");
  const Printed after = acrbiter(command);
  EXPECT_EQ(after.exit, 0) << after.out << after.err;
  EXPECT_EQ(Json::parse(after.out).at("quality").at(0).at("mutation").at("survivors"), Json::array());
}

TEST(TestQuality, OneMistakeIsOne) {
  const auto said = [](access_test::MutationReport mutation) {
    access_test::Quality quality;
    quality.mutation = std::move(mutation);
    return report::quality_text({quality}, report::Look{});
  };
  const access_test::Survivor survivor{.mistake = "wider-scope", .what = "a", .changes = "b", .test = "c"};
  EXPECT_THAT(said({.made = 1, .same = 0, .killed = 1, .survivors = {}}),
              HasSubstr("The tests notice the 1 mistake that changes access."));
  EXPECT_THAT(said({.made = 1, .same = 0, .killed = 0, .survivors = {survivor}}),
              HasSubstr("The tests miss the 1 mistake that changes access."));
  EXPECT_THAT(said({.made = 2, .same = 0, .killed = 2, .survivors = {}}),
              HasSubstr("The tests notice all 2 mistakes that change access."));
  EXPECT_THAT(said({.made = 2, .same = 0, .killed = 1, .survivors = {survivor}}),
              HasSubstr("The tests miss 1 of 2 mistakes that change access."));
}

TEST_F(SampleRepository, EverythingIsTouchedOnceTheMissingQuestionsAreTests) {
  const std::vector<std::string> command = {"test", "contoso.access.yaml", "--min-coverage", "100", "-o", "json"};
  const Printed before = acrbiter(command);
  EXPECT_EQ(before.exit, 1) << before.err;
  const Json coverage = Json::parse(before.out).at("quality").at(0).at("coverage");
  EXPECT_LT(coverage.at("percent"), 100);
  std::vector<std::string> lines;
  gather(coverage, "test", lines);
  ASSERT_FALSE(lines.empty());
  for (const std::string& line : lines) append("  " + line + "\n");
  const Printed after = acrbiter(command);
  EXPECT_EQ(after.exit, 0) << after.out << after.err;
  EXPECT_EQ(Json::parse(after.out).at("quality").at(0).at("coverage").at("percent"), 100);
}

TEST_F(SampleRepository, FormatsWithoutAPlaceForItSayOnStandardErrorWhatTheTestsMiss) {
  for (const std::string format : {"junit", "github", "azuredevops", "sarif"}) {
    const Printed printed = acrbiter({"test", "contoso.access.yaml", "--coverage", "--mutate", "-o", format});
    EXPECT_EQ(printed.exit, 1) << format;
    EXPECT_THAT(printed.err, HasSubstr("The tests miss ")) << format;
    EXPECT_THAT(printed.err, HasSubstr("The tests touch ")) << format;
  }
  for (const std::string format : {"human", "json", "markdown"}) {
    EXPECT_EQ(acrbiter({"test", "contoso.access.yaml", "--mutate", "-o", format}).err, "") << format;
  }
}

TEST_F(SampleRepository, APercentageThatIsNoneIsRefused) {
  for (const std::string text : {"101", "x", "-1", "50%"}) {
    const Printed printed = acrbiter({"test", "--min-coverage", text});
    EXPECT_EQ(printed.exit, 2) << text;
    EXPECT_THAT(printed.err, HasSubstr("percentage")) << text;
  }
}

// ---- pipelines ------------------------------------------------------------------------------------------------

/// Runs shell text in the current folder with the program that is tested first on the path; what it prints is checked
/// by what it leaves.
int shell(const std::string& script, const std::string& environment) {
  std::ofstream("step.sh") << script;
  const std::string program = fs::path(ACRBITER_PROGRAM).parent_path().string();
  return std::system((environment + " PATH='" + program + "':\"$PATH\" sh ./step.sh >step.log 2>&1").c_str()) / 256;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_F(SampleRepository, TheGitHubActionRunsAsWritten) {
  const YAML::Node action = YAML::LoadFile((kSource / "action.yml").string());
  const YAML::Node steps = action["runs"]["steps"];
  ASSERT_EQ(steps.size(), 2U);
  // Where the program is there, installing leaves it alone.
  EXPECT_EQ(shell(steps[0]["run"].as<std::string>(), "VERSION=0 REPOSITORY=x RUNNER_TEMP=."), 0) << text_of("step.log");
  const std::string run = steps[1]["run"].as<std::string>();
  for (const auto& [plan, exit] : {std::pair{"plans/rename.json", 0}, std::pair{"plans/drop-slash.json", 1}}) {
    fs::remove("summary.md");
    EXPECT_EQ(shell(run, std::string("PATHS=contoso.access.yaml BASE= GITHUB_STEP_SUMMARY=summary.md PLAN=") + plan),
              exit)
        << text_of("step.log");
    EXPECT_THAT(text_of("summary.md"), HasSubstr(exit == 0 ? "passed" : "failed"));
    if (exit != 0) {
      EXPECT_THAT(text_of("step.log"), HasSubstr("::error file=contoso.access.yaml,line="));
    }
  }
}

TEST_F(SampleRepository, TheOtherPipelinesRunAsWritten) {
  fs::copy_file("plans/drop-slash.json", "plan.json");
  fs::create_directory("access");
  fs::copy_file("contoso.access.yaml", "access/contoso.access.yaml");
  fs::create_directory_symlink("../exports", "access/exports");

  const YAML::Node azure = YAML::LoadFile((kSource / "fixtures/pipelines/azure-pipelines.yml").string());
  std::string script;
  for (const YAML::Node& step : azure["steps"]) {
    if (step["displayName"] && step["displayName"].as<std::string>() == "Run access tests")
      script = step["script"].as<std::string>();
  }
  EXPECT_EQ(shell(script, ""), 1) << text_of("step.log");
  EXPECT_THAT(text_of("step.log"), HasSubstr("##vso[task.logissue type=error"));
  EXPECT_THAT(text_of("access-tests.xml"), HasSubstr("<testsuite"));
  fs::remove("access-tests.xml");

  const YAML::Node gitlab = YAML::LoadFile((kSource / "fixtures/pipelines/gitlab-ci.yml").string());
  script = "set -e\n";
  for (const YAML::Node& line : gitlab["access-tests"]["script"]) script += line.as<std::string>() + "\n";
  EXPECT_EQ(shell(script, ""), 1) << text_of("step.log");
  EXPECT_THAT(text_of("access-tests.xml"), HasSubstr("<testsuite"));

  const YAML::Node hooks = YAML::LoadFile((kSource / ".pre-commit-hooks.yaml").string());
  ASSERT_EQ(hooks.size(), 1U);
  // The hook gets the files that are committed behind its entry.
  EXPECT_EQ(shell(hooks[0]["entry"].as<std::string>() + " access/contoso.access.yaml", ""), 0) << text_of("step.log");
}

}  // namespace
}  // namespace acrbiter::cli
