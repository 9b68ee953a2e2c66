// Everybody at once: who can, and the matrix.
//
// People who hold the same are one class, and a class is answered for all repositories at once, 64 to a word.
#include <bit>
#include <deque>
#include <memory>
#include <memory_resource>
#include <string>
#include <unordered_map>

#include "evaluator/likeness.h"
#include "evaluator/number_lists.h"
#include "evaluator/sets/access_impl.h"
#include "evaluator/sets/numbered_table.h"
#include "evaluator/text_hash.h"

namespace acrbiter::evaluator {

namespace {

/// Repositories in their order, and what each rule says of each of them.
class ManyNames {
 public:
  ManyNames(const GrantTables& tables, std::span<const std::string> repositories)
      : tables_(tables), sorted_(repositories.begin(), repositories.end()) {
    std::sort(sorted_.begin(), sorted_.end());
    sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
  }

  [[nodiscard]] std::span<const std::string_view> sorted() const { return sorted_; }
  [[nodiscard]] std::size_t words() const { return (sorted_.size() + kLanes - 1) / kLanes; }
  [[nodiscard]] std::uint32_t place_of(std::string_view name) const {
    return static_cast<std::uint32_t>(std::lower_bound(sorted_.begin(), sorted_.end(), name) - sorted_.begin());
  }

  /// One bit a name. Throws model::RepositorySetTooLarge.
  std::span<const Lanes> of(const NameRule& rule) {
    std::vector<Lanes>& lanes = lanes_[{&rule, Right::kNoBit}];
    if (!lanes.empty()) return lanes;
    if (rule.test == nullptr) {
      lanes = of(tables_.names(rule, nullptr));
      return lanes;
    }
    std::vector<std::uint64_t> holds(words());
    rule.test->holds_for_each(sorted_, holds);
    const Lanes if_true = Lanes::constant(rule.if_true);
    const Lanes if_false = Lanes::constant(rule.if_false);
    lanes.resize(words());
    for (std::size_t word = 0; word < words(); ++word) {
      lanes[word] = {.certain = (if_true.certain & holds[word]) | (if_false.certain & ~holds[word]),
                     .possible = (if_true.possible & holds[word]) | (if_false.possible & ~holds[word])};
    }
    return lanes;
  }
  std::span<const Lanes> of(const DenyRule& rule, const Right& right) {
    std::vector<Lanes>& lanes = lanes_[{&rule, right.bit}];
    if (lanes.empty()) lanes = of(tables_.names(rule, right, nullptr));
    return lanes;
  }

 private:
  [[nodiscard]] std::vector<Lanes> of(const Interval& names) const {
    std::vector<Lanes> lanes(words());
    for (std::size_t i = 0; i < sorted_.size(); ++i) lanes[i / kLanes].set(i % kLanes, names.at(sorted_[i]));
    return lanes;
  }

  struct Hash {
    std::size_t operator()(const std::pair<const void*, std::uint8_t>& key) const {
      return std::hash<const void*>()(key.first) * 31 + key.second;
    }
  };

  const GrantTables& tables_;
  std::vector<std::string_view> sorted_;
  std::unordered_map<std::pair<const void*, std::uint8_t>, std::vector<Lanes>, Hash> lanes_;
};

/// Bytes that are equal where what they were made from is.
class Key {
 public:
  template <class T>
  void add(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <class List>
  void add_list(const List& list) {
    using T = typename List::value_type;
    static_assert(std::has_unique_object_representations_v<T>);
    add(list.size());
    bytes_.append(reinterpret_cast<const char*>(list.data()), list.size() * sizeof(T));
  }
  void clear() { bytes_.clear(); }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Askers that a registry's tables cannot tell apart: their answers are equal, name by name.
struct Class {
  std::span<const AskerIndex> askers;  ///< in order
  bool single = false;                 ///< another door, or an answer that depends on who asks: nobody else is in it
  bool nobody = false;                 ///< deleted from the directory
  bool complete = false;               ///< all their groups are known
  std::array<std::span<const std::uint32_t>, 2> effects;       ///< in each mode that counts, what they hold
  std::array<std::span<const PrincipalIndex>, 2> open_groups;  ///< with causes: whose other members may hold more
  std::array<std::span<const Denied>, 2> denials;
};

/// The lists of somebody whose class is looked for.
struct Candidate {
  std::array<std::vector<std::uint32_t>, 2> effects;
  std::array<std::vector<PrincipalIndex>, 2> open_groups;
  std::array<std::vector<Denied>, 2> denials;

  /// Keeps the memory of the lists.
  void clear() {
    for (std::size_t s = 0; s < effects.size(); ++s) {
      effects[s].clear();
      open_groups[s].clear();
      denials[s].clear();
    }
  }
};

}  // namespace

/// Everybody at one registry, by what they hold of the rights that some operations need.
class AccessSets::Impl::Classes {
 public:
  /// `with_causes`: what leaves the answers of a class open is the same as well.
  Classes(const Impl& impl, std::size_t registry, std::span<const Operation* const> operations, bool with_causes)
      : impl_(impl), registry_(registry), with_causes_(with_causes) {
    bool tables_decide = true;
    for (const Operation* operation : operations) tables_decide &= impl.by_tables(EntraAsker{}, *operation);
    if (tables_decide) {
      for (const PermissionMode mode : impl.modes(registry)) add_side(mode, operations);
    }
    const std::vector<AskerIndex> everybody = impl.askers_at(registry);
    std::vector<std::size_t> class_of;
    class_of.reserve(everybody.size());
    for (const AskerIndex asker : everybody) {
      const bool by_tables = model::at(asker) < impl.entra_principals.size() && tables_decide;
      class_of.push_back(by_tables ? find(impl.entra_principals[model::at(asker)]) : new_single());
    }
    fill(everybody, class_of);
  }

  [[nodiscard]] std::span<const Class> all() const { return classes_; }

  /// What tells the classes apart for one of the operations.
  struct OneOperation {
    std::array<RightMask, 2> rights;                    ///< on each side
    std::array<std::vector<std::uint32_t>, 2> effects;  ///< numbers of the effects as far as these rights go
  };
  [[nodiscard]] OneOperation one(const Operation& operation) {
    OneOperation result;
    for (std::size_t s = 0; s < sides_.size(); ++s) {
      const Side& side = sides_[s];
      result.rights[s] = rights_of(operation, side.table->mode);
      std::unordered_map<std::string, std::uint32_t> known;
      for (std::size_t e = 0; e < side.effects.size(); ++e)
        result.effects[s].push_back(number_of(side.effects[e], result.rights[s], side.holders[e], known));
    }
    return result;
  }
  /// Equal for classes that are not single whose answers to the operation are equal, and with causes these too.
  [[nodiscard]] const std::string& key_of(const Class& same, const OneOperation& operation) {
    key_.clear();
    key_.add(same.nobody);
    key_.add(same.complete);
    for (std::size_t s = 0; s < sides_.size() && !same.nobody; ++s) {
      numbers_.clear();
      for (const std::uint32_t effect : same.effects[s]) {
        if (const std::uint32_t number = operation.effects[s][effect]; number != 0) numbers_.push_back(number);
      }
      std::sort(numbers_.begin(), numbers_.end());
      numbers_.erase(std::unique(numbers_.begin(), numbers_.end()), numbers_.end());
      key_.add_list(numbers_);
      key_.add_list(same.open_groups[s]);
      for (const Denied& denial : same.denials[s]) {
        if ((denial.rule->rights & operation.rights[s]).none()) continue;
        key_.add(denial.rule);
        key_.add(denial.doubtful);
      }
      key_.add<const DenyRule*>(nullptr);  // the end of the list
    }
    return key_.bytes();
  }

  /// What the classes hold of each right, as numbers of a pool.
  class Numbers {
   public:
    Numbers(const Classes& classes, std::span<const Operation* const> operations, SetPool& pool)
        : classes_(classes), pool_(pool), sides_(classes.sides_.size()) {
      for (std::size_t s = 0; s < sides_.size(); ++s) {
        const Classes::Side& side = classes.sides_[s];
        for (const Operation* operation : operations) {
          if (!operation->takes_repository) sides_[s].without_name |= rights_of(*operation, side.table->mode);
        }
        for (const Holding& effect : side.effects) sides_[s].of_effect.push_back(rules_of(effect));
        sides_[s].of_pool = rules_of(side.table->pool);
      }
    }

    /// Whether look() may be asked: no condition is too large for a set, and none decides about the registry as a
    /// whole.
    [[nodiscard]] bool has(const Class& same) const {
      for (std::size_t s = 0; s < sides_.size() && !same.nobody; ++s) {
        const auto fits = [&](const Rules& rules) {
          return !rules.too_large && (rules.rights & sides_[s].without_name).none();
        };
        if (!same.complete && !fits(sides_[s].of_pool)) return false;
        for (const std::uint32_t effect : same.effects[s]) {
          if (!fits(sides_[s].of_effect[effect])) return false;
        }
        for (const Denied& denial : same.denials[s]) {
          if ((denial.rule->rights & sides_[s].without_name).any()) return false;
        }
      }
      return true;
    }

    /// Works out the rights of a class. May throw model::RepositorySetTooLarge.
    void look(const Class& same) {
      key_.clear();
      nobody_ = same.nobody;
      key_.push_back(nobody_ ? 1 : 0);
      for (std::size_t s = 0; s < sides_.size() && !nobody_; ++s) look(same, s);
    }
    /// Equal for classes of equal rights.
    [[nodiscard]] const std::vector<SetPool::Number>& key() const { return key_; }

    /// Where the class that was looked at may do it. May throw model::RepositorySetTooLarge.
    [[nodiscard]] AccessNumbers access(const Operation& operation) {
      if (nobody_) return {};
      std::optional<NumberedInterval> value;
      for (std::size_t s = 0; s < sides_.size(); ++s) {
        const Classes::Side& side = classes_.sides_[s];
        const NumberedInterval in_mode = classes_.impl_.operation_in<NumberedInterval>(
            side.table->mode, operation, [&](const Right& right) { return sides_[s].held[side.place[right.bit]]; });
        value = value ? agree(*value, in_mode) : in_mode;
      }
      if (operation.takes_repository && operation.plane == Plane::Data &&
          !classes_.impl_.locks[classes_.registry_].empty()) {
        const Interval stopped_names = classes_.impl_.locked(classes_.registry_, operation);
        value->certain = pool_.minus(value->certain, pool_.number(stopped_names.possible));
        value->possible = pool_.minus(value->possible, pool_.number(stopped_names.certain));
      }
      const NumberedInterval passes =
          NumberedInterval::constant(classes_.impl_.registry_lets(classes_.registry_, operation));
      const NumberedInterval all = both(*value, passes);
      return {all.certain, all.possible};
    }

   private:
    struct Rule {
      RightMask rights;
      SetPool::Number certain, possible;
    };
    struct Rules {
      RightMask rights;  ///< of all
      std::vector<Rule> list;
      bool too_large = false;
    };
    struct Side {
      RightMask without_name;  ///< that operations on the registry as a whole ask for
      std::vector<Rules> of_effect;
      Rules of_pool;
      std::map<std::pair<const DenyRule*, std::uint8_t>, NumberedInterval> of_deny;
      std::vector<NumberedInterval> held;  ///< of the class that is looked at, right by right
    };

    /// A rule that depends on the asker has classes of its own, which nobody looks at.
    Rules rules_of(const Holding& holding) {
      Rules rules;
      for (const RuledRights& ruled : holding.ruled) {
        rules.rights |= ruled.rights;
        if (ruled.rule->of_asker) {
          rules.too_large = true;
          continue;
        }
        const auto [place, is_new] = of_rule_.try_emplace(ruled.rule);
        if (is_new) {
          try {
            const Interval names = classes_.impl_.tables.names(*ruled.rule, nullptr);
            place->second = {
                .pool = &pool_, .certain = pool_.number(names.certain), .possible = pool_.number(names.possible)};
          } catch (const model::RepositorySetTooLarge&) {
          }
        }
        if (place->second.pool == nullptr) rules.too_large = true;
        rules.list.push_back({ruled.rights, place->second.certain, place->second.possible});
      }
      return rules;
    }

    const NumberedInterval& names_of(Side& side, const DenyRule& rule, const Right& right) {
      const auto [place, is_new] = side.of_deny.try_emplace({&rule, right.bit});
      if (is_new) {
        const Interval names = classes_.impl_.tables.names(rule, right, nullptr);
        place->second = {
            .pool = &pool_, .certain = pool_.number(names.certain), .possible = pool_.number(names.possible)};
      }
      return place->second;
    }

    void look(const Class& same, std::size_t s) {
      const Classes::Side& side = classes_.sides_[s];
      Side& own = sides_[s];
      RightMask certain, open = side.table->always_open;
      rules_.clear();
      for (const std::uint32_t effect : same.effects[s]) {
        certain |= side.effects[effect].certain;
        open |= side.effects[effect].open;
        for (const Rule& rule : own.of_effect[effect].list) rules_.push_back(&rule);
      }
      if (!same.complete) open |= side.table->pool.certain | side.table->pool.open;
      own.held.assign(side.rights.size(), NumberedInterval{});
      for (std::size_t r = 0; r < side.rights.size(); ++r) {
        const std::size_t bit = side.rights[r].bit;
        NumberedInterval& held = own.held[r];
        held = NumberedInterval::constant(certain.test(bit) ? Truth::True
                                          : open.test(bit)  ? Truth::Unknown
                                                            : Truth::False);
        held.pool = &pool_;
        if (!certain.test(bit)) by_rules(same, own, bit, held);
        if (!side.table->always_denied_open.test(bit) && same.denials[s].empty()) continue;
        NumberedInterval taken =
            NumberedInterval::constant(side.table->always_denied_open.test(bit) ? Truth::Unknown : Truth::False);
        for (const Denied& denial : same.denials[s]) {
          if (!denial.rule->rights.test(bit)) continue;
          NumberedInterval names = names_of(own, *denial.rule, side.rights[r]);
          if (denial.doubtful) names.certain = SetPool::kNone;
          taken = either(taken, names);
        }
        held = both(!taken, held);
      }
      for (const NumberedInterval& held : own.held) key_.insert(key_.end(), {held.certain, held.possible});
    }

    /// Adds what rules give of one right.
    void by_rules(const Class& same, const Side& own, std::size_t bit, NumberedInterval& held) {
      numbers_.clear();
      bool open = false;
      for (const Rule* rule : rules_) {
        if (!rule->rights.test(bit)) continue;
        numbers_.push_back(rule->certain);
        open |= rule->certain != rule->possible;
      }
      const bool with_pool = !same.complete && own.of_pool.rights.test(bit);
      if (!numbers_.empty()) held.certain = pool_.united(numbers_);
      if (held.possible == SetPool::kAll) return;
      if (!open && !with_pool) {
        held.possible = held.certain;
        return;
      }
      numbers_.clear();
      for (const Rule* rule : rules_) {
        if (rule->rights.test(bit)) numbers_.push_back(rule->possible);
      }
      for (const Rule& rule : own.of_pool.list) {
        if (with_pool && rule.rights.test(bit)) numbers_.push_back(rule.possible);
      }
      held.possible = pool_.united(numbers_);
    }

    const Classes& classes_;
    SetPool& pool_;
    std::vector<Side> sides_;
    std::unordered_map<const NameRule*, NumberedInterval> of_rule_;  ///< without a pool: too large
    std::vector<SetPool::Number> key_, numbers_;
    std::vector<const Rule*> rules_;
    bool nobody_ = false;
  };

  /// The answers of a class that is not single, 64 names to a word. Throws model::RepositorySetTooLarge.
  void answer(const Class& same, std::span<const Operation* const> operations, ManyNames& names,
              std::vector<Lanes>& out) {
    const std::size_t words = names.words();
    out.assign(operations.size() * words, Lanes{});
    if (same.nobody) return;
    for (std::size_t s = 0; s < sides_.size(); ++s) held(sides_[s], same, s, names);
    for (std::size_t o = 0; o < operations.size(); ++o) {
      if (!operations[o]->takes_repository) {  // what a rule says of a name does not count
        const Asker& asker = impl_.askers[model::at(same.askers.front())];
        const Lanes value = Lanes::constant(impl_.decide(asker, registry_, *operations[o], {}));
        std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(o * words), words, value);
        continue;
      }
      const std::vector<Lanes>& passes = passes_of(*operations[o], names);
      const std::span<Lanes> row(out.data() + o * words, words);
      in_mode(sides_.front(), *operations[o], row);
      for (std::size_t s = 1; s < sides_.size(); ++s) {
        other_mode_.resize(words);
        in_mode(sides_[s], *operations[o], other_mode_);
        for (std::size_t word = 0; word < words; ++word) row[word] = agree(row[word], other_mode_[word]);
      }
      for (std::size_t word = 0; word < words; ++word) row[word] = both(row[word], passes[word]);
    }
  }

 private:
  struct Side {
    const GrantTable* table = nullptr;
    RightMask mask;
    std::vector<Right> rights;
    std::array<std::uint8_t, kMaxRights> place{};  ///< bit → place in `rights`
    bool denies = false;
    bool pool_of_asker = false;
    std::vector<Holding> effects;             ///< different holdings of these rights; the first is nothing
    std::vector<std::uint8_t> of_asker;       ///< of each effect: it depends on who asks
    std::vector<PrincipalIndex> holders;      ///< of each effect that may leave something open, if that counts
    std::vector<std::uint32_t> begin, items;  ///< of each principal: places in `effects`
    std::vector<Lanes> effect_lanes;          ///< of [effect][right][word]; filled when first asked for
    std::vector<Lanes> pool_lanes;            ///< of [right][word]
    std::vector<Lanes> held;                  ///< the same of the class that is looked at
  };

  void add_side(PermissionMode mode, std::span<const Operation* const> operations) {
    Side& side = sides_.emplace_back();
    side.table = &impl_.tables.table(registry_, mode);
    for (const Operation* operation : operations) {
      for (const AllOf& all : needs_of(*operation, mode)) {
        for (const Right& right : all) {
          if (side.mask.test(right.bit)) continue;
          side.mask.set(right.bit);
          side.place[right.bit] = static_cast<std::uint8_t>(side.rights.size());
          side.rights.push_back(right);
        }
      }
    }
    side.denies = (side.table->denied & side.mask).any();
    for (const RuledRights& ruled : side.table->pool.ruled)
      side.pool_of_asker |= ruled.rule->of_asker && (ruled.rights & side.mask).any();

    // Who holds what: counted, then filled in.
    side.effects.emplace_back();
    side.of_asker.push_back(0);
    side.holders.push_back(kAnybody);
    std::vector<std::uint32_t> effect_of(side.table->holdings.size());
    std::unordered_map<std::string, std::uint32_t> known;
    for (std::size_t h = 0; h < effect_of.size(); ++h) effect_of[h] = effect(side, side.table->holdings[h], known);
    side.begin.assign(impl_.snapshot.principals.size() + 1, 0);
    const auto each = [&](const auto& f) {
      for (std::size_t h = 0; h < effect_of.size(); ++h) {
        if (effect_of[h] == 0) continue;
        for (const PrincipalIndex member : impl_.members_of(side.table->holdings[h].first))
          f(model::at(member), effect_of[h]);
      }
    };
    each([&](std::size_t member, std::uint32_t) { ++side.begin[member + 1]; });
    for (std::size_t i = 1; i < side.begin.size(); ++i) side.begin[i] += side.begin[i - 1];
    side.items.resize(side.begin.back());
    std::vector<std::uint32_t> fill(side.begin.begin(), side.begin.end() - 1);
    each([&](std::size_t member, std::uint32_t effect) { side.items[fill[member]++] = effect; });
  }

  /// The place of what one holder holds of the side's rights.
  std::uint32_t effect(Side& side, const std::pair<PrincipalIndex, Holding>& holder,
                       std::unordered_map<std::string, std::uint32_t>& known) {
    Holding held;
    held.certain = holder.second.certain & side.mask;
    held.open = holder.second.open & side.mask & ~held.certain;
    for (const RuledRights& ruled : holder.second.ruled) {
      const RightMask asked = ruled.rights & side.mask & ~held.certain;
      if (asked.any()) held.ruled.push_back({asked, ruled.rule});
    }
    std::sort(held.ruled.begin(), held.ruled.end(),
              [](const RuledRights& a, const RuledRights& b) { return a.rule->number < b.rule->number; });
    const std::uint32_t number = number_of(held, side.mask, holder.first, known);
    if (number == side.effects.size()) {
      side.holders.push_back(may_be_open(held, side.mask) ? holder.first : kAnybody);
      side.of_asker.push_back(depends_on_asker(held) ? 1 : 0);
      side.effects.push_back(std::move(held));
    }
    return number;
  }

  [[nodiscard]] static bool depends_on_asker(const Holding& holding) {
    return std::any_of(holding.ruled.begin(), holding.ruled.end(),
                       [](const RuledRights& ruled) { return ruled.rule->of_asker; });
  }

  /// Equal numbers for holdings that are equal as far as `rights` go; 0 for nothing, else counted from 1.
  std::uint32_t number_of(const Holding& holding, const RightMask& rights, PrincipalIndex holder,
                          std::unordered_map<std::string, std::uint32_t>& known) {
    key_.clear();
    key_.add(holding.certain & rights);
    key_.add(holding.open & rights);
    bool nothing = ((holding.certain | holding.open) & rights).none();
    for (const RuledRights& ruled : holding.ruled) {
      if ((ruled.rights & rights).none()) continue;
      nothing = false;
      key_.add(ruled.rights & rights);
      key_.add(ruled.rule->number);
    }
    if (nothing) return 0;
    if (may_be_open(holding, rights)) key_.add(holder);
    return known.try_emplace(key_.bytes(), static_cast<std::uint32_t>(known.size() + 1)).first->second;
  }

  /// Whose holding it is may be told as a cause.
  [[nodiscard]] bool may_be_open(const Holding& holding, const RightMask& rights) const {
    if (!with_causes_) return false;
    return (holding.open & rights).any() ||
           std::any_of(holding.ruled.begin(), holding.ruled.end(), [&](const RuledRights& ruled) {
             const NameRule& rule = *ruled.rule;
             const bool settled =
                 rule.test != nullptr && rule.if_true != Truth::Unknown && rule.if_false != Truth::Unknown;
             return (ruled.rights & rights).any() && !settled;
           });
  }

  /// Tells the classes who is in them.
  void fill(std::span<const AskerIndex> everybody, std::span<const std::size_t> class_of) {
    std::vector<std::size_t> end(classes_.size() + 1);
    for (const std::size_t place : class_of) ++end[place + 1];
    for (std::size_t c = 1; c < end.size(); ++c) end[c] += end[c - 1];
    members_.resize(everybody.size());
    for (std::size_t i = 0; i < everybody.size(); ++i) members_[end[class_of[i]]++] = everybody[i];
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      const std::size_t begin = c == 0 ? 0 : end[c - 1];
      classes_[c].askers = std::span(members_).subspan(begin, end[c] - begin);
    }
  }

  /// The class, by its place, of somebody who is alone in it.
  std::size_t new_single() {
    classes_.emplace_back().single = true;
    return classes_.size() - 1;
  }

  /// The class that somebody is in.
  std::size_t find(PrincipalIndex principal) {
    const QuickPrincipal& about = impl_.quick_principals[model::at(principal)];
    std::uint32_t* const known = place_of_few(about, principal);
    if (known != nullptr && *known != kNoClass) return *known;
    const std::size_t place = find_by_lists(principal, about);
    if (known != nullptr && !classes_[place].single) *known = static_cast<std::uint32_t>(place);
    return place;
  }

  /// Most hold one thing or nothing in the one mode that counts: where the class of those is remembered. Null for
  /// others.
  std::uint32_t* place_of_few(const QuickPrincipal& about, PrincipalIndex principal) {
    if (sides_.size() != 1 || with_causes_ || sides_.front().denies || about.presence != Presence::There)
      return nullptr;
    const Side& side = sides_.front();
    const std::uint32_t begin = side.begin[model::at(principal)];
    const std::uint32_t end = side.begin[model::at(principal) + 1];
    if (end > begin + 1) return nullptr;
    std::vector<std::uint32_t>& classes = class_of_few_[about.complete ? 1 : 0];
    if (classes.empty()) classes.assign(side.effects.size(), kNoClass);
    return &classes[end == begin ? 0 : side.items[begin]];
  }

  std::size_t find_by_lists(PrincipalIndex principal, const QuickPrincipal& about) {
    Candidate& candidate = candidate_;
    candidate.clear();
    const bool nobody = about.presence == Presence::Gone;
    key_.clear();
    key_.add(nobody);
    key_.add(about.complete);
    bool of_asker = about.presence == Presence::MayBeGone || about.presence == Presence::Created;
    Reach reach;
    std::span<const PrincipalIndex> groups;
    if (with_causes_ || std::any_of(sides_.begin(), sides_.end(), [](const Side& side) { return side.denies; }))
      groups = impl_.groups_of(principal, reach);
    for (std::size_t s = 0; s < sides_.size() && !nobody; ++s) {
      const Side& side = sides_[s];
      std::vector<std::uint32_t>& effects = candidate.effects[s];
      effects.assign(side.items.begin() + side.begin[model::at(principal)],
                     side.items.begin() + side.begin[model::at(principal) + 1]);
      std::sort(effects.begin(), effects.end());
      effects.erase(std::unique(effects.begin(), effects.end()), effects.end());
      key_.add_list(effects);
      for (const std::uint32_t effect : effects) of_asker |= side.of_asker[effect] != 0;
      of_asker |= side.pool_of_asker && !about.complete;
      if (with_causes_ && !about.complete) {
        for (const PrincipalIndex group : groups) {
          if (impl_.ix.groups.open(group) && side.table->find(group) != nullptr)
            candidate.open_groups[s].push_back(group);
        }
        key_.add_list(candidate.open_groups[s]);
      }
      if (!side.denies) continue;
      const EntraAsker entra{.principal = principal, .id = {}, .typed_as = {}};
      candidate.denials[s] = impl_.denied(entra, groups, *side.table, side.mask);
      key_.add(candidate.denials[s].size());
      for (const Denied& denial : candidate.denials[s]) {
        of_asker |= impl_.tables.of_asker(*denial.rule);
        key_.add(denial.rule);
        key_.add(denial.doubtful);
      }
    }
    if (of_asker) return new_single();
    const auto known = known_.find(key_.bytes());
    if (known != known_.end()) return known->second;
    const std::span<const char> key = kept(key_.bytes());
    known_.emplace(std::string_view(key.data(), key.size()), classes_.size());
    Class& added = classes_.emplace_back();
    added.nobody = nobody;
    added.complete = about.complete;
    for (std::size_t s = 0; s < sides_.size(); ++s) {
      added.effects[s] = kept(candidate.effects[s]);
      added.open_groups[s] = kept(candidate.open_groups[s]);
      added.denials[s] = kept(candidate.denials[s]);
    }
    return classes_.size() - 1;
  }

  /// A copy of the list that lasts as long as this.
  template <class List>
  [[nodiscard]] std::span<const typename List::value_type> kept(const List& list) {
    using T = typename List::value_type;
    if (list.empty()) return {};
    auto* const copy = static_cast<T*>(memory_.allocate(list.size() * sizeof(T), alignof(T)));
    std::uninitialized_copy(list.begin(), list.end(), copy);
    return {copy, list.size()};
  }

  /// What an operation comes to in the mode of a side for the class that is looked at, where neither name nor lock
  /// stands in the way. `out` has a place for each word.
  void in_mode(const Side& side, const Operation& operation, std::span<Lanes> out) {
    const std::size_t words = out.size();
    const auto lanes_of = [&](std::size_t bit, std::size_t word) { return side.held[side.place[bit] * words + word]; };
    const PermissionMode mode = side.table->mode;
    const auto [plan, is_new] = plans_.try_emplace(&operation);
    if (is_new) plan->second = impl_.plans_of(operation);
    const QuickTable::Needs needed = plan->second[static_cast<std::size_t>(mode)].rights;
    if (needed.all == 0 || needed.open_with != 0) {
      for (std::size_t word = 0; word < words; ++word)
        out[word] =
            impl_.operation_in<Lanes>(mode, operation, [&](const Right& right) { return lanes_of(right.bit, word); });
      return;
    }
    // Nearly always: some rights of which all are needed, and nothing else.
    std::fill(out.begin(), out.end(), Lanes::constant(Truth::True));
    for (std::uint64_t rest = needed.all; rest != 0; rest &= rest - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(rest));
      for (std::size_t word = 0; word < words; ++word) out[word] = both(out[word], lanes_of(bit, word));
    }
  }

  /// Sets `side.held`: for each right, what a class holds and no deny assignment takes.
  void held(Side& side, const Class& same, std::size_t number, ManyNames& names) {
    const std::size_t words = names.words();
    if (side.pool_lanes.empty()) fill_lanes(side, names);
    const std::size_t width = side.rights.size() * words;
    side.held.assign(width, Lanes{});
    for (std::size_t r = 0; r < side.rights.size(); ++r) {
      if (!side.table->always_open.test(side.rights[r].bit)) continue;
      for (std::size_t word = 0; word < words; ++word) side.held[r * words + word].possible = ~std::uint64_t{0};
    }
    for (const std::uint32_t effect : same.effects[number]) {
      const Lanes* lanes = side.effect_lanes.data() + effect * width;
      for (std::size_t i = 0; i < width; ++i) side.held[i] = either(side.held[i], lanes[i]);
    }
    if (!same.complete) {
      for (std::size_t i = 0; i < width; ++i) side.held[i].possible |= side.pool_lanes[i].possible;
    }
    for (std::size_t r = 0; r < side.rights.size(); ++r) {
      const Right& right = side.rights[r];
      const bool open = side.table->always_denied_open.test(right.bit);
      if (!open && same.denials[number].empty()) continue;
      std::vector<Lanes> taken(words, Lanes::constant(open ? Truth::Unknown : Truth::False));
      for (const Denied& denial : same.denials[number]) {
        if (!denial.rule->rights.test(right.bit)) continue;
        const auto lanes = names.of(*denial.rule, right);
        for (std::size_t word = 0; word < words; ++word)
          taken[word] = either(
              taken[word], {.certain = denial.doubtful ? 0 : lanes[word].certain, .possible = lanes[word].possible});
      }
      for (std::size_t word = 0; word < words; ++word)
        side.held[r * words + word] = both(!taken[word], side.held[r * words + word]);
    }
  }

  void fill_lanes(Side& side, ManyNames& names) {
    const std::size_t words = names.words();
    const std::size_t width = side.rights.size() * words;
    const auto fill = [&](const Holding& holding, Lanes* out) {
      for (std::size_t r = 0; r < side.rights.size(); ++r) {
        const std::size_t bit = side.rights[r].bit;
        const Lanes always = Lanes::constant(holding.certain.test(bit) ? Truth::True
                                             : holding.open.test(bit)  ? Truth::Unknown
                                                                       : Truth::False);
        std::fill_n(out + r * words, words, always);
        for (const RuledRights& ruled : holding.ruled) {
          if (!ruled.rights.test(bit)) continue;
          const auto lanes = names.of(*ruled.rule);
          for (std::size_t word = 0; word < words; ++word)
            out[r * words + word] = either(out[r * words + word], lanes[word]);
        }
      }
    };
    side.effect_lanes.assign(side.effects.size() * width, Lanes{});
    for (std::size_t e = 0; e < side.effects.size(); ++e) {
      if (side.of_asker[e] == 0) fill(side.effects[e], side.effect_lanes.data() + e * width);
    }
    side.pool_lanes.assign(width, Lanes{});
    if (!side.pool_of_asker) fill(side.table->pool, side.pool_lanes.data());
  }

  /// Where neither the name nor a lock stands in the way.
  const std::vector<Lanes>& passes_of(const Operation& operation, const ManyNames& names) {
    std::vector<Lanes>& passes = passes_[&operation];
    if (!passes.empty()) return passes;
    const Stops stops = stops_of(operation);
    const Truth always = impl_.registry_lets(registry_, operation);
    passes.resize(names.words());
    for (std::size_t i = 0; i < names.sorted().size(); ++i) {
      const std::string_view name = names.sorted()[i];
      Truth open = truth_of(model::is_legal_repository_name(name));
      if (open == Truth::True && operation.plane == Plane::Data) {
        const auto lock = impl_.locks[registry_].find(name);
        if (lock != impl_.locks[registry_].end()) open = !stopped(lock->second, stops);
      }
      passes[i / kLanes].set(i % kLanes, model::both(always, open));
    }
    return passes;
  }

  static constexpr PrincipalIndex kAnybody{0xFFFFFFFF};

  const Impl& impl_;
  std::size_t registry_;
  bool with_causes_;
  std::vector<Side> sides_;  ///< one for each mode that counts; none if the interpreter decides
  std::vector<Class> classes_;
  std::vector<AskerIndex> members_;  ///< class by class
  struct HashOfBytes {
    std::size_t operator()(std::string_view bytes) const {
      const std::uint64_t hash = text_hash<LetterCase::Matters>(bytes);
      return hash ^ hash >> 32U;  // the lowest bits choose here
    }
  };
  std::pmr::monotonic_buffer_resource memory_;  ///< of the lists of the classes and their keys
  std::pmr::unordered_map<std::string_view, std::size_t, HashOfBytes> known_{&memory_};
  static constexpr std::uint32_t kNoClass = 0xFFFFFFFF;
  std::array<std::vector<std::uint32_t>, 2> class_of_few_;  ///< by what they hold; [1]: all their groups are known
  std::unordered_map<const Operation*, std::vector<Lanes>> passes_;
  std::unordered_map<const Operation*, Plans> plans_;
  // What is filled anew for each asker or class, kept because it would be allocated anew.
  Candidate candidate_;
  Key key_;
  std::vector<std::uint32_t> numbers_;
  std::vector<Lanes> other_mode_;
};

/// Everybody's answer for one name where it is a matter of holding all the rights of a plan: holders are gone through
/// once, and each gives what it holds to its members.
class AccessSets::Impl::QuickHolders {
 public:
  /// Nothing if more than that is in the way.
  static std::optional<std::vector<Holder>> find(const Impl& impl, std::size_t registry, const Operation& operation,
                                                 std::string_view repository) {
    if (!operation.takes_repository) repository = {};
    const Plans plans = impl.plans_of(operation);
    const Plan* plan = impl.plain(registry, plans).plan;
    if (plan == nullptr || (plan->names && !model::is_legal_repository_name(repository))) return std::nullopt;
    const GrantTable& table = impl.tables.table(registry, impl.quick_registries[registry].mode);

    // A right is a bit in what follows, in the order of `bits`.
    std::vector<std::size_t> bits;
    std::uint8_t open_with = 0;
    for (std::size_t bit = 0; bit < QuickTable::kRights; ++bit) {
      const std::uint64_t right = std::uint64_t{1} << bit;
      if ((plan->rights.all & right) == 0) continue;
      if (plan->rights.open_with == right) open_with = static_cast<std::uint8_t>(1U << bits.size());
      bits.push_back(bit);
    }
    if (bits.size() > 8) return std::nullopt;
    const auto small = [&](const RightMask& mask) {
      std::uint8_t result = 0;
      for (std::size_t i = 0; i < bits.size(); ++i) result |= static_cast<std::uint8_t>(mask.test(bits[i]) << i);
      return result;
    };
    const auto needed = static_cast<std::uint8_t>((1U << bits.size()) - 1);

    struct Gathered {
      std::uint8_t certain = 0, possible = 0;
    };
    const auto value_of = [&](const Holding& holding, Gathered& out) {
      out.certain = small(holding.certain);
      out.possible = static_cast<std::uint8_t>(out.certain | small(holding.open));
      for (const RuledRights& ruled : holding.ruled) {
        const std::uint8_t asked = small(ruled.rights);
        if ((asked & ~out.certain) == 0) continue;
        if (ruled.rule->of_asker) return false;
        const Truth value = impl.tables.value(*ruled.rule, nullptr, repository);
        if (value == Truth::True) out.certain |= asked;
        if (value != Truth::False) out.possible |= asked;
      }
      return true;
    };
    Gathered pool;
    if (!value_of(table.pool, pool)) return std::nullopt;
    std::vector<Gathered> gathered(impl.snapshot.principals.size());
    for (const auto& [holder, holding] : table.holdings) {
      Gathered given;
      if (!value_of(holding, given)) return std::nullopt;
      if (given.possible == 0) continue;
      for (const PrincipalIndex member : impl.members_of(holder)) {
        Gathered& to = gathered[model::at(member)];
        to.certain |= given.certain;
        to.possible |= given.possible;
      }
    }

    const std::uint8_t always = small(table.always_open);
    const std::uint8_t always_for_created = small(table.open_for_created);
    std::vector<Holder> holders;
    holders.reserve(impl.entra_principals.size());
    for (std::uint32_t i = 0; i < impl.entra_principals.size(); ++i) {
      const PrincipalIndex principal = impl.entra_principals[i];
      const Gathered own = gathered[model::at(principal)];
      const QuickPrincipal& about = impl.quick_principals[model::at(principal)];
      const std::uint8_t members = about.complete ? 0 : pool.possible;
      const std::uint8_t lacking = about.presence == Presence::Created ? always_for_created : always;
      const auto possible = static_cast<std::uint8_t>(own.possible | lacking | members);
      if (possible == 0 || about.presence == Presence::Gone) continue;
      if ((own.certain & needed) == needed && about.presence != Presence::MayBeGone)
        holders.push_back({AskerIndex{i}, Truth::True});
      else if ((possible & needed) == needed || (possible & open_with) != 0)
        holders.push_back({AskerIndex{i}, Truth::Unknown});
    }
    return holders;
  }
};

std::vector<AccessSets::Holder> AccessSets::who_can(std::size_t registry, const Operation& operation,
                                                    std::string_view repository) const {
  const auto one_by_one = [&](AskerIndex asker) {
    return impl_->decide(impl_->askers[model::at(asker)], registry, operation, repository);
  };
  std::vector<Holder> result;
  std::optional<std::vector<Holder>> quick;
  try {
    quick = Impl::QuickHolders::find(*impl_, registry, operation, repository);
  } catch (const model::RepositorySetTooLarge&) {
  }
  if (quick) {
    result = *std::move(quick);
    for (const AskerIndex asker : impl_->other_askers_at(registry)) {
      if (const Truth value = one_by_one(asker); value != Truth::False) result.push_back({asker, value});
    }
    return result;
  }
  const Operation* const one[] = {&operation};
  const Impl::Classes classes(*impl_, registry, one, false);
  for (const Class& same : classes.all()) {
    const Truth value = one_by_one(same.askers.front());
    if (value == Truth::False) continue;
    for (const AskerIndex asker : same.askers) result.push_back({asker, value});
  }
  std::sort(result.begin(), result.end(), [](const Holder& a, const Holder& b) { return a.asker < b.asker; });
  return result;
}

AccessTable AccessSets::who_can(std::size_t registry, std::span<const Operation* const> operations,
                                Causes causes) const {
  // Operations that the tables decide have classes in common; for the others everybody is asked.
  std::vector<const Operation*> tabled;
  for (const Operation* operation : operations) {
    if (impl_->by_tables(EntraAsker{}, *operation)) tabled.push_back(operation);
  }
  Impl::Classes classes(*impl_, registry, tabled, causes == Causes::Told);
  struct Known {
    Impl::Classes::OneOperation what;
    std::unordered_map<std::string, std::uint32_t> accesses;
  };
  std::deque<Known> known;
  std::vector<Known*> of_operation(operations.size());  // null: the tables do not decide
  for (std::size_t o = 0; o < operations.size(); ++o) {
    if (!impl_->by_tables(EntraAsker{}, *operations[o])) continue;
    for (std::size_t earlier = 0; earlier < o && of_operation[o] == nullptr; ++earlier) {
      if (of_operation[earlier] != nullptr && same_question(*operations[earlier], *operations[o]))
        of_operation[o] = of_operation[earlier];
    }
    if (of_operation[o] == nullptr) of_operation[o] = &known.emplace_back(Known{classes.one(*operations[o]), {}});
  }

  AccessTable result;
  result.accesses.emplace_back();
  const auto ask = [&](AskerIndex asker, const Operation& operation) {
    Access access = impl_->access(impl_->askers[model::at(asker)], registry, operation, causes);
    if (access.possible.empty()) return std::uint32_t{0};
    result.accesses.push_back(std::move(access));
    return static_cast<std::uint32_t>(result.accesses.size() - 1);
  };
  for (const Class& same : classes.all()) {
    AccessTable::Class all{.askers = {same.askers.begin(), same.askers.end()}, .accesses = {}};
    for (std::size_t o = 0; o < operations.size(); ++o) {
      std::uint32_t& place = all.accesses.emplace_back();
      if (of_operation[o] == nullptr) continue;
      if (same.single) {
        place = ask(same.askers.front(), *operations[o]);
        continue;
      }
      Known& answered = *of_operation[o];
      const auto [access, is_new] = answered.accesses.try_emplace(classes.key_of(same, answered.what));
      if (is_new) access->second = ask(same.askers.front(), *operations[o]);
      place = access->second;
    }
    if (tabled.size() == operations.size()) {
      result.classes.push_back(std::move(all));
      continue;
    }
    for (const AskerIndex asker : same.askers) {
      AccessTable::Class& alone = result.classes.emplace_back(AccessTable::Class{{asker}, all.accesses});
      for (std::size_t o = 0; o < operations.size(); ++o) {
        if (of_operation[o] == nullptr) alone.accesses[o] = ask(asker, *operations[o]);
      }
    }
  }
  return result;
}

NumberedTable NumberedTable::of(const AccessSets& sets, std::size_t registry,
                                std::span<const Operation* const> operations, SetPool& pool) {
  const AccessSets::Impl& impl = *sets.impl_;
  std::vector<const Operation*> tabled;
  std::vector<bool> is_tabled;
  std::vector<std::size_t> as;  // of each operation: the first that is the same question
  for (std::size_t o = 0; o < operations.size(); ++o) {
    as.push_back(o);
    is_tabled.push_back(impl.by_tables(EntraAsker{}, *operations[o]));
    if (!is_tabled[o]) continue;
    tabled.push_back(operations[o]);
    for (std::size_t earlier = o; earlier-- > 0;) {
      if (is_tabled[earlier] && same_question(*operations[earlier], *operations[o])) as[o] = earlier;
    }
  }
  const auto numbered = [&](const Access& access) {
    return AccessNumbers{pool.number(access.certain), pool.number(access.possible)};
  };
  const auto ask = [&](AskerIndex asker, std::size_t o) {
    return numbered(impl.access(impl.askers[model::at(asker)], registry, *operations[o], Causes::LeftOut));
  };
  std::vector<const Operation*> together;
  std::vector<std::size_t> places;
  std::optional<Likeness> likeness;                                          // once somebody has to be asked
  std::unordered_map<std::uint32_t, std::vector<AccessNumbers>> answers_of;  // of those who are alike, in `places`
  /// Puts what the tables do not decide where it belongs in `accesses`.
  const auto ask_interpreter = [&](AskerIndex asker, std::vector<AccessNumbers>& accesses) {
    const Asker& who = impl.askers[model::at(asker)];
    together.clear();
    places.clear();
    for (std::size_t o = 0; o < operations.size(); ++o) {
      if (impl.by_tables(who, *operations[o])) continue;
      if (operations[o]->id.empty()) {  // a right that no operation of the catalogue stands for
        accesses[o] = ask(asker, o);
        continue;
      }
      together.push_back(operations[o]);
      places.push_back(o);
    }
    if (together.empty()) return;
    const auto answer = [&] {
      const ResolvedQuestion question = impl.question(who, registry, *together.front(), {});
      std::vector<AccessNumbers> answers;
      for (const Access& access : access_by_cells(impl.engine, question, together, Causes::LeftOut))
        answers.push_back(numbered(access));
      return answers;
    };
    const auto put = [&](const std::vector<AccessNumbers>& answers) {
      for (std::size_t i = 0; i < places.size(); ++i) accesses[places[i]] = answers[i];
    };
    const auto* entra = std::get_if<EntraAsker>(&who);
    if (entra == nullptr || !entra->known) return put(answer());
    if (!likeness) likeness.emplace(impl.ix, registry);
    std::vector<AccessNumbers>& answers = answers_of[likeness->number(entra->principal)];
    if (answers.empty()) answers = answer();
    put(answers);
  };

  NumberedTable result;
  result.class_of.assign(impl.askers.size(), 0);
  std::vector<SetPool::Number> key;
  const auto class_of = [&](const std::vector<AccessNumbers>& accesses) {
    key.clear();
    for (const AccessNumbers& access : accesses) key.insert(key.end(), {access.certain, access.possible});
    return result.classes.insert(key).first;
  };
  class_of(std::vector<AccessNumbers>(operations.size()));

  AccessSets::Impl::Classes classes(impl, registry, tabled, false);
  AccessSets::Impl::Classes::Numbers numbers(classes, tabled, pool);
  NumberLists rights;
  std::vector<std::optional<std::uint32_t>> of_rights;  // nothing while the class is not known
  std::vector<AccessNumbers> accesses(operations.size());
  const auto fill = [&](const auto& access) {
    for (std::size_t o = 0; o < operations.size(); ++o) {
      if (is_tabled[o]) accesses[o] = as[o] < o ? accesses[as[o]] : access(o);
    }
  };
  for (const Class& same : classes.all()) {
    std::optional<std::uint32_t> alike;
    try {
      if (!same.single && numbers.has(same)) {
        numbers.look(same);
        const auto [place, is_new] = rights.insert(numbers.key());
        if (is_new) of_rights.emplace_back();
        if (!of_rights[place]) {
          accesses.assign(operations.size(), {});
          fill([&](std::size_t o) { return numbers.access(*operations[o]); });
          of_rights[place] = class_of(accesses);
        }
        alike = of_rights[place];
      }
    } catch (const model::RepositorySetTooLarge&) {  // then one by one
    }
    const bool entra = std::holds_alternative<EntraAsker>(impl.askers[model::at(same.askers.front())]);
    if (!alike) {
      accesses.assign(operations.size(), {});
      if (entra)
        fill([&](std::size_t o) { return ask(same.askers.front(), o); });
      else
        ask_interpreter(same.askers.front(), accesses);
      alike = class_of(accesses);
    }
    if (tabled.size() == operations.size() || !entra) {
      for (const AskerIndex asker : same.askers) result.class_of[model::at(asker)] = *alike;
      continue;
    }
    for (std::size_t o = 0; o < operations.size(); ++o) accesses[o] = result.access(*alike, o);
    for (const AskerIndex asker : same.askers) {
      ask_interpreter(asker, accesses);
      result.class_of[model::at(asker)] = class_of(accesses);
    }
  }
  return result;
}

std::vector<AccessSets::Reachable> AccessSets::who_can(std::size_t registry, const Operation& operation) const {
  const Operation* const one[] = {&operation};
  const AccessTable table = who_can(registry, one);
  std::vector<Reachable> result;
  for (const AccessTable::Class& same : table.classes) {
    if (same.accesses.front() == 0) continue;
    for (const AskerIndex asker : same.askers) result.push_back({asker, table.accesses[same.accesses.front()]});
  }
  std::sort(result.begin(), result.end(), [](const Reachable& a, const Reachable& b) { return a.asker < b.asker; });
  return result;
}

Matrix AccessSets::matrix(std::size_t registry, std::span<const std::string> repositories,
                          std::span<const Operation* const> operations) const {
  ManyNames names(impl_->tables, repositories);
  Matrix matrix;
  matrix.words = names.words();
  for (const std::string& repository : repositories) matrix.columns.push_back(names.place_of(repository));
  const std::size_t in_last = names.sorted().size() % kLanes;
  const std::uint64_t last = in_last == 0 ? ~std::uint64_t{0} : (std::uint64_t{1} << in_last) - 1;

  Impl::Classes classes(*impl_, registry, operations, false);
  std::unordered_map<std::string, std::size_t> known;
  std::vector<Lanes> values;
  Key key;
  const auto one_by_one = [&](const Asker& asker) {
    values.assign(operations.size() * names.words(), Lanes{});
    for (std::size_t o = 0; o < operations.size(); ++o) {
      for (std::size_t i = 0; i < names.sorted().size(); ++i)
        values[o * names.words() + i / kLanes].set(i % kLanes,
                                                   impl_->decide(asker, registry, *operations[o], names.sorted()[i]));
    }
  };
  constexpr std::uint32_t kNoRow = 0xFFFFFFFF;
  std::vector<std::uint32_t> row_of(impl_->askers.size(), kNoRow);
  std::vector<std::size_t> sizes;  ///< of the rows
  for (const Class& same : classes.all()) {
    const Asker& asker = impl_->askers[model::at(same.askers.front())];
    try {
      if (same.single)
        one_by_one(asker);
      else
        classes.answer(same, operations, names, values);
    } catch (const model::RepositorySetTooLarge&) {
      one_by_one(asker);
    }
    for (std::size_t o = 1; o <= operations.size() && !values.empty(); ++o) {
      Lanes& end = values[o * names.words() - 1];
      end = both(end, {.certain = last, .possible = last});
    }
    key.clear();
    key.add_list(values);
    const auto [place, added] = known.try_emplace(key.bytes(), matrix.rows.size());
    if (added) {
      Matrix::Row& row = matrix.rows.emplace_back();
      row.certain.reserve(values.size());
      row.possible.reserve(values.size());
      for (const Lanes& value : values) {
        row.certain.push_back(value.certain);
        row.possible.push_back(value.possible);
      }
    }
    for (const AskerIndex member : same.askers) row_of[model::at(member)] = static_cast<std::uint32_t>(place->second);
    sizes.resize(matrix.rows.size());
    sizes[place->second] += same.askers.size();
  }
  // Everybody in order, which is cheaper than sorting each row.
  for (std::size_t row = 0; row < sizes.size(); ++row) matrix.rows[row].askers.reserve(sizes[row]);
  for (std::uint32_t i = 0; i < row_of.size(); ++i) {
    if (row_of[i] != kNoRow) matrix.rows[row_of[i]].askers.push_back(AskerIndex{i});
  }
  std::sort(matrix.rows.begin(), matrix.rows.end(),
            [](const Matrix::Row& a, const Matrix::Row& b) { return a.askers.front() < b.askers.front(); });
  return matrix;
}

}  // namespace acrbiter::evaluator
