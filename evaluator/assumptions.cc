#include "evaluator/assumptions.h"

#include <algorithm>
#include <cassert>

namespace acrbiter::evaluator {
namespace {

using Id = AssumptionId;
using Words = std::span<const std::string_view>;

// Sets of readings. "unknown" as a default means: undetermined where it matters.
constexpr std::string_view kYesNo[] = {"yes", "no"};
constexpr std::string_view kNo[] = {"no"};
constexpr std::string_view kByAction[] = {"by-action"};
constexpr std::string_view kAllowedDenied[] = {"allowed", "denied"};
constexpr std::string_view kUntag[] = {"any", "metadata-write", "delete"};
constexpr std::string_view kHonoured[] = {"not-honoured", "honoured"};
constexpr std::string_view kTokenCatalog[] = {"denied", "root-wildcard"};
constexpr std::string_view kAzLogin[] = {"not-needed", "needed"};
constexpr std::string_view kEvaluatedIgnored[] = {"evaluated", "ignored"};
constexpr std::string_view kMinutes[] = {"180", "75", "34"};
constexpr std::string_view kRefreshToken[] = {"refresh-token"};
constexpr std::string_view kLegacyCondition[] = {"ignored", "evaluated", "fails-closed"};
constexpr std::string_view kUnknownOnly[] = {"unknown-role"};
constexpr std::string_view kRead[] = {"read-export"};
constexpr std::string_view kResourceAttribute[] = {"supplied", "absent"};
constexpr std::string_view kTokenPush[] = {"both", "write-suffices"};
constexpr std::string_view kQuickRun[] = {"caller-required", "not-required"};
constexpr std::string_view kAppliesIgnored[] = {"applies", "ignored"};
constexpr std::string_view kGrouping[] = {"and-first", "left-to-right"};
constexpr std::string_view kFalseOnly[] = {"false"};
constexpr std::string_view kMalformed[] = {"malformed"};
constexpr std::string_view kIndeterminate[] = {"indeterminate"};
constexpr std::string_view kNotSupplied[] = {"not-supplied"};
constexpr std::string_view kCrosses[] = {"crosses"};
constexpr std::string_view kVersion[] = {"as-2.0"};
constexpr std::string_view kAsciiOnly[] = {"ascii-only"};
constexpr std::string_view kPerEntry[] = {"per-entry"};
constexpr std::string_view kBothHold[] = {"both-hold"};
constexpr std::string_view kNoGrant[] = {"no-grant", "unknown"};
constexpr std::string_view kCounted[] = {"not-counted", "covers"};
constexpr std::string_view kMiddleStar[] = {"needs-a-segment"};
constexpr std::string_view kLiteral[] = {"literal"};
constexpr std::string_view kUnion[] = {"union"};
constexpr std::string_view kReported[] = {"reported"};
constexpr std::string_view kEnforced[] = {"enforced"};
constexpr std::string_view kCaveat[] = {"caveat"};
constexpr std::string_view kFiveMaps[] = {"five-known"};
constexpr std::string_view kPlanner[] = {"reader-and-lister"};
constexpr std::string_view kNeverRequired[] = {"never-required"};
constexpr std::string_view kBothModes[] = {"both-modes"};
constexpr std::string_view kOutdated[] = {"outdated"};
constexpr std::string_view kIncompatible[] = {"incompatible"};
constexpr std::string_view kGenerallyAvailable[] = {"generally-available"};
constexpr std::string_view kGuid[] = {"2a1e307c-b015-4ebd-883e-5b7698a07328"};
constexpr std::string_view kIndirect[] = {"indirect"};
constexpr std::string_view kTrust[] = {"reach"};
constexpr std::string_view kNothing[] = {"nothing"};
constexpr std::string_view kRefused[] = {"refused", "accepted"};

constexpr std::array<Assumption, static_cast<std::size_t>(Id::Count)> kRegister{{
    {Id::LegacyHonouredRoles, "legacy-honoured-roles",
     "Which roles count for data on a legacy registry: three named ones, or every role with the actions?",
     Words(kByAction), "by-action", "acr-authorization J1: LOGIN against DIR"},
    {Id::OwnerQuarantineAndTrust, "owner-quarantine-and-trust",
     "May Owner and Contributor handle quarantine and content trust on a legacy registry?", Words(kByAction),
     "by-action", "acr-authorization J2: OLDROLES against DIR"},
    {Id::ReferrerDelete, "referrer-delete", "May AcrPush delete referrers although it lacks artifacts/delete?",
     Words(kByAction), "by-action", "acr-authorization J3: DIR against ROLES"},
    {Id::UntagRight, "untag-right", "Which right removes a tag?", Words(kUntag), "any",
     "acr-authorization J4: DIR, TOK against CLISRC"},
    {Id::AcrPullSeesAttributes, "acrpull-sees-attributes",
     "May AcrPull see attributes, as the CLI asks the same scope for tags?", Words(kByAction), "by-action",
     "acr-authorization J5: DIR against CLISRC"},
    {Id::RepositoryScope, "repository-scope",
     "Does an assignment whose scope is a repository path below the registry count?", Words(kHonoured), "not-honoured",
     "acr-authorization J6: A2A against ABAC"},
    {Id::TokenCatalog, "token-catalog", "May a token whose scope map covers every repository list the catalog?",
     Words(kTokenCatalog), "denied", "acr-authorization J7: TOK against ISSUES"},
    {Id::SystemScopeMaps, "system-scope-maps", "Which system scope maps exist?", Words(kFiveMaps), "five-known",
     "acr-authorization J8: TOK against exports"},
    {Id::AcrPushMapping, "acrpush-mapping", "Does the ABAC successor of AcrPush include listing the catalog?",
     Words(kPlanner), "reader-and-lister", "acr-authorization J9: ABAC"},
    {Id::AzLoginRight, "az-login-right", "Does az acr login need a control-plane right?", Words(kAzLogin), "not-needed",
     "acr-authorization J10: OVR, DIR against MI, CLISRC"},
    {Id::ImageSignerInAbac, "image-signer-in-abac", "Does content trust signing work in the ABAC mode?",
     Words(kAllowedDenied), "denied", "acr-authorization J11: PREV against OVR"},
    {Id::ArmPrivateLink, "arm-private-link",
     "Does the tenant use an ARM private link, without which wildcards in custom roles do not expand for registry "
     "data?",
     Words(kYesNo), "unknown", "acr-authorization J12: CUST against RBAC"},
    {Id::ConditionOnOtherRole, "condition-on-other-role",
     "Does a condition count on a role other than the three repository roles?", Words(kEvaluatedIgnored), "evaluated",
     "acr-authorization J13, C.5: OVR against DUMP"},
    {Id::WhoAssignsRoles, "who-assigns-roles", "Which roles may write role assignments?", Words(kByAction), "by-action",
     "acr-authorization J14: OVR against RBAC"},
    {Id::TasksContributorData, "tasks-contributor-data", "Has Tasks Contributor data access?", Words(kIndirect),
     "indirect", "acr-authorization J15: DIR against the role's description"},
    {Id::TrustedServicesReach, "trusted-services-reach",
     "Do trusted services reach a registry with restricted networks?", Words(kTrust), "reach",
     "acr-authorization J16: IPR, NET against TRUST"},
    {Id::LoginLifetime, "login-lifetime", "How many minutes does a registry sign-in through Entra last?",
     Words(kMinutes), "180", "acr-authorization J17: AUTH against OAUTH"},
    {Id::ExposedTokenKind, "exposed-token-kind", "What does --expose-token print?", Words(kRefreshToken),
     "refresh-token", "acr-authorization J18: AUTH against CLI"},
    {Id::RepositoryRightsForEntra, "repository-rights-for-entra", "Can repository rights be given to Entra identities?",
     Words(kOutdated), "outdated", "acr-authorization J19: TOK against ABAC"},
    {Id::SoftDeleteInAbac, "soft-delete-in-abac",
     "Do the soft-delete actions, of a custom role or of the admin user, count in the ABAC mode?", Words(kHonoured),
     "unknown", "acr-authorization J20: SOFT against DIR"},
    {Id::MetadataDelete, "metadata-delete", "Which operation needs metadata/delete?", Words(kNeverRequired),
     "never-required", "acr-authorization J21: OPS"},
    {Id::MissingMode, "missing-mode", "Which mode has a registry whose export does not show it?", Words(kBothModes),
     "both-modes", "acr-authorization J22: TYPES"},
    {Id::LegacySupportList, "legacy-support-list",
     "Does the older support text's list of pulling roles hold for the ABAC mode?", Words(kOutdated), "outdated",
     "acr-authorization J23"},
    {Id::ContinuousPatching, "continuous-patching", "Does continuous patching work on ABAC registries?",
     Words(kIncompatible), "incompatible", "acr-authorization J24: PATCH"},
    {Id::ConfigurationReaderRights, "configuration-reader-rights",
     "What may the Configuration Reader role do beyond reading?", Words(kByAction), "by-action",
     "acr-authorization J25: DIR against DUMP"},
    {Id::ConditionOnLegacyRegistry, "condition-on-legacy-registry",
     "What does a condition do on an assignment that reaches a legacy registry?", Words(kLegacyCondition), "unknown",
     "acr-authorization J26"},
    {Id::PushNeedsMetadata, "push-needs-metadata", "Does a push need metadata rights in the ABAC mode?", Words(kNo),
     "no", "acr-authorization J27"},
    {Id::ConnectedRegistrySyncRoles, "connected-registry-sync-roles", "What do the Connected Registry Sync roles hold?",
     Words(kUnknownOnly), "unknown-role", "acr-authorization J28"},
    {Id::LoginServerFromName, "login-server-from-name", "Is the login server the registry's name with a suffix?",
     Words(kRead), "read-export", "acr-authorization J29: DNL"},
    {Id::TaskUserIdentityBypass, "task-user-identity-bypass",
     "Does a task with a user-assigned identity bypass the registry's network rules?", Words(kYesNo), "unknown",
     "acr-authorization J30: TASKNET"},
    {Id::ResourceAttributeForRepository, "resource-attribute-for-repository",
     "Is the repository name supplied as @Resource?", Words(kResourceAttribute), "unknown",
     "acr-authorization J31: PREV against ABAC"},
    {Id::RepositoryRolesPreview, "repository-roles-preview", "Are the repository roles still in preview?",
     Words(kGenerallyAvailable), "generally-available", "acr-authorization J32: ROLES against ABAC"},
    {Id::TokenPushRights, "token-push-rights", "Does a token push with content/write alone?", Words(kTokenPush), "both",
     "acr-authorization J33: TOK against TOK"},
    {Id::QuickRunAuthentication, "quick-run-authentication", "Does a quick run need [caller] on an ABAC registry?",
     Words(kQuickRun), "caller-required", "acr-authorization J34: PURGE against ABAC"},
    {Id::AdminInAbac, "admin-in-abac", "Does the admin user work on an ABAC registry?", Words(kAllowedDenied),
     "allowed", "acr-authorization J35: AUTH, OVR"},
    {Id::ManagementRoles, "management-roles", "Does viewing a registry need the Configuration Administrator role?",
     Words(kByAction), "by-action", "acr-authorization J36: LOGIN against DIR"},
    {Id::AdminDelete, "admin-delete", "May the admin user delete?", Words(kAllowedDenied), "allowed",
     "acr-authorization J37"},
    {Id::AnonymousCatalog, "anonymous-catalog", "May anonymous callers list repositories where anonymous pull is on?",
     Words(kAllowedDenied), "denied", "acr-authorization J37"},
    {Id::AnonymousListTags, "anonymous-list-tags", "May anonymous callers list tags where anonymous pull is on?",
     Words(kAllowedDenied), "allowed", "acr-authorization D.3: sample code lists tags"},
    {Id::DenyOnDataPlane, "deny-on-data-plane", "Do deny assignments reach registry data?", Words(kAppliesIgnored),
     "applies", "acr-authorization J38"},
    {Id::PropagationDelays, "propagation-delays", "When does a change take effect?", Words(kCaveat), "caveat",
     "acr-authorization J39: RBAC, ABAC"},
    {Id::WriterRoleGuid, "writer-role-guid", "Which GUID has Container Registry Repository Writer?", Words(kGuid),
     "2a1e307c-b015-4ebd-883e-5b7698a07328", "acr-authorization J40"},

    {Id::AmbiguousGrouping, "ambiguous-grouping", "In which order are AND and OR read without parentheses?",
     Words(kGrouping), "unknown", "condition-language 13 and 4"},
    {Id::MissingValueBelowNot, "missing-value-below-not", "What is a comparison on a missing value, below NOT?",
     Words(kFalseOnly), "unknown", "condition-language 13 and 8"},
    {Id::QuoteInString, "quote-in-string", "Can a string hold a quote?", Words(kMalformed), "malformed",
     "condition-language 13 and 2"},
    {Id::EmptyList, "empty-list", "What is a quantified comparison with an empty list?", Words(kIndeterminate),
     "indeterminate", "condition-language 13 and 6.3"},
    {Id::ListWithoutQuantifier, "list-without-quantifier", "What is a comparison of a list without a quantifier?",
     Words(kIndeterminate), "indeterminate", "condition-language 13 and 6.3"},
    {Id::AttributeSpelling, "attribute-spelling", "What is an attribute with another source or name than documented?",
     Words(kNotSupplied), "not-supplied", "condition-language 13 and 7"},
    {Id::ActionStarCrossesSlash, "action-star-crosses-slash", "Does * in ActionMatches cross a slash?", Words(kCrosses),
     "crosses", "condition-language 13 and 5"},
    {Id::SeveralActionPatterns, "several-action-patterns", "Can ActionMatches hold several patterns?",
     Words(kMalformed), "malformed", "condition-language 13 and 5"},
    {Id::DateWithoutZone, "date-without-zone", "What is a date without Z, or without a time?", Words(kIndeterminate),
     "indeterminate", "condition-language 13 and 9"},
    {Id::UnknownOperator, "unknown-operator", "What is a condition with an operator that is not documented?",
     Words(kMalformed), "malformed", "condition-language 13 and 6.1"},
    {Id::ConditionVersion, "condition-version", "What is a condition whose version is not 2.0?", Words(kVersion),
     "unknown", "condition-language 13 and 10; azure-rbac-semantics 16"},
    {Id::NonAsciiIgnoreCase, "non-ascii-ignore-case", "How do IgnoreCase operators compare letters beyond ASCII?",
     Words(kAsciiOnly), "ascii-only", "condition-language 13 and 6.1"},

    {Id::NotActionsAcrossEntries, "not-actions-across-entries", "Do NotActions reach other entries of the same role?",
     Words(kPerEntry), "per-entry", "azure-rbac-semantics 16 and 2"},
    {Id::RoleAndAssignmentCondition, "role-and-assignment-condition",
     "How do a role's condition and an assignment's go together?", Words(kBothHold), "both-hold",
     "azure-rbac-semantics 16 and 3"},
    {Id::IndeterminateCondition, "indeterminate-deny-condition",
     "Does a deny assignment apply whose condition is indeterminate?", Words(kAppliesIgnored), "applies",
     "azure-rbac-semantics 16 and 8"},
    {Id::UnknownRole, "unknown-role", "What does an assignment of a role grant that is not in the data?",
     Words(kNoGrant), "no-grant", "azure-rbac-semantics 16 and 1"},
    {Id::UnplacedManagementGroup, "unplaced-management-group",
     "Does an assignment at a management group count whose place above the registry is not in the data?",
     Words(kCounted), "not-counted", "azure-rbac-semantics 16 and 5"},
    {Id::MiddleStar, "middle-star", "Can a * between separators stand for nothing at all?", Words(kMiddleStar),
     "needs-a-segment", "azure-rbac-semantics 16 and 2"},
    {Id::ActionStringBlanks, "action-string-blanks",
     "Are blanks and slashes at the ends of action strings significant?", Words(kLiteral), "literal",
     "azure-rbac-semantics 16 and 2"},
    {Id::DuplicateAssignments, "duplicate-assignments",
     "What do assignments of the same principal, role and scope mean?", Words(kUnion), "union",
     "azure-rbac-semantics 16 and 7"},
    {Id::AuditDeny, "audit-deny", "Does a deny assignment with audit effect deny?", Words(kReported), "reported",
     "azure-rbac-semantics 16 and 8"},
    {Id::UnknownDenyEffect, "unknown-deny-effect", "Does a deny assignment with an unknown effect deny?",
     Words(kEnforced), "enforced", "azure-rbac-semantics 16 and 8"},

    {Id::LegacyPushWithoutPull, "legacy-push-without-pull",
     "Does push/write without pull/read push to a legacy registry?", Words(kAllowedDenied), "denied",
     "acr-authorization B.2"},
    {Id::ScopeMapRootCovered, "scope-map-root-covered", "Does sample/* in a scope map cover sample itself?",
     Words(kYesNo), "no", "acr-authorization D.2"},
    {Id::SignedPullInAbac, "signed-pull-in-abac", "Can images signed by content trust be pulled in the ABAC mode?",
     Words(kAllowedDenied), "unknown", "acr-authorization B.3 row 22"},
    {Id::ReadOnlyLockOnActions, "read-only-lock-on-actions", "Does a ReadOnly lock stop operations of the action kind?",
     Words(kYesNo), "unknown", "acr-authorization F"},
    {Id::AllReadRoles, "all-read-roles", "Do roles with */read other than Reader read the data of legacy registries?",
     Words(kByAction), "by-action", "acr-authorization C.6: documented for Reader alone"},
    {Id::ImporterStreaming, "importer-streaming-policy", "May the Data Importer role see the streaming policy?",
     Words(kByAction), "by-action", "acr-authorization B.3 row 26: DIR against the role's definition"},
    {Id::AbacCredentialLater, "abac-credential-later",
     "Is a credential refused that was issued in the ABAC mode, once the registry is in the legacy mode?",
     Words(kRefused), "unknown", "acr-authorization H.3: by the rule for the other direction, without a document"},

    {Id::MissingRoleAssignments, "missing-role-assignments",
     "What is assigned in a subscription whose role assignments are not in the data?", Words(kNothing), "unknown",
     "input-formats 10"},
}};

constexpr std::uint8_t kOpen = 0x7F;  ///< the place of "unknown", and the mask of all places
constexpr std::uint8_t kPinned = 0x80;

constexpr std::size_t index_of(AssumptionId id) { return static_cast<std::size_t>(id); }

constexpr bool register_in_order() {
  for (std::size_t i = 0; i < kRegister.size(); ++i) {
    if (index_of(kRegister[i].id) != i) return false;
  }
  return true;
}
static_assert(register_in_order(), "the register is indexed by AssumptionId");

std::optional<std::uint8_t> reading_index(const Assumption& entry, std::string_view reading) {
  if (reading == "unknown") return may_be_unknown(entry) ? std::optional(kOpen) : std::nullopt;
  const auto found = std::find(entry.readings.begin(), entry.readings.end(), reading);
  if (found == entry.readings.end()) return std::nullopt;
  return static_cast<std::uint8_t>(found - entry.readings.begin());
}

}  // namespace

bool may_be_unknown(const Assumption& entry) { return entry.readings.size() > 1 || entry.default_reading == "unknown"; }

std::span<const Assumption> assumption_register() { return kRegister; }

const Assumption& assumption(AssumptionId id) { return kRegister[index_of(id)]; }

const Assumption* find_assumption(std::string_view name) {
  const auto found =
      std::find_if(kRegister.begin(), kRegister.end(), [&](const Assumption& a) { return a.name == name; });
  return found == kRegister.end() ? nullptr : &*found;
}

Readings::Readings() {
  static const auto kDefaults = [] {
    decltype(reading_) defaults{};
    for (const Assumption& entry : kRegister) {
      const auto reading = reading_index(entry, entry.default_reading);
      assert(reading);
      defaults[index_of(entry.id)] = *reading;
    }
    return defaults;
  }();
  reading_ = kDefaults;
}

bool Readings::pin(std::string_view name, std::string_view reading) {
  const Assumption* entry = find_assumption(name);
  if (entry == nullptr) return false;
  const auto chosen = reading_index(*entry, reading);
  if (!chosen) return false;
  reading_[index_of(entry->id)] = static_cast<std::uint8_t>(*chosen | kPinned);
  return true;
}

std::string_view Readings::operator[](AssumptionId id) const {
  const std::uint8_t reading = reading_[index_of(id)] & kOpen;
  return reading == kOpen ? std::string_view("unknown") : assumption(id).readings[reading];
}

bool Readings::pinned(AssumptionId id) const { return (reading_[index_of(id)] & kPinned) != 0; }

}  // namespace acrbiter::evaluator
