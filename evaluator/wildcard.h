// Matching of `*` and `?`. Never exponential: at worst pattern length times text length, linear in practice.
#pragma once

#include <string_view>

#include "model/ascii.h"

namespace acrbiter::evaluator {

using model::equal_ignoring_case;
using model::starts_with_ignoring_case;

/// Action patterns: `*` is any run of characters, also across '/' and also empty; everything else is literal, so
/// "A/*/read" does not match "A/read". Source: role-definitions, conditions-format
[[nodiscard]] bool wildcard_match(std::string_view pattern, std::string_view text, bool ignore_case) noexcept;

/// StringLike: `*` any run, `?` one character (UTF-8 code point), `\*` and `\?` literally; any other backslash is
/// itself. The whole text must match. Source: conditions-format, "StringLike"
[[nodiscard]] bool like_match(std::string_view pattern, std::string_view text, bool ignore_case) noexcept;

}  // namespace acrbiter::evaluator
