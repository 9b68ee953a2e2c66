// test: expectations about access in *.access.yaml files, against exports, plans, or both.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <memory>
#include <ostream>
#include <thread>

#include <fmt/format.h>

#include "cli/access_test/check.h"
#include "cli/access_test/init.h"
#include "cli/access_test/load.h"
#include "cli/access_test/quality.h"
#include "cli/access_test/suite.h"
#include "cli/access_test/watch.h"
#include "cli/analysis.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/lines.h"
#include "cli/options.h"
#include "cli/parallel.h"
#include "cli/progress.h"
#include "cli/report/diagnostics.h"
#include "cli/report/test_report.h"
#include "cli/suggest.h"
#include "cli/yaml_reader.h"
#include "evaluator/wildcard.h"

namespace acrbiter::cli {
namespace {

using access_test::Outcome;

constexpr std::array<std::string_view, 7> kTestFormats = {"human",       "json",     "junit", "github",
                                                          "azuredevops", "markdown", "sarif"};

constexpr OptionSpec kFilter{.name = "--filter",
                             .letter = "",
                             .value = "TEXT",
                             .help = "Only tests whose name contains TEXT, or matches it where it has `*` or `?`"};
constexpr OptionSpec kPlan{.name = "--plan",
                           .letter = "",
                           .value = "PATH",
                           .help =
                               "Terraform plan, template or exports of what is added, instead of what the "
                               "test files name; may be repeated",
                           .repeatable = true,
                           .completes = Completes::Path};
constexpr OptionSpec kBase{.name = "--base",
                           .letter = "",
                           .value = "PATH",
                           .help =
                               "File or folder with exports of what is, instead of the `data` of the test files; "
                               "may be repeated",
                           .repeatable = true,
                           .completes = Completes::Path};
constexpr OptionSpec kWatch{.name = "--watch",
                            .letter = "",
                            .value = "",
                            .help = "Run again whenever a file that was read changes; Ctrl-C ends it"};
constexpr OptionSpec kCoverage{.name = "--coverage",
                               .letter = "",
                               .value = "",
                               .help = "Also say what gives access and is touched by no test, with a test for each"};
constexpr OptionSpec kMinCoverage{.name = "--min-coverage",
                                  .letter = "",
                                  .value = "PERCENT",
                                  .help = "--coverage, and fail if less than that is touched"};
constexpr OptionSpec kMutate{
    .name = "--mutate",
    .letter = "",
    .value = "",
    .help =
        "Also make the classic mistakes one at a time (a lost slash, a wider scope, another role, …), and fail if one "
        "changes access and no test notices"};
constexpr OptionSpec kVerbose{
    .name = "--verbose",
    .letter = "",
    .value = "",
    .help = "Human output shows tests that passed too, and of the others all that `explain` says"};
constexpr OptionSpec kTestFormat{
    .name = "--output",
    .letter = "-o",
    .value = "FORMAT",
    .help =
        "human (default), json, junit (XML for test runners), github or azuredevops (annotations), markdown for a "
        "comment on a pull request, sarif",
    .words = kTestFormats,
    .completes = Completes::Words};

/// Does the name of a test match what --filter says?
bool matches(const std::string& name, const std::string& filter) {
  if (filter.find_first_of("*?") == std::string::npos) return name.find(filter) != std::string::npos;
  return evaluator::like_match(filter, name, true);
}

/// A test file that was run, with the states that it was run on.
struct Ran {
  access_test::Suite suite;
  access_test::States states;
};

/// Everything that came of one run.
struct Results {
  access_test::TestRun run;
  std::vector<std::unique_ptr<const Ran>> suites;  ///< for each file of `run`
  std::vector<access_test::Quality> quality;
};

std::string print(const Results& results, const std::string& format, const Invocation& invocation) {
  const access_test::TestRun& run = results.run;
  if (format == "json") return report::test_json(run, results.quality) + "\n";
  if (format == "junit") return report::test_junit(run);
  if (format == "github") return report::test_github(run);
  if (format == "azuredevops") return report::test_azure_devops(run);
  if (format == "markdown") return report::test_markdown(run) + report::quality_markdown(results.quality);
  if (format == "sarif") return report::test_sarif(run) + "\n";
  return report::test_text(run, invocation.arguments.has(kVerbose.name), invocation.look) +
         report::quality_text(results.quality, invocation.look);
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// What --deployment says, by names that a deployment has.
model::Expected<Pairs, UsageError> deployment_of(const Arguments& arguments) {
  auto pairs = key_values(options::kDeployment.name, arguments.all(options::kDeployment.name));
  if (!pairs) return pairs;
  for (const auto& [key, value] : *pairs) {
    if (std::find(kDeploymentKeys.begin(), kDeploymentKeys.end(), key) != kDeploymentKeys.end()) continue;
    const auto near = nearest(key, kDeploymentKeys);
    return model::Expected<Pairs, UsageError>::failure(
        {.message = fmt::format("a deployment has no `{}`", report::escape(key)),
         .help = near.empty() ? fmt::format("it has {}", fmt::join(kDeploymentKeys, ", "))
                              : fmt::format("did you mean `{}`?", near.front())});
  }
  return pairs;
}

/// A test file, or `-` for standard input, whose paths are relative to the current folder.
model::Result<access_test::Suite> read_suite(const std::string& file, const Invocation& invocation) {
  if (file != "-") return access_test::read_suite(file);
  auto text = read_text(file, kMaxYamlBytes, invocation);
  if (!text) return model::Result<access_test::Suite>::failure({});
  return access_test::parse_suite(*std::move(text), "standard input");
}

/// Runs every file, or nothing, having said what is wrong. Adds what was read to `paths`.
std::optional<Results> run_files(const Invocation& invocation, const std::string& format, std::size_t jobs,
                                 std::vector<std::string>& paths) {
  const Arguments& arguments = invocation.arguments;
  std::ostream& err = invocation.streams.err;
  std::vector<model::Diagnostic> problems;
  const auto gather = [&](const std::vector<model::Diagnostic>& more) {
    for (const model::Diagnostic& problem : more) {
      if (std::find(problems.begin(), problems.end(), problem) == problems.end()) problems.push_back(problem);
    }
  };
  const auto files = access_test::find_suites(arguments.positionals);
  if (!files) {
    err << report::errors(files.error(), invocation.error_look);
    return std::nullopt;
  }
  access_test::Overrides overrides;
  if (arguments.has(kBase.name)) overrides.base = arguments.all(kBase.name);
  if (arguments.has(kPlan.name)) overrides.plan = arguments.all(kPlan.name);
  overrides.demo = arguments.has(options::kDemo.name);
  overrides.strict = arguments.has(options::kStrict.name);
  const auto deployment = deployment_of(arguments);
  if (!deployment) {
    static_cast<void>(refuse(invocation, deployment.error()));
    return std::nullopt;
  }
  overrides.deployment = *deployment;
  access_test::Loader loader(overrides);
  const auto filter = arguments.get(kFilter.name);

  Results results;
  access_test::TestRun& run = results.run;
  for (const std::string& file : *files) {
    paths.push_back(file);
    auto suite = read_suite(file, invocation);
    if (!suite) {
      gather(suite.error());
      continue;
    }
    auto states = loader.load(*suite);
    err << report::warnings(loader.take_warnings(), report::kShownWarnings, invocation.error_look);
    if (!states) {
      gather(states.error());
      paths.insert(paths.end(), suite->data.begin(), suite->data.end());
      paths.insert(paths.end(), suite->plan.begin(), suite->plan.end());
      continue;
    }
    paths.insert(paths.end(), states->paths.begin(), states->paths.end());
    access_test::RunOptions run_options;
    if (format == "human") {
      run_options.trace = arguments.has(kVerbose.name) ? access_test::RunOptions::Trace::Whole
                                                       : access_test::RunOptions::Trace::Settling;
      run_options.look = invocation.look;
      if (run_options.look.width > 60) run_options.look.width -= 6;
    } else if (format == "json") {
      run_options.trace = access_test::RunOptions::Trace::Json;
    }
    run_options.jobs = jobs;
    run_options.base_options = states->base_options;
    run_options.after_options = states->after_options;
    if (filter) run_options.wanted = [&](const access_test::Case& test) { return matches(test.name, *filter); };
    auto result = access_test::run_suite(*suite, *states->base, states->after.get(), run_options);
    if (!result) {
      gather(result.error());
    } else if (!result->cases.empty()) {
      run.files.push_back(*std::move(result));
      results.suites.push_back(
          std::make_unique<const Ran>(Ran{.suite = *std::move(suite), .states = *std::move(states)}));
    }
  }
  if (!problems.empty()) {
    err << report::errors(problems, invocation.error_look);
    return std::nullopt;
  }
  if (run.cases() == 0) {
    err << report::error(fmt::format("no test is called `{}`: nothing is tested", filter.value_or("")),
                         "--filter takes a part of a name, or a pattern for the whole of it", invocation.error_look);
    return std::nullopt;
  }
  return results;
}

/// Groups of test files that ask the same state, as places in the results.
std::vector<std::vector<std::size_t>> groups_of(const Results& results) {
  std::vector<std::vector<std::size_t>> groups;
  std::map<std::pair<std::optional<std::string>, std::string>, std::size_t> known;
  for (std::size_t i = 0; i < results.suites.size(); ++i) {
    const access_test::States& states = results.suites[i]->states;
    const auto [group, is_new] = known.emplace(std::pair(states.base_options, states.after_options), groups.size());
    if (is_new) groups.emplace_back();
    groups[group->second].push_back(i);
  }
  return groups;
}

/// Adds what --coverage and --mutate ask for.
void judge_tests(const Invocation& invocation, std::size_t jobs, bool coverage, bool mutate, Results& results) {
  for (const std::vector<std::size_t>& group : groups_of(results)) {
    std::vector<access_test::RanSuite> suites;
    access_test::Quality& quality = results.quality.emplace_back();
    for (const std::size_t i : group) {
      const Ran& ran = *results.suites[i];
      suites.push_back({.suite = &ran.suite,
                        .base = ran.states.base.get(),
                        .after = ran.states.after.get(),
                        .result = &results.run.files[i]});
      quality.files.push_back(results.run.files[i].file);
    }
    if (coverage) quality.coverage = access_test::coverage_of(suites);
    if (!mutate) continue;
    Progress progress(invocation.streams.err);
    quality.mutation = access_test::mutate(suites, jobs, [&](std::size_t done, std::size_t all) {
      progress.say(fmt::format("mistake {} of {}", done, all));
    });
  }
}

/// What --min-coverage says, or nothing.
model::Expected<std::optional<unsigned>, UsageError> wanted_coverage(const Arguments& arguments) {
  using Result = model::Expected<std::optional<unsigned>, UsageError>;
  const auto text = arguments.get(kMinCoverage.name);
  if (!text) return std::optional<unsigned>();
  unsigned percent = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), percent);
  if (error != std::errc() || end != text->data() + text->size() || percent > 100) {
    return Result::failure({.message = fmt::format("`{}` is no percentage", *text), .help = "a number from 0 to 100"});
  }
  return std::optional(percent);
}

/// Runs everything and prints the result.
ExitCode run_once(const Invocation& invocation, const std::string& format, std::size_t jobs,
                  std::vector<std::string>& paths) {
  const auto wanted = wanted_coverage(invocation.arguments);
  if (!wanted) return refuse(invocation, wanted.error());
  auto results = run_files(invocation, format, jobs, paths);
  if (!results) return ExitCode::InputError;
  for (const access_test::FileResult& file : results->run.files) {
    for (const std::string& defect : file.defects) {
      invocation.streams.err << report::error(fmt::format("a defect of acrbiter: {}", defect),
                                              "please report it with the data if you can", invocation.error_look);
    }
    if (!file.defects.empty()) return ExitCode::Defect;
  }
  const Outcome outcome = results->run.outcome();
  const bool coverage = invocation.arguments.has(kCoverage.name) || *wanted;
  const bool mutate = invocation.arguments.has(kMutate.name);
  if (mutate && outcome != Outcome::Passed) {
    model::Diagnostic note;
    note.message = "not all tests pass, and only those that do can notice a mistake";
    invocation.streams.err << report::diagnostic("warning", report::Style::Open, note, invocation.error_look);
  }
  if (coverage || mutate) judge_tests(invocation, jobs, coverage, mutate, *results);
  invocation.streams.out << print(*results, format, invocation);
  // Test runners and annotations have no place for it, and it may be why the exit code is 1.
  if (format != "human" && format != "json" && format != "markdown") {
    invocation.streams.err << report::quality_text(results->quality, invocation.error_look);
  }
  if (invocation.arguments.has(options::kExitZero.name)) return ExitCode::Yes;
  const bool weak = std::any_of(results->quality.begin(), results->quality.end(), [&](const auto& quality) {
    return (*wanted && quality.coverage->percent < **wanted) ||
           (quality.mutation && !quality.mutation->survivors.empty());
  });
  if (weak) return ExitCode::No;
  return outcome == Outcome::Failed         ? ExitCode::No
         : outcome == Outcome::Undetermined ? ExitCode::Undetermined
                                            : ExitCode::Yes;
}

volatile std::sig_atomic_t interrupted = 0;

/// Until Ctrl-C; the exit code is that of the last run.
ExitCode run_and_watch(const Invocation& invocation, std::size_t jobs) {
  interrupted = 0;
  const auto before = std::signal(SIGINT, [](int) { interrupted = 1; });
  ExitCode last = ExitCode::Yes;
  access_test::watch(
      [&] {
        // The folders too: test files may come and go.
        std::vector<std::string> paths = invocation.arguments.positionals;
        if (paths.empty()) paths.emplace_back(".");
        last = run_once(invocation, "human", jobs, paths);
        invocation.streams.out << "\nWatching for changes.\n\n" << std::flush;
        return paths;
      },
      [&] {
        constexpr auto kPause = std::chrono::milliseconds(300);
        if (interrupted == 0) std::this_thread::sleep_for(kPause);
        return interrupted == 0 && invocation.streams.out.good();
      });
  static_cast<void>(std::signal(SIGINT, before));
  return last;
}

ExitCode test(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (arguments.has(options::kDemo.name) && (arguments.has(kBase.name) || arguments.has(kPlan.name))) {
    return refuse(invocation, UsageError{.message = "`--demo` goes with neither `--base` nor `--plan`", .help = ""});
  }
  const auto& paths_given = arguments.positionals;
  if (arguments.has(kWatch.name) && std::find(paths_given.begin(), paths_given.end(), "-") != paths_given.end()) {
    return refuse(invocation, UsageError{.message = "standard input cannot be watched", .help = ""});
  }
  const auto jobs = jobs_of(arguments);
  if (!jobs) return refuse(invocation, jobs.error());
  const std::string format = arguments.get(kTestFormat.name).value_or("human");
  if (!arguments.has(kWatch.name)) {
    std::vector<std::string> paths;
    return run_once(invocation, format, *jobs, paths);
  }
  if (format != "human") {
    return refuse(invocation,
                  UsageError{.message = "`--watch` is for people: it goes with human output alone", .help = ""});
  }
  return run_and_watch(invocation, *jobs);
}

constexpr std::array kTestPositionals = {PositionalSpec{
    .name = "PATH…",
    .help = "Test files, or folders that are searched for *.access.yaml; - reads standard input. Default: the current "
            "folder",
    .completes = Completes::Path,
    .repeatable = true}};

constexpr auto kTestOptions = options::joined(std::array{
    kFilter, kBase, kPlan, options::kDemo, options::kDeployment, options::kStrict, kTestFormat, kCoverage, kMinCoverage,
    kMutate, kVerbose, kWatch, options::kJobs, options::kColour, options::kWidth, options::kExitZero});

// ---- init -----------------------------------------------------------------------------------------------------

/// The lines of YAML by which a test file reads the same data in the same circumstances.
std::optional<std::string> head_of(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto named = arguments.get(options::kConfig.name);
  Config config;
  if (std::ifstream(named.value_or(std::string(kDefaultConfig)))) {
    auto read = read_config(named.value_or(std::string(kDefaultConfig)));
    if (read) config = *std::move(read);
  }
  const auto map_of = [](const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::map<std::string, std::string> last;  // what is said later wins
    for (const auto& [key, value] : pairs) last[key] = value;
    std::vector<std::string> items;
    for (const auto& [key, value] : last) {
      items.push_back(fmt::format("{}: {}", access_test::yaml_text(key), access_test::yaml_text(value)));
    }
    return fmt::format("{{{}}}", fmt::join(items, ", "));
  };
  std::string head;
  if (arguments.has(options::kDemo.name)) {
    head += "demo: true\n";
  } else {
    std::vector<std::string> paths = arguments.all(options::kData.name);
    if (paths.empty()) paths = config.data;
    for (std::string& path : paths) path = access_test::yaml_text(path);
    head += fmt::format("data: [{}]\n", fmt::join(paths, ", "));
  }
  if (const auto at = arguments.get(options::kAt.name)) head += fmt::format("at: {}\n", access_test::yaml_text(*at));
  for (const OptionSpec* option :
       {&options::kNetwork, &options::kCredential, &options::kAssume, &options::kDeployment}) {
    auto pairs = option == &options::kAssume       ? config.assume
                 : option == &options::kDeployment ? config.deployment
                                                   : std::vector<std::pair<std::string, std::string>>();
    const auto given = key_values(option->name, arguments.all(option->name));
    if (!given) return std::nullopt;
    pairs.insert(pairs.end(), given->begin(), given->end());
    if (!pairs.empty()) head += fmt::format("{}: {}\n", option->name.substr(2), map_of(pairs));
  }
  return head;
}

ExitCode init(const Invocation& invocation) {
  const auto analysis = Analysis::open(invocation);
  if (!analysis) return ExitCode::InputError;
  const auto registries = analysis->find_registries(invocation.arguments.all(options::kRegistries.name));
  if (!registries) return refuse(invocation, registries.error());
  const auto head = head_of(invocation);
  if (!head) return ExitCode::InputError;
  const auto suite = access_test::first_suite({.analysis = *analysis, .registries = *registries, .head = *head});
  if (suite.tests == 0) {
    return refuse(invocation, UsageError{.message = "nothing about access is certain here, so there is nothing to test",
                                         .help = "`acrbiter snapshot show` says what is missing"});
  }
  invocation.streams.out << suite.yaml;
  return ExitCode::Yes;
}

constexpr auto kInitOptions = options::joined(std::array{options::kRegistries}, options::kDataOptions,
                                              options::kCircumstances, std::array{options::kColour, options::kWidth});

}  // namespace

constinit const Command kTestInit{.name = "test init",
                                  .aliases = {},
                                  .summary = "writes a first access test file: today's access as the expectation",
                                  .synopsis = "[--registry REGISTRY…] [--data PATH…] [OPTIONS]",
                                  .positionals = {},
                                  .options = kInitOptions,
                                  .notes =
                                      "The file has one test for all who have the same access to a registry, with the "
                                      "exact names of each operation on\n"
                                      "images, tags and metadata, and one that nobody else has any. What the data "
                                      "leaves open stands in comments that\n"
                                      "say why. Every test passes against the same data.\n",
                                  .examples = R"(  # in the folder in which the exports lie
  $ acrbiter test init --data exports > registries.access.yaml
)",
                                  .run = init};

constinit const Command kTest{.name = "test",
                              .aliases = {},
                              .summary = "are all expectations of the access test files met",
                              .synopsis = "[PATH…] [--base PATH…] [--plan PATH…] [OPTIONS]",
                              .positionals = kTestPositionals,
                              .options = kTestOptions,
                              .notes =
                                  R"(A test file says where its data is and what is expected of it:

  data: [exports/]                  # paths relative to the file; or demo: true
  plan: plan.json                   # optional: what will be, on top of the data
  registry: contoso                 # where a repository names none
  principals: {developers: [alice@contoso.com, "group:dev"]}
  tests:
    - ci can pull, push backend/api
    - $developers cannot push contoso/(prod/** except prod/tools)
    - {name: contractors stay outside, who: bob@contoso.com, can: [pull], cannot: [push, delete], on: sandbox/app}
    - table: {on: backend/api, operations: [pull, push], rows: {ci: pull push, bob@contoso.com: pull}, others: none}
    - never: group:contractors push,delete contoso/(** except sandbox/**)
    - exactly: {who: ci, can: {pull: [backend/**], push: [backend/**]}, closed: [delete]}
    - changes: no-new-access

Every `can` has to be certain, and every `cannot` too: where the data leaves it open the test is undetermined. What a
table or `exactly` does not list is expected to be denied, for every repository name. Names that the data does not know,
unknown words and tests that test nothing are errors.

Exit codes: 0 all passed, 1 one failed, 2 not understood, 3 none failed and one is undetermined, 4 a defect of acrbiter.
)",
                              .examples = R"(  # all test files here and below
  $ acrbiter test

  # does this pull request give anybody more than the tests allow? As annotations on its lines
  $ acrbiter test access/ --base exports --plan plan.json -o github
)",
                              .run = test};

}  // namespace acrbiter::cli
