#include "cli/report/csv.h"

#include "cli/report/text.h"

namespace acrbiter::cli::report {

std::string csv_cell(std::string_view text) {
  constexpr std::string_view kFormula = "=+-@\t\r";
  std::string cell;
  if (!text.empty() && kFormula.find(text.front()) != std::string_view::npos) cell += '\'';
  cell += escape(text);
  const bool quoted = cell.find_first_of(",\"\n\r") != std::string::npos ||
                      (!cell.empty() && (cell.front() == ' ' || cell.back() == ' '));
  if (!quoted) return cell;
  std::string result = "\"";
  for (const char c : cell) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

std::string csv_row(const std::vector<std::string>& cells) {
  std::string result;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) result += ',';
    result += csv_cell(cell);
  }
  return result;
}

}  // namespace acrbiter::cli::report
