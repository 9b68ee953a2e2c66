// Is a migration plan true of a snapshot? Derived again from nothing but the plan's text and the data, by two ways that
// the planner does not go: the interpreter over every class of names, and the set engine.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "evaluator/migration/plan.h"

namespace acrbiter::evaluator::migration {

/// The first place where a plan and the data differ, as a question.
struct Mismatch {
  enum class Kind : std::uint8_t {
    Registry,      ///< a registry of the plan is not in the data, or not in the legacy mode
    Incomplete,    ///< an assignment could not be made, or holds more than a plan may give
    BeforeSwitch,  ///< creating the assignments changes something although nothing is switched yet
    Change,        ///< access after the plan is not what it says
    Removal,       ///< removing the old assignments changes something
  };
  Kind kind{};
  std::string text{};  ///< one sentence
  Who who{};           ///< empty for the first two kinds
  /// No operation: it is about rights that are not asked for, see `text`.
  std::string registry{}, operation{}, repository{};
  Verdict before = Verdict::Deny, after = Verdict::Deny;
  std::string claimed{};   ///< what the plan says of it: "gained", "lost", …, "no change"
  std::string found_by{};  ///< "sets" or "interpreter"
};

struct VerifyOptions {
  std::size_t most_compared = kMostCompared;  ///< see judged_operations()
  /// Above this many askers times registries times operations the interpreter is asked only for those who have, or are
  /// said to get or lose, some access there; the set engine is asked for all in any case.
  std::size_t most_places = 2'000'000;
  /// The answer is the same whatever this does with the parts of the work.
  ForEach for_each = one_after_the_other;
  /// Called now and then with what has been done of how much, by one thread at a time.
  std::function<void(std::size_t done, std::size_t all)> progress;
};

struct Verification {
  std::optional<Mismatch> first;   ///< nothing: the plan holds
  std::size_t by_sets = 0;         ///< askers times registries times operations that the set engine compared
  std::size_t by_interpreter = 0;  ///< … that the interpreter compared, on every class of names
  bool everybody = true;           ///< the interpreter was asked for everybody
  [[nodiscard]] bool holds() const { return !first; }
};

/// `before` is the state of the data, which the plan was made for or has to hold for.
[[nodiscard]] Verification verify(const Plan& plan, const AccessSets& before, const VerifyOptions& options = {});

}  // namespace acrbiter::evaluator::migration
