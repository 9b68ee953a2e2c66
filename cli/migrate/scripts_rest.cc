#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cli/json_writer.h"
#include "cli/migrate/writers.h"

namespace acrbiter::cli::migrate {
namespace {

constexpr std::string_view kAuthorizationVersion = "2022-04-01";
constexpr std::string_view kRegistryVersion = "2025-11-01";  // the first stable one with roleAssignmentMode
constexpr std::string_view kManagementGroupVersion = "2020-05-01";
constexpr std::string_view kSubscriptionVersion = "2022-12-01";
constexpr std::string_view kAbac = "AbacRepositoryPermissions";
constexpr std::string_view kLegacy = "LegacyRegistryPermissions";

constexpr std::string_view kSend = R"sh(
if [[ $# != 1 ]]; then
  printf 'usage: %s STAGE.jsonl\n' "$0" >&2
  exit 2
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

while IFS= read -r request <&3 || [[ -n "$request" ]]; do
  {
    read -r method
    read -r path
    read -r required
    read -r look
  } < <(jq -r '.method, (.url | ltrimstr("https://management.azure.com")), .requireMode // "", .lookFirst // ""' \
    <<<"$request")
  jq --ascii-output --compact-output '.body // empty' <<<"$request" >"$folder/body"
  jq --ascii-output .about <<<"$request"
  printf '  %s %s\n' "$method" "$path"
  if [[ "${DRY_RUN:-}" == 1 ]]; then
    sed 's/^/  /' "$folder/body"
    continue
  fi
  words=(az rest --method "$method" --url "$path" --output json)
  if [[ -s "$folder/body" ]]; then
    words+=(--headers Content-Type=application/json --body "@$folder/body")
  fi
  if ! "${words[@]}" >"$folder/answer" 2>"$folder/errors"; then
    if grep -q RoleAssignmentExists "$folder/errors"; then
      printf '  an assignment of another name exists; look at its condition\n'
      continue
    fi
    cat "$folder/errors" >&2
    exit 1
  fi
  if [[ -n "$look" && "${LOOKED:-}" != 1 ]]; then
    jq --ascii-output . "$folder/answer"
    printf 'stopped: look below these; if every registry is in the mode %s, run this again with LOOKED=1\n' "$look" >&2
    exit 1
  fi
  if [[ -n "$required" ]]; then
    if ! jq --exit-status --arg mode "$required" \
      '(.value // [.]) | length > 0 and all(.properties.roleAssignmentMode == $mode)' "$folder/answer" >"$folder/body"; then
      jq --ascii-output '(.value // [.])[] | {id, mode: .properties.roleAssignmentMode}' "$folder/answer" >&2
      printf 'stopped: not every registry is seen in the mode %s\n' "$required" >&2
      exit 1
    fi
    if [[ "${LOOKED:-}" != 1 ]] && jq --exit-status .nextLink "$folder/answer" >"$folder/body"; then
      printf 'stopped: the list goes on at nextLink; if all there are in the mode %s, run this again with LOOKED=1\n' \
        "$required" >&2
      exit 1
    fi
  fi
done 3<"$1"
)sh";

/// One line of a request list.
struct Request {
  std::string about, method, path;
  std::string_view version;
  std::string body{};               ///< JSON, or "" for none
  std::string_view require_mode{};  ///< the registries that answer must be in this mode
  std::string_view look_first{};    ///< somebody must look whether all registries below what answers are in this mode
};

std::string line(const Request& request) {
  JsonWriter json;
  json.begin_object().member("about", request.about).member("method", request.method);
  json.member("url",
              fmt::format("https://management.azure.com{}?api-version={}", url_path(request.path), request.version));
  if (!request.body.empty()) json.key("body").raw(request.body);
  if (!request.require_mode.empty()) json.member("requireMode", request.require_mode);
  if (!request.look_first.empty()) json.member("lookFirst", request.look_first);
  json.end_object();
  return std::move(json).take() + "\n";
}

std::string assignment_body(std::string_view role, const Who& principal, std::string_view scope,
                            std::string_view condition, std::string_view condition_version) {
  constexpr std::array<std::string_view, 5> kTypes = {"User", "Group", "ServicePrincipal", "ForeignGroup", "Device"};
  JsonWriter json;
  json.begin_object().key("properties").begin_object();
  json.member("roleDefinitionId", role_id(scope, role)).member("principalId", principal.id);
  if (std::ranges::find(kTypes, principal.type) != kTypes.end()) json.member("principalType", principal.type);
  if (!condition.empty()) {
    json.member("condition", condition);
    json.member("conditionVersion", condition_version.empty() ? std::string_view("2.0") : condition_version);
  }
  json.end_object().end_object();
  return std::move(json).take();
}

std::string new_id(const PlannedAssignment& assignment) {
  return authorization_id(assignment.scope, "roleAssignments", assignment.name);
}

std::string assign_lines(const Plan& plan) {
  std::string text;
  for (const PlannedRole& role : plan.roles) {
    if (!role.custom()) continue;
    text += line({.about = "create the custom role " + role.name,
                  .method = "PUT",
                  .path = authorization_id(home_of(role), "roleDefinitions", role.guid),
                  .version = kAuthorizationVersion,
                  .body = role_body(role)});
  }
  for (const PlannedAssignment& assignment : plan.assignments) {
    text += line({.about = "assign " + called(assignment, plan),
                  .method = "PUT",
                  .path = new_id(assignment),
                  .version = kAuthorizationVersion,
                  .body = assignment_body(assignment.role, assignment.principal, assignment.scope, "", "")});
  }
  return text;
}

std::string wait_lines(const Plan& plan) {
  std::string text;
  for (const PlannedAssignment& assignment : plan.assignments) {
    text += line({.about = "is assigned: " + called(assignment, plan),
                  .method = "GET",
                  .path = new_id(assignment),
                  .version = kAuthorizationVersion});
  }
  return text;
}

std::string registries(const Plan& plan, std::string_view require_mode) {
  std::string text;
  for (const PlannedRegistry& registry : plan.registries) {
    text += line({.about = "mode of registry " + registry.name,
                  .method = "GET",
                  .path = registry.id,
                  .version = kRegistryVersion,
                  .require_mode = require_mode});
  }
  return text;
}

/// That every registry below the scopes of `assignments` is in the mode, where they reach more than one.
template <class Assignment>
std::string registries_below(const std::vector<Assignment>& assignments, std::string_view mode) {
  std::string text;
  for (const std::string& scope : wide_scopes(assignments)) {
    const Place place = place_of(scope);
    if (!place.subscription.empty()) {
      text += line({.about = "modes of the registries in " + called(place, scope),
                    .method = "GET",
                    .path = scope + "/providers/Microsoft.ContainerRegistry/registries",
                    .version = kRegistryVersion,
                    .require_mode = mode});
    } else if (place.kind == Place::Kind::ManagementGroup) {
      text += line({.about = "what is below " + called(place, scope),
                    .method = "GET",
                    .path = scope + "/descendants",
                    .version = kManagementGroupVersion,
                    .look_first = mode});
    } else {
      text += line({.about = "subscriptions of the tenant",
                    .method = "GET",
                    .path = "/subscriptions",
                    .version = kSubscriptionVersion,
                    .look_first = mode});
    }
  }
  return text;
}

std::string switch_mode_lines(const Plan& plan, std::string_view mode) {
  std::string text;
  for (const PlannedRegistry& registry : plan.registries) {
    text += line({.about = "switch registry " + registry.name,
                  .method = "PATCH",
                  .path = registry.id,
                  .version = kRegistryVersion,
                  .body = fmt::format(R"({{"properties":{{"roleAssignmentMode":{}}}}})", json_string(mode))});
  }
  for (const TaskNeed& task : plan.tasks) {
    if (!can_set(task)) continue;
    std::string body = source_registry_before(task);
    if (mode == kAbac) {
      // ARM takes the client id of a user-assigned identity.
      const std::string& identity = task.identity == "[system]" ? task.identity : task.identity_client_id;
      if (identity.empty()) continue;
      body = fmt::format(R"({{"properties":{{"credentials":{{"sourceRegistry":{{"identity":{}}}}}}}}})",
                         json_string(identity));
    }
    text += line({.about = "identity of " + called(task),
                  .method = "PATCH",
                  .path = task_id(plan, task),
                  .version = kTaskVersion,
                  .body = std::move(body)});
  }
  return text;
}

std::string remove_lines(const Plan& plan) {
  std::string text = registries(plan, kAbac) + registries_below(plan.remove, kAbac);
  for (const OldAssignment& old : plan.remove) {
    text += line({.about = fmt::format("delete {}{}{}", called(old), old.note.empty() ? "" : ". ", old.note),
                  .method = "DELETE",
                  .path = old.id,
                  .version = kAuthorizationVersion});
  }
  return text;
}

std::string rollback_remove_lines(const Plan& plan) {
  std::string text;
  for (const OldAssignment& old : plan.remove) {
    text +=
        line({.about = "assign again " + called(old),
              .method = "PUT",
              .path = authorization_id(old.scope, "roleAssignments", last_segment(old.id)),
              .version = kAuthorizationVersion,
              .body = assignment_body(old.role_guid, old.principal, old.scope, old.condition, old.condition_version)});
  }
  return text;
}

std::string rollback_assign_lines(const Plan& plan) {
  std::string text = registries(plan, kLegacy) + registries_below(plan.assignments, kLegacy);
  for (const PlannedAssignment& assignment : plan.assignments) {
    text += line({.about = "delete " + called(assignment, plan),
                  .method = "DELETE",
                  .path = new_id(assignment),
                  .version = kAuthorizationVersion});
  }
  for (const PlannedRole& role : plan.roles) {
    if (!role.custom()) continue;
    text += line({.about = "delete the custom role " + role.name,
                  .method = "DELETE",
                  .path = authorization_id(home_of(role), "roleDefinitions", role.guid),
                  .version = kAuthorizationVersion});
  }
  return text;
}

}  // namespace

std::vector<ScriptFile> rest_scripts(const Plan& plan) {
  const std::string send =
      shell_head({"Sends the requests of one stage, one after the other, and stops at the first that fails.",
                  "usage: ./send.sh 1-assign.jsonl (needs az, signed in, and jq)"}) +
      std::string(kSend);
  return {{"send.sh", send, true},
          {"1-assign.jsonl", assign_lines(plan)},
          {"2-wait.jsonl", wait_lines(plan)},
          {"3-switch.jsonl", wait_lines(plan) + switch_mode_lines(plan, kAbac)},
          refresh_credentials(plan),
          {"5-confirm.jsonl", registries(plan, kAbac)},
          {"6-remove.jsonl", remove_lines(plan)},
          {"rollback-6-remove.jsonl", rollback_remove_lines(plan)},
          {"rollback-3-switch.jsonl", switch_mode_lines(plan, kLegacy)},
          {"rollback-1-assign.jsonl", rollback_assign_lines(plan)}};
}

}  // namespace acrbiter::cli::migrate
