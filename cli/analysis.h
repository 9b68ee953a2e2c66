// What the analyses (who-can, what-can, matrix, diff, prove) share: their options, and from the command line to the
// data, the engine and the sets.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/data.h"
#include "cli/question_reader.h"
#include "cli/report/asker.h"
#include "evaluator/engine.h"
#include "evaluator/sets/access.h"
#include "model/repository_set.h"
#include "model/result.h"

namespace acrbiter::cli {

namespace options {

/// What every question of an analysis has in common.
inline constexpr std::array kCircumstances = {kAt, kNetwork, kCredential};
inline constexpr OptionSpec kRegistries{.name = "--registry",
                                        .letter = "-r",
                                        .value = "REGISTRY",
                                        .help = "Only this registry; may be repeated. Default: all of the data",
                                        .repeatable = true,
                                        .completes = Completes::Registry};
inline constexpr OptionSpec kOperations{.name = "--operation",
                                        .letter = "",
                                        .value = "OPERATION",
                                        .help = "Only this operation; may be repeated. Default: all",
                                        .repeatable = true,
                                        .completes = Completes::Operation};
/// Where the data comes from.
inline constexpr std::array kDataOptions = {kData, kDemo, kConfig, kAssume, kDeployment, kStrict};

/// One table from several.
template <std::size_t... N>
[[nodiscard]] constexpr auto joined(const std::array<OptionSpec, N>&... parts) {
  std::array<OptionSpec, (N + ...)> all{};
  std::size_t next = 0;
  const auto append = [&](const auto& part) {
    for (const OptionSpec& option : part) all[next++] = option;
  };
  (append(parts), ...);
  return all;
}

}  // namespace options

/// Says on `streams.err` what names nothing in the data, or which pattern does not parse (with a caret). In json and
/// jsonl the error also stands on stdout, as `{"error":{"code","message","suggestions"}}`.
[[nodiscard]] ExitCode refuse(const Invocation& invocation, const AnswerError& error);

/// Everything that the options of kCircumstances say, with the readings of `data`.
[[nodiscard]] model::Expected<evaluator::Circumstances, UsageError> circumstances_of(const Arguments& arguments,
                                                                                     const Data& data);

/// `text` in the notation of RepositorySet::pattern(). The error has the place, for a caret.
[[nodiscard]] model::Expected<model::RepositorySet, AnswerError> read_pattern(std::string_view text);

/// An operation by id or alias.
[[nodiscard]] model::Expected<const evaluator::Operation*, AnswerError> read_operation(std::string_view text);

/// Several, or all of the catalogue if none are named; in the order of the catalogue, each once.
[[nodiscard]] model::Expected<std::vector<const evaluator::Operation*>, AnswerError> read_operations(
    const std::vector<std::string>& texts);

/// Which repositories of a registry an analysis is about.
struct Target {
  std::size_t registry = 0;    ///< index into Snapshot::registries
  bool one_name = false;       ///< one name was typed, not a pattern
  std::string text;            ///< what was typed after the registry; "" if nothing was
  model::RepositorySet names;  ///< all names if nothing was typed; empty for a name that no registry accepts
};

/// A snapshot with all that is made from it. Stays where it is.
class Analysis {
 public:
  Analysis(Data data, evaluator::Circumstances circumstances);
  /// Reads what the command line names; nullptr, having said why, if that fails.
  [[nodiscard]] static std::unique_ptr<const Analysis> open(const Invocation& invocation);

  const Data data;
  const evaluator::Engine engine;
  const evaluator::AccessSets sets;
  const report::AskerNames names;

  [[nodiscard]] const model::Snapshot& snapshot() const noexcept { return data.snapshot; }
  [[nodiscard]] const model::Registry& registry(std::size_t index) const { return data.snapshot.registries[index]; }
  /// By which it can be asked about: its name or, where another one has that too, its resource id.
  [[nodiscard]] std::string_view registry_name(std::size_t index) const;
  [[nodiscard]] const evaluator::Asker& asker(evaluator::AskerIndex index) const {
    return sets.askers()[static_cast<std::size_t>(index)];
  }

  /// A registry by name, login server, resource id or alias.
  [[nodiscard]] model::Expected<std::size_t, AnswerError> find_registry(std::string_view typed) const;
  /// Several, or all if none are named; in the order of the data, each once. Never empty.
  [[nodiscard]] model::Expected<std::vector<std::size_t>, AnswerError> find_registries(
      const std::vector<std::string>& typed) const;
  /// `[REGISTRY/]NAME|PATTERN` or just REGISTRY, which stands for every name. `given` is the registry of `--registry`,
  /// if any: the target then names it only as a host. For an operation on the registry as a whole nothing may follow.
  [[nodiscard]] model::Expected<Target, AnswerError> find_target(std::string_view typed,
                                                                 const std::optional<std::string>& given,
                                                                 const evaluator::Operation& operation) const;
  /// A principal as in `--as`. Tokens and tasks are looked for in `registry` first.
  [[nodiscard]] model::Expected<evaluator::Asker, AnswerError> find_principal(std::string_view typed,
                                                                              std::size_t registry) const;
};

}  // namespace acrbiter::cli
