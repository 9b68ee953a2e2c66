// Where a value comes from that only the deployment will know, as far as a plan's configuration tells.
//
// A plan names what an expression refers to, never the expression itself. So a reference is followed only where nothing
// else can have made the value: through inputs and outputs of modules, and through `count` and `for_each` where the key
// makes the instance certain, in a literal index or in one by `each.key`. Everything else stays unknown, elements of
// splats and `for` expressions among it. Source: input-formats 8.1
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parser/terraform_plan.h"

namespace acrbiter::parser {

/// What a value is used as, which tells what it can come from.
enum class Wanted : std::uint8_t {
  Principal,  ///< object id of an identity
  Id,         ///< ARM id of a resource
  Role,       ///< id of a role definition
  Name,       ///< name of a resource
};

/// Object ids of the identities that a cluster's add-ons get.
inline constexpr std::array<std::string_view, 4> kAddonIdentities = {
    "ingress_application_gateway.ingress_application_gateway_identity.object_id",
    "key_vault_secrets_provider.secret_identity.object_id", "oms_agent.oms_agent_identity.object_id",
    "aci_connector_linux.connector_identity.object_id"};
[[nodiscard]] bool is_addon_identity(std::string_view attribute);

/// An attribute of an instance: `kubelet_identity.object_id`, without indices. Principals, ids and roles have one name
/// for each that an instance has: `principal`, `kubelet` (of a cluster), `id`, `role`; a cluster's add-ons keep
/// theirs.
struct Target {
  const TerraformInstance* instance = nullptr;
  std::string attribute;
  friend bool operator==(const Target&, const Target&) = default;
};

class TerraformReferences {
 public:
  /// `plan` must outlive the result.
  explicit TerraformReferences(const TerraformPlan& plan);

  /// The one thing that the attribute at `path` (`principal_id`, `identity.identity_ids`) can come from.
  [[nodiscard]] std::optional<Target> target(const TerraformInstance& instance, std::string_view path,
                                             Wanted wanted) const;
  /// All that the elements of a list come from; nothing if there may be others.
  [[nodiscard]] std::optional<std::vector<Target>> targets(const TerraformInstance& instance, std::string_view path,
                                                           Wanted wanted) const;

  /// Which provider configuration the instance uses: `azurerm`, `azurerm.hub`; empty if the plan does not tell.
  [[nodiscard]] std::string provider(const TerraformInstance& instance) const;
  /// `subscription_id` of that configuration; empty if it is not known.
  [[nodiscard]] std::string provider_subscription(const std::string& provider) const;
  /// The configuration is there and does not set the attribute.
  [[nodiscard]] bool leaves_out(const TerraformInstance& instance, std::string_view attribute) const;
  /// The configuration is there and sets the attribute.
  [[nodiscard]] bool sets(const TerraformInstance& instance, std::string_view attribute) const;

 private:
  struct Frame;
  struct Found;
  using Steps = std::vector<std::string>;

  [[nodiscard]] Value resource_configuration(const TerraformInstance& instance) const;
  [[nodiscard]] Value expression(const TerraformInstance& instance, std::string_view path) const;
  [[nodiscard]] Frame frame_of(const TerraformInstance& instance) const;
  [[nodiscard]] std::optional<Frame> caller(const Frame& frame, std::string& name, Value& call) const;
  void follow(const Value& expression, const Frame& frame, const Steps& rest, Found& found, int depth) const;
  void follow_one(std::string_view reference, const std::vector<std::string_view>& all, const Frame& frame,
                  const Steps& rest, Found& found, int depth) const;
  void follow_variable(const std::string& name, const Frame& frame, const Steps& rest, Found& found, int depth) const;
  void follow_module(const std::string& name, std::string_view keys, const std::string& output,
                     const std::vector<std::string_view>& all, const Frame& frame, const Steps& rest, Found& found,
                     int depth) const;
  void follow_resource(const std::string& resource, std::string_view keys, const std::vector<std::string_view>& all,
                       const Frame& frame, const Steps& rest, Found& found) const;
  [[nodiscard]] const std::vector<std::string_view>& references_of(const Value& expression) const;
  [[nodiscard]] std::string index_key(const std::vector<std::string_view>& all, const Frame& frame,
                                      std::size_t known) const;
  [[nodiscard]] Value known_value(const Value& expression, const Frame& frame, int depth) const;

  const TerraformPlan& plan_;
  /// Offset of a list of references → those that no other one makes more precise.
  mutable std::unordered_map<std::uint64_t, std::vector<std::string_view>> specific_;
  mutable std::size_t steps_ = 0;
  Value variables_;
  Value providers_;
  std::map<std::string, Value, std::less<>> modules_;    ///< path without keys → its configuration
  std::map<std::string, Value, std::less<>> resources_;  ///< path and resource without keys → its configuration
};

}  // namespace acrbiter::parser
