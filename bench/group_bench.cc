// Group membership: deep chains and cycles must cost what they hold, not its square.
#include <benchmark/benchmark.h>

#include "bench/workload.h"
#include "evaluator/groups.h"

namespace acrbiter::bench {
namespace {

void close_groups(benchmark::State& state, const model::Snapshot& snapshot) {
  for (auto _ : state) {
    const evaluator::GroupGraph groups(snapshot);
    evaluator::Reach reach;
    groups.reach(model::PrincipalIndex{0}, reach);
    benchmark::DoNotOptimize(reach);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(snapshot.memberships.size()));
}

/// Graph and closure of the one user at the bottom of a chain.
void close_chain_of_groups(benchmark::State& state) {
  close_groups(state, chain_of_groups(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(close_chain_of_groups)->RangeMultiplier(10)->Range(10, 10'000)->Unit(benchmark::kMicrosecond);

/// The same where every group is inside every other.
void close_ring_of_groups(benchmark::State& state) {
  close_groups(state, ring_of_groups(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(close_ring_of_groups)->RangeMultiplier(10)->Range(10, 10'000)->Unit(benchmark::kMicrosecond);

/// The groups of one principal after another in an estate.
void groups_of_principals(benchmark::State& state) {
  const Workload& work = workload(static_cast<std::size_t>(state.range(0)));
  std::size_t next = 0;
  for (auto _ : state) {
    const auto& asker = std::get<evaluator::EntraAsker>(work.resolved[next++ % work.resolved.size()].asker);
    benchmark::DoNotOptimize(work.engine.groups_of(asker.principal));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(groups_of_principals)->Arg(1'000)->Arg(100'000);

}  // namespace
}  // namespace acrbiter::bench
