// The border between the condition grammar (Boost.Spirit, in one .cc) and its lowering.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "parser/condition_syntax.h"

namespace acrbiter::parser::syntax {

enum class Outcome { Parsed, Unexpected, TooDeep };

/// What the grammar made of a text. Where it failed, `position` is the byte at which something else was expected
/// (blanks in front of it not skipped), or at which the nesting became too deep, and `expected` names it.
struct ChainResult {
  Outcome outcome = Outcome::Unexpected;
  Chain chain;
  std::size_t position = 0;
  std::string expected;
};

/// Names of rules, as `expected` gives them.
inline constexpr const char* kExpectExpression = "expression";
inline constexpr const char* kExpectOperator = "operator";
inline constexpr const char* kExpectOperand = "value";
inline constexpr const char* kExpectAttribute = "attribute";
inline constexpr const char* kExpectSource = "source";
inline constexpr const char* kExpectName = "attribute name";
inline constexpr const char* kExpectString = "string";
inline constexpr const char* kExpectLiteral = "literal";
inline constexpr const char* kExpectCloseQuote = "closing quote";
inline constexpr const char* kExpectOpenBracket = "opening bracket";
inline constexpr const char* kExpectCloseBracket = "closing bracket";
inline constexpr const char* kExpectOpenBrace = "opening brace";
inline constexpr const char* kExpectCloseBrace = "closing brace";
inline constexpr const char* kExpectCloseParenthesis = "closing parenthesis";
inline constexpr const char* kExpectEnd = "end";

/// Parses all of `text`; `max_depth` parentheses and NOTs may surround an expression. The tree points into `text`.
[[nodiscard]] ChainResult parse_chain(std::string_view text, std::size_t max_depth);

}  // namespace acrbiter::parser::syntax
