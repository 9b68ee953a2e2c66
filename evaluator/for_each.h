// How much is done, not how: whoever calls an analysis decides whether its parts run on several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace acrbiter::evaluator {

/// Calls `work` once for every number below `count`, in any order and on any threads, and returns when all is done.
using ForEach = std::function<void(std::size_t count, const std::function<void(std::size_t)>& work)>;
inline void one_after_the_other(std::size_t count, const std::function<void(std::size_t)>& work) {
  for (std::size_t i = 0; i < count; ++i) work(i);
}

}  // namespace acrbiter::evaluator
