// A line on the terminal while large exports are read or much is computed.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string_view>

#include "parser/read.h"

namespace acrbiter::cli {

/// Shows, on a terminal only and only if it takes longer than half a second, how far the work is.
class Progress {
 public:
  explicit Progress(std::ostream& stream);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const parser::ReadProgress& progress);
  /// Any other line, shown under the same conditions. `line` is escaped already.
  void say(std::string_view line);

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] bool due() const;

  std::ostream& stream_;
  bool on_terminal_;
  bool shown_ = false;
  Clock::time_point next_;
};

}  // namespace acrbiter::cli
