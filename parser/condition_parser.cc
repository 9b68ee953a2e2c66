#include "parser/condition_parser.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/ascii.h"
#include "model/text_position.h"
#include "parser/condition_grammar.h"
#include "parser/condition_problem.h"
#include "parser/condition_words.h"

namespace acrbiter::parser {
namespace {

using model::Condition;
using model::Diagnostic;
using model::Expr;
using model::SourceSpan;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kConditionBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kConditionBlanks) - first + 1);
}

/// True for what the grammar's GUID rule accepts; `word` is already known to be some literal.
bool is_guid_literal(std::string_view word) {
  if (word.size() == 36) return word[8] == '-' && word[13] == '-';
  return word.size() == 32 && std::all_of(word.begin(), word.end(), [](char c) {
           const char lower = model::ascii_lower(c);
           return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f');
         });
}

/// From the grammar's tree of words to the model, collecting every unknown word.
class ConditionLowering {
 public:
  explicit ConditionLowering(std::string_view text) : text_(text) {}

  /// `level`: parentheses and NOTs around `chain`.
  Expr chain(const syntax::Chain& chain, std::size_t level) {
    if (chain.rest.empty()) return unary(chain.first, level);
    std::size_t changes = 0;
    for (std::size_t i = 1; i < chain.rest.size(); ++i) {
      if (is_and(chain.rest[i]) != is_and(chain.rest[i - 1])) ++changes;
    }
    if (level + changes > kMaxConditionDepth) {
      report(span(chain), "AND and OR alternate more than " + std::to_string(kMaxConditionDepth) + " levels deep",
             "put parentheses around what belongs together");
      return Expr{.node = model::All{}, .span = span(chain)};
    }
    std::vector<Expr> operands;
    operands.reserve(chain.rest.size() + 1);
    operands.push_back(unary(chain.first, level + changes));
    for (const syntax::Link& link : chain.rest) operands.push_back(unary(link.operand, level + changes));
    if (changes > 0) {
      model::MixedChain mixed;
      mixed.operands = std::move(operands);
      for (const syntax::Link& link : chain.rest) mixed.and_before.push_back(is_and(link));
      return Expr{.node = std::move(mixed), .span = span(chain)};
    }
    if (is_and(chain.rest.front())) return Expr{.node = model::All{std::move(operands)}, .span = span(chain)};
    return Expr{.node = model::Any{std::move(operands)}, .span = span(chain)};
  }

  [[nodiscard]] std::vector<Diagnostic>& problems() { return problems_; }

 private:
  static bool is_and(const syntax::Link& link) {
    const char first = *link.joiner.begin;
    return first == '&' || first == 'A' || first == 'a';
  }

  Expr unary(const syntax::Unary& unary, std::size_t level) {
    return boost::apply_visitor(
        model::Overloaded{
            [&](const syntax::Comparison& c) { return comparison(c); },
            [&](const syntax::Call& c) { return call(c); },
            [&](const syntax::Existence& e) {
              return Expr{.node = model::Exists{attribute(e.attribute)}, .span = span(e)};
            },
            [&](const boost::spirit::x3::forward_ast<syntax::Negation>& n) {
              return Expr{.node = model::Not{model::Box<Expr>(this->unary(n.get().operand, level + 1))},
                          .span = span(n.get())};
            },
            [&](const boost::spirit::x3::forward_ast<syntax::Chain>& c) { return chain(c.get(), level + 1); },
        },
        unary.get());
  }

  Expr call(const syntax::Call& call) {
    std::string argument(inside_quotes(call.argument));
    if (model::equal_ignoring_case(call.function.text(), "ActionMatches")) {
      return Expr{.node = model::ActionMatches{std::move(argument)}, .span = span(call)};
    }
    return Expr{.node = model::SubOperationMatches{std::move(argument)}, .span = span(call)};
  }

  Expr comparison(const syntax::Comparison& comparison) {
    model::Comparison result;
    result.left = operand(comparison.left);
    result.right = operand(comparison.right);
    const syntax::Word& op = comparison.second ? *comparison.second : comparison.first;
    if (comparison.second) result.quantifier = quantifier(comparison.first, op);
    if (const auto known = find_operator(op.text())) {
      result.op = *known;
    } else if (comparison.second && find_quantifier(op.text()) && find_operator(comparison.first.text())) {
      // quantifier() has said that the two words stand the wrong way round.
    } else {
      const WordProblem problem = unknown_operator(op.text());
      report(span(op), problem.message, problem.help);
    }
    result.op_span = {offset(comparison.first.begin), offset(op.end)};
    return Expr{.node = model::Box<model::Comparison>(std::move(result)), .span = span(comparison)};
  }

  model::Quantifier quantifier(const syntax::Word& word, const syntax::Word& op) {
    if (const auto known = find_quantifier(word.text())) return *known;
    const WordProblem problem = unknown_quantifier(word.text(), op.text());
    report(span(word), problem.message, problem.help);
    return model::Quantifier::None;
  }

  model::Operand operand(const syntax::Operand& operand) {
    return boost::apply_visitor(model::Overloaded{
                                    [&](const syntax::Attribute& a) { return model::Operand(attribute(a)); },
                                    [&](const syntax::Word& w) { return model::Operand(literal(w)); },
                                    [&](const syntax::Set& s) { return model::Operand(set(s, span(operand))); },
                                },
                                operand.get());
  }

  model::Attribute attribute(const syntax::Attribute& attribute) {
    model::Attribute result{.text = std::string(trimmed(attribute.name.text())), .span = span(attribute)};
    if (const auto known = find_source(attribute.source.text())) {
      result.source = *known;
    } else {
      const WordProblem problem = unknown_source(attribute.source.text());
      report(span(attribute.source), problem.message, problem.help);
    }
    return result;
  }

  model::Literal literal(const syntax::Word& word) {
    const std::string_view text = word.text();
    model::Literal result{.text = std::string(text), .span = span(word)};
    if (text.front() == '\'') {
      result.text = inside_quotes(word);
    } else if (const bool is_true = model::equal_ignoring_case(text, "true");
               is_true || model::equal_ignoring_case(text, "false")) {
      result.type = model::ValueType::Boolean;
      result.boolean = is_true;
    } else if (is_guid_literal(text)) {
      result.type = model::ValueType::Guid;
    } else {
      result.type = model::ValueType::Number;
      const char* first = text.data() + (text.front() == '+' ? 1 : 0);
      if (std::from_chars(first, text.data() + text.size(), result.number).ec != std::errc{}) {
        report(span(word), "number " + model::quoted(text) + " is out of range");
      }
    }
    return result;
  }

  model::LiteralSet set(const syntax::Set& set, SourceSpan where) {
    model::LiteralSet result;
    result.span = where;
    result.members.reserve(set.size());
    for (const syntax::Word& word : set) result.members.push_back(literal(word));
    const model::Literal& first = result.members.front();
    const auto other = std::find_if(result.members.begin(), result.members.end(),
                                    [&](const model::Literal& member) { return member.type != first.type; });
    if (other != result.members.end()) {
      report(other->span,
             "a " + std::string(type_name(other->type)) + " in a set that begins with a " +
                 std::string(type_name(first.type)),
             "all values of a set are of one type: quote all of them or none");
    }
    return result;
  }

  static std::string_view type_name(model::ValueType type) {
    switch (type) {
      case model::ValueType::String:
        return "string";
      case model::ValueType::Number:
        return "number";
      case model::ValueType::Boolean:
        return "Boolean";
      case model::ValueType::Guid:
        return "GUID";
    }
    return {};
  }

  static std::string_view inside_quotes(const syntax::Word& word) {
    return word.text().substr(1, word.text().size() - 2);
  }
  [[nodiscard]] std::size_t offset(const char* position) const {
    return static_cast<std::size_t>(position - text_.data());
  }
  [[nodiscard]] SourceSpan span(const syntax::Node& node) const { return {offset(node.begin), offset(node.end)}; }

  /// At most kMaxProblems are kept: a hostile text must not cost a line count for each of 100,000 wrong words.
  void report(SourceSpan where, std::string message, std::string help = {}) {
    constexpr std::size_t kMaxProblems = 20;
    if (problems_.size() >= kMaxProblems) return;
    problems_.push_back(model::diagnostic_at(text_, where, std::move(message), std::move(help)));
  }

  std::string_view text_;
  std::vector<Diagnostic> problems_;
};

}  // namespace

model::Result<Condition> parse_condition(std::string_view text) {
  using Result = model::Result<Condition>;
  if (text.size() > kMaxConditionBytes) {
    Diagnostic problem;
    problem.message = "the condition has " + std::to_string(text.size()) + " bytes; at most " +
                      std::to_string(kMaxConditionBytes) + " are read";
    problem.help = "Azure stores conditions of up to 8 KB";
    return Result::failure({std::move(problem)});
  }
  const syntax::ChainResult parsed = syntax::parse_chain(text, kMaxConditionDepth);
  if (parsed.outcome != syntax::Outcome::Parsed) return Result::failure({explain_failure(text, parsed)});

  ConditionLowering lowering(text);
  Expr root = lowering.chain(parsed.chain, 0);
  std::vector<Diagnostic>& problems = lowering.problems();
  if (!problems.empty()) {
    std::stable_sort(problems.begin(), problems.end(),
                     [](const Diagnostic& a, const Diagnostic& b) { return a.span->begin < b.span->begin; });
    return Result::failure(std::move(problems));
  }
  return Condition{.text = std::string(text), .root = std::move(root)};
}

}  // namespace acrbiter::parser
