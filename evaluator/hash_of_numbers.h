// A few numbers as the key of a hash table.
#pragma once

#include <cstddef>
#include <cstdint>

namespace acrbiter::evaluator {

/// For vectors and arrays of std::uint32_t.
struct HashOfNumbers {
  template <class Numbers>
  std::size_t operator()(const Numbers& numbers) const noexcept {
    std::uint64_t hash = numbers.size();
    for (const std::uint32_t number : numbers) hash = (hash ^ number) * 0x9E3779B97F4A7C15U + (hash >> 29U);
    return hash ^ (hash >> 32U);
  }
};

}  // namespace acrbiter::evaluator
