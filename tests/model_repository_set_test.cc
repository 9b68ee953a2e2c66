// Sets of repository names against lists: every name over a few letters up to a length, looked at one by one.
#include "model/repository_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <regex>
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

// ---- the algebra ---------------------------------------------------------------------------------------------

TEST(RepositorySet, IsAValue) {
  Set set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set, Set::none());
  EXPECT_FALSE(set.contains(""));
  set |= Set::exactly("team/app");
  const Set copy = set;
  set |= Set::exactly("team/web");
  EXPECT_EQ(copy, Set::exactly("team/app"));
  set -= Set::exactly("team/app");
  EXPECT_EQ(set, Set::exactly("team/web"));
  set &= copy;
  EXPECT_TRUE(set.empty());
  EXPECT_TRUE(Set::all().is_all());
  EXPECT_FALSE(Set::all().contains(""));
}

TEST(RepositorySet, HoldsLegalNamesAlone) {
  for (const char* text : {"", "Team", "a b", "a*", "a:b", "\xC3\xA4", "a\n"}) {
    EXPECT_TRUE(Set::exactly(text).empty()) << text;
    EXPECT_FALSE(Set::all().contains(text)) << text;
  }
  EXPECT_TRUE(Set::starting_with("Team").empty());
  EXPECT_TRUE(Set::starting_with("").is_all());
  EXPECT_EQ(Set::prefixes_of("ab C"), Set::of(std::vector<std::string>{"a", "ab"}));
  EXPECT_TRUE(Set::prefixes_of("Ab").empty());
  EXPECT_EQ(Set::of(std::vector<std::string>{"b", "A", "", "b", "a"}), Set::exactly("a") | Set::exactly("b"));
  EXPECT_TRUE(Set::all().contains("abcdefghijklmnopqrstuvwxyz0123456789-._/"));
}

TEST(LegalNames, AreToldByEachCharacterWhereverItStands) {
  EXPECT_FALSE(is_legal_repository_name(""));
  const std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789-._/";
  for (std::size_t size = 1; size <= 24; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      std::string name(size, 'm');
      for (int c = 0; c < 256; ++c) {
        name[place] = static_cast<char>(c);
        EXPECT_EQ(is_legal_repository_name(name), letters.find(name[place]) != std::string_view::npos)
            << c << " at " << place << " of " << size;
      }
    }
  }
}

TEST(RepositoryNames, TheGrammarOfOciIsStricter) {
  for (const char* name : {"a", "a/b", "team/app", "a.b", "a_b", "a__b", "a-b", "a---b", "0/1/2"}) {
    EXPECT_TRUE(is_oci_repository_name(name)) << name;
  }
  for (const char* name : {"", "/a", "a/", "a//b", "..", "a..b", "a___b", "a._b", "-a", "a-", "a/-b", "A"}) {
    EXPECT_FALSE(is_oci_repository_name(name)) << name;
  }
  EXPECT_TRUE(is_oci_repository_name(std::string(255, 'a')));
  EXPECT_FALSE(is_oci_repository_name(std::string(256, 'a')));
}

TEST(RepositorySet, IsTheSameHoweverItWasBuilt) {
  for (const std::string text : {"a", "b", "aa", "ab", "ba", "a/b", "team/app", "/", "zz"}) {
    EXPECT_EQ(Set::exactly(text), Set::of(std::vector<std::string>{text})) << text;
    EXPECT_EQ(Set::exactly(text), Set::like(text)) << text;
    EXPECT_EQ(Set::starting_with(text), Set::like(text + "*")) << text;
    EXPECT_EQ(Set::starting_with(text), Set::exactly(text) | Set::like(text + "?*")) << text;
    std::vector<std::string> prefixes;
    for (std::size_t length = 1; length <= text.size(); ++length) prefixes.push_back(text.substr(0, length));
    EXPECT_EQ(Set::prefixes_of(text), Set::of(prefixes)) << text;
  }
}

TEST(RepositorySet, LikeKnowsItsEscapes) {
  EXPECT_TRUE(Set::like("a\\*").empty());
  EXPECT_TRUE(Set::like("a\\?").empty());
  EXPECT_TRUE(Set::like("a\\b*").empty());
  EXPECT_TRUE(Set::like("").empty());
  EXPECT_TRUE(Set::like("*").is_all());
  EXPECT_TRUE(Set::like("***?").is_all());
  EXPECT_EQ(Set::like("a*"), Set::starting_with("a"));
  EXPECT_TRUE(Set::like("a*b").contains("a/x/b"));
}

TEST(RepositorySet, KeepsTheLawsOfSets) {
  Random random(2);
  for (int i = 0; i < 1'500; ++i) {
    const Set a = random.pair(2).set, b = random.pair(2).set, c = random.pair(1).set;
    ASSERT_EQ(~~a, a);
    ASSERT_EQ(a | ~a, Set::all());
    ASSERT_EQ(a & ~a, Set::none());
    ASSERT_EQ(~(a | b), ~a & ~b);
    ASSERT_EQ(~(a & b), ~a | ~b);
    ASSERT_EQ(a - b, a & ~b);
    ASSERT_EQ(a ^ b, (a - b) | (b - a));
    ASSERT_EQ(a | b, b | a);
    ASSERT_EQ(a & (b | c), (a & b) | (a & c));
    ASSERT_EQ(a | (b & c), (a | b) & (a | c));
    ASSERT_EQ((a | b).hash(), (b | a).hash());
    ASSERT_EQ((a ^ b) ^ b, a);
    ASSERT_EQ(a <= b, (a - b).empty());
    ASSERT_TRUE((a & b) <= a && a <= (a | b));
    ASSERT_EQ(a == b, (a ^ b).empty());
    ASSERT_EQ(Set::overlap(a, b), !(a & b).empty());
    ASSERT_EQ(Set::united(std::vector{a, b, c}), a | b | c);
    const auto shortest = (a - b).shortest();
    ASSERT_EQ(shortest.has_value(), !(a <= b));
    if (shortest) {
      ASSERT_TRUE(a.contains(*shortest) && !b.contains(*shortest));
    }
  }
}

TEST(RepositorySet, ListsAndCountsItsNames) {
  const Set small = Set::of(small_names());
  Random random(3);
  for (int i = 0; i < 500; ++i) {
    const Pair pair = random.pair(2);
    const Set set = pair.set & small;
    std::vector<std::string> expected;
    std::ranges::copy_if(small_names(), std::back_inserter(expected), pair.holds);
    ASSERT_EQ(set.names(1'000), expected) << pair.told;
    ASSERT_EQ(set.count_up_to(1'000), expected.size()) << pair.told;
    ASSERT_EQ(set.count_up_to(2), std::ranges::count_if(expected, [](const auto& n) { return n.size() <= 2; }));
    ASSERT_EQ(set.shortest().value_or(""), expected.empty() ? "" : expected.front());
    if (!expected.empty()) {
      ASSERT_EQ(set.names(expected.size() - 1), std::nullopt);
    }
  }
  EXPECT_EQ(Set::all().names(1'000'000), std::nullopt);
  EXPECT_EQ(Set::none().names(0), std::vector<std::string>{});
  EXPECT_EQ(Set::all().count_up_to(1), 40U);
  EXPECT_EQ(Set::all().count_up_to(3), 40U + 1'600U + 64'000U);
  EXPECT_EQ(Set::all().count_up_to(1'000), ~std::uint64_t{0});
  EXPECT_EQ((~Set::like("?")).shortest(), "aa");
  EXPECT_EQ(Set::of(std::vector<std::string>{"_", "/", "-", ".", "9"}).names(5),
            (std::vector<std::string>{"9", "-", ".", "_", "/"}));
}

// ---- partitions ----------------------------------------------------------------------------------------------

TEST(RepositoryPartition, PutsNamesTogetherThatNoSetTellsApart) {
  Random random(4);
  for (int i = 0; i < 200; ++i) {
    std::vector<Set> sets;
    for (std::size_t n = random.below(5); n > 0; --n) sets.push_back(random.pair(2).set);
    const RepositoryPartition partition(sets);
    const auto signature = [&](std::string_view name) {
      std::vector<bool> in;
      for (const Set& set : sets) in.push_back(set.contains(name));
      return in;
    };
    std::map<std::vector<bool>, std::size_t> cells;
    for (std::size_t cell = 0; cell < partition.size(); ++cell) {
      const std::string& name = partition.representative(cell);
      ASSERT_TRUE(cells.emplace(signature(name), cell).second);
      ASSERT_EQ(partition.cell_of(name), cell);
      ASSERT_EQ(partition.cell(cell).shortest(), name);
    }
    for (const std::string& name : small_names()) ASSERT_EQ(partition.cell_of(name), cells.at(signature(name)));
    for (std::size_t s = 0; s < sets.size(); ++s) {
      std::vector<bool> chosen;
      for (std::size_t cell = 0; cell < partition.size(); ++cell) {
        chosen.push_back(sets[s].contains(partition.representative(cell)));
      }
      ASSERT_EQ(partition.united(chosen), sets[s]);
    }
  }
}

TEST(RepositoryPartition, OfNothingIsOneCell) {
  const RepositoryPartition partition({});
  ASSERT_EQ(partition.size(), 1U);
  EXPECT_EQ(partition.representative(0), "a");
  EXPECT_TRUE(partition.cell(0).is_all());
}

TEST(RepositoryPartition, RefusesMoreCellsThanAllowed) {
  std::vector<Set> sets;
  for (int i = 0; i < 100; ++i) sets.push_back(Set::exactly("team-" + std::to_string(i)));
  EXPECT_EQ(RepositoryPartition(sets, 101).size(), 101U);
  EXPECT_THROW(RepositoryPartition(sets, 100), RepositorySetTooLarge);
}

// ---- size ----------------------------------------------------------------------------------------------------

TEST(RepositorySet, ThousandsOfNamesCostTheirTree) {
  std::vector<std::string> names;
  std::vector<Set> sets;
  for (int i = 0; i < 5'000; ++i) {
    names.push_back("team-" + std::to_string(i % 50) + "/service-" + std::to_string(i) + "-app");
    sets.push_back(Set::exactly(names.back()));
  }
  const Set together = Set::united(sets);
  EXPECT_EQ(together, Set::of(names));
  EXPECT_EQ(together.count_up_to(100), 5'000U);
  EXPECT_LT(together.states(), 2'000U);
  const RepositoryPartition partition(sets);
  EXPECT_EQ(partition.size(), 5'001U);
  EXPECT_EQ((together - sets[7]) | sets[7], together);
}

TEST(RepositorySet, HundredsOfStarsAreNoProblem) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += std::string("*") + "abc"[i % 3];
  const Set set = Set::like(pattern);
  EXPECT_LE(set.states(), 503U);
  EXPECT_TRUE(set.shortest().has_value());
  std::string mixed;
  for (int i = 0; i < 500; ++i) mixed += "*?";
  EXPECT_EQ(Set::like(mixed).shortest(), std::string(500, 'a'));
}

TEST(RepositorySet, WhatWouldExplodeIsRefused) {
  EXPECT_THROW(static_cast<void>(Set::like("*a" + std::string(300, '?'))), RepositorySetTooLarge);
  std::string pattern = "*";
  for (char c = 'a'; c <= 'z'; ++c) pattern += std::string(1, c) + "?";
  EXPECT_THROW(static_cast<void>(Set::like(pattern + std::string(100, '?'))), RepositorySetTooLarge);
  EXPECT_THROW(static_cast<void>(Set::exactly(std::string(Set::kMostStates, 'a'))), RepositorySetTooLarge);
  std::string a, b;
  for (int i = 0; i < 9'000; ++i) {
    a += "*a";
    b += "*b";
  }
  const Set many_a = Set::like(a), many_b = Set::like(b);
  EXPECT_THROW(static_cast<void>(many_a & many_b), RepositorySetTooLarge);
  EXPECT_FALSE(many_a <= many_b);
  std::vector<Set> likes;
  for (int i = 0; i < 60; ++i) likes.push_back(Set::like("*x" + std::to_string(i) + "*y"));
  EXPECT_THROW(RepositoryPartition(likes, 1'000'000), RepositorySetTooLarge);
}

TEST(RepositorySet, LongNamesAreReducedInOnePass) {
  const Set set = Set::exactly(std::string(15'000, 'a')) | Set::starting_with(std::string(14'000, 'a') + "b");
  EXPECT_EQ(set.states(), 15'003U);
  EXPECT_EQ(~~set, set);
  EXPECT_EQ(set.shortest(), std::string(14'000, 'a') + "b");
}

// ---- the notation --------------------------------------------------------------------------------------------

Set read(std::string_view text) {
  const auto result = Set::parse(text);
  if (!result) ADD_FAILURE() << text << ": " << result.error().front().message;
  return result ? *result : Set();
}

TEST(RepositorySetPattern, WritesWhatPeopleWrite) {
  for (const char* text : {"(none)",
                           "**",
                           "*",
                           "?",
                           "??",
                           "???**",
                           "team/app",
                           "a, b, c/d",
                           "backend/**",
                           "app-*",
                           "a?c",
                           "team/*/app",
                           "*/prod",
                           "**/prod",
                           "**-prod**",
                           "**/**",
                           "*/*",
                           "a*b**",
                           "a*b**c",
                           "**a**b**c**",
                           "**x**, **y**",
                           "**-dev, **-test",
                           "a/*, b/*",
                           "backend?**",
                           "base/java, base/node, shared/**, team-a/**, team-b/**",
                           "team/app, x/**",
                           "backend/** except backend/secret",
                           "backend/** except backend/secret, backend/tmp/**",
                           "x/**, y/** except x/secret, y/tmp/**",
                           "x/** except x/secret/**",
                           "** except backend/secret",
                           "** except **-dev",
                           "** except a/**, b",
                           "app-* except app-x",
                           "*/prod except team/prod",
                           "*/* except team/x",
                           "a** except **b**",
                           "team/** except **-dev",
                           "re:(ab)+",
                           "re:a[b-e]*",
                           "a** except **b**, a",
                           "a?**-, a?**b",
                           "re:(/|(a|[^a/]b)/)[0-9]+",
                           "re:x/[b-d.-]+",
                           "re:[ab]+"}) {
    EXPECT_EQ(read(text).pattern(), text);
  }
}

TEST(RepositorySetPattern, IsTheSameForEqualSets) {
  EXPECT_EQ((Set::starting_with("b/") | Set::exactly("a")).pattern(), "a, b/**");
  EXPECT_EQ(Set::like("*").pattern(), "**");
  EXPECT_EQ((Set::starting_with("team/") | Set::exactly("team/app")).pattern(), "team/**");
  EXPECT_EQ((~(~Set::starting_with("a") | Set::exactly("ab"))).pattern(), "a** except ab");
  EXPECT_EQ(read("x except x").pattern(), "(none)");
  EXPECT_EQ(read(" b ,a\t, a ").pattern(), "a, b");
  EXPECT_EQ(read("**?*, a").pattern(), "**");
}

TEST(RepositorySetPattern, SplitsIntoParts) {
  const Set::Patterns parts = read("x/**, y except x/a, x/b").patterns();
  EXPECT_EQ(parts.include, (std::vector<std::string>{"x/**", "y"}));
  EXPECT_EQ(parts.except, (std::vector<std::string>{"x/a", "x/b"}));
  EXPECT_FALSE(parts.expression);
  EXPECT_TRUE(Set().patterns().include.empty());
  EXPECT_TRUE(read("re:(ab)+").patterns().expression);
}

/// A random expression of the notation.
std::string expression(Random& random, int depth) {
  switch (depth > 0 ? random.below(6) : 5) {
    case 0:
      return "(" + expression(random, depth - 1) + "|" + expression(random, depth - 1) + ")";
    case 1:
      return "(" + expression(random, depth - 1) + ")*";
    case 2:
      return "(" + expression(random, depth - 1) + ")" + (random.below(2) == 0 ? "+" : "?");
    case 3:
    case 4:
      return expression(random, depth - 1) + expression(random, depth - 1);
    default: {
      const std::vector<std::string> classes = {"a", "b", "/", "[ab]", "[^a]", "[^]", "[^/]", "[a-y]"};
      return classes[random.below(classes.size())];
    }
  }
}

TEST(RepositorySetPattern, ReadsBackWhateverItWrites) {
  Random random(5);
  std::map<std::string, int> forms;
  const auto expect_round_trip = [&](const Set& set) {
    const std::string text = set.pattern();
    ASSERT_EQ(read(text), set) << text;
    ASSERT_EQ(read(text).pattern(), text);
    ++forms[text.starts_with("re:") ? "expression" : text.find(" except ") != std::string::npos ? "except" : "list"];
  };
  for (int i = 0; i < 400; ++i) {
    ASSERT_NO_FATAL_FAILURE(expect_round_trip(random.pair(2).set));
    ASSERT_NO_FATAL_FAILURE(expect_round_trip(random.pair(3).set));
    ASSERT_NO_FATAL_FAILURE(expect_round_trip(read("re:" + expression(random, 4))));
  }
  for (const auto* form : {"expression", "except", "list"}) EXPECT_GT(forms[form], 50) << form;
}

TEST(RepositorySetPattern, ReadsExpressionsAsOthersDo) {
  Random random(8);
  for (int i = 0; i < 300; ++i) {
    const std::string text = expression(random, 3);
    std::string usual = text;
    for (std::size_t at = usual.find("[^]"); at != std::string::npos; at = usual.find("[^]")) usual.replace(at, 3, ".");
    const std::regex regex(usual);
    std::vector<std::string> expected;
    for (const std::string& name : small_names()) {
      if (name.size() <= 4 && std::regex_match(name, regex)) expected.push_back(name);
    }
    ASSERT_EQ((read("re:" + text) & Set::of(all_names("ab/", 4))).names(1'000), expected) << text;
  }
}

TEST(RepositorySetPattern, AgreesWithTheNaiveReadingOfPatterns) {
  Random random(6);
  for (int i = 0; i < 2'000; ++i) {
    const std::string pattern = random.text("ab/**?", 7);
    if (pattern.empty()) continue;
    // `*` without its neighbour stays in its segment.
    const std::function<bool(std::string_view, std::string_view)> matches = [&](std::string_view p,
                                                                                std::string_view n) -> bool {
      if (p.empty()) return n.empty();
      if (p[0] == '*') {
        const bool any = p.starts_with("**");
        if (matches(p.substr(any ? 2 : 1), n)) return true;
        return !n.empty() && (any || n[0] != '/') && matches(p, n.substr(1));
      }
      return !n.empty() && (p[0] == '?' || p[0] == n[0]) && matches(p.substr(1), n.substr(1));
    };
    std::vector<std::string> expected;
    std::ranges::copy_if(small_names(), std::back_inserter(expected),
                         [&](const auto& n) { return matches(pattern, n); });
    ASSERT_EQ(read(pattern).among(small_names()), expected) << pattern;
  }
}

TEST(RepositorySetPattern, LargeSetsAreStillReadBack) {
  std::vector<std::string> names;
  for (int i = 0; i < 1'000; ++i) names.push_back("team-" + std::to_string(i * 7) + "/app" + std::to_string(i * i));
  for (const Set& set : {Set::of(names), ~Set::of(names), Set::of(std::vector(names.begin(), names.begin() + 150)),
                         read("re:([^]" + std::string(13, '?') + "a)*"), Set::like("*a?????????b*"),
                         Set::exactly(std::string(9'000, 'a'))}) {
    ASSERT_EQ(read(set.pattern()), set);
  }
}

TEST(RepositorySetPattern, SaysWhereATextIsWrong) {
  struct Case {
    std::string text;
    std::size_t column;
    std::string message;
  };
  for (const Case& one : {Case{"", 1, "a name or pattern is missing"},
                          Case{"a,,b", 3, "a name or pattern is missing"},
                          Case{"a, ", 4, "a name or pattern is missing"},
                          Case{"Team", 1, "no repository name has this character"},
                          Case{"team/App**", 6, "no repository name has this character"},
                          Case{"a b", 3, "expected `,` or `except`"},
                          Case{"a except", 9, "a name or pattern is missing"},
                          Case{"a except b except c", 12, "expected `,`"},
                          Case{"(none) a", 8, "nothing may follow `(none)`"},
                          Case{"re:(a", 6, "`)` is missing"},
                          Case{"re:a)", 5, "this `)` closes nothing"},
                          Case{"re:*", 4, "no repository name has this character"},
                          Case{"re:[a", 6, "`]` is missing"},
                          Case{"re:[]", 4, "this class holds no letter"},
                          Case{"re:[z-a]", 7, "a range goes up within `a-z` or `0-9`"},
                          Case{"re:a{2}", 5, "no repository name has this character"},
                          Case{"automaton:", 11, "a letter is missing"},
                          Case{"automaton:a>0", 14, "a letter leads to no state"},
                          Case{"automaton:[^]>1", 16, "state 1 is missing"},
                          Case{"automaton:[^]>0,a>0", 17, "a letter leads to two states"},
                          Case{"automaton:[^]0", 14, "`>` is missing"},
                          Case{"automaton:[^]>99999999999", 15, "a number is missing"},
                          Case{"\xFF\xFE", 1, "no repository name has this character"}}) {
    const auto result = Set::parse(one.text);
    ASSERT_FALSE(result.has_value()) << one.text;
    ASSERT_EQ(result.error().size(), 1U);
    EXPECT_EQ(result.error().front().message, one.message) << one.text;
    EXPECT_EQ(result.error().front().column, one.column) << one.text;
  }
}

TEST(RepositorySetPattern, HostileTextsAreAnsweredNotObeyed) {
  const std::string deep(200'000, '(');
  std::string exponential;
  for (int i = 0; i < 100; ++i) exponential += "[^]";
  for (const std::string& text :
       {"re:" + deep, "re:" + deep + "a" + std::string(200'000, ')'), "re:a" + std::string(200'000, '*') + ")",
        "re:[^]*a" + exponential, "**a" + std::string(5'000, '?'), std::string(30'000, 'a') + "?",
        "automaton:" + std::string(100'000, ';'), std::string(1U << 25U, 'a'), "re:" + std::string(100'000, '|') + "(",
        std::string("a\0b", 3), std::string("re:\0", 4)}) {
    EXPECT_FALSE(Set::parse(text).has_value()) << text.substr(0, 20);
  }
  EXPECT_EQ(read("re:a" + std::string(100'000, '*') + "b"), read("re:a*b"));
  std::string many = "a";
  for (int i = 0; i < 5'000; ++i) many += ", team" + std::to_string(i) + "/**";
  EXPECT_TRUE(read(many).contains("team4999/x"));
  Random random(7);
  for (int i = 0; i < 8'000; ++i) {
    const std::string text = random.text("ab/-.*?, ()[]^|+:;>0re except\xFF\n", 25);
    const std::string prefix[] = {"", "re:", "automaton:", "a except "};
    const auto result = Set::parse(prefix[random.below(4)] + text);
    if (result) {
      ASSERT_EQ(read(result->pattern()), *result) << text;
    }
  }
}

// ---- conditions ----------------------------------------------------------------------------------------------

std::string short_condition(const Set& set) {
  std::string text = set.condition_text().value_or("(cannot be said)");
  const std::string attribute = "@Request[Microsoft.ContainerRegistry/registries/repositories:name] ";
  for (std::size_t at = text.find(attribute); at != std::string::npos; at = text.find(attribute)) {
    text.erase(at, attribute.size());
  }
  return text;
}

TEST(RepositorySetCondition, UsesTheDocumentedOperators) {
  EXPECT_EQ(short_condition(Set::all()), "");
  EXPECT_EQ(short_condition(Set::none()), "(cannot be said)");
  EXPECT_EQ(short_condition(read("a/b")), "(StringEqualsIgnoreCase 'a/b')");
  EXPECT_EQ(short_condition(read("backend/**")), "(StringStartsWithIgnoreCase 'backend/')");
  EXPECT_EQ(short_condition(read("app, app/**")),
            "(StringEqualsIgnoreCase 'app' OR StringStartsWithIgnoreCase 'app/')");
  EXPECT_EQ(
      short_condition(read("x/** except x/s, x/t/**")),
      "(StringStartsWithIgnoreCase 'x/' AND StringNotEqualsIgnoreCase 'x/s' AND StringNotStartsWithIgnoreCase 'x/t/')");
  EXPECT_EQ(
      short_condition(read("x/**, y/** except x/s")),
      "((StringStartsWithIgnoreCase 'x/' AND StringNotEqualsIgnoreCase 'x/s') OR StringStartsWithIgnoreCase 'y/')");
  EXPECT_EQ(short_condition(read("** except a/**, b")),
            "(StringNotStartsWithIgnoreCase 'a/' AND StringNotEqualsIgnoreCase 'b')");
  // A set that only patterns can describe, and one that is too long.
  EXPECT_EQ(short_condition(read("**-dev")), "(cannot be said)");
  EXPECT_EQ(short_condition(read("??")), "(cannot be said)");
}

}  // namespace
}  // namespace acrbiter::model
