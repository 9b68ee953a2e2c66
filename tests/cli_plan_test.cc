// Migration plans as files: people stand once, and nothing is named twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/json_reader.h"
#include "cli/migrate/plan_json.h"
#include "cli/run.h"

namespace acrbiter::cli::migrate {
namespace {

using evaluator::migration::Change;
using evaluator::migration::Who;
using nlohmann::json;
using testing::HasSubstr;

Who somebody(const std::string& id) {
  return {.kind = "entra", .id = id, .name = id + "@contoso.com", .type = "User", .workloads = {}};
}

Change change_for(std::initializer_list<Who> who) {
  return {.kind = Change::Kind::Lost,
          .registry = "base",
          .who = who,
          .operations = {"pull"},
          .names = "**",
          .example = "a",
          .reason = "left-out",
          .because = ""};
}

Plan small_plan() {
  Plan plan;
  plan.registries = {{.name = "base", .id = "/subscriptions/s/registries/base", .login_server = ""},
                     {.name = "apps", .id = "/subscriptions/s/registries/apps", .login_server = ""}};
  plan.roles = {{.guid = "r1", .name = "Reader", .data_actions = {}, .assignable_scopes = {}}};
  for (const std::string name : {"a1", "a2"}) {
    plan.assignments.push_back({.name = name,
                                .principal = somebody("p-" + name),
                                .scope = "/subscriptions/s",
                                .role = "r1",
                                .replaces = {},
                                .note = ""});
  }
  plan.changes = {change_for({somebody("ben"), somebody("ana")}), change_for({somebody("ana")})};
  plan.switch_alone = {change_for({somebody("cleo"), somebody("ben")})};
  return plan;
}

/// The first problem of a plan in which `edit` changed something.
template <class Edit>
std::optional<model::Diagnostic> problem_of(const Edit& edit) {
  json document = json::parse(plan_json(small_plan(), std::nullopt));
  edit(document);
  const auto file = read_plan(document.dump(2));
  if (file) return std::nullopt;
  return file.error().front();
}

TEST(PlanFile, NamesEverybodyOnceAndReadsThemBack) {
  const Plan plan = small_plan();
  const json document = json::parse(plan_json(plan, std::nullopt));
  ASSERT_EQ(document["identities"].size(), 3U);
  EXPECT_EQ(document["identities"][1]["id"], "ana");
  EXPECT_EQ(document["changes"][0]["who"], json::parse("[0, 1]"));
  EXPECT_EQ(document["changes"][1]["who"], json::parse("[1]"));
  EXPECT_EQ(document["switchAlone"][0]["who"], json::parse("[2, 0]"));
  const auto file = read_plan(document.dump());
  ASSERT_TRUE(file);
  EXPECT_EQ(file->plan.changes, plan.changes);
  EXPECT_EQ(file->plan.switch_alone, plan.switch_alone);
}

TEST(PlanFile, TakesSomebodyWrittenOut) {
  json document = json::parse(plan_json(small_plan(), std::nullopt));
  document["changes"][1]["who"].push_back({{"kind", "entra"}, {"id", "dan"}});
  const auto file = read_plan(document.dump());
  ASSERT_TRUE(file);
  ASSERT_EQ(file->plan.changes[1].who.size(), 2U);
  EXPECT_EQ(std::next(file->plan.changes[1].who.begin())->id, "dan");
}

TEST(PlanFile, RefusesPlacesThatNobodyHas) {
  for (const json& place : {json(3), json(-1), json(0.5), json(1e300)}) {
    const auto problem = problem_of([&](json& document) { document["changes"][1]["who"] = json::array({place}); });
    ASSERT_TRUE(problem) << place;
    EXPECT_EQ(problem->pointer, "/changes/1/who/0");
    EXPECT_THAT(problem->message, HasSubstr("no place in `identities`, which has 3"));
    EXPECT_THAT(problem->excerpt, HasSubstr(place.dump()));
  }
  const auto problem = problem_of([](json& document) { document["changes"][1]["who"] = {"ana"}; });
  ASSERT_TRUE(problem);
  EXPECT_THAT(problem->message, HasSubstr("a string stands where a number belongs"));
}

TEST(PlanFile, RefusesWhatIsNamedTwice) {
  struct Case {
    const char* list;
    const char* member;  ///< that makes the second one another than the first; none: it is the same
    const char* text;
    const char* message;
  };
  for (const Case& c : {Case{"registries", "id", "/subscriptions/t/registries/other", "registry `base`"},
                        Case{"registries", "name", "other", "registry `/subscriptions/s/registries/base`"},
                        Case{"roles", "name", "Writer", "role `Writer`"},
                        Case{"assignments", "scope", "/subscriptions/t", "assignment `a1`"},
                        Case{"assignments", "name", "a3", "assignment `a3`"}}) {
    std::size_t place = 0;
    const auto problem = problem_of([&](json& document) {
      json& list = document[c.list];
      json second = list[0];
      second[c.member] = c.text;
      place = list.size();
      list.push_back(second);
    });
    ASSERT_TRUE(problem) << c.list << ' ' << c.member;
    EXPECT_EQ(problem->message, std::string(c.message) + " is named a second time");
    EXPECT_EQ(problem->pointer, "/" + std::string(c.list) + "/" + std::to_string(place));
    EXPECT_GT(problem->line, 1U);
    EXPECT_THAT(problem->help, HasSubstr("the first is /" + std::string(c.list) + "/0"));
  }
  EXPECT_FALSE(problem_of([](json&) {}));
}

TEST(PlanFile, KeepsTheCircumstancesOfItsProof) {
  Certificate certificate;
  certificate.at = "2026-01-01T00:00:00Z";
  certificate.assumptions = {"untag-right=any"};
  const auto file = read_plan(plan_json(small_plan(), certificate));
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->certificate);
  EXPECT_EQ(file->certificate->at, certificate.at);
  EXPECT_EQ(file->certificate->assumptions, certificate.assumptions);
}

TEST(MigrateVerify, SaysThatTheTimeOrAPinIsAnother) {
  const std::filesystem::path config = std::filesystem::path(testing::TempDir()) / "acrbiter-plan-test.yaml";
  std::ofstream(config) << "assume:\n  untag-right: any\n";
  const auto said = [&](std::vector<std::string> arguments, const std::string& in) {
    arguments.insert(arguments.end(), {"--demo", "--config", config.string()});
    std::istringstream input(in);
    std::ostringstream out, err;
    static_cast<void>(run(arguments, input, out, err));
    return std::pair(out.str(), err.str());
  };
  const std::string plan =
      said({"migrate", "plan", "--registry", "contosobase", "--at", "2026-01-01T01:00:00+01:00", "-o", "json"}, "")
          .first;
  const json certificate = json::parse(plan)["certificate"];
  EXPECT_EQ(certificate["at"], "2026-01-01T00:00:00Z");
  EXPECT_EQ(certificate["assumptions"], json({"untag-right=any"}));

  const std::vector<std::string> verify{"migrate", "verify", "-"};
  const auto with = [&](std::initializer_list<std::string> more) {
    std::vector<std::string> all = verify;
    all.insert(all.end(), more);
    return said(all, plan).second;
  };
  EXPECT_EQ(with({"--at", "2026-01-01T00:00:00Z"}), "");
  EXPECT_THAT(with({}), HasSubstr("made as of 2026-01-01T00:00:00Z, and is asked about without a time"));
  EXPECT_THAT(with({"--at", "2026-01-01T00:00:00Z", "--assume", "untag-right=delete"}),
              HasSubstr("other assumptions are pinned"));
  std::filesystem::remove(config);
}

TEST(LocateValue, FindsTheLineOfAPointer) {
  constexpr std::string_view kText = R"({
  "a": [1, "two, ] \" }", {"b": {}}],
  "c": [
    [],
    {"d": "x",
     "e": -1.5e3 }
  ]
})";
  const auto line_of = [&](const std::string& pointer) {
    model::Diagnostic problem;
    problem.pointer = pointer;
    locate_value(problem, kText);
    return std::pair(problem.line, problem.column);
  };
  using Place = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(line_of(""), Place(1, 1));
  EXPECT_EQ(line_of("/a"), Place(2, 8));
  EXPECT_EQ(line_of("/a/1"), Place(2, 12));
  EXPECT_EQ(line_of("/a/2/b"), Place(2, 33));
  EXPECT_EQ(line_of("/c/0"), Place(4, 5));
  EXPECT_EQ(line_of("/c/1/e"), Place(6, 11));
  for (const char* nowhere : {"/b", "/a/3", "/a/x", "/a/0/b", "/c/0/0", "/c/1/e/f"})
    EXPECT_EQ(line_of(nowhere), Place(0, 0)) << nowhere;
}

}  // namespace
}  // namespace acrbiter::cli::migrate
