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

constexpr std::size_t kMaxResources = 20'000;
constexpr std::size_t kMaxErrors = 20;
constexpr int kMaxNestedDeployments = 32;

std::string pointer_to(const std::string& base, std::string_view key) {
  std::string result = base + '/';
  for (const char c : key) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

/// At most kWarningsOfOneCode of each code.
void Expander::warn(std::string_view code, const std::string& pointer, std::string message, std::string help) {
  if (source_.removed) return;  // what was deployed once is not to be mended
  if (++warned_[std::string(code)] > LoweringContext::kWarningsOfOneCode) return;
  model::Warning& warning = builder_.draft().warnings.emplace_back();
  warning.code = code;
  warning.where.message = std::move(message);
  warning.where.help = std::move(help);
  warning.where.file = source_.path;
  warning.where.pointer = place_in_file(pointer);
}

/// Moves the evaluator's problem to the errors; true if there was one.
bool Expander::take_problem(const std::string& pointer) {
  std::optional<Diagnostic> problem = evaluator_.take_problem();
  if (!problem) return false;
  if (errors_.size() >= kMaxErrors) return true;
  problem->file = source_.path;
  problem->pointer = place_in_file(pointer);
  problem->line = 0;  // the expression's; where it stands in the file is found in read.cc
  // One expression may be evaluated for many resources, and fails for each; and once the work is too much, all fails.
  const bool told = std::any_of(errors_.begin(), errors_.end(), [&](const Diagnostic& each) {
    const bool same_place = each.excerpt == problem->excerpt && each.span == problem->span && !each.excerpt.empty();
    return each.message == problem->message && (same_place || evaluator_.exhausted());
  });
  if (!told) errors_.push_back(*std::move(problem));
  return true;
}

// ---- values -------------------------------------------------------------------------------------------------

Json Expander::text(const Json& value, Context& context) {
  return value.is_string() ? evaluator_.text(value.get_ref<const std::string&>(), context) : value;
}

/// The same, of a member that is text or nothing.
Json Expander::text_only(const Json& value, std::string_view what, Context& context) {
  Json result = text(value, context);
  if (!result.is_structured()) return result;
  Diagnostic problem;
  problem.message = "the " + std::string(what) + " of a resource is no text";
  evaluator_.fail(std::move(problem));
  return nullptr;
}

/// `count` times `input` of a loop {"name", "count", "input"}.
Json Expander::looped(const Json& loop, const std::string& name, Context& context) {
  const Json count = text(member(loop, "count"), context);
  if (evaluator_.failed()) return nullptr;
  if (has_unknown(count)) return unknown("copy(" + spelled(count) + ')');
  if (!count.is_number_integer() || count < 0 || count > kMaxCopies) {
    Diagnostic problem;
    problem.message = "the loop " + model::quoted(name) + " has no count from 0 to " + std::to_string(kMaxCopies);
    evaluator_.fail(std::move(problem));
    return nullptr;
  }
  Json result = Json::array();
  for (std::int64_t i = 0; i < count.get<std::int64_t>() && !evaluator_.failed(); ++i) {
    context.copies_.push_back({.name = name, .index = i});
    result.push_back(deep(member(loop, "input"), context));
    context.copies_.pop_back();
    evaluator_.charge(result.back());
  }
  return result;
}

/// `value` with all expressions evaluated and its `copy` loops written out.
Json Expander::deep(const Json& value, Context& context) {
  if (evaluator_.failed()) return nullptr;
  if (!value.is_structured()) return text(value, context);
  Json result = value.is_array() ? Json::array() : Json::object();
  const Json& loops = member(value, "copy");
  for (const auto& [key, each] : value.items()) {
    if (value.is_array()) {
      result.push_back(deep(each, context));
    } else if (&each != &loops || !loops.is_array()) {
      result[key] = deep(each, context);
    }
  }
  if (loops.is_array()) {
    for (const Json& loop : loops) {
      const std::string name = text_or_empty(member(loop, "name"));
      result[name] = looped(loop, name, context);
    }
  }
  return evaluator_.failed() ? Json() : result;
}

std::string Expander::parameter_name(const ArmDeployment& deployment, const std::string& name) const {
  const std::string path = deployment.path.empty() ? std::string() : deployment.path + '.';
  return qualifier_ + path + "parameters('" + name + "')";
}

/// The value that the deployment is handed for a parameter; nullopt: none. A key vault's secret is unknown.
std::optional<Json> Expander::handed_over(ArmDeployment& deployment, const std::string& name) {
  const auto value_of = [&](const Json& entry) -> std::optional<Json> {
    if (const Json* value = find_member(entry, "value"); value != nullptr) return *value;
    if (!member(entry, "reference").is_null()) return unknown(parameter_name(deployment, name));
    return std::nullopt;
  };
  if (deployment.parent == nullptr) {
    const Json* entry = deployment.given == nullptr ? nullptr : find_member(*deployment.given, name);
    return entry == nullptr ? std::nullopt : value_of(*entry);
  }
  const Resource& resource = *deployment.resource;
  Context context(*this, *deployment.parent, loops_around(*deployment.parent, &resource));
  const Json& properties = member(*resource.body, "properties");
  const Json& written = member(properties, "parameters");
  // All of them, one of them or a value may be an expression.
  const Json all = written.is_string() ? text(written, context) : Json();
  if (is_unknown(all)) return unknown(parameter_name(deployment, name));
  const Json* entry = find_member(written.is_string() ? all : written, name);
  if (entry == nullptr) return std::nullopt;
  if (entry->is_string()) {
    const Json evaluated = text(*entry, context);
    if (has_unknown(evaluated) && evaluated.is_string()) return unknown(parameter_name(deployment, name));
    return value_of(evaluated);
  }
  std::optional<Json> value = value_of(*entry);
  if (value && !written.is_string()) value = deep(*value, context);
  return value;
}

Json Expander::parameter_value(ArmDeployment& deployment, const std::string& name, const Json& declared) {
  // A type may be defined somewhere else in the template, and that by another one.
  const Json* definition = &declared;
  bool secret = false;
  bool nullable = false;
  for (int steps = 0; steps < 8 && definition != nullptr; ++steps) {
    const std::string type = text_or_empty(member(*definition, "type"));
    secret = secret || equal_ignoring_case(type, "securestring") || equal_ignoring_case(type, "secureobject");
    nullable = nullable || member(*definition, "nullable") == true;
    const std::string target = text_or_empty(member(*definition, "$ref"));
    constexpr std::string_view kDefinitions = "#/definitions/";
    if (!target.starts_with(kDefinitions)) break;
    definition = find_member(member(*deployment.document, "definitions"), target.substr(kDefinitions.size()));
  }
  if (secret) return unknown(parameter_name(deployment, name));
  if (std::optional<Json> value = handed_over(deployment, name)) {
    if (!value->is_null() || nullable) return *std::move(value);
  }
  if (evaluator_.failed()) return nullptr;
  if (const Json* standard = find_member(declared, "defaultValue")) {
    Context context(*this, deployment);
    return deep(*standard, context);
  }
  return nullable ? Json() : unknown(parameter_name(deployment, name));
}

Json Expander::parameter(ArmDeployment& deployment, const std::string& name, FunctionCall& call) {
  const Json* declared = find_member(member(*deployment.document, "parameters"), name);
  if (declared == nullptr) return call.fail("the template has no parameter " + model::quoted(name));
  const auto [cached, is_new] = deployment.parameters.emplace(model::ascii_lower(name), Cached{});
  if (!is_new) {
    if (cached->second.state == Cached::State::Known) return cached->second.value;
    return call.fail("the parameter " + model::quoted(name) + " leads back to itself");
  }
  Json value = parameter_value(deployment, name, *declared);
  if (evaluator_.failed()) {
    deployment.parameters.erase(model::ascii_lower(name));
    return nullptr;
  }
  cached->second = {.state = Cached::State::Known, .value = value};
  return value;
}

Json Expander::variable(ArmDeployment& deployment, const std::string& name, FunctionCall& call) {
  const Json& all = member(*deployment.document, "variables");
  const Json* written = find_member(all, name);
  const Json* loop = nullptr;
  if (written == nullptr && member(all, "copy").is_array()) {
    for (const Json& each : member(all, "copy")) {
      if (equal_ignoring_case(text_or_empty(member(each, "name")), name)) loop = &each;
    }
  }
  if (written == nullptr && loop == nullptr) return call.fail("the template has no variable " + model::quoted(name));
  const auto [cached, is_new] = deployment.variables.emplace(model::ascii_lower(name), Cached{});
  if (!is_new) {
    if (cached->second.state == Cached::State::Known) return cached->second.value;
    return call.fail("the variable " + model::quoted(name) + " leads back to itself");
  }
  Context context(*this, deployment);
  Json value = loop != nullptr ? looped(*loop, name, context) : deep(*written, context);
  if (evaluator_.failed()) {
    deployment.variables.erase(model::ascii_lower(name));
    return nullptr;
  }
  cached->second = {.state = Cached::State::Known, .value = value};
  return value;
}

Json Expander::output(ArmDeployment& deployment, const std::string& name) {
  const std::string open = qualifier_ + deployment.path + ".outputs." + name;
  const Json* declared =
      deployment.document == nullptr ? nullptr : find_member(member(*deployment.document, "outputs"), name);
  if (declared == nullptr) return unknown(open);
  const std::string type = text_or_empty(member(*declared, "type"));
  if (equal_ignoring_case(type, "securestring") || equal_ignoring_case(type, "secureobject")) return unknown(open);
  Json value;
  if (evaluator_.enter()) {
    Context context(*this, deployment, loops_around(deployment, nullptr));
    const Json& loop = member(*declared, "copy");
    value = loop.is_object() ? looped(loop, name, context) : deep(member(*declared, "value"), context);
  }
  evaluator_.leave();
  return value;
}

// ---- resources ----------------------------------------------------------------------------------------------

/// The loops in which an expression of the resource, or of the deployment's outputs, stands; the nearest is the first.
/// Expressions of a template of outer scope stand in the loops of the deployment too.
std::vector<CopyIndex> Expander::loops_around(const ArmDeployment& deployment, const Resource* resource) {
  std::vector<CopyIndex> loops;
  const auto add = [&](const Resource* inside) {
    for (; inside != nullptr; inside = inside->around) {
      if (inside->copy) loops.push_back(*inside->copy);
    }
  };
  add(resource);
  for (const ArmDeployment* each = &deployment; each->outer && each->parent != nullptr; each = each->parent) {
    add(each->resource);
  }
  return loops;
}

void Expander::list(ArmDeployment& deployment) {
  if (deployment.listed || deployment.document == nullptr) return;
  deployment.listed = true;
  const Json& resources = member(*deployment.document, "resources");
  if (!resources.is_structured()) return;
  std::optional<Diagnostic> waiting = evaluator_.take_problem();
  std::size_t position = 0;
  for (const auto& [key, body] : resources.items()) {
    const std::string pointer = pointer_to(deployment.pointer + "/resources", key);
    list_resource(deployment, body, resources.is_object() ? key : std::string(), pointer, nullptr, position++);
  }
  if (waiting) evaluator_.fail(*std::move(waiting));
}

void Expander::list_resource(ArmDeployment& deployment, const Json& body, const std::string& symbolic,
                             const std::string& pointer, const Resource* around, std::size_t position) {
  if (!body.is_object() || !member(body, "type").is_string()) return;
  const Json& loop = member(body, "copy");
  std::int64_t count = 1;
  std::optional<CopyIndex> copy;
  if (loop.is_object()) {
    Context context(*this, deployment, loops_around(deployment, around));
    copy = CopyIndex{.name = text_or_empty(member(loop, "name")), .index = Json()};
    const Json evaluated = text(member(loop, "count"), context);
    if (take_problem(pointer + "/copy")) return;
    if (has_unknown(evaluated)) {
      copy->index = unknown("copyIndex('" + copy->name + "')");
    } else if (!evaluated.is_number_integer() || evaluated < 0 || evaluated > kMaxCopies) {
      Diagnostic problem;
      problem.message =
          "the loop " + model::quoted(copy->name) + " has no count from 0 to " + std::to_string(kMaxCopies);
      problem.help = "the service makes at most 800 copies";
      evaluator_.fail(std::move(problem));
      take_problem(pointer + "/copy");
      return;
    } else {
      count = evaluated.get<std::int64_t>();
    }
  }
  for (std::int64_t i = 0; i < count; ++i) {
    if (++resource_count_ > kMaxResources) {
      if (resource_count_ == kMaxResources + 1) {
        Diagnostic problem;
        problem.message = "the template deploys more than " + std::to_string(kMaxResources) + " resources";
        evaluator_.fail(std::move(problem));
        take_problem(pointer);
      }
      return;
    }
    auto& resource = *deployment.resources.emplace_back(std::make_unique<Resource>());
    resource.body = &body;
    resource.around = around;
    resource.symbolic = symbolic;
    resource.pointer = pointer;
    resource.existing = member(body, "existing") == true;
    resource.copy = copy;
    if (copy && copy->index.is_null()) resource.copy->index = i;
    if (copy && has_unknown(copy->index)) resource.condition = copy->index;
    list_copy(deployment, resource, around, position);
  }
}

void Expander::list_copy(ArmDeployment& deployment, Resource& resource, const Resource* around, std::size_t position) {
  Context context(*this, deployment, loops_around(deployment, &resource));
  const Json condition =
      member(*resource.body, "condition").is_null() ? Json(true) : text(member(*resource.body, "condition"), context);
  if (take_problem(resource.pointer + "/condition")) return;
  if (condition == false || (condition.is_string() && equal_ignoring_case(condition.get<std::string>(), "false"))) {
    resource.condition = false;
  } else if (has_unknown(condition) && resource.condition == true) {
    resource.condition = condition;
  }
  // A resource inside of another has a condition of its own, but is made in each turn of the other's loop.
  // Source: conditional-resource-deployment
  const bool open_loop = around != nullptr && around->copy && has_unknown(around->copy->index);
  if (open_loop && resource.condition == true) resource.condition = around->copy->index;
  const Json& children = member(*resource.body, "resources");
  if (resource.condition != false || children.is_array()) place_resource(deployment, resource, around, context);
  resource.address = address_of(deployment, resource, position);
  const bool is_deployment = equal_ignoring_case(resource.type, kDeployments) && !resource.existing;
  if (is_deployment && resource.condition != false) nest(deployment, resource, context);

  if (!children.is_array()) return;
  for (std::size_t i = 0; i < children.size(); ++i) {
    list_resource(deployment, children[i], {}, resource.pointer + "/resources/" + std::to_string(i), &resource, i);
  }
  if (resource.condition == false) resource.name.clear();  // only its children needed it
}

namespace {

/// The segments of a name, one for each of the type's parts. Of a name that is unknown all are.
std::optional<std::vector<std::string>> name_segments(const std::string& name, std::size_t wanted) {
  std::vector<std::string> segments = segments_of(name);
  if (wanted > 0 && segments.size() == wanted) return segments;
  if (wanted == 0 || !has_unknown(std::string_view(name))) return std::nullopt;
  segments.assign(wanted, {});
  for (std::size_t i = 0; i + 1 < wanted; ++i) {
    segments[i] = unknown_text("segment " + std::to_string(i + 1) + " of " + name_of(name));
  }
  segments.back() = unknown_text(name_of(name));
  return segments;
}

}  // namespace

/// Type, name, id and scope.
void Expander::place_resource(ArmDeployment& deployment, Resource& resource, const Resource* around, Context& context) {
  const Json& body = *resource.body;
  std::string type = text_or_empty(member(body, "type"));
  const Json evaluated = text_only(member(body, "name"), "name", context);
  if (evaluator_.failed()) {
    // Nobody evaluates the name of a resource that is not deployed, and of these it is not known whether they are.
    if (resource.existing || resource.condition != true) {
      (void)evaluator_.take_problem();
      resource.type = type;
      resource.name = unknown_text(qualifier_ + deployment.path + " name at " + resource.pointer);
    } else {
      take_problem(pointer_to(resource.pointer, "name"));
      return;
    }
  } else {
    resource.name = text_of_scalar(evaluated);
  }
  if (resource.name.empty()) return;
  // A child inside of its parent leaves out what the parent says.
  for (const Resource* parent = around; parent != nullptr; parent = parent->around) {
    if (type.substr(0, type.find('/')).find('.') != std::string::npos) break;
    type = text_or_empty(member(*parent->body, "type")) + '/' + type;
    if (parent == around) resource.name = around->name + '/' + resource.name;
  }
  if (resource.condition == false) return;
  Place place = deployment.place;
  std::string base;
  if (const Json& scope = member(body, "scope"); !scope.is_null() && !equal_ignoring_case(type, kDeployments)) {
    const Json where = text_only(scope, "scope", context);
    if (take_problem(pointer_to(resource.pointer, "scope"))) return;
    base = scope_of(place, text_of_scalar(where));
  } else {
    if (equal_ignoring_case(type, kDeployments) || resource.existing)
      place = place_of_nested(deployment, body, context);
    if (take_problem(resource.pointer)) {
      if (!resource.existing) return;
      place = deployment.place;
    }
    base = place.id();
  }
  const std::vector<std::string> types = segments_of(type);
  const std::size_t parts = types.size() - 1;
  const auto names = name_segments(resource.name, parts);
  if (!names) {
    if (resource.existing) return;
    Diagnostic problem;
    problem.message = "the name " + model::quoted(shown(resource.name)) + " has not a part for each part of the type " +
                      model::quoted(type);
    evaluator_.fail(std::move(problem));
    take_problem(pointer_to(resource.pointer, "name"));
    resource.name.clear();
    return;
  }
  if (equal_ignoring_case(type, "Microsoft.Resources/resourceGroups")) {
    place.kind = Place::Kind::Subscription;
    resource.type = type;
    resource.scope = place.id();
    resource.id = place.id() + "/resourceGroups/" + resource.name;
    return;
  }
  if (equal_ignoring_case(type, "Microsoft.Management/managementGroups")) base.clear();
  resource.scope = base;
  resource.type = type;
  resource.id = base + "/providers/" + types[0];
  for (std::size_t i = 0; i < parts; ++i) {
    const std::string& part = types[i + 1];
    // The old child form: PARENT/providers/NAMESPACE/TYPE/NAME.
    if (equal_ignoring_case(part, "providers")) {
      resource.scope = resource.id;
      resource.type = (*names)[i];
    } else if (resource.type != type) {
      resource.type += '/' + part;
    }
    resource.id += '/' + part + '/' + (*names)[i];
  }
}

/// The id that the text of a `scope` means: an id, or a type and names below the place of the deployment.
std::string Expander::scope_of(const Place& place, const std::string& text) const {
  if (text == "/") return {};
  if (text.starts_with('/') || has_unknown(std::string_view(segments_of(text).front()))) {
    return text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
  }
  constexpr std::string_view kManagementGroups = "Microsoft.Management/managementGroups/";
  if (model::starts_with_ignoring_case(text, kManagementGroups)) return "/providers/" + text;
  return place.id() + "/providers/" + text;
}

Place Expander::place_of_nested(const ArmDeployment& deployment, const Json& body, Context& context) {
  Place place = deployment.place;
  const Json scope = text(member(body, "scope"), context);
  const Json subscription = text(member(body, "subscriptionId"), context);
  const Json group = text(member(body, "resourceGroup"), context);
  if (scope.is_string()) {
    const std::string id = scope_of(place, scope.get<std::string>());
    const std::vector<std::string> parts = segments_of(id);
    if (id.empty()) {
      place.kind = Place::Kind::Tenant;
    } else if (parts.size() >= 3 && equal_ignoring_case(parts[1], "subscriptions")) {
      place.kind = Place::Kind::Subscription;
      place.subscription = parts[2];
      if (parts.size() >= 5) {
        place.kind = Place::Kind::ResourceGroup;
        place.resource_group = parts[4];
      }
    } else {
      place.kind = Place::Kind::ManagementGroup;
      place.management_group = parts.back();
    }
  }
  if (subscription.is_string()) {
    place.kind = Place::Kind::Subscription;
    place.subscription = subscription.get<std::string>();
  }
  if (group.is_string()) {
    place.kind = Place::Kind::ResourceGroup;
    place.resource_group = group.get<std::string>();
  }
  return place;
}

void Expander::nest(ArmDeployment& deployment, Resource& resource, Context& context) {
  const Json& properties = member(*resource.body, "properties");
  auto nested = std::make_unique<ArmDeployment>();
  nested->parent = &deployment;
  nested->resource = &resource;
  nested->depth = deployment.depth + 1;
  nested->path = resource.address.substr(label_.size() + 2);
  nested->name = resource.name;
  nested->place = place_of_nested(deployment, *resource.body, context);
  if (take_problem(resource.pointer)) return;
  const std::string scope = text_or_empty(member(member(properties, "expressionEvaluationOptions"), "scope"));
  nested->outer = !equal_ignoring_case(scope, "inner");
  const Json& written = member(properties, "template");
  nested->pointer = resource.pointer + "/properties/template";
  if (written.is_object()) {
    nested->document = &written;
  } else if (written.is_string()) {
    Json evaluated = text(written, context);
    if (take_problem(nested->pointer)) return;
    if (evaluated.is_object()) {
      nested->owned = std::make_shared<const Json>(std::move(evaluated));
      nested->document = nested->owned.get();
    }
  }
  if (nested->depth > kMaxNestedDeployments) {
    Diagnostic problem;
    problem.message = "deployments are nested more than " + std::to_string(kMaxNestedDeployments) + " deep";
    evaluator_.fail(std::move(problem));
    take_problem(resource.pointer);
    nested->document = nullptr;
  } else if (nested->document == nullptr) {
    warn("template-not-read", resource.pointer,
         "the template of the deployment " + model::quoted(shown(resource.name)) + " is not in the file",
         "what it deploys is not known: give its template as a file of its own, or build one file of all");
  }
  resource.nested = std::move(nested);
}

std::string Expander::address_of(const ArmDeployment& deployment, const Resource& resource, std::size_t position) {
  std::string address = label_ + ": ";
  if (!deployment.path.empty()) address += deployment.path + '.';
  if (!resource.symbolic.empty()) {
    address += resource.symbolic;
  } else {
    const std::string type = text_or_empty(member(*resource.body, "type"));
    const std::string name = resource.name.empty() ? std::string() : segments_of(resource.name).back();
    // A name that a person has chosen says more than a position, and that of a deployment all.
    const bool chosen = !name.empty() && !has_unknown(std::string_view(name)) && !is_guid(name) && !resource.copy;
    if (chosen && equal_ignoring_case(type, kDeployments)) {
      address += name;
    } else {
      address += type.substr(type.rfind('/') + 1);
      if (chosen) {
        address += '/' + name;
      } else if (!resource.copy) {
        address += '[' + std::to_string(position) + ']';
      }
    }
  }
  if (resource.copy) {
    address += '[' + (resource.copy->index.is_number_integer() ? resource.copy->index.dump() : std::string("*")) + ']';
  }
  auto [number, is_new] = addresses_.emplace(address, 1);
  std::string unique = address;
  while (!is_new) {
    unique = address + '#' + std::to_string(++number->second);
    is_new = addresses_.emplace(unique, 1).second;
  }
  return unique;
}

}  // namespace acrbiter::parser::arm
