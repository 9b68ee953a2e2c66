#include "parser/arm_evaluate.h"

#include <algorithm>
#include <array>
#include <memory>

#include "model/ascii.h"
#include "model/box.h"
#include "model/text_position.h"

namespace acrbiter::parser::arm {

using model::equal_ignoring_case;

namespace {

/// In characters of text: an element or a member takes as much memory as some.
std::size_t size_of(const Json& value) noexcept {
  constexpr std::size_t kElement = 8;
  if (value.is_string()) return 1 + value.get_ref<const std::string&>().size();
  std::size_t size = 1;
  if (value.is_structured()) {
    for (const Json& each : value) size += kElement + size_of(each);
  }
  return size;
}

/// A name that may only be text in the template: the name of a lambda's variable.
const std::string* literal_of(const Expression& expression) {
  const auto* text = std::get_if<TextLiteral>(&expression.node);
  return text == nullptr ? nullptr : &text->value;
}

const Call* call_of(const Expression& expression, std::string_view name) {
  const auto* call = std::get_if<Call>(&expression.node);
  return call != nullptr && equal_ignoring_case(call->name, name) ? call : nullptr;
}

}  // namespace

void Evaluator::charge(const Json& value) {
  if (!exhausted()) work_ += size_of(value);
  if (!exhausted()) return;
  model::Diagnostic problem;
  problem.message = "the template takes too much work to evaluate";
  problem.help = "a template that grows like this is refused by the service too: check its loops and unions";
  fail(std::move(problem));
}

bool Evaluator::enter() {
  if (++depth_ <= kMaxDepth) return true;
  model::Diagnostic problem;
  problem.message = "expressions lead from one to the next more than " + std::to_string(kMaxDepth) + " levels deep";
  problem.help = "a variable or an output may lead back to itself";
  fail(std::move(problem));
  return false;
}

Json Evaluator::fail_at(const Expression& where, std::string message, std::string help) {
  fail(model::diagnostic_at(*text_, where.span, std::move(message), std::move(help)));
  return nullptr;
}

Json Evaluator::unknown_call(std::string_view function, std::vector<Json> arguments) {
  const FunctionCall call{.function = function, .arguments = arguments, .problem = {}, .help = {}};
  return call.unknown_result();
}

const Expression* Evaluator::parsed(const std::string& text) {
  auto found = parsed_.find(text);
  if (found == parsed_.end()) {
    auto entry = std::make_unique<ParsedText>();
    entry->text = text;
    auto expression = parse_expression(entry->text);
    if (expression) {
      entry->expression = std::move(*expression);
    } else {
      entry->problem = expression.error();
    }
    found = parsed_.emplace(text, std::move(entry)).first;
  }
  text_ = &found->second->text;
  if (found->second->problem) fail(*found->second->problem);
  return found->second->expression ? &*found->second->expression : nullptr;
}

Json Evaluator::text(const std::string& value, Surroundings& around) {
  if (failed()) return nullptr;
  if (!is_expression(value)) return std::string(literal_text(value));
  const std::string* outer = text_;
  // Variables of a lambda are not seen by what its body leads to.
  std::vector<std::pair<std::string, Json>> outer_variables = std::exchange(lambda_variables_, {});
  Json result;
  if (const Expression* expression = parsed(value)) result = this->value(*expression, around);
  lambda_variables_ = std::move(outer_variables);
  text_ = outer;
  return result;
}

Json Evaluator::value(const Expression& expression, Surroundings& around) {
  if (failed()) return nullptr;
  ++work_;
  Json result;
  if (enter()) {
    result = std::visit(model::Overloaded{
                            [](const TextLiteral& text) { return Json(text.value); },
                            [](const NumberLiteral& number) { return Json(number.value); },
                            [&](const Call& call) { return this->call(call, expression, around); },
                            [&](const Member& member) { return this->member(member, expression, around); },
                            [&](const Index& index) { return this->index(index, expression, around); },
                        },
                        expression.node);
  }
  leave();
  charge(result);
  return failed() ? Json() : result;
}

Json Evaluator::possible(const Expression& expression, Surroundings& around) {
  Json result = value(expression, around);
  if (!failed() || exhausted()) return result;
  problem_.reset();
  const std::string_view text(*text_);
  return unknown(text.substr(expression.span.begin, expression.span.end - expression.span.begin));
}

Json Evaluator::member(const Member& member, const Expression& whole, Surroundings& around) {
  const Json container = value(member.value.front(), around);
  if (failed()) return nullptr;
  if (container.is_string() && has_unknown(container)) {
    return around.member_of_unknown(name_of(container.get_ref<const std::string&>()), member.name);
  }
  bool found = false;
  Json result = element_at(container, member.name, found);
  if (found || member.safe) return result;
  const std::string what = container.is_null() ? "null has no member " : "there is no member ";
  return fail_at(whole, what + model::quoted(member.name), "`.?" + member.name + "` gives null instead");
}

Json Evaluator::index(const Index& index, const Expression& whole, Surroundings& around) {
  const Json container = value(index.value_and_index[0], around);
  const Json key = value(index.value_and_index[1], around);
  if (failed()) return nullptr;
  if (container.is_string() && has_unknown(container)) {
    const std::string name = name_of(container.get_ref<const std::string&>());
    if (key.is_string() && !has_unknown(key)) return around.member_of_unknown(name, key.get_ref<const std::string&>());
    return unknown(name + '[' + spelled(key) + ']');
  }
  if (has_unknown(key) && container.is_structured()) return unknown(spelled(container) + '[' + spelled(key) + ']');
  bool found = false;
  Json result = element_at(container, key, found);
  if (found || index.safe) return result;
  return fail_at(whole, "there is no element " + model::quoted(spelled(key)), "`[?…]` gives null instead");
}

Json Evaluator::choice(const Call& call, const Expression& whole, Surroundings& around) {
  if (call.arguments.size() != 3) return fail_at(whole, "`if` takes a condition and two values");
  const Json condition = value(call.arguments[0], around);
  if (failed()) return nullptr;
  if (condition.is_boolean()) return value(call.arguments[condition.get<bool>() ? 1 : 2], around);
  if (!has_unknown(condition)) return fail_at(call.arguments[0], "`if` takes a Boolean first");
  const Json yes = possible(call.arguments[1], around);
  const Json no = possible(call.arguments[2], around);
  return yes == no ? yes : unknown_call("if", {condition, yes, no});
}

/// `and` with `decisive` false, `or` with true: one decisive argument settles it.
Json Evaluator::junction(const Call& call, bool decisive, const Expression& whole, Surroundings& around) {
  if (call.arguments.size() < 2) return fail_at(whole, "`" + call.name + "` takes two arguments or more");
  std::vector<Json> open;
  for (const Expression& argument : call.arguments) {
    const Json each = open.empty() ? value(argument, around) : possible(argument, around);
    if (failed()) return nullptr;
    if (each == decisive) return decisive;
    if (each.is_boolean()) continue;
    if (!has_unknown(each)) return fail_at(argument, "`" + call.name + "` takes Booleans");
    open.push_back(each);
  }
  if (open.empty()) return !decisive;
  return open.size() == 1 ? open.front() : unknown_call(decisive ? "or" : "and", std::move(open));
}

Json Evaluator::coalesce(const Call& call, Surroundings& around) {
  std::vector<Json> open;
  for (const Expression& argument : call.arguments) {
    Json each = open.empty() ? value(argument, around) : possible(argument, around);
    if (failed()) return nullptr;
    if (each.is_null()) continue;
    open.push_back(std::move(each));
    if (!is_unknown(open.back())) break;  // with a known piece it is not null
  }
  if (open.empty()) return nullptr;
  return open.size() == 1 ? open.front() : unknown_call("coalesce", std::move(open));
}

Json Evaluator::lambda_variable(const Call& call, const Expression& whole, Surroundings& around) {
  const Json name = call.arguments.size() == 1 ? value(call.arguments[0], around) : Json();
  if (failed()) return nullptr;
  if (name.is_string()) {
    const auto found = std::find_if(lambda_variables_.rbegin(), lambda_variables_.rend(), [&](const auto& each) {
      return equal_ignoring_case(each.first, name.get_ref<const std::string&>());
    });
    if (found != lambda_variables_.rend()) return found->second;
  }
  return fail_at(whole, "there is no such lambda variable");
}

/// `map`, `filter`, `reduce`, …: their last arguments are lambdas. Source: template-functions-lambda
std::optional<Json> Evaluator::with_lambda(const Call& call, const Expression& whole, Surroundings& around) {
  static constexpr std::array kNames = {
      std::string_view("map"),       std::string_view("filter"),  std::string_view("reduce"),  std::string_view("sort"),
      std::string_view("mapValues"), std::string_view("groupBy"), std::string_view("toObject")};
  const auto found = std::find_if(kNames.begin(), kNames.end(),
                                  [&](std::string_view each) { return equal_ignoring_case(each, call.name); });
  if (found == kNames.end()) return std::nullopt;
  const std::string_view function = *found;

  if (call.arguments.size() < 2) return fail_at(whole, "`" + call.name + "` takes values and a lambda");
  const Json input = value(call.arguments[0], around);
  if (failed()) return nullptr;
  if (is_unknown(input)) return unknown(std::string(function) + '(' + spelled(input) + ", …)");
  const bool wants_object = function == "mapValues";
  if (wants_object ? !input.is_object() : !input.is_array()) {
    return fail_at(call.arguments[0], "`" + call.name + "` takes " + (wants_object ? "an object" : "an array"));
  }
  const auto lambda_at = [&](std::size_t i) -> const Call* {
    const Call* lambda = i < call.arguments.size() ? call_of(call.arguments[i], "lambda") : nullptr;
    if (lambda == nullptr || lambda->arguments.empty()) return nullptr;
    const auto& names = lambda->arguments;
    return std::all_of(names.begin(), names.end() - 1, [](const Expression& e) { return literal_of(e) != nullptr; })
               ? lambda
               : nullptr;
  };
  const Call* lambda = lambda_at(function == "reduce" ? 2 : 1);
  if (lambda == nullptr) return fail_at(whole, "`" + call.name + "` takes a lambda");
  const auto apply = [&](const Call& body, std::vector<Json> values) {
    const std::size_t before = lambda_variables_.size();
    for (std::size_t i = 0; i + 1 < body.arguments.size() && i < values.size(); ++i) {
      lambda_variables_.emplace_back(*literal_of(body.arguments[i]), std::move(values[i]));
    }
    Json result = value(body.arguments.back(), around);
    lambda_variables_.resize(before);
    return result;
  };
  const auto open = [&] { return unknown(std::string(function) + '(' + spelled(input) + ", …)"); };

  Json result = function == "reduce"                                              ? value(call.arguments[1], around)
                : wants_object || function == "groupBy" || function == "toObject" ? Json::object()
                                                                                  : Json::array();
  std::int64_t position = 0;
  if (function == "sort") {
    // Insertion keeps the order of equals, and a comparison that fails ends it.
    bool unsettled = false;
    for (const Json& each : input) {
      std::size_t at = result.size();
      for (; at > 0; --at) {
        const Json before = apply(*lambda, {each, result[at - 1]});
        if (failed()) return nullptr;
        unsettled = unsettled || !before.is_boolean();
        if (before != true) break;
      }
      result.insert(result.begin() + static_cast<std::ptrdiff_t>(at), each);
    }
    return unsettled ? open() : result;
  }
  const Call* second = function == "toObject" ? lambda_at(2) : nullptr;
  for (const auto& [key, each] : input.items()) {
    Json outcome = function == "reduce" ? apply(*lambda, {result, each, position}) : apply(*lambda, {each, position});
    if (failed()) return nullptr;
    ++position;
    if (function == "map") {
      result.push_back(std::move(outcome));
    } else if (function == "reduce") {
      result = std::move(outcome);
    } else if (wants_object) {
      result[key] = std::move(outcome);
    } else if (function == "filter") {
      if (!outcome.is_boolean()) {
        if (has_unknown(outcome)) return open();
        return fail_at(whole, "the lambda of `filter` gives no Boolean");
      }
      if (outcome == true) result.push_back(each);
    } else {
      if (has_unknown(outcome)) return open();
      const std::string name = text_of_scalar(outcome);
      if (function == "groupBy") {
        if (!result.contains(name)) result[name] = Json::array();
        result[name].push_back(each);
      } else {
        result[name] = second == nullptr ? each : apply(*second, {each});
      }
    }
  }
  return result;
}

Json Evaluator::call(const Call& call, const Expression& whole, Surroundings& around) {
  if (equal_ignoring_case(call.name, "if")) return choice(call, whole, around);
  if (equal_ignoring_case(call.name, "and")) return junction(call, false, whole, around);
  if (equal_ignoring_case(call.name, "or")) return junction(call, true, whole, around);
  if (equal_ignoring_case(call.name, "coalesce")) return coalesce(call, around);
  if (equal_ignoring_case(call.name, "lambdaVariables")) return lambda_variable(call, whole, around);
  if (auto result = with_lambda(call, whole, around)) return *std::move(result);

  std::vector<Json> arguments;
  arguments.reserve(call.arguments.size());
  for (const Expression& argument : call.arguments) {
    arguments.push_back(value(argument, around));
    if (failed()) return nullptr;
  }
  FunctionCall made{.function = call.name, .arguments = arguments, .problem = {}, .help = {}};
  Json result;
  if (const Function* function = find_function(call.name)) {
    result = run_function(*function, made);
  } else if (std::optional<Json> answer = around.call(made)) {
    result = *std::move(answer);
  } else {
    around.unknown_function(call.name);
    result = made.unknown_result();
  }
  if (made.problem.empty()) return result;
  return fail_at(whole, std::move(made.problem), std::move(made.help));
}

}  // namespace acrbiter::parser::arm
