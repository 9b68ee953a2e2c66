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

bool Progress::due() const { return on_terminal_ && Clock::now() >= next_; }

void Progress::say(std::string_view line) {
  if (!due()) return;
  next_ = Clock::now() + kBetween;
  shown_ = true;
  stream_ << "\r\x1B[K" << line << std::flush;
}

void Progress::show(const parser::ReadProgress& progress) {
  if (!due()) return;
  const auto percent = progress.bytes_total == 0 ? 0 : progress.bytes_done * 100 / progress.bytes_total;
  std::string name = report::escape(progress.file);
  constexpr std::size_t kLongest = 48;
  if (name.size() > kLongest) name = name.substr(name.size() - kLongest);
  say(fmt::format("reading {} of {}: {} {} %", progress.files_done + 1, progress.files_total, name, percent));
}

}  // namespace acrbiter::cli
