#include "parser/terraform_references.h"

#include <algorithm>
#include <array>
#include <utility>

#include "model/ascii.h"

namespace acrbiter::parser {

namespace {

/// References on the way to a value, and modules in modules: deeper there is no known configuration.
constexpr int kMaxFollowed = 64;

/// Expressions that are looked at for one value, and for all values of a plan: outputs that refer to several others,
/// which do the same, would take forever.
constexpr std::size_t kMaxSteps = 4096;
constexpr std::size_t kMaxStepsOfPlan = std::size_t{1} << 24U;

/// `module.a["x"].module.b[0]` without the keys.
std::string without_keys(std::string_view address) {
  std::string path;
  for (const AddressStep& step : address_steps(address)) path = joined_address(path, step.name);
  return path;
}

bool is_below(std::string_view reference, std::string_view above) {
  return reference.size() > above.size() && reference.starts_with(above) &&
         (reference[above.size()] == '.' || reference[above.size()] == '[');
}

bool is_covered(std::string_view reference, const std::vector<std::string_view>& all) {
  return std::any_of(all.begin(), all.end(), [&](std::string_view other) { return is_below(other, reference); });
}

/// The references that no other one makes more precise: Terraform lists `a.b.c`, `a.b` and `a` for one use of `a.b.c`.
/// One more `a` beside `a[0]` means all instances, and stays.
std::vector<std::string_view> most_specific(const Value& references) {
  std::vector<std::string_view> all;
  if (!references.is_array()) return all;
  constexpr std::size_t kMost = 512;  // of one expression; nobody writes more by hand
  for (const Value each : references) {
    if (each.is_string() && all.size() < kMost) all.push_back(each.text());
  }
  std::vector<std::string_view> result;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string_view each = all[i];
    const bool is_prefix = i > 0 && is_below(all[i - 1], each);
    if (!(is_covered(each, all) && (is_prefix || each.starts_with("each."))) &&
        std::find(result.begin(), result.end(), each) == result.end())
      result.push_back(each);
  }
  return result;
}

bool is_index(std::string_view reference) { return reference == "each.key" || reference == "count.index"; }
bool is_each_value(std::string_view reference) {
  return reference == "each.value" || is_below(reference, "each.value");
}
bool is_input(std::string_view reference) {
  return reference.starts_with("var.") || reference.starts_with("local.") || is_each_value(reference);
}
bool is_constant(std::string_view reference) {
  return reference.starts_with("path.") || reference.starts_with("terraform.");
}

/// Stands in a step list for the key of `each`, which is no attribute.
constexpr std::string_view kEachKey = "[]";

/// Attributes of a step list, joined_address without indices: `kubelet_identity.object_id`.
std::string attribute_path(const std::vector<std::string>& steps, bool with_quoted) {
  std::string path;
  for (const std::string& step : steps) {
    const std::string_view name = std::string_view(step).substr(0, step.find('['));
    // `identity.0.principal_id` is the old way to write an index.
    if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      path = joined_address(path, name);
    }
    std::string_view keys = std::string_view(step).substr(name.size());
    while (with_quoted && !keys.empty()) {
      const std::string_view key = first_key(keys);
      if (key.starts_with("[\"") && key.size() > 4) path = joined_address(path, key.substr(2, key.size() - 4));
      keys.remove_prefix(key.size());
    }
  }
  return path;
}

bool is_directory_object(std::string_view type) {
  return type == "azuread_service_principal" || type == "azuread_group" || type == "azuread_group_without_members" ||
         type == "azuread_user";
}

}  // namespace

bool is_addon_identity(std::string_view attribute) {
  return std::find(kAddonIdentities.begin(), kAddonIdentities.end(), attribute) != kAddonIdentities.end();
}

namespace {

/// The name under which an attribute of `type` gives a principal; empty if it gives none, or not certainly one.
std::string principal_name(std::string_view type, std::string_view attribute) {
  if (type == "azurerm_user_assigned_identity") {
    return attribute == "principal_id" || attribute.empty() ? "principal" : "";
  }
  if (is_directory_object(type)) {
    return attribute == "object_id" || attribute == "id" || attribute.empty() ? "principal" : "";
  }
  if (type == "azurerm_client_config" || type == "azuread_client_config") {
    return attribute == "object_id" || attribute.empty() ? "principal" : "";
  }
  if (type == "azurerm_kubernetes_cluster") {
    if (attribute == "kubelet_identity.object_id" || attribute == "kubelet_identity") return "kubelet";
    if (is_addon_identity(attribute)) return std::string(attribute);
    return attribute == "identity.principal_id" || attribute == "identity" ? "principal" : "";
  }
  const bool own_identity = type.starts_with("azurerm_") || type.starts_with("azapi_");
  return own_identity && (attribute == "identity.principal_id" || attribute == "identity") ? "principal" : "";
}

/// True if an attribute of Azure's own types cannot be what is wanted: names, ids of another kind.
bool is_never(std::string_view type, std::string_view attribute, Wanted wanted) {
  const bool arm = type.starts_with("azurerm_") || type.starts_with("azapi_");
  if (!arm && !type.starts_with("azuread_")) return false;
  static constexpr std::array<std::string_view, 10> kPlain = {
      "name",           "location",  "resource_group_name", "tags",         "client_id",
      "application_id", "tenant_id", "display_name",        "login_server", "subscription_id"};
  if (std::find(kPlain.begin(), kPlain.end(), attribute) != kPlain.end()) return true;
  if (wanted == Wanted::Principal) return attribute == "id";
  return attribute == "principal_id" || attribute == "object_id" || attribute == "identity.principal_id";
}

std::string canonical(std::string_view type, std::string_view attribute, Wanted wanted) {
  switch (wanted) {
    case Wanted::Principal:
      return principal_name(type, attribute);
    case Wanted::Id:
      if (!type.starts_with("azurerm_") && !type.starts_with("azapi_")) return {};
      if (type == "azurerm_kubernetes_cluster" && attribute == "node_resource_group_id") return std::string(attribute);
      return attribute == "id" || attribute.empty() ? "id" : "";
    case Wanted::Role:
      if (type != "azurerm_role_definition") return {};
      return attribute == "role_definition_resource_id" || attribute == "role_definition_id" || attribute == "id" ||
                     attribute.empty()
                 ? "role"
                 : "";
    case Wanted::Name:
      return attribute == "name" || attribute == "resource_group_name" ? std::string(attribute) : "";
  }
  return {};
}

/// Whether the plan tells the value of a Target.
bool is_known(const TerraformInstance& instance, std::string_view name) {
  const Attribute& in = instance.attributes;
  if (name == "principal") {
    if (instance.type == "azurerm_user_assigned_identity") return in["principal_id"].text().has_value();
    if (is_directory_object(instance.type) || instance.type.ends_with("_client_config")) {
      return in["object_id"].text() || in["id"].text();
    }
    return in.block("identity")["principal_id"].text().has_value();
  }
  if (name == "kubelet") return in.block("kubelet_identity")["object_id"].text().has_value();
  if (name == "role") return in["role_definition_resource_id"].text() || in["id"].text();
  if (is_addon_identity(name)) return in.at(name).text().has_value();
  return in[name].text().has_value();
}

}  // namespace

/// Where an expression stands: the instance of its module, and the key of the resource or module it configures.
struct TerraformReferences::Frame {
  std::string module{};
  std::string key{};
  Value for_each{};
  std::size_t instances = 0;  ///< of the resource or module it configures
};

struct TerraformReferences::Found {
  Wanted wanted = Wanted::Id;
  bool list = false;    ///< all elements are wanted, not one value
  bool opaque = false;  ///< something else may have made the value
  std::size_t steps = 0;
  std::vector<Target> targets;

  void add(Target target) {
    if (std::find(targets.begin(), targets.end(), target) == targets.end()) targets.push_back(std::move(target));
  }
};

TerraformReferences::TerraformReferences(const TerraformPlan& plan)
    : plan_(plan),
      variables_(plan.document()["variables"]),
      providers_(plan.document()["configuration"]["provider_config"]) {
  struct Module {
    std::string path;
    Value configuration;
    int depth;
  };
  std::vector<Module> open = {{"", plan.document()["configuration"]["root_module"], 0}};
  while (!open.empty()) {
    const Module module = std::move(open.back());
    open.pop_back();
    if (!module.configuration.is_object()) continue;
    modules_.emplace(module.path, module.configuration);
    if (const Value resources = module.configuration["resources"]; resources.is_array()) {
      for (const Value resource : resources) {
        resources_.emplace(joined_address(module.path, resource["address"].text()), resource);
      }
    }
    const Value calls = module.configuration["module_calls"];
    if (!calls.is_object() || module.depth == kMaxFollowed) continue;
    for (const Value call : calls) {
      open.push_back(
          {joined_address(module.path, "module.") + std::string(call.key()), call["module"], module.depth + 1});
    }
  }
}

Value TerraformReferences::resource_configuration(const TerraformInstance& instance) const {
  const std::string_view own =
      std::string_view(instance.resource)
          .substr(instance.module.empty() ? 0 : std::min(instance.resource.size(), instance.module.size() + 1));
  const auto found = resources_.find(joined_address(without_keys(instance.module), own));
  return found == resources_.end() ? Value() : found->second;
}

Value TerraformReferences::expression(const TerraformInstance& instance, std::string_view path) const {
  Value at = resource_configuration(instance)["expressions"];
  for (const AddressStep& step : address_steps(path)) {
    if (at.is_array()) at = at.size() == 1 ? *at.begin() : Value();  // a block
    at = exact_member(at, step.name);
  }
  return at;
}

TerraformReferences::Frame TerraformReferences::frame_of(const TerraformInstance& instance) const {
  return {.module = instance.module,
          .key = instance.key,
          .for_each = resource_configuration(instance)["for_each_expression"],
          .instances = plan_.instances_of(instance.resource).size()};
}

/// The place of the call that made the module instance of `frame`. Sets the call and its name.
std::optional<TerraformReferences::Frame> TerraformReferences::caller(const Frame& frame, std::string& name,
                                                                      Value& call) const {
  const std::vector<AddressStep> steps = address_steps(frame.module);
  if (steps.size() < 2) return std::nullopt;
  const AddressStep last = steps.back();
  Frame result;
  for (std::size_t i = 0; i + 2 < steps.size(); ++i) {
    result.module = joined_address(result.module, steps[i].name) + std::string(steps[i].keys);
  }
  result.key = last.keys;
  name = last.name;
  const auto module = modules_.find(without_keys(result.module));
  if (module == modules_.end()) return std::nullopt;
  call = exact_member(module->second["module_calls"], name);
  result.for_each = call["for_each_expression"];
  result.instances = plan_.module_keys(joined_address(result.module, "module.") + name).size();
  return result;
}

/// The expression's references; those of a `for_each` are asked for by each instance.
const std::vector<std::string_view>& TerraformReferences::references_of(const Value& expression) const {
  const Value list = expression["references"];
  const auto [known, is_new] = specific_.try_emplace(list.offset());
  if (is_new) known->second = most_specific(list);
  return known->second;
}

// ---- following ----------------------------------------------------------------------------------------------

void TerraformReferences::follow(const Value& expression, const Frame& frame, const Steps& rest, Found& found,
                                 int depth) const {
  if (depth > kMaxFollowed || ++found.steps > kMaxSteps || ++steps_ > kMaxStepsOfPlan) {
    found.opaque = true;
    return;
  }
  if (expression.is_array()) {  // a block, or several
    for (const Value block : expression) follow(block, frame, rest, found, depth + 1);
    return;
  }
  if (!expression["constant_value"].is_absent()) return;
  const std::vector<std::string_view>& all = references_of(expression);
  if (all.empty()) {
    // No references and no constant: calls of functions, or blocks in the expression's place.
    found.opaque = true;
    return;
  }
  // An id or a name may be put together from several values, a principal's id never.
  const bool whole = found.wanted == Wanted::Principal || found.list || !rest.empty();
  const auto is_key = [](std::string_view r) { return is_index(r) || r == "each.value"; };
  const auto uses = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](std::string_view r) {
    return !is_key(r) && !is_constant(r) && !is_covered(r, all);
  }));
  if (!whole && (uses > 1 || (uses == 1 && uses < all.size() && std::any_of(all.begin(), all.end(), is_constant)))) {
    found.opaque = true;
    return;
  }
  // A list may be one of two, by a condition, or hold the elements of an input.
  if (found.list && uses > 1 && std::any_of(all.begin(), all.end(), is_input)) {
    found.opaque = true;
    return;
  }
  for (const std::string_view reference : all) {
    if (is_index(reference) || is_constant(reference)) continue;
    if (reference == "each.value" && uses > 0) continue;  // the key of another reference
    if (is_covered(reference, all)) {
      const std::string address = joined_address(frame.module, reference);
      if (plan_.instances_of(address).size() > 1 || plan_.module_keys(address).size() > 1) found.opaque = true;
      continue;
    }
    follow_one(reference, all, frame, rest, found, depth);
  }
}

void TerraformReferences::follow_one(std::string_view reference, const std::vector<std::string_view>& all,
                                     const Frame& frame, const Steps& rest, Found& found, int depth) const {
  const std::vector<AddressStep> steps = address_steps(reference);
  const auto tail = [&](std::size_t from, std::string_view keys) {
    Steps result;
    if (!keys.empty()) result.emplace_back(keys);
    for (std::size_t i = from; i < steps.size(); ++i) {
      result.push_back(std::string(steps[i].name) + std::string(steps[i].keys));
    }
    result.insert(result.end(), rest.begin(), rest.end());
    return result;
  };
  if (is_each_value(reference)) {
    if (frame.key.empty() || !frame.for_each.is_object()) {
      found.opaque = true;
      return;
    }
    follow(frame.for_each, {.module = frame.module}, tail(2, std::string(kEachKey) + std::string(steps[1].keys)), found,
           depth + 1);
    return;
  }
  if (steps.size() < 2) {
    found.opaque = true;
    return;
  }
  const std::string name(steps[1].name);
  if (steps[0].name == "var") {
    follow_variable(name, frame, tail(2, steps[1].keys), found, depth + 1);
  } else if (steps[0].name == "module") {
    const bool named = steps.size() > 2;
    follow_module(name, steps[1].keys, named ? std::string(steps[2].name) : std::string(), all, frame,
                  named ? tail(3, steps[2].keys) : rest, found, depth + 1);
  } else if (steps[0].name == "data" && steps.size() > 2) {
    follow_resource("data." + name + '.' + std::string(steps[2].name), steps[2].keys, all, frame, tail(3, {}), found);
  } else if (steps[0].name == "local" || steps[0].name == "self" || steps[0].name == "each") {
    found.opaque = true;  // what locals hold, plans do not tell
  } else {
    follow_resource(std::string(steps[0].name) + '.' + name, steps[1].keys, all, frame, tail(2, {}), found);
  }
}

void TerraformReferences::follow_variable(const std::string& name, const Frame& frame, const Steps& rest, Found& found,
                                          int depth) const {
  if (frame.module.empty()) {
    // The values of the root's variables are known, so none of them is the value that is not.
    if (exact_member(variables_, name).is_absent()) found.opaque = true;
    return;
  }
  std::string called;
  Value call;
  const std::optional<Frame> outside = caller(frame, called, call);
  if (!outside || !call.is_object()) {
    found.opaque = true;
    return;
  }
  const Value input = exact_member(call["expressions"], name);
  if (input.is_absent()) return;  // its default, which is a constant
  follow(input, *outside, rest, found, depth);
}

/// The key in which `all`, references of one expression, use `each` or `count` for one of `known` instances; empty if
/// they do not, or not certainly: of `count.index` a plan does not show what is made of it, and where there are more of
/// the one than of the other it is not taken as it is (`floor(count.index / 2)`).
std::string TerraformReferences::index_key(const std::vector<std::string_view>& all, const Frame& frame,
                                           std::size_t known) const {
  const bool counted = std::find(all.begin(), all.end(), "count.index") != all.end();
  if (counted && frame.instances != known) return {};
  if (std::any_of(all.begin(), all.end(), is_index)) return frame.key;
  if (std::find(all.begin(), all.end(), "each.value") == all.end()) return {};
  // A set's elements are its keys; a map's are not.
  const Value keys = known_value(frame.for_each, frame, 0);
  const auto quoted_key = [](std::string_view text) { return "[\"" + std::string(text) + "\"]"; };
  if (keys.is_array()) {
    for (const Value each : keys) {
      if (quoted_key(each.text()) == frame.key) return frame.key;
    }
  } else if (keys.is_object()) {
    for (const Value each : keys) {
      if (quoted_key(each.key()) == frame.key && !each.text().empty()) return quoted_key(each.text());
    }
  }
  return {};
}

/// The value of a constant, or of a variable that is handed through.
Value TerraformReferences::known_value(const Value& expression, const Frame& frame, int depth) const {
  if (depth > kMaxFollowed) return {};
  if (const Value constant = expression["constant_value"]; !constant.is_absent()) return constant;
  const std::vector<std::string_view>& all = references_of(expression);
  if (all.size() != 1) return {};
  const std::vector<AddressStep> steps = address_steps(all.front());
  if (steps.size() != 2 || steps[0].name != "var" || !steps[1].keys.empty()) return {};
  if (frame.module.empty()) return exact_member(variables_, steps[1].name)["value"];
  std::string called;
  Value call;
  const std::optional<Frame> outside = caller(frame, called, call);
  return outside ? known_value(exact_member(call["expressions"], steps[1].name), *outside, depth + 1) : Value();
}

void TerraformReferences::follow_module(const std::string& name, std::string_view keys, const std::string& output,
                                        const std::vector<std::string_view>& all, const Frame& frame, const Steps& rest,
                                        Found& found, int depth) const {
  const std::string path = joined_address(frame.module, "module.") + name;
  const auto module = modules_.find(without_keys(path));
  if (module == modules_.end()) {
    found.opaque = true;
    return;
  }
  std::string key(keys);
  if (key.empty()) {
    const std::set<std::string>& known = plan_.module_keys(path);
    const std::string index = index_key(all, frame, known.size());
    if (known.size() == 1) {
      key = *known.begin();
    } else if (!index.empty() && known.contains(index)) {
      key = index;
    } else {
      found.opaque = true;
      return;
    }
  }
  const Frame inside{.module = path + key};
  const Value outputs = module->second["outputs"];
  if (!output.empty()) {
    const Value expression = exact_member(outputs, output)["expression"];
    if (expression.is_object()) {
      follow(expression, inside, rest, found, depth);
    } else {
      found.opaque = true;
    }
    return;
  }
  // Which output it was is lost; what none of the others can be is found all the same.
  if (!outputs.is_object()) {
    found.opaque = true;
    return;
  }
  Steps after = rest;
  if (after.empty()) after.emplace_back();
  for (const Value each : outputs) follow(each["expression"], inside, after, found, depth);
}

void TerraformReferences::follow_resource(const std::string& resource, std::string_view keys,
                                          const std::vector<std::string_view>& all, const Frame& frame,
                                          const Steps& rest, Found& found) const {
  const std::string address = joined_address(frame.module, resource);
  const std::vector<std::size_t>& known = plan_.instances_of(address);
  const TerraformInstance* instance = nullptr;
  std::string key(first_key(keys));
  const bool uses_key =
      std::any_of(all.begin(), all.end(), [](std::string_view r) { return is_index(r) || r == "each.value"; });
  if (key.empty() && known.size() > 1) {
    // What an index behind the expression means is up to the expression: `reverse(resource[*].id)`, `{for i in
    // resource : i.name => i.id}` and `resource[*].id` are shown alike. So is a list of some of them.
    const bool of_element = !rest.empty() && rest.front().starts_with('[');
    if (!of_element) key = index_key(all, frame, known.size());
    instance = key.empty() ? nullptr : plan_.find(address + key);
    if (instance == nullptr) {
      found.opaque = true;
      return;
    }
  } else if (!key.empty()) {
    instance = plan_.find(address + key);
  } else if (known.size() == 1) {
    instance = &plan_.instances()[known.front()];
  }
  if (instance == nullptr) {
    // What `count` leaves out gives no value. In a partial plan it may be there and not be listed.
    const bool declared = resources_.contains(joined_address(without_keys(frame.module), resource));
    if (!declared || !plan_.has_changes() || plan_.document()["complete"].boolean() == false) found.opaque = true;
    return;
  }
  // `ci["a"]["client_id"]` is `ci["a"].client_id`.
  Steps path = rest;
  if (!keys.empty()) {
    path.emplace(path.begin(), keys.substr(first_key(keys).size()));
  } else if (!path.empty() && path.front().starts_with(instance->key)) {
    path.front().erase(0, instance->key.size());
  }
  const std::string attribute = attribute_path(path, found.wanted == Wanted::Principal);
  const std::string name = canonical(instance->type, attribute, found.wanted);
  if (name.empty()) {
    // Beside the value that is wanted a name may stand in the same object; alone it can only be a part of it.
    const bool among_others = found.wanted == Wanted::Principal || !rest.empty();
    // Which of several was chosen is lost where something follows it.
    const bool chosen = rest.size() > 1 && (attribute == "client_id" || attribute == "application_id");
    if (chosen || !among_others || !is_never(instance->type, attribute, found.wanted)) found.opaque = true;
    return;
  }
  if (found.wanted != Wanted::Principal && !attribute.empty() && uses_key) {
    found.opaque = true;  // an id with the key in it
    return;
  }
  // What is known is not the value that nobody knows yet.
  if (!is_known(*instance, name)) found.add({.instance = instance, .attribute = name});
}

// ---- answers ------------------------------------------------------------------------------------------------

std::optional<Target> TerraformReferences::target(const TerraformInstance& instance, std::string_view path,
                                                  Wanted wanted) const {
  Found found;
  found.wanted = wanted;
  follow(expression(instance, path), frame_of(instance), {}, found, 0);
  if (found.opaque || found.targets.size() != 1) return std::nullopt;
  return found.targets.front();
}

std::optional<std::vector<Target>> TerraformReferences::targets(const TerraformInstance& instance,
                                                                std::string_view path, Wanted wanted) const {
  Found found;
  found.wanted = wanted;
  found.list = true;
  follow(expression(instance, path), frame_of(instance), {}, found, 0);
  if (found.opaque) return std::nullopt;
  return std::move(found.targets);
}

std::string TerraformReferences::provider(const TerraformInstance& instance) const {
  if (const Value key = resource_configuration(instance)["provider_config_key"]; !key.is_none()) {
    return std::string(key.text());
  }
  // Where the plan has one configuration of the provider, no other can be meant.
  const std::string_view name = std::string_view(instance.type).substr(0, instance.type.find('_'));
  std::string only;
  if (!providers_.is_object()) return only;
  for (const Value each : providers_) {
    if (each["name"].text() != name && each.key() != name) continue;
    if (!only.empty()) return {};
    only = each.key();
  }
  return only;
}

bool TerraformReferences::leaves_out(const TerraformInstance& instance, std::string_view attribute) const {
  return resource_configuration(instance).is_object() && expression(instance, attribute).is_absent();
}

bool TerraformReferences::sets(const TerraformInstance& instance, std::string_view attribute) const {
  return resource_configuration(instance).is_object() && !expression(instance, attribute).is_absent();
}

std::string TerraformReferences::provider_subscription(const std::string& provider) const {
  const Value configured = exact_member(providers_, provider);
  // Providers of modules may take the value from the module's input; those of the root are told.
  if (!configured["module_address"].is_none()) return {};
  const Frame root;
  return std::string(known_value(configured["expressions"]["subscription_id"], root, 0).text());
}

}  // namespace acrbiter::parser
