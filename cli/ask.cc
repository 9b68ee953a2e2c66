#include "cli/ask.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/report/text.h"
#include "cli/suggest.h"
#include "model/ascii.h"
#include "model/repository_set.h"

namespace acrbiter::cli {
namespace {

using evaluator::Question;

/// A registry of the data is called `name`, in whatever letter case.
bool names_registry(std::string_view name, const Data& data) {
  const std::string key = model::ascii_lower(data.without_alias(std::string(name)));
  return std::any_of(data.snapshot.registries.begin(), data.snapshot.registries.end(), [&](const model::Registry& r) {
    return key == model::ascii_lower(r.name) || (r.login_server && key == model::ascii_lower(*r.login_server)) ||
           (!r.id.empty() && key == model::ascii_lower(r.id));
  });
}

/// Of a registry that infrastructure code deletes: what is asked for is none of another one.
bool names_deleted_registry(std::string_view name, const Data& data) {
  const std::string end = "/registries/" + model::ascii_lower(name);
  return std::any_of(data.snapshot.declared.begin(), data.snapshot.declared.end(), [&](const auto& object) {
    return object.fate == model::DeclaredObject::Fate::Removed && model::ascii_lower(object.id).ends_with(end);
  });
}

bool looks_like_login_server(std::string_view name) {
  return model::ascii_lower(name).find(".azurecr.") != std::string::npos;
}

/// The resource id of a registry at the start of `target`, without what follows it; empty if there is none.
std::string_view resource_id(std::string_view target) {
  constexpr std::string_view kType = "/microsoft.containerregistry/registries/";
  if (!target.starts_with('/')) return {};
  const std::size_t type = model::ascii_lower(target).find(kType);
  if (type == std::string::npos) return {};
  return target.substr(0, std::min(target.find('/', type + kType.size()), target.size()));
}

/// The place of `:v1` behind a repository name, or npos.
std::size_t tag_of(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  const std::size_t slash = name.rfind('/');
  const bool tag = colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  return tag ? colon : std::string_view::npos;
}

bool is_digest(std::string_view text) {
  constexpr std::string_view kAlgorithm = "sha256:";
  constexpr std::size_t kDigits = 64;
  return text.starts_with(kAlgorithm) && text.size() == kAlgorithm.size() + kDigits &&
         text.find_first_not_of("0123456789abcdef", kAlgorithm.size()) == std::string_view::npos;
}

/// `team/app:v1` → tag, `team/app@sha256:…` and `team/app:v1@sha256:…` → digest.
void set_repository(Question& question, std::string_view text) {
  const std::size_t end = reference_of(text);
  question.repository = text.substr(0, end);
  // What follows a purge filter's repository is a filter of tags, not a reference.
  if (end != std::string_view::npos && question.reference.empty() && question.operation != "purge") {
    const std::size_t at = text.find('@');
    question.reference = text.substr((at == std::string_view::npos ? end : at) + 1);
  }
}

AnswerError unknown_registry(std::string_view typed, const Data& data) {
  std::vector<std::string_view> names;
  for (const model::Registry& registry : data.snapshot.registries) names.push_back(registry.name);
  if (names.empty()) return {.code = "unknown-registry", .message = "the data has no registries"};
  return {.code = "unknown-registry",
          .message = fmt::format("no registry called `{}` in the data", report::escape(typed)),
          .suggestions = nearest(typed, names)};
}

/// A purge takes a filter, and a name that is not legal is refused.
bool names_it_unusually(const evaluator::ResolvedQuestion& question) {
  const evaluator::Operation* operation = question.operation;
  const std::string& repository = question.text->repository;
  return operation != nullptr && operation->takes_repository && operation->id != "purge" &&
         model::is_legal_repository_name(repository) && !model::is_oci_repository_name(repository);
}

}  // namespace

std::size_t reference_of(std::string_view name) {
  const std::size_t at = name.find('@');
  if (at == std::string_view::npos) return tag_of(name);
  const std::size_t tag = is_digest(name.substr(at + 1)) ? tag_of(name.substr(0, at)) : std::string_view::npos;
  return tag == std::string_view::npos ? at : tag;
}

TargetParts split_target(std::string_view target, const Data& data) {
  if (const std::string_view id = resource_id(target); !id.empty()) {
    return {.registry = id, .rest = target.substr(std::min(id.size() + 1, target.size()))};
  }
  const std::string_view first = target.substr(0, target.find('/'));
  const bool host = looks_like_login_server(first);
  if (host || names_registry(first, data) || names_deleted_registry(first, data)) {
    return {.registry = first, .rest = target.substr(std::min(first.size() + 1, target.size())), .as_host = host};
  }
  return {.registry = {}, .rest = target};
}

model::Expected<std::unique_ptr<const Answered>, AnswerError> ask(const evaluator::Engine& engine, const Data& data,
                                                                  Question question) {
  using Outcome = model::Expected<std::unique_ptr<const Answered>, AnswerError>;
  question.principal = data.without_alias(question.principal);
  question.registry = data.without_alias(question.registry);
  if (question.source) {
    question.source->registry = data.without_alias(question.source->registry);
    if (question.source->principal) question.source->principal = data.without_alias(*question.source->principal);
  }
  if (question.registry.empty() && data.snapshot.registries.size() == 1) {
    question.registry = data.snapshot.registries.front().name;
  }
  auto resolved = engine.resolve(std::move(question));
  if (!resolved) return Outcome::failure(in_words(resolved.error()));
  auto answered = std::make_unique<Answered>();
  answered->question = *std::move(resolved);
  answered->decision = engine.explain(answered->question);
  engine.unfold(answered->decision);
  if (names_it_unusually(answered->question)) {
    answered->decision.flags.emplace_back("unusual-repository-name");
    std::sort(answered->decision.flags.begin(), answered->decision.flags.end());
  }
  return std::unique_ptr<const Answered>(std::move(answered));
}

std::optional<AnswerError> set_target(Question& question, std::string_view target, const Data& data) {
  const evaluator::Operation* operation = evaluator::find_operation(question.operation);
  const bool whole_registry = operation != nullptr && !operation->takes_repository;
  const TargetParts parts = split_target(target, data);
  std::string_view rest = parts.rest;
  if (!question.registry.empty()) {
    // The registry is given by itself; the target may repeat it only as a host name.
    if (!parts.registry.empty() && (whole_registry || parts.as_host)) {
      rest = parts.rest;
    } else {
      rest = target;
    }
  } else if (!parts.registry.empty()) {
    question.registry = parts.registry;
  } else if (auto scheme = named_with_scheme(target)) {
    return scheme;
  } else if (whole_registry || data.snapshot.registries.size() != 1) {
    return unknown_registry(target.substr(0, target.find('/')), data);
  }
  if (whole_registry && rest.empty()) return std::nullopt;
  if (whole_registry && !evaluator::may_name_repository(*operation)) {
    return AnswerError{.code = "bad-value",
                       .message = fmt::format("`{}` is about the registry as a whole: leave out `{}`", operation->id,
                                              report::escape(rest))};
  }
  if (question.repository.empty()) set_repository(question, rest);
  return std::nullopt;
}

}  // namespace acrbiter::cli
