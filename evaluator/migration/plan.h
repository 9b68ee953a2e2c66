// What it takes to move registries from the legacy permission mode to the ABAC mode without cutting anyone off.
//
// A plan is made of plain values (ids and names, no indices), so that it can be written to a file, edited by hand, and
// verified later against the same or a newer export:
//
//   const Plan plan = make_plan(AccessSets(engine), {.registries = {0}});
//   const Verification proof = verify(plan, engine);
//
// Source: acr-authorization A.3, A.4, B.1, H
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/decision.h"
#include "evaluator/for_each.h"
#include "evaluator/migration/people.h"
#include "evaluator/operations.h"
#include "evaluator/sets/access.h"
#include "model/snapshot.h"

namespace acrbiter::evaluator::migration {

enum class Strategy : std::uint8_t {
  Preserve,  ///< whoever holds a right over data today holds it afterwards, as far as ABAC roles can express it
  Official,  ///< the table of Microsoft's guide, to the letter: it loses and adds access. Source: acr-authorization H.2
  Least,     ///< as Preserve, but only for roles that name registry data on purpose
};
/// "preserve", "official", "least".
[[nodiscard]] std::string_view word(Strategy strategy) noexcept;
[[nodiscard]] std::optional<Strategy> strategy_of(std::string_view word) noexcept;

struct PlannedRegistry {
  std::string name, id;
  std::string login_server;  ///< empty if the data does not say
  friend bool operator==(const PlannedRegistry&, const PlannedRegistry&) = default;
};

/// A role that the plan assigns.
struct PlannedRole {
  std::string guid;  ///< lower case
  std::string name;
  /// Of a role that is to be created first; empty for built-in ones.
  std::vector<std::string> data_actions;
  std::vector<std::string> assignable_scopes;
  [[nodiscard]] bool custom() const { return !data_actions.empty(); }
  friend bool operator==(const PlannedRole&, const PlannedRole&) = default;
};

/// A role assignment to be created. It has no condition: a legacy grant has none that counts.
struct PlannedAssignment {
  std::string name;  ///< a GUID made from scope, principal and role: the same in every run
  Who principal;
  std::string scope;                  ///< as written in the export
  std::string role;                   ///< PlannedRole::guid
  std::vector<std::string> replaces;  ///< ids of what gives the rights today
  std::string note;                   ///< what is special about it; empty: nothing
  friend bool operator==(const PlannedAssignment&, const PlannedAssignment&) = default;
};

/// A role assignment of today that may go after the switch, or has to stay.
struct OldAssignment {
  std::string id;
  std::string role;       ///< name
  std::string role_guid;  ///< lower case
  Who principal;
  std::string scope;
  std::string condition, condition_version;  ///< needed to put it back
  std::string note;                          ///< why it has to stay, or what to know before it goes; may be empty then
  friend bool operator==(const OldAssignment&, const OldAssignment&) = default;
};

/// What gives data rights today: one grant and what it comes to.
struct Carrier {
  std::string id;  ///< of the assignment or of the PIM instance
  Who principal;
  std::string role, scope;
  std::vector<std::string> rights;      ///< legacy actions over data, without the provider's prefix: "pull/read"
  bool on_purpose = true;               ///< false: through `*`, `*/read` and the like
  std::optional<std::string> end;       ///< of an assignment or a PIM activation that ends, RFC 3339
  std::vector<std::string> registries;  ///< of the plan, by name
  std::string left_out;                 ///< why the plan does not carry it over; empty if it does
  friend bool operator==(const Carrier&, const Carrier&) = default;
};

/// One change of access that the plan admits to. Names are patterns (RepositorySet::pattern).
struct Change {
  enum class Kind : std::uint8_t { Gained, PossiblyGained, Lost, PossiblyLost };
  Kind kind{};
  std::string registry;                 ///< name
  People who;                           ///< for whom it is equal
  std::vector<std::string> operations;  ///< ids
  std::string names;                    ///< a pattern; "**" for every name
  std::string example;                  ///< the shortest name; empty for operations on the registry as a whole
  std::string reason;                   ///< a code of the closed list, see reasons()
  std::string because;                  ///< one sentence
  friend bool operator==(const Change&, const Change&) = default;
};
/// "gained", "possibly-gained", "lost", "possibly-lost".
[[nodiscard]] std::string_view word(Change::Kind kind) noexcept;

/// A task and what it needs to work in the ABAC mode.
struct TaskNeed {
  std::string registry, name;
  std::string identity;  ///< for --source-acr-auth-id: "[system]" or a resource id; empty: it has none yet
  std::string identity_resource_id, identity_client_id;
  std::string identity_before, login_mode_before;  ///< of its source registry today; empty: the data does not say
  bool set_already = false;                        ///< the data shows that it uses an identity
  std::string need;                                ///< one sentence
  friend bool operator==(const TaskNeed&, const TaskNeed&) = default;
};

/// Something to know, to decide or to do by hand.
struct Note {
  std::string code;     ///< a code of the closed list, see reasons()
  std::string subject;  ///< whom or what it is about: an id, a name, a registry; may be empty
  std::string text;     ///< one sentence
  std::string source;   ///< rows of the facts, or the assumption
  std::string command;  ///< what to run, if anything helps
  friend bool operator==(const Note&, const Note&) = default;
};

struct Plan {
  Strategy strategy{};
  bool custom_roles = true;  ///< custom roles were allowed
  std::vector<PlannedRegistry> registries;
  std::vector<PlannedRole> roles;  ///< each that `assignments` name
  std::vector<PlannedAssignment> assignments;
  std::vector<TaskNeed> tasks;
  std::vector<OldAssignment> remove;  ///< give nothing any more after the switch
  std::vector<OldAssignment> keep;    ///< needed by registries in the legacy mode, without an id, or end by themselves
  std::vector<Carrier> carriers;      ///< who has what today
  std::vector<Change> switch_alone;   ///< what happens if nothing is assigned, worst first
  std::vector<Change> changes;        ///< what the plan still changes: every other access is the same, proven
  std::vector<Change> elsewhere;      ///< what the new assignments change on registries that are not in the plan
  std::vector<Note> residue;          ///< what no assignment can preserve
  std::vector<Note> untouched;        ///< tokens, admin user, anonymous pull: the switch does not touch them
  std::vector<Note> open;             ///< what the data does not tell, or the plan leaves to people
};

/// The codes of Change::reason and Note::code, with what each means.
struct ReasonText {
  std::string_view code, text;
};
[[nodiscard]] const std::vector<ReasonText>& reasons();

/// Of identities times registries.
inline constexpr std::size_t kMostCompared = 500'000;

/// Role assignments that Azure keeps in a subscription. Source: azure-rbac-semantics 12
inline constexpr std::size_t kMostAssignments = 4000;

struct PlanRequest {
  std::vector<std::size_t> registries;  ///< indices into Snapshot::registries
  Strategy strategy = Strategy::Preserve;
  bool custom_roles = true;  ///< false: built-in roles alone, with what they add
  /// Assignments above a registry that would also count on registries already in the ABAC mode, or of unknown mode, are
  /// made at the planned registries instead.
  bool narrow = false;
  std::size_t most_compared = kMostCompared;  ///< see judged_operations()
  std::size_t most_assignments = kMostAssignments;
  /// The plan is the same whatever this does with the parts of the work.
  ForEach for_each = one_after_the_other;
};

/// Plans for registries in the legacy mode, under the circumstances of `before`. Registries in the ABAC mode already,
/// or of unknown mode, are for the caller to refuse.
[[nodiscard]] Plan make_plan(const AccessSets& before, const PlanRequest& request);

/// How far a plan has been carried out.
enum class Stage : std::uint8_t {
  Assigned,  ///< its roles and assignments are there, the registries are in the legacy mode
  Switched,  ///< the registries are in the ABAC mode, tasks use their identities
  Removed,   ///< what the plan removes is gone
};

/// The snapshot at a stage of a plan. A principal, scope or role that the snapshot does not have is added; `problems`
/// says what could not be applied.
[[nodiscard]] model::Snapshot apply(const Plan& plan, const model::Snapshot& snapshot, Stage stage,
                                    std::vector<std::string>& problems);

/// The operations that a migration is judged by: those of the data plane, and quick builds that push. Where there are
/// more than `most` identities times registries, those are left out that only the interpreter decides (purge, quick
/// builds, sign-in, import sources): the plan says so, and all but sign-in follow from rights that are compared.
[[nodiscard]] std::vector<const Operation*> judged_operations(const AccessSets& sets, std::size_t most = kMostCompared);

}  // namespace acrbiter::evaluator::migration
