#include "cli/report/prove_report.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "cli/json_writer.h"
#include "cli/report/findings.h"
#include "cli/report/json.h"
#include "cli/report/junit.h"
#include "cli/report/tree.h"

namespace acrbiter::cli::report {
namespace {

using evaluator::Asker;
using evaluator::Cause;
using evaluator::Property;
using ProofOutcome = evaluator::Proof::Outcome;

constexpr std::size_t kMostNamed = 12;

struct Tally {
  std::size_t holds = 0, fails = 0, undetermined = 0;
  [[nodiscard]] std::size_t all() const { return holds + fails + undetermined; }
};

Tally tally(const std::vector<ProvedProperty>& properties) {
  Tally result;
  for (const ProvedProperty& p : properties) {
    ++(p.proof.outcome == ProofOutcome::Holds   ? result.holds
       : p.proof.outcome == ProofOutcome::Fails ? result.fails
                                                : result.undetermined);
  }
  return result;
}

/// "alice, ben and 3 more".
std::string names_of(const std::vector<Asker>& askers, const Analysis& analysis) {
  std::vector<std::string> items;
  for (const Asker& asker : askers) {
    if (items.size() == kMostNamed) {
      items.push_back(fmt::format("{} more", askers.size() - kMostNamed));
      break;
    }
    const std::string words = analysis.names.words(asker);
    items.push_back(analysis.names.stands_for_members(asker) ? "unlisted members of " + words : words);
  }
  return listed(items);
}

/// Whom and what a property that holds was proved of.
std::string scope_words(const ProvedProperty& p) {
  const std::size_t askers = p.proof.askers;
  if (p.proof.vacuous) {
    if (p.written.property.kind == Property::Kind::Only)
      return "warning: everybody known is meant, nobody is left outside";
    return fmt::format("warning: {}nobody known is meant, so there is nothing to violate it",
                       askers == 0 ? "" : "on one side ");
  }
  return fmt::format("proved for {}{} and every repository name", counted(askers, "identity", "identities"),
                     p.written.property.kind == Property::Kind::Only ? " outside" : "");
}

/// What is wrong, or what is open, as sentences.
std::vector<std::string> reasons(const ProvedProperty& p, const Analysis& analysis) {
  std::vector<std::string> result;
  for (const CheckedWitness& w : p.witnesses) result.push_back(w.sentence);
  if (p.proof.outcome == ProofOutcome::Undetermined && p.proof.hangs_on_membership && !p.witnesses.empty()) {
    result.push_back(fmt::format("Whether {} is among those that the property speaks of is not in the data.",
                                 analysis.names.words(p.witnesses.back().witness.asker)));
  }
  for (const CheckedWitness& w : p.witnesses) {
    if (!analysis.names.stands_for_members(w.witness.asker)) continue;
    const std::string group = analysis.names.words(w.witness.asker);
    result.push_back(fmt::format("Here {} stands for those of its members that the data does not show.", group));
    break;
  }
  const std::vector<Asker>& who = p.proof.outcome == ProofOutcome::Fails ? p.proof.failing : p.proof.open;
  if (who.size() > p.witnesses.size() || (who.size() > 1 && p.witnesses.empty())) {
    result.push_back(fmt::format("{} {}: {}.",
                                 p.proof.outcome == ProofOutcome::Fails ? "It fails for" : "It is open for",
                                 counted(who.size(), "identity", "identities"), names_of(who, analysis)));
  }
  return result;
}

std::string title(const ProvedProperty& p) { return p.written.name.empty() ? p.written.text : p.written.name; }

// ---- people -------------------------------------------------------------------------------------------------

std::string first_line(const std::vector<ProvedProperty>& properties) {
  const Tally t = tally(properties);
  if (properties.size() == 1) {
    const std::string text = escape(properties.front().written.text);
    switch (properties.front().proof.outcome) {
      case ProofOutcome::Holds:
        return fmt::format("{}: {}", properties.front().proof.vacuous ? "Vacuous" : "Holds for every repository name",
                           text);
      case ProofOutcome::Fails:
        return fmt::format("Fails: {}", text);
      case ProofOutcome::Undetermined:
        return fmt::format("Undetermined: {}", text);
    }
  }
  const auto empty = std::count_if(properties.begin(), properties.end(), [](const ProvedProperty& p) {
    return p.proof.vacuous && p.proof.outcome == ProofOutcome::Holds;
  });
  if (t.holds == t.all()) {
    const std::string but =
        empty == 0 ? "" : fmt::format("; {} of them {} nobody known", empty, empty == 1 ? "means" : "mean");
    return fmt::format("All {} properties hold, for every repository name{}.", t.all(), but);
  }
  std::vector<std::string> parts;
  if (t.fails != 0) parts.push_back(fmt::format("{} {}", t.fails, t.fails == 1 ? "fails" : "fail"));
  if (t.undetermined != 0) {
    parts.push_back(fmt::format("{} {} undetermined", t.undetermined, t.undetermined == 1 ? "is" : "are"));
  }
  return fmt::format("{} of {} properties {} for every repository name; {}.", t.holds, t.all(),
                     t.holds == 1 ? "holds" : "hold", listed(parts));
}

Style style_of(ProofOutcome outcome) {
  return outcome == ProofOutcome::Holds ? Style::Good : outcome == ProofOutcome::Fails ? Style::Bad : Style::Open;
}

std::string block(const ProvedProperty& p, bool alone, const Analysis& analysis, const Look& look) {
  std::string result;
  const auto line = [&](std::string_view text) { result += wrap(text, "    ", 6, look.width); };
  if (!alone) {
    const std::string mark = look.paint(style_of(p.proof.outcome), word(p.proof.outcome));
    const std::string name = p.written.name.empty() ? std::string() : escape(p.written.name) + ": ";
    result += "\n" + wrap(name + escape(p.written.text), mark + "  ", 4, look.width);
  }
  if (p.proof.outcome == ProofOutcome::Holds) {
    line(scope_words(p));
    return result;
  }
  for (const std::string& reason : reasons(p, analysis)) line(reason);
  for (const CheckedWitness& w : p.witnesses) result += "      " + escape(w.command) + "\n";  // in one piece
  return result;
}

// ---- JSON ---------------------------------------------------------------------------------------------------

void write_witness(JsonWriter& json, const CheckedWitness& w) {
  json.begin_object();
  write_question(json, w.question);
  json.member("verdict", evaluator::to_string(w.witness.verdict)).member("sentence", w.sentence);
  json.member("command", w.command).end_object();
}

void write_askers(JsonWriter& json, std::string_view name, const std::vector<Asker>& askers, const Analysis& analysis) {
  json.key(name).begin_array();
  for (const Asker& asker : askers) {
    json.begin_object();
    analysis.names.write(json, asker);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string_view word(ProofOutcome outcome) noexcept {
  switch (outcome) {
    case ProofOutcome::Holds:
      return "holds";
    case ProofOutcome::Fails:
      return "fails";
    case ProofOutcome::Undetermined:
      return "undetermined";
  }
  return "";
}

std::string proof_text(const std::vector<ProvedProperty>& properties, const Analysis& analysis, const Look& look) {
  const bool alone = properties.size() == 1;
  const std::string first = first_line(properties);
  const std::size_t marked = alone ? first.find_first_of(" :") : 0;
  std::string result = wrap(
      alone ? look.paint(style_of(properties.front().proof.outcome), first.substr(0, marked)) + first.substr(marked)
            : first,
      "", 2, look.width);
  std::vector<Cause> causes;
  for (const ProvedProperty& p : properties) {
    result += block(p, alone, analysis, look);
    evaluator::add_causes(p.proof.causes, causes);
  }
  if (!causes.empty()) result += open_points(causes, look);
  if (!model::shows_all_denies(analysis.snapshot())) {
    result += "\n" + wrap("The data has no list of deny assignments; assumed: there are none.", "", 2, look.width);
  }
  if (const std::string doors = unlisted_doors(analysis.snapshot()); !doors.empty()) {
    result += (model::shows_all_denies(analysis.snapshot()) ? "\n" : "") + wrap(doors, "", 2, look.width);
  }
  return result;
}

std::string proof_json(const std::vector<ProvedProperty>& properties, const Analysis& analysis) {
  const Tally t = tally(properties);
  JsonWriter json(JsonWriter::Layout::Indented);
  json.begin_object().member("sentence", first_line(properties)).key("summary").begin_object();
  json.member("holds", std::uint64_t{t.holds}).member("fails", std::uint64_t{t.fails});
  json.member("undetermined", std::uint64_t{t.undetermined}).end_object();
  json.key("properties").begin_array();
  for (const ProvedProperty& p : properties) {
    json.begin_object();
    if (!p.written.name.empty()) json.member("name", p.written.name);
    json.member("property", p.written.text).member("kind", evaluator::to_string(p.written.property.kind));
    if (!p.file.empty()) json.member("file", p.file).member("line", std::uint64_t{p.written.line});
    json.member("outcome", word(p.proof.outcome))
        .member("vacuous", p.proof.vacuous)
        .member("identities", std::uint64_t{p.proof.askers});
    if (p.proof.outcome != ProofOutcome::Holds) {
      json.key(p.proof.outcome == ProofOutcome::Fails ? "counterexample" : "open").begin_array();
      for (const CheckedWitness& w : p.witnesses) write_witness(json, w);
      json.end_array();
      write_askers(json, "failsFor", p.proof.failing, analysis);
      write_askers(json, "openFor", p.proof.open, analysis);
      json.member("hangsOnMembership", p.proof.hangs_on_membership).key("unknowns");
      write_causes(json, p.proof.causes);
    }
    json.end_object();
  }
  json.end_array();
  std::vector<std::string> flags;
  if (!model::shows_all_denies(analysis.snapshot())) flags.emplace_back("no-deny-assignments-in-data");
  json.strings("flags", flags).end_object();
  return std::move(json).take();
}

std::string proof_junit(const std::vector<ProvedProperty>& properties, const Analysis& analysis) {
  // One suite per file, in the order in which they were given.
  std::vector<JunitSuite> suites;
  for (const ProvedProperty& p : properties) {
    const std::string name = p.file.empty() ? "command line" : p.file;
    if (suites.empty() || suites.back().name != name) {
      suites.push_back({.name = name, .class_name = "acrbiter.prove", .cases = {}, .output = {}});
    }
    JunitCase test{.name = title(p), .failure = std::nullopt};
    const std::string place = p.file.empty() ? std::string() : fmt::format("{}:{}: ", p.file, p.written.line);
    if (p.proof.outcome != ProofOutcome::Holds) {
      const auto words = reasons(p, analysis);
      JunitFailure failure{.type = p.proof.outcome == ProofOutcome::Fails ? "counterexample" : "undetermined",
                           .message = words.empty() ? std::string(word(p.proof.outcome)) : words.front(),
                           .text = place + p.written.text + "\n"};
      for (const std::string& reason : words) failure.text += reason + "\n";
      for (const CheckedWitness& w : p.witnesses) failure.text += w.command + "\n";
      for (const Cause& cause : p.proof.causes) {
        failure.text += cause.command.empty() ? in_words(cause) : fmt::format("{}: {}", in_words(cause), cause.command);
        failure.text += "\n";
      }
      test.failure = std::move(failure);
    } else if (p.proof.vacuous) {
      suites.back().output += fmt::format("{}{}: {}\n", place, title(p), scope_words(p));
    }
    suites.back().cases.push_back(std::move(test));
  }
  return junit(suites);
}

}  // namespace acrbiter::cli::report
