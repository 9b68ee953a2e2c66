// What the benchmarks share: estates that are generated and read once per size, and the tasks whose cost is looked at.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/generate_estate.h"
#include "evaluator/engine.h"
#include "evaluator/question.h"
#include "model/snapshot.h"

namespace acrbiter::bench {

/// An estate with what the product makes of it. Built on first use, kept until the program ends.
struct Workload {
  Estate estate;
  model::Snapshot snapshot;
  evaluator::Engine engine;
  std::vector<evaluator::ResolvedQuestion> resolved;  ///< of every question in the estate

  explicit Workload(Estate from);
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
};
[[nodiscard]] const Workload& workload(std::size_t role_assignments);

/// Reads all files of an estate from memory. Ends the program if anything is not understood: a benchmark of a failed
/// load would be a wrong figure.
[[nodiscard]] model::Snapshot read_estate(const Estate& estate);

/// The same from files, as the command line reads them. `bytes` becomes their size together.
[[nodiscard]] model::Snapshot read_folder(const std::string& folder, std::size_t& bytes);

/// Reads the same bytes with nlohmann's SAX parser and a handler that does nothing. Returns the number of values.
[[nodiscard]] std::size_t scan_with_nlohmann_sax(const Estate& estate);

/// Groups that are nested `depth` deep, one in the other; the last holds one user. Principal 0 is that user.
[[nodiscard]] model::Snapshot chain_of_groups(std::size_t depth);
/// `size` groups of which each is in the next three, round and round; the first holds one user. Principal 0 is that
/// user.
[[nodiscard]] model::Snapshot ring_of_groups(std::size_t size);

/// Asks every question once; returns how many answers are "allow".
[[nodiscard]] std::size_t decide_from_strings(const evaluator::Engine& engine,
                                              const std::vector<evaluator::Question>& questions);
[[nodiscard]] std::size_t decide_resolved(const evaluator::Engine& engine,
                                          const std::vector<evaluator::ResolvedQuestion>& questions);

/// Peak resident memory of this process in KiB; 0 where the system does not say.
[[nodiscard]] std::size_t peak_memory_kib();

/// A pattern `*a*a*…*b` with `stars` stars.
[[nodiscard]] std::string starred_pattern(std::size_t stars);

}  // namespace acrbiter::bench
