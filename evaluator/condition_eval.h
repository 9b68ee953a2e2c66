// Three-valued evaluation of a condition for one request, with the causes of what stays unknown.
//
// A role assignment's condition grants only if it is True; a deny assignment's holds unless it is False.
// Nothing here copies strings: an AttributeProvider hands out views, and evaluate_truth() does not allocate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/condition.h"
#include "model/truth.h"

namespace acrbiter::evaluator {

/// One value of an attribute, or a literal of the condition. Views live as long as what they were taken from.
struct ValueView {
  model::ValueType type = model::ValueType::String;
  std::string_view text;  ///< a String's or Guid's content; a Number as written, empty if only `number` is known
  double number = 0;      ///< for Number
  bool boolean = false;   ///< for Boolean
};
[[nodiscard]] ValueView view_of(const model::Literal& literal) noexcept;

enum class Supply : std::uint8_t {
  Supplied,
  NotSupplied,  ///< the request does not carry the attribute
  Unknown       ///< it may carry it, but the question or the export does not say
};

/// What a provider knows about one attribute.
class AttributeLookup {
 public:
  static AttributeLookup not_supplied() noexcept { return AttributeLookup(Supply::NotSupplied); }
  static AttributeLookup unknown() noexcept { return AttributeLookup(Supply::Unknown); }
  /// One string, e.g. the repository name.
  static AttributeLookup text(std::string_view value) noexcept { return one({.text = value}); }
  static AttributeLookup one(ValueView value) noexcept;
  /// `values` must outlive the evaluation. One value with `is_list` is still a list; an empty list is not "supplied"
  /// for Exists and settles no comparison.
  static AttributeLookup values(std::span<const model::Literal> values, bool is_list) noexcept;

  [[nodiscard]] Supply supply() const noexcept { return supply_; }
  [[nodiscard]] std::size_t size() const noexcept { return single_ ? 1 : list_.size(); }
  [[nodiscard]] ValueView operator[](std::size_t i) const noexcept { return single_ ? *single_ : view_of(list_[i]); }
  [[nodiscard]] bool is_list() const noexcept { return is_list_; }

 private:
  explicit AttributeLookup(Supply supply) noexcept : supply_(supply) {}
  std::optional<ValueView> single_;
  std::span<const model::Literal> list_;
  Supply supply_;
  bool is_list_ = false;
};

/// Supplies attribute values. `name` is the text between the brackets, trimmed; compare it with same_attribute().
class AttributeProvider {
 public:
  AttributeProvider() = default;
  AttributeProvider(const AttributeProvider&) = default;
  AttributeProvider& operator=(const AttributeProvider&) = default;
  virtual ~AttributeProvider() = default;
  [[nodiscard]] virtual AttributeLookup find(model::AttributeSource source, std::string_view name) const = 0;
};

/// True if two attribute texts name the same attribute: letter case is ignored, except in a key that is marked
/// `KEY<$key_case_sensitive$>`; the mark belongs to the name.
/// Source: storage-auth-abac-attributes
[[nodiscard]] bool same_attribute(std::string_view a, std::string_view b) noexcept;

/// Readings of what Azure does not document. The names of members and enumerators are those of the assumption
/// register: ambiguous-grouping, missing-value-below-not, resource-attribute-for-repository.
struct ConditionReadings {
  enum class AmbiguousGrouping : std::uint8_t { Indeterminate, AndFirst, LeftToRight };
  enum class MissingValueBelowNot : std::uint8_t { Indeterminate, False };
  enum class ResourceAttributeForRepository : std::uint8_t { Unknown, Supplied, Absent };

  AmbiguousGrouping ambiguous_grouping = AmbiguousGrouping::Indeterminate;
  MissingValueBelowNot missing_value_below_not = MissingValueBelowNot::Indeterminate;
  ResourceAttributeForRepository resource_attribute_for_repository = ResourceAttributeForRepository::Unknown;
};
/// Sets one reading by the words of the register, e.g. ("ambiguous-grouping", "and-first"). False: no such id or
/// reading, and nothing was changed.
[[nodiscard]] bool set_reading(ConditionReadings& readings, std::string_view id, std::string_view reading);

/// What a request supplies. Empty `action`: not given (action clauses are unknown). Empty `sub_operation`: the request
/// has none (its clauses are false). `attributes` may be null: nothing is supplied.
struct ConditionEnvironment {
  std::string_view action;
  std::string_view sub_operation;
  const AttributeProvider* attributes = nullptr;
  std::string_view condition_version;  ///< "" and "2.0" are evaluated; any other version is unknown as a whole
  ConditionReadings readings;
};

enum class CauseKind : std::uint8_t {
  AttributeNotSupplied,
  AttributeUnknown,
  TypeMismatch,           ///< e.g. a number for a string operator
  ListWithoutQuantifier,  ///< two or more values and no ForAny…/ForAll…
  EmptyList,
  AmbiguousGrouping,    ///< AND and OR without parentheses, and the two readings differ
  QuantifierNotListed,  ///< StartsWith, DateTime or Bool with a quantifier
  NotADate,             ///< not `yyyy-mm-ddThh:mm:ss[.f]Z`
  NotAGuid,
  SourceMismatch,  ///< @Resource for the repository name; contested: resource-attribute-for-repository
  UnsupportedVersion,
  ActionNotGiven,
  TooMuchWork  ///< lists or patterns so long that comparing them is refused
};
/// The word for a cause in machine output, e.g. "attribute-not-supplied".
[[nodiscard]] std::string_view to_string(CauseKind kind) noexcept;

/// Why a sub-expression is unknown. `span` is in the condition's text; `attribute` is "@Request[…]" or empty.
struct ConditionCause {
  CauseKind kind = CauseKind::AttributeNotSupplied;
  model::SourceSpan span;
  std::string attribute;
  friend bool operator==(const ConditionCause&, const ConditionCause&) = default;
};

struct ConditionValue {
  model::Truth truth = model::Truth::Unknown;
  model::SourceSpan decided_by;        ///< the smallest sub-expression that settles the value
  std::vector<ConditionCause> causes;  ///< only if Unknown: every cause that could have changed the value
};

/// The value with its causes.
[[nodiscard]] ConditionValue evaluate(const model::Condition& condition, const ConditionEnvironment& environment);

/// evaluate().truth, faster and without allocation.
[[nodiscard]] model::Truth evaluate_truth(const model::Condition& condition, const ConditionEnvironment& environment);

/// The value if every comparison with an attribute that is not supplied is False, which only NOT can make visible:
/// where this and evaluate_truth() differ, the result rests on `missing-value-below-not`.
[[nodiscard]] model::Truth evaluate_missing_as_false(const model::Condition& condition,
                                                     const ConditionEnvironment& environment);

/// One sub-expression in a trace. Texts hold values of the request as they are: escape them before printing.
struct ConditionStep {
  model::SourceSpan span;
  model::Truth truth = model::Truth::Unknown;
  std::string note;  ///< what was compared, e.g. "`web/app` does not start with `api/`"; may be empty
  std::size_t first_difference =
      0;          ///< 1-based character of the left value at which a string test first differs; 0: none
  int depth = 0;  ///< 0 for the whole condition
  std::optional<CauseKind> cause;  ///< of this sub-expression itself, not of its parts
};

/// Every sub-expression's value, parents before their parts, in the order of the text. Nothing is skipped because the
/// value is already settled.
[[nodiscard]] std::vector<ConditionStep> trace(const model::Condition& condition,
                                               const ConditionEnvironment& environment);

}  // namespace acrbiter::evaluator
