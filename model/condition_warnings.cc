#include "model/condition_warnings.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include "model/ascii.h"
#include "model/text_position.h"

namespace acrbiter::model {
namespace {

/// Source: role-assignments-limits
constexpr std::size_t kMaxStoredBytes = 8192;
constexpr std::string_view kKeyMark = "<$key_case_sensitive$>";
/// A hostile text must not cost a line count for each of 100,000 findings.
constexpr std::size_t kMaxWarnings = 100;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
}

/// Equal as the operator sees it.
bool same_value(const Operator& op, const Literal& a, const Literal& b) {
  if (op.family == OperatorFamily::Guid) {
    const auto plain = [](std::string text) {
      text.erase(std::remove(text.begin(), text.end(), '-'), text.end());
      return ascii_lower(text);
    };
    return plain(a.text) == plain(b.text);
  }
  if (op.family == OperatorFamily::Numeric) return a.number == b.number;
  return op.ignore_case ? equal_ignoring_case(a.text, b.text) : a.text == b.text;
}

class Reviewer {
 public:
  explicit Reviewer(std::string_view text) : text_(text) {}

  void review(const Expr& expr) {
    std::visit(Overloaded{
                   [](const ActionMatches&) {},
                   [](const SubOperationMatches&) {},
                   [&](const Exists& clause) { review(clause.attribute); },
                   [&](const Comparison& comparison) { review(comparison); },
                   [&](const Not& n) { review(*n.operand); },
                   [&](const All& all) { review(all.operands); },
                   [&](const Any& any) { review(any.operands); },
                   [&](const MixedChain& chain) {
                     warn("ambiguous-grouping", expr.span, "AND and OR side by side without parentheses",
                          "Azure documents no order between them: put parentheses around what belongs together");
                     review(chain.operands);
                   },
               },
               expr.node);
  }

  void warn(std::string_view code, SourceSpan span, std::string message, std::string help) {
    if (warnings_.size() >= kMaxWarnings) return;
    warnings_.push_back({code, diagnostic_at(text_, span, std::move(message), std::move(help))});
  }

  [[nodiscard]] std::vector<ConditionWarning> take() { return std::move(warnings_); }

 private:
  void review(const std::vector<Expr>& operands) {
    for (const Expr& operand : operands) review(operand);
  }

  void review(const Attribute& attribute) {
    const std::string_view name = attribute.text;
    const std::size_t angle = name.find('<');
    if (angle != std::string_view::npos && !equal_ignoring_case(name.substr(angle), kKeyMark)) {
      warn("key-case-mark-lost", attribute.span, "attribute " + quoted(name) + " is not a name that Azure knows",
           "a shell expanded `$key_case_sensitive$`: quote or escape its dollar signs and write `" +
               std::string(name.substr(0, angle)) + std::string(kKeyMark) + "`");
    }
    if (attribute.source != AttributeSource::Request && is_repository_name(attribute)) {
      warn("attribute-source-mismatch", attribute.span,
           "a repository name from `@" + std::string(to_string(attribute.source)) + "`",
           "registries document it as `@Request[" + std::string(name) + "]`");
    }
    const bool of_data = attribute.source == AttributeSource::Request || attribute.source == AttributeSource::Resource;
    const bool of_registries = starts_with_ignoring_case(name, "Microsoft.ContainerRegistry/");
    if (of_data && of_registries && angle == std::string_view::npos && !is_repository_name(attribute)) {
      warn("attribute-not-documented", attribute.span, quoted(name) + " is no attribute that registries supply",
           "they supply `Microsoft.ContainerRegistry/registries/repositories:name`; any other counts as missing");
    }
  }

  void review(const Comparison& comparison) {
    const std::string op = to_string(comparison.op);
    for (const Operand* operand : {&comparison.left, &comparison.right}) {
      if (const auto* attribute = std::get_if<Attribute>(operand)) {
        review(*attribute);
        review_operator_for(*attribute, comparison, op);
      }
    }
    review_quantifier(comparison, op);
    if (comparison.op.ignore_case) {
      review_letters(comparison.left);
      review_letters(comparison.right);
    }
  }

  void review_operator_for(const Attribute& attribute, const Comparison& comparison, const std::string& op) {
    const bool strict =
        comparison.op.family == OperatorFamily::DateTime && (comparison.op.relation == OperatorRelation::GreaterThan ||
                                                             comparison.op.relation == OperatorRelation::LessThan);
    if (attribute.source == AttributeSource::Environment && equal_ignoring_case(attribute.text, "UtcNow") && !strict) {
      warn("utcnow-operator", comparison.op_span, quoted(op) + " on the current time",
           "`@Environment[UtcNow]` takes `DateTimeGreaterThan` and `DateTimeLessThan`");
    }
    const bool documented = comparison.op.family == OperatorFamily::String &&
                            (comparison.op.relation == OperatorRelation::Equals ||
                             comparison.op.relation == OperatorRelation::StartsWith) &&
                            comparison.op.ignore_case;
    if (is_repository_name(attribute) && !documented) {
      warn("operator-not-documented", comparison.op_span, quoted(op) + " on a repository name",
           "registries document `StringEqualsIgnoreCase` and `StringStartsWithIgnoreCase`");
    }
  }

  void review_quantifier(const Comparison& comparison, const std::string& op) {
    if (comparison.quantifier == Quantifier::None) return;
    const std::string words = std::string(to_string(comparison.quantifier)) + ":" + op;
    if (comparison.op.relation == OperatorRelation::StartsWith || comparison.op.family == OperatorFamily::DateTime ||
        comparison.op.family == OperatorFamily::Bool) {
      warn("quantifier-not-listed", comparison.op_span, quoted(words) + " is not documented",
           "write one comparison for each value and join them");
      return;
    }
    const bool some_right = comparison.quantifier == Quantifier::ForAnyOfAnyValues ||
                            comparison.quantifier == Quantifier::ForAllOfAnyValues;
    const auto* set = std::get_if<LiteralSet>(&comparison.right);
    if (!some_right || !comparison.op.negated || comparison.op.relation != OperatorRelation::Equals || set == nullptr) {
      return;
    }
    const bool differ = std::any_of(set->members.begin() + 1, set->members.end(), [&](const Literal& member) {
      return !same_value(comparison.op, member, set->members.front());
    });
    if (!differ) return;
    const Quantifier fix = comparison.quantifier == Quantifier::ForAnyOfAnyValues ? Quantifier::ForAnyOfAllValues
                                                                                  : Quantifier::ForAllOfAllValues;
    warn("exclusion-list-always-true", comparison.op_span,
         quoted(words) + " is true for every value: each differs from one of the list",
         "to exclude the list write " + quoted(std::string(to_string(fix)) + ":" + op));
  }

  void review_letters(const Operand& operand) {
    const auto review_literal = [&](const Literal& literal) {
      if (literal.type != ValueType::String || is_ascii(literal.text)) return;
      warn("non-ascii-ignore-case", literal.span, quoted(literal.text) + " has letters beyond ASCII",
           "how Azure ignores their case is not documented; they are compared as written");
    };
    if (const auto* literal = std::get_if<Literal>(&operand)) review_literal(*literal);
    if (const auto* set = std::get_if<LiteralSet>(&operand)) {
      for (const Literal& member : set->members) review_literal(member);
    }
  }

  std::string_view text_;
  std::vector<ConditionWarning> warnings_;
};

}  // namespace

bool is_repository_name(const Attribute& attribute) noexcept {
  return equal_ignoring_case(attribute.text, "Microsoft.ContainerRegistry/registries/repositories:name");
}

std::vector<ConditionWarning> condition_warnings(const Condition& condition) {
  Reviewer reviewer(condition.text);
  if (condition.text.size() > kMaxStoredBytes) {
    reviewer.warn("condition-too-long", {0, condition.text.size()},
                  "the condition has " + std::to_string(condition.text.size()) + " bytes; Azure stores at most " +
                      std::to_string(kMaxStoredBytes),
                  "split it over several role assignments");
  }
  reviewer.review(condition.root);
  return reviewer.take();
}

}  // namespace acrbiter::model
