#include "parser/arm_expression.h"

#include <boost/fusion/include/adapt_struct.hpp>
#include <boost/spirit/home/x3.hpp>
#include <boost/spirit/home/x3/support/ast/variant.hpp>
#include <charconv>
#include <functional>
#include <optional>
#include <utility>

#include "model/text_position.h"
#include "parser/spirit_nesting.h"

namespace acrbiter::parser::arm {

// What the grammar fills: words and where they stand.
namespace syntax {

struct Node {
  const char* begin = nullptr;
  const char* end = nullptr;
  [[nodiscard]] std::string_view text() const { return {begin, static_cast<std::size_t>(end - begin)}; }
};

struct Text : Node {};    ///< with its quotes
struct Number : Node {};  ///< with its sign
struct Word : Node {};    ///< a name, or the mark `.`, `.?`, `[`, `[?`

struct Operand;
struct Function : Node {
  Word name;
  std::vector<Operand> arguments;
};
struct Primary : boost::spirit::x3::variant<Text, Number, boost::spirit::x3::forward_ast<Function>> {
  using base_type::base_type;
  using base_type::operator=;
};
struct Name : Node {
  Word mark;
  Word name;
};
struct Subscript;
struct Access : boost::spirit::x3::variant<Name, boost::spirit::x3::forward_ast<Subscript>> {
  using base_type::base_type;
  using base_type::operator=;
};
struct Operand : Node {
  Primary primary;
  std::vector<Access> accesses;
};
struct Subscript : Node {
  Word mark;
  Operand index;
};

}  // namespace syntax

}  // namespace acrbiter::parser::arm

BOOST_FUSION_ADAPT_STRUCT(acrbiter::parser::arm::syntax::Function, name, arguments)
BOOST_FUSION_ADAPT_STRUCT(acrbiter::parser::arm::syntax::Name, mark, name)
BOOST_FUSION_ADAPT_STRUCT(acrbiter::parser::arm::syntax::Subscript, mark, index)
BOOST_FUSION_ADAPT_STRUCT(acrbiter::parser::arm::syntax::Operand, primary, accesses)

namespace acrbiter::parser::arm {
namespace {

namespace x3 = boost::spirit::x3;

using model::Diagnostic;
using model::SourceSpan;
using spirit::Depth;
using spirit::DepthTag;
using spirit::Iterator;

// ---- grammar ------------------------------------------------------------------------------------------------

namespace grammar {

using spirit::Annotated;
using spirit::nested;

const auto blank = x3::char_(" \t\r\n");
const auto word_start = x3::char_("A-Za-z_");
const auto word_character = x3::char_("A-Za-z0-9_$");

const x3::rule<struct TextRule, syntax::Text> text_literal = "text in quotes";
const x3::rule<struct NumberRule, syntax::Number> number = "number";
const x3::rule<struct CallNameRule, syntax::Word> call_name = "function";
const x3::rule<struct MemberNameRule, syntax::Word> member_name = "name of a member";
const x3::rule<struct DotRule, syntax::Word> dot = "`.`";
const x3::rule<struct BracketRule, syntax::Word> bracket = "`[`";
const x3::rule<struct ArgumentsRule, std::vector<syntax::Operand>> arguments = "arguments";
const x3::rule<struct FunctionRule, syntax::Function> function = "function";
const x3::rule<struct NameRule, syntax::Name> name_access = "member";
const x3::rule<struct SubscriptRule, syntax::Subscript> subscript = "index";
const x3::rule<struct OperandRule, syntax::Operand> operand = "a value: text in quotes, a number or a function";

const x3::rule<struct CloseQuoteRule> close_quote = "closing quote";
const x3::rule<struct OpenParenthesisRule> open_parenthesis = "`(`";
const x3::rule<struct CloseParenthesisRule> close_parenthesis = "`,` or `)`";
const x3::rule<struct CloseBracketRule> close_bracket = "`]`";
const x3::rule<struct EndRule> end = "the end of the expression";

const auto close_quote_def = x3::lit('\'');
const auto open_parenthesis_def = x3::lit('(');
const auto close_parenthesis_def = x3::lit(')');
const auto close_bracket_def = x3::lit(']');
const auto end_def = x3::eoi;

const auto text_literal_def = x3::omit[x3::lexeme['\'' > *(x3::lit("''") | ~x3::char_('\'')) > close_quote]];
const auto number_def = x3::omit[x3::lexeme[-x3::char_("+-") >> +x3::char_("0-9") >> !(word_character | '.')]];
const auto call_name_def =
    x3::omit[x3::lexeme[word_start >> *word_character >> *('.' >> word_start >> *word_character)]];
const auto member_name_def = x3::omit[x3::lexeme[word_start >> *word_character]];
const auto dot_def = x3::omit[x3::lexeme['.' >> -x3::lit('?')]];
const auto bracket_def = x3::omit[x3::lexeme['[' >> -x3::lit('?')]];
const auto arguments_def = operand >> *(',' > operand);
const auto function_def = call_name > open_parenthesis > -arguments > close_parenthesis;
const auto name_access_def = dot > member_name;
const auto subscript_def = bracket > operand > close_bracket;
const auto operand_def = nested((text_literal | number | function) >> *(name_access | subscript));

BOOST_SPIRIT_DEFINE(text_literal, number, call_name, member_name, dot, bracket, arguments, function, name_access,
                    subscript, operand, close_quote, open_parenthesis, close_parenthesis, close_bracket, end)

struct TextRule : Annotated {};
struct NumberRule : Annotated {};
struct CallNameRule : Annotated {};
struct MemberNameRule : Annotated {};
struct DotRule : Annotated {};
struct BracketRule : Annotated {};
struct FunctionRule : Annotated {};
struct NameRule : Annotated {};
struct SubscriptRule : Annotated {};
struct OperandRule : Annotated {};

}  // namespace grammar

// ---- from words to the tree ---------------------------------------------------------------------------------

class ExpressionLowering {
 public:
  explicit ExpressionLowering(std::string_view text) : text_(text) {}

  Expression operand(const syntax::Operand& operand, std::size_t level) {
    Expression result = primary(operand.primary, level);
    if (level + operand.accesses.size() > kMaxExpressionDepth) {
      report(span(operand),
             "the expression is nested more than " + std::to_string(kMaxExpressionDepth) + " levels deep");
      return result;
    }
    const std::size_t begin = offset(operand.begin);
    for (const syntax::Access& access : operand.accesses) {
      boost::apply_visitor([&](const auto& each) { result = behind(std::move(result), each, begin, level); },
                           access.get());
    }
    return result;
  }

  [[nodiscard]] const std::optional<Diagnostic>& problem() const noexcept { return problem_; }

 private:
  Expression primary(const syntax::Primary& primary, std::size_t level) {
    return boost::apply_visitor([&](const auto& each) { return literal_or_call(each, level); }, primary.get());
  }

  Expression literal_or_call(const syntax::Text& text, std::size_t /*level*/) {
    std::string value;
    const std::string_view inside = text.text().substr(1, text.text().size() - 2);
    for (std::size_t i = 0; i < inside.size(); ++i) {
      value += inside[i];
      if (inside[i] == '\'') ++i;
    }
    return {.node = TextLiteral{std::move(value)}, .span = span(text)};
  }
  Expression literal_or_call(const syntax::Number& literal, std::size_t /*level*/) {
    NumberLiteral result;
    const std::string_view digits = literal.text();
    const char* first = digits.data() + (digits.front() == '+' ? 1 : 0);
    if (std::from_chars(first, digits.data() + digits.size(), result.value).ec != std::errc{}) {
      report(span(literal), "number " + model::quoted(digits) + " is out of range");
    }
    return {.node = result, .span = span(literal)};
  }
  Expression literal_or_call(const x3::forward_ast<syntax::Function>& written, std::size_t level) {
    Call call{.name = std::string(written.get().name.text()), .arguments = {}};
    call.arguments.reserve(written.get().arguments.size());
    for (const syntax::Operand& argument : written.get().arguments) {
      call.arguments.push_back(operand(argument, level + 1));
    }
    return {.node = std::move(call), .span = span(written.get())};
  }

  Expression behind(Expression value, const syntax::Name& access, std::size_t begin, std::size_t /*level*/) {
    Member member{.value = {}, .name = std::string(access.name.text()), .safe = access.mark.text() == ".?"};
    member.value.push_back(std::move(value));
    return {.node = std::move(member), .span = {begin, offset(access.end)}};
  }
  Expression behind(Expression value, const x3::forward_ast<syntax::Subscript>& access, std::size_t begin,
                    std::size_t level) {
    Index index{.value_and_index = {}, .safe = access.get().mark.text() == "[?"};
    index.value_and_index.push_back(std::move(value));
    index.value_and_index.push_back(operand(access.get().index, level + 1));
    return {.node = std::move(index), .span = {begin, offset(access.get().end)}};
  }

  [[nodiscard]] std::size_t offset(const char* position) const {
    return static_cast<std::size_t>(position - text_.data());
  }
  [[nodiscard]] SourceSpan span(const syntax::Node& node) const { return {offset(node.begin), offset(node.end)}; }

  void report(SourceSpan where, std::string message) {
    if (!problem_) problem_ = model::diagnostic_at(text_, where, std::move(message));
  }

  std::string_view text_;
  std::optional<Diagnostic> problem_;
};

}  // namespace

bool is_expression(std::string_view text) noexcept {
  return text.size() >= 2 && text.front() == '[' && text.back() == ']' && text[1] != '[';
}

std::string_view literal_text(std::string_view text) noexcept {
  return text.starts_with("[[") && text.ends_with(']') ? text.substr(1) : text;
}

model::Expected<Expression, Diagnostic> parse_expression(std::string_view text) {
  using Result = model::Expected<Expression, Diagnostic>;
  if (text.size() > kMaxExpressionBytes) {
    Diagnostic problem;
    problem.message = "the expression has " + std::to_string(text.size()) + " bytes; at most " +
                      std::to_string(kMaxExpressionBytes) + " are read";
    problem.help = "the service takes expressions of up to 24,576 characters";
    return Result::failure(std::move(problem));
  }
  syntax::Operand root;
  Depth depth{.left = kMaxExpressionDepth + 1};
  Iterator first = text.data();
  const Iterator last = first + text.size();
  const auto whole =
      x3::with<DepthTag>(std::ref(depth))['[' > grammar::operand > grammar::close_bracket > grammar::end];
  const auto failure_at = [&](Iterator where, std::string_view expected) {
    if (depth.exceeded_at != nullptr) {
      const auto begin = static_cast<std::size_t>(depth.exceeded_at - text.data());
      return model::diagnostic_at(
          text, {begin, begin},
          "the expression is nested more than " + std::to_string(kMaxExpressionDepth) + " levels deep");
    }
    while (where != last && (*where == ' ' || *where == '\t' || *where == '\r' || *where == '\n')) ++where;
    const auto begin = static_cast<std::size_t>(where - text.data());
    return model::diagnostic_at(text, {begin, begin}, "expected " + std::string(expected));
  };
  try {
    if (!x3::phrase_parse(first, last, whole, grammar::blank, root))
      return Result::failure(failure_at(first, "an expression"));
  } catch (const x3::expectation_failure<Iterator>& failure) {
    return Result::failure(failure_at(failure.where(), failure.which()));
  }
  ExpressionLowering lowering(text);
  Expression result = lowering.operand(root, 0);
  if (lowering.problem()) return Result::failure(*lowering.problem());
  return result;
}

}  // namespace acrbiter::parser::arm
