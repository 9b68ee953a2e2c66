// A condition and the request that it was asked about: all that is needed to evaluate it, and to evaluate it again when
// somebody wants to read how.
#pragma once

#include "evaluator/decision.h"
#include "evaluator/request.h"
#include "model/snapshot.h"

namespace acrbiter::evaluator {

/// Refers to the question and the snapshot.
struct ConditionRequest {
  Right right;
  const Question* question = nullptr;
  const model::Principal* asker = nullptr;  ///< null: not in the data
  bool repository_known = true;             ///< false: a filter stands for names that nobody lists
  bool any_version = false;                 ///< conditions of every version are read as 2.0
  ConditionReadings readings;
};

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
