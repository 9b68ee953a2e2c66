// The process that a command runs in, which is its own where it writes to the process's standard output.
#pragma once

#include <memory>

#include "cli/command.h"

namespace acrbiter::cli {

/// True if a command that writes to `streams` is all that the process is there for.
[[nodiscard]] bool is_all(const Streams& streams);

/// What is freed is kept for what comes next, not given back to the system and asked for again. Does nothing where the
/// C library has no such setting.
void keep_freed_memory();

/// Frees `thing` now or, if the process ends with the command, leaves that to the system, which is quicker.
void leave_to_the_end(const Streams& streams, std::shared_ptr<const void> thing);

}  // namespace acrbiter::cli
