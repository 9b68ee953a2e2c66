// The verdict of every explained answer follows from its trace JSON alone: over the demo tenant and over random ones.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/report/json.h"
#include "evaluator/engine.h"
#include "evaluator/index.h"
#include "parser/read.h"
#include "tests/reference/generate.h"
#include "tests/reference/reference.h"
#include "tests/support/sanitized.h"
#include "tests/support/trace_check.h"

namespace acrbiter {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string explained(const evaluator::Engine& engine, const evaluator::ResolvedQuestion& question) {
  evaluator::Decision decision = engine.explain(question);
  engine.unfold(decision);
  const cli::report::Subject subject{engine.snapshot(), question};
  return cli::report::answer_line_with_trace("\"q\"", decision, subject, {});
}

/// At most one report for each kind of problem.
class Problems {
 public:
  void check(const std::string& answer, const std::string& question) {
    for (const std::string& problem : support::trace_problems(answer)) {
      const std::string kind = problem.substr(problem.rfind('/') + 1);
      if (++kinds_[kind] == 1) ADD_FAILURE() << problem << "\n" << question << "\n" << answer;
    }
  }

 private:
  std::map<std::string, int> kinds_;
};

TEST(Trace, VerdictsOfTheDemoFollowFromTheirTraces) {
  const std::vector<std::string> folder = {std::string(ACRBITER_SOURCE_DIR) + "/fixtures/demo"};
  const auto snapshot = parser::read_exports(folder);
  ASSERT_TRUE(snapshot.has_value()) << snapshot.error().front().message;
  const evaluator::Engine engine(*snapshot);
  Problems problems;
  std::size_t answered = 0;
  for (const model::Registry& registry : snapshot->registries) {
    for (const reference::ReferenceOperation& operation : reference::reference_operations()) {
      for (std::size_t i = 0; i < snapshot->principals.size(); i += support::kSanitized ? 15 : 3) {
        evaluator::Question question;
        question.principal = snapshot->principals[i].id;
        question.registry = registry.name;
        question.operation = operation.id;
        if (operation.takes_repository) question.repository = "payments/api";
        const auto resolved = engine.resolve(question);
        if (!resolved) continue;
        ++answered;
        problems.check(explained(engine, *resolved), reference::describe(question));
      }
    }
  }
  EXPECT_GT(answered, support::kSanitized ? 100U : 500U);
}

TEST(Trace, VerdictsOfRandomTenantsFollowFromTheirTraces) {
  Problems problems;
  for (std::uint64_t tenant = 0; tenant < 60; ++tenant) {
    reference::Dice dice(4'000'000 + tenant);
    const model::Snapshot snapshot = reference::random_snapshot(dice);
    const evaluator::Engine engine(snapshot);
    for (int i = 0; i < 50; ++i) {
      const evaluator::Question question = reference::random_question(dice, snapshot);
      const auto resolved = engine.resolve(question);
      if (resolved) problems.check(explained(engine, *resolved), reference::describe(question));
    }
  }
}

/// Every assignment that a trace speaks of, in rows or in a finding of its own, by its reason.
void assignments_in(const evaluator::Node& node, const evaluator::Engine& engine,
                    std::multiset<std::pair<std::string_view, std::size_t>>& found) {
  const std::string_view code = info(node.finding.reason).code;
  for (const std::uint32_t row : node.finding.rows) {
    const evaluator::Grant& grant = engine.index().grants[row];
    if (!grant.from_instance) found.emplace(code, grant.source);
  }
  if (node.finding.assignment) found.emplace(code, *node.finding.assignment);
  for (const evaluator::Node& child : node.children) assignments_in(child, engine, found);
}

TEST(Trace, UnfoldingLosesAndAddsNothing) {
  std::size_t assignments = 0;
  for (std::uint64_t tenant = 0; tenant < 20; ++tenant) {
    reference::Dice dice(4'100'000 + tenant);
    const model::Snapshot snapshot = reference::random_snapshot(dice);
    const evaluator::Engine engine(snapshot);
    for (int i = 0; i < 20; ++i) {
      const evaluator::Question question = reference::random_question(dice, snapshot);
      const auto resolved = engine.resolve(question);
      if (!resolved) continue;
      evaluator::Decision decision = engine.explain(*resolved);
      std::multiset<std::pair<std::string_view, std::size_t>> folded, unfolded;
      assignments_in(decision.root, engine, folded);
      engine.unfold(decision);
      assignments_in(decision.root, engine, unfolded);
      EXPECT_EQ(folded, unfolded) << reference::describe(question);
      assignments += unfolded.size();
    }
  }
  EXPECT_GT(assignments, 1'000U);
}

// The checker itself: a sound trace, and every way to spoil it.
std::string answer_with(const std::string& verdict, const std::string& trace, const std::string& unknowns = "[]") {
  return R"({"verdict":")" + verdict + R"(","reasons":[],"unknowns":)" + unknowns + R"(,"trace":)" + trace + "}";
}
std::string leaf(const std::string& reason, const std::string& value, const std::string& more = "") {
  return R"({"reason":")" + reason + R"(","combine":"leaf","value":")" + value + R"(","children":[])" + more + "}";
}
std::string inner(const std::string& combine, const std::string& value, const std::string& children) {
  return R"({"reason":"answer","combine":")" + combine + R"(","value":")" + value + R"(","children":[)" + children +
         "]}";
}

TEST(TraceCheck, AcceptsASoundTrace) {
  const std::string causes = R"(,"causes":[{"cause":"group-members"}])";
  const std::string trace =
      inner("any", "unknown", leaf("other-principal", "false") + "," + leaf("membership-unknown", "unknown", causes));
  const std::string unknowns = R"([{"cause":"group-members","needs":"az ad group member list"}])";
  EXPECT_EQ(joined(support::trace_problems(answer_with("undetermined", trace, unknowns))), "");
  const std::string denied = inner("not", "false", inner("any", "true", leaf("deny-applies", "true")));
  EXPECT_EQ(joined(support::trace_problems(answer_with("deny", inner("all", "false", denied)))), "");
}

TEST(TraceCheck, FindsWhatDoesNotFollow) {
  const auto problems = [](const std::string& answer) { return support::trace_problems(answer).size(); };
  EXPECT_EQ(problems("["), 1U);
  EXPECT_EQ(problems(R"({"verdict":"allow"})"), 1U);
  EXPECT_EQ(problems(answer_with("allow", leaf("no-assignment", "false"))), 1U);   // another verdict
  EXPECT_EQ(problems(answer_with("allow", leaf("condition-false", "true"))), 2U);  // nature and conditions
  EXPECT_EQ(problems(answer_with("allow", leaf("answer", "true"))), 1U);           // no reason for a leaf
  EXPECT_EQ(problems(answer_with("deny", inner("any", "false", leaf("grants", "true")))), 2U);
  EXPECT_EQ(problems(answer_with(
                "allow", inner("agree", "true", leaf("grants", "true") + "," + leaf("no-assignment", "false")))),
            2U);
  EXPECT_EQ(problems(answer_with("deny", inner("not", "false", ""))), 3U);  // nothing to negate
  EXPECT_EQ(problems(answer_with("undetermined", leaf("membership-unknown", "unknown"))), 2U);
  EXPECT_EQ(problems(answer_with("allow", leaf("grants", "true", R"(,"causes":[{"cause":"x"}])"))), 1U);
  EXPECT_EQ(problems(answer_with("allow", leaf("grants", "true"), R"([{"cause":"x","needs":"y"}])")), 2U);
  EXPECT_EQ(problems(answer_with("allow", leaf("grants", "true", R"(,"conditions":[{"value":"false"}])"))), 1U);
}

}  // namespace
}  // namespace acrbiter
