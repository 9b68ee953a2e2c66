#include "evaluator/decision.h"

#include <algorithm>

namespace acrbiter::evaluator {

using model::Truth;

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Deny:
      return "deny";
    case Verdict::Undetermined:
      return "undetermined";
    case Verdict::Allow:
      return "allow";
  }
  return "";
}

std::string_view to_string(Hint::Kind kind) {
  switch (kind) {
    case Hint::Kind::NearestName:
      return "nearest-name";
    case Hint::Kind::ConditionValue:
      return "condition-value";
    case Hint::Kind::ConditionAlternative:
      return "condition-alternative";
    case Hint::Kind::EligibleRole:
      return "eligible-role";
    case Hint::Kind::Reading:
      return "reading";
    case Hint::Kind::Membership:
      return "membership";
    case Hint::Kind::NoFurtherMembership:
      return "no-further-membership";
    case Hint::Kind::WouldGrant:
      return "would-grant";
    case Hint::Kind::RoleCondition:
      return "role-condition";
    case Hint::Kind::Mode:
      return "mode";
    case Hint::Kind::AlsoAnonymous:
      return "also-anonymous";
    case Hint::Kind::IndirectAccess:
      return "indirect-access";
  }
  return "";
}

std::vector<model::PrincipalIndex> GroupPath::steps() const {
  std::vector<model::PrincipalIndex> steps;
  if (empty()) return steps;
  for (std::size_t step = holder; step != 0; step = set->via[step]) steps.push_back(set->all[step]);
  steps.push_back(set->all.front());
  std::reverse(steps.begin(), steps.end());
  return steps;
}

void add_causes(std::span<const Cause> more, std::vector<Cause>& causes) {
  for (const Cause& cause : more) {
    if (std::find(causes.begin(), causes.end(), cause) == causes.end()) causes.push_back(cause);
  }
}

Truth recompute(const Node& node) {
  const auto fold = [&](Truth start, Truth (*combine)(Truth, Truth)) {
    Truth value = start;
    for (const Node& child : node.children) value = combine(value, child.value);
    return value;
  };
  switch (node.combine) {
    case Combine::Leaf:
      return node.value;
    case Combine::All:
      return fold(Truth::True, [](Truth a, Truth b) { return both(a, b); });
    case Combine::Any:
      return fold(Truth::False, [](Truth a, Truth b) { return either(a, b); });
    case Combine::Not:
      return !node.children.front().value;
    case Combine::Agree: {
      const Truth first = node.children.front().value;
      const bool same =
          std::all_of(node.children.begin(), node.children.end(), [&](const Node& c) { return c.value == first; });
      return same ? first : Truth::Unknown;
    }
  }
  return Truth::Unknown;
}

namespace {

/// How much a failed grant tells the asker: lower is nearer to a yes.
int nearness(Reason reason) {
  switch (reason) {
    case Reason::Grants:
      return 0;
    case Reason::GrantedThroughGroup:
      return 0;
    case Reason::IgnoredByMode:
      return 1;
    case Reason::ConditionFalse:
    case Reason::ConditionAttributeNotSupplied:
    case Reason::ConditionMalformed:
    case Reason::ConditionUnknown:
    case Reason::ConditionNotShown:
    case Reason::ConditionOnLegacyRegistry:
      return 2;
    case Reason::WildcardInCustomRole:
    case Reason::MembershipUnknown:
    case Reason::UnplacedManagementGroup:
    case Reason::TenantUnknown:
    case Reason::KnownAfterDeployment:
      return 3;
    case Reason::NotInForce:
    case Reason::InstanceOpen:
    case Reason::EligibleOnly:
      return 4;
    case Reason::UnknownRole:
    case Reason::WrongKindOfId:
      return 5;
    case Reason::MisplacedScope:
      return 6;
    case Reason::ExcludedByNotActions:
      return 7;
    case Reason::NotInRole:
      return 8;
    case Reason::ListIncomplete:
    case Reason::AssignmentsMissing:
    case Reason::RegistryUnplaced:
    case Reason::TaskNoDefaultAccess:
      return 9;
    case Reason::OutOfScope:
      return 10;
    case Reason::OtherPrincipal:
      return 11;
    case Reason::NoAssignment:
      return 12;
    default:
      return 0;
  }
}

/// The leaves because of which `node` has its value.
void collect(const Node& node, std::vector<const Node*>& out) {
  if (node.combine == Combine::Leaf) {
    out.push_back(&node);
    return;
  }
  const bool same_value_tells = node.combine == Combine::All || node.combine == Combine::Any;
  for (const Node& child : node.children) {
    // Below Not the operand tells, and where two modes disagree both sides do.
    if (same_value_tells && child.value != node.value) continue;
    collect(child, out);
    if (node.combine == Combine::Any && node.value == Truth::True) return;
  }
}

}  // namespace

std::vector<const Node*> settling(const Decision& decision) {
  std::vector<const Node*> leaves;
  collect(decision.root, leaves);
  // Gates that nobody asked about settle nothing.
  std::erase_if(leaves, [](const Node* n) {
    const Reason reason = n->finding.reason;
    return reason == Reason::NetworkNotAsked || reason == Reason::CredentialNotAsked ||
           reason == Reason::QuarantineNotAsked;
  });
  if (decision.verdict != Verdict::Allow) {
    // Where something of the asker's own comes near, other people's grants are no reason.
    const auto own = [](const Node* n) { return nearness(n->finding.reason) < 10; };
    if (std::any_of(leaves.begin(), leaves.end(), own)) std::erase_if(leaves, [&](const Node* n) { return !own(n); });
  } else {
    // That nothing denied goes without saying, if something granted.
    const auto granted = [](const Node* n) { return n->value == Truth::True; };
    if (std::any_of(leaves.begin(), leaves.end(), granted))
      std::erase_if(leaves, [&](const Node* n) { return !granted(n); });
  }
  std::stable_sort(leaves.begin(), leaves.end(), [](const Node* a, const Node* b) {
    return nearness(a->finding.reason) < nearness(b->finding.reason);
  });
  return leaves;
}

}  // namespace acrbiter::evaluator
