// A condition for one action, when nothing but the repository name is left to decide it.
//
// Conditions are shared by many assignments and asked for few actions, so an engine decides their action clauses once.
// What remains of nearly all of them is a Boolean expression over string tests of the name. Anything else (other
// attributes, quantifiers, mixed AND and OR) is left to the interpreter in condition_eval.h, and so is every trace.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/condition.h"

namespace acrbiter::evaluator {

class NameCondition {
 public:
  /// Nothing if more than the name could decide `condition` for `action`. The result holds views into `condition`.
  [[nodiscard]] static std::optional<NameCondition> specialise(const model::Condition& condition,
                                                               std::string_view action);

  /// Does it hold for this repository? Equal to evaluate_truth() with the name as the only attribute.
  [[nodiscard]] bool holds(std::string_view repository) const { return holds(0, repository); }

  /// The same for many names, which are sorted and in lower case: bit i of `out` is the value for `sorted[i]`; further
  /// bits mean nothing. Cost: the logarithm of their number for each test without wildcards.
  void holds_for_each(std::span<const std::string_view> sorted, std::span<std::uint64_t> out) const {
    holds_for_each(0, sorted, out);
  }

  /// The value, if it is the same for every name.
  [[nodiscard]] std::optional<bool> constant() const {
    return steps_.front().kind == Kind::Constant ? std::optional(steps_.front().value) : std::nullopt;
  }

  /// A test of the name without wildcards.
  struct SingleTest {
    std::string_view text;
    bool whole = false;  ///< equals, else starts with
    bool ignore_case = false;
    bool negated = false;
  };
  /// The tests of which one has to hold, if that is all there is to it; otherwise none.
  [[nodiscard]] std::vector<SingleTest> alternatives() const;

  friend bool operator==(const NameCondition&, const NameCondition&) = default;

 private:
  enum class Kind : std::uint8_t { Constant, Test, Not, All, Any };
  struct Step {
    Kind kind = Kind::Constant;
    bool value = false;     ///< of a constant
    model::Operator op;     ///< of a test
    std::string_view text;  ///< what the name is tested against
    std::uint32_t end = 0;  ///< behind the last step of its operands; they follow it
    friend bool operator==(const Step&, const Step&) = default;
  };
  class Builder;

  [[nodiscard]] bool holds(std::uint32_t at, std::string_view repository) const;
  void holds_for_each(std::uint32_t at, std::span<const std::string_view> sorted, std::span<std::uint64_t> out) const;

  std::vector<Step> steps_;
};

}  // namespace acrbiter::evaluator
