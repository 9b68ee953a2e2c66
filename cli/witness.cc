#include "cli/witness.h"

#include <utility>

#include <fmt/format.h>

#include "model/shell_word.h"

namespace acrbiter::cli {

evaluator::Question question_of(const Analysis& analysis, const evaluator::Asker& asker, std::size_t registry,
                                const evaluator::Operation& operation, std::string repository) {
  const model::Registry& place = analysis.registry(registry);
  const auto by_name = analysis.find_registry(place.name);
  evaluator::Question question;
  question.principal = analysis.names.spelling(asker, &place);
  question.operation = operation.id;
  question.registry = by_name && *by_name == registry ? place.name : place.id;
  question.repository = std::move(repository);
  question.at = analysis.sets.circumstances().at;
  question.network = analysis.sets.circumstances().network;
  question.credential = analysis.sets.circumstances().credential;
  return question;
}

std::string can_i_command(const evaluator::Question& question, std::string_view options) {
  const std::string target =
      question.repository.empty() ? question.registry : fmt::format("{}/{}", question.registry, question.repository);
  return fmt::format("acrbiter can-i {} {} --as {}{}", question.operation, model::shell_word(target),
                     model::shell_word(question.principal), options);
}

}  // namespace acrbiter::cli
