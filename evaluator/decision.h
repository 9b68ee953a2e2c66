// The answer to a question, as data. Text, tree and JSON are renderings of it; nothing else explains a verdict.
//
// A decision is a tree of three-valued nodes. The value of a leaf is a finding about the data; the value of an inner
// node follows from its children by `combine` alone, so that a reader can check the verdict from the tree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/condition_eval.h"
#include "evaluator/question.h"
#include "model/snapshot.h"
#include "model/truth.h"

namespace acrbiter::evaluator {

enum class Verdict : std::uint8_t { Deny, Undetermined, Allow };
[[nodiscard]] constexpr Verdict verdict_of(model::Truth t) noexcept { return static_cast<Verdict>(t); }
[[nodiscard]] std::string_view to_string(Verdict verdict);

/// Reasons: the closed list of `acrbiter catalog reasons`. The order is that of the table in reasons.cc.
enum class Reason : std::uint8_t {
  // inner nodes
  Answer,           ///< the whole
  ModeUnknown,      ///< the registry's mode is not in the data: both modes are asked
  UnderLegacyMode,  ///< everything as if in the legacy mode
  UnderAbacMode,    ///< everything as if in the ABAC mode
  Gates,            ///< network and authentication
  EntraDoor,
  AdminDoor,
  TokenDoor,
  AnonymousDoor,
  TaskDoor,
  ConnectedRegistryDoor,
  AlternativeRights,   ///< one of several sets of rights
  RightNeeded,         ///< one action or data action
  GrantsConsidered,    ///< all role assignments for one right
  DeniesConsidered,    ///< all deny assignments for one right
  AfterAuthorization,  ///< locks, quarantine, export policy
  ImportSourceSide,    ///< the rights at the source of an import
  // question
  RepositoryNameInvalid,
  LoginServerUpperCase,
  LoginServerMismatch,
  LoginServerMatches,
  // network
  NetworkManagementPath,
  NetworkPrivateEndpointApproved,
  NetworkPrivateEndpointNotApproved,
  NetworkPublicDisabled,
  NetworkOpen,
  NetworkIpAllowed,
  NetworkIpRefused,
  NetworkTrustedService,
  NetworkServiceEndpointRefused,
  NetworkTaskRefused,
  NetworkTaskAllowed,
  NetworkAgentPool,
  NetworkUndecided,
  NetworkNotAsked,
  // authentication
  CredentialAccepted,
  CredentialAudienceRefused,
  CredentialAgeExceeded,
  CredentialOtherMode,
  CredentialSecretExpired,
  CredentialUserNameWrong,
  CredentialPasswordUnknown,
  CredentialPasswordExpired,
  CredentialStoredSent,
  CredentialWrongKind,
  CredentialUndecided,
  CredentialNotAsked,
  // role assignments, one finding each
  Grants,
  GrantedThroughGroup,
  OtherPrincipal,
  OutOfScope,
  MembershipUnknown,
  UnknownRole,
  IgnoredByMode,
  NotInRole,
  ExcludedByNotActions,
  ConditionFalse,
  ConditionUnknown,
  ConditionMalformed,
  ConditionAttributeNotSupplied,
  ConditionNotShown,
  ConditionOnLegacyRegistry,
  WildcardInCustomRole,
  MisplacedScope,
  UnplacedManagementGroup,
  NotInForce,
  EligibleOnly,
  OrphanedPrincipal,
  WrongKindOfId,
  NoAssignment,
  ListIncomplete,
  RegistryUnplaced,
  // deny assignments, one finding each
  DenyApplies,
  DenyAuditOnly,
  DenyExcluded,
  DenyOtherPrincipal,
  DenyOtherAction,
  DenyOutOfScope,
  DenyConditionFalse,
  DenyConditionUnknown,
  DenyMembershipUnknown,
  DenyPossible,
  NoDenyAssignment,
  DenyListMissing,
  DenyListIncomplete,
  // doors
  AdminEnabled,
  AdminDisabled,
  AdminUnknown,
  AdminNotForOperation,
  AnonymousEnabled,
  AnonymousDisabled,
  AnonymousUnknown,
  AnonymousNotForOperation,
  TokenGrants,
  TokenLacksAction,
  TokenDisabled,
  TokenScopeMapMissing,
  TokenNotForOperation,
  TokenOfOtherRegistry,
  TokenStateUnknown,
  TokenCatalogContested,
  TokenNotListedForConnectedRegistry,
  ConnectedRegistryNoEntra,
  ConnectedRegistryUnknown,
  ConnectedRegistryDisabled,
  TaskDefaultAccess,
  TaskNoDefaultAccess,
  TaskDisabled,
  TaskIdentityUnknown,
  TaskUsesIdentity,
  SignInNeedsNoRight,
  LoginServerUnknown,
  NothingToSignIn,
  // operations
  NoRightExists,
  UnsupportedInMode,
  SoftDeleteContested,
  CacheUpstreamNeedsAbac,
  QuickBuildNeedsCaller,
  QuickBuildDefaultAccess,
  // after authorization
  LockedForRead,
  LockedForWrite,
  LockedForDelete,
  NotLocked,
  ResourceLockBlocks,
  ResourceLockContested,
  Quarantined,
  QuarantineReaderMayPull,
  QuarantineStateUnknown,
  QuarantineNotAsked,
  ExportPolicyDisabled,
  ExportAllowed,
  ExportPolicyUnknown,
  ImportBypassOff,
  ImportBypassUnknown,
  Count
};

struct ReasonInfo {
  Reason reason{};
  std::string_view code;     ///< the word in answers, e.g. "ignored-by-mode"
  std::string_view meaning;  ///< one sentence
  std::string_view source;
};
[[nodiscard]] std::span<const ReasonInfo> reason_table();
[[nodiscard]] const ReasonInfo& info(Reason reason);

/// Something that keeps an answer open.
struct Cause {
  enum class Kind : std::uint8_t { MissingDatum, ContestedFact };
  Kind kind = Kind::MissingDatum;
  std::string code;     ///< for a datum a word of the closed list in causes.h ("registry-mode", "group-members", …);
                        ///< for a contested fact the assumption's name
  std::string subject;  ///< which one: a group, an attribute, a registry
  std::string command;  ///< the command that exports it, or "--assume NAME=READING"
  friend bool operator==(const Cause&, const Cause&) = default;
};

/// How a condition fared. Which condition: the role's entry or the assignment's own.
struct ConditionOutcome {
  model::ConditionIndex condition = model::kNoCondition;
  bool of_role = false;
  ConditionValue value;
  std::vector<ConditionStep> steps;  ///< every sub-expression
};

/// The facts behind one node. Only the members that `reason` speaks of are set.
struct Finding {
  Reason reason = Reason::Answer;
  std::optional<Right> right;
  std::optional<std::size_t> assignment;         ///< index into Snapshot::role_assignments
  std::optional<std::size_t> deny_assignment;    ///< … deny_assignments
  std::optional<std::size_t> schedule_instance;  ///< … schedule_instances
  std::optional<std::size_t> scope_map;          ///< … scope_maps
  std::optional<std::size_t> artifact;           ///< … artifact_attributes
  std::optional<std::size_t> lock;               ///< … locks
  std::vector<model::PrincipalIndex> path;       ///< asker, …, the group that holds the assignment
  std::size_t permission = 0;                    ///< entry of the role that matched or came nearest
  std::string pattern;                           ///< action pattern or scope-map action that matched
  std::string detail;                            ///< a name, an address, a mode: what the sentence needs
  std::size_t count = 0;                         ///< summaries: how many rows this stands for
  std::vector<ConditionOutcome> conditions;
  std::vector<AssumptionId> assumptions;  ///< contested facts that this finding rests on
};

/// How a node's value follows from its children.
enum class Combine : std::uint8_t {
  Leaf,   ///< it is a finding
  All,    ///< minimum of the children; true without children
  Any,    ///< maximum of the children; false without children
  Not,    ///< negation of the only child
  Agree,  ///< the children's value if they have the same, else unknown
};

struct Node {
  Combine combine = Combine::Leaf;
  model::Truth value = model::Truth::Unknown;
  Finding finding;
  std::vector<Cause> causes;  ///< of a leaf that is unknown
  std::vector<Node> children;
};

/// What the value of an inner node must be, from its children.
[[nodiscard]] model::Truth recompute(const Node& node);

/// Hints that are not part of the verdict.
struct Hint {
  enum class Kind : std::uint8_t { NearestName, WouldGrant, AlsoAnonymous, EligibleRole, IndirectAccess, Caveat };
  Kind kind{};
  std::string subject;  ///< repository name, role name, assignment id, …
  std::string detail;
};

struct Decision {
  Verdict verdict = Verdict::Undetermined;
  Node root;
  std::vector<std::string> flags;  ///< words for scripts, sorted, each once; e.g. "no-deny-assignments-in-data"
  std::vector<Cause> unknowns;     ///< of an undetermined answer, each once
};

/// The leaves that settle the verdict, most telling first.
[[nodiscard]] std::vector<const Node*> settling(const Decision& decision);

}  // namespace acrbiter::evaluator
