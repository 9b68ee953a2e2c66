// Answers in words and in JSON, from decisions built by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/json_writer.h"
#include "cli/report/condition_view.h"
#include "cli/report/diagnostics.h"
#include "cli/report/findings.h"
#include "cli/report/json.h"
#include "cli/report/sentence.h"
#include "cli/report/text.h"
#include "cli/report/tree.h"
#include "cli/suggest.h"
#include "evaluator/operations.h"
#include "model/snapshot_builder.h"

namespace acrbiter::cli::report {
namespace {

using evaluator::Cause;
using evaluator::Combine;
using evaluator::Decision;
using evaluator::Node;
using evaluator::Reason;
using evaluator::Verdict;
using model::Truth;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// ---- text ---------------------------------------------------------------------------------------------------

TEST(Escape, ShowsWhatATerminalWouldActOn) {
  EXPECT_EQ(escape("plain 1/2 Zoë 東京"), "plain 1/2 Zoë 東京");
  EXPECT_EQ(escape("a\x1B[2Jb"), "a\\u{1B}[2Jb");
  EXPECT_EQ(escape("a\r\n\tb"), "a\\u{0D}\\u{0A}\\u{09}b");
  EXPECT_EQ(escape("\xC2\x9B"), "\\u{9B}");             // CSI as one character
  EXPECT_EQ(escape("\xE2\x80\xAE"), "\\u{202E}");       // right-to-left override
  EXPECT_EQ(escape("\xE2\x80\x8B"), "\\u{200B}");       // zero width space
  EXPECT_EQ(escape("\xF3\xA0\x81\x81"), "\\u{E0041}");  // tag character
  EXPECT_EQ(escape(std::string_view("a\0b", 3)), "a\\u{00}b");
}

TEST(Escape, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(escape("\xFF"), "\\x{FF}");
  EXPECT_EQ(escape("\xC0\x80"), "\\x{C0}\\x{80}");             // overlong
  EXPECT_EQ(escape("\xED\xA0\x80"), "\\x{ED}\\x{A0}\\x{80}");  // surrogate
  EXPECT_EQ(escape("\xE2\x82"), "\\x{E2}\\x{82}");             // cut off
  EXPECT_EQ(escape("\xF5\x80\x80\x80"), "\\x{F5}\\x{80}\\x{80}\\x{80}");
}

TEST(Quote, LeavesNothingThatCouldPassForASentence) {
  EXPECT_EQ(quote("alice@contoso.com"), "alice@contoso.com");
  EXPECT_EQ(quote("Platform Team"), "\"Platform Team\"");
  EXPECT_EQ(quote(""), "\"\"");
  EXPECT_EQ(quote("a\"b"), "\"a\\\"b\"");
  EXPECT_EQ(quote("x\nYes."), "\"x\\u{0A}Yes.\"");
}

TEST(Columns, CountWhatIsSeen) {
  EXPECT_EQ(columns("abc"), 3U);
  EXPECT_EQ(columns("Zoë"), 3U);
  EXPECT_EQ(columns("東京"), 4U);
  EXPECT_EQ(columns("e\xCC\x81"), 1U);
  EXPECT_EQ(columns("\x1B[31mred\x1B[0m"), 3U);
}

TEST(Wrap, HangsAndNeverBreaksAWord) {
  EXPECT_EQ(wrap("aa bb cc", "- ", 2, 7), "- aa bb\n  cc\n");
  EXPECT_EQ(wrap("aa bb cc", "- ", 2, 0), "- aa bb cc\n");
  EXPECT_EQ(wrap("aaaaaaaaaa b", "", 2, 4), "aaaaaaaaaa\n  b\n");
  EXPECT_EQ(wrap("", "x", 2, 10), "x\n");
}

TEST(Table, MovesALastColumnBelowThatHasNoRoom) {
  const Look wide{.colour = false, .width = 60};
  EXPECT_EQ(table({}, {{"a", "one"}, {"bbb", "two"}}, wide), "a    one\nbbb  two\n");
  const Look narrow{.colour = false, .width = 20};
  EXPECT_EQ(table({}, {{"a", "one"}, {"bbb", "two"}}, narrow), "a\n    one\nbbb\n    two\n");
}

TEST(Listed, ReadsLikeASentence) {
  EXPECT_EQ(listed({}), "");
  EXPECT_EQ(listed({"a"}), "a");
  EXPECT_EQ(listed({"a", "b"}), "a and b");
  EXPECT_EQ(listed({"a", "b", "c"}, "or"), "a, b or c");
}

TEST(Nearest, FindsTypingErrorsAndBeginnings) {
  constexpr std::array<std::string_view, 4> kNames = {"pull", "push", "purge", "list-repositories"};
  EXPECT_THAT(nearest("pul", kNames), ElementsAre("pull"));
  EXPECT_THAT(nearest("phus", kNames), testing::Contains("push"));
  EXPECT_THAT(nearest("list", kNames), ElementsAre("list-repositories"));
  EXPECT_THAT(nearest("PULL", kNames), testing::Contains("pull"));
  EXPECT_THAT(nearest("delete", kNames), IsEmpty());
  EXPECT_EQ(edit_distance("ab", "ba", 3), 1U);
  EXPECT_EQ(edit_distance(std::string(100'000, 'a'), std::string(100'000, 'b'), 3), 4U);
}

// ---- JSON ---------------------------------------------------------------------------------------------------

TEST(JsonWriterText, IsValidUtf8AndSafeOnATerminal) {
  EXPECT_EQ(json_string("a\"\\\n\t\x1B\x7F"), "\"a\\\"\\\\\\n\\t\\u001b\\u007f\"");
  EXPECT_EQ(json_string("\xE2\x80\xAE"), "\"\\u202e\"");
  EXPECT_EQ(json_string("\xF3\xA0\x81\x81"), "\"\\udb40\\udc41\"");
  EXPECT_EQ(json_string("\xFFz"), "\"\xEF\xBF\xBDz\"");
  EXPECT_EQ(json::parse(json_string("\xF3\xA0\x81\x81")).get<std::string>(), "\xF3\xA0\x81\x81");
}

TEST(JsonWriterLayout, NestsAndIndents) {
  JsonWriter line;
  line.begin_object().member("a", std::uint64_t{1}).key("b").begin_array().value(true).null().end_array().end_object();
  EXPECT_EQ(line.text(), R"({"a":1,"b":[true,null]})");
  JsonWriter indented(JsonWriter::Layout::Indented);
  indented.begin_object()
      .key("a")
      .begin_array()
      .value("x")
      .value("y")
      .end_array()
      .key("b")
      .begin_object()
      .end_object()
      .end_object();
  EXPECT_EQ(indented.text(), "{\n  \"a\": [\n    \"x\",\n    \"y\"\n  ],\n  \"b\": {}\n}");
}

// ---- answers ------------------------------------------------------------------------------------------------

constexpr std::string_view kRegistryId =
    "/subscriptions/s/resourceGroups/rg-shared/providers/Microsoft.ContainerRegistry/registries/contoso";

/// One registry, one user in one group, and three assignments: direct, of the group, of somebody else.
class Answers : public testing::Test {
 protected:
  Answers() {
    model::SnapshotBuilder builder;
    const auto alice = builder.principal("a0000000-0000-4000-8000-000000000001");
    const auto team = builder.principal("b0000000-0000-4000-8000-000000000001");
    const auto mallory = builder.principal("c0000000-0000-4000-8000-000000000001");
    const auto registry = builder.scope(kRegistryId);
    const auto group = builder.scope("/subscriptions/s/resourceGroups/rg-shared");
    const auto pull = builder.role("7f951dda-4ed3-4680-a7ca-43fe172d538d");
    const auto push = builder.role("8311e382-0749-4cb8-b61a-304f252e45ec");
    model::Snapshot& draft = builder.draft();
    draft.principals[at(alice)].user_principal_name = "alice@contoso.com";
    draft.principals[at(team)].display_name = "platform-team";
    draft.principals[at(team)].kind = model::PrincipalKind::Group;
    draft.principals[at(mallory)].display_name = "x\x1B[2J\nYes. mallory can push";
    draft.roles[at(pull)].name = "AcrPull";
    draft.roles[at(push)].name = "AcrPush";
    const auto add = [&](model::PrincipalIndex principal, model::RoleIndex role, model::ScopeIndex scope,
                         const char* name) {
      model::RoleAssignment assignment;
      assignment.name = name;
      assignment.principal = principal;
      assignment.role = role;
      assignment.scope = scope;
      draft.role_assignments.push_back(assignment);
    };
    add(alice, push, registry, "00000000-0000-4000-8000-000000000001");
    add(team, pull, group, "00000000-0000-4000-8000-000000000002");
    add(mallory, push, registry, "00000000-0000-4000-8000-000000000003");
    model::Registry contoso;
    contoso.name = "contoso";
    contoso.id = kRegistryId;
    contoso.scope = registry;
    contoso.mode = model::PermissionMode::Abac;
    draft.registries.push_back(contoso);
    snapshot_ = std::move(builder).build();
    all_ = {alice, team};
    set_ = {.all = all_, .via = via_};
    question_.asker = evaluator::EntraAsker{.principal = alice,
                                            .known = true,
                                            .id = evaluator::ObjectId(snapshot_[alice]),
                                            .typed_as = "user-principal-name"};
    question_.operation = evaluator::find_operation("push");
    question_.text = evaluator::refer_to(text_);
    text_.principal = "alice@contoso.com";
    text_.operation = "push";
    text_.repository = "team/app";
  }

  static Node leaf(Reason reason, Truth value) {
    Node node;
    node.finding.reason = reason;
    node.value = value;
    return node;
  }
  static Node grant(Reason reason, Truth value, std::size_t assignment) {
    Node node = leaf(reason, value);
    node.finding.assignment = assignment;
    return node;
  }
  /// The children are copied into `memory`.
  static Node inner(evaluator::Memory& memory, Combine combine, Reason reason, const std::vector<Node>& children) {
    Node node;
    node.combine = combine;
    node.finding.reason = reason;
    for (const Node& child : children) node.children.push_back(memory.make<Node>(child));
    node.value = evaluator::recompute(node);
    return node;
  }
  /// The decision that consists of these findings about role assignments.
  static Decision decision(const std::vector<Node>& grants) {
    Decision result;
    evaluator::Memory& memory = result.memory;
    result.root = inner(memory, Combine::All, Reason::Answer,
                        {inner(memory, Combine::All, Reason::EntraDoor,
                               {inner(memory, Combine::Any, Reason::GrantsConsidered, grants)})});
    result.verdict = evaluator::verdict_of(result.root.value);
    return result;
  }
  /// From alice to the team.
  [[nodiscard]] evaluator::GroupPath through_team() const { return {&set_, 1}; }
  [[nodiscard]] Subject subject() const { return {snapshot_, question_}; }

  model::Snapshot snapshot_;
  evaluator::Question text_;
  evaluator::ResolvedQuestion question_;
  std::vector<model::PrincipalIndex> all_;
  std::vector<std::uint32_t> via_ = {0, 0};
  evaluator::AskerSet set_;
};

TEST_F(Answers, SayYesWithTheRoleTheScopeAndTheGroup) {
  EXPECT_EQ(sentence(decision({grant(Reason::Grants, Truth::True, 0)}), subject()),
            "Yes. alice@contoso.com can push team/app to contoso: AcrPush on the registry.");
  Node through = grant(Reason::GrantedThroughGroup, Truth::True, 1);
  through.finding.path = through_team();
  question_.operation = evaluator::find_operation("pull");
  text_.reference = "v1";
  EXPECT_EQ(
      sentence(decision({through}), subject()),
      "Yes. alice@contoso.com can pull team/app:v1 from contoso: AcrPull on resource group rg-shared, through group "
      "platform-team.");
}

TEST_F(Answers, SayNoWithTheIgnoredGrantFirst) {
  const Decision denied =
      decision({grant(Reason::OtherPrincipal, Truth::False, 2), grant(Reason::NotInRole, Truth::False, 1),
                grant(Reason::IgnoredByMode, Truth::False, 0)});
  EXPECT_EQ(sentence(denied, subject()),
            "No. alice@contoso.com cannot push team/app to contoso: AcrPush on the registry is ignored in the ABAC "
            "permission "
            "mode.");
}

TEST_F(Answers, SayThatNothingIsGrantedWhereOnlyOthersHoldRoles) {
  EXPECT_EQ(sentence(decision({grant(Reason::OtherPrincipal, Truth::False, 2)}), subject()),
            "No. alice@contoso.com cannot push team/app to contoso: no role assignment gives them the right.");
}

TEST_F(Answers, SayWhatIsOpen) {
  Decision open = decision({grant(Reason::MembershipUnknown, Truth::Unknown, 1)});
  open.unknowns = {{Cause::Kind::MissingDatum, "group-members", "platform-team", "az ad group member list --group b"},
                   {Cause::Kind::ContestedFact, "arm-private-link", "", "--assume arm-private-link=yes|no"}};
  EXPECT_EQ(sentence(open, subject()),
            "Undetermined. Whether alice@contoso.com can push team/app to contoso is open: the members of group "
            "platform-team "
            "are not in the data, and 1 more open point.");
  const std::string points = open_points(open, {});
  EXPECT_THAT(points, HasSubstr("az ad group member list --group b"));
  EXPECT_THAT(points, HasSubstr("--assume arm-private-link=yes|no"));
}

TEST_F(Answers, NameWhatWasTypedWhereItIsAnotherName) {
  auto& asker = std::get<evaluator::EntraAsker>(question_.asker);
  text_.principal = "aks-prod";
  asker.typed_as = "alias";
  EXPECT_EQ(subject().who(), "aks-prod (alice@contoso.com)");
  text_.principal = asker.id.text();
  asker.typed_as = "object-id";
  EXPECT_EQ(subject().who(), "alice@contoso.com");
  asker.known = false;
  EXPECT_EQ(subject().who(), asker.id.text());
}

TEST_F(Answers, NoNameForgesALine) {
  const Decision denied = decision({grant(Reason::OtherPrincipal, Truth::False, 2)});
  const std::string tree = explanation(denied, {}, subject(), {});
  EXPECT_THAT(tree, HasSubstr("x\\u{1B}[2J\\u{0A}Yes. mallory can push"));
  EXPECT_EQ(tree.find('\x1B'), std::string::npos);
  EXPECT_THAT(tree, Not(HasSubstr("\nYes. mallory")));
}

TEST_F(Answers, TheTreeShowsNearMissesBeforeOthersGrants) {
  Node condition = grant(Reason::ConditionFalse, Truth::False, 0);
  const std::string tree = explanation(
      decision({grant(Reason::OtherPrincipal, Truth::False, 2), grant(Reason::NotInRole, Truth::False, 1), condition}),
      {}, subject(), {});
  EXPECT_LT(tree.find("the condition of AcrPush"), tree.find("does not contain the right"));
  EXPECT_LT(tree.find("does not contain the right"), tree.find("is held by"));
}

TEST_F(Answers, EveryReasonHasWords) {
  const Decision none = decision({});
  for (std::size_t i = 0; i < static_cast<std::size_t>(Reason::Count); ++i) {
    for (const bool with_facts : {false, true}) {
      Node node = leaf(static_cast<Reason>(i), Truth::False);
      if (with_facts) {
        node.finding.assignment = 2;
        node.finding.detail = "x\x1B[2J\ny";
        node.finding.pattern = "*/read\n";
        node.finding.path = through_team();
        node.finding.count = 3;
      }
      const std::string words = in_words(node, subject(), Places(none, subject().registry()));
      EXPECT_FALSE(words.empty()) << info(node.finding.reason).code;
      EXPECT_TRUE(std::none_of(words.begin(), words.end(), [](char c) { return c >= 0 && c < ' '; })) << words;
    }
  }
}

TEST_F(Answers, EveryCauseHasWords) {
  for (const std::string_view code : {"registry-mode",
                                      "group-members",
                                      "role-definition",
                                      "management-groups",
                                      "condition-not-shown",
                                      "attribute",
                                      "unfinished-list",
                                      "role-assignments",
                                      "active-instance",
                                      "principal",
                                      "registry-setting",
                                      "scope-map",
                                      "token",
                                      "task-identity",
                                      "task-credential",
                                      "several-records",
                                      "owning-registry",
                                      "quarantine-state",
                                      "question-member",
                                      "repository-names",
                                      "connected-registry"}) {
    const std::string words = in_words(Cause{Cause::Kind::MissingDatum, std::string(code), "x\ny", ""});
    EXPECT_THAT(words, Not(StartsWith(std::string(code) + " "))) << "no words of its own";
    EXPECT_EQ(words.find('\n'), std::string::npos);
  }
}

/// The value of an inner node from its children, by the words of the contract alone.
std::string recomputed(const json& node) {
  const auto rank = [](const std::string& value) { return value == "false" ? 0 : value == "unknown" ? 1 : 2; };
  const std::vector<std::string> names = {"false", "unknown", "true"};
  std::vector<int> values;
  for (const json& child : node.at("children")) values.push_back(rank(child.at("value")));
  const std::string combine = node.at("combine");
  if (combine == "leaf") return node.at("value");
  if (combine == "all")
    return names[static_cast<std::size_t>(values.empty() ? 2 : *std::min_element(values.begin(), values.end()))];
  if (combine == "any")
    return names[static_cast<std::size_t>(values.empty() ? 0 : *std::max_element(values.begin(), values.end()))];
  if (combine == "not") return names[static_cast<std::size_t>(2 - values.at(0))];
  const bool same = std::equal(values.begin() + 1, values.end(), values.begin());
  return same ? names[static_cast<std::size_t>(values.at(0))] : "unknown";
}

void check(const json& node) {
  EXPECT_EQ(node.at("value"), recomputed(node)) << node.dump(2);
  for (const json& child : node.at("children")) check(child);
}

TEST_F(Answers, TheTraceAloneGivesTheVerdict) {
  Decision open =
      decision({grant(Reason::NotInRole, Truth::False, 0), grant(Reason::MembershipUnknown, Truth::Unknown, 1)});
  open.root.children.push_back(
      open.memory.make<Node>(inner(open.memory, Combine::Not, Reason::DeniesConsidered,
                                   {inner(open.memory, Combine::Any, Reason::DeniesConsidered, {})})));
  open.root.value = evaluator::recompute(open.root);
  const json answer = json::parse(answer_line_with_trace("7", open, subject(), {}));
  EXPECT_EQ(answer.at("id"), 7);
  EXPECT_EQ(answer.at("verdict"), "undetermined");
  check(answer.at("trace"));
  EXPECT_EQ(answer.at("trace").at("value"), "unknown");
}

TEST_F(Answers, JsonNamesThingsByNameAndId) {
  Node through = grant(Reason::GrantedThroughGroup, Truth::True, 1);
  through.finding.path = through_team();
  const json answer = json::parse(answer_line("null", decision({through}), subject()));
  EXPECT_TRUE(answer.at("id").is_null());
  EXPECT_EQ(answer.at("verdict"), "allow");
  EXPECT_FALSE(answer.contains("trace"));
  ASSERT_EQ(answer.at("reasons").size(), 1U);
  const json& reason = answer.at("reasons")[0];
  EXPECT_EQ(reason.at("code"), "granted-through-group");
  EXPECT_EQ(reason.at("role"), "AcrPull");
  EXPECT_EQ(reason.at("principal"), "platform-team");
  EXPECT_EQ(reason.at("path"), json::parse(R"(["alice@contoso.com","platform-team"])"));
  EXPECT_THAT(reason.at("assignment").get<std::string>(), HasSubstr("00000000-0000-4000-8000-000000000002"));
  EXPECT_EQ(answer.at("mode"), "abac");
  EXPECT_EQ(answer.at("registry"), "contoso");
  EXPECT_EQ(answer.at("repository"), "team/app");
}

TEST_F(Answers, SayOneReasonOnce) {
  const Decision twice =
      decision({grant(Reason::IgnoredByMode, Truth::False, 0), grant(Reason::IgnoredByMode, Truth::False, 0)});
  EXPECT_EQ(json::parse(answer_line("1", twice, subject())).at("reasons").size(), 1U);
}

TEST(ErrorLine, HasCodeMessageSuggestionsAndPlace) {
  AnswerError error{.code = "unknown-registry", .message = "no registry", .suggestions = {"contoso"}};
  EXPECT_EQ(error_line("\"q\"", error),
            R"({"id":"q","error":{"code":"unknown-registry","message":"no registry","suggestions":["contoso"]}})");
  error.where.emplace().line = 2;
  error.where->column = 5;
  EXPECT_THAT(error_line("null", error), HasSubstr(R"("line":2,"column":5)"));
}

// ---- conditions and diagnostics -----------------------------------------------------------------------------

TEST(OneLine, MovesTheSpanAlong) {
  model::SourceSpan span{6, 9};
  EXPECT_EQ(one_line("  a\n  xyz \t b ", span), "a xyz b");
  EXPECT_EQ(span, (model::SourceSpan{2, 5}));
  model::SourceSpan whole{0, 14};
  EXPECT_EQ(one_line("  a\n  xyz \t b ", whole), "a xyz b");
  EXPECT_EQ(whole, (model::SourceSpan{0, 7}));
}

TEST(ConditionView, MarksTheDecidingPartAndListsTheTests) {
  const std::string text = "(A) OR (B == 'b')";
  const evaluator::ConditionValue value{.truth = Truth::False, .decided_by = {8, 16}, .causes = {}};
  const std::vector<evaluator::ConditionStep> steps = {
      {.span = {0, 17}, .truth = Truth::False, .note = "", .first_difference = 0, .depth = 0, .cause = {}},
      {.span = {1, 2}, .truth = Truth::False, .note = "", .first_difference = 0, .depth = 1, .cause = {}},
      {.span = {8, 16},
       .truth = Truth::False,
       .note = "`c` is not `b`",
       .first_difference = 1,
       .depth = 1,
       .cause = {}}};
  EXPECT_EQ(condition_view(text, value, steps, 2, {}),
            "  (A) OR (B == 'b')\n"
            "          ^^^^^^^^\n"
            "  false   A\n"
            "  false   B == 'b'\n"
            "          `c` is not `b`; they differ at character 1\n");
}

TEST(DiagnosticText, PutsTheCaretBelowThePlace) {
  model::Diagnostic problem;
  problem.message = "unknown operator `StringEqual`";
  problem.file = "a.json";
  problem.line = 1;
  problem.excerpt = "@R[name] StringEqual 'x'";
  problem.column = 10;
  problem.span = model::SourceSpan{9, 20};
  problem.help = "did you mean `StringEquals`?";
  EXPECT_EQ(diagnostic("error", Style::Bad, problem, {}),
            "error: unknown operator `StringEqual`\n"
            "  --> a.json:1:10\n"
            "   | @R[name] StringEqual 'x'\n"
            "   |          ^^^^^^^^^^^\n"
            "  help: did you mean `StringEquals`?\n");
}

TEST(DiagnosticText, CutsALongLineAroundTheCaret) {
  model::Diagnostic problem;
  problem.message = "x";
  problem.line = 1;
  problem.column = 150;
  problem.excerpt = std::string(149, 'a') + "!" + std::string(10, 'b');
  const std::string text = diagnostic("error", Style::Bad, problem, {.colour = false, .width = 80});
  EXPECT_THAT(text, HasSubstr("a!b"));
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, 80U);
    begin = end + 1;
  }
}

}  // namespace
}  // namespace acrbiter::cli::report
