#include "parser/arm_expander.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "model/ascii.h"
#include "model/text_position.h"
#include "parser/lower_common.h"

namespace acrbiter::parser::arm {

using model::Diagnostic;
using model::equal_ignoring_case;

// ---- functions ----------------------------------------------------------------------------------------------

std::optional<Json> Context::call(FunctionCall& call) {
  struct Entry {
    std::string_view name;
    Expander::Run run;
  };
  static constexpr std::array kEntries = {
      Entry{"parameters", &Expander::parameters},
      Entry{"variables", &Expander::variables},
      Entry{"copyIndex", &Expander::copy_index},
      Entry{"subscription", &Expander::subscription},
      Entry{"resourceGroup", &Expander::resource_group},
      Entry{"tenant", &Expander::tenant},
      Entry{"managementGroup", &Expander::management_group},
      Entry{"deployment", &Expander::deployment},
      Entry{"reference", &Expander::reference},
      Entry{"resourceId", &Expander::resource_id},
      Entry{"subscriptionResourceId", &Expander::subscription_resource_id},
      Entry{"tenantResourceId", &Expander::tenant_resource_id},
      Entry{"managementGroupResourceId", &Expander::management_group_resource_id},
      Entry{"extensionResourceId", &Expander::extension_resource_id},
  };
  const auto found = std::find_if(kEntries.begin(), kEntries.end(),
                                  [&](const Entry& e) { return equal_ignoring_case(e.name, call.function); });
  if (found != kEntries.end()) return (expander_.*(found->run))(call, *this);
  // What resources give away on request (listKeys, listCredentials, …) and what stands in other resources.
  if (model::starts_with_ignoring_case(call.function, "list") || equal_ignoring_case(call.function, "references")) {
    return call.unknown_result();
  }
  return expander_.own_function(call, *this);
}

Json Context::member_of_unknown(const std::string& of, std::string_view name) {
  const auto known = expander_.references_.find(of);
  if (known == expander_.references_.end()) return unknown(of + '.' + std::string(name));
  Expander::Reference further = known->second;
  further.path.emplace_back(name);
  return expander_.resolved(of + '.' + std::string(name), std::move(further));
}

void Context::unknown_function(std::string_view name) {
  if (!expander_.unknown_functions_.insert(model::ascii_lower(name)).second) return;
  expander_.warn("unknown-template-function", {}, "the template calls a function nobody knows: " + model::quoted(name),
                 "what depends on it is not known");
}

namespace {

bool one_text(FunctionCall& call) {
  if (call.arguments.size() == 1 && call.arguments[0].is_string()) return true;
  call.fail("`" + std::string(call.function) + "` takes one name");
  return false;
}

}  // namespace

std::optional<Json> Expander::parameters(FunctionCall& call, Context& context) {
  if (!one_text(call)) return Json();
  if (has_unknown(call.arguments[0])) return call.unknown_result();
  const auto& name = call.arguments[0].get_ref<const std::string&>();
  if (context.arguments_ != nullptr) {
    const auto found = context.arguments_->find(model::ascii_lower(name));
    if (found == context.arguments_->end()) return call.fail("the function has no parameter " + model::quoted(name));
    return found->second;
  }
  return parameter(context.deployment_.values(), name, call);
}

std::optional<Json> Expander::variables(FunctionCall& call, Context& context) {
  if (!one_text(call)) return Json();
  if (has_unknown(call.arguments[0])) return call.unknown_result();
  return variable(context.deployment_.values(), call.arguments[0].get_ref<const std::string&>(), call);
}

std::optional<Json> Expander::copy_index(FunctionCall& call, Context& context) {
  std::string name;
  Json offset = 0;
  for (const Json& argument : call.arguments) {
    if (argument.is_string() && !has_unknown(argument)) {
      name = argument.get<std::string>();
    } else {
      offset = argument;
    }
  }
  const auto found = std::find_if(context.copies_.rbegin(), context.copies_.rend(), [&](const CopyIndex& each) {
    return name.empty() || equal_ignoring_case(each.name, name);
  });
  if (found == context.copies_.rend()) {
    return call.fail(name.empty() ? "there is no loop around `copyIndex`" : "there is no loop " + model::quoted(name));
  }
  // Without a name the loop of the resource is meant, also inside of a property's loop.
  const CopyIndex& copy = name.empty() ? context.copies_.front() : *found;
  if (!copy.index.is_number_integer() || !offset.is_number_integer()) {
    return unknown("copyIndex('" + copy.name + "')" + (offset == 0 ? "" : " + " + spelled(offset)));
  }
  return copy.index.get<std::int64_t>() + offset.get<std::int64_t>();
}

std::optional<Json> Expander::subscription(FunctionCall& call, Context& context) {
  const Place& place = context.deployment_.values().place;
  if (place.kind < Place::Kind::Subscription) return call.unknown_result();
  const std::string& tenant = deployed_to().tenant;
  return Json{{"id", "/subscriptions/" + place.subscription},
              {"subscriptionId", place.subscription},
              {"tenantId", tenant.empty() ? unknown(qualifier_ + "tenant") : Json(tenant)},
              {"displayName", unknown("subscription().displayName of " + shown(place.subscription))}};
}

std::optional<Json> Expander::resource_group(FunctionCall& call, Context& context) {
  const Place& place = context.deployment_.values().place;
  if (place.kind != Place::Kind::ResourceGroup) return call.unknown_result();
  // Of the group that the user names the place is known, of others it is not.
  const bool is_root = place.id() == root_->place.id();
  const std::string& location = deployed_to().location;
  return Json{
      {"id", place.id()},
      {"name", place.resource_group},
      {"type", "Microsoft.Resources/resourceGroups"},
      {"location", is_root && !location.empty()
                       ? Json(location)
                       : unknown(qualifier_ + "location" + (is_root ? "" : " of " + shown(place.resource_group)))},
      {"tags", unknown("tags of " + shown(place.id()))},
      {"managedBy", unknown("managedBy of " + shown(place.id()))},
      {"properties", {{"provisioningState", "Succeeded"}}}};
}

std::optional<Json> Expander::tenant(FunctionCall& /*call*/, Context& /*context*/) {
  const std::string& id = deployed_to().tenant;
  const Json tenant_id = id.empty() ? unknown(qualifier_ + "tenant") : Json(id);
  return Json{{"tenantId", tenant_id},
              {"id", "/tenants/" + tenant_id.get<std::string>()},
              {"displayName", unknown("tenant().displayName")},
              {"countryCode", unknown("tenant().countryCode")}};
}

std::optional<Json> Expander::management_group(FunctionCall& call, Context& context) {
  const Place& place = context.deployment_.values().place;
  if (place.kind != Place::Kind::ManagementGroup) return call.unknown_result();
  return Json{{"id", place.id()},
              {"name", place.management_group},
              {"type", "Microsoft.Management/managementGroups"},
              {"properties", unknown("managementGroup().properties")}};
}

std::optional<Json> Expander::deployment(FunctionCall& /*call*/, Context& context) {
  const ArmDeployment& values = context.deployment_.values();
  const std::string& location = deployed_to().location;
  const Json metadata = values.document == nullptr ? Json() : member(*values.document, "metadata");
  return Json{{"name", values.name},
              {"location", location.empty() ? unknown(qualifier_ + "location") : Json(location)},
              {"properties",
               {{"mode", "Incremental"},
                {"template", {{"metadata", metadata}, {"contentVersion", unknown("contentVersion")}}},
                {"templateLink", unknown("deployment().properties.templateLink")}}}};
}

/// BASE/providers/NAMESPACE/TYPE/NAME/…: the type stands in the arguments at `type_at`, the names behind it.
Json Expander::id_below(const std::string& base, FunctionCall& call, std::size_t type_at) {
  std::vector<std::string> texts;
  for (const Json& argument : call.arguments) {
    if (!argument.is_string()) return call.fail("`" + std::string(call.function) + "` takes texts");
    texts.push_back(argument.get<std::string>());
  }
  if (type_at >= texts.size()) return call.fail("`" + std::string(call.function) + "` takes a type and names");
  if (has_unknown(std::string_view(texts[type_at]))) return call.unknown_result();
  const std::vector<std::string> types = segments_of(texts[type_at]);
  if (types.size() < 2 || types.size() - 1 != texts.size() - type_at - 1) {
    return call.fail("`" + std::string(call.function) + "` takes a name for each part of the type " +
                     model::quoted(texts[type_at]));
  }
  std::string id = base + "/providers/" + types[0];
  for (std::size_t i = 1; i < types.size(); ++i) id += '/' + types[i] + '/' + texts[type_at + i];
  return id;
}

namespace {

/// Where the type stands: behind at most `most` texts, and with as many names behind it as it has parts.
std::optional<std::size_t> type_among(const FunctionCall& call, std::size_t most) {
  for (std::size_t i = 0; i <= most && i < call.arguments.size(); ++i) {
    if (!call.arguments[i].is_string()) return std::nullopt;
    const auto& text = call.arguments[i].get_ref<const std::string&>();
    if (has_unknown(std::string_view(text))) continue;
    const auto slashes = static_cast<std::size_t>(std::count(text.begin(), text.end(), '/'));
    if (slashes > 0 && slashes == call.arguments.size() - i - 1) return i;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Json> Expander::resource_id(FunctionCall& call, Context& context) {
  const std::optional<std::size_t> type_at = type_among(call, 2);
  if (!type_at) {
    const bool open =
        std::any_of(call.arguments.begin(), call.arguments.end(), [](const Json& v) { return has_unknown(v); });
    return open ? call.unknown_result() : call.fail("`resourceId` takes a type, and a name for each part of it");
  }
  Place place = context.deployment_.values().place;
  if (*type_at == 2) {
    place.kind = Place::Kind::ResourceGroup;
    place.subscription = call.arguments[0].get<std::string>();
    place.resource_group = call.arguments[1].get<std::string>();
  } else if (*type_at == 1) {
    const auto& text = call.arguments[0].get_ref<const std::string&>();
    if (is_guid(text)) {
      place.subscription = text;
    } else {
      place.kind = Place::Kind::ResourceGroup;
      place.resource_group = text;
    }
  }
  // What the service makes of it above subscriptions is not documented.
  if (place.kind < Place::Kind::Subscription) return call.unknown_result();
  return id_below(place.id(), call, *type_at);
}

std::optional<Json> Expander::subscription_resource_id(FunctionCall& call, Context& context) {
  Place place = context.deployment_.values().place;
  const std::size_t type_at = type_among(call, 1).value_or(0);
  if (type_at == 1) {
    place.subscription = call.arguments[0].get<std::string>();
  } else if (place.kind < Place::Kind::Subscription) {
    place.subscription = unknown_text(qualifier_ + "subscription");
  }
  place.kind = Place::Kind::Subscription;
  return id_below(place.id(), call, type_at);
}

std::optional<Json> Expander::tenant_resource_id(FunctionCall& call, Context& /*context*/) {
  return id_below({}, call, 0);
}

std::optional<Json> Expander::management_group_resource_id(FunctionCall& call, Context& context) {
  Place place = context.deployment_.values().place;
  const std::size_t type_at = type_among(call, 1).value_or(0);
  if (type_at == 1) {
    place.management_group = call.arguments[0].get<std::string>();
  } else if (place.kind != Place::Kind::ManagementGroup) {
    place.management_group = unknown_text(qualifier_ + "managementGroup");
  }
  place.kind = Place::Kind::ManagementGroup;
  return id_below(place.id(), call, type_at);
}

std::optional<Json> Expander::extension_resource_id(FunctionCall& call, Context& /*context*/) {
  if (call.arguments.size() < 3 || !call.arguments[0].is_string()) {
    return call.fail("`extensionResourceId` takes an id, a type and names");
  }
  std::string base = call.arguments[0].get<std::string>();
  while (base.ends_with('/')) base.pop_back();
  return id_below(base, call, 1);
}

/// A function that the template defines: `NAMESPACE.NAME`.
std::optional<Json> Expander::own_function(FunctionCall& call, Context& context) {
  const std::size_t dot = call.function.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  ArmDeployment& deployment = context.deployment_.values();
  for (const Json& space : member(*deployment.document, "functions")) {
    if (!equal_ignoring_case(text_or_empty(member(space, "namespace")), call.function.substr(0, dot))) continue;
    const Json* function = find_member(member(space, "members"), call.function.substr(dot + 1));
    if (function == nullptr) continue;
    std::map<std::string, Json> arguments;
    std::size_t position = 0;
    for (const Json& declared : member(*function, "parameters")) {
      if (position >= call.arguments.size()) break;
      arguments[model::ascii_lower(text_or_empty(member(declared, "name")))] = call.arguments[position++];
    }
    if (position != call.arguments.size()) {
      return call.fail("the function " + model::quoted(call.function) + " takes " + std::to_string(position) +
                       " arguments");
    }
    Context inside(*this, deployment);
    inside.arguments_ = &arguments;
    return deep(member(member(*function, "output"), "value"), inside);
  }
  return std::nullopt;
}

// ---- references ---------------------------------------------------------------------------------------------

const Resource* Expander::find_by_id(ArmDeployment& deployment, const std::string& id) {
  list(deployment);
  for (const auto& resource : deployment.resources) {
    if (!resource->id.empty() && !resource->existing && equal_ignoring_case(resource->id, id)) return resource.get();
  }
  for (const auto& resource : deployment.resources) {
    if (!resource->nested || resource->nested->document == nullptr) continue;
    if (const Resource* found = find_by_id(*resource->nested, id)) return found;
  }
  return nullptr;
}

/// By symbolic name, id, or name.
const Resource* Expander::find_resource(ArmDeployment& deployment, const std::string& name_or_id) {
  list(deployment);
  std::string symbol = name_or_id;
  std::optional<std::int64_t> index;
  if (symbol.ends_with(']')) {
    const std::size_t open = symbol.rfind('[');
    if (open != std::string::npos) {
      index = std::strtoll(symbol.c_str() + open + 1, nullptr, 10);
      symbol.resize(open);
    }
  }
  for (const auto& resource : deployment.resources) {
    if (resource->symbolic.empty() || !equal_ignoring_case(resource->symbolic, symbol)) continue;
    const bool same_copy = !index || (resource->copy && resource->copy->index == *index);
    if (same_copy) return resource.get();
  }
  if (name_or_id.starts_with('/')) return find_by_id(*root_, name_or_id);
  for (const auto& resource : deployment.resources) {
    if (!resource->name.empty() && equal_ignoring_case(resource->name, name_or_id)) return resource.get();
  }
  return nullptr;
}

std::optional<Json> Expander::reference(FunctionCall& call, Context& context) {
  if (call.arguments.empty() || !call.arguments[0].is_string()) return call.fail("`reference` takes a name or an id");
  const auto& name_or_id = call.arguments[0].get_ref<const std::string&>();
  Reference made;
  made.target = find_resource(context.deployment_, name_or_id);
  made.id = made.target != nullptr && !made.target->id.empty() ? made.target->id : name_or_id;
  made.full = call.arguments.size() > 2 && call.arguments[2].is_string() &&
              equal_ignoring_case(call.arguments[2].get_ref<const std::string&>(), "full");
  // While its name is evaluated, a resource has no address yet.
  const bool named = made.target != nullptr && !made.target->existing && !made.target->address.empty();
  const std::string shown_name =
      named ? qualifier_ + made.target->address.substr(label_.size() + 2) : shown_id(made.id);
  const std::string name = "reference('" + shown_name + (made.full ? "', 'full')" : "')");
  return resolved(name, std::move(made));
}

/// The unknown of this name, or what it is known to be.
Json Expander::resolved(const std::string& name, Reference reference) {
  const auto is = [&](std::initializer_list<std::string_view> path) {
    return reference.path.size() == path.size() &&
           std::equal(path.begin(), path.end(), reference.path.begin(), equal_ignoring_case);
  };
  const bool is_deployment = reference.target != nullptr && reference.target->nested != nullptr;
  std::size_t outputs = reference.full ? 1 : 0;
  if (is_deployment && reference.path.size() == outputs + 3 &&
      equal_ignoring_case(reference.path[outputs], "outputs") &&
      equal_ignoring_case(reference.path[outputs + 2], "value") && reference.target->condition == true) {
    return output(*reference.target->nested, reference.path[outputs + 1]);
  }
  Json result = unknown(name);
  const std::string key = name_of(result.get_ref<const std::string&>());
  const std::vector<std::string> parts = segments_of(reference.id);
  const bool is_identity =
      parts.size() > 2 && parts[0].empty() && equal_ignoring_case(parts[parts.size() - 2], "userAssignedIdentities");
  if (is_identity && (is({"principalId"}) || is({"properties", "principalId"}))) {
    return principal_of(reference.id, reference.target, key);
  }
  if (reference.full && is({"identity", "principalId"}) && parts[0].empty() && parts.size() > 2) {
    return principal_of(reference.id, reference.target, key);
  }
  if (reference.full && reference.path.size() == 4 && equal_ignoring_case(reference.path[0], "identity") &&
      equal_ignoring_case(reference.path[1], "userAssignedIdentities") &&
      equal_ignoring_case(reference.path[3], "principalId")) {
    return principal_of(reference.path[2], find_by_id(*root_, reference.path[2]), key);
  }
  references_[key] = std::move(reference);
  return result;
}

/// The principal of the identity with this id, or of the resource's own identity: an unknown behind whose name stands
/// a declared identity.
Json Expander::principal_of(const std::string& id, const Resource* resource, const std::string& name) {
  const bool declared = resource != nullptr && !resource->existing && !resource->address.empty();
  const std::string key = model::ascii_lower(id);
  const auto known = identities_.find(key);
  const std::string address = known != identities_.end() ? known->second
                              : declared                 ? resource->address
                                                         : '{' + name + '}';
  declare_identity(id, address);
  principals_[name] = address;
  return unknown(name);
}

void Expander::declare_identity(const std::string& id, const std::string& address) {
  if (!identities_.emplace(model::ascii_lower(id), address).second || source_.removed) return;
  DeclaredIdentity& identity = infrastructure_.identities.emplace_back();
  identity.address = address;
  identity.resource_id = shown_id(id);
  identity.name = shown(segments_of(id).back());
  identity.file = source_.file;
}

}  // namespace acrbiter::parser::arm
