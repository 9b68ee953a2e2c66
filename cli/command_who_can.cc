// who-can: everybody who may do something on a repository, or on repositories of a pattern, and how.
#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <set>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "cli/analysis.h"
#include "cli/commands.h"
#include "cli/json_writer.h"
#include "cli/options.h"
#include "cli/parallel.h"
#include "cli/report/findings.h"
#include "cli/report/json.h"
#include "cli/report/name_set.h"
#include "cli/report/sentence.h"
#include "cli/report/tree.h"

namespace acrbiter::cli {
namespace {

using evaluator::Asker;
using evaluator::AskerIndex;
using evaluator::Cause;
using evaluator::Operation;
using model::RepositorySet;
using model::Truth;
using report::Look;
using report::Style;

/// How much of what was asked for somebody can do.
enum class Extent : std::uint8_t {
  All,       ///< the one name, or every name of the pattern
  Some,      ///< some names of the pattern
  Possibly,  ///< none for certain
};

/// One who can, with the words and the JSON of how.
struct Entry {
  AskerIndex asker{};
  Extent extent = Extent::All;
  std::string example;              ///< the name that `how` is about
  RepositorySet certain, possible;  ///< pattern asked: the parts of it
  std::string how;                  ///< what can-i would say
  std::string via;                  ///< the same as a JSON list
  std::vector<Cause> unknowns;      ///< why it is, or more of it is, only possible
  std::vector<std::string> flags;   ///< of the answer for the example
  std::string sort_key;
};

/// Somebody who cannot, but with one thing changed could.
struct NearMiss {
  AskerIndex asker{};
  std::string words;                   ///< of the first hint
  std::vector<evaluator::Hint> hints;  ///< each was tried
};

struct WhoCanAnswer {
  const Analysis& analysis;
  const Operation& operation;
  const Target& target;
  std::vector<Entry> entries;           ///< by name
  std::vector<NearMiss> near_misses{};  ///< if nobody can; a few

  [[nodiscard]] bool of_pattern() const { return operation.takes_repository && !target.one_name; }
  [[nodiscard]] const model::Registry& registry() const { return analysis.registry(target.registry); }
};

// ---- finding out --------------------------------------------------------------------------------------------

/// "AcrPush on the registry, through group ops and scope map x contains …".
std::string how_words(const std::vector<const evaluator::Node*>& nodes, const evaluator::Decision& decision,
                      const report::Subject& subject) {
  const report::Places places(decision, subject.registry());
  const auto words = [&](std::optional<model::PermissionMode> mode) {
    std::vector<std::string> clauses;
    for (const evaluator::Node* node : nodes) {
      if (mode && places.mode_of(*node) != mode) continue;
      std::string clause = report::in_words(*node, subject, places);
      if (std::find(clauses.begin(), clauses.end(), clause) == clauses.end()) clauses.push_back(std::move(clause));
    }
    return report::listed(clauses);
  };
  if (subject.registry().mode) return words(std::nullopt);
  const std::string legacy = words(model::PermissionMode::Legacy);
  const std::string abac = words(model::PermissionMode::Abac);
  if (legacy.empty() || abac.empty() || legacy == abac) return words(std::nullopt);
  return fmt::format("as a legacy registry, {}; as an ABAC registry, {}", legacy, abac);
}

/// Sets what `entry` says of how, from the engine's answer for its example.
void explain(Entry& entry, const WhoCanAnswer& answer) {
  const Analysis& analysis = answer.analysis;
  const auto question =
      analysis.sets.question(analysis.asker(entry.asker), answer.target.registry, answer.operation, entry.example);
  evaluator::Decision decision = analysis.engine.explain(question);
  analysis.engine.unfold(decision);
  // The set and the interpreter came to the list in two ways. One of them would be wrong, and nobody may act on that.
  // Where a set would be too large, it says less than the interpreter.
  const bool open = entry.extent == Extent::Possibly;
  const bool too_large = std::any_of(entry.unknowns.begin(), entry.unknowns.end(),
                                     [](const Cause& cause) { return cause.code == evaluator::kConditionTooLarge; });
  if (!too_large && decision.verdict != (open ? evaluator::Verdict::Undetermined : evaluator::Verdict::Allow)) {
    throw std::logic_error(fmt::format("two ways to the answer for {} disagree; please report it",
                                       analysis.names.spelling(analysis.asker(entry.asker))));
  }
  const report::Subject subject{analysis.snapshot(), question};
  const auto nodes = report::telling(decision);
  const report::Subject anyone{analysis.snapshot(), question, "the identity"};
  entry.how = how_words(nodes, decision, anyone);
  entry.via = report::reasons_json(nodes, decision, subject);
  entry.flags.assign(decision.flags.begin(), decision.flags.end());
  evaluator::add_causes(decision.unknowns, entry.unknowns);
}

std::vector<Entry> holders_of_name(const WhoCanAnswer& answer) {
  std::vector<Entry> entries;
  const std::string name = answer.operation.takes_repository ? answer.target.text : std::string();
  if (answer.operation.takes_repository && answer.target.names.empty()) return entries;
  for (const auto& holder : answer.analysis.sets.who_can(answer.target.registry, answer.operation, name)) {
    Entry entry;
    entry.asker = holder.asker;
    entry.extent = holder.value == Truth::True ? Extent::All : Extent::Possibly;
    entry.example = name;
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<Entry> holders_of_pattern(const WhoCanAnswer& answer) {
  const RepositorySet& asked = answer.target.names;
  std::vector<Entry> entries;
  for (auto& reachable : answer.analysis.sets.who_can(answer.target.registry, answer.operation)) {
    if (!RepositorySet::overlap(asked, reachable.access.possible)) continue;
    Entry entry;
    entry.asker = reachable.asker;
    entry.certain = asked & reachable.access.certain;
    entry.possible = asked & reachable.access.possible;
    entry.extent = entry.certain.empty() ? Extent::Possibly : asked <= entry.certain ? Extent::All : Extent::Some;
    entry.example = (entry.certain.empty() ? entry.possible : entry.certain).shortest().value_or("");
    if (!(entry.certain == entry.possible)) entry.unknowns = std::move(reachable.access.causes);
    entries.push_back(std::move(entry));
  }
  return entries;
}

/// Whether a hint is about the one who asks: a role that would do would do for anybody.
bool is_near(const evaluator::Hint& hint) {
  using Kind = evaluator::Hint::Kind;
  switch (hint.kind) {
    case Kind::NearestName:
    case Kind::ConditionValue:
    case Kind::ConditionAlternative:
    case Kind::EligibleRole:
    case Kind::Reading:
    case Kind::Membership:
    case Kind::Mode:
      return true;
    case Kind::NoFurtherMembership:
    case Kind::WouldGrant:
    case Kind::RoleCondition:
    case Kind::AlsoAnonymous:
    case Kind::IndirectAccess:
      break;
  }
  return false;
}

/// One of each class of people who are alike: first those who can do this on other names, then those who can do
/// anything else there.
std::vector<AskerIndex> who_comes_near(const WhoCanAnswer& answer) {
  std::vector<const Operation*> operations{&answer.operation};
  for (const Operation& other : evaluator::operations()) {
    if (other.plane == answer.operation.plane && &other != &answer.operation) operations.push_back(&other);
  }
  const evaluator::AccessTable table =
      answer.analysis.sets.who_can(answer.target.registry, operations, evaluator::Causes::LeftOut);
  std::vector<AskerIndex> first, then;
  for (const evaluator::AccessTable::Class& same : table.classes) {
    const bool this_operation = same.accesses.front() != 0;
    const bool any = std::any_of(same.accesses.begin(), same.accesses.end(), [](std::uint32_t a) { return a != 0; });
    if (any) (this_operation ? first : then).push_back(same.askers.front());
  }
  first.insert(first.end(), then.begin(), then.end());
  return first;
}

std::vector<NearMiss> find_near_misses(const WhoCanAnswer& answer) {
  constexpr std::size_t kTold = 3, kTried = 24;
  const Analysis& analysis = answer.analysis;
  std::vector<NearMiss> result;
  if (answer.operation.takes_repository && answer.target.names.empty()) return result;
  const std::string name = !answer.operation.takes_repository ? std::string()
                           : answer.target.one_name           ? answer.target.text
                                                              : answer.target.names.shortest().value_or("");
  std::size_t tried = 0;
  for (const AskerIndex asker : who_comes_near(answer)) {
    if (result.size() == kTold || ++tried > kTried) break;
    const auto question = analysis.sets.question(analysis.asker(asker), answer.target.registry, answer.operation, name);
    const evaluator::Decision decision = analysis.engine.explain(question);
    std::vector<evaluator::Hint> hints = analysis.engine.hints(question, decision);
    std::erase_if(hints, [](const evaluator::Hint& hint) { return !is_near(hint); });
    if (hints.empty()) continue;
    const report::Subject subject{analysis.snapshot(), question};
    result.push_back({.asker = asker, .words = report::hint_text(hints.front(), subject), .hints = std::move(hints)});
  }
  return result;
}

WhoCanAnswer find_holders(const Analysis& analysis, const Operation& operation, const Target& target,
                          std::size_t jobs) {
  WhoCanAnswer answer{.analysis = analysis, .operation = operation, .target = target, .entries = {}};
  answer.entries = answer.of_pattern() ? holders_of_pattern(answer) : holders_of_name(answer);
  if (answer.entries.empty()) answer.near_misses = find_near_misses(answer);
  for_each_index(answer.entries.size(), jobs, [&](std::size_t i) { explain(answer.entries[i], answer); });
  for (Entry& entry : answer.entries) {
    entry.sort_key = analysis.names.sort_key(analysis.asker(entry.asker));
  }
  std::stable_sort(answer.entries.begin(), answer.entries.end(),
                   [](const Entry& a, const Entry& b) { return a.sort_key < b.sort_key; });
  return answer;
}

// ---- the sentence -------------------------------------------------------------------------------------------

/// Who they are, counted: a group stands for members that nobody counted, and anonymous for everybody.
struct Heads {
  std::size_t identities = 0, groups = 0;
  bool anybody = false;
};

Heads count(const WhoCanAnswer& answer, Extent extent) {
  Heads heads;
  for (const Entry& entry : answer.entries) {
    if (entry.extent != extent) continue;
    const Asker& asker = answer.analysis.asker(entry.asker);
    if (std::holds_alternative<evaluator::AnonymousAsker>(asker)) {
      heads.anybody = true;
    } else if (answer.analysis.names.stands_for_members(asker)) {
      ++heads.groups;
    } else {
      ++heads.identities;
    }
  }
  return heads;
}

bool none(const Heads& heads) { return heads.identities == 0 && heads.groups == 0 && !heads.anybody; }

/// "3 identities", later "3", and groups for those who are not listed.
std::string heads_words(const Heads& heads, bool first) {
  std::vector<std::string> parts;
  if (heads.identities != 0) {
    parts.push_back(first ? report::counted(heads.identities, "identity", "identities")
                          : fmt::format("{} more", heads.identities));
  }
  if (heads.groups != 0) parts.push_back("unlisted members of " + report::counted(heads.groups, "group"));
  return report::listed(parts);
}

/// "payments/api", "every repository of prod/**"; "" for an operation on the registry as a whole.
std::string asked_words(const WhoCanAnswer& answer, std::string_view quantity) {
  if (!answer.operation.takes_repository) return {};
  if (answer.target.one_name) return report::quote(answer.target.text);
  if (answer.target.names.is_all()) return fmt::format("{} repository", quantity);
  return fmt::format("{} repository of {}", quantity, report::words(answer.target.names));
}

std::string sentence(const WhoCanAnswer& answer) {
  const auto doing = [&](std::string_view quantity) {
    return report::doing(answer.operation, asked_words(answer, quantity), answer.registry());
  };
  const std::string_view for_all = answer.of_pattern() ? "; this holds for every repository name" : "";
  const Heads all = count(answer, Extent::All);
  const Heads some = count(answer, Extent::Some);
  const Heads possibly = count(answer, Extent::Possibly);
  if (none(all) && none(some) && none(possibly)) {
    if (answer.operation.takes_repository && answer.target.one_name && answer.target.names.empty()) {
      return fmt::format("Nobody can {}: no registry accepts the repository name {}.", doing(""),
                         report::quote(answer.target.text));
    }
    return fmt::format("Nobody can {}{}.", doing("any"), for_all);
  }

  std::vector<std::string> clauses;
  bool counted = false;
  const auto add = [&](const Heads& heads, std::string_view rest) {
    if (heads.identities == 0 && heads.groups == 0) return;
    clauses.push_back(heads_words(heads, !std::exchange(counted, true)) + std::string(rest));
  };
  if (all.anybody) clauses.push_back(fmt::format("Anybody can {} without signing in", doing("every")));
  if (!none(all)) {
    add(all, all.anybody ? " by rights of their own" : fmt::format(" can {}", doing("every")));
  }
  const bool nobody = clauses.empty();
  if (nobody) clauses.push_back(fmt::format("Nobody can {}{}", doing("every"), none(some) ? " for certain" : ""));
  const bool anybody_some = !all.anybody && some.anybody;
  if (anybody_some) clauses.emplace_back("anybody without signing in some of them");
  add(some, nobody ? " can for some of them" : " some of them");
  if (!all.anybody && !some.anybody && possibly.anybody) clauses.emplace_back("possibly anybody without signing in");
  add(possibly, nobody && none(some) ? " possibly can" : " possibly");
  std::string result = clauses.front();
  for (std::size_t i = 1; i < clauses.size(); ++i) {
    const bool last = i + 1 == clauses.size();
    result += nobody && i == 1 ? ", but " : last ? ", and " : ", ";
    result += clauses[i];
  }
  if (result.front() == 'u') result.front() = 'U';
  return result + std::string(for_all) + ".";
}

// ---- people -------------------------------------------------------------------------------------------------

/// The lists at the end: every open point once.
std::vector<Cause> all_unknowns(const WhoCanAnswer& answer) {
  std::vector<Cause> result;
  for (const Entry& entry : answer.entries) evaluator::add_causes(entry.unknowns, result);
  for (const Entry& entry : answer.entries) {
    const Asker& asker = answer.analysis.asker(entry.asker);
    if (!answer.analysis.names.stands_for_members(asker)) continue;
    const Cause members{.kind = Cause::Kind::MissingDatum,
                        .code = "group-members",
                        .subject = answer.analysis.names.name(asker),
                        .command = answer.analysis.names.export_command(asker)};
    evaluator::add_causes({&members, 1}, result);
  }
  return result;
}

std::vector<std::string> all_flags(const WhoCanAnswer& answer) {
  std::set<std::string> flags;
  for (const Entry& entry : answer.entries) flags.insert(entry.flags.begin(), entry.flags.end());
  return {flags.begin(), flags.end()};
}

std::string who(const WhoCanAnswer& answer, const Entry& entry) {
  const Asker& asker = answer.analysis.asker(entry.asker);
  const std::string words = answer.analysis.names.words(asker, &answer.registry());
  return answer.analysis.names.stands_for_members(asker) ? "unlisted members of " + words : words;
}

/// Entries with equal names, and of those the ones with an equal way, together; large groups first.
struct Way {
  std::string how;
  std::vector<std::string> who;
};
struct Bundle {
  std::string names;
  std::vector<Way> ways;
  std::size_t size = 0;
};

std::string names_words(const WhoCanAnswer& answer, const Entry& entry) {
  if (!answer.of_pattern() || entry.extent == Extent::All) return {};
  if (entry.extent == Extent::Possibly) return report::words(entry.possible);
  if (entry.certain == entry.possible) return report::words(entry.certain);
  return fmt::format("{}; possibly also {}", report::words(entry.certain),
                     report::words(entry.possible - entry.certain));
}

std::vector<Bundle> bundles(const WhoCanAnswer& answer, Extent extent) {
  std::vector<Bundle> result;
  std::map<std::string, std::size_t> bundle_of;
  std::map<std::pair<std::size_t, std::string>, std::size_t> way_of;
  for (const Entry& entry : answer.entries) {
    if (entry.extent != extent) continue;
    const std::string names = names_words(answer, entry);
    const auto [bundle, new_bundle] = bundle_of.try_emplace(names, result.size());
    if (new_bundle) result.push_back({.names = names, .ways = {}});
    Bundle& own = result[bundle->second];
    const auto [way, new_way] = way_of.try_emplace({bundle->second, entry.how}, own.ways.size());
    if (new_way) own.ways.push_back({.how = entry.how, .who = {}});
    own.ways[way->second].who.push_back(who(answer, entry));
    ++own.size;
  }
  for (Bundle& bundle : result) {
    std::stable_sort(bundle.ways.begin(), bundle.ways.end(),
                     [](const Way& a, const Way& b) { return a.who.size() > b.who.size(); });
  }
  std::stable_sort(result.begin(), result.end(), [](const Bundle& a, const Bundle& b) { return a.size > b.size; });
  return result;
}

std::string print_bundles(const WhoCanAnswer& answer, Extent extent, std::string_view title, const Look& look) {
  const auto parts = bundles(answer, extent);
  if (parts.empty()) return {};
  std::string result = "\n" + look.paint(Style::Strong, title) + "\n";
  for (const Bundle& bundle : parts) {
    const std::size_t indent = bundle.names.empty() ? 2 : 4;
    if (!bundle.names.empty()) result += report::wrap(bundle.names, "  ", 4, look.width);
    for (const Way& way : bundle.ways) {
      const std::string counted = way.who.size() > 1 ? fmt::format(" ({})", way.who.size()) : std::string();
      result += report::wrap(way.how + counted + ":", std::string(indent, ' '), indent + 2, look.width);
      const std::string names = fmt::format("{}", fmt::join(way.who, ", "));
      result += report::wrap(names, std::string(indent + 2, ' '), indent + 2, look.width);
    }
  }
  return result;
}

std::string print_near_misses(const WhoCanAnswer& answer, const Look& look) {
  if (answer.near_misses.empty()) return {};
  std::string result = "\n" + look.paint(Style::Strong, "Near misses") + "\n";
  for (const NearMiss& near : answer.near_misses) {
    const Asker& asker = answer.analysis.asker(near.asker);
    result += report::wrap(fmt::format("{}: {}", answer.analysis.names.words(asker, &answer.registry()), near.words),
                           "  - ", 4, look.width);
  }
  return result;
}

/// What an auditor has to know about how far the list can be trusted.
std::string remarks(const WhoCanAnswer& answer, const Look& look) {
  std::vector<std::string> lines;
  for (const std::string& flag : all_flags(answer)) {
    if (flag == "no-deny-assignments-in-data") {
      lines.emplace_back("The data has no list of deny assignments; assumed: there are none.");
    } else if (flag == "restricted-network") {
      lines.emplace_back("The registry admits selected networks only; not asked where a call comes from (--network).");
    } else if (flag == "quarantine-on") {
      lines.emplace_back("The registry quarantines images; the state of single images was not asked about.");
    }
  }
  if (!answer.analysis.snapshot().role_assignments_given) {
    lines.emplace_back("The data has no list of role assignments, so who holds a role is open.");
  }
  if (std::string doors = report::unlisted_doors(answer.analysis.snapshot()); !doors.empty())
    lines.push_back(std::move(doors));
  for (const std::string& list : answer.analysis.snapshot().incomplete_lists) {
    lines.push_back(fmt::format("A page is missing of the list of {}: there may be more.", report::escape(list)));
  }
  if (answer.of_pattern() && !answer.entries.empty()) {
    lines.emplace_back(
        "The way shown is the one to the shortest of the names; others may be reached in other ways too.");
  }
  const bool long_form = std::any_of(answer.entries.begin(), answer.entries.end(), [&](const Entry& entry) {
    if (!answer.of_pattern() || entry.extent == Extent::All) return false;
    return report::are_expression(report::words(entry.certain)) ||
           report::are_expression(
               report::words(entry.extent == Extent::Possibly ? entry.possible : entry.possible - entry.certain));
  });
  if (long_form) lines.emplace_back(report::kNoShortForm);
  if (lines.empty()) return {};
  std::string result = "\n" + look.paint(Style::Strong, "Remarks") + "\n";
  for (const std::string& line : lines) result += report::wrap(line, "  - ", 4, look.width);
  return result;
}

std::string to_text(const WhoCanAnswer& answer, const Look& look) {
  std::string result = report::wrap(sentence(answer), "", 2, look.width);
  const bool pattern = answer.of_pattern();
  result += print_bundles(answer, Extent::All, pattern ? "Every one of them, through" : "Certainly, through", look);
  result += print_bundles(answer, Extent::Some, "Some of them", look);
  result += print_bundles(answer, Extent::Possibly, "Possibly", look);
  result += print_near_misses(answer, look);
  return result + report::open_points(all_unknowns(answer), look) + remarks(answer, look);
}

// ---- machines -----------------------------------------------------------------------------------------------

void write_entry(JsonWriter& json, const WhoCanAnswer& answer, const Entry& entry) {
  json.begin_object();
  answer.analysis.names.write(json, answer.analysis.asker(entry.asker), &answer.registry());
  if (answer.of_pattern()) {
    json.member("all", entry.extent == Extent::All);
    json.key("certain").begin_object();
    report::write_set(json, entry.certain);
    json.end_object().key("possible").begin_object();
    report::write_set(json, entry.possible);
    json.end_object().member("example", entry.example);
  }
  json.key("via").raw(entry.via);
  if (!entry.unknowns.empty()) {
    json.key("unknowns");
    report::write_causes(json, entry.unknowns);
  }
  json.end_object();
}

std::string to_json(const WhoCanAnswer& answer) {
  JsonWriter json;
  json.begin_object().member("sentence", sentence(answer)).member("operation", answer.operation.id);
  json.member("registry", answer.registry().name).key("mode");
  const std::string_view mode = report::mode_word(answer.registry().mode);
  if (mode.empty()) {
    json.null();
  } else {
    json.value(mode);
  }
  if (answer.of_pattern()) {
    json.member("pattern", answer.target.names.pattern());
  } else if (answer.operation.takes_repository) {
    json.member("repository", answer.target.text);
  }
  for (const bool certain : {true, false}) {
    json.key(certain ? "certain" : "possible").begin_array();
    for (const Entry& entry : answer.entries) {
      if ((entry.extent != Extent::Possibly) == certain) write_entry(json, answer, entry);
    }
    json.end_array();
  }
  if (!answer.near_misses.empty()) {
    json.key("nearMisses").begin_array();
    for (const NearMiss& near : answer.near_misses) {
      json.begin_object();
      answer.analysis.names.write(json, answer.analysis.asker(near.asker), &answer.registry());
      json.key("hints").begin_array();
      for (const evaluator::Hint& hint : near.hints) {
        json.begin_object().member("kind", evaluator::to_string(hint.kind)).member("subject", hint.subject);
        json.member("detail", hint.detail).end_object();
      }
      json.end_array().end_object();
    }
    json.end_array();
  }
  json.strings("flags", all_flags(answer)).key("unknowns");
  report::write_causes(json, all_unknowns(answer));
  json.end_object();
  return std::move(json).take();
}

// ---- the command --------------------------------------------------------------------------------------------

ExitCode exit_code(const WhoCanAnswer& answer) {
  if (answer.entries.empty()) return ExitCode::No;
  const bool certain = std::any_of(answer.entries.begin(), answer.entries.end(),
                                   [](const Entry& entry) { return entry.extent != Extent::Possibly; });
  return certain ? ExitCode::Yes : ExitCode::Undetermined;
}

ExitCode who_can(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto jobs = jobs_of(arguments);
  if (!jobs) return refuse(invocation, jobs.error());
  if (arguments.positionals.empty()) {
    return refuse(invocation, UsageError{.message = "which operation? For example pull, push, delete or list-tags",
                                         .help = "`acrbiter catalog operations` lists them"});
  }
  const auto operation = read_operation(arguments.positionals.front());
  if (!operation) return refuse(invocation, operation.error());
  const auto analysis = Analysis::open(invocation);
  if (analysis == nullptr) return ExitCode::InputError;
  const auto target =
      analysis->find_target(arguments.positional(1).value_or(""), arguments.get(options::kRegistry.name), **operation);
  if (!target) return refuse(invocation, target.error());

  const WhoCanAnswer answer = find_holders(*analysis, **operation, *target, *jobs);
  if (arguments.get("--output").value_or("human") == "json") {
    invocation.streams.out << to_json(answer) << '\n';
  } else {
    invocation.streams.out << to_text(answer, invocation.look);
  }
  return arguments.has(options::kExitZero.name) ? ExitCode::Yes : exit_code(answer);
}

constexpr std::array kWhoCanPositionals = {
    PositionalSpec{.name = "OPERATION",
                   .help = "What is to be done: pull, push, list-tags, …; `acrbiter catalog operations` lists all",
                   .completes = Completes::Operation},
    PositionalSpec{.name = "TARGET",
                   .help = "[REGISTRY/]REPOSITORY; a pattern in place of the repository, such as prod/** or '** except "
                           "sandbox/**'; just REGISTRY for every repository, or for an operation on the registry",
                   .completes = Completes::Target},
};

constexpr auto kWhoCanOptions = options::joined(
    std::array{options::kRegistry}, options::kCircumstances, options::kDataOptions,
    std::array{options::kOutput, options::kColour, options::kWidth, options::kJobs, options::kExitZero});

}  // namespace

constinit const Command kWhoCan{
    .name = "who-can",
    .aliases = {},
    .summary = "everybody who may do this, and how",
    .synopsis = "OPERATION [REGISTRY/]REPOSITORY [OPTIONS]\nOPERATION [REGISTRY/]PATTERN [OPTIONS]",
    .positionals = kWhoCanPositionals,
    .options = kWhoCanOptions,
    .notes =
        "A pattern: `*` is any run of characters without `/`, `**` any run at all, `?` one character; several are\n"
        "separated by commas, and `except` takes names away. Quote it, so that the shell leaves it alone. It is "
        "decided\n"
        "for every repository name that could exist, not only for those that do.\n"
        "Members of a group whom the data does not show are not counted: the group stands for them.\n"
        "Exit codes: 0 somebody can (of a pattern: on some name), 1 nobody, 2 not understood, 3 somebody possibly "
        "can.\n",
    .examples = R"(  # who can push to this repository, through which group and role?
  $ acrbiter who-can push contosoapps/payments/api --data exports

  # who can push anywhere below payments/, and who everywhere there?
  $ acrbiter who-can push 'contosoapps/payments/**' --data exports

  # who may read the admin password of the registry?
  $ acrbiter who-can list-credentials contosobase --data exports

  # names only
  $ acrbiter who-can delete contosoapps/payments/api --data exports -o json | jq -r '.certain[].name'
)",
    .run = who_can};

}  // namespace acrbiter::cli
