// can-i and explain: one question from the command line, or a batch of question lines.
#include <algorithm>
#include <array>
#include <istream>
#include <ostream>

#include <fmt/format.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/data.h"
#include "cli/json_reader.h"
#include "cli/lines.h"
#include "cli/options.h"
#include "cli/report/diagnostics.h"
#include "cli/report/json.h"
#include "cli/report/sentence.h"
#include "cli/report/tree.h"

namespace acrbiter::cli {
namespace {

using evaluator::Question;
using evaluator::Verdict;
using report::Look;
using report::Style;

constexpr std::array<std::string_view, 2> kEndpoints = {"registry", "connected-registry"};
constexpr std::array<std::string_view, 2> kTrueFalse = {"true", "false"};

constexpr std::array kQuestionOptions = {
    OptionSpec{
        .name = "--as",
        .letter = "",
        .value = "PRINCIPAL",
        .help = "Who asks: object id, user principal name, app id, unique display name, the name of a cluster or app, "
                "or admin, anonymous, token:NAME, task:NAME",
        .completes = Completes::Principal},
    options::kRegistry,
    OptionSpec{.name = "--action",
               .letter = "",
               .value = "STRING",
               .help = "Ask for one raw action or data action instead of an operation"},
    OptionSpec{.name = "--reference", .letter = "", .value = "TAG|DIGEST", .help = "Which image of the repository"},
    options::kAt,
    options::kNetwork,
    options::kCredential,
    OptionSpec{.name = "--login-server", .letter = "", .value = "HOST", .help = "The host name as it was typed"},
    OptionSpec{.name = "--endpoint",
               .letter = "",
               .value = "WHICH",
               .help = "registry (default) or connected-registry",
               .words = kEndpoints,
               .completes = Completes::Words},
    OptionSpec{.name = "--source-registry",
               .letter = "",
               .value = "REGISTRY",
               .help = "import: the registry to import from",
               .completes = Completes::Registry},
    OptionSpec{.name = "--source-principal",
               .letter = "",
               .value = "PRINCIPAL",
               .help = "import: who reads there, if not the caller",
               .completes = Completes::Principal},
    OptionSpec{.name = "--source-acr-auth-id",
               .letter = "",
               .value = "ID",
               .help = "quick-build-push: [caller] or none, as in az acr build"},
    OptionSpec{.name = "--literal",
               .letter = "",
               .value = "BOOL",
               .help = "purge: true if the filter names one repository literally",
               .words = kTrueFalse,
               .completes = Completes::Words},
};

constexpr OptionSpec kExplainOption{
    .name = "--explain", .letter = "-e", .value = "", .help = "Show everything that was considered; in JSON: `trace`"};
constexpr OptionSpec kBatch{.name = "--batch",
                            .letter = "-f",
                            .value = "FILE",
                            .help = "One question per line (JSON); - reads them from standard input",
                            .completes = Completes::Path};

constexpr std::array kCanIPositionals = {
    PositionalSpec{.name = "OPERATION",
                   .help = "What is to be done: pull, push, list-tags, …; `acrbiter catalog operations` lists all",
                   .completes = Completes::Operation},
    PositionalSpec{.name = "TARGET",
                   .help =
                       "[REGISTRY/]REPOSITORY[:TAG][@DIGEST], as in docker pull; just REGISTRY for an operation on the "
                       "registry as a whole",
                   .completes = Completes::Target},
};

ExitCode exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::Allow:
      return ExitCode::Yes;
    case Verdict::Deny:
      return ExitCode::No;
    case Verdict::Undetermined:
      return ExitCode::Undetermined;
  }
  return ExitCode::Defect;
}

Style style_of(Verdict verdict) {
  return verdict == Verdict::Allow ? Style::Good : verdict == Verdict::Deny ? Style::Bad : Style::Open;
}

UsageError usage_error(const AnswerError& error) {
  std::string help;
  if (!error.suggestions.empty()) {
    help = fmt::format("did you mean {}?", report::listed(error.suggestions, "or"));
  } else if (error.code == "missing-member") {
    help = "usage: acrbiter can-i OPERATION [REGISTRY/]REPOSITORY --as PRINCIPAL";
  } else {
    help = where_to_look(error.code);
  }
  return {.message = error.message, .help = std::move(help)};
}

/// Sets the fields of a group from an option `KEY=VALUE,…`.
std::optional<UsageError> set_group(Question& question, std::string_view group, const Arguments& arguments) {
  const std::string option = fmt::format("--{}", group);
  const auto pairs = key_values(option, arguments.all(option));
  if (!pairs) return pairs.error();
  for (const auto& [key, value] : *pairs) {
    if (const auto error = set_field(question, group, key, value)) return usage_error(*error);
  }
  return std::nullopt;
}

/// Everything of the command line that needs no data.
std::optional<UsageError> set_options(Question& question, const Arguments& arguments) {
  struct Plain {
    std::string_view option, group, field;
  };
  constexpr std::array kPlain = {
      Plain{"--as", "", "principal"},
      Plain{"--registry", "", "registry"},
      Plain{"--action", "", "action"},
      Plain{"--reference", "", "reference"},
      Plain{"--at", "", "at"},
      Plain{"--login-server", "", "loginServer"},
      Plain{"--endpoint", "", "endpoint"},
      Plain{"--source-registry", "source", "registry"},
      Plain{"--literal", "", "literal"},
      Plain{"--source-principal", "source", "principal"},
      Plain{"--source-acr-auth-id", "run", "sourceRegistryAuth"},
  };
  for (const Plain& plain : kPlain) {
    const auto value = arguments.get(plain.option);
    if (!value) continue;
    if (const auto error = set_field(question, plain.group, plain.field, *value)) return usage_error(*error);
  }
  for (const std::string_view group : {"network", "credential"}) {
    if (auto error = set_group(question, group, arguments)) return error;
  }
  if (question.source && question.source->registry.empty()) {
    return UsageError{.message = "`--source-principal` needs `--source-registry`", .help = ""};
  }
  return std::nullopt;
}

std::optional<UsageError> check_form(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (arguments.has(kBatch.name)) {
    if (!arguments.positionals.empty()) {
      return UsageError{.message = "with `--batch` the questions stand in its file",
                        .help = fmt::format("leave out `{}`", arguments.positionals.front())};
    }
    for (const OptionSpec& option : kQuestionOptions) {
      if (arguments.has(option.name)) {
        return UsageError{.message = fmt::format("`{}` belongs to a single question, not to `--batch`", option.name),
                          .help = "write it into the question lines"};
      }
    }
    return std::nullopt;
  }
  if (!arguments.has("--as")) {
    return UsageError{.message = "who asks? `--as PRINCIPAL` is missing",
                      .help = fmt::format("for example: acrbiter {} pull contoso/team/app --as alice@contoso.com",
                                          invocation.command.name)};
  }
  const std::size_t most = arguments.has("--action") ? 1 : 2;
  if (arguments.positionals.size() > most) {
    return UsageError{
        .message = fmt::format("`--action` takes the place of the operation `{}`", arguments.positionals.front()),
        .help = ""};
  }
  if (!arguments.has("--action") && arguments.positionals.empty()) {
    return UsageError{.message = "which operation? For example pull, push, delete or list-tags",
                      .help = "`acrbiter catalog operations` lists them"};
  }
  return std::nullopt;
}

bool wants_trace(const Invocation& invocation) {
  return invocation.command.name == kExplain.name || invocation.arguments.has(kExplainOption.name);
}

std::string first_line(const evaluator::Decision& decision, const report::Subject& subject, const Look& look) {
  const std::string sentence = report::sentence(decision, subject);
  const std::string_view word = report::answer_word(decision.verdict);
  return report::wrap(look.paint(style_of(decision.verdict), word) + sentence.substr(word.size()), "", 2, look.width);
}

ExitCode single(const Invocation& invocation) {
  Question question;
  if (const auto error = set_options(question, invocation.arguments)) return refuse(invocation, *error);
  std::optional<std::string> target;
  if (invocation.arguments.has("--action")) {
    target = invocation.arguments.positional(0);
  } else {
    question.operation = *invocation.arguments.positional(0);
    target = invocation.arguments.positional(1);
  }

  auto data = load_data(invocation);
  if (!data) return ExitCode::InputError;
  const evaluator::Engine engine(data->snapshot, data->readings);

  const std::string format = invocation.arguments.get("--output").value_or("human");
  const auto not_understood = [&](const AnswerError& error) {
    if (format != "human") invocation.streams.out << report::error_line("null", error) << '\n';
    return refuse(invocation, usage_error(error));
  };
  // An operation that does not exist says nothing about what its target looks like.
  const bool known = question.operation.empty() || evaluator::find_operation(question.operation) != nullptr;
  if (target && known) {
    if (const auto error = set_target(question, *target, *data)) return not_understood(*error);
  } else if (!known && question.registry.empty() && !data->snapshot.registries.empty()) {
    question.registry = data->snapshot.registries.front().name;
  }
  const auto answered = ask(engine, *data, std::move(question));
  if (!answered) return not_understood(answered.error());

  const evaluator::Decision& decision = (*answered)->decision;
  const report::Subject subject{data->snapshot, (*answered)->question};
  const bool trace = wants_trace(invocation);
  std::ostream& out = invocation.streams.out;
  if (format != "human") {
    out << (trace ? report::answer_line_with_trace("null", decision, subject, engine.hints(subject.question, decision))
                  : report::answer_line("null", decision, subject))
        << '\n';
  } else {
    out << first_line(decision, subject, invocation.look);
    const auto hints = engine.hints(subject.question, decision);
    if (trace) {
      out << '\n' << report::explanation(decision, hints, subject, invocation.look);
    } else {
      out << report::hint_list(hints, subject, report::HintDetail::Brief, invocation.look)
          << report::open_points(decision, invocation.look);
    }
  }
  return invocation.arguments.has(options::kExitZero.name) ? ExitCode::Yes : exit_code(decision.verdict);
}

ExitCode batch(const Invocation& invocation) {
  auto data = load_data(invocation);
  if (!data) return ExitCode::InputError;
  const evaluator::Engine engine(data->snapshot, data->readings);
  const std::string format = invocation.arguments.get("--output").value_or("human");
  const bool trace = wants_trace(invocation);
  bool all_understood = true;
  AnswerList answers(invocation.streams.out, format == "json");

  const auto say_error = [&](std::string_view id, const AnswerError& error) {
    all_understood = false;
    if (format == "human") {
      answers.add(
          fmt::format("{}  {}: {}", id, invocation.look.paint(Style::Bad, "error"), report::escape(error.message)));
    } else {
      answers.add(report::error_line(id, error));
    }
  };
  const auto each = [&](std::string_view line) {
    QuestionLine read = read_question(line);
    if (!read.question) return say_error(read.id, read.question.error());
    const auto answered = ask(engine, *data, *std::move(read.question));
    if (!answered) return say_error(read.id, answered.error());
    const evaluator::Decision& decision = (*answered)->decision;
    const report::Subject subject{data->snapshot, (*answered)->question};
    if (format == "human") {
      answers.add(fmt::format("{}  {}", report::escape(read.id), report::sentence(decision, subject)));
    } else if (trace) {
      answers.add(report::answer_line_with_trace(read.id, decision, subject, engine.hints(subject.question, decision)));
    } else {
      answers.add(report::answer_line(read.id, decision, subject));
    }
  };
  if (!for_each_line(*invocation.arguments.get(kBatch.name), kMaxJsonBytes, invocation, each))
    return ExitCode::InputError;
  answers.finish();
  return all_understood ? ExitCode::Yes : ExitCode::InputError;
}

ExitCode can_i(const Invocation& invocation) {
  if (const auto error = check_form(invocation)) return refuse(invocation, *error);
  return invocation.arguments.has(kBatch.name) ? batch(invocation) : single(invocation);
}

/// The question's own options and those that it shares with other commands.
constexpr auto kCanIOptions = [] {
  constexpr std::array kShared = {kExplainOption,        kBatch,           options::kData,       options::kDemo,
                                  options::kConfig,      options::kAssume, options::kDeployment, options::kStrict,
                                  options::kOutputLines, options::kColour, options::kWidth,      options::kExitZero};
  std::array<OptionSpec, kQuestionOptions.size() + kShared.size()> all{};
  const auto next = std::copy(kQuestionOptions.begin(), kQuestionOptions.end(), all.begin());
  std::copy(kShared.begin(), kShared.end(), next);
  return all;
}();

constexpr std::array<std::string_view, 1> kCanIAliases = {"check"};
constexpr std::array<std::string_view, 2> kExplainAliases = {"why", "why-not"};

}  // namespace

constinit const Command kCanI{
    .name = "can-i",
    .aliases = kCanIAliases,
    .summary = "may this principal do this, and why",
    .synopsis = "OPERATION [REGISTRY/]REPOSITORY --as PRINCIPAL [OPTIONS]\n-f QUESTIONS.jsonl -o jsonl [OPTIONS]",
    .positionals = kCanIPositionals,
    .options = kCanIOptions,
    .notes =
        "Exit codes: 0 yes, 1 no, 2 not understood, 3 undetermined. In a batch: 0, or 2 if any line was an error.\n",
    .examples = R"(  # may the cluster pull this image?
  $ acrbiter can-i pull contosoapps.azurecr.io/payments/api:v1 --as aks-prod --data exports

  # through which door could anybody push? Tokens and the admin user are asked like identities
  $ acrbiter can-i push contosoapps/payments/api --as token:ci --data exports

  # from this address, with a sign-in that is four hours old
  $ acrbiter can-i pull contosoapps/payments/api --as alice@contoso.com --data exports \
      --network path=public,ip=203.0.113.7 --credential kind=entra,ageMinutes=240

  # a raw right instead of an operation
  $ acrbiter can-i --action Microsoft.ContainerRegistry/registries/read contosoapps --as alice@contoso.com --data exports

  # many questions at once: one answer line per question line, in the same order
  $ echo '{"id":"q1","principal":"alice@contoso.com","operation":"pull","registry":"contosoapps","repository":"payments/api"}' \
      | acrbiter can-i -f - -o jsonl --data exports
)",
    .run = can_i};

constinit const Command kExplain{
    .name = "explain",
    .aliases = kExplainAliases,
    .summary = "can-i with everything that was considered",
    .synopsis = "OPERATION [REGISTRY/]REPOSITORY --as PRINCIPAL [OPTIONS]\n-f QUESTIONS.jsonl -o jsonl [OPTIONS]",
    .positionals = kCanIPositionals,
    .options = kCanIOptions,
    .notes = "Exit codes as of can-i.\n",
    .examples = R"(  # why does this push fail although the login works?
  $ acrbiter why-not push contosoapps/payments/api --as alice@contoso.com --data exports

  # the same for a program: every value in `trace` follows from its children
  $ acrbiter explain push contosoapps/payments/api --as alice@contoso.com --data exports -o json
)",
    .run = can_i};

}  // namespace acrbiter::cli
