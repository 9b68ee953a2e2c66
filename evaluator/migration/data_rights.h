// Rights over a registry's data: what the legacy actions are worth as data actions, and which roles give those.
// Private to this folder.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/index.h"

namespace acrbiter::evaluator::migration {

inline constexpr std::string_view kProvider = "Microsoft.ContainerRegistry/registries/";

/// The data actions that the ABAC mode knows, without kProvider.
inline constexpr std::array<std::string_view, 9> kDataActions = {
    "repositories/content/read",  "repositories/content/write",  "repositories/content/delete",
    "repositories/metadata/read", "repositories/metadata/write", "catalog/read",
    "quarantinedArtifacts/read",  "quarantinedArtifacts/write",  "repositories/metadata/delete"};
enum DataAction : std::size_t {
  kContentRead,
  kContentWrite,
  kContentDelete,
  kMetadataRead,
  kMetadataWrite,
  kCatalogRead,
  kQuarantinedRead,
  kQuarantinedWrite,
  kMetadataDelete,
};
/// A set of them.
using DataActions = std::bitset<kDataActions.size()>;

/// A legacy action over data and what has to be held in the ABAC mode so that the same operations work.
struct LegacyAction {
  std::string_view action;  ///< without kProvider
  DataActions becomes;      ///< empty: no data action stands for it
};
/// Source: acr-authorization B.1, B.3
[[nodiscard]] std::span<const LegacyAction> legacy_actions();

/// The bit of a right of the catalogue, kProvider left out. The right has to be there.
[[nodiscard]] std::size_t bit_of(ActionKind kind, std::string_view action);

/// The legacy actions of a mask, by their places in legacy_actions().
using LegacyActions = std::bitset<16>;
[[nodiscard]] LegacyActions legacy_of(const RightMask& rights);
[[nodiscard]] DataActions data_of(const RightMask& rights);
/// What the ABAC mode needs for what `legacy` may do.
[[nodiscard]] DataActions needed_for(LegacyActions legacy);

/// A built-in role of the ABAC mode. Source: acr-authorization A.4
struct AbacRole {
  std::string_view name, guid;
  DataActions gives;
  /// Whole action strings.
  [[nodiscard]] std::vector<std::string> data_actions() const;
};
[[nodiscard]] std::span<const AbacRole> abac_roles();
enum AbacRoleIndex : std::size_t {
  kReader,
  kWriter,
  kContributor,
  kCatalogLister,
  kQuarantineReader,
  kQuarantineWriter
};

/// Roles that hold `need` and nothing that is not in `may`, as few as possible. What no built-in role can give without
/// more is left in `rest`.
struct Choice {
  std::vector<std::size_t> roles;  ///< places in abac_roles()
  DataActions rest;
};
/// Roles that cannot be assigned, by their places in abac_roles().
using RoleSet = std::bitset<8>;
[[nodiscard]] Choice choose_roles(DataActions need, DataActions may, RoleSet without = {});
/// Built-in roles that hold all of `need`, giving as little besides as possible, and as few as possible. None if there
/// are no such roles.
[[nodiscard]] std::vector<std::size_t> choose_wider_roles(DataActions need, DataActions may, RoleSet without = {});

/// A role of which nothing is left in the ABAC mode: it holds legacy actions over data and nothing else. Data actions
/// of content trust do not count: nobody can sign there. Source: acr-authorization A.4, J11
[[nodiscard]] bool only_legacy_data(const model::RoleDefinition& role);
/// A role that opens the data of registries and nothing else, in whatever mode.
[[nodiscard]] bool only_registry_data(const model::RoleDefinition& role);
/// A role that is defined by these data actions and by nothing else.
[[nodiscard]] bool is_just(const model::RoleDefinition& role, const std::vector<std::string>& data_actions);

}  // namespace acrbiter::evaluator::migration
