// The answers of `az deployment … what-if` as change sets. Source: input-formats 8.3
#pragma once

#include <span>
#include <string_view>

#include "parser/lower.h"

namespace acrbiter::parser {

/// A what-if answer, of the CLI or of REST, as a document.
[[nodiscard]] std::span<const ObjectFormat> what_if_document_formats();

/// How many bytes of `text` are the note that `what-if` prints before its answer; 0 if the text does not begin with it.
[[nodiscard]] std::size_t note_before_what_if(std::string_view text) noexcept;

}  // namespace acrbiter::parser
