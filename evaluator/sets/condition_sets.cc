#include "evaluator/sets/condition_sets.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "evaluator/condition_value.h"
#include "model/ascii.h"
#include "model/condition_warnings.h"

namespace acrbiter::evaluator {
namespace {

using model::Attribute;
using model::AttributeSource;
using model::Comparison;
using model::Expr;
using model::OperatorFamily;
using model::OperatorRelation;
using model::RepositorySet;
using model::Truth;

/// The environment with one repository name as the request's, and every other attribute as it says.
class WithName : public AttributeProvider {
 public:
  explicit WithName(const AttributeProvider* others) : others_(others) {}
  std::string_view name;
  [[nodiscard]] AttributeLookup find(AttributeSource source, std::string_view attribute) const override {
    const Attribute asked{.source = source, .text = std::string(attribute), .span = {}};
    if (source == AttributeSource::Request && model::is_repository_name(asked)) return AttributeLookup::text(name);
    return others_ == nullptr ? AttributeLookup::not_supplied() : others_->find(source, attribute);
  }

 private:
  const AttributeProvider* others_;
};

/// `@Request[…:name]`, and `@Resource[…:name]`, which one reading takes for the same.
/// Contested: resource-attribute-for-repository
bool is_name(const model::Operand& operand) {
  const auto* attribute = std::get_if<Attribute>(&operand);
  return attribute != nullptr && model::is_repository_name(*attribute) &&
         (attribute->source == AttributeSource::Request || attribute->source == AttributeSource::Resource);
}

/// What the sides of a comparison with the name may hold.
struct Others {
  const AttributeProvider* attributes = nullptr;
  std::string_view sub_operation;

  /// Every value of an operand, unless it is the name itself.
  template <class Visit>
  void each_value(const model::Operand& operand, Visit visit) const {
    if (const auto* literal = std::get_if<model::Literal>(&operand)) return visit(view_of(*literal));
    if (const auto* set = std::get_if<model::LiteralSet>(&operand)) {
      for (const model::Literal& member : set->members) visit(view_of(member));
      return;
    }
    const auto& attribute = std::get<Attribute>(operand);
    if (attribute.source == AttributeSource::Request && is_name(operand)) return;
    const AttributeLookup found =
        attributes == nullptr ? AttributeLookup::not_supplied() : attributes->find(attribute.source, attribute.text);
    if (found.supply() == Supply::Supplied) {
      for (std::size_t i = 0; i < found.size(); ++i) visit(found[i]);
    }
    const bool is_sub_operation =
        attribute.source == AttributeSource::Request && model::equal_ignoring_case(attribute.text, "subOperation");
    if (found.supply() == Supply::NotSupplied && is_sub_operation) visit(ValueView{.text = sub_operation});
  }
};

/// The names that read as a GUID.
const RepositorySet& guid_names() {
  static const RepositorySet set = [] {
    std::string dashed;
    std::string plain;
    for (std::size_t i = 0; i < 32; ++i) {
      if (i == 8 || i == 12 || i == 16 || i == 20) dashed += '-';
      dashed += "[a-f0-9]";
      plain += "[a-f0-9]";
    }
    return *RepositorySet::parse("re:" + dashed + "|" + plain);
  }();
  return set;
}

/// The two spellings of a GUID.
std::array<std::string, 2> spellings(const std::array<std::uint64_t, 2>& guid) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::string, 2> texts;
  for (std::size_t i = 0; i < 32; ++i) {
    const char digit = kDigits[guid[i / 16] >> (60 - 4 * (i % 16)) & 15U];
    if (i == 8 || i == 12 || i == 16 || i == 20) texts[0] += '-';
    for (std::string& text : texts) text += digit;
  }
  return texts;
}

/// Adds what a comparison of the name with `value` can tell apart. More than needed does no harm: what the comparison
/// makes of each side is asked of the interpreter.
void add_test(const model::Operator& op, bool name_is_left, const ValueView& value, std::vector<RepositorySet>& tests) {
  if (op.family == OperatorFamily::Guid) {
    const auto guid = read_guid(value.text);
    if (!guid) return;
    tests.push_back(guid_names());
    tests.push_back(RepositorySet::of(spellings(*guid)));
    return;
  }
  // A name is no number and no Boolean, and no date, which has capital letters.
  if (op.family != OperatorFamily::String || value.type != model::ValueType::String) return;
  // Names are in lower case: with letter case or without, a text with capitals fits no others than its lower case.
  const std::string text = model::ascii_lower(value.text);
  switch (op.relation) {
    case OperatorRelation::StartsWith:
      if (name_is_left) {
        tests.push_back(RepositorySet::starting_with(text));
      } else {
        // With letter case, still the names before the first capital.
        tests.push_back(RepositorySet::prefixes_of(text));
        if (text != value.text) tests.push_back(RepositorySet::prefixes_of(value.text));
      }
      break;
    case OperatorRelation::Like:
      // As a pattern, a name has neither `*` nor `?`.
      tests.push_back(name_is_left ? RepositorySet::like(text) : RepositorySet::exactly(text));
      break;
    default:
      tests.push_back(RepositorySet::exactly(text));
  }
}

void add_tests(const Comparison& comparison, const Others& others, std::vector<RepositorySet>& tests) {
  for (const bool name_is_left : {true, false}) {
    const model::Operand& name = name_is_left ? comparison.left : comparison.right;
    const model::Operand& other = name_is_left ? comparison.right : comparison.left;
    if (!is_name(name)) continue;
    // Compared with itself, a name is told from others only by whether it reads as a GUID.
    if (is_name(other) && comparison.op.family == OperatorFamily::Guid) tests.push_back(guid_names());
    others.each_value(other, [&](const ValueView& value) { add_test(comparison.op, name_is_left, value, tests); });
  }
}

/// The answer for every name under one reading.
struct Value {
  RepositorySet is_true;
  std::optional<RepositorySet> is_false;  ///< nothing: every other name

  static Value constant(Truth truth) {
    switch (truth) {
      case Truth::True:
        return {RepositorySet::all(), {}};
      case Truth::False:
        return {RepositorySet::none(), {}};
      case Truth::Unknown:
        break;
    }
    return {RepositorySet::none(), RepositorySet::none()};
  }
  [[nodiscard]] RepositorySet false_names() const { return is_false ? *is_false : ~is_true; }
  [[nodiscard]] bool is_false_for_all() const { return is_false ? is_false->is_all() : is_true.empty(); }
  [[nodiscard]] Value operator!() const { return is_false ? Value{*is_false, is_true} : Value{~is_true, {}}; }
};

Value all_of(std::span<const Value> operands) {
  std::vector<RepositorySet> not_true;
  std::vector<RepositorySet> is_false;
  bool two_valued = true;
  for (const Value& operand : operands) {
    not_true.push_back(~operand.is_true);
    is_false.push_back(operand.is_false ? *operand.is_false : not_true.back());
    two_valued = two_valued && !operand.is_false;
  }
  Value result{~RepositorySet::united(not_true), {}};
  if (!two_valued) result.is_false = RepositorySet::united(is_false);
  return result;
}

Value any_of(std::vector<Value> operands) {
  for (Value& operand : operands) operand = !operand;
  return !all_of(operands);
}

/// The answer under both readings of AND and OR without parentheses.
struct Both {
  Value and_first;
  std::optional<Value> left_to_right;  ///< nothing: the same
  [[nodiscard]] const Value& second() const { return left_to_right ? *left_to_right : and_first; }
};

/// The interpreter refuses to match long patterns with long names. Where that begins would take a state for each
/// length, so it must not begin among the names that there may be.
void check_length(const model::Condition& alone, ConditionEnvironment environment) {
  WithName with_name(environment.attributes);
  environment.attributes = &with_name;
  const auto refuses = [&](std::size_t length) {
    const std::string name(length, 'a');
    with_name.name = name;
    const std::vector<ConditionCause> causes = evaluate(alone, environment).causes;
    return std::ranges::any_of(causes, [](const ConditionCause& c) { return c.kind == CauseKind::TooMuchWork; });
  };
  if (refuses(kLongestName) && !refuses(1)) {
    throw model::RepositorySetTooLarge(
        "a condition's StringLike patterns are so long that the length of the repository name decides whether they are "
        "compared");
  }
}

using Interpreter = Truth (*)(const model::Condition&, const ConditionEnvironment&);

/// Evaluates a tree for all names at once. What has no part in it the interpreter is asked about, one name for all that
/// the leaf cannot tell apart.
class NameWalk {
 public:
  NameWalk(const ConditionEnvironment& environment, Interpreter interpreter)
      : with_name_(environment.attributes), environment_(environment), interpreter_(interpreter) {
    others_ = {.attributes = environment.attributes, .sub_operation = environment.sub_operation};
    environment_.attributes = &with_name_;
  }

  Both operator()(const Expr& expr) {
    const auto leaf_alone = [&](const auto&) { return Both{leaf(expr), {}}; };
    return std::visit(model::Overloaded{
                          [&](const model::Not& n) { return negated((*this)(*n.operand)); },
                          [&](const model::All& all) { return every(all.operands, false); },
                          [&](const model::Any& any) { return negated(every(any.operands, true)); },
                          [&](const model::MixedChain& chain) { return mixed(chain); },
                          [&](const model::ActionMatches& clause) { return leaf_alone(clause); },
                          [&](const model::SubOperationMatches& clause) { return leaf_alone(clause); },
                          [&](const model::Exists& clause) { return leaf_alone(clause); },
                          [&](const model::Box<Comparison>& comparison) { return leaf_alone(comparison); },
                      },
                      expr.node);
  }

 private:
  static Both negated(const Both& both) {
    Both result{!both.and_first, {}};
    if (both.left_to_right) result.left_to_right = !*both.left_to_right;
    return result;
  }

  /// Are all operands true, or, with `negate`, all false? Stops once the answer is no for every name.
  Both every(const std::vector<Expr>& operands, bool negate) {
    std::vector<Value> and_first;
    std::vector<Value> left_to_right;
    bool same = true;
    for (const Expr& operand : operands) {
      const Both both = negate ? negated((*this)(operand)) : (*this)(operand);
      and_first.push_back(both.and_first);
      left_to_right.push_back(both.second());
      same = same && !both.left_to_right;
      if (both.and_first.is_false_for_all() && both.second().is_false_for_all()) {
        return {Value::constant(Truth::False), {}};
      }
    }
    Both result{all_of(and_first), {}};
    if (!same) result.left_to_right = all_of(left_to_right);
    return result;
  }

  /// Contested: ambiguous-grouping
  Both mixed(const model::MixedChain& chain) {
    const Both first = (*this)(chain.operands.front());
    std::vector<Value> alternatives;
    std::vector<Value> group{first.and_first};
    Value so_far = first.second();
    for (std::size_t i = 1; i < chain.operands.size(); ++i) {
      const Both both = (*this)(chain.operands[i]);
      if (chain.and_before[i - 1]) {
        group.push_back(both.and_first);
        so_far = all_of(std::array{so_far, both.second()});
      } else {
        alternatives.push_back(all_of(group));
        group.assign(1, both.and_first);
        so_far = any_of({so_far, both.second()});
      }
    }
    alternatives.push_back(all_of(group));
    return {any_of(std::move(alternatives)), std::move(so_far)};
  }

  Value leaf(const Expr& expr) {
    const model::Condition alone{.text = {}, .root = expr};
    std::vector<RepositorySet> tests;
    if (const auto* comparison = std::get_if<model::Box<Comparison>>(&expr.node)) {
      add_tests(**comparison, others_, tests);
      if (!tests.empty() && (*comparison)->op.relation == OperatorRelation::Like) check_length(alone, environment_);
    }
    if (tests.empty()) return Value::constant(ask(alone, "a"));
    if (tests.size() == 1) return by_test(alone, tests.front());
    const model::RepositoryPartition cells(tests);
    std::vector<bool> is_true(cells.size());
    std::vector<bool> is_false(cells.size());
    for (std::size_t cell = 0; cell < cells.size(); ++cell) {
      const Truth truth = ask(alone, cells.representative(cell));
      is_true[cell] = truth == Truth::True;
      is_false[cell] = truth == Truth::False;
    }
    Value result{cells.united(is_true), {}};
    is_true.flip();
    if (is_true != is_false) result.is_false = cells.united(is_false);
    return result;
  }

  Value by_test(const model::Condition& alone, const RepositorySet& test) {
    const RepositorySet rest = ~test;
    const Truth inside = ask(alone, test.shortest().value_or(""));
    const Truth outside = ask(alone, rest.shortest().value_or(""));
    if (test.empty() || inside == outside) return Value::constant(outside);
    if (rest.empty()) return Value::constant(inside);
    const auto names_with = [&](Truth truth) {
      return inside == truth ? test : outside == truth ? rest : RepositorySet::none();
    };
    Value result{names_with(Truth::True), {}};
    if (inside == Truth::Unknown || outside == Truth::Unknown) result.is_false = names_with(Truth::False);
    return result;
  }

  Truth ask(const model::Condition& alone, std::string_view name) {
    with_name_.name = name;
    return interpreter_(alone, environment_);
  }

  WithName with_name_;
  ConditionEnvironment environment_;
  Others others_;
  Interpreter interpreter_;
};

/// One answer from two readings: the pinned one, or what both say.
NameTruth settle(const Both& both, const ConditionReadings& readings) {
  using Reading = ConditionReadings::AmbiguousGrouping;
  const Value& one = readings.ambiguous_grouping == Reading::LeftToRight ? both.second() : both.and_first;
  if (readings.ambiguous_grouping != Reading::Indeterminate || !both.left_to_right) {
    return {one.is_true, one.false_names()};
  }
  return {one.is_true & both.left_to_right->is_true, one.false_names() & both.left_to_right->false_names()};
}

NameTruth walk(const model::Condition& condition, const ConditionEnvironment& environment, Interpreter interpreter) {
  return settle(NameWalk(environment, interpreter)(condition.root), environment.readings);
}

void add_tests(const Expr& expr, const Others& others, std::vector<RepositorySet>& tests) {
  const auto add_each = [&](const std::vector<Expr>& operands) {
    for (const Expr& operand : operands) add_tests(operand, others, tests);
  };
  std::visit(model::Overloaded{
                 [](const model::ActionMatches&) {},
                 [](const model::SubOperationMatches&) {},
                 [](const model::Exists&) {},
                 [&](const model::Box<Comparison>& comparison) {
                   for (const auto* side : {&comparison->left, &comparison->right}) {
                     const auto* attribute = std::get_if<Attribute>(side);
                     const auto* other = side == &comparison->left ? &comparison->right : &comparison->left;
                     if (others.attributes != nullptr || attribute == nullptr || is_name(*side) || !is_name(*other)) {
                       continue;
                     }
                     throw model::RepositorySetTooLarge("the condition compares the repository name with `@" +
                                                        std::string(to_string(attribute->source)) + "[" +
                                                        attribute->text + "]`, and what that may hold is not given");
                   }
                   add_tests(*comparison, others, tests);
                   if (comparison->op.relation == OperatorRelation::Like) {
                     ConditionEnvironment environment;
                     environment.attributes = others.attributes;
                     check_length({.text = {}, .root = expr}, environment);
                   }
                 },
                 [&](const model::Not& n) { add_tests(*n.operand, others, tests); },
                 [&](const model::All& all) { add_each(all.operands); },
                 [&](const model::Any& any) { add_each(any.operands); },
                 [&](const model::MixedChain& chain) { add_each(chain.operands); },
             },
             expr.node);
}

}  // namespace

NameTruth truth_by_name(const model::Condition& condition, const ConditionEnvironment& environment) {
  return walk(condition, environment, evaluate_truth);
}

NameTruth missing_as_false_by_name(const model::Condition& condition, const ConditionEnvironment& environment) {
  return walk(condition, environment, evaluate_missing_as_false);
}

void add_name_tests(const model::Condition& condition, std::vector<RepositorySet>& tests,
                    const AttributeProvider* attributes) {
  add_tests(condition.root, {.attributes = attributes, .sub_operation = {}}, tests);
}

}  // namespace acrbiter::evaluator
