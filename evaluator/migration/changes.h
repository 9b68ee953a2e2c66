// What a plan changes, in words. Private to this folder.
#pragma once

#include <optional>

#include "evaluator/migration/plan.h"
#include "evaluator/migration/state.h"

namespace acrbiter::evaluator::migration {

/// The registries of the plan in the ABAC mode, and nothing else changed.
void make_switched(const AccessSets& before, const PlanRequest& request, std::optional<State>& switched);

/// Fills Plan::switch_alone, changes, elsewhere and the part of `residue` and `open` that follows from them. `switched`
/// is what make_switched makes, and is given back as soon as it is described.
void describe_changes(const AccessSets& before, const PlanRequest& request, std::optional<State>& switched, Plan& plan);

}  // namespace acrbiter::evaluator::migration
