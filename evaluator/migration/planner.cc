// Which assignments carry today's rights over data into the ABAC mode.
//
// Rights are translated one by one, holder by holder and scope by scope: whoever combines grants of several groups
// today combines their successors afterwards. So nothing has to be known of who is in which group.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "evaluator/migration/changes.h"
#include "evaluator/migration/data_rights.h"
#include "evaluator/migration/identity.h"
#include "evaluator/migration/plan.h"
#include "evaluator/sets/diff.h"
#include "evaluator/sets/grant_tables.h"
#include "model/ascii.h"
#include "model/shell_word.h"

namespace acrbiter::evaluator::migration {

using model::at;
using model::PermissionMode;
using model::PrincipalIndex;
using model::ScopeIndex;
using model::ScopeKind;
using model::Truth;

namespace {

/// A scope at or above a planned registry.
struct PlanScope {
  ScopeIndex scope{};
  std::vector<std::size_t> registries;  ///< planned ones that it covers, as places in the request
  std::vector<ScopeIndex> above;        ///< those that cover it, nearest first
  bool counts_elsewhere = false;        ///< it covers registries that are, or may be, in the ABAC mode already
};

/// What one holder has at one scope today.
struct Held {
  LegacyActions legacy;
  DataActions already;                ///< counts in the ABAC mode as it is, and for ever
  DataActions for_tasks;              ///< what tasks that act as the holder need besides
  RoleSet there;                      ///< roles assigned here already, perhaps with a condition or for a time
  std::vector<std::string> replaces;  ///< ids of the grants behind `legacy`
};

/// Does an entry of the role name the right, or does it come by `*`, `*/read` and the like?
bool names_right(const CompiledRole& role, std::size_t bit, std::string_view action) {
  const std::string_view family = action.substr(0, action.find('/'));
  return std::any_of(role.entries.begin(), role.entries.end(), [&](const CompiledEntry& entry) {
    const PatternMatch& match = entry.match(bit);
    if (!match.granted()) return false;
    std::string_view pattern = match.pattern;
    if (!model::starts_with_ignoring_case(pattern, kProvider)) return false;
    pattern.remove_prefix(kProvider.size());
    return model::equal_ignoring_case(pattern.substr(0, pattern.find('/')), family);
  });
}

constexpr std::string_view kOneOfAKind =
    "A built-in role that would do is assigned here already, with a condition or for a time, and Azure keeps one "
    "assignment of a role to a principal at a scope.";
constexpr std::string_view kNarrowed =
    "Narrower than today, so that nothing changes on registries that are, or may be, in the ABAC mode already.";

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

class Planner {
 public:
  Planner(const AccessSets& before, const PlanRequest& request)
      : request_(request),
        ix_(before.engine().index()),
        snapshot_(before.engine().snapshot()),
        tables_(ix_, before.circumstances()),
        readings_(before.circumstances().readings),
        identities_(snapshot_) {
    for (const model::RoleAssignment& assignment : snapshot_.role_assignments)
      by_name_.emplace(model::ascii_lower(assignment.name), &assignment);
  }

  Plan run() {
    plan_.strategy = request_.strategy;
    plan_.custom_roles = request_.custom_roles;
    for (const std::size_t r : request_.registries) {
      const model::Registry& registry = snapshot_.registries[r];
      plan_.registries.push_back(
          {.name = registry.name, .id = registry.id, .login_server = registry.login_server.value_or("")});
      quarantine_ |= ix_.registries[r].quarantine_on;
    }
    find_scopes();
    read_grants();
    plan_tasks();
    switch (request_.strategy) {
      case Strategy::Preserve:
      case Strategy::Least:
        for (const auto& [holder, scopes] : held_) assign(holder, scopes);
        break;
      case Strategy::Official:
        follow_guide();
        break;
    }
    sort_assignments();
    old_assignments();
    note_registries();
    note_eligible();
    note_limit();
    return std::move(plan_);
  }

 private:
  // ---- what there is today ----------------------------------------------------------------------------------

  void find_scopes() {
    std::map<ScopeIndex, std::size_t> known;
    for (std::size_t place = 0; place < request_.registries.size(); ++place) {
      const RegistryContext& context = ix_.registries[request_.registries[place]];
      std::vector<ScopeIndex> chain;
      for (const ChainScope& scope : context.chain) {
        if (scope.covers == Truth::True)
          chain.push_back(scope.scope);
        else
          unplaced_.insert(scope.scope);
      }
      for (std::size_t i = 0; i < chain.size(); ++i) {
        const auto [found, added] = known.emplace(chain[i], scopes_.size());
        if (added) {
          scopes_.push_back({.scope = chain[i],
                             .registries = {},
                             .above = {chain.begin() + static_cast<std::ptrdiff_t>(i) + 1, chain.end()},
                             .counts_elsewhere = covers_abac(chain[i])});
        }
        scopes_[found->second].registries.push_back(place);
      }
    }
    // A management group whose place among the others is not known may be narrower.
    for (PlanScope& scope : scopes_) {
      std::erase_if(scope.above, [&](ScopeIndex above) { return !reaches_as_far(above, scope.scope); });
    }
    // Wide scopes first, so that what they give is known below.
    std::stable_sort(scopes_.begin(), scopes_.end(),
                     [](const PlanScope& a, const PlanScope& b) { return a.above.size() < b.above.size(); });
    for (const ScopeIndex scope : unplaced_) {
      if (known.contains(scope) || ix_.grants_at(scope).empty()) continue;
      plan_.open.push_back({.code = "unplaced-scope",
                            .subject = snapshot_[scope].display,
                            .text = "The data does not say whether this management group is above the registry; its "
                                    "assignments are not carried over.",
                            .source = "azure-rbac-semantics 16",
                            .command = "az account management-group show --expand --recurse --name GROUP"});
    }
  }

  /// A registry that is, or may be, in the ABAC mode lies, or may lie, at or below the scope.
  [[nodiscard]] bool covers_abac(ScopeIndex scope) const {
    for (std::size_t r = 0; r < snapshot_.registries.size(); ++r) {
      if (snapshot_.registries[r].mode != PermissionMode::Legacy && covers(scope, r)) return true;
    }
    return false;
  }
  /// Does `wide`, which is above `scope` for one registry, cover every registry that `scope` covers?
  [[nodiscard]] bool reaches_as_far(ScopeIndex wide, ScopeIndex scope) const {
    if (snapshot_[scope].kind != ScopeKind::ManagementGroup || snapshot_[wide].kind != ScopeKind::ManagementGroup)
      return true;
    for (const RegistryContext& context : ix_.registries) {
      const auto has = [&](ScopeIndex one) {
        return std::any_of(context.chain.begin(), context.chain.end(),
                           [&](const ChainScope& c) { return c.scope == one && c.covers == Truth::True; });
      };
      if (has(scope) && !has(wide)) return false;
    }
    return true;
  }
  [[nodiscard]] bool covers(ScopeIndex scope, std::size_t registry) const {
    const auto& chain = ix_.registries[registry].chain;
    return std::any_of(chain.begin(), chain.end(),
                       [&](const ChainScope& c) { return c.scope == scope && c.covers != Truth::False; });
  }

  void read_grants() {
    for (std::size_t s = 0; s < scopes_.size(); ++s) {
      for (const Grant& grant : ix_.grants_at(scopes_[s].scope)) read(grant, s);
    }
  }

  void read(const Grant& grant, std::size_t s) {
    const model::RoleDefinition& role = snapshot_[grant.role];
    const model::Principal& principal = snapshot_[grant.principal];
    const std::string id = id_of(grant);
    if (!role.defined) {
      if (!role.grants_nothing_here) {
        plan_.open.push_back(
            {.code = "unknown-role",
             .subject = id,
             .text = "The data does not define this assignment's role, so nobody can say what it gives.",
             .source = "azure-rbac-semantics 16",
             .command = "az role definition list --name " + model::shell_word(role.guid)});
      }
      return;
    }
    const Holding legacy = tables_.of(grant, PermissionMode::Legacy);
    const Holding abac = tables_.of(grant, PermissionMode::Abac);
    Held& held = held_[grant.principal][s];
    const std::optional<Lapse> lapse = lapse_of(grant);
    if (!lapse) held.already |= data_of(abac.certain);
    for (std::size_t r = 0; r < abac_roles().size(); ++r) {
      if (role.guid == abac_roles()[r].guid) held.there.set(r);
    }

    RightMask perhaps = legacy.open;
    for (const RuledRights& ruled : legacy.ruled) perhaps |= ruled.rights;
    const LegacyActions certain = legacy_of(legacy.certain);
    if (const LegacyActions doubtful = legacy_of(perhaps); doubtful.any()) {
      plan_.open.push_back(
          {.code = "doubtful-grant",
           .subject = id,
           .text = fmt::format("What {} gives to {} today is not certain ({}); it is not carried over.", role.name,
                               identities_.who(grant.principal).name, joined(words_of(doubtful))),
           .source = "the assumptions that `acrbiter explain` names",
           .command = ""});
    }
    if (certain.none()) return;

    Carrier carrier{.id = id,
                    .principal = identities_.who(grant.principal),
                    .role = role.name,
                    .scope = snapshot_[grant.scope].display,
                    .rights = words_of(certain),
                    .on_purpose = false,
                    .end = lapse ? lapse->end : std::nullopt,
                    .registries = {},
                    .left_out = ""};
    for (const std::size_t place : scopes_[s].registries) carrier.registries.push_back(plan_.registries[place].name);
    LegacyActions wanted;
    for (std::size_t i = 0; i < legacy_actions().size(); ++i) {
      if (!certain.test(i)) continue;
      const std::string_view action = legacy_actions()[i].action;
      const bool named = names_right(ix_.roles[at(grant.role)], bit_of(ActionKind::Action, action), action);
      carrier.on_purpose |= named;
      wanted.set(i, named || request_.strategy != Strategy::Least);
    }
    if (principal.orphaned) {
      carrier.left_out = "the principal was deleted";
      wanted.reset();
    } else if (lapse) {
      const std::string until = lapse->end ? fmt::format(" until {}", *lapse->end) : "";
      carrier.left_out =
          fmt::format("{}: {}", words_of(*lapse),
                      lapse->activated ? "activate the new role instead" : "assign the new role for as long instead");
      wanted.reset();
      plan_.open.push_back(
          {.code = "time-bound",
           .subject = id,
           .text = fmt::format("{0} holds {1}{2}{3}: a permanent assignment would outlive it. {4}",
                               carrier.principal.name, role.name, lapse->activated ? " by a PIM activation" : "", until,
                               lapse->activated
                                   ? fmt::format("Make {} eligible for the new role in PIM.", carrier.principal.name)
                                   : fmt::format("Assign the new role to {} for as long.", carrier.principal.name)),
           .source = "azure-rbac-semantics, PIM",
           .command = ""});
    } else if (wanted.none()) {
      carrier.left_out = "it holds data only through wildcards";
    }
    if (principal.unresolved && wanted.any()) {
      plan_.open.push_back(
          {.code = "unresolved-principal",
           .subject = id,
           .text =
               fmt::format("{}, who holds {}, has no name in the data: it is deleted or of another tenant. If it is "
                           "deleted, take its new assignments out of the plan.",
                           carrier.principal.name, role.name),
           .source = "input-formats 1.1",
           .command = ""});
    }
    plan_.carriers.push_back(std::move(carrier));
    held.legacy |= wanted;
    if (needed_for(wanted).any()) held.replaces.push_back(id);
  }

  static std::vector<std::string> words_of(LegacyActions actions) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < legacy_actions().size(); ++i) {
      if (actions.test(i)) result.emplace_back(legacy_actions()[i].action);
    }
    return result;
  }

  [[nodiscard]] std::string id_of(const Grant& grant) const {
    return grant.from_instance ? snapshot_.schedule_instances[grant.source].id
                               : model::assignment_id(snapshot_, snapshot_.role_assignments[grant.source]);
  }

  /// How a grant ends by itself.
  struct Lapse {
    bool activated = false;          ///< a PIM activation, not an assignment for a time
    std::optional<std::string> end;  ///< RFC 3339
  };
  /// Nothing if the grant stays until somebody removes it. Source: azure-rbac-semantics 9
  [[nodiscard]] std::optional<Lapse> lapse_of(const Grant& grant) const {
    if (!grant.scheduled) return std::nullopt;
    bool activated = true;
    std::optional<model::Timestamp> end;
    const auto look = [&](std::size_t instance) {
      const model::ScheduleInstance& i = snapshot_.schedule_instances[instance];
      const bool activation = model::equal_ignoring_case(i.assignment_type, "Activated");
      activated = activated && activation;
      if (i.end && (!end || *end < *i.end)) end = i.end;
      return activation || i.end.has_value();
    };
    if (grant.from_instance) {
      if (!look(grant.source)) return std::nullopt;
    } else {
      const auto [begin, last] = ix_.schedules.equal_range(grant.source);
      if (begin == last) return std::nullopt;
      for (auto i = begin; i != last; ++i) {
        if (!i->second.certain || !look(i->second.instance)) return std::nullopt;
      }
    }
    return Lapse{.activated = activated, .end = end ? std::optional(model::to_string(*end)) : std::nullopt};
  }
  static std::string words_of(const Lapse& lapse) {
    return fmt::format("{}{}", lapse.activated ? "a PIM activation" : "an assignment for a time",
                       lapse.end ? " that ends at " + *lapse.end : std::string());
  }

  // ---- what is to be assigned -------------------------------------------------------------------------------

  /// The rights that the plan carries over; quarantine only where it is in use.
  [[nodiscard]] DataActions needed(LegacyActions legacy) const {
    DataActions need = needed_for(legacy);
    if (!quarantine_) {
      need.reset(kQuarantinedRead);
      need.reset(kQuarantinedWrite);
    }
    return need;
  }

  void assign(PrincipalIndex holder, const std::map<std::size_t, Held>& scopes) {
    std::map<ScopeIndex, DataActions> given;  // with what was there before
    for (const auto& [s, held] : scopes) {
      const PlanScope& scope = scopes_[s];
      DataActions has = held.already;
      for (const ScopeIndex above : scope.above) {
        if (const auto found = given.find(above); found != given.end()) has |= found->second;
      }
      const DataActions all = needed(held.legacy) | held.for_tasks;
      const DataActions need = all & ~has;
      given[scope.scope] = has | all;
      if (need.none()) continue;
      const Choice choice = choose_roles(need, has | all, held.there);
      const bool occupied = choice.rest.any() && choose_roles(need, has | all).rest != choice.rest;
      for (const std::size_t role : choice.roles) {
        const bool task = (abac_roles()[role].gives & need & ~needed(held.legacy)).any();
        if (scope.counts_elsewhere && request_.narrow)
          add_at_registries(holder, scope, role, held.replaces);
        else
          add(holder, scope.scope, built_in(role), held.replaces, task ? for_a_task() : "");
      }
      if (choice.rest.any()) assign_rest(holder, scope, held, choice.rest, has | all, occupied);
    }
  }

  /// What no built-in role gives by itself.
  void assign_rest(PrincipalIndex holder, const PlanScope& scope, const Held& held, DataActions rest, DataActions may,
                   bool occupied) {
    const std::vector<std::string>& replaces = held.replaces;
    if (!request_.custom_roles) {
      for (const std::size_t role : choose_wider_roles(rest, may, held.there)) {
        add(holder, scope.scope, built_in(role), replaces,
            "No built-in role gives this alone: it adds rights. Without --built-in-only a custom role is made "
            "instead.");
      }
      return;
    }
    // Custom roles with data actions cannot be assigned at a management group. Source: azure-rbac-semantics 11
    const ScopeKind kind = snapshot_[scope.scope].kind;
    const bool too_wide = kind == ScopeKind::ManagementGroup || kind == ScopeKind::Root;
    if (!too_wide && !(scope.counts_elsewhere && request_.narrow)) {
      add(holder, scope.scope, custom(rest, scope.scope), replaces, occupied ? kOneOfAKind : "");
      return;
    }
    for (const std::size_t place : scope.registries) {
      const ScopeIndex here = snapshot_.registries[request_.registries[place]].scope;
      add(holder, here, custom(rest, here), replaces,
          too_wide ? "Narrower than today: a custom role with data actions cannot be assigned at a management group."
                   : kNarrowed);
    }
  }

  /// At each planned registry that the scope covers.
  void add_at_registries(PrincipalIndex holder, const PlanScope& scope, std::size_t role,
                         const std::vector<std::string>& replaces) {
    DataActions gives = abac_roles()[role].gives;
    gives.reset(kMetadataDelete);  // no operation is known to ask for it
    for (const std::size_t place : scope.registries) {
      const ScopeIndex here = snapshot_.registries[request_.registries[place]].scope;
      const Held& own = held_at(holder, here);
      if ((gives & ~own.already).none()) continue;
      if (!own.there.test(role)) {
        add(holder, here, built_in(role), replaces, kNarrowed);
      } else if (request_.custom_roles) {
        add(holder, here, custom(gives, here), replaces, kOneOfAKind);
      } else {
        for (const std::size_t wider : choose_wider_roles(gives, gives, own.there))
          add(holder, here, built_in(wider), replaces, kOneOfAKind);
      }
    }
  }

  /// What somebody has at one scope today.
  [[nodiscard]] const Held& held_at(PrincipalIndex holder, ScopeIndex scope) const {
    static const Held kNothing;
    const auto scopes = held_.find(holder);
    if (scopes == held_.end()) return kNothing;
    const auto found = std::find_if(scopes->second.begin(), scopes->second.end(),
                                    [&](const auto& one) { return scopes_[one.first].scope == scope; });
    return found == scopes->second.end() ? kNothing : found->second;
  }

  /// The guide's table to the letter.
  void follow_guide() {
    struct Row {
      std::string_view legacy;
      std::vector<std::size_t> becomes;
    };
    // AcrPull, AcrPush, AcrDelete. Source: acr-authorization H.2
    static const std::vector<Row> kTable{{"7f951dda-4ed3-4680-a7ca-43fe172d538d", {kReader, kCatalogLister}},
                                         {"8311e382-0749-4cb8-b61a-304f252e45ec", {kWriter}},
                                         {"c2f4ef07-c644-48eb-af81-4b1b4947fb11", {kContributor}}};
    std::set<std::string> in_table;
    for (std::size_t s = 0; s < scopes_.size(); ++s) {
      const PlanScope& scope = scopes_[s];
      for (const Grant& grant : ix_.grants_at(scope.scope)) {
        if (snapshot_[grant.principal].orphaned || grant.from_instance || lapse_of(grant)) continue;
        for (const Row& row : kTable) {
          if (snapshot_[grant.role].guid != row.legacy) continue;
          in_table.insert(id_of(grant));
          for (const std::size_t role : row.becomes) {
            if (!held_[grant.principal][s].there.test(role))
              add(grant.principal, scope.scope, built_in(role), {id_of(grant)}, "");
          }
        }
      }
    }
    for (Carrier& carrier : plan_.carriers) {
      if (!in_table.contains(carrier.id) && carrier.left_out.empty())
        carrier.left_out = "the guide's table has no row for it";
    }
  }

  static PlannedRole built_in(std::size_t role) {
    const AbacRole& known = abac_roles()[role];
    return {
        .guid = std::string(known.guid), .name = std::string(known.name), .data_actions = {}, .assignable_scopes = {}};
  }

  /// A role that gives just these, assignable in the scope's subscription: that of the data, if it is there already.
  [[nodiscard]] PlannedRole custom(DataActions gives, ScopeIndex scope) const {
    PlannedRole role;
    std::vector<std::string> short_names;
    for (std::size_t i = 0; i < kDataActions.size(); ++i) {
      if (!gives.test(i)) continue;
      role.data_actions.push_back(std::string(kProvider) + std::string(kDataActions[i]));
      short_names.emplace_back(kDataActions[i].substr(kDataActions[i].starts_with("repositories/") ? 13 : 0));
    }
    // One for each subscription: a later plan for another never has to change it. Names are unique in a tenant.
    const std::string subscription(model::subscription_of(snapshot_[scope].key));
    const std::string title = gives == DataActions().set(kContentDelete) ? "Container Registry Repository Image Deleter"
                                                                         : "Container Registry " + joined(short_names);
    role.assignable_scopes.push_back("/subscriptions/" + subscription);
    // Creating a role that is there replaces it, so what somebody made of it meanwhile is left alone.
    for (std::size_t number = 1;; ++number) {
      const std::string suffix = number == 1 ? std::string() : fmt::format(" {}", number);
      role.name = fmt::format("{} (custom{}, {})", title, suffix, subscription.substr(0, 8));
      role.guid = name_of({"role", joined(role.data_actions), subscription + suffix});
      const auto there = std::ranges::find_if(snapshot_.roles, [&](const model::RoleDefinition& known) {
        return known.guid == role.guid || model::equal_ignoring_case(known.name, role.name);
      });
      if (there == snapshot_.roles.end()) return role;
      if (!is_just(*there, role.data_actions) || !assignable_at(*there, role.assignable_scopes.front())) continue;
      return {.guid = there->guid, .name = there->name, .data_actions = {}, .assignable_scopes = {}};
    }
  }

  static bool assignable_at(const model::RoleDefinition& role, const std::string& scope) {
    return std::ranges::any_of(role.assignable_scopes, [&](const std::string& within) {
      return model::scope_contains(model::scope_key(within), model::scope_key(scope));
    });
  }

  void add(PrincipalIndex holder, ScopeIndex scope, const PlannedRole& role, const std::vector<std::string>& replaces,
           std::string_view note) {
    add(identities_.who(holder), snapshot_[scope], role, replaces, note);
  }
  void add(const Who& principal, const model::Scope& scope, const PlannedRole& role,
           const std::vector<std::string>& replaces, std::string_view note) {
    const auto known =
        std::find_if(plan_.roles.begin(), plan_.roles.end(), [&](const PlannedRole& r) { return r.guid == role.guid; });
    if (known == plan_.roles.end()) plan_.roles.push_back(role);
    const std::string name = free_name(principal, scope, role);
    const auto [place, added] = assignment_of_.try_emplace(name, plan_.assignments.size());
    if (added) {
      plan_.assignments.push_back({.name = name,
                                   .principal = principal,
                                   .scope = scope.display,
                                   .role = role.guid,
                                   .replaces = {},
                                   .note = std::string(note)});
    }
    PlannedAssignment& assignment = plan_.assignments[place->second];
    for (const std::string& id : replaces) {
      if (std::find(assignment.replaces.begin(), assignment.replaces.end(), id) == assignment.replaces.end())
        assignment.replaces.push_back(id);
    }
  }

  /// Names of role assignments are unique in a tenant. Source: role-assignments, "Name"
  [[nodiscard]] std::string free_name(const Who& principal, const model::Scope& scope, const PlannedRole& role) const {
    const auto is_taken = [&](const std::string& name) {
      const auto [begin, end] = by_name_.equal_range(name);
      return std::any_of(begin, end, [&](const auto& known) {
        const model::RoleAssignment& other = *known.second;
        return snapshot_[other.principal].id != principal.id || snapshot_[other.scope].key != scope.key ||
               snapshot_[other.role].guid != role.guid;
      });
    };
    std::string name = name_of({"assignment", scope.key, principal.id, role.guid});
    for (std::size_t number = 2; is_taken(name); ++number)
      name = name_of({"assignment", scope.key, principal.id, role.guid, std::to_string(number)});
    return name;
  }

  // ---- tasks ------------------------------------------------------------------------------------------------

  void plan_tasks() {
    for (const model::Task& task : snapshot_.tasks) {
      for (const std::size_t r : request_.registries) {
        const model::Registry& registry = snapshot_.registries[r];
        if (task.registry.empty() ? snapshot_.registries.size() == 1
                                  : model::equal_ignoring_case(task.registry, registry.name))
          plan_task(task, registry);
      }
    }
  }

  void plan_task(const model::Task& task, const model::Registry& registry) {
    TaskNeed need;
    need.registry = registry.name;
    need.name = task.name;
    if (model::starts_with_ignoring_case(task.name, "cssc-")) {
      plan_.residue.push_back({.code = "continuous-patching",
                               .subject = task.name,
                               .text = "Continuous patching, to which this task seems to belong, does not work on "
                                       "registries in the ABAC mode.",
                               .source = "acr-authorization B.4, J24",
                               .command = ""});
    }
    need.identity_before = task.source_registry_identity.value_or("");
    need.login_mode_before = task.source_registry_login_mode.value_or("");
    std::string principal;
    const std::string named = task.source_registry_identity.value_or("");
    // One that does not sign in to its registry today has nothing to lose there.
    const bool signs_in = !model::equal_ignoring_case(task.source_registry_login_mode.value_or(""), "None") &&
                          !model::equal_ignoring_case(named, "none");
    if (!signs_in) return;
    const bool names_one = !named.empty() && !model::equal_ignoring_case(named, "[caller]");
    const auto& users = task.identity.user_assigned;
    if (names_one) {
      need.set_already = true;
      need.identity = named;
      if (model::equal_ignoring_case(named, "[system]")) {
        principal = task.identity.principal_id;
      } else {
        const auto found = std::find_if(users.begin(), users.end(), [&](const auto& u) {
          return model::equal_ignoring_case(u.client_id, named) || model::equal_ignoring_case(u.resource_id, named);
        });
        if (found != users.end()) principal = found->principal_id;
      }
    } else if (!task.identity.principal_id.empty()) {
      need.identity = "[system]";
      principal = task.identity.principal_id;
    } else if (users.size() == 1) {
      need.identity = users.front().resource_id;
      principal = users.front().principal_id;
    }
    const auto user = std::find_if(users.begin(), users.end(),
                                   [&](const auto& u) { return !principal.empty() && u.principal_id == principal; });
    if (user != users.end()) {
      need.identity_resource_id = user->resource_id;
      need.identity_client_id = user->client_id;
    }
    if (need.identity.empty()) {
      need.need = users.size() > 1
                      ? "Choose which of its identities it shall use, and assign a repository role to that."
                      : "Give it an identity, and assign a repository role to that.";
      plan_.open.push_back(
          {.code = "task-without-identity",
           .subject = fmt::format("{}/{}", registry.name, task.name),
           .text = fmt::format("Task {} of {} {}: {}", task.name, registry.name,
                               task.enabled ? "loses the registry" : "is disabled, and would not reach the registry",
                               need.need),
           .source = "acr-authorization B.4 Tasks, H.3",
           .command = fmt::format("az acr task identity assign --registry {} --name {} --identities "
                                  "'[system]'",
                                  model::shell_word(registry.name), model::shell_word(task.name))});
    } else if (principal.empty()) {
      need.need = "The data does not show the object id of its identity: assign a repository role to that.";
      plan_.open.push_back({.code = "task-identity-unknown",
                            .subject = fmt::format("{}/{}", registry.name, task.name),
                            .text = fmt::format("Task {} of {}: {}", task.name, registry.name, need.need),
                            .source = "acr-authorization B.4 Tasks",
                            .command = "az identity list"});
    } else {
      task_roles(task, registry, principal, need);
    }
    plan_.tasks.push_back(std::move(need));
  }

  void task_roles(const model::Task& task, const model::Registry& registry, const std::string& principal,
                  TaskNeed& need) {
    // Without an own identity a task may do everything with the data of its registry today.
    need.need = fmt::format("{} and a repository role for it.",
                            need.set_already ? "It uses its identity already" : "Set its identity");
    if (request_.strategy == Strategy::Official) return;
    if (const auto holder = identities_.find(principal)) {
      // It may have more of its own: what it needs for both is looked for together.
      const auto place =
          std::find_if(scopes_.begin(), scopes_.end(), [&](const PlanScope& s) { return s.scope == registry.scope; });
      if (place != scopes_.end()) {
        held_[*holder][static_cast<std::size_t>(place - scopes_.begin())].for_tasks |= task_rights();
        return;
      }
    }
    Who who = identities_.who(principal);
    if (who.name.empty() || who.name == who.id) who.name = fmt::format("task {} of {}", task.name, registry.name);
    if (who.type.empty()) who.type = "ServicePrincipal";
    for (const std::size_t role : choose_roles(task_rights(), task_rights()).roles)
      add(who, snapshot_[registry.scope], built_in(role), {}, for_a_task());
  }

  [[nodiscard]] DataActions task_rights() const {
    if (request_.strategy == Strategy::Least) return abac_roles()[kWriter].gives;
    DataActions all = abac_roles()[kContributor].gives | abac_roles()[kCatalogLister].gives;
    all.reset(kMetadataDelete);
    return all;
  }
  [[nodiscard]] std::string_view for_a_task() const {
    return request_.strategy == Strategy::Least
               ? "For a task: enough to pull and push. One that deletes needs Contributor."
               : "For a task, which may do all this today by default. Writer is enough for one that only builds.";
  }

  // ---- what there was ---------------------------------------------------------------------------------------

  void sort_assignments() {
    using Key = std::tuple<std::string, std::string, std::string_view, std::size_t>;  // the last by place
    std::vector<Key> keys;
    keys.reserve(plan_.assignments.size());
    for (const PlannedAssignment& p : plan_.assignments)
      keys.emplace_back(model::ascii_lower(p.scope), model::ascii_lower(p.principal.name), p.principal.id, keys.size());
    std::sort(keys.begin(), keys.end());
    std::vector<PlannedAssignment> sorted;
    sorted.reserve(keys.size());
    for (const Key& key : keys) sorted.push_back(std::move(plan_.assignments[std::get<3>(key)]));
    plan_.assignments = std::move(sorted);
  }

  void old_assignments() {
    for (const PlanScope& scope : scopes_) {
      std::vector<std::string> legacy, open;
      for (std::size_t r = 0; r < snapshot_.registries.size(); ++r) {
        if (std::find(request_.registries.begin(), request_.registries.end(), r) != request_.registries.end()) continue;
        if (snapshot_.registries[r].mode != PermissionMode::Abac && covers(scope.scope, r))
          legacy.push_back(snapshot_.registries[r].name);
      }
      const ScopeKind kind = snapshot_[scope.scope].kind;
      for (const Grant& grant : ix_.grants_at(scope.scope)) {
        if (grant.from_instance || !only_legacy_data(snapshot_[grant.role])) continue;
        const model::RoleAssignment& assignment = snapshot_.role_assignments[grant.source];
        OldAssignment old = old_assignment(snapshot_, identities_, assignment);
        const std::optional<Lapse> lapse = lapse_of(grant);
        const std::string counts = counts_in_abac(grant);
        const bool stays = lapse || assignment.name.empty() || !counts.empty() || !legacy.empty();
        if (lapse)  // put back by a rollback it would stay for ever
          old.note = fmt::format("It is {}: no script removes it or puts it back.", words_of(*lapse));
        else if (assignment.name.empty())
          old.note = "The data does not show its id.";
        else if (!counts.empty())
          old.note = counts;
        else if (!legacy.empty())
          old.note = fmt::format("Also covers {}, not in the ABAC mode.", joined(legacy));
        else if (kind != ScopeKind::Resource)
          old.note = "Its scope is wider than a registry: look first for registries there that the data does not show.";
        (stays ? plan_.keep : plan_.remove).push_back(std::move(old));
      }
    }
  }

  /// Why an assignment of legacy rights counts in the ABAC mode all the same, or may; empty if it does not.
  /// Contested: soft-delete-in-abac, image-signer-in-abac
  [[nodiscard]] std::string counts_in_abac(const Grant& grant) const {
    const Holding abac = tables_.of(grant, PermissionMode::Abac);
    RightMask perhaps = abac.certain | abac.open;
    for (const RuledRights& ruled : abac.ruled) perhaps |= ruled.rights;
    const auto counts = [&](AssumptionId id, std::string_view yes, std::string_view what, std::string_view source) {
      return fmt::format("{} {} in the ABAC mode as well ({}; {}).", what,
                         readings_[id] == yes ? "counts" : "may count", assumption(id).name, source);
    };
    for (const Operation& operation : operations()) {
      const bool deleted = operation.special == Special::SoftDelete;
      if (!deleted && operation.special != Special::Sign) continue;
      const AllOf& rights = deleted ? operation.legacy.front() : signing_in_abac();
      if (std::ranges::none_of(rights, [&](const Right& right) { return perhaps.test(right.bit); })) continue;
      if (deleted && readings_[AssumptionId::SoftDeleteInAbac] != "not-honoured")
        return counts(AssumptionId::SoftDeleteInAbac, "honoured", "What it opens of soft-deleted artifacts",
                      "acr-authorization J20");
      if (!deleted && readings_[AssumptionId::ImageSignerInAbac] != "denied")
        return counts(AssumptionId::ImageSignerInAbac, "allowed", "Its right to sign", "acr-authorization J11");
    }
    return "";
  }

  void note_registries() {
    for (const std::size_t r : request_.registries) {
      const model::Registry& registry = snapshot_.registries[r];
      const auto tokens = std::count_if(snapshot_.tokens.begin(), snapshot_.tokens.end(), [&](const model::Token& t) {
        return model::equal_ignoring_case(t.registry, registry.name);
      });
      const auto note = [&](std::string_view code, std::string text, std::string_view source) {
        plan_.untouched.push_back({.code = std::string(code),
                                   .subject = registry.name,
                                   .text = std::move(text),
                                   .source = std::string(source),
                                   .command = ""});
      };
      const auto state = [](const std::optional<bool>& on) {
        return !on ? std::string_view("the data does not say whether it is on") : *on ? "it is on" : "it is off";
      };
      note(tokens > 0 ? "tokens-on" : "tokens",
           snapshot_.tokens_given ? fmt::format("Tokens go on as they are: {} in the data.", tokens)
                                  : std::string("Tokens go on as they are; the data has no list of them."),
           "acr-authorization D.2");
      note(registry.admin_user_enabled.value_or(false) ? "admin-user-on" : "admin-user",
           fmt::format("The admin user goes on as it is: {}.", state(registry.admin_user_enabled)),
           "acr-authorization D.1");
      note(registry.anonymous_pull_enabled.value_or(false) ? "anonymous-pull-on" : "anonymous-pull",
           fmt::format("Anonymous pull goes on as it is: {}.", state(registry.anonymous_pull_enabled)),
           "acr-authorization C.1");
      if (!ix_.registries[r].quarantine_on) continue;
      note("quarantine",
           "Quarantine is on: its rights are carried over by AcrQuarantineReader and AcrQuarantineWriter.",
           "acr-authorization A.4");
    }
  }

  void note_eligible() {
    for (const model::ScheduleInstance& instance : snapshot_.schedule_instances) {
      if (!instance.eligible || !snapshot_[instance.role].defined) continue;
      const auto scope =
          std::find_if(scopes_.begin(), scopes_.end(), [&](const PlanScope& s) { return s.scope == instance.scope; });
      if (scope == scopes_.end()) continue;
      const LegacyActions legacy = legacy_of(ix_.roles[at(instance.role)].granted);
      const DataActions need = needed(legacy);
      if (need.none()) continue;
      const Choice choice = choose_roles(need, need);
      std::vector<std::string> names;
      for (const std::size_t role : choice.roles) names.emplace_back(abac_roles()[role].name);
      if (choice.rest.any()) names.emplace_back("a custom role");
      plan_.open.push_back(
          {.code = "eligible",
           .subject = instance.id,
           .text = fmt::format("{} is eligible for {}, which opens no data after the switch: make it "
                               "eligible for {} as well.",
                               identities_.who(instance.principal).name, snapshot_[instance.role].name, joined(names)),
           .source = "azure-rbac-semantics, PIM; acr-authorization A.3",
           .command = ""});
    }
  }

  /// Where there would be more role assignments than Azure keeps.
  void note_limit() {
    std::map<std::string, std::size_t, std::less<>> added;  // by subscription
    for (const PlannedAssignment& assignment : plan_.assignments) {
      const std::string scope = model::scope_key(assignment.scope);
      const std::string_view subscription = model::subscription_of(scope);
      if (!subscription.empty() && !by_name_.contains(assignment.name)) ++added[std::string(subscription)];
    }
    std::map<std::string, std::unordered_set<std::string>, std::less<>> ids;
    for (const model::RoleAssignment& assignment : snapshot_.role_assignments) {
      const std::string_view subscription = model::subscription_of(snapshot_[assignment.scope].key);
      if (added.contains(subscription))
        ids[std::string(subscription)].insert(model::ascii_lower(model::assignment_id(snapshot_, assignment)));
    }
    for (const auto& [subscription, more] : added) {
      const std::unordered_set<std::string>& there = ids[subscription];
      if (there.size() + more <= request_.most_assignments) continue;
      plan_.open.push_back({.code = "assignment-limit",
                            .subject = "/subscriptions/" + subscription,
                            .text = fmt::format("Azure keeps {} role assignments in a subscription: the data shows {} "
                                                "here, and the plan adds {} before it removes any. Make room first, "
                                                "or assign to groups.",
                                                request_.most_assignments, there.size(), more),
                            .source = "azure-rbac-semantics 12",
                            .command = ""});
    }
  }

  const PlanRequest& request_;
  const Engine::Index& ix_;
  const model::Snapshot& snapshot_;
  const GrantTables tables_;
  const Readings& readings_;
  const Identities identities_;
  std::unordered_multimap<std::string, const model::RoleAssignment*> by_name_;  ///< in lower case
  Plan plan_;
  bool quarantine_ = false;
  std::vector<PlanScope> scopes_;
  std::set<ScopeIndex> unplaced_;
  std::map<PrincipalIndex, std::map<std::size_t, Held>> held_;  ///< by place in scopes_
  std::map<std::string, std::size_t> assignment_of_;            ///< by name
};

}  // namespace

Plan make_plan(const AccessSets& before, const PlanRequest& request) {
  Plan plan;
  std::optional<State> switched;
  request.for_each(2, [&](std::size_t i) {
    if (i == 0)
      plan = Planner(before, request).run();
    else
      make_switched(before, request, switched);
  });
  describe_changes(before, request, switched, plan);
  return plan;
}

}  // namespace acrbiter::evaluator::migration
