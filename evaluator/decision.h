// The answer to a question, as data. Text, tree and JSON are renderings of it; nothing else explains a verdict.
//
// A decision is a tree of three-valued nodes. The value of a leaf is a finding about the data; the value of an inner
// node follows from its children by `combine` alone, so that a reader can check the verdict from the tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluator/condition_eval.h"
#include "evaluator/memory.h"
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
  RecordsAgree,        ///< several records of the data may be what is asked about: each is asked
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
  NetworkServiceEndpointAllowed,
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
  TenantUnknown,
  KnownAfterDeployment,
  NotInForce,
  InstanceOpen,
  EligibleOnly,
  OrphanedPrincipal,
  PrincipalUnresolved,
  WrongKindOfId,
  NoAssignment,
  ListIncomplete,
  AssignmentsMissing,
  RegistryUnplaced,
  RegistryMayBeGone,
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
  TaskNoCredential,
  TaskDisabled,
  TaskIdentityUnknown,
  TaskOwnCredentialOpen,
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
  QuickBuildAsNobody,
  // after authorization
  LockedForRead,
  LockedForWrite,
  LockedForDelete,
  LockContested,
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
  ImportSignedImage,
  ImportAcrossTenants,
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

/// What a request carried when a condition was asked about it.
struct ConditionRequest;

/// Adds those that are not there yet.
void add_causes(std::span<const Cause> more, std::vector<Cause>& causes);

/// How a condition fared. Which condition: the role's entry or the assignment's own.
struct ConditionOutcome {
  model::ConditionIndex condition = model::kNoCondition;
  bool of_role = false;
  model::Truth truth = model::Truth::False;   ///< by the condition language alone; false if it does not parse
  const ConditionRequest* request = nullptr;  ///< null if it does not parse
};
/// What decided the condition, and what keeps it open. Computed when it is asked for, as are its steps: most of them
/// are never read.
[[nodiscard]] ConditionValue value_of(const ConditionOutcome& outcome, const model::Snapshot& snapshot);
/// Every sub-expression.
[[nodiscard]] std::vector<ConditionStep> steps_of(const ConditionOutcome& outcome, const model::Snapshot& snapshot);

/// The place of something in a list of the snapshot, or none.
class ListPlace {
 public:
  ListPlace() = default;
  ListPlace(std::size_t place) : place_(static_cast<std::uint32_t>(place)) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] bool has_value() const { return place_ != kNone; }
  explicit operator bool() const { return has_value(); }
  [[nodiscard]] std::size_t operator*() const { return place_; }
  friend bool operator==(ListPlace, ListPlace) = default;

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  std::uint32_t place_ = kNone;
};

/// Whose assignments count for the asker: as in Reach.
struct AskerSet {
  std::span<const model::PrincipalIndex> all;
  std::span<const std::uint32_t> via;
};

/// From the asker to a holder of the asker's set. Worked out when it is read: most paths never are.
struct GroupPath {
  const AskerSet* set = nullptr;  ///< null: there is no path
  std::size_t holder = 0;         ///< place in the set
  [[nodiscard]] bool empty() const { return set == nullptr; }
  /// The asker, …, the holder.
  [[nodiscard]] std::vector<model::PrincipalIndex> steps() const;
};

/// The facts behind one node. Only the members that `reason` speaks of are set. Texts and lists lie in the snapshot, in
/// the question or in the decision.
struct Finding {
  Reason reason = Reason::Answer;
  ListPlace assignment;                 ///< in Snapshot::role_assignments
  ListPlace deny_assignment;            ///< … deny_assignments
  ListPlace schedule_instance;          ///< … schedule_instances
  ListPlace scope_map;                  ///< … scope_maps
  ListPlace artifact;                   ///< … artifact_attributes
  ListPlace lock;                       ///< … locks
  std::uint32_t permission = 0;         ///< entry of the role that matched or came nearest
  std::uint32_t count = 0;              ///< summaries: how many assignments this stands for
  std::span<const std::uint32_t> rows;  ///< … each of them, in Index::grants; empty if merely counted
  const Right* right = nullptr;         ///< what is needed; null where it goes without saying
  GroupPath path;                       ///< … to the group that holds the assignment
  std::string_view pattern;             ///< action pattern or scope-map action that matched
  std::string_view detail;              ///< a name, an address, a mode: what the sentence needs
  std::span<const ConditionOutcome> conditions;
  std::span<const AssumptionId> assumptions;  ///< contested facts that this finding rests on
};

/// How a node's value follows from its children.
enum class Combine : std::uint8_t {
  Leaf,   ///< it is a finding
  All,    ///< minimum of the children; true without children
  Any,    ///< maximum of the children; false without children
  Not,    ///< negation of the only child
  Agree,  ///< the children's value if they have the same, else unknown
};

struct Node;

/// The children of a node, in order: a list through Node::next.
class Children {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = const Node;
    using difference_type = std::ptrdiff_t;
    using pointer = const Node*;
    using reference = const Node&;
    Iterator() = default;
    explicit Iterator(const Node* node) : node_(node) {}
    reference operator*() const { return *node_; }
    pointer operator->() const { return node_; }
    inline Iterator& operator++();
    inline Iterator operator++(int);
    friend bool operator==(Iterator, Iterator) = default;

   private:
    const Node* node_ = nullptr;
  };

  [[nodiscard]] Iterator begin() const { return Iterator(first_); }
  [[nodiscard]] static Iterator end() { return {}; }
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  /// Cost: it counts them.
  [[nodiscard]] inline std::size_t size() const;
  [[nodiscard]] const Node& front() const { return *first_; }
  [[nodiscard]] const Node& back() const { return *last_; }

  /// `child` is not copied, and is nobody else's child.
  inline void push_back(Node& child);
  /// Takes out the first one. There has to be one.
  inline Node& pop_front();
  /// Puts `child` in the place of the first one, which is returned.
  inline Node& replace_front(Node& child);

 private:
  Node* first_ = nullptr;
  Node* last_ = nullptr;
};

struct Node {
  Combine combine = Combine::Leaf;
  model::Truth value = model::Truth::Unknown;
  Finding finding;
  std::span<const Cause> causes;  ///< of a leaf that is unknown
  Children children;
  Node* next = nullptr;  ///< the next child of the same parent
};

Children::Iterator& Children::Iterator::operator++() {
  node_ = node_->next;
  return *this;
}
Children::Iterator Children::Iterator::operator++(int) {
  const Iterator before = *this;
  ++*this;
  return before;
}
std::size_t Children::size() const { return static_cast<std::size_t>(std::distance(begin(), end())); }
void Children::push_back(Node& child) {
  (last_ == nullptr ? first_ : last_->next) = &child;
  last_ = &child;
}
Node& Children::pop_front() {
  Node& front = *first_;
  first_ = std::exchange(front.next, nullptr);
  if (first_ == nullptr) last_ = nullptr;
  return front;
}
Node& Children::replace_front(Node& child) {
  Node& replaced = *first_;
  child.next = std::exchange(replaced.next, nullptr);
  first_ = &child;
  if (last_ == &replaced) last_ = &child;
  return replaced;
}

/// What the value of an inner node must be, from its children.
[[nodiscard]] model::Truth recompute(const Node& node);

/// What belongs beside a verdict that is not "allow". Of what would change the answer only what the engine confirms
/// when it is asked again.
struct Hint {
  enum class Kind : std::uint8_t {
    NearestName,           ///< subject: a repository that is allowed
    ConditionValue,        ///< subject: a comparison in the condition of an assignment; detail: what to write for it
    ConditionAlternative,  ///< subject: id of an assignment; detail: the alternative that its condition lacks
    EligibleRole,          ///< subject: role; detail: scope
    Reading,               ///< subject: "ASSUMPTION=READING"; detail: the verdict under it
    Membership,            ///< subject: name of a group whose members are allowed; detail: its object id
    NoFurtherMembership,   ///< subject: the verdict if the asker is in no group where the data does not show it
    WouldGrant,            ///< subject: role that would do, on the registry; detail: the mode
    RoleCondition,         ///< subject: that role; detail: the condition that keeps it to the repository
    Mode,                  ///< subject: "legacy" or "abac"; detail: the verdict in it
    AlsoAnonymous,         ///< subject: registry
    IndirectAccess         ///< subject: the way
  };
  Kind kind{};
  std::string subject, detail;
  ListPlace assignment;  ///< of the first two about conditions, in Snapshot::role_assignments
};
/// The word for a kind in machine output, e.g. "nearest-name".
[[nodiscard]] std::string_view to_string(Hint::Kind kind);

/// Moves, but does not copy: nodes stay where they are. Snapshot and question have to outlive it.
struct Decision {
  Verdict verdict = Verdict::Undetermined;
  Node root;
  std::vector<std::string_view> flags;  ///< words for scripts, sorted, each once; e.g. "no-deny-assignments-in-data"
  std::vector<Cause> unknowns;          ///< of an undetermined answer, each once
  Memory memory;                        ///< holds everything below the root
};

/// The leaves that settle the verdict, most telling first.
[[nodiscard]] std::vector<const Node*> settling(const Decision& decision);

}  // namespace acrbiter::evaluator
