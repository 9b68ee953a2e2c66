#include "evaluator/operations.h"

#include <algorithm>
#include <array>

#include "model/ascii.h"

namespace acrbiter::evaluator {

using model::equal_ignoring_case;
namespace {

#define ACR "Microsoft.ContainerRegistry/registries/"

constexpr Right control(std::string_view action) { return {ActionKind::Action, action, Right::kNoBit}; }
constexpr Right data(std::string_view action) { return {ActionKind::DataAction, action, Right::kNoBit}; }

// The legacy mode guards data by control actions, the ABAC mode by data actions. Source: acr-authorization B.1
constexpr Right kPull = control(ACR "pull/read");
constexpr Right kPush = control(ACR "push/write");
constexpr Right kDelete = control(ACR "artifacts/delete");
constexpr Right kMetadataRead = control(ACR "metadata/read");
constexpr Right kMetadataWrite = control(ACR "metadata/write");
constexpr Right kQuarantineRead = control(ACR "quarantine/read");
constexpr Right kQuarantineWrite = control(ACR "quarantine/write");
constexpr Right kDeletedRead = control(ACR "deleted/read");
constexpr Right kDeletedRestore = control(ACR "deleted/restore/action");
constexpr Right kSign = control(ACR "sign/write");

constexpr Right kContentRead = data(ACR "repositories/content/read");
constexpr Right kContentWrite = data(ACR "repositories/content/write");
constexpr Right kContentDelete = data(ACR "repositories/content/delete");
constexpr Right kNameMetadataRead = data(ACR "repositories/metadata/read");
constexpr Right kNameMetadataWrite = data(ACR "repositories/metadata/write");
constexpr Right kCatalogRead = data(ACR "catalog/read");
constexpr Right kQuarantinedRead = data(ACR "quarantinedArtifacts/read");
constexpr Right kQuarantinedWrite = data(ACR "quarantinedArtifacts/write");

struct Builder {
  std::vector<Operation> all;

  void data_operation(std::string_view id, std::string_view summary, std::string_view client, Needs legacy, Needs abac,
                      std::string_view source, Special special = Special::None, bool takes_repository = true) {
    all.push_back({.id = id,
                   .summary = summary,
                   .client = client,
                   .plane = Plane::Data,
                   .takes_repository = takes_repository,
                   .legacy = std::move(legacy),
                   .abac = std::move(abac),
                   .special = special,
                   .source = source});
  }
  /// The same rights in both modes, asked of Azure Resource Manager.
  void control_operation(std::string_view id, std::string_view summary, std::string_view client, AllOf needs,
                         std::string_view source = "acr-authorization B.4", Special special = Special::None) {
    all.push_back({.id = id,
                   .summary = summary,
                   .client = client,
                   .plane = Plane::Control,
                   .takes_repository = false,
                   .legacy = {needs},
                   .abac = {needs},
                   .special = special,
                   .source = source});
  }
};

std::vector<Operation> build() {
  Builder b;
  const Needs legacy_push{{kPull, kPush}};
  const Needs abac_push{{kContentRead, kContentWrite}};

  b.data_operation("pull", "pull", "docker pull", {{kPull}}, {{kContentRead}}, "acr-authorization B.3 row 1, B.2");
  b.data_operation("push", "push", "docker push", legacy_push, abac_push, "acr-authorization B.3 row 2, B.2");
  b.data_operation("delete", "delete images of", "az acr manifest delete", {{kDelete}}, {{kContentDelete}},
                   "acr-authorization B.3 row 12");
  b.data_operation("delete-repository", "delete the whole repository", "az acr repository delete", {{kDelete}},
                   {{kContentDelete}}, "acr-authorization B.3 row 13");
  b.data_operation("list-repositories", "list the repositories of", "az acr repository list", {{kPull}},
                   {{kCatalogRead}}, "acr-authorization B.3 row 9", Special::None, false);
  b.data_operation("list-tags", "list the tags of", "az acr repository show-tags", {{kPull}}, {{kNameMetadataRead}},
                   "acr-authorization B.3 row 5");
  b.data_operation("list-manifests", "list the manifests of", "az acr manifest list", {{kPull}},
                   {{kContentRead, kNameMetadataRead}}, "acr-authorization B.3 row 7");
  b.data_operation("list-referrers", "list the referrers in", "az acr manifest list-referrers", {{kPull}},
                   {{kContentRead}}, "acr-authorization B.3 row 4");
  b.data_operation("show-attributes", "show the attributes and locks of", "az acr repository show", {{kMetadataRead}},
                   {{kNameMetadataRead}}, "acr-authorization B.3 row 10, J5");
  b.data_operation("set-attributes", "change the attributes and locks of", "az acr repository update",
                   {{kMetadataWrite}}, {{kNameMetadataWrite}}, "acr-authorization B.3 row 11");
  b.data_operation("tag", "create tags in", "docker push, oras tag", legacy_push, abac_push,
                   "acr-authorization B.3 row 14");
  // The alternatives are those of the default reading of untag-right; the others take their pick of them.
  b.data_operation("untag", "remove tags from", "az acr repository untag", {{kPull, kPush}, {kDelete}},
                   {{kNameMetadataWrite}, {kContentDelete}}, "acr-authorization B.3 row 15, J4");
  b.data_operation("delete-referrer", "delete referrers in", "oras manifest delete", {{kDelete}}, {{kContentDelete}},
                   "acr-authorization B.3 row 16, J3");
  b.data_operation("read-quarantined", "read quarantined artifacts of", "GET manifest of a quarantined image",
                   {{kQuarantineRead}}, {{kQuarantinedRead}}, "acr-authorization B.3 row 17");
  b.data_operation("pull-quarantined", "pull quarantined images of", "docker pull of a quarantined image",
                   {{kQuarantineRead}}, {{kQuarantinedRead}}, "acr-authorization B.3 row 17");
  b.data_operation("set-quarantine", "change the quarantine state in", "PATCH quarantine state", {{kQuarantineWrite}},
                   {{kQuarantinedWrite}}, "acr-authorization B.3 row 18");
  b.data_operation("list-deleted", "list soft-deleted artifacts of", "az acr manifest list-deleted", {{kDeletedRead}},
                   {}, "acr-authorization B.3 row 19, J20", Special::SoftDelete);
  b.data_operation("restore-deleted", "restore soft-deleted artifacts of", "az acr manifest restore",
                   {{kDeletedRead, kDeletedRestore}}, {}, "acr-authorization B.3 row 20, J20", Special::SoftDelete);
  b.data_operation("sign", "sign (content trust) in", "docker trust sign", {{kSign, kPull, kPush}}, {},
                   "acr-authorization B.3 row 21, J11", Special::Sign);
  b.data_operation("show-streaming", "show artifact streaming of images in", "az acr artifact-streaming show",
                   {{kPull}}, {{kContentRead}}, "acr-authorization B.3 row 23");
  b.data_operation("enable-streaming", "enable artifact streaming of images in", "az acr artifact-streaming create",
                   legacy_push, abac_push, "acr-authorization B.3 row 24");
  b.data_operation("disable-streaming", "disable artifact streaming of images in", "az acr artifact-streaming delete",
                   {{kDelete}}, {{kContentDelete}}, "acr-authorization B.3 row 25");
  b.data_operation("purge", "purge", "acr purge", {{kPull, kDelete}},
                   {{kContentRead, kContentDelete, kNameMetadataRead}}, "acr-authorization B.3 rows 28 and 29",
                   Special::Purge);
  b.data_operation("login", "sign in to", "docker login", {}, {}, "acr-authorization B.3 row 27, E, J10",
                   Special::Login, false);

  b.control_operation("read-registry", "read the registry", "az acr show", {control(ACR "read")});
  b.control_operation("update-registry", "update the registry", "az acr update", {control(ACR "write")});
  b.control_operation("delete-registry", "delete the registry", "az acr delete", {control(ACR "delete")});
  b.control_operation("enable-anonymous-pull", "turn on anonymous pull of", "az acr update --anonymous-pull-enabled",
                      {control(ACR "write")});
  b.control_operation("set-permission-mode", "change the permission mode of", "az acr update --role-assignment-mode",
                      {control(ACR "write")});
  b.control_operation("list-credentials", "list the admin passwords of", "az acr credential show",
                      {control(ACR "listCredentials/action")});
  b.control_operation("regenerate-credential", "regenerate an admin password of", "az acr credential renew",
                      {control(ACR "regenerateCredential/action")});
  b.control_operation("read-token", "read the tokens of", "az acr token list", {control(ACR "tokens/read")});
  b.control_operation("write-token", "create and update tokens of", "az acr token create",
                      {control(ACR "tokens/write")});
  b.control_operation("generate-credentials", "generate token passwords of", "az acr token credential generate",
                      {control(ACR "generateCredentials/action")});
  b.control_operation("read-scope-map", "read the scope maps of", "az acr scope-map list",
                      {control(ACR "scopeMaps/read")});
  b.control_operation("write-scope-map", "create and update scope maps of", "az acr scope-map create",
                      {control(ACR "scopeMaps/write")});
  b.control_operation("import", "import images into", "az acr import", {control(ACR "importImage/action")},
                      "acr-authorization B.4, Import", Special::Import);
  b.data_operation("export-from", "use as an import source", "az acr import --registry", {{kPull}}, {{kContentRead}},
                   "acr-authorization B.4 Import, F exportPolicy", Special::ExportFrom, false);
  b.control_operation("write-task", "create and update tasks of", "az acr task create", {control(ACR "tasks/write")});
  b.control_operation("run-task", "start tasks of", "az acr task run", {control(ACR "scheduleRun/action")});
  b.control_operation("quick-build", "start quick builds in", "az acr build",
                      {control(ACR "scheduleRun/action"), control(ACR "listBuildSourceUploadUrl/action")});
  b.control_operation("read-cache-rule", "read the cache rules of", "az acr cache list",
                      {control(ACR "cacheRules/read")});
  b.control_operation("write-cache-rule", "create and update cache rules of", "az acr cache create",
                      {control(ACR "cacheRules/write")});
  b.control_operation("read-credential-set", "read the credential sets of", "az acr credential-set list",
                      {control(ACR "credentialSets/read")});
  b.control_operation("write-credential-set", "create and update credential sets of", "az acr credential-set create",
                      {control(ACR "credentialSets/write")});
  b.control_operation("write-transfer-pipeline", "create import pipelines of", "az acr import-pipeline create",
                      {control(ACR "importPipelines/write")});
  b.control_operation("write-export-pipeline", "create export pipelines of", "az acr export-pipeline create",
                      {control(ACR "exportPipelines/write")});
  b.control_operation("write-connected-registry", "create and update connected registries of",
                      "az acr connected-registry create", {control(ACR "connectedRegistries/write")});
  b.control_operation("write-webhook", "create and update webhooks of", "az acr webhook create",
                      {control(ACR "webhooks/write")});
  b.control_operation("delete-replication", "delete replicas of", "az acr replication delete",
                      {control(ACR "replications/delete")});
  b.control_operation("write-role-assignment", "write role assignments on", "az role assignment create",
                      {control("Microsoft.Authorization/roleAssignments/write")});
  b.control_operation("az-login", "run az acr login against", "az acr login", {control(ACR "read")},
                      "acr-authorization E.1, J10", Special::AzLogin);

  b.all.push_back({.id = "quick-build-push",
                   .summary = "start a quick build that pushes",
                   .client = "az acr build --image",
                   .plane = Plane::Control,
                   .takes_repository = true,
                   .legacy = {{control(ACR "scheduleRun/action"), control(ACR "listBuildSourceUploadUrl/action")}},
                   .abac = {{control(ACR "scheduleRun/action"), control(ACR "listBuildSourceUploadUrl/action")}},
                   .special = Special::QuickBuildPush,
                   .source = "acr-authorization B.4 Tasks, J34"});
  b.data_operation("task-pull", "pull, in a task,", "task step that pulls", {{kPull}}, {{kContentRead}},
                   "acr-authorization B.4 Tasks");
  b.data_operation("task-push", "push, in a task,", "task step that pushes", legacy_push, abac_push,
                   "acr-authorization B.4 Tasks");
  b.data_operation("cache-pull", "pull upstream, as a cache identity,", "ACR-to-ACR artifact cache", {{kPull}},
                   {{kContentRead}}, "acr-authorization B.4 Artifact cache", Special::CachePull);

  // Rows of B.3 and B.4 that the contract does not name.
  b.data_operation("push-referrer", "push referrers to", "oras attach, notation sign", legacy_push, abac_push,
                   "acr-authorization B.3 row 3");
  b.data_operation("list-manifest-metadata", "list the manifest metadata of", "az acr manifest list-metadata",
                   {{kPull}}, {{kNameMetadataRead}}, "acr-authorization B.3 row 6");
  b.data_operation("show-manifest", "show a manifest of", "az acr manifest show", {{kPull}}, {{kContentRead}},
                   "acr-authorization B.3 row 8");
  b.data_operation("pull-signed", "pull images signed by content trust from", "DOCKER_CONTENT_TRUST=1 docker pull",
                   {{kPull}}, {{kContentRead}}, "acr-authorization B.3 row 22");
  b.data_operation("show-streaming-policy", "show the streaming policy of", "az acr artifact-streaming update --help",
                   {{kMetadataRead}}, {{kNameMetadataRead}}, "acr-authorization B.3 row 26");
  b.data_operation("set-streaming-policy", "change the streaming policy of", "az acr artifact-streaming update",
                   {{kMetadataWrite}}, {{kNameMetadataWrite}}, "acr-authorization B.3 row 26");
  b.control_operation("delete-token", "delete tokens of", "az acr token delete", {control(ACR "tokens/delete")});
  b.control_operation("delete-scope-map", "delete scope maps of", "az acr scope-map delete",
                      {control(ACR "scopeMaps/delete")});
  b.control_operation("delete-task", "delete tasks of", "az acr task delete", {control(ACR "tasks/delete")});
  b.control_operation("read-task-runs", "read the runs of tasks of", "az acr task list-runs",
                      {control(ACR "runs/read")});
  b.control_operation("delete-cache-rule", "delete cache rules of", "az acr cache delete",
                      {control(ACR "cacheRules/delete")});
  b.control_operation("delete-credential-set", "delete credential sets of", "az acr credential-set delete",
                      {control(ACR "credentialSets/delete")});
  b.control_operation("run-transfer-pipeline", "run transfer pipelines of", "az acr pipeline-run create",
                      {control(ACR "pipelineRuns/write")});
  b.control_operation("read-connected-registry", "read the connected registries of", "az acr connected-registry list",
                      {control(ACR "connectedRegistries/read")});
  b.control_operation("delete-connected-registry", "delete connected registries of", "az acr connected-registry delete",
                      {control(ACR "connectedRegistries/delete")});
  b.control_operation("deactivate-connected-registry", "deactivate connected registries of",
                      "az acr connected-registry deactivate", {control(ACR "connectedRegistries/deactivate/action")});
  b.control_operation("resync-connected-registry", "resynchronise connected registries of",
                      "az acr connected-registry repo", {control(ACR "connectedRegistries/resync/action")});
  b.control_operation("read-webhook", "read the webhooks of", "az acr webhook list", {control(ACR "webhooks/read")});
  b.control_operation("delete-webhook", "delete webhooks of", "az acr webhook delete",
                      {control(ACR "webhooks/delete")});
  b.control_operation("ping-webhook", "ping webhooks of", "az acr webhook ping", {control(ACR "webhooks/ping/action")});
  b.control_operation("read-webhook-config", "read the webhook callbacks of", "az acr webhook get-config",
                      {control(ACR "webhooks/getCallbackConfig/action")});
  b.control_operation("read-webhook-events", "read the webhook events of", "az acr webhook list-events",
                      {control(ACR "webhooks/listEvents/action")});
  b.control_operation("read-replication", "read the replicas of", "az acr replication list",
                      {control(ACR "replications/read")});
  b.control_operation("write-replication", "create and update replicas of", "az acr replication create",
                      {control(ACR "replications/write")});
  b.control_operation(
      "approve-private-endpoint", "approve private endpoints of", "az acr private-endpoint-connection approve",
      {control(ACR "privateEndpointConnectionsApproval/action"), control(ACR "privateEndpointConnections/write")});
  b.control_operation(
      "add-service-endpoint-rule", "add a virtual network rule to", "az acr network-rule add --subnet",
      {control(ACR "write"), control("Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action")});
  b.control_operation("write-diagnostic-settings", "write diagnostic settings of",
                      "az monitor diagnostic-settings create",
                      {control(ACR "providers/Microsoft.Insights/diagnosticSettings/write")});
  b.control_operation("update-policies", "update the policies of", "az acr config",
                      {control(ACR "updatePolicies/write")});
  b.all.back().legacy.push_back({control(ACR "write")});
  b.all.back().abac.push_back({control(ACR "write")});
  b.control_operation("show-usage", "show the usage of", "az acr show-usage", {control(ACR "listUsages/read")});
  b.control_operation("read-role-assignments", "read the role assignments on", "az role assignment list",
                      {control("Microsoft.Authorization/roleAssignments/read")});
  b.control_operation("read-run-log", "read the logs of task runs of", "az acr task logs",
                      {control(ACR "runs/listLogSasUrl/action")});
  b.control_operation("cancel-run", "cancel task runs of", "az acr task cancel-run",
                      {control(ACR "runs/cancel/action")});
  b.control_operation("read-task-run", "read the run resources of", "az acr taskrun list",
                      {control(ACR "taskRuns/read")});
  b.control_operation("write-task-run", "create and update run resources of", "az deployment group create",
                      {control(ACR "taskRuns/write")});
  b.control_operation("delete-task-run", "delete run resources of", "az acr taskrun delete",
                      {control(ACR "taskRuns/delete")});
  b.control_operation("read-agent-pool", "read the agent pools of", "az acr agentpool list",
                      {control(ACR "agentPools/read")});
  b.control_operation("write-agent-pool", "create and update agent pools of", "az acr agentpool create",
                      {control(ACR "agentPools/write")});
  b.control_operation("delete-agent-pool", "delete agent pools of", "az acr agentpool delete",
                      {control(ACR "agentPools/delete")});
  b.control_operation("read-transfer-pipeline", "read the import pipelines of", "az acr import-pipeline list",
                      {control(ACR "importPipelines/read")});
  b.control_operation("delete-transfer-pipeline", "delete import pipelines of", "az acr import-pipeline delete",
                      {control(ACR "importPipelines/delete")});
  b.control_operation("read-export-pipeline", "read the export pipelines of", "az acr export-pipeline list",
                      {control(ACR "exportPipelines/read")});
  b.control_operation("delete-export-pipeline", "delete export pipelines of", "az acr export-pipeline delete",
                      {control(ACR "exportPipelines/delete")});
  b.control_operation("read-pipeline-run", "read the runs of transfer pipelines of", "az acr pipeline-run list",
                      {control(ACR "pipelineRuns/read")});
  b.control_operation("delete-pipeline-run", "delete runs of transfer pipelines of", "az acr pipeline-run delete",
                      {control(ACR "pipelineRuns/delete")});
  b.control_operation("read-policies", "read the policies of", "az acr config", {control(ACR "listPolicies/read")});
  return std::move(b.all);
}

#undef ACR

bool is_one_of(std::string_view action, std::span<const std::string_view> actions) {
  return std::any_of(actions.begin(), actions.end(),
                     [&](std::string_view a) { return equal_ignoring_case(a, action); });
}

constexpr std::array kAliases{OperationAlias{"list-catalog", "list-repositories"},
                              OperationAlias{"lock", "set-attributes"}};

constexpr std::string_view kRepositoryActions[] = {
    "Microsoft.ContainerRegistry/registries/repositories/content/read",
    "Microsoft.ContainerRegistry/registries/repositories/content/write",
    "Microsoft.ContainerRegistry/registries/repositories/content/delete",
    "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
    "Microsoft.ContainerRegistry/registries/repositories/metadata/write",
    "Microsoft.ContainerRegistry/registries/repositories/metadata/delete",
};
constexpr std::string_view kRegistryWideDataActions[] = {
    "Microsoft.ContainerRegistry/registries/catalog/read",
    "Microsoft.ContainerRegistry/registries/quarantinedArtifacts/read",
    "Microsoft.ContainerRegistry/registries/quarantinedArtifacts/write",
    "Microsoft.ContainerRegistry/registries/trustedCollections/write",
};
constexpr std::string_view kLegacyDataActions[] = {
    "Microsoft.ContainerRegistry/registries/pull/read",
    "Microsoft.ContainerRegistry/registries/push/write",
    "Microsoft.ContainerRegistry/registries/artifacts/delete",
    "Microsoft.ContainerRegistry/registries/metadata/read",
    "Microsoft.ContainerRegistry/registries/metadata/write",
    "Microsoft.ContainerRegistry/registries/quarantine/read",
    "Microsoft.ContainerRegistry/registries/quarantine/write",
    "Microsoft.ContainerRegistry/registries/deleted/read",
    "Microsoft.ContainerRegistry/registries/deleted/restore/action",
    "Microsoft.ContainerRegistry/registries/sign/write",
};
/// The types of resources below a registry, and what stands in their place in the ids of resources that extend it.
/// Source: acr-authorization B.4; azure-rbac-semantics 5
constexpr std::string_view kChildTypes[] = {
    "agentPools",
    "cacheRules",
    "connectedRegistries",
    "credentialSets",
    "exportPipelines",
    "importPipelines",
    "pipelineRuns",
    "privateEndpointConnections",
    "providers",
    "replications",
    "runs",
    "scopeMaps",
    "taskRuns",
    "tasks",
    "tokens",
    "webhooks",
};

struct Catalogue {
  std::vector<Operation> operations = build();
  std::vector<Right> rights;

  Catalogue() {
    for (const std::string_view action : kLegacyDataActions) add(control(action));
    for (const std::string_view action : kRepositoryActions) add(data(action));
    for (const std::string_view action : kRegistryWideDataActions) add(data(action));
    for (Operation& operation : operations) {
      for (Needs* needs : {&operation.legacy, &operation.abac}) {
        for (AllOf& alternative : *needs) {
          for (Right& right : alternative) number(right);
        }
      }
    }
  }

 private:
  void add(Right right) { number(right); }
  void number(Right& right) {
    const auto found = std::find(rights.begin(), rights.end(), right);
    right.bit = static_cast<std::uint8_t>(found - rights.begin());
    if (found == rights.end()) rights.push_back(right);
  }
};

const Catalogue& catalogue() {
  static const Catalogue instance;
  return instance;
}

}  // namespace

std::span<const Operation> operations() { return catalogue().operations; }

std::span<const OperationAlias> operation_aliases() { return kAliases; }

const Operation* find_operation(std::string_view id) {
  for (const OperationAlias& alias : kAliases) {
    if (alias.alias == id) id = alias.id;
  }
  const auto all = operations();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Operation& o) { return o.id == id; });
  return found == all.end() ? nullptr : &*found;
}

const AllOf& signing_in_abac() {
  static const AllOf rights = [] {
    const auto all = catalogue_rights();
    const auto is_sign = [](const Right& r) {
      return r == data("Microsoft.ContainerRegistry/registries/trustedCollections/write");
    };
    AllOf result{*std::find_if(all.begin(), all.end(), is_sign)};
    const AllOf& push = find_operation("push")->abac.front();
    result.insert(result.end(), push.begin(), push.end());
    return result;
  }();
  return rights;
}

std::vector<const Operation*> data_operations() {
  std::vector<const Operation*> result;
  for (const Operation& operation : operations()) {
    // The contract's list ends before the two that need no right of their own or take a filter for a name.
    if (operation.id == "purge") break;
    result.push_back(&operation);
  }
  return result;
}

Operation raw_operation(std::string_view action) {
  const bool data_action = is_registry_data_action(action);
  const bool legacy_action = is_legacy_data_action(action);
  Right right{data_action ? ActionKind::DataAction : ActionKind::Action, action, Right::kNoBit};
  for (const Right& known : catalogue_rights()) {
    if (known.kind == right.kind && equal_ignoring_case(known.action, action)) right.bit = known.bit;
  }
  Operation operation;
  operation.plane = data_action || legacy_action ? Plane::Data : Plane::Control;
  if (!data_action) operation.legacy = {{right}};
  if (!legacy_action) operation.abac = {{right}};
  return operation;
}

std::span<const Right> catalogue_rights() { return catalogue().rights; }

bool is_registry_data_action(std::string_view action) {
  return carries_repository_name(action) || is_one_of(action, kRegistryWideDataActions);
}

bool is_legacy_data_action(std::string_view action) { return is_one_of(action, kLegacyDataActions); }

bool acts_below_registry(std::string_view action) {
  constexpr std::string_view kRegistries = "Microsoft.ContainerRegistry/registries/";
  // Actions of other providers are on what extends the registry: its role assignments, its diagnostic settings.
  if (!model::starts_with_ignoring_case(action, kRegistries)) return true;
  action.remove_prefix(kRegistries.size());
  return is_one_of(action.substr(0, action.find('/')), kChildTypes);
}

bool carries_repository_name(std::string_view action) { return is_one_of(action, kRepositoryActions); }

}  // namespace acrbiter::evaluator
