// Lists of numbers as keys: equal lists have equal numbers. In one block of memory, as there may be very many.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "evaluator/hash_of_numbers.h"

namespace acrbiter::evaluator {

class NumberLists {
 public:
  using Number = std::uint32_t;

  [[nodiscard]] std::size_t size() const noexcept { return begin_.size() - 1; }
  /// Valid until the next insertion.
  [[nodiscard]] std::span<const Number> operator[](std::size_t place) const {
    return {numbers_.data() + begin_[place], begin_[place + 1] - begin_[place]};
  }
  /// Keeps its memory.
  void clear() {
    begin_.resize(1);
    numbers_.clear();
    hashes_.clear();
    std::ranges::fill(slots_, Number{0});
  }
  /// Where the list stands, counted in the order in which lists come, and whether it is new.
  std::pair<Number, bool> insert(std::span<const Number> list) {
    if (slots_.size() <= 2 * size()) grow();
    const std::size_t hash = HashOfNumbers()(list);
    std::size_t slot = hash & (slots_.size() - 1);
    for (; slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
      const Number place = slots_[slot] - 1;
      if (hashes_[place] == hash && std::ranges::equal((*this)[place], list)) return {place, false};
    }
    const auto place = static_cast<Number>(size());
    slots_[slot] = place + 1;
    hashes_.push_back(hash);
    numbers_.insert(numbers_.end(), list.begin(), list.end());
    begin_.push_back(numbers_.size());
    return {place, true};
  }

 private:
  void grow() {
    constexpr std::size_t kFirst = 64;
    slots_.assign(std::max(kFirst, 4 * slots_.size()), 0);
    for (std::size_t place = 0; place < size(); ++place) {
      std::size_t slot = hashes_[place] & (slots_.size() - 1);
      while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = static_cast<Number>(place + 1);
    }
  }

  std::vector<std::size_t> begin_{0};
  std::vector<Number> numbers_;
  std::vector<std::size_t> hashes_;
  std::vector<Number> slots_;  ///< place + 1, or 0; twice as many as there are lists, a power of two
};

}  // namespace acrbiter::evaluator
