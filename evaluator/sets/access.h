// Access as sets: on which repository names, of all that could ever exist, may somebody do something?
//
// Engine answers about one name; AccessSets answers about every name at once, and about everybody at once. It has its
// own way to the answer: role assignments compiled to tables, conditions to sets of names. Whatever those tables do not
// describe (tokens, tasks, imports, network rules, …) it takes from the interpreter, asked once for each class of names
// that anything in the data tells apart. Both ways are exact; tests set them against each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/decision.h"
#include "evaluator/engine.h"
#include "evaluator/question.h"
#include "model/repository_set.h"

namespace acrbiter::evaluator {

/// What all questions of one analysis share: everything of a Question but who, where, what and which repository.
struct Circumstances {
  std::optional<model::Timestamp> at;
  std::optional<NetworkFacts> network;
  std::optional<CredentialFacts> credential;
  Readings readings;
};

/// Cause::code where a condition is too large for a set: then the access is possible for every name, though the
/// interpreter can tell name by name.
inline constexpr std::string_view kConditionTooLarge = "condition-too-large";

/// Access as an interval. `certain` is included in `possible`; names in neither are denied. An operation on the
/// registry as a whole has all names or none in each.
struct Access {
  model::RepositorySet certain;   ///< allowed
  model::RepositorySet possible;  ///< allowed or undetermined
  std::vector<Cause> causes;      ///< why the two differ, each once; empty if they do not
  [[nodiscard]] model::Truth at(std::string_view repository) const;
  friend bool operator==(const Access& a, const Access& b) {
    return a.certain == b.certain && a.possible == b.possible;
  }
};

/// Whether it is told what open access hangs on: that takes longer than the sets themselves.
enum class Causes : std::uint8_t { Told, LeftOut };

/// Somebody who may ask, as an index into AccessSets::askers().
enum class AskerIndex : std::uint32_t {};

/// Everybody's access to one registry over a list of repositories; equal rows stand once.
struct Matrix {
  struct Row {
    std::vector<AskerIndex> askers;  ///< whose rows are equal, in the order of AccessSets::askers()
    /// A bit for each repository, word by word, one operation after the other.
    std::vector<std::uint64_t> certain, possible;
  };
  std::vector<Row> rows;               ///< every asker is in exactly one; in the order of their first askers
  std::vector<std::uint32_t> columns;  ///< for each repository of the list, its place in the rows
  std::size_t words = 0;               ///< of one operation in a row

  /// `repository` and `operation` as places in the lists that were asked about.
  [[nodiscard]] model::Truth at(const Row& row, std::size_t repository, std::size_t operation) const {
    const std::size_t word = operation * words + columns[repository] / 64;
    const std::uint64_t bit = std::uint64_t{1} << (columns[repository] % 64);
    if ((row.certain[word] & bit) != 0) return model::Truth::True;
    return (row.possible[word] & bit) != 0 ? model::Truth::Unknown : model::Truth::False;
  }
};

/// Everybody's access to one registry by several operations; equal accesses stand once for most people.
struct AccessTable {
  struct Class {
    std::vector<AskerIndex> askers;       ///< whose accesses are equal, and their causes; in the order of askers()
    std::vector<std::uint32_t> accesses;  ///< for each operation of the question a place in AccessTable::accesses
  };
  std::vector<Class> classes;    ///< everybody who means something at the registry is in exactly one
  std::vector<Access> accesses;  ///< the first is none at all
};

class AccessSets {
 public:
  /// `engine` must outlive this.
  explicit AccessSets(const Engine& engine, Circumstances circumstances = {});
  ~AccessSets();
  AccessSets(AccessSets&&) noexcept;
  AccessSets& operator=(AccessSets&&) noexcept;

  [[nodiscard]] const Engine& engine() const noexcept;
  [[nodiscard]] const Circumstances& circumstances() const noexcept;

  /// Everybody known who may ask: the principals of the data that are no groups, groups whose members the data does not
  /// all give (they stand for those members), then tokens, tasks, the admin user, anonymous. Where assignments may be
  /// missing from the data, kUnnamedIdentity stands for those whom it does not name.
  [[nodiscard]] std::span<const Asker> askers() const noexcept;
  /// Those of askers() that mean something at this registry: not the tokens and tasks of other registries.
  [[nodiscard]] std::vector<AskerIndex> askers_at(std::size_t registry) const;

  /// The question that `Engine::explain` answers for one name of the set.
  [[nodiscard]] ResolvedQuestion question(const Asker& asker, std::size_t registry, const Operation& operation,
                                          std::string_view repository) const;

  /// Where `asker` may do `operation`. Exact. Where a condition is too large for a set, its part is undetermined and
  /// the cause says so.
  [[nodiscard]] Access access(const Asker& asker, std::size_t registry, const Operation& operation,
                              Causes causes = Causes::Told) const;
  /// The same for one name; agrees with Engine::decide. `repository` is ignored if the operation takes none.
  /// `operation` is one of the catalogue or raw_operation().
  [[nodiscard]] model::Truth decide(const Asker& asker, std::size_t registry, const Operation& operation,
                                    std::string_view repository) const;

  /// Who may do it, certainly (True) or possibly (Unknown); in the order of askers().
  struct Holder {
    AskerIndex asker{};
    model::Truth value = model::Truth::Unknown;
  };
  [[nodiscard]] std::vector<Holder> who_can(std::size_t registry, const Operation& operation,
                                            std::string_view repository) const;
  /// Everybody whose possible access is not empty, in the order of askers().
  struct Reachable {
    AskerIndex asker{};
    Access access;
  };
  [[nodiscard]] std::vector<Reachable> who_can(std::size_t registry, const Operation& operation) const;
  /// The same for several operations: the work that they share is done once, and people who are alike stand together.
  [[nodiscard]] AccessTable who_can(std::size_t registry, std::span<const Operation* const> operations,
                                    Causes causes = Causes::Told) const;

  /// Everybody against every repository of `repositories` and every one of `operations`.
  [[nodiscard]] Matrix matrix(std::size_t registry, std::span<const std::string> repositories,
                              std::span<const Operation* const> operations) const;

 private:
  friend class Batch;
  friend struct NumberedTable;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Answers questions given as text, in great number: every name is looked up as Engine::resolve does. Remembers
/// people and operations as typed; not for several threads at once.
class Batch {
 public:
  /// `sets` must outlive this.
  explicit Batch(const AccessSets& sets);
  ~Batch();
  /// `operation` is an id or alias of the catalogue, or an action string. Nothing if the question is not understood.
  [[nodiscard]] std::optional<model::Truth> decide(std::string_view principal, std::string_view operation,
                                                   std::string_view registry, std::string_view repository);

  struct Asked {
    std::string_view principal, operation, registry, repository;
  };
  /// The same for many: faster, because what one question waits for from memory is fetched while others are answered.
  /// `answers` is as long as `questions`.
  void decide(std::span<const Asked> questions, std::span<std::optional<model::Truth>> answers);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// `access` by the interpreter alone: it is asked for one name of each class that anything in the data tells apart.
/// The slow way, and the check of the other.
[[nodiscard]] Access access_by_cells(const Engine& engine, const ResolvedQuestion& question,
                                     Causes causes = Causes::Told);
/// The same for several operations, each put in place of the question's own; the classes are found once for all.
[[nodiscard]] std::vector<Access> access_by_cells(const Engine& engine, const ResolvedQuestion& question,
                                                  std::span<const Operation* const> operations, Causes causes);

/// What changed from one access to another, as verdicts of single names.
struct AccessChange {
  model::RepositorySet gained;           ///< denied before, allowed after
  model::RepositorySet possibly_gained;  ///< denied before and undetermined after, or undetermined and then allowed
  model::RepositorySet lost;             ///< allowed before, denied after
  model::RepositorySet possibly_lost;    ///< allowed before and undetermined after, or undetermined and then denied
  [[nodiscard]] bool none() const {
    return gained.empty() && possibly_gained.empty() && lost.empty() && possibly_lost.empty();
  }
  friend bool operator==(const AccessChange&, const AccessChange&) = default;
};
[[nodiscard]] AccessChange change(const Access& before, const Access& after);

}  // namespace acrbiter::evaluator
