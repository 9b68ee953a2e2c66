// prove: properties that have to hold for every repository name, and what refutes them.
#include <algorithm>
#include <array>
#include <ostream>

#include <fmt/format.h>

#include "cli/analysis.h"
#include "cli/commands.h"
#include "cli/lines.h"
#include "cli/options.h"
#include "cli/property_reader.h"
#include "cli/report/diagnostics.h"
#include "cli/report/prove_report.h"
#include "cli/report/sentence.h"
#include "cli/witness.h"
#include "evaluator/sets/prove.h"
#include "model/shell_word.h"

namespace acrbiter::cli {
namespace {

using evaluator::Proof;
using evaluator::Property;
using report::CheckedWitness;
using report::ProvedProperty;

constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20U;
constexpr std::array<std::string_view, 3> kProveFormats = {"human", "json", "junit"};

constexpr OptionSpec kPropertyFile{.name = "--file",
                                   .letter = "-f",
                                   .value = "FILE",
                                   .help = "Properties, one a line; may be repeated. - reads standard input",
                                   .repeatable = true,
                                   .completes = Completes::Path};
constexpr OptionSpec kProveFormat{.name = "--output",
                                  .letter = "-o",
                                  .value = "FORMAT",
                                  .help = "human (default), json, or junit (XML for test runners)",
                                  .words = kProveFormats,
                                  .completes = Completes::Words};

/// A property whose words were not kept together by quotes.
std::optional<UsageError> check_prove_form(const Arguments& arguments) {
  const auto& given = arguments.positionals;
  if (given.empty() && !arguments.has(kPropertyFile.name)) {
    return UsageError{.message = "which property?",
                      .help = "for example: acrbiter prove 'never everyone push contoso/prod/**', or --file FILE"};
  }
  if (given.empty()) return std::nullopt;
  constexpr std::array kKinds = {Property::Kind::Never, Property::Kind::Always, Property::Kind::Only,
                                 Property::Kind::Same, Property::Kind::Subset};
  const bool bare = std::any_of(kKinds.begin(), kKinds.end(),
                                [&](Property::Kind kind) { return given.front() == evaluator::to_string(kind); });
  if (!bare) return std::nullopt;
  return UsageError{.message = "a property is one argument",
                    .help = fmt::format("put it in quotes: acrbiter prove '{}'", fmt::join(given, " "))};
}

/// What can-i needs to give the same answer: the options of this command line that it has too.
std::string shared_options(const Arguments& arguments) {
  std::string result;
  for (const OptionSpec& option : options::joined(options::kDataOptions, options::kCircumstances)) {
    if (!arguments.has(option.name)) continue;
    if (option.value.empty()) result += fmt::format(" {}", option.name);
    for (const std::string& value : arguments.all(option.name)) {
      result += fmt::format(" {} {}", option.name, model::shell_word(value));
    }
  }
  return result;
}

/// The question of a witness as can-i would be asked it, and the interpreter's answer. Nothing, having said so, if that
/// is not the answer of the sets.
std::optional<CheckedWitness> check(const evaluator::Witness& witness, const Analysis& analysis,
                                    const Invocation& invocation) {
  const evaluator::Question question =
      question_of(analysis, witness.asker, witness.registry, *witness.operation, witness.repository);
  const auto resolved = analysis.engine.resolve(question);
  std::optional<evaluator::Decision> decision;
  if (resolved) analysis.engine.unfold(decision.emplace(analysis.engine.explain(*resolved)));
  const bool agreed =
      decision && decision->verdict == witness.verdict && analysis.engine.decide(*resolved) == witness.verdict;
  if (!agreed) {
    invocation.streams.err << report::error(
        fmt::format("a defect of acrbiter: the sets say {} to `{} {}/{}` as `{}`, the interpreter says {}",
                    evaluator::to_string(witness.verdict), witness.operation->id, question.registry,
                    question.repository, question.principal,
                    decision ? evaluator::to_string(decision->verdict) : std::string_view("that it is no question")),
        "please report it with the data if you can", invocation.error_look);
    return std::nullopt;
  }
  CheckedWitness checked{.witness = witness,
                         .question = question,
                         .sentence = report::sentence(*decision, {analysis.snapshot(), *resolved}),
                         .command = can_i_command(question, shared_options(invocation.arguments))};
  return checked;
}

/// All properties of the command line and of the files, or nothing, having said what is wrong with them.
std::optional<std::vector<ProvedProperty>> read_all(const Invocation& invocation, const Analysis& analysis) {
  std::vector<ProvedProperty> result;
  std::vector<model::Diagnostic> problems;
  const auto read = [&](std::string_view text, const std::string& file) {
    auto properties = read_properties(text, file, analysis);
    if (!properties) {
      problems.insert(problems.end(), properties.error().begin(), properties.error().end());
      return;
    }
    if (properties->empty()) {
      model::Diagnostic nothing;
      nothing.message = file.empty() ? "the property is empty" : "no property in the file";
      nothing.file = file;
      problems.push_back(std::move(nothing));
    }
    for (WrittenProperty& written : *properties) {
      result.push_back({.written = std::move(written), .file = file, .proof = {}, .witnesses = {}});
    }
  };
  for (const std::string& text : invocation.arguments.positionals) read(text, "");
  for (const std::string& path : invocation.arguments.all(kPropertyFile.name)) {
    const auto text = read_text(path, kMaxFileBytes, invocation);
    if (!text) return std::nullopt;
    read(*text, path == "-" ? std::string("standard input") : path);
  }
  if (problems.empty()) return result;
  invocation.streams.err << report::errors(problems, invocation.error_look);
  return std::nullopt;
}

ExitCode prove(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (const auto error = check_prove_form(arguments)) return refuse(invocation, *error);
  const auto analysis = Analysis::open(invocation);
  if (!analysis) return ExitCode::InputError;
  auto properties = read_all(invocation, *analysis);
  if (!properties) return ExitCode::InputError;

  evaluator::Prover prover(analysis->sets);
  ExitCode exit = ExitCode::Yes;
  bool defect = false;
  for (ProvedProperty& property : *properties) {
    property.proof = prover.prove(property.written.property);
    // Where a set would be too large, it says less than the interpreter, and no question shows that.
    const auto& causes = property.proof.causes;
    const bool too_large = std::any_of(causes.begin(), causes.end(), [](const evaluator::Cause& cause) {
      return cause.code == evaluator::kConditionTooLarge;
    });
    if (too_large) property.proof.witnesses.clear();
    for (const evaluator::Witness& witness : property.proof.witnesses) {
      auto checked = check(witness, *analysis, invocation);
      defect = defect || !checked;
      if (checked) property.witnesses.push_back(*std::move(checked));
    }
    if (property.proof.outcome == Proof::Outcome::Fails) exit = ExitCode::No;
    if (property.proof.outcome == Proof::Outcome::Undetermined && exit == ExitCode::Yes) exit = ExitCode::Undetermined;
  }
  if (defect) return ExitCode::Defect;

  const std::string format = arguments.get("--output").value_or("human");
  std::ostream& out = invocation.streams.out;
  if (format == "json") {
    out << report::proof_json(*properties, *analysis) << '\n';
  } else if (format == "junit") {
    out << report::proof_junit(*properties, *analysis);
  } else {
    out << report::proof_text(*properties, *analysis, invocation.look);
  }
  return arguments.has(options::kExitZero.name) ? ExitCode::Yes : exit;
}

constexpr std::array kProvePositionals = {
    PositionalSpec{.name = "PROPERTY…", .help = "In quotes; the language stands below", .repeatable = true}};

constexpr auto kProveOptions =
    options::joined(std::array{kPropertyFile}, options::kDataOptions, options::kCircumstances,
                    std::array{kProveFormat, options::kColour, options::kWidth, options::kExitZero});

}  // namespace

constinit const Command kProve{
    .name = "prove",
    .aliases = {},
    .summary = "do these properties hold, for every repository name",
    .synopsis = "PROPERTY… [OPTIONS]\n--file FILE… [-o junit] [OPTIONS]",
    .positionals = kProvePositionals,
    .options = kProveOptions,
    .notes =
        R"(Properties, one a line; `#` at the start of a line or word begins a comment, and `"NAME":` in front names one:

  never  WHO OPERATIONS WHERE       nobody of WHO can do any of it, on no name
  always WHO OPERATIONS WHERE       everybody of WHO can do all of it, on every name
  only   WHO OPERATIONS WHERE       nobody outside WHO can do any of it
  same   WHO WHO OPERATIONS WHERE   all of them can do the same
  subset WHO WHO OPERATIONS WHERE   what anybody of the first can do, everybody of the second can

  WHO         a principal as --as takes it, also with user: or sp: in front; group:NAME for everybody in it at any
              depth; everyone; several with commas; `A except B`. Names with blanks stand in "…".
  OPERATIONS  pull, push, …, several with commas, or any: all on images, tags and metadata
  WHERE       REGISTRY/PATTERN, or */PATTERN for all registries; REGISTRY alone is every name. `*` is any run without
              `/`, `**` any run at all, `?` one character: prod/**, (** except sandbox/**)

A property holds only if no name that could exist and nothing that is missing from the data refutes it. It fails only
by a question that `can-i` answers the same way; that is checked. One that speaks of nobody known holds, with a warning.
Where the members of a group are not all in the data, whoever may be in it counts as possibly in it.

Exit codes: 0 all hold, 1 one fails, 2 not understood, 3 none fails and one is undetermined, 4 a defect of acrbiter.
)",
    .examples = R"(  # nobody outside the release managers can push to production
  $ acrbiter prove 'only group:"Release Managers" push contosoapps/prod/**' --data exports

  # contractors never reach outside their sandbox; two pipelines have equal access
  $ acrbiter prove 'never group:contractors any contosoapps/(** except sandbox/**)' \
      'same sp:ci-a sp:ci-b any */**' --data exports

  # a file of them in a pipeline, as a test report
  $ acrbiter prove --file access.properties -o junit --data exports > report.xml
)",
    .run = prove};

}  // namespace acrbiter::cli
