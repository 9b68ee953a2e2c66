// What the analyses are built from: cells of a table for spreadsheets, work on several threads, names of askers.
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "cli/parallel.h"
#include "cli/report/asker.h"
#include "cli/report/csv.h"

namespace acrbiter::cli {
namespace {

TEST(CsvCell, IsTextForASpreadsheetWhateverTheName) {
  using report::csv_cell;
  EXPECT_EQ(csv_cell("team/app"), "team/app");
  EXPECT_EQ(csv_cell(""), "");
  EXPECT_EQ(csv_cell("=1+2"), "'=1+2");
  EXPECT_EQ(csv_cell("+1"), "'+1");
  EXPECT_EQ(csv_cell("-app"), "'-app");
  EXPECT_EQ(csv_cell("@sum"), "'@sum");
  EXPECT_EQ(csv_cell("\t=1"), "'\\u{09}=1");
  EXPECT_EQ(csv_cell("\r=1"), "'\\u{0D}=1");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_cell(" =1"), "\" =1\"");
  EXPECT_EQ(csv_cell("two\nlines"), "two\\u{0A}lines");
}

TEST(ForEachInOrder, WorksOnEveryItemOnceAndIsDoneInOrder) {
  for (const std::size_t jobs : {1U, 2U, 7U, 64U}) {
    constexpr std::size_t kCount = 200;
    std::vector<std::atomic<int>> worked(kCount);
    std::vector<std::size_t> done;
    for_each_in_order(
        kCount, jobs, [&](std::size_t i) { ++worked[i]; },
        [&](std::size_t i) {
          EXPECT_EQ(worked[i], 1);
          done.push_back(i);
          return true;
        });
    ASSERT_EQ(done.size(), kCount);
    for (std::size_t i = 0; i < kCount; ++i) EXPECT_EQ(done[i], i);
  }
}

TEST(ForEachInOrder, DoesNotRunFarAhead) {
  constexpr std::size_t kJobs = 3;
  std::atomic<std::size_t> furthest = 0;
  for_each_in_order(
      100, kJobs,
      [&](std::size_t i) {
        for (std::size_t seen = furthest; seen < i && !furthest.compare_exchange_weak(seen, i);) continue;
      },
      [&](std::size_t i) {
        EXPECT_LE(furthest, i + 2 * kJobs);
        return true;
      });
}

TEST(ForEachInOrder, StopsWhenNobodyWantsMore) {
  for (const std::size_t jobs : {1U, 4U}) {
    std::size_t done = 0;
    for_each_in_order(
        1000, jobs, [](std::size_t) {},
        [&](std::size_t) {
          ++done;
          return done < 3;
        });
    EXPECT_EQ(done, 3U);
  }
}

TEST(ForEachIndex, HandsOnWhatAThreadThrew) {
  for (const std::size_t jobs : {1U, 4U}) {
    EXPECT_THROW(for_each_index(50, jobs,
                                [](std::size_t i) {
                                  if (i == 20) throw std::runtime_error("twenty");
                                }),
                 std::runtime_error);
  }
}

TEST(ForEachIndex, OfNothingDoesNothing) {
  for_each_index(0, 4, [](std::size_t) { FAIL(); });
}

class AskerNamesTest : public testing::Test {
 protected:
  AskerNamesTest() {
    const auto add = [this](std::string id, model::PrincipalKind kind, std::string display, std::string upn) {
      model::Principal principal;
      principal.id = std::move(id);
      principal.kind = kind;
      principal.display_name = std::move(display);
      principal.user_principal_name = std::move(upn);
      snapshot_.principals.push_back(std::move(principal));
    };
    add("id-0", model::PrincipalKind::User, "Alice", "alice@contoso.com");
    add("id-1", model::PrincipalKind::ServicePrincipal, "ci", "");
    add("id-2", model::PrincipalKind::ServicePrincipal, "CI", "");
    add("id-3", model::PrincipalKind::Group, "Release Managers", "");
    add("id-4", model::PrincipalKind::User, "", "admin");
    add("id-5", model::PrincipalKind::Unknown, "", "");
    snapshot_.tokens.emplace_back().name = "ci";
  }
  [[nodiscard]] evaluator::Asker entra(std::uint32_t i) const {
    return evaluator::EntraAsker{.principal = model::PrincipalIndex{i},
                                 .id = evaluator::ObjectId(snapshot_.principals[i]),
                                 .typed_as = "object-id"};
  }
  model::Snapshot snapshot_;
};

TEST_F(AskerNamesTest, SpellsWhatTheQuestionOptionTakesBack) {
  const report::AskerNames names(snapshot_);
  EXPECT_EQ(names.spelling(entra(0)), "alice@contoso.com");
  EXPECT_EQ(names.spelling(entra(1)), "id-1");
  EXPECT_EQ(names.spelling(entra(4)), "id-4") << "`admin` is the admin user, not somebody of that name";
  EXPECT_EQ(names.spelling(evaluator::TokenAsker{0}), "token:ci");
  EXPECT_EQ(names.spelling(evaluator::AdminAsker{}), "admin");
  EXPECT_EQ(names.spelling(evaluator::AnonymousAsker{}), "anonymous");
}

TEST_F(AskerNamesTest, TellsTasksOfOneNameApartByTheirRegistries) {
  for (const std::string_view home : {"apps", "base"}) {
    model::Task& task = snapshot_.tasks.emplace_back();
    task.registry = home;
    task.name = "nightly";
    model::Registry& registry = snapshot_.registries.emplace_back();
    registry.name = home;
  }
  const report::AskerNames names(snapshot_);
  EXPECT_EQ(names.spelling(evaluator::TaskAsker{0}), "task:apps/nightly");
  EXPECT_EQ(names.spelling(evaluator::TaskAsker{0}, snapshot_.registries.data()), "task:nightly");
  EXPECT_EQ(names.spelling(evaluator::TaskAsker{0}, &snapshot_.registries[1]), "task:apps/nightly");
  EXPECT_EQ(names.words(evaluator::TaskAsker{0}, &snapshot_.registries[1]), "task nightly of apps");
  EXPECT_EQ(names.words(evaluator::TaskAsker{1}, &snapshot_.registries[1]), "task nightly");
}

TEST_F(AskerNamesTest, TellsPeopleApart) {
  const report::AskerNames names(snapshot_);
  EXPECT_EQ(names.words(entra(0)), "alice@contoso.com");
  EXPECT_EQ(names.words(entra(1)), "ci (id-1)") << "there are two of that name";
  EXPECT_EQ(names.words(entra(3)), "group \"Release Managers\"");
  EXPECT_EQ(names.words(evaluator::TokenAsker{0}), "token ci");
  EXPECT_EQ(names.kind(entra(2)), "service principal");
  EXPECT_EQ(names.kind(entra(5)), "identity");
  EXPECT_EQ(names.kind_code(evaluator::AdminAsker{}), "admin-user");
  EXPECT_EQ(names.export_command(entra(3)), "az ad group member list --group id-3");
  EXPECT_EQ(names.export_command(entra(0)), "");
}

}  // namespace
}  // namespace acrbiter::cli
