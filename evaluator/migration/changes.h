// What a plan changes, in words. Private to this folder.
#pragma once

#include "evaluator/migration/plan.h"

namespace acrbiter::evaluator::migration {

/// Fills Plan::switch_alone, changes, elsewhere and the part of `residue` and `open` that follows from them.
void describe_changes(const AccessSets& before, const PlanRequest& request, Plan& plan);

}  // namespace acrbiter::evaluator::migration
