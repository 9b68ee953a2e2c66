#include "cli/options.h"

#include <algorithm>
#include <array>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/report/diagnostics.h"
#include "cli/report/text.h"
#include "cli/suggest.h"

namespace acrbiter::cli {
namespace {

constexpr OptionSpec kHelp{.name = "--help", .letter = "-h", .value = "", .help = "Show this help"};

using Parsed = model::Expected<Arguments, UsageError>;

/// What an option of other commands is for one that says the same in another way; empty for others.
std::string said_otherwise(const Command& command, std::string_view option) {
  if (command.name != "test") return {};
  if (option == "--data") return "for `test` it is `--base`, or `data` in the test file";
  constexpr std::array<std::string_view, 7> kInTheFile = {"--registry",   "-r",       "--at",    "--network",
                                                          "--credential", "--assume", "--config"};
  if (std::find(kInTheFile.begin(), kInTheFile.end(), option) == kInTheFile.end()) return {};
  if (option == "--config") return "a test file says itself what acrbiter.yaml says: `data`, `assume` and the like";
  return fmt::format("for `test` it stands in the test file, as `{}`",
                     option == "-r" ? std::string_view("registry") : option.substr(2));
}

UsageError unknown_option(const Command& command, std::string_view typed) {
  const std::string_view name = typed.substr(0, typed.find('='));
  std::vector<std::string_view> names{kHelp.name};
  for (const OptionSpec& option : command.options) names.push_back(option.name);
  std::string help = said_otherwise(command, name);
  if (help.empty()) help = did_you_mean(name, names);
  if (help.empty()) help = fmt::format("`acrbiter {} --help` lists the options", command.name);
  return {.message = fmt::format("unknown option `{}`", report::escape(name)), .help = std::move(help)};
}

UsageError unexpected(const Command& command, std::string_view argument) {
  return {.message = fmt::format("unexpected argument `{}`", report::escape(argument)),
          .help = fmt::format("usage: acrbiter {} {}", command.name,
                              command.synopsis.substr(0, command.synopsis.find('\n')))};
}

/// CLI11's words for what it refuses, in ours.
UsageError explain(const Command& command, const CLI::ParseError& error, const CLI::App& app) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    for (const std::string& extra : app.remaining()) {
      if (extra.size() > 1 && extra.front() == '-') return unknown_option(command, extra);
    }
    const auto extras = app.remaining();
    return unexpected(command, extras.empty() ? std::string() : extras.front());
  }
  for (const OptionSpec& option : command.options) {
    if (!option.value.empty() && std::string_view(error.what()).find(option.name) != std::string_view::npos) {
      return {.message = fmt::format("`{}` needs one value", option.name),
              .help = fmt::format("write {} {}", option.name, option.value)};
    }
  }
  return {.message = report::escape(error.what()), .help = fmt::format("see `acrbiter {} --help`", command.name)};
}

}  // namespace

std::optional<std::string> Arguments::get(std::string_view option) const {
  const auto found = options.find(option);
  if (found == options.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Arguments::all(std::string_view option) const {
  const auto found = options.find(option);
  return found == options.end() ? std::vector<std::string>() : found->second;
}

std::optional<std::string> Arguments::positional(std::size_t index) const {
  if (index >= positionals.size()) return std::nullopt;
  return positionals[index];
}

Parsed parse_arguments(const Command& command, std::span<const std::string> args) {
  CLI::App app;
  app.set_help_flag();
  const auto declare = [&app](const OptionSpec& spec) {
    std::string names(spec.name);
    if (!spec.letter.empty()) names = fmt::format("{},{}", spec.letter, spec.name);
    if (spec.value.empty()) return app.add_flag(names);
    return app.add_option(names)->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(false);
  };
  std::vector<std::pair<const OptionSpec*, const CLI::Option*>> declared{{&kHelp, declare(kHelp)}};
  for (const OptionSpec& spec : command.options) declared.emplace_back(&spec, declare(spec));
  CLI::Option* positionals = nullptr;
  if (!command.positionals.empty()) {
    positionals = app.add_option("arguments")->expected(0, CLI::detail::expected_max_vector_size)->allow_extra_args();
  }

  std::vector<std::string> reversed(args.rbegin(), args.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return Parsed::failure(explain(command, error, app));
  }

  Arguments arguments;
  for (const auto& [spec, option] : declared) {
    if (option->count() == 0) continue;
    std::vector<std::string> values = spec->value.empty() ? std::vector<std::string>() : option->results();
    if (!spec->repeatable && values.size() > 1) {
      return Parsed::failure({.message = fmt::format("`{}` may be given once", spec->name), .help = ""});
    }
    for (const std::string& value : values) {
      const bool allowed =
          spec->words.empty() || std::find(spec->words.begin(), spec->words.end(), value) != spec->words.end();
      if (allowed) continue;
      const std::vector<std::string_view> words(spec->words.begin(), spec->words.end());
      std::string help = did_you_mean(value, words);
      if (help.empty()) {
        help = fmt::format("one of: {}", report::listed(std::vector<std::string>(words.begin(), words.end()), "or"));
      }
      return Parsed::failure(
          {.message = fmt::format("`{}` is no value of `{}`", report::escape(value), spec->name), .help = help});
    }
    arguments.options[std::string(spec->name)] = std::move(values);
  }
  if (positionals != nullptr) arguments.positionals = positionals->results();
  const bool any_number = !command.positionals.empty() && command.positionals.back().repeatable;
  if (arguments.positionals.size() > command.positionals.size() && !any_number) {
    return Parsed::failure(unexpected(command, arguments.positionals[command.positionals.size()]));
  }
  return arguments;
}

model::Expected<std::vector<std::pair<std::string, std::string>>, UsageError> key_values(
    std::string_view option, const std::vector<std::string>& values) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  Pairs pairs;
  for (const std::string& value : values) {
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view item = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(item.size() + 1, rest.size()));
      const std::size_t equals = item.find('=');
      if (equals == std::string_view::npos || equals == 0) {
        return model::Expected<Pairs, UsageError>::failure(
            {.message = fmt::format("`{}` takes KEY=VALUE, not `{}`", option, report::escape(item)), .help = ""});
      }
      pairs.emplace_back(item.substr(0, equals), item.substr(equals + 1));
    }
  }
  return pairs;
}

ExitCode refuse(const Invocation& invocation, const UsageError& error) {
  invocation.streams.err << report::error(error.message, error.help, invocation.error_look);
  return ExitCode::InputError;
}

}  // namespace acrbiter::cli
