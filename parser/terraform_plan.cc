#include "parser/terraform_plan.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace acrbiter::parser {

namespace {

/// Modules in modules: deeper there is no known configuration.
constexpr int kMaxModules = 64;

/// What lies below a mark such as `after_unknown`: `true` holds for everything below it.
Value mark_below(const Value& mark, const Value& next) { return mark.boolean() ? mark : next; }

Value element_of(const Value& list, std::size_t index) {
  if (!list.is_array()) return {};
  for (const Value each : list) {
    if (index-- == 0) return each;
  }
  return {};
}

/// `mark` is true somewhere. How deep it goes the reader of JSON bounds.
bool is_marked(const Value& mark) {
  if (mark.boolean().value_or(false)) return true;
  if (!mark.is_array() && !mark.is_object()) return false;
  for (const Value each : mark) {
    if (is_marked(each)) return true;
  }
  return false;
}

/// An index as addresses have it: `["a"]`, `[0]`.
std::string key_text(const Value& index) {
  if (index.is_string()) {
    std::string key = "[\"";
    for (const char c : index.text()) {
      if (c == '"' || c == '\\') key += '\\';
      key += c;
    }
    return key + "\"]";
  }
  if (const auto number = index.number()) {
    constexpr double kLargest = 1e15;
    if (*number >= 0 && *number < kLargest) return "[" + std::to_string(static_cast<std::uint64_t>(*number)) + "]";
  }
  return {};
}

/// Address, module, type, name and key, as changes and values of modules tell them.
TerraformInstance named(const Value& resource, std::string_view module) {
  TerraformInstance instance;
  instance.where = resource;
  instance.module = module;
  instance.type = resource["type"].text();
  instance.name = resource["name"].text();
  instance.data = resource["mode"].text() == "data";
  instance.key = key_text(resource["index"]);
  instance.resource = joined_address(module, (instance.data ? "data." : "") + instance.type + '.' + instance.name);
  // Where the index is left out, the address has it.
  const std::string_view address = resource["address"].text();
  if (instance.key.empty() && address.starts_with(instance.resource + '[')) {
    instance.key = address.substr(instance.resource.size());
  }
  instance.address = instance.resource + instance.key;
  return instance;
}

bool has_action(const Value& actions, std::string_view action) {
  if (!actions.is_array()) return false;
  for (const Value each : actions) {
    if (each.text() == action) return true;
  }
  return false;
}

/// `sensitive_attributes` of a state file holds paths; of those to whole attributes an object is enough. The others are
/// of attributes that are not read.
bool is_sensitive(const Value& paths, std::string_view attribute) {
  if (!paths.is_array()) return false;
  for (const Value path : paths) {
    if (path.is_array() && path.size() > 0 && (*path.begin())["value"].text() == attribute) return true;
  }
  return false;
}

}  // namespace

// ---- attributes ---------------------------------------------------------------------------------------------

Attribute Attribute::operator[](std::string_view key) const {
  // A state file marks secrets by paths, which only the top level can tell.
  const Value sensitive =
      sensitive_.is_array() && value_.is_object() ? Value() : mark_below(sensitive_, sensitive_[key]);
  const bool hidden = value_.is_object() && is_sensitive(sensitive_, key);
  return {hidden ? Value() : value_[key], mark_below(unknown_, unknown_[key]), sensitive, absent_is_later_ || hidden};
}

Attribute Attribute::element(std::size_t index) const {
  return {element_of(value_, index), mark_below(unknown_, element_of(unknown_, index)),
          mark_below(sensitive_, element_of(sensitive_, index)), absent_is_later_};
}

Attribute Attribute::at(std::string_view path) const {
  Attribute result = *this;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    if (begin > 0) result = result.element(0);
    result = result[path.substr(begin, end - begin)];
    begin = end + 1;
  }
  return result;
}

bool Attribute::is_later() const {
  if (unknown_.boolean().value_or(false) || is_secret()) return true;
  return absent_is_later_ && value_.is_absent();
}

bool Attribute::is_partly_later() const { return is_later() || is_marked(unknown_) || is_marked(sensitive_); }

std::optional<std::string> Attribute::text() const {
  if (is_later() || value_.text().empty()) return std::nullopt;
  return std::string(value_.text());
}

std::optional<bool> Attribute::flag() const { return is_later() ? std::nullopt : value_.boolean(); }

bool is_applied(const TerraformInstance& instance) {
  const Value actions = instance.where["change"]["actions"];
  return instance.is_new || has_action(actions, "create") || has_action(actions, "update");
}

bool is_requested(const TerraformInstance& instance, bool removed) {
  if (instance.data) return false;
  const bool on_destroy = instance.attributes["when"].text() == "destroy";
  return removed ? on_destroy : !on_destroy && is_applied(instance);
}

// ---- addresses ----------------------------------------------------------------------------------------------

std::string joined_address(std::string_view module, std::string_view rest) {
  return module.empty() ? std::string(rest) : std::string(module) + '.' + std::string(rest);
}

std::vector<AddressStep> address_steps(std::string_view text) {
  std::vector<AddressStep> steps;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t name_end = std::min(text.find_first_of(".[", at), text.size());
    AddressStep step{.name = text.substr(at, name_end - at), .keys = {}};
    std::size_t end = name_end;
    bool quoted = false;
    for (bool open = false; end < text.size(); ++end) {
      const char c = text[end];
      if (quoted) {
        if (c == '\\' && end + 1 < text.size()) {
          ++end;
        } else if (c == '"') {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == '[') {
        open = true;
      } else if (c == ']') {
        open = false;
      } else if (c == '.' && !open) {
        break;
      }
    }
    step.keys = text.substr(name_end, end - name_end);
    steps.push_back(step);
    at = end + 1;
  }
  return steps;
}

std::string_view first_key(std::string_view keys) {
  bool quoted = false;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (quoted && keys[i] == '\\') {
      ++i;
    } else if (keys[i] == '"') {
      quoted = !quoted;
    } else if (keys[i] == ']' && !quoted) {
      return keys.substr(0, i + 1);
    }
  }
  return keys;
}

Value exact_member(const Value& object, std::string_view key) {
  if (!object.is_object()) return {};
  for (const Value member : object) {
    if (member.key() == key) return member;
  }
  return {};
}

// ---- the document -------------------------------------------------------------------------------------------

TerraformPlan::TerraformPlan(const Value& document, PlanSide side) : document_(document), side_(side) {
  const Value changes = document["resource_changes"];
  const Value planned = document["planned_values"];
  is_plan_ = changes.is_array() || planned.is_object() || document["configuration"].is_object();
  if (!is_plan_) {
    if (document["values"].is_object()) {
      read_module(document["values"]["root_module"], {}, false, 0);
    } else {
      read_state_file();
    }
  } else {
    // The state holds what a plan with `-target` does not touch, and data sources that are read already.
    read_module(document["prior_state"]["values"]["root_module"], {}, false, 0);
    if (changes.is_array()) {
      read_changes();
    } else if (side == PlanSide::After) {
      read_module(planned["root_module"], {}, true, 0);
    }
  }
  index();
}

/// Adds an instance, or replaces what the prior state told of it.
void TerraformPlan::add(TerraformInstance instance) {
  if (instance.type.empty() || instance.name.empty()) return;
  const auto [at, is_new] = by_address_.emplace(instance.address, instances_.size());
  if (is_new) {
    instances_.push_back(std::move(instance));
  } else {
    instances_[at->second] = std::move(instance);
  }
}

void TerraformPlan::read_changes() {
  std::set<std::string, std::less<>> gone;
  for (const Value resource : document_["resource_changes"]) {
    const Value change = resource["change"];
    const Value actions = change["actions"];
    TerraformInstance instance = named(resource, resource["module_address"].text());
    instance.before = Attribute(change["before"], {}, change["before_sensitive"], false);
    const bool deposed = !resource["deposed"].is_none();
    const bool creates = has_action(actions, "create");
    const bool deletes = has_action(actions, "delete");
    if (side_ == PlanSide::Before) {
      if (change["before"].is_none()) continue;
      if (!resource["previous_address"].is_none()) gone.emplace(resource["previous_address"].text());
      instance.attributes = instance.before;
    } else {
      if (deletes && !instance.data) {
        TerraformInstance old = instance;
        // A mark hides nothing here: the texts only find what is deleted, and enter no answer.
        old.attributes = Attribute(change["before"], {}, {}, false);
        removed_.push_back(std::move(old));
        if (!creates) {
          if (!deposed) gone.insert(instance.address);
          continue;
        }
      }
      if (!resource["previous_address"].is_none()) gone.emplace(resource["previous_address"].text());
      // What Terraform forgets stays as it is; where it makes another in its place, that one has the address.
      instance.attributes = has_action(actions, "forget") && !creates
                                ? instance.before
                                : Attribute(change["after"], change["after_unknown"], change["after_sensitive"], false);
      instance.is_new = creates && !instance.data;
      instance.replaces = instance.is_new && deletes;
      if (instance.is_new) instance.before = {};
    }
    if (deposed) instance.address += " (deposed)";
    add(std::move(instance));
  }
  const auto is_gone = [&](const TerraformInstance& instance) {
    // The prior state's entry stands at the old address until a change takes its place.
    return gone.contains(instance.address) && instance.where["change"].is_absent();
  };
  std::erase_if(instances_, is_gone);
}

/// The tree of `planned_values` and of `terraform show -json` of a state.
void TerraformPlan::read_module(const Value& module, const std::string& path, bool absent_is_later, int depth) {
  if (depth > kMaxModules) return;
  if (const Value resources = module["resources"]; resources.is_array()) {
    for (const Value resource : resources) {
      TerraformInstance instance = named(resource, path);
      instance.attributes = Attribute(resource["values"], {}, resource["sensitive_values"], absent_is_later);
      if (absent_is_later) {
        // Known before: what has an id is not new.
        const auto known = by_address_.find(instance.address);
        instance.is_new = known == by_address_.end() && !instance.data && instance.attributes["id"].is_later();
        if (known != by_address_.end()) instance.before = instances_[known->second].attributes;
      }
      if (!resource["deposed_key"].is_none()) instance.address += " (deposed)";
      add(std::move(instance));
    }
  }
  if (const Value children = module["child_modules"]; children.is_array()) {
    for (const Value child : children) {
      read_module(child, std::string(child["address"].text()), absent_is_later, depth + 1);
    }
  }
}

/// `terraform.tfstate` of version 4.
void TerraformPlan::read_state_file() {
  const Value resources = document_["resources"];
  if (!resources.is_array()) return;
  for (const Value resource : resources) {
    if (!resource["instances"].is_array()) continue;
    for (const Value each : resource["instances"]) {
      TerraformInstance instance = named(resource, resource["module"].text());
      instance.key = key_text(each["index_key"]);
      instance.address += instance.key;
      if (!each["deposed"].is_none()) instance.address += " (deposed)";
      instance.where = each;
      instance.attributes = Attribute(each["attributes"], {}, each["sensitive_attributes"], false);
      add(std::move(instance));
    }
  }
}

void TerraformPlan::index() {
  by_address_.clear();
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    const TerraformInstance& instance = instances_[i];
    by_address_.emplace(instance.address, i);
    by_resource_[instance.resource].push_back(i);
    std::string path;
    const std::vector<AddressStep> steps = address_steps(instance.module);
    for (std::size_t k = 0; k + 1 < steps.size(); k += 2) {
      path = joined_address(path, "module.") + std::string(steps[k + 1].name);
      module_keys_[path].emplace(steps[k + 1].keys);
      path += steps[k + 1].keys;
    }
  }
}

const TerraformInstance* TerraformPlan::find(std::string_view address) const {
  const auto found = by_address_.find(address);
  return found == by_address_.end() ? nullptr : &instances_[found->second];
}

const std::vector<std::size_t>& TerraformPlan::instances_of(std::string_view address) const {
  static const std::vector<std::size_t> kNone;
  const auto found = by_resource_.find(address);
  return found == by_resource_.end() ? kNone : found->second;
}

const std::set<std::string>& TerraformPlan::module_keys(std::string_view address) const {
  static const std::set<std::string> kNone;
  const auto found = module_keys_.find(address);
  return found == module_keys_.end() ? kNone : found->second;
}

}  // namespace acrbiter::parser
