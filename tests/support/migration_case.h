// Cases of migration plans: a world of the spec cases, what a plan for it has to say, and the world as it is exported
// again after somebody has carried the plan out.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "evaluator/migration/plan.h"
#include "model/snapshot.h"
#include "tests/support/spec_case.h"

namespace acrbiter::spec {

/// The export after a plan was carried out up to `stage`: written from the plan's assignments, roles and tasks alone,
/// as documents, so that nothing of the planner's own picture of that state takes part. Throws if the plan names what
/// the documents do not have.
[[nodiscard]] std::vector<Document> export_after(const Tenant& tenant, const evaluator::migration::Plan& plan,
                                                 evaluator::migration::Stage stage);

/// A plan in the words of the cases: short names of principals and registries instead of ids.
class PlanWords {
 public:
  PlanWords(const Tenant& tenant, const RoleIds& roles);

  [[nodiscard]] std::string who(const evaluator::migration::Who& who) const;
  /// A registry's name, "rg:NAME", "sub", "mg:NAME", "/" or the id.
  [[nodiscard]] std::string scope(const std::string& id) const;
  /// "alice: Container Registry Repository Reader on sub"; a custom role is its data actions: "{content/delete}".
  [[nodiscard]] std::set<std::string> assignments(const evaluator::migration::Plan& plan) const;
  [[nodiscard]] std::set<std::string> old(const std::vector<evaluator::migration::OldAssignment>& assignments) const;
  /// "lost alice sign on legacyreg: content-trust", one for each principal and operation.
  [[nodiscard]] std::set<std::string> changes(const std::vector<evaluator::migration::Change>& changes) const;
  /// "CODE SUBJECT"
  [[nodiscard]] std::set<std::string> notes(const std::vector<evaluator::migration::Note>& notes) const;
  /// "WHO: ROLE on SCOPE" of what the plan says it leaves out.
  [[nodiscard]] std::set<std::string> left_out(const evaluator::migration::Plan& plan) const;
  [[nodiscard]] std::string short_id(const std::string& id) const;

 private:
  std::map<std::string, std::string> names_;  ///< id in lower case → short name
  std::map<std::string, std::string> roles_;  ///< GUID → name
};

/// "KIND WHO[,WHO] OPERATION[,OPERATION] on REGISTRY[/PATTERN]: REASON" spelled out, one for each principal and
/// operation. "@NAME" among the operations stands for a list of `sets`. Throws on another form.
[[nodiscard]] std::set<std::string> spell_changes(const nlohmann::ordered_json& list,
                                                  const nlohmann::ordered_json& sets);

}  // namespace acrbiter::spec
