#include "evaluator/condition_value.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace acrbiter::evaluator {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// `count` digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) noexcept {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || !is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

/// A plain decimal number without leading zeros before and trailing zeros behind the point.
struct Decimal {
  bool negative = false;
  std::string_view whole, fraction;
  [[nodiscard]] bool is_zero() const noexcept { return whole.empty() && fraction.empty(); }
};

std::optional<Decimal> read_decimal(std::string_view text) noexcept {
  Decimal result;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    result.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const std::size_t point = std::min(text.find('.'), text.size());
  result.whole = text.substr(0, point);
  if (point < text.size()) result.fraction = text.substr(point + 1);
  if (result.whole.empty() || !std::all_of(result.whole.begin(), result.whole.end(), is_digit) ||
      !std::all_of(result.fraction.begin(), result.fraction.end(), is_digit)) {
    return std::nullopt;
  }
  while (!result.whole.empty() && result.whole.front() == '0') result.whole.remove_prefix(1);
  while (!result.fraction.empty() && result.fraction.back() == '0') result.fraction.remove_suffix(1);
  return result;
}

std::strong_ordering compare_sizes(const Decimal& a, const Decimal& b) noexcept {
  if (a.whole.size() != b.whole.size()) return a.whole.size() <=> b.whole.size();
  if (const auto order = a.whole <=> b.whole; order != 0) return order;
  return a.fraction <=> b.fraction;
}

}  // namespace

std::optional<std::int64_t> read_date(std::string_view text) noexcept {
  constexpr std::size_t kSeconds = 19;  // up to and with the seconds
  if (text.size() < kSeconds + 1 || text.back() != 'Z') return std::nullopt;
  const bool separated = text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' && text[16] == ':';
  const int year = digits(text, 0, 4);
  const int month = digits(text, 5, 2);
  const int day = digits(text, 8, 2);
  const int hour = digits(text, 11, 2);
  const int minute = digits(text, 14, 2);
  const int second = digits(text, 17, 2);
  if (!separated || year < 1 || month < 1 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 59) {
    return std::nullopt;
  }
  std::int64_t ticks = 0;
  const std::string_view fraction = text.substr(kSeconds, text.size() - kSeconds - 1);
  if (!fraction.empty()) {
    constexpr std::size_t kFractionDigits = 7;
    if (fraction.front() != '.' || fraction.size() < 2 || fraction.size() > kFractionDigits + 1) return std::nullopt;
    const int value = digits(fraction, 1, fraction.size() - 1);
    if (value < 0) return std::nullopt;
    ticks = value;
    for (std::size_t i = fraction.size() - 1; i < kFractionDigits; ++i) ticks *= 10;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
  return seconds * 10'000'000 + ticks;
}

std::optional<std::array<std::uint64_t, 2>> read_guid(std::string_view text) noexcept {
  const bool dashed = text.size() == 36;
  if (!dashed && text.size() != 32) return std::nullopt;
  std::array<std::uint64_t, 2> value{};
  std::size_t read = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (dashed && (i == 8 || i == 13 || i == 18 || i == 23)) {
      if (c != '-') return std::nullopt;
      continue;
    }
    int digit = 0;
    if (is_digit(c)) {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - 'A' + 10;
    } else {
      return std::nullopt;
    }
    std::uint64_t& half = value[read / 16];
    half = (half << 4U) | static_cast<std::uint64_t>(digit);
    ++read;
  }
  return value;
}

std::partial_ordering compare_numbers(const ValueView& a, const ValueView& b) noexcept {
  const std::optional<Decimal> left = read_decimal(a.text);
  const std::optional<Decimal> right = read_decimal(b.text);
  if (!left || !right) return a.number <=> b.number;
  if (left->is_zero() && right->is_zero()) return std::partial_ordering::equivalent;
  const bool left_negative = left->negative && !left->is_zero();
  const bool right_negative = right->negative && !right->is_zero();
  if (left_negative != right_negative) {
    return left_negative ? std::partial_ordering::less : std::partial_ordering::greater;
  }
  return left_negative ? compare_sizes(*right, *left) : compare_sizes(*left, *right);
}

}  // namespace acrbiter::evaluator
