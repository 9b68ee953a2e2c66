#include "evaluator/migration/review.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <tuple>

#include "evaluator/engine.h"
#include "evaluator/index.h"
#include "evaluator/migration/identity.h"
#include "model/ascii.h"

namespace acrbiter::evaluator::migration {

namespace {

/// Of the people whom one change is about, as many are asked what it rests on: they are told by the same rules.
constexpr std::size_t kAsked = 4;

Plan make_again(const Plan& plan, const AccessSets& before, bool narrow, const ForEach& for_each) {
  PlanRequest request{.registries = {},
                      .strategy = plan.strategy,
                      .custom_roles = plan.custom_roles,
                      .narrow = narrow,
                      .most_compared = kMostCompared,
                      .for_each = for_each};
  const model::Snapshot& snapshot = before.engine().snapshot();
  for (std::size_t r = 0; r < snapshot.registries.size(); ++r) {
    const std::string& name = snapshot.registries[r].name;
    const bool planned = std::any_of(plan.registries.begin(), plan.registries.end(), [&](const PlannedRegistry& p) {
      return model::equal_ignoring_case(p.name, name);
    });
    if (planned) request.registries.push_back(r);
  }
  return make_plan(before, request);
}

bool same(const Plan& a, const Plan& b) {
  return a.registries == b.registries && a.roles == b.roles && a.assignments == b.assignments && a.tasks == b.tasks &&
         a.remove == b.remove && a.keep == b.keep && a.changes == b.changes && a.elsewhere == b.elsewhere &&
         a.residue == b.residue && a.open == b.open;
}

/// Notes of `fresh` that `list` lacks.
template <class Keep>
void add_missing(const std::vector<Note>& fresh, std::vector<Note>& list, const Keep& keep) {
  for (const Note& note : fresh) {
    const bool known = std::any_of(list.begin(), list.end(), [&](const Note& other) {
      return other.code == note.code && other.subject == note.subject;
    });
    if (!known && keep(note)) list.push_back(note);
  }
}

/// Calls everybody and everything in `plan` by the data's names.
void rename(Plan& plan, const Plan& fresh, const model::Snapshot& snapshot) {
  const Identities identities(snapshot);
  const auto who = [&](Who& one) {
    if (one.kind == "entra") one = identities.who(one.id);
  };
  std::map<std::shared_ptr<People::Directory>, std::shared_ptr<People::Directory>> renamed;
  for (PlannedRegistry& registry : plan.registries) {
    for (const PlannedRegistry& known : fresh.registries) {
      if (model::equal_ignoring_case(known.name, registry.name)) registry = known;
    }
  }
  for (PlannedRole& role : plan.roles) {
    const auto known = std::find_if(snapshot.roles.begin(), snapshot.roles.end(),
                                    [&](const model::RoleDefinition& r) { return r.guid == role.guid; });
    if (known != snapshot.roles.end()) role.name = known->name;
  }
  for (PlannedAssignment& assignment : plan.assignments) who(assignment.principal);
  for (auto* list : {&plan.changes, &plan.elsewhere}) {
    for (Change& change : *list) {
      if (change.who.empty()) continue;
      const auto [directory, added] = renamed.try_emplace(change.who.directory());
      if (added) {
        directory->second = std::make_shared<People::Directory>(*directory->first);
        std::for_each(directory->second->begin(), directory->second->end(), who);
      }
      const std::span<const People::Place> places = change.who.places();
      change.who = People(directory->second, {places.begin(), places.end()});
    }
  }
  std::map<std::string, const model::RoleAssignment*> today;
  for (const model::RoleAssignment& assignment : snapshot.role_assignments)
    today.emplace(model::ascii_lower(model::assignment_id(snapshot, assignment)), &assignment);
  for (auto* list : {&plan.remove, &plan.keep}) {
    for (OldAssignment& old : *list) {
      if (const auto found = today.find(model::ascii_lower(old.id)); found != today.end()) {
        old.principal = identities.who(found->second->principal);
        old.role = snapshot[found->second->role].name;
        old.role_guid = snapshot[found->second->role].guid;
        old.scope = snapshot[found->second->scope].display;
      } else {
        who(old.principal);
      }
    }
  }
}

/// What the answers rest on that a plan's changes are made of.
class Grounds {
 public:
  Grounds(const Plan& plan, const AccessSets& before)
      : before_(before), changed_(apply(plan, before.engine().snapshot(), Stage::Removed, problems_)) {
    const Identities identities(before.engine().snapshot());
    for (const Asker& asker : before.askers()) {
      const Who who = identities.who(asker);
      askers_.emplace(std::pair(who.kind, model::ascii_lower(who.id)), &asker);
    }
    const Engine engine(changed_, before.engine().index().defaults);
    const AccessSets after(engine, before.circumstances());
    for (const auto* list : {&plan.switch_alone, &plan.changes}) {
      for (const Change& change : *list) {
        for (const std::string& operation : change.operations) ask(change, operation, after);
      }
    }
  }

  [[nodiscard]] std::vector<RestsOn> found() const {
    std::vector<RestsOn> result;
    for (const auto& [assumption, ids] : operations_) {
      RestsOn one{.assumption = assumption, .operations = {}};
      for (const Operation& operation : operations()) {
        if (ids.contains(operation.id)) one.operations.emplace_back(operation.id);
      }
      result.push_back(std::move(one));
    }
    return result;
  }

 private:
  void ask(const Change& change, const std::string& id, const AccessSets& after) {
    const Operation* operation = find_operation(id);
    const auto& registries = before_.engine().snapshot().registries;
    const auto registry = std::find_if(registries.begin(), registries.end(), [&](const model::Registry& r) {
      return model::equal_ignoring_case(r.name, change.registry);
    });
    if (operation == nullptr || registry == registries.end()) return;
    std::size_t asked = 0;
    for (const Who& who : change.who) {
      const auto asker = askers_.find(std::pair(who.kind, model::ascii_lower(who.id)));
      if (asker == askers_.end()) continue;
      for (const AccessSets* state : {&before_, &after}) {
        const ResolvedQuestion question = state->question(
            *asker->second, static_cast<std::size_t>(registry - registries.begin()), *operation, change.example);
        const Decision decision = state->engine().explain(question);
        gather(decision.root, operation->id);
      }
      if (++asked == kAsked) return;
    }
  }

  void gather(const Node& node, std::string_view operation) {
    if (node.finding.reason == Reason::OtherPrincipal || node.finding.reason == Reason::OutOfScope) return;
    for (const AssumptionId id : node.finding.assumptions) operations_[id].insert(operation);
    for (const Cause& cause : node.causes) {
      if (cause.kind != Cause::Kind::ContestedFact) continue;
      if (const Assumption* known = find_assumption(cause.code)) operations_[known->id].insert(operation);
    }
    for (const Node& child : node.children) gather(child, operation);
  }

  const AccessSets& before_;
  std::vector<std::string> problems_;  ///< none, as the plan holds
  const model::Snapshot changed_;
  std::map<std::pair<std::string, std::string>, const Asker*> askers_;
  std::map<AssumptionId, std::set<std::string_view>> operations_;
};

}  // namespace

Review review_plan(const Plan& plan, const AccessSets& before, const ForEach& for_each) {
  Plan fresh = make_again(plan, before, false, for_each);
  Review review{.plan = plan, .as_made = same(plan, fresh)};
  if (!review.as_made) {
    review.as_made = same(plan, make_again(plan, before, true, for_each));
  }
  review.plan.switch_alone = fresh.switch_alone;
  review.plan.carriers = fresh.carriers;
  review.plan.untouched = fresh.untouched;
  if (!review.as_made) {
    rename(review.plan, fresh, before.engine().snapshot());
    add_missing(fresh.open, review.plan.open, [](const Note&) { return true; });
    add_missing(fresh.residue, review.plan.residue, [&](const Note& note) {
      return note.code == "continuous-patching" ||
             std::any_of(plan.changes.begin(), plan.changes.end(),
                         [&](const Change& change) { return change.reason == note.code; });
    });
  }
  review.rests_on = Grounds(review.plan, before).found();
  return review;
}

}  // namespace acrbiter::evaluator::migration
