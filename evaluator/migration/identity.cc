#include "evaluator/migration/identity.h"

#include <algorithm>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include "model/ascii.h"
#include "model/box.h"

namespace acrbiter::evaluator::migration {

namespace {

std::string_view type_word(model::PrincipalKind kind) {
  using Kind = model::PrincipalKind;
  switch (kind) {
    case Kind::User:
      return "User";
    case Kind::Group:
      return "Group";
    case Kind::ServicePrincipal:
      return "ServicePrincipal";
    case Kind::ForeignGroup:
      return "ForeignGroup";
    case Kind::Device:
      return "Device";
    case Kind::Agent:
    case Kind::Unknown:
      break;
  }
  return "";
}

}  // namespace

std::string name_of(std::initializer_list<std::string_view> words) {
  static const boost::uuids::uuid kNamespace = boost::uuids::string_generator()("7f0a3b1e-6a41-5d0c-9a54-1c3d5a0e8b72");
  std::string text;
  for (const std::string_view word : words) {
    text += word;
    text += '\n';
  }
  boost::uuids::name_generator_sha1 generate(kNamespace);
  return boost::uuids::to_string(generate(text));
}

std::optional<std::size_t> find_registry(const model::Snapshot& snapshot, const PlannedRegistry& planned) {
  const auto& all = snapshot.registries;
  const auto found = std::find_if(all.begin(), all.end(), [&](const model::Registry& r) {
    return planned.id.empty() || r.id.empty() ? model::equal_ignoring_case(r.name, planned.name)
                                              : model::scope_key(r.id) == model::scope_key(planned.id);
  });
  return found == all.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - all.begin()));
}

OldAssignment old_assignment(const model::Snapshot& snapshot, const Identities& identities,
                             const model::RoleAssignment& assignment) {
  OldAssignment old{.id = model::assignment_id(snapshot, assignment),
                    .role = snapshot[assignment.role].name,
                    .role_guid = snapshot[assignment.role].guid,
                    .principal = identities.who(assignment.principal),
                    .scope = snapshot[assignment.scope].display,
                    .condition = "",
                    .condition_version = "",
                    .note = ""};
  if (assignment.condition < model::kConditionNotShown) {
    old.condition = snapshot[assignment.condition].text;
    old.condition_version = snapshot[assignment.condition].version;
  }
  return old;
}

Identities::Identities(const model::Snapshot& snapshot) : snapshot_(snapshot) {
  std::map<std::string, std::string, std::less<>> by_app, by_resource;
  for (std::size_t i = 0; i < snapshot.principals.size(); ++i) {
    const model::Principal& principal = snapshot.principals[i];
    by_id_.emplace(principal.id, model::PrincipalIndex{static_cast<std::uint32_t>(i)});
    if (!principal.app_id.empty()) by_app.emplace(principal.app_id, principal.id);
    if (!principal.resource_id.empty()) by_resource.emplace(model::ascii_lower(principal.resource_id), principal.id);
  }
  for (const model::Workload& workload : snapshot.workloads) {
    std::string puller = model::ascii_lower(workload.principal_id);
    if (puller.empty()) {
      if (const auto app = by_app.find(model::ascii_lower(workload.client_id)); app != by_app.end())
        puller = app->second;
      else if (const auto own = by_resource.find(model::ascii_lower(workload.identity_resource_id));
               own != by_resource.end())
        puller = own->second;
    }
    if (!puller.empty()) workloads_[puller].push_back(workload.kind + " " + workload.name);
  }
}

Who Identities::who(model::PrincipalIndex index) const {
  const model::Principal& principal = snapshot_[index];
  Who who{.kind = "entra",
          .id = principal.id,
          .name = !principal.user_principal_name.empty() ? principal.user_principal_name : principal.display_name,
          .type = std::string(type_word(principal.kind)),
          .workloads = {}};
  if (who.name.empty()) who.name = principal.id;
  if (const auto found = workloads_.find(principal.id); found != workloads_.end()) who.workloads = found->second;
  return who;
}

std::optional<model::PrincipalIndex> Identities::find(std::string_view object_id) const {
  const auto found = by_id_.find(model::ascii_lower(object_id));
  return found == by_id_.end() ? std::nullopt : std::optional(found->second);
}

Who Identities::who(std::string_view object_id) const {
  if (const auto known = find(object_id)) return who(*known);
  return {.kind = "entra",
          .id = model::ascii_lower(object_id),
          .name = std::string(object_id == kUnnamedIdentity ? "anybody whom the data does not name" : object_id),
          .type = "",
          .workloads = {}};
}

Who Identities::who(const Asker& asker) const {
  const auto child = [](std::string_view kind, const std::string& registry, const std::string& name) {
    return Who{.kind = std::string(kind), .id = registry + "/" + name, .name = name, .type = "", .workloads = {}};
  };
  return std::visit(model::Overloaded{
                        [&](const EntraAsker& entra) { return who(entra.id.text()); },
                        [](const AdminAsker&) {
                          return Who{
                              .kind = "admin", .id = "admin", .name = "the admin user", .type = "", .workloads = {}};
                        },
                        [](const AnonymousAsker&) {
                          return Who{.kind = "anonymous",
                                     .id = "anonymous",
                                     .name = "anybody without signing in",
                                     .type = "",
                                     .workloads = {}};
                        },
                        [&](const TokenAsker& token) {
                          const model::Token& t = snapshot_.tokens[token.token];
                          return child("token", t.registry, t.name);
                        },
                        [&](const TaskAsker& task) {
                          const model::Task& t = snapshot_.tasks[task.task];
                          return child("task", t.registry, t.name);
                        },
                    },
                    asker);
}

}  // namespace acrbiter::evaluator::migration
