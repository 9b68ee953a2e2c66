#include "model/time.h"

#include <chrono>

namespace acrbiter::model {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes what it reads off the front of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  bool literal(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Exactly `count` digits.
  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(rest_[i])) return std::nullopt;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  /// One digit, or nothing.
  std::optional<int> digit() { return digits(1); }

 private:
  std::string_view rest_;
};

/// Days since 1970-01-01, or nothing if there is no such day.
std::optional<std::int64_t> days(int year, int month, int day) {
  using namespace std::chrono;
  const year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day)));
  if (year < 1 || year > 9999 || !date.ok()) return std::nullopt;
  return sys_days(date).time_since_epoch().count();
}

std::optional<Timestamp> rfc_3339(std::string_view text) {
  Cursor in(text);
  const auto year = in.digits(4);
  if (!year || !in.literal('-')) return std::nullopt;
  const auto month = in.digits(2);
  if (!month || !in.literal('-')) return std::nullopt;
  const auto day = in.digits(2);
  if (!day || !(in.literal('T') || in.literal('t') || in.literal(' '))) return std::nullopt;
  const auto hour = in.digits(2);
  if (!hour || !in.literal(':')) return std::nullopt;
  const auto minute = in.digits(2);
  if (!minute || !in.literal(':')) return std::nullopt;
  const auto second = in.digits(2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;

  std::int64_t fraction = 0;
  if (in.literal('.')) {
    std::int64_t unit = kTicksPerSecond;
    std::size_t count = 0;
    for (auto d = in.digit(); d; d = in.digit()) {
      if (++count > 9) return std::nullopt;
      unit /= 10;
      fraction += *d * unit;
    }
    if (count == 0) return std::nullopt;
  }

  std::int64_t offset_minutes = 0;
  if (!in.literal('Z') && !in.literal('z')) {
    const bool west = in.literal('-');
    if (!west && !in.literal('+')) return std::nullopt;
    const auto hours = in.digits(2);
    if (!hours || !in.literal(':')) return std::nullopt;
    const auto minutes = in.digits(2);
    if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    offset_minutes = (*hours * 60 + *minutes) * (west ? -1 : 1);
  }
  const auto date = days(*year, *month, *day);
  if (!date || !in.done()) return std::nullopt;
  const std::int64_t seconds = ((*date * 24 + *hour) * 60 + *minute - offset_minutes) * 60 + *second;
  return Timestamp{seconds * kTicksPerSecond + fraction};
}

/// "/Date(1405000000000)/": milliseconds since 1970, perhaps negative; an offset behind them only says how to show it.
std::optional<Timestamp> windows_powershell(std::string_view text) {
  constexpr std::string_view kBegin = "/Date(";
  constexpr std::string_view kEnd = ")/";
  if (!text.starts_with(kBegin) || !text.ends_with(kEnd)) return std::nullopt;
  Cursor in(text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size()));
  const bool negative = in.literal('-');
  constexpr std::int64_t kEndOfYear9999 = 253'402'300'800'000;
  constexpr std::int64_t kStartOfYear1 = -62'135'596'800'000;
  std::int64_t milliseconds = 0;
  bool any = false;
  for (auto d = in.digit(); d; d = in.digit(), any = true) {
    milliseconds = milliseconds * 10 + *d;
    if (milliseconds > kEndOfYear9999) return std::nullopt;
  }
  if (!any) return std::nullopt;
  if (!in.done() && !((in.literal('+') || in.literal('-')) && in.digits(4) && in.done())) return std::nullopt;
  if (negative) milliseconds = -milliseconds;
  if (milliseconds < kStartOfYear1 || milliseconds >= kEndOfYear9999) return std::nullopt;
  return Timestamp{milliseconds * (kTicksPerSecond / 1000)};
}

void append_padded(std::string& out, std::int64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

}  // namespace

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  if (text.starts_with('/')) return windows_powershell(text);
  return rfc_3339(text);
}

std::string to_string(Timestamp time) {
  using namespace std::chrono;
  constexpr std::int64_t kTicksPerDay = kTicksPerSecond * 86'400;
  std::int64_t day = time.ticks / kTicksPerDay;
  std::int64_t rest = time.ticks % kTicksPerDay;
  if (rest < 0) {
    rest += kTicksPerDay;
    --day;
  }
  const year_month_day date{sys_days(std::chrono::days(day))};
  const std::int64_t seconds = rest / kTicksPerSecond;
  std::string text;
  append_padded(text, static_cast<int>(date.year()), 4);
  text += '-';
  append_padded(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  append_padded(text, static_cast<unsigned>(date.day()), 2);
  text += 'T';
  append_padded(text, seconds / 3600, 2);
  text += ':';
  append_padded(text, seconds / 60 % 60, 2);
  text += ':';
  append_padded(text, seconds % 60, 2);
  if (const std::int64_t fraction = rest % kTicksPerSecond; fraction != 0) {
    std::string digits;
    append_padded(digits, fraction, 7);
    digits.erase(digits.find_last_not_of('0') + 1);
    text += '.' + digits;
  }
  return text + 'Z';
}

}  // namespace acrbiter::model
