// Any bytes as a condition: no crash, no hang; what parses prints, parses again to an equal tree, and has one value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "evaluator/condition_eval.h"
#include "model/condition_print.h"
#include "model/condition_warnings.h"
#include "parser/condition_parser.h"

namespace {

using namespace acrbiter;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_spans(const model::Diagnostic& problem, std::string_view text) {
  require(problem.span.has_value() && problem.span->begin <= problem.span->end && problem.span->end <= text.size());
  require(problem.line > 0 && problem.column > 0 && problem.excerpt.size() <= 160);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto condition = parser::parse_condition(text);
  if (!condition.has_value()) {
    require(!condition.error().empty());
    for (const model::Diagnostic& problem : condition.error()) check_spans(problem, text);
    return 0;
  }
  for (const model::ConditionWarning& warning : condition_warnings(*condition)) check_spans(warning.where, text);

  const std::string printed = print_condition(*condition);
  const auto again = parser::parse_condition(printed);
  require(again.has_value());
  require(equal(condition->root, again->root));
  require(print_condition(*again) == printed);

  for (const auto reading : {"indeterminate", "and-first", "left-to-right"}) {
    evaluator::ConditionEnvironment environment;
    require(set_reading(environment.readings, "ambiguous-grouping", reading));
    const evaluator::ConditionValue value = evaluate(*condition, environment);
    require(value.truth == evaluate_truth(*condition, environment));
    require(value.truth == evaluate_truth(*again, environment));
    require(value.causes.empty() == (value.truth != model::Truth::Unknown));
    require(value.decided_by.end <= text.size());
    require(trace(*condition, environment).front().truth == value.truth);
  }
  return 0;
}
