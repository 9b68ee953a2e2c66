// A condition and the request that it was asked about: all that is needed to evaluate it, and to evaluate it again when
// somebody wants to read how.
#pragma once

#include "evaluator/decision.h"
#include "evaluator/request.h"
#include "model/snapshot.h"

namespace acrbiter::evaluator {

/// Refers to the question (or what several have in common) and the snapshot.
struct ConditionRequest {
  Right right;
  const model::Principal* asker = nullptr;  ///< null: not in the data
  const std::optional<model::Timestamp>* at = nullptr;
  const std::optional<NetworkFacts>* network = nullptr;
  std::optional<std::string_view> repository;  ///< nothing: every name, or a filter that stands for names nobody lists
  bool any_version = false;                    ///< conditions of every version are read as 2.0
  ConditionReadings readings;
};
/// `right` and what `readings` say of conditions.
[[nodiscard]] ConditionRequest request_under(const Readings& readings, const Right& right);

/// The environment of an evaluation; refers to `request` and `entry`.
class RequestEnvironment {
 public:
  RequestEnvironment(const ConditionRequest& request, const model::ConditionEntry& entry);
  RequestEnvironment(const RequestEnvironment&) = delete;
  RequestEnvironment& operator=(const RequestEnvironment&) = delete;
  ~RequestEnvironment() = default;

  [[nodiscard]] const ConditionEnvironment& operator*() const { return environment_; }

 private:
  RequestAttributes attributes_;
  ConditionEnvironment environment_;
};

}  // namespace acrbiter::evaluator
