// What the sets found, as a question that can-i answers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/analysis.h"
#include "evaluator/question.h"

namespace acrbiter::cli {

/// In the circumstances of the analysis, with names by which can-i finds the same asker and registry. `repository` is
/// empty for an operation on the registry as a whole.
[[nodiscard]] evaluator::Question question_of(const Analysis& analysis, const evaluator::Asker& asker,
                                              std::size_t registry, const evaluator::Operation& operation,
                                              std::string repository);

/// The command line that asks it, ready for a shell. `options` begins with a blank or is empty.
[[nodiscard]] std::string can_i_command(const evaluator::Question& question, std::string_view options);

}  // namespace acrbiter::cli
