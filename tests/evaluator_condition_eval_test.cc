// The value of a condition: fixtures/conditions/*.json, the truth tables, traces, and hostile conditions.
#include "evaluator/condition_eval.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluator/condition_value.h"
#include "model/condition_print.h"
#include "parser/condition_parser.h"
#include "tests/support/condition_fixture.h"

namespace acrbiter {
namespace {

using evaluator::AttributeLookup;
using evaluator::ConditionEnvironment;
using evaluator::evaluate;
using evaluator::evaluate_missing_as_false;
using evaluator::evaluate_truth;
using evaluator::trace;
using model::Truth;
using nlohmann::json;

model::Condition parsed(const std::string& text) {
  auto result = parser::parse_condition(text);
  if (!result) throw std::runtime_error(text + ": " + result.error().front().message);
  return *std::move(result);
}

std::vector<model::Literal> literals(const json& value) {
  std::vector<model::Literal> result;
  const auto add = [&](const json& one) {
    model::Literal literal;
    if (one.is_boolean()) {
      literal.type = model::ValueType::Boolean;
      literal.boolean = one.get<bool>();
    } else if (one.is_number()) {
      literal.type = model::ValueType::Number;
      literal.number = one.get<double>();
      literal.text = one.dump();
    } else {
      literal.text = one.get<std::string>();
    }
    result.push_back(std::move(literal));
  };
  if (value.is_array()) {
    for (const json& one : value) add(one);
  } else {
    add(value);
  }
  return result;
}

/// The maps of a case: request, resource, principal, environment, and the names of what is unknown.
class Attributes : public evaluator::AttributeProvider {
 public:
  explicit Attributes(const json& env) {
    for (const auto source : {model::AttributeSource::Request, model::AttributeSource::Resource,
                              model::AttributeSource::Principal, model::AttributeSource::Environment}) {
      std::string key(to_string(source));
      key[0] = static_cast<char>(key[0] - 'A' + 'a');
      const json map = env.value(key, json::object());
      for (const auto& [name, value] : map.items()) {
        supplied_.push_back({source, name, literals(value), value.is_array()});
      }
    }
    unknown_ = env.value("unknown", std::vector<std::string>());
  }

  [[nodiscard]] AttributeLookup find(model::AttributeSource source, std::string_view name) const override {
    for (const Entry& entry : supplied_) {
      if (entry.source == source && evaluator::same_attribute(entry.name, name)) {
        return AttributeLookup::values(entry.values, entry.is_list);
      }
    }
    for (const std::string& unknown : unknown_) {
      if (unknown == "@" + std::string(to_string(source)) + "[" + std::string(name) + "]") {
        return AttributeLookup::unknown();
      }
    }
    return AttributeLookup::not_supplied();
  }

 private:
  struct Entry {
    model::AttributeSource source;
    std::string name;
    std::vector<model::Literal> values;
    bool is_list;
  };
  std::vector<Entry> supplied_;
  std::vector<std::string> unknown_;
};

// ---- cases as data ----------------------------------------------------------------------------------------

class ConditionCase : public testing::TestWithParam<json> {};

TEST_P(ConditionCase, HasTheValueAndTheCausesItSays) {
  const json& one = GetParam();
  const json env = one.value("env", json::object());
  const json& expected = one.at("expect");
  const auto action = env.value("action", std::string());
  const auto sub_operation = env.value("suboperation", std::string());
  const auto version = one.value("version", std::string());
  const Attributes attributes(env);
  ConditionEnvironment environment{.action = action,
                                   .sub_operation = sub_operation,
                                   .attributes = &attributes,
                                   .condition_version = version,
                                   .readings = {}};
  const json readings = one.value("readings", json::object());
  for (const auto& [id, reading] : readings.items()) {
    ASSERT_TRUE(evaluator::set_reading(environment.readings, id, reading.get<std::string>())) << id;
  }
  const model::Condition condition = parsed(one.at("condition").get<std::string>());

  const evaluator::ConditionValue value = evaluate(condition, environment);
  EXPECT_EQ(to_string(value.truth), expected.at("value").get<std::string>());
  std::vector<std::string> causes;
  for (const evaluator::ConditionCause& cause : value.causes) {
    causes.emplace_back(to_string(cause.kind));
    EXPECT_LE(cause.span.end, condition.text.size());
    EXPECT_LT(cause.span.begin, cause.span.end);
  }
  EXPECT_EQ(causes, expected.value("causes", std::vector<std::string>()));
  EXPECT_EQ(value.causes.empty(), value.truth != Truth::Unknown) << "unknown has causes, and only unknown";
  const std::string decided_by =
      condition.text.substr(value.decided_by.begin, value.decided_by.end - value.decided_by.begin);
  if (expected.contains("decidedBy")) {
    EXPECT_EQ(decided_by, expected.at("decidedBy").get<std::string>());
  }

  EXPECT_EQ(evaluate_truth(condition, environment), value.truth) << "the fast path";
  if (expected.contains("missingAsFalse")) {
    EXPECT_EQ(to_string(evaluate_missing_as_false(condition, environment)),
              expected.at("missingAsFalse").get<std::string>());
  }
  if (version.empty() || version == "2.0") {
    const auto steps = trace(condition, environment);
    ASSERT_FALSE(steps.empty());
    EXPECT_EQ(steps.front().truth, value.truth);
    EXPECT_EQ(steps.front().depth, 0);
  }
  const model::Condition printed = parsed(print_condition(condition));
  EXPECT_EQ(evaluate_truth(printed, environment), value.truth) << "the canonical layout means the same";
}

INSTANTIATE_TEST_SUITE_P(Fixtures, ConditionCase,
                         testing::ValuesIn(tests::condition_cases({"clauses.json", "operators.json", "types.json",
                                                                   "quantifiers.json", "attributes.json",
                                                                   "grouping.json"})),
                         tests::case_name);

// ---- truth tables -----------------------------------------------------------------------------------------

const std::map<char, std::string> kLeaf = {
    {'T', "'t' StringEquals 't'"}, {'F', "'t' StringEquals 'f'"}, {'U', "@Request[u] StringEquals 'x'"}};

char value_of(const std::string& text) {
  const model::Condition condition = parsed(text);
  const Truth truth = evaluate_truth(condition, {});
  EXPECT_EQ(evaluate(condition, {}).truth, truth) << text;
  return truth == Truth::True ? 'T' : truth == Truth::False ? 'F' : 'U';
}

TEST(TruthTables, AreKleenes) {
  const std::string values = "TFU";
  const std::map<std::string, std::string> tables = {{"AND", "TFUFFFUFU"}, {"OR", "TTTTFUTUU"}};
  for (const auto& [joiner, table] : tables) {
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) {
        EXPECT_EQ(value_of(kLeaf.at(values[i]) + " " + joiner + " " + kLeaf.at(values[j])), table[i * 3 + j])
            << values[i] << " " << joiner << " " << values[j];
      }
    }
  }
  EXPECT_EQ(value_of("NOT " + kLeaf.at('T')), 'F');
  EXPECT_EQ(value_of("NOT " + kLeaf.at('F')), 'T');
  EXPECT_EQ(value_of("NOT " + kLeaf.at('U')), 'U');
}

/// Every chain of five operands and four joiners: the streamed value against the trees of both readings.
TEST(AmbiguousGrouping, IsTheValueOfBothReadingsWhereTheyAgree) {
  const std::string values = "TFU";
  std::size_t ambiguous = 0;
  for (int code = 0; code < 243 * 16; ++code) {
    int rest = code;
    std::string text;
    for (int i = 0; i < 5; ++i) {
      if (i > 0) text += ((code / 243) >> (i - 1)) % 2 == 0 ? " AND " : " OR ";
      text += kLeaf.at(values[static_cast<std::size_t>(rest % 3)]);
      rest /= 3;
    }
    const model::Condition condition = parsed(text);
    const auto* chain = std::get_if<model::MixedChain>(&condition.root.node);
    if (chain == nullptr) continue;
    const model::Condition first{text, model::and_first(*chain, condition.root.span)};
    const model::Condition second{text, model::left_to_right(*chain, condition.root.span)};
    const Truth by_and = evaluate_truth(first, {});
    const Truth by_order = evaluate_truth(second, {});
    EXPECT_EQ(evaluate_truth(condition, {}), by_and == by_order ? by_and : Truth::Unknown) << text;
    ConditionEnvironment pinned;
    ASSERT_TRUE(evaluator::set_reading(pinned.readings, "ambiguous-grouping", "and-first"));
    EXPECT_EQ(evaluate_truth(condition, pinned), by_and) << text;
    ASSERT_TRUE(evaluator::set_reading(pinned.readings, "ambiguous-grouping", "left-to-right"));
    EXPECT_EQ(evaluate_truth(condition, pinned), by_order) << text;
    ambiguous += by_and != by_order ? 1U : 0U;

    // The causes are those of the trees, and the ambiguity itself where they differ.
    const evaluator::ConditionValue value = evaluate(condition, {});
    if (value.truth != Truth::Unknown) continue;
    std::vector<std::size_t> expected;
    for (const model::Condition* tree : {&first, &second}) {
      for (const evaluator::ConditionCause& cause : evaluate(*tree, {}).causes) expected.push_back(cause.span.begin);
    }
    std::vector<std::size_t> found;
    bool names_ambiguity = false;
    for (const evaluator::ConditionCause& cause : value.causes) {
      if (cause.kind == evaluator::CauseKind::AmbiguousGrouping) {
        names_ambiguity = true;
      } else {
        found.push_back(cause.span.begin);
      }
    }
    std::sort(expected.begin(), expected.end());
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
    EXPECT_EQ(found, expected) << text;
    EXPECT_EQ(names_ambiguity, by_and != by_order) << text;
  }
  EXPECT_GT(ambiguous, 100U);
}

TEST(ConditionReadings, TakeOnlyTheWordsOfTheRegister) {
  evaluator::ConditionReadings readings;
  EXPECT_FALSE(evaluator::set_reading(readings, "ambiguous-grouping", "maybe"));
  EXPECT_FALSE(evaluator::set_reading(readings, "missing-value-below-not", ""));
  EXPECT_FALSE(evaluator::set_reading(readings, "other", "false"));
  EXPECT_TRUE(evaluator::set_reading(readings, "missing-value-below-not", "false"));
  EXPECT_TRUE(evaluator::set_reading(readings, "missing-value-below-not", "indeterminate"));
  EXPECT_EQ(readings.missing_value_below_not, evaluator::ConditionReadings::MissingValueBelowNot::Indeterminate);
}

// ---- causes and traces ------------------------------------------------------------------------------------

TEST(ConditionCauses, NameTheAttributeAndTheComparison) {
  const model::Condition condition = parsed("Exists @Request[z] OR @Request[a] StringEquals @Resource[b]");
  const evaluator::ConditionValue value = evaluate(condition, {});
  ASSERT_EQ(value.causes.size(), 2U);
  EXPECT_EQ(value.causes[0].attribute, "@Request[a]");
  EXPECT_EQ(value.causes[1].attribute, "@Resource[b]");
  EXPECT_EQ(condition.text.substr(value.causes[0].span.begin), "@Request[a] StringEquals @Resource[b]");
}

TEST(ConditionCauses, OneAttributeTwiceInOneComparisonIsOneCause) {
  EXPECT_EQ(evaluate(parsed("@Request[a] StringEquals @Request[a]"), {}).causes.size(), 1U);
}

struct ExpectedStep {
  std::string text;
  Truth truth;
  std::string note;
  std::size_t first_difference;
  int depth;
};

void expect_trace(const std::string& text, const json& env, const std::vector<ExpectedStep>& expected) {
  const model::Condition condition = parsed(text);
  const Attributes attributes(env);
  const auto action = env.value("action", std::string());
  const auto steps = trace(
      condition,
      {.action = action, .sub_operation = {}, .attributes = &attributes, .condition_version = {}, .readings = {}});
  ASSERT_EQ(steps.size(), expected.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& [span, truth, note, first_difference, depth, cause] = steps[i];
    EXPECT_EQ(condition.text.substr(span.begin, span.end - span.begin), expected[i].text);
    EXPECT_EQ(truth, expected[i].truth) << expected[i].text;
    EXPECT_EQ(note, expected[i].note) << expected[i].text;
    EXPECT_EQ(first_difference, expected[i].first_difference) << expected[i].text;
    EXPECT_EQ(depth, expected[i].depth) << expected[i].text;
  }
}

TEST(ConditionTrace, ShowsEverySubExpressionInOrder) {
  expect_trace(
      "((!(ActionMatches{'r'})) OR (@Request[n] StringStartsWithIgnoreCase 'Backend/'))",
      {{"action", "r"}, {"request", {{"n", "backendsvc/api"}}}},
      {{"(!(ActionMatches{'r'})) OR (@Request[n] StringStartsWithIgnoreCase 'Backend/')", Truth::False, "", 0, 0},
       {"!(ActionMatches{'r'})", Truth::False, "", 0, 1},
       {"ActionMatches{'r'}", Truth::True, "the action is `r`", 0, 2},
       {"@Request[n] StringStartsWithIgnoreCase 'Backend/'", Truth::False,
        "`backendsvc/api` does not start with `Backend/`", 8, 1}});
}

TEST(ConditionTrace, CountsCharactersToTheFirstDifference) {
  expect_trace("@Request[n] StringEquals 'größe'", {{"request", {{"n", "größer"}}}},
               {{"@Request[n] StringEquals 'größe'", Truth::False, "`größer` does not equal `größe`", 6, 0}});
}

TEST(ConditionTrace, NamesTheNearestOfSeveralValues) {
  expect_trace("@Request[n] ForAnyOfAnyValues:StringEquals {'x', 'abd', 'ay'}", {{"request", {{"n", "abc"}}}},
               {{"@Request[n] ForAnyOfAnyValues:StringEquals {'x', 'abd', 'ay'}", Truth::False,
                 "`abc` does not equal `abd` or any other of 3 values", 3, 0}});
}

TEST(ConditionTrace, PatternsDifferOnlyInWhatStandsBeforeTheFirstStar) {
  expect_trace("@Request[n] StringLike 'abx*' OR @Request[n] StringLike 'ab*x'", {{"request", {{"n", "abc"}}}},
               {{"@Request[n] StringLike 'abx*' OR @Request[n] StringLike 'ab*x'", Truth::False, "", 0, 0},
                {"@Request[n] StringLike 'abx*'", Truth::False, "`abc` does not match `abx*`", 3, 1},
                {"@Request[n] StringLike 'ab*x'", Truth::False, "`abc` does not match `ab*x`", 0, 1}});
}

TEST(ConditionTrace, SaysWhyAPartIsUnknown) {
  expect_trace("Exists @Request[a] AND NOT SubOperationMatches{'s'} AND @Request[b] NumericLessThan 5",
               {{"request", {{"a", 1}}}},
               {{"Exists @Request[a] AND NOT SubOperationMatches{'s'} AND @Request[b] NumericLessThan 5",
                 Truth::Unknown, "", 0, 0},
                {"Exists @Request[a]", Truth::True, "supplied", 0, 1},
                {"NOT SubOperationMatches{'s'}", Truth::True, "", 0, 1},
                {"SubOperationMatches{'s'}", Truth::False, "the request has no sub-operation", 0, 2},
                {"@Request[b] NumericLessThan 5", Truth::Unknown, "not supplied", 0, 1}});
}

// ---- values -----------------------------------------------------------------------------------------------

TEST(AttributeNames, CompareWithoutCaseButForMarkedKeys) {
  EXPECT_TRUE(evaluator::same_attribute("A/b:Name", "a/B:name"));
  EXPECT_FALSE(evaluator::same_attribute("a/b:name", "a/b:names"));
  EXPECT_TRUE(evaluator::same_attribute("A/tags:Key<$key_case_sensitive$>", "a/TAGS:Key<$key_case_sensitive$>"));
  EXPECT_FALSE(evaluator::same_attribute("a/tags:Key<$key_case_sensitive$>", "a/tags:key<$key_case_sensitive$>"));
  EXPECT_FALSE(evaluator::same_attribute("a/tags:Key", "a/tags:Key<$key_case_sensitive$>"));
  EXPECT_TRUE(evaluator::same_attribute("a/tags&$keys$&", "A/tags&$KEYS$&"));
}

TEST(Numbers, CompareExactly) {
  const auto order = [](std::string_view a, std::string_view b) {
    const auto view = [](std::string_view text) {
      return evaluator::ValueView{
          .type = model::ValueType::Number, .text = text, .number = std::stod(std::string(text))};
    };
    return evaluator::compare_numbers(view(a), view(b));
  };
  EXPECT_EQ(order("0", "-0.0"), std::partial_ordering::equivalent);
  EXPECT_EQ(order("007", "7.00"), std::partial_ordering::equivalent);
  EXPECT_EQ(order("-2", "-1"), std::partial_ordering::less);
  EXPECT_EQ(order("-1", "1"), std::partial_ordering::less);
  EXPECT_EQ(order("10", "9"), std::partial_ordering::greater);
  EXPECT_EQ(order("1.05", "1.5"), std::partial_ordering::less);
  EXPECT_EQ(order("100000000000000000001", "100000000000000000000"), std::partial_ordering::greater);
  EXPECT_EQ(order("1e3", "1000"), std::partial_ordering::equivalent) << "as doubles";
}

// ---- hostile conditions -----------------------------------------------------------------------------------

std::string set_of(std::size_t values, const std::string& value) {
  std::string set = "{";
  for (std::size_t i = 0; i < values; ++i) set += (i == 0 ? "'" : ",'") + value + "'";
  return set + "}";
}

TEST(HostileEvaluation, ListsTooLongToCompareAreRefused) {
  const model::Condition condition =
      parsed(set_of(50'000, "a") + " ForAllOfAllValues:StringNotEquals " + set_of(50'000, "b"));
  const evaluator::ConditionValue value = evaluate(condition, {});
  EXPECT_EQ(value.truth, Truth::Unknown);
  ASSERT_EQ(value.causes.size(), 1U);
  EXPECT_EQ(value.causes.front().kind, evaluator::CauseKind::TooMuchWork);
}

TEST(HostileEvaluation, ListsOfReasonableLengthAreCompared) {
  EXPECT_EQ(value_of(set_of(1'000, "a") + " ForAllOfAllValues:StringNotEquals " + set_of(1'000, "b")), 'T');
}

TEST(HostileEvaluation, PatternsTooLongToMatchAreRefused) {
  std::string pattern;
  for (int i = 0; i < 100'000; ++i) pattern += "*a";
  EXPECT_EQ(value_of("'" + std::string(500'000, 'a') + "b' StringLike '" + pattern + "'"), 'U');
}

TEST(HostileEvaluation, DeepAndWideConditionsHaveAValue) {
  std::string deep = kLeaf.at('T');
  for (int i = 0; i < 100; ++i) deep = "(" + deep + (i % 2 == 0 ? " AND " : " OR ") + kLeaf.at('U') + ")";
  EXPECT_EQ(value_of(deep), 'U');
  std::string wide = kLeaf.at('F');
  for (int i = 0; i < 20'000; ++i) wide += " OR " + kLeaf.at('U');
  EXPECT_EQ(value_of(wide), 'U');
  EXPECT_EQ(evaluate(parsed(wide), {}).causes.size(), 20'000U);
}

}  // namespace
}  // namespace acrbiter
