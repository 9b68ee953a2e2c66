// The expressions of ARM templates: `[concat(parameters('name'), '-acr')]`, from text to tree.
//
// The text may come from anybody: length and nesting are bounded, and time is linear in the length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/result.h"

namespace acrbiter::parser::arm {

/// Longer expressions are refused unread; the service itself takes 24,576 characters.
inline constexpr std::size_t kMaxExpressionBytes = std::size_t{1} << 17U;
/// Calls, indexes and members around or behind one another.
inline constexpr std::size_t kMaxExpressionDepth = 100;

struct Expression;

struct TextLiteral {
  std::string value;  ///< quotes gone, `''` is one quote
};
struct NumberLiteral {
  std::int64_t value = 0;
};
/// `name(argument, …)`; a name with a dot is a function of the template's own.
struct Call {
  std::string name;
  std::vector<Expression> arguments;
};
/// `value.name`, or `value.?name`, which is null where there is no such member.
struct Member {
  std::vector<Expression> value;  ///< exactly one
  std::string name;
  bool safe = false;
};
/// `value[index]`, or `value[?index]`.
struct Index {
  std::vector<Expression> value_and_index;  ///< exactly two
  bool safe = false;
};

struct Expression {
  std::variant<TextLiteral, NumberLiteral, Call, Member, Index> node;
  model::SourceSpan span;  ///< in the text with its brackets
};

/// True for a string of a template that is an expression: in brackets, and not opened by two.
/// Source: template-expressions
[[nodiscard]] bool is_expression(std::string_view text) noexcept;
/// The text of a string that is no expression: `[[` at the beginning of one in brackets stands for one bracket.
[[nodiscard]] std::string_view literal_text(std::string_view text) noexcept;

/// Reads `text`, brackets and all. A diagnostic has span, line, column, excerpt and caret in `text`.
[[nodiscard]] model::Expected<Expression, model::Diagnostic> parse_expression(std::string_view text);

}  // namespace acrbiter::parser::arm
