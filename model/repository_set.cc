#include "model/repository_set.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>

#include "model/repository_automaton.h"

namespace acrbiter::model {
namespace {

using Automaton = RepositorySet::Automaton;

constexpr std::uint32_t kNo = 0, kYes = 1;  // labels

/// The set of two states: the start, and one in which every name is in the set or none.
RepositorySet constant(bool everything) {
  Draft draft;
  const Arc arc{kEveryLetter, 1};
  draft.add({&arc, 1}, kNo);
  draft.add({&arc, 1}, everything ? kYes : kNo);
  return set_of(draft);
}
const RepositorySet& constant_none() {
  static const RepositorySet set = constant(false);
  return set;
}
const RepositorySet& constant_all() {
  static const RepositorySet set = constant(true);
  return set;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return letter(c) != 0; });
}

/// States in a row, one for each character of `text`, which has letters alone. `text` itself is in the set, and so are
/// what it begins with, if `shorter`, and what begins with it, if `longer`.
RepositorySet chain(std::string_view text, bool shorter, bool longer) {
  if (text.size() >= RepositorySet::kMostStates) {
    throw RepositorySetTooLarge("a set of repository names would need more than " +
                                std::to_string(RepositorySet::kMostStates) + " states");
  }
  Draft draft;
  const auto end = static_cast<StateId>(text.size());
  const StateId dead = end + 1;
  for (StateId s = 0; s < end; ++s) {
    const Letters here = letter(text[s]);
    draft.add(std::array{Arc{here, s + 1}, Arc{kEveryLetter & ~here, dead}}, shorter ? kYes : kNo);
  }
  draft.add(std::array{Arc{kEveryLetter, longer ? end : dead}}, kYes);
  draft.add(std::array{Arc{kEveryLetter, dead}}, kNo);
  return set_of(draft);
}

/// Joins sorted names from the last letter to the first, so that equal ends are kept once (Daciuk's algorithm): the
/// cost is that of the result, not of all names.
class NameTree {
 public:
  void add(std::string_view name) {
    std::size_t same = 0;
    while (same < last_.size() && same < name.size() && last_[same] == name[same]) ++same;
    close_to(same);
    for (std::size_t i = same; i < name.size(); ++i) open_.emplace_back();
    open_.back().is_name = true;
    last_ = name;
  }

  RepositorySet finish() {
    close_to(0);
    // Nodes come after those that they lead to, so the start is the last of all: count from the end.
    const auto root = static_cast<StateId>(closed_.size());
    closed_.push_back(std::move(open_.front()));
    Draft draft;
    std::vector<Arc> row;
    for (StateId s = 0; s <= root; ++s) {
      const Node& node = closed_[root - s];
      row.clear();
      Letters taken = 0;
      for (const Arc& arc : node.arcs) {
        row.push_back({arc.letters, root - arc.to});
        taken |= arc.letters;
      }
      row.push_back({kEveryLetter & ~taken, root + 1});
      draft.add(row, node.is_name ? kYes : kNo);
    }
    draft.add(std::array{Arc{kEveryLetter, root + 1}}, kNo);
    return set_of(draft);
  }

 private:
  struct Node {
    std::vector<Arc> arcs;
    bool is_name = false;
  };

  /// Closes the nodes of the last name behind its first `length` letters.
  void close_to(std::size_t length) {
    while (open_.size() > length + 1) {
      const StateId id = number_of(std::move(open_.back()));
      open_.pop_back();
      open_.back().arcs.push_back({letter(last_[open_.size() - 1]), id});
    }
  }

  StateId number_of(Node node) {
    std::vector<std::uint64_t> key{node.is_name ? kYes : kNo};
    for (const Arc& arc : node.arcs) key.insert(key.end(), {arc.letters, arc.to});
    const auto [id, is_new] = known_.insert(key);
    if (is_new) {
      if (id == RepositorySet::kMostStates) {
        throw RepositorySetTooLarge("a list of repository names would need more than " +
                                    std::to_string(RepositorySet::kMostStates) + " states");
      }
      closed_.push_back(std::move(node));
    }
    return id;
  }

  std::vector<Node> open_{Node{}};  ///< along the last name
  std::vector<Node> closed_;
  ListIndex known_;
  std::string_view last_;
};

/// The automaton of a StringLike pattern.
///
/// Once a star has been reached, what stands before it no longer matters, as in the greedy matcher. So each stretch
/// between two stars is searched for on its own: a state is the set of places in the stretch up to which the last
/// characters fit it. Without `?` there is one such set for each place.
class LikeBuilder {
 public:
  explicit LikeBuilder(std::string_view pattern) {
    stretches_.emplace_back();
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] == '*') {
        if (stretches_.size() == 1 || !stretches_.back().empty()) stretches_.emplace_back();
        continue;
      }
      const Letters fits = pattern[i] == '?' ? kEveryLetter : letter(pattern[i]);
      if (fits == 0) possible_ = false;
      stretches_.back().push_back(fits);
      ++length_;
    }
  }

  RepositorySet build() {
    if (!possible_) return RepositorySet::none();
    if (length_ >= RepositorySet::kMostStates) refuse();
    for (std::size_t i = 0; i < stretches_.size(); ++i) {
      const bool is_last = i + 1 == stretches_.size();
      if (i == 0) {
        add_fixed(stretches_[i], is_last);
      } else if (is_last && stretches_[i].empty()) {
        add(std::array{Arc{kEveryLetter, next_state()}}, kYes);
      } else {
        add_search(stretches_[i], is_last);
      }
    }
    for (auto& [row, label] : states_) {
      for (Arc& arc : row) {
        if (arc.to == kDead) arc.to = next_state();
      }
      draft_.add(row, label);
    }
    draft_.add(std::array{Arc{kEveryLetter, next_state()}}, kNo);
    return set_of(draft_);
  }

 private:
  using Stretch = std::vector<Letters>;  ///< the letters that fit each place
  static constexpr StateId kDead = ~StateId{0};
  static constexpr std::size_t kMostWork = std::size_t{1} << 22U;  ///< words in sets of places

  [[noreturn]] static void refuse() {
    throw RepositorySetTooLarge("a StringLike pattern would need more than " +
                                std::to_string(RepositorySet::kMostStates) + " states");
  }
  [[nodiscard]] StateId next_state() const { return static_cast<StateId>(states_.size()); }
  void add(std::span<const Arc> row, std::uint32_t label) {
    states_.emplace_back(std::vector<Arc>(row.begin(), row.end()), label);
  }

  /// Before the first star every place is fixed.
  void add_fixed(const Stretch& stretch, bool is_last) {
    for (const Letters fits : stretch) {
      add(std::array{Arc{fits, next_state() + 1}, Arc{kEveryLetter & ~fits, kDead}}, kNo);
    }
    if (is_last) add(std::array{Arc{kEveryLetter, kDead}}, stretch.empty() ? kNo : kYes);
  }

  /// Behind a star. The last stretch must end with the name.
  void add_search(const Stretch& stretch, bool is_last) {
    const std::size_t places = stretch.size() + (is_last ? 1 : 0);
    const std::size_t words = (places + 63) / 64;
    const std::vector<std::pair<Letters, std::vector<std::uint64_t>>> fitting = places_by_letters(stretch, words);
    const StateId base = next_state();
    ListIndex sets;
    std::vector<std::uint64_t> now(words, 0);
    now[0] = 1;
    sets.insert(now);
    std::vector<std::uint64_t> then(words);
    std::vector<Arc> row;
    const std::size_t first_to_patch = states_.size();
    for (std::size_t at = 0; at < sets.size(); ++at) {
      if (sets.words() > kMostWork || sets.size() > 4 * RepositorySet::kMostStates) refuse();
      now.assign(sets[at].begin(), sets[at].end());
      row.clear();
      for (const auto& [letters, fits] : fitting) {
        std::uint64_t carry = 1;  // a new attempt begins behind every character
        for (std::size_t w = 0; w < words; ++w) {
          const std::uint64_t kept = now[w] & fits[w];
          then[w] = kept << 1U | carry;
          carry = kept >> 63U;
        }
        const bool passed = !is_last && reaches_end(now, fits, stretch.size());
        row.push_back({letters, passed ? kPassed : base + sets.insert(then).first});
      }
      const bool accepts = is_last && (now[stretch.size() / 64] >> (stretch.size() % 64) & 1U) != 0;
      add(row, accepts ? kYes : kNo);
    }
    for (std::size_t s = first_to_patch; s < states_.size(); ++s) {
      for (Arc& arc : states_[s].first) {
        if (arc.to == kPassed) arc.to = next_state();
      }
    }
  }

  static bool reaches_end(std::span<const std::uint64_t> now, std::span<const std::uint64_t> fits, std::size_t size) {
    const std::size_t last = size - 1;
    return ((now[last / 64] & fits[last / 64]) >> (last % 64) & 1U) != 0;
  }

  /// The letters divided by the places of the stretch that they fit, each with those places.
  static std::vector<std::pair<Letters, std::vector<std::uint64_t>>> places_by_letters(const Stretch& stretch,
                                                                                       std::size_t words) {
    Letters rare = 0;
    for (const Letters fits : stretch) {
      if (fits != kEveryLetter) rare |= fits;
    }
    std::vector<std::pair<Letters, std::vector<std::uint64_t>>> result;
    const auto add_part = [&](Letters part) {
      std::vector<std::uint64_t> places(words, 0);
      for (std::size_t i = 0; i < stretch.size(); ++i) {
        if ((stretch[i] & part) != 0) places[i / 64] |= std::uint64_t{1} << (i % 64);
      }
      result.emplace_back(part, std::move(places));
    };
    for (Letters rest = rare; rest != 0; rest &= rest - 1) add_part(rest & (~rest + 1));
    if (rare != kEveryLetter) add_part(kEveryLetter & ~rare);
    return result;
  }

  static constexpr StateId kPassed = ~StateId{1};

  std::vector<Stretch> stretches_;
  bool possible_ = true;
  std::size_t length_ = 0;
  std::vector<std::pair<std::vector<Arc>, std::uint32_t>> states_;
  Draft draft_;
};

/// Runs two automata on the same names until `differs(a accepts, b accepts)` or all pairs of states have been seen.
/// `settled(a, b)`: nothing behind this pair can differ. At worst as many steps as there are pairs.
template <class Differs, class Settled>
bool some_name(const Automaton& a, const Automaton& b, Differs differs, Settled settled) {
  std::vector<bool> seen(a.size() * b.size());
  std::vector<std::pair<StateId, StateId>> pending{{0, 0}};
  while (!pending.empty()) {
    const auto [s, t] = pending.back();
    pending.pop_back();
    for (const Arc& left : (*a.rows)[s]) {
      for (const Arc& right : (*b.rows)[t]) {
        if ((left.letters & right.letters) == 0) continue;
        const std::size_t pair = left.to * b.size() + right.to;
        if (seen[pair]) continue;
        seen[pair] = true;
        if (differs(a.accepting[left.to], b.accepting[right.to])) return true;
        if (!settled(left.to, right.to)) pending.emplace_back(left.to, right.to);
      }
    }
  }
  return false;
}

constexpr std::uint64_t kEndless = ~std::uint64_t{0};
std::uint64_t add_up(std::uint64_t a, std::uint64_t b) { return a > kEndless - b ? kEndless : a + b; }
std::uint64_t times(std::uint64_t a, std::uint64_t b) { return a != 0 && b > kEndless / a ? kEndless : a * b; }

}  // namespace

RepositorySet::RepositorySet() : RepositorySet(constant_none()) {}

RepositorySet RepositorySet::all() { return constant_all(); }

RepositorySet RepositorySet::exactly(std::string_view name) {
  return is_name(name) ? chain(name, false, false) : none();
}

RepositorySet RepositorySet::of(std::span<const std::string> names) {
  std::vector<std::string_view> sorted;
  std::copy_if(names.begin(), names.end(), std::back_inserter(sorted), is_name);
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  NameTree tree;
  for (const std::string_view name : sorted) tree.add(name);
  return tree.finish();
}

RepositorySet RepositorySet::starting_with(std::string_view prefix) {
  if (prefix.empty()) return all();
  return is_name(prefix) ? chain(prefix, false, true) : none();
}

RepositorySet RepositorySet::like(std::string_view pattern) { return LikeBuilder(pattern).build(); }

RepositorySet RepositorySet::prefixes_of(std::string_view text) {
  const auto end = std::find_if(text.begin(), text.end(), [](char c) { return letter(c) == 0; });
  const auto legal = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  return legal.empty() ? none() : chain(legal, true, false);
}

RepositorySet operator|(const RepositorySet& a, const RepositorySet& b) {
  if (a.automaton_ == b.automaton_ || b.empty() || a.is_all()) return a;
  if (a.empty() || b.is_all()) return b;
  return set_of(Product(std::array{a, b}, Product::Kind::Any).draft);
}

RepositorySet operator&(const RepositorySet& a, const RepositorySet& b) {
  if (a.automaton_ == b.automaton_ || a.empty() || b.is_all()) return a;
  if (b.empty() || a.is_all()) return b;
  return ~(~a | ~b);
}

RepositorySet operator-(const RepositorySet& a, const RepositorySet& b) {
  if (a.automaton_ == b.automaton_) return RepositorySet::none();
  return a & ~b;
}

RepositorySet operator^(const RepositorySet& a, const RepositorySet& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  return set_of(Product(std::array{a, b}, Product::Kind::Odd).draft);
}

RepositorySet RepositorySet::operator~() const {
  if (empty()) return all();
  if (is_all()) return none();
  auto complement = std::make_shared<Automaton>(*automaton_);
  complement->accepting.flip();
  complement->accepting[0] = false;
  std::swap(complement->dead, complement->full);
  complement->hash = ~complement->hash;
  return RepositorySet(std::move(complement));
}

RepositorySet RepositorySet::united(std::span<const RepositorySet> sets) {
  // Sets without loops are run side by side as one tree. Others could multiply, so those are joined two by two, the
  // small ones first.
  std::vector<RepositorySet> trees;
  std::vector<RepositorySet> rest;
  for (const RepositorySet& set : sets) {
    if (set.is_all()) return set;
    if (!set.empty()) (set.automaton_->loops ? rest : trees).push_back(set);
  }
  if (trees.size() > 1) trees.assign(1, set_of(Product(trees, Product::Kind::Any).draft));
  rest.insert(rest.end(), trees.begin(), trees.end());
  const auto larger = [](const RepositorySet& a, const RepositorySet& b) { return a.states() > b.states(); };
  std::make_heap(rest.begin(), rest.end(), larger);
  const auto take = [&] {
    std::pop_heap(rest.begin(), rest.end(), larger);
    RepositorySet smallest = std::move(rest.back());
    rest.pop_back();
    return smallest;
  };
  while (rest.size() > 1) {
    const RepositorySet a = take();
    rest.push_back(a | take());
    std::push_heap(rest.begin(), rest.end(), larger);
  }
  return rest.empty() ? none() : rest.front();
}

bool RepositorySet::contains(std::string_view name) const {
  StateId state = 0;
  for (const char c : name) {
    const Letters one = letter(c);
    if (one == 0) return false;
    state = automaton_->rows->next(state, one);
  }
  return automaton_->accepting[state];
}

bool RepositorySet::empty() const { return automaton_->dead && automaton_->size() == 2; }

bool RepositorySet::is_all() const { return automaton_->full && automaton_->size() == 2; }

bool operator==(const RepositorySet& a, const RepositorySet& b) {
  const Automaton& l = *a.automaton_;
  const Automaton& r = *b.automaton_;
  if (&l == &r) return true;
  return l.hash == r.hash && l.accepting == r.accepting && (l.rows == r.rows || *l.rows == *r.rows);
}

bool operator<=(const RepositorySet& a, const RepositorySet& b) {
  const Automaton& l = *a.automaton_;
  const Automaton& r = *b.automaton_;
  if (&l == &r) return true;
  return !some_name(
      l, r, [](bool in_a, bool in_b) { return in_a && !in_b; },
      [&](StateId s, StateId t) { return s == l.dead || t == r.full; });
}

bool RepositorySet::overlap(const RepositorySet& a, const RepositorySet& b) {
  const Automaton& l = *a.automaton_;
  const Automaton& r = *b.automaton_;
  return some_name(
      l, r, [](bool in_a, bool in_b) { return in_a && in_b; },
      [&](StateId s, StateId t) { return s == l.dead || t == r.dead; });
}

std::size_t RepositorySet::hash() const { return automaton_->hash; }

std::optional<std::string> RepositorySet::shortest() const {
  // States are numbered in the order of the first name that leads to them, so the first accepting one is the answer,
  // and the first arc into a state comes from the state by which it was found.
  const Automaton& automaton = *automaton_;
  const auto accepting = std::find(automaton.accepting.begin(), automaton.accepting.end(), true);
  if (accepting == automaton.accepting.end()) return std::nullopt;
  const auto target = static_cast<StateId>(accepting - automaton.accepting.begin());
  std::vector<Arc> came_from(target + 1, Arc{0, 0});
  for (StateId s = 0; s < target; ++s) {
    for (const Arc& arc : (*automaton.rows)[s]) {
      if (arc.to <= target && came_from[arc.to].letters == 0) came_from[arc.to] = {arc.letters, s};
    }
  }
  std::string name;
  for (StateId s = target; s != 0; s = came_from[s].to) name += first_letter(came_from[s].letters);
  std::reverse(name.begin(), name.end());
  return name;
}

std::uint64_t RepositorySet::count_up_to(std::size_t length) const {
  const Automaton& automaton = *automaton_;
  std::vector<std::uint64_t> ways(automaton.size(), 0);  // names of the current length that lead to each state
  ways[0] = 1;
  std::vector<std::uint64_t> next;
  std::uint64_t count = 0;
  for (std::size_t l = 0; l < length && count != kEndless; ++l) {
    next.assign(ways.size(), 0);
    bool alive = false;
    for (StateId s = 0; s < ways.size(); ++s) {
      if (ways[s] == 0 || s == automaton.dead) continue;
      for (const Arc& arc : (*automaton.rows)[s]) {
        const auto letters = static_cast<std::uint64_t>(std::popcount(arc.letters));
        next[arc.to] = add_up(next[arc.to], times(ways[s], letters));
        alive = alive || arc.to != automaton.dead;
      }
    }
    if (!alive) break;
    ways.swap(next);
    for (StateId s = 0; s < ways.size(); ++s) {
      if (automaton.accepting[s]) count = add_up(count, ways[s]);
    }
  }
  return count;
}

std::optional<std::vector<std::string>> RepositorySet::names(std::size_t most) const {
  const Automaton& automaton = *automaton_;
  if (automaton.loops || automaton.full) return std::nullopt;
  if (count_up_to(automaton.size()) > most) return std::nullopt;
  // Depth first in the order of the letters; every state but `dead` leads to a name.
  struct Level {
    StateId state;
    Letters left;
  };
  std::vector<std::string> result;
  std::string name;
  std::vector<Level> levels{{0, kEveryLetter}};
  while (!levels.empty()) {
    Level& level = levels.back();
    if (level.left == 0) {
      levels.pop_back();
      if (!name.empty()) name.pop_back();
      continue;
    }
    const Letters one = level.left & (~level.left + 1);
    level.left ^= one;
    const StateId to = automaton.rows->next(level.state, one);
    if (to == automaton.dead) continue;
    name += first_letter(one);
    if (automaton.accepting[to]) result.push_back(name);
    levels.push_back({to, kEveryLetter});
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const std::string& a, const std::string& b) { return a.size() < b.size(); });
  return result;
}

std::vector<std::string> RepositorySet::among(std::span<const std::string> known) const {
  std::vector<std::string> result;
  std::copy_if(known.begin(), known.end(), std::back_inserter(result),
               [&](const std::string& name) { return contains(name); });
  return result;
}

std::size_t RepositorySet::states() const { return automaton_->size(); }

}  // namespace acrbiter::model
