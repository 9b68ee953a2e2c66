#include "evaluator/sets/access.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>

#include "evaluator/index.h"
#include "evaluator/request.h"
#include "evaluator/sets/cells.h"
#include "evaluator/sets/grant_tables.h"
#include "evaluator/sets/interval.h"
#include "model/ascii.h"

namespace acrbiter::evaluator {

using model::PermissionMode;
using model::PrincipalIndex;
using model::RepositorySet;
using model::Truth;
using model::truth_of;

namespace {

/// Which locks on a repository stop an operation. Source: acr-authorization F
struct Stops {
  bool read = false, write = false, remove = false;
};
Stops stops_of(const Operation& operation) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> ids) {
    return std::find(ids.begin(), ids.end(), operation.id) != ids.end();
  };
  return {.read = is_one_of({"pull", "task-pull", "cache-pull", "show-manifest", "pull-signed"}),
          .write = is_one_of({"push", "tag", "task-push", "push-referrer", "enable-streaming", "delete", "untag",
                              "delete-referrer", "purge", "disable-streaming", "delete-repository"}),
          .remove = operation.id == "delete-repository"};
}

/// Operations whose answer for an Entra identity follows from rights and locks alone.
bool by_rights_alone(const Operation& operation) {
  switch (operation.special) {
    case Special::None:
      return operation.id != "write-export-pipeline";
    case Special::Purge:
    case Special::CachePull:
      return true;
    default:
      return false;
  }
}

/// What somebody holds on one registry in one mode.
struct Held {
  RightMask certain, open;
  std::vector<RuledRights> ruled;
  const Holding* pool = nullptr;  ///< null: all groups of the asker are known
  void clear() {
    certain.reset();
    open.reset();
    ruled.clear();
    pool = nullptr;
  }
};

/// One value for each of 64 repositories.
struct Lanes {
  std::uint64_t certain = 0, possible = 0;
  static Lanes constant(Truth value) {
    return {.certain = value == Truth::True ? ~std::uint64_t{0} : 0,
            .possible = value == Truth::False ? 0 : ~std::uint64_t{0}};
  }
  void set(std::size_t lane, Truth value) {
    certain |= std::uint64_t{value == Truth::True} << lane;
    possible |= std::uint64_t{value != Truth::False} << lane;
  }
  [[nodiscard]] Truth at(std::size_t lane) const {
    return (certain >> lane & 1) != 0 ? Truth::True : (possible >> lane & 1) != 0 ? Truth::Unknown : Truth::False;
  }
  friend bool operator==(const Lanes&, const Lanes&) = default;
};
Lanes operator!(Lanes a) { return {.certain = ~a.possible, .possible = ~a.certain}; }
Lanes both(Lanes a, Lanes b) { return {.certain = a.certain & b.certain, .possible = a.possible & b.possible}; }
Lanes either(Lanes a, Lanes b) { return {.certain = a.certain | b.certain, .possible = a.possible | b.possible}; }
Lanes agree(Lanes a, Lanes b) { return {.certain = a.certain & b.certain, .possible = a.possible | b.possible}; }
constexpr std::size_t kLanes = 64;

/// What an operation comes to in one permission mode.
struct Plan {
  bool all_needed = false;  ///< it is all of `needed` and nothing else; false: the rules of operation_in
  RightMask needed;
  /// Having this one alone leaves the operation open. Contested: legacy-push-without-pull
  std::uint8_t open_with = Right::kNoBit;
  bool by_tables = false;  ///< false: the interpreter's
  bool locks = false;      ///< locks of repositories or resources may stop it
  bool names = false;      ///< takes a repository
};
using Plans = std::array<Plan, 2>;  ///< by PermissionMode

/// How much of a deny assignment names somebody.
struct Denied {
  const DenyRule* rule = nullptr;
  bool doubtful = false;  ///< its members or exclusions are not all known
};

}  // namespace

model::Truth Access::at(std::string_view repository) const {
  if (certain.contains(repository)) return Truth::True;
  return possible.contains(repository) ? Truth::Unknown : Truth::False;
}

AccessChange change(const Access& before, const Access& after) {
  AccessChange result;
  result.gained = after.certain - before.possible;
  result.possibly_gained = ((after.certain - before.certain) | (after.possible - before.possible)) - result.gained;
  result.lost = before.certain - after.possible;
  result.possibly_lost = ((before.certain - after.certain) | (before.possible - after.possible)) - result.lost;
  return result;
}

struct AccessSets::Impl {
  Impl(const Engine& engine_, Circumstances circumstances_)
      : engine(engine_),
        ix(engine_.index()),
        snapshot(engine_.snapshot()),
        circumstances(std::move(circumstances_)),
        tables(ix, circumstances) {
    list_askers();
    for (const Operation& operation : operations()) plans.push_back(plans_of(operation));
    locks.resize(snapshot.registries.size());
    for (const model::ArtifactAttributes& a : snapshot.artifact_attributes) {
      if (!a.reference.empty()) continue;
      for (std::size_t r = 0; r < snapshot.registries.size(); ++r) {
        if (a.registry.empty() || model::equal_ignoring_case(a.registry, snapshot.registries[r].name))
          add_lock(locks[r][a.repository], a);
      }
    }
  }

  const Engine& engine;
  const Engine::Index& ix;
  const model::Snapshot& snapshot;
  const Circumstances circumstances;
  const GrantTables tables;
  std::vector<Plans> plans;  ///< of operations()
  std::vector<Asker> askers;
  std::size_t entra_askers = 0;                                  ///< askers from here on have other doors
  std::vector<std::map<std::string, Stops, std::less<>>> locks;  ///< per registry: locked repositories

  // Everybody's groups, for questions in great number.
  mutable std::once_flag closed_once;
  mutable std::vector<std::uint32_t> closure_begin;
  mutable std::vector<PrincipalIndex> closure;

  static void add_lock(Stops& lock, const model::ArtifactAttributes& a) {
    const auto off = [](const std::optional<bool>& enabled) { return enabled && !*enabled; };
    lock.read |= off(a.read_enabled);
    lock.write |= off(a.write_enabled);
    lock.remove |= off(a.delete_enabled);
  }

  void list_askers() {
    // What deny assignments call everyone is nobody who could ask. Source: azure-rbac-semantics, deny assignments
    constexpr std::string_view kEveryone = "00000000-0000-0000-0000-000000000000";
    for (std::size_t i = 0; i < snapshot.principals.size(); ++i) {
      const PrincipalIndex principal{static_cast<std::uint32_t>(i)};
      if (snapshot[principal].id == kEveryone) continue;
      if (ix.groups.may_be_group(principal) && !ix.groups.open(principal)) continue;
      askers.push_back(EntraAsker{.principal = principal, .id = snapshot[principal].id, .typed_as = "object-id"});
    }
    entra_askers = askers.size();
    for (std::size_t i = 0; i < snapshot.tokens.size(); ++i) askers.emplace_back(TokenAsker{i});
    for (std::size_t i = 0; i < snapshot.tasks.size(); ++i) askers.emplace_back(TaskAsker{i});
    askers.emplace_back(AdminAsker{});
    askers.emplace_back(AnonymousAsker{});
  }

  [[nodiscard]] std::string_view reading(AssumptionId id) const { return circumstances.readings[id]; }

  // ---- who holds what ---------------------------------------------------------------------------------------

  [[nodiscard]] std::span<const PrincipalIndex> groups_of(PrincipalIndex principal) const {
    std::call_once(closed_once, [&] {
      Reach reach;
      closure_begin.push_back(0);
      for (std::size_t i = 0; i < snapshot.principals.size(); ++i) {
        reach.all.clear();
        reach.via.clear();
        ix.groups.reach(PrincipalIndex{static_cast<std::uint32_t>(i)}, reach);
        closure.insert(closure.end(), reach.all.begin(), reach.all.end());
        closure_begin.push_back(static_cast<std::uint32_t>(closure.size()));
      }
    });
    const std::size_t i = model::at(principal);
    return {closure.data() + closure_begin[i], closure.data() + closure_begin[i + 1]};
  }

  [[nodiscard]] const model::Principal* principal_of(const EntraAsker& asker) const {
    return asker.known ? &snapshot[asker.principal] : nullptr;
  }

  /// `groups` are the asker's own, itself included.
  void gather(const EntraAsker& asker, std::span<const PrincipalIndex> groups, const GrantTable& table,
              Held& held) const {
    held.clear();
    held.open = table.always_open;
    for (const PrincipalIndex group : groups) {
      const Holding* holding = table.find(group);
      if (holding == nullptr) continue;
      held.certain |= holding->certain;
      held.open |= holding->open;
      held.ruled.insert(held.ruled.end(), holding->ruled.begin(), holding->ruled.end());
    }
    if (!asker.known || !snapshot[asker.principal].groups_complete) held.pool = &table.pool;
  }

  /// The deny assignments of a registry that name the asker and may cover some of `rights`.
  [[nodiscard]] std::vector<Denied> denied(const EntraAsker& asker, std::span<const PrincipalIndex> groups,
                                           const GrantTable& table, const RightMask& rights) const {
    const bool complete = asker.known && snapshot[asker.principal].groups_complete;
    const auto holds = [&](const model::DenyPrincipal& p) {
      if (p.everyone || std::find(groups.begin(), groups.end(), p.principal) != groups.end()) return Truth::True;
      return ix.groups.open(p.principal) && !complete ? Truth::Unknown : Truth::False;
    };
    const auto any = [&](const std::vector<model::DenyPrincipal>& principals) {
      Truth value = Truth::False;
      for (const model::DenyPrincipal& p : principals) value = model::either(value, holds(p));
      return value;
    };
    std::vector<Denied> result;
    for (const DenyRule& rule : table.denies) {
      if ((rule.rights & rights).none()) continue;
      const model::DenyAssignment& deny = snapshot.deny_assignments[rule.deny];
      const Truth excluded = any(deny.exclude_principals);
      const Truth named = any(deny.principals);
      if (excluded == Truth::True || named == Truth::False) continue;
      result.push_back({&rule, excluded == Truth::Unknown || named == Truth::Unknown});
    }
    return result;
  }

  // ---- rights -----------------------------------------------------------------------------------------------

  [[nodiscard]] Interval names_of(const Right& right, const EntraAsker& asker, const GrantTable& table,
                                  const Held& held, const std::vector<Denied>& denials) const {
    const model::Principal* who = principal_of(asker);
    Interval granted = Interval::constant(held.certain.test(right.bit) ? Truth::True
                                          : held.open.test(right.bit)  ? Truth::Unknown
                                                                       : Truth::False);
    std::vector<RepositorySet> certain{granted.certain};
    std::vector<RepositorySet> possible{granted.possible};
    if (!held.certain.test(right.bit)) {
      for (const RuledRights& ruled : held.ruled) {
        if (!ruled.rights.test(right.bit)) continue;
        Interval names = tables.names(*ruled.rule, who);
        certain.push_back(std::move(names.certain));
        possible.push_back(std::move(names.possible));
      }
      if (held.pool != nullptr) {
        if ((held.pool->certain | held.pool->open).test(right.bit)) possible.push_back(RepositorySet::all());
        for (const RuledRights& ruled : held.pool->ruled) {
          if (ruled.rights.test(right.bit)) possible.push_back(tables.names(*ruled.rule, who).possible);
        }
      }
      granted = {RepositorySet::united(certain), RepositorySet::united(possible)};
    }
    Interval taken = Interval::constant(table.always_denied_open.test(right.bit) ? Truth::Unknown : Truth::False);
    for (const Denied& denial : denials) {
      if (!denial.rule->rights.test(right.bit)) continue;
      Interval names = tables.names(*denial.rule, right, who);
      if (denial.doubtful) names.certain = RepositorySet::none();
      taken = either(taken, names);
    }
    return both(!taken, granted);
  }

  [[nodiscard]] Truth value_of(const Right& right, const EntraAsker& asker, const GrantTable& table, const Held& held,
                               const std::vector<Denied>& denials, std::string_view repository) const {
    const model::Principal* who = principal_of(asker);
    Truth granted = held.certain.test(right.bit) ? Truth::True
                    : held.open.test(right.bit)  ? Truth::Unknown
                                                 : Truth::False;
    for (const RuledRights& ruled : held.ruled) {
      if (granted == Truth::True) break;
      if (ruled.rights.test(right.bit)) granted = model::either(granted, tables.value(*ruled.rule, who, repository));
    }
    if (granted == Truth::False && held.pool != nullptr) {
      bool may = (held.pool->certain | held.pool->open).test(right.bit);
      for (const RuledRights& ruled : held.pool->ruled) {
        if (may) break;
        may = ruled.rights.test(right.bit) && tables.value(*ruled.rule, who, repository) != Truth::False;
      }
      if (may) granted = Truth::Unknown;
    }
    if (granted == Truth::False) return granted;
    Truth taken = table.always_denied_open.test(right.bit) ? Truth::Unknown : Truth::False;
    for (const Denied& denial : denials) {
      if (!denial.rule->rights.test(right.bit)) continue;
      Truth value = tables.names(*denial.rule, right, who).at(repository);
      if (denial.doubtful) value = model::both(value, Truth::Unknown);
      taken = model::either(taken, value);
    }
    return model::both(!taken, granted);
  }

  // ---- operations: the same rules for single values and for sets of names ---------------------------------------

  template <class Value>
  static Value constant(Truth value) {
    if constexpr (std::is_same_v<Value, Truth>)
      return value;
    else
      return Value::constant(value);
  }

  /// Contested: legacy-push-without-pull
  template <class Value, class RightValue>
  [[nodiscard]] Value all_of(const AllOf& rights, PermissionMode mode, const RightValue& value_of_right) const {
    using model::both;
    using model::either;
    const bool push =
        mode == PermissionMode::Legacy && rights.size() == 2 && rights.back().action.ends_with("/push/write");
    const std::string_view how = reading(AssumptionId::LegacyPushWithoutPull);
    if (push && how == "allowed") return value_of_right(rights.back());
    Value value = constant<Value>(Truth::True);
    Value last = value;
    for (const Right& right : rights) {
      last = value_of_right(right);
      value = both(value, last);
    }
    return push && how == "unknown" ? either(value, both(last, constant<Value>(Truth::Unknown))) : value;
  }

  template <class Value, class RightValue>
  [[nodiscard]] Value any_of(const Needs& needs, PermissionMode mode, const RightValue& value_of_right) const {
    using model::either;
    Value value = constant<Value>(Truth::False);
    for (const AllOf& rights : needs) value = either(value, all_of<Value>(rights, mode, value_of_right));
    return value;
  }

  template <class Value, class RightValue>
  [[nodiscard]] Value operation_in(PermissionMode mode, const Operation& operation,
                                   const RightValue& value_of_right) const {
    using model::both;
    if (operation.special == Special::CachePull && mode == PermissionMode::Legacy) return constant<Value>(Truth::False);
    const Needs& needs = mode == PermissionMode::Abac ? operation.abac : operation.legacy;
    if (operation.id == "untag") {  // Contested: untag-right
      const std::string_view how = reading(AssumptionId::UntagRight);
      if (how == "any") return any_of<Value>(needs, mode, value_of_right);
      const auto first = [&] { return all_of<Value>(needs.front(), mode, value_of_right); };
      const auto last = [&] { return all_of<Value>(needs.back(), mode, value_of_right); };
      if (how == "metadata-write" || how == "push-or-writer") return first();
      return how == "delete" ? last() : agree(first(), last());
    }
    Value value = any_of<Value>(needs, mode, value_of_right);
    if (operation.id == "pull-signed" && mode == PermissionMode::Abac) {  // Contested: signed-pull-in-abac
      const std::string_view how = reading(AssumptionId::SignedPullInAbac);
      value = both(value, constant<Value>(how == "allowed"  ? Truth::True
                                          : how == "denied" ? Truth::False
                                                            : Truth::Unknown));
    }
    return value;
  }

  /// ARM locks protect management operations.
  [[nodiscard]] Truth resource_locks(std::size_t registry, const Operation& operation) const {
    if (operation.plane == Plane::Data) return Truth::True;
    const auto ends = [&](std::string_view suffix) {
      return !operation.abac.empty() && std::any_of(operation.abac.front().begin(), operation.abac.front().end(),
                                                    [&](const Right& r) { return r.action.ends_with(suffix); });
    };
    Truth value = Truth::True;
    for (const std::size_t i : ix.registries[registry].locks) {
      const bool read_only = model::equal_ignoring_case(snapshot.locks[i].level, "ReadOnly");
      const std::string_view how = reading(AssumptionId::ReadOnlyLockOnActions);
      if (ends("/delete") || (read_only && ends("/write"))) value = Truth::False;
      if (read_only && ends("/action"))
        value = model::both(value, how == "yes" ? Truth::False : how == "no" ? Truth::True : Truth::Unknown);
    }
    return value;
  }

  [[nodiscard]] static bool stopped(const Stops& lock, const Stops& stops) {
    return (lock.read && stops.read) || (lock.write && stops.write) || (lock.remove && stops.remove);
  }

  [[nodiscard]] RepositorySet locked(std::size_t registry, const Operation& operation) const {
    const Stops stops = stops_of(operation);
    std::vector<std::string> names;
    for (const auto& [name, lock] : locks[registry]) {
      if (stopped(lock, stops)) names.push_back(name);
    }
    return RepositorySet::of(names);
  }

  [[nodiscard]] std::span<const PermissionMode> modes(std::size_t registry) const {
    static constexpr std::array<PermissionMode, 2> kBoth{PermissionMode::Legacy, PermissionMode::Abac};
    const auto& mode = snapshot.registries[registry].mode;
    if (!mode) return kBoth;
    return {&kBoth[*mode == PermissionMode::Legacy ? 0 : 1], 1};
  }

  [[nodiscard]] static RightMask rights_of(const Operation& operation, PermissionMode mode) {
    RightMask rights;
    for (const AllOf& all : mode == PermissionMode::Abac ? operation.abac : operation.legacy) {
      for (const Right& right : all) rights.set(right.bit);
    }
    return rights;
  }

  /// The tables know the rights of the catalogue.
  [[nodiscard]] static bool in_catalogue(const Operation& operation) {
    const auto known = [](const Needs& needs) {
      return std::all_of(needs.begin(), needs.end(), [](const AllOf& all) {
        return std::all_of(all.begin(), all.end(), [](const Right& r) { return r.bit != Right::kNoBit; });
      });
    };
    return known(operation.legacy) && known(operation.abac);
  }

  /// Whether the tables decide; everything else is the interpreter's.
  [[nodiscard]] bool by_tables(const Asker& asker, const Operation& operation) const {
    return std::holds_alternative<EntraAsker>(asker) && by_rights_alone(operation) && !circumstances.network &&
           !circumstances.credential && in_catalogue(operation);
  }

  /// By the tables; `Value` is Truth for one name or Interval for all.
  template <class Value, class RightValue>
  [[nodiscard]] Value answer(const EntraAsker& asker, std::size_t registry, const Operation& operation,
                             const RightValue& value_of_right) const {
    if (asker.known && snapshot[asker.principal].orphaned) return constant<Value>(Truth::False);
    thread_local Held held;
    std::optional<Value> value;
    std::span<const PrincipalIndex> groups;
    if (asker.known) groups = groups_of(asker.principal);
    for (const PermissionMode mode : modes(registry)) {
      const GrantTable& table = tables.table(registry, mode);
      gather(asker, groups, table, held);
      std::vector<Denied> denials;
      if (const RightMask rights = rights_of(operation, mode); (table.denied & rights).any())
        denials = denied(asker, groups, table, rights);
      const auto of_right = [&](const Right& right) { return value_of_right(right, table, held, denials); };
      Value in_mode = operation_in<Value>(mode, operation, of_right);
      value = value ? agree(*value, in_mode) : std::move(in_mode);
    }
    return *std::move(value);
  }

  [[nodiscard]] Plans plans_of(const Operation& operation) const {
    Plans result;
    const bool tables_decide = by_tables(EntraAsker{}, operation);
    for (const PermissionMode mode : {PermissionMode::Legacy, PermissionMode::Abac}) {
      const Needs& needs = mode == PermissionMode::Abac ? operation.abac : operation.legacy;
      Plan& plan = result[static_cast<std::size_t>(mode)];
      plan.by_tables = tables_decide;
      plan.names = operation.takes_repository;
      const Stops stops = stops_of(operation);
      plan.locks = operation.plane == Plane::Control || stops.read || stops.write || stops.remove;
      plan.all_needed = tables_decide && needs.size() == 1 && operation.id != "untag" &&
                        operation.id != "pull-signed" && operation.special != Special::CachePull;
      if (!plan.all_needed) continue;
      const AllOf& rights = needs.front();
      plan.needed = rights_of(operation, mode);
      if (mode == PermissionMode::Abac || rights.size() != 2 || !rights.back().action.ends_with("/push/write"))
        continue;
      const std::string_view how = reading(AssumptionId::LegacyPushWithoutPull);
      if (how == "unknown") plan.open_with = rights.back().bit;
      if (how == "allowed") plan.needed = RightMask().set(rights.back().bit);
    }
    return result;
  }

  /// Locks aside, and with no deny assignment in the way.
  [[nodiscard]] Truth quick(const EntraAsker& asker, const GrantTable& table, const Plan& plan,
                            std::string_view repository) const {
    const model::Principal* who = &snapshot[asker.principal];
    RightMask certain;
    RightMask open = table.always_open;
    for (const PrincipalIndex group : groups_of(asker.principal)) {
      const Holding* holding = table.find(group);
      if (holding == nullptr) continue;
      certain |= holding->certain;
      open |= holding->open;
      for (const RuledRights& ruled : holding->ruled) {
        const RightMask asked = ruled.rights & plan.needed & ~certain;
        if (asked.none()) continue;
        const Truth value = tables.value(*ruled.rule, who, repository);
        if (value == Truth::True) certain |= asked;
        if (value == Truth::Unknown) open |= asked;
      }
      if ((certain & plan.needed) == plan.needed) return Truth::True;
    }
    if (!who->groups_complete) {
      open |= table.pool.certain | table.pool.open;
      for (const RuledRights& ruled : table.pool.ruled) {
        const RightMask asked = ruled.rights & plan.needed & ~(certain | open);
        if (asked.any() && tables.value(*ruled.rule, who, repository) != Truth::False) open |= asked;
      }
    }
    const RightMask possible = certain | open;
    const bool may =
        (possible & plan.needed) == plan.needed || (plan.open_with != Right::kNoBit && possible.test(plan.open_with));
    return may ? Truth::Unknown : Truth::False;
  }

  [[nodiscard]] Truth decide(const Asker& asker, std::size_t registry, const Operation& operation,
                             std::string_view repository) const {
    const auto all = operations();
    const bool known =
        std::less_equal<>()(all.data(), &operation) && std::less<>()(&operation, all.data() + all.size());
    if (known) {
      return decide(asker, registry, operation, repository, plans[static_cast<std::size_t>(&operation - all.data())]);
    }
    return decide(asker, registry, operation, repository, plans_of(operation));
  }

  [[nodiscard]] Truth decide(const Asker& asker, std::size_t registry, const Operation& operation,
                             std::string_view repository, const Plans& planned) const {
    const auto& mode = snapshot.registries[registry].mode;
    const auto* entra = std::get_if<EntraAsker>(&asker);
    if (mode && entra != nullptr && entra->known) {
      const Plan& plan = planned[static_cast<std::size_t>(*mode)];
      if (plan.all_needed && (!plan.locks || (locks[registry].empty() && ix.registries[registry].locks.empty()))) {
        const GrantTable& table = tables.table(registry, *mode);
        if (((table.denied | table.always_denied_open) & plan.needed).none()) {
          if (plan.names && !legal(repository)) return Truth::False;
          if (snapshot[entra->principal].orphaned) return Truth::False;
          try {
            return quick(*entra, table, plan, repository);
          } catch (const model::RepositorySetTooLarge&) {
            return static_cast<Truth>(engine.decide(question(asker, registry, operation, repository)));
          }
        }
      }
    }
    return decide_slowly(asker, registry, operation, repository);
  }

  [[nodiscard]] Truth decide_slowly(const Asker& asker, std::size_t registry, const Operation& operation,
                                    std::string_view repository) const {
    const auto by_interpreter = [&] {
      return static_cast<Truth>(engine.decide(question(asker, registry, operation, repository)));
    };
    if (!by_tables(asker, operation)) return by_interpreter();
    // Without a name there is nothing that a deny rule's set of names could hold: all names tell as much as one.
    if (!operation.takes_repository) return access(asker, registry, operation).at("a");
    if (!legal(repository)) return Truth::False;
    if (!locks[registry].empty() && operation.plane == Plane::Data && operation.takes_repository) {
      const auto lock = locks[registry].find(repository);
      if (lock != locks[registry].end() && stopped(lock->second, stops_of(operation))) return Truth::False;
    }
    const auto& entra = std::get<EntraAsker>(asker);
    try {
      const Truth value = answer<Truth>(
          entra, registry, operation,
          [&](const Right& right, const GrantTable& table, const Held& held, const std::vector<Denied>& denials) {
            return value_of(right, entra, table, held, denials, repository);
          });
      return model::both(value, resource_locks(registry, operation));
    } catch (const model::RepositorySetTooLarge&) {
      return by_interpreter();
    }
  }

  [[nodiscard]] static bool legal(std::string_view repository) {
    static constexpr auto kLegal = [] {
      std::array<bool, 256> table{};
      for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789.-_/")) {
        table[static_cast<unsigned char>(c)] = true;
      }
      return table;
    }();
    bool all = !repository.empty();
    for (const char c : repository) all &= kLegal[static_cast<unsigned char>(c)];
    return all;
  }

  [[nodiscard]] Access access(const Asker& asker, std::size_t registry, const Operation& operation) const {
    if (!by_tables(asker, operation)) return access_by_cells(engine, question(asker, registry, operation, {}));
    const auto& entra = std::get<EntraAsker>(asker);
    try {
      Interval names = answer<Interval>(
          entra, registry, operation,
          [&](const Right& right, const GrantTable& table, const Held& held, const std::vector<Denied>& denials) {
            return names_of(right, entra, table, held, denials);
          });
      if (operation.plane == Plane::Data && operation.takes_repository) {
        const RepositorySet stopped_names = locked(registry, operation);
        names = {names.certain - stopped_names, names.possible - stopped_names};
      }
      names = both(names, Interval::constant(resource_locks(registry, operation)));
      Access access{.certain = std::move(names.certain), .possible = std::move(names.possible), .causes = {}};
      if (!(access.certain == access.possible))
        access.causes = causes_on(engine, question(asker, registry, operation, {}), access.possible - access.certain);
      return access;
    } catch (const model::RepositorySetTooLarge& error) {
      return undetermined_because(error);
    }
  }

  [[nodiscard]] std::vector<AskerIndex> askers_at(std::size_t registry) const {
    const model::Registry& here = snapshot.registries[registry];
    const auto belongs = [&](const std::string& owner) {
      return owner.empty() || model::equal_ignoring_case(owner, here.name);
    };
    std::vector<AskerIndex> result;
    for (std::size_t i = 0; i < askers.size(); ++i) {
      if (const auto* token = std::get_if<TokenAsker>(&askers[i])) {
        if (!belongs(snapshot.tokens[token->token].registry)) continue;
      }
      // A task of another registry may act here as its identity.
      result.push_back(AskerIndex{static_cast<std::uint32_t>(i)});
    }
    return result;
  }

  struct Classes;
  [[nodiscard]] Classes classes_at(std::size_t registry, std::span<const Operation* const> operations,
                                   bool with_causes) const;

  /// What each rule comes to for 64 repositories at a time, worked out when first asked for.
  class RuleLanes {
   public:
    RuleLanes(const Impl& impl, std::span<const std::string> repositories) : impl_(impl), repositories_(repositories) {}

    [[nodiscard]] std::span<const std::string> names(std::size_t first) const {
      return repositories_.subspan(first, std::min(kLanes, repositories_.size() - first));
    }
    Lanes of(const NameRule& rule, std::size_t first) {
      return memo(&rule, first, [&](std::string_view name) { return impl_.tables.value(rule, nullptr, name); });
    }
    Lanes of(const DenyRule& rule, const Right& right, std::size_t first) {
      return memo(std::pair(&rule, right.bit), first,
                  [&](std::string_view name) { return impl_.tables.names(rule, right, nullptr).at(name); });
    }

   private:
    template <class Key, class Value>
    Lanes memo(const Key& key, std::size_t first, const Value& value) {
      std::vector<Lanes>& all = lanes_[key];
      if (all.empty()) {
        all.resize((repositories_.size() + kLanes - 1) / kLanes);
        for (std::size_t i = 0; i < repositories_.size(); ++i)
          all[i / kLanes].set(i % kLanes, legal(repositories_[i]) ? value(repositories_[i]) : Truth::False);
      }
      return all[first / kLanes];
    }

    struct Hash {
      std::size_t operator()(const std::pair<const void*, std::uint8_t>& key) const {
        return std::hash<const void*>()(key.first) * 31 + key.second;
      }
    };
    class Table {
     public:
      std::vector<Lanes>& operator[](const NameRule* rule) { return by_key_[{rule, Right::kNoBit}]; }
      std::vector<Lanes>& operator[](const std::pair<const DenyRule*, std::uint8_t>& key) {
        return by_key_[{key.first, key.second}];
      }

     private:
      std::unordered_map<std::pair<const void*, std::uint8_t>, std::vector<Lanes>, Hash> by_key_;
    };

    const Impl& impl_;
    std::span<const std::string> repositories_;
    Table lanes_;
  };

  /// The answers for the repositories from `first` on; nothing if a condition is too large for a set.
  [[nodiscard]] std::optional<Lanes> lanes_of(const Asker& who, std::size_t registry, const Operation& operation,
                                              std::size_t first, RuleLanes& lanes) const try {
    const auto& asker = std::get<EntraAsker>(who);
    if (!operation.takes_repository) return Lanes::constant(access(who, registry, operation).at("a"));
    const Lanes value = answer<Lanes>(
        asker, registry, operation,
        [&](const Right& right, const GrantTable& table, const Held& held, const std::vector<Denied>& denials) {
          Lanes granted = Lanes::constant(held.certain.test(right.bit) ? Truth::True
                                          : held.open.test(right.bit)  ? Truth::Unknown
                                                                       : Truth::False);
          for (const RuledRights& ruled : held.ruled) {
            if (ruled.rights.test(right.bit)) granted = either(granted, lanes.of(*ruled.rule, first));
          }
          if (held.pool != nullptr) {
            if ((held.pool->certain | held.pool->open).test(right.bit)) granted.possible = ~std::uint64_t{0};
            for (const RuledRights& ruled : held.pool->ruled) {
              if (ruled.rights.test(right.bit)) granted.possible |= lanes.of(*ruled.rule, first).possible;
            }
          }
          Lanes taken = Lanes::constant(table.always_denied_open.test(right.bit) ? Truth::Unknown : Truth::False);
          for (const Denied& denial : denials) {
            if (!denial.rule->rights.test(right.bit)) continue;
            Lanes names = lanes.of(*denial.rule, right, first);
            if (denial.doubtful) names.certain = 0;
            taken = either(taken, names);
          }
          return both(!taken, granted);
        });
    Lanes passes;
    const auto names = lanes.names(first);
    const Stops stops = stops_of(operation);
    for (std::size_t lane = 0; lane < names.size(); ++lane) {
      bool open = !operation.takes_repository || legal(names[lane]);
      if (open && operation.takes_repository && operation.plane == Plane::Data && !locks[registry].empty()) {
        const auto lock = locks[registry].find(names[lane]);
        open = lock == locks[registry].end() || !stopped(lock->second, stops);
      }
      passes.set(lane, truth_of(open));
    }
    return both(both(value, passes), Lanes::constant(resource_locks(registry, operation)));
  } catch (const model::RepositorySetTooLarge&) {
    return std::nullopt;
  }

  [[nodiscard]] ResolvedQuestion question(const Asker& asker, std::size_t registry, const Operation& operation,
                                          std::string_view repository) const {
    ResolvedQuestion question;
    question.asker = asker;
    question.registry = registry;
    question.readings = circumstances.readings;
    if (operation.id.empty()) {
      const Right& right = (operation.legacy.empty() ? operation.abac : operation.legacy).front().front();
      question.action_kind = right.kind;
      question.text.action = right.action;
    } else {
      question.operation = &operation;
      question.text.operation = operation.id;
    }
    question.text.registry = snapshot.registries[registry].name;
    if (operation.takes_repository) question.text.repository = repository;
    question.text.at = circumstances.at;
    question.text.network = circumstances.network;
    question.text.credential = circumstances.credential;
    // A set of names is a set of literal names.
    if (operation.special == Special::Purge) question.text.literal = true;
    return question;
  }
};

AccessSets::AccessSets(const Engine& engine, Circumstances circumstances)
    : impl_(std::make_unique<Impl>(engine, std::move(circumstances))) {}
AccessSets::~AccessSets() = default;
AccessSets::AccessSets(AccessSets&&) noexcept = default;
AccessSets& AccessSets::operator=(AccessSets&&) noexcept = default;

const Engine& AccessSets::engine() const noexcept { return impl_->engine; }
const Circumstances& AccessSets::circumstances() const noexcept { return impl_->circumstances; }
std::span<const Asker> AccessSets::askers() const noexcept { return impl_->askers; }

std::vector<AskerIndex> AccessSets::askers_at(std::size_t registry) const { return impl_->askers_at(registry); }

ResolvedQuestion AccessSets::question(const Asker& asker, std::size_t registry, const Operation& operation,
                                      std::string_view repository) const {
  return impl_->question(asker, registry, operation, repository);
}

Access AccessSets::access(const Asker& asker, std::size_t registry, const Operation& operation) const {
  return impl_->access(asker, registry, operation);
}

Truth AccessSets::decide(const Asker& asker, std::size_t registry, const Operation& operation,
                         std::string_view repository) const {
  return impl_->decide(asker, registry, operation, repository);
}

// ---- everybody at once ------------------------------------------------------------------------------------------

/// Askers that the tables cannot tell apart at one registry: their answers are equal, name by name.
struct AccessSets::Impl::Classes {
  struct Class {
    std::vector<AskerIndex> askers;
    bool single = false;  ///< an answer that depends on the asker: nobody else is in the class
  };
  std::vector<Class> classes;  ///< in the order of their first askers
};

/// Askers by what they hold of the rights that `operations` need. Askers whose door is another stand alone.
/// `with_causes`: what leaves their answers open is the same as well.
AccessSets::Impl::Classes AccessSets::Impl::classes_at(std::size_t registry,
                                                       std::span<const Operation* const> operations,
                                                       bool with_causes) const {
  struct Mode {
    const GrantTable* table;
    RightMask rights;
    bool denies;
  };
  std::vector<Mode> modes_here;
  bool tables_decide = true;
  for (const Operation* operation : operations) tables_decide &= by_tables(EntraAsker{}, *operation);
  for (const PermissionMode mode : modes(registry)) {
    RightMask rights;
    for (const Operation* operation : operations) rights |= rights_of(*operation, mode);
    const GrantTable& table = tables.table(registry, mode);
    modes_here.push_back({&table, rights, (table.denied & rights).any()});
  }

  Classes result;
  std::unordered_map<std::string, std::size_t> known;
  std::string key;
  const auto append = [&](const auto& value) { key.append(reinterpret_cast<const char*>(&value), sizeof value); };
  Held held;
  std::vector<std::pair<std::uint32_t, RightMask>> rules;
  for (const AskerIndex index : askers_at(registry)) {
    const auto* entra = std::get_if<EntraAsker>(&askers[model::at(index)]);
    if (entra == nullptr || !tables_decide) {
      result.classes.push_back({.askers = {index}, .single = true});
      continue;
    }
    key.clear();
    bool single = false;
    const model::Principal& principal = snapshot[entra->principal];
    if (principal.orphaned) {
      key = "orphaned";
    } else {
      const auto groups = groups_of(entra->principal);
      append(principal.groups_complete);
      for (const Mode& mode : modes_here) {
        gather(*entra, groups, *mode.table, held);
        append(held.certain & mode.rights);
        append(held.open & ~held.certain & mode.rights);
        rules.clear();
        for (const RuledRights& ruled : held.ruled) {
          const RightMask asked = ruled.rights & mode.rights & ~held.certain;
          if (asked.none()) continue;
          single |= ruled.rule->of_asker;
          rules.emplace_back(ruled.rule->number, asked);
        }
        std::sort(rules.begin(), rules.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        for (std::size_t i = 0; i < rules.size(); ++i) {
          RightMask asked = rules[i].second;
          while (i + 1 < rules.size() && rules[i + 1].first == rules[i].first) asked |= rules[++i].second;
          append(rules[i].first);
          append(asked);
        }
        append(std::uint32_t{0xFFFFFFFF});
        for (const PrincipalIndex group : groups) {
          const Holding* holding = with_causes ? mode.table->find(group) : nullptr;
          if (holding == nullptr) continue;
          const bool open = (holding->open & mode.rights).any() ||
                            std::any_of(holding->ruled.begin(), holding->ruled.end(),
                                        [&](const RuledRights& r) { return (r.rights & mode.rights).any(); });
          if (open) append(group);
        }
        if (held.pool != nullptr) {
          for (const RuledRights& ruled : held.pool->ruled)
            single |= ruled.rule->of_asker && (ruled.rights & mode.rights).any();
          for (const PrincipalIndex group : groups) {
            if (ix.groups.open(group) && mode.table->find(group) != nullptr) append(group);
          }
        }
        if (!mode.denies) continue;
        for (const Denied& denial : denied(*entra, groups, *mode.table, mode.rights)) {
          single |= tables.of_asker(*denial.rule);
          append(denial.rule);
          append(denial.doubtful);
        }
      }
    }
    if (single) {
      result.classes.push_back({.askers = {index}, .single = true});
      continue;
    }
    const auto [place, added] = known.try_emplace(key, result.classes.size());
    if (added) result.classes.push_back({.askers = {}, .single = false});
    result.classes[place->second].askers.push_back(index);
  }
  return result;
}

std::vector<AccessSets::Holder> AccessSets::who_can(std::size_t registry, const Operation& operation,
                                                    std::string_view repository) const {
  const Operation* const one[] = {&operation};
  std::vector<Holder> result;
  for (const Impl::Classes::Class& same : impl_->classes_at(registry, one, false).classes) {
    const Truth value = impl_->decide(impl_->askers[model::at(same.askers.front())], registry, operation, repository);
    if (value == Truth::False) continue;
    for (const AskerIndex asker : same.askers) result.push_back({asker, value});
  }
  std::sort(result.begin(), result.end(), [](const Holder& a, const Holder& b) { return a.asker < b.asker; });
  return result;
}

std::vector<AccessSets::Reachable> AccessSets::who_can(std::size_t registry, const Operation& operation) const {
  const Operation* const one[] = {&operation};
  std::vector<Reachable> result;
  for (const Impl::Classes::Class& same : impl_->classes_at(registry, one, true).classes) {
    const Access access = impl_->access(impl_->askers[model::at(same.askers.front())], registry, operation);
    if (access.possible.empty()) continue;
    for (const AskerIndex asker : same.askers) result.push_back({asker, access});
  }
  std::sort(result.begin(), result.end(), [](const Reachable& a, const Reachable& b) { return a.asker < b.asker; });
  return result;
}

Matrix AccessSets::matrix(std::size_t registry, std::span<const std::string> repositories,
                          std::span<const Operation* const> operations) const {
  Matrix matrix;
  matrix.columns.resize(repositories.size());
  matrix.column_count = repositories.size();
  for (std::uint32_t i = 0; i < repositories.size(); ++i) matrix.columns[i] = i;

  Impl::RuleLanes lanes(*impl_, repositories);
  std::unordered_map<std::string_view, std::size_t> known;
  const Impl::Classes classes = impl_->classes_at(registry, operations, false);
  matrix.rows.reserve(classes.classes.size());
  for (const Impl::Classes::Class& same : classes.classes) {
    const Asker& asker = impl_->askers[model::at(same.askers.front())];
    std::vector<Truth> cells(repositories.size() * operations.size());
    for (std::size_t o = 0; o < operations.size(); ++o) {
      for (std::size_t first = 0; first < repositories.size(); first += kLanes) {
        const std::size_t count = std::min(kLanes, repositories.size() - first);
        const auto put = [&](std::size_t lane, Truth value) { cells[(first + lane) * operations.size() + o] = value; };
        const auto values = same.single ? std::nullopt : impl_->lanes_of(asker, registry, *operations[o], first, lanes);
        if (values) {
          for (std::size_t lane = 0; lane < count; ++lane) put(lane, values->at(lane));
        } else {
          for (std::size_t lane = 0; lane < count; ++lane)
            put(lane, impl_->decide(asker, registry, *operations[o], repositories[first + lane]));
        }
      }
    }
    const std::string_view bytes(reinterpret_cast<const char*>(cells.data()), cells.size());
    const auto found = known.find(bytes);
    if (found != known.end()) {
      auto& askers = matrix.rows[found->second].askers;
      askers.insert(askers.end(), same.askers.begin(), same.askers.end());
      continue;
    }
    matrix.rows.push_back({.askers = same.askers, .cells = std::move(cells)});
    const std::vector<Truth>& kept = matrix.rows.back().cells;
    known.emplace(std::string_view(reinterpret_cast<const char*>(kept.data()), kept.size()), matrix.rows.size() - 1);
  }
  for (Matrix::Row& row : matrix.rows) std::sort(row.askers.begin(), row.askers.end());
  return matrix;
}

// ---- questions as text ------------------------------------------------------------------------------------------

namespace {

/// Texts to numbers, for as many texts as come.
class TextTable {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  [[nodiscard]] std::uint32_t find(std::string_view text) const {
    if (slots_.empty()) return kNone;
    const std::uint64_t hash = hash_of(text);
    for (std::size_t slot = hash & (slots_.size() - 1); slots_[slot].number != kNone;
         slot = (slot + 1) & (slots_.size() - 1)) {
      const Slot& s = slots_[slot];
      if (s.tag == static_cast<std::uint32_t>(hash >> 32U) && texts_[s.number] == text) return s.number;
    }
    return kNone;
  }
  /// `text` must be new. Numbers count up from 0.
  std::uint32_t add(std::string_view text) {
    if (texts_.size() * 2 >= slots_.size()) grow();
    texts_.emplace_back(text);
    place(static_cast<std::uint32_t>(texts_.size() - 1));
    return static_cast<std::uint32_t>(texts_.size() - 1);
  }

 private:
  struct Slot {
    std::uint32_t tag = 0, number = kNone;
  };
  [[nodiscard]] static std::uint64_t hash_of(std::string_view text) {
    constexpr std::uint64_t kMix = 0x9FB21C651E98DF25U;
    std::uint64_t hash = text.size() * kMix;
    const auto mix = [&](std::uint64_t word) {
      hash = (hash ^ word) * kMix;
      hash ^= hash >> 32U;
    };
    std::uint64_t word = 0;
    while (text.size() >= sizeof word) {
      std::memcpy(&word, text.data(), sizeof word);
      mix(word);
      text.remove_prefix(sizeof word);
    }
    if (!text.empty()) {
      word = 0;
      std::memcpy(&word, text.data(), text.size());
      mix(word);
    }
    return hash;
  }
  void place(std::uint32_t number) {
    const std::uint64_t hash = hash_of(texts_[number]);
    std::size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot].number != kNone) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = {.tag = static_cast<std::uint32_t>(hash >> 32U), .number = number};
  }
  void grow() {
    slots_.assign(std::max<std::size_t>(64, slots_.size() * 2), {});
    for (std::uint32_t number = 0; number < texts_.size(); ++number) place(number);
  }

  std::vector<std::string> texts_;
  std::vector<Slot> slots_;
};

}  // namespace

struct Batch::Impl {
  struct What {
    std::string text;  ///< what a raw operation views
    Operation operation;
    Plans plans;
  };

  explicit Impl(const AccessSets& of) : sets(of) {}

  const AccessSets& sets;
  TextTable principal_texts, registry_texts, operation_texts;
  std::vector<Asker> principals;
  std::vector<std::size_t> registries;
  std::deque<What> operations;

  [[nodiscard]] std::optional<Truth> decide(std::string_view principal, std::string_view operation,
                                            std::string_view registry, std::string_view repository) {
    const std::uint32_t p = principal_texts.find(principal);
    const std::uint32_t o = operation_texts.find(operation);
    const std::uint32_t r = registry_texts.find(registry);
    const bool known = p != TextTable::kNone && o != TextTable::kNone && r != TextTable::kNone;
    if (known && !(repository.empty() && operations[o].operation.takes_repository)) {
      const What& what = operations[o];
      return sets.impl_->decide(principals[p], registries[r], what.operation, repository, what.plans);
    }
    return decide_first(principal, operation, registry, repository);
  }

  /// Looks the names up and remembers those that mean the same in every question.
  [[nodiscard]] std::optional<Truth> decide_first(std::string_view principal, std::string_view operation,
                                                  std::string_view registry, std::string_view repository) {
    const Circumstances& circumstances = sets.circumstances();
    Question question;
    question.principal = principal;
    question.registry = registry;
    question.repository = repository;
    question.at = circumstances.at;
    question.network = circumstances.network;
    question.credential = circumstances.credential;
    (find_operation(operation) != nullptr || operation.find('/') == std::string_view::npos ? question.operation
                                                                                           : question.action) =
        operation;
    auto resolved = sets.engine().resolve(question);
    if (!resolved) return std::nullopt;
    resolved->readings = circumstances.readings;
    if (resolved->operation != nullptr && resolved->operation->special == Special::Purge) resolved->text.literal = true;
    const bool entra = std::holds_alternative<EntraAsker>(resolved->asker);
    if (entra && principal_texts.find(principal) == TextTable::kNone) {
      principal_texts.add(principal);
      principals.push_back(resolved->asker);
    }
    if (!resolved->registry_typed_upper_case && registry_texts.find(registry) == TextTable::kNone) {
      registry_texts.add(registry);
      registries.push_back(resolved->registry);
    }
    // Without a repository, raw actions are asked of the interpreter: what a condition says is open.
    if (operation_texts.find(operation) == TextTable::kNone && !(question.operation.empty() && repository.empty())) {
      operation_texts.add(operation);
      What& what = operations.emplace_back();
      what.text = operation;
      what.operation = resolved->operation != nullptr ? *resolved->operation : raw_operation(what.text);
      what.plans = sets.impl_->plans_of(what.operation);
    }
    return static_cast<Truth>(sets.engine().decide(*resolved));
  }
};

Batch::Batch(const AccessSets& sets) : impl_(std::make_unique<Impl>(sets)) {}
Batch::~Batch() = default;

std::optional<Truth> Batch::decide(std::string_view principal, std::string_view operation, std::string_view registry,
                                   std::string_view repository) {
  return impl_->decide(principal, operation, registry, repository);
}

}  // namespace acrbiter::evaluator
