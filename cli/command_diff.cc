// diff: who gains and who loses access, between two exports or by a switch of the permission mode.
#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <set>

#include <fmt/format.h>

#include "cli/analysis.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/parallel.h"
#include "cli/progress.h"
#include "cli/report/diff_report.h"
#include "cli/report/text.h"
#include "cli/suggest.h"

namespace acrbiter::cli {
namespace {

using evaluator::Operation;
using model::PermissionMode;

constexpr std::array<std::string_view, 3> kDiffFormats = {"human", "json", "markdown"};

constexpr OptionSpec kBefore{.name = "--before",
                             .letter = "",
                             .value = "PATH",
                             .help = "File or folder with exports of the state before; may be repeated",
                             .repeatable = true,
                             .completes = Completes::Path};
constexpr OptionSpec kAfter{.name = "--after",
                            .letter = "",
                            .value = "PATH",
                            .help = "File or folder with exports of the state after; may be repeated",
                            .repeatable = true,
                            .completes = Completes::Path};
constexpr OptionSpec kSetMode{.name = "--set-mode",
                              .letter = "",
                              .value = "REGISTRY=MODE",
                              .help =
                                  "Instead: compare --data with a copy in which this registry (* for all) is in "
                                  "MODE, abac or legacy; may be repeated",
                              .repeatable = true};
constexpr OptionSpec kDiffOperation{
    .name = "--operation",
    .letter = "",
    .value = "OPERATION",
    .help =
        "Compare this operation only; may be repeated. Default: all on images, tags and "
        "metadata, from pull to disable-streaming",
    .repeatable = true,
    .completes = Completes::Operation};
constexpr OptionSpec kAllOperations{
    .name = "--all-operations", .letter = "", .value = "", .help = "Compare every operation of the catalogue"};
constexpr OptionSpec kDiffFormat{.name = "--output",
                                 .letter = "-o",
                                 .value = "FORMAT",
                                 .help = "human (default), json, or markdown for a comment on a pull request",
                                 .words = kDiffFormats,
                                 .completes = Completes::Words};

std::optional<UsageError> check_diff_form(const Arguments& arguments) {
  const bool switches = arguments.has(kSetMode.name);
  const bool before = arguments.has(kBefore.name);
  const bool after = arguments.has(kAfter.name);
  if (!switches && !before && !after) {
    return UsageError{.message = "what is to be compared?",
                      .help = "two exports with --before PATH --after PATH, or one with --set-mode REGISTRY=abac"};
  }
  if (switches && (before || after)) {
    return UsageError{.message = "`--set-mode` changes a copy of one export; it takes `--data`, not two of them",
                      .help = ""};
  }
  if (before != after) {
    return UsageError{.message = fmt::format("`{}` is missing", before ? "--after" : "--before"),
                      .help = "a comparison has two sides"};
  }
  if (before && (arguments.has(options::kData.name) || arguments.has(options::kDemo.name))) {
    return UsageError{.message = "with `--before` and `--after` the data is named by them alone",
                      .help = "repeat --before or --after for further files"};
  }
  if (arguments.has(kDiffOperation.name) && arguments.has(kAllOperations.name)) {
    return UsageError{.message = "`--operation` and `--all-operations` exclude each other", .help = ""};
  }
  return std::nullopt;
}

model::Expected<std::vector<const Operation*>, AnswerError> operations_of(const Arguments& arguments) {
  std::vector<const Operation*> result;
  if (arguments.has(kAllOperations.name)) {
    for (const Operation& operation : evaluator::operations()) result.push_back(&operation);
    return result;
  }
  if (!arguments.has(kDiffOperation.name)) return evaluator::data_operations();
  for (const std::string& text : arguments.all(kDiffOperation.name)) {
    const auto operation = read_operation(text);
    if (!operation) return model::Expected<std::vector<const Operation*>, AnswerError>::failure(operation.error());
    result.push_back(*operation);
  }
  std::sort(result.begin(), result.end());  // one table holds them all
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

/// One side of two, read as if its paths were given with --data.
std::unique_ptr<const Analysis> open_side(const Invocation& invocation, std::string_view option) {
  Arguments arguments = invocation.arguments;
  arguments.options[std::string(options::kData.name)] = arguments.all(option);
  return Analysis::open({.command = invocation.command,
                         .arguments = arguments,
                         .streams = invocation.streams,
                         .look = invocation.look,
                         .error_look = invocation.error_look});
}

using Switches = std::map<std::size_t, PermissionMode>;

model::Expected<Switches, AnswerError> switches_of(const Arguments& arguments, const Analysis& analysis) {
  using Outcome = model::Expected<Switches, AnswerError>;
  Switches switches;
  for (const std::string& text : arguments.all(kSetMode.name)) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos) {
      return Outcome::failure({.code = "bad-value",
                               .message = fmt::format("`--set-mode` takes REGISTRY=MODE, not `{}`", text),
                               .suggestions = {text + "=abac", text + "=legacy"}});
    }
    const std::string word = text.substr(equals + 1);
    if (word != "abac" && word != "legacy") {
      constexpr std::array<std::string_view, 2> kModes = {"abac", "legacy"};
      auto near = nearest(word, kModes);
      if (near.empty()) near = {"abac", "legacy"};
      return Outcome::failure({.code = "bad-value",
                               .message = fmt::format("no permission mode called `{}`", word),
                               .suggestions = std::move(near)});
    }
    const PermissionMode mode = word == "abac" ? PermissionMode::Abac : PermissionMode::Legacy;
    const std::string name = text.substr(0, equals);
    if (name == "*") {
      if (analysis.snapshot().registries.empty()) return Outcome::failure(analysis.find_registry(name).error());
      for (std::size_t r = 0; r < analysis.snapshot().registries.size(); ++r) {
        if (analysis.registry(r).mode != mode) switches[r] = mode;
      }
      continue;
    }
    const auto registry = analysis.find_registry(name);
    if (!registry) return Outcome::failure(registry.error());
    switches[*registry] = mode;
  }
  return switches;
}

ExitCode answer(const Invocation& invocation, const report::DiffSubject& subject) {
  std::ostream& out = invocation.streams.out;
  const std::string format = invocation.arguments.get("--output").value_or("human");
  if (format == "json") {
    report::diff_json(subject, out);
  } else if (format == "markdown") {
    out << report::diff_markdown(subject);
  } else {
    out << report::diff_text(subject, invocation.look);
  }
  if (invocation.arguments.has(options::kExitZero.name)) return ExitCode::Yes;
  if (subject.diff.certain()) return ExitCode::No;
  return subject.diff.possible() ? ExitCode::Undetermined : ExitCode::Yes;
}

evaluator::AccessDiff compare(const Invocation& invocation, const Analysis& before, const Analysis& after,
                              const std::vector<const Operation*>& operations, std::size_t jobs,
                              const std::function<bool(const evaluator::DiffRegistry&)>& wanted) {
  Progress progress(invocation.streams.err);
  return evaluator::compare(before.sets, after.sets, operations, wanted,
                            [&](std::size_t count, const std::function<void(std::size_t)>& registry) {
                              for_each_in_order(count, jobs, registry, [&](std::size_t i) {
                                progress.say(fmt::format("registry {} of {}", i + 1, count));
                                return true;
                              });
                            });
}

/// Nothing to compare is no comparison without a difference: a wrong path must not look like a harmless change. One
/// side may be empty, as before the first deployment and after the last registry is gone.
AnswerError no_registries(const Arguments& arguments) {
  std::vector<std::string> paths;
  for (const OptionSpec* side : {&kBefore, &kAfter}) {
    for (const std::string& path : arguments.all(side->name)) {
      paths.push_back(fmt::format("`{} {}`", side->name, report::escape(path)));
    }
  }
  model::Diagnostic advice;
  advice.help = fmt::format("{} name none: are these the right paths?", report::listed(paths));
  return {.code = "unknown-registry", .message = "the data has no registries", .where = std::move(advice)};
}

/// The registries of `--registry`; one that a side does not know is no error if the other does.
model::Expected<std::set<std::size_t>, AnswerError> wanted(const Arguments& arguments, const Analysis& side,
                                                           const Analysis* other) {
  std::set<std::size_t> result;
  for (const std::string& name : arguments.all(options::kRegistries.name)) {
    const auto registry = side.find_registry(name);
    if (registry) {
      result.insert(*registry);
    } else if (other == nullptr || !other->find_registry(name)) {
      return model::Expected<std::set<std::size_t>, AnswerError>::failure(registry.error());
    }
  }
  return result;
}

ExitCode compare_exports(const Invocation& invocation, const std::vector<const Operation*>& operations,
                         std::size_t jobs) {
  const auto before = open_side(invocation, kBefore.name);
  if (!before) return ExitCode::InputError;
  const auto after = open_side(invocation, kAfter.name);
  if (!after) return ExitCode::InputError;
  if (before->snapshot().registries.empty() && after->snapshot().registries.empty()) {
    return refuse(invocation, no_registries(invocation.arguments));
  }
  const auto wanted_before = wanted(invocation.arguments, *before, &*after);
  if (!wanted_before) return refuse(invocation, wanted_before.error());
  const auto wanted_after = wanted(invocation.arguments, *after, &*before);
  if (!wanted_after) return refuse(invocation, wanted_after.error());
  const bool all = !invocation.arguments.has(options::kRegistries.name);
  const auto diff =
      compare(invocation, *before, *after, operations, jobs, [&](const evaluator::DiffRegistry& registry) {
        return all || (registry.before && wanted_before->contains(*registry.before)) ||
               (registry.after && wanted_after->contains(*registry.after));
      });
  return answer(invocation, {.before = *before,
                             .after = *after,
                             .diff = diff,
                             .switches = {},
                             .before_paths = invocation.arguments.all(kBefore.name),
                             .after_paths = invocation.arguments.all(kAfter.name),
                             .jobs = jobs});
}

ExitCode switch_modes(const Invocation& invocation, const std::vector<const Operation*>& operations, std::size_t jobs) {
  const auto before = Analysis::open(invocation);
  if (!before) return ExitCode::InputError;
  const auto switches = switches_of(invocation.arguments, *before);
  if (!switches) return refuse(invocation, switches.error());
  const auto only = wanted(invocation.arguments, *before, nullptr);
  if (!only) return refuse(invocation, only.error());

  Data copy = before->data;
  std::vector<report::ModeSwitch> list;
  for (const auto& [registry, mode] : *switches) {
    if (!only->empty() && !only->contains(registry)) continue;
    copy.snapshot = evaluator::with_mode(std::move(copy.snapshot), std::array{registry}, mode);
    list.push_back({.registry = registry, .to = mode});
  }
  const Analysis after(std::move(copy), before->sets.circumstances());
  // Nothing but the switched registries can change.
  const auto diff = compare(invocation, *before, after, operations, jobs, [&](const evaluator::DiffRegistry& registry) {
    return std::any_of(list.begin(), list.end(),
                       [&](const report::ModeSwitch& to) { return registry.before == to.registry; });
  });
  if (list.empty()) {
    return refuse(invocation, UsageError{.message = "every registry is in that mode already", .help = ""});
  }
  const std::vector<std::string> paths = invocation.arguments.all(options::kData.name);
  return answer(invocation, {.before = *before,
                             .after = after,
                             .diff = diff,
                             .switches = std::move(list),
                             .before_paths = paths,
                             .after_paths = paths,
                             .jobs = jobs});
}

ExitCode diff(const Invocation& invocation) {
  if (const auto error = check_diff_form(invocation.arguments)) return refuse(invocation, *error);
  const auto operations = operations_of(invocation.arguments);
  if (!operations) return refuse(invocation, operations.error());
  const auto jobs = jobs_of(invocation.arguments);
  if (!jobs) return refuse(invocation, jobs.error());
  if (invocation.arguments.has(kSetMode.name)) return switch_modes(invocation, *operations, *jobs);
  return compare_exports(invocation, *operations, *jobs);
}

constexpr auto kDiffOptions =
    options::joined(std::array{kBefore, kAfter, kSetMode, options::kRegistries, kDiffOperation, kAllOperations},
                    options::kDataOptions, options::kCircumstances,
                    std::array{kDiffFormat, options::kColour, options::kWidth, options::kJobs, options::kExitZero});

}  // namespace

constinit const Command kDiff{
    .name = "diff",
    .aliases = {},
    .summary = "who gains and who loses access, on which names",
    .synopsis = "--before PATH… --after PATH… [OPTIONS]\n--set-mode REGISTRY=abac|legacy… [OPTIONS]",
    .positionals = {},
    .options = kDiffOptions,
    .notes =
        "Compared is the access of everybody on every repository name that could exist, as sets of names: "
        "`backend/**`\n"
        "is everything that begins with backend/. What is certain and what hangs on missing or contested facts are "
        "kept\n"
        "apart. Identities are matched by object id, tokens and tasks by registry and name, registries by resource "
        "id.\n"
        "Human output shows the first 40 of many lists of a section, and says how many more there are.\n"
        "\n"
        "Exit codes: 0 no difference, 1 a difference, 2 not understood, 3 only possible differences.\n",
    .examples = R"(  # what breaks if we switch this registry to ABAC mode tonight?
  $ acrbiter diff --set-mode contosobase=abac --data exports

  # does this pull request give anybody more, or take anything away?
  $ acrbiter diff --before exports/main --after exports/branch -o markdown > comment.md

  # who could push after all registries have switched, and could not before?
  $ acrbiter diff --set-mode '*=abac' --operation push --data exports -o json \
      | jq '.changes[] | {registry, principals: [.principals[].name], gained: [.changes[].gained.pattern]}'
)",
    .run = diff};

}  // namespace acrbiter::cli
