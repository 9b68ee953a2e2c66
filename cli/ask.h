// From a question as asked to its decision.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/data.h"
#include "cli/question_reader.h"
#include "evaluator/engine.h"
#include "model/result.h"

namespace acrbiter::cli {

/// Stays where it is: the decision points into the question.
struct Answered {
  evaluator::ResolvedQuestion question;
  evaluator::Decision decision;
};

/// Replaces aliases, fills in the registry if the data has only one, looks every name up and decides.
[[nodiscard]] model::Expected<std::unique_ptr<const Answered>, AnswerError> ask(const evaluator::Engine& engine,
                                                                                const Data& data,
                                                                                evaluator::Question question);

/// Takes `[REGISTRY/]REPOSITORY[:TAG][@DIGEST]`, or just REGISTRY for what concerns the registry as a whole, apart into
/// the question's registry, repository and reference; members that are set already win. The registry part is recognised
/// by name, login server, resource id or alias. `question.operation` or `question.action` must be set.
[[nodiscard]] std::optional<AnswerError> set_target(evaluator::Question& question, std::string_view target,
                                                    const Data& data);

/// The place of `:v1`, `@sha256:…` or both behind a repository name, or npos. Where both are there the digest counts,
/// as for Docker.
[[nodiscard]] std::size_t reference_of(std::string_view name);

/// A target at the end of its registry part; `registry` is empty if it names none.
struct TargetParts {
  std::string_view registry, rest;
  bool as_host = false;  ///< the registry is named as a login server
};
[[nodiscard]] TargetParts split_target(std::string_view target, const Data& data);

}  // namespace acrbiter::cli
