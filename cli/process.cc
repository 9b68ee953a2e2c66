#include "cli/process.h"

#include <cstdlib>
#include <iostream>
#include <utility>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace acrbiter::cli {

bool is_all(const Streams& streams) { return &streams.out == &std::cout; }

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kLargest = 32 << 20, kAtOnce = 64 << 20, kKept = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kLargest);
  mallopt(M_TOP_PAD, kAtOnce);
  mallopt(M_TRIM_THRESHOLD, kKept);
#endif
}

void leave_to_the_end(const Streams& streams, std::shared_ptr<const void> thing) {
  static auto& left = *new std::vector<std::shared_ptr<const void>>;  // never destroyed
  if (is_all(streams)) left.push_back(std::move(thing));
}

}  // namespace acrbiter::cli
