#include "evaluator/migration/changes.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "evaluator/index.h"
#include "evaluator/migration/identity.h"
#include "evaluator/sets/diff.h"

namespace acrbiter::evaluator::migration {

using model::RepositorySet;

namespace {

/// A reason of the closed list and the sentence for one case of it.
struct Why {
  std::string code, because;
  friend auto operator<=>(const Why&, const Why&) = default;
};

/// The leaf that grants or, if none certainly does, that may.
const Finding* granting(const Decision& decision) {
  for (const model::Truth truth : {model::Truth::True, model::Truth::Unknown}) {
    for (const Node* leaf : settling(decision)) {
      if (leaf->value == truth && leaf->finding.assignment) return &leaf->finding;
    }
  }
  return nullptr;
}

bool is_one_of(std::string_view id, std::initializer_list<std::string_view> ids) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

/// Turns the difference of two states into changes with reasons.
class Describer {
 public:
  Describer(const Plan& plan, const AccessSets& before, const AccessSets& after)
      : before_(before), after_(after), identities_(after.engine().snapshot()) {
    for (const PlannedAssignment& assignment : plan.assignments) new_names_.insert(assignment.name);
    for (const Carrier& carrier : plan.carriers) {
      if (!carrier.left_out.empty()) left_out_.emplace(carrier.principal.id, &carrier);
    }
  }

  enum class Of : std::uint8_t { Switch, Plan, Elsewhere };
  /// What the switch alone changes, what the plan changes, or what it changes on other registries.
  std::vector<Change> describe(const AccessDiff& diff, Of of) {
    planned_ = of != Of::Switch;
    elsewhere_ = of == Of::Elsewhere;
    changes_.clear();
    place_of_.clear();
    for (const ChangeGroup& group : diff.groups) {
      for (const OperationChange& change : group.changes) {
        take(diff, group, change, Change::Kind::Lost, change.change.lost);
        take(diff, group, change, Change::Kind::Gained, change.change.gained);
        take(diff, group, change, Change::Kind::PossiblyLost, change.change.possibly_lost);
        take(diff, group, change, Change::Kind::PossiblyGained, change.change.possibly_gained);
      }
    }
    join_operations();
    std::stable_sort(changes_.begin(), changes_.end(),
                     [](const Change& a, const Change& b) { return harm(a) > harm(b); });
    return std::move(changes_);
  }

 private:
  /// Workloads before other identities, losses before gains, certain before possible, pulling before the rest.
  static std::tuple<int, bool, std::size_t, std::size_t> harm(const Change& change) {
    static constexpr std::array<int, 4> kOrder{2, 1, 4, 3};  // by Change::Kind
    std::size_t workloads = 0, services = 0;
    for (const Who& who : change.who) {
      workloads += who.workloads.size();
      if (who.type == "ServicePrincipal") ++services;
    }
    const bool pulls = std::find(change.operations.begin(), change.operations.end(), "pull") != change.operations.end();
    return {kOrder[static_cast<std::size_t>(change.kind)], pulls, workloads, services};
  }

  void take(const AccessDiff& diff, const ChangeGroup& group, const OperationChange& change, Change::Kind kind,
            const RepositorySet& names) {
    if (names.empty()) return;
    const DiffRegistry& pair = diff.registries[group.registry];
    const std::string& registry = before_.engine().snapshot().registries[*pair.before].name;
    for (const Operation* operation : change.operations) {
      const std::string example = operation->takes_repository ? names.shortest().value_or("") : "";
      for (const std::size_t a : group.askers) {
        const DiffAsker& asker = diff.askers[a];
        const Asker& who = asker.after ? *asker.after : *asker.before;
        // One answer for all who are told by the same grants is enough; each is asked, as their grants may differ.
        const Why why = reason(kind, asker, pair, *operation, example);
        Change one{.kind = kind,
                   .registry = registry,
                   .who = {},
                   .operations = {std::string(operation->id)},
                   .names = operation->takes_repository ? pattern_of(names) : "**",
                   .example = example,
                   .reason = why.code,
                   .because = why.because};
        const auto key = std::tuple(kind, registry, one.operations.front(), one.names, why);
        const auto [place, added] = place_of_.try_emplace(key, changes_.size());
        if (added) changes_.push_back(std::move(one));
        changes_[place->second].who.push_back(identities_.who(who));
      }
    }
  }

  /// Changes that differ in the operation alone become one.
  void join_operations() {
    std::vector<Change> joined;
    std::map<std::string, std::size_t> known;
    for (Change& change : changes_) {
      std::string key = fmt::format("{}\n{}\n{}\n{}\n{}", static_cast<int>(change.kind), change.registry, change.names,
                                    change.example, change.because);
      for (const Who& who : change.who) key += '\n' + who.kind + ' ' + who.id;
      const auto [place, added] = known.try_emplace(std::move(key), joined.size());
      if (added)
        joined.push_back(std::move(change));
      else
        joined[place->second].operations.push_back(change.operations.front());
    }
    changes_ = std::move(joined);
  }

  Why reason(Change::Kind kind, const DiffAsker& asker, const DiffRegistry& pair, const Operation& operation,
             const std::string& example) {
    const bool gained = kind == Change::Kind::Gained || kind == Change::Kind::PossiblyGained;
    return gained ? why_gained(asker, pair, operation, example) : why_lost(kind, asker, pair, operation, example);
  }

  Why why_lost(Change::Kind kind, const DiffAsker& asker, const DiffRegistry& pair, const Operation& operation,
               const std::string& example) {
    const std::string_view id = operation.id;
    if (operation.special == Special::SoftDelete)
      return {"soft-delete", "The ABAC mode has no right for soft-deleted artifacts."};
    if (operation.special == Special::Sign || (id == "pull-signed" && kind == Change::Kind::PossiblyLost))
      return {"content-trust", "Content trust is not supported in the ABAC mode."};
    if (operation.special == Special::QuickBuildPush)
      return {"quick-build", "A quick build no longer pushes by default: run it with --source-acr-auth-id [caller]."};
    if (const auto* task = std::get_if<TaskAsker>(asker.before ? &*asker.before : &*asker.after)) {
      const model::Task& t = before_.engine().snapshot().tasks[task->task];
      return {"task-without-identity",
              fmt::format("Task {} loses the default access that tasks have in the legacy mode.", t.name)};
    }
    if (!planned_) return {"mode-ignores-role", "What gives it today does not count in the ABAC mode."};
    const bool in_use = before_.engine().index().registries[*pair.before].quarantine_on;
    if (!in_use && is_one_of(id, {"read-quarantined", "pull-quarantined", "set-quarantine"}))
      return {"quarantine", "Quarantine is not known to be in use, so no role for it is assigned."};
    if (const Carrier* carrier = left_out(asker, pair, operation, example))
      return {"left-out", fmt::format("{} is not carried over: {}.", carrier->role, carrier->left_out)};
    const Asker& who = asker.after ? *asker.after : *asker.before;
    if (const auto* deny = denying(after_, who, *pair.after, operation, example))
      return {"deny-assignment", fmt::format("Deny assignment {} covers the data actions.", deny->name)};
    if (kind == Change::Kind::PossiblyLost)
      return {"doubtful-grant", "It is not certain that this is allowed today, so it is not carried over."};
    if (id == "untag") return {"untag", "Removing tags asks for metadata/write in the ABAC mode."};
    return {"not-expressible", "No assignment of the plan gives it."};
  }

  /// A grant of today that the plan leaves out and that is behind the asker's access.
  const Carrier* left_out(const DiffAsker& asker, const DiffRegistry& pair, const Operation& operation,
                          const std::string& example) {
    const auto* entra = asker.before ? std::get_if<EntraAsker>(&*asker.before) : nullptr;
    if (entra == nullptr || !entra->known || left_out_.empty()) return nullptr;
    const Decision decision =
        before_.engine().explain(before_.question(*asker.before, *pair.before, operation, example));
    const model::Snapshot& snapshot = before_.engine().snapshot();
    for (const Node* leaf : settling(decision)) {
      if (!leaf->finding.assignment && !leaf->finding.schedule_instance) continue;
      const std::string id = leaf->finding.assignment
                                 ? model::assignment_id(snapshot, snapshot.role_assignments[*leaf->finding.assignment])
                                 : snapshot.schedule_instances[*leaf->finding.schedule_instance].id;
      for (const auto& [principal, carrier] : left_out_) {
        if (carrier->id == id) return carrier;
      }
    }
    return nullptr;
  }

  /// The deny assignment that settles a question; null if none does.
  static const model::DenyAssignment* denying(const AccessSets& state, const Asker& asker, std::size_t registry,
                                              const Operation& operation, const std::string& example) {
    const Decision decision = state.engine().explain(state.question(asker, registry, operation, example));
    for (const Node* leaf : settling(decision)) {
      if (leaf->finding.deny_assignment && leaf->value == model::Truth::True)
        return &state.engine().snapshot().deny_assignments[*leaf->finding.deny_assignment];
    }
    return nullptr;
  }

  Why why_gained(const DiffAsker& asker, const DiffRegistry& pair, const Operation& operation,
                 const std::string& example) {
    if (elsewhere_)
      return {"counts-elsewhere", "An assignment of the plan is made above this registry as well, and counts here."};
    if (operation.special == Special::CachePull)
      return {"other-rule", "Artifact caches pull from upstreams in the ABAC mode alone."};
    const model::Snapshot& snapshot = after_.engine().snapshot();
    const Asker& who = asker.after ? *asker.after : *asker.before;
    const Decision after = after_.engine().explain(after_.question(who, *pair.after, operation, example));
    const Finding* grant = granting(after);
    if (grant != nullptr && new_names_.contains(snapshot.role_assignments[*grant->assignment].name)) {
      const model::RoleAssignment& assignment = snapshot.role_assignments[*grant->assignment];
      const Asker& then = asker.before ? *asker.before : *asker.after;
      if (const auto* deny = denying(before_, then, *pair.before, operation, example))
        return {"deny-assignment", fmt::format("Deny assignment {} covers the legacy actions alone.", deny->name)};
      return {"role-holds-more", fmt::format("{} holds more than what it replaces.", snapshot[assignment.role].name)};
    }
    if (grant != nullptr) {
      const model::RoleAssignment& assignment = snapshot.role_assignments[*grant->assignment];
      return {"dormant-grant", fmt::format("{} at {}, which is there already, begins to count.",
                                           snapshot[assignment.role].name, snapshot[assignment.scope].display)};
    }
    return {"other-rule", "The rules of the ABAC mode differ."};
  }

  /// Finding the shortest notation is dear, and the same sets come again and again.
  const std::string& pattern_of(const RepositorySet& names) {
    auto& bucket = patterns_[names.hash()];
    for (const auto& [known, pattern] : bucket) {
      if (known == names) return pattern;
    }
    bucket.emplace_back(names, names.pattern());
    return bucket.back().second;
  }

  const AccessSets& before_;
  const AccessSets& after_;
  const Identities identities_;
  std::set<std::string, std::less<>> new_names_;
  bool planned_ = true, elsewhere_ = false;
  std::multimap<std::string, const Carrier*> left_out_;
  std::vector<Change> changes_;
  std::map<std::tuple<Change::Kind, std::string, std::string, std::string, Why>, std::size_t> place_of_;
  std::unordered_map<std::size_t, std::vector<std::pair<RepositorySet, std::string>>> patterns_;
};

/// What follows from the changes for people: losses that no assignment can prevent, one note for each reason.
void note_residue(Plan& plan) {
  struct Known {
    std::string_view code, text, source;
  };
  static constexpr std::array<Known, 4> kResidue{{
      {"soft-delete", "can no longer list or restore soft-deleted artifacts: no data action exists for it.",
       "acr-authorization B.1, J20"},
      {"content-trust",
       "can no longer count on content trust (docker trust): sign with Notary Project and Repository Writer instead.",
       "acr-authorization C.1, J11"},
      {"quarantine",
       "can no longer reach quarantined artifacts, of which AcrQuarantineReader and AcrQuarantineWriter would be "
       "needed; they are not assigned, as quarantine is not known to be in use.",
       "acr-authorization A.4"},
      {"quick-build",
       "can push by a quick build only with --source-acr-auth-id [caller]; nobody's build command is in the data.",
       "acr-authorization B.4 Tasks, J34"},
  }};
  for (const Known& known : kResidue) {
    std::set<std::string> who;
    for (const Change& change : plan.changes) {
      if (change.reason != known.code) continue;
      for (const Who& w : change.who) who.insert(w.kind + w.id);
    }
    if (who.empty()) continue;
    plan.residue.push_back(
        {.code = std::string(known.code),
         .subject = "",
         .text = fmt::format("{} {} {}", who.size(), who.size() == 1 ? "identity" : "identities", known.text),
         .source = std::string(known.source),
         .command = ""});
  }
}

}  // namespace

std::vector<const Operation*> judged_operations() {
  std::vector<const Operation*> result;
  for (const Operation& operation : operations()) {
    if (operation.plane == Plane::Data || operation.special == Special::QuickBuildPush) result.push_back(&operation);
  }
  return result;
}

void describe_changes(const AccessSets& before, const PlanRequest& request, Plan& plan) {
  const model::Snapshot& snapshot = before.engine().snapshot();
  const std::vector<const Operation*> operations = judged_operations();
  const auto is_planned = [&](const DiffRegistry& registry) {
    return registry.before && std::find(request.registries.begin(), request.registries.end(), *registry.before) !=
                                  request.registries.end();
  };
  {
    const model::Snapshot switched = with_mode(snapshot, request.registries, model::PermissionMode::Abac);
    const Engine engine(switched, before.engine().index().defaults);
    const AccessSets after(engine, before.circumstances());
    plan.switch_alone =
        Describer(plan, before, after).describe(compare(before, after, operations, is_planned), Describer::Of::Switch);
  }
  std::vector<std::string> problems;
  const model::Snapshot planned = apply(plan, snapshot, Stage::Removed, problems);
  const Engine engine(planned, before.engine().index().defaults);
  const AccessSets after(engine, before.circumstances());
  Describer describer(plan, before, after);
  plan.changes = describer.describe(compare(before, after, operations, is_planned), Describer::Of::Plan);
  plan.elsewhere = describer.describe(
      compare(before, after, operations, [&](const DiffRegistry& registry) { return !is_planned(registry); }),
      Describer::Of::Elsewhere);
  note_residue(plan);
}

}  // namespace acrbiter::evaluator::migration
