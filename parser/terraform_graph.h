// What a Terraform plan asks of Microsoft Graph (`msgraph_*`) that decides who is in a group, or who can sign in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "parser/terraform_plan.h"

namespace acrbiter::parser {

/// What a path of Microsoft Graph, such as `groups/ID/members/$ref`, is the path of.
struct GraphPath {
  enum class Kind : std::uint8_t {
    Other,      ///< nothing that has a bearing on access
    Members,    ///< the list of a group's members
    Member,     ///< one of its members
    Group,      ///< a group
    Principal,  ///< a user, a service principal, or any object of the directory
    Requests,   ///< something else about groups or members: Privileged Identity Management, packages of access
  };
  Kind kind = Kind::Other;
  std::string group, object;  ///< in lower case; ids, if the path has no other names for them
  bool by_app_id = false;     ///< `object` is the client id of a service principal
};
[[nodiscard]] GraphPath graph_path(std::string_view url);

/// A request to Microsoft Graph.
struct GraphRequest {
  std::string method;              ///< in lower case; empty: the plan does not tell
  std::optional<std::string> url;  ///< nullopt: the plan does not tell
};
/// The request that the plan makes for an instance, or that made what the plan leaves as it is. nullopt if it makes
/// none.
[[nodiscard]] std::optional<GraphRequest> graph_request(const TerraformInstance& instance, bool removed);

/// What the body of a request may set of a group's members.
[[nodiscard]] bool may_join(const Attribute& body);
/// `body` sets the rule by which somebody is in a group, other than `before` does.
[[nodiscard]] bool changes_rule(const Attribute& body, const Attribute& before);

}  // namespace acrbiter::parser
