#include "parser/condition_problem.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "model/ascii.h"
#include "model/text_position.h"
#include "parser/condition_parser.h"
#include "parser/condition_words.h"

namespace acrbiter::parser {
namespace {

using model::Diagnostic;
using model::SourceSpan;

/// A piece of UTF-8 that looks like something else, and what to write in its place.
struct Lookalike {
  std::string_view bytes;
  std::string_view help;
};
constexpr std::string_view kUseSingleQuotes = "put text in single quotes: `'…'`";
constexpr std::string_view kUsePlainBlank = "this blank is not an ordinary one; type a space in its place";
constexpr std::array kLookalikes = {
    Lookalike{"\"", kUseSingleQuotes},
    Lookalike{"`", kUseSingleQuotes},
    Lookalike{"\xE2\x80\x98", "this quote is a typographic one; type `'` in its place"},
    Lookalike{"\xE2\x80\x99", "this quote is a typographic one; type `'` in its place"},
    Lookalike{"\xE2\x80\x9C", kUseSingleQuotes},
    Lookalike{"\xE2\x80\x9D", kUseSingleQuotes},
    Lookalike{"\xC2\xA0", kUsePlainBlank},
    Lookalike{"\xE2\x80\x87", kUsePlainBlank},
    Lookalike{"\xE2\x80\xAF", kUsePlainBlank},
    Lookalike{"\xE3\x80\x80", kUsePlainBlank},
    Lookalike{"\xE2\x80\x8B", "an invisible character stands here (zero-width space); delete it"},
    Lookalike{"\xEF\xBB\xBF", "an invisible character stands here (byte order mark); delete it"},
    Lookalike{"\xE2\x80\x93", "this is a dash, not a minus sign; type `-`"},
    Lookalike{"//", "the condition language has no comments"},
    Lookalike{"/*", "the condition language has no comments"},
    Lookalike{"#", "the condition language has no comments"},
    Lookalike{"\\'", "the language has no way to write a quote inside a string"},
};

/// Which brackets are open at a place, innermost last, and where an unclosed string begins.
struct OpenBrackets {
  std::vector<std::size_t> parentheses, braces, brackets;
  std::size_t unclosed_string = std::string_view::npos;
};

OpenBrackets open_at(std::string_view text, std::size_t end) {
  OpenBrackets open;
  const auto close = [](std::vector<std::size_t>& stack) {
    if (!stack.empty()) stack.pop_back();
  };
  for (std::size_t i = 0; i < end; ++i) {
    // An attribute's name runs to the next bracket or quote, whatever else is in it.
    const bool in_name = !open.brackets.empty() && std::string_view("(){}").find(text[i]) != std::string_view::npos;
    if (in_name) continue;
    switch (text[i]) {
      case '\'': {
        const std::size_t closing = text.find('\'', i + 1);
        if (closing == std::string_view::npos || closing >= end) {
          open.unclosed_string = i;
          return open;
        }
        i = closing;
        break;
      }
      case '(':
        open.parentheses.push_back(i);
        break;
      case ')':
        close(open.parentheses);
        break;
      case '{':
        open.braces.push_back(i);
        break;
      case '}':
        close(open.braces);
        break;
      case '[':
        open.brackets.push_back(i);
        break;
      case ']':
        close(open.brackets);
        break;
      default:
        break;
    }
  }
  return open;
}

/// One failure of the grammar, and the token that stands there.
class Explanation {
 public:
  Explanation(std::string_view text, const syntax::ChainResult& failure)
      : text_(text),
        expected_(failure.expected),
        at_(std::min(text.find_first_not_of(kConditionBlanks, failure.position), text.size())) {
    found_ = token_at(at_);
  }

  [[nodiscard]] Diagnostic explain() const {
    if (expected_ == syntax::kExpectCloseQuote) return unclosed_string();
    if (ends_string_early()) return quote_inside_string();
    if (expected_ == syntax::kExpectCloseBracket) return unclosed_attribute();
    if (expected_ == syntax::kExpectName) return missing_name();
    if (expected_ == syntax::kExpectOpenBracket) return here("an attribute name in `[` and `]`", "write `@Request[…]`");
    if (expected_ == syntax::kExpectSource) {
      return here("an attribute source", "write `@Request[…]`, `@Resource[…]`, `@Principal[…]` or `@Environment[…]`");
    }
    if (expected_ == syntax::kExpectAttribute) return here("an attribute", "write `Exists @Request[…]`");
    if (expected_ == syntax::kExpectOpenBrace) return missing_open_brace();
    if (expected_ == syntax::kExpectString) return missing_pattern();
    if (expected_ == syntax::kExpectLiteral) return missing_member();
    if (expected_ == syntax::kExpectCloseBrace) return missing_close_brace();
    if (expected_ == syntax::kExpectOperator) return missing_operator();
    if (expected_ == syntax::kExpectOperand) return missing_operand();
    if (expected_ == syntax::kExpectCloseParenthesis) return missing_close_parenthesis();
    if (expected_ == syntax::kExpectEnd) return missing_joiner("`AND`, `OR` or the end");
    return missing_expression();
  }

 private:
  /// A word, a doubled symbol such as `==`, or one character.
  [[nodiscard]] std::string_view token_at(std::size_t at) const {
    if (at >= text_.size()) return {};
    std::size_t end = at + 1;
    if (is_word_character(text_[at])) {
      while (end < text_.size() && is_word_character(text_[end])) ++end;
    } else if ((static_cast<unsigned char>(text_[at]) & 0x80U) != 0) {
      while (end < text_.size() && end < at + 4 && (static_cast<unsigned char>(text_[end]) & 0xC0U) == 0x80U) ++end;
    } else if (std::string_view("=<>!&|").find(text_[at]) != std::string_view::npos) {
      while (end < text_.size() && end < at + 3 && std::string_view("=<>").find(text_[end]) != std::string_view::npos) {
        ++end;
      }
    }
    return text_.substr(at, end - at);
  }

  [[nodiscard]] std::string found() const { return found_.empty() ? "the end of the text" : model::quoted(found_); }

  [[nodiscard]] Diagnostic say(SourceSpan where, std::string message, std::string help) const {
    return model::diagnostic_at(text_, where, std::move(message), std::move(help));
  }
  [[nodiscard]] SourceSpan found_span() const { return {at_, at_ + found_.size()}; }
  /// The innermost of `openers`, or what stands here.
  [[nodiscard]] SourceSpan opener(const std::vector<std::size_t>& openers) const {
    return openers.empty() ? found_span() : SourceSpan{openers.back(), openers.back() + 1};
  }
  /// "expected …, found …" at the token, with the help for a lookalike first.
  [[nodiscard]] Diagnostic here(const std::string& expected, std::string help) const {
    const auto lookalike = std::find_if(kLookalikes.begin(), kLookalikes.end(), [&](const Lookalike& candidate) {
      return text_.substr(at_).starts_with(candidate.bytes);
    });
    if (lookalike != kLookalikes.end()) help = lookalike->help;
    return say(found_span(), "expected " + expected + ", found " + found(), std::move(help));
  }

  [[nodiscard]] Diagnostic unclosed_string() const {
    const std::size_t opener = open_at(text_, text_.size()).unclosed_string;
    return say({opener, opener + 1}, "this string is not closed", "write `'` behind its last character");
  }

  /// `'it's'`, `'it''s'`: the token begins right behind a closing quote.
  [[nodiscard]] bool ends_string_early() const {
    if (found_.empty() || at_ == 0 || text_[at_ - 1] != '\'') return false;
    return is_word_character(found_.front()) || found_.front() == '\'';
  }
  [[nodiscard]] Diagnostic quote_inside_string() const {
    return say(found_span(), "a string ended before " + found(),
               "a string ends at its next `'`: close the one before, and write no quote inside a string, for which the "
               "language has no escape");
  }

  [[nodiscard]] Diagnostic unclosed_attribute() const {
    return say(opener(open_at(text_, at_).brackets), "this bracket is not closed",
               "write `]` behind the attribute's name");
  }
  [[nodiscard]] Diagnostic missing_name() const {
    if (found_ == "'") return here("an attribute name", "an attribute's name takes no quotes");
    return here("an attribute name", "write the name between `[` and `]`");
  }
  [[nodiscard]] Diagnostic missing_open_brace() const {
    const std::string_view function = word_before(at_);
    return here("`{`", "write `" + std::string(function) + "{'…'}`");
  }
  [[nodiscard]] Diagnostic missing_pattern() const {
    return here("a string", "write one string in single quotes between `{` and `}`");
  }
  [[nodiscard]] Diagnostic missing_member() const {
    const char before = last_before(at_);
    if (found_ == "}" && before == '{') return here("a value", "a set has at least one value");
    if (found_ == "}" && before == ',') return here("a value", "delete the comma in front of it");
    if (found_ == "@") return here("a value", "a set holds no attributes; compare with the attribute itself");
    if (found_.empty()) return unclosed_brace();
    return here("a value", std::string(kUseSingleQuotes));
  }
  [[nodiscard]] Diagnostic missing_close_brace() const {
    if (found_.empty()) return unclosed_brace();
    const OpenBrackets open = open_at(text_, at_);
    const std::string_view function = open.braces.empty() ? std::string_view() : word_before(open.braces.back());
    const bool in_call = model::equal_ignoring_case(function, "ActionMatches") ||
                         model::equal_ignoring_case(function, "SubOperationMatches");
    if (in_call && found_ == ",") {
      return say(found_span(), std::string(function) + " takes one string",
                 "write one " + std::string(function) + "{'…'} for each and join them");
    }
    if (in_call) return here("`}`", "write " + std::string(function) + "{'…'}");
    return here("`,` or `}`", "put a comma between two values");
  }
  [[nodiscard]] Diagnostic unclosed_brace() const {
    return say(opener(open_at(text_, at_).braces), "this brace is not closed", "write `}` behind the last value");
  }
  [[nodiscard]] Diagnostic missing_operator() const {
    std::string help = "write an operator such as `StringEquals` between the two values";
    if (found_ == "=" || found_ == "==") help = "write `StringEquals`, or another operator in words";
    if (found_ == "!=" || found_ == "<>") help = "write `StringNotEquals`, or another operator in words";
    if (found_ == "<" || found_ == "<=" || found_ == ">" || found_ == ">=") {
      help = "write `NumericLessThan`, `NumericGreaterThanEquals` or another operator in words";
    }
    return here("an operator such as `StringEquals`", std::move(help));
  }
  [[nodiscard]] Diagnostic missing_operand() const {
    if (const std::string_view op = word_before(at_); !op.empty() && !find_operator(op)) {
      const auto begin = static_cast<std::size_t>(op.data() - text_.data());
      WordProblem problem = unknown_operator(op);
      return say({begin, begin + op.size()}, std::move(problem.message), std::move(problem.help));
    }
    if (found_ == "(") return here("a value", "several values stand in braces: `{'…', '…'}`");
    if (found_ == "[") return here("a value", "an attribute needs its source: `@Request[…]`");
    if (found_ == ":") return here("a value", "a quantifier stands once, before the operator");
    if (model::equal_ignoring_case(found_, "null")) {
      return here("a value", "the portal's editor shows `null` for a half-edited expression; finish it there");
    }
    if (!found_.empty() && is_word_character(found_.front())) return here("a value", std::string(kUseSingleQuotes));
    return here("a value",
                "compare with a string in single quotes, a number, true, false, a GUID, a set or an attribute");
  }
  [[nodiscard]] Diagnostic missing_close_parenthesis() const {
    if (!found_.empty()) return missing_joiner("`AND`, `OR` or `)`");
    return say(opener(open_at(text_, at_).parentheses), "this parenthesis is not closed",
               "write `)` where the group ends");
  }
  [[nodiscard]] Diagnostic missing_joiner(const std::string& expected) const {
    if (found_ == ")") return say(found_span(), "this parenthesis closes nothing", "delete it, or open one before");
    if (found_ == "&") return here(expected, "write `AND` or `&&`");
    if (found_ == "|") return here(expected, "write `OR` or `||`");
    if (found_ == ",") return here(expected, "join expressions with `AND` or `OR`");
    static constexpr std::array<std::string_view, 2> kJoiners = {"AND", "OR"};
    const std::string_view joiner =
        found_.size() > 1 && found_.size() < 5 ? nearest(found_, kJoiners) : std::string_view();
    if (!joiner.empty()) return here(expected, "did you mean " + model::quoted(joiner) + "?");
    return here(expected, "join two expressions with `AND` or `OR`");
  }
  [[nodiscard]] Diagnostic missing_expression() const {
    if (text_.find_first_not_of(kConditionBlanks) == std::string_view::npos) {
      return say({0, text_.size()}, "the condition is empty", "leave the condition out, or write an expression");
    }
    if (!found_.empty() && is_word_character(found_.front())) {
      WordProblem problem = unknown_function(found_);
      return say(found_span(), std::move(problem.message), std::move(problem.help));
    }
    if (found_ == ")") return here("an expression", "the parentheses hold nothing, or an operand is missing");
    if (found_ == "[") return here("an expression", "an attribute needs its source: `@Request[…]`");
    if (found_.empty()) return here("an expression", "delete the last word, or write what it joins");
    return here("an expression",
                "an expression begins with `@`, `(`, `!`, `NOT`, `Exists`, `ActionMatches` or `SubOperationMatches`");
  }

  /// The last character before `at` that is no blank; '\0' if there is none.
  [[nodiscard]] char last_before(std::size_t at) const {
    const std::size_t position = text_.substr(0, at).find_last_not_of(kConditionBlanks);
    return position == std::string_view::npos ? '\0' : text_[position];
  }
  [[nodiscard]] std::string_view word_before(std::size_t at) const {
    const std::size_t last = text_.substr(0, at).find_last_not_of(kConditionBlanks);
    if (last == std::string_view::npos) return {};
    std::size_t first = last + 1;
    while (first > 0 && is_word_character(text_[first - 1])) --first;
    return text_.substr(first, last + 1 - first);
  }

  std::string_view text_;
  std::string_view expected_;
  std::size_t at_;
  std::string_view found_;
};

}  // namespace

Diagnostic explain_failure(std::string_view text, const syntax::ChainResult& failure) {
  if (failure.outcome == syntax::Outcome::TooDeep) {
    const std::size_t at = std::min(text.find_first_not_of(kConditionBlanks, failure.position), text.size());
    return model::diagnostic_at(text, {at, std::min(at + 1, text.size())},
                                "nested more than " + std::to_string(kMaxConditionDepth) + " levels deep",
                                "remove parentheses and NOTs that change nothing");
  }
  return Explanation(text, failure).explain();
}

}  // namespace acrbiter::parser
