// The names of a test file, looked up in a state of access.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/access_test/suite.h"
#include "cli/analysis.h"
#include "cli/property_reader.h"
#include "model/result.h"

namespace acrbiter::cli::access_test {

/// Repositories that an expectation is about.
struct Spot {
  std::size_t registry = 0;
  bool one_name = false;
  std::string name;            ///< the one name as written; empty: `names`, or the registry as a whole
  model::RepositorySet names;  ///< for an operation on the registry as a whole: all
  Place place;
};

/// Looks names up for one case; collects what is wrong with them, each once.
class Resolver {
 public:
  Resolver(const Suite& suite, const Analysis& analysis) : suite_(suite), analysis_(analysis) {}

  std::vector<model::Diagnostic> problems;

  void problem(const Place& place, std::string message, std::string help = {});

  /// nullptr, having said why.
  [[nodiscard]] const evaluator::Operation* operation(const Word& word);
  /// Every target of `on`, groups spelled out; without any the default registry as a whole.
  [[nodiscard]] std::vector<Spot> spots(const std::vector<Word>& on, const evaluator::Operation& operation,
                                        const Place& place);
  [[nodiscard]] std::vector<model::RepositorySet> patterns(const std::vector<Word>& texts);
  /// A registry as named, else the default one, else the only one of the data.
  [[nodiscard]] std::optional<std::size_t> registry(const std::optional<Word>& named, const Place& place);

  /// Somebody, and where the file names them.
  struct Named {
    evaluator::Asker asker;
    Place place;
  };
  /// Everybody who is meant at `registry`, each once: groups of the file and of the directory spelled out.
  [[nodiscard]] std::vector<Named> who(const std::vector<Word>& words, std::size_t registry);

  /// Everybody that the data shows in the group at any depth, and what stands for those whom it does not show.
  [[nodiscard]] static std::vector<evaluator::Asker> members(const Analysis& analysis, model::PrincipalIndex group);

  /// What stands for members of the group that the data does not show; nothing if it shows all.
  [[nodiscard]] static std::optional<evaluator::Asker> unlisted_members(const Analysis& analysis,
                                                                        model::PrincipalIndex group);

  /// A group of the file in place of a word, or the word itself.
  [[nodiscard]] std::vector<Word> spelled_out(const std::vector<Word>& words, bool principals);

 private:
  void say(const Place& place, const AnswerError& error);
  [[nodiscard]] std::optional<Spot> spot(const Word& word, const evaluator::Operation& operation);

  const Suite& suite_;
  const Analysis& analysis_;
};

/// Equal for the same somebody of one snapshot.
[[nodiscard]] std::string key_of(const evaluator::Asker& asker);

}  // namespace acrbiter::cli::access_test
