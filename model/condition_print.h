// A condition's tree back to text, in the layout that the Azure portal writes.
#pragma once

#include <string>

#include "model/condition.h"

namespace acrbiter::model {

/// Canonical layout: one blank of indentation a level; every guard, comparison, AND and OR on its own line. Parsing
/// the result gives an equal tree, and printing that gives the same text.
[[nodiscard]] std::string print_condition(const Condition& condition);
/// The same for a part of a condition.
[[nodiscard]] std::string print_expression(const Expr& expr);

/// Same structure and values; spans, and the letter case of what Azure compares without case, are not looked at
/// (only keywords and operators: attribute names, patterns and values are compared as written).
[[nodiscard]] bool equal(const Expr& a, const Expr& b);

}  // namespace acrbiter::model
