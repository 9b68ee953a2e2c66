#include "model/repository_set.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
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

/// States in a row, one for each character of `text`, which has letters alone. `text` itself is in the set, and so are
/// what it begins with, if `shorter`, and what begins with it, if `longer`.
RepositorySet chain(std::string_view text, bool shorter, bool longer) {
  if (text.size() >= RepositorySet::kMostStates) {
    throw RepositorySetTooLarge("a set of repository names would need more than " +
                                std::to_string(RepositorySet::kMostStates) + " states");
  }
  // Numbered as reduce() numbers: what the first letter finds first, the row or the state of all other names, is 1.
  const StateId dead = letter(text[0]) == 1 ? 2 : 1;
  const auto number = [dead](std::size_t place) { return static_cast<StateId>(place < dead ? place : place + 1); };
  Draft draft;
  for (std::size_t place = 0; place <= text.size(); ++place) {
    if (place == dead) draft.add(std::array{Arc{kEveryLetter, dead}}, kNo);
    const bool is_end = place == text.size();
    const std::uint32_t label = place != 0 && (shorter || is_end) ? kYes : kNo;
    if (is_end) {
      draft.add(std::array{Arc{kEveryLetter, longer ? number(place) : dead}}, label);
    } else {
      const Arc on{letter(text[place]), number(place + 1)};
      const Arc off{kEveryLetter & ~on.letters, dead};
      const bool on_first = on.letters == 1;
      draft.add(std::array{on_first ? on : off, on_first ? off : on}, label);
    }
  }
  if (draft.rows.size() == dead) draft.add(std::array{Arc{kEveryLetter, dead}}, kNo);
  return set_of_reduced(std::move(draft));
}

RepositorySet product_of(std::span<const RepositorySet> sets, Product::Kind kind) {
  Scratch scratch;
  return set_of(Product(sets, kind, scratch).draft);
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
    Scratch scratch;
    close_to(0);
    // Nodes come after those that they lead to, so the start is the last of all: count from the end.
    const auto root = static_cast<StateId>(closed_.size());
    closed_.push_back(std::move(open_.front()));
    Draft draft(scratch.memory());
    std::pmr::vector<Arc> row(scratch.memory());
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

/// Runs two automata on the same names until `differs(a accepts, b accepts)` or all pairs of states have been seen.
/// `settled(a, b)`: nothing behind this pair can differ. At worst as many steps as there are pairs.
template <class Differs, class Settled>
bool some_name(const Automaton& a, const Automaton& b, Differs differs, Settled settled) {
  Scratch scratch;
  std::pmr::vector<bool> seen(a.size() * b.size(), false, scratch.memory());
  std::pmr::vector<std::pair<StateId, StateId>> pending(1, {0, 0}, scratch.memory());
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

/// Looks at eight characters at once, which takes half the instructions: the highest bit of each byte is set if it is a
/// letter of kLetters; the other bits mean nothing. With the bit of letter case flipped, letters are what lies between
/// `-` and `9`, between `a` and `z`, and `_`, which comes last: what has passed an odd number of the borders where they
/// begin or end. Adding to a byte of seven bits sets its highest bit where it has passed a border. A byte of eight bits
/// is no letter, so it does not matter that its sums also change the byte beside it.
constexpr std::uint64_t letters_among(std::uint64_t eight) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  constexpr unsigned kCase = 0x20;
  const std::uint64_t flipped = eight ^ kEach * kCase;
  const auto passed = [&](unsigned border) { return flipped + kEach * (0x80 - (border ^ kCase)); };
  return (passed('-') ^ passed('9' + 1) ^ passed('a') ^ passed('z' + 1) ^ passed('_')) & ~eight;
}

}  // namespace

bool is_legal_repository_name(std::string_view name) noexcept {
  constexpr std::size_t kEight = sizeof(std::uint64_t);
  if (name.size() < kEight) return !name.empty() && std::ranges::all_of(name, [](char c) { return letter(c) != 0; });
  const auto letters_at = [&](std::size_t place) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, name.data() + place, kEight);
    return letters_among(eight);
  };
  // The last eight overlap those before them.
  std::uint64_t all = letters_at(name.size() - kEight);
  for (std::size_t place = 0; place + kEight < name.size(); place += kEight) all &= letters_at(place);
  return (~all & 0x8080808080808080) == 0;
}

bool is_oci_repository_name(std::string_view name) noexcept {
  constexpr std::size_t kLongest = 255;
  if (name.size() > kLongest || !is_legal_repository_name(name)) return false;
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (!is_word(name.front()) || !is_word(name.back())) return false;
  while (!name.empty()) {
    const auto end = std::ranges::find_if_not(name, is_word);
    name.remove_prefix(static_cast<std::size_t>(end - name.begin()));
    const auto next = std::ranges::find_if(name, is_word);
    const std::string_view between = name.substr(0, static_cast<std::size_t>(next - name.begin()));
    name.remove_prefix(between.size());
    const bool joins =
        between.size() <= 1 || between == "__" || between.find_first_not_of('-') == std::string_view::npos;
    if (!joins) return false;
  }
  return true;
}

RepositorySet::RepositorySet() : RepositorySet(constant_none()) {}

RepositorySet RepositorySet::all() { return constant_all(); }

RepositorySet RepositorySet::exactly(std::string_view name) {
  return is_legal_repository_name(name) ? chain(name, false, false) : none();
}

RepositorySet RepositorySet::of(std::span<const std::string> names) {
  std::vector<std::string_view> sorted;
  std::copy_if(names.begin(), names.end(), std::back_inserter(sorted), is_legal_repository_name);
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  NameTree tree;
  for (const std::string_view name : sorted) tree.add(name);
  return tree.finish();
}

RepositorySet RepositorySet::starting_with(std::string_view prefix) {
  if (prefix.empty()) return all();
  return is_legal_repository_name(prefix) ? chain(prefix, false, true) : none();
}

RepositorySet RepositorySet::like(std::string_view pattern) {
  std::vector<GlobPiece> pieces;
  for (const char c : pattern) {
    if (c == '*') {
      pieces.push_back(GlobPiece::any_run());
    } else {
      pieces.push_back(GlobPiece::one_of(c == '?' ? kEveryLetter : letter(c)));
    }
  }
  // A backslash is no letter, and a star or question mark behind it is none either.
  return matching(pieces);
}

RepositorySet RepositorySet::prefixes_of(std::string_view text) {
  const auto end = std::find_if(text.begin(), text.end(), [](char c) { return letter(c) == 0; });
  const auto legal = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  return legal.empty() ? none() : chain(legal, true, false);
}

RepositorySet operator|(const RepositorySet& a, const RepositorySet& b) {
  if (a.automaton_ == b.automaton_ || b.empty() || a.is_all()) return a;
  if (a.empty() || b.is_all()) return b;
  return product_of(std::array{a, b}, Product::Kind::Any);
}

RepositorySet operator&(const RepositorySet& a, const RepositorySet& b) {
  if (a.automaton_ == b.automaton_ || a.empty() || b.is_all()) return a;
  if (b.empty() || a.is_all()) return b;
  return product_of(std::array{a, b}, Product::Kind::All);
}

RepositorySet operator-(const RepositorySet& a, const RepositorySet& b) {
  if (a.automaton_ == b.automaton_ || b.is_all()) return RepositorySet::none();
  if (a.empty() || b.empty()) return a;
  if (a.is_all()) return ~b;
  return product_of(std::array{a, b}, Product::Kind::Without);
}

RepositorySet operator^(const RepositorySet& a, const RepositorySet& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  return product_of(std::array{a, b}, Product::Kind::Odd);
}

RepositorySet RepositorySet::operator~() const {
  if (empty()) return all();
  if (is_all()) return none();
  std::vector<bool> accepting = automaton_->accepting;
  accepting.flip();
  accepting[0] = false;
  return RepositorySet(std::make_shared<const Automaton>(automaton_->rows, std::move(accepting)));
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
  if (trees.size() > 1) trees.assign(1, product_of(trees, Product::Kind::Any));
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
