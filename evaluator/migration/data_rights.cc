#include "evaluator/migration/data_rights.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "model/ascii.h"

namespace acrbiter::evaluator::migration {

namespace {

DataActions of(std::initializer_list<DataAction> actions) {
  DataActions result;
  for (const DataAction action : actions) result.set(action);
  return result;
}

/// Every subset of the built-in roles, as the places of its members.
template <class Visit>
void for_each_subset(RoleSet without, Visit visit) {
  const auto roles = abac_roles();
  for (std::size_t subset = 0; subset < std::size_t{1} << roles.size(); ++subset) {
    if ((without & RoleSet(subset)).any()) continue;
    std::vector<std::size_t> members;
    DataActions gives;
    for (std::size_t r = 0; r < roles.size(); ++r) {
      if ((subset >> r & 1) == 0) continue;
      members.push_back(r);
      gives |= roles[r].gives;
    }
    visit(members, gives);
  }
}

}  // namespace

std::span<const LegacyAction> legacy_actions() {
  static const std::vector<LegacyAction> all{
      {"pull/read", of({kContentRead, kMetadataRead, kCatalogRead})},
      // Whoever may push may also remove tags, which asks for metadata/write.
      {"push/write", of({kContentWrite, kMetadataWrite})},
      {"artifacts/delete", of({kContentDelete})},
      {"metadata/read", of({kMetadataRead})},
      {"metadata/write", of({kMetadataWrite})},
      {"quarantine/read", of({kQuarantinedRead})},
      {"quarantine/write", of({kQuarantinedWrite})},
      {"deleted/read", {}},
      {"deleted/restore/action", {}},
      {"sign/write", {}},
  };
  return all;
}

std::size_t bit_of(ActionKind kind, std::string_view action) {
  const std::string whole = std::string(kProvider) + std::string(action);
  const auto rights = catalogue_rights();
  const auto found =
      std::find_if(rights.begin(), rights.end(), [&](const Right& r) { return r.kind == kind && r.action == whole; });
  return found == rights.end() ? std::numeric_limits<std::size_t>::max() : found->bit;
}

LegacyActions legacy_of(const RightMask& rights) {
  static const std::vector<std::size_t> bits = [] {
    std::vector<std::size_t> result;
    for (const LegacyAction& legacy : legacy_actions()) result.push_back(bit_of(ActionKind::Action, legacy.action));
    return result;
  }();
  LegacyActions result;
  for (std::size_t i = 0; i < bits.size(); ++i) result.set(i, bits[i] < rights.size() && rights.test(bits[i]));
  return result;
}

DataActions data_of(const RightMask& rights) {
  static const std::array<std::size_t, kDataActions.size()> bits = [] {
    std::array<std::size_t, kDataActions.size()> result{};
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = bit_of(ActionKind::DataAction, kDataActions[i]);
    return result;
  }();
  DataActions result;
  for (std::size_t i = 0; i < bits.size(); ++i) result.set(i, bits[i] < rights.size() && rights.test(bits[i]));
  return result;
}

DataActions needed_for(LegacyActions legacy) {
  DataActions result;
  const auto all = legacy_actions();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (legacy.test(i)) result |= all[i].becomes;
  }
  return result;
}

std::vector<std::string> AbacRole::data_actions() const {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < kDataActions.size(); ++i) {
    if (gives.test(i)) result.push_back(std::string(kProvider) + std::string(kDataActions[i]));
  }
  return result;
}

std::span<const AbacRole> abac_roles() {
  static const std::vector<AbacRole> all{
      {"Container Registry Repository Reader", "b93aa761-3e63-49ed-ac28-beffa264f7ac",
       of({kContentRead, kMetadataRead})},
      {"Container Registry Repository Writer", "2a1e307c-b015-4ebd-883e-5b7698a07328",
       of({kContentRead, kMetadataRead, kContentWrite, kMetadataWrite})},
      {"Container Registry Repository Contributor", "2efddaa5-3f1f-4df3-97df-af3f13818f4c",
       of({kContentRead, kMetadataRead, kContentWrite, kMetadataWrite, kContentDelete, kMetadataDelete})},
      {"Container Registry Repository Catalog Lister", "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7", of({kCatalogRead})},
      {"AcrQuarantineReader", "cdda3590-29a3-44f6-95f2-9f980659eb04", of({kQuarantinedRead})},
      {"AcrQuarantineWriter", "c8d4ff99-41c3-41a8-9f60-21dfdad59608", of({kQuarantinedRead, kQuarantinedWrite})},
  };
  return all;
}

Choice choose_roles(DataActions need, DataActions may, RoleSet without) {
  may |= need;
  may.set(kMetadataDelete);  // no operation is known to ask for it. Source: acr-authorization J21
  Choice best;
  // What is left over, how many roles, how much they give.
  std::tuple<std::size_t, std::size_t, std::size_t> best_cost;
  bool found = false;
  for_each_subset(without, [&](const std::vector<std::size_t>& members, DataActions gives) {
    if ((gives & ~may).any()) return;
    const DataActions rest = need & ~gives;
    const std::tuple cost{rest.count(), members.size(), gives.count()};
    if (found && !(cost < best_cost)) return;
    best = {members, rest};
    best_cost = cost;
    found = true;
  });
  return best;
}

std::vector<std::size_t> choose_wider_roles(DataActions need, DataActions may, RoleSet without) {
  may |= need;
  may.set(kMetadataDelete);
  std::vector<std::size_t> best;
  // How much is given besides, how many roles, how much they give.
  std::tuple<std::size_t, std::size_t, std::size_t> best_cost;
  bool found = false;
  for_each_subset(without, [&](const std::vector<std::size_t>& members, DataActions gives) {
    if ((need & ~gives).any()) return;
    const std::tuple cost{(gives & ~may).count(), members.size(), gives.count()};
    if (found && !(cost < best_cost)) return;
    best = members;
    best_cost = cost;
    found = true;
  });
  return best;
}

namespace {

bool is_content_trust(std::string_view data_action) {
  return model::starts_with_ignoring_case(data_action, std::string(kProvider) + "trustedCollections/");
}

}  // namespace

bool only_legacy_data(const model::RoleDefinition& role) {
  bool any = false;
  for (const model::Permission& permission : role.permissions) {
    for (const std::string& action : permission.data_actions) {
      if (!is_content_trust(action)) return false;
    }
    for (const std::string& action : permission.actions) {
      if (!is_legacy_data_action(action)) return false;
      any = true;
    }
  }
  return role.defined && any;
}

bool only_registry_data(const model::RoleDefinition& role) {
  for (const model::Permission& permission : role.permissions) {
    for (const std::string& action : permission.data_actions) {
      if (!is_registry_data_action(action) && !is_content_trust(action)) return false;
    }
    for (const std::string& action : permission.actions) {
      if (!is_legacy_data_action(action)) return false;
    }
  }
  return role.defined;
}

bool is_just(const model::RoleDefinition& role, const std::vector<std::string>& data_actions) {
  if (!role.defined || role.permissions.size() != 1) return false;
  const model::Permission& only = role.permissions.front();
  const auto lower = [](const std::vector<std::string>& actions) {
    std::set<std::string> result;
    for (const std::string& action : actions) result.insert(model::ascii_lower(action));
    return result;
  };
  return only.actions.empty() && only.not_actions.empty() && only.not_data_actions.empty() &&
         only.condition == model::kNoCondition && lower(only.data_actions) == lower(data_actions);
}

}  // namespace acrbiter::evaluator::migration
