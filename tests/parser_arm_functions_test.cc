// Expressions of ARM templates: fixtures/arm/functions.json says what each gives.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "parser/arm_evaluate.h"

namespace acrbiter::tests {
namespace {

namespace arm = parser::arm;
using arm::Json;

struct Case {
  std::string expression;
  Json json;

  friend std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.expression; }
};

std::vector<Case> cases() {
  std::ifstream file(std::filesystem::path(ACRBITER_SOURCE_DIR) / "fixtures/arm/functions.json");
  const Json document = Json::parse(file);
  std::vector<Case> all;
  for (const Json& each : document.at("cases")) all.push_back({each.at("expression"), each});
  return all;
}

/// Parameters alone stand around these expressions.
class Parameters : public arm::Surroundings {
 public:
  explicit Parameters(const Json& values) : values_(values) {}

  std::optional<Json> call(arm::FunctionCall& call) override {
    if (call.function != "parameters") return std::nullopt;
    const Json& value = values_.at(call.arguments[0].get<std::string>());
    return value.is_object() && value.contains("unknown") ? arm::unknown(value.at("unknown").get<std::string>())
                                                          : value;
  }
  Json member_of_unknown(const std::string& of, std::string_view name) override {
    return arm::unknown(of + '.' + std::string(name));
  }
  void unknown_function(std::string_view name) override { unknown_functions.emplace_back(name); }

  std::vector<std::string> unknown_functions;

 private:
  Json values_;
};

class ArmFunctions : public testing::TestWithParam<Case> {};

TEST_P(ArmFunctions, GiveWhatTheReferenceSays) {
  const Json& c = GetParam().json;
  Parameters parameters(c.value("parameters", Json::object()));
  arm::Evaluator evaluator;
  const Json value = evaluator.text(GetParam().expression, parameters);
  const auto problem = evaluator.take_problem();
  if (c.contains("error")) {
    ASSERT_TRUE(problem) << value;
    EXPECT_EQ(problem->message, c.at("error").get<std::string>());
    EXPECT_EQ(problem->column, c.at("at").get<std::size_t>()) << problem->excerpt;
    return;
  }
  ASSERT_FALSE(problem) << problem->message << " at " << problem->column;
  if (c.contains("unknown")) {
    ASSERT_TRUE(value.is_string() && arm::has_unknown(value)) << value;
    EXPECT_EQ(arm::name_of(value.get<std::string>()), c.at("unknown").get<std::string>());
  } else {
    EXPECT_EQ(value, c.at("value"));
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, ArmFunctions, testing::ValuesIn(cases()),
                         [](const auto& each) { return "case" + std::to_string(each.index); });

Json result_of(const std::string& expression) {
  Parameters parameters(Json::object());
  arm::Evaluator evaluator;
  const Json value = evaluator.text(expression, parameters);
  const auto problem = evaluator.take_problem();
  return problem ? Json{{"problem", problem->message}} : value;
}

TEST(ArmExpressions, AreBoundedInDepthAndLength) {
  const auto nested = [](std::size_t levels) {
    std::string text;
    for (std::size_t i = 0; i < levels; ++i) text += "toLower(";
    return '[' + text + "'X'" + std::string(levels, ')') + ']';
  };
  EXPECT_EQ(result_of(nested(90)), "x");
  const std::string too_deep = "the expression is nested more than 100 levels deep";
  EXPECT_EQ(result_of(nested(101)).at("problem"), too_deep);
  EXPECT_EQ(result_of(nested(10'000)).at("problem"), too_deep);
  std::string members = "[parameters('x')";
  for (int i = 0; i < 10'000; ++i) members += ".a";
  EXPECT_EQ(result_of(members + ']').at("problem"), too_deep);
  std::string indexes = "[parameters('x')";
  for (int i = 0; i < 5'000; ++i) indexes += "[parameters('x')";
  EXPECT_EQ(result_of(indexes + std::string(5'000, ']') + ']').at("problem"), too_deep);
  EXPECT_NE(
      result_of("[concat('" + std::string(200'000, 'x') + "')]").at("problem").get<std::string>().find("200012 bytes"),
      std::string::npos);
}

TEST(ArmExpressions, WorkIsBounded) {
  // Each level takes ten thousand times what is below it.
  std::string text = "1";
  for (int i = 0; i < 3; ++i) text = "map(range(0, 10000), lambda('i', " + text + "))";
  EXPECT_EQ(result_of('[' + text + ']').at("problem"), "the template takes too much work to evaluate");
}

TEST(ArmExpressions, AFunctionThatNobodyKnowsIsNamed) {
  Parameters parameters(Json::object());
  arm::Evaluator evaluator;
  (void)evaluator.text("[frobnicate(1)]", parameters);
  EXPECT_EQ(parameters.unknown_functions, std::vector<std::string>{"frobnicate"});
}

TEST(ArmUnknowns, LongNamesAreCutAndStayTellable) {
  const std::string a = arm::unknown_text(std::string(1'000, 'x') + "1");
  const std::string b = arm::unknown_text(std::string(1'000, 'x') + "2");
  EXPECT_LT(a.size(), 300U);
  EXPECT_NE(a, b);
  EXPECT_EQ(a, arm::unknown_text(std::string(1'000, 'x') + "1"));
}

TEST(ArmUnknowns, LeaveAsBracesAndInIdsSegmentBySegment) {
  EXPECT_EQ(arm::shown("rg"), "rg");
  EXPECT_EQ(arm::shown(arm::unknown_text("p")), "{p}");
  EXPECT_EQ(arm::shown("rg-" + arm::unknown_text("p")), "{concat('rg-', p)}");
  EXPECT_EQ(arm::shown_id("/subscriptions/" + arm::unknown_text("a/b") + "/resourceGroups/rg"),
            "/subscriptions/{a%2Fb}/resourceGroups/rg");
  EXPECT_EQ(arm::shown_id(arm::unknown_text("scope") + "/providers/X"), "{concat(scope, '/providers/X')}");
}

}  // namespace
}  // namespace acrbiter::tests
