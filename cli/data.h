// The data of a command line: --data, --demo and acrbiter.yaml together.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "evaluator/assumptions.h"
#include "model/snapshot.h"
#include "parser/read.h"

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

/// One member of a Deployment by its name on the command line ("resourceGroup"); false if there is none.
[[nodiscard]] bool set_deployment(parser::Deployment& deployment, std::string_view key, std::string_view value);
inline constexpr std::array<std::string_view, 5> kDeploymentKeys = {"subscription", "resourceGroup", "tenant",
                                                                    "managementGroup", "location"};

/// Reads everything that the command line names. Problems go to `streams.err`; nothing is returned if there was one.
[[nodiscard]] std::optional<Data> load_data(const Invocation& invocation, Warnings warnings = Warnings::Said);

}  // namespace acrbiter::cli
