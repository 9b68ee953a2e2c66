// Command lines against a command's table of options.
#pragma once

#include <span>
#include <string>

#include "cli/command.h"
#include "model/result.h"

namespace acrbiter::cli {

/// Takes `args` (what follows the command's name) apart. `--help` is an option of every command.
[[nodiscard]] model::Expected<Arguments, UsageError> parse_arguments(const Command& command,
                                                                     std::span<const std::string> args);

/// `KEY=VALUE` pairs of an option such as `--network path=public,ip=1.2.3.4`: split at commas, over all its
/// occurrences.
[[nodiscard]] model::Expected<std::vector<std::pair<std::string, std::string>>, UsageError> key_values(
    std::string_view option, const std::vector<std::string>& values);

/// Says what is wrong on `streams.err`.
[[nodiscard]] ExitCode refuse(const Invocation& invocation, const UsageError& error);

}  // namespace acrbiter::cli
