// The condition language as a Boost.Spirit X3 grammar. No semantic actions: attributes fill parser/condition_syntax.h.
// Source: conditions-format
#include "parser/condition_grammar.h"

#include <boost/spirit/home/x3.hpp>
#include <functional>

#include "parser/condition_words.h"
#include "parser/spirit_nesting.h"

namespace acrbiter::parser::syntax {
namespace {

namespace x3 = boost::spirit::x3;

using spirit::Annotated;
using spirit::Depth;
using spirit::DepthTag;
using spirit::Iterator;
using spirit::nested;

constexpr bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// 8-4-4-4-12 or 32 hexadecimal digits, and no word going on behind them.
struct GuidParser : x3::parser<GuidParser> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  template <class Context, class RuleContext, class Attribute>
  bool parse(Iterator& first, const Iterator& last, const Context& context, RuleContext&, Attribute&) const {
    x3::skip_over(first, last, context);
    Iterator at = first;
    std::size_t dashes = 0;
    for (std::size_t digits = 0; digits < 32; ++digits) {
      const bool group_ends = digits == 8 || digits == 12 || digits == 16 || digits == 20;
      if (group_ends && at != last && *at == '-' && (digits == 8 || dashes > 0)) {
        ++dashes;
        ++at;
      }
      if (at == last || !is_hex_digit(*at)) return false;
      ++at;
    }
    if (dashes != 0 && dashes != 4) return false;
    if (at != last && (is_word_character(*at) || *at == '-')) return false;
    first = at;
    return true;
  }
};
constexpr GuidParser guid{};

/// Blanks. `x3::space` would abort on bytes above 0x7F.
const auto blank = x3::char_(" \t\r\n");

const auto word_character = x3::char_("A-Za-z0-9_");
const auto word_end = !word_character;

auto keyword(const char* text) { return x3::omit[x3::lexeme[x3::no_case[x3::lit(text)] >> word_end]]; }

const x3::rule<struct StringRule, Word> quoted_string = kExpectString;
const x3::rule<struct LiteralRule, Word> literal = kExpectLiteral;
const x3::rule<struct SourceRule, Word> source = kExpectSource;
const x3::rule<struct NameRule, Word> attribute_name = kExpectName;
const x3::rule<struct AttributeRule, Attribute> attribute_reference = kExpectAttribute;
const x3::rule<struct SetRule, Set> set = kExpectLiteral;
const x3::rule<struct OperandRule, Operand> operand = kExpectOperand;
const x3::rule<struct OperatorRule, Word> operator_word = kExpectOperator;
const x3::rule<struct FunctionRule, Word> function = "function";
const x3::rule<struct ExistsRule, Word> exists = "function";
const x3::rule<struct NotRule, Word> not_mark = "NOT";
const x3::rule<struct JoinerRule, Word> joiner = "joiner";
const x3::rule<struct CallRule, Call> call = "call";
const x3::rule<struct ExistenceRule, Existence> existence = "existence";
const x3::rule<struct ComparisonRule, Comparison> comparison = "comparison";
const x3::rule<struct NegationRule, Negation> negation = "negation";
const x3::rule<struct GroupRule, Chain> group = "group";
const x3::rule<struct UnaryRule, Unary> unary = kExpectExpression;
const x3::rule<struct ChainRule, Chain> chain = kExpectExpression;

const x3::rule<struct CloseQuoteRule> close_quote = kExpectCloseQuote;
const x3::rule<struct OpenBracketRule> open_bracket = kExpectOpenBracket;
const x3::rule<struct CloseBracketRule> close_bracket = kExpectCloseBracket;
const x3::rule<struct OpenBraceRule> open_brace = kExpectOpenBrace;
const x3::rule<struct CloseBraceRule> close_brace = kExpectCloseBrace;
const x3::rule<struct CloseParenthesisRule> close_parenthesis = kExpectCloseParenthesis;
const x3::rule<struct EndRule> end = kExpectEnd;

const auto close_quote_def = x3::lit('\'');
const auto open_bracket_def = x3::lit('[');
const auto close_bracket_def = x3::lit(']');
const auto open_brace_def = x3::lit('{');
const auto close_brace_def = x3::lit('}');
const auto close_parenthesis_def = x3::lit(')');
const auto end_def = x3::eoi;

const auto quoted_string_def = x3::omit[x3::lexeme['\'' > *~x3::char_('\'') > close_quote]];
const auto number =
    x3::omit[x3::lexeme[-x3::char_("+-") >> +x3::char_("0-9") >> -('.' >> +x3::char_("0-9")) >> word_end]];
const auto literal_def = quoted_string | guid | number | keyword("true") | keyword("false");

const auto source_def = x3::omit[x3::lexeme[+word_character]];
const auto attribute_name_def = x3::omit[x3::lexeme[+~x3::char_("]['")]];
const auto attribute_reference_def = '@' > source > open_bracket > attribute_name > close_bracket;

const auto set_def = '{' > literal > *(',' > literal) > close_brace;
const auto operand_def = attribute_reference | literal | set;

const auto operator_word_def =
    x3::omit[x3::lexeme[!(keyword("AND") | keyword("OR")) >> x3::char_("A-Za-z_") >> *word_character]];
const auto comparison_def = operand > operator_word > -(':' > operator_word) > operand;

const auto function_def = keyword("ActionMatches") | keyword("SubOperationMatches");
const auto call_def = function > open_brace > quoted_string > close_brace;
const auto exists_def = keyword("Exists");
const auto existence_def = exists > attribute_reference;

const auto not_mark_def = x3::lit('!') | keyword("NOT");
const auto negation_def = not_mark > unary;
const auto group_def = '(' > chain > close_parenthesis;
const auto unary_def = nested(negation | group | call | existence | comparison);

const auto joiner_def = keyword("AND") | keyword("OR") | "&&" | "||";
const auto chain_def = unary >> *(joiner > unary);

BOOST_SPIRIT_DEFINE(quoted_string, literal, source, attribute_name, attribute_reference, set, operand, operator_word,
                    function, exists, not_mark, joiner, call, existence, comparison, negation, group, unary, chain,
                    close_quote, open_bracket, close_bracket, open_brace, close_brace, close_parenthesis, end)

struct StringRule : Annotated {};
struct LiteralRule : Annotated {};
struct SourceRule : Annotated {};
struct NameRule : Annotated {};
struct AttributeRule : Annotated {};
struct OperandRule : Annotated {};
struct OperatorRule : Annotated {};
struct FunctionRule : Annotated {};
struct ExistsRule : Annotated {};
struct NotRule : Annotated {};
struct JoinerRule : Annotated {};
struct CallRule : Annotated {};
struct ExistenceRule : Annotated {};
struct ComparisonRule : Annotated {};
struct NegationRule : Annotated {};
struct ChainRule : Annotated {};

}  // namespace

ChainResult parse_chain(std::string_view text, std::size_t max_depth) {
  ChainResult result;
  Depth depth{.left = max_depth + 1};
  Iterator first = text.data();
  const Iterator last = first + text.size();
  const auto grammar = x3::with<DepthTag>(std::ref(depth))[x3::eps > chain > end];
  const auto fail_at = [&](Iterator where, std::string expected) {
    const bool too_deep = depth.exceeded_at != nullptr;
    result.outcome = too_deep ? Outcome::TooDeep : Outcome::Unexpected;
    result.position = static_cast<std::size_t>((too_deep ? depth.exceeded_at : where) - text.data());
    result.expected = std::move(expected);
  };
  try {
    if (x3::phrase_parse(first, last, grammar, blank, result.chain)) {
      result.outcome = Outcome::Parsed;
    } else {
      fail_at(first, kExpectExpression);
    }
  } catch (const x3::expectation_failure<Iterator>& failure) {
    fail_at(failure.where(), failure.which());
  }
  return result;
}

}  // namespace acrbiter::parser::syntax
