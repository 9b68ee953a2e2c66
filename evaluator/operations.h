// The operation catalogue: which rights each operation needs in each permission mode.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace acrbiter::evaluator {

/// Control: `actions`, asked of Azure Resource Manager. Data: the registry's own endpoint, which honours `actions` in
/// the legacy mode and `dataActions` in the ABAC mode. Source: acr-authorization A.3
enum class Plane : std::uint8_t { Control, Data };

/// Which list of a role's permission is looked at.
enum class ActionKind : std::uint8_t { Action, DataAction };

/// One action string that has to be granted.
struct Right {
  ActionKind kind = ActionKind::Action;
  std::string_view action;
  std::uint8_t bit = kNoBit;  ///< its place in catalogue_rights(); kNoBit for an action that no operation needs

  static constexpr std::uint8_t kNoBit = 0xFF;
  friend bool operator==(const Right& a, const Right& b) { return a.kind == b.kind && a.action == b.action; }
};

/// Rights of which all are needed.
using AllOf = std::vector<Right>;

/// What one mode asks for: any alternative suffices. Empty: no right exists for it, nobody may.
using Needs = std::vector<AllOf>;

/// Further things a decision does for an operation, beyond rights.
enum class Special : std::uint8_t {
  None,
  Login,           ///< signing in needs no right of its own
  AzLogin,         ///< `az acr login`: reads the login server through ARM
  Import,          ///< rights at the target and, if named, at the source
  ExportFrom,      ///< being an import source
  QuickBuildPush,  ///< caller starts a build that pushes
  CachePull,       ///< a cache identity pulls from an upstream registry
  Purge,
  SoftDelete,  ///< no data action exists for it
  Sign,        ///< content trust; see signing_in_abac()
};

struct Operation {
  std::string_view id;       ///< contract word, e.g. "pull"
  std::string_view summary;  ///< infinitive phrase for sentences: "pull", "list the tags of", "list repositories in"
  std::string_view client;   ///< the client command it stands for
  Plane plane = Plane::Data;
  bool takes_repository = true;  ///< false: about the registry as a whole
  Needs legacy, abac;
  Special special = Special::None;
  std::string_view source;  ///< rows of the facts
};

/// Does a repository in the question count? Imports are about whole registries and may name one all the same.
[[nodiscard]] inline bool may_name_repository(const Operation& operation) {
  return operation.takes_repository || operation.special == Special::ExportFrom || operation.special == Special::Import;
}

/// All operations, in the order of the contract. Lives for the whole program.
[[nodiscard]] std::span<const Operation> operations();
/// By id or alias ("list-catalog", "lock"); nullptr if unknown. Compared exactly.
[[nodiscard]] const Operation* find_operation(std::string_view id);
struct OperationAlias {
  std::string_view alias, id;
};
[[nodiscard]] std::span<const OperationAlias> operation_aliases();

/// What signing by content trust takes in the ABAC mode if it works there at all: a data action of its own, then what a
/// push needs. Contested: image-signer-in-abac
[[nodiscard]] const AllOf& signing_in_abac();

/// The operations on images, tags and metadata that need a right of their own: what an analysis looks at unless it is
/// told otherwise. In the order of the contract.
[[nodiscard]] std::vector<const Operation*> data_operations();

/// An operation that is one raw action, asked for by its string: no id, and nobody may where the registry's mode does
/// not know it. It views `action`.
[[nodiscard]] Operation raw_operation(std::string_view action);

/// Every action and data action that an operation of the catalogue may need and every one that guards a registry's
/// data, each once, the latter first; the index of a right is its bit.
[[nodiscard]] std::span<const Right> catalogue_rights();

/// True for the data actions of the registry provider, which count in the ABAC mode only.
[[nodiscard]] bool is_registry_data_action(std::string_view action);
/// True for the control actions through which a legacy registry guards its data (`…/pull/read`, `…/push/write`, …).
[[nodiscard]] bool is_legacy_data_action(std::string_view action);
/// True for the actions on what lies below a registry as a resource of its own: its tokens, tasks, webhooks and others.
[[nodiscard]] bool acts_below_registry(std::string_view action);
/// True where a request for `action` carries the repository name as `@Request[…/repositories:name]`.
[[nodiscard]] bool carries_repository_name(std::string_view action);

}  // namespace acrbiter::evaluator
