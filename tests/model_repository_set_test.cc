// Sets of repository names against lists: every name over a few letters up to a length, looked at one by one.
#include "model/repository_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acrbiter::model {
namespace {

using Set = RepositorySet;

/// Every name over `letters` with at most `length` of them, shortest first.
std::vector<std::string> all_names(std::string_view letters, std::size_t length) {
  std::vector<std::string> names{""};
  for (std::size_t begin = 0, l = 0; l < length; ++l) {
    const std::size_t end = names.size();
    for (; begin < end; ++begin) {
      for (const char c : letters) names.push_back(names[begin] + c);
    }
  }
  names.erase(names.begin());
  return names;
}
const std::vector<std::string>& small_names() {
  static const std::vector<std::string> names = all_names("ab/", 5);
  return names;
}

/// A set, and the same as a question about one name.
struct Pair {
  Set set;
  std::function<bool(std::string_view)> holds;
  std::string told;  ///< how it was made
};

/// `*`, `?` and letters, in the most direct way.
bool naive_like(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*') {
    return naive_like(pattern.substr(1), name) || (!name.empty() && naive_like(pattern, name.substr(1)));
  }
  return !name.empty() && (pattern[0] == '?' || pattern[0] == name[0]) && naive_like(pattern.substr(1), name.substr(1));
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  std::string text(std::string_view letters, std::size_t most) {
    std::string result;
    for (std::size_t length = below(most + 1); length > 0; --length) result += letters[below(letters.size())];
    return result;
  }

  Pair pair(int depth) {
    switch (depth > 0 ? below(8) : 4 + below(4)) {
      case 0: {
        const Pair a = pair(depth - 1), b = pair(depth - 1);
        return {a.set | b.set, [=](auto n) { return a.holds(n) || b.holds(n); }, "(" + a.told + " | " + b.told + ")"};
      }
      case 1: {
        const Pair a = pair(depth - 1), b = pair(depth - 1);
        return {a.set & b.set, [=](auto n) { return a.holds(n) && b.holds(n); }, "(" + a.told + " & " + b.told + ")"};
      }
      case 2: {
        const Pair a = pair(depth - 1), b = pair(depth - 1);
        return {a.set - b.set, [=](auto n) { return a.holds(n) && !b.holds(n); }, "(" + a.told + " - " + b.told + ")"};
      }
      case 3: {
        const Pair a = pair(depth - 1), b = pair(depth - 1);
        return {a.set ^ b.set, [=](auto n) { return a.holds(n) != b.holds(n); }, "(" + a.told + " ^ " + b.told + ")"};
      }
      case 4: {
        const std::string t = text("ab/", 4);
        return {Set::exactly(t), [=](auto n) { return n == t; }, "exactly " + t};
      }
      case 5: {
        const std::string t = text("ab/", 3);
        return {Set::starting_with(t), [=](auto n) { return n.starts_with(t); }, "starting_with " + t};
      }
      case 6: {
        const std::string t = text("ab/**?", 6);
        return {Set::like(t), [=](auto n) { return naive_like(t, n); }, "like " + t};
      }
      default: {
        const std::string t = text("ab/", 5);
        return {Set::prefixes_of(t), [=](auto n) { return t.starts_with(n); }, "prefixes_of " + t};
      }
    }
  }

 private:
  std::mt19937 engine_;
};

TEST(RepositorySet, AgreesWithAListOfNames) {
  Random random(1);
  for (int i = 0; i < 3'000; ++i) {
    const Pair pair = random.pair(3);
    std::vector<std::string> expected;
    std::ranges::copy_if(small_names(), std::back_inserter(expected), pair.holds);
    ASSERT_EQ(pair.set.among(small_names()), expected) << pair.told;
  }
}

}  // namespace
}  // namespace acrbiter::model
