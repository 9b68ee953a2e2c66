// Plans built by hand, laid out in time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "evaluator/migration/timeline.h"

namespace acrbiter::evaluator::migration {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Minutes kNone{0};
constexpr std::string_view kSubscription = "/subscriptions/s1";

Who who(std::string id, std::string type, std::vector<std::string> workloads = {}) {
  return {.kind = "entra", .id = id, .name = id, .type = std::move(type), .workloads = std::move(workloads)};
}
Who other(std::string kind, std::string id) {
  return {.kind = std::move(kind), .id = std::move(id), .name = {}, .type = {}, .workloads = {}};
}
std::string registry_id(const std::string& name) {
  return std::string(kSubscription) + "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/" + name;
}
PlannedRegistry registry(const std::string& name) {
  return {.name = name, .id = registry_id(name), .login_server = name + ".azurecr.io"};
}
Change lost(const std::string& where, People people) {
  return {.kind = Change::Kind::Lost,
          .registry = where,
          .who = std::move(people),
          .operations = {"pull"},
          .names = "**",
          .example = "a",
          .reason = {},
          .because = {}};
}
PlannedAssignment assignment(Who principal, std::string scope, std::vector<std::string> replaces = {}) {
  return {.name = "n",
          .principal = std::move(principal),
          .scope = std::move(scope),
          .role = "r",
          .replaces = std::move(replaces),
          .note = {}};
}
Carrier carrier(std::string id, Who principal, std::vector<std::string> registries) {
  return {.id = std::move(id),
          .principal = std::move(principal),
          .role = "Reader",
          .scope = "/",
          .rights = {"pull/read"},
          .end = {},
          .registries = std::move(registries),
          .left_out = {}};
}

TaskNeed task(std::string name, std::string identity, bool set_already) {
  return {.registry = "base",
          .name = std::move(name),
          .identity = std::move(identity),
          .identity_resource_id = {},
          .identity_client_id = {},
          .identity_before = {},
          .login_mode_before = {},
          .set_already = set_already,
          .need = {}};
}

const Who kKubelet = who("kubelet", "ServicePrincipal", {"aks aks-prod"});
const Who kAlice = who("alice", "User");

Plan one_registry(People people) {
  Plan plan;
  plan.registries = {registry("base")};
  plan.switch_alone = {lost("base", std::move(people))};
  return plan;
}
const Client& only_client(const Timeline& timeline) { return timeline.registries.front().clients.at(0); }

// ---- figures ------------------------------------------------------------------------------------------------

TEST(TimelineDefaults, SayWhereTheyComeFrom) {
  for (const ClientKindInfo& kind : client_kinds()) {
    for (const Delay* delay : {&kind.lifetime, &kind.refresh}) {
      EXPECT_FALSE(delay->source.empty()) << kind.word;
      EXPECT_LE(delay->span.best, delay->span.worst) << kind.word;
      if (delay->basis == Basis::Assumed) {
        EXPECT_THAT(delay->source, testing::AnyOf(HasSubstr("assumed"), HasSubstr("widest"))) << kind.word;
      } else {
        EXPECT_THAT(delay->source, HasSubstr("acr-authorization")) << kind.word;
      }
    }
    EXPECT_EQ(client_kind_of(kind.word), kind.kind);
    EXPECT_EQ(word(kind.kind), kind.word);
  }
  EXPECT_EQ(client_kind_of("pod"), std::nullopt);
}

TEST(TimelineDefaults, ASignInThroughEntraLastsThreeHours) {
  for (const ClientKind kind : {ClientKind::User, ClientKind::Automation}) {
    const Delay& delay = client_kinds()[static_cast<std::size_t>(kind)].lifetime;
    EXPECT_EQ(delay.span, (Span{.best = kNone, .worst = hours(3)}));
    EXPECT_EQ(delay.basis, Basis::Stated);
    EXPECT_THAT(delay.source, HasSubstr("E.2"));
  }
}

TEST(TimelineDefaults, NobodyStatesHowLongAKubeletKeepsACredential) {
  const Delay& delay = client_kinds()[static_cast<std::size_t>(ClientKind::Kubelet)].lifetime;
  EXPECT_EQ(delay.span, (Span{.best = kNone, .worst = hours(3), .open_ended = true}));
  EXPECT_EQ(delay.basis, Basis::Derived);
}

TEST(TimelineDefaults, PlatformsAndTasksAreAssumed) {
  const auto lifetime = [](ClientKind kind) { return client_kinds()[static_cast<std::size_t>(kind)].lifetime; };
  EXPECT_EQ(lifetime(ClientKind::AppService).span, (Span{.best = kNone, .worst = hours(24)}));
  EXPECT_EQ(lifetime(ClientKind::ContainerApp).span, (Span{.best = kNone, .worst = hours(24)}));
  EXPECT_EQ(lifetime(ClientKind::Task).span, (Span{.best = kNone, .worst = hours(8)}));
  for (const ClientKind kind : {ClientKind::AppService, ClientKind::ContainerApp, ClientKind::Task}) {
    EXPECT_EQ(lifetime(kind).basis, Basis::Assumed);
  }
  EXPECT_EQ(lifetime(ClientKind::Unknown).span, (Span{.best = kNone, .worst = hours(24), .open_ended = true}));
}

TEST(TimelineOptions, ReplaceDefaultsAndWidenWhatIsUnknown) {
  const Span week{.best = hours(1), .worst = hours(168)};
  const Timeline timeline = make_timeline(one_registry({kKubelet}), {.lifetime = {{ClientKind::Kubelet, week}}});
  const Delay& kubelet = timeline.kinds[static_cast<std::size_t>(ClientKind::Kubelet)].lifetime;
  EXPECT_EQ(kubelet.span, week);
  EXPECT_EQ(kubelet.basis, Basis::Given);
  EXPECT_EQ(timeline.kinds.back().lifetime.span, (Span{.best = kNone, .worst = hours(168)}));
  EXPECT_EQ(only_client(timeline).without_action, week);
  EXPECT_EQ(only_client(timeline).with_action, (Span{.best = Minutes(1), .worst = Minutes(60)}));
}

// ---- clients ------------------------------------------------------------------------------------------------

TEST(TimelineClients, AreToldApartByWhatPullsInTheirName) {
  const Timeline timeline = make_timeline(
      one_registry({who("sp", "ServicePrincipal"), kAlice, who("team", "Group"), who("cam", "Device"),
                    who("apps", "ServicePrincipal", {"app-service shop", "container-app cart", "vm box"}), kKubelet}),
      {});
  std::vector<std::pair<std::string, ClientKind>> seen;
  for (const Client& client : timeline.registries.front().clients) {
    seen.emplace_back(client.workload.empty() ? client.who.id : client.workload, client.kind);
  }
  EXPECT_THAT(
      seen,
      ElementsAre(std::pair("aks aks-prod", ClientKind::Kubelet), std::pair("app-service shop", ClientKind::AppService),
                  std::pair("container-app cart", ClientKind::ContainerApp), std::pair("sp", ClientKind::Automation),
                  std::pair("alice", ClientKind::User), std::pair("vm box", ClientKind::Unknown),
                  std::pair("cam", ClientKind::Unknown), std::pair("team", ClientKind::Unknown)));
}

TEST(TimelineClients, TokensTheAdminUserAndAnonymousCallersAreNotTouched) {
  const Timeline timeline =
      make_timeline(one_registry({other("token", "base/ci"), other("admin", "base"), other("anonymous", "")}), {});
  EXPECT_THAT(timeline.registries.front().clients, IsEmpty());
  std::vector<std::string_view> untouched;
  for (const Untouched& way : timeline.untouched) untouched.push_back(way.what);
  EXPECT_THAT(untouched, ElementsAre("tokens", "the admin user", "anonymous pull"));
}

TEST(TimelineClients, ComeOnceHoweverManyChangesAndCarriersNameThem) {
  Plan plan = one_registry({kAlice});
  plan.switch_alone.push_back(lost("base", {kAlice}));
  plan.switch_alone.push_back(lost("other", {kKubelet}));
  plan.carriers = {carrier("a1", kAlice, {"base"})};
  EXPECT_THAT(make_timeline(plan, {}).registries.front().clients, testing::SizeIs(1));
}

TEST(TimelineClients, HaveOldCredentialsEvenIfTheirNewRolesAreThereAlready) {
  Plan plan;
  plan.registries = {registry("base")};
  plan.carriers = {carrier("a1", kKubelet, {"base"})};  // switch_alone takes nothing from it
  EXPECT_EQ(only_client(make_timeline(plan, {})).kind, ClientKind::Kubelet);
}

TEST(TimelineClients, AGroupStandsForMembersThatNobodyLists) {
  const Who team = who("team", "Group");
  Plan plan = one_registry({kAlice});
  plan.carriers = {carrier("a1", team, {"base"})};
  plan.assignments = {assignment(team, registry_id("base"), {"a1"})};
  ASSERT_THAT(make_timeline(plan, {}).registries.front().clients, testing::SizeIs(1));  // alice is its member
  EXPECT_EQ(only_client(make_timeline(plan, {})).who.id, "alice");
  plan.assignments.clear();  // assigned already: switch_alone does not name the members
  EXPECT_THAT(make_timeline(plan, {}).registries.front().clients, testing::SizeIs(2));
}

TEST(TimelineClients, ATaskWithoutAnIdentityFailsForGood) {
  Plan plan;
  plan.registries = {registry("base")};
  plan.tasks = {task("build", "", false), task("patch", "[system]", false), task("purge", "[system]", true)};
  plan.switch_alone = {lost("base", {other("task", "BASE/build"), other("task", "base/stray")})};
  const Timeline timeline = make_timeline(plan, {});
  const auto& clients = timeline.registries.front().clients;
  ASSERT_THAT(clients, testing::SizeIs(4));
  EXPECT_EQ(clients[0].who.id, "base/stray");  // the plan knows of nothing that helps it
  EXPECT_TRUE(clients[0].needs_identity);
  EXPECT_EQ(clients[1].who.id, "base/build");
  EXPECT_TRUE(clients[1].needs_identity);
  EXPECT_TRUE(clients[1].with_action.open_ended);
  EXPECT_FALSE(clients[2].needs_identity);
  EXPECT_EQ(clients[2].with_action, (Span{.best = kNone, .worst = Minutes(10)}));
  EXPECT_FALSE(clients[3].needs_identity);
  EXPECT_EQ(timeline.tasks, 1U);
  EXPECT_EQ(timeline.registries.front().harm, (Harm{.workloads = 0, .open_ends = 2, .minutes = 960}));
}

// Source: acr-authorization B.4, a target registry other than the own one
TEST(TimelineClients, ATaskOfAnotherRegistryUsesTheIdentityOfItsCredential) {
  const Timeline timeline = make_timeline(one_registry({other("task", "other/cross")}), {});
  EXPECT_FALSE(only_client(timeline).needs_identity);
  EXPECT_FALSE(only_client(timeline).loses_access);
  EXPECT_FALSE(only_client(timeline).without_action.open_ended);
}

TEST(TimelineClients, LoseAccessForGoodIfThePlanTakesIt) {
  Plan plan = one_registry({kAlice, kKubelet});
  plan.changes = {lost("base", {kAlice}), lost("base", {kKubelet})};
  plan.changes.back().kind = Change::Kind::PossiblyLost;
  const auto clients = make_timeline(plan, {}).registries.front().clients;
  EXPECT_FALSE(clients[0].loses_access);
  EXPECT_TRUE(clients[1].loses_access);
}

TEST(TimelineClients, AnActionIsNeverWorseThanNone) {
  const Span brief{.best = kNone, .worst = Minutes(5)};
  const Span slow{.best = Minutes(30), .worst = hours(2)};
  const Span unsure{.best = Minutes(1), .worst = Minutes(2), .open_ended = true};
  const auto acted = [](const Span& lifetime, const Span& refresh) {
    return only_client(make_timeline(one_registry({kKubelet}), {.lifetime = {{ClientKind::Kubelet, lifetime}},
                                                                .refresh = {{ClientKind::Kubelet, refresh}}}))
        .with_action;
  };
  EXPECT_EQ(acted(brief, slow), brief);
  EXPECT_EQ(acted(slow, brief), brief);
  EXPECT_EQ(acted(slow, unsure), (Span{.best = Minutes(1), .worst = hours(2)}));
  EXPECT_EQ(acted(unsure, slow), (Span{.best = Minutes(1), .worst = hours(2)}));
  EXPECT_EQ(acted(unsure, unsure), unsure);
}

// ---- waiting ------------------------------------------------------------------------------------------------

TEST(TimelineWait, IsAsLongAsTheAssignmentsMayTake) {
  Plan plan = one_registry({kAlice});
  EXPECT_EQ(make_timeline(plan, {}).wait, kNone);
  plan.assignments = {assignment(kAlice, registry_id("base"))};
  const Timeline timeline = make_timeline(plan, {});
  EXPECT_EQ(timeline.wait, Minutes(20));
  EXPECT_EQ(timeline.propagation->basis, Basis::Stated);
  EXPECT_EQ(only_client(timeline).without_action, (Span{.best = kNone, .worst = hours(3)}));
  plan.assignments.push_back(assignment(kKubelet, "/providers/Microsoft.Management/managementGroups/corp/", {}));
  EXPECT_EQ(make_timeline(plan, {}).wait, hours(24));
  EXPECT_EQ(make_timeline(plan, {}).propagation->basis, Basis::Assumed);
  EXPECT_EQ(make_timeline(plan, {}).wide_assignments, 1U);
  const Span hour{.best = hours(1), .worst = hours(1)};
  EXPECT_EQ(make_timeline(plan, {.wide_propagation = hour}).wait, hours(1));
}

TEST(TimelineWait, ThatIsTooShortDelaysEveryCredential) {
  Plan plan = one_registry({kAlice, who("bob", "User"), kKubelet});
  plan.assignments = {assignment(kAlice, registry_id("base")), assignment(who("team", "Group"), "/subscriptions/s1"),
                      assignment(kKubelet, "/subscriptions/s2")};
  const Timeline timeline =
      make_timeline(plan, {.propagation = Span{.best = Minutes(8), .worst = hours(6)}, .wait = Minutes(5)});
  const auto& clients = timeline.registries.front().clients;
  const Span unspread{.best = Minutes(3), .worst = Minutes(355)};
  EXPECT_EQ(clients[1].with_action, unspread);     // alice
  EXPECT_EQ(clients[1].without_action, unspread);  // longer than the three hours
  EXPECT_EQ(clients[2].with_action, unspread);     // bob, perhaps through the group
}

TEST(TimelineWait, ReachesRegistriesBelowManagementGroupsByTheCarriersOfToday) {
  Plan plan;
  plan.registries = {registry("a"), registry("b")};
  plan.carriers = {carrier("/X", kAlice, {"b"})};
  const std::string root = "/providers/microsoft.management/managementgroups/corp";
  plan.assignments = {assignment(kAlice, root, {"/x"})};
  const auto propagates = [](const Timeline& timeline) {
    std::vector<std::string> names;
    for (const RegistrySwitch& r : timeline.registries) {
      if (r.propagation) names.push_back(r.registry.name);
    }
    return names;
  };
  EXPECT_THAT(propagates(make_timeline(plan, {})), ElementsAre("b"));
  plan.carriers.clear();
  EXPECT_THAT(propagates(make_timeline(plan, {})), ElementsAre("a", "b"));
}

// ---- phases -------------------------------------------------------------------------------------------------

TEST(TimelinePhases, FollowEachOther) {
  Plan plan = one_registry({kAlice, kKubelet});
  plan.assignments = {assignment(kAlice, registry_id("base"))};
  const Timeline timeline = make_timeline(plan, {});
  std::vector<std::string_view> words;
  for (const Phase& phase : timeline.phases) words.push_back(word(phase.kind));
  EXPECT_THAT(words, ElementsAre("assign", "wait", "switch", "refused", "refresh", "confirm", "remove"));
  EXPECT_EQ(timeline.phases[1].from->worst, Minutes(-20));
  EXPECT_EQ(*timeline.phases[3].to, (Span{.best = kNone, .worst = hours(3), .open_ended = true}));
  EXPECT_EQ(*timeline.phases[4].to, (Span{.best = Minutes(0), .worst = hours(1)}));
  EXPECT_EQ(timeline.phases[5].from, timeline.phases[4].to);
  EXPECT_FALSE(timeline.phases[6].from);
}

TEST(TimelineInstant, StaysWithinTheYearsThatCanBeWritten) {
  const auto at = *model::parse_timestamp("2026-12-01T20:00:00Z");
  EXPECT_EQ(to_string(instant(at, Minutes(90))), "2026-12-01T21:30:00Z");
  EXPECT_EQ(to_string(instant(at, Minutes(-20))), "2026-12-01T19:40:00Z");
  EXPECT_EQ(to_string(instant(at, Minutes::max())), "9999-12-31T23:59:00Z");
  EXPECT_EQ(to_string(instant(at, Minutes::min())), "0001-01-01T00:00:00Z");
}

// ---- order --------------------------------------------------------------------------------------------------

TEST(TimelineOrder, RehearsesWhereNothingRunsAndLeavesSlowClientsForLast) {
  Plan plan;
  plan.registries = {registry("prod"), registry("web"), registry("people"), registry("empty")};
  plan.switch_alone = {lost("prod", {kKubelet}), lost("web", {who("w", "ServicePrincipal", {"app-service shop"})}),
                       lost("people", {kAlice, who("bob", "User")})};
  const Timeline timeline = make_timeline(plan, {});
  std::vector<std::string> names;
  for (const RegistrySwitch& r : timeline.registries) names.push_back(r.registry.name);
  EXPECT_THAT(names, ElementsAre("empty", "people", "web", "prod"));
  EXPECT_EQ(timeline.registries[1].not_before, kNone);
  EXPECT_EQ(timeline.registries[2].not_before, Minutes(10));
  EXPECT_EQ(timeline.registries[3].not_before, Minutes(10) + hours(24));
}

TEST(TimelineOrder, IsMinimalAmongAllPermutations) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same cases in every run
  const std::vector<std::string> workloads = {"aks k", "app-service s", "container-app c"};
  for (int round = 0; round < 60; ++round) {
    Plan plan;
    const std::size_t count = 1 + random() % 6;
    for (std::size_t r = 0; r < count; ++r) {
      const std::string name = "r" + std::to_string(r);
      plan.registries.push_back(registry(name));
      People people;
      for (std::uint32_t n = random() % 4; n > 0; --n) {
        const std::string id = std::to_string(random() % 9);
        if (random() % 2 == 0) {
          people.push_back(who("u" + id, "User"));
        } else {
          people.push_back(who("p" + id, "ServicePrincipal", {workloads[random() % 3]}));
        }
      }
      plan.switch_alone.push_back(lost(name, people));
    }
    std::vector<Harm> chosen;
    for (const RegistrySwitch& r : make_timeline(plan, {}).registries) chosen.push_back(r.harm);
    const Harm cost = cost_of_order(chosen);
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    do {
      std::vector<Harm> other;
      for (const std::size_t r : order) other.push_back(chosen[r]);
      EXPECT_LE(cost, cost_of_order(other));
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(TimelineOrder, OfEqualsIsThatOfTheirNames) {
  Plan plan;
  plan.registries = {registry("c"), registry("a"), registry("b")};
  const Timeline timeline = make_timeline(plan, {});
  EXPECT_EQ(timeline.registries[0].registry.name, "a");
  EXPECT_EQ(timeline.registries[2].registry.name, "c");
}

TEST(TimelineOrder, CostIsTheSumOfWhatEachSwitchHasPaid) {
  const Harm one{.workloads = 1, .open_ends = 0, .minutes = 10};
  const Harm two{.workloads = 2, .open_ends = 1, .minutes = 5};
  EXPECT_EQ(cost_of_order({one, two}), (Harm{.workloads = 4, .open_ends = 1, .minutes = 25}));
  EXPECT_EQ(cost_of_order({}), Harm{});
}

TEST(TimelineOrder, NamesScopesAndWorkloadsThatSeveralRegistriesShare) {
  Plan plan;
  plan.registries = {registry("a"), registry("b")};
  plan.switch_alone = {lost("a", {kKubelet, kAlice}), lost("b", {kKubelet})};
  const auto old = [](std::string id, std::string scope) {
    return OldAssignment{.id = std::move(id),
                         .role = "Reader",
                         .role_guid = {},
                         .principal = kAlice,
                         .scope = std::move(scope),
                         .condition = {},
                         .condition_version = {},
                         .note = {}};
  };
  plan.remove = {old("1", std::string(kSubscription)), old("2", "/SUBSCRIPTIONS/S1/"), old("3", registry_id("a"))};
  plan.keep = {old("4", "/")};
  const Timeline timeline = make_timeline(plan, {});
  ASSERT_THAT(timeline.shared_scopes, testing::SizeIs(2));
  EXPECT_EQ(timeline.shared_scopes[0].scope, "/");
  EXPECT_EQ(timeline.shared_scopes[1].scope, kSubscription);
  EXPECT_EQ(timeline.shared_scopes[1].assignments, 2U);
  EXPECT_THAT(timeline.shared_scopes[1].registries, ElementsAre("b", "a"));  // b has less to lose
  ASSERT_THAT(timeline.shared_workloads, testing::SizeIs(1));
  EXPECT_EQ(timeline.shared_workloads[0].workload, "aks aks-prod");
}

}  // namespace
}  // namespace acrbiter::evaluator::migration
