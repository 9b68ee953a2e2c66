#include "cli/data.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/config.h"
#include "cli/demo.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/report/diagnostics.h"
#include "cli/suggest.h"
#include "parser/read.h"

namespace acrbiter::cli {
namespace {

/// What acrbiter.yaml says, or nothing at all if there is none.
std::optional<Config> load_config(const Invocation& invocation) {
  const auto named = invocation.arguments.get(options::kConfig.name);
  std::error_code failure;
  if (!named && !std::filesystem::exists(kDefaultConfig, failure)) return Config{};
  auto config = read_config(named.value_or(std::string(kDefaultConfig)));
  if (config) return *std::move(config);
  invocation.streams.err << report::errors(config.error(), invocation.error_look);
  return std::nullopt;
}

std::string assumption_help(const std::string& name) {
  const evaluator::Assumption* known = evaluator::find_assumption(name);
  if (known != nullptr) {
    const std::vector<std::string> readings(known->readings.begin(), known->readings.end());
    return fmt::format("readings of {}: {}, unknown", name, fmt::join(readings, ", "));
  }
  std::vector<std::string_view> names;
  for (const evaluator::Assumption& entry : evaluator::assumption_register()) names.push_back(entry.name);
  const auto near = nearest(name, names);
  return near.empty() ? std::string("`acrbiter catalog assumptions` lists them")
                      : fmt::format("did you mean `{}`?", near.front());
}

/// Pins the configuration's readings, then those of the command line over them.
bool pin_readings(const Invocation& invocation, const Config& config, evaluator::Readings& readings) {
  std::vector<std::pair<std::string, std::string>> pins = config.assume;
  const auto given = key_values(options::kAssume.name, invocation.arguments.all(options::kAssume.name));
  if (!given) {
    invocation.streams.err << report::error(given.error().message, given.error().help, invocation.error_look);
    return false;
  }
  pins.insert(pins.end(), given->begin(), given->end());
  for (const auto& [name, reading] : pins) {
    if (readings.pin(name, reading)) continue;
    const bool known = evaluator::find_assumption(name) != nullptr;
    const std::string message = known ? fmt::format("`{}` is no reading of the assumption `{}`", reading, name)
                                      : fmt::format("no assumption called `{}`", name);
    invocation.streams.err << report::error(message, assumption_help(name), invocation.error_look);
    return false;
  }
  return true;
}

/// What the configuration says, then what the command line says over it.
bool read_deployment(const Invocation& invocation, const Config& config, parser::Deployment& deployment) {
  std::vector<std::pair<std::string, std::string>> pairs = config.deployment;
  const auto given = key_values(options::kDeployment.name, invocation.arguments.all(options::kDeployment.name));
  if (!given) {
    invocation.streams.err << report::error(given.error().message, given.error().help, invocation.error_look);
    return false;
  }
  pairs.insert(pairs.end(), given->begin(), given->end());
  for (const auto& [key, value] : pairs) {
    if (set_deployment(deployment, key, value)) continue;
    const auto near = nearest(key, kDeploymentKeys);
    invocation.streams.err << report::error(fmt::format("a deployment has no `{}`", key),
                                            near.empty() ? fmt::format("it has {}", fmt::join(kDeploymentKeys, ", "))
                                                         : fmt::format("did you mean `{}`?", near.front()),
                                            invocation.error_look);
    return false;
  }
  return true;
}

}  // namespace

bool set_deployment(parser::Deployment& deployment, std::string_view key, std::string_view value) {
  const std::array<std::string*, kDeploymentKeys.size()> members = {&deployment.subscription,
                                                                    &deployment.resource_group, &deployment.tenant,
                                                                    &deployment.management_group, &deployment.location};
  const auto found = std::find(kDeploymentKeys.begin(), kDeploymentKeys.end(), key);
  if (found == kDeploymentKeys.end()) return false;
  *members[static_cast<std::size_t>(found - kDeploymentKeys.begin())] = value;
  return true;
}

std::string Data::without_alias(const std::string& name) const {
  const auto found = aliases.find(name);
  return found == aliases.end() ? name : found->second;
}

std::optional<Data> load_data(const Invocation& invocation, Warnings warnings) {
  std::ostream& err = invocation.streams.err;
  auto config = load_config(invocation);
  if (!config) return std::nullopt;
  Data data;
  if (!pin_readings(invocation, *config, data.readings)) return std::nullopt;

  const bool demo = invocation.arguments.has(options::kDemo.name);
  std::vector<std::string> paths = invocation.arguments.all(options::kData.name);
  if (demo && !paths.empty()) {
    err << report::error("`--demo` and `--data` exclude each other", "", invocation.error_look);
    return std::nullopt;
  }
  if (!demo && paths.empty()) paths = config->data;
  if (!demo && paths.empty()) {
    err << report::error(
        "no data given",
        "name files or folders with --data PATH, list them under `data` in acrbiter.yaml, or try --demo",
        invocation.error_look);
    return std::nullopt;
  }

  parser::ReadOptions read_options;
  read_options.strict = invocation.arguments.has(options::kStrict.name);
  if (!read_deployment(invocation, *config, read_options.deployment)) return std::nullopt;
  auto snapshot = [&] {
    Progress progress(err);
    read_options.progress = [&progress](const parser::ReadProgress& state) { progress.show(state); };
    return demo ? parser::read_documents(demo_documents(), read_options) : parser::read_exports(paths, read_options);
  }();
  if (!snapshot) {
    err << report::errors(snapshot.error(), invocation.error_look);
    return std::nullopt;
  }
  data.snapshot = *std::move(snapshot);
  data.aliases = std::move(config->aliases);
  if (warnings == Warnings::Said)
    err << report::warnings(data.snapshot.warnings, report::kShownWarnings, invocation.error_look);
  return data;
}

}  // namespace acrbiter::cli
