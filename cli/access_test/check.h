// Access tests against states of access: what each case asks, what the answer is, and what shows that it is another
// than expected.
//
// A case passes only if every expectation is certainly met, fails if one is certainly not met, and is undetermined
// otherwise. Every finding carries a question that can-i answers the same way; that is checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/access_test/suite.h"
#include "cli/analysis.h"
#include "cli/report/text.h"
#include "evaluator/decision.h"
#include "model/result.h"

namespace acrbiter::cli::access_test {

enum class Outcome : std::uint8_t { Passed, Undetermined, Failed };  // in the order in which they prevail
[[nodiscard]] std::string_view word(Outcome outcome) noexcept;       ///< "passed", "undetermined", "failed"

/// A resource of infrastructure code that settles an answer.
struct Declared {
  std::string address;     ///< `azurerm_role_assignment.ci["push"]`
  std::string file;        ///< of the plan, state or template
  std::string pointer;     ///< JSON pointer in it
  std::uint64_t line = 0;  ///< 1-based; 0: not known
  bool removed = false;    ///< the plan deletes it
};

/// Why a case does not pass: one expectation, and a question that shows it.
struct Finding {
  Outcome outcome = Outcome::Failed;  ///< Failed or Undetermined
  Place place;                        ///< of the expectation
  std::string sentence;               ///< who can or cannot, against what is expected where, and why; escaped

  bool has_question = false;             ///< false: the members below say nothing
  bool of_base = false;                  ///< asked of the base, not of the state after the plan
  evaluator::Question question;          ///< as can-i takes it
  evaluator::Verdict verdict{};          ///< its answer
  std::string answer;                    ///< the answer in a sentence; escaped
  std::vector<std::string> reasons;      ///< codes of the answer's reasons
  std::string trace;                     ///< the tree of reasons, as RunOptions::trace wants it; may be empty
  std::string command;                   ///< the can-i command line
  std::vector<Declared> because;         ///< resources of the plan that settle it
  std::vector<evaluator::Cause> causes;  ///< of an undetermined answer
};

/// What a case asks about, so that others can tell what no case asks about.
struct Asked {
  std::vector<evaluator::Asker> who;  ///< empty: everybody
  std::size_t registry = 0;           ///< index into Snapshot::registries of the state that was asked
  std::vector<const evaluator::Operation*> operations;
  std::string name;                     ///< the one name; empty if `names` are meant, or the registry as a whole
  model::RepositorySet names;           ///< unless `name` says it
  std::optional<Expectation> expected;  ///< of questions about one asker, operation and target
  Place place;                          ///< of the expectation
};

struct CaseResult {
  std::string name;
  std::string_view kind;  ///< kind_of()
  Place place;
  Outcome outcome = Outcome::Passed;
  std::size_t checks = 0;          ///< expectations that were looked at
  std::vector<Finding> findings;   ///< the worst first, at most kMostFindings
  std::size_t more = 0;            ///< how many findings were left out
  std::vector<std::string> notes;  ///< sentences beside the outcome; escaped
  std::vector<Asked> asked;        ///< of the state after the plan; empty for cases about changes
};
inline constexpr std::size_t kMostFindings = 20;

struct FileResult {
  std::string file, title;
  std::vector<CaseResult> cases;
  /// As in answers of can-i: "no-deny-assignments-in-data".
  std::vector<std::string> flags;
  std::vector<std::string> defects;  ///< where sets and interpreter disagree: acrbiter is at fault

  [[nodiscard]] Outcome outcome() const;
  [[nodiscard]] std::size_t count(Outcome outcome) const;
};

/// The results of several files, in their order.
struct TestRun {
  std::vector<FileResult> files;

  [[nodiscard]] Outcome outcome() const;
  [[nodiscard]] std::size_t count(Outcome outcome) const;
  [[nodiscard]] std::size_t cases() const;
};

struct RunOptions {
  enum class Trace : std::uint8_t {
    None,
    Settling,  ///< the branches of the tree that settle the answer
    Whole,     ///< all that `explain` prints
    Json,      ///< the answer line of can-i with its trace
  };
  Trace trace = Trace::None;
  report::Look look;                        ///< of Settling and Whole
  std::size_t jobs = 1;                     ///< threads; the result is the same whatever the number
  std::function<bool(const Case&)> wanted;  ///< leaves cases out; empty: all
  std::optional<std::string> base_options;  ///< for can_i_command(); none: can-i cannot be asked about that state
  std::string after_options;
};

/// Runs the cases of `suite`. They ask `after` where there is one, else `base`; cases about changes compare the two.
/// Both have the suite's aliases and circumstances. Fails with every name that the data does not know and every
/// expectation that contradicts another.
[[nodiscard]] model::Result<FileResult> run_suite(const Suite& suite, const Analysis& base, const Analysis* after,
                                                  const RunOptions& options);

}  // namespace acrbiter::cli::access_test
