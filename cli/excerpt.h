// Line, column and excerpt of a place in a text, for diagnostics.
#pragma once

#include <cstddef>
#include <string_view>

#include "model/result.h"

namespace acrbiter::cli {

/// Sets line, column, excerpt and (if none) the span of `problem` for byte `offset` of `text`. The excerpt is the line
/// that holds the byte, cut to at most 160 bytes before which the column still stands; of a text with passwords in it,
/// only short words are shown.
void locate(model::Diagnostic& problem, std::string_view text, std::size_t offset);

}  // namespace acrbiter::cli
