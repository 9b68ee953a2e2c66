// Who is alike at a registry: of all that the decision core looks at of somebody there, they have the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "evaluator/hash_of_numbers.h"
#include "evaluator/index.h"

namespace acrbiter::evaluator {

/// Numbers the identities of the data. Equal numbers: the interpreter gives equal verdicts about both, for every
/// operation of the catalogue and every repository name, as long as a question speaks of this registry alone (not of
/// the source of an import) and not of the user name of a credential. Different numbers say nothing.
///
/// Two are alike if they and their groups hold the same roles with the same conditions at the registry, are in the same
/// of the groups that may have other members or that deny assignments name, and if as much is known of them. What is
/// looked at is what Decider looks at: keep the two together.
class Likeness {
 public:
  /// Refers to `index`. Cost: the grants on the registry's chain.
  Likeness(const Engine::Index& index, std::size_t registry);

  /// Cost: the groups of the principal.
  [[nodiscard]] std::uint32_t number(model::PrincipalIndex principal);

 private:
  using Numbers = std::unordered_map<std::vector<std::uint32_t>, std::uint32_t, HashOfNumbers>;
  static std::uint32_t number_in(Numbers& numbers, std::vector<std::uint32_t> key);

  const Engine::Index& ix_;
  std::vector<std::vector<std::uint32_t>> held_;  ///< of each principal: what it holds or is named by
  Numbers known_;
};

}  // namespace acrbiter::evaluator
