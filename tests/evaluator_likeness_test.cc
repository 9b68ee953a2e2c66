// Those who are alike at a registry are answered alike there.
#include "evaluator/likeness.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "evaluator/engine.h"
#include "evaluator/index.h"
#include "evaluator/operations.h"
#include "reference/generate.h"
#include "support/sanitized.h"

namespace acrbiter::evaluator {
namespace {

constexpr std::size_t kTenants = support::kSanitized ? 20 : 150;

TEST(RandomLikeness, ThoseWhoAreAlikeAreAnsweredAlike) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 1; seed <= kTenants && !HasFailure(); ++seed) {
    reference::Dice dice(70'000 + seed);
    const model::Snapshot snapshot = reference::random_snapshot(dice);
    const Engine engine(snapshot);
    for (std::size_t r = 0; r < snapshot.registries.size(); ++r) {
      Likeness likeness(engine.index(), r);
      std::map<std::uint32_t, std::vector<std::size_t>> alike;
      for (std::size_t p = 0; p < snapshot.principals.size(); ++p)
        alike[likeness.number(model::PrincipalIndex{static_cast<std::uint32_t>(p)})].push_back(p);
      for (const auto& [number, who] : alike) {
        if (who.size() < 2) continue;
        for (std::size_t round = 0; round < 20; ++round) {
          Question question = reference::random_question(dice, snapshot);
          question.registry = snapshot.registries[r].name;
          question.source.reset();
          question.credential.reset();
          const auto resolved = engine.resolve(question);
          if (!resolved) continue;
          std::vector<Verdict> verdicts;
          for (const std::size_t p : {who.front(), who[1 + dice.below(who.size() - 1)]}) {
            // Not by its id, which may be read as somebody's application id.
            ResolvedQuestion asked = *resolved;
            asked.asker = EntraAsker{.principal = model::PrincipalIndex{static_cast<std::uint32_t>(p)},
                                     .known = true,
                                     .id = ObjectId(snapshot.principals[p]),
                                     .typed_as = "object-id"};
            verdicts.push_back(engine.decide(asked));
          }
          ++compared;
          EXPECT_EQ(verdicts[0], verdicts[1]) << "seed " << seed << ", " << number << '\n'
                                              << reference::describe(question) << '\n'
                                              << reference::describe(snapshot);
        }
      }
    }
  }
  EXPECT_GT(compared, kTenants * 20);
}

TEST(Likeness, OfTwoWhoHoldTheSameEndsWhereADenyAssignmentNamesThem) {
  reference::Dice dice(1);
  model::Snapshot snapshot = reference::random_snapshot(dice);
  const auto first = static_cast<std::uint32_t>(snapshot.principals.size());
  for (std::uint32_t i = 0; i < 2; ++i) {
    model::Principal& principal = snapshot.principals.emplace_back();
    principal.id = "abababab-0000-0000-0000-00000000000" + std::to_string(i);
    principal.kind = model::PrincipalKind::User;
    principal.described = true;
    snapshot.members_known.push_back(model::MembersKnown::NotGiven);
    model::RoleAssignment& assignment = snapshot.role_assignments.emplace_back();
    assignment.principal = model::PrincipalIndex{first + i};
    assignment.role = snapshot.role_assignments.front().role;
    assignment.scope = snapshot.registries.front().scope;
  }
  const auto numbers = [&] {
    const Engine engine(snapshot);
    Likeness likeness(engine.index(), 0);
    return std::pair(likeness.number(model::PrincipalIndex{first}), likeness.number(model::PrincipalIndex{first + 1}));
  };
  const auto before = numbers();
  EXPECT_EQ(before.first, before.second);
  model::DenyAssignment& deny = snapshot.deny_assignments.emplace_back();
  deny.scope = snapshot.registries.front().scope;
  deny.exclude_principals.push_back({.principal = model::PrincipalIndex{first}});
  deny.principals.push_back({.principal = model::PrincipalIndex{first + 1}});
  const auto after = numbers();
  EXPECT_NE(after.first, after.second);
}

}  // namespace
}  // namespace acrbiter::evaluator
