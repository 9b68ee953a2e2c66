// Conditions as sets: for which repository names a condition is true, for which false, for which neither.
//
// Everything but the repository name is fixed by the environment (the action, attributes that are known, not supplied
// or unknown), so what is left of a condition is a Boolean expression over one string: a regular language.
#pragma once

#include <cstddef>
#include <vector>

#include "evaluator/condition_eval.h"
#include "model/condition.h"
#include "model/repository_set.h"

namespace acrbiter::evaluator {

/// A three-valued answer for every repository name. The two sets have no name in common; names in neither are unknown.
struct NameTruth {
  model::RepositorySet is_true;
  model::RepositorySet is_false;
  [[nodiscard]] model::RepositorySet possible() const { return ~is_false; }
  friend bool operator==(const NameTruth&, const NameTruth&) = default;
};

/// The longest name that the promises below are about. No document gives a registry's own limit; clients stop far
/// below.
inline constexpr std::size_t kLongestName = 1'000;

/// For every legal name N: `is_true` holds N exactly if evaluate_truth() is True when the request supplies N as
/// `@Request[Microsoft.ContainerRegistry/registries/repositories:name]`, `is_false` exactly if it is False.
/// `environment.attributes` is asked for every other attribute; what it says of the name itself is not used.
/// Throws model::RepositorySetTooLarge where a pattern needs more states than a set may have.
///
/// That is exact for names of at most kLongestName characters. The interpreter leaves StringLike of a long pattern and
/// a much longer name open (CauseKind::TooMuchWork); the sets answer for that name what the pattern says of it, and
/// throw if already a name of that length could be refused.
[[nodiscard]] NameTruth truth_by_name(const model::Condition& condition, const ConditionEnvironment& environment);

/// The same for evaluate_missing_as_false().
[[nodiscard]] NameTruth missing_as_false_by_name(const model::Condition& condition,
                                                 const ConditionEnvironment& environment);

/// Adds the sets that the tests of a condition draw on the repository name, whatever the action and the readings are:
/// two names that lie on the same side of each are treated alike by the condition. May throw.
///
/// `attributes` gives the values that the name is compared with where a condition compares it with another attribute,
/// such as one of the principal. Without, such a condition throws: the values could be any. Names are those of at most
/// kLongestName characters, and requests those without a sub-operation.
void add_name_tests(const model::Condition& condition, std::vector<model::RepositorySet>& tests,
                    const AttributeProvider* attributes = nullptr);

}  // namespace acrbiter::evaluator
