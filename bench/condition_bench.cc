// Conditions: reading them, and the places where evaluating them could be slow.
#include <benchmark/benchmark.h>

#include <string>

#include "bench/workload.h"
#include "evaluator/condition_eval.h"
#include "parser/condition_parser.h"

namespace acrbiter::bench {
namespace {

class OneRepository : public evaluator::AttributeProvider {
 public:
  explicit OneRepository(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] evaluator::AttributeLookup find(model::AttributeSource, std::string_view) const override {
    return evaluator::AttributeLookup::text(name_);
  }

 private:
  std::string name_;
};

/// A pull from that repository.
evaluator::ConditionEnvironment reading(const OneRepository& repository) {
  evaluator::ConditionEnvironment environment;
  environment.action = "Microsoft.ContainerRegistry/registries/repositories/content/read";
  environment.attributes = &repository;
  return environment;
}

/// The text of a condition with that many prefixes to its tree.
void parse_condition_by_prefixes(benchmark::State& state) {
  const std::string text = condition_with_prefixes(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(parser::parse_condition(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(parse_condition_by_prefixes)->RangeMultiplier(8)->Range(1, 512);

/// The worst place to find the match: behind all other prefixes.
void evaluate_condition_matching_last_prefix(benchmark::State& state) {
  const auto condition = parser::parse_condition(condition_with_prefixes(static_cast<std::size_t>(state.range(0))));
  const OneRepository repository("team-last/app-1");
  const evaluator::ConditionEnvironment environment = reading(repository);
  for (auto _ : state) benchmark::DoNotOptimize(evaluator::evaluate_truth(*condition, environment));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(evaluate_condition_matching_last_prefix)->RangeMultiplier(8)->Range(1, 512);

/// A pattern that makes a backtracking matcher exponential: `*a*a*…*b` against 256 letters `a`.
void match_starred_pattern(benchmark::State& state) {
  const std::string pattern = starred_pattern(static_cast<std::size_t>(state.range(0)));
  const auto condition = parser::parse_condition(
      "@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringLike '" + pattern + "'");
  const OneRepository repository(std::string(256, 'a'));
  const evaluator::ConditionEnvironment environment = reading(repository);
  for (auto _ : state) benchmark::DoNotOptimize(evaluator::evaluate_truth(*condition, environment));
}
BENCHMARK(match_starred_pattern)->Arg(1)->Arg(4)->Arg(16)->Arg(64);

}  // namespace
}  // namespace acrbiter::bench
