// A migration plan over time: who is refused with 401 after the switch although the roles are in place, from when to
// when at best and at worst, what shortens it, and in which order several registries are switched.
//
//   const Timeline timeline = make_timeline(plan, {.at = model::parse_timestamp("2026-12-01T20:00:00Z")});
//
// A credential is bound to the mode that was in force when the registry issued it. After the switch every credential
// issued before is refused, whatever roles its holder has, until the client gets another one; getting one before the
// switch does not help. So a client is refused from T+0, when the switch takes effect, for as long as its old
// credential is still in use: at best not at all, at worst for the whole time that its kind keeps one.
//
// No figure here is better than its source: each Delay says where it comes from, and an end that nobody states stays
// open. All are ranges, for planning; none takes part in a verdict. Source: acr-authorization C.6, E.2, H.3, J17, J39
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/migration/plan.h"
#include "model/time.h"

namespace acrbiter::evaluator::migration {

using Minutes = std::chrono::minutes;

/// A duration between `best` and `worst`, both included.
struct Span {
  Minutes best{0}, worst{0};
  bool open_ended = false;  ///< it may be longer than `worst`; nobody says by how much
  friend bool operator==(const Span&, const Span&) = default;
};

enum class Basis : std::uint8_t {
  Stated,   ///< a page says so
  Derived,  ///< follows from what pages say
  Assumed,  ///< no page says it: a wide range
  Given,    ///< by the user
};
/// "stated", "derived", "assumed", "given".
[[nodiscard]] std::string_view word(Basis basis) noexcept;

/// A span and where it comes from.
struct Delay {
  Span span;
  Basis basis{};
  std::string source;
  friend bool operator==(const Delay&, const Delay&) = default;
};

// ---- clients ------------------------------------------------------------------------------------------------

/// By what a client does with the credential that a registry issues.
enum class ClientKind : std::uint8_t { Kubelet, AppService, ContainerApp, Task, Automation, User, Unknown };

struct ClientKindInfo {
  ClientKind kind{};
  std::string_view word;    ///< as options name it
  std::string_view title;   ///< as reports name several of them
  std::string_view action;  ///< what gets a new credential
  Delay lifetime;           ///< how long after the switch a credential issued before it may still be in use
  Delay refresh;            ///< the same, with `action` begun at the switch
};
/// All kinds with the defaults, in the order of the enumeration. Unknown is as wide as the widest of the others.
[[nodiscard]] const std::vector<ClientKindInfo>& client_kinds();
/// "kubelet", "app-service", "container-app", "task", "automation", "user", "unknown".
[[nodiscard]] std::string_view word(ClientKind kind) noexcept;
[[nodiscard]] std::optional<ClientKind> client_kind_of(std::string_view word) noexcept;

// ---- what may be set ----------------------------------------------------------------------------------------

struct TimelineOptions {
  std::map<ClientKind, Span> lifetime{}, refresh{};  ///< instead of the defaults
  std::optional<Span> propagation{};                 ///< of role assignments below management groups
  std::optional<Span> wide_propagation{};            ///< of those at management groups and the root
  /// Between the last assignment and the switch. Default: the worst propagation among those of the plan.
  std::optional<Minutes> wait{};
  std::optional<model::Timestamp> at{};  ///< T+0 of the first switch
};

// ---- the answer ---------------------------------------------------------------------------------------------

/// One client of one registry: a workload, an identity without one, or a task.
struct Client {
  ClientKind kind{};
  Who who;
  std::string workload;  ///< one of `who.workloads`; empty: none is known
  /// When 401 ends, counted from T+0, if nobody does anything; zero to zero: it is not refused at all.
  Span without_action;
  /// The same if the action of its kind is begun at T+0. Never worse than without: an action of which nobody says
  /// that it helps leaves the worst case as it is.
  Span with_action;
  /// A task without an identity: no new credential helps, every run is refused until it has one.
  bool needs_identity = false;
  /// The plan takes some of its access away for good (Change::Kind::Lost in Plan::changes): for that 401 never ends.
  bool loses_access = false;
  friend bool operator==(const Client&, const Client&) = default;
};

/// What a switch costs if nobody acts: compared member by member in this order, added member by member.
struct Harm {
  std::uint64_t workloads = 0;  ///< running workloads that are refused
  std::uint64_t open_ends = 0;  ///< clients for which no end is known
  std::uint64_t minutes = 0;    ///< the sum of the worst cases of all clients, as far as they are known
  friend auto operator<=>(const Harm&, const Harm&) = default;
};

struct RegistrySwitch {
  PlannedRegistry registry;
  Harm harm{};
  std::vector<Client> clients{};  ///< by kind, name, id and workload
  /// Of those with a planned assignment: the slowest of the assignments that this registry needs.
  std::optional<Delay> propagation{};
  /// After the T+0 of the first registry, if each is switched when the clients of the one before have been refreshed,
  /// at worst (as far as it is known).
  Minutes not_before{0};
};

/// A step with its begin and end, counted from T+0.
struct Phase {
  enum class Kind : std::uint8_t { Assign, Wait, Switch, Refused, Refresh, Confirm, Remove };
  Kind kind{};
  std::optional<Span> from{}, to{};  ///< none: left to people
};
/// "assign", "wait", "switch", "refused", "refresh", "confirm", "remove".
[[nodiscard]] std::string_view word(Phase::Kind kind) noexcept;

/// Role assignments of today at one scope that serve several registries of the plan: they go after the last of them.
struct SharedScope {
  std::string scope;
  std::size_t assignments = 0;
  std::vector<std::string> registries;  ///< in the order of the switches
};
/// A workload that pulls from several registries: one restart serves all that are switched together.
struct SharedWorkload {
  std::string workload;
  std::vector<std::string> registries;  ///< in the order of the switches
};

struct Untouched {
  std::string_view what, why, source;
};

struct Timeline {
  std::optional<model::Timestamp> at;
  std::vector<ClientKindInfo> kinds;  ///< with what the options set
  Minutes wait{0};
  std::optional<Delay> propagation;  ///< the slowest of the plan; none: it assigns nothing
  std::size_t assignments = 0;       ///< to be created
  std::size_t wide_assignments = 0;  ///< of them, at management groups and the root
  std::size_t tasks = 0;             ///< that get an identity first
  std::size_t removals = 0;          ///< old assignments that may go in the end
  std::vector<Phase> phases;         ///< in order; those after the switch for the slowest client of any registry
  /// In the order that minimises the sum, over all n of them, of the harm of the first n. This is n times the expected
  /// harm if a surprise ends the series after a switch and every switch is equally likely to be the last. The registry
  /// at position p (from 0) counts n - p times, so of two neighbours the one with less harm goes first: swapping them
  /// changes the sum by the difference of the two. Harm is ordered compatibly with its addition, therefore ascending
  /// harm is optimal, and exact. Equals by name, then id.
  std::vector<RegistrySwitch> registries;
  std::vector<SharedScope> shared_scopes;        ///< by scope
  std::vector<SharedWorkload> shared_workloads;  ///< by name
  std::vector<Untouched> untouched;              ///< ways in that no switch touches
};

/// Clients of a registry are everybody whom the plan names there as having access today: through Plan::switch_alone,
/// through Plan::carriers, and its tasks. A group stands only for members that the data does not list.
[[nodiscard]] Timeline make_timeline(const Plan& plan, const TimelineOptions& options);

/// The sum that the order of Timeline::registries minimises.
[[nodiscard]] Harm cost_of_order(const std::vector<Harm>& order);

/// The instant `after` T+0; stays within the years 1 to 9999.
[[nodiscard]] model::Timestamp instant(model::Timestamp at, Minutes after) noexcept;

}  // namespace acrbiter::evaluator::migration
