// What a command is: a row in a table, from which parsing, help and completion are made.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/report/text.h"

namespace acrbiter::cli {

/// Source: contract.md, "Exit codes"
enum class ExitCode : std::uint8_t { Yes = 0, No = 1, InputError = 2, Undetermined = 3, Defect = 4 };

struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

/// What the shell may offer for a value.
enum class Completes : std::uint8_t {
  Nothing,
  Path,
  Words,  ///< the closed list of the option
  Operation,
  Principal,
  Registry,
  Target,  ///< [REGISTRY/]REPOSITORY
  Assumption,
};

struct OptionSpec {
  std::string_view name;    ///< "--data"
  std::string_view letter;  ///< "-o", or empty
  std::string_view value;   ///< "PATH"; empty: a flag
  std::string_view help;
  bool repeatable = false;
  std::span<const std::string_view> words{};  ///< the only values allowed; empty: any
  Completes completes = Completes::Nothing;
};

struct PositionalSpec {
  std::string_view name;
  std::string_view help;
  Completes completes = Completes::Nothing;
  bool repeatable = false;  ///< of the last one only
};

/// A command line, taken apart. Options are known, flags without value, words from their list.
struct Arguments {
  std::map<std::string, std::vector<std::string>, std::less<>> options;  ///< "--data" → values
  std::vector<std::string> positionals;

  [[nodiscard]] bool has(std::string_view option) const { return options.find(option) != options.end(); }
  /// The last value given.
  [[nodiscard]] std::optional<std::string> get(std::string_view option) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view option) const;
  [[nodiscard]] std::optional<std::string> positional(std::size_t index) const;
};

struct Command;

struct Invocation {
  const Command& command;
  const Arguments& arguments;
  Streams streams;
  report::Look look;        ///< of `streams.out`
  report::Look error_look;  ///< of `streams.err`
};

struct Command {
  std::string_view name;  ///< one word, or two: "condition parse"
  std::span<const std::string_view> aliases{};
  std::string_view summary;
  std::string_view synopsis;  ///< what follows the name, one line per form
  std::span<const PositionalSpec> positionals{};
  std::span<const OptionSpec> options{};
  std::string_view notes{};     ///< further paragraphs of --help
  std::string_view examples{};  ///< lines "  $ acrbiter …" with a comment line before each
  ExitCode (*run)(const Invocation&) = nullptr;
};

/// All commands, in the order of the help.
[[nodiscard]] std::span<const Command> commands();

/// A mistake in the command line, said to the user; the exit code is InputError.
struct UsageError {
  std::string message;  ///< lower case, input in backticks
  std::string help;     ///< what to do; may be empty
};

}  // namespace acrbiter::cli
