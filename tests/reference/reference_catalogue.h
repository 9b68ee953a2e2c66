// The operations of the contract with the rights each needs, as the reference evaluator reads the facts.
#pragma once

#include <string>
#include <vector>

namespace acrbiter::reference {

struct NeededRight {
  bool data = false;   ///< looked up in dataActions; else in actions
  std::string action;  ///< lower case
};
using Together = std::vector<NeededRight>;  ///< all of them
using EitherOf = std::vector<Together>;     ///< any of them; empty: no right exists

struct CatalogueEntry {
  std::string id;
  bool control = false;
  bool takes_repository = true;
  EitherOf legacy, abac;
  EitherOf token;  ///< scope-map actions; `action` is a word such as "content/read"
};

[[nodiscard]] const std::vector<CatalogueEntry>& catalogue();
[[nodiscard]] const CatalogueEntry* find_entry(const std::string& id);

/// Data actions of the registry, which count in the ABAC mode only.
[[nodiscard]] bool is_abac_data_action(const std::string& lower_action);
/// Control actions that guard data, which count in the legacy mode only.
[[nodiscard]] bool is_legacy_data_action(const std::string& lower_action);

}  // namespace acrbiter::reference
