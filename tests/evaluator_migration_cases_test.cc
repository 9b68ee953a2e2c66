// The cases of fixtures/specs/migration: what a migration plan has to say about a small tenant, and what its proof has
// to find once the plan or the tenant is another. A new case needs no C++; the format is described in README.md there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "cli/migrate/plan_json.h"
#include "evaluator/engine.h"
#include "evaluator/migration/plan.h"
#include "evaluator/migration/verify.h"
#include "model/repository_set.h"
#include "parser/read.h"
#include "tests/support/migration_case.h"

namespace acrbiter {
namespace {

namespace migration = evaluator::migration;
using evaluator::AccessSets;
using evaluator::Engine;
using evaluator::Readings;
using evaluator::Verdict;
using migration::Change;
using migration::Plan;
using migration::Strategy;
using Json = nlohmann::ordered_json;

const std::string kSpecs = ACRBITER_SOURCE_DIR "/fixtures/specs";

const std::vector<spec::RawCase>& cases() {
  static const std::vector<spec::RawCase> all = spec::load_raw_cases(
      kSpecs + "/migration", kSpecs, {"plan", "expect", "strategy", "assume", "edit", "later", "laterData", "proof"});
  return all;
}

const spec::RoleIds& roles() {
  static const spec::RoleIds ids = spec::load_roles(kSpecs);
  return ids;
}

/// A tenant that was read. Throws if it cannot be.
struct World {
  explicit World(const std::vector<spec::Document>& documents, const Readings& readings = {})
      : snapshot(read(documents)), engine(snapshot, readings), sets(engine, under(readings)) {}

  static evaluator::Circumstances under(const Readings& readings) {
    evaluator::Circumstances circumstances;
    circumstances.readings = readings;
    return circumstances;
  }

  static model::Snapshot read(const std::vector<spec::Document>& documents) {
    std::vector<parser::NamedText> texts;
    for (const spec::Document& document : documents) texts.push_back({document.name, document.text});
    auto snapshot = parser::read_documents(texts);
    if (!snapshot) throw std::runtime_error(snapshot.error().front().file + ": " + snapshot.error().front().message);
    return *std::move(snapshot);
  }

  const model::Snapshot snapshot;
  const Engine engine;
  const AccessSets sets;
};

/// What the case pins of contested facts.
Readings readings_of(const spec::RawCase& one) {
  Readings readings;
  const Json pinned = one.given.value("assume", Json::object());
  for (const auto& [name, reading] : pinned.items()) {
    if (!readings.pin(name, reading.get<std::string>())) throw std::runtime_error("no contested fact `" + name + "`");
  }
  return readings;
}

migration::PlanRequest request_of(const Json& given, Strategy strategy, const model::Snapshot& snapshot) {
  migration::PlanRequest request;
  request.strategy = strategy;
  std::vector<std::string> names;
  for (const auto& [key, value] : given.items()) {
    if (key == "registries") {
      names = value.get<std::vector<std::string>>();
    } else if (key == "customRoles") {
      request.custom_roles = value.get<bool>();
    } else if (key == "narrow") {
      request.narrow = value.get<bool>();
    } else if (key == "mostAssignments") {
      request.most_assignments = value.get<std::size_t>();
    } else {
      throw std::runtime_error("`plan` has the unknown member `" + key + "`");
    }
  }
  for (std::size_t r = 0; r < snapshot.registries.size(); ++r) {
    const bool named = std::ranges::find(names, snapshot.registries[r].name) != names.end();
    if (named || (names.empty() && snapshot.registries[r].mode == model::PermissionMode::Legacy)) {
      request.registries.push_back(r);
    }
  }
  if (request.registries.empty()) throw std::runtime_error("no registry to plan for");
  return request;
}

// ---- an outsider asks ---------------------------------------------------------------------------------------

struct Caller {
  std::string text;      ///< as a question names it
  std::string kind;      ///< Who::kind
  std::string id;        ///< Who::id
  std::string registry;  ///< of a token or a task
};

std::vector<Caller> callers(const World& world) {
  std::vector<Caller> result;
  for (const evaluator::Asker& asker : world.sets.askers()) {
    Caller caller;
    if (const auto* entra = std::get_if<evaluator::EntraAsker>(&asker)) {
      const std::string id(world.snapshot.principals[static_cast<std::size_t>(entra->principal)].id);
      caller = {id, "entra", id, ""};
    } else if (const auto* task = std::get_if<evaluator::TaskAsker>(&asker)) {
      const model::Task& row = world.snapshot.tasks[task->task];
      caller = {"task:" + row.name, "task", row.registry + "/" + row.name, row.registry};
    } else if (const auto* token = std::get_if<evaluator::TokenAsker>(&asker)) {
      const model::Token& row = world.snapshot.tokens[token->token];
      caller = {"token:" + row.name, "token", row.registry + "/" + row.name, row.registry};
    } else if (std::holds_alternative<evaluator::AdminAsker>(asker)) {
      caller = {"admin", "admin", "", ""};
    } else {
      caller = {"anonymous", "anonymous", "", ""};
    }
    result.push_back(std::move(caller));
  }
  return result;
}

std::optional<Verdict> ask(const Engine& engine, const std::string& principal, const std::string& registry,
                           const std::string& operation, const std::string& repository) {
  evaluator::Question question;
  question.principal = principal;
  question.registry = registry;
  question.operation = operation;
  question.repository = repository;
  const auto resolved = engine.resolve(question);
  if (!resolved) return std::nullopt;
  return engine.decide(*resolved);
}

std::string kind_of(Verdict before, Verdict after) {
  if (before == after) return "no change";
  if (before == Verdict::Allow) return after == Verdict::Deny ? "lost" : "possibly-lost";
  if (before == Verdict::Deny) return after == Verdict::Allow ? "gained" : "possibly-gained";
  return after == Verdict::Allow ? "possibly-gained" : "possibly-lost";
}

/// What the plan says of one place.
std::string claim(const std::vector<Change>& changes, const Caller& caller, const std::string& registry,
                  const std::string& operation, const std::string& repository) {
  std::string result = "no change";
  for (const Change& change : changes) {
    if (change.registry != registry || std::ranges::find(change.operations, operation) == change.operations.end())
      continue;
    const bool concerned = std::ranges::any_of(change.who, [&](const migration::Who& who) {
      return who.kind == caller.kind && (who.kind == "admin" || who.kind == "anonymous" || who.id == caller.id);
    });
    if (!concerned) continue;
    if (!repository.empty()) {
      const auto names = model::RepositorySet::parse(change.names);
      if (!names || !names->contains(repository)) continue;
    }
    result = result == "no change" ? std::string(migration::word(change.kind))
                                   : result + " and " + std::string(migration::word(change.kind));
  }
  return result;
}

/// The names that the cases' conditions tell apart, and some that nothing does.
const std::vector<std::string> kNames = {"backend", "backend/web", "backendsvc/web", "team/app", "x"};

/// Asks the interpreter about everybody before and after, the latter of an export that was written anew.
void expect_as_claimed(const World& before, const World& after, const Plan& plan, const std::vector<Change>& in_plan,
                       const std::vector<Change>& elsewhere) {
  std::set<std::string> planned;
  for (const migration::PlannedRegistry& registry : plan.registries) planned.insert(registry.name);
  for (const Caller& caller : callers(before)) {
    // Whom nothing but a removed assignment names is no longer known to be deleted.
    const bool named = std::ranges::find(after.snapshot.principals, caller.id, &model::Principal::id) !=
                       after.snapshot.principals.end();
    if (caller.kind == "entra" && !named) continue;
    for (const model::Registry& registry : before.snapshot.registries) {
      if (!caller.registry.empty() && caller.registry != registry.name) continue;
      for (const evaluator::Operation* operation : migration::judged_operations(before.sets)) {
        const std::string id(operation->id);
        for (const std::string& name : operation->takes_repository ? kNames : std::vector<std::string>{""}) {
          const auto was = ask(before.engine, caller.text, registry.name, id, name);
          const auto is = ask(after.engine, caller.text, registry.name, id, name);
          if (!was && !is) continue;
          ASSERT_TRUE(was && is) << caller.text << " " << id << " on " << registry.name << "/" << name;
          const std::string said =
              claim(planned.contains(registry.name) ? in_plan : elsewhere, caller, registry.name, id, name);
          ASSERT_EQ(said, kind_of(*was, *is))
              << caller.text << " " << id << " on " << registry.name << "/" << name << ": the plan says " << said;
        }
      }
    }
  }
}

// ---- expectations -------------------------------------------------------------------------------------------

std::string lines(const std::set<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += "    " + item + "\n";
  return text;
}

void expect_same(const std::set<std::string>& expected, const std::set<std::string>& found, const std::string& what) {
  std::set<std::string> missing, extra;
  std::ranges::set_difference(expected, found, std::inserter(missing, missing.end()));
  std::ranges::set_difference(found, expected, std::inserter(extra, extra.end()));
  if (!missing.empty()) ADD_FAILURE() << what << ": the plan lacks\n" << lines(missing);
  if (!extra.empty()) ADD_FAILURE() << what << ": the plan has, unexpected\n" << lines(extra);
}

/// An expected "CODE" stands for every note of that code, "CODE SUBJECT" for one.
void expect_notes(const std::set<std::string>& expected, const std::set<std::string>& found, const std::string& what) {
  const auto fits = [](const std::string& want, const std::string& is) {
    return want == is || (want.find(' ') == std::string::npos && is.starts_with(want + " "));
  };
  for (const std::string& want : expected) {
    if (std::ranges::none_of(found, [&](const std::string& is) { return fits(want, is); })) {
      ADD_FAILURE() << what << ": the plan lacks `" << want << "`";
    }
  }
  for (const std::string& is : found) {
    if (std::ranges::none_of(expected, [&](const std::string& want) { return fits(want, is); })) {
      ADD_FAILURE() << what << ": the plan has, unexpected, `" << is << "`";
    }
  }
}

std::set<std::string> texts(const Json& expect, const char* member) {
  const auto found = expect.find(member);
  return found == expect.end() ? std::set<std::string>{} : found->get<std::set<std::string>>();
}

void expect_plan(const Plan& plan, const Json& expect, const spec::RawCase& one) {
  static const std::set<std::string> kMembers = {"assign", "remove", "keep",      "changes", "elsewhere", "residue",
                                                 "open",   "switch", "untouched", "tasks",   "leftOut",   "says"};
  for (const auto& [key, value] : expect.items()) {
    if (!kMembers.contains(key)) throw std::runtime_error("an expectation has the unknown member `" + key + "`");
  }
  const spec::PlanWords words(*one.tenant, roles());
  const auto changes = [&](const char* member) {
    return spec::spell_changes(expect.contains(member) ? expect.at(member) : Json::array(), one.sets);
  };
  expect_same(texts(expect, "assign"), words.assignments(plan), "assign");
  expect_same(texts(expect, "remove"), words.old(plan.remove), "remove");
  expect_same(texts(expect, "keep"), words.old(plan.keep), "keep");
  expect_same(changes("changes"), words.changes(plan.changes), "changes");
  expect_same(changes("elsewhere"), words.changes(plan.elsewhere), "elsewhere");
  expect_notes(texts(expect, "residue"), words.notes(plan.residue), "residue");
  expect_notes(texts(expect, "open"), words.notes(plan.open), "open");
  if (expect.contains("switch")) expect_same(changes("switch"), words.changes(plan.switch_alone), "switch");
  if (expect.contains("untouched")) expect_notes(texts(expect, "untouched"), words.notes(plan.untouched), "untouched");
  if (expect.contains("leftOut")) expect_same(texts(expect, "leftOut"), words.left_out(plan), "leftOut");
  if (expect.contains("says")) {
    std::string said;
    for (const migration::Note& note : plan.open) said += note.text + '\n';
    for (const migration::Carrier& carrier : plan.carriers) said += carrier.left_out + '\n';
    for (const auto* list : {&plan.remove, &plan.keep}) {
      for (const migration::OldAssignment& old : *list) said += old.note + '\n';
    }
    for (const std::string& part : texts(expect, "says")) EXPECT_NE(said.find(part), std::string::npos) << said;
  }
  if (expect.contains("tasks")) {
    std::set<std::string> found, wanted;
    for (const migration::TaskNeed& task : plan.tasks) {
      found.insert(task.registry + "/" + task.name + ": " + task.identity.substr(task.identity.rfind('/') + 1) +
                   (task.set_already ? " already" : ""));
    }
    for (const Json& text : expect.at("tasks")) wanted.insert(text.get<std::string>());
    expect_same(wanted, found, "tasks");
  }
  // Whatever happens, it is said with a code that the list explains.
  const auto known = [](const std::string& code) {
    return std::ranges::any_of(migration::reasons(), [&](const auto& reason) { return reason.code == code; });
  };
  for (const auto* list : {&plan.changes, &plan.elsewhere, &plan.switch_alone}) {
    for (const Change& change : *list) {
      EXPECT_TRUE(known(change.reason)) << change.reason;
      EXPECT_FALSE(change.because.empty());
    }
  }
  for (const auto* list : {&plan.residue, &plan.untouched, &plan.open}) {
    for (const migration::Note& note : *list) {
      EXPECT_TRUE(known(note.code)) << note.code;
      EXPECT_FALSE(note.text.empty());
    }
  }
}

/// The expectations of each strategy: "all" and those that name it, members of the latter win.
std::map<Strategy, Json> expectations(const Json& given) {
  std::map<Strategy, Json> result;
  if (!given.is_object()) throw std::runtime_error("`expect` is not an object");
  for (const Strategy strategy : {Strategy::Preserve, Strategy::Official, Strategy::Least}) {
    Json joined = Json::object();
    bool named = false;
    for (const auto& [key, value] : given.items()) {
      if (key != "all" && key != "preserve+least" && !migration::strategy_of(key)) {
        throw std::runtime_error("there is no strategy `" + key + "`");
      }
      const bool both = key == "preserve+least" && strategy != Strategy::Official;
      if (key != "all" && !both && key != migration::word(strategy)) continue;
      named = true;
      joined.update(value);
    }
    if (named) result[strategy] = joined;
  }
  if (result.empty()) throw std::runtime_error("`expect` names no strategy");
  return result;
}

void run_plans(const spec::RawCase& one, const World& before) {
  for (const auto& [strategy, expect] : expectations(one.given.at("expect"))) {
    SCOPED_TRACE("strategy " + std::string(migration::word(strategy)));
    const Plan plan = migration::make_plan(
        before.sets, request_of(one.given.value("plan", Json::object()), strategy, before.snapshot));
    expect_plan(plan, expect, one);
    const migration::Verification proof = migration::verify(plan, before.sets);
    EXPECT_TRUE(proof.holds()) << proof.first->text;
    const auto after = [&](migration::Stage stage) {
      return World(spec::export_after(*one.tenant, plan, stage), readings_of(one));
    };
    {
      SCOPED_TRACE("an outsider, before the switch");
      expect_as_claimed(before, after(migration::Stage::Assigned), plan, {}, plan.elsewhere);
    }
    {
      SCOPED_TRACE("an outsider, after the switch");
      expect_as_claimed(before, after(migration::Stage::Switched), plan, plan.changes, plan.elsewhere);
    }
    {
      SCOPED_TRACE("an outsider, once the old assignments are gone");
      expect_as_claimed(before, after(migration::Stage::Removed), plan, plan.changes, plan.elsewhere);
    }
    const auto read_back = cli::migrate::read_plan(cli::migrate::plan_json(plan, std::nullopt));
    ASSERT_TRUE(read_back.has_value());
    EXPECT_EQ(cli::migrate::plan_json(read_back->plan, std::nullopt), cli::migrate::plan_json(plan, std::nullopt));
  }
}

std::string word(migration::Mismatch::Kind kind) {
  switch (kind) {
    case migration::Mismatch::Kind::Registry:
      return "registry";
    case migration::Mismatch::Kind::Incomplete:
      return "incomplete";
    case migration::Mismatch::Kind::BeforeSwitch:
      return "before-switch";
    case migration::Mismatch::Kind::Change:
      return "change";
    case migration::Mismatch::Kind::Removal:
      return "removal";
  }
  return "";
}

/// The plan of the case, edited, is verified against its world or a later one.
void run_proof(const spec::RawCase& one, const World& today) {
  const Json& expect = one.given.at("proof");
  for (const auto& [key, value] : expect.items()) {
    static const std::set<std::string> kMembers = {"holds",      "kind",   "who",   "operation", "registry",
                                                   "repository", "before", "after", "claimed"};
    if (!kMembers.contains(key)) throw std::runtime_error("`proof` has the unknown member `" + key + "`");
  }
  const auto strategy = migration::strategy_of(one.given.value("strategy", "preserve"));
  if (!strategy) throw std::runtime_error("no such strategy");
  const Plan made =
      migration::make_plan(today.sets, request_of(one.given.value("plan", Json::object()), *strategy, today.snapshot));
  ASSERT_TRUE(migration::verify(made, today.sets).holds()) << "before anything is edited";
  Json document = Json::parse(cli::migrate::plan_json(made, std::nullopt));
  Json edit = one.given.value("edit", Json::array());
  spec::put_ids(edit, one.tenant->ids);
  document = document.patch(edit);
  const auto file = cli::migrate::read_plan(document.dump());
  ASSERT_TRUE(file.has_value()) << file.error().front().pointer << ": " << file.error().front().message;
  const Plan& plan = file->plan;

  const spec::Tenant* tenant = one.tenant.get();
  spec::Tenant later_tenant;
  if (one.given.contains("laterData")) {
    Json now = Json::parse(one.world);
    for (const auto& [key, value] : one.given.at("laterData").items()) now[key] = value;
    later_tenant = spec::spell_out(now, roles());
    tenant = &later_tenant;
  }
  if (one.given.contains("later")) {
    later_tenant = spec::spell_out(spec::join_worlds(Json::parse(one.world), one.given.at("later")), roles());
    tenant = &later_tenant;
  }
  const World before(tenant->documents, readings_of(one));
  const migration::Verification proof = migration::verify(plan, before.sets);
  EXPECT_EQ(proof.holds(), expect.value("holds", false)) << (proof.first ? proof.first->text : "");
  if (!proof.first || expect.value("holds", false)) return;
  const migration::Mismatch& first = *proof.first;
  SCOPED_TRACE(first.text);
  EXPECT_FALSE(first.text.empty());
  EXPECT_EQ(word(first.kind), expect.at("kind").get<std::string>());
  const spec::PlanWords words(*tenant, roles());
  const auto expect_word = [&](const char* member, const std::string& found) {
    EXPECT_EQ(found, expect.value(member, found)) << member;
  };
  expect_word("who", words.who(first.who));
  expect_word("operation", first.operation);
  expect_word("registry", first.registry);
  expect_word("repository", first.repository);
  expect_word("claimed", first.claimed);
  expect_word("before", std::string(evaluator::to_string(first.before)));
  expect_word("after", std::string(evaluator::to_string(first.after)));
  if (first.operation.empty()) return;
  // The question must be one that is really answered differently from what the plan says.
  using migration::Stage;
  const bool early = first.kind == migration::Mismatch::Kind::BeforeSwitch;
  const bool removal = first.kind == migration::Mismatch::Kind::Removal;
  const World after(spec::export_after(*tenant, plan, early ? Stage::Assigned : Stage::Removed), readings_of(one));
  std::string caller = first.who.id;
  if (first.who.kind != "entra") {
    caller = first.who.kind;
    if (const std::size_t slash = first.who.id.find('/'); slash != std::string::npos) {
      caller += ":" + first.who.id.substr(slash + 1);
    }
  }
  std::optional<World> switched;
  if (removal) switched.emplace(spec::export_after(*tenant, plan, Stage::Switched), readings_of(one));
  const auto was =
      ask(removal ? switched->engine : before.engine, caller, first.registry, first.operation, first.repository);
  const auto is = ask(after.engine, caller, first.registry, first.operation, first.repository);
  ASSERT_TRUE(was && is) << "the question cannot be asked: " << caller;
  EXPECT_EQ(*was, first.before);
  EXPECT_EQ(*is, first.after);
  EXPECT_NE(kind_of(*was, *is), first.claimed) << "what differs is what the plan says";
}

class MigrationCase : public testing::TestWithParam<std::size_t> {};

TEST_P(MigrationCase, HoldsAsTheFactsSay) {
  const spec::RawCase& one = cases()[GetParam()];
  SCOPED_TRACE(one.file + ": " + one.name + " (" + one.source + ")");
  ASSERT_EQ(one.broken, "");
  try {
    const World before(one.tenant->documents, readings_of(one));
    if (one.given.contains("proof")) {
      run_proof(one, before);
    } else {
      run_plans(one, before);
    }
  } catch (const std::exception& problem) {
    FAIL() << problem.what();
  }
}

std::string test_name(const testing::TestParamInfo<std::size_t>& info) {
  const auto& one = cases()[info.param];
  return spec::test_name(one.file, one.name, info.param);
}

INSTANTIATE_TEST_SUITE_P(Cases, MigrationCase, testing::Range<std::size_t>(0, cases().size()), test_name);

TEST(MigrationCases, EveryCodeIsExpectedSomewhere) {
  std::set<std::string> expected;
  for (const spec::RawCase& one : cases()) {
    if (!one.given.contains("expect")) continue;
    for (const auto& [strategy, expect] : one.given.at("expect").items()) {
      for (const auto& [member, list] : expect.items()) {
        const bool notes = member == "residue" || member == "open" || member == "untouched";
        if (!notes && member != "changes" && member != "elsewhere" && member != "switch") continue;
        for (const Json& item : list) {
          const std::string text = item.get<std::string>();
          expected.insert(notes ? text.substr(0, text.find(' ')) : text.substr(text.rfind(": ") + 2));
        }
      }
    }
  }
  // Takes half a million places: MigrationPlan.SaysWhatItDoesNotCompareAtLargeEstates
  expected.insert("not-compared");
  for (const migration::ReasonText& reason : migration::reasons()) {
    EXPECT_TRUE(expected.contains(std::string(reason.code))) << reason.code;
  }
}

}  // namespace
}  // namespace acrbiter
