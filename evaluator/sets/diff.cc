#include "evaluator/sets/diff.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "evaluator/sets/cells.h"
#include "model/ascii.h"
#include "model/box.h"

namespace acrbiter::evaluator {

using model::RepositorySet;
using model::Snapshot;

namespace {

/// What makes an asker the same on both sides. Two of one snapshot never share it.
std::string key_of(const Asker& asker, const Snapshot& snapshot) {
  const auto child = [](std::string_view kind, const std::string& registry, const std::string& name) {
    return std::string(kind) + model::ascii_lower(registry) + '\n' + model::ascii_lower(name);
  };
  return std::visit(model::Overloaded{
                        [](const EntraAsker& entra) { return "id:" + std::string(entra.id.text()); },
                        [](const AdminAsker&) { return std::string("admin"); },
                        [](const AnonymousAsker&) { return std::string("anonymous"); },
                        [&](const TokenAsker& token) {
                          const model::Token& t = snapshot.tokens[token.token];
                          return child("token:", t.registry, t.name);
                        },
                        [&](const TaskAsker& task) {
                          const model::Task& t = snapshot.tasks[task.task];
                          return child("task:", t.registry, t.name);
                        },
                    },
                    asker);
}

/// One side of the comparison: which of the joint askers and registries it has.
class Side {
 public:
  explicit Side(const AccessSets& sets) : sets_(sets), snapshot_(sets.engine().snapshot()) {
    for (std::size_t p = 0; p < snapshot_.principals.size(); ++p) {
      by_id_.emplace(snapshot_.principals[p].id, model::PrincipalIndex{static_cast<std::uint32_t>(p)});
    }
  }

  [[nodiscard]] const AccessSets& sets() const { return sets_; }
  [[nodiscard]] const Snapshot& snapshot() const { return snapshot_; }

  /// An Entra identity of the other side, as this side sees it.
  [[nodiscard]] EntraAsker by_id(const ObjectId& id) const {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return {.principal = {}, .known = false, .id = id, .typed_as = "object-id"};
    return {.principal = found->second, .known = true, .id = id, .typed_as = "object-id"};
  }

  /// Joint askers of this side's own, and those that only the other side lists.
  std::vector<std::size_t> joint_of;                           ///< AskerIndex → joint asker
  std::vector<std::pair<std::size_t, const Asker*>> unlisted;  ///< joint asker, as asked on this side

 private:
  const AccessSets& sets_;
  const Snapshot& snapshot_;
  std::unordered_map<std::string_view, model::PrincipalIndex> by_id_;
};

std::vector<DiffRegistry> match_registries(const Snapshot& before, const Snapshot& after) {
  std::vector<DiffRegistry> result;
  std::vector<bool> taken(after.registries.size(), false);
  for (std::size_t b = 0; b < before.registries.size(); ++b) {
    const model::Registry& registry = before.registries[b];
    std::optional<std::size_t> found;
    for (std::size_t a = 0; a < after.registries.size() && !found && !registry.id.empty(); ++a) {
      if (!taken[a] && model::scope_key(after.registries[a].id) == model::scope_key(registry.id)) found = a;
    }
    // By name only where one of the two has no id: two registries of one name and two ids are two registries.
    for (std::size_t a = 0; a < after.registries.size() && !found; ++a) {
      const model::Registry& other = after.registries[a];
      const bool by_name = registry.id.empty() || other.id.empty();
      if (!taken[a] && by_name && model::equal_ignoring_case(other.name, registry.name)) found = a;
    }
    if (found) taken[*found] = true;
    result.push_back({.before = b, .after = found});
  }
  for (std::size_t a = 0; a < after.registries.size(); ++a) {
    if (!taken[a]) result.push_back({.before = std::nullopt, .after = a});
  }
  return result;
}

/// Equal accesses get equal numbers; what changes from one to another is computed once.
class Changes {
 public:
  struct Entry {
    AccessChange change;
    std::array<std::size_t, 4> sets{};  ///< the numbers of its sets: equal changes have equal ones
    bool none = true;
    bool open_on_both = false;
    bool too_large = false;
  };

  Changes() { static_cast<void>(number(Access{})); }  // 0: no access

  std::size_t number(const Access& access) {
    const std::pair<std::size_t, std::size_t> sets{number(access.certain), number(access.possible)};
    const auto [found, added] = access_numbers_.emplace(sets, accesses_.size());
    if (added) accesses_.push_back({.certain = access.certain, .possible = access.possible, .causes = {}});
    return found->second;
  }

  const Entry& between(std::size_t before, std::size_t after) {
    const auto [found, added] = entries_.try_emplace({before, after});
    if (added) {
      Entry& entry = found->second;
      entry = compute(accesses_[before], accesses_[after]);
      const AccessChange& c = entry.change;
      entry.sets = {number(c.gained), number(c.possibly_gained), number(c.lost), number(c.possibly_lost)};
    }
    return found->second;
  }

 private:
  std::size_t number(const RepositorySet& set) {
    std::vector<std::size_t>& bucket = by_hash_[set.hash()];
    for (const std::size_t known : bucket) {
      if (sets_[known] == set) return known;
    }
    bucket.push_back(sets_.size());
    sets_.push_back(set);
    return sets_.size() - 1;
  }

  static Entry compute(const Access& before, const Access& after) {
    Entry entry;
    const bool open_before = !(before.certain == before.possible);
    const bool open_after = !(after.certain == after.possible);
    try {
      entry.change = change(before, after);
      entry.open_on_both = open_before && open_after &&
                           RepositorySet::overlap(before.possible - before.certain, after.possible - after.certain);
    } catch (const model::RepositorySetTooLarge&) {
      // What can be said without building a set: at most this is gained, at most that is lost.
      entry.change = {.gained = {}, .possibly_gained = after.possible, .lost = {}, .possibly_lost = before.possible};
      entry.open_on_both = open_before && open_after;
      entry.too_large = true;
    }
    entry.none = entry.change.none();
    return entry;
  }

  std::vector<RepositorySet> sets_;
  std::unordered_map<std::size_t, std::vector<std::size_t>> by_hash_;
  std::vector<Access> accesses_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> access_numbers_;
  std::map<std::pair<std::size_t, std::size_t>, Entry> entries_;
};

/// Lists of causes as numbers, so that equal lists can be told.
class CauseLists {
 public:
  CauseLists() : lists_(1) {}  // 0: none
  std::size_t number(std::vector<Cause> list) {
    const auto found = std::find(lists_.begin(), lists_.end(), list);
    if (found != lists_.end()) return static_cast<std::size_t>(found - lists_.begin());
    lists_.push_back(std::move(list));
    return lists_.size() - 1;
  }
  [[nodiscard]] const std::vector<Cause>& operator[](std::size_t number) const { return lists_[number]; }

 private:
  std::vector<std::vector<Cause>> lists_;
};

class Comparison {
 public:
  Comparison(const AccessSets& before, const AccessSets& after, std::span<const Operation* const> operations,
             const std::function<bool(const DiffRegistry&)>& wanted)
      : before_(before), after_(after) {
    diff_.operations.assign(operations.begin(), operations.end());
    diff_.registries = match_registries(before_.snapshot(), after_.snapshot());
    if (wanted) std::erase_if(diff_.registries, [&](const DiffRegistry& registry) { return !wanted(registry); });
    match_askers();
  }

  AccessDiff run() {
    open_askers_.assign(diff_.askers.size(), false);
    for (std::size_t r = 0; r < diff_.registries.size(); ++r) registry(r);
    for (std::size_t a = 0; a < open_askers_.size(); ++a) {
      if (open_askers_[a]) diff_.open.askers.push_back(a);
    }
    return std::move(diff_);
  }

 private:
  /// What an asker may do by one operation at one registry.
  struct Held {
    std::size_t access = 0;                      ///< number
    const std::vector<Cause>* causes = nullptr;  ///< null: none
  };
  /// How the access to one operation changed: pairs of access numbers name it, as equal pairs are computed once.
  struct Step {
    std::size_t operation = 0;
    const Changes::Entry* entry = nullptr;
    std::size_t causes = 0;
  };

  void match_askers() {
    std::unordered_map<std::string, std::size_t> joint;
    const auto list = [&](Side& side, std::optional<Asker> DiffAsker::*member) {
      for (const Asker& asker : side.sets().askers()) {
        const auto [found, added] = joint.emplace(key_of(asker, side.snapshot()), diff_.askers.size());
        if (added) diff_.askers.emplace_back();
        diff_.askers[found->second].*member = asker;
        side.joint_of.push_back(found->second);
      }
    };
    list(before_, &DiffAsker::before);
    list(after_, &DiffAsker::after);
    for (DiffAsker& asker : diff_.askers) {
      complete(before_, asker.before, asker.after, asker.named_before);
      complete(after_, asker.after, asker.before, asker.named_after);
    }
    const auto unlisted = [&](Side& side, std::optional<Asker> DiffAsker::*member) {
      std::vector<bool> listed(diff_.askers.size(), false);
      for (const std::size_t j : side.joint_of) listed[j] = true;
      for (std::size_t j = 0; j < diff_.askers.size(); ++j) {
        const auto& asker = diff_.askers[j].*member;
        if (!listed[j] && asker) side.unlisted.emplace_back(j, &*asker);
      }
    };
    unlisted(before_, &DiffAsker::before);
    unlisted(after_, &DiffAsker::after);
  }

  static void complete(const Side& side, std::optional<Asker>& own, const std::optional<Asker>& other, bool& named) {
    if (own) return;
    named = false;
    if (const auto* entra = std::get_if<EntraAsker>(&*other)) {
      EntraAsker asker = side.by_id(entra->id);
      named = asker.known;
      own = std::move(asker);
    }
  }

  /// Everybody's access on one side; joint askers that are not in it have none.
  void held_on(const Side& side, std::size_t registry, const Operation& operation,
               std::vector<AccessSets::Reachable>& reachable, std::vector<Access>& asked, std::vector<Held>& held) {
    const auto hold = [&](std::size_t joint, const Access& access) {
      held[joint] = {.access = changes_.number(access), .causes = &access.causes};
    };
    reachable = side.sets().who_can(registry, operation);
    for (const AccessSets::Reachable& r : reachable) hold(side.joint_of[static_cast<std::size_t>(r.asker)], r.access);
    asked.clear();
    asked.reserve(side.unlisted.size());
    const Access* unknown = nullptr;  // nobody knows anything of such an id, so one answer is that of all
    for (const auto& [joint, asker] : side.unlisted) {
      const auto* entra = std::get_if<EntraAsker>(asker);
      const bool is_known = entra == nullptr || entra->known;
      if (is_known || unknown == nullptr) asked.push_back(side.sets().access(*asker, registry, operation));
      if (!is_known && unknown == nullptr) unknown = &asked.back();
      hold(joint, is_known ? asked.back() : *unknown);
    }
  }

  void registry(std::size_t r) {
    const DiffRegistry& pair = diff_.registries[r];
    std::vector<std::vector<Step>> steps(diff_.askers.size());
    std::array<std::vector<AccessSets::Reachable>, 2> reachable;
    std::array<std::vector<Access>, 2> asked;
    std::array<std::vector<Held>, 2> held;
    for (std::size_t o = 0; o < diff_.operations.size(); ++o) {
      const Operation& operation = *diff_.operations[o];
      for (auto& side : held) side.assign(diff_.askers.size(), {});
      if (pair.before) held_on(before_, *pair.before, operation, reachable[0], asked[0], held[0]);
      if (pair.after) held_on(after_, *pair.after, operation, reachable[1], asked[1], held[1]);
      for (std::size_t a = 0; a < diff_.askers.size(); ++a) step(a, o, held[0][a], held[1][a], steps[a]);
    }
    group(r, steps);
  }

  void step(std::size_t asker, std::size_t operation, const Held& before, const Held& after, std::vector<Step>& steps) {
    if (before.access == 0 && after.access == 0) return;
    const Changes::Entry& entry = changes_.between(before.access, after.access);
    if (entry.none && !entry.open_on_both) return;
    std::vector<Cause> causes;
    const bool possible = !entry.change.possibly_gained.empty() || !entry.change.possibly_lost.empty();
    if (possible || entry.open_on_both) {
      if (before.causes != nullptr) add_causes(*before.causes, causes);
      if (after.causes != nullptr) add_causes(*after.causes, causes);
    }
    if (entry.too_large) {
      add_causes(undetermined_because(model::RepositorySetTooLarge("the difference of two sets of names")).causes,
                 causes);
    }
    if (entry.open_on_both) {
      ++diff_.open.places;
      open_askers_[asker] = true;
      add_causes(causes, diff_.open.causes);
    }
    if (entry.none) return;
    steps.push_back(
        {.operation = operation, .entry = &entry, .causes = possible ? causes_.number(std::move(causes)) : 0});
  }

  /// Askers with equal steps into one group, operations with equal steps into one change.
  void group(std::size_t r, const std::vector<std::vector<Step>>& steps) {
    using Key = std::vector<std::tuple<std::size_t, std::array<std::size_t, 4>, std::size_t>>;
    std::map<Key, std::size_t> known;
    for (std::size_t a = 0; a < steps.size(); ++a) {
      if (steps[a].empty()) continue;
      Key key;
      for (const Step& s : steps[a]) key.emplace_back(s.operation, s.entry->sets, s.causes);
      const auto [found, added] = known.emplace(std::move(key), diff_.groups.size());
      if (added) diff_.groups.push_back(first_of(r, steps[a]));
      diff_.groups[found->second].askers.push_back(a);
    }
  }

  ChangeGroup first_of(std::size_t r, const std::vector<Step>& steps) {
    ChangeGroup group{.registry = r, .askers = {}, .changes = {}};
    for (const Step& s : steps) {
      const auto same = std::find_if(group.changes.begin(), group.changes.end(), [&](const OperationChange& c) {
        return c.operations.front()->takes_repository == diff_.operations[s.operation]->takes_repository &&
               c.change == s.entry->change && c.causes == causes_[s.causes];
      });
      if (same == group.changes.end()) {
        group.changes.push_back(
            {.operations = {diff_.operations[s.operation]}, .change = s.entry->change, .causes = causes_[s.causes]});
      } else {
        same->operations.push_back(diff_.operations[s.operation]);
      }
    }
    return group;
  }

  Side before_, after_;
  AccessDiff diff_;
  Changes changes_;
  CauseLists causes_;
  std::vector<bool> open_askers_;
};

}  // namespace

bool ChangeGroup::certain() const {
  return std::any_of(changes.begin(), changes.end(),
                     [](const OperationChange& c) { return !c.change.gained.empty() || !c.change.lost.empty(); });
}

bool ChangeGroup::possible() const {
  return std::any_of(changes.begin(), changes.end(), [](const OperationChange& c) {
    return !c.change.possibly_gained.empty() || !c.change.possibly_lost.empty();
  });
}

bool AccessDiff::certain() const {
  return std::any_of(groups.begin(), groups.end(), [](const ChangeGroup& group) { return group.certain(); });
}

AccessDiff compare(const AccessSets& before, const AccessSets& after, std::span<const Operation* const> operations,
                   const std::function<bool(const DiffRegistry&)>& wanted) {
  return Comparison(before, after, operations, wanted).run();
}

Snapshot with_mode(Snapshot snapshot, std::span<const std::size_t> registries, model::PermissionMode mode) {
  for (const std::size_t r : registries) {
    snapshot.registries[r].mode = mode;
    snapshot.registries[r].mode_text = std::nullopt;
  }
  return snapshot;
}

}  // namespace acrbiter::evaluator
