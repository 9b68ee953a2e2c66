#include "cli/progress.h"

#include <ostream>

#include <fmt/format.h>

#include "cli/report/text.h"
#include "cli/terminal.h"

namespace acrbiter::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{500};
constexpr std::chrono::milliseconds kBetween{100};

}  // namespace

Progress::Progress(std::ostream& stream)
    : stream_(stream), on_terminal_(is_terminal(stream)), next_(Clock::now() + kPatience) {}

Progress::~Progress() {
  if (shown_) stream_ << "\r\x1B[K" << std::flush;
}

void Progress::show(const parser::ReadProgress& progress) {
  if (!on_terminal_ || Clock::now() < next_) return;
  next_ = Clock::now() + kBetween;
  shown_ = true;
  const auto percent = progress.bytes_total == 0 ? 0 : progress.bytes_done * 100 / progress.bytes_total;
  std::string name = report::escape(progress.file);
  constexpr std::size_t kLongest = 48;
  if (name.size() > kLongest) name = name.substr(name.size() - kLongest);
  stream_ << fmt::format("\r\x1B[Kreading {} of {}: {} {} %", progress.files_done + 1, progress.files_total, name,
                         percent)
          << std::flush;
}

}  // namespace acrbiter::cli
