#include "evaluator/sets/access.h"

#include <algorithm>
#include <array>
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

  /// Whether the tables decide; everything else is the interpreter's.
  [[nodiscard]] bool by_tables(const Asker& asker, const Operation& operation) const {
    return std::holds_alternative<EntraAsker>(asker) && by_rights_alone(operation) && !circumstances.network &&
           !circumstances.credential;
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

  [[nodiscard]] Truth decide(const Asker& asker, std::size_t registry, const Operation& operation,
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
    return !repository.empty() && std::all_of(repository.begin(), repository.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '/';
    });
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
    question.operation = &operation;
    question.readings = circumstances.readings;
    question.text.operation = operation.id;
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

}  // namespace acrbiter::evaluator
