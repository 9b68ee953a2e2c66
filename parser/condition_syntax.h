// What the condition grammar fills: a private tree of words and where they stand. Lowered by condition_parser.cc.
#pragma once

#include <boost/fusion/include/adapt_struct.hpp>
#include <boost/spirit/home/x3/support/ast/variant.hpp>
#include <optional>
#include <string_view>
#include <vector>

namespace acrbiter::parser::syntax {

/// Any node: the text from its first to behind its last character. Set by the grammar's on_success.
struct Node {
  const char* begin = nullptr;
  const char* end = nullptr;
  [[nodiscard]] std::string_view text() const { return {begin, static_cast<std::size_t>(end - begin)}; }
};

/// A name, an operator, a quoted string with its quotes, a number, a GUID, a joiner: the lowering looks at the text.
struct Word : Node {};

/// `@` source `[` name `]`
struct Attribute : Node {
  Word source;
  Word name;  ///< not yet trimmed
};

/// `{` literal, … `}`
struct Set : std::vector<Word> {};

struct Operand : boost::spirit::x3::variant<Attribute, Word, Set>, Node {
  using base_type::base_type;
  using base_type::operator=;
};

/// `ActionMatches{'…'}` and `SubOperationMatches{'…'}`
struct Call : Node {
  Word function;
  Word argument;
};

/// `Exists @…[…]`
struct Existence : Node {
  Word function;
  Attribute attribute;
};

/// operand [quantifier :] operator operand. `first` is the quantifier if `second` is there, else the operator.
struct Comparison : Node {
  Operand left;
  Word first;
  std::optional<Word> second;
  Operand right;
};

struct Negation;
struct Chain;

/// One operand of AND and OR.
struct Unary : boost::spirit::x3::variant<Comparison, Call, Existence, boost::spirit::x3::forward_ast<Negation>,
                                          boost::spirit::x3::forward_ast<Chain>> {
  using base_type::base_type;
  using base_type::operator=;
};

/// NOT operand
struct Negation : Node {
  Word mark;  ///< NOT or !
  Unary operand;
};

struct Link {
  Word joiner;  ///< AND, &&, OR or ||
  Unary operand;
};

/// operand, { AND or OR, operand }: what binds tighter is not for the grammar to say.
struct Chain : Node {
  Unary first;
  std::vector<Link> rest;
};

}  // namespace acrbiter::parser::syntax

BOOST_FUSION_ADAPT_STRUCT(acrbiter::parser::syntax::Attribute, source, name)
BOOST_FUSION_ADAPT_STRUCT(acrbiter::parser::syntax::Call, function, argument)
BOOST_FUSION_ADAPT_STRUCT(acrbiter::parser::syntax::Existence, function, attribute)
BOOST_FUSION_ADAPT_STRUCT(acrbiter::parser::syntax::Comparison, left, first, second, right)
BOOST_FUSION_ADAPT_STRUCT(acrbiter::parser::syntax::Negation, mark, operand)
BOOST_FUSION_ADAPT_STRUCT(acrbiter::parser::syntax::Link, joiner, operand)
BOOST_FUSION_ADAPT_STRUCT(acrbiter::parser::syntax::Chain, first, rest)
