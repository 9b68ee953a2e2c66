// A line on the terminal while large exports are read.
#pragma once

#include <chrono>
#include <iosfwd>

#include "parser/read.h"

namespace acrbiter::cli {

/// Shows, on a terminal only and only if reading takes longer than half a second, which file is being read.
class Progress {
 public:
  explicit Progress(std::ostream& stream);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const parser::ReadProgress& progress);

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& stream_;
  bool on_terminal_;
  bool shown_ = false;
  Clock::time_point next_;
};

}  // namespace acrbiter::cli
