// What somebody who signs a plan has to read, told by the data and not by the plan.
//
// verify() proves a plan's assignments and changes. Names, reasons and the lists around them (who has what today, what
// the switch alone ends, what it does not touch) are words of a file that anybody may have edited; review() has them
// from the data:
//
//   const Review review = review_plan(plan, sets);
//   if (!review.as_made) …  // reasons and remarks are the words of whoever edited it
#pragma once

#include <string>
#include <vector>

#include "evaluator/assumptions.h"
#include "evaluator/migration/plan.h"

namespace acrbiter::evaluator::migration {

/// A contested fact that answers about the plan's changes rest on.
struct RestsOn {
  AssumptionId assumption{};
  std::vector<std::string> operations;  ///< ids, in the order of the catalogue
};

struct Review {
  /// The plan, with the lists that verify() does not look at made anew. If it is not `as_made`, people, built-in roles
  /// and old assignments are called what the data calls them, and open points and residue that it no longer lists are
  /// added.
  Plan plan;
  bool as_made = true;              ///< the planner makes the same plan of the data
  std::vector<RestsOn> rests_on{};  ///< in the order of the register
};

/// For a plan that holds for `before`.
[[nodiscard]] Review review_plan(const Plan& plan, const AccessSets& before,
                                 const ForEach& for_each = one_after_the_other);

}  // namespace acrbiter::evaluator::migration
