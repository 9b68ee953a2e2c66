#include "model/snapshot.h"

#include <algorithm>
#include <array>

#include "model/ascii.h"

namespace acrbiter::model {

namespace {

constexpr std::string_view kManagementGroups = "/providers/microsoft.management/managementgroups/";
constexpr std::string_view kSubscriptions = "/subscriptions/";

/// `text` without its first segment, from the next '/' on; empty if there is none.
std::string_view after_segment(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  return slash == std::string_view::npos ? std::string_view() : text.substr(slash);
}

}  // namespace

bool scope_contains(std::string_view scope, std::string_view resource) noexcept {
  if (scope.empty() || resource.empty()) return false;
  if (scope == "/") return true;
  return resource.starts_with(scope) && (resource.size() == scope.size() || resource[scope.size()] == '/');
}

Truth scope_covers(std::string_view scope, std::string_view resource) noexcept {
  if (scope_contains(scope, resource)) return Truth::True;
  if (is_named_unknown(scope)) return resource.empty() ? Truth::False : Truth::Unknown;
  constexpr std::string_view kWhether = "/{whether ";
  Truth value = Truth::True;
  if (const std::size_t last = scope.rfind('/'); last != std::string_view::npos) {
    if (scope.substr(last).starts_with(kWhether)) {
      scope = last == 0 ? std::string_view("/") : scope.substr(0, last);
      value = Truth::Unknown;
      if (scope_contains(scope, resource)) return value;
    }
  }
  while (!scope.empty()) {
    if (resource.empty()) return Truth::False;
    const std::size_t end = scope.find('/', 1);
    const std::size_t other_end = resource.find('/', 1);
    const std::string_view segment = scope.substr(0, end);
    const std::string_view other = resource.substr(0, other_end);
    if (segment != other) {
      const bool open = is_named_unknown(segment.substr(segment.starts_with('/') ? 1 : 0)) ||
                        is_named_unknown(other.substr(other.starts_with('/') ? 1 : 0));
      if (!open) return Truth::False;
      value = Truth::Unknown;
    }
    scope = end == std::string_view::npos ? std::string_view() : scope.substr(end);
    resource = other_end == std::string_view::npos ? std::string_view() : resource.substr(other_end);
  }
  return value;
}

std::string possible_scope(std::string_view scope, std::string_view doubt) {
  const ScopeKind kind = scope_kind(scope_key(scope));
  const bool in_text = kind != ScopeKind::ManagementGroup && kind != ScopeKind::Root;
  return in_text ? std::string(scope) + '/' + unknown_segment(doubt) : named_unknown(doubt);
}

std::string_view doubt_in(std::string_view scope) noexcept {
  const std::size_t begin = scope.rfind("{whether ");
  return begin == std::string_view::npos || !scope.ends_with('}') ? std::string_view()
                                                                  : scope.substr(begin + 1, scope.size() - begin - 2);
}

std::string scope_key(std::string_view text) {
  while (text.size() > 1 && text.back() == '/') text.remove_suffix(1);
  return ascii_lower(text);
}

ScopeKind scope_kind(std::string_view key) noexcept {
  if (key.empty()) return ScopeKind::None;
  if (key == "/") return ScopeKind::Root;
  if (key.starts_with(kManagementGroups)) {
    return after_segment(key.substr(kManagementGroups.size())).empty() ? ScopeKind::ManagementGroup
                                                                       : ScopeKind::Resource;
  }
  if (!key.starts_with(kSubscriptions)) return ScopeKind::OtherRoot;
  const std::string_view below = after_segment(key.substr(kSubscriptions.size()));
  if (below.empty()) return ScopeKind::Subscription;
  constexpr std::string_view kResourceGroups = "/resourcegroups/";
  const bool is_group =
      below.starts_with(kResourceGroups) && after_segment(below.substr(kResourceGroups.size())).empty();
  return is_group ? ScopeKind::ResourceGroup : ScopeKind::Resource;
}

std::string_view subscription_of(std::string_view key) noexcept {
  if (!key.starts_with(kSubscriptions)) return {};
  key.remove_prefix(kSubscriptions.size());
  return key.substr(0, key.find('/'));
}

bool is_named_unknown(std::string_view text) noexcept {
  return text.size() > 2 && text.front() == '{' && text.back() == '}';
}

std::string named_unknown(std::string_view origin) { return "{" + std::string(origin) + "}"; }

std::string unknown_segment(std::string_view origin) {
  std::string segment = "{";
  for (const char c : origin) {
    if (c == '/') {
      segment += "%2F";
    } else {
      segment += c;
    }
  }
  return segment + "}";
}

Truth is_provisioned(const ScheduleInstance& instance) noexcept {
  constexpr std::array<std::string_view, 3> kThere = {"", "Provisioned", "Accepted"};
  constexpr std::array<std::string_view, 8> kGone = {"Revoked",  "Denied",      "Canceled", "Failed",
                                                     "TimedOut", "AdminDenied", "Invalid",  "FailedAsResourceIsLocked"};
  const auto is = [&](std::string_view word) { return equal_ignoring_case(word, instance.status); };
  if (std::any_of(kThere.begin(), kThere.end(), is)) return Truth::True;
  return std::any_of(kGone.begin(), kGone.end(), is) ? Truth::False : Truth::Unknown;
}

LockLevel level_of(const ResourceLock& lock) noexcept {
  if (equal_ignoring_case(lock.level, "CanNotDelete")) return LockLevel::CanNotDelete;
  return equal_ignoring_case(lock.level, "ReadOnly") ? LockLevel::ReadOnly : LockLevel::Unknown;
}

Truth is_within(const ScheduleInstance& instance, Timestamp time) noexcept {
  if (instance.start && time < *instance.start) return Truth::False;
  if (instance.end && *instance.end <= time) return Truth::False;
  return instance.start_open || instance.end_open ? Truth::Unknown : Truth::True;
}

bool shows_assignments_for(const Snapshot& snapshot, const Registry& registry) {
  const Scope& scope = snapshot[registry.scope];
  if (scope.kind != ScopeKind::Resource) return true;
  if (!snapshot.role_assignments_given) return false;
  const std::string_view subscription = subscription_of(scope.key);
  const auto& assigned = snapshot.assigned_subscriptions;
  return std::binary_search(assigned.begin(), assigned.end(), subscription);
}

std::uint32_t tenant_of_subscription(const Snapshot& snapshot, std::string_view subscription) {
  const auto its = snapshot.subscription_tenants.find(subscription);
  return its == snapshot.subscription_tenants.end() ? 0 : its->second;
}

std::uint32_t tenant_of_root_group(const Snapshot& snapshot, std::string_view group) {
  const auto& tenants = snapshot.tenants;
  const auto named = std::find(tenants.begin(), tenants.end(), group.substr(group.rfind('/') + 1));
  return named == tenants.end() ? 0 : static_cast<std::uint32_t>(named - tenants.begin()) + 1;
}

Truth of_one_tenant(const Snapshot& snapshot, const Scope& scope, std::string_view subscription) {
  if (snapshot.tenants.size() < 2) return Truth::True;
  const std::uint32_t tenant = scope.tenant != 0 ? scope.tenant : tenant_of_root_group(snapshot, scope.key);
  const std::uint32_t its = tenant_of_subscription(snapshot, subscription);
  return tenant != 0 && its != 0 ? truth_of(its == tenant) : Truth::Unknown;
}

bool shows_denies_for(const Snapshot& snapshot, const Registry& registry) {
  if (!snapshot.deny_assignments_given) return false;
  const Scope& scope = snapshot[registry.scope];
  const std::string_view subscription = subscription_of(scope.key);
  if (scope.kind != ScopeKind::Resource || is_named_unknown(subscription)) return true;
  const auto& shown = snapshot.denied_subscriptions;
  if (std::binary_search(shown.begin(), shown.end(), subscription)) return true;
  return std::any_of(snapshot.deny_assignments.begin(), snapshot.deny_assignments.end(), [&](const auto& deny) {
    const std::string& key = snapshot[deny.scope].key;
    return subscription_of(key) == subscription && (scope_contains(key, scope.key) || scope_contains(scope.key, key));
  });
}

bool shows_all_denies(const Snapshot& snapshot) {
  return snapshot.deny_assignments_given &&
         std::all_of(snapshot.registries.begin(), snapshot.registries.end(),
                     [&](const Registry& registry) { return shows_denies_for(snapshot, registry); });
}

const DeclaredObject* declaration_of(const Snapshot& snapshot, std::string_view id) {
  const std::string key = ascii_lower(id);
  const auto found = std::lower_bound(snapshot.declared.begin(), snapshot.declared.end(), key,
                                      [](const DeclaredObject& object, const std::string& k) { return object.id < k; });
  return found != snapshot.declared.end() && found->id == key ? &*found : nullptr;
}

const Task::CustomRegistry* credential_for(const Task& task, const Registry& registry) {
  const auto serves = [&](const Task::CustomRegistry& each) {
    const std::string_view server = each.login_server;
    if (registry.login_server) return equal_ignoring_case(server, *registry.login_server);
    // Of a registry whose login server is not known: NAME.SUFFIX, or NAME-HASH.SUFFIX.
    return equal_ignoring_case(server.substr(0, server.find_first_of(".-")), registry.name);
  };
  const auto found = std::find_if(task.custom_registries.begin(), task.custom_registries.end(), serves);
  return found == task.custom_registries.end() ? nullptr : &*found;
}

bool has_credential_for(std::span<const Task> tasks, const Task& task, const Registry& registry) {
  return std::any_of(tasks.begin(), tasks.end(), [&](const Task& record) {
    return equal_ignoring_case(record.name, task.name) && equal_ignoring_case(record.registry, task.registry) &&
           credential_for(record, registry) != nullptr;
  });
}

std::string assignment_id(const Snapshot& snapshot, const RoleAssignment& assignment) {
  if (!assignment.id.empty() || assignment.name.empty()) return assignment.id;
  const std::string& scope = snapshot[assignment.scope].display;
  return (scope == "/" ? std::string() : scope) + "/providers/Microsoft.Authorization/roleAssignments/" +
         assignment.name;
}

}  // namespace acrbiter::model
