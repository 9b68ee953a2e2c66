// snapshot show: what was read, and what is missing for full answers.
#include <algorithm>
#include <array>
#include <ostream>
#include <set>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/data.h"
#include "cli/json_writer.h"
#include "cli/missing.h"
#include "cli/report/diagnostics.h"
#include "cli/report/names.h"

namespace acrbiter::cli {
namespace {

using model::Registry;
using model::Snapshot;
using report::Look;
using report::Style;

struct Total {
  std::string_view name;
  std::size_t count;
};

std::size_t described(const Snapshot& snapshot, std::initializer_list<model::PrincipalKind> kinds) {
  return static_cast<std::size_t>(
      std::count_if(snapshot.principals.begin(), snapshot.principals.end(), [&](const model::Principal& principal) {
        return principal.described && std::find(kinds.begin(), kinds.end(), principal.kind) != kinds.end();
      }));
}

std::size_t management_groups(const Snapshot& snapshot) {
  std::set<std::string_view> keys;
  for (const model::HierarchyEdge& edge : snapshot.hierarchy) {
    for (const std::string_view key : {std::string_view(edge.child), std::string_view(edge.parent)}) {
      if (model::scope_kind(key) == model::ScopeKind::ManagementGroup) keys.insert(key);
    }
  }
  return keys.size();
}

/// Source: contract.md, section 5
std::array<Total, 14> totals(const Snapshot& snapshot) {
  using Kind = model::PrincipalKind;
  const auto count = [](const auto& list, auto matches) {
    return static_cast<std::size_t>(std::count_if(list.begin(), list.end(), matches));
  };
  const auto has_condition = [](const auto& row) {
    return row.condition != model::kNoCondition && row.condition != model::kConditionNotShown;
  };
  return {{
      {"roleAssignments", snapshot.role_assignments.size()},
      // Those of PIM too: a role that is activated is assigned under its condition.
      {"withCondition",
       count(snapshot.role_assignments, has_condition) + count(snapshot.schedule_instances, has_condition)},
      {"roleDefinitions", count(snapshot.roles, [](const auto& r) { return r.defined && !r.from_catalogue; })},
      {"denyAssignments", snapshot.deny_assignments.size()},
      {"registries", snapshot.registries.size()},
      {"tokens", snapshot.tokens.size()},
      {"scopeMaps", snapshot.scope_maps.size()},
      {"tasks", snapshot.tasks.size()},
      {"users", described(snapshot, {Kind::User})},
      {"groups", described(snapshot, {Kind::Group, Kind::ForeignGroup})},
      {"servicePrincipals", described(snapshot, {Kind::ServicePrincipal})},
      {"memberships", snapshot.memberships.size()},
      {"managementGroups", management_groups(snapshot)},
      {"eligibilities", count(snapshot.schedule_instances, [](const auto& i) { return i.eligible; })},
  }};
}

// ---- JSON ---------------------------------------------------------------------------------------------------

void write(JsonWriter& json, std::string_view name, const std::optional<std::string>& value) {
  json.key(name);
  if (value) {
    json.value(*value);
  } else {
    json.null();
  }
}

void write(JsonWriter& json, std::string_view name, const std::optional<bool>& value) {
  json.key(name);
  if (value) {
    json.value(*value);
  } else {
    json.null();
  }
}

void write_network_rules(JsonWriter& json, const Registry& registry) {
  json.key("networkRuleSet");
  if (!registry.network_rule_set) {
    json.null();
    return;
  }
  const model::NetworkRuleSet& rules = *registry.network_rule_set;
  json.begin_object();
  write(json, "defaultAction", rules.default_action);
  json.key("ipRules").begin_array();
  for (const model::IpRule& rule : rules.ip_rules) json.value(rule.value);
  json.end_array().key("virtualNetworkRules");
  if (rules.virtual_network_rules) {
    json.begin_array();
    for (const model::VirtualNetworkRule& rule : *rules.virtual_network_rules) json.value(rule.subnet_id);
    json.end_array();
  } else {
    json.null();
  }
  json.end_object();
}

void write_registry(JsonWriter& json, const Registry& registry) {
  json.begin_object().member("name", registry.name).member("id", registry.id).key("mode");
  const std::string_view mode = report::mode_word(registry.mode);
  if (mode.empty()) {
    json.null();
  } else {
    json.value(mode);
  }
  write(json, "modeText", registry.mode_text);
  write(json, "loginServer", registry.login_server);
  write(json, "sku", registry.sku);
  write(json, "adminUserEnabled", registry.admin_user_enabled);
  write(json, "anonymousPullEnabled", registry.anonymous_pull_enabled);
  write(json, "publicNetworkAccess", registry.public_network_access);
  write(json, "networkRuleBypassOptions", registry.network_rule_bypass_options);
  write(json, "networkRuleBypassAllowedForTasks", registry.bypass_allowed_for_tasks);
  write_network_rules(json, registry);
  json.key("privateEndpointConnections");
  if (registry.private_endpoint_connections) {
    json.begin_array();
    for (const model::PrivateEndpointConnection& connection : *registry.private_endpoint_connections) {
      json.value(connection.status);
    }
    json.end_array();
  } else {
    json.null();
  }
  json.key("policies").begin_object();
  for (const auto& [name, status] : registry.policies) json.member(name, status);
  json.end_object().key("repositories");
  if (registry.repositories) {
    json.value(std::uint64_t{registry.repositories->size()});
  } else {
    json.null();
  }
  json.end_object();
}

std::string to_json(const Snapshot& snapshot) {
  JsonWriter json(JsonWriter::Layout::Indented);
  json.begin_object().key("files").begin_array();
  for (const model::SourceFile& file : snapshot.files) {
    json.begin_object().member("path", file.path).member("kind", file.kind).member("dialect", file.dialect);
    json.member("read", file.read).member("incomplete", file.incomplete).key("counts").begin_object();
    for (const auto& [name, count] : file.counts) json.member(name, std::uint64_t{count});
    json.end_object().end_object();
  }
  json.end_array().key("totals").begin_object();
  for (const Total& total : totals(snapshot)) json.member(total.name, std::uint64_t{total.count});
  json.end_object().key("registries").begin_array();
  for (const Registry& registry : snapshot.registries) write_registry(json, registry);
  json.end_array().key("warnings").begin_array();
  for (const model::Warning& warning : snapshot.warnings) {
    json.begin_object().member("code", warning.code).member("message", warning.where.message);
    json.member("file", warning.where.file).member("pointer", warning.where.pointer);
    json.member("help", warning.where.help).end_object();
  }
  json.end_array().key("missing").begin_array();
  for (const MissingDatum& datum : missing_data(snapshot)) {
    json.begin_object().member("what", datum.what).member("subject", datum.subject);
    json.member("matters", datum.matters).member("needs", datum.command).end_object();
  }
  json.end_array().end_object();
  return std::move(json).take();
}

// ---- people -------------------------------------------------------------------------------------------------

std::string counts_of(const model::SourceFile& file) {
  if (!file.read) return "not read";
  std::vector<std::string> parts;
  for (const auto& [name, count] : file.counts) parts.push_back(fmt::format("{} {}", count, name));
  if (file.incomplete) parts.emplace_back("a page is missing");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string setting(std::string_view name, const std::optional<bool>& value) {
  return fmt::format("{} {}", name, !value ? "unknown" : *value ? "on" : "off");
}

std::string network_of(const Registry& registry) {
  if (!registry.public_network_access) return "public access unknown";
  std::string result = "public access " + report::escape(*registry.public_network_access);
  if (registry.network_rule_set && registry.network_rule_set->default_action) {
    result += fmt::format(", default {}, {}", report::escape(*registry.network_rule_set->default_action),
                          report::counted(registry.network_rule_set->ip_rules.size(), "IP rule"));
  }
  return result;
}

std::string to_text(const Snapshot& snapshot, const Look& look) {
  std::string result = look.paint(Style::Strong, "Files") + "\n";
  std::vector<std::vector<std::string>> rows;
  for (const model::SourceFile& file : snapshot.files) {
    rows.push_back({"  " + report::escape(file.path), report::escape(file.kind), file.dialect, counts_of(file)});
  }
  result += report::table({}, rows, look);

  result += report::heading("Totals", look);
  rows.clear();
  for (const Total& total : totals(snapshot))
    rows.push_back({fmt::format("  {}", total.name), std::to_string(total.count)});
  result += report::table({}, rows, look);

  result += report::heading("Registries", look);
  for (const Registry& registry : snapshot.registries) {
    const std::string_view mode = report::mode_word(registry.mode);
    const std::string line =
        fmt::format("{}: {}; {}; {}; {}", report::quote(registry.name),
                    mode.empty() ? std::string("permission mode not in the data")
                                 : fmt::format("{} mode", mode == "abac" ? "ABAC" : mode),
                    setting("admin user", registry.admin_user_enabled),
                    setting("anonymous pull", registry.anonymous_pull_enabled), network_of(registry));
    result += report::wrap(line, "  ", 4, look.width);
  }
  if (snapshot.registries.empty()) result += "  none\n";

  if (!snapshot.warnings.empty()) {
    result += report::heading("Warnings", look);
    result += report::warnings(snapshot.warnings, snapshot.warnings.size(), look);
  }
  const auto missing = missing_data(snapshot);
  if (!missing.empty()) {
    result += report::heading("Missing for full answers", look);
    for (const MissingDatum& datum : missing) {
      const std::string subject = datum.subject.empty() ? std::string() : " of " + report::quote(datum.subject);
      result += report::wrap(fmt::format("{}{}: {}", datum.what, subject, datum.matters), "  - ", 4, look.width);
      result += "      " + report::escape(datum.command) + "\n";  // to be copied, so in one piece
    }
  }
  return result;
}

ExitCode show(const Invocation& invocation) {
  const auto data = load_data(invocation, Warnings::LeftToReport);
  if (!data) return ExitCode::InputError;
  if (invocation.arguments.get("--output").value_or("human") == "json") {
    invocation.streams.out << to_json(data->snapshot) << '\n';
  } else {
    invocation.streams.out << to_text(data->snapshot, invocation.look);
  }
  return ExitCode::Yes;
}

constexpr std::array kSnapshotOptions = {options::kData,   options::kDemo,       options::kConfig,
                                         options::kAssume, options::kDeployment, options::kStrict,
                                         options::kOutput, options::kColour,     options::kWidth};

}  // namespace

constinit const Command kSnapshotShow{.name = "snapshot show",
                                      .aliases = {},
                                      .summary = "what was read, and what is missing for full answers",
                                      .synopsis = "[--data PATH]… [-o json]",
                                      .positionals = {},
                                      .options = kSnapshotOptions,
                                      .notes = "",
                                      .examples = R"(  # which files were understood as what
  $ acrbiter snapshot show --data exports

  # is every registry's permission mode known?
  $ acrbiter snapshot show --data exports -o json | jq '.registries[] | {name, mode}'
)",
                                      .run = show};

}  // namespace acrbiter::cli
