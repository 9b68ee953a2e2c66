#include "evaluator/migration/verify.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "evaluator/hash_of_numbers.h"
#include "evaluator/index.h"
#include "evaluator/likeness.h"
#include "evaluator/migration/data_rights.h"
#include "evaluator/migration/identity.h"
#include "evaluator/migration/state.h"
#include "evaluator/sets/diff.h"
#include "evaluator/sets/numbered_table.h"
#include "evaluator/sets/set_pool.h"
#include "model/ascii.h"
#include "model/guid.h"

namespace acrbiter::evaluator::migration {

using model::RepositorySet;

namespace {

/// What the plan says of each asker, registry and operation.
class Claims {
 public:
  /// Somebody whom a change names, by number.
  using Person = std::uint32_t;
  static constexpr Person kUnnamed = 0xFFFFFFFF;
  /// Kind and id of somebody.
  using Name = std::pair<std::string, std::string>;
  /// One change of the plan at a registry.
  struct Claim {
    const Change* change = nullptr;
    const RepositorySet* names = nullptr;
    const std::vector<Person>* persons = nullptr;  ///< by place in the directory of Change::who
  };

  explicit Claims(const Plan& plan) {
    for (const auto* list : {&plan.changes, &plan.elsewhere}) {
      for (const Change& change : *list) {
        const auto* names = set_of(change.names);
        if (names == nullptr) {
          problems.push_back(fmt::format("`{}` is no pattern", change.names));
          continue;
        }
        by_registry_[model::ascii_lower(change.registry)].push_back(
            {.change = &change, .names = names, .persons = &numbered(change.who)});
      }
    }
  }

  /// kUnnamed if no change names them.
  [[nodiscard]] Person person(const Who& who) const {
    const auto found = numbers_.find(name_of(who));
    return found == numbers_.end() ? kUnnamed : found->second;
  }
  [[nodiscard]] std::size_t persons() const { return names_.size(); }
  [[nodiscard]] const Name& name(Person person) const { return *names_[person]; }
  /// In lower case, in order.
  [[nodiscard]] std::vector<std::string> registries() const {
    std::vector<std::string> result;
    for (const auto& [registry, claims] : by_registry_) result.push_back(registry);
    return result;
  }
  /// `registry` in lower case.
  [[nodiscard]] std::span<const Claim> at(const std::string& registry) const {
    const auto found = by_registry_.find(registry);
    return found == by_registry_.end() ? std::span<const Claim>() : std::span<const Claim>(found->second);
  }
  [[nodiscard]] static Name name_of(const Who& who) { return {who.kind, model::ascii_lower(who.id)}; }

  std::vector<std::string> problems;

 private:
  const std::vector<Person>& numbered(const People& people) {
    const auto [known, is_new] = persons_.try_emplace(people.directory().get());
    if (is_new && people.directory()) known->second.assign(people.directory()->size(), kUnnamed);
    for (const People::Place place : people.places()) {
      Person& person = known->second[place];
      if (person != kUnnamed) continue;
      const auto [number, added] =
          numbers_.try_emplace(name_of((*people.directory())[place]), static_cast<Person>(names_.size()));
      if (added) names_.push_back(&number->first);
      person = number->second;
    }
    return known->second;
  }
  const RepositorySet* set_of(const std::string& pattern) {
    const auto [found, added] = sets_.try_emplace(pattern);
    if (added) {
      if (auto parsed = RepositorySet::parse(pattern)) found->second = *std::move(parsed);
    }
    return found->second ? &*found->second : nullptr;
  }

  std::map<std::string, std::vector<Claim>> by_registry_;
  std::map<Name, Person> numbers_;
  std::vector<const Name*> names_;
  std::unordered_map<const People::Directory*, std::vector<Person>> persons_;
  std::unordered_map<std::string, std::optional<RepositorySet>> sets_;
};

/// Claims of one registry. Of many people the same is said there, which then has one number.
class ClaimsAt {
 public:
  using Number = std::uint32_t;
  static constexpr Number kNothing = 0;
  using ByOperation = std::map<std::string_view, AccessChange>;

  /// `registry` in lower case; `claims` must outlive this.
  ClaimsAt(const Claims& claims, const std::string& registry) : said_of_(claims.persons(), kNothing), said_(1) {
    const std::span<const Claims::Claim> all = claims.at(registry);
    std::vector<std::vector<std::uint32_t>> of_person(claims.persons());
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      for (const People::Place place : all[i].change->who.places()) {
        std::vector<std::uint32_t>& own = of_person[(*all[i].persons)[place]];
        if (own.empty() || own.back() != i) own.push_back(i);
      }
    }
    std::unordered_map<std::vector<std::uint32_t>, Number, HashOfNumbers> known{{{}, kNothing}};
    for (Claims::Person person = 0; person < of_person.size(); ++person) {
      const auto [number, added] = known.try_emplace(std::move(of_person[person]), static_cast<Number>(said_.size()));
      if (added) said_.push_back(joined(all, number->first));
      said_of_[person] = number->second;
    }
  }

  /// What is said of somebody, or of somebody unnamed.
  [[nodiscard]] Number of(Claims::Person person) const {
    return person == Claims::kUnnamed ? kNothing : said_of_[person];
  }
  [[nodiscard]] const ByOperation& operator[](Number number) const { return said_[number]; }
  [[nodiscard]] const AccessChange& of(Number number, std::string_view operation) const {
    static const AccessChange kNone{};
    const auto found = said_[number].find(operation);
    return found == said_[number].end() ? kNone : found->second;
  }

 private:
  static ByOperation joined(std::span<const Claims::Claim> all, const std::vector<std::uint32_t>& chosen) {
    ByOperation result;
    for (const std::uint32_t i : chosen) {
      for (const std::string& operation : all[i].change->operations)
        part(result[operation], all[i].change->kind) |= *all[i].names;
    }
    return result;
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

  std::vector<Number> said_of_;  ///< by person
  std::vector<ByOperation> said_;
};

class Verifier {
 public:
  Verifier(const Plan& plan, const AccessSets& before, const VerifyOptions& options)
      : plan_(plan), before_(before), options_(options), claims_(plan), identities_(before.engine().snapshot()) {}

  Verification run() {
    check_registries();
    check_assignments();
    check_free_names();
    check_old_assignments();
    check_tasks();
    if (result_.first) return result_;
    std::vector<std::string> problems = claims_.problems;
    const auto state = [&](Stage stage) { return State(apply(plan_, snapshot(), stage, problems), before_); };
    const State assigned = state(Stage::Assigned);
    const State switched = state(Stage::Switched);
    const State removed = state(Stage::Removed);
    if (!problems.empty()) return fail({.kind = Mismatch::Kind::Incomplete, .text = problems.front()});
    // What is compared below is access to data: a plan must not touch anything else.
    check_assigned_roles(assigned.snapshot);
    check_reach(assigned);
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
        if (!model::equal_ignoring_case(role.guid, planned.role)) continue;
        const std::vector<std::string>* scopes = assignable_scopes(role);
        if (scopes != nullptr && !is_within(scope, *scopes))
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
      if (role.name.find_first_not_of(' ') == std::string::npos)
        incomplete(fmt::format("Role {} of the plan has no name.", role.guid));
      // Source: azure-rbac-semantics 11
      for (const std::string& scope : role.assignable_scopes) {
        if (model::scope_kind(model::scope_key(scope)) == model::ScopeKind::ManagementGroup)
          incomplete(fmt::format("Role {} is assignable at {}, which no custom role with data actions can be.",
                                 role.name, scope));
      }
      if (std::ranges::find(role.assignable_scopes, "/") != role.assignable_scopes.end())
        incomplete(fmt::format("Role {} is assignable everywhere, which no custom role can be.", role.name));
      if (const model::RoleDefinition* there = find_role(role.guid)) check_role_there(role, *there);
    }
  }

  /// Names of role assignments are unique in a tenant. Source: role-assignments, "Name"
  void check_free_names() {
    std::unordered_map<std::string, const PlannedAssignment*> planned;
    for (const PlannedAssignment& one : plan_.assignments) planned.emplace(model::ascii_lower(one.name), &one);
    for (const model::RoleAssignment& known : snapshot().role_assignments) {
      const auto found = planned.find(model::ascii_lower(known.name));
      if (found == planned.end()) continue;
      const PlannedAssignment& one = *found->second;
      const model::RoleDefinition& role = snapshot()[known.role];
      if (model::equal_ignoring_case(one.principal.id, snapshot()[known.principal].id) &&
          model::equal_ignoring_case(one.role, role.guid) && model::scope_key(one.scope) == snapshot()[known.scope].key)
        continue;  // there already
      fail({.kind = Mismatch::Kind::Incomplete,
            .text = fmt::format("New assignment {}: another assignment of the data has its name, {} of {} at {}.",
                                one.name, role.name.empty() ? role.guid : role.name,
                                identities_.who(known.principal).name, snapshot()[known.scope].display)});
      return;
    }
  }

  /// Creating a role that is there would replace it.
  void check_role_there(const PlannedRole& role, const model::RoleDefinition& there) {
    const auto changed = [&](std::string_view what) {
      fail({.kind = Mismatch::Kind::Incomplete,
            .text = fmt::format("Role {} of the plan has the id of role {} of the data, {}.", role.name,
                                there.name.empty() ? there.guid : there.name, what)});
    };
    if (!there.defined) return changed("of which the data does not say what it holds");
    if (!is_just(there, role.data_actions)) return changed("which holds something else: creating it would change that");
    for (const std::string& scope : there.assignable_scopes) {
      if (!is_within(scope, role.assignable_scopes))
        return changed(fmt::format("which would no longer be assignable at {}", scope));
    }
  }

  static bool is_within(std::string_view scope, const std::vector<std::string>& scopes) {
    return std::ranges::any_of(scopes, [&](const std::string& within) {
      return model::scope_contains(model::scope_key(within), model::scope_key(scope));
    });
  }
  /// Null if the data does not name it.
  [[nodiscard]] const model::RoleDefinition* find_role(std::string_view guid) const {
    const auto found = std::ranges::find_if(snapshot().roles, [&](const model::RoleDefinition& known) {
      return model::equal_ignoring_case(known.guid, guid);
    });
    return found == snapshot().roles.end() ? nullptr : &*found;
  }
  /// Where a role of the plan can be assigned; null if that is everywhere, or the data does not say.
  [[nodiscard]] const std::vector<std::string>* assignable_scopes(const PlannedRole& role) const {
    if (role.custom()) return &role.assignable_scopes;
    const model::RoleDefinition* there = find_role(role.guid);
    const bool tells = there != nullptr && there->type == model::RoleType::Custom && !there->assignable_scopes.empty();
    return tells ? &there->assignable_scopes : nullptr;
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

  /// What the way back sets of tasks is what the data shows of them.
  void check_tasks() {
    for (const TaskNeed& need : plan_.tasks) {
      const auto is_it = [&](const model::Task& task) {
        return model::equal_ignoring_case(task.name, need.name) &&
               (task.registry.empty() || model::equal_ignoring_case(task.registry, need.registry));
      };
      const auto as_said = [&](const model::Task& task) {
        return is_it(task) && task.source_registry_identity.value_or("") == need.identity_before &&
               task.source_registry_login_mode.value_or("") == need.login_mode_before;
      };
      const std::vector<model::Task>& tasks = snapshot().tasks;
      if (std::ranges::any_of(tasks, is_it) && std::ranges::none_of(tasks, as_said)) {
        fail({.kind = Mismatch::Kind::Incomplete,
              .text = fmt::format("Task {} of registry {} signs in to it otherwise in the data than the plan says: as "
                                  "`{}`, in the mode `{}`.",
                                  need.name, need.registry, need.identity_before, need.login_mode_before),
              .registry = need.registry});
      }
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

  /// Nothing is known of what an assignment opens at a scope where the data has no registry.
  void check_reach(const State& assigned) {
    std::set<std::string> reached;
    for (const RegistryContext& context : assigned.engine.index().registries) {
      for (const ChainScope& scope : context.chain) {
        if (scope.covers != model::Truth::False) reached.insert(assigned.snapshot[scope.scope].key);
      }
    }
    for (const PlannedAssignment& planned : plan_.assignments) {
      const std::string scope = model::scope_key(planned.scope);
      // Of a registry that the data knows by name only there is none.
      if (scope.empty() || reached.contains(scope)) continue;
      const bool below = std::ranges::any_of(snapshot().registries, [&](const model::Registry& registry) {
        const std::string& key = snapshot()[registry.scope].key;
        return !key.empty() && model::scope_contains(key, scope);
      });
      if (below) continue;
      fail({.kind = Mismatch::Kind::Incomplete,
            .text = fmt::format("New assignment {}: the data has no registry at or below {}, so what it opens there is "
                                "not looked at.",
                                planned.name, planned.scope)});
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
    std::vector<Claims::Person> persons;
    for (const DiffAsker& asker : diff.askers)
      persons.push_back(claims_.person(identities_.who(asker.before ? *asker.before : *asker.after)));

    // Registries by name, which is how the plan speaks of them.
    std::map<std::string, std::vector<std::size_t>> groups_of;
    for (std::string& registry : claims_.registries()) groups_of.try_emplace(std::move(registry));
    for (std::size_t g = 0; g < diff.groups.size(); ++g)
      groups_of[lower_name(*diff.registries[diff.groups[g].registry].before)].push_back(g);
    std::vector<std::pair<const std::string*, const std::vector<std::size_t>*>> names;
    for (const auto& [name, groups] : groups_of) names.emplace_back(&name, &groups);
    std::vector<Compared> parts(names.size());
    options_.for_each(names.size(), [&](std::size_t i) {
      parts[i] = compare_with_claims(*names[i].first, diff, *names[i].second, persons);
    });

    const auto differs = [&](std::size_t asker, std::size_t registry, const Operation& operation,
                             const AccessChange& actual, const AccessChange& claimed) {
      differ(Mismatch::Kind::Change, "sets", diff.askers[asker], registry, operation, actual, claimed, before_,
             after.sets);
    };
    const auto first = std::min_element(parts.begin(), parts.end(),
                                        [](const Compared& a, const Compared& b) { return a.group < b.group; });
    if (first != parts.end() && first->group != kNone) {
      const std::size_t registry = *diff.registries[diff.groups[first->group].registry].before;
      return differs(first->asker, registry, *first->operation, first->change->change, first->claimed);
    }
    std::optional<Unused> unused;
    for (const Compared& part : parts) {
      if (part.unused && (!unused || *part.unused < *unused)) unused = part.unused;
    }
    if (!unused) return;
    const auto& [name, registry_name, operation_id] = *unused;
    const ClaimsAt claims(claims_, registry_name);
    for (std::size_t r = 0; r < diff.registries.size(); ++r) {
      const std::size_t registry = *diff.registries[r].before;
      if (lower_name(registry) != registry_name) continue;
      for (std::size_t a = 0; a < persons.size(); ++a) {
        if (persons[a] == Claims::kUnnamed || claims_.name(persons[a]) != name) continue;
        for (const Operation* operation : operations) {
          if (operation->id == operation_id)
            return differs(a, registry, *operation, {}, claims.of(claims.of(persons[a]), operation->id));
        }
      }
    }
    fail({.kind = Mismatch::Kind::Change,
          .text = fmt::format("The plan speaks of {} {} and operation {} at {}, which the data does not have.",
                              name.first, name.second, operation_id, registry_name)});
  }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  /// A claim about somebody, a registry and an operation.
  using Unused = std::tuple<Claims::Name, std::string, std::string>;
  /// What the comparison of one registry came to.
  struct Compared {
    std::size_t group = kNone;  ///< in which something is not as the plan says, if there is one
    const OperationChange* change = nullptr;
    std::size_t asker = 0;
    const Operation* operation = nullptr;
    AccessChange claimed;
    std::optional<Unused> unused;  ///< the first claim of something that does not happen
  };

  [[nodiscard]] std::string lower_name(std::size_t registry) const {
    return model::ascii_lower(snapshot().registries[registry].name);
  }

  /// Those of a group of whom the plan says the same are compared once.
  [[nodiscard]] Compared compare_with_claims(const std::string& registry, const AccessDiff& diff,
                                             const std::vector<std::size_t>& groups,
                                             const std::vector<Claims::Person>& persons) const {
    const ClaimsAt claims(claims_, registry);
    Compared result;
    // Of each person the groups that it is in: one for most.
    std::vector<std::uint32_t> group_of(claims_.persons(), kNoGroup);
    std::map<Claims::Person, std::vector<std::size_t>> further_groups;
    for (const std::size_t g : groups) {
      const ChangeGroup& group = diff.groups[g];
      std::unordered_map<ClaimsAt::Number, std::size_t> first_of;
      std::vector<ClaimsAt::Number> said;  // by the first of whom it is said
      for (const std::size_t a : group.askers) {
        const ClaimsAt::Number number = claims.of(persons[a]);
        if (first_of.try_emplace(number, a).second) said.push_back(number);
        if (number == ClaimsAt::kNothing) continue;
        std::uint32_t& known = group_of[persons[a]];
        if (known == kNoGroup)
          known = static_cast<std::uint32_t>(g);
        else
          further_groups[persons[a]].push_back(g);
      }
      for (const OperationChange& change : group.changes) {
        for (const ClaimsAt::Number number : said) {
          for (const Operation* operation : change.operations) {
            const AccessChange& claimed = claims.of(number, operation->id);
            if (change.change == claimed) continue;
            result.group = g;
            result.change = &change;
            result.asker = first_of.at(number);
            result.operation = operation;
            result.claimed = claimed;
            return result;
          }
        }
      }
    }

    // What nobody's change was compared with is claimed and does not happen.
    std::unordered_map<std::array<std::uint32_t, 2>, std::optional<std::string>, HashOfNumbers> known;
    for (Claims::Person person = 0; person < claims_.persons(); ++person) {
      const ClaimsAt::Number number = claims.of(person);
      if (number == ClaimsAt::kNothing) continue;
      const std::uint32_t group = group_of[person];
      const auto further = further_groups.find(person);
      std::optional<std::string> operation;
      if (further != further_groups.end()) {
        std::vector<std::size_t> all = further->second;
        all.push_back(group);
        operation = first_unused(claims[number], diff, all);
      } else {
        const auto [answer, is_new] = known.try_emplace({number, group});
        if (is_new) {
          answer->second = first_unused(
              claims[number], diff, group == kNoGroup ? std::vector<std::size_t>() : std::vector<std::size_t>{group});
        }
        operation = answer->second;
      }
      if (!operation) continue;
      Unused unused{claims_.name(person), registry, *operation};
      if (!result.unused || unused < *result.unused) result.unused = std::move(unused);
    }
    return result;
  }
  static constexpr std::uint32_t kNoGroup = 0xFFFFFFFF;

  /// The first operation of which something is claimed and which is none of the groups'.
  static std::optional<std::string> first_unused(const ClaimsAt::ByOperation& claimed, const AccessDiff& diff,
                                                 const std::vector<std::size_t>& groups) {
    std::set<std::string_view> compared;
    for (const std::size_t g : groups) {
      for (const OperationChange& change : diff.groups[g].changes) {
        for (const Operation* operation : change.operations) compared.insert(operation->id);
      }
    }
    for (const auto& [operation, change] : claimed) {
      if (!change.none() && !compared.contains(operation)) return std::string(operation);
    }
    return std::nullopt;
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
    result_.everybody = askers.size() * registries * operations.size() <= options_.most_places;
    std::vector<Claims::Person> persons;
    for (const Asker& asker : askers) persons.push_back(claims_.person(identities_.who(asker)));
    std::mutex mutex;
    std::size_t done = 0;
    const auto progress = [&](std::size_t more) {
      const std::lock_guard lock(mutex);
      done += more;
      if (options_.progress) options_.progress(done, askers.size() * registries);
    };
    std::vector<Asked> parts(registries);
    std::atomic<std::size_t> failed = registries;  // what comes after the first that fails is not needed
    options_.for_each(registries, [&](std::size_t r) {
      if (r > failed) return;
      parts[r] = ask_interpreter(after, r, operations, persons, progress);
      if (!parts[r].operation) return;
      std::size_t first = failed;
      while (r < first && !failed.compare_exchange_weak(first, r)) {
      }
    });
    for (std::size_t r = 0; r < registries; ++r) {
      const Asked& part = parts[r];
      result_.by_interpreter += part.compared;
      if (!part.operation) continue;
      differ(Mismatch::Kind::Change, "interpreter", {askers[part.asker], askers[part.asker]}, r,
             *operations[*part.operation], part.actual, part.claimed, before_, after.sets);
      return;
    }
  }

  /// What the interpreter says of one registry.
  struct Asked {
    std::size_t compared = 0;
    std::optional<std::size_t> operation;  ///< the first that is not as the plan says, of the first such asker
    std::size_t asker = 0;
    AccessChange actual, claimed;
  };

  [[nodiscard]] Asked ask_interpreter(const State& after, std::size_t registry,
                                      std::span<const Operation* const> operations,
                                      const std::vector<Claims::Person>& persons,
                                      const std::function<void(std::size_t)>& progress) const {
    const std::span<const Asker> askers = before_.askers();
    const ClaimsAt claims(claims_, lower_name(registry));
    const std::vector<bool> asked = result_.everybody ? std::vector<bool>(askers.size(), true)
                                                      : those_with_access(after.sets, registry, operations);
    // Principals of the data keep their places in every state.
    const auto by_cells = [&](const Engine& engine, const AccessSets& sets, std::size_t a) {
      const ResolvedQuestion question = sets.question(askers[a], registry, *operations.front(), "");
      return access_by_cells(engine, question, operations, Causes::LeftOut);
    };
    const auto changes_of = [&](std::size_t a) {
      const std::vector<Access> before = by_cells(before_.engine(), before_, a);
      const std::vector<Access> then = by_cells(after.engine, after.sets, a);
      std::vector<AccessChange> changes;
      for (std::size_t o = 0; o < operations.size(); ++o) changes.push_back(change(before[o], then[o]));
      return changes;
    };
    const auto first_different = [&](const std::vector<AccessChange>& changes, ClaimsAt::Number said) {
      std::size_t o = 0;
      while (o < operations.size() && changes[o] == claims.of(said, operations[o]->id)) ++o;
      return o;
    };
    /// Those who are alike before and after.
    struct Alike {
      std::vector<AccessChange> changes;
      std::unordered_map<ClaimsAt::Number, std::size_t> different;  ///< by what is said: the first such operation
    };
    Likeness alike_before(before_.engine().index(), registry);
    Likeness alike_after(after.engine.index(), registry);
    std::unordered_map<std::array<std::uint32_t, 2>, Alike, HashOfNumbers> known;
    Asked result;
    std::size_t looked_at = 0;
    for (const AskerIndex index : before_.askers_at(registry)) {
      const auto a = static_cast<std::size_t>(index);
      if (++looked_at % 256 == 0) progress(256);
      const ClaimsAt::Number said = claims.of(persons[a]);
      if (!asked[a] && said == ClaimsAt::kNothing) continue;
      std::vector<AccessChange> own;
      std::vector<AccessChange>* changes = &own;
      std::size_t different = 0;
      if (const auto* entra = std::get_if<EntraAsker>(&askers[a]); entra != nullptr && entra->known) {
        Alike& alike = known[{alike_before.number(entra->principal), alike_after.number(entra->principal)}];
        changes = &alike.changes;
        if (changes->empty()) *changes = changes_of(a);
        const auto [place, is_new] = alike.different.try_emplace(said);
        if (is_new) place->second = first_different(*changes, said);
        different = place->second;
      } else {
        own = changes_of(a);
        different = first_different(own, said);
      }
      if (different == operations.size()) {
        result.compared += operations.size();
        continue;
      }
      result.compared += different + 1;
      result.operation = different;
      result.asker = a;
      result.actual = (*changes)[different];
      result.claimed = claims.of(said, operations[different]->id);
      return result;
    }
    return result;
  }

  /// By the places of askers of today: has any access now or after the plan.
  [[nodiscard]] std::vector<bool> those_with_access(const AccessSets& after, std::size_t registry,
                                                    std::span<const Operation* const> operations) const {
    std::vector<bool> result(before_.askers().size());
    for (const AccessSets* sets : {&before_, &after}) {
      SetPool pool;
      const NumberedTable table = NumberedTable::of(*sets, registry, operations, pool);
      for (std::size_t a = 0; a < result.size(); ++a) {
        if (table.class_of[a] != 0) result[a] = true;
      }
    }
    return result;
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
