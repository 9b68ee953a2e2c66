#include "cli/report/condition_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/box.h"
#include "model/condition_print.h"

namespace acrbiter::cli::report {
namespace {

using model::Expr;
using model::Overloaded;

std::string_view type_word(model::ValueType type) noexcept {
  switch (type) {
    case model::ValueType::String:
      return "string";
    case model::ValueType::Number:
      return "number";
    case model::ValueType::Boolean:
      return "boolean";
    case model::ValueType::Guid:
      return "guid";
  }
  return "";
}

void write_literal(JsonWriter& json, const model::Literal& literal) {
  json.begin_object().member("type", type_word(literal.type)).key("value");
  if (literal.type == model::ValueType::Boolean) {
    json.value(literal.boolean);
  } else {
    json.value(literal.text);
  }
  json.end_object();
}

void write_attribute(JsonWriter& json, const model::Attribute& attribute) {
  json.begin_object().member("type", "attribute").member("source", model::to_string(attribute.source));
  json.member("name", attribute.text).end_object();
}

void write_operand(JsonWriter& json, const model::Operand& operand) {
  std::visit(Overloaded{
                 [&](const model::Attribute& attribute) { write_attribute(json, attribute); },
                 [&](const model::Literal& literal) { write_literal(json, literal); },
                 [&](const model::LiteralSet& set) {
                   json.begin_object().member("type", "set").key("members").begin_array();
                   for (const model::Literal& member : set.members) write_literal(json, member);
                   json.end_array().end_object();
                 },
             },
             operand);
}

void write_operands(JsonWriter& json, const std::vector<Expr>& operands) {
  json.key("operands").begin_array();
  for (const Expr& operand : operands) write_expression(json, operand);
  json.end_array();
}

void tree(const Expr& expr, std::size_t depth, const Look& look, std::string& out) {
  const std::string margin(2 * depth, ' ');
  const auto word = [&](std::string_view name) { out += margin + look.paint(Style::Strong, name) + "\n"; };
  const auto all = [&](const std::vector<Expr>& operands) {
    for (const Expr& operand : operands) tree(operand, depth + 1, look, out);
  };
  const auto leaf = [&] {
    std::string text = model::print_expression(expr);
    for (char& c : text) {
      if (c == '\n') c = ' ';
    }
    out += wrap(escape(text), margin, 2 * depth + 2, look.width);
  };
  std::visit(Overloaded{
                 [&](const model::ActionMatches&) { leaf(); },
                 [&](const model::SubOperationMatches&) { leaf(); },
                 [&](const model::Exists&) { leaf(); },
                 [&](const model::Comparison&) { leaf(); },
                 [&](const model::Not& negation) {
                   word("NOT");
                   tree(*negation.operand, depth + 1, look, out);
                 },
                 [&](const model::All& conjunction) {
                   word("AND");
                   all(conjunction.operands);
                 },
                 [&](const model::Any& disjunction) {
                   word("OR");
                   all(disjunction.operands);
                 },
                 [&](const model::MixedChain& chain) {
                   word("AND and OR without parentheses: their order is not documented");
                   for (std::size_t i = 0; i < chain.operands.size(); ++i) {
                     if (i > 0) out += fmt::format("{}  {}\n", margin, chain.and_before[i - 1] ? "AND" : "OR");
                     tree(chain.operands[i], depth + 1, look, out);
                   }
                 },
             },
             expr.node);
}

}  // namespace

std::string condition_tree(const model::Condition& condition, const Look& look) {
  std::string result;
  tree(condition.root, 0, look, result);
  return result;
}

void write_expression(JsonWriter& json, const Expr& expr) {
  json.begin_object();
  std::visit(
      Overloaded{
          [&](const model::ActionMatches& test) { json.member("node", "action").member("pattern", test.pattern); },
          [&](const model::SubOperationMatches& test) {
            json.member("node", "suboperation").member("name", test.name);
          },
          [&](const model::Exists& test) {
            json.member("node", "exists").key("attribute");
            write_attribute(json, test.attribute);
          },
          [&](const model::Comparison& comparison) {
            json.member("node", "comparison").key("left");
            write_operand(json, comparison.left);
            if (comparison.quantifier != model::Quantifier::None) {
              json.member("quantifier", model::to_string(comparison.quantifier));
            }
            json.member("operator", model::to_string(comparison.op)).key("right");
            write_operand(json, comparison.right);
          },
          [&](const model::Not& negation) {
            json.member("node", "not").key("operands").begin_array();
            write_expression(json, *negation.operand);
            json.end_array();
          },
          [&](const model::All& conjunction) {
            json.member("node", "and");
            write_operands(json, conjunction.operands);
          },
          [&](const model::Any& disjunction) {
            json.member("node", "or");
            write_operands(json, disjunction.operands);
          },
          [&](const model::MixedChain& chain) {
            json.member("node", "mixed").key("joins").begin_array();
            for (const bool is_and : chain.and_before) json.value(is_and ? "and" : "or");
            json.end_array();
            write_operands(json, chain.operands);
          },
      },
      expr.node);
  json.member("begin", std::uint64_t{expr.span.begin}).member("end", std::uint64_t{expr.span.end}).end_object();
}

void write_problem(JsonWriter& json, const model::Diagnostic& problem) {
  json.begin_object().member("message", problem.message);
  json.member("line", std::uint64_t{problem.line}).member("column", std::uint64_t{problem.column});
  if (problem.span) {
    json.member("begin", std::uint64_t{problem.span->begin}).member("end", std::uint64_t{problem.span->end});
  }
  if (!problem.excerpt.empty()) {
    json.member("excerpt", problem.excerpt);
    const std::size_t before = problem.column == 0 ? 0 : problem.column - 1;
    const std::size_t length =
        problem.span && problem.span->end > problem.span->begin ? problem.span->end - problem.span->begin : 1;
    const std::size_t room = problem.excerpt.size() > before ? problem.excerpt.size() - before : 1;
    json.member("caret", std::string(before, ' ') + std::string(std::min(length, room), '^'));
  }
  if (!problem.help.empty()) json.member("hint", problem.help);
  json.end_object();
}

void write_warnings(JsonWriter& json, const std::vector<model::ConditionWarning>& warnings) {
  json.begin_array();
  for (const model::ConditionWarning& warning : warnings) {
    json.begin_object().member("code", warning.code).member("message", warning.where.message);
    json.member("line", std::uint64_t{warning.where.line}).member("column", std::uint64_t{warning.where.column});
    if (!warning.where.help.empty()) json.member("hint", warning.where.help);
    json.end_object();
  }
  json.end_array();
}

void write_causes(JsonWriter& json, const std::vector<evaluator::ConditionCause>& causes, std::string_view text) {
  json.begin_array();
  for (const evaluator::ConditionCause& cause : causes) {
    json.begin_object().member("cause", to_string(cause.kind));
    if (!cause.attribute.empty()) json.member("attribute", cause.attribute);
    json.member("begin", std::uint64_t{cause.span.begin}).member("end", std::uint64_t{cause.span.end});
    if (cause.span.begin <= cause.span.end && cause.span.end <= text.size()) {
      json.member("text", text.substr(cause.span.begin, cause.span.end - cause.span.begin));
    }
    json.end_object();
  }
  json.end_array();
}

std::string in_words(const evaluator::ConditionCause& cause) {
  const std::string attribute = cause.attribute.empty() ? std::string("an attribute") : quote(cause.attribute);
  using Kind = evaluator::CauseKind;
  switch (cause.kind) {
    case Kind::AttributeNotSupplied:
      return fmt::format("the request does not supply {}", attribute);
    case Kind::AttributeUnknown:
      return fmt::format("the value of {} is not known", attribute);
    case Kind::TypeMismatch:
      return "the types of the two sides do not fit the operator";
    case Kind::ListWithoutQuantifier:
      return "a list is compared without a quantifier such as ForAnyOfAnyValues";
    case Kind::EmptyList:
      return "a list is empty";
    case Kind::AmbiguousGrouping:
      return "AND and OR without parentheses: the two readings differ";
    case Kind::QuantifierNotListed:
      return "this operator is not documented with a quantifier";
    case Kind::NotADate:
      return "a value is no date of the form yyyy-mm-ddThh:mm:ssZ";
    case Kind::NotAGuid:
      return "a value is no GUID";
    case Kind::SourceMismatch:
      return fmt::format("whether {} is supplied is contested", attribute);
    case Kind::UnsupportedVersion:
      return "the condition's version is not 2.0";
    case Kind::ActionNotGiven:
      return "the action is not given";
    case Kind::TooMuchWork:
      return "the lists or patterns are too long to compare";
  }
  return {};
}

}  // namespace acrbiter::cli::report
