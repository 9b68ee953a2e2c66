#include "cli/question_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "cli/json_writer.h"
#include "cli/report/text.h"
#include "cli/suggest.h"

namespace acrbiter::cli {
namespace {

using evaluator::CredentialFacts;
using evaluator::ImportSource;
using evaluator::NetworkFacts;
using evaluator::Question;
using Type = JsonValue::Type;

template <class T>
T& made(std::optional<T>& group) {
  return group ? *group : group.emplace();
}

/// One member of the contract: its type, and where it goes.
struct Field {
  std::string_view group;
  std::string_view name;
  Type type;
  void (*set)(Question&, const JsonValue&);
};

constexpr std::array kFields = {
    Field{"", "principal", Type::String, [](Question& q, const JsonValue& v) { q.principal = v.text; }},
    Field{"", "operation", Type::String, [](Question& q, const JsonValue& v) { q.operation = v.text; }},
    Field{"", "action", Type::String, [](Question& q, const JsonValue& v) { q.action = v.text; }},
    Field{"", "registry", Type::String, [](Question& q, const JsonValue& v) { q.registry = v.text; }},
    Field{"", "repository", Type::String, [](Question& q, const JsonValue& v) { q.repository = v.text; }},
    Field{"", "reference", Type::String, [](Question& q, const JsonValue& v) { q.reference = v.text; }},
    Field{"", "at", Type::String, [](Question& q, const JsonValue& v) { q.at = model::parse_timestamp(v.text); }},
    Field{"", "endpoint", Type::String, [](Question& q, const JsonValue& v) { q.endpoint = v.text; }},
    Field{"", "literal", Type::Boolean, [](Question& q, const JsonValue& v) { q.literal = v.boolean; }},
    Field{"", "loginServer", Type::String, [](Question& q, const JsonValue& v) { q.login_server = v.text; }},
    Field{"network", "path", Type::String, [](Question& q, const JsonValue& v) { made(q.network).path = v.text; }},
    Field{"network", "privateEndpointStatus", Type::String,
          [](Question& q, const JsonValue& v) { made(q.network).private_endpoint_status = v.text; }},
    Field{"network", "ip", Type::String, [](Question& q, const JsonValue& v) { made(q.network).ip = v.text; }},
    Field{"network", "trustedService", Type::String,
          [](Question& q, const JsonValue& v) { made(q.network).trusted_service = v.text; }},
    Field{"network", "identity", Type::String,
          [](Question& q, const JsonValue& v) { made(q.network).identity = v.text; }},
    Field{"network", "task", Type::Boolean, [](Question& q, const JsonValue& v) { made(q.network).task = v.boolean; }},
    Field{"network", "taskIdentity", Type::String,
          [](Question& q, const JsonValue& v) { made(q.network).task_identity = v.text; }},
    Field{"network", "agentPool", Type::Boolean,
          [](Question& q, const JsonValue& v) {
            made(q.network).agent_pool = v.type == Type::String ? !v.text.empty() : v.boolean;
          }},
    Field{"network", "subnet", Type::String, [](Question& q, const JsonValue& v) { made(q.network).subnet = v.text; }},
    Field{"credential", "kind", Type::String,
          [](Question& q, const JsonValue& v) { made(q.credential).kind = v.text; }},
    Field{"credential", "audience", Type::String,
          [](Question& q, const JsonValue& v) { made(q.credential).audience = v.text; }},
    Field{"credential", "ageMinutes", Type::Number,
          [](Question& q, const JsonValue& v) { made(q.credential).age_minutes = v.number; }},
    Field{"credential", "issuedUnderMode", Type::String,
          [](Question& q, const JsonValue& v) { made(q.credential).issued_under_mode = v.text; }},
    Field{"credential", "secretExpired", Type::Boolean,
          [](Question& q, const JsonValue& v) { made(q.credential).secret_expired = v.boolean; }},
    Field{"credential", "username", Type::String,
          [](Question& q, const JsonValue& v) { made(q.credential).username = v.text; }},
    Field{"credential", "passwordName", Type::String,
          [](Question& q, const JsonValue& v) { made(q.credential).password_name = v.text; }},
    Field{"credential", "stored", Type::String,
          [](Question& q, const JsonValue& v) { made(q.credential).stored = v.text; }},
    Field{"source", "registry", Type::String,
          [](Question& q, const JsonValue& v) { made(q.source).registry = v.text; }},
    Field{"source", "principal", Type::String,
          [](Question& q, const JsonValue& v) { made(q.source).principal = v.text; }},
    Field{"run", "sourceRegistryAuth", Type::String,
          [](Question& q, const JsonValue& v) { q.source_registry_auth = v.text; }},
};

/// Groups that exist by being there, even without fields.
struct Group {
  std::string_view name;
  void (*make)(Question&);
};
constexpr std::array kGroups = {
    Group{"network", [](Question& q) { made(q.network); }},
    Group{"credential", [](Question& q) { made(q.credential); }},
    Group{"source", [](Question& q) { made(q.source); }},
    Group{"run", [](Question&) {}},
};

std::string path_of(std::string_view group, std::string_view name) {
  return group.empty() ? std::string(name) : fmt::format("{}.{}", group, name);
}

const Field* find_field(std::string_view group, std::string_view name) {
  const auto found =
      std::find_if(kFields.begin(), kFields.end(), [&](const Field& f) { return f.group == group && f.name == name; });
  return found == kFields.end() ? nullptr : &*found;
}

AnswerError bad_value(std::string message) { return {.code = "bad-value", .message = std::move(message)}; }

std::optional<AnswerError> assign(Question& question, const Field& field, const JsonValue& value) {
  if (value.type == Type::Null) return std::nullopt;
  const bool pool_by_name = field.name == "agentPool" && value.type == Type::String;
  if (value.type != field.type && !pool_by_name) {
    return wrong_type(path_of(field.group, field.name), describe(field.type), value.type);
  }
  field.set(question, value);
  if (field.name == "at" && !question.at) {
    return bad_value(fmt::format("`{}` is no point in time such as 2026-01-31T09:00:00Z", report::escape(value.text)));
  }
  return std::nullopt;
}

std::optional<AnswerError> read_group(Question& question, const Group& group, const JsonValue& value) {
  if (value.type == Type::Null) return std::nullopt;
  if (value.type != Type::Object) return wrong_type(group.name, describe(Type::Object), value.type);
  group.make(question);
  for (const auto& [name, content] : value.members) {
    const Field* field = find_field(group.name, name);
    if (field == nullptr) continue;
    if (auto error = assign(question, *field, content)) return error;
  }
  return std::nullopt;
}

std::optional<AnswerError> read_assume(Question& question, const JsonValue& value) {
  if (value.type == Type::Null) return std::nullopt;
  if (value.type != Type::Object) return wrong_type("assume", describe(Type::Object), value.type);
  for (const auto& [name, reading] : value.members) {
    if (reading.type != Type::String) return wrong_type(path_of("assume", name), "a string", reading.type);
    question.assume.emplace_back(name, reading.text);
  }
  return std::nullopt;
}

std::optional<AnswerError> read_members(Question& question, const JsonValue& line) {
  for (const auto& [name, value] : line.members) {
    const auto group = std::find_if(kGroups.begin(), kGroups.end(), [&](const Group& g) { return g.name == name; });
    const Field* field = find_field("", name);
    std::optional<AnswerError> error;
    if (group != kGroups.end()) {
      error = read_group(question, *group, value);
    } else if (name == "assume") {
      error = read_assume(question, value);
    } else if (field != nullptr) {
      error = assign(question, *field, value);
    }
    if (error) return error;
  }
  if (!question.operation.empty() && !question.action.empty()) {
    return bad_value("`operation` and `action` cannot both be given");
  }
  if (question.source && question.source->registry.empty()) {
    return AnswerError{.code = "missing-member", .message = "`source` needs `registry`"};
  }
  return std::nullopt;
}

}  // namespace

AnswerError wrong_type(std::string_view member, std::string_view wanted, JsonValue::Type found) {
  return {.code = "wrong-type",
          .message = fmt::format("`{}` must be {}, not {}", report::escape(member), wanted, describe(found))};
}

QuestionLine read_question(std::string_view json) {
  using Outcome = model::Expected<Question, AnswerError>;
  auto line = read_json(json);
  if (!line) {
    const model::Diagnostic& problem = line.error().front();
    return {.question = Outcome::failure({.code = "malformed-line", .message = problem.message, .where = problem})};
  }
  if (line->type != Type::Object) {
    return {.question =
                Outcome::failure({.code = "malformed-line",
                                  .message = fmt::format("a question is an object, not {}", describe(line->type))})};
  }
  Question question;
  std::string id = "null";
  if (const JsonValue* given = line->find("id")) {
    id = id_text(*given);
    question.id = given->text;
  }
  if (auto error = read_members(question, *line)) return {.id = id, .question = Outcome::failure(std::move(*error))};
  return {.id = std::move(id), .question = std::move(question)};
}

std::string id_text(const JsonValue& id) {
  switch (id.type) {
    case Type::Boolean:
      return id.boolean ? "true" : "false";
    case Type::Number:
      return id.text;
    case Type::String:
      return json_string(id.text);
    case Type::Null:
      return "null";
    case Type::Array:
    case Type::Object:
      break;
  }
  // Not what the contract asks for, but what the answer is found by.
  const bool is_array = id.type == Type::Array;
  std::string text(1, is_array ? '[' : '{');
  const auto separate = [&] {
    if (text.size() > 1) text += ',';
  };
  for (const JsonValue& item : id.items) {
    separate();
    text += id_text(item);
  }
  for (const auto& [name, value] : id.members) {
    separate();
    text += json_string(name) + ':' + id_text(value);
  }
  return text + (is_array ? ']' : '}');
}

std::optional<AnswerError> set_field(Question& question, std::string_view group, std::string_view name,
                                     std::string_view text) {
  const Field* field = find_field(group, name);
  if (field == nullptr) {
    return AnswerError{.code = "bad-value",
                       .message = fmt::format("`{}` is no field of `{}`", report::escape(name), group),
                       .suggestions = nearest(name, field_names(group))};
  }
  JsonValue value{.type = field->type, .text = std::string(text)};
  if (field->type == Type::Boolean) {
    if (text != "true" && text != "false") {
      return bad_value(fmt::format("`{}` is true or false, not `{}`", path_of(group, name), report::escape(text)));
    }
    value.boolean = text == "true";
  } else if (field->type == Type::Number) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value.number);
    if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(value.number)) {
      return bad_value(fmt::format("`{}` is a number, not `{}`", path_of(group, name), report::escape(text)));
    }
  }
  return assign(question, *field, value);
}

std::vector<std::string_view> field_names(std::string_view group) {
  std::vector<std::string_view> names;
  for (const Field& field : kFields) {
    if (field.group == group) names.push_back(field.name);
  }
  return names;
}

std::optional<AnswerError> named_with_scheme(std::string_view typed) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view kEnd = "://";
  const std::size_t end = typed.find_first_not_of(kLetters);
  if (end == 0 || end == std::string_view::npos || !typed.substr(end).starts_with(kEnd)) return std::nullopt;
  const std::string_view scheme = typed.substr(0, end + kEnd.size());
  return AnswerError{.code = "unknown-registry",
                     .message = fmt::format("a registry is named without a scheme: leave out `{}`", scheme),
                     .suggestions = {std::string(typed.substr(scheme.size()))}};
}

std::string_view where_to_look(std::string_view code) {
  if (code == "unknown-registry") return "`acrbiter snapshot show` lists what was read";
  if (code == "unknown-principal") {
    return "an object id is understood although the data does not mention it; `acrbiter who-can pull REGISTRY` lists "
           "who has access";
  }
  if (code == "workload-elsewhere")
    return "it may sign in with a user name and a password: ask for whom these are, or for an identity by its object "
           "id";
  if (code == "unknown-operation") return "`acrbiter catalog operations` lists them";
  return {};
}

AnswerError in_words(const evaluator::QuestionError& error) {
  const std::string subject = report::escape(error.subject);
  const std::string member = report::escape(error.member);
  std::string message;
  if (error.code == "unknown-principal") {
    message = fmt::format("no principal called `{}` in the data", subject);
  } else if (error.code == "ambiguous-principal") {
    message = fmt::format("`{}` is the name of several principals: give the object id", subject);
  } else if (error.code == "workload-elsewhere") {
    message = fmt::format("the data shows no identity as which `{}` pulls from this registry", subject);
  } else if (error.code == "unknown-registry") {
    if (auto scheme = named_with_scheme(error.subject)) return *std::move(scheme);
    message = fmt::format("no registry called `{}` in the data", subject);
  } else if (error.code == "ambiguous-registry") {
    message = fmt::format("`{}` is the name of several registries: give the resource id", subject);
  } else if (error.code == "unknown-operation") {
    message = fmt::format("no operation called `{}`", subject);
  } else if (error.code == "unknown-assumption") {
    message = fmt::format("no assumption called `{}`", subject);
  } else if (error.code == "unknown-reading") {
    message = fmt::format("`{}` is no reading of its assumption", subject);
  } else if (error.code == "unknown-token") {
    message = fmt::format("no token called `{}` in this registry's data", subject);
  } else if (error.code == "unknown-task") {
    message = fmt::format("no task called `{}` in this registry's data", subject);
  } else if (error.code == "missing-member") {
    message = fmt::format("the question lacks `{}`", member);
  } else {
    message = fmt::format("`{}` is no value of `{}`", subject, member);
  }
  return {.code = error.code, .message = std::move(message), .suggestions = error.suggestions};
}

}  // namespace acrbiter::cli
