#include "parser/formats.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "model/ascii.h"
#include "parser/arm_template.h"
#include "parser/lower_common.h"
#include "parser/lower_directory.h"
#include "parser/lower_rbac.h"
#include "parser/lower_registry.h"
#include "parser/terraform.h"
#include "parser/value_arena.h"
#include "parser/what_if.h"

namespace acrbiter::parser {

namespace {

// ---- documents that are known and not read ------------------------------------------------------------------

bool is_service_error(const Value& v) {
  const Value error = v["error"];
  return error["code"].is_string() && error["message"].is_string() && !has(v, "value") && !has(v, "data");
}

bool is_access_token(const Value& v) {
  return has(v, "accessToken") || (has(v, "access_token") && has(v, "token_type"));
}

bool is_pulumi(const Value& v) {
  return (v["deployment"].is_object() && has(v, "version")) || (v["steps"].is_array() && has(v, "changeSummary"));
}

/// One row of a registry log, as Log Analytics or a diagnostic setting writes it.
bool is_log_row(const Value& v) {
  const bool diagnostic = has(v, "category") && has(v, "operationName") && has(v, "time");
  const bool analytics = has(v, "TimeGenerated") && (has(v, "OperationName") || has(v, "LoginServer"));
  return diagnostic || analytics;
}

bool is_log_document(const Value& v) {
  if (v["records"].is_array()) return v["records"].size() == 0 || is_log_row(*v["records"].begin());
  const Value tables = v["tables"];
  return tables.is_array() && tables.size() > 0 && has(*tables.begin(), "columns") && has(*tables.begin(), "rows");
}

bool is_azurehound(const Value& v) { return v["kind"].text().starts_with("AZ") && v["data"].is_object(); }

bool is_azurehound_document(const Value& v) {
  const Value data = v["data"];
  return data.is_array() && data.size() > 0 && is_azurehound(*data.begin());
}

/// Assignments and definitions of Entra directory roles look much like those of Azure and are another system.
bool is_entra_role(const Value& v) {
  return has(v, "directoryScopeId") || has(v, "appScopeId") || has(v, "rolePermissions") ||
         contains_ignoring_case(v["@odata.type"].text(), "#microsoft.graph.unifiedRole");
}

bool is_entra_role_document(const Value& v) {
  return contains_ignoring_case(v["@odata.context"].text(), "roleManagement/directory");
}

/// `az account list`: ids of subscriptions, with which nothing can be decided.
bool is_account(const Value& v) { return has(v, "tenantId") && has(v, "isDefault") && has(v, "user"); }

constexpr std::array kRefusedDocuments = {
    ObjectFormat{kServiceError, is_service_error, nullptr},
    ObjectFormat{"access-token", is_access_token, nullptr},
};

constexpr std::array kUnreadDocuments = {
    ObjectFormat{"entra-directory-roles", is_entra_role_document, nullptr},
    ObjectFormat{"pulumi-stack", is_pulumi, nullptr},
    ObjectFormat{"acr-logs", is_log_document, nullptr},
    ObjectFormat{"azurehound", is_azurehound_document, nullptr},
};

constexpr std::array kUnreadObjects = {
    ObjectFormat{"acr-logs", is_log_row, nullptr},
    ObjectFormat{"azurehound", is_azurehound, nullptr},
    ObjectFormat{"entra-directory-roles", is_entra_role, nullptr},
    ObjectFormat{"subscriptions", is_account, nullptr},
};

void append(std::vector<ObjectFormat>& table, std::span<const ObjectFormat> formats) {
  table.insert(table.end(), formats.begin(), formats.end());
}

std::vector<ObjectFormat> all_documents() {
  std::vector<ObjectFormat> table;
  append(table, rbac_document_formats());  // AzOps files are ARM templates, so these come first
  append(table, kRefusedDocuments);
  append(table, terraform_document_formats());
  append(table, arm_document_formats());
  append(table, what_if_document_formats());
  append(table, kUnreadDocuments);
  append(table, registry_document_formats());
  append(table, directory_document_formats());
  return table;
}

std::vector<ObjectFormat> all_objects() {
  std::vector<ObjectFormat> table;
  append(table, rbac_formats().first(1));  // typed role assignments, of which there are most
  append(table, kUnreadObjects);
  append(table, rbac_formats().subspan(1));
  append(table, directory_formats());
  append(table, registry_formats());  // ends with "any other resource"
  return table;
}

/// What Bicep source begins with, comments aside.
constexpr std::array kBicepBeginnings = {std::string_view("targetScope"), std::string_view("param "),
                                         std::string_view("metadata "),   std::string_view("@description("),
                                         std::string_view("@allowed("),   std::string_view("using '"),
                                         std::string_view("resource "),   std::string_view("module ")};

bool has_upper_case_key(const Value& object) {
  const Value first = object.size() > 0 ? *object.begin() : Value();
  return !first.key().empty() && std::isupper(static_cast<unsigned char>(first.key().front())) != 0;
}

}  // namespace

std::span<const ObjectFormat> document_formats() {
  static const std::vector<ObjectFormat> table = all_documents();
  return table;
}

std::span<const ObjectFormat> object_formats() {
  static const std::vector<ObjectFormat> table = all_objects();
  return table;
}

const ObjectFormat* recognise(std::span<const ObjectFormat> formats, const Value& value) {
  const auto found =
      std::find_if(formats.begin(), formats.end(), [&](const ObjectFormat& f) { return f.matches(value); });
  return found == formats.end() ? nullptr : &*found;
}

std::string_view hint_for(std::string_view kind) {
  struct Hint {
    std::string_view kind, text;
  };
  static constexpr std::array kHints = {
      Hint{"pulumi-stack", "export what is deployed: `az role assignment list --all` and `az acr list`"},
      Hint{"azurehound", "AzureHound leaves conditions and registry settings out: export with the Azure CLI"},
      Hint{"entra-directory-roles",
           "directory roles are not Azure roles: for Azure PIM use "
           "`…/providers/Microsoft.Authorization/roleEligibilityScheduleInstances`"},
      Hint{"access-token", "keep tokens out of the data folder"},
  };
  const auto found = std::find_if(kHints.begin(), kHints.end(), [&](const Hint& h) { return h.kind == kind; });
  return found == kHints.end() ? std::string_view() : found->text;
}

std::optional<ListEnvelope> list_envelope(const Value& document) {
  if (document.is_array()) return ListEnvelope{.list = document, .columns = {}, .is_table = false};
  for (const std::string_view key : {"value", "data"}) {
    const Value list = document[key];
    if (list.is_array()) return ListEnvelope{.list = list, .columns = {}, .is_table = false};
  }
  const Value table = document["data"];
  if (!table["columns"].is_array() || !table["rows"].is_array()) return std::nullopt;
  ListEnvelope envelope{.list = table["rows"], .columns = {}, .is_table = true};
  for (const Value column : table["columns"]) envelope.columns.push_back(column["name"]);
  return envelope;
}

std::size_t rows_of_page(const Value& document) {
  const Value data = document.any("data", "value");
  return (data.is_object() ? data["rows"] : data).size_as_read();
}

bool has_next_page(const Value& document, std::size_t rows_before) {
  if (!document.is_object()) return false;
  for (const std::string_view key : {"nextLink", "@odata.nextLink", "odata.nextLink", "$skipToken", "skip_token"}) {
    if (!document[key].is_none()) return true;
  }
  if (flag_of(document["resultTruncated"]).value_or(false)) return true;
  // Resource Graph counts the rows that it sends, and those that there are on all pages.
  const std::size_t rows = rows_of_page(document);
  const auto is_above = [](std::optional<double> number, std::size_t there) {
    return number && *number > static_cast<double>(there);
  };
  const Value list = document.any("data", "value");
  if (!list.is_array() && !list["rows"].is_array()) return false;
  return is_above(document["count"].number(), rows) ||
         is_above(document.any("total_records", "totalRecords").number(), rows_before + rows);
}

std::string_view kind_of_next_page(const Value& document) noexcept {
  struct Name {
    std::string_view segment, kind;
  };
  static constexpr std::array kNames = {
      Name{"roleAssignments", "role-assignments"},
      Name{"denyAssignments", "deny-assignments"},
      Name{"roleDefinitions", "role-definitions"},
      Name{"roleEligibilityScheduleInstances", "pim-eligible-instances"},
      Name{"roleAssignmentScheduleInstances", "pim-active-instances"},
      Name{"registries", "registries"},
      Name{"tokens", "tokens"},
      Name{"scopeMaps", "scope-maps"},
      Name{"tasks", "tasks"},
  };
  const std::string_view link = document.any("nextLink", "@odata.nextLink", "odata.nextLink").text();
  if (contains_ignoring_case(link, "://graph.")) return "directory-objects";
  const std::string_view segment = last_segment(link.substr(0, link.find('?')));
  const auto found = std::find_if(kNames.begin(), kNames.end(),
                                  [&](const Name& n) { return model::equal_ignoring_case(n.segment, segment); });
  return found == kNames.end() ? std::string_view() : found->kind;
}

std::string_view dialect_of(const Value& object) {
  if (!object.is_object()) return {};
  if (has_upper_case_key(object)) return "powershell";
  const std::string_view type = object["type"].text();
  if (object["properties"].is_object()) {
    const bool lower = std::none_of(type.begin(), type.end(), [](unsigned char c) { return std::isupper(c) != 0; });
    return lower && type.find('/') != std::string_view::npos ? "resource-graph" : "rest";
  }
  for (const std::string_view key : {"@odata.type", "@odata.id", "userPrincipalName", "appId", "securityEnabled"}) {
    if (has(object, key)) return "graph";
  }
  return "cli";
}

bool is_bicep(std::string_view name, std::string_view text) {
  for (const std::string_view extension : {".bicep", ".bicepparam"}) {
    if (name.size() > extension.size() &&
        model::equal_ignoring_case(name.substr(name.size() - extension.size()), extension)) {
      return true;
    }
  }
  return std::any_of(kBicepBeginnings.begin(), kBicepBeginnings.end(),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

std::string_view looks_like(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  text = begin == std::string_view::npos ? std::string_view() : text.substr(begin);
  const std::string_view line = text.substr(0, text.find('\n'));
  if (text.starts_with("ERROR:") || text.starts_with("(AuthorizationFailed)"))
    return "an error message of the Azure CLI";
  if (text.starts_with("WARNING:") || text.starts_with("Note:")) return "a message of the Azure CLI before its output";
  if (text.starts_with('<')) return "an HTML or XML page";
  if (text.starts_with("PK\x03\x04")) return "a zip archive";
  if (text.starts_with("SQLite format 3")) return "an SQLite database";
  if (text.starts_with("#!") || text.starts_with("# ") || text.starts_with("---")) return "text, not data";
  if (line.find("TimeGenerated") != std::string_view::npos) return "a CSV export of logs";
  if (contains_ignoring_case(line, "ObjectId,") || contains_ignoring_case(line, "RoleDefinitionName")) {
    return "the portal's CSV of role assignments";
  }
  if (std::count(line.begin(), line.end(), ',') >= 2) return "CSV";
  if (std::count(line.begin(), line.end(), '\t') >= 1) return "a table with tabs";
  return {};
}

}  // namespace acrbiter::parser
