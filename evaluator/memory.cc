#include "evaluator/memory.h"

#if defined(__SANITIZE_ADDRESS__)
#define ACRBITER_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ACRBITER_ADDRESS_SANITIZER
#endif
#endif

namespace acrbiter::evaluator {
namespace {

/// A chunk that the thread's last memory gave back, for the next one: most need a first chunk and no more. Under the
/// sanitizer every memory has its own, so that it sees who reads from one that is gone.
class Spare {
 public:
  Spare() = default;
  Spare(const Spare&) = delete;
  Spare& operator=(const Spare&) = delete;
  ~Spare() { ::operator delete(chunk_); }

  [[nodiscard]] void* take() { return std::exchange(chunk_, nullptr); }
  /// False if there is one already.
  [[nodiscard]] bool keep(void* chunk) {
#ifdef ACRBITER_ADDRESS_SANITIZER
    return chunk == nullptr;
#else
    return chunk_ == nullptr && (chunk_ = chunk) != nullptr;
#endif
  }

 private:
  void* chunk_ = nullptr;
};
thread_local Spare spare;

}  // namespace

Memory::~Memory() {
  for (Mortal* mortal = mortals_; mortal != nullptr;) {
    Mortal* next = mortal->next;
    mortal->end(mortal);
    mortal = next;
  }
  while (chunks_ != nullptr) {
    Chunk* chunk = std::exchange(chunks_, chunks_->next);
    if (chunk->size != kFirst || !spare.keep(chunk)) ::operator delete(chunk);
  }
}

/// The start of a new chunk, for a piece that the last one has no room for.
void* Memory::more(std::size_t size) {
  constexpr std::size_t kHead = alignof(std::max_align_t);  // keeps what follows aligned
  constexpr std::size_t kLargest = std::size_t{64} << 10U;
  static_assert(sizeof(Chunk) <= kHead);
  const std::size_t whole = std::max(next_size_, kHead + size);
  next_size_ = std::min(next_size_ * 2, kLargest);
  void* memory = whole == kFirst ? spare.take() : nullptr;
  if (memory == nullptr) memory = ::operator new(whole);
  chunks_ = ::new (memory) Chunk{.next = chunks_, .size = whole};
  free_ = static_cast<std::byte*>(memory) + kHead + size;
  left_ = whole - kHead - size;
  return static_cast<std::byte*>(memory) + kHead;
}

}  // namespace acrbiter::evaluator
