// Answers for machines (contract.md, section 2).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/json_writer.h"
#include "cli/question_reader.h"
#include "cli/report/names.h"
#include "evaluator/decision.h"

namespace acrbiter::cli::report {

/// One answer line, without its line end. `id` is JSON text.
[[nodiscard]] std::string answer_line(std::string_view id, const evaluator::Decision& decision, const Subject& subject);

/// The same with the members `hints` and `trace`. The trace is the decision's tree: every node has `reason`, `combine`
/// ("leaf", "all", "any", "not", "agree"), `value` ("true", "false", "unknown") and `children`, so that a reader can
/// recompute every inner value and with it the verdict.
[[nodiscard]] std::string answer_line_with_trace(std::string_view id, const evaluator::Decision& decision,
                                                 const Subject& subject, const std::vector<evaluator::Hint>& hints);

/// Nodes as in the member `reasons` of an answer, each with the member `words`, but of conditions only text and value:
/// a JSON list on one line.
[[nodiscard]] std::string reasons_json(const std::vector<const evaluator::Node*>& nodes,
                                       const evaluator::Decision& decision, const Subject& subject);

/// As the member `unknowns` of an answer.
void write_causes(JsonWriter& json, std::span<const evaluator::Cause> causes);

/// Members of an open object: a question as a batch of can-i takes it.
void write_question(JsonWriter& json, const evaluator::Question& question);

/// `{"id":…,"error":{"code","message","suggestions"}}`, for malformed lines with `line` and `column`.
[[nodiscard]] std::string error_line(std::string_view id, const AnswerError& error);

}  // namespace acrbiter::cli::report
