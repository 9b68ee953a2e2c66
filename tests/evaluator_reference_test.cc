// The engine against the naive reference evaluator, on seeded random tenants and questions.
//
// `./test --reference N` asks N questions, as ACRBITER_REFERENCE_CASES=N does (100,000 unless said; fewer in builds
// with sanitizers); ACRBITER_REFERENCE_SEED=N starts elsewhere. A disagreement is printed as the smallest tenant and
// question that still show it.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evaluator/decision.h"
#include "evaluator/engine.h"
#include "tests/reference/generate.h"
#include "tests/reference/reference.h"
#include "tests/support/environment.h"
#include "tests/support/sanitized.h"

namespace acrbiter {
namespace {

using evaluator::Verdict;
using support::number_from_environment;

constexpr std::uint64_t kQuestionsPerTenant = 100;
constexpr std::uint64_t kDefaultCases = support::kSanitized ? 4'000 : 100'000;

std::string said(const std::optional<Verdict>& verdict) {
  return verdict ? std::string(to_string(*verdict)) : "not understood";
}

/// The verdicts of one question; nullopt: not understood.
struct Answers {
  std::optional<Verdict> decided, explained, reference;
  [[nodiscard]] bool agree() const { return decided == explained && decided == reference; }
  friend bool operator==(const Answers&, const Answers&) = default;
};

std::string said(const Answers& answers) {
  return "decide " + said(answers.decided) + ", explain " + said(answers.explained) + ", reference " +
         said(answers.reference);
}

Answers answers_of(const evaluator::Engine& engine, const evaluator::Question& question) {
  Answers answers;
  answers.reference = reference::reference_decide(engine.snapshot(), question, {}).verdict;
  const auto resolved = engine.resolve(question);
  if (!resolved) return answers;
  answers.decided = engine.decide(*resolved);
  answers.explained = engine.explain(*resolved).verdict;
  return answers;
}

/// True if any is; all are computed, in order.
bool some(std::initializer_list<bool> changes) {
  bool any = false;
  for (const bool change : changes) any = any || change;
  return any;
}

/// Leaves out one thing after the other as long as the answers stay the same (and differ among themselves).
class Minimiser {
 public:
  Minimiser(model::Snapshot snapshot, evaluator::Question question, Answers wanted)
      : snapshot_(std::move(snapshot)), question_(std::move(question)), wanted_(wanted) {
    for (bool smaller = true; smaller;) smaller = some({shrink_snapshot(), shrink_question()});
  }
  [[nodiscard]] const model::Snapshot& snapshot() const { return snapshot_; }
  [[nodiscard]] const evaluator::Question& question() const { return question_; }

 private:
  bool still_differs() const { return answers_of(evaluator::Engine(snapshot_), question_) == wanted_; }

  template <class T>
  bool shrink(std::vector<T>& list) {
    bool smaller = false;
    for (std::size_t i = list.size(); i-- > 0;) {
      const std::vector<T> before = list;
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
      if (still_differs()) {
        smaller = true;
      } else {
        list = before;
      }
    }
    return smaller;
  }

  template <class T>
  bool reset(T& value) {
    if (value == T{}) return false;
    const T before = value;
    value = T{};
    if (still_differs()) return true;
    value = before;
    return false;
  }

  template <class T>
  bool forget(std::optional<T>& value) {
    if (!value) return false;
    const std::optional<T> before = value;
    value.reset();
    if (still_differs()) return true;
    value = before;
    return false;
  }

  bool forget_condition(model::ConditionIndex& index) {
    if (index == model::kNoCondition) return false;
    const model::ConditionIndex before = index;
    index = model::kNoCondition;
    if (still_differs()) return true;
    index = before;
    return false;
  }

  bool shrink_permissions(std::vector<model::Permission>& permissions) {
    bool smaller = shrink(permissions);
    for (model::Permission& permission : permissions) {
      smaller =
          some({smaller, shrink(permission.actions), shrink(permission.not_actions), shrink(permission.data_actions),
                shrink(permission.not_data_actions), forget_condition(permission.condition)});
    }
    return smaller;
  }

  bool shrink_snapshot() {
    bool smaller = some({shrink(snapshot_.role_assignments), shrink(snapshot_.deny_assignments),
                         shrink(snapshot_.schedule_instances), shrink(snapshot_.memberships),
                         shrink(snapshot_.hierarchy), shrink(snapshot_.incomplete_lists), shrink(snapshot_.tokens),
                         shrink(snapshot_.scope_maps), shrink(snapshot_.tasks), shrink(snapshot_.connected_registries),
                         shrink(snapshot_.locks), shrink(snapshot_.artifact_attributes), shrink(snapshot_.registries)});
    for (model::RoleAssignment& one : snapshot_.role_assignments) {
      smaller = some({smaller, forget_condition(one.condition)});
    }
    for (model::DenyAssignment& one : snapshot_.deny_assignments) {
      smaller = some({smaller, forget_condition(one.condition), shrink(one.exclude_principals),
                      shrink_permissions(one.permissions)});
    }
    for (model::ScopeMap& one : snapshot_.scope_maps) smaller = some({smaller, shrink(one.actions)});
    for (const model::RoleAssignment& one : snapshot_.role_assignments) {
      smaller = some({smaller, shrink_permissions(snapshot_.roles[at(one.role)].permissions)});
    }
    return smaller;
  }

  bool shrink_question() {
    return some({forget(question_.network), forget(question_.credential), forget(question_.at),
                 forget(question_.endpoint), forget(question_.source), forget(question_.source_registry_auth),
                 forget(question_.literal), forget(question_.login_server), reset(question_.reference),
                 shrink(question_.assume)});
  }

  model::Snapshot snapshot_;
  evaluator::Question question_;
  Answers wanted_;
};

std::string report(const model::Snapshot& snapshot, const evaluator::Question& question, Answers wanted) {
  const Minimiser smallest(snapshot, question, wanted);
  std::string text = said(wanted) + "\nquestion " + reference::describe(smallest.question()) + "\n" +
                     reference::describe(smallest.snapshot());
  text += "the reference found:\n";
  for (const std::string& note : reference::reference_decide(smallest.snapshot(), smallest.question(), {}).notes) {
    text += "  " + note + "\n";
  }
  const evaluator::Engine engine(smallest.snapshot());
  const auto resolved = engine.resolve(smallest.question());
  if (!resolved) return text + "the engine does not understand: " + resolved.error().code + "\n";
  text += "the engine found:\n";
  const evaluator::Decision decision = engine.explain(*resolved);
  const std::function<void(const evaluator::Node&, std::string)> print = [&](const evaluator::Node& node,
                                                                             const std::string& indent) {
    text += indent + std::string(info(node.finding.reason).code) + ": " + std::string(to_string(node.value));
    for (const evaluator::Cause& cause : node.causes) text += " (" + cause.code + " " + cause.subject + ")";
    text += "\n";
    for (const evaluator::Node& child : node.children) print(child, indent + "  ");
  };
  print(decision.root, "  ");
  return text;
}

/// Every inner value follows from the children.
bool consistent(const evaluator::Node& node) {
  for (const evaluator::Node& child : node.children) {
    if (!consistent(child)) return false;
  }
  return node.combine == evaluator::Combine::Leaf ? node.children.empty() : recompute(node) == node.value;
}

TEST(Reference, AgreesWithTheEngineOnRandomTenants) {
  const std::uint64_t cases = number_from_environment("ACRBITER_REFERENCE_CASES", kDefaultCases);
  const std::uint64_t seed = number_from_environment("ACRBITER_REFERENCE_SEED", 20'261'124);
  const std::uint64_t most_reports = number_from_environment("ACRBITER_REFERENCE_REPORTS", 3);
  std::array<std::uint64_t, 3> verdicts{};
  std::uint64_t not_understood = 0;
  std::uint64_t differences = 0;
  std::map<std::string, std::uint64_t> differing_operations;

  for (std::uint64_t asked = 0, tenant = 0; asked < cases; ++tenant) {
    reference::Dice dice(seed + tenant);
    const model::Snapshot snapshot = reference::random_snapshot(dice);
    const evaluator::Engine engine(snapshot);
    for (std::uint64_t i = 0; i < kQuestionsPerTenant && asked < cases; ++i, ++asked) {
      const evaluator::Question question = reference::random_question(dice, snapshot);
      const Answers answers = answers_of(engine, question);
      if (answers.decided) {
        ++verdicts[static_cast<std::size_t>(*answers.decided)];
      } else {
        ++not_understood;
      }
      if (const auto resolved = engine.resolve(question); resolved && i % 4 == 0) {
        const evaluator::Decision decision = engine.explain(*resolved);
        ASSERT_EQ(evaluator::verdict_of(decision.root.value), decision.verdict) << reference::describe(question);
        ASSERT_TRUE(consistent(decision.root)) << "seed " << seed + tenant << ": a value does not follow\n"
                                               << reference::describe(question);
      }
      if (answers.agree()) continue;
      const std::string kind = (question.operation.empty() ? "action" : question.operation) + ": " + said(answers);
      ++differences;
      if (++differing_operations[kind] == 1 && differing_operations.size() <= most_reports) {
        ADD_FAILURE() << "seed " << seed + tenant << ", question " << i << "\n" << report(snapshot, question, answers);
      }
    }
  }

  std::string summary;
  for (const auto& [what, count] : differing_operations) summary += "  " + std::to_string(count) + " x " + what + "\n";
  EXPECT_EQ(differences, 0U) << "seed " << seed << ", " << cases << " questions\n" << summary;
  std::printf("seed %llu: %llu questions, %llu allow, %llu deny, %llu undetermined, %llu not understood\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(cases),
              static_cast<unsigned long long>(verdicts[static_cast<std::size_t>(Verdict::Allow)]),
              static_cast<unsigned long long>(verdicts[static_cast<std::size_t>(Verdict::Deny)]),
              static_cast<unsigned long long>(verdicts[static_cast<std::size_t>(Verdict::Undetermined)]),
              static_cast<unsigned long long>(not_understood));
  for (const std::uint64_t count : verdicts) {
    EXPECT_GT(count * 10, cases) << "the generator is one-sided: each verdict should be at least a tenth";
  }
  EXPECT_LT(not_understood * 20, cases);
}

}  // namespace
}  // namespace acrbiter
