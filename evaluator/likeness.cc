#include "evaluator/likeness.h"

#include <algorithm>
#include <utility>

namespace acrbiter::evaluator {

using model::at;
using model::PrincipalIndex;

std::uint32_t Likeness::number_in(Numbers& numbers, std::vector<std::uint32_t> key) {
  return numbers.try_emplace(std::move(key), static_cast<std::uint32_t>(numbers.size() + 1)).first->second;
}

Likeness::Likeness(const Engine::Index& index, std::size_t registry) : ix_(index) {
  const RegistryContext& context = ix_.registries[registry];
  // Lists of numbers, each after the word that tells what it is.
  enum Word : std::uint32_t { kGrant, kGrantInTime, kMayHaveOthers, kDenies };
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> lists;
  const auto take = [&](model::ScopeIndex scope) {
    for (const Grant& grant : ix_.grants_at(scope)) {
      const auto principal = static_cast<std::uint32_t>(at(grant.principal));
      std::vector<std::uint32_t>& list = lists[principal];
      if (list.empty() && ix_.groups.open(grant.principal)) list.insert(list.end(), {kMayHaveOthers, principal});
      const bool in_time = grant.scheduled || grant.from_instance;
      list.insert(list.end(),
                  {in_time ? kGrantInTime : kGrant, static_cast<std::uint32_t>(at(scope)),
                   static_cast<std::uint32_t>(at(grant.role)), static_cast<std::uint32_t>(at(grant.condition))});
      if (in_time) list.insert(list.end(), {grant.source, grant.from_instance ? 1U : 0U});
    }
  };
  for (const ChainScope& scope : context.chain) take(scope.scope);
  for (const model::ScopeIndex below : context.below) take(below);
  for (const std::size_t d : context.deny_assignments) {
    const model::DenyAssignment& deny = ix_.snapshot.deny_assignments[d];
    for (const auto* named : {&deny.principals, &deny.exclude_principals}) {
      for (const model::DenyPrincipal& p : *named) {
        if (p.everyone) continue;
        const auto principal = static_cast<std::uint32_t>(at(p.principal));
        lists[principal].insert(lists[principal].end(), {kDenies, principal});
      }
    }
  }
  held_.assign(ix_.snapshot.principals.size(), 0);
  Numbers holdings;
  for (auto& [principal, list] : lists) held_[principal] = number_in(holdings, std::move(list));
}

std::uint32_t Likeness::number(PrincipalIndex principal) {
  const model::Principal& self = ix_.snapshot[principal];
  // Conditions may ask for the attributes.
  const bool by_itself = self.security_attributes.has_value();
  std::vector<std::uint32_t> key{(self.orphaned ? 1U : 0U) | (self.groups_complete ? 2U : 0U) | (by_itself ? 4U : 0U)};
  if (by_itself) key.push_back(static_cast<std::uint32_t>(at(principal)));
  const auto first = static_cast<std::ptrdiff_t>(key.size());
  Reach reach;
  ix_.groups.reach(principal, reach);
  for (const PrincipalIndex member : reach.all) {
    if (const std::uint32_t held = held_[at(member)]; held != 0) key.push_back(held);
  }
  std::sort(key.begin() + first, key.end());
  key.erase(std::unique(key.begin() + first, key.end()), key.end());
  return number_in(known_, std::move(key));
}

}  // namespace acrbiter::evaluator
