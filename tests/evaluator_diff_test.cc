// A comparison of two states of access against the interpreter, asked on both sides name by name.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "evaluator/engine.h"
#include "evaluator/sets/diff.h"
#include "model/snapshot_builder.h"
#include "tests/reference/generate.h"
#include "tests/support/environment.h"
#include "tests/support/sanitized.h"

namespace acrbiter {
namespace {

using evaluator::AccessChange;
using evaluator::AccessDiff;
using evaluator::AccessSets;
using evaluator::Asker;
using evaluator::Engine;
using evaluator::Operation;
using evaluator::Verdict;
using model::PermissionMode;
using model::Snapshot;
using reference::Dice;

/// ACRBITER_TENANTS=N looks at N of them.
const std::uint64_t kTenants = support::number_from_environment("ACRBITER_TENANTS", support::kSanitized ? 10 : 150);

const std::vector<std::string> kNames = {"app",     "app/web",     "backend", "backend/api", "backend-infra/k8s",
                                         "team/x",  "a",           "zz",      "app/",        "backend/",
                                         "other/x", "sandbox/app", "team",    "team/x/y",    "0"};

std::vector<const Operation*> some_operations() {
  std::vector<const Operation*> result;
  for (const char* id : {"pull", "push", "delete", "list-repositories", "list-tags", "untag", "list-deleted", "sign"}) {
    result.push_back(evaluator::find_operation(id));
  }
  return result;
}

/// One side with all that is made from its snapshot.
struct Side {
  explicit Side(Snapshot s) : snapshot(std::move(s)), engine(snapshot), sets(engine) {}
  Snapshot snapshot;
  Engine engine;
  AccessSets sets;

  Verdict ask(const std::optional<Asker>& asker, const std::optional<std::size_t>& registry, const Operation& operation,
              const std::string& name) const {
    if (!asker || !registry) return Verdict::Deny;
    return engine.decide(sets.question(*asker, *registry, operation, operation.takes_repository ? name : ""));
  }
};

/// Which of the four sets, if any, must hold a name whose verdict went from one to another.
std::string expected(Verdict before, Verdict after) {
  if (before == after) return "none";
  const bool gain = after > before;
  if (before != Verdict::Undetermined && after != Verdict::Undetermined) return gain ? "gained" : "lost";
  return gain ? "possibly gained" : "possibly lost";
}

std::string found(const AccessChange* change, const std::string& name) {
  std::vector<std::string> in;
  if (change != nullptr) {
    if (change->gained.contains(name)) in.emplace_back("gained");
    if (change->possibly_gained.contains(name)) in.emplace_back("possibly gained");
    if (change->lost.contains(name)) in.emplace_back("lost");
    if (change->possibly_lost.contains(name)) in.emplace_back("possibly lost");
  }
  if (in.empty()) return "none";
  return in.size() == 1 ? in.front() : "several";
}

/// Every asker, registry, operation and name of both sides. Returns how many of them changed.
std::size_t check(const Side& before, const Side& after, const std::string& what) {
  const auto operations = some_operations();
  const AccessDiff diff = evaluator::compare(before.sets, after.sets, operations);
  std::map<std::tuple<std::size_t, std::size_t, const Operation*>, const AccessChange*> changes;
  for (const evaluator::ChangeGroup& group : diff.groups) {
    EXPECT_FALSE(group.askers.empty());
    EXPECT_FALSE(group.changes.empty());
    for (const evaluator::OperationChange& change : group.changes) {
      EXPECT_FALSE(change.change.none());
      const bool possible = !change.change.possibly_gained.empty() || !change.change.possibly_lost.empty();
      EXPECT_EQ(possible, !diff.cause_lists[change.causes].empty()) << what;
      for (const std::size_t asker : group.askers) {
        for (const Operation* operation : change.operations) {
          EXPECT_TRUE(changes.emplace(std::tuple{group.registry, asker, operation}, &change.change).second) << what;
        }
      }
    }
  }
  std::size_t changed = 0;
  for (std::size_t r = 0; r < diff.registries.size(); ++r) {
    for (std::size_t a = 0; a < diff.askers.size(); ++a) {
      for (const Operation* operation : operations) {
        const auto change = changes.find({r, a, operation});
        for (const std::string& name : kNames) {
          const Verdict was = before.ask(diff.askers[a].before, diff.registries[r].before, *operation, name);
          const Verdict is = after.ask(diff.askers[a].after, diff.registries[r].after, *operation, name);
          EXPECT_EQ(found(change == changes.end() ? nullptr : change->second, name), expected(was, is))
              << what << ": " << operation->id << " " << name << " for asker " << a << " ("
              << (diff.askers[a].named_before ? "" : "not ") << "named before, "
              << (diff.askers[a].named_after ? "" : "not ") << "named after) at registry " << r << ": "
              << to_string(was) << ", then " << to_string(is);
          if (testing::Test::HasFailure()) return changed;
          changed += was != is ? 1 : 0;
        }
      }
    }
  }
  return changed;
}

TEST(RandomDiffs, OfTwoModesAgreeWithTheInterpreter) {
  std::size_t changed = 0;
  for (std::uint64_t seed = 1; seed <= kTenants && !HasFailure(); ++seed) {
    Dice dice(seed);
    const Side before(reference::random_snapshot(dice));
    std::vector<std::size_t> registries;
    for (std::size_t r = 0; r < before.snapshot.registries.size(); ++r) {
      if (r == 0 || dice.chance(50)) registries.push_back(r);
    }
    const auto mode = dice.chance(70) ? PermissionMode::Abac : PermissionMode::Legacy;
    const Side after(evaluator::with_mode(before.snapshot, registries, mode));
    changed += check(before, after, "seed " + std::to_string(seed));
  }
  EXPECT_GT(changed, kTenants * 10);
}

TEST(RandomDiffs, OfTwoExportsAgreeWithTheInterpreter) {
  std::size_t changed = 0;
  for (std::uint64_t seed = 1; seed <= kTenants && !HasFailure(); ++seed) {
    Dice dice(7'000 + seed);
    const Side before(reference::random_snapshot(dice));
    // Another tenant of the same generator shares some of the ids, and has its indices in another order.
    const Side after(reference::random_snapshot(dice));
    changed += check(before, after, "seed " + std::to_string(7'000 + seed));
  }
  EXPECT_GT(changed, kTenants * 10);
}

TEST(RandomDiffs, OfOneStateWithItselfAreEmpty) {
  for (std::uint64_t seed = 1; seed <= kTenants; ++seed) {
    Dice dice(seed);
    const Side side(reference::random_snapshot(dice));
    const AccessDiff diff = evaluator::compare(side.sets, side.sets, some_operations());
    EXPECT_TRUE(diff.none()) << "seed " << seed;
    EXPECT_FALSE(diff.certain());
  }
}

TEST(RandomDiffs, AreTheSameInWhateverOrderRegistriesAreCompared) {
  for (std::uint64_t seed = 1; seed <= kTenants; ++seed) {
    Dice dice(11'000 + seed);
    const Side before(reference::random_snapshot(dice));
    const Side after(evaluator::with_mode(before.snapshot, std::array{std::size_t{0}}, PermissionMode::Abac));
    const auto operations = evaluator::data_operations();
    const AccessDiff one = evaluator::compare(before.sets, after.sets, operations);
    const AccessDiff other = evaluator::compare(before.sets, after.sets, operations, {},
                                                [](std::size_t count, const std::function<void(std::size_t)>& compare) {
                                                  while (count-- > 0) compare(count);
                                                });
    ASSERT_EQ(one.groups.size(), other.groups.size()) << "seed " << seed;
    for (std::size_t g = 0; g < one.groups.size(); ++g) {
      EXPECT_EQ(one.groups[g].registry, other.groups[g].registry);
      EXPECT_EQ(one.groups[g].askers, other.groups[g].askers);
      ASSERT_EQ(one.groups[g].changes.size(), other.groups[g].changes.size());
      for (std::size_t c = 0; c < one.groups[g].changes.size(); ++c) {
        EXPECT_EQ(one.groups[g].changes[c].change, other.groups[g].changes[c].change);
        EXPECT_EQ(one.groups[g].changes[c].causes, other.groups[g].changes[c].causes);
      }
    }
    EXPECT_EQ(one.cause_lists, other.cause_lists);
    EXPECT_EQ(one.open.causes, other.open.causes);
  }
}

TEST(RandomDiffs, TurnedRoundGainWhatWasLost) {
  for (std::uint64_t seed = 1; seed <= kTenants; ++seed) {
    Dice dice(seed);
    const Side before(reference::random_snapshot(dice));
    const Side after(evaluator::with_mode(before.snapshot, std::array{std::size_t{0}}, PermissionMode::Legacy));
    const AccessDiff there = evaluator::compare(before.sets, after.sets, some_operations());
    const AccessDiff back = evaluator::compare(after.sets, before.sets, some_operations());
    ASSERT_EQ(there.groups.size(), back.groups.size()) << "seed " << seed;
    for (std::size_t g = 0; g < there.groups.size(); ++g) {
      ASSERT_EQ(there.groups[g].askers, back.groups[g].askers);
      ASSERT_EQ(there.groups[g].changes.size(), back.groups[g].changes.size());
      for (std::size_t c = 0; c < there.groups[g].changes.size(); ++c) {
        const AccessChange& x = there.groups[g].changes[c].change;
        const AccessChange& y = back.groups[g].changes[c].change;
        EXPECT_EQ(x, (AccessChange{y.lost, y.possibly_lost, y.gained, y.possibly_gained}));
      }
    }
    EXPECT_EQ(there.open.places, back.open.places);
  }
}

/// A registry in the legacy mode and an assignment on it.
Snapshot small_tenant(const std::string& principal, const std::string& registry) {
  model::SnapshotBuilder builder;
  const std::string id =
      "/subscriptions/11111111-0000-0000-0000-000000000001/resourceGroups/rg/providers/"
      "Microsoft.ContainerRegistry/registries/" +
      registry;
  Snapshot& draft = builder.draft();
  model::Registry row;
  row.name = registry;
  row.id = id;
  row.scope = builder.scope(id);
  row.mode = PermissionMode::Legacy;
  row.admin_user_enabled = false;
  row.anonymous_pull_enabled = false;
  draft.registries.push_back(row);
  model::RoleDefinition pull;
  pull.guid = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
  pull.name = "AcrPull";
  pull.type = model::RoleType::BuiltIn;
  pull.defined = true;
  pull.permissions.push_back({.actions = {"Microsoft.ContainerRegistry/registries/pull/read"},
                              .not_actions = {},
                              .data_actions = {},
                              .not_data_actions = {}});
  builder.define_role(pull);
  model::RoleAssignment assignment;
  assignment.principal = builder.principal(principal);
  assignment.role = builder.role(pull.guid);
  assignment.scope = builder.scope(id);
  draft.role_assignments.push_back(assignment);
  draft.role_assignments_given = true;
  draft.deny_assignments_given = true;
  draft.principals[model::at(assignment.principal)].kind = model::PrincipalKind::User;
  return std::move(builder).build();
}

const std::string kAlice = "aaaaaaaa-0000-0000-0000-000000000001";
const std::string kBob = "aaaaaaaa-0000-0000-0000-000000000002";

TEST(Diff, MatchesIdentitiesByObjectIdAndTellsWhoIsNamedWhere) {
  const Side before(small_tenant(kAlice, "contoso"));
  const Side after(small_tenant(kBob, "contoso"));
  const std::array operations = {evaluator::find_operation("pull"), evaluator::find_operation("list-tags")};
  const AccessDiff diff = evaluator::compare(before.sets, after.sets, operations);
  ASSERT_EQ(diff.groups.size(), 2U);
  const evaluator::DiffAsker& lost = diff.askers[diff.groups[0].askers.front()];
  EXPECT_EQ(std::get<evaluator::EntraAsker>(*lost.before).id.text(), kAlice);
  EXPECT_TRUE(lost.named_before);
  EXPECT_FALSE(lost.named_after);
  ASSERT_EQ(diff.groups[0].changes.size(), 1U);  // both operations, as they changed alike
  EXPECT_EQ(diff.groups[0].changes[0].operations.size(), 2U);
  EXPECT_TRUE(diff.groups[0].changes[0].change.lost.is_all());
  EXPECT_TRUE(diff.groups[1].changes[0].change.gained.is_all());
  EXPECT_TRUE(diff.certain());
}

TEST(Diff, ARegistryOnOneSideAloneIsComparedWithNoAccess) {
  const Side before(small_tenant(kAlice, "contoso"));
  const Side after(small_tenant(kAlice, "fabrikam"));
  const std::array operations = {evaluator::find_operation("pull")};
  const AccessDiff diff = evaluator::compare(before.sets, after.sets, operations);
  ASSERT_EQ(diff.registries.size(), 2U);
  EXPECT_FALSE(diff.registries[0].after.has_value());
  EXPECT_FALSE(diff.registries[1].before.has_value());
  ASSERT_EQ(diff.groups.size(), 2U);
  EXPECT_TRUE(diff.groups[0].changes[0].change.lost.is_all());
  EXPECT_TRUE(diff.groups[1].changes[0].change.gained.is_all());
}

TEST(Diff, LeavesRegistriesOut) {
  const Side before(small_tenant(kAlice, "contoso"));
  const Side after(small_tenant(kAlice, "fabrikam"));
  const std::array operations = {evaluator::find_operation("pull")};
  const AccessDiff diff = evaluator::compare(before.sets, after.sets, operations,
                                             [](const evaluator::DiffRegistry& r) { return r.before.has_value(); });
  ASSERT_EQ(diff.registries.size(), 1U);
  ASSERT_EQ(diff.groups.size(), 1U);
  EXPECT_EQ(diff.groups[0].registry, 0U);
}

TEST(Diff, ASwitchToAbacTakesWhatAcrPullGave) {
  const Side before(small_tenant(kAlice, "contoso"));
  const Side after(evaluator::with_mode(before.snapshot, std::array{std::size_t{0}}, PermissionMode::Abac));
  const auto operations = evaluator::data_operations();
  const AccessDiff diff = evaluator::compare(before.sets, after.sets, operations);
  ASSERT_EQ(diff.groups.size(), 1U);
  for (const evaluator::OperationChange& change : diff.groups[0].changes) {
    EXPECT_TRUE(change.change.gained.empty());
    EXPECT_TRUE(change.change.lost.is_all());
  }
  EXPECT_TRUE(diff.certain());
}

}  // namespace
}  // namespace acrbiter
