// A comparison of two states of access, for people, machines and pull requests.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

#include "cli/analysis.h"
#include "cli/report/text.h"
#include "evaluator/sets/diff.h"

namespace acrbiter::cli::report {

/// One change of a registry's mode that is tried out.
struct ModeSwitch {
  std::size_t registry = 0;  ///< index into the snapshot of `before`
  model::PermissionMode to{};
};

/// Everything that a report of a comparison says. The references outlive it.
struct DiffSubject {
  const Analysis& before;
  const Analysis& after;
  const evaluator::AccessDiff& diff;
  std::vector<ModeSwitch> switches;                    ///< empty: two exports are compared
  std::vector<std::string> before_paths, after_paths;  ///< as typed; empty for the bundled sample tenant
  std::size_t jobs = 1;                                ///< threads that may look for patterns
};

[[nodiscard]] std::string diff_text(const DiffSubject& subject, const Look& look);
/// Written piece by piece: everybody's changes at many registries are long.
void diff_json(const DiffSubject& subject, std::ostream& out);
[[nodiscard]] std::string diff_markdown(const DiffSubject& subject);

}  // namespace acrbiter::cli::report
