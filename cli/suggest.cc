#include "cli/suggest.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "model/ascii.h"

namespace acrbiter::cli {
namespace {

constexpr std::size_t kComparedBytes = 64;

bool starts_with(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) {
           return model::ascii_lower(a) == model::ascii_lower(b);
         });
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  a = a.substr(0, kComparedBytes);
  b = b.substr(0, kComparedBytes);
  if ((a.size() > b.size() ? a.size() - b.size() : b.size() - a.size()) > limit) return limit + 1;
  std::array<std::size_t, kComparedBytes + 1> before_last{};
  std::array<std::size_t, kComparedBytes + 1> last{};
  std::array<std::size_t, kComparedBytes + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = model::ascii_lower(a[i - 1]) == model::ascii_lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && model::ascii_lower(a[i - 1]) == model::ascii_lower(b[j - 2]) &&
                           model::ascii_lower(a[i - 2]) == model::ascii_lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = row;
  }
  return std::min(last[b.size()], limit + 1);
}

std::vector<std::string> nearest(std::string_view typed, std::span<const std::string_view> candidates) {
  constexpr std::size_t kMost = 3;
  const std::size_t limit = typed.size() <= 3 ? 1 : typed.size() <= 8 ? 2 : 3;
  struct Match {
    std::size_t distance;
    std::string_view name;
  };
  std::vector<Match> matches;
  for (const std::string_view name : candidates) {
    std::size_t distance = edit_distance(typed, name, limit);
    if (distance > limit && typed.size() >= 3 && starts_with(name, typed)) distance = limit;
    if (distance <= limit) matches.push_back({distance, name});
  }
  std::stable_sort(matches.begin(), matches.end(),
                   [](const Match& a, const Match& b) { return a.distance < b.distance; });
  std::vector<std::string> result;
  for (const Match& match : matches) {
    if (result.size() == kMost) break;
    if (std::find(result.begin(), result.end(), match.name) == result.end()) result.emplace_back(match.name);
  }
  return result;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string_view>& candidates,
                         std::string_view otherwise) {
  const auto near = nearest(typed, candidates);
  return near.empty() ? std::string(otherwise) : fmt::format("did you mean `{}`?", near.front());
}

}  // namespace acrbiter::cli
