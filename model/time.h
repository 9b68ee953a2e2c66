// Points in time, as exports write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acrbiter::model {

/// UTC, in units of 100 ns since 1970-01-01 (the finest that Azure writes).
struct Timestamp {
  std::int64_t ticks = 0;
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};
inline constexpr std::int64_t kTicksPerSecond = 10'000'000;

/// Reads RFC 3339 ("2019-05-01T21:44:02.7732001Z", "2024-07-16T23:03:23.924511+00:00", up to 9 fraction digits; digits
/// beyond the seventh are dropped) and Windows PowerShell's "/Date(1405000000000)/". Nothing else: no date alone, no
/// time without a zone. Years 1 to 9999.
[[nodiscard]] std::optional<Timestamp> parse_timestamp(std::string_view text);

/// RFC 3339 in UTC, with a fraction only where there is one.
[[nodiscard]] std::string to_string(Timestamp time);

}  // namespace acrbiter::model
