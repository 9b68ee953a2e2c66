// The timeline of a plan built by hand in every format, and the options that change it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/report/timeline_report.h"
#include "cli/timeline_options.h"

namespace acrbiter::cli {
namespace {

using evaluator::migration::Change;
using evaluator::migration::ClientKind;
using evaluator::migration::make_timeline;
using evaluator::migration::Minutes;
using evaluator::migration::People;
using evaluator::migration::Plan;
using evaluator::migration::Span;
using evaluator::migration::TaskNeed;
using evaluator::migration::Timeline;
using evaluator::migration::Who;
using nlohmann::json;
using std::chrono::hours;
using testing::Each;
using testing::HasSubstr;
using testing::Le;
using testing::Not;
using testing::StartsWith;

// ---- options ------------------------------------------------------------------------------------------------

TEST(Duration, IsWholeNumbersWithUnits) {
  EXPECT_EQ(parse_duration("45m"), Minutes(45));
  EXPECT_EQ(parse_duration("3h"), hours(3));
  EXPECT_EQ(parse_duration("2d"), hours(48));
  EXPECT_EQ(parse_duration("1h30m"), Minutes(90));
  EXPECT_EQ(parse_duration("1d2h3m"), Minutes(1563));
  EXPECT_EQ(parse_duration("0m"), Minutes(0));
  EXPECT_EQ(parse_duration("365d"), hours(8760));
}

TEST(Duration, IsNothingElse) {
  for (const std::string_view text :
       {"", "m", "3", "3 h", "-3h", "+3h", "3H", "1.5h", "30m1h", "1h1h", "3s", "365d1m", "4294967296m", "3h ", "h3"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(DurationRange, HasABestAndAWorst) {
  EXPECT_EQ(parse_span("30m..24h"), (Span{.best = Minutes(30), .worst = hours(24)}));
  EXPECT_EQ(parse_span("3h"), (Span{.best = hours(3), .worst = hours(3)}));
  EXPECT_EQ(parse_span("30m.."), (Span{.best = Minutes(30), .worst = Minutes(30), .open_ended = true}));
  EXPECT_EQ(parse_span("..3h"), (Span{.best = Minutes(0), .worst = hours(3)}));
  for (const std::string_view text : {"", "..", "3h..1h", "1h...3h", "1h-3h", "1h..3h..5h", "x..3h", "3h..x"}) {
    EXPECT_EQ(parse_span(text), std::nullopt) << text;
  }
}

Arguments given(std::string_view option, std::vector<std::string> values) {
  Arguments arguments;
  arguments.options[std::string(option)] = std::move(values);
  return arguments;
}

TEST(TimelineArguments, AreRead) {
  Arguments arguments = given("--credential-lifetime", {"kubelet=30m..24h", "user=1h"});
  arguments.options["--refresh-time"] = {"app-service=5m.."};
  arguments.options["--propagation"] = {"1m..2m"};
  arguments.options["--wide-propagation"] = {"1h..2h"};
  arguments.options["--wait"] = {"1h"};
  arguments.options["--at"] = {"2026-12-01T20:00:00Z"};
  const auto options = timeline_options(arguments);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->lifetime.at(ClientKind::Kubelet), (Span{.best = Minutes(30), .worst = hours(24)}));
  EXPECT_EQ(options->lifetime.at(ClientKind::User), (Span{.best = hours(1), .worst = hours(1)}));
  EXPECT_TRUE(options->refresh.at(ClientKind::AppService).open_ended);
  EXPECT_EQ(options->propagation->worst, Minutes(2));
  EXPECT_EQ(options->wide_propagation->worst, hours(2));
  EXPECT_EQ(options->wait, hours(1));
  EXPECT_EQ(to_string(*options->at), "2026-12-01T20:00:00Z");
  EXPECT_TRUE(timeline_options({}));
}

TEST(TimelineArguments, AreRefusedWithAWayOut) {
  const auto error = [](std::string_view option, std::vector<std::string> values) {
    const auto options = timeline_options(given(option, std::move(values)));
    return options ? std::string() : options.error().message + "; " + options.error().help;
  };
  EXPECT_EQ(error("--credential-lifetime", {"kubelt=3h"}),
            "no kind of clients is called `kubelt`; did you mean `kubelet`?");
  EXPECT_THAT(error("--credential-lifetime", {"zzz=3h"}), HasSubstr("one of: kubelet, app-service, container-app, "));
  EXPECT_THAT(error("--refresh-time", {"kubelet"}), StartsWith("`--refresh-time` takes KIND=RANGE, not `kubelet`"));
  EXPECT_THAT(error("--refresh-time", {"user=3h..1h"}), HasSubstr("range of durations, not `3h..1h`"));
  EXPECT_THAT(error("--refresh-time", {"user=3h", "user=4h"}), HasSubstr("twice for user"));
  EXPECT_THAT(error("--propagation", {"soon\x1B"}), HasSubstr("not `soon\\u{1B}`"));
  EXPECT_THAT(error("--wait", {"1h..2h"}), HasSubstr("takes a duration"));
  EXPECT_THAT(error("--at", {"tonight"}), HasSubstr("is no time"));
}

TEST(TimelineArguments, TheHelpNamesEveryKindWithItsDefault) {
  for (const auto& kind : evaluator::migration::client_kinds()) {
    EXPECT_THAT(std::string(kTimelineNotes), HasSubstr("\n  " + std::string(kind.word) + " "));
    if (kind.kind == ClientKind::Unknown) continue;
    const std::string longest =
        std::to_string(std::chrono::duration_cast<hours>(kind.lifetime.span.worst).count()) + "h";
    const std::string notes(kTimelineNotes);
    const std::size_t line = notes.find("\n  " + std::string(kind.word) + " ") + 1;
    EXPECT_THAT(notes.substr(line, notes.find('\n', line) - line), HasSubstr("up to " + longest));
  }
  for (const OptionSpec& option : kTimelineOptions) EXPECT_FALSE(option.help.empty());
  EXPECT_EQ(options::kAt.name, "--at");
}

// ---- a plan -------------------------------------------------------------------------------------------------

Who who(std::string id, std::string name, std::string type, std::vector<std::string> workloads = {}) {
  return {.kind = "entra",
          .id = std::move(id),
          .name = std::move(name),
          .type = std::move(type),
          .workloads = std::move(workloads)};
}
Change lost(std::string registry, People people) {
  return {.kind = Change::Kind::Lost,
          .registry = std::move(registry),
          .who = std::move(people),
          .operations = {"pull"},
          .names = "**",
          .example = "a",
          .reason = {},
          .because = {}};
}
TaskNeed task(std::string registry, std::string name, std::string identity) {
  return {.registry = std::move(registry),
          .name = std::move(name),
          .identity = std::move(identity),
          .identity_resource_id = {},
          .identity_client_id = {},
          .identity_before = {},
          .login_mode_before = {},
          .set_already = false,
          .need = {}};
}

Plan two_registries() {
  const Who kubelet = who("1", "aks-prod-agentpool", "ServicePrincipal", {"aks aks-prod"});
  Plan plan;
  plan.registries = {{.name = "contosobase", .id = "/subscriptions/s/base", .login_server = {}},
                     {.name = "contosodev", .id = "/subscriptions/s/dev", .login_server = {}}};
  plan.switch_alone = {
      lost("contosobase", {kubelet, who("2", "shop-id", "ServicePrincipal", {"app-service shop"}),
                           who("3", "alice@contoso.com", "User"), who("4", "ci-push", "ServicePrincipal"),
                           who("5", "platform-team", "Group")}),
      lost("contosodev", {who("3", "alice@contoso.com", "User"), who("6", "ben@contoso.com", "User")})};
  plan.tasks = {task("contosobase", "nightly", "[system]"), task("contosobase", "orphan", "")};
  plan.assignments = {
      {.name = "n", .principal = kubelet, .scope = "/subscriptions/s", .role = "r", .replaces = {}, .note = {}}};
  plan.remove = {{.id = "o",
                  .role = "AcrPull",
                  .role_guid = {},
                  .principal = kubelet,
                  .scope = "/subscriptions/s",
                  .condition = {},
                  .condition_version = {},
                  .note = {}}};
  plan.changes = {lost("contosobase", {who("3", "alice@contoso.com", "User")})};
  return plan;
}

/// The same, but every name tries to be markup, a formula, a terminal command and a line end.
Plan hostile() {
  const std::string name = "]]><script>alert(1)</script>&\"'`|\n# x\x1B[2J \xFF\xE2\x80\xAE";
  Plan plan;
  plan.registries = {{.name = name, .id = name, .login_server = {}},
                     {.name = name + "2", .id = name, .login_server = {}}};
  const Who attacker = who("1", name, "ServicePrincipal", {"aks " + name});
  plan.switch_alone = {lost(name, {attacker, who("2", name, "User")}), lost(name + "2", {attacker})};
  plan.tasks = {task(name, name, "")};
  plan.remove = {{.id = "o",
                  .role = name,
                  .role_guid = {},
                  .principal = attacker,
                  .scope = "/",
                  .condition = {},
                  .condition_version = {},
                  .note = {}}};
  return plan;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t from = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
    lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

// ---- text ---------------------------------------------------------------------------------------------------

TEST(TimelineText, AnswersFirstAndDrawsEachKindOfClient) {
  const std::string text = report::timeline_text(make_timeline(two_registries(), {}), {.width = 80});
  EXPECT_EQ(text, R"golden(8 clients of 2 registries can be refused with 401 after the switch, although the
roles are in place: up to 24 h or longer. Refreshed at once, it is up to 1 h for
6 of them; for 2 no page says that anything shortens it. 1 task fails in every
run until it has an identity.

Switch in this order: contosodev and contosobase.
Least harm first: fewest running workloads, then fewest clients without a known
end, then the smallest sum of worst cases. If a surprise ends the series early,
the least has been paid.
  1 role assignment of today at /subscriptions/s serves contosodev and
    contosobase: not to be removed before contosobase has switched

Phases
  assign   until T-20 min          create 1 role assignment
  wait     T-20 min to T+0         the assignments spread: up to 20 min (stated)
  switch   T+0                     az acr update --name REGISTRY
                                   --role-assignment-mode rbac-abac; then give 1
                                   task its identity
  refused  T+0 to T+24 h or later  credentials issued before are refused with
                                   401; refreshing them before the switch does
                                   not help
  refresh  T+0 to T+24 h or later  get new credentials, see what shortens it
  confirm  from T+24 h or later    pull, push and run automation with new
                                   credentials; whoever was missed gets the role
                                   directly, because a managed identity notices
                                   a new group only after about 24 h
  remove   after that              remove 1 role assignment that no longer
                                   counts

contosodev (1 of 2): no running workload known, 2 clients: a rehearsal
                 T+0   10m   30m   1h    3h    8h    24h
  people: alice@contoso.com, ben@contoso.com
    nobody acts  |========================              up to 3 h
    refreshed    |======                                up to 10 min

contosobase (2 of 2): 2 running workloads, 7 clients in all
  T+0 not before T+10 min of the first
                 T+0   10m   30m   1h    3h    8h    24h
  AKS nodes: aks-prod
    nobody acts  |========================>             up to 3 h or longer
    refreshed    |==================                    up to 1 h
  web apps: shop
    nobody acts  |====================================  up to 24 h
    refreshed    |====================================  up to 24 h
  tasks: nightly
    nobody acts  |==============================        up to 8 h
    refreshed    |======                                up to 10 min
  tasks without an identity: orphan
    nobody acts  |####################################> until it has an identity
    refreshed    |####################################> no new credential helps
  service principals: ci-push
    nobody acts  |========================              up to 3 h
    refreshed    |======                                up to 10 min
  people: alice@contoso.com
    nobody acts  |========================              up to 3 h
    refreshed    |======                                up to 10 min
  groups and unknown clients: platform-team
    nobody acts  |====================================> up to 24 h or longer
    refreshed    |====================================> up to 24 h or longer

# refused in any case, = refused at worst, > no end known; the axis is in steps,
not to scale

What shortens it
  AKS nodes: restart the kubelet on every node, or replace the nodes; restarting
    pods changes nothing
  web apps: restart the app; else wait until its cache lapses
  tasks: run again what was running at the switch: each run gets its own
    credential
  service principals: sign in again: run the job again
  people: sign in again: az acr login, or docker logout and docker login
  groups and unknown clients: find out what pulls in its name, then as for that
    kind
  tasks without an identity: give the task an identity, and that a role, before
    the switch; name it with --source-acr-auth-id right after
  1 client loses some access for good, whatever the credential: see the changes
    of the plan

Where the figures come from
  AKS nodes, if nobody acts: up to 3 h or longer (derived): minutes to hours, no
    figure (acr-authorization G, H.3); 3 h because a sign-in lasts that long
    (E.2), open because no page says how long the kubelet keeps one
  web apps, if nobody acts: up to 24 h (assumed): a platform that caches
    recovers only when its cache lapses (acr-authorization H.3); no page says
    when: 24 h at most is assumed
  tasks, if nobody acts: up to 8 h (assumed): a run in progress keeps what it
    got; that none lasts longer than 8 h is assumed
  service principals and people, if nobody acts: up to 3 h (stated): a sign-in
    through Entra lasts 3 h, then it has to be done again anyway
    (acr-authorization E.2, J17)
  groups and unknown clients, if nobody acts: up to 24 h or longer (assumed): as
    wide as the widest of the other kinds: the data does not show what asks in
    its name
  AKS nodes, refreshed: 1 min to 1 h (assumed): that the nodes are through
    within an hour is assumed; that a restart helps is stated (acr-authorization
    H.3)
  web apps, refreshed: 1 min to 10 min or longer (assumed): that a restart drops
    the cached credential is assumed: no page says so (acr-authorization H.3
    names the lapse alone)
  tasks, service principals and people, refreshed: up to 10 min (derived): the
    registry's token server takes up to 10 min after a change (acr-authorization
    C.6)
  groups and unknown clients, refreshed: up to 1 h or longer (assumed): as wide
    as the widest of the other kinds: the data does not show what asks in its
    name
  role assignments: up to 20 min (stated): up to 10 min for a role assignment,
    and up to 10 min more at the registry's token server (acr-authorization C.6,
    azure-rbac-semantics 13)
  T+0 is when the switch takes effect; no page says how long that takes after
    the command.

Not touched by the switch
  tokens: their passwords and scope maps are not part of the permission mode
    (acr-authorization D.2)
  the admin user: it is not governed by role assignments; no page says otherwise
    for the ABAC mode (acr-authorization D.1, J35)
  anonymous pull: it ignores modes and conditions (acr-authorization C.1, D.3)
)golden");
}

TEST(TimelineText, FitsItsWidth) {
  const Timeline timeline = make_timeline(two_registries(), {.at = model::parse_timestamp("2026-12-01T20:00:00Z")});
  for (const std::size_t width : {60U, 80U, 120U, 200U}) {
    std::vector<std::size_t> widths;
    for (const std::string& line : lines_of(report::timeline_text(timeline, {.colour = true, .width = width}))) {
      widths.push_back(report::columns(line));
    }
    EXPECT_THAT(widths, Each(Le(width))) << width;
  }
}

TEST(TimelineText, IsTheSameInColour) {
  const Timeline timeline = make_timeline(two_registries(), {});
  std::string text = report::timeline_text(timeline, {.colour = true, .width = 80});
  EXPECT_THAT(text, HasSubstr("\x1B["));
  for (std::size_t at = text.find('\x1B'); at != std::string::npos; at = text.find('\x1B')) {
    text.erase(at, text.find('m', at) - at + 1);
  }
  EXPECT_EQ(text, report::timeline_text(timeline, {.width = 80}));
}

TEST(TimelineText, IsAsciiWhateverTheNames) {
  const std::string text = report::timeline_text(make_timeline(hostile(), {}), {.width = 80});
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << static_cast<int>(c);
}

TEST(TimelineText, OfAPlanWithoutClientsSaysSo) {
  Plan plan;
  plan.registries = {{.name = "quiet", .id = "/q", .login_server = {}}};
  const std::string text = report::timeline_text(make_timeline(plan, {}), {.width = 100});
  EXPECT_THAT(text,
              StartsWith("No client of quiet is known that the switch would refuse for having an old credential.\n"));
  EXPECT_THAT(text, HasSubstr("nothing to wait for"));
}

// ---- JSON ---------------------------------------------------------------------------------------------------

TEST(TimelineJson, HoldsTheWholeModel) {
  const Timeline timeline = make_timeline(two_registries(), {.at = model::parse_timestamp("2026-12-01T20:00:00Z")});
  const json document = json::parse(report::timeline_json(timeline));
  EXPECT_EQ(document["at"], "2026-12-01T20:00:00Z");
  EXPECT_EQ(document["waitMinutes"], 20);
  EXPECT_EQ(document["kinds"].size(), 7U);
  EXPECT_EQ(document["kinds"][5]["lifetime"]["basis"], "stated");
  EXPECT_EQ(document["phases"][1]["from"]["worstMinutes"], -20);
  EXPECT_EQ(document["phases"][6]["from"], nullptr);
  const json& first = document["registries"][0];
  EXPECT_EQ(first["name"], "contosodev");
  EXPECT_EQ(first["clients"][0]["refusedWithoutAction"]["untilAtWorst"], "2026-12-01T23:00:00Z");
  const json& second = document["registries"][1];
  EXPECT_EQ(second["notBefore"], "2026-12-01T20:10:00Z");
  EXPECT_EQ(second["harm"]["workloads"], 2);
  EXPECT_EQ(second["clients"][0]["workload"], "aks aks-prod");
  EXPECT_EQ(second["clients"][0]["refusedWithoutAction"]["openEnded"], true);
  EXPECT_EQ(second["clients"][0]["refusedWithoutAction"]["untilAtWorst"], nullptr);
  EXPECT_EQ(document["sharedScopes"][0]["registries"], json({"contosodev", "contosobase"}));
  const json hostile_document = json::parse(report::timeline_json(make_timeline(hostile(), {})));
  EXPECT_EQ(hostile_document["registries"].size(), 2U);
}

// ---- Markdown -----------------------------------------------------------------------------------------------

TEST(TimelineMarkdown, IsATableForEachRegistry) {
  EXPECT_EQ(report::timeline_markdown(make_timeline(two_registries(), {})), R"golden(### Timeline of the migration

**8 clients of 2 registries can be refused with 401 after the switch, although the roles are in place: up to 24 h or longer. Refreshed at once, it is up to 1 h for 6 of them; for 2 no page says that anything shortens it. 1 task fails in every run until it has an identity.**

Switch in this order: `contosodev` and `contosobase`. Least harm first: fewest running workloads, then fewest clients without a known end, then the smallest sum of worst cases. If a surprise ends the series early, the least has been paid.

- 1 role assignment of today at `/subscriptions/s` serves `contosodev` and `contosobase`: not to be removed before `contosobase` has switched

| Phase | When | What |
|---|---|---|
| assign | until T-20 min | create 1 role assignment |
| wait | T-20 min to T+0 | the assignments spread: up to 20 min (stated) |
| switch | T+0 | az acr update --name REGISTRY --role-assignment-mode rbac-abac; then give 1 task its identity |
| refused | T+0 to T+24 h or later | credentials issued before are refused with 401; refreshing them before the switch does not help |
| refresh | T+0 to T+24 h or later | get new credentials, see what shortens it |
| confirm | from T+24 h or later | pull, push and run automation with new credentials; whoever was missed gets the role directly, because a managed identity notices a new group only after about 24 h |
| remove | after that | remove 1 role assignment that no longer counts |

**`contosodev`**: no running workload known, 2 clients: a rehearsal

| Refused with 401 | Clients | Nobody acts | Refreshed at once | What shortens it |
|---|---|---|---|---|
| people | alice&#64;contoso.com, ben&#64;contoso.com | up to 3 h | up to 10 min | sign in again: az acr login, or docker logout and docker login |

**`contosobase`**: 2 running workloads, 7 clients in all; T+0 not before T+10 min of the first

| Refused with 401 | Clients | Nobody acts | Refreshed at once | What shortens it |
|---|---|---|---|---|
| AKS nodes | aks-prod | up to 3 h or longer | up to 1 h | restart the kubelet on every node, or replace the nodes; restarting pods changes nothing |
| web apps | shop | up to 24 h | up to 24 h | restart the app; else wait until its cache lapses |
| tasks | nightly | up to 8 h | up to 10 min | run again what was running at the switch: each run gets its own credential |
| tasks without an identity | orphan | until it has an identity | no new credential helps | give the task an identity, and that a role, before the switch; name it with --source-acr-auth-id right after |
| service principals | ci-push | up to 3 h | up to 10 min | sign in again: run the job again |
| people | alice&#64;contoso.com | up to 3 h | up to 10 min | sign in again: az acr login, or docker logout and docker login |
| groups and unknown clients | platform-team | up to 24 h or longer | up to 24 h or longer | find out what pulls in its name, then as for that kind |

1 client loses some access for good, whatever the credential: see the changes of the plan.

<details><summary>Where the figures come from</summary>

- AKS nodes, if nobody acts: up to 3 h or longer (derived): minutes to hours, no figure (acr-authorization G, H.3); 3 h because a sign-in lasts that long (E.2), open because no page says how long the kubelet keeps one
- web apps, if nobody acts: up to 24 h (assumed): a platform that caches recovers only when its cache lapses (acr-authorization H.3); no page says when: 24 h at most is assumed
- tasks, if nobody acts: up to 8 h (assumed): a run in progress keeps what it got; that none lasts longer than 8 h is assumed
- service principals and people, if nobody acts: up to 3 h (stated): a sign-in through Entra lasts 3 h, then it has to be done again anyway (acr-authorization E.2, J17)
- groups and unknown clients, if nobody acts: up to 24 h or longer (assumed): as wide as the widest of the other kinds: the data does not show what asks in its name
- AKS nodes, refreshed: 1 min to 1 h (assumed): that the nodes are through within an hour is assumed; that a restart helps is stated (acr-authorization H.3)
- web apps, refreshed: 1 min to 10 min or longer (assumed): that a restart drops the cached credential is assumed: no page says so (acr-authorization H.3 names the lapse alone)
- tasks, service principals and people, refreshed: up to 10 min (derived): the registry's token server takes up to 10 min after a change (acr-authorization C.6)
- groups and unknown clients, refreshed: up to 1 h or longer (assumed): as wide as the widest of the other kinds: the data does not show what asks in its name
- role assignments: up to 20 min (stated): up to 10 min for a role assignment, and up to 10 min more at the registry's token server (acr-authorization C.6, azure-rbac-semantics 13)
- T+0 is when the switch takes effect; no page says how long that takes after the command.
- not touched: tokens: their passwords and scope maps are not part of the permission mode (acr-authorization D.2)
- not touched: the admin user: it is not governed by role assignments; no page says otherwise for the ABAC mode (acr-authorization D.1, J35)
- not touched: anonymous pull: it ignores modes and conditions (acr-authorization C.1, D.3)

</details>
)golden");
}

TEST(TimelineMarkdown, KeepsNamesInTheirCells) {
  const std::string text = report::timeline_markdown(make_timeline(hostile(), {}));
  for (const std::string& line : lines_of(text)) {
    EXPECT_THAT(line, Not(StartsWith("# x")));
    EXPECT_THAT(line, Not(HasSubstr("\x1B")));
    if (!line.starts_with("|")) continue;
    const auto cells = std::count(line.begin(), line.end(), '|');
    EXPECT_TRUE(cells == 4 || cells == 6) << line;
    EXPECT_THAT(line, Not(HasSubstr("<script>")));
  }
}

// ---- SVG ----------------------------------------------------------------------------------------------------

/// Checks that tags nest and attributes are quoted; returns the text between the tags.
std::string text_of_xml(const std::string& xml) {
  std::vector<std::string> open;
  std::string text;
  for (std::size_t at = 0; at < xml.size();) {
    if (xml[at] != '<') {
      text += xml[at++];
      continue;
    }
    const std::size_t end = xml.find('>', at);
    EXPECT_NE(end, std::string::npos);
    const std::string tag = xml.substr(at + 1, end - at - 1);
    EXPECT_EQ(tag.find('<'), std::string::npos) << tag;
    EXPECT_EQ(std::count(tag.begin(), tag.end(), '"') % 2, 0) << tag;
    const std::string name = tag.substr(0, tag.find_first_of(" /", 1));
    if (tag.front() == '/') {
      EXPECT_FALSE(open.empty());
      EXPECT_EQ("/" + open.back(), tag);
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    at = end + 1;
  }
  EXPECT_TRUE(open.empty());
  return text;
}

TEST(TimelineSvg, IsADocumentOfItsOwn) {
  const std::string svg = report::timeline_svg(make_timeline(two_registries(), {}));
  EXPECT_THAT(svg, StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(svg, HasSubstr("role=\"img\" aria-labelledby=\"timeline-title timeline-description\""));
  EXPECT_THAT(svg, HasSubstr("<title id=\"timeline-title\">Timeline of the migration</title>"));
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme: dark"));
  for (const std::string_view outside : {"<script", "href", "<image", "@import", "url(http"}) {
    EXPECT_THAT(svg, Not(HasSubstr(std::string(outside))));
  }
  const std::string text = text_of_xml(svg);
  EXPECT_THAT(text, HasSubstr("AKS nodes"));
  EXPECT_THAT(text, HasSubstr("aks-prod"));
}

TEST(TimelineSvg, TakesNoMarkupFromNames) {
  const std::string svg = report::timeline_svg(make_timeline(hostile(), {}));
  static_cast<void>(text_of_xml(svg));
  EXPECT_THAT(svg, Not(HasSubstr("script>")));
  EXPECT_THAT(svg, Not(HasSubstr("\x1B")));
  EXPECT_THAT(svg, Not(HasSubstr("\xFF")));
}

TEST(TimelineReports, AreTheSameBytesEveryTime) {
  const Timeline timeline = make_timeline(two_registries(), {});
  EXPECT_EQ(report::timeline_svg(timeline), report::timeline_svg(make_timeline(two_registries(), {})));
}

}  // namespace
}  // namespace acrbiter::cli
