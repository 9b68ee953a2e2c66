#include "evaluator/condition_eval.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <variant>

#include "evaluator/condition_value.h"
#include "evaluator/wildcard.h"
#include "model/condition_warnings.h"
#include "model/text_position.h"

namespace acrbiter::evaluator {
namespace {

using model::Attribute;
using model::Comparison;
using model::Expr;
using model::OperatorFamily;
using model::OperatorRelation;
using model::Quantifier;
using model::SourceSpan;
using model::Truth;

/// Comparing more pairs of values than this, or longer texts with patterns, is refused: TooMuchWork.
constexpr std::size_t kMaxPairs = std::size_t{1} << 20U;
constexpr std::size_t kMaxPatternWork = std::size_t{1} << 24U;

/// A set of CauseKind.
class CauseKinds {
 public:
  constexpr CauseKinds() = default;
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr CauseKinds(CauseKind kind) : bits_(1U << static_cast<unsigned>(kind)) {}
  constexpr CauseKinds& operator|=(CauseKinds other) {
    bits_ |= other.bits_;
    return *this;
  }
  [[nodiscard]] constexpr bool contains(CauseKind kind) const { return (bits_ & CauseKinds(kind).bits_) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  /// The kinds in it, in the order of the enumeration.
  template <class Visit>
  void for_each(Visit visit) const {
    for (unsigned rest = bits_; rest != 0; rest &= rest - 1) visit(static_cast<CauseKind>(std::countr_zero(rest)));
  }

 private:
  unsigned bits_ = 0;
};

/// The value of a sub-expression without AND, OR and NOT, and what keeps it open.
struct LeafValue {
  Truth truth = Truth::Unknown;
  CauseKinds causes;
};
LeafValue unknown_because(CauseKinds causes) { return {Truth::Unknown, causes}; }
LeafValue known(bool value) { return {model::truth_of(value), {}}; }

/// The value under both readings of AND and OR without parentheses.
struct BothReadings {
  Truth and_first = Truth::Unknown;
  Truth left_to_right = Truth::Unknown;
  [[nodiscard]] bool agree() const { return and_first == left_to_right; }
  [[nodiscard]] bool is(Truth t) const { return and_first == t && left_to_right == t; }
};

/// An operand's values, and why there may be none.
struct OperandValues {
  AttributeLookup values;
  CauseKinds causes;              ///< why the supply is not Supplied
  bool no_sub_operation = false;  ///< @Request[subOperation] of a request that has none
};

/// Combines truths one after the other by "some" or by "every".
class Fold {
 public:
  explicit Fold(bool some) : some_(some), truth_(some ? Truth::False : Truth::True) {}
  void add(Truth t) { truth_ = some_ ? model::either(truth_, t) : model::both(truth_, t); }
  [[nodiscard]] bool settled() const { return truth_ == (some_ ? Truth::True : Truth::False); }
  [[nodiscard]] Truth truth() const { return truth_; }

 private:
  bool some_;
  Truth truth_;
};

/// Source: conditions-format, the operators that may follow a quantifier
bool takes_quantifier(const model::Operator& op) {
  switch (op.family) {
    case OperatorFamily::String:
      return op.relation != OperatorRelation::StartsWith;
    case OperatorFamily::Numeric:
    case OperatorFamily::Guid:
      return true;
    case OperatorFamily::DateTime:
    case OperatorFamily::Bool:
      return false;
  }
  return false;
}

bool holds(std::partial_ordering order, OperatorRelation relation) {
  switch (relation) {
    case OperatorRelation::Equals:
      return order == 0;
    case OperatorRelation::GreaterThan:
      return order > 0;
    case OperatorRelation::GreaterThanEquals:
      return order >= 0;
    case OperatorRelation::LessThan:
      return order < 0;
    case OperatorRelation::LessThanEquals:
      return order <= 0;
    case OperatorRelation::StartsWith:
    case OperatorRelation::Like:
      return false;
  }
  return false;
}

bool string_test(const model::Operator& op, std::string_view left, std::string_view right) {
  switch (op.relation) {
    case OperatorRelation::StartsWith:
      return op.ignore_case ? starts_with_ignoring_case(left, right) : left.starts_with(right);
    case OperatorRelation::Like:
      return like_match(right, left, op.ignore_case);
    default:
      return op.ignore_case ? equal_ignoring_case(left, right) : left == right;
  }
}

/// One pair of values, before negation.
LeafValue test_pair(const model::Operator& op, const ValueView& left, const ValueView& right) {
  using model::ValueType;
  const auto both_are = [&](ValueType type) { return left.type == type && right.type == type; };
  const auto textual = [](const ValueView& v) { return v.type == ValueType::String || v.type == ValueType::Guid; };
  switch (op.family) {
    case OperatorFamily::String:
      if (!both_are(ValueType::String)) return unknown_because(CauseKind::TypeMismatch);
      return known(string_test(op, left.text, right.text));
    case OperatorFamily::Numeric:
      if (!both_are(ValueType::Number)) return unknown_because(CauseKind::TypeMismatch);
      return known(holds(compare_numbers(left, right), op.relation));
    case OperatorFamily::Bool:
      if (!both_are(ValueType::Boolean)) return unknown_because(CauseKind::TypeMismatch);
      return known(left.boolean == right.boolean);
    case OperatorFamily::DateTime: {
      if (!both_are(ValueType::String)) return unknown_because(CauseKind::TypeMismatch);
      const auto l = read_date(left.text);
      const auto r = read_date(right.text);
      if (!l || !r) return unknown_because(CauseKind::NotADate);
      return known(holds(*l <=> *r, op.relation));
    }
    case OperatorFamily::Guid: {
      if (!textual(left) || !textual(right)) return unknown_because(CauseKind::TypeMismatch);
      const auto l = read_guid(left.text);
      const auto r = read_guid(right.text);
      if (!l || !r) return unknown_because(CauseKind::NotAGuid);
      return known(*l == *r);
    }
  }
  return unknown_because(CauseKind::TypeMismatch);
}

LeafValue compare_pair(const model::Operator& op, const ValueView& left, const ValueView& right) {
  LeafValue value = test_pair(op, left, right);
  if (op.negated) value.truth = !value.truth;
  return value;
}

/// Ids of subnets and private endpoints are resource ids, which Azure compares without letter case.
/// Source: storage-auth-abac-attributes
bool holds_resource_ids(const model::Operand& operand) {
  const auto* attribute = std::get_if<Attribute>(&operand);
  return attribute != nullptr && attribute->source == model::AttributeSource::Environment &&
         (equal_ignoring_case(attribute->text, "Microsoft.Network/privateEndpoints") ||
          equal_ignoring_case(attribute->text, "Microsoft.Network/virtualNetworks/subnets"));
}

model::Operator effective_operator(const Comparison& comparison) {
  model::Operator op = comparison.op;
  if (holds_resource_ids(comparison.left) || holds_resource_ids(comparison.right)) op.ignore_case = true;
  return op;
}

std::size_t total_length(const AttributeLookup& values) {
  std::size_t length = values.size();
  for (std::size_t i = 0; i < values.size(); ++i) length += values[i].text.size();
  return length;
}

bool too_much_work(const model::Operator& op, const AttributeLookup& left, const AttributeLookup& right) {
  if (left.size() > kMaxPairs / right.size()) return true;
  if (op.family != OperatorFamily::String || op.relation != OperatorRelation::Like) return false;
  return total_length(left) > kMaxPatternWork / total_length(right);
}

/// Values for one environment: the leaves of an expression.
class Leaves {
 public:
  Leaves(const ConditionEnvironment& environment, bool missing_is_false)
      : environment_(environment), missing_is_false_(missing_is_false) {}

  [[nodiscard]] LeafValue operator()(const model::ActionMatches& clause) const {
    if (environment_.action.empty()) return unknown_because(CauseKind::ActionNotGiven);
    return known(wildcard_match(clause.pattern, environment_.action, true));
  }

  /// A request without sub-operation gives false, not unknown. Source: conditions-format, "Sub-operations"
  [[nodiscard]] LeafValue operator()(const model::SubOperationMatches& clause) const {
    return known(!environment_.sub_operation.empty() && equal_ignoring_case(clause.name, environment_.sub_operation));
  }

  [[nodiscard]] LeafValue operator()(const model::Exists& clause) const {
    const OperandValues operand = resolve(clause.attribute);
    if (operand.values.supply() == Supply::Unknown) return unknown_because(operand.causes);
    return known(operand.values.supply() == Supply::Supplied && operand.values.size() > 0);
  }

  [[nodiscard]] LeafValue operator()(const Comparison& comparison) const {
    const bool quantified = comparison.quantifier != Quantifier::None;
    const OperandValues left = resolve(comparison.left);
    const OperandValues right = resolve(comparison.right);
    const bool missing = left.values.supply() == Supply::NotSupplied || right.values.supply() == Supply::NotSupplied;
    if (missing && missing_is_false_) return known(false);
    if (quantified && !takes_quantifier(comparison.op)) return unknown_because(CauseKind::QuantifierNotListed);
    if (left.no_sub_operation || right.no_sub_operation) return known(false);
    if (left.values.supply() != Supply::Supplied || right.values.supply() != Supply::Supplied) {
      CauseKinds causes = left.causes;
      causes |= right.causes;
      return unknown_because(causes);
    }
    if (left.values.size() == 0 || right.values.size() == 0) return unknown_because(CauseKind::EmptyList);
    if (!quantified && (left.values.size() > 1 || right.values.size() > 1)) {
      return unknown_because(CauseKind::ListWithoutQuantifier);
    }
    const model::Operator op = effective_operator(comparison);
    if (too_much_work(op, left.values, right.values)) return unknown_because(CauseKind::TooMuchWork);
    if (!quantified) return compare_pair(op, left.values[0], right.values[0]);
    return compare_lists(op, comparison.quantifier, left.values, right.values);
  }

  [[nodiscard]] OperandValues resolve(const model::Operand& operand) const {
    if (const auto* attribute = std::get_if<Attribute>(&operand)) return resolve(*attribute);
    if (const auto* literal = std::get_if<model::Literal>(&operand)) {
      return {.values = AttributeLookup::one(view_of(*literal)), .causes = {}};
    }
    return {.values = AttributeLookup::values(std::get_if<model::LiteralSet>(&operand)->members, true), .causes = {}};
  }

  [[nodiscard]] OperandValues resolve(const Attribute& attribute) const {
    const AttributeLookup found = find(attribute.source, attribute.text);
    if (found.supply() == Supply::Supplied) return {.values = found, .causes = {}};
    if (found.supply() == Supply::Unknown) return {.values = found, .causes = CauseKind::AttributeUnknown};
    if (is_sub_operation(attribute)) {
      if (environment_.sub_operation.empty()) return {.values = found, .causes = {}, .no_sub_operation = true};
      return {.values = AttributeLookup::text(environment_.sub_operation), .causes = {}};
    }
    if (attribute.source == model::AttributeSource::Resource && model::is_repository_name(attribute)) {
      return resolve_resource_repository(attribute);
    }
    return {.values = found, .causes = CauseKind::AttributeNotSupplied};
  }

 private:
  [[nodiscard]] AttributeLookup find(model::AttributeSource source, std::string_view name) const {
    return environment_.attributes == nullptr ? AttributeLookup::not_supplied()
                                              : environment_.attributes->find(source, name);
  }

  /// The preview's spelling of SubOperationMatches: `@Request[subOperation] ForAnyOfAnyValues:StringEqualsIgnoreCase
  /// {…}`.
  static bool is_sub_operation(const Attribute& attribute) {
    return attribute.source == model::AttributeSource::Request && equal_ignoring_case(attribute.text, "subOperation");
  }

  /// `@Resource[…repositories:name]` where only `@Request[…]` of the same name is supplied.
  /// Contested: resource-attribute-for-repository
  [[nodiscard]] OperandValues resolve_resource_repository(const Attribute& attribute) const {
    using Reading = ConditionReadings::ResourceAttributeForRepository;
    const AttributeLookup request = find(model::AttributeSource::Request, attribute.text);
    const Reading reading = environment_.readings.resource_attribute_for_repository;
    if (request.supply() == Supply::NotSupplied || reading == Reading::Absent) {
      return {.values = AttributeLookup::not_supplied(), .causes = CauseKind::AttributeNotSupplied};
    }
    if (reading == Reading::Unknown) return {.values = AttributeLookup::unknown(), .causes = CauseKind::SourceMismatch};
    if (request.supply() == Supply::Unknown) return {.values = request, .causes = CauseKind::AttributeUnknown};
    return {.values = request, .causes = {}};
  }

  /// The operator on every pair; the quantifier combines. Source: conditions-format, "Cross product comparison
  /// operators"
  static LeafValue compare_lists(const model::Operator& op, Quantifier quantifier, const AttributeLookup& left,
                                 const AttributeLookup& right) {
    CauseKinds causes;
    Fold outer(quantifier == Quantifier::ForAnyOfAnyValues || quantifier == Quantifier::ForAnyOfAllValues);
    for (std::size_t l = 0; l < left.size() && !outer.settled(); ++l) {
      Fold inner(quantifier == Quantifier::ForAnyOfAnyValues || quantifier == Quantifier::ForAllOfAnyValues);
      for (std::size_t r = 0; r < right.size() && !inner.settled(); ++r) {
        const LeafValue pair = compare_pair(op, left[l], right[r]);
        causes |= pair.causes;
        inner.add(pair.truth);
      }
      outer.add(inner.truth());
    }
    return outer.truth() == Truth::Unknown ? unknown_because(causes) : LeafValue{outer.truth(), {}};
  }

  const ConditionEnvironment& environment_;
  bool missing_is_false_;
};

/// One sub-expression with its value. The nodes of a tree lie in the order of the text, each before its parts.
struct Evaluated {
  const Expr* expr = nullptr;
  BothReadings value;
  CauseKinds causes;    ///< of a leaf
  std::size_t end = 0;  ///< behind the last part
  int depth = 0;
};

/// Keeps nothing, so nothing needs to be evaluated once the value is settled.
struct NoRecord {
  static constexpr bool kShortCircuit = true;
  std::size_t open(const Expr&) { return 0; }
  void close(std::size_t, BothReadings, CauseKinds = {}) {}
};

struct Record {
  static constexpr bool kShortCircuit = false;
  std::vector<Evaluated> nodes;
  int depth = 0;
  std::size_t open(const Expr& expr) {
    nodes.push_back({.expr = &expr, .value = {}, .causes = {}, .depth = depth++});
    return nodes.size() - 1;
  }
  void close(std::size_t node, BothReadings value, CauseKinds causes = {}) {
    nodes[node].value = value;
    nodes[node].causes = causes;
    nodes[node].end = nodes.size();
    --depth;
  }
};

/// Evaluates a tree under both readings at once.
template <class Recorder>
class Walk {
 public:
  Walk(const Leaves& leaves, Recorder& recorder) : leaves_(leaves), recorder_(recorder) {}

  BothReadings operator()(const Expr& expr) {
    const std::size_t node = recorder_.open(expr);
    BothReadings value;
    CauseKinds causes;
    std::visit(model::Overloaded{
                   [&](const model::Not& n) {
                     const BothReadings operand = (*this)(*n.operand);
                     value = {!operand.and_first, !operand.left_to_right};
                   },
                   [&](const model::All& all) { value = fold(all.operands, Truth::False, model::both); },
                   [&](const model::Any& any) { value = fold(any.operands, Truth::True, model::either); },
                   [&](const model::MixedChain& chain) { value = mixed(chain); },
                   [&](const model::ActionMatches& leaf) { set(leaves_(leaf), value, causes); },
                   [&](const model::SubOperationMatches& leaf) { set(leaves_(leaf), value, causes); },
                   [&](const model::Exists& leaf) { set(leaves_(leaf), value, causes); },
                   [&](const model::Comparison& leaf) { set(leaves_(leaf), value, causes); },
               },
               expr.node);
    recorder_.close(node, value, causes);
    return value;
  }

 private:
  static void set(LeafValue leaf, BothReadings& value, CauseKinds& causes) {
    value = {leaf.truth, leaf.truth};
    causes = leaf.causes;
  }

  template <class Combine>
  BothReadings fold(const std::vector<Expr>& operands, Truth decisive, Combine combine) {
    BothReadings result{!decisive, !decisive};
    for (const Expr& operand : operands) {
      const BothReadings value = (*this)(operand);
      result = {combine(result.and_first, value.and_first), combine(result.left_to_right, value.left_to_right)};
      if (Recorder::kShortCircuit && result.is(decisive)) break;
    }
    return result;
  }

  /// Contested: ambiguous-grouping
  BothReadings mixed(const model::MixedChain& chain) {
    const BothReadings first = (*this)(chain.operands.front());
    Truth alternatives = Truth::False;  // what the finished groups of ANDs come to
    Truth group = first.and_first;
    Truth so_far = first.left_to_right;
    for (std::size_t i = 1; i < chain.operands.size(); ++i) {
      const BothReadings value = (*this)(chain.operands[i]);
      if (chain.and_before[i - 1]) {
        group = model::both(group, value.and_first);
        so_far = model::both(so_far, value.left_to_right);
      } else {
        alternatives = model::either(alternatives, group);
        group = value.and_first;
        so_far = model::either(so_far, value.left_to_right);
      }
    }
    return {model::either(alternatives, group), so_far};
  }

  const Leaves& leaves_;
  Recorder& recorder_;
};

/// One truth from two readings: the pinned one, or what both say.
Truth settle(BothReadings value, const ConditionReadings& readings) {
  using Reading = ConditionReadings::AmbiguousGrouping;
  switch (readings.ambiguous_grouping) {
    case Reading::AndFirst:
      return value.and_first;
    case Reading::LeftToRight:
      return value.left_to_right;
    case Reading::Indeterminate:
      break;
  }
  return value.agree() ? value.and_first : Truth::Unknown;
}

/// "@Request[…]"
std::string name_of(const Attribute& attribute) {
  std::string name = "@";
  name += to_string(attribute.source);
  name += '[';
  name += attribute.text;
  name += ']';
  return name;
}

/// Clauses that only select the actions an expression is about.
bool is_guard(const Expr& expr) {
  const auto all_guards = [](const std::vector<Expr>& operands) {
    return std::all_of(operands.begin(), operands.end(), is_guard);
  };
  return std::visit(model::Overloaded{
                        [](const model::ActionMatches&) { return true; },
                        [](const model::SubOperationMatches&) { return true; },
                        [](const model::Exists&) { return false; },
                        [](const Comparison&) { return false; },
                        [](const model::Not& n) { return is_guard(*n.operand); },
                        [&](const model::All& all) { return all_guards(all.operands); },
                        [&](const model::Any& any) { return all_guards(any.operands); },
                        [&](const model::MixedChain& chain) { return all_guards(chain.operands); },
                    },
                    expr.node);
}

/// Reads a recorded tree: what decides it, what keeps it open, and its steps.
class Reader {
 public:
  Reader(const Leaves& leaves, const ConditionReadings& readings, const std::vector<Evaluated>& nodes)
      : leaves_(leaves), readings_(readings), nodes_(nodes), reported_(nodes.size(), false) {}

  [[nodiscard]] Truth truth(std::size_t node) const { return settle(nodes_[node].value, readings_); }

  [[nodiscard]] SourceSpan decided_by(std::size_t node) const {
    const Expr& expr = *nodes_[node].expr;
    if (is_guard(expr)) return expr.span;
    if (std::holds_alternative<model::Not>(expr.node)) {
      const bool of_leaf = nodes_[node].end == node + 2;
      return of_leaf ? expr.span : decided_by(node + 1);
    }
    const bool all = std::holds_alternative<model::All>(expr.node);
    if (!all && !std::holds_alternative<model::Any>(expr.node)) return expr.span;

    const Truth value = truth(node);
    const Truth decisive = all ? Truth::False : Truth::True;
    std::size_t candidate = 0;
    std::size_t candidates = 0;
    for (std::size_t part = node + 1; part < nodes_[node].end; part = nodes_[part].end) {
      if (truth(part) != value) continue;
      if (value == decisive) return decided_by(part);
      if (is_guard(*nodes_[part].expr)) continue;
      candidate = part;
      ++candidates;
    }
    return candidates == 1 ? decided_by(candidate) : expr.span;
  }

  /// Of an Unknown root: each leaf and each ambiguous chain that could have changed the value.
  [[nodiscard]] std::vector<ConditionCause> causes() {
    using Reading = ConditionReadings::AmbiguousGrouping;
    const BothReadings root = nodes_.front().value;
    const Reading reading = readings_.ambiguous_grouping;
    if (reading == Reading::Indeterminate && !root.agree()) collect_ambiguous(0);
    if (reading != Reading::LeftToRight && root.and_first == Truth::Unknown) collect(0, &BothReadings::and_first);
    if (reading != Reading::AndFirst && root.left_to_right == Truth::Unknown) collect(0, &BothReadings::left_to_right);
    std::stable_sort(causes_.begin(), causes_.end(),
                     [](const ConditionCause& a, const ConditionCause& b) { return a.span.begin < b.span.begin; });
    return std::move(causes_);
  }

 private:
  using Component = Truth BothReadings::*;

  void collect_ambiguous(std::size_t node) {
    if (nodes_[node].value.agree()) return;
    if (std::holds_alternative<model::MixedChain>(nodes_[node].expr->node)) {
      causes_.push_back({CauseKind::AmbiguousGrouping, nodes_[node].expr->span, {}});
    }
    for (std::size_t part = node + 1; part < nodes_[node].end; part = nodes_[part].end) collect_ambiguous(part);
  }

  void collect(std::size_t node, Component component) {
    if (nodes_[node].value.*component != Truth::Unknown) return;
    const Expr& expr = *nodes_[node].expr;
    if (const auto* chain = std::get_if<model::MixedChain>(&expr.node)) {
      collect_mixed(node, *chain, component);
    } else if (nodes_[node].end == node + 1) {
      if (!reported_[node]) report(nodes_[node]);
      reported_[node] = true;
    } else {
      for (std::size_t part = node + 1; part < nodes_[node].end; part = nodes_[part].end) collect(part, component);
    }
  }

  /// Only the operands that reach the value: in `F AND U OR U` the first U does not.
  void collect_mixed(std::size_t node, const model::MixedChain& chain, Component component) {
    std::vector<std::size_t> parts;
    for (std::size_t part = node + 1; part < nodes_[node].end; part = nodes_[part].end) parts.push_back(part);
    const auto value = [&](std::size_t i) { return nodes_[parts[i]].value.*component; };
    if (component == &BothReadings::and_first) {
      for (std::size_t begin = 0; begin < parts.size();) {
        std::size_t end = begin + 1;
        Truth group = value(begin);
        while (end < parts.size() && chain.and_before[end - 1]) group = model::both(group, value(end++));
        for (std::size_t i = begin; i < end && group == Truth::Unknown; ++i) collect(parts[i], component);
        begin = end;
      }
      return;
    }
    std::vector<Truth> so_far{value(0)};
    for (std::size_t i = 1; i < parts.size(); ++i) {
      so_far.push_back(chain.and_before[i - 1] ? model::both(so_far.back(), value(i))
                                               : model::either(so_far.back(), value(i)));
    }
    std::size_t i = parts.size();
    while (i > 0 && so_far[i - 1] == Truth::Unknown) collect(parts[--i], component);
  }

  void report(const Evaluated& node) {
    node.causes.for_each([&](CauseKind kind) { report(node, kind); });
  }
  void report(const Evaluated& node, CauseKind kind) {
    bool named = false;
    const auto name = [&](const Attribute& attribute) {
      const OperandValues operand = leaves_.resolve(attribute);
      if (!operand.causes.empty() && !operand.causes.contains(kind)) return;
      if (operand.causes.empty() && is_about_supply(kind)) return;
      if (kind == CauseKind::EmptyList && operand.values.size() > 0) return;
      ConditionCause cause{kind, node.expr->span, name_of(attribute)};
      if (named && causes_.back() == cause) return;
      causes_.push_back(std::move(cause));
      named = true;
    };
    if (const auto* exists = std::get_if<model::Exists>(&node.expr->node)) {
      name(exists->attribute);
    } else if (const auto* comparison = std::get_if<model::Box<Comparison>>(&node.expr->node)) {
      if (const auto* left = std::get_if<Attribute>(&(*comparison)->left)) name(*left);
      const auto* right = std::get_if<Attribute>(&(*comparison)->right);
      if (right != nullptr && (!named || is_about_supply(kind))) name(*right);
    }
    if (!named) causes_.push_back({kind, node.expr->span, {}});
  }
  static bool is_about_supply(CauseKind kind) {
    return kind == CauseKind::AttributeNotSupplied || kind == CauseKind::AttributeUnknown ||
           kind == CauseKind::SourceMismatch;
  }

  const Leaves& leaves_;
  const ConditionReadings& readings_;
  const std::vector<Evaluated>& nodes_;
  std::vector<bool> reported_;
  std::vector<ConditionCause> causes_;
};

bool is_supported_version(std::string_view version) { return version.empty() || version == "2.0"; }

bool missing_is_false(const ConditionEnvironment& environment) {
  return environment.readings.missing_value_below_not == ConditionReadings::MissingValueBelowNot::False;
}

Truth quick_truth(const model::Condition& condition, const ConditionEnvironment& environment, bool missing_false) {
  if (!is_supported_version(environment.condition_version)) return Truth::Unknown;
  const Leaves leaves(environment, missing_false);
  NoRecord nothing;
  return settle(Walk(leaves, nothing)(condition.root), environment.readings);
}

// ---- the words of a trace ----------------------------------------------------------------------------------

struct RelationWords {
  std::string_view holds, fails;
};
RelationWords words_for(const model::Operator& op) {
  switch (op.relation) {
    case OperatorRelation::Equals:
      return {"equals", "does not equal"};
    case OperatorRelation::StartsWith:
      return {"starts with", "does not start with"};
    case OperatorRelation::Like:
      return {"matches", "does not match"};
    case OperatorRelation::GreaterThan:
      return {"is greater than", "is not greater than"};
    case OperatorRelation::GreaterThanEquals:
      return {"is at least", "is less than"};
    case OperatorRelation::LessThan:
      return {"is less than", "is not less than"};
    case OperatorRelation::LessThanEquals:
      return {"is at most", "is greater than"};
  }
  return {};
}

std::string_view describe(CauseKind kind) {
  switch (kind) {
    case CauseKind::AttributeNotSupplied:
      return "not supplied";
    case CauseKind::AttributeUnknown:
      return "value not known";
    case CauseKind::TypeMismatch:
      return "the values are of another type than the operator's";
    case CauseKind::ListWithoutQuantifier:
      return "several values without a quantifier";
    case CauseKind::EmptyList:
      return "an empty list";
    case CauseKind::AmbiguousGrouping:
      return "the two readings of AND and OR without parentheses differ";
    case CauseKind::QuantifierNotListed:
      return "this operator is not listed for quantifiers";
    case CauseKind::NotADate:
      return "not a UTC date such as 2026-01-31T00:00:00Z";
    case CauseKind::NotAGuid:
      return "not a GUID";
    case CauseKind::SourceMismatch:
      return "the repository name is documented for @Request alone";
    case CauseKind::UnsupportedVersion:
      return "only condition version 2.0 is documented";
    case CauseKind::ActionNotGiven:
      return "the action is not given";
    case CauseKind::TooMuchWork:
      return "the values are too many or too long to compare";
  }
  return {};
}

std::string text_of(const ValueView& value) {
  if (value.type == model::ValueType::Boolean) return value.boolean ? "`true`" : "`false`";
  if (value.type == model::ValueType::Number && value.text.empty()) return "`" + std::to_string(value.number) + "`";
  return model::quoted(value.text);
}

/// Bytes at the start of both texts that agree.
std::size_t common_prefix(std::string_view a, std::string_view b, bool ignore_case) {
  std::size_t n = 0;
  while (n < a.size() && n < b.size() &&
         (a[n] == b[n] || (ignore_case && model::ascii_lower(a[n]) == model::ascii_lower(b[n])))) {
    ++n;
  }
  return n;
}

/// Fills note and first_difference of a comparison that could be carried out.
void describe_pairs(const Comparison& comparison, const AttributeLookup& left, const AttributeLookup& right,
                    ConditionStep& step) {
  const model::Operator op = effective_operator(comparison);
  const RelationWords words = words_for(op);
  const bool is_string = op.family == OperatorFamily::String;
  if (left.size() > 1) {
    step.note = std::to_string(left.size()) + " values against " + std::to_string(right.size());
    return;
  }
  const ValueView value = left[0];
  std::size_t nearest = 0;
  std::size_t agreed = 0;
  for (std::size_t r = 0; r < right.size(); ++r) {
    if (test_pair(op, value, right[r]).truth == Truth::True) {
      step.note = text_of(value) + " " + std::string(words.holds) + " " + text_of(right[r]);
      return;
    }
    const std::size_t n = is_string ? common_prefix(value.text, right[r].text, op.ignore_case) : 0;
    if (n > agreed) {
      agreed = n;
      nearest = r;
    }
  }
  step.note = text_of(value) + " " + std::string(words.fails) + " " + text_of(right[nearest]);
  if (right.size() > 1) step.note += " or any other of " + std::to_string(right.size()) + " values";
  if (!is_string) return;
  const bool in_literal_part = op.relation != OperatorRelation::Like ||
                               agreed < std::min(right[nearest].text.find_first_of("*?\\"), right[nearest].text.size());
  if (in_literal_part) step.first_difference = model::count_characters(value.text.substr(0, agreed)) + 1;
}

}  // namespace

ValueView view_of(const model::Literal& literal) noexcept {
  return {.type = literal.type, .text = literal.text, .number = literal.number, .boolean = literal.boolean};
}

AttributeLookup AttributeLookup::one(ValueView value) noexcept {
  AttributeLookup result(Supply::Supplied);
  result.single_ = value;
  return result;
}

AttributeLookup AttributeLookup::values(std::span<const model::Literal> values, bool is_list) noexcept {
  AttributeLookup result(Supply::Supplied);
  result.list_ = values;
  result.is_list_ = is_list;
  return result;
}

bool same_attribute(std::string_view a, std::string_view b) noexcept {
  constexpr std::string_view kMark = "<$key_case_sensitive$>";
  if (!equal_ignoring_case(a, b)) return false;
  if (a.size() < kMark.size() || !equal_ignoring_case(a.substr(a.size() - kMark.size()), kMark)) return true;
  const std::size_t key = a.find(':');
  if (key == std::string_view::npos) return true;
  const std::size_t key_end = a.size() - kMark.size();
  return key >= key_end || a.substr(key, key_end - key) == b.substr(key, key_end - key);
}

bool set_reading(ConditionReadings& readings, std::string_view id, std::string_view reading) {
  const auto choose = [&](auto& member, auto first, std::array<std::string_view, 3> words) {
    const auto word = std::find(words.begin(), words.end(), reading);
    if (word == words.end() || reading.empty()) return false;
    member = static_cast<std::remove_reference_t<decltype(member)>>(static_cast<int>(first) +
                                                                    static_cast<int>(word - words.begin()));
    return true;
  };
  if (id == "ambiguous-grouping") {
    return choose(readings.ambiguous_grouping, ConditionReadings::AmbiguousGrouping::Indeterminate,
                  {"indeterminate", "and-first", "left-to-right"});
  }
  if (id == "missing-value-below-not") {
    return choose(readings.missing_value_below_not, ConditionReadings::MissingValueBelowNot::Indeterminate,
                  {"indeterminate", "false", ""});
  }
  if (id == "resource-attribute-for-repository") {
    return choose(readings.resource_attribute_for_repository,
                  ConditionReadings::ResourceAttributeForRepository::Unknown, {"unknown", "supplied", "absent"});
  }
  return false;
}

std::string_view to_string(CauseKind kind) noexcept {
  switch (kind) {
    case CauseKind::AttributeNotSupplied:
      return "attribute-not-supplied";
    case CauseKind::AttributeUnknown:
      return "attribute-unknown";
    case CauseKind::TypeMismatch:
      return "type-mismatch";
    case CauseKind::ListWithoutQuantifier:
      return "list-without-quantifier";
    case CauseKind::EmptyList:
      return "empty-list";
    case CauseKind::AmbiguousGrouping:
      return "ambiguous-grouping";
    case CauseKind::QuantifierNotListed:
      return "quantifier-not-listed";
    case CauseKind::NotADate:
      return "not-a-date";
    case CauseKind::NotAGuid:
      return "not-a-guid";
    case CauseKind::SourceMismatch:
      return "attribute-source-mismatch";
    case CauseKind::UnsupportedVersion:
      return "unsupported-condition-version";
    case CauseKind::ActionNotGiven:
      return "action-not-given";
    case CauseKind::TooMuchWork:
      return "too-much-work";
  }
  return {};
}

Truth evaluate_truth(const model::Condition& condition, const ConditionEnvironment& environment) {
  return quick_truth(condition, environment, missing_is_false(environment));
}

Truth evaluate_missing_as_false(const model::Condition& condition, const ConditionEnvironment& environment) {
  return quick_truth(condition, environment, true);
}

ConditionValue evaluate(const model::Condition& condition, const ConditionEnvironment& environment) {
  if (!is_supported_version(environment.condition_version)) {
    return {.truth = Truth::Unknown,
            .decided_by = condition.root.span,
            .causes = {{CauseKind::UnsupportedVersion, condition.root.span, {}}}};
  }
  const Leaves leaves(environment, missing_is_false(environment));
  Record record;
  Walk(leaves, record)(condition.root);
  Reader reader(leaves, environment.readings, record.nodes);
  ConditionValue result{.truth = reader.truth(0), .decided_by = reader.decided_by(0), .causes = {}};
  if (result.truth == Truth::Unknown) result.causes = reader.causes();
  return result;
}

std::vector<ConditionStep> trace(const model::Condition& condition, const ConditionEnvironment& environment) {
  const Leaves leaves(environment, missing_is_false(environment));
  Record record;
  Walk(leaves, record)(condition.root);

  std::vector<ConditionStep> steps;
  steps.reserve(record.nodes.size());
  for (const Evaluated& node : record.nodes) {
    ConditionStep step;
    step.span = node.expr->span;
    step.truth = settle(node.value, environment.readings);
    step.depth = node.depth;
    node.causes.for_each([&](CauseKind kind) {
      if (!step.cause) step.cause = kind;
      if (!step.note.empty()) step.note += "; ";
      step.note += describe(kind);
    });
    if (!step.cause) {
      std::visit(
          model::Overloaded{
              [&](const model::ActionMatches&) { step.note = "the action is " + model::quoted(environment.action); },
              [&](const model::SubOperationMatches&) {
                step.note = environment.sub_operation.empty()
                                ? "the request has no sub-operation"
                                : "the sub-operation is " + model::quoted(environment.sub_operation);
              },
              [&](const model::Exists&) { step.note = step.truth == Truth::True ? "supplied" : "not supplied"; },
              [&](const Comparison& comparison) {
                const OperandValues left = leaves.resolve(comparison.left);
                const OperandValues right = leaves.resolve(comparison.right);
                if (left.no_sub_operation || right.no_sub_operation) {
                  step.note = "the request has no sub-operation";
                } else if (left.values.supply() != Supply::Supplied || right.values.supply() != Supply::Supplied) {
                  step.note = "not supplied, which is read as false";
                } else {
                  describe_pairs(comparison, left.values, right.values, step);
                }
              },
              [](const model::Not&) {},
              [](const model::All&) {},
              [](const model::Any&) {},
              [&](const model::MixedChain&) {
                if (environment.readings.ambiguous_grouping == ConditionReadings::AmbiguousGrouping::Indeterminate &&
                    !node.value.agree()) {
                  step.cause = CauseKind::AmbiguousGrouping;
                  step.note = describe(CauseKind::AmbiguousGrouping);
                }
              },
          },
          node.expr->node);
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace acrbiter::evaluator
