#include "parser/arm_expander.h"

#include <algorithm>

#include "model/ascii.h"
#include "model/text_position.h"
#include "parser/lower.h"
#include "parser/lower_common.h"

namespace acrbiter::parser::arm {

using model::Diagnostic;
using model::equal_ignoring_case;

namespace {

constexpr std::string_view kActivationRequests = "Microsoft.Authorization/roleAssignmentScheduleRequests";
constexpr std::string_view kEligibilityRequests = "Microsoft.Authorization/roleEligibilityScheduleRequests";
constexpr std::string_view kUserAssigned = "Microsoft.ManagedIdentity/userAssignedIdentities";

}  // namespace

// ---- declarations -------------------------------------------------------------------------------------------

namespace {

/// Every text as it leaves this file. Ids keep their known segments.
Json shown_all(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.starts_with('/') ? shown_id(text) : shown(text);
  }
  if (!value.is_structured()) return value;
  Json result = value.is_array() ? Json::array() : Json::object();
  for (const auto& [key, each] : value.items()) {
    if (value.is_array()) {
      result.push_back(shown_all(each));
    } else {
      result[shown_id(key)] = shown_all(each);
    }
  }
  return result;
}

/// A name with `*` for what is not known of it.
std::string form_of(std::string_view name) {
  std::string form;
  bool open = false;
  for (const char c : name) {
    if (c == kUnknownBegin) form += '*';
    open = (open || c == kUnknownBegin) && c != kUnknownEnd;
    if (!open && c != kUnknownEnd) form += c;
  }
  return form;
}

}  // namespace

Json Expander::identity_of(const Resource& resource, const Json& identity) {
  if (!identity.is_object()) return nullptr;
  Json result = Json::object();
  const Json& type = member(identity, "type");
  result["type"] = shown_all(type);
  if (type.is_string() && contains_ignoring_case(type.get<std::string>(), "SystemAssigned")) {
    declare_identity(resource.id, resource.address);
    result["principalId"] = identities_.at(model::ascii_lower(resource.id));
  }
  const Json& assigned = member(identity, "userAssignedIdentities");
  if (!assigned.is_object()) return result;
  for (const auto& [id, ignored] : assigned.items()) {
    const std::string name = "reference('" + shown_id(id) + "').principalId";
    principal_of(id, find_by_id(*root_, id), name_of(unknown_text(name)));
    result["userAssignedIdentities"][shown_id(id)] = {{"principalId", identities_.at(model::ascii_lower(id))}};
  }
  return result;
}

/// A setting whose value only the deployment knows is not what exports show, and not what the template shows either:
/// it is not known. So are all settings of a registry that may not be deployed.
void Expander::settle_registry(const Resource& resource, bool certain, Json& properties) {
  const std::string name = segments_of(resource.id).back();
  const auto forget = [&](std::string_view setting, const std::string& policy) {
    for (model::Registry& registry : builder_.draft().registries) {
      if (equal_ignoring_case(registry.name, name)) forget_setting(registry, setting, policy);
    }
  };
  for (auto each = properties.begin(); each != properties.end();) {
    if (certain && each.key() == "policies" && each->is_object()) {
      for (auto policy = each->begin(); policy != each->end();) {
        const bool open = has_unknown(*policy);
        if (open) forget(each.key(), policy.key());
        policy = open ? each->erase(policy) : std::next(policy);
      }
    }
    const bool open = !certain || has_unknown(*each);
    if (open) forget(each.key(), {});
    each = open ? properties.erase(each) : std::next(each);
  }
}

/// Takes out of what is declared what is not known of it. False: the resource as a whole is better left out, since what
/// is known of it would pass for all of it.
bool Expander::settle(const Resource& resource, const RestShape& shape, bool certain, Json& properties) {
  const auto is = [&](std::string_view type) { return equal_ignoring_case(shape.type, type); };
  const std::vector<std::string> parts = segments_of(resource.id);
  const std::string& name = parts.back();
  model::Snapshot& draft = builder_.draft();
  if (is(kRegistries)) settle_registry(resource, certain, properties);
  if (is(kTokens) && !certain) {
    const std::string doubt = "whether " + resource.address + " is deployed";
    properties["status"] = unknown(doubt);
    // The token that exports show, and its map, may stay.
    const std::string map = text_or_empty(member(properties, "scopeMapId"));
    const bool may_have_another = std::any_of(draft.tokens.begin(), draft.tokens.end(), [&](const model::Token& token) {
      return equal_ignoring_case(token.name, name) && equal_ignoring_case(token.registry, parts[parts.size() - 3]) &&
             !equal_ignoring_case(last_segment(token.scope_map_id), last_segment(map));
    });
    if (may_have_another) properties["scopeMapId"] = unknown(doubt);
  }
  const auto open = [&](const char* what) { return !certain || has_unknown(member(properties, what)); };
  if (is(kScopeMaps) && open("actions")) {
    // A token whose map is not in the data has rights that are not known.
    std::erase_if(draft.scope_maps, [&](const model::ScopeMap& map) {
      return equal_ignoring_case(map.name, name) && equal_ignoring_case(map.registry, parts[parts.size() - 3]);
    });
  } else if (is(kRoleDefinitions) && open("permissions")) {
    model::RoleDefinition& role = draft.roles[model::at(builder_.role(shown_id(resource.id)))];
    role.defined = false;
    role.open = true;
  } else {
    return true;
  }
  if (certain) {
    warn("declaration-open", resource.pointer,
         "what " + model::quoted(resource.address) + " allows is known only after the deployment",
         "answers that depend on it are undetermined: give the parameters that it looks at");
  }
  return false;
}

/// Where in the file something is declared.
Declaration Expander::declaration_of(const std::string& address, const std::string& pointer) const {
  Declaration declaration;
  declaration.address = source_.removed ? label_ : address;
  declaration.file = source_.file;
  declaration.pointer = place_in_file(pointer);
  if (const auto offset = source_.offsets.find(declaration.pointer); offset != source_.offsets.end()) {
    declaration.offset = offset->second;
  }
  return declaration;
}

/// A token, scope map or role whose name, or whose registry's name, is not known may be any that exports show.
void Expander::declare_if_any(const Resource& resource, const RestShape& shape, const Json& properties) {
  const bool is_child = equal_ignoring_case(shape.type, kTokens) || equal_ignoring_case(shape.type, kScopeMaps);
  if (!is_child && !equal_ignoring_case(shape.type, kRoleDefinitions)) return;
  const std::vector<std::string> parts = segments_of(resource.id);
  const std::string registry = is_child ? parts[parts.size() - 3] : std::string();
  if (!has_unknown(std::string_view(parts.back())) && !has_unknown(std::string_view(registry))) return;
  std::vector<std::string> members;
  for (const auto& [name, value] : properties.items()) members.push_back(name);
  declare_open(resource.address, resource.pointer, shown_id(resource.id), shape, std::move(members));
  infrastructure_.declarations.back().name_like = form_of(registry);
}

void Expander::declare(ArmDeployment& deployment, Resource& resource, const RestShape& shape, bool certain) {
  Context context(*this, deployment, loops_around(deployment, &resource));
  // Only the members that are looked at are evaluated.
  const Json& written = member(*resource.body, "properties");
  Json properties = Json::object();
  if (written.is_object()) {
    for (const std::string_view name : shape.properties) {
      if (const Json* value = find_member(written, name)) properties[std::string(name)] = deep(*value, context);
      const Json& loops = member(written, "copy");
      if (!loops.is_array()) continue;
      for (const Json& loop : loops) {
        if (!equal_ignoring_case(text_or_empty(member(loop, "name")), name)) continue;
        properties[std::string(name)] = looped(loop, std::string(name), context);
      }
    }
  } else {
    properties = text(written, context);
  }
  const Json identity = shape.identity ? deep(member(*resource.body, "identity"), context) : Json();
  const Json sku = shape.sku ? deep(member(*resource.body, "sku"), context) : Json();
  if (take_problem(resource.pointer + "/properties")) return;
  if (!properties.is_object()) {
    // One expression that is not known: so is each member.
    const bool open = has_unknown(properties);
    properties = Json::object();
    if (open) {
      for (const std::string_view name : shape.properties)
        properties[std::string(name)] = unknown(resource.address + '.' + std::string(name));
    }
  }
  prune_properties(shape, properties);
  for (auto each = properties.begin(); each != properties.end();) {
    each = each->is_null() ? properties.erase(each) : std::next(each);  // null says no more than nothing does
  }

  Declaration declaration = declaration_of(resource.address, resource.pointer);
  const bool is_assignment = equal_ignoring_case(shape.type, kRoleAssignments);
  const bool is_deny = equal_ignoring_case(shape.type, kDenyAssignments);
  declaration.effect = source_.removed      ? Declaration::Effect::Undeploy
                       : shape.changes_only ? Declaration::Effect::Change
                                            : Declaration::Effect::Set;
  declaration.certain = certain;

  Json object = Json::object();
  std::string id = resource.id;
  std::string name = segments_of(id).back();
  if (equal_ignoring_case(resource.type, kActivationRequests)) {
    // The assignment that the request would make.
    id = resource.scope + "/providers/" + std::string(kRoleAssignments) + '/' + name;
  }
  if ((is_assignment || is_deny) && has_unknown(std::string_view(name))) {
    // The name is a GUID that the deployment makes; the address stands for it.
    id.resize(id.size() - name.size());
    name = unknown_text(resource.address);
    id += name;
  }
  object["name"] = shown_segment(name);
  object["type"] = shape.type;
  if (is_assignment) {
    const Json& principal = properties["principalId"];
    if (is_unknown(principal)) {
      const auto known = principals_.find(name_of(principal.get_ref<const std::string&>()));
      if (known != principals_.end()) properties["principalId"] = known->second;
    } else if (!principal.is_string() || principal.get_ref<const std::string&>().empty()) {
      properties["principalId"] = model::named_unknown(resource.address + ".principalId");
    }
    properties["scope"] = resource.scope.empty() ? std::string("/") : resource.scope;
    // Without a condition there is none; one that is a named unknown stays open.
    if (!properties.contains("condition")) properties["condition"] = nullptr;
    // A role that is not known is one name; of the others the id's end says which it is.
    const Json& role = properties["roleDefinitionId"];
    const std::string guid = role.is_string() ? segments_of(role.get_ref<const std::string&>()).back() : std::string();
    if (has_unknown(std::string_view(guid))) properties["roleDefinitionId"] = shown_segment(guid);
    if (guid.empty()) properties["roleDefinitionId"] = model::unknown_segment(resource.address + ".roleDefinitionId");
  } else if (is_deny) {
    properties["scope"] = resource.scope.empty() ? std::string("/") : resource.scope;
    for (const char* list : {"principals", "excludePrincipals"}) {
      if (!properties.contains(list) || !properties[list].is_array()) continue;
      for (Json& principal : properties[list]) {
        if (!principal.is_object() || !is_unknown(member(principal, "id"))) continue;
        const auto known = principals_.find(name_of(text_or_empty(member(principal, "id"))));
        if (known != principals_.end()) principal["id"] = known->second;
      }
    }
  } else if (!source_.removed) {
    const Json said = properties;
    declare_if_any(resource, shape, said);
    if (!settle(resource, shape, certain, properties)) return;
    if (equal_ignoring_case(shape.type, kRegistries) && has_unknown(std::string_view(name))) {
      declaration.name_like = form_of(name);
      for (const auto& [setting, value] : said.items()) {
        if (!properties.contains(setting) || properties[setting] != value) declaration.open.push_back(setting);
      }
    }
  }
  object["id"] = shown_id(id);
  object["properties"] = shown_all(properties);
  if (shape.identity && !source_.removed) {
    if (Json shown_identity = identity_of(resource, identity); !shown_identity.is_null())
      object["identity"] = shown_identity;
  }
  if (const Json& sku_name = member(sku, "name"); sku_name.is_string()) object["sku"] = {{"name", shown_all(sku_name)}};
  declaration.object = object.dump(-1, ' ', false, Json::error_handler_t::replace);
  infrastructure_.declarations.push_back(std::move(declaration));
}

/// Whatever the id means, with what lies below it, may be deleted.
void Expander::declare_removal(const std::string& id, const std::string& pointer) {
  Declaration declaration = declaration_of(label_, pointer);
  declaration.effect = Declaration::Effect::Undeploy;
  declaration.object =
      Json{{"id", id.empty() ? std::string("/") : shown_id(id)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  infrastructure_.declarations.push_back(std::move(declaration));
}

/// What stands in a template that is not given may be a grant of any role to anybody, where it is deployed to, or a
/// deny assignment, and may set a registry, a token or, above resource groups, a role in any way. What is not data and
/// not read can be denied. Source: azure-rbac-semantics 8
void Expander::declare_unread(const std::string& address, const std::string& pointer, const Place& place) {
  const std::string contents = "what " + address + " deploys";
  const std::string scope = place.id();
  if (source_.removed) return declare_removal(scope, pointer);
  open_registries_ = true;
  const std::string name = model::unknown_segment(contents);
  const auto declare_at_scope = [&](std::string_view type, Json properties, bool certain) {
    properties["scope"] = scope.empty() ? std::string("/") : shown_id(scope);
    const Json object = {{"id", shown_id(scope + "/providers/") + std::string(type) + '/' + name},
                         {"name", name},
                         {"type", type},
                         {"properties", std::move(properties)}};
    Declaration declaration = declaration_of(address, pointer);
    declaration.object = object.dump(-1, ' ', false, Json::error_handler_t::replace);
    declaration.certain = certain;
    infrastructure_.declarations.push_back(std::move(declaration));
  };
  declare_at_scope(
      kRoleAssignments,
      {{"principalId", model::named_unknown(contents)}, {"roleDefinitionId", name}, {"condition", nullptr}}, true);
  const Json actions = {{"actions", {"*/write", "*/delete", "*/action"}}};
  declare_at_scope(kDenyAssignments,
                   {{"permissions", Json::array({actions})},
                    {"principals", Json::array({{{"id", model::named_unknown(contents)}}})}},
                   false);

  // Below a management group a template deploys to subscriptions.
  std::string group = name;
  if (place.kind == Place::Kind::ResourceGroup) group = shown_id(scope);
  if (place.kind == Place::Kind::Subscription) group = shown_id(scope) + "/resourceGroups/" + name;
  const std::string registry = group + "/providers/" + std::string(kRegistries) + '/' + name;
  const auto open = [&](std::string_view type, std::string id) {
    const RestShape& shape = *find_rest_shape(type);
    declare_open(address, pointer, std::move(id), shape, {shape.properties.begin(), shape.properties.end()});
  };
  open(kRegistries, registry);
  open(kTokens, registry + "/tokens/" + name);
  if (place.kind == Place::Kind::ResourceGroup) return;  // no place of roles
  open(kRoleDefinitions, shown_id(scope + "/providers/") + std::string(kRoleDefinitions) + '/' + name);
}

/// Members of something that is not known are set: it may be any that the id, as it leaves this file, may mean.
void Expander::declare_open(const std::string& address, const std::string& pointer, std::string id,
                            const RestShape& shape, std::vector<std::string> members) {
  Declaration declaration = declaration_of(address, pointer);
  declaration.effect = Declaration::Effect::Open;
  declaration.open = std::move(members);
  declaration.object =
      Json{{"id", std::move(id)}, {"type", shape.type}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  infrastructure_.declarations.push_back(std::move(declaration));
}

void Expander::declare_all(ArmDeployment& deployment, bool certain) {
  list(deployment);
  for (const auto& resource : deployment.resources) {
    if (resource->existing || resource->condition == false || resource->id.empty()) continue;
    const bool here = certain && resource->condition == true;
    if (resource->nested) {
      declare_all(*resource->nested, here);
      if (resource->nested->document == nullptr) {
        declare_unread(resource->address, resource->pointer, resource->nested->place);
      }
    }
    if (source_.removed) {
      if (const RestShape* shape = find_rest_shape(resource->type)) {
        declare(deployment, *resource, *shape, false);
      } else if (!resource->nested) {
        declare_removal(resource->id, resource->pointer);  // its own identity goes with it
      }
      continue;
    }
    if (here) listed_.insert(model::scope_key(shown_id(resource->id)));
    if (equal_ignoring_case(resource->type, kUserAssigned)) declare_identity(resource->id, resource->address);
    if (equal_ignoring_case(resource->type, kRegistries)) {
      const std::string name = model::ascii_lower(segments_of(resource->id).back());
      bool& listed = listed_registries_[name];
      listed = listed || here;
      open_registries_ = open_registries_ || has_unknown(std::string_view(name));
    }
    if (equal_ignoring_case(resource->type, kActivationRequests)) {
      warn("declaration-open", resource->pointer,
           "whether Privileged Identity Management carries out the request " + model::quoted(resource->address) +
               " is not known",
           "answers that depend on it are undetermined: export the schedule instances after the deployment");
      declare(deployment, *resource, *find_rest_shape(kRoleAssignments), false);
      continue;
    }
    if (equal_ignoring_case(resource->type, kEligibilityRequests)) {
      warn("declaration-open", resource->pointer,
           "the request " + model::quoted(resource->address) + " to Privileged Identity Management is not followed",
           "who becomes eligible has no access until it is activated, and is not named in answers");
    }
    const RestShape* shape = find_rest_shape(resource->type);
    if (shape == nullptr) continue;
    if (!here) {
      warn("uncertain-resource", resource->pointer,
           "whether " + model::quoted(resource->address) + " is deployed is not known: it depends on " +
               model::quoted(shown(text_or_empty(resource->condition))),
           "give the parameters that its `condition` or its loop looks at");
    }
    declare(deployment, *resource, *shape, here);
  }
}

/// In `Complete` mode a deployment deletes the registries of its resource group that its template does not list. Where
/// `certain` is false it may do so, as where it is not known what is listed, or which group it is. Identities, and
/// hosts with theirs, may go as well.
void Expander::delete_unlisted(const Place& place, bool certain) {
  if (place.kind != Place::Kind::ResourceGroup) return;
  const std::string group = model::scope_key(shown_id(place.id()));
  certain = certain && !open_registries_ && !has_unknown(std::string_view(place.id()));
  std::set<std::string> deleted;
  bool open = false;
  for (const model::Registry& registry : builder_.draft().registries) {
    const std::string id = model::ascii_lower(registry.id);
    const auto listed = listed_registries_.find(model::ascii_lower(registry.name));  // names of registries are unique
    const bool may_be_listed = listed != listed_registries_.end();
    if ((may_be_listed && listed->second) || model::scope_covers(group, id) == model::Truth::False) continue;
    if (!deleted.insert(id).second) continue;
    if (may_be_listed || !certain) {
      declare_removal(registry.id, "/properties/mode");
      open = true;
      continue;
    }
    Declaration declaration;
    declaration.effect = Declaration::Effect::Remove;
    declaration.address = label_ + ": deletion of " + registry.name;
    declaration.object =
        Json{{"id", registry.id}, {"type", kRegistries}}.dump(-1, ' ', false, Json::error_handler_t::replace);
    declaration.file = source_.file;
    declaration.pointer = place_in_file("/properties/mode");
    infrastructure_.declarations.push_back(std::move(declaration));
  }
  const auto may_go = [&](const std::string& id) {
    const std::string key = model::scope_key(id);
    if (id.empty() || listed_.contains(key) || model::scope_covers(group, key) == model::Truth::False) return;
    if (deleted.insert(key).second) declare_removal(id, "/properties/mode");
  };
  for (const model::Principal& principal : builder_.draft().principals) may_go(principal.resource_id);
  for (const model::Workload& workload : builder_.draft().workloads) may_go(workload.resource_id);
  if (!open) return;
  warn("deletes-unlisted", "/properties/mode",
       "the deployment deletes the registries of its resource group that are not listed, and which these are is not "
       "known",
       "give the subscription and the resource group of the deployment, its mode and its parameters");
}

void Expander::list_missing_parameters(ArmDeployment& root) {
  std::string missing;
  const Json& declared = member(*root.document, "parameters");
  if (!declared.is_object()) return;
  FunctionCall call{.function = "parameters", .arguments = {}, .problem = {}, .help = {}};
  for (const auto& [name, ignored] : declared.items()) {
    if (find_member(declared[name], "defaultValue") != nullptr || handed_over(root, name)) continue;
    const Json value = parameter(root, name, call);
    if (!is_unknown(value)) continue;
    missing += (missing.empty() ? "" : ", ") + model::quoted(name);
  }
  if (missing.empty()) return;
  warn("parameters-missing", root.pointer + "/parameters", "the template has parameters without value: " + missing,
       "give a parameter file beside the template, such as NAME.parameters.json; what depends on them is not known");
}

/// What the deployment is to. Where no other code says it, the template's schema does.
Place::Kind Expander::kind_of_place(const Json& document) const {
  using Kind = Place::Kind;
  if (!source_.address.empty()) {
    const Deployment& where = source_.deployment;
    return !where.resource_group.empty()     ? Kind::ResourceGroup
           : !where.subscription.empty()     ? Kind::Subscription
           : !where.management_group.empty() ? Kind::ManagementGroup
                                             : Kind::Tenant;
  }
  if (root_->document == nullptr || !root_->document->is_object()) {
    // Deployments to more than a resource group say where their record is kept.
    return find_member(document, "location") != nullptr ? Kind::Subscription : Kind::ResourceGroup;
  }
  const std::string schema = text_or_empty(member(*root_->document, "$schema"));
  if (contains_ignoring_case(schema, "subscriptionDeploymentTemplate")) return Kind::Subscription;
  if (contains_ignoring_case(schema, "managementGroupDeploymentTemplate")) return Kind::ManagementGroup;
  if (contains_ignoring_case(schema, "tenantDeploymentTemplate")) return Kind::Tenant;
  return Kind::ResourceGroup;
}

void Expander::run(const Json& given) {
  const Json& document = *source_.document;
  const Json& request = member(document, "properties");
  const bool is_request = find_member(document, "resources") == nullptr && request.is_object();
  const std::string mode = is_request && !source_.removed ? text_or_empty(member(request, "mode")) : std::string();
  const bool deletes = equal_ignoring_case(mode, "Complete");
  const bool may_delete = model::is_named_unknown(mode);
  root_ = std::make_unique<ArmDeployment>();
  root_->document = is_request ? find_member(request, "template") : &document;
  root_->pointer = is_request ? "/properties/template" : "";
  root_->given = &given;
  root_->name = unknown(qualifier_ + "deployment().name");
  const Deployment& where = deployed_to();
  const auto known_or = [&](const std::string& text, std::string_view name) {
    if (model::is_named_unknown(text)) return unknown_text(std::string_view(text).substr(1, text.size() - 2));
    return text.empty() ? unknown_text(qualifier_ + std::string(name)) : text;
  };
  root_->place = {.kind = kind_of_place(document),
                  .management_group = known_or(where.management_group, "managementGroup"),
                  .subscription = known_or(where.subscription, "subscription"),
                  .resource_group = known_or(where.resource_group, "resourceGroup")};
  if (root_->document == nullptr || !root_->document->is_object()) {
    const bool in_code = !source_.address.empty();
    warn("template-not-read", "/properties",
         in_code ? "the template that " + model::quoted(source_.address) + " deploys is not in the plan"
                 : "the template of the deployment is not in the file",
         in_code ? "what it deploys is not known: make the plan after a first deployment"
                 : "what it deploys is not known: give the template that `templateLink` names");
    declare_unread(label_ + ": template", "/properties", root_->place);
    if (deletes || may_delete) delete_unlisted(root_->place, false);
    return;
  }
  list_missing_parameters(*root_);
  take_problem(root_->pointer + "/parameters");
  declare_all(*root_, true);
  if (deletes || may_delete) delete_unlisted(root_->place, deletes);
  // Of what was deployed once some is not understood: it may be anything there.
  if (source_.removed && !errors_.empty()) {
    errors_.clear();
    declare_removal(root_->place.id(), root_->pointer);
  }
  for (const auto& [code, n] : warned_) {
    if (n <= LoweringContext::kWarningsOfOneCode) continue;
    model::Warning& warning = builder_.draft().warnings.emplace_back();
    warning.code = code;
    warning.where.file = source_.path;
    warning.where.message =
        std::to_string(n - LoweringContext::kWarningsOfOneCode) + " more warnings of this kind in this file";
  }
}

}  // namespace acrbiter::parser::arm
