// An access test file as it stands: what is expected, and where it is written. No name in it is looked up.
//
//   data: [exports/]
//   registry: contoso
//   tests:
//     - ci can pull, push backend/api
//     - never: group:contractors push contoso/(** except sandbox/**)
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "evaluator/sets/access.h"
#include "evaluator/sets/prove.h"
#include "model/result.h"
#include "parser/read.h"

namespace acrbiter::cli::access_test {

struct Place {
  std::size_t offset = 0;  ///< byte of Suite::text
  std::size_t line = 0;    ///< 1-based
  std::size_t column = 0;  ///< 1-based, in characters
};

/// A text of the file.
struct Word {
  std::string text;
  Place place;
};

enum class Expectation : std::uint8_t { Allow, Deny, Undetermined };
[[nodiscard]] std::string_view to_string(Expectation expectation) noexcept;  ///< as in verdicts: "allow", …

struct ExpectedOperation {
  Word operation;
  Expectation expected = Expectation::Allow;
};

/// Every one of `who` against every operation on every one of `on`.
struct PointCase {
  std::vector<Word> who;
  std::vector<ExpectedOperation> operations;
  std::vector<Word> on;  ///< `[REGISTRY/]NAME|PATTERN`, REGISTRY, or `$GROUP`; empty: the default registry as a whole
  std::optional<Word> reason;  ///< a reason code that has to be among those of each answer
};

/// A closed block: what no cell allows or leaves open is expected to be denied.
struct TableCase {
  struct Cell {
    Word column;
    Expectation expected = Expectation::Deny;
  };
  struct Row {
    Word who;
    std::vector<Cell> cells;  ///< one for each column
  };
  bool by_repository = false;  ///< the columns are `on`; else they are `operations`
  std::vector<Word> operations, on;
  std::vector<Row> rows;
  bool others_none = false;  ///< nobody who stands in no row can do any of it
};

/// One property of the language of `prove`.
struct PropertyCase {
  std::string text;          ///< "never group:contractors push contoso/**", with `$GROUP` spelled out
  Word written;              ///< what stands behind the key
  std::size_t shift = 0;     ///< bytes of `text` before what stands behind the key
  bool spelled_out = false;  ///< places in `text` are none in the file
};

/// These names and no others, for every one of `who`.
struct ExactCase {
  struct Names {
    Word operation;
    std::vector<Word> patterns;  ///< empty: none
  };
  std::vector<Word> who;
  std::optional<Word> registry;
  std::vector<Names> can;
  std::vector<Word> closed;  ///< operations that are possible on no name unless `can` has them
};

/// Which changes are meant: each empty list means all.
struct ChangeFilter {
  Place place;
  std::vector<Word> who, operations, on;
};

/// Nothing is gained, or nothing is lost, from base to after.
struct ChangesCase {
  bool new_access = true;  ///< false: lost access
  ChangeFilter what;
  std::vector<ChangeFilter> except;
};

/// These changes and no others.
struct OnlyChangesCase {
  struct Change {
    bool gained = true;
    ChangeFilter what;
  };
  std::vector<Change> changes;
};

struct Case {
  std::string name;  ///< as given, else made from the case
  Place place;
  std::variant<PointCase, TableCase, PropertyCase, ExactCase, ChangesCase, OnlyChangesCase> what;
};
/// "expectation", "table", "property", "exactly", "changes", "only-these-changes".
[[nodiscard]] std::string_view kind_of(const Case& test) noexcept;

struct Suite {
  std::string file;   ///< as seen from the current folder
  std::string text;   ///< of the file, for excerpts
  std::string title;  ///< what the file says it is about; may be empty

  std::vector<std::string> data;  ///< paths as seen from the current folder
  std::vector<std::string> plan;  ///< with parameter files
  bool demo = false;
  parser::Deployment deployment;

  evaluator::Circumstances circumstances;
  std::optional<Place> network, credential;  ///< where they stand
  /// The circumstances as can-i takes them: "--at" and a time, "--network" and "path=public", "--assume" and
  /// "ID=READING".
  std::vector<std::pair<std::string, std::string>> options;

  std::map<std::string, std::string> aliases;
  std::map<std::string, std::vector<Word>> principals, repositories;  ///< groups, without `$`
  std::optional<Word> registry;
  std::set<std::string> unknown_ids;  ///< object ids, lower case, that the data need not know
  std::vector<Case> cases;            ///< never empty once read
};

/// A problem of a suite at one of its places.
[[nodiscard]] model::Diagnostic problem_at(const Suite& suite, const Place& place, std::string message,
                                           std::string help = {});

/// Reads a test file. Returns the suite or every problem in it.
[[nodiscard]] model::Result<Suite> parse_suite(std::string text, const std::string& file);
[[nodiscard]] model::Result<Suite> read_suite(const std::string& file);

}  // namespace acrbiter::cli::access_test
