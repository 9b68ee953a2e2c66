// The condition language for the reference evaluator: plain recursion over the tree, no sharing with the engine.
//
// Source: condition-language, sections 4 to 9
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/condition.h"
#include "model/truth.h"

namespace acrbiter::reference {

/// ASCII letters to lower case.
[[nodiscard]] std::string lower(std::string_view text);

/// True if `pattern` covers the whole of `text`; `*` is any run of characters. Dynamic programming, letter case counts.
[[nodiscard]] bool star_match(std::string_view pattern, std::string_view text);

/// What a request has for one attribute.
struct AttributeValues {
  enum class State { Supplied, NeverCarried, NotKnown };
  State state = State::NeverCarried;
  std::vector<model::Literal> values;
};

/// Everything that the value of a condition depends on.
struct ConditionInput {
  std::string action;
  std::function<AttributeValues(const model::Attribute&)> find;
  bool missing_is_false = false;   ///< a comparison with an attribute that is never carried is false
  std::string ambiguous_grouping;  ///< "and-first", "left-to-right", else both readings must agree
};

[[nodiscard]] model::Truth condition_truth(const model::Expr& expr, const ConditionInput& input);

}  // namespace acrbiter::reference
