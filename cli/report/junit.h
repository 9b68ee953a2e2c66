// JUnit's XML, in the form that the schemas of Ant and of Jenkins both take. It has no clock and no host: the same
// results give the same bytes.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace acrbiter::cli::report {

struct JunitFailure {
  std::string type;     ///< "failed", "undetermined", …
  std::string message;  ///< one line
  std::string text;     ///< everything else
};

struct JunitCase {
  std::string name;
  std::optional<JunitFailure> failure;  ///< none: it passed
};

struct JunitSuite {
  std::string name;
  std::string class_name;  ///< of its cases
  std::vector<JunitCase> cases;
  std::string output;  ///< what there is to say beside failures
};

/// Texts need not be escaped.
[[nodiscard]] std::string junit(const std::vector<JunitSuite>& suites);

}  // namespace acrbiter::cli::report
