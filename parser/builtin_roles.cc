#include "parser/builtin_roles.h"

#include <cassert>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "model/ascii.h"
#include "parser/embedded.h"
#include "parser/infrastructure.h"
#include "parser/input.h"
#include "parser/json_reader.h"
#include "parser/lower_rbac.h"
#include "parser/value_arena.h"

namespace acrbiter::parser {

namespace {

void read_embedded(std::string_view json, ValueArena& arena) {
  InputText text = InputText::from_memory(json);
  [[maybe_unused]] const auto problems = read_document(text, arena);
  assert(problems.empty());
}

struct Catalogue {
  std::string date;
  model::Snapshot roles;  ///< `roles` and the `conditions` that they use
  std::set<std::string, std::less<>> with_conditions;

  Catalogue() {
    ValueArena arena;
    read_embedded(kBuiltinRolesJson, arena);
    date = arena.root()["about"]["date"].text();
    model::SnapshotBuilder builder;
    builder.draft().files.emplace_back();
    Infrastructure none;  // roles of the catalogue declare nothing
    LoweringContext context{.builder = builder, .file = {}, .file_name = {}, .infrastructure = none};
    for (const Value object : arena.root()["value"]) {
      std::optional<model::RoleDefinition> role = read_role_definition(object, context);
      assert(role);
      role->from_catalogue = true;
      if (role->permissions.size() > 1 || role->permissions.front().condition != model::kNoCondition) {
        with_conditions.insert(role->guid);
      }
      builder.define_role(std::move(*role));
    }
    roles = std::move(builder).build();
  }
};

const Catalogue& catalogue() {
  static const Catalogue instance;
  return instance;
}

using NamesByGuid = std::unordered_map<std::string, std::string>;

const NamesByGuid& other_names() {
  static const NamesByGuid names = [] {
    ValueArena arena;
    read_embedded(kOtherBuiltinRolesJson, arena);
    NamesByGuid result;
    for (const Value name : arena.root()["names"]) result.emplace(name.key(), name.text());
    return result;
  }();
  return names;
}

}  // namespace

void add_builtin_roles(model::SnapshotBuilder& builder) {
  const model::Snapshot& roles = catalogue().roles;
  for (model::RoleDefinition role : roles.roles) {
    for (model::Permission& permission : role.permissions) {
      if (permission.condition == model::kNoCondition) continue;
      const model::ConditionEntry& entry = roles[permission.condition];
      permission.condition = builder.condition(entry.text, entry.version);
    }
    builder.define_role(std::move(role));
  }
}

void name_other_builtin_roles(model::SnapshotBuilder& builder) {
  for (model::RoleDefinition& role : builder.draft().roles) {
    if (role.defined || role.contradicted) continue;
    const auto known = other_names().find(role.guid);
    if (known == other_names().end()) continue;
    role.grants_nothing_here = true;
    role.type = model::RoleType::BuiltIn;
    if (role.name.empty()) role.name = known->second;
  }
}

bool carries_conditions(std::string_view guid) { return catalogue().with_conditions.contains(guid); }

std::string_view builtin_role_guid(std::string_view name) {
  for (const model::RoleDefinition& role : catalogue().roles.roles) {
    if (model::equal_ignoring_case(role.name, name)) return role.guid;
  }
  for (const auto& [guid, other] : other_names()) {
    if (model::equal_ignoring_case(other, name)) return guid;
  }
  return {};
}

std::string_view builtin_roles_date() { return catalogue().date; }

}  // namespace acrbiter::parser
