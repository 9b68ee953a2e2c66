#include "cli/access_test/resolve.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "cli/ask.h"
#include "cli/report/text.h"
#include "cli/suggest.h"
#include "model/box.h"

namespace acrbiter::cli::access_test {

using evaluator::Asker;
using evaluator::EntraAsker;
using evaluator::Operation;
using model::RepositorySet;

std::string key_of(const Asker& asker) {
  return std::visit(model::Overloaded{
                        [](const EntraAsker& entra) { return std::string(entra.id.text()); },
                        [](const evaluator::AdminAsker&) { return std::string("admin"); },
                        [](const evaluator::AnonymousAsker&) { return std::string("anonymous"); },
                        [](const evaluator::TokenAsker& token) { return fmt::format("token:{}", token.token); },
                        [](const evaluator::TaskAsker& task) { return fmt::format("task:{}", task.task); },
                    },
                    asker);
}

void Resolver::problem(const Place& place, std::string message, std::string help) {
  model::Diagnostic fresh = problem_at(suite_, place, std::move(message), std::move(help));
  if (std::find(problems.begin(), problems.end(), fresh) == problems.end()) problems.push_back(std::move(fresh));
}

void Resolver::say(const Place& place, const AnswerError& error) {
  std::string help = error.where ? error.where->help : std::string();
  if (help.empty() && !error.suggestions.empty()) {
    help = fmt::format("{} {}?", error.code.starts_with("ambiguous") ? "which of" : "did you mean",
                       report::listed(error.suggestions, "or"));
  }
  if (help.empty() && error.code == "unknown-registry") help = "`acrbiter snapshot show` lists what was read";
  if (help.empty() && error.code == "unknown-operation") help = "`acrbiter catalog operations` lists them";
  problem(place, error.message, std::move(help));
}

const Operation* Resolver::operation(const Word& word) {
  const auto found = read_operation(word.text);
  if (found) return *found;
  say(word.place, found.error());
  return nullptr;
}

std::vector<Word> Resolver::spelled_out(const std::vector<Word>& words, bool principals) {
  const auto& groups = principals ? suite_.principals : suite_.repositories;
  std::vector<Word> result;
  for (const Word& word : words) {
    if (!word.text.starts_with('$')) {
      result.push_back(word);
      continue;
    }
    const auto found = groups.find(word.text.substr(1));
    if (found == groups.end()) {
      std::vector<std::string_view> names;
      for (const auto& group : groups) names.push_back(group.first);
      const auto near = nearest(word.text.substr(1), names);
      problem(word.place,
              fmt::format("no group called `{}` under `{}`", word.text, principals ? "principals" : "repositories"),
              near.empty() ? std::string() : fmt::format("did you mean `${}`?", near.front()));
      continue;
    }
    for (const Word& member : found->second) result.push_back({member.text, word.place});
  }
  return result;
}

std::optional<std::size_t> Resolver::registry(const std::optional<Word>& named, const Place& place) {
  const std::optional<Word>& word = named ? named : suite_.registry;
  if (word) {
    const auto found = analysis_.find_registry(word->text);
    if (found) return *found;
    say(word->place, found.error());
    return std::nullopt;
  }
  if (analysis_.snapshot().registries.size() == 1) return 0;
  problem(place, analysis_.snapshot().registries.empty() ? "the data has no registries" : "which registry?",
          "write REGISTRY/REPOSITORY, or `registry: NAME` for the whole file");
  return std::nullopt;
}

std::optional<Spot> Resolver::spot(const Word& word, const Operation& operation) {
  const TargetParts parts = split_target(word.text, analysis_.data);
  std::string_view rest = word.text;
  std::optional<std::size_t> found;
  if (!parts.registry.empty()) {
    rest = parts.rest;
    found = registry(Word{std::string(parts.registry), word.place}, word.place);
  } else {
    found = registry(std::nullopt, word.place);
  }
  if (!found) return std::nullopt;
  Spot result{.registry = *found, .one_name = false, .name = {}, .names = RepositorySet::all(), .place = word.place};
  const bool bracketed = rest.size() > 1 && rest.starts_with('(') && rest.ends_with(')') && rest != "(none)";
  if (bracketed) {
    auto names = read_pattern(rest.substr(1, rest.size() - 2));
    if (!names) {
      say(word.place, names.error());
      return std::nullopt;
    }
    result.names = *std::move(names);
  } else if (!rest.empty()) {
    const model::Registry& place = analysis_.registry(*found);
    const auto target = analysis_.find_target(rest, place.id.empty() ? place.name : place.id, operation);
    if (!target) {
      say(word.place, target.error());
      return std::nullopt;
    }
    result.one_name = target->one_name;
    if (target->one_name) result.name = target->text;
    result.names = target->names;
  }
  if (bracketed && !operation.takes_repository) {
    problem(word.place, fmt::format("`{}` is about the registry as a whole: leave out `{}`", operation.id, rest));
    return std::nullopt;
  }
  if (!result.one_name && result.names.empty()) {
    problem(word.place, fmt::format("no repository can be called `{}`, so nothing is tested", rest),
            "names consist of a-z, 0-9 and ._-/");
    return std::nullopt;
  }
  return result;
}

std::vector<Spot> Resolver::spots(const std::vector<Word>& on, const Operation& operation, const Place& place) {
  std::vector<Spot> result;
  if (on.empty()) {
    if (operation.takes_repository) {
      problem(place, fmt::format("where? `{}` is about a repository", operation.id),
              "write [REGISTRY/]REPOSITORY, or REGISTRY for every name");
      return result;
    }
    if (const auto found = registry(std::nullopt, place)) {
      result.push_back(
          {.registry = *found, .one_name = false, .name = {}, .names = RepositorySet::all(), .place = place});
    }
    return result;
  }
  for (const Word& word : spelled_out(on, false)) {
    if (auto found = spot(word, operation)) result.push_back(*std::move(found));
  }
  return result;
}

std::vector<RepositorySet> Resolver::patterns(const std::vector<Word>& texts) {
  std::vector<RepositorySet> result;
  for (const Word& word : spelled_out(texts, false)) {
    std::string_view text = word.text;
    if (text.size() > 1 && text.starts_with('(') && text.ends_with(')') && text != "(none)") {
      text = text.substr(1, text.size() - 2);
    }
    auto names = read_pattern(text);
    if (!names) {
      say(word.place, names.error());
    } else if (names->empty() && text != "(none)") {
      problem(word.place, fmt::format("impossible: no repository can be called `{}`", text),
              "names consist of a-z, 0-9 and ._-/");
    } else {
      result.push_back(*std::move(names));
    }
  }
  return result;
}

std::vector<Asker> Resolver::members(const Analysis& analysis, model::PrincipalIndex group) {
  std::vector<Asker> result;
  for (const Asker& asker : analysis.sets.askers()) {
    const auto* entra = std::get_if<EntraAsker>(&asker);
    if (entra == nullptr || !entra->known) continue;
    const auto groups = analysis.engine.groups_of(entra->principal);
    if (std::find(groups.begin(), groups.end(), group) != groups.end()) result.push_back(asker);
  }
  return result;
}

std::optional<Asker> Resolver::unlisted_members(const Analysis& analysis, model::PrincipalIndex group) {
  for (const Asker& asker : analysis.sets.askers()) {
    const auto* entra = std::get_if<EntraAsker>(&asker);
    if (entra != nullptr && entra->known && entra->principal == group) return asker;
  }
  return std::nullopt;
}

std::vector<Resolver::Named> Resolver::who(const std::vector<Word>& words, std::size_t registry) {
  std::vector<Named> result;
  std::set<std::string> known;
  const auto add = [&](const Asker& asker, const Place& place) {
    if (known.insert(key_of(asker)).second) result.push_back({asker, place});
  };
  constexpr std::string_view kUnlisted = "unlisted:";
  for (const Word& word : spelled_out(words, true)) {
    const bool unlisted = word.text.starts_with(kUnlisted);
    const auto terms =
        read_who(unlisted ? "group:" + word.text.substr(kUnlisted.size()) : word.text, registry, analysis_);
    if (!terms) {
      problem(word.place, terms.error().message, terms.error().help);
      continue;
    }
    for (const evaluator::WhoTerm& term : *terms) {
      if (std::holds_alternative<evaluator::Everyone>(term)) {
        for (const evaluator::AskerIndex index : analysis_.sets.askers_at(registry)) {
          add(analysis_.asker(index), word.place);
        }
      } else if (const auto* group = std::get_if<evaluator::MembersOf>(&term)) {
        if (unlisted) {
          if (const auto asker = unlisted_members(analysis_, group->group)) {
            add(*asker, word.place);
          } else {
            problem(word.place, fmt::format("the data shows all members of `{}`", word.text.substr(kUnlisted.size())),
                    "`group:NAME` means them");
          }
          continue;
        }
        const auto all = members(analysis_, group->group);
        if (all.empty()) {
          problem(word.place, fmt::format("nobody is in `{}`, so nothing is tested", word.text),
                  "`never` and `only` hold for whoever may come to be in it");
        }
        for (const Asker& asker : all) add(asker, word.place);
      } else {
        const Asker& asker = std::get<Asker>(term);
        const auto* entra = std::get_if<EntraAsker>(&asker);
        if (entra != nullptr && !entra->known && !suite_.unknown_ids.contains(std::string(entra->id.text()))) {
          problem(word.place, fmt::format("nothing in the data names the object id `{}`", entra->id.text()),
                  "list it under `unknown-ids` if that is meant");
          continue;
        }
        add(asker, word.place);
      }
    }
  }
  return result;
}

}  // namespace acrbiter::cli::access_test
