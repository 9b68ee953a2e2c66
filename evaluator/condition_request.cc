#include "evaluator/condition_request.h"

namespace acrbiter::evaluator {

ConditionRequest request_under(const Readings& readings, const Right& right) {
  ConditionRequest request;
  request.right = right;
  request.any_version = readings.is(AssumptionId::ConditionVersion, "as-2.0");
  request.readings = condition_readings(readings);
  return request;
}

RequestEnvironment::RequestEnvironment(const ConditionRequest& request, const model::ConditionEntry& entry)
    : attributes_(request.right, request.asker, *request.at, *request.network, request.repository),
      environment_{.action = request.right.action,
                   .sub_operation = {},
                   .attributes = &attributes_,
                   .condition_version = request.any_version ? std::string_view("2.0") : std::string_view(entry.version),
                   .readings = request.readings} {}

ConditionValue value_of(const ConditionOutcome& outcome, const model::Snapshot& snapshot) {
  if (outcome.request == nullptr) return {.truth = outcome.truth, .decided_by = {}, .causes = {}};
  const model::ConditionEntry& entry = snapshot[outcome.condition];
  return evaluate(*entry.parsed, *RequestEnvironment(*outcome.request, entry));
}

std::vector<ConditionStep> steps_of(const ConditionOutcome& outcome, const model::Snapshot& snapshot) {
  if (outcome.request == nullptr) return {};
  const model::ConditionEntry& entry = snapshot[outcome.condition];
  return trace(*entry.parsed, *RequestEnvironment(*outcome.request, entry));
}

}  // namespace acrbiter::evaluator
