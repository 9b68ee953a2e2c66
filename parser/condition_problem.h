// What went wrong in a condition text, in the reader's words: from the place where the grammar gave up to a Diagnostic.
#pragma once

#include <string_view>

#include "model/result.h"
#include "parser/condition_grammar.h"

namespace acrbiter::parser {

/// `failure.outcome` is not Parsed. Linear in the length of `text`.
[[nodiscard]] model::Diagnostic explain_failure(std::string_view text, const syntax::ChainResult& failure);

}  // namespace acrbiter::parser
