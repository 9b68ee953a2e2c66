// --help, made from the table of commands.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace acrbiter::cli {

/// All commands, and how to get a first answer.
[[nodiscard]] std::string overview(const report::Look& look);
/// One command: synopsis, examples, options.
[[nodiscard]] std::string help(const Command& command, const report::Look& look);
/// The commands of a group ("condition"), or "" if there is no such group.
[[nodiscard]] std::string group_help(std::string_view group, const report::Look& look);

}  // namespace acrbiter::cli
