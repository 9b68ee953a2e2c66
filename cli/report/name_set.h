// Sets of repository names, for people and machines.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cli/json_writer.h"
#include "model/repository_set.h"

namespace acrbiter::cli::report {

/// "every name", "no name", or the pattern: `backend/**, team/app except backend/secret`. Harmless as it is: patterns
/// hold nothing but letters of names and marks of our own.
[[nodiscard]] std::string words(const model::RepositorySet& names);

/// Said once below sets whose words are_expression(): nobody has to wonder whether there is a shorter form.
inline constexpr std::string_view kNoShortForm =
    "For what begins with `re:` or `automaton:` no short form was found; it is exact, and is read back in place of a "
    "pattern.";
[[nodiscard]] inline bool are_expression(std::string_view words) {
  return words.starts_with("re:") || words.starts_with("automaton:");
}

/// Notations of sets, each looked for once: that is dear, and the same sets come again and again.
class Notations {
 public:
  using Patterns = model::RepositorySet::Patterns;

  /// Looks for all of `sets` on as many threads.
  void prepare(const std::vector<model::RepositorySet>& sets, std::size_t jobs);
  [[nodiscard]] const Patterns& of(const model::RepositorySet& names);

 private:
  struct Entry {
    model::RepositorySet names;
    Patterns patterns;
  };
  /// The entry of a set, or a new one whose patterns are still to be found.
  std::pair<Entry*, bool> entry(const model::RepositorySet& names);
  std::unordered_map<std::size_t, std::deque<Entry>> entries_;  ///< by hash
};

/// Members of an open object: `pattern` (what RepositorySet::parse reads), `patterns` and `except` (its parts; without
/// an exception the second is left out), `expression` where the one pattern is a regular expression, `example` (the
/// shortest name, if there is any).
void write_set(JsonWriter& json, const model::RepositorySet& names);
void write_set(JsonWriter& json, const model::RepositorySet& names, const model::RepositorySet::Patterns& patterns);
/// The same with `names`: those of the known repositories that are in the set.
void write_set(JsonWriter& json, const model::RepositorySet& names, std::span<const std::string> known);

}  // namespace acrbiter::cli::report
