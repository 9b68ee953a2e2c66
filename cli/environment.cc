#include "cli/environment.h"

#include <fmt/format.h>

#include "cli/question_reader.h"
#include "cli/report/text.h"

namespace acrbiter::cli {
namespace {

using Type = JsonValue::Type;

struct Source {
  std::string_view name;
  model::AttributeSource source;
};
constexpr std::array kSources = {
    Source{"request", model::AttributeSource::Request},
    Source{"resource", model::AttributeSource::Resource},
    Source{"principal", model::AttributeSource::Principal},
    Source{"environment", model::AttributeSource::Environment},
};

std::size_t index_of(model::AttributeSource source) { return static_cast<std::size_t>(source); }

/// Numbers keep their text, so that comparing them does not depend on how a double is printed.
std::optional<model::Literal> literal(const JsonValue& value) {
  model::Literal result;
  switch (value.type) {
    case Type::String:
      result.type = model::ValueType::String;
      break;
    case Type::Number:
      result.type = model::ValueType::Number;
      break;
    case Type::Boolean:
      result.type = model::ValueType::Boolean;
      break;
    default:
      return std::nullopt;
  }
  result.text = value.text;
  result.number = value.number;
  result.boolean = value.boolean;
  return result;
}

}  // namespace

model::Expected<Environment, AnswerError> Environment::from(const JsonValue& json) {
  using Outcome = model::Expected<Environment, AnswerError>;
  Environment environment;
  if (json.type == Type::Null) return environment;
  if (json.type != Type::Object) return Outcome::failure(wrong_type("env", describe(Type::Object), json.type));
  for (const auto& [name, value] : json.members) {
    if (value.type == Type::Null) continue;
    if (name == "action" || name == "suboperation") {
      if (value.type != Type::String) return Outcome::failure(wrong_type(name, describe(Type::String), value.type));
      (name == "action" ? environment.action_ : environment.sub_operation_) = value.text;
    } else if (auto error = environment.read(name, value)) {
      return Outcome::failure(*std::move(error));
    }
  }
  return environment;
}

std::optional<AnswerError> Environment::read(std::string_view group, const JsonValue& attributes) {
  for (const Source& source : kSources) {
    if (source.name != group) continue;
    if (attributes.type != Type::Object) return wrong_type(group, describe(Type::Object), attributes.type);
    for (const auto& [name, value] : attributes.members) {
      Entry entry{.name = name, .values = {}, .is_list = value.type == Type::Array};
      const auto add = [&](const JsonValue& item) {
        const auto one = literal(item);
        if (one) entry.values.push_back(*one);
        return one.has_value();
      };
      const JsonValue* bad = nullptr;
      if (value.type == Type::Null) continue;
      if (entry.is_list) {
        for (const JsonValue& item : value.items) {
          if (!add(item)) bad = &item;
        }
      } else if (!add(value)) {
        bad = &value;
      }
      if (bad != nullptr) {
        return wrong_type(fmt::format("{}.{}", group, name), "a string, number, Boolean or list of these", bad->type);
      }
      entries_[index_of(source.source)].push_back(std::move(entry));
    }
  }
  return std::nullopt;
}

evaluator::AttributeLookup Environment::find(model::AttributeSource source, std::string_view name) const {
  for (const Entry& entry : entries_[index_of(source)]) {
    if (evaluator::same_attribute(entry.name, name)) {
      return evaluator::AttributeLookup::values(entry.values, entry.is_list);
    }
  }
  return evaluator::AttributeLookup::not_supplied();
}

evaluator::ConditionEnvironment Environment::view(const evaluator::ConditionReadings& readings,
                                                  std::string_view version) const {
  return {.action = action_,
          .sub_operation = sub_operation_,
          .attributes = this,
          .condition_version = version,
          .readings = readings};
}

}  // namespace acrbiter::cli
