#include "evaluator/migration/timeline.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <tuple>
#include <utility>

#include "model/ascii.h"

namespace acrbiter::evaluator::migration {
namespace {

using std::chrono::hours;

constexpr std::array<std::string_view, 4> kBases = {"stated", "derived", "assumed", "given"};
constexpr std::array<std::string_view, 7> kPhases = {"assign",  "wait",    "switch", "refused",
                                                     "refresh", "confirm", "remove"};

constexpr std::string_view kGiven = "set by an option";
constexpr std::string_view kSignIn =
    "a sign-in through Entra lasts 3 h, then it has to be done again anyway (acr-authorization E.2, J17)";
constexpr std::string_view kTokenServer =
    "the registry's token server takes up to 10 min after a change (acr-authorization C.6)";
constexpr std::string_view kPlatform =
    "a platform that caches recovers only when its cache lapses (acr-authorization H.3); no page says when: 24 h at "
    "most "
    "is assumed";
constexpr std::string_view kRestart =
    "that a restart drops the cached credential is assumed: no page says so (acr-authorization H.3 names the lapse "
    "alone)";

Delay delay(Minutes best, Minutes worst, bool open_ended, Basis basis, std::string_view source) {
  return {
      .span = {.best = best, .worst = worst, .open_ended = open_ended}, .basis = basis, .source = std::string(source)};
}

Delay given(const Span& span) { return {.span = span, .basis = Basis::Given, .source = std::string(kGiven)}; }

/// As wide as all others; the text says so.
void widen(ClientKindInfo& unknown, const std::vector<ClientKindInfo>& kinds, Delay ClientKindInfo::*which) {
  Delay& delay = unknown.*which;
  delay = {.span = (kinds.front().*which).span,
           .basis = Basis::Assumed,
           .source = "as wide as the widest of the other kinds: the data does not show what asks in its name"};
  for (const ClientKindInfo& kind : kinds) {
    if (kind.kind == ClientKind::Unknown) continue;
    const Span& span = (kind.*which).span;
    delay.span.best = std::min(delay.span.best, span.best);
    delay.span.worst = std::max(delay.span.worst, span.worst);
    delay.span.open_ended = delay.span.open_ended || span.open_ended;
  }
}

std::vector<ClientKindInfo> defaults() {
  const Minutes none{0};
  const Minutes token_server{10};
  std::vector<ClientKindInfo> kinds = {
      {.kind = ClientKind::Kubelet,
       .word = "kubelet",
       .title = "AKS nodes",
       .action = "restart the kubelet on every node, or replace the nodes; restarting pods changes nothing",
       .lifetime =
           delay(none, hours(3), true, Basis::Derived,
                 "minutes to hours, no figure (acr-authorization G, H.3); 3 h because a sign-in lasts that long "
                 "(E.2), open because no page says how long the kubelet keeps one"),
       .refresh = delay(Minutes(1), Minutes(60), false, Basis::Assumed,
                        "that the nodes are through within an hour is assumed; that a restart helps is stated "
                        "(acr-authorization H.3)")},
      {.kind = ClientKind::AppService,
       .word = "app-service",
       .title = "web apps",
       .action = "restart the app; else wait until its cache lapses",
       .lifetime = delay(none, hours(24), false, Basis::Assumed, kPlatform),
       .refresh = delay(Minutes(1), Minutes(10), true, Basis::Assumed, kRestart)},
      {.kind = ClientKind::ContainerApp,
       .word = "container-app",
       .title = "container apps",
       .action = "restart the revision; else wait until its cache lapses",
       .lifetime = delay(none, hours(24), false, Basis::Assumed, kPlatform),
       .refresh = delay(Minutes(1), Minutes(10), true, Basis::Assumed, kRestart)},
      {.kind = ClientKind::Task,
       .word = "task",
       .title = "tasks",
       .action = "run again what was running at the switch: each run gets its own credential",
       .lifetime = delay(none, hours(8), false, Basis::Assumed,
                         "a run in progress keeps what it got; that none lasts longer than 8 h is assumed"),
       .refresh = delay(none, token_server, false, Basis::Derived, kTokenServer)},
      {.kind = ClientKind::Automation,
       .word = "automation",
       .title = "service principals",
       .action = "sign in again: run the job again",
       .lifetime = delay(none, hours(3), false, Basis::Stated, kSignIn),
       .refresh = delay(none, token_server, false, Basis::Derived, kTokenServer)},
      {.kind = ClientKind::User,
       .word = "user",
       .title = "people",
       .action = "sign in again: az acr login, or docker logout and docker login",
       .lifetime = delay(none, hours(3), false, Basis::Stated, kSignIn),
       .refresh = delay(none, token_server, false, Basis::Derived, kTokenServer)},
      {.kind = ClientKind::Unknown,
       .word = "unknown",
       .title = "groups and unknown clients",
       .action = "find out what pulls in its name, then as for that kind",
       .lifetime = {},
       .refresh = {}}};
  widen(kinds.back(), kinds, &ClientKindInfo::lifetime);
  widen(kinds.back(), kinds, &ClientKindInfo::refresh);
  return kinds;
}

std::vector<ClientKindInfo> with_options(const TimelineOptions& options) {
  std::vector<ClientKindInfo> kinds = client_kinds();
  const auto apply = [&](const std::map<ClientKind, Span>& spans, Delay ClientKindInfo::*which) {
    for (const auto& [kind, span] : spans) kinds[static_cast<std::size_t>(kind)].*which = given(span);
    if (!spans.contains(ClientKind::Unknown)) widen(kinds.back(), kinds, which);
  };
  apply(options.lifetime, &ClientKindInfo::lifetime);
  apply(options.refresh, &ClientKindInfo::refresh);
  return kinds;
}

/// What the guides say of role assignments below management groups.
Delay propagation_of(const TimelineOptions& options, bool wide) {
  if (wide) {
    if (options.wide_propagation) return given(*options.wide_propagation);
    return delay(
        Minutes(0), hours(24), false, Basis::Assumed,
        "rights over data given at a management group take hours (acr-authorization C.6); no page says how many: "
        "24 h at most is assumed");
  }
  if (options.propagation) return given(*options.propagation);
  return delay(Minutes(0), Minutes(20), false, Basis::Stated,
               "up to 10 min for a role assignment, and up to 10 min more at the registry's token server "
               "(acr-authorization C.6, azure-rbac-semantics 13)");
}

bool slower(const Span& a, const Span& b) {
  return std::tuple(a.open_ended, a.worst, a.best) > std::tuple(b.open_ended, b.worst, b.best);
}

void keep_slower(std::optional<Delay>& kept, const Delay& other) {
  if (!kept || slower(other.span, kept->span)) kept = other;
}

/// The later end of two.
Span later(const Span& a, const Span& b) {
  return {.best = std::max(a.best, b.best),
          .worst = std::max(a.worst, b.worst),
          .open_ended = a.open_ended || b.open_ended};
}

/// What such a scope holds is not in its text. A key is that of model::scope_key().
bool wide(std::string_view key) {
  const model::ScopeKind kind = model::scope_kind(key);
  return kind == model::ScopeKind::Root || kind == model::ScopeKind::ManagementGroup;
}

ClientKind kind_of_workload(std::string_view workload) {
  const std::string_view kind = workload.substr(0, workload.find(' '));
  if (kind == "aks") return ClientKind::Kubelet;
  if (kind == "app-service") return ClientKind::AppService;
  if (kind == "container-app") return ClientKind::ContainerApp;
  return ClientKind::Unknown;
}

ClientKind kind_of(const Who& who) {
  if (who.type == "User") return ClientKind::User;
  if (who.type == "ServicePrincipal") return ClientKind::Automation;
  return ClientKind::Unknown;
}

/// Ids of Azure are equal without regard to case.
std::pair<std::string, std::string> key_of(const Who& who) { return {who.kind, model::ascii_lower(who.id)}; }

bool is_group(const Who& who) { return who.type == "Group" || who.type == "ForeignGroup"; }

class Maker {
 public:
  Maker(const Plan& plan, const TimelineOptions& options) : plan_(plan), kinds_(with_options(options)) {
    timeline_.at = options.at;
    for (const PlannedRegistry& registry : plan_.registries) {
      keys_.push_back(model::scope_key(registry.id));
      timeline_.registries.push_back({.registry = registry});
      position_.emplace(registry.name, position_.size());
    }
    direct_.resize(keys_.size());
    through_groups_.resize(keys_.size());
    propagations(options);
    timeline_.wait = options.wait.value_or(timeline_.propagation ? timeline_.propagation->span.worst : Minutes(0));
  }

  Timeline make() {
    for (std::size_t r = 0; r < keys_.size(); ++r) collect(r);
    sort();
    share();
    phases();
    timeline_.kinds = std::move(kinds_);
    timeline_.tasks =
        static_cast<std::size_t>(std::count_if(plan_.tasks.begin(), plan_.tasks.end(), [](const TaskNeed& t) {
          return !t.set_already && !t.identity.empty();
        }));
    timeline_.removals = plan_.remove.size();
    timeline_.untouched = {
        {"tokens", "their passwords and scope maps are not part of the permission mode", "acr-authorization D.2"},
        {"the admin user", "it is not governed by role assignments; no page says otherwise for the ABAC mode",
         "acr-authorization D.1, J35"},
        {"anonymous pull", "it ignores modes and conditions", "acr-authorization C.1, D.3"}};
    return std::move(timeline_);
  }

 private:
  /// The registries of the plan that a scope holds. Of a management group the data alone can tell: by `carriers`, the
  /// ids of grants at it; all, if they do not tell.
  [[nodiscard]] std::vector<std::size_t> held_by(const std::string& key,
                                                 const std::vector<std::string>& carriers) const {
    std::set<std::size_t> found;
    if (wide(key)) {
      for (const std::string& id : carriers) {
        const auto names = carrier_registries_.find(model::ascii_lower(id));
        if (names != carrier_registries_.end()) found.insert(names->second.begin(), names->second.end());
      }
      if (found.empty()) {
        for (std::size_t r = 0; r < keys_.size(); ++r) found.insert(r);
      }
    } else {
      for (std::size_t r = 0; r < keys_.size(); ++r) {
        if (model::scope_contains(key, keys_[r])) found.insert(r);
      }
    }
    return {found.begin(), found.end()};
  }

  void propagations(const TimelineOptions& options) {
    for (const Carrier& carrier : plan_.carriers) {
      std::set<std::size_t>& registries = carrier_registries_[model::ascii_lower(carrier.id)];
      for (const std::string& name : carrier.registries) {
        if (const auto at = position_.find(name); at != position_.end()) registries.insert(at->second);
      }
    }
    const Delay narrow = propagation_of(options, false);
    const Delay broad = propagation_of(options, true);
    for (const PlannedAssignment& assignment : plan_.assignments) {
      const std::string key = model::scope_key(assignment.scope);
      const Delay& delay = wide(key) ? broad : narrow;
      ++timeline_.assignments;
      if (wide(key)) ++timeline_.wide_assignments;
      keep_slower(timeline_.propagation, delay);
      replaced_.insert(assignment.replaces.begin(), assignment.replaces.end());
      for (const std::size_t r : held_by(key, assignment.replaces)) {
        keep_slower(timeline_.registries[r].propagation, delay);
        keep_slower(direct_[r][assignment.principal.id], delay);
        if (is_group(assignment.principal)) keep_slower(through_groups_[r], delay);
      }
    }
  }

  /// What a switch before the assignments have spread adds: until they have, no credential helps.
  [[nodiscard]] Span unspread(std::size_t r, const Who& who) const {
    const auto own = direct_[r].find(who.id);
    const std::optional<Delay>& delay = own == direct_[r].end() ? through_groups_[r] : own->second;
    if (!delay) return {};
    const Minutes none{0};
    return {.best = std::max(none, delay->span.best - timeline_.wait),
            .worst = std::max(none, delay->span.worst - timeline_.wait),
            .open_ended = delay->span.open_ended};
  }

  void collect(std::size_t r) {
    const std::string& name = plan_.registries[r].name;
    std::map<std::pair<std::string, std::string>, Who> askers;
    const auto add = [&](const Who& who) {
      const auto [at, is_new] = askers.emplace(key_of(who), who);
      if (is_new) return;
      for (const std::string& workload : who.workloads) {
        auto& known = at->second.workloads;
        if (std::find(known.begin(), known.end(), workload) == known.end()) known.push_back(workload);
      }
    };
    for (const Change& change : plan_.switch_alone) {
      if (change.registry == name) std::for_each(change.who.begin(), change.who.end(), add);
    }
    for (const Carrier& carrier : plan_.carriers) {
      if (std::find(carrier.registries.begin(), carrier.registries.end(), name) == carrier.registries.end()) continue;
      // Whoever is to get a new assignment loses without it, so switch_alone names the members singly where it can.
      const bool told_singly =
          is_group(carrier.principal) && (replaced_.contains(carrier.id) || !carrier.left_out.empty());
      if (!told_singly) add(carrier.principal);
    }

    std::set<std::pair<std::string, std::string>> losers;
    for (const Change& change : plan_.changes) {
      if (change.registry != name || change.kind != Change::Kind::Lost) continue;
      for (const Who& who : change.who) losers.insert(key_of(who));
    }

    std::vector<Client>& clients = timeline_.registries[r].clients;
    const auto client = [&](ClientKind kind, const Who& who, const std::string& workload) {
      const ClientKindInfo& info = kinds_[static_cast<std::size_t>(kind)];
      Client made{.kind = kind,
                  .who = who,
                  .workload = workload,
                  .without_action = info.lifetime.span,
                  .with_action = shortened(info.lifetime.span, info.refresh.span),
                  .loses_access = losers.contains(key_of(who))};
      const Span unspread_roles = unspread(r, who);
      made.without_action = later(made.without_action, unspread_roles);
      made.with_action = later(made.with_action, unspread_roles);
      clients.push_back(std::move(made));
    };
    for (const auto& [key, who] : askers) {
      if (who.kind != "entra") continue;  // tasks follow; tokens, the admin user and anonymous callers are untouched
      for (const std::string& workload : who.workloads) client(kind_of_workload(workload), who, workload);
      if (who.workloads.empty()) client(kind_of(who), who, {});
    }
    const auto task_client = [&](const Who& who, bool has_identity) {
      client(ClientKind::Task, who, {});
      if (has_identity) return;
      clients.back().needs_identity = true;
      clients.back().without_action = clients.back().with_action = {.open_ended = true};
    };
    for (const TaskNeed& task : plan_.tasks) {
      if (task.registry != name) continue;
      Who who{.kind = "task", .id = task.registry + "/" + task.name, .name = task.name, .type = {}, .workloads = {}};
      askers.erase(key_of(who));
      task_client(who, !task.identity.empty());
    }
    for (const auto& [key, who] : askers) {
      if (who.kind != "task") continue;
      // Of its own registry the plan would know what helps it; here another is meant, to which the task goes with the
      // identity of a credential. Source: acr-authorization B.4
      task_client(who, !model::starts_with_ignoring_case(who.id, name + "/"));
    }
    std::sort(clients.begin(), clients.end(), [](const Client& a, const Client& b) {
      return std::tie(a.kind, a.who.name, a.who.id, a.workload) < std::tie(b.kind, b.who.name, b.who.id, b.workload);
    });
    Harm& harm = timeline_.registries[r].harm;
    for (const Client& c : clients) {
      const Span& span = c.without_action;
      if (!c.workload.empty() && (span.worst > Minutes(0) || span.open_ended)) ++harm.workloads;
      if (span.open_ended) ++harm.open_ends;
      harm.minutes += static_cast<std::uint64_t>(span.worst.count());
    }
  }

  /// See Client::with_action.
  static Span shortened(const Span& without, const Span& action) {
    const Span best_case{
        .best = std::min(without.best, action.best), .worst = without.worst, .open_ended = without.open_ended};
    if (action.open_ended) return best_case;
    return {.best = best_case.best,
            .worst = without.open_ended ? action.worst : std::min(without.worst, action.worst),
            .open_ended = false};
  }

  void sort() {
    auto& registries = timeline_.registries;
    std::sort(registries.begin(), registries.end(), [](const RegistrySwitch& a, const RegistrySwitch& b) {
      return std::tie(a.harm, a.registry.name, a.registry.id) < std::tie(b.harm, b.registry.name, b.registry.id);
    });
    Minutes next{0};
    for (RegistrySwitch& registry : registries) {
      registry.not_before = next;
      Minutes longest{0};
      for (const Client& client : registry.clients) longest = std::max(longest, client.with_action.worst);
      next += longest;
    }
  }

  [[nodiscard]] std::vector<std::string> in_order(const std::set<std::string>& names) const {
    std::vector<std::string> result;
    for (const RegistrySwitch& registry : timeline_.registries) {
      if (names.contains(registry.registry.name)) result.push_back(registry.registry.name);
    }
    return result;
  }

  void share() {
    struct Shared {
      std::string scope;
      std::size_t assignments = 0;
      std::set<std::string> registries;
    };
    std::map<std::string, Shared> scopes;
    for (const std::vector<OldAssignment>* list : {&plan_.remove, &plan_.keep}) {
      for (const OldAssignment& old : *list) {
        const std::string key = model::scope_key(old.scope);
        const std::vector<std::size_t> held = held_by(key, {old.id});
        if (held.size() < 2) continue;
        Shared& shared = scopes[key];
        if (shared.assignments++ == 0) shared.scope = old.scope;
        for (const std::size_t r : held) shared.registries.insert(plan_.registries[r].name);
      }
    }
    for (const auto& [key, shared] : scopes) {
      timeline_.shared_scopes.push_back(
          {.scope = shared.scope, .assignments = shared.assignments, .registries = in_order(shared.registries)});
    }
    std::map<std::string, std::set<std::string>> workloads;
    for (const RegistrySwitch& registry : timeline_.registries) {
      for (const Client& client : registry.clients) {
        if (!client.workload.empty()) workloads[client.workload].insert(registry.registry.name);
      }
    }
    for (const auto& [workload, registries] : workloads) {
      if (registries.size() < 2) continue;
      timeline_.shared_workloads.push_back({.workload = workload, .registries = in_order(registries)});
    }
  }

  void phases() {
    Span without;
    Span with;
    for (const RegistrySwitch& registry : timeline_.registries) {
      for (const Client& client : registry.clients) {
        if (client.needs_identity) continue;  // time does not help it
        without = later(without, client.without_action);
        with = later(with, client.with_action);
      }
    }
    const Span zero;
    const Span assigned{.best = -timeline_.wait, .worst = -timeline_.wait};
    using Kind = Phase::Kind;
    timeline_.phases = {{.kind = Kind::Assign, .from = std::nullopt, .to = assigned},
                        {.kind = Kind::Wait, .from = assigned, .to = zero},
                        {.kind = Kind::Switch, .from = zero, .to = zero},
                        {.kind = Kind::Refused, .from = zero, .to = without},
                        {.kind = Kind::Refresh, .from = zero, .to = with},
                        {.kind = Kind::Confirm, .from = with, .to = std::nullopt},
                        {.kind = Kind::Remove, .from = std::nullopt, .to = std::nullopt}};
  }

  const Plan& plan_;
  std::vector<ClientKindInfo> kinds_;
  Timeline timeline_;
  // By position in plan_.registries; until sort() also that in timeline_.registries.
  std::vector<std::string> keys_;
  std::map<std::string, std::size_t> position_;                      ///< by name
  std::vector<std::map<std::string, std::optional<Delay>>> direct_;  ///< by principal id
  std::vector<std::optional<Delay>> through_groups_;
  std::map<std::string, std::set<std::size_t>> carrier_registries_;  ///< by id in lower case
  std::set<std::string> replaced_;                                   ///< ids of grants that get a successor
};

}  // namespace

std::string_view word(Basis basis) noexcept { return kBases[static_cast<std::size_t>(basis)]; }
std::string_view word(Phase::Kind kind) noexcept { return kPhases[static_cast<std::size_t>(kind)]; }
std::string_view word(ClientKind kind) noexcept { return client_kinds()[static_cast<std::size_t>(kind)].word; }

const std::vector<ClientKindInfo>& client_kinds() {
  static const std::vector<ClientKindInfo> kinds = defaults();
  return kinds;
}

std::optional<ClientKind> client_kind_of(std::string_view text) noexcept {
  for (const ClientKindInfo& kind : client_kinds()) {
    if (kind.word == text) return kind.kind;
  }
  return std::nullopt;
}

Timeline make_timeline(const Plan& plan, const TimelineOptions& options) { return Maker(plan, options).make(); }

Harm cost_of_order(const std::vector<Harm>& order) {
  Harm sum;
  for (std::size_t p = 0; p < order.size(); ++p) {
    const std::uint64_t times = order.size() - p;
    sum.workloads += times * order[p].workloads;
    sum.open_ends += times * order[p].open_ends;
    sum.minutes += times * order[p].minutes;
  }
  return sum;
}

model::Timestamp instant(model::Timestamp at, Minutes after) noexcept {
  static const model::Timestamp first = *model::parse_timestamp("0001-01-01T00:00:00Z");
  static const model::Timestamp last = *model::parse_timestamp("9999-12-31T23:59:00Z");
  constexpr std::int64_t kTicksPerMinute = 60 * model::kTicksPerSecond;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 2 / kTicksPerMinute;
  const std::int64_t minutes = std::clamp<std::int64_t>(after.count(), -kMost, kMost);
  return {std::clamp(at.ticks + minutes * kTicksPerMinute, first.ticks, last.ticks)};
}

}  // namespace acrbiter::evaluator::migration
