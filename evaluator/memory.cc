#include "evaluator/memory.h"

namespace acrbiter::evaluator {

Memory::~Memory() {
  for (Mortal* mortal = mortals_; mortal != nullptr;) {
    Mortal* next = mortal->next;
    mortal->end(mortal);
    mortal = next;
  }
  while (chunks_ != nullptr) ::operator delete(std::exchange(chunks_, chunks_->next));
}

/// The start of a new chunk, for a piece that the last one has no room for.
void* Memory::more(std::size_t size) {
  constexpr std::size_t kHead = alignof(std::max_align_t);  // keeps what follows aligned
  constexpr std::size_t kLargest = std::size_t{64} << 10U;
  static_assert(sizeof(Chunk) <= kHead);
  const std::size_t room = std::max(next_size_ - kHead, size);
  next_size_ = std::min(next_size_ * 2, kLargest);
  auto* memory = static_cast<std::byte*>(::operator new(kHead + room));
  chunks_ = ::new (memory) Chunk{chunks_};
  free_ = memory + kHead + size;
  left_ = room - size;
  return memory + kHead;
}

}  // namespace acrbiter::evaluator
