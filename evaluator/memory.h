// Memory for what lives and dies together: given out piece by piece, given back all at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace acrbiter::evaluator {

/// Things made here stay where they are until the memory goes; moving the memory does not move them.
class Memory {
 public:
  Memory() = default;
  Memory(Memory&& other) noexcept { swap(other); }
  Memory& operator=(Memory&& other) noexcept {
    swap(other);
    return *this;
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory();

  /// A new T. Its destructor, if it has one that does anything, runs when the memory goes.
  template <class T, class... Args>
  T& make(Args&&... args) {
    if constexpr (std::is_trivially_destructible_v<T>) {
      void* place = bytes(sizeof(T), alignof(T));
      if constexpr (sizeof...(Args) == 0)
        return *::new (place) T;  // initialises members, and no more
      else
        return *::new (place) T{std::forward<Args>(args)...};
    } else {
      struct Owned : Mortal {
        T value;
        explicit Owned(Args&&... a) : value{std::forward<Args>(a)...} {
          end = [](Mortal* self) { static_cast<Owned*>(self)->~Owned(); };
        }
      };
      Owned* owned = ::new (bytes(sizeof(Owned), alignof(Owned))) Owned(std::forward<Args>(args)...);
      owned->next = std::exchange(mortals_, owned);
      return owned->value;
    }
  }

  /// `count` values, each T().
  template <class T>
  std::span<T> make_list(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    T* first = static_cast<T*>(bytes(count * sizeof(T), alignof(T)));
    std::uninitialized_value_construct_n(first, count);
    return {first, count};
  }

  /// A list of the same values.
  template <class T>
  std::span<const T> copy(std::span<const T> list) {
    static_assert(std::is_trivially_copyable_v<T>);
    T* first = static_cast<T*>(bytes(list.size_bytes(), alignof(T)));
    std::uninitialized_copy(list.begin(), list.end(), first);
    return {first, list.size()};
  }

  /// Adds to a short list by copying it.
  template <class T>
  void append(std::span<const T>& list, T value) {
    if constexpr (std::is_trivially_copyable_v<T>) {
      T* first = static_cast<T*>(bytes((list.size() + 1) * sizeof(T), alignof(T)));
      ::new (std::uninitialized_copy(list.begin(), list.end(), first)) T(value);
      list = {first, list.size() + 1};
    } else {
      auto& longer = make<std::vector<T>>();
      longer.reserve(list.size() + 1);
      longer.assign(list.begin(), list.end());
      longer.push_back(std::move(value));
      list = longer;
    }
  }

  template <class T>
  std::span<const T> keep(std::vector<T> list) {
    return make<std::vector<T>>(std::move(list));
  }
  /// A copy of a text.
  std::string_view keep(std::string_view text) {
    char* first = static_cast<char*>(bytes(text.size(), 1));
    std::copy(text.begin(), text.end(), first);
    return {first, text.size()};
  }

 private:
  struct Chunk {
    Chunk* next;
    std::size_t size;
  };
  struct Mortal {
    Mortal* next = nullptr;
    void (*end)(Mortal*) = nullptr;
  };

  void* bytes(std::size_t size, std::size_t alignment) {
    const std::size_t padding = (0 - reinterpret_cast<std::uintptr_t>(free_)) & (alignment - 1);
    if (size + padding > left_) return more(size);
    std::byte* result = free_ + padding;
    free_ = result + size;
    left_ -= size + padding;
    return result;
  }
  void* more(std::size_t size);
  void swap(Memory& other) noexcept {
    std::swap(free_, other.free_);
    std::swap(left_, other.left_);
    std::swap(chunks_, other.chunks_);
    std::swap(mortals_, other.mortals_);
    std::swap(next_size_, other.next_size_);
  }

  std::byte* free_ = nullptr;
  std::size_t left_ = 0;
  Chunk* chunks_ = nullptr;
  Mortal* mortals_ = nullptr;
  static constexpr std::size_t kFirst = std::size_t{32} << 10U;
  std::size_t next_size_ = kFirst;
};

}  // namespace acrbiter::evaluator
