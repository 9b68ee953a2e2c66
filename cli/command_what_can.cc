// what-can: everything that somebody may do, as patterns over every repository name that could exist.
#include <algorithm>
#include <array>
#include <ostream>

#include <fmt/format.h>

#include "cli/analysis.h"
#include "cli/commands.h"
#include "cli/json_writer.h"
#include "cli/options.h"
#include "cli/parallel.h"
#include "cli/report/json.h"
#include "cli/report/name_set.h"
#include "cli/report/names.h"
#include "cli/report/tree.h"
#include "model/ascii.h"

namespace acrbiter::cli {
namespace {

using evaluator::Access;
using evaluator::Asker;
using evaluator::Cause;
using evaluator::Operation;
using model::RepositorySet;
using report::Look;
using report::Style;

struct Ability {
  const Operation* operation = nullptr;
  Access access;
  RepositorySet anonymous;  ///< what nobody needs to be anybody for
};

struct Place {
  std::size_t registry = 0;
  Asker asker;
  std::vector<Ability> abilities;  ///< of every operation asked for, in the order of the catalogue
};

struct WhatCanAnswer {
  const Analysis& analysis;
  bool all_operations = true;
  std::vector<Place> places;

  /// Everybody may knock: an operation that needs no right says nothing about access, unless it was asked for.
  [[nodiscard]] bool counts(const Operation& operation) const {
    return !all_operations ||
           (operation.special != evaluator::Special::Login && operation.special != evaluator::Special::AzLogin);
  }
  [[nodiscard]] bool certain(const Place& place) const {
    return std::any_of(place.abilities.begin(), place.abilities.end(),
                       [this](const Ability& a) { return counts(*a.operation) && !a.access.certain.empty(); });
  }
  [[nodiscard]] bool possible(const Place& place) const {
    return std::any_of(place.abilities.begin(), place.abilities.end(),
                       [this](const Ability& a) { return counts(*a.operation) && !a.access.possible.empty(); });
  }
};

// ---- finding out --------------------------------------------------------------------------------------------

/// Tokens and tasks live in one registry; a task reaches another with a credential for it.
bool belongs(const Analysis& analysis, const Asker& asker, std::size_t registry) {
  const auto in = [&](const std::string& child) {
    return child.empty() || model::equal_ignoring_case(child, analysis.registry(registry).name);
  };
  if (const auto* token = std::get_if<evaluator::TokenAsker>(&asker)) {
    return in(analysis.snapshot().tokens[token->token].registry);
  }
  if (const auto* task = std::get_if<evaluator::TaskAsker>(&asker)) {
    const auto& tasks = analysis.snapshot().tasks;
    const model::Task& asked = tasks[task->task];
    return in(asked.registry) || model::has_credential_for(tasks, asked, analysis.registry(registry));
  }
  return true;
}

model::Expected<std::vector<Place>, AnswerError> find_places(const Analysis& analysis, const Arguments& arguments,
                                                             const std::string& principal) {
  using Places = model::Expected<std::vector<Place>, AnswerError>;
  auto registries = analysis.find_registries(arguments.all(options::kRegistries.name));
  if (!registries) return Places::failure(registries.error());
  std::vector<Place> places;
  std::optional<AnswerError> error;
  for (const std::size_t registry : *registries) {
    const auto asker = analysis.find_principal(principal, registry);
    if (!asker) {
      error = asker.error();
      if (error->code == "workload-elsewhere") continue;
      return Places::failure(*std::move(error));
    }
    if (belongs(analysis, *asker, registry)) places.push_back({.registry = registry, .asker = *asker, .abilities = {}});
  }
  if (places.empty() && error) return Places::failure(*std::move(error));
  if (places.empty()) {
    return Places::failure(
        {.code = "bad-value",
         .message = fmt::format("`{}` belongs to another registry than the one named", report::escape(principal))});
  }
  return places;
}

void find_abilities(WhatCanAnswer& answer, const std::vector<const Operation*>& operations, std::size_t jobs) {
  for (Place& place : answer.places) place.abilities.resize(operations.size());
  for_each_index(answer.places.size() * operations.size(), jobs, [&](std::size_t i) {
    Place& place = answer.places[i / operations.size()];
    Ability& ability = place.abilities[i % operations.size()];
    const evaluator::AccessSets& sets = answer.analysis.sets;
    ability.operation = operations[i % operations.size()];
    ability.access = sets.access(place.asker, place.registry, *ability.operation);
    if (std::holds_alternative<evaluator::EntraAsker>(place.asker)) {
      ability.anonymous = sets.access(evaluator::AnonymousAsker{}, place.registry, *ability.operation).certain;
    }
  });
}

// ---- people -------------------------------------------------------------------------------------------------

std::string registry_names(const WhatCanAnswer& answer, const std::vector<std::size_t>& places) {
  std::vector<std::string> names;
  for (const std::size_t i : places) {
    names.push_back(report::quote(answer.analysis.registry_name(answer.places[i].registry)));
  }
  return report::listed(names);
}

/// "pull or push": those that were asked for; `able`: and that are possible somewhere.
std::string operation_words(const WhatCanAnswer& answer, bool able) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < answer.places.front().abilities.size(); ++i) {
    const bool possible = std::any_of(answer.places.begin(), answer.places.end(),
                                      [&](const Place& place) { return !place.abilities[i].access.possible.empty(); });
    if (possible || !able) ids.emplace_back(answer.places.front().abilities[i].operation->id);
  }
  return report::listed(ids, "or");
}

std::string sentence(const WhatCanAnswer& answer) {
  std::vector<std::size_t> certain;
  std::vector<std::size_t> possible;
  for (std::size_t i = 0; i < answer.places.size(); ++i) {
    if (answer.certain(answer.places[i])) {
      certain.push_back(i);
    } else if (answer.possible(answer.places[i])) {
      possible.push_back(i);
    }
  }
  std::string who = answer.analysis.names.words(answer.places.front().asker);
  for (const std::string_view own : {"the admin", "anybody", "token ", "task ", "group "}) {
    if (who.starts_with(own)) who.front() = static_cast<char>(who.front() - 'a' + 'A');
  }
  const std::string able =
      answer.all_operations ? "has access to" : fmt::format("can {} in", operation_words(answer, true));
  const std::string unable =
      answer.all_operations ? "has no access to" : fmt::format("cannot {} in", operation_words(answer, false));
  const std::string_view all = "; every repository name was considered";
  const std::size_t asked = answer.places.size();
  if (certain.empty() && possible.empty()) {
    const std::string where = asked == 1 ? registry_names(answer, {0}) : fmt::format("any of {} registries", asked);
    return fmt::format("{} {} {}{}.", who, unable, where, all);
  }
  if (certain.empty()) {
    return fmt::format("{} possibly {} {}, but nowhere for certain{}.", who, able, registry_names(answer, possible),
                       all);
  }
  const std::string more =
      possible.empty() ? std::string() : fmt::format(", and possibly {}", registry_names(answer, possible));
  const std::string count = asked == 1 ? std::string() : fmt::format("{} of {} registries: ", certain.size(), asked);
  return fmt::format("{} {} {}{}{}{}.", who, able, count, registry_names(answer, certain), more, all);
}

/// Names of the data's list that are in the set: "in the data: a, b and 3 more (5 of 14)".
std::string known_names(const RepositorySet& names, const model::Registry& registry) {
  if (!registry.repositories || names.is_all()) return {};
  constexpr std::size_t kMost = 12;
  std::vector<std::string> known = names.among(*registry.repositories);
  const std::string count = fmt::format(" ({} of {})", known.size(), registry.repositories->size());
  if (known.empty()) return "in the data: none" + count;
  std::string rest;
  if (known.size() > kMost) {
    rest = fmt::format(" and {} more", known.size() - kMost);
    known.resize(kMost);
  }
  for (std::string& name : known) name = report::quote(name);
  return fmt::format("in the data: {}{}{}", fmt::join(known, ", "), rest, count);
}

/// Operations on repositories with equal access, together.
std::string repository_lines(const WhatCanAnswer& answer, const Place& place, const Look& look) {
  const model::Registry& registry = answer.analysis.registry(place.registry);
  std::string result;
  std::vector<bool> done(place.abilities.size());
  for (std::size_t i = 0; i < place.abilities.size(); ++i) {
    const Ability& first = place.abilities[i];
    if (done[i] || !first.operation->takes_repository || first.access.possible.empty()) continue;
    std::vector<std::string_view> operations;
    for (std::size_t j = i; j < place.abilities.size(); ++j) {
      if (!place.abilities[j].operation->takes_repository || !(place.abilities[j].access == first.access)) continue;
      done[j] = true;
      operations.push_back(place.abilities[j].operation->id);
    }
    const Access& access = first.access;
    const RepositorySet open = access.possible - access.certain;
    const std::string head = fmt::format("{}: ", fmt::join(operations, ", "));
    const auto line = [&](std::string_view before, const RepositorySet& names, std::size_t indent) {
      result +=
          report::wrap(fmt::format("{}{}", before, report::words(names)), std::string(indent, ' '), 4, look.width);
      const std::string known = known_names(names, registry);
      if (!known.empty()) result += report::wrap(known, "      ", 8, look.width);
    };
    if (access.certain.empty()) {
      line(head + "possibly ", open, 2);
    } else {
      line(head, access.certain, 2);
      if (!open.empty()) line("possibly also ", open, 4);
    }
  }
  return result;
}

std::string registry_lines(const Place& place, const Look& look) {
  std::vector<std::string_view> certain;
  std::vector<std::string_view> possible;
  for (const Ability& ability : place.abilities) {
    if (ability.operation->takes_repository || ability.access.possible.empty()) continue;
    (ability.access.certain.empty() ? possible : certain).push_back(ability.operation->id);
  }
  std::string result;
  if (!certain.empty()) {
    result += report::wrap(fmt::format("the registry as a whole: {}", fmt::join(certain, ", ")), "  ", 4, look.width);
  }
  if (!possible.empty()) {
    result += report::wrap(fmt::format("the registry as a whole, possibly: {}", fmt::join(possible, ", ")), "  ", 4,
                           look.width);
  }
  return result;
}

/// What is open to everybody is open to this one too, by leaving out the sign-in.
std::string anonymous_line(const Place& place, const Look& look) {
  std::vector<std::string_view> operations;
  for (const Ability& ability : place.abilities) {
    const bool more = !(ability.anonymous <= ability.access.certain);
    if (more) operations.push_back(ability.operation->id);
  }
  if (operations.empty()) return {};
  return report::wrap(fmt::format("like anybody, without signing in: {}", fmt::join(operations, ", ")), "  ", 4,
                      look.width);
}

std::vector<Cause> all_unknowns(const WhatCanAnswer& answer) {
  std::vector<Cause> result;
  for (const Place& place : answer.places) {
    for (const Ability& ability : place.abilities) evaluator::add_causes(ability.access.causes, result);
  }
  return result;
}

bool has_long_form(const WhatCanAnswer& answer) {
  const auto is_long = [](const RepositorySet& names) { return report::are_expression(report::words(names)); };
  return std::any_of(answer.places.begin(), answer.places.end(), [&](const Place& place) {
    return std::any_of(place.abilities.begin(), place.abilities.end(), [&](const Ability& ability) {
      const Access& access = ability.access;
      return ability.operation->takes_repository &&
             (is_long(access.certain) || is_long(access.possible - access.certain));
    });
  });
}

std::string to_text(const WhatCanAnswer& answer, const Look& look) {
  std::string result = report::wrap(sentence(answer), "", 2, look.width);
  for (const Place& place : answer.places) {
    const std::string lines =
        repository_lines(answer, place, look) + registry_lines(place, look) + anonymous_line(place, look);
    if (lines.empty()) continue;
    const model::Registry& registry = answer.analysis.registry(place.registry);
    const std::string_view mode = report::mode_word(registry.mode);
    const std::string mode_words = mode.empty()     ? std::string("permission mode not in the data")
                                   : mode == "abac" ? std::string("ABAC permission mode")
                                                    : std::string("legacy permission mode");
    result += fmt::format("\n{} ({})\n",
                          look.paint(Style::Strong, report::quote(answer.analysis.registry_name(place.registry))),
                          mode_words) +
              lines;
  }
  if (has_long_form(answer)) result += "\n" + report::wrap(report::kNoShortForm, "", 2, look.width);
  return result + report::open_points(all_unknowns(answer), look);
}

// ---- machines -----------------------------------------------------------------------------------------------

void write_side(JsonWriter& json, std::string_view name, const RepositorySet& names, const Operation& operation,
                const model::Registry& registry) {
  json.key(name).begin_object();
  if (operation.takes_repository && registry.repositories) {
    report::write_set(json, names, *registry.repositories);
  } else if (operation.takes_repository) {
    report::write_set(json, names);
  } else {
    json.member("registry", !names.empty());
  }
  json.end_object();
}

std::string to_json(const WhatCanAnswer& answer) {
  JsonWriter json;
  json.begin_object().member("sentence", sentence(answer));
  answer.analysis.names.write(json, answer.places.front().asker);
  json.key("registries").begin_array();
  for (const Place& place : answer.places) {
    const model::Registry& registry = answer.analysis.registry(place.registry);
    json.begin_object().member("registry", answer.analysis.registry_name(place.registry)).key("mode");
    const std::string_view mode = report::mode_word(registry.mode);
    if (mode.empty()) {
      json.null();
    } else {
      json.value(mode);
    }
    json.key("operations").begin_array();
    for (const Ability& ability : place.abilities) {
      json.begin_object().member("operation", ability.operation->id);
      write_side(json, "certain", ability.access.certain, *ability.operation, registry);
      write_side(json, "possible", ability.access.possible, *ability.operation, registry);
      if (!ability.anonymous.empty()) {
        write_side(json, "anonymous", ability.anonymous, *ability.operation, registry);
      }
      json.key("unknowns");
      report::write_causes(json, ability.access.causes);
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return std::move(json).take();
}

// ---- the command --------------------------------------------------------------------------------------------

ExitCode what_can(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto jobs = jobs_of(arguments);
  if (!jobs) return refuse(invocation, jobs.error());
  const auto principal = arguments.positional(0);
  if (!principal) {
    return refuse(invocation, UsageError{.message = "whose access? For example alice@contoso.com, admin or token:ci",
                                         .help = "usage: acrbiter what-can PRINCIPAL [OPTIONS]"});
  }
  const auto operations = read_operations(arguments.all(options::kOperations.name));
  if (!operations) return refuse(invocation, operations.error());
  const auto analysis = Analysis::open(invocation);
  if (analysis == nullptr) return ExitCode::InputError;
  auto places = find_places(*analysis, arguments, *principal);
  if (!places) return refuse(invocation, places.error());

  WhatCanAnswer answer{
      .analysis = *analysis, .all_operations = !arguments.has(options::kOperations.name), .places = *std::move(places)};
  find_abilities(answer, *operations, *jobs);
  if (arguments.get("--output").value_or("human") == "json") {
    invocation.streams.out << to_json(answer) << '\n';
  } else {
    invocation.streams.out << to_text(answer, invocation.look);
  }
  if (arguments.has(options::kExitZero.name)) return ExitCode::Yes;
  const auto& found = answer.places;
  if (std::any_of(found.begin(), found.end(), [&](const Place& p) { return answer.certain(p); })) return ExitCode::Yes;
  const bool possible = std::any_of(found.begin(), found.end(), [&](const Place& p) { return answer.possible(p); });
  return possible ? ExitCode::Undetermined : ExitCode::No;
}

constexpr std::array kWhatCanPositionals = {
    PositionalSpec{.name = "PRINCIPAL",
                   .help = "Object id, user principal name, app id, unique display name, the name of a cluster or app, "
                           "or admin, anonymous, token:NAME, task:NAME",
                   .completes = Completes::Principal}};

constexpr auto kWhatCanOptions = options::joined(
    std::array{options::kRegistries, options::kOperations}, options::kCircumstances, options::kDataOptions,
    std::array{options::kOutput, options::kColour, options::kWidth, options::kJobs, options::kExitZero});

}  // namespace

constinit const Command kWhatCan{
    .name = "what-can",
    .aliases = {},
    .summary = "everything that this principal may do, as patterns",
    .synopsis = "PRINCIPAL [--registry REGISTRY]… [--operation OPERATION]… [OPTIONS]",
    .positionals = kWhatCanPositionals,
    .options = kWhatCanOptions,
    .notes =
        "The patterns are exact, for every repository name that could exist: `*` is any run of characters without "
        "`/`,\n"
        "`**` any run at all, `except` takes names away. In JSON, `possible` holds all of `certain`; names in neither "
        "are\n"
        "denied. Operations without any access are shown in JSON only.\n"
        "Exit codes: 0 something is allowed (beyond signing in), 1 nothing, 2 not understood, 3 something possibly.\n",
    .examples = R"(  # where can this person do what?
  $ acrbiter what-can ben@contoso.com --data exports

  # what does this token open, and what the admin user?
  $ acrbiter what-can token:acme-delivery --data exports
  $ acrbiter what-can admin --registry contosolabs --data exports

  # which of the repositories in the data can the cluster pull?
  $ acrbiter what-can aks-prod --operation pull --data exports -o json \
      | jq -r '.registries[].operations[].certain.names[]?'
)",
    .run = what_can};

}  // namespace acrbiter::cli
