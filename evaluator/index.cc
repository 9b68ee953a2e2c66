#include "evaluator/index.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <unordered_set>

#include "evaluator/condition_eval.h"
#include "evaluator/request.h"
#include "evaluator/wildcard.h"
#include "model/ascii.h"
#include "model/condition_warnings.h"

namespace acrbiter::evaluator {

using model::ascii_lower;
using model::equal_ignoring_case;

using model::at;
using model::PrincipalIndex;
using model::RoleIndex;
using model::ScopeIndex;
using model::ScopeKind;
using model::Truth;

namespace {

/// Does a list of role assignments, if one was read, show those at `scope`? What is above subscriptions is in the list
/// of each.
bool lists_assignments_at(const model::Snapshot& snapshot, ScopeIndex scope) {
  const std::string_view subscription = model::subscription_of(snapshot[scope].key);
  const auto& assigned = snapshot.assigned_subscriptions;
  return subscription.empty() || std::binary_search(assigned.begin(), assigned.end(), subscription);
}

bool may_be_in(const model::Snapshot& snapshot, const GroupGraph& groups, PrincipalIndex member, PrincipalIndex group) {
  if (groups.may_be_group(group) && groups.open(group) && !snapshot[member].groups_complete) return true;
  Reach reached;
  groups.reach(member, reached);
  return std::find(reached.all.begin(), reached.all.end(), group) != reached.all.end();
}

/// Is `holder`, who has the assignment, whom the instance is of? One by a group names the member. Source: input-formats
/// 7
bool is_of(const model::Snapshot& snapshot, const GroupGraph& groups, const model::ScheduleInstance& instance,
           PrincipalIndex holder) {
  return holder == instance.principal || (equal_ignoring_case(instance.member_type, "Group") &&
                                          may_be_in(snapshot, groups, instance.principal, holder));
}

/// Places of the rows that show, or may show, what an instance repeats for a member of a group, or below the place
/// where it was assigned; one at a management group may. Source: input-formats 7
struct RepeatedRows {
  std::vector<std::uint32_t> places;
  bool certain = false;  ///< one of them is above the instance by its id
};
RepeatedRows repeated_rows(const model::Snapshot& snapshot, const GroupGraph& groups,
                           const model::ScheduleInstance& instance) {
  RepeatedRows rows;
  if (!equal_ignoring_case(instance.member_type, "Group") && !equal_ignoring_case(instance.member_type, "Inherited"))
    return rows;
  for (std::size_t i = 0; i < snapshot.role_assignments.size(); ++i) {
    const model::RoleAssignment& row = snapshot.role_assignments[i];
    if (row.role != instance.role || !is_of(snapshot, groups, instance, row.principal)) continue;
    const bool above = model::scope_contains(snapshot[row.scope].key, snapshot[instance.scope].key);
    if (!above && snapshot[row.scope].kind != ScopeKind::ManagementGroup) continue;
    rows.certain = rows.certain || above;
    rows.places.push_back(static_cast<std::uint32_t>(i));
  }
  return rows;
}

/// The place of management groups above one subscription.
class Hierarchy {
 public:
  explicit Hierarchy(const model::Snapshot& snapshot) : snapshot_(snapshot) {
    for (const model::HierarchyEdge& edge : snapshot.hierarchy) {
      if (!edge.contested) parent_[edge.child] = edge.parent;
      if (!edge.parent.empty()) possible_[edge.child].push_back(edge.parent);
    }
    for (const model::RoleAssignment& a : snapshot.role_assignments) {
      if (a.listed_for == 0 || snapshot[a.scope].kind != ScopeKind::ManagementGroup) continue;
      listed_.emplace(snapshot.listed_subscriptions[a.listed_for - 1], snapshot[a.scope].key);
    }
  }

  /// Is `group` above the subscription of this id? Unknown where the data does not place it.
  [[nodiscard]] Truth above(const std::string& group, const std::string& id) const {
    const Truth root = is_root_of(group, id);
    return root != Truth::Unknown ? root : above_by_tree(group, "/subscriptions/" + id);
  }

  /// Do exports contradict each other in whether `group`, of which `above` does not tell, is above the subscription?
  /// They may by their trees, or a tree and the service, which listed a row of the group for it.
  [[nodiscard]] bool is_contested(const std::string& group, const std::string& id) const {
    bool complete = false;
    const std::vector<std::string> chain = up_from("/subscriptions/" + id, complete);
    return complete || hangs_below(group, chain) || may_be_above(group, "/subscriptions/" + id);
  }

  /// Nearest first.
  void sort(std::vector<ChainScope>& groups) const {
    bool unused = false;
    std::map<std::string, std::size_t> below;  // how many of them a group is above
    for (const ChainScope& group : groups) {
      for (const std::string& key : up_from(snapshot_[group.scope].key, unused)) ++below[key];
    }
    std::stable_sort(groups.begin(), groups.end(), [&](const ChainScope& a, const ChainScope& b) {
      return below[snapshot_[a.scope].key] < below[snapshot_[b.scope].key];
    });
  }

 private:
  /// The root group of a tenant is above each of its subscriptions, and above none of another.
  [[nodiscard]] Truth is_root_of(const std::string& group, const std::string& id) const {
    const std::uint32_t tenant = model::tenant_of_root_group(snapshot_, group);
    const std::uint32_t its = model::tenant_of_subscription(snapshot_, id);
    return tenant != 0 && its != 0 ? model::truth_of(its == tenant) : Truth::Unknown;
  }

  [[nodiscard]] Truth above_by_tree(const std::string& group, const std::string& subscription) const {
    bool complete = false;
    const std::vector<std::string> chain = up_from(subscription, complete);
    if (std::find(chain.begin(), chain.end(), group) != chain.end()) return Truth::True;
    if (!complete && may_be_above(group, subscription)) return Truth::Unknown;
    // A tree that says otherwise than the service did is of another day. Where it breaks off above the subscription,
    // what the service listed for that as inherited is above it, and so is what is above that.
    const bool elsewhere = complete || hangs_below(group, chain);
    const bool listed = is_listed(group, subscription);
    return elsewhere == listed ? Truth::Unknown : model::truth_of(listed);
  }

  /// What hangs below a part of a subscription's chain, and is not in it, is not above the subscription.
  [[nodiscard]] bool hangs_below(const std::string& group, const std::vector<std::string>& chain) const {
    bool unused = false;
    const std::vector<std::string> above = up_from(group, unused);
    return std::any_of(above.begin(), above.end(), [&](const std::string& key) {
      return std::find(chain.begin(), chain.end(), key) != chain.end();
    });
  }

  /// Is it by some export?
  [[nodiscard]] bool may_be_above(const std::string& group, const std::string& subscription) const {
    std::vector<std::string_view> reached{subscription};
    std::unordered_set<std::string_view> seen;
    for (std::size_t next = 0; next < reached.size(); ++next) {
      const auto parents = possible_.find(std::string(reached[next]));
      if (parents == possible_.end()) continue;
      for (const std::string& parent : parents->second) {
        if (parent == group) return true;
        if (seen.insert(parent).second) reached.push_back(parent);
      }
    }
    return false;
  }

  /// Did the service list a row of `group`, or of a group below it, for the subscription?
  [[nodiscard]] bool is_listed(const std::string& group, const std::string& subscription) const {
    bool unused = false;
    for (auto listed = listed_.lower_bound({subscription, std::string()});
         listed != listed_.end() && listed->first == subscription; ++listed) {
      const std::vector<std::string> above_listed = up_from(listed->second, unused);
      if (listed->second == group || std::find(above_listed.begin(), above_listed.end(), group) != above_listed.end())
        return true;
    }
    return false;
  }

  /// Everything that is known to be above `key`, nearest first. `complete` if it ends in a group without a parent.
  [[nodiscard]] std::vector<std::string> up_from(const std::string& key, bool& complete) const {
    std::vector<std::string> chain;
    for (auto step = parent_.find(key); step != parent_.end() && chain.size() <= parent_.size();
         step = parent_.find(step->second)) {
      complete = step->second.empty();
      if (complete) break;
      chain.push_back(step->second);
    }
    return chain;
  }

  const model::Snapshot& snapshot_;
  std::unordered_map<std::string, std::string> parent_;
  std::unordered_map<std::string, std::vector<std::string>> possible_;  ///< with what is contested
  std::set<std::pair<std::string, std::string>> listed_;  ///< subscription, group whose row was listed for it
};

}  // namespace

PatternMatch match_entry(const model::Permission& permission, const Right& right) {
  const bool data = right.kind == ActionKind::DataAction;
  PatternMatch match;
  const auto look = [&](const std::vector<std::string>& patterns, bool& found, bool& literally, std::string_view& by) {
    for (const std::string& pattern : patterns) {
      if (!wildcard_match(pattern, right.action, true)) continue;
      const bool literal = pattern.find('*') == std::string::npos;
      if (!found || (literal && !literally)) by = pattern;
      found = true;
      literally |= literal;
    }
  };
  look(data ? permission.data_actions : permission.actions, match.listed, match.listed_literally, match.pattern);
  if (!match.listed) return match;
  look(data ? permission.not_data_actions : permission.not_actions, match.excluded, match.excluded_literally,
       match.excluded_by);
  return match;
}

void RightTable::set(std::size_t row, const RightMask& rights) {
  for (std::size_t right = 0; right * words_ < bits_.size(); ++right) {
    if (rights[right]) bits_[words_ * right + row / kBits] |= std::uint64_t{1} << (row % kBits);
  }
}

Engine::Index::Index(const model::Snapshot& snapshot_, Readings defaults_)
    : snapshot(snapshot_), defaults(defaults_), groups(snapshot_) {
  for (const std::string& kind : snapshot.incomplete_lists) {
    assignments_incomplete |= kind == "role-assignments";
    denies_incomplete |= kind == "deny-assignments";
    locks_incomplete |= kind == "locks";
    connected_incomplete |= kind == "connected-registries";
    instances_incomplete |= kind == "pim-active-instances";
  }
  compile_roles();
  mark_conditions();
  compile_conditions();
  collect_grants();
  place_registries();
  index_names();
  find_records();
}

std::optional<std::size_t> Engine::Index::find_bit(const Right& right) {
  const auto rights = catalogue_rights();
  for (std::size_t bit = 0; bit < rights.size(); ++bit) {
    if (rights[bit].kind == right.kind && equal_ignoring_case(rights[bit].action, right.action)) return bit;
  }
  return std::nullopt;
}

void Engine::Index::mark_conditions() {
  condition_marks.reserve(snapshot.conditions.size());
  for (const model::ConditionEntry& condition : snapshot.conditions) {
    ConditionMarks& marks = condition_marks.emplace_back();
    if (!condition.parsed) continue;
    for (const model::ConditionWarning& warning : model::condition_warnings(*condition.parsed)) {
      marks.odd_attribute |= warning.code == "attribute-not-documented" || warning.code == "key-case-mark-lost";
      marks.beyond_ascii |= warning.code == "non-ascii-ignore-case";
    }
  }
}

void Engine::Index::compile_roles() {
  const auto rights = catalogue_rights();
  assert(rights.size() <= kMaxRights);
  for (const Right& right : rights) data_plane.set(right.bit, evaluator::data_plane(right));
  roles.reserve(snapshot.roles.size());
  for (const model::RoleDefinition& role : snapshot.roles) {
    CompiledRole compiled;
    compiled.defined = role.defined;
    compiled.custom = role.type == model::RoleType::Custom;
    compiled.plain = role.defined && !compiled.custom && role.permissions.size() == 1 &&
                     role.permissions.front().condition == model::kNoCondition;
    compiled.takes_conditions = takes_conditions(role);
    for (const model::Permission& permission : role.permissions) {
      CompiledEntry entry;
      entry.matches.reserve(rights.size());
      for (std::size_t bit = 0; bit < rights.size(); ++bit) {
        const PatternMatch& match = entry.matches.emplace_back(match_entry(permission, rights[bit]));
        if (match.listed || match.excluded) compiled.mentioned.set(bit);
        if (match.granted() || (role.type == model::RoleType::Custom && match.granted_literally()))
          compiled.granted.set(bit);
      }
      compiled.entries.push_back(std::move(entry));
    }
    roles.push_back(std::move(compiled));
  }
}

void Engine::Index::compile_conditions() {
  name_right_.fill(Right::kNoBit);
  std::vector<Right> rights;
  for (const Right& right : catalogue_rights()) {
    if (right.kind != ActionKind::DataAction || !carries_repository_name(right.action)) continue;
    name_right_[right.bit] = static_cast<std::uint8_t>(rights.size());
    rights.push_back(right);
  }
  name_rights_ = rights.size();
  by_name_.assign(snapshot.conditions.size() * name_rights_, kInterpret);
  for (std::size_t c = 0; c < snapshot.conditions.size(); ++c) {
    const model::ConditionEntry& entry = snapshot.conditions[c];
    const bool current = entry.version.empty() || entry.version == "2.0";
    if (!entry.parsed || !current) continue;
    const std::size_t first = name_conditions_.size();
    for (std::size_t r = 0; r < name_rights_; ++r) {
      auto special = NameCondition::specialise(*entry.parsed, rights[r].action);
      if (!special) continue;
      // Most actions of one condition come out alike.
      const auto known =
          std::find(name_conditions_.begin() + static_cast<std::ptrdiff_t>(first), name_conditions_.end(), *special);
      by_name_[c * name_rights_ + r] = static_cast<std::uint32_t>(known - name_conditions_.begin());
      if (known == name_conditions_.end()) name_conditions_.push_back(*std::move(special));
    }
  }
}

void Engine::Index::collect_grants() {
  const bool listed = snapshot.role_assignments_given && !assignments_incomplete;
  grants.reserve(snapshot.role_assignments.size());
  for (std::size_t i = 0; i < snapshot.role_assignments.size(); ++i) {
    const model::RoleAssignment& a = snapshot.role_assignments[i];
    grants.push_back({.principal = a.principal,
                      .role = a.role,
                      .scope = a.scope,
                      .condition = a.condition,
                      .source = static_cast<std::uint32_t>(i)});
  }

  // Active instances belong to the assignment that they name, or to the one with the same principal, role and scope.
  if (instances_incomplete) {
    for (Grant& grant : grants) grant.scheduled = true;
  }
  bool any_active = false;
  for (std::size_t i = 0; i < snapshot.schedule_instances.size(); ++i) {
    const model::ScheduleInstance& instance = snapshot.schedule_instances[i];
    if (instance.eligible)
      eligible.emplace(static_cast<std::uint32_t>(instance.principal), i);
    else
      any_active = true;
  }
  if (any_active) {
    std::unordered_map<std::string, std::uint32_t> by_id;
    std::unordered_multimap<std::string, std::uint32_t> by_triple;
    const auto triple = [](PrincipalIndex p, RoleIndex r, ScopeIndex s) {
      return std::to_string(at(p)) + ' ' + std::to_string(at(r)) + ' ' + std::to_string(at(s));
    };
    for (std::size_t i = 0; i < snapshot.role_assignments.size(); ++i) {
      const model::RoleAssignment& a = snapshot.role_assignments[i];
      // An export may show neither the assignment's id nor the instance's origin: that makes no pair of them.
      if (const std::string id = assignment_id(snapshot, a); !id.empty()) {
        by_id.emplace(ascii_lower(id), static_cast<std::uint32_t>(i));
      }
      by_triple.emplace(triple(a.principal, a.role, a.scope), static_cast<std::uint32_t>(i));
    }
    for (std::size_t i = 0; i < snapshot.schedule_instances.size(); ++i) {
      const model::ScheduleInstance& instance = snapshot.schedule_instances[i];
      if (instance.eligible) continue;
      const auto belongs_to = [&](std::uint32_t row, bool certain) {
        schedules.emplace(row, Schedule{.instance = i, .certain = certain});
        grants[row].scheduled = true;
      };
      const auto found = by_id.find(ascii_lower(instance.origin_role_assignment_id));
      const bool named = found != by_id.end();
      const auto is_as_shown = [&](const Grant& grant) {
        return grant.role == instance.role && is_of(snapshot, groups, instance, grant.principal) &&
               snapshot[grant.scope].key.find('{') == std::string::npos;
      };
      if (named && is_as_shown(grants[found->second])) {
        belongs_to(found->second, true);
        continue;
      }
      if (named) belongs_to(found->second, false);
      // Ids tell the two apart.
      const auto may_be = [&](std::uint32_t row) {
        return instance.origin_role_assignment_id.empty() ||
               assignment_id(snapshot, snapshot.role_assignments[row]).empty();
      };
      // All rows of the three are one assignment, which is not that of a group in which its principal is.
      const bool by_group = equal_ignoring_case(instance.member_type, "Group");
      const auto [begin, end] = by_triple.equal_range(triple(instance.principal, instance.role, instance.scope));
      std::for_each(begin, end, [&](const auto& row) {
        if (!by_group || !may_be(row.second)) belongs_to(row.second, may_be(row.second));
      });
      if (begin != end && !by_group) continue;
      const RepeatedRows repeated = repeated_rows(snapshot, groups, instance);
      for (const std::uint32_t row : repeated.places) {
        if (may_be(row)) belongs_to(row, false);
      }
      if (begin != end) continue;
      const bool unlisted = listed && lists_assignments_at(snapshot, instance.scope) && !repeated.certain;
      grants.push_back({.principal = instance.principal,
                        .role = instance.role,
                        .scope = instance.scope,
                        .condition = instance.condition,
                        .source = static_cast<std::uint32_t>(i),
                        .from_instance = true,
                        .scheduled = true,
                        .unlisted = !instance.declared && (unlisted || named)});
    }
  }

  std::stable_sort(grants.begin(), grants.end(), [](const Grant& a, const Grant& b) {
    return slot_key(a.scope, a.principal) < slot_key(b.scope, b.principal);
  });

  scope_ranges_.assign(snapshot.scopes.size(), {0, 0});
  slots_.assign(std::bit_ceil(grants.size() * 2 + 2), {});
  slot_mask_ = slots_.size() - 1;
  scopes_of_.resize(snapshot.principals.size());
  for (std::uint32_t begin = 0; begin < grants.size();) {
    std::uint32_t end = begin;
    const std::uint64_t key = slot_key(grants[begin].scope, grants[begin].principal);
    while (end < grants.size() && slot_key(grants[end].scope, grants[end].principal) == key) ++end;
    std::size_t slot = slot_hash(key) & slot_mask_;
    while (slots_[slot].key != kFreeSlot) slot = (slot + 1) & slot_mask_;
    slots_[slot] = {.key = key, .begin = begin, .end = end};
    scopes_of_[at(grants[begin].principal)] |= filter_bit(grants[begin].scope);
    auto& range = scope_ranges_[at(grants[begin].scope)];
    if (range.first == range.second) range.first = begin;
    range.second = end;
    begin = end;
  }

  principal_begin_.assign(snapshot.principals.size() + 1, 0);
  for (const Grant& g : grants) ++principal_begin_[at(g.principal) + 1];
  for (std::size_t i = 1; i < principal_begin_.size(); ++i) principal_begin_[i] += principal_begin_[i - 1];
  by_principal_.resize(grants.size());
  std::vector<std::uint32_t> fill(principal_begin_.begin(), principal_begin_.end() - 1);
  for (std::uint32_t i = 0; i < grants.size(); ++i) by_principal_[fill[at(grants[i].principal)]++] = i;

  with_right_ = RightTable(grants.size(), catalogue_rights().size());
  by_principal_with_right_ = RightTable(grants.size(), catalogue_rights().size());
  for (std::size_t i = 0; i < grants.size(); ++i) {
    with_right_.set(i, roles[at(grants[i].role)].granted);
    by_principal_with_right_.set(i, roles[at(grants[by_principal_[i]].role)].granted);
  }

  open_begin_.assign(1, 0);
  for (std::size_t scope = 0; scope < snapshot.scopes.size(); ++scope) {
    for (std::uint32_t i = scope_ranges_[scope].first; i < scope_ranges_[scope].second; ++i) {
      if (groups.open(grants[i].principal)) open_grants_.push_back(i);
    }
    open_begin_.push_back(static_cast<std::uint32_t>(open_grants_.size()));
  }
}

Truth Engine::Index::scheduled_in_force(const Grant& grant, const std::optional<model::Timestamp>& at) const {
  const auto in_time = [&](const model::ScheduleInstance& instance) {
    return at ? model::is_within(instance, *at) : Truth::True;
  };
  if (grant.from_instance) {
    const model::ScheduleInstance& instance = snapshot.schedule_instances[grant.source];
    const Truth value = both(in_time(instance), model::is_provisioned(instance));
    return grant.unlisted ? both(value, Truth::Unknown) : value;
  }
  // A row that is listed is there unless its instances say that it is not. One may be on a page that is missing, or be
  // that of another row.
  const auto [begin, end] = schedules.equal_range(grant.source);
  if (begin == end) return at ? Truth::Unknown : Truth::True;
  const bool bounded = std::any_of(begin, end, [](const auto& each) { return each.second.certain; });
  Truth value = bounded ? Truth::False : Truth::Unknown;
  std::for_each(begin, end, [&](const auto& each) {
    const model::ScheduleInstance& instance = snapshot.schedule_instances[each.second.instance];
    // One of the two is older that says it is there and that it is not.
    const bool open = (bounded && !each.second.certain) || model::is_provisioned(instance) == Truth::False;
    value = either(value, open ? both(in_time(instance), Truth::Unknown) : in_time(instance));
  });
  return value;
}

const model::ScheduleInstance* Engine::Index::open_instance(const Grant& grant,
                                                            const std::optional<model::Timestamp>& at) const {
  if (grant.from_instance) return &snapshot.schedule_instances[grant.source];
  const auto [begin, end] = schedules.equal_range(grant.source);
  const auto found = std::find_if(begin, end, [&](const auto& each) {
    const model::ScheduleInstance& instance = snapshot.schedule_instances[each.second.instance];
    return !each.second.certain || model::is_provisioned(instance) == Truth::False ||
           (at && model::is_within(instance, *at) == Truth::Unknown);
  });
  return found == end ? nullptr : &snapshot.schedule_instances[found->second.instance];
}

void Engine::Index::place_registries() {
  std::unordered_map<std::string_view, ScopeIndex> by_key;
  std::vector<ScopeIndex> management_groups, roots, with_unknowns;
  for (std::size_t i = 0; i < snapshot.scopes.size(); ++i) {
    const ScopeIndex index{static_cast<std::uint32_t>(i)};
    by_key.emplace(snapshot.scopes[i].key, index);
    if (snapshot.scopes[i].kind == ScopeKind::ManagementGroup) management_groups.push_back(index);
    if (snapshot.scopes[i].kind == ScopeKind::Root) roots.push_back(index);
    if (snapshot.scopes[i].key.find('{') != std::string::npos) with_unknowns.push_back(index);
  }
  const Hierarchy hierarchy(snapshot);
  std::unordered_map<std::string, std::vector<ChainScope>> above_subscription;

  std::unordered_map<std::string_view, std::size_t> registry_at;
  for (std::size_t r = 0; r < snapshot.registries.size(); ++r) {
    const model::Registry& registry = snapshot.registries[r];
    const std::string_view key = snapshot[registry.scope].key;
    registry_at.emplace(key, r);
    RegistryContext context;
    // The registry itself and every prefix of whole segments that is a scope of the data.
    for (std::string_view prefix = key; prefix.size() > 1;) {
      if (const auto found = by_key.find(prefix); found != by_key.end())
        context.chain.push_back({.scope = found->second});
      const std::size_t slash = prefix.rfind('/');
      if (slash == std::string_view::npos || slash == 0) break;
      prefix = prefix.substr(0, slash);
    }
    // Where a named unknown stands on either side, text alone does not tell.
    const auto add_possible = [&](ScopeIndex scope) {
      if (model::scope_covers(snapshot[scope].key, key) == Truth::Unknown)
        context.chain.push_back({.scope = scope, .covers = Truth::Unknown, .named_unknown = true});
    };
    if (key.find('{') == std::string_view::npos) {
      for (const ScopeIndex scope : with_unknowns) add_possible(scope);
    } else {
      for (std::size_t i = 0; i < snapshot.scopes.size(); ++i) add_possible(ScopeIndex{static_cast<std::uint32_t>(i)});
    }
    const std::string subscription(model::subscription_of(key));
    auto [above, added] = above_subscription.try_emplace(subscription);
    if (added) {
      for (const ScopeIndex group : management_groups) {
        const Truth covers = subscription.empty() ? Truth::Unknown : hierarchy.above(snapshot[group].key, subscription);
        const bool named_unknown =
            model::is_named_unknown(subscription) || snapshot[group].key.find('{') != std::string::npos;
        const Truth tenant = model::of_one_tenant(snapshot, snapshot[group], subscription);
        if (both(covers, tenant) != Truth::False) {
          const bool open = covers == Truth::Unknown;
          above->second.push_back(
              {.scope = group,
               .covers = both(covers, tenant),
               .unplaced = open && !named_unknown && !hierarchy.is_contested(snapshot[group].key, subscription),
               .named_unknown = open && named_unknown,
               .tenant_open = tenant == Truth::Unknown});
        }
      }
      hierarchy.sort(above->second);
      for (const ScopeIndex root : roots) {
        const Truth tenant = model::of_one_tenant(snapshot, snapshot[root], subscription);
        if (tenant != Truth::False)
          above->second.push_back({.scope = root, .covers = tenant, .tenant_open = tenant == Truth::Unknown});
      }
    }
    context.chain.insert(context.chain.end(), above->second.begin(), above->second.end());

    for (std::size_t d = 0; d < snapshot.deny_assignments.size(); ++d) {
      const ScopeIndex scope = snapshot.deny_assignments[d].scope;
      if (std::any_of(context.chain.begin(), context.chain.end(),
                      [&](const ChainScope& c) { return c.scope == scope; })) {
        context.deny_assignments.push_back(d);
      }
    }
    for (std::size_t l = 0; l < snapshot.locks.size(); ++l) {
      // Above a registry without resource id may be any.
      const bool unplaced = snapshot[registry.scope].kind != ScopeKind::Resource;
      const Truth covers = unplaced ? Truth::Unknown : model::scope_covers(snapshot.locks[l].scope, key);
      if (covers != Truth::False) context.locks.push_back({.lock = l, .covers = covers});
    }
    for (const ChainScope& scope : context.chain) context.grants_on_chain += grants_at(scope.scope).size();
    context.placed = snapshot[registry.scope].kind == ScopeKind::Resource;
    context.assignments_shown = model::shows_assignments_for(snapshot, registry);
    context.denies_shown = model::shows_denies_for(snapshot, registry);
    const auto quarantine = registry.policies.find("quarantinePolicy");
    if (quarantine != registry.policies.end()) {
      context.quarantine_on = equal_ignoring_case(quarantine->second, "enabled");
      context.quarantine_open = !context.quarantine_on && !equal_ignoring_case(quarantine->second, "disabled");
    }
    registries.push_back(std::move(context));
  }

  constexpr std::string_view kMarker = "/microsoft.containerregistry/registries/";
  for (std::size_t i = 0; i < snapshot.scopes.size(); ++i) {
    const std::string_view key = snapshot.scopes[i].key;
    const std::size_t marker = key.find(kMarker);
    if (marker == std::string_view::npos) continue;
    const std::size_t name_end = key.find('/', marker + kMarker.size());
    if (name_end == std::string_view::npos || !key.substr(name_end).starts_with("/repositories/")) continue;
    if (const auto found = registry_at.find(key.substr(0, name_end)); found != registry_at.end()) {
      registries[found->second].below.push_back(ScopeIndex{static_cast<std::uint32_t>(i)});
    }
  }
  for (RegistryContext& context : registries) {
    if (context.below.empty()) continue;
    for (std::size_t d = 0; d < snapshot.deny_assignments.size(); ++d) {
      const ScopeIndex scope = snapshot.deny_assignments[d].scope;
      if (std::find(context.below.begin(), context.below.end(), scope) != context.below.end())
        context.deny_assignments.push_back(d);
    }
  }
  for (RegistryContext& context : registries) {
    for (const ChainScope& scope : context.chain) context.scope_filter |= filter_bit(scope.scope);
    for (const ScopeIndex below : context.below) context.scope_filter |= filter_bit(below);
  }
}

void Engine::Index::index_names() {
  for (std::size_t i = 0; i < snapshot.principals.size(); ++i) {
    const model::Principal& p = snapshot.principals[i];
    const PrincipalIndex index{static_cast<std::uint32_t>(i)};
    const auto add = [&](NameKind kind, std::string_view name) {
      if (!name.empty()) principal_names.add(name, Name{kind, index});
    };
    add(NameKind::ObjectId, p.id);
    add(NameKind::UserPrincipalName, p.user_principal_name);
    add(NameKind::AppId, p.app_id);
    add(NameKind::ApplicationObjectId, p.application_object_id);
    add(NameKind::Alias, p.resource_id);
    for (const std::string& alias : p.aliases) add(NameKind::Alias, alias);
    add(NameKind::DisplayName, p.display_name);
  }
  for (std::size_t r = 0; r < snapshot.registries.size(); ++r) {
    const model::Registry& registry = snapshot.registries[r];
    registry_names.add(registry.name, r);
    if (registry.login_server) registry_names.add(*registry.login_server, r);
    if (!registry.id.empty()) registry_names.add(without_trailing_slashes(registry.id), r);
  }
  principal_names.build();
  registry_names.build();
}

namespace {

template <class Child>
std::vector<std::vector<std::uint32_t>> records_of(const std::vector<Child>& children,
                                                   const std::vector<model::Registry>& registries) {
  const auto key = [&](std::string_view registry, const Child& child) {
    return model::ascii_lower(registry) + '/' + model::ascii_lower(child.name);
  };
  const std::string_view only = registries.size() == 1 ? std::string_view(registries.front().name) : std::string_view();
  std::unordered_map<std::string, std::vector<std::uint32_t>> of_key;
  for (std::uint32_t i = 0; i < children.size(); ++i)
    of_key[key(children[i].registry.empty() ? only : children[i].registry, children[i])].push_back(i);
  std::vector<std::vector<std::uint32_t>> result(children.size());
  for (std::uint32_t i = 0; i < children.size(); ++i) {
    const std::string_view owner = children[i].registry.empty() ? only : children[i].registry;
    std::vector<std::uint32_t> records = of_key[key(owner, children[i])];
    const auto open = owner.empty() ? of_key.end() : of_key.find(key({}, children[i]));
    if (open != of_key.end()) records.insert(records.end(), open->second.begin(), open->second.end());
    if (records.size() > 1 || owner.empty()) result[i] = std::move(records);
  }
  return result;
}

}  // namespace

void Engine::Index::find_records() {
  token_records = records_of(snapshot.tokens, snapshot.registries);
  task_records = records_of(snapshot.tasks, snapshot.registries);
}

std::span<const Grant> Engine::Index::grants_at(ScopeIndex scope) const {
  const auto [begin, end] = scope_ranges_[at(scope)];
  return {grants.data() + begin, grants.data() + end};
}

std::span<const std::uint32_t> Engine::Index::open_grants_at(ScopeIndex scope) const {
  return {open_grants_.data() + open_begin_[at(scope)], open_grants_.data() + open_begin_[at(scope) + 1]};
}

}  // namespace acrbiter::evaluator
