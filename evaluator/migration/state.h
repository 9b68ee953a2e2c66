// A state of the data with what answers about it. Private to this folder.
#pragma once

#include <utility>

#include "evaluator/engine.h"
#include "evaluator/index.h"
#include "evaluator/sets/access.h"
#include "model/snapshot.h"

namespace acrbiter::evaluator::migration {

/// Stays where it is: its parts refer to each other.
struct State {
  /// Under the circumstances and readings of `like`.
  State(model::Snapshot data, const AccessSets& like)
      : snapshot(std::move(data)),
        engine(snapshot, like.engine().index().defaults),
        sets(engine, like.circumstances()) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() = default;

  const model::Snapshot snapshot;
  const Engine engine;
  const AccessSets sets;
};

}  // namespace acrbiter::evaluator::migration
