// "Did you mean …?": the nearest of the names that exist.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace acrbiter::cli {

/// Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`, letter case ignored; `limit` + 1 if
/// there are more than `limit`. Cost: product of the lengths, of which only the first 64 bytes are looked at.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

/// At most three of `candidates` that look like `typed`: few edits away, or beginning with it. Best first, ties in the
/// order of `candidates`; each once.
[[nodiscard]] std::vector<std::string> nearest(std::string_view typed, std::span<const std::string_view> candidates);

/// "did you mean `NAME`?" with the nearest of `candidates`, or `otherwise` if none is near.
[[nodiscard]] std::string did_you_mean(std::string_view typed, const std::vector<std::string_view>& candidates,
                                       std::string_view otherwise = {});

}  // namespace acrbiter::cli
