#include "parser/what_if.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "model/ascii.h"
#include "parser/arm_value.h"
#include "parser/infrastructure.h"
#include "parser/lower_common.h"
#include "parser/rest_object.h"

namespace acrbiter::parser {

namespace {

using nlohmann::json;

Value changes_of(const Value& document, std::string_view list = "changes") {
  const Value changes = document[list];
  return changes.is_array() ? changes : document["properties"][list];
}

bool is_what_if(const Value& v) {
  const Value changes = changes_of(v);
  if (!changes.is_array()) return false;
  if (changes.size() == 0) return has(v, "status");
  const Value first = *changes.begin();
  return has(first, "resourceId") && has(first, "changeType");
}

/// What the service could not evaluate stays an expression in the answer: `[reference(…).principalId]`.
std::string text_from(std::string_view text) {
  const bool is_open =
      text.size() > 2 && text.front() == '[' && text.back() == ']' && text.find('(') != std::string_view::npos;
  if (!is_open) return std::string(text);
  return arm::shown(arm::unknown_text(text.substr(1, text.size() - 2)));
}

json copied(const Value& value) {
  switch (value.kind()) {
    case ValueKind::Boolean:
      return value.boolean().value_or(false);
    case ValueKind::Number:
      return value.number().value_or(0);
    case ValueKind::String:
      return text_from(value.text());
    case ValueKind::Array: {
      json result = json::array();
      for (const Value each : value) result.push_back(copied(each));
      return result;
    }
    case ValueKind::Object: {
      json result = json::object();
      for (const Value each : value) result[std::string(each.key())] = copied(each);
      return result;
    }
    default:
      return nullptr;
  }
}

/// What is not known of the resource of a change, by its place in the answer: ids are long, and some are expressions.
std::string unknown_in(const Value& change, const LoweringContext& context, std::string_view what) {
  const std::string pointer = change.pointer();
  const std::string place = "changes[" + std::string(last_segment(pointer)) + "].";
  return model::unknown_segment(std::string(context.file_name) + ": " + place + std::string(what));
}

/// A role assignment of which no more is known than that it is made: anybody may get any role, anywhere.
void declare_unseen_assignment(const Value& change, LoweringContext& context) {
  Declaration declaration;
  declaration.address = std::string(context.file_name) + ": " + std::string(change["resourceId"].text());
  declaration.file = context.file;
  declaration.pointer = change.pointer();
  declaration.offset = change.offset();
  const std::string scope = unknown_in(change, context, "scope");
  const std::string name = unknown_in(change, context, "name");
  const json properties = {{"scope", scope},
                           {"principalId", unknown_in(change, context, "principalId")},
                           {"roleDefinitionId", unknown_in(change, context, "roleDefinitionId")},
                           {"condition", nullptr}};
  declaration.object = json{
      {"id", scope + "/providers/Microsoft.Authorization/roleAssignments/" + name},
      {"name", name},
      {"type", "Microsoft.Authorization/roleAssignments"},
      {"properties",
       properties}}.dump(-1, ' ', false, json::error_handler_t::replace);
  context.infrastructure.declarations.push_back(std::move(declaration));
}

/// One resource of the change set as `state` shows it.
void declare(const Value& change, const Value& state, const RestShape& shape, LoweringContext& context) {
  const std::string_view id = change["resourceId"].text();
  Declaration declaration;
  declaration.effect = shape.changes_only ? Declaration::Effect::Change : Declaration::Effect::Set;
  declaration.address = std::string(context.file_name) + ": " + std::string(id);
  declaration.file = context.file;
  declaration.pointer = change.pointer();
  declaration.offset = change.offset();
  json object = {{"id", id}, {"name", last_segment(id)}, {"type", shape.type}};
  json properties = json::object();
  for (const std::string_view name : shape.properties) {
    const Value value = state["properties"][name];
    if (!value.is_absent()) properties[std::string(name)] = copied(value);
  }
  prune_properties(shape, properties);
  if (model::equal_ignoring_case(shape.type, "Microsoft.Authorization/roleAssignments")) {
    // The answer shows the whole resource: what it leaves out is not there.
    if (!properties.contains("condition")) properties["condition"] = nullptr;
    const std::string_view scope =
        id.substr(0, find_ignoring_case(id, "/providers/Microsoft.Authorization/roleAssignments/"));
    properties["scope"] = scope.empty() ? std::string_view("/") : scope;
    if (!properties.contains("principalId")) properties["principalId"] = unknown_in(change, context, "principalId");
    if (!properties.contains("roleDefinitionId")) {
      properties["roleDefinitionId"] = unknown_in(change, context, "roleDefinitionId");
    }
  }
  object["properties"] = std::move(properties);
  if (const Value sku = state["sku"]["name"]; shape.sku && sku.is_string()) object["sku"] = {{"name", sku.text()}};
  if (const Value identity = state["identity"]; shape.identity && identity.is_object()) {
    json& kept = object["identity"];
    kept = {{"type", identity["type"].text()}};
    if (!identity["principalId"].text().empty()) kept["principalId"] = identity["principalId"].text();
    if (const Value assigned = identity["userAssignedIdentities"]; assigned.is_object()) {
      for (const Value each : assigned) {
        json& one = kept["userAssignedIdentities"][std::string(each.key())];
        one = json::object();
        for (const std::string_view name : {"principalId", "clientId"}) {
          if (!each[name].text().empty()) one[std::string(name)] = each[name].text();
        }
      }
    }
  }
  declaration.object = object.dump(-1, ' ', false, json::error_handler_t::replace);
  context.infrastructure.declarations.push_back(std::move(declaration));
}

/// Something whose state after the deployment the answer does not show: what exports show of it may not hold.
void forget(const Value& change, const RestShape& shape, bool certain, LoweringContext& context) {
  const auto is = [&](std::string_view type) { return model::equal_ignoring_case(shape.type, type); };
  const bool registry = is("Microsoft.ContainerRegistry/registries");
  const bool role = is("Microsoft.Authorization/roleDefinitions");
  const bool child =
      is("Microsoft.ContainerRegistry/registries/scopeMaps") || is("Microsoft.ContainerRegistry/registries/tokens");
  const bool lock = is("Microsoft.Authorization/locks");
  if (!registry && !role && !child && !lock && !is(kDenyAssignments)) return;
  declare(change, Value(), shape, context);
  Declaration& declaration = context.infrastructure.declarations.back();
  if (role) {
    declaration.open = {"permissions"};
  } else if (registry || child) {
    declaration.open.assign(shape.properties.begin(), shape.properties.end());
  }
  if (child) declaration.effect = Declaration::Effect::Open;
  declaration.certain = certain;
}

void warn_open(const Value& change, const std::string& why, LoweringContext& context) {
  context.warn("what-if-open", change,
               "what becomes of " + model::quoted(change["resourceId"].text()) + " is not known: " + why,
               "answers about what depends on it may be incomplete: read the template itself");
}

/// A change of which the answer does not tell what it is, or whether it is made.
void leave_open(const Value& change, const RestShape* shape, const std::string& why, LoweringContext& context) {
  const std::string_view id = change["resourceId"].text();
  // Without its name even the id may hold an expression, and what it is shows in the type at most.
  const bool is_assignment = contains_ignoring_case(id, "roleAssignments");
  const bool matters = shape != nullptr || is_assignment || contains_ignoring_case(id, "denyAssignments") ||
                       contains_ignoring_case(id, "Microsoft.ContainerRegistry");
  if (matters) warn_open(change, why, context);
  if (context.infrastructure.side != PlanSide::After) return;
  if (is_assignment && shape != nullptr) {
    declare(change, Value(), *shape, context);
  } else if (is_assignment) {
    declare_unseen_assignment(change, context);
  } else if (shape != nullptr) {
    forget(change, *shape, false, context);
  }
}

void lower_change(const Value& change, LoweringContext& context) {
  const std::string_view id = change["resourceId"].text();
  const std::string_view kind = change["changeType"].text();
  const RestShape* shape = find_rest_shape(arm_type_in(id));
  const auto is = [&](std::string_view name) { return model::equal_ignoring_case(kind, name); };
  if (is("Unsupported")) {
    leave_open(change, shape, model::quoted(change["unsupportedReason"].text()), context);
    return;
  }
  if (shape == nullptr) return;
  const bool after = context.infrastructure.side == PlanSide::After;
  Value state = change[after ? "after" : "before"];
  if (is("Ignore")) {  // it is there and stays as it is
    const auto is_shown = [](const Value& shown) {
      const Value properties = shown["properties"];
      return properties.is_object() && properties.begin() != properties.end();
    };
    if (!is_shown(state)) state = change[after ? "before" : "after"];
    if (!is_shown(state)) return;
  }
  if (is("Delete") && after) {
    Declaration& declaration = context.infrastructure.declarations.emplace_back();
    declaration.effect = Declaration::Effect::Remove;
    declaration.address = std::string(context.file_name) + ": " + std::string(id);
    declaration.object = json{{"id", id}, {"type", shape->type}}.dump(-1, ' ', false, json::error_handler_t::replace);
    declaration.file = context.file;
    declaration.pointer = change.pointer();
    declaration.offset = change.offset();
    return;
  }
  if (is("Create") && !after) return;
  if (state.is_object()) {
    declare(change, state, *shape, context);
  } else if (is("NoEffect")) {
    return;
  } else {
    warn_open(change, "the answer does not show it", context);
    const bool is_assignment = model::equal_ignoring_case(shape->type, "Microsoft.Authorization/roleAssignments");
    if (is_assignment && after) declare(change, state, *shape, context);
    if (after) forget(change, *shape, true, context);
  }
}

void lower_what_if(const Value& document, LoweringContext& context) {
  const Value changes = changes_of(document);
  context.count("changes", changes.size());
  for (const Value change : changes) lower_change(change, context);
  const Value potential = changes_of(document, "potentialChanges");
  if (potential.is_array()) {
    for (const Value change : potential)
      leave_open(change, find_rest_shape(arm_type_in(change["resourceId"].text())),
                 "whether it is deployed is known only then", context);
  }
  const std::string_view status = document["status"].text();
  if (status.empty() || model::equal_ignoring_case(status, "Succeeded")) return;
  context.warn("what-if-open", document["status"], "the what-if answer has the status " + model::quoted(status),
               "it may not show all changes: run it again");
}

constexpr std::array kWhatIfDocuments = {ObjectFormat{"what-if", is_what_if, lower_what_if}};

}  // namespace

std::span<const ObjectFormat> what_if_document_formats() { return kWhatIfDocuments; }

std::size_t note_before_what_if(std::string_view text) noexcept {
  constexpr std::size_t kLooked = 4096;
  if (!text.starts_with("Note: ")) return 0;
  const std::size_t line = text.substr(0, kLooked).find("\n{");
  return line == std::string_view::npos ? 0 : line + 1;
}

}  // namespace acrbiter::parser
