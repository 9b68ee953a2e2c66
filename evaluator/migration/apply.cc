// The states that a plan leads through.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "evaluator/migration/data_rights.h"
#include "evaluator/migration/identity.h"
#include "evaluator/migration/plan.h"
#include "model/ascii.h"

namespace acrbiter::evaluator::migration {

using model::PrincipalIndex;
using model::RoleIndex;
using model::ScopeIndex;
using model::Snapshot;

namespace {

model::PrincipalKind kind_of(std::string_view type) {
  using Kind = model::PrincipalKind;
  if (type == "User") return Kind::User;
  if (type == "Group") return Kind::Group;
  if (type == "ServicePrincipal") return Kind::ServicePrincipal;
  if (type == "ForeignGroup") return Kind::ForeignGroup;
  if (type == "Device") return Kind::Device;
  return Kind::Unknown;
}

/// Finds or adds what assignments refer to.
class Additions {
 public:
  explicit Additions(Snapshot& snapshot) : snapshot_(snapshot) {
    for (std::size_t i = 0; i < snapshot.scopes.size(); ++i) scopes_.emplace(snapshot.scopes[i].key, i);
    for (std::size_t i = 0; i < snapshot.roles.size(); ++i) roles_.emplace(snapshot.roles[i].guid, i);
    for (std::size_t i = 0; i < snapshot.principals.size(); ++i)
      principals_.emplace(snapshot.principals[i].id, PrincipalIndex{static_cast<std::uint32_t>(i)});
  }

  PrincipalIndex principal(const Who& who) {
    const std::string id = model::ascii_lower(who.id);
    const auto [found, added] =
        principals_.try_emplace(id, PrincipalIndex{static_cast<std::uint32_t>(snapshot_.principals.size())});
    if (added) {
      model::Principal principal;
      principal.id = id;
      principal.kind = kind_of(who.type);
      if (who.name != who.id) principal.display_name = who.name;
      snapshot_.principals.push_back(std::move(principal));
      snapshot_.members_known.push_back(model::MembersKnown::NotGiven);
    }
    return found->second;
  }

  ScopeIndex scope(const std::string& text) {
    std::string key = model::scope_key(text);
    const auto [found, added] = scopes_.try_emplace(key, snapshot_.scopes.size());
    if (added) {
      const model::ScopeKind kind = model::scope_kind(key);
      snapshot_.scopes.push_back({.key = std::move(key), .display = text, .kind = kind});
    }
    return ScopeIndex{static_cast<std::uint32_t>(found->second)};
  }

  RoleIndex role(const PlannedRole& role) {
    const auto [found, added] = roles_.try_emplace(role.guid, snapshot_.roles.size());
    if (added) snapshot_.roles.emplace_back().guid = role.guid;
    model::RoleDefinition& definition = snapshot_.roles[found->second];
    if (role.custom()) {
      // What the plan says it is, whatever the export has under this id.
      define(definition, role, model::RoleType::Custom, role.data_actions);
    } else if (!definition.defined) {
      for (const AbacRole& known : abac_roles()) {
        if (known.guid == role.guid) define(definition, role, model::RoleType::BuiltIn, known.data_actions());
      }
    }
    return RoleIndex{static_cast<std::uint32_t>(found->second)};
  }

 private:
  static void define(model::RoleDefinition& definition, const PlannedRole& role, model::RoleType type,
                     const std::vector<std::string>& data_actions) {
    definition = {};
    definition.guid = role.guid;
    definition.name = role.name;
    definition.type = type;
    definition.permissions.emplace_back().data_actions = data_actions;
    definition.assignable_scopes = role.assignable_scopes;
    definition.defined = true;
  }

  Snapshot& snapshot_;
  std::unordered_map<std::string, std::size_t> scopes_, roles_;
  std::unordered_map<std::string, PrincipalIndex> principals_;
};

/// What Azure allows one assignment of: principal, role and scope.
std::tuple<PrincipalIndex, RoleIndex, ScopeIndex> place_of(const model::RoleAssignment& assignment) {
  return {assignment.principal, assignment.role, assignment.scope};
}
/// Where there is an assignment with a condition.
using Conditioned = std::set<std::tuple<PrincipalIndex, RoleIndex, ScopeIndex>>;

/// Why Azure would not create an assignment; empty if nothing speaks against it.
/// Source: azure-rbac-semantics 7, 11
std::string refusal(const model::RoleAssignment& planned, const PlannedRole& role, const Snapshot& before,
                    const Snapshot& after, const Conditioned& conditioned) {
  if (!after[planned.role].defined)
    return fmt::format("role {} is not defined by the data, and the plan does not say what it gives", role.guid);
  if (role.custom() && model::at(planned.role) < before.roles.size() &&
      before[planned.role].type == model::RoleType::BuiltIn)
    return fmt::format("role {} cannot be created: {} has its id", role.name, before[planned.role].name);
  const model::Scope& scope = after[planned.scope];
  const model::RoleDefinition& definition = after[planned.role];
  const bool has_data_actions =
      std::ranges::any_of(definition.permissions, [](const auto& p) { return !p.data_actions.empty(); });
  if (definition.type == model::RoleType::Custom && has_data_actions &&
      (scope.kind == model::ScopeKind::ManagementGroup || scope.kind == model::ScopeKind::Root))
    return fmt::format("role {} cannot be assigned at {}: a custom role with data actions is not assignable there",
                       role.name, scope.display);
  if (!conditioned.contains(place_of(planned))) return "";
  return fmt::format("{} is assigned to {} at {} already, with a condition, and cannot be assigned a second time",
                     role.name, after[planned.principal].id, scope.display);
}

}  // namespace

Snapshot apply(const Plan& plan, const Snapshot& snapshot, Stage stage, std::vector<std::string>& problems) {
  Snapshot result = snapshot;
  for (const PlannedRegistry& planned : plan.registries) {
    const std::optional<std::size_t> found = find_registry(snapshot, planned);
    if (!found) {
      problems.push_back(fmt::format("registry {} is not in the data", planned.name));
      continue;
    }
    if (stage == Stage::Assigned) continue;
    model::Registry& registry = result.registries[*found];
    registry.mode = model::PermissionMode::Abac;
    registry.mode_text = std::nullopt;
  }

  if (stage == Stage::Removed) {
    std::set<std::string> gone;
    for (const OldAssignment& old : plan.remove) gone.insert(model::ascii_lower(old.id));
    const auto last = std::remove_if(
        result.role_assignments.begin(), result.role_assignments.end(), [&](const model::RoleAssignment& assignment) {
          return gone.contains(model::ascii_lower(model::assignment_id(snapshot, assignment)));
        });
    result.role_assignments.erase(last, result.role_assignments.end());
  }

  // Where the export places a management group by having listed its rows for a subscription, the new rows would be
  // listed as well.
  std::map<ScopeIndex, std::set<std::uint32_t>> listed_for;
  Conditioned conditioned;
  for (const model::RoleAssignment& assignment : snapshot.role_assignments) {
    listed_for[assignment.scope].insert(assignment.listed_for);
    if (assignment.condition != model::kNoCondition) conditioned.insert(place_of(assignment));
  }

  Additions additions(result);
  for (const PlannedAssignment& planned : plan.assignments) {
    const auto role = std::find_if(plan.roles.begin(), plan.roles.end(), [&](const PlannedRole& r) {
      return model::equal_ignoring_case(r.guid, planned.role);
    });
    if (role == plan.roles.end()) {
      problems.push_back(
          fmt::format("assignment {} names role {}, which the plan does not describe", planned.name, planned.role));
      continue;
    }
    model::RoleAssignment assignment;
    assignment.name = planned.name;
    assignment.principal = additions.principal(planned.principal);
    assignment.role = additions.role(*role);
    assignment.scope = additions.scope(planned.scope);
    if (const std::string problem = refusal(assignment, *role, snapshot, result, conditioned); !problem.empty())
      problems.push_back(problem);
    for (const std::uint32_t listed : listed_for[assignment.scope]) {
      if (listed == 0) continue;
      result.role_assignments.push_back(assignment);
      result.role_assignments.back().listed_for = listed;
    }
    if (result.role_assignments.empty() || result.role_assignments.back().name != assignment.name)
      result.role_assignments.push_back(std::move(assignment));
  }

  for (const TaskNeed& need : plan.tasks) {
    if (need.identity.empty() || need.set_already || stage == Stage::Assigned) continue;
    for (model::Task& task : result.tasks) {
      const bool same = model::equal_ignoring_case(task.name, need.name) &&
                        (task.registry.empty() || model::equal_ignoring_case(task.registry, need.registry));
      if (same) task.source_registry_identity = need.identity;
    }
  }
  return result;
}

}  // namespace acrbiter::evaluator::migration
