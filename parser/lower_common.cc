#include "parser/lower_common.h"

#include <algorithm>
#include <utility>

#include "model/ascii.h"

namespace acrbiter::parser {

namespace {

using model::kGuidSize;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_word(char c) noexcept {
  return is_digit(c) || (model::ascii_lower(c) >= 'a' && model::ascii_lower(c) <= 'z');
}

}  // namespace

std::size_t find_ignoring_case(std::string_view text, std::string_view part) noexcept {
  const auto found = std::search(text.begin(), text.end(), part.begin(), part.end(),
                                 [](char a, char b) { return model::ascii_lower(a) == model::ascii_lower(b); });
  return found == text.end() && !part.empty() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

bool contains_ignoring_case(std::string_view text, std::string_view part) noexcept {
  return find_ignoring_case(text, part) != std::string_view::npos;
}

std::vector<std::string> guids_in(std::string_view text) {
  std::vector<std::string> guids;
  for (std::size_t i = 0; i + kGuidSize <= text.size(); ++i) {
    if (!is_guid(text.substr(i, kGuidSize))) continue;
    std::string guid = model::ascii_lower(text.substr(i, kGuidSize));
    if (std::find(guids.begin(), guids.end(), guid) == guids.end()) guids.push_back(std::move(guid));
    i += kGuidSize - 1;
  }
  return guids;
}

std::string_view file_stem(std::string_view file_name) noexcept {
  for (const std::string_view extension : {".gz", ".json", ".jsonl", ".ndjson", ".txt"}) {
    if (file_name.size() > extension.size() &&
        model::equal_ignoring_case(file_name.substr(file_name.size() - extension.size()), extension)) {
      file_name.remove_suffix(extension.size());
    }
  }
  return file_name;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (is_word(c)) {
      word += model::ascii_lower(c);
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string squeezed(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (is_word(c)) result += model::ascii_lower(c);
  }
  return result;
}

std::optional<bool> flag_of(const Value& value) noexcept {
  if (value.is_string()) {
    if (model::equal_ignoring_case(value.text(), "true")) return true;
    if (model::equal_ignoring_case(value.text(), "false")) return false;
    return std::nullopt;
  }
  return value.boolean();
}

Value field(const Value& object, std::string_view key) {
  const Value plain = object.property(key);
  return plain.is_absent() ? object["properties_" + std::string(key)] : plain;
}

std::optional<std::string> text_of(const Value& value) {
  if (value.text().empty()) return std::nullopt;
  return std::string(value.text());
}

std::vector<std::string> texts_of(const Value& array) {
  std::vector<std::string> texts;
  if (!array.is_array()) return texts;
  for (const Value element : array) {
    if (element.is_string()) texts.emplace_back(element.text());
  }
  return texts;
}

std::vector<std::string> list_of_texts(const Value& list, LoweringContext& context) {
  std::vector<std::string> texts;
  if (list.is_none()) return texts;
  if (!list.is_array()) {
    context.error(
        model::quoted(list.key()) + " is " + std::string(kind_name(list)) + " where a list of texts is expected", list,
        wrong_kind_help(list));
    return texts;
  }
  for (const Value element : list) {
    if (element.is_string() && !is_depth_cut(element)) {
      texts.emplace_back(element.text());
      continue;
    }
    const std::string what =
        element.is_string() ? "text that PowerShell cut" : std::string(kind_name(element)) + " where text is expected";
    context.error(model::quoted(list.key()) + " holds " + what, element, wrong_kind_help(element));
  }
  return texts;
}

std::string_view kind_name(const Value& value) noexcept {
  static constexpr std::string_view kNames[] = {"nothing", "null",     "a Boolean", "a number",
                                                "text",    "an array", "an object"};
  return kNames[static_cast<std::size_t>(value.kind())];
}

std::string wrong_kind_help(const Value& value) {
  if (value.is_string()) return "PowerShell writes what lies too deep as text: " + std::string(kDeeperHelp);
  return "the file is damaged or was put together by hand: export it again";
}

bool is_depth_cut(const Value& value) noexcept {
  const std::string_view text = value.text();
  return text.starts_with("@{") || (text.starts_with("System.") && (text.ends_with("[]") || text.ends_with("table"))) ||
         text.starts_with("System.Collections.") || text.starts_with("Microsoft.Azure.");
}

std::optional<std::string> completed_scope(std::string_view scope) {
  // What infrastructure code leaves open is open already.
  if (scope.empty() || scope == "/" || scope.find('{') != std::string_view::npos) return std::nullopt;
  if (scope.front() != '/' || scope.starts_with("//"))
    return model::named_unknown("unreadable scope: " + std::string(scope));
  while (scope.size() > 1 && scope.back() == '/') scope.remove_suffix(1);
  for (const std::string_view root :
       {"/providers/Microsoft.Management", "/providers/Microsoft.Management/managementGroups"}) {
    if (!model::equal_ignoring_case(scope, root)) continue;
    const std::string_view groups = "/providers/Microsoft.Management/managementGroups/";
    return std::string(groups) + std::string(kUnreadable);
  }
  if (!model::starts_with_ignoring_case(scope, "/subscriptions")) return std::nullopt;

  enum class Next : std::uint8_t { Type, Name, Namespace, FirstType };
  Next next = Next::Type;
  for (std::string_view rest = scope; !rest.empty();) {
    const std::size_t end = std::min(rest.find('/', 1), rest.size());
    const std::string_view segment = rest.substr(1, end - 1);
    // A slash too many, or something that is missing: it lies somewhere below.
    if (segment.empty())
      return std::string(scope.substr(0, scope.size() - rest.size())) + '/' + std::string(kUnreadable);
    rest.remove_prefix(end);
    switch (next) {
      case Next::Type:
        // A path of names, below the registry.
        if (model::equal_ignoring_case(segment, "repositories")) return std::nullopt;
        next = model::equal_ignoring_case(segment, "providers") ? Next::Namespace : Next::Name;
        break;
      case Next::Name:
        next = Next::Type;
        break;
      case Next::Namespace:
        next = Next::FirstType;
        break;
      case Next::FirstType:
        next = Next::Name;
        break;
    }
  }
  if (next == Next::Type) return std::nullopt;
  return std::string(scope) + '/' + std::string(kUnreadable);
}

std::optional<std::string> scope_of_folders(std::string_view path) {
  std::vector<std::string_view> folders;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
    const std::string_view folder = path.substr(0, slash);
    if (!folder.empty() && !folder.starts_with('.')) folders.push_back(folder);
    path.remove_prefix(slash + 1);
  }
  const auto id_in = [](std::string_view folder) {
    const std::size_t bracket = folder.rfind(" (");
    if (bracket == std::string_view::npos || !folder.ends_with(')')) return std::string_view();
    return folder.substr(bracket + 2, folder.size() - bracket - 3);
  };
  if (folders.empty()) return std::nullopt;
  const std::string_view own = id_in(folders.back());
  if (!own.empty() && !is_guid(own)) return "/providers/Microsoft.Management/managementGroups/" + std::string(own);
  if (!own.empty() || folders.size() < 2) return std::nullopt;
  // Management groups hold no resource groups.
  const std::string_view above = id_in(folders[folders.size() - 2]);
  if (!is_guid(above)) return std::nullopt;
  return "/subscriptions/" + std::string(above) + "/resourceGroups/" + std::string(folders.back());
}

Value resource_id_of(const Value& object) noexcept {
  const Value id = object["id"];
  if (id.is_string() || !object["name"].is_string()) return id;
  return object["ResourceId"];
}

std::string_view resource_type_of(const Value& object) noexcept {
  const Value resource_type = object["ResourceType"];
  return (resource_type.is_string() ? resource_type : object["type"]).text();
}

std::optional<RegistryPath> registry_path(std::string_view id) noexcept {
  constexpr std::string_view kBefore = "/providers/microsoft.containerregistry/registries/";
  const std::size_t at = find_ignoring_case(id, kBefore);
  if (at == std::string_view::npos) return std::nullopt;
  RegistryPath path;
  path.deeper = id.substr(at + kBefore.size());
  const auto next = [&rest = path.deeper] {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    return segment;
  };
  path.registry = next();
  path.registry_id = id.substr(0, at + kBefore.size() + path.registry.size());
  path.child_type = next();
  path.child = next();
  return path;
}

namespace {

constexpr std::string_view kGroupsInId = "/resourceGroups/";

/// What stands behind the last `/providers/`; empty if there is none.
std::string_view provider_part(std::string_view id) {
  constexpr std::string_view kProviders = "/providers/";
  std::string_view part;
  for (std::size_t from = 0; from < id.size();) {
    const std::size_t found = find_ignoring_case(id.substr(from), kProviders);
    if (found == std::string_view::npos) break;
    part = id.substr(from + found + kProviders.size());
    from += found + 1;
  }
  return part;
}

}  // namespace

std::string arm_type_in(std::string_view id) {
  std::string_view rest = provider_part(id);
  if (rest.empty()) return contains_ignoring_case(id, kGroupsInId) ? std::string(kResourceGroups) : std::string();
  std::string type;
  for (std::size_t part = 0; !rest.empty(); ++part) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    if (part == 0 || part % 2 == 1) type += (part == 0 ? "" : "/") + std::string(rest.substr(0, slash));
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
  return type;
}

bool is_resource_id(std::string_view id) {
  if (id.ends_with('/')) return false;
  const std::string_view part = provider_part(id);
  // A namespace, and then types and names by turns.
  if (!part.empty()) return std::count(part.begin(), part.end(), '/') % 2 == 0 && part.find('/') != part.npos;
  const std::size_t group = find_ignoring_case(id, kGroupsInId);
  return group != std::string_view::npos && id.find('/', group + kGroupsInId.size()) == std::string_view::npos;
}

bool is_resource(const Value& object, std::string_view type) {
  if (const std::string_view own = resource_type_of(object); own.find('/') != std::string_view::npos) {
    return model::equal_ignoring_case(own, type);
  }
  // ".../providers/NAMESPACE/TYPE/NAME": the type's segments and one more.
  const std::string_view id = resource_id_of(object).text();
  const std::size_t at = find_ignoring_case(id, "/providers/" + std::string(type) + '/');
  if (at == std::string_view::npos) return false;
  const std::string_view name = id.substr(at + std::string_view("/providers//").size() + type.size());
  return !name.empty() && name.find('/') == std::string_view::npos;
}

void add_alias(model::Principal& principal, std::string_view alias) {
  // Comparing with a few is enough: an alias that stands twice does no harm.
  constexpr std::size_t kCompared = 32;
  if (alias.empty()) return;
  const auto compared =
      principal.aliases.begin() + static_cast<std::ptrdiff_t>(std::min(kCompared, principal.aliases.size()));
  if (std::find(principal.aliases.begin(), compared, alias) == compared) principal.aliases.emplace_back(alias);
}

model::Principal& note_managed_identity(LoweringContext& context, std::string_view object_id,
                                        std::string_view client_id, std::string_view resource_id) {
  const model::PrincipalIndex index = context.builder.principal(object_id);
  model::Principal& principal = context.builder.draft().principals[model::at(index)];
  if (principal.kind == model::PrincipalKind::Unknown) principal.kind = model::PrincipalKind::ServicePrincipal;
  if (principal.app_id.empty()) principal.app_id = model::ascii_lower(client_id);
  if (principal.resource_id.empty()) principal.resource_id = resource_id;
  return principal;
}

model::ManagedIdentity lower_identity(const Value& object, std::string_view resource_id, LoweringContext& context) {
  model::ManagedIdentity identity;
  const Value nested = object["identity"];
  identity.type = (nested.is_object() ? nested["type"] : object["IdentityType"]).text();
  const Value principal_id = nested.is_object() ? nested["principalId"] : object["IdentityPrincipalId"];
  if (!principal_id.text().empty()) {
    identity.principal_id = model::ascii_lower(principal_id.text());
    note_managed_identity(context, identity.principal_id, {}, resource_id);
  }
  const Value assigned = nested["userAssignedIdentities"];
  if (!assigned.is_object()) return identity;
  for (const Value each : assigned) {
    model::ManagedIdentity::UserAssigned& user =
        identity.user_assigned.emplace_back(model::ManagedIdentity::UserAssigned{
            .resource_id = std::string(each.key()),
            .principal_id = model::ascii_lower(each["principalId"].text()),
            .client_id = model::ascii_lower(each["clientId"].text()),
        });
    if (user.principal_id.empty()) continue;
    model::Principal& principal = note_managed_identity(context, user.principal_id, user.client_id, user.resource_id);
    add_alias(principal, last_segment(user.resource_id));
  }
  return identity;
}

void JoinWarnings::add(std::string_view code, std::string_view path, std::string message, std::string help) {
  auto given = given_.find(code);
  if (given == given_.end()) given = given_.emplace(std::string(code), 0).first;
  if (++given->second > LoweringContext::kWarningsOfOneCode) return;
  model::Warning& warning = draft_.warnings.emplace_back();
  warning.code = code;
  warning.where.message = std::move(message);
  warning.where.help = std::move(help);
  warning.where.file = path;
}

void JoinWarnings::finish() {
  for (const auto& [code, n] : given_) {
    if (n <= LoweringContext::kWarningsOfOneCode) continue;
    model::Warning& warning = draft_.warnings.emplace_back();
    warning.code = code;
    warning.where.message = std::to_string(n - LoweringContext::kWarningsOfOneCode) + " more warnings of this kind";
  }
  given_.clear();
}

}  // namespace acrbiter::parser
