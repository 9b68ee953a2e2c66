#include "parser/condition_words.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "model/ascii.h"
#include "model/text_position.h"

namespace acrbiter::parser {
namespace {

using model::AttributeSource;
using model::Operator;
using model::Quantifier;

constexpr std::size_t kMaxWordToCorrect = 64;

struct NamedOperator {
  std::string_view name;
  Operator op;
};

using Family = model::OperatorFamily;
using Relation = model::OperatorRelation;

constexpr std::array kOperators = {
    NamedOperator{"StringEquals", {Family::String, Relation::Equals, false, false}},
    NamedOperator{"StringEqualsIgnoreCase", {Family::String, Relation::Equals, false, true}},
    NamedOperator{"StringNotEquals", {Family::String, Relation::Equals, true, false}},
    NamedOperator{"StringNotEqualsIgnoreCase", {Family::String, Relation::Equals, true, true}},
    NamedOperator{"StringStartsWith", {Family::String, Relation::StartsWith, false, false}},
    NamedOperator{"StringStartsWithIgnoreCase", {Family::String, Relation::StartsWith, false, true}},
    NamedOperator{"StringNotStartsWith", {Family::String, Relation::StartsWith, true, false}},
    NamedOperator{"StringNotStartsWithIgnoreCase", {Family::String, Relation::StartsWith, true, true}},
    NamedOperator{"StringLike", {Family::String, Relation::Like, false, false}},
    NamedOperator{"StringLikeIgnoreCase", {Family::String, Relation::Like, false, true}},
    NamedOperator{"StringNotLike", {Family::String, Relation::Like, true, false}},
    NamedOperator{"StringNotLikeIgnoreCase", {Family::String, Relation::Like, true, true}},
    NamedOperator{"NumericEquals", {Family::Numeric, Relation::Equals, false, false}},
    NamedOperator{"NumericNotEquals", {Family::Numeric, Relation::Equals, true, false}},
    NamedOperator{"NumericGreaterThan", {Family::Numeric, Relation::GreaterThan, false, false}},
    NamedOperator{"NumericGreaterThanEquals", {Family::Numeric, Relation::GreaterThanEquals, false, false}},
    NamedOperator{"NumericLessThan", {Family::Numeric, Relation::LessThan, false, false}},
    NamedOperator{"NumericLessThanEquals", {Family::Numeric, Relation::LessThanEquals, false, false}},
    NamedOperator{"DateTimeEquals", {Family::DateTime, Relation::Equals, false, false}},
    NamedOperator{"DateTimeNotEquals", {Family::DateTime, Relation::Equals, true, false}},
    NamedOperator{"DateTimeGreaterThan", {Family::DateTime, Relation::GreaterThan, false, false}},
    NamedOperator{"DateTimeGreaterThanEquals", {Family::DateTime, Relation::GreaterThanEquals, false, false}},
    NamedOperator{"DateTimeLessThan", {Family::DateTime, Relation::LessThan, false, false}},
    NamedOperator{"DateTimeLessThanEquals", {Family::DateTime, Relation::LessThanEquals, false, false}},
    NamedOperator{"BoolEquals", {Family::Bool, Relation::Equals, false, false}},
    NamedOperator{"BoolNotEquals", {Family::Bool, Relation::Equals, true, false}},
    NamedOperator{"GuidEquals", {Family::Guid, Relation::Equals, false, false}},
    NamedOperator{"GuidNotEquals", {Family::Guid, Relation::Equals, true, false}},
};

constexpr std::array kQuantifiers = {
    std::pair{std::string_view("ForAnyOfAnyValues"), Quantifier::ForAnyOfAnyValues},
    std::pair{std::string_view("ForAllOfAnyValues"), Quantifier::ForAllOfAnyValues},
    std::pair{std::string_view("ForAnyOfAllValues"), Quantifier::ForAnyOfAllValues},
    std::pair{std::string_view("ForAllOfAllValues"), Quantifier::ForAllOfAllValues},
};

constexpr std::array kSources = {
    std::pair{std::string_view("Request"), AttributeSource::Request},
    std::pair{std::string_view("Resource"), AttributeSource::Resource},
    std::pair{std::string_view("Principal"), AttributeSource::Principal},
    std::pair{std::string_view("Environment"), AttributeSource::Environment},
};

constexpr std::array<std::string_view, 4> kFunctionNames = {"ActionMatches", "SubOperationMatches", "Exists", "NOT"};

/// Operators of other languages, and what the condition language has in their place. Keys in lower case.
constexpr std::array kElsewhere = {
    std::pair{std::string_view("notexists"), std::string_view("write `NOT Exists @Request[…]`")},
    std::pair{std::string_view("notexist"), std::string_view("write `NOT Exists @Request[…]`")},
    std::pair{std::string_view("exists"), std::string_view("`Exists` stands before its attribute")},
    std::pair{std::string_view("stringcontains"), std::string_view("write `StringLike '*text*'`")},
    std::pair{std::string_view("contains"), std::string_view("write `StringLike '*text*'`")},
    std::pair{std::string_view("stringendswith"), std::string_view("write `StringLike '*text'`")},
    std::pair{std::string_view("endswith"), std::string_view("write `StringLike '*text'`")},
    std::pair{std::string_view("startswith"), std::string_view("did you mean `StringStartsWith`?")},
    std::pair{std::string_view("stringmatches"), std::string_view("write `StringLike` with `*` and `?`")},
    std::pair{std::string_view("matches"), std::string_view("write `StringLike` with `*` and `?`")},
    std::pair{std::string_view("like"), std::string_view("did you mean `StringLike`?")},
    std::pair{std::string_view("equals"), std::string_view("did you mean `StringEquals`?")},
    std::pair{std::string_view("eq"), std::string_view("did you mean `StringEquals`?")},
    std::pair{std::string_view("ne"), std::string_view("did you mean `StringNotEquals`?")},
    std::pair{std::string_view("notequals"), std::string_view("did you mean `StringNotEquals`?")},
    std::pair{std::string_view("in"), std::string_view("write `ForAnyOfAnyValues:StringEquals {'…', '…'}`")},
    std::pair{std::string_view("listcontains"), std::string_view("write `ForAnyOfAnyValues:StringEquals {'…', '…'}`")},
    std::pair{std::string_view("numericinrange"), std::string_view("join two comparisons with AND")},
    std::pair{std::string_view("boolnot"), std::string_view("write `BoolEquals false`")},
};

/// Edit distance (insert, delete, replace, swap neighbours), letter case ignored; both words are short.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = model::ascii_lower(a[i - 1]) == model::ascii_lower(b[j - 1]);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && model::ascii_lower(a[i - 1]) == model::ascii_lower(b[j - 2]) &&
          model::ascii_lower(a[i - 2]) == model::ascii_lower(b[j - 1])) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    before = previous;
    std::swap(previous, current);
  }
  return previous[b.size()];
}

std::string did_you_mean(std::string_view name) { return "did you mean " + model::quoted(name) + "?"; }

/// `NumericGreaterThanOrEquals` and its kin: the language says `…ThanEquals`.
std::string_view without_or(std::string_view lower_word) {
  for (const std::string_view wrong : {"thanorequals", "thanorequalto", "thanorequal", "thanequal"}) {
    if (!lower_word.ends_with(wrong)) continue;
    const std::string stem = std::string(lower_word.substr(0, lower_word.size() - wrong.size())) + "thanequals";
    for (const NamedOperator& known : kOperators) {
      if (model::equal_ignoring_case(known.name, stem)) return known.name;
    }
  }
  return {};
}

template <class Table>
std::vector<std::string_view> names_of(const Table& table) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : table) names.push_back(name);
  return names;
}

template <class Table>
auto find_in(const Table& table, std::string_view word) {
  using Value = typename Table::value_type::second_type;
  const auto entry = std::find_if(table.begin(), table.end(),
                                  [&](const auto& e) { return model::equal_ignoring_case(e.first, word); });
  return entry == table.end() ? std::optional<Value>() : std::optional<Value>(entry->second);
}

}  // namespace

std::optional<Operator> find_operator(std::string_view word) {
  const auto entry = std::find_if(kOperators.begin(), kOperators.end(), [&](const NamedOperator& known) {
    return model::equal_ignoring_case(known.name, word);
  });
  if (entry == kOperators.end()) return std::nullopt;
  return entry->op;
}

std::optional<Quantifier> find_quantifier(std::string_view word) { return find_in(kQuantifiers, word); }

std::optional<AttributeSource> find_source(std::string_view word) { return find_in(kSources, word); }

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > kMaxWordToCorrect) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 4) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

WordProblem unknown_operator(std::string_view word) {
  if (find_quantifier(word)) {
    return {"quantifier " + model::quoted(word) + " without an operator",
            "write " + model::quoted(std::string(word) + ":StringEquals")};
  }
  WordProblem problem{"unknown operator " + model::quoted(word), {}};
  if (word.size() > kMaxWordToCorrect) return problem;
  const std::string lower = model::ascii_lower(word);
  if (const auto help = find_in(kElsewhere, lower)) {
    problem.help = *help;
  } else if (const std::string_view fixed = without_or(lower); !fixed.empty()) {
    problem.help = did_you_mean(fixed);
  } else if (lower.starts_with("ip")) {
    problem.help = "conditions cannot compare addresses; use the registry's network rules";
  } else if (lower.starts_with("timeofday")) {
    problem.help = "conditions know no time of day; compare `@Environment[UtcNow]` with `DateTimeGreaterThan`";
  } else if (const std::string_view name = nearest(word, names_of(kOperators)); !name.empty()) {
    problem.help = did_you_mean(name);
  } else {
    problem.help = "operators are String…, Numeric…, DateTime…, Bool… and Guid…, such as `StringEquals`";
  }
  return problem;
}

WordProblem unknown_quantifier(std::string_view word, std::string_view op) {
  if (find_operator(word) && find_quantifier(op)) {
    return {"operator " + model::quoted(word) + " before its quantifier",
            "write " + model::quoted(std::string(op) + ":" + std::string(word))};
  }
  WordProblem problem{"unknown quantifier " + model::quoted(word), {}};
  std::string_view name = nearest(word, names_of(kQuantifiers));
  if (model::equal_ignoring_case(word, "ForAnyValue") || model::equal_ignoring_case(word, "ForAnyValues")) {
    name = "ForAnyOfAnyValues";
  } else if (model::equal_ignoring_case(word, "ForAllValues")) {
    name = "ForAllOfAnyValues";
  }
  problem.help = !name.empty()
                     ? did_you_mean(name)
                     : "the quantifiers are `ForAnyOfAnyValues`, `ForAllOfAnyValues`, `ForAnyOfAllValues` and "
                       "`ForAllOfAllValues`";
  return problem;
}

WordProblem unknown_source(std::string_view word) {
  WordProblem problem{"unknown attribute source " + model::quoted("@" + std::string(word)), {}};
  const std::string_view name = nearest(word, names_of(kSources));
  problem.help = !name.empty() ? did_you_mean("@" + std::string(name))
                               : "the sources are `@Request`, `@Resource`, `@Principal` and `@Environment`";
  return problem;
}

WordProblem unknown_function(std::string_view word) {
  WordProblem problem{"expected an expression, found " + model::quoted(word), {}};
  if (word.size() > kMaxWordToCorrect) return problem;
  const std::string lower = model::ascii_lower(word);
  if (lower == "notexists" || lower == "notexist") {
    problem.help = "write `NOT Exists @Request[…]`";
  } else if (lower == "null") {
    problem.help = "the portal's editor shows `null` for a half-edited expression; finish it there";
  } else if (lower == "and" || lower == "or") {
    problem.help = "an expression is missing before it";
  } else if (find_operator(word)) {
    problem.help = "an operator stands between two values: `@Request[…] " + std::string(word) + " …`";
  } else if (find_source(word)) {
    problem.help = "write `@" + std::string(word) + "[…]`";
  } else if (const std::string_view name = nearest(word, kFunctionNames); !name.empty()) {
    problem.help = did_you_mean(name);
  } else {
    problem.help = "an expression begins with `@`, `(`, `!`, `NOT`, `Exists`, `ActionMatches` or `SubOperationMatches`";
  }
  return problem;
}

}  // namespace acrbiter::parser
