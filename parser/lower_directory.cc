#include "parser/lower_directory.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/ascii.h"
#include "parser/formats.h"
#include "parser/lower_common.h"

namespace acrbiter::parser {

namespace {

using model::MembersKnown;
using model::Principal;
using model::PrincipalIndex;
using model::PrincipalKind;
using model::Workload;

// ---- what an object is --------------------------------------------------------------------------------------

enum class DirectoryKind : std::uint8_t {
  None,
  User,
  Group,
  ServicePrincipal,
  Application,
  AppOrPrincipal,  ///< id, application id and name alone: either of the two
  Device,
  Agent,
  NotPrincipal,  ///< directory roles, administrative units, contacts
  Untyped        ///< a GUID and a name alone
};

Value odata_type_of(const Value& object) noexcept {
  return object.any("@odata.type", "odata.type", "OdataType", "objectType");
}

/// Reads "#microsoft.graph.user", "Microsoft.DirectoryServices.User" and "User".
DirectoryKind kind_of_type(std::string_view text) {
  struct Word {
    std::string_view word;
    DirectoryKind kind;
  };
  constexpr std::array kWords = {
      Word{"user", DirectoryKind::User},
      Word{"group", DirectoryKind::Group},
      Word{"serviceprincipal", DirectoryKind::ServicePrincipal},
      Word{"application", DirectoryKind::Application},
      Word{"device", DirectoryKind::Device},
      Word{"agentuser", DirectoryKind::Agent},
      Word{"agentidentity", DirectoryKind::Agent},
      Word{"agentserviceprincipal", DirectoryKind::Agent},
      Word{"directoryrole", DirectoryKind::NotPrincipal},
      Word{"role", DirectoryKind::NotPrincipal},
      Word{"administrativeunit", DirectoryKind::NotPrincipal},
      Word{"orgcontact", DirectoryKind::NotPrincipal},
      Word{"contact", DirectoryKind::NotPrincipal},
  };
  const std::size_t dot = text.rfind('.');
  const std::string_view word = dot == std::string_view::npos ? text : text.substr(dot + 1);
  const auto found = std::find_if(kWords.begin(), kWords.end(),
                                  [&](const Word& w) { return model::equal_ignoring_case(w.word, word); });
  return found == kWords.end() ? DirectoryKind::None : found->kind;
}

Value object_id_of(const Value& object) noexcept {
  const Value id = object["id"];
  return id.is_string() ? id : object["objectId"];
}

bool has_any(const Value& object, std::initializer_list<std::string_view> keys) noexcept {
  return std::any_of(keys.begin(), keys.end(), [&](std::string_view key) { return !object[key].is_absent(); });
}

/// A GUID, a name, and nothing that would say more.
bool is_bare_name(const Value& object) {
  constexpr std::array kKeys = {std::string_view("id"),          std::string_view("objectId"),
                                std::string_view("displayName"), std::string_view("mail"),
                                std::string_view("description"), std::string_view("deletedDateTime")};
  if (!is_guid(object_id_of(object).text()) || !object["displayName"].is_string()) return false;
  for (const Value member : object) {
    if (std::none_of(kKeys.begin(), kKeys.end(),
                     [&](std::string_view key) { return model::equal_ignoring_case(key, member.key()); })) {
      return false;
    }
  }
  return true;
}

DirectoryKind kind_of(const Value& object) {
  if (!object.is_object()) return DirectoryKind::None;
  // Role assignments of PowerShell and of Entra carry object ids and object types too, sign-in logs names.
  if (has_any(object,
              {"roleDefinitionId", "roleAssignmentId", "roleTemplateId", "rolePermissions", "userDisplayName"})) {
    return DirectoryKind::None;
  }
  if (const Value type = odata_type_of(object); type.is_string()) return kind_of_type(type.text());
  const Value id = object_id_of(object);
  if (!id.is_string() || id.text().starts_with('/')) return DirectoryKind::None;
  if (object["userPrincipalName"].is_string()) return DirectoryKind::User;
  if (has_any(object, {"servicePrincipalType", "servicePrincipalNames", "servicePrincipalName", "alternativeNames",
                       "alternativeName"})) {
    return DirectoryKind::ServicePrincipal;
  }
  if (object.any("appId", "ApplicationId").is_string()) {
    if (has_any(object, {"identifierUris", "requiredResourceAccess", "signInAudience", "publicClient",
                         "availableToOtherTenants"})) {
      return DirectoryKind::Application;
    }
    return object["displayName"].is_string() ? DirectoryKind::AppOrPrincipal : DirectoryKind::None;
  }
  if (has_any(object, {"groupTypes", "securityEnabled", "mailEnabled", "membershipRule", "isAssignableToRole"}) ||
      object["members"].is_array() || object["transitiveMembers"].is_array()) {
    return DirectoryKind::Group;
  }
  if (const std::string_view type = object["type"].text(); !type.empty()) {
    return is_guid(id.text()) ? kind_of_type(type) : DirectoryKind::None;
  }
  return is_bare_name(object) ? DirectoryKind::Untyped : DirectoryKind::None;
}

bool is_user(const Value& object) { return kind_of(object) == DirectoryKind::User; }
bool is_group(const Value& object) { return kind_of(object) == DirectoryKind::Group; }
bool is_service_principal(const Value& object) {
  const DirectoryKind kind = kind_of(object);
  return kind == DirectoryKind::ServicePrincipal || kind == DirectoryKind::AppOrPrincipal;
}
bool is_application(const Value& object) { return kind_of(object) == DirectoryKind::Application; }
bool is_directory_object(const Value& object) { return kind_of(object) != DirectoryKind::None; }

// ---- principals ---------------------------------------------------------------------------------------------

/// A number as JSON would print it.
std::string number_text(double number) {
  constexpr double kLargestExact = 9007199254740992.0;  // 2^53
  if (std::trunc(number) == number && std::fabs(number) <= kLargestExact) {
    return std::to_string(static_cast<std::int64_t>(number));
  }
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return {buffer.data(), end};
}

std::optional<model::Literal> literal_of(const Value& value) {
  model::Literal literal;
  if (value.is_string()) {
    literal.text = value.text();
    return literal;
  }
  if (const auto boolean = value.boolean()) {
    literal.type = model::ValueType::Boolean;
    literal.boolean = *boolean;
    literal.text = *boolean ? "true" : "false";
    return literal;
  }
  if (const auto number = value.number()) {
    literal.type = model::ValueType::Number;
    literal.number = *number;
    literal.text = number_text(*number);
    return literal;
  }
  return std::nullopt;
}

/// `customSecurityAttributes`: sets of attributes. Absent says nothing; so does null, which the directory also
/// returns to a caller that may not read them.
std::optional<std::map<std::string, model::AttributeValue>> security_attributes_of(const Value& object) {
  const Value sets = object["customSecurityAttributes"];
  if (!sets.is_object()) return std::nullopt;
  std::map<std::string, model::AttributeValue> attributes;
  for (const Value set : sets) {
    if (!set.is_object()) continue;
    for (const Value attribute : set) {
      if (attribute.key().find('@') != std::string_view::npos) continue;  // annotations such as "NAME@odata.type"
      model::AttributeValue value;
      if (attribute.is_array()) {
        value.is_list = true;
        for (const Value each : attribute) {
          if (auto literal = literal_of(each)) value.values.push_back(std::move(*literal));
        }
      } else if (auto literal = literal_of(attribute)) {
        value.values.push_back(std::move(*literal));
      } else {
        continue;
      }
      attributes.insert_or_assign(std::string(set.key()) + '_' + std::string(attribute.key()), std::move(value));
    }
  }
  return attributes;
}

void take_service_principal(const Value& object, Principal& principal) {
  if (principal.app_id.empty()) principal.app_id = model::ascii_lower(object.any("appId", "ApplicationId").text());
  const Value names = object.any("servicePrincipalNames", "servicePrincipalName");
  if (names.is_string()) add_alias(principal, names.text());
  for (const std::string& name : texts_of(names)) {
    if (!model::equal_ignoring_case(name, principal.app_id)) add_alias(principal, name);
  }
  for (const std::string& name : texts_of(object.any("alternativeNames", "alternativeName"))) {
    if (!name.starts_with('/')) continue;  // "isExplicit=True"
    if (principal.resource_id.empty()) principal.resource_id = name;
    if (!model::equal_ignoring_case(name, principal.resource_id)) add_alias(principal, name);
  }
}

/// Is it a group of Microsoft 365? Nothing where the object does not tell. Source: input-formats 5
std::optional<bool> is_unified(const Value& object) {
  const Value types = object["groupTypes"];
  if (!types.is_array()) return std::nullopt;
  const std::vector<std::string> words = texts_of(types);
  return std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return model::equal_ignoring_case(word, "Unified"); });
}

constexpr PrincipalKind principal_kind(DirectoryKind kind) noexcept {
  switch (kind) {
    case DirectoryKind::User:
      return PrincipalKind::User;
    case DirectoryKind::Group:
      return PrincipalKind::Group;
    case DirectoryKind::ServicePrincipal:
    case DirectoryKind::AppOrPrincipal:
      return PrincipalKind::ServicePrincipal;
    case DirectoryKind::Device:
      return PrincipalKind::Device;
    case DirectoryKind::Agent:
      return PrincipalKind::Agent;
    case DirectoryKind::None:
    case DirectoryKind::Application:
    case DirectoryKind::NotPrincipal:
    case DirectoryKind::Untyped:
      return PrincipalKind::Unknown;
  }
  return PrincipalKind::Unknown;
}

std::string_view count_name(DirectoryKind kind) noexcept {
  switch (kind) {
    case DirectoryKind::User:
      return "users";
    case DirectoryKind::Group:
      return "groups";
    case DirectoryKind::ServicePrincipal:
    case DirectoryKind::AppOrPrincipal:
      return "servicePrincipals";
    case DirectoryKind::Application:
      return "applications";
    default:
      return "directoryObjects";
  }
}

void lower_application(const Value& object, LoweringContext& context) {
  model::Application& application = context.builder.draft().applications.emplace_back();
  application.file = context.file;
  application.object_id = model::ascii_lower(object_id_of(object).text());
  application.app_id = model::ascii_lower(object.any("appId", "ApplicationId").text());
  application.display_name = object["displayName"].text();
}

void lower_members(const Value& object, PrincipalIndex index, LoweringContext& context);

/// Only id, application id and name: the file's name may tell applications from service principals.
DirectoryKind settled_kind(const Value& object, LoweringContext& context) {
  const DirectoryKind kind = kind_of(object);
  if (kind != DirectoryKind::AppOrPrincipal) return kind;
  const std::vector<std::string> words = words_of(file_stem(context.file_name));
  const auto named = [&](std::initializer_list<std::string_view> any) {
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
      return std::any_of(any.begin(), any.end(), [&](std::string_view each) { return word == each; });
    });
  };
  if (named({"sp", "sps", "serviceprincipal", "serviceprincipals", "principal", "principals"})) return kind;
  if (named({"app", "apps", "application", "applications"})) return DirectoryKind::Application;
  context.warn("application-or-principal", object,
               "id, application id and name alone fit an application and its service principal, which have different "
               "object ids; taken for a service principal",
               "export all members with `az ad sp list` or `az ad sp show`");
  return kind;
}

/// Lowers one directory object, which may be a member of what is listed. Returns its principal; none for what never is
/// one, or lacks an id.
std::optional<PrincipalIndex> lower_object(const Value& object, LoweringContext& context, bool as_member) {
  const DirectoryKind kind = settled_kind(object, context);
  const std::string_view id = object_id_of(object).text();
  if (kind == DirectoryKind::None) return std::nullopt;
  if (id.empty()) {
    context.warn("directory-object-unusable", object, "a directory object without an id is not used",
                 "keep `id` in the export");
    return std::nullopt;
  }
  context.count(count_name(kind));
  if (kind == DirectoryKind::NotPrincipal) return std::nullopt;
  if (kind == DirectoryKind::Application) {
    lower_application(object, context);
    return std::nullopt;
  }
  const PrincipalIndex index = context.builder.principal(id);
  Principal& principal = context.builder.draft().principals[model::at(index)];
  principal.described = true;
  if (const PrincipalKind told = principal_kind(kind); told != PrincipalKind::Unknown) principal.kind = told;
  if (const Value name = object["displayName"]; !name.is_none()) principal.display_name = name.text();
  if (const Value name = object["userPrincipalName"]; !name.is_none()) principal.user_principal_name = name.text();
  add_alias(principal, object["mail"].text());
  if (principal.kind == PrincipalKind::ServicePrincipal) take_service_principal(object, principal);
  // What is deleted softly still shows, also among the members of a group.
  std::optional<bool> deleted;
  if (!as_member || !object["deletedDateTime"].is_none()) deleted = !object["deletedDateTime"].is_none();
  context.builder.note_in_directory(index, {.deleted = deleted,
                                            .security_enabled = flag_of(object["securityEnabled"]),
                                            .mail_enabled = flag_of(object["mailEnabled"]),
                                            .unified = is_unified(object),
                                            .security_attributes = security_attributes_of(object)});
  lower_members(object, index, context);
  return index;
}

void lower_directory_object(const Value& object, LoweringContext& context) { lower_object(object, context, false); }

// ---- members and groups -------------------------------------------------------------------------------------

/// How a list of members or groups is to be understood.
struct ListNature {
  bool transitive = false;
  bool more = false;  ///< another page exists
};

/// The principal that one element of a list means: an object or a bare id. None where it is hidden or no principal.
struct ListElement {
  std::optional<PrincipalIndex> principal;
  bool hidden = false;
};

ListElement lower_element(const Value& element, LoweringContext& context) {
  if (element.is_string()) {
    if (element.text().empty()) return {.principal = std::nullopt, .hidden = true};
    context.count("objectIds");
    return {.principal = context.builder.principal(element.text()), .hidden = false};
  }
  if (!element.is_object() || object_id_of(element).is_none()) return {.principal = std::nullopt, .hidden = true};
  if (kind_of(element) == DirectoryKind::None) {
    // The list says what it holds; an id is enough.
    context.count("directoryObjects");
    return {.principal = context.builder.principal(object_id_of(element).text()), .hidden = false};
  }
  return {.principal = lower_object(element, context, true), .hidden = false};
}

/// What infrastructure code says comes after what exports list, and contradicts nothing.
void note_list(model::MembershipList list, LoweringContext& context) {
  if (context.file_path.empty()) return;
  list.file = context.file;
  context.builder.add_list(std::move(list));
}

void add_members(const Value& list, PrincipalIndex group, ListNature nature, LoweringContext& context) {
  std::size_t hidden = 0;
  std::vector<PrincipalIndex> listed;
  for (const Value element : list) {
    const ListElement member = lower_element(element, context);
    hidden += member.hidden ? 1 : 0;
    if (!member.principal) continue;
    context.builder.add_membership(*member.principal, group);
    listed.push_back(*member.principal);
  }
  context.count("memberships", listed.size());
  model::Snapshot& draft = context.builder.draft();
  Principal& principal = draft.principals[model::at(group)];
  if (principal.kind == PrincipalKind::Unknown) principal.kind = PrincipalKind::Group;
  const std::string& name = principal.display_name.empty() ? principal.id : principal.display_name;
  if (hidden > 0) {
    context.warn(
        "hidden-members", list,
        std::to_string(hidden) + " members of group " + model::quoted(name) + " are hidden from who exported it",
        "an account that may read hidden membership sees them");
  }
  // A page that is missing once is not made good by a later file: nobody can tell which page that is.
  const bool partial_before =
      draft.members_known.size() > model::at(group) && draft.members_known[model::at(group)] == MembersKnown::Partial;
  const bool whole = !nature.more && hidden == 0;
  const bool complete = whole && !partial_before;
  context.builder.set_members_known(group, complete ? MembersKnown::Complete : MembersKnown::Partial);
  if (complete && nature.transitive) draft.principals[model::at(group)].members_are_transitive = true;
  note_list({.owner = group,
             .of_members = true,
             .transitive = nature.transitive,
             .complete = whole,
             .listed = std::move(listed)},
            context);
}

void add_groups(const Value& list, PrincipalIndex member, ListNature nature, LoweringContext& context) {
  bool hidden = false;
  std::vector<PrincipalIndex> listed;
  for (const Value element : list) {
    const ListElement group = lower_element(element, context);
    hidden = hidden || group.hidden;
    if (!group.principal) continue;
    Principal& principal = context.builder.draft().principals[model::at(*group.principal)];
    if (principal.kind == PrincipalKind::Unknown) principal.kind = PrincipalKind::Group;
    context.builder.add_membership(member, *group.principal);
    listed.push_back(*group.principal);
  }
  context.count("memberships", listed.size());
  if (hidden) {
    context.warn("hidden-members", list, "some groups of the principal are hidden from who exported them",
                 "an account that may read hidden membership sees them");
  }
  const bool complete = !nature.more && !hidden;
  if (nature.transitive && complete) context.builder.draft().principals[model::at(member)].groups_complete = true;
  note_list({.owner = member, .transitive = nature.transitive, .complete = complete, .listed = std::move(listed)},
            context);
}

/// Members or groups that stand inside the object: `$expand=members`, or tools that write `members` as ids.
void lower_members(const Value& object, PrincipalIndex index, LoweringContext& context) {
  // `$expand` silently stops at 20 and gives objects; ids come from tools that wrote what they had.
  constexpr std::size_t kExpandedAtMost = 20;
  for (const std::string_view key : {"members", "transitiveMembers", "memberOf", "transitiveMemberOf"}) {
    const Value list = object[key];
    if (!list.is_array()) continue;
    ListNature nature;
    nature.transitive = key.starts_with("transitive");
    nature.more = !object[std::string(key) + "@odata.nextLink"].is_none();
    if (list.begin() != list.end() && (*list.begin()).is_object() && list.size() >= kExpandedAtMost) nature.more = true;
    if (key.ends_with("embers")) {
      add_members(list, index, nature, context);
    } else {
      add_groups(list, index, nature, context);
    }
  }
}

// ---- whole lists --------------------------------------------------------------------------------------------

enum class ListSide : std::uint8_t { Plain, MembersOfGroup, GroupsOfPrincipal };

/// A list, and what stands beside it in the document.
struct DirectoryList {
  Value list;
  std::string_view key;  ///< under which the document holds the list; empty for a bare array
  ListSide side = ListSide::Plain;
  std::string_view subject;
};

/// A text, or the id of an object: `"group": "GUID"`, `"group": {"id": "GUID"}`.
std::string_view id_or_text(const Value& value) noexcept {
  return value.is_object() ? value["id"].text() : value.text();
}

DirectoryList directory_list(const Value& document) {
  DirectoryList found;
  if (document.is_array()) {
    found.list = document;
    return found;
  }
  for (const std::string_view key : {"value", "members", "transitiveMembers", "memberOf", "transitiveMemberOf",
                                     "groups", "users", "servicePrincipals"}) {
    if (const Value list = document[key]; list.is_array()) {
      found.list = list;
      found.key = key;
      break;
    }
  }
  found.subject = id_or_text(document.any("groupId", "group_id", "groupObjectId", "group"));
  if (!found.subject.empty()) {
    found.side = ListSide::MembersOfGroup;
    return found;
  }
  found.subject = id_or_text(
      document.any("principalId", "principal_id", "userId", "servicePrincipalId", "memberId", "principal", "user"));
  if (found.subject.empty()) found.subject = document["id"].text();
  if (!found.subject.empty()) {
    found.side = found.key.ends_with("embers") ? ListSide::MembersOfGroup : ListSide::GroupsOfPrincipal;
  }
  return found;
}

/// The kind of the list's first element that shows one. Bare ids are Untyped; None: this is no list of the directory.
DirectoryKind kind_of_list(const Value& list) {
  constexpr std::size_t kLooked = 16;
  std::size_t looked = 0;
  for (const Value element : list) {
    if (element.is_string()) return is_guid(element.text()) ? DirectoryKind::Untyped : DirectoryKind::None;
    if (const DirectoryKind kind = kind_of(element); kind != DirectoryKind::None) return kind;
    if (++looked == kLooked) break;
  }
  return DirectoryKind::None;
}

/// A document that is no directory object itself and holds a list of them.
DirectoryList list_document(const Value& document) {
  if (!document.is_array() && kind_of(document) != DirectoryKind::None && document["groupId"].is_absent()) return {};
  return directory_list(document);
}

bool is_member_list(const Value& document) {
  const DirectoryList found = list_document(document);
  return found.side == ListSide::MembersOfGroup && found.list.is_array() &&
         (found.list.begin() == found.list.end() || kind_of_list(found.list) != DirectoryKind::None);
}

bool is_group_list(const Value& document) {
  const DirectoryList found = list_document(document);
  if (!found.list.is_array()) return false;
  const bool empty = found.list.begin() == found.list.end();
  if (found.side == ListSide::GroupsOfPrincipal) return empty || kind_of_list(found.list) != DirectoryKind::None;
  return found.side == ListSide::Plain && !empty && (*found.list.begin()).is_string() &&
         kind_of_list(found.list) != DirectoryKind::None;
}

/// Directory objects carry their type, or little else, in lists that may be of members. What `az ad user list` and its
/// like print need not be seen as a whole and may be large.
bool may_be_members(const DirectoryList& found) {
  constexpr std::size_t kFewMembers = 4;
  if (!found.list.is_array() || found.list.begin() == found.list.end()) return false;
  if (!found.key.empty() && found.key != "value") return true;
  const Value first = *found.list.begin();
  if (first["members"].is_array()) return false;
  return !first.is_object() || odata_type_of(first).is_string() || first.size() <= kFewMembers;
}

bool is_list_of(const Value& document, DirectoryKind kind) {
  const DirectoryList found = list_document(document);
  return may_be_members(found) && kind_of_list(found.list) == kind;
}
bool is_user_list(const Value& document) { return is_list_of(document, DirectoryKind::User); }
bool is_list_of_groups(const Value& document) { return is_list_of(document, DirectoryKind::Group); }
bool is_service_principal_list(const Value& document) {
  return is_list_of(document, DirectoryKind::ServicePrincipal) || is_list_of(document, DirectoryKind::AppOrPrincipal);
}
bool is_other_list(const Value& document) {
  const DirectoryList found = list_document(document);
  const DirectoryKind kind = may_be_members(found) ? kind_of_list(found.list) : DirectoryKind::None;
  return kind != DirectoryKind::None && kind != DirectoryKind::Application;
}

constexpr std::string_view kGroupMembers = "group-members";
constexpr std::string_view kPrincipalGroups = "principal-groups";

/// What the file's name tells where the document names no subject.
struct NamedSubject {
  ListSide side = ListSide::Plain;
  std::string id;
};

NamedSubject subject_in_name(const Value& list, std::string_view file_name) {
  const std::string_view stem = file_stem(file_name);
  const std::string name = squeezed(stem);
  NamedSubject subject;
  if (name.find("memberof") != std::string::npos || name.find("membergroups") != std::string::npos ||
      name.find("memberobjects") != std::string::npos) {
    subject.side = ListSide::GroupsOfPrincipal;
  } else if (name.find("member") != std::string::npos) {
    subject.side = ListSide::MembersOfGroup;
  } else {
    // "group-GUID.json": only a list of mixed objects, which carry their types, is a list of members.
    const std::vector<std::string> words = words_of(stem);
    const bool mixed = list.begin() != list.end() && odata_type_of(*list.begin()).is_string();
    if (mixed && std::find(words.begin(), words.end(), "group") != words.end()) subject.side = ListSide::MembersOfGroup;
  }
  std::vector<std::string> guids = guids_in(stem);
  if (guids.size() == 1) subject.id = std::move(guids.front());
  return subject;
}

/// `transitive: BOOL`, or a key, an address or a file name that says so; and of a principal's groups bare ids, which
/// only getMemberObjects and getMemberGroups give. Source: input-formats 5
bool is_transitive(const Value& document, const DirectoryList& found, ListSide side, std::string_view file_name) {
  if (const auto told = document["transitive"].boolean()) return *told;
  const std::string name = squeezed(file_stem(file_name));
  if (found.key.starts_with("transitive") || name.find("transitive") != std::string::npos) return true;
  if (find_ignoring_case(document["@odata.context"].text(), "/transitiveMember") != std::string_view::npos) return true;
  if (side == ListSide::MembersOfGroup) return false;
  if (name.find("membergroups") != std::string::npos || name.find("memberobjects") != std::string::npos) return true;
  const bool bare_ids = found.list.begin() != found.list.end() && (*found.list.begin()).is_string();
  return bare_ids && (found.key.empty() || found.key == "value") && name.find("memberof") == std::string::npos;
}

void lower_list(const Value& document, LoweringContext& context) {
  const DirectoryList found = directory_list(document);
  ListSide side = found.side;
  std::string subject(found.subject);
  if (side == ListSide::Plain) {
    NamedSubject named = subject_in_name(found.list, context.file_name);
    const bool bare_ids = found.list.begin() != found.list.end() && (*found.list.begin()).is_string();
    if (named.id.empty() || named.side == ListSide::Plain) {
      if (named.side != ListSide::Plain || bare_ids) {
        context.warn(
            "members-without-subject", found.list,
            "a list of members or groups does not say whose they are, so it says nothing about membership",
            "wrap it as {\"groupId\": ID, \"value\": […]} or {\"principalId\": ID, \"value\": […]}, or put that "
            "one id into the file's name");
      }
      if (bare_ids) return context.count("objectIds", found.list.size());
      for (const Value element : found.list) {
        if (lower_object(element, context, named.side != ListSide::Plain)) continue;
        if (kind_of(element) == DirectoryKind::None) {
          context.warn("unrecognised-object", element, "an element of a directory list is of no known kind");
        }
      }
      return;
    }
    side = named.side;
    subject = std::move(named.id);
  }
  ListNature nature;
  nature.transitive = is_transitive(document, found, side, context.file_name);
  nature.more = has_next_page(document);
  const PrincipalIndex index = context.builder.principal(subject);
  if (side == ListSide::MembersOfGroup) {
    add_members(found.list, index, nature, context);
  } else {
    add_groups(found.list, index, nature, context);
  }
}

// ---- managed identities and workloads -----------------------------------------------------------------------

constexpr std::string_view kIdentityType = "microsoft.managedidentity/userassignedidentities";

bool is_managed_identity(const Value& object) { return is_resource(object, kIdentityType); }
bool is_federated_credential(const Value& object) {
  return model::equal_ignoring_case(resource_type_of(object),
                                    std::string(kIdentityType) + "/federatedIdentityCredentials");
}

void count_federated_credential(const Value&, LoweringContext& context) { context.count("federatedCredentials"); }

void lower_managed_identity(const Value& object, LoweringContext& context) {
  const std::string_view object_id = field(object, "principalId").text();
  if (object_id.empty()) {
    context.warn("directory-object-unusable", object, "a managed identity without `principalId` is not used",
                 "export again with `az identity list -o json`");
    return;
  }
  const std::string_view id = resource_id_of(object).text();
  Principal& principal = note_managed_identity(context, object_id, field(object, "clientId").text(), id);
  principal.described = true;
  principal.kind = PrincipalKind::ServicePrincipal;
  const std::string_view name = object["name"].is_string() ? object["name"].text() : last_segment(id);
  if (principal.display_name.empty()) principal.display_name = name;
  if (principal.display_name != name) add_alias(principal, name);
  context.count("identities");
}

bool is_cluster(const Value& object) { return is_resource(object, "microsoft.containerservice/managedclusters"); }
bool is_container_app(const Value& object) {
  return is_resource(object, "microsoft.app/containerapps") || is_resource(object, "microsoft.app/jobs");
}
bool is_site(const Value& object) {
  return is_resource(object, "microsoft.web/sites") || is_resource(object, "microsoft.web/sites/slots");
}
bool is_site_config(const Value& object) {
  return is_resource(object, "microsoft.web/sites/config") || is_resource(object, "microsoft.web/sites/slots/config");
}

Workload named_workload(const Value& object, std::string_view kind) {
  Workload workload;
  workload.kind = kind;
  workload.resource_id = resource_id_of(object).text();
  workload.name = object["name"].is_string() ? object["name"].text() : last_segment(workload.resource_id);
  return workload;
}

/// Pulls use the kubelet's identity, never the cluster's own; clusters with a service principal use that.
/// Source: input-formats 5, "AKS"
void lower_cluster(const Value& object, LoweringContext& context) {
  Workload workload = named_workload(object, "aks");
  const model::ManagedIdentity own = lower_identity(object, workload.resource_id, context);
  workload.control_plane_principal_id = own.principal_id.empty() && !own.user_assigned.empty()
                                            ? own.user_assigned.front().principal_id
                                            : own.principal_id;
  const Value kubelet = field(object, "identityProfile")["kubeletidentity"];
  if (kubelet.is_object()) {
    workload.principal_id = model::ascii_lower(kubelet["objectId"].text());
    workload.client_id = model::ascii_lower(kubelet["clientId"].text());
    workload.identity_resource_id = kubelet["resourceId"].text();
  } else {
    const std::string client_id = model::ascii_lower(field(object, "servicePrincipalProfile")["clientId"].text());
    if (client_id != "msi") workload.client_id = client_id;
  }
  if (!workload.principal_id.empty()) {
    Principal& principal =
        note_managed_identity(context, workload.principal_id, workload.client_id, workload.identity_resource_id);
    add_alias(principal, last_segment(workload.identity_resource_id));
  }
  context.builder.draft().workloads.push_back(std::move(workload));
  context.count("clusters");
}

std::string_view server_of_image(std::string_view image) noexcept {
  const std::size_t slash = image.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view server = image.substr(0, slash);
  return server.find('.') == std::string_view::npos ? std::string_view() : server;
}

/// Adds `text` unless it is empty or there. Keeps few: no app has more than a handful of containers or registries.
void add_unique(std::vector<std::string>& list, std::string_view text) {
  constexpr std::size_t kKept = 64;
  if (text.empty() || list.size() == kKept) return;
  if (std::find(list.begin(), list.end(), text) == list.end()) list.emplace_back(text);
}

/// Does the export show which identities the app has?
bool shows_identities(const model::ManagedIdentity& own) { return !own.type.empty() || !own.user_assigned.empty(); }

void warn_not_attached(const Value& where, LoweringContext& context) {
  context.warn("workload-identity-not-attached", where,
               "the app does not have the identity " + model::quoted(where.text()) + ", so it cannot pull as it",
               "export the app again, or attach the identity to it");
}

/// One Workload for each identity that the app names for its registries.
void lower_container_app(const Value& object, LoweringContext& context) {
  Workload base = named_workload(object, "container-app");
  const model::ManagedIdentity own = lower_identity(object, base.resource_id, context);
  for (const std::string_view key : {"containers", "initContainers"}) {
    const Value containers = field(object, "template")[key];
    if (!containers.is_array()) continue;
    for (const Value container : containers) add_unique(base.images, container["image"].text());
  }
  std::map<std::string, Workload> by_identity;
  if (const Value registries = field(object, "configuration")["registries"]; registries.is_array()) {
    for (const Value registry : registries) {
      const std::string identity = model::ascii_lower(registry["identity"].text());
      Workload& workload = by_identity.try_emplace(identity, base).first->second;
      add_unique(workload.servers, registry["server"].text());
      if (identity == "system") {
        workload.principal_id = own.principal_id;
        if (own.principal_id.empty()) workload.identity_resource_id = base.resource_id;
      } else if (identity == "system-environment") {
        workload.identity_resource_id = field(object, "managedEnvironmentId").text();
      } else if (!identity.empty()) {
        const auto user = std::find_if(own.user_assigned.begin(), own.user_assigned.end(), [&](const auto& each) {
          return model::equal_ignoring_case(each.resource_id, identity);
        });
        if (user != own.user_assigned.end()) {
          workload.principal_id = user->principal_id;
          workload.client_id = user->client_id;
        } else if (shows_identities(own)) {
          warn_not_attached(registry["identity"], context);
          continue;
        }
        workload.identity_resource_id = registry["identity"].text();
      }
    }
  }
  if (by_identity.empty()) by_identity.emplace("", base);
  for (auto& [identity, workload] : by_identity) context.builder.draft().workloads.push_back(std::move(workload));
  context.count("containerApps");
}

/// What a site's configuration says of pulling. `acrUserManagedIdentityID` is a *client* id; without one it is the
/// site's own identity. Source: input-formats 5, "App Service"
void take_site_config(const Value& config, std::string_view site_id, Workload& workload) {
  if (flag_of(config["acrUseManagedIdentityCreds"]) == true) {
    workload.client_id = model::ascii_lower(config["acrUserManagedIdentityID"].text());
    if (workload.client_id.empty()) workload.identity_resource_id = site_id;
  }
  for (const std::string_view key : {"linuxFxVersion", "windowsFxVersion"}) {
    constexpr std::string_view kDocker = "DOCKER|";
    std::string_view image = config[key].text();
    if (!model::equal_ignoring_case(image.substr(0, kDocker.size()), kDocker)) continue;
    image.remove_prefix(kDocker.size());
    add_unique(workload.images, image);
    add_unique(workload.servers, server_of_image(image));
  }
}

void lower_site(const Value& object, LoweringContext& context) {
  Workload workload = named_workload(object, "app-service");
  const model::ManagedIdentity own = lower_identity(object, workload.resource_id, context);
  workload.control_plane_principal_id = own.principal_id;
  const Value config = field(object, "siteConfig");
  take_site_config(config, workload.resource_id, workload);
  const auto may_be = [&](const auto& user) { return user.client_id.empty() || user.client_id == workload.client_id; };
  if (!workload.client_id.empty() && shows_identities(own) &&
      std::none_of(own.user_assigned.begin(), own.user_assigned.end(), may_be)) {
    warn_not_attached(config["acrUserManagedIdentityID"], context);
    workload.client_id.clear();
  }
  context.builder.draft().workloads.push_back(std::move(workload));
  context.count("webApps");
}

/// `az webapp config show`: the settings without the site's identity; join_directory puts the two together.
void lower_site_config(const Value& object, LoweringContext& context) {
  const std::string_view id = resource_id_of(object).text();
  const std::size_t end = find_ignoring_case(id, "/config/");
  Workload workload;
  workload.kind = "app-service";
  workload.resource_id = id.substr(0, end);
  workload.name = last_segment(workload.resource_id);
  const Value properties = object["properties"];
  take_site_config(properties.is_object() ? properties : object, workload.resource_id, workload);
  context.builder.draft().workloads.push_back(std::move(workload));
  context.count("webApps");
}

constexpr std::array kDirectoryFormats = {
    ObjectFormat{"managed-identities", is_managed_identity, lower_managed_identity},
    ObjectFormat{"federated-credentials", is_federated_credential, count_federated_credential},
    ObjectFormat{"aks-clusters", is_cluster, lower_cluster},
    ObjectFormat{"container-apps", is_container_app, lower_container_app},
    ObjectFormat{"app-service-config", is_site_config, lower_site_config},
    ObjectFormat{"app-services", is_site, lower_site},
    ObjectFormat{"users", is_user, lower_directory_object},
    ObjectFormat{"groups", is_group, lower_directory_object},
    ObjectFormat{"service-principals", is_service_principal, lower_directory_object},
    ObjectFormat{"applications", is_application, lower_directory_object},
    ObjectFormat{"directory-objects", is_directory_object, lower_directory_object},
};

constexpr std::array kDirectoryDocuments = {
    ObjectFormat{kGroupMembers, is_member_list, lower_list},
    ObjectFormat{kPrincipalGroups, is_group_list, lower_list},
    ObjectFormat{"users", is_user_list, lower_list},
    ObjectFormat{"groups", is_list_of_groups, lower_list},
    ObjectFormat{"service-principals", is_service_principal_list, lower_list},
    ObjectFormat{"directory-objects", is_other_list, lower_list},
};

// ---- joining ------------------------------------------------------------------------------------------------

class DirectoryJoin {
 public:
  explicit DirectoryJoin(model::SnapshotBuilder& builder)
      : builder_(builder), draft_(builder.draft()), warnings_(draft_) {
    for (std::size_t i = 0; i < draft_.principals.size(); ++i) {
      const Principal& principal = draft_.principals[i];
      if (!principal.app_id.empty()) by_app_.emplace(principal.app_id, i);
      if (!principal.resource_id.empty()) by_resource_.emplace(model::ascii_lower(principal.resource_id), i);
    }
  }

  void run() {
    for (const model::Application& application : draft_.applications) {
      const auto found = by_app_.find(application.app_id);
      if (found == by_app_.end()) continue;
      draft_.principals[found->second].application_object_id = application.object_id;
    }
    merge_sites();
    for (Workload& workload : draft_.workloads) resolve(workload);
    warnings_.finish();
  }

 private:
  /// `az webapp show` and `az webapp config show` describe one site.
  void merge_sites() {
    std::map<std::string, std::size_t> first;
    std::vector<Workload> merged;
    for (Workload& workload : draft_.workloads) {
      if (workload.kind != "app-service") {
        merged.push_back(std::move(workload));
        continue;
      }
      const auto [at, is_new] = first.emplace(model::ascii_lower(workload.resource_id), merged.size());
      if (is_new) {
        merged.push_back(std::move(workload));
        continue;
      }
      Workload& known = merged[at->second];
      if (known.client_id.empty()) known.client_id = std::move(workload.client_id);
      if (known.identity_resource_id.empty()) known.identity_resource_id = std::move(workload.identity_resource_id);
      if (known.control_plane_principal_id.empty()) {
        known.control_plane_principal_id = std::move(workload.control_plane_principal_id);
      }
      for (const std::string& server : workload.servers) add_unique(known.servers, server);
      for (const std::string& image : workload.images) add_unique(known.images, image);
    }
    draft_.workloads = std::move(merged);
  }

  void resolve(Workload& workload) {
    // Who asks by its name asks for somebody, whom only the deployment will know.
    if (model::is_named_unknown(workload.principal_id)) workload.principal_id.clear();
    if (workload.principal_id.empty()) workload.principal_id = pulling_principal(workload);
    if (!workload.principal_id.empty()) {
      const PrincipalIndex index = builder_.principal(workload.principal_id);
      Principal& principal = draft_.principals[model::at(index)];
      add_alias(principal, workload.name);
      add_alias(principal, workload.resource_id);
      return;
    }
    if (workload.client_id.empty() && workload.identity_resource_id.empty()) return;
    const bool by_client_id = !workload.client_id.empty();
    warnings_.add("workload-without-principal", {},
                  workload.kind + ' ' + model::quoted(workload.name) + " pulls as " +
                      model::quoted(by_client_id ? workload.client_id : workload.identity_resource_id) +
                      ", whose object id the data does not hold",
                  by_client_id ? "add `az ad sp show --id CLIENT_ID -o json`"
                               : "add `az identity list -o json`, or `az ad sp list --all -o json`");
  }

  std::string pulling_principal(const Workload& workload) const {
    if (!workload.client_id.empty()) {
      const auto found = by_app_.find(workload.client_id);
      return found == by_app_.end() ? std::string() : draft_.principals[found->second].id;
    }
    if (workload.identity_resource_id.empty()) return {};
    const bool own = model::equal_ignoring_case(workload.identity_resource_id, workload.resource_id);
    if (own && !workload.control_plane_principal_id.empty()) return workload.control_plane_principal_id;
    const auto found = by_resource_.find(model::ascii_lower(workload.identity_resource_id));
    return found == by_resource_.end() ? std::string() : draft_.principals[found->second].id;
  }

  model::SnapshotBuilder& builder_;
  model::Snapshot& draft_;
  JoinWarnings warnings_;
  std::map<std::string, std::size_t, std::less<>> by_app_;
  std::map<std::string, std::size_t, std::less<>> by_resource_;
};

}  // namespace

std::span<const ObjectFormat> directory_formats() { return kDirectoryFormats; }
std::string_view lower_empty_list(const Value& document, LoweringContext& context) {
  const DirectoryList found = directory_list(document);
  if (!found.list.is_array() || found.side != ListSide::Plain) return {};
  const NamedSubject named = subject_in_name(found.list, context.file_name);
  if (named.id.empty() || named.side == ListSide::Plain) return {};
  lower_list(document, context);
  return named.side == ListSide::MembersOfGroup ? kGroupMembers : kPrincipalGroups;
}

std::span<const ObjectFormat> directory_document_formats() { return kDirectoryDocuments; }

void join_directory(model::SnapshotBuilder& builder) { DirectoryJoin(builder).run(); }

}  // namespace acrbiter::parser
