// A second opinion on every answer: the rules of the facts as plain loops over everything, written without the engine.
//
// Nothing is indexed, interned or shortcut; names are compared in lower case; groups are found by repeating until
// nothing changes. Where the facts leave a point open, the comment beside the rule says which reading is taken.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evaluator/decision.h"
#include "evaluator/question.h"
#include "model/snapshot.h"

namespace acrbiter::reference {

struct ReferenceAnswer {
  std::optional<evaluator::Verdict> verdict;  ///< nullopt: the question cannot be understood
  std::vector<std::string> notes;             ///< what was found on the way, for whoever compares two answers
};

/// `assumptions`: name of a contested fact → reading, over the defaults and under the question's own `assume`.
[[nodiscard]] ReferenceAnswer reference_decide(const model::Snapshot& snapshot, const evaluator::Question& question,
                                               const std::map<std::string, std::string>& assumptions);

/// The ids of all operations, in the contract's order, and whether each takes a repository.
struct ReferenceOperation {
  std::string id;
  bool control = false;
  bool takes_repository = false;
};
[[nodiscard]] std::vector<ReferenceOperation> reference_operations();

}  // namespace acrbiter::reference
