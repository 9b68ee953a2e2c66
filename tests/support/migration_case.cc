#include "tests/support/migration_case.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "model/ascii.h"

namespace acrbiter::spec {
namespace {

using Json = nlohmann::ordered_json;
namespace migration = evaluator::migration;

[[noreturn]] void fail(const std::string& message) { throw std::runtime_error(message); }

constexpr std::string_view kGroups = "/providers/microsoft.management/managementgroups/";
constexpr std::string_view kData = "Microsoft.ContainerRegistry/registries/";

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// Takes `plan`'s words about tasks and registries into the rows of one document.
void carry_out(Json& row, const migration::Plan& plan, migration::Stage stage) {
  if (stage == migration::Stage::Assigned || !row.is_object() || !row.contains("id") || !row.at("id").is_string())
    return;
  const std::string id = lower(row.at("id").get<std::string>());
  for (const migration::PlannedRegistry& registry : plan.registries) {
    if (lower(registry.id) == id) row["roleAssignmentMode"] = "AbacRepositoryPermissions";
    for (const migration::TaskNeed& task : plan.tasks) {
      if (lower(task.registry) != lower(registry.name) || lower(registry.id + "/tasks/" + task.name) != id) continue;
      if (task.identity.empty() || task.set_already) continue;
      // What `az acr task update --source-acr-auth-id` leaves behind: the client id of a user-assigned identity.
      Json& credentials = row["credentials"];
      if (credentials.is_null()) credentials = Json::object();
      if (!credentials.contains("sourceRegistry")) credentials["sourceRegistry"] = Json::object();
      const std::string& user = task.identity_client_id.empty() ? task.identity : task.identity_client_id;
      credentials["sourceRegistry"]["identity"] = task.identity == "[system]" ? task.identity : user;
    }
  }
}

}  // namespace

std::vector<Document> export_after(const Tenant& tenant, const migration::Plan& plan, migration::Stage stage) {
  std::set<std::string> removed;
  if (stage == migration::Stage::Removed) {
    for (const migration::OldAssignment& old : plan.remove) removed.insert(lower(old.id));
  }
  std::set<std::string> nameless;  // of principals that a listing cannot name, it names none in any row
  std::vector<Document> result;
  for (const Document& document : tenant.documents) {
    Json content = Json::parse(document.text);
    Json* rows = content.is_object() && content.contains("value") ? &content.at("value") : &content;
    if (rows->is_array()) {
      Json kept = Json::array();
      for (Json& row : *rows) {
        if (row.is_object() && row.value("principalName", Json()) == "") nameless.insert(row.at("principalId"));
        if (row.is_object() && row.contains("id") && row.at("id").is_string() &&
            removed.erase(lower(row.at("id").get<std::string>())) > 0) {
          continue;
        }
        carry_out(row, plan, stage);
        kept.push_back(std::move(row));
      }
      if (kept.empty() && document.name != "role-assignments.json") continue;
      *rows = std::move(kept);
    }
    result.push_back({document.name, content.dump(2)});
  }
  if (!removed.empty()) fail("the plan removes what is not there: " + *removed.begin());

  Json assignments = Json::array();
  for (const migration::PlannedAssignment& one : plan.assignments) {
    const auto role = std::ranges::find(plan.roles, one.role, &migration::PlannedRole::guid);
    if (role == plan.roles.end()) fail("the plan assigns a role that it does not name: " + one.role);
    assignments.push_back(
        {{"id", (one.scope == "/" ? "" : one.scope) + "/providers/Microsoft.Authorization/roleAssignments/" + one.name},
         {"name", one.name},
         {"principalId", one.principal.id},
         {"principalType", one.principal.type.empty() ? "ServicePrincipal" : one.principal.type},
         {"roleDefinitionId", "/subscriptions/" + std::string(kSubscription) +
                                  "/providers/Microsoft.Authorization/roleDefinitions/" + one.role},
         {"roleDefinitionName", role->name},
         {"scope", one.scope},
         {"condition", nullptr},
         {"conditionVersion", nullptr},
         {"type", "Microsoft.Authorization/roleAssignments"}});
    if (nameless.contains(one.principal.id)) assignments.back()["principalName"] = "";
  }
  // They are listed with the others: what lists an assignment at a management group also places that group.
  const auto list = std::ranges::find(result, "role-assignments.json", &Document::name);
  if (list != result.end()) {
    Json rows = Json::parse(list->text);
    rows.insert(rows.end(), assignments.begin(), assignments.end());
    list->text = rows.dump(2);
    if (rows.empty()) result.erase(list);
  } else if (!assignments.empty()) {
    result.push_back({"planned-assignments.json", assignments.dump(2)});
  }

  Json roles = Json::array();
  for (const migration::PlannedRole& role : plan.roles) {
    if (!role.custom()) continue;
    // Source: azure-rbac-semantics 11
    for (const std::string& scope : role.assignable_scopes) {
      if (lower(scope).starts_with(kGroups) || scope == "/") {
        fail("a custom role with data actions cannot be assignable at " + scope);
      }
    }
    for (const migration::PlannedAssignment& one : plan.assignments) {
      const bool below = std::ranges::any_of(role.assignable_scopes, [&](const std::string& scope) {
        return lower(one.scope) == lower(scope) || lower(one.scope).starts_with(lower(scope) + "/");
      });
      if (one.role == role.guid && !below) {
        fail("the custom role " + role.name + " is assigned at " + one.scope + ", where it is not assignable");
      }
    }
    roles.push_back({{"assignableScopes", role.assignable_scopes},
                     {"id", "/subscriptions/" + std::string(kSubscription) +
                                "/providers/Microsoft.Authorization/roleDefinitions/" + role.guid},
                     {"name", role.guid},
                     {"permissions", Json::array({{{"actions", Json::array()},
                                                   {"dataActions", role.data_actions},
                                                   {"notActions", Json::array()},
                                                   {"notDataActions", Json::array()}}})},
                     {"roleName", role.name},
                     {"roleType", "CustomRole"},
                     {"type", "Microsoft.Authorization/roleDefinitions"}});
  }
  if (!roles.empty()) result.push_back({"planned-roles.json", roles.dump(2)});
  return result;
}

PlanWords::PlanWords(const Tenant& tenant, const RoleIds& roles) {
  for (const auto& [name, id] : tenant.ids) {
    if (name != "sub") names_[lower(id)] = name;
  }
  for (const auto& [name, guid] : roles) roles_[lower(guid)] = name;
}

std::string PlanWords::short_id(const std::string& id) const {
  const auto found = names_.find(lower(id));
  return found == names_.end() ? id : found->second;
}

std::string PlanWords::who(const migration::Who& who) const {
  if (who.kind == "entra") return short_id(who.id);
  return who.id.empty() ? who.kind : who.kind + ":" + who.id;
}

std::string PlanWords::scope(const std::string& id) const {
  const std::string subscription = "/subscriptions/" + std::string(kSubscription), text = lower(id);
  if (const auto found = names_.find(text); found != names_.end()) return found->second;
  if (text == subscription) return "sub";
  if (text.starts_with(subscription + "/resourcegroups/") &&
      text.find('/', subscription.size() + 16) == std::string::npos) {
    return "rg:" + id.substr(subscription.size() + 16);
  }
  if (text.starts_with(kGroups)) return "mg:" + id.substr(kGroups.size());
  return id;
}

std::set<std::string> PlanWords::assignments(const migration::Plan& plan) const {
  std::set<std::string> result;
  for (const migration::PlannedAssignment& one : plan.assignments) {
    std::string role = "?" + one.role;
    if (const auto found = roles_.find(one.role); found != roles_.end()) role = found->second;
    for (const migration::PlannedRole& planned : plan.roles) {
      if (planned.guid != one.role) continue;
      if (!planned.custom()) {
        if (role.starts_with('?')) role = planned.name;
        continue;
      }
      std::set<std::string> rights;
      for (std::string right : planned.data_actions) {
        if (right.starts_with(kData)) right = right.substr(kData.size());
        if (right.starts_with("repositories/")) right = right.substr(13);
        rights.insert(right);
      }
      role.clear();
      for (const std::string& right : rights) role += (role.empty() ? "{" : ",") + right;
      role += "}";
    }
    const std::string text = who(one.principal) + ": " + role + " on " + scope(one.scope);
    if (!result.insert(text).second) result.insert(text + " (twice)");
  }
  return result;
}

std::set<std::string> PlanWords::old(const std::vector<migration::OldAssignment>& assignments) const {
  std::set<std::string> result;
  for (const migration::OldAssignment& one : assignments) {
    const std::string text = who(one.principal) + ": " + one.role + " on " + scope(one.scope);
    if (!result.insert(text).second) result.insert(text + " (twice)");
  }
  return result;
}

std::set<std::string> PlanWords::changes(const std::vector<migration::Change>& changes) const {
  std::set<std::string> result;
  for (const migration::Change& one : changes) {
    for (const migration::Who& whose : one.who) {
      for (const std::string& operation : one.operations) {
        const std::string place =
            one.names == "**" || one.names.empty() ? one.registry : one.registry + "/" + one.names;
        const std::string text = std::string(migration::word(one.kind)) + " " + who(whose) + " " + operation + " on " +
                                 place + ": " + one.reason;
        if (!result.insert(text).second) result.insert(text + " (twice)");
      }
    }
  }
  return result;
}

std::set<std::string> PlanWords::notes(const std::vector<migration::Note>& notes) const {
  std::set<std::string> result;
  for (const migration::Note& note : notes) {
    result.insert(note.code + (note.subject.empty() ? "" : " " + short_id(note.subject)));
  }
  return result;
}

std::set<std::string> PlanWords::left_out(const migration::Plan& plan) const {
  std::set<std::string> result;
  for (const migration::Carrier& one : plan.carriers) {
    if (!one.left_out.empty()) result.insert(who(one.principal) + ": " + one.role + " on " + scope(one.scope));
  }
  return result;
}

std::set<std::string> spell_changes(const nlohmann::ordered_json& list, const nlohmann::ordered_json& sets) {
  std::set<std::string> result;
  for (const Json& given : list) {
    const std::string text = given.get<std::string>();
    const std::size_t first = text.find(' '), second = text.find(' ', first + 1), on = text.find(" on ", second);
    if (first == std::string::npos || second == std::string::npos || on == std::string::npos) {
      fail("not KIND WHO OPERATION on REGISTRY: REASON: " + text);
    }
    std::vector<std::string> operations;
    for (const std::string& word : split(std::string_view(text).substr(second + 1, on - second - 1))) {
      if (!word.starts_with('@')) {
        operations.push_back(word);
        continue;
      }
      if (!sets.contains(word.substr(1))) fail("no set is called `" + word + "`");
      for (const Json& item : sets.at(word.substr(1))) operations.push_back(item.get<std::string>());
    }
    for (const std::string& who : split(std::string_view(text).substr(first + 1, second - first - 1))) {
      for (const std::string& operation : operations) {
        std::string one = text.substr(0, first);
        one.append(" ").append(who).append(" ").append(operation).append(text, on);
        if (!result.insert(one).second) fail("`" + one + "` stands twice");
      }
    }
  }
  return result;
}

}  // namespace acrbiter::spec
