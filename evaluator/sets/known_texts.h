// What texts mean, for as many texts as come: a hash table from text to number that grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluator/text_hash.h"

namespace acrbiter::evaluator {

/// Texts are compared byte by byte. Finding allocates nothing, and its steps can be taken one by one: hash, prefetch(),
/// prefetch_text(), find(), each for many texts before the next.
class KnownTexts {
 public:
  static constexpr std::uint32_t kUnknown = 0xFFFFFFFF;
  using Hash = std::uint32_t;

  [[nodiscard]] static Hash hash_of(std::string_view text) noexcept {
    return static_cast<Hash>(text_hash<LetterCase::Matters>(text) >> 32U);
  }

  /// What the text was added with, or kUnknown.
  [[nodiscard]] std::uint32_t find(std::string_view text, Hash hash) const noexcept {
    std::size_t place = first_place(hash);
    while (slots_[place].number != kUnknown && !is(slots_[place], text, hash)) place = next(place);
    return slots_[place].number;
  }
  [[nodiscard]] std::uint32_t find(std::string_view text) const noexcept { return find(text, hash_of(text)); }

  /// Lets the processor fetch what find() will read first …
  void prefetch(Hash hash) const noexcept { __builtin_prefetch(&slots_[first_place(hash)]); }
  /// … and then.
  void prefetch_text(Hash hash) const noexcept { __builtin_prefetch(bytes_.data() + slots_[first_place(hash)].begin); }

  /// Does nothing if the text was added before. `number` is not kUnknown. At most 2^32 bytes of text.
  void add(std::string_view text, std::uint32_t number) {
    const Hash hash = hash_of(text);
    if (find(text, hash) != kUnknown) return;
    if (++size_ * 2 > slots_.size()) grow();
    insert({.hash = hash,
            .begin = static_cast<std::uint32_t>(bytes_.size()),
            .size = static_cast<std::uint32_t>(text.size()),
            .number = number});
    bytes_ += text;
  }

 private:
  struct Slot {
    Hash hash = 0;
    std::uint32_t begin = 0, size = 0;  ///< of the text in `bytes_`
    std::uint32_t number = kUnknown;    ///< kUnknown: the slot is free
  };

  [[nodiscard]] std::size_t first_place(Hash hash) const noexcept { return hash >> shift_; }
  [[nodiscard]] std::size_t next(std::size_t place) const noexcept { return (place + 1) & (slots_.size() - 1); }
  [[nodiscard]] bool is(const Slot& slot, std::string_view text, Hash hash) const noexcept {
    return slot.hash == hash && std::string_view(bytes_.data() + slot.begin, slot.size) == text;
  }
  void insert(const Slot& slot) {
    std::size_t place = first_place(slot.hash);
    while (slots_[place].number != kUnknown) place = next(place);
    slots_[place] = slot;
  }
  void grow() {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    --shift_;
    for (const Slot& slot : old) {
      if (slot.number != kUnknown) insert(slot);
    }
  }

  std::string bytes_;
  std::vector<Slot> slots_ = std::vector<Slot>(64);  ///< as many as `shift_` leaves values of a hash
  unsigned shift_ = 32 - 6;
  std::size_t size_ = 0;
};

}  // namespace acrbiter::evaluator
