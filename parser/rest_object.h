// Resources of infrastructure code in the form in which the service would export them: of each kind the members that
// the readers of exports look at, and no others, so that nothing else of a template or plan is carried along.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace acrbiter::parser {

/// Types of resources as the service writes them.
inline constexpr std::string_view kRegistries = "Microsoft.ContainerRegistry/registries";
inline constexpr std::string_view kTokens = "Microsoft.ContainerRegistry/registries/tokens";
inline constexpr std::string_view kScopeMaps = "Microsoft.ContainerRegistry/registries/scopeMaps";
inline constexpr std::string_view kRoleAssignments = "Microsoft.Authorization/roleAssignments";
inline constexpr std::string_view kRoleDefinitions = "Microsoft.Authorization/roleDefinitions";
inline constexpr std::string_view kDenyAssignments = "Microsoft.Authorization/denyAssignments";

/// What is taken of a resource of one type.
struct RestShape {
  std::string_view type;
  std::span<const std::string_view> properties;  ///< members of `properties`
  bool identity = false;                         ///< `identity`: its kind and the identities assigned
  bool sku = false;
  bool changes_only = false;  ///< what is not said stays as it is: a registry's settings
};

/// The shape of `type`, compared without letter case; nullptr if access is not read from such resources.
[[nodiscard]] const RestShape* find_rest_shape(std::string_view type) noexcept;

/// Drops from the properties of a resource what its shape names but only in part: the secrets in a task's credentials,
/// say. Everything else is the caller's choice by `properties`.
void prune_properties(const RestShape& shape, nlohmann::json& properties);

}  // namespace acrbiter::parser
