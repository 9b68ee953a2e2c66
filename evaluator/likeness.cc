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
  // What somebody may hold or be named by, as a few numbers after the word that tells what it is.
  enum Word : std::uint32_t { kGrant, kGrantAtScope, kGrantInTime, kMayHaveOthers, kDenies };
  Numbers items;
  held_.resize(ix_.snapshot.principals.size());
  const auto add = [&](PrincipalIndex principal, std::vector<std::uint32_t> item) {
    held_[at(principal)].push_back(number_in(items, std::move(item)));
  };
  // `scope` matters where it is not certain that it covers the registry.
  const auto take = [&](model::ScopeIndex scope, bool certain) {
    for (const Grant& grant : ix_.grants_at(scope)) {
      const CompiledRole& role = ix_.roles[at(grant.role)];
      if (role.defined && role.granted.none()) continue;
      const auto role_number = static_cast<std::uint32_t>(grant.role);
      const auto condition = static_cast<std::uint32_t>(grant.condition);
      const auto scope_number = static_cast<std::uint32_t>(scope);
      if (ix_.groups.open(grant.principal))
        add(grant.principal, {kMayHaveOthers, static_cast<std::uint32_t>(grant.principal)});
      if (grant.scheduled || grant.from_instance)
        add(grant.principal, {kGrantInTime, scope_number, grant.source, grant.from_instance ? 1U : 0U});
      else if (certain)
        add(grant.principal, {kGrant, role_number, condition});
      else
        add(grant.principal, {kGrantAtScope, role_number, condition, scope_number});
    }
  };
  for (const ChainScope& scope : context.chain) take(scope.scope, scope.covers == model::Truth::True);
  for (const model::ScopeIndex below : context.below) take(below, false);
  for (const std::size_t d : context.deny_assignments) {
    const model::DenyAssignment& deny = ix_.snapshot.deny_assignments[d];
    for (const auto* named : {&deny.principals, &deny.exclude_principals}) {
      for (const model::DenyPrincipal& p : *named) {
        if (!p.everyone) add(p.principal, {kDenies, static_cast<std::uint32_t>(p.principal)});
      }
    }
  }
}

std::uint32_t Likeness::number(PrincipalIndex principal) {
  const model::Principal& self = ix_.snapshot[principal];
  // Conditions may ask for the attributes.
  const bool by_itself = self.security_attributes.has_value();
  std::vector<std::uint32_t> key{(self.orphaned ? 1U : 0U) | (self.groups_complete ? 2U : 0U) | (by_itself ? 4U : 0U) |
                                 (self.unresolved ? 8U : 0U) | (self.created ? 16U : 0U)};
  if (by_itself) key.push_back(static_cast<std::uint32_t>(principal));
  const auto first = static_cast<std::ptrdiff_t>(key.size());
  Reach reach;
  ix_.groups.reach(principal, reach);
  for (const PrincipalIndex member : reach.all)
    key.insert(key.end(), held_[at(member)].begin(), held_[at(member)].end());
  std::sort(key.begin() + first, key.end());
  key.erase(std::unique(key.begin() + first, key.end()), key.end());
  return number_in(known_, std::move(key));
}

}  // namespace acrbiter::evaluator
