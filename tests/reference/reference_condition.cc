#include "tests/reference/reference_condition.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

namespace acrbiter::reference {
namespace {

using model::Truth;

/// `yyyy-mm-ddThh:mm:ss[.f…]Z` as a string that sorts like the instant: 19 characters and seven fraction digits.
std::optional<std::string> instant(const std::string& text) {
  const std::string shape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < shape.size() + 1 || text.back() != 'Z') return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == 'd' ? !digit : text[i] != shape[i]) return std::nullopt;
  }
  std::string fraction = text.substr(shape.size(), text.size() - shape.size() - 1);
  if (!fraction.empty()) {
    if (fraction[0] != '.' || fraction.size() < 2) return std::nullopt;
    fraction.erase(0, 1);
    if (fraction.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  }
  fraction.resize(7, '0');
  return text.substr(0, shape.size()) + fraction;
}

/// 32 hexadecimal digits in lower case, dashes dropped.
std::optional<std::string> guid_digits(const std::string& text) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash_place = text.size() == 36 && (i == 8 || i == 13 || i == 18 || i == 23);
    if (dash_place) {
      if (text[i] != '-') return std::nullopt;
    } else {
      digits += text[i];
    }
  }
  digits = lower(digits);
  if (digits.size() != 32 || digits.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
  return digits;
}

/// StringLike: `*` any run, `?` one character, `\*` and `\?` themselves.
bool like_match(std::string_view pattern, std::string_view text) {
  struct Piece {
    enum class Kind { Run, One, Exact } kind;
    char exact;
  };
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size() && (pattern[i + 1] == '*' || pattern[i + 1] == '?')) {
      pieces.push_back({Piece::Kind::Exact, pattern[++i]});
    } else if (pattern[i] == '*') {
      pieces.push_back({Piece::Kind::Run, 0});
    } else if (pattern[i] == '?') {
      pieces.push_back({Piece::Kind::One, 0});
    } else {
      pieces.push_back({Piece::Kind::Exact, pattern[i]});
    }
  }
  std::vector<bool> reach(text.size() + 1, false);  // reach[n]: the pieces so far cover the first n characters
  reach[0] = true;
  for (const Piece& piece : pieces) {
    std::vector<bool> next(text.size() + 1, false);
    for (std::size_t n = 0; n <= text.size(); ++n) {
      if (piece.kind == Piece::Kind::Run) {
        next[n] = reach[n] || (n > 0 && next[n - 1]);
      } else if (n > 0 && reach[n - 1]) {
        next[n] = piece.kind == Piece::Kind::One || text[n - 1] == piece.exact;
      }
    }
    reach = next;
  }
  return reach[text.size()];
}

bool relation_holds(model::OperatorRelation relation, int order) {
  switch (relation) {
    case model::OperatorRelation::Equals:
      return order == 0;
    case model::OperatorRelation::GreaterThan:
      return order > 0;
    case model::OperatorRelation::GreaterThanEquals:
      return order >= 0;
    case model::OperatorRelation::LessThan:
      return order < 0;
    case model::OperatorRelation::LessThanEquals:
      return order <= 0;
    case model::OperatorRelation::StartsWith:
    case model::OperatorRelation::Like:
      break;
  }
  return false;
}

template <class T>
int order_of(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

/// One value against one value. Unknown where the types do not fit the operator: nothing is converted.
Truth compare(const model::Literal& left, const model::Operator& op, const model::Literal& right) {
  const auto both_are = [&](model::ValueType type) { return left.type == type && right.type == type; };
  std::optional<bool> holds;
  switch (op.family) {
    case model::OperatorFamily::String: {
      if (!both_are(model::ValueType::String)) break;
      const std::string l = op.ignore_case ? lower(left.text) : left.text;
      const std::string r = op.ignore_case ? lower(right.text) : right.text;
      if (op.relation == model::OperatorRelation::StartsWith) {
        holds = l.starts_with(r);
      } else if (op.relation == model::OperatorRelation::Like) {
        holds = like_match(r, l);
      } else {
        holds = l == r;
      }
      break;
    }
    case model::OperatorFamily::Numeric:
      if (both_are(model::ValueType::Number)) holds = relation_holds(op.relation, order_of(left.number, right.number));
      break;
    case model::OperatorFamily::DateTime:
      if (both_are(model::ValueType::String)) {
        const auto l = instant(left.text);
        const auto r = instant(right.text);
        if (l && r) holds = relation_holds(op.relation, order_of(*l, *r));
      }
      break;
    case model::OperatorFamily::Bool:
      if (both_are(model::ValueType::Boolean)) holds = left.boolean == right.boolean;
      break;
    case model::OperatorFamily::Guid: {
      const auto l = guid_digits(left.text);
      const auto r = guid_digits(right.text);
      if (l && r) holds = *l == *r;
      break;
    }
  }
  if (!holds) return Truth::Unknown;
  return model::truth_of(*holds != op.negated);
}

Truth across(model::Quantifier quantifier, const model::Operator& op, const std::vector<model::Literal>& left,
             const std::vector<model::Literal>& right) {
  const bool any_left =
      quantifier == model::Quantifier::ForAnyOfAnyValues || quantifier == model::Quantifier::ForAnyOfAllValues;
  const bool any_right =
      quantifier == model::Quantifier::ForAnyOfAnyValues || quantifier == model::Quantifier::ForAllOfAnyValues;
  Truth outer = any_left ? Truth::False : Truth::True;
  for (const model::Literal& l : left) {
    Truth inner = any_right ? Truth::False : Truth::True;
    for (const model::Literal& r : right) {
      const Truth pair = compare(l, op, r);
      inner = any_right ? std::max(inner, pair) : std::min(inner, pair);
    }
    outer = any_left ? std::max(outer, inner) : std::min(outer, inner);
  }
  return outer;
}

bool may_be_quantified(const model::Operator& op) {
  if (op.family == model::OperatorFamily::String) return op.relation != model::OperatorRelation::StartsWith;
  return op.family == model::OperatorFamily::Numeric || op.family == model::OperatorFamily::Guid;
}

bool is_sub_operation(const model::Attribute& attribute) {
  return attribute.source == model::AttributeSource::Request && lower(attribute.text) == "suboperation";
}

AttributeValues values_of(const model::Operand& operand, const ConditionInput& input) {
  AttributeValues result;
  result.state = AttributeValues::State::Supplied;
  if (const auto* literal = std::get_if<model::Literal>(&operand)) {
    result.values = {*literal};
  } else if (const auto* set = std::get_if<model::LiteralSet>(&operand)) {
    result.values = set->members;
  } else {
    result = input.find(std::get<model::Attribute>(operand));
  }
  return result;
}

Truth comparison_truth(const model::Comparison& comparison, const ConditionInput& input) {
  for (const model::Operand* operand : {&comparison.left, &comparison.right}) {
    const auto* attribute = std::get_if<model::Attribute>(operand);
    if (attribute != nullptr && is_sub_operation(*attribute)) return Truth::False;  // matches nothing, also below NOT
  }
  const AttributeValues left = values_of(comparison.left, input);
  const AttributeValues right = values_of(comparison.right, input);
  if (left.state == AttributeValues::State::NeverCarried || right.state == AttributeValues::State::NeverCarried) {
    return input.missing_is_false ? Truth::False : Truth::Unknown;
  }
  if (left.state == AttributeValues::State::NotKnown || right.state == AttributeValues::State::NotKnown) {
    return Truth::Unknown;
  }
  if (left.values.empty() || right.values.empty()) return Truth::Unknown;
  if (comparison.quantifier == model::Quantifier::None) {
    if (left.values.size() > 1 || right.values.size() > 1) return Truth::Unknown;
    return compare(left.values[0], comparison.op, right.values[0]);
  }
  if (!may_be_quantified(comparison.op)) return Truth::Unknown;
  return across(comparison.quantifier, comparison.op, left.values, right.values);
}

/// AND binds tighter: the maximum over the runs between ORs of the minimum within a run.
Truth and_first(const std::vector<Truth>& values, const std::vector<bool>& and_before) {
  Truth result = Truth::False;
  Truth run = values[0];
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (and_before[i - 1]) {
      run = std::min(run, values[i]);
    } else {
      result = std::max(result, run);
      run = values[i];
    }
  }
  return std::max(result, run);
}

Truth left_to_right(const std::vector<Truth>& values, const std::vector<bool>& and_before) {
  Truth result = values[0];
  for (std::size_t i = 1; i < values.size(); ++i) {
    result = and_before[i - 1] ? std::min(result, values[i]) : std::max(result, values[i]);
  }
  return result;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool star_match(std::string_view pattern, std::string_view text) {
  std::vector<bool> reach(text.size() + 1, false);  // reach[n]: the pattern so far covers the first n characters
  reach[0] = true;
  for (const char p : pattern) {
    std::vector<bool> next(text.size() + 1, false);
    for (std::size_t n = 0; n <= text.size(); ++n) {
      if (p == '*') {
        next[n] = reach[n] || (n > 0 && next[n - 1]);
      } else {
        next[n] = n > 0 && reach[n - 1] && text[n - 1] == p;
      }
    }
    reach = next;
  }
  return reach[text.size()];
}

Truth condition_truth(const model::Expr& expr, const ConditionInput& input) {
  // Whatever the service's reading is, it is the same in all parts of a condition.
  if (input.ambiguous_grouping != "and-first" && input.ambiguous_grouping != "left-to-right") {
    ConditionInput read = input;
    read.ambiguous_grouping = "and-first";
    const Truth tight = condition_truth(expr, read);
    read.ambiguous_grouping = "left-to-right";
    return condition_truth(expr, read) == tight ? tight : Truth::Unknown;
  }
  const auto values = [&](const std::vector<model::Expr>& operands) {
    std::vector<Truth> result;
    for (const model::Expr& operand : operands) result.push_back(condition_truth(operand, input));
    return result;
  };
  return std::visit(
      model::Overloaded{
          [&](const model::ActionMatches& node) {
            return model::truth_of(star_match(lower(node.pattern), lower(input.action)));
          },
          [&](const model::SubOperationMatches&) { return Truth::False; },  // the registry has no sub-operations
          [&](const model::Exists& node) {
            if (is_sub_operation(node.attribute)) return Truth::False;
            const AttributeValues found = input.find(node.attribute);
            if (found.state == AttributeValues::State::NotKnown) return Truth::Unknown;
            return model::truth_of(found.state == AttributeValues::State::Supplied && !found.values.empty());
          },
          [&](const model::Comparison& node) { return comparison_truth(node, input); },
          [&](const model::Not& node) { return !condition_truth(*node.operand, input); },
          [&](const model::All& node) {
            Truth result = Truth::True;
            for (const Truth value : values(node.operands)) result = std::min(result, value);
            return result;
          },
          [&](const model::Any& node) {
            Truth result = Truth::False;
            for (const Truth value : values(node.operands)) result = std::max(result, value);
            return result;
          },
          [&](const model::MixedChain& node) {
            const std::vector<Truth> operands = values(node.operands);
            if (input.ambiguous_grouping == "and-first") return and_first(operands, node.and_before);
            return left_to_right(operands, node.and_before);
          }},
      expr.node);
}

}  // namespace acrbiter::reference
