// Everybody's access to one registry as numbers of a SetPool: what comparisons of whole estates are made of. Private to
// the evaluator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evaluator/number_lists.h"
#include "evaluator/sets/access.h"
#include "evaluator/sets/set_pool.h"

namespace acrbiter::evaluator {

/// An Access without its causes.
struct AccessNumbers {
  SetPool::Number certain = SetPool::kNone, possible = SetPool::kNone;
  friend bool operator==(const AccessNumbers&, const AccessNumbers&) = default;
};

struct NumberedTable {
  /// What people of one class may do, operation by operation two numbers; all differ. The first has no access at all.
  NumberLists classes;
  /// AskerIndex → class. Whoever means nothing at the registry is in the first.
  std::vector<std::uint32_t> class_of;

  [[nodiscard]] AccessNumbers access(std::size_t of_class, std::size_t operation) const {
    const std::span<const SetPool::Number> numbers = classes[of_class];
    return {.certain = numbers[2 * operation], .possible = numbers[2 * operation + 1]};
  }

  /// The same accesses as AccessSets::who_can() gives. Sets are numbered in `pool`.
  [[nodiscard]] static NumberedTable of(const AccessSets& sets, std::size_t registry,
                                        std::span<const Operation* const> operations, SetPool& pool);
};

}  // namespace acrbiter::evaluator
