// What the grammars of Boost.Spirit share: spans of nodes, and a bound on nesting. Private to *_grammar.cc and the
// like.
#pragma once

#include <boost/spirit/home/x3.hpp>
#include <cstddef>

namespace acrbiter::parser::spirit {

namespace x3 = boost::spirit::x3;

using Iterator = const char*;

/// Gives a node its span. `first` stands behind the blanks before the node, `last` before those behind it.
struct Annotated {
  template <class T, class Context>
  void on_success(const Iterator& first, const Iterator& last, T& node, const Context&) {
    node.begin = first;
    node.end = last;
  }
};

struct Depth {
  std::size_t left;                ///< how many more levels may open
  Iterator exceeded_at = nullptr;  ///< where one too many opened
};
struct DepthTag {};

/// Counts one level of nesting while the subject is parsed; without it, `((((…` would overflow the stack.
template <class Subject>
struct Nested : x3::unary_parser<Subject, Nested<Subject>> {
  using Base = x3::unary_parser<Subject, Nested<Subject>>;
  static constexpr bool handles_container = Subject::handles_container;
  explicit constexpr Nested(const Subject& inner) : Base(inner) {}

  template <class Context, class RuleContext, class Attribute>
  bool parse(Iterator& first, const Iterator& last, const Context& context, RuleContext& rule_context,
             Attribute& attribute) const {
    Depth& depth = x3::get<DepthTag>(context);
    if (depth.exceeded_at != nullptr) return false;
    if (depth.left == 0) {
      depth.exceeded_at = first;
      return false;
    }
    --depth.left;
    const bool parsed = this->subject.parse(first, last, context, rule_context, attribute);
    ++depth.left;
    return parsed;
  }
};
template <class Parser>
constexpr auto nested(const Parser& parser) {
  return Nested<typename x3::extension::as_parser<Parser>::value_type>(x3::as_parser(parser));
}

}  // namespace acrbiter::parser::spirit
