// The environment of `condition eval`: what a request supplies, as JSON (contract.md, section 4).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/json_reader.h"
#include "cli/question_reader.h"
#include "evaluator/condition_eval.h"

namespace acrbiter::cli {

/// Attributes by source. What is not there is not supplied.
class Environment : public evaluator::AttributeProvider {
 public:
  /// `{"action","suboperation","request":{ATTR:VALUE},"resource":…,"principal":…,"environment":…}`; every member may be
  /// absent or null, unknown ones are ignored. A value is a string, number, Boolean, or a list of one type of these.
  [[nodiscard]] static model::Expected<Environment, AnswerError> from(const JsonValue& json);

  [[nodiscard]] evaluator::AttributeLookup find(model::AttributeSource source, std::string_view name) const override;

  /// For evaluate(): a view of this object.
  [[nodiscard]] evaluator::ConditionEnvironment view(const evaluator::ConditionReadings& readings,
                                                     std::string_view version) const;

 private:
  struct Entry {
    std::string name;
    std::vector<model::Literal> values;
    bool is_list = false;
  };
  [[nodiscard]] std::optional<AnswerError> read(std::string_view group, const JsonValue& attributes);

  std::string action_, sub_operation_;
  std::array<std::vector<Entry>, 4> entries_;  ///< by AttributeSource
};

}  // namespace acrbiter::cli
