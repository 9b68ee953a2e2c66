// A condition with the value of each part, and a mark under the part that decided.
#pragma once

#include <cstddef>
#include <string>

#include "cli/report/text.h"
#include "evaluator/decision.h"
#include "model/snapshot.h"

namespace acrbiter::cli::report {

/// Lines, each indented by `indent` blanks: the text on as few lines as the width allows, `^` below the deciding part,
/// then the comparisons and action tests with their values and what was compared.
[[nodiscard]] std::string condition_view(const std::string& text, const evaluator::ConditionValue& value,
                                         const std::vector<evaluator::ConditionStep>& steps, std::size_t indent,
                                         const Look& look);

/// `text` with each run of blanks and line ends as one blank; `begin` and `end` are moved along.
[[nodiscard]] std::string one_line(std::string_view text, model::SourceSpan& span);

}  // namespace acrbiter::cli::report
