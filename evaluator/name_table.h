// Names without regard to letter case, each with what it names.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluator/text_hash.h"
#include "model/ascii.h"

namespace acrbiter::evaluator {

/// How resource ids are kept as names.
[[nodiscard]] inline std::string_view without_trailing_slashes(std::string_view id) {
  while (id.size() > 1 && id.back() == '/') id.remove_suffix(1);
  return id;
}

/// A hash table that is built once. Asking it allocates nothing and never lower-cases a text.
template <class T>
class NameTable {
 public:
  /// `name` has to outlive the table if it is in lower case; otherwise it is copied.
  void add(std::string_view name, T value) {
    if (model::has_capital(name)) name = owned_.emplace_back(model::ascii_lower(name));
    added_.push_back({name, std::move(value)});
  }

  /// After the last `add`.
  void build() {
    slots_.assign(std::bit_ceil(added_.size() * 2 + 2), {});
    shift_ = static_cast<unsigned>(64 - std::countr_zero(slots_.size()));
    std::vector<std::uint32_t> slot_of(added_.size());
    for (std::size_t i = 0; i < added_.size(); ++i) {
      slot_of[i] = static_cast<std::uint32_t>(place(added_[i].first));
      Slot& slot = slots_[slot_of[i]];
      slot.name = added_[i].first;
      ++slot.count;
    }
    std::uint32_t begin = 0;
    for (Slot& slot : slots_) {
      slot.begin = begin;
      begin += std::exchange(slot.count, 0);
    }
    values_.resize(added_.size());
    for (std::size_t i = 0; i < added_.size(); ++i) {
      Slot& slot = slots_[slot_of[i]];
      values_[slot.begin + slot.count++] = std::move(added_[i].second);
    }
    added_ = {};
  }

  /// Everything of that name, in the order in which it was added.
  [[nodiscard]] std::span<const T> find(std::string_view name) const {
    const Slot& slot = slots_[place(name)];
    return {values_.data() + slot.begin, slot.count};
  }

 private:
  struct Slot {
    std::string_view name;
    std::uint32_t begin = 0, count = 0;  ///< free where nothing is counted
  };

  /// The slot of a name, or the free one where it would stand.
  [[nodiscard]] std::size_t place(std::string_view name) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = static_cast<std::size_t>(text_hash<LetterCase::Ignored>(name) >> shift_);
    while (slots_[slot].count != 0 && !model::equal_ignoring_case(slots_[slot].name, name)) slot = (slot + 1) & mask;
    return slot;
  }

  std::vector<std::pair<std::string_view, T>> added_;
  std::deque<std::string> owned_;
  std::vector<Slot> slots_;
  unsigned shift_ = 0;  ///< to the bits of a hash that choose a slot
  std::vector<T> values_;
};

}  // namespace acrbiter::evaluator
