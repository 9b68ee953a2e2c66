// GUIDs as text.
#pragma once

#include <cstddef>
#include <string_view>

namespace acrbiter::model {

inline constexpr std::size_t kGuidSize = 36;

/// 8-4-4-4-12 hexadecimal digits.
[[nodiscard]] constexpr bool is_guid(std::string_view text) noexcept {
  if (text.size() != kGuidSize) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !digit) return false;
  }
  return true;
}

}  // namespace acrbiter::model
