// What role and deny assignments give on each registry, compiled so that a question is a few table look-ups.
//
// A role and a condition together say, for each right, one of four things: granted, not granted, undetermined, or a
// rule over the repository name. That is worked out once per role, condition and permission mode, merged for each
// holder of grants on a registry's path of scopes, and found by the holder's number. The sets of names behind a rule
// are built when somebody asks for sets. Source: azure-rbac-semantics 1; acr-authorization A.3, C
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluator/index.h"
#include "evaluator/sets/access.h"
#include "evaluator/sets/interval.h"

namespace acrbiter::evaluator {

/// Access that depends on the repository name. Rules stay where they are as long as the GrantTables live.
struct NameRule {
  std::uint32_t number = 0;  ///< among all rules
  // Nearly every condition comes to one test of the name …
  const NameCondition* test = nullptr;
  model::Truth if_true = model::Truth::True;
  model::Truth if_false = model::Truth::False;
  // … the rest, and every set, is worked out from where the rule comes from.
  model::RoleIndex role{};
  model::ConditionIndex condition = model::kNoCondition;
  Right right;
  model::PermissionMode mode{};
  bool of_asker = false;  ///< depends on who asks: a condition speaks of @Principal
  std::string only;       ///< a grant on this repository alone; empty: on any
};

/// Rights that one rule decides.
struct RuledRights {
  RightMask rights;
  const NameRule* rule = nullptr;
};

/// What all grants of one holder on one registry come to.
struct Holding {
  RightMask certain;  ///< for every name
  RightMask open;     ///< undetermined for every name
  std::vector<RuledRights> ruled;

  void add(const Holding& other);
};

struct DenyRule {
  std::size_t deny = 0;    ///< index into Snapshot::deny_assignments
  RightMask rights;        ///< those that its permissions cover
  bool uncertain = false;  ///< its scope may not cover the registry
  std::string only;        ///< of one repository alone, if not empty
};

class QuickTable;

/// One registry in one permission mode. No data action of the ABAC mode stands for soft-deleted artifacts; there the
/// rights of the legacy mode are what custom roles would give if they counted. Contested: soft-delete-in-abac
struct GrantTable {
  std::size_t registry = 0;
  model::PermissionMode mode{};
  std::vector<std::pair<model::PrincipalIndex, Holding>> holdings;  ///< in the order of the holders' numbers
  Holding pool;           ///< of holders with members that the data does not show: it may be anybody's
  RightMask always_open;  ///< may be granted for all that the data shows: a list breaks off, the place is not known
  RightMask open_for_created;  ///< the same for principals that are yet to be created, which no list names
  std::vector<DenyRule> denies;
  RightMask denied;                         ///< rights that some deny assignment covers
  RightMask always_denied_open;             ///< … may cover for all that the data shows
  std::unique_ptr<const QuickTable> quick;  ///< the same, laid out for plain questions; null until that is asked for

  /// Null: holds nothing here.
  [[nodiscard]] const Holding* find(model::PrincipalIndex holder) const {
    const auto found = std::lower_bound(holdings.begin(), holdings.end(), holder,
                                        [](const auto& one, model::PrincipalIndex p) { return one.first < p; });
    return found == holdings.end() || found->first != holder ? nullptr : &found->second;
  }
};

/// May assignments that reach a registry not be in the data? Their list breaks off or was not read, or nobody knows
/// where the registry is.
[[nodiscard]] bool may_lack_assignments(const Engine::Index& index, std::size_t registry, const Readings& readings);

class GrantTables {
 public:
  /// Both outlive this.
  GrantTables(const Engine::Index& index, const Circumstances& circumstances);
  ~GrantTables();

  [[nodiscard]] const GrantTable& table(std::size_t registry, model::PermissionMode mode) const {
    const std::size_t place = registry * 2 + static_cast<std::size_t>(mode);
    if (!ready_[place].load(std::memory_order_acquire)) build(registry, mode);
    return tables_[place];
  }

  /// A table as plain questions ask it. Looked up under a lock: keep it.
  [[nodiscard]] const QuickTable& quick(std::size_t registry, model::PermissionMode mode) const;

  /// What one grant gives in a mode, wherever its scope is; nothing if it is not in force.
  [[nodiscard]] Holding of(const Grant& grant, model::PermissionMode mode) const;

  /// The names for which a rule holds. `asker` is null for somebody who is not in the data.
  /// Throws model::RepositorySetTooLarge.
  [[nodiscard]] Interval names(const NameRule& rule, const model::Principal* asker) const;
  [[nodiscard]] model::Truth value(const NameRule& rule, const model::Principal* asker,
                                   std::string_view repository) const {
    if (rule.test != nullptr) return rule.test->holds(repository) ? rule.if_true : rule.if_false;
    return names(rule, asker).at(repository);
  }
  /// The names for which the permissions and conditions of a deny assignment cover `right`, whomever it names.
  /// Throws model::RepositorySetTooLarge.
  [[nodiscard]] Interval names(const DenyRule& deny, const Right& right, const model::Principal* asker) const;
  /// True if whom a deny assignment covers depends on attributes of the asker.
  [[nodiscard]] bool of_asker(const DenyRule& deny) const;

 private:
  struct Impl;
  void build(std::size_t registry, model::PermissionMode mode) const;

  std::unique_ptr<Impl> impl_;
  // Two for each registry, built when first asked for.
  mutable std::vector<GrantTable> tables_;
  mutable std::vector<std::atomic<bool>> ready_;
};

}  // namespace acrbiter::evaluator
