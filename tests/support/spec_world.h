// The small tenants that the spec cases are asked about, written in a shorthand and spelled out as exports.
//
// {"registries": ["abacreg: abac"], "principals": {"alice": "user"}, "assignments": ["alice: AcrPull on abacreg"]}
// becomes the documents that `az acr list`, `az ad user list` and `az role assignment list` would print.
// The shorthand is described in fixtures/specs/README.md.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace acrbiter::spec {

/// One exported file.
struct Document {
  std::string name;  ///< file name
  std::string text;  ///< JSON
};

/// The tenant of one case as its readers see it.
struct Tenant {
  std::vector<Document> documents;
  std::map<std::string, std::string> ids;  ///< short name of a principal or registry → object id or resource id
};

/// Name → GUID of the built-in roles, as fixtures/specs/roles.json lists them.
using RoleIds = std::map<std::string, std::string>;

/// Joins a world with what it is based on: lists are appended, objects merged member by member, `over` wins.
[[nodiscard]] nlohmann::ordered_json join_worlds(nlohmann::ordered_json under, const nlohmann::ordered_json& over);

/// Spells out a world. Throws std::runtime_error on a member, name or role that it does not know.
[[nodiscard]] Tenant spell_out(const nlohmann::ordered_json& world, const RoleIds& roles);

/// A GUID made from `text`: the same text gives the same GUID, always.
[[nodiscard]] std::string guid_of(std::string_view text);

/// Replaces every `{{name}}` in all strings of `value` by the id of that name. Throws on an unknown name.
void put_ids(nlohmann::ordered_json& value, const std::map<std::string, std::string>& ids);

/// The subscription and resource group in which registries lie unless they say otherwise.
inline constexpr std::string_view kSubscription = "11111111-1111-1111-1111-111111111111";
inline constexpr std::string_view kResourceGroup = "apps";

}  // namespace acrbiter::spec
