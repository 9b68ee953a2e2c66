#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "cli/migrate/writers.h"
#include "cli/report/text.h"

namespace acrbiter::cli::migrate {

const std::string_view kShellRun = R"(
# Prints words in quotes that also keep them from the terminal.
show() {
  LC_ALL=C printf '%q ' "$@"
  printf '\n'
}

# Runs a command; with DRY_RUN=1 only prints it.
run() {
  if [[ "${DRY_RUN:-}" == 1 ]]; then show "$@"; else "$@"; fi
}
)";

const std::string_view kShellCreate = R"(
# create PATH COMMAND...: runs COMMAND unless the role assignment PATH exists. Azure refuses a second assignment of a
# role to the same principal at the same scope; that the first has another name is no failure.
create() {
  local path=$1 answer
  shift
  if [[ "${DRY_RUN:-}" == 1 ]]; then
    show "$@"
    return
  fi
  if az rest --method get --url "$path?api-version=2022-04-01" --output none 2>/dev/null; then
    printf 'there already: %s\n' "$path"
    return
  fi
  if ! answer=$("$@" --query name --output tsv 2>&1) && [[ "$answer" != *RoleAssignmentExists* ]]; then
    printf '%s\n' "$answer" >&2
    return 1
  fi
  if [[ "$answer" == *"${path##*/}"* ]]; then
    printf 'created: %s\n' "$path"
  else
    printf 'not created, as an assignment of another name exists; look at its condition: %s\n' "$path"
  fi
}
)";

namespace {

constexpr std::string_view kShellRequireLegacy = R"(
# require_legacy OPTIONS...: stops unless the registry is in the legacy mode. If az does not show a mode, it may be any.
require_legacy() {
  local mode
  if [[ "${DRY_RUN:-}" == 1 ]]; then
    show az acr show "$@" --query roleAssignmentMode --output tsv
    return
  fi
  mode=$(az acr show "$@" --query roleAssignmentMode --output tsv)
  if [[ "$mode" != LegacyRegistryPermissions ]]; then
    printf 'stopped: not seen in the legacy mode, so it may need the new assignments; first run rollback-3-switch: ' >&2
    show "$@" >&2
    exit 1
  fi
}
)";

constexpr std::string_view kShellBelow = R"(
# require_below MODE OPTIONS...: stops unless every registry that az lists is in the mode.
require_below() {
  local wanted=$1 list name mode
  shift
  if [[ "${DRY_RUN:-}" == 1 ]]; then
    show az acr list "$@" --query '[].[name, roleAssignmentMode]' --output tsv
    return
  fi
  list=$(az acr list "$@" --query '[].[name, roleAssignmentMode]' --output tsv)
  while IFS=$'\t' read -r name mode; do
    if [[ "$mode" != "$wanted" ]]; then
      printf 'stopped: assignments here reach registry %q too, which is not seen in the mode %s: ' "$name" "$wanted" >&2
      show "$@" >&2
      exit 1
    fi
  done <<<"$list"
}

# look_below MODE SCOPE: stops unless LOOKED=1 says that somebody has looked at what az cannot list.
look_below() {
  if [[ "${DRY_RUN:-}" != 1 && "${LOOKED:-}" != 1 ]]; then
    printf 'stopped: assignments reach every registry below %s; look at each of its subscriptions:\n' "$2" >&2
    printf '  az acr list --subscription SUBSCRIPTION --query "[].[name, roleAssignmentMode]" --output tsv\n' >&2
    printf 'if all are in the mode %s, run this again with LOOKED=1\n' "$1" >&2
    exit 1
  fi
  printf 'looked at by somebody: every registry below %s is in the mode %s\n' "$2" "$1"
}
)";

constexpr std::string_view kRequireAbac = R"(
# require_abac OPTIONS...: stops unless the registry is in the ABAC mode.
require_abac() {
  local mode
  if [[ "${DRY_RUN:-}" == 1 ]]; then
    show az acr show "$@" --query roleAssignmentMode --output tsv
    return
  fi
  mode=$(az acr show "$@" --query roleAssignmentMode --output tsv)
  if [[ "$mode" != AbacRepositoryPermissions ]]; then
    printf 'stopped: the registry is not in the ABAC mode: ' >&2
    show "$@" >&2
    exit 1
  fi
}
)";

constexpr std::string_view kExpect = R"(
missing=0

# expect PATH: notes that the role assignment PATH does not exist.
expect() {
  if [[ "${DRY_RUN:-}" == 1 ]]; then
    show az rest --method get --url "$1?api-version=2022-04-01" --output none
  elif ! az rest --method get --url "$1?api-version=2022-04-01" --output none 2>/dev/null; then
    printf 'not there: %s\n' "$1" >&2
    missing=1
  fi
}
)";

constexpr std::string_view kStopIfMissing = R"(
if [[ "$missing" != 0 && "${LOOKED:-}" != 1 ]]; then
  printf 'stopped: run 1-assign first; if it said that assignments of another name exist, look at them and go on with LOOKED=1\n' >&2
  exit 1
fi
)";

/// Which registry a command of az speaks of; its name stands in option `name`.
std::vector<std::string> registry_options(std::string_view name_option, std::string_view name, std::string_view id) {
  const Place place = place_of(id);
  std::vector<std::string> options = {option(name_option, name)};
  if (!place.resource_group.empty()) options.push_back(option("--resource-group", place.resource_group));
  if (!place.subscription.empty()) options.push_back(option("--subscription", place.subscription));
  return options;
}

std::string on_each_registry(std::string_view function, const Plan& plan) {
  std::string text = "\n";
  for (const PlannedRegistry& registry : plan.registries) {
    text += command(function, registry_options("--name", registry.name, registry.id));
  }
  return text;
}

/// That every registry below the scopes of `assignments` is in the mode, where they reach more than one.
template <class Assignment>
std::string on_registries_below(const std::vector<Assignment>& assignments, std::string_view mode) {
  std::string text;
  for (const std::string& scope : wide_scopes(assignments)) {
    const Place place = place_of(scope);
    if (place.subscription.empty()) {
      text += fmt::format("look_below {} {}\n", mode, shell_text(called(place, scope)));
      continue;
    }
    std::vector<std::string> options;
    if (!place.resource_group.empty()) options.push_back(option("--resource-group", place.resource_group));
    options.push_back(option("--subscription", place.subscription));
    text += command(fmt::format("require_below {}", mode), options);
  }
  return text;
}

/// az knows these four types.
bool known_to_az(std::string_view type) {
  constexpr std::array<std::string_view, 4> kTypes = {"User", "Group", "ServicePrincipal", "ForeignGroup"};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

std::string az_create(std::string_view name, std::string_view role, const Who& principal, std::string_view scope,
                      std::string_view condition, std::string_view condition_version) {
  std::vector<std::string> options = {
      "az role assignment create",
      option("--name", name),
      option("--role", role),
      option("--assignee-object-id", principal.id),
  };
  if (known_to_az(principal.type)) options.push_back(option("--assignee-principal-type", principal.type));
  options.push_back(option("--scope", scope));
  if (!condition.empty()) {
    options.push_back(option("--condition", condition));
    options.push_back(option("--condition-version", condition_version.empty() ? "2.0" : condition_version));
  }
  return command("create " + shell_text(url_path(authorization_id(scope, "roleAssignments", name))), options);
}

std::string az_roles(const Plan& plan) {
  std::string text;
  for (const PlannedRole& role : plan.roles) {
    if (!role.custom()) continue;
    text += fmt::format("\n# Custom role {}\n", report::quote(role.name));
    const std::string url = url_path(authorization_id(home_of(role), "roleDefinitions", role.guid));
    text += command("run az rest", {"--method put", "--url " + shell_text(url + "?api-version=2022-04-01"),
                                    "--body " + shell_text(role_body(role)), "--output none"});
  }
  if (!text.empty()) text += "\n# A new role cannot be assigned at once.\nrun sleep 60\n";
  return text;
}

ScriptFile assign(const Plan& plan) {
  std::string text = shell_head({"Stage 1, assign: creates the new role assignments beside the old ones.",
                                 "Nobody loses anything by it, and what exists already is left alone."});
  text += kShellRun;
  text += kShellCreate;
  text += az_roles(plan);
  for (const PlannedAssignment& assignment : plan.assignments) text += az_assign(assignment, plan);
  return {"1-assign.sh", text, true};
}

/// Stops if a new assignment is missing.
std::string expect_new(const Plan& plan) {
  std::string text(kExpect);
  text += "\n";
  for (const PlannedAssignment& assignment : plan.assignments) {
    const std::string path = authorization_id(assignment.scope, "roleAssignments", assignment.name);
    text += fmt::format("expect {}\n", shell_text(url_path(path)));
  }
  return text.append(kStopIfMissing);
}

ScriptFile wait(const Plan& plan) {
  // What is assigned to management groups reaches the data of registries after hours.
  const bool above =
      std::any_of(plan.assignments.begin(), plan.assignments.end(), [](const PlannedAssignment& assignment) {
        const Place::Kind kind = place_of(assignment.scope).kind;
        return kind == Place::Kind::ManagementGroup || kind == Place::Kind::Tenant;
      });
  std::string text =
      shell_head({"Stage 2, wait: sees that the new assignments exist, then gives Azure time to spread them.",
                  above ? "WAIT_SECONDS sets how long; without it 24 hours, as some are at management groups."
                        : "WAIT_SECONDS sets how long; without it 20 minutes."});
  text += kShellRun;
  text += expect_new(plan);
  text += fmt::format("\nrun sleep \"${{WAIT_SECONDS:-{}}}\"\n", above ? 86'400 : 1'200);
  return {"2-wait.sh", text, true};
}

/// What `tasks` need, each under `registry`'s switch.
std::string az_tasks(const Plan& plan) {
  std::string text;
  for (const TaskNeed& task : plan.tasks) {
    if (!can_set(task)) {
      if (task.set_already) continue;
      const std::string line = fmt::format("By hand: {}: {}", called(task), report::escape(task.need));
      text += fmt::format("\nprintf '%s\\n' {}\n", shell_text(line));
      continue;
    }
    text += fmt::format("\n# {}\n", called(task));
    std::vector<std::string> options = {option("--name", task.name)};
    std::ranges::move(registry_options("--registry", task.registry, registry_id(plan, task.registry)),
                      std::back_inserter(options));
    options.push_back(option("--source-acr-auth-id", task.identity));
    options.emplace_back("--output none");
    text += command("run az acr task update", options);
  }
  return text;
}

std::string az_switch(const Plan& plan, std::string_view mode) {
  std::string text;
  for (const PlannedRegistry& registry : plan.registries) {
    text += fmt::format("\n# registry {}\n", report::quote(registry.name));
    std::vector<std::string> options = registry_options("--name", registry.name, registry.id);
    options.push_back(option("--role-assignment-mode", mode));
    options.emplace_back("--output none");
    text += command("run az acr update", options);
  }
  return text;
}

ScriptFile switch_mode(const Plan& plan) {
  std::string text =
      shell_head({"Stage 3, switch: puts the registries into the ABAC mode and then gives tasks their identity,",
                  "whose new role counts for nothing in the legacy mode. Stops if a new assignment is missing.",
                  "From now on credentials of before are refused, so go on with stage 4 at once."});
  text += kShellRun;
  text += expect_new(plan);
  text += az_switch(plan, "rbac-abac");
  text += az_tasks(plan);
  text += "\nprintf 'now refresh the credentials of every client: 4-refresh-credentials.sh\\n'\n";
  return {"3-switch.sh", text, true};
}

ScriptFile confirm(const Plan& plan) {
  std::string text =
      shell_head({"Stage 5, confirm: sees that the registries are in the ABAC mode and lists who has a role there.",
                  "Changes nothing."});
  text += kShellRun;
  text += kRequireAbac;
  text += on_each_registry("require_abac", plan);
  text += "\n";
  std::set<std::string> subscriptions;
  for (const PlannedRegistry& registry : plan.registries) {
    text += command("run az role assignment list",
                    {option("--scope", registry.id), "--include-inherited", "--output table"});
    subscriptions.insert(place_of(registry.id).subscription);
  }
  text += R"(
cat <<'END'
Now pull and push once with each kind of client, run each task, and look for 401 and 403 in their logs.
Then compare. Export again, into an empty folder, what the plan was made from, at least:

  az acr list -o json > registries.json
)";
  std::size_t number = 0;
  for (const std::string& subscription : subscriptions) {
    if (subscription.empty()) continue;
    text += fmt::format("  az role assignment list --all {} -o json > assignments-{}.json\n",
                        option("--subscription", subscription), ++number);
  }
  text += R"(  az role definition list --custom-role-only true -o json > roles.json
  acrbiter diff --before EXPORTS_OF_BEFORE --after .

It must show no more than what the plan lists as what still changes.
END
)";
  return {"5-confirm.sh", text, true};
}

ScriptFile remove(const Plan& plan) {
  std::string text =
      shell_head({"Stage 6, remove: deletes the old role assignments, which count for nothing in the ABAC mode.",
                  "Stops unless every registry of the plan, and every other below their scopes, is in that mode."});
  text += kShellRun;
  text += kRequireAbac;
  const std::string below = on_registries_below(plan.remove, "AbacRepositoryPermissions");
  if (!below.empty()) text += kShellBelow;
  text += on_each_registry("require_abac", plan);
  if (!below.empty()) {
    text += below;
    text +=
        "\nprintf 'some of these are above registries: any of those that goes back to the legacy mode, by "
        "whatever\\n'\n"
        "printf 'plan, needs them again: rollback-6-remove.sh of this plan\\n'\n";
  }
  for (const OldAssignment& old : plan.remove) {
    text += fmt::format("\n# {}\n", called(old));
    if (!old.note.empty()) {
      const std::string note = report::escape(old.note);
      text += fmt::format("# {}\nprintf '%s\\n' {}\n", note, shell_text(fmt::format("{}: {}", called(old), note)));
    }
    text += command("run az role assignment delete", {option("--ids", old.id)});
  }
  for (const OldAssignment& old : plan.keep) {
    text += fmt::format("\n# Stays: {}: {}\n", called(old), report::escape(old.note));
  }
  return {"6-remove.sh", text, true};
}

ScriptFile rollback_remove(const Plan& plan) {
  std::string text =
      shell_head({"Takes back stage 6, remove: creates the old role assignments again, with their conditions,",
                  "without descriptions, which the plan does not know."});
  text += kShellRun;
  text += kShellCreate;
  for (const OldAssignment& old : plan.remove) {
    text += fmt::format("\n# {}\n", called(old));
    text +=
        az_create(last_segment(old.id), old.role_guid, old.principal, old.scope, old.condition, old.condition_version);
  }
  return {"rollback-6-remove.sh", text, true};
}

ScriptFile rollback_switch(const Plan& plan) {
  std::string text =
      shell_head({"Takes back stage 3, switch: puts the registries into the legacy mode again.",
                  "If stage 6 has run, run rollback-6-remove.sh first and wait: else everybody is cut off.",
                  "The same holds for stage 6 of another plan that removed assignments which these registries share."});
  text += kShellRun;
  const std::vector<OldAssignment> shared = shared_by_registries(plan);
  if (!shared.empty()) {
    text += "\nprintf 'if another plan removed one of these, run its rollback-6-remove first:\\n'\n";
    for (const OldAssignment& old : shared) text += fmt::format("printf '  %s\\n' {}\n", shell_text(called(old)));
  }
  text += az_switch(plan, "rbac");
  for (const TaskNeed& task : plan.tasks) {
    if (!can_set(task)) continue;
    text += fmt::format("\n# {} as it was; az acr task update cannot set both of what it had.\n", called(task));
    text += command("run az rest", {"--method patch",
                                    fmt::format("--url {}", shell_text(url_path(task_id(plan, task)) +
                                                                       "?api-version=" + std::string(kTaskVersion))),
                                    "--body " + shell_text(source_registry_before(task)), "--output none"});
  }
  text += "\nprintf 'credentials issued in the ABAC mode may be refused now too: 4-refresh-credentials.sh\\n'\n";
  return {"rollback-3-switch.sh", text, true};
}

/// Names of workloads by their kind, e.g. "aks".
std::map<std::string, std::set<std::string>, std::less<>> clients_of(const Plan& plan) {
  std::map<std::string, std::set<std::string>, std::less<>> result;
  const auto add = [&result](const Who& who) {
    for (const std::string& workload : who.workloads) {
      const std::size_t blank = workload.find(' ');
      if (blank == std::string::npos) continue;
      result[workload.substr(0, blank)].insert(workload.substr(blank + 1));
    }
  };
  for (const auto& carrier : plan.carriers) add(carrier.principal);
  for (const auto& assignment : plan.assignments) add(assignment.principal);
  return result;
}

}  // namespace

std::string shell_head(const std::vector<std::string>& about) {
  std::string text = "#!/usr/bin/env bash\n";
  for (const std::string& line : about) text += "# " + line + "\n";
  return text +
         "# Written by acrbiter from a migration plan. DRY_RUN=1 prints the commands.\n"
         "#\n"
         "# Names stand in quotes just as they are:\n"
         "# shellcheck disable=SC1003,SC2016\n"
         "set -euo pipefail\n";
}

std::string az_assign(const PlannedAssignment& assignment, const Plan& plan) {
  std::string text = fmt::format("\n# {}\n", called(assignment, plan));
  if (!assignment.note.empty()) text += fmt::format("# {}\n", report::escape(assignment.note));
  return text + az_create(assignment.name, assignment.role, assignment.principal, assignment.scope, "", "");
}

std::string az_require_legacy(const Plan& plan) {
  const std::string below = on_registries_below(plan.assignments, "LegacyRegistryPermissions");
  std::string text(kShellRequireLegacy);
  if (!below.empty()) text += kShellBelow;
  return text + on_each_registry("require_legacy", plan) + below;
}

ScriptFile az_rollback_assign(const Plan& plan) {
  std::string text = shell_head({"Takes back stage 1, assign: deletes the new role assignments, then the new roles.",
                                 "Stops unless the registries of the plan, and all others below the scopes of these,",
                                 "are in the legacy mode: the ABAC mode needs them."});
  text += kShellRun;
  text += az_require_legacy(plan);
  for (const PlannedAssignment& assignment : plan.assignments) {
    text += fmt::format("\n# {}\n", called(assignment, plan));
    text += command("run az role assignment delete",
                    {option("--ids", authorization_id(assignment.scope, "roleAssignments", assignment.name))});
  }
  for (const PlannedRole& role : plan.roles) {
    if (!role.custom()) continue;
    text += fmt::format("\n# Custom role {}; Azure refuses while something else uses it.\n", report::quote(role.name));
    const std::string url = url_path(authorization_id(home_of(role), "roleDefinitions", role.guid));
    text += command("run az rest",
                    {"--method delete", "--url " + shell_text(url + "?api-version=2022-04-01"), "--output none"});
  }
  return {"rollback-1-assign.sh", text, true};
}

ScriptFile refresh_credentials(const Plan& plan) {
  std::string text =
      shell_head({"Stage 4, refresh credentials: prints which clients need a new credential and how they get it.",
                  "Changes nothing."});
  text += R"(
cat <<'END'
A credential belongs to the mode in which it was issued. After a switch it is refused with 401, even where the new
roles are in place, for minutes to hours. To refresh it before the switch is no help: do it now, everywhere.

AKS: the kubelet of each node holds the credential. Restart the kubelet (systemctl restart kubelet on the node) or
replace the nodes. To restart pods changes nothing.
)";
  auto clients = clients_of(plan);
  const auto list = [&text, &clients](std::string_view kind, bool with_kind) {
    const auto found = clients.find(kind);
    if (found == clients.end()) return;
    for (const std::string& name : found->second) {
      text += with_kind ? fmt::format("  - {} {}\n", report::quote(kind), report::quote(name))
                        : fmt::format("  - {}\n", report::quote(name));
    }
    clients.erase(found);
  };
  list("aks", false);
  text += "\nContainer Apps and App Service: restart the revision or the app, or wait until its credential lapses.\n";
  list("container-app", true);
  list("app-service", true);
  if (!clients.empty()) {
    text += "\nOther workloads: restart them.\n";
    while (!clients.empty()) list(std::string(clients.begin()->first), true);
  }
  text += "\nDocker, build agents, scripts: sign in again.\n";
  for (const PlannedRegistry& registry : plan.registries) {
    if (!registry.login_server.empty()) text += fmt::format("  docker logout {}\n", shell_text(registry.login_server));
    text += fmt::format("  az acr login {}\n", option("--name", registry.name));
  }
  text += "END\n";
  return {"4-refresh-credentials.sh", text, true};
}

std::vector<ScriptFile> az_after_assign(const Plan& plan) {
  return {wait(plan),   switch_mode(plan),     refresh_credentials(plan), confirm(plan),
          remove(plan), rollback_remove(plan), rollback_switch(plan)};
}

std::vector<ScriptFile> az_scripts(const Plan& plan) {
  std::vector<ScriptFile> files = {assign(plan)};
  std::ranges::move(az_after_assign(plan), std::back_inserter(files));
  files.push_back(az_rollback_assign(plan));
  return files;
}

}  // namespace acrbiter::cli::migrate
