// Every hint that says what would change an answer, checked by changing the data or the question that way and asking a
// new engine: over random tenants and over the demo.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/engine.h"
#include "evaluator/sets/diff.h"
#include "model/condition_print.h"
#include "parser/condition_parser.h"
#include "parser/read.h"
#include "tests/reference/generate.h"
#include "tests/support/sanitized.h"

namespace acrbiter {
namespace {

using evaluator::Hint;
using evaluator::Verdict;
using evaluator::with_mode;
using model::PermissionMode;

std::optional<Verdict> answer(const model::Snapshot& snapshot, const evaluator::Question& question) {
  const evaluator::Engine engine(snapshot);
  const auto resolved = engine.resolve(question);
  if (!resolved) return std::nullopt;
  return engine.decide(*resolved);
}

/// One answer that is not "allow", with its hints.
class Confirmed {
 public:
  Confirmed(const model::Snapshot& snapshot, const evaluator::Question& question,
            const evaluator::ResolvedQuestion& resolved)
      : snapshot_(snapshot), question_(question), resolved_(resolved) {}

  /// True if what `hint` says comes true.
  bool check(const Hint& hint) const {
    switch (hint.kind) {
      case Hint::Kind::NearestName: {
        evaluator::Question other = question_;
        other.repository = hint.subject;
        return answer(snapshot_, other) == Verdict::Allow;
      }
      case Hint::Kind::ConditionValue:
      case Hint::Kind::ConditionAlternative:
        return with_condition(hint) == Verdict::Allow;
      case Hint::Kind::Reading: {
        evaluator::Question other = question_;
        const std::size_t equals = hint.subject.find('=');
        other.assume.emplace_back(hint.subject.substr(0, equals), hint.subject.substr(equals + 1));
        return said(answer(snapshot_, other)) == hint.detail;
      }
      case Hint::Kind::Membership: {
        model::Snapshot copy = snapshot_;
        const model::PrincipalIndex asker = asker_in(copy);
        for (std::size_t p = 0; p < copy.principals.size(); ++p) {
          if (copy.principals[p].id != hint.detail) continue;
          copy.memberships.push_back({asker, model::PrincipalIndex{static_cast<std::uint32_t>(p)}});
        }
        return answer(copy, question_) == Verdict::Allow;
      }
      case Hint::Kind::NoFurtherMembership: {
        model::Snapshot copy = snapshot_;
        copy.principals[at(asker_in(copy))].groups_complete = true;
        return said(answer(copy, question_)) == hint.subject;
      }
      case Hint::Kind::WouldGrant: {
        if (!placed()) return true;
        const PermissionMode mode = hint.detail == "abac" ? PermissionMode::Abac : PermissionMode::Legacy;
        return answer(with_role(hint.subject, mode, {}), question_) == Verdict::Allow;
      }
      case Hint::Kind::RoleCondition:
        if (!placed()) return true;
        return answer(with_role(hint.subject, PermissionMode::Abac, hint.detail), question_) == Verdict::Allow &&
               reaches_no_other(hint);
      case Hint::Kind::Mode:
        return said(in_mode(hint.subject == "abac" ? PermissionMode::Abac : PermissionMode::Legacy)) == hint.detail;
      case Hint::Kind::AlsoAnonymous: {
        evaluator::Question other = question_;
        other.principal = "anonymous";
        other.credential.reset();
        return answer(snapshot_, other) == Verdict::Allow;
      }
      case Hint::Kind::EligibleRole:
      case Hint::Kind::IndirectAccess:
        return true;
    }
    return false;
  }

  [[nodiscard]] std::optional<Verdict> in_mode(PermissionMode mode) const {
    return answer(with_mode(snapshot_, std::array{resolved_.registry}, mode), question_);
  }
  /// Where the registry is in the other mode, and that alone would allow it.
  [[nodiscard]] bool mode_helps() const {
    const auto& mode = snapshot_.registries[resolved_.registry].mode;
    if (!mode) return false;
    return in_mode(*mode == PermissionMode::Abac ? PermissionMode::Legacy : PermissionMode::Abac) == Verdict::Allow;
  }

 private:
  /// False for a registry known by name only: an export cannot say that an assignment is on it.
  [[nodiscard]] bool placed() const { return !snapshot_.registries[resolved_.registry].id.empty(); }

  static std::string said(const std::optional<Verdict>& verdict) {
    return verdict ? std::string(to_string(*verdict)) : "not understood";
  }

  model::PrincipalIndex asker_in(model::Snapshot& copy) const {
    const auto& asker = std::get<evaluator::EntraAsker>(resolved_.asker);
    if (asker.known) return asker.principal;
    model::Principal stranger;
    stranger.id = std::string(asker.id.text());
    stranger.described = true;
    copy.principals.push_back(stranger);
    copy.members_known.push_back(model::MembersKnown::NotGiven);
    return model::PrincipalIndex{static_cast<std::uint32_t>(copy.principals.size() - 1)};
  }

  static model::ConditionIndex add_condition(model::Snapshot& copy, const std::string& text,
                                             const std::string& version) {
    auto parsed = parser::parse_condition(text);
    EXPECT_TRUE(parsed.has_value()) << text;
    if (!parsed) return model::kNoCondition;
    model::ConditionEntry entry;
    entry.text = text;
    entry.version = version;
    entry.parsed = *std::move(parsed);
    copy.conditions.push_back(std::move(entry));
    return model::ConditionIndex{static_cast<std::uint32_t>(copy.conditions.size() - 1)};
  }

  [[nodiscard]] std::optional<Verdict> with_condition(const Hint& hint) const {
    model::Snapshot copy = snapshot_;
    model::RoleAssignment& assignment = copy.role_assignments[*hint.assignment];
    const model::ConditionEntry given = copy[assignment.condition];
    std::string text = "(" + given.text + ") OR " + hint.detail;
    if (hint.kind == Hint::Kind::ConditionValue) {
      text = model::print_condition(*given.parsed);
      const std::size_t place = text.find(hint.subject);
      EXPECT_NE(place, std::string::npos) << text;
      if (place == std::string::npos) return std::nullopt;
      text.replace(place, hint.subject.size(), hint.detail);
    } else {
      EXPECT_EQ(assignment_id(copy, assignment), hint.subject);
    }
    assignment.condition = add_condition(copy, text, given.version);
    return answer(copy, question_);
  }

  [[nodiscard]] model::Snapshot with_role(const std::string& role, PermissionMode mode,
                                          const std::string& condition) const {
    model::Snapshot copy = with_mode(snapshot_, std::array{resolved_.registry}, mode);
    model::RoleAssignment assignment;
    assignment.name = "99999999-9999-9999-9999-999999999999";
    assignment.principal = asker_in(copy);
    assignment.scope = copy.registries[resolved_.registry].scope;
    if (!condition.empty()) assignment.condition = add_condition(copy, condition, "2.0");
    for (std::size_t r = 0; r < copy.roles.size(); ++r) {
      if (copy.roles[r].name == role) assignment.role = model::RoleIndex{static_cast<std::uint32_t>(r)};
    }
    // An active PIM instance of the same would be taken for this assignment's.
    std::erase_if(copy.schedule_instances, [&](const model::ScheduleInstance& instance) {
      return !instance.eligible && instance.principal == assignment.principal && instance.role == assignment.role &&
             instance.scope == assignment.scope;
    });
    copy.role_assignments.push_back(assignment);
    return copy;
  }

  /// The role with its condition opens no other repository. (One row more may show that the list covers the registry.)
  [[nodiscard]] bool reaches_no_other(const Hint& hint) const {
    for (const std::string_view name : {"app", "app/web", "backend/api", "something/else"}) {
      if (name == question_.repository) continue;
      evaluator::Question other = question_;
      other.repository = name;
      const auto before = answer(with_mode(snapshot_, std::array{resolved_.registry}, PermissionMode::Abac), other);
      if (answer(with_role(hint.subject, PermissionMode::Abac, hint.detail), other) > before) return false;
    }
    return true;
  }

  const model::Snapshot& snapshot_;
  const evaluator::Question& question_;
  const evaluator::ResolvedQuestion& resolved_;
};

/// Asks, and checks each hint. Counts them by kind.
void expect_hints_come_true(const evaluator::Engine& engine, const evaluator::Question& question,
                            std::map<std::string_view, int>& given) {
  const auto resolved = engine.resolve(question);
  if (!resolved) return;
  const evaluator::Decision decision = engine.explain(*resolved);
  const std::vector<Hint> hints = engine.hints(*resolved, decision);
  if (decision.verdict == Verdict::Allow) {
    EXPECT_TRUE(hints.empty()) << reference::describe(question);
    return;
  }
  const Confirmed confirmed(engine.snapshot(), question, *resolved);
  bool mode_given = false;
  static int shown = 0;
  for (const Hint& hint : hints) {
    ++given[to_string(hint.kind)];
    mode_given = mode_given || hint.kind == Hint::Kind::Mode;
    EXPECT_TRUE(confirmed.check(hint)) << to_string(hint.kind) << " `" << hint.subject << "` `" << hint.detail << "`\n"
                                       << reference::describe(question) << "\n"
                                       << (shown++ == 0 ? reference::describe(engine.snapshot()) : "");
  }
  if (resolved->operation != nullptr && confirmed.mode_helps()) {
    EXPECT_TRUE(mode_given) << "the other mode would allow it\n" << reference::describe(question);
  }
}

TEST(Hints, OfRandomTenantsComeTrueWhenTheDataIsChangedThatWay) {
  constexpr std::array<std::string_view, 10> kKinds = {
      "condition-alternative", "eligible-role",  "reading", "membership",     "no-further-membership",
      "would-grant",           "role-condition", "mode",    "also-anonymous", "indirect-access"};
  std::map<std::string_view, int> given;
  constexpr std::uint64_t kTenants = support::kSanitized ? 25 : 150, kMost = 2'000;
  constexpr int kOfEach = support::kSanitized ? 1 : 4;
  const auto lacking = [&] {
    return std::any_of(kKinds.begin(), kKinds.end(), [&](std::string_view kind) { return given[kind] < kOfEach; });
  };
  // Some kinds are rare: as many tenants as show each of them.
  for (std::uint64_t tenant = 0; tenant < kTenants || (tenant < kMost && lacking()); ++tenant) {
    reference::Dice dice(7'000'000 + tenant);
    model::Snapshot snapshot = reference::random_snapshot(dice);
    // A row that the check adds may end as any row may; a hint is of one that is new.
    std::erase(snapshot.incomplete_lists, "pim-active-instances");
    const evaluator::Engine engine(snapshot);
    for (int i = 0; i < 40; ++i) {
      expect_hints_come_true(engine, reference::random_question(dice, snapshot), given);
    }
  }
  for (const std::string_view kind : kKinds) EXPECT_GE(given[kind], kOfEach) << kind;
}

/// A tenant with one role assignment that counts: its condition is what decides.
model::Snapshot under_condition(reference::Dice& dice) {
  model::Snapshot snapshot = reference::random_snapshot(dice);
  snapshot.deny_assignments.clear();
  snapshot.schedule_instances.clear();
  snapshot.artifact_attributes.clear();
  snapshot.registries[0].mode = PermissionMode::Abac;
  model::RoleAssignment assignment;
  assignment.name = "99999999-9999-9999-9999-999999999998";
  assignment.scope = snapshot.registries[0].scope;
  const std::string role = std::string("Container Registry Repository ") + (dice.chance(50) ? "Reader" : "Writer");
  for (std::size_t r = 0; r < snapshot.roles.size(); ++r) {
    if (snapshot.roles[r].name == role) assignment.role = model::RoleIndex{static_cast<std::uint32_t>(r)};
  }
  model::ConditionEntry entry;
  entry.text = reference::random_condition(dice);
  auto parsed = parser::parse_condition(entry.text);
  if (parsed) {
    entry.parsed = *std::move(parsed);
  } else {
    entry.errors = parsed.error();
  }
  snapshot.conditions.push_back(std::move(entry));
  assignment.condition = model::ConditionIndex{static_cast<std::uint32_t>(snapshot.conditions.size() - 1)};
  snapshot.role_assignments = {assignment};
  return snapshot;
}

TEST(Hints, OnRandomConditionsComeTrueWhenTheConditionIsChangedThatWay) {
  std::map<std::string_view, int> given;
  constexpr std::uint64_t kTenants = support::kSanitized ? 250 : 500;
  for (std::uint64_t tenant = 0; tenant < kTenants; ++tenant) {
    reference::Dice dice(8'000'000 + tenant);
    const model::Snapshot snapshot = under_condition(dice);
    const evaluator::Engine engine(snapshot);
    for (const std::string_view repository : {"app", "app/web", "backend/api", "team/x"}) {
      evaluator::Question question;
      question.principal = snapshot[snapshot.role_assignments[0].principal].id;
      question.registry = snapshot.registries[0].name;
      question.operation = dice.chance(50) ? "pull" : "push";
      question.repository = repository;
      expect_hints_come_true(engine, question, given);
    }
  }
  EXPECT_GT(given["condition-value"], support::kSanitized ? 0 : 3);
  EXPECT_GT(given["condition-alternative"], support::kSanitized ? 5 : 30);
  EXPECT_GT(given["nearest-name"], support::kSanitized ? 5 : 30);
}

TEST(Hints, OfTheDemoComeTrueWhenTheDataIsChangedThatWay) {
  const std::vector<std::string> folder = {std::string(ACRBITER_SOURCE_DIR) + "/fixtures/demo"};
  const auto snapshot = parser::read_exports(folder);
  ASSERT_TRUE(snapshot.has_value()) << snapshot.error().front().message;
  const evaluator::Engine engine(*snapshot);
  std::map<std::string_view, int> given;
  for (const model::Registry& registry : snapshot->registries) {
    for (const std::string_view operation : {"pull", "push", "delete"}) {
      for (std::size_t i = 0; i < snapshot->principals.size(); i += support::kSanitized ? 40 : 8) {
        evaluator::Question question;
        question.principal = snapshot->principals[i].id;
        question.registry = registry.name;
        question.operation = operation;
        question.repository = "payments/api";
        expect_hints_come_true(engine, question, given);
      }
    }
  }
  EXPECT_GT(given["membership"], 3);
  EXPECT_GT(given["role-condition"], 3);
}

}  // namespace
}  // namespace acrbiter
