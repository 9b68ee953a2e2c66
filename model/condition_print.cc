#include "model/condition_print.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <variant>
#include <vector>

namespace acrbiter::model {
namespace {

/// Beyond this nesting no parentheses are written that the tree does not need, so that the text stays within the
/// depth that the parser reads.
constexpr std::size_t kRoomyDepth = 90;

/// Nesting of parentheses and NOTs that the tree needs.
std::size_t depth_of(const Expr& expr) {
  const auto deepest = [](const std::vector<Expr>& operands) {
    std::size_t depth = 0;
    for (const Expr& operand : operands) depth = std::max(depth, depth_of(operand));
    return depth + 1;
  };
  return std::visit(Overloaded{
                        [](const ActionMatches&) { return std::size_t{0}; },
                        [](const SubOperationMatches&) { return std::size_t{0}; },
                        [](const Exists&) { return std::size_t{0}; },
                        [](const Comparison&) { return std::size_t{0}; },
                        [](const Not& n) { return depth_of(*n.operand) + 1; },
                        [&](const All& all) { return deepest(all.operands); },
                        [&](const Any& any) { return deepest(any.operands); },
                        [&](const MixedChain& chain) { return deepest(chain.operands); },
                    },
                    expr.node);
}

const std::vector<Expr>* operands_of(const Expr& expr) {
  if (const auto* all = std::get_if<All>(&expr.node)) return &all->operands;
  if (const auto* any = std::get_if<Any>(&expr.node)) return &any->operands;
  if (const auto* chain = std::get_if<MixedChain>(&expr.node)) return &chain->operands;
  return nullptr;
}

const Not* negation(const Expr& expr) { return std::get_if<Not>(&expr.node); }

/// `ActionMatches{…}`, `SubOperationMatches{…}`, their negations, and groups of these alone.
bool is_guard(const Expr& expr) {
  if (std::holds_alternative<ActionMatches>(expr.node) || std::holds_alternative<SubOperationMatches>(expr.node)) {
    return true;
  }
  if (const Not* n = negation(expr)) return is_guard(*n->operand);
  const std::vector<Expr>* operands = operands_of(expr);
  return operands != nullptr && std::all_of(operands->begin(), operands->end(), is_guard);
}

class Printer {
 public:
  explicit Printer(bool roomy) : roomy_(roomy) {}

  std::string print(const Expr& root) {
    if (roomy_ && is_clause(root)) {
      block(root, 0);
    } else {
      lines(root, 0);
    }
    out_.pop_back();  // the last line's end
    return std::move(out_);
  }

 private:
  /// Guards OR an expression: what the portal writes for a set of actions.
  static bool is_clause(const Expr& expr) {
    const auto* any = std::get_if<Any>(&expr.node);
    return any != nullptr && std::any_of(any->operands.begin(), any->operands.end(), is_guard);
  }

  /// An expression on lines of its own, without parentheses around it.
  void lines(const Expr& expr, std::size_t indent) {
    const std::vector<Expr>* operands = operands_of(expr);
    if (operands == nullptr) {
      single(expr, indent);
      return;
    }
    const bool in_blocks = roomy_ && is_clause(expr);
    for (std::size_t i = 0; i < operands->size(); ++i) {
      if (i > 0) line(indent, joiner(expr, i));
      const Expr& operand = (*operands)[i];
      if (in_blocks || operands_of(operand) != nullptr) {
        block(operand, indent);
      } else {
        single(operand, indent);
      }
    }
  }

  /// The word before operand `i`; OR is followed by a blank, as in the portal.
  static std::string_view joiner(const Expr& expr, std::size_t i) {
    if (std::holds_alternative<All>(expr.node)) return "AND";
    if (std::holds_alternative<Any>(expr.node)) return "OR ";
    return std::get_if<MixedChain>(&expr.node)->and_before[i - 1] ? "AND" : "OR ";
  }

  void block(const Expr& expr, std::size_t indent) {
    line(indent, "(");
    lines(expr, indent + 1);
    line(indent, ")");
  }

  /// Anything but AND and OR: one line, or a negated block.
  void single(const Expr& expr, std::size_t indent) {
    const Expr* inner = &expr;
    std::string marks;
    while (const Not* n = negation(*inner)) {
      if (const auto* operands = operands_of(*n->operand)) {
        if (is_guard(*n->operand) && fits_a_line(*operands)) break;
        line(indent, marks + "!(");
        lines(*n->operand, indent + 1);
        line(indent, ")");
        return;
      }
      if (std::holds_alternative<ActionMatches>(n->operand->node) && roomy_) break;
      marks += "NOT ";
      inner = &*n->operand;
    }
    out_.append(indent, ' ');
    out_ += marks;
    inline_text(*inner);
    out_ += '\n';
  }

  static bool fits_a_line(const std::vector<Expr>& operands) {
    return std::all_of(operands.begin(), operands.end(), [](const Expr& operand) {
      const Not* n = negation(operand);
      const Expr& plain = n == nullptr ? operand : *n->operand;
      return operands_of(plain) == nullptr && negation(plain) == nullptr;
    });
  }

  /// A leaf, or a negation that single() leaves on its line.
  void inline_text(const Expr& expr) {
    std::visit(Overloaded{
                   [&](const ActionMatches& clause) { call("ActionMatches", clause.pattern); },
                   [&](const SubOperationMatches& clause) { call("SubOperationMatches", clause.name); },
                   [&](const Exists& clause) {
                     out_ += "Exists ";
                     attribute(clause.attribute);
                   },
                   [&](const Comparison& clause) { comparison(clause); },
                   [&](const Not& n) {
                     const bool in_group = operands_of(*n.operand) != nullptr ||
                                           (roomy_ && std::holds_alternative<ActionMatches>(n.operand->node));
                     out_ += in_group ? "!(" : "NOT ";
                     inline_text(*n.operand);
                     if (in_group) out_ += ')';
                   },
                   [&](const All&) { inline_operands(expr); },
                   [&](const Any&) { inline_operands(expr); },
                   [&](const MixedChain&) { inline_operands(expr); },
               },
               expr.node);
  }

  void inline_operands(const Expr& expr) {
    const std::vector<Expr>& operands = *operands_of(expr);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (i > 0) out_ += joiner(expr, i) == "AND" ? " AND " : " OR ";
      inline_text(operands[i]);
    }
  }

  void call(std::string_view function, std::string_view argument) {
    out_ += function;
    out_ += "{'";
    out_ += argument;
    out_ += "'}";
  }

  void attribute(const Attribute& attribute) {
    out_ += '@';
    out_ += to_string(attribute.source);
    out_ += '[';
    out_ += attribute.text;
    out_ += ']';
  }

  void literal(const Literal& literal) {
    switch (literal.type) {
      case ValueType::String:
        out_ += '\'';
        out_ += literal.text;
        out_ += '\'';
        break;
      case ValueType::Boolean:
        out_ += literal.boolean ? "true" : "false";
        break;
      case ValueType::Number:
      case ValueType::Guid:
        out_ += literal.text;
        break;
    }
  }

  void operand(const Operand& operand) {
    std::visit(Overloaded{
                   [&](const Attribute& a) { attribute(a); },
                   [&](const Literal& l) { literal(l); },
                   [&](const LiteralSet& set) {
                     out_ += '{';
                     for (std::size_t i = 0; i < set.members.size(); ++i) {
                       if (i > 0) out_ += ", ";
                       literal(set.members[i]);
                     }
                     out_ += '}';
                   },
               },
               operand);
  }

  void comparison(const Comparison& comparison) {
    operand(comparison.left);
    out_ += ' ';
    if (comparison.quantifier != Quantifier::None) {
      out_ += to_string(comparison.quantifier);
      out_ += ':';
    }
    out_ += to_string(comparison.op);
    out_ += ' ';
    operand(comparison.right);
  }

  void line(std::size_t indent, std::string_view text) {
    out_.append(indent, ' ');
    out_ += text;
    out_ += '\n';
  }

  bool roomy_;
  std::string out_;
};

bool same(const Attribute& a, const Attribute& b) { return a.source == b.source && a.text == b.text; }

bool same(const Literal& a, const Literal& b) {
  if (a.type != b.type) return false;
  return a.type == ValueType::Boolean ? a.boolean == b.boolean : a.text == b.text;
}

bool same(const LiteralSet& a, const LiteralSet& b) {
  return std::equal(a.members.begin(), a.members.end(), b.members.begin(), b.members.end(),
                    [](const Literal& x, const Literal& y) { return same(x, y); });
}

bool same(const Operand& a, const Operand& b) {
  return a.index() == b.index() &&
         std::visit([&](const auto& x) { return same(x, *std::get_if<std::decay_t<decltype(x)>>(&b)); }, a);
}

bool same(const std::vector<Expr>& a, const std::vector<Expr>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal);
}

bool same(const ActionMatches& a, const ActionMatches& b) { return a.pattern == b.pattern; }
bool same(const SubOperationMatches& a, const SubOperationMatches& b) { return a.name == b.name; }
bool same(const Exists& a, const Exists& b) { return same(a.attribute, b.attribute); }
bool same(const Comparison& a, const Comparison& b) {
  return a.quantifier == b.quantifier && a.op == b.op && same(a.left, b.left) && same(a.right, b.right);
}
bool same(const Not& a, const Not& b) { return equal(*a.operand, *b.operand); }
bool same(const All& a, const All& b) { return same(a.operands, b.operands); }
bool same(const Any& a, const Any& b) { return same(a.operands, b.operands); }
bool same(const MixedChain& a, const MixedChain& b) {
  return a.and_before == b.and_before && same(a.operands, b.operands);
}

}  // namespace

std::string print_expression(const Expr& expr) { return Printer(depth_of(expr) <= kRoomyDepth).print(expr); }

std::string print_condition(const Condition& condition) { return print_expression(condition.root); }

bool equal(const Expr& a, const Expr& b) {
  return a.node.index() == b.node.index() &&
         std::visit([&](const auto& x) { return same(x, *std::get_if<std::decay_t<decltype(x)>>(&b.node)); }, a.node);
}

}  // namespace acrbiter::model
