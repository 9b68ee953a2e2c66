// From a byte of a text to what a person looks for: line, column, and the piece of text around it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/result.h"

namespace acrbiter::model {

/// Fills everything of a Diagnostic that follows from `text` and `span`: line, column, excerpt and caret. A line longer
/// than 160 bytes is cut to a window around the span. Linear in `span.begin` and the length of its line.
[[nodiscard]] Diagnostic diagnostic_at(std::string_view text, SourceSpan span, std::string message,
                                       std::string help = {});

/// UTF-8 code points in `text`; a byte that is no part of one counts as one or belongs to its neighbour.
[[nodiscard]] std::size_t count_characters(std::string_view text) noexcept;

/// `text` in backticks for a message, on one line: control characters become blanks, and more than 60 bytes are cut.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace acrbiter::model
