// Migration plans: each row of the guide's table and of its pitfalls, and random tenants whose plans are proven.
#include "evaluator/migration/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "evaluator/engine.h"
#include "evaluator/migration/verify.h"
#include "evaluator/sets/diff.h"
#include "model/snapshot_builder.h"
#include "parser/read.h"
#include "tests/reference/generate.h"
#include "tests/support/environment.h"
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
const std::uint64_t kTenants = support::number_from_environment("ACRBITER_TENANTS", support::kSanitized ? 10 : 100);

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
    const Tenant tenant(reference::random_snapshot(dice, reference::Records::Once));
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

TEST(RandomMigrations, AreTheSameInWhateverOrderTheirPartsAreWorkedOn) {
  const auto backwards = [](std::size_t count, const std::function<void(std::size_t)>& work) {
    for (std::size_t i = count; i-- > 0;) work(i);
  };
  std::size_t changes = 0, wrong_ones = 0;
  for (std::uint64_t seed = 1; seed <= kTenants && !HasFailure(); ++seed) {
    Dice dice(90'000 + seed);
    const Tenant tenant(reference::random_snapshot(dice, reference::Records::Once));
    migration::PlanRequest request;
    request.registries = legacy_registries(tenant.snapshot);
    const Plan plan = migration::make_plan(tenant.sets, request);
    request.for_each = backwards;
    const Plan same = migration::make_plan(tenant.sets, request);
    EXPECT_EQ(same.assignments, plan.assignments) << "seed " << 90'000 + seed;
    EXPECT_EQ(same.switch_alone, plan.switch_alone) << "seed " << 90'000 + seed;
    EXPECT_EQ(same.changes, plan.changes) << "seed " << 90'000 + seed;
    EXPECT_EQ(same.elsewhere, plan.elsewhere) << "seed " << 90'000 + seed;
    changes += plan.changes.size() + plan.elsewhere.size();

    // One that does not hold, for which of several reasons: a change is kept back, or another one is made up.
    Plan wrong = plan;
    auto& list = !wrong.changes.empty() ? wrong.changes : wrong.elsewhere;
    if (list.empty()) continue;
    const std::size_t place = dice.below(list.size());
    if (dice.chance(50))
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(place));
    else
      list[place].kind = list[place].kind == Change::Kind::Lost ? Change::Kind::Gained : Change::Kind::Lost;
    migration::VerifyOptions options;
    const migration::Verification forwards = migration::verify(wrong, tenant.sets, options);
    options.for_each = backwards;
    const migration::Verification same_proof = migration::verify(wrong, tenant.sets, options);
    ASSERT_EQ(forwards.holds(), same_proof.holds());
    if (!forwards.holds()) {
      EXPECT_EQ(forwards.first->text, same_proof.first->text);
      ++wrong_ones;
    }
    EXPECT_EQ(forwards.by_interpreter, same_proof.by_interpreter);
  }
  EXPECT_GT(changes, kTenants);
  EXPECT_GT(wrong_ones, kTenants / 4);
}

TEST(PeopleOfAPlan, StandInListsThatAreCopiedAndChangedByThemselves) {
  using migration::People;
  const auto who = [](std::string id) {
    return migration::Who{.kind = "entra", .id = std::move(id), .name = "", .type = "", .workloads = {}};
  };
  const auto everybody = std::make_shared<People::Directory>(People::Directory{who("a"), who("b"), who("c")});
  const People all(everybody, {0, 1, 2});
  People some(everybody, {2, 0});
  People copy = some;
  EXPECT_EQ(some, (People{who("c"), who("a")}));
  EXPECT_NE(some, (People{who("a"), who("c")}));
  copy.push_back(who("d"));
  EXPECT_EQ(copy, (People{who("c"), who("a"), who("d")}));
  EXPECT_EQ(some.size(), 2U) << "a copy is a list of its own";
  EXPECT_EQ(everybody->size(), 3U) << "and so is the directory of one that is changed";
  const People before = copy;
  copy.push_back(who("e"));
  EXPECT_EQ(before.size(), 3U);
  EXPECT_EQ(copy.size(), 4U);
  People nobody;
  EXPECT_TRUE(nobody.empty());
  EXPECT_EQ(nobody, People(everybody, {}));
  nobody.push_back(who("a"));
  EXPECT_EQ(nobody.front().id, "a");

  migration::Distinct distinct;
  for (const People& list : {all, some, copy, nobody}) distinct.add(list);
  EXPECT_EQ(distinct.size(), 5U);
}

TEST(RandomMigrations, KeepAllThatRolesCanExpress) {
  // What a plan by `preserve` may lose, and why.
  const std::set<std::string> allowed = {
      "soft-delete",           "content-trust",         "quarantine", "quick-build",    "quick-build-right",
      "task-without-identity", "task-identity-unknown", "left-out",   "doubtful-grant", "deny-assignment"};
  std::size_t lost = 0;
  for (std::uint64_t seed = 1; seed <= kTenants && !HasFailure(); ++seed) {
    Dice dice(50'000 + seed);
    const Tenant tenant(reference::random_snapshot(dice, reference::Records::Once));
    migration::PlanRequest request;
    request.registries = legacy_registries(tenant.snapshot);
    if (request.registries.empty()) continue;
    const Plan plan = migration::make_plan(tenant.sets, request);
    for (const Change& change : plan.changes) {
      if (change.kind != Change::Kind::Lost) continue;
      ++lost;
      // Roles over quarantined artifacts count in both modes: the identity of a task gets none.
      const bool of_task = change.reason == "not-expressible" && change.who.front().kind == "task" &&
                           change.operations.front().find("quarantine") != std::string::npos;
      EXPECT_TRUE(allowed.contains(change.reason) || of_task)
          << "seed " << 50'000 + seed << ": " << change.who.front().id << " loses " << change.operations.front()
          << " on " << change.registry << "/" << change.names << ": " << change.reason << ", " << change.because << '\n'
          << reference::describe(tenant.snapshot);
      if (HasFailure()) break;
    }
  }
  EXPECT_GT(lost, kTenants / 10);
}

// ---- as few assignments as possible --------------------------------------------------------------------------

constexpr std::string_view kAcr = "Microsoft.ContainerRegistry/registries/";
const std::string kSubscription = "/subscriptions/11111111-0000-0000-0000-000000000001";
const std::vector<std::string> kScopes = {
    kSubscription, kSubscription + "/resourceGroups/rg",
    kSubscription + "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso"};

/// Written down here once more, from acr-authorization A.4 and B.1, so that the planner's own table is checked too.
using Rights = std::set<std::string>;
const std::map<std::string, Rights> kBecomes = {
    {"pull/read", {"content/read", "metadata/read", "catalog/read"}},
    {"push/write", {"content/write", "metadata/write"}},
    {"artifacts/delete", {"content/delete"}},
    {"metadata/read", {"metadata/read"}},
    {"metadata/write", {"metadata/write"}},
};
const std::vector<Rights> kBuiltIn = {
    {"content/read", "metadata/read"},
    {"content/read", "metadata/read", "content/write", "metadata/write"},
    {"content/read", "metadata/read", "content/write", "metadata/write", "content/delete", "metadata/delete"},
    {"catalog/read"},
};

Rights joined(const Rights& a, const Rights& b) {
  Rights result = a;
  result.insert(b.begin(), b.end());
  return result;
}

/// One holder, who has some legacy actions at each of the scopes.
Snapshot nested_tenant(const std::vector<std::vector<std::string>>& legacy) {
  model::SnapshotBuilder builder;
  Snapshot& draft = builder.draft();
  for (std::size_t s = 0; s < kScopes.size(); ++s) {
    if (legacy[s].empty()) continue;
    const std::string guid = "ffffffff-0000-0000-0000-00000000000" + std::to_string(s);
    model::RoleDefinition role;
    role.guid = guid;
    role.name = "Legacy " + std::to_string(s);
    role.type = model::RoleType::BuiltIn;
    role.defined = true;
    role.permissions.emplace_back();
    for (const std::string& action : legacy[s]) role.permissions.back().actions.push_back(std::string(kAcr) + action);
    EXPECT_TRUE(builder.define_role(role));
    model::RoleAssignment assignment;
    assignment.name = "eeeeeeee-0000-0000-0000-00000000000" + std::to_string(s);
    assignment.principal = builder.principal("aaaaaaaa-0000-0000-0000-000000000001");
    assignment.role = builder.role(guid);
    assignment.scope = builder.scope(kScopes[s]);
    draft.role_assignments.push_back(assignment);
  }
  draft.role_assignments_given = true;
  model::Registry registry;
  registry.name = "contoso";
  registry.id = kScopes.back();
  registry.scope = builder.scope(registry.id);
  registry.mode = PermissionMode::Legacy;
  draft.registries.push_back(registry);
  return std::move(builder).build();
}

/// The fewest of `candidates` (a scope and what is given there) that give, at each scope and below, at least `need` and
/// at most `may`; by trying all, fewest first. `limit` + 1 if that many do not do.
std::size_t fewest_of(const std::vector<std::pair<std::size_t, Rights>>& candidates, const std::vector<Rights>& need,
                      std::size_t limit) {
  const auto does = [&](const std::vector<std::size_t>& chosen) {
    Rights has;
    for (std::size_t s = 0; s < kScopes.size(); ++s) {
      for (const std::size_t c : chosen) {
        if (candidates[c].first == s) has = joined(has, candidates[c].second);
      }
      Rights given = has;
      given.erase("metadata/delete");  // no operation asks for it
      if (given != need[s]) return false;
    }
    return true;
  };
  for (std::size_t size = 0; size <= limit; ++size) {
    std::vector<std::size_t> chosen(size);
    const std::function<bool(std::size_t, std::size_t)> choose = [&](std::size_t place, std::size_t from) {
      if (place == size) return does(chosen);
      for (std::size_t c = from; c < candidates.size(); ++c) {
        chosen[place] = c;
        if (choose(place + 1, c + 1)) return true;
      }
      return false;
    };
    if (choose(0, 0)) return size;
  }
  return limit + 1;
}

TEST(MigrationPlan, TakesAsFewAssignmentsAsTryingAllFinds) {
  const std::vector<std::string> actions = {"pull/read", "push/write", "artifacts/delete", "metadata/read",
                                            "metadata/write"};
  std::size_t with_custom = 0, several = 0;
  for (std::uint64_t seed = 1; seed <= 150 && !HasFailure(); ++seed) {
    Dice dice(seed);
    std::vector<std::vector<std::string>> legacy(kScopes.size());
    for (auto& at : legacy) {
      for (const std::string& action : actions) {
        if (dice.chance(25)) at.push_back(action);
      }
    }
    const Tenant tenant(nested_tenant(legacy));
    const Plan plan = migration::make_plan(tenant.sets, {.registries = {0},
                                                         .strategy = Strategy::Preserve,
                                                         .custom_roles = true,
                                                         .narrow = false,
                                                         .most_compared = migration::kMostCompared,
                                                         .for_each = evaluator::one_after_the_other});

    std::vector<Rights> need;
    for (const auto& at : legacy) {
      Rights here = need.empty() ? Rights() : need.back();
      for (const std::string& action : at) here = joined(here, kBecomes.at(action));
      need.push_back(here);
    }
    std::vector<std::pair<std::size_t, Rights>> candidates;
    for (std::size_t s = 0; s < kScopes.size(); ++s) {
      for (const Rights& role : kBuiltIn) candidates.emplace_back(s, role);
    }
    // A custom role may not stand in for built-in ones; the plan's own are given.
    for (const migration::PlannedAssignment& a : plan.assignments) {
      const auto role =
          std::find_if(plan.roles.begin(), plan.roles.end(), [&](const auto& r) { return r.guid == a.role; });
      ASSERT_NE(role, plan.roles.end());
      if (!role->custom()) continue;
      ++with_custom;
      Rights gives;
      for (const std::string& action : role->data_actions) {
        const std::string_view rest = std::string_view(action).substr(kAcr.size());
        gives.insert(std::string(rest.starts_with("repositories/") ? rest.substr(13) : rest));
      }
      const auto scope = std::find(kScopes.begin(), kScopes.end(), a.scope);
      ASSERT_NE(scope, kScopes.end());
      candidates.emplace_back(static_cast<std::size_t>(scope - kScopes.begin()), gives);
    }
    if (plan.assignments.size() > 1) ++several;
    EXPECT_EQ(plan.assignments.size(), fewest_of(candidates, need, plan.assignments.size())) << "seed " << seed;
  }
  EXPECT_GT(with_custom, 20U);
  EXPECT_GT(several, 50U);
}

TEST(MigrationPlan, SaysWhatItDoesNotCompareAtLargeEstates) {
  const Tenant tenant(nested_tenant({{"pull/read"}, {}, {}}));
  const auto codes = [&](std::size_t most) {
    std::set<std::string> result;
    migration::PlanRequest request;
    request.registries = {0};
    request.most_compared = most;
    const Plan plan = migration::make_plan(tenant.sets, request);
    migration::VerifyOptions options;
    options.most_compared = most;
    EXPECT_TRUE(migration::verify(plan, tenant.sets, options).holds());
    for (const migration::Note& note : plan.open) result.insert(note.code);
    return result;
  };
  EXPECT_TRUE(codes(2).contains("not-compared"));  // three may ask: the holder, the admin user, anybody
  EXPECT_FALSE(codes(3).contains("not-compared"));
}

// ---- real lists ----------------------------------------------------------------------------------------------

/// Lists of role assignments as people published them, each with a legacy registry put where most of it applies.
TEST(MigrationPlan, KeepsEveryPullerOfTheRealLists) {
  namespace fs = std::filesystem;
  const char* shared = std::getenv("ACRBITER_SHARED");
  const fs::path folder = (shared != nullptr ? fs::path(shared) : fs::path(ACRBITER_SOURCE_DIR) / ".." / "shared") /
                          "corpus" / "role-assignments";
  if (!fs::exists(folder)) GTEST_SKIP() << "skipped: no corpus beside the checkout";
  std::size_t lists = 0, kept = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    auto read = parser::read_exports(std::vector<std::string>{entry.path().string()});
    ASSERT_TRUE(read) << entry.path();
    Snapshot snapshot = *std::move(read);
    std::map<std::string, std::size_t> groups;  // resource groups, by how many assignments speak of them
    for (const model::RoleAssignment& assignment : snapshot.role_assignments) {
      const std::string& key = snapshot[assignment.scope].key;
      const auto group = key.find("/resourcegroups/");
      if (group != std::string::npos) ++groups[key.substr(0, key.find('/', group + 16))];
      if (group == std::string::npos && key.starts_with("/subscriptions/")) ++groups[key + "/resourcegroups/rg"];
    }
    if (groups.empty()) continue;
    const auto most = std::max_element(groups.begin(), groups.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    model::Registry registry;
    registry.name = "contoso";
    registry.id = most->first + "/providers/microsoft.containerregistry/registries/contoso";
    registry.mode = PermissionMode::Legacy;
    registry.scope = model::ScopeIndex{static_cast<std::uint32_t>(snapshot.scopes.size())};
    snapshot.scopes.push_back({.key = registry.id, .display = registry.id, .kind = model::ScopeKind::Resource});
    snapshot.registries = {registry};

    const Tenant tenant(std::move(snapshot));
    const evaluator::Operation& pull = *evaluator::find_operation("pull");
    // Who only may be a puller, as under a condition on the legacy registry (J26), is not carried over.
    const auto pullers = [&](const Tenant& of) {
      const auto all = of.sets.who_can(0, pull, "app");
      return static_cast<std::size_t>(
          std::count_if(all.begin(), all.end(), [](const auto& one) { return one.value == model::Truth::True; }));
    };
    const std::size_t before = pullers(tenant);
    migration::PlanRequest request;
    request.registries = {0};
    const Plan plan = migration::make_plan(tenant.sets, request);
    EXPECT_TRUE(migration::verify(plan, tenant.sets).holds()) << entry.path();
    std::vector<std::string> problems;
    const Tenant after(migration::apply(plan, tenant.snapshot, migration::Stage::Removed, problems));
    EXPECT_EQ(pullers(after), before) << entry.path();
    const Tenant switched(evaluator::with_mode(tenant.snapshot, std::vector<std::size_t>{0}, PermissionMode::Abac));
    ++lists;
    kept += before - pullers(switched);
  }
  EXPECT_GT(lists, 10U);
  // Whom the switch alone would have cut off. Lists that cannot show conditions leave it open who has access today.
  EXPECT_GT(kept, 250U);
}

}  // namespace
}  // namespace acrbiter
