#include "cli/migrate/parts.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "cli/json_writer.h"
#include "cli/report/text.h"
#include "model/ascii.h"
#include "model/shell_word.h"

namespace acrbiter::cli::migrate {
namespace {

std::string_view without_slash(std::string_view scope) {
  return scope.ends_with('/') ? scope.substr(0, scope.size() - 1) : scope;
}

std::vector<std::string> segments(std::string_view id) {
  std::vector<std::string> result;
  std::string_view rest = without_slash(id);
  if (!rest.starts_with('/')) return result;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    result.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  return result;
}

/// One byte inside $'…'; as \xHH unless `plain`.
std::string ansi_c(char c, bool plain) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\'':
      return "\\'";
    case '\\':
      return "\\\\";
    case '\0':
      return "\\xEF\\xBF\\xBD";
    default:
      return plain ? std::string(1, c) : fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
  }
}

}  // namespace

Place place_of(std::string_view scope) {
  if (scope == "/") return {.kind = Place::Kind::Tenant};
  const std::vector<std::string> parts = segments(scope);
  const auto is = [&parts](std::size_t i, std::string_view word) { return model::ascii_lower(parts[i]) == word; };
  Place place;
  if (parts.size() == 4 && is(0, "providers")) {
    if (is(1, "microsoft.management") && is(2, "managementgroups")) {
      place.kind = Place::Kind::ManagementGroup;
      place.management_group = parts[3];
    }
    return place;
  }
  if (parts.size() < 2 || !is(0, "subscriptions")) return place;
  place.subscription = parts[1];
  if (parts.size() == 2) place.kind = Place::Kind::Subscription;
  if (parts.size() < 4 || !is(2, "resourcegroups")) return place;
  place.resource_group = parts[3];
  if (parts.size() == 4) place.kind = Place::Kind::ResourceGroup;
  if (parts.size() == 8 && is(4, "providers") && is(5, "microsoft.containerregistry") && is(6, "registries")) {
    place.kind = Place::Kind::Registry;
    place.registry = parts[7];
  }
  return place;
}

bool is_wide(std::string_view scope) {
  const Place::Kind kind = place_of(scope).kind;
  return kind != Place::Kind::Registry && kind != Place::Kind::Other;
}

std::vector<OldAssignment> shared_by_registries(const Plan& plan) {
  std::vector<OldAssignment> result;
  for (const auto* list : {&plan.remove, &plan.keep}) {
    std::copy_if(list->begin(), list->end(), std::back_inserter(result),
                 [](const OldAssignment& old) { return is_wide(old.scope); });
  }
  return result;
}

std::string authorization_id(std::string_view scope, std::string_view type, std::string_view name) {
  return fmt::format("{}/providers/Microsoft.Authorization/{}/{}", without_slash(scope), type, name);
}

std::string role_id(std::string_view scope, std::string_view guid) {
  const Place place = place_of(scope);
  return authorization_id(place.subscription.empty() ? "" : "/subscriptions/" + place.subscription, "roleDefinitions",
                          guid);
}

std::string_view home_of(const PlannedRole& role) {
  return role.assignable_scopes.empty() ? std::string_view("/") : std::string_view(role.assignable_scopes.front());
}

std::string shell_text(std::string_view text) {
  std::string result = "$'";
  bool hidden = false;
  for (std::string_view rest = text; !rest.empty();) {
    const report::CodePoint point = report::next_code_point(rest);
    const bool plain = point.valid && !report::unprintable(point.value);
    for (const char c : rest.substr(0, point.length)) result += ansi_c(c, plain);
    hidden = hidden || !plain;
    rest.remove_prefix(point.length);
  }
  return hidden ? result + "'" : model::shell_word(text);
}

std::string shell_value(std::string_view text) {
  std::string value(text);
  const std::size_t equals = value.find('=');
  if (equals != std::string::npos && value.substr(equals + 1).starts_with('@')) value.insert(equals + 1, 1, ' ');
  if (value.starts_with('@')) value.insert(0, 1, ' ');
  return shell_text(value);
}

std::string option(std::string_view name, std::string_view value) {
  return fmt::format("{} {}", name, shell_value(value));
}

std::string command(std::string_view start, const std::vector<std::string>& options) {
  std::string result(start);
  for (const std::string& line : options) result += " \\\n  " + line;
  return result + "\n";
}

std::string url_path(std::string_view path) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  std::string result;
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

std::string called(const Who& who) {
  if (who.name.empty() || who.name == who.id) return report::quote(who.id);
  return fmt::format("{} ({})", report::quote(who.name), report::quote(who.id));
}

std::string called(const Place& place, std::string_view scope) {
  switch (place.kind) {
    case Place::Kind::Tenant:
      return "the tenant";
    case Place::Kind::ManagementGroup:
      return "management group " + report::quote(place.management_group);
    case Place::Kind::Subscription:
      return "subscription " + report::quote(place.subscription);
    case Place::Kind::ResourceGroup:
      return "resource group " + report::quote(place.resource_group);
    case Place::Kind::Registry:
      return "registry " + report::quote(place.registry);
    case Place::Kind::Other:
      return report::quote(scope);
  }
  return report::quote(scope);
}

std::string_view name_of_role(const Plan& plan, std::string_view guid) {
  const auto role = std::ranges::find(plan.roles, guid, &PlannedRole::guid);
  return role == plan.roles.end() || role->name.empty() ? guid : std::string_view(role->name);
}

std::string called(const PlannedAssignment& assignment, const Plan& plan) {
  return fmt::format("{}: {} on {}", called(assignment.principal), report::escape(name_of_role(plan, assignment.role)),
                     called(place_of(assignment.scope), assignment.scope));
}

std::string called(const OldAssignment& assignment) {
  return fmt::format("{}: {} on {}", called(assignment.principal),
                     report::escape(assignment.role.empty() ? assignment.role_guid : assignment.role),
                     called(place_of(assignment.scope), assignment.scope));
}

std::string called(const TaskNeed& task) {
  return fmt::format("task {} of {}", report::quote(task.name), report::quote(task.registry));
}

std::string role_body(const PlannedRole& role) {
  JsonWriter json;
  json.begin_object().key("properties").begin_object();
  json.member("roleName", role.name).member("type", "CustomRole");
  json.member("description", "Made by acrbiter for the migration to the ABAC mode.");
  json.key("permissions").begin_array().begin_object();
  json.strings("actions", {}).strings("notActions", {});
  json.strings("dataActions", role.data_actions).strings("notDataActions", {});
  json.end_object().end_array();
  json.strings("assignableScopes", role.assignable_scopes);
  json.end_object().end_object();
  return std::move(json).take();
}

std::string_view registry_id(const Plan& plan, std::string_view name) {
  const auto registry = std::ranges::find(plan.registries, name, &PlannedRegistry::name);
  return registry == plan.registries.end() ? std::string_view() : std::string_view(registry->id);
}

std::string task_id(const Plan& plan, const TaskNeed& task) {
  return fmt::format("{}/tasks/{}", registry_id(plan, task.registry), task.name);
}

std::string source_registry_before(const TaskNeed& task) {
  return fmt::format(R"({{"properties":{{"credentials":{{"sourceRegistry":{{"identity":{},"loginMode":{}}}}}}}}})",
                     json_string(task.identity_before),
                     json_string(task.login_mode_before.empty() ? "Default" : task.login_mode_before));
}

bool can_set(const TaskNeed& task) { return !task.identity.empty() && !task.set_already; }

}  // namespace acrbiter::cli::migrate
