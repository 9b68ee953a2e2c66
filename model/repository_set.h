// Sets of repository names: not lists, but everything that a rule could ever cover.
//
// A condition on the repository name (equals, starts with, like, their negations, AND, OR, NOT) describes a regular
// language, and so does every union, intersection and difference of such. A RepositorySet holds one as the smallest
// automaton that accepts it and never returns to its start, over the letters that a repository name may have. Two sets
// are equal exactly if they hold the same names, whatever they were built from.
//
// A repository name is one or more of `a`–`z`, `0`–`9`, `.`, `-`, `_`, `/`. Source: acr-authorization C.7
//
//   RepositorySet backend = RepositorySet::starting_with("backend/");
//   RepositorySet open = backend - RepositorySet::exactly("backend/secret");
//   open.pattern();                       // "backend/** except backend/secret"
//   open.contains("backend/web");         // true
//   open <= backend;                      // true: included
//   (backend - open).shortest();          // "backend/secret"
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.h"

namespace acrbiter::model {

/// Is `name` one or more of `a`–`z`, `0`–`9`, `.`, `-`, `_`, `/`? Source: acr-authorization C.7
[[nodiscard]] bool is_legal_repository_name(std::string_view name) noexcept;

/// Is a legal name one that the grammar of OCI takes too: words of letters and digits, joined by `/`, `.`, `_`, `__` or
/// any number of `-`, at most 255 bytes? Clients may refuse others. Source: acr-authorization C.7
[[nodiscard]] bool is_oci_repository_name(std::string_view name) noexcept;

/// Thrown where a set would need more than RepositorySet::kMostStates states or an operation more than its bounded
/// work. Nothing is changed; the caller answers "undetermined" and says why.
class RepositorySetTooLarge : public std::length_error {
 public:
  using std::length_error::length_error;
};

/// An immutable set of repository names. Copies share what they hold; safe to use from several threads.
class RepositorySet {
 public:
  static constexpr std::size_t kMostStates = 20'000;

  // What a text describes. May throw where the text has kMostStates letters or more.

  /// No name.
  RepositorySet();
  [[nodiscard]] static RepositorySet none() { return {}; }
  /// Every name.
  [[nodiscard]] static RepositorySet all();
  /// One name; empty if `name` is no legal name.
  [[nodiscard]] static RepositorySet exactly(std::string_view name);
  /// The listed names; those that are not legal are left out.
  [[nodiscard]] static RepositorySet of(std::span<const std::string> names);
  /// Names that begin with `prefix`, `prefix` itself included. All names if it is empty, none if it has a character
  /// that no name has.
  [[nodiscard]] static RepositorySet starting_with(std::string_view prefix);
  /// StringLike: `*` any run, also across `/`, `?` one character, `\*` and `\?` literally (and so never in a name).
  /// Agrees with evaluator::like_match(pattern, name, false) on every name. Hundreds of `*` are no problem; a `*`
  /// before many `?` doubles the states with each, and throws.
  [[nodiscard]] static RepositorySet like(std::string_view pattern);
  /// Names that `text` begins with.
  [[nodiscard]] static RepositorySet prefixes_of(std::string_view text);

  // The algebra. May throw RepositorySetTooLarge.
  friend RepositorySet operator|(const RepositorySet& a, const RepositorySet& b);
  friend RepositorySet operator&(const RepositorySet& a, const RepositorySet& b);
  friend RepositorySet operator-(const RepositorySet& a, const RepositorySet& b);
  /// Names in exactly one of the two.
  friend RepositorySet operator^(const RepositorySet& a, const RepositorySet& b);
  /// All legal names that are not in the set.
  [[nodiscard]] RepositorySet operator~() const;
  RepositorySet& operator|=(const RepositorySet& other) { return *this = *this | other; }
  RepositorySet& operator&=(const RepositorySet& other) { return *this = *this & other; }
  RepositorySet& operator-=(const RepositorySet& other) { return *this = *this - other; }
  /// One union of many, cheaper than one after the other.
  [[nodiscard]] static RepositorySet united(std::span<const RepositorySet> sets);

  [[nodiscard]] bool contains(std::string_view name) const;
  [[nodiscard]] bool empty() const;
  [[nodiscard]] bool is_all() const;
  friend bool operator==(const RepositorySet& a, const RepositorySet& b);
  /// Inclusion. Neither throws nor builds a set; stops at the first difference. At worst as many steps as the two have
  /// pairs of states, and a bit for each.
  friend bool operator<=(const RepositorySet& a, const RepositorySet& b);
  /// Have the two a name in common? Like inclusion, without building a set.
  [[nodiscard]] static bool overlap(const RepositorySet& a, const RepositorySet& b);
  /// Equal sets have equal hashes.
  [[nodiscard]] std::size_t hash() const;

  /// The shortest name; of several the first in the order of the letters `a`–`z`, `0`–`9`, `-`, `.`, `_`, `/`.
  /// Nothing if the set is empty.
  [[nodiscard]] std::optional<std::string> shortest() const;
  /// How many names have at most `length` characters; 2^64-1 stands for that many or more. Cost: `length` times the
  /// states, until the count is that high or no longer names are left.
  [[nodiscard]] std::uint64_t count_up_to(std::size_t length) const;
  /// The names of a finite set, shortest first, or nothing if there are more than `most`.
  [[nodiscard]] std::optional<std::vector<std::string>> names(std::size_t most) const;
  /// Those of `known` that are in the set, in their order.
  [[nodiscard]] std::vector<std::string> among(std::span<const std::string> known) const;

  /// The set in the notation that people read; exact, `parse` reads it back, and equal sets have the same text:
  ///
  ///   `team/app`       one name
  ///   `backend/**`     `**` is any run of characters, also across `/`, also empty
  ///   `app-*`          `*` is any run without `/`, also empty
  ///   `a?c`            `?` is one character
  ///   `x, y except z`  the first list without what the second covers
  ///   `(none)`         no name
  ///   `re:…`           where no short list exists: a regular expression of literals, `[a-f]`, `[^/]`, `[^]` for any
  ///                    character, `(…|…)`, `*`, `+`, `?`; `.` is the letter
  ///   `automaton:…`    where that is too long as well, which takes hundreds of states: for each state, separated by
  ///                    `;`, a `+` if names may end there, and for classes of letters the number of the next
  ///
  /// Of several lists the shortest text is taken. Lists are sorted. Cost: bounded; below a millisecond for what
  /// conditions usually say.
  [[nodiscard]] std::string pattern() const;
  /// The same as parts, so that a report can lay out long lists.
  struct Patterns {
    std::vector<std::string> include;  ///< empty: no name
    std::vector<std::string> except;
    bool expression = false;                 ///< `include` is one text that begins with `re:` or `automaton:`
    [[nodiscard]] std::string text() const;  ///< what pattern() returns
  };
  [[nodiscard]] Patterns patterns() const;
  /// Reads the notation of pattern(); blanks around commas do not matter. The error points at the column. A text that
  /// describes too large a set is an error too; nothing is thrown.
  [[nodiscard]] static Result<RepositorySet> parse(std::string_view text);

  /// The right half of a role-assignment condition that is true for exactly this set:
  /// `(@Request[…:name] StringStartsWithIgnoreCase 'backend/' AND @Request[…:name] StringNotEqualsIgnoreCase '…')`.
  /// It uses the two operators that the service documents for the repository name and their negations; StringLike is
  /// grammar, but no document says that registries take it, so a set that needs it has no condition.
  /// Nothing if those operators cannot say it, or only at more than 8 KB, and for the empty set, which wants no
  /// assignment; "" if the set is every name, for which no condition is needed.
  /// Source: container-registry-rbac-abac-repository-permissions; conditions-format for the negations
  [[nodiscard]] std::optional<std::string> condition_text() const;

  /// States of the automaton: what the set costs.
  [[nodiscard]] std::size_t states() const;

  struct Automaton;  ///< model/repository_automaton.h, for the files of this class alone
  explicit RepositorySet(std::shared_ptr<const Automaton> automaton) : automaton_(std::move(automaton)) {}
  [[nodiscard]] const Automaton& automaton() const { return *automaton_; }

 private:
  std::shared_ptr<const Automaton> automaton_;  ///< null in a set that was moved from
};

/// The coarsest division of all repository names such that each of some sets either holds a whole cell or nothing of
/// it. One name of a cell stands for all of them.
class RepositoryPartition {
 public:
  /// May throw RepositorySetTooLarge, also if there were more than `most_cells` cells.
  explicit RepositoryPartition(std::span<const RepositorySet> sets, std::size_t most_cells = 10'000);

  [[nodiscard]] std::size_t size() const;
  /// The shortest name of the cell, the first of several as in RepositorySet::shortest().
  [[nodiscard]] const std::string& representative(std::size_t cell) const;
  [[nodiscard]] std::size_t cell_of(std::string_view legal_name) const;
  [[nodiscard]] RepositorySet cell(std::size_t cell) const;
  /// The union of the cells for which `chosen` is true; `chosen.size() == size()`. One minimisation, however many.
  [[nodiscard]] RepositorySet united(const std::vector<bool>& chosen) const;

 private:
  struct Table;
  std::shared_ptr<const Table> table_;
};

}  // namespace acrbiter::model
