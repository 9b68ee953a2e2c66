#include "cli/analysis.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "cli/ask.h"
#include "cli/excerpt.h"
#include "cli/json_writer.h"
#include "cli/options.h"
#include "cli/report/diagnostics.h"
#include "cli/report/text.h"
#include "cli/suggest.h"

namespace acrbiter::cli {
namespace {

using evaluator::Circumstances;
using evaluator::Operation;
using evaluator::Question;
using model::RepositorySet;

std::string help_for(const AnswerError& error) {
  if (error.where && !error.where->help.empty()) return error.where->help;
  if (!error.suggestions.empty()) return fmt::format("did you mean {}?", report::listed(error.suggestions, "or"));
  return std::string(where_to_look(error.code));
}

/// Letters of which patterns are made and names are not.
bool is_pattern(std::string_view text) {
  return text.find_first_of("*?, ()[]") != std::string_view::npos || text.starts_with("re:") ||
         text.starts_with("automaton:");
}

std::string_view id_of(const model::Registry& registry) { return registry.id.empty() ? registry.name : registry.id; }

/// A question whose other members are in order, for the engine to look up one name in.
Question probe(std::string_view registry) {
  Question question;
  question.principal = "anonymous";
  question.operation = "login";
  question.registry = registry;
  return question;
}

}  // namespace

ExitCode refuse(const Invocation& invocation, const AnswerError& error) {
  const std::string format = invocation.arguments.get(options::kOutput.name).value_or("human");
  if (format == "json" || format == "jsonl") {
    JsonWriter json;
    json.begin_object().key("error").begin_object();
    json.member("code", error.code).member("message", error.message).strings("suggestions", error.suggestions);
    if (error.where && error.where->column != 0) json.member("column", std::uint64_t{error.where->column});
    json.end_object().end_object();
    invocation.streams.out << json.text() << '\n';
  }
  model::Diagnostic problem = error.where.value_or(model::Diagnostic{});
  problem.message = error.message;
  problem.help = help_for(error);
  invocation.streams.err << report::diagnostic("error", report::Style::Bad, problem, invocation.error_look);
  return ExitCode::InputError;
}

model::Expected<Circumstances, UsageError> circumstances_of(const Arguments& arguments, const Data& data) {
  using Outcome = model::Expected<Circumstances, UsageError>;
  Question question;
  const auto set = [&](std::string_view group, std::string_view name,
                       std::string_view text) -> std::optional<UsageError> {
    const auto error = set_field(question, group, name, text);
    if (!error) return std::nullopt;
    return UsageError{.message = error->message, .help = help_for(*error)};
  };
  if (const auto at = arguments.get(options::kAt.name)) {
    if (auto error = set("", "at", *at)) return Outcome::failure(*std::move(error));
  }
  for (const std::string_view group : {"network", "credential"}) {
    const std::string option = fmt::format("--{}", group);
    const auto pairs = key_values(option, arguments.all(option));
    if (!pairs) return Outcome::failure(pairs.error());
    for (const auto& [key, value] : *pairs) {
      if (auto error = set(group, key, value)) return Outcome::failure(*std::move(error));
    }
  }
  return Circumstances{.at = question.at,
                       .network = std::move(question.network),
                       .credential = std::move(question.credential),
                       .readings = data.readings};
}

model::Expected<RepositorySet, AnswerError> read_pattern(std::string_view text) {
  using Outcome = model::Expected<RepositorySet, AnswerError>;
  auto set = RepositorySet::parse(text);
  if (set) return *std::move(set);
  model::Diagnostic problem = set.error().front();
  if (problem.excerpt.empty()) locate(problem, text, problem.span ? problem.span->begin : 0);
  std::string message = problem.message;
  return Outcome::failure({.code = "bad-pattern", .message = std::move(message), .where = std::move(problem)});
}

model::Expected<const Operation*, AnswerError> read_operation(std::string_view text) {
  using Outcome = model::Expected<const Operation*, AnswerError>;
  if (const Operation* operation = evaluator::find_operation(text)) return operation;
  std::vector<std::string_view> ids;
  for (const Operation& operation : evaluator::operations()) ids.push_back(operation.id);
  for (const evaluator::OperationAlias& alias : evaluator::operation_aliases()) ids.push_back(alias.alias);
  return Outcome::failure({.code = "unknown-operation",
                           .message = fmt::format("no operation called `{}`", report::escape(text)),
                           .suggestions = nearest(text, ids)});
}

model::Expected<std::vector<const Operation*>, AnswerError> read_operations(const std::vector<std::string>& texts) {
  using Outcome = model::Expected<std::vector<const Operation*>, AnswerError>;
  std::vector<const Operation*> named;
  for (const std::string& text : texts) {
    const auto operation = read_operation(text);
    if (!operation) return Outcome::failure(operation.error());
    named.push_back(*operation);
  }
  std::vector<const Operation*> result;
  for (const Operation& operation : evaluator::operations()) {
    if (texts.empty() || std::find(named.begin(), named.end(), &operation) != named.end()) {
      result.push_back(&operation);
    }
  }
  return result;
}

Analysis::Analysis(Data read, Circumstances circumstances)
    : data(std::move(read)),
      engine(data.snapshot, data.readings),
      sets(engine, std::move(circumstances)),
      names(data.snapshot) {}

std::unique_ptr<const Analysis> Analysis::open(const Invocation& invocation) {
  auto read = load_data(invocation);
  if (!read) return nullptr;
  auto circumstances = circumstances_of(invocation.arguments, *read);
  if (!circumstances) {
    static_cast<void>(refuse(invocation, circumstances.error()));
    return nullptr;
  }
  auto analysis = std::make_unique<const Analysis>(*std::move(read), *std::move(circumstances));
  if (!analysis->snapshot().registries.empty()) {
    // Words of closed lists and addresses are looked at by the engine, as for can-i.
    Question question = probe(id_of(analysis->snapshot().registries.front()));
    question.network = analysis->sets.circumstances().network;
    question.credential = analysis->sets.circumstances().credential;
    const auto resolved = analysis->engine.resolve(std::move(question));
    if (!resolved && resolved.error().code == "bad-value") {
      static_cast<void>(refuse(invocation, in_words(resolved.error())));
      return nullptr;
    }
  }
  return analysis;
}

std::string_view Analysis::registry_name(std::size_t index) const {
  const model::Registry& registry = this->registry(index);
  const auto has_name = [&](const model::Registry& other) {
    return model::equal_ignoring_case(other.name, registry.name);
  };
  const auto& all = snapshot().registries;
  return std::count_if(all.begin(), all.end(), has_name) > 1 ? id_of(registry) : std::string_view(registry.name);
}

model::Expected<std::size_t, AnswerError> Analysis::find_registry(std::string_view typed) const {
  using Outcome = model::Expected<std::size_t, AnswerError>;
  if (snapshot().registries.empty()) {
    return Outcome::failure({.code = "unknown-registry", .message = "the data has no registries"});
  }
  const auto resolved = engine.resolve(probe(data.without_alias(std::string(typed))));
  if (!resolved) return Outcome::failure(in_words(resolved.error()));
  return resolved->registry;
}

model::Expected<std::vector<std::size_t>, AnswerError> Analysis::find_registries(
    const std::vector<std::string>& typed) const {
  using Outcome = model::Expected<std::vector<std::size_t>, AnswerError>;
  std::vector<std::size_t> result;
  for (const std::string& name : typed) {
    const auto found = find_registry(name);
    if (!found) return Outcome::failure(found.error());
    result.push_back(*found);
  }
  if (typed.empty()) {
    for (std::size_t i = 0; i < snapshot().registries.size(); ++i) result.push_back(i);
  }
  if (result.empty()) return Outcome::failure(find_registry("").error());
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

model::Expected<Target, AnswerError> Analysis::find_target(std::string_view typed,
                                                           const std::optional<std::string>& given,
                                                           const Operation& operation) const {
  using Outcome = model::Expected<Target, AnswerError>;
  const TargetParts parts = split_target(typed, data);
  std::string_view rest = typed;
  Target target;
  const auto found = [&]() -> model::Expected<std::size_t, AnswerError> {
    if (given) {
      if (!parts.registry.empty() && (!operation.takes_repository || parts.as_host)) rest = parts.rest;
      return find_registry(*given);
    }
    if (!parts.registry.empty()) {
      rest = parts.rest;
      return find_registry(parts.registry);
    }
    if (auto scheme = named_with_scheme(typed)) {
      return model::Expected<std::size_t, AnswerError>::failure(*std::move(scheme));
    }
    if (operation.takes_repository && snapshot().registries.size() == 1) return std::size_t{0};
    return find_registry(typed.substr(0, typed.find('/')));
  }();
  if (!found) return Outcome::failure(found.error());
  target.registry = *found;
  target.text = rest;
  if (rest.empty() || !operation.takes_repository) {
    if (!rest.empty()) {
      return Outcome::failure({.code = "bad-value",
                               .message = fmt::format("`{}` is about the registry as a whole: leave out `{}`",
                                                      operation.id, report::escape(rest))});
    }
    target.names = RepositorySet::all();
    return target;
  }
  if (is_pattern(rest)) {
    auto names_of_pattern = read_pattern(rest);
    if (!names_of_pattern) return Outcome::failure(names_of_pattern.error());
    target.names = *std::move(names_of_pattern);
    return target;
  }
  if (const std::size_t reference = reference_of(rest); reference != std::string_view::npos) {
    model::Diagnostic advice;
    advice.help = "`acrbiter can-i` asks about single images";
    return Outcome::failure({.code = "bad-value",
                             .message = fmt::format("this asks about whole repositories: leave out `{}`",
                                                    report::escape(rest.substr(reference))),
                             .where = std::move(advice)});
  }
  target.one_name = true;
  target.names = RepositorySet::exactly(rest);
  return target;
}

model::Expected<evaluator::Asker, AnswerError> Analysis::find_principal(std::string_view typed,
                                                                        std::size_t registry_index) const {
  using Outcome = model::Expected<evaluator::Asker, AnswerError>;
  Question question = probe(id_of(registry(registry_index)));
  question.principal = data.without_alias(std::string(typed));
  const auto resolved = engine.resolve(std::move(question));
  if (!resolved) return Outcome::failure(in_words(resolved.error()));
  return resolved->asker;
}

}  // namespace acrbiter::cli
