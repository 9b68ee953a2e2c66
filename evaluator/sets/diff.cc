#include "evaluator/sets/diff.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "evaluator/hash_of_numbers.h"
#include "evaluator/number_lists.h"
#include "evaluator/sets/cells.h"
#include "evaluator/sets/numbered_table.h"
#include "evaluator/sets/set_pool.h"
#include "evaluator/sets/touched.h"
#include "model/ascii.h"
#include "model/box.h"

namespace acrbiter::evaluator {

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

/// Who it is only the deployment will know.
bool is_anybody(const Asker& asker) {
  const auto* entra = std::get_if<EntraAsker>(&asker);
  return entra != nullptr && model::is_named_unknown(entra->id.text());
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

/// What changes from one access to another is worked out once for each pair of accesses.
class Changes {
 public:
  struct Entry {
    std::array<SetPool::Number, 4> sets{};  ///< of an AccessChange, in its order: equal changes have equal ones
    SetPool::Number open = SetPool::kNone;  ///< the names on which access is open on both sides
    bool too_large = false;
    [[nodiscard]] bool none() const { return (sets[0] | sets[1] | sets[2] | sets[3]) == SetPool::kNone; }
    [[nodiscard]] bool possible() const { return sets[1] != SetPool::kNone || sets[3] != SetPool::kNone; }
    [[nodiscard]] bool open_on_both() const { return open != SetPool::kNone; }
  };

  Changes(SetPool& pool, std::pmr::memory_resource* memory) : pool_(pool), entries_(memory) {}

  AccessNumbers number(const Access& access) { return {pool_.number(access.certain), pool_.number(access.possible)}; }

  const Entry& between(const AccessNumbers& before, const AccessNumbers& after) {
    const auto [found, added] = entries_.try_emplace({before.certain, before.possible, after.certain, after.possible});
    if (added) found->second = compute(before, after);
    return found->second;
  }

  [[nodiscard]] AccessChange change(const Entry& entry) const {
    return {.gained = pool_[entry.sets[0]],
            .possibly_gained = pool_[entry.sets[1]],
            .lost = pool_[entry.sets[2]],
            .possibly_lost = pool_[entry.sets[3]]};
  }

 private:
  Entry compute(const AccessNumbers& before, const AccessNumbers& after) {
    const bool open_before = before.certain != before.possible;
    const bool open_after = after.certain != after.possible;
    try {
      // As change() does it.
      const auto minus = [&](SetPool::Number a, SetPool::Number b) { return pool_.minus(a, b); };
      const auto possibly = [&](const AccessNumbers& less, const AccessNumbers& more, SetPool::Number certainly) {
        return minus(pool_.united(minus(more.certain, less.certain), minus(more.possible, less.possible)), certainly);
      };
      const SetPool::Number gained = minus(after.certain, before.possible);
      const SetPool::Number lost = minus(before.certain, after.possible);
      Entry entry{.sets = {gained, possibly(before, after, gained), lost, possibly(after, before, lost)}};
      if (open_before && open_after)
        entry.open = pool_.both(minus(before.possible, before.certain), minus(after.possible, after.certain));
      return entry;
    } catch (const model::RepositorySetTooLarge&) {
      // What can be said without building a set: at most this is gained, at most that is lost.
      return {.sets = {SetPool::kNone, after.possible, SetPool::kNone, before.possible},
              .open = open_before && open_after ? SetPool::kAll : SetPool::kNone,
              .too_large = true};
    }
  }

  SetPool& pool_;
  std::pmr::unordered_map<std::array<SetPool::Number, 4>, Entry, HashOfNumbers> entries_;
};

/// What a comparison says of one registry.
struct DiffPart {
  std::vector<ChangeGroup> groups;
  OpenOnBothSides open;
  std::vector<OpenOtherwise> open_otherwise;
  std::vector<std::vector<Cause>> cause_lists;
};

/// Lists of causes, each once; the first is empty.
class CauseLists {
 public:
  explicit CauseLists(std::vector<std::vector<Cause>>& lists) : lists_(lists) {
    if (lists_.empty()) lists_.emplace_back();
  }
  std::size_t number(const std::vector<Cause>& list) {
    const auto found = std::find(lists_.begin(), lists_.end(), list);
    if (found != lists_.end()) return static_cast<std::size_t>(found - lists_.begin());
    lists_.push_back(list);
    return lists_.size() - 1;
  }

 private:
  std::vector<std::vector<Cause>>& lists_;
};

/// The joint askers and what has to be known of them, for all registries.
struct Everybody {
  Everybody(const AccessSets& before_sets, const AccessSets& after_sets) : before(before_sets), after(after_sets) {
    const bool other_code = open_by_other_code(before.snapshot(), after.snapshot());
    std::unordered_map<std::string, std::size_t> joint;
    const auto list = [&](Side& side, std::optional<Asker> DiffAsker::*member) {
      for (const Asker& asker : side.sets().askers()) {
        std::string key = key_of(asker, side.snapshot());
        if (other_code && is_anybody(asker)) key += &side == &before ? "\nbefore" : "\nafter";
        const auto [found, added] = joint.emplace(std::move(key), askers.size());
        if (added) askers.emplace_back();
        askers[found->second].*member = asker;
        side.joint_of.push_back(found->second);
      }
    };
    list(before, &DiffAsker::before);
    list(after, &DiffAsker::after);
    for (DiffAsker& asker : askers) {
      complete(before, asker.before, after, asker.after, asker.named_before);
      complete(after, asker.after, before, asker.before, asker.named_after);
    }
    const auto unlisted = [&](Side& side, std::optional<Asker> DiffAsker::*member) {
      std::vector<bool> listed(askers.size(), false);
      for (const std::size_t j : side.joint_of) listed[j] = true;
      for (std::size_t j = 0; j < askers.size(); ++j) {
        const auto& asker = askers[j].*member;
        if (!listed[j] && asker) side.unlisted.emplace_back(j, &*asker);
      }
    };
    unlisted(before, &DiffAsker::before);
    unlisted(after, &DiffAsker::after);
  }

  static void complete(const Side& side, std::optional<Asker>& own, const Side& others,
                       const std::optional<Asker>& other, bool& named) {
    if (own) return;
    named = false;
    if (const auto* entra = std::get_if<EntraAsker>(&*other)) {
      EntraAsker asker = side.by_id(entra->id);
      if (asker.known && is_anybody(*other)) asker.known = false;  // the same text, and of other code
      // Whom the code of one side is yet to create nobody is on the other.
      if (!asker.known && entra->known && others.snapshot()[entra->principal].created) return;
      named = asker.known || entra->id.text() == kUnnamedIdentity;
      own = std::move(asker);
    }
  }

  Side before, after;
  std::vector<DiffAsker> askers;
};

/// What differs between two states is worked out when it is first asked for: mostly nobody asks.
class WhoIsTouched {
 public:
  WhoIsTouched(const AccessSets& before, const AccessSets& after) : before_(before), after_(after) {}
  [[nodiscard]] Touched::At at(const DiffRegistry& pair) {
    std::call_once(once_, [&] { touched_.emplace(before_, after_); });
    return touched_->at_registry(pair);
  }

 private:
  const AccessSets& before_;
  const AccessSets& after_;
  std::once_flag once_;
  std::optional<Touched> touched_;
};

/// One registry before, for all comparisons with what it is afterwards.
struct KnownBefore {
  SetPool pool;
  std::optional<NumberedTable> table;  ///< once it was asked for
};

/// One registry: those who are alike on both sides are compared once.
class RegistryComparison {
 public:
  RegistryComparison(const Everybody& everybody, std::span<const Operation* const> operations, const DiffRegistry& pair,
                     Causes told, KnownBefore& known, WhoIsTouched& who)
      : everybody_(everybody),
        operations_(operations),
        pair_(pair),
        told_(told),
        known_(known),
        who_(who),
        pool_(known.pool),
        changes_(known.pool, &memory_),
        causes_(result_.cause_lists),
        before_(operations.size()),
        after_(operations.size()),
        alike_(&memory_) {}

  /// Without the number of the registry.
  DiffPart run() {
    const std::vector<std::uint32_t> before = classes_on(everybody_.before, pair_.before, before_);
    const std::vector<std::uint32_t> after = classes_on(everybody_.after, pair_.after, after_);
    std::pmr::unordered_map<std::uint64_t, std::size_t> known(&memory_);
    for (std::size_t a = 0; a < everybody_.askers.size(); ++a) {
      const auto [found, added] = known.try_emplace(std::uint64_t{before[a]} << 32U | after[a], alike_.size());
      if (added) alike_.emplace_back(before[a], after[a], &memory_);
      alike_[found->second].askers.push_back(a);
    }
    for (std::size_t o = 0; o < operations_.size(); ++o) {
      for (Alike& alike : alike_) step(alike, o);
    }
    for (const Alike& alike : alike_) {
      if (alike.open) result_.open.askers.insert(result_.open.askers.end(), alike.askers.begin(), alike.askers.end());
    }
    std::sort(result_.open.askers.begin(), result_.open.askers.end());
    group();
    return std::move(result_);
  }

 private:
  /// What one operation comes to.
  struct Held {
    AccessNumbers access;
    std::size_t causes = 0;
  };
  /// What the classes of one side may do, operation by operation; the first has no access at all.
  class Classes {
   public:
    explicit Classes(std::size_t operations) : operations_(operations), held_(operations) {}
    void reserve(std::size_t classes) { held_.reserve((classes + 1) * operations_); }
    std::uint32_t add() {
      held_.resize(held_.size() + operations_);
      return ++last_;
    }
    [[nodiscard]] Held& at(std::uint32_t number, std::size_t operation) {
      return held_[number * operations_ + operation];
    }

   private:
    std::size_t operations_;
    std::vector<Held> held_;
    std::uint32_t last_ = 0;
  };
  /// How the access to one operation changed: pairs of access numbers name it, as equal pairs are computed once.
  struct Step {
    std::uint32_t operation = 0;
    std::uint32_t causes = 0;
    const Changes::Entry* entry = nullptr;
  };
  struct Alike {
    Alike(std::uint32_t class_before, std::uint32_t class_after, std::pmr::memory_resource* memory)
        : before(class_before), after(class_after), askers(memory), steps(memory) {}
    std::uint32_t before, after;  ///< classes
    std::pmr::vector<std::size_t> askers;
    std::pmr::vector<Step> steps;
    bool open = false;                                                  ///< on both sides, by some operation
    std::vector<std::size_t> listed;                                    ///< places in DiffPart::open_otherwise
    std::optional<std::vector<std::pair<std::size_t, Touch>>> touched;  ///< of the askers; once it was asked for
  };

  /// Everybody's class on one side.
  std::vector<std::uint32_t> classes_on(const Side& side, const std::optional<std::size_t>& registry,
                                        Classes& classes) {
    std::vector<std::uint32_t> result(everybody_.askers.size(), 0);
    if (!registry) return result;
    const auto held = [&](const Access& access) {
      return Held{.access = changes_.number(access), .causes = causes_.number(access.causes)};
    };
    if (told_ == Causes::LeftOut) {
      std::optional<NumberedTable> own;
      std::optional<NumberedTable>& kept = &side == &everybody_.before ? known_.table : own;
      if (!kept) kept = NumberedTable::of(side.sets(), *registry, operations_, pool_);
      const NumberedTable& table = *kept;
      classes.reserve(table.classes.size() + side.unlisted.size());
      for (std::size_t c = 1; c < table.classes.size(); ++c) {
        const std::uint32_t number = classes.add();
        for (std::size_t o = 0; o < operations_.size(); ++o) classes.at(number, o).access = table.access(c, o);
      }
      // Of several records of a token or task one stands for all, and the others are in no class.
      for (std::size_t a = 0; a < side.joint_of.size(); ++a) {
        if (table.class_of[a] != 0) result[side.joint_of[a]] = table.class_of[a];
      }
    } else {
      const AccessTable table = side.sets().who_can(*registry, operations_, told_);
      std::vector<Held> of_table;
      for (const Access& access : table.accesses) of_table.push_back(held(access));
      for (const AccessTable::Class& same : table.classes) {
        const std::uint32_t number = classes.add();
        for (std::size_t o = 0; o < operations_.size(); ++o) classes.at(number, o) = of_table[same.accesses[o]];
        for (const AskerIndex asker : same.askers) result[side.joint_of[static_cast<std::size_t>(asker)]] = number;
      }
    }
    std::optional<std::uint32_t> unknown;  // nobody knows anything of such an id, so one answer is that of all
    for (const auto& [joint, asker] : side.unlisted) {
      const auto* entra = std::get_if<EntraAsker>(asker);
      const bool is_known = entra == nullptr || entra->known;
      if (!is_known && unknown) {
        result[joint] = *unknown;
        continue;
      }
      const std::uint32_t number = classes.add();
      for (std::size_t o = 0; o < operations_.size(); ++o)
        classes.at(number, o) = held(side.sets().access(*asker, *registry, *operations_[o], told_));
      if (!is_known) unknown = number;
      result[joint] = number;
    }
    return result;
  }

  void step(Alike& alike, std::size_t operation) {
    const Held& before = before_.at(alike.before, operation);
    const Held& after = after_.at(alike.after, operation);
    if (before.access == after.access && before.access.certain == before.access.possible) return;
    const Changes::Entry& entry = changes_.between(before.access, after.access);
    if (entry.none() && !entry.open_on_both()) return;
    const std::size_t causes =
        entry.possible() || entry.open_on_both() ? causes_of(before.causes, after.causes, entry.too_large) : 0;
    if (entry.open_on_both()) {
      result_.open.places += alike.askers.size();
      alike.open = true;
      add_causes(result_.cause_lists[causes], result_.open.causes);
      open_on_both(alike, before, after, operation, entry.open, causes);
    }
    if (entry.none()) return;
    alike.steps.push_back({.operation = static_cast<std::uint32_t>(operation),
                           .causes = entry.possible() ? static_cast<std::uint32_t>(causes) : 0,
                           .entry = &entry});
  }

  /// Open by different causes, or with something different to rest on, it may have changed.
  void open_on_both(Alike& alike, const Held& before, const Held& after, std::size_t operation, SetPool::Number open,
                    std::size_t causes) {
    if (told_ == Causes::LeftOut) return;
    const std::vector<Cause>& old_causes = result_.cause_lists[before.causes];
    const std::vector<Cause>& new_causes = result_.cause_lists[after.causes];
    const bool same_causes = before.causes == after.causes || std::is_permutation(old_causes.begin(), old_causes.end(),
                                                                                  new_causes.begin(), new_causes.end());
    const auto entry = [&](std::vector<std::size_t> askers, bool gain, bool lose) {
      return OpenOtherwise{.registry = 0,
                           .askers = std::move(askers),
                           .operations = {operations_[operation]},
                           .names = pool_[open],
                           .causes = causes,
                           .same_causes = same_causes,
                           .may_gain = gain,
                           .may_lose = lose};
    };
    if (!same_causes) {
      list_open(alike, entry({alike.askers.begin(), alike.askers.end()}, true, true));
      return;
    }
    std::array<std::vector<std::size_t>, 4> directions;
    for (const auto& [asker, touch] : touched(alike)) {
      const bool gain = touch.may_gain(*operations_[operation]);
      const bool lose = touch.may_lose(*operations_[operation]);
      directions[(gain ? 2U : 0U) + (lose ? 1U : 0U)].push_back(asker);
    }
    for (std::size_t d = 3; d > 0; --d) {
      if (!directions[d].empty()) list_open(alike, entry(std::move(directions[d]), (d & 2U) != 0, (d & 1U) != 0));
    }
  }

  /// With those of other operations of the same people that are alike.
  void list_open(Alike& alike, OpenOtherwise entry) {
    auto& list = result_.open_otherwise;
    for (const std::size_t place : alike.listed) {
      OpenOtherwise& other = list[place];
      if (other.causes == entry.causes && other.may_gain == entry.may_gain && other.may_lose == entry.may_lose &&
          other.askers == entry.askers && other.names == entry.names) {
        other.operations.push_back(entry.operations.front());
        return;
      }
    }
    alike.listed.push_back(list.size());
    list.push_back(std::move(entry));
  }

  /// Those of equal access for whom something differs that it can rest on.
  const std::vector<std::pair<std::size_t, Touch>>& touched(Alike& alike) {
    if (alike.touched) return *alike.touched;
    if (!touched_) touched_ = who_.at(pair_);
    alike.touched.emplace();
    for (const std::size_t asker : alike.askers) {
      const Touch touch = touched_->touch(everybody_.askers[asker]);
      if (touch.gained.any() || touch.lost.any() || touch.settings) alike.touched->emplace_back(asker, touch);
    }
    return *alike.touched;
  }

  std::size_t causes_of(std::size_t before, std::size_t after, bool too_large) {
    const auto [found, added] = joined_causes_.try_emplace({before, after, too_large});
    if (!added) return found->second;
    std::vector<Cause> causes = result_.cause_lists[before];
    add_causes(result_.cause_lists[after], causes);
    if (too_large && told_ == Causes::Told) {
      add_causes(undetermined_because(model::RepositorySetTooLarge("the difference of two sets of names")).causes,
                 causes);
    }
    // Which side a cause comes from makes no difference.
    std::sort(causes.begin(), causes.end(), [](const Cause& a, const Cause& b) {
      return std::tie(a.kind, a.code, a.subject, a.command) < std::tie(b.kind, b.code, b.subject, b.command);
    });
    return found->second = causes_.number(causes);
  }

  /// Askers with equal steps into one group, operations with equal steps into one change.
  void group() {
    NumberLists known;
    std::vector<SetPool::Number> key;
    std::vector<std::vector<const Alike*>> members;
    for (const Alike& alike : alike_) {
      if (alike.steps.empty()) continue;
      key.clear();
      for (const Step& s : alike.steps) {
        key.push_back(s.operation);
        key.insert(key.end(), s.entry->sets.begin(), s.entry->sets.end());
        key.push_back(s.causes);
      }
      const auto [place, added] = known.insert(key);
      if (added) {
        result_.groups.push_back(first_of(alike.steps));
        members.emplace_back();
      }
      members[place].push_back(&alike);
    }
    for (std::size_t g = 0; g < members.size(); ++g) result_.groups[g].askers = all_of(members[g]);
  }

  /// In order.
  [[nodiscard]] static std::vector<std::size_t> all_of(const std::vector<const Alike*>& members) {
    std::size_t size = 0;
    for (const Alike* alike : members) size += alike->askers.size();
    std::vector<std::size_t> askers;
    askers.reserve(size);
    for (const Alike* alike : members) askers.insert(askers.end(), alike->askers.begin(), alike->askers.end());
    if (members.size() > 1) std::sort(askers.begin(), askers.end());
    return askers;
  }

  [[nodiscard]] ChangeGroup first_of(std::span<const Step> steps) const {
    ChangeGroup group{.registry = 0, .askers = {}, .changes = {}};
    for (const Step& s : steps) {
      const Operation* operation = operations_[s.operation];
      const auto same = std::find_if(group.changes.begin(), group.changes.end(), [&](const OperationChange& other) {
        return other.operations.front()->takes_repository == operation->takes_repository &&
               other.numbers == s.entry->sets && other.causes == s.causes;
      });
      if (same != group.changes.end()) {
        same->operations.push_back(operation);
        continue;
      }
      group.changes.push_back({.operations = {operation},
                               .change = changes_.change(*s.entry),
                               .causes = s.causes,
                               .numbers = s.entry->sets});
    }
    return group;
  }

  const Everybody& everybody_;
  std::span<const Operation* const> operations_;
  const DiffRegistry& pair_;
  const Causes told_;
  KnownBefore& known_;
  WhoIsTouched& who_;
  std::optional<Touched::At> touched_;  ///< once it was asked for
  SetPool& pool_;
  std::pmr::monotonic_buffer_resource memory_;  ///< given back when all is done
  DiffPart result_;
  Changes changes_;
  CauseLists causes_;
  std::map<std::tuple<std::size_t, std::size_t, bool>, std::size_t> joined_causes_;
  Classes before_, after_;
  std::pmr::vector<Alike> alike_;  ///< by first asker
};

/// Two states that are compared.
struct Pair {
  Pair(const AccessSets& before, const AccessSets& after, std::span<const Operation* const> operations,
       const std::function<bool(const DiffRegistry&)>& wanted)
      : everybody(before, after), touched(std::make_unique<WhoIsTouched>(before, after)) {
    diff.operations.assign(operations.begin(), operations.end());
    diff.registries = match_registries(before.engine().snapshot(), after.engine().snapshot());
    if (wanted) std::erase_if(diff.registries, [&](const DiffRegistry& registry) { return !wanted(registry); });
    parts.resize(diff.registries.size());
  }

  Everybody everybody;
  std::unique_ptr<WhoIsTouched> touched;
  AccessDiff diff;
  std::vector<DiffPart> parts;  ///< of each registry of the diff
};

/// A registry of a pair: places among the pairs and in AccessDiff::registries.
struct PartOfPair {
  std::size_t pair = 0, registry = 0;
};
/// Those together that are the same before.
std::vector<std::vector<PartOfPair>> by_registry(std::span<const Pair> pairs) {
  std::vector<std::vector<PartOfPair>> result;
  std::unordered_map<std::size_t, std::size_t> known;  // by the registry before
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    for (std::size_t r = 0; r < pairs[p].diff.registries.size(); ++r) {
      const std::optional<std::size_t>& before = pairs[p].diff.registries[r].before;
      const std::size_t place = before ? known.try_emplace(*before, result.size()).first->second : result.size();
      if (place == result.size()) result.emplace_back();
      result[place].push_back({.pair = p, .registry = r});
    }
  }
  return result;
}

/// The parts as one.
AccessDiff joined(Pair pair) {
  AccessDiff diff = std::move(pair.diff);
  std::size_t groups = 0;
  for (const DiffPart& part : pair.parts) groups += part.groups.size();
  diff.groups.reserve(groups);
  CauseLists causes(diff.cause_lists);
  std::vector<bool> open(pair.everybody.askers.size(), false);
  for (std::size_t r = 0; r < pair.parts.size(); ++r) {
    DiffPart& part = pair.parts[r];
    std::vector<std::size_t> number_of;
    for (const std::vector<Cause>& list : part.cause_lists) number_of.push_back(causes.number(list));
    for (ChangeGroup& group : part.groups) {
      group.registry = r;
      for (OperationChange& change : group.changes) change.causes = number_of[change.causes];
      diff.groups.push_back(std::move(group));
    }
    for (OpenOtherwise& otherwise : part.open_otherwise) {
      otherwise.registry = r;
      otherwise.causes = number_of[otherwise.causes];
      diff.open_otherwise.push_back(std::move(otherwise));
    }
    diff.open.places += part.open.places;
    add_causes(part.open.causes, diff.open.causes);
    for (const std::size_t asker : part.open.askers) open[asker] = true;
  }
  for (std::size_t a = 0; a < open.size(); ++a) {
    if (open[a]) diff.open.askers.push_back(a);
  }
  diff.askers = std::move(pair.everybody.askers);
  return diff;
}

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

bool AccessDiff::possible() const {
  return !open_otherwise.empty() ||
         std::any_of(groups.begin(), groups.end(), [](const ChangeGroup& group) { return group.possible(); });
}

AccessDiff compare(const AccessSets& before, const AccessSets& after, std::span<const Operation* const> operations,
                   const std::function<bool(const DiffRegistry&)>& wanted, const ForEach& for_each, Causes told) {
  const AccessSets* const one[] = {&after};
  return std::move(compare_with_each(before, one, operations, wanted, for_each, told).front());
}

std::vector<AccessDiff> compare_with_each(const AccessSets& before, std::span<const AccessSets* const> afters,
                                          std::span<const Operation* const> operations,
                                          const std::function<bool(const DiffRegistry&)>& wanted,
                                          const ForEach& for_each, Causes told) {
  std::vector<Pair> pairs;
  pairs.reserve(afters.size());
  for (const AccessSets* after : afters) pairs.emplace_back(before, *after, operations, wanted);
  const std::vector<std::vector<PartOfPair>> together = by_registry(pairs);
  for_each(together.size(), [&](std::size_t i) {
    KnownBefore known;
    for (const auto& [pair, r] : together[i]) {
      Pair& p = pairs[pair];
      p.parts[r] =
          RegistryComparison(p.everybody, p.diff.operations, p.diff.registries[r], told, known, *p.touched).run();
    }
  });
  std::vector<AccessDiff> result;
  result.reserve(pairs.size());
  for (Pair& pair : pairs) result.push_back(joined(std::move(pair)));
  return result;
}

Snapshot with_mode(Snapshot snapshot, std::span<const std::size_t> registries, model::PermissionMode mode) {
  for (const std::size_t r : registries) {
    snapshot.registries[r].mode = mode;
    snapshot.registries[r].mode_text = std::nullopt;
  }
  return snapshot;
}

}  // namespace acrbiter::evaluator
