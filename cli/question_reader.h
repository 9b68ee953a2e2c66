// Question lines (contract.md, section 2) to evaluator::Question.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/json_reader.h"
#include "evaluator/question.h"
#include "model/result.h"

namespace acrbiter::cli {

/// Why a line gives no answer: what stands in `error` of its answer line.
struct AnswerError {
  std::string code;     ///< "malformed-line", "wrong-type", or a code of evaluator::QuestionError
  std::string message;  ///< lower case, no full stop, input in backticks
  std::vector<std::string> suggestions{};
  /// Where in the line, for malformed lines: line, column and excerpt are set.
  std::optional<model::Diagnostic> where{};
};

/// `member` must be `wanted` ("a string", …) and is not.
[[nodiscard]] AnswerError wrong_type(std::string_view member, std::string_view wanted, JsonValue::Type found);

/// One line, understood or not.
struct QuestionLine {
  std::string id = "null";  ///< the member `id` as JSON text (a string, a number, …); "null" if there is none
  model::Expected<evaluator::Question, AnswerError> question;
};

/// Reads one JSON object with the members of the contract. Unknown members are ignored and null is absent; a member of
/// the wrong type, a name that occurs twice, or text that is not a JSON object is an error. Names are not looked up.
[[nodiscard]] QuestionLine read_question(std::string_view json);

/// An `id` member as JSON text, to be given back as it was (lists and objects too: the answer is found by it).
[[nodiscard]] std::string id_text(const JsonValue& id);

/// Sets one field of a group by the contract's names from text, e.g. ("credential", "ageMinutes", "30"); the group ""
/// holds the question's own members. Returns what is wrong, if anything.
[[nodiscard]] std::optional<AnswerError> set_field(evaluator::Question& question, std::string_view group,
                                                   std::string_view name, std::string_view text);

/// The fields of a group ("network", "credential", …), in the order of the contract.
[[nodiscard]] std::vector<std::string_view> field_names(std::string_view group);

/// The error if `typed` names a registry as a browser does, `https://contoso.azurecr.io/…`.
[[nodiscard]] std::optional<AnswerError> named_with_scheme(std::string_view typed);

/// What shows the names that there are, after an error with this code; empty if nothing does.
[[nodiscard]] std::string_view where_to_look(std::string_view code);

/// The engine's error in words.
[[nodiscard]] AnswerError in_words(const evaluator::QuestionError& error);

}  // namespace acrbiter::cli
