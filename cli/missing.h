// What an answer about any registry of the data may turn out to need and the data does not have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/snapshot.h"

namespace acrbiter::cli {

struct MissingDatum {
  std::string what;     ///< a word: "role-assignments", "registry-mode", "group-members", …
  std::string subject;  ///< which one; may be empty
  std::string matters;  ///< what an answer does without it
  std::string command;  ///< what exports it
};

/// What lists the role assignments of a subscription; where code leaves it open, what settles that comes first.
[[nodiscard]] std::string assignments_command(std::string_view subscription);

/// In a fixed order; only what is missing.
[[nodiscard]] std::vector<MissingDatum> missing_data(const model::Snapshot& snapshot);

}  // namespace acrbiter::cli
