#include "cli/access_test/load.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "cli/demo.h"
#include "model/shell_word.h"
#include "model/text_position.h"

namespace acrbiter::cli::access_test {
namespace {

namespace fs = std::filesystem;

model::Diagnostic problem_of(const std::string& file, std::string message, std::string help = {}) {
  model::Diagnostic problem;
  problem.message = std::move(message);
  problem.file = file;
  problem.help = std::move(help);
  return problem;
}

std::string options_of(bool demo, const std::vector<std::string>& paths, const Suite& suite,
                       const Overrides& overrides) {
  std::string result = demo ? " --demo" : "";
  for (const std::string& path : paths) result += fmt::format(" --data {}", model::shell_word(path));
  for (const auto& [option, value] : suite.options) result += fmt::format(" {} {}", option, model::shell_word(value));
  for (const auto& [key, value] : overrides.deployment) {
    result += fmt::format(" --deployment {}", model::shell_word(fmt::format("{}={}", key, value)));
  }
  return result;
}

bool is_of(const model::SourceFile& file, const std::string& path) {
  return file.path == path || file.path.starts_with(path.ends_with('/') ? path : path + '/');
}

/// The plans of which nothing was read: a test of them would be one of the data alone, and pass.
std::vector<model::Diagnostic> unread_plans(const Suite& suite, const model::Snapshot& snapshot,
                                            const std::vector<std::string>& plans) {
  std::vector<model::Diagnostic> problems;
  for (const std::string& plan : plans) {
    std::string kind;
    const bool read = std::any_of(snapshot.files.begin(), snapshot.files.end(), [&](const model::SourceFile& file) {
      if (!is_of(file, plan)) return false;
      kind = file.kind;
      return file.read && file.kind != "unrecognised" && file.kind != "empty";
    });
    if (read) continue;
    problems.push_back(problem_of(suite.file,
                                  fmt::format("nothing of the plan {} is read{}", model::quoted(plan),
                                              kind.empty() ? "" : fmt::format(": it is `{}`", kind)),
                                  "give the answer of `terraform show -json PLAN`, a template, a what-if answer or "
                                  "exports of what is added"));
  }
  return problems;
}

/// Exports and states among the plans, which show what there is and not what goes.
std::optional<model::Warning> adding_plans(const model::Snapshot& snapshot, const std::vector<std::string>& plans) {
  const auto only_adds = [&](const model::SourceFile& file) {
    constexpr std::array<std::string_view, 5> kPlans = {"terraform-plan", "arm-template", "arm-parameters", "what-if",
                                                        "bicep"};
    return file.read && std::find(kPlans.begin(), kPlans.end(), file.kind) == kPlans.end() &&
           std::any_of(plans.begin(), plans.end(), [&](const std::string& plan) { return is_of(file, plan); });
  };
  const auto found = std::find_if(snapshot.files.begin(), snapshot.files.end(), only_adds);
  if (found == snapshot.files.end()) return std::nullopt;
  model::Warning warning;
  warning.code = "plan-adds-only";
  warning.where.message =
      fmt::format("{} shows what there is, and not what goes: all that the data has counts as staying",
                  found->kind == "terraform-state" ? "a state as plan" : "an export as plan");
  warning.where.file = found->path;
  warning.where.help =
      "give a plan (`terraform show -json PLAN`), or compare two whole exports: acrbiter diff --before DATA --after "
      "DATA";
  return warning;
}

bool is_suite(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".access.yaml") || name.ends_with(".access.yml");
}

}  // namespace

model::Result<std::shared_ptr<const model::Snapshot>> Loader::read(const Source& source) {
  using Loaded = model::Result<std::shared_ptr<const model::Snapshot>>;
  const parser::Deployment& to = source.deployment;
  const std::string key = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", source.demo,
                                      source.side == parser::PlanSide::After, to.subscription, to.resource_group,
                                      to.tenant, to.management_group, to.location, fmt::join(source.paths, "\n"));
  std::shared_ptr<const model::Snapshot>& known = read_[key];
  if (known) return known;
  parser::ReadOptions options;
  options.strict = overrides_.strict;
  options.side = source.side;
  options.deployment = to;
  auto snapshot =
      source.demo ? parser::read_documents(demo_documents(), options) : parser::read_exports(source.paths, options);
  if (!snapshot) return Loaded::failure(snapshot.error());
  warnings_.insert(warnings_.end(), snapshot->warnings.begin(), snapshot->warnings.end());
  known = std::make_shared<const model::Snapshot>(*std::move(snapshot));
  return known;
}

std::vector<model::Warning> Loader::take_warnings() { return std::exchange(warnings_, {}); }

model::Result<States> Loader::load(const Suite& suite) {
  using Result = model::Result<States>;
  const bool demo = overrides_.demo || (suite.demo && !overrides_.base);
  const std::vector<std::string> data = demo ? std::vector<std::string>() : overrides_.base.value_or(suite.data);
  const std::vector<std::string> plan =
      overrides_.plan.value_or(overrides_.demo ? std::vector<std::string>() : suite.plan);
  if (demo && !plan.empty()) {
    return Result::failure({problem_of(suite.file, "the sample tenant goes with no plan",
                                       "export its files, or name other data with --base PATH")});
  }
  if (!demo && data.empty() && plan.empty()) {
    return Result::failure({problem_of(suite.file, "the file names no data",
                                       "list paths under `data` or `plan`, or use --base PATH or --plan PATH")});
  }
  States states;
  std::vector<std::string> both = data;
  both.insert(both.end(), plan.begin(), plan.end());
  states.paths = both;
  parser::Deployment deployment = suite.deployment;
  for (const auto& [key, value] : overrides_.deployment) static_cast<void>(set_deployment(deployment, key, value));
  const auto analysis = [&](const Source& source) -> model::Result<std::unique_ptr<const Analysis>> {
    const auto snapshot = read(source);
    if (!snapshot) return model::Result<std::unique_ptr<const Analysis>>::failure(snapshot.error());
    Data content{.snapshot = **snapshot, .readings = suite.circumstances.readings, .aliases = suite.aliases};
    return std::make_unique<const Analysis>(std::move(content), suite.circumstances);
  };
  const bool plan_alone = data.empty() && !demo;
  auto base = analysis({.demo = demo,
                        .paths = plan_alone ? plan : data,
                        .side = plan_alone ? parser::PlanSide::Before : parser::PlanSide::After,
                        .deployment = deployment});
  if (!base) return Result::failure(base.error());
  states.base = *std::move(base);
  if (!plan_alone) states.base_options = options_of(demo, data, suite, overrides_);
  if (!plan.empty()) {
    auto after = analysis({.demo = false, .paths = both, .side = parser::PlanSide::After, .deployment = deployment});
    if (!after) return Result::failure(after.error());
    states.after = *std::move(after);
    if (auto unread = unread_plans(suite, states.after->snapshot(), plan); !unread.empty())
      return Result::failure(std::move(unread));
    if (!plan_alone) {
      if (auto warning = adding_plans(states.after->snapshot(), plan)) warnings_.push_back(*std::move(warning));
    }
    states.after_options = options_of(false, both, suite, overrides_);
  }
  const Analysis& asked = states.after ? *states.after : *states.base;
  if (asked.snapshot().registries.empty()) {
    return Result::failure({problem_of(suite.file, "the data has no registries, so nothing can be tested")});
  }
  // Words of closed lists and addresses are looked at by the engine.
  evaluator::Question probe;
  probe.principal = "anonymous";
  probe.operation = "login";
  const model::Registry& first = asked.snapshot().registries.front();
  probe.registry = first.id.empty() ? first.name : first.id;
  probe.network = suite.circumstances.network;
  probe.credential = suite.circumstances.credential;
  const auto resolved = asked.engine.resolve(std::move(probe));
  if (!resolved && resolved.error().code == "bad-value") {
    const bool of_network = resolved.error().member.starts_with("network") || !suite.credential;
    const Place place = of_network ? suite.network.value_or(Place{}) : *suite.credential;
    return Result::failure({problem_at(suite, place, in_words(resolved.error()).message)});
  }
  return states;
}

model::Result<std::vector<std::string>> find_suites(const std::vector<std::string>& paths) {
  using Result = model::Result<std::vector<std::string>>;
  std::vector<std::string> result;
  std::vector<model::Diagnostic> problems;
  for (const std::string& path : paths.empty() ? std::vector<std::string>{"."} : paths) {
    std::error_code failure;
    if (!fs::is_directory(path, failure)) {
      result.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    auto entry = fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied, failure);
    for (; !failure && entry != fs::recursive_directory_iterator(); entry.increment(failure)) {
      const bool hidden = entry->path().filename().string().starts_with('.');
      if (hidden && entry->is_directory(failure)) entry.disable_recursion_pending();
      if (!hidden && is_suite(entry->path()) && entry->is_regular_file(failure)) {
        found.push_back(entry->path().lexically_normal().string());
      }
    }
    if (failure) problems.push_back(problem_of(path, failure.message()));
    if (found.empty() && !failure) {
      problems.push_back(problem_of(path, "no file called *.access.yaml is here or below: nothing is tested",
                                    "`acrbiter test init` writes a first one"));
    }
    std::sort(found.begin(), found.end());
    result.insert(result.end(), found.begin(), found.end());
  }
  if (!problems.empty()) return Result::failure(std::move(problems));
  // A file that several paths mean is run once, where the first means it.
  std::vector<std::string> each_once;
  for (std::string& file : result) {
    if (std::find(each_once.begin(), each_once.end(), file) == each_once.end()) each_once.push_back(std::move(file));
  }
  return each_once;
}

}  // namespace acrbiter::cli::access_test
