// What an expression of a template gives.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.h"
#include "parser/arm_expression.h"
#include "parser/arm_functions.h"
#include "parser/arm_value.h"

namespace acrbiter::parser::arm {

/// What the template around an expression knows.
class Surroundings {
 public:
  Surroundings() = default;
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;
  virtual ~Surroundings() = default;

  /// A function that looks at the template: `parameters`, `reference`, `resourceId`, …. nullopt: it is none.
  virtual std::optional<Json> call(FunctionCall& call) = 0;
  /// `name` is a member of the unknown that is called `of`.
  virtual Json member_of_unknown(const std::string& of, std::string_view name) = 0;
  /// Nobody knows a function of this name.
  virtual void unknown_function(std::string_view name) = 0;
};

/// Evaluates expressions, lazily where the service does. The first problem ends all: what is evaluated after it is null
/// until the problem is taken. Depth and work are bounded over all that one evaluator does.
class Evaluator {
 public:
  /// A string of the template: an expression, or a literal.
  Json text(const std::string& value, Surroundings& around);

  [[nodiscard]] bool failed() const noexcept { return problem_.has_value(); }
  [[nodiscard]] std::optional<model::Diagnostic> take_problem() { return std::exchange(problem_, std::nullopt); }
  /// Ends what is being evaluated.
  void fail(model::Diagnostic problem) {
    if (!problem_) problem_ = std::move(problem);
  }

  /// Counts `value` as work done; fails when all is too much.
  void charge(const Json& value);
  /// True once the work is too much: nothing can be evaluated any more.
  [[nodiscard]] bool exhausted() const noexcept { return work_ > kMaxWork; }

  /// One more level of what leads from one expression to the next; false, and a problem, if there are too many.
  bool enter();
  void leave() noexcept { --depth_; }

 private:
  static constexpr std::size_t kMaxWork = 20'000'000;
  static constexpr std::size_t kMaxDepth = 600;

  const Expression* parsed(const std::string& text);
  Json value(const Expression& expression, Surroundings& around);
  Json call(const Call& call, const Expression& whole, Surroundings& around);
  Json member(const Member& member, const Expression& whole, Surroundings& around);
  Json index(const Index& index, const Expression& whole, Surroundings& around);
  Json choice(const Call& call, const Expression& whole, Surroundings& around);
  Json junction(const Call& call, bool decisive, const Expression& whole, Surroundings& around);
  Json coalesce(const Call& call, Surroundings& around);
  std::optional<Json> with_lambda(const Call& call, const Expression& whole, Surroundings& around);
  Json lambda_variable(const Call& call, const Expression& whole, Surroundings& around);
  /// The value, or an unknown if it cannot be had: for what may never be evaluated by the service.
  Json possible(const Expression& expression, Surroundings& around);
  Json fail_at(const Expression& where, std::string message, std::string help = {});
  Json unknown_call(std::string_view function, std::vector<Json> arguments);

  struct ParsedText {
    std::string text;
    std::optional<Expression> expression;
    std::optional<model::Diagnostic> problem;
  };
  std::map<std::string, std::unique_ptr<ParsedText>, std::less<>> parsed_;
  std::vector<std::pair<std::string, Json>> lambda_variables_;
  const std::string* text_ = nullptr;  ///< of the expression being evaluated
  std::optional<model::Diagnostic> problem_;
  std::size_t depth_ = 0;
  std::size_t work_ = 0;
};

}  // namespace acrbiter::parser::arm
