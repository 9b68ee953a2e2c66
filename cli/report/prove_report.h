// Proved and refuted properties, for people, machines and test runners.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/analysis.h"
#include "cli/property_reader.h"
#include "cli/report/text.h"
#include "evaluator/sets/prove.h"

namespace acrbiter::cli::report {

/// A question of a proof, with what can-i answers.
struct CheckedWitness {
  evaluator::Witness witness;
  evaluator::Question question;  ///< as can-i takes it
  std::string sentence;          ///< the whole answer
  std::string command;           ///< the can-i command line, ready for a shell
};

struct ProvedProperty {
  WrittenProperty written;
  std::string file;  ///< empty: the command line
  evaluator::Proof proof;
  std::vector<CheckedWitness> witnesses;
};

[[nodiscard]] std::string_view word(evaluator::Proof::Outcome outcome) noexcept;  ///< "holds", "fails", "undetermined"

[[nodiscard]] std::string proof_text(const std::vector<ProvedProperty>& properties, const Analysis& analysis,
                                     const Look& look);
[[nodiscard]] std::string proof_json(const std::vector<ProvedProperty>& properties, const Analysis& analysis);
/// One test case per property; an undetermined one is a failure of the type "undetermined".
[[nodiscard]] std::string proof_junit(const std::vector<ProvedProperty>& properties, const Analysis& analysis);

}  // namespace acrbiter::cli::report
