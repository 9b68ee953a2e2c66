// Text of a role-assignment condition to its tree.
//
// The text may come from anybody: length and nesting are bounded, and time is linear in the length.
#pragma once

#include <cstddef>
#include <string_view>

#include "model/condition.h"
#include "model/result.h"

namespace acrbiter::parser {

/// Longer texts are refused unread. Azure itself stores at most 8 KB; see model/condition_warnings.h for that limit.
inline constexpr std::size_t kMaxConditionBytes = std::size_t{1} << 20U;
/// Parentheses and NOTs around one expression; each change between AND and OR without parentheses counts too.
inline constexpr std::size_t kMaxConditionDepth = 100;

/// Reads `text`. Of syntax errors only the first is reported, of unknown words (operators, quantifiers, sources)
/// all. Every diagnostic has span, line, column, excerpt and, where a fix is likely, help. A text of blanks alone is
/// an error; no condition at all is the caller's business.
/// Source: conditions-format
[[nodiscard]] model::Result<model::Condition> parse_condition(std::string_view text);

}  // namespace acrbiter::parser
