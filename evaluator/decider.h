// The decision core: one question, one pass, with or without its trace. Read it beside facts/acr-authorization and
// azure-rbac-semantics: rights (decide_rights.cc), doors (decide_doors.cc), gates (decide_gates.cc), what comes after
// authorization (decide_after.cc).
//
// Every function returns the value of what it decides and, if `out` is not null, adds the node that says so. Without a
// trace it may stop as soon as the value is settled; it never computes it another way.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/condition_request.h"
#include "evaluator/decision.h"
#include "evaluator/index.h"
#include "evaluator/supposition.h"

namespace acrbiter::evaluator {

using model::PermissionMode;
using model::Truth;
using model::truth_of;

/// The words of Cause::code for data that is missing.
namespace datum {
inline constexpr std::string_view kRegistryMode = "registry-mode";
inline constexpr std::string_view kGroupMembers = "group-members";
inline constexpr std::string_view kRoleDefinition = "role-definition";
inline constexpr std::string_view kManagementGroups = "management-groups";
inline constexpr std::string_view kTenant = "tenant";
inline constexpr std::string_view kKnownAfterDeployment = "known-after-deployment";
inline constexpr std::string_view kConditionNotShown = "condition-not-shown";
inline constexpr std::string_view kAttribute = "attribute";
inline constexpr std::string_view kUnfinishedList = "unfinished-list";
inline constexpr std::string_view kRoleAssignments = "role-assignments";
inline constexpr std::string_view kActiveInstance = "active-instance";
inline constexpr std::string_view kPrincipal = "principal";
inline constexpr std::string_view kRegistrySetting = "registry-setting";
inline constexpr std::string_view kScopeMap = "scope-map";
inline constexpr std::string_view kToken = "token";
inline constexpr std::string_view kSeveralRecords = "several-records";
inline constexpr std::string_view kOwningRegistry = "owning-registry";
inline constexpr std::string_view kTaskIdentity = "task-identity";
inline constexpr std::string_view kTaskCredential = "task-credential";
inline constexpr std::string_view kLockLevel = "lock-level";
inline constexpr std::string_view kQuarantineState = "quarantine-state";
inline constexpr std::string_view kQuestionMember = "question-member";
inline constexpr std::string_view kRepositoryNames = "repository-names";
inline constexpr std::string_view kConnectedRegistry = "connected-registry";
}  // namespace datum

[[nodiscard]] inline Cause missing(std::string_view code, std::string subject, std::string command) {
  return {Cause::Kind::MissingDatum, std::string(code), std::move(subject), std::move(command)};
}
[[nodiscard]] Cause contested(AssumptionId id, std::string subject = {});
/// A named unknown of infrastructure code decides. `text` holds it.
[[nodiscard]] Cause known_after_deployment(std::string_view text);
/// The role assignments of a subscription are not in the data.
[[nodiscard]] Cause missing_assignments_of(std::string_view subscription);
/// The members of a group are not all in the data.
[[nodiscard]] Cause members_missing(const model::Principal& group);

/// Is a policy of a registry on? Unknown if the data does not say, or says what nobody knows.
[[nodiscard]] Truth policy_on(const model::Registry& registry, std::string_view policy);
/// The trusted services of which `typed` may be a misspelling; none if it is one or like none.
[[nodiscard]] std::vector<std::string> meant_services(std::string_view typed);
/// Do its network rules let trusted services past?
[[nodiscard]] Truth lets_services_past(const model::Registry& registry);

/// What a decision with a trace writes beside its nodes.
struct Trace {
  Memory& memory;                                                            ///< where the nodes below the root live
  std::bitset<static_cast<std::size_t>(AssumptionId::Count)> assumptions{};  ///< that some finding rests on
  std::bitset<static_cast<std::size_t>(Reason::Count)> reasons{};            ///< that some leaf has
  bool restricted_network = false;  ///< the registry's network is, and the question does not say where it comes from
};

class Decider {
 public:
  /// `trace` may be null if there is to be none. With `suppose`, which has to outlive this, there is none.
  Decider(const Engine::Index& index, const ResolvedQuestion& question, Trace* trace,
          const Supposition* suppose = nullptr);

  /// The whole answer. `out` becomes the root.
  Truth decide(Node* out);

 private:
  // -- the shape of the trace
  Node* inner(Node* parent, Combine combine, Reason reason) const {
    if (parent == nullptr) return nullptr;
    Node& node = trace_->memory.make<Node>();
    node.combine = combine;
    node.finding.reason = reason;
    parent->children.push_back(node);
    return &node;
  }
  static Truth close(Node* node, Truth value) {
    if (node != nullptr) node->value = value;
    return value;
  }
  /// Adds a leaf and returns it (null without a trace) so that the caller can fill in the finding.
  Node* leaf(Node* parent, Reason reason, Truth value) const {
    if (parent == nullptr) return nullptr;
    Node* node = inner(parent, Combine::Leaf, reason);
    node->value = value;
    trace_->reasons.set(static_cast<std::size_t>(reason));
    return node;
  }
  /// Says what keeps a leaf open.
  void doubt(Node& node, Cause cause) const { trace_->memory.append(node.causes, std::move(cause)); }
  /// Says on which contested fact a finding rests.
  void rest_on(Finding& finding, AssumptionId id) const {
    trace_->memory.append(finding.assumptions, id);
    trace_->assumptions.set(static_cast<std::size_t>(id));
  }
  /// From the asker to the member at `place` of the asker's set, for a finding.
  [[nodiscard]] GroupPath path_to(std::size_t place) { return {set_ != nullptr ? set_ : keep_set(), place}; }
  const AskerSet* keep_set();

  Truth under_each_record(PermissionMode mode, Node* parent);
  Truth under(PermissionMode mode, Node* parent);
  Truth asker_exists(Node* parent) const;
  Truth registry_exists(Node* parent) const;

  /// What a token or task that asks is taken for: one record of the data, as a child of this registry or of another.
  struct Record {
    std::size_t place = 0;  ///< in Snapshot::tokens or Snapshot::tasks
    bool own = true;        ///< of this registry
  };
  [[nodiscard]] std::vector<Record> records() const;
  template <class Child>
  [[nodiscard]] std::vector<Record> records(const std::vector<Child>& children,
                                            const std::vector<std::vector<std::uint32_t>>& same,
                                            std::size_t place) const;
  [[nodiscard]] Cause records_open() const;
  [[nodiscard]] const model::Token& token() const { return snapshot_.tokens[record_.place]; }
  [[nodiscard]] const model::Task& task() const { return snapshot_.tasks[record_.place]; }

  /// What `ask` says of each of a list, if it says the same of all of them; else unknown, because of what `open` gives.
  template <class List, class Ask, class Open>
  Truth common(Node* agree, const List& list, Ask ask, Open open) const {
    std::optional<Truth> value;
    bool same = true;
    for (const auto& each : list) {
      const Truth one = ask(each);
      same = same && (!value || *value == one);
      value = one;
      if (!same && agree == nullptr) return Truth::Unknown;
    }
    if (!same) doubt(*agree, open());
    return close(agree, same ? *value : Truth::Unknown);
  }

  // -- decide_gates.cc
  Truth question_checks(Node* parent) const;
  Truth network(Node* parent) const;
  Truth quick_build_network(const NetworkFacts& facts, Node* parent) const;
  void state_network(Node* parent) const;
  void state_credential(Node* parent) const;
  [[nodiscard]] bool task_calls(const NetworkFacts& facts) const;
  [[nodiscard]] Truth calls_with_system_identity(const NetworkFacts& facts) const;
  Truth task_bypass(const NetworkFacts& facts, std::vector<Cause>& open) const;
  Truth bypass(const NetworkFacts& facts, std::vector<Cause>& open) const;
  Truth admitted(const NetworkFacts& facts, Reason& reason, std::vector<Cause>& open) const;
  Truth public_path(const NetworkFacts& facts, Node* parent) const;
  Truth credential(PermissionMode mode, Node* parent) const;
  Truth password_of_token(const model::Token& token, const CredentialFacts& facts, Node* parent) const;

  // -- decide_doors.cc
  Truth door(PermissionMode mode, Node* parent);
  Truth signed_pull_in_abac(Node* parent) const;
  Truth connected_registry_door(Node* parent) const;
  [[nodiscard]] Truth synchronises(const model::ConnectedRegistry& connected) const;
  Truth serves_token(const model::ConnectedRegistry& connected, Reason& refusal) const;
  Truth entra_door(PermissionMode mode, Node* parent);
  Truth admin_door(PermissionMode mode, Node* parent) const;
  Truth anonymous_door(Node* parent) const;
  Truth token_door(Node* parent) const;
  Truth task_door(PermissionMode mode, Node* parent);
  /// As whom a task signs in to a registry.
  struct TaskIdentity {
    std::string_view written;  ///< in the task
    std::string_view id;       ///< of a directory object; empty: nobody, or it is not in the data
    bool unresolved = false;   ///< the latter
    [[nodiscard]] bool nobody() const { return id.empty() && !unresolved; }
  };
  /// Does what a task says of its identity name one?
  [[nodiscard]] static bool names_identity(std::string_view written);
  [[nodiscard]] TaskIdentity task_identity(std::string_view written) const;
  [[nodiscard]] TaskIdentity task_identity(const model::Task::CustomRegistry& credential) const;
  [[nodiscard]] std::string_view attached(const model::ManagedIdentity::UserAssigned& user,
                                          std::string_view written) const;
  void become_task_identity(const TaskIdentity& identity);
  Truth as_task_identity(const TaskIdentity& identity, PermissionMode mode, Node* parent);
  [[nodiscard]] const std::string& home_of(const model::Task& task) const;
  Truth token_by_map(Node* parent) const;
  Truth token_needs(ListPlace map, Node* parent) const;
  Truth token_action(ListPlace map, std::string_view verb, Node* parent) const;
  Truth entra_operation(PermissionMode mode, Node* parent);
  Truth az_login(Node* parent);
  Truth import_source(Node* parent);
  Truth quick_build_push(PermissionMode mode, Node* parent);
  Truth soft_delete_in_abac(Node* parent);
  Truth sign_in_abac(Node* parent);
  void note_contested(PermissionMode mode, Truth value, Finding& finding);
  Truth purge(PermissionMode mode, Node* parent);
  Truth untag(PermissionMode mode, Node* parent);
  [[nodiscard]] bool purge_is_literal() const;

  // -- decide_rights.cc
  Truth needs(const Needs& needs, PermissionMode mode, Node* parent);
  Truth all_of(const AllOf& rights, PermissionMode mode, Node* parent);
  Truth open_push(Truth push, Node* all) const;
  Truth right(const Right& right, PermissionMode mode, Node* parent);
  Truth denies(const Right& right, Node* parent);
  Truth deny(std::size_t deny_index, const Right& right, Node* parent);
  /// The right that is looked for.
  struct Wanted {
    const Right& right;
    std::optional<std::size_t> bit;  ///< in the catalogue
    PermissionMode mode;
  };
  Truth grants(const Right& right, PermissionMode mode, Node* parent);
  /// How many grants other findings have spoken of, so that the rest can be counted without looking at them.
  struct Tally {
    std::size_t own = 0;        ///< of the asker's set, on the chain
    std::size_t own_below = 0;  ///< … below the registry
    std::size_t open = 0;       ///< on the chain, of groups that the asker may be in
  };
  Truth on_chain(const Wanted& wanted, Tally& tally, Node* any);
  Truth below(const Wanted& wanted, Tally& tally, Node* any);
  class Rows;
  /// What a condition comes to.
  struct Conditioned {
    Truth truth = Truth::True;
    Reason reason = Reason::Grants;
    Truth stated = Truth::Unknown;                ///< by the condition language alone
    bool open = false;                            ///< … and nobody says whether that counts
    AssumptionId rests_on = AssumptionId::Count;  ///< whether it counts; Count: it does
    bool as_if_supplied = false;  ///< by either reading of resource-attribute-for-repository, shown by this one
  };
  [[nodiscard]] Conditioned condition(model::ConditionIndex index, const Wanted& wanted,
                                      std::optional<model::RoleIndex> role, bool of_role) const {
    return index == model::kNoCondition ? Conditioned{} : given_condition(index, wanted, role, of_role);
  }
  [[nodiscard]] Conditioned given_condition(model::ConditionIndex index, const Wanted& wanted,
                                            std::optional<model::RoleIndex> role, bool of_role) const;
  void show(const Conditioned& outcome, model::ConditionIndex index, const Wanted& wanted,
            std::optional<model::RoleIndex> role, bool of_role, Node& node);

  /// What a grant comes to.
  struct Worth {
    Truth value;
    Reason reason;
    bool looked;          ///< at the conditions
    std::uint32_t entry;  ///< of the role: the one that counts
    Conditioned of_role, of_assignment;

    Worth(Truth v, Reason r, std::uint32_t e = 0) : value(v), reason(r), looked(false), entry(e) {}
    Worth(Truth v, Reason r, std::uint32_t e, Conditioned role, Conditioned assignment)
        : value(v), reason(r), looked(true), entry(e), of_role(role), of_assignment(assignment) {}
  };
  [[nodiscard]] Worth worth(const Grant& grant, const Wanted& wanted, std::size_t place) const;
  Truth grant(const Grant& grant, const Wanted& wanted, std::size_t place, Node* parent);
  void note_role(model::RoleIndex role, const PatternMatch& match, const Wanted& wanted, Finding& finding) const;
  Truth plain_grant(const Grant& grant, const PatternMatch& match, const Wanted& wanted, std::size_t place,
                    Node& parent);
  Truth grant_at_open_scope(const Grant& grant, const ChainScope& scope, const Wanted& wanted, std::size_t place,
                            Node* parent);
  void others(const Wanted& wanted, const Tally& tally, Node* parent);
  void out_of_scope(const Wanted& wanted, const Tally& tally, Node* parent);
  Finding& list(Reason reason, std::span<const std::uint32_t> rows, GroupPath path, Node* parent) const;
  void count(Reason reason, std::size_t number, Node* parent) const;
  void wrong_ids(const Wanted& wanted, Node* parent);
  void eligible(const Wanted& wanted, Node* parent);
  [[nodiscard]] Truth supposed_grant(const Wanted& wanted) const;
  Truth open_groups(const Wanted& wanted, Tally& tally, Node* parent);

  [[nodiscard]] AssumptionId contested_condition(const Wanted& wanted, model::RoleIndex role) const;
  [[nodiscard]] Conditioned evaluated(model::ConditionIndex index, const Wanted& wanted, bool of_deny) const;
  [[nodiscard]] Conditioned by_language(model::ConditionIndex index, const ConditionRequest& request,
                                        bool of_deny) const;
  [[nodiscard]] ConditionRequest request_for(const Right& right) const;
  [[nodiscard]] Cause instance_open(const model::ScheduleInstance& instance) const;
  [[nodiscard]] bool grants_right(model::RoleIndex role, const Wanted& wanted) const;
  [[nodiscard]] RightMask twins_of(const Right& right, PermissionMode mode) const;
  [[nodiscard]] Truth in_group(model::PrincipalIndex group, std::size_t& place) const;
  [[nodiscard]] bool names_repository(model::ScopeIndex scope) const;
  [[nodiscard]] Cause uncovered(const ChainScope& scope) const;
  [[nodiscard]] bool groups_complete() const;
  [[nodiscard]] bool is_supposed_asker() const;
  [[nodiscard]] bool placed() const;
  Truth unplaced(Node* parent) const;
  Truth assignments_missing(Node* parent) const;
  [[nodiscard]] bool data_plane(const Right& right) const {
    return right.bit != Right::kNoBit ? ix_.data_plane[right.bit] : evaluator::data_plane(right);
  }
  static void name_source(const Grant& grant, Finding& finding) {
    (grant.from_instance ? finding.schedule_instance : finding.assignment) = grant.source;
  }
  [[nodiscard]] std::vector<Cause> member_causes(model::PrincipalIndex group) const;

  // -- decide_after.cc
  Truth after_authorization(PermissionMode mode, Node* parent);
  Truth artifact_locks(Node* parent) const;
  [[nodiscard]] bool about_this_repository(const model::ArtifactAttributes& attributes) const;
  [[nodiscard]] std::vector<std::string_view> digests_of_tag() const;
  Truth resource_locks(Node* parent) const;
  Truth quarantine(PermissionMode mode, Node* parent);
  Truth export_policy(const model::Registry& registry, Node* parent) const;
  Truth import_network(Node* parent) const;
  Truth import_within_tenant(const model::Registry& source, Node* parent) const;
  Truth unsigned_image(Node* parent) const;

  // -- small questions about the question
  [[nodiscard]] bool is(std::string_view operation_id) const {
    return question_.operation != nullptr && question_.operation->id == operation_id;
  }
  [[nodiscard]] Special special() const {
    return question_.operation != nullptr ? question_.operation->special : Special::None;
  }
  [[nodiscard]] bool on_data_plane() const;
  [[nodiscard]] bool pushes() const;
  [[nodiscard]] bool restricted(const model::Registry& registry, Truth& known) const;
  [[nodiscard]] std::string_view reading(AssumptionId id) const { return question_.readings[id]; }
  [[nodiscard]] std::string registry_command(const model::Registry& registry) const;
  /// `az acr WORDS REGISTRY`, with --registry or its like as the last of the words, and --name if there is one.
  [[nodiscard]] static std::string acr_command(const model::Registry& registry, std::string_view words,
                                               std::string_view name = {});
  [[nodiscard]] static std::string acr_command(std::string_view registry, std::string_view words,
                                               std::string_view name);

  /// Whose rights are asked for: sets the principal set and what it holds. Unknown principals have none.
  void become(const Asker& asker);

  const Engine::Index& ix_;
  const model::Snapshot& snapshot_;
  const ResolvedQuestion& question_;
  Trace* trace_;
  const Supposition* suppose_;  ///< null but for hints
  std::size_t registry_index_;
  const model::Registry& registry() const { return snapshot_.registries[registry_index_]; }

  std::vector<Record> records_;    ///< what the token or task that asks may be
  Record record_;                  ///< … and is taken for now
  Reach asker_;                    ///< the principal set; empty if the asker is in no directory
  const AskerSet* set_ = nullptr;  ///< what the trace keeps of it, once a finding needs it
  bool asker_known_ = false;
  std::optional<EntraAsker> entra_;    ///< as whom the rights are asked for: the asker, or the identity of a task
  const Operation* served_ = nullptr;  ///< the operation that the rights looked at serve
  const ConditionRequest* request_ = nullptr;  ///< of the right that is traced, once a finding needs it
  RightMask other_mode_;                       ///< of the right that is traced: see twins_of()
  bool custom_roles_only_ = false;             ///< grants of other roles are passed over
  bool repository_known_ = true;               ///< false: a purge filter stands for names that nobody lists
};

}  // namespace acrbiter::evaluator
