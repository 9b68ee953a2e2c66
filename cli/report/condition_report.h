// A condition's syntax tree, errors and values, for people and machines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/json_writer.h"
#include "cli/report/text.h"
#include "evaluator/condition_eval.h"
#include "model/condition.h"
#include "model/condition_warnings.h"
#include "model/result.h"

namespace acrbiter::cli::report {

/// The tree, one node a line, parts indented below.
[[nodiscard]] std::string condition_tree(const model::Condition& condition, const Look& look);

/// The tree as JSON: {"node":"and"|"or"|"not"|"mixed"|"action"|"suboperation"|"exists"|"comparison", "begin", "end",
/// …}.
void write_expression(JsonWriter& json, const model::Expr& expr);

/// {"message","line","column","begin","end","excerpt","caret","hint"}; `caret` marks the place below the excerpt.
void write_problem(JsonWriter& json, const model::Diagnostic& problem);

/// [{"code","message","line","column","hint"}].
void write_warnings(JsonWriter& json, const std::vector<model::ConditionWarning>& warnings);

/// [{"cause","attribute","begin","end","text"}]. `text` is the condition's.
void write_causes(JsonWriter& json, const std::vector<evaluator::ConditionCause>& causes, std::string_view text);

/// "the request does not supply @Request[…]" and so on.
[[nodiscard]] std::string in_words(const evaluator::ConditionCause& cause);

}  // namespace acrbiter::cli::report
