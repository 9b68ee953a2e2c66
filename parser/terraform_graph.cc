#include "parser/terraform_graph.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "model/ascii.h"
#include "parser/lower_common.h"

namespace acrbiter::parser {

namespace {

/// Members of a group's body that decide who is in it, other than a list. Source: azure-rbac-semantics 9
constexpr std::array<std::string_view, 3> kRule = {"membershipRule", "membershipRuleProcessingState", "groupTypes"};

/// The segments of a path in lower case, without the host and the version before it.
std::vector<std::string> segments_of(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  std::string text = model::ascii_lower(url.substr(0, url.find('?')));
  if (text.starts_with(kScheme)) {
    const std::size_t version = std::min(text.find('/', kScheme.size()), text.size() - 1);
    text.erase(0, std::min(text.find('/', version + 1), text.size()));
  }
  std::vector<std::string> segments;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    if (end > begin) segments.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return segments;
}

}  // namespace

GraphPath graph_path(std::string_view url) {
  using Kind = GraphPath::Kind;
  std::vector<std::string> path = segments_of(url);
  if (!path.empty() && path.back() == "$ref") path.pop_back();
  constexpr std::string_view kByAppId = "serviceprincipals(appid='";
  if (path.size() == 1 && path[0].starts_with(kByAppId)) {
    const std::string id = path[0].substr(kByAppId.size());
    return {.kind = Kind::Principal, .group = {}, .object = id.substr(0, id.find('\'')), .by_app_id = true};
  }
  if (path.size() == 2 && (path[0] == "users" || path[0] == "serviceprincipals" || path[0] == "directoryobjects"))
    return {.kind = Kind::Principal, .group = {}, .object = path[1]};
  if (path.size() > 1 && path[0] == "groups") {
    if (path.size() == 2) return {.kind = Kind::Group, .group = path[1], .object = {}};
    if (path[2] == "members" && path.size() == 3) return {.kind = Kind::Members, .group = path[1], .object = {}};
    if (path[2] == "members" && path.size() == 4) return {.kind = Kind::Member, .group = path[1], .object = path[3]};
    const bool asks = path[2].starts_with("check") || path[2].starts_with("get");
    if (!asks && path[2].find("member") != std::string::npos)
      return {.kind = Kind::Requests, .group = path[1], .object = {}};
    return {};
  }
  // A group by another key than its id may be any.
  if (path.size() > 1 && path[0].starts_with("groups(") && path[1] == "members")
    return {.kind = Kind::Requests, .group = {}, .object = {}};
  // Who may activate a membership is in no group until then.
  const bool governs = path.size() > 3 && path[0] == "identitygovernance" && path[1] == "privilegedaccess";
  if (governs && path[2] == "group" && path[3].starts_with("assignment"))
    return {.kind = Kind::Requests, .group = {}, .object = {}};
  return {};
}

std::optional<GraphRequest> graph_request(const TerraformInstance& instance, bool removed) {
  if (instance.data) return std::nullopt;
  const Attribute& in = instance.attributes;
  if (instance.type == "msgraph_update_resource") {
    if (removed || !is_applied(instance)) return std::nullopt;
    return GraphRequest{.method = "patch", .url = in["url"].text()};
  }
  if (instance.type == "msgraph_resource_action") {
    if (!is_requested(instance, removed)) return std::nullopt;
    GraphRequest request{.method = model::ascii_lower(in["method"].text().value_or("post")), .url = std::nullopt};
    if (in["method"].is_later()) request.method.clear();
    request.url = in["resource_url"].text();
    if (!request.url) request.url = in["url"].text();
    if (in["action"].is_later()) request.url.reset();
    if (const auto action = in["action"].text(); action && request.url) *request.url += '/' + *action;
    return request;
  }
  if (instance.type != "msgraph_resource") return std::nullopt;
  GraphRequest request{.method = "post", .url = in["url"].text()};
  if (removed) request.method = "delete";
  // A reference is there as long as its resource is.
  if (!request.url || request.url->ends_with("$ref")) return request;
  if (instance.is_new && !removed) return request;
  if (!removed && !is_applied(instance)) return std::nullopt;
  if (!removed) request.method = "patch";
  auto id = in["id"].text();
  if (!id) id = instance.before["id"].text();
  *request.url += '/' + id.value_or("{id}");
  return request;
}

bool may_join(const Attribute& body) {
  const auto sets = [&](std::string_view key) { return body[key].is_told() || body[key].is_later(); };
  return body.is_later() || sets("@odata.id") || sets("members@odata.bind") || changes_rule(body, {});
}

bool changes_rule(const Attribute& body, const Attribute& before) {
  return std::any_of(kRule.begin(), kRule.end(), [&](std::string_view key) {
    if (body[key].is_partly_later()) return true;
    if (!body[key].is_told()) return false;
    // A list of kinds of groups makes no difference where it is as long as before.
    return body[key].text() != before[key].text() || body[key].size() != before[key].size();
  });
}

}  // namespace acrbiter::parser
