// What does reading an export cost, beside merely parsing the same bytes?
#include <benchmark/benchmark.h>

#include "bench/workload.h"

namespace acrbiter::bench {
namespace {

const Estate& estate(std::int64_t role_assignments) {
  return workload(static_cast<std::size_t>(role_assignments)).estate;
}

void count_bytes(benchmark::State& state, const Estate& read) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(read.bytes()));
}

/// All files of the estate to a Snapshot: recognised, lowered, interned, joined.
void load_estate(benchmark::State& state) {
  const Estate& files = estate(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(read_estate(files));
  count_bytes(state, files);
}
BENCHMARK(load_estate)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

/// The yardstick: nlohmann's SAX parser over the same bytes, with a handler that does nothing.
void scan_estate_with_nlohmann_sax(benchmark::State& state) {
  const Estate& files = estate(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(scan_with_nlohmann_sax(files));
  count_bytes(state, files);
}
BENCHMARK(scan_estate_with_nlohmann_sax)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace acrbiter::bench
