#include "cli/report/findings.h"

#include <fmt/format.h>

#include "cli/report/text.h"
#include "evaluator/named_unknown.h"

namespace acrbiter::cli::report {
namespace {

using evaluator::Cause;
using evaluator::Finding;
using evaluator::Node;
using evaluator::Reason;
using model::PermissionMode;

std::string right_words(const evaluator::Right& right) {
  return fmt::format("{} {}", right.kind == evaluator::ActionKind::DataAction ? "data action" : "action",
                     escape(right.action));
}

/// Of a named unknown: what is the matter with it.
std::string_view open_until(std::string_view text) {
  if (evaluator::is_sensitive(text)) return "is sensitive in the plan, which is not read";
  return evaluator::is_unreadable(text) ? "cannot be told from the exports" : "is known only after the deployment";
}

/// What a scope of code or of contradicting exports says of itself: `SCOPE/{whether … is deployed}`. Empty for others.
std::string_view doubt_in(std::string_view text) {
  const std::size_t begin = text.rfind("{whether ");
  return begin == std::string_view::npos || !text.ends_with('}') ? std::string_view()
                                                                 : text.substr(begin + 1, text.size() - begin - 2);
}

/// Words for one node. One function per group of reasons, in the order of the reason table.
class Words {
 public:
  Words(const Node& node, const Subject& subject, const Places& places)
      : node_(node), finding_(node.finding), subject_(subject), places_(places) {}

  [[nodiscard]] std::string make() const {
    switch (finding_.reason) {
      // inner nodes
      case Reason::Answer:
        return fmt::format("{} may {}", subject_.who(), subject_.what());
      case Reason::ModeUnknown:
        return fmt::format("the permission mode of {} is not in the data: both are asked", registry());
      case Reason::UnderLegacyMode:
        return "in the legacy permission mode";
      case Reason::UnderAbacMode:
        return "in the ABAC permission mode";
      case Reason::Gates:
        return "network and sign-in";
      case Reason::EntraDoor:
        return "Entra identity";
      case Reason::AdminDoor:
        return "admin user";
      case Reason::TokenDoor:
        return "token";
      case Reason::AnonymousDoor:
        return "anonymous pull";
      case Reason::TaskDoor:
        return "task";
      case Reason::ConnectedRegistryDoor:
        return "connected registry";
      case Reason::AlternativeRights:
        return node_.combine == evaluator::Combine::Any ? "one of these sets of rights" : "all of these rights";
      case Reason::RightNeeded:
        return finding_.right ? right_words(*finding_.right) : std::string("the right");
      case Reason::GrantsConsidered:
        return "granted by a role assignment";
      case Reason::DeniesConsidered:
        return node_.combine == evaluator::Combine::Not ? "no deny assignment takes it away"
                                                        : "taken away by a deny assignment";
      case Reason::AfterAuthorization:
        return "locks, quarantine and policies let it pass";
      case Reason::ImportSourceSide:
        return with_detail("the source side of the import");
      case Reason::RecordsAgree:
        return with_detail("whatever the data may mean by this name");
      // question
      case Reason::RepositoryNameInvalid:
        return fmt::format("no registry accepts the repository name {}", quote(subject_.question.text->repository));
      case Reason::LoginServerUpperCase:
        return with_detail("the login server was typed with capitals, and docker accepts lower case only");
      case Reason::LoginServerMismatch:
        return with_detail(fmt::format("the login server typed is not the one of {}", registry()));
      case Reason::LoginServerMatches:
        return "the login server is the registry's own";
      default:
        return network();
    }
  }

 private:
  [[nodiscard]] std::string network() const {
    switch (finding_.reason) {
      case Reason::NetworkManagementPath:
        return "management calls do not pass the registry's network rules";
      case Reason::NetworkPrivateEndpointApproved:
        return with_detail("the private endpoint connection is approved");
      case Reason::NetworkPrivateEndpointNotApproved:
        return with_detail("the private endpoint connection is not approved");
      case Reason::NetworkPublicDisabled:
        return "public network access of the registry is disabled";
      case Reason::NetworkOpen:
        return "the registry is open to all public networks";
      case Reason::NetworkIpAllowed:
        return with_detail("an IP rule of the registry allows the address");
      case Reason::NetworkIpRefused:
        return with_detail("no IP rule of the registry allows the address");
      case Reason::NetworkServiceEndpointAllowed:
        return with_detail("a virtual network rule of the registry allows the subnet");
      case Reason::NetworkTrustedService:
        return with_detail("trusted services pass the network rules");
      case Reason::NetworkServiceEndpointRefused:
        return with_detail("the service endpoint does not reach the registry");
      case Reason::NetworkTaskRefused:
        return with_detail("the registry's network rules refuse its tasks");
      case Reason::NetworkTaskAllowed:
        return with_detail("the registry's network rules let its tasks pass");
      case Reason::NetworkAgentPool:
        return "the agent pool reaches the registry from inside its network";
      case Reason::NetworkNotAsked:
        return network_not_asked();
      case Reason::NetworkUndecided:
        return with_detail("whether the network lets the call pass is open");
      default:
        return authentication();
    }
  }

  [[nodiscard]] std::string network_not_asked() const {
    constexpr std::string_view kOpen = "the question does not say where the call comes from; ";
    if (finding_.detail == "open") return fmt::format("{}the registry is open to all public networks", kOpen);
    if (finding_.detail == "selected-networks") {
      return fmt::format("{}the registry admits selected networks only (ask with --network)", kOpen);
    }
    if (finding_.detail == "private-endpoint") {
      return fmt::format("{}the registry admits private endpoints only (ask with --network)", kOpen);
    }
    return fmt::format("{}what the registry admits is not in the data", kOpen);
  }

  [[nodiscard]] std::string credential_not_asked() const {
    constexpr std::string_view kOpen = "the question does not say what the caller shows; ";
    if (finding_.detail == "any-audience") {
      return fmt::format("{}tokens for Azure Resource Manager and for the registry are accepted", kOpen);
    }
    if (finding_.detail == "registry-audience") {
      return fmt::format("{}only tokens for the registry itself are accepted (ask with --credential)", kOpen);
    }
    return fmt::format("{}which tokens the registry accepts is not in the data", kOpen);
  }

  [[nodiscard]] std::string authentication() const {
    switch (finding_.reason) {
      case Reason::CredentialAccepted:
        return with_detail("the registry accepts the credential");
      case Reason::CredentialAudienceRefused:
        return with_detail("the registry refuses tokens of the management audience");
      case Reason::CredentialAgeExceeded:
        return fmt::format("the sign-in is older than the {} minutes for which it holds", escape(finding_.detail));
      case Reason::CredentialOtherMode:
        return with_detail("the credential was issued under the other permission mode");
      case Reason::CredentialSecretExpired:
        return with_detail("the secret has expired");
      case Reason::CredentialUserNameWrong:
        return with_detail("the user name does not belong to this credential");
      case Reason::CredentialPasswordUnknown:
        return with_detail(finding_.detail.empty() ? "there is no password" : "there is no password of that name");
      case Reason::CredentialPasswordExpired:
        return with_detail("the token's password has expired");
      case Reason::CredentialStoredSent:
        return with_detail("Docker sends the stored credentials instead");
      case Reason::CredentialWrongKind:
        return with_detail("this kind of credential does not open this door");
      case Reason::CredentialNotAsked:
        return credential_not_asked();
      case Reason::CredentialUndecided:
        return with_detail("whether the registry accepts the credential is open");
      default:
        return assignments();
    }
  }

  [[nodiscard]] std::string assignments() const {
    const std::string grant = subject_.grant(finding_);
    const std::string held = (grant.empty() ? std::string("a role assignment") : grant) + through();
    switch (finding_.reason) {
      case Reason::Grants:
      case Reason::GrantedThroughGroup:
        return held + pim();
      case Reason::OtherPrincipal:
        return grant.empty() ? fmt::format("{} held by others", counted(finding_.count, "other assignment"))
                             : fmt::format("{} is held by {}", grant, subject_.holder(finding_));
      case Reason::OutOfScope:
        return grant.empty() ? fmt::format("{} elsewhere", counted(finding_.count, "other assignment"))
                             : fmt::format("{} does not reach this registry", held);
      case Reason::MembershipUnknown:
        return fmt::format("{} is held by {}, and whether {} is in it is not in the data", grant,
                           subject_.holder(finding_), subject_.who());
      case Reason::UnknownRole:
        return fmt::format("{}: the data {}", held,
                           contradicted() ? "defines this role in different ways" : "has no definition of this role");
      case Reason::IgnoredByMode:
        return fmt::format("{} is ignored in the {} permission mode", held, mode());
      case Reason::NotInRole:
        return fmt::format("{} does not contain {}", held, right());
      case Reason::ExcludedByNotActions:
        return fmt::format("{} takes {} out again{}", held, right(), pattern(" by "));
      case Reason::ConditionFalse:
        return fmt::format("the condition of {} is not met{}", held, test());
      case Reason::ConditionUnknown:
        return fmt::format("the condition of {} cannot be settled", held);
      case Reason::ConditionMalformed:
        return fmt::format("the condition of {} is not valid, so it grants nothing", held);
      case Reason::ConditionAttributeNotSupplied:
        return fmt::format("the condition of {} asks for something that this operation does not carry", held);
      case Reason::ConditionNotShown:
        return fmt::format("{} may have a condition that the export cannot show", held);
      case Reason::ConditionOnLegacyRegistry:
        return fmt::format("{} has a condition, and what that does on a legacy registry is not documented", held);
      case Reason::WildcardInCustomRole:
        return fmt::format("{} names {} by a wildcard{}, which counts only with an ARM private link", held, right(),
                           pattern(" "));
      case Reason::MisplacedScope:
        return fmt::format("{} lies below the registry, {}", held,
                           node_.value == model::Truth::True ? "at the path of the repository, which is taken to count"
                           : node_.value == model::Truth::False ? "where role assignments do not count"
                                                                : "and whether it counts there is contested");
      case Reason::UnplacedManagementGroup:
        return fmt::format("{}: whether that is above this registry is not in the data", held);
      case Reason::TenantUnknown:
        return fmt::format("{}: whether that is of this registry's tenant is not in the data", held);
      case Reason::KnownAfterDeployment: {
        const std::string_view doubt = doubt_in(finding_.detail);
        return fmt::format("{}: {} {}", held, escape(doubt.empty() ? std::string_view(finding_.detail) : doubt),
                           open_until(finding_.detail));
      }
      case Reason::NotInForce:
        return fmt::format("{} is not in force at that time", held);
      case Reason::InstanceOpen:
        return held + instance_open();
      case Reason::EligibleOnly:
        return fmt::format("{} is eligible in PIM, but not active", held);
      case Reason::OrphanedPrincipal:
        return fmt::format("{} is deleted, and what is still assigned to it grants nothing", subject_.who());
      case Reason::PrincipalUnresolved:
        return finding_.detail.empty()
                   ? fmt::format("{} has no name in the data: it is deleted or of another tenant", subject_.who())
                   : fmt::format("whether {} is deleted is open", subject_.who());
      case Reason::NoAssignment:
        return fmt::format("no role assignment gives {} {}", subject_.who(), right());
      case Reason::ListIncomplete:
        return fmt::format("the list of {} is not complete", detail("role assignments"));
      case Reason::AssignmentsMissing:
        return "the role assignments of the registry's subscription are not in the data";
      case Reason::RegistryUnplaced:
        return "the registry's resource id is not in the data, so what reaches it is open";
      default:
        return denies();
    }
  }

  [[nodiscard]] std::string denies() const {
    const std::string deny = deny_name();
    switch (finding_.reason) {
      case Reason::DenyApplies:
        return fmt::format("deny assignment {} applies{}", deny, through());
      case Reason::DenyAuditOnly:
        return fmt::format("deny assignment {} only audits", deny);
      case Reason::DenyExcluded:
        return fmt::format("deny assignment {} excludes {}", deny, subject_.who());
      case Reason::DenyOtherPrincipal:
        return fmt::format("deny assignment {} does not name {}", deny, subject_.who());
      case Reason::DenyOtherAction:
        return fmt::format("deny assignment {} does not cover {}", deny, right());
      case Reason::DenyOutOfScope:
        return fmt::format("deny assignment {} does not reach what is asked for", deny);
      case Reason::DenyConditionFalse:
        return fmt::format("the condition of deny assignment {} is not met", deny);
      case Reason::DenyConditionUnknown:
        return fmt::format("deny assignment {} applies, as its condition cannot be settled", deny);
      case Reason::DenyMembershipUnknown:
        return fmt::format("deny assignment {} may name {}: members of a group are not in the data", deny,
                           subject_.who());
      case Reason::DenyPossible:
        return fmt::format("deny assignment {} may apply", deny);
      case Reason::NoDenyAssignment:
        return "no deny assignment reaches this registry";
      case Reason::DenyListMissing:
        return fmt::format("the data has no list of deny assignments{}; assumed: there are none",
                           finding_.detail.empty() ? "" : fmt::format(" of {}", escape(finding_.detail)));
      case Reason::DenyListIncomplete:
        return "the list of deny assignments is not complete";
      default:
        return doors();
    }
  }

  [[nodiscard]] std::string doors() const {
    switch (finding_.reason) {
      case Reason::AdminEnabled:
        return fmt::format("the admin user of {} is enabled and may do this", registry());
      case Reason::AdminDisabled:
        return fmt::format("the admin user of {} is disabled", registry());
      case Reason::AdminUnknown:
        return fmt::format("whether {} has its admin user enabled is not in the data", registry());
      case Reason::AdminNotForOperation:
        return with_detail("the admin user cannot do this");
      case Reason::AnonymousEnabled:
        return fmt::format("anonymous pull of {} is enabled", registry());
      case Reason::AnonymousDisabled:
        return fmt::format("anonymous pull of {} is disabled", registry());
      case Reason::AnonymousUnknown:
        return fmt::format("whether {} has anonymous pull enabled is open", registry());
      case Reason::AnonymousNotForOperation:
        return with_detail("anonymous callers can only pull");
      case Reason::TokenGrants:
        return fmt::format("{} contains {}", scope_map(), pattern());
      case Reason::TokenLacksAction:
        return fmt::format("{} does not contain {}", scope_map(), detail("the right"));
      case Reason::TokenDisabled:
        return "the token is disabled";
      case Reason::TokenScopeMapMissing:
        return with_detail("the token's scope map is not in the data");
      case Reason::TokenNotForOperation:
        return with_detail("tokens cannot do this");
      case Reason::TokenStateUnknown:
        return "whether the token is enabled is not in the data";
      case Reason::TokenCatalogContested:
        return "whether a token that covers every repository may list them is contested";
      case Reason::TokenNotListedForConnectedRegistry:
        return "the connected registry does not list this token";
      case Reason::ConnectedRegistryNoEntra:
        return "connected registries accept tokens only";
      case Reason::ConnectedRegistryDisabled:
        return "the connected registry is disabled, as the token is by which it synchronises";
      case Reason::ConnectedRegistryUnknown:
        return "the data has no connected registry that would tell";
      case Reason::TaskDefaultAccess:
        return "on a legacy registry a task has access to its own registry by default";
      case Reason::TaskNoDefaultAccess:
        return places_.mode_of(node_) == PermissionMode::Legacy
                   ? "by default a task reaches its own registry's data alone, and not with login mode or identity none"
                   : "on an ABAC registry a task has access to its own registry only by its identity's roles";
      case Reason::TaskNoCredential:
        return "the task belongs to another registry and has no credential for this one";
      case Reason::TaskDisabled:
        return "the task is disabled";
      case Reason::TaskIdentityUnknown:
        return with_detail("the data does not show that the task has the identity that it is to use");
      case Reason::TaskOwnCredentialOpen:
        return "what a task's credential for its own registry does is not documented";
      case Reason::TaskUsesIdentity:
        return with_detail("the task uses an identity of its own");
      case Reason::SignInNeedsNoRight:
        return "signing in needs no right of its own";
      case Reason::LoginServerUnknown:
        return "the login server is not in the data";
      case Reason::NothingToSignIn:
        return with_detail("there is nothing to sign in with");
      default:
        return operations();
    }
  }

  [[nodiscard]] std::string operations() const {
    switch (finding_.reason) {
      case Reason::NoRightExists:
        return fmt::format("no right for this exists in the {} permission mode, so nobody may", mode());
      case Reason::UnsupportedInMode:
        return fmt::format("this does not work in the {} permission mode", mode());
      case Reason::SoftDeleteContested:
        return with_detail(
            "whether a custom role's soft-delete actions count in the ABAC permission mode is contested");
      case Reason::CacheUpstreamNeedsAbac:
        return "an upstream registry of an artifact cache must be in the ABAC mode";
      case Reason::QuickBuildNeedsCaller:
        return "on an ABAC registry a quick build pushes only as its caller (--source-acr-auth-id [caller])";
      case Reason::QuickBuildDefaultAccess:
        return "on a legacy registry a quick build pushes to its own registry by default";
      case Reason::QuickBuildAsNobody:
        return "a quick build that is to sign in as nobody (--source-acr-auth-id none) cannot push";
      default:
        return after();
    }
  }

  [[nodiscard]] std::string after() const {
    switch (finding_.reason) {
      case Reason::LockedForRead:
        return fmt::format("{} is locked against reading", artifact());
      case Reason::LockedForWrite:
        return fmt::format("{} is locked against writing", artifact());
      case Reason::LockedForDelete:
        return fmt::format("{} is locked against deletion", artifact());
      case Reason::NotLocked:
        return fmt::format("{} is not locked", artifact());
      case Reason::ResourceLockBlocks:
        return fmt::format("resource lock {} stops it", lock());
      case Reason::ResourceLockContested:
        return fmt::format("whether resource lock {} stops it is not known", lock());
      case Reason::Quarantined:
        return fmt::format("{} is in quarantine", artifact());
      case Reason::QuarantineReaderMayPull:
        return "readers of quarantined artifacts may pull it";
      case Reason::QuarantineStateUnknown:
        return with_detail("whether the image is held in quarantine is open");
      case Reason::ExportPolicyDisabled:
        return with_detail("the registry's export policy is disabled");
      case Reason::ExportAllowed:
        return "the registry's export policy allows it";
      case Reason::ImportBypassOff:
        return with_detail("a registry behind network rules lets no trusted service import");
      case Reason::ImportSignedImage:
        return "content trust has signed the image, and signed images are not imported";
      case Reason::ImportAcrossTenants:
        return with_detail("a registry of another tenant without public access cannot be imported from");
      default:
        return meaning();
    }
  }

  /// The reason table's sentence as a clause.
  [[nodiscard]] std::string meaning() const {
    std::string words(evaluator::info(finding_.reason).meaning);
    if (!words.empty() && words.back() == '.') words.pop_back();
    if (words.size() > 1 && words[0] >= 'A' && words[0] <= 'Z' && words[1] >= 'a')
      words[0] = static_cast<char>(words[0] - 'A' + 'a');
    return words;
  }
  [[nodiscard]] std::string right() const { return places_.right_of(node_); }
  [[nodiscard]] std::string registry() const { return quote(places_.registry_of(node_, subject_.registry().name)); }
  [[nodiscard]] std::string_view mode() const {
    const auto mode = places_.mode_of(node_);
    return !mode ? "registry's" : *mode == PermissionMode::Abac ? "ABAC" : "legacy";
  }
  [[nodiscard]] std::string through() const {
    const std::string groups = subject_.groups(finding_.path.steps());
    return groups.empty() ? groups : ", through " + groups + ",";
  }
  [[nodiscard]] std::string pim() const { return finding_.schedule_instance ? ", active in PIM" : ""; }
  [[nodiscard]] std::string pattern(std::string_view before = "") const {
    return finding_.pattern.empty() ? std::string() : fmt::format("{}{}", before, quote(finding_.pattern));
  }
  [[nodiscard]] std::string detail(std::string_view otherwise) const {
    return finding_.detail.empty() ? std::string(otherwise) : quote(finding_.detail);
  }
  /// `text`, and the finding's detail in parentheses.
  [[nodiscard]] std::string with_detail(std::string text) const {
    if (!finding_.detail.empty()) text += fmt::format(" ({})", escape(finding_.detail));
    return text;
  }
  /// What the test that decided compared, after a colon; empty if no single test did.
  [[nodiscard]] std::string test() const {
    for (const evaluator::ConditionOutcome& outcome : finding_.conditions) {
      if (outcome.truth != model::Truth::False) continue;
      const model::SourceSpan decided_by = value_of(outcome, subject_.snapshot).decided_by;
      for (const evaluator::ConditionStep& step : steps_of(outcome, subject_.snapshot)) {
        if (step.span == decided_by && !step.note.empty()) return ": " + escape(step.note);
      }
    }
    return {};
  }
  [[nodiscard]] std::string instance_open() const {
    if (!finding_.schedule_instance) return " may be in force";
    const model::ScheduleInstance& instance = subject_.snapshot.schedule_instances[*finding_.schedule_instance];
    if (instance.start_open || instance.end_open) {
      const std::string_view what = !instance.end_open ? "begins" : instance.start_open ? "begins and ends" : "ends";
      return fmt::format(" {} at a time that {}", what,
                         instance.declared ? "only the deployment will know" : "exports contradict each other in");
    }
    return model::is_provisioned(instance) == model::Truth::True
               ? std::string(" is active in PIM, but not in the list of role assignments")
               : fmt::format(" has a status in PIM that nobody knows: {}", quote(instance.status));
  }
  /// Is the role of the grant defined several times and differently?
  [[nodiscard]] bool contradicted() const {
    const model::Snapshot& snapshot = subject_.snapshot;
    if (finding_.assignment) return snapshot[snapshot.role_assignments[*finding_.assignment].role].contradicted;
    return finding_.schedule_instance &&
           snapshot[snapshot.schedule_instances[*finding_.schedule_instance].role].contradicted;
  }
  [[nodiscard]] std::string deny_name() const {
    if (!finding_.deny_assignment) return "in the data";
    const model::DenyAssignment& deny = subject_.snapshot.deny_assignments[*finding_.deny_assignment];
    return quote(deny.name.empty() ? deny.id : deny.name);
  }
  [[nodiscard]] std::string scope_map() const {
    if (!finding_.scope_map) return "the token's scope map";
    return "scope map " + quote(subject_.snapshot.scope_maps[*finding_.scope_map].name);
  }
  [[nodiscard]] std::string artifact() const {
    if (!finding_.artifact) return finding_.detail.empty() ? "the repository" : quote(finding_.detail);
    const model::ArtifactAttributes& artifact = subject_.snapshot.artifact_attributes[*finding_.artifact];
    if (artifact.reference.empty()) return "repository " + quote(artifact.repository);
    return fmt::format("{} of {}", quote(artifact.reference), quote(artifact.repository));
  }
  [[nodiscard]] std::string lock() const {
    if (!finding_.lock) return detail("in the data");
    const model::ResourceLock& lock = subject_.snapshot.locks[*finding_.lock];
    return fmt::format("{} ({})", quote(lock.name), escape(lock.level));
  }

  const Node& node_;
  const Finding& finding_;
  const Subject& subject_;
  const Places& places_;
};

}  // namespace

Places::Places(const evaluator::Decision& decision, const model::Registry& registry) {
  collect(decision.root, {.mode = registry.mode, .right = std::nullopt, .source = {}});
}

void Places::collect(const Node& node, Place place) {
  if (node.finding.reason == Reason::UnderLegacyMode) place.mode = PermissionMode::Legacy;
  if (node.finding.reason == Reason::UnderAbacMode) place.mode = PermissionMode::Abac;
  if (node.finding.right) place.right = *node.finding.right;
  if (node.finding.reason == Reason::ImportSourceSide) place.source = node.finding.detail;
  places_.emplace(&node, place);
  for (const Node& child : node.children) collect(child, place);
}

std::optional<PermissionMode> Places::mode_of(const Node& node) const {
  const auto found = places_.find(&node);
  return found == places_.end() ? std::nullopt : found->second.mode;
}

std::string_view Places::registry_of(const Node& node, std::string_view asked) const {
  const auto found = places_.find(&node);
  return found == places_.end() || found->second.source.empty() ? asked : found->second.source;
}

std::string Places::right_of(const Node& node) const {
  constexpr std::string_view kPrefix = "Microsoft.ContainerRegistry/registries/";
  const auto found = places_.find(&node);
  if (found == places_.end() || !found->second.right) return "the right";
  std::string_view action = found->second.right->action;
  if (action.starts_with(kPrefix)) action.remove_prefix(kPrefix.size());
  return escape(action);
}

std::string in_words(const Node& node, const Subject& subject, const Places& places) {
  std::string words = Words(node, subject, places).make();
  if (!words.empty() && words.back() == ',') words.pop_back();
  return words;
}

std::string in_words(const Cause& cause) {
  const std::string subject = cause.subject.empty() ? std::string() : quote(cause.subject);
  if (cause.kind == Cause::Kind::ContestedFact) {
    const evaluator::Assumption* assumption = evaluator::find_assumption(cause.code);
    const std::string about = subject.empty() ? std::string() : fmt::format(" ({})", subject);
    if (assumption == nullptr) return fmt::format("Azure does not document {}{}", escape(cause.code), about);
    return fmt::format("a contested fact, {}: {}{}", assumption->name, assumption->question, about);
  }
  if (cause.code == "registry-mode") return fmt::format("the permission mode of {} is not in the data", subject);
  if (cause.code == "group-members") return fmt::format("the members of group {} are not in the data", subject);
  if (cause.code == "known-after-deployment") {
    const std::string_view doubt = doubt_in(cause.subject);
    return fmt::format("{} {}", doubt.empty() ? subject : escape(doubt), open_until(cause.subject));
  }
  if (cause.code == "role-definition") return fmt::format("the definition of role {} is not in the data", subject);
  if (cause.code == "management-groups") {
    return fmt::format("whether {} is above this registry is not in the data", subject);
  }
  if (cause.code == "tenant") {
    return fmt::format("the data is of several tenants and does not show of which {} is", subject);
  }
  if (cause.code == "condition-not-shown") return "the export cannot show whether an assignment has a condition";
  if (cause.code == "attribute") return fmt::format("the value of {} is not known", subject);
  if (cause.code == "unfinished-list") return fmt::format("the list of {} is not complete", escape(cause.subject));
  if (cause.code == "role-assignments")
    return fmt::format("the role assignments of subscription {} are not in the data", subject);
  if (cause.code == "active-instance")
    return fmt::format("the data does not settle whether the PIM instance {} is in force", subject);
  if (cause.code == "principal")
    return fmt::format("whether {} is deleted or of another tenant is not in the data", subject);
  if (cause.code == "registry-setting")
    return fmt::format("the setting {} of the registry is not in the data", subject);
  if (cause.code == "scope-map") return fmt::format("the scope map {} is not in the data", subject);
  if (cause.code == "token") return fmt::format("the state of token {} is not in the data", subject);
  if (cause.code == "task-identity")
    return fmt::format("the data does not show that task {} has the identity that it is to use", subject);
  if (cause.code == "task-credential")
    return fmt::format("what the credential of task {} for its own registry does is not documented", subject);
  if (cause.code == "several-records") return fmt::format("the data says several things of {}", subject);
  if (cause.code == "owning-registry")
    return fmt::format("the registry that {} belongs to is not in the data", subject);
  if (cause.code == "lock-level") return fmt::format("nobody knows the level of lock {}", subject);
  if (cause.code == "quarantine-state") return fmt::format("whether {} is in quarantine is not in the data", subject);
  if (cause.code == "question-member") return fmt::format("the question does not say {}", subject);
  if (cause.code == "repository-names") return fmt::format("the repositories of {} are not in the data", subject);
  if (cause.code == "connected-registry") return "the connected registry is not in the data";
  return subject.empty() ? escape(cause.code) : fmt::format("{} {}", escape(cause.code), subject);
}

}  // namespace acrbiter::cli::report
