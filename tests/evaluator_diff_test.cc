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
#include "model/ascii.h"
#include "model/snapshot_builder.h"
#include "parser/condition_parser.h"
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
    EXPECT_FALSE(diff.possible()) << "seed " << seed;
    const Side copy(side.snapshot);
    EXPECT_FALSE(evaluator::compare(side.sets, copy.sets, some_operations()).possible()) << "seed " << seed;
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

/// Pins some of what is contested, a reading each.
evaluator::Readings some_readings(Dice& dice) {
  evaluator::Readings readings;
  for (const evaluator::Assumption& entry : evaluator::assumption_register()) {
    if (entry.default_reading != "unknown" || !dice.chance(70)) continue;
    EXPECT_TRUE(readings.pin(entry.name, entry.readings[dice.below(entry.readings.size())])) << entry.name;
  }
  return readings;
}

/// Another state of a tenant, near to it: a few rows, settings and memberships less or otherwise.
Snapshot nearby(Snapshot snapshot, Dice& dice) {
  const auto drop = [&](auto& rows) {
    if (!rows.empty() && dice.chance(40))
      rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(dice.below(rows.size())));
  };
  drop(snapshot.role_assignments);
  drop(snapshot.deny_assignments);
  drop(snapshot.schedule_instances);
  drop(snapshot.memberships);
  drop(snapshot.scope_maps);
  drop(snapshot.locks);
  drop(snapshot.artifact_attributes);
  drop(snapshot.hierarchy);
  auto& rows = snapshot.role_assignments;
  if (!rows.empty() && dice.chance(50)) {
    model::RoleAssignment& row = dice.chance(50) ? rows.front() : rows.back();
    if (dice.chance(30)) {
      row.condition = model::kNoCondition;
    } else if (!snapshot.conditions.empty()) {
      row.condition = model::ConditionIndex{static_cast<std::uint32_t>(dice.below(snapshot.conditions.size()))};
    }
  }
  if (!snapshot.tokens.empty() && dice.chance(20)) snapshot.tokens.front().enabled = dice.chance(50);
  if (!snapshot.tasks.empty() && dice.chance(20)) snapshot.tasks.front().source_registry_login_mode = "None";
  if (!snapshot.roles.empty() && dice.chance(20)) snapshot.roles[dice.below(snapshot.roles.size())].permissions.clear();
  if (dice.chance(20)) snapshot.registries.front().mode = PermissionMode::Abac;
  if (dice.chance(20)) snapshot.registries.front().anonymous_pull_enabled = dice.chance(50);
  return snapshot;
}

using Cell = std::tuple<std::size_t, std::size_t, const Operation*>;

/// What a comparison says may be gained (or lost), cell by cell.
std::map<Cell, model::RepositorySet> reported(const AccessDiff& diff, bool gain) {
  std::map<Cell, model::RepositorySet> result;
  const auto add = [&](std::size_t registry, std::size_t asker, const Operation* operation,
                       const model::RepositorySet& names) {
    const auto [found, added] = result.emplace(Cell{registry, asker, operation}, names);
    if (!added) found->second |= names;
  };
  for (const evaluator::ChangeGroup& group : diff.groups) {
    for (const evaluator::OperationChange& change : group.changes) {
      const AccessChange& c = change.change;
      for (const std::size_t asker : group.askers) {
        for (const Operation* operation : change.operations) {
          add(group.registry, asker, operation, gain ? c.gained | c.possibly_gained : c.lost | c.possibly_lost);
        }
      }
    }
  }
  for (const evaluator::OpenOtherwise& each : diff.open_otherwise) {
    if (!(gain ? each.may_gain : each.may_lose)) continue;
    for (const std::size_t asker : each.askers) {
      for (const Operation* operation : each.operations) add(each.registry, asker, operation, each.names);
    }
  }
  return result;
}

/// A change that comes out by a reading of what is contested is reported where no reading is chosen. Returns how many.
std::size_t check_readings(const Side& before, const Side& after, Dice& dice, const std::string& what) {
  const auto operations = evaluator::data_operations();
  const AccessDiff diff = evaluator::compare(before.sets, after.sets, operations);
  const std::map<Cell, model::RepositorySet> gains = reported(diff, true);
  const std::map<Cell, model::RepositorySet> losses = reported(diff, false);
  const evaluator::Circumstances pinned{.at = {}, .network = {}, .credential = {}, .readings = some_readings(dice)};
  const AccessSets were(before.engine, pinned);
  const AccessSets are(after.engine, pinned);
  std::size_t changed = 0;
  for (std::size_t r = 0; r < diff.registries.size(); ++r) {
    if (!diff.registries[r].before || !diff.registries[r].after) continue;
    for (std::size_t a = 0; a < diff.askers.size(); ++a) {
      if (!diff.askers[a].before || !diff.askers[a].after) continue;
      for (const Operation* operation : operations) {
        const auto was = were.access(*diff.askers[a].before, *diff.registries[r].before, *operation);
        const auto is = are.access(*diff.askers[a].after, *diff.registries[r].after, *operation);
        const AccessChange change = evaluator::change(was, is);
        for (const std::string& name : kNames) {
          if (!change.gained.contains(name) && !change.lost.contains(name)) continue;
          // Where the readings decide against what is certain without them, nothing is to be learned of differences.
          const auto open_or = [&](const Side& side, const auto& asker, const auto& registry,
                                   const auto& pinned_access) {
            const Verdict verdict = side.ask(asker, registry, *operation, name);
            return verdict == Verdict::Undetermined ||
                   (verdict == Verdict::Allow) == pinned_access.certain.contains(name);
          };
          if (!open_or(before, diff.askers[a].before, diff.registries[r].before, was)) continue;
          if (!open_or(after, diff.askers[a].after, diff.registries[r].after, is)) continue;
          ++changed;
          const auto& cells = change.gained.contains(name) ? gains : losses;
          const auto cell = cells.find({r, a, operation});
          EXPECT_TRUE(cell != cells.end() && cell->second.contains(name))
              << what << ": " << operation->id << " " << name << " for asker " << a << " (kind "
              << diff.askers[a].before->index() << ") at registry " << r << ": "
              << to_string(before.ask(diff.askers[a].before, diff.registries[r].before, *operation, name)) << ", then "
              << to_string(after.ask(diff.askers[a].after, diff.registries[r].after, *operation, name));
          if (testing::Test::HasFailure()) return changed;
        }
      }
    }
  }
  return changed;
}

TEST(RandomDiffs, LeaveOutNoChangeByAReadingOfWhatIsContested) {
  std::size_t changed = 0;
  for (std::uint64_t seed = 1; seed <= (kTenants + 2) / 3 && !HasFailure(); ++seed) {
    Dice dice(23'000 + seed);
    Snapshot snapshot = reference::random_snapshot(dice);
    // Without a list of assignments all is open by one cause, whatever else differs.
    const bool listed = dice.chance(40);
    if (!listed) snapshot.assigned_subscriptions.clear();
    const Side before(std::move(snapshot));
    const Side after(listed && dice.chance(50) ? reference::random_snapshot(dice) : nearby(before.snapshot, dice));
    for (int times = 0; times < 3 && !HasFailure(); ++times) {
      changed += check_readings(before, after, dice, "seed " + std::to_string(23'000 + seed));
    }
  }
  EXPECT_GT(changed, kTenants * 10);
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

// ---- open on both sides ---------------------------------------------------------------------------------------

const std::string kGroup = "dddddddd-0000-0000-0000-000000000001";
const std::string kId =
    "/subscriptions/11111111-0000-0000-0000-000000000001/resourceGroups/rg/providers/"
    "Microsoft.ContainerRegistry/registries/contoso";

/// A registry whose list of role assignments is not in the data, so that what anybody may do is open, and what code
/// says of it.
class OpenTenant {
 public:
  OpenTenant() : draft_(builder_.draft()) {
    model::Registry row;
    row.name = "contoso";
    row.id = kId;
    row.scope = builder_.scope(kId);
    row.mode = PermissionMode::Abac;
    row.admin_user_enabled = false;
    row.anonymous_pull_enabled = false;
    draft_.registries.push_back(row);
    model::RoleDefinition reader;
    reader.guid = "b93aa761-3e63-49ed-ac28-beffa264f7ac";
    reader.name = "Container Registry Repository Reader";
    reader.type = model::RoleType::BuiltIn;
    reader.defined = true;
    reader.permissions.push_back({.actions = {},
                                  .not_actions = {},
                                  .data_actions = {"Microsoft.ContainerRegistry/registries/repositories/content/read",
                                                   "Microsoft.ContainerRegistry/registries/repositories/metadata/read"},
                                  .not_data_actions = {}});
    builder_.define_role(reader);
    for (const std::string& id : {kAlice, kBob}) user(id);
    draft_.deny_assignments_given = true;
  }

  void user(const std::string& id) {
    model::Principal& principal = draft_.principals[model::at(builder_.principal(id))];
    principal.kind = model::PrincipalKind::User;
    principal.described = true;
    principal.groups_complete = id == kBob;
  }
  OpenTenant& grant(const std::string& id, const std::string& prefix = {}) {
    model::RoleAssignment row;
    row.principal = builder_.principal(id);
    row.role = builder_.role("b93aa761-3e63-49ed-ac28-beffa264f7ac");
    row.scope = builder_.scope(kId);
    if (!prefix.empty()) {
      const std::string text =
          "@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringStartsWith '" + prefix + "'";
      row.condition = builder_.condition(text, "2.0");
    }
    draft_.role_assignments.push_back(row);
    return *this;
  }
  OpenTenant& group() {
    draft_.principals[model::at(builder_.principal(kGroup))].kind = model::PrincipalKind::Group;
    return *this;
  }
  OpenTenant& member(const std::string& id) {
    draft_.memberships.push_back({.member = builder_.principal(id), .group = builder_.principal(kGroup)});
    return *this;
  }
  OpenTenant& plan(const std::string& path, const char* code = "terraform-unresolved") {
    model::Warning& warning = draft_.warnings.emplace_back();
    warning.code = code;
    warning.where.file = path;
    return *this;
  }
  OpenTenant& created(const std::string& id) {
    model::Principal& principal = draft_.principals[model::at(builder_.principal(id))];
    principal.kind = model::PrincipalKind::ServicePrincipal;
    principal.described = principal.groups_complete = principal.created = true;
    return *this;
  }
  OpenTenant& mode(PermissionMode mode) {
    draft_.registries.front().mode = mode;
    return *this;
  }
  OpenTenant& removed(const std::string& id) {
    draft_.declared.push_back({.id = model::ascii_lower(id),
                               .address = "azurerm_role_assignment.gone",
                               .fate = model::DeclaredObject::Fate::Removed,
                               .pointer = ""});
    return *this;
  }
  [[nodiscard]] Snapshot build() {
    for (model::ConditionEntry& entry : draft_.conditions) entry.parsed = *parser::parse_condition(entry.text);
    return std::move(builder_).build();
  }

 private:
  model::SnapshotBuilder builder_;
  Snapshot& draft_;
};

/// Who may have gained (`+`) or lost (`-`) an operation that is open before and after, by object id.
std::vector<std::string> open_otherwise(const Side& before, const Side& after, const char* operation = "pull") {
  const std::array operations = {evaluator::find_operation(operation)};
  const AccessDiff diff = evaluator::compare(before.sets, after.sets, operations);
  std::vector<std::string> result;
  for (const evaluator::OpenOtherwise& each : diff.open_otherwise) {
    EXPECT_TRUE(each.same_causes);
    for (const std::size_t asker : each.askers) {
      const auto& entra = std::get<evaluator::EntraAsker>(*diff.askers[asker].before);
      result.push_back((each.may_gain ? std::string("+") : "") + (each.may_lose ? "-" : "") +
                       std::string(entra.id.text()));
    }
  }
  EXPECT_EQ(diff.possible(), !result.empty() || !diff.groups.empty());
  std::sort(result.begin(), result.end());
  return result;
}
using Names = std::vector<std::string>;
const std::string kNobodyNamed(evaluator::kUnnamedIdentity);

TEST(DiffOfWhatIsOpen, WhatTwoPlansLeaveOpenUnderOneNameMayBeTwoThings) {
  const std::string unknown = "{azurerm_role_assignment.a.principal_id}";
  for (const char* code : {"terraform-unresolved", "template-not-read", "deletes-unlisted"}) {
    const auto with_plan = [&](const std::string& path) {
      return OpenTenant().plan(path, code).grant(unknown).build();
    };
    EXPECT_EQ(open_otherwise(Side(with_plan("one.json")), Side(with_plan("one.json"))), Names()) << code;
    EXPECT_FALSE(open_otherwise(Side(with_plan("one.json")), Side(with_plan("other.json"))).empty()) << code;
  }
}

// Source: input-formats 8.1: what is created was not there before, whatever list is missing
TEST(DiffOfWhatIsOpen, WhomThePlanCreatesHadNothingBefore) {
  const Side before(OpenTenant().build());
  const Side after(
      OpenTenant().created("azurerm_user_assigned_identity.ci").grant("azurerm_user_assigned_identity.ci").build());
  const std::array operations = {evaluator::find_operation("pull")};
  const AccessDiff diff = evaluator::compare(before.sets, after.sets, operations);
  ASSERT_EQ(diff.groups.size(), 1U);
  EXPECT_TRUE(diff.certain());
  EXPECT_FALSE(diff.possible());
}

TEST(DiffOfWhatIsOpen, OfAStateWithItselfIsNothing) {
  const Side before(OpenTenant().grant(kAlice, "a/").group().grant(kGroup).build());
  const Side after(OpenTenant().group().grant(kGroup).grant(kAlice, "a/").build());  // rows have no order
  EXPECT_EQ(open_otherwise(before, after), Names());
}

TEST(DiffOfWhatIsOpen, AnotherConditionMayGiveAndTakeAndTouchesNobodyElse) {
  const Side before(OpenTenant().grant(kAlice, "a/").build());
  const Side after(OpenTenant().grant(kAlice, "b/").build());
  EXPECT_EQ(open_otherwise(before, after), Names({"+-" + kAlice}));
}

TEST(DiffOfWhatIsOpen, ARowThatIsGoneMayTakeAndGivesNothing) {
  const Side before(OpenTenant().grant(kAlice, "a/").grant(kBob).build());
  const Side after(OpenTenant().grant(kBob).build());
  EXPECT_EQ(open_otherwise(before, after), Names({"-" + kAlice}));
  EXPECT_EQ(open_otherwise(after, before), Names({"+" + kAlice}));
}

TEST(DiffOfWhatIsOpen, ARoleTouchesWhatItMayGrantOnly) {
  const Side before(OpenTenant().grant(kAlice).build());
  const Side after(OpenTenant().build());
  EXPECT_EQ(open_otherwise(before, after, "delete"), Names());
}

TEST(DiffOfWhatIsOpen, AGroupTouchesItsMembersAndWhoeverMayBeIn) {
  const Side before(OpenTenant().group().grant(kGroup, "a/").build());
  const Side after(OpenTenant().group().grant(kGroup, "b/").build());
  // The groups of bob are all known, and it is none of them.
  EXPECT_EQ(open_otherwise(before, after), Names({"+-" + kAlice, "+-" + kGroup, "+-" + kNobodyNamed}));
  const Side with_bob_before(OpenTenant().group().member(kBob).grant(kGroup, "a/").build());
  const Side with_bob(OpenTenant().group().member(kBob).grant(kGroup, "b/").build());
  EXPECT_EQ(open_otherwise(with_bob_before, with_bob),
            Names({"+-" + kAlice, "+-" + kBob, "+-" + kGroup, "+-" + kNobodyNamed}));
}

TEST(DiffOfWhatIsOpen, ANewMemberMayGainWhatTheGroupHas) {
  const Side before(OpenTenant().group().grant(kGroup, "a/").build());
  const Side after(OpenTenant().group().member(kBob).grant(kGroup, "a/").build());
  const std::array operations = {evaluator::find_operation("delete"), evaluator::find_operation("pull")};
  const AccessDiff diff = evaluator::compare(before.sets, after.sets, operations);
  ASSERT_EQ(diff.groups.size(), 1U);  // a/** is certain now
  EXPECT_EQ(open_otherwise(before, after, "list-tags").size(), 1U);
}

TEST(DiffOfWhatIsOpen, AnotherModeTouchesEverybody) {
  const Side before(OpenTenant().build());
  const Side after(OpenTenant().mode(PermissionMode::Legacy).build());
  EXPECT_EQ(open_otherwise(before, after), Names({"+-" + kAlice, "+-" + kBob, "+-" + kNobodyNamed}));
}

TEST(DiffOfWhatIsOpen, WhatAPlanRemovesAndNoExportShowsMayHaveBeenAnybodys) {
  const Side before(OpenTenant().build());
  const std::string name = "/providers/Microsoft.Authorization/roleAssignments/cccccccc-0000-0000-0000-000000000001";
  const Side after(OpenTenant().removed(kId + name).build());
  EXPECT_EQ(open_otherwise(before, after), Names({"-" + kAlice, "-" + kBob, "-" + kNobodyNamed}));
  EXPECT_EQ(open_otherwise(after, after), Names());
  const Side elsewhere(OpenTenant().removed("/subscriptions/22222222-0000-0000-0000-000000000001" + name).build());
  EXPECT_EQ(open_otherwise(before, elsewhere), Names());
}

}  // namespace
}  // namespace acrbiter
