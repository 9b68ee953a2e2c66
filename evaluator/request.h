// What conditions are evaluated against: the request's attributes, and the rules on where conditions count at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "evaluator/assumptions.h"
#include "evaluator/condition_eval.h"
#include "evaluator/operations.h"
#include "evaluator/question.h"
#include "model/snapshot.h"

namespace acrbiter::evaluator {

/// The repository name as conditions spell it.
inline constexpr std::string_view kRepositoryNameAttribute = "Microsoft.ContainerRegistry/registries/repositories:name";

/// What a request carries. Source: condition-language 7
class RequestAttributes : public AttributeProvider {
 public:
  /// All references outlive this. `asker` is null for somebody who is not in the data; `repository` is nothing where
  /// the request names a repository that is not known.
  RequestAttributes(const Right& right, const model::Principal* asker, const std::optional<model::Timestamp>& at,
                    const std::optional<NetworkFacts>& network, std::optional<std::string_view> repository);

  [[nodiscard]] AttributeLookup find(model::AttributeSource source, std::string_view name) const override;

 private:
  [[nodiscard]] AttributeLookup principal(std::string_view name) const;
  [[nodiscard]] AttributeLookup environment(std::string_view name) const;

  const Right& right_;
  const model::Principal* asker_;
  const std::optional<NetworkFacts>& network_;
  std::optional<std::string_view> repository_;
  std::string now_;
};

/// The readings of the register that conditions depend on.
[[nodiscard]] ConditionReadings condition_readings(const Readings& readings);

/// True of the roles whose assignments are documented to take a condition. Source: acr-authorization C.5
[[nodiscard]] bool takes_conditions(const model::RoleDefinition& role);

/// True of the two control actions that conditions restrict. Source: azure-rbac-semantics 7
[[nodiscard]] bool writes_role_assignments(std::string_view action);

/// True if the registry's data is what `right` is about, in either mode.
[[nodiscard]] bool data_plane(const Right& right);

/// True if a request for `right` carries the repository name for conditions to test.
[[nodiscard]] bool carries_repository_name(const Right& right);

}  // namespace acrbiter::evaluator
