// Comma-separated values that a spreadsheet takes as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace acrbiter::cli::report {

/// One cell. What a terminal would act on is escaped; a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage
/// return, which a spreadsheet would take for a formula, gets an apostrophe in front; a cell with a comma, a quote, a
/// line end or a blank at either end stands in quotes, with its own quotes doubled.
[[nodiscard]] std::string csv_cell(std::string_view text);

/// Cells joined by commas, without a line end.
[[nodiscard]] std::string csv_row(const std::vector<std::string>& cells);

}  // namespace acrbiter::cli::report
