// Proofs against brute force: a property that holds is not violated on any of many names, whoever the hidden members of
// groups turn out to be; one that fails is refuted by its own question, whoever they are.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evaluator/engine.h"
#include "evaluator/sets/prove.h"
#include "model/box.h"
#include "tests/reference/generate.h"
#include "tests/support/environment.h"
#include "tests/support/sanitized.h"

namespace acrbiter {
namespace {

using evaluator::AccessSets;
using evaluator::Asker;
using evaluator::Engine;
using evaluator::EntraAsker;
using evaluator::Everyone;
using evaluator::MembersOf;
using evaluator::Operation;
using evaluator::Proof;
using evaluator::Property;
using evaluator::Verdict;
using evaluator::Who;
using evaluator::WhoTerm;
using evaluator::Witness;
using model::MembersKnown;
using model::PrincipalIndex;
using model::PrincipalKind;
using model::RepositorySet;
using model::Snapshot;
using reference::Dice;

/// ACRBITER_TENANTS=N looks at N of them.
const std::uint64_t kTenants = support::number_from_environment("ACRBITER_TENANTS", support::kSanitized ? 15 : 120);
constexpr int kProperties = 12;
constexpr int kWorlds = 4;

const std::vector<std::string> kNames = {"app",     "app/web",     "backend", "backend/api", "backend-infra/k8s",
                                         "team/x",  "a",           "zz",      "app/",        "backend/",
                                         "other/x", "sandbox/app", "team",    "team/x/y",    "0"};

bool is_group(const Snapshot& snapshot, PrincipalIndex p) {
  return snapshot[p].kind == PrincipalKind::Group || snapshot[p].kind == PrincipalKind::ForeignGroup;
}

/// What the hidden members of every group may turn out to be: some of those known, and nobody else.
Snapshot completed(Snapshot snapshot, Dice& dice) {
  for (std::size_t g = 0; g < snapshot.principals.size(); ++g) {
    if (snapshot.members_known[g] == MembersKnown::Complete) continue;
    snapshot.members_known[g] = MembersKnown::Complete;
    const PrincipalIndex group{static_cast<std::uint32_t>(g)};
    if (!is_group(snapshot, group)) continue;
    for (std::size_t p = 0; p < snapshot.principals.size(); ++p) {
      const PrincipalIndex member{static_cast<std::uint32_t>(p)};
      if (is_group(snapshot, member) || snapshot[member].groups_complete || !dice.chance(30)) continue;
      snapshot.memberships.push_back({member, group});
    }
  }
  return snapshot;
}

/// Naive: one question per name.
class Naive {
 public:
  explicit Naive(Snapshot s) : snapshot_(std::move(s)), engine_(snapshot_), sets_(engine_) {}

  [[nodiscard]] const AccessSets& sets() const { return sets_; }

  [[nodiscard]] Verdict ask(const Asker& asker, std::size_t registry, const Operation& operation,
                            const std::string& name) const {
    return engine_.decide(sets_.question(asker, registry, operation, operation.takes_repository ? name : ""));
  }

  [[nodiscard]] bool in(const Asker& asker, const Who& who) const {
    return any(asker, who.include) && !any(asker, who.except);
  }

  /// Is the property refuted for certain, or if not, may it be? True: refuted, Unknown: it may be.
  [[nodiscard]] model::Truth refuted(const Property& property) const {
    model::Truth result = model::Truth::False;
    for (const evaluator::Place& place : property.places) {
      for (const Operation* operation : property.operations) {
        for (const std::string& name : kNames) {
          if (operation->takes_repository && !place.names.contains(name)) continue;
          result = model::either(result, refuted(property, place.registry, *operation, name));
        }
      }
    }
    return result;
  }

 private:
  [[nodiscard]] bool any(const Asker& asker, const std::vector<WhoTerm>& terms) const {
    return std::any_of(terms.begin(), terms.end(), [&](const WhoTerm& term) {
      return std::visit(model::Overloaded{
                            [](const Everyone&) { return true; },
                            [&](const Asker& other) { return same(asker, other); },
                            [&](const MembersOf& members) {
                              const auto* entra = std::get_if<EntraAsker>(&asker);
                              if (entra == nullptr || !entra->known) return false;
                              const auto groups = engine_.groups_of(entra->principal);
                              return std::find(groups.begin(), groups.end(), members.group) != groups.end();
                            },
                        },
                        term);
    });
  }

  static bool same(const Asker& a, const Asker& b) {
    if (a.index() != b.index()) return false;
    if (const auto* entra = std::get_if<EntraAsker>(&a)) return entra->id == std::get<EntraAsker>(b).id;
    if (const auto* token = std::get_if<evaluator::TokenAsker>(&a)) {
      return token->token == std::get<evaluator::TokenAsker>(b).token;
    }
    if (const auto* task = std::get_if<evaluator::TaskAsker>(&a)) {
      return task->task == std::get<evaluator::TaskAsker>(b).task;
    }
    return true;
  }

  [[nodiscard]] model::Truth refuted(const Property& property, std::size_t registry, const Operation& operation,
                                     const std::string& name) const {
    using Answers = std::vector<std::pair<std::size_t, model::Truth>>;  // asker and answer
    Answers first;
    Answers second;
    model::Truth outside = model::Truth::False;
    for (const evaluator::AskerIndex index : sets_.askers_at(registry)) {
      const Asker& asker = sets_.askers()[static_cast<std::size_t>(index)];
      const auto value = static_cast<model::Truth>(ask(asker, registry, operation, name));
      if (in(asker, property.first)) {
        first.emplace_back(static_cast<std::size_t>(index), value);
      } else {
        outside = model::either(outside, value);
      }
      if (in(asker, property.second)) second.emplace_back(static_cast<std::size_t>(index), value);
    }
    model::Truth refuted = model::Truth::False;
    // Two differ where one can and another cannot; nobody differs from themselves.
    const auto pairs = [&](const Answers& some, const Answers& others) {
      for (const auto& [a, can] : some) {
        for (const auto& [b, also] : others) {
          if (a != b) refuted = model::either(refuted, model::both(can, !also));
        }
      }
    };
    switch (property.kind) {
      case Property::Kind::Never:
        for (const auto& [asker, can] : first) refuted = model::either(refuted, can);
        return refuted;
      case Property::Kind::Always:
        for (const auto& [asker, can] : first) refuted = model::either(refuted, !can);
        return refuted;
      case Property::Kind::Only:
        return outside;
      case Property::Kind::Same:
        first.insert(first.end(), second.begin(), second.end());
        pairs(first, first);
        return refuted;
      case Property::Kind::Subset:
        pairs(first, second);
        return refuted;
    }
    return model::Truth::Unknown;
  }

  Snapshot snapshot_;
  Engine engine_;
  AccessSets sets_;
};

Who random_who(Dice& dice, const AccessSets& sets) {
  const Snapshot& snapshot = sets.engine().snapshot();
  std::vector<PrincipalIndex> groups;
  for (std::size_t p = 0; p < snapshot.principals.size(); ++p) {
    const PrincipalIndex index{static_cast<std::uint32_t>(p)};
    if (is_group(snapshot, index)) groups.push_back(index);
  }
  const auto term = [&]() -> WhoTerm {
    if (!groups.empty() && dice.chance(55)) return MembersOf{dice.pick(groups)};
    const auto askers = sets.askers();
    // Whoever stands for hidden members is named by the group alone.
    for (int i = 0; i < 20; ++i) {
      const Asker& asker = askers[dice.below(askers.size())];
      const auto* entra = std::get_if<EntraAsker>(&asker);
      if (entra == nullptr || !entra->known || !is_group(snapshot, entra->principal)) return asker;
    }
    return Everyone{};
  };
  Who who;
  if (dice.chance(20)) {
    who.include.emplace_back(Everyone{});
  } else {
    for (std::size_t i = 0; i <= dice.below(2); ++i) who.include.push_back(term());
  }
  if (dice.chance(30)) who.except.push_back(term());
  return who;
}

Property random_property(Dice& dice, const AccessSets& sets) {
  static const std::vector<const char*> operations = {"pull",      "push",  "delete",
                                                      "list-tags", "untag", "show-attributes"};
  static const std::vector<RepositorySet> names = {
      RepositorySet::all(), RepositorySet::starting_with("app"), RepositorySet::exactly("backend/api"),
      ~RepositorySet::starting_with("backend"),
      RepositorySet::starting_with("team/") | RepositorySet::exactly("app/web")};
  Property property;
  property.kind = static_cast<Property::Kind>(dice.below(5));
  property.first = random_who(dice, sets);
  if (property.kind == Property::Kind::Same || property.kind == Property::Kind::Subset) {
    property.second = random_who(dice, sets);
  }
  property.operations.push_back(evaluator::find_operation(dice.pick(operations)));
  if (dice.chance(30)) property.operations.push_back(evaluator::find_operation(dice.pick(operations)));
  property.places.push_back(
      {.registry = dice.below(sets.engine().snapshot().registries.size()), .names = dice.pick(names)});
  return property;
}

std::string told(const Who& who, const Snapshot& snapshot) {
  std::string result;
  for (const auto* terms : {&who.include, &who.except}) {
    if (terms == &who.except && !terms->empty()) result += " except";
    for (const WhoTerm& term : *terms) {
      result += std::visit(model::Overloaded{
                               [](const Everyone&) { return std::string(" everyone"); },
                               [&](const MembersOf& members) { return " group:" + snapshot[members.group].id; },
                               [](const Asker& asker) {
                                 const auto* entra = std::get_if<EntraAsker>(&asker);
                                 return entra != nullptr ? " " + std::string(entra->id.text())
                                                         : " door " + std::to_string(asker.index());
                               },
                           },
                           term);
    }
  }
  return result;
}

std::string told(std::uint64_t seed, int number, const Property& property, const Snapshot& snapshot) {
  std::string result = "seed " + std::to_string(seed) + ", property " + std::to_string(number) + ": " +
                       std::string(evaluator::to_string(property.kind)) + told(property.first, snapshot) + " |" +
                       told(property.second, snapshot) + " |";
  for (const Operation* operation : property.operations) result += " " + std::string(operation->id);
  for (const evaluator::Place& place : property.places) result += " on " + place.names.pattern();
  return result;
}

bool of_hidden_member(const Witness& witness, const Snapshot& snapshot) {
  const auto* entra = std::get_if<EntraAsker>(&witness.asker);
  return entra != nullptr && entra->known && is_group(snapshot, entra->principal);
}

TEST(RandomProofs, AgreeWithBruteForceWhoeverTheHiddenMembersAre) {
  std::array<std::size_t, 3> outcomes{};
  for (std::uint64_t seed = 1; seed <= kTenants && !HasFailure(); ++seed) {
    Dice dice(seed);
    const Snapshot snapshot = reference::random_snapshot(dice);
    if (snapshot.registries.empty()) continue;
    const Naive now(snapshot);
    std::vector<std::unique_ptr<Naive>> worlds;
    for (int w = 0; w < kWorlds; ++w) worlds.push_back(std::make_unique<Naive>(completed(snapshot, dice)));
    evaluator::Prover prover(now.sets());
    for (int i = 0; i < kProperties; ++i) {
      const Property property = random_property(dice, now.sets());
      const Proof proof = prover.prove(property);
      const std::string what = told(seed, i, property, snapshot);
      ++outcomes[static_cast<std::size_t>(proof.outcome)];

      // What the questions of a proof say, the interpreter says.
      for (const Witness& witness : proof.witnesses) {
        ASSERT_EQ(now.ask(witness.asker, witness.registry, *witness.operation, witness.repository), witness.verdict)
            << what;
        if (witness.operation->takes_repository) {
          ASSERT_TRUE(property.places.front().names.contains(witness.repository)) << what;
        }
      }
      switch (proof.outcome) {
        case Proof::Outcome::Holds:
          EXPECT_TRUE(proof.witnesses.empty());
          for (const auto& world : worlds) {
            EXPECT_EQ(world->refuted(property), model::Truth::False) << what << " holds, but not in every world";
          }
          break;
        case Proof::Outcome::Fails: {
          ASSERT_FALSE(proof.witnesses.empty()) << what;
          EXPECT_FALSE(proof.failing.empty()) << what;
          const bool hidden = std::any_of(proof.witnesses.begin(), proof.witnesses.end(),
                                          [&](const Witness& w) { return of_hidden_member(w, snapshot); });
          for (const auto& world : worlds) {
            for (const Witness& w : proof.witnesses) {
              if (hidden) continue;
              EXPECT_EQ(world->ask(w.asker, w.registry, *w.operation, w.repository), w.verdict) << what;
            }
            if (!hidden && property.kind == Property::Kind::Never) {
              EXPECT_TRUE(world->in(proof.witnesses.front().asker, property.first)) << what;
            }
            if (!hidden && property.kind == Property::Kind::Only) {
              EXPECT_FALSE(world->in(proof.witnesses.front().asker, property.first)) << what;
            }
          }
          break;
        }
        case Proof::Outcome::Undetermined:
          EXPECT_FALSE(proof.causes.empty()) << what;
          EXPECT_FALSE(proof.open.empty()) << what;
          break;
      }
    }
  }
  for (const std::size_t count : outcomes) EXPECT_GT(count, kTenants / 4);
}

/// Where every group is known there is nothing between: the outcome is what brute force says, if the names tell.
TEST(RandomProofs, AreDecidedWhereEverythingIsKnown) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 1; seed <= kTenants && !HasFailure(); ++seed) {
    Dice dice(90'000 + seed);
    Snapshot snapshot = reference::random_snapshot(dice);
    if (snapshot.registries.empty()) continue;
    const Naive now(completed(std::move(snapshot), dice));
    evaluator::Prover prover(now.sets());
    for (int i = 0; i < kProperties; ++i) {
      const Property property = random_property(dice, now.sets());
      const Proof proof = prover.prove(property);
      const model::Truth refuted = now.refuted(property);
      const std::string what = told(90'000 + seed, i, property, now.sets().engine().snapshot());
      if (refuted == model::Truth::True) {
        EXPECT_EQ(proof.outcome, Proof::Outcome::Fails) << what;
      } else if (refuted == model::Truth::Unknown) {
        EXPECT_NE(proof.outcome, Proof::Outcome::Holds) << what;
      }
      if (proof.outcome == Proof::Outcome::Fails) {
        for (const Witness& w : proof.witnesses) {
          EXPECT_EQ(now.ask(w.asker, w.registry, *w.operation, w.repository), w.verdict) << what;
          EXPECT_NE(w.verdict, Verdict::Undetermined) << what;
        }
      }
      ++compared;
    }
  }
  EXPECT_GT(compared, kTenants * kProperties / 2);
}

}  // namespace
}  // namespace acrbiter
