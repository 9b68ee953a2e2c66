// How things of a snapshot are called in front of people: by name where the data has one, else by id.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "evaluator/decision.h"
#include "evaluator/question.h"
#include "model/snapshot.h"

namespace acrbiter::cli::report {

/// Names as the data has them: not escaped, for machine output.
[[nodiscard]] std::string principal_name(const model::Snapshot& snapshot, model::PrincipalIndex principal);
/// The name of those for whom kUnnamedIdentity stands.
inline constexpr std::string_view kAnybodyUnnamed = "anybody whom the data does not name";
/// For people: an identity that the data does not know, by its object id. Escaped.
[[nodiscard]] std::string stranger_words(std::string_view object_id);
[[nodiscard]] std::string role_name(const model::Snapshot& snapshot, model::RoleIndex role);
/// `task:NAME`, or `task:REGISTRY/NAME` where `home`, the registry that it belongs to, is to be named: not escaped.
[[nodiscard]] std::string child_spelling(std::string_view kind, std::string_view name, std::string_view home);
/// The same for people: `task nightly of contosobase`.
[[nodiscard]] std::string child_words(std::string_view kind, std::string_view name, std::string_view home);
/// A sentence on the doors that the data has no list of, or "".
[[nodiscard]] std::string unlisted_doors(const model::Snapshot& snapshot);
/// "legacy", "abac", or "" if none is known.
[[nodiscard]] std::string_view mode_word(const std::optional<model::PermissionMode>& mode) noexcept;

/// What somebody does: "pull X from contoso", "list the repositories of contoso". `what` stands for the repository and
/// is printed as it is; "" where there is none.
[[nodiscard]] std::string doing(const evaluator::Operation& operation, std::string_view what,
                                const model::Registry& registry);

/// What a question is about, with everything its report needs. All references outlive the report.
struct Subject {
  const model::Snapshot& snapshot;
  const evaluator::ResolvedQuestion& question;
  std::string_view stand_in{};  ///< for the asker's name, where one text is to fit many askers: "the identity"

  [[nodiscard]] const model::Registry& registry() const { return snapshot.registries[question.registry]; }
  /// The asker's name, escaped and quoted where needed; with what was typed where that is another name.
  [[nodiscard]] std::string who() const;
  /// The same without the typed name and without quotes, for machine output.
  [[nodiscard]] std::string who_plain() const;
  /// "pull payments/api:v1 from contoso", "list the repositories of contoso".
  [[nodiscard]] std::string what() const;
  /// "the registry", "resource group rg-shared", "subscription …", "management group corp", "the root of the tenant".
  [[nodiscard]] std::string scope(model::ScopeIndex scope) const;
  /// "AcrPull on the registry": the role assignment or PIM instance that a finding speaks of; "" if none.
  [[nodiscard]] std::string grant(const evaluator::Finding& finding) const;
  /// " (azurerm_role_assignment.ci in plan.json)": where infrastructure code declares the object of this id; "" if none
  /// does.
  [[nodiscard]] std::string declared(std::string_view id) const;
  /// Who holds it.
  [[nodiscard]] std::string holder(const evaluator::Finding& finding) const;
  /// "group platform-team, in group everyone": the groups of a finding's path, the asker's own first; "" if direct.
  [[nodiscard]] std::string groups(std::span<const model::PrincipalIndex> path) const;
};

}  // namespace acrbiter::cli::report
