#include "tests/reference/reference.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

#include "model/truth.h"
#include "tests/reference/reference_catalogue.h"
#include "tests/reference/reference_condition.h"

namespace acrbiter::reference {
namespace {

using model::Truth;

Truth all_of(std::initializer_list<Truth> values) { return std::min(values); }

enum class Mode { Legacy, Abac };

/// Who asks. `id` is the object id of an Entra identity.
struct Caller {
  enum class Kind { Entra, Admin, Anonymous, Token, Task } kind = Kind::Entra;
  std::string id = {};
  const model::Token* token = nullptr;
  const model::Task* task = nullptr;
  bool own = true;  ///< the token or task is taken for this registry's
};

/// Parts of an IPv4 address, or nullopt.
std::optional<std::uint32_t> address_of(std::string_view text) {
  std::uint32_t value = 0;
  for (int part = 0; part < 4; ++part) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number > 255 || end - text.data() > 3) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part < 3) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    value = value * 256 + number;
  }
  return text.empty() ? std::optional(value) : std::nullopt;
}

/// True if the rule "a.b.c.d" or "a.b.c.d/n" holds the address.
bool rule_holds(const std::string& rule, std::uint32_t address) {
  const std::size_t slash = rule.find('/');
  const auto base = address_of(std::string_view(rule).substr(0, slash));
  if (!base) return false;
  unsigned bits = 32;
  if (slash != std::string::npos) {
    const std::string_view tail = std::string_view(rule).substr(slash + 1);
    const auto [end, error] = std::from_chars(tail.data(), tail.data() + tail.size(), bits);
    if (error != std::errc() || end != tail.data() + tail.size() || bits > 32) return false;
  }
  for (unsigned bit = 0; bit < bits; ++bit) {
    const std::uint32_t mask = std::uint32_t{1} << (31 - bit);
    if ((*base & mask) != (address & mask)) return false;
  }
  return true;
}

bool looks_like_guid(const std::string& text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !digit) return false;
  }
  return true;
}

/// "/a/b" holds "/a/b" and "/a/b/c", never "/a/bc".
bool holds_path(const std::string& scope, const std::string& resource) {
  if (scope.empty()) return false;
  if (scope == "/") return true;
  return resource == scope || resource.starts_with(scope + "/");
}

/// What only a deployment will know stands in braces. Source: input-formats 8.1
bool in_braces(const std::string& text) { return text.starts_with("{") && text.ends_with("}"); }

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '/') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// The same where braces may stand for any segment.
Truth path_covers(std::string scope, const std::string& resource) {
  if (holds_path(scope, resource)) return Truth::True;
  if (in_braces(scope)) return resource.empty() ? Truth::False : Truth::Unknown;
  Truth value = Truth::True;
  if (const std::size_t whether = scope.rfind("/{whether "); whether != std::string::npos) {
    scope.resize(whether);
    value = Truth::Unknown;
  }
  const std::vector<std::string> above = split(scope), below = split(resource);
  if (above.size() > below.size()) return Truth::False;
  for (std::size_t i = 0; i < above.size(); ++i) {
    if (above[i] == below[i]) continue;
    if (!in_braces(above[i]) && !in_braces(below[i])) return Truth::False;
    value = Truth::Unknown;
  }
  return value;
}

/// One set of rights that may suffice; `counts` says whether it does.
struct Alternative {
  Together rights;
  Truth counts = Truth::True;
};

class Judge {
 public:
  Judge(const model::Snapshot& snapshot, const evaluator::Question& question,
        const std::map<std::string, std::string>& assumptions)
      : s_(snapshot), q_(question), readings_(assumptions) {
    for (const auto& [name, reading] : question.assume) readings_[name] = reading;
  }

  ReferenceAnswer answer();

 private:
  void note(std::string text) { notes_.push_back(std::move(text)); }
  Truth note(std::string text, Truth value) {
    note(text + ": " + std::string(model::to_string(value)));
    return value;
  }
  std::string reading(const std::string& name, const std::string& otherwise) const {
    const auto found = readings_.find(name);
    return found == readings_.end() ? otherwise : found->second;
  }

  /// True where the reading is `yes`, False where it is `no`, else unknown.
  Truth contested(const std::string& name, const std::string& otherwise, const std::string& yes,
                  const std::string& no) const {
    const std::string word = reading(name, otherwise);
    return word == yes ? Truth::True : word == no ? Truth::False : Truth::Unknown;
  }

  // names
  const model::Registry* registry_named(const std::string& text) const;
  std::optional<Caller> caller_named(const std::string& text, const model::Registry& registry) const;
  /// The registry of a child, in lower case; "": it is not in the data, which has several.
  std::string owner_of(const std::string& child_registry) const {
    if (!child_registry.empty() || s_.registries.size() != 1) return lower(child_registry);
    return lower(s_.registries[0].name);
  }
  Truth belongs(const std::string& child_registry, const model::Registry& registry) const {
    const std::string owner = owner_of(child_registry);
    return owner.empty() ? Truth::Unknown : model::truth_of(owner == lower(registry.name));
  }
  template <class Child>
  const Child* child_named(const std::vector<Child>& children, const std::string& text,
                           const model::Registry& registry) const;
  std::vector<Caller> readings(const Caller& caller, const model::Registry& registry) const;
  /// What all readings of a token or task come to, or unknown.
  Truth agreed(const Caller& caller, const model::Registry& registry, const std::function<Truth(const Caller&)>& ask) {
    std::set<Truth> values;
    for (const Caller& one : readings(caller, registry)) values.insert(ask(one));
    return values.size() == 1 ? *values.begin() : Truth::Unknown;
  }

  /// A purge filter that names one repository. Source: acr-authorization B.3 rows 28 and 29
  bool is_literal_filter() const {
    const auto plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-';
    };
    return q_.literal ? *q_.literal : std::all_of(q_.repository.begin(), q_.repository.end(), plain);
  }

  // groups
  bool may_be_group(const model::Principal& principal) const;
  std::map<std::string, Truth> groups_of(const std::string& id) const;

  // scopes
  struct Ancestors {
    std::set<std::string> keys;
    bool complete = false;  ///< they end in a group that is known to have no parent
  };
  Ancestors ancestors_of(const std::string& key, bool with_contested = false) const;
  Truth covers(model::ScopeIndex scope, const model::Registry& registry) const;
  Truth covers_in_its_tenant(model::ScopeIndex scope, const model::Registry& registry) const;
  bool says_both(const model::Scope& group, const model::Registry& registry) const;
  bool hangs_below(const std::string& group, const Ancestors& chain) const;
  Truth of_its_tenant(const model::Scope& scope, const model::Registry& registry) const;
  std::string tenant_of(const model::Registry& registry) const;
  bool named_like_its_tenant(const model::Scope& scope) const;
  /// The scope is `<registry>/repositories/NAME` of the repository in the question.
  bool names_repository(model::ScopeIndex scope, const model::Registry& registry) const {
    return !q_.repository.empty() && s_[scope].key == lower(registry.id) + "/repositories/" + lower(q_.repository);
  }
  /// Without its resource id nobody knows what is above a registry but the root.
  static bool placed(const model::Registry& registry) { return lower(registry.id).starts_with("/subscriptions/"); }

  [[nodiscard]] bool shows_assignments(const model::Registry& registry) const;

  // Entra identities
  AttributeValues attribute(const model::Attribute& attribute, const NeededRight& right, const Caller& caller) const;
  Truth evaluate(const model::ConditionEntry& entry, const NeededRight& right, const Caller& caller) const;
  Truth grant_condition(model::ConditionIndex index, bool of_role, const NeededRight& right, const Caller& caller);
  Truth grant_condition_as_read(model::ConditionIndex index, bool of_role, const NeededRight& right,
                                const Caller& caller);
  Truth by_either_reading(const std::function<Truth()>& value);
  Truth deny_condition(model::ConditionIndex index, const NeededRight& right, const Caller& caller);
  Truth role_gives(const model::RoleDefinition& role, model::ConditionIndex assignment_condition,
                   const NeededRight& right, const Caller& caller);
  Truth in_force(const model::ScheduleInstance& instance) const;
  bool in_time(const model::ScheduleInstance& instance) const;
  bool is_gone(const model::ScheduleInstance& instance) const;
  bool list_lacks(const model::ScheduleInstance& instance) const;
  bool may_repeat(const model::ScheduleInstance& instance, const model::RoleAssignment& row) const;
  Truth row_in_force(const model::RoleAssignment& row) const;
  /// `custom_only`: of roles that are not built in.
  Truth granted(const Caller& caller, const model::Registry& registry, const NeededRight& right, bool custom_only);
  Truth denied(const Caller& caller, const model::Registry& registry, const NeededRight& right);
  Truth has_right(const Caller& caller, const model::Registry& registry, Mode mode, const NeededRight& right);
  std::vector<Alternative> needs_of(const std::string& operation, Mode mode) const;
  Truth has_rights(const Caller& caller, const model::Registry& registry, Mode mode,
                   const std::vector<Alternative>& needs);

  // doors
  Truth exists(const Caller& caller, const model::Registry& registry) const;
  std::optional<Truth> entra_refused(const Caller& caller);
  Truth entra_raw(const Caller& caller, const model::Registry& registry, Mode mode);
  Truth entra_door(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry);
  Truth admin_door(const model::Registry& registry, Mode mode, const CatalogueEntry& entry);
  Truth anonymous_door(const model::Registry& registry, const CatalogueEntry& entry);
  Truth token_door(const Caller& caller, const model::Registry& registry, const CatalogueEntry& entry);
  Truth task_door(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry);
  Truth door(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry);
  Truth own_door(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry);
  Truth task_by_itself(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry);
  std::optional<std::string> task_credential(const model::Task& task, const model::Registry& registry) const;
  std::optional<std::string> identity_written(const model::Task& task, const std::string& written) const;
  std::optional<std::string> task_identity(const Caller& caller, const model::Registry& registry) const;
  using Actions = std::optional<std::vector<std::string>>;  ///< nullopt: not in the data
  std::vector<std::pair<Truth, std::vector<const model::ConnectedRegistry*>>> connected_registries(
      const model::Registry& registry) const;
  Truth serves(const model::ConnectedRegistry& connected, const model::Token& token, const model::Registry& registry,
               bool writes) const;
  std::vector<Actions> scope_maps(const model::Token& token, const model::Registry& registry) const;
  Truth token_by_actions(const Actions& actions, const model::Registry& registry, const CatalogueEntry& entry);
  Truth soft_delete_in_abac(const Caller& caller, const model::Registry& registry, const CatalogueEntry& entry);
  Truth pulls_from(const Caller& caller, const model::Registry& registry);

  // gates
  Truth names_ok(const model::Registry& registry, const CatalogueEntry& entry);
  Truth quick_build_reaches(const model::Registry& registry);
  Truth task_passes(const Caller& caller, const model::Registry& registry);
  Truth network(const Caller& caller, const model::Registry& registry, const CatalogueEntry& entry);
  Truth credential(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry);

  // after authorization
  Truth unlocked(const model::Registry& registry, const CatalogueEntry& entry);
  Truth not_quarantined(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry);
  Truth resource_unlocked(const model::Registry& registry, const std::string& action);
  Truth lock_lets(const std::string& level, const std::string& action);
  Truth export_allowed(const model::Registry& registry);
  Truth import_reaches(const model::Registry& registry);

  Truth operation(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry);
  Truth raw_action(const Caller& caller, const model::Registry& registry, Mode mode);

  const model::Snapshot& s_;
  const evaluator::Question& q_;
  std::map<std::string, std::string> readings_;
  std::vector<std::string> notes_;
  std::string resource_is_;  ///< the reading of @Resource that is tried
  std::map<std::string, std::map<std::string, Truth>> groups_;
};

// ---- names ------------------------------------------------------------------------------------------------

const model::Registry* Judge::registry_named(const std::string& text) const {
  const std::string wanted = lower(text);
  for (const model::Registry& registry : s_.registries) {
    if (lower(registry.name) == wanted || lower(registry.id) == wanted ||
        (registry.login_server && lower(*registry.login_server) == wanted)) {
      return &registry;
    }
  }
  return nullptr;
}

/// By REGISTRY/NAME, or by NAME: of this registry, else one whose registry is not in the data, else another's.
template <class Child>
const Child* Judge::child_named(const std::vector<Child>& children, const std::string& text,
                                const model::Registry& registry) const {
  for (const Child& child : children) {
    if (lower(child.registry) + "/" + lower(child.name) == text) return &child;
  }
  for (const Truth here : {Truth::True, Truth::Unknown, Truth::False}) {
    for (const Child& child : children) {
      if (lower(child.name) == text && belongs(child.registry, registry) == here) return &child;
    }
  }
  return nullptr;
}

/// `more` says all that `less` says.
bool says_as_much(const model::Token& more, const model::Token& less) {
  const auto same_password = [](const model::TokenPassword& x, const model::TokenPassword& y) {
    return x.name == y.name && x.expiry == y.expiry && x.expiry_unreadable == y.expiry_unreadable;
  };
  if (less.enabled && more.enabled != less.enabled) return false;
  if (!less.scope_map_id.empty() && lower(more.scope_map_id) != lower(less.scope_map_id)) return false;
  if (!less.passwords) return true;
  return more.passwords && std::equal(more.passwords->begin(), more.passwords->end(), less.passwords->begin(),
                                      less.passwords->end(), same_password);
}
bool says_as_much(const model::Task&, const model::Task&) { return false; }  // asked once too often is no harm

/// Every record that may be the token or task, with the registry that it is taken for.
template <class Child>
std::vector<std::pair<const Child*, bool>> records_of(const Child& asked, const std::vector<Child>& children,
                                                      const std::string& here,
                                                      const std::function<std::string(const Child&)>& owner_of) {
  std::string owner = owner_of(asked);
  std::vector<const Child*> named;
  for (const Child& child : children) {
    if (lower(child.name) == lower(asked.name)) named.push_back(&child);
  }
  if (owner.empty()) {
    for (const Child* child : named) owner = owner_of(*child) == here ? here : owner;
  }
  std::vector<const Child*> records;
  for (const Child* child : named) {
    if (!owner_of(*child).empty() && owner_of(*child) != owner) continue;
    const auto covers = [&](const Child* other) { return says_as_much(*other, *child); };
    if (std::any_of(records.begin(), records.end(), covers)) continue;
    std::erase_if(records, [&](const Child* other) { return says_as_much(*child, *other); });
    records.push_back(child);
  }
  std::vector<std::pair<const Child*, bool>> result;
  for (const Child* child : records) {
    if (owner.empty() || owner == here) result.emplace_back(child, true);
    if (owner != here) result.emplace_back(child, false);
  }
  return result;
}

std::vector<Caller> Judge::readings(const Caller& caller, const model::Registry& registry) const {
  std::vector<Caller> result;
  const std::string here = lower(registry.name);
  if (caller.kind == Caller::Kind::Token) {
    const auto owner = [&](const model::Token& token) { return owner_of(token.registry); };
    for (const auto& [token, own] : records_of<model::Token>(*caller.token, s_.tokens, here, owner))
      result.push_back({.kind = caller.kind, .token = token, .own = own});
  } else if (caller.kind == Caller::Kind::Task) {
    const auto owner = [&](const model::Task& task) { return owner_of(task.registry); };
    for (const auto& [task, own] : records_of<model::Task>(*caller.task, s_.tasks, here, owner))
      result.push_back({.kind = caller.kind, .task = task, .own = own});
  } else {
    result.push_back(caller);
  }
  return result;
}

std::optional<Caller> Judge::caller_named(const std::string& text, const model::Registry& registry) const {
  if (text == "admin") return Caller{.kind = Caller::Kind::Admin};
  if (text == "anonymous") return Caller{.kind = Caller::Kind::Anonymous};
  if (text.starts_with("token:")) {
    const model::Token* token = child_named(s_.tokens, lower(text.substr(6)), registry);
    if (token == nullptr) return std::nullopt;
    return Caller{.kind = Caller::Kind::Token, .token = token};
  }
  if (text.starts_with("task:")) {
    const model::Task* task = child_named(s_.tasks, lower(text.substr(5)), registry);
    if (task == nullptr) return std::nullopt;
    return Caller{.kind = Caller::Kind::Task, .task = task};
  }
  const std::string wanted = lower(text);
  // An id that only an assignment names, although it is the application id of somebody, means that somebody.
  const bool of_application = std::any_of(s_.principals.begin(), s_.principals.end(), [&](const model::Principal& p) {
    return p.app_id == wanted || p.application_object_id == wanted;
  });
  for (const model::Principal& principal : s_.principals) {
    if (principal.id == wanted && (principal.described || !of_application)) return Caller{.id = principal.id};
  }
  for (const model::Principal& principal : s_.principals) {
    if (lower(principal.user_principal_name) == wanted || principal.app_id == wanted) return Caller{.id = principal.id};
  }
  std::vector<std::string> named;
  for (const model::Principal& principal : s_.principals) {
    if (lower(principal.display_name) == wanted) named.push_back(principal.id);
  }
  if (named.size() == 1) return Caller{.id = named[0]};
  if (looks_like_guid(wanted)) return Caller{.id = wanted};
  return std::nullopt;
}

// ---- groups -----------------------------------------------------------------------------------------------

/// An id of which nothing is known but that an assignment names it may be a group, unless it is an application's.
bool Judge::may_be_group(const model::Principal& principal) const {
  bool untyped = principal.kind == model::PrincipalKind::Unknown && !principal.described && !principal.orphaned;
  for (const model::Principal& other : s_.principals) {
    if (other.app_id == principal.id || other.application_object_id == principal.id) untyped = false;
  }
  for (const model::Membership& edge : s_.memberships) {
    if (s_[edge.member].id == principal.id) untyped = false;
  }
  return principal.kind == model::PrincipalKind::Group || principal.kind == model::PrincipalKind::ForeignGroup ||
         untyped || in_braces(principal.id);
}

/// True: a chain of memberships leads there. Unknown: a chain may, through a group whose members are not all given.
/// Source: azure-rbac-semantics 1 and 6
std::map<std::string, Truth> Judge::groups_of(const std::string& id) const {
  const auto close = [&](std::set<std::string> found) {
    for (bool grown = true; grown;) {
      grown = false;
      for (const model::Membership& edge : s_.memberships) {
        // Mail alone, or gone. Source: input-formats 5, azure-rbac-semantics 6
        if (s_[edge.group].distribution_list || s_[edge.group].orphaned) continue;
        if (found.contains(s_[edge.member].id)) grown = found.insert(s_[edge.group].id).second || grown;
      }
    }
    return found;
  };
  std::map<std::string, Truth> result;
  const std::set<std::string> certain = close({id});
  std::set<std::string> possible = certain;
  bool complete = false;
  for (const model::Principal& principal : s_.principals) {
    if (principal.id == id) complete = principal.groups_complete;
  }
  if (!complete) {
    for (std::size_t i = 0; i < s_.principals.size(); ++i) {
      const model::Principal& principal = s_.principals[i];
      const bool group = may_be_group(principal);
      const bool all_given = i < s_.members_known.size() && s_.members_known[i] == model::MembersKnown::Complete;
      if (group && !all_given && !principal.distribution_list && !principal.orphaned) possible.insert(principal.id);
    }
    possible = close(possible);
  }
  for (const std::string& group : possible) result[group] = Truth::Unknown;
  for (const std::string& group : certain) result[group] = Truth::True;
  return result;
}

// ---- scopes -----------------------------------------------------------------------------------------------

/// Everything above `key` in the management-group trees of the data, or above it by some export.
Judge::Ancestors Judge::ancestors_of(const std::string& key, bool with_contested) const {
  Ancestors found;
  std::set<std::string> reached = {key};
  for (bool grown = true; grown;) {
    grown = false;
    for (const model::HierarchyEdge& edge : s_.hierarchy) {
      if (!reached.contains(edge.child) || (edge.contested && !with_contested)) continue;
      if (edge.parent.empty()) {
        found.complete = true;
      } else {
        grown = reached.insert(edge.parent).second || grown;
        found.keys.insert(edge.parent);
      }
    }
  }
  return found;
}

/// Source: azure-rbac-semantics 5, acr-authorization C.6, J6
Truth Judge::covers(model::ScopeIndex index, const model::Registry& registry) const {
  const model::Scope& scope = s_[index];
  if (scope.kind == model::ScopeKind::None) return Truth::False;
  return std::min(of_its_tenant(scope, registry), covers_in_its_tenant(index, registry));
}

/// Nothing if the data does not show it.
std::string Judge::tenant_of(const model::Registry& registry) const {
  for (const auto& [subscription, tenant] : s_.subscription_tenants) {
    if (tenant != 0 && lower(registry.id).starts_with("/subscriptions/" + subscription + "/"))
      return s_.tenants[tenant - 1];
  }
  return {};
}

/// Source: input-formats 6, the root's name is the tenant's id
bool Judge::named_like_its_tenant(const model::Scope& scope) const {
  const std::string name = scope.key.substr(scope.key.rfind('/') + 1);
  return scope.kind == model::ScopeKind::ManagementGroup &&
         std::find(s_.tenants.begin(), s_.tenants.end(), name) != s_.tenants.end();
}

/// Source: azure-rbac-semantics 5, "/" is a tenant's root, and management groups are a tenant's
Truth Judge::of_its_tenant(const model::Scope& scope, const model::Registry& registry) const {
  const bool of_a_tenant = scope.kind == model::ScopeKind::Root || scope.kind == model::ScopeKind::ManagementGroup;
  if (s_.tenants.size() < 2 || !of_a_tenant) return Truth::True;
  const std::string named = named_like_its_tenant(scope) ? scope.key.substr(scope.key.rfind('/') + 1) : "";
  const std::string shown = scope.tenant != 0 ? s_.tenants[scope.tenant - 1] : named;
  const std::string its = tenant_of(registry);
  return shown.empty() || its.empty() ? Truth::Unknown : model::truth_of(shown == its);
}

Truth Judge::covers_in_its_tenant(model::ScopeIndex index, const model::Registry& registry) const {
  const model::Scope& scope = s_[index];
  const std::string resource = lower(registry.id);
  if (names_repository(index, registry)) {
    return contested("repository-scope", "not-honoured", "honoured", "not-honoured");
  }
  if (!placed(registry) && scope.kind == model::ScopeKind::ManagementGroup) return Truth::Unknown;
  if (scope.kind != model::ScopeKind::ManagementGroup) return path_covers(scope.key, resource);

  if (named_like_its_tenant(scope) && !tenant_of(registry).empty())
    return model::truth_of(scope.key.ends_with("/" + tenant_of(registry)));
  // A tree in the data decides, and rows that were listed as inherited where it breaks off. Where the two contradict
  // each other, nobody knows.
  const std::string subscription = resource.substr(0, resource.find('/', std::string_view("/subscriptions/").size()));
  const Ancestors above = ancestors_of(subscription);
  if (above.keys.contains(scope.key)) return Truth::True;
  if (!above.complete && ancestors_of(subscription, true).keys.contains(scope.key)) return Truth::Unknown;
  const bool elsewhere = above.complete || hangs_below(scope.key, above);
  for (const model::RoleAssignment& row : s_.role_assignments) {
    const bool of_group = s_[row.scope].kind == model::ScopeKind::ManagementGroup;
    if (!of_group || row.listed_for == 0 || s_.listed_subscriptions[row.listed_for - 1] != subscription) continue;
    const std::string& listed = s_[row.scope].key;
    if (listed == scope.key || ancestors_of(listed).keys.contains(scope.key))
      return elsewhere ? Truth::Unknown : Truth::True;
  }
  return elsewhere ? Truth::False : Truth::Unknown;
}

/// Is it beside or below the subscription's own chain?
bool Judge::hangs_below(const std::string& group, const Ancestors& chain) const {
  const Ancestors above = ancestors_of(group);
  return std::any_of(above.keys.begin(), above.keys.end(),
                     [&](const std::string& key) { return chain.keys.contains(key); });
}

/// What is open of a group is so because exports contradict each other: a tree and a listed row, or two trees.
bool Judge::says_both(const model::Scope& group, const model::Registry& registry) const {
  const std::string id = lower(registry.id);
  const std::string subscription = id.substr(0, id.find('/', std::string_view("/subscriptions/").size()));
  const Ancestors above = ancestors_of(subscription);
  return placed(registry) &&
         (above.complete || hangs_below(group.key, above) || ancestors_of(subscription, true).keys.contains(group.key));
}

// ---- conditions -------------------------------------------------------------------------------------------

/// Source: acr-authorization C.2, J31; condition-language 7
AttributeValues Judge::attribute(const model::Attribute& attribute, const NeededRight& right,
                                 const Caller& caller) const {
  const auto supplied = [](const std::string& text) {
    model::Literal value;
    value.text = text;
    return AttributeValues{AttributeValues::State::Supplied, {value}};
  };
  const AttributeValues never{AttributeValues::State::NeverCarried, {}};
  const AttributeValues not_known{AttributeValues::State::NotKnown, {}};
  const std::string name = lower(attribute.text);

  if (name == "microsoft.containerregistry/registries/repositories:name") {
    // Only the repository data actions carry it; a legacy registry's actions and the catalog do not.
    if (!is_abac_data_action(right.action) || right.action.find("/repositories/") == std::string::npos) return never;
    const bool known = !q_.repository.empty() && !(q_.operation == "purge" && !is_literal_filter());
    const AttributeValues value = known ? supplied(q_.repository) : not_known;
    if (attribute.source == model::AttributeSource::Request) return value;
    if (attribute.source == model::AttributeSource::Resource) {
      const std::string word =
          resource_is_.empty() ? reading("resource-attribute-for-repository", "unknown") : resource_is_;
      return word == "supplied" ? value : word == "absent" ? never : not_known;
    }
    return never;
  }
  if (attribute.source == model::AttributeSource::Principal) {
    const std::string prefix = "microsoft.directory/customsecurityattributes/id:";
    for (const model::Principal& principal : s_.principals) {
      if (principal.id != caller.id) continue;
      if (!principal.security_attributes) return not_known;
      for (const auto& [key, value] : *principal.security_attributes) {
        if (prefix + lower(key) == name) return {AttributeValues::State::Supplied, value.values};
      }
      return never;
    }
    return not_known;
  }
  if (attribute.source == model::AttributeSource::Environment) return not_known;
  // Request for what is written, Resource for what is removed. Source: condition-language 7
  const bool written = attribute.source == model::AttributeSource::Request;
  const bool of_assignment = name.starts_with("microsoft.authorization/roleassignments:") &&
                             right.action == (written ? "microsoft.authorization/roleassignments/write"
                                                      : "microsoft.authorization/roleassignments/delete");
  return of_assignment ? not_known : never;
}

/// Source: condition-language 8 and 10
Truth Judge::evaluate(const model::ConditionEntry& entry, const NeededRight& right, const Caller& caller) const {
  if (!entry.version.empty() && entry.version != "2.0" && reading("condition-version", "unknown") != "as-2.0") {
    return Truth::Unknown;
  }
  ConditionInput input;
  input.action = right.action;
  input.ambiguous_grouping = reading("ambiguous-grouping", "unknown");
  input.find = [&](const model::Attribute& wanted) { return attribute(wanted, right, caller); };
  input.missing_is_false = reading("missing-value-below-not", "unknown") == "false";
  return condition_truth(entry.parsed->root, input);
}

/// True: the condition lets the assignment grant. Where a value that is never carried leaves it open, the assignment
/// does not grant, unless reading the missing comparison as false would make it grant.
Truth Judge::grant_condition(model::ConditionIndex index, bool of_role, const NeededRight& right,
                             const Caller& caller) {
  return by_either_reading([&] { return grant_condition_as_read(index, of_role, right, caller); });
}

/// What is contested of @Resource matters where its readings differ. Source: J31
Truth Judge::by_either_reading(const std::function<Truth()>& value) {
  if (reading("resource-attribute-for-repository", "unknown") != "unknown") return value();
  resource_is_ = "supplied";
  const Truth if_supplied = value();
  resource_is_ = "absent";
  const Truth if_absent = value();
  resource_is_.clear();
  return if_supplied == if_absent ? if_supplied : Truth::Unknown;
}

Truth Judge::grant_condition_as_read(model::ConditionIndex index, bool of_role, const NeededRight& right,
                                     const Caller& caller) {
  if (index == model::kNoCondition) return Truth::True;
  if (index == model::kConditionNotShown) {
    const bool contested = is_legacy_data_action(right.action) && !of_role;  // J26
    if (contested && reading("condition-on-legacy-registry", "unknown") != "ignored") return Truth::Unknown;
    const bool conditionable = right.data || right.action == "microsoft.authorization/roleassignments/write" ||
                               right.action == "microsoft.authorization/roleassignments/delete";
    return conditionable ? Truth::Unknown : Truth::True;
  }
  const model::ConditionEntry& entry = s_[index];
  if (is_legacy_data_action(right.action) && !of_role) {  // J26
    const std::string word = reading("condition-on-legacy-registry", "unknown");
    if (word == "ignored") return Truth::True;
    if (word == "fails-closed") return Truth::False;
    if (word != "evaluated") return Truth::Unknown;
  }
  if (!entry.parsed) return Truth::False;
  const Truth value = evaluate(entry, right, caller);
  if (value != Truth::Unknown) return value;
  if (!entry.version.empty() && entry.version != "2.0" && reading("condition-version", "unknown") != "as-2.0") {
    return Truth::Unknown;
  }
  ConditionInput input;
  input.action = right.action;
  input.ambiguous_grouping = reading("ambiguous-grouping", "unknown");
  input.find = [&](const model::Attribute& wanted) { return attribute(wanted, right, caller); };
  input.missing_is_false = true;
  return condition_truth(entry.parsed->root, input) == Truth::False ? Truth::False : Truth::Unknown;
}

/// A deny assignment's condition holds unless it is false. Source: azure-rbac-semantics 8 and 16
Truth Judge::deny_condition(model::ConditionIndex index, const NeededRight& right, const Caller& caller) {
  if (index == model::kNoCondition || index == model::kConditionNotShown) return Truth::True;
  const model::ConditionEntry& entry = s_[index];
  const Truth value = entry.parsed ? by_either_reading([&] { return evaluate(entry, right, caller); }) : Truth::Unknown;
  if (value != Truth::Unknown) return value;
  return contested("indeterminate-deny-condition", "applies", "applies", "ignored");
}

// ---- role assignments -------------------------------------------------------------------------------------

/// Built-in roles beside the three repository roles are documented as taking no condition. Source: C.5, J13
bool takes_no_condition(const model::RoleDefinition& role, const NeededRight& right) {
  static const std::set<std::string> repository_roles = {"b93aa761-3e63-49ed-ac28-beffa264f7ac",
                                                         "2a1e307c-b015-4ebd-883e-5b7698a07328",
                                                         "2efddaa5-3f1f-4df3-97df-af3f13818f4c"};
  return right.data && role.type == model::RoleType::BuiltIn && !repository_roles.contains(role.guid);
}

/// Each entry by itself: some pattern matches, no excluded pattern does, both conditions hold.
/// A wildcard in a custom role is contested for data. Source: azure-rbac-semantics 1, 2, 3, 16; J12
Truth Judge::role_gives(const model::RoleDefinition& role, model::ConditionIndex assignment_condition,
                        const NeededRight& right, const Caller& caller) {
  const bool guards_data = right.data || is_legacy_data_action(right.action);
  const bool contested_wildcards = role.type == model::RoleType::Custom && guards_data;
  const Truth expand = contested_wildcards ? contested("arm-private-link", "unknown", "yes", "no") : Truth::True;
  const auto contains = [&](const model::Permission& permission, bool wildcards_expand) {
    const auto covered_by = [&](const std::vector<std::string>& patterns) {
      return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        const bool expands = wildcards_expand || pattern.find('*') == std::string::npos;
        return expands && star_match(lower(pattern), right.action);
      });
    };
    return model::truth_of(covered_by(right.data ? permission.data_actions : permission.actions) &&
                           !covered_by(right.data ? permission.not_data_actions : permission.not_actions));
  };
  Truth given = Truth::False;
  for (const model::Permission& permission : role.permissions) {
    const Truth with = contains(permission, true);
    const Truth without = contains(permission, false);
    Truth contained = expand == Truth::True ? with : without;
    if (expand == Truth::Unknown && with != without) contained = Truth::Unknown;
    if (contained == Truth::False) continue;
    Truth condition = grant_condition(assignment_condition, false, right, caller);
    if (assignment_condition != model::kNoCondition && takes_no_condition(role, right)) {
      const std::string word = reading("condition-on-other-role", "evaluated");
      if (word == "ignored") condition = Truth::True;
      if (word == "unknown" && condition != Truth::True) condition = Truth::Unknown;
    }
    given = std::max(given, all_of({contained, grant_condition(permission.condition, true, right, caller), condition}));
  }
  return given;
}

/// Was the list read that covers the registry? Only an exported assignment in its subscription, or one above that was
/// listed for it, shows it. Source: input-formats 1.2 and 10
bool Judge::shows_assignments(const model::Registry& registry) const {
  if (!s_.role_assignments_given) return false;
  const std::string id = lower(registry.id).substr(std::string_view("/subscriptions/").size());
  const std::string subscription = id.substr(0, id.find('/'));
  const auto& exported = s_.assigned_subscriptions;
  return std::find(exported.begin(), exported.end(), subscription) != exported.end();
}

/// Source: azure-rbac-semantics 9: start ≤ t < end, no end = permanent; without a time the export's own. Of most words
/// for the status nobody says whether they mean that it is there.
Truth Judge::in_force(const model::ScheduleInstance& instance) const {
  if (instance.eligible || !in_time(instance) || is_gone(instance)) return Truth::False;
  const bool time_open = q_.at && (instance.start_open || instance.end_open);
  const std::string status = lower(instance.status);
  const bool known = status.empty() || status == "provisioned" || status == "accepted";
  return time_open || !known ? Truth::Unknown : Truth::True;
}

bool Judge::in_time(const model::ScheduleInstance& instance) const {
  return !q_.at || ((!instance.start || *instance.start <= *q_.at) && (!instance.end || *q_.at < *instance.end));
}

bool Judge::is_gone(const model::ScheduleInstance& instance) const {
  static const std::set<std::string> gone = {"revoked",  "denied",      "canceled", "failed",
                                             "timedout", "admindenied", "invalid",  "failedasresourceislocked"};
  return gone.contains(lower(instance.status));
}

/// Active instances are ordinary assignments as well: a whole list that covers the scope shows them, unless code is yet
/// to make them. Source: azure-rbac-semantics 9
bool Judge::list_lacks(const model::ScheduleInstance& instance) const {
  const auto& lists = s_.incomplete_lists;
  if (instance.declared || !s_.role_assignments_given) return false;
  if (std::find(lists.begin(), lists.end(), "role-assignments") != lists.end()) return false;
  const std::string& key = s_[instance.scope].key;
  for (const model::RoleAssignment& row : s_.role_assignments) {
    if (may_repeat(instance, row) && holds_path(s_[row.scope].key, key)) return false;
  }
  if (!key.starts_with("/subscriptions/")) return true;
  const std::string id = key.substr(std::string_view("/subscriptions/").size());
  const auto& read = s_.assigned_subscriptions;
  return std::find(read.begin(), read.end(), id.substr(0, id.find('/'))) != read.end();
}

/// An instance may repeat the row of a group for a member, or that of a place above.
bool Judge::may_repeat(const model::ScheduleInstance& instance, const model::RoleAssignment& row) const {
  const std::string repeats = lower(instance.member_type);
  const bool above =
      holds_path(s_[row.scope].key, s_[instance.scope].key) || s_[row.scope].kind == model::ScopeKind::ManagementGroup;
  const bool same = row.role == instance.role && above;
  if (!same || (repeats != "group" && repeats != "inherited")) return false;
  return row.principal == instance.principal ||
         (repeats == "group" && groups_of(s_[instance.principal].id).contains(s_[row.principal].id));
}

/// Principal, role and scope name one assignment: where a time is asked for, the row of an active instance is in force
/// as long as one of its instances is. One of which no row has the three may be that of each row it may repeat. Source:
/// input-formats 7
Truth Judge::row_in_force(const model::RoleAssignment& row) const {
  bool own = false;
  bool repeated = false;
  Truth by_own = Truth::False;
  Truth by_repeated = Truth::False;
  const auto is_its = [](const model::ScheduleInstance& instance, const model::RoleAssignment& one) {
    return instance.principal == one.principal && instance.role == one.role && instance.scope == one.scope;
  };
  for (const model::ScheduleInstance& instance : s_.schedule_instances) {
    if (instance.eligible) continue;
    // What its status means does not matter for a row that is listed, unless it says that it is gone.
    const bool when = q_.at && (instance.start_open || instance.end_open);
    const Truth now = !in_time(instance) ? Truth::False : when || is_gone(instance) ? Truth::Unknown : Truth::True;
    const bool by_group = lower(instance.member_type) == "group";
    if (is_its(instance, row) && !by_group) {
      own = true;
      by_own = std::max(by_own, now);
    } else if (may_repeat(instance, row) &&
               (by_group || std::none_of(s_.role_assignments.begin(), s_.role_assignments.end(),
                                         [&](const model::RoleAssignment& one) { return is_its(instance, one); }))) {
      repeated = true;
      by_repeated = std::max(by_repeated, now);
    }
  }
  const bool scheduled = own || repeated;
  const Truth value =
      own ? std::max(by_own, std::min(by_repeated, Truth::Unknown)) : std::max(by_repeated, Truth::Unknown);
  const auto& lists = s_.incomplete_lists;
  const bool unfinished = std::find(lists.begin(), lists.end(), "pim-active-instances") != lists.end();
  if (!scheduled) return q_.at && unfinished ? Truth::Unknown : Truth::True;
  return value;
}

Truth Judge::granted(const Caller& caller, const model::Registry& registry, const NeededRight& right,
                     bool custom_only) {
  const std::map<std::string, Truth>& groups = groups_[caller.id];
  const auto assignment_grants = [&](model::PrincipalIndex principal, model::RoleIndex role_index,
                                     model::ScopeIndex scope, model::ConditionIndex condition) {
    const auto held = groups.find(s_[principal].id);
    if (held == groups.end()) return Truth::False;
    Truth scope_value = covers(scope, registry);
    const bool in_code = (s_[scope].key + lower(registry.id)).find('{') != std::string::npos;
    if (scope_value == Truth::Unknown && s_[scope].kind == model::ScopeKind::ManagementGroup && !in_code &&
        covers_in_its_tenant(scope, registry) == Truth::Unknown && !says_both(s_[scope], registry)) {
      scope_value = std::min(of_its_tenant(s_[scope], registry),
                             contested("unplaced-management-group", "not-counted", "covers", "not-counted"));
    }
    const model::RoleDefinition& role = s_[role_index];
    Truth gives = Truth::False;
    if (custom_only && role.type != model::RoleType::Custom) return Truth::False;
    if (role.defined) {
      gives = role_gives(role, condition, right, caller);
    } else if (in_braces(role.guid) || role.contradicted || role.cut_off ||
               reading("unknown-role", "no-grant") == "unknown") {
      gives = Truth::Unknown;
    }
    return all_of({held->second, scope_value, gives});
  };
  Truth any = Truth::False;
  for (std::size_t i = 0; i < s_.role_assignments.size(); ++i) {
    const model::RoleAssignment& a = s_.role_assignments[i];
    const Truth in_time = row_in_force(a);
    if (in_time == Truth::False) continue;
    const Truth one = std::min(in_time, assignment_grants(a.principal, a.role, a.scope, a.condition));
    if (one != Truth::False) note("assignment " + std::to_string(i) + " for " + right.action, one);
    any = std::max(any, one);
  }
  for (std::size_t i = 0; i < s_.schedule_instances.size(); ++i) {
    const model::ScheduleInstance& instance = s_.schedule_instances[i];
    // The active instance of an assignment is that assignment, whose row has the condition.
    const bool has_row = std::any_of(s_.role_assignments.begin(), s_.role_assignments.end(), [&](const auto& row) {
      return row.principal == instance.principal && row.role == instance.role && row.scope == instance.scope;
    });
    if (has_row || in_force(instance) == Truth::False) continue;
    const Truth one =
        all_of({in_force(instance), list_lacks(instance) ? Truth::Unknown : Truth::True,
                assignment_grants(instance.principal, instance.role, instance.scope, instance.condition)});
    if (one != Truth::False) note("schedule instance " + std::to_string(i) + " for " + right.action, one);
    any = std::max(any, one);
  }
  if (any == Truth::False && !placed(registry)) any = note("somewhere above the registry", Truth::Unknown);
  const bool created = std::any_of(s_.principals.begin(), s_.principals.end(),
                                   [&](const model::Principal& p) { return p.id == caller.id && p.created; });
  if (any == Truth::False && placed(registry) && !created && !shows_assignments(registry)) {
    any = note("role assignments of the subscription", contested("missing-role-assignments", "unknown", "", "nothing"));
  }
  const auto& lists = s_.incomplete_lists;
  const bool unfinished = std::find(lists.begin(), lists.end(), "role-assignments") != lists.end();
  if (any == Truth::False && unfinished && !created) {
    any = note("unfinished list of role assignments", Truth::Unknown);
  }
  return any;
}

// ---- deny assignments -------------------------------------------------------------------------------------

/// Source: azure-rbac-semantics 8 and 16, J38
Truth Judge::denied(const Caller& caller, const model::Registry& registry, const NeededRight& right) {
  const std::map<std::string, Truth>& groups = groups_[caller.id];
  const auto among = [&](const std::vector<model::DenyPrincipal>& principals) {
    Truth found = Truth::False;
    for (const model::DenyPrincipal& principal : principals) {
      if (principal.everyone) return Truth::True;
      const auto held = groups.find(s_[principal.principal].id);
      if (held != groups.end()) found = std::max(found, held->second);
    }
    return found;
  };
  const bool guards_data = right.data || is_legacy_data_action(right.action);
  Truth any = Truth::False;
  for (std::size_t i = 0; i < s_.deny_assignments.size(); ++i) {
    const model::DenyAssignment& deny = s_.deny_assignments[i];
    if (deny.effect == model::DenyEffect::Audit) continue;
    Truth scope = covers(deny.scope, registry);
    if (deny.do_not_apply_to_child_scopes && !names_repository(deny.scope, registry)) {
      // What has a type of its own below the registry is another resource, and so another scope.
      static const std::set<std::string> below = {"agentpools",
                                                  "cacherules",
                                                  "connectedregistries",
                                                  "credentialsets",
                                                  "exportpipelines",
                                                  "importpipelines",
                                                  "pipelineruns",
                                                  "replications",
                                                  "privateendpointconnections",
                                                  "providers",
                                                  "runs",
                                                  "scopemaps",
                                                  "taskruns",
                                                  "tasks",
                                                  "tokens",
                                                  "webhooks"};
      const std::vector<std::string> parts = split(right.action);  // provider, registries, type, verb
      const bool of_registry =
          parts.size() > 2 && parts[0] == "microsoft.containerregistry" && parts[1] == "registries";
      const bool child = !of_registry || (parts.size() > 3 && below.contains(parts[2]));
      scope = model::truth_of(!child && placed(registry) && s_[deny.scope].key == lower(registry.id));
    }
    Truth action = Truth::False;
    for (const model::Permission& permission : deny.permissions) {
      const auto& in = right.data ? permission.data_actions : permission.actions;
      const auto& out = right.data ? permission.not_data_actions : permission.not_actions;
      const auto matches = [&](const std::string& pattern) { return star_match(lower(pattern), right.action); };
      if (std::none_of(in.begin(), in.end(), matches) || std::any_of(out.begin(), out.end(), matches)) continue;
      action = std::max(action, all_of({deny_condition(permission.condition, right, caller),
                                        deny_condition(deny.condition, right, caller)}));
    }
    const Truth one = all_of({scope, among(deny.principals), !among(deny.exclude_principals), action,
                              deny.contested ? Truth::Unknown : Truth::True});
    if (one != Truth::False) note("deny assignment " + std::to_string(i) + " for " + right.action, one);
    any = std::max(any, one);
  }
  if (any == Truth::False && !placed(registry) && !s_.deny_assignments.empty()) {
    any = note("a deny assignment somewhere above the registry", Truth::Unknown);
  }
  const auto& lists = s_.incomplete_lists;
  if (any == Truth::False && std::find(lists.begin(), lists.end(), "deny-assignments") != lists.end()) {
    any = note("unfinished list of deny assignments", Truth::Unknown);
  }
  if (guards_data) any = std::min(any, contested("deny-on-data-plane", "applies", "applies", "ignored"));
  return any;
}

/// Source: acr-authorization A.3
Truth Judge::has_right(const Caller& caller, const model::Registry& registry, Mode mode, const NeededRight& right) {
  if (is_legacy_data_action(right.action) && mode == Mode::Abac) return Truth::False;
  if (is_abac_data_action(right.action) && mode == Mode::Legacy) return Truth::False;
  if (!groups_.contains(caller.id)) groups_[caller.id] = groups_of(caller.id);
  return all_of({!denied(caller, registry, right), granted(caller, registry, right, false)});
}

Truth Judge::has_rights(const Caller& caller, const model::Registry& registry, Mode mode,
                        const std::vector<Alternative>& needs) {
  Truth any = Truth::False;
  for (const Alternative& alternative : needs) {
    Truth all = alternative.counts;
    for (const NeededRight& right : alternative.rights) {
      if (all != Truth::False) all = std::min(all, has_right(caller, registry, mode, right));
    }
    any = std::max(any, all);
  }
  return any;
}

/// The catalogue's rights with the contested ways to hold them.
/// Source: B.2 (push without pull), J4, J11, J27, J34, purge of row 28
std::vector<Alternative> Judge::needs_of(const std::string& operation, Mode mode) const {
  const CatalogueEntry& entry = *find_entry(operation);
  const std::string prefix = "microsoft.containerregistry/registries/";
  std::vector<Alternative> all;
  for (const Together& together : mode == Mode::Legacy ? entry.legacy : entry.abac) all.push_back({together});
  static const std::set<std::string> pushes = {"push",      "tag",  "push-referrer", "enable-streaming",
                                               "task-push", "untag"};
  if (pushes.contains(entry.id) && mode == Mode::Legacy) {
    all.push_back(
        {{{false, prefix + "push/write"}}, contested("legacy-push-without-pull", "denied", "allowed", "denied")});
  }
  if (entry.id == "untag") {
    const std::string word = reading("untag-right", "any");
    // DIR gives it to those who push and to the Writer role, TOK to metadata/write: one right in each mode.
    const auto counts = [&](bool wanted) {
      return word == "any" || wanted ? Truth::True : word == "unknown" ? Truth::Unknown : Truth::False;
    };
    all[0].counts = counts(word == "metadata-write");
    all[1].counts = counts(word == "delete");
    if (mode == Mode::Legacy) all[2].counts = std::min(all[2].counts, all[0].counts);
  }
  if (entry.id == "purge" && mode == Mode::Abac && !is_literal_filter()) {
    all[0].rights.push_back({true, prefix + "catalog/read"});
  }
  if (entry.id == "sign" && mode == Mode::Abac) {
    all.push_back({{{true, prefix + "trustedcollections/write"},
                    {true, prefix + "repositories/content/read"},
                    {true, prefix + "repositories/content/write"}},
                   contested("image-signer-in-abac", "denied", "allowed", "denied")});
  }
  return all;
}

/// No data action exists for soft-deleted artifacts: built-in roles do not help; a custom role that names the control
/// actions leaves it open. Source: J20
Truth Judge::soft_delete_in_abac(const Caller& caller, const model::Registry& registry, const CatalogueEntry& entry) {
  if (!groups_.contains(caller.id)) groups_[caller.id] = groups_of(caller.id);
  Truth all = Truth::True;
  for (const NeededRight& right : entry.legacy[0]) {
    all = std::min(all, all_of({!denied(caller, registry, right), granted(caller, registry, right, true)}));
  }
  return std::min(all, contested("soft-delete-in-abac", "unknown", "honoured", "not-honoured"));
}

// ---- doors ------------------------------------------------------------------------------------------------

/// Whether the caller may pull from `registry` as an import source does.
Truth Judge::pulls_from(const Caller& caller, const model::Registry& registry) {
  const CatalogueEntry& pull = *find_entry("pull");
  const CatalogueEntry& exported = *find_entry("export-from");
  const auto in_mode = [&](Mode mode) {
    return agreed(caller, registry, [&](const Caller& one) {
      return all_of({exists(one, registry), door(one, registry, mode, pull), unlocked(registry, exported),
                     not_quarantined(one, registry, mode, exported)});
    });
  };
  if (registry.mode) return in_mode(*registry.mode == model::PermissionMode::Abac ? Mode::Abac : Mode::Legacy);
  const Truth legacy = in_mode(Mode::Legacy);
  return legacy == in_mode(Mode::Abac) ? legacy : Truth::Unknown;
}

/// Of whom a list of assignments has no name is deleted, or of another tenant. The export of a task shows its identity.
/// Source: input-formats 1.1
/// A registry that code may delete may not be there. Source: input-formats 8.2
Truth Judge::exists(const Caller& caller, const model::Registry& registry) const {
  if (!registry.may_be_gone.empty()) return Truth::Unknown;
  for (const model::Principal& principal : s_.principals) {
    if (caller.kind == Caller::Kind::Entra && principal.id == caller.id && principal.unresolved) return Truth::Unknown;
  }
  return Truth::True;
}

std::optional<Truth> Judge::entra_refused(const Caller& caller) {
  if (q_.endpoint == "connected-registry") return note("Entra at a connected registry", Truth::False);
  for (const model::Principal& principal : s_.principals) {
    if (principal.id == caller.id && principal.orphaned) return note("deleted from the directory", Truth::False);
  }
  return std::nullopt;
}

Truth Judge::entra_raw(const Caller& caller, const model::Registry& registry, Mode mode) {
  const std::string action = lower(q_.action);
  if (const auto refused = entra_refused(caller)) return *refused;
  return has_right(caller, registry, mode, {is_abac_data_action(action), action});
}

Truth Judge::entra_door(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry) {
  if (const auto refused = entra_refused(caller)) return *refused;
  if (entry.id == "login") return Truth::True;
  if (mode == Mode::Abac && (entry.id == "list-deleted" || entry.id == "restore-deleted")) {
    // No data action exists; a custom role that names the control actions leaves it open (J20).
    return note("soft-deleted artifacts in the ABAC mode", soft_delete_in_abac(caller, registry, entry));
  }
  const std::vector<Alternative> needs = needs_of(entry.id, mode);
  Truth value = has_rights(caller, registry, mode, needs);
  if (entry.id == "untag" && reading("untag-right", "any") == "unknown") {
    Truth one = has_rights(caller, registry, mode, {{needs[0].rights}});
    if (mode == Mode::Legacy) {
      const Truth alone = contested("legacy-push-without-pull", "denied", "allowed", "denied");
      one = std::max(one, has_rights(caller, registry, mode, {{needs[2].rights, alone}}));
    }
    const Truth other = has_rights(caller, registry, mode, {{needs[1].rights}});
    value = one == other ? one : Truth::Unknown;
  }
  if (entry.id == "az-login") {
    const Truth reachable = registry.login_server ? Truth::True : Truth::Unknown;
    value = std::max(value, std::min(reachable, contested("az-login-right", "not-needed", "not-needed", "needed")));
  }
  if (entry.id == "import" && q_.source) {
    const model::Registry* source = registry_named(q_.source->registry);
    const auto who = q_.source->principal ? caller_named(*q_.source->principal, *source) : std::optional(caller);
    value = std::min(value, note("source side", std::min(pulls_from(*who, *source), export_allowed(*source))));
  }
  if (entry.id == "quick-build-push" && mode != Mode::Abac && q_.source_registry_auth == "none") value = Truth::False;
  if (entry.id == "quick-build-push" && mode == Mode::Abac) {
    // Without the option the run has no access, unless the option is read as not required (J34).
    Truth as_caller = model::truth_of(q_.source_registry_auth == "[caller]");
    if (!q_.source_registry_auth) {
      as_caller = contested("quick-run-authentication", "caller-required", "not-required", "caller-required");
    }
    value = all_of({value, as_caller, has_rights(caller, registry, mode, needs_of("push", mode))});
  }
  return value;
}

/// Source: D.1, J35, J37, DCT
Truth Judge::admin_door(const model::Registry& registry, Mode mode, const CatalogueEntry& entry) {
  if (q_.endpoint == "connected-registry") return Truth::False;
  static const std::set<std::string> outside = {"sign", "task-pull", "task-push", "quick-build-push"};
  if ((entry.control && entry.id != "az-login") || outside.contains(entry.id)) {
    return note("not for the admin user", Truth::False);
  }
  static const std::set<std::string> deletes = {"delete", "delete-repository", "purge", "delete-referrer",
                                                "disable-streaming"};
  Truth value = registry.admin_user_enabled ? model::truth_of(*registry.admin_user_enabled) : Truth::Unknown;
  if (mode == Mode::Abac) value = std::min(value, contested("admin-in-abac", "allowed", "allowed", "denied"));
  if (entry.id == "untag") {
    const Truth may_delete = contested("admin-delete", "allowed", "allowed", "denied");
    const std::string word = reading("untag-right", "any");
    if (word == "delete") value = std::min(value, may_delete);
    if (word == "unknown" && may_delete != Truth::True) value = std::min(value, Truth::Unknown);
  }
  if (mode == Mode::Abac && (entry.id == "list-deleted" || entry.id == "restore-deleted")) {
    value = std::min(value, contested("soft-delete-in-abac", "unknown", "honoured", "not-honoured"));
  }
  if (deletes.contains(entry.id)) value = std::min(value, contested("admin-delete", "allowed", "allowed", "denied"));
  return note("admin user", value);
}

/// Source: D.3, J37
Truth Judge::anonymous_door(const model::Registry& registry, const CatalogueEntry& entry) {
  if (q_.endpoint == "connected-registry") return Truth::False;
  static const std::set<std::string> reads = {"pull", "pull-signed", "show-manifest", "list-referrers",
                                              "show-streaming"};
  Truth value = model::truth_of(reads.contains(entry.id));
  static const std::set<std::string> listings = {"list-tags", "list-manifests", "list-manifest-metadata"};
  if (listings.contains(entry.id)) value = contested("anonymous-list-tags", "allowed", "allowed", "denied");
  if (entry.id == "list-repositories") value = contested("anonymous-catalog", "denied", "allowed", "denied");
  const auto& enabled = registry.anonymous_pull_enabled;
  // Only Standard and Premium registries have it.
  const bool basic = registry.sku && lower(*registry.sku) == "basic";
  Truth on = enabled ? model::truth_of(*enabled) : basic ? Truth::False : Truth::Unknown;
  if (basic) on = std::min(on, Truth::Unknown);  // a contradiction
  return note("anonymous pull", std::min(value, on));
}

/// The actions of every map that may be the token's; the five system maps are known without an export. Source: D.2, J8
std::vector<Judge::Actions> Judge::scope_maps(const model::Token& token, const model::Registry& registry) const {
  const std::string id = lower(token.scope_map_id);
  const std::string name = id.substr(id.rfind('/') + 1);
  const bool elsewhere = id.find("/registries/") != std::string::npos &&
                         id.find("/registries/" + lower(registry.name) + "/") == std::string::npos;
  std::vector<Actions> maps;
  bool known = false;
  for (const model::ScopeMap& map : s_.scope_maps) {
    if (elsewhere || lower(map.name) != name || belongs(map.registry, registry) == Truth::False) continue;
    known = known || belongs(map.registry, registry) == Truth::True;
    maps.emplace_back(map.actions);
  }
  if (known) return maps;
  static const std::map<std::string, std::vector<std::string>> system = {
      {"_repositories_pull", {"repositories/*/content/read"}},
      {"_repositories_pull_metadata_read", {"repositories/*/content/read", "repositories/*/metadata/read"}},
      {"_repositories_push", {"repositories/*/content/read", "repositories/*/content/write"}},
      {"_repositories_push_metadata_write",
       {"repositories/*/metadata/read", "repositories/*/metadata/write", "repositories/*/content/read",
        "repositories/*/content/write"}},
      {"_repositories_admin",
       {"repositories/*/metadata/read", "repositories/*/metadata/write", "repositories/*/content/read",
        "repositories/*/content/write", "repositories/*/content/delete"}}};
  const auto found = system.find(name);
  maps.push_back(name.empty()            ? Actions(std::vector<std::string>{})
                 : found == system.end() ? Actions()
                                         : Actions(found->second));
  return maps;
}

/// Every connected registry that is, or may be, of this registry, with the records of it that say something of their
/// own.
std::vector<std::pair<Truth, std::vector<const model::ConnectedRegistry*>>> Judge::connected_registries(
    const model::Registry& registry) const {
  const auto listed = [](const model::ConnectedRegistry& connected) {
    std::multiset<std::string> ids;
    for (const std::string& id : connected.client_token_ids) ids.insert(lower(id));
    return ids;
  };
  const auto adds_nothing = [&](const model::ConnectedRegistry& less, const model::ConnectedRegistry& more) {
    const bool mode = less.mode.empty() || lower(less.mode) == lower(more.mode);
    const bool sync = less.sync_token_id.empty() || lower(less.sync_token_id) == lower(more.sync_token_id);
    return mode && sync && listed(less) == listed(more);
  };
  std::map<std::string, std::pair<Truth, std::vector<const model::ConnectedRegistry*>>> by_name;
  for (const model::ConnectedRegistry& one : s_.connected_registries) {
    const Truth here = belongs(one.registry, registry);
    if (here == Truth::False) continue;
    auto& [known, records] = by_name.try_emplace(lower(one.name), Truth::Unknown, 0).first->second;
    known = std::max(known, here);
    records.push_back(&one);
  }
  std::vector<std::pair<Truth, std::vector<const model::ConnectedRegistry*>>> result;
  for (const auto& [name, found] : by_name) {
    result.emplace_back(found.first, 0);
    for (std::size_t i = 0; i < found.second.size(); ++i) {
      bool needed = true;
      for (std::size_t j = 0; j < found.second.size(); ++j) {
        const bool beside = adds_nothing(*found.second[i], *found.second[j]);
        const bool alike = beside && adds_nothing(*found.second[j], *found.second[i]);
        if (i != j && beside && (!alike || j < i)) needed = false;
      }
      if (needed) result.back().second.push_back(found.second[i]);
    }
  }
  return result;
}

/// Does a connected registry, by one record of it, take what the token asks? Source: D.4
Truth Judge::serves(const model::ConnectedRegistry& connected, const model::Token& token,
                    const model::Registry& registry, bool writes) const {
  Truth value = Truth::False;
  for (const std::string& id : connected.client_token_ids) {
    if (lower(id).ends_with("/tokens/" + lower(token.name))) value = Truth::True;
  }
  if (!connected.sync_token_id.empty()) {
    std::set<Truth> on;  // of the token by which it synchronises
    for (const model::Token& sync : s_.tokens) {
      const bool its = lower(connected.sync_token_id).ends_with("/tokens/" + lower(sync.name));
      const Truth of_here = belongs(sync.registry, registry);
      if (!its || !sync.enabled) continue;
      if (of_here == Truth::True) on.insert(model::truth_of(*sync.enabled));
      if (of_here == Truth::Unknown && !*sync.enabled) on.insert(Truth::Unknown);
    }
    if (on.contains(Truth::False)) value = std::min(value, on.contains(Truth::True) ? Truth::Unknown : Truth::False);
    if (on.contains(Truth::Unknown) || on.empty()) value = std::min(value, Truth::Unknown);
  }
  const std::string mode = lower(connected.mode);
  if (writes && (mode == "readonly" || mode == "mirror")) value = Truth::False;
  if (writes && mode != "readonly" && mode != "mirror" && mode != "readwrite" && mode != "registry")
    value = std::min(value, Truth::Unknown);
  return value;
}

/// Source: D.2, D.4, J7, J33
Truth Judge::token_door(const Caller& caller, const model::Registry& registry, const CatalogueEntry& entry) {
  const model::Token& token = *caller.token;
  Truth reachable = Truth::True;
  if (q_.endpoint == "connected-registry") {
    bool any = false;
    reachable = Truth::False;
    bool writes = q_.operation.empty() && !lower(q_.action).ends_with("/read");
    for (const Together& together : entry.token) {
      for (const NeededRight& right : together) writes = writes || !right.action.ends_with("/read");
    }
    for (const auto& [here, records] : connected_registries(registry)) {
      any = any || here == Truth::True;
      std::set<Truth> values;
      for (const model::ConnectedRegistry* one : records) values.insert(serves(*one, token, registry, writes));
      reachable = std::max(reachable, std::min(here, values.size() == 1 ? *values.begin() : Truth::Unknown));
    }
    const auto& lists = s_.incomplete_lists;
    const bool unfinished = std::find(lists.begin(), lists.end(), "connected-registries") != lists.end();
    if (!any || unfinished) reachable = std::max(reachable, Truth::Unknown);
  }
  if (!caller.own) return note("a token of another registry", Truth::False);
  const Truth enabled = token.enabled ? model::truth_of(*token.enabled) : Truth::Unknown;
  if (entry.id == "login" || entry.id == "az-login") return note("token", std::min(reachable, enabled));
  if (entry.control) return note("not for tokens", Truth::False);
  std::set<Truth> values;
  for (const Actions& actions : scope_maps(token, registry)) values.insert(token_by_actions(actions, registry, entry));
  return note("token", all_of({reachable, enabled, values.size() == 1 ? *values.begin() : Truth::Unknown}));
}

Truth Judge::token_by_actions(const Actions& actions, const model::Registry&, const CatalogueEntry& entry) {
  if (entry.id == "list-repositories") {
    bool all_repositories = false;
    for (const std::string& action : actions.value_or(std::vector<std::string>{})) {
      all_repositories = all_repositories || lower(action).starts_with("repositories/*/");
    }
    const Truth covers_all = actions ? model::truth_of(all_repositories) : Truth::Unknown;
    return std::min(covers_all, contested("token-catalog", "denied", "root-wildcard", "denied"));
  }
  const auto allows = [&](const std::string& verb) {
    Truth found = Truth::False;
    for (const std::string& written : *actions) {
      const std::string action = lower(written);
      if (!action.starts_with("repositories/") || !action.ends_with("/" + verb)) continue;
      const std::string name = action.substr(13, action.size() - 13 - verb.size() - 1);
      if (name == "*" || name == q_.repository) return Truth::True;
      if (!name.ends_with("/*") || name.find('*') != name.size() - 1) continue;
      if (q_.repository.starts_with(name.substr(0, name.size() - 1))) return Truth::True;
      if (q_.repository == name.substr(0, name.size() - 2)) {
        found = std::max(found, contested("scope-map-root-covered", "no", "yes", "no"));
      }
    }
    return found;
  };
  Truth covered = Truth::Unknown;
  if (entry.token.empty()) {
    covered = Truth::False;
  } else if (actions) {
    covered = Truth::False;
    std::set<Truth> each;
    for (const Together& together : entry.token) {
      Truth all = Truth::True;
      for (const NeededRight& right : together) all = std::min(all, allows(right.action));
      if (entry.id == "untag") {
        const std::string word = reading("untag-right", "any");
        const bool by_delete = together[0].action == "content/delete";
        each.insert(all);
        if (word != "unknown" && word != "any" && by_delete != (word == "delete")) all = Truth::False;
      }
      covered = std::max(covered, all);
    }
    if (entry.id == "untag" && reading("untag-right", "any") == "unknown" && each.size() > 1) {
      covered = std::min(covered, Truth::Unknown);
    }
    static const std::set<std::string> pushes = {"push", "tag", "push-referrer", "enable-streaming"};
    if (pushes.contains(entry.id)) {
      const Truth write_suffices = contested("token-push-rights", "both", "write-suffices", "both");
      covered = std::max(covered, std::min(write_suffices, allows("content/write")));
    }
  }
  if (entry.id == "purge" && !is_literal_filter()) {  // needs the catalog
    Truth all_repositories = actions ? Truth::False : Truth::Unknown;
    for (const std::string& action : actions.value_or(std::vector<std::string>{})) {
      if (lower(action).starts_with("repositories/*/")) all_repositories = Truth::True;
    }
    covered = all_of({covered, all_repositories, contested("token-catalog", "denied", "root-wildcard", "denied")});
  }
  return covered;
}

/// What a task's credential for a registry says: an identity, or "" for a password. nullopt: it has none. Source: B.4
std::optional<std::string> Judge::task_credential(const model::Task& task, const model::Registry& registry) const {
  for (const auto& [server, identity] : task.custom_registries) {
    const std::string name = lower(registry.name);
    const bool meant = registry.login_server
                           ? lower(server) == lower(*registry.login_server)
                           : lower(server).starts_with(name + ".") || lower(server).starts_with(name + "-");
    if (meant) return identity;
  }
  return std::nullopt;
}

/// Object id of an identity of a task; "" = none. nullopt: not in the data.
std::optional<std::string> Judge::identity_written(const model::Task& task, const std::string& written) const {
  const std::string word = lower(written);
  if (word == "none" || word == "[caller]" || word.empty()) return "";
  if (word == "[system]") {
    const std::string type = lower(task.identity.type);
    const bool has = type.empty() || type.find("systemassigned") != std::string::npos;
    return !has || task.identity.principal_id.empty() ? std::nullopt : std::optional(lower(task.identity.principal_id));
  }
  // Only what is attached to the task. An export may show the attached one by its resource id alone.
  for (const model::ManagedIdentity::UserAssigned& identity : task.identity.user_assigned) {
    if (lower(identity.client_id) == word && !identity.principal_id.empty()) return lower(identity.principal_id);
    for (const model::Principal& principal : s_.principals) {
      const bool attached =
          principal.id == lower(identity.principal_id) ||
          (!principal.resource_id.empty() && lower(principal.resource_id) == lower(identity.resource_id));
      if (attached && (principal.app_id == word || principal.id == word)) return principal.id;
    }
  }
  return std::nullopt;
}

/// With which identity a task signs in: to its own registry by what is set for that, to another by a credential.
std::optional<std::string> Judge::task_identity(const Caller& caller, const model::Registry& registry) const {
  if (caller.own) return identity_written(*caller.task, caller.task->source_registry_identity.value_or(""));
  const auto credential = task_credential(*caller.task, registry);
  if (credential && credential->empty()) return std::nullopt;  // a password
  return identity_written(*caller.task, credential.value_or(""));
}

/// Without a credential for the own registry. Source: B.4 details on tasks, C.1
Truth Judge::task_by_itself(const Caller& caller, const model::Registry& registry, Mode mode,
                            const CatalogueEntry& entry) {
  const model::Task& task = *caller.task;
  if (caller.own) {
    if (task.source_registry_login_mode == "None") return note("task does not sign in to its registry", Truth::False);
    const bool refused = task.source_registry_identity && lower(*task.source_registry_identity) == "none";
    if (mode == Mode::Legacy && !refused && !entry.control) return note("default access of tasks", Truth::True);
  }
  const auto identity = task_identity(caller, registry);
  if (!identity) return note("identity of the task", Truth::Unknown);
  if (identity->empty()) return note("task without an identity", Truth::False);
  const Caller as{.id = *identity};
  return entry.id.empty() ? entra_raw(as, registry, mode) : entra_door(as, registry, mode, entry);
}

Truth Judge::task_door(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry) {
  if (q_.endpoint == "connected-registry") return Truth::False;
  if (!caller.task->enabled) return note("task is disabled", Truth::False);
  const Truth value = task_by_itself(caller, registry, mode, entry);
  const auto credential = caller.own ? task_credential(*caller.task, registry) : std::nullopt;
  if (!credential || value == Truth::True) return value;
  // What a credential for the own registry does is not documented: at most unknown.
  const auto identity = credential->empty() ? std::nullopt : identity_written(*caller.task, *credential);
  if (!identity) return note("a credential for the own registry", Truth::Unknown);
  if (identity->empty()) return value;
  const Caller as{.id = *identity};
  const Truth by = entry.id.empty() ? entra_raw(as, registry, mode) : entra_door(as, registry, mode, entry);
  return note("a credential for the own registry", std::max(value, std::min(by, Truth::Unknown)));
}

/// Every door but that a signed pull in the ABAC mode is contested behind each. Source: B.3 row 22
Truth Judge::door(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry) {
  const Truth value = own_door(caller, registry, mode, entry);
  if (entry.id != "pull-signed" || mode == Mode::Legacy) return value;
  return std::min(value, contested("signed-pull-in-abac", "unknown", "allowed", "denied"));
}

Truth Judge::own_door(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry) {
  if (entry.id == "cache-pull" && (mode == Mode::Legacy || caller.kind != Caller::Kind::Entra)) {
    return note("a cache identity pulls from an upstream in the ABAC mode", Truth::False);
  }
  switch (caller.kind) {
    case Caller::Kind::Entra:
      return entra_door(caller, registry, mode, entry);
    case Caller::Kind::Admin:
      return admin_door(registry, mode, entry);
    case Caller::Kind::Anonymous:
      return anonymous_door(registry, entry);
    case Caller::Kind::Token:
      return token_door(caller, registry, entry);
    case Caller::Kind::Task:
      return task_door(caller, registry, mode, entry);
  }
  return Truth::Unknown;
}

// ---- gates ------------------------------------------------------------------------------------------------

/// NAME.REGION.geo.azurecr.io, where the login server is NAME.azurecr.io
bool is_regional(const std::string& typed, const std::string& server) {
  std::vector<std::string> parts = {""};
  for (const char c : typed) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() < 4 || parts[1].empty() || parts[2] != "geo") return false;
  std::string rest = parts[0];
  for (std::size_t i = 3; i < parts.size(); ++i) rest += "." + parts[i];
  return rest == server;
}

/// Source: C.7, E.5, J29
Truth Judge::names_ok(const model::Registry& registry, const CatalogueEntry& entry) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '/';
  };
  Truth value = Truth::True;
  if (entry.takes_repository && (entry.id != "purge" || q_.literal == true) && !q_.repository.empty()) {
    value = model::truth_of(std::all_of(q_.repository.begin(), q_.repository.end(), allowed));
  }
  if (q_.login_server && (!entry.control || entry.id == "az-login")) {
    if (lower(*q_.login_server) != *q_.login_server) return note("login server in upper case", Truth::False);
    static const std::set<std::string> pushes = {"push",      "tag", "push-referrer", "enable-streaming",
                                                 "task-push", "sign"};
    if (registry.login_server) {
      const std::string server = lower(*registry.login_server);
      const bool regional = is_regional(*q_.login_server, server) && !pushes.contains(entry.id);
      value = std::min(value, model::truth_of(server == *q_.login_server || regional));
    } else {
      value = std::min(value, Truth::Unknown);
    }
  }
  return value;
}

/// The documents explain two words each; the service may use others.
Truth is_or_not(const std::optional<std::string>& text, const std::string& yes, const std::string& no) {
  if (!text || (lower(*text) != yes && lower(*text) != no)) return Truth::Unknown;
  return model::truth_of(lower(*text) == yes);
}

Truth public_access(const model::Registry& registry) {
  return is_or_not(registry.public_network_access, "enabled", "disabled");
}

/// Network rules are a matter of Premium registries.
Truth open_by_default(const model::Registry& registry) {
  if (registry.network_rule_set) return is_or_not(registry.network_rule_set->default_action, "allow", "deny");
  const std::string sku = registry.sku ? lower(*registry.sku) : "";
  return sku == "basic" || sku == "standard" ? Truth::True : Truth::Unknown;
}

/// What is set for tasks is about those with the system-assigned identity; what others do is contested. Where neither
/// the question nor the task tells which it is, both have to agree. Source: section F, J30
Truth Judge::task_passes(const Caller& caller, const model::Registry& registry) {
  std::optional<std::string> identity = q_.network->task_identity;
  if (!identity && caller.kind == Caller::Kind::Task) {
    const model::Task& task = *caller.task;
    identity = caller.own ? task.source_registry_identity : task_credential(task, registry);
    if (identity && (identity->empty() || lower(*identity) == "none" || lower(*identity) == "[caller]")) {
      identity.reset();
    }
    const bool has_system = !task.identity.principal_id.empty();
    if (!identity && has_system != !task.identity.user_assigned.empty()) identity = has_system ? "system" : "user";
  }
  const auto& allowed = registry.bypass_allowed_for_tasks;
  const Truth as_system = allowed ? model::truth_of(*allowed) : Truth::Unknown;
  const Truth as_user = contested("task-user-identity-bypass", "unknown", "yes", "no");
  if (!identity) return as_system == as_user ? as_user : Truth::Unknown;
  return lower(*identity) == "system" || lower(*identity) == "[system]" ? as_system : as_user;
}

bool admits_address(const model::Registry& registry, const std::string& ip) {
  const auto address = address_of(ip);
  if (!address || !registry.network_rule_set) return false;
  const auto& rules = registry.network_rule_set->ip_rules;
  return std::any_of(rules.begin(), rules.end(),
                     [&](const model::IpRule& rule) { return rule_holds(rule.value, *address); });
}

/// Other words than the two that are known may mean anything. Source: A.2, F
Truth services_pass(const model::Registry& registry) {
  if (!registry.network_rule_bypass_options) return Truth::Unknown;
  const std::string word = lower(*registry.network_rule_bypass_options);
  return word == "azureservices" ? Truth::True : word == "none" ? Truth::False : Truth::Unknown;
}

/// The build itself has to reach the registry, from an agent pool or from machines of Azure's: public access off stops
/// those, and behind address rules nobody knows unless the question gives a machine's address. Source: section F
Truth Judge::quick_build_reaches(const model::Registry& registry) {
  const evaluator::NetworkFacts& from = *q_.network;
  if (from.agent_pool) return Truth::True;
  const bool listed = from.task && from.ip && admits_address(registry, *from.ip);
  const Truth rules = std::max(open_by_default(registry), listed ? Truth::True : Truth::Unknown);
  return note("quick build", std::min(public_access(registry), rules));
}

/// Source: section F
Truth Judge::network(const Caller& caller, const model::Registry& registry, const CatalogueEntry& entry) {
  if (!q_.network) return Truth::True;
  if (entry.id == "quick-build" || entry.id == "quick-build-push") return quick_build_reaches(registry);
  if (entry.control) return Truth::True;
  const evaluator::NetworkFacts& from = *q_.network;
  const auto word_is = [](const std::optional<std::string>& text, const std::string& word) {
    return !text ? Truth::Unknown : model::truth_of(lower(*text) == word);
  };
  if (from.agent_pool) return Truth::True;
  if (from.path == "private-endpoint") {
    if (from.private_endpoint_status) return word_is(from.private_endpoint_status, "approved");
    if (!registry.private_endpoint_connections) return Truth::Unknown;
    bool any = false;
    bool all = true;
    for (const model::PrivateEndpointConnection& connection : *registry.private_endpoint_connections) {
      const bool approved = lower(connection.status) == "approved";
      any = any || approved;
      all = all && approved;
    }
    return !any ? Truth::False : all ? Truth::True : Truth::Unknown;
  }
  const Truth open = public_access(registry);
  const Truth default_allow = open_by_default(registry);
  if (from.path == "service-endpoint") {
    Truth rule = Truth::Unknown;
    if (registry.network_rule_set && registry.network_rule_set->virtual_network_rules) {
      const auto& rules = *registry.network_rule_set->virtual_network_rules;
      if (rules.empty()) rule = Truth::False;
      if (from.subnet) rule = Truth::False;
      for (const model::VirtualNetworkRule& one : rules) {
        if (from.subnet && lower(one.subnet_id) == lower(*from.subnet)) rule = Truth::True;
      }
    }
    return std::min(open, std::max(default_allow, rule));
  }
  Truth ip = Truth::Unknown;
  if (registry.network_rule_set) {
    const auto& rules = registry.network_rule_set->ip_rules;
    if (rules.empty()) ip = Truth::False;  // nothing lets anybody in
    if (from.ip) {
      ip = model::truth_of(admits_address(registry, *from.ip));
    }
  }
  Truth bypass = Truth::False;
  if (from.trusted_service) {
    const std::string service = lower(*from.trusted_service);
    const auto is = [&](const std::string& name) { return service.find(name) != std::string::npos; };
    Truth trusted = model::truth_of(is("defender"));
    if (is("container instances") || is("machine learning")) trusted = word_is(from.identity, "managed");
    bypass = std::min(trusted, services_pass(registry));
  }
  const bool by_task =
      from.task || caller.kind == Caller::Kind::Task || entry.id == "task-pull" || entry.id == "task-push";
  if (by_task) bypass = std::max(bypass, task_passes(caller, registry));
  if (by_task && !from.ip && from.path != "service-endpoint") ip = Truth::False;  // F: 403 unless let past
  const Truth value = std::max(std::min(open, std::max(default_allow, ip)), bypass);
  const bool path_implied = from.trusted_service || by_task || from.ip;  // all come over the public endpoint
  const bool open_to_all = open == Truth::True && default_allow == Truth::True;
  return note("network", from.path.empty() && !path_implied && !open_to_all ? Truth::Unknown : value);
}

Truth status_is_on(const std::string& status) {
  return status == "enabled" ? Truth::True : status == "disabled" ? Truth::False : Truth::Unknown;
}

/// Source: section E, H.3
Truth Judge::credential(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry) {
  if (!q_.credential) return Truth::True;
  const evaluator::CredentialFacts& shown = *q_.credential;
  const bool entra = caller.kind == Caller::Kind::Entra;
  const bool password = caller.kind == Caller::Kind::Admin || caller.kind == Caller::Kind::Token;
  Truth value = Truth::True;
  if (shown.age_minutes && entra && !entry.control && shown.kind != "service-principal") {
    const std::string minutes = reading("login-lifetime", "180");
    value = std::min(value,
                     minutes == "unknown" ? Truth::Unknown : model::truth_of(*shown.age_minutes < std::stod(minutes)));
  }
  if (shown.issued_under_mode && entra && !entry.control) {
    const bool abac = lower(*shown.issued_under_mode).starts_with("abac");
    if (!abac && mode == Mode::Abac) value = Truth::False;
    if (abac && mode == Mode::Legacy) {  // H.3: the way back is open
      const std::string how = reading("abac-credential-later", "unknown");
      value = std::min(value, how == "accepted" ? Truth::True : how == "refused" ? Truth::False : Truth::Unknown);
    }
  }
  if (caller.kind != Caller::Kind::Anonymous && shown.secret_expired && *shown.secret_expired) value = Truth::False;
  if (entra && (!entry.control || entry.id == "az-login")) {
    const auto policy = registry.policies.find("azureADAuthenticationAsArmPolicy");
    const Truth on = policy == registry.policies.end() ? Truth::Unknown : status_is_on(policy->second);
    if (shown.audience == "arm") value = std::min(value, on);
    if (!shown.audience && shown.kind == "entra" && on == Truth::False) value = std::min(value, Truth::Unknown);
  }
  if (shown.username && caller.kind == Caller::Kind::Admin && lower(*shown.username) != lower(registry.name)) {
    value = Truth::False;
  }
  if (shown.username && caller.kind == Caller::Kind::Token && lower(*shown.username) != lower(caller.token->name)) {
    value = Truth::False;
  }
  if (caller.kind == Caller::Kind::Admin && shown.password_name && *shown.password_name != "password" &&
      *shown.password_name != "password2") {
    value = Truth::False;
  }
  if (!shown.kind.empty() && caller.kind == Caller::Kind::Anonymous) value = Truth::False;
  if (!shown.kind.empty() && caller.kind != Caller::Kind::Anonymous) {
    if (entra && shown.kind == "password") value = Truth::False;
    if (password && shown.kind != "password") value = Truth::False;
    if (shown.kind == "service-principal" && entra && shown.username) {
      for (const model::Principal& principal : s_.principals) {
        if (principal.id == caller.id && !principal.app_id.empty() && principal.app_id != lower(*shown.username)) {
          value = Truth::False;
        }
      }
    }
    if (shown.kind == "exposed-token" && shown.username && *shown.username != "00000000-0000-0000-0000-000000000000") {
      value = Truth::False;
    }
  }
  const bool password_of_token =
      caller.kind == Caller::Kind::Token && (shown.password_name || shown.kind == "password");
  if (password_of_token && !caller.token->passwords) value = std::min(value, Truth::Unknown);
  if (password_of_token && caller.token->passwords) {
    std::set<Truth> known;  // of all that may be shown
    for (const model::TokenPassword& one : *caller.token->passwords) {
      if (shown.password_name && one.name != *shown.password_name) continue;
      const bool open = one.expiry_unreadable || (one.expiry && !q_.at);
      known.insert(open ? Truth::Unknown : model::truth_of(!one.expiry || *q_.at < *one.expiry));
    }
    value = std::min(value, known.empty() ? Truth::False : known.size() == 1 ? *known.begin() : Truth::Unknown);
  }
  if (caller.kind == Caller::Kind::Anonymous && shown.stored) {
    // Credentials kept from before are sent instead; whether others than invalid ones may pull is another question.
    value = std::min(value, *shown.stored == "none"      ? Truth::True
                            : *shown.stored == "invalid" ? Truth::False
                                                         : Truth::Unknown);
  }
  return note("credential", value);
}

// ---- after authorization ----------------------------------------------------------------------------------

/// Source: section F, "Data-plane locks"
Truth Judge::unlocked(const model::Registry& registry, const CatalogueEntry& entry) {
  static const std::set<std::string> reads = {"pull",       "pull-signed", "show-manifest",    "task-pull",
                                              "cache-pull", "export-from", "pull-quarantined", "read-quarantined"};
  static const std::set<std::string> writes = {
      "push", "tag", "push-referrer", "enable-streaming", "task-push", "quick-build-push", "sign"};
  static const std::set<std::string> deletes = {"delete", "untag", "purge", "delete-referrer", "disable-streaming"};
  // Deleting by tag deletes the manifest that the tag names; pushing over a tag and untagging leave that one alone.
  const bool manifest = reads.contains(entry.id) || entry.id == "delete" || entry.id == "delete-referrer";
  std::set<std::string> digests;
  for (const model::ArtifactAttributes& entry_of : s_.artifact_attributes) {
    if (manifest && belongs(entry_of.registry, registry) != Truth::False && entry_of.repository == q_.repository &&
        entry_of.reference == q_.reference && !q_.reference.empty()) {
      digests.insert(entry_of.digest);
    }
  }
  Truth value = Truth::True;
  for (const model::ArtifactAttributes& lock : s_.artifact_attributes) {
    if (belongs(lock.registry, registry) == Truth::False || lock.repository != q_.repository) continue;
    const bool whole = lock.reference.empty();
    const bool named = !q_.reference.empty() && (lock.reference == q_.reference || digests.contains(lock.reference));
    // B.4 Import: not what content trust has signed, by whatever name
    const bool of_digest = !q_.reference.empty() && lock.digest == q_.reference;
    if (entry.id == "export-from" && lock.is_signed && !whole && (lock.reference == q_.reference || of_digest))
      value = note("signed", Truth::False);
    if (!whole && !named) continue;
    // A second record of the same thing may say otherwise.
    const auto open_for = [&](std::optional<bool> model::ArtifactAttributes::*enabled) {
      if (lock.*enabled != false) return Truth::True;
      if (!whole && lock.reference != q_.reference && digests.size() > (digests.contains("") ? 2U : 1U))
        return Truth::Unknown;  // the tag names this manifest by one record, and another by one
      for (const model::ArtifactAttributes& other : s_.artifact_attributes) {
        const bool same = belongs(other.registry, registry) != Truth::False && other.repository == lock.repository &&
                          other.reference == lock.reference;
        if (same && other.*enabled == true) return Truth::Unknown;
      }
      return Truth::False;
    };
    const Truth read = open_for(&model::ArtifactAttributes::read_enabled);
    const Truth write = open_for(&model::ArtifactAttributes::write_enabled);
    const Truth remove = open_for(&model::ArtifactAttributes::delete_enabled);
    Truth passes = Truth::True;
    if (reads.contains(entry.id)) passes = read;
    if (writes.contains(entry.id)) passes = write;
    if (deletes.contains(entry.id)) passes = whole ? write : std::min(write, remove);
    if (entry.id == "delete-repository") passes = whole ? std::min(write, remove) : Truth::True;
    if (passes != Truth::True) value = std::min(value, note("locked", passes));
  }
  return value;
}

/// Source: section F and QUAR
Truth Judge::not_quarantined(const Caller& caller, const model::Registry& registry, Mode mode,
                             const CatalogueEntry& entry) {
  static const std::set<std::string> pulls = {"pull",      "pull-signed", "show-manifest",
                                              "task-pull", "cache-pull",  "export-from"};
  const auto policy = registry.policies.find("quarantinePolicy");
  if (!pulls.contains(entry.id) || q_.reference.empty()) return Truth::True;
  const bool silent = policy == registry.policies.end();
  const Truth on = silent ? Truth::Unknown : status_is_on(policy->second);
  if (on == Truth::False) return Truth::True;
  std::set<std::string> digests;  // of the manifests that the tag names
  for (const model::ArtifactAttributes& artifact : s_.artifact_attributes) {
    const bool here = belongs(artifact.registry, registry) != Truth::False && artifact.repository == q_.repository;
    if (here && artifact.reference == q_.reference && !artifact.digest.empty()) digests.insert(artifact.digest);
  }
  std::set<bool> states;
  for (const model::ArtifactAttributes& artifact : s_.artifact_attributes) {
    if (belongs(artifact.registry, registry) == Truth::False || artifact.repository != q_.repository) continue;
    const bool named = artifact.reference == q_.reference || digests.contains(artifact.reference);
    if (named && !artifact.quarantine_state.empty()) states.insert(lower(artifact.quarantine_state) == "passed");
  }
  if (silent && states.empty()) return Truth::True;  // nothing speaks of quarantine
  Truth passed = states.size() == 1 ? model::truth_of(*states.begin()) : Truth::Unknown;
  Truth reader = Truth::False;
  if (caller.kind == Caller::Kind::Entra) {
    reader = has_rights(caller, registry, mode, needs_of("pull-quarantined", mode));
  }
  if (caller.kind == Caller::Kind::Task && entry.id != "cache-pull") {
    auto identity = task_identity(caller, registry);
    const auto credential = caller.own ? task_credential(*caller.task, registry) : std::nullopt;
    if (credential && !credential->empty() && task_by_itself(caller, registry, mode, entry) == Truth::False) {
      const auto other = identity_written(*caller.task, *credential);
      if (other && !other->empty()) identity = other;
    }
    if (identity && !identity->empty())
      reader = has_rights(Caller{.id = *identity}, registry, mode, needs_of("pull-quarantined", mode));
  }
  if (on == Truth::Unknown) passed = std::max(passed, Truth::Unknown);
  return note("quarantine", std::max(passed, reader));
}

/// ARM locks stop management only: CanNotDelete what deletes, ReadOnly what writes or deletes. Source: section F
Truth Judge::resource_unlocked(const model::Registry& registry, const std::string& action) {
  Truth value = Truth::True;
  for (const model::ResourceLock& lock : s_.locks) {
    const Truth held = placed(registry) ? path_covers(lock.scope, lower(registry.id)) : Truth::Unknown;
    if (held == Truth::False) continue;
    const std::string level = lower(lock.level);
    Truth free = lock_lets(level, action);
    if (level != "readonly" && level != "cannotdelete") free = std::max(lock_lets("readonly", action), Truth::Unknown);
    if (held == Truth::Unknown) free = std::max(free, Truth::Unknown);
    value = std::min(value, free);
  }
  const auto& lists = s_.incomplete_lists;
  if (std::find(lists.begin(), lists.end(), "locks") != lists.end())
    value = std::min(value, std::max(lock_lets("readonly", action), Truth::Unknown));
  return value;
}

Truth Judge::lock_lets(const std::string& level, const std::string& action) {
  if (action.ends_with("/delete")) return Truth::False;
  if (level == "cannotdelete") return Truth::True;
  if (action.ends_with("/write")) return Truth::False;
  return action.ends_with("/action") ? contested("read-only-lock-on-actions", "unknown", "no", "yes") : Truth::True;
}

/// A registry that restricts networks must let trusted services pass. Source: B.4, "Import"
Truth Judge::import_reaches(const model::Registry& registry) {
  const Truth open = std::min(public_access(registry), open_by_default(registry));
  return note("import reaches " + registry.name, std::max(open, services_pass(registry)));
}

Truth Judge::export_allowed(const model::Registry& registry) {
  const auto policy = registry.policies.find("exportPolicy");
  if (policy == registry.policies.end()) {
    // Off only where the registry is Premium and has no public access. Source: section F, exportPolicy
    const auto may_be = [](const std::optional<std::string>& text, const std::string& word) {
      return !text || lower(*text) == word;
    };
    const bool may_be_off = may_be(registry.sku, "premium") && may_be(registry.public_network_access, "disabled");
    return note("export policy", may_be_off ? Truth::Unknown : Truth::True);
  }
  return note("export policy", status_is_on(policy->second));
}

// ---- the whole --------------------------------------------------------------------------------------------

Truth Judge::operation(const Caller& caller, const model::Registry& registry, Mode mode, const CatalogueEntry& entry) {
  Truth after = all_of({unlocked(registry, entry), not_quarantined(caller, registry, mode, entry)});
  if (entry.control) {
    for (const NeededRight& right : entry.legacy[0]) {
      // What is needed on a subnet is no matter of the registry's locks.
      const bool elsewhere = right.action.starts_with("microsoft.network/");
      if (!elsewhere) after = std::min(after, resource_unlocked(registry, right.action));
    }
  }
  if (entry.id == "export-from" || entry.id == "write-export-pipeline") {
    after = std::min(after, export_allowed(registry));
  }
  if (entry.id == "import") {
    after = std::min(after, import_reaches(registry));
    if (q_.source) {
      const model::Registry& source = *registry_named(q_.source->registry);
      after = std::min(after, import_reaches(source));
      // B.4 Import: across tenants not from a registry without public access
      const std::string from = tenant_of(source), to = tenant_of(registry);
      const bool closed = source.public_network_access && lower(*source.public_network_access) == "disabled";
      if (closed && !from.empty() && !to.empty() && from != to) after = note("import across tenants", Truth::False);
    }
  }
  return all_of({note("names", names_ok(registry, entry)), note("exists", exists(caller, registry)),
                 network(caller, registry, entry), credential(caller, registry, mode, entry),
                 note("door", door(caller, registry, mode, entry)), after});
}

/// One action or data action by itself. Source: A.3; B.1 for what the other doors make of it
Truth Judge::raw_action(const Caller& caller, const model::Registry& registry, Mode mode) {
  const std::string action = lower(q_.action);
  const bool honoured = mode == Mode::Abac ? !is_legacy_data_action(action) : !is_abac_data_action(action);
  if (!honoured) return note("the mode does not honour the right", Truth::False);
  CatalogueEntry entry;
  entry.control = !is_abac_data_action(action) && !is_legacy_data_action(action);
  const std::string verb = action.substr(action.find("/registries/") + 1).substr(std::string("registries/").size());
  const auto is = [&](const std::string& legacy, const std::string& abac) {
    return !entry.control && (verb == legacy || verb == abac);
  };
  Truth opens = Truth::False;
  switch (caller.kind) {
    case Caller::Kind::Entra:
    case Caller::Kind::Task:
      opens = caller.kind == Caller::Kind::Entra ? entra_raw(caller, registry, mode)
                                                 : task_door(caller, registry, mode, entry);
      break;
    case Caller::Kind::Admin:
      if (is("sign/write", "trustedcollections/write")) break;
      if (is("artifacts/delete", "repositories/content/delete")) entry.id = "delete";
      opens = admin_door(registry, mode, entry);
      break;
    case Caller::Kind::Anonymous:
      if (is("pull/read", "repositories/content/read")) entry.id = "pull";
      opens = anonymous_door(registry, entry);
      break;
    case Caller::Kind::Token: {
      static const std::map<std::string, std::string> twins = {{"pull/read", "content/read"},
                                                               {"push/write", "content/write"},
                                                               {"artifacts/delete", "content/delete"},
                                                               {"metadata/read", "metadata/read"},
                                                               {"metadata/write", "metadata/write"}};
      const auto twin = twins.find(verb);
      if (entry.control) break;
      if (verb == "catalog/read") {
        entry.id = "list-repositories";
      } else if (twin != twins.end() && mode == Mode::Legacy) {
        entry.token = {{{true, twin->second}}};
      }
      for (const auto& [legacy, known] : twins) {
        if (verb == "repositories/" + known) entry.token = {{{true, known}}};
      }
      opens = token_door(caller, registry, entry);
      break;
    }
  }
  return all_of({names_ok(registry, entry), exists(caller, registry), network(caller, registry, entry),
                 credential(caller, registry, mode, entry),
                 entry.control ? resource_unlocked(registry, action) : Truth::True, note("door", opens)});
}

ReferenceAnswer Judge::answer() {
  const model::Registry* registry = registry_named(q_.registry);
  if (registry == nullptr) return {};
  const auto caller = caller_named(q_.principal, *registry);
  if (!caller) return {};
  const CatalogueEntry* entry = q_.operation.empty() ? nullptr : find_entry(q_.operation);
  if (entry == nullptr && q_.action.empty()) return {};
  if (q_.source) {
    const model::Registry* source = registry_named(q_.source->registry);
    if (source == nullptr || (q_.source->principal && !caller_named(*q_.source->principal, *source))) return {};
  }
  const auto in_mode = [&](Mode mode) {
    note(mode == Mode::Legacy ? "legacy mode" : "ABAC mode");
    return agreed(*caller, *registry, [&](const Caller& one) {
      return entry != nullptr ? operation(one, *registry, mode, *entry) : raw_action(one, *registry, mode);
    });
  };
  Truth value = Truth::Unknown;
  if (registry->mode) {
    value = in_mode(*registry->mode == model::PermissionMode::Abac ? Mode::Abac : Mode::Legacy);
  } else {
    const Truth legacy = in_mode(Mode::Legacy);
    const Truth abac = in_mode(Mode::Abac);
    if (legacy == abac) value = legacy;
  }
  return {evaluator::verdict_of(value), std::move(notes_)};
}

}  // namespace

ReferenceAnswer reference_decide(const model::Snapshot& snapshot, const evaluator::Question& question,
                                 const std::map<std::string, std::string>& assumptions) {
  return Judge(snapshot, question, assumptions).answer();
}

std::vector<ReferenceOperation> reference_operations() {
  std::vector<ReferenceOperation> all;
  for (const CatalogueEntry& entry : catalogue()) all.push_back({entry.id, entry.control, entry.takes_repository});
  return all;
}

}  // namespace acrbiter::reference
