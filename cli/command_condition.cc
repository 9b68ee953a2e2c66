// condition parse, eval and fmt: conditions by themselves, one or many.
#include <array>
#include <ostream>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/environment.h"
#include "cli/json_reader.h"
#include "cli/json_writer.h"
#include "cli/lines.h"
#include "cli/options.h"
#include "cli/question_reader.h"
#include "cli/report/condition_report.h"
#include "cli/report/condition_view.h"
#include "cli/report/diagnostics.h"
#include "cli/report/json.h"
#include "evaluator/assumptions.h"
#include "evaluator/condition_eval.h"
#include "model/condition_print.h"
#include "parser/condition_parser.h"

namespace acrbiter::cli {
namespace {

using model::Condition;
using model::Truth;
using report::Style;

constexpr OptionSpec kConditionFile{.name = "--file",
                                    .letter = "",
                                    .value = "FILE",
                                    .help = "Take the condition's text from a file; - is standard input",
                                    .completes = Completes::Path};
constexpr OptionSpec kParseBatch{.name = "--batch",
                                 .letter = "-f",
                                 .value = "FILE",
                                 .help = "One {\"id\",\"condition\"} per line; - is standard input",
                                 .completes = Completes::Path};
constexpr OptionSpec kEvalBatch{.name = "--batch",
                                .letter = "-f",
                                .value = "FILE",
                                .help = "One {\"id\",\"condition\",\"env\"} per line; - is standard input",
                                .completes = Completes::Path};
constexpr OptionSpec kEnv{.name = "--env",
                          .letter = "",
                          .value = "FILE",
                          .help =
                              "What the request supplies, as JSON: action, suboperation, request, resource, principal, "
                              "environment; an attribute is named by the text between its brackets",
                          .completes = Completes::Path};

ExitCode refuse(const Invocation& invocation, std::string_view message, std::string_view help = {}) {
  invocation.streams.err << report::error(message, help, invocation.error_look);
  return ExitCode::InputError;
}

std::string output_of(const Invocation& invocation) { return invocation.arguments.get("--output").value_or("human"); }

/// The one condition of a command line.
std::optional<std::string> condition_text(const Invocation& invocation) {
  const auto text = invocation.arguments.positional(0);
  const auto file = invocation.arguments.get(kConditionFile.name);
  if (text && file) {
    static_cast<void>(refuse(invocation, "give the condition as text or with `--file`, not both"));
    return std::nullopt;
  }
  if (text) return text;
  if (file) return read_text(*file, parser::kMaxConditionBytes, invocation);
  static_cast<void>(refuse(invocation, "which condition? Give its text, `--file FILE` or `--batch FILE`",
                           fmt::format("see `acrbiter {} --help`", invocation.command.name)));
  return std::nullopt;
}

/// A line of a batch: its id as JSON text, the condition, and for eval the rest.
struct Case {
  std::string id = "null";
  std::string text;
  JsonValue line;
};

model::Expected<Case, AnswerError> read_case(std::string_view line, std::string& id) {
  using Outcome = model::Expected<Case, AnswerError>;
  auto json = read_json(line);
  if (!json) {
    const model::Diagnostic& problem = json.error().front();
    return Outcome::failure(
        {.code = "malformed-line", .message = problem.message, .suggestions = {}, .where = problem});
  }
  if (json->type != JsonValue::Type::Object) {
    return Outcome::failure(
        {.code = "malformed-line", .message = fmt::format("a case is an object, not {}", describe(json->type))});
  }
  if (const JsonValue* given = json->find("id")) id = id_text(*given);
  const JsonValue* condition = json->find("condition");
  if (condition == nullptr)
    return Outcome::failure({.code = "missing-member", .message = "the line lacks `condition`"});
  if (condition->type != JsonValue::Type::String) {
    return Outcome::failure(
        {.code = "wrong-type",
         .message = fmt::format("`condition` must be a string, not {}", describe(condition->type))});
  }
  Case result{.id = id, .text = condition->text, .line = {}};
  result.line = *std::move(json);
  return result;
}

/// Runs `answer` over the lines of a batch; a line that is no case becomes an error line.
template <class Answer>
ExitCode batch(const Invocation& invocation, Answer answer) {
  bool all_understood = true;
  AnswerList answers(invocation.streams.out, output_of(invocation) == "json");
  const auto each = [&](std::string_view line) {
    std::string id = "null";
    const auto one = read_case(line, id);
    model::Expected<std::string, AnswerError> text =
        one ? answer(*one) : model::Expected<std::string, AnswerError>::failure(one.error());
    if (text) {
      answers.add(*text);
    } else {
      all_understood = false;
      answers.add(report::error_line(id, text.error()));
    }
  };
  if (!for_each_line(*invocation.arguments.get(kParseBatch.name), kMaxJsonBytes, invocation, each)) {
    return ExitCode::InputError;
  }
  answers.finish();
  return all_understood ? ExitCode::Yes : ExitCode::InputError;
}

void first_problem(const std::vector<model::Diagnostic>& problems, JsonWriter& json) {
  json.key("error");
  report::write_problem(json, problems.front());
}

void print_warnings(const Invocation& invocation, const Condition& condition) {
  for (const model::ConditionWarning& warning : model::condition_warnings(condition)) {
    invocation.streams.err << report::diagnostic("warning", Style::Open, warning.where, invocation.error_look);
  }
}

// ---- parse --------------------------------------------------------------------------------------------------

std::string parse_answer(std::string_view id, const model::Result<Condition>& condition, bool with_tree) {
  JsonWriter json;
  json.begin_object();
  if (!id.empty()) json.key("id").raw(id);
  json.member("valid", condition.has_value());
  if (!condition) {
    first_problem(condition.error(), json);
  } else if (with_tree) {
    json.key("tree");
    report::write_expression(json, condition->root);
    json.key("warnings");
    report::write_warnings(json, model::condition_warnings(*condition));
  }
  json.end_object();
  return std::move(json).take();
}

ExitCode parse(const Invocation& invocation) {
  if (invocation.arguments.has(kParseBatch.name)) {
    return batch(invocation, [](const Case& one) -> model::Expected<std::string, AnswerError> {
      return parse_answer(one.id, parser::parse_condition(one.text), false);
    });
  }
  const auto text = condition_text(invocation);
  if (!text) return ExitCode::InputError;
  const auto condition = parser::parse_condition(*text);
  if (output_of(invocation) != "human") {
    invocation.streams.out << parse_answer("", condition, true) << '\n';
  } else if (condition) {
    invocation.streams.out << report::condition_tree(*condition, invocation.look);
    print_warnings(invocation, *condition);
  }
  if (condition) return ExitCode::Yes;
  if (output_of(invocation) == "human")
    invocation.streams.err << report::errors(condition.error(), invocation.error_look);
  return ExitCode::InputError;
}

// ---- eval ---------------------------------------------------------------------------------------------------

std::string eval_answer(std::string_view id, std::string_view text, const evaluator::ConditionValue& value) {
  JsonWriter json;
  json.begin_object().key("id").raw(id);
  json.member("value", to_string(value.truth)).member("granted", value.truth == Truth::True).key("causes");
  report::write_causes(json, value.causes, text);
  json.key("decidedBy").begin_object().member("begin", std::uint64_t{value.decided_by.begin});
  json.member("end", std::uint64_t{value.decided_by.end}).end_object().end_object();
  return std::move(json).take();
}

std::string eval_error(std::string_view id, const std::vector<model::Diagnostic>& problems) {
  JsonWriter json;
  json.begin_object().key("id").raw(id).member("value", "unknown").member("granted", false);
  first_problem(problems, json);
  json.key("causes").begin_array().end_array().end_object();
  return std::move(json).take();
}

model::Expected<evaluator::ConditionReadings, UsageError> readings_of(const Invocation& invocation) {
  using Outcome = model::Expected<evaluator::ConditionReadings, UsageError>;
  evaluator::ConditionReadings readings;
  const auto pins = key_values(options::kAssume.name, invocation.arguments.all(options::kAssume.name));
  if (!pins) return Outcome::failure(pins.error());
  for (const auto& [name, reading] : *pins) {
    if (evaluator::set_reading(readings, name, reading)) continue;
    return Outcome::failure(
        {.message = fmt::format("`{}={}` is no reading that conditions depend on", name, reading),
         .help = "they depend on ambiguous-grouping (and-first, left-to-right), missing-value-below-not "
                 "(false) and resource-attribute-for-repository (supplied, absent)"});
  }
  return readings;
}

std::string version_of(const JsonValue& line) {
  const JsonValue* version = line.find("conditionVersion");
  return version != nullptr && version->type == JsonValue::Type::String ? version->text : std::string();
}

ExitCode exit_code(Truth truth) {
  return truth == Truth::True ? ExitCode::Yes : truth == Truth::False ? ExitCode::No : ExitCode::Undetermined;
}

void print_value(const Invocation& invocation, const std::string& text, const Condition& condition,
                 const evaluator::ConditionEnvironment& environment, const evaluator::ConditionValue& value) {
  const report::Look& look = invocation.look;
  const Style style = value.truth == Truth::True ? Style::Good : value.truth == Truth::False ? Style::Bad : Style::Open;
  std::ostream& out = invocation.streams.out;
  out << look.paint(style, to_string(value.truth))
      << (value.truth == Truth::True ? ": granted\n\n" : ": not granted\n\n");
  out << report::condition_view(text, value, evaluator::trace(condition, environment), 2, look);
  for (const evaluator::ConditionCause& cause : value.causes) {
    out << report::wrap(report::in_words(cause), "  open: ", 4, look.width);
  }
}

ExitCode eval(const Invocation& invocation) {
  const auto readings = readings_of(invocation);
  if (!readings) return refuse(invocation, readings.error().message, readings.error().help);
  if (invocation.arguments.has(kEvalBatch.name)) {
    if (invocation.arguments.has(kEnv.name)) return refuse(invocation, "with `--batch` each line has its own `env`");
    return batch(invocation, [&](const Case& one) -> model::Expected<std::string, AnswerError> {
      const JsonValue* env = one.line.find("env");
      const auto environment = Environment::from(env == nullptr ? JsonValue{} : *env);
      if (!environment) return model::Expected<std::string, AnswerError>::failure(environment.error());
      const auto condition = parser::parse_condition(one.text);
      if (!condition) return eval_error(one.id, condition.error());
      const std::string version = version_of(one.line);
      return eval_answer(one.id, one.text, evaluator::evaluate(*condition, environment->view(*readings, version)));
    });
  }

  const auto text = condition_text(invocation);
  if (!text) return ExitCode::InputError;
  const auto env_file = invocation.arguments.get(kEnv.name);
  if (!env_file) {
    return refuse(
        invocation, "what does the request supply? `--env FILE` is missing",
        R"(for example {"action":"…","request":{"Microsoft.ContainerRegistry/registries/repositories:name":"team/app"}})");
  }
  const auto env_text = read_text(*env_file, kMaxJsonBytes, invocation);
  if (!env_text) return ExitCode::InputError;
  const auto json = read_json(*env_text);
  if (!json) {
    auto problems = json.error();
    for (model::Diagnostic& problem : problems) problem.file = *env_file;
    invocation.streams.err << report::errors(problems, invocation.error_look);
    return ExitCode::InputError;
  }
  const auto environment = Environment::from(*json);
  if (!environment) return refuse(invocation, fmt::format("{}: {}", *env_file, environment.error().message));

  const auto condition = parser::parse_condition(*text);
  const bool human = output_of(invocation) == "human";
  if (!condition) {
    if (human) {
      invocation.streams.err << report::errors(condition.error(), invocation.error_look);
    } else {
      invocation.streams.out << eval_error("null", condition.error()) << '\n';
    }
    return ExitCode::InputError;
  }
  const evaluator::ConditionEnvironment view = environment->view(*readings, "");
  const evaluator::ConditionValue value = evaluator::evaluate(*condition, view);
  if (human) {
    print_value(invocation, *text, *condition, view, value);
    print_warnings(invocation, *condition);
  } else {
    invocation.streams.out << eval_answer("null", *text, value) << '\n';
  }
  return invocation.arguments.has(options::kExitZero.name) ? ExitCode::Yes : exit_code(value.truth);
}

// ---- fmt ----------------------------------------------------------------------------------------------------

std::string fmt_answer(std::string_view id, const model::Result<Condition>& condition) {
  JsonWriter json;
  json.begin_object();
  if (!id.empty()) json.key("id").raw(id);
  json.member("valid", condition.has_value());
  if (condition) {
    json.member("condition", model::print_condition(*condition));
  } else {
    first_problem(condition.error(), json);
  }
  json.end_object();
  return std::move(json).take();
}

ExitCode format(const Invocation& invocation) {
  if (invocation.arguments.has(kParseBatch.name)) {
    return batch(invocation, [](const Case& one) -> model::Expected<std::string, AnswerError> {
      return fmt_answer(one.id, parser::parse_condition(one.text));
    });
  }
  const auto text = condition_text(invocation);
  if (!text) return ExitCode::InputError;
  const auto condition = parser::parse_condition(*text);
  if (output_of(invocation) != "human") {
    invocation.streams.out << fmt_answer("", condition) << '\n';
    return condition ? ExitCode::Yes : ExitCode::InputError;
  }
  if (!condition) {
    invocation.streams.err << report::errors(condition.error(), invocation.error_look);
    return ExitCode::InputError;
  }
  std::string printed = model::print_condition(*condition);
  if (printed.empty() || printed.back() != '\n') printed += '\n';
  invocation.streams.out << printed;
  return ExitCode::Yes;
}

constexpr std::array kConditionPositionals = {PositionalSpec{
    .name = "TEXT", .help = "The condition, in single quotes for the shell", .completes = Completes::Nothing}};
constexpr std::array kParseOptions = {kConditionFile, kParseBatch, options::kOutputLines, options::kColour,
                                      options::kWidth};
constexpr std::array kEvalOptions = {
    kConditionFile,    kEnv, kEvalBatch, options::kAssume, options::kOutputLines, options::kColour, options::kWidth,
    options::kExitZero};

}  // namespace

constinit const Command kConditionParse{
    .name = "condition parse",
    .aliases = {},
    .summary = "is a condition well formed; its syntax tree",
    .synopsis = "TEXT|--file FILE [-o json]\n-f TEXTS.jsonl -o jsonl",
    .positionals = kConditionPositionals,
    .options = kParseOptions,
    .notes = "Exit codes: 0 well formed, 2 not. In a batch: 0, or 2 if a line was no case at all.\n",
    .examples = R"(  # an error says where, and what to write instead
  $ acrbiter condition parse "@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEqual 'team/app'"

  # every condition of an export
  $ jq -c '.[] | select(.condition) | {id: .name, condition}' assignments.json | acrbiter condition parse -f - -o jsonl
)",
    .run = parse};

constinit const Command kConditionEval{
    .name = "condition eval",
    .aliases = {},
    .summary = "what a condition says for one request, part by part",
    .synopsis = "TEXT|--file FILE --env ENV.json [-o json]\n-f CASES.jsonl -o jsonl",
    .positionals = kConditionPositionals,
    .options = kEvalOptions,
    .notes =
        "Exit codes: 0 true, 1 false, 2 not understood, 3 unknown. In a batch: 0, or 2 if a line was no case at all.\n",
    .examples = R"(  # does the prefix match this repository?
  $ cat env.json
  {"action": "Microsoft.ContainerRegistry/registries/repositories/content/read",
   "request": {"Microsoft.ContainerRegistry/registries/repositories:name": "backend-infra/k8s"}}
  $ acrbiter condition eval --file condition.txt --env env.json

  # many cases
  $ acrbiter condition eval -f cases.jsonl -o jsonl
)",
    .run = eval};

constinit const Command kConditionFmt{.name = "condition fmt",
                                      .aliases = {},
                                      .summary = "a condition in the layout that the portal writes",
                                      .synopsis = "TEXT|--file FILE\n-f TEXTS.jsonl -o jsonl",
                                      .positionals = kConditionPositionals,
                                      .options = kParseOptions,
                                      .notes = "Exit codes: 0 printed, 2 not well formed.\n",
                                      .examples = R"(  $ acrbiter condition fmt --file condition.txt

  # unfold a condition of an export
  $ az role assignment list --all --query "[?condition].condition | [0]" -o tsv | acrbiter condition fmt --file -
)",
                                      .run = format};

}  // namespace acrbiter::cli
