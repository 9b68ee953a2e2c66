// Sets of names against the interpreter and the naive reference, on seeded random tenants: three ways to one answer.
//
// ACRBITER_SETS_CASES=N compares answers for N names (100,000 unless said; fewer in builds with sanitizers),
// ACRBITER_REFERENCE_SEED=N starts elsewhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "evaluator/engine.h"
#include "evaluator/sets/access.h"
#include "evaluator/sets/known_texts.h"
#include "parser/read.h"
#include "tests/reference/generate.h"
#include "tests/reference/reference.h"
#include "tests/support/environment.h"
#include "tests/support/sanitized.h"

namespace acrbiter {
namespace {

using evaluator::Access;
using evaluator::AccessSets;
using evaluator::Verdict;
using model::RepositorySet;
using model::Truth;
using support::number_from_environment;

constexpr std::uint64_t kDefaultCases = support::kSanitized ? 4'000 : 100'000;
constexpr int kCasesPerTenant = 25;

/// A registry in ABAC mode, and the export that shows it.
const std::string kRegistry =
    "/subscriptions/11111111-0000-0000-0000-000000000001/resourceGroups/rg/providers/"
    "Microsoft.ContainerRegistry/registries/contoso";
const std::string kRegistries =
    R"([{"id": ")" + kRegistry +
    R"(", "name": "contoso", "adminUserEnabled": false, "roleAssignmentMode": "AbacRepositoryPermissions"}])";

/// Names worth asking about: of the set's edges and of other questions.
std::vector<std::string> names_to_try(const Access& access, reference::Dice& dice, const model::Snapshot& snapshot) {
  std::set<std::string> names;
  for (const RepositorySet& set :
       {access.certain, access.possible - access.certain, ~access.possible, ~access.certain}) {
    RepositorySet rest = set;
    for (int i = 0; i < 3; ++i) {
      const auto name = rest.shortest();
      if (!name) break;
      names.insert(*name);
      rest -= RepositorySet::starting_with(*name);
    }
  }
  for (int i = 0; i < 6; ++i) {
    const std::string name = reference::random_question(dice, snapshot).repository;
    names.insert(name);
    names.insert(name + "/x");
    if (name.size() > 1) names.insert(name.substr(0, name.size() - 1));
  }
  names.erase("");
  return {names.begin(), names.end()};
}

Truth truth_of(Verdict verdict) { return static_cast<Truth>(verdict); }

std::string told(const model::Snapshot& snapshot, const evaluator::Question& question) {
  return reference::describe(snapshot) + reference::describe(question);
}

TEST(RandomSets, AgreeWithTheInterpreterAndTheReference) {
  const std::uint64_t seed = number_from_environment("ACRBITER_REFERENCE_SEED", 1);
  const std::uint64_t cases = number_from_environment("ACRBITER_SETS_CASES", kDefaultCases);
  std::uint64_t looked_at = 0;
  std::uint64_t points = 0;
  std::uint64_t between = 0;
  for (std::uint64_t tenant = 0; points < cases; ++tenant) {
    reference::Dice dice(seed + tenant * 7919);
    const model::Snapshot snapshot = reference::random_snapshot(dice);
    const evaluator::Engine engine(snapshot);
    for (int i = 0; i < kCasesPerTenant; ++i) {
      evaluator::Question question = reference::random_question(dice, snapshot);
      question.reference.clear();
      question.source.reset();
      question.source_registry_auth.reset();
      question.endpoint.reset();
      question.login_server.reset();
      question.literal.reset();
      if (dice.chance(80)) question.network.reset();
      if (dice.chance(80)) question.credential.reset();
      const auto resolved = engine.resolve(question);
      if (!resolved || resolved->operation == nullptr) continue;
      ++looked_at;
      const evaluator::Operation& operation = *resolved->operation;
      const AccessSets sets(engine, {.at = question.at,
                                     .network = question.network,
                                     .credential = question.credential,
                                     .readings = resolved->readings});
      const Access access = sets.access(resolved->asker, resolved->registry, operation);
      const Access by_cells =
          access_by_cells(engine, sets.question(resolved->asker, resolved->registry, operation, {}));
      ASSERT_EQ(access, by_cells) << "certain  " << access.certain.pattern() << "\n  cells  "
                                  << by_cells.certain.pattern() << "\npossible " << access.possible.pattern()
                                  << "\n  cells  " << by_cells.possible.pattern() << "\n"
                                  << told(snapshot, question);
      ASSERT_TRUE(access.certain <= access.possible);
      ASSERT_EQ(access.causes.empty(), access.certain == access.possible) << told(snapshot, question);
      between += access.certain == access.possible ? 0U : 1U;
      for (const std::string& name : names_to_try(access, dice, snapshot)) {
        if (!RepositorySet::all().contains(name)) continue;
        ++points;
        const auto asked = sets.question(resolved->asker, resolved->registry, operation, name);
        const Truth decided = truth_of(engine.decide(asked));
        const Truth by_tables = sets.decide(resolved->asker, resolved->registry, operation, name);
        ASSERT_EQ(access.at(name), decided) << name << "\n" << told(snapshot, question);
        ASSERT_EQ(by_tables, decided) << name << "\n" << told(snapshot, question);
        // The reference asks for a repository where an import takes its source from.
        if (operation.special == evaluator::Special::ExportFrom) continue;
        evaluator::Question typed = question;
        if (operation.takes_repository) typed.repository = name;
        if (!operation.takes_repository) typed.repository.clear();
        const auto reference = reference::reference_decide(snapshot, typed, {}).verdict;
        ASSERT_TRUE(reference.has_value()) << told(snapshot, typed);
        ASSERT_EQ(truth_of(*reference), decided) << told(snapshot, typed);
      }
    }
  }
  RecordProperty("accesses", static_cast<int>(looked_at));
  RecordProperty("names", static_cast<int>(points));
  EXPECT_GT(between, looked_at / 50) << "hardly any access was undetermined";
}

/// Some operations of every kind, and some names.
std::vector<const evaluator::Operation*> operations_to_try(reference::Dice& dice) {
  std::vector<const evaluator::Operation*> chosen{evaluator::find_operation("pull"), evaluator::find_operation("push")};
  const auto all = evaluator::operations();
  for (int i = 0; i < 4; ++i) chosen.push_back(&all[dice.below(all.size())]);
  // Pull by another name, and two that have rules of their own in the ABAC mode.
  for (const char* id : {"list-referrers", "list-deleted", "sign"}) chosen.push_back(evaluator::find_operation(id));
  return chosen;
}

TEST(RandomSets, OfEverybodyAtOnceAreThoseOfEach) {
  const std::uint64_t seed = number_from_environment("ACRBITER_REFERENCE_SEED", 1);
  std::size_t shared = 0;
  for (std::uint64_t tenant = 0; tenant < (support::kSanitized ? 20 : 150); ++tenant) {
    reference::Dice dice(seed + tenant * 104729);
    const model::Snapshot snapshot = reference::random_snapshot(dice);
    const evaluator::Engine engine(snapshot);
    evaluator::Question question = reference::random_question(dice, snapshot);
    const AccessSets sets(engine, {.at = question.at, .network = {}, .credential = {}, .readings = {}});
    const std::size_t registry = dice.below(snapshot.registries.size());
    const auto operations = operations_to_try(dice);
    std::vector<std::string> repositories{"app", "app/web", "backend/api", "team/x", "No-Name", "backend-infra/k8s"};
    for (int i = 0; i < 70; ++i) repositories.push_back("many/" + std::to_string(i));

    const evaluator::Matrix matrix = sets.matrix(registry, repositories, operations);
    std::set<evaluator::AskerIndex> in_rows;
    for (const evaluator::Matrix::Row& row : matrix.rows) {
      shared += row.askers.size() - 1;
      for (const evaluator::AskerIndex asker : row.askers) {
        EXPECT_TRUE(in_rows.insert(asker).second);
        for (std::size_t r = 0; r < 12; ++r) {
          for (std::size_t o = 0; o < operations.size(); ++o) {
            const auto asked =
                sets.question(sets.askers()[model::at(asker)], registry, *operations[o], repositories[r]);
            ASSERT_EQ(matrix.at(row, r, o), truth_of(engine.decide(asked)))
                << repositories[r] << " " << operations[o]->id << "\n"
                << reference::describe(snapshot);
          }
        }
      }
    }
    EXPECT_EQ(in_rows.size(), sets.askers_at(registry).size());

    const evaluator::Operation& operation = *operations[dice.below(operations.size())];
    std::vector<AccessSets::Holder> holders;
    std::vector<AccessSets::Reachable> reachable;
    for (const evaluator::AskerIndex asker : sets.askers_at(registry)) {
      const evaluator::Asker& who = sets.askers()[model::at(asker)];
      const Truth value = truth_of(engine.decide(sets.question(who, registry, operation, "app/web")));
      if (value != Truth::False) holders.push_back({asker, value});
      Access access = sets.access(who, registry, operation);
      if (!access.possible.empty()) reachable.push_back({asker, std::move(access)});
    }
    const auto told_holders = sets.who_can(registry, operation, "app/web");
    ASSERT_EQ(told_holders.size(), holders.size()) << reference::describe(snapshot);
    for (std::size_t i = 0; i < holders.size(); ++i) {
      EXPECT_EQ(told_holders[i].asker, holders[i].asker);
      EXPECT_EQ(told_holders[i].value, holders[i].value);
    }
    const auto told_reachable = sets.who_can(registry, operation);
    ASSERT_EQ(told_reachable.size(), reachable.size()) << reference::describe(snapshot);
    for (std::size_t i = 0; i < reachable.size(); ++i) {
      EXPECT_EQ(told_reachable[i].asker, reachable[i].asker);
      EXPECT_EQ(told_reachable[i].access, reachable[i].access);
      EXPECT_EQ(told_reachable[i].access.causes, reachable[i].access.causes);
    }
    const evaluator::AccessTable table = sets.who_can(registry, operations);
    std::set<evaluator::AskerIndex> in_classes;
    for (const evaluator::AccessTable::Class& same : table.classes) {
      for (const evaluator::AskerIndex asker : same.askers) {
        EXPECT_TRUE(in_classes.insert(asker).second);
        for (std::size_t o = 0; o < operations.size(); ++o) {
          const Access own = sets.access(sets.askers()[model::at(asker)], registry, *operations[o]);
          const Access& told = table.accesses[same.accesses[o]];
          ASSERT_EQ(told, own) << operations[o]->id << "\n" << reference::describe(snapshot);
          ASSERT_EQ(told.causes, own.causes) << operations[o]->id << "\n" << reference::describe(snapshot);
        }
      }
    }
    EXPECT_EQ(in_classes.size(), sets.askers_at(registry).size());
  }
  EXPECT_GT(shared, 0U) << "no two askers were ever alike";
}

TEST(Sets, AConditionOnTheAskerIsAskedForEachOfThem) {
  const std::string users = R"([
      {"@odata.type": "#microsoft.graph.user", "id": "aaaaaaaa-0000-0000-0000-000000000001", "displayName": "red",
       "customSecurityAttributes": {"Eng": {"Team": "red"}}},
      {"@odata.type": "#microsoft.graph.user", "id": "aaaaaaaa-0000-0000-0000-000000000002", "displayName": "blue",
       "customSecurityAttributes": {"Eng": {"Team": "blue"}}}])";
  std::string assignments = "[";
  for (const char* digit : {"1", "2"}) {
    assignments += assignments.size() > 1 ? "," : "";
    assignments += R"({"id": ")" + kRegistry + R"(/providers/Microsoft.Authorization/roleAssignments/e)" + digit +
                   R"(", "name": "e)" + digit + R"(", "principalId": "aaaaaaaa-0000-0000-0000-00000000000)" + digit +
                   R"(", "principalType": "User", "scope": ")" + kRegistry +
                   R"(", "roleDefinitionId": "/x/roleDefinitions/b93aa761-3e63-49ed-ac28-beffa264f7ac",)" +
                   R"("roleDefinitionName": "Container Registry Repository Reader", "conditionVersion": "2.0",)" +
                   // Blanks may stand anywhere between the words of a condition.
                   R"("condition": "@ Principal [Microsoft.Directory/CustomSecurityAttributes/Id:Eng_Team])" +
                   R"( StringEquals 'red'"})";
  }
  assignments += "]";
  const parser::NamedText documents[] = {
      {"registries.json", kRegistries}, {"users.json", users}, {"assignments.json", assignments}};
  const auto snapshot = parser::read_documents(documents);
  ASSERT_TRUE(snapshot) << snapshot.error().front().message;
  const evaluator::Engine engine(*snapshot);
  const AccessSets sets(engine);
  const evaluator::Operation& pull = *evaluator::find_operation("pull");
  std::size_t allowed = 0;
  for (const evaluator::AskerIndex index : sets.askers_at(0)) {
    const evaluator::Asker& asker = sets.askers()[model::at(index)];
    const auto decided = truth_of(engine.decide(sets.question(asker, 0, pull, "app")));
    EXPECT_EQ(sets.access(asker, 0, pull).at("app"), decided);
    EXPECT_EQ(sets.decide(asker, 0, pull, "app"), decided);
    const auto holders = sets.who_can(0, pull);
    const bool holds = std::any_of(holders.begin(), holders.end(), [&](const auto& h) { return h.asker == index; });
    EXPECT_EQ(holds, decided != Truth::False);
    allowed += decided == Truth::True ? 1U : 0U;
  }
  EXPECT_EQ(allowed, 1U);
}

TEST(Sets, ARoleOfWhichOnlyPartIsKnownLeavesEverythingOpenInBothEngines) {
  std::size_t opened = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    reference::Dice dice(seed);
    model::Snapshot snapshot = reference::random_snapshot(dice);
    // As the reader leaves a role of which infrastructure code declares what only the deployment will know.
    for (model::RoleDefinition& role : snapshot.roles) {
      if (!role.defined || !dice.chance(30)) continue;
      role.defined = false;
      role.open = true;
    }
    const evaluator::Engine engine(snapshot);
    const AccessSets sets(engine);
    const evaluator::Operation& pull = *evaluator::find_operation("pull");
    for (std::size_t registry = 0; registry < snapshot.registries.size(); ++registry) {
      for (const evaluator::AskerIndex index : sets.askers_at(registry)) {
        const evaluator::Asker& asker = sets.askers()[model::at(index)];
        const Access access = sets.access(asker, registry, pull);
        for (const char* name : {"app", "team/x", "backend/api"}) {
          const Truth decided = truth_of(engine.decide(sets.question(asker, registry, pull, name)));
          EXPECT_EQ(access.at(name), decided) << seed << " " << name;
          EXPECT_EQ(sets.decide(asker, registry, pull, name), decided) << seed << " " << name;
          opened += decided == Truth::Unknown ? 1U : 0U;
        }
      }
    }
  }
  EXPECT_GT(opened, 0U);
}

TEST(Sets, AConditionUnderAScopeThatMayNotCoverIsPossibleAndNeverCertain) {
  const std::string scope = "/providers/Microsoft.Management/managementGroups/apart";
  const std::string assignments =
      R"([{"id": ")" + scope + R"(/providers/Microsoft.Authorization/roleAssignments/e1", "name": "e1",)" +
      R"("principalId": "aaaaaaaa-0000-0000-0000-000000000001", "principalType": "User", "scope": ")" + scope +
      R"(", "roleDefinitionId": "/providers/x/roleDefinitions/b93aa761-3e63-49ed-ac28-beffa264f7ac",)" +
      R"("roleDefinitionName": "Container Registry Repository Reader", "conditionVersion": "2.0", "condition":)" +
      R"("@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringStartsWith 'team/'"}])";
  const parser::NamedText documents[] = {{"registries.json", kRegistries}, {"assignments.json", assignments}};
  const auto snapshot = parser::read_documents(documents);
  ASSERT_TRUE(snapshot) << snapshot.error().front().message;
  evaluator::Readings readings;
  ASSERT_TRUE(readings.pin("unplaced-management-group", "unknown"));
  ASSERT_TRUE(readings.pin("missing-role-assignments", "nothing"));
  const evaluator::Engine engine(*snapshot);
  const AccessSets sets(engine, {.at = {}, .network = {}, .credential = {}, .readings = readings});
  const evaluator::Operation& pull = *evaluator::find_operation("pull");
  evaluator::Question question;
  question.principal = "aaaaaaaa-0000-0000-0000-000000000001";
  question.registry = "contoso";
  question.operation = "pull";
  question.repository = "team/app";
  const auto resolved = engine.resolve(question);
  ASSERT_TRUE(resolved);
  const Access access = sets.access(resolved->asker, 0, pull);
  EXPECT_TRUE(access.certain.empty()) << access.certain.pattern();
  EXPECT_EQ(access.possible, RepositorySet::starting_with("team/"));
  EXPECT_EQ(sets.decide(resolved->asker, 0, pull, "team/app"), Truth::Unknown);
}

/// One registry in ABAC mode, on which one person may read where `condition` holds.
model::Snapshot reader_under(const std::string& condition) {
  const std::string assignments =
      R"([{"id": ")" + kRegistry + R"(/providers/Microsoft.Authorization/roleAssignments/e1", "name": "e1",)" +
      R"("principalId": "aaaaaaaa-0000-0000-0000-000000000001", "principalType": "User", "scope": ")" + kRegistry +
      R"(", "roleDefinitionId": "/providers/x/roleDefinitions/b93aa761-3e63-49ed-ac28-beffa264f7ac",)" +
      R"("roleDefinitionName": "Container Registry Repository Reader", "conditionVersion": "2.0", "condition":")" +
      condition + R"("}])";
  const parser::NamedText documents[] = {{"registries.json", kRegistries}, {"assignments.json", assignments}};
  auto snapshot = parser::read_documents(documents);
  EXPECT_TRUE(snapshot) << snapshot.error().front().message;
  return *std::move(snapshot);
}

TEST(Sets, TestsOfTheNameAreThoseOfTheInterpreterWhateverTheirLengths) {
  const std::string name = "@Request[Microsoft.ContainerRegistry/registries/repositories:name]";
  const auto test = [&](std::string_view op, std::string_view text) {
    return name + " " + std::string(op) + " '" + std::string(text) + "'";
  };
  const std::vector<std::string> conditions = {
      test("StringEquals", "a"),
      test("StringEqualsIgnoreCase", "TEAM/X"),
      test("StringStartsWith", "abc"),
      test("StringNotStartsWith", "team"),
      test("StringStartsWith", "Team/app"),
      test("StringStartsWithIgnoreCase", "Team/app-1"),
      test("StringStartsWith", "ab") + " OR " + test("StringEquals", "team/app-12") + " OR " +
          test("StringStartsWith", "xeam/"),
      test("StringNotEquals", "team/x") + " OR " + test("StringStartsWith", "abc"),
      "!(" + test("StringStartsWith", "abc") + " OR " + test("StringEquals", "team/x") + ")",
      test("StringStartsWith", "team/") + " AND " + test("StringNotEquals", "team/x"),
      test("StringLike", "*/app-*") + " OR " + test("StringEquals", "abcd"),
  };
  const std::vector<std::string> repositories = {
      "a",
      "b",
      "ab",
      "abc",
      "abd",
      "abcd",
      "team",
      "team/",
      "team/x",
      "team/y",
      "team/app",
      "team/app-1",
      "team/app-12",
      "team/app-13",
      "xeam/app",
      "yeam/app",
      "Team/x",
      "TEAM/X",
      "team/app-1!",
      "abc\n",
      "abcdefgh\xff",
      "-/_.",
      "team/app-12/image",
  };
  for (const std::string& condition : conditions) {
    const model::Snapshot snapshot = reader_under(condition);
    const evaluator::Engine engine(snapshot);
    const AccessSets sets(engine);
    evaluator::Batch batch(sets);
    for (int round = 0; round < 2; ++round) {  // names are looked up, then remembered
      for (const std::string& repository : repositories) {
        evaluator::Question question;
        question.principal = "aaaaaaaa-0000-0000-0000-000000000001";
        question.registry = "contoso";
        question.operation = "pull";
        question.repository = repository;
        const auto resolved = engine.resolve(question);
        ASSERT_TRUE(resolved);
        const Truth expected = truth_of(engine.decide(*resolved));
        EXPECT_EQ(sets.decide(resolved->asker, 0, *resolved->operation, repository), expected)
            << condition << " of " << repository;
        EXPECT_EQ(batch.decide(question.principal, "pull", "contoso", repository), expected)
            << condition << " of " << repository;
      }
    }
  }
}

TEST(KnownTexts, AreFoundWhateverTheirLengthsAndNumber) {
  evaluator::KnownTexts known;
  const auto text_of = [](std::uint32_t i) { return std::to_string(i) + std::string(i % 40, 'x'); };
  EXPECT_EQ(known.find(""), evaluator::KnownTexts::kUnknown);
  known.add("", 1'000'000);
  for (std::uint32_t i = 0; i < 5'000; ++i) {
    EXPECT_EQ(known.find(text_of(i)), evaluator::KnownTexts::kUnknown);
    known.add(text_of(i), i);
    known.add(text_of(i), i + 1);  // what was said first stands
  }
  for (std::uint32_t i = 0; i < 5'000; ++i) {
    EXPECT_EQ(known.find(text_of(i)), i);
    EXPECT_EQ(known.find(text_of(i) + "y"), evaluator::KnownTexts::kUnknown);
  }
  EXPECT_EQ(known.find(""), 1'000'000U);
}

TEST(Sets, NobodyAsksByTheIdOfAnApplication) {
  const std::string assignments =
      R"([{"name": "e1", "principalId": "cccccccc-0000-0000-0000-000000000001", "scope": "/",)"
      R"("type": "Microsoft.Authorization/roleAssignments",)"
      R"("principalType": "ServicePrincipal", "condition": null,)"
      R"("roleDefinitionId": "/subscriptions/11111111-0000-0000-0000-000000000001/providers/x/roleDefinitions/b93aa761-3e63-49ed-ac28-beffa264f7ac",)"
      R"("roleDefinitionName": "Container Registry Repository Reader"}])";
  const std::string service_principals =
      R"([{"id": "aaaaaaaa-0000-0000-0000-000000000001", "appId": "cccccccc-0000-0000-0000-000000000001",)"
      R"("displayName": "ci", "servicePrincipalType": "Application"}])";
  const parser::NamedText documents[] = {
      {"registries.json", kRegistries}, {"assignments.json", assignments}, {"sp.json", service_principals}};
  const auto snapshot = parser::read_documents(documents);
  ASSERT_TRUE(snapshot) << snapshot.error().front().message;
  const evaluator::Engine engine(*snapshot);
  const AccessSets sets(engine, {});
  std::vector<std::string> ids;
  for (const evaluator::Asker& asker : sets.askers()) {
    if (const auto* entra = std::get_if<evaluator::EntraAsker>(&asker)) ids.emplace_back(entra->id.text());
  }
  EXPECT_EQ(ids, std::vector<std::string>{"aaaaaaaa-0000-0000-0000-000000000001"});
}

TEST(RandomSets, QuestionsAsTextAreAnsweredAsTheEngineAnswersThem) {
  const std::uint64_t seed = number_from_environment("ACRBITER_REFERENCE_SEED", 1);
  std::size_t understood = 0;
  for (std::uint64_t tenant = 0; tenant < (support::kSanitized ? 10 : 60); ++tenant) {
    reference::Dice dice(seed + tenant * 15485863);
    const model::Snapshot snapshot = reference::random_snapshot(dice);
    const evaluator::Engine engine(snapshot);
    const AccessSets sets(engine);
    evaluator::Batch batch(sets);
    std::vector<evaluator::Question> questions;
    for (int i = 0; i < 60; ++i) {
      const evaluator::Question any = reference::random_question(dice, snapshot);
      evaluator::Question question;
      question.principal = dice.chance(5) ? "nobody@example.com" : any.principal;
      question.registry = any.registry;
      question.operation = any.operation;
      question.action = any.action;
      if (dice.chance(20)) {
        const auto rights = evaluator::catalogue_rights();
        question.operation.clear();
        question.action = rights[dice.below(rights.size())].action;
      }
      question.repository = dice.chance(10) ? "" : any.repository;
      questions.push_back(question);
    }
    for (int round = 0; round < 2; ++round) {  // names are looked up, then remembered
      for (const evaluator::Question& question : questions) {
        const auto resolved = engine.resolve(question);
        const std::string& what = question.operation.empty() ? question.action : question.operation;
        const auto value = batch.decide(question.principal, what, question.registry, question.repository);
        ASSERT_EQ(value.has_value(), resolved.has_value()) << told(snapshot, question);
        if (!resolved) continue;
        ++understood;
        ASSERT_EQ(*value, truth_of(engine.decide(*resolved))) << told(snapshot, question);
      }
      std::vector<evaluator::Batch::Asked> asked;
      for (const evaluator::Question& q : questions)
        asked.push_back({q.principal, q.operation.empty() ? q.action : q.operation, q.registry, q.repository});
      std::vector<std::optional<Truth>> answers(asked.size());
      batch.decide(asked, answers);
      for (std::size_t i = 0; i < asked.size(); ++i) {
        EXPECT_EQ(answers[i],
                  batch.decide(asked[i].principal, asked[i].operation, asked[i].registry, asked[i].repository));
      }
    }
  }
  EXPECT_GT(understood, 1'000U);
}

}  // namespace
}  // namespace acrbiter
