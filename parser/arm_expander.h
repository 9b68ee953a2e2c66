// One template while it is expanded: its deployments and resources, and what their expressions look up.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.h"
#include "model/snapshot_builder.h"
#include "parser/arm_evaluate.h"
#include "parser/arm_value.h"
#include "parser/infrastructure.h"
#include "parser/rest_object.h"

namespace acrbiter::parser::arm {

/// The service's own limit for one loop. Source: template-best-practices
inline constexpr std::int64_t kMaxCopies = 800;

inline constexpr std::string_view kDeployments = "Microsoft.Resources/deployments";

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
  const Resource* around = nullptr;  ///< the parent inside of which the resource stands
  std::string symbolic;              ///< name in an object of resources
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

class Expander;

/// What the expressions of one deployment see, with the loops around them.
class Context : public Surroundings {
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
  [[nodiscard]] std::vector<model::Diagnostic>& errors() noexcept { return errors_; }

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
  /// Where `pointer` of the document is in the file.
  [[nodiscard]] std::string place_in_file(const std::string& pointer) const {
    return source_.address.empty() ? pointer : source_.pointer;
  }
  [[nodiscard]] const Deployment& deployed_to() const {
    return source_.address.empty() ? infrastructure_.deployment : source_.deployment;
  }
  [[nodiscard]] Place::Kind kind_of_place(const Json& document) const;
  void warn(std::string_view code, const std::string& pointer, std::string message, std::string help);
  bool take_problem(const std::string& pointer);

  // Values.
  Json text(const Json& value, Context& context);
  Json text_only(const Json& value, std::string_view what, Context& context);
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
  [[nodiscard]] static std::vector<CopyIndex> loops_around(const ArmDeployment& deployment, const Resource* resource);
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
  [[nodiscard]] Declaration declaration_of(const std::string& address, const std::string& pointer) const;
  void declare_open(const std::string& address, const std::string& pointer, std::string id, const RestShape& shape,
                    std::vector<std::string> members);
  void declare_if_any(const Resource& resource, const RestShape& shape, const Json& properties);
  void declare_unread(const std::string& address, const std::string& pointer, const Place& place);
  void declare_all(ArmDeployment& deployment, bool certain);
  void declare(ArmDeployment& deployment, Resource& resource, const RestShape& shape, bool certain);
  bool settle(const Resource& resource, const RestShape& shape, bool certain, Json& properties);
  void settle_registry(const Resource& resource, bool certain, Json& properties);
  Json identity_of(const Resource& resource, const Json& identity);
  void declare_identity(const std::string& id, const std::string& address);
  void declare_removal(const std::string& id, const std::string& pointer);
  void delete_unlisted(const Place& place, bool certain);
  void list_missing_parameters(ArmDeployment& root);

  Infrastructure& infrastructure_;
  model::SnapshotBuilder& builder_;
  const PendingDocument& source_;
  std::string label_;      ///< of the file, before addresses
  std::string qualifier_;  ///< before the names of unknowns, if there are other templates
  Evaluator evaluator_;
  std::unique_ptr<ArmDeployment> root_;
  std::vector<model::Diagnostic> errors_;
  std::size_t resource_count_ = 0;
  std::map<std::string, int> addresses_;           ///< address → number of the last resource that would have it
  std::map<std::string, Reference> references_;    ///< by the unknown's name
  std::map<std::string, std::string> principals_;  ///< name of an unknown → address of the declared identity
  std::map<std::string, std::string> identities_;  ///< id of a resource in lower case → address of its identity
  std::map<std::string, bool> listed_registries_;  ///< name in lower case → whether it is certainly deployed
  std::set<std::string> listed_;                   ///< keys of the resources that are certainly deployed
  bool open_registries_ = false;                   ///< others may be listed too
  std::set<std::string> unknown_functions_;
  std::map<std::string, std::size_t> warned_;  ///< warnings so far, by code
};

}  // namespace acrbiter::parser::arm
