// Access by asking the interpreter once for each class of names.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "evaluator/index.h"
#include "evaluator/request.h"
#include "evaluator/sets/access.h"
#include "evaluator/sets/cells.h"
#include "evaluator/sets/condition_sets.h"
#include "model/ascii.h"
#include "model/box.h"

namespace acrbiter::evaluator {

using model::RepositoryPartition;
using model::RepositorySet;
using model::Truth;

namespace {

/// Collects every test of a repository name that the answer to one question may come to.
class NameTests {
 public:
  NameTests(const Engine::Index& index, const ResolvedQuestion& question)
      : ix_(index),
        snapshot_(index.snapshot),
        question_(question),
        registry_(snapshot_.registries[question.registry]) {}

  std::vector<RepositorySet> collect() {
    std::visit(model::Overloaded{
                   [&](const EntraAsker& asker) { entra(asker); },
                   [&](const TokenAsker&) { scope_maps(); },
                   [&](const TaskAsker& asker) { tasks(asker.task); },
                   [](const AdminAsker&) {},
                   [](const AnonymousAsker&) {},
               },
               question_.asker);
    locks();
    // As a filter of purge, a name with a dot is a pattern.
    const bool purges = question_.operation != nullptr && question_.operation->special == Special::Purge;
    if (purges) tests_.push_back(RepositorySet::like("*.*"));
    return std::move(tests_);
  }

 private:
  void entra(const EntraAsker& asker) {
    const RegistryContext& context = ix_.registries[question_.registry];
    who_ = asker.known ? &snapshot_[asker.principal] : nullptr;
    seen_.clear();
    Reach reach;
    if (asker.known) ix_.groups.reach(asker.principal, reach);
    const auto held_at = [&](model::ScopeIndex scope) {
      for (const model::PrincipalIndex holder : reach.all) {
        for (const Grant& grant : ix_.grants_at(scope, holder)) add(grant);
      }
      for (const std::uint32_t g : ix_.open_grants_at(scope)) add(ix_.grants[g]);
    };
    for (const ChainScope& scope : context.chain) held_at(scope.scope);
    const std::string here = snapshot_[registry_.scope].key + "/repositories/";
    for (const model::ScopeIndex below : context.below) {
      held_at(below);
      const std::string& key = snapshot_[below].key;
      if (key.starts_with(here)) tests_.push_back(RepositorySet::exactly(std::string_view(key).substr(here.size())));
    }
    for (const std::size_t d : context.deny_assignments) {
      const model::DenyAssignment& deny = snapshot_.deny_assignments[d];
      add(deny.condition);
      for (const model::Permission& permission : deny.permissions) add(permission.condition);
    }
  }

  void add(const Grant& grant) {
    add(grant.condition);
    for (const model::Permission& permission : snapshot_[grant.role].permissions) add(permission.condition);
  }

  void add(model::ConditionIndex condition) {
    if (condition == model::kNoCondition || condition == model::kConditionNotShown) return;
    if (std::find(seen_.begin(), seen_.end(), condition) != seen_.end()) return;
    seen_.push_back(condition);
    const auto& parsed = snapshot_[condition].parsed;
    if (!parsed) return;
    // A name may be compared with the asker's own attributes.
    const Right any{.kind = ActionKind::DataAction, .action = {}};
    const RequestAttributes attributes(any, who_, question_.text->at, question_.text->network, std::nullopt);
    add_name_tests(*parsed, tests_, &attributes);
  }

  /// `repositories/NAME/VERB`: NAME is one repository, `*`, or `PREFIX/*`. Source: acr-authorization D.2
  void scope_maps() {
    constexpr std::string_view kRepositories = "repositories/";
    for (const model::ScopeMap& map : snapshot_.scope_maps) {
      for (std::string_view action : map.actions) {
        if (!model::starts_with_ignoring_case(action, kRepositories)) continue;
        action.remove_prefix(kRepositories.size());
        for (int verb = 0; verb < 2 && action.find('/') != std::string_view::npos; ++verb)
          action = action.substr(0, action.rfind('/'));
        tests_.push_back(RepositorySet::exactly(action));
        if (!action.ends_with("/*")) continue;
        action.remove_suffix(1);
        tests_.push_back(RepositorySet::starting_with(action));
        tests_.push_back(RepositorySet::exactly(action));
        tests_.push_back(RepositorySet::exactly(action.substr(0, action.size() - 1)));
      }
    }
  }

  /// Every record that may be the task.
  void tasks(std::size_t place) {
    const std::string& name = snapshot_.tasks[place].name;
    if (ix_.task_records[place].empty()) return task(snapshot_.tasks[place]);
    for (const model::Task& each : snapshot_.tasks) {
      if (model::equal_ignoring_case(each.name, name)) task(each);
    }
  }

  /// Whatever identity the task may use.
  void task(const model::Task& task) {
    std::vector<std::string> ids{task.identity.principal_id, task.source_registry_identity.value_or("")};
    for (const auto& assigned : task.identity.user_assigned) ids.push_back(assigned.principal_id);
    for (const auto& registry : task.custom_registries) ids.push_back(registry.identity);
    for (const std::string& id : ids) {
      for (const Engine::Index::Name& name : ix_.principal_names.find(id))
        entra({.principal = name.principal, .id = {}, .typed_as = {}});
    }
    entra({.known = false, .id = {}, .typed_as = {}});
  }

  void locks() {
    // Of each lock the repositories that have it by some record, and those that do not by one.
    std::array<std::array<std::vector<std::string>, 2>, 3> locked;
    const auto note = [&](auto& names, const std::optional<bool>& enabled, const std::string& repository) {
      if (enabled) names[*enabled ? 1 : 0].push_back(repository);
    };
    for (const model::ArtifactAttributes& a : snapshot_.artifact_attributes) {
      if (!a.registry.empty() && !model::equal_ignoring_case(a.registry, registry_.name)) continue;
      // What a tag or manifest has says nothing of the repository; where one is asked for, each stands by itself.
      if (!a.reference.empty()) {
        if (!question_.text->reference.empty()) tests_.push_back(RepositorySet::exactly(a.repository));
        continue;
      }
      note(locked[0], a.read_enabled, a.repository);
      note(locked[1], a.write_enabled, a.repository);
      note(locked[2], a.delete_enabled, a.repository);
    }
    for (auto& [off, on] : locked) {
      if (off.empty()) continue;
      tests_.push_back(RepositorySet::of(off));
      // Only what stands in both is open.
      std::sort(off.begin(), off.end());
      std::erase_if(on, [&](const std::string& name) { return !std::binary_search(off.begin(), off.end(), name); });
      if (!on.empty()) tests_.push_back(RepositorySet::of(on));
    }
  }

  const Engine::Index& ix_;
  const model::Snapshot& snapshot_;
  const ResolvedQuestion& question_;
  const model::Registry& registry_;
  const model::Principal* who_ = nullptr;  ///< whose conditions are looked at
  std::vector<RepositorySet> tests_;
  std::vector<model::ConditionIndex> seen_;
};

/// The interpreter about the registry as a whole.
Access whole(const Engine& engine, const ResolvedQuestion& question, Causes causes) {
  const Verdict verdict = engine.decide(question);
  Access access;
  if (verdict == Verdict::Allow) access.certain = RepositorySet::all();
  if (verdict != Verdict::Deny) access.possible = RepositorySet::all();
  if (verdict == Verdict::Undetermined && causes == Causes::Told) access.causes = engine.explain(question).unknowns;
  return access;
}

/// The union of some cells; nothing has to be built for none or all of them.
RepositorySet united(const RepositoryPartition& cells, const std::vector<bool>& chosen) {
  const auto count = std::count(chosen.begin(), chosen.end(), true);
  if (count == 0) return RepositorySet::none();
  return static_cast<std::size_t>(count) == chosen.size() ? RepositorySet::all() : cells.united(chosen);
}

bool by_name(const ResolvedQuestion& question) {
  return question.operation == nullptr || question.operation->takes_repository;
}

}  // namespace

Access undetermined_because(const model::RepositorySetTooLarge& error) {
  return {.certain = {},
          .possible = RepositorySet::all(),
          .causes = {{Cause::Kind::MissingDatum, std::string(kConditionTooLarge), error.what(),
                      "ask about single names: acrbiter can-i"}}};
}

Access access_by_cells(const Engine& engine, const ResolvedQuestion& question, Causes causes) {
  return std::move(access_by_cells(engine, question, std::array{question.operation}, causes).front());
}

std::vector<Access> access_by_cells(const Engine& engine, const ResolvedQuestion& question,
                                    std::span<const Operation* const> operations, Causes causes) {
  Question text = *question.text;
  ResolvedQuestion asked = question;
  asked.text = refer_to(text);
  std::optional<RepositoryPartition> shared;  // all operations but purge tell the same names apart
  const auto ask = [&]() -> Access {
    text.repository.clear();
    if (!by_name(asked)) return whole(engine, asked, causes);
    const bool purges = asked.operation != nullptr && asked.operation->special == Special::Purge;
    std::optional<RepositoryPartition> own;
    std::optional<RepositoryPartition>& cells = purges ? own : shared;
    if (!cells) cells.emplace(NameTests(engine.index(), asked).collect());
    Access access;
    std::vector<bool> certain(cells->size());
    std::vector<bool> possible(cells->size());
    for (std::size_t cell = 0; cell < cells->size(); ++cell) {
      text.repository = cells->representative(cell);
      const Verdict verdict = engine.decide(asked);
      certain[cell] = verdict == Verdict::Allow;
      possible[cell] = verdict != Verdict::Deny;
      if (verdict == Verdict::Undetermined && causes == Causes::Told)
        add_causes(engine.explain(asked).unknowns, access.causes);
    }
    access.certain = united(*cells, certain);
    access.possible = united(*cells, possible);
    return access;
  };
  std::vector<Access> result;
  for (const Operation* operation : operations) {
    asked.operation = operation;
    if (operation != nullptr) text.operation = operation->id;
    try {
      result.push_back(ask());
    } catch (const model::RepositorySetTooLarge& error) {
      result.push_back(undetermined_because(error));
    }
  }
  return result;
}

std::vector<Cause> causes_on(const Engine& engine, const ResolvedQuestion& question, const RepositorySet& names) {
  Question text = *question.text;
  text.repository.clear();
  ResolvedQuestion asked = question;
  asked.text = refer_to(text);
  std::vector<Cause> causes;
  if (names.empty()) return causes;
  if (!by_name(question)) return engine.explain(asked).unknowns;
  try {
    std::vector<RepositorySet> tests = NameTests(engine.index(), asked).collect();
    const RepositoryPartition cells(tests);
    for (std::size_t cell = 0; cell < cells.size(); ++cell) {
      if (!names.contains(cells.representative(cell))) continue;
      text.repository = cells.representative(cell);
      add_causes(engine.explain(asked).unknowns, causes);
    }
    return causes;
  } catch (const model::RepositorySetTooLarge& error) {
    return undetermined_because(error).causes;
  }
}

}  // namespace acrbiter::evaluator
