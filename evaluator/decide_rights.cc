// Role assignments, deny assignments and their conditions for one right.
// Source: azure-rbac-semantics 1; acr-authorization A.3, C
#include <algorithm>
#include <array>
#include <bitset>

#include "evaluator/decider.h"
#include "evaluator/named_unknown.h"
#include "model/ascii.h"
#include "model/shell_word.h"

namespace acrbiter::evaluator {

using model::equal_ignoring_case;
using model::starts_with_ignoring_case;

using model::at;
using model::kConditionNotShown;
using model::kNoCondition;
using model::PrincipalIndex;

namespace {

constexpr std::size_t kListedOthers = 40;  ///< other people's grants that are shown one by one
constexpr std::size_t kListedElsewhere = 20;

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
    if (all != nullptr) rest_on(all->finding, AssumptionId::LegacyPushWithoutPull);
    if (reading(AssumptionId::LegacyPushWithoutPull) == "unknown") return open_push(last, all);
  }
  return close(all, value);
}

/// Push rights without the pull right, and no reading chosen: the trace says so in place of the missing right.
Truth Decider::open_push(Truth push, Node* all) const {
  if (all != nullptr) {
    Node& any = trace_->memory.make<Node>();
    any.combine = Combine::Any;
    any.finding.reason = Reason::AlternativeRights;
    any.children.push_back(all->children.replace_front(any));
    Node* open = leaf(&any, Reason::UnsupportedInMode, Truth::Unknown);
    rest_on(open->finding, AssumptionId::LegacyPushWithoutPull);
    doubt(*open, contested(AssumptionId::LegacyPushWithoutPull));
  }
  return close(all, both(push, Truth::Unknown));
}

/// One right is held if no deny assignment takes it and at least one grant gives it.
Truth Decider::right(const Right& right, PermissionMode mode, Node* parent) {
  Node* node = inner(parent, Combine::All, Reason::RightNeeded);
  if (node != nullptr) node->finding.right = &trace_->memory.make<Right>(right);
  request_ = nullptr;
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

/// The list of role assignments that can cover the registry is not in the data. Contested: missing-role-assignments
Truth Decider::assignments_missing(Node* parent) const {
  const bool open = reading(AssumptionId::MissingRoleAssignments) == "unknown";
  const Truth value = open ? Truth::Unknown : Truth::False;
  if (Node* n = leaf(parent, Reason::AssignmentsMissing, value)) {
    rest_on(n->finding, AssumptionId::MissingRoleAssignments);
    if (open) doubt(*n, missing_assignments_of(model::subscription_of(snapshot_[registry().scope].key)));
  }
  return value;
}

/// A registry known by name only, e.g. from a list of its repositories, may lie below any scope.
bool Decider::placed() const { return ix_.registries[registry_index_].placed; }

Truth Decider::unplaced(Node* parent) const {
  if (Node* n = leaf(parent, Reason::RegistryUnplaced, Truth::Unknown)) {
    doubt(*n, missing(datum::kRegistrySetting, "id", registry_command(registry())));
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
      doubt(*n, missing(datum::kUnfinishedList, "deny assignments", "export every page of the deny assignments"));
    }
    value = either(value, Truth::Unknown);
  }
  if (!ix_.registries[registry_index_].denies_shown) {
    Node* n = leaf(any, Reason::DenyListMissing, Truth::False);
    if (n != nullptr && snapshot_.deny_assignments_given) n->finding.detail = registry().name;
  } else if (any != nullptr && any->children.empty()) {
    leaf(any, Reason::NoDenyAssignment, Truth::False);
  }
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
  // One for its own scope alone reaches no registry below that scope, and no resource below the registry.
  const bool below = d.scope != registry().scope || acts_below_registry(right.action);
  // At `<registry>/repositories/NAME` it counts if such a scope does. Contested: repository-scope
  const bool of_repository = place == chain.end() && names_repository(d.scope);
  const std::string_view repository_scope = of_repository ? reading(AssumptionId::RepositoryScope) : "";
  const bool in_scope = of_repository ? repository_scope != "not-honoured"
                                      : place != chain.end() && !(d.do_not_apply_to_child_scopes && below);
  if (!in_scope) {
    Node* n = finding(Reason::DenyOutOfScope, Truth::False);
    if (n != nullptr && of_repository) rest_on(n->finding, AssumptionId::RepositoryScope);
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

  const Wanted wanted{.right = right, .bit = ix_.bit_of(right), .mode = PermissionMode::Abac};
  // An indeterminate condition of a deny assignment holds.
  const std::string_view how = reading(AssumptionId::IndeterminateCondition);
  const Truth if_open = how == "applies" ? Truth::True : how == "ignored" ? Truth::False : Truth::Unknown;
  Reason reason = Reason::DenyOtherAction;
  std::string_view pattern;
  const model::Permission* covering = nullptr;  // the entry that applies most certainly
  Truth applies = Truth::False;
  for (const model::Permission& permission : d.permissions) {
    const PatternMatch match = match_entry(permission, right);
    if (!match.granted()) continue;
    Truth entry = Truth::True;
    bool open = false;
    for (const auto& [index, of_role] : {std::pair{permission.condition, true}, std::pair{d.condition, false}}) {
      if (index == kConditionNotShown) continue;
      const Conditioned c = condition(index, wanted, std::nullopt, of_role);
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
        show(condition(index, wanted, std::nullopt, of_role), index, wanted, std::nullopt, of_role, *n);
    }
  };
  if (applies == Truth::False) {
    Node* n = finding(reason, Truth::False);
    if (n != nullptr && covering != nullptr) {
      show_conditions(n);
      n->causes = {};
      if (how == "ignored") rest_on(n->finding, AssumptionId::IndeterminateCondition);
    }
    return Truth::False;
  }
  if (d.effect == model::DenyEffect::Audit) {
    if (Node* n = finding(Reason::DenyAuditOnly, Truth::False)) rest_on(n->finding, AssumptionId::AuditDeny);
    return Truth::False;
  }
  if (data_plane(right) && reading(AssumptionId::DenyOnDataPlane) == "ignored") {
    if (Node* n = finding(Reason::DenyOtherAction, Truth::False)) rest_on(n->finding, AssumptionId::DenyOnDataPlane);
    return Truth::False;
  }

  Truth value = applies;
  if (applies == Truth::Unknown) causes.push_back(contested(AssumptionId::IndeterminateCondition));
  if (place != chain.end() && place->covers == Truth::Unknown) {
    value = Truth::Unknown;
    reason = Reason::DenyPossible;
    causes.push_back(uncovered(*place));
  }
  if (repository_scope == "unknown") {
    value = Truth::Unknown;
    reason = Reason::DenyPossible;
    causes.push_back(contested(AssumptionId::RepositoryScope));
  }
  if (d.contested) {
    value = Truth::Unknown;
    reason = Reason::DenyPossible;
    causes.push_back(known_after_deployment("{whether the row of deny assignment " + d.name + " is this one}"));
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
    if (via != 0) n->finding.path = path_to(via);
    if (data_plane(right)) rest_on(n->finding, AssumptionId::DenyOnDataPlane);
    if (of_repository) rest_on(n->finding, AssumptionId::RepositoryScope);
    if (d.effect == model::DenyEffect::Unknown) rest_on(n->finding, AssumptionId::UnknownDenyEffect);
    if (reason == Reason::DenyConditionUnknown) rest_on(n->finding, AssumptionId::IndeterminateCondition);
    if (value == Truth::Unknown) n->causes = trace_->memory.keep(std::move(causes));
    show_conditions(n);
    if (value != Truth::Unknown) n->causes = {};
  }
  return value;
}

// ---- role assignments ---------------------------------------------------------------------------------------

/// Gathers grants of the asker's set of which the same is said, for findings of up to kMost.
class Decider::Rows {
 public:
  Rows(Decider& decider, Reason reason, Node* parent) : decider_(decider), reason_(reason), parent_(parent) {}

  void add(const Grant& grant) {
    if (size_ == kMost) say();
    rows_[size_++] = static_cast<std::uint32_t>(&grant - decider_.ix_.grants.data());
  }

  /// Adds the finding, if there is anything to say.
  void say() {
    if (size_ == 0) return;
    decider_.list(reason_, {rows_.data(), size_}, decider_.path_to(0), parent_);
    size_ = 0;
  }

 private:
  static constexpr std::size_t kMost = 64;

  Decider& decider_;
  Reason reason_;
  Node* parent_;
  std::size_t size_ = 0;
  std::array<std::uint32_t, kMost> rows_;
};

Truth Decider::grants(const Right& right, PermissionMode mode, Node* parent) {
  Node* any = inner(parent, Combine::Any, Reason::GrantsConsidered);
  const Wanted wanted{.right = right, .bit = ix_.bit_of(right), .mode = mode};
  if (any != nullptr) other_mode_ = twins_of(right, mode);
  Tally tally;
  Truth value = on_chain(wanted, tally, any);
  if (value == Truth::True && any == nullptr) return value;
  value = either(value, below(wanted, tally, any));
  if (value == Truth::True && any == nullptr) return value;

  if (suppose_ != nullptr && suppose_->grant) value = either(value, supposed_grant(wanted));
  if (!placed()) value = either(value, unplaced(any));
  // No list that was exported names somebody who is yet to be created.
  const bool created = asker_known_ && snapshot_[asker_.all.front()].created;
  if (!ix_.registries[registry_index_].assignments_shown && !created) value = either(value, assignments_missing(any));
  value = either(value, open_groups(wanted, tally, any));
  if (ix_.assignments_incomplete && !created) {
    if (Node* n = leaf(any, Reason::ListIncomplete, Truth::Unknown)) {
      doubt(*n,
            missing(datum::kUnfinishedList, "role assignments", "export every page: az role assignment list --all"));
    }
    value = either(value, Truth::Unknown);
  }
  if (any != nullptr) {
    eligible(wanted, any);
    others(wanted, tally, any);
    wrong_ids(wanted, any);
    out_of_scope(wanted, tally, any);
    if (any->children.empty()) leaf(any, Reason::NoAssignment, Truth::False);
  }
  return close(any, value);
}

/// What the asker holds at the registry and above it.
Truth Decider::on_chain(const Wanted& wanted, Tally& tally, Node* any) {
  Truth value = Truth::False;
  const std::span<const PrincipalIndex> set = asker_.all;
  const std::span<const CompiledRole> roles = ix_.roles;
  Rows ignored(*this, Reason::IgnoredByMode, any);
  Rows lacking(*this, Reason::NotInRole, any);
  for (const ChainScope& scope : ix_.registries[registry_index_].chain) {
    const bool covers = scope.covers_by(reading(AssumptionId::UnplacedManagementGroup)) == Truth::True;
    for (std::size_t place = 0; place < set.size(); ++place) {
      if (!ix_.may_have_grants_at(scope.scope, set[place])) continue;
      const auto held = ix_.grants_at(scope.scope, set[place]);
      tally.own += held.size();
      for (const Grant& g : held) {
        const CompiledRole& role = roles[at(g.role)];
        if (custom_roles_only_ && !role.custom) continue;
        if (any == nullptr) {
          if (wanted.bit && !role.may_grant(*wanted.bit)) continue;
        } else if (covers && wanted.bit && role.defined && !g.scheduled && !role.mentioned[*wanted.bit]) {
          ((role.granted & other_mode_).any() ? ignored : lacking).add(g);
          continue;
        }
        value =
            either(value, covers ? grant(g, wanted, place, any) : grant_at_open_scope(g, scope, wanted, place, any));
        if (value == Truth::True && any == nullptr) return value;
      }
    }
  }
  ignored.say();
  lacking.say();
  return value;
}

/// What the asker holds at `<registry>/repositories/NAME`. Contested: repository-scope
Truth Decider::below(const Wanted& wanted, Tally& tally, Node* any) {
  Truth value = Truth::False;
  for (const model::ScopeIndex scope : ix_.registries[registry_index_].below) {
    for (std::size_t place = 0; place < asker_.all.size(); ++place) {
      const auto held = ix_.grants_at(scope, asker_.all[place]);
      tally.own_below += held.size();
      for (const Grant& g : held) {
        if (ix_.roles[at(g.role)].defined && !grants_right(g.role, wanted)) continue;
        if (custom_roles_only_ && snapshot_[g.role].type != model::RoleType::Custom) continue;
        Truth counts = Truth::False;
        Truth would = Truth::False;
        const std::string_view how = reading(AssumptionId::RepositoryScope);
        if (how != "not-honoured" && names_repository(scope)) {
          would = grant(g, wanted, place, nullptr);
          counts = how == "honoured" ? would : both(would, Truth::Unknown);
        }
        // What else keeps it open is said as of any other grant.
        const bool open_by_itself = counts == Truth::Unknown && how != "unknown";
        if (Node* n = leaf(any, Reason::MisplacedScope, open_by_itself ? Truth::False : counts)) {
          name_source(g, n->finding);
          n->finding.path = path_to(place);
          rest_on(n->finding, AssumptionId::RepositoryScope);
          if (counts == Truth::Unknown && how == "unknown") doubt(*n, contested(AssumptionId::RepositoryScope));
          if (counts == Truth::Unknown && would == Truth::Unknown) grant(g, wanted, place, any);
        }
        value = either(value, counts);
        if (value == Truth::True && any == nullptr) return value;
      }
    }
  }
  return value;
}

/// A grant at a scope of which the data does not show whether it covers the registry.
Truth Decider::grant_at_open_scope(const Grant& g, const ChainScope& scope, const Wanted& wanted, std::size_t place,
                                   Node* parent) {
  if (grant(g, wanted, place, nullptr) == Truth::False) {
    if (parent != nullptr && grants_right(g.role, wanted)) grant(g, wanted, place, parent);
    return Truth::False;
  }
  // Contested: unplaced-management-group
  const Truth value = scope.covers_by(reading(AssumptionId::UnplacedManagementGroup));
  const bool open = value == Truth::Unknown;
  const Reason why = open && scope.tenant_open     ? Reason::TenantUnknown
                     : open && scope.named_unknown ? Reason::KnownAfterDeployment
                                                   : Reason::UnplacedManagementGroup;
  if (Node* n = leaf(parent, why, value)) {
    name_source(g, n->finding);
    n->finding.path = path_to(place);
    if (why != Reason::UnplacedManagementGroup) {
      n->finding.detail = snapshot_[g.scope].display;
    } else if (scope.unplaced) {
      rest_on(n->finding, AssumptionId::UnplacedManagementGroup);
    }
    if (open) doubt(*n, uncovered(scope));
  }
  return value;
}

bool Decider::grants_right(model::RoleIndex role, const Wanted& wanted) const {
  if (wanted.bit) return ix_.roles[at(role)].granted.test(*wanted.bit);
  const auto& permissions = snapshot_[role].permissions;
  return std::any_of(permissions.begin(), permissions.end(),
                     [&](const model::Permission& p) { return match_entry(p, wanted.right).granted(); });
}

/// What the other permission mode asks for in place of `right`: a role that holds any of it serves that mode.
RightMask Decider::twins_of(const Right& right, PermissionMode mode) const {
  RightMask twins;
  if (served_ == nullptr || served_->plane != Plane::Data) return twins;
  const bool abac = mode == PermissionMode::Abac;
  const Needs& here = abac ? served_->abac : served_->legacy;
  const Needs& there = abac ? served_->legacy : served_->abac;
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
    for (std::size_t i = 0; i < alternative.size(); ++i) {
      if (!twin || *twin == i) twins.set(alternative[i].bit);
    }
  }
  return twins;
}

/// What one grant is worth whose holder is in the asker's set at `place`, at a scope that covers the registry.
Decider::Worth Decider::worth(const Grant& grant, const Wanted& wanted, std::size_t place) const {
  const CompiledRole& role = ix_.roles[at(grant.role)];
  const Reason if_granted = place == 0 ? Reason::Grants : Reason::GrantedThroughGroup;
  if (wanted.bit && role.plain && !grant.scheduled) {
    // Most grants: one entry, without a condition or a wildcard that anybody contests.
    const PatternMatch& match = role.entries.front().match(*wanted.bit);
    if (!match.granted()) return Worth(Truth::False, match.excluded ? Reason::ExcludedByNotActions : Reason::NotInRole);
    const Conditioned c = condition(grant.condition, wanted, grant.role, false);
    return {c.truth, c.truth == Truth::True ? if_granted : c.reason, 0, {}, c};
  }
  const Truth in_force = ix_.in_force(grant, question_.text->at);
  if (in_force == Truth::False) return Worth(Truth::False, Reason::NotInForce);
  if (!role.defined) {
    const model::RoleDefinition& declared = snapshot_[grant.role];
    if (declared.open || model::is_named_unknown(declared.guid))
      return Worth(Truth::Unknown, Reason::KnownAfterDeployment);
    const bool open = declared.contradicted || declared.cut_off || reading(AssumptionId::UnknownRole) == "unknown";
    return Worth(open ? Truth::Unknown : Truth::False, Reason::UnknownRole);
  }
  // Each entry of the role by itself; the best one counts.
  const auto& permissions = snapshot_[grant.role].permissions;
  Worth best(Truth::False, Reason::NotInRole);
  for (std::uint32_t e = 0; e < permissions.size(); ++e) {
    const EntryMatch match =
        wanted.bit ? role.entries[e].match(*wanted.bit) : match_entry(permissions[e], wanted.right);
    // Whether wildcards of a custom role expand for registry data depends on the tenant. Contested: arm-private-link
    Truth contained = truth_of(match.granted());
    bool open_wildcard = false;
    if (role.custom && match.granted() != match.granted_literally() && data_plane(wanted.right)) {
      const std::string_view expands = reading(AssumptionId::ArmPrivateLink);
      if (expands == "no") contained = truth_of(match.granted_literally());
      if (expands == "unknown") contained = Truth::Unknown;
      open_wildcard = expands != "yes";
    }
    if (contained == Truth::False) {
      if (best.value == Truth::False && open_wildcard) {
        best = Worth(Truth::False, Reason::WildcardInCustomRole, e);
      } else if (match.excluded && best.reason == Reason::NotInRole) {
        best.reason = Reason::ExcludedByNotActions;
        best.entry = e;
      }
      continue;
    }
    const Conditioned of_role = condition(permissions[e].condition, wanted, grant.role, true);
    const Conditioned of_assignment = condition(grant.condition, wanted, grant.role, false);
    Truth value = both(of_role.truth, of_assignment.truth);
    Reason reason = of_role.truth == value && of_role.truth != Truth::True ? of_role.reason : of_assignment.reason;
    if (value == Truth::True) reason = if_granted;
    if (value != Truth::False && contained == Truth::Unknown) {
      value = Truth::Unknown;
      reason = Reason::WildcardInCustomRole;
    }
    if (value > best.value || best.reason == Reason::NotInRole || best.reason == Reason::ExcludedByNotActions)
      best = Worth(value, reason, e, of_role, of_assignment);
    if (best.value == Truth::True) break;
  }
  if (best.value == Truth::True && in_force == Truth::Unknown) {
    best.value = in_force;
    best.reason = Reason::InstanceOpen;
  }
  return best;
}

/// The same with its finding.
Truth Decider::grant(const Grant& grant, const Wanted& wanted, std::size_t place, Node* parent) {
  const CompiledRole& role = ix_.roles[at(grant.role)];
  if (wanted.bit && role.plain && !grant.scheduled) {
    if (parent == nullptr)
      return role.granted[*wanted.bit] ? condition(grant.condition, wanted, grant.role, false).truth : Truth::False;
    const PatternMatch& match = role.entries.front().match(*wanted.bit);
    if (match.granted()) return plain_grant(grant, match, wanted, place, *parent);
  }
  Worth found = worth(grant, wanted, place);
  if (parent == nullptr) return found.value;
  const bool ignored = found.reason == Reason::NotInRole && (role.granted & other_mode_).any();
  Node* n = leaf(parent, ignored ? Reason::IgnoredByMode : found.reason, found.value);
  name_source(grant, n->finding);
  n->finding.path = path_to(place);
  if (found.reason == Reason::NotInRole || found.reason == Reason::NotInForce) return found.value;
  if (found.reason == Reason::KnownAfterDeployment) {
    n->finding.detail = snapshot_[grant.role].guid;
    doubt(*n, known_after_deployment(snapshot_[grant.role].guid));
    return found.value;
  }
  if (found.reason == Reason::UnknownRole) {
    const std::string& guid = snapshot_[grant.role].guid;
    n->finding.detail = guid;
    if (!snapshot_[grant.role].contradicted && !snapshot_[grant.role].cut_off)
      rest_on(n->finding, AssumptionId::UnknownRole);
    if (found.value == Truth::Unknown)
      doubt(*n, missing(datum::kRoleDefinition, guid, "az role definition list --name " + model::shell_word(guid)));
    return found.value;
  }

  n->finding.permission = found.entry;
  const model::ConditionIndex of_role = snapshot_[grant.role].permissions[found.entry].condition;
  std::optional<PatternMatch> raw;
  if (!wanted.bit) raw = match_entry(snapshot_[grant.role].permissions[found.entry], wanted.right);
  const PatternMatch& match = wanted.bit ? role.entries[found.entry].match(*wanted.bit) : *raw;
  n->finding.pattern = match.excluded ? match.excluded_by : match.pattern;
  if (role.custom && match.granted() != match.granted_literally() &&
      starts_with_ignoring_case(wanted.right.action, "Microsoft.ContainerRegistry/")) {
    rest_on(n->finding, AssumptionId::ArmPrivateLink);
    if (found.reason == Reason::WildcardInCustomRole && found.value == Truth::Unknown)
      doubt(*n, contested(AssumptionId::ArmPrivateLink, snapshot_[grant.role].name));
  }
  if (match.granted()) note_role(grant.role, match, wanted, n->finding);
  if (match.granted() || match.granted_literally()) {
    if (!found.looked) {
      found.of_role = condition(of_role, wanted, grant.role, true);
      found.of_assignment = condition(grant.condition, wanted, grant.role, false);
    }
    if (of_role != kNoCondition) show(found.of_role, of_role, wanted, grant.role, true, *n);
    if (grant.condition != kNoCondition) show(found.of_assignment, grant.condition, wanted, grant.role, false, *n);
    if (found.value != Truth::Unknown) n->causes = {};
  }
  if (found.reason == Reason::InstanceOpen) {
    const model::ScheduleInstance* instance = ix_.open_instance(grant, question_.text->at);
    if (instance != nullptr) {
      n->finding.schedule_instance = static_cast<std::size_t>(instance - snapshot_.schedule_instances.data());
      doubt(*n, instance_open(*instance));
    } else {
      doubt(*n, missing(datum::kUnfinishedList, "PIM instances", "export every page of the PIM instances"));
    }
  }
  return found.value;
}

/// Most of those that count: of a role with one entry that grants the right, without a condition or a wildcard that
/// anybody contests.
Truth Decider::plain_grant(const Grant& grant, const PatternMatch& match, const Wanted& wanted, std::size_t place,
                           Node& parent) {
  const Conditioned c = condition(grant.condition, wanted, grant.role, false);
  const Reason if_granted = place == 0 ? Reason::Grants : Reason::GrantedThroughGroup;
  Node* n = leaf(&parent, c.truth == Truth::True ? if_granted : c.reason, c.truth);
  name_source(grant, n->finding);
  n->finding.path = path_to(place);
  n->finding.pattern = match.pattern;
  note_role(grant.role, match, wanted, n->finding);
  if (grant.condition != kNoCondition) show(c, grant.condition, wanted, grant.role, false, *n);
  if (c.truth != Truth::Unknown) n->causes = {};
  return c.truth;
}

/// What definitions grant over the data of a legacy registry and the documents speak of for other roles, or one of
/// them, alone. Source: acr-authorization C.6, J2
void Decider::note_role(model::RoleIndex role, const PatternMatch& match, const Wanted& wanted,
                        Finding& finding) const {
  constexpr std::string_view kReader = "acdd72a7-3385-48ef-bd42-f606fba81ae7", kSign = "/sign/write";
  if (wanted.mode != PermissionMode::Legacy || ix_.roles[at(role)].custom) return;
  if (match.pattern == "*/read" && snapshot_[role].guid != kReader && data_plane(wanted.right))
    rest_on(finding, AssumptionId::AllReadRoles);
  if (match.pattern == "*" && wanted.right.action.ends_with(kSign))
    rest_on(finding, AssumptionId::OwnerQuarantineAndTrust);
}

Truth Decider::supposed_grant(const Wanted& wanted) const {
  if (!is_supposed_asker() || suppose_->registry != registry_index_) return Truth::False;
  const auto& [role, condition] = *suppose_->grant;
  if (custom_roles_only_ && !ix_.roles[at(role)].custom) return Truth::False;
  const Truth by_role = worth(Grant{.role = role}, wanted, 0).value;
  if (condition == nullptr || by_role == Truth::False) return by_role;
  // Contested: condition-on-legacy-registry, condition-on-other-role
  const bool counts = wanted.mode == PermissionMode::Abac
                          ? wanted.right.kind != ActionKind::DataAction || ix_.roles[at(role)].takes_conditions
                          : !data_plane(wanted.right);
  if (!counts) return Truth::False;
  const ConditionRequest request = request_for(wanted.right);
  return both(by_role, evaluate_truth(*condition->parsed, *RequestEnvironment(request, *condition)));
}

/// Grants of groups that the asker may be in without the data showing it.
Truth Decider::open_groups(const Wanted& wanted, Tally& tally, Node* parent) {
  if (ix_.holders_closed() || groups_complete()) return Truth::False;
  Truth value = Truth::False;
  const auto look_at = [&](model::ScopeIndex scope, Truth covers) {
    for (const std::uint32_t g : ix_.open_grants_at(scope)) {
      const Grant& candidate = ix_.grants[g];
      if (ix_.roles[at(candidate.role)].defined && !grants_right(candidate.role, wanted)) continue;
      if (custom_roles_only_ && !ix_.roles[at(candidate.role)].custom) continue;
      if (std::find(asker_.all.begin(), asker_.all.end(), candidate.principal) != asker_.all.end()) continue;
      // As if the asker were a member: what the grant would give.
      const Truth would = grant(candidate, wanted, 0, nullptr);
      if (would == Truth::False) continue;
      value = Truth::Unknown;
      if (Node* n = leaf(parent, Reason::MembershipUnknown, Truth::Unknown)) {
        name_source(candidate, n->finding);
        AskerSet& group = trace_->memory.make<AskerSet>();
        group.all = trace_->memory.copy(std::span(&candidate.principal, 1));
        n->finding.path = {&group, 0};
        n->causes = trace_->memory.keep(member_causes(candidate.principal));
        if (covers == Truth::True && grants_right(candidate.role, wanted)) ++tally.open;
      }
      if (parent == nullptr) return;
    }
  };
  const RegistryContext& context = ix_.registries[registry_index_];
  for (const ChainScope& scope : context.chain) {
    if (scope.covers_by(reading(AssumptionId::UnplacedManagementGroup)) == Truth::False) continue;
    look_at(scope.scope, scope.covers);
    if (value == Truth::Unknown && parent == nullptr) return value;
  }
  for (const model::ScopeIndex below : context.below) {
    if (reading(AssumptionId::RepositoryScope) != "not-honoured" && names_repository(below))
      look_at(below, Truth::Unknown);
  }
  return value;
}

/// Is the scope `<registry>/repositories/NAME` of the repository in the question? Contested: repository-scope
bool Decider::names_repository(model::ScopeIndex scope) const {
  return snapshot_[scope].key == snapshot_[registry().scope].key + "/repositories/" + question_.text->repository;
}

/// What other people hold on the registry: those who could be joined by name, the rest by number.
void Decider::others(const Wanted& wanted, const Tally& tally, Node* parent) {
  const RegistryContext& context = ix_.registries[registry_index_];
  constexpr std::size_t kFilter = 256;
  std::bitset<kFilter> filter;  // who is not in it is not in the set
  for (const PrincipalIndex p : asker_.all) filter.set(at(p) % kFilter);
  const auto own = [&](PrincipalIndex p) {
    return filter[at(p) % kFilter] && std::find(asker_.all.begin(), asker_.all.end(), p) != asker_.all.end();
  };
  const bool open = tally.open > 0;
  std::array<std::uint32_t, kListedOthers> rows;
  std::size_t listed = 0;
  for (const ChainScope& scope : context.chain) {
    ix_.visit_grants_at(scope.scope, wanted.bit, [&](std::uint32_t row) {
      const Grant& g = ix_.grants[row];
      if (listed == kListedOthers) return false;
      if (own(g.principal)) return true;
      if (!wanted.bit && !grants_right(g.role, wanted)) return true;
      if (open && ix_.groups.open(g.principal) && scope.covers == Truth::True &&
          grant(g, wanted, 0, nullptr) != Truth::False) {
        return true;  // already said: membership unknown
      }
      rows[listed++] = row;
      return true;
    });
  }
  if (listed > 0)
    list(Reason::OtherPrincipal, {rows.data(), listed}, {}, parent).count = static_cast<std::uint32_t>(listed);
  count(Reason::OtherPrincipal, context.grants_on_chain - tally.own - tally.open - listed, parent);
}

/// A finding of which each of the assignments makes one.
Finding& Decider::list(Reason reason, std::span<const std::uint32_t> rows, GroupPath path, Node* parent) const {
  Finding& finding = leaf(parent, reason, Truth::False)->finding;
  finding.rows = trace_->memory.copy(rows);
  finding.path = path;
  return finding;
}

/// Those that are not listed.
void Decider::count(Reason reason, std::size_t number, Node* parent) const {
  if (number > 0) leaf(parent, reason, Truth::False)->finding.count = static_cast<std::uint32_t>(number);
}

/// What the asker holds where the registry is not.
void Decider::out_of_scope(const Wanted& wanted, const Tally& tally, Node* parent) {
  const RegistryContext& context = ix_.registries[registry_index_];
  const auto here = [&](model::ScopeIndex scope) {
    if ((context.scope_filter & filter_bit(scope)) == 0) return false;
    for (const ChainScope& c : context.chain) {
      if (c.scope == scope) return true;
    }
    return std::find(context.below.begin(), context.below.end(), scope) != context.below.end();
  };
  std::array<std::uint32_t, kListedElsewhere> rows;
  std::size_t listed = 0;
  std::size_t all = 0;
  for (std::size_t place = 0; place < asker_.all.size(); ++place) {
    all += ix_.grants_of(asker_.all[place]).size();
    if (listed == kListedElsewhere) continue;
    ix_.visit_grants_of(asker_.all[place], wanted.bit, [&](std::uint32_t row) {
      const Grant& g = ix_.grants[row];
      if (listed == kListedElsewhere) return false;
      if (here(g.scope)) return true;
      if (!wanted.bit && !grants_right(g.role, wanted)) return true;
      rows[listed++] = row;
      return true;
    });
  }
  if (listed > 0)
    list(Reason::OutOfScope, {rows.data(), listed}, path_to(0), parent).count = static_cast<std::uint32_t>(listed);
  count(Reason::OutOfScope, all - tally.own - tally.own_below - listed, parent);
}

/// Assignments on the registry that name the asker by an id that never counts.
void Decider::wrong_ids(const Wanted& wanted, Node* parent) {
  if (!asker_known_) return;
  const model::Principal& self = snapshot_[asker_.all.front()];
  for (const std::string* id : {&self.app_id, &self.application_object_id}) {
    if (id->empty() || *id == self.id) continue;
    for (const Engine::Index::Name& name : ix_.principal_names.find(*id)) {
      if (name.kind != Engine::Index::NameKind::ObjectId) continue;
      for (const ChainScope& scope : ix_.registries[registry_index_].chain) {
        for (const Grant& g : ix_.grants_at(scope.scope, name.principal)) {
          if (!grants_right(g.role, wanted)) continue;
          Node* n = leaf(parent, Reason::WrongKindOfId, Truth::False);
          name_source(g, n->finding);
          n->finding.detail = *id;
        }
      }
    }
  }
}

/// What the asker could activate through PIM. It grants nothing.
void Decider::eligible(const Wanted& wanted, Node* parent) {
  if (ix_.eligible.empty()) return;
  for (std::size_t place = 0; place < asker_.all.size(); ++place) {
    const auto [begin, end] = ix_.eligible.equal_range(static_cast<std::uint32_t>(asker_.all[place]));
    for (auto it = begin; it != end; ++it) {
      const model::ScheduleInstance& instance = snapshot_.schedule_instances[it->second];
      const auto& chain = ix_.registries[registry_index_].chain;
      const bool covers = std::any_of(chain.begin(), chain.end(), [&](const ChainScope& c) {
        return c.scope == instance.scope && c.covers == Truth::True;
      });
      if (!covers || !grants_right(instance.role, wanted)) continue;
      Node* n = leaf(parent, Reason::EligibleOnly, Truth::False);
      n->finding.schedule_instance = it->second;
      n->finding.path = path_to(place);
    }
  }
}

bool Decider::groups_complete() const {
  if (suppose_ != nullptr && suppose_->no_further_groups && is_supposed_asker()) return true;
  return asker_known_ && snapshot_[asker_.all.front()].groups_complete;
}

/// Is the asker `group`, or in it? `place` is where in the asker's set.
Truth Decider::in_group(PrincipalIndex group, std::size_t& place) const {
  const auto found = std::find(asker_.all.begin(), asker_.all.end(), group);
  if (found != asker_.all.end()) {
    place = static_cast<std::size_t>(found - asker_.all.begin());
    return Truth::True;
  }
  return ix_.groups.open(group) && !groups_complete() ? Truth::Unknown : Truth::False;
}

/// An export of one day for both the role assignments and their PIM instances settles it.
Cause Decider::instance_open(const model::ScheduleInstance& instance) const {
  if (instance.declared && (instance.start_open || instance.end_open)) {
    return missing(datum::kActiveInstance, std::string(model::last_segment(instance.id)),
                   known_by(model::named_unknown("schedule")));
  }
  std::string_view subscription = model::subscription_of(snapshot_[instance.scope].key);
  if (subscription.empty()) subscription = model::subscription_of(snapshot_[registry().scope].key);
  return missing(datum::kActiveInstance, instance.id,
                 missing_assignments_of(subscription).command + " (and the PIM instances of the same day)");
}

std::vector<Cause> Decider::member_causes(PrincipalIndex group) const {
  std::vector<Cause> causes;
  for (const PrincipalIndex g : ix_.groups.unknown_below(group)) causes.push_back(members_missing(snapshot_[g]));
  return causes;
}

/// Why it is open whether a scope covers the registry.
Cause Decider::uncovered(const ChainScope& scope) const {
  const std::string& display = snapshot_[scope.scope].display;
  if (scope.tenant_open) {
    return missing(
        datum::kTenant, display,
        "give the exports of one tenant at a time, or role assignments by az graph query, with their tenantId");
  }
  if (scope.named_unknown) {
    // Of a known scope it is the registry's own place that is open.
    return known_after_deployment(display.find('{') == std::string::npos ? snapshot_[registry().scope].display
                                                                         : display);
  }
  return missing(datum::kManagementGroups, display, "az account management-group show --name ROOT --expand --recurse");
}

Cause known_after_deployment(std::string_view text) {
  return missing(datum::kKnownAfterDeployment, std::string(text), known_by(text));
}

Cause missing_assignments_of(std::string_view subscription) {
  return missing(datum::kRoleAssignments, std::string(subscription),
                 command_naming(subscription, "az role assignment list --all --subscription " +
                                                  model::shell_word(subscription) + " -o json"));
}

Cause members_missing(const model::Principal& group) {
  if (model::is_named_unknown(group.id)) return known_after_deployment(group.id);
  return missing(datum::kGroupMembers, group.display_name.empty() ? group.id : group.display_name,
                 "az ad group member list --group " + model::shell_word(group.id));
}

/// Does anything but the language itself decide what the condition of this assignment means here?
/// Contested: condition-on-legacy-registry, condition-on-other-role
AssumptionId Decider::contested_condition(const Wanted& wanted, model::RoleIndex role) const {
  if (wanted.mode == PermissionMode::Legacy) {
    if (data_plane(wanted.right)) return AssumptionId::ConditionOnLegacyRegistry;
  } else if (wanted.right.kind == ActionKind::DataAction && !ix_.roles[at(role)].takes_conditions) {
    return AssumptionId::ConditionOnOtherRole;
  }
  return AssumptionId::Count;
}

/// The value of a condition that parses and asks for more than the name, by the language alone.
Decider::Conditioned Decider::evaluated(model::ConditionIndex index, const Wanted& wanted, bool of_deny) const {
  ConditionRequest request = request_for(wanted.right);
  const Conditioned result = by_language(index, request, of_deny);
  using Reading = ConditionReadings::ResourceAttributeForRepository;
  Reading& reading = request.readings.resource_attribute_for_repository;
  if (result.truth != Truth::Unknown || reading != Reading::Unknown ||
      !mentions(snapshot_[index].parsed->root, model::AttributeSource::Resource)) {
    return result;
  }
  // Where both readings come to the same, it does not matter which holds.
  reading = Reading::Absent;
  const Truth if_absent = by_language(index, request, of_deny).truth;
  reading = Reading::Supplied;
  Conditioned if_supplied = by_language(index, request, of_deny);
  if (if_supplied.truth == Truth::Unknown || if_supplied.truth != if_absent) return result;
  if_supplied.as_if_supplied = true;
  return if_supplied;
}

Decider::Conditioned Decider::by_language(model::ConditionIndex index, const ConditionRequest& request,
                                          bool of_deny) const {
  const model::ConditionEntry& entry = snapshot_[index];
  const RequestEnvironment environment(request, entry);
  const Truth truth = evaluate_truth(*entry.parsed, *environment);
  if (truth != Truth::Unknown)
    return {.truth = truth, .reason = truth == Truth::True ? Reason::Grants : Reason::ConditionFalse, .stated = truth};
  // An operation that never carries the attribute is documented as not granted; only below NOT is that contested.
  // A deny assignment holds all the same.
  if (!of_deny && evaluate_missing_as_false(*entry.parsed, *environment) == Truth::False) {
    return {.truth = Truth::False, .reason = Reason::ConditionAttributeNotSupplied};
  }
  return {.truth = Truth::Unknown, .reason = Reason::ConditionUnknown};
}

ConditionRequest Decider::request_for(const Right& right) const {
  ConditionRequest request = request_under(question_.readings, right);
  if (asker_known_) request.asker = &snapshot_[asker_.all.front()];
  request.at = &question_.text->at;
  request.network = &question_.text->network;
  if (repository_known_) request.repository = question_.text->repository;
  return request;
}

/// The value of one condition for one right; no `role`: of a deny assignment.
Decider::Conditioned Decider::given_condition(model::ConditionIndex index, const Wanted& wanted,
                                              std::optional<model::RoleIndex> role, bool of_role) const {
  if (index == kConditionNotShown) {
    // What a condition does to the data of a legacy registry is contested, and so it is whether one that is not shown
    // does anything.
    const bool on_legacy = role && !of_role && wanted.mode == PermissionMode::Legacy && data_plane(wanted.right);
    if (on_legacy) {
      if (reading(AssumptionId::ConditionOnLegacyRegistry) == "ignored") return {};
      return {.truth = Truth::Unknown,
              .reason = Reason::ConditionNotShown,
              .rests_on = AssumptionId::ConditionOnLegacyRegistry};
    }
    // Conditions restrict data actions and the writing of role assignments only, so an export that cannot show them
    // leaves nothing open for other actions. Source: azure-rbac-semantics 7; input-formats 1.2
    if (wanted.right.kind != ActionKind::DataAction && !writes_role_assignments(wanted.right.action)) return {};
    // Nor does it matter where a condition is read as not counting.
    const bool counts = !role || of_role || wanted.mode == PermissionMode::Legacy ||
                        wanted.right.kind != ActionKind::DataAction || ix_.roles[at(*role)].takes_conditions ||
                        reading(AssumptionId::ConditionOnOtherRole) != "ignored";
    if (!counts) return {};
    return {.truth = Truth::Unknown, .reason = Reason::ConditionNotShown};
  }
  const NameCondition* by_name = repository_known_ ? ix_.by_name(index, wanted.right) : nullptr;
  const bool malformed = by_name == nullptr && !snapshot_[index].parsed;
  Conditioned result;
  if (by_name != nullptr) {
    result.truth = result.stated = truth_of(by_name->holds(question_.text->repository));
    if (result.truth == Truth::False) result.reason = Reason::ConditionFalse;
  } else if (malformed) {
    result = {.truth = Truth::False, .reason = Reason::ConditionMalformed, .stated = Truth::False};
  } else {
    result = evaluated(index, wanted, !role);
  }
  if (role && !of_role) result.rests_on = contested_condition(wanted, *role);
  if (result.rests_on == AssumptionId::Count) return result;
  const bool legacy = result.rests_on == AssumptionId::ConditionOnLegacyRegistry;
  const std::string_view how = reading(result.rests_on);
  result.open = how == "unknown" && (legacy || result.truth != Truth::True);
  if (how == "ignored") {
    result.truth = Truth::True;
    result.reason = Reason::Grants;
  }
  if (how == "fails-closed") result.truth = Truth::False;
  if (result.open) {
    result.truth = Truth::Unknown;
    result.reason = Reason::ConditionUnknown;
  }
  if (legacy && result.truth != Truth::True && how != "evaluated") result.reason = Reason::ConditionOnLegacyRegistry;
  return result;
}

/// Adds to a node how a condition fared, and to its causes what keeps the condition open.
void Decider::show(const Conditioned& outcome, model::ConditionIndex index, const Wanted& wanted,
                   std::optional<model::RoleIndex> role, bool of_role, Node& node) {
  if (index == kConditionNotShown) {
    if (outcome.reason != Reason::ConditionNotShown) return;
    if (outcome.rests_on != AssumptionId::Count) rest_on(node.finding, outcome.rests_on);
    doubt(node, missing(datum::kConditionNotShown, "", "az role assignment list --all (with its condition column)"));
    return;
  }
  ConditionOutcome shown{.condition = index, .of_role = of_role, .truth = outcome.stated, .request = nullptr};
  if (outcome.as_if_supplied) {
    auto& request = trace_->memory.make<ConditionRequest>(request_for(wanted.right));
    request.readings.resource_attribute_for_repository = ConditionReadings::ResourceAttributeForRepository::Supplied;
    shown.request = &request;
  } else if (snapshot_[index].parsed) {
    if (request_ == nullptr) request_ = &trace_->memory.make<ConditionRequest>(request_for(wanted.right));
    shown.request = request_;
  }
  trace_->memory.append(node.finding.conditions, shown);
  if (outcome.rests_on != AssumptionId::Count) rest_on(node.finding, outcome.rests_on);
  const ConditionMarks& marks = ix_.condition_marks[at(index)];
  if (marks.odd_attribute) rest_on(node.finding, AssumptionId::AttributeSpelling);
  if (marks.beyond_ascii) rest_on(node.finding, AssumptionId::NonAsciiIgnoreCase);
  if (outcome.open) {
    const bool names_role = outcome.rests_on == AssumptionId::ConditionOnOtherRole;
    doubt(node, contested(outcome.rests_on, names_role ? snapshot_[*role].name : ""));
  } else if (outcome.truth == Truth::Unknown) {
    for (const ConditionCause& cause : value_of(shown, snapshot_).causes) {
      doubt(node, cause_of(cause, snapshot_[index]));
    }
  }
}

}  // namespace acrbiter::evaluator
