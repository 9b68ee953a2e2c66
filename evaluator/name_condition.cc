#include "evaluator/name_condition.h"

#include <algorithm>
#include <string>

#include "evaluator/condition_eval.h"
#include "evaluator/request.h"
#include "evaluator/wildcard.h"

namespace acrbiter::evaluator {

namespace {

bool is_name(const model::Attribute& attribute) {
  return attribute.source == model::AttributeSource::Request &&
         same_attribute(attribute.text, kRepositoryNameAttribute);
}

bool test(const model::Operator& op, std::string_view name, std::string_view text) {
  bool result = false;
  switch (op.relation) {
    case model::OperatorRelation::Equals:
      result = op.ignore_case ? equal_ignoring_case(name, text) : name == text;
      break;
    case model::OperatorRelation::StartsWith:
      result = op.ignore_case ? starts_with_ignoring_case(name, text) : name.starts_with(text);
      break;
    default:
      result = like_match(text, name, op.ignore_case);
  }
  return result != op.negated;
}

}  // namespace

/// Writes the steps of an expression. False: something besides the name may decide it.
class NameCondition::Builder {
 public:
  Builder(NameCondition& out, std::string_view action) : out_(out), action_(action) {}

  bool write(const model::Expr& expr) {
    return std::visit(
        model::Overloaded{
            [&](const model::ActionMatches& a) { return constant(wildcard_match(a.pattern, action_, true)); },
            [&](const model::SubOperationMatches&) { return constant(false); },
            [&](const model::Exists& e) { return is_name(e.attribute) && constant(true); },
            [&](const model::Comparison& c) { return comparison(c); },
            [&](const model::Not& n) {
              return inner(Kind::Not, {&*n.operand, 1});
            },
            [&](const model::All& a) { return inner(Kind::All, a.operands); },
            [&](const model::Any& a) { return inner(Kind::Any, a.operands); },
            [](const model::MixedChain&) { return false; },
        },
        expr.node);
  }

 private:
  bool constant(bool value) {
    add({.kind = Kind::Constant, .value = value, .op = {}, .text = {}, .end = 0});
    return true;
  }

  bool comparison(const model::Comparison& c) {
    const auto* attribute = std::get_if<model::Attribute>(&c.left);
    const auto* literal = std::get_if<model::Literal>(&c.right);
    const bool plain = attribute != nullptr && literal != nullptr && is_name(*attribute) &&
                       literal->type == model::ValueType::String && c.quantifier == model::Quantifier::None &&
                       c.op.family == model::OperatorFamily::String && literal->text.size() <= kLongest;
    if (!plain) return false;
    add({.kind = Kind::Test, .value = false, .op = c.op, .text = literal->text, .end = 0});
    return true;
  }

  bool inner(Kind kind, std::span<const model::Expr> operands) {
    const std::size_t at = out_.steps_.size();
    add({.kind = kind, .value = false, .op = {}, .text = {}, .end = 0});
    for (const model::Expr& operand : operands) {
      const std::size_t begin = out_.steps_.size();
      if (!write(operand)) return false;
      // A constant operand settles the expression or drops out of it.
      const Step& written = out_.steps_[begin];
      if (written.kind != Kind::Constant) continue;
      const bool value = written.value;
      out_.steps_.resize(begin);
      if (kind == Kind::Not || value == (kind == Kind::Any)) {
        out_.steps_.resize(at);
        return constant(kind == Kind::Not ? !value : value);
      }
    }
    if (out_.steps_.size() == at + 1) {
      out_.steps_.resize(at);
      return constant(kind == Kind::All);
    }
    // One operand alone is the expression.
    if (kind != Kind::Not && out_.steps_[at + 1].end == out_.steps_.size()) {
      out_.steps_.erase(out_.steps_.begin() + static_cast<std::ptrdiff_t>(at));
      for (std::size_t i = at; i < out_.steps_.size(); ++i) --out_.steps_[i].end;
      return true;
    }
    out_.steps_[at].end = static_cast<std::uint32_t>(out_.steps_.size());
    return true;
  }

  void add(Step step) {
    step.end = static_cast<std::uint32_t>(out_.steps_.size() + 1);
    out_.steps_.push_back(step);
  }

  static constexpr std::size_t kLongest = 4'096;  ///< longer patterns are the interpreter's, which bounds their cost

  NameCondition& out_;
  std::string_view action_;
};

std::optional<NameCondition> NameCondition::specialise(const model::Condition& condition, std::string_view action) {
  NameCondition result;
  if (!Builder(result, action).write(condition.root)) return std::nullopt;
  result.steps_.shrink_to_fit();
  return result;
}

std::vector<NameCondition::SingleTest> NameCondition::alternatives() const {
  std::vector<SingleTest> tests;
  for (std::size_t i = steps_.front().kind == Kind::Any ? 1 : 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    if (step.kind != Kind::Test || step.op.relation == model::OperatorRelation::Like) return {};
    tests.push_back({.text = step.text,
                     .whole = step.op.relation == model::OperatorRelation::Equals,
                     .ignore_case = step.op.ignore_case,
                     .negated = step.op.negated});
  }
  return tests;
}

bool NameCondition::holds(std::uint32_t at, std::string_view repository) const {
  const Step& step = steps_[at];
  switch (step.kind) {
    case Kind::Constant:
      return step.value;
    case Kind::Test:
      return test(step.op, repository, step.text);
    case Kind::Not:
      return !holds(at + 1, repository);
    case Kind::All:
    case Kind::Any: {
      const bool decisive = step.kind == Kind::Any;
      for (std::uint32_t operand = at + 1; operand < step.end; operand = steps_[operand].end) {
        if (holds(operand, repository) == decisive) return decisive;
      }
      return !decisive;
    }
  }
  return false;
}

void NameCondition::holds_for_each(std::uint32_t at, std::span<const std::string_view> sorted,
                                   std::span<std::uint64_t> out) const {
  const auto fill = [&](bool value) { std::fill(out.begin(), out.end(), value ? ~std::uint64_t{0} : 0); };
  const auto flip = [&] {
    for (std::uint64_t& word : out) word = ~word;
  };
  const Step& step = steps_[at];
  switch (step.kind) {
    case Kind::Constant:
      return fill(step.value);
    case Kind::Not:
      holds_for_each(at + 1, sorted, out);
      return flip();
    case Kind::All:
    case Kind::Any: {
      fill(step.kind == Kind::All);
      std::vector<std::uint64_t> part(out.size());
      for (std::uint32_t operand = at + 1; operand < step.end; operand = steps_[operand].end) {
        holds_for_each(operand, sorted, part);
        for (std::size_t i = 0; i < out.size(); ++i)
          out[i] = step.kind == Kind::All ? out[i] & part[i] : out[i] | part[i];
      }
      return;
    }
    case Kind::Test:
      break;
  }
  fill(false);
  const auto set = [&](std::size_t i) { out[i / 64] |= std::uint64_t{1} << (i % 64); };
  if (step.op.relation == model::OperatorRelation::Like) {
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (like_match(step.text, sorted[i], step.op.ignore_case)) set(i);
    }
  } else {
    const std::string folded = step.op.ignore_case ? model::ascii_lower(step.text) : std::string(step.text);
    const bool whole = step.op.relation == model::OperatorRelation::Equals;
    const auto first = std::lower_bound(sorted.begin(), sorted.end(), std::string_view(folded));
    for (auto name = first; name != sorted.end() && (whole ? *name == folded : name->starts_with(folded)); ++name)
      set(static_cast<std::size_t>(name - sorted.begin()));
  }
  if (step.op.negated) flip();
}

}  // namespace acrbiter::evaluator
