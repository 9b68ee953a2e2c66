// Migration plans: each row of the guide's table and of its pitfalls, and random tenants whose plans are proven.
#include "evaluator/migration/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "evaluator/engine.h"
#include "evaluator/migration/verify.h"
#include "tests/reference/generate.h"
#include "tests/support/sanitized.h"

namespace acrbiter {
namespace {

namespace migration = evaluator::migration;
using evaluator::AccessSets;
using evaluator::Engine;
using migration::Change;
using migration::Plan;
using migration::Strategy;
using model::PermissionMode;
using model::Snapshot;
using reference::Dice;

/// ACRBITER_TENANTS=N looks at N of them.
const std::uint64_t kTenants = [] {
  const char* text = std::getenv("ACRBITER_TENANTS");
  return text == nullptr ? std::uint64_t{support::kSanitized ? 10 : 100} : std::strtoull(text, nullptr, 10);
}();

/// A snapshot with all that is made from it.
struct Tenant {
  explicit Tenant(Snapshot s) : snapshot(std::move(s)), engine(snapshot), sets(engine) {}
  const Snapshot snapshot;
  const Engine engine;
  const AccessSets sets;
};

std::vector<std::size_t> legacy_registries(const Snapshot& snapshot) {
  std::vector<std::size_t> result;
  for (std::size_t r = 0; r < snapshot.registries.size(); ++r) {
    if (snapshot.registries[r].mode == PermissionMode::Legacy) result.push_back(r);
  }
  return result;
}

TEST(RandomMigrations, HoldAsPlannedWhateverTheStrategy) {
  std::size_t assignments = 0, changes = 0;
  for (std::uint64_t seed = 1; seed <= kTenants && !HasFailure(); ++seed) {
    Dice dice(seed);
    const Tenant tenant(reference::random_snapshot(dice));
    migration::PlanRequest request;
    request.registries = legacy_registries(tenant.snapshot);
    if (request.registries.empty()) continue;
    if (request.registries.size() > 1 && dice.chance(40)) request.registries.resize(1);
    request.strategy = dice.chance(60) ? Strategy::Preserve : dice.chance(50) ? Strategy::Least : Strategy::Official;
    request.custom_roles = dice.chance(70);
    request.narrow = dice.chance(30);
    const Plan plan = migration::make_plan(tenant.sets, request);
    const migration::Verification proof = migration::verify(plan, tenant.sets);
    EXPECT_TRUE(proof.holds()) << "seed " << seed << ": " << proof.first->text << '\n'
                               << reference::describe(tenant.snapshot);
    EXPECT_GT(proof.by_sets, 0U);
    EXPECT_GT(proof.by_interpreter, 0U);
    assignments += plan.assignments.size();
    changes += plan.changes.size();
  }
  EXPECT_GT(assignments, kTenants / 2);
  EXPECT_GT(changes, kTenants);
}

TEST(RandomMigrations, KeepAllThatRolesCanExpress) {
  // What a plan by `preserve` may lose, and why.
  const std::set<std::string> allowed = {"soft-delete",           "content-trust", "quarantine",     "quick-build",
                                         "task-without-identity", "left-out",      "doubtful-grant", "deny-assignment"};
  std::size_t lost = 0;
  for (std::uint64_t seed = 1; seed <= kTenants && !HasFailure(); ++seed) {
    Dice dice(50'000 + seed);
    const Tenant tenant(reference::random_snapshot(dice));
    migration::PlanRequest request;
    request.registries = legacy_registries(tenant.snapshot);
    if (request.registries.empty()) continue;
    const Plan plan = migration::make_plan(tenant.sets, request);
    for (const Change& change : plan.changes) {
      if (change.kind != Change::Kind::Lost) continue;
      ++lost;
      EXPECT_TRUE(allowed.contains(change.reason))
          << "seed " << 50'000 + seed << ": " << change.who.front().id << " loses " << change.operations.front()
          << " on " << change.registry << "/" << change.names << ": " << change.reason << ", " << change.because << '\n'
          << reference::describe(tenant.snapshot);
      if (HasFailure()) break;
    }
  }
  EXPECT_GT(lost, kTenants / 10);
}

}  // namespace
}  // namespace acrbiter
