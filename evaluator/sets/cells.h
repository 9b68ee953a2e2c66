// What the files of this folder share of the slow way to access: the interpreter, asked once for each class of names.
#pragma once

#include <vector>

#include "evaluator/engine.h"
#include "evaluator/sets/access.h"
#include "model/repository_set.h"

namespace acrbiter::evaluator {

/// Nothing certain, everything possible.
[[nodiscard]] Access undetermined_because(const model::RepositorySetTooLarge& error);

/// Why the interpreter leaves the question open on `names`, which are whole classes of names: every cause, each once.
[[nodiscard]] std::vector<Cause> causes_on(const Engine& engine, const ResolvedQuestion& question,
                                           const model::RepositorySet& names);

}  // namespace acrbiter::evaluator
