#include "parser/lower_rbac.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/ascii.h"
#include "parser/builtin_roles.h"
#include "parser/lower_common.h"
#include "parser/value_arena.h"

namespace acrbiter::parser {

namespace {

constexpr std::string_view kEveryoneId = "00000000-0000-0000-0000-000000000000";
constexpr std::string_view kManagementGroups = "/providers/Microsoft.Management/managementGroups/";

bool type_ends_in(const Value& object, std::string_view end) {
  const std::string_view type = object["type"].text();
  return type.size() >= end.size() && model::equal_ignoring_case(type.substr(type.size() - end.size()), end);
}

/// The members of an ARM object: `properties` in REST and Resource Graph, the object itself elsewhere.
Value body_of(const Value& object) {
  const Value properties = object["properties"];
  return properties.is_object() ? properties : object;
}

/// Resource Graph writes types in lower case and leaves out members that are null.
bool is_resource_graph(const Value& object) {
  const std::string_view type = object["type"].text();
  return type.starts_with("microsoft.") && object["properties"].is_object();
}

/// True for rows as the CLI, REST and PowerShell list them for one subscription. Rows of Resource Graph, whatever a
/// query made of them, may come from the whole tenant. Source: input-formats 1.4, 6
bool lists_one_subscription(const Value& row) {
  return row["type"].text() == "Microsoft.Authorization/roleAssignments" || !row["ObjectId"].is_none();
}

model::PrincipalKind principal_kind(std::string_view type) {
  struct Name {
    std::string_view text;
    model::PrincipalKind kind;
  };
  static constexpr std::array kNames = {
      Name{"User", model::PrincipalKind::User},
      Name{"Group", model::PrincipalKind::Group},
      Name{"ServicePrincipal", model::PrincipalKind::ServicePrincipal},
      Name{"ForeignGroup", model::PrincipalKind::ForeignGroup},
      Name{"Device", model::PrincipalKind::Device},
      Name{"AgentUser", model::PrincipalKind::Agent},
      Name{"AgentServicePrincipal", model::PrincipalKind::Agent},
  };
  const auto found = std::find_if(kNames.begin(), kNames.end(),
                                  [&](const Name& n) { return model::equal_ignoring_case(n.text, type); });
  return found == kNames.end() ? model::PrincipalKind::Unknown : found->kind;
}

/// The scope before "/providers/Microsoft.Authorization/KIND/…" in an id; "/" if nothing stands before it.
std::optional<std::string_view> scope_in_id(std::string_view id, std::string_view kind) {
  const std::string part = "/providers/Microsoft.Authorization/" + std::string(kind) + "/";
  std::size_t last = std::string_view::npos;
  for (std::size_t from = 0;;) {
    const std::size_t found = find_ignoring_case(id.substr(from), part);
    if (found == std::string_view::npos) break;
    last = from + found;
    from = last + 1;
  }
  if (last == std::string_view::npos) return std::nullopt;
  return last == 0 ? std::string_view("/") : id.substr(0, last);
}

/// What the members `condition` and `conditionVersion` say; a missing one leaves the condition open.
model::ConditionIndex condition_of(const Value& condition, const Value& version, LoweringContext& context) {
  if (condition.is_absent()) return model::kConditionNotShown;
  if (condition.is_none()) return model::kNoCondition;
  if (!condition.is_string()) {
    context.error("`condition` is " + std::string(kind_name(condition)) + " where text is expected", condition,
                  wrong_kind_help(condition));
    return model::kConditionNotShown;
  }
  if (model::is_named_unknown(condition.text())) return model::kConditionNotShown;  // infrastructure code
  return context.builder.condition(condition.text(), version.text());
}
model::ConditionIndex condition_of(const Value& body, LoweringContext& context) {
  return condition_of(body["condition"], body["conditionVersion"], context);
}

/// The scope of `what` ("role assignment", …). One that is cut off may be any that begins like it.
model::ScopeIndex scope_of(std::string_view text, std::string_view what, const Value& where, LoweringContext& context) {
  const std::optional<std::string> completed = completed_scope(text);
  if (!completed) return context.builder.scope(text);
  context.warn("scope-cut-off", where,
               "the scope " + model::quoted(text) + " of a " + std::string(what) + " is no scope of Azure",
               "where it holds is not known: export it again, or write the whole id");
  return context.builder.scope(*completed);
}

// ---- role assignments ---------------------------------------------------------------------------------------

/// What nearly every row of the largest lists looks like; stands first because recognising is a cost per row.
bool is_typed_role_assignment(const Value& v) {
  if (!type_ends_in(v, "/roleAssignments")) return false;
  const std::string_view role = body_of(v)["roleDefinitionId"].text();
  return !role.empty() && !role.starts_with("NA(classic");
}

bool is_role_assignment(const Value& v) {
  if (!v.is_object()) return false;
  const Value body = body_of(v);
  const bool names_role = has(body, "roleDefinitionId") || has(v, "properties_roleDefinitionId");
  const bool names_principal = has(body, "principalId") || has(body, "objectId") || has(v, "properties_principalId");
  return names_role && (names_principal || type_ends_in(v, "/roleAssignments"));
}

bool is_classic_administrator(const Value& v) {
  if (type_ends_in(v, "/classicAdministrators")) return true;
  if (contains_ignoring_case(v["id"].text(), "/classicAdministrators/")) return true;
  const Value role = body_of(v)["roleDefinitionId"];
  if (role.text().starts_with("NA(classic")) return true;
  // PowerShell: no ids at all, and the classic roles' names joined by semicolons.
  return has(v, "RoleDefinitionId") && role.is_none() && v["ObjectId"].is_none() &&
         contains_ignoring_case(v["RoleDefinitionName"].text(), "Administrator");
}

void lower_classic_administrator(const Value& v, LoweringContext& context) {
  context.count("classicAdministrators");
  context.warn("classic-administrator", v, "a classic administrator is skipped",
               "classic administrators were retired on 2024-08-31");
}

/// The members of a role assignment in all dialects, found in one pass: a list may have millions of rows.
struct AssignmentRow {
  Value id, name, scope, principal, principal_type, principal_name, display_name, sign_in_name, role, role_name,
      condition, condition_version, delegated_identity;
};

struct AssignmentMember {
  std::string_view key;
  Value AssignmentRow::*place;
};
constexpr std::array kAssignmentMembers = {
    AssignmentMember{"id", &AssignmentRow::id},
    AssignmentMember{"name", &AssignmentRow::name},
    AssignmentMember{"scope", &AssignmentRow::scope},
    AssignmentMember{"objectId", &AssignmentRow::principal},
    AssignmentMember{"condition", &AssignmentRow::condition},
    AssignmentMember{"objectType", &AssignmentRow::principal_type},
    AssignmentMember{"signInName", &AssignmentRow::sign_in_name},
    AssignmentMember{"principalId", &AssignmentRow::principal},
    AssignmentMember{"displayName", &AssignmentRow::display_name},
    AssignmentMember{"principalType", &AssignmentRow::principal_type},
    AssignmentMember{"principalName", &AssignmentRow::principal_name},
    AssignmentMember{"roleDefinitionId", &AssignmentRow::role},
    AssignmentMember{"roleAssignmentId", &AssignmentRow::id},
    AssignmentMember{"conditionVersion", &AssignmentRow::condition_version},
    AssignmentMember{"roleDefinitionName", &AssignmentRow::role_name},
    AssignmentMember{"roleAssignmentName", &AssignmentRow::name},
    AssignmentMember{"delegatedManagedIdentityResourceId", &AssignmentRow::delegated_identity},
    // Resource Graph columns that a query did not rename.
    AssignmentMember{"properties_scope", &AssignmentRow::scope},
    AssignmentMember{"properties_condition", &AssignmentRow::condition},
    AssignmentMember{"properties_principalId", &AssignmentRow::principal},
    AssignmentMember{"properties_principalType", &AssignmentRow::principal_type},
    AssignmentMember{"properties_roleDefinitionId", &AssignmentRow::role},
    AssignmentMember{"properties_conditionVersion", &AssignmentRow::condition_version},
};

void gather(const Value& object, AssignmentRow& row) {
  for (const Value value : object) {
    const std::string_view key = value.key();
    for (const AssignmentMember& member : kAssignmentMembers) {
      if (member.key.size() != key.size() || !model::equal_ignoring_case(member.key, key)) continue;
      Value& place = row.*member.place;
      if (place.is_none()) place = value;
      break;
    }
  }
}

/// What a row says of its principal besides the id. A directory export says it better, so nothing is replaced.
void note_principal(model::PrincipalIndex index, const AssignmentRow& row, LoweringContext& context) {
  model::Principal& principal = context.builder.draft().principals[model::at(index)];
  if (principal.kind == model::PrincipalKind::Unknown) principal.kind = principal_kind(row.principal_type.text());

  AssignmentNotes& notes = context.assignments;
  if (!row.principal_name.is_none() || !row.display_name.is_none() || !row.sign_in_name.is_none()) {
    notes.names_given = true;
  } else if (principal.kind != model::PrincipalKind::ForeignGroup && row.delegated_identity.is_none() &&
             (row.principal_name.is_string() || !row.display_name.is_absent())) {
    // Those of another tenant have no name here, and are there all the same.
    notes.nameless.push_back({index, model::equal_ignoring_case(row.principal_type.text(), "Unknown")});
  }

  if (principal.described) return;
  if (principal.display_name.empty()) principal.display_name = row.display_name.text();
  if (principal.user_principal_name.empty()) principal.user_principal_name = row.sign_in_name.text();
  if (row.principal_name.is_none()) return;
  const std::string_view name = row.principal_name.text();
  switch (principal.kind) {
    case model::PrincipalKind::User:
      if (principal.user_principal_name.empty()) principal.user_principal_name = name;
      break;
    case model::PrincipalKind::ServicePrincipal:
    case model::PrincipalKind::Agent:
      // The first service principal name: as a rule the application id, sometimes a URI. Source: input-formats 1.1
      if (is_guid(name) && principal.app_id.empty()) principal.app_id = model::ascii_lower(name);
      add_alias(principal, name);
      break;
    default:
      if (principal.display_name.empty()) principal.display_name = name;
  }
}

bool is_above_subscriptions(model::ScopeKind kind) {
  return kind == model::ScopeKind::Root || kind == model::ScopeKind::ManagementGroup;
}

/// Index of the subscription that was listed, if the row's role id tells. Source: input-formats 1.2
std::uint32_t listed_for(model::ScopeKind kind, std::string_view role_id, LoweringContext& context) {
  if (!is_above_subscriptions(kind)) return 0;
  if (context.assignments.whole_tenant) return 0;
  const std::string key = model::scope_key(role_id);
  const std::string_view subscription = model::subscription_of(key);
  if (subscription.empty()) return 0;
  return context.builder.listed_subscription(std::string_view(key).substr(0, 15 + subscription.size()));
}

bool is_usual_id(std::string_view id, std::string_view scope, std::string_view name) {
  constexpr std::string_view kMiddle = "/providers/Microsoft.Authorization/roleAssignments/";
  if (scope == "/") scope = {};
  return id.size() == scope.size() + kMiddle.size() + name.size() &&
         model::equal_ignoring_case(id.substr(0, scope.size()), scope) &&
         model::equal_ignoring_case(id.substr(scope.size(), kMiddle.size()), kMiddle);
}

/// A row that says one thing in `properties` and another beside it is of nobody knows which place, person or role.
void check_agreement(const AssignmentRow& outer, const AssignmentRow& inner, LoweringContext& context) {
  const auto check = [&](const Value& a, const Value& b, auto key) {
    if (a.is_none() || b.is_none() || key(a.text()) == key(b.text())) return;
    context.error("a role assignment has one " + model::quoted(b.key()) + " in `properties` and another beside them", b,
                  "only one of the two can be meant: export it again");
  };
  const auto as_is = [](std::string_view text) { return text; };
  check(outer.scope, inner.scope, model::scope_key);
  check(outer.principal, inner.principal, [](std::string_view text) { return model::ascii_lower(text); });
  check(outer.role, inner.role, [](std::string_view text) { return model::ascii_lower(last_segment(text)); });
  check(outer.condition, inner.condition, as_is);
}

/// Both places in which the members of a row stand.
AssignmentRow row_of(const Value& v, LoweringContext& context) {
  AssignmentRow row;
  gather(v, row);
  const Value properties = v["properties"];
  if (!properties.is_object()) return row;
  AssignmentRow inner;
  gather(properties, inner);
  // A column that a query calls `scope` may hold a word for the kind of it.
  if (!inner.scope.is_none() && !row.scope.text().starts_with('/')) row.scope = inner.scope;
  check_agreement(row, inner, context);
  for (const AssignmentMember& member : kAssignmentMembers) {
    if ((row.*member.place).is_none()) row.*member.place = inner.*member.place;
  }
  return row;
}

/// Where the row holds. One that does not say may hold anywhere.
model::ScopeIndex assignment_scope(const Value& v, const AssignmentRow& in, std::string_view folders,
                                   LoweringContext& context) {
  std::string_view scope = in.scope.text();
  if (scope.empty()) scope = scope_in_id(in.id.text(), "roleAssignments").value_or(std::string_view());
  if (scope.empty()) scope = folders;
  if (!scope.empty()) return scope_of(scope, "role assignment", in.scope.is_none() ? v : in.scope, context);
  context.warn("assignment-without-scope", v, "a role assignment does not say at which scope, so it may hold anywhere",
               "export with `az role assignment list --all`");
  const std::string_view name = in.id.is_none() ? in.name.text() : last_segment(in.id.text());
  return context.builder.scope(
      model::named_unknown("unreadable scope" + (name.empty() ? "" : " of " + std::string(name))));
}

void lower_assignment(const Value& v, std::string_view folders, LoweringContext& context) {
  model::Snapshot& draft = context.builder.draft();
  draft.role_assignments_given = true;
  const AssignmentRow in = row_of(v, context);
  const bool names_role = !in.role.text().empty();
  if (in.principal.text().empty()) {
    context.warn("assignment-unusable", v, "a role assignment without `principalId`",
                 "the row grants nothing; export it again with all columns");
    return;
  }
  if (!names_role) {
    context.warn("assignment-without-role", v, "a role assignment without `roleDefinitionId`",
                 "which role it gives is not known: export it again with all columns");
  }
  const std::string unreadable_role = model::named_unknown("unreadable role");
  const std::string_view role_id = names_role ? in.role.text() : unreadable_role;
  const bool resource_graph = is_resource_graph(v);
  if (!lists_one_subscription(v)) context.assignments.whole_tenant = true;

  model::RoleAssignment row;
  row.file = context.file;
  row.principal = context.builder.principal(in.principal.text());
  note_principal(row.principal, in, context);
  row.role = context.builder.role(role_id);
  model::RoleDefinition& definition = draft.roles[model::at(row.role)];
  if (definition.name.empty() && names_role) definition.name = in.role_name.text();

  const std::string_view id = in.id.text();
  row.scope = assignment_scope(v, in, folders, context);
  const model::Scope& placed = draft.scopes[model::at(row.scope)];
  // Of which management group a row is that breaks off, its list does not tell either.
  const model::ScopeKind kind =
      placed.key.find(kUnreadable) == std::string::npos ? placed.kind : model::ScopeKind::OtherRoot;
  row.listed_for = listed_for(kind, role_id, context);
  row.tenant = context.tenant_of(v, model::subscription_of(draft.scopes[model::at(row.scope)].key));
  // A whole role id without a subscription is of a list of the management group's own.
  const bool bare = role_id.find('/') == std::string_view::npos;
  if (bare && is_above_subscriptions(kind))
    context.assignments.placed_by_others.push_back(draft.role_assignments.size());

  const std::string_view name = id.empty() ? in.name.text() : last_segment(id);
  row.name = name;
  if (!id.empty() && !is_usual_id(id, draft.scopes[model::at(row.scope)].display, name)) row.id = id;

  row.condition = condition_of(in.condition, in.condition_version, context);
  if (resource_graph && row.condition == model::kConditionNotShown) row.condition = model::kNoCondition;
  context.count("roleAssignments");
  if (row.condition != model::kNoCondition && row.condition != model::kConditionNotShown) {
    context.count("withCondition");
  }
  // PowerShell shows a list of one so, and AzOps has a file for each assignment.
  model::SourceFile& file = draft.files[model::at(context.file)];
  const bool alone = v.pointer().empty() && v["ObjectId"].is_none() && file.dialect != "azops";
  file.one_assignment = alone && file.counts["roleAssignments"] == 1;
  draft.role_assignments.push_back(std::move(row));
}

void lower_role_assignment(const Value& v, LoweringContext& context) { lower_assignment(v, {}, context); }

bool is_azops_file(const Value& v) {
  const Value resources = v["resources"];
  if (!contains_ignoring_case(v["$schema"].text(), "deploymentTemplate.json") || !resources.is_array() ||
      resources.size() != 1) {
    return false;
  }
  const Value resource = *resources.begin();
  const std::string_view principal = resource["properties"]["principalId"].text();
  return type_ends_in(resource, "/roleAssignments") && !has(resource, "scope") && !principal.empty() &&
         !principal.starts_with('[') && has(resource["properties"], "objectType");
}

void lower_azops_file(const Value& v, LoweringContext& context) {
  context.builder.draft().files[model::at(context.file)].dialect = "azops";
  lower_assignment(*v["resources"].begin(), scope_of_folders(context.file_path).value_or(std::string()), context);
}

// ---- role definitions ---------------------------------------------------------------------------------------

bool is_role_definition(const Value& v) {
  if (!v.is_object() || has(v, "principalId")) return false;
  const Value body = body_of(v);
  if (type_ends_in(v, "/roleDefinitions") || has(body, "roleName")) return has(body, "permissions");
  const bool grants = has(body, "permissions") || has(v, "actions") || has(v, "dataActions");
  return grants && v["name"].is_string() && (has(v, "assignableScopes") || has(v, "isCustom"));
}

/// A list of actions. Text in its place is a list that PowerShell cut: it joins the elements by blanks, and of one
/// element only that is left.
std::vector<std::string> actions_of(const Value& list, LoweringContext& context) {
  std::vector<std::string> actions = list_of_texts(list, context);
  const auto is_end = [](char c) { return c == ' ' || c == '\t' || c == '/' || c == '\n' || c == '\r'; };
  const auto odd = std::find_if(actions.begin(), actions.end(), [&](const std::string& a) {
    return a.empty() || is_end(a.front()) || is_end(a.back());
  });
  if (odd != actions.end()) {
    context.warn("action-spelling", list, "the action " + model::quoted(*odd) + " has blanks or slashes at its ends",
                 "it is compared as it stands and most likely matches nothing");
  }
  return actions;
}

model::Permission permission_of(const Value& entry, LoweringContext& context) {
  model::Permission permission;
  permission.actions = actions_of(entry["actions"], context);
  permission.not_actions = actions_of(entry["notActions"], context);
  permission.data_actions = actions_of(entry["dataActions"], context);
  permission.not_data_actions = actions_of(entry["notDataActions"], context);
  permission.condition = condition_of(entry, context);
  return permission;
}

/// The entries of a role or deny assignment (`what`); PowerShell lays a single one out flat.
std::vector<model::Permission> permissions_of(const Value& body, std::string_view what, LoweringContext& context) {
  std::vector<model::Permission> permissions;
  const Value entries = body["permissions"];
  const auto add = [&](const Value& entry) {
    if (entry.is_object()) {
      permissions.push_back(permission_of(entry, context));
      return;
    }
    context.error("an entry of `permissions` is " + std::string(kind_name(entry)) + " where an object is expected",
                  entry, wrong_kind_help(entry));
  };
  if (entries.is_array()) {
    for (const Value entry : entries) add(entry);
  } else if (entries.is_object()) {
    add(entries);
  } else if (entries.is_none() && !body.any("actions", "notActions", "dataActions", "notDataActions").is_absent()) {
    permissions.push_back(permission_of(body, context));
  } else if (entries.is_absent()) {
    context.error("a " + std::string(what) + " has no `permissions`", body, "export it again with all columns");
  } else {
    context.error("`permissions` is " + std::string(kind_name(entries)) + " where a list is expected", entries,
                  wrong_kind_help(entries));
  }
  return permissions;
}

void lower_role_definition(const Value& v, LoweringContext& context) {
  std::optional<model::RoleDefinition> role = read_role_definition(v, context);
  if (!role) return;
  const bool flat = body_of(v)["permissions"].is_absent();
  role->flat = flat;
  const bool shows_condition = std::any_of(role->permissions.begin(), role->permissions.end(), [](const auto& p) {
    return p.condition != model::kNoCondition && p.condition != model::kConditionNotShown;
  });
  const bool shows_none = std::all_of(role->permissions.begin(), role->permissions.end(),
                                      [](const auto& p) { return p.condition == model::kConditionNotShown; });
  // Built-in roles known to carry conditions or several entries, and flat built-in roles whose one condition may have
  // belonged to one of several entries. Source: azure-rbac-semantics 3
  const bool carries = carries_conditions(role->guid);
  role->conditions_lost = (carries && (flat || (shows_none && !shows_condition))) ||
                          (flat && shows_condition && role->type == model::RoleType::BuiltIn);
  for (model::Permission& p : role->permissions) {
    if (p.condition == model::kConditionNotShown) p.condition = model::kNoCondition;
  }
  if (role->conditions_lost) {
    context.warn(
        "role-conditions-lost", v,
        "the definition of " + model::quoted(role->name) + " may have lost conditions or separate permission entries",
        "export role definitions with `az role definition list`");
  }
  context.count("roleDefinitions");
  if (!role->guid.empty()) {
    if (role->type == model::RoleType::BuiltIn) context.count("builtInRoles");
    if (role->type == model::RoleType::Custom) context.count("customRoles");
  } else {
    context.warn("role-unusable", v,
                 "the role " + model::quoted(role->name) + " has no id, so no assignment can name it",
                 "an input file for a custom role has none: export it with `az role definition list`");
  }
  const std::string guid = role->guid;
  const bool lost = role->conditions_lost;
  const std::string name = role->name;
  if (context.builder.define_role(std::move(*role)) || lost) return;
  const model::Snapshot& draft = context.builder.draft();
  if (!draft.roles[model::at(context.builder.role(guid))].contradicted) return;
  context.warn("role-defined-twice", v, "the role " + model::quoted(name) + " is defined before, and otherwise",
               "what it grants counts as not known; remove the older export");
}

// ---- deny assignments ---------------------------------------------------------------------------------------

bool is_deny_assignment(const Value& v) {
  if (!v.is_object()) return false;
  const Value body = body_of(v);
  return type_ends_in(v, "/denyAssignments") || has(body, "denyAssignmentName") ||
         (has(body, "excludePrincipals") && has(body, "principals"));
}

/// Whom the list `key` of a deny assignment names. A principal that cannot be read is an error: left out, it would not
/// be denied.
std::vector<model::DenyPrincipal> deny_principals(const Value& body, std::string_view key, bool required,
                                                  LoweringContext& context) {
  std::vector<model::DenyPrincipal> principals;
  const auto add = [&](const Value& entry) {
    if (!entry.is_object()) {
      context.error(
          model::quoted(key) + " holds " + std::string(kind_name(entry)) + " where an object with an `id` is expected",
          entry, wrong_kind_help(entry));
      return;
    }
    const std::string_view id = entry.any("id", "objectId").text();
    const std::string_view type = entry.any("type", "objectType").text();
    const bool everyone = id == kEveryoneId || model::equal_ignoring_case(type, "Everyone");
    if (id.empty() && !everyone) {
      context.error("a principal of a deny assignment has no id", entry, "export it again with all columns");
      return;
    }
    const model::PrincipalIndex index = context.builder.principal(id.empty() ? kEveryoneId : id);
    model::Principal& principal = context.builder.draft().principals[model::at(index)];
    if (principal.kind == model::PrincipalKind::Unknown) principal.kind = principal_kind(type);
    if (principal.display_name.empty()) principal.display_name = entry["displayName"].text();
    principals.push_back({.principal = index, .everyone = everyone});
  };
  const Value list = body[key];
  if (list.is_object()) {
    add(list);
  } else if (list.is_array()) {
    for (const Value entry : list) add(entry);
  } else if (required && list.is_absent()) {
    context.error("a deny assignment does not say whom it denies: it has no " + model::quoted(key), body,
                  "export it again with all columns");
  } else if (required || !list.is_none()) {
    context.error(model::quoted(key) + " is " + std::string(kind_name(list)) + " where a list is expected", list,
                  wrong_kind_help(list));
  }
  return principals;
}

/// Where a deny assignment holds: `scope`, or else what its id says. Anywhere else it would deny nothing.
model::ScopeIndex deny_scope(const Value& body, std::string_view id, LoweringContext& context) {
  const Value scope = body["scope"];
  const std::string_view text =
      scope.is_none() ? scope_in_id(id, "denyAssignments").value_or(std::string_view()) : scope.text();
  const model::ScopeIndex index =
      model::starts_with_ignoring_case(text, "/subscriptions/") || model::starts_with_ignoring_case(text, "/providers/")
          ? scope_of(text, "deny assignment", scope.is_none() ? body : scope, context)
          : context.builder.scope(text);
  const model::Scope& known = context.builder.draft()[index];
  const bool is_elsewhere = known.kind == model::ScopeKind::OtherRoot && !known.key.starts_with("/providers/") &&
                            !model::is_named_unknown(known.key);  // infrastructure code
  if (scope.is_none() && text.empty()) {
    context.error("a deny assignment does not say at which scope it holds", scope.is_absent() ? body : scope,
                  "export it again with all columns");
  } else if (text.empty() || is_elsewhere || known.kind == model::ScopeKind::None) {
    const std::string what = scope.is_string() || scope.is_none() ? model::quoted(text) : std::string(kind_name(scope));
    context.error("the scope of a deny assignment is " + what + ", which is no scope of Azure",
                  scope.is_none() ? body : scope,
                  "a scope is `/`, or begins with `/subscriptions/` or `/providers/` and ends in a name");
  }
  return index;
}

void lower_deny_assignment(const Value& v, LoweringContext& context) {
  model::Snapshot& draft = context.builder.draft();
  draft.deny_assignments_given = true;
  const Value body = body_of(v);
  model::DenyAssignment deny;
  deny.file = context.file;
  deny.id = v["id"].text();
  deny.name = body["denyAssignmentName"].text();
  if (deny.name.empty()) deny.name = v["name"].text();
  deny.description = body["description"].text();
  deny.scope = deny_scope(body, deny.id, context);
  deny.permissions = permissions_of(body, "deny assignment", context);
  for (model::Permission& p : deny.permissions) {
    if (p.condition == model::kConditionNotShown) p.condition = model::kNoCondition;
  }
  deny.principals = deny_principals(body, "principals", true, context);
  deny.exclude_principals = deny_principals(body, "excludePrincipals", false, context);
  const Value own_scope_only = body["doNotApplyToChildScopes"];
  deny.do_not_apply_to_child_scopes = flag_of(own_scope_only).value_or(false);
  if (!own_scope_only.is_none() && !flag_of(own_scope_only)) {
    context.error("`doNotApplyToChildScopes` is neither true nor false", own_scope_only,
                  wrong_kind_help(own_scope_only));
  }
  deny.system_protected = flag_of(body["isSystemProtected"]).value_or(false);
  deny.condition = condition_of(body, context);
  if (deny.condition == model::kConditionNotShown) deny.condition = model::kNoCondition;
  const Value effect_given = body["denyAssignmentEffect"];
  const std::string_view effect =
      effect_given.is_string() || effect_given.is_none() ? effect_given.text() : kind_name(effect_given);
  if (model::equal_ignoring_case(effect, "audit")) {
    deny.effect = model::DenyEffect::Audit;
  } else if (!effect.empty() && !model::equal_ignoring_case(effect, "enforced")) {
    deny.effect = model::DenyEffect::Unknown;
    deny.effect_text = effect;
    context.warn("unknown-deny-effect", effect_given,
                 "a deny assignment has the effect " + model::quoted(effect) + ", which counts as enforced");
  }
  const bool denies_something = std::any_of(deny.permissions.begin(), deny.permissions.end(), [](const auto& p) {
    return !p.actions.empty() || !p.data_actions.empty();
  });
  if (deny.principals.empty() || !denies_something) {
    context.warn("deny-unusable", v,
                 deny.principals.empty() ? "a deny assignment denies nobody: its `principals` are empty"
                                         : "a deny assignment denies nothing: it names no actions and no data actions",
                 "it has no effect; if that is not meant, export it again");
  }
  context.count("denyAssignments");
  draft.deny_assignments.push_back(std::move(deny));
}

// ---- PIM ----------------------------------------------------------------------------------------------------

bool is_eligible_instance(const Value& v) {
  return v.is_object() && (type_ends_in(v, "/roleEligibilityScheduleInstances") ||
                           (has(body_of(v), "roleEligibilityScheduleId") && has(body_of(v), "principalId")));
}

bool is_active_instance(const Value& v) {
  return v.is_object() && (type_ends_in(v, "/roleAssignmentScheduleInstances") ||
                           (has(body_of(v), "roleAssignmentScheduleId") && has(body_of(v), "principalId")) ||
                           // columns picked by hand
                           (has(body_of(v), "startDateTime") && has(body_of(v), "endDateTime") &&
                            has(body_of(v), "principalId") && !has(body_of(v), "roleEligibilityScheduleId")));
}

/// Schedules and requests are plans of PIM; the instances say what is in force.
bool is_other_schedule(const Value& v) {
  static constexpr std::array<std::string_view, 5> kTypes = {
      "/roleEligibilitySchedules", "/roleAssignmentSchedules", "/roleEligibilityScheduleRequests",
      "/roleAssignmentScheduleRequests", "/roleManagementPolicyAssignments"};
  return std::any_of(kTypes.begin(), kTypes.end(), [&](std::string_view t) { return type_ends_in(v, t); });
}

void lower_instance(const Value& v, LoweringContext& context, bool eligible) {
  model::Snapshot& draft = context.builder.draft();
  draft.schedule_instances_given = true;
  const Value body = body_of(v);
  const Value principal = body["principalId"];
  const Value role = body["roleDefinitionId"];
  if (principal.text().empty() || role.text().empty()) {
    context.warn("schedule-unusable", v, "a PIM instance names no principal or no role");
    return;
  }
  model::ScheduleInstance instance;
  instance.eligible = eligible;
  instance.file = context.file;
  instance.id = v["id"].text();
  instance.principal = context.builder.principal(principal.text());
  model::Principal& known = draft.principals[model::at(instance.principal)];
  const Value expanded = body["expandedProperties"]["principal"];
  if (known.kind == model::PrincipalKind::Unknown) known.kind = principal_kind(body["principalType"].text());
  if (known.display_name.empty()) known.display_name = expanded["displayName"].text();
  if (known.user_principal_name.empty() && known.kind == model::PrincipalKind::User) {
    known.user_principal_name = expanded["email"].text();
  }
  instance.role = context.builder.role(role.text());
  model::RoleDefinition& definition = draft.roles[model::at(instance.role)];
  if (definition.name.empty()) definition.name = body["expandedProperties"]["roleDefinition"]["displayName"].text();
  std::string_view scope = body.any("scope", "scopeId").text();
  if (scope.empty()) {
    scope = scope_in_id(instance.id, eligible ? "roleEligibilityScheduleInstances" : "roleAssignmentScheduleInstances")
                .value_or(std::string_view());
  }
  instance.scope = scope.empty() ? context.builder.scope(model::named_unknown("unreadable scope"))
                                 : scope_of(scope, "PIM instance", v, context);
  // Members that are null are left out by some tools, and this API has always had the member.
  instance.condition = condition_of(body, context);
  if (body["condition"].is_absent()) instance.condition = model::kNoCondition;
  const auto time = [&](std::string_view key, bool& open) -> std::optional<model::Timestamp> {
    const Value value = body[key];
    open = model::is_named_unknown(value.text());
    if (open) return std::nullopt;
    const std::optional<model::Timestamp> result = model::parse_timestamp(value.text());
    if (!value.is_none() && !result) {
      context.error("the date " + model::quoted(value.text()) + " of a PIM instance cannot be read", value,
                    "write it as 2026-01-31T09:00:00Z, or export it again");
    }
    return result;
  };
  instance.start = time("startDateTime", instance.start_open);
  // Nothing says what a missing start means in an export; in code it is the deployment.
  if (body["startDateTime"].is_none() && !context.file_path.empty()) instance.start_open = true;
  instance.end = time("endDateTime", instance.end_open);
  instance.status = body["status"].text();
  instance.member_type = body["memberType"].text();
  instance.assignment_type = body["assignmentType"].text();
  instance.origin_role_assignment_id = model::ascii_lower(body["originRoleAssignmentId"].text());
  context.count(eligible ? "eligibilities" : "activeInstances");
  if (instance.condition != model::kNoCondition) context.count("withCondition");
  draft.schedule_instances.push_back(std::move(instance));
}

void lower_eligible(const Value& v, LoweringContext& context) { lower_instance(v, context, true); }
void lower_active(const Value& v, LoweringContext& context) { lower_instance(v, context, false); }

// ---- management groups --------------------------------------------------------------------------------------

/// Scope key of a management group given by id or name, or of a subscription given by id.
std::string hierarchy_key(std::string_view id) {
  if (id.empty()) return {};
  if (id.front() == '/') {
    // `…/managementGroups/X/subscriptions/S` is subscription S under X.
    const std::size_t below = find_ignoring_case(id, "/subscriptions/");
    if (below != std::string_view::npos && below > 0) id = id.substr(below);
    return model::scope_key(id);
  }
  return model::scope_key(std::string(kManagementGroups) + std::string(id));
}

void add_edge(std::string_view child, std::string_view parent, LoweringContext& context) {
  std::string key = hierarchy_key(child);
  if (key.empty()) return;
  context.builder.add_below(std::move(key), hierarchy_key(parent));
}

bool is_subscription_id(std::string_view id) { return !model::subscription_of(model::scope_key(id)).empty(); }

/// Counts one node of a tree, which is of a tenant (0: not shown), and adds the edges below it.
void lower_children(const Value& children, std::string_view parent, std::uint32_t tenant, LoweringContext& context) {
  if (!children.is_array()) return;
  std::set<std::string> below;
  for (const Value child : children) {
    const std::string_view id = child["id"].text();
    if (id.empty()) {
      context.warn("hierarchy-unusable", child, "a child of a management group has no id");
      continue;
    }
    const bool is_subscription = is_subscription_id(hierarchy_key(id));
    context.count(is_subscription ? "subscriptions" : "managementGroups");
    if (is_subscription && tenant != 0) context.builder.note_tenant(last_segment(id), tenant);
    add_edge(id, parent, context);
    below.insert(hierarchy_key(id));
    lower_children(child["children"], id, tenant, context);
  }
  context.builder.add_children(hierarchy_key(parent), std::move(below));
}

bool is_management_group(const Value& v) {
  if (!v.is_object()) return false;
  const std::string_view type = v["type"].text();
  if (contains_ignoring_case(type, "Microsoft.Management/managementGroups")) return true;
  const Value body = body_of(v);
  if (has(body, "parentNameChain") || has(body, "managementGroupAncestorsChain")) return true;
  const std::string_view id = v["id"].text();
  return type == "/subscriptions" ||
         (id.size() > kManagementGroups.size() &&
          model::equal_ignoring_case(id.substr(0, kManagementGroups.size()), kManagementGroups) &&
          last_segment(id).size() + kManagementGroups.size() == id.size() && !has(v, "roleDefinitionId"));
}

void lower_management_group(const Value& v, LoweringContext& context) {
  const Value body = body_of(v);
  const std::string_view id = v["id"].text();
  if (id.empty()) {
    context.warn("hierarchy-unusable", v, "a management group or subscription has no id");
    return;
  }
  const bool is_subscription = is_subscription_id(hierarchy_key(id));
  context.count(is_subscription ? "subscriptions" : "managementGroups");

  // Nearest first; ends at the root, whose name is the tenant's id.
  Value chain = body["managementGroupAncestorsChain"];
  if (chain.is_absent()) chain = body["details"]["managementGroupAncestorsChain"];
  if (chain.is_array() && chain.size() > 0) {
    std::string below(id);
    for (const Value ancestor : chain) {
      const std::string name(ancestor["name"].text());
      if (name.empty()) break;
      add_edge(below, name, context);
      below = name;
    }
    add_edge(below, {}, context);
  } else {
    const Value details = body["details"];
    Value parent = body["parent"];
    if (parent.is_absent()) parent = details["parent"];
    std::string_view parent_id = parent["id"].text();
    if (parent_id.empty()) parent_id = body.any("parentId", "parentName").text();
    const bool says_none = !parent_id.empty() || !parent.is_absent() || has(body, "parentId") || details.is_object();
    if (says_none && (!parent_id.empty() || !is_subscription)) add_edge(id, parent_id, context);
  }
  const std::string_view subscription = is_subscription ? last_segment(id) : std::string_view();
  const std::uint32_t tenant = context.tenant_of(v, subscription);
  lower_children(body["children"], id, tenant != 0 ? tenant : context.tenant_of(body, subscription), context);
}

bool is_plain_hierarchy(const Value& v) {
  return v["managementGroups"].is_object() && (v["subscriptions"].is_object() || v.size() == 1);
}

void lower_plain_hierarchy(const Value& v, LoweringContext& context) {
  for (const Value group : v["managementGroups"]) {
    context.count("managementGroups");
    add_edge(group.key(), group.text(), context);
  }
  for (const Value subscription : v["subscriptions"]) {
    context.count("subscriptions");
    const std::string id = subscription.key().starts_with('/') ? std::string(subscription.key())
                                                               : "/subscriptions/" + std::string(subscription.key());
    add_edge(id, subscription.text(), context);
  }
}

constexpr std::array kRbacFormats = {
    ObjectFormat{"role-assignments", is_typed_role_assignment, lower_role_assignment},
    ObjectFormat{"pim-eligible-instances", is_eligible_instance, lower_eligible},
    ObjectFormat{"pim-active-instances", is_active_instance, lower_active},
    ObjectFormat{"pim-schedules", is_other_schedule, nullptr},
    ObjectFormat{"classic-administrators", is_classic_administrator, lower_classic_administrator},
    ObjectFormat{"role-assignments", is_role_assignment, lower_role_assignment},
    ObjectFormat{"deny-assignments", is_deny_assignment, lower_deny_assignment},
    ObjectFormat{"role-definitions", is_role_definition, lower_role_definition},
    ObjectFormat{"management-groups", is_management_group, lower_management_group},
};

constexpr std::array kRbacDocuments = {
    ObjectFormat{"role-assignments", is_azops_file, lower_azops_file},
    ObjectFormat{"management-groups", is_plain_hierarchy, lower_plain_hierarchy},
};

}  // namespace

std::span<const ObjectFormat> rbac_formats() { return kRbacFormats; }
std::span<const ObjectFormat> rbac_document_formats() { return kRbacDocuments; }

std::optional<model::RoleDefinition> read_role_definition(const Value& object, LoweringContext& context) {
  const Value body = body_of(object);
  model::RoleDefinition role;
  const std::string_view id = object["id"].text();
  const Value role_name = body["roleName"];
  if (!id.empty()) {
    role.guid = model::ascii_lower(last_segment(id.substr(0, id.find('|'))));
  } else if (!role_name.is_none() || is_guid(object["name"].text())) {
    role.guid = model::ascii_lower(object["name"].text());
  }
  role.name = role_name.is_none() ? object["name"].text() : role_name.text();
  const std::string_view type = body.any("roleType", "type").text();
  const std::optional<bool> is_custom = flag_of(object["isCustom"]);
  if (model::equal_ignoring_case(type, "BuiltInRole") || is_custom == false) {
    role.type = model::RoleType::BuiltIn;
  } else if (model::equal_ignoring_case(type, "CustomRole") || is_custom == true) {
    role.type = model::RoleType::Custom;
  }
  role.description = body["description"].text();
  role.permissions = permissions_of(body, "role definition", context);
  role.assignable_scopes = texts_of(body["assignableScopes"]);
  if (role.guid.empty() && role.name.empty()) {
    context.warn("role-unusable", object, "a role definition has neither id nor name");
    return std::nullopt;
  }
  return role;
}

void finish_rbac_file(LoweringContext& context, std::size_t first_assignment) {
  model::Snapshot& draft = context.builder.draft();
  const auto begin = draft.role_assignments.begin() + static_cast<std::ptrdiff_t>(first_assignment);
  const auto end = draft.role_assignments.end();
  const AssignmentNotes notes = std::exchange(context.assignments, {});

  std::size_t not_shown = 0;
  for (auto row = begin; row != end; ++row) {
    if (row->condition == model::kConditionNotShown) ++not_shown;
  }
  if (not_shown > 0) {
    context.warn("condition-not-shown", {},
                 std::to_string(not_shown) + " role assignments cannot show whether they have conditions",
                 "export with the Azure CLI, or with API version 2022-04-01 or later");
  }
  if (!notes.placed_by_others.empty() && !notes.whole_tenant) {
    std::set<std::string, std::less<>> subscriptions;
    for (auto row = begin; row != end && subscriptions.size() < 2; ++row) {
      const std::string_view subscription = model::subscription_of(draft[row->scope].key);
      if (!subscription.empty()) subscriptions.emplace(subscription);
      if (row->listed_for > 0) subscriptions.emplace(draft.listed_subscriptions[row->listed_for - 1].substr(15));
    }
    if (subscriptions.size() == 1) {
      const std::uint32_t listed = context.builder.listed_subscription("/subscriptions/" + *subscriptions.begin());
      for (const std::size_t row : notes.placed_by_others) draft.role_assignments[row].listed_for = listed;
    }
  }
  if (!notes.names_given) return;
  for (const auto& [index, gone] : notes.nameless) {
    model::Principal& principal = draft.principals[model::at(index)];
    if (!principal.display_name.empty() || !principal.user_principal_name.empty()) continue;
    (gone ? principal.orphaned : principal.unresolved) = true;
  }
}

namespace {

/// The principals that more than assignments shows: members and groups, and the identities of workloads, registries and
/// what hangs below them.
std::vector<bool> shown_principals(model::SnapshotBuilder& builder) {
  const model::Snapshot& draft = builder.draft();
  std::set<std::string, std::less<>> ids;
  const auto add = [&](const model::ManagedIdentity& identity) {
    ids.insert(identity.principal_id);
    for (const auto& user : identity.user_assigned) ids.insert(user.principal_id);
  };
  for (const model::Workload& workload : draft.workloads) {
    ids.insert(workload.principal_id);
    ids.insert(workload.control_plane_principal_id);
  }
  for (const model::Registry& registry : draft.registries) add(registry.identity);
  for (const model::Task& task : draft.tasks) add(task.identity);
  for (const model::CredentialSet& set : draft.credential_sets) add(set.identity);
  std::vector<bool> shown(draft.principals.size());
  for (const model::Membership& membership : draft.memberships)
    shown[model::at(membership.member)] = shown[model::at(membership.group)] = true;
  for (std::size_t i = 0; i < shown.size(); ++i)
    shown[i] = shown[i] || draft.principals[i].described || ids.contains(draft.principals[i].id);
  return shown;
}

/// Rows that Azure would refuse. What a management group covers is not looked up: it may cover anything.
/// Source: azure-rbac-semantics 11 and 16
void warn_of_misplaced(const model::Snapshot& draft,
                       const std::function<void(std::string_view, std::string, std::string)>& warn) {
  struct Placed {
    bool anywhere = true;
    bool with_data_actions = false;
    std::vector<std::string> scopes;  ///< keys
  };
  std::vector<Placed> custom(draft.roles.size());
  for (std::size_t i = 0; i < custom.size(); ++i) {
    const model::RoleDefinition& role = draft.roles[i];
    if (role.type != model::RoleType::Custom) continue;
    custom[i].with_data_actions =
        std::any_of(role.permissions.begin(), role.permissions.end(),
                    [](const model::Permission& permission) { return !permission.data_actions.empty(); });
    for (const std::string& scope : role.assignable_scopes) custom[i].scopes.push_back(model::scope_key(scope));
    custom[i].anywhere = custom[i].scopes.empty() ||
                         std::any_of(custom[i].scopes.begin(), custom[i].scopes.end(), [](const std::string& key) {
                           const model::ScopeKind kind = model::scope_kind(key);
                           return kind == model::ScopeKind::Root || kind == model::ScopeKind::ManagementGroup;
                         });
  }
  struct Rows {
    std::size_t count = 0;
    const model::RoleAssignment* first = nullptr;
    void add(const model::RoleAssignment& row) {
      if (++count == 1) first = &row;
    }
  } outside, above;
  for (const model::RoleAssignment& row : draft.role_assignments) {
    const Placed& role = custom[model::at(row.role)];
    const model::Scope& scope = draft[row.scope];
    const auto covers = [&](const std::string& key) {
      return model::scope_covers(key, scope.key) != model::Truth::False;
    };
    if (!role.anywhere && std::none_of(role.scopes.begin(), role.scopes.end(), covers)) outside.add(row);
    if (role.with_data_actions && scope.kind == model::ScopeKind::ManagementGroup) above.add(row);
  }
  const auto first = [&](const Rows& rows) {
    return model::quoted(draft[rows.first->role].name) + " at " + model::quoted(draft[rows.first->scope].display);
  };
  const auto counted = [](const Rows& rows, std::string_view one, std::string_view many) {
    return rows.count == 1 ? "1 role assignment " + std::string(one)
                           : std::to_string(rows.count) + " role assignments " + std::string(many);
  };
  const std::string help = "Azure makes no such assignment: one of the exports may be older than the other";
  if (outside.count > 0) {
    warn("outside-assignable-scopes",
         counted(outside, "stands", "stand") + " outside the assignableScopes of its role: " + first(outside) +
             (outside.count > 1 ? " is the first" : ""),
         help);
  }
  if (above.count > 0) {
    warn("data-actions-at-management-group",
         counted(above, "is", "are") + " at a management group, of a custom role with data actions: " + first(above) +
             (above.count > 1 ? " is the first" : ""),
         help);
  }
}

}  // namespace

void finish_rbac(model::SnapshotBuilder& builder) {
  model::Snapshot& draft = builder.draft();
  const auto warn = [&](std::string_view code, std::string message, std::string help) {
    model::Warning& warning = draft.warnings.emplace_back();
    warning.code = code;
    warning.where.message = std::move(message);
    warning.where.help = std::move(help);
  };

  if (draft.tenants.size() > 1) {
    warn("several-tenants",
         "the exports are of " + std::to_string(draft.tenants.size()) + " tenants, " + model::quoted(draft.tenants[0]) +
             " and " + model::quoted(draft.tenants[1]) + (draft.tenants.size() > 2 ? " among them" : ""),
         "give the exports of one tenant at a time");
  }
  std::size_t orphans = 0;
  std::string first_orphan;
  const std::vector<bool> shown = shown_principals(builder);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    model::Principal& principal = draft.principals[i];
    if (principal.described) principal.orphaned = false;
    principal.unresolved = principal.unresolved && !principal.orphaned && !shown[i];
    const bool named = !principal.display_name.empty() || !principal.user_principal_name.empty();
    if ((principal.orphaned || principal.unresolved) && !named && ++orphans == 1) first_orphan = principal.id;
    if (!principal.may_be_gone.empty() && !principal.orphaned) principal.unresolved = true;
  }
  if (orphans > 0) {
    warn("orphaned-principal",
         std::to_string(orphans) +
             " principals of role assignments have no name: they are deleted or of another tenant, the first: " +
             model::quoted(first_orphan),
         "a deleted principal uses nothing; remove its assignments");
  }

  warn_of_misplaced(draft, warn);

  std::vector<bool> assigned(draft.roles.size());
  for (const model::RoleAssignment& row : draft.role_assignments) assigned[model::at(row.role)] = true;
  std::vector<std::string> unknown;
  for (std::size_t i = 0; i < draft.roles.size(); ++i) {
    const model::RoleDefinition& role = draft.roles[i];
    if (!assigned[i] || role.defined || role.contradicted || role.open || role.grants_nothing_here) continue;
    // What only the deployment will know is in no export; a role that code calls by its name may be.
    if (model::is_named_unknown(role.guid) && !role.guid.starts_with("{role ")) continue;
    // Each by itself, so that neither is cut because the other is long.
    unknown.push_back(role.name.empty() ? model::quoted(role.guid)
                                        : model::quoted(role.name) + " (" + model::quoted(role.guid) + ")");
  }
  if (!unknown.empty()) {
    constexpr std::size_t kShown = 3;
    std::string names;
    for (std::size_t i = 0; i < unknown.size() && i < kShown; ++i) names += (i > 0 ? ", " : "") + unknown[i];
    if (unknown.size() > kShown) names += ", …";
    warn("unknown-role",
         std::to_string(unknown.size()) +
             " assigned roles are not defined in the data and grant nothing known: " + names,
         "export them with `az role definition list --custom-role-only true`; a built-in role may have been retired");
  }
}

}  // namespace acrbiter::parser
