#include "tests/reference/generate.h"

#include <optional>
#include <string_view>
#include <utility>

#include "model/snapshot_builder.h"
#include "parser/condition_parser.h"
#include "tests/reference/reference.h"
#include "tests/reference/reference_condition.h"

namespace acrbiter::reference {
namespace {

using Texts = std::vector<std::string>;

const std::string kProvider = "Microsoft.ContainerRegistry/registries/";
const std::string kSubscription = "/subscriptions/11111111-0000-0000-0000-000000000001";
const std::string kOtherSubscription = "/subscriptions/11111111-0000-0000-0000-000000000002";
const std::string kManagementGroups = "/providers/Microsoft.Management/managementGroups/";
const std::string kEveryone = "00000000-0000-0000-0000-000000000000";

const Texts kRepositories = {"app", "app/web", "backend", "backend/api", "backend-infra/k8s", "team/x"};
const Texts kReferences = {"v1", "latest", "sha256:aa"};
const Texts kDataVerbs = {"repositories/content/read",
                          "repositories/content/write",
                          "repositories/content/delete",
                          "repositories/metadata/read",
                          "repositories/metadata/write",
                          "catalog/read",
                          "quarantinedArtifacts/read",
                          "pull/read",
                          "push/write",
                          "artifacts/delete",
                          "metadata/read"};

std::string guid(char family, std::size_t number) {
  const std::string digits = std::to_string(number);
  return std::string(8, family) + "-0000-0000-0000-" + std::string(12 - digits.size(), '0') + digits;
}

std::optional<bool> maybe(Dice& dice, unsigned percent_true, unsigned percent_false) {
  const std::size_t roll = dice.below(100);
  if (roll < percent_true) return true;
  if (roll < percent_true + percent_false) return false;
  return std::nullopt;
}

std::optional<std::string> maybe(Dice& dice, const Texts& values, unsigned percent) {
  if (!dice.chance(percent)) return std::nullopt;
  return dice.pick(values);
}

// ---- conditions -------------------------------------------------------------------------------------------

std::string action_clause(Dice& dice) {
  static const Texts wide = {"*",
                             kProvider + "*",
                             kProvider + "repositories/*",
                             kProvider + "repositories/content/*",
                             "*/read",
                             "Microsoft.Authorization/roleAssignments/*"};
  const std::string action = dice.chance(25) ? dice.pick(wide) : kProvider + dice.pick(kDataVerbs);
  return "ActionMatches{'" + action + "'}";
}

std::string name_test(Dice& dice) {
  static const Texts operators = {"StringEquals",
                                  "StringEqualsIgnoreCase",
                                  "StringStartsWith",
                                  "StringLike",
                                  "StringStartsWithIgnoreCase",
                                  "StringNotEquals",
                                  "StringNotStartsWith",
                                  "StringNotLikeIgnoreCase",
                                  "StringNotEqualsIgnoreCase",
                                  "StringNotStartsWithIgnoreCase"};
  static const Texts values = {"app", "app/", "APP/web", "backend", "backend/", "backend*", "*/x", "?pp", "team/x", ""};
  static const Texts quantifiers = {
      "ForAnyOfAnyValues:", "ForAllOfAnyValues:", "ForAnyOfAllValues:", "ForAllOfAllValues:"};
  const std::string source = dice.chance(88) ? "@Request" : "@Resource";
  std::string text = source + "[" + kProvider + (dice.chance(90) ? "repositories:name]" : "repositories:Name]") + " ";
  if (dice.chance(20)) {
    text += dice.pick(quantifiers) + dice.pick(operators) + " {'" + dice.pick(values) + "'";
    if (dice.chance(60)) text += ", '" + dice.pick(values) + "'";
    return text + "}";
  }
  return text + dice.pick(operators) + " '" + dice.pick(values) + "'";
}

std::string other_test(Dice& dice) {
  static const Texts tests = {
      "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:Eng_Team] StringEquals 'red'",
      "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:Eng_Level] NumericGreaterThan 3",
      "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:Eng_Projects] ForAnyOfAnyValues:StringEquals "
      "{'x','y'}",
      "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:Eng_Projects] StringEquals 'x'",
      "Exists @Principal[Microsoft.Directory/CustomSecurityAttributes/Id:Eng_Team]",
      "@Request[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringLike 'x*'",
      "@Request[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringNotEquals 'x'",
      "Exists @Request[" + kProvider + "repositories:name]",
      "NOT Exists @Request[" + kProvider + "repositories:name]",
      "@Request[" + kProvider + "repositories:name] NumericEquals 5",
      "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals "
      "{8e3af657-a8ff-443c-a75c-2fe8c4bcb635}",
      "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] StringEqualsIgnoreCase 'User'",
      "SubOperationMatches{'Blob.List'}",
      "@Request[subOperation] ForAnyOfAnyValues:StringEqualsIgnoreCase {'Blob.List'}",
      "'a' StringEquals 'a'",
      "5 NumericLessThan 3",
      "'2026-01-01T00:00:00Z' DateTimeLessThan '2026-01-01T00:00:00.5Z'",
      "'red' ForAnyOfAnyValues:StringStartsWith {'r'}",
      "true BoolEquals true"};
  return dice.pick(tests);
}

std::string expression(Dice& dice, int depth) {
  const std::size_t roll = depth <= 0 ? dice.below(40) : dice.below(100);
  if (roll < 20) return name_test(dice);
  if (roll < 32) return action_clause(dice);
  if (roll < 40) return other_test(dice);
  if (roll < 52) return (dice.chance(50) ? "NOT (" : "!(") + expression(dice, depth - 1) + ")";
  if (roll < 70) return "(" + expression(dice, depth - 1) + " AND " + expression(dice, depth - 1) + ")";
  if (roll < 88) return "(" + expression(dice, depth - 1) + " || " + expression(dice, depth - 1) + ")";
  const std::string first = dice.chance(50) ? " AND " : " OR ";
  const std::string second = dice.chance(80) ? (first == " AND " ? " OR " : " AND ") : first;
  return "(" + expression(dice, depth - 1) + first + expression(dice, depth - 1) + second +
         expression(dice, depth - 1) + ")";
}

/// `(( !(action) AND !(action) ) OR ( test ))`, as the portal writes it.
std::string portal_clause(Dice& dice) {
  std::string guards = "!(" + action_clause(dice) + ")";
  for (std::size_t more = dice.below(3); more > 0; --more) guards += " AND !(" + action_clause(dice) + ")";
  std::string test = name_test(dice);
  if (dice.chance(30)) test += " OR " + name_test(dice);
  return "((" + guards + ") OR (" + test + "))";
}

// ---- roles ------------------------------------------------------------------------------------------------

struct KnownRole {
  std::string_view guid, name;
  Texts actions, not_actions, data_actions;
};

const std::vector<KnownRole>& known_roles() {
  const auto below = [](const Texts& verbs) {
    Texts all;
    for (const std::string& verb : verbs) all.push_back(kProvider + verb);
    return all;
  };
  static const Texts reader = {"repositories/metadata/read", "repositories/content/read"};
  static const Texts writer = {"repositories/metadata/read", "repositories/content/read", "repositories/metadata/write",
                               "repositories/content/write"};
  static const Texts owner = {"repositories/metadata/read",   "repositories/content/read",
                              "repositories/metadata/write",  "repositories/content/write",
                              "repositories/metadata/delete", "repositories/content/delete"};
  static const std::vector<KnownRole> roles = {
      {"7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPull", below({"pull/read"}), {}, {}},
      {"8311e382-0749-4cb8-b61a-304f252e45ec", "AcrPush", below({"pull/read", "push/write"}), {}, {}},
      {"c2f4ef07-c644-48eb-af81-4b1b4947fb11", "AcrDelete", below({"artifacts/delete"}), {}, {}},
      {"b93aa761-3e63-49ed-ac28-beffa264f7ac", "Container Registry Repository Reader", {}, {}, below(reader)},
      {"2a1e307c-b015-4ebd-883e-5b7698a07328", "Container Registry Repository Writer", {}, {}, below(writer)},
      {"2efddaa5-3f1f-4df3-97df-af3f13818f4c", "Container Registry Repository Contributor", {}, {}, below(owner)},
      {"bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7",
       "Container Registry Repository Catalog Lister",
       {},
       {},
       below({"catalog/read"})},
      {"577a9874-89fd-4f24-9dbd-b5034d0ad23a",
       "Container Registry Data Importer and Data Reader",
       below({"importImage/action", "read", "pull/read"}),
       {},
       below({"repositories/content/read", "repositories/metadata/read", "catalog/read"})},
      {"fb382eab-e894-4461-af04-94435c366c3f",
       "Container Registry Tasks Contributor",
       below({"read", "tasks/write", "scheduleRun/action", "listBuildSourceUploadUrl/action"}),
       {},
       {}},
      {"cdda3590-29a3-44f6-95f2-9f980659eb04",
       "AcrQuarantineReader",
       below({"quarantine/read"}),
       {},
       below({"quarantinedArtifacts/read"})},
      {"8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", {"*"}, {}, {}},
      {"b24988ac-6180-42a0-ab88-20f7382dd24c",
       "Contributor",
       {"*"},
       {"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"},
       {}},
      {"acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", {"*/read"}, {}, {}},
      {"18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
       "User Access Administrator",
       {"*/read", "Microsoft.Authorization/*"},
       {},
       {}}};
  return roles;
}

std::string action_pattern(Dice& dice, bool data) {
  static const Texts wide = {"*",
                             "*/read",
                             "Microsoft.ContainerRegistry/*",
                             "microsoft.containerregistry/registries/*",
                             "Microsoft.ContainerRegistry/registries/*/read",
                             "Microsoft.ContainerRegistry/*/write"};
  static const Texts control = {"read",
                                "write",
                                "delete",
                                "listCredentials/action",
                                "tokens/write",
                                "importImage/action",
                                "tasks/write",
                                "scheduleRun/action",
                                "listBuildSourceUploadUrl/action",
                                "scopeMaps/read",
                                "webhooks/write",
                                "replications/delete",
                                "deleted/read",
                                "deleted/restore/action",
                                "sign/write",
                                "quarantine/write"};
  if (dice.chance(30)) return dice.pick(wide);
  if (!data && dice.chance(40)) return kProvider + dice.pick(control);
  if (!data && dice.chance(10)) return "Microsoft.Authorization/roleAssignments/write";
  const std::string action = kProvider + dice.pick(kDataVerbs);
  return dice.chance(15) ? lower(action) : action;
}

// ---- the tenant, part by part -----------------------------------------------------------------------------

class Tenant {
 public:
  Tenant(Dice& dice, Records records) : dice_(dice), records_(records) {}

  model::Snapshot make() {
    add_registries();
    add_principals();
    add_roles();
    add_hierarchy();
    add_role_assignments();
    add_deny_assignments();
    add_schedule_instances();
    add_children();
    if (dice_.chance(12)) add_unknowns();
    model::Snapshot snapshot = std::move(builder_).build();
    for (model::ConditionEntry& entry : snapshot.conditions) {
      auto parsed = parser::parse_condition(entry.text);
      if (parsed) {
        entry.parsed = *std::move(parsed);
      } else {
        entry.errors = parsed.error();
      }
    }
    return snapshot;
  }

 private:
  void add_registries();
  void add_principals();
  void add_roles();
  void add_hierarchy();
  void add_role_assignments();
  void add_deny_assignments();
  void add_schedule_instances();
  void add_children();
  void add_unknowns();
  void add_tokens(const std::string& registry);
  void add_tasks(const std::string& registry);
  void add_artifacts(const std::string& registry);

  model::ConditionIndex some_condition(unsigned percent) {
    if (!dice_.chance(percent)) return model::kNoCondition;
    if (dice_.chance(6)) return model::kConditionNotShown;
    const std::string version = dice_.chance(8) ? "1.0" : dice_.chance(60) ? "2.0" : "";
    return builder_.condition(random_condition(dice_), version);
  }
  std::string some_scope();
  std::string some_holder() { return dice_.chance(55) ? dice_.pick(people_) : dice_.pick(holders_); }

  /// By chance, another export describes a child again, or its registry is lost.
  bool again(unsigned percent) { return records_ == Records::Several && dice_.chance(percent); }

  Dice& dice_;
  Records records_;
  model::SnapshotBuilder builder_;
  Texts registries_;  ///< ARM ids
  Texts people_;      ///< users and service principals
  Texts groups_;
  Texts holders_;  ///< everybody whom an assignment may name
  Texts roles_;
};

std::string Tenant::some_scope() {
  const std::string& registry = dice_.pick(registries_);
  switch (dice_.below(16)) {
    case 0:
      return "/";
    case 1:
      return kManagementGroups + guid('e', 1);
    case 2:
      return kManagementGroups + "platform";
    case 3:
      return kManagementGroups + "elsewhere";
    case 4:
      return kSubscription;
    case 5:
      return kSubscription + "/";
    case 6:
      return kSubscription + "/resourceGroups/RG1";
    case 7:
      return kSubscription + "/resourcegroups/rg";
    case 8:
      return dice_.chance(50) ? kOtherSubscription : "";
    case 9:
      return registry + "/repositories/" + dice_.pick(kRepositories);
    case 10:
      return registry.substr(0, registry.size() - 1);
    default:
      return registry;
  }
}

void Tenant::add_registries() {
  const std::size_t count = 2 + dice_.below(2);
  for (std::size_t i = 0; i < count; ++i) {
    model::Registry registry;
    registry.name = i == 0 ? "ContosoOne" : i == 1 ? "contosotwo" : "contosothree";
    registry.id = (i == 2 ? kOtherSubscription : kSubscription) + "/resourceGroups/rg1/providers/" +
                  "Microsoft.ContainerRegistry/registries/" + registry.name;
    registry.scope = builder_.scope(registry.id);
    if (dice_.chance(90)) registry.login_server = lower(registry.name) + ".azurecr.io";
    const std::size_t mode = dice_.below(20);
    if (mode < 8) registry.mode = model::PermissionMode::Legacy;
    if (mode >= 8 && mode < 17) registry.mode = model::PermissionMode::Abac;
    if (registry.mode) {
      registry.mode_text =
          *registry.mode == model::PermissionMode::Abac ? "AbacRepositoryPermissions" : "LegacyRegistryPermissions";
    } else if (mode == 19) {
      registry.mode_text = "SomethingNew";
    }
    registry.sku = maybe(dice_, {"Premium", "Premium", "Premium", "Premium", "Standard", "Basic"}, 95);
    registry.admin_user_enabled = maybe(dice_, 45, 40);
    registry.anonymous_pull_enabled = maybe(dice_, 40, 40);
    registry.bypass_allowed_for_tasks = maybe(dice_, 30, 40);
    registry.public_network_access =
        maybe(dice_, {"Enabled", "Enabled", "Enabled", "Enabled", "Disabled", "disabled", "SecuredByPerimeter"}, 85);
    registry.network_rule_bypass_options = maybe(dice_, {"AzureServices", "AzureServices", "None", "Everything"}, 80);
    if (dice_.chance(75)) {
      model::NetworkRuleSet rules;
      rules.default_action = maybe(dice_, {"Allow", "Deny", "Deny"}, 90);
      if (dice_.chance(70)) rules.ip_rules.push_back({"203.0.113.0/24", "Allow"});
      if (dice_.chance(40)) rules.ip_rules.push_back({"198.51.100.7", "Allow"});
      if (dice_.chance(40)) {
        rules.virtual_network_rules.emplace();
        if (dice_.chance(50)) rules.virtual_network_rules->push_back({kSubscription + "/x/subnets/s", "Allow"});
      }
      registry.network_rule_set = rules;
    }
    if (dice_.chance(60)) {
      registry.private_endpoint_connections.emplace();
      for (std::size_t n = dice_.below(3); n > 0; --n) {
        registry.private_endpoint_connections->push_back(
            {"pe" + std::to_string(n), dice_.pick(Texts{"Approved", "Pending"})});
      }
    }
    const auto policy = [&](const std::string& name, unsigned percent_enabled, unsigned percent_disabled) {
      const auto status = maybe(dice_, percent_enabled, percent_disabled);
      if (status) registry.policies[name] = dice_.chance(5) ? "odd" : *status ? "enabled" : "disabled";
    };
    policy("azureADAuthenticationAsArmPolicy", 50, 30);
    policy("exportPolicy", 65, 20);
    policy("quarantinePolicy", 12, 75);
    registries_.push_back(registry.id);
    if (dice_.chance(3)) registry.id.clear();  // known by name only; scopes of the data still lie there
    Dice code = dice_;                         // so that all else stays as it was
    if (code.chance(4)) registry.may_be_gone = "{whether code deletes it}";
    builder_.draft().registries.push_back(registry);
  }
}

void Tenant::add_principals() {
  const auto add = [&](char family, std::size_t number, model::PrincipalKind kind, const std::string& name) {
    const std::string id = guid(family, number);
    model::Principal& principal = builder_.draft().principals[at(builder_.principal(id))];
    principal.kind = kind;
    principal.described = true;
    principal.display_name = name;
    return id;
  };
  const std::size_t users = 2 + dice_.below(2);
  for (std::size_t i = 0; i < users; ++i) {
    const std::string name = i == 0 ? "alice" : i == 1 ? "bob" : "carol";
    people_.push_back(add('a', i, model::PrincipalKind::User, name));
    builder_.draft().principals[at(builder_.principal(people_.back()))].user_principal_name = name + "@contoso.com";
  }
  for (std::size_t i = 0; i < 1 + dice_.below(2); ++i) {
    people_.push_back(add('b', i, model::PrincipalKind::ServicePrincipal, "agent" + std::to_string(i)));
    builder_.draft().principals[at(builder_.principal(people_.back()))].app_id = guid('c', i);
  }
  for (const std::string& id : people_) {
    model::Principal& principal = builder_.draft().principals[at(builder_.principal(id))];
    principal.groups_complete = dice_.chance(45);
    if (!dice_.chance(60)) continue;
    auto& attributes = principal.security_attributes.emplace();
    const auto value = [](model::ValueType type, const std::string& text, double number) {
      model::Literal literal;
      literal.type = type;
      literal.text = text;
      literal.number = number;
      return literal;
    };
    const std::string team = dice_.pick(Texts{"red", "blue"});
    const double level = static_cast<double>(dice_.below(6));
    if (dice_.chance(60)) attributes["Eng_Team"].values = {value(model::ValueType::String, team, 0)};
    if (dice_.chance(60)) attributes["Eng_Level"].values = {value(model::ValueType::Number, "", level)};
    if (dice_.chance(60)) {
      model::AttributeValue& projects = attributes["Eng_Projects"];
      projects.is_list = true;
      for (std::size_t n = dice_.below(3); n > 0; --n) {
        projects.values.push_back(value(model::ValueType::String, dice_.pick(Texts{"x", "z"}), 0));
      }
    }
  }
  const std::size_t groups = 2 + dice_.below(3);
  for (std::size_t i = 0; i < groups; ++i) {
    const model::PrincipalKind kind =
        dice_.chance(95) ? model::PrincipalKind::Group : model::PrincipalKind::ForeignGroup;
    groups_.push_back(add('d', i, kind, "group" + std::to_string(i)));
    model::Principal& group = builder_.draft().principals[at(builder_.principal(groups_.back()))];
    group.distribution_list = dice_.chance(10);
    group.orphaned = dice_.chance(5);
  }
  const bool everything_known = dice_.chance(50);
  for (const std::string& group : groups_) {
    const model::PrincipalIndex index = builder_.principal(group);
    builder_.draft().principals[at(index)].groups_complete = dice_.chance(10);
    const bool complete = everything_known || dice_.chance(40);
    if (complete) {
      builder_.set_members_known(index, model::MembersKnown::Complete);
    } else if (dice_.chance(30)) {
      builder_.set_members_known(index, model::MembersKnown::Partial);
    }
    for (const std::string& person : people_) {
      if (dice_.chance(35)) builder_.add_membership(builder_.principal(person), index);
    }
    for (const std::string& inner : groups_) {  // nested, sometimes in a circle, sometimes in itself
      if (dice_.chance(20)) builder_.add_membership(builder_.principal(inner), index);
    }
  }
  holders_ = people_;
  holders_.insert(holders_.end(), groups_.begin(), groups_.end());
  holders_.insert(holders_.end(), groups_.begin(), groups_.end());
  holders_.push_back(add('e', 0, model::PrincipalKind::User, ""));
  builder_.draft().principals[at(builder_.principal(holders_.back()))].orphaned = true;
  holders_.push_back(add('e', 1, model::PrincipalKind::User, ""));
  builder_.draft().principals[at(builder_.principal(holders_.back()))].unresolved = true;
  Dice code = dice_;  // so that all else stays as it was
  for (const std::string& person : people_) {
    if (code.chance(10)) builder_.draft().principals[at(builder_.principal(person))].created = true;
  }
}

void Tenant::add_roles() {
  for (const KnownRole& known : known_roles()) {
    model::RoleDefinition role;
    role.guid = known.guid;
    role.name = known.name;
    role.type = model::RoleType::BuiltIn;
    role.defined = true;
    role.from_catalogue = true;
    model::Permission permission;
    permission.actions = known.actions;
    permission.not_actions = known.not_actions;
    permission.data_actions = known.data_actions;
    role.permissions.push_back(permission);
    builder_.define_role(role);
    roles_.emplace_back(known.guid);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    model::RoleDefinition role;
    role.guid = guid('f', i);
    role.name = "Custom " + std::to_string(i);
    role.type = dice_.chance(75) ? model::RoleType::Custom : model::RoleType::BuiltIn;
    role.defined = true;
    for (std::size_t entries = 1 + dice_.below(3); entries > 0; --entries) {
      model::Permission permission;
      const auto fill = [&](std::vector<std::string>& patterns, bool data, std::size_t most) {
        for (std::size_t n = dice_.below(most + 1); n > 0; --n) patterns.push_back(action_pattern(dice_, data));
      };
      fill(permission.actions, false, 3);
      fill(permission.not_actions, false, 1);
      fill(permission.data_actions, true, 3);
      fill(permission.not_data_actions, true, 1);
      permission.condition = some_condition(20);
      role.permissions.push_back(permission);
    }
    builder_.define_role(role);
    roles_.push_back(role.guid);
    roles_.push_back(role.guid);
  }
  roles_.push_back(guid('f', 9));  // a retired role that nothing defines
}

void Tenant::add_hierarchy() {
  auto& edges = builder_.draft().hierarchy;
  const std::string root = model::scope_key(kManagementGroups + guid('e', 1));
  const std::string platform = model::scope_key(kManagementGroups + "platform");
  if (dice_.chance(65)) edges.push_back({model::scope_key(kSubscription), platform});
  if (dice_.chance(65)) edges.push_back({platform, root});
  if (dice_.chance(60)) edges.push_back({root, ""});
  if (dice_.chance(40)) edges.push_back({model::scope_key(kOtherSubscription), root});
  const std::string elsewhere = model::scope_key(kManagementGroups + "elsewhere");
  if (dice_.chance(30)) edges.push_back({elsewhere, dice_.chance(50) ? platform : root});
  Dice contests = dice_;  // so that all else stays as it was
  if (!contests.chance(10)) return;
  for (model::HierarchyEdge& edge : edges) edge.contested = !edge.parent.empty() && contests.chance(50);
  if (contests.chance(50)) edges.push_back({model::scope_key(kSubscription), elsewhere, true});
}

void Tenant::add_role_assignments() {
  auto& draft = builder_.draft();
  draft.role_assignments_given = true;
  draft.files.push_back({});
  draft.files.back().path = "generated.json";
  if (dice_.chance(4)) draft.incomplete_lists.emplace_back("role-assignments");
  Dice tenants = dice_;  // so that all else stays as it was
  const bool several_tenants = tenants.chance(6);
  if (several_tenants) {
    for (const std::string& tenant : {guid('e', 1), guid('e', 2)}) builder_.tenant(tenant);
    for (const std::string& subscription : {kSubscription, kOtherSubscription}) {
      const auto tenant = static_cast<std::uint32_t>(tenants.below(3));
      if (tenant != 0) builder_.note_tenant(model::subscription_of(model::scope_key(subscription)), tenant);
    }
  }
  const std::size_t count = 9 + dice_.below(14);
  for (std::size_t i = 0; i < count; ++i) {
    model::RoleAssignment assignment;
    assignment.name = guid('0', i + 1);
    assignment.principal = builder_.principal(dice_.chance(3) ? guid('c', 0) : some_holder());  // c: an app id
    assignment.role = builder_.role(dice_.pick(roles_));
    const std::string scope = some_scope();
    assignment.scope = builder_.scope(scope);
    assignment.condition = some_condition(45);
    if (several_tenants) assignment.tenant = static_cast<std::uint32_t>(tenants.below(3));
    if (scope.starts_with(kManagementGroups) && dice_.chance(30)) {
      const std::string& listed = dice_.chance(70) ? kSubscription : kOtherSubscription;
      assignment.listed_for = builder_.listed_subscription(model::scope_key(listed));
    }
    draft.role_assignments.push_back(assignment);
  }
}

void Tenant::add_deny_assignments() {
  auto& draft = builder_.draft();
  draft.deny_assignments_given = dice_.chance(70);
  if (!draft.deny_assignments_given) return;
  if (dice_.chance(3)) draft.incomplete_lists.emplace_back("deny-assignments");
  for (std::size_t i = dice_.below(3); i > 0; --i) {
    model::DenyAssignment deny;
    deny.id = "deny" + std::to_string(i);
    deny.name = deny.id;
    deny.scope = builder_.scope(some_scope());
    model::Permission permission;
    for (std::size_t n = 1 + dice_.below(2); n > 0; --n) permission.actions.push_back(action_pattern(dice_, false));
    for (std::size_t n = dice_.below(2); n > 0; --n) permission.not_actions.push_back(action_pattern(dice_, false));
    for (std::size_t n = dice_.below(3); n > 0; --n) permission.data_actions.push_back(action_pattern(dice_, true));
    for (std::size_t n = dice_.below(2); n > 0; --n) permission.not_data_actions.push_back(action_pattern(dice_, true));
    permission.condition = some_condition(15);
    if (permission.condition == model::kConditionNotShown) permission.condition = model::kNoCondition;
    deny.permissions.push_back(permission);
    if (dice_.chance(30)) {
      deny.principals.push_back({builder_.principal(kEveryone), true});
    } else {
      deny.principals.push_back({builder_.principal(some_holder()), false});
    }
    while (dice_.chance(40)) deny.exclude_principals.push_back({builder_.principal(some_holder()), false});
    deny.do_not_apply_to_child_scopes = dice_.chance(20);
    const std::size_t effect = dice_.below(10);
    deny.effect = effect == 0   ? model::DenyEffect::Audit
                  : effect == 1 ? model::DenyEffect::Unknown
                                : model::DenyEffect::Enforced;
    if (effect == 1) deny.effect_text = "somethingElse";
    deny.condition = some_condition(15);
    if (deny.condition == model::kConditionNotShown) deny.condition = model::kNoCondition;
    Dice contests = dice_;  // so that all else stays as it was
    deny.contested = contests.chance(8);
    draft.deny_assignments.push_back(deny);
  }
}

void Tenant::add_schedule_instances() {
  auto& draft = builder_.draft();
  if (!dice_.chance(50)) return;
  draft.schedule_instances_given = true;
  for (std::size_t i = 1 + dice_.below(3); i > 0; --i) {
    model::ScheduleInstance instance;
    instance.eligible = dice_.chance(40);
    instance.id = "instance" + std::to_string(i);
    instance.principal = builder_.principal(some_holder());
    instance.role = builder_.role(dice_.pick(roles_));
    instance.scope = builder_.scope(some_scope());
    instance.condition = some_condition(20);
    if (dice_.chance(80)) instance.start = model::parse_timestamp("2026-01-10T00:00:00Z");
    if (dice_.chance(60)) instance.end = model::parse_timestamp("2026-01-20T00:00:00Z");
    instance.status = dice_.pick(Texts{"Provisioned", "Provisioned", "Accepted", "Granted", "Revoked", ""});
    instance.declared = dice_.chance(10);
    instance.member_type = dice_.pick(Texts{"Direct", "Direct", "Group", "Inherited"});
    instance.assignment_type = "Activated";
    Dice times = dice_;  // so that all else stays as it was
    if (times.chance(15)) {
      if (times.chance(60)) instance.start.reset();
      instance.start_open = !instance.start;
      instance.end_open = !instance.end;
    }
    draft.schedule_instances.push_back(instance);
  }
}

void Tenant::add_tokens(const std::string& registry) {
  auto& draft = builder_.draft();
  static const Texts names = {"*",       "app/*",  "backend/*",        "app", "backend/api", "app*",
                              "app/*/x", "team/x", "backend-infra/k8s"};
  static const Texts verbs = {"content/read", "content/write", "content/delete", "metadata/read", "metadata/write"};
  const std::string children = "/scopeMaps/";
  for (std::size_t i = 0; i < 2; ++i) {
    model::ScopeMap map;
    map.registry = registry;
    map.name = "map" + std::to_string(i);
    for (std::size_t n = 1 + dice_.below(6); n > 0; --n) {
      map.actions.push_back("repositories/" + dice_.pick(names) + "/" + dice_.pick(verbs));
    }
    draft.scope_maps.push_back(map);
    if (again(8)) {  // the same map from another export, which may have lost its registry
      if (dice_.chance(70)) map.actions.pop_back();
      if (dice_.chance(50)) map.registry.clear();
      draft.scope_maps.push_back(map);
    }
    if (again(4)) draft.scope_maps.back().registry.clear();
  }
  for (std::size_t i = 0; i < 3; ++i) {
    model::Token token;
    token.registry = registry;
    token.name = "token" + std::to_string(i);
    token.scope_map_id = "/registries/" + registry + children +
                         dice_.pick(Texts{"map0", "map1", "map0", "map1", "gone", "_repositories_pull",
                                          "_repositories_push_metadata_write", "_repositories_admin"});
    token.enabled = maybe(dice_, 75, 15);
    if (dice_.chance(70)) {
      token.passwords.emplace();
      token.passwords->push_back({"password1", std::nullopt});
      if (dice_.chance(50)) token.passwords->push_back({"password2", model::parse_timestamp("2026-01-15T00:00:00Z")});
      if (dice_.chance(20)) token.passwords->erase(token.passwords->begin());
      for (model::TokenPassword& one : *token.passwords) one.expiry_unreadable = !one.expiry && dice_.chance(10);
    }
    draft.tokens.push_back(token);
    if (again(8)) {  // as the scope map
      if (dice_.chance(50)) token.enabled = maybe(dice_, 60, 30);
      if (dice_.chance(50)) token.scope_map_id = "/registries/" + registry + children + "map0";
      if (dice_.chance(50)) token.passwords.reset();
      if (dice_.chance(50)) token.registry.clear();
      draft.tokens.push_back(token);
    }
    if (again(4)) draft.tokens.back().registry.clear();
  }
  if (dice_.chance(60)) {
    model::ConnectedRegistry connected;
    connected.registry = registry;
    connected.name = "edge";
    connected.mode = "ReadWrite";
    if (dice_.chance(60)) connected.client_token_ids.push_back("/registries/" + registry + "/tokens/token0");
    connected.mode = dice_.pick(Texts{"ReadWrite", "ReadWrite", "ReadOnly", "Registry", "Mirror", ""});
    if (dice_.chance(50)) connected.sync_token_id = "/registries/" + registry + "/tokens/token2";
    draft.connected_registries.push_back(connected);
    if (again(15)) {  // as the scope map
      if (dice_.chance(40)) connected.mode = dice_.pick(Texts{"ReadWrite", "ReadOnly", ""});
      if (dice_.chance(30)) connected.client_token_ids.clear();
      if (dice_.chance(30)) connected.sync_token_id.clear();
      if (dice_.chance(20)) connected.registry.clear();
      draft.connected_registries.push_back(connected);
    }
  }
}

void Tenant::add_tasks(const std::string& registry) {
  auto& draft = builder_.draft();
  draft.tasks_given = true;
  for (std::size_t i = 0; i < 2; ++i) {
    model::Task task;
    task.registry = registry;
    task.name = "task" + std::to_string(i);
    task.enabled = dice_.chance(90);
    if (dice_.chance(70)) {
      task.identity.type = "SystemAssigned";
      task.identity.principal_id = dice_.pick(people_);
    }
    if (dice_.chance(50)) {
      task.identity.type = "UserAssigned";
      task.identity.user_assigned.push_back({kSubscription + "/identities/u", dice_.pick(people_), guid('9', i)});
    }
    if (dice_.chance(75)) {
      task.source_registry_identity = dice_.pick(Texts{"[system]", "[system]", guid('9', i), "none", guid('8', i)});
    }
    if (dice_.chance(30)) task.source_registry_login_mode = dice_.pick(Texts{"Default", "None"});
    for (const model::Registry& other : draft.registries) {
      if (!dice_.chance(lower(other.name) == registry ? 25 : 60)) continue;
      task.custom_registries.push_back({other.login_server.value_or(lower(other.name) + ".azurecr.io"),
                                        dice_.pick(Texts{"[system]", "[system]", guid('9', i), "none", ""})});
    }
    draft.tasks.push_back(task);
    if (again(8)) {  // as the scope map
      if (dice_.chance(30)) task.enabled = !task.enabled;
      if (dice_.chance(50)) task.source_registry_identity = "[system]";
      if (dice_.chance(50)) task.registry.clear();
      draft.tasks.push_back(task);
    }
    if (again(4)) draft.tasks.back().registry.clear();
  }
}

void Tenant::add_artifacts(const std::string& registry) {
  auto& draft = builder_.draft();
  for (std::size_t n = dice_.below(4); n > 0; --n) {
    model::ArtifactAttributes artifact;
    artifact.registry = registry;
    artifact.repository = dice_.pick(kRepositories);
    if (dice_.chance(60)) artifact.reference = dice_.pick(kReferences);
    if (artifact.reference == "v1" && dice_.chance(60))
      artifact.digest = dice_.pick(Texts{"sha256:aa", "sha256:aa", "sha256:bb"});
    artifact.read_enabled = maybe(dice_, 60, 20);
    artifact.write_enabled = maybe(dice_, 60, 20);
    artifact.delete_enabled = maybe(dice_, 60, 20);
    artifact.quarantine_state = dice_.pick(Texts{"", "", "Passed", "Quarantined"});
    artifact.is_signed = !artifact.reference.empty() && dice_.chance(15);
    bool repeated = false;
    for (const model::ArtifactAttributes& other : draft.artifact_attributes) {
      repeated = repeated || (other.registry == artifact.registry && other.repository == artifact.repository &&
                              other.reference == artifact.reference);
    }
    if (!repeated || dice_.chance(40)) draft.artifact_attributes.push_back(artifact);
  }
}

void Tenant::add_children() {
  auto& draft = builder_.draft();
  draft.tokens_given = true;
  draft.scope_maps_given = true;
  for (std::size_t i = 0; i < registries_.size(); ++i) {
    const std::string registry = lower(draft.registries[i].name);
    add_tokens(registry);
    add_tasks(registry);
    add_artifacts(registry);
  }
  draft.locks_given = true;
  if (dice_.chance(25)) {
    model::ResourceLock lock;
    lock.name = "lock";
    lock.scope = model::scope_key(dice_.chance(50) ? dice_.pick(registries_) : kSubscription + "/resourceGroups/rg1");
    lock.level = dice_.pick(Texts{"CanNotDelete", "ReadOnly"});
    draft.locks.push_back(lock);
  }
  Dice odd = dice_;  // so that all else stays as it was
  if (!draft.locks.empty() && odd.chance(15)) draft.locks.back().level = "NotSpecified";
  for (const std::string list : {"locks", "connected-registries", "pim-active-instances", "role-definitions"}) {
    if (odd.chance(4)) draft.incomplete_lists.push_back(list);
  }
}

/// What infrastructure code leaves to the deployment, in some places.
void Tenant::add_unknowns() {
  auto& draft = builder_.draft();
  const Texts scopes = {"{role_assignment.a.scope}",
                        "/subscriptions/{subscription}",
                        "/subscriptions/{subscription}/resourceGroups/rg1",
                        kSubscription + "/resourceGroups/{resource_group.main.name}",
                        kSubscription + "/resourceGroups/rg2/{whether role_assignment.a is deployed}",
                        kSubscription + "/{whether role_assignment.b is deployed}",
                        "/{whether role_assignment.c is deployed}",
                        kManagementGroups + "{management_group.main.name}",
                        dice_.pick(registries_) + "/{whether role_assignment.d is deployed}"};
  bool anybody = false;
  for (model::RoleAssignment& assignment : draft.role_assignments) {
    if (dice_.chance(25)) assignment.scope = builder_.scope(dice_.pick(scopes));
    if (dice_.chance(8)) assignment.role = builder_.role("{role_assignment.a.role}");
    if (!dice_.chance(10)) continue;
    assignment.principal = builder_.principal("{role_assignment.a.principal_id}");
    anybody = true;
  }
  for (model::DenyAssignment& deny : draft.deny_assignments) {
    if (dice_.chance(20)) deny.scope = builder_.scope(dice_.pick(scopes));
  }
  for (model::ResourceLock& lock : draft.locks) {
    if (dice_.chance(30)) lock.scope = model::scope_key(dice_.pick(scopes));
  }
  if (dice_.chance(30)) {
    model::Registry& registry = draft.registries.front();
    const std::size_t name = registry.id.find("/resourceGroups/");
    if (name != std::string::npos) registry.id = "/subscriptions/{subscription}" + registry.id.substr(name);
    registry.scope = builder_.scope(registry.id);
  }
  // As the reader of infrastructure code does.
  for (model::Principal& principal : draft.principals) principal.groups_complete &= !anybody;
}

// ---- questions --------------------------------------------------------------------------------------------

struct Contested {
  std::string_view name;
  Texts readings;
};

const std::vector<Contested>& contested_facts() {
  static const std::vector<Contested> all = {
      {"untag-right", {"any", "metadata-write", "delete", "unknown"}},
      {"repository-scope", {"not-honoured", "honoured", "unknown"}},
      {"token-catalog", {"denied", "root-wildcard", "unknown"}},
      {"az-login-right", {"not-needed", "needed", "unknown"}},
      {"image-signer-in-abac", {"allowed", "denied", "unknown"}},
      {"arm-private-link", {"yes", "no"}},
      {"condition-on-other-role", {"evaluated", "ignored", "unknown"}},
      {"login-lifetime", {"180", "75", "34"}},
      {"soft-delete-in-abac", {"not-honoured", "honoured"}},
      {"signed-pull-in-abac", {"allowed", "denied"}},
      {"condition-on-legacy-registry", {"ignored", "evaluated", "fails-closed"}},
      {"task-user-identity-bypass", {"yes", "no"}},
      {"resource-attribute-for-repository", {"supplied", "absent"}},
      {"token-push-rights", {"both", "write-suffices", "unknown"}},
      {"quick-run-authentication", {"caller-required", "not-required", "unknown"}},
      {"admin-in-abac", {"allowed", "denied", "unknown"}},
      {"admin-delete", {"allowed", "denied", "unknown"}},
      {"anonymous-catalog", {"allowed", "denied", "unknown"}},
      {"anonymous-list-tags", {"allowed", "denied", "unknown"}},
      {"deny-on-data-plane", {"applies", "ignored", "unknown"}},
      {"ambiguous-grouping", {"and-first", "left-to-right"}},
      {"missing-value-below-not", {"false"}},
      {"condition-version", {"as-2.0"}},
      {"indeterminate-deny-condition", {"applies", "ignored", "unknown"}},
      {"unknown-role", {"no-grant", "unknown"}},
      {"unplaced-management-group", {"not-counted", "covers", "unknown"}},
      {"legacy-push-without-pull", {"allowed", "denied", "unknown"}},
      {"scope-map-root-covered", {"yes", "no", "unknown"}},
      {"read-only-lock-on-actions", {"yes", "no"}},
      {"abac-credential-later", {"refused", "accepted"}}};
  return all;
}

void add_network(Dice& dice, evaluator::Question& question) {
  evaluator::NetworkFacts& network = question.network.emplace();
  network.path =
      dice.pick(Texts{"public", "public", "public", "private-endpoint", "service-endpoint", "management", ""});
  if (network.path == "private-endpoint") {
    network.private_endpoint_status = maybe(dice, {"Approved", "Approved", "Pending", "Rejected", "Disconnected"}, 60);
  }
  network.ip = maybe(dice, {"203.0.113.9", "198.51.100.7", "192.0.2.1", "203.0.112.255"}, 60);
  if (network.path == "service-endpoint")
    network.subnet = maybe(dice, {kSubscription + "/x/subnets/s", "/subscriptions/other/subnets/t"}, 60);
  network.trusted_service =
      maybe(dice, {"Azure Container Instances", "Microsoft Defender for Cloud", "App Service"}, 20);
  if (network.trusted_service) network.identity = maybe(dice, {"managed", "none"}, 70);
  network.task = dice.chance(20);
  if (network.task) {
    network.task_identity = maybe(dice, {"system", "[system]", "user", guid('c', 0)}, 70);
    network.agent_pool = dice.chance(20);
  }
}

void add_credential(Dice& dice, evaluator::Question& question) {
  evaluator::CredentialFacts& credential = question.credential.emplace();
  credential.kind = dice.pick(Texts{"entra", "entra", "service-principal", "exposed-token", "password", ""});
  credential.audience = maybe(dice, {"arm", "acr"}, 50);
  if (dice.chance(40))
    credential.age_minutes = static_cast<double>(dice.pick(std::vector<int>{0, 33, 74, 170, 181, 500}));
  credential.issued_under_mode = maybe(dice, {"legacy", "abac"}, 25);
  if (dice.chance(15)) credential.secret_expired = dice.chance(50);
  credential.username = maybe(dice, {"ContosoOne", "token0", "00000000-0000-0000-0000-000000000000"}, 15);
  credential.password_name = maybe(dice, {"password1", "password2", "password"}, 15);
  credential.stored = maybe(dice, {"none", "invalid", "other"}, 30);
}

}  // namespace

std::uint64_t Dice::next() {
  state_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

std::string random_condition(Dice& dice) {
  static const Texts malformed = {"@Request[" + kProvider + "repositories:name] StringEqual 'app'", "(", "   ",
                                  "@Request[" + kProvider + "repositories:name] StringEquals \"app\"",
                                  "ActionMatches{'a', 'b'}"};
  const std::size_t roll = dice.below(100);
  if (roll < 5) return dice.pick(malformed);
  if (roll < 40) return portal_clause(dice);
  if (roll < 50) return portal_clause(dice) + " AND " + portal_clause(dice);
  if (roll < 65) return name_test(dice);
  return expression(dice, 3);
}

model::Snapshot random_snapshot(Dice& dice, Records records) { return Tenant(dice, records).make(); }

evaluator::Question random_question(Dice& dice, const model::Snapshot& snapshot) {
  static const std::vector<ReferenceOperation> operations = reference_operations();
  static const Texts common = {"pull", "push", "delete", "list-repositories", "list-tags", "set-attributes", "untag"};
  static const Texts raw = {kProvider + "pull/read",
                            kProvider + "push/write",
                            kProvider + "repositories/content/delete",
                            kProvider + "repositories/metadata/write",
                            kProvider + "sign/write",
                            kProvider + "quarantinedArtifacts/read",
                            kProvider + "repositories/content/read",
                            kProvider + "repositories/metadata/delete",
                            kProvider + "catalog/read",
                            kProvider + "webhooks/ping/action",
                            "Microsoft.Authorization/roleAssignments/write",
                            "MICROSOFT.CONTAINERREGISTRY/REGISTRIES/READ",
                            "Microsoft.Storage/storageAccounts/read"};
  evaluator::Question question;
  if (dice.chance(5)) {
    question.action = dice.pick(raw);
  } else {
    question.operation = dice.chance(50) ? dice.pick(common) : dice.pick(operations).id;
  }
  const model::Registry& registry = dice.pick(snapshot.registries);
  question.registry = dice.chance(70) || registry.id.empty() ? registry.name : registry.id;
  if (registry.login_server && dice.chance(20)) question.registry = *registry.login_server;

  const bool task_operation = question.operation.starts_with("task-");
  const std::size_t who = dice.below(100);
  if (task_operation || who < 4) {
    const std::string home = dice.chance(40) ? lower(dice.pick(snapshot.registries).name) + "/" : std::string();
    question.principal = "task:" + home + "task" + std::to_string(dice.below(2));
  } else if (who < 8) {
    question.principal = "admin";
  } else if (who < 15) {
    question.principal = "anonymous";
  } else if (who < 25) {
    question.principal = "token:token" + std::to_string(dice.below(3));
  } else {
    std::vector<const model::Principal*> people;
    for (const model::Principal& principal : snapshot.principals) {
      if (principal.id.starts_with("aaaa") || principal.id.starts_with("bbbb")) people.push_back(&principal);
    }
    const model::Principal& person = *dice.pick(people);
    question.principal = person.id;
    if (dice.chance(20)) question.principal = person.display_name;
    if (dice.chance(10) && !person.user_principal_name.empty()) question.principal = person.user_principal_name;
    if (dice.chance(10) && !person.app_id.empty()) question.principal = person.app_id;
    if (dice.chance(2)) question.principal = guid('7', 1);  // nothing in the data names it
    if (dice.chance(2)) question.principal = guid('d', 0);  // a group itself
    if (dice.chance(2)) question.principal = guid('e', 0);  // deleted from the directory
  }

  bool takes_repository = question.operation.empty();
  for (const ReferenceOperation& operation : operations) {
    if (operation.id == question.operation) takes_repository = operation.takes_repository;
  }
  if (takes_repository) question.repository = dice.pick(kRepositories);
  if (takes_repository && dice.chance(2)) question.repository = dice.pick(Texts{"App/web", "app web", "app:x"});
  if (question.operation == "purge") {
    if (dice.chance(30)) question.repository = "app.*";
    if (dice.chance(30)) question.literal = dice.chance(60);
  }
  if (takes_repository && question.operation != "delete-repository" && dice.chance(35))
    question.reference = dice.pick(kReferences);
  if (dice.chance(20)) {
    question.at = model::parse_timestamp(dice.pick(
        Texts{"2026-01-09T23:59:59Z", "2026-01-10T00:00:00Z", "2026-01-15T00:00:00Z", "2026-01-20T00:00:00Z"}));
  }
  if (dice.chance(10)) add_network(dice, question);
  if (dice.chance(10)) add_credential(dice, question);
  if (dice.chance(4)) question.endpoint = dice.pick(Texts{"registry", "connected-registry", "connected-registry"});
  if (question.operation == "import" && dice.chance(70)) {
    evaluator::ImportSource& source = question.source.emplace();
    source.registry = dice.pick(snapshot.registries).name;
    if (dice.chance(40)) source.principal = dice.pick(Texts{guid('a', 0), guid('a', 1), "token:token0", "admin"});
  }
  if (question.operation.starts_with("quick-build") && dice.chance(70)) {
    question.source_registry_auth = dice.pick(Texts{"[caller]", "none"});
  }
  if (dice.chance(4)) {
    question.login_server = dice.pick(Texts{"contosoone.azurecr.io", "contosotwo.azurecr.io", "ContosoOne.azurecr.io",
                                            "contosoone.westeurope.geo.azurecr.io", "contosoone.geo.azurecr.io",
                                            "contosotwo.a.b.geo.azurecr.io"});
  }
  for (std::size_t n = dice.chance(30) ? 1 + dice.below(3) : 0; n > 0; --n) {
    const Contested& fact = dice.pick(contested_facts());
    question.assume.emplace_back(fact.name, dice.pick(fact.readings));
  }
  return question;
}

// ---- for people -------------------------------------------------------------------------------------------

namespace {

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string listed(const std::vector<std::string>& texts) {
  std::string result = "[";
  for (const std::string& text : texts) result += (result.size() > 1 ? "," : "") + quoted(text);
  return result + "]";
}

std::string said(const std::optional<bool>& value) { return !value ? "null" : *value ? "true" : "false"; }
std::string said(const std::optional<std::string>& value) { return value ? quoted(*value) : "null"; }
std::string said(const std::optional<model::Timestamp>& value) {
  return value ? quoted(model::to_string(*value)) : "null";
}

std::string condition_text(const model::Snapshot& snapshot, model::ConditionIndex index) {
  if (index == model::kNoCondition) return "null";
  if (index == model::kConditionNotShown) return "\"(not shown)\"";
  const model::ConditionEntry& entry = snapshot[index];
  return quoted(entry.text) + (entry.parsed ? "" : " (malformed)") + " version " + quoted(entry.version);
}

std::string permissions_text(const model::Snapshot& snapshot, const std::vector<model::Permission>& permissions) {
  std::string result;
  for (const model::Permission& entry : permissions) {
    result += "\n    {\"actions\":" + listed(entry.actions) + ",\"notActions\":" + listed(entry.not_actions) +
              ",\"dataActions\":" + listed(entry.data_actions) +
              ",\"notDataActions\":" + listed(entry.not_data_actions) +
              ",\"condition\":" + condition_text(snapshot, entry.condition) + "}";
  }
  return result;
}

std::string identity_text(const model::ManagedIdentity& identity) {
  std::string result = "{\"principalId\":" + quoted(identity.principal_id);
  for (const auto& one : identity.user_assigned) {
    result += ",\"userAssigned\":{\"principalId\":" + quoted(one.principal_id) +
              ",\"clientId\":" + quoted(one.client_id) + "}";
  }
  return result + "}";
}

std::string registry_text(const model::Registry& registry) {
  std::string result = "registry {\"id\":" + quoted(registry.id) + ",\"mode\":" + said(registry.mode_text) +
                       ",\"loginServer\":" + said(registry.login_server) +
                       ",\"adminUserEnabled\":" + said(registry.admin_user_enabled) +
                       ",\"anonymousPullEnabled\":" + said(registry.anonymous_pull_enabled) +
                       ",\"publicNetworkAccess\":" + said(registry.public_network_access) +
                       ",\"networkRuleBypassOptions\":" + said(registry.network_rule_bypass_options) +
                       ",\"networkRuleBypassAllowedForTasks\":" + said(registry.bypass_allowed_for_tasks) +
                       (registry.may_be_gone.empty() ? "" : ",\"mayBeGone\":true");
  if (registry.network_rule_set) {
    result +=
        ",\"networkRuleSet\":{\"defaultAction\":" + said(registry.network_rule_set->default_action) + ",\"ipRules\":[";
    for (const model::IpRule& rule : registry.network_rule_set->ip_rules) result += quoted(rule.value) + " ";
    const auto& subnets = registry.network_rule_set->virtual_network_rules;
    result += "],\"virtualNetworkRules\":" + (subnets ? std::to_string(subnets->size()) : "null") + "}";
  }
  if (registry.private_endpoint_connections) {
    result += ",\"privateEndpointConnections\":[";
    for (const auto& connection : *registry.private_endpoint_connections) result += quoted(connection.status) + " ";
    result += "]";
  }
  for (const auto& [name, status] : registry.policies) result += "," + quoted(name) + ":" + quoted(status);
  return result + "}\n";
}

}  // namespace

std::string describe(const model::Snapshot& snapshot) {
  const auto id_of = [&](model::PrincipalIndex index) { return quoted(snapshot[index].id); };
  std::string text;
  for (const model::Registry& registry : snapshot.registries) text += registry_text(registry);
  for (std::size_t i = 0; i < snapshot.principals.size(); ++i) {
    const model::Principal& principal = snapshot.principals[i];
    text += "principal {\"id\":" + quoted(principal.id) +
            ",\"kind\":" + std::to_string(static_cast<int>(principal.kind)) +
            ",\"name\":" + quoted(principal.display_name) + (principal.orphaned ? ",\"orphaned\":true" : "") +
            (principal.unresolved ? ",\"unresolved\":true" : "") +
            (principal.distribution_list ? ",\"distributionList\":true" : "") +
            (principal.groups_complete ? ",\"groupsComplete\":true" : "");
    if (i < snapshot.members_known.size()) {
      text += ",\"membersKnown\":" + std::to_string(static_cast<int>(snapshot.members_known[i]));
    }
    if (principal.security_attributes) {
      text += ",\"attributes\":{";
      for (const auto& [key, value] : *principal.security_attributes) {
        text += quoted(key) + ":[";
        for (const model::Literal& one : value.values) text += one.text + std::to_string(one.number) + " ";
        text += "]";
      }
      text += "}";
    }
    text += "}\n";
  }
  for (const model::Membership& edge : snapshot.memberships) {
    text += "member {" + id_of(edge.member) + " of " + id_of(edge.group) + "}\n";
  }
  for (const model::HierarchyEdge& edge : snapshot.hierarchy) {
    text += std::string(edge.contested ? "contested " : "") + "hierarchy {" + quoted(edge.child) + " below " +
            quoted(edge.parent) + "}\n";
  }
  std::vector<bool> used(snapshot.roles.size(), false);
  for (std::size_t i = 0; i < snapshot.role_assignments.size(); ++i) {
    const model::RoleAssignment& a = snapshot.role_assignments[i];
    used[at(a.role)] = true;
    text += "assignment " + std::to_string(i) + " {\"principal\":" + id_of(a.principal) +
            ",\"role\":" + quoted(snapshot[a.role].guid) + ",\"scope\":" + quoted(snapshot[a.scope].display) +
            ",\"listedFor\":" + std::to_string(a.listed_for) +
            ",\"condition\":" + condition_text(snapshot, a.condition) + "}\n";
  }
  for (const model::ScheduleInstance& instance : snapshot.schedule_instances) {
    used[at(instance.role)] = true;
    text += "instance {\"eligible\":" + std::string(instance.eligible ? "true" : "false") +
            ",\"principal\":" + id_of(instance.principal) + ",\"role\":" + quoted(snapshot[instance.role].guid) +
            ",\"scope\":" + quoted(snapshot[instance.scope].display) + ",\"start\":" + said(instance.start) +
            ",\"end\":" + said(instance.end) + ",\"status\":" + quoted(instance.status) +
            (instance.declared ? ",\"declared\":true" : "") + ",\"memberType\":" + quoted(instance.member_type) +
            ",\"origin\":" + quoted(instance.origin_role_assignment_id) +
            ",\"condition\":" + condition_text(snapshot, instance.condition) + "}\n";
  }
  for (std::size_t i = 0; i < snapshot.roles.size(); ++i) {
    const model::RoleDefinition& role = snapshot.roles[i];
    if (!used[i]) continue;
    text += "role {\"guid\":" + quoted(role.guid) + ",\"name\":" + quoted(role.name) +
            (role.defined ? "" : ",\"defined\":false") +
            (role.type == model::RoleType::Custom ? ",\"custom\":true" : "") +
            ",\"permissions\":" + permissions_text(snapshot, role.permissions) + "}\n";
  }
  for (const model::DenyAssignment& deny : snapshot.deny_assignments) {
    text += "deny {\"scope\":" + quoted(snapshot[deny.scope].display) +
            ",\"effect\":" + std::to_string(static_cast<int>(deny.effect)) +
            (deny.do_not_apply_to_child_scopes ? ",\"ownScopeOnly\":true" : "") +
            (deny.contested ? ",\"contested\":true" : "") + ",\"principals\":[";
    for (const model::DenyPrincipal& one : deny.principals)
      text += one.everyone ? "everyone " : id_of(one.principal) + " ";
    text += "],\"exclude\":[";
    for (const model::DenyPrincipal& one : deny.exclude_principals) text += id_of(one.principal) + " ";
    text += "],\"condition\":" + condition_text(snapshot, deny.condition) +
            ",\"permissions\":" + permissions_text(snapshot, deny.permissions) + "}\n";
  }
  for (const std::string& list : snapshot.incomplete_lists) text += "incomplete " + quoted(list) + "\n";
  for (const std::string& key : snapshot.listed_subscriptions) text += "listed " + quoted(key) + "\n";
  for (const model::Token& token : snapshot.tokens) {
    text += "token {\"registry\":" + quoted(token.registry) + ",\"name\":" + quoted(token.name) +
            ",\"scopeMapId\":" + quoted(token.scope_map_id) + ",\"enabled\":" + said(token.enabled) +
            ",\"passwords\":[";
    if (token.passwords) {
      for (const model::TokenPassword& one : *token.passwords)
        text += quoted(one.name) + " until " + (one.expiry_unreadable ? "some day" : said(one.expiry)) + " ";
    }
    text += "]}\n";
  }
  for (const model::ScopeMap& map : snapshot.scope_maps) {
    text += "scope map {\"registry\":" + quoted(map.registry) + ",\"name\":" + quoted(map.name) +
            ",\"actions\":" + listed(map.actions) + "}\n";
  }
  for (const model::Task& task : snapshot.tasks) {
    text += "task {\"registry\":" + quoted(task.registry) + ",\"name\":" + quoted(task.name) +
            (task.enabled ? "" : ",\"enabled\":false") + ",\"identity\":" + identity_text(task.identity) +
            ",\"sourceRegistry\":" + said(task.source_registry_identity) +
            ",\"loginMode\":" + said(task.source_registry_login_mode) + "}\n";
  }
  for (const model::ConnectedRegistry& connected : snapshot.connected_registries) {
    text += "connected registry {\"registry\":" + quoted(connected.registry) + ",\"name\":" + quoted(connected.name) +
            ",\"mode\":" + quoted(connected.mode) + ",\"syncToken\":" + quoted(connected.sync_token_id) +
            ",\"clientTokenIds\":" + listed(connected.client_token_ids) + "}\n";
  }
  for (const model::ResourceLock& lock : snapshot.locks) {
    text += "lock {\"scope\":" + quoted(lock.scope) + ",\"level\":" + quoted(lock.level) + "}\n";
  }
  for (const model::ArtifactAttributes& artifact : snapshot.artifact_attributes) {
    text += "artifact {\"registry\":" + quoted(artifact.registry) + ",\"repository\":" + quoted(artifact.repository) +
            ",\"reference\":" + quoted(artifact.reference) + ",\"digest\":" + quoted(artifact.digest) +
            ",\"read\":" + said(artifact.read_enabled) + ",\"write\":" + said(artifact.write_enabled) +
            ",\"delete\":" + said(artifact.delete_enabled) + ",\"quarantine\":" + quoted(artifact.quarantine_state) +
            (artifact.is_signed ? ",\"signed\":true" : "") + "}\n";
  }
  return text;
}

std::string describe(const evaluator::Question& question) {
  std::string text = "{\"principal\":" + quoted(question.principal) + ",\"registry\":" + quoted(question.registry);
  const auto member = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) text += "," + quoted(name) + ":" + quoted(value);
  };
  const auto optional_member = [&](const std::string& name, const std::optional<std::string>& value) {
    if (value) text += "," + quoted(name) + ":" + quoted(*value);
  };
  member("operation", question.operation);
  member("action", question.action);
  member("repository", question.repository);
  member("reference", question.reference);
  if (question.at) member("at", model::to_string(*question.at));
  optional_member("endpoint", question.endpoint);
  optional_member("loginServer", question.login_server);
  optional_member("sourceRegistryAuth", question.source_registry_auth);
  if (question.literal) text += ",\"literal\":" + said(question.literal);
  if (question.source) {
    text += ",\"source\":{\"registry\":" + quoted(question.source->registry) +
            ",\"principal\":" + said(question.source->principal) + "}";
  }
  if (question.network) {
    const evaluator::NetworkFacts& network = *question.network;
    text += ",\"network\":{\"path\":" + quoted(network.path) +
            ",\"privateEndpointStatus\":" + said(network.private_endpoint_status) + ",\"ip\":" + said(network.ip) +
            ",\"subnet\":" + said(network.subnet) + ",\"trustedService\":" + said(network.trusted_service) +
            ",\"identity\":" + said(network.identity) + ",\"task\":" + said(std::optional(network.task)) +
            ",\"taskIdentity\":" + said(network.task_identity) +
            ",\"agentPool\":" + said(std::optional(network.agent_pool)) + "}";
  }
  if (question.credential) {
    const evaluator::CredentialFacts& shown = *question.credential;
    text += ",\"credential\":{\"kind\":" + quoted(shown.kind) + ",\"audience\":" + said(shown.audience) +
            ",\"ageMinutes\":" + (shown.age_minutes ? std::to_string(*shown.age_minutes) : "null") +
            ",\"issuedUnderMode\":" + said(shown.issued_under_mode) +
            ",\"secretExpired\":" + said(shown.secret_expired) + ",\"username\":" + said(shown.username) +
            ",\"passwordName\":" + said(shown.password_name) + ",\"stored\":" + said(shown.stored) + "}";
  }
  for (const auto& [name, reading] : question.assume) text += ",\"assume " + name + "\":" + quoted(reading);
  return text + "}";
}

}  // namespace acrbiter::reference
