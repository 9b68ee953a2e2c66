#include "evaluator/sets/touched.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "evaluator/hash_of_numbers.h"
#include "evaluator/sets/access_impl.h"
#include "model/ascii.h"

namespace acrbiter::evaluator {

using model::at;
using model::PrincipalIndex;
using model::ScopeIndex;
using model::Snapshot;
using model::Truth;

namespace {

constexpr std::string_view kAuthorization = "/providers/microsoft.authorization/";
constexpr std::string_view kRoleDefinitions = "/providers/microsoft.authorization/roledefinitions/";

/// Values as one text: equal texts, equal values.
class Text {
 public:
  Text& operator<<(std::string_view value) {
    text_ += std::to_string(value.size());
    text_ += ':';
    text_ += value;
    return *this;
  }
  Text& operator<<(const std::string& value) { return *this << std::string_view(value); }
  Text& operator<<(const char* value) { return *this << std::string_view(value); }
  Text& operator<<(bool value) { return *this << std::string_view(value ? "+" : "-"); }
  Text& operator<<(std::uint32_t value) { return *this << std::string_view(std::to_string(value)); }
  Text& operator<<(model::Timestamp value) { return *this << std::string_view(std::to_string(value.ticks)); }
  template <class Value>
  Text& operator<<(const std::optional<Value>& value) {
    *this << value.has_value();
    return value ? *this << *value : *this;
  }
  template <class Value>
  Text& operator<<(const std::vector<Value>& values) {
    *this << static_cast<std::uint32_t>(values.size());
    for (const Value& value : values) *this << value;
    return *this;
  }
  Text& operator<<(const model::TokenPassword& password) {
    return *this << password.name << password.expiry << password.expiry_unreadable;
  }
  Text& operator<<(const model::IpRule& rule) { return *this << rule.value << rule.action; }
  Text& operator<<(const model::VirtualNetworkRule& rule) { return *this << rule.subnet_id << rule.action; }
  Text& operator<<(const model::PrivateEndpointConnection& connection) {
    return *this << connection.id << connection.status;
  }
  Text& operator<<(const model::NetworkRuleSet& rules) {
    return *this << rules.default_action << rules.ip_rules << rules.virtual_network_rules;
  }
  Text& operator<<(const model::ManagedIdentity::UserAssigned& user) {
    return *this << user.resource_id << user.principal_id << user.client_id;
  }
  Text& operator<<(const model::ManagedIdentity& identity) {
    return *this << identity.type << identity.principal_id << identity.user_assigned;
  }
  Text& operator<<(const model::Task::CustomRegistry& custom) {
    return *this << custom.login_server << custom.identity;
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// In any order.
Text& add_sorted(Text& text, std::vector<std::string> values) {
  std::sort(values.begin(), values.end());
  return text << values;
}

/// Texts as numbers, the same on both sides.
class TextNumbers {
 public:
  std::uint32_t of(std::string text) {
    return known_.try_emplace(std::move(text), static_cast<std::uint32_t>(known_.size())).first->second;
  }

 private:
  std::unordered_map<std::string, std::uint32_t> known_;
};

/// What identities of Entra go by, whatever they do.
std::string common_settings_of(const model::Registry& registry) {
  Text text;
  text << (registry.mode ? std::to_string(static_cast<int>(*registry.mode)) : registry.mode_text.value_or("no mode"));
  for (const auto& [policy, status] : registry.policies) text << policy << status;
  text << registry.may_be_gone;
  return text.take();
}

/// What matters for other askers, for imports and the like, and where the network does.
std::string settings_of(const model::Registry& registry, bool with_network) {
  Text text;
  text << registry.sku << registry.admin_user_enabled << registry.anonymous_pull_enabled
       << registry.public_network_access << registry.bypass_allowed_for_tasks;
  if (with_network) {
    text << registry.network_rule_bypass_options << registry.data_endpoint_enabled << registry.network_rule_set
         << registry.private_endpoint_connections;
  }
  return text.take();
}

RightMask every_right() { return RightMask().set(); }

/// The rights that a row of the role may give.
RightMask rights_of_role(const Engine::Index& ix, model::RoleIndex role) {
  const CompiledRole& compiled = ix.roles[at(role)];
  return compiled.defined ? compiled.granted : every_right();
}

std::string attributes_of(const model::Principal& principal) {
  Text text;
  text << principal.security_attributes.has_value();
  if (!principal.security_attributes) return text.take();
  for (const auto& [name, value] : *principal.security_attributes) {
    text << name << value.is_list;
    for (const model::Literal& literal : value.values) {
      text << static_cast<std::uint32_t>(literal.type) << literal.text << literal.boolean;
    }
  }
  return text.take();
}

/// The files of infrastructure code that leave a value to the deployment, in order.
std::set<std::string_view> open_code_of(const Snapshot& snapshot) {
  constexpr std::array<std::string_view, 5> kOpen = {"terraform-unresolved", "parameters-missing", "what-if-open",
                                                     "template-not-read", "deletes-unlisted"};
  std::set<std::string_view> paths;
  for (const model::Warning& warning : snapshot.warnings) {
    if (std::find(kOpen.begin(), kOpen.end(), warning.code) != kOpen.end()) paths.insert(warning.where.file);
  }
  return paths;
}

/// Where something differs on one side: rows of whom, and members of what.
struct TouchedRow {
  PrincipalIndex principal{};  ///< a holder, or a member of one
  RightMask rights;
};

/// One side, with its contents numbered.
struct NumberedSide {
  explicit NumberedSide(const AccessSets& of)
      : sets(of), ix(of.engine().index()), snapshot(of.engine().snapshot()), with_network(of.circumstances().network) {}

  const AccessSets& sets;
  const Engine::Index& ix;
  const Snapshot& snapshot;
  bool with_network;
  std::vector<std::uint32_t> ids;      ///< of principals: their object ids
  std::vector<std::uint32_t> holders;  ///< the same with what a row means that names them
  std::vector<std::uint32_t> conditions, scopes, roles, denies;
  bool asks_for_attributes = false;                                    ///< a condition does, of principals
  std::unordered_map<std::uint32_t, std::vector<TouchedRow>> touched;  ///< by scope
  std::unordered_map<std::uint32_t, std::vector<TouchedRow>> denied;   ///< the same of members of whom denials speak
  /// Of what code removes or changes and the other side does not show: the scope.
  struct Hidden {
    std::string scope;
    bool removed_grant = false;  ///< by which nobody gains anything
  };
  std::vector<Hidden> hidden;
  std::vector<std::string> hidden_children;  ///< the same of tokens, scope maps and tasks: their ids

  void number(TextNumbers& numbers) {
    ids.reserve(snapshot.principals.size());
    holders.reserve(snapshot.principals.size());
    for (std::size_t i = 0; i < snapshot.principals.size(); ++i) {
      const model::Principal& principal = snapshot.principals[i];
      const PrincipalIndex index{static_cast<std::uint32_t>(i)};
      ids.push_back(numbers.of("id " + principal.id));
      Text text;
      text << "holder" << principal.id << ix.groups.open(index) << principal.orphaned << principal.unresolved
           << principal.distribution_list;
      holders.push_back(numbers.of(text.take()));
    }
    for (const model::ConditionEntry& condition : snapshot.conditions) {
      conditions.push_back(numbers.of((Text() << "condition" << condition.text << condition.version).take()));
    }
    for (const model::Scope& scope : snapshot.scopes) {
      Text text;
      text << "scope" << scope.key << (scope.tenant == 0 ? std::string_view() : snapshot.tenants[scope.tenant - 1]);
      scopes.push_back(numbers.of(text.take()));
    }
    none_ = numbers.of("no condition");
    not_shown_ = numbers.of("condition not shown");
  }
  [[nodiscard]] std::uint32_t condition(model::ConditionIndex index) const {
    if (index == model::kNoCondition) return none_;
    return index == model::kConditionNotShown ? not_shown_ : conditions[at(index)];
  }

  void number_roles(TextNumbers& numbers, const std::set<std::string, std::less<>>& removed) {
    for (const model::RoleDefinition& role : snapshot.roles) {
      Text text;
      text << "role" << role.guid << static_cast<std::uint32_t>(role.type) << role.defined << role.grants_nothing_here
           << role.open << role.contradicted << role.cut_off << role.conditions_lost << role.flat
           << removed.contains(role.guid);
      add_permissions(text, role.permissions);
      roles.push_back(numbers.of(text.take()));
    }
  }

  void number_denies(TextNumbers& numbers) {
    const auto names = [&](const std::vector<model::DenyPrincipal>& list) {
      std::vector<std::string> result;
      for (const model::DenyPrincipal& each : list) {
        result.push_back((Text() << holders[at(each.principal)] << each.everyone).take());
      }
      return result;
    };
    for (const model::DenyAssignment& deny : snapshot.deny_assignments) {
      Text text;
      text << "deny" << scopes[at(deny.scope)] << deny.do_not_apply_to_child_scopes << deny.system_protected
           << deny.contested << static_cast<std::uint32_t>(deny.effect) << deny.effect_text
           << condition(deny.condition);
      add_permissions(text, deny.permissions);
      add_sorted(text, names(deny.principals));
      add_sorted(text, names(deny.exclude_principals));
      denies.push_back(numbers.of(text.take()));
    }
  }

  /// Of a grant all that it is worth.
  using Row = std::array<std::uint32_t, 5>;
  /// Of each grant, in their order.
  [[nodiscard]] std::vector<Row> rows(TextNumbers& numbers) const {
    std::vector<Row> result;
    result.reserve(ix.grants.size());
    for (const Grant& grant : ix.grants) {
      result.push_back({holders[at(grant.principal)], roles[at(grant.role)], scopes[at(grant.scope)],
                        condition(grant.condition), times(grant, numbers)});
    }
    return result;
  }

 private:
  /// When a grant counts, by the schedules behind it.
  [[nodiscard]] std::uint32_t times(const Grant& grant, TextNumbers& numbers) const {
    if (!grant.from_instance && !grant.scheduled) return none_;
    Text text;
    text << "row" << grant.from_instance << grant.unlisted;
    if (grant.from_instance) {
      add_window(text, snapshot.schedule_instances[grant.source]);
      return numbers.of(text.take());
    }
    std::vector<std::string> windows;
    const auto [begin, end] = ix.schedules.equal_range(grant.source);
    std::for_each(begin, end, [&](const auto& each) {
      Text window;
      window << each.second.certain;
      add_window(window, snapshot.schedule_instances[each.second.instance]);
      windows.push_back(window.take());
    });
    add_sorted(text, std::move(windows));
    return numbers.of(text.take());
  }
  static void add_window(Text& text, const model::ScheduleInstance& instance) {
    text << instance.start << instance.end << instance.status << instance.member_type << instance.assignment_type;
  }
  void add_permissions(Text& text, const std::vector<model::Permission>& permissions) const {
    for (const model::Permission& entry : permissions) {
      text << entry.actions << entry.not_actions << entry.data_actions << entry.not_data_actions
           << condition(entry.condition);
    }
  }

  std::uint32_t none_ = 0, not_shown_ = 0;
};

using RowCounts = std::unordered_map<NumberedSide::Row, std::int32_t, HashOfNumbers>;

/// `rows`: of the side's grants. `sign`: of a row that there is more often on this side.
void touch_rows(NumberedSide& side, const std::vector<NumberedSide::Row>& rows, const RowCounts& counts, int sign) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (counts.at(rows[i]) * sign <= 0) continue;
    const Grant& grant = side.ix.grants[i];
    side.touched[static_cast<std::uint32_t>(grant.scope)].push_back(
        {.principal = grant.principal, .rights = rights_of_role(side.ix, grant.role)});
  }
}

std::unordered_set<std::uint64_t> edges_of(const NumberedSide& side) {
  std::unordered_set<std::uint64_t> result;
  for (const model::Membership& m : side.snapshot.memberships) {
    result.insert(std::uint64_t{side.ids[at(m.member)]} << 32U | side.ids[at(m.group)]);
  }
  return result;
}

/// Members that the other side does not know as such are touched where their group holds something, or one above it.
void touch_members(NumberedSide& side, const std::unordered_set<std::uint64_t>& others) {
  std::unordered_map<std::uint32_t, std::vector<PrincipalIndex>> members;
  for (const model::Membership& m : side.snapshot.memberships) {
    const std::uint64_t edge = std::uint64_t{side.ids[at(m.member)]} << 32U | side.ids[at(m.group)];
    if (!others.contains(edge)) members[static_cast<std::uint32_t>(m.group)].push_back(m.member);
  }
  if (members.empty()) return;
  std::unordered_map<std::uint32_t, std::vector<ScopeIndex>> denied;
  for (const model::DenyAssignment& deny : side.snapshot.deny_assignments) {
    for (const auto* list : {&deny.principals, &deny.exclude_principals}) {
      for (const model::DenyPrincipal& each : *list) {
        denied[static_cast<std::uint32_t>(each.principal)].push_back(deny.scope);
      }
    }
  }
  Reach reach;
  for (const auto& [group, of_group] : members) {
    side.ix.groups.reach(PrincipalIndex{group}, reach);
    std::map<std::uint32_t, RightMask> at_scopes;
    for (const PrincipalIndex holder : reach.all) {
      for (const std::uint32_t place : side.ix.grants_of(holder)) {
        const Grant& grant = side.ix.grants[place];
        at_scopes[static_cast<std::uint32_t>(grant.scope)] |= rights_of_role(side.ix, grant.role);
      }
    }
    for (const auto& [scope, rights] : at_scopes) {
      for (const PrincipalIndex member : of_group)
        side.touched[scope].push_back({.principal = member, .rights = rights});
    }
    for (const PrincipalIndex holder : reach.all) {
      const auto found = denied.find(static_cast<std::uint32_t>(holder));
      if (found == denied.end()) continue;
      for (const ScopeIndex scope : found->second) {
        for (const PrincipalIndex member : of_group) {
          side.denied[static_cast<std::uint32_t>(scope)].push_back({.principal = member, .rights = every_right()});
        }
      }
    }
  }
}

bool names_attributes(const Snapshot& snapshot) {
  return std::any_of(snapshot.conditions.begin(), snapshot.conditions.end(), [](const model::ConditionEntry& entry) {
    return model::ascii_lower(entry.text).find("@principal") != std::string::npos;
  });
}

/// What code says on one side alone, of an object that was there before: removed, or changed in part.
std::vector<const model::DeclaredObject*> said_alone(const Snapshot& side, const Snapshot& other) {
  using Fate = model::DeclaredObject::Fate;
  std::set<std::pair<std::string_view, Fate>> known;
  for (const model::DeclaredObject& each : other.declared) known.emplace(each.id, each.fate);
  std::vector<const model::DeclaredObject*> result;
  for (const model::DeclaredObject& each : side.declared) {
    if (each.fate != Fate::Set && !known.contains({each.id, each.fate})) result.push_back(&each);
  }
  return result;
}

/// Ids of what authorises and forbids, in lower case.
std::unordered_set<std::string> shown_ids(const Snapshot& snapshot) {
  std::unordered_set<std::string> ids;
  for (const model::RoleAssignment& row : snapshot.role_assignments) {
    ids.insert(model::ascii_lower(model::assignment_id(snapshot, row)));
  }
  for (const model::DenyAssignment& deny : snapshot.deny_assignments) ids.insert(model::ascii_lower(deny.id));
  for (const model::ScheduleInstance& instance : snapshot.schedule_instances) {
    ids.insert(model::ascii_lower(instance.id));
  }
  for (const model::ResourceLock& lock : snapshot.locks) {
    ids.insert(lock.scope + std::string(kAuthorization) + "locks/" + model::ascii_lower(lock.name));
  }
  return ids;
}

/// Whose was an assignment that code removes and that the other side does not show? The roles so removed.
std::set<std::string, std::less<>> note_hidden(NumberedSide& side, const NumberedSide& other) {
  std::set<std::string, std::less<>> roles;
  const std::vector<const model::DeclaredObject*> alone = said_alone(side.snapshot, other.snapshot);
  if (alone.empty()) return roles;
  const std::unordered_set<std::string> shown = shown_ids(other.snapshot);
  for (const model::DeclaredObject* object : alone) {
    const std::string& id = object->id;
    if (const std::size_t role = id.find(kRoleDefinitions); role != std::string::npos) {
      roles.insert(id.substr(role + kRoleDefinitions.size()));
    } else if (const std::size_t authorization = id.rfind(kAuthorization); authorization != std::string::npos) {
      const std::string_view kind = std::string_view(id).substr(authorization + kAuthorization.size());
      if (shown.contains(id)) continue;
      side.hidden.push_back({.scope = authorization == 0 ? "/" : id.substr(0, authorization),
                             .removed_grant = object->fate == model::DeclaredObject::Fate::Removed &&
                                              kind.starts_with("roleassignment")});
    } else if (id.find("/microsoft.containerregistry/registries/") != std::string::npos) {
      side.hidden_children.push_back(id);
    }
  }
  return roles;
}

}  // namespace

bool open_by_other_code(const Snapshot& before, const Snapshot& after) {
  const std::set<std::string_view> was = open_code_of(before), is = open_code_of(after);
  return !was.empty() && !is.empty() && was != is;
}

struct Touched::Impl {
  Impl(const AccessSets& before_sets, const AccessSets& after_sets)
      : before(before_sets), after(after_sets), open_otherwise(open_by_other_code(before.snapshot, after.snapshot)) {
    TextNumbers numbers;
    const std::set<std::string, std::less<>> roles_before = note_hidden(before, after);
    const std::set<std::string, std::less<>> roles_after = note_hidden(after, before);
    for (NumberedSide* side : {&before, &after}) {
      side->number(numbers);
      side->number_roles(numbers, side == &before ? roles_before : roles_after);
      side->number_denies(numbers);
      side->asks_for_attributes = names_attributes(side->snapshot);
    }
    const std::vector<NumberedSide::Row> rows_before = before.rows(numbers), rows_after = after.rows(numbers);
    RowCounts counts;
    for (const NumberedSide::Row& row : rows_before) ++counts[row];
    for (const NumberedSide::Row& row : rows_after) --counts[row];
    touch_rows(before, rows_before, counts, 1);
    touch_rows(after, rows_after, counts, -1);
    touch_members(before, edges_of(after));
    touch_members(after, edges_of(before));
  }

  NumberedSide before, after;
  bool open_otherwise;  ///< whatever is open may be so by values of two codes
};

struct Touched::At::Impl {
  /// What differs for the registry on one side.
  struct OnSide {
    OnSide(const NumberedSide& numbered, std::size_t index) : side(numbered), registry(index) {}
    const NumberedSide& side;
    std::size_t registry;
    std::unordered_map<std::uint32_t, RightMask> principals;  ///< whose rows differ, and who is a member of what else
    std::unordered_map<std::uint32_t, RightMask> denied;      ///< the same of denials
    RightMask open;                                           ///< of those whose members the data does not all show
    RightMask open_denied;                                    ///< the same of denials
    bool has_open_holders = false;
  };

  Impl(const Touched::Impl& both, const DiffRegistry& pair)
      : before(both.before, *pair.before), after(both.after, *pair.after) {
    const std::map<std::uint32_t, std::uint32_t> chain_before = chain(before);
    const std::map<std::uint32_t, std::uint32_t> chain_after = chain(after);
    collect(before, chain_before, chain_after);
    collect(after, chain_after, chain_before);
    const model::Registry& was = registry(before);
    const model::Registry& is = registry(after);
    const bool network = before.side.with_network || after.side.with_network;
    if (common_settings_of(was) != common_settings_of(is) || artifacts(before) != artifacts(after)) everybody.set();
    settings = settings_of(was, network) != settings_of(is, network);
    everything = both.open_otherwise || (settings && network);
    if (rules(before, chain_before) != rules(after, chain_after)) identities.gained = identities.lost = every_right();
    hidden(before, identities.lost, identities.gained);
    hidden(after, identities.gained, identities.lost);
    children = hides_children(before) || hides_children(after);
  }

  [[nodiscard]] static const model::Registry& registry(const OnSide& on) {
    return on.side.snapshot.registries[on.registry];
  }
  [[nodiscard]] static const RegistryContext& context(const OnSide& on) { return on.side.ix.registries[on.registry]; }

  /// The scopes whose rows count, by number, and how sure that is.
  [[nodiscard]] static std::map<std::uint32_t, std::uint32_t> chain(const OnSide& on) {
    std::map<std::uint32_t, std::uint32_t> result;
    for (const ChainScope& scope : context(on).chain) {
      const std::uint32_t state = static_cast<std::uint32_t>(scope.covers) * 8U + (scope.unplaced ? 4U : 0U) +
                                  (scope.named_unknown ? 2U : 0U) + (scope.tenant_open ? 1U : 0U);
      result.emplace(on.side.scopes[at(scope.scope)], state);
    }
    for (const ScopeIndex below : context(on).below) result.emplace(on.side.scopes[at(below)], 99U);
    return result;
  }

  static void collect(OnSide& on, const std::map<std::uint32_t, std::uint32_t>& own,
                      const std::map<std::uint32_t, std::uint32_t>& other) {
    const auto add = [&](PrincipalIndex principal, const RightMask& rights) {
      on.principals[static_cast<std::uint32_t>(principal)] |= rights;
      if (on.side.ix.groups.open(principal)) on.open |= rights;
    };
    const auto look_at = [&](ScopeIndex scope) {
      if (!on.side.ix.open_grants_at(scope).empty()) on.has_open_holders = true;
      const std::uint32_t number = on.side.scopes[at(scope)];
      const auto found = other.find(number);
      const bool is_new = found == other.end() || found->second != own.at(number);
      if (is_new) {
        for (const Grant& grant : on.side.ix.grants_at(scope))
          add(grant.principal, rights_of_role(on.side.ix, grant.role));
      }
      const auto touched = on.side.touched.find(static_cast<std::uint32_t>(scope));
      if (touched != on.side.touched.end()) {
        for (const TouchedRow& row : touched->second) add(row.principal, row.rights);
      }
      const auto denied = on.side.denied.find(static_cast<std::uint32_t>(scope));
      if (denied == on.side.denied.end()) return;
      for (const TouchedRow& row : denied->second) {
        on.denied[static_cast<std::uint32_t>(row.principal)] |= row.rights;
        if (on.side.ix.groups.open(row.principal)) on.open_denied |= row.rights;
      }
    };
    for (const ChainScope& scope : context(on).chain) look_at(scope.scope);
    for (const ScopeIndex below : context(on).below) look_at(below);
  }

  /// What holds for every identity alike: deny assignments, locks, and which lists are there.
  [[nodiscard]] static std::string rules(const OnSide& on, const std::map<std::uint32_t, std::uint32_t>& chain) {
    const RegistryContext& context = Impl::context(on);
    Text text;
    text << context.placed << context.assignments_shown << context.denies_shown << on.side.ix.assignments_incomplete
         << on.side.ix.denies_incomplete;
    std::vector<std::string> denies, locks;
    for (const std::size_t deny : context.deny_assignments) {
      const std::uint32_t scope = on.side.scopes[at(on.side.snapshot.deny_assignments[deny].scope)];
      denies.push_back((Text() << on.side.denies[deny] << chain.at(scope)).take());
    }
    for (const ChainLock& lock : context.locks) {
      const model::ResourceLock& row = on.side.snapshot.locks[lock.lock];
      locks.push_back((Text() << model::ascii_lower(row.level) << row.scope << (lock.covers == Truth::True)).take());
    }
    add_sorted(text, std::move(denies));
    return add_sorted(text, std::move(locks)).take();
  }

  [[nodiscard]] static std::string artifacts(const OnSide& on) {
    std::vector<std::string> rows;
    for (const model::ArtifactAttributes& a : on.side.snapshot.artifact_attributes) {
      if (on.side.ix.belongs(a.registry, registry(on)) == Truth::False) continue;
      rows.push_back((Text() << a.registry << a.repository << a.reference << a.digest << a.read_enabled
                             << a.write_enabled << a.delete_enabled << a.list_enabled << a.is_signed
                             << a.quarantine_state)
                         .take());
    }
    Text text;
    return add_sorted(text, std::move(rows)).take();
  }

  /// May what code removes or changes, and nobody shows, have been for the registry? `here`: what may be more on this
  /// side for it.
  static void hidden(const OnSide& on, RightMask& here, RightMask& other) {
    for (const NumberedSide::Hidden& each : on.side.hidden) {
      if (!may_cover(on, each.scope)) continue;
      other.set();
      if (!each.removed_grant) here.set();
    }
  }
  [[nodiscard]] static bool may_cover(const OnSide& on, const std::string& scope) {
    if (!context(on).placed) return true;
    const Snapshot& snapshot = on.side.snapshot;
    const std::string& key = snapshot[registry(on).scope].key;
    if (model::scope_covers(scope, key) != Truth::False || model::scope_contains(key, scope)) return true;
    if (model::scope_kind(scope) != model::ScopeKind::ManagementGroup) return false;
    const bool known = std::any_of(snapshot.scopes.begin(), snapshot.scopes.end(),
                                   [&](const model::Scope& each) { return each.key == scope; });
    return !known || std::any_of(context(on).chain.begin(), context(on).chain.end(),
                                 [&](const ChainScope& each) { return snapshot[each.scope].key == scope; });
  }
  [[nodiscard]] static bool hides_children(const OnSide& on) {
    const std::string& key = on.side.snapshot[registry(on).scope].key;
    return std::any_of(on.side.hidden_children.begin(), on.side.hidden_children.end(), [&](const std::string& id) {
      return !context(on).placed || model::scope_covers(key, id) != Truth::False;
    });
  }

  // ---- who ----------------------------------------------------------------------------------------------------

  /// Adds to `rows` what differs in rows that may be those of `principal` (null: of nobody whom the data knows).
  static void reach(const OnSide& on, const PrincipalIndex* principal, RightMask& rows, RightMask& denied) {
    if (principal == nullptr || !on.side.snapshot[*principal].groups_complete) {
      rows |= on.open;
      denied |= on.open_denied;
    }
    if (principal == nullptr || (on.principals.empty() && on.denied.empty())) return;
    Reach reach;
    on.side.ix.groups.reach(*principal, reach);
    for (const PrincipalIndex each : reach.all) {
      const auto holds = on.principals.find(static_cast<std::uint32_t>(each));
      if (holds != on.principals.end()) rows |= holds->second;
      const auto is_denied = on.denied.find(static_cast<std::uint32_t>(each));
      if (is_denied != on.denied.end()) denied |= is_denied->second;
    }
  }

  [[nodiscard]] Touch of_identity(const EntraAsker& was, const EntraAsker& is) const {
    Touch touch = identities;
    RightMask both_ways;
    reach(before, was.known ? &was.principal : nullptr, touch.lost, both_ways);
    reach(after, is.known ? &is.principal : nullptr, touch.gained, both_ways);
    const model::Principal nobody;
    const model::Principal& then = was.known ? before.side.snapshot[was.principal] : nobody;
    const model::Principal& now = is.known ? after.side.snapshot[is.principal] : nobody;
    const bool open_holders = before.has_open_holders || after.has_open_holders;
    const bool others = (then.groups_complete != now.groups_complete && open_holders) ||
                        then.orphaned != now.orphaned || then.unresolved != now.unresolved ||
                        (with_attributes() && attributes_of(then) != attributes_of(now));
    if (others) both_ways.set();
    touch.gained |= both_ways | everybody;
    touch.lost |= both_ways | everybody;
    touch.settings = settings;
    return touch;
  }
  [[nodiscard]] bool with_attributes() const {
    return before.side.asks_for_attributes || after.side.asks_for_attributes;
  }

  [[nodiscard]] static std::vector<std::uint32_t> records(const std::vector<std::vector<std::uint32_t>>& several,
                                                          std::size_t one) {
    return several[one].empty() ? std::vector<std::uint32_t>{static_cast<std::uint32_t>(one)} : several[one];
  }

  /// All that a token's access rests on, of its own and of its registry's.
  [[nodiscard]] static std::string of_token(const OnSide& on, std::size_t token) {
    const Snapshot& snapshot = on.side.snapshot;
    const auto here = [&](const std::string& owner) {
      return static_cast<std::uint32_t>(on.side.ix.belongs(owner, registry(on)));
    };
    std::vector<std::string> rows;
    for (const std::uint32_t record : records(on.side.ix.token_records, token)) {
      const model::Token& t = snapshot.tokens[record];
      rows.push_back((Text() << "token" << here(t.registry) << t.scope_map_id << t.enabled << t.enabled_open
                             << t.passwords << t.has_certificates)
                         .take());
      for (const model::ScopeMap& map : snapshot.scope_maps) {
        if (here(map.registry) == 0 || !model::equal_ignoring_case(map.name, model::last_segment(t.scope_map_id)))
          continue;
        rows.push_back((Text() << "map" << here(map.registry) << map.actions << map.system_defined).take());
      }
    }
    for (const model::ConnectedRegistry& connected : snapshot.connected_registries) {
      if (here(connected.registry) == 0) continue;
      rows.push_back((Text() << "connected" << here(connected.registry) << model::ascii_lower(connected.name)
                             << connected.mode << connected.sync_token_id << connected.client_token_ids)
                         .take());
      for (const model::Token& t : snapshot.tokens) {
        if (here(t.registry) == 0 ||
            !model::equal_ignoring_case(t.name, model::last_segment(connected.sync_token_id))) {
          continue;
        }
        rows.push_back((Text() << "sync" << here(t.registry) << model::ascii_lower(t.name) << t.enabled).take());
      }
    }
    Text text;
    return add_sorted(text, std::move(rows)).take();
  }

  [[nodiscard]] static std::string of_task(const OnSide& on, std::size_t task) {
    std::vector<std::string> rows;
    for (const std::uint32_t record : records(on.side.ix.task_records, task)) {
      const model::Task& t = on.side.snapshot.tasks[record];
      rows.push_back((Text() << static_cast<std::uint32_t>(on.side.ix.belongs(t.registry, registry(on))) << t.enabled
                             << t.identity << t.source_registry_identity << t.source_registry_login_mode
                             << t.custom_registries)
                         .take());
    }
    Text text;
    return add_sorted(text, std::move(rows)).take();
  }

  /// By the identities that a task has, or may have.
  [[nodiscard]] static bool reaches_task(const OnSide& on, std::size_t task) {
    if (on.principals.empty() && on.denied.empty()) return false;
    for (const std::uint32_t record : records(on.side.ix.task_records, task)) {
      const model::Task& t = on.side.snapshot.tasks[record];
      std::vector<std::string_view> names = {t.identity.principal_id};
      for (const auto& user : t.identity.user_assigned) {
        names.insert(names.end(), {user.principal_id, user.resource_id, user.client_id});
      }
      bool found = false;
      RightMask rights;
      for (const std::string_view name : names) {
        if (name.empty()) continue;
        for (const Engine::Index::Name& each : on.side.ix.principal_names.find(name)) {
          found = true;
          reach(on, &each.principal, rights, rights);
        }
      }
      if (!found || rights.any()) return true;  // it may be anybody's
    }
    return false;
  }

  OnSide before, after;
  RightMask everybody;      ///< by settings that everybody goes by
  Touch identities;         ///< what goes for every identity of Entra
  bool settings = false;    ///< others differ
  bool everything = false;  ///< whatever is open may differ
  bool children = false;    ///< tokens and tasks
};

Touched::Touched(const AccessSets& before, const AccessSets& after)
    : impl_(std::make_unique<const Impl>(before, after)) {}
Touched::~Touched() = default;

Touched::At Touched::at_registry(const DiffRegistry& pair) const {
  return At(std::make_unique<const At::Impl>(*impl_, pair));
}

Touched::At::At(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Touched::At::~At() = default;
Touched::At::At(At&&) noexcept = default;
Touched::At& Touched::At::operator=(At&&) noexcept = default;

Touch Touched::At::touch(const DiffAsker& asker) const {
  const Impl& i = *impl_;
  if (!asker.before || !asker.after) return {};  // no access on one side
  const auto either_way = [](bool differs) {
    return differs ? Touch{.gained = every_right(), .lost = every_right(), .settings = true} : Touch{};
  };
  if (i.everything) return either_way(true);
  if (const auto* was = std::get_if<EntraAsker>(&*asker.before)) {
    return i.of_identity(*was, std::get<EntraAsker>(*asker.after));
  }
  if (i.settings || i.everybody.any()) return either_way(true);
  if (const auto* was = std::get_if<TokenAsker>(&*asker.before)) {
    const std::size_t is = std::get<TokenAsker>(*asker.after).token;
    return either_way(i.children || Impl::of_token(i.before, was->token) != Impl::of_token(i.after, is));
  }
  if (const auto* was = std::get_if<TaskAsker>(&*asker.before)) {
    const std::size_t is = std::get<TaskAsker>(*asker.after).task;
    return either_way(i.children || i.identities.gained.any() || i.identities.lost.any() ||
                      Impl::of_task(i.before, was->task) != Impl::of_task(i.after, is) ||
                      Impl::reaches_task(i.before, was->task) || Impl::reaches_task(i.after, is));
  }
  return {};
}

bool Touch::may_change(const Operation& operation, const RightMask& rights) const {
  if (!by_rights_alone(operation)) return settings || rights.any();
  const auto in = [&](const AllOf& needed) {
    return std::any_of(needed.begin(), needed.end(),
                       [&](const Right& right) { return right.bit == Right::kNoBit || rights[right.bit]; });
  };
  if (rights.none()) return false;
  return std::any_of(operation.legacy.begin(), operation.legacy.end(), in) ||
         std::any_of(operation.abac.begin(), operation.abac.end(), in) ||
         (operation.special == Special::Sign && in(signing_in_abac()));
}

}  // namespace acrbiter::evaluator
