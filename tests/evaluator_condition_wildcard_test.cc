// Patterns with stars: against a naive matcher on every short pattern, and on patterns that invite backtracking.
#include "evaluator/wildcard.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace acrbiter::evaluator {
namespace {

/// By the definition, with no thought of speed. `like`: with `?` and the two escapes.
bool naive_match(std::string_view pattern, std::string_view text, bool like) {
  if (pattern.empty()) return text.empty();
  const char first = pattern.front();
  if (first == '*') {
    return naive_match(pattern.substr(1), text, like) || (!text.empty() && naive_match(pattern, text.substr(1), like));
  }
  if (like && first == '?') return !text.empty() && naive_match(pattern.substr(1), text.substr(1), like);
  if (like && first == '\\' && pattern.size() > 1 && (pattern[1] == '*' || pattern[1] == '?')) {
    return !text.empty() && text.front() == pattern[1] && naive_match(pattern.substr(2), text.substr(1), like);
  }
  return !text.empty() && text.front() == first && naive_match(pattern.substr(1), text.substr(1), like);
}

/// All words over `alphabet` of up to `length` letters, one after the other.
template <class Visit>
void each_word(std::string_view alphabet, std::size_t length, Visit visit) {
  std::string word;
  const auto extend = [&](const auto& self) -> void {
    visit(word);
    if (word.size() == length) return;
    for (const char letter : alphabet) {
      word.push_back(letter);
      self(self);
      word.pop_back();
    }
  };
  extend(extend);
}

TEST(Wildcards, AgreeWithTheDefinitionOnShortPatterns) {
  each_word("ab*", 5, [](const std::string& pattern) {
    each_word("ab*", 5, [&](const std::string& text) {
      ASSERT_EQ(wildcard_match(pattern, text, false), naive_match(pattern, text, false)) << pattern << " on " << text;
    });
  });
}

TEST(LikePatterns, AgreeWithTheDefinitionOnShortPatterns) {
  each_word("a*?\\", 5, [](const std::string& pattern) {
    each_word("a*?\\", 4, [&](const std::string& text) {
      ASSERT_EQ(like_match(pattern, text, false), naive_match(pattern, text, true)) << pattern << " on " << text;
    });
  });
}

TEST(Wildcards, IgnoreLetterCaseOnlyIfAsked) {
  EXPECT_TRUE(
      wildcard_match("Microsoft.ContainerRegistry/*/READ", "microsoft.containerregistry/registries/read", true));
  EXPECT_FALSE(wildcard_match("A*", "a", false));
  EXPECT_TRUE(like_match("A?C", "abc", true));
  EXPECT_FALSE(like_match("A?C", "abc", false));
}

TEST(Wildcards, AStarInTheMiddleKeepsBothSeparators) {
  EXPECT_FALSE(wildcard_match("A/*/read", "A/read", true));
  EXPECT_TRUE(wildcard_match("A/*/read", "A//read", true));
  EXPECT_TRUE(wildcard_match("A/*/read", "A/b/c/read", true));
}

TEST(LikePatterns, AQuestionMarkIsOneCharacter) {
  EXPECT_TRUE(like_match("?", "ä", false));
  EXPECT_FALSE(like_match("??", "ä", false));
  EXPECT_TRUE(like_match("*?", "€", false));
  EXPECT_FALSE(like_match("*??", "€", false)) << "a star takes whole characters too";
  EXPECT_TRUE(like_match("?b", "€b", false));
}

/// Whatever did would not end before the time limit of a test.
TEST(Wildcards, NeverBacktrackExponentially) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  pattern += "*b";
  const std::string text(256, 'a');
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_FALSE(wildcard_match(pattern, text, true));
    ASSERT_FALSE(like_match("*a*a*a*b", text, true));
  }
}

}  // namespace
}  // namespace acrbiter::evaluator
