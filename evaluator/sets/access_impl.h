// The inside of AccessSets: one asker at a time. Private to this folder; everybody.cc and batch.cc build on it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "evaluator/index.h"
#include "evaluator/sets/access.h"
#include "evaluator/sets/cells.h"
#include "evaluator/sets/grant_tables.h"
#include "evaluator/sets/interval.h"
#include "evaluator/sets/quick_table.h"
#include "model/ascii.h"

namespace acrbiter::evaluator {

using model::PermissionMode;
using model::PrincipalIndex;
using model::RepositorySet;
using model::Truth;
using model::truth_of;

/// Which locks on a repository stop an operation. Source: acr-authorization F
struct Stops {
  bool read = false, write = false, remove = false;
  friend bool operator==(const Stops&, const Stops&) = default;
};
inline Stops stops_of(const Operation& operation) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> ids) {
    return std::find(ids.begin(), ids.end(), operation.id) != ids.end();
  };
  return {.read = is_one_of({"pull", "task-pull", "cache-pull", "show-manifest", "pull-signed", "pull-quarantined",
                             "read-quarantined"}),
          .write = is_one_of({"push", "tag", "task-push", "push-referrer", "sign", "enable-streaming", "delete",
                              "untag", "delete-referrer", "purge", "disable-streaming", "delete-repository"}),
          .remove = operation.id == "delete-repository"};
}

/// Operations whose answer for an Entra identity follows from rights and locks alone.
inline bool by_rights_alone(const Operation& operation) {
  switch (operation.special) {
    case Special::None:
      return operation.id != "write-export-pipeline";
    case Special::CachePull:
    case Special::SoftDelete:
    case Special::Sign:
      return true;
    default:
      return false;
  }
}

/// The rights that an operation asks the tables for. In the ABAC mode, the soft-delete actions there are those that
/// custom roles give; see GrantTables.
inline const Needs& needs_of(const Operation& operation, PermissionMode mode) {
  if (mode == PermissionMode::Legacy) return operation.legacy;
  static const Needs signing{signing_in_abac()};
  if (operation.special == Special::Sign) return signing;
  return operation.special == Special::SoftDelete ? operation.legacy : operation.abac;
}

/// Two names for one question, as far as the tables decide it.
inline bool same_question(const Operation& a, const Operation& b) {
  const auto has_own_rules = [](const Operation& o) { return o.id == "untag" || o.id == "pull-signed"; };
  return !has_own_rules(a) && !has_own_rules(b) && a.special == b.special && a.plane == b.plane &&
         a.takes_repository == b.takes_repository && a.legacy == b.legacy && a.abac == b.abac &&
         stops_of(a) == stops_of(b);
}

/// What records of one repository say: whether some lock it, and whether some do not.
struct RepositoryLocks {
  Stops off, on;
};
[[nodiscard]] inline Truth stopped(const RepositoryLocks& locks, const Stops& stops) {
  const auto by = [&](bool Stops::*lock) {
    if (!(stops.*lock) || !(locks.off.*lock)) return Truth::False;
    return locks.on.*lock ? Truth::Unknown : Truth::True;
  };
  return either(either(by(&Stops::read), by(&Stops::write)), by(&Stops::remove));
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
inline Lanes operator!(Lanes a) { return {.certain = ~a.possible, .possible = ~a.certain}; }
inline Lanes both(Lanes a, Lanes b) { return {.certain = a.certain & b.certain, .possible = a.possible & b.possible}; }
inline Lanes either(Lanes a, Lanes b) {
  return {.certain = a.certain | b.certain, .possible = a.possible | b.possible};
}
inline Lanes agree(Lanes a, Lanes b) { return {.certain = a.certain & b.certain, .possible = a.possible | b.possible}; }
inline constexpr std::size_t kLanes = 64;

/// What an operation comes to in one permission mode.
struct Plan {
  QuickTable::Needs rights;  ///< these and nothing else; none where the rules of operation_in or the interpreter decide
  bool locks = false;        ///< locks of repositories or resources may stop it
  bool names = false;        ///< takes a repository
};
using Plans = std::array<Plan, 2>;  ///< by PermissionMode

/// How much of a deny assignment names somebody.
struct Denied {
  const DenyRule* rule = nullptr;
  bool doubtful = false;  ///< its members or exclusions are not all known
};

struct AccessSets::Impl {
  Impl(const Engine& engine_, Circumstances circumstances_)
      : engine(engine_),
        ix(engine_.index()),
        snapshot(engine_.snapshot()),
        circumstances(std::move(circumstances_)),
        tables(ix, circumstances),
        quick_registries(snapshot.registries.size()) {
    list_askers();
    for (std::size_t i = 0; i < snapshot.principals.size(); ++i) {
      const model::Principal& principal = snapshot.principals[i];
      const auto ready = ix.groups.ready(PrincipalIndex{static_cast<std::uint32_t>(i)});
      quick_principals.push_back({.first_group = ready.data(),
                                  .group_count = static_cast<std::uint32_t>(ready.size()),
                                  .presence = presence_of(principal),
                                  .complete = principal.groups_complete});
    }
    for (const Operation& operation : catalogue) plans.push_back(plans_of(operation));
    locks.resize(snapshot.registries.size());
    for (const model::ArtifactAttributes& a : snapshot.artifact_attributes) {
      if (!a.reference.empty()) continue;
      for (std::size_t r = 0; r < snapshot.registries.size(); ++r) {
        if (a.registry.empty() || model::equal_ignoring_case(a.registry, snapshot.registries[r].name))
          add_locks(locks[r][a.repository], a);
      }
    }
    for (std::size_t r = 0; r < snapshot.registries.size(); ++r) {
      quick_registries[r].usable = snapshot.registries[r].mode.has_value() && !may_be_gone(r);
      quick_registries[r].mode = snapshot.registries[r].mode.value_or(PermissionMode::Legacy);
      quick_registries[r].locks = !locks[r].empty() || !ix.registries[r].locks.empty() || ix.locks_incomplete;
    }
  }

  /// What a plain question looks at of a registry.
  struct QuickRegistry {
    PermissionMode mode{};
    bool usable = false;                                     ///< its mode is known, and it is there
    bool locks = false;                                      ///< it or repositories in it are locked
    mutable std::atomic<const QuickTable*> table = nullptr;  ///< null until it is asked for
  };

  /// Whether a principal is in the directory. What one holds that may be gone is open; one that is yet to be created
  /// holds nothing of a list that is missing.
  enum class Presence : std::uint8_t { There, Gone, MayBeGone, Created };
  [[nodiscard]] static Presence presence_of(const model::Principal& principal) {
    return principal.orphaned     ? Presence::Gone
           : principal.unresolved ? Presence::MayBeGone
           : principal.created    ? Presence::Created
                                  : Presence::There;
  }

  /// What plain questions look at of a principal.
  struct QuickPrincipal {
    const PrincipalIndex* first_group = nullptr;
    std::uint32_t group_count = 0;
    Presence presence = Presence::There;
    bool complete = false;  ///< all its groups are known
    /// As GroupGraph::ready.
    [[nodiscard]] std::span<const PrincipalIndex> ready() const { return {first_group, group_count}; }
  };

  const Engine& engine;
  const Engine::Index& ix;
  const model::Snapshot& snapshot;
  const Circumstances circumstances;
  const GrantTables tables;
  const std::span<const Operation> catalogue = operations();
  std::vector<Plans> plans;  ///< of the catalogue
  std::vector<Asker> askers;
  std::vector<PrincipalIndex> entra_principals;  ///< of the first askers; the others have other doors
  std::vector<std::map<std::string, RepositoryLocks, std::less<>>> locks;  ///< per registry, by repository

  // For questions in great number: what they look at of registries and principals, and who is in a group.
  std::vector<QuickPrincipal> quick_principals;
  std::vector<QuickRegistry> quick_registries;
  mutable std::once_flag members_once;
  mutable std::vector<std::uint32_t> member_begin;
  mutable std::vector<PrincipalIndex> members;

  static void add_locks(RepositoryLocks& locks, const model::ArtifactAttributes& a) {
    const auto add = [&](bool Stops::*lock, const std::optional<bool>& enabled) {
      if (!enabled) return;
      Stops& said = *enabled ? locks.on : locks.off;
      said.*lock = true;
    };
    add(&Stops::read, a.read_enabled);
    add(&Stops::write, a.write_enabled);
    add(&Stops::remove, a.delete_enabled);
  }

  void list_askers() {
    // What deny assignments call everyone is nobody who could ask. Source: azure-rbac-semantics, deny assignments
    constexpr std::string_view kEveryone = "00000000-0000-0000-0000-000000000000";
    // Nor does anybody sign in by the id of an application: who wrote it into an assignment meant its service
    // principal, and reached nobody. Source: azure-rbac-semantics 6
    const std::unordered_set<std::string_view> of_applications = application_ids(snapshot);
    for (std::size_t i = 0; i < snapshot.principals.size(); ++i) {
      const PrincipalIndex principal{static_cast<std::uint32_t>(i)};
      const std::string& id = snapshot[principal].id;
      if (id == kEveryone || (!snapshot[principal].described && of_applications.contains(id))) continue;
      if (ix.groups.may_be_group(principal) && !ix.groups.open(principal)) continue;
      askers.push_back(
          EntraAsker{.principal = principal, .id = ObjectId(snapshot[principal]), .typed_as = "object-id"});
    }
    for (const Asker& asker : askers) entra_principals.push_back(std::get<EntraAsker>(asker).principal);
    for (std::size_t i = 0; i < snapshot.tokens.size(); ++i) askers.emplace_back(TokenAsker{i});
    for (std::size_t i = 0; i < snapshot.tasks.size(); ++i) askers.emplace_back(TaskAsker{i});
    askers.emplace_back(AdminAsker{});
    askers.emplace_back(AnonymousAsker{});
    // Assignments that the data lacks may be anybody's.
    bool lacking = false;
    for (std::size_t r = 0; r < snapshot.registries.size(); ++r)
      lacking = lacking || may_lack_assignments(ix, r, circumstances.readings);
    if (lacking) {
      askers.emplace_back(EntraAsker{
          .principal = {}, .known = false, .id = ObjectId::stranger(kUnnamedIdentity), .typed_as = "object-id"});
    }
  }

  [[nodiscard]] std::string_view reading(AssumptionId id) const { return circumstances.readings[id]; }

  // ---- who holds what ---------------------------------------------------------------------------------------

  /// The groups of a principal, itself included. May lie in `reach`.
  std::span<const PrincipalIndex> groups_of(PrincipalIndex principal, Reach& reach) const {
    ix.groups.reach(principal, reach);
    return reach.all;
  }

  /// The askers in `holder`, itself included, by their principals.
  [[nodiscard]] std::span<const PrincipalIndex> members_of(PrincipalIndex holder) const {
    std::call_once(members_once, [&] {
      member_begin.assign(snapshot.principals.size() + 1, 0);
      Reach reach;
      const auto each = [&](const auto& f) {
        for (const PrincipalIndex member : entra_principals) {
          for (const PrincipalIndex group : groups_of(member, reach)) f(model::at(group), member);
        }
      };
      each([&](std::size_t group, PrincipalIndex) { ++member_begin[group + 1]; });
      for (std::size_t i = 1; i < member_begin.size(); ++i) member_begin[i] += member_begin[i - 1];
      members.resize(member_begin.back());
      std::vector<std::uint32_t> fill(member_begin.begin(), member_begin.end() - 1);
      each([&](std::size_t group, PrincipalIndex member) { members[fill[group]++] = member; });
    });
    const std::size_t i = model::at(holder);
    return {members.data() + member_begin[i], members.data() + member_begin[i + 1]};
  }

  [[nodiscard]] const model::Principal* principal_of(const EntraAsker& asker) const {
    return asker.known ? &snapshot[asker.principal] : nullptr;
  }

  /// `groups` are the asker's own, itself included.
  void gather(const EntraAsker& asker, std::span<const PrincipalIndex> groups, const GrantTable& table,
              Held& held) const {
    held.clear();
    held.open = asker.known && snapshot[asker.principal].created ? table.open_for_created : table.always_open;
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

  [[nodiscard]] static bool is_legacy_push(const AllOf& rights, PermissionMode mode) {
    return mode == PermissionMode::Legacy && rights.size() == 2 && rights.back().action.ends_with("/push/write");
  }

  /// Contested: legacy-push-without-pull
  template <class Value, class RightValue>
  [[nodiscard]] Value all_of(const AllOf& rights, PermissionMode mode, const RightValue& value_of_right) const {
    using model::both;
    using model::either;
    const bool push = is_legacy_push(rights, mode);
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
    const Needs& needs = needs_of(operation, mode);
    if (operation.id == "untag") {  // Contested: untag-right
      const std::string_view how = reading(AssumptionId::UntagRight);
      if (how == "any") return any_of<Value>(needs, mode, value_of_right);
      const auto first = [&] { return all_of<Value>(needs.front(), mode, value_of_right); };
      const auto last = [&] { return all_of<Value>(needs.back(), mode, value_of_right); };
      if (how == "metadata-write") return first();
      return how == "delete" ? last() : agree(first(), last());
    }
    Value value = any_of<Value>(needs, mode, value_of_right);
    return mode == PermissionMode::Abac ? both(value, constant<Value>(works_in_abac(operation))) : value;
  }

  /// Contested: signed-pull-in-abac, image-signer-in-abac, soft-delete-in-abac
  [[nodiscard]] Truth works_in_abac(const Operation& operation) const {
    const auto read = [&](AssumptionId id, std::string_view yes) {
      const std::string_view how = reading(id);
      return how == yes ? Truth::True : how == "unknown" ? Truth::Unknown : Truth::False;
    };
    if (operation.id == "pull-signed") return read(AssumptionId::SignedPullInAbac, "allowed");
    if (operation.special == Special::Sign) return read(AssumptionId::ImageSignerInAbac, "allowed");
    if (operation.special == Special::SoftDelete) return read(AssumptionId::SoftDeleteInAbac, "honoured");
    return Truth::True;
  }

  /// ARM locks protect management operations.
  [[nodiscard]] Truth resource_locks(std::size_t registry, const Operation& operation) const {
    if (operation.plane == Plane::Data) return Truth::True;
    const auto ends = [&](std::string_view suffix) {
      return !operation.abac.empty() && std::any_of(operation.abac.front().begin(), operation.abac.front().end(),
                                                    [&](const Right& r) { return r.action.ends_with(suffix); });
    };
    const RegistryContext& context = ix.registries[registry];
    const std::string_view how = reading(AssumptionId::ReadOnlyLockOnActions);
    const Truth by_delete = ends("/delete") ? Truth::False : Truth::True;
    const Truth by_read_only = ends("/delete") || ends("/write") ? Truth::False
                               : !ends("/action") || how == "no" ? Truth::True
                               : how == "yes"                    ? Truth::False
                                                                 : Truth::Unknown;
    // A level that nobody knows may be any, or none; so may a lock on a page that is missing.
    const Truth by_unknown = model::either(by_read_only, Truth::Unknown);
    Truth value = ix.locks_incomplete ? by_unknown : Truth::True;
    for (const auto& [i, covers] : context.locks) {
      const model::LockLevel level = model::level_of(snapshot.locks[i]);
      const Truth passes = level == model::LockLevel::CanNotDelete ? by_delete
                           : level == model::LockLevel::ReadOnly   ? by_read_only
                                                                   : by_unknown;
      // What is locked may lie beside a registry whose place is not known.
      value = model::both(value, covers == Truth::True ? passes : model::either(passes, Truth::Unknown));
    }
    return value;
  }

  [[nodiscard]] bool may_be_gone(std::size_t registry) const {
    return !snapshot.registries[registry].may_be_gone.empty();
  }
  /// Is the registry there, and do its locks let the operation pass?
  [[nodiscard]] Truth registry_lets(std::size_t registry, const Operation& operation) const {
    return model::both(may_be_gone(registry) ? Truth::Unknown : Truth::True, resource_locks(registry, operation));
  }

  /// Repositories whose locks stop the operation, for certain and possibly.
  [[nodiscard]] Interval locked(std::size_t registry, const Operation& operation) const {
    const Stops stops = stops_of(operation);
    std::vector<std::string> certain;
    std::vector<std::string> possible;
    for (const auto& [name, lock] : locks[registry]) {
      const Truth stop = stopped(lock, stops);
      if (stop == Truth::True) certain.push_back(name);
      if (stop != Truth::False) possible.push_back(name);
    }
    return {RepositorySet::of(certain), RepositorySet::of(possible)};
  }

  [[nodiscard]] std::span<const PermissionMode> modes(std::size_t registry) const {
    static constexpr std::array<PermissionMode, 2> kBoth{PermissionMode::Legacy, PermissionMode::Abac};
    const auto& mode = snapshot.registries[registry].mode;
    if (!mode) return kBoth;
    return {&kBoth[*mode == PermissionMode::Legacy ? 0 : 1], 1};
  }

  [[nodiscard]] static RightMask rights_of(const Operation& operation, PermissionMode mode) {
    RightMask rights;
    for (const AllOf& all : needs_of(operation, mode)) {
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
    Reach reach;
    std::span<const PrincipalIndex> groups;
    if (asker.known) groups = groups_of(asker.principal, reach);
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
    if (asker.known && snapshot[asker.principal].unresolved) return both(*value, constant<Value>(Truth::Unknown));
    return *std::move(value);
  }

  [[nodiscard]] Plans plans_of(const Operation& operation) const {
    Plans result;
    const Stops stops = stops_of(operation);
    const bool rights_alone = by_tables(EntraAsker{}, operation) && operation.id != "untag" &&
                              operation.id != "pull-signed" && operation.special != Special::CachePull;
    for (const PermissionMode mode : {PermissionMode::Legacy, PermissionMode::Abac}) {
      Plan& plan = result[static_cast<std::size_t>(mode)];
      plan.names = operation.takes_repository;
      plan.locks = operation.plane == Plane::Control || stops.read || stops.write || stops.remove;
      const Needs& needs = mode == PermissionMode::Abac ? operation.abac : operation.legacy;
      if (rights_alone && needs.size() == 1) plan.rights = quick_needs(needs.front(), mode);
    }
    return result;
  }

  /// Nothing where a QuickTable does not hold all the rights.
  [[nodiscard]] QuickTable::Needs quick_needs(const AllOf& rights, PermissionMode mode) const {
    QuickTable::Needs needs;
    for (const Right& right : rights) {
      if (right.bit >= QuickTable::kRights) return {};
      needs.all |= std::uint64_t{1} << right.bit;
    }
    if (is_legacy_push(rights, mode)) {
      const std::uint64_t push = std::uint64_t{1} << rights.back().bit;
      const std::string_view how = reading(AssumptionId::LegacyPushWithoutPull);
      if (how == "unknown") needs.open_with = push;
      if (how == "allowed") needs.all = push;
    }
    return needs;
  }

  [[nodiscard]] const QuickTable& quick_table(std::size_t registry) const {
    const QuickRegistry& quick = quick_registries[registry];
    const QuickTable* table = quick.table.load(std::memory_order_acquire);
    if (table == nullptr) {
      table = &tables.quick(registry, quick.mode);
      quick.table.store(table, std::memory_order_release);
    }
    return *table;
  }

  /// For a question about somebody in the data that is a matter of rights alone; nulls for any other.
  struct Plain {
    const Plan* plan = nullptr;
    const QuickTable* table = nullptr;
  };
  [[nodiscard]] Plain plain(std::size_t registry, const Plans& planned) const {
    const QuickRegistry& quick = quick_registries[registry];
    const Plan& plan = planned[static_cast<std::size_t>(quick.mode)];
    if (!quick.usable || plan.rights.all == 0 || (plan.locks && quick.locks)) return {};
    const QuickTable& table = quick_table(registry);
    return table.leaves_out(plan.rights.all) ? Plain{} : Plain{&plan, &table};
  }

  /// The answer to such a question; nothing for any other.
  [[nodiscard]] std::optional<Truth> quickly(PrincipalIndex who, std::size_t registry, const Plans& planned,
                                             std::string_view repository) const {
    const auto ready = quick_principals[model::at(who)].ready();
    return ready.empty() ? quickly_after_search(who, registry, planned, repository)
                         : quickly(who, ready, registry, planned, repository);
  }
  /// The same for somebody in so many groups that they are searched for.
  [[nodiscard, gnu::noinline]] std::optional<Truth> quickly_after_search(PrincipalIndex who, std::size_t registry,
                                                                         const Plans& planned,
                                                                         std::string_view repository) const {
    Reach reach;
    return quickly(who, groups_of(who, reach), registry, planned, repository);
  }
  /// `groups` are those of `who`, itself included; those that hold nothing at the registry may be left out.
  /// As with QuickTable::decide, a call would cost a good part of what it does.
  [[nodiscard, gnu::always_inline]] std::optional<Truth> quickly(PrincipalIndex who,
                                                                 std::span<const PrincipalIndex> groups,
                                                                 std::size_t registry, const Plans& planned,
                                                                 std::string_view repository) const {
    const auto [plan, table] = plain(registry, planned);
    if (plan == nullptr) return std::nullopt;
    const QuickPrincipal& asker = quick_principals[model::at(who)];
    if (asker.presence == Presence::Gone) return Truth::False;
    if (asker.presence != Presence::There) return std::nullopt;
    try {
      const Truth value = table->decide(groups, asker.complete, who, plan->rights, repository);
      // Nobody may do anything with what is no name. Looking at each letter of it comes last: a no needs no second.
      const bool stands = value == Truth::False || !plan->names || model::is_legal_repository_name(repository);
      return stands ? value : Truth::False;
    } catch (const model::RepositorySetTooLarge&) {
      return std::nullopt;
    }
  }

  [[nodiscard]] Truth decide(const Asker& asker, std::size_t registry, const Operation& operation,
                             std::string_view repository) const {
    if (std::less_equal<>()(catalogue.data(), &operation) &&
        std::less<>()(&operation, catalogue.data() + catalogue.size())) {
      const auto number = static_cast<std::size_t>(&operation - catalogue.data());
      return decide(asker, registry, operation, repository, plans[number]);
    }
    return decide(asker, registry, operation, repository, plans_of(operation));
  }

  [[nodiscard]] Truth decide(const Asker& asker, std::size_t registry, const Operation& operation,
                             std::string_view repository, const Plans& planned) const {
    if (!operation.takes_repository) repository = {};
    const auto* entra = std::get_if<EntraAsker>(&asker);
    if (entra != nullptr && entra->known) {
      if (const auto value = quickly(entra->principal, registry, planned, repository)) return *value;
    }
    return decide_slowly(asker, registry, operation, repository);
  }

  [[nodiscard]] Truth decide_slowly(const Asker& asker, std::size_t registry, const Operation& operation,
                                    std::string_view repository) const {
    const auto by_interpreter = [&] {
      return static_cast<Truth>(engine.decide(question(asker, registry, operation, repository)));
    };
    if (!by_tables(asker, operation)) return by_interpreter();
    if (operation.takes_repository && !model::is_legal_repository_name(repository)) return Truth::False;
    Truth passes = registry_lets(registry, operation);
    if (!locks[registry].empty() && operation.plane == Plane::Data && operation.takes_repository) {
      const auto lock = locks[registry].find(repository);
      if (lock != locks[registry].end()) passes = both(passes, !stopped(lock->second, stops_of(operation)));
      if (passes == Truth::False) return passes;
    }
    const auto& entra = std::get<EntraAsker>(asker);
    try {
      const Truth value = answer<Truth>(
          entra, registry, operation,
          [&](const Right& right, const GrantTable& table, const Held& held, const std::vector<Denied>& denials) {
            return value_of(right, entra, table, held, denials, repository);
          });
      return model::both(value, passes);
    } catch (const model::RepositorySetTooLarge&) {
      return by_interpreter();
    }
  }

  [[nodiscard]] Access access(const Asker& asker, std::size_t registry, const Operation& operation,
                              Causes causes) const {
    Access access = access_with_causes(asker, registry, operation, causes);
    if (causes == Causes::LeftOut) access.causes.clear();
    return access;
  }

  [[nodiscard]] Access access_with_causes(const Asker& asker, std::size_t registry, const Operation& operation,
                                          Causes causes) const {
    if (!by_tables(asker, operation)) return access_by_cells(engine, question(asker, registry, operation, {}), causes);
    try {
      Interval names = operation.takes_repository ? names_by_tables(std::get<EntraAsker>(asker), registry, operation)
                                                  : Interval::constant(decide(asker, registry, operation, {}));
      Access access{.certain = std::move(names.certain), .possible = std::move(names.possible), .causes = {}};
      if (causes == Causes::Told && !(access.certain == access.possible))
        access.causes = causes_on(engine, question(asker, registry, operation, {}), access.possible - access.certain);
      return access;
    } catch (const model::RepositorySetTooLarge& error) {
      return undetermined_because(error);
    }
  }

  [[nodiscard]] Interval names_by_tables(const EntraAsker& asker, std::size_t registry,
                                         const Operation& operation) const {
    Interval names = answer<Interval>(
        asker, registry, operation,
        [&](const Right& right, const GrantTable& table, const Held& held, const std::vector<Denied>& denials) {
          return names_of(right, asker, table, held, denials);
        });
    if (operation.plane == Plane::Data) {
      const Interval stopped_names = locked(registry, operation);
      names = {names.certain - stopped_names.possible, names.possible - stopped_names.certain};
    }
    return both(names, Interval::constant(registry_lets(registry, operation)));
  }

  class Classes;       // everybody.cc
  class QuickHolders;  // everybody.cc

  [[nodiscard]] std::vector<AskerIndex> askers_at(std::size_t registry) const {
    std::vector<AskerIndex> result;
    for (std::uint32_t i = 0; i < entra_principals.size(); ++i) result.push_back(AskerIndex{i});
    const std::vector<AskerIndex> others = other_askers_at(registry);
    result.insert(result.end(), others.begin(), others.end());
    return result;
  }

  /// Tokens of other registries mean nothing here; nor do their tasks, but those with a credential for this one.
  [[nodiscard]] std::vector<AskerIndex> other_askers_at(std::size_t registry) const {
    const model::Registry& here = snapshot.registries[registry];
    std::vector<AskerIndex> result;
    // Several records of one name are one asker; the first stands for all.
    const auto is_first = [](const auto& children, const auto& records, std::size_t place) {
      return std::none_of(records[place].begin(), records[place].end(), [&](std::size_t other) {
        return other < place && model::equal_ignoring_case(children[other].registry, children[place].registry);
      });
    };
    const auto reaches = [&](std::size_t place) {
      const auto has_credential = [&](std::size_t task) {
        return model::credential_for(snapshot.tasks[task], here) != nullptr;
      };
      const auto& records = ix.task_records[place];
      return has_credential(place) || std::any_of(records.begin(), records.end(), has_credential);
    };
    for (auto i = static_cast<std::uint32_t>(entra_principals.size()); i < askers.size(); ++i) {
      const auto* token = std::get_if<TokenAsker>(&askers[i]);
      const auto* task = std::get_if<TaskAsker>(&askers[i]);
      const std::string* owner = token != nullptr  ? &snapshot.tokens[token->token].registry
                                 : task != nullptr ? &snapshot.tasks[task->task].registry
                                                   : nullptr;
      if (token != nullptr && !is_first(snapshot.tokens, ix.token_records, token->token)) continue;
      if (task != nullptr && !is_first(snapshot.tasks, ix.task_records, task->task)) continue;
      if (owner == nullptr || owner->empty() || model::equal_ignoring_case(*owner, here.name) ||
          (task != nullptr && reaches(task->task)))
        result.push_back(AskerIndex{i});
    }
    return result;
  }

  [[nodiscard]] ResolvedQuestion question(const Asker& asker, std::size_t registry, const Operation& operation,
                                          std::string_view repository) const {
    const auto text = std::make_shared<Question>();
    ResolvedQuestion question;
    question.asker = asker;
    question.registry = registry;
    question.readings = circumstances.readings;
    if (operation.id.empty()) {
      const Right& right = (operation.legacy.empty() ? operation.abac : operation.legacy).front().front();
      question.action_kind = right.kind;
      text->action = right.action;
    } else {
      question.operation = &operation;
      text->operation = operation.id;
    }
    text->registry = snapshot.registries[registry].name;
    if (operation.takes_repository) text->repository = repository;
    text->at = circumstances.at;
    text->network = circumstances.network;
    text->credential = circumstances.credential;
    question.text = text;
    return question;
  }
};

}  // namespace acrbiter::evaluator
