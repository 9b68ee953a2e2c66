#include "evaluator/migration/verify.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "evaluator/index.h"
#include "evaluator/likeness.h"
#include "evaluator/migration/data_rights.h"
#include "evaluator/migration/identity.h"
#include "evaluator/sets/diff.h"
#include "model/ascii.h"
#include "model/guid.h"

namespace acrbiter::evaluator::migration {

using model::RepositorySet;

namespace {

/// A state of the data with what answers about it.
struct State {
  State(model::Snapshot data, const AccessSets& like)
      : snapshot(std::move(data)),
        engine(snapshot, like.engine().index().defaults),
        sets(engine, like.circumstances()) {}
  const model::Snapshot snapshot;
  const Engine engine;
  const AccessSets sets;
};

/// What the plan says of each asker, registry and operation.
class Claims {
 public:
  explicit Claims(const Plan& plan) {
    for (const auto* list : {&plan.changes, &plan.elsewhere}) {
      for (const Change& change : *list) {
        const auto names = set_of(change.names);
        if (!names) {
          problems.push_back(fmt::format("`{}` is no pattern", change.names));
          continue;
        }
        for (const Who& who : change.who) {
          for (const std::string& operation : change.operations) {
            AccessChange& claimed = claims_[key(who, change.registry, operation)];
            part(claimed, change.kind) |= *names;
          }
        }
      }
    }
  }

  [[nodiscard]] const AccessChange& of(const Who& who, const std::string& registry, std::string_view operation) {
    static const AccessChange kNone{};
    const auto found = claims_.find(key(who, registry, std::string(operation)));
    if (found == claims_.end()) return kNone;
    used_.insert(found);
    return found->second;
  }
  /// Is anything claimed of somebody at a registry?
  [[nodiscard]] bool any(const Who& who, const std::string& registry) const {
    const auto found = claims_.lower_bound(key(who, registry, ""));
    return found != claims_.end() && std::get<0>(found->first) == who.kind && std::get<1>(found->first) == id(who) &&
           std::get<2>(found->first) == model::ascii_lower(registry);
  }
  /// Kind and id of somebody, a registry, an operation.
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  /// A claim that was never asked for.
  [[nodiscard]] std::optional<Key> unused() const {
    for (auto claim = claims_.begin(); claim != claims_.end(); ++claim) {
      if (!used_.contains(claim) && !claim->second.none()) return claim->first;
    }
    return std::nullopt;
  }
  [[nodiscard]] static bool is(const Key& claim, const Who& who, const std::string& registry,
                               std::string_view operation) {
    return std::get<3>(claim) == operation && std::get<0>(claim) == who.kind && std::get<1>(claim) == id(who) &&
           std::get<2>(claim) == model::ascii_lower(registry);
  }

  std::vector<std::string> problems;

 private:
  using Map = std::map<Key, AccessChange>;
  struct ByPlace {
    bool operator()(Map::const_iterator a, Map::const_iterator b) const { return &*a < &*b; }
  };

  static std::string id(const Who& who) { return model::ascii_lower(who.id); }
  static Key key(const Who& who, const std::string& registry, std::string operation) {
    return {who.kind, id(who), model::ascii_lower(registry), std::move(operation)};
  }
  static RepositorySet& part(AccessChange& change, Change::Kind kind) {
    switch (kind) {
      case Change::Kind::Gained:
        return change.gained;
      case Change::Kind::PossiblyGained:
        return change.possibly_gained;
      case Change::Kind::Lost:
        return change.lost;
      case Change::Kind::PossiblyLost:
        break;
    }
    return change.possibly_lost;
  }
  const RepositorySet* set_of(const std::string& pattern) {
    const auto [found, added] = sets_.try_emplace(pattern);
    if (added) {
      if (auto parsed = RepositorySet::parse(pattern)) found->second = *std::move(parsed);
    }
    return found->second ? &*found->second : nullptr;
  }

  Map claims_;
  std::set<Map::const_iterator, ByPlace> used_;
  std::map<std::string, std::optional<RepositorySet>> sets_;
};

class Verifier {
 public:
  Verifier(const Plan& plan, const AccessSets& before, const VerifyOptions& options)
      : plan_(plan), before_(before), options_(options), claims_(plan), identities_(before.engine().snapshot()) {}

  Verification run() {
    check_registries();
    check_assignments();
    check_old_assignments();
    if (result_.first) return result_;
    std::vector<std::string> problems = claims_.problems;
    const auto state = [&](Stage stage) { return State(apply(plan_, snapshot(), stage, problems), before_); };
    const State assigned = state(Stage::Assigned);
    const State switched = state(Stage::Switched);
    const State removed = state(Stage::Removed);
    if (!problems.empty()) return fail({.kind = Mismatch::Kind::Incomplete, .text = problems.front()});
    // What is compared below is access to data: a plan must not touch anything else.
    check_assigned_roles(assigned.snapshot);
    check_removed_roles();
    if (result_.first) return result_;

    compare_with_claims(removed);
    if (!result_.first) {
      // What the plan says of other registries happens when the assignments are created.
      same(before_, assigned.sets, Mismatch::Kind::BeforeSwitch, true);
      same(switched.sets, removed.sets, Mismatch::Kind::Removal, false);
    }
    if (!result_.first) ask_interpreter(removed);
    return result_;
  }

 private:
  [[nodiscard]] const model::Snapshot& snapshot() const { return before_.engine().snapshot(); }

  Verification fail(Mismatch mismatch) {
    if (!result_.first) result_.first = std::move(mismatch);
    return result_;
  }

  void check_registries() {
    for (const PlannedRegistry& planned : plan_.registries) {
      const std::optional<std::size_t> found = find_registry(snapshot(), planned);
      if (!found) {
        fail({.kind = Mismatch::Kind::Registry,
              .text = fmt::format("Registry {} of the plan is not in the data.", planned.name),
              .registry = planned.name});
      } else if (snapshot().registries[*found].mode != model::PermissionMode::Legacy) {
        fail({.kind = Mismatch::Kind::Registry,
              .text =
                  fmt::format("Registry {} is not in the legacy mode in the data: the plan was carried out, or is for "
                              "another state.",
                              planned.name),
              .registry = planned.name});
      } else {
        planned_.insert(*found);
        check_names(planned, snapshot().registries[*found]);
      }
    }
    if (plan_.registries.empty()) {
      fail({.kind = Mismatch::Kind::Registry, .text = "The plan names no registry."});
    }
  }

  /// Scripts call a registry by what the plan says.
  void check_names(const PlannedRegistry& planned, const model::Registry& registry) {
    const auto differ = [&](std::string_view what, const std::string& said, const std::string& is) {
      fail({.kind = Mismatch::Kind::Registry,
            .text = fmt::format("The plan says that {} of registry {} is `{}`; in the data it is `{}`.", what,
                                registry.name, said, is),
            .registry = registry.name});
    };
    if (!model::equal_ignoring_case(planned.name, registry.name)) differ("the name", planned.name, registry.name);
    if (!planned.id.empty() && model::scope_key(planned.id) != model::scope_key(registry.id))
      differ("the id", planned.id, registry.id);
    if (!planned.login_server.empty() &&
        (!registry.login_server || !model::equal_ignoring_case(planned.login_server, *registry.login_server)))
      differ("the login server", planned.login_server, registry.login_server.value_or(""));
  }

  /// What Azure would refuse, or what scripts would say of it and is not so.
  void check_assignments() {
    const auto incomplete = [&](std::string text) {
      fail({.kind = Mismatch::Kind::Incomplete, .text = std::move(text)});
    };
    std::set<std::string> names;
    for (const PlannedAssignment& planned : plan_.assignments) {
      const std::string_view name = planned.name;
      if (!model::is_guid(name))
        incomplete(fmt::format("New assignment `{}` has no GUID for a name.", name));
      else if (!names.insert(model::ascii_lower(name)).second)
        incomplete(fmt::format("New assignment {} stands in the plan twice.", name));
      const std::string scope = model::scope_key(planned.scope);
      const model::ScopeKind kind = model::scope_kind(scope);
      // Of a registry that the data knows by name only there is none.
      if (!scope.empty() && (kind == model::ScopeKind::None || kind == model::ScopeKind::OtherRoot))
        incomplete(fmt::format("New assignment {}: `{}` is no scope.", name, planned.scope));
      if (!model::is_guid(planned.principal.id) && !model::is_named_unknown(planned.principal.id))
        incomplete(fmt::format("New assignment {}: `{}` is no object id.", name, planned.principal.id));
      const Who known = identities_.who(planned.principal.id);
      if (!known.type.empty() && known.type != planned.principal.type)
        incomplete(fmt::format("New assignment {}: {} is a {} in the data, and no `{}`.", name, known.name, known.type,
                               planned.principal.type));
      for (const PlannedRole& role : plan_.roles) {
        if (!role.custom() || !model::equal_ignoring_case(role.guid, planned.role)) continue;
        const bool assignable = std::ranges::any_of(role.assignable_scopes, [&](const std::string& within) {
          return model::scope_contains(model::scope_key(within), scope);
        });
        if (!assignable)
          incomplete(
              fmt::format("New assignment {}: role {} is not assignable at {}.", name, role.name, planned.scope));
      }
    }
    for (const PlannedRole& role : plan_.roles) {
      if (!role.custom()) continue;
      const auto other = std::ranges::find_if(snapshot().roles, [&](const model::RoleDefinition& known) {
        return known.guid != role.guid && model::equal_ignoring_case(known.name, role.name);
      });
      if (other != snapshot().roles.end())
        incomplete(fmt::format("Role {} of the plan has the name of another role, {}.", role.name, other->guid));
      if (std::ranges::find(role.assignable_scopes, "/") != role.assignable_scopes.end())
        incomplete(fmt::format("Role {} is assignable everywhere, which no custom role can be.", role.name));
    }
  }

  /// What is removed is put back from what the plan says of it.
  void check_old_assignments() {
    std::unordered_map<std::string, const model::RoleAssignment*> by_id;
    for (const model::RoleAssignment& assignment : snapshot().role_assignments)
      by_id.emplace(model::ascii_lower(model::assignment_id(snapshot(), assignment)), &assignment);
    std::set<std::string> seen;
    const auto check = [&](const OldAssignment& old) {
      const std::string id = model::ascii_lower(old.id);
      const auto wrong = [&](const std::string& text) {
        fail({.kind = Mismatch::Kind::Removal, .text = fmt::format("Role assignment {} {}.", old.id, text)});
      };
      if (!seen.insert(id).second) return wrong("stands in the plan twice");
      const auto found = by_id.find(id);
      if (found == by_id.end()) return wrong("of the plan is not in the data");
      const OldAssignment is = old_assignment(snapshot(), identities_, *found->second);
      const auto compare = [&](std::string_view what, const std::string& in_plan, const std::string& in_data) {
        if (!model::equal_ignoring_case(in_plan, in_data))
          wrong(fmt::format("has {} `{}` in the plan and `{}` in the data", what, in_plan, in_data));
      };
      compare("role", old.role_guid, is.role_guid);
      compare("principal", old.principal.id, is.principal.id);
      compare("principal type", old.principal.type, is.principal.type);
      compare("scope", old.scope, is.scope);
      if (old.condition != is.condition)
        wrong("has another condition in the plan than in the data");
      else
        compare("condition version", old.condition_version, is.condition_version);
    };
    for (const OldAssignment& old : plan_.remove) check(old);
    for (const OldAssignment& old : plan_.keep) {
      if (!old.id.empty()) check(old);  // of some the data does not show the id
    }
  }

  void check_assigned_roles(const model::Snapshot& assigned) {
    for (const PlannedRole& planned : plan_.roles) {
      const auto role = std::find_if(assigned.roles.begin(), assigned.roles.end(), [&](const model::RoleDefinition& r) {
        return model::equal_ignoring_case(r.guid, planned.guid);
      });
      if (role == assigned.roles.end() || only_registry_data(*role)) continue;
      fail({.kind = Mismatch::Kind::Incomplete,
            .text = fmt::format("Role {} holds more than rights over the data of registries: what it opens besides "
                                "is not looked at, so it is no part of a plan that holds.",
                                role->name)});
    }
  }

  void check_removed_roles() {
    std::set<std::string> gone;
    for (const OldAssignment& old : plan_.remove) gone.insert(model::ascii_lower(old.id));
    for (const model::RoleAssignment& assignment : snapshot().role_assignments) {
      const std::string id = model::ascii_lower(model::assignment_id(snapshot(), assignment));
      const model::RoleDefinition& role = snapshot()[assignment.role];
      if (gone.erase(id) == 0 || only_registry_data(role)) continue;
      fail({.kind = Mismatch::Kind::Removal,
            .text = fmt::format("{} loses {} at {}, which holds more than rights over the data of registries.",
                                identities_.who(assignment.principal).name, role.name,
                                snapshot()[assignment.scope].display),
            .who = identities_.who(assignment.principal)});
    }
  }

  /// Sets of names: every asker of either side, every registry, every judged operation.
  void compare_with_claims(const State& after) {
    const std::vector<const Operation*> operations = judged_operations(before_, options_.most_compared);
    const AccessDiff diff = compare(before_, after.sets, operations, {}, options_.for_each, Causes::LeftOut);
    result_.by_sets = diff.registries.size() * diff.askers.size() * operations.size();
    std::vector<Who> who;
    for (const DiffAsker& asker : diff.askers)
      who.push_back(identities_.who(asker.before ? *asker.before : *asker.after));
    const auto differs = [&](std::size_t asker, std::size_t registry, const Operation& operation,
                             const AccessChange& actual, const AccessChange& claimed) {
      if (actual == claimed) return false;
      differ(Mismatch::Kind::Change, "sets", diff.askers[asker], registry, operation, actual, claimed, before_,
             after.sets);
      return true;
    };
    for (const ChangeGroup& group : diff.groups) {
      const std::size_t registry = *diff.registries[group.registry].before;
      for (const OperationChange& change : group.changes) {
        for (const std::size_t a : group.askers) {
          for (const Operation* operation : change.operations) {
            const AccessChange& claimed = claims_.of(who[a], snapshot().registries[registry].name, operation->id);
            if (differs(a, registry, *operation, change.change, claimed)) return;
          }
        }
      }
    }
    // What nobody's change was asked for is claimed and does not happen.
    const auto unused = claims_.unused();
    if (!unused) return;
    for (std::size_t r = 0; r < diff.registries.size(); ++r) {
      const std::size_t registry = *diff.registries[r].before;
      for (std::size_t a = 0; a < who.size(); ++a) {
        for (const Operation* operation : operations) {
          if (!claims_.is(*unused, who[a], snapshot().registries[registry].name, operation->id)) continue;
          differs(a, registry, *operation, {}, claims_.of(who[a], snapshot().registries[registry].name, operation->id));
          return;
        }
      }
    }
    const auto& [kind, id, registry, operation] = *unused;
    fail({.kind = Mismatch::Kind::Change,
          .text = fmt::format("The plan speaks of {} {} and operation {} at {}, which the data does not have.", kind,
                              id, operation, registry)});
  }

  /// Two states in which nothing may differ, except, if `elsewhere`, on registries that are not in the plan.
  void same(const AccessSets& before, const AccessSets& after, Mismatch::Kind kind, bool elsewhere) {
    if (result_.first) return;
    const auto wanted = [&](const DiffRegistry& registry) {
      return !elsewhere || (registry.before && planned_.contains(*registry.before));
    };
    const AccessDiff diff = compare(before, after, judged_operations(before_, options_.most_compared), wanted,
                                    options_.for_each, Causes::LeftOut);
    if (diff.none()) return;
    const ChangeGroup& group = diff.groups.front();
    const DiffAsker& asker = diff.askers[group.askers.front()];
    const OperationChange& change = group.changes.front();
    differ(kind, "sets", asker, *diff.registries[group.registry].before, *change.operations.front(), change.change, {},
           before, after);
  }

  /// The interpreter, asked for each class of names that anything tells apart; once for all who are alike before and
  /// after.
  void ask_interpreter(const State& after) {
    const std::vector<const Operation*> operations = judged_operations(before_, options_.most_compared);
    const std::size_t registries = snapshot().registries.size();
    const std::span<const Asker> askers = before_.askers();
    const std::size_t all = askers.size() * registries * operations.size();
    result_.everybody = all <= options_.most_places;
    std::vector<std::vector<bool>> asked(registries, std::vector<bool>(askers.size(), result_.everybody));
    if (!result_.everybody) mark_those_with_access(after.sets, operations, asked);
    std::size_t done = 0;
    for (std::size_t r = 0; r < registries; ++r) {
      Likeness alike_before(before_.engine().index(), r);
      Likeness alike_after(after.engine.index(), r);
      std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<AccessChange>> known;
      for (const AskerIndex index : before_.askers_at(r)) {
        const std::size_t a = static_cast<std::size_t>(index);
        if (++done % 256 == 0 && options_.progress) options_.progress(done, askers.size() * registries);
        const Who who = identities_.who(askers[a]);
        if (!asked[r][a] && !claims_.any(who, snapshot().registries[r].name)) continue;
        // Principals of the data keep their places in every state.
        const auto by_cells = [&](const Engine& engine, const AccessSets& sets) {
          const ResolvedQuestion question = sets.question(askers[a], r, *operations.front(), "");
          return access_by_cells(engine, question, operations, Causes::LeftOut);
        };
        const auto compared = [&] {
          const std::vector<Access> before = by_cells(before_.engine(), before_);
          const std::vector<Access> then = by_cells(after.engine, after.sets);
          std::vector<AccessChange> changes;
          for (std::size_t o = 0; o < operations.size(); ++o) changes.push_back(change(before[o], then[o]));
          return changes;
        };
        std::vector<AccessChange> own;
        const auto* entra = std::get_if<EntraAsker>(&askers[a]);
        std::vector<AccessChange>& changes =
            entra == nullptr || !entra->known
                ? own
                : known[{alike_before.number(entra->principal), alike_after.number(entra->principal)}];
        if (changes.empty()) changes = compared();
        for (std::size_t o = 0; o < operations.size(); ++o) {
          const Operation* operation = operations[o];
          ++result_.by_interpreter;
          const AccessChange& actual = changes[o];
          const AccessChange& claimed = claims_.of(who, snapshot().registries[r].name, operation->id);
          if (actual == claimed) continue;
          differ(Mismatch::Kind::Change, "interpreter", {askers[a], askers[a]}, r, *operation, actual, claimed, before_,
                 after.sets);
          return;
        }
      }
    }
  }

  void mark_those_with_access(const AccessSets& after, std::span<const Operation* const> operations,
                              std::vector<std::vector<bool>>& asked) const {
    for (std::size_t r = 0; r < asked.size(); ++r) {
      for (const Operation* operation : operations) {
        for (const AccessSets* sets : {&before_, &after}) {
          for (const AccessSets::Reachable& reachable : sets->who_can(r, *operation)) {
            const auto a = static_cast<std::size_t>(reachable.asker);
            if (a < asked[r].size()) asked[r][a] = true;
          }
        }
      }
    }
  }

  void differ(Mismatch::Kind kind, std::string_view by, const DiffAsker& asker, std::size_t registry,
              const Operation& operation, const AccessChange& actual, const AccessChange& claimed,
              const AccessSets& before, const AccessSets& after) {
    Mismatch mismatch{.kind = kind,
                      .text = "",
                      .who = identities_.who(asker.before ? *asker.before : *asker.after),
                      .registry = snapshot().registries[registry].name,
                      .operation = std::string(operation.id),
                      .repository = "",
                      .claimed = "no change",
                      .found_by = std::string(by)};
    // A name that is in one of the two and not in the other.
    const std::array<std::tuple<const RepositorySet*, const RepositorySet*, Change::Kind>, 4> parts{
        {{&actual.lost, &claimed.lost, Change::Kind::Lost},
         {&actual.gained, &claimed.gained, Change::Kind::Gained},
         {&actual.possibly_lost, &claimed.possibly_lost, Change::Kind::PossiblyLost},
         {&actual.possibly_gained, &claimed.possibly_gained, Change::Kind::PossiblyGained}}};
    std::string name;
    for (const auto& [is, said, part] : parts) {
      if (*is == *said) continue;
      const auto more = (*is - *said).shortest();
      name = more ? *more : (*said - *is).shortest().value_or("");
      break;
    }
    for (const auto& [is, said, part] : parts) {
      if (said->contains(name)) mismatch.claimed = word(part);
    }
    if (operation.takes_repository) mismatch.repository = name;
    if (asker.before) mismatch.before = verdict_of(before.decide(*asker.before, registry, operation, name));
    if (asker.after) mismatch.after = verdict_of(after.decide(*asker.after, registry, operation, name));
    static constexpr std::array<std::string_view, 5> kStages{
        "", "", "before the switch, with the new assignments there", "after the plan", "once the old assignments go"};
    mismatch.text = fmt::format(
        "{} {}: {} was {} and is {} {}; the plan says {}.", mismatch.who.name, kStages[static_cast<std::size_t>(kind)],
        operation.id, to_string(mismatch.before), to_string(mismatch.after),
        operation.takes_repository ? "on " + mismatch.registry + "/" + name : "on " + mismatch.registry,
        mismatch.claimed);
    fail(std::move(mismatch));
  }

  const Plan& plan_;
  const AccessSets& before_;
  const VerifyOptions& options_;
  Claims claims_;
  const Identities identities_;
  std::set<std::size_t> planned_;
  Verification result_;
};

}  // namespace

Verification verify(const Plan& plan, const AccessSets& before, const VerifyOptions& options) {
  return Verifier(plan, before, options).run();
}

}  // namespace acrbiter::evaluator::migration
