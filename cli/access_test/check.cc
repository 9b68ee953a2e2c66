#include "cli/access_test/check.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "cli/access_test/resolve.h"
#include "cli/parallel.h"
#include "cli/property_reader.h"
#include "cli/report/json.h"
#include "cli/report/names.h"
#include "cli/report/sentence.h"
#include "cli/report/tree.h"
#include "cli/witness.h"
#include "evaluator/sets/diff.h"
#include "evaluator/sets/prove.h"
#include "model/box.h"
#include "model/guid.h"

namespace acrbiter::cli::access_test {
namespace {

using evaluator::Access;
using evaluator::Asker;
using evaluator::Operation;
using evaluator::Verdict;
using model::RepositorySet;

constexpr std::size_t kMostNamed = 8;
constexpr std::size_t kMostQuestions = 200'000;  ///< of one case

/// One state of access, and how can-i is asked about it.
struct Side {
  const Analysis& analysis;
  std::optional<std::string> options;
  bool base = false;
};

Verdict verdict_of(Expectation expectation) {
  return expectation == Expectation::Allow  ? Verdict::Allow
         : expectation == Expectation::Deny ? Verdict::Deny
                                            : Verdict::Undetermined;
}

/// What "FILE:LINE" expects of an answer, in the middle of a sentence.
std::string_view wish(Expectation expectation) {
  switch (expectation) {
    case Expectation::Allow:
      return "expects it to be allowed";
    case Expectation::Deny:
      return "expects it to be denied";
    case Expectation::Undetermined:
      return "expects it to be undetermined";
  }
  return "";
}

/// The names of `a` that `b` lacks; throws RepositorySetTooLarge.
RepositorySet without(const RepositorySet& a, const RepositorySet& b) { return a <= b ? RepositorySet::none() : a - b; }

/// Everything that one case needs while it runs.
class Checker {
 public:
  Checker(const Suite& suite, const Analysis& base, const Analysis* after, const RunOptions& options)
      : suite_(suite),
        base_{base, options.base_options, true},
        side_{after != nullptr ? *after : base, after != nullptr ? options.after_options : options.base_options,
              after == nullptr},
        has_plan_(after != nullptr),
        options_(options),
        resolver_(suite, side_.analysis) {}

  CaseResult run(const Case& test) {
    result_.name = test.name;
    result_.kind = kind_of(test);
    result_.place = test.place;
    try {
      std::visit(model::Overloaded{
                     [&](const PointCase& each) { points(each); },
                     [&](const TableCase& each) { table(each, test.place); },
                     [&](const PropertyCase& each) { property(each); },
                     [&](const ExactCase& each) { exactly(each, test.place); },
                     [&](const ChangesCase& each) { changes(each, test.place); },
                     [&](const OnlyChangesCase& each) { only_changes(each, test.place); },
                 },
                 test.what);
    } catch (const model::RepositorySetTooLarge& error) {
      Finding finding;
      finding.outcome = Outcome::Undetermined;
      finding.place = test.place;
      finding.sentence = fmt::format("Undetermined. A set of repository names is too large: {}.", error.what());
      add(std::move(finding));
    }
    std::stable_sort(result_.findings.begin(), result_.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.outcome > b.outcome; });
    if (result_.findings.size() > kMostFindings) {
      result_.more = result_.findings.size() - kMostFindings;
      result_.findings.resize(kMostFindings);
    }
    return std::move(result_);
  }

  [[nodiscard]] std::vector<model::Diagnostic>& problems() { return resolver_.problems; }
  [[nodiscard]] std::vector<std::string>& defects() { return defects_; }

 private:
  // ---- findings -------------------------------------------------------------------------------------------

  [[nodiscard]] std::string at(const Place& place) const {
    return fmt::format("{}:{}", report::escape(suite_.file), place.line);
  }

  void add(Finding finding) {
    result_.outcome = std::max(result_.outcome, finding.outcome);
    result_.findings.push_back(std::move(finding));
  }

  /// An assignment that would settle the answer if it were the asker's, or elsewhere.
  static bool of_somebody_else(evaluator::Reason reason) {
    using evaluator::Reason;
    return reason == Reason::OtherPrincipal || reason == Reason::OutOfScope || reason == Reason::DenyOtherPrincipal ||
           reason == Reason::DenyOutOfScope;
  }

  /// What the plan has to do with an answer of `side`.
  void note_declarations(const Side& side, const evaluator::Decision& decision, Finding& finding) const {
    const model::Snapshot& snapshot = side.analysis.snapshot();
    const model::Snapshot& planned = side_.analysis.snapshot();
    for (const evaluator::Node* node : report::distinct_settling(decision)) {
      if (of_somebody_else(node->finding.reason)) continue;
      std::string id;
      if (node->finding.assignment) {
        id = model::assignment_id(snapshot, snapshot.role_assignments[*node->finding.assignment]);
      } else if (node->finding.deny_assignment) {
        id = snapshot.deny_assignments[*node->finding.deny_assignment].id;
      } else if (node->finding.schedule_instance) {
        id = snapshot.schedule_instances[*node->finding.schedule_instance].id;
      }
      const model::DeclaredObject* declared = id.empty() ? nullptr : model::declaration_of(planned, id);
      if (declared == nullptr) continue;
      const bool known = std::any_of(finding.because.begin(), finding.because.end(),
                                     [&](const Declared& other) { return other.address == declared->address; });
      if (known) continue;
      const auto file = static_cast<std::size_t>(declared->file);
      finding.because.push_back({.address = declared->address,
                                 .file = file < planned.files.size() ? planned.files[file].path : std::string(),
                                 .pointer = declared->pointer,
                                 .line = declared->line,
                                 .removed = declared->fate == model::DeclaredObject::Fate::Removed});
    }
  }

  /// `sentence` with `but` where the answer's own words end and its reasons begin.
  static std::string with_clause(const std::string& sentence, const std::string& what, const std::string& but) {
    std::string result = sentence;
    for (const std::string_view answer : {"Yes. ", "No. "}) {
      if (result.starts_with(answer)) result.erase(0, answer.size());
    }
    const std::size_t found = result.find(what);
    if (found == std::string::npos) return result + " " + but;
    std::size_t end = found + what.size();
    for (const std::string_view more : {std::string_view(" in either permission mode"), std::string_view(" is open")}) {
      if (std::string_view(result).substr(end).starts_with(more)) end += more.size();
    }
    return result.substr(0, end) + ", " + but + result.substr(end);
  }

  /// The interpreter's answer as a finding; `but` says what is wrong with it. Says so if it is not what the sets found.
  Finding ask(const Side& side, const Asker& asker, std::size_t registry, const Operation& operation,
              const std::string& repository, Outcome outcome, const Place& place, const std::string& but,
              std::optional<Verdict> by_sets) {
    Finding finding;
    finding.outcome = outcome;
    finding.place = place;
    finding.has_question = true;
    finding.of_base = side.base && has_plan_;
    finding.question = question_of(side.analysis, asker, registry, operation, repository);
    const auto resolved = side.analysis.engine.resolve(finding.question);
    if (!resolved) {
      defects_.push_back(
          fmt::format("`{}` as `{}` is no question to the interpreter", operation.id, finding.question.principal));
      return finding;
    }
    evaluator::Decision decision = side.analysis.engine.explain(*resolved);
    side.analysis.engine.unfold(decision);
    finding.verdict = decision.verdict;
    if (by_sets && *by_sets != decision.verdict) {
      defects_.push_back(fmt::format("the sets say {} to `{} {}/{}` as `{}`, the interpreter says {}",
                                     evaluator::to_string(*by_sets), operation.id, finding.question.registry,
                                     repository, finding.question.principal, evaluator::to_string(decision.verdict)));
    }
    const report::Subject subject{side.analysis.snapshot(), *resolved};
    finding.answer = report::sentence(decision, subject);
    finding.sentence = with_clause(finding.answer, subject.what(), but);
    if (side.analysis.names.stands_for_members(asker)) {
      finding.sentence += " The group stands here for those of its members that the data does not show.";
    }
    for (const evaluator::Node* node : report::distinct_settling(decision)) {
      const std::string code(evaluator::info(node->finding.reason).code);
      if (std::find(finding.reasons.begin(), finding.reasons.end(), code) == finding.reasons.end()) {
        finding.reasons.push_back(code);
      }
    }
    if (wants_trace(outcome)) finding.trace = trace(side, *resolved, decision, subject);
    if (side.options) finding.command = can_i_command(finding.question, *side.options);
    finding.causes = decision.unknowns;
    note_declarations(side, decision, finding);
    if (has_plan_ && !side.base && decision.verdict != Verdict::Allow) note_lost(finding);
    return finding;
  }

  /// Where the base allows it, what allowed it there may be what the plan removes.
  void note_lost(Finding& finding) const {
    const auto before = base_.analysis.engine.resolve(finding.question);
    if (!before) return;
    const evaluator::Decision decision = base_.analysis.engine.explain(*before);
    if (decision.verdict == Verdict::Allow) note_declarations(base_, decision, finding);
  }

  /// What settles an answer is shown once for each outcome of a case, all that there is to say for every finding.
  [[nodiscard]] bool wants_trace(Outcome outcome) const {
    if (options_.trace != RunOptions::Trace::Settling) return result_.findings.size() < kMostFindings;
    return std::none_of(result_.findings.begin(), result_.findings.end(),
                        [&](const Finding& other) { return other.outcome == outcome; });
  }

  [[nodiscard]] std::string trace(const Side& side, const evaluator::ResolvedQuestion& question,
                                  const evaluator::Decision& decision, const report::Subject& subject) const {
    switch (options_.trace) {
      case RunOptions::Trace::None:
        break;
      case RunOptions::Trace::Settling:
        return report::settling_tree(decision, subject, options_.look);
      case RunOptions::Trace::Whole:
        return report::explanation(decision, side.analysis.engine.hints(question, decision), subject, options_.look);
      case RunOptions::Trace::Json:
        return report::answer_line_with_trace("null", decision, subject, {});
    }
    return {};
  }

  /// A name of the set to ask about: a repository that is known to exist before others.
  [[nodiscard]] static std::string name_of(const RepositorySet& names, const Side& side, std::size_t registry,
                                           const Operation& operation) {
    if (!operation.takes_repository) return {};
    auto known = evaluator::known_name(names, side.analysis.registry(registry));
    return known ? *std::move(known) : evaluator::example_name(names);
  }

  static bool too_large(const std::vector<evaluator::Cause>& causes) {
    return std::any_of(causes.begin(), causes.end(),
                       [](const evaluator::Cause& cause) { return cause.code == evaluator::kConditionTooLarge; });
  }

  // ---- one expectation ------------------------------------------------------------------------------------

  void expect(const Asker& asker, const Operation& operation, const Spot& spot, Expectation expected,
              const Place& place, const std::optional<Word>& reason) {
    if (result_.checks == kMostQuestions) {
      resolver_.problem(place, fmt::format("more than {} questions in one test", kMostQuestions),
                        "use `never` or `always`, or patterns in place of single names");
      return;
    }
    ++result_.checks;
    result_.asked.push_back({.who = {asker},
                             .registry = spot.registry,
                             .operations = {&operation},
                             .name = spot.name,
                             .names = spot.one_name ? RepositorySet() : spot.names,
                             .expected = expected,
                             .place = place});
    if (spot.one_name || !operation.takes_repository) {
      expect_one(asker, operation, spot, expected, place, reason);
    } else {
      expect_all(asker, operation, spot, expected, place, reason);
    }
  }

  void expect_one(const Asker& asker, const Operation& operation, const Spot& spot, Expectation expected,
                  const Place& place, const std::optional<Word>& reason) {
    if (expected == Expectation::Allow && spot.one_name && spot.names.empty()) {
      resolver_.problem(spot.place, fmt::format("impossible: no registry accepts the name `{}`", spot.name),
                        "names consist of a-z, 0-9 and ._-/");
      return;
    }
    const Analysis& analysis = side_.analysis;
    const auto resolved = analysis.engine.resolve(question_of(analysis, asker, spot.registry, operation, spot.name));
    if (!resolved) {
      resolver_.problem(place, in_words(resolved.error()).message);
      return;
    }
    const Verdict verdict = analysis.engine.decide(*resolved);
    const Verdict wanted = verdict_of(expected);
    if (verdict == wanted) {
      if (reason) check_reason(asker, operation, spot.registry, spot.name, place, *reason);
      return;
    }
    // What may still turn out as expected is undetermined; that it is open at all refutes no other expectation.
    const Outcome outcome = verdict == Verdict::Undetermined ? Outcome::Undetermined : Outcome::Failed;
    add(ask(side_, asker, spot.registry, operation, spot.name, outcome, place,
            fmt::format("but {} {}", at(place), wish(expected)), verdict));
  }

  /// The same for every name of a pattern.
  void expect_all(const Asker& asker, const Operation& operation, const Spot& spot, Expectation expected,
                  const Place& place, const std::optional<Word>& reason) {
    const Access access = side_.analysis.sets.access(asker, spot.registry, operation);
    const RepositorySet allowed = spot.names & access.certain;
    const RepositorySet denied = without(spot.names, access.possible);
    const RepositorySet open = without(spot.names & access.possible, access.certain);
    const RepositorySet& met = expected == Expectation::Allow ? allowed : expected == Expectation::Deny ? denied : open;
    const std::string but = fmt::format("but {} {}", at(place), wish(expected));
    const auto show = [&](const RepositorySet& names, Outcome outcome, Verdict verdict) {
      const std::string name = name_of(names, side_, spot.registry, operation);
      // Where a set is too large it says less than the interpreter.
      const bool sure = !too_large(access.causes);
      add(ask(side_, asker, spot.registry, operation, name, outcome, place, but,
              sure ? std::optional(verdict) : std::nullopt));
    };
    const auto refuted = [&](const RepositorySet& names, Verdict verdict) {
      if (&names == &met || names.empty()) return false;
      show(names, Outcome::Failed, verdict);
      return true;
    };
    if (refuted(denied, Verdict::Deny) || refuted(allowed, Verdict::Allow)) return;
    if (&open != &met && !open.empty()) {
      show(open, Outcome::Undetermined, Verdict::Undetermined);
      return;
    }
    if (reason) {
      check_reason(asker, operation, spot.registry, name_of(met, side_, spot.registry, operation), place, *reason);
    }
  }

  void check_reason(const Asker& asker, const Operation& operation, std::size_t registry, const std::string& name,
                    const Place& place, const Word& reason) {
    Finding finding = ask(side_, asker, registry, operation, name, Outcome::Failed, reason.place,
                          fmt::format("as {} expects, but not because of `{}`", at(place), reason.text), std::nullopt);
    const bool found = std::find(finding.reasons.begin(), finding.reasons.end(), reason.text) != finding.reasons.end();
    if (!found) add(std::move(finding));
  }

  void points(const PointCase& test) {
    for (const ExpectedOperation& each : test.operations) {
      const Operation* operation = resolver_.operation(each.operation);
      if (operation == nullptr) continue;
      for (const Spot& spot : resolver_.spots(test.on, *operation, each.operation.place)) {
        for (const auto& [asker, place] : resolver_.who(test.who, spot.registry)) {
          expect(asker, *operation, spot, each.expected, each.operation.place, test.reason);
        }
      }
    }
  }

  void table(const TableCase& test, const Place& place) {
    // What the rows speak of, by registry: everybody else is outside.
    std::map<std::size_t, std::set<std::string>> inside;
    std::vector<std::pair<const Operation*, Spot>> fields;
    for (const Word& word : test.operations) {
      const Operation* operation = resolver_.operation(word);
      if (operation == nullptr) continue;
      for (const Word& on : test.on.empty() ? std::vector<Word>{Word{}} : test.on) {
        const auto targets = on.text.empty() ? std::vector<Word>() : std::vector<Word>{on};
        for (Spot& spot : resolver_.spots(targets, *operation, word.place)) {
          for (const TableCase::Row& row : test.rows) {
            const auto cell = std::find_if(row.cells.begin(), row.cells.end(), [&](const TableCase::Cell& c) {
              return c.column.text == (test.by_repository ? on.text : word.text);
            });
            for (const auto& named : resolver_.who({row.who}, spot.registry)) {
              inside[spot.registry].insert(key_of(named.asker));
              expect(named.asker, *operation, spot, cell->expected, cell->column.place, std::nullopt);
            }
          }
          fields.emplace_back(operation, std::move(spot));
        }
      }
    }
    if (!test.others_none) return;
    for (const auto& [operation, spot] : fields) nobody_else(*operation, spot, inside[spot.registry], place);
  }

  void nobody_else(const Operation& operation, const Spot& spot, const std::set<std::string>& inside,
                   const Place& place) {
    ++result_.checks;
    result_.asked.push_back({.who = {},
                             .registry = spot.registry,
                             .operations = {&operation},
                             .name = spot.name,
                             .names = spot.one_name ? RepositorySet() : spot.names,
                             .expected = std::nullopt,
                             .place = place});
    const std::string but = fmt::format("but {} says that nobody else can", at(place));
    for (const auto& [index, access] : side_.analysis.sets.who_can(spot.registry, operation)) {
      const Asker& asker = side_.analysis.asker(index);
      if (inside.contains(key_of(asker))) continue;
      const RepositorySet names = operation.takes_repository ? spot.names : RepositorySet::all();
      const RepositorySet certain = names & access.certain;
      const RepositorySet possible = names & access.possible;
      if (possible.empty()) continue;
      const bool fails = !certain.empty();
      add(ask(side_, asker, spot.registry, operation,
              name_of(fails ? certain : possible, side_, spot.registry, operation),
              fails ? Outcome::Failed : Outcome::Undetermined, place, but,
              too_large(access.causes) ? std::nullopt : std::optional(fails ? Verdict::Allow : Verdict::Undetermined)));
    }
  }

  // ---- for all names --------------------------------------------------------------------------------------

  void property(const PropertyCase& test) {
    ++result_.checks;
    const auto read = read_properties(test.text, "", side_.analysis);
    if (!read) {
      for (const model::Diagnostic& error : read.error()) {
        Place place = test.written.place;
        if (!test.spelled_out && error.span && error.span->begin > test.shift) {
          place.offset += error.span->begin - test.shift;
        }
        resolver_.problem(place, error.message, error.help);
      }
      return;
    }
    const evaluator::Property& property = read->front().property;
    for (const evaluator::Who* who : {&property.first, &property.second}) refuse_strangers(*who, test.written.place);
    const auto who = speaks_of(property);
    for (const evaluator::Place& place : property.places) {
      result_.asked.push_back({.who = who,
                               .registry = place.registry,
                               .operations = property.operations,
                               .name = {},
                               .names = place.names,
                               .expected = std::nullopt,
                               .place = test.written.place});
    }
    evaluator::Prover prover(side_.analysis.sets);
    const evaluator::Proof proof = prover.prove(property);
    const bool holds = proof.outcome == evaluator::Proof::Outcome::Holds;
    if (holds && proof.vacuous) {
      Finding finding;
      finding.place = test.written.place;
      finding.sentence = fmt::format("This tests nothing: {} in {}.",
                                     property.kind == evaluator::Property::Kind::Only
                                         ? "everybody known is meant, nobody is left outside"
                                         : "nobody known is meant",
                                     at(test.written.place));
      return add(std::move(finding));
    }
    if (holds) return;
    const Outcome outcome = proof.outcome == evaluator::Proof::Outcome::Fails ? Outcome::Failed : Outcome::Undetermined;
    const std::string but = fmt::format("but {} says: {}", at(test.written.place), report::escape(read->front().text));
    const bool sure = !too_large(proof.causes);
    for (const evaluator::Witness& witness : proof.witnesses) {
      if (!sure) break;
      add(ask(side_, witness.asker, witness.registry, *witness.operation, witness.repository, outcome,
              test.written.place, but, witness.verdict));
    }
    if (proof.witnesses.empty() || !sure) {
      Finding finding;
      finding.outcome = outcome;
      finding.place = test.written.place;
      finding.causes = proof.causes;
      finding.sentence =
          fmt::format("Undetermined. Whether this holds is open: {}.", report::escape(read->front().text));
      add(std::move(finding));
    }
    const auto& all = proof.outcome == evaluator::Proof::Outcome::Fails ? proof.failing : proof.open;
    if (all.size() > 1) {
      result_.notes.push_back(fmt::format("It {} for {}: {}.", outcome == Outcome::Failed ? "fails" : "is open",
                                          report::counted(all.size(), "identity", "identities"), names_of(all)));
    }
    if (proof.hangs_on_membership) {
      result_.notes.emplace_back("Who is in a group of the test is not all in the data.");
    }
  }

  /// Everybody that a property speaks of; nobody in the list stands for everybody.
  [[nodiscard]] std::vector<Asker> speaks_of(const evaluator::Property& property) const {
    using Kind = evaluator::Property::Kind;
    if (property.kind == Kind::Only) return {};
    std::map<std::string, Asker> result;
    for (const evaluator::Who* who : {&property.first, &property.second}) {
      std::map<std::string, Asker> meant;
      for (const evaluator::WhoTerm& term : who->include) {
        for (const Asker& asker : askers_of(term)) meant.emplace(key_of(asker), asker);
      }
      for (const evaluator::WhoTerm& term : who->except) {
        for (const Asker& asker : askers_of(term)) meant.erase(key_of(asker));
      }
      result.merge(meant);
    }
    std::vector<Asker> list;
    for (const auto& [key, asker] : result) list.push_back(asker);
    return list;
  }

  [[nodiscard]] std::vector<Asker> askers_of(const evaluator::WhoTerm& term) const {
    const auto everybody = side_.analysis.sets.askers();
    return std::visit(
        model::Overloaded{
            [&](const evaluator::Everyone&) { return std::vector<Asker>(everybody.begin(), everybody.end()); },
            [&](const evaluator::MembersOf& members) { return Resolver::members(side_.analysis, members.group); },
            [](const Asker& asker) { return std::vector<Asker>{asker}; },
        },
        term);
  }

  void refuse_strangers(const evaluator::Who& who, const Place& place) {
    for (const auto* terms : {&who.include, &who.except}) {
      for (const evaluator::WhoTerm& term : *terms) {
        const auto* asker = std::get_if<Asker>(&term);
        const auto* entra = asker == nullptr ? nullptr : std::get_if<evaluator::EntraAsker>(asker);
        if (entra == nullptr || entra->known || suite_.unknown_ids.contains(std::string(entra->id.text()))) continue;
        resolver_.problem(place, fmt::format("nothing in the data names the object id `{}`", entra->id.text()),
                          "list it under `unknown-ids` if that is meant");
      }
    }
  }

  [[nodiscard]] std::string names_of(const std::vector<Asker>& askers) const {
    std::vector<std::string> items;
    for (const Asker& asker : askers) {
      if (items.size() == kMostNamed) {
        items.push_back(fmt::format("{} more", askers.size() - kMostNamed));
        break;
      }
      items.push_back(side_.analysis.names.words(asker));
    }
    return report::listed(items);
  }

  void exactly(const ExactCase& test, const Place& place) {
    struct Expected {
      const Operation* operation;
      Place place;
      RepositorySet names;
    };
    std::vector<Expected> all;
    for (const ExactCase::Names& each : test.can) {
      const Operation* operation = resolver_.operation(each.operation);
      const auto parts = resolver_.patterns(each.patterns);
      if (operation != nullptr) all.push_back({operation, each.operation.place, RepositorySet::united(parts)});
    }
    for (const Word& word : test.closed) {
      const Operation* operation = resolver_.operation(word);
      const bool named =
          std::any_of(all.begin(), all.end(), [&](const Expected& e) { return e.operation == operation; });
      if (operation != nullptr && !named) all.push_back({operation, word.place, RepositorySet::none()});
    }
    const auto registry = resolver_.registry(test.registry, place);
    if (!registry) return;
    const auto everybody = resolver_.who(test.who, *registry);
    for (const Expected& each : all) {
      if (!each.operation->takes_repository && !each.names.empty() && !each.names.is_all()) {
        resolver_.problem(
            each.place, fmt::format("`{}` is about the registry as a whole: write \"**\" or none", each.operation->id));
        continue;
      }
      for (const auto& named : everybody) exactly(named.asker, *registry, *each.operation, each.names, each.place);
    }
  }

  void exactly(const Asker& asker, std::size_t registry, const Operation& operation, const RepositorySet& names,
               const Place& place) {
    ++result_.checks;
    result_.asked.push_back({.who = {asker},
                             .registry = registry,
                             .operations = {&operation},
                             .name = {},
                             .names = RepositorySet::all(),
                             .expected = std::nullopt,
                             .place = place});
    const Access access = side_.analysis.sets.access(asker, registry, operation);
    if (access.certain == names && access.possible == names) return;
    const bool sure = !too_large(access.causes);
    const auto show = [&](const RepositorySet& wrong, Outcome outcome, Verdict verdict) {
      const std::string but = names.empty()
                                  ? fmt::format("but {} expects no name to be allowed", at(place))
                                  : fmt::format("but {} expects exactly {}", at(place), report::quote(names.pattern()));
      add(ask(side_, asker, registry, operation, name_of(wrong, side_, registry, operation), outcome, place, but,
              sure ? std::optional(verdict) : std::nullopt));
    };
    const RepositorySet missing = without(names, access.possible);
    const RepositorySet beyond = without(access.certain, names);
    if (!missing.empty()) show(missing, Outcome::Failed, Verdict::Deny);
    if (!beyond.empty()) show(beyond, Outcome::Failed, Verdict::Allow);
    if (missing.empty() && beyond.empty()) {
      show(without(access.possible, access.certain), Outcome::Undetermined, Verdict::Undetermined);
    }
  }

  // ---- changes --------------------------------------------------------------------------------------------

  /// A filter in the numbers of a comparison. Without a member everything is meant.
  struct Filter {
    std::optional<std::set<std::size_t>> askers;  ///< indices into AccessDiff::askers
    std::optional<std::set<const Operation*>> operations;
    std::optional<std::map<std::size_t, RepositorySet>> on;  ///< by index into AccessDiff::registries

    [[nodiscard]] bool means(std::size_t asker, const Operation* operation) const {
      return (!askers || askers->contains(asker)) && (!operations || operations->contains(operation));
    }
    /// The names that are meant at a registry.
    [[nodiscard]] RepositorySet names(std::size_t registry) const {
      if (!on) return RepositorySet::all();
      const auto found = on->find(registry);
      return found == on->end() ? RepositorySet::none() : found->second;
    }
  };

  bool needs_plan(const Place& place) {
    if (has_plan_) return true;
    resolver_.problem(place, "a test of changes needs a plan to compare with",
                      "name it under `plan` in the file or with --plan PATH");
    return false;
  }

  /// What a filter's texts mean on either side. What neither side knows is a problem.
  Filter filter(const ChangeFilter& what, const evaluator::AccessDiff& diff) {
    Filter result;
    if (!what.operations.empty()) {
      result.operations.emplace();
      for (const Word& word : what.operations) {
        if (const Operation* operation = resolver_.operation(word)) result.operations->insert(operation);
      }
    }
    const auto either = [&](const auto& look_up) {
      Resolver old_side(suite_, base_.analysis);
      Resolver new_side(suite_, side_.analysis);
      look_up(old_side, true);
      look_up(new_side, false);
      if (!old_side.problems.empty() && !new_side.problems.empty()) {
        for (model::Diagnostic& problem : new_side.problems) resolver_.problems.push_back(std::move(problem));
      }
    };
    const Operation& any = *evaluator::find_operation("pull");
    if (!what.on.empty()) {
      result.on.emplace();
      for (const Word& word : what.on) {
        either([&](Resolver& resolver, bool base) {
          for (const Spot& spot : resolver.spots({word}, any, word.place)) {
            for (std::size_t r = 0; r < diff.registries.size(); ++r) {
              const auto& index = base ? diff.registries[r].before : diff.registries[r].after;
              if (index == spot.registry) (*result.on)[r] |= spot.names;
            }
          }
        });
      }
    }
    if (!what.who.empty()) {
      result.askers.emplace();
      for (const Word& word : what.who) {
        either([&](Resolver& resolver, bool base) {
          const Analysis& analysis = base ? base_.analysis : side_.analysis;
          std::optional<std::size_t> registry;  // where tokens and tasks are looked for first
          if (result.on && !result.on->empty()) {
            const evaluator::DiffRegistry& pair = diff.registries[result.on->begin()->first];
            registry = base ? pair.before : pair.after;
          } else if (suite_.registry) {
            const auto found = analysis.find_registry(suite_.registry->text);
            if (found) registry = *found;
          }
          if (analysis.snapshot().registries.empty()) return;
          std::set<std::string> keys;
          for (const auto& named : resolver.who({word}, registry.value_or(0))) keys.insert(key_of(named.asker));
          for (std::size_t a = 0; a < diff.askers.size(); ++a) {
            const auto& asker = base ? diff.askers[a].before : diff.askers[a].after;
            if (asker && keys.contains(key_of(*asker))) result.askers->insert(a);
          }
        });
      }
    }
    return result;
  }

  [[nodiscard]] std::vector<const Operation*> compared(const std::vector<ChangeFilter>& filters) {
    std::vector<const Operation*> operations = evaluator::data_operations();
    for (const ChangeFilter& each : filters) {
      for (const Word& word : each.operations) {
        const auto operation = read_operation(word.text);
        if (operation && std::find(operations.begin(), operations.end(), *operation) == operations.end()) {
          operations.push_back(*operation);
        }
      }
    }
    std::sort(operations.begin(), operations.end());
    return operations;
  }

  /// A named unknown is asked about only where the data has it: by its text nobody else is found.
  [[nodiscard]] static bool can_be_asked(const std::optional<Asker>& asker) {
    if (!asker) return false;
    const auto* entra = std::get_if<evaluator::EntraAsker>(&*asker);
    return entra == nullptr || entra->known || model::is_guid(entra->id.text());
  }

  /// A question about somebody whom two states have, and the state in which it is asked.
  struct Asked {
    const Side& side;
    std::size_t registry;
    const Asker& asker;
  };
  /// After the plan if that can be, else before; nothing where neither can.
  [[nodiscard]] std::optional<Asked> where_asked(const evaluator::AccessDiff& diff, std::size_t registry,
                                                 std::size_t asker) const {
    const evaluator::DiffRegistry& pair = diff.registries[registry];
    const evaluator::DiffAsker& who = diff.askers[asker];
    if (pair.after && can_be_asked(who.after)) return Asked{side_, *pair.after, *who.after};
    if (pair.before && who.before) return Asked{base_, *pair.before, *who.before};
    return std::nullopt;
  }

  /// A change as a finding: asked where the access is (gained: after, lost: before), else where it can be asked.
  void show_change(const evaluator::AccessDiff& diff, std::size_t registry, std::size_t asker,
                   const Operation& operation, const RepositorySet& names, bool gained, bool certain,
                   const Place& place, const std::string& wish_words, std::size_t others) {
    const auto asked = where_asked(diff, registry, asker);
    if (!asked) return;
    const bool base = asked->side.base;
    const std::string name = name_of(names, asked->side, asked->registry, operation);
    const std::string_view how = gained ? (certain ? "which is new" : "which may be new")
                                        : (certain ? "which was allowed before" : "which may have been allowed before");
    const Outcome outcome = certain ? Outcome::Failed : Outcome::Undetermined;
    Finding finding = ask(asked->side, asked->asker, asked->registry, operation, name, outcome, place,
                          fmt::format("{}, but {} {}", how, at(place), wish_words),
                          certain ? std::optional(gained || base ? Verdict::Allow : Verdict::Deny) : std::nullopt);
    if (!gained && base && !certain) finding.sentence += " After the plan it is not there to be asked about.";
    if (others > 0) finding.sentence += alike(others);
    add(std::move(finding));
  }

  evaluator::AccessDiff compare(const std::vector<const Operation*>& operations) const {
    return evaluator::compare(base_.analysis.sets, side_.analysis.sets, operations);
  }

  /// Calls `each` for every kind of change that somebody has: registry, asker, operation, change, how many are alike.
  template <class Each>
  static void for_each_change(const evaluator::AccessDiff& diff, const Each& each) {
    for (const evaluator::ChangeGroup& group : diff.groups) {
      for (const evaluator::OperationChange& change : group.changes) each(group, change);
    }
  }

  void changes(const ChangesCase& test, const Place& place) {
    if (!needs_plan(place)) return;
    ++result_.checks;
    std::vector<ChangeFilter> filters = test.except;
    filters.push_back(test.what);
    const evaluator::AccessDiff diff = compare(compared(filters));
    const Filter what = filter(test.what, diff);
    std::vector<Filter> except;
    for (const ChangeFilter& each : test.except) except.push_back(filter(each, diff));
    for (std::size_t i = 0; i < except.size(); ++i) {
      const Filter& each = except[i];
      const bool everybody = !each.askers || each.askers->size() == diff.askers.size();
      if (everybody && !each.operations && !each.on) {
        resolver_.problem(test.except[i].place, "an exception of everything leaves nothing to test");
      }
    }
    if (!resolver_.problems.empty()) return;
    refuse_nobody(what, test.what.place);
    const std::string words = fmt::format("expects no {} access", test.new_access ? "new" : "lost");
    for_each_change(diff, [&](const evaluator::ChangeGroup& group, const evaluator::OperationChange& change) {
      const auto& certain = test.new_access ? change.change.gained : change.change.lost;
      const auto& possible = test.new_access ? change.change.possibly_gained : change.change.possibly_lost;
      for (const bool sure : {true, false}) {
        report_first(
            group.registry, group.askers, change.operations, sure ? certain : possible, what, except,
            [&](std::size_t asker, const Operation& operation, const RepositorySet& names, std::size_t others) {
              show_change(diff, group.registry, asker, operation, names, test.new_access, sure, place, words, others);
            });
      }
    });
    open_otherwise(diff, what, except, place, words,
                   test.new_access ? &evaluator::OpenOtherwise::may_gain : &evaluator::OpenOtherwise::may_lose);
    note_open(diff);
  }

  /// What is open before and after by different causes, or while what it rests on differs, may have changed.
  void open_otherwise(const evaluator::AccessDiff& diff, const Filter& what, const std::vector<Filter>& except,
                      const Place& place, const std::string& wish_words,
                      bool evaluator::OpenOtherwise::*direction = nullptr) {
    for (const evaluator::OpenOtherwise& each : diff.open_otherwise) {
      if (direction != nullptr && !(each.*direction)) continue;
      report_first(each.registry, each.askers, each.operations, each.names, what, except,
                   [&](std::size_t asker, const Operation& operation, const RepositorySet& names, std::size_t others) {
                     const auto asked = where_asked(diff, each.registry, asker);
                     if (!asked) return;
                     Finding finding =
                         ask(asked->side, asked->asker, asked->registry, operation,
                             name_of(names, asked->side, asked->registry, operation), Outcome::Undetermined, place,
                             fmt::format("and was before, {}, but {} {}",
                                         each.same_causes ? "though what it rests on has changed" : "by other causes",
                                         at(place), wish_words),
                             std::nullopt);
                     finding.causes = diff.cause_lists[each.causes];
                     if (others > 0) finding.sentence += alike(others);
                     add(std::move(finding));
                   });
    }
  }

  static std::string alike(std::size_t others) {
    return fmt::format(" The same goes for {}.", report::counted(others, "other change", "other changes"));
  }

  void refuse_nobody(const Filter& what, const Place& place) {
    if (what.askers && what.askers->empty()) resolver_.problem(place, "nobody is meant here, so nothing is tested");
  }

  void note_open(const evaluator::AccessDiff& diff) {
    if (diff.open.places == 0) return;
    result_.notes.push_back(
        fmt::format("For {} access is open before and after alike, by what the data lacks or documents contradict: no "
                    "change can be told there.",
                    report::counted(diff.open.askers.size(), "identity", "identities")));
  }

  /// Finds whose change is not excepted, and calls `show` once for all that are alike.
  template <class Show>
  static void report_first(std::size_t registry, const std::vector<std::size_t>& askers,
                           const std::vector<const Operation*>& operations, const RepositorySet& names,
                           const Filter& what, const std::vector<Filter>& except, const Show& show) {
    if (names.empty()) return;
    const RepositorySet meant = names & what.names(registry);
    if (meant.empty()) return;
    std::map<std::vector<bool>, RepositorySet> left_by_exceptions;
    std::optional<std::tuple<std::size_t, const Operation*, RepositorySet>> first;
    std::size_t others = 0;
    for (const std::size_t asker : askers) {
      for (const Operation* operation : operations) {
        if (!what.means(asker, operation)) continue;
        std::vector<bool> matching;
        for (const Filter& each : except) matching.push_back(each.means(asker, operation));
        const auto [found, added] = left_by_exceptions.try_emplace(matching);
        if (added) {
          found->second = meant;
          for (std::size_t e = 0; e < except.size(); ++e) {
            if (matching[e]) found->second -= except[e].names(registry);
          }
        }
        if (found->second.empty()) continue;
        if (first) {
          ++others;
        } else {
          first = {asker, operation, found->second};
        }
      }
    }
    if (first) show(std::get<0>(*first), *std::get<1>(*first), std::get<2>(*first), others);
  }

  void only_changes(const OnlyChangesCase& test, const Place& place) {
    if (!needs_plan(place)) return;
    ++result_.checks;
    std::vector<ChangeFilter> filters;
    for (const auto& each : test.changes) filters.push_back(each.what);
    const evaluator::AccessDiff diff = compare(compared(filters));
    std::vector<Filter> gained, lost;
    std::vector<std::pair<const OnlyChangesCase::Change*, Filter>> expected;
    for (const auto& each : test.changes) {
      Filter read = filter(each.what, diff);
      refuse_nobody(read, each.what.place);
      (each.gained ? gained : lost).push_back(read);
      expected.emplace_back(&each, std::move(read));
    }
    if (!resolver_.problems.empty()) return;
    const Filter everything;
    for_each_change(diff, [&](const evaluator::ChangeGroup& group, const evaluator::OperationChange& change) {
      for (const bool gain : {true, false}) {
        for (const bool sure : {true, false}) {
          const evaluator::AccessChange& c = change.change;
          const RepositorySet& names = gain ? (sure ? c.gained : c.possibly_gained) : (sure ? c.lost : c.possibly_lost);
          report_first(
              group.registry, group.askers, change.operations, names, everything, gain ? gained : lost,
              [&](std::size_t asker, const Operation& operation, const RepositorySet& left, std::size_t others) {
                show_change(diff, group.registry, asker, operation, left, gain, sure, place,
                            fmt::format("does not list it as {}", gain ? "gained" : "lost"), others);
              });
        }
      }
    });
    std::vector<Filter> listed = gained;
    listed.insert(listed.end(), lost.begin(), lost.end());
    open_otherwise(diff, everything, listed, place, "does not list it");
    for (const auto& [change, read] : expected) {
      ++result_.checks;
      must_happen(diff, *change, read);
    }
    note_open(diff);
  }

  /// Everything that a listed change names has to change; without `on`, something.
  void must_happen(const evaluator::AccessDiff& diff, const OnlyChangesCase::Change& change, const Filter& read) {
    for (const std::size_t asker : *read.askers) {
      for (const Operation* operation : *read.operations) {
        std::map<std::size_t, RepositorySet> certain;
        std::map<std::size_t, RepositorySet> possible;
        for_each_change(diff, [&](const evaluator::ChangeGroup& group, const evaluator::OperationChange& each) {
          if (std::find(group.askers.begin(), group.askers.end(), asker) == group.askers.end()) return;
          if (std::find(each.operations.begin(), each.operations.end(), operation) == each.operations.end()) return;
          certain[group.registry] |= change.gained ? each.change.gained : each.change.lost;
          possible[group.registry] |= change.gained ? each.change.possibly_gained : each.change.possibly_lost;
        });
        const auto changes_at = [](const std::map<std::size_t, RepositorySet>& where, std::size_t registry) {
          const auto found = where.find(registry);
          return found == where.end() ? RepositorySet::none() : found->second;
        };
        const auto some = [](const std::map<std::size_t, RepositorySet>& where) {
          return std::any_of(where.begin(), where.end(), [](const auto& entry) { return !entry.second.empty(); });
        };
        if (!read.on) {
          if (!some(certain)) show_missing(diff, 0, asker, *operation, RepositorySet::all(), change, some(possible));
          continue;
        }
        for (const auto& [registry, names] : *read.on) {
          const RepositorySet left = without(names, changes_at(certain, registry));
          if (left.empty()) continue;
          const bool open = left <= changes_at(possible, registry);
          show_missing(diff, registry, asker, *operation, left, change, open);
        }
      }
    }
  }

  void show_missing(const evaluator::AccessDiff& diff, std::size_t registry, std::size_t asker,
                    const Operation& operation, const RepositorySet& names, const OnlyChangesCase::Change& change,
                    bool open) {
    const auto asked = where_asked(diff, registry, asker);
    if (!asked) return;
    const std::string but =
        fmt::format("but {} lists it as {}, and {}", at(change.what.place), change.gained ? "gained" : "lost",
                    open ? "whether it changes is open" : "it is not so");
    add(ask(asked->side, asked->asker, asked->registry, operation,
            name_of(names, asked->side, asked->registry, operation), open ? Outcome::Undetermined : Outcome::Failed,
            change.what.place, but, std::nullopt));
  }

  const Suite& suite_;
  Side base_, side_;
  bool has_plan_;
  const RunOptions& options_;
  Resolver resolver_;
  CaseResult result_;
  std::vector<std::string> defects_;
};

/// Expectations of one file that cannot all be met.
void find_contradictions(const Suite& suite, const Analysis& analysis, const std::vector<CaseResult>& cases,
                         std::vector<model::Diagnostic>& problems) {
  struct First {
    const Asked* asked;
    Expectation expected;
  };
  std::map<std::tuple<std::string, std::size_t, const Operation*, std::string>, std::vector<First>> seen;
  for (const CaseResult& result : cases) {
    for (const Asked& asked : result.asked) {
      if (!asked.expected) continue;
      const std::string target = asked.name.empty() ? fmt::format(":{}", asked.names.hash()) : asked.name;
      std::vector<First>& same_hash =
          seen[{key_of(asked.who.front()), asked.registry, asked.operations.front(), target}];
      const auto found = std::find_if(same_hash.begin(), same_hash.end(),
                                      [&](const First& first) { return first.asked->names == asked.names; });
      if (found == same_hash.end()) {
        same_hash.push_back({&asked, *asked.expected});
        continue;
      }
      if (found->expected == *asked.expected) continue;
      model::Diagnostic problem =
          problem_at(suite, asked.place,
                     fmt::format("impossible: of {} as {} line {} expects {}, this expects {}",
                                 asked.operations.front()->id, analysis.names.words(asked.who.front()),
                                 found->asked->place.line, to_string(found->expected), to_string(*asked.expected)),
                     "no state of access meets both");
      if (std::find(problems.begin(), problems.end(), problem) == problems.end()) {
        problems.push_back(std::move(problem));
      }
    }
  }
}

}  // namespace

std::string_view word(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::Passed:
      return "passed";
    case Outcome::Undetermined:
      return "undetermined";
    case Outcome::Failed:
      return "failed";
  }
  return "";
}

Outcome FileResult::outcome() const {
  Outcome worst = Outcome::Passed;
  for (const CaseResult& result : cases) worst = std::max(worst, result.outcome);
  return worst;
}

std::size_t FileResult::count(Outcome outcome) const {
  return static_cast<std::size_t>(
      std::count_if(cases.begin(), cases.end(), [&](const CaseResult& result) { return result.outcome == outcome; }));
}

Outcome TestRun::outcome() const {
  Outcome worst = Outcome::Passed;
  for (const FileResult& file : files) worst = std::max(worst, file.outcome());
  return worst;
}

std::size_t TestRun::count(Outcome outcome) const {
  std::size_t all = 0;
  for (const FileResult& file : files) all += file.count(outcome);
  return all;
}

std::size_t TestRun::cases() const {
  std::size_t all = 0;
  for (const FileResult& file : files) all += file.cases.size();
  return all;
}

model::Result<FileResult> run_suite(const Suite& suite, const Analysis& base, const Analysis* after,
                                    const RunOptions& options) {
  std::vector<const Case*> wanted;
  for (const Case& test : suite.cases) {
    if (!options.wanted || options.wanted(test)) wanted.push_back(&test);
  }
  FileResult result{.file = suite.file, .title = suite.title, .cases = {}, .flags = {}, .defects = {}};
  if (!model::shows_all_denies((after != nullptr ? *after : base).snapshot())) {
    result.flags.emplace_back("no-deny-assignments-in-data");
  }
  result.cases.resize(wanted.size());
  std::vector<std::vector<model::Diagnostic>> problems(wanted.size());
  std::vector<std::vector<std::string>> defects(wanted.size());
  for_each_index(wanted.size(), options.jobs, [&](std::size_t i) {
    Checker checker(suite, base, after, options);
    result.cases[i] = checker.run(*wanted[i]);
    problems[i] = std::move(checker.problems());
    defects[i] = std::move(checker.defects());
  });
  std::vector<model::Diagnostic> all;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    for (model::Diagnostic& problem : problems[i]) {
      if (std::find(all.begin(), all.end(), problem) == all.end()) all.push_back(std::move(problem));
    }
    result.defects.insert(result.defects.end(), defects[i].begin(), defects[i].end());
  }
  if (all.empty()) find_contradictions(suite, after != nullptr ? *after : base, result.cases, all);
  if (!all.empty()) return model::Result<FileResult>::failure(std::move(all));
  return result;
}

}  // namespace acrbiter::cli::access_test
