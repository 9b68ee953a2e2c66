// A migration plan for somebody who signs it: what moves, what is lost and gained, how it was proven, what was assumed,
// what was not in the data, and how to check it again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/migrate/plan_json.h"
#include "cli/report/document.h"
#include "evaluator/assumptions.h"
#include "evaluator/migration/review.h"
#include "evaluator/migration/timeline.h"
#include "evaluator/migration/verify.h"
#include "model/snapshot.h"

namespace acrbiter::cli::report {

/// Everything that the report tells. What is referred to outlives it.
struct AuditSubject {
  const evaluator::migration::Review& review;       ///< of a plan that holds for `snapshot`
  const evaluator::migration::Verification& proof;  ///< made now
  const evaluator::migration::Timeline& timeline;
  const model::Snapshot& snapshot;
  const evaluator::Readings& readings;
  std::vector<const evaluator::Operation*> operations;  ///< that were compared
  const migrate::Certificate& now;                      ///< of the plan and the data as they are now
  const std::optional<migrate::Certificate>& then;      ///< when the plan was made; none: it carries none
  std::string plan_path, plan_digest;                   ///< of the file, SHA-256
  std::string at{};       ///< the moment the data was looked at for; "": that of the export
  std::string version{};  ///< of the program
  /// To check again: shell commands on one line each.
  std::string digest_command{}, verify_command{}, report_command{}, question_options{};
};

/// The same subject gives the same document: it knows no clock.
[[nodiscard]] Document audit_document(const AuditSubject& subject);
[[nodiscard]] std::string audit_markdown(const AuditSubject& subject);
[[nodiscard]] std::string audit_html(const AuditSubject& subject);

}  // namespace acrbiter::cli::report
