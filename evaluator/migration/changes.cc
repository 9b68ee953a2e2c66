#include "evaluator/migration/changes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "evaluator/index.h"
#include "evaluator/migration/data_rights.h"
#include "evaluator/migration/identity.h"
#include "evaluator/number_lists.h"
#include "evaluator/sets/diff.h"
#include "evaluator/sets/set_pool.h"
#include "model/ascii.h"

namespace acrbiter::evaluator::migration {

using model::RepositorySet;

namespace {

/// A reason of the closed list and the sentence for one case of it.
struct Why {
  std::string_view code;
  std::string because;
  friend auto operator<=>(const Why&, const Why&) = default;
};

/// The leaf that grants or, if none certainly does, that may.
const Finding* granting(const Decision& decision) {
  for (const model::Truth truth : {model::Truth::True, model::Truth::Unknown}) {
    for (const Node* leaf : settling(decision)) {
      if (leaf->value == truth && leaf->finding.assignment) return &leaf->finding;
    }
  }
  return nullptr;
}

bool is_one_of(std::string_view id, std::initializer_list<std::string_view> ids) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

/// Turns the difference of two states into changes with reasons.
class Describer {
 public:
  Describer(const Plan& plan, const AccessSets& before, const ForEach& for_each)
      : before_(before), for_each_(for_each), identities_(before.engine().snapshot()) {
    for (const Carrier& carrier : plan.carriers) {
      if (!carrier.left_out.empty()) left_out_.emplace(carrier.principal.id, &carrier);
    }
    for (const Note& note : plan.open) {
      if (note.code == "task-identity-unknown") unknown_identities_.insert(note.subject);
    }
  }

  /// The sets of an AccessChange, by number.
  struct NamesOfChange {
    SetPool::Number lost, gained, possibly_lost, possibly_gained;
  };
  /// The sets of all changes, in their order.
  using Names = std::vector<NamesOfChange>;
  [[nodiscard]] Names number_names(const AccessDiff& diff) {
    Names names;
    std::vector<SetPool::Number> known;  // by the numbers of the diff
    for (std::size_t g = 0; g < diff.groups.size(); ++g) {
      if (g > 0 && diff.groups[g].registry != diff.groups[g - 1].registry) known.clear();
      for (const OperationChange& change : diff.groups[g].changes) {
        const auto number = [&](std::size_t place, const RepositorySet& set) {
          const std::uint32_t of_diff = change.numbers[place];
          if (of_diff >= known.size()) known.resize(of_diff + 1, kNotNumbered);
          if (known[of_diff] == kNotNumbered) known[of_diff] = sets_.number(set);
          return known[of_diff];
        };
        const AccessChange& sets = change.change;
        names.push_back({.lost = number(2, sets.lost),
                         .gained = number(0, sets.gained),
                         .possibly_lost = number(3, sets.possibly_lost),
                         .possibly_gained = number(1, sets.possibly_gained)});
      }
    }
    return names;
  }
  /// Finding the shortest notation of a set is dear, so that is done once for each set that was numbered.
  void write_names() {
    constexpr std::size_t kAtOnce = 32;
    const std::size_t first = names_.size();
    names_.resize(sets_.size());
    for_each_((names_.size() - first + kAtOnce - 1) / kAtOnce, [&](std::size_t part) {
      const std::size_t begin = first + part * kAtOnce;
      for (std::size_t i = begin; i < std::min(begin + kAtOnce, names_.size()); ++i) {
        const RepositorySet& set = sets_[static_cast<SetPool::Number>(i)];
        names_[i] = {.pattern = set.pattern(), .example = set.shortest().value_or("")};
      }
    });
  }

  enum class Of : std::uint8_t { Switch, Plan, Elsewhere };
  /// What the switch alone changes, what the plan changes, or what it changes on other registries, with names that
  /// have been written. The words are found on the threads of `for_each`.
  std::vector<Change> describe(const AccessSets& after, AccessDiff diff, const Names& names, Of of,
                               const ForEach& for_each = one_after_the_other) {
    after_ = &after;
    planned_ = of != Of::Switch;
    elsewhere_ = of == Of::Elsewhere;
    is_task_.clear();
    for (const DiffAsker& asker : diff.askers)
      is_task_.push_back(std::holds_alternative<TaskAsker>(asker.before ? *asker.before : *asker.after));
    pieces_.clear();
    parts_.clear();
    lists_.clear();
    auto next = names.begin();
    std::vector<Draft> drafts;
    for (auto group = diff.groups.begin(); group != diff.groups.end();) {
      const std::size_t registry = group->registry;
      same_why_.clear();
      for (; group != diff.groups.end() && group->registry == registry; ++group) {
        enter(*group);
        for (const OperationChange& change : group->changes) {
          take(diff, change, Change::Kind::Lost, next->lost);
          take(diff, change, Change::Kind::Gained, next->gained);
          take(diff, change, Change::Kind::PossiblyLost, next->possibly_lost);
          take(diff, change, Change::Kind::PossiblyGained, next->possibly_gained);
          ++next;
        }
      }
      join_operations(static_cast<std::uint32_t>(registry), drafts);
    }
    std::vector<Change> changes = by_harm(std::move(drafts), diff, for_each);
    if (of == Of::Switch) remember(std::move(diff));
    return changes;
  }

  /// Nothing more is described that is compared with what the switch alone changes.
  void forget_switch() {
    group_of_.clear();
    alone_ = {};
  }

 private:
  /// What is said of one operation at the registry that is looked at.
  struct Single {
    Change::Kind kind{};
    const Operation* operation = nullptr;
    std::uint32_t names = 0;            ///< in names_
    std::uint32_t why = 0;              ///< in whys_
    std::uint32_t first = 0, last = 0;  ///< in links_: who
  };
  /// A piece of a list and where the next one stands.
  struct Link {
    std::uint32_t piece = 0;  ///< in pieces_
    std::uint32_t next = kNoLink;
  };
  /// A change all of whose parts are numbers still: there are many more of these than people.
  struct Draft {
    Change::Kind kind{};
    std::uint32_t registry = 0;  ///< in AccessDiff::registries
    std::vector<const Operation*> operations;
    std::uint32_t names = 0;  ///< in names_
    std::uint32_t why = 0;    ///< in whys_
    std::uint32_t who = 0;    ///< in lists_
  };
  /// How sets of names are written.
  struct Written {
    std::string pattern, example;
  };
  /// Those of the group that is looked at for whom the switch alone changes the same.
  struct AlikeAlone {
    std::uint32_t group = 0;  ///< in alone_.groups, or kNoGroup
    std::vector<std::size_t> askers;
  };
  /// Askers by what they are told, in the order of the first of each.
  class ByWhy {
   public:
    void add(std::uint32_t why, std::size_t asker) {
      const auto [place, added] = place_of_.try_emplace(why, parts_.size());
      if (added) parts_.emplace_back(why, std::vector<std::size_t>());
      parts_[place->second].second.push_back(asker);
    }
    [[nodiscard]] std::vector<std::pair<std::uint32_t, std::vector<std::size_t>>>& parts() { return parts_; }

   private:
    std::unordered_map<std::uint32_t, std::size_t> place_of_;
    std::vector<std::pair<std::uint32_t, std::vector<std::size_t>>> parts_;
  };
  /// People and what tells how badly a change hits them.
  struct Listed {
    People who;
    std::size_t workloads = 0, services = 0;
  };
  /// Workloads before other identities, losses before gains, certain before possible, pulling before the rest.
  using Harm = std::tuple<int, bool, std::size_t, std::size_t>;

  /// People of all lists_.
  std::vector<Listed> list_people(const AccessDiff& diff, const ForEach& for_each) const {
    const auto everybody = std::make_shared<People::Directory>();
    std::vector<std::pair<std::uint32_t, std::uint32_t>> counts;  // of each: workloads, and 1 for a service principal
    everybody->reserve(diff.askers.size());
    for (const DiffAsker& asker : diff.askers) {
      const Who& who = everybody->emplace_back(identities_.who(asker.after ? *asker.after : *asker.before));
      counts.emplace_back(who.workloads.size(), who.type == "ServicePrincipal" ? 1U : 0U);
    }
    std::vector<Listed> result(lists_.size());
    in_pieces(result.size(), for_each, [&](std::size_t i) {
      result[i].who = People(everybody, places_of(lists_[i]));
      for (const People::Place place : result[i].who.places()) {
        result[i].workloads += counts[place].first;
        result[i].services += counts[place].second;
      }
    });
    return result;
  }

  /// Of everybody in the pieces, in order.
  [[nodiscard]] std::vector<People::Place> places_of(std::span<const std::uint32_t> pieces) const {
    std::vector<People::Place> places;
    std::size_t size = 0, last = 0;
    for (const std::uint32_t piece : pieces) {
      size += pieces_[piece].size();
      last = std::max(last, pieces_[piece].back());
    }
    places.reserve(size);
    if (pieces.size() == 1) {
      for (const std::size_t a : pieces_[pieces.front()]) places.push_back(static_cast<People::Place>(a));
      return places;
    }
    // Cheaper than sorting: everybody is in one piece only.
    constexpr std::size_t kBits = 64;
    std::vector<std::uint64_t> is_in(last / kBits + 1);
    for (const std::uint32_t piece : pieces) {
      for (const std::size_t a : pieces_[piece]) is_in[a / kBits] |= std::uint64_t{1} << (a % kBits);
    }
    for (std::size_t word = 0; word < is_in.size(); ++word) {
      for (std::uint64_t rest = is_in[word]; rest != 0; rest &= rest - 1)
        places.push_back(static_cast<People::Place>(word * kBits + static_cast<std::size_t>(std::countr_zero(rest))));
    }
    return places;
  }

  /// Calls `work` for every number below `count`, many at once.
  static void in_pieces(std::size_t count, const ForEach& for_each, const std::function<void(std::size_t)>& work) {
    constexpr std::size_t kAtOnce = 1024;
    for_each((count + kAtOnce - 1) / kAtOnce, [&](std::size_t piece) {
      for (std::size_t i = piece * kAtOnce; i < std::min((piece + 1) * kAtOnce, count); ++i) work(i);
    });
  }

  /// Changes in words, the worst first.
  std::vector<Change> by_harm(std::vector<Draft> drafts, const AccessDiff& diff, const ForEach& for_each) {
    static constexpr std::array<int, 4> kOrder{2, 1, 4, 3};  // by Change::Kind
    const std::vector<Listed> people = list_people(diff, for_each);
    std::vector<std::pair<Harm, std::size_t>> order;
    order.reserve(drafts.size());
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      const Draft& draft = drafts[i];
      const bool pulls = std::any_of(draft.operations.begin(), draft.operations.end(),
                                     [](const Operation* operation) { return operation->id == "pull"; });
      const Listed& who = people[draft.who];
      order.emplace_back(Harm{kOrder[static_cast<std::size_t>(draft.kind)], pulls, who.workloads, who.services}, i);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });

    std::vector<Change> result(drafts.size());
    in_pieces(result.size(), for_each, [&](std::size_t i) {
      Draft& draft = drafts[order[i].second];
      result[i] = in_words(draft, people[draft.who].who, diff);
    });
    return result;
  }

  [[nodiscard]] Change in_words(Draft& draft, const People& who, const AccessDiff& diff) const {
    // Of one array, so in the order of the catalogue.
    std::sort(draft.operations.begin(), draft.operations.end(), std::less<>());
    const Written& written = names_[draft.names];
    const bool of_names = draft.operations.front()->takes_repository;
    const std::size_t registry = *diff.registries[draft.registry].before;
    Change change{.kind = draft.kind,
                  .registry = before_.engine().snapshot().registries[registry].name,
                  .who = who,
                  .operations = {},
                  .names = of_names ? written.pattern : "**",
                  .example = of_names ? written.example : "",
                  .reason = std::string(whys_[draft.why]->code),
                  .because = whys_[draft.why]->because};
    change.operations.reserve(draft.operations.size());
    for (const Operation* operation : draft.operations) change.operations.emplace_back(operation->id);
    return change;
  }

  /// From now on `group` is looked at.
  void enter(const ChangeGroup& group) {
    group_ = &group;
    whole_.reset();
    part_numbers_.clear();
    numbers_of_alone_.clear();
    has_tasks_ = std::any_of(group.askers.begin(), group.askers.end(), [&](std::size_t a) { return is_task_[a]; });
    alike_alone_.clear();
    if (!planned_ || elsewhere_) return;
    std::unordered_map<std::uint32_t, std::size_t> known;
    for (const std::size_t a : group.askers) {
      const std::uint32_t alone = alone_group(a);
      const auto [place, added] = known.try_emplace(alone, alike_alone_.size());
      if (added) alike_alone_.push_back({.group = alone, .askers = {}});
      alike_alone_[place->second].askers.push_back(a);
    }
  }

  /// All of the group, in pieces_.
  std::uint32_t whole() {
    if (!whole_) {
      whole_ = static_cast<std::uint32_t>(pieces_.size());
      pieces_.emplace_back(group_->askers);
    }
    return *whole_;
  }
  /// Some of the group, in pieces_: equal parts have equal numbers.
  std::uint32_t part(std::vector<std::size_t> askers) {
    if (askers.size() == group_->askers.size()) return whole();
    const auto [number, added] =
        part_numbers_.try_emplace(std::move(askers), static_cast<std::uint32_t>(pieces_.size()));
    if (added) pieces_.emplace_back(parts_.emplace_back(number->first));
    return number->second;
  }
  /// Those of the group whose place in alike_alone_ is chosen.
  std::uint32_t chosen_part(const std::vector<bool>& chosen) {
    const auto known = numbers_of_alone_.find(chosen);
    if (known != numbers_of_alone_.end()) return known->second;
    std::vector<std::size_t> askers;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (chosen[i]) askers.insert(askers.end(), alike_alone_[i].askers.begin(), alike_alone_[i].askers.end());
    }
    std::sort(askers.begin(), askers.end());
    return numbers_of_alone_.emplace(chosen, part(std::move(askers))).first->second;
  }

  /// A change is taken for all of the group at once where all are told the same, which is nearly always.
  void take(const AccessDiff& diff, const OperationChange& change, Change::Kind kind, SetPool::Number names) {
    if (names == SetPool::kNone) return;
    static const std::string kNoExample;
    const DiffRegistry& pair = diff.registries[group_->registry];
    for (const Operation* operation : change.operations) {
      const std::string& example = operation->takes_repository ? names_[names].example : kNoExample;
      const auto say = [&](std::uint32_t why, std::uint32_t piece) {
        add(kind, *operation, operation->takes_repository ? names : kEveryName, why, piece);
      };
      ByWhy one_by_one;
      if (gains(kind)) {
        if (say_same_gain(diff, kind, *operation, example, say)) continue;
        gained_one_by_one(diff, kind, *operation, example, one_by_one);
      } else if (!has_tasks_ && is_same_loss(pair, *operation)) {
        const auto why = [&] {
          return why_lost(kind, diff.askers[group_->askers.front()], pair, *operation, sets_[names], example);
        };
        say(same_why(kind, *operation, false, why), whole());
      } else {
        lost_one_by_one(diff, kind, *operation, sets_[names], example, one_by_one);
      }
      for (auto& [why, askers] : one_by_one.parts()) say(why, part(std::move(askers)));
    }
  }

  void lost_one_by_one(const AccessDiff& diff, Change::Kind kind, const Operation& operation,
                       const RepositorySet& names, const std::string& example, ByWhy& said) {
    const DiffRegistry& pair = diff.registries[group_->registry];
    std::optional<std::uint32_t> common;  // what all but tasks are told, if they are told the same
    for (const std::size_t a : group_->askers) {
      if (common && !is_task_[a]) {
        said.add(*common, a);
        continue;
      }
      const std::uint32_t why = number_of(why_lost(kind, diff.askers[a], pair, operation, names, example));
      said.add(why, a);
      if (!is_task_[a] && is_same_loss(pair, operation)) common = why;
    }
  }

  void gained_one_by_one(const AccessDiff& diff, Change::Kind kind, const Operation& operation,
                         const std::string& example, ByWhy& said) {
    const DiffRegistry& pair = diff.registries[group_->registry];
    std::array<std::optional<std::uint32_t>, 2> common;   // by whether the switch alone gives it
    std::unordered_map<std::uint32_t, bool> known_alone;  // by group of alone_
    for (const std::size_t a : group_->askers) {
      bool alone = false;
      if (planned_ && !elsewhere_) {
        const auto [known, added] = known_alone.try_emplace(alone_group(a), false);
        if (added) known->second = gained_alone(known->first, operation, example);
        alone = known->second;
      }
      std::optional<std::uint32_t>& why = common[alone ? 1 : 0];
      const bool same = is_same_gain(kind, alone, pair, operation);
      if (!why || !same) why = number_of(why_gained(kind, alone, diff.askers[a], pair, operation, example));
      said.add(*why, a);
      if (!same) why.reset();
    }
  }

  /// False, and nothing is said, if people have to be told one by one.
  template <class Say>
  bool say_same_gain(const AccessDiff& diff, Change::Kind kind, const Operation& operation, const std::string& example,
                     const Say& say) {
    const DiffRegistry& pair = diff.registries[group_->registry];
    const auto why = [&](bool alone) {
      return same_why(kind, operation, alone, [&] {
        return why_gained(kind, alone, diff.askers[group_->askers.front()], pair, operation, example);
      });
    };
    if (!planned_ || elsewhere_ || is_other_rule(kind, operation)) {
      if (!is_same_gain(kind, false, pair, operation)) return false;
      say(why(false), whole());
      return true;
    }
    std::vector<bool> alone;
    for (const AlikeAlone& alike : alike_alone_) {
      alone.push_back(gained_alone(alike.group, operation, example));
      if (!is_same_gain(kind, alone.back(), pair, operation)) return false;
    }
    const bool first = alone.front();
    if (std::find(alone.begin(), alone.end(), !first) == alone.end()) {
      say(why(first), whole());
      return true;
    }
    for (const bool given : {first, !first}) {
      std::vector<bool> chosen = alone;
      if (!given) chosen.flip();
      say(why(given), chosen_part(chosen));
    }
    return true;
  }

  /// The number of what all are told at this registry, whoever asks and on whatever name: `why` is asked once.
  template <class Ask>
  std::uint32_t same_why(Change::Kind kind, const Operation& operation, bool alone, const Ask& why) {
    const auto place = static_cast<std::size_t>(&operation - operations().data()) * 8 +
                       static_cast<std::size_t>(kind) * 2 + (alone ? 1U : 0U);
    if (same_why_.size() <= place) same_why_.resize(operations().size() * 8);
    if (!same_why_[place]) same_why_[place] = number_of(why());
    return *same_why_[place];
  }

  void add(Change::Kind kind, const Operation& operation, std::uint32_t names, std::uint32_t why, std::uint32_t piece) {
    const auto [place, added] = said_.insert(std::array{
        static_cast<std::uint32_t>(kind), static_cast<std::uint32_t>(&operation - operations().data()), names, why});
    const auto link = static_cast<std::uint32_t>(links_.size());
    links_.push_back({.piece = piece});
    if (added) {
      singles_.push_back(
          {.kind = kind, .operation = &operation, .names = names, .why = why, .first = link, .last = link});
    } else {
      links_[std::exchange(singles_[place].last, link)].next = link;
    }
  }

  /// What was said of this registry: changes that differ in the operation alone become one.
  void join_operations(std::uint32_t registry, std::vector<Draft>& drafts) {
    const std::size_t first = drafts.size();
    std::vector<std::uint32_t> pieces;
    for (const Single& single : singles_) {
      pieces.clear();
      for (std::uint32_t link = single.first; link != kNoLink; link = links_[link].next)
        pieces.push_back(links_[link].piece);
      const std::uint32_t list = lists_.insert(pieces).first;
      const auto [place, added] =
          drafted_.insert(std::array{static_cast<std::uint32_t>(single.kind), single.names,
                                     single.operation->takes_repository ? 1U : 0U, sentences_[single.why], list});
      if (added) {
        drafts.push_back({.kind = single.kind,
                          .registry = registry,
                          .operations = {},
                          .names = single.names,
                          .why = single.why,
                          .who = list});
      }
      drafts[first + place].operations.push_back(single.operation);
    }
    singles_.clear();
    links_.clear();
    said_.clear();
    drafted_.clear();
  }

  /// What the switch alone changes, for gained_alone(). The diff of a plan has the same registries, and the same askers
  /// in the same places before any new ones.
  void remember(AccessDiff alone) {
    group_of_.assign(alone.registries.size(), std::vector<std::uint32_t>(alone.askers.size(), kNoGroup));
    for (std::size_t g = 0; g < alone.groups.size(); ++g) {
      for (const std::size_t a : alone.groups[g].askers)
        group_of_[alone.groups[g].registry][a] = static_cast<std::uint32_t>(g);
    }
    alone_ = std::move(alone);
  }

  /// Whose changes an asker's are at this registry if only the switch is made: in alone_.groups, or kNoGroup.
  [[nodiscard]] std::uint32_t alone_group(std::size_t asker) const {
    const std::vector<std::uint32_t>& groups = group_of_[group_->registry];
    return asker < groups.size() ? groups[asker] : kNoGroup;
  }
  [[nodiscard]] bool gained_alone(std::uint32_t group, const Operation& operation, const std::string& example) const {
    if (group == kNoGroup) return false;
    for (const OperationChange& change : alone_.groups[group].changes) {
      const AccessChange& c = change.change;
      if (std::find(change.operations.begin(), change.operations.end(), &operation) == change.operations.end())
        continue;
      return example.empty() ? !c.gained.empty() || !c.possibly_gained.empty()
                             : c.gained.contains(example) || c.possibly_gained.contains(example);
    }
    return false;
  }

  /// Whether why_lost() says the same of everybody but tasks.
  [[nodiscard]] bool is_same_loss(const DiffRegistry& pair, const Operation& operation) const {
    if (!planned_) return true;
    return operation.special != Special::QuickBuildPush && left_out_.empty() && !has_denies(*pair.after);
  }
  /// Whether why_gained() says the same of everybody from now on.
  [[nodiscard]] bool is_same_gain(Change::Kind kind, bool alone, const DiffRegistry& pair,
                                  const Operation& operation) const {
    if (elsewhere_ || is_other_rule(kind, operation)) return true;
    return planned_ && !alone ? !has_denies(*pair.before) : explained_ >= kExplained;
  }

  static bool is_other_rule(Change::Kind kind, const Operation& operation) {
    return operation.special == Special::CachePull || operation.special == Special::QuickBuildPush ||
           (operation.id == "pull-signed" && kind == Change::Kind::PossiblyGained);
  }

  static bool gains(Change::Kind kind) { return kind == Change::Kind::Gained || kind == Change::Kind::PossiblyGained; }

  /// Explanations name the grant behind a change, and take their time: at large estates the rest goes without.
  bool may_explain() { return explained_ < kExplained && ++explained_ > 0; }

  Why why_lost(Change::Kind kind, const DiffAsker& asker, const DiffRegistry& pair, const Operation& operation,
               const RepositorySet& names, const std::string& example) {
    const std::string_view id = operation.id;
    if (operation.special == Special::SoftDelete)
      return {"soft-delete", "The ABAC mode has no right for soft-deleted artifacts."};
    if (operation.special == Special::Sign || (id == "pull-signed" && kind == Change::Kind::PossiblyLost))
      return {"content-trust", "Content trust is not supported in the ABAC mode."};
    if (operation.special == Special::QuickBuildPush) return why_no_quick_build(asker, pair, names);
    const auto* task = std::get_if<TaskAsker>(asker.before ? &*asker.before : &*asker.after);
    const std::string task_name = task == nullptr ? "" : before_.engine().snapshot().tasks[task->task].name;
    if (task != nullptr) {
      if (!planned_ || !asker.after || !has_identity(std::get<TaskAsker>(*asker.after)))
        return {"task-without-identity",
                fmt::format("Task {} loses the default access that tasks have in the legacy mode.", task_name)};
      const model::Registry& registry = before_.engine().snapshot().registries[*pair.before];
      if (unknown_identities_.contains(fmt::format("{}/{}", registry.name, task_name)))
        return {"task-identity-unknown",
                fmt::format("The data does not show what the identity of task {} may do.", task_name)};
    }
    if (!planned_) return {"mode-ignores-role", "What gives it today does not count in the ABAC mode."};
    const bool in_use = before_.engine().index().registries[*pair.before].quarantine_on;
    if (!in_use && is_one_of(id, {"read-quarantined", "pull-quarantined", "set-quarantine"}))
      return {"quarantine", "Quarantine is not known to be in use, so no role for it is assigned."};
    if (const Carrier* carrier = left_out(asker, pair, operation, example))
      return {"left-out", fmt::format("{} is not carried over: {}.", carrier->role, carrier->left_out)};
    const Asker& who = asker.after ? *asker.after : *asker.before;
    if (has_denies(*pair.after)) {
      if (const auto* deny = denying(*after_, who, *pair.after, operation, example))
        return {"deny-assignment", fmt::format("Deny assignment {} covers the data actions.", deny->name)};
    }
    if (kind == Change::Kind::PossiblyLost)
      return {"doubtful-grant", "It is not certain that this is allowed today, so it is not carried over."};
    if (id == "untag") return {"untag", "Removing tags asks for metadata/write in the ABAC mode."};
    if (task != nullptr)
      return {"not-expressible", fmt::format("No assignment gives it to the identity of task {}.", task_name)};
    return {"not-expressible", "No assignment of the plan gives it."};
  }

  /// The task uses an identity once the plan is carried out.
  [[nodiscard]] bool has_identity(const TaskAsker& asker) const {
    const std::string identity =
        after_->engine().snapshot().tasks[asker.task].source_registry_identity.value_or("none");
    return !identity.empty() && !model::equal_ignoring_case(identity, "none") &&
           !model::equal_ignoring_case(identity, "[caller]");
  }

  /// With --source-acr-auth-id [caller] a quick build pushes by the caller's own rights.
  /// Source: acr-authorization B.4 Tasks
  [[nodiscard]] Why why_no_quick_build(const DiffAsker& asker, const DiffRegistry& pair,
                                       const RepositorySet& names) const {
    const auto pushes = [&] {
      if (!asker.after) return false;
      const Access push = after_->access(*asker.after, *pair.after, *find_operation("push"), Causes::LeftOut);
      return (names - push.certain).empty();
    };
    if (!planned_ || pushes())
      return {"quick-build", "A quick build no longer pushes by default: run it with --source-acr-auth-id [caller]."};
    return {"quick-build-right",
            "A quick build no longer pushes by default, and with --source-acr-auth-id [caller] the caller needs "
            "Container Registry Repository Writer as well."};
  }

  /// A grant of today that the plan leaves out and that is behind the asker's access.
  const Carrier* left_out(const DiffAsker& asker, const DiffRegistry& pair, const Operation& operation,
                          const std::string& example) {
    const auto* entra = asker.before ? std::get_if<EntraAsker>(&*asker.before) : nullptr;
    if (entra == nullptr || !entra->known || left_out_.empty() || !may_explain()) return nullptr;
    const Decision decision =
        before_.engine().explain(before_.question(*asker.before, *pair.before, operation, example));
    const model::Snapshot& snapshot = before_.engine().snapshot();
    for (const Node* leaf : settling(decision)) {
      if (!leaf->finding.assignment && !leaf->finding.schedule_instance) continue;
      const std::string id = leaf->finding.assignment
                                 ? model::assignment_id(snapshot, snapshot.role_assignments[*leaf->finding.assignment])
                                 : snapshot.schedule_instances[*leaf->finding.schedule_instance].id;
      for (const auto& [principal, carrier] : left_out_) {
        if (carrier->id == id) return carrier;
      }
    }
    return nullptr;
  }

  /// The deny assignment that settles a question; null if none does.
  static const model::DenyAssignment* denying(const AccessSets& state, const Asker& asker, std::size_t registry,
                                              const Operation& operation, const std::string& example) {
    const Decision decision = state.engine().explain(state.question(asker, registry, operation, example));
    for (const Node* leaf : settling(decision)) {
      if (leaf->finding.deny_assignment && leaf->value == model::Truth::True)
        return &state.engine().snapshot().deny_assignments[*leaf->finding.deny_assignment];
    }
    return nullptr;
  }

  /// `alone`: the switch alone gives it too, as far as that was looked at.
  Why why_gained(Change::Kind kind, bool alone, const DiffAsker& asker, const DiffRegistry& pair,
                 const Operation& operation, const std::string& example) {
    if (elsewhere_)
      return {"counts-elsewhere", "An assignment of the plan is made above this registry as well, and counts here."};
    if (operation.special == Special::CachePull)
      return {"other-rule", "Artifact caches pull from upstreams in the ABAC mode alone."};
    if (operation.special == Special::QuickBuildPush)
      return {"other-rule", "Quick builds sign in as somebody in the ABAC mode."};
    if (operation.id == "pull-signed" && kind == Change::Kind::PossiblyGained)
      return {"other-rule", "Whether signed images can be pulled in the ABAC mode is contested."};
    if (planned_ && !alone) {
      const Asker& then = asker.before ? *asker.before : *asker.after;
      if (has_denies(*pair.before)) {
        if (const auto* deny = denying(before_, then, *pair.before, operation, example))
          return {"deny-assignment", fmt::format("Deny assignment {} covers the legacy actions alone.", deny->name)};
      }
      return {"role-holds-more", fmt::format("The new roles bring {}.", rights_of(operation))};
    }
    const Finding* grant = nullptr;
    std::optional<Decision> after;
    if (may_explain()) {
      const Asker& who = asker.after ? *asker.after : *asker.before;
      after = after_->engine().explain(after_->question(who, *pair.after, operation, example));
      grant = granting(*after);
    }
    if (grant == nullptr) return {"dormant-grant", "An assignment that is there already begins to count."};
    const model::Snapshot& snapshot = after_->engine().snapshot();
    const model::RoleAssignment& assignment = snapshot.role_assignments[*grant->assignment];
    return {"dormant-grant", fmt::format("{} at {}, which is there already, begins to count.",
                                         snapshot[assignment.role].name, snapshot[assignment.scope].display)};
  }

  [[nodiscard]] bool has_denies(std::size_t registry) const {
    return !before_.engine().index().registries[registry].deny_assignments.empty();
  }

  /// What an operation asks for in the ABAC mode: "content/read and metadata/read".
  static std::string rights_of(const Operation& operation) {
    std::string result;
    if (operation.abac.empty()) return "the right";
    for (const Right& right : operation.abac.front()) {
      std::string_view action = right.action;
      for (const std::string_view prefix : {kProvider, std::string_view("repositories/")}) {
        if (action.starts_with(prefix)) action.remove_prefix(prefix.size());
      }
      result += (result.empty() ? "" : " and ") + std::string(action);
    }
    return result;
  }

  std::uint32_t number_of(const Why& why) {
    const auto [place, added] = why_numbers_.try_emplace(why, static_cast<std::uint32_t>(whys_.size()));
    if (added) {
      whys_.push_back(&place->first);
      sentences_.push_back(
          sentence_numbers_.try_emplace(why.because, static_cast<std::uint32_t>(sentence_numbers_.size()))
              .first->second);
    }
    return place->second;
  }

  const AccessSets& before_;
  const AccessSets* after_ = nullptr;
  const ForEach& for_each_;
  const Identities identities_;
  static constexpr std::uint32_t kNoGroup = 0xFFFFFFFF, kNoLink = 0xFFFFFFFF;
  static constexpr SetPool::Number kNotNumbered = 0xFFFFFFFF;
  AccessDiff alone_;                                  ///< what the switch changes without the plan
  std::vector<std::vector<std::uint32_t>> group_of_;  ///< registry, asker → place in alone_.groups
  static constexpr std::size_t kExplained = 20'000;
  std::size_t explained_ = 0;
  bool planned_ = true, elsewhere_ = false;
  std::multimap<std::string, const Carrier*> left_out_;
  std::set<std::string> unknown_identities_;  ///< of tasks, REGISTRY/NAME
  std::vector<bool> is_task_;                 ///< by asker of the diff that is described

  // Of the group that is looked at.
  const ChangeGroup* group_ = nullptr;
  bool has_tasks_ = false;
  std::vector<AlikeAlone> alike_alone_;  ///< by the first of each
  std::optional<std::uint32_t> whole_;   ///< in pieces_
  std::map<std::vector<std::size_t>, std::uint32_t> part_numbers_;
  std::map<std::vector<bool>, std::uint32_t> numbers_of_alone_;

  // Of the registry that is looked at.
  std::vector<std::optional<std::uint32_t>> same_why_;
  std::vector<Single> singles_;
  std::vector<Link> links_;
  NumberLists said_;     ///< of each of singles_: kind, operation, names and why
  NumberLists drafted_;  ///< of each draft of the registry: what makes it the same change

  // Of the diff that is described. Two groups of a registry have nobody in common, and of one group a list has one
  // piece at most: lists of pieces are equal where the people are.
  std::vector<std::span<const std::size_t>> pieces_;  ///< groups and parts of groups
  std::deque<std::vector<std::size_t>> parts_;
  NumberLists lists_;  ///< of pieces, equal ones once

  // What drafts say, by number; the same for all that is described.
  static constexpr std::uint32_t kEveryName = SetPool::kAll;
  SetPool sets_;
  std::vector<Written> names_;
  std::map<Why, std::uint32_t> why_numbers_;
  std::vector<const Why*> whys_;
  std::map<std::string, std::uint32_t> sentence_numbers_;
  std::vector<std::uint32_t> sentences_;  ///< of each of whys_: equal for equal sentences
};

/// What follows from the changes for people, one note for each reason: losses that no assignment can prevent, and one
/// that the plan leaves to people.
void note_losses(Plan& plan) {
  struct Known {
    std::string_view code, text, source;
    std::vector<Note> Plan::*list = &Plan::residue;
  };
  static constexpr std::array<Known, 5> kKnown{{
      {"soft-delete", "can no longer list or restore soft-deleted artifacts: no data action exists for it.",
       "acr-authorization B.1, J20"},
      {"content-trust",
       "can no longer count on content trust (docker trust): sign with Notary Project and Repository Writer instead.",
       "acr-authorization C.1, J11"},
      {"quarantine",
       "can no longer reach quarantined artifacts, of which AcrQuarantineReader and AcrQuarantineWriter would be "
       "needed; they are not assigned, as quarantine is not known to be in use.",
       "acr-authorization A.4"},
      {"quick-build",
       "can push by a quick build only with --source-acr-auth-id [caller]; nobody's build command is in the data.",
       "acr-authorization B.4 Tasks, J34"},
      {"quick-build-right",
       "can push by quick builds today, without a right to push: with --source-acr-auth-id [caller] they are refused. "
       "Assign Repository Writer as well to those who build; nobody's builds are in the data.",
       "acr-authorization B.4 Tasks, J34", &Plan::open},
  }};
  for (const Known& known : kKnown) {
    Distinct lose, all;
    for (const Change& change : plan.changes) {
      if (change.reason != known.code) continue;
      all.add(change.who);
      if (change.kind == Change::Kind::Lost) lose.add(change.who);
    }
    if (all.empty()) continue;
    const auto people = [](std::size_t count) {
      return fmt::format("{} {}", count, count == 1 ? "identity" : "identities");
    };
    // Those who may lose it have it by a grant that is in doubt, or may have it.
    const std::size_t more = all.size() - lose.size();
    std::string who = lose.empty() ? "Possibly " + people(more) : people(lose.size());
    if (!lose.empty() && more > 0) who += fmt::format(", and possibly {} more,", more);
    (plan.*known.list)
        .push_back({.code = std::string(known.code),
                    .subject = "",
                    .text = fmt::format("{} {}", who, known.text),
                    .source = std::string(known.source),
                    .command = ""});
  }
}

}  // namespace

std::vector<const Operation*> judged_operations(const AccessSets& sets, std::size_t most) {
  const bool all = sets.askers().size() * sets.engine().snapshot().registries.size() <= most;
  std::vector<const Operation*> result;
  for (const Operation& operation : operations()) {
    if (operation.plane != Plane::Data && operation.special != Special::QuickBuildPush) continue;
    const bool interpreted = operation.special == Special::Purge || operation.special == Special::QuickBuildPush ||
                             operation.special == Special::Login || operation.special == Special::ExportFrom;
    if (all || !interpreted) result.push_back(&operation);
  }
  return result;
}

void make_switched(const AccessSets& before, const PlanRequest& request, std::optional<State>& switched) {
  switched.emplace(with_mode(before.engine().snapshot(), request.registries, model::PermissionMode::Abac), before);
}

void describe_changes(const AccessSets& before, const PlanRequest& request, std::optional<State>& switched,
                      Plan& plan) {
  const model::Snapshot& snapshot = before.engine().snapshot();
  const std::vector<const Operation*> operations = judged_operations(before, request.most_compared);
  const auto is_planned = [&](const DiffRegistry& registry) {
    return registry.before && std::find(request.registries.begin(), request.registries.end(), *registry.before) !=
                                  request.registries.end();
  };
  const auto others = [&](const DiffRegistry& registry) { return !is_planned(registry); };
  std::vector<std::string> problems;
  const State planned(apply(plan, snapshot, Stage::Removed, problems), before);
  const AccessSets* const both[] = {&switched->sets, &planned.sets};
  std::vector<AccessDiff> diffs =
      compare_with_each(before, both, operations, is_planned, request.for_each, Causes::LeftOut);

  Describer describer(plan, before, request.for_each);
  const Describer::Names of_switch = describer.number_names(diffs[0]);
  const Describer::Names of_plan = describer.number_names(diffs[1]);
  describer.write_names();
  // A description is one piece of work; the next comparison is made of many, which go on beside it.
  const auto describe_both = [&] {
    plan.switch_alone = describer.describe(switched->sets, std::move(diffs[0]), of_switch, Describer::Of::Switch);
    switched.reset();
    plan.changes = describer.describe(planned.sets, std::move(diffs[1]), of_plan, Describer::Of::Plan);
    describer.forget_switch();
  };
  const ForEach beside = [&](std::size_t count, const std::function<void(std::size_t)>& work) {
    request.for_each(count + 1, [&](std::size_t i) { i == 0 ? describe_both() : work(i - 1); });
  };
  AccessDiff elsewhere = compare(before, planned.sets, operations, others, beside, Causes::LeftOut);
  const Describer::Names of_others = describer.number_names(elsewhere);
  describer.write_names();
  plan.elsewhere =
      describer.describe(planned.sets, std::move(elsewhere), of_others, Describer::Of::Elsewhere, request.for_each);
  note_losses(plan);
  if (std::none_of(operations.begin(), operations.end(),
                   [](const Operation* o) { return o->special == Special::Purge; })) {
    plan.open.push_back({.code = "not-compared",
                         .subject = "",
                         .text = "The estate is so large that purge, quick builds, sign-in and import sources were not "
                                 "compared; quick builds push afterwards only with --source-acr-auth-id [caller].",
                         .source = "acr-authorization B.4",
                         .command = ""});
  }
}

}  // namespace acrbiter::evaluator::migration
