// The answer in one plain sentence: who, what, where, because.
#pragma once

#include <string>
#include <vector>

#include "cli/report/findings.h"
#include "cli/report/names.h"
#include "evaluator/decision.h"

namespace acrbiter::cli::report {

/// "Yes. alice@contoso.com can pull payments/api from contoso: AcrPull on the registry, through group platform-team."
[[nodiscard]] std::string sentence(const evaluator::Decision& decision, const Subject& subject);

/// "Yes", "No" or "Undetermined".
[[nodiscard]] std::string_view answer_word(evaluator::Verdict verdict) noexcept;

/// settling() with what says the same twice left out: one node per reason and thing it speaks of.
[[nodiscard]] std::vector<const evaluator::Node*> distinct_settling(const evaluator::Decision& decision);

/// distinct_settling() without checks that were merely passed, unless there is nothing else.
[[nodiscard]] std::vector<const evaluator::Node*> telling(const evaluator::Decision& decision);

}  // namespace acrbiter::cli::report
