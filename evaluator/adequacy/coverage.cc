#include "evaluator/adequacy/coverage.h"

#include <algorithm>
#include <set>
#include <utility>

#include "evaluator/index.h"
#include "evaluator/sets/condition_sets.h"
#include "evaluator/sets/prove.h"

namespace acrbiter::evaluator::adequacy {

namespace {

using model::at;
using model::PermissionMode;
using model::PrincipalIndex;
using model::RepositorySet;
using model::Truth;
using Kind = Item::Kind;

/// More classes of names than anybody would write tests for.
constexpr std::size_t kMostClasses = 1'000;

/// Something that an assignment at a registry's chain of scopes gives.
struct Held {
  std::size_t assignment = 0;
  PrincipalIndex principal{};
  model::RoleIndex role{};
  model::ConditionIndex condition = model::kNoCondition;
};

class Measure {
 public:
  Measure(const AccessSets& sets, std::span<const Asked> asked)
      : sets_(sets), index_(sets.engine().index()), snapshot_(sets.engine().snapshot()), asked_(asked) {}

  Coverage run() {
    std::set<std::size_t> registries;
    for (const Asked& one : asked_) registries.insert(one.registry);
    for (std::size_t r = 0; r < snapshot_.registries.size(); ++r) {
      (registries.contains(r) ? result_.registries : result_.not_looked_at).push_back(r);
    }
    for (const std::size_t registry : registries) look_at(registry);
    for (const Item& item : result_.items) {
      ++result_.all[static_cast<std::size_t>(item.kind)];
      if (item.touched) ++result_.touched[static_cast<std::size_t>(item.kind)];
    }
    return std::move(result_);
  }

 private:
  /// An expectation with everybody whom an answer to it may go through.
  struct Reached {
    const Asked* asked = nullptr;
    std::vector<bool> principals;  ///< the askers with their groups
  };

  void look_at(std::size_t registry) {
    registry_ = registry;
    mode_ = snapshot_.registries[registry].mode.value_or(PermissionMode::Abac);
    reach();
    gather();
    for (const Held& held : held_) assignment(held);
    role_entries();
    for (const Held& held : held_) branches(held);
    doors();
    name_classes();
  }

  void reach() {
    reached_.clear();
    for (const Asked& asked : asked_) {
      if (asked.registry != registry_) continue;
      Reached& one = reached_.emplace_back();
      one.asked = &asked;
      one.principals.assign(snapshot_.principals.size(), asked.who.empty());
      Reach groups;
      for (const Asker& asker : asked.who) {
        const auto* entra = std::get_if<EntraAsker>(&asker);
        if (entra == nullptr || !entra->known) continue;
        index_.groups.reach(entra->principal, groups);
        for (const PrincipalIndex principal : groups.all) one.principals[at(principal)] = true;
      }
    }
  }

  /// What role assignments certainly at or above the registry give of the rights that count here.
  void gather() {
    held_.clear();
    rights_.clear();
    for (const Operation* operation : operations_) {
      for (const AllOf& all : mode_ == PermissionMode::Abac ? operation->abac : operation->legacy) {
        for (const Right& right : all) {
          if (std::find(rights_.begin(), rights_.end(), right) == rights_.end()) rights_.push_back(right);
        }
      }
    }
    for (const ChainScope& scope : index_.registries[registry_].chain) {
      for (const Grant& grant : index_.grants_at(scope.scope)) {
        if (grant.from_instance) continue;
        const bool counts = std::any_of(rights_.begin(), rights_.end(), [&](const Right& right) {
          return index_.roles[at(grant.role)].granted.test(right.bit);
        });
        if (counts) held_.push_back({grant.source, grant.principal, grant.role, grant.condition});
      }
    }
  }

  [[nodiscard]] bool needs(const Operation& operation, const Right& right) const {
    const Needs& needs = mode_ == PermissionMode::Abac ? operation.abac : operation.legacy;
    return std::any_of(needs.begin(), needs.end(),
                       [&](const AllOf& all) { return std::find(all.begin(), all.end(), right) != all.end(); });
  }
  /// Does an operation need something that the role grants?
  [[nodiscard]] bool touches(const Operation& operation, model::RoleIndex role) const {
    return std::any_of(rights_.begin(), rights_.end(), [&](const Right& right) {
      return index_.roles[at(role)].granted.test(right.bit) && needs(operation, right);
    });
  }
  [[nodiscard]] bool touches(const Asked& asked, model::RoleIndex role) const {
    return std::any_of(asked.operations.begin(), asked.operations.end(),
                       [&](const Operation* operation) { return touches(*operation, role); });
  }

  Item& add(Kind kind) {
    Item& item = result_.items.emplace_back();
    item.kind = kind;
    item.registry = registry_;
    return item;
  }

  // ---- questions ----------------------------------------------------------------------------------------------

  /// Somebody who holds what `principal` is assigned: itself, or the first known in the group.
  [[nodiscard]] std::optional<Asker> somebody_of(PrincipalIndex principal) const {
    std::optional<Asker> member;
    Reach groups;
    for (const AskerIndex index : sets_.askers_at(registry_)) {
      const Asker& asker = sets_.askers()[at(index)];
      const auto* entra = std::get_if<EntraAsker>(&asker);
      if (entra == nullptr || !entra->known) continue;
      if (entra->principal == principal) return asker;
      if (member) continue;
      index_.groups.reach(entra->principal, groups);
      if (std::find(groups.all.begin(), groups.all.end(), principal) != groups.all.end()) member = asker;
    }
    return member;
  }

  void ask(Item& item, const std::optional<Asker>& asker, const Operation* operation,
           const RepositorySet& names) const {
    if (!asker || operation == nullptr) return;
    std::string name;
    if (operation->takes_repository) {
      auto found = known_name(names, snapshot_.registries[registry_]);
      if (!found) found = names.shortest();
      if (!found) return;
      name = *std::move(found);
    }
    const Truth value = sets_.decide(*asker, registry_, *operation, name);
    item.missing = MissingQuestion{*asker, registry_, operation, std::move(name), verdict_of(value)};
  }

  /// The first data operation that needs something of the role.
  [[nodiscard]] const Operation* operation_of(model::RoleIndex role) const {
    for (const Operation* operation : operations_) {
      if (touches(*operation, role)) return operation;
    }
    return nullptr;
  }

  // ---- items --------------------------------------------------------------------------------------------------

  void assignment(const Held& held) {
    Item& item = add(Kind::Assignment);
    item.assignment = held.assignment;
    item.touched = std::any_of(reached_.begin(), reached_.end(), [&](const Reached& one) {
      return one.principals[at(held.principal)] && touches(*one.asked, held.role);
    });
    if (item.touched) return;
    const auto asker = somebody_of(held.principal);
    const Operation* operation = operation_of(held.role);
    if (!asker || operation == nullptr) return;
    const Access access = sets_.access(*asker, registry_, *operation);
    ask(item, asker, operation, access.possible.empty() ? RepositorySet::all() : access.possible);
  }

  void role_entries() {
    std::set<model::RoleIndex> seen;
    for (const Held& held : held_) {
      if (!seen.insert(held.role).second) continue;
      for (const Right& right : rights_) {
        if (!index_.roles[at(held.role)].granted.test(right.bit)) continue;
        Item& item = add(Kind::RoleEntry);
        item.assignment = held.assignment;
        item.right = right.action;
        item.touched = std::any_of(reached_.begin(), reached_.end(), [&](const Reached& one) {
          const bool holder = std::any_of(held_.begin(), held_.end(), [&](const Held& other) {
            return other.role == held.role && one.principals[at(other.principal)];
          });
          return holder && std::any_of(one.asked->operations.begin(), one.asked->operations.end(),
                                       [&](const Operation* operation) { return needs(*operation, right); });
        });
        if (item.touched) continue;
        const auto operation = std::find_if(operations_.begin(), operations_.end(),
                                            [&](const Operation* one) { return needs(*one, right); });
        if (operation != operations_.end()) ask(item, somebody_of(held.principal), *operation, RepositorySet::all());
      }
    }
  }

  /// The sets that a condition draws on the repository name; none if it is too large.
  [[nodiscard]] std::vector<RepositorySet> tests_of(model::ConditionIndex condition) const {
    std::vector<RepositorySet> tests;
    if (condition == model::kNoCondition || condition == model::kConditionNotShown) return tests;
    const auto& parsed = snapshot_[condition].parsed;
    if (!parsed) return tests;
    try {
      add_name_tests(*parsed, tests);
    } catch (const model::RepositorySetTooLarge&) {
      tests.clear();
    }
    // Both reading and grouping may draw one line twice.
    std::vector<RepositorySet> distinct;
    for (RepositorySet& test : tests) {
      if (test.empty() || test.is_all()) continue;
      if (std::find(distinct.begin(), distinct.end(), test) == distinct.end()) distinct.push_back(std::move(test));
    }
    return distinct;
  }

  void branches(const Held& held) {
    for (const RepositorySet& test : tests_of(held.condition)) {
      for (const bool passed : {true, false}) {
        const RepositorySet names = passed ? test : ~test;
        Item& item = add(Kind::ConditionBranch);
        item.assignment = held.assignment;
        item.names = names;
        item.touched = std::any_of(reached_.begin(), reached_.end(), [&](const Reached& one) {
          return one.principals[at(held.principal)] && touches(*one.asked, held.role) &&
                 RepositorySet::overlap(one.asked->names, names);
        });
        if (!item.touched) ask(item, somebody_of(held.principal), operation_of(held.role), names);
      }
    }
  }

  void doors() {
    bool entra = false;
    for (const AskerIndex index : sets_.askers_at(registry_)) {
      const Asker& asker = sets_.askers()[at(index)];
      // Identities are covered by their assignments; the door is one.
      if (std::holds_alternative<EntraAsker>(asker) && std::exchange(entra, true)) continue;
      Item& item = add(Kind::Door);
      item.door = asker;
      item.touched = std::any_of(reached_.begin(), reached_.end(), [&](const Reached& one) {
        return one.asked->who.empty() || std::any_of(one.asked->who.begin(), one.asked->who.end(),
                                                     [&](const Asker& other) { return same_door(asker, other); });
      });
      if (!item.touched) ask(item, asker, find_operation("pull"), RepositorySet::all());
    }
  }

  static bool same_door(const Asker& a, const Asker& b) {
    if (a.index() != b.index()) return false;
    if (const auto* token = std::get_if<TokenAsker>(&a)) return token->token == std::get<TokenAsker>(b).token;
    if (const auto* task = std::get_if<TaskAsker>(&a)) return task->task == std::get<TaskAsker>(b).task;
    return true;
  }

  void name_classes() {
    std::vector<RepositorySet> tests;
    std::optional<Held> conditioned;
    for (const Held& held : held_) {
      for (RepositorySet& test : tests_of(held.condition)) {
        conditioned = held;
        tests.push_back(std::move(test));
      }
    }
    if (tests.empty()) return;
    std::optional<model::RepositoryPartition> partition;
    try {
      partition.emplace(tests, kMostClasses);
    } catch (const model::RepositorySetTooLarge&) {
      return;
    }
    for (std::size_t cell = 0; cell < partition->size(); ++cell) {
      Item& item = add(Kind::NameClass);
      item.names = partition->cell(cell);
      item.touched = std::any_of(reached_.begin(), reached_.end(), [&](const Reached& one) {
        return RepositorySet::overlap(one.asked->names, item.names);
      });
      if (!item.touched) ask(item, somebody_of(conditioned->principal), operation_of(conditioned->role), item.names);
    }
  }

  const AccessSets& sets_;
  const Engine::Index& index_;
  const model::Snapshot& snapshot_;
  std::span<const Asked> asked_;
  const std::vector<const Operation*> operations_ = data_operations();
  Coverage result_;

  std::size_t registry_ = 0;
  PermissionMode mode_ = PermissionMode::Abac;
  std::vector<Reached> reached_;
  std::vector<Held> held_;
  std::vector<Right> rights_;  ///< that data operations need in this mode
};

}  // namespace

std::string_view to_string(Item::Kind kind) noexcept {
  switch (kind) {
    case Kind::Assignment:
      return "assignment";
    case Kind::RoleEntry:
      return "role-entry";
    case Kind::ConditionBranch:
      return "condition-branch";
    case Kind::Door:
      return "door";
    case Kind::NameClass:
      return "name-class";
  }
  return "";
}

unsigned Coverage::percent() const {
  std::size_t of = 0;
  std::size_t done = 0;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    of += all[kind];
    done += touched[kind];
  }
  return of == 0 ? 100U : static_cast<unsigned>(done * 100 / of);
}

Coverage measure(const AccessSets& sets, std::span<const Asked> asked) { return Measure(sets, asked).run(); }

}  // namespace acrbiter::evaluator::adequacy
