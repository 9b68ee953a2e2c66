// The classic mistakes of access, made one at a time, to see whether any test notices.
//
//   for (const Mutation& mutation : mutations(engine, registries, parse)) {
//     const model::Snapshot snapshot = made(engine.snapshot(), mutation);
//     const AccessSets mutant(Engine(snapshot));
//     if (!difference(sets, mutant, operations)) continue;  // means the same: no test can tell
//     …run the tests on it…
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/engine.h"
#include "evaluator/sets/access.h"
#include "model/condition.h"
#include "model/snapshot.h"

namespace acrbiter::evaluator::adequacy {

enum class Mistake : std::uint8_t {
  DropSlash,      ///< `backend/` → `backend` in a condition, which lets `backend-infra/…` in
  DropGuard,      ///< a condition no longer names one of its actions, which is then not restricted
  DropCondition,  ///< the assignment has none
  WidenScope,     ///< the registry's resource group, or its subscription
  SwapRole,       ///< a built-in role beside the one that is meant
  FlipMode,       ///< the registry is in the other permission mode
  AddMember,      ///< somebody is in a group that holds a role
  RemoveDeny,     ///< a deny assignment is gone
};
[[nodiscard]] std::string_view to_string(Mistake mistake) noexcept;  ///< "drop-slash", …

/// One mistake at one place. Indices are into the members of the snapshot it is made for.
struct Mutation {
  Mistake mistake{};
  std::size_t assignment = 0;                      ///< of the first five
  std::size_t registry = 0;                        ///< of FlipMode
  std::size_t deny = 0;                            ///< of RemoveDeny
  model::PrincipalIndex group{}, member{};         ///< of AddMember
  std::optional<model::ConditionEntry> condition;  ///< what DropSlash and DropGuard leave
  std::string scope;                               ///< what WidenScope makes of it
  model::RoleIndex role{};                         ///< what SwapRole makes of it
  std::string detail;                              ///< the literal or action that is dropped
};

/// A condition's tree from its text; nothing if it does not parse.
using ParseCondition = std::function<std::optional<model::Condition>(const std::string&)>;

/// All mistakes about what reaches one of `registries`, in the order of the data, kind by kind.
[[nodiscard]] std::vector<Mutation> mutations(const Engine& engine, std::span<const std::size_t> registries,
                                              const ParseCondition& parse);

[[nodiscard]] model::Snapshot made(const model::Snapshot& snapshot, const Mutation& mutation);

/// A question that the two answer differently.
struct Difference {
  Asker asker;  ///< of the first
  std::size_t registry = 0;
  const Operation* operation = nullptr;
  std::string repository;  ///< one that the data knows, if such a one tells them apart, else the shortest
  Verdict before = Verdict::Undetermined;
  Verdict after = Verdict::Undetermined;
};
/// A certain difference goes before a possible one. Nothing: for every name, everybody's access is the same.
[[nodiscard]] std::optional<Difference> difference(const AccessSets& before, const AccessSets& after,
                                                   std::span<const Operation* const> operations);

}  // namespace acrbiter::evaluator::adequacy
