#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cli/migrate/writers.h"
#include "cli/report/text.h"

namespace acrbiter::cli::migrate {
namespace {

/// `text` as a string of HCL. What cannot be seen is written as \uHHHH or \UHHHHHHHH.
std::string hcl_text(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    const report::CodePoint point = report::next_code_point(text);
    if (!point.valid) {
      result += "\\uFFFD";
    } else if (report::unprintable(point.value)) {
      result += point.value > 0xFFFF ? fmt::format("\\U{:08X}", point.value) : fmt::format("\\u{:04X}", point.value);
    } else if (text.starts_with("${") || text.starts_with("%{")) {
      result += std::string(2, text[0]);
    } else {
      if (text[0] == '"' || text[0] == '\\') result += '\\';
      result += text.substr(0, point.length);
    }
    text.remove_prefix(point.length);
  }
  return result + "\"";
}

std::string hcl_list(const std::vector<std::string>& items, std::string_view indent) {
  std::string result = "[\n";
  for (const std::string& item : items) result += fmt::format("{}  {},\n", indent, hcl_text(item));
  return result + std::string(indent) + "]";
}

/// A name of a resource that stays the same when others are added: Terraform's state goes by it.
std::string symbol(std::string_view prefix, std::string_view guid) {
  std::string result(prefix);
  for (const char c : guid) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    result += plain ? c : '_';
  }
  return result;
}

/// Arguments of a block, their equals signs in one column as `terraform fmt` has them.
std::string arguments(const std::vector<std::pair<std::string_view, std::string>>& items) {
  std::size_t width = 0;
  for (const auto& [name, value] : items) width = std::max(width, name.size());
  std::string result;
  for (const auto& [name, value] : items) result += fmt::format("  {:<{}} = {}\n", name, width, value);
  return result;
}

std::string role_block(const PlannedRole& role) {
  std::string text = fmt::format("\n# Custom role {}\nresource \"azurerm_role_definition\" \"{}\" {{\n",
                                 report::quote(role.name), symbol("role_", role.guid));
  text += arguments({{"role_definition_id", hcl_text(role.guid)},
                     {"name", hcl_text(role.name)},
                     {"scope", hcl_text(home_of(role))},
                     {"description", hcl_text("Made by acrbiter for the migration to the ABAC mode.")}});
  text += fmt::format("  assignable_scopes = {}\n\n  permissions {{\n    data_actions = {}\n  }}\n}}\n",
                      hcl_list(role.assignable_scopes, "  "), hcl_list(role.data_actions, "    "));
  return text;
}

std::string assignment_block(const PlannedAssignment& assignment, const Plan& plan) {
  constexpr std::array<std::string_view, 3> kTypes = {"User", "Group", "ServicePrincipal"};
  std::string text = fmt::format("\n# {}\n", called(assignment, plan));
  if (!assignment.note.empty()) text += fmt::format("# {}\n", report::escape(assignment.note));
  text += fmt::format("resource \"azurerm_role_assignment\" \"{}\" {{\n", symbol("assignment_", assignment.name));
  const auto role = std::ranges::find(plan.roles, assignment.role, &PlannedRole::guid);
  const bool custom = role != plan.roles.end() && role->custom();
  const Who& principal = assignment.principal;
  std::vector<std::pair<std::string_view, std::string>> items = {
      {"name", hcl_text(assignment.name)},
      {"scope", hcl_text(assignment.scope)},
      {"role_definition_id",
       custom ? fmt::format("azurerm_role_definition.{}.role_definition_resource_id", symbol("role_", role->guid))
              : hcl_text(role_id(assignment.scope, assignment.role))},
      {"principal_id", hcl_text(principal.id)}};
  if (std::ranges::find(kTypes, principal.type) != kTypes.end()) {
    items.emplace_back("principal_type", hcl_text(principal.type));
  }
  if (principal.type == "ServicePrincipal") items.emplace_back("skip_service_principal_aad_check", "true");
  return text + arguments(items) + "}\n";
}

constexpr std::string_view kVersions =
    R"(# Written by acrbiter from a migration plan. Leave this file out where a configuration names its providers already.
terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.0"
    }
  }
}

# ARM_SUBSCRIPTION_ID names the subscription to work in; assignments may lie in others too.
provider "azurerm" {
  features {}
}
)";

}  // namespace

std::vector<ScriptFile> terraform_scripts(const Plan& plan) {
  std::string assign =
      "# Stage 1, assign: the new roles and role assignments, beside the old ones.\n"
      "# Written by acrbiter from a migration plan; 1-assign.sh applies it.\n";
  for (const PlannedRole& role : plan.roles) {
    if (role.custom()) assign += role_block(role);
  }
  for (const PlannedAssignment& assignment : plan.assignments) assign += assignment_block(assignment, plan);

  const std::string here = "\nhere=$(cd \"$(dirname \"$0\")\" && pwd)\n";
  std::string apply =
      shell_head({"Stage 1, assign: creates the new role assignments beside the old ones; Terraform asks first.",
                  "Nobody loses anything by it."});
  apply += kShellRun;
  apply += here + "run terraform -chdir=\"$here\" init -input=false\nrun terraform -chdir=\"$here\" apply\n";

  std::string destroy =
      shell_head({"Takes back stage 1, assign: deletes what 1-assign.tf created; Terraform asks first.",
                  "Stops unless the registries of the plan, and all others below the scopes of the assignments,",
                  "are in the legacy mode: the ABAC mode needs it."});
  destroy += kShellRun;
  destroy += az_require_legacy(plan);
  destroy += here + "run terraform -chdir=\"$here\" destroy\n";

  std::vector<ScriptFile> files = {
      {"versions.tf", std::string(kVersions)}, {"1-assign.tf", assign}, {"1-assign.sh", apply, true}};
  std::ranges::move(az_after_assign(plan), std::back_inserter(files));
  files.push_back({"rollback-1-assign.sh", destroy, true});
  return files;
}

}  // namespace acrbiter::cli::migrate
