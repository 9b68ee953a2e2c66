#include "cli/access_test/quality.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "cli/access_test/init.h"
#include "cli/parallel.h"
#include "cli/report/names.h"
#include "cli/report/text.h"
#include "evaluator/adequacy/mutants.h"
#include "parser/condition_parser.h"

namespace acrbiter::cli::access_test {
namespace {

using evaluator::Verdict;
using evaluator::adequacy::Item;
using evaluator::adequacy::Mistake;
using evaluator::adequacy::Mutation;
using model::RepositorySet;

/// What the tests of a group ask, in the words of the evaluator.
std::vector<evaluator::adequacy::Asked> asked_by(const std::vector<RanSuite>& suites) {
  std::vector<evaluator::adequacy::Asked> result;
  for (const RanSuite& ran : suites) {
    for (const CaseResult& test : ran.result->cases) {
      for (const Asked& asked : test.asked) {
        evaluator::adequacy::Asked one;
        one.who = asked.who;
        one.registry = asked.registry;
        one.operations = asked.operations;
        one.names = asked.name.empty() ? asked.names : RepositorySet::exactly(asked.name);
        const bool whole = std::none_of(asked.operations.begin(), asked.operations.end(),
                                        [](const auto* operation) { return operation->takes_repository; });
        if (whole) one.names = RepositorySet::all();
        result.push_back(std::move(one));
      }
    }
  }
  return result;
}

/// What a test file calls somebody: the name if it means nobody else.
std::string spelled(const Analysis& analysis, const evaluator::Asker& asker, std::size_t registry) {
  const auto* entra = std::get_if<evaluator::EntraAsker>(&asker);
  if (entra == nullptr || !entra->known) return analysis.names.spelling(asker);
  std::string name = analysis.names.name(asker);
  const auto found = analysis.find_principal(name, registry);
  const auto* same = found ? std::get_if<evaluator::EntraAsker>(&*found) : nullptr;
  return same != nullptr && same->known && same->principal == entra->principal ? name : analysis.names.spelling(asker);
}

/// A test of one question, as a line of a test file.
std::string test_line(const Analysis& analysis, const evaluator::Asker& asker, std::size_t registry,
                      const evaluator::Operation& operation, const std::string& repository, Verdict verdict) {
  const std::string& name = analysis.registry(registry).name;
  const std::string target = repository.empty() ? name : name + "/" + repository;
  const std::string_view key = verdict == Verdict::Allow ? "can" : verdict == Verdict::Deny ? "cannot" : "undetermined";
  return fmt::format("- {{who: {}, {}: {}, on: {}}}", yaml_text(spelled(analysis, asker, registry)), key,
                     yaml_text(operation.id), yaml_text(target));
}

std::string who(const Analysis& analysis, model::PrincipalIndex principal) {
  return report::quote(report::principal_name(analysis.snapshot(), principal));
}

/// "Reader" for ci on contoso
std::string in_words(const Analysis& analysis, std::size_t assignment) {
  const model::Snapshot& snapshot = analysis.snapshot();
  const model::RoleAssignment& row = snapshot.role_assignments[assignment];
  const std::string& scope = snapshot[row.scope].display;
  const std::size_t last = scope.rfind('/');
  const std::string_view place =
      scope.size() < 2 ? std::string_view("the tenant") : std::string_view(scope).substr(last + 1);
  return fmt::format("{} for {} on {}", report::quote(report::role_name(snapshot, row.role)),
                     who(analysis, row.principal), report::quote(place));
}

std::string in_words(const Analysis& analysis, const Item& item) {
  switch (item.kind) {
    case Item::Kind::Assignment:
      return in_words(analysis, *item.assignment);
    case Item::Kind::RoleEntry: {
      const model::Snapshot& snapshot = analysis.snapshot();
      const model::RoleAssignment& row = snapshot.role_assignments[*item.assignment];
      return fmt::format("{} of {}", report::escape(item.right), report::quote(report::role_name(snapshot, row.role)));
    }
    case Item::Kind::ConditionBranch:
      return fmt::format("{}: names in {}", in_words(analysis, *item.assignment), report::escape(item.names.pattern()));
    case Item::Kind::Door:
      return report::escape(analysis.names.words(*item.door));
    case Item::Kind::NameClass:
      return fmt::format("names in {}", report::escape(item.names.pattern()));
  }
  return {};
}

// ---- mistakes -------------------------------------------------------------------------------------------------

std::string in_words(const Analysis& analysis, const Mutation& mutation) {
  const model::Snapshot& snapshot = analysis.snapshot();
  switch (mutation.mistake) {
    case Mistake::DropSlash:
      return fmt::format("{}: {} in its condition loses its slash", in_words(analysis, mutation.assignment),
                         report::quote(mutation.detail));
    case Mistake::DropGuard:
      return fmt::format("{}: its condition no longer names {}", in_words(analysis, mutation.assignment),
                         report::escape(mutation.detail));
    case Mistake::DropCondition:
      return fmt::format("{}: its condition is gone", in_words(analysis, mutation.assignment));
    case Mistake::WidenScope:
      return fmt::format("{}: its scope is {}", in_words(analysis, mutation.assignment),
                         report::escape(mutation.scope));
    case Mistake::SwapRole:
      return fmt::format("{}: the role is {}", in_words(analysis, mutation.assignment),
                         report::quote(report::role_name(snapshot, mutation.role)));
    case Mistake::FlipMode:
      return fmt::format("{} is in the other permission mode",
                         report::quote(analysis.registry(mutation.registry).name));
    case Mistake::AddMember:
      return fmt::format("{} is in the group {}", who(analysis, mutation.member), who(analysis, mutation.group));
    case Mistake::RemoveDeny: {
      const model::DenyAssignment& deny = snapshot.deny_assignments[mutation.deny];
      return fmt::format("the deny assignment {} is gone", report::quote(deny.name.empty() ? deny.id : deny.name));
    }
  }
  return {};
}

/// The operations that may tell mistakes apart: those on data, and those that the tests name.
std::vector<const evaluator::Operation*> operations_of(const std::vector<evaluator::adequacy::Asked>& asked) {
  std::vector<const evaluator::Operation*> result = evaluator::data_operations();
  for (const auto& one : asked) {
    for (const evaluator::Operation* operation : one.operations) {
      if (std::find(result.begin(), result.end(), operation) == result.end()) result.push_back(operation);
    }
  }
  std::sort(result.begin(), result.end());  // one table holds them all
  return result;
}

/// Does any test that passed not pass on `mutant`?
bool noticed(const std::vector<RanSuite>& suites, const Analysis& mutant) {
  return std::any_of(suites.begin(), suites.end(), [&](const RanSuite& ran) {
    RunOptions options;
    options.wanted = [&](const Case& test) {
      return std::any_of(ran.result->cases.begin(), ran.result->cases.end(), [&](const CaseResult& result) {
        return result.place.offset == test.place.offset && result.outcome == Outcome::Passed;
      });
    };
    const auto result = ran.after == nullptr ? run_suite(*ran.suite, mutant, nullptr, options)
                                             : run_suite(*ran.suite, *ran.base, &mutant, options);
    return !result || result->outcome() != Outcome::Passed;
  });
}

std::string_view could(Verdict verdict) {
  return verdict == Verdict::Allow ? "could" : verdict == Verdict::Deny ? "could not" : "might";
}

}  // namespace

CoverageReport coverage_of(const std::vector<RanSuite>& suites) {
  const Analysis& analysis = suites.front().asked();
  const evaluator::adequacy::Coverage coverage = evaluator::adequacy::measure(analysis.sets, asked_by(suites));
  CoverageReport report;
  report.percent = coverage.percent();
  for (std::size_t kind = 0; kind < report.kinds.size(); ++kind) {
    report.kinds[kind] = {evaluator::adequacy::to_string(static_cast<Item::Kind>(kind)), coverage.all[kind],
                          coverage.touched[kind]};
  }
  for (const Item& item : coverage.items) {
    if (item.touched) continue;
    Untouched& untouched = report.untouched.emplace_back();
    untouched.kind = evaluator::adequacy::to_string(item.kind);
    untouched.registry = analysis.registry(item.registry).name;
    untouched.what = in_words(analysis, item);
    if (!item.missing) continue;
    const auto& missing = *item.missing;
    untouched.test =
        test_line(analysis, missing.asker, missing.registry, *missing.operation, missing.repository, missing.verdict);
  }
  for (const std::size_t registry : coverage.not_looked_at)
    report.not_asked.push_back(analysis.registry(registry).name);
  return report;
}

MutationReport mutate(const std::vector<RanSuite>& suites, std::size_t jobs,
                      const std::function<void(std::size_t, std::size_t)>& progress) {
  const Analysis& analysis = suites.front().asked();
  const auto asked = asked_by(suites);
  std::set<std::size_t> named;
  for (const auto& one : asked) named.insert(one.registry);
  const std::vector<std::size_t> registries(named.begin(), named.end());
  const auto operations = operations_of(asked);
  const auto parse = [](const std::string& text) -> std::optional<model::Condition> {
    auto parsed = parser::parse_condition(text);
    if (!parsed) return std::nullopt;
    return *std::move(parsed);
  };
  const std::vector<Mutation> all = evaluator::adequacy::mutations(analysis.engine, registries, parse);

  enum class Fate : std::uint8_t { Same, Killed, Survived };
  struct Result {
    Fate fate = Fate::Same;
    std::optional<evaluator::adequacy::Difference> difference;
  };
  std::vector<Result> results(all.size());
  MutationReport report;
  report.made = all.size();
  for_each_in_order(
      all.size(), jobs,
      [&](std::size_t i) {
        const Analysis mutant({.snapshot = evaluator::adequacy::made(analysis.snapshot(), all[i]),
                               .readings = analysis.data.readings,
                               .aliases = analysis.data.aliases},
                              analysis.sets.circumstances());
        results[i].difference = evaluator::adequacy::difference(analysis.sets, mutant.sets, operations);
        if (!results[i].difference) return;
        results[i].fate = noticed(suites, mutant) ? Fate::Killed : Fate::Survived;
      },
      [&](std::size_t i) {
        progress(i + 1, all.size());
        return true;
      });
  for (std::size_t i = 0; i < all.size(); ++i) {
    report.same += results[i].fate == Fate::Same ? 1U : 0U;
    report.killed += results[i].fate == Fate::Killed ? 1U : 0U;
    if (results[i].fate != Fate::Survived) continue;
    const auto& difference = *results[i].difference;
    const std::string name = difference.repository.empty() ? std::string() : report::quote(difference.repository);
    report.survivors.push_back(
        {.mistake = evaluator::adequacy::to_string(all[i].mistake),
         .what = in_words(analysis, all[i]),
         .changes =
             fmt::format("{} {} {}", report::escape(analysis.names.name(difference.asker)), could(difference.after),
                         report::doing(*difference.operation, name, analysis.registry(difference.registry))),
         .test = test_line(analysis, difference.asker, difference.registry, *difference.operation,
                           difference.repository, difference.before)});
  }
  return report;
}

}  // namespace acrbiter::cli::access_test
