#include "evaluator/migration/plan.h"

#include <algorithm>

namespace acrbiter::evaluator::migration {

namespace {

constexpr std::array<std::string_view, 3> kStrategies = {"preserve", "official", "least"};
constexpr std::array<std::string_view, 4> kKinds = {"gained", "possibly-gained", "lost", "possibly-lost"};

}  // namespace

std::string_view word(Strategy strategy) noexcept { return kStrategies[static_cast<std::size_t>(strategy)]; }

std::optional<Strategy> strategy_of(std::string_view word) noexcept {
  const auto found = std::find(kStrategies.begin(), kStrategies.end(), word);
  if (found == kStrategies.end()) return std::nullopt;
  return static_cast<Strategy>(found - kStrategies.begin());
}

std::string_view word(Change::Kind kind) noexcept { return kKinds[static_cast<std::size_t>(kind)]; }

const std::vector<ReasonText>& reasons() {
  static const std::vector<ReasonText> all{
      {"admin-user", "The switch does not touch the admin user."},
      {"admin-user-on", "The admin user is on, and the switch does not touch it: it opens everything."},
      {"anonymous-pull", "The switch does not touch anonymous pull."},
      {"anonymous-pull-on", "Anonymous pull is on, and the switch does not touch it: anybody can pull."},
      {"assignment-limit", "A subscription would have more role assignments than Azure keeps."},
      {"content-trust", "Content trust is not supported in the ABAC mode."},
      {"continuous-patching", "Continuous patching does not work on registries in the ABAC mode."},
      {"counts-elsewhere", "A new assignment above the registry counts on other registries as well."},
      {"deny-assignment", "A deny assignment covers the rights of one mode and not of the other."},
      {"dormant-grant", "An assignment that is there already begins to count with the switch."},
      {"doubtful-grant", "What an assignment gives today is not certain, so it is not carried over."},
      {"eligible", "Somebody is eligible for a role that opens no data after the switch."},
      {"left-out", "The plan leaves a grant of today out on purpose."},
      {"mode-ignores-role", "What gives access today does not count in the ABAC mode."},
      {"not-compared", "The estate is too large for some operations to be compared."},
      {"not-expressible", "No role of the ABAC mode gives it, or the plan assigns none."},
      {"other-rule", "The rules of the two modes differ."},
      {"quarantine", "Rights over quarantined artifacts."},
      {"quick-build", "Quick builds no longer push by default."},
      {"quick-build-right", "Whoever starts a quick build needs a right to push of its own."},
      {"role-holds-more", "The new role holds more than what it replaces."},
      {"soft-delete", "No data action exists for soft-deleted artifacts."},
      {"task-identity-unknown", "The data does not show the object id of a task's identity."},
      {"task-without-identity", "A task has no identity to use in the ABAC mode."},
      {"time-bound", "An activation or an assignment of PIM ends by itself; a permanent one would outlive it."},
      {"tokens", "The switch does not touch tokens."},
      {"tokens-on", "There are tokens, and the switch does not touch them."},
      {"unknown-role", "The data does not define a role that is assigned."},
      {"unresolved-principal", "A principal without a name in the data is deleted or of another tenant."},
      {"unplaced-scope", "The data does not say whether a management group is above the registry."},
      {"untag", "Removing tags asks for another right in the ABAC mode."},
  };
  return all;
}

}  // namespace acrbiter::evaluator::migration
