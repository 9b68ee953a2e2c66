// A Terraform plan or state as a table of resource instances, whichever of the three layouts it comes in.
// Source: input-formats 8.1
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "parser/infrastructure.h"
#include "parser/value.h"

namespace acrbiter::parser {

/// An attribute of a resource with what the plan says about it: whether only the deployment will know it, and whether
/// it is to be kept secret. A secret one counts as not known, so that it enters nothing.
class Attribute {
 public:
  Attribute() = default;
  /// `absent_is_later`: the document leaves out what it does not know (`planned_values`).
  Attribute(Value value, Value unknown, Value sensitive, bool absent_is_later)
      : value_(value), unknown_(unknown), sensitive_(sensitive), absent_is_later_(absent_is_later) {}

  [[nodiscard]] Attribute operator[](std::string_view key) const;
  /// Of a list; of a block, which plans hold as a list, the first.
  [[nodiscard]] Attribute element(std::size_t index) const;
  [[nodiscard]] Attribute block(std::string_view key) const { return (*this)[key].element(0); }
  /// Member of a member: `identity.principal_id`, through blocks.
  [[nodiscard]] Attribute at(std::string_view path) const;
  [[nodiscard]] std::size_t size() const { return value_.is_array() ? value_.size() : 0; }

  /// Only the deployment will know it, or the plan keeps it secret.
  [[nodiscard]] bool is_later() const;
  /// Something in it is: a member of an object, an element of a list.
  [[nodiscard]] bool is_partly_later() const;
  [[nodiscard]] bool is_secret() const { return sensitive_.boolean().value_or(false); }
  /// The document holds a value, secret or not.
  [[nodiscard]] bool is_told() const { return !value_.is_none(); }
  /// The text of a string that is known and not empty.
  [[nodiscard]] std::optional<std::string> text() const;
  [[nodiscard]] std::optional<bool> flag() const;
  /// Absent if the attribute is not known.
  [[nodiscard]] Value value() const { return is_later() ? Value() : value_; }

 private:
  Value value_, unknown_, sensitive_;
  bool absent_is_later_ = false;
};

/// One instance of a resource or data source.
struct TerraformInstance {
  std::string address;  ///< `module.acr.azurerm_role_assignment.ci["push"]`
  std::string module;   ///< `module.acr`; empty for the root
  std::string type, name;
  std::string key;        ///< `["push"]`, `[0]` or empty
  std::string resource;   ///< the address without this key
  bool data = false;      ///< a data source: it declares nothing
  bool is_new = false;    ///< the plan creates it, so it is none of what exists
  bool replaces = false;  ///< the plan deletes an object of this address before or after
  Attribute attributes;
  Attribute before;  ///< as it was; of what is new, nothing
  Value where;
};

/// The plan creates or updates it.
[[nodiscard]] bool is_applied(const TerraformInstance& instance);
/// A request of its own is made now: where it is created or updated, or, if it says so (`when`), where it is destroyed.
[[nodiscard]] bool is_requested(const TerraformInstance& instance, bool removed);

/// One step of an address or reference: `module`, `acr`, `kubelet_identity[0]`.
struct AddressStep {
  std::string_view name;
  std::string_view keys;  ///< with their brackets
};
/// `module.rest`; `rest` alone in the root module.
[[nodiscard]] std::string joined_address(std::string_view module, std::string_view rest);
/// The steps of `text`; dots within keys separate nothing.
[[nodiscard]] std::vector<AddressStep> address_steps(std::string_view text);
/// `keys` up to the end of its first bracket.
[[nodiscard]] std::string_view first_key(std::string_view keys);
/// The member whose key is exactly `key`: names in Terraform have letter case.
[[nodiscard]] Value exact_member(const Value& object, std::string_view key);

class TerraformPlan {
 public:
  TerraformPlan(const Value& document, PlanSide side);

  [[nodiscard]] const std::vector<TerraformInstance>& instances() const { return instances_; }
  /// What the plan deletes or replaces, as it was.
  [[nodiscard]] const std::vector<TerraformInstance>& removed() const { return removed_; }
  [[nodiscard]] const TerraformInstance* find(std::string_view address) const;
  /// Positions in `instances` of those of the resource `address`, which has no key of its own.
  [[nodiscard]] const std::vector<std::size_t>& instances_of(std::string_view address) const;
  /// Keys with which the module `address` (without its own key) has instances.
  [[nodiscard]] const std::set<std::string>& module_keys(std::string_view address) const;

  [[nodiscard]] Value document() const { return document_; }
  [[nodiscard]] bool is_plan() const { return is_plan_; }
  /// All changes are there: a plan without them, or a partial one, may leave out resources and deletions.
  [[nodiscard]] bool has_changes() const { return document_["resource_changes"].is_array(); }

 private:
  void read_changes();
  void read_module(const Value& module, const std::string& path, bool absent_is_later, int depth);
  void read_state_file();
  void add(TerraformInstance instance);
  void index();

  Value document_;
  bool is_plan_ = false;
  PlanSide side_;
  std::vector<TerraformInstance> instances_, removed_;
  std::map<std::string, std::size_t, std::less<>> by_address_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_resource_;
  std::map<std::string, std::set<std::string>, std::less<>> module_keys_;
};

}  // namespace acrbiter::parser
