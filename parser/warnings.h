// The closed list of warning codes that reading may give, each with what it means for answers.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace acrbiter::parser {

struct WarningMeaning {
  std::string_view code;
  std::string_view meaning;
};

inline constexpr std::array kWarnings = {
    // the file as a whole
    WarningMeaning{"unrecognised-file", "nothing in the file is of a known kind; no answer uses it"},
    WarningMeaning{"not-read-here", "the kind is known, but access is not read from it; no answer uses it"},
    WarningMeaning{"empty-file", "the file holds nothing; if a list was expected, export it again"},
    WarningMeaning{"empty-list", "the file holds an empty list; of what cannot be told, so no list counts as given"},
    WarningMeaning{"unrecognised-object", "an object in a known list is of no known kind and is not used"},
    WarningMeaning{"incomplete-page", "more of the list exists: what looks denied may be allowed, and the reverse"},
    WarningMeaning{"depth-cut", "PowerShell cut nested objects to text; what they held is not known"},
    WarningMeaning{"older-state", "a newer state of the same history was read, which alone counts"},
    WarningMeaning{"one-address-in-several-plans",
                   "plans make different things of one address; each is called by the address and its file"},
    WarningMeaning{"one-address-in-several-spellings",
                   "addresses differ in letter case alone; whoever has one is called by the address and a number"},
    WarningMeaning{"link-skipped", "a symbolic link to a folder is not followed"},
    // role assignments
    WarningMeaning{"condition-not-shown", "the export cannot show conditions: grants may be narrower than they look"},
    WarningMeaning{"condition-malformed", "the condition does not parse: what it restricts is unknown"},
    WarningMeaning{"assignment-unusable", "a row lacks its principal and grants nothing"},
    WarningMeaning{"assignment-without-role", "a row lacks its role, which may be any"},
    WarningMeaning{"assignment-without-scope",
                   "a row lacks its scope, which may be any: answers that rest on it stay open"},
    WarningMeaning{"scope-cut-off",
                   "a scope breaks off: where it holds is not known, and answers that rest on it stay open"},
    WarningMeaning{"classic-administrator", "classic administrators were retired in 2024 and grant nothing"},
    WarningMeaning{"duplicate-assignment", "principal, role and scope occur twice; both count, together"},
    WarningMeaning{"assignment-conflict",
                   "rows of one assignment say different things: which of them is there is not known"},
    WarningMeaning{"outside-assignable-scopes",
                   "a role is assigned where its definition does not allow it; the assignment counts all the same"},
    WarningMeaning{"data-actions-at-management-group",
                   "a custom role with data actions, at a management group; it counts, also for the registry's data"},
    WarningMeaning{"orphaned-principal",
                   "the principal is deleted, and then its assignments grant nothing, or of another tenant"},
    // roles
    WarningMeaning{"unknown-role",
                   "an assigned role that neither the data nor the catalogue defines grants nothing known"},
    WarningMeaning{"role-defined-twice", "two different definitions of one role; what it grants counts as not known"},
    WarningMeaning{"role-conditions-lost",
                   "a dump that flattened a role of several entries or conditions may allow too much"},
    WarningMeaning{"role-unusable", "a role definition lacks its id or its permissions and is not used"},
    WarningMeaning{"action-spelling",
                   "an action has blanks or slashes at its ends and matches literally, so most likely never"},
    // deny assignments, PIM, management groups
    WarningMeaning{"deny-unusable", "a deny assignment denies nobody or nothing, as it stands"},
    WarningMeaning{"deny-conflict",
                   "exports contradict each other in what a deny assignment denies, to whom or where: that is open"},
    WarningMeaning{"unknown-deny-effect", "an effect nobody knows counts as enforced"},
    WarningMeaning{"schedule-unusable", "a PIM row lacks its principal or its role"},
    WarningMeaning{"hierarchy-conflict",
                   "exports contradict each other in where a management group or subscription is; its place is open"},
    WarningMeaning{
        "several-tenants",
        "assignments at the root and at management groups count in one tenant each: open where none is shown"},
    WarningMeaning{"hierarchy-unusable", "a management group or subscription without an id"},
    // registries and what hangs below them
    WarningMeaning{"unknown-mode", "a permission mode nobody knows; both modes stay possible"},
    WarningMeaning{"lock-conflict",
                   "two exports show a repository, manifest or tag with different locks; it may be locked or not"},
    WarningMeaning{"registry-conflict", "two exports of one registry say different things; those count as not known"},
    WarningMeaning{"registry-unusable", "a registry without id and name is not used"},
    WarningMeaning{"child-unusable", "a token, scope map, task or rule without id and name is not used"},
    WarningMeaning{"child-without-registry", "it is not known which registry the token, map, task or rule belongs to"},
    WarningMeaning{"unknown-scope-map-action", "an action of a scope map that nobody knows grants nothing known"},
    WarningMeaning{"token-expiry-unreadable", "whether the token's passwords still hold is not known"},
    WarningMeaning{"secret-in-export", "the file holds passwords; they are neither kept nor printed"},
    WarningMeaning{"repositories-without-registry", "a list of repositories of an unknown registry is not used"},
    WarningMeaning{"attributes-without-repository", "locks and quarantine of an unknown repository are not used"},
    WarningMeaning{"lock-unusable", "a lock lacks what it locks"},
    // infrastructure code
    WarningMeaning{"parameters-missing", "a template has parameters without value; what depends on them is not known"},
    WarningMeaning{"parameters-without-template", "a parameter file that no template takes is not used"},
    WarningMeaning{"parameters-differ", "two files give one parameter two values; it counts as not known"},
    WarningMeaning{"template-not-read", "a template stands somewhere else; what it deploys is not known"},
    WarningMeaning{"unknown-template-function", "what a function nobody knows gives is not known"},
    WarningMeaning{"uncertain-resource", "whether a resource will be there is not known"},
    WarningMeaning{"declaration-open",
                   "what a scope map, a role or a PIM request allows, or which registry a change is of, shows after "
                   "the deployment only"},
    WarningMeaning{"deletes-unlisted", "a deployment deletes registries, and it is not known which"},
    WarningMeaning{"what-if-open", "a change is announced that the answer does not show"},
    // identities, groups, workloads
    WarningMeaning{"members-without-subject", "a list of members or groups of an unknown owner says nothing"},
    WarningMeaning{"hidden-members", "members of a group are hidden: who is not listed may be a member all the same"},
    WarningMeaning{
        "group-kind-not-told",
        "a group for mail may be a distribution list, by which nobody has anything, or one of Microsoft 365"},
    WarningMeaning{"lock-level-conflict",
                   "exports contradict each other in the level of a lock: what not all of them forbid is open"},
    WarningMeaning{"lock-without-level", "a lock of which the export does not tell the level may be of any"},
    WarningMeaning{"principal-conflict",
                   "exports contradict each other in whether somebody is deleted, a group is for mail alone, or which "
                   "security attributes somebody has: that is open"},
    WarningMeaning{"members-conflict",
                   "two complete lists contradict each other in who is in a group; who is not in both may be or not"},
    WarningMeaning{"directory-object-unusable", "a directory object without an id is not used"},
    WarningMeaning{"application-or-principal",
                   "an object that may be an application is taken for its service principal"},
    // infrastructure code
    WarningMeaning{"declaration-unusable", "a resource of infrastructure code could not be read; no answer uses it"},
    WarningMeaning{"workload-without-principal", "which principal a workload pulls as is not known"},
    WarningMeaning{"workload-identity-not-attached", "an app names an identity that it does not have"},
    // Terraform
    WarningMeaning{"terraform-partial", "the plan or state does not hold everything: more may change than it shows"},
    WarningMeaning{"terraform-drift", "the plan starts from a change that Terraform did not make"},
    WarningMeaning{"terraform-unresolved",
                   "a value is known only after the deployment and may be any: answers that rest on it stay open"},
    WarningMeaning{"terraform-reference-followed",
                   "a value known only after the deployment is taken to be what its expression refers to"},
    WarningMeaning{"terraform-mode-not-told", "a registry's permission mode is not in the plan; both stay possible"},
    WarningMeaning{"terraform-not-read", "resources that may have a bearing on access and are not read"},
    WarningMeaning{"plan-adds-only",
                   "an access test has an export or a state as its plan: what that lacks counts as staying"},
    WarningMeaning{"terraform-deleted-principal", "a principal is deleted; its assignments still count"},
};

[[nodiscard]] constexpr bool is_warning_code(std::string_view code) noexcept {
  return std::any_of(kWarnings.begin(), kWarnings.end(), [&](const WarningMeaning& w) { return w.code == code; });
}

}  // namespace acrbiter::parser
