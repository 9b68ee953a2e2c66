// The closed word lists of the condition language, and what to say about a word that is not in them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/condition.h"

namespace acrbiter::parser {

inline constexpr std::string_view kConditionBlanks = " \t\r\n";
/// What a word of the language consists of.
[[nodiscard]] constexpr bool is_word_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// By name, letter case ignored. Source: conditions-format
[[nodiscard]] std::optional<model::Operator> find_operator(std::string_view word);
[[nodiscard]] std::optional<model::Quantifier> find_quantifier(std::string_view word);
[[nodiscard]] std::optional<model::AttributeSource> find_source(std::string_view word);

struct WordProblem {
  std::string message;
  std::string help;
};
[[nodiscard]] WordProblem unknown_operator(std::string_view word);
/// `word` stands before the colon, `op` behind it.
[[nodiscard]] WordProblem unknown_quantifier(std::string_view word, std::string_view op);
[[nodiscard]] WordProblem unknown_source(std::string_view word);
/// A word where an expression should begin.
[[nodiscard]] WordProblem unknown_function(std::string_view word);

/// The candidate nearest to `word` by edit distance without letter case; empty if none is near.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace acrbiter::parser
