// What the program's surroundings say about its output.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "cli/report/text.h"

namespace acrbiter::cli {

/// True if `stream` is the process's own standard output or error and that is a terminal.
[[nodiscard]] bool is_terminal(const std::ostream& stream);

/// Colour for `stream`: by `when` ("auto", "always", "never"); auto is on for a terminal unless NO_COLOR is set and not
/// empty. The width never depends on the terminal: same input, same bytes.
[[nodiscard]] report::Look look_of(const std::ostream& stream, const std::string& when,
                                   std::optional<std::size_t> width);

/// From now on writing to a closed pipe is an error of the stream, not the end of the process.
void ignore_broken_pipes();

/// Writes out what `stream` holds. Returns false, with the reason in `problem`, if that failed; a pipe that nobody
/// reads any more is no problem and leaves `problem` empty.
[[nodiscard]] bool flush(std::ostream& stream, std::string& problem);

}  // namespace acrbiter::cli
