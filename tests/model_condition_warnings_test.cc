// What is well formed and yet probably not meant.
#include "model/condition_warnings.h"

#include <gtest/gtest.h>

#include <string>

#include "parser/condition_parser.h"
#include "tests/support/condition_fixture.h"

namespace acrbiter {
namespace {

using nlohmann::json;

class ConditionWarnings : public testing::TestWithParam<json> {};

TEST_P(ConditionWarnings, AreThoseOfTheCase) {
  const auto condition = parser::parse_condition(GetParam().at("condition").get<std::string>());
  ASSERT_TRUE(condition.has_value());
  json warnings = json::array();
  for (const model::ConditionWarning& warning : model::condition_warnings(*condition)) {
    warnings.push_back({{"code", warning.code}, {"column", warning.where.column}, {"message", warning.where.message}});
    EXPECT_FALSE(warning.where.help.empty());
  }
  EXPECT_EQ(warnings, GetParam().at("warnings"));
}

INSTANTIATE_TEST_SUITE_P(Fixtures, ConditionWarnings, testing::ValuesIn(tests::condition_cases("warnings.json")),
                         tests::case_name);

TEST(ConditionWarningsOfAHostileText, AreAtMostAHundred) {
  std::string text = "Exists @Resource[a<>]";
  for (int i = 0; i < 40'000; ++i) text += " AND Exists @Resource[a<>]";
  const auto condition = parser::parse_condition(text);
  ASSERT_TRUE(condition.has_value());
  EXPECT_EQ(model::condition_warnings(*condition).size(), 100U);
}

}  // namespace
}  // namespace acrbiter
