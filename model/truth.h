// Three-valued truth (Kleene). Unknown is an answer, not an error.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace acrbiter::model {

/// In this order AND is the minimum and OR the maximum.
enum class Truth : std::uint8_t { False, Unknown, True };

[[nodiscard]] constexpr Truth operator!(Truth t) noexcept {
  return t == Truth::True ? Truth::False : t == Truth::False ? Truth::True : Truth::Unknown;
}
[[nodiscard]] constexpr Truth both(Truth a, Truth b) noexcept { return std::min(a, b); }
[[nodiscard]] constexpr Truth either(Truth a, Truth b) noexcept { return std::max(a, b); }
[[nodiscard]] constexpr Truth truth_of(bool b) noexcept { return b ? Truth::True : Truth::False; }
[[nodiscard]] constexpr std::string_view to_string(Truth t) noexcept {
  return t == Truth::True ? "true" : t == Truth::False ? "false" : "unknown";
}

}  // namespace acrbiter::model
