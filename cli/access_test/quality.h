// How good access tests are: what they leave untouched, and which of the classic mistakes they would not notice.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/access_test/check.h"
#include "cli/analysis.h"
#include "evaluator/adequacy/coverage.h"

namespace acrbiter::cli::access_test {

/// A test file with what became of it. All files of a group ask the same state: equal snapshots, equal numbers.
struct RanSuite {
  const Suite* suite = nullptr;
  const Analysis* base = nullptr;
  const Analysis* after = nullptr;  ///< null: there is no plan, and `base` is asked
  const FileResult* result = nullptr;

  [[nodiscard]] const Analysis& asked() const { return after != nullptr ? *after : *base; }
};

/// One thing that no test touches.
struct Untouched {
  std::string_view kind;  ///< evaluator::adequacy::to_string()
  std::string registry;
  std::string what;  ///< "Reader of platform-team on the registry"; escaped
  std::string test;  ///< a line for a test file that touches it, with today's answer; empty if none was found
};

struct CoverageReport {
  unsigned percent = 100;  ///< of everything at registries that a test asks about
  struct Kind {
    std::string_view name;
    std::size_t all = 0, touched = 0;
  };
  std::array<Kind, evaluator::adequacy::kKinds> kinds{};
  std::vector<Untouched> untouched;
  std::vector<std::string> not_asked;  ///< registries that no test asks about, by name
};

/// A mistake that no test notices although it changes access.
struct Survivor {
  std::string_view mistake;  ///< evaluator::adequacy::to_string()
  std::string what;          ///< what was changed where, in a sentence without full stop; escaped
  std::string changes;       ///< "ci could push backend-infra/k8s to contoso"; escaped
  std::string test;          ///< a line for a test file that fails with the mistake and passes today
};

struct MutationReport {
  std::size_t made = 0;
  std::size_t same = 0;    ///< mean the same: nobody's access to any name changes
  std::size_t killed = 0;  ///< a test that passed does not
  std::vector<Survivor> survivors;
};

/// Of a group of test files.
struct Quality {
  std::vector<std::string> files;
  std::optional<CoverageReport> coverage;
  std::optional<MutationReport> mutation;
};

/// `suites` is not empty.
[[nodiscard]] CoverageReport coverage_of(const std::vector<RanSuite>& suites);

/// Makes every mistake that reaches a registry that a test asks about, in a copy of the state that is asked, and runs
/// the tests on it. The tests have to pass before. `progress` hears how many mistakes are done, of how many.
[[nodiscard]] MutationReport mutate(const std::vector<RanSuite>& suites, std::size_t jobs,
                                    const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace acrbiter::cli::access_test
