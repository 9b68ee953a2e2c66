#include "evaluator/adequacy/mutants.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "evaluator/index.h"
#include "evaluator/sets/diff.h"
#include "evaluator/sets/prove.h"
#include "model/ascii.h"
#include "model/condition_print.h"

namespace acrbiter::evaluator::adequacy {

namespace {

using model::at;
using model::Expr;
using model::PermissionMode;
using model::PrincipalIndex;
using model::RepositorySet;

// ---- mistakes in a condition --------------------------------------------------------------------------------

/// Makes the `number`-th mistake of a kind in a tree, counted from 0.
class ConditionMistake {
 public:
  ConditionMistake(Mistake kind, std::size_t number) : kind_(kind), left_(number) {}

  /// Nothing if there are not that many.
  std::optional<std::string> make(Expr& expr) {
    if (!visit(expr)) return std::nullopt;
    return std::move(detail_);
  }

 private:
  bool visit(Expr& expr) {
    if (auto* comparison = std::get_if<model::Box<model::Comparison>>(&expr.node)) return compare(**comparison);
    if (auto* negated = std::get_if<model::Not>(&expr.node)) return visit(*negated->operand);
    if (auto* all = std::get_if<model::All>(&expr.node)) return list(expr, all->operands, true);
    if (auto* any = std::get_if<model::Any>(&expr.node)) return list(expr, any->operands, false);
    if (auto* chain = std::get_if<model::MixedChain>(&expr.node)) {
      return std::any_of(chain->operands.begin(), chain->operands.end(), [this](Expr& e) { return visit(e); });
    }
    return false;
  }

  bool compare(model::Comparison& comparison) {
    using Relation = model::OperatorRelation;
    if (kind_ != Mistake::DropSlash || comparison.op.family != model::OperatorFamily::String) return false;
    const bool starts = comparison.op.relation == Relation::StartsWith;
    if (!starts && comparison.op.relation != Relation::Like) return false;
    const std::string_view end = starts ? "/" : "/*";
    const auto drop = [&](model::Literal& literal) {
      if (!literal.text.ends_with(end) || literal.text.size() == end.size() || left_-- > 0) return false;
      detail_ = literal.text;
      literal.text.erase(literal.text.size() - end.size(), 1);
      return true;
    };
    if (auto* literal = std::get_if<model::Literal>(&comparison.right)) return drop(*literal);
    if (auto* set = std::get_if<model::LiteralSet>(&comparison.right)) {
      return std::any_of(set->members.begin(), set->members.end(), drop);
    }
    return false;
  }

  static const model::ActionMatches* guarded(const Expr& expr) {
    const auto* negated = std::get_if<model::Not>(&expr.node);
    return negated == nullptr ? nullptr : std::get_if<model::ActionMatches>(&(*negated->operand).node);
  }

  /// `!(ActionMatches{a}) AND !(ActionMatches{b})` restricts a and b: without the first a is free.
  bool list(Expr& whole, std::vector<Expr>& operands, bool all) {
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const model::ActionMatches* guard = all && kind_ == Mistake::DropGuard ? guarded(operands[i]) : nullptr;
      if (guard == nullptr) {
        if (visit(operands[i])) return true;
        continue;
      }
      if (left_-- > 0) continue;
      detail_ = guard->pattern;
      operands.erase(operands.begin() + static_cast<std::ptrdiff_t>(i));
      if (operands.size() == 1) {
        Expr rest = std::move(operands.front());
        whole = std::move(rest);
      }
      return true;
    }
    return false;
  }

  Mistake kind_;
  std::size_t left_;
  std::string detail_;
};

// ---- all mistakes -------------------------------------------------------------------------------------------

/// What is assigned instead of what is meant. Legacy roles beside each other, then those of the ABAC mode.
constexpr std::array kSwaps = {
    std::pair{"AcrPull", "AcrPush"},
    std::pair{"AcrPush", "AcrPull"},
    std::pair{"AcrDelete", "AcrPush"},
    std::pair{"Reader", "Contributor"},
    std::pair{"Contributor", "Reader"},
    std::pair{"Container Registry Repository Reader", "Container Registry Repository Writer"},
    std::pair{"Container Registry Repository Writer", "Container Registry Repository Contributor"},
    std::pair{"Container Registry Repository Contributor", "Container Registry Repository Writer"},
    std::pair{"Container Registry Repository Catalog Lister", "Container Registry Repository Reader"},
};

class Mistakes {
 public:
  Mistakes(const Engine& engine, std::span<const std::size_t> registries, const ParseCondition& parse)
      : index_(engine.index()), snapshot_(engine.snapshot()), registries_(registries), parse_(parse) {}

  std::vector<Mutation> all() {
    const std::vector<std::size_t> assignments = relevant();
    for (const Mistake kind : {Mistake::DropSlash, Mistake::DropGuard}) {
      for (const std::size_t assignment : assignments) in_condition(kind, assignment);
    }
    for (const std::size_t assignment : assignments) drop_condition(assignment);
    for (const std::size_t assignment : assignments) widen_scope(assignment);
    for (const std::size_t assignment : assignments) swap_role(assignment);
    for (const std::size_t registry : registries_) {
      if (!snapshot_.registries[registry].mode) continue;
      Mutation& mutation = add(Mistake::FlipMode);
      mutation.registry = registry;
    }
    add_members(assignments);
    remove_denies();
    return std::move(found_);
  }

 private:
  Mutation& add(Mistake mistake, std::size_t assignment = 0) {
    Mutation& mutation = found_.emplace_back();
    mutation.mistake = mistake;
    mutation.assignment = assignment;
    return mutation;
  }

  /// Assignments that grant something of registries on one of them.
  [[nodiscard]] std::vector<std::size_t> relevant() const {
    std::set<std::size_t> result;
    for (const std::size_t registry : registries_) {
      for (const ChainScope& scope : index_.registries[registry].chain) {
        for (const Grant& grant : index_.grants_at(scope.scope)) {
          if (!grant.from_instance && (index_.roles[at(grant.role)].granted & index_.data_plane).any())
            result.insert(grant.source);
        }
      }
    }
    return {result.begin(), result.end()};
  }

  [[nodiscard]] const model::ConditionEntry* condition_of(std::size_t assignment) const {
    const model::ConditionIndex index = snapshot_.role_assignments[assignment].condition;
    if (index == model::kNoCondition || index == model::kConditionNotShown) return nullptr;
    return &snapshot_[index];
  }

  void in_condition(Mistake kind, std::size_t assignment) {
    const model::ConditionEntry* entry = condition_of(assignment);
    if (entry == nullptr || !entry->parsed) return;
    for (std::size_t number = 0;; ++number) {
      model::Condition changed = *entry->parsed;
      auto detail = ConditionMistake(kind, number).make(changed.root);
      if (!detail) return;
      model::ConditionEntry made{
          .text = model::print_expression(changed.root), .version = entry->version, .parsed = {}, .errors = {}};
      made.parsed = parse_(made.text);
      if (!made.parsed) continue;
      Mutation& mutation = add(kind, assignment);
      mutation.condition = std::move(made);
      mutation.detail = *std::move(detail);
    }
  }

  void drop_condition(std::size_t assignment) {
    if (condition_of(assignment) != nullptr) add(Mistake::DropCondition, assignment);
  }

  void widen_scope(std::size_t assignment) {
    const std::string& scope = snapshot_[snapshot_.role_assignments[assignment].scope].display;
    const std::string key = model::ascii_lower(scope);
    std::string wider;
    switch (model::scope_kind(key)) {
      case model::ScopeKind::Resource:
        if (const std::size_t end = key.find("/providers/"); end != std::string::npos) wider = scope.substr(0, end);
        break;
      case model::ScopeKind::ResourceGroup:
        wider = scope.substr(0, key.find("/resourcegroups/"));
        break;
      default:
        return;
    }
    if (!wider.empty()) add(Mistake::WidenScope, assignment).scope = std::move(wider);
  }

  void swap_role(std::size_t assignment) {
    const model::RoleDefinition& role = snapshot_[snapshot_.role_assignments[assignment].role];
    if (role.type != model::RoleType::BuiltIn) return;
    for (const auto& [meant, instead] : kSwaps) {
      if (role.name != meant) continue;
      for (std::size_t other = 0; other < snapshot_.roles.size(); ++other) {
        const model::RoleDefinition& candidate = snapshot_.roles[other];
        if (candidate.name != instead || candidate.type != model::RoleType::BuiltIn || !candidate.defined) continue;
        add(Mistake::SwapRole, assignment).role = static_cast<model::RoleIndex>(other);
        break;
      }
    }
  }

  /// The first user or service principal that the data shows outside the group.
  [[nodiscard]] std::optional<PrincipalIndex> stranger_to(PrincipalIndex group) const {
    Reach groups;
    for (std::size_t i = 0; i < snapshot_.principals.size(); ++i) {
      const PrincipalIndex one{static_cast<std::uint32_t>(i)};
      const model::Principal& principal = snapshot_[one];
      const bool can =
          principal.kind == model::PrincipalKind::User || principal.kind == model::PrincipalKind::ServicePrincipal;
      if (!can || principal.orphaned || one == group) continue;
      index_.groups.reach(one, groups);
      if (std::find(groups.all.begin(), groups.all.end(), group) == groups.all.end()) return one;
    }
    return std::nullopt;
  }

  void add_members(const std::vector<std::size_t>& assignments) {
    std::set<PrincipalIndex> seen;
    for (const std::size_t assignment : assignments) {
      const PrincipalIndex group = snapshot_.role_assignments[assignment].principal;
      if (snapshot_[group].kind != model::PrincipalKind::Group || !seen.insert(group).second) continue;
      const auto member = stranger_to(group);
      if (!member) continue;
      Mutation& mutation = add(Mistake::AddMember);
      mutation.group = group;
      mutation.member = *member;
    }
  }

  void remove_denies() {
    std::set<std::size_t> denies;
    for (const std::size_t registry : registries_) {
      const auto& here = index_.registries[registry].deny_assignments;
      denies.insert(here.begin(), here.end());
    }
    for (const std::size_t deny : denies) add(Mistake::RemoveDeny).deny = deny;
  }

  const Engine::Index& index_;
  const model::Snapshot& snapshot_;
  std::span<const std::size_t> registries_;
  const ParseCondition& parse_;
  std::vector<Mutation> found_;
};

model::ScopeIndex scope_in(model::Snapshot& snapshot, const std::string& text) {
  const std::string key = model::scope_key(text);
  for (std::size_t i = 0; i < snapshot.scopes.size(); ++i) {
    if (snapshot.scopes[i].key == key) return static_cast<model::ScopeIndex>(i);
  }
  snapshot.scopes.push_back({.key = key, .display = text, .kind = model::scope_kind(key)});
  return static_cast<model::ScopeIndex>(snapshot.scopes.size() - 1);
}

}  // namespace

std::string_view to_string(Mistake mistake) noexcept {
  switch (mistake) {
    case Mistake::DropSlash:
      return "drop-slash";
    case Mistake::DropGuard:
      return "drop-guard";
    case Mistake::DropCondition:
      return "drop-condition";
    case Mistake::WidenScope:
      return "widen-scope";
    case Mistake::SwapRole:
      return "swap-role";
    case Mistake::FlipMode:
      return "flip-mode";
    case Mistake::AddMember:
      return "add-member";
    case Mistake::RemoveDeny:
      return "remove-deny";
  }
  return "";
}

std::vector<Mutation> mutations(const Engine& engine, std::span<const std::size_t> registries,
                                const ParseCondition& parse) {
  return Mistakes(engine, registries, parse).all();
}

model::Snapshot made(const model::Snapshot& snapshot, const Mutation& mutation) {
  model::Snapshot result = snapshot;
  const auto assignment = [&]() -> model::RoleAssignment& { return result.role_assignments[mutation.assignment]; };
  switch (mutation.mistake) {
    case Mistake::DropSlash:
    case Mistake::DropGuard:
      assignment().condition = static_cast<model::ConditionIndex>(result.conditions.size());
      result.conditions.push_back(*mutation.condition);
      break;
    case Mistake::DropCondition:
      assignment().condition = model::kNoCondition;
      break;
    case Mistake::WidenScope:
      // The id stays what it was: it is how the assignment is found again.
      assignment().id = model::assignment_id(result, assignment());
      assignment().scope = scope_in(result, mutation.scope);
      break;
    case Mistake::SwapRole:
      assignment().role = mutation.role;
      break;
    case Mistake::FlipMode: {
      const bool abac = result.registries[mutation.registry].mode == PermissionMode::Abac;
      return with_mode(std::move(result), std::array{mutation.registry},
                       abac ? PermissionMode::Legacy : PermissionMode::Abac);
    }
    case Mistake::AddMember:
      result.memberships.push_back({.member = mutation.member, .group = mutation.group});
      break;
    case Mistake::RemoveDeny:
      result.deny_assignments.erase(result.deny_assignments.begin() + static_cast<std::ptrdiff_t>(mutation.deny));
      break;
  }
  return result;
}

std::optional<Difference> difference(const AccessSets& before, const AccessSets& after,
                                     std::span<const Operation* const> operations) {
  const AccessDiff diff = compare(before, after, operations);
  for (const bool certain : {true, false}) {
    for (const ChangeGroup& group : diff.groups) {
      const DiffRegistry& registry = diff.registries[group.registry];
      const DiffAsker& asker = diff.askers[group.askers.front()];
      if (!registry.before || !asker.before) continue;
      for (const OperationChange& changed : group.changes) {
        const AccessChange& change = changed.change;
        const RepositorySet names =
            certain ? change.gained | change.lost : change.possibly_gained | change.possibly_lost;
        if (names.empty()) continue;
        Difference result{.asker = *asker.before,
                          .registry = *registry.before,
                          .operation = changed.operations.front(),
                          .repository = {}};
        if (result.operation->takes_repository) {
          auto known = known_name(names, before.engine().snapshot().registries[result.registry]);
          result.repository = known ? *std::move(known) : *names.shortest();
        }
        result.before = verdict_of(before.decide(result.asker, result.registry, *result.operation, result.repository));
        if (registry.after && asker.after) {
          result.after = verdict_of(after.decide(*asker.after, *registry.after, *result.operation, result.repository));
        } else {
          result.after = Verdict::Deny;
        }
        return result;
      }
    }
  }
  return std::nullopt;
}

}  // namespace acrbiter::evaluator::adequacy
