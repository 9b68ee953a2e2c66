// acrbiter_probe TASK SIZE: does one task once, so that a tool can look at the whole process.
//
//   memory SIZE      reads an estate from files, as the command line does, and prints the peak of memory beside the
//   bytes read;
//                    SIZE is a folder that acrbiter_estate wrote
//   load SIZE        reads an estate of SIZE role assignments from memory
//   sax SIZE         only scans the same bytes with nlohmann's SAX parser
//   decide SIZE      answers 2,000 questions about such an estate, from strings
//   resolved SIZE    the same with names looked up before
//   explain SIZE     the same with everything that was considered
//   batch SIZE       answers the same questions by sets, from strings, all of which were asked before
//   interned SIZE    the same with names looked up before
//   matrix SIZE      everybody on every repository of every registry, pull and push
//   who-can SIZE     who can push to one repository of every registry
//   chain SIZE       closes a chain of SIZE groups
//   ring SIZE        closes a ring of SIZE groups
//   parse SIZE       parses a condition of SIZE prefixes
//   evaluate SIZE    evaluates it
//   match SIZE       matches a pattern of 16 stars against SIZE letters
//
// What is looked at happens inside `acrbiter_measured`, so that
//   valgrind --tool=callgrind --toggle-collect=acrbiter_measured acrbiter_probe load 2000
// counts the instructions of the task and not of its preparation.
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

#include "bench/workload.h"
#include "evaluator/condition_eval.h"
#include "evaluator/groups.h"
#include "evaluator/sets/access.h"
#include "parser/condition_parser.h"

namespace {

using namespace acrbiter;

constexpr std::size_t kQuestions = 2'000;

class OneRepository : public evaluator::AttributeProvider {
 public:
  explicit OneRepository(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] evaluator::AttributeLookup find(model::AttributeSource, std::string_view) const override {
    return evaluator::AttributeLookup::text(name_);
  }

 private:
  std::string name_;
};

/// A pull from that repository.
evaluator::ConditionEnvironment reading(const OneRepository& repository) {
  evaluator::ConditionEnvironment environment;
  environment.action = "Microsoft.ContainerRegistry/registries/repositories/content/read";
  environment.attributes = &repository;
  return environment;
}

}  // namespace

/// The region that callgrind counts. It has a C name so that --toggle-collect finds it.
extern "C" [[gnu::noinline]] void acrbiter_measured(const std::function<void()>& task) { task(); }

namespace {

int memory(const std::string& folder) {
  const std::size_t before = bench::peak_memory_kib();
  std::size_t bytes = 0;
  const model::Snapshot snapshot = bench::read_folder(folder, bytes);
  const std::size_t peak = bench::peak_memory_kib();
  fmt::print("{} role assignments, {} bytes read, peak {} KiB, before {} KiB, peak/bytes {:.2f}\n",
             snapshot.role_assignments.size(), bytes, peak, before,
             static_cast<double>(peak) * 1024 / static_cast<double>(bytes));
  return 0;
}

void load(std::size_t size) {
  const bench::Estate estate = bench::generate_estate(bench::estate_size(size));
  acrbiter_measured([&] { (void)bench::read_estate(estate); });
  fmt::print("{} bytes\n", estate.bytes());
}

void scan(std::size_t size) {
  const bench::Estate estate = bench::generate_estate(bench::estate_size(size));
  acrbiter_measured([&] { (void)bench::scan_with_nlohmann_sax(estate); });
  fmt::print("{} bytes\n", estate.bytes());
}

enum class Ask : std::uint8_t { FromStrings, Resolved, Explain };

void answer(std::size_t size, Ask ask) {
  bench::EstateSize proportions = bench::estate_size(size);
  proportions.questions = kQuestions;
  const bench::Workload work(bench::generate_estate(proportions));
  acrbiter_measured([&] {
    switch (ask) {
      case Ask::FromStrings:
        (void)bench::decide_from_strings(work.engine, work.estate.questions);
        break;
      case Ask::Resolved:
        (void)bench::decide_resolved(work.engine, work.resolved);
        break;
      case Ask::Explain:
        for (const evaluator::ResolvedQuestion& question : work.resolved) (void)work.engine.explain(question);
        break;
    }
  });
  fmt::print("{} questions\n", kQuestions);
}

/// Answers questions by sets. A first round fills what is worked out once: tables, everybody's groups, names.
void answer_by_sets(std::size_t size, bool from_strings) {
  bench::EstateSize proportions = bench::estate_size(size);
  proportions.questions = kQuestions;
  const bench::Workload work(bench::generate_estate(proportions));
  const evaluator::AccessSets sets(work.engine);
  evaluator::Batch batch(sets);
  const auto round = [&] {
    std::size_t allowed = 0;
    for (std::size_t i = 0; i < work.resolved.size(); ++i) {
      const evaluator::Question& text = work.estate.questions[i];
      const evaluator::ResolvedQuestion& question = work.resolved[i];
      const auto value = from_strings
                             ? batch.decide(text.principal, text.operation, text.registry, text.repository)
                             : sets.decide(question.asker, question.registry, *question.operation, text.repository);
      allowed += value == model::Truth::True ? 1U : 0U;
    }
    return allowed;
  };
  (void)round();
  std::size_t allowed = 0;
  acrbiter_measured([&] { allowed = round(); });
  fmt::print("{} questions, {} allowed\n", kQuestions, allowed);
}

void everybody(std::size_t size, bool matrix) {
  const bench::Workload work(bench::generate_estate(bench::estate_size(size)));
  const evaluator::AccessSets sets(work.engine);
  const evaluator::Operation* const operations[] = {evaluator::find_operation("pull"),
                                                    evaluator::find_operation("push")};
  const auto round = [&] {
    std::size_t found = 0;
    for (std::size_t r = 0; r < work.snapshot.registries.size(); ++r) {
      const auto& repositories = *work.snapshot.registries[r].repositories;
      found += matrix ? sets.matrix(r, repositories, operations).rows.size()
                      : sets.who_can(r, *operations[1], repositories[r % repositories.size()]).size();
    }
    return found;
  };
  if (!matrix) (void)round();
  std::size_t found = 0;
  acrbiter_measured([&] { found = round(); });
  fmt::print("{} {}\n", found, matrix ? "different rows" : "identities");
}

void close(const model::Snapshot& snapshot) {
  std::size_t reached = 0;
  acrbiter_measured([&] {
    const evaluator::GroupGraph graph(snapshot);
    evaluator::Reach reach;
    graph.reach(model::PrincipalIndex{0}, reach);
    reached = reach.all.size() - 1;
  });
  fmt::print("{} groups reached\n", reached);
}

void evaluate(const std::string& condition_text, const std::string& repository) {
  const auto condition = parser::parse_condition(condition_text);
  const OneRepository attributes(repository);
  const evaluator::ConditionEnvironment environment = reading(attributes);
  auto truth = model::Truth::Unknown;
  acrbiter_measured([&] { truth = evaluator::evaluate_truth(*condition, environment); });
  fmt::print("{}\n", model::to_string(truth));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view task = argc == 3 ? argv[1] : "";
  const std::string argument = argc == 3 ? argv[2] : "";
  if (task == "memory") return memory(argument);

  const std::size_t size = bench::role_assignments_of(argument);
  if (size == 0) {
    fmt::print(stderr, "usage: acrbiter_probe TASK SIZE    (the tasks stand at the top of bench/probe_main.cc)\n");
    return 2;
  }
  if (task == "load") {
    load(size);
  } else if (task == "sax") {
    scan(size);
  } else if (task == "decide") {
    answer(size, Ask::FromStrings);
  } else if (task == "resolved") {
    answer(size, Ask::Resolved);
  } else if (task == "explain") {
    answer(size, Ask::Explain);
  } else if (task == "batch" || task == "interned") {
    answer_by_sets(size, task == "batch");
  } else if (task == "matrix" || task == "who-can") {
    everybody(size, task == "matrix");
  } else if (task == "chain") {
    close(bench::chain_of_groups(size));
  } else if (task == "ring") {
    close(bench::ring_of_groups(size));
  } else if (task == "parse") {
    const std::string text = bench::condition_with_prefixes(size);
    acrbiter_measured([&] { (void)parser::parse_condition(text); });
  } else if (task == "evaluate") {
    evaluate(bench::condition_with_prefixes(size), "team-last/app-1");
  } else if (task == "match") {
    evaluate("@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringLike '" +
                 bench::starred_pattern(16) + "'",
             std::string(size, 'a'));
  } else {
    fmt::print(stderr, "unknown task `{}`\n", task);
    return 2;
  }
  return 0;
}
