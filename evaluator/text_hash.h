// Hashes of short texts, for tables whose slots are chosen by the highest bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace acrbiter::evaluator {

enum class LetterCase : std::uint8_t { Matters, Ignored };

/// Equal for equal texts; with LetterCase::Ignored also for texts that differ in the case of letters alone. The highest
/// bits depend on every byte. Cost: six instructions for each eight bytes, because it reads them at once; what is left
/// over is read as the last eight, so that some bytes count twice and none is looked at alone.
template <LetterCase kCase>
[[nodiscard]] inline std::uint64_t text_hash(std::string_view text) noexcept {
  // The bit that tells capitals from small letters. That with it a few other characters fall together does no harm.
  constexpr std::uint64_t kSmall = kCase == LetterCase::Ignored ? 0x2020202020202020 : 0;
  constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15;
  const std::size_t size = text.size();
  std::uint64_t result = size;
  const auto mix = [&](std::uint64_t word) {
    result = (result ^ (word | kSmall)) * kFactor;
    result ^= result >> 32U;
  };
  const auto word_at = [&](std::size_t place) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + place, sizeof word);
    return word;
  };
  const auto half_at = [&](std::size_t place) {
    std::uint32_t half = 0;
    std::memcpy(&half, text.data() + place, sizeof half);
    return std::uint64_t{half};
  };
  const auto byte_at = [&](std::size_t place) { return std::uint64_t{static_cast<unsigned char>(text[place])}; };
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8) mix(word_at(i));
    mix(word_at(size - 8));
  } else if (size >= 4) {
    mix(half_at(0) | half_at(size - 4) << 32U);
  } else if (size > 0) {
    mix(byte_at(0) | byte_at(size / 2) << 8U | byte_at(size - 1) << 16U);
  }
  return result * kFactor;
}

}  // namespace acrbiter::evaluator
