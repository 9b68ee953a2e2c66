// What infrastructure code says will be: Terraform plans and states, ARM templates and what-if answers, as changes to
// what exports show.
//
// The readers of those formats turn every resource that matters into a declaration: the object in the form in which the
// service would export it (REST), so that the readers of exports lower it, and what becomes of it. Declarations are
// applied after all exports are read, in their order.
//
// Named unknowns: a value that only the deployment will know is text in braces that says where it comes from, such as
// `{azurerm_role_assignment.ci.principal_id}`. As a principal it may be anybody, as a role any role, as a segment of a
// scope any segment, as a whole scope any scope. Equal texts stand for the same thing. In a segment a slash is %2F.
// Source: input-formats 8
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/snapshot.h"
#include "model/snapshot_builder.h"
#include "parser/read.h"

namespace acrbiter::parser {

/// One resource.
struct Declaration {
  enum class Effect : std::uint8_t {
    Set,     ///< the object is as `object` says; what exports say of it is replaced
    Change,  ///< only what `object` says changes; the rest stays as exports show it
    Remove,  ///< the object of this id is deleted, with what is in it; `object` holds `id` and `type`
    /// Whatever the id, with its named unknowns, may mean, and what lies below it, may go with a deployment that is
    /// deleted, or in one of mode Complete; not what the same deployment declares again.
    Undeploy,
    /// One of the objects that the id, with its named unknowns, may mean changes: what `object` and `open` name is not
    /// known of any of them, unless it is so already. Of registries, tokens, scope maps and role definitions.
    Open,
  };
  Effect effect = Effect::Set;
  /// How the code calls it: `module.acr.azurerm_role_assignment.ci["push"]`.
  std::string address;
  /// A JSON object as the REST interface shows it: `id`, `name`, `type`, `properties`, …. An id that will be known only
  /// after the deployment ends in the address in braces: `SCOPE/providers/Microsoft.Authorization/roleAssignments/
  /// {azurerm_role_assignment.ci}`. A role assignment whose role is known by name only has `roleDefinitionName` in its
  /// properties and no `roleDefinitionId`. A condition that is a named unknown leaves open what it restricts.
  std::string object;
  /// Members of `properties` that only the deployment will know, so that what exports show of them does not hold: of a
  /// registry its settings (`roleAssignmentMode`, `policies`), of a role definition `permissions`.
  std::vector<std::string> open{};
  /// Of a registry whose name is a named unknown, and of what hangs below it: what the name looks like, with `*` for
  /// what is not known; empty: anything.
  std::string name_like{};
  /// False: whether the resource will be there at all is not known (a template's `condition`). Of one that is removed:
  /// whether that is this one, or what becomes of it; it stays then, and all that is read of it is open.
  bool certain = true;
  model::FileIndex file{};
  std::string pointer;       ///< JSON pointer of the resource in its file
  std::uint64_t offset = 0;  ///< byte of the file's text; 0 if not known
  std::uint64_t line = 0;    ///< of `offset`, 1-based; set by read_exports
};

/// An identity that infrastructure code declares, or says more about.
struct DeclaredIdentity {
  std::string address;      ///< found as `--as ADDRESS`
  std::string object_id;    ///< empty: known after the deployment; the address is its id then
  std::string app_id;       ///< empty: not known
  std::string resource_id;  ///< ARM id of a managed identity, may hold named unknowns
  std::string name;         ///< display name
  std::string user_principal_name{};
  model::PrincipalKind kind = model::PrincipalKind::ServicePrincipal;
  /// It does not exist yet: it is in no group but those that declarations put it into.
  bool is_new = false;
  bool replaces = false;  ///< is new, and has the resource id of one that is deleted
  /// It is deleted: nobody signs in as `object_id` any more; without one, as whom `app_id` or `user_principal_name`
  /// names.
  bool removed = false;
  /// No identity of its own: `address` and `name` are further names of the one with this `app_id`, or else with this
  /// `resource_id`, as which a workload pulls; with neither, nobody can tell which.
  bool pulls = false;
  std::string alias{};  ///< a further name, which others may have as well
  model::FileIndex file{};
};

/// Members of a group as declared. `group` and `member` are object ids, addresses of declared identities, or named
/// unknowns.
struct DeclaredMembers {
  std::string group;
  std::vector<std::string> members;
  bool all = false;      ///< these and no others: `azuread_group.members`
  bool removed = false;  ///< these are members no longer
  model::FileIndex file{};
};

/// A template or parameter file as it stands, until all files are read.
struct PendingDocument {
  std::string path;
  model::FileIndex file{};
  std::shared_ptr<const nlohmann::json> document;
  /// Bytes of the file's text at which resources (by JSON pointer) and expressions (by their text) start.
  std::map<std::string, std::uint64_t> offsets;
  /// Of a deployment that is a resource of other code: its address there, where it stands, and what it deploys to,
  /// which may hold named unknowns.
  std::string address{}, pointer{};
  Deployment deployment{};
  /// Of such a deployment: it is deleted, and may take with it what its template deployed.
  bool removed = false;
};

/// A Terraform state says of which history it is and where it stands there. Source: input-formats 8.1
struct StateVersion {
  std::string lineage;
  double serial = 0;
  model::FileIndex file{};
};

/// What is gathered while files are read.
struct Infrastructure {
  PlanSide side = PlanSide::After;
  Deployment deployment;

  std::vector<Declaration> declarations;
  std::vector<DeclaredIdentity> identities;
  std::vector<DeclaredMembers> members;
  std::vector<StateVersion> states;
  std::vector<PendingDocument> templates, parameters;
  std::vector<PendingDocument> deployments;  ///< requests to deploy a template that are resources of other code
};

/// Forgets what exports show of a registry's setting, by its name in `properties`; of `policies`, the policy of that
/// name, or all of them.
void forget_setting(model::Registry& registry, std::string_view setting, const std::string& policy = {});

/// Applies everything that was gathered to the draft: removes what is removed or replaced, lowers what is declared,
/// adds identities and memberships, and notes for each declared object its address (Snapshot::declared). A declared
/// registry of a name that exports show is that registry, since names of registries are unique: named unknowns in its
/// id are what exports show there, in the whole file. Returns what makes a declaration unreadable.
[[nodiscard]] std::vector<model::Diagnostic> apply(Infrastructure& infrastructure, model::SnapshotBuilder& builder);

}  // namespace acrbiter::parser
