// Role assignments, deny assignments and their conditions for one right.
// Source: azure-rbac-semantics 1; acr-authorization A.3, C
#include <algorithm>

#include "evaluator/decider.h"
#include "model/ascii.h"

namespace acrbiter::evaluator {

using model::equal_ignoring_case;
using model::starts_with_ignoring_case;

using model::at;
using model::kConditionNotShown;
using model::kNoCondition;
using model::PrincipalIndex;

namespace {

constexpr std::string_view kRepositoryName = "Microsoft.ContainerRegistry/registries/repositories:name";
constexpr std::string_view kAssignmentAttributes = "Microsoft.Authorization/roleAssignments:";
constexpr std::size_t kListedOthers = 40;  ///< other people's grants that are shown one by one
constexpr std::size_t kListedElsewhere = 20;

bool writes_role_assignments(std::string_view action) {
  return equal_ignoring_case(action, "Microsoft.Authorization/roleAssignments/write") ||
         equal_ignoring_case(action, "Microsoft.Authorization/roleAssignments/delete");
}

/// The roles whose assignments are documented to take a condition. Source: acr-authorization C.5
bool takes_conditions(const model::RoleDefinition& role) {
  constexpr std::string_view kGuids[] = {
      "b93aa761-3e63-49ed-ac28-beffa264f7ac",  // Container Registry Repository Reader
      "2a1e307c-b015-4ebd-883e-5b7698a07328",  // Container Registry Repository Writer
      "2efddaa5-3f1f-4df3-97df-af3f13818f4c",  // Container Registry Repository Contributor
  };
  // Custom roles with repository data actions take them too.
  return role.type != model::RoleType::BuiltIn ||
         std::find(std::begin(kGuids), std::end(kGuids), role.guid) != std::end(kGuids);
}

ConditionReadings condition_readings(const Readings& readings) {
  ConditionReadings result;
  for (const AssumptionId id : {AssumptionId::AmbiguousGrouping, AssumptionId::MissingValueBelowNot,
                                AssumptionId::ResourceAttributeForRepository}) {
    if (readings[id] != "unknown") static_cast<void>(set_reading(result, assumption(id).name, readings[id]));
  }
  return result;
}

/// What would settle a condition's unknown value.
Cause cause_of(const ConditionCause& cause, const model::ConditionEntry& entry) {
  switch (cause.kind) {
    case CauseKind::AttributeUnknown:
      return missing(datum::kAttribute, cause.attribute, "give the attribute's value in the data or the question");
    case CauseKind::AttributeNotSupplied:
      return contested(AssumptionId::MissingValueBelowNot, cause.attribute);
    case CauseKind::SourceMismatch:
      return contested(AssumptionId::ResourceAttributeForRepository, cause.attribute);
    case CauseKind::AmbiguousGrouping:
      return contested(AssumptionId::AmbiguousGrouping);
    case CauseKind::UnsupportedVersion:
      return contested(AssumptionId::ConditionVersion, entry.version);
    case CauseKind::EmptyList:
      return contested(AssumptionId::EmptyList, cause.attribute);
    case CauseKind::ListWithoutQuantifier:
      return contested(AssumptionId::ListWithoutQuantifier, cause.attribute);
    case CauseKind::NotADate:
      return contested(AssumptionId::DateWithoutZone, cause.attribute);
    case CauseKind::TypeMismatch:
    case CauseKind::QuantifierNotListed:
    case CauseKind::NotAGuid:
    case CauseKind::ActionNotGiven:
    case CauseKind::TooMuchWork:
      break;
  }
  return {Cause::Kind::ContestedFact, std::string(to_string(cause.kind)), cause.attribute,
          "rewrite the condition: Azure does not document this form"};
}

}  // namespace

/// What a request of this question carries. Source: condition-language 7
class Decider::Attributes : public AttributeProvider {
 public:
  Attributes(const Decider& decider, const Right& right) : decider_(decider), right_(right) {
    if (decider.question_.text.at) now_ = to_string(*decider.question_.text.at);
  }

  [[nodiscard]] AttributeLookup find(model::AttributeSource source, std::string_view name) const override {
    switch (source) {
      case model::AttributeSource::Request:
      case model::AttributeSource::Resource: {
        if (same_attribute(name, kRepositoryName)) {
          // The documents supply it as @Request; what @Resource means is the condition evaluator's contested reading.
          const bool carried = right_.kind == ActionKind::DataAction && carries_repository_name(right_.action);
          if (!carried || source == model::AttributeSource::Resource) return AttributeLookup::not_supplied();
          if (!decider_.repository_known_) return AttributeLookup::unknown();
          return AttributeLookup::text(decider_.question_.text.repository);
        }
        const bool of_assignment =
            starts_with_ignoring_case(name, kAssignmentAttributes) && writes_role_assignments(right_.action);
        return of_assignment ? AttributeLookup::unknown() : AttributeLookup::not_supplied();
      }
      case model::AttributeSource::Principal:
        return principal(name);
      case model::AttributeSource::Environment:
        return environment(name);
    }
    return AttributeLookup::unknown();
  }

 private:
  [[nodiscard]] AttributeLookup principal(std::string_view name) const {
    constexpr std::string_view kPrefix = "Microsoft.Directory/CustomSecurityAttributes/Id:";
    if (!decider_.asker_known_) return AttributeLookup::unknown();
    const auto& attributes = decider_.snapshot_[decider_.asker_.all.front()].security_attributes;
    if (!attributes) return AttributeLookup::unknown();
    if (starts_with_ignoring_case(name, kPrefix)) name.remove_prefix(kPrefix.size());
    for (const auto& [key, value] : *attributes) {
      if (same_attribute(key, name)) return AttributeLookup::values(value.values, value.is_list);
    }
    return AttributeLookup::not_supplied();
  }
  [[nodiscard]] AttributeLookup environment(std::string_view name) const {
    if (same_attribute(name, "UtcNow")) return now_.empty() ? AttributeLookup::unknown() : AttributeLookup::text(now_);
    if (same_attribute(name, "isPrivateLink")) {
      const auto& network = decider_.question_.text.network;
      if (!network || network->path.empty()) return AttributeLookup::unknown();
      return AttributeLookup::one({model::ValueType::Boolean, {}, 0, network->path == "private-endpoint"});
    }
    return AttributeLookup::unknown();
  }

  const Decider& decider_;
  const Right& right_;
  std::string now_;
};

Truth Decider::needs(const Needs& needs, PermissionMode mode, Node* parent) {
  if (needs.empty()) {
    leaf(parent, Reason::NoRightExists, Truth::False);
    return Truth::False;
  }
  if (needs.size() == 1) return all_of(needs.front(), mode, parent);
  Node* any = inner(parent, Combine::Any, Reason::AlternativeRights);
  Truth value = Truth::False;
  for (const AllOf& alternative : needs) {
    value = either(value, all_of(alternative, mode, any));
    if (value == Truth::True && any == nullptr) break;
  }
  return close(any, value);
}

Truth Decider::all_of(const AllOf& rights, PermissionMode mode, Node* parent) {
  if (rights.size() == 1) return right(rights.front(), mode, parent);
  // Contested: legacy-push-without-pull
  const bool push =
      mode == PermissionMode::Legacy && rights.size() == 2 && rights.back().action.ends_with("/push/write");
  if (push && reading(AssumptionId::LegacyPushWithoutPull) == "allowed") return right(rights.back(), mode, parent);
  Node* all = inner(parent, Combine::All, Reason::AlternativeRights);
  Truth value = Truth::True;
  Truth last = Truth::True;
  for (const Right& each : rights) {
    last = right(each, mode, all);
    value = both(value, last);
    if (value == Truth::False && all == nullptr && !push) break;
  }
  if (push && value == Truth::False && last != Truth::False) {
    if (all != nullptr) all->finding.assumptions.push_back(AssumptionId::LegacyPushWithoutPull);
    if (reading(AssumptionId::LegacyPushWithoutPull) == "unknown") return open_push(last, all);
  }
  return close(all, value);
}

/// Push rights without the pull right, and no reading chosen: the trace says so in place of the missing right.
Truth Decider::open_push(Truth push, Node* all) const {
  if (all != nullptr) {
    Node any;
    any.combine = Combine::Any;
    any.finding.reason = Reason::AlternativeRights;
    any.children.push_back(std::move(all->children.front()));
    Node* open = leaf(&any, Reason::UnsupportedInMode, Truth::Unknown);
    open->finding.assumptions.push_back(AssumptionId::LegacyPushWithoutPull);
    open->causes.push_back(contested(AssumptionId::LegacyPushWithoutPull));
    all->children.front() = std::move(any);
  }
  return close(all, both(push, Truth::Unknown));
}

/// One right is held if no deny assignment takes it and at least one grant gives it.
Truth Decider::right(const Right& right, PermissionMode mode, Node* parent) {
  Node* node = inner(parent, Combine::All, Reason::RightNeeded);
  if (node != nullptr) node->finding.right = right;
  Truth value = Truth::True;
  if (!ix_.registries[registry_index_].deny_assignments.empty() || ix_.denies_incomplete || node != nullptr ||
      !placed()) {
    Node* negation = inner(node, Combine::Not, Reason::DeniesConsidered);
    value = close(negation, !denies(right, negation));
    if (value == Truth::False && node == nullptr) return value;
  }
  value = both(value, grants(right, mode, node));
  return close(node, value);
}

bool Decider::data_plane(const Right& right) const {
  return right.kind == ActionKind::DataAction || is_legacy_data_action(right.action);
}

/// A registry known by name only, e.g. from a list of its repositories, may lie below any scope.
bool Decider::placed() const { return snapshot_[registry().scope].kind == model::ScopeKind::Resource; }

Truth Decider::unplaced(Node* parent) const {
  if (Node* n = leaf(parent, Reason::RegistryUnplaced, Truth::Unknown)) {
    n->causes.push_back(missing(datum::kRegistrySetting, "id", registry_command(registry())));
  }
  return Truth::Unknown;
}

// ---- deny assignments ---------------------------------------------------------------------------------------

Truth Decider::denies(const Right& right, Node* parent) {
  Node* any = inner(parent, Combine::Any, Reason::DeniesConsidered);
  Truth value = Truth::False;
  for (const std::size_t index : ix_.registries[registry_index_].deny_assignments) {
    value = either(value, deny(index, right, any));
    if (value == Truth::True && any == nullptr) return value;
  }
  const bool ignored = data_plane(right) && reading(AssumptionId::DenyOnDataPlane) == "ignored";
  if (!placed() && !snapshot_.deny_assignments.empty() && !ignored) value = either(value, unplaced(any));
  if (ix_.denies_incomplete && !ignored) {
    if (Node* n = leaf(any, Reason::DenyListIncomplete, Truth::Unknown)) {
      n->causes.push_back(
          missing(datum::kUnfinishedList, "deny assignments", "export every page of the deny assignments"));
    }
    value = either(value, Truth::Unknown);
  }
  if (!snapshot_.deny_assignments_given)
    leaf(any, Reason::DenyListMissing, Truth::False);
  else if (any != nullptr && any->children.empty())
    leaf(any, Reason::NoDenyAssignment, Truth::False);
  return close(any, value);
}

Truth Decider::deny(std::size_t deny_index, const Right& right, Node* parent) {
  const model::DenyAssignment& d = snapshot_.deny_assignments[deny_index];
  const auto finding = [&](Reason reason, Truth value) {
    Node* n = leaf(parent, reason, value);
    if (n != nullptr) n->finding.deny_assignment = deny_index;
    return n;
  };

  const auto& chain = ix_.registries[registry_index_].chain;
  const auto place = std::find_if(chain.begin(), chain.end(), [&](const ChainScope& c) { return c.scope == d.scope; });
  if (place == chain.end() || (d.do_not_apply_to_child_scopes && d.scope != registry().scope)) {
    finding(Reason::DenyOutOfScope, Truth::False);
    return Truth::False;
  }

  // Whom it names, and whom it leaves out.
  Truth named = Truth::False;
  Truth excluded = Truth::False;
  std::vector<Cause> causes;
  std::size_t via = 0;
  const auto holds = [&](const model::DenyPrincipal& p) {
    if (p.everyone) return Truth::True;
    std::size_t reached = 0;
    const Truth member = in_group(p.principal, reached);
    if (member == Truth::True) via = reached;
    if (member == Truth::Unknown && parent != nullptr) {
      const auto more = member_causes(p.principal);
      causes.insert(causes.end(), more.begin(), more.end());
    }
    return member;
  };
  for (const model::DenyPrincipal& p : d.exclude_principals) excluded = either(excluded, holds(p));
  if (excluded == Truth::True) {
    finding(Reason::DenyExcluded, Truth::False);
    return Truth::False;
  }
  for (const model::DenyPrincipal& p : d.principals) named = either(named, holds(p));
  if (named == Truth::False) {
    finding(Reason::DenyOtherPrincipal, Truth::False);
    return Truth::False;
  }

  // An indeterminate condition of a deny assignment holds.
  const std::string_view how = reading(AssumptionId::IndeterminateCondition);
  const Truth if_open = how == "applies" ? Truth::True : how == "ignored" ? Truth::False : Truth::Unknown;
  Reason reason = Reason::DenyOtherAction;
  std::string_view pattern;
  const model::Permission* covering = nullptr;  // the entry that applies most certainly
  Truth applies = Truth::False;
  for (const model::Permission& permission : d.permissions) {
    const EntryMatch match = match_entry(permission, right);
    if (!match.granted()) continue;
    Truth entry = Truth::True;
    bool open = false;
    for (const auto& [index, of_role] : {std::pair{permission.condition, true}, std::pair{d.condition, false}}) {
      if (index == kConditionNotShown) continue;
      const Conditioned c = condition(index, right, PermissionMode::Abac, nullptr, of_role, nullptr);
      const bool indeterminate = c.truth == Truth::Unknown || c.reason == Reason::ConditionMalformed;
      open |= indeterminate;
      entry = both(entry, indeterminate ? if_open : c.truth);
    }
    if (covering != nullptr && entry <= applies) continue;
    covering = &permission;
    applies = entry;
    pattern = match.pattern;
    reason = entry == Truth::False     ? Reason::DenyConditionFalse
             : entry == Truth::Unknown ? Reason::DenyPossible
             : open                    ? Reason::DenyConditionUnknown
                                       : Reason::DenyApplies;
    if (entry == Truth::True) break;
  }
  const auto show_conditions = [&](Node* n) {
    for (const auto& [index, of_role] : {std::pair{covering->condition, true}, std::pair{d.condition, false}}) {
      if (index != kNoCondition && index != kConditionNotShown)
        static_cast<void>(condition(index, right, PermissionMode::Abac, nullptr, of_role, n));
    }
  };
  if (applies == Truth::False) {
    Node* n = finding(reason, Truth::False);
    if (n != nullptr && covering != nullptr) {
      show_conditions(n);
      n->causes.clear();
      if (how == "ignored") n->finding.assumptions.push_back(AssumptionId::IndeterminateCondition);
    }
    return Truth::False;
  }
  if (d.effect == model::DenyEffect::Audit) {
    if (Node* n = finding(Reason::DenyAuditOnly, Truth::False))
      n->finding.assumptions.push_back(AssumptionId::AuditDeny);
    return Truth::False;
  }
  if (data_plane(right) && reading(AssumptionId::DenyOnDataPlane) == "ignored") {
    if (Node* n = finding(Reason::DenyOtherAction, Truth::False))
      n->finding.assumptions.push_back(AssumptionId::DenyOnDataPlane);
    return Truth::False;
  }

  Truth value = applies;
  if (applies == Truth::Unknown) causes.push_back(contested(AssumptionId::IndeterminateCondition));
  if (place->covers == Truth::Unknown) {
    value = Truth::Unknown;
    reason = Reason::DenyPossible;
    causes.push_back(missing(datum::kManagementGroups, snapshot_[d.scope].display,
                             "az account management-group show --name ROOT --expand --recurse"));
  }
  if (data_plane(right) && reading(AssumptionId::DenyOnDataPlane) == "unknown") {
    value = Truth::Unknown;
    reason = Reason::DenyPossible;
    causes.push_back(contested(AssumptionId::DenyOnDataPlane));
  }
  if (named == Truth::Unknown || excluded == Truth::Unknown) {
    value = Truth::Unknown;
    reason = Reason::DenyMembershipUnknown;
  }
  if (Node* n = finding(reason, value)) {
    n->finding.pattern = pattern;
    if (via != 0) n->finding.path = asker_.path(via);
    if (data_plane(right)) n->finding.assumptions.push_back(AssumptionId::DenyOnDataPlane);
    if (d.effect == model::DenyEffect::Unknown) n->finding.assumptions.push_back(AssumptionId::UnknownDenyEffect);
    if (reason == Reason::DenyConditionUnknown) n->finding.assumptions.push_back(AssumptionId::IndeterminateCondition);
    if (value == Truth::Unknown) n->causes = std::move(causes);
    show_conditions(n);
    if (value != Truth::Unknown) n->causes.clear();
  }
  return value;
}

// ---- role assignments ---------------------------------------------------------------------------------------

Truth Decider::grants(const Right& right, PermissionMode mode, Node* parent) {
  Node* any = inner(parent, Combine::Any, Reason::GrantsConsidered);
  const auto bit = ix_.bit_of(right);
  Truth value = Truth::False;

  for (const ChainScope& scope : ix_.registries[registry_index_].chain) {
    for (std::size_t place = 0; place < asker_.all.size(); ++place) {
      for (const Grant& g : ix_.grants_at(scope.scope, asker_.all[place])) {
        if (scope.covers == Truth::Unknown && reading(AssumptionId::UnplacedManagementGroup) != "covers") {
          if (custom_roles_only_ && snapshot_[g.role].type != model::RoleType::Custom) continue;
          if (grant(g, right, bit, mode, place, nullptr) == Truth::False) {
            if (any != nullptr && grants_right(g.role, right, bit)) grant(g, right, bit, mode, place, any);
            continue;
          }
          const bool open = reading(AssumptionId::UnplacedManagementGroup) == "unknown";
          if (Node* n = leaf(any, Reason::UnplacedManagementGroup, open ? Truth::Unknown : Truth::False)) {
            name_source(g, n->finding);
            n->finding.path = asker_.path(place);
            n->finding.assumptions.push_back(AssumptionId::UnplacedManagementGroup);
            if (open) {
              n->causes.push_back(missing(datum::kManagementGroups, snapshot_[g.scope].display,
                                          "az account management-group show --name ROOT --expand --recurse"));
            }
          }
          if (open) value = either(value, Truth::Unknown);
          continue;
        }
        if (custom_roles_only_ && snapshot_[g.role].type != model::RoleType::Custom) continue;
        value = either(value, grant(g, right, bit, mode, place, any));
        if (value == Truth::True && any == nullptr) return value;
      }
    }
  }
  for (const model::ScopeIndex below : ix_.registries[registry_index_].below) {
    for (std::size_t place = 0; place < asker_.all.size(); ++place) {
      for (const Grant& g : ix_.grants_at(below, asker_.all[place])) {
        if (!grants_right(g.role, right, bit)) continue;
        if (custom_roles_only_ && snapshot_[g.role].type != model::RoleType::Custom) continue;
        Truth counts = Truth::False;
        const std::string_view how = reading(AssumptionId::RepositoryScope);
        if (how != "not-honoured" && names_repository(below)) {
          const Truth would = grant(g, right, bit, mode, place, nullptr);
          counts = how == "honoured" ? would : both(would, Truth::Unknown);
        }
        if (Node* n = leaf(any, Reason::MisplacedScope, counts)) {
          name_source(g, n->finding);
          n->finding.path = asker_.path(place);
          n->finding.assumptions.push_back(AssumptionId::RepositoryScope);
          if (counts == Truth::Unknown) n->causes.push_back(contested(AssumptionId::RepositoryScope));
        }
        value = either(value, counts);
        if (value == Truth::True && any == nullptr) return value;
      }
    }
  }
  if (value == Truth::True && any == nullptr) return value;

  if (!placed()) value = either(value, unplaced(any));
  value = either(value, open_groups(right, bit, mode, any));
  if (ix_.assignments_incomplete) {
    if (Node* n = leaf(any, Reason::ListIncomplete, Truth::Unknown)) {
      n->causes.push_back(
          missing(datum::kUnfinishedList, "role assignments", "export every page: az role assignment list --all"));
    }
    value = either(value, Truth::Unknown);
  }
  if (any != nullptr) {
    eligible(right, bit, any);
    others(right, bit, mode, any);
    wrong_ids(right, bit, any);
    out_of_scope(right, bit, any);
    if (any->children.empty()) leaf(any, Reason::NoAssignment, Truth::False);
  }
  return close(any, value);
}

bool Decider::grants_right(model::RoleIndex role, const Right& right, std::optional<std::size_t> bit) const {
  if (bit) return ix_.roles[at(role)].granted.test(*bit);
  const auto& permissions = snapshot_[role].permissions;
  return std::any_of(permissions.begin(), permissions.end(),
                     [&](const model::Permission& p) { return match_entry(p, right).granted(); });
}

/// True if the role holds what the other permission mode asks for in place of `right`.
bool Decider::serves_other_mode(model::RoleIndex role, const Right& right, PermissionMode mode) const {
  if (served_ == nullptr || served_->plane != Plane::Data) return false;
  const bool abac = mode == PermissionMode::Abac;
  const Needs& here = abac ? served_->abac : served_->legacy;
  const Needs& there = abac ? served_->legacy : served_->abac;
  const auto holds = [&](const Right& r) { return grants_right(role, r, ix_.bit_of(r)); };
  for (const AllOf& alternative : there) {
    // Where both modes ask for as many rights, they stand in the same order.
    const auto twin = [&]() -> std::optional<std::size_t> {
      for (const AllOf& own : here) {
        const auto found = std::find(own.begin(), own.end(), right);
        if (found != own.end() && own.size() == alternative.size())
          return static_cast<std::size_t>(found - own.begin());
      }
      return std::nullopt;
    }();
    if (twin ? holds(alternative[*twin]) : std::any_of(alternative.begin(), alternative.end(), holds)) return true;
  }
  return false;
}

void Decider::name_source(const Grant& grant, Finding& finding) const {
  (grant.from_instance ? finding.schedule_instance : finding.assignment) = grant.source;
}

bool Decider::in_force(const Grant& grant) const {
  const auto instance_in_force = [&](const model::ScheduleInstance& instance) {
    const bool live = instance.status.empty() || equal_ignoring_case(instance.status, "Provisioned") ||
                      equal_ignoring_case(instance.status, "Accepted");
    if (!live) return false;
    if (!question_.text.at) return true;
    return (!instance.start || *instance.start <= *question_.text.at) &&
           (!instance.end || *question_.text.at < *instance.end);
  };
  if (grant.from_instance) return instance_in_force(snapshot_.schedule_instances[grant.source]);
  const auto [begin, end] = ix_.schedules.equal_range(grant.source);
  return begin == end || std::any_of(begin, end, [&](const auto& e) {
           return instance_in_force(snapshot_.schedule_instances[e.second]);
         });
}

/// One grant whose holder is the asker or a group of the asker, at a scope that covers the registry.
Truth Decider::grant(const Grant& grant, const Right& right, std::optional<std::size_t> bit, PermissionMode mode,
                     std::size_t place, Node* parent) {
  const model::RoleDefinition& role = snapshot_[grant.role];
  const auto finding = [&](Reason reason, Truth value) {
    Node* n = leaf(parent, reason, value);
    if (n != nullptr) {
      name_source(grant, n->finding);
      n->finding.path = asker_.path(place);
    }
    return n;
  };
  if (parent == nullptr && bit && role.defined && !ix_.roles[at(grant.role)].granted.test(*bit)) return Truth::False;

  if (grant.scheduled && !in_force(grant)) {
    finding(Reason::NotInForce, Truth::False);
    return Truth::False;
  }
  if (!role.defined) {
    const bool open = reading(AssumptionId::UnknownRole) == "unknown";
    if (Node* n = finding(Reason::UnknownRole, open ? Truth::Unknown : Truth::False)) {
      n->finding.detail = role.guid;
      n->finding.assumptions.push_back(AssumptionId::UnknownRole);
      if (open)
        n->causes.push_back(missing(datum::kRoleDefinition, role.guid, "az role definition list --name " + role.guid));
    }
    return open ? Truth::Unknown : Truth::False;
  }

  // Each entry of the role by itself; the best one counts.
  Truth best = Truth::False;
  Reason best_reason = Reason::NotInRole;
  std::size_t best_entry = 0;
  for (std::size_t e = 0; e < role.permissions.size(); ++e) {
    const model::Permission& permission = role.permissions[e];
    const EntryMatch match = bit ? ix_.roles[at(grant.role)].entries[e].match(*bit) : match_entry(permission, right);
    // Whether wildcards of a custom role expand for registry data depends on the tenant. Contested: arm-private-link
    Truth contained = truth_of(match.granted());
    bool open_wildcard = false;
    if (role.type == model::RoleType::Custom && data_plane(right) && match.granted() != match.granted_literally()) {
      const std::string_view expands = reading(AssumptionId::ArmPrivateLink);
      if (expands == "no") contained = truth_of(match.granted_literally());
      if (expands == "unknown") contained = Truth::Unknown;
      open_wildcard = expands != "yes";
    }
    if (contained == Truth::False) {
      if (best == Truth::False && open_wildcard) {
        best_reason = Reason::WildcardInCustomRole;
        best_entry = e;
      } else if (match.excluded && best_reason == Reason::NotInRole) {
        best_reason = Reason::ExcludedByNotActions;
        best_entry = e;
      }
      continue;
    }
    const Conditioned of_role = condition(permission.condition, right, mode, &role, true, nullptr);
    const Conditioned of_assignment = condition(grant.condition, right, mode, &role, false, nullptr);
    Truth value = both(of_role.truth, of_assignment.truth);
    Reason reason = of_role.truth == value && of_role.truth != Truth::True ? of_role.reason : of_assignment.reason;
    if (value == Truth::True) reason = place == 0 ? Reason::Grants : Reason::GrantedThroughGroup;
    if (value != Truth::False && contained == Truth::Unknown) {
      value = Truth::Unknown;
      reason = Reason::WildcardInCustomRole;
    }
    if (value > best || best_reason == Reason::NotInRole || best_reason == Reason::ExcludedByNotActions) {
      best = value;
      best_reason = reason;
      best_entry = e;
    }
    if (best == Truth::True) break;
  }
  if (parent == nullptr) return best;

  if (best_reason == Reason::NotInRole && serves_other_mode(grant.role, right, mode))
    best_reason = Reason::IgnoredByMode;
  Node* n = finding(best_reason, best);
  n->finding.permission = best_entry;
  if (best_reason == Reason::NotInRole || best_reason == Reason::IgnoredByMode || role.permissions.empty()) return best;
  const model::Permission& permission = role.permissions[best_entry];
  const EntryMatch match = match_entry(permission, right);
  n->finding.pattern = match.excluded ? match.excluded_by : match.pattern;
  const bool of_registry = starts_with_ignoring_case(right.action, "Microsoft.ContainerRegistry/");
  if (match.granted() != match.granted_literally() && role.type == model::RoleType::Custom && of_registry) {
    n->finding.assumptions.push_back(AssumptionId::ArmPrivateLink);
    if (best_reason == Reason::WildcardInCustomRole && best == Truth::Unknown)
      n->causes.push_back(contested(AssumptionId::ArmPrivateLink, role.name));
  }
  if (match.granted() || match.granted_literally()) {
    static_cast<void>(condition(permission.condition, right, mode, &role, true, n));
    static_cast<void>(condition(grant.condition, right, mode, &role, false, n));
    if (best != Truth::Unknown) n->causes.clear();
  }
  return best;
}

/// Grants of groups that the asker may be in without the data showing it.
Truth Decider::open_groups(const Right& right, std::optional<std::size_t> bit, PermissionMode mode, Node* parent) {
  if (groups_complete()) return Truth::False;
  Truth value = Truth::False;
  const auto look_at = [&](model::ScopeIndex scope) {
    for (const std::uint32_t g : ix_.open_grants_at(scope)) {
      const Grant& candidate = ix_.grants[g];
      if (snapshot_[candidate.role].defined && !grants_right(candidate.role, right, bit)) continue;
      if (custom_roles_only_ && snapshot_[candidate.role].type != model::RoleType::Custom) continue;
      if (std::find(asker_.all.begin(), asker_.all.end(), candidate.principal) != asker_.all.end()) continue;
      // As if the asker were a member: what the grant would give.
      const Truth would = grant(candidate, right, bit, mode, 0, nullptr);
      if (would == Truth::False) continue;
      value = Truth::Unknown;
      if (Node* n = leaf(parent, Reason::MembershipUnknown, Truth::Unknown)) {
        name_source(candidate, n->finding);
        n->finding.path = {candidate.principal};
        n->causes = member_causes(candidate.principal);
      }
      if (parent == nullptr) return;
    }
  };
  const RegistryContext& context = ix_.registries[registry_index_];
  for (const ChainScope& scope : context.chain) {
    if (scope.covers != Truth::True && reading(AssumptionId::UnplacedManagementGroup) == "not-counted") continue;
    look_at(scope.scope);
    if (value == Truth::Unknown && parent == nullptr) return value;
  }
  for (const model::ScopeIndex below : context.below) {
    if (reading(AssumptionId::RepositoryScope) != "not-honoured" && names_repository(below)) look_at(below);
  }
  return value;
}

/// Is the scope `<registry>/repositories/NAME` of the repository in the question? Contested: repository-scope
bool Decider::names_repository(model::ScopeIndex scope) const {
  return snapshot_[scope].key == snapshot_[registry().scope].key + "/repositories/" + question_.text.repository;
}

/// What other people hold on the registry: those who could be joined by name, the rest by number.
void Decider::others(const Right& right, std::optional<std::size_t> bit, PermissionMode mode, Node* parent) {
  std::size_t listed = 0;
  std::size_t rest = 0;
  for (const ChainScope& scope : ix_.registries[registry_index_].chain) {
    for (const Grant& g : ix_.grants_at(scope.scope)) {
      if (std::find(asker_.all.begin(), asker_.all.end(), g.principal) != asker_.all.end()) continue;
      if (!groups_complete() && ix_.groups.open(g.principal) && scope.covers == Truth::True &&
          grants_right(g.role, right, bit) && grant(g, right, bit, mode, 0, nullptr) != Truth::False) {
        continue;  // already said: membership unknown
      }
      if (listed < kListedOthers && grants_right(g.role, right, bit)) {
        ++listed;
        Node* n = leaf(parent, Reason::OtherPrincipal, Truth::False);
        name_source(g, n->finding);
        n->finding.count = 1;
      } else {
        ++rest;
      }
    }
  }
  if (rest > 0) leaf(parent, Reason::OtherPrincipal, Truth::False)->finding.count = rest;
}

/// What the asker holds where the registry is not.
void Decider::out_of_scope(const Right& right, std::optional<std::size_t> bit, Node* parent) {
  const RegistryContext& context = ix_.registries[registry_index_];
  std::size_t listed = 0;
  std::size_t rest = 0;
  for (std::size_t place = 0; place < asker_.all.size(); ++place) {
    for (const std::uint32_t g : ix_.grants_of(asker_.all[place])) {
      const Grant& candidate = ix_.grants[g];
      const auto covers = [&](const ChainScope& c) { return c.scope == candidate.scope; };
      if (std::any_of(context.chain.begin(), context.chain.end(), covers)) continue;
      if (std::find(context.below.begin(), context.below.end(), candidate.scope) != context.below.end()) continue;
      if (listed < kListedElsewhere && grants_right(candidate.role, right, bit)) {
        ++listed;
        Node* n = leaf(parent, Reason::OutOfScope, Truth::False);
        name_source(candidate, n->finding);
        n->finding.path = asker_.path(place);
        n->finding.count = 1;
      } else {
        ++rest;
      }
    }
  }
  if (rest > 0) leaf(parent, Reason::OutOfScope, Truth::False)->finding.count = rest;
}

/// Assignments on the registry that name the asker by an id that never counts.
void Decider::wrong_ids(const Right& right, std::optional<std::size_t> bit, Node* parent) {
  if (!asker_known_) return;
  const model::Principal& self = snapshot_[asker_.all.front()];
  for (const std::string* id : {&self.app_id, &self.application_object_id}) {
    if (id->empty() || *id == self.id) continue;
    const auto [begin, end] = ix_.principal_names.equal_range(*id);
    for (auto it = begin; it != end; ++it) {
      if (it->second.kind != Engine::Index::NameKind::ObjectId) continue;
      for (const ChainScope& scope : ix_.registries[registry_index_].chain) {
        for (const Grant& g : ix_.grants_at(scope.scope, it->second.principal)) {
          if (!grants_right(g.role, right, bit)) continue;
          Node* n = leaf(parent, Reason::WrongKindOfId, Truth::False);
          name_source(g, n->finding);
          n->finding.detail = *id;
        }
      }
    }
  }
}

/// What the asker could activate through PIM. It grants nothing.
void Decider::eligible(const Right& right, std::optional<std::size_t> bit, Node* parent) {
  for (std::size_t place = 0; place < asker_.all.size(); ++place) {
    const auto [begin, end] = ix_.eligible.equal_range(static_cast<std::uint32_t>(asker_.all[place]));
    for (auto it = begin; it != end; ++it) {
      const model::ScheduleInstance& instance = snapshot_.schedule_instances[it->second];
      const auto& chain = ix_.registries[registry_index_].chain;
      const bool covers = std::any_of(chain.begin(), chain.end(), [&](const ChainScope& c) {
        return c.scope == instance.scope && c.covers == Truth::True;
      });
      if (!covers || !grants_right(instance.role, right, bit)) continue;
      Node* n = leaf(parent, Reason::EligibleOnly, Truth::False);
      n->finding.schedule_instance = it->second;
      n->finding.path = asker_.path(place);
    }
  }
}

bool Decider::groups_complete() const { return asker_known_ && snapshot_[asker_.all.front()].groups_complete; }

/// Is the asker `group`, or in it? `place` is where in the asker's set.
Truth Decider::in_group(PrincipalIndex group, std::size_t& place) const {
  const auto found = std::find(asker_.all.begin(), asker_.all.end(), group);
  if (found != asker_.all.end()) {
    place = static_cast<std::size_t>(found - asker_.all.begin());
    return Truth::True;
  }
  return ix_.groups.open(group) && !groups_complete() ? Truth::Unknown : Truth::False;
}

std::vector<Cause> Decider::member_causes(PrincipalIndex group) const {
  std::vector<Cause> causes;
  for (const PrincipalIndex g : ix_.groups.unknown_below(group)) {
    const model::Principal& p = snapshot_[g];
    causes.push_back(missing(datum::kGroupMembers, p.display_name.empty() ? p.id : p.display_name,
                             "az ad group member list --group " + p.id));
  }
  return causes;
}

/// Does anything but the language itself decide what the condition of this assignment means here?
/// Contested: condition-on-legacy-registry, condition-on-other-role
std::optional<AssumptionId> Decider::contested_condition(model::ConditionIndex index, const Right& right,
                                                         PermissionMode mode, const model::RoleDefinition& role) const {
  if (mode == PermissionMode::Legacy) {
    if (data_plane(right) && ix_.speaks_of_registry[at(index)]) return AssumptionId::ConditionOnLegacyRegistry;
  } else if (right.kind == ActionKind::DataAction && !takes_conditions(role)) {
    return AssumptionId::ConditionOnOtherRole;
  }
  return std::nullopt;
}

/// The value of a condition that parses, by the language alone.
Decider::Conditioned Decider::evaluated(model::ConditionIndex index, const Right& right, bool of_deny) const {
  if (repository_known_) {
    if (const NameCondition* by_name = ix_.by_name(index, right)) {
      const bool holds = by_name->holds(question_.text.repository);
      return {truth_of(holds), holds ? Reason::Grants : Reason::ConditionFalse};
    }
  }
  const model::Condition& parsed = *snapshot_[index].parsed;
  const Attributes attributes(*this, right);
  const ConditionEnvironment environment = environment_of(snapshot_[index], right, attributes);
  const Truth truth = evaluate_truth(parsed, environment);
  if (truth != Truth::Unknown) return {truth, truth == Truth::True ? Reason::Grants : Reason::ConditionFalse};
  // An operation that never carries the attribute is documented as not granted; only below NOT is that contested.
  // A deny assignment holds all the same.
  if (!of_deny && evaluate_missing_as_false(parsed, environment) == Truth::False) {
    return {Truth::False, Reason::ConditionAttributeNotSupplied};
  }
  return {Truth::Unknown, Reason::ConditionUnknown};
}

ConditionEnvironment Decider::environment_of(const model::ConditionEntry& entry, const Right& right,
                                             const AttributeProvider& attributes) const {
  const bool as_current = question_.readings.is(AssumptionId::ConditionVersion, "as-2.0");
  return {.action = right.action,
          .sub_operation = {},
          .attributes = &attributes,
          .condition_version = as_current ? std::string_view("2.0") : std::string_view(entry.version),
          .readings = condition_readings(question_.readings)};
}

/// The value of one condition for one right; `role` is null for a deny assignment. With a node, the outcome is added to
/// its finding and the causes of an unknown value to the node.
Decider::Conditioned Decider::condition(model::ConditionIndex index, const Right& right, PermissionMode mode,
                                        const model::RoleDefinition* role, bool of_role, Node* node) const {
  if (index == kNoCondition) return {};
  if (index == kConditionNotShown) {
    // Conditions restrict data actions and the writing of role assignments only, so an export that cannot show them
    // leaves nothing open for other actions. Source: azure-rbac-semantics 7; input-formats 1.2
    if (right.kind != ActionKind::DataAction && !writes_role_assignments(right.action)) return {};
    // Nor does it matter where a condition is read as not counting.
    const bool counts = role == nullptr || of_role || mode == PermissionMode::Legacy ||
                        right.kind != ActionKind::DataAction || takes_conditions(*role) ||
                        reading(AssumptionId::ConditionOnOtherRole) != "ignored";
    if (!counts) return {};
    if (node != nullptr) {
      node->causes.push_back(
          missing(datum::kConditionNotShown, "", "az role assignment list --all (with its condition column)"));
    }
    return {Truth::Unknown, Reason::ConditionNotShown};
  }
  const model::ConditionEntry& entry = snapshot_[index];
  if (!entry.parsed) {
    if (node != nullptr) {
      node->finding.conditions.push_back({.condition = index,
                                          .of_role = of_role,
                                          .value = {.truth = Truth::False, .decided_by = {}, .causes = {}},
                                          .steps = {}});
    }
    return {Truth::False, Reason::ConditionMalformed};
  }

  Conditioned result = evaluated(index, right, role == nullptr);

  std::optional<AssumptionId> rests_on;
  if (role != nullptr && !of_role) rests_on = contested_condition(index, right, mode, *role);
  bool open = false;
  if (rests_on) {
    const bool legacy = *rests_on == AssumptionId::ConditionOnLegacyRegistry;
    const std::string_view how = reading(*rests_on);
    open = how == "unknown" && (legacy || result.truth != Truth::True);
    if (how == "ignored") result = {Truth::True, Reason::Grants};
    if (how == "fails-closed") result.truth = Truth::False;
    if (open) result = {Truth::Unknown, Reason::ConditionUnknown};
    if (legacy && result.truth != Truth::True) result.reason = Reason::ConditionOnLegacyRegistry;
  }
  if (node == nullptr) return result;

  const Attributes attributes(*this, right);
  const ConditionEnvironment environment = environment_of(entry, right, attributes);
  node->finding.conditions.push_back({.condition = index,
                                      .of_role = of_role,
                                      .value = evaluate(*entry.parsed, environment),
                                      .steps = trace(*entry.parsed, environment)});
  if (rests_on) node->finding.assumptions.push_back(*rests_on);
  if (open) {
    node->causes.push_back(contested(*rests_on, *rests_on == AssumptionId::ConditionOnOtherRole ? role->name : ""));
  } else if (result.truth == Truth::Unknown) {
    for (const ConditionCause& cause : node->finding.conditions.back().value.causes) {
      node->causes.push_back(cause_of(cause, entry));
    }
  }
  return result;
}

}  // namespace acrbiter::evaluator
