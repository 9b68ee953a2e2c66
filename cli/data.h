// The data of a command line: --data, --demo and acrbiter.yaml together.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "cli/command.h"
#include "evaluator/assumptions.h"
#include "model/snapshot.h"

namespace acrbiter::cli {

struct Data {
  model::Snapshot snapshot;
  evaluator::Readings readings;                ///< with what acrbiter.yaml and --assume pin
  std::map<std::string, std::string> aliases;  ///< short names of acrbiter.yaml

  /// What `name` stands for: an alias's target, or the name itself.
  [[nodiscard]] std::string without_alias(const std::string& name) const;
};

enum class Warnings : std::uint8_t {
  Said,          ///< the first few go to `streams.err`
  LeftToReport,  ///< the command shows them itself
};

/// Reads everything that the command line names. Problems go to `streams.err`; nothing is returned if there was one.
[[nodiscard]] std::optional<Data> load_data(const Invocation& invocation, Warnings warnings = Warnings::Said);

}  // namespace acrbiter::cli
