// Sets of repository names by number, for analyses in which the same sets come again and again: equal sets have equal
// numbers, and what two or several of them come to is worked out once. Private to the evaluator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

#include "evaluator/number_lists.h"
#include "model/repository_set.h"
#include "model/truth.h"

namespace acrbiter::evaluator {

/// Grows with every set that is new to it. Not for several threads at once.
class SetPool {
 public:
  using Number = std::uint32_t;
  static constexpr Number kNone = 0, kAll = 1;

  SetPool();

  [[nodiscard]] Number number(const model::RepositorySet& set);
  [[nodiscard]] std::size_t size() const noexcept { return sets_.size(); }
  [[nodiscard]] const model::RepositorySet& operator[](Number number) const { return sets_[number]; }

  // May throw model::RepositorySetTooLarge, each time that it is asked.
  /// Sorts `numbers` and leaves each in it once.
  [[nodiscard]] Number united(std::vector<Number>& numbers);
  [[nodiscard]] Number united(Number a, Number b);
  [[nodiscard]] Number both(Number a, Number b);
  [[nodiscard]] Number minus(Number a, Number b);

 private:
  static constexpr Number kNotKnown = ~Number{0};
  using Results = std::unordered_map<std::uint64_t, Number>;
  template <class Work>
  Number remembered(Results& results, Number a, Number b, const Work& work);

  std::deque<model::RepositorySet> sets_;
  std::unordered_multimap<std::size_t, Number> by_hash_;
  NumberLists united_;
  std::vector<Number> unions_;  ///< of each list of united_; kNotKnown if it was too large
  Results both_, minus_;
  std::vector<Number> two_;
};

/// An Interval by the numbers of its sets. `pool` may be null in constants, which mean the same in every pool.
struct NumberedInterval {
  SetPool* pool = nullptr;
  SetPool::Number certain = SetPool::kNone, possible = SetPool::kNone;

  [[nodiscard]] static NumberedInterval constant(model::Truth value) {
    return {.pool = nullptr,
            .certain = value == model::Truth::True ? SetPool::kAll : SetPool::kNone,
            .possible = value == model::Truth::False ? SetPool::kNone : SetPool::kAll};
  }
};
[[nodiscard]] NumberedInterval operator!(const NumberedInterval& a);
[[nodiscard]] NumberedInterval both(const NumberedInterval& a, const NumberedInterval& b);
[[nodiscard]] NumberedInterval either(const NumberedInterval& a, const NumberedInterval& b);
/// The common value, Unknown where they differ.
[[nodiscard]] NumberedInterval agree(const NumberedInterval& a, const NumberedInterval& b);

}  // namespace acrbiter::evaluator
