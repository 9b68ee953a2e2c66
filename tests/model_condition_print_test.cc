// The canonical layout, equality of trees, the two readings of a chain, and names.
#include "model/condition_print.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <variant>

#include "parser/condition_parser.h"
#include "tests/support/condition_fixture.h"

namespace acrbiter {
namespace {

using nlohmann::json;
using parser::parse_condition;

model::Condition parsed(const std::string& text) {
  auto result = parse_condition(text);
  if (!result) throw std::runtime_error(text + ": " + result.error().front().message);
  return *std::move(result);
}

/// Printing gives a text of an equal tree, and printing that gives the same text.
void expect_round_trip(const std::string& text) {
  const model::Condition first = parsed(text);
  const std::string printed = print_condition(first);
  const auto second = parse_condition(printed);
  ASSERT_TRUE(second.has_value()) << text << "\nprinted as\n" << printed << "\n" << second.error().front().message;
  EXPECT_TRUE(equal(first.root, second->root)) << text << "\nprinted as\n" << printed;
  EXPECT_EQ(print_condition(*second), printed) << text;
}

class CanonicalLayout : public testing::TestWithParam<json> {};

TEST_P(CanonicalLayout, IsAsTheCaseSays) {
  const auto text = GetParam().at("condition").get<std::string>();
  EXPECT_EQ(print_condition(parsed(text)), GetParam().at("canonical").get<std::string>());
  expect_round_trip(text);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, CanonicalLayout, testing::ValuesIn(tests::condition_cases("well-formed.json")),
                         tests::case_name);

TEST(CanonicalLayoutRoundTrip, EveryTruthCase) {
  for (const json& one : tests::condition_cases(
           {"clauses.json", "operators.json", "types.json", "quantifiers.json", "attributes.json", "grouping.json"})) {
    expect_round_trip(one.at("condition").get<std::string>());
  }
}

TEST(CanonicalLayoutRoundTrip, EveryPublishedCondition) {
  const auto examples = tests::published_conditions();
  if (!examples) GTEST_SKIP() << "skipped: the published conditions are not beside the checkout";
  for (const json& example : *examples) {
    if (example.at("well_formed").get<bool>()) expect_round_trip(example.at("text").get<std::string>());
  }
}

TEST(CanonicalLayoutRoundTrip, TextsAsDeepAsTheParserReads) {
  const std::string guard = "ActionMatches{'a'}";
  for (std::size_t depth = 80; depth <= 100; ++depth) {
    std::string negations;
    std::string groups = guard;
    for (std::size_t i = 0; i < depth; ++i) {
      negations += "!";
      groups = (i % 2 == 0 ? "(" + groups + " OR Exists @Request[a])" : "(" + groups + " AND Exists @Request[a])");
    }
    expect_round_trip(negations + guard);
    expect_round_trip(groups);
  }
}

TEST(EqualTrees, LayoutAndSpellingOfKeywordsDoNotMatter) {
  EXPECT_TRUE(equal(parsed("!Exists @Request[a] && @request[b] stringequals 'x'").root,
                    parsed("(NOT Exists@Request[ a ])\nAND\n(@Request[b] StringEquals 'x')").root));
}

TEST(EqualTrees, EverythingElseDoes) {
  const std::string text = "@Request[a] ForAnyOfAnyValues:StringEquals {'x', 'y'}";
  for (const char* other : {
           "@Resource[a] ForAnyOfAnyValues:StringEquals {'x', 'y'}",
           "@Request[A] ForAnyOfAnyValues:StringEquals {'x', 'y'}",
           "@Request[a] ForAllOfAnyValues:StringEquals {'x', 'y'}",
           "@Request[a] StringEquals {'x', 'y'}",
           "@Request[a] ForAnyOfAnyValues:StringNotEquals {'x', 'y'}",
           "@Request[a] ForAnyOfAnyValues:StringLike {'x', 'y'}",
           "@Request[a] ForAnyOfAnyValues:StringEqualsIgnoreCase {'x', 'y'}",
           "@Request[a] ForAnyOfAnyValues:StringEquals {'y', 'x'}",
           "@Request[a] ForAnyOfAnyValues:StringEquals {'x'}",
           "@Request[a] ForAnyOfAnyValues:StringEquals {'X', 'y'}",
           "@Request[a] ForAnyOfAnyValues:StringEquals 'x'",
           "@Request[a] ForAnyOfAnyValues:StringEquals @Request[b]",
           "NOT @Request[a] ForAnyOfAnyValues:StringEquals {'x', 'y'}",
           "Exists @Request[a]",
           "ActionMatches{'a'}",
       }) {
    EXPECT_FALSE(equal(parsed(text).root, parsed(other).root)) << other;
  }
  EXPECT_FALSE(equal(parsed("ActionMatches{'a'}").root, parsed("ActionMatches{'b'}").root));
  EXPECT_FALSE(equal(parsed("ActionMatches{'a'}").root, parsed("SubOperationMatches{'a'}").root));
  EXPECT_FALSE(equal(parsed("SubOperationMatches{'a'}").root, parsed("SubOperationMatches{'b'}").root));
  EXPECT_FALSE(equal(parsed("Exists @Request[a]").root, parsed("Exists @Request[b]").root));
  EXPECT_FALSE(equal(parsed("@Request[a] BoolEquals true").root, parsed("@Request[a] BoolEquals false").root));
  EXPECT_FALSE(equal(parsed("@Request[a] NumericEquals 5").root, parsed("@Request[a] NumericEquals 6").root));
  EXPECT_FALSE(equal(parsed("@Request[a] NumericEquals 5").root, parsed("@Request[a] NumericEquals '5'").root));
  const std::string a = "Exists @Request[a]";
  EXPECT_FALSE(equal(parsed(a + " AND " + a).root, parsed(a + " OR " + a).root));
  EXPECT_FALSE(equal(parsed(a + " AND " + a).root, parsed(a + " AND " + a + " AND " + a).root));
  EXPECT_FALSE(equal(parsed(a + " AND " + a + " AND " + a).root, parsed("(" + a + " AND " + a + ") AND " + a).root));
  EXPECT_FALSE(equal(parsed(a + " AND " + a + " OR " + a).root, parsed(a + " OR " + a + " AND " + a).root));
}

/// The tree of `text`, whose root is an ambiguous chain, under one reading.
std::string read_as(model::Expr (*reading)(const model::MixedChain&, model::SourceSpan), const std::string& text) {
  const model::Condition condition = parsed(text);
  return print_expression(reading(std::get<model::MixedChain>(condition.root.node), condition.root.span));
}

TEST(AmbiguousChain, HasTwoReadings) {
  const std::string a = "Exists @Request[a]";
  const std::string b = "Exists @Request[b]";
  const std::string c = "Exists @Request[c]";
  const std::string d = "Exists @Request[d]";
  const auto same = [](const std::string& printed, const std::string& text) {
    EXPECT_TRUE(equal(parsed(printed).root, parsed(text).root)) << printed << "\nis not\n" << text;
  };
  const std::string or_and = a + " OR " + b + " AND " + c;
  same(read_as(model::and_first, or_and), a + " OR (" + b + " AND " + c + ")");
  same(read_as(model::left_to_right, or_and), "(" + a + " OR " + b + ") AND " + c);
  const std::string and_or = a + " AND " + b + " OR " + c;
  same(read_as(model::and_first, and_or), "(" + a + " AND " + b + ") OR " + c);
  same(read_as(model::left_to_right, and_or), "(" + a + " AND " + b + ") OR " + c);
  const std::string longer = a + " AND " + b + " OR " + c + " OR " + d + " AND " + a + " AND " + b;
  same(read_as(model::and_first, longer),
       "(" + a + " AND " + b + ") OR " + c + " OR (" + d + " AND " + a + " AND " + b + ")");
  same(read_as(model::left_to_right, longer),
       "((" + a + " AND " + b + ") OR " + c + " OR " + d + ") AND " + a + " AND " + b);
}

TEST(AmbiguousChain, ReadingsKeepTheSpanOfWhatTheyCover) {
  const model::Condition condition = parsed("Exists @Request[a] OR Exists @Request[b] AND Exists @Request[c]");
  const model::Expr expr = model::and_first(std::get<model::MixedChain>(condition.root.node), condition.root.span);
  EXPECT_EQ(expr.span, condition.root.span);
  const model::SourceSpan second = std::get<model::Any>(expr.node).operands[1].span;
  EXPECT_EQ(condition.text.substr(second.begin, second.end - second.begin),
            "Exists @Request[b] AND Exists @Request[c]");
}

TEST(OperatorNames, AreTheDocumentedOnes) {
  // Every name goes through the parser and back, so that both sides hold the same list.
  for (const std::string name : {"StringEquals",
                                 "StringNotEquals",
                                 "StringEqualsIgnoreCase",
                                 "StringNotEqualsIgnoreCase",
                                 "StringStartsWith",
                                 "StringNotStartsWith",
                                 "StringStartsWithIgnoreCase",
                                 "StringNotStartsWithIgnoreCase",
                                 "StringLike",
                                 "StringNotLike",
                                 "StringLikeIgnoreCase",
                                 "StringNotLikeIgnoreCase",
                                 "NumericEquals",
                                 "NumericNotEquals",
                                 "NumericGreaterThan",
                                 "NumericGreaterThanEquals",
                                 "NumericLessThan",
                                 "NumericLessThanEquals",
                                 "DateTimeEquals",
                                 "DateTimeNotEquals",
                                 "DateTimeGreaterThan",
                                 "DateTimeGreaterThanEquals",
                                 "DateTimeLessThan",
                                 "DateTimeLessThanEquals",
                                 "BoolEquals",
                                 "BoolNotEquals",
                                 "GuidEquals",
                                 "GuidNotEquals"}) {
    const model::Condition condition = parsed("@Request[a] " + name + " 'x'");
    EXPECT_EQ(to_string(std::get<model::Box<model::Comparison>>(condition.root.node)->op), name);
  }
}

}  // namespace
}  // namespace acrbiter
