#include "evaluator/sets/grant_tables.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "evaluator/condition_request.h"
#include "evaluator/request.h"
#include "evaluator/sets/condition_sets.h"
#include "evaluator/sets/quick_table.h"
#include "model/ascii.h"

namespace acrbiter::evaluator {

using model::at;
using model::ConditionIndex;
using model::kConditionNotShown;
using model::kNoCondition;
using model::PermissionMode;
using model::PrincipalIndex;
using model::RepositorySet;
using model::Truth;
using model::truth_of;

namespace {

/// One right under one condition or several: a constant, a test of the name, or more than that.
struct Outcome {
  enum class Kind : std::uint8_t { Constant, Test, Other };
  Kind kind = Kind::Constant;
  Truth if_true = Truth::True;  ///< a constant's value
  Truth if_false = Truth::True;
  const NameCondition* test = nullptr;
  bool of_asker = false;

  static Outcome constant(Truth value) { return {.if_true = value, .if_false = value}; }
  template <class F>
  [[nodiscard]] Outcome mapped(F f) const {
    Outcome result = *this;
    result.if_true = f(if_true);
    result.if_false = f(if_false);
    if (result.kind == Kind::Test && result.if_true == result.if_false) return constant(result.if_true);
    return result;
  }
};

/// Two outcomes by `f`, of which `neutral` leaves the other as it is and `decisive` settles it.
template <class F>
Outcome joined(const Outcome& a, const Outcome& b, F f, Truth decisive) {
  using Kind = Outcome::Kind;
  for (const bool first : {true, false}) {
    const Outcome& one = first ? a : b;
    const Outcome& other = first ? b : a;
    if (one.kind != Kind::Constant) continue;
    if (one.if_true == decisive) return one;
    if (other.kind != Kind::Other || one.if_true == !decisive)
      return other.mapped([&](Truth t) { return f(t, one.if_true); });
  }
  if (a.kind == Kind::Test && b.kind == Kind::Test && a.test == b.test) {
    Outcome result = a;
    result.if_true = f(a.if_true, b.if_true);
    result.if_false = f(a.if_false, b.if_false);
    return result.mapped([](Truth t) { return t; });
  }
  return {.kind = Kind::Other, .of_asker = a.of_asker || b.of_asker};
}
Outcome both(const Outcome& a, const Outcome& b) {
  return joined(
      a, b, [](Truth x, Truth y) { return model::both(x, y); }, Truth::False);
}
Outcome either(const Outcome& a, const Outcome& b) {
  return joined(
      a, b, [](Truth x, Truth y) { return model::either(x, y); }, Truth::True);
}

struct StoredRule : NameRule {
  bool uncertain = false;  ///< at best undetermined
  mutable std::once_flag once;
  mutable std::optional<Interval> sets;  ///< nothing: too large
};

}  // namespace

void Holding::add(const Holding& other) {
  certain |= other.certain;
  open |= other.open;
  for (const RuledRights& more : other.ruled) {
    const auto same =
        std::find_if(ruled.begin(), ruled.end(), [&](const RuledRights& r) { return r.rule == more.rule; });
    if (same != ruled.end())
      same->rights |= more.rights;
    else
      ruled.push_back(more);
  }
}

struct GrantTables::Impl {
  Impl(const Engine::Index& index, const Circumstances& circumstances_)
      : ix(index), snapshot(index.snapshot), circumstances(circumstances_), readings(circumstances_.readings) {
    for (const model::ConditionEntry& entry : snapshot.conditions)
      of_asker.push_back(entry.parsed && mentions(entry.parsed->root, model::AttributeSource::Principal));
    for (const Operation& operation : operations()) {
      if (operation.special != Special::SoftDelete) continue;
      for (const Right& right : operation.legacy.front()) soft_delete.set(right.bit);
    }
  }

  const Engine::Index& ix;
  const model::Snapshot& snapshot;
  const Circumstances& circumstances;
  const Readings& readings;
  std::vector<bool> of_asker;  ///< per condition: it speaks of the principal's attributes
  RightMask soft_delete;       ///< in the ABAC mode of custom roles alone, as in the legacy mode

  // Filled as questions come; `building` guards all but what a built table holds.
  std::mutex building;
  std::deque<StoredRule> rules;
  std::map<std::tuple<const NameCondition*, Truth, Truth>, const NameRule*> rule_of_test;
  std::unordered_map<std::uint64_t, Holding> profiles[2];

  [[nodiscard]] std::string_view reading(AssumptionId id) const { return readings[id]; }

  [[nodiscard]] bool depends_on_asker(ConditionIndex own, const std::vector<model::Permission>& permissions) const {
    const auto asks = [this](ConditionIndex condition) {
      return condition < kConditionNotShown && of_asker[at(condition)];
    };
    return asks(own) || std::any_of(permissions.begin(), permissions.end(),
                                    [&](const model::Permission& p) { return asks(p.condition); });
  }

  // ---- conditions -------------------------------------------------------------------------------------------

  /// A condition by the language alone.
  [[nodiscard]] Interval evaluated(ConditionIndex index, const Right& right, const model::Principal* asker,
                                   bool of_deny) const {
    const model::ConditionEntry& entry = snapshot[index];
    ConditionRequest request = request_under(readings, right);
    request.asker = asker;
    request.at = &circumstances.at;
    request.network = &circumstances.network;
    const Interval result = by_language(entry, request, right, of_deny);
    using Reading = ConditionReadings::ResourceAttributeForRepository;
    Reading& resource = request.readings.resource_attribute_for_repository;
    if (result.certain == result.possible || resource != Reading::Unknown ||
        !mentions(entry.parsed->root, model::AttributeSource::Resource)) {
      return result;
    }
    // Only names on which the two readings differ are open.
    resource = Reading::Absent;
    const Interval if_absent = by_language(entry, request, right, of_deny);
    resource = Reading::Supplied;
    const Interval if_supplied = by_language(entry, request, right, of_deny);
    return {if_absent.certain & if_supplied.certain, if_absent.possible | if_supplied.possible};
  }

  [[nodiscard]] static Interval by_language(const model::ConditionEntry& entry, const ConditionRequest& request,
                                            const Right& right, bool of_deny) {
    const RequestEnvironment environment(request, entry);
    // An operation that never carries the attribute is documented as not granted.
    if (!carries_repository_name(right)) {
      const Truth truth = evaluate_truth(*entry.parsed, *environment);
      const bool lacks =
          truth == Truth::Unknown && !of_deny && evaluate_missing_as_false(*entry.parsed, *environment) == Truth::False;
      return Interval::constant(lacks ? Truth::False : truth);
    }
    const NameTruth truth = truth_by_name(*entry.parsed, *environment);
    RepositorySet possible = truth.possible();
    if (!of_deny && !(possible == truth.is_true))
      possible -= missing_as_false_by_name(*entry.parsed, *environment).is_false - truth.is_true;
    return {truth.is_true, std::move(possible)};
  }

  /// Is it only contested what the condition of an assignment means here?
  [[nodiscard]] std::optional<AssumptionId> contested(const Right& right, PermissionMode mode,
                                                      const model::RoleDefinition& role) const {
    if (mode == PermissionMode::Legacy) {
      if (data_plane(right)) return AssumptionId::ConditionOnLegacyRegistry;
    } else if (right.kind == ActionKind::DataAction && !takes_conditions(role)) {
      return AssumptionId::ConditionOnOtherRole;
    }
    return std::nullopt;
  }

  /// A condition that is none, not shown or malformed; nothing for one that has to be evaluated.
  [[nodiscard]] std::optional<Truth> plain(ConditionIndex index, const Right& right, PermissionMode mode,
                                           const model::RoleDefinition& role, bool of_role) const {
    if (index == kNoCondition) return Truth::True;
    if (index == kConditionNotShown) {
      if (!of_role && mode == PermissionMode::Legacy && data_plane(right)) {
        const bool ignored = reading(AssumptionId::ConditionOnLegacyRegistry) == "ignored";
        return ignored ? Truth::True : Truth::Unknown;
      }
      if (right.kind != ActionKind::DataAction && !writes_role_assignments(right.action)) return Truth::True;
      const bool counts = of_role || mode == PermissionMode::Legacy || right.kind != ActionKind::DataAction ||
                          takes_conditions(role) || reading(AssumptionId::ConditionOnOtherRole) != "ignored";
      return counts ? Truth::Unknown : Truth::True;
    }
    if (snapshot[index].parsed) return std::nullopt;
    const auto rests_on = of_role ? std::nullopt : contested(right, mode, role);
    return rests_on ? as_contested(Truth::False, *rests_on, reading(*rests_on)) : Truth::False;
  }

  /// What a contested fact makes of a condition's value.
  [[nodiscard]] static Truth as_contested(Truth value, AssumptionId id, std::string_view how) {
    if (how == "ignored") return Truth::True;
    if (how == "fails-closed") return Truth::False;
    const bool legacy = id == AssumptionId::ConditionOnLegacyRegistry;
    return how == "unknown" && (legacy || value != Truth::True) ? Truth::Unknown : value;
  }

  [[nodiscard]] Interval condition_names(ConditionIndex index, const Right& right, PermissionMode mode,
                                         const model::RoleDefinition& role, bool of_role,
                                         const model::Principal* asker) const {
    if (const auto value = plain(index, right, mode, role, of_role)) return Interval::constant(*value);
    const auto rests_on = of_role ? std::nullopt : contested(right, mode, role);
    if (!rests_on) return evaluated(index, right, asker, false);
    const auto as = [&](Truth value) { return as_contested(value, *rests_on, reading(*rests_on)); };
    if (as(Truth::True) == as(Truth::False)) return Interval::constant(as(Truth::True));
    const Interval own = evaluated(index, right, asker, false);
    // Values only rise from False to Unknown here, or stay.
    return {own.certain, as(Truth::False) == Truth::Unknown ? RepositorySet::all() : own.possible};
  }

  [[nodiscard]] Outcome condition_outcome(ConditionIndex index, const Right& right, PermissionMode mode,
                                          const model::RoleDefinition& role, bool of_role) const {
    if (const auto value = plain(index, right, mode, role, of_role)) return Outcome::constant(*value);
    Outcome outcome{.kind = Outcome::Kind::Other, .of_asker = of_asker[at(index)]};
    if (const NameCondition* test = ix.by_name(index, right)) {
      outcome = {.kind = Outcome::Kind::Test, .if_true = Truth::True, .if_false = Truth::False, .test = test};
      if (const auto value = test->constant()) outcome = Outcome::constant(truth_of(*value));
    } else if (!carries_repository_name(right) && !of_asker[at(index)]) {
      const Interval value = evaluated(index, right, nullptr, false);
      outcome = Outcome::constant(value.certain.is_all()   ? Truth::True
                                  : value.possible.empty() ? Truth::False
                                                           : Truth::Unknown);
    }
    const auto rests_on = of_role ? std::nullopt : contested(right, mode, role);
    if (!rests_on) return outcome;
    const auto as = [&](Truth value) { return as_contested(value, *rests_on, reading(*rests_on)); };
    if (as(Truth::True) == as(Truth::False)) return Outcome::constant(as(Truth::True));
    return outcome.kind == Outcome::Kind::Other ? outcome : outcome.mapped(as);
  }

  // ---- roles ------------------------------------------------------------------------------------------------

  /// Does an entry of the role's permissions hold the right? Contested: arm-private-link
  [[nodiscard]] Truth contained(const model::RoleDefinition& role, const EntryMatch& match, const Right& right) const {
    const Truth granted = truth_of(match.granted());
    if (role.type != model::RoleType::Custom || !data_plane(right) || match.granted() == match.granted_literally())
      return granted;
    const std::string_view expands = reading(AssumptionId::ArmPrivateLink);
    if (expands == "no") return truth_of(match.granted_literally());
    return expands == "unknown" ? Truth::Unknown : granted;
  }

  /// May a role that the data does not define hold any right? Contested: unknown-role
  [[nodiscard]] bool undefined_is_open(const model::RoleDefinition& role) const {
    return role.open || role.contradicted || role.cut_off || model::is_named_unknown(role.guid) ||
           reading(AssumptionId::UnknownRole) == "unknown";
  }

  [[nodiscard]] Interval grant_names(const NameRule& rule, const model::Principal* asker) const {
    const model::RoleDefinition& role = snapshot[rule.role];
    Interval best = Interval::constant(role.defined ? Truth::False : Truth::Unknown);
    for (std::size_t e = 0; role.defined && e < role.permissions.size(); ++e) {
      const Truth held = contained(role, ix.roles[at(rule.role)].entries[e].match(rule.right.bit), rule.right);
      if (held == Truth::False) continue;
      const ConditionIndex own = role.permissions[e].condition;
      const Interval value = both(both(condition_names(own, rule.right, rule.mode, role, true, asker),
                                       condition_names(rule.condition, rule.right, rule.mode, role, false, asker)),
                                  Interval::constant(held));
      best = either(best, value);
    }
    if (rule.only.empty()) return best;
    const RepositorySet one = RepositorySet::exactly(rule.only);
    const bool honoured = reading(AssumptionId::RepositoryScope) == "honoured";
    return {honoured ? best.certain & one : RepositorySet::none(), best.possible & one};
  }

  [[nodiscard]] Outcome grant_outcome(const model::RoleDefinition& role, model::RoleIndex index,
                                      ConditionIndex condition, const Right& right, PermissionMode mode) const {
    Outcome best = Outcome::constant(Truth::False);
    for (std::size_t e = 0; e < role.permissions.size(); ++e) {
      const Truth held = contained(role, ix.roles[at(index)].entries[e].match(right.bit), right);
      if (held == Truth::False) continue;
      const Outcome value = both(both(condition_outcome(role.permissions[e].condition, right, mode, role, true),
                                      condition_outcome(condition, right, mode, role, false)),
                                 Outcome::constant(held));
      best = either(best, value);
    }
    return best;
  }

  /// The rights that a role can give in a mode.
  [[nodiscard]] RightMask rights_of(const model::RoleDefinition& role, PermissionMode mode) const {
    const RightMask all = RightMask().set();
    return mode == PermissionMode::Abac && role.type != model::RoleType::Custom ? all & ~soft_delete : all;
  }
  [[nodiscard]] PermissionMode mode_for(const Right& right, PermissionMode mode) const {
    return soft_delete.test(right.bit) ? PermissionMode::Legacy : mode;
  }

  /// What a role under a condition gives. Needs `building`.
  const Holding& profile(model::RoleIndex role_index, ConditionIndex condition, PermissionMode mode) {
    const std::uint64_t key = std::uint64_t{at(role_index)} << 32 | static_cast<std::uint32_t>(at(condition));
    auto& known = profiles[static_cast<std::size_t>(mode)];
    const auto [place, added] = known.try_emplace(key);
    Holding& result = place->second;
    if (!added) return result;
    const model::RoleDefinition& role = snapshot[role_index];
    if (!role.defined) {
      if (undefined_is_open(role)) result.open = rights_of(role, mode);
      return result;
    }
    const RightMask counted = ix.roles[at(role_index)].granted & rights_of(role, mode);
    for (const Right& right : catalogue_rights()) {
      if (!counted.test(right.bit)) continue;
      const Outcome outcome = grant_outcome(role, role_index, condition, right, mode_for(right, mode));
      if (outcome.kind == Outcome::Kind::Constant) {
        result.certain.set(right.bit, outcome.if_true == Truth::True);
        result.open.set(right.bit, outcome.if_true == Truth::Unknown);
        continue;
      }
      Holding one;
      one.ruled.push_back(
          {RightMask().set(right.bit), rule_for(role_index, condition, right, mode_for(right, mode), outcome)});
      result.add(one);
    }
    return result;
  }

  /// The rule of an outcome that is not constant; equal tests share theirs.
  const NameRule* rule_for(model::RoleIndex role, ConditionIndex condition, const Right& right, PermissionMode mode,
                           const Outcome& outcome) {
    if (outcome.kind != Outcome::Kind::Test) return add_rule(role, condition, right, mode, outcome);
    const NameRule*& shared = rule_of_test[{outcome.test, outcome.if_true, outcome.if_false}];
    if (shared == nullptr) shared = add_rule(role, condition, right, mode, outcome);
    return shared;
  }

  StoredRule* add_rule(model::RoleIndex role, ConditionIndex condition, const Right& right, PermissionMode mode,
                       const Outcome& outcome) {
    StoredRule& rule = rules.emplace_back();
    rule.number = static_cast<std::uint32_t>(rules.size() - 1);
    rule.test = outcome.test;
    rule.if_true = outcome.if_true;
    rule.if_false = outcome.if_false;
    rule.role = role;
    rule.condition = condition;
    rule.right = right;
    rule.mode = mode;
    rule.of_asker = outcome.of_asker;
    rule.uncertain =
        outcome.kind == Outcome::Kind::Test && outcome.if_true != Truth::True && outcome.if_false != Truth::True;
    return &rule;
  }

  // ---- registries -------------------------------------------------------------------------------------------

  /// Needs `building`.
  void build(GrantTable& table) {
    const RegistryContext& context = ix.registries[table.registry];
    if (may_lack_assignments(ix, table.registry, readings)) table.always_open.set();
    if (!context.placed) table.open_for_created.set();

    std::unordered_map<std::uint32_t, std::size_t> place_of;
    const auto add = [&](const Grant& grant, const Holding& holding) {
      const auto [found, added] =
          place_of.try_emplace(static_cast<std::uint32_t>(at(grant.principal)), table.holdings.size());
      if (added) table.holdings.push_back({grant.principal, {}});
      table.holdings[found->second].second.add(holding);
      if (ix.groups.open(grant.principal)) table.pool.add(holding);
    };
    for (const ChainScope& scope : context.chain) {
      const Truth covers = scope.covers_by(reading(AssumptionId::UnplacedManagementGroup));
      if (covers == Truth::False) continue;
      for (const Grant& grant : ix.grants_at(scope.scope)) {
        const Truth in_force = ix.in_force(grant, circumstances.at);
        if (in_force == Truth::False) continue;
        const Holding& given = profile(grant.role, grant.condition, table.mode);
        if (in_force == Truth::True && covers == Truth::True)
          add(grant, given);
        else
          add(grant, blurred(given));
      }
    }
    const std::string here = snapshot[snapshot.registries[table.registry].scope].key + "/repositories/";
    const std::string_view how = reading(AssumptionId::RepositoryScope);
    for (const model::ScopeIndex below : context.below) {
      const std::string& key = snapshot[below].key;
      if (how == "not-honoured" || !key.starts_with(here)) continue;
      for (const Grant& grant : ix.grants_at(below)) {
        const Truth in_force = ix.in_force(grant, circumstances.at);
        if (in_force == Truth::False) continue;
        const Holding given = narrowed(grant, key.substr(here.size()), table);
        add(grant, in_force == Truth::True ? given : blurred(given));
      }
    }
    std::sort(table.holdings.begin(), table.holdings.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    build_denies(table, context);
  }

  /// The same, but undetermined where it would grant.
  Holding blurred(const Holding& given) {
    Holding result;
    result.open = given.certain | given.open;
    for (const RuledRights& ruled : given.ruled) {
      const auto* from = static_cast<const StoredRule*>(ruled.rule);
      if (from->test != nullptr) {
        const Outcome test{
            .kind = Outcome::Kind::Test, .if_true = from->if_true, .if_false = from->if_false, .test = from->test};
        const Outcome outcome = test.mapped([](Truth t) { return model::both(t, Truth::Unknown); });
        if (outcome.kind == Outcome::Kind::Constant)
          result.open |= ruled.rights;
        else
          result.ruled.push_back(
              {ruled.rights, rule_for(from->role, from->condition, from->right, from->mode, outcome)});
        continue;
      }
      const Outcome outcome{.kind = Outcome::Kind::Other, .of_asker = from->of_asker};
      StoredRule* rule = add_rule(from->role, from->condition, from->right, from->mode, outcome);
      rule->uncertain = true;
      rule->only = from->only;
      result.ruled.push_back({ruled.rights, rule});
    }
    return result;
  }

  /// What a grant on one repository gives. Contested: repository-scope
  Holding narrowed(const Grant& grant, const std::string& repository, const GrantTable& table) {
    Holding result;
    const model::RoleDefinition& role = snapshot[grant.role];
    if (!role.defined && !undefined_is_open(role)) return result;
    RightMask counted = rights_of(role, table.mode);
    if (role.defined) counted &= ix.roles[at(grant.role)].granted;
    for (const Right& right : catalogue_rights()) {
      if (!counted.test(right.bit)) continue;
      const bool asks = depends_on_asker(grant.condition, role.permissions);
      StoredRule* rule = add_rule(grant.role, grant.condition, right, mode_for(right, table.mode),
                                  {.kind = Outcome::Kind::Other, .of_asker = asks});
      rule->only = repository;
      result.ruled.push_back({RightMask().set(right.bit), rule});
    }
    return result;
  }

  void build_denies(GrantTable& table, const RegistryContext& context) const {
    const bool ignored = reading(AssumptionId::DenyOnDataPlane) == "ignored";
    const std::string_view repository_scope = reading(AssumptionId::RepositoryScope);
    const std::string here = snapshot[snapshot.registries[table.registry].scope].key + "/repositories/";
    const bool open = ix.denies_incomplete || (!context.placed && !snapshot.deny_assignments.empty());
    for (const Right& right : catalogue_rights())
      table.always_denied_open.set(right.bit, open && !(ignored && data_plane(right)));
    for (const std::size_t index : context.deny_assignments) {
      const model::DenyAssignment& deny = snapshot.deny_assignments[index];
      if (deny.effect == model::DenyEffect::Audit) continue;
      DenyRule rule{.deny = index, .rights = {}, .uncertain = false, .only = {}};
      const std::string& key = snapshot[deny.scope].key;
      if (key.starts_with(here)) {
        if (repository_scope == "not-honoured") continue;
        rule.only = key.substr(here.size());
        rule.uncertain = repository_scope == "unknown";
      } else if (deny.do_not_apply_to_child_scopes && deny.scope != snapshot.registries[table.registry].scope) {
        continue;
      }
      for (const ChainScope& scope : context.chain) {
        if (scope.scope == deny.scope) rule.uncertain = scope.covers == Truth::Unknown;
      }
      rule.uncertain = rule.uncertain || deny.contested;
      for (const Right& right : catalogue_rights()) {
        if (ignored && data_plane(right)) continue;
        if (rule.only.empty() && deny.do_not_apply_to_child_scopes && acts_below_registry(right.action)) continue;
        const bool covered = std::any_of(deny.permissions.begin(), deny.permissions.end(),
                                         [&](const model::Permission& p) { return match_entry(p, right).granted(); });
        rule.rights.set(right.bit, covered);
      }
      if (rule.rights.none()) continue;
      table.denied |= rule.rights;
      table.denies.push_back(rule);
    }
  }
};

bool may_lack_assignments(const Engine::Index& index, std::size_t registry, const Readings& readings) {
  const RegistryContext& context = index.registries[registry];
  return index.assignments_incomplete || !context.placed ||
         (!context.assignments_shown && readings[AssumptionId::MissingRoleAssignments] == "unknown");
}

GrantTables::GrantTables(const Engine::Index& index, const Circumstances& circumstances)
    : impl_(std::make_unique<Impl>(index, circumstances)),
      tables_(index.snapshot.registries.size() * 2),
      ready_(index.snapshot.registries.size() * 2) {}
GrantTables::~GrantTables() = default;

void GrantTables::build(std::size_t registry, PermissionMode mode) const {
  const std::lock_guard lock(impl_->building);
  const std::size_t place = registry * 2 + static_cast<std::size_t>(mode);
  if (ready_[place].load(std::memory_order_relaxed)) return;
  GrantTable& table = tables_[place];
  table.registry = registry;
  table.mode = mode;
  impl_->build(table);
  ready_[place].store(true, std::memory_order_release);
}

const QuickTable& GrantTables::quick(std::size_t registry, PermissionMode mode) const {
  const GrantTable& known = table(registry, mode);
  const std::lock_guard lock(impl_->building);
  std::unique_ptr<const QuickTable>& quick = tables_[registry * 2 + static_cast<std::size_t>(mode)].quick;
  if (!quick) quick = std::make_unique<const QuickTable>(known, *this, impl_->snapshot);
  return *quick;
}

Holding GrantTables::of(const Grant& grant, PermissionMode mode) const {
  const std::lock_guard lock(impl_->building);
  const Truth in_force = impl_->ix.in_force(grant, impl_->circumstances.at);
  if (in_force == Truth::False) return {};
  const Holding& given = impl_->profile(grant.role, grant.condition, mode);
  return in_force == Truth::True ? given : impl_->blurred(given);
}

Interval GrantTables::names(const NameRule& rule, const model::Principal* asker) const {
  const auto& stored = static_cast<const StoredRule&>(rule);
  const auto work_out = [&] {
    Interval sets = impl_->grant_names(rule, asker);
    if (stored.uncertain) sets.certain = RepositorySet::none();
    return sets;
  };
  if (rule.of_asker) return work_out();
  std::call_once(stored.once, [&] {
    try {
      stored.sets = work_out();
    } catch (const model::RepositorySetTooLarge&) {
    }
  });
  if (!stored.sets) throw model::RepositorySetTooLarge("a condition on the repository name");
  return *stored.sets;
}

bool GrantTables::of_asker(const DenyRule& rule) const {
  const model::DenyAssignment& deny = impl_->snapshot.deny_assignments[rule.deny];
  return impl_->depends_on_asker(deny.condition, deny.permissions);
}

Interval GrantTables::names(const DenyRule& rule, const Right& right, const model::Principal* asker) const {
  const model::DenyAssignment& deny = impl_->snapshot.deny_assignments[rule.deny];
  const std::string_view how = impl_->reading(AssumptionId::IndeterminateCondition);
  const Truth if_open = how == "applies" ? Truth::True : how == "ignored" ? Truth::False : Truth::Unknown;
  Interval applies = Interval::constant(Truth::False);
  for (const model::Permission& permission : deny.permissions) {
    if (!match_entry(permission, right).granted()) continue;
    Interval entry = Interval::constant(Truth::True);
    for (const ConditionIndex condition : {permission.condition, deny.condition}) {
      if (condition == kNoCondition || condition == kConditionNotShown) continue;
      if (!impl_->snapshot[condition].parsed) {
        entry = both(entry, Interval::constant(if_open));
        continue;
      }
      Interval value = impl_->evaluated(condition, right, asker, true);
      const RepositorySet indeterminate = value.possible - value.certain;
      if (if_open == Truth::True) value.certain |= indeterminate;
      if (if_open == Truth::False) value.possible -= indeterminate;
      entry = both(entry, value);
    }
    applies = either(applies, entry);
  }
  const bool doubtful =
      rule.uncertain || (data_plane(right) && impl_->reading(AssumptionId::DenyOnDataPlane) == "unknown");
  if (doubtful) applies.certain = RepositorySet::none();
  if (!rule.only.empty()) {
    const RepositorySet one = RepositorySet::exactly(rule.only);
    applies = {applies.certain & one, applies.possible & one};
  }
  return applies;
}

}  // namespace acrbiter::evaluator
