// How a migration plan and its proof are told.
#pragma once

#include <optional>
#include <string>

#include "cli/report/text.h"
#include "evaluator/migration/plan.h"
#include "evaluator/migration/verify.h"

namespace acrbiter::cli::report {

/// The plan with one sentence first. `proof` is what verified it; null if that was left out.
[[nodiscard]] std::string plan_text(const evaluator::migration::Plan& plan,
                                    const evaluator::migration::Verification* proof, const Look& look);

/// "kept", "lost" and so on of a plan in one sentence: the first of plan_text() and of the report for auditors.
[[nodiscard]] std::string plan_sentence(const evaluator::migration::Plan& plan,
                                        const evaluator::migration::Verification* proof);

/// What verification found: one sentence, and how to ask the same of `can-i`.
[[nodiscard]] std::string verification_text(const evaluator::migration::Plan& plan,
                                            const evaluator::migration::Verification& proof, const Look& look);
[[nodiscard]] std::string verification_json(const evaluator::migration::Plan& plan,
                                            const evaluator::migration::Verification& proof);

/// `aks-prod (aks aks-prod)`: a name as people know it, escaped, with the workloads that use it.
[[nodiscard]] std::string name_of(const evaluator::migration::Who& who);
/// As --as and questions know somebody; not escaped.
[[nodiscard]] std::string spelling_of(const evaluator::migration::Who& who);
/// Several: the first few and how many more.
[[nodiscard]] std::string names_of(const evaluator::migration::People& who, std::size_t most);

}  // namespace acrbiter::cli::report
