// What the writers of all script languages share: ids taken apart, text made harmless, words about a plan's items.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/migration/plan.h"
#include "model/snapshot.h"

namespace acrbiter::cli::migrate {

using evaluator::migration::OldAssignment;
using evaluator::migration::Plan;
using evaluator::migration::PlannedAssignment;
using evaluator::migration::PlannedRegistry;
using evaluator::migration::PlannedRole;
using evaluator::migration::TaskNeed;
using evaluator::migration::Who;
using model::last_segment;

/// What a scope names. Parts that it does not name are empty.
struct Place {
  enum class Kind : std::uint8_t { Tenant, ManagementGroup, Subscription, ResourceGroup, Registry, Other };
  Kind kind = Kind::Other;
  std::string management_group{}, subscription{}, resource_group{}, registry{};
};
[[nodiscard]] Place place_of(std::string_view scope);

/// True if the scope is above registries.
[[nodiscard]] bool is_wide(std::string_view scope);
/// The scopes of `assignments` above registries, each once.
template <class Assignment>
[[nodiscard]] std::vector<std::string> wide_scopes(const std::vector<Assignment>& assignments) {
  std::vector<std::string> result;
  std::set<std::string> known;
  for (const Assignment& assignment : assignments) {
    if (is_wide(assignment.scope) && known.insert(model::scope_key(assignment.scope)).second)
      result.push_back(assignment.scope);
  }
  return result;
}
/// Old assignments above registries: those of other plans may rest on them as well, and remove them.
[[nodiscard]] std::vector<OldAssignment> shared_by_registries(const Plan& plan);

/// `scope` + "/providers/Microsoft.Authorization/" + `type` + "/" + `name`.
[[nodiscard]] std::string authorization_id(std::string_view scope, std::string_view type, std::string_view name);
/// The id of a role definition as assignments at `scope` name it: below the subscription where the scope has one.
[[nodiscard]] std::string role_id(std::string_view scope, std::string_view guid);
/// Where a custom role is created: its first assignable scope.
[[nodiscard]] std::string_view home_of(const PlannedRole& role);

/// `text` as one word of bash on one line. What cannot be seen is written as \xHH in $'…'; NUL becomes U+FFFD.
[[nodiscard]] std::string shell_text(std::string_view text);
/// The same for a value of an option of az, which would read a file if it began with `@` or had one after its first
/// `=`: a blank goes before that `@`.
[[nodiscard]] std::string shell_value(std::string_view text);
/// `name`, a blank and shell_value(`value`).
[[nodiscard]] std::string option(std::string_view name, std::string_view value);
/// `start` with each option on a line of its own, and a newline.
[[nodiscard]] std::string command(std::string_view start, const std::vector<std::string>& options);
/// A path of a URL: each byte but letters, digits and `-._~/` as %HH.
[[nodiscard]] std::string url_path(std::string_view path);

/// `alice@contoso.com (id)`, `id`.
[[nodiscard]] std::string called(const Who& who);
/// `registry contoso`, `resource group rg`, `the tenant`.
[[nodiscard]] std::string called(const Place& place, std::string_view scope);
/// `alice@contoso.com (id): Reader on registry contoso`.
[[nodiscard]] std::string called(const PlannedAssignment& assignment, const Plan& plan);
[[nodiscard]] std::string called(const OldAssignment& assignment);
/// `task build of contoso`.
[[nodiscard]] std::string called(const TaskNeed& task);
[[nodiscard]] std::string_view name_of_role(const Plan& plan, std::string_view guid);

/// The body of the request that creates a custom role.
[[nodiscard]] std::string role_body(const PlannedRole& role);

/// The id of the registry of the plan with that name, or "".
[[nodiscard]] std::string_view registry_id(const Plan& plan, std::string_view name);
/// True if a script can give the task its identity.
[[nodiscard]] bool can_set(const TaskNeed& task);
[[nodiscard]] std::string task_id(const Plan& plan, const TaskNeed& task);
inline constexpr std::string_view kTaskVersion = "2025-03-01-preview";
/// The body of the request that gives a task the access to its own registry back that it had before. What the data does
/// not say is the default access of the legacy mode. Source: acr-authorization B.4
[[nodiscard]] std::string source_registry_before(const TaskNeed& task);

}  // namespace acrbiter::cli::migrate
