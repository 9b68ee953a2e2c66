#include "evaluator/migration/changes.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "evaluator/hash_of_numbers.h"
#include "evaluator/index.h"
#include "evaluator/migration/data_rights.h"
#include "evaluator/migration/identity.h"
#include "evaluator/sets/diff.h"
#include "evaluator/sets/set_pool.h"

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
  Describer(const Plan& plan, const AccessSets& before) : before_(before), identities_(before.engine().snapshot()) {
    for (const Carrier& carrier : plan.carriers) {
      if (!carrier.left_out.empty()) left_out_.emplace(carrier.principal.id, &carrier);
    }
  }

  enum class Of : std::uint8_t { Switch, Plan, Elsewhere };
  /// What the switch alone changes, what the plan changes, or what it changes on other registries.
  std::vector<Change> describe(const AccessSets& after, AccessDiff diff, Of of) {
    after_ = &after;
    planned_ = of != Of::Switch;
    elsewhere_ = of == Of::Elsewhere;
    drafts_.clear();
    place_of_.clear();
    is_task_.clear();
    for (const DiffAsker& asker : diff.askers)
      is_task_.push_back(std::holds_alternative<TaskAsker>(asker.before ? *asker.before : *asker.after));
    for (const ChangeGroup& group : diff.groups) {
      for (const OperationChange& change : group.changes) {
        take(diff, group, change, Change::Kind::Lost, change.change.lost);
        take(diff, group, change, Change::Kind::Gained, change.change.gained);
        take(diff, group, change, Change::Kind::PossiblyLost, change.change.possibly_lost);
        take(diff, group, change, Change::Kind::PossiblyGained, change.change.possibly_gained);
      }
    }
    std::vector<Change> changes = by_harm(joined_operations(), diff);
    if (of == Of::Switch) remember(std::move(diff));
    return changes;
  }

 private:
  /// A change all of whose parts are numbers still: there are many more of these than in the end.
  struct Draft {
    Change::Kind kind{};
    std::uint32_t registry = 0;  ///< in registry_names_
    std::vector<const Operation*> operations;
    std::uint32_t names = 0;  ///< in names_
    std::uint32_t why = 0;    ///< in whys_
    std::vector<std::uint32_t> who;
  };
  /// How sets of names are written.
  struct Written {
    std::string pattern, example;
  };
  /// Workloads before other identities, losses before gains, certain before possible, pulling before the rest.
  using Harm = std::tuple<int, bool, std::size_t, std::size_t>;

  /// Changes in words, the worst first.
  std::vector<Change> by_harm(std::vector<Draft> drafts, const AccessDiff& diff) {
    static constexpr std::array<int, 4> kOrder{2, 1, 4, 3};  // by Change::Kind
    std::vector<People::Shared> called(diff.askers.size());
    for (const Draft& draft : drafts) {
      for (const std::uint32_t a : draft.who) {
        const DiffAsker& asker = diff.askers[a];
        if (!called[a])
          called[a] = std::make_shared<const Who>(identities_.who(asker.after ? *asker.after : *asker.before));
      }
    }
    std::vector<std::pair<std::size_t, bool>> uses;  // of everybody: workloads, and whether it is a service principal
    for (const People::Shared& who : called)
      uses.emplace_back(who ? who->workloads.size() : 0, who && who->type == "ServicePrincipal");

    std::vector<std::pair<Harm, std::size_t>> order;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      const Draft& draft = drafts[i];
      std::size_t workloads = 0, services = 0;
      for (const std::uint32_t a : draft.who) {
        workloads += uses[a].first;
        services += uses[a].second ? 1U : 0U;
      }
      const bool pulls = std::any_of(draft.operations.begin(), draft.operations.end(),
                                     [](const Operation* operation) { return operation->id == "pull"; });
      order.emplace_back(Harm{kOrder[static_cast<std::size_t>(draft.kind)], pulls, workloads, services}, i);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });

    std::vector<Change> result;
    result.reserve(drafts.size());
    for (const auto& [how_bad, place] : order) {
      Draft& draft = drafts[place];
      // Of one array, so in the order of the catalogue.
      std::sort(draft.operations.begin(), draft.operations.end(), std::less<>());
      const Written& written = names_[draft.names];
      const bool of_names = draft.operations.front()->takes_repository;
      Change& change = result.emplace_back(Change{.kind = draft.kind,
                                                  .registry = registry_names_[draft.registry],
                                                  .who = {},
                                                  .operations = {},
                                                  .names = of_names ? written.pattern : "**",
                                                  .example = of_names ? written.example : "",
                                                  .reason = whys_[draft.why]->code,
                                                  .because = whys_[draft.why]->because});
      for (const Operation* operation : draft.operations) change.operations.emplace_back(operation->id);
      change.who.reserve(draft.who.size());
      for (const std::uint32_t a : draft.who) change.who.share(called[a]);
      std::vector<std::uint32_t>().swap(draft.who);
    }
    return result;
  }

  void take(const AccessDiff& diff, const ChangeGroup& group, const OperationChange& change, Change::Kind kind,
            const RepositorySet& names) {
    if (names.empty()) return;
    const DiffRegistry& pair = diff.registries[group.registry];
    const std::uint32_t registry = number_of_registry(before_.engine().snapshot().registries[*pair.before].name);
    const std::uint32_t of_names = number_of(names);
    for (const Operation* operation : change.operations) {
      const std::uint32_t number = operation->takes_repository ? of_names : kEveryName;
      const std::string example = operation->takes_repository ? names_[of_names].example : "";
      const auto place_for = [&](const Why& why) {
        const std::uint32_t because = number_of(why);
        const auto [place, added] =
            place_of_.try_emplace({static_cast<std::uint32_t>(kind), registry,
                                   static_cast<std::uint32_t>(operation - operations().data()), number, because},
                                  drafts_.size());
        if (added) {
          drafts_.push_back({.kind = kind,
                             .registry = registry,
                             .operations = {operation},
                             .names = number,
                             .why = because,
                             .who = {}});
        }
        return place->second;
      };
      std::optional<std::size_t> common;                    // the place of all but tasks, if they have one
      std::array<std::optional<std::size_t>, 2> of_gain;    // … of gains, by whether the switch alone gives them
      std::unordered_map<std::uint32_t, bool> known_alone;  // by group of alone_
      for (const std::size_t a : group.askers) {
        const auto who = static_cast<std::uint32_t>(a);
        if (common && !is_task_[a]) {
          drafts_[*common].who.push_back(who);
          continue;
        }
        const DiffAsker& asker = diff.askers[a];
        if (gains(kind)) {
          const bool alone = gained_alone(group.registry, a, *operation, example, known_alone);
          std::optional<std::size_t>& known = of_gain[alone ? 1 : 0];
          const bool same = is_same_gain(kind, alone, pair, *operation);
          if (!known || !same) known = place_for(why_gained(kind, alone, asker, pair, *operation, example));
          drafts_[*known].who.push_back(who);
          if (!same) known.reset();
        } else {
          const std::size_t place = place_for(why_lost(kind, asker, pair, *operation, example));
          drafts_[place].who.push_back(who);
          if (!is_task_[a] && is_same_loss(pair)) common = place;
        }
      }
    }
  }

  /// Changes that differ in the operation alone become one.
  std::vector<Draft> joined_operations() {
    std::vector<Draft> joined;
    std::unordered_map<std::array<std::uint32_t, 6>, std::size_t, HashOfNumbers> known;
    std::unordered_map<std::vector<std::uint32_t>, std::uint32_t, HashOfNumbers> lists;
    for (Draft& draft : drafts_) {
      if (!std::is_sorted(draft.who.begin(), draft.who.end())) std::sort(draft.who.begin(), draft.who.end());
      const std::uint32_t list = lists.try_emplace(draft.who, static_cast<std::uint32_t>(lists.size())).first->second;
      const auto [place, added] =
          known.try_emplace({static_cast<std::uint32_t>(draft.kind), draft.registry, draft.names,
                             draft.operations.front()->takes_repository ? 1U : 0U, sentences_[draft.why], list},
                            joined.size());
      if (added)
        joined.push_back(std::move(draft));
      else
        joined[place->second].operations.push_back(draft.operations.front());
    }
    return joined;
  }

  /// What the switch alone changes, for gained_alone(). The diff of a plan has the same registries, and the same askers
  /// in the same places before any new ones.
  void remember(AccessDiff alone) {
    group_of_.assign(alone.registries.size(), std::vector<std::uint32_t>(alone.askers.size(), kNoGroup));
    for (std::size_t g = 0; g < alone.groups.size(); ++g) {
      for (const std::size_t a : alone.groups[g].askers)
        group_of_[alone.groups[g].registry][a] = static_cast<std::uint32_t>(g);
    }
    alone_ = std::move(alone);
  }

  /// `known` remembers the answers for one operation and name.
  [[nodiscard]] bool gained_alone(std::size_t registry, std::size_t asker, const Operation& operation,
                                  const std::string& example, std::unordered_map<std::uint32_t, bool>& known) const {
    if (!planned_ || elsewhere_ || asker >= group_of_[registry].size()) return false;
    const std::uint32_t group = group_of_[registry][asker];
    if (group == kNoGroup) return false;
    const auto [answer, is_new] = known.try_emplace(group, false);
    if (!is_new) return answer->second;
    for (const OperationChange& change : alone_.groups[group].changes) {
      const AccessChange& c = change.change;
      if (std::find(change.operations.begin(), change.operations.end(), &operation) == change.operations.end())
        continue;
      answer->second = example.empty() ? !c.gained.empty() || !c.possibly_gained.empty()
                                       : c.gained.contains(example) || c.possibly_gained.contains(example);
      break;
    }
    return answer->second;
  }

  /// Whether why_lost() says the same of everybody but tasks.
  [[nodiscard]] bool is_same_loss(const DiffRegistry& pair) const {
    return !planned_ || (left_out_.empty() && !has_denies(*pair.after));
  }
  /// Whether why_gained() says the same of everybody from now on.
  [[nodiscard]] bool is_same_gain(Change::Kind kind, bool alone, const DiffRegistry& pair,
                                  const Operation& operation) const {
    if (elsewhere_ || is_other_rule(kind, operation)) return true;
    return planned_ && !alone ? !has_denies(*pair.before) : explained_ >= kExplained;
  }

  static bool is_other_rule(Change::Kind kind, const Operation& operation) {
    return operation.special == Special::CachePull || operation.special == Special::QuickBuildPush ||
           (operation.id == "pull-signed" && kind == Change::Kind::PossiblyGained);
  }

  static bool gains(Change::Kind kind) { return kind == Change::Kind::Gained || kind == Change::Kind::PossiblyGained; }

  /// Explanations name the grant behind a change, and take their time: at large estates the rest goes without.
  bool may_explain() { return explained_ < kExplained && ++explained_ > 0; }

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
    if (has_denies(*pair.after)) {
      if (const auto* deny = denying(*after_, who, *pair.after, operation, example))
        return {"deny-assignment", fmt::format("Deny assignment {} covers the data actions.", deny->name)};
    }
    if (kind == Change::Kind::PossiblyLost)
      return {"doubtful-grant", "It is not certain that this is allowed today, so it is not carried over."};
    if (id == "untag") return {"untag", "Removing tags asks for metadata/write in the ABAC mode."};
    return {"not-expressible", "No assignment of the plan gives it."};
  }

  /// A grant of today that the plan leaves out and that is behind the asker's access.
  const Carrier* left_out(const DiffAsker& asker, const DiffRegistry& pair, const Operation& operation,
                          const std::string& example) {
    const auto* entra = asker.before ? std::get_if<EntraAsker>(&*asker.before) : nullptr;
    if (entra == nullptr || !entra->known || left_out_.empty() || !may_explain()) return nullptr;
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

  /// `alone`: the switch alone gives it too, as far as that was looked at.
  Why why_gained(Change::Kind kind, bool alone, const DiffAsker& asker, const DiffRegistry& pair,
                 const Operation& operation, const std::string& example) {
    if (elsewhere_)
      return {"counts-elsewhere", "An assignment of the plan is made above this registry as well, and counts here."};
    if (operation.special == Special::CachePull)
      return {"other-rule", "Artifact caches pull from upstreams in the ABAC mode alone."};
    if (operation.special == Special::QuickBuildPush)
      return {"other-rule", "Quick builds sign in as somebody in the ABAC mode."};
    if (operation.id == "pull-signed" && kind == Change::Kind::PossiblyGained)
      return {"other-rule", "Whether signed images can be pulled in the ABAC mode is contested."};
    if (planned_ && !alone) {
      const Asker& then = asker.before ? *asker.before : *asker.after;
      if (has_denies(*pair.before)) {
        if (const auto* deny = denying(before_, then, *pair.before, operation, example))
          return {"deny-assignment", fmt::format("Deny assignment {} covers the legacy actions alone.", deny->name)};
      }
      return {"role-holds-more", fmt::format("The new roles bring {}.", rights_of(operation))};
    }
    const Finding* grant = nullptr;
    std::optional<Decision> after;
    if (may_explain()) {
      const Asker& who = asker.after ? *asker.after : *asker.before;
      after = after_->engine().explain(after_->question(who, *pair.after, operation, example));
      grant = granting(*after);
    }
    if (grant == nullptr) return {"dormant-grant", "An assignment that is there already begins to count."};
    const model::Snapshot& snapshot = after_->engine().snapshot();
    const model::RoleAssignment& assignment = snapshot.role_assignments[*grant->assignment];
    return {"dormant-grant", fmt::format("{} at {}, which is there already, begins to count.",
                                         snapshot[assignment.role].name, snapshot[assignment.scope].display)};
  }

  [[nodiscard]] bool has_denies(std::size_t registry) const {
    return !before_.engine().index().registries[registry].deny_assignments.empty();
  }

  /// What an operation asks for in the ABAC mode: "content/read and metadata/read".
  static std::string rights_of(const Operation& operation) {
    std::string result;
    if (operation.abac.empty()) return "the right";
    for (const Right& right : operation.abac.front()) {
      std::string_view action = right.action;
      for (const std::string_view prefix : {kProvider, std::string_view("repositories/")}) {
        if (action.starts_with(prefix)) action.remove_prefix(prefix.size());
      }
      result += (result.empty() ? "" : " and ") + std::string(action);
    }
    return result;
  }

  std::uint32_t number_of_registry(const std::string& name) {
    const auto [place, added] = registries_.try_emplace(name, static_cast<std::uint32_t>(registry_names_.size()));
    if (added) registry_names_.push_back(name);
    return place->second;
  }

  /// Finding the shortest notation is dear, and the same sets come again and again.
  std::uint32_t number_of(const RepositorySet& names) {
    const SetPool::Number number = sets_.number(names);
    while (names_.size() <= number) {
      const RepositorySet& next = sets_[static_cast<SetPool::Number>(names_.size())];
      names_.push_back({.pattern = next.pattern(), .example = next.shortest().value_or("")});
    }
    return number;
  }

  std::uint32_t number_of(const Why& why) {
    const auto [place, added] = why_numbers_.try_emplace(why, static_cast<std::uint32_t>(whys_.size()));
    if (added) {
      whys_.push_back(&place->first);
      sentences_.push_back(
          sentence_numbers_.try_emplace(why.because, static_cast<std::uint32_t>(sentence_numbers_.size()))
              .first->second);
    }
    return place->second;
  }

  const AccessSets& before_;
  const AccessSets* after_ = nullptr;
  const Identities identities_;
  static constexpr std::uint32_t kNoGroup = 0xFFFFFFFF;
  AccessDiff alone_;                                  ///< what the switch changes without the plan
  std::vector<std::vector<std::uint32_t>> group_of_;  ///< registry, asker → place in alone_.groups
  static constexpr std::size_t kExplained = 20'000;
  std::size_t explained_ = 0;
  bool planned_ = true, elsewhere_ = false;
  std::multimap<std::string, const Carrier*> left_out_;
  std::vector<bool> is_task_;  ///< by asker of the diff that is described
  std::vector<Draft> drafts_;
  std::unordered_map<std::array<std::uint32_t, 5>, std::size_t, HashOfNumbers> place_of_;

  // What drafts say, by number; the same for all that is described.
  static constexpr std::uint32_t kEveryName = SetPool::kAll;
  SetPool sets_;
  std::vector<Written> names_;
  std::map<std::string, std::uint32_t, std::less<>> registries_;
  std::vector<std::string> registry_names_;
  std::map<Why, std::uint32_t> why_numbers_;
  std::vector<const Why*> whys_;
  std::map<std::string, std::uint32_t> sentence_numbers_;
  std::vector<std::uint32_t> sentences_;  ///< of each of whys_: equal for equal sentences
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
    Distinct lose, all;
    for (const Change& change : plan.changes) {
      if (change.reason != known.code) continue;
      all.add(change.who);
      if (change.kind == Change::Kind::Lost) lose.add(change.who);
    }
    if (all.empty()) continue;
    const auto people = [](std::size_t count) {
      return fmt::format("{} {}", count, count == 1 ? "identity" : "identities");
    };
    // Those who may lose it have it by a grant that is in doubt, or may have it.
    const std::size_t more = all.size() - lose.size();
    std::string who = lose.empty() ? "Possibly " + people(more) : people(lose.size());
    if (!lose.empty() && more > 0) who += fmt::format(", and possibly {} more,", more);
    plan.residue.push_back({.code = std::string(known.code),
                            .subject = "",
                            .text = fmt::format("{} {}", who, known.text),
                            .source = std::string(known.source),
                            .command = ""});
  }
}

}  // namespace

std::vector<const Operation*> judged_operations(const AccessSets& sets, std::size_t most) {
  const bool all = sets.askers().size() * sets.engine().snapshot().registries.size() <= most;
  std::vector<const Operation*> result;
  for (const Operation& operation : operations()) {
    if (operation.plane != Plane::Data && operation.special != Special::QuickBuildPush) continue;
    const bool interpreted = operation.special == Special::Purge || operation.special == Special::QuickBuildPush ||
                             operation.special == Special::Login || operation.special == Special::ExportFrom;
    if (all || !interpreted) result.push_back(&operation);
  }
  return result;
}

void describe_changes(const AccessSets& before, const PlanRequest& request, Plan& plan) {
  const model::Snapshot& snapshot = before.engine().snapshot();
  const std::vector<const Operation*> operations = judged_operations(before, request.most_compared);
  const auto changed = [](const AccessSets& from, const AccessSets& to, std::span<const Operation* const> what,
                          const std::function<bool(const DiffRegistry&)>& wanted) {
    return compare(from, to, what, wanted, one_after_the_other, Causes::LeftOut);
  };
  const auto is_planned = [&](const DiffRegistry& registry) {
    return registry.before && std::find(request.registries.begin(), request.registries.end(), *registry.before) !=
                                  request.registries.end();
  };
  Describer describer(plan, before);
  const auto describe = [&](const model::Snapshot& state, const std::function<void(const AccessSets&)>& work) {
    const Engine engine(state, before.engine().index().defaults);
    work(AccessSets(engine, before.circumstances()));
  };
  describe(with_mode(snapshot, request.registries, model::PermissionMode::Abac), [&](const AccessSets& after) {
    plan.switch_alone =
        describer.describe(after, changed(before, after, operations, is_planned), Describer::Of::Switch);
  });
  std::vector<std::string> problems;
  describe(apply(plan, snapshot, Stage::Removed, problems), [&](const AccessSets& after) {
    plan.changes = describer.describe(after, changed(before, after, operations, is_planned), Describer::Of::Plan);
    const auto others = [&](const DiffRegistry& registry) { return !is_planned(registry); };
    plan.elsewhere = describer.describe(after, changed(before, after, operations, others), Describer::Of::Elsewhere);
  });
  note_residue(plan);
  if (std::none_of(operations.begin(), operations.end(),
                   [](const Operation* o) { return o->special == Special::Purge; })) {
    plan.open.push_back({.code = "not-compared",
                         .subject = "",
                         .text = "The estate is so large that purge, quick builds, sign-in and import sources were not "
                                 "compared; quick builds push afterwards only with --source-acr-auth-id [caller].",
                         .source = "acr-authorization B.4",
                         .command = ""});
  }
}

}  // namespace acrbiter::evaluator::migration
