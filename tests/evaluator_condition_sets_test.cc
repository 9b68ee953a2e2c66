// Conditions as sets of names against the interpreter, asked name by name.
#include "evaluator/sets/condition_sets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/ascii.h"
#include "model/condition_warnings.h"
#include "parser/condition_parser.h"
#include "tests/support/condition_fixture.h"

namespace acrbiter {
namespace {

using evaluator::add_name_tests;
using evaluator::AttributeLookup;
using evaluator::ConditionEnvironment;
using evaluator::ConditionReadings;
using evaluator::NameTruth;
using evaluator::truth_by_name;
using model::AttributeSource;
using model::RepositorySet;
using model::Truth;

constexpr std::string_view kName = "Microsoft.ContainerRegistry/registries/repositories:name";

model::Condition parsed(const std::string& text) {
  auto result = parser::parse_condition(text);
  if (!result) throw std::runtime_error(text + ": " + result.error().front().message);
  return *std::move(result);
}

model::Literal text_value(std::string text) {
  model::Literal literal;
  literal.text = std::move(text);
  return literal;
}

/// Attributes by source and text; what is not listed is not supplied.
class Attributes : public evaluator::AttributeProvider {
 public:
  struct Entry {
    std::vector<model::Literal> values;
    bool is_list = false;
    bool unknown = false;
  };
  std::map<std::pair<AttributeSource, std::string>, Entry> entries;

  [[nodiscard]] AttributeLookup find(AttributeSource source, std::string_view name) const override {
    for (const auto& [key, entry] : entries) {
      if (key.first != source || !evaluator::same_attribute(key.second, name)) continue;
      return entry.unknown ? AttributeLookup::unknown() : AttributeLookup::values(entry.values, entry.is_list);
    }
    return AttributeLookup::not_supplied();
  }
};

/// `environment` with `name` supplied as the repository of the request.
Truth by_interpreter(const model::Condition& condition, ConditionEnvironment environment, const std::string& name,
                     bool missing_as_false = false) {
  Attributes with_name;
  if (environment.attributes != nullptr) with_name = dynamic_cast<const Attributes&>(*environment.attributes);
  with_name.entries[{AttributeSource::Request, std::string(kName)}] = {{text_value(name)}, false, false};
  environment.attributes = &with_name;
  return missing_as_false ? evaluate_missing_as_false(condition, environment) : evaluate_truth(condition, environment);
}

Truth at(const NameTruth& truth, const std::string& name) {
  if (truth.is_true.contains(name)) return Truth::True;
  return truth.is_false.contains(name) ? Truth::False : Truth::Unknown;
}

std::vector<ConditionReadings> all_readings() {
  std::vector<ConditionReadings> all;
  for (const std::string_view grouping : {"indeterminate", "and-first", "left-to-right"}) {
    for (const std::string_view missing : {"indeterminate", "false"}) {
      for (const std::string_view resource : {"unknown", "supplied", "absent"}) {
        ConditionReadings readings;
        EXPECT_TRUE(set_reading(readings, "ambiguous-grouping", grouping));
        EXPECT_TRUE(set_reading(readings, "missing-value-below-not", missing));
        EXPECT_TRUE(set_reading(readings, "resource-attribute-for-repository", resource));
        all.push_back(readings);
      }
    }
  }
  return all;
}

/// Every string between quotes, in lower case, and what is one character away from it.
std::vector<std::string> names_near(const std::string& condition) {
  std::vector<std::string> names{"a", "z", "0", "/", "backend/", "nowhere/at-all"};
  for (std::size_t begin = condition.find('\''); begin != std::string::npos;) {
    const std::size_t end = condition.find('\'', begin + 1);
    if (end == std::string::npos) break;
    std::string text = model::ascii_lower(condition.substr(begin + 1, end - begin - 1));
    begin = condition.find('\'', end + 1);
    std::replace(text.begin(), text.end(), '*', 'q');
    std::replace(text.begin(), text.end(), '?', 'w');
    for (const std::string& near :
         {text, text + "a", text + "/x", text.substr(0, std::max<std::size_t>(text.size(), 1) - 1), "x" + text}) {
      names.push_back(near);
    }
  }
  std::erase_if(names, [](const std::string& name) { return !RepositorySet::all().contains(name); });
  return names;
}

void expect_agreement(const std::string& text, const ConditionEnvironment& environment,
                      const std::vector<std::string>& names) {
  const model::Condition condition = parsed(text);
  const NameTruth truth = truth_by_name(condition, environment);
  const NameTruth missing = missing_as_false_by_name(condition, environment);
  ASSERT_FALSE(RepositorySet::overlap(truth.is_true, truth.is_false)) << text;
  for (const std::string& name : names) {
    ASSERT_EQ(at(truth, name), by_interpreter(condition, environment, name)) << text << "\nfor " << name;
    ASSERT_EQ(at(missing, name), by_interpreter(condition, environment, name, true)) << text << "\nfor " << name;
  }
}

// ---- the conditions of the fixtures --------------------------------------------------------------------------

TEST(ConditionSets, AgreeWithTheInterpreterOnTheFixtures) {
  std::size_t compared = 0;
  for (const nlohmann::json& one :
       tests::condition_cases({"attributes.json", "clauses.json", "grouping.json", "operators.json", "quantifiers.json",
                               "types.json", "warnings.json", "well-formed.json"})) {
    const auto text = one.at("condition").get<std::string>();
    if (!parser::parse_condition(text)) continue;
    const nlohmann::json env = one.value("env", nlohmann::json::object());
    const auto action = env.value("action", std::string());
    const auto sub_operation = env.value("suboperation", std::string());
    const auto version = one.value("version", std::string());
    for (const ConditionReadings& readings : all_readings()) {
      const ConditionEnvironment environment{.action = action,
                                             .sub_operation = sub_operation,
                                             .attributes = nullptr,
                                             .condition_version = version,
                                             .readings = readings};
      expect_agreement(text, environment, names_near(text));
      if (HasFatalFailure()) return;
    }
    ++compared;
  }
  EXPECT_GT(compared, 100U);
}

// ---- generated conditions ------------------------------------------------------------------------------------

class Generator {
 public:
  explicit Generator(unsigned seed) : engine_(seed) {}

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  template <class T>
  const T& one_of(const std::vector<T>& list) {
    return list[below(list.size())];
  }

  std::string condition(int depth) {
    switch (depth > 0 ? below(6) : 5) {
      case 0:
        return "NOT (" + condition(depth - 1) + ")";
      case 1:
        return "(" + condition(depth - 1) + ") AND (" + condition(depth - 1) + ")";
      case 2:
        return "(" + condition(depth - 1) + ") OR (" + condition(depth - 1) + ")";
      case 3: {
        std::string chain = "(" + condition(depth - 1) + ")";
        for (std::size_t i = 0; i < 2 + below(3); ++i) {
          chain += (below(2) == 0 ? " AND (" : " OR (") + condition(depth - 1) + ")";
        }
        return chain;
      }
      default:
        return leaf();
    }
  }

  Attributes attributes() {
    Attributes result;
    const auto add = [&](AttributeSource source, const std::string& name) {
      switch (below(5)) {
        case 0:
          return;
        case 1:
          result.entries[{source, name}] = {{}, false, true};
          return;
        case 2:
          result.entries[{source, name}] = {{value()}, false, false};
          return;
        default:
          break;
      }
      Attributes::Entry entry{{}, true, false};
      for (std::size_t i = below(4); i > 0; --i) entry.values.push_back(value());
      result.entries[{source, name}] = std::move(entry);
    };
    add(AttributeSource::Principal, "p");
    add(AttributeSource::Request, "q");
    add(AttributeSource::Environment, "Microsoft.Network/privateEndpoints");
    if (below(4) == 0) add(AttributeSource::Resource, std::string(kName));
    if (below(8) == 0) add(AttributeSource::Request, "subOperation");
    // What is said of the name itself is not used.
    result.entries[{AttributeSource::Request, std::string(kName)}] = {{text_value("not/this")}, false, false};
    return result;
  }

 private:
  std::string leaf() {
    switch (below(12)) {
      case 0:
        return below(2) == 0 ? "ActionMatches{'a/*'}" : "ActionMatches{'b/read'}";
      case 1:
        return "SubOperationMatches{'team'}";
      case 2:
        return "Exists " + attribute();
      default:
        return operand(below(6) == 0) + " " + quantifier() + op() + " " + operand(below(3) != 0);
    }
  }

  std::string attribute() {
    static const std::vector<std::string> kAttributes = {
        "@Request[Microsoft.ContainerRegistry/registries/repositories:name]",
        "@Request[microsoft.containerregistry/registries/repositories:NAME]",
        "@Request[Microsoft.ContainerRegistry/registries/repositories:name]",
        "@Request[Microsoft.ContainerRegistry/registries/repositories:name]",
        "@Resource[Microsoft.ContainerRegistry/registries/repositories:name]",
        "@Principal[Microsoft.ContainerRegistry/registries/repositories:name]",
        "@Principal[p]",
        "@Request[q]",
        "@Request[subOperation]",
        "@Environment[Microsoft.Network/privateEndpoints]"};
    return one_of(kAttributes);
  }

  static const std::vector<std::string>& texts() {
    static const std::vector<std::string> kTexts = {"",
                                                    "team",
                                                    "team/",
                                                    "Team/App",
                                                    "team/app",
                                                    "t*p",
                                                    "*/app",
                                                    "t??m*",
                                                    "te\\*m",
                                                    "\xC3\xA4",
                                                    "2026-01-31T00:00:00Z",
                                                    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
                                                    "8E3AF657A8FF443CA75C2FE8C4BCB635",
                                                    "8e3af657-a8ff-443c-a75c-2fe8c4bcb636"};
    return kTexts;
  }

  std::string literal(std::size_t kind) {
    switch (kind) {
      case 0:
        return std::to_string(below(3));
      case 1:
        return below(2) == 0 ? "true" : "false";
      case 2:
        return below(2) == 0 ? "8e3af657-a8ff-443c-a75c-2fe8c4bcb635" : "8e3af657a8ff443ca75c2fe8c4bcb635";
      default:
        return "'" + one_of(texts()) + "'";
    }
  }

  std::string operand(bool is_literal) {
    if (!is_literal) return attribute();
    const std::size_t kind = below(12);
    if (below(3) != 0) return literal(kind);
    std::string set = "{" + literal(kind);
    for (std::size_t i = below(4); i > 0; --i) set += ", " + literal(kind);
    return set + "}";
  }

  std::string quantifier() {
    static const std::vector<std::string> kQuantifiers = {
        "ForAnyOfAnyValues:", "ForAllOfAnyValues:", "ForAnyOfAllValues:", "ForAllOfAllValues:"};
    return below(2) == 0 ? "" : one_of(kQuantifiers);
  }

  std::string op() {
    static const std::vector<std::string> kStrings = {"StringEquals",        "StringNotEquals", "StringStartsWith",
                                                      "StringNotStartsWith", "StringLike",      "StringNotLike"};
    static const std::vector<std::string> kOthers = {"NumericEquals", "NumericLessThan", "DateTimeEquals",
                                                     "BoolEquals",    "BoolNotEquals",   "GuidEquals",
                                                     "GuidNotEquals", "GuidEquals",      "GuidNotEquals"};
    if (below(3) == 0) return one_of(kOthers);
    return one_of(kStrings) + (below(2) == 0 ? "" : "IgnoreCase");
  }

  model::Literal value() {
    model::Literal literal;
    switch (below(8)) {
      case 0:
        literal.type = model::ValueType::Number;
        literal.text = "1";
        literal.number = 1;
        break;
      case 1:
        literal.type = model::ValueType::Boolean;
        literal.boolean = true;
        break;
      case 2:
        literal.type = model::ValueType::Guid;
        literal.text = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
        break;
      default:
        literal.text = one_of(texts());
    }
    return literal;
  }

  std::mt19937 engine_;
};

const std::vector<std::string>& interesting_names() {
  static const std::vector<std::string> kNames = {"t",
                                                  "te",
                                                  "team",
                                                  "teams",
                                                  "team/",
                                                  "team/app",
                                                  "team/apps",
                                                  "xteam/app",
                                                  "tp",
                                                  "t/p",
                                                  "/app",
                                                  "a",
                                                  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
                                                  "8e3af657a8ff443ca75c2fe8c4bcb635",
                                                  "8e3af657-a8ff443ca75c2fe8c4bcb635",
                                                  "8e3af657a8ff443ca75c2fe8c4bcb636",
                                                  "8e3af657-a8ff-443c-a75c-2fe8c4bcb63g",
                                                  "8e3af657-a8ff-443c-a75c-2fe8c4bcb6355",
                                                  "00000000000000000000000000000000",
                                                  "2026-01-31t00.00.00z",
                                                  "not/this"};
  return kNames;
}

TEST(ConditionSets, AgreeWithTheInterpreterOnGeneratedConditions) {
  Generator generate(1);
  const std::vector<ConditionReadings> readings = all_readings();
  std::map<Truth, std::size_t> seen;
  for (int i = 0; i < 6'000; ++i) {
    const std::string text = generate.condition(static_cast<int>(generate.below(4)));
    const Attributes attributes = generate.attributes();
    const ConditionEnvironment environment{.action = generate.below(4) == 0 ? "" : "A/read",
                                           .sub_operation = generate.below(3) == 0 ? "team" : "",
                                           .attributes = generate.below(5) == 0 ? nullptr : &attributes,
                                           .condition_version = generate.below(20) == 0 ? "1.0" : "2.0",
                                           .readings = readings[generate.below(readings.size())]};
    expect_agreement(text, environment, interesting_names());
    if (HasFatalFailure()) return;
    const NameTruth truth = truth_by_name(parsed(text), environment);
    for (const std::string& name : interesting_names()) ++seen[at(truth, name)];
  }
  for (const Truth truth : {Truth::False, Truth::Unknown, Truth::True}) EXPECT_GT(seen[truth], 5'000U);
}

TEST(ConditionSets, NamesOfOneCellAreTreatedAlike) {
  Generator generate(2);
  const std::vector<ConditionReadings> readings = all_readings();
  std::size_t pairs = 0;
  for (int i = 0; i < 3'000; ++i) {
    const model::Condition condition = parsed(generate.condition(static_cast<int>(generate.below(3))));
    const Attributes attributes = generate.attributes();
    std::vector<RepositorySet> tests;
    add_name_tests(condition, tests, &attributes);
    const model::RepositoryPartition cells(tests);
    for (int round = 0; round < 4; ++round) {
      const ConditionEnvironment environment{.action = generate.below(3) == 0 ? "" : "A/read",
                                             .sub_operation = "",
                                             .attributes = &attributes,
                                             .condition_version = "2.0",
                                             .readings = readings[generate.below(readings.size())]};
      for (const std::string& name : interesting_names()) {
        const std::string& other = cells.representative(cells.cell_of(name));
        ASSERT_EQ(by_interpreter(condition, environment, name), by_interpreter(condition, environment, other))
            << condition.text << "\n"
            << name << " and " << other;
        if (name != other) ++pairs;
      }
    }
  }
  EXPECT_GT(pairs, 10'000U);
}

// ---- single forms --------------------------------------------------------------------------------------------

NameTruth truth_of(const std::string& text, std::string_view action = {}, std::string_view version = {}) {
  ConditionEnvironment environment;
  environment.action = action;
  environment.condition_version = version;
  return truth_by_name(parsed(text), environment);
}
std::string on_name(const std::string& rest) { return "@Request[" + std::string(kName) + "] " + rest; }

TEST(ConditionSets, ThePortalsConditionIsItsPrefix) {
  const std::string text = "(!(ActionMatches{'a'}) OR (" + on_name("StringStartsWithIgnoreCase 'Backend/'") + "))";
  const NameTruth for_action = truth_of(text, "a");
  EXPECT_EQ(for_action.is_true, RepositorySet::starting_with("backend/"));
  EXPECT_EQ(for_action.is_false, ~RepositorySet::starting_with("backend/"));
  EXPECT_TRUE(truth_of(text, "b").is_true.is_all());
  // Without an action the guard is unknown, and names below the prefix are true all the same.
  const NameTruth open = truth_of(text);
  EXPECT_EQ(open.is_true, RepositorySet::starting_with("backend/"));
  EXPECT_TRUE(open.is_false.empty());
  EXPECT_TRUE(open.possible().is_all());
}

TEST(ConditionSets, CapitalsWithoutIgnoreCaseFitNoName) {
  EXPECT_TRUE(truth_of(on_name("StringEquals 'Team'")).is_true.empty());
  EXPECT_EQ(truth_of(on_name("StringEqualsIgnoreCase 'Team'")).is_true, RepositorySet::exactly("team"));
}

TEST(ConditionSets, ANameOnTheRightIsWhatTheLiteralBeginsWith) {
  EXPECT_EQ(truth_of("'team/app' StringStartsWith @Request[" + std::string(kName) + "]").is_true,
            RepositorySet::prefixes_of("team/app"));
}

TEST(ConditionSets, GuidShapedNamesCompareAsGuids) {
  const NameTruth truth = truth_of(on_name("GuidNotEquals 8e3af657-a8ff-443c-a75c-2fe8c4bcb635"));
  EXPECT_TRUE(truth.is_false.contains("8e3af657a8ff443ca75c2fe8c4bcb635"));
  EXPECT_TRUE(truth.is_true.contains("8e3af657a8ff443ca75c2fe8c4bcb636"));
  EXPECT_FALSE(truth.possible() <= truth.is_true);
  EXPECT_EQ(truth.is_false.count_up_to(40), std::uint64_t{2});
}

TEST(ConditionSets, AnUnsupportedVersionLeavesEveryNameOpen) {
  const NameTruth truth = truth_of(on_name("StringEquals 'a'"), "a", "1.0");
  EXPECT_TRUE(truth.is_true.empty());
  EXPECT_TRUE(truth.is_false.empty());
}

TEST(ConditionSets, ComparedWithAnotherAttributeTheTestsNeedItsValues) {
  const model::Condition condition = parsed(on_name("StringStartsWith @Principal[team]"));
  std::vector<RepositorySet> tests;
  EXPECT_THROW(add_name_tests(condition, tests), model::RepositorySetTooLarge);
  Attributes attributes;
  attributes.entries[{AttributeSource::Principal, "team"}] = {{text_value("a"), text_value("b/")}, true, false};
  add_name_tests(condition, tests, &attributes);
  EXPECT_EQ(tests, (std::vector{RepositorySet::starting_with("a"), RepositorySet::starting_with("b/")}));
}

// ---- and back to a condition ---------------------------------------------------------------------------------

TEST(ConditionSets, AConditionWrittenForASetIsTrueExactlyThere) {
  std::mt19937 engine(3);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine); };
  const std::vector<std::string> texts = {"a", "a/", "ab", "a/b", "a/b/", "b", "b/c", "a/bc", "c.d", "c"};
  std::size_t written = 0;
  for (int i = 0; i < 2'000; ++i) {
    RepositorySet set;
    for (std::size_t n = 1 + below(6); n > 0; --n) {
      const std::string& text = texts[below(texts.size())];
      const RepositorySet next = below(2) == 0 ? RepositorySet::exactly(text) : RepositorySet::starting_with(text);
      set = below(2) == 0 ? set | next : below(2) == 0 ? set - next : ~set;
    }
    const auto text = set.condition_text();
    if (!text) {
      ASSERT_TRUE(set.empty()) << set.pattern();
      continue;
    }
    if (text->empty()) {
      ASSERT_TRUE(set.is_all());
      continue;
    }
    const NameTruth truth = truth_of(*text);
    ASSERT_EQ(truth.is_true, set) << *text;
    ASSERT_EQ(truth.is_false, ~set) << *text;
    ASSERT_TRUE(model::condition_warnings(parsed(*text)).empty()) << *text;
    for (const std::string& name : texts) {
      if (name.back() != '/') {
        ASSERT_EQ(by_interpreter(parsed(*text), {}, name) == Truth::True, set.contains(name));
      }
    }
    ++written;
  }
  EXPECT_GT(written, 1'000U);
}

TEST(ConditionSets, AConditionIsWrittenUpToWhatAzureStores) {
  std::vector<std::string> names;
  std::size_t longest = 0;
  for (int i = 0; i < 300; ++i) {
    names.push_back("team/app" + std::to_string(i));
    const auto text = RepositorySet::of(names).condition_text();
    if (text) {
      ASSERT_EQ(truth_of(*text).is_true, RepositorySet::of(names));
      longest = text->size();
    }
  }
  EXPECT_GT(longest, 8'000U);
  EXPECT_LE(longest, 8'192U);
}

// ---- size ----------------------------------------------------------------------------------------------------

TEST(ConditionSets, ThousandsOfAlternativesAreOneTree) {
  std::string text = on_name("StringEqualsIgnoreCase 'team-0/app'");
  for (int i = 1; i < 3'000; ++i) {
    text += " OR " + on_name("StringStartsWithIgnoreCase 'team-" + std::to_string(i) + "/'");
  }
  const NameTruth truth = truth_of(text);
  EXPECT_TRUE(truth.is_true.contains("team-0/app"));
  EXPECT_FALSE(truth.is_true.contains("team-0/apps"));
  EXPECT_TRUE(truth.is_true.contains("team-2999/x"));
  EXPECT_EQ(truth.is_false, ~truth.is_true);
}

TEST(ConditionSets, PatternsTooLargeForASetAreRefused) {
  EXPECT_THROW(static_cast<void>(truth_of(on_name("StringLike '*a" + std::string(200, '?') + "'"))),
               model::RepositorySetTooLarge);
  std::string stars;
  for (int i = 0; i < 300; ++i) stars += "*a";
  EXPECT_EQ(truth_of(on_name("StringLike '" + stars + "'")).is_true.shortest(), std::string(300, 'a'));
  // The interpreter compares this pattern with short names only.
  const std::string long_pattern = on_name("StringLike '" + std::string(17'000, 'a') + "'");
  EXPECT_THROW(static_cast<void>(truth_of(long_pattern)), model::RepositorySetTooLarge);
  std::vector<RepositorySet> tests;
  EXPECT_THROW(add_name_tests(parsed(long_pattern), tests), model::RepositorySetTooLarge);
}

TEST(ConditionSets, WhatIsSettledByAGuardNeedsNoPattern) {
  const std::string text = "NOT ActionMatches{'a'} OR " + on_name("StringLike '*a" + std::string(200, '?') + "'");
  EXPECT_TRUE(truth_of(text, "b").is_true.is_all());
}

}  // namespace
}  // namespace acrbiter
