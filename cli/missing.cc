#include "cli/missing.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "cli/report/names.h"
#include "evaluator/named_unknown.h"
#include "model/shell_word.h"

namespace acrbiter::cli {
namespace {

using model::Registry;
using model::Snapshot;

std::string subscription_of(const Snapshot& snapshot, const Registry& registry) {
  const std::string_view subscription = model::subscription_of(snapshot[registry.scope].key);
  return subscription.empty() ? std::string("SUBSCRIPTION") : std::string(subscription);
}

std::string resource_of(const Registry& registry) {
  return registry.id.empty() ? fmt::format("/REGISTRY-ID-OF-{}", registry.name) : registry.id;
}

/// Reads `path` of a resource from Azure Resource Manager.
std::string url_command(std::string_view resource, std::string_view path) {
  return evaluator::command_naming(
      resource, "az rest --method get --url " +
                    model::shell_word(fmt::format("https://management.azure.com{}{}", resource, path)));
}

/// Lists `what` of a registry.
std::string list_command(std::string_view what, const Registry& registry) {
  if (evaluator::holds_unknown(registry.name)) return evaluator::known_by(registry.id);
  return fmt::format("az acr {} list --registry {} -o json", what, model::shell_word(registry.name));
}

/// What the rows of role assignments do not show that a file cannot say of itself: whether the list goes below the
/// subscription, and above it. Source: input-formats 1.1 "coverage"
void coverage(const Snapshot& snapshot, std::vector<MissingDatum>& out) {
  std::set<std::string_view> subscriptions;  // with rows of their own
  std::set<std::string_view> with_rows_below;
  bool above = false;
  for (const model::RoleAssignment& row : snapshot.role_assignments) {
    // Infrastructure code is no list.
    if (!snapshot.declared.empty() && model::declaration_of(snapshot, model::assignment_id(snapshot, row)) != nullptr)
      continue;
    const model::Scope& scope = snapshot[row.scope];
    above = above || scope.kind == model::ScopeKind::Root || scope.kind == model::ScopeKind::ManagementGroup;
    const std::string_view subscription = model::subscription_of(scope.key);
    if (subscription.empty()) continue;
    subscriptions.insert(subscription);
    if (scope.kind != model::ScopeKind::Subscription) with_rows_below.insert(subscription);
  }
  for (const std::string_view subscription : subscriptions) {
    if (with_rows_below.contains(subscription) || model::is_named_unknown(subscription)) continue;
    out.push_back({"assignments-below", fmt::format("subscription {}", subscription),
                   "no row lies below it; assumed: nothing is assigned there, and the list holds what lies below",
                   assignments_command(subscription)});
  }
  if (!subscriptions.empty() && !above) {
    out.push_back({"assignments-above", "",
                   "no row lies at a management group or the root; assumed: nothing is assigned there, and whoever "
                   "exported may see them",
                   "az role assignment list --all -o json, by somebody who may read role assignments there"});
  }
}

void lists(const Snapshot& snapshot, std::vector<MissingDatum>& out) {
  if (!snapshot.role_assignments_given) {
    out.push_back(
        {"role-assignments", "", "what Entra identities may do is open", "az role assignment list --all -o json"});
  } else {
    std::set<std::string_view> subscriptions;
    for (const Registry& registry : snapshot.registries) {
      if (!model::shows_assignments_for(snapshot, registry))
        subscriptions.insert(model::subscription_of(snapshot[registry.scope].key));
    }
    for (const std::string_view subscription : subscriptions) {
      out.push_back({"role-assignments", fmt::format("subscription {}", subscription),
                     "what Entra identities may do there is open", assignments_command(subscription)});
    }
  }
  coverage(snapshot, out);
  if (snapshot.registries.empty()) {
    out.push_back({"registries", "", "there is nothing to ask about", "az acr list -o json"});
  }
  for (const std::string& list : snapshot.incomplete_lists) {
    out.push_back({"unfinished-list", list, "what is on the missing pages may change answers",
                   "export every page of this list again"});
  }
}

void modes(const Snapshot& snapshot, std::vector<MissingDatum>& out) {
  for (const Registry& registry : snapshot.registries) {
    if (registry.mode) continue;
    out.push_back({"registry-mode", registry.name, "both permission modes are asked and have to agree",
                   url_command(resource_of(registry), "?api-version=2025-11-01")});
  }
}

void denies(const Snapshot& snapshot, std::vector<MissingDatum>& out) {
  for (const Registry& registry : snapshot.registries) {
    if (model::shows_denies_for(snapshot, registry)) continue;
    out.push_back({"deny-assignments", registry.name, "assumed: there are none",
                   url_command(resource_of(registry),
                               "/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01")});
  }
}

/// Groups that hold a role and whose members are not all known.
void groups(const Snapshot& snapshot, std::vector<MissingDatum>& out) {
  std::set<std::size_t> seen;
  for (const model::RoleAssignment& assignment : snapshot.role_assignments) {
    const std::size_t index = at(assignment.principal);
    const model::Principal& principal = snapshot.principals[index];
    const bool known =
        index < snapshot.members_known.size() && snapshot.members_known[index] == model::MembersKnown::Complete;
    if (principal.kind != model::PrincipalKind::Group || principal.distribution_list || known ||
        !seen.insert(index).second)
      continue;
    out.push_back({"group-members", report::principal_name(snapshot, assignment.principal),
                   "what the group holds leaves answers undetermined for whoever may be in it",
                   evaluator::command_naming(principal.id, fmt::format("az ad group member list --group {} -o json",
                                                                       model::shell_word(principal.id)))});
  }
}

void roles(const Snapshot& snapshot, std::vector<MissingDatum>& out) {
  for (const model::RoleDefinition& role : snapshot.roles) {
    if (role.defined || role.open || role.grants_nothing_here) continue;
    // Code may call a role by its name; then there is no id yet.
    const std::string& name = model::is_named_unknown(role.guid) && !role.name.empty() ? role.name : role.guid;
    out.push_back({"role-definition", role.name.empty() ? role.guid : role.name,
                   "the role grants nothing that is known",
                   evaluator::command_naming(
                       name, fmt::format("az role definition list --name {} -o json", model::shell_word(name)))});
  }
}

void conditions(const Snapshot& snapshot, std::vector<MissingDatum>& out) {
  const bool hidden = std::any_of(snapshot.role_assignments.begin(), snapshot.role_assignments.end(),
                                  [](const auto& a) { return a.condition == model::kConditionNotShown; });
  if (!hidden) return;
  out.push_back({"conditions", "", "grants may be narrower than they look: data access is undetermined",
                 "az role assignment list --all -o json, with a current Azure CLI"});
}

void doors(const Snapshot& snapshot, std::vector<MissingDatum>& out) {
  for (const Registry& registry : snapshot.registries) {
    if (!snapshot.tokens_given) {
      out.push_back({"tokens", registry.name, "token:NAME cannot be asked about", list_command("token", registry)});
    }
    if (!snapshot.scope_maps_given && snapshot.tokens_given) {
      out.push_back({"scope-maps", registry.name, "what tokens may do is known for the system scope maps only",
                     list_command("scope-map", registry)});
    }
    if (!snapshot.tasks_given) {
      out.push_back({"tasks", registry.name, "task:NAME cannot be asked about", list_command("task", registry)});
    }
  }
}

void other_times(const Snapshot& snapshot, std::vector<MissingDatum>& out) {
  if (snapshot.schedule_instances_given || snapshot.registries.empty()) return;
  const std::string scope = "/subscriptions/" + subscription_of(snapshot, snapshot.registries.front());
  out.push_back(
      {"pim", "", "answers are as of the export; what could be activated is not shown",
       url_command(scope,
                   "/providers/Microsoft.Authorization/roleEligibilityScheduleInstances?api-version=2020-10-01")});
}

}  // namespace

std::string assignments_command(std::string_view subscription) {
  return evaluator::command_naming(subscription, fmt::format("az role assignment list --all --subscription {} -o json",
                                                             model::shell_word(subscription)));
}

std::vector<MissingDatum> missing_data(const Snapshot& snapshot) {
  std::vector<MissingDatum> result;
  for (const auto find : {lists, modes, conditions, groups, roles, denies, doors, other_times}) find(snapshot, result);
  return result;
}

}  // namespace acrbiter::cli
