#include "model/repository_automaton.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace acrbiter::model {
namespace {

/// Words in the lists of a product, and pairs of arc and list entry looked at, before it is refused.
constexpr std::size_t kMostWords = std::size_t{1} << 22U;
constexpr std::size_t kMostSteps = std::size_t{1} << 26U;

constexpr StateId kNowhere = ~StateId{0};

constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x ^= x >> 32U;
  x *= 0x9E3779B97F4A7C15U;
  return x ^ (x >> 29U);
}
constexpr std::uint64_t mix(std::uint64_t seed, std::uint64_t x) noexcept { return mix(seed * 31 + x); }

[[noreturn]] void refuse_work() {
  throw RepositorySetTooLarge("combining these sets of repository names would take more than its bounded work");
}

/// Splits the states of a draft until all of a block have the same label and lead to the same blocks (Hopcroft's
/// algorithm, for all letters at once).
class Refinement {
 public:
  Refinement(const Draft& draft, std::pmr::memory_resource* memory)
      : draft_(draft),
        sources_(memory),
        sources_begin_(memory),
        states_(draft.rows.size(), memory),
        place_(states_.size(), memory),
        block_of_(states_.size(), memory),
        blocks_(memory),
        waiting_(memory),
        letters_into_(memory),
        reached_(memory) {
    list_sources();
    split_by_label();
    while (!waiting_.empty()) {
      const std::uint32_t block = waiting_.back();
      waiting_.pop_back();
      blocks_[block].waiting = false;
      split_by(block);
    }
  }
  [[nodiscard]] std::uint32_t block_of(StateId state) const { return block_of_[state]; }
  [[nodiscard]] std::size_t size() const { return blocks_.size(); }

 private:
  struct Block {
    std::uint32_t begin = 0, end = 0;  ///< in states_
    bool waiting = false;              ///< is in waiting_
    [[nodiscard]] std::uint32_t size() const { return end - begin; }
  };
  /// A state that leads into the block by which the others are split.
  struct Source {
    std::uint32_t block;
    Letters letters;
    StateId state;
  };

  void list_sources() {
    sources_begin_.assign(states_.size() + 1, 0);
    for (StateId s = 0; s < states_.size(); ++s) {
      for (const Arc& arc : draft_.rows[s]) ++sources_begin_[arc.to + 1];
    }
    for (std::size_t i = 1; i < sources_begin_.size(); ++i) sources_begin_[i] += sources_begin_[i - 1];
    sources_.resize(draft_.rows.arcs());
    // Each begin moves to its end and then back.
    for (StateId s = 0; s < states_.size(); ++s) {
      for (const Arc& arc : draft_.rows[s]) sources_[sources_begin_[arc.to]++] = {arc.letters, s};
    }
    for (std::size_t i = sources_begin_.size() - 1; i > 0; --i) sources_begin_[i] = sources_begin_[i - 1];
    sources_begin_[0] = 0;
  }

  void split_by_label() {
    for (StateId s = 0; s < states_.size(); ++s) states_[s] = s;
    std::sort(states_.begin(), states_.end(),
              [&](StateId a, StateId b) { return std::tie(draft_.label[a], a) < std::tie(draft_.label[b], b); });
    for (std::uint32_t i = 0; i < states_.size(); ++i) {
      place_[states_[i]] = i;
      if (i == 0 || draft_.label[states_[i]] != draft_.label[states_[i - 1]]) blocks_.push_back({i, i});
      blocks_.back().end = i + 1;
      block_of_[states_[i]] = static_cast<std::uint32_t>(blocks_.size() - 1);
    }
    for (std::uint32_t b = 0; b < blocks_.size(); ++b) wait(b);
    letters_into_.assign(states_.size(), 0);
  }

  void wait(std::uint32_t block) {
    blocks_[block].waiting = true;
    waiting_.push_back(block);
  }

  void split_by(std::uint32_t splitter) {
    reached_.clear();
    for (std::uint32_t i = blocks_[splitter].begin; i < blocks_[splitter].end; ++i) {
      for (std::uint32_t k = sources_begin_[states_[i]]; k < sources_begin_[states_[i] + 1]; ++k) {
        const Arc& source = sources_[k];
        if (letters_into_[source.to] == 0) reached_.push_back({block_of_[source.to], 0, source.to});
        letters_into_[source.to] |= source.letters;
      }
    }
    for (Source& source : reached_) source.letters = std::exchange(letters_into_[source.state], 0);
    std::sort(reached_.begin(), reached_.end(), [](const Source& a, const Source& b) {
      return std::tie(a.block, a.letters) < std::tie(b.block, b.letters);
    });
    for (std::size_t begin = 0; begin < reached_.size();) {
      std::size_t end = begin;
      while (end < reached_.size() && reached_[end].block == reached_[begin].block) ++end;
      split({reached_.data() + begin, end - begin});
      begin = end;
    }
  }

  /// Divides one block into those with the same letters; the largest part keeps the number.
  void split(std::span<const Source> reached) {
    const std::uint32_t block = reached.front().block;
    std::size_t untouched = blocks_[block].size() - reached.size();
    if (untouched == 0 && reached.front().letters == reached.back().letters) return;
    std::span<const Source> largest;
    each_group(reached, [&](std::span<const Source> group) {
      if (group.size() > largest.size()) largest = group;
    });
    if (largest.size() <= untouched) largest = {};
    each_group(reached, [&](std::span<const Source> group) {
      if (group.data() == largest.data()) return;
      for (const Source& source : group) move_to(source.state, --blocks_[block].end);
      open(blocks_[block].end, static_cast<std::uint32_t>(group.size()));
    });
    if (largest.empty() || untouched == 0) return;
    for (const Source& source : largest) move_to(source.state, blocks_[block].begin++);
    const std::uint32_t rest = blocks_[block].begin;
    blocks_[block].begin -= static_cast<std::uint32_t>(largest.size());
    blocks_[block].end = rest;
    open(rest, static_cast<std::uint32_t>(untouched));
  }

  template <class Visit>
  static void each_group(std::span<const Source> reached, Visit visit) {
    for (std::size_t begin = 0; begin < reached.size();) {
      std::size_t end = begin;
      while (end < reached.size() && reached[end].letters == reached[begin].letters) ++end;
      visit(reached.subspan(begin, end - begin));
      begin = end;
    }
  }

  void move_to(StateId state, std::uint32_t place) {
    const StateId other = states_[place];
    std::swap(states_[place], states_[place_[state]]);
    std::swap(place_[other], place_[state]);
  }

  /// Makes a block of `size` states from `begin` on. The block that they leave keeps its largest part and need not be
  /// waited for: what the others do not tell apart, it does not either.
  void open(std::uint32_t begin, std::uint32_t size) {
    const auto block = static_cast<std::uint32_t>(blocks_.size());
    blocks_.push_back({begin, begin + size});
    for (std::uint32_t i = begin; i < begin + size; ++i) block_of_[states_[i]] = block;
    wait(block);
  }

  const Draft& draft_;
  std::pmr::vector<Arc> sources_;  ///< `to` is where the arc comes from
  std::pmr::vector<std::uint32_t> sources_begin_;
  std::pmr::vector<StateId> states_;       ///< block by block
  std::pmr::vector<std::uint32_t> place_;  ///< of each state in states_
  std::pmr::vector<std::uint32_t> block_of_;
  std::pmr::vector<Block> blocks_;
  std::pmr::vector<std::uint32_t> waiting_;
  std::pmr::vector<Letters> letters_into_;
  std::pmr::vector<Source> reached_;
};

/// Has the automaton a cycle besides those of its final states? States are taken away once nothing leads to them.
bool has_loops(const RepositorySet::Automaton& automaton) {
  const std::size_t size = automaton.size();
  Scratch scratch;
  std::pmr::vector<std::uint32_t> sources(size, 0, scratch.memory());
  for (StateId s = 0; s < size; ++s) {
    if (automaton.is_final(s)) continue;
    for (const Arc& arc : (*automaton.rows)[s]) ++sources[arc.to];
  }
  std::pmr::vector<StateId> free(1, 0, scratch.memory());
  std::size_t taken = 0;
  while (!free.empty()) {
    const StateId s = free.back();
    free.pop_back();
    ++taken;
    if (automaton.is_final(s)) continue;
    for (const Arc& arc : (*automaton.rows)[s]) {
      if (--sources[arc.to] == 0) free.push_back(arc.to);
    }
  }
  return taken != size;
}

}  // namespace

StateId Rows::usual_next(StateId state) const {
  const auto row = (*this)[state];
  return std::max_element(
             row.begin(), row.end(),
             [](const Arc& a, const Arc& b) { return std::popcount(a.letters) < std::popcount(b.letters); })
      ->to;
}

void Draft::add(std::span<const Arc> row, std::uint32_t state_label) {
  std::array<Arc, kLetters.size()> joined;
  std::size_t size = 0;
  for (const Arc& arc : row) {
    if (arc.letters == 0) continue;
    const auto same = std::find_if(joined.begin(), joined.begin() + size, [&](const Arc& a) { return a.to == arc.to; });
    if (same == joined.begin() + size) joined[size++] = {0, arc.to};
    same->letters |= arc.letters;
  }
  rows.add({joined.data(), size});
  label.push_back(state_label);
}

Draft reduce(const Draft& draft) {
  Scratch scratch;
  const Refinement classes(draft, scratch.memory());
  Draft result(scratch.memory());
  std::pmr::vector<StateId> number(classes.size(), kNowhere, scratch.memory());
  // A state of the draft for each of the result; the start stands for itself alone.
  std::pmr::vector<StateId> found(1, 0, scratch.memory());
  std::pmr::vector<Arc> row(scratch.memory());
  for (std::size_t at = 0; at < found.size(); ++at) {
    row.assign(draft.rows[found[at]].begin(), draft.rows[found[at]].end());
    std::sort(row.begin(), row.end(),
              [](const Arc& a, const Arc& b) { return std::countr_zero(a.letters) < std::countr_zero(b.letters); });
    for (Arc& arc : row) {
      StateId& id = number[classes.block_of(arc.to)];
      if (id == kNowhere) {
        id = static_cast<StateId>(found.size());
        found.push_back(arc.to);
      }
      arc.to = id;
    }
    result.add(row, at == 0 ? 0 : draft.label[found[at]]);
  }
  return result.kept();
}

RepositorySet::Automaton::Automaton(std::shared_ptr<const Rows> shared_rows, std::vector<bool> accepting_states)
    : rows(std::move(shared_rows)), accepting(std::move(accepting_states)), hash(rows->size()) {
  for (StateId s = 0; s < size(); ++s) {
    const auto row = (*rows)[s];
    for (const Arc& arc : row) hash = mix(hash, arc.letters ^ (std::uint64_t{arc.to} << 40U));
    hash = mix(hash, accepting[s] ? 1 : 0);
    if (s != 0 && row.size() == 1 && row[0].to == s) (accepting[s] ? full : dead) = s;
  }
  loops = has_loops(*this);
}

RepositorySet set_of(const Draft& draft) { return set_of_reduced(reduce(draft)); }

RepositorySet set_of_reduced(Draft reduced) {
  const std::size_t size = reduced.rows.size();
  if (size > RepositorySet::kMostStates) {
    throw RepositorySetTooLarge("a set of repository names would need " + std::to_string(size) +
                                " states; the most is " + std::to_string(RepositorySet::kMostStates));
  }
  std::vector<bool> accepting(size);
  for (StateId s = 0; s < size; ++s) accepting[s] = reduced.label[s] != 0;
  return RepositorySet(std::make_shared<const RepositorySet::Automaton>(
      std::make_shared<const Rows>(std::move(reduced.rows)), std::move(accepting)));
}

std::pair<std::uint32_t, bool> ListIndex::insert(std::span<const std::uint64_t> list) {
  if (slots_.size() <= 2 * size()) grow();
  std::uint64_t hash = list.size();
  for (const std::uint64_t word : list) hash = mix(hash, word);
  std::size_t slot = hash & (slots_.size() - 1);
  for (; slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
    const std::uint32_t number = slots_[slot] - 1;
    if (hashes_[number] == hash && std::ranges::equal((*this)[number], list)) return {number, false};
  }
  const auto number = static_cast<std::uint32_t>(size());
  slots_[slot] = number + 1;
  hashes_.push_back(hash);
  words_.insert(words_.end(), list.begin(), list.end());
  begin_.push_back(words_.size());
  return {number, true};
}

void ListIndex::grow() {
  slots_.assign(std::max<std::size_t>(16, 2 * slots_.size()), 0);
  for (std::uint32_t number = 0; number < size(); ++number) {
    std::size_t slot = hashes_[number] & (slots_.size() - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = number + 1;
  }
}

namespace {

/// The part of a product's state that one automaton makes up.
struct Component {
  std::uint32_t set;
  StateId state;
  [[nodiscard]] std::uint64_t packed() const { return std::uint64_t{set} << 32U | state; }
  static Component unpacked(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word >> 32U), static_cast<StateId>(word)};
  }
};

/// How many letters lead from the start to `state`.
int letters_to(const RepositorySet::Automaton& automaton, std::optional<StateId> state) {
  if (!state) return -1;
  Letters letters = 0;
  for (const Arc& arc : (*automaton.rows)[0]) {
    if (arc.to == *state) letters |= arc.letters;
  }
  return std::popcount(letters);
}

class ProductBuilder {
 public:
  ProductBuilder(std::span<const RepositorySet> sets, Product::Kind kind, std::pmr::memory_resource* memory,
                 std::size_t most_labels, Product& out)
      : kind_(kind),
        most_labels_(most_labels),
        out_(out),
        factors_(memory),
        states_(memory),
        labels_(memory),
        came_from_(memory),
        current_(memory),
        parts_(memory),
        finer_(memory),
        list_(memory),
        row_(memory) {
    factors_.reserve(sets.size());
    for (const RepositorySet& set : sets) {
      factors_.push_back(factor(set.automaton()));
      if (kind == Product::Kind::Odd && factors_.back().drop_accepts) odd_ = !odd_;
    }
  }

  void build() {
    for (std::uint32_t i = 0; i < factors_.size(); ++i) list_.push_back(Component{i, 0}.packed());
    states_.insert(list_);
    if (kind_ == Product::Kind::Each) came_from_.push_back({});
    for (std::size_t at = 0; at < states_.size(); ++at) {
      current_.clear();
      for (const std::uint64_t word : states_[at]) current_.push_back(Component::unpacked(word));
      const std::uint32_t label = at == 0 ? 0 : label_of(at);
      expand(static_cast<StateId>(at));
      out_.draft.add(row_, label);
      if (states_.words() > kMostWords) refuse_work();
      if (states_.size() > kMostDraftStates || out_.draft.rows.arcs() > kMostDraftArcs) refuse_work();
    }
  }

 private:
  /// One automaton of the product.
  struct Factor {
    const RepositorySet::Automaton* automaton;
    StateId drop;       ///< the final state in which it is left out, or kNowhere
    StateId settles;    ///< the one that settles the whole, or kNowhere
    bool drop_accepts;  ///< does a set that is left out hold the name?
    bool inverted;      ///< its complement is meant
  };
  [[nodiscard]] Factor factor(const RepositorySet::Automaton& automaton) const {
    if (has_labels()) {
      const bool prefers_full = letters_to(automaton, automaton.full) > letters_to(automaton, automaton.dead);
      return {.automaton = &automaton,
              .drop = (prefers_full ? automaton.full : automaton.dead).value_or(kNowhere),
              .settles = kNowhere,
              .drop_accepts = prefers_full,
              .inverted = false};
    }
    // What all hold is what no complement holds.
    const bool inverted = kind_ == Product::Kind::All || (kind_ == Product::Kind::Without && factors_.empty());
    return {.automaton = &automaton,
            .drop = (inverted ? automaton.full : automaton.dead).value_or(kNowhere),
            .settles = (inverted ? automaton.dead : automaton.full).value_or(kNowhere),
            .drop_accepts = false,
            .inverted = inverted};
  }

  /// `settled` alone is the state from which on every name is in some set.
  static constexpr std::uint64_t kSettled = ~std::uint64_t{0};
  /// Of one automaton that accepts nothing more has to be known.
  [[nodiscard]] bool is_settled() const { return current_.size() == 1 && current_[0].packed() == kSettled; }
  [[nodiscard]] bool has_labels() const { return kind_ == Product::Kind::Odd || kind_ == Product::Kind::Each; }

  [[nodiscard]] bool differs_from_drop(const Component& c) const {
    const Factor& factor = factors_[c.set];
    return (factor.automaton->accepting[c.state] != factor.inverted) != factor.drop_accepts;
  }

  std::uint32_t label_of(std::size_t at) {
    if (kind_ != Product::Kind::Each) {
      const auto counts = [&](const Component& c) { return differs_from_drop(c); };
      if (is_settled()) return kind_ == Product::Kind::Any;
      const auto accepting = std::count_if(current_.begin(), current_.end(), counts);
      if (kind_ == Product::Kind::Odd) return ((accepting & 1) != 0) != odd_;
      return (accepting != 0) == (kind_ == Product::Kind::Any);
    }
    list_.clear();
    for (const Component& c : current_) {
      if (differs_from_drop(c)) list_.push_back(c.set);
    }
    const auto [label, is_new] = labels_.insert(list_);
    if (is_new) {
      if (label == most_labels_) {
        throw RepositorySetTooLarge("repository names fall into more than " + std::to_string(most_labels_) +
                                    " classes under these sets");
      }
      out_.first.push_back(first_name(at));
    }
    return label;
  }

  [[nodiscard]] std::string first_name(std::size_t at) const {
    std::string name;
    for (; at != 0; at = came_from_[at].to) name += first_letter(came_from_[at].letters);
    std::reverse(name.begin(), name.end());
    return name;
  }

  /// Sets row_ to the arcs of the current state.
  void expand(StateId at) {
    row_.clear();
    if (is_settled()) {
      row_.push_back({kEveryLetter, at});
      return;
    }
    divide_letters();
    steps_ += (parts_.size() + 1) * (current_.size() + 1);
    if (steps_ > kMostSteps) refuse_work();
    for (const Letters part : parts_) {
      step(part & (~part + 1));
      const auto [to, is_new] = states_.insert(list_);
      if (is_new && kind_ == Product::Kind::Each) came_from_.push_back({part, at});
      row_.push_back({part, to});
    }
  }

  /// Sets parts_ to the sets of letters that all automata treat alike, sorted by their first letter.
  void divide_letters() {
    parts_.assign(1, kEveryLetter);
    for (const Component& c : current_) {
      const auto arcs = (*factors_[c.set].automaton->rows)[c.state];
      if (arcs.size() == 1) continue;
      finer_.clear();
      for (const Letters part : parts_) {
        for (const Arc& arc : arcs) {
          if ((part & arc.letters) != 0) finer_.push_back(part & arc.letters);
        }
      }
      parts_.swap(finer_);
      if (parts_.size() == kLetters.size()) break;
    }
    std::sort(parts_.begin(), parts_.end(),
              [](Letters a, Letters b) { return std::countr_zero(a) < std::countr_zero(b); });
  }

  /// Sets list_ to the state behind `one` letter.
  void step(Letters one) {
    list_.clear();
    for (const Component& c : current_) {
      const Factor& factor = factors_[c.set];
      const StateId to = factor.automaton->rows->next(c.state, one);
      if (to == factor.drop) continue;
      if (to == factor.settles) {
        list_.assign(1, kSettled);
        return;
      }
      list_.push_back(Component{c.set, to}.packed());
    }
  }

  Product::Kind kind_;
  std::size_t most_labels_;
  Product& out_;
  std::pmr::vector<Factor> factors_;
  bool odd_ = false;  ///< an odd number of sets hold the name when they are left out
  ListIndex states_;
  ListIndex labels_;
  std::pmr::vector<Arc> came_from_;  ///< with Kind::Each: the letters and the state by which each state was found
  std::size_t steps_ = 0;
  std::pmr::vector<Component> current_;
  std::pmr::vector<Letters> parts_, finer_;
  std::pmr::vector<std::uint64_t> list_;
  std::pmr::vector<Arc> row_;
};

}  // namespace

Product::Product(std::span<const RepositorySet> sets, Kind kind, Scratch& scratch, std::size_t most_labels)
    : draft(scratch.memory()) {
  ProductBuilder(sets, kind, scratch.memory(), most_labels, *this).build();
}

}  // namespace acrbiter::model
