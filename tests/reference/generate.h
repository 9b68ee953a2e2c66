// Seeded random tenants and questions, small and full of the cases that go wrong: nested and cyclic groups whose
// members are half known, roles with several entries, conditions of every shape, scopes beside the registry, doors,
// locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/question.h"
#include "model/snapshot.h"

namespace acrbiter::reference {

/// A source of numbers that is the same everywhere for the same seed (splitmix64).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// 0 ≤ result < n; n > 0.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class T>
  const T& pick(const std::vector<T>& values) {
    return values[below(values.size())];
  }

 private:
  std::uint64_t state_;
};

[[nodiscard]] std::string random_condition(Dice& dice);
/// How often exports may describe one token, task or scope map, and whether each time with its registry.
enum class Records { Once, Several };
[[nodiscard]] model::Snapshot random_snapshot(Dice& dice, Records records = Records::Several);
[[nodiscard]] evaluator::Question random_question(Dice& dice, const model::Snapshot& snapshot);

/// For people: everything that a decision may look at, one fact a line.
[[nodiscard]] std::string describe(const model::Snapshot& snapshot);
[[nodiscard]] std::string describe(const evaluator::Question& question);

}  // namespace acrbiter::reference
