// How good tests of access are: what they touch, and which of the classic mistakes they would notice.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "evaluator/adequacy/coverage.h"
#include "evaluator/adequacy/mutants.h"
#include "evaluator/engine.h"
#include "evaluator/sets/access.h"
#include "evaluator/sets/diff.h"
#include "parser/condition_parser.h"
#include "parser/read.h"
#include "tests/reference/generate.h"
#include "tests/support/sanitized.h"

namespace acrbiter {
namespace {

using namespace evaluator::adequacy;
using evaluator::AccessSets;
using evaluator::Asker;
using evaluator::Engine;
using evaluator::Operation;
using evaluator::Verdict;
using model::RepositorySet;
using model::Snapshot;
using Kind = Item::Kind;

const std::string kRegistry =
    "/subscriptions/11111111-0000-0000-0000-000000000001/resourceGroups/rg/providers/"
    "Microsoft.ContainerRegistry/registries/contoso";
const std::string kAlice = "aaaaaaaa-0000-0000-0000-000000000001";
const std::string kBob = "aaaaaaaa-0000-0000-0000-000000000002";
const std::string kDevelopers = "dddddddd-0000-0000-0000-000000000001";

/// alice may read below backend/ by the condition that the portal writes, the developers (bob) may write everywhere.
Snapshot small_world(const std::string& prefix = "backend/") {
  const std::string registries = R"([{"id": ")" + kRegistry +
                                 R"(", "name": "contoso", "adminUserEnabled": false, "anonymousPullEnabled": false,)" +
                                 R"("roleAssignmentMode": "AbacRepositoryPermissions"}])";
  const std::string group = R"({"groupId": ")" + kDevelopers +
                            R"(", "value": [{"@odata.type": "#microsoft.graph.user",)" + R"("id": ")" + kBob +
                            R"(", "displayName": "bob"}]})";
  const std::string users =
      R"([{"@odata.type": "#microsoft.graph.user", "id": ")" + kAlice + R"(", "displayName": "alice"}])";
  const auto row = [](const std::string& number, const std::string& who, const std::string& kind,
                      const std::string& role, const std::string& condition) {
    return R"({"id": ")" + kRegistry + "/providers/Microsoft.Authorization/roleAssignments/e" + number +
           R"(", "name": "e)" + number + R"(", "type": "Microsoft.Authorization/roleAssignments", "principalId": ")" +
           who + R"(", "principalType": ")" + kind + R"(", "scope": ")" + kRegistry +
           R"(", "roleDefinitionId": "/x/roleDefinitions/)" + role + R"(", "conditionVersion": "2.0", "condition": )" +
           condition + "}";
  };
  const std::string condition =
      R"("((!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}) AND )"
      R"(!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/metadata/read'})) OR )"
      R"((@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringStartsWithIgnoreCase ')" +
      prefix + "'))\"";
  const std::string assignments = "[" + row("1", kAlice, "User", "b93aa761-3e63-49ed-ac28-beffa264f7ac", condition) +
                                  "," + row("2", kDevelopers, "Group", "2a1e307c-b015-4ebd-883e-5b7698a07328", "null") +
                                  "]";
  const parser::NamedText documents[] = {{"registries.json", registries},
                                         {"group-members.json", group},
                                         {"users.json", users},
                                         {"assignments.json", assignments}};
  auto snapshot = parser::read_documents(documents);
  EXPECT_TRUE(snapshot) << snapshot.error().front().message;
  return *std::move(snapshot);
}

std::optional<model::Condition> parse(const std::string& text) {
  auto parsed = parser::parse_condition(text);
  if (!parsed) return std::nullopt;
  return *std::move(parsed);
}

struct World {
  explicit World(Snapshot s) : snapshot(std::move(s)), engine(snapshot), sets(engine) {}
  Snapshot snapshot;
  Engine engine;
  AccessSets sets;

  [[nodiscard]] Asker asker(const std::string& name) const {
    evaluator::Question question;
    question.principal = name;
    question.registry = "contoso";
    question.operation = "pull";
    question.repository = "x";
    const auto resolved = engine.resolve(question);
    EXPECT_TRUE(resolved) << name;
    return resolved->asker;
  }
  [[nodiscard]] Asked asked(const std::vector<std::string>& who, const std::vector<std::string>& operations,
                            RepositorySet names) const {
    Asked result;
    for (const std::string& one : who) result.who.push_back(asker(one));
    for (const std::string& one : operations) result.operations.push_back(evaluator::find_operation(one));
    result.names = std::move(names);
    return result;
  }
};

std::size_t untouched(const Coverage& coverage, Kind kind) {
  const auto place = static_cast<std::size_t>(kind);
  return coverage.all[place] - coverage.touched[place];
}

TEST(Coverage, OfOneQuestionIsWhatItGoesThrough) {
  const World world(small_world());
  const std::vector<Asked> asked{world.asked({kAlice}, {"pull"}, RepositorySet::exactly("backend/api"))};
  const Coverage coverage = measure(world.sets, asked);
  EXPECT_EQ(coverage.all[static_cast<std::size_t>(Kind::Assignment)], 2U);
  EXPECT_EQ(untouched(coverage, Kind::Assignment), 1U);       // that of the developers
  EXPECT_EQ(untouched(coverage, Kind::ConditionBranch), 1U);  // names outside backend/
  EXPECT_EQ(coverage.all[static_cast<std::size_t>(Kind::NameClass)], 2U);
  EXPECT_EQ(untouched(coverage, Kind::NameClass), 1U);
  EXPECT_LT(coverage.percent(), 100U);
}

TEST(Coverage, EveryMissingQuestionTouchesWhatItIsFor) {
  const World world(small_world());
  std::vector<Asked> asked{world.asked({kAlice}, {"pull"}, RepositorySet::exactly("backend/api"))};
  for (int round = 0; round < 40; ++round) {
    const Coverage coverage = measure(world.sets, asked);
    const auto next = std::find_if(coverage.items.begin(), coverage.items.end(),
                                   [](const Item& item) { return !item.touched && item.missing; });
    if (next == coverage.items.end()) {
      for (const Item& item : coverage.items) EXPECT_TRUE(item.touched) << to_string(item.kind) << " " << item.right;
      EXPECT_EQ(coverage.percent(), 100U);
      EXPECT_GT(round, 3);
      return;
    }
    const MissingQuestion& question = *next->missing;
    EXPECT_EQ(world.engine.decide(
                  world.sets.question(question.asker, question.registry, *question.operation, question.repository)),
              question.verdict);
    Asked one;
    one.who = {question.asker};
    one.registry = question.registry;
    one.operations = {question.operation};
    one.names = question.repository.empty() ? RepositorySet::all() : RepositorySet::exactly(question.repository);
    asked.push_back(std::move(one));
  }
  FAIL() << "questions do not touch what they are for";
}

TEST(Coverage, RegistriesThatNobodyAsksAboutAreNamedAndNotCounted) {
  const World world(small_world());
  const Coverage coverage = measure(world.sets, {});
  EXPECT_TRUE(coverage.items.empty());
  EXPECT_EQ(coverage.not_looked_at, std::vector<std::size_t>{0});
  EXPECT_EQ(coverage.percent(), 100U);
}

/// The mistakes of one kind.
std::vector<Mutation> of_kind(const World& world, Mistake kind) {
  const std::size_t registry = 0;
  std::vector<Mutation> result;
  for (Mutation& mutation : mutations(world.engine, std::span(&registry, 1), parse)) {
    if (mutation.mistake == kind) result.push_back(std::move(mutation));
  }
  return result;
}

TEST(Mutants, ADroppedSlashLetsTheNeighbourIn) {
  const World world(small_world());
  const auto found = of_kind(world, Mistake::DropSlash);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].detail, "backend/");
  const World mutant(made(world.snapshot, found[0]));
  const auto told = difference(world.sets, mutant.sets, evaluator::data_operations());
  ASSERT_TRUE(told);
  EXPECT_EQ(told->before, Verdict::Deny);
  EXPECT_EQ(told->after, Verdict::Allow);
  EXPECT_TRUE(told->repository.starts_with("backend")) << told->repository;
  EXPECT_FALSE(told->repository.starts_with("backend/")) << told->repository;
}

TEST(Mutants, AConditionWithoutASlashHasNoneToDrop) {
  EXPECT_TRUE(of_kind(World(small_world("backend")), Mistake::DropSlash).empty());
}

TEST(Mutants, ADroppedGuardFreesItsAction) {
  const World world(small_world());
  const auto found = of_kind(world, Mistake::DropGuard);
  ASSERT_EQ(found.size(), 2U);
  const World mutant(made(world.snapshot, found[0]));
  const auto told = difference(world.sets, mutant.sets, evaluator::data_operations());
  ASSERT_TRUE(told);
  EXPECT_EQ(told->after, Verdict::Allow);
  EXPECT_EQ(told->operation->id, "pull");
}

TEST(Mutants, OfEveryOtherKindDoWhatTheirNameSays) {
  const World world(small_world());
  const auto conditions = of_kind(world, Mistake::DropCondition);
  ASSERT_EQ(conditions.size(), 1U);
  EXPECT_EQ(made(world.snapshot, conditions[0]).role_assignments[conditions[0].assignment].condition,
            model::kNoCondition);
  const auto scopes = of_kind(world, Mistake::WidenScope);
  ASSERT_EQ(scopes.size(), 2U);
  const Snapshot wider = made(world.snapshot, scopes[0]);
  const auto& row = wider.role_assignments[scopes[0].assignment];
  EXPECT_EQ(wider[row.scope].kind, model::ScopeKind::ResourceGroup);
  EXPECT_EQ(model::assignment_id(wider, row),
            model::assignment_id(world.snapshot, world.snapshot.role_assignments[scopes[0].assignment]));
  const auto roles = of_kind(world, Mistake::SwapRole);
  ASSERT_EQ(roles.size(), 2U);
  EXPECT_EQ(world.snapshot[roles[0].role].name, "Container Registry Repository Writer");
  const auto modes = of_kind(world, Mistake::FlipMode);
  ASSERT_EQ(modes.size(), 1U);
  EXPECT_EQ(made(world.snapshot, modes[0]).registries[0].mode, model::PermissionMode::Legacy);
  const auto members = of_kind(world, Mistake::AddMember);
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(world.snapshot[members[0].member].display_name, "alice");
}

TEST(Mutants, AWiderScopeWithNothingElseInItMeansTheSame) {
  const World world(small_world());
  for (const Mutation& mutation : of_kind(world, Mistake::WidenScope)) {
    const World mutant(made(world.snapshot, mutation));
    EXPECT_FALSE(difference(world.sets, mutant.sets, evaluator::data_operations()));
  }
}

/// A difference is one, and where none is told brute force finds none.
TEST(RandomMutants, DifferencesAreWhatTheInterpreterSays) {
  const std::uint64_t tenants = support::kSanitized ? 2 : 8;
  std::map<Mistake, std::size_t> seen;
  std::size_t same = 0;
  const auto operations = evaluator::data_operations();
  for (std::uint64_t seed = 1; seed <= tenants; ++seed) {
    reference::Dice dice(seed);
    const World world(reference::random_snapshot(dice));
    std::vector<std::size_t> registries;
    for (std::size_t r = 0; r < world.snapshot.registries.size(); ++r) registries.push_back(r);
    for (const Mutation& mutation : mutations(world.engine, registries, parse)) {
      const World mutant(made(world.snapshot, mutation));
      const auto told = difference(world.sets, mutant.sets, operations);
      ++seen[mutation.mistake];
      const auto ask = [&](const World& in, const Asker& asker, std::size_t registry, const Operation& operation,
                           const std::string& name) {
        return in.engine.decide(
            in.sets.question(asker, registry, operation, operation.takes_repository ? name : std::string()));
      };
      if (told) {
        EXPECT_EQ(ask(world, told->asker, told->registry, *told->operation, told->repository), told->before) << seed;
        EXPECT_EQ(ask(mutant, told->asker, told->registry, *told->operation, told->repository), told->after) << seed;
        EXPECT_NE(told->before, told->after) << seed;
        continue;
      }
      ++same;
      for (std::size_t a = 0; a < world.sets.askers().size(); a += 3) {
        const Asker& asker = world.sets.askers()[a];
        for (const std::size_t registry : registries) {
          for (std::size_t o = 0; o < operations.size(); o += 4) {
            for (const std::string name : {"app", "backend/api", "backend-infra/k8s", "team/x"}) {
              EXPECT_EQ(ask(world, asker, registry, *operations[o], name),
                        ask(mutant, asker, registry, *operations[o], name))
                  << seed << " " << to_string(mutation.mistake) << " " << operations[o]->id << " " << name;
            }
          }
        }
      }
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(same, 0U);
  if (support::kSanitized) return;  // a few tenants do not have every kind
  for (const Mistake kind : {Mistake::DropSlash, Mistake::DropCondition, Mistake::WidenScope, Mistake::SwapRole,
                             Mistake::FlipMode, Mistake::AddMember, Mistake::RemoveDeny}) {
    EXPECT_GT(seen[kind], 0U) << to_string(kind);
  }
}

}  // namespace
}  // namespace acrbiter
