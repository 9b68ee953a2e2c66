// Reading and comparing the typed values of the condition language. Private to the evaluator.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "evaluator/condition_eval.h"

namespace acrbiter::evaluator {

/// 100 ns since 1970 of `yyyy-mm-ddThh:mm:ss[.f]Z` with one to seven fraction digits; nothing else is a date: no other
/// zone, no lower case, no date alone. Source: conditions-format, "DateTime comparison operators"
[[nodiscard]] std::optional<std::int64_t> read_date(std::string_view text) noexcept;

/// 8-4-4-4-12 or 32 hexadecimal digits, either case.
[[nodiscard]] std::optional<std::array<std::uint64_t, 2>> read_guid(std::string_view text) noexcept;

/// Numbers as written are compared digit by digit, so that none beyond 2^53 is taken for its neighbour; numbers with
/// an exponent or without text are compared as doubles.
[[nodiscard]] std::partial_ordering compare_numbers(const ValueView& a, const ValueView& b) noexcept;

}  // namespace acrbiter::evaluator
