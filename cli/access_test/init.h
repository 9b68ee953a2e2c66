// A first test file: today's access as the expectation.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/analysis.h"

namespace acrbiter::cli::access_test {

struct InitSubject {
  const Analysis& analysis;
  std::vector<std::size_t> registries;  ///< indices into Snapshot::registries
  std::string head;                     ///< lines of YAML that name the data and the circumstances
};

struct FirstSuite {
  std::string yaml;
  std::size_t tests = 0;  ///< none: nothing is certain, and the file would test nothing
};

/// Exact sets for everybody who has access, those with equal access together, and that nobody else has any. What is
/// open stands in comments that say why. Every test of the file passes against the same data.
[[nodiscard]] FirstSuite first_suite(const InitSubject& subject);

/// `text` as a YAML scalar on one line, in quotes where it needs them.
[[nodiscard]] std::string yaml_text(std::string_view text);

}  // namespace acrbiter::cli::access_test
