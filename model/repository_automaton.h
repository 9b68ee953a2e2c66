// The automaton beneath a RepositorySet: rows of arcs, and what builds, reduces and combines them. Private to the
// model.
//
// A row divides the letters among a few targets, and nearly every row has two: the next letter of some name, and the
// rest. So an arc carries a set of letters, as one word.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/repository_set.h"

namespace acrbiter::model {

/// The letters of repository names in the order that "first" refers to.
inline constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-._/";

/// Bit i stands for kLetters[i].
using Letters = std::uint64_t;
inline constexpr Letters kEveryLetter = (Letters{1} << kLetters.size()) - 1;

inline constexpr std::array<Letters, 256> kLetterOf = [] {
  std::array<Letters, 256> table{};
  for (std::size_t i = 0; i < kLetters.size(); ++i) table[static_cast<unsigned char>(kLetters[i])] = Letters{1} << i;
  return table;
}();

/// The set that holds `c` alone, or the empty set if no name has `c`.
[[nodiscard]] constexpr Letters letter(char c) noexcept { return kLetterOf[static_cast<unsigned char>(c)]; }
/// The first of a set that is not empty.
[[nodiscard]] constexpr char first_letter(Letters letters) noexcept {
  return kLetters[static_cast<std::size_t>(std::countr_zero(letters))];
}

using StateId = std::uint32_t;

/// Memory of one operation, given back when it is over: that of nearly all comes from the stack.
class Scratch {
 public:
  [[nodiscard]] std::pmr::memory_resource* memory() noexcept { return &memory_; }

 private:
  std::array<std::byte, std::size_t{1} << 15U> first_;  // not set to anything, which would take its time
  std::pmr::monotonic_buffer_resource memory_{first_.data(), first_.size()};
};

struct Arc {
  Letters letters = 0;
  StateId to = 0;
  friend bool operator==(const Arc&, const Arc&) = default;
};

/// The arcs of each state, in one block of memory. Copies have memory of their own.
class Rows {
 public:
  explicit Rows(std::pmr::memory_resource* memory = std::pmr::get_default_resource())
      : begin_(1, 0, memory), arcs_(memory) {}
  [[nodiscard]] std::size_t size() const { return begin_.size() - 1; }
  [[nodiscard]] std::size_t arcs() const { return arcs_.size(); }
  [[nodiscard]] std::span<const Arc> operator[](StateId state) const {
    return {arcs_.data() + begin_[state], begin_[state + 1] - begin_[state]};
  }
  /// Where `one`, a single letter, leads.
  [[nodiscard]] StateId next(StateId state, Letters one) const {
    const Arc* arc = arcs_.data() + begin_[state];
    while ((arc->letters & one) == 0) ++arc;
    return arc->to;
  }
  /// The row of state size().
  void add(std::span<const Arc> row) {
    arcs_.insert(arcs_.end(), row.begin(), row.end());
    begin_.push_back(static_cast<std::uint32_t>(arcs_.size()));
  }
  /// Where most letters lead.
  [[nodiscard]] StateId usual_next(StateId state) const;
  friend bool operator==(const Rows&, const Rows&) = default;

 private:
  std::pmr::vector<std::uint32_t> begin_;
  std::pmr::vector<Arc> arcs_;
};

/// A complete deterministic automaton as some construction leaves it. It starts in state 0; each row divides all
/// letters. What is not reachable does no harm.
struct Draft {
  explicit Draft(std::pmr::memory_resource* memory = std::pmr::get_default_resource()) : rows(memory), label(memory) {}

  Rows rows;
  std::pmr::vector<std::uint32_t> label;  ///< of each state: what tells names apart that end there

  /// Appends a state. Arcs to one target are joined, arcs without letters left out.
  void add(std::span<const Arc> row, std::uint32_t state_label);
  /// A copy, in as much memory as it needs, that may outlive the memory of this.
  [[nodiscard]] Draft kept() const { return Draft(*this); }
};

/// What a draft may come to before it is reduced.
inline constexpr std::size_t kMostDraftStates = 20 * RepositorySet::kMostStates;
inline constexpr std::size_t kMostDraftArcs = 5 * kMostDraftStates;

/// The smallest automaton that gives every name but the empty one the label that `draft` gives it. State 0 is the
/// start, nothing leads back to it, and its label means nothing; the others are numbered breadth first in the order of
/// the letters, and arcs are sorted by their first letter. So equal functions give equal results.
/// Cost: arcs times the logarithm of states. The result has memory of its own.
[[nodiscard]] Draft reduce(const Draft& draft);

/// Invariant: the result of reduce() with the labels 0 and 1.
struct RepositorySet::Automaton {
  Automaton(std::shared_ptr<const Rows> shared_rows, std::vector<bool> accepting_states);

  std::shared_ptr<const Rows> rows;  ///< shared with the complement
  std::vector<bool> accepting;       ///< never the start
  std::optional<StateId> dead;       ///< nothing that leads here is a name of the set
  std::optional<StateId> full;       ///< everything that leads here is
  bool loops = false;                ///< has cycles besides those two
  std::size_t hash = 0;

  [[nodiscard]] std::size_t size() const { return rows->size(); }
  /// The state in which `state` stays whatever follows, if it is one.
  [[nodiscard]] bool is_final(StateId state) const { return state == dead || state == full; }
};

/// The set of the names with label 1. Throws if it has more than kMostStates states.
[[nodiscard]] RepositorySet set_of(const Draft& draft);
/// The same of a draft that is already as reduce() leaves it.
[[nodiscard]] RepositorySet set_of_reduced(Draft reduced);

/// A class as an expression writes it: `a`, `[a-f0-9]`, `[^/]`, `[^]` for all.
[[nodiscard]] std::string class_text(Letters letters);
/// A regular expression for the set, without `re:`, or nothing if it grows beyond its bounds.
[[nodiscard]] std::optional<std::string> expression_of(const RepositorySet::Automaton& automaton);

/// One piece of a glob pattern.
struct GlobPiece {
  Letters letters = 0;  ///< what a single letter or the run may hold
  bool is_run = false;
  [[nodiscard]] static GlobPiece one_of(Letters letters) { return {letters, false}; }
  /// `**`: any run, also empty.
  [[nodiscard]] static GlobPiece any_run() { return {kEveryLetter, true}; }
  /// `*`: any run without `/`, also empty.
  [[nodiscard]] static GlobPiece run_in_segment() { return {kEveryLetter & ~letter('/'), true}; }
  friend bool operator==(const GlobPiece&, const GlobPiece&) = default;
};
/// The names that match all pieces from first to last. Throws if there would be too many states.
[[nodiscard]] RepositorySet matching(std::span<const GlobPiece> pieces);

/// Runs several automata side by side.
///
/// A state of the product is the list of the states that still matter: of each automaton all but one final state,
/// `drop`, in which the others wait. So a thousand names cost what they cost as a tree of prefixes.
class Product {
 public:
  enum class Kind : std::uint8_t {
    Any,      ///< label 1 if some automaton accepts
    All,      ///< label 1 if all of them do
    Without,  ///< label 1 if the first does and no other
    Odd,      ///< label 1 if an odd number of them does
    Each,     ///< one label for each combination, numbered by the first name that has it
  };
  /// Throws RepositorySetTooLarge if more than bounded work would be needed, or more than `most_labels` labels. The
  /// draft lies in `scratch`.
  Product(std::span<const RepositorySet> sets, Kind kind, Scratch& scratch, std::size_t most_labels = 2);

  Draft draft;  ///< states in the order of the first name that reaches them
  /// The first name of each label of Kind::Each.
  std::vector<std::string> first;
};

/// Numbers lists of 64-bit words in the order in which they come.
class ListIndex {
 public:
  explicit ListIndex(std::pmr::memory_resource* memory = std::pmr::get_default_resource())
      : begin_(1, 0, memory), words_(memory), hashes_(memory), slots_(memory) {}
  std::pair<std::uint32_t, bool> insert(std::span<const std::uint64_t> list);
  [[nodiscard]] std::size_t size() const { return begin_.size() - 1; }
  /// Words in all lists.
  [[nodiscard]] std::size_t words() const { return words_.size(); }
  /// Valid until the next insertion.
  [[nodiscard]] std::span<const std::uint64_t> operator[](std::size_t number) const {
    return {words_.data() + begin_[number], begin_[number + 1] - begin_[number]};
  }

 private:
  void grow();
  std::pmr::vector<std::size_t> begin_;
  std::pmr::vector<std::uint64_t> words_;
  std::pmr::vector<std::uint64_t> hashes_;
  std::pmr::vector<std::uint32_t> slots_;  ///< number + 1, or 0
};

}  // namespace acrbiter::model
