// catalog: the tables that answers are made from.
#include <algorithm>
#include <array>
#include <ostream>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/json_writer.h"
#include "cli/report/diagnostics.h"
#include "cli/report/text.h"
#include "evaluator/assumptions.h"
#include "evaluator/decision.h"
#include "evaluator/operations.h"
#include "evaluator/wildcard.h"
#include "parser/builtin_roles.h"
#include "parser/read.h"

namespace acrbiter::cli {
namespace {

using evaluator::Needs;
using evaluator::Operation;
using evaluator::Right;
using report::Look;
using Rows = std::vector<std::vector<std::string>>;

bool wants_json(const Invocation& invocation) {
  return invocation.arguments.get("--output").value_or("human") == "json";
}

// ---- operations ---------------------------------------------------------------------------------------------

std::string_view kind_word(evaluator::ActionKind kind) {
  return kind == evaluator::ActionKind::DataAction ? "dataAction" : "action";
}

/// The right without the prefix that most of them share.
std::string short_right(const Right& right) {
  constexpr std::string_view kPrefix = "Microsoft.ContainerRegistry/registries/";
  std::string_view action = right.action;
  if (action.starts_with(kPrefix)) action.remove_prefix(kPrefix.size());
  return std::string(action);
}

std::string short_needs(const Needs& needs, const Operation& operation) {
  if (needs.empty()) return operation.special == evaluator::Special::Login ? "none" : "no right exists";
  std::string result;
  for (const evaluator::AllOf& alternative : needs) {
    if (!result.empty()) result += " or ";
    for (std::size_t i = 0; i < alternative.size(); ++i) result += (i == 0 ? "" : " + ") + short_right(alternative[i]);
  }
  return result;
}

void write_needs(JsonWriter& json, std::string_view mode, const Needs& needs) {
  json.key(mode).begin_array();
  for (const evaluator::AllOf& alternative : needs) {
    json.begin_array();
    for (const Right& right : alternative) {
      json.begin_object().member("kind", kind_word(right.kind)).member("action", right.action).end_object();
    }
    json.end_array();
  }
  json.end_array();
}

std::vector<std::string> aliases_of(const Operation& operation) {
  std::vector<std::string> result;
  for (const evaluator::OperationAlias& alias : evaluator::operation_aliases()) {
    if (alias.id == operation.id) result.emplace_back(alias.alias);
  }
  return result;
}

ExitCode operations(const Invocation& invocation) {
  std::ostream& out = invocation.streams.out;
  if (wants_json(invocation)) {
    JsonWriter json(JsonWriter::Layout::Indented);
    json.begin_array();
    for (const Operation& operation : evaluator::operations()) {
      json.begin_object().member("id", operation.id).strings("aliases", aliases_of(operation));
      json.member("summary", operation.summary).member("client", operation.client);
      json.member("plane", operation.plane == evaluator::Plane::Data ? "data" : "control");
      json.member("door", operation.plane == evaluator::Plane::Data ? "registry" : "resource-manager");
      json.member("takesRepository", operation.takes_repository).key("needs").begin_object();
      write_needs(json, "legacy", operation.legacy);
      write_needs(json, "abac", operation.abac);
      json.end_object().member("source", operation.source).end_object();
    }
    json.end_array();
    out << json.text() << '\n';
    return ExitCode::Yes;
  }
  for (const evaluator::Plane plane : {evaluator::Plane::Data, evaluator::Plane::Control}) {
    const bool data = plane == evaluator::Plane::Data;
    out << invocation.look.paint(
               report::Style::Strong,
               data ? "Data plane: what the registry itself is asked"
                    : "\nControl plane: what Azure Resource Manager is asked; the same rights in both modes")
        << '\n';
    Rows rows;
    for (const Operation& operation : evaluator::operations()) {
      if (operation.plane != plane) continue;
      const std::string legacy = short_needs(operation.legacy, operation);
      const std::string abac = short_needs(operation.abac, operation);
      const std::string rights = data ? fmt::format("legacy: {}; ABAC: {}", legacy, abac) : abac;
      rows.push_back({fmt::format("  {}", operation.id), std::string(operation.client), rights});
    }
    out << report::table({"  operation", "client", "rights"}, rows, invocation.look);
  }
  out << "\nRights without a provider stand below Microsoft.ContainerRegistry/registries/.\n";
  for (const evaluator::OperationAlias& alias : evaluator::operation_aliases()) {
    out << fmt::format("{} is another name of {}.\n", alias.alias, alias.id);
  }
  return ExitCode::Yes;
}

// ---- roles --------------------------------------------------------------------------------------------------

bool any_matches(const std::vector<std::string>& patterns, std::string_view action) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return evaluator::wildcard_match(pattern, action, true); });
}

/// True if an entry of the role gives `right`, by the role alone: conditions may narrow it.
bool gives(const model::RoleDefinition& role, const Right& right) {
  const bool data = right.kind == evaluator::ActionKind::DataAction;
  return std::any_of(role.permissions.begin(), role.permissions.end(), [&](const model::Permission& entry) {
    return any_matches(data ? entry.data_actions : entry.actions, right.action) &&
           !any_matches(data ? entry.not_data_actions : entry.not_actions, right.action);
  });
}

/// The rights over data that a role gives in one mode. Source: acr-authorization A.3
std::vector<std::string> data_rights(const model::RoleDefinition& role, bool abac) {
  std::vector<std::string> result;
  for (const Right& right : evaluator::catalogue_rights()) {
    const bool counts =
        abac ? right.kind == evaluator::ActionKind::DataAction
             : right.kind == evaluator::ActionKind::Action && evaluator::is_legacy_data_action(right.action);
    if (counts && gives(role, right)) result.push_back(short_right(right));
  }
  return result;
}

ExitCode roles(const Invocation& invocation) {
  const auto snapshot = parser::read_documents({});
  if (!snapshot) {
    invocation.streams.err << report::errors(snapshot.error(), invocation.error_look);
    return ExitCode::Defect;
  }
  std::vector<const model::RoleDefinition*> shown;
  for (const model::RoleDefinition& role : snapshot->roles) {
    if (role.from_catalogue) shown.push_back(&role);
  }
  std::ostream& out = invocation.streams.out;
  if (wants_json(invocation)) {
    JsonWriter json(JsonWriter::Layout::Indented);
    json.begin_object().member("date", parser::builtin_roles_date()).key("roles").begin_array();
    for (const model::RoleDefinition* role : shown) {
      json.begin_object()
          .member("name", role->name)
          .member("guid", role->guid)
          .member("description", role->description);
      json.key("data").begin_object().strings("legacy", data_rights(*role, false));
      json.strings("abac", data_rights(*role, true)).end_object().key("permissions").begin_array();
      for (const model::Permission& entry : role->permissions) {
        json.begin_object().strings("actions", entry.actions).strings("notActions", entry.not_actions);
        json.strings("dataActions", entry.data_actions).strings("notDataActions", entry.not_data_actions);
        json.key("condition");
        if (at(entry.condition) < snapshot->conditions.size()) {
          json.value((*snapshot)[entry.condition].text);
        } else {
          json.null();
        }
        json.end_object();
      }
      json.end_array().end_object();
    }
    json.end_array().end_object();
    out << json.text() << '\n';
    return ExitCode::Yes;
  }
  Rows rows;
  for (const model::RoleDefinition* role : shown) {
    const auto cell = [&](bool abac) {
      const auto rights = data_rights(*role, abac);
      return rights.empty() ? std::string("-") : fmt::format("{}", fmt::join(rights, ", "));
    };
    rows.push_back({"  " + report::escape(role->name), fmt::format("legacy: {}; ABAC: {}", cell(false), cell(true))});
  }
  out << fmt::format("Built-in roles as of {}; a definition in the data wins. What each gives over registry data:\n\n",
                     parser::builtin_roles_date())
      << report::table({"  role", "rights over data in the legacy and in the ABAC permission mode"}, rows,
                       invocation.look);
  return ExitCode::Yes;
}

// ---- reasons and assumptions --------------------------------------------------------------------------------

ExitCode reasons(const Invocation& invocation) {
  if (wants_json(invocation)) {
    JsonWriter json(JsonWriter::Layout::Indented);
    json.begin_array();
    for (const evaluator::ReasonInfo& reason : evaluator::reason_table()) {
      json.begin_object().member("code", reason.code).member("meaning", reason.meaning);
      json.member("source", reason.source).end_object();
    }
    json.end_array();
    invocation.streams.out << json.text() << '\n';
    return ExitCode::Yes;
  }
  Rows rows;
  for (const evaluator::ReasonInfo& reason : evaluator::reason_table()) {
    rows.push_back({std::string(reason.code), fmt::format("{} [{}]", reason.meaning, reason.source)});
  }
  invocation.streams.out << report::table({"reason", "meaning [source]"}, rows, invocation.look);
  return ExitCode::Yes;
}

ExitCode assumptions(const Invocation& invocation) {
  const auto all = evaluator::assumption_register();
  if (wants_json(invocation)) {
    JsonWriter json(JsonWriter::Layout::Indented);
    json.begin_array();
    for (const evaluator::Assumption& entry : all) {
      json.begin_object().member("id", entry.name).member("question", entry.question);
      json.strings("readings", std::vector<std::string>(entry.readings.begin(), entry.readings.end()));
      json.member("default", entry.default_reading).member("source", entry.source).end_object();
    }
    json.end_array();
    invocation.streams.out << json.text() << '\n';
    return ExitCode::Yes;
  }
  invocation.streams.out
      << "Facts that Azure's documents leave open. Pin one with --assume ID=READING, in acrbiter.yaml or in a\n"
         "question; where it is listed, `unknown` makes every answer undetermined that depends on it.\n\n";
  Rows rows;
  for (const evaluator::Assumption& entry : all) {
    std::vector<std::string> readings(entry.readings.begin(), entry.readings.end());
    if (may_be_unknown(entry) && readings.back() != "unknown") readings.emplace_back("unknown");
    for (std::string& reading : readings) {
      if (reading == entry.default_reading) reading += " (default)";
    }
    rows.push_back(
        {std::string(entry.name), fmt::format("{} {} [{}]", entry.question, fmt::join(readings, " | "), entry.source)});
  }
  invocation.streams.out << report::table({}, rows, invocation.look);
  return ExitCode::Yes;
}

constexpr std::array kCatalogOptions = {options::kOutput, options::kColour, options::kWidth};

}  // namespace

constinit const Command kCatalogOperations{.name = "catalog operations",
                                           .aliases = {},
                                           .summary = "every operation and the rights it needs in each permission mode",
                                           .synopsis = "[-o json]",
                                           .positionals = {},
                                           .options = kCatalogOptions,
                                           .notes = "",
                                           .examples = R"(  # what does listing tags need on an ABAC registry?
  $ acrbiter catalog operations -o json | jq '.[] | select(.id == "list-tags") | .needs.abac'
)",
                                           .run = operations};

constinit const Command kCatalogRoles{
    .name = "catalog roles",
    .aliases = {},
    .summary = "the built-in roles and what they give over registry data in each mode",
    .synopsis = "[-o json]",
    .positionals = {},
    .options = kCatalogOptions,
    .notes = "",
    .examples = R"(  # which roles may delete images on an ABAC registry?
  $ acrbiter catalog roles -o json | jq -r '.roles[] | select(.data.abac | index("repositories/content/delete")) | .name'
)",
    .run = roles};

constinit const Command kCatalogReasons{
    .name = "catalog reasons",
    .aliases = {},
    .summary = "the reason codes of answers, what they mean and where the rule is from",
    .synopsis = "[-o json]",
    .positionals = {},
    .options = kCatalogOptions,
    .notes = "",
    .examples = R"(  $ acrbiter catalog reasons -o json | jq '.[] | select(.code == "ignored-by-mode")'
)",
    .run = reasons};

constinit const Command kCatalogAssumptions{
    .name = "catalog assumptions",
    .aliases = {},
    .summary = "what Azure's documents leave open, and how it is read",
    .synopsis = "[-o json]",
    .positionals = {},
    .options = kCatalogOptions,
    .notes = "",
    .examples = R"(  # everything that is undetermined unless you say what holds in your tenant
  $ acrbiter catalog assumptions -o json | jq -r '.[] | select(.default == "unknown") | .id'
)",
    .run = assumptions};

}  // namespace acrbiter::cli
