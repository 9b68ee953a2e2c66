// The condition language of Azure role assignments (ABAC), as a tree of values.
//
// A Condition keeps its text; every node keeps the bytes of that text it came from, so that a trace can
// point at them. Text to tree is parser/condition_parser.h; tree to canonical text is model/condition_print.h;
// evaluation is evaluator/condition_eval.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/box.h"
#include "model/result.h"

namespace acrbiter::model {

/// Where an attribute comes from. Source: conditions-format, "Attributes"
enum class AttributeSource : std::uint8_t { Request, Resource, Principal, Environment };

/// `@Request[Microsoft.ContainerRegistry/registries/repositories:name]`
struct Attribute {
  AttributeSource source = AttributeSource::Request;
  std::string text;  ///< between the brackets, trimmed, as written
  SourceSpan span;
};

enum class ValueType : std::uint8_t { String, Number, Boolean, Guid };

/// A literal: `'text'`, `5`, `true`, a bare GUID. Dates are strings until a DateTime operator reads them.
struct Literal {
  ValueType type = ValueType::String;
  std::string text;      ///< content without quotes; a GUID or number as written
  double number = 0;     ///< for Number
  bool boolean = false;  ///< for Boolean
  SourceSpan span;
};

/// `{literal, literal, …}`: one or more, all of one type.
struct LiteralSet {
  std::vector<Literal> members;
  SourceSpan span;
};

using Operand = std::variant<Attribute, Literal, LiteralSet>;

/// How an operator with lists on either side combines the pairs.
/// Source: conditions-format, "Cross product comparison operators"
enum class Quantifier : std::uint8_t {
  None,
  ForAnyOfAnyValues,
  ForAllOfAnyValues,
  ForAnyOfAllValues,
  ForAllOfAllValues
};

enum class OperatorFamily : std::uint8_t { String, Numeric, DateTime, Bool, Guid };
enum class OperatorRelation : std::uint8_t {
  Equals,
  StartsWith,
  Like,
  GreaterThan,
  GreaterThanEquals,
  LessThan,
  LessThanEquals
};

/// `StringNotStartsWithIgnoreCase` = {String, StartsWith, negated, ignore_case}.
struct Operator {
  OperatorFamily family = OperatorFamily::String;
  OperatorRelation relation = OperatorRelation::Equals;
  bool negated = false;
  bool ignore_case = false;
  friend bool operator==(const Operator&, const Operator&) = default;
};

/// The documented spelling, e.g. "StringEqualsIgnoreCase".
[[nodiscard]] std::string to_string(const Operator& op);
[[nodiscard]] std::string_view to_string(Quantifier quantifier);
[[nodiscard]] std::string_view to_string(AttributeSource source);

struct Expr;

struct ActionMatches {
  std::string pattern;  ///< `*` matches any run of characters, also across '/'; letter case is ignored
};
struct SubOperationMatches {
  std::string name;
};
struct Exists {
  Attribute attribute;
};
struct Comparison {
  Operand left;
  Quantifier quantifier = Quantifier::None;
  Operator op;
  Operand right;
  SourceSpan op_span;  ///< the operator word, quantifier included
};
struct Not {
  Box<Expr> operand;
};
struct All {
  std::vector<Expr> operands;  ///< AND, two or more
};
struct Any {
  std::vector<Expr> operands;  ///< OR, two or more
};
/// `a AND b OR c` without parentheses: Azure documents no precedence, so both readings are kept.
/// Contested: ambiguous-grouping
struct MixedChain {
  std::vector<Expr> operands;    ///< three or more
  std::vector<bool> and_before;  ///< and_before[i]: operand i+1 is joined to what stands before it by AND, else by OR
};

/// A tree has many more gates and joints than comparisons, which are three times as large and so stand apart.
struct Expr {
  std::variant<ActionMatches, SubOperationMatches, Exists, Box<Comparison>, Not, All, Any, MixedChain> node;
  SourceSpan span;
};

/// A parsed condition. Invariant: every span lies inside `text`; nesting is at most 100 levels.
struct Condition {
  std::string text;
  Expr root;
};

/// Does the condition name an attribute of this source anywhere?
[[nodiscard]] bool mentions(const Expr& expr, AttributeSource source);

/// The two readings of a chain that mixes AND and OR: AND binding tighter, and strictly from left to right.
[[nodiscard]] Expr and_first(const MixedChain& chain, SourceSpan span);
[[nodiscard]] Expr left_to_right(const MixedChain& chain, SourceSpan span);

}  // namespace acrbiter::model
