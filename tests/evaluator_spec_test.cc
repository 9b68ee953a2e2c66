// The spec cases: what the documents say about access, asked of the engine. One test for each case of
// fixtures/specs/*.json; a new case needs no C++. The format is described in fixtures/specs/README.md.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/question_reader.h"
#include "evaluator/assumptions.h"
#include "evaluator/decision.h"
#include "evaluator/engine.h"
#include "evaluator/operations.h"
#include "parser/read.h"
#include "tests/support/spec_case.h"

namespace acrbiter {
namespace {

using evaluator::Decision;
using evaluator::Engine;
using evaluator::Node;

const std::vector<spec::Case>& cases() {
  static const std::vector<spec::Case> all = spec::load_cases(ACRBITER_SOURCE_DIR "/fixtures/specs");
  return all;
}

/// A world that was read, and the engine that answers about it.
struct Asked {
  model::Snapshot snapshot;
  std::unique_ptr<Engine> engine;
  std::string problem;  ///< why there is no engine
};

Asked& read_world(const spec::Case& one) {
  static std::map<std::string, std::unique_ptr<Asked>> read;
  auto& entry = read[one.world];
  if (entry) return *entry;
  entry = std::make_unique<Asked>();
  std::vector<parser::NamedText> documents;
  for (const spec::Document& document : one.tenant->documents) documents.push_back({document.name, document.text});
  auto snapshot = parser::read_documents(documents);
  if (!snapshot) {
    for (const model::Diagnostic& problem : snapshot.error()) {
      entry->problem += problem.file + " " + problem.pointer + ": " + problem.message + "\n";
    }
    return *entry;
  }
  entry->snapshot = std::move(*snapshot);
  entry->engine = std::make_unique<Engine>(entry->snapshot);
  return *entry;
}

void walk(const Node& node, const std::function<void(const Node&)>& visit) {
  visit(node);
  for (const Node& child : node.children) walk(child, visit);
}

std::string code(const Node& node) { return std::string(evaluator::info(node.finding.reason).code); }

std::set<std::string> codes_in(const Node& root) {
  std::set<std::string> codes;
  walk(root, [&codes](const Node& node) { codes.insert(code(node)); });
  return codes;
}

/// The tree in text, for failing cases.
void print(const Node& node, std::ostream& out, std::size_t depth = 2) {
  out << std::string(depth * 2, ' ') << code(node) << " = " << model::to_string(node.value);
  if (node.finding.right) out << " [" << node.finding.right->action << "]";
  if (!node.finding.detail.empty()) out << " (" << node.finding.detail << ")";
  for (const evaluator::Cause& cause : node.causes) out << " ?" << cause.code << ":" << cause.subject;
  out << "\n";
  for (const Node& child : node.children) print(child, out, depth + 1);
}

template <class Range>
std::string joined(const Range& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return "[" + text + "]";
}

/// Expects each of `wanted` in `found`.
void expect_all(const std::vector<std::string>& wanted, const std::set<std::string>& found, std::string_view where) {
  for (const std::string& word : wanted) {
    EXPECT_TRUE(found.contains(word)) << "`" << word << "` is not among the " << where << " " << joined(found);
  }
}

void expect_decision(const Decision& decision, const spec::Expectation& expect) {
  EXPECT_EQ(evaluator::to_string(decision.verdict), expect.verdict);
  std::set<std::string> settling;
  for (const Node* node : evaluator::settling(decision)) settling.insert(code(*node));
  expect_all(expect.reasons, settling, "settling reasons");
  EXPECT_TRUE(expect.any_reason.empty() ||
              std::ranges::any_of(expect.any_reason, [&](const std::string& word) { return settling.contains(word); }))
      << "none of " << joined(expect.any_reason) << " is among the settling reasons " << joined(settling);
  const std::set<std::string> everywhere = codes_in(decision.root);
  expect_all(expect.trace, everywhere, "reasons of the tree");
  for (const std::string& word : expect.absent)
    EXPECT_FALSE(everywhere.contains(word)) << "`" << word << "` stands in the tree";
  std::set<std::string> unknowns;
  for (const evaluator::Cause& cause : decision.unknowns) unknowns.insert(cause.code);
  EXPECT_EQ(joined(unknowns), joined(std::set<std::string>(expect.unknowns.begin(), expect.unknowns.end())))
      << "causes";
  const std::set<std::string> flags(decision.flags.begin(), decision.flags.end());
  expect_all(expect.flags, flags, "flags");
  for (const std::string& word : expect.no_flags)
    EXPECT_FALSE(flags.contains(word)) << "the flag `" << word << "` is set";
}

/// Every inner node has the value that its children give it.
void expect_sound(const Node& root) {
  walk(root, [](const Node& node) {
    if (node.combine == evaluator::Combine::Leaf) return;
    EXPECT_EQ(node.value, evaluator::recompute(node)) << code(node);
  });
}

void ask(const Engine& engine, const spec::Ask& asked) {
  const std::string line = asked.question.dump();
  SCOPED_TRACE(asked.label + " " + line);
  const cli::QuestionLine read = cli::read_question(line);
  ASSERT_TRUE(read.question.has_value()) << read.question.error().message;
  const auto resolved = engine.resolve(*read.question);
  if (!asked.expect.error.empty()) {
    ASSERT_FALSE(resolved.has_value()) << "the question is understood";
    EXPECT_EQ(resolved.error().code, asked.expect.error);
    return;
  }
  ASSERT_TRUE(resolved.has_value()) << resolved.error().code << " `" << resolved.error().subject << "`";
  Decision decision = engine.explain(*resolved);
  engine.unfold(decision);
  const bool failed_before = testing::Test::HasFailure();
  expect_decision(decision, asked.expect);
  if (!asked.expect.hints.empty() || !asked.expect.no_hints.empty()) {
    std::set<std::string> hints;
    for (const evaluator::Hint& hint : engine.hints(*resolved, decision)) {
      hints.emplace(to_string(hint.kind));
      hints.insert(std::string(to_string(hint.kind)) + " " + hint.subject);
    }
    expect_all(asked.expect.hints, hints, "hints");
    for (const std::string& word : asked.expect.no_hints)
      EXPECT_FALSE(hints.contains(word)) << "the hint `" << word << "` is given";
  }
  expect_sound(decision.root);
  EXPECT_EQ(engine.decide(*resolved), decision.verdict) << "the answer without its trace";
  if (testing::Test::HasFailure() && !failed_before) {
    std::ostringstream tree;
    print(decision.root, tree);
    std::vector<std::string> causes;
    for (const evaluator::Cause& cause : decision.unknowns) causes.push_back(cause.code + ":" + cause.subject);
    ADD_FAILURE() << "  answered " << evaluator::to_string(decision.verdict) << ", flags " << joined(decision.flags)
                  << ", causes " << joined(causes) << "\n"
                  << tree.str();
  }
}

class Spec : public testing::TestWithParam<std::size_t> {};

TEST_P(Spec, HoldsAsTheFactsSay) {
  const spec::Case& one = cases()[GetParam()];
  SCOPED_TRACE(one.file + ": " + one.name + " (" + one.source + ")");
  ASSERT_EQ(one.broken, "");
  ASSERT_FALSE(one.asks.empty());
  const Asked& world = read_world(one);
  ASSERT_TRUE(world.engine) << world.problem;
  if (!one.disputed) {
    for (const spec::Ask& asked : one.asks) ask(*world.engine, asked);
    return;
  }
  // The dispute must be real: a case that holds may not stay marked.
  testing::TestPartResultArray failures;
  {
    const testing::ScopedFakeTestPartResultReporter reporter(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
    for (const spec::Ask& asked : one.asks) ask(*world.engine, asked);
  }
  ASSERT_GT(failures.size(), 0) << "the case holds now: take the mark `disputed` away";
  GTEST_SKIP() << "disputed: " << failures.GetTestPartResult(0).message();
}

std::string test_name(const testing::TestParamInfo<std::size_t>& info) {
  const auto& one = cases()[info.param];
  return spec::test_name(one.file, one.name, info.param);
}

INSTANTIATE_TEST_SUITE_P(Cases, Spec, testing::Range<std::size_t>(0, cases().size()), test_name);

/// What the cases mention, collected without running them.
template <class Collect>
std::set<std::string> mentioned(Collect collect) {
  std::set<std::string> words;
  for (const spec::Case& one : cases()) {
    for (const spec::Ask& asked : one.asks) collect(asked, words);
  }
  return words;
}

TEST(SpecCases, EveryOperationIsAsked) {
  const auto asked = mentioned([](const spec::Ask& one, std::set<std::string>& words) {
    if (one.question.contains("operation")) words.insert(one.question.at("operation").get<std::string>());
  });
  for (const evaluator::Operation& operation : evaluator::operations()) {
    EXPECT_TRUE(asked.contains(std::string(operation.id))) << operation.id;
  }
  for (const evaluator::OperationAlias& alias : evaluator::operation_aliases()) {
    EXPECT_TRUE(asked.contains(std::string(alias.alias))) << alias.alias;
  }
}

TEST(SpecCases, EveryReasonIsExpectedSomewhere) {
  const auto expected = mentioned([](const spec::Ask& one, std::set<std::string>& words) {
    words.insert(one.expect.reasons.begin(), one.expect.reasons.end());
    words.insert(one.expect.trace.begin(), one.expect.trace.end());
  });
  for (const evaluator::ReasonInfo& reason : evaluator::reason_table()) {
    EXPECT_TRUE(expected.contains(std::string(reason.code))) << reason.code;
  }
}

/// The words of a text: letters, digits and hyphens.
std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : std::string(text) + ' ') {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-') {
      word += c;
    } else if (!word.empty()) {
      words.insert(std::exchange(word, {}));
    }
  }
  return words;
}

/// How cases may call an entry of the register: by its id, or by its number in the facts ("J12").
std::set<std::string> names_of(const evaluator::Assumption& entry) {
  std::set<std::string> names = {std::string(entry.name)};
  for (const std::string& word : words_of(entry.source)) {
    const bool is_number = word.size() > 1 && word[0] == 'J' && std::ranges::all_of(word.substr(1), [](char c) {
                             return std::isdigit(static_cast<unsigned char>(c)) != 0;
                           });
    if (is_number) names.insert(word);
  }
  return names;
}

/// What a case rests on is named by its `source` or `assumption`, or pinned by its question.
std::set<std::string> named_by_cases() {
  std::set<std::string> named = mentioned([](const spec::Ask& one, std::set<std::string>& words) {
    if (!one.question.contains("assume")) return;
    for (const auto& [name, reading] : one.question.at("assume").items()) words.insert(name);
  });
  for (const spec::Case& one : cases()) named.merge(words_of(one.source));
  return named;
}

/// Entries that a case shows without naming them: which one, of which file.
struct ShownBy {
  std::string_view entry, file, name;
};
constexpr std::array kShownBy = {
    // A plan says it; no answer does.
    ShownBy{"continuous-patching", "specs/migration/tasks.json", "a task of continuous patching stops working"},
    // How a condition is read and what it evaluates to, whatever it is attached to.
    ShownBy{"quote-in-string", "conditions/errors.json", "a quote inside a string"},
    ShownBy{"empty-list", "conditions/quantifiers.json", "an empty list satisfies no ForAll"},
    ShownBy{"list-without-quantifier", "conditions/quantifiers.json", "a list without quantifier"},
    ShownBy{"attribute-spelling", "conditions/attributes.json", "a source does not lend its values to another"},
    ShownBy{"action-star-crosses-slash", "conditions/clauses.json", "a star in an action pattern crosses slashes"},
    ShownBy{"several-action-patterns", "conditions/errors.json", "several patterns in one clause"},
    ShownBy{"date-without-zone", "conditions/operators.json", "no date: a time without zone"},
    ShownBy{"unknown-operator", "conditions/errors.json", "an operator like no other"},
    ShownBy{"non-ascii-ignore-case", "conditions/operators.json", "letters beyond ASCII keep their case"},
    // Our choices, which cases cite by their section.
    ShownBy{"not-actions-across-entries", "specs/permissions.json",
            "NotActions of one entry do not reach another entry of the same role"},
    ShownBy{"role-and-assignment-condition", "specs/permissions.json",
            "the role's condition and the assignment's must both hold: <repository>"},
    ShownBy{"middle-star", "specs/permissions.json", "the action pattern <pattern> grants <operation>: <verdict>"},
    ShownBy{"action-string-blanks", "specs/permissions.json",
            "the action pattern <pattern> grants <operation>: <verdict>"},
    ShownBy{"duplicate-assignments", "specs/principals.json", "duplicate triples count as their union"},
    ShownBy{"audit-deny", "specs/denies.json", "an audited deny is reported"},
};

TEST(SpecCases, EveryEntryOfTheRegisterIsNamed) {
  const std::set<std::string> named = named_by_cases();
  for (const evaluator::Assumption& entry : evaluator::assumption_register()) {
    const bool is_named =
        std::ranges::any_of(names_of(entry), [&](const std::string& name) { return named.contains(name); });
    const bool is_shown = std::ranges::count(kShownBy, entry.name, &ShownBy::entry) == 1;
    EXPECT_TRUE(is_named || is_shown) << entry.name << " (" << entry.source << "): no case names it";
  }
}

TEST(SpecCases, WhatIsSaidToShowAnEntryIsThere) {
  for (const ShownBy& shown : kShownBy) {
    EXPECT_NE(evaluator::find_assumption(shown.entry), nullptr) << shown.entry;
    std::ifstream in(std::string(ACRBITER_SOURCE_DIR "/fixtures/") + std::string(shown.file));
    const auto file = nlohmann::json::parse(in, nullptr, false);
    ASSERT_FALSE(file.is_discarded()) << shown.file;
    const auto& list = file.is_array() ? file : file.at("cases");
    EXPECT_TRUE(std::ranges::any_of(list, [&](const nlohmann::json& one) { return one.at("name") == shown.name; }))
        << shown.file << " has no case `" << shown.name << "`, which shows " << shown.entry;
  }
}

TEST(SpecCases, EveryOpenFactIsAskedAtEachOfItsReadings) {
  const auto pinned = mentioned([](const spec::Ask& one, std::set<std::string>& words) {
    if (!one.question.contains("assume")) return;
    for (const auto& [name, reading] : one.question.at("assume").items())
      words.insert(name + "=" + reading.get<std::string>());
  });
  for (const evaluator::Assumption& entry : evaluator::assumption_register()) {
    if (entry.readings.size() < 2) continue;
    for (const std::string_view reading : entry.readings) {
      EXPECT_TRUE(pinned.contains(std::string(entry.name) + "=" + std::string(reading)))
          << entry.name << "=" << reading;
    }
  }
}

}  // namespace
}  // namespace acrbiter
