#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "cli/migrate/writers.h"
#include "cli/report/text.h"

namespace acrbiter::cli::migrate {
namespace {

/// `text` as a string of Bicep. What cannot be seen is written as \u{…}.
std::string bicep_text(std::string_view text) {
  std::string result = "'";
  while (!text.empty()) {
    const report::CodePoint point = report::next_code_point(text);
    if (!point.valid) {
      result += "\\u{FFFD}";
    } else if (report::unprintable(point.value)) {
      result += fmt::format("\\u{{{:X}}}", point.value);
    } else {
      if (text[0] == '\'' || text[0] == '\\' || text[0] == '$') result += '\\';
      result += text.substr(0, point.length);
    }
    text.remove_prefix(point.length);
  }
  return result + "'";
}

std::string bicep_list(const std::vector<std::string>& items, std::string_view indent) {
  std::string result = "[\n";
  for (const std::string& item : items) result += fmt::format("{}  {}\n", indent, bicep_text(item));
  return result + std::string(indent) + "]";
}

std::string identifier(std::string_view prefix, std::size_t number) { return fmt::format("{}{}", prefix, number); }

/// One deployment: a template, and what it is deployed to.
struct Deployment {
  Place place;
  std::string resources;
  std::map<std::string, std::string, std::less<>> registries;  ///< symbol of each by its name
  std::size_t count = 0;
};

/// What is deployed to: registries are reached through their resource group.
Place target_of(Place place) {
  if (place.kind == Place::Kind::Registry) place.kind = Place::Kind::ResourceGroup;
  place.registry.clear();
  return place;
}

bool same(const Place& a, const Place& b) {
  return a.kind == b.kind && a.management_group == b.management_group && a.subscription == b.subscription &&
         a.resource_group == b.resource_group;
}

std::string_view target_scope(Place::Kind kind) {
  switch (kind) {
    case Place::Kind::Tenant:
      return "tenant";
    case Place::Kind::ManagementGroup:
      return "managementGroup";
    case Place::Kind::Subscription:
      return "subscription";
    default:
      return "resourceGroup";
  }
}

class Templates {
 public:
  explicit Templates(std::string name) : name_(std::move(name)) {}

  /// Adds a resource at `scope`, whose text begins after its scope line.
  void add(std::string_view scope, std::string_view comment, std::string_view symbol, std::string_view type,
           std::string_view resource_name, std::string_view properties) {
    const Place place = place_of(scope);
    Deployment& deployment = of(target_of(place));
    std::string& text = deployment.resources;
    std::string scope_line;
    if (place.kind == Place::Kind::Registry) {
      const auto [registry, added] =
          deployment.registries.try_emplace(place.registry, identifier("registry", deployment.registries.size() + 1));
      if (added) {
        text += fmt::format(
            "\nresource {} 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = {{\n  name: {}\n}}\n",
            registry->second, bicep_text(place.registry));
      }
      scope_line = fmt::format("  scope: {}\n", registry->second);
    }
    text +=
        fmt::format("\n{}resource {} '{}' = {{\n  name: {}\n{}  properties: {{\n{}  }}\n}}\n", comment,
                    identifier(symbol, ++deployment.count), type, bicep_text(resource_name), scope_line, properties);
  }

  [[nodiscard]] std::vector<ScriptFile> files(std::string_view about) const {
    std::vector<ScriptFile> result;
    for (std::size_t i = 0; i < deployments_.size(); ++i) {
      result.push_back(
          {.name = file(i),
           .text = fmt::format("// {}\n// Written by acrbiter from a migration plan; 1-assign.sh deploys "
                               "it.\ntargetScope = '{}'\n{}",
                               about, target_scope(deployments_[i].place.kind), deployments_[i].resources)});
    }
    return result;
  }

  /// The commands that deploy them.
  [[nodiscard]] std::string deploy() const {
    std::string text;
    for (std::size_t i = 0; i < deployments_.size(); ++i) text += "\n" + deploy(deployments_[i].place, i);
    return text;
  }

  /// True if a deployment is stored in a location, as all above resource groups are.
  [[nodiscard]] bool needs_location() const {
    return std::ranges::any_of(deployments_,
                               [](const Deployment& d) { return d.place.kind != Place::Kind::ResourceGroup; });
  }
  [[nodiscard]] bool empty() const noexcept { return deployments_.empty(); }

 private:
  Deployment& of(const Place& place) {
    const auto found =
        std::ranges::find_if(deployments_, [&place](const Deployment& d) { return same(d.place, place); });
    if (found != deployments_.end()) return *found;
    deployments_.push_back({.place = place, .resources = {}, .registries = {}});
    return deployments_.back();
  }

  [[nodiscard]] std::string file(std::size_t i) const { return fmt::format("{}-{}.bicep", name_, i + 1); }

  [[nodiscard]] std::string deploy(const Place& place, std::size_t i) const {
    std::vector<std::string> options = {fmt::format("--name acrbiter-{}-{}", name_, i + 1)};
    if (place.kind == Place::Kind::ManagementGroup) {
      options.push_back(option("--management-group-id", place.management_group));
    }
    if (place.kind == Place::Kind::ResourceGroup) options.push_back(option("--resource-group", place.resource_group));
    if (!place.subscription.empty()) options.push_back(option("--subscription", place.subscription));
    if (place.kind != Place::Kind::ResourceGroup) options.emplace_back("--location \"$LOCATION\"");
    options.push_back(fmt::format("--template-file \"$here/{}\"", file(i)));
    options.emplace_back("--output none");
    const std::string_view kind = place.kind == Place::Kind::Tenant            ? "tenant"
                                  : place.kind == Place::Kind::ManagementGroup ? "mg"
                                  : place.kind == Place::Kind::Subscription    ? "sub"
                                                                               : "group";
    return command(fmt::format("run az deployment {} create", kind), options);
  }

  std::string name_;
  std::vector<Deployment> deployments_;
};

/// The id of a role, made by Bicep as its style asks.
std::string bicep_role_id(std::string_view scope, std::string_view guid) {
  const bool below = !place_of(scope).subscription.empty();
  return fmt::format("{}('Microsoft.Authorization/roleDefinitions', {})",
                     below ? "subscriptionResourceId" : "tenantResourceId", bicep_text(guid));
}

std::string role_properties(const PlannedRole& role) {
  return fmt::format(
      "    roleName: {}\n    type: 'CustomRole'\n"
      "    description: 'Made by acrbiter for the migration to the ABAC mode.'\n"
      "    permissions: [\n      {{\n        actions: []\n        notActions: []\n        dataActions: {}\n"
      "        notDataActions: []\n      }}\n    ]\n    assignableScopes: {}\n",
      bicep_text(role.name), bicep_list(role.data_actions, "        "), bicep_list(role.assignable_scopes, "    "));
}

std::string assignment_properties(const PlannedAssignment& assignment) {
  constexpr std::array<std::string_view, 5> kTypes = {"User", "Group", "ServicePrincipal", "ForeignGroup", "Device"};
  const Who& principal = assignment.principal;
  std::string text = fmt::format("    roleDefinitionId: {}\n    principalId: {}\n",
                                 bicep_role_id(assignment.scope, assignment.role), bicep_text(principal.id));
  if (std::ranges::find(kTypes, principal.type) != kTypes.end()) {
    text += fmt::format("    principalType: '{}'\n", principal.type);
  }
  return text;
}

}  // namespace

std::vector<ScriptFile> bicep_scripts(const Plan& plan) {
  Templates roles("1-assign-roles");
  for (const PlannedRole& role : plan.roles) {
    if (!role.custom()) continue;
    roles.add(home_of(role), fmt::format("// Custom role {}\n", report::quote(role.name)), "role",
              "Microsoft.Authorization/roleDefinitions@2022-04-01", role.guid, role_properties(role));
  }
  Templates assignments("1-assign");
  std::string others;
  for (const PlannedAssignment& assignment : plan.assignments) {
    if (place_of(assignment.scope).kind == Place::Kind::Other) {
      others += az_assign(assignment, plan);
      continue;
    }
    std::string comment = fmt::format("// {}\n", called(assignment, plan));
    if (!assignment.note.empty()) comment += fmt::format("// {}\n", report::escape(assignment.note));
    assignments.add(assignment.scope, comment, "assignment", "Microsoft.Authorization/roleAssignments@2022-04-01",
                    assignment.name, assignment_properties(assignment));
  }

  std::string text =
      shell_head({"Stage 1, assign: deploys the templates that create the new role assignments beside the old "
                  "ones.",
                  "Nobody loses anything by it."});
  text += kShellRun;
  if (!others.empty()) text += kShellCreate;
  text += "\nhere=$(cd \"$(dirname \"$0\")\" && pwd)\n";
  if (roles.needs_location() || assignments.needs_location()) {
    text += ": \"${LOCATION:?set it to the region that keeps the deployments, e.g. westeurope}\"\n";
  }
  text += roles.deploy();
  if (!roles.empty()) text += "\n# A new role cannot be assigned at once.\nrun sleep 60\n";
  text += assignments.deploy();
  text += others;

  std::vector<ScriptFile> files = {{"1-assign.sh", text, true}};
  std::ranges::move(roles.files("Stage 1, assign: the new roles."), std::back_inserter(files));
  std::ranges::move(assignments.files("Stage 1, assign: the new role assignments."), std::back_inserter(files));
  std::ranges::move(az_after_assign(plan), std::back_inserter(files));
  files.push_back(az_rollback_assign(plan));
  return files;
}

}  // namespace acrbiter::cli::migrate
