// Ids, principals and roles of Terraform resources, whether they exist or the plan makes them.
//
// What exists has the id that the plan tells. What the plan makes has an id made of what is known and of named unknowns
// (parser/infrastructure.h), and a principal that it makes is called by its address.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parser/infrastructure.h"
#include "parser/terraform_plan.h"
#include "parser/terraform_references.h"

namespace acrbiter::parser {

class TerraformIds {
 public:
  /// `plan` and `deployment` must outlive the result.
  TerraformIds(const TerraformPlan& plan, const Deployment& deployment);

  /// ARM id; without a subscription or a group that is known, with named unknowns in their place.
  [[nodiscard]] std::string id(const TerraformInstance& instance) const;
  /// ARM id that an azapi resource has, or had, if it is of the ARM type `arm`.
  [[nodiscard]] std::string azapi_id(const TerraformInstance& instance, std::string_view arm) const;
  /// The id that the attribute at `path` holds or will hold.
  [[nodiscard]] std::string id_at(const TerraformInstance& instance, std::string_view path) const;

  /// The attribute `scope`. A resource group, subscription or management group that it only refers to may be the
  /// beginning of a longer text (`"${azurerm_resource_group.main.id}/providers/…"`), which a plan does not tell: then
  /// it covers no more than possibly.
  /// What stands for an attribute that the plan does not tell: it is known after the deployment, or `sensitive`.
  [[nodiscard]] static std::string unknown(const TerraformInstance& instance, std::string_view path);
  [[nodiscard]] std::string scope(const TerraformInstance& instance) const;

  /// The principal that the attribute at `path` names: an object id, the address of what is new, or a named unknown.
  struct Named {
    std::string text;
    std::string_view type;  ///< `User`, `Group`, `ServicePrincipal`, or empty
  };
  [[nodiscard]] Named principal_at(const TerraformInstance& instance, std::string_view path) const;
  [[nodiscard]] Named principal(const Target& target) const;
  /// Those that only the deployment will know of the list at `path`, and whether these are all.
  [[nodiscard]] std::vector<std::string> later_principals(const TerraformInstance& instance, std::string_view path,
                                                          bool& all) const;
  [[nodiscard]] std::vector<std::string> later_ids(const TerraformInstance& instance, std::string_view path) const;

  /// What the template that the instance deploys is deployed to, with named unknowns.
  [[nodiscard]] Deployment deployed_to(const TerraformInstance& instance) const;

  /// Id of a role definition.
  [[nodiscard]] std::string role(const TerraformInstance& instance) const;
  /// The role definition that the attribute at `path` comes from, if it is certain.
  [[nodiscard]] const TerraformInstance* role_at(const TerraformInstance& instance, std::string_view path) const;

  /// As whom a container app or web app pulls, where that is not its own identity alone.
  struct Pulling {
    bool workload = false;  ///< the instance is a container app or web app
    std::vector<std::string> resource_ids, client_ids;
    bool own = false;       ///< its own as well
    bool password = false;  ///< with a user name and password alone, so as no identity
    bool open = false;      ///< there is one that the plan does not tell
    [[nodiscard]] bool as_another() const { return open || password || !resource_ids.empty() || !client_ids.empty(); }
  };
  [[nodiscard]] static Pulling pulling(const TerraformInstance& instance);
  /// How the instance's own identity is asked for: by its address, unless that means who pulls for it.
  [[nodiscard]] static std::string own_address(const TerraformInstance& instance);

  /// Object id, address or named unknown of an identity that the instance has or is.
  [[nodiscard]] std::string own_principal(const TerraformInstance& instance) const;
  [[nodiscard]] std::string kubelet_principal(const TerraformInstance& cluster) const;
  /// `attribute` is one of kAddonIdentities. Of a new cluster, the cluster's address and the name of the identity.
  [[nodiscard]] static std::string addon_principal(const TerraformInstance& cluster, std::string_view attribute);
  /// The user-assigned identity with this id, if the plan has it.
  [[nodiscard]] const TerraformInstance* identity(const std::string& id) const;

  /// The configuration is there and does not set the attribute.
  [[nodiscard]] bool leaves_out(const TerraformInstance& instance, std::string_view attribute) const {
    return references_.leaves_out(instance, attribute);
  }
  /// The configuration is there and sets the attribute.
  [[nodiscard]] bool sets(const TerraformInstance& instance, std::string_view attribute) const {
    return references_.sets(instance, attribute);
  }

  /// How many values were taken to be what their expressions refer to.
  [[nodiscard]] std::size_t followed() const { return followed_; }

 private:
  [[nodiscard]] std::string built_id(const TerraformInstance& instance) const;
  [[nodiscard]] std::string subscription(const TerraformInstance& instance) const;
  [[nodiscard]] std::string group(const TerraformInstance& instance) const;
  [[nodiscard]] std::string segment(const TerraformInstance& instance, std::string_view attribute) const;
  [[nodiscard]] std::optional<Target> follow(const TerraformInstance& instance, std::string_view path,
                                             Wanted wanted) const;
  [[nodiscard]] bool is_made(const TerraformInstance& instance, std::string_view path) const;
  void note_groups();

  const TerraformPlan& plan_;
  const Deployment& deployment_;
  TerraformReferences references_;
  std::map<std::string, std::string, std::less<>> groups_;   ///< resource group → its subscription; "": in several
  std::map<std::string, std::string, std::less<>> clients_;  ///< provider → subscription that it signs in to
  mutable std::map<std::string, const TerraformInstance*, std::less<>> identities_;  ///< by id in lower case
  mutable bool identities_noted_ = false;
  mutable int depth_ = 0;
  mutable std::size_t followed_ = 0;
};

}  // namespace acrbiter::parser
