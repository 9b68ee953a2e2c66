#include "model/snapshot_builder.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "model/ascii.h"
#include "model/guid.h"
#include "model/text_position.h"

namespace acrbiter::model {

namespace {

/// Finds the place of an item by its key without storing the key again: open addressing over positions.
class PositionTable {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  /// Position for which `same(position)` holds among those added with this hash, or kNone.
  template <class Same>
  [[nodiscard]] std::uint32_t find(std::size_t hash, Same same) const {
    if (slots_.empty()) return kNone;
    const std::uint32_t tag = folded(hash);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = tag & mask; slots_[i].position != kNone; i = (i + 1) & mask) {
      if (slots_[i].tag == tag && same(slots_[i].position)) return slots_[i].position;
    }
    return kNone;
  }

  void add(std::size_t hash, std::uint32_t position) {
    if (2 * (count_ + 1) > slots_.size()) grow();
    put({.position = position, .tag = folded(hash)});
    ++count_;
  }

 private:
  struct Slot {
    std::uint32_t position = kNone;
    std::uint32_t tag = 0;
  };

  static std::uint32_t folded(std::size_t hash) { return static_cast<std::uint32_t>(hash ^ hash >> 32U); }
  void put(const Slot& slot) {
    std::size_t i = slot.tag & (slots_.size() - 1);
    while (slots_[i].position != kNone) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = slot;
  }
  void grow() {
    std::vector<Slot> old(std::max<std::size_t>(64, slots_.size() * 2));
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.position != kNone) put(slot);
    }
  }

  std::vector<Slot> slots_;
  std::size_t count_ = 0;
};

std::size_t hash_of(std::string_view text) noexcept { return std::hash<std::string_view>()(text); }

/// Spreads the bits of `value` (the finalizer of SplitMix64, shortened).
constexpr std::size_t mixed(std::size_t value) noexcept {
  value = (value ^ value >> 30U) * 0xBF58476D1CE4E5B9U;
  return value ^ value >> 27U;
}

/// The last segment of any spelling of a role's id.
std::string_view role_guid(std::string_view id) noexcept {
  id = id.substr(0, id.find('|'));
  while (!id.empty() && id.back() == '/') id.remove_suffix(1);
  const std::size_t slash = id.rfind('/');
  return slash == std::string_view::npos ? id : id.substr(slash + 1);
}

template <class T>
void fill(std::optional<T>& value, std::optional<T>&& other) {
  if (!value) value = std::move(other);
}
void fill(std::string& value, std::string&& other) {
  if (value.empty()) value = std::move(other);
}
template <class T>
void fill(std::vector<T>& value, std::vector<T>&& other) {
  if (value.empty()) value = std::move(other);
}

/// What `registry` leaves open is taken from `other`.
void complete(Registry& registry, Registry&& other) {
  fill(registry.id, std::move(other.id));
  fill(registry.login_server, std::move(other.login_server));
  if (!registry.mode && !registry.mode_text) {
    registry.mode = other.mode;
    registry.mode_text = std::move(other.mode_text);
  }
  fill(registry.sku, std::move(other.sku));
  fill(registry.admin_user_enabled, std::move(other.admin_user_enabled));
  fill(registry.anonymous_pull_enabled, std::move(other.anonymous_pull_enabled));
  fill(registry.bypass_allowed_for_tasks, std::move(other.bypass_allowed_for_tasks));
  fill(registry.data_endpoint_enabled, std::move(other.data_endpoint_enabled));
  fill(registry.public_network_access, std::move(other.public_network_access));
  fill(registry.network_rule_bypass_options, std::move(other.network_rule_bypass_options));
  if (registry.network_rule_set && other.network_rule_set) {
    fill(registry.network_rule_set->default_action, std::move(other.network_rule_set->default_action));
    fill(registry.network_rule_set->virtual_network_rules, std::move(other.network_rule_set->virtual_network_rules));
  }
  fill(registry.network_rule_set, std::move(other.network_rule_set));
  fill(registry.private_endpoint_connections, std::move(other.private_endpoint_connections));
  registry.policies.merge(other.policies);
  fill(registry.identity.type, std::move(other.identity.type));
  fill(registry.identity.principal_id, std::move(other.identity.principal_id));
  fill(registry.identity.user_assigned, std::move(other.identity.user_assigned));
  fill(registry.repositories, std::move(other.repositories));
  registry.existence_only = registry.existence_only && other.existence_only;
  fill(registry.may_be_gone, std::move(other.may_be_gone));
}

// ---- what exports of one registry say otherwise -----------------------------------------------------------

bool same_text(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  return !a || !b || equal_ignoring_case(*a, *b);
}
template <class T>
bool same_value(const std::optional<T>& a, const std::optional<T>& b) {
  return !a || !b || *a == *b;
}

bool same_mode(const Registry& a, const Registry& b) {
  if (a.mode && b.mode) return *a.mode == *b.mode;
  return !(a.mode || a.mode_text) || !(b.mode || b.mode_text) ||
         (!a.mode && !b.mode && same_text(a.mode_text, b.mode_text));
}

template <class Rule, class Key>
std::vector<std::string> sorted_keys(const std::vector<Rule>& rules, Key key) {
  std::vector<std::string> keys;
  for (const Rule& rule : rules) keys.push_back(ascii_lower(key(rule)));
  std::sort(keys.begin(), keys.end());
  return keys;
}

bool same_rules(const Registry& a, const Registry& b) {
  if (!a.network_rule_set || !b.network_rule_set) return true;
  const NetworkRuleSet& x = *a.network_rule_set;
  const NetworkRuleSet& y = *b.network_rule_set;
  const auto address = [](const IpRule& rule) { return rule.value + ' ' + rule.action; };
  const auto subnet = [](const VirtualNetworkRule& rule) { return rule.subnet_id + ' ' + rule.action; };
  if (!same_text(x.default_action, y.default_action)) return false;
  if (sorted_keys(x.ip_rules, address) != sorted_keys(y.ip_rules, address)) return false;
  return !x.virtual_network_rules || !y.virtual_network_rules ||
         sorted_keys(*x.virtual_network_rules, subnet) == sorted_keys(*y.virtual_network_rules, subnet);
}

bool same_endpoints(const Registry& a, const Registry& b) {
  if (!a.private_endpoint_connections || !b.private_endpoint_connections) return true;
  const auto key = [](const PrivateEndpointConnection& c) { return c.id + ' ' + c.status; };
  return sorted_keys(*a.private_endpoint_connections, key) == sorted_keys(*b.private_endpoint_connections, key);
}

/// The status of a policy that exports contradict each other in: no word that anybody knows. A policy that no export
/// shows may have a default.
constexpr std::string_view kContradicted = "(contradicted)";

/// A setting that decides access: whether two exports agree on it (one that does not tell it agrees with all), and how
/// to forget it.
struct Setting {
  std::string_view name;
  bool (*same)(const Registry&, const Registry&);
  void (*forget)(Registry&);
};

template <auto kMember>
constexpr Setting text(std::string_view name) {
  return {name, [](const Registry& a, const Registry& b) { return same_text(a.*kMember, b.*kMember); },
          [](Registry& r) { (r.*kMember).reset(); }};
}
template <auto kMember>
constexpr Setting flag(std::string_view name) {
  return {name, [](const Registry& a, const Registry& b) { return same_value(a.*kMember, b.*kMember); },
          [](Registry& r) { (r.*kMember).reset(); }};
}

constexpr std::array kSettings = {
    Setting{"roleAssignmentMode", same_mode,
            [](Registry& r) {
              r.mode.reset();
              r.mode_text.reset();
            }},
    text<&Registry::login_server>("loginServer"),
    text<&Registry::sku>("sku"),
    flag<&Registry::admin_user_enabled>("adminUserEnabled"),
    flag<&Registry::anonymous_pull_enabled>("anonymousPullEnabled"),
    flag<&Registry::bypass_allowed_for_tasks>("networkRuleBypassAllowedForTasks"),
    flag<&Registry::data_endpoint_enabled>("dataEndpointEnabled"),
    text<&Registry::public_network_access>("publicNetworkAccess"),
    text<&Registry::network_rule_bypass_options>("networkRuleBypassOptions"),
    Setting{"networkRuleSet", same_rules, [](Registry& r) { r.network_rule_set.emplace(); }},
    Setting{"privateEndpointConnections", same_endpoints, [](Registry& r) { r.private_endpoint_connections.reset(); }},
};

/// The exports of one registry put together, and what they contradict each other in.
class ShownRegistry {
 public:
  explicit ShownRegistry(Registry&& first) { parts_.push_back(std::move(first)); }
  void add(Registry&& other) { parts_.push_back(std::move(other)); }

  /// All in one; `warn(setting, one, other)` is called once for each setting that is not known therefore. What
  /// infrastructure code says (`declared`, may be null) settles it.
  template <class Warn>
  Registry join(const Registry* declared, Warn warn) && {
    if (parts_.size() == 1) return std::move(parts_.front());
    std::vector<const Setting*> settings;
    std::vector<std::string> policies;
    Registry told = parts_.front();  // of each setting what the first says that tells it
    for (std::size_t i = 1; i < parts_.size(); ++i) {
      const auto first_that = [&](auto differs) -> const Registry& {
        return *std::find_if(parts_.begin(), parts_.end(), differs);
      };
      const Registry& part = parts_[i];
      for (const Setting& setting : kSettings) {
        if (setting.same(told, part) || std::find(settings.begin(), settings.end(), &setting) != settings.end())
          continue;
        settings.push_back(&setting);
        const Registry& one = first_that([&](const Registry& r) { return !setting.same(r, part); });
        const bool settled = declared != nullptr && (!setting.same(*declared, one) || !setting.same(*declared, part));
        if (!settled) warn(setting.name, one, part);
      }
      for (const auto& [name, status] : part.policies) {
        const auto differs = [&, &policy = name, &mine = status](const Registry& r) {
          const auto theirs = r.policies.find(policy);
          return theirs != r.policies.end() && theirs->second != mine;
        };
        if (!differs(told) || std::find(policies.begin(), policies.end(), name) != policies.end()) continue;
        policies.push_back(name);
        if (declared == nullptr || !declared->policies.contains(name)) warn(name, first_that(differs), part);
      }
      complete(told, Registry(part));
    }
    for (const Setting* setting : settings) setting->forget(told);
    for (const std::string& policy : policies) told.policies[policy] = kContradicted;
    return told;
  }

 private:
  std::vector<Registry> parts_;
};

// ---- what definitions of one role say otherwise -----------------------------------------------------------

/// The texts of `lists`, as a set without letter case.
std::vector<std::string> set_of(std::initializer_list<const std::vector<std::string>*> lists) {
  std::vector<std::string> texts;
  for (const auto* list : lists) {
    for (const std::string& text : *list) texts.push_back(ascii_lower(text));
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

Permission in_order(const Permission& p) {
  return {.actions = set_of({&p.actions}),
          .not_actions = set_of({&p.not_actions}),
          .data_actions = set_of({&p.data_actions}),
          .not_data_actions = set_of({&p.not_data_actions}),
          .condition = p.condition};
}

/// The entries of a role as what they are: sets of actions, in no order.
std::vector<Permission> in_order(const std::vector<Permission>& permissions) {
  std::vector<Permission> entries;
  for (const Permission& p : permissions) entries.push_back(in_order(p));
  const auto key = [](const Permission& p) {
    return std::tie(p.actions, p.not_actions, p.data_actions, p.not_data_actions, p.condition);
  };
  std::sort(entries.begin(), entries.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  return entries;
}

/// Is `merged` what PowerShell makes of the several entries of `whole`? Their conditions are lost to it. Source:
/// input-formats 2
bool merges(const RoleDefinition& merged, const RoleDefinition& whole) {
  if (!merged.flat || whole.flat || merged.permissions.size() != 1 || whole.permissions.size() < 2) return false;
  Permission all;
  for (const Permission& p : whole.permissions) {
    all.actions = set_of({&all.actions, &p.actions});
    all.not_actions = set_of({&all.not_actions, &p.not_actions});
    all.data_actions = set_of({&all.data_actions, &p.data_actions});
    all.not_data_actions = set_of({&all.not_data_actions, &p.not_data_actions});
  }
  all.condition = merged.permissions.front().condition;
  return in_order(merged.permissions.front()) == all;
}

// ---- what lists of members say otherwise ------------------------------------------------------------------

using PrincipalSet = std::vector<PrincipalIndex>;  // sorted, each once

void sort_unique(PrincipalSet& set) {
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
}

PrincipalSet sorted(PrincipalSet set) {
  sort_unique(set);
  return set;
}

bool holds(const PrincipalSet& set, PrincipalIndex p) { return std::binary_search(set.begin(), set.end(), p); }

/// Calls `found` for what is in `a` and not in `b`.
template <class Found>
void for_each_missing(const PrincipalSet& a, const PrincipalSet& b, Found found) {
  for (const PrincipalIndex p : a) {
    if (!holds(b, p)) found(p);
  }
}

std::string what_is_assigned(const Snapshot& snapshot, const RoleAssignment& row) {
  const RoleDefinition& role = snapshot[row.role];
  return (role.name.empty() ? role.guid : role.name) + " to " + snapshot[row.principal].id + " at " +
         snapshot[row.scope].display;
}

}  // namespace

bool forget(Registry& registry, std::string_view name) {
  const auto* const setting =
      std::find_if(kSettings.begin(), kSettings.end(), [&](const Setting& each) { return each.name == name; });
  if (setting == kSettings.end()) return false;
  setting->forget(registry);
  return true;
}

struct SnapshotBuilder::Impl {
  Snapshot snapshot;
  PositionTable principals, scopes, roles, conditions, subscriptions;
  std::string key;  ///< reused for the lower-case form of what is looked up

  void set_key(std::string_view text) {
    key.assign(text);
    std::transform(key.begin(), key.end(), key.begin(), [](char c) { return ascii_lower(c); });
  }

  std::vector<MembershipList> lists;  ///< that are complete
  std::vector<MembershipList> pages;  ///< that are not complete
  /// Who is shown of lists of members that are not complete, by group and whether they are transitive.
  std::map<std::pair<PrincipalIndex, bool>, std::set<PrincipalIndex>> cut_lists;
  std::map<std::string, std::vector<std::set<std::string>>> children;  ///< of a management group, by each export

  struct Told {
    struct Flag {
      bool yes = false, no = false;

      void take(std::optional<bool> flag) {
        if (flag) (*flag ? yes : no) = true;
      }
      [[nodiscard]] bool differs() const noexcept { return yes && no; }
    };
    Flag deleted, security, mail, unified;
    bool attributes_differ = false;

    /// Neither a security group nor one of Microsoft 365. Source: input-formats 5
    [[nodiscard]] bool may_be_distribution_list() const noexcept {
      return (security.no || (mail.yes && !security.yes)) && (unified.no || !unified.yes);
    }
    [[nodiscard]] bool is_distribution_list() const noexcept {
      return security.no && !security.yes && unified.no && !unified.yes && !mail.no;
    }
  };
  std::vector<Told> told;  ///< of the first principals, what the directory shows of them

  struct Contested {
    std::set<std::pair<PrincipalIndex, PrincipalIndex>> pairs;    ///< group, member
    std::set<PrincipalIndex> groups;                              ///< that may have further members
    std::set<std::pair<PrincipalIndex, PrincipalIndex>> by_mail;  ///< group, member by a distribution list in it alone
  };
  void contest_over_nested(const std::vector<MembershipList>& lists_of_all, Contested& contested) const;
  /// It may have other members than those that are listed.
  void open_members(PrincipalIndex group) {
    snapshot.members_known[at(group)] = MembersKnown::Partial;
    snapshot.principals[at(group)].members_are_transitive = false;
  }
  void settle_principals();
  void settle_hierarchy();
  void settle_instances();
  void split_by_tenant();
  bool exports_settled = false;
  void settle_memberships();
  void settle_denies();
  void settle_locks();
  void join_registries();
  void drop_duplicates();
  void contest_by_instances(std::vector<std::size_t>& contradicted) const;
};

SnapshotBuilder::SnapshotBuilder() : impl_(std::make_unique<Impl>()) {}
SnapshotBuilder::~SnapshotBuilder() = default;
SnapshotBuilder::SnapshotBuilder(SnapshotBuilder&&) noexcept = default;
SnapshotBuilder& SnapshotBuilder::operator=(SnapshotBuilder&&) noexcept = default;

Snapshot& SnapshotBuilder::draft() noexcept { return impl_->snapshot; }

PrincipalIndex SnapshotBuilder::principal(std::string_view object_id) {
  impl_->set_key(object_id);
  const std::string& key = impl_->key;
  auto& principals = impl_->snapshot.principals;
  const std::size_t hash = hash_of(key);
  std::uint32_t found = impl_->principals.find(hash, [&](std::uint32_t i) { return principals[i].id == key; });
  if (found == PositionTable::kNone) {
    found = static_cast<std::uint32_t>(principals.size());
    principals.emplace_back().id = key;
    impl_->snapshot.members_known.push_back(MembersKnown::NotGiven);
    impl_->principals.add(hash, found);
  }
  return PrincipalIndex{found};
}

ScopeIndex SnapshotBuilder::scope(std::string_view text) {
  while (text.size() > 1 && text.back() == '/') text.remove_suffix(1);
  impl_->set_key(text);
  const std::string& key = impl_->key;
  auto& scopes = impl_->snapshot.scopes;
  const std::size_t hash = hash_of(key);
  std::uint32_t found = impl_->scopes.find(hash, [&](std::uint32_t i) { return scopes[i].key == key; });
  if (found == PositionTable::kNone) {
    found = static_cast<std::uint32_t>(scopes.size());
    scopes.push_back({.key = key, .display = std::string(text), .kind = scope_kind(key)});
    impl_->scopes.add(hash, found);
  }
  return ScopeIndex{found};
}

RoleIndex SnapshotBuilder::role(std::string_view role_definition_id) {
  impl_->set_key(role_guid(role_definition_id));
  const std::string& key = impl_->key;
  auto& roles = impl_->snapshot.roles;
  const std::size_t hash = hash_of(key);
  std::uint32_t found = impl_->roles.find(hash, [&](std::uint32_t i) { return roles[i].guid == key; });
  if (found == PositionTable::kNone) {
    found = static_cast<std::uint32_t>(roles.size());
    roles.emplace_back().guid = key;
    impl_->roles.add(hash, found);
  }
  return RoleIndex{found};
}

ConditionIndex SnapshotBuilder::condition(std::string_view text, std::string_view version) {
  if (text.empty()) return kNoCondition;
  auto& conditions = impl_->snapshot.conditions;
  const std::size_t hash = hash_of(text) + 31 * hash_of(version);
  std::uint32_t found = impl_->conditions.find(
      hash, [&](std::uint32_t i) { return conditions[i].text == text && conditions[i].version == version; });
  if (found == PositionTable::kNone) {
    found = static_cast<std::uint32_t>(conditions.size());
    ConditionEntry& entry = conditions.emplace_back();
    entry.text = text;
    entry.version = version;
    impl_->conditions.add(hash, found);
  }
  return ConditionIndex{found};
}

std::uint32_t SnapshotBuilder::listed_subscription(std::string_view key) {
  auto& listed = impl_->snapshot.listed_subscriptions;
  const std::size_t hash = hash_of(key);
  std::uint32_t found = impl_->subscriptions.find(hash, [&](std::uint32_t i) { return listed[i] == key; });
  if (found == PositionTable::kNone) {
    found = static_cast<std::uint32_t>(listed.size());
    listed.emplace_back(key);
    impl_->subscriptions.add(hash, found);
  }
  return found + 1;
}

bool SnapshotBuilder::define_role(RoleDefinition definition) {
  definition.defined = true;
  if (definition.guid.empty()) {
    impl_->snapshot.roles.push_back(std::move(definition));
    return true;
  }
  const RoleIndex index = role(definition.guid);
  RoleDefinition& known = impl_->snapshot.roles[at(index)];
  const bool completes = (known.conditions_lost && !definition.conditions_lost) || merges(known, definition);
  const bool loses = (definition.conditions_lost && !known.conditions_lost) || merges(definition, known);
  if (known.contradicted) return false;
  if (known.defined && (loses || (!known.from_catalogue && !completes))) {
    if (!loses && in_order(known.permissions) != in_order(definition.permissions)) {
      known.contradicted = true;
      known.defined = false;
      known.permissions.clear();
    }
    return false;
  }
  // Custom roles are assignable in some scopes, and all built-in ones that touch registries are known.
  if (definition.type == RoleType::Unknown) {
    const bool everywhere = definition.assignable_scopes.size() == 1 && definition.assignable_scopes.front() == "/";
    definition.type = known.from_catalogue || everywhere ? RoleType::BuiltIn : RoleType::Custom;
  }
  definition.guid = known.guid;
  if (definition.name.empty()) definition.name = known.name;
  known = std::move(definition);
  return true;
}

void SnapshotBuilder::note_in_directory(PrincipalIndex principal, InDirectory told) {
  if (impl_->told.size() <= at(principal)) impl_->told.resize(at(principal) + 1);
  Impl::Told& known = impl_->told[at(principal)];
  known.deleted.take(told.deleted);
  known.security.take(told.security_enabled);
  known.mail.take(told.mail_enabled);
  known.unified.take(told.unified);
  Principal& p = impl_->snapshot.principals[at(principal)];
  p.distribution_list = known.is_distribution_list();
  if (!told.security_attributes) return;
  if (p.security_attributes && *p.security_attributes != *told.security_attributes) known.attributes_differ = true;
  p.security_attributes = std::move(told.security_attributes);
}

void SnapshotBuilder::add_membership(PrincipalIndex member, PrincipalIndex group) {
  impl_->snapshot.memberships.push_back({.member = member, .group = group});
}

void SnapshotBuilder::set_members_known(PrincipalIndex group, MembersKnown known) {
  impl_->snapshot.members_known[at(group)] = known;
}

void SnapshotBuilder::add_list(MembershipList list) {
  const std::pair kind(list.owner, list.transitive);
  if (!list.complete) {
    if (list.of_members) impl_->cut_lists[kind].insert(list.listed.begin(), list.listed.end());
    impl_->pages.push_back(std::move(list));
    return;
  }
  const auto cut = impl_->cut_lists.find(kind);
  const bool may_be_rest =
      list.of_members && cut != impl_->cut_lists.end() &&
      std::none_of(list.listed.begin(), list.listed.end(), [&](PrincipalIndex p) { return cut->second.contains(p); });
  if (!may_be_rest) impl_->lists.push_back(std::move(list));
}

void SnapshotBuilder::add_below(std::string child, std::string parent) {
  impl_->snapshot.hierarchy.push_back({.child = std::move(child), .parent = std::move(parent)});
}

void SnapshotBuilder::add_children(std::string_view group, std::set<std::string> children) {
  impl_->children[std::string(group)].push_back(std::move(children));
}

/// Who is said to be in a group, by whatever lists together, has to be in each complete list that would name him. Adds
/// what contradicts that, with every membership that may be the false one.
void SnapshotBuilder::Impl::contest_over_nested(const std::vector<MembershipList>& joined, Contested& contested) const {
  const std::size_t count = snapshot.principals.size();
  using Edges = std::vector<PrincipalSet>;
  const auto is_group = [&](PrincipalIndex p) {
    return snapshot[p].kind == PrincipalKind::Group || snapshot[p].kind == PrincipalKind::ForeignGroup;
  };
  std::vector<bool> mail(count, false), surely_mail(count, false);
  for (std::size_t i = 0; i < count; ++i) {
    surely_mail[i] = snapshot.principals[i].distribution_list;
    mail[i] = surely_mail[i] || (i < told.size() && told[i].may_be_distribution_list());
  }
  // By all that is said, but for what nobody has anything of; and by the direct lists that are complete.
  Edges down(count), up(count), listed_down(count), listed_up(count);
  for (const Membership& m : snapshot.memberships) {
    if (mail[at(m.group)]) continue;
    down[at(m.group)].push_back(m.member);
    up[at(m.member)].push_back(m.group);
  }
  std::vector<bool> listed(count, false);
  for (const MembershipList& list : joined) {
    if (list.transitive || !list.of_members) continue;
    listed[at(list.owner)] = true;
    for (const PrincipalIndex p : list.listed) {
      listed_down[at(list.owner)].push_back(p);
      listed_up[at(p)].push_back(list.owner);
    }
  }
  // Everything that a principal reaches, itself first, but for what is known already.
  std::vector<bool> seen(count, false);
  const auto reach = [&](PrincipalIndex from, const Edges& edges, const std::vector<bool>& known) {
    PrincipalSet all{from};
    seen[at(from)] = true;
    for (std::size_t next = 0; next < all.size(); ++next) {
      for (const PrincipalIndex p : edges[at(all[next])]) {
        if (seen[at(p)] || known[at(p)]) continue;
        seen[at(p)] = true;
        all.push_back(p);
      }
    }
    for (const PrincipalIndex p : all) seen[at(p)] = false;
    return all;
  };
  const std::vector<bool> none(count, false);

  // Lists of all.
  for (const MembershipList& list : joined) {
    if (!list.transitive) continue;
    const PrincipalSet reached = sorted(reach(list.owner, list.of_members ? down : up, none));
    const auto contest = [&](PrincipalIndex one, PrincipalIndex other) {
      contested.pairs.insert(list.of_members ? std::pair(one, other) : std::pair(other, one));
    };
    const bool people_only = list.of_members && std::none_of(list.listed.begin(), list.listed.end(), is_group);
    for (const PrincipalIndex p : reached) {
      if (p == list.owner || holds(list.listed, p) || (people_only && is_group(p))) continue;
      contest(list.owner, p);
      for (const PrincipalIndex next : (list.of_members ? up : down)[at(p)]) {
        const bool within = next == list.owner || holds(list.listed, next);
        if (within || (people_only && holds(reached, next))) contest(next, p);
      }
    }
  }

  // Direct lists, with those of all groups in them.
  std::vector<bool> open(count, false);  // groups of which some member, over whatever other groups, is not listed
  for (std::size_t i = 0; i < count; ++i) {
    const PrincipalIndex p{static_cast<std::uint32_t>(i)};
    if (open[i] || listed[i] || (!is_group(p) && snapshot[p].kind != PrincipalKind::Unknown)) continue;
    for (const PrincipalIndex above : reach(p, listed_up, open)) open[at(above)] = true;
  }
  std::map<PrincipalIndex, std::vector<const MembershipList*>> lists_of_all;
  for (const MembershipList& list : joined) {
    if (list.transitive) lists_of_all[list.owner].push_back(&list);
  }
  // Is `p` not in `group` by a list of all that is in the group, or by one of all that `p` is in?
  const auto is_excluded = [&](PrincipalIndex group, PrincipalIndex p) {
    const auto lacks = [&](PrincipalIndex owner, PrincipalIndex other, bool of_members) {
      const auto found = lists_of_all.find(owner);
      return found != lists_of_all.end() &&
             std::any_of(found->second.begin(), found->second.end(), [&](const MembershipList* list) {
               return list->of_members == of_members && !holds(list->listed, other);
             });
    };
    return lacks(p, group, false) || (!is_group(p) && lacks(group, p, true));
  };
  // May `p` be in `group`, whose direct members are listed, by a group in it?
  const auto has_road = [&](PrincipalIndex group, PrincipalIndex p) {
    PrincipalSet reached{group};
    bool found = false;
    seen[at(group)] = true;
    for (std::size_t next = 0; next < reached.size() && !found; ++next) {
      for (const PrincipalIndex below : listed_down[at(reached[next])]) {
        const bool may_hold = (is_group(below) || snapshot[below].kind == PrincipalKind::Unknown) && !mail[at(below)];
        const bool way = may_hold && !seen[at(below)] && !is_excluded(below, p);
        found = found || below == p || (way && !listed[at(below)]);
        if (found || !way) continue;
        seen[at(below)] = true;
        reached.push_back(below);
      }
    }
    for (const PrincipalIndex each : reached) seen[at(each)] = false;
    return found;
  };
  std::vector<bool> looked(count, false);
  for (std::size_t i = 0; i < count; ++i) {
    const PrincipalIndex group{static_cast<std::uint32_t>(i)};
    if (!listed[i]) continue;
    const PrincipalSet direct = sorted(listed_down[i]);
    if (open[i]) {
      for (const PrincipalIndex p : down[i]) {
        if (!holds(direct, p) && !has_road(group, p)) contested.pairs.emplace(group, p);
      }
      continue;
    }
    if (std::all_of(down[i].begin(), down[i].end(), [&](PrincipalIndex p) { return holds(direct, p); })) continue;
    const PrincipalSet below = sorted(reach(group, listed_down, none));
    const PrincipalSet counting = sorted(reach(group, listed_down, mail));
    const PrincipalSet may_count = sorted(reach(group, listed_down, surely_mail));
    for (const PrincipalIndex p : down[i]) {
      if (holds(direct, p) || holds(counting, p)) continue;
      if (holds(below, p)) {
        (holds(may_count, p) ? contested.pairs : contested.by_mail).emplace(group, p);
        continue;
      }
      contested.pairs.emplace(group, p);
      if (looked[i]) continue;
      for (const PrincipalIndex each : reach(group, listed_down, looked)) {
        looked[at(each)] = true;
        if (listed[at(each)]) contested.groups.insert(each);
      }
    }
  }

  // Who is in a group that holds a distribution list may be so by that alone.
  for (std::size_t i = 0; i < count; ++i) {
    const PrincipalIndex list{static_cast<std::uint32_t>(i)};
    if (!mail[i]) continue;
    const PrincipalSet in_list = sorted(reach(list, listed_down, none));
    const bool all_in_list = listed[i] && !open[i];
    for (const PrincipalIndex group : reach(list, up, none)) {
      if (group == list || (listed[at(group)] && !open[at(group)])) continue;
      const PrincipalSet counting = sorted(reach(group, listed_down, mail));
      for (const PrincipalIndex p : down[at(group)]) {
        if (p != list && !holds(counting, p) && (!all_in_list || holds(in_list, p))) contested.pairs.emplace(group, p);
      }
    }
  }
}

void SnapshotBuilder::Impl::settle_memberships() {
  if (lists.empty()) return;
  const auto place = [](const MembershipList& l) { return std::tie(l.owner, l.of_members, l.transitive, l.file); };
  std::stable_sort(lists.begin(), lists.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  std::vector<MembershipList> joined;
  for (MembershipList& list : lists) {
    if (joined.empty() || place(joined.back()) != place(list)) {
      joined.push_back(std::move(list));
    } else {
      joined.back().listed.insert(joined.back().listed.end(), list.listed.begin(), list.listed.end());
    }
  }
  for (MembershipList& list : joined) sort_unique(list.listed);
  const auto lists_of = [&](PrincipalIndex owner) {
    const auto range = std::equal_range(joined.begin(), joined.end(), MembershipList{.owner = owner, .listed = {}},
                                        [](const auto& a, const auto& b) { return a.owner < b.owner; });
    return std::span(range.first, range.second);
  };
  Contested contested;
  // Nothing but what complete lists of direct members say contradicts nothing.
  const auto stray = [&](const Membership& m) {
    const auto of_group = lists_of(m.group);
    const auto direct = [](const MembershipList& list) { return list.of_members && !list.transitive; };
    return std::any_of(of_group.begin(), of_group.end(), direct) &&
           std::none_of(of_group.begin(), of_group.end(),
                        [&](const MembershipList& list) { return direct(list) && holds(list.listed, m.member); });
  };
  if (std::any_of(joined.begin(), joined.end(), [](const MembershipList& list) { return list.transitive; }) ||
      std::any_of(snapshot.memberships.begin(), snapshot.memberships.end(), stray)) {
    contest_over_nested(joined, contested);
  }

  // Who is in a group through another one stands in lists of all alone.
  const auto may_hold_nested = [&](const MembershipList& direct) {
    if (!direct.of_members) return !direct.listed.empty();
    return std::any_of(direct.listed.begin(), direct.listed.end(), [&](PrincipalIndex p) {
      return snapshot[p].kind == PrincipalKind::Group || snapshot[p].kind == PrincipalKind::Unknown;
    });
  };
  const auto contest = [&](const MembershipList& list, PrincipalIndex p) {
    contested.pairs.insert(list.of_members ? std::pair(list.owner, p) : std::pair(p, list.owner));
  };
  // The lists of the other side: what one lists directly the other lists, and the rest if both hold nested groups.
  const auto compare_sides = [&](const MembershipList& list) {
    for (const PrincipalIndex p : list.listed) {
      if (snapshot[p].distribution_list || snapshot[list.owner].distribution_list) continue;
      for (const MembershipList& other : lists_of(p)) {
        const bool people_only =
            other.of_members && other.transitive && snapshot[list.owner].kind == PrincipalKind::Group;
        const bool comparable =
            other.of_members != list.of_members && (other.transitive || !list.transitive || !may_hold_nested(other));
        if (comparable && !people_only && !holds(other.listed, list.owner)) contest(list, p);
      }
    }
  };
  const auto compare_own = [&](const MembershipList& list) {
    for (const MembershipList& other : lists_of(list.owner)) {
      if (&other == &list || other.of_members != list.of_members) continue;
      if (list.transitive && !other.transitive && may_hold_nested(other)) continue;
      for_each_missing(list.listed, other.listed, [&](PrincipalIndex p) {
        // Lists of all the people in a group leave nested groups out.
        const bool nested = list.of_members && !list.transitive && other.transitive;
        if (!nested || snapshot[p].kind != PrincipalKind::Group) contest(list, p);
      });
    }
  };
  for (const MembershipList& list : pages) {
    compare_sides(list);
    if (!list.of_members) compare_own(list);
  }
  for (const MembershipList& list : joined) {
    compare_sides(list);
    compare_own(list);
  }
  // Where each of the groups that somebody is said to be in directly is open, so is every other, which one of them led
  // to.
  std::set<PrincipalIndex> without_road;
  for (const MembershipList& list : joined) {
    const auto is_open = [&](PrincipalIndex group) { return contested.pairs.contains(std::pair(group, list.owner)); };
    const bool direct = !list.of_members && !list.transitive && !list.listed.empty();
    if (direct && std::all_of(list.listed.begin(), list.listed.end(), is_open)) without_road.insert(list.owner);
  }
  for (const Membership& m : snapshot.memberships) {
    if (without_road.contains(m.member)) contested.pairs.emplace(m.group, m.member);
  }

  std::erase_if(snapshot.memberships, [&](const Membership& m) {
    const std::pair edge(m.group, m.member);
    return contested.pairs.contains(edge) || contested.by_mail.contains(edge);
  });
  constexpr std::size_t kNamed = 20;
  std::size_t groups = 0;
  std::optional<PrincipalIndex> last;
  for (const PrincipalIndex group : contested.groups) open_members(group);
  for (const auto& [group, member] : contested.pairs) {
    snapshot.principals[at(member)].groups_complete = false;
    if (std::exchange(last, group) == group) continue;
    open_members(group);
    if (++groups > kNamed) continue;
    const Principal& principal = snapshot[group];
    Warning& warning = snapshot.warnings.emplace_back();
    warning.code = "members-conflict";
    warning.where.message = "lists that are complete contradict each other in who is in group " +
                            quoted(principal.display_name.empty() ? principal.id : principal.display_name) +
                            ", the first: " + quoted(snapshot[member].id);
    warning.where.help = "who is not in all of them may be a member or not; remove the older export";
  }
}

/// Nobody is anything any more who is deleted, whatever else shows it. What exports contradict each other in is open.
void SnapshotBuilder::Impl::settle_principals() {
  std::set<PrincipalIndex> open_groups;
  std::size_t contradicted = 0, untold = 0;
  std::string first, first_untold;
  for (std::size_t i = 0; i < told.size(); ++i) {
    const Told& one = told[i];
    const PrincipalIndex index{static_cast<std::uint32_t>(i)};
    Principal& principal = snapshot.principals[i];
    const std::string& name = principal.display_name.empty() ? principal.id : principal.display_name;
    const bool may_be_deleted = one.deleted.differs();
    const bool open_kind = one.may_be_distribution_list() && !one.is_distribution_list();
    const bool may_be_list = open_kind && (one.security.differs() || one.mail.differs() || one.unified.differs());
    if (one.deleted.yes && !principal.orphaned) {
      principal.orphaned = !may_be_deleted;
      principal.unresolved = may_be_deleted;
    }
    principal.described = principal.described && !principal.orphaned;
    if (one.attributes_differ) principal.security_attributes.reset();
    const bool not_told = open_kind && !may_be_list;
    if (not_told && ++untold == 1) first_untold = quoted(name);
    if (principal.kind == PrincipalKind::Group && (may_be_deleted || may_be_list || not_told))
      open_groups.insert(index);
    if (!may_be_deleted && !may_be_list && !one.attributes_differ) continue;
    if (++contradicted == 1) {
      first = quoted(name) + (may_be_deleted ? " is deleted"
                              : may_be_list  ? " is for mail alone"
                                             : " has which security attributes");
    }
  }
  for (const PrincipalIndex group : open_groups) open_members(group);
  if (!open_groups.empty()) {
    std::erase_if(snapshot.memberships, [&](const Membership& m) {
      const bool open = open_groups.contains(m.group);
      if (open) snapshot.principals[at(m.member)].groups_complete = false;
      return open;
    });
  }
  if (untold > 0) {
    Warning& warning = snapshot.warnings.emplace_back();
    warning.code = "group-kind-not-told";
    warning.where.message = "exports do not tell whether group " + first_untold + " is for mail alone" +
                            (untold == 1 ? "" : ", and the same of " + std::to_string(untold - 1) + " others");
    warning.where.help = "who has anything by it is open: keep `groupTypes` in the export";
  }
  if (contradicted == 0) return;
  Warning& warning = snapshot.warnings.emplace_back();
  warning.code = "principal-conflict";
  warning.where.message = "exports contradict each other in whether " + first +
                          (contradicted == 1 ? "" : ", and in " + std::to_string(contradicted - 1) + " others");
  warning.where.help = "either may be so; remove the older export";
}

/// Only the root group has no parent, and its name is the tenant's id: an export that stops at another group shows that
/// one without parent, which contradicts nothing. What is in one place by one export and in another, or not there, by
/// another may be in each of them. Source: input-formats 6
void SnapshotBuilder::Impl::settle_hierarchy() {
  std::erase_if(snapshot.hierarchy, [&](const HierarchyEdge& edge) {
    const std::string_view name = last_segment(edge.child);
    const bool root = is_guid(name) && (snapshot.tenants.empty() || tenant_of_root_group(snapshot, edge.child) != 0);
    return edge.parent.empty() && !root;
  });
  std::map<std::string_view, std::set<std::string_view>> parents;
  std::set<std::string_view> roots;
  for (const HierarchyEdge& edge : snapshot.hierarchy) {
    if (edge.parent.empty()) {
      roots.insert(edge.child);
    } else {
      parents[edge.child].insert(edge.parent);
    }
  }
  // A group that is called like a tenant is its root, also where only what is below it is shown.
  std::set<std::string> above_all;
  for (const HierarchyEdge& edge : snapshot.hierarchy) {
    const bool is_root = !edge.parent.empty() && tenant_of_root_group(snapshot, edge.parent) != 0;
    if (is_root && !parents.contains(edge.parent) && !roots.contains(edge.parent)) above_all.insert(edge.parent);
  }
  std::set<std::string_view> warned;
  const auto warn = [&](const HierarchyEdge& edge, const std::string& otherwise) {
    if (!warned.insert(edge.child).second) return;
    Warning& warning = snapshot.warnings.emplace_back();
    warning.code = "hierarchy-conflict";
    warning.where.message =
        quoted(edge.child) + " is below " + quoted(edge.parent) + " and by another export " + otherwise;
    warning.where.help = "its place is open; remove the older export";
  };
  std::set<std::pair<std::string_view, std::string_view>> seen;
  std::vector<HierarchyEdge> edges;
  for (const HierarchyEdge& edge : snapshot.hierarchy) {
    const auto above = parents.find(edge.child);
    if ((above != parents.end() && edge.parent.empty()) || !seen.emplace(edge.child, edge.parent).second) continue;
    edges.push_back(edge);
    if (edge.parent.empty()) continue;
    const auto other = std::find_if(above->second.begin(), above->second.end(),
                                    [&](std::string_view parent) { return parent != edge.parent; });
    const auto listed = children.find(edge.parent);
    const bool missing =
        listed != children.end() && std::any_of(listed->second.begin(), listed->second.end(),
                                                [&](const auto& below) { return !below.contains(edge.child); });
    const bool is_root = roots.contains(edge.child);
    edges.back().contested = missing || is_root || other != above->second.end();
    if (other != above->second.end()) {
      warn(edge, "below " + quoted(*other));
    } else if (is_root) {
      warn(edge, "below none");
    } else if (missing) {
      warn(edge, "not");
    }
  }
  // Of what goes round in a circle some edge is false. It is what stays when those above nothing and those below
  // nothing are taken away, again and again.
  std::map<std::string_view, std::set<std::string_view>> above, below;
  for (const HierarchyEdge& edge : edges) {
    if (edge.parent.empty()) continue;
    above[edge.child].insert(edge.parent);
    below[edge.parent].insert(edge.child);
  }
  const auto take_away = [](auto& from, auto& back) {
    std::vector<std::string_view> ends;
    for (const auto& [name, others] : back) {
      if (!from.contains(name)) ends.push_back(name);
    }
    while (!ends.empty()) {
      const auto end = back.extract(ends.back());
      ends.pop_back();
      if (end.empty()) continue;
      for (const std::string_view next : end.mapped()) {
        const auto left = from.find(next);
        left->second.erase(end.key());
        if (!left->second.empty()) continue;
        from.erase(left);
        ends.push_back(next);
      }
    }
  };
  take_away(above, below);
  take_away(below, above);
  for (HierarchyEdge& edge : edges) {
    const auto circle = above.find(edge.child);
    if (circle == above.end() || !circle->second.contains(edge.parent)) continue;
    edge.contested = true;
    warn(edge, "above it");
  }
  for (const std::string& root : above_all) edges.push_back({.child = root, .parent = {}});
  snapshot.hierarchy = std::move(edges);
}

/// Of an instance that exports show several times one is kept; what they say otherwise is open.
void SnapshotBuilder::Impl::settle_instances() {
  std::map<std::string, std::size_t> by_id;
  std::vector<ScheduleInstance> kept;
  for (ScheduleInstance& instance : snapshot.schedule_instances) {
    if (instance.id.empty() || instance.declared) {
      kept.push_back(std::move(instance));
      continue;
    }
    const auto what = std::to_string(at(instance.principal)) + ' ' + std::to_string(at(instance.role)) + ' ' +
                      std::to_string(at(instance.scope)) + (instance.eligible ? " eligible " : " active ");
    const auto [known, added] = by_id.try_emplace(what + ascii_lower(instance.id), kept.size());
    if (added) {
      kept.push_back(std::move(instance));
      continue;
    }
    ScheduleInstance& other = kept[known->second];
    if (other.start != instance.start) {
      other.start.reset();
      other.start_open = true;
    }
    if (other.end != instance.end) {
      other.end.reset();
      other.end_open = true;
    }
    if (!equal_ignoring_case(other.status, instance.status)) other.status = kContradicted;
  }
  snapshot.schedule_instances = std::move(kept);
}

/// Deny assignments that exports show several times, otherwise each time, may be so or so.
void SnapshotBuilder::Impl::settle_denies() {
  using Named = std::set<std::pair<bool, PrincipalIndex>>;
  const auto named = [](const std::vector<DenyPrincipal>& list) {
    Named all;
    for (const DenyPrincipal& p : list) all.emplace(p.everyone, p.principal);
    return all;
  };
  const auto agree = [&](const DenyAssignment& a, const DenyAssignment& b) {
    const auto shown = [](ConditionIndex c) { return c == kConditionNotShown ? kNoCondition : c; };
    return a.scope == b.scope && a.do_not_apply_to_child_scopes == b.do_not_apply_to_child_scopes &&
           a.effect == b.effect && shown(a.condition) == shown(b.condition) &&
           in_order(a.permissions) == in_order(b.permissions) && named(a.principals) == named(b.principals) &&
           named(a.exclude_principals) == named(b.exclude_principals);
  };
  std::map<std::string, std::vector<std::size_t>> by_id;
  for (std::size_t i = 0; i < snapshot.deny_assignments.size(); ++i) {
    if (!snapshot.deny_assignments[i].id.empty()) by_id[ascii_lower(snapshot.deny_assignments[i].id)].push_back(i);
  }
  for (const auto& [id, rows] : by_id) {
    const DenyAssignment& first = snapshot.deny_assignments[rows.front()];
    if (std::all_of(rows.begin(), rows.end(),
                    [&](std::size_t i) { return agree(first, snapshot.deny_assignments[i]); }))
      continue;
    for (const std::size_t i : rows) snapshot.deny_assignments[i].contested = true;
    Warning& warning = snapshot.warnings.emplace_back();
    warning.code = "deny-conflict";
    warning.where.message =
        "exports contradict each other in what deny assignment " + quoted(first.name) + " denies, to whom or where";
    warning.where.help = "either may be so; remove the older export";
  }
}

/// Of two levels both forbid what the weaker one does; beside that, the lock may be of any.
void SnapshotBuilder::Impl::settle_locks() {
  std::map<std::string, ResourceLock*> first;
  for (ResourceLock& lock : snapshot.locks) {
    const auto [known, is_new] = first.emplace(lock.scope + '/' + ascii_lower(lock.name), &lock);
    ResourceLock& other = *known->second;
    if (is_new || equal_ignoring_case(other.level, lock.level)) continue;
    const bool both_told = level_of(lock) != LockLevel::Unknown && level_of(other) != LockLevel::Unknown;
    other.level = both_told ? "CanNotDelete" : "";
    lock.level.clear();
    Warning& warning = snapshot.warnings.emplace_back();
    warning.code = "lock-level-conflict";
    warning.where.message = "exports contradict each other in the level of lock " + quoted(lock.name);
    warning.where.help = "it may be any of them; remove the older export";
  }
}

void SnapshotBuilder::settle_exports() {
  if (std::exchange(impl_->exports_settled, true)) return;
  impl_->settle_memberships();
  impl_->settle_denies();
  impl_->settle_locks();
  impl_->lists.clear();
}

void SnapshotBuilder::Impl::join_registries() {
  struct Joined {
    std::optional<Registry> declared;
    std::optional<ShownRegistry> shown;
  };
  std::map<std::string, std::size_t> by_key;
  std::vector<Joined> joined;
  for (Registry& registry : snapshot.registries) {
    key = registry.id.empty() ? "name:" + ascii_lower(registry.name) : scope_key(registry.id);
    const auto [found, is_new] = by_key.emplace(key, joined.size());
    if (is_new) joined.emplace_back();
    Joined& known = joined[found->second];
    if (!registry.declared) {
      if (known.shown)
        known.shown->add(std::move(registry));
      else
        known.shown.emplace(std::move(registry));
    } else if (known.declared) {
      complete(*known.declared, std::move(registry));
    } else {
      known.declared = std::move(registry);
    }
  }
  const auto warn = [this](std::string_view setting, const Registry& one, const Registry& other) {
    const auto path = [this](const Registry& registry) {
      const std::size_t file = at(registry.file);
      return file < snapshot.files.size() ? snapshot.files[file].path : std::string();
    };
    Warning& warning = snapshot.warnings.emplace_back();
    warning.code = "registry-conflict";
    warning.where.message = quoted(setting) + " of registry " + quoted(other.name) + " is not what " +
                            (path(one) == path(other) ? "the same file" : quoted(path(one))) +
                            " says, so it counts as not known";
    warning.where.file = path(other);
    warning.where.help = "remove the older export";
  };
  snapshot.registries.clear();
  for (Joined& each : joined) {
    std::optional<Registry> result = std::move(each.declared);
    if (each.shown) {
      Registry shown = std::move(*each.shown).join(result ? &*result : nullptr, warn);
      if (result)
        complete(*result, std::move(shown));
      else
        result = std::move(shown);
    }
    snapshot.registries.push_back(std::move(*result));
  }
}

/// Gives assignments above subscriptions a scope of their tenant's, as far as the data shows whose they are.
void SnapshotBuilder::Impl::split_by_tenant() {
  std::map<std::pair<ScopeIndex, std::uint32_t>, ScopeIndex> known;
  std::map<std::tuple<PrincipalIndex, RoleIndex, ScopeIndex>, std::set<ScopeIndex>> moved;
  for (RoleAssignment& row : snapshot.role_assignments) {
    const Scope& scope = snapshot[row.scope];
    if (scope.kind != ScopeKind::Root && scope.kind != ScopeKind::ManagementGroup) continue;
    std::uint32_t tenant = row.tenant;
    if (tenant == 0 && row.listed_for != 0) {
      const std::string_view listed = subscription_of(snapshot.listed_subscriptions[row.listed_for - 1]);
      if (const auto its = snapshot.subscription_tenants.find(listed); its != snapshot.subscription_tenants.end())
        tenant = its->second;
    }
    if (tenant == 0) continue;
    const auto [place, added] =
        known.try_emplace({row.scope, tenant}, ScopeIndex{static_cast<std::uint32_t>(snapshot.scopes.size())});
    if (added) {
      Scope own = scope;
      own.tenant = tenant;
      snapshot.scopes.push_back(std::move(own));
    }
    moved[{row.principal, row.role, row.scope}].insert(place->second);
    row.scope = place->second;
  }
  // An active instance is of the tenant of the row that stands for it.
  for (ScheduleInstance& instance : snapshot.schedule_instances) {
    const auto rows = moved.find({instance.principal, instance.role, instance.scope});
    if (rows != moved.end() && rows->second.size() == 1) instance.scope = *rows->second.begin();
  }
}

void SnapshotBuilder::Impl::drop_duplicates() {
  auto& rows = snapshot.role_assignments;
  // A row of a management group is kept once for each subscription whose listing shows it: each says that the row
  // applies there. At the root that says nothing.
  const auto listed_for = [&](const RoleAssignment& row) {
    return snapshot[row.scope].kind == ScopeKind::Root ? 0U : row.listed_for;
  };
  const auto same_triple = [&](const RoleAssignment& a, const RoleAssignment& b) {
    return a.principal == b.principal && a.role == b.role && a.scope == b.scope && listed_for(a) == listed_for(b);
  };
  PositionTable first_of_triple;
  std::string first_repeated;
  std::size_t repeated = 0;
  const auto note = [&](const RoleAssignment& row) {
    if (++repeated == 1) first_repeated = what_is_assigned(snapshot, row);
  };
  std::size_t kept = 0;
  for (RoleAssignment& row : rows) {
    const std::size_t hash = mixed(mixed(mixed(at(row.principal)) + at(row.role)) + at(row.scope));
    const std::uint32_t first = first_of_triple.find(hash, [&](std::uint32_t i) { return same_triple(rows[i], row); });
    if (snapshot[row.scope].kind == ScopeKind::None) {
      // Nobody knows where these apply, so they cannot be told to be the same.
    } else if (first == PositionTable::kNone) {
      first_of_triple.add(hash, static_cast<std::uint32_t>(kept));
    } else {
      RoleAssignment& other = rows[first];
      const bool same_name = other.name == row.name || other.name.empty() || row.name.empty();
      // The triple is unique in Azure: a listing that shows conditions completes one that cannot.
      if (row.condition == kConditionNotShown || row.condition == other.condition) {
        if (!same_name) note(row);
        continue;
      }
      if (other.condition == kConditionNotShown) {
        other.condition = row.condition;
        continue;
      }
      note(row);
    }
    if (&rows[kept] != &row) rows[kept] = std::move(row);
    ++kept;
  }
  rows.resize(kept);
  if (repeated == 0) return;
  Warning& warning = snapshot.warnings.emplace_back();
  warning.code = "duplicate-assignment";
  warning.where.message = repeated == 1 ? "an assignment occurs twice: `" + first_repeated + "`"
                                        : std::to_string(repeated) + " assignments occur more than once, the first: `" +
                                              first_repeated + "`";
  warning.where.help =
      "Azure allows one assignment of a role to a principal at a scope; check where the rows come from";
}

/// Rows of which an active PIM instance shows otherwise whom, which role, where or under which condition they give. One
/// that tells no assignment is that of its principal, role and scope. Source: input-formats 7
void SnapshotBuilder::Impl::contest_by_instances(std::vector<std::size_t>& contradicted) const {
  const auto& rows = snapshot.role_assignments;
  const auto is_active = [](const ScheduleInstance& instance) { return !instance.eligible && !instance.declared; };
  if (std::none_of(snapshot.schedule_instances.begin(), snapshot.schedule_instances.end(), is_active)) return;
  std::unordered_multimap<std::string, std::size_t> by_id;
  std::map<std::tuple<PrincipalIndex, RoleIndex, ScopeIndex>, std::size_t> by_triple;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RoleAssignment& row = rows[i];
    if (const std::string id = assignment_id(snapshot, row); !id.empty()) by_id.emplace(ascii_lower(id), i);
    by_triple.emplace(std::tuple(row.principal, row.role, row.scope), i);
  }
  for (const ScheduleInstance& instance : snapshot.schedule_instances) {
    if (!is_active(instance)) continue;
    const auto is = [&](std::string_view member_type) {
      return equal_ignoring_case(instance.member_type, member_type);
    };
    const auto differs = [&](const RoleAssignment& row) {
      const Scope& scope = snapshot[row.scope];
      const bool above = scope.kind == ScopeKind::ManagementGroup || scope.kind == ScopeKind::Root ||
                         scope_contains(scope.key, snapshot[instance.scope].key);
      const bool placed = row.scope == instance.scope || (above && !is("Direct"));
      const PrincipalKind kind = snapshot[row.principal].kind;
      const bool may_be_group =
          kind == PrincipalKind::Group || kind == PrincipalKind::ForeignGroup || kind == PrincipalKind::Unknown;
      const bool of_it = row.principal == instance.principal || (is("Group") && may_be_group);
      const auto text_of = [&](ConditionIndex condition) {
        return condition == kNoCondition ? std::string_view() : std::string_view(snapshot[condition].text);
      };
      const bool shown = row.condition != kConditionNotShown;
      return row.role != instance.role || !of_it || !placed ||
             (shown && text_of(row.condition) != text_of(instance.condition));
    };
    // What code says comes after what exports show.
    const auto note = [&](std::size_t row) {
      const bool open = snapshot[rows[row].scope].key.find('{') != std::string::npos;
      const bool declared =
          !snapshot.declared.empty() && declaration_of(snapshot, assignment_id(snapshot, rows[row])) != nullptr;
      if (!open && !declared && differs(rows[row])) contradicted.push_back(row);
    };
    const auto [begin, end] = by_id.equal_range(instance.origin_role_assignment_id);
    std::for_each(begin, end, [&](const auto& found) { note(found.second); });
    const auto same = by_triple.find({instance.principal, instance.role, instance.scope});
    if (begin == end && same != by_triple.end()) note(same->second);
  }
}

void SnapshotBuilder::settle_assignments() {
  Snapshot& snapshot = impl_->snapshot;
  auto& rows = snapshot.role_assignments;
  const auto same_id = [&](const RoleAssignment& a, const RoleAssignment& b) {
    return a.scope == b.scope && equal_ignoring_case(a.name, b.name);
  };
  const auto agree = [](const RoleAssignment& a, const RoleAssignment& b) {
    const bool shown = a.condition != kConditionNotShown && b.condition != kConditionNotShown;
    return a.principal == b.principal && a.role == b.role && (!shown || a.condition == b.condition);
  };
  PositionTable first_of_id;
  std::vector<std::size_t> contradicted;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!is_guid(rows[i].name)) continue;
    impl_->set_key(rows[i].name);
    const std::size_t hash = mixed(hash_of(impl_->key) + at(rows[i].scope));
    const std::uint32_t first = first_of_id.find(hash, [&](std::uint32_t k) { return same_id(rows[k], rows[i]); });
    if (first == PositionTable::kNone) {
      first_of_id.add(hash, static_cast<std::uint32_t>(i));
    } else if (!agree(rows[first], rows[i])) {
      contradicted.insert(contradicted.end(), {first, i});
    }
  }
  // One whose scope is not that of its id may be shown at another one elsewhere. What code leaves open is open.
  std::map<std::string, std::size_t> elsewhere;
  const auto is_certain = [&](const RoleAssignment& row) {
    return is_guid(row.name) && snapshot[row.scope].key.find('{') == std::string::npos;
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].id.empty() && is_certain(rows[i])) elsewhere.emplace(ascii_lower(rows[i].id), i);
  }
  for (std::size_t i = 0; !elsewhere.empty() && i < rows.size(); ++i) {
    if (!is_certain(rows[i])) continue;
    const auto other = elsewhere.find(ascii_lower(assignment_id(snapshot, rows[i])));
    if (other != elsewhere.end() && rows[other->second].scope != rows[i].scope)
      contradicted.insert(contradicted.end(), {other->second, i});
  }
  impl_->contest_by_instances(contradicted);
  if (contradicted.empty()) return;
  const std::string first = rows[contradicted.front()].name;
  std::sort(contradicted.begin(), contradicted.end());
  contradicted.erase(std::unique(contradicted.begin(), contradicted.end()), contradicted.end());
  for (const std::size_t i : contradicted) {
    RoleAssignment& row = rows[i];
    row.id = assignment_id(snapshot, row);
    // Each of the rows may be the one that is there.
    row.scope = scope(
        possible_scope(snapshot[row.scope].display, "whether the row of assignment " + row.name + " is this one"));
  }
  Warning& warning = snapshot.warnings.emplace_back();
  warning.code = "assignment-conflict";
  warning.where.message =
      "exports contradict each other in whom, which role, where or under which condition an assignment gives, the "
      "first: " +
      quoted(first);
  warning.where.help = "which of the rows is there is not known; remove the older export";
}

void SnapshotBuilder::note_assigned_subscriptions() {
  Snapshot& snapshot = impl_->snapshot;
  std::vector<bool> assigned(snapshot.scopes.size());
  std::vector<bool> listed(snapshot.listed_subscriptions.size());
  for (const RoleAssignment& row : snapshot.role_assignments) {
    const bool declared =
        !snapshot.declared.empty() && declaration_of(snapshot, assignment_id(snapshot, row)) != nullptr;
    if (declared || (at(row.file) < snapshot.files.size() && snapshot.files[at(row.file)].one_assignment)) continue;
    assigned[at(row.scope)] = true;
    if (row.listed_for != 0) listed[row.listed_for - 1] = true;
  }
  std::set<std::string, std::less<>> subscriptions(snapshot.assigned_subscriptions.begin(),
                                                   snapshot.assigned_subscriptions.end());
  const auto note = [&](std::string_view key) {
    const std::string_view subscription = subscription_of(key);
    if (!subscription.empty() && !subscriptions.contains(subscription)) subscriptions.emplace(subscription);
  };
  for (std::size_t i = 0; i < assigned.size(); ++i) {
    if (assigned[i]) note(snapshot.scopes[i].key);
  }
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (listed[i]) note(snapshot.listed_subscriptions[i]);
  }
  snapshot.assigned_subscriptions.assign(subscriptions.begin(), subscriptions.end());
}

std::uint32_t SnapshotBuilder::tenant(std::string_view id) {
  std::vector<std::string>& tenants = impl_->snapshot.tenants;
  std::string key = ascii_lower(id);
  const auto place = std::find(tenants.begin(), tenants.end(), key) - tenants.begin();
  if (place == std::ssize(tenants)) tenants.push_back(std::move(key));
  return static_cast<std::uint32_t>(place + 1);
}

void SnapshotBuilder::note_tenant(std::string_view subscription, std::uint32_t tenant) {
  const auto [known, added] = impl_->snapshot.subscription_tenants.try_emplace(ascii_lower(subscription), tenant);
  if (!added && known->second != tenant) known->second = 0;
}

void SnapshotBuilder::note_denied_subscriptions() {
  Snapshot& snapshot = impl_->snapshot;
  // The list of a registry holds what stands at it and in its resource group.
  const auto group_of = [](std::string_view key) {
    std::size_t end = key.find('/', 1);
    for (int i = 0; i < 3 && end != std::string_view::npos; ++i) end = key.find('/', end + 1);
    return key.substr(0, end);
  };
  std::set<std::string_view> groups;
  for (const Registry& registry : snapshot.registries) groups.insert(group_of(snapshot[registry.scope].key));
  std::set<std::string, std::less<>> subscriptions;
  for (const DenyAssignment& deny : snapshot.deny_assignments) {
    const Scope& scope = snapshot[deny.scope];
    const std::string_view subscription = subscription_of(scope.key);
    if (subscription.empty() || is_named_unknown(subscription)) continue;
    if (scope.kind == ScopeKind::Subscription || !groups.contains(group_of(scope.key)))
      subscriptions.emplace(subscription);
  }
  snapshot.denied_subscriptions.assign(subscriptions.begin(), subscriptions.end());
}

Snapshot SnapshotBuilder::build() && {
  note_assigned_subscriptions();
  if (impl_->snapshot.tenants.size() > 1) impl_->split_by_tenant();
  settle_exports();
  impl_->settle_principals();
  impl_->settle_hierarchy();
  impl_->settle_instances();
  const auto& cut_off = impl_->snapshot.incomplete_lists;
  if (std::find(cut_off.begin(), cut_off.end(), "role-definitions") != cut_off.end()) {
    for (RoleDefinition& role : impl_->snapshot.roles) role.cut_off = !role.defined && !role.grants_nothing_here;
  }
  impl_->join_registries();
  for (Registry& registry : impl_->snapshot.registries) registry.scope = scope(registry.id);
  note_denied_subscriptions();
  impl_->drop_duplicates();
  settle_assignments();
  return std::move(impl_->snapshot);
}

}  // namespace acrbiter::model
