#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/repository_automaton.h"

namespace acrbiter::model {
namespace {

using Automaton = RepositorySet::Automaton;
using Patterns = RepositorySet::Patterns;
using Pieces = std::vector<GlobPiece>;
using Texts = std::vector<std::string>;

/// Longer lists are written only where an expression would be longer still.
constexpr std::size_t kMostItems = 200;
constexpr std::size_t kMostItemsAtAll = 20'000;
constexpr std::size_t kMostWrittenBytes = std::size_t{1} << 20U;

std::string text_of(const Pieces& pieces) {
  std::string text;
  for (const GlobPiece& piece : pieces) {
    if (piece.is_run) {
      text += piece.letters == kEveryLetter ? "**" : "*";
    } else {
      text += piece.letters == kEveryLetter ? '?' : first_letter(piece.letters);
    }
  }
  return text;
}

/// The same names in the usual spelling: `**?*` is `?**`, and `* *` is `*`.
Pieces tidied(const Pieces& pieces) {
  const auto is_open = [](const GlobPiece& piece) { return piece.letters == kEveryLetter || piece.is_run; };
  Pieces result;
  for (auto begin = pieces.begin(); begin != pieces.end();) {
    const auto end = std::find_if_not(begin, pieces.end(), is_open);
    if (std::find(begin, end, GlobPiece::any_run()) != end) {
      const auto single = std::count_if(begin, end, [](const GlobPiece& piece) { return !piece.is_run; });
      result.insert(result.end(), static_cast<std::size_t>(single), GlobPiece::one_of(kEveryLetter));
      result.push_back(GlobPiece::any_run());
    } else {
      std::unique_copy(begin, end, std::back_inserter(result),
                       [](const GlobPiece& a, const GlobPiece& b) { return a.is_run && b.is_run; });
    }
    if (end != pieces.end()) result.push_back(*end);
    begin = end == pieces.end() ? end : end + 1;
  }
  return result;
}

/// What patterns must match and what else they may match. The empty run is counted apart from the names.
struct Runs {
  RepositorySet needed;
  RepositorySet allowed;  ///< includes `needed`
  bool empty_needed = false;
  bool empty_allowed = false;
  friend bool operator==(const Runs&, const Runs&) = default;
};

/// Finds patterns for a set by making its names more general, as far as the set goes.
class Generaliser {
 public:
  /// Patterns for `runs`, or nothing if a few do not suffice.
  std::optional<Texts> cover(const Runs& runs) {
    const auto same = std::ranges::find(known_, runs, &Covered::runs);
    if (same != known_.end()) {
      steps_ += same->steps;  // so that it does not matter whether somebody asked before
      return same->steps > 0 && steps_ > kMostSteps ? std::nullopt : same->texts;
    }
    const std::size_t steps = steps_;
    std::optional<Texts> texts = find(runs);
    known_.push_back({.runs = runs, .texts = texts, .steps = steps_ - steps});
    return texts;
  }

 private:
  struct Covered {
    Runs runs;
    std::optional<Texts> texts;
    std::size_t steps = 0;
  };
  struct Found {
    Pieces pieces;
    RepositorySet names;  ///< that match
    std::string from;     ///< one of them that is needed
  };
  static constexpr std::size_t kMostPatterns = 16;
  static constexpr std::size_t kMostStates = 2'000;
  static constexpr std::size_t kLongest = 200;
  static constexpr std::size_t kMostSteps = 300'000;

  std::optional<Texts> find(const Runs& runs) {
    if (std::max(runs.needed.states(), runs.allowed.states()) > kMostStates) return std::nullopt;
    if (runs.needed == runs.allowed && free_first_letters(runs.needed) > kMostPatterns) return std::nullopt;
    std::vector<Found> found;
    RepositorySet rest = runs.needed;
    while (const auto name = rest.shortest()) {
      if (found.size() == kMostPatterns || name->size() > kLongest) return std::nullopt;
      Pieces pieces = generalised(*name, runs.needed, runs.empty_needed);
      if (!(runs.needed == runs.allowed)) {
        Pieces bolder = generalised(*name, runs.allowed, runs.empty_allowed);
        if (text_of(bolder).size() < text_of(pieces).size()) pieces = std::move(bolder);
      }
      if (steps_ > kMostSteps) return std::nullopt;
      RepositorySet names = matching(pieces);
      rest = rest <= names ? RepositorySet::none() : rest - names;
      found.push_back({.pieces = std::move(pieces), .names = std::move(names), .from = *name});
    }
    drop_redundant(found, runs.needed);
    Texts texts;
    bool has_empty = false;
    for (const Found& one : found) {
      texts.push_back(text_of(one.pieces));
      has_empty = has_empty || matches_empty(one.pieces);
    }
    if (runs.empty_needed && !has_empty) texts.emplace_back();
    return texts;
  }

  /// How many letters that any name may begin with come before the first that is a name and none of these. They are the
  /// first names to be covered, and as the set is not all names, no pattern covers two of them.
  static std::size_t free_first_letters(const RepositorySet& set) {
    const Automaton& automaton = set.automaton();
    if (!automaton.full || set.is_all()) return 0;
    Letters free = 0, others = 0;
    for (const Arc& arc : (*automaton.rows)[0]) {
      if (arc.to == *automaton.full)
        free |= arc.letters;
      else if (automaton.accepting[arc.to])
        others |= arc.letters;
    }
    const Letters before = others == 0 ? kEveryLetter : (others & (~others + 1)) - 1;
    return static_cast<std::size_t>(std::popcount(free & before));
  }

  static bool matches_empty(const Pieces& pieces) {
    return std::ranges::all_of(pieces, [](const GlobPiece& piece) { return piece.is_run; });
  }

  static void drop_redundant(std::vector<Found>& found, const RepositorySet& whole) {
    for (std::size_t i = found.size(); i-- > 0 && found.size() > 1;) {
      // Nearly always the name that it was made from is in no other.
      const auto has_it = [&](const Found& one) { return one.names.contains(found[i].from); };
      if (std::count_if(found.begin(), found.end(), has_it) == 1) continue;
      std::vector<RepositorySet> others;
      for (std::size_t j = 0; j < found.size(); ++j) {
        if (j != i) others.push_back(found[j].names);
      }
      if (whole <= RepositorySet::united(others)) found.erase(found.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  /// The name with runs put in and letters left out or replaced by `?`, each as long as all that matches
  /// is in `limit`.
  Pieces generalised(const std::string& name, const RepositorySet& limit, bool empty) {
    Pieces pieces;
    for (const char c : name) pieces.push_back(GlobPiece::one_of(letter(c)));
    for (Pieces before; before != pieces && steps_ <= kMostSteps; pieces = tidied(pieces)) {
      before = pieces;
      put_run(pieces, pieces.size(), limit, empty);
      for (std::size_t at = 0; at < pieces.size(); ++at) {
        if (put_run(pieces, at, limit, empty)) ++at;
      }
      for (std::size_t at = 0; at < pieces.size(); ++at) open(pieces, at, limit, empty);
    }
    return pieces;
  }

  bool put_run(Pieces& pieces, std::size_t at, const RepositorySet& limit, bool empty) {
    const bool beside_any = (at > 0 && pieces[at - 1] == GlobPiece::any_run()) ||
                            (at < pieces.size() && pieces[at] == GlobPiece::any_run());
    if (beside_any) return false;
    const bool beside_run = (at > 0 && pieces[at - 1].is_run) || (at < pieces.size() && pieces[at].is_run);
    for (const GlobPiece& run : {GlobPiece::any_run(), GlobPiece::run_in_segment()}) {
      if (beside_run && run == GlobPiece::run_in_segment()) continue;
      const auto place = pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(at), run);
      if (fits(pieces, at, limit, empty)) return true;
      pieces.erase(place);
    }
    return false;
  }

  /// Leaves a letter beside a run out, or puts `?` in its place.
  void open(Pieces& pieces, std::size_t at, const RepositorySet& limit, bool empty) {
    if (pieces[at].is_run || pieces[at].letters == kEveryLetter) return;
    const bool beside_run = (at > 0 && pieces[at - 1].is_run) || (at + 1 < pieces.size() && pieces[at + 1].is_run);
    const GlobPiece before = pieces[at];
    if (beside_run) {
      const auto place = pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(at));
      if (fits(pieces, pieces.size(), limit, empty)) return;
      pieces.insert(place, before);
    }
    pieces[at] = GlobPiece::one_of(kEveryLetter);
    if (!fits(pieces, at, limit, empty)) pieces[at] = before;
  }

  /// Is all that matches in `limit`, and the empty run if it matches? A few texts in place of piece `probed` rule out
  /// nearly everything at once.
  bool fits(const Pieces& pieces, std::size_t probed, const RepositorySet& limit, bool empty) {
    steps_ += pieces.size();
    if (matches_empty(pieces) && !empty) return false;
    for (const std::string_view probe : {"q", "/", "0-", ".q/_"}) {
      if (probed < pieces.size() && !pieces[probed].is_run && probe.size() > 1) continue;
      if (probed < pieces.size() && pieces[probed] == GlobPiece::run_in_segment() &&
          probe.find('/') != std::string_view::npos) {
        continue;
      }
      probed_.clear();
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (i == probed) {
          probed_ += probe;
        } else if (!pieces[i].is_run) {
          probed_ += first_letter(pieces[i].letters);
        }
      }
      if (!probed_.empty() && !limit.contains(probed_)) return false;
    }
    return includes(limit.automaton(), pieces);
  }

  /// Runs the pieces and the automaton side by side; nothing must match in a state where the set has no name.
  bool includes(const Automaton& automaton, const Pieces& pieces) {
    struct Place {
      std::size_t piece;
      StateId state;
    };
    Scratch scratch;
    std::pmr::vector<bool> seen((pieces.size() + 1) * automaton.size(), false, scratch.memory());
    std::pmr::vector<Place> pending(scratch.memory());
    bool included = true;
    const auto reach = [&](std::size_t piece, StateId state) {
      if (state == automaton.dead) included = false;
      if (state == automaton.full || seen[piece * automaton.size() + state]) return;
      seen[piece * automaton.size() + state] = true;
      pending.push_back({piece, state});
    };
    reach(0, 0);
    while (included && !pending.empty() && ++steps_ <= kMostSteps) {
      const auto [piece, state] = pending.back();
      pending.pop_back();
      if (piece == pieces.size()) {
        if (state != 0 && !automaton.accepting[state]) return false;
        continue;
      }
      if (pieces[piece].is_run) reach(piece + 1, state);
      for (const Arc& arc : (*automaton.rows)[state]) {
        if ((arc.letters & pieces[piece].letters) != 0) reach(piece + (pieces[piece].is_run ? 0 : 1), arc.to);
      }
    }
    return included && steps_ <= kMostSteps;
  }

  std::size_t steps_ = 0;  ///< of all searches together
  std::vector<Covered> known_;
  std::string probed_;  ///< the name that is tried
};

/// Writes a set as patterns by walking from its start: each way to a state where the rest is simple is one pattern.
class Writer {
 public:
  /// Without `generaliser` only lists of names and prefixes are found.
  Writer(const RepositorySet& set, Generaliser* generaliser, std::size_t most_items)
      : most_items_(most_items),
        set_(set),
        automaton_(set.automaton()),
        rows_(*automaton_.rows),
        generaliser_(generaliser) {
    find_tree();
  }

  /// Exactly the set.
  std::optional<Texts> exact() {
    std::optional<Texts> covered;
    if (generaliser_ != nullptr && automaton_.loops) {
      covered = generaliser_->cover({set_, set_, false, true});
      behind_.try_emplace(0, covered);
      // Where already the first letter is one of many, the walk would come to the same.
      if (!is_narrow(0)) return covered;
    }
    return better(std::move(covered), walk(false));
  }

  /// Somewhat more than the set: exceptions are passed over where most letters agree on what follows.
  std::optional<Texts> hull() { return walk(true); }

  /// The letters that all names begin with.
  [[nodiscard]] std::string common_prefix() const {
    std::string prefix;
    for (StateId s = 0; in_tree_[s] && !automaton_.is_final(s) && !automaton_.accepting[s];) {
      std::optional<Arc> only;
      for (const Arc& arc : rows_[s]) {
        if (arc.to == automaton_.dead) continue;
        if (only || !std::has_single_bit(arc.letters)) return prefix;
        only = arc;
      }
      prefix += first_letter(only->letters);
      s = only->to;
    }
    return prefix;
  }

 private:
  static std::size_t length(const Texts& texts) {
    std::size_t sum = 0;
    for (const std::string& text : texts) sum += text.size() + 2;
    return sum;
  }
  static std::optional<Texts> better(std::optional<Texts> a, std::optional<Texts> b) {
    if (!a || !b) return a ? a : b;
    return length(*b) < length(*a) ? b : a;
  }

  /// The tree: what is reached without passing a cycle.
  void find_tree() {
    in_tree_.assign(rows_.size(), false);
    std::vector<std::uint32_t> sources(rows_.size(), 0);
    for (StateId s = 0; s < rows_.size(); ++s) {
      if (automaton_.is_final(s)) continue;
      for (const Arc& arc : rows_[s]) ++sources[arc.to];
    }
    std::vector<StateId> free{0};
    while (!free.empty()) {
      const StateId s = free.back();
      free.pop_back();
      in_tree_[s] = true;
      if (automaton_.is_final(s)) continue;
      for (const Arc& arc : rows_[s]) {
        if (--sources[arc.to] == 0) free.push_back(arc.to);
      }
    }
  }

  /// Where most letters lead, again and again, as far as the tree goes.
  [[nodiscard]] StateId usual_end(StateId state) const {
    while (in_tree_[state] && !automaton_.is_final(state)) state = rows_.usual_next(state);
    return state;
  }

  std::optional<Texts> walk(bool generous) {
    struct Level {
      StateId state;
      std::size_t next_arc;
      Letters left;  ///< of the arc before
    };
    Texts texts;
    std::string prefix;
    std::vector<Level> levels;
    std::size_t bytes = 0;
    const auto add = [&](std::string text) {
      bytes += text.size();
      texts.push_back(std::move(text));
      return texts.size() <= most_items_ && bytes <= kMostWrittenBytes;
    };
    /// Writes what follows `state`, or goes into it. False: no patterns.
    const auto enter = [&](StateId state) {
      StateId shown = state;
      if (generous) {
        const StateId usual = usual_end(state);
        if (usual != automaton_.dead) shown = usual;
      }
      if (shown == state && in_tree_[state] && state != automaton_.full && is_narrow(state)) {
        if (automaton_.accepting[state] && !add(prefix)) return false;
        levels.push_back({state, 0, 0});
        return true;
      }
      const auto* tails = behind(shown);
      return tails != nullptr &&
             std::ranges::all_of(*tails, [&](const std::string& tail) { return add(prefix + tail); });
    };
    const auto leave = [&] {
      levels.pop_back();
      if (!prefix.empty()) prefix.pop_back();
    };
    if (!enter(0)) return std::nullopt;
    while (!levels.empty()) {
      Level& level = levels.back();
      const auto row = rows_[level.state];
      if (level.left == 0 && level.next_arc == row.size()) {
        leave();
        continue;
      }
      if (level.left == 0) {
        const Arc& arc = row[level.next_arc++];
        if (arc.to == automaton_.dead) continue;
        level.left = arc.letters;
      }
      const StateId to = row[level.next_arc - 1].to;
      const bool all = level.left == kEveryLetter;
      prefix += all ? '?' : first_letter(level.left);
      level.left = all ? 0 : level.left & (level.left - 1);
      const std::size_t depth = levels.size();
      if (!enter(to)) return std::nullopt;
      if (levels.size() == depth) prefix.pop_back();
    }
    return texts;
  }

  /// Can each letter be written out?
  [[nodiscard]] bool is_narrow(StateId state) const {
    constexpr int kMostLetters = 10;
    return std::ranges::all_of(rows_[state], [&](const Arc& arc) {
      return arc.to == automaton_.dead || arc.letters == kEveryLetter || std::popcount(arc.letters) <= kMostLetters;
    });
  }

  /// Patterns for what follows a state that is not walked through; null if there are none.
  const Texts* behind(StateId state) {
    const auto [at, is_new] = behind_.try_emplace(state);
    if (!is_new) return at->second ? &*at->second : nullptr;
    if (state == automaton_.dead) {
      at->second.emplace();
    } else if (state == automaton_.full) {
      at->second = Texts{"**"};
    } else if (generaliser_ != nullptr) {
      const bool at_start = state == 0;  // the empty name is none
      const bool accepts = at_start || automaton_.accepting[state];
      const RepositorySet names = names_behind(state);
      at->second = generaliser_->cover({names, names, accepts && !at_start, accepts});
    }
    return at->second ? &*at->second : nullptr;
  }

  [[nodiscard]] RepositorySet names_behind(StateId state) const {
    Scratch scratch;
    Draft draft(scratch.memory());
    std::pmr::vector<Arc> row(scratch.memory());
    const auto add = [&](StateId s) {
      row.assign(rows_[s].begin(), rows_[s].end());
      for (Arc& arc : row) ++arc.to;
      draft.add(row, automaton_.accepting[s] ? 1 : 0);
    };
    add(state);
    for (StateId s = 0; s < rows_.size(); ++s) add(s);
    return set_of(draft);
  }

  std::size_t most_items_;
  const RepositorySet& set_;
  const Automaton& automaton_;
  const Rows& rows_;
  Generaliser* generaliser_;
  std::vector<bool> in_tree_;
  std::map<StateId, std::optional<Texts>> behind_;
};

std::string joined(const Texts& texts) {
  std::string result;
  for (const std::string& text : texts) {
    if (!result.empty()) result += ", ";
    result += text;
  }
  return result;
}

constexpr std::string_view kExcept = " except ";

std::string automaton_text(const Automaton& automaton) {
  std::string text = "automaton:";
  for (StateId s = 0; s < automaton.size(); ++s) {
    if (s != 0) text += ';';
    if (automaton.accepting[s]) text += '+';
    for (const Arc& arc : (*automaton.rows)[s]) {
      if (&arc != (*automaton.rows)[s].data()) text += ',';
      text += class_text(arc.letters);
      text += '>';
      text += std::to_string(arc.to);
    }
  }
  return text;
}

/// Keeps the shortest way to write a set of all that are proposed and really are that set.
class Choice {
 public:
  explicit Choice(const RepositorySet& set) : set_(set) {}

  /// `exact`: that they are the set follows from how they were found, and need not be tried.
  void propose(Texts include, Texts except, bool exact) {
    for (Texts* texts : {&include, &except}) {
      std::sort(texts->begin(), texts->end());
      texts->erase(std::unique(texts->begin(), texts->end()), texts->end());
    }
    Patterns patterns{std::move(include), std::move(except), false};
    std::string text = patterns.text();
    if (text.size() > kMostWrittenBytes || (best_ && text_.size() <= text.size())) return;
    if (!exact) {
      const auto read = RepositorySet::parse(text);
      if (!read || !(*read == set_)) return;
    }
    best_ = std::move(patterns);
    text_ = std::move(text);
  }
  [[nodiscard]] const std::optional<Patterns>& best() const { return best_; }
  /// Whether a text of `length` letters would be too long to be taken.
  [[nodiscard]] bool is_beaten(std::size_t length) const { return best_ && text_.size() <= length; }

 private:
  const RepositorySet& set_;
  std::optional<Patterns> best_;
  std::string text_;
};

/// `include` and what of it is not in `set`.
void propose_exceptions(const RepositorySet& set, Texts include, Generaliser* generaliser, std::size_t most_items,
                        Choice& choice) {
  std::sort(include.begin(), include.end());
  include.erase(std::unique(include.begin(), include.end()), include.end());
  const std::string text = joined(include);
  if (choice.is_beaten(text.size())) return;
  const auto whole = RepositorySet::parse(text);
  if (!whole || !(set <= *whole)) return;
  if (choice.is_beaten(text.size() + kExcept.size() + 1) && !(*whole == set)) return;
  const RepositorySet rest = *whole - set;
  if (const auto names = rest.names(most_items)) choice.propose(include, *names, true);
  if (const auto except = Writer(rest, generaliser, most_items).exact())
    choice.propose(include, *except, generaliser == nullptr);
  if (generaliser == nullptr || !rest.automaton().loops) return;
  // An exception may reach beyond what is included: `team/** except **-dev`.
  const auto except = generaliser->cover({rest, ~set, false, true});
  if (except) choice.propose(include, *except, false);
}

void propose_lists(const RepositorySet& set, Generaliser* generaliser, std::size_t most_items, Choice& choice) {
  if (const auto names = set.names(most_items)) choice.propose(*names, {}, true);
  Writer writer(set, generaliser, most_items);
  if (const auto exact = writer.exact()) choice.propose(*exact, {}, generaliser == nullptr);
  if (const auto hull = writer.hull(); hull && !hull->empty()) {
    propose_exceptions(set, *hull, generaliser, most_items, choice);
  }
  if (!choice.best()) propose_exceptions(set, {writer.common_prefix() + "**"}, generaliser, most_items, choice);
}

Patterns patterns_of(const RepositorySet& set) {
  if (set.empty()) return {};
  if (set.is_all()) return {{"**"}, {}, false};
  Choice choice(set);
  Generaliser generaliser;
  const bool loops = set.automaton().loops;
  if (!loops) propose_lists(set, nullptr, kMostItems, choice);
  if (!choice.best()) propose_lists(set, &generaliser, kMostItems, choice);
  if (choice.best()) return *choice.best();
  if (const auto expression = expression_of(set.automaton())) choice.propose({"re:" + *expression}, {}, false);
  if (!loops) propose_lists(set, nullptr, kMostItemsAtAll, choice);
  if (!choice.best()) return {{automaton_text(set.automaton())}, {}, true};
  Patterns best = *choice.best();
  best.expression = best.include.front().starts_with("re:");
  return best;
}

}  // namespace

std::string RepositorySet::Patterns::text() const {
  if (include.empty()) return "(none)";
  std::string text = joined(include);
  if (!except.empty()) {
    text += kExcept;
    text += joined(except);
  }
  return text;
}

std::string RepositorySet::pattern() const { return patterns().text(); }

RepositorySet::Patterns RepositorySet::patterns() const {
  try {
    return patterns_of(*this);
  } catch (const RepositorySetTooLarge&) {
    return {{automaton_text(*automaton_)}, {}, true};
  }
}

}  // namespace acrbiter::model
