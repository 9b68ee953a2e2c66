#include "parser/arm_template.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "model/ascii.h"
#include "parser/arm_evaluate.h"
#include "parser/arm_value.h"
#include "parser/lower_common.h"
#include "parser/rest_object.h"

namespace acrbiter::parser {

namespace {

using arm::Evaluator;
using arm::find_member;
using arm::FunctionCall;
using arm::has_unknown;
using arm::is_unknown;
using arm::Json;
using arm::shown;
using arm::shown_id;
using arm::shown_segment;
using arm::unknown;
using arm::unknown_text;
using model::Diagnostic;
using model::equal_ignoring_case;

/// The service's own limit for one loop. Source: template-best-practices
constexpr std::int64_t kMaxCopies = 800;
constexpr std::size_t kMaxResources = 20'000;
constexpr std::size_t kMaxErrors = 20;
constexpr int kMaxNestedDeployments = 32;

constexpr std::string_view kDeployments = "Microsoft.Resources/deployments";
constexpr std::string_view kRegistries = "Microsoft.ContainerRegistry/registries";
constexpr std::string_view kRoleAssignments = "Microsoft.Authorization/roleAssignments";
constexpr std::string_view kRoleDefinitions = "Microsoft.Authorization/roleDefinitions";
constexpr std::string_view kLocks = "Microsoft.Authorization/locks";
constexpr std::string_view kTokens = "Microsoft.ContainerRegistry/registries/tokens";
constexpr std::string_view kScopeMaps = "Microsoft.ContainerRegistry/registries/scopeMaps";
constexpr std::string_view kUserAssigned = "Microsoft.ManagedIdentity/userAssignedIdentities";

const Json kNothing;

const Json& member(const Json& object, std::string_view key) noexcept {
  const Json* found = find_member(object, key);
  return found == nullptr ? kNothing : *found;
}

std::string text_or_empty(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

/// Parts of `text` between slashes; a slash in the name of an unknown separates nothing.
std::vector<std::string> segments_of(std::string_view text) {
  std::vector<std::string> segments(1);
  bool inside = false;
  for (const char c : text) {
    if (c == arm::kUnknownBegin) inside = true;
    if (c == arm::kUnknownEnd) inside = false;
    if (c == '/' && !inside) {
      segments.emplace_back();
    } else {
      segments.back() += c;
    }
  }
  return segments;
}

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

// ---- what is being deployed ---------------------------------------------------------------------------------

/// Where a deployment goes. Texts may hold unknowns.
struct Place {
  enum class Kind : std::uint8_t { Tenant, ManagementGroup, Subscription, ResourceGroup };
  Kind kind = Kind::ResourceGroup;
  std::string management_group, subscription, resource_group;

  [[nodiscard]] std::string id() const {
    switch (kind) {
      case Kind::Tenant:
        return {};
      case Kind::ManagementGroup:
        return "/providers/Microsoft.Management/managementGroups/" + management_group;
      case Kind::Subscription:
        return "/subscriptions/" + subscription;
      case Kind::ResourceGroup:
        return "/subscriptions/" + subscription + "/resourceGroups/" + resource_group;
    }
    return {};
  }
};

struct CopyIndex {
  std::string name;
  Json index;
};

struct ArmDeployment;

/// One resource: of a loop, one of its copies.
struct Resource {
  const Json* body = nullptr;
  std::string symbolic;  ///< name in an object of resources
  std::optional<CopyIndex> copy;
  std::string type;       ///< of an extension resource in the old child form, its own
  std::string name, id;   ///< may hold unknowns; empty if the resource is not deployed
  std::string scope;      ///< what the resource stands below: for an extension resource, what it extends
  Json condition = true;  ///< true, false, or an unknown
  bool existing = false;  ///< only looked up
  std::string pointer, address;
  std::unique_ptr<ArmDeployment> nested;
};

struct Cached {
  enum class State : std::uint8_t { Running, Known } state = State::Running;
  Json value;
};

/// One deployment of one template.
struct ArmDeployment {
  ArmDeployment* parent = nullptr;
  const Resource* resource = nullptr;  ///< of the parent
  std::shared_ptr<const Json> owned;   ///< a template that an expression gave
  const Json* document = nullptr;      ///< nullptr: the template is somewhere else
  std::string pointer;                 ///< of the template in its file
  std::string path;                    ///< "registry.tokens": what stands before the addresses of its resources
  Json name;
  Place place;
  bool outer = false;           ///< its expressions are the parent's
  const Json* given = nullptr;  ///< the parameters handed to a root template: name → {"value": …}
  int depth = 0;

  bool listed = false;  ///< `resources` are filled, or being filled
  std::vector<std::unique_ptr<Resource>> resources;
  std::map<std::string, Cached> parameters, variables;

  /// Whose parameters and variables its expressions see.
  [[nodiscard]] ArmDeployment& values() { return outer && parent != nullptr ? parent->values() : *this; }
};

/// The parameters of a root template, as parameter files and the request's body give them.
struct GivenParameters {
  Json values = Json::object();  ///< name → {"value": …}
};

class Expander;

/// What the expressions of one deployment see, with the loops around them.
class Context : public arm::Surroundings {
 public:
  Context(Expander& expander, ArmDeployment& deployment, std::vector<CopyIndex> copies = {})
      : expander_(expander), deployment_(deployment), copies_(std::move(copies)) {}

  std::optional<Json> call(FunctionCall& call) override;
  Json member_of_unknown(const std::string& of, std::string_view name) override;
  void unknown_function(std::string_view name) override;

  Expander& expander_;
  ArmDeployment& deployment_;
  std::vector<CopyIndex> copies_;
  /// Inside a function of the template's own: its arguments, and the namespace whose functions it sees.
  const std::map<std::string, Json>* arguments_ = nullptr;
};

// ---- expansion of one template ------------------------------------------------------------------------------

class Expander {
 public:
  Expander(Infrastructure& infrastructure, model::SnapshotBuilder& builder, const PendingDocument& source,
           std::string label, bool alone)
      : infrastructure_(infrastructure),
        builder_(builder),
        source_(source),
        label_(std::move(label)),
        qualifier_(alone ? std::string() : label_ + ": ") {}

  void run(const Json& given);
  [[nodiscard]] std::vector<Diagnostic>& errors() noexcept { return errors_; }

 private:
  friend class Context;

  /// A `reference()` and the members looked up in it so far.
  struct Reference {
    const Resource* target = nullptr;  ///< nullptr: not of these templates
    std::string id;                    ///< of the resource, if it is known
    bool full = false;
    std::vector<std::string> path;
  };

  // Problems.
  void warn(std::string_view code, const std::string& pointer, std::string message, std::string help);
  bool take_problem(const std::string& pointer);

  // Values.
  Json text(const Json& value, Context& context);
  Json deep(const Json& value, Context& context);
  Json looped(const Json& loop, const std::string& name, Context& context);
  Json parameter(ArmDeployment& deployment, const std::string& name, FunctionCall& call);
  Json parameter_value(ArmDeployment& deployment, const std::string& name, const Json& declared);
  [[nodiscard]] std::optional<Json> handed_over(ArmDeployment& deployment, const std::string& name);
  Json variable(ArmDeployment& deployment, const std::string& name, FunctionCall& call);
  Json output(ArmDeployment& deployment, const std::string& name);
  [[nodiscard]] std::string parameter_name(const ArmDeployment& deployment, const std::string& name) const;

  // Functions.
  using Run = std::optional<Json> (Expander::*)(FunctionCall&, Context&);
  std::optional<Json> parameters(FunctionCall& call, Context& context);
  std::optional<Json> variables(FunctionCall& call, Context& context);
  std::optional<Json> copy_index(FunctionCall& call, Context& context);
  std::optional<Json> subscription(FunctionCall& call, Context& context);
  std::optional<Json> resource_group(FunctionCall& call, Context& context);
  std::optional<Json> tenant(FunctionCall& call, Context& context);
  std::optional<Json> management_group(FunctionCall& call, Context& context);
  std::optional<Json> deployment(FunctionCall& call, Context& context);
  std::optional<Json> reference(FunctionCall& call, Context& context);
  std::optional<Json> resource_id(FunctionCall& call, Context& context);
  std::optional<Json> subscription_resource_id(FunctionCall& call, Context& context);
  std::optional<Json> tenant_resource_id(FunctionCall& call, Context& context);
  std::optional<Json> management_group_resource_id(FunctionCall& call, Context& context);
  std::optional<Json> extension_resource_id(FunctionCall& call, Context& context);
  std::optional<Json> own_function(FunctionCall& call, Context& context);
  Json id_below(const std::string& base, FunctionCall& call, std::size_t type_at);

  // References.
  Json resolved(const std::string& name, Reference reference);
  Json principal_of(const std::string& id, const Resource* resource, const std::string& name);
  const Resource* find_resource(ArmDeployment& deployment, const std::string& name_or_id);
  const Resource* find_by_id(ArmDeployment& deployment, const std::string& id);

  // Resources.
  void list(ArmDeployment& deployment);
  void list_resource(ArmDeployment& deployment, const Json& body, const std::string& symbolic,
                     const std::string& pointer, const Resource* around, std::size_t position);
  void list_copy(ArmDeployment& deployment, Resource& resource, const Resource* around, std::size_t position);
  void place_resource(ArmDeployment& deployment, Resource& resource, const Resource* around, Context& context);
  void nest(ArmDeployment& deployment, Resource& resource, Context& context);
  [[nodiscard]] Place place_of_nested(const ArmDeployment& deployment, const Json& body, Context& context);
  [[nodiscard]] std::string scope_of(const Place& place, const std::string& text) const;
  std::string address_of(const ArmDeployment& deployment, const Resource& resource, std::size_t position);

  // Declarations.
  void declare_all(ArmDeployment& deployment, bool certain);
  void declare(ArmDeployment& deployment, Resource& resource, const RestShape& shape, bool certain);
  bool settle(const Resource& resource, const RestShape& shape, bool certain, Json& properties);
  void settle_registry(const Resource& resource, bool certain, Json& properties);
  Json identity_of(const Resource& resource, const Json& identity);
  void declare_identity(const std::string& id, const std::string& address);
  void delete_unlisted(ArmDeployment& root);
  void list_missing_parameters(ArmDeployment& root);

  Infrastructure& infrastructure_;
  model::SnapshotBuilder& builder_;
  const PendingDocument& source_;
  std::string label_;      ///< of the file, before addresses
  std::string qualifier_;  ///< before the names of unknowns, if there are other templates
  Evaluator evaluator_;
  std::unique_ptr<ArmDeployment> root_;
  std::vector<Diagnostic> errors_;
  std::size_t resource_count_ = 0;
  std::set<std::string> addresses_;
  std::map<std::string, Reference> references_;    ///< by the unknown's name
  std::map<std::string, std::string> principals_;  ///< name of an unknown → address of the declared identity
  std::map<std::string, std::string> identities_;  ///< id of a resource in lower case → address of its identity
  std::set<std::string> declared_registries_;      ///< ids in lower case
  bool open_registries_ = false;                   ///< some registry's id, or whether it is there, is not known
  std::set<std::string> unknown_functions_;
  std::map<std::string, std::size_t> warned_;  ///< warnings so far, by code
};

/// At most kWarningsOfOneCode of each code.
void Expander::warn(std::string_view code, const std::string& pointer, std::string message, std::string help) {
  if (++warned_[std::string(code)] > LoweringContext::kWarningsOfOneCode) return;
  model::Warning& warning = builder_.draft().warnings.emplace_back();
  warning.code = code;
  warning.where.message = std::move(message);
  warning.where.help = std::move(help);
  warning.where.file = source_.path;
  warning.where.pointer = pointer;
}

/// Moves the evaluator's problem to the errors; true if there was one.
bool Expander::take_problem(const std::string& pointer) {
  std::optional<Diagnostic> problem = evaluator_.take_problem();
  if (!problem) return false;
  if (errors_.size() >= kMaxErrors) return true;
  problem->file = source_.path;
  problem->pointer = pointer;
  problem->line = 0;  // of the expression; see place_problems
  errors_.push_back(*std::move(problem));
  return true;
}

// ---- values -------------------------------------------------------------------------------------------------

Json Expander::text(const Json& value, Context& context) {
  return value.is_string() ? evaluator_.text(value.get_ref<const std::string&>(), context) : value;
}

/// `count` times `input` of a loop {"name", "count", "input"}.
Json Expander::looped(const Json& loop, const std::string& name, Context& context) {
  const Json count = text(member(loop, "count"), context);
  if (evaluator_.failed()) return nullptr;
  if (has_unknown(count)) return unknown("copy(" + arm::spelled(count) + ')');
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
  Context context(*this, *deployment.parent);
  if (resource.copy) context.copies_.push_back(*resource.copy);
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
    Context context(*this, deployment);
    if (deployment.outer && deployment.resource->copy) context.copies_.push_back(*deployment.resource->copy);
    const Json& loop = member(*declared, "copy");
    value = loop.is_object() ? looped(loop, name, context) : deep(member(*declared, "value"), context);
  }
  evaluator_.leave();
  return value;
}

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

bool one_text(FunctionCall& call) {
  if (call.arguments.size() == 1 && call.arguments[0].is_string()) return true;
  call.fail("`" + std::string(call.function) + "` takes one name");
  return false;
}

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
    return unknown("copyIndex('" + copy.name + "')" + (offset == 0 ? "" : " + " + arm::spelled(offset)));
  }
  return copy.index.get<std::int64_t>() + offset.get<std::int64_t>();
}

std::optional<Json> Expander::subscription(FunctionCall& call, Context& context) {
  const Place& place = context.deployment_.values().place;
  if (place.kind < Place::Kind::Subscription) return call.unknown_result();
  const std::string& tenant = infrastructure_.deployment.tenant;
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
  const std::string& location = infrastructure_.deployment.location;
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
  const std::string& id = infrastructure_.deployment.tenant;
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
  const std::string& location = infrastructure_.deployment.location;
  const Json& metadata = values.document == nullptr ? kNothing : member(*values.document, "metadata");
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
  const bool named = made.target != nullptr && !made.target->existing;
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
  const std::string key = arm::name_of(result.get_ref<const std::string&>());
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
  const bool declared = resource != nullptr && !resource->existing;
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
  if (!identities_.emplace(model::ascii_lower(id), address).second) return;
  DeclaredIdentity& identity = infrastructure_.identities.emplace_back();
  identity.address = address;
  identity.resource_id = shown_id(id);
  identity.name = shown(segments_of(id).back());
  identity.file = source_.file;
}

// ---- resources ----------------------------------------------------------------------------------------------

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
    Context context(*this, deployment);
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
  Context context(*this, deployment);
  if (deployment.outer && deployment.resource->copy) context.copies_.push_back(*deployment.resource->copy);
  if (resource.copy) context.copies_.insert(context.copies_.begin(), *resource.copy);
  const Json condition =
      member(*resource.body, "condition").is_null() ? Json(true) : text(member(*resource.body, "condition"), context);
  if (take_problem(resource.pointer + "/condition")) return;
  if (condition == false || (condition.is_string() && equal_ignoring_case(condition.get<std::string>(), "false"))) {
    resource.condition = false;
  } else if (has_unknown(condition) && resource.condition == true) {
    resource.condition = condition;
  }
  if (around != nullptr && around->condition != true && resource.condition == true) {
    resource.condition = around->condition;
  }
  if (resource.condition != false) place_resource(deployment, resource, around, context);
  resource.address = address_of(deployment, resource, position);
  if (resource.condition == false) return;
  if (equal_ignoring_case(resource.type, kDeployments) && !resource.existing) nest(deployment, resource, context);

  const Json& children = member(*resource.body, "resources");
  if (!children.is_array()) return;
  for (std::size_t i = 0; i < children.size(); ++i) {
    list_resource(deployment, children[i], {}, resource.pointer + "/resources/" + std::to_string(i), &resource, i);
  }
}

/// The segments of a name, one for each of the type's parts. Of a name that is unknown all are.
std::optional<std::vector<std::string>> name_segments(const std::string& name, std::size_t wanted) {
  std::vector<std::string> segments = segments_of(name);
  if (segments.size() == wanted) return segments;
  if (!has_unknown(std::string_view(name))) return std::nullopt;
  segments.assign(wanted, {});
  for (std::size_t i = 0; i + 1 < wanted; ++i) {
    segments[i] = unknown_text("segment " + std::to_string(i + 1) + " of " + arm::name_of(name));
  }
  segments.back() = unknown_text(arm::name_of(name));
  return segments;
}

/// Type, name, id and scope.
void Expander::place_resource(ArmDeployment& deployment, Resource& resource, const Resource* around, Context& context) {
  const Json& body = *resource.body;
  std::string type = text_or_empty(member(body, "type"));
  const Json evaluated = text(member(body, "name"), context);
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
    resource.name = arm::text_of_scalar(evaluated);
  }
  if (resource.name.empty()) return;
  // A child inside of its parent leaves out what the parent says.
  if (around != nullptr && type.substr(0, type.find('/')).find('.') == std::string::npos) {
    type = text_or_empty(member(*around->body, "type")) + '/' + type;
    resource.name = around->name + '/' + resource.name;
  }
  Place place = deployment.place;
  std::string base;
  if (const Json& scope = member(body, "scope"); !scope.is_null() && !equal_ignoring_case(type, kDeployments)) {
    const Json where = text(scope, context);
    if (take_problem(pointer_to(resource.pointer, "scope"))) return;
    base = scope_of(place, arm::text_of_scalar(where));
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
  if (parts == 0 || !names) {
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
  std::string unique = address;
  for (int i = 2; !addresses_.insert(unique).second; ++i) unique = address + '#' + std::to_string(i);
  return unique;
}

// ---- declarations -------------------------------------------------------------------------------------------

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
    principal_of(id, find_by_id(*root_, id), arm::name_of(unknown_text(name)));
    result["userAssignedIdentities"][shown_id(id)] = {{"principalId", identities_.at(model::ascii_lower(id))}};
  }
  return result;
}

/// Forgets what exports show of a registry's setting; of `policies`, the policy called `policy`.
void forget_setting(model::Registry& registry, std::string_view setting, const std::string& policy) {
  if (setting == "roleAssignmentMode") {
    registry.mode.reset();
    registry.mode_text.reset();
  } else if (setting == "adminUserEnabled") {
    registry.admin_user_enabled.reset();
  } else if (setting == "anonymousPullEnabled") {
    registry.anonymous_pull_enabled.reset();
  } else if (setting == "publicNetworkAccess") {
    registry.public_network_access.reset();
  } else if (setting == "networkRuleSet") {
    registry.network_rule_set.reset();
  } else if (setting == "networkRuleBypassOptions") {
    registry.network_rule_bypass_options.reset();
  } else if (setting == "networkRuleBypassAllowedForTasks") {
    registry.bypass_allowed_for_tasks.reset();
  } else if (setting == "dataEndpointEnabled") {
    registry.data_endpoint_enabled.reset();
  } else if (policy.empty()) {
    registry.policies.clear();
  } else {
    std::erase_if(registry.policies, [&](const auto& each) { return equal_ignoring_case(each.first, policy); });
  }
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
  if (is(kTokens) && !certain) properties["status"] = unknown("whether " + resource.address + " is deployed");
  const auto open = [&](const char* what) { return !certain || has_unknown(member(properties, what)); };
  if (is(kScopeMaps) && open("actions")) {
    // A token whose map is not in the data has rights that are not known.
    std::erase_if(draft.scope_maps, [&](const model::ScopeMap& map) {
      return equal_ignoring_case(map.name, name) && equal_ignoring_case(map.registry, parts[parts.size() - 3]);
    });
  } else if (is(kRoleDefinitions) && open("permissions")) {
    draft.roles[model::at(builder_.role(shown_id(resource.id)))].defined = false;
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

void Expander::declare(ArmDeployment& deployment, Resource& resource, const RestShape& shape, bool certain) {
  Context context(*this, deployment);
  if (deployment.outer && deployment.resource->copy) context.copies_.push_back(*deployment.resource->copy);
  if (resource.copy) context.copies_.insert(context.copies_.begin(), *resource.copy);
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
  if (!properties.is_object()) properties = Json::object();
  prune_properties(shape, properties);
  for (auto each = properties.begin(); each != properties.end();) {
    each = each->is_null() ? properties.erase(each) : std::next(each);  // null says no more than nothing does
  }

  Declaration declaration;
  const bool is_assignment = equal_ignoring_case(shape.type, kRoleAssignments);
  declaration.effect = shape.changes_only ? Declaration::Effect::Change : Declaration::Effect::Set;
  declaration.address = resource.address;
  declaration.certain = certain;
  declaration.file = source_.file;
  declaration.pointer = resource.pointer;
  if (const auto offset = source_.offsets.find(resource.pointer); offset != source_.offsets.end()) {
    declaration.offset = offset->second;
  }

  Json object = Json::object();
  std::string id = resource.id;
  std::string name = segments_of(id).back();
  if (is_assignment && has_unknown(std::string_view(name))) {
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
      const auto known = principals_.find(arm::name_of(principal.get_ref<const std::string&>()));
      if (known != principals_.end()) properties["principalId"] = known->second;
    } else if (!principal.is_string() || principal.get_ref<const std::string&>().empty()) {
      properties["principalId"] = model::named_unknown(resource.address + ".principalId");
    }
    properties["scope"] = resource.scope.empty() ? std::string("/") : resource.scope;
    // Without a condition there is none; one that is not known is text that does not parse, and so stays open.
    if (!properties.contains("condition")) properties["condition"] = nullptr;
    // A role that is not known is one name; of the others the id's end says which it is.
    const Json& role = properties["roleDefinitionId"];
    const std::string guid = role.is_string() ? segments_of(role.get_ref<const std::string&>()).back() : std::string();
    if (has_unknown(std::string_view(guid))) properties["roleDefinitionId"] = shown_segment(guid);
    if (guid.empty()) properties["roleDefinitionId"] = model::unknown_segment(resource.address + ".roleDefinitionId");
  } else if (!settle(resource, shape, certain, properties)) {
    return;
  }
  if (!certain && equal_ignoring_case(shape.type, kLocks)) {
    // Whether it is there at all is as open as whether its scope is the one that counts.
    id.insert(resource.scope.size(), "/" + unknown_text("whether " + resource.address + " is deployed"));
  }
  object["id"] = shown_id(id);
  object["properties"] = shown_all(properties);
  if (shape.identity) {
    if (Json shown_identity = identity_of(resource, identity); !shown_identity.is_null())
      object["identity"] = shown_identity;
  }
  if (const Json& sku_name = member(sku, "name"); sku_name.is_string()) object["sku"] = {{"name", shown_all(sku_name)}};
  declaration.object = object.dump(-1, ' ', false, Json::error_handler_t::replace);
  infrastructure_.declarations.push_back(std::move(declaration));
}

void Expander::declare_all(ArmDeployment& deployment, bool certain) {
  list(deployment);
  for (const auto& resource : deployment.resources) {
    if (resource->existing || resource->condition == false || resource->id.empty()) continue;
    const bool here = certain && resource->condition == true;
    if (resource->nested) declare_all(*resource->nested, here);
    if (equal_ignoring_case(resource->type, kUserAssigned)) declare_identity(resource->id, resource->address);
    if (equal_ignoring_case(resource->type, kRegistries)) {
      declared_registries_.insert(model::ascii_lower(resource->id));
      open_registries_ = open_registries_ || !here || has_unknown(std::string_view(resource->id));
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

/// In `Complete` mode a deployment deletes the registries of its resource group that its template does not list.
void Expander::delete_unlisted(ArmDeployment& root) {
  const std::string group = model::ascii_lower(root.place.id()) + '/';
  if (root.place.kind != Place::Kind::ResourceGroup || has_unknown(std::string_view(group)) || open_registries_) {
    warn("deletes-unlisted", "/properties/mode",
         "the deployment deletes the registries of its resource group that are not listed, and which these are is not "
         "known",
         "give the subscription and the resource group of the deployment, and its parameters");
    return;
  }
  std::set<std::string> deleted;
  for (const model::Registry& registry : builder_.draft().registries) {
    const std::string id = model::ascii_lower(registry.id);
    if (!id.starts_with(group) || declared_registries_.contains(id) || !deleted.insert(id).second) continue;
    Declaration declaration;
    declaration.effect = Declaration::Effect::Remove;
    declaration.address = label_ + ": deletion of " + registry.name;
    declaration.object =
        Json{{"id", registry.id}, {"type", kRegistries}}.dump(-1, ' ', false, Json::error_handler_t::replace);
    declaration.file = source_.file;
    declaration.pointer = "/properties/mode";
    infrastructure_.declarations.push_back(std::move(declaration));
  }
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

void Expander::run(const Json& given) {
  const Json& document = *source_.document;
  const Json& request = member(document, "properties");
  const bool is_request = find_member(document, "resources") == nullptr && request.is_object();
  root_ = std::make_unique<ArmDeployment>();
  root_->document = is_request ? find_member(request, "template") : &document;
  root_->pointer = is_request ? "/properties/template" : "";
  root_->given = &given;
  root_->name = unknown(qualifier_ + "deployment().name");
  const Deployment& where = infrastructure_.deployment;
  const auto known_or = [&](const std::string& text, std::string_view name) {
    return text.empty() ? unknown_text(qualifier_ + std::string(name)) : text;
  };
  root_->place = {.kind = Place::Kind::ResourceGroup,
                  .management_group = known_or(where.management_group, "managementGroup"),
                  .subscription = known_or(where.subscription, "subscription"),
                  .resource_group = known_or(where.resource_group, "resourceGroup")};
  if (root_->document == nullptr || !root_->document->is_object()) {
    warn("template-not-read", "/properties", "the template of the deployment is not in the file",
         "what it deploys is not known: give the template that `templateLink` names");
    return;
  }
  const std::string schema = text_or_empty(member(*root_->document, "$schema"));
  if (contains_ignoring_case(schema, "subscriptionDeploymentTemplate")) root_->place.kind = Place::Kind::Subscription;
  if (contains_ignoring_case(schema, "managementGroupDeploymentTemplate")) {
    root_->place.kind = Place::Kind::ManagementGroup;
  }
  if (contains_ignoring_case(schema, "tenantDeploymentTemplate")) root_->place.kind = Place::Kind::Tenant;

  list_missing_parameters(*root_);
  take_problem(root_->pointer + "/parameters");
  declare_all(*root_, true);
  if (is_request && equal_ignoring_case(text_or_empty(member(request, "mode")), "Complete")) delete_unlisted(*root_);
  for (const auto& [code, n] : warned_) {
    if (n <= LoweringContext::kWarningsOfOneCode) continue;
    model::Warning& warning = builder_.draft().warnings.emplace_back();
    warning.code = code;
    warning.where.file = source_.path;
    warning.where.message =
        std::to_string(n - LoweringContext::kWarningsOfOneCode) + " more warnings of this kind in this file";
  }
}

// ---- reading ------------------------------------------------------------------------------------------------

/// The service takes templates of up to 4 MB.
constexpr std::size_t kMaxValues = 2'000'000;

/// The document as JSON; nullptr once it holds more than kMaxValues values. What would pass for an unknown is taken
/// out.
bool copy_to(Json& target, const Value& value, std::size_t& values, std::map<std::string, std::uint64_t>& offsets) {
  if (++values > kMaxValues) return false;
  const auto plain = [](std::string_view text) {
    std::string result(text);
    std::erase_if(result, [](char c) { return c == arm::kUnknownBegin || c == arm::kUnknownEnd; });
    return result;
  };
  switch (value.kind()) {
    case ValueKind::Absent:
    case ValueKind::Null:
      return true;
    case ValueKind::Boolean:
      target = value.boolean().value_or(false);
      return true;
    case ValueKind::Number: {
      constexpr double kExact = 9007199254740992.0;  // up to here a double holds every integer
      const double number = value.number().value_or(0);
      const bool whole =
          number >= -kExact && number <= kExact && static_cast<double>(static_cast<std::int64_t>(number)) == number;
      if (whole) {
        target = static_cast<std::int64_t>(number);
      } else {
        target = number;
      }
      return true;
    }
    case ValueKind::String:
      target = plain(value.text());
      if (arm::is_expression(value.text())) offsets.emplace(target.get<std::string>(), value.offset());
      return true;
    case ValueKind::Array:
      target = Json::array();
      for (const Value each : value) {
        if (!copy_to(target.emplace_back(), each, values, offsets)) return false;
      }
      return true;
    case ValueKind::Object:
      target = Json::object();
      if (value["type"].is_string()) offsets.emplace(value.pointer(), value.offset());
      for (const Value each : value) {
        if (!copy_to(target[plain(each.key())], each, values, offsets)) return false;
      }
      return true;
  }
  return true;
}

/// What the text of a template holds, whatever will be deployed of it.
struct TemplateCounts {
  LoweringContext& context;

  void count_template(const Json& document) {
    context.count("templates");
    const Json& resources = member(document, "resources");
    if (!resources.is_structured()) return;
    for (const Json& each : resources) count_resource(each, {});
  }

  void count_resource(const Json& body, const std::string& parent) {
    std::string type = text_or_empty(member(body, "type"));
    if (!parent.empty() && type.substr(0, type.find('/')).find('.') == std::string::npos) type = parent + '/' + type;
    const std::string lower = model::ascii_lower(type);
    const bool is_assignment = lower.ends_with("/roleassignments");
    if (find_member(body, "copy") != nullptr) context.count("copyLoops");
    if (find_member(body, "condition") != nullptr) {
      context.count(is_assignment ? "conditionalRoleAssignments" : "conditionalResources");
    }
    if (member(body, "existing") == true) {
      context.count("existingResources");
    } else if (is_assignment) {
      context.count("declaredRoleAssignments");
      if (find_member(member(body, "properties"), "condition") != nullptr) {
        context.count("declaredRoleAssignmentsWithCondition");
      }
    } else if (lower.ends_with("/roledefinitions")) {
      context.count("declaredRoleDefinitions");
    } else if (equal_ignoring_case(type, kRegistries)) {
      context.count("declaredRegistries");
    } else if (model::starts_with_ignoring_case(type, std::string(kRegistries) + '/')) {
      context.count("declaredRegistryChildren");
    }
    if (equal_ignoring_case(type, kDeployments)) {
      context.count("nestedDeployments");
      const Json& nested = member(member(body, "properties"), "template");
      if (nested.is_object()) count_template(nested);
      if (nested.is_string()) context.count("templatesByExpression");
    }
    const Json& children = member(body, "resources");
    if (!children.is_array()) return;
    for (const Json& each : children) count_resource(each, type);
  }
};

std::optional<PendingDocument> kept(const Value& document, LoweringContext& context) {
  Json json;
  std::size_t values = 0;
  std::map<std::string, std::uint64_t> offsets;
  if (!copy_to(json, document, values, offsets)) {
    context.warn("template-not-read", document,
                 "the template has more than " + std::to_string(kMaxValues) + " values and is not read",
                 "the service takes templates of up to 4 MB");
    return std::nullopt;
  }
  return PendingDocument{.path = context.builder.draft().files[model::at(context.file)].path,
                         .file = context.file,
                         .document = std::make_shared<const Json>(std::move(json)),
                         .offsets = std::move(offsets)};
}

bool has(const Value& object, std::string_view key) { return !object[key].is_absent(); }

bool schema_names(const Value& v, std::string_view part) { return contains_ignoring_case(v["$schema"].text(), part); }

bool is_arm_parameters(const Value& v) {
  return schema_names(v, "deploymentParameters.json") ||
         (has(v, "contentVersion") && v["parameters"].is_object() && !has(v, "resources"));
}

bool is_arm_template(const Value& v) {
  const Value request = v["properties"];  // a deployment's request body; a container app has a `template` of its own
  return schema_names(v, "deploymentTemplate.json") || (has(v, "contentVersion") && has(v, "resources")) ||
         has(request["template"], "resources") || has(request, "templateLink");
}

void lower_arm_template(const Value& v, LoweringContext& context) {
  std::optional<PendingDocument> document = kept(v, context);
  if (!document) return;
  const Json& json = *document->document;
  const Json& request = member(member(json, "properties"), "template");
  const bool is_request = find_member(json, "resources") == nullptr && request.is_object();
  TemplateCounts{context}.count_template(is_request ? request : json);
  context.infrastructure.templates.push_back(*std::move(document));
}

void lower_arm_parameters(const Value& v, LoweringContext& context) {
  if (std::optional<PendingDocument> document = kept(v, context)) {
    context.count("parameters", v["parameters"].size());
    context.infrastructure.parameters.push_back(*std::move(document));
  }
}

constexpr std::array kDocuments = {
    ObjectFormat{"arm-parameters", is_arm_parameters, lower_arm_parameters},
    ObjectFormat{"arm-template", is_arm_template, lower_arm_template},
};

// ---- parameter files ----------------------------------------------------------------------------------------

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

/// "main" of "main.parameters.json", "main.prod.parameters.json" and "main.json".
std::string stem_of(std::string_view path) {
  std::string_view name = last_segment(path);
  return model::ascii_lower(name.substr(0, name.find('.')));
}

/// Which templates a parameter file is for: the one of its name beside it, else of its name, else the only one.
std::vector<std::size_t> templates_for(const PendingDocument& parameters,
                                       const std::vector<PendingDocument>& templates) {
  std::vector<std::size_t> beside;
  std::vector<std::size_t> named;
  for (std::size_t i = 0; i < templates.size(); ++i) {
    if (stem_of(templates[i].path) != stem_of(parameters.path)) continue;
    named.push_back(i);
    if (folder_of(templates[i].path) == folder_of(parameters.path)) beside.push_back(i);
  }
  if (!beside.empty()) return beside;
  if (!named.empty()) return named;
  return templates.size() == 1 ? std::vector<std::size_t>{0} : std::vector<std::size_t>{};
}

}  // namespace

std::optional<std::size_t> byte_in_string(std::string_view text, std::size_t inside) noexcept {
  const auto blanks_behind = [&](std::size_t at) {
    return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
  };
  // Behind the closing quote of the string that opens at `at`.
  const auto end_of = [&](std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\') ++at;
    }
    return std::min(at + 1, text.size());
  };
  if (!text.starts_with('"')) return std::nullopt;
  std::size_t at = 0;
  if (const std::size_t colon = blanks_behind(end_of(0)); colon < text.size() && text[colon] == ':') {
    at = blanks_behind(colon + 1);
    if (at >= text.size() || text[at] != '"') return std::nullopt;
  }
  ++at;
  for (std::size_t byte = 0; byte < inside && at < text.size() && text[at] != '"';) {
    if (text[at] != '\\') {
      ++at;
      ++byte;
      continue;
    }
    // \uXXXX is one to three bytes of UTF-8, and half of a pair two.
    const bool coded = at + 5 < text.size() && text[at + 1] == 'u';
    unsigned code = 0;
    if (coded) std::from_chars(text.data() + at + 2, text.data() + at + 6, code, 16);
    const bool half = code >= 0xD800U && code < 0xE000U;
    byte += code < 0x80U ? 1U : code < 0x800U || half ? 2U : 3U;
    at += coded ? 6U : 2U;
  }
  return at < text.size() ? std::optional(at) : std::nullopt;
}

std::span<const ObjectFormat> arm_document_formats() { return kDocuments; }

std::vector<TemplateProblem> expand_templates(Infrastructure& infrastructure, model::SnapshotBuilder& builder) {
  std::vector<TemplateProblem> errors;
  if (infrastructure.side == PlanSide::Before) return errors;
  const std::vector<PendingDocument>& templates = infrastructure.templates;
  const auto warn = [&](const PendingDocument& where, std::string_view code, std::string message, std::string help) {
    model::Warning& warning = builder.draft().warnings.emplace_back();
    warning.code = code;
    warning.where.message = std::move(message);
    warning.where.help = std::move(help);
    warning.where.file = where.path;
  };

  std::vector<Json> given(templates.size(), Json::object());
  for (std::size_t i = 0; i < templates.size(); ++i) {
    const Json& in_request = member(member(*templates[i].document, "properties"), "parameters");
    if (in_request.is_object() && find_member(*templates[i].document, "resources") == nullptr) given[i] = in_request;
  }
  for (const PendingDocument& file : infrastructure.parameters) {
    const std::vector<std::size_t> targets = templates_for(file, templates);
    if (targets.size() != 1) {
      warn(file, "parameters-without-template", "it is not known which template the parameters are for",
           "name the file after its template: main.parameters.json for main.json");
      continue;
    }
    Json& values = given[targets.front()];
    const Json& parameters = member(*file.document, "parameters");
    if (!parameters.is_object()) continue;
    for (const auto& [name, entry] : parameters.items()) {
      const Json* known = find_member(values, name);
      if (known == nullptr) {
        values[name] = entry;
      } else if (*known != entry) {
        warn(file, "parameters-differ", "another file gives the parameter " + model::quoted(name) + " another value",
             "give the parameters of one deployment only; the value counts as not known");
        values[name] = {{"reference", "of several files"}};
      }
    }
  }
  for (std::size_t i = 0; i < templates.size(); ++i) {
    // Files of one name in several folders are told apart by their paths.
    const auto same_name = std::count_if(templates.begin(), templates.end(), [&](const PendingDocument& each) {
      return last_segment(each.path) == last_segment(templates[i].path);
    });
    std::string label(same_name > 1 ? std::string_view(templates[i].path) : last_segment(templates[i].path));
    Expander expander(infrastructure, builder, templates[i], std::move(label), templates.size() == 1);
    expander.run(given[i]);
    for (Diagnostic& problem : expander.errors()) {
      TemplateProblem& error = errors.emplace_back();
      error.file = templates[i].file;
      // The excerpt is the whole expression unless it is very long or has several lines.
      if (const auto found = templates[i].offsets.find(problem.excerpt); found != templates[i].offsets.end()) {
        error.offset = found->second;
      }
      error.diagnostic = std::move(problem);
    }
  }
  return errors;
}

}  // namespace acrbiter::parser
