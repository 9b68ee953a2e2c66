// Texts to trees: what parses, what does not and what is said about it, and hostile texts.
#include "parser/condition_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "model/condition_print.h"
#include "tests/support/condition_fixture.h"

namespace acrbiter {
namespace {

using nlohmann::json;
using parser::parse_condition;

std::string repeated(const std::string& text, std::size_t times) {
  std::string result;
  result.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

// ---- malformed texts --------------------------------------------------------------------------------------

class MalformedCondition : public testing::TestWithParam<json> {};

TEST_P(MalformedCondition, IsRefusedWithItsPlaceAndReason) {
  const auto text = GetParam().at("condition").get<std::string>();
  const auto result = parse_condition(text);
  ASSERT_FALSE(result.has_value()) << text;
  json problems = json::array();
  for (const model::Diagnostic& problem : result.error()) {
    problems.push_back(
        {{"line", problem.line}, {"column", problem.column}, {"message", problem.message}, {"help", problem.help}});
    ASSERT_TRUE(problem.span.has_value());
    EXPECT_LE(problem.span->begin, problem.span->end);
    EXPECT_LE(problem.span->end, text.size());
    EXPECT_NE(text.find(problem.excerpt), std::string::npos);
  }
  EXPECT_EQ(problems, GetParam().at("problems"));
}

INSTANTIATE_TEST_SUITE_P(Fixtures, MalformedCondition, testing::ValuesIn(tests::condition_cases("errors.json")),
                         tests::case_name);

TEST(MalformedConditionExcerpt, IsAWindowOfALongLineWithTheCaretUnderTheMistake) {
  const std::string before = repeated("Exists @Request[ä] AND ", 50);
  const auto result = parse_condition(before + "Exits @Request[b]" + repeated(" AND Exists @Request[c]", 50));
  ASSERT_FALSE(result.has_value());
  const model::Diagnostic& problem = result.error().front();
  EXPECT_LE(problem.excerpt.size(), 160U);
  EXPECT_EQ(problem.column, 50U * 23U + 1);
  // The caret counts characters, as a terminal does.
  std::size_t byte = 0;
  for (std::size_t character = 1; character < problem.caret; ++byte) {
    if ((static_cast<unsigned char>(problem.excerpt[byte + 1]) & 0xC0U) != 0x80U) ++character;
  }
  EXPECT_EQ(problem.excerpt.substr(byte, 5), "Exits");
}

// ---- well-formed texts ------------------------------------------------------------------------------------

class WellFormedCondition : public testing::TestWithParam<json> {};

TEST_P(WellFormedCondition, Parses) {
  const auto result = parse_condition(GetParam().at("condition").get<std::string>());
  ASSERT_TRUE(result.has_value()) << result.error().front().message << " at " << result.error().front().column;
  EXPECT_EQ(result->text, GetParam().at("condition").get<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Fixtures, WellFormedCondition, testing::ValuesIn(tests::condition_cases("well-formed.json")),
                         tests::case_name);

TEST(PublishedConditions, ParseAsTheirListSays) {
  const auto examples = tests::published_conditions();
  if (!examples) GTEST_SKIP() << "skipped: the published conditions are not beside the checkout";
  ASSERT_GT(examples->size(), 100U);
  for (const json& example : *examples) {
    const auto result = parse_condition(example.at("text").get<std::string>());
    EXPECT_EQ(result.has_value(), example.at("well_formed").get<bool>())
        << example.at("id") << (result ? "" : ": " + result.error().front().message);
  }
}

// ---- the tree ---------------------------------------------------------------------------------------------

std::string_view text_at(const model::Condition& condition, model::SourceSpan span) {
  return std::string_view(condition.text).substr(span.begin, span.end - span.begin);
}

TEST(ConditionTree, PartsKnowWhereTheyStand) {
  const auto parsed = parse_condition(
      "  ( NOT ActionMatches {'a'} )\n AND @Request[ x ] ForAnyOfAllValues : StringNotLikeIgnoreCase { 'b' , 'c' } ");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(
      text_at(*parsed, parsed->root.span),
      "( NOT ActionMatches {'a'} )\n AND @Request[ x ] ForAnyOfAllValues : StringNotLikeIgnoreCase { 'b' , 'c' }");
  const auto& all = std::get<model::All>(parsed->root.node);
  ASSERT_EQ(all.operands.size(), 2U);
  EXPECT_EQ(text_at(*parsed, all.operands[0].span), "NOT ActionMatches {'a'}");
  const auto& negation = std::get<model::Not>(all.operands[0].node);
  EXPECT_EQ(text_at(*parsed, negation.operand->span), "ActionMatches {'a'}");
  EXPECT_EQ(std::get<model::ActionMatches>(negation.operand->node).pattern, "a");

  const model::Comparison& comparison = std::get<model::Box<model::Comparison>>(all.operands[1].node);
  EXPECT_EQ(text_at(*parsed, comparison.op_span), "ForAnyOfAllValues : StringNotLikeIgnoreCase");
  EXPECT_EQ(comparison.quantifier, model::Quantifier::ForAnyOfAllValues);
  EXPECT_EQ(comparison.op, (model::Operator{model::OperatorFamily::String, model::OperatorRelation::Like, true, true}));
  const auto& attribute = std::get<model::Attribute>(comparison.left);
  EXPECT_EQ(attribute.text, "x");
  EXPECT_EQ(text_at(*parsed, attribute.span), "@Request[ x ]");
  const auto& set = std::get<model::LiteralSet>(comparison.right);
  EXPECT_EQ(text_at(*parsed, set.span), "{ 'b' , 'c' }");
  ASSERT_EQ(set.members.size(), 2U);
  EXPECT_EQ(set.members[1].text, "c");
  EXPECT_EQ(text_at(*parsed, set.members[1].span), "'c'");
}

TEST(ConditionTree, LiteralsHaveTheTypeTheyAreWrittenIn) {
  const auto type_of = [](const std::string& literal) {
    const auto parsed = parse_condition("@Request[x] StringEquals " + literal);
    EXPECT_TRUE(parsed.has_value()) << literal;
    return std::get<model::Literal>(std::get<model::Box<model::Comparison>>(parsed->root.node)->right);
  };
  EXPECT_EQ(type_of("'5'").type, model::ValueType::String);
  EXPECT_EQ(type_of("5").type, model::ValueType::Number);
  EXPECT_EQ(type_of("+2.5").number, 2.5);
  EXPECT_EQ(type_of("-7").number, -7);
  EXPECT_EQ(type_of("TRUE").type, model::ValueType::Boolean);
  EXPECT_TRUE(type_of("TRUE").boolean);
  EXPECT_FALSE(type_of("false").boolean);
  EXPECT_EQ(type_of("8e3af657-a8ff-443c-a75c-2fe8c4bcb635").type, model::ValueType::Guid);
  EXPECT_EQ(type_of("12345678901234567890123456789012").type, model::ValueType::Guid) << "32 digits, before number";
  EXPECT_EQ(type_of("1234567890123456789012345678901").type, model::ValueType::Number) << "31 digits";
}

TEST(ConditionTree, AndAndOrWithoutParenthesesStayAsWritten) {
  const auto parsed = parse_condition("Exists @Request[a] AND Exists @Request[b] || Exists @Request[c]");
  ASSERT_TRUE(parsed.has_value());
  const auto& chain = std::get<model::MixedChain>(parsed->root.node);
  EXPECT_EQ(chain.operands.size(), 3U);
  EXPECT_THAT(chain.and_before, testing::ElementsAre(true, false));
}

// Each of these is in recorded data or in published code. What they evaluate to: fixtures/conditions.
TEST(ConditionTree, Trap17_SpellingsFoundInTheWildAreTheSameCondition) {
  const auto is_same = [](const std::string& text, const std::string& plain) {
    const auto left = parse_condition(text), right = parse_condition(plain);
    if (!left || !right) return false;
    return equal(left->root, right->root);
  };
  const std::string name = "Microsoft.ContainerRegistry/registries/repositories:name";
  const std::string plain = "@Request[" + name + "] StringEquals 'a'";
  EXPECT_TRUE(is_same("@Request[" + name + "] stringEquals 'a'", plain));
  EXPECT_TRUE(is_same("@request[" + name + "] STRINGEQUALS 'a'", plain));
  EXPECT_TRUE(is_same("\r\n (\r\n\t@Request[ " + name + " ]\n  StringEquals\n'a'\r\n)\n ", plain));
  EXPECT_TRUE(is_same("@Request[" + name + "]StringEquals'a'", plain));
  EXPECT_FALSE(is_same("@Resource[" + name + "] StringEquals 'a'", plain)) << "another source is another condition";

  const std::string role = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ";
  const std::string guids = "{7f951dda-4ed3-4680-a7ca-43fe172d538d, 8311e382-0749-4cb8-b61a-304f252e45ec}";
  EXPECT_TRUE(
      is_same(role + "forAnyOfAllValues:guidNotEquals " + guids, role + "ForAnyOfAllValues:GuidNotEquals\n" + guids));
  const auto quantified = parse_condition(role + "ForAnyOfAllValues:GuidNotEquals " + guids);
  ASSERT_TRUE(quantified.has_value());
  const auto& comparison = *std::get<model::Box<model::Comparison>>(quantified->root.node);
  EXPECT_EQ(std::get<model::LiteralSet>(comparison.right).members.size(), 2U);
  EXPECT_TRUE(
      parse_condition("@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:Name] stringEquals 'a'"));
}

// ---- hostile texts ----------------------------------------------------------------------------------------

void expect_too_deep(const std::string& text, std::size_t column) {
  const auto result = parse_condition(text);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().front().message, "nested more than 100 levels deep");
  EXPECT_EQ(result.error().front().column, column);
}

TEST(HostileCondition, AHundredThousandParenthesesAreRefusedAtTheHundredAndFirst) {
  expect_too_deep(repeated("(", 100'000), 102);
  expect_too_deep(repeated("(", 100'000) + "Exists @Request[a]" + repeated(")", 100'000), 102);
}

TEST(HostileCondition, AHundredThousandNegationsAreRefused) {
  expect_too_deep(repeated("NOT ", 100'000) + "Exists @Request[a]", 405);
  expect_too_deep(repeated("!", 100'000) + "Exists @Request[a]", 102);
  expect_too_deep(repeated("!(", 100'000), 102);
}

TEST(HostileCondition, AHundredLevelsAreAllowedAndOneMoreIsNot) {
  const std::string leaf = "Exists @Request[a]";
  EXPECT_TRUE(parse_condition(repeated("(", 100) + leaf + repeated(")", 100)).has_value());
  EXPECT_FALSE(parse_condition(repeated("(", 101) + leaf + repeated(")", 101)).has_value());
  EXPECT_TRUE(parse_condition(repeated("NOT ", 100) + leaf).has_value());
  EXPECT_FALSE(parse_condition(repeated("NOT ", 101) + leaf).has_value());
}

TEST(HostileCondition, LongChainsAreFlat) {
  const auto parsed = parse_condition(repeated("Exists@Request[a]&&", 50'000) + "Exists@Request[a]");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(std::get<model::All>(parsed->root.node).operands.size(), 50'001U);
}

TEST(HostileCondition, AnAmbiguousChainCountsItsChangesAsLevels) {
  const std::string leaf = "Exists @Request[a]";
  EXPECT_TRUE(parse_condition(leaf + repeated(" AND " + leaf + " OR " + leaf, 50)).has_value()) << "99 changes";
  const auto deeper = parse_condition(leaf + repeated(" AND " + leaf + " OR " + leaf, 51));
  ASSERT_FALSE(deeper.has_value());
  EXPECT_EQ(deeper.error().front().message, "AND and OR alternate more than 100 levels deep");
  EXPECT_FALSE(parse_condition(leaf + repeated(" AND " + leaf + " OR " + leaf, 20'000)).has_value());
}

TEST(HostileCondition, ALongTextIsRefusedUnread) {
  const std::string most = "'" + std::string(parser::kMaxConditionBytes - 18, 'x') + "' StringEquals ''";
  ASSERT_EQ(most.size(), parser::kMaxConditionBytes);
  EXPECT_TRUE(parse_condition(most).has_value());
  const auto longer = parse_condition(most + " ");
  ASSERT_FALSE(longer.has_value());
  EXPECT_EQ(longer.error().front().message, "the condition has 1048577 bytes; at most 1048576 are read");
}

TEST(HostileCondition, EveryByteMayStandAnywhere) {
  const std::string text = "!(ActionMatches{'a'}) OR @Request[x] ForAnyOfAnyValues:GuidEquals {'b', 'c'}";
  for (std::size_t place = 0; place <= text.size(); ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed.insert(place, 1, static_cast<char>(byte));
      const auto result = parse_condition(changed);
      if (!result.has_value()) {
        EXPECT_FALSE(result.error().empty());
        EXPECT_GT(result.error().front().line, 0U);
      }
    }
  }
}

TEST(HostileCondition, EveryBeginningOfATextIsRefusedOrWhole) {
  const std::string text = "(!(ActionMatches{'a'})) OR (@Request[x] StringEquals 'ä')";
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto result = parse_condition(text.substr(0, length));
    EXPECT_EQ(result.has_value(), length == 23 || length == 24) << text.substr(0, length);
  }
}

TEST(HostileCondition, ProblemsAreCountedNotMultiplied) {
  const auto result = parse_condition(repeated("@Request[a] Foo 'b' AND ", 40'000) + "Exists @Request[a]");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().size(), 20U);
}

TEST(HostileCondition, AWordOfAMebibyteIsNotCorrected) {
  const auto result = parse_condition("@Request[a] " + std::string(1'000'000, 'S') + " 'b'");
  ASSERT_FALSE(result.has_value());
  EXPECT_LT(result.error().front().message.size(), 100U);
  EXPECT_LE(result.error().front().excerpt.size(), 160U);
}

}  // namespace
}  // namespace acrbiter
