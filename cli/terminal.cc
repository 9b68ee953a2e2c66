#include "cli/terminal.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include <unistd.h>

namespace acrbiter::cli {

bool is_terminal(const std::ostream& stream) {
  if (&stream == &std::cout) return isatty(STDOUT_FILENO) == 1;
  if (&stream == &std::cerr) return isatty(STDERR_FILENO) == 1;
  return false;
}

report::Look look_of(const std::ostream& stream, const std::string& when, std::optional<std::size_t> width) {
  report::Look look;
  if (width) look.width = *width;
  if (when == "always") {
    look.colour = true;
  } else if (when == "auto") {
    const char* no_colour = std::getenv("NO_COLOR");
    look.colour = is_terminal(stream) && (no_colour == nullptr || *no_colour == '\0');
  }
  return look;
}

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

bool flush(std::ostream& stream, std::string& problem) {
  problem.clear();
  if (stream.good()) {
    errno = 0;
    stream.flush();
  }
  if (stream.good()) return true;
  if (errno != EPIPE) problem = errno != 0 ? std::strerror(errno) : "the stream failed";
  return false;
}

}  // namespace acrbiter::cli
