#include "evaluator/request.h"

#include <algorithm>

#include "model/ascii.h"

namespace acrbiter::evaluator {

using model::equal_ignoring_case;
using model::starts_with_ignoring_case;

namespace {

constexpr std::string_view kAssignmentAttributes = "Microsoft.Authorization/roleAssignments:";
constexpr std::string_view kWritesAssignments = "Microsoft.Authorization/roleAssignments/write";
constexpr std::string_view kDeletesAssignments = "Microsoft.Authorization/roleAssignments/delete";

}  // namespace

RequestAttributes::RequestAttributes(const Right& right, const model::Principal* asker,
                                     const std::optional<model::Timestamp>& at,
                                     const std::optional<NetworkFacts>& network,
                                     std::optional<std::string_view> repository)
    : right_(right), asker_(asker), network_(network), repository_(repository) {
  if (at) now_ = to_string(*at);
}

AttributeLookup RequestAttributes::find(model::AttributeSource source, std::string_view name) const {
  switch (source) {
    case model::AttributeSource::Request:
    case model::AttributeSource::Resource: {
      if (same_attribute(name, kRepositoryNameAttribute)) {
        // The documents supply it as @Request; what @Resource means is the condition evaluator's contested reading.
        if (!carries_repository_name(right_) || source == model::AttributeSource::Resource)
          return AttributeLookup::not_supplied();
        return repository_ ? AttributeLookup::text(*repository_) : AttributeLookup::unknown();
      }
      // What is written comes with the request, what is removed is the resource. Source: condition-language 7
      const std::string_view its_action =
          source == model::AttributeSource::Request ? kWritesAssignments : kDeletesAssignments;
      const bool of_assignment =
          starts_with_ignoring_case(name, kAssignmentAttributes) && equal_ignoring_case(right_.action, its_action);
      return of_assignment ? AttributeLookup::unknown() : AttributeLookup::not_supplied();
    }
    case model::AttributeSource::Principal:
      return principal(name);
    case model::AttributeSource::Environment:
      return environment(name);
  }
  return AttributeLookup::unknown();
}

AttributeLookup RequestAttributes::principal(std::string_view name) const {
  constexpr std::string_view kPrefix = "Microsoft.Directory/CustomSecurityAttributes/Id:";
  if (asker_ == nullptr || !asker_->security_attributes) return AttributeLookup::unknown();
  if (starts_with_ignoring_case(name, kPrefix)) name.remove_prefix(kPrefix.size());
  for (const auto& [key, value] : *asker_->security_attributes) {
    if (same_attribute(key, name)) return AttributeLookup::values(value.values, value.is_list);
  }
  return AttributeLookup::not_supplied();
}

AttributeLookup RequestAttributes::environment(std::string_view name) const {
  if (same_attribute(name, "UtcNow")) return now_.empty() ? AttributeLookup::unknown() : AttributeLookup::text(now_);
  if (same_attribute(name, "isPrivateLink")) {
    if (!network_ || network_->path.empty()) return AttributeLookup::unknown();
    return AttributeLookup::one({model::ValueType::Boolean, {}, 0, network_->path == "private-endpoint"});
  }
  return AttributeLookup::unknown();
}

ConditionReadings condition_readings(const Readings& readings) {
  ConditionReadings result;
  for (const AssumptionId id : {AssumptionId::AmbiguousGrouping, AssumptionId::MissingValueBelowNot,
                                AssumptionId::ResourceAttributeForRepository}) {
    if (readings[id] != "unknown") static_cast<void>(set_reading(result, assumption(id).name, readings[id]));
  }
  return result;
}

bool takes_conditions(const model::RoleDefinition& role) {
  constexpr std::string_view kGuids[] = {
      "b93aa761-3e63-49ed-ac28-beffa264f7ac",  // Container Registry Repository Reader
      "2a1e307c-b015-4ebd-883e-5b7698a07328",  // Container Registry Repository Writer
      "2efddaa5-3f1f-4df3-97df-af3f13818f4c",  // Container Registry Repository Contributor
  };
  // Custom roles with repository data actions take them too.
  return role.type != model::RoleType::BuiltIn ||
         std::find(std::begin(kGuids), std::end(kGuids), role.guid) != std::end(kGuids);
}

bool writes_role_assignments(std::string_view action) {
  return equal_ignoring_case(action, kWritesAssignments) || equal_ignoring_case(action, kDeletesAssignments);
}

bool data_plane(const Right& right) {
  return right.kind == ActionKind::DataAction || is_legacy_data_action(right.action);
}

bool carries_repository_name(const Right& right) {
  return right.kind == ActionKind::DataAction && carries_repository_name(right.action);
}

}  // namespace acrbiter::evaluator
