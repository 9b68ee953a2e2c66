// The whole decision for people, below its sentence: gates, doors, every assignment considered, and what would change
// it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/report/names.h"
#include "cli/report/text.h"
#include "evaluator/decision.h"

namespace acrbiter::cli::report {

/// The tree and the sections after it: what would change the answer, what is open, what was assumed, the sources.
[[nodiscard]] std::string explanation(const evaluator::Decision& decision, const std::vector<evaluator::Hint>& hints,
                                      const Subject& subject, const Look& look);

/// Of the tree what settles the verdict, and what stands above it.
[[nodiscard]] std::string settling_tree(const evaluator::Decision& decision, const Subject& subject, const Look& look);

enum class HintDetail : std::uint8_t {
  Brief,  ///< without the condition that goes with a role
  Whole
};
/// One of them, with the text that goes with it.
[[nodiscard]] std::string hint_text(const evaluator::Hint& hint, const Subject& subject);
/// The hints as a list with a heading; empty if there are none.
[[nodiscard]] std::string hint_list(const std::vector<evaluator::Hint>& hints, const Subject& subject,
                                    HintDetail detail, const Look& look);

/// What is open and the command or switch that settles it; for answers without a tree. Empty if nothing is open.
[[nodiscard]] std::string open_points(const evaluator::Decision& decision, const Look& look);

/// The same for open points of several answers.
[[nodiscard]] std::string open_points(const std::vector<evaluator::Cause>& causes, const Look& look);

}  // namespace acrbiter::cli::report
