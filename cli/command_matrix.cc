// matrix: everybody against every repository, registry by registry.
#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <ostream>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "cli/analysis.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/json_reader.h"
#include "cli/json_writer.h"
#include "cli/lines.h"
#include "cli/options.h"
#include "cli/parallel.h"
#include "cli/progress.h"
#include "cli/report/csv.h"
#include "cli/report/diagnostics.h"
#include "cli/report/names.h"

namespace acrbiter::cli {
namespace {

using evaluator::Asker;
using evaluator::Operation;
using model::Truth;
using report::Look;
using report::Style;

constexpr std::array<std::string_view, 4> kMatrixFormats = {"human", "csv", "json", "jsonl"};

constexpr OptionSpec kAs{.name = "--as",
                         .letter = "",
                         .value = "PRINCIPAL",
                         .help = "Only this principal; may be repeated. Default: everybody known who may ask",
                         .repeatable = true,
                         .completes = Completes::Principal};
constexpr OptionSpec kMatrixOperation{.name = "--operation",
                                      .letter = "",
                                      .value = "OPERATION",
                                      .help = "A column; may be repeated. Default: pull, push and delete",
                                      .repeatable = true,
                                      .completes = Completes::Operation};
constexpr OptionSpec kRepository{
    .name = "--repository",
    .letter = "",
    .value = "[REGISTRY/]NAME",
    .help = "A row's repository, instead of those that the data lists; may be repeated. Without a registry: in each",
    .repeatable = true,
    .completes = Completes::Target};
constexpr OptionSpec kRepositories{.name = "--repositories",
                                   .letter = "",
                                   .value = "FILE",
                                   .help = "The same from a file: one per line, or a JSON list; - reads standard input",
                                   .completes = Completes::Path};
constexpr OptionSpec kSkipDenied{
    .name = "--skip-denied", .letter = "", .value = "", .help = "Leave out rows in which everything is denied"};
constexpr OptionSpec kMatrixFormat{
    .name = "--output",
    .letter = "-o",
    .value = "FORMAT",
    .help = "human (default: grouped by equal rows), csv, json, or jsonl (one line per row)",
    .words = kMatrixFormats,
    .completes = Completes::Words};

/// What is asked of one registry.
struct Block {
  std::size_t registry = 0;
  std::vector<std::string> repositories;  ///< "" alone: nothing is asked about repositories
};

struct MatrixPlan {
  const Analysis& analysis;
  std::vector<const Operation*> operations;
  std::vector<std::string> principals;  ///< of --as; empty: everybody
  std::vector<Block> blocks;
  bool skip_denied = false;
  std::vector<std::uint32_t> rank;  ///< of everybody known, by AskerIndex: the place in the order of names
};

/// The answers for one registry.
struct Table {
  std::vector<const Asker*> askers;      ///< by name
  std::vector<std::uint32_t> places;     ///< for each asker: what it is counted by, equal in every table
  std::deque<Asker> named;               ///< those of --as: the rest stay where they are
  std::vector<std::size_t> row_of;       ///< for each asker
  std::vector<std::vector<Truth>> rows;  ///< of [repository * operations + operation]
  std::size_t operations = 0;

  [[nodiscard]] std::span<const Truth> cells(std::size_t asker, std::size_t repository) const {
    return std::span(rows[row_of[asker]]).subspan(repository * operations, operations);
  }
};

// ---- what is asked ------------------------------------------------------------------------------------------

/// A million names fit well.
constexpr std::size_t kMaxListBytes = std::size_t{256} << 20U;

/// Names of --repository and --repositories.
model::Expected<std::vector<std::string>, UsageError> named_repositories(const Invocation& invocation) {
  using Outcome = model::Expected<std::vector<std::string>, UsageError>;
  std::vector<std::string> names = invocation.arguments.all(kRepository.name);
  const auto file = invocation.arguments.get(kRepositories.name);
  if (!file) return names;
  const auto text = read_text(*file, kMaxListBytes, invocation,
                              "split the list and run once for each part, or ask who-can about a pattern");
  if (!text) return Outcome::failure({});
  std::string_view rest = *text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  const std::size_t first = rest.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && rest[first] == '[') {
    const auto json = read_json(rest, kMaxListBytes);
    const bool strings = json && std::all_of(json->items.begin(), json->items.end(), [](const JsonValue& item) {
                           return item.type == JsonValue::Type::String;
                         });
    if (!strings) {
      return Outcome::failure({.message = fmt::format("`{}` is no JSON list of names", report::escape(*file)),
                               .help = "as `az acr repository list -o json` prints it, or one name per line"});
    }
    for (const JsonValue& item : json->items) names.push_back(item.text);
  } else {
    while (!rest.empty()) {
      std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
      if (!line.empty()) names.emplace_back(line);
    }
  }
  if (names.empty()) {
    return Outcome::failure({.message = fmt::format("`{}` names no repository", report::escape(*file)),
                             .help = "without --repositories, those that the data lists are taken"});
  }
  return names;
}

/// Every registry with its repositories; what has none is said on stderr and left out.
std::vector<Block> blocks_of(const Analysis& analysis, const std::vector<std::size_t>& registries,
                             const std::vector<std::string>& named, bool about_repositories,
                             const Invocation& invocation) {
  std::vector<Block> blocks;
  for (const std::size_t index : registries) {
    const model::Registry& registry = analysis.registry(index);
    Block block{.registry = index, .repositories = {}};
    if (!about_repositories) {
      block.repositories.emplace_back();
    } else if (named.empty() && registry.repositories) {
      block.repositories = *registry.repositories;
    } else if (named.empty()) {
      model::Diagnostic problem;
      problem.message = fmt::format("{} is left out: the data has no list of its repositories", registry.name);
      problem.help = fmt::format("az acr repository list -n {} -o json, or --repository NAME", registry.name);
      invocation.streams.err << report::diagnostic("warning", Style::Open, problem, invocation.error_look);
    }
    blocks.push_back(std::move(block));
  }
  return blocks;
}

model::Expected<std::vector<Block>, AnswerError> with_named(const Analysis& analysis, std::vector<Block> blocks,
                                                            const std::vector<std::string>& named) {
  using Outcome = model::Expected<std::vector<Block>, AnswerError>;
  std::vector<std::unordered_set<std::string>> known;
  for (const Block& block : blocks) known.emplace_back(block.repositories.begin(), block.repositories.end());
  for (const std::string& text : named) {
    const TargetParts parts = split_target(text, analysis.data);
    if (parts.rest.find_first_of("*?, ") != std::string_view::npos) {
      model::Diagnostic advice;
      advice.help = "for patterns ask `acrbiter who-can` or `acrbiter what-can`";
      return Outcome::failure(
          {.code = "bad-value",
           .message = fmt::format("the matrix is made of names, and `{}` is a pattern", report::escape(parts.rest)),
           .where = advice});
    }
    std::optional<std::size_t> only;
    if (!parts.registry.empty()) {
      const auto found = analysis.find_registry(parts.registry);
      if (!found) return Outcome::failure(found.error());
      only = *found;
    }
    if (parts.rest.empty()) continue;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      if (only && blocks[b].registry != *only) continue;
      if (known[b].emplace(parts.rest).second) blocks[b].repositories.emplace_back(parts.rest);
    }
  }
  return blocks;
}

// ---- finding out --------------------------------------------------------------------------------------------

/// Rows of --as are asked for one by one: they need not be among those who are known.
Table of_principals(const MatrixPlan& plan, const Block& block) {
  Table table;
  for (const std::string& principal : plan.principals) {
    const auto asker = plan.analysis.find_principal(principal, block.registry);
    if (!asker) continue;  // a token of another registry
    std::vector<Truth> cells;
    for (const std::string& repository : block.repositories) {
      for (const Operation* operation : plan.operations) {
        cells.push_back(plan.analysis.sets.decide(*asker, block.registry, *operation, repository));
      }
    }
    table.askers.push_back(&table.named.emplace_back(*asker));
    table.places.push_back(static_cast<std::uint32_t>(&principal - plan.principals.data()));
    table.row_of.push_back(table.rows.size());
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Table of_everybody(const MatrixPlan& plan, const Block& block) {
  const evaluator::Matrix matrix = plan.analysis.sets.matrix(block.registry, block.repositories, plan.operations);
  struct Member {
    std::uint32_t rank;
    evaluator::AskerIndex asker;
    std::size_t row;
  };
  std::vector<Member> members;
  for (std::size_t row = 0; row < matrix.rows.size(); ++row) {
    for (const evaluator::AskerIndex asker : matrix.rows[row].askers) {
      members.push_back({plan.rank[static_cast<std::size_t>(asker)], asker, row});
    }
  }
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.rank < b.rank; });
  Table table;
  for (const Member& member : members) {
    table.askers.push_back(&plan.analysis.asker(member.asker));
    table.places.push_back(member.rank);
    table.row_of.push_back(member.row);
  }
  for (const evaluator::Matrix::Row& row : matrix.rows) {
    std::vector<Truth>& cells = table.rows.emplace_back();
    for (std::size_t r = 0; r < block.repositories.size(); ++r) {
      for (std::size_t o = 0; o < plan.operations.size(); ++o) cells.push_back(matrix.at(row, r, o));
    }
  }
  return table;
}

/// The place of everybody known in the order of their names.
std::vector<std::uint32_t> ranks(const Analysis& analysis) {
  std::vector<std::pair<std::string, std::size_t>> keys;
  for (const Asker& asker : analysis.sets.askers()) keys.emplace_back(analysis.names.sort_key(asker), keys.size());
  std::sort(keys.begin(), keys.end());
  std::vector<std::uint32_t> result(keys.size());
  for (std::uint32_t i = 0; i < keys.size(); ++i) result[keys[i].second] = i;
  return result;
}

Table compute(const MatrixPlan& plan, const Block& block) {
  Table table = plan.principals.empty() ? of_everybody(plan, block) : of_principals(plan, block);
  table.operations = plan.operations.size();
  return table;
}

// ---- rows ---------------------------------------------------------------------------------------------------

std::string_view word(Truth value) { return to_string(evaluator::verdict_of(value)); }

bool all_denied(std::span<const Truth> cells) {
  return std::all_of(cells.begin(), cells.end(), [](Truth value) { return value == Truth::False; });
}

/// Writes rows as text to a stream, a piece at a time.
class RowWriter {
 public:
  RowWriter(const MatrixPlan& plan, std::string_view format, std::ostream& out)
      : plan_(plan), out_(out), csv_(format == "csv"), list_(format == "json") {
    if (csv_) {
      std::vector<std::string> header{"principal", "name", "kind", "registry", "repository"};
      for (const Operation* operation : plan.operations) header.emplace_back(operation->id);
      text_ += report::csv_row(header) + '\n';
    }
    if (list_) text_ += '[';
  }

  /// Returns false if the stream takes no more.
  bool write(const Block& block, const Table& table) {
    const std::string registry = field("registry", plan_.analysis.registry_name(block.registry));
    std::vector<std::string> repositories;
    repositories.reserve(block.repositories.size());
    for (const std::string& name : block.repositories) repositories.push_back(registry + field("repository", name));
    for (std::size_t asker = 0; asker < table.askers.size(); ++asker) {
      const std::string who = begin(*table.askers[asker], plan_.analysis.registry(block.registry));
      for (std::size_t repository = 0; repository < repositories.size(); ++repository) {
        const auto cells = table.cells(asker, repository);
        if (plan_.skip_denied && all_denied(cells)) continue;
        if (list_) text_ += std::exchange(any_, true) ? ",\n" : "\n";
        text_ += who;
        text_ += repositories[repository];
        text_ += ending(cells);
        if (!list_) text_ += '\n';
        if (text_.size() > kPiece && !flush()) return false;
      }
    }
    return flush();
  }

  void finish() {
    if (list_) text_ += any_ ? "\n]\n" : "]\n";
    flush();
  }

 private:
  static constexpr std::size_t kPiece = 1U << 16U;

  bool flush() {
    out_ << text_;
    text_.clear();
    return out_.good();
  }
  [[nodiscard]] std::string field(std::string_view name, std::string_view value) const {
    if (csv_) return ',' + report::csv_cell(value);
    return fmt::format(",{}:{}", json_string(name), json_string(value));
  }
  [[nodiscard]] std::string begin(const Asker& asker, const model::Registry& at) const {
    const report::AskerNames& names = plan_.analysis.names;
    if (csv_) return report::csv_row({names.spelling(asker, &at), names.name(asker), names.kind_code(asker)});
    JsonWriter json;
    json.begin_object();
    names.write(json, asker, &at);
    return json.text();
  }
  /// The few ways in which a row can end are made once each.
  const std::string& ending(std::span<const Truth> cells) {
    std::string key;
    for (const Truth cell : cells) key += static_cast<char>('0' + static_cast<int>(cell));
    const auto [found, is_new] = endings_.try_emplace(std::move(key));
    if (!is_new) return found->second;
    std::string& text = found->second;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (csv_) {
        text += fmt::format(",{}", word(cells[i]));
      } else {
        text += fmt::format("{}\"{}\":\"{}\"", i == 0 ? ",\"access\":{" : ",", plan_.operations[i]->id, word(cells[i]));
      }
    }
    if (!csv_) text += "}}";
    return text;
  }

  const MatrixPlan& plan_;
  std::ostream& out_;
  bool csv_, list_;
  bool any_ = false;
  std::string text_;
  std::map<std::string, std::string, std::less<>> endings_;
};

// ---- people -------------------------------------------------------------------------------------------------

/// Collects the grouped tables: equal rows are many and their groups few.
class HumanReport {
 public:
  HumanReport(const MatrixPlan& plan, const Look& look) : plan_(plan), look_(look) {}

  void add(const Block& block, const Table& table) {
    std::map<std::string, std::size_t> places;  // all cells of a row → its group
    std::vector<std::optional<Cells>> cells_of(table.rows.size());
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t asker = 0; asker < table.askers.size(); ++asker) {
      auto& cells = cells_of[table.row_of[asker]];
      if (!cells) cells = count(block, table, asker);
      total_ += cells->all.size();
      yes_ += cells->yes;
      open_ += cells->open;
      const auto [place, is_new] = places.try_emplace(cells->all, groups.size());
      if (is_new) groups.emplace_back();
      groups[place->second].push_back(asker);
    }
    askers_.insert(table.places.begin(), table.places.end());
    repositories_ += block.repositories.size();

    text_ += "\n" + look_.paint(Style::Strong, report::quote(plan_.analysis.registry_name(block.registry)));
    const bool about_repositories = block.repositories != std::vector<std::string>{""};
    if (about_repositories) {
      text_ += fmt::format(" ({})", report::counted(block.repositories.size(), "repository", "repositories"));
    }
    text_ += '\n';
    std::size_t without = 0;
    for (const auto& group : groups) {
      if (!print_group(block, table, group)) without += group.size();
    }
    if (without != 0) {
      text_ += fmt::format("  nothing: {}\n",
                           report::counted(without, without == table.askers.size() ? "principal" : "other principal"));
    }
  }

  [[nodiscard]] std::string finish() const {
    std::vector<std::string> operations;
    for (const Operation* operation : plan_.operations) operations.emplace_back(operation->id);
    const bool about_repositories = plan_.blocks.front().repositories != std::vector<std::string>{""};
    const std::string repositories =
        about_repositories ? " and " + report::counted(repositories_, "repository", "repositories") : std::string();
    std::string sentence = fmt::format(
        "{}{} in {}: {} of {} answers for {} are yes", report::counted(askers_.size(), "principal"), repositories,
        report::counted(plan_.blocks.size(), "registry", "registries"), yes_, total_, report::listed(operations));
    sentence += open_ == 0 ? "." : fmt::format(", and {} undetermined (marked `?`).", open_);
    const std::string why =
        open_ == 0 ? std::string()
                   : "\nWhy one is undetermined: acrbiter explain OPERATION REGISTRY/REPOSITORY --as PRINCIPAL\n";
    return report::wrap(sentence, "", 2, look_.width) + text_ + why;
  }

 private:
  struct Cells {
    std::string all;  ///< a letter per cell
    std::size_t yes = 0, open = 0;
  };
  static Cells count(const Block& block, const Table& table, std::size_t asker) {
    Cells cells;
    for (std::size_t repository = 0; repository < block.repositories.size(); ++repository) {
      for (const Truth cell : table.cells(asker, repository)) {
        cells.all += static_cast<char>('0' + static_cast<int>(cell));
        if (cell == Truth::True) ++cells.yes;
        if (cell == Truth::Unknown) ++cells.open;
      }
    }
    return cells;
  }

  /// Returns false if the group has nothing.
  bool print_group(const Block& block, const Table& table, const std::vector<std::size_t>& group) {
    std::map<std::string, std::vector<std::string>> by_access;
    std::vector<std::string> order;
    for (std::size_t repository = 0; repository < block.repositories.size(); ++repository) {
      std::vector<std::string> can;
      const auto cells = table.cells(group.front(), repository);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (cells[i] != Truth::False)
          can.push_back(fmt::format("{}{}", plan_.operations[i]->id, cells[i] == Truth::True ? "" : "?"));
      }
      if (can.empty()) continue;
      std::string access = fmt::format("{}", fmt::join(can, ", "));
      auto& names = by_access[access];
      if (names.empty()) order.push_back(std::move(access));
      names.push_back(block.repositories[repository]);
    }
    if (order.empty()) return false;
    std::vector<std::string> who;
    for (const std::size_t asker : group) {
      const std::string words =
          plan_.analysis.names.words(*table.askers[asker], &plan_.analysis.registry(block.registry));
      const bool members = plan_.principals.empty() && plan_.analysis.names.stands_for_members(*table.askers[asker]);
      who.push_back(members ? "unlisted members of " + words : words);
    }
    const std::string counted = who.size() > 1 ? fmt::format("{}: ", who.size()) : std::string();
    text_ += report::wrap(fmt::format("{}{}", counted, fmt::join(who, ", ")), "  ", 4, look_.width);
    std::vector<std::vector<std::string>> rows;
    for (const std::string& access : order) {
      rows.push_back({"    " + access, repository_words(by_access[access], block.repositories.size())});
    }
    text_ += report::table({}, rows, look_);
    return true;
  }

  static std::string repository_words(std::vector<std::string> names, std::size_t all) {
    if (names == std::vector<std::string>{""}) return "the registry as a whole";
    if (names.size() == all && all > 1) return fmt::format("all {}", all);
    constexpr std::size_t kMost = 24;
    std::string rest;
    if (names.size() > kMost) {
      rest = fmt::format(" and {} more", names.size() - kMost);
      names.resize(kMost);
    }
    for (std::string& name : names) name = report::quote(name);
    return fmt::format("{}{}", fmt::join(names, ", "), rest);
  }

  const MatrixPlan& plan_;
  const Look& look_;
  std::string text_;
  std::unordered_set<std::uint32_t> askers_;
  std::size_t repositories_ = 0, total_ = 0, yes_ = 0, open_ = 0;
};

// ---- the command --------------------------------------------------------------------------------------------

void run_plan(const MatrixPlan& plan, std::size_t jobs, const Invocation& invocation) {
  const std::string format = invocation.arguments.get(kMatrixFormat.name).value_or("human");
  std::optional<RowWriter> rows;
  std::optional<HumanReport> report;
  if (format == "human") {
    report.emplace(plan, invocation.look);
  } else {
    rows.emplace(plan, format, invocation.streams.out);
  }
  Progress progress(invocation.streams.err);
  std::vector<std::optional<Table>> tables(plan.blocks.size());
  for_each_in_order(
      plan.blocks.size(), jobs, [&](std::size_t i) { tables[i] = compute(plan, plan.blocks[i]); },
      [&](std::size_t i) {
        progress.say(fmt::format("registry {} of {}: {}", i + 1, plan.blocks.size(),
                                 report::escape(plan.analysis.registry(plan.blocks[i].registry).name)));
        const Table table = *std::exchange(tables[i], std::nullopt);
        if (rows) return rows->write(plan.blocks[i], table);
        report->add(plan.blocks[i], table);
        return true;
      });
  if (rows) rows->finish();
  if (report) invocation.streams.out << report->finish();
}

ExitCode matrix(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto jobs = jobs_of(arguments);
  if (!jobs) return refuse(invocation, jobs.error());
  std::vector<std::string> wanted = arguments.all(kMatrixOperation.name);
  if (wanted.empty()) wanted = {"pull", "push", "delete"};
  auto operations = read_operations(wanted);
  if (!operations) return refuse(invocation, operations.error());
  const auto named = named_repositories(invocation);
  if (!named) {
    return named.error().message.empty() ? ExitCode::InputError : refuse(invocation, named.error());
  }
  const auto analysis = Analysis::open(invocation);
  if (analysis == nullptr) return ExitCode::InputError;
  const auto registries = analysis->find_registries(arguments.all(options::kRegistries.name));
  if (!registries) return refuse(invocation, registries.error());

  const bool about_repositories = std::any_of(operations->begin(), operations->end(),
                                              [](const Operation* operation) { return operation->takes_repository; });
  auto blocks =
      with_named(*analysis, blocks_of(*analysis, *registries, *named, about_repositories, invocation), *named);
  if (!blocks) return refuse(invocation, blocks.error());
  std::erase_if(*blocks, [](const Block& block) { return block.repositories.empty(); });
  if (blocks->empty()) {
    return refuse(invocation, UsageError{.message = "no repositories to ask about",
                                         .help = "name some with --repository NAME or --repositories FILE"});
  }
  MatrixPlan plan{.analysis = *analysis,
                  .operations = *std::move(operations),
                  .principals = arguments.all(kAs.name),
                  .blocks = *std::move(blocks),
                  .skip_denied = arguments.has(kSkipDenied.name),
                  .rank = ranks(*analysis)};
  for (const std::string& principal : plan.principals) {
    std::optional<AnswerError> error;
    const bool known = std::any_of(plan.blocks.begin(), plan.blocks.end(), [&](const Block& block) {
      const auto asker = analysis->find_principal(principal, block.registry);
      if (!asker) error = asker.error();
      return asker.has_value();
    });
    if (!known) return refuse(invocation, *error);
  }
  run_plan(plan, *jobs, invocation);
  return ExitCode::Yes;
}

constexpr auto kMatrixOptions =
    options::joined(std::array{options::kRegistries, kRepository, kRepositories, kMatrixOperation, kAs, kSkipDenied},
                    options::kCircumstances, options::kDataOptions,
                    std::array{kMatrixFormat, options::kColour, options::kWidth, options::kJobs});

}  // namespace

constinit const Command kMatrix{
    .name = "matrix",
    .aliases = {},
    .summary = "everybody against every repository, as a table",
    .synopsis = "[--registry REGISTRY]… [--operation OPERATION]… [-o csv] [OPTIONS]",
    .positionals = {},
    .options = kMatrixOptions,
    .notes =
        "One row per principal, registry and repository; one column per operation: allow, deny or undetermined.\n"
        "In csv, a cell that a spreadsheet would take for a formula (it begins with = + - @, a tab or a carriage\n"
        "return) gets an apostrophe in front. Rows are written registry by registry as they come.\n"
        "Exit codes: 0 the table was made, 2 not understood.\n",
    .examples = R"(  # who can do what, grouped by equal rows
  $ acrbiter matrix --data exports

  # the same for a spreadsheet, without the rows that say no
  $ acrbiter matrix --data exports -o csv --skip-denied > access.csv

  # two people, two operations, repositories from a live list
  $ az acr repository list -n contosoapps -o json | acrbiter matrix --registry contosoapps --repositories - \
      --as alice@contoso.com --as ben@contoso.com --operation pull --operation delete --data exports

  # everything that is undetermined
  $ acrbiter matrix --data exports -o jsonl | jq -c 'select(.access[] == "undetermined")'
)",
    .run = matrix};

}  // namespace acrbiter::cli
