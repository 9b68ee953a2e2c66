// migrate: from the legacy permission mode to the ABAC mode without cutting anyone off.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "cli/analysis.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/lines.h"
#include "cli/migrate/parts.h"
#include "cli/migrate/plan_json.h"
#include "cli/migrate/scripts.h"
#include "cli/missing.h"
#include "cli/options.h"
#include "cli/parallel.h"
#include "cli/process.h"
#include "cli/progress.h"
#include "cli/report/audit_report.h"
#include "cli/report/diagnostics.h"
#include "cli/report/migration_report.h"
#include "cli/report/timeline_report.h"
#include "cli/timeline_options.h"
#include "evaluator/assumptions.h"
#include "evaluator/migration/plan.h"
#include "evaluator/migration/review.h"
#include "evaluator/migration/timeline.h"
#include "evaluator/migration/verify.h"
#include "model/time.h"

namespace acrbiter::cli {
namespace {

namespace migration = evaluator::migration;
using migration::Plan;
using model::PermissionMode;

constexpr std::array<std::string_view, 3> kStrategyWords = {"preserve", "official", "least"};
constexpr std::size_t kLargestFile = std::size_t{1} << 30U;

constexpr OptionSpec kMoving{.name = "--registry",
                             .letter = "-r",
                             .value = "REGISTRY",
                             .help = "A registry to move, by name, login server or resource id; may be repeated",
                             .repeatable = true,
                             .completes = Completes::Registry};
constexpr OptionSpec kAll{.name = "--all",
                          .letter = "",
                          .value = "",
                          .help = "Instead: every registry of the data that is in the legacy mode"};
constexpr OptionSpec kStrategy{
    .name = "--strategy",
    .letter = "",
    .value = "STRATEGY",
    .help =
        "preserve (default): whoever has access keeps it; least: without what comes by "
        "wildcards (Owner, Reader, …); official: the table of Microsoft's guide, to the letter",
    .words = kStrategyWords,
    .completes = Completes::Words};
constexpr OptionSpec kBuiltInOnly{.name = "--built-in-only",
                                  .letter = "",
                                  .value = "",
                                  .help = "No custom roles: where no built-in role fits, a wider one is assigned"};
constexpr OptionSpec kNarrow{
    .name = "--narrow",
    .letter = "",
    .value = "",
    .help =
        "Where an assignment above a registry would also count on registries that are, or may be, "
        "in the ABAC mode already, assign at the registries of the plan instead"};
constexpr OptionSpec kNoVerify{.name = "--no-verify",
                               .letter = "",
                               .value = "",
                               .help = "Leave out the proof; `migrate verify` can bring it later"};
constexpr OptionSpec kSave{.name = "--save",
                           .letter = "",
                           .value = "FILE",
                           .help = "Also write the plan to FILE, as -o json prints it",
                           .completes = Completes::Path};
constexpr OptionSpec kSwitchAt{.name = options::kAt.name,
                               .letter = "",
                               .value = options::kAt.value,
                               .help = "The moment of the switch, T+0 of the timeline, as 2026-01-31T09:00:00Z"};
constexpr OptionSpec kReportAt{.name = options::kAt.name,
                               .letter = "",
                               .value = options::kAt.value,
                               .help =
                                   "The moment of the switch, T+0 of the timeline, as 2026-01-31T09:00:00Z; it also "
                                   "decides what PIM has in force and what has expired"};
constexpr std::array<std::string_view, 4> kTimelineFormats = {"human", "json", "markdown", "svg"};
constexpr OptionSpec kTimelineFormat{.name = "--output",
                                     .letter = "-o",
                                     .value = "FORMAT",
                                     .help = "human (default), json, markdown or svg",
                                     .words = kTimelineFormats,
                                     .completes = Completes::Words};
constexpr std::array<std::string_view, 2> kReportFormats = {"html", "markdown"};
constexpr OptionSpec kReportFormat{.name = "--output",
                                   .letter = "-o",
                                   .value = "FORMAT",
                                   .help = "html (default), one file that needs no other, or markdown",
                                   .words = kReportFormats,
                                   .completes = Completes::Words};
constexpr OptionSpec kPlanFormat{.name = "--output",
                                 .letter = "-o",
                                 .value = "FORMAT",
                                 .help = "human (default) or json",
                                 .words = options::kHumanOrJson,
                                 .completes = Completes::Words};

constexpr std::array<std::string_view, 4> kLanguages = {"az", "bicep", "terraform", "rest"};
constexpr OptionSpec kEmit{.name = "--emit",
                           .letter = "",
                           .value = "LANGUAGE",
                           .help =
                               "Write scripts for each stage and for each way back to the folder of --into: az, bicep, "
                               "terraform or rest",
                           .words = kLanguages,
                           .completes = Completes::Words};
constexpr OptionSpec kInto{.name = "--into",
                           .letter = "",
                           .value = "FOLDER",
                           .help = "A new or empty folder for the scripts of --emit",
                           .completes = Completes::Path};

// ---- scripts ------------------------------------------------------------------------------------------------

/// Is what --emit and --into say of use? Says what is wrong, before anything is read.
bool can_emit(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto say_no = [&](std::string message, std::string help) {
    invocation.streams.err << report::error(message, help, invocation.error_look);
    return false;
  };
  const auto folder = arguments.get(kInto.name);
  if (arguments.has(kEmit.name) != folder.has_value()) {
    return say_no(fmt::format("`{}` is missing", folder ? kEmit.name : kInto.name),
                  "--emit says in which language, --into where to");
  }
  if (!folder) return true;
  std::error_code error;
  if (std::filesystem::exists(*folder, error) && !std::filesystem::is_empty(*folder, error)) {
    return say_no(fmt::format("{} is there and not an empty folder", report::quote(*folder)),
                  "scripts of two plans must not mix: name a new folder");
  }
  return true;
}

/// A file with what `write` puts into it.
bool save(const std::string& path, const std::function<void(std::ostream&)>& write, const Invocation& invocation) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  write(file);
  file.close();
  if (file) return true;
  const std::string cause = errno != 0 ? std::strerror(errno) : "the file failed";
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  const bool no_folder = !folder.empty() && !std::filesystem::exists(folder, error);
  invocation.streams.err << report::error(
      fmt::format("cannot write {}: {}", report::quote(path), cause),
      no_folder ? fmt::format("make the folder {} first, or name another", report::quote(folder.string()))
                : "name a file that can be written",
      invocation.error_look);
  return false;
}

/// Writes the scripts, if they are wanted.
bool emit(const Plan& plan, const Invocation& invocation) {
  const auto language = invocation.arguments.get(kEmit.name);
  if (!language) return true;
  const std::filesystem::path folder = *invocation.arguments.get(kInto.name);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (const migrate::ScriptFile& file : migrate::scripts(plan, migrate::language_of(*language).value())) {
    const std::filesystem::path path = folder / file.name;
    if (!save(
            path.string(), [&](std::ostream& out) { out << file.text; }, invocation))
      return false;
    using std::filesystem::perms;
    if (file.executable) {
      std::filesystem::permissions(path, perms::owner_exec | perms::group_exec | perms::others_exec,
                                   std::filesystem::perm_options::add, error);
    }
  }
  return true;
}

// ---- plan ---------------------------------------------------------------------------------------------------

/// The registries to plan for, or nothing, having said why.
std::optional<std::vector<std::size_t>> chosen(const Invocation& invocation, const Analysis& analysis) {
  const Arguments& arguments = invocation.arguments;
  const std::vector<std::string> typed = arguments.all(options::kRegistries.name);
  const auto say_no = [&](std::string message, std::string help) {
    invocation.streams.err << report::error(message, help, invocation.error_look);
    return std::nullopt;
  };
  if (typed.empty() == !arguments.has(kAll.name)) {
    return say_no("which registries are to move?", "--registry REGISTRY, which may be repeated, or --all");
  }
  const auto registries = analysis.find_registries(typed);
  if (!registries) {
    static_cast<void>(refuse(invocation, registries.error()));
    return std::nullopt;
  }
  std::vector<std::size_t> result;
  for (const std::size_t r : *registries) {
    const model::Registry& registry = analysis.registry(r);
    if (registry.mode == PermissionMode::Legacy) {
      result.push_back(r);
    } else if (typed.empty()) {
      continue;
    } else if (registry.mode) {
      return say_no(
          fmt::format("{} is in the ABAC mode already", report::quote(registry.name)),
          "the way back is no plan of assignments: the new roles count for nothing there, and AcrPull, Owner, "
          "Reader and their kind count again for every repository. `acrbiter diff --set-mode REGISTRY=legacy` "
          "shows what that would change");
    } else {
      return say_no(fmt::format("the data does not say in which permission mode {} is", report::quote(registry.name)),
                    "export it with `az acr show`, which names roleAssignmentMode from API version 2025-11-01 on");
    }
  }
  if (result.empty()) return say_no("no registry of the data is in the legacy mode", "");
  return result;
}

/// What somebody loses by the switch nobody can say where a list of role assignments is missing or breaks off. Says so.
/// Source: input-formats 10
bool assignments_are_there(const Invocation& invocation, const Analysis& analysis,
                           const std::vector<std::size_t>& registries) {
  const auto say_no = [&](const std::string& message, std::string_view help) {
    invocation.streams.err << report::error(message, help, invocation.error_look);
    return false;
  };
  const model::Snapshot& snapshot = analysis.snapshot();
  const auto& unfinished = snapshot.incomplete_lists;
  if (std::find(unfinished.begin(), unfinished.end(), "role-assignments") != unfinished.end()) {
    return say_no("a list of role assignments breaks off: what a plan would have to keep is not known",
                  "export every page of it again");
  }
  if (analysis.data.readings[evaluator::AssumptionId::MissingRoleAssignments] != "unknown") return true;
  for (const std::size_t r : registries) {
    const model::Registry& registry = analysis.registry(r);
    if (model::shows_assignments_for(snapshot, registry)) continue;
    const std::string_view subscription = model::subscription_of(snapshot[registry.scope].key);
    return say_no(
        fmt::format("the role assignments of {}'s subscription are not in the data: what a plan would have to "
                    "keep is not known",
                    report::quote(registry.name)),
        assignments_command(subscription) +
            "; `--assume missing-role-assignments=nothing` takes the data for all there is");
  }
  return true;
}

/// The registries that a plan names, as far as the data has them.
std::vector<std::size_t> registries_of(const Plan& plan, const Analysis& analysis) {
  std::vector<std::size_t> result;
  for (const auto& planned : plan.registries) {
    if (const auto found = analysis.find_registry(planned.id)) result.push_back(*found);
  }
  return result;
}

/// The files behind the data, with their digests.
migrate::Certificate certificate_of(const Plan& plan, const Analysis& analysis, const Invocation& invocation,
                                    const migration::Verification& proof) {
  migrate::Certificate certificate;
  for (const model::SourceFile& file : analysis.snapshot().files) {
    if (invocation.arguments.has(options::kDemo.name)) break;  // part of the program
    std::ifstream stream(file.path, std::ios::binary);
    std::string bytes;
    if (stream) bytes.assign(std::istreambuf_iterator<char>(stream), {});
    certificate.inputs.push_back({.path = file.path, .digest = stream ? migrate::sha256(bytes) : ""});
  }
  for (const evaluator::Assumption& entry : evaluator::assumption_register()) {
    const evaluator::Readings& readings = analysis.data.readings;
    if (readings.pinned(entry.id))
      certificate.assumptions.push_back(fmt::format("{}={}", entry.name, readings[entry.id]));
  }
  if (const auto& at = analysis.sets.circumstances().at) certificate.at = model::to_string(*at);
  certificate.plan = migrate::sha256(migrate::plan_json(plan, std::nullopt));
  certificate.by_sets = proof.by_sets;
  certificate.by_interpreter = proof.by_interpreter;
  certificate.everybody = proof.everybody;
  return certificate;
}

/// Parts of the work on as many threads.
evaluator::ForEach on_threads(std::size_t jobs) {
  return [jobs](std::size_t count, const std::function<void(std::size_t)>& work) { for_each_index(count, jobs, work); };
}

migration::Verification prove(const Plan& plan, const Analysis& analysis, std::size_t jobs,
                              const Invocation& invocation) {
  Progress progress(invocation.streams.err);
  migration::VerifyOptions options;
  options.progress = [&](std::size_t done, std::size_t all) {
    progress.say(fmt::format("verifying: {} of {} identities and registries", done, all));
  };
  options.for_each = on_threads(jobs);
  return migration::verify(plan, analysis.sets, options);
}

ExitCode plan(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto jobs = jobs_of(arguments);
  if (!jobs) return refuse(invocation, jobs.error());
  if (!can_emit(invocation)) return ExitCode::InputError;
  auto analysis = Analysis::open(invocation);
  if (!analysis) return ExitCode::InputError;
  const auto registries = chosen(invocation, *analysis);
  if (!registries || !assignments_are_there(invocation, *analysis, *registries)) return ExitCode::InputError;

  const migration::PlanRequest request{
      .registries = *registries,
      .strategy = migration::strategy_of(arguments.get(kStrategy.name).value_or("preserve")).value(),
      .custom_roles = !arguments.has(kBuiltInOnly.name),
      .narrow = arguments.has(kNarrow.name),
      .most_compared = migration::kMostCompared,
      .for_each = on_threads(*jobs)};
  auto owner = std::make_unique<const Plan>(migration::make_plan(analysis->sets, request));
  const Plan& made = *owner;
  std::optional<migration::Verification> proof;
  std::optional<migrate::Certificate> certificate;
  if (!arguments.has(kNoVerify.name)) {
    proof = prove(made, *analysis, *jobs, invocation);
    if (!proof->holds()) {
      invocation.streams.err << report::error(
          "a defect of acrbiter: the plan does not hold. " + report::escape(proof->first->text),
          "please report it with the data if you can", invocation.error_look);
      return ExitCode::Defect;
    }
    certificate = certificate_of(made, *analysis, invocation, *proof);
  }
  const auto write = [&](std::ostream& out) {
    migrate::write_plan_json(made, certificate, *jobs, [&](std::string_view piece) { out << piece; });
  };
  const bool for_people = arguments.get("--output").value_or("human") != "json";
  const auto path = arguments.get(kSave.name);
  bool saved = true;
  std::string text;
  for_each_index(2, *jobs, [&](std::size_t i) {
    if (i == 0 && path) saved = save(*path, write, invocation);
    if (i == 1 && for_people) text = report::plan_text(made, proof ? &*proof : nullptr, invocation.look);
  });
  if (!saved || !emit(made, invocation)) return ExitCode::InputError;
  if (for_people)
    invocation.streams.out << text;
  else
    write(invocation.streams.out);
  leave_to_the_end(invocation.streams, std::move(owner));
  leave_to_the_end(invocation.streams, std::move(analysis));
  return ExitCode::Yes;
}

// ---- verify -------------------------------------------------------------------------------------------------

std::optional<migrate::PlanFile> read_plan_file(const Invocation& invocation, std::string* digest = nullptr) {
  const std::string path = invocation.arguments.positional(0).value_or("-");
  const auto text = read_text(path, kLargestFile, invocation);
  if (!text) return std::nullopt;
  if (digest != nullptr) *digest = migrate::sha256(*text);
  auto file = migrate::read_plan(*text);
  if (file) return *std::move(file);
  std::vector<model::Diagnostic> problems = file.error();
  for (model::Diagnostic& problem : problems) problem.file = path == "-" ? "standard input" : path;
  invocation.streams.err << report::errors(problems, invocation.error_look);
  return std::nullopt;
}

std::string as_of(const std::string& at) {
  return at.empty() ? std::string("without a time (--at)") : "as of " + report::escape(at);
}

/// What differs between the plan's certificate and what is there now, for people.
void say_what_changed(const migrate::PlanFile& file, const Analysis& analysis, const Invocation& invocation) {
  if (!file.certificate) return;
  const migrate::Certificate now = certificate_of(file.plan, analysis, invocation, {});
  const auto say = [&](std::string_view text) {
    invocation.streams.err << report::wrap(text, "note: ", 6, invocation.error_look.width);
  };
  if (now.plan != file.certificate->plan) say("the plan was edited after it was made");
  std::vector<std::string> then_digests, now_digests;
  for (const auto& input : file.certificate->inputs) then_digests.push_back(input.digest);
  for (const auto& input : now.inputs) now_digests.push_back(input.digest);
  std::sort(then_digests.begin(), then_digests.end());
  std::sort(now_digests.begin(), now_digests.end());
  if (then_digests != now_digests) say("the data is not the data that the plan was made from");
  if (now.assumptions != file.certificate->assumptions) say("other assumptions are pinned than when the plan was made");
  if (now.at != file.certificate->at)
    say(fmt::format("the plan was made {}, and is asked about {}", as_of(file.certificate->at), as_of(now.at)));
}

ExitCode verify(const Invocation& invocation) {
  const auto jobs = jobs_of(invocation.arguments);
  if (!jobs) return refuse(invocation, jobs.error());
  if (!can_emit(invocation)) return ExitCode::InputError;
  const auto file = read_plan_file(invocation);
  if (!file) return ExitCode::InputError;
  const auto analysis = Analysis::open(invocation);
  if (!analysis) return ExitCode::InputError;
  if (!assignments_are_there(invocation, *analysis, registries_of(file->plan, *analysis))) return ExitCode::InputError;
  say_what_changed(*file, *analysis, invocation);
  const migration::Verification proof = prove(file->plan, *analysis, *jobs, invocation);
  if (proof.holds() && !emit(file->plan, invocation)) return ExitCode::InputError;
  if (invocation.arguments.get("--output").value_or("human") == "json")
    invocation.streams.out << report::verification_json(file->plan, proof) << '\n';
  else
    invocation.streams.out << report::verification_text(file->plan, proof, invocation.look);
  return proof.holds() || invocation.arguments.has(options::kExitZero.name) ? ExitCode::Yes : ExitCode::No;
}

// ---- timeline -----------------------------------------------------------------------------------------------

ExitCode timeline(const Invocation& invocation) {
  const auto file = read_plan_file(invocation);
  if (!file) return ExitCode::InputError;
  const auto options = timeline_options(invocation.arguments);
  if (!options) return refuse(invocation, options.error());
  if (file->plan.registries.empty()) {
    return refuse(invocation, UsageError{.message = "the plan names no registry, so nothing is switched",
                                         .help = "`acrbiter migrate plan --registry REGISTRY --save FILE` makes one"});
  }
  const migration::Timeline timeline = migration::make_timeline(file->plan, *options);
  std::ostream& out = invocation.streams.out;
  const std::string format = invocation.arguments.get(kTimelineFormat.name).value_or("human");
  if (format == "json")
    out << report::timeline_json(timeline) << '\n';
  else if (format == "markdown")
    out << report::timeline_markdown(timeline);
  else if (format == "svg")
    out << report::timeline_svg(timeline);
  else
    out << report::timeline_text(timeline, invocation.look);
  return ExitCode::Yes;
}

// ---- report -------------------------------------------------------------------------------------------------

/// acrbiter.yaml, if it is read without being named.
std::optional<std::string> unnamed_config(const Invocation& invocation) {
  std::error_code error;
  if (invocation.arguments.has(options::kConfig.name) || !std::filesystem::exists(kDefaultConfig, error))
    return std::nullopt;
  return std::string(kDefaultConfig);
}

/// The options of the command line that `wanted` has too, as they are typed in a shell.
std::string options_again(const Invocation& invocation, std::span<const OptionSpec> wanted) {
  std::string text;
  for (const OptionSpec& option : wanted) {
    if (option.name == kReportFormat.name || option.name == options::kColour.name ||
        option.name == options::kWidth.name || option.name == options::kJobs.name)
      continue;
    if (option.value.empty() && invocation.arguments.has(option.name)) text += fmt::format(" {}", option.name);
    if (option.value.empty()) continue;
    for (const std::string& value : invocation.arguments.all(option.name))
      text += fmt::format(" {} {}", option.name, migrate::shell_text(value));
  }
  if (const auto config = unnamed_config(invocation))
    text += fmt::format(" {} {}", options::kConfig.name, migrate::shell_text(*config));
  return text;
}

constexpr auto kReportOptions =
    options::joined(options::kDataOptions, kTimelineOptions,
                    std::array{kReportAt, kReportFormat, options::kColour, options::kWidth, options::kJobs});
constexpr auto kPlanDataOptions = options::joined(options::kDataOptions, std::array{options::kAt});

ExitCode audit(const Invocation& invocation) {
  const auto jobs = jobs_of(invocation.arguments);
  if (!jobs) return refuse(invocation, jobs.error());
  std::string digest;
  const auto file = read_plan_file(invocation, &digest);
  if (!file) return ExitCode::InputError;
  const auto options = timeline_options(invocation.arguments);
  if (!options) return refuse(invocation, options.error());
  const auto analysis = Analysis::open(invocation);
  if (!analysis) return ExitCode::InputError;
  if (!assignments_are_there(invocation, *analysis, registries_of(file->plan, *analysis))) return ExitCode::InputError;
  say_what_changed(*file, *analysis, invocation);
  const migration::Verification proof = prove(file->plan, *analysis, *jobs, invocation);
  if (!proof.holds()) {
    invocation.streams.err << report::error("there is no report of a plan that does not hold",
                                            invocation.arguments.has(options::kAt.name)
                                                ? "it has to hold as of --at: make it with the same `migrate plan --at`"
                                                : "",
                                            invocation.error_look)
                           << report::verification_text(file->plan, proof, invocation.error_look);
    return ExitCode::No;
  }
  const migration::Review review = migration::review_plan(file->plan, analysis->sets, on_threads(*jobs));
  const migration::Timeline timeline = migration::make_timeline(review.plan, *options);
  migrate::Certificate now = certificate_of(file->plan, *analysis, invocation, proof);
  if (const auto config = invocation.arguments.has(options::kConfig.name)
                              ? invocation.arguments.get(options::kConfig.name)
                              : unnamed_config(invocation)) {
    std::ifstream stream(*config, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    now.inputs.push_back({.path = *config, .digest = migrate::sha256(bytes)});
  }

  const std::string format = invocation.arguments.get(kReportFormat.name).value_or("html");
  const std::string path = invocation.arguments.positional(0).value_or("-");
  const bool piped = path == "-";
  const std::string plan = piped ? "-" : migrate::shell_text(path);
  const std::string_view from = piped ? " < PLAN" : "";
  const std::string same = options_again(invocation, kPlanDataOptions);
  std::string files = piped ? "PLAN" : plan;
  for (const auto& input : now.inputs) files += " " + migrate::shell_text(input.path);
  const report::AuditSubject subject{.review = review,
                                     .proof = proof,
                                     .timeline = timeline,
                                     .snapshot = analysis->snapshot(),
                                     .readings = analysis->data.readings,
                                     .operations = migration::judged_operations(analysis->sets),
                                     .now = now,
                                     .then = file->certificate,
                                     .plan_path = piped ? "standard input" : path,
                                     .plan_digest = digest,
                                     .at = invocation.arguments.get(options::kAt.name).value_or(""),
                                     .version = ACRBITER_VERSION,
                                     .digest_command = "sha256sum " + files,
                                     .verify_command = fmt::format("acrbiter migrate verify {}{}{}", plan, same, from),
                                     .report_command = fmt::format("acrbiter migrate report {}{} -o {}", plan,
                                                                   options_again(invocation, kReportOptions), format),
                                     .question_options = same};
  invocation.streams.out << (format == "markdown" ? report::audit_markdown(subject) : report::audit_html(subject));
  return ExitCode::Yes;
}

constexpr std::array kPlanFile = {PositionalSpec{
    .name = "PLAN", .help = "What `migrate plan --save` wrote; - for standard input", .completes = Completes::Path}};
constexpr auto kPlanOptions = options::joined(
    std::array{kMoving, kAll, kStrategy, kBuiltInOnly, kNarrow, kNoVerify, kSave, kEmit, kInto}, options::kDataOptions,
    std::array{options::kAt, kPlanFormat, options::kColour, options::kWidth, options::kJobs});
constexpr auto kVerifyOptions = options::joined(
    std::array{kEmit, kInto}, options::kDataOptions,
    std::array{options::kAt, kPlanFormat, options::kColour, options::kWidth, options::kJobs, options::kExitZero});
constexpr auto kTimelineCommandOptions =
    options::joined(kTimelineOptions, std::array{kSwitchAt, kTimelineFormat, options::kColour, options::kWidth});

}  // namespace

constinit const Command kMigratePlan{
    .name = "migrate plan",
    .aliases = {},
    .summary = "what moving registries to the ABAC mode takes, and what it changes",
    .synopsis = "--registry REGISTRY… [OPTIONS]\n--all [OPTIONS]",
    .positionals = {},
    .options = kPlanOptions,
    .notes =
        R"(In the ABAC mode AcrPull, AcrPush and AcrDelete count for nothing, and Owner, Contributor, Reader and every role with
`*/read` lose the data. The plan says who has what today and through which assignment, what the switch alone would
break, which assignments carry today's access on, and what changes all the same. Grants to groups stay grants to
groups, and scopes stay as wide as they are. Unless --no-verify says otherwise the plan is proven: for every identity,
operation and repository name that could exist, access afterwards is access today plus and minus what the plan lists.

Each holder keeps through its own assignments what it holds through its own assignments; of all ways to do that with
built-in roles, and a custom role where none fits, the one with the fewest assignments is taken.

Exit codes: 0 a plan was made, 2 not understood, 4 a defect of acrbiter.
)",
    .examples = R"(  # what does it take to move this registry?
  $ acrbiter migrate plan --registry contosobase --data exports --save plan.json

  # what does Microsoft's table of roles lose and add here?
  $ acrbiter migrate plan --registry contosobase --strategy official --data exports

  # scripts for every stage and every way back
  $ acrbiter migrate plan --registry contosobase --data exports --emit az --into scripts

  # all registries; who would still lose something?
  $ acrbiter migrate plan --all --data exports -o json \
      | jq '.identities as $all | .changes[] | select(.kind == "lost")
            | {registry, operations, who: [$all[.who[]].name], because}'
)",
    .run = plan};

constinit const Command kMigrateVerify{
    .name = "migrate verify",
    .aliases = {},
    .summary = "does a migration plan hold, for every identity, operation and repository name",
    .synopsis = "PLAN [OPTIONS]",
    .positionals = kPlanFile,
    .options = kVerifyOptions,
    .notes =
        R"(The plan's own conclusions are not used: its assignments are applied to the data, and what everybody may do before and
after is compared with what the plan lists, once as sets of names and once by asking the interpreter for each class of
names that anything tells apart. A plan that was edited is verified like any other. Also verified: creating the
assignments changes nothing before the switch, and removing the old ones changes nothing after it.

Exit codes: 0 the plan holds, 1 it does not (the first difference is named as a question), 2 not understood.
)",
    .examples = R"(  # after editing the plan, or on the day of the switch with a fresh export
  $ acrbiter migrate verify plan.json --data exports

  # scripts of an edited plan, which are written only if it holds
  $ acrbiter migrate verify plan.json --data exports --emit az --into scripts
)",
    .run = verify};

constinit const Command kMigrateTimeline{
    .name = "migrate timeline",
    .aliases = {},
    .summary = "who is refused after the switch, for how long, and what shortens it",
    .synopsis = "PLAN [OPTIONS]",
    .positionals = kPlanFile,
    .options = kTimelineCommandOptions,
    .notes = kTimelineNotes,
    .examples = R"(  # who gets 401 tonight, from when to when?
  $ acrbiter migrate timeline plan.json --at 2026-12-01T20:00:00Z

  # we know how long our nodes keep their credentials; as a picture
  $ acrbiter migrate timeline plan.json --credential-lifetime kubelet=30m..6h -o svg > timeline.svg
)",
    .run = timeline};

constinit const Command kMigrateReport{
    .name = "migrate report",
    .aliases = {},
    .summary = "a report of a migration plan for auditors to sign",
    .synopsis = "PLAN [OPTIONS]",
    .positionals = kPlanFile,
    .options = kReportOptions,
    .notes =
        R"(The report says in five sentences what moves, what is kept, lost and gained and what is open, and then in full: what the
switch alone would end, the new assignments and what each replaces, what still changes, what no assignment preserves,
the timeline, the assumptions made, what was not in the data, the digests of the inputs, and how to check it again. It
is the same in both formats. The HTML is one file without scripts that refers to nothing else, for screen and paper.

The plan is verified first, and there is no report of a plan that does not hold. Names and lists come from the data, not
from the plan, which anybody may have edited. The report has no date: the same files give the same bytes. With --at the
data is looked at as of then, as by `migrate plan --at`, and the timeline counts from it.

Exit codes: 0 the report was made, 1 the plan does not hold (the first difference is named), 2 not understood.
)",
    .examples = R"(  # for the auditor: open it in a browser, print it, sign it
  $ acrbiter migrate report plan.json --data exports > report.html

  # for the repository of the migration
  $ acrbiter migrate report plan.json --data exports -o markdown > report.md
)",
    .run = audit};

}  // namespace acrbiter::cli
