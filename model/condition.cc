#include "model/condition.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace acrbiter::model {
namespace {

std::string_view family_name(OperatorFamily family) {
  switch (family) {
    case OperatorFamily::String:
      return "String";
    case OperatorFamily::Numeric:
      return "Numeric";
    case OperatorFamily::DateTime:
      return "DateTime";
    case OperatorFamily::Bool:
      return "Bool";
    case OperatorFamily::Guid:
      return "Guid";
  }
  return {};
}

std::string_view relation_name(OperatorRelation relation) {
  switch (relation) {
    case OperatorRelation::Equals:
      return "Equals";
    case OperatorRelation::StartsWith:
      return "StartsWith";
    case OperatorRelation::Like:
      return "Like";
    case OperatorRelation::GreaterThan:
      return "GreaterThan";
    case OperatorRelation::GreaterThanEquals:
      return "GreaterThanEquals";
    case OperatorRelation::LessThan:
      return "LessThan";
    case OperatorRelation::LessThanEquals:
      return "LessThanEquals";
  }
  return {};
}

/// From the first operand to the last: what a group of operands covers.
SourceSpan covering(const std::vector<Expr>& operands) {
  return {operands.front().span.begin, operands.back().span.end};
}

/// `operands` joined by AND or OR; a single operand stands for itself.
template <class Join>
Expr joined(std::vector<Expr> operands, SourceSpan span) {
  if (operands.size() == 1) return std::move(operands.front());
  return Expr{.node = Join{std::move(operands)}, .span = span};
}

}  // namespace

std::string to_string(const Operator& op) {
  std::string name(family_name(op.family));
  if (op.negated) name += "Not";
  name += relation_name(op.relation);
  if (op.ignore_case) name += "IgnoreCase";
  return name;
}

std::string_view to_string(Quantifier quantifier) {
  switch (quantifier) {
    case Quantifier::None:
      return "";
    case Quantifier::ForAnyOfAnyValues:
      return "ForAnyOfAnyValues";
    case Quantifier::ForAllOfAnyValues:
      return "ForAllOfAnyValues";
    case Quantifier::ForAnyOfAllValues:
      return "ForAnyOfAllValues";
    case Quantifier::ForAllOfAllValues:
      return "ForAllOfAllValues";
  }
  return {};
}

std::string_view to_string(AttributeSource source) {
  switch (source) {
    case AttributeSource::Request:
      return "Request";
    case AttributeSource::Resource:
      return "Resource";
    case AttributeSource::Principal:
      return "Principal";
    case AttributeSource::Environment:
      return "Environment";
  }
  return {};
}

bool mentions(const Expr& expr, AttributeSource source) {
  const auto any = [source](const std::vector<Expr>& operands) {
    return std::any_of(operands.begin(), operands.end(), [source](const Expr& e) { return mentions(e, source); });
  };
  const auto is_of = [source](const Operand& operand) {
    const auto* attribute = std::get_if<Attribute>(&operand);
    return attribute != nullptr && attribute->source == source;
  };
  return std::visit(Overloaded{
                        [](const ActionMatches&) { return false; },
                        [](const SubOperationMatches&) { return false; },
                        [&](const Exists& e) { return e.attribute.source == source; },
                        [&](const Box<Comparison>& c) { return is_of(c->left) || is_of(c->right); },
                        [&](const Not& n) { return mentions(*n.operand, source); },
                        [&](const All& a) { return any(a.operands); },
                        [&](const Any& a) { return any(a.operands); },
                        [&](const MixedChain& m) { return any(m.operands); },
                    },
                    expr.node);
}

Expr and_first(const MixedChain& chain, SourceSpan span) {
  std::vector<Expr> alternatives;
  std::vector<Expr> group{chain.operands.front()};
  for (std::size_t i = 1; i < chain.operands.size(); ++i) {
    if (!chain.and_before[i - 1]) {
      const SourceSpan covered = covering(group);
      alternatives.push_back(joined<All>(std::move(group), covered));
      group.clear();
    }
    group.push_back(chain.operands[i]);
  }
  const SourceSpan covered = covering(group);
  alternatives.push_back(joined<All>(std::move(group), covered));
  return joined<Any>(std::move(alternatives), span);
}

Expr left_to_right(const MixedChain& chain, SourceSpan span) {
  std::vector<Expr> run{chain.operands.front()};
  for (std::size_t i = 1; i < chain.operands.size(); ++i) {
    const bool by_and = chain.and_before[i - 1];
    if (run.size() > 1 && by_and != chain.and_before[i - 2]) {
      const SourceSpan covered = covering(run);
      Expr so_far = by_and ? joined<Any>(std::move(run), covered) : joined<All>(std::move(run), covered);
      run.clear();
      run.push_back(std::move(so_far));
    }
    run.push_back(chain.operands[i]);
  }
  return chain.and_before.back() ? joined<All>(std::move(run), span) : joined<Any>(std::move(run), span);
}

}  // namespace acrbiter::model
