// How fast are questions answered, and what does the size of the estate cost?
#include <benchmark/benchmark.h>

#include "bench/workload.h"

namespace acrbiter::bench {
namespace {

/// Names are looked up, then the verdict alone: what a batch pays for a question line once its JSON is read.
void decide_questions_from_strings(benchmark::State& state) {
  const Workload& work = workload(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(decide_from_strings(work.engine, work.estate.questions));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(work.estate.questions.size()));
}
BENCHMARK(decide_questions_from_strings)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

/// The verdict alone, names looked up before.
void decide_resolved_questions(benchmark::State& state) {
  const Workload& work = workload(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(decide_resolved(work.engine, work.resolved));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(work.resolved.size()));
}
BENCHMARK(decide_resolved_questions)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

/// The verdict with everything that was considered, as data.
void explain_resolved_questions(benchmark::State& state) {
  const Workload& work = workload(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    for (const evaluator::ResolvedQuestion& question : work.resolved) {
      benchmark::DoNotOptimize(work.engine.explain(question));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(work.resolved.size()));
}
BENCHMARK(explain_resolved_questions)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

/// What people do without an index: every role assignment is looked at for every question. It only finds the rows of
/// the asker at a scope above the registry, and so does less than a decision.
void scan_assignments_for_each_question(benchmark::State& state) {
  const Workload& work = workload(static_cast<std::size_t>(state.range(0)));
  const model::Snapshot& data = work.snapshot;
  std::size_t next = 0;
  for (auto _ : state) {
    const evaluator::ResolvedQuestion& question = work.resolved[next++ % work.resolved.size()];
    const auto groups = work.engine.groups_of(std::get<evaluator::EntraAsker>(question.asker).principal);
    const std::string& registry = data[data.registries[question.registry].scope].key;
    std::size_t rows = 0;
    for (const model::RoleAssignment& assignment : data.role_assignments) {
      if (!model::scope_contains(data[assignment.scope].key, registry)) continue;
      for (const model::PrincipalIndex group : groups) rows += group == assignment.principal ? 1U : 0U;
    }
    benchmark::DoNotOptimize(rows);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(scan_assignments_for_each_question)->Arg(1'000)->Arg(100'000);

/// Everything that is compiled from a snapshot before the first question.
void build_engine(benchmark::State& state) {
  const Workload& work = workload(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(evaluator::Engine(work.snapshot));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(work.snapshot.role_assignments.size()));
}
BENCHMARK(build_engine)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace acrbiter::bench
