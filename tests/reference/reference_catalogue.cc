#include "tests/reference/reference_catalogue.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace acrbiter::reference {
namespace {

constexpr std::string_view kRegistries = "microsoft.containerregistry/registries/";

constexpr std::array<std::string_view, 9> kLegacyData = {"pull/read",        "push/write",     "artifacts/delete",
                                                         "metadata/read",    "metadata/write", "quarantine/read",
                                                         "quarantine/write", "sign/write",     "deleted/read"};

constexpr std::array<std::string_view, 10> kAbacData = {"repositories/content/read",
                                                        "repositories/content/write",
                                                        "repositories/content/delete",
                                                        "repositories/metadata/read",
                                                        "repositories/metadata/write",
                                                        "repositories/metadata/delete",
                                                        "catalog/read",
                                                        "quarantinedartifacts/read",
                                                        "quarantinedartifacts/write",
                                                        "trustedcollections/write"};

/// "pull/read + push/write | artifacts/delete": alternatives of rights below the registry. "" = no right exists.
EitherOf rights(std::string_view text, bool data, std::string_view prefix) {
  EitherOf result;
  if (text.empty()) return result;
  result.emplace_back();
  std::string word;
  const std::string with_end = std::string(text) + ' ';
  for (const char c : with_end) {
    if (c == '|') {
      result.emplace_back();
    } else if (c == ' ' || c == '+') {
      if (word.empty()) continue;
      result.back().push_back({data, word.starts_with("microsoft.") ? word : std::string(prefix) + word});
      word.clear();
    } else {
      word += c;
    }
  }
  return result;
}

CatalogueEntry data_operation(std::string id, bool takes_repository, std::string_view legacy, std::string_view abac,
                              std::string_view token) {
  return {std::move(id),
          false,
          takes_repository,
          rights(legacy, false, kRegistries),
          rights(abac, true, kRegistries),
          rights(token, true, "")};
}

CatalogueEntry control_operation(std::string id, std::string_view actions) {
  return {std::move(id), true, false, rights(actions, false, kRegistries), rights(actions, false, kRegistries), {}};
}

/// Source: acr-authorization B.2 to B.4, D.2, J3, J4, J20, J33
std::vector<CatalogueEntry> make_catalogue() {
  constexpr std::string_view kLegacyPush = "pull/read + push/write";
  constexpr std::string_view kAbacPush = "repositories/content/read + repositories/content/write";
  constexpr std::string_view kTokenPush = "content/read + content/write";
  std::vector<CatalogueEntry> all = {
      data_operation("pull", true, "pull/read", "repositories/content/read", "content/read"),
      data_operation("push", true, kLegacyPush, kAbacPush, kTokenPush),
      data_operation("delete", true, "artifacts/delete", "repositories/content/delete", "content/delete"),
      data_operation("delete-repository", true, "artifacts/delete", "repositories/content/delete", "content/delete"),
      data_operation("list-repositories", false, "pull/read", "catalog/read", ""),
      data_operation("list-tags", true, "pull/read", "repositories/metadata/read", "metadata/read"),
      data_operation("list-manifests", true, "pull/read", "repositories/content/read + repositories/metadata/read",
                     "content/read + metadata/read"),
      data_operation("list-referrers", true, "pull/read", "repositories/content/read", "content/read"),
      data_operation("show-attributes", true, "metadata/read", "repositories/metadata/read", "metadata/read"),
      data_operation("set-attributes", true, "metadata/write", "repositories/metadata/write", "metadata/write"),
      data_operation("tag", true, kLegacyPush, kAbacPush, kTokenPush),
      data_operation("untag", true, "pull/read + push/write | artifacts/delete",
                     "repositories/metadata/write | repositories/content/delete", "metadata/write | content/delete"),
      data_operation("delete-referrer", true, "artifacts/delete", "repositories/content/delete", "content/delete"),
      data_operation("read-quarantined", true, "quarantine/read", "quarantinedartifacts/read", ""),
      data_operation("pull-quarantined", true, "quarantine/read", "quarantinedartifacts/read", ""),
      data_operation("set-quarantine", true, "quarantine/write", "quarantinedartifacts/write", ""),
      data_operation("list-deleted", true, "deleted/read", "", ""),
      data_operation("restore-deleted", true, "deleted/read + deleted/restore/action", "", ""),
      data_operation("sign", true, "sign/write + pull/read + push/write", "", ""),
      data_operation("show-streaming", true, "pull/read", "repositories/content/read", "content/read"),
      data_operation("enable-streaming", true, kLegacyPush, kAbacPush, kTokenPush),
      data_operation("disable-streaming", true, "artifacts/delete", "repositories/content/delete", "content/delete"),
      data_operation("purge", true, "pull/read + artifacts/delete",
                     "repositories/content/read + repositories/content/delete + repositories/metadata/read",
                     "content/read + content/delete + metadata/read"),
      data_operation("login", false, "", "", ""),
      control_operation("read-registry", "read"),
      control_operation("update-registry", "write"),
      control_operation("delete-registry", "delete"),
      control_operation("enable-anonymous-pull", "write"),
      control_operation("set-permission-mode", "write"),
      control_operation("list-credentials", "listcredentials/action"),
      control_operation("regenerate-credential", "regeneratecredential/action"),
      control_operation("read-token", "tokens/read"),
      control_operation("write-token", "tokens/write"),
      control_operation("generate-credentials", "generatecredentials/action"),
      control_operation("read-scope-map", "scopemaps/read"),
      control_operation("write-scope-map", "scopemaps/write"),
      control_operation("import", "importimage/action"),
      data_operation("export-from", true, "pull/read", "repositories/content/read", "content/read"),
      control_operation("write-task", "tasks/write"),
      control_operation("run-task", "schedulerun/action"),
      control_operation("quick-build", "schedulerun/action + listbuildsourceuploadurl/action"),
      control_operation("read-cache-rule", "cacherules/read"),
      control_operation("write-cache-rule", "cacherules/write"),
      control_operation("read-credential-set", "credentialsets/read"),
      control_operation("write-credential-set", "credentialsets/write"),
      control_operation("write-transfer-pipeline", "importpipelines/write"),
      control_operation("write-export-pipeline", "exportpipelines/write"),
      control_operation("write-connected-registry", "connectedregistries/write"),
      control_operation("write-webhook", "webhooks/write"),
      control_operation("delete-replication", "replications/delete"),
      control_operation("write-role-assignment", "microsoft.authorization/roleassignments/write"),
      control_operation("az-login", "read"),
      control_operation("quick-build-push", "schedulerun/action + listbuildsourceuploadurl/action"),
      data_operation("task-pull", true, "pull/read", "repositories/content/read", ""),
      data_operation("task-push", true, kLegacyPush, kAbacPush, ""),
      data_operation("cache-pull", true, "pull/read", "repositories/content/read", "content/read"),
      data_operation("push-referrer", true, kLegacyPush, kAbacPush, kTokenPush),
      data_operation("list-manifest-metadata", true, "pull/read", "repositories/metadata/read", "metadata/read"),
      data_operation("show-manifest", true, "pull/read", "repositories/content/read", "content/read"),
      data_operation("pull-signed", true, "pull/read", "repositories/content/read", "content/read"),
      data_operation("show-streaming-policy", true, "metadata/read", "repositories/metadata/read", "metadata/read"),
      data_operation("set-streaming-policy", true, "metadata/write", "repositories/metadata/write", "metadata/write"),
      control_operation("delete-token", "tokens/delete"),
      control_operation("delete-scope-map", "scopemaps/delete"),
      control_operation("delete-task", "tasks/delete"),
      control_operation("read-task-runs", "runs/read"),
      control_operation("delete-cache-rule", "cacherules/delete"),
      control_operation("delete-credential-set", "credentialsets/delete"),
      control_operation("run-transfer-pipeline", "pipelineruns/write"),
      control_operation("read-connected-registry", "connectedregistries/read"),
      control_operation("delete-connected-registry", "connectedregistries/delete"),
      control_operation("deactivate-connected-registry", "connectedregistries/deactivate/action"),
      control_operation("resync-connected-registry", "connectedregistries/resync/action"),
      control_operation("read-webhook", "webhooks/read"),
      control_operation("delete-webhook", "webhooks/delete"),
      control_operation("ping-webhook", "webhooks/ping/action"),
      control_operation("read-webhook-config", "webhooks/getcallbackconfig/action"),
      control_operation("read-webhook-events", "webhooks/listevents/action"),
      control_operation("read-replication", "replications/read"),
      control_operation("write-replication", "replications/write"),
      control_operation("approve-private-endpoint",
                        "privateendpointconnectionsapproval/action + privateendpointconnections/write"),
      control_operation("add-service-endpoint-rule",
                        "write + microsoft.network/virtualnetworks/subnets/joinviaserviceendpoint/action"),
      control_operation("write-diagnostic-settings", "providers/microsoft.insights/diagnosticsettings/write"),
      control_operation("update-policies", "updatepolicies/write | write"),
      control_operation("show-usage", "listusages/read"),
      control_operation("read-role-assignments", "microsoft.authorization/roleassignments/read"),
      control_operation("read-run-log", "runs/listlogsasurl/action"),
      control_operation("cancel-run", "runs/cancel/action"),
      control_operation("read-task-run", "taskruns/read"),
      control_operation("write-task-run", "taskruns/write"),
      control_operation("delete-task-run", "taskruns/delete"),
      control_operation("read-agent-pool", "agentpools/read"),
      control_operation("write-agent-pool", "agentpools/write"),
      control_operation("delete-agent-pool", "agentpools/delete"),
      control_operation("read-transfer-pipeline", "importpipelines/read"),
      control_operation("delete-transfer-pipeline", "importpipelines/delete"),
      control_operation("read-export-pipeline", "exportpipelines/read"),
      control_operation("delete-export-pipeline", "exportpipelines/delete"),
      control_operation("read-pipeline-run", "pipelineruns/read"),
      control_operation("delete-pipeline-run", "pipelineruns/delete"),
      control_operation("read-policies", "listpolicies/read"),
  };
  for (CatalogueEntry& entry : all) {
    if (entry.id == "quick-build-push" || entry.id == "import") entry.takes_repository = true;
  }
  return all;
}

template <std::size_t N>
bool is_below_registry(const std::string& action, const std::array<std::string_view, N>& names) {
  return action.starts_with(kRegistries) &&
         std::find(names.begin(), names.end(), std::string_view(action).substr(kRegistries.size())) != names.end();
}

}  // namespace

const std::vector<CatalogueEntry>& catalogue() {
  static const std::vector<CatalogueEntry> all = make_catalogue();
  return all;
}

const CatalogueEntry* find_entry(const std::string& id) {
  const std::string real = id == "list-catalog" ? "list-repositories" : id == "lock" ? "set-attributes" : id;
  for (const CatalogueEntry& entry : catalogue()) {
    if (entry.id == real) return &entry;
  }
  return nullptr;
}

bool is_abac_data_action(const std::string& lower_action) { return is_below_registry(lower_action, kAbacData); }

bool is_legacy_data_action(const std::string& lower_action) {
  return is_below_registry(lower_action, kLegacyData) ||
         lower_action == std::string(kRegistries) + "deleted/restore/action";
}

}  // namespace acrbiter::reference
