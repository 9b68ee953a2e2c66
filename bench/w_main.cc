// acrbiter_w TASK FOLDER: runs on workload W, an estate of another maker with answers that were checked, and compares
// every answer. FOLDER holds what W's generator and reference write: assignments.json, roles.json, groups.json,
// registries.json, hierarchy.json, principals.json, queries.tsv, expected.txt.
//
//   decide FOLDER    answers every query: from strings, with names looked up before, and by the interpreter
//   latency FOLDER   times single calls
//   matrix FOLDER    everybody on every repository: the allowed cells, counted
//   diff FOLDER      the matrix of every registry in its mode and in the other
//   who-can FOLDER   who can push, one repository of every registry
//   load FOLDER      reads the role assignments; then scans the same bytes with nlohmann's SAX parser
//
// One line of JSON per figure. Times are of the processor. Exit code 1 if an answer is wrong.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bench/workload.h"
#include "evaluator/sets/access.h"
#include "parser/read.h"

namespace {

using namespace acrbiter;
using model::Truth;
using nlohmann::json;

/// W's actions: content and metadata, each to read, write and delete.
constexpr std::string_view kRegistry = "Microsoft.ContainerRegistry/registries/";
constexpr std::array<std::string_view, 6> kAbac = {"repositories/content/read",   "repositories/content/write",
                                                   "repositories/content/delete", "repositories/metadata/read",
                                                   "repositories/metadata/write", "repositories/metadata/delete"};
constexpr std::array<std::string_view, 6> kLegacy = {"pull/read", "push/write", "artifacts/delete",
                                                     "pull/read", "push/write", "artifacts/delete"};

[[noreturn]] void fail(const std::string& message) {
  fmt::print(stderr, "acrbiter_w: {}\n", message);
  std::exit(2);
}

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// W's own lists in the shapes of exports: files beside W's, which are read with them.
struct Documents {
  std::vector<std::string> paths;
  std::string folder;

  void add(const std::string& name, const std::string& text) {
    paths.push_back(folder + "/acrbiter-" + name);
    std::ofstream(paths.back(), std::ios::binary) << text;
  }
};

void add_directory(const std::string& folder, Documents& out) {
  const json people = json::parse(text_of(folder + "/principals.json"));
  const json groups = json::parse(text_of(folder + "/groups.json"));
  std::unordered_map<std::string, std::string> kinds;
  json objects = json::array();
  for (const json& person : people) {
    const std::string kind =
        person.at("type") == "User" ? "#microsoft.graph.user" : "#microsoft.graph.servicePrincipal";
    kinds.emplace(person.at("id"), kind);
    objects.push_back({{"@odata.type", kind}, {"id", person.at("id")}, {"displayName", person.at("id")}});
  }
  out.add("principals.json", json{{"value", objects}}.dump());
  for (const json& group : groups) kinds.emplace(group.at("id"), "#microsoft.graph.group");
  std::string lines;
  for (const json& group : groups) {
    json members = json::array();
    for (const json& id : group.at("members"))
      members.push_back({{"@odata.type", kinds.at(id.get<std::string>())}, {"id", id}});
    lines += json{{"groupId", group.at("id")}, {"value", members}}.dump() + "\n";
  }
  out.add("group-members.jsonl", lines);
}

json tree_of(const std::string& group, const json& hierarchy) {
  json children = json::array();
  for (const auto& [child, parent] : hierarchy.at("managementGroups").items()) {
    if (parent == group) children.push_back(tree_of(child, hierarchy));
  }
  for (const auto& [child, parent] : hierarchy.at("subscriptions").items()) {
    if (parent == group) children.push_back({{"id", child}, {"type", "/subscriptions"}, {"children", nullptr}});
  }
  return {{"id", group},
          {"name", group.substr(group.rfind('/') + 1)},
          {"type", "Microsoft.Management/managementGroups"},
          {"children", children}};
}

void add_hierarchy(const std::string& folder, Documents& out) {
  const json hierarchy = json::parse(text_of(folder + "/hierarchy.json"));
  for (const auto& [group, parent] : hierarchy.at("managementGroups").items()) {
    if (parent.is_null()) out.add("management-groups.json", tree_of(group, hierarchy).dump());
  }
}

model::Snapshot read(const std::string& folder) {
  Documents documents{.paths = {}, .folder = folder};
  for (const char* file : {"assignments.json", "roles.json", "registries.json"})
    documents.paths.push_back(folder + "/" + file);
  add_directory(folder, documents);
  add_hierarchy(folder, documents);
  auto snapshot = parser::read_exports(documents.paths);
  if (!snapshot) fail(snapshot.error().front().file + ": " + snapshot.error().front().message);
  return *std::move(snapshot);
}

/// W's contract answers these contested facts.
evaluator::Readings readings() {
  evaluator::Readings pinned;
  for (const auto& [fact, reading] :
       {std::pair{"arm-private-link", "yes"}, std::pair{"condition-on-legacy-registry", "evaluated"},
        std::pair{"condition-on-other-role", "evaluated"}}) {
    if (!pinned.pin(fact, reading)) fail(std::string("no such reading: ") + fact + "=" + reading);
  }
  return pinned;
}

evaluator::Circumstances circumstances() {
  evaluator::Circumstances shared;
  shared.readings = readings();
  return shared;
}

struct Query {
  std::string principal, registry, repository;
  std::string action;
  Truth expected = Truth::False;
};

bool in_abac_mode(const model::Registry& registry) { return registry.mode == model::PermissionMode::Abac; }

std::vector<Query> queries_of(const std::string& folder, const model::Snapshot& snapshot) {
  std::unordered_map<std::string, bool> abac;
  for (const model::Registry& registry : snapshot.registries) abac[registry.name] = in_abac_mode(registry);
  std::vector<Query> queries;
  std::ifstream file(folder + "/queries.tsv");
  std::ifstream answers(folder + "/expected.txt");
  std::string action;
  for (Query q; std::getline(file, q.principal, '\t') && std::getline(file, action, '\t') &&
                std::getline(file, q.registry, '\t') && std::getline(file, q.repository);) {
    const auto number = static_cast<std::size_t>(std::stoi(action));
    q.action = std::string(kRegistry) + std::string((abac.at(q.registry) ? kAbac : kLegacy).at(number));
    std::string answer;
    if (!std::getline(answers, answer)) fail("expected.txt is shorter than queries.tsv");
    q.expected = answer == "1" ? Truth::True : Truth::False;
    queries.push_back(q);
  }
  if (queries.empty()) fail("no queries in " + folder);
  return queries;
}

/// Runs `answer` over all queries until a second is full; the first round is checked and fills what is remembered.
template <class Answer>
bool measure(std::string_view label, const std::vector<Query>& queries, const Answer& answer) {
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < queries.size(); ++i) wrong += answer(i) == queries[i].expected ? 0U : 1U;
  std::size_t allowed = 0;
  std::size_t rounds = 0;
  const double start = processor_seconds();
  double seconds = 0;
  do {
    for (std::size_t i = 0; i < queries.size(); ++i) allowed += answer(i) == Truth::True ? 1U : 0U;
    ++rounds;
    seconds = processor_seconds() - start;
  } while (seconds < 1);
  fmt::print("{{\"label\": \"{}\", \"decisions\": {}, \"wrong\": {}, \"allowed\": {}, \"perCpuSecond\": {:.0f}}}\n",
             label, queries.size() * rounds, wrong, allowed / rounds,
             static_cast<double>(queries.size() * rounds) / seconds);
  return wrong == 0;
}

int decide(const std::string& folder) {
  const model::Snapshot snapshot = read(folder);
  const evaluator::Engine engine(snapshot, readings());
  const evaluator::AccessSets sets(engine, circumstances());
  const std::vector<Query> queries = queries_of(folder, snapshot);
  evaluator::Batch batch(sets);
  bool right = measure("sets, from strings", queries, [&](std::size_t i) {
    const Query& q = queries[i];
    return batch.decide(q.principal, q.action, q.registry, q.repository).value_or(Truth::Unknown);
  });

  std::vector<evaluator::Batch::Asked> texts;
  for (const Query& q : queries) texts.push_back({q.principal, q.action, q.registry, q.repository});
  std::vector<std::optional<Truth>> answers(texts.size());
  right &= measure("sets, from strings, many at a time", queries, [&](std::size_t i) {
    if (i == 0) batch.decide(texts, answers);
    return answers[i].value_or(Truth::Unknown);
  });

  std::vector<evaluator::Question> questions;
  for (const Query& q : queries) {
    evaluator::Question& question = questions.emplace_back();
    question.principal = q.principal;
    question.registry = q.registry;
    question.action = q.action;
    question.repository = q.repository;
  }
  std::vector<evaluator::ResolvedQuestion> resolved;
  for (const evaluator::Question& question : questions) {  // which they refer to
    auto found = engine.resolve_in_place(question);
    if (!found) fail("a query is not understood");
    resolved.push_back(*std::move(found));
  }
  right &= measure("interpreter, names looked up", queries,
                   [&](std::size_t i) { return static_cast<Truth>(engine.decide(resolved[i])); });
  right &= measure("explanation, names looked up", queries,
                   [&](std::size_t i) { return static_cast<Truth>(engine.explain(resolved[i]).verdict); });
  right &= measure("interpreter, from strings", queries, [&](std::size_t i) {
    const auto found = engine.resolve_in_place(questions[i]);
    return found ? static_cast<Truth>(engine.decide(*found)) : Truth::Unknown;
  });
  right &= measure("explanation, from strings", queries, [&](std::size_t i) {
    const auto found = engine.resolve_in_place(questions[i]);
    return found ? static_cast<Truth>(engine.explain(*found).verdict) : Truth::Unknown;
  });
  return right ? 0 : 1;
}

int latency(const std::string& folder) {
  const model::Snapshot snapshot = read(folder);
  const evaluator::Engine engine(snapshot, readings());
  const evaluator::AccessSets sets(engine, circumstances());
  const std::vector<Query> queries = queries_of(folder, snapshot);
  evaluator::Batch batch(sets);
  std::vector<double> micros;
  for (int round = 0; round < 2; ++round) {
    micros.clear();
    for (const Query& q : queries) {
      const auto start = std::chrono::steady_clock::now();
      const auto value = batch.decide(q.principal, q.action, q.registry, q.repository);
      const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
      if (value != q.expected) return 1;
      micros.push_back(took.count());
    }
  }
  std::sort(micros.begin(), micros.end());
  fmt::print("{{\"label\": \"single call\", \"p50us\": {:.2f}, \"p99us\": {:.2f}}}\n", micros[micros.size() / 2],
             micros[micros.size() * 99 / 100]);
  return 0;
}

struct Counted {
  std::uint64_t cells = 0, allowed = 0;
};

Counted count(const evaluator::AccessSets& sets, std::size_t registry, bool abac) {
  const model::Registry& here = sets.engine().snapshot().registries[registry];
  if (!here.repositories) fail("registry " + here.name + " has no list of repositories");
  std::vector<std::string> actions;
  for (const std::string_view action : abac ? kAbac : kLegacy)
    actions.push_back(std::string(kRegistry) + std::string(action));
  std::vector<evaluator::Operation> operations;
  for (const std::string& action : actions) operations.push_back(evaluator::raw_operation(action));
  std::vector<const evaluator::Operation*> asked;
  for (const evaluator::Operation& operation : operations) asked.push_back(&operation);
  const evaluator::Matrix matrix = sets.matrix(registry, *here.repositories, asked);
  Counted counted;
  for (const evaluator::Matrix::Row& row : matrix.rows) {
    std::uint64_t allowed = 0;
    for (const std::uint64_t word : row.certain) allowed += static_cast<std::uint64_t>(std::popcount(word));
    std::uint64_t people = 0;
    for (const evaluator::AskerIndex asker : row.askers) {
      people += std::holds_alternative<evaluator::EntraAsker>(sets.askers()[model::at(asker)]) ? 1U : 0U;
    }
    counted.allowed += allowed * people;
    counted.cells += people * here.repositories->size() * asked.size();
  }
  return counted;
}

int matrix(const std::string& folder, bool both_modes) {
  model::Snapshot snapshot = read(folder);
  const double start = processor_seconds();
  Counted all;
  for (int pass = 0; pass < (both_modes ? 2 : 1); ++pass) {
    const evaluator::Engine engine(snapshot, readings());
    const evaluator::AccessSets sets(engine, circumstances());
    for (std::size_t r = 0; r < snapshot.registries.size(); ++r) {
      const Counted counted = count(sets, r, in_abac_mode(snapshot.registries[r]));
      all.cells += counted.cells;
      all.allowed += counted.allowed;
    }
    if (!both_modes) break;
    for (model::Registry& registry : snapshot.registries)
      registry.mode = in_abac_mode(registry) ? model::PermissionMode::Legacy : model::PermissionMode::Abac;
  }
  const double seconds = processor_seconds() - start;
  fmt::print(
      "{{\"label\": \"{}\", \"cells\": {}, \"allowed\": {}, \"cpuSeconds\": {:.2f}, \"cellsPerCpuSecond\": {:.3g}}}\n",
      both_modes ? "both modes" : "matrix", all.cells, all.allowed, seconds, static_cast<double>(all.cells) / seconds);
  fmt::print("{{\"label\": \"peak of memory\", \"kib\": {}}}\n", bench::peak_memory_kib());
  return 0;
}

int who_can(const std::string& folder) {
  const model::Snapshot snapshot = read(folder);
  const evaluator::Engine engine(snapshot, readings());
  const evaluator::AccessSets sets(engine, circumstances());
  const evaluator::Operation& push = *evaluator::find_operation("push");
  std::size_t identities = 0;
  std::size_t asked = 0;
  double start = 0;
  for (int round = 0; round < 2; ++round) {  // the first compiles what is needed
    identities = asked = 0;
    start = processor_seconds();
    for (std::size_t r = 0; r < snapshot.registries.size(); ++r) {
      const auto& repositories = *snapshot.registries[r].repositories;
      identities += sets.who_can(r, push, repositories[r % repositories.size()]).size();
      ++asked;
    }
  }
  const double seconds = processor_seconds() - start;
  fmt::print(
      "{{\"label\": \"who can push\", \"questions\": {}, \"identities\": {}, \"usEach\": {:.1f}, \"nsPerIdentity\": "
      "{:.1f}}}\n",
      asked, identities, seconds * 1e6 / static_cast<double>(asked),
      (seconds - 100e-6 * static_cast<double>(asked)) * 1e9 / static_cast<double>(identities));
  return 0;
}

int load(const std::string& folder) {
  const std::vector<std::string> paths{folder + "/assignments.json"};
  const double start = processor_seconds();
  const auto snapshot = parser::read_exports(paths);
  const double loading = processor_seconds() - start;
  if (!snapshot) fail(snapshot.error().front().file + ": " + snapshot.error().front().message);
  const std::size_t peak = bench::peak_memory_kib();

  bench::Estate same;
  same.files.push_back({.name = "assignments.json", .text = text_of(paths.front())});
  const std::size_t bytes = same.files.front().text.size();
  const double again = processor_seconds();
  static_cast<void>(bench::scan_with_nlohmann_sax(same));
  const double scanning = processor_seconds() - again;
  fmt::print(
      "{{\"label\": \"load\", \"assignments\": {}, \"bytes\": {}, \"cpuSeconds\": {:.2f}, \"saxCpuSeconds\": {:.2f}, "
      "\"ofSax\": {:.2f}, \"peakKib\": {}, \"ofBytes\": {:.2f}}}\n",
      snapshot->role_assignments.size(), bytes, loading, scanning, loading / scanning, peak,
      static_cast<double>(peak) * 1024 / static_cast<double>(bytes));
  return 0;
}

}  // namespace

int main(int count_of_arguments, char** arguments) {
  if (count_of_arguments != 3) fail("usage: acrbiter_w decide|latency|matrix|diff|who-can|load FOLDER");
  const std::string_view task = arguments[1];
  const std::string folder = arguments[2];
  if (task == "decide") return decide(folder);
  if (task == "latency") return latency(folder);
  if (task == "matrix") return matrix(folder, false);
  if (task == "diff") return matrix(folder, true);
  if (task == "who-can") return who_can(folder);
  if (task == "load") return load(folder);
  fail("unknown task " + std::string(task));
}
