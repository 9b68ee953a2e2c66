#include "parser/terraform.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "model/ascii.h"
#include "parser/infrastructure.h"
#include "parser/lower_common.h"
#include "parser/terraform_plan.h"
#include "parser/terraform_resources.h"

namespace acrbiter::parser {

namespace {

bool is_terraform_plan(const Value& v) {
  return (has(v, "format_version") || has(v, "terraform_version")) &&
         (has(v, "resource_changes") || has(v, "planned_values") || has(v, "configuration"));
}

bool is_terraform_state(const Value& v) {
  return has(v, "terraform_version") && ((has(v, "lineage") && has(v, "serial")) || v["resources"].is_array() ||
                                         (has(v, "format_version") && has(v, "values")));
}

/// What may have a bearing on access and is not read; the ARM type where that tells.
std::string unread_type(const TerraformInstance& instance) {
  const std::string_view type = instance.type;
  if (is_read_by_content(instance)) return {};
  const bool azapi = type.starts_with("azapi_");
  if (azapi) {
    static constexpr std::array<std::string_view, 11> kRead = {"", "/scopemaps", "/tokens", "/cacherules",
                                                               "/credentialsets", "/tasks", "/connectedregistries",
                                                               // no bearing on access
                                                               "/webhooks", "/replications", "/agentpools", "/runs"};
    static constexpr std::array<std::string_view, 4> kReadHere = {"roleassignments", "denyassignments",
                                                                  "roledefinitions", "locks"};
    constexpr std::string_view kAuthorization = "microsoft.authorization/";
    const std::string versioned = instance.attributes["type"].text().value_or("");
    const std::string arm = model::ascii_lower(versioned.substr(0, versioned.find('@')));
    const bool action = type != "azapi_resource" && type != "azapi_update_resource";
    const std::string_view rest = arm.starts_with(kRegistryType) ? std::string_view(arm).substr(kRegistryType.size())
                                  : arm.starts_with(kAuthorization)
                                      ? std::string_view(arm).substr(kAuthorization.size())
                                      : std::string_view();
    if (arm.starts_with(kRegistryType)) {
      const bool read = std::find(kRead.begin(), kRead.end(), rest) != kRead.end();
      return action || !read ? instance.type + " of " + arm : "";
    }
    if (arm.starts_with(kAuthorization)) {
      const bool read = std::find(kReadHere.begin(), kReadHere.end(), rest) != kReadHere.end();
      return action || !read ? instance.type + " of " + arm : "";
    }
    return arm.starts_with("microsoft.resources/deployments") ? instance.type + " of " + arm : "";
  }
  if (is_read_from_terraform(type)) return {};
  // They move subscriptions, and so change what assignments above those cover.
  if (type == "azurerm_management_group" || type == "azurerm_management_group_subscription_association") {
    const Value actions = instance.where["change"]["actions"];
    bool changes = false;
    if (actions.is_array()) {
      for (const Value action : actions) changes = changes || (action.text() != "no-op" && action.text() != "read");
    }
    return changes ? instance.type : "";
  }
  static constexpr std::array<std::string_view, 4> kNoBearing = {
      "azurerm_container_registry_webhook", "azurerm_container_registry_agent_pool",
      "azurerm_container_registry_task_schedule_run_now", "azurerm_role_management_policy"};
  if (std::find(kNoBearing.begin(), kNoBearing.end(), type) != kNoBearing.end()) return {};
  // Of Microsoft Graph: groups, and whatever the plan does not tell. Source: azure-rbac-semantics 9
  if (type.starts_with("msgraph_")) {
    const std::string url = model::ascii_lower(instance.attributes["url"].text().value_or("group"));
    const bool bears = url.find("group") != std::string::npos || url.find("member") != std::string::npos;
    return bears ? instance.type : "";
  }
  static constexpr std::array<std::string_view, 8> kBegins = {
      "azurerm_container_registry", "azurerm_role_", "azurerm_pim_", "azurerm_marketplace_role_assignment",
      "azurerm_lighthouse_", "azuread_group_",
      // Membership for a time, and by packages of access
      "azuread_privileged_access_group_", "azuread_access_package_"};
  const bool begins =
      std::any_of(kBegins.begin(), kBegins.end(), [&](std::string_view b) { return type.starts_with(b); });
  return begins || type.ends_with("_template_deployment") || type == "azuread_group_members" ? instance.type : "";
}

bool is_relevant(std::string_view type) { return is_read_from_terraform(type) && type != "azurerm_resource_group"; }

/// What the plan says of itself: whether it is whole, and what changed behind Terraform's back.
void note_plan(const TerraformPlan& plan, LoweringContext& context) {
  const Value document = plan.document();
  const bool errored = document["errored"].boolean().value_or(false);
  if (errored || document["complete"].boolean() == false) {
    context.warn("terraform-partial", errored ? document["errored"] : document["complete"],
                 errored ? "the plan ended with an error, so it does not hold all changes"
                         : "the plan is not complete: applying it leaves changes for the next one",
                 "plan again without `-target` and after what is deferred has been applied");
  }
  if (!plan.has_changes()) {
    context.warn("terraform-partial", {}, "the plan has no `resource_changes`: what it deletes is not known",
                 "write the whole answer of `terraform show -json PLAN` to the file");
  }
  const Value drift = document["resource_drift"];
  if (!drift.is_array()) return;
  for (const Value each : drift) {
    if (!is_relevant(each["type"].text())) continue;
    context.warn(
        "terraform-drift", each,
        model::quoted(each["address"].text()) + " was changed outside of Terraform; the plan starts from the change",
        "the state before the change is not in the answers");
  }
}

void note_unread(const TerraformPlan& plan, LoweringContext& context) {
  struct Unread {
    std::size_t count = 0;
    const TerraformInstance* first = nullptr;
  };
  std::map<std::string, Unread, std::less<>> unread;
  for (const std::vector<TerraformInstance>* list : {&plan.instances(), &plan.removed()}) {
    for (const TerraformInstance& instance : *list) {
      if (instance.data) continue;
      const std::string type = unread_type(instance);
      if (type.empty()) continue;
      Unread& entry = unread[type];
      if (entry.count++ == 0) entry.first = &instance;
    }
  }
  for (const auto& [type, entry] : unread) {
    context.warn("terraform-not-read", entry.first->where,
                 std::to_string(entry.count) + " resources of type " + model::quoted(type) +
                     " are not read, the first: " + model::quoted(entry.first->address),
                 "what they grant or change is in no answer");
  }
}

void lower_terraform(const Value& document, LoweringContext& context) {
  const TerraformPlan plan(document, context.infrastructure.side);
  if (plan.is_plan()) note_plan(plan, context);
  const Value version = document["version"];
  constexpr double kStateVersion = 4;
  if (!plan.is_plan() && version.number() && *version.number() != kStateVersion) {
    context.warn("terraform-partial", version, "a state of another version than 4 is not read",
                 "write `terraform show -json` to the file instead");
  }
  const std::string_view lineage = document["lineage"].text();
  if (const auto serial = document["serial"].number(); serial && !plan.is_plan() && !lineage.empty())
    context.infrastructure.states.push_back({.lineage = std::string(lineage), .serial = *serial, .file = context.file});
  declare_resources(plan, context);
  note_unread(plan, context);
  context.builder.draft().files[model::at(context.file)].dialect = "terraform";
  context.count("terraformResources", plan.instances().size());
}

constexpr std::array kTerraformDocuments = {
    ObjectFormat{"terraform-plan", is_terraform_plan, lower_terraform},
    ObjectFormat{"terraform-state", is_terraform_state, lower_terraform},
};

}  // namespace

std::span<const ObjectFormat> terraform_document_formats() { return kTerraformDocuments; }

}  // namespace acrbiter::parser
