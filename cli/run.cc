#include "cli/run.h"

#include <charconv>
#include <exception>
#include <optional>
#include <ostream>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/process.h"
#include "cli/report/diagnostics.h"
#include "cli/suggest.h"
#include "cli/terminal.h"
#include "model/repository_set.h"

namespace acrbiter::cli {
namespace {

using report::Look;

struct Found {
  const Command* command = nullptr;
  std::size_t words = 0;  ///< how many of the arguments its name takes
};

bool is_called(const Command& command, std::string_view name) {
  if (command.name == name) return true;
  for (const std::string_view alias : command.aliases) {
    if (alias == name) return true;
  }
  return false;
}

Found find_command(std::span<const std::string> args) {
  if (args.front() == kComplete.name) return {&kComplete, 1};
  const std::string two = args.size() > 1 ? fmt::format("{} {}", args[0], args[1]) : std::string();
  // `test init` is a command, and so is `test`.
  for (const Command& command : commands()) {
    if (is_called(command, two)) return {&command, 2};
  }
  for (const Command& command : commands()) {
    if (is_called(command, args.front())) return {&command, 1};
  }
  return {};
}

int code(ExitCode exit) { return static_cast<int>(exit); }

int refuse(std::ostream& err, const UsageError& error, const Look& look) {
  err << report::error(error.message, error.help, look);
  return code(ExitCode::InputError);
}

int unknown_command(std::span<const std::string> args, std::ostream& err, const Look& look) {
  const std::string& first = args.front();
  if (const std::string group = group_help(first, look); !group.empty()) {
    if (args.size() == 1) {
      err << group;
    } else {
      std::vector<std::string_view> members;
      for (const Command& command : commands()) {
        if (command.name.starts_with(first + " ")) members.push_back(command.name.substr(first.size() + 1));
      }
      const auto near = nearest(args[1], members);
      const std::string help = near.empty() ? fmt::format("see `acrbiter {} --help`", first)
                                            : fmt::format("did you mean `{} {}`?", first, near.front());
      err << report::error(fmt::format("unknown command `{} {}`", first, args[1]), help, look);
    }
    return code(ExitCode::InputError);
  }
  std::vector<std::string_view> names;
  for (const Command& command : commands()) {
    names.push_back(command.name);
    names.insert(names.end(), command.aliases.begin(), command.aliases.end());
  }
  if (first.starts_with('-')) {
    return refuse(
        err, {.message = fmt::format("the command stands before `{}`", first), .help = "see `acrbiter --help`"}, look);
  }
  const auto near = nearest(first, names);
  const std::string help =
      near.empty() ? std::string("see `acrbiter --help`") : fmt::format("did you mean `{}`?", near.front());
  return refuse(err, {.message = fmt::format("unknown command `{}`", first), .help = help}, look);
}

model::Expected<std::optional<std::size_t>, UsageError> width_of(const Arguments& arguments) {
  using Width = model::Expected<std::optional<std::size_t>, UsageError>;
  constexpr std::size_t kMost = 100'000;
  const auto given = arguments.get(options::kWidth.name);
  if (!given) return std::optional<std::size_t>();
  std::size_t width = 0;
  const auto [end, failure] = std::from_chars(given->data(), given->data() + given->size(), width);
  const bool number = failure == std::errc() && end == given->data() + given->size() && width <= kMost;
  if (!number) {
    return Width::failure(
        {.message = fmt::format("`--width` takes a number of columns, not `{}`", *given), .help = ""});
  }
  return std::optional<std::size_t>(width);
}

int run_command(std::span<const std::string> args, Streams streams, const Look& plain) {
  if (args.empty()) {
    streams.err << overview(plain);
    return code(ExitCode::InputError);
  }
  const bool asks_help = args.front() == "--help" || args.front() == "-h" || args.front() == "help";
  if (args.size() == 1 && asks_help) {
    streams.out << overview(look_of(streams.out, "auto", std::nullopt));
    return code(ExitCode::Yes);
  }
  if (args.front() == "--version" || args.front() == "-V") {
    streams.out << "acrbiter " << ACRBITER_VERSION << '\n';
    return code(ExitCode::Yes);
  }
  if (asks_help) args = args.subspan(1);

  const Found found = find_command(args);
  if (found.command == nullptr) {
    const bool group_asked = asks_help || (args.size() == 2 && (args[1] == "--help" || args[1] == "-h"));
    const std::string group = group_asked ? group_help(args.front(), plain) : std::string();
    if (group.empty()) return unknown_command(args, streams.err, plain);
    streams.out << group;
    return code(ExitCode::Yes);
  }
  if (asks_help) {
    streams.out << help(*found.command, look_of(streams.out, "auto", std::nullopt));
    return code(ExitCode::Yes);
  }

  // What completes a command line takes its words as they are.
  Arguments arguments;
  if (found.command == &kComplete) {
    arguments.positionals.assign(args.begin() + 1, args.end());
  } else {
    auto parsed = parse_arguments(*found.command, args.subspan(found.words));
    if (!parsed) return refuse(streams.err, parsed.error(), plain);
    arguments = *std::move(parsed);
  }
  const auto width = width_of(arguments);
  if (!width) return refuse(streams.err, width.error(), plain);
  const std::string when = arguments.get(options::kColour.name).value_or("auto");
  const Invocation invocation{.command = *found.command,
                              .arguments = arguments,
                              .streams = streams,
                              .look = look_of(streams.out, when, *width),
                              .error_look = look_of(streams.err, when, *width)};
  if (arguments.has("--help")) {
    streams.out << help(*found.command, invocation.look);
    return code(ExitCode::Yes);
  }
  return code(found.command->run(invocation));
}

}  // namespace

int run(std::span<const std::string> args, std::istream& in, std::ostream& out, std::ostream& err) noexcept {
  try {
    if (is_all({in, out, err})) {
      ignore_broken_pipes();
      keep_freed_memory();
    }
    const int exit = run_command(args, {in, out, err}, look_of(err, "auto", std::nullopt));
    std::string problem;
    if (flush(out, problem) || problem.empty()) return exit;
    err << "error: the answer could not be written: " << problem << '\n';
    return code(ExitCode::InputError);
  } catch (const model::RepositorySetTooLarge& error) {
    err << "error: more than sets of repository names can hold: " << error.what()
        << "\nhelp: ask about fewer names at once, or about single ones with `acrbiter can-i`\n";
    return code(ExitCode::InputError);
  } catch (const std::exception& error) {
    err << "error: a defect of acrbiter: " << error.what() << '\n';
  } catch (...) {
    err << "error: a defect of acrbiter\n";
  }
  return code(ExitCode::Defect);
}

}  // namespace acrbiter::cli
