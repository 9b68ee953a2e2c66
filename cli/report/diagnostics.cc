#include "cli/report/diagnostics.h"

#include <algorithm>

#include <fmt/format.h>

namespace acrbiter::cli::report {
namespace {

std::string place(const model::Diagnostic& problem) {
  std::string result = escape(problem.file);
  if (problem.line != 0) {
    const std::string position = fmt::format("{}:{}", problem.line, problem.column);
    result = result.empty() ? fmt::format("line {}, column {}", problem.line, problem.column)
                            : fmt::format("{}:{}", result, position);
  }
  if (!problem.pointer.empty()) result += fmt::format("{}{}", result.empty() ? "" : " ", escape(problem.pointer));
  return result;
}

/// The excerpt in one line, cut around the caret, with the caret below it.
std::string caret(const model::Diagnostic& problem, const Look& look) {
  constexpr std::string_view kMargin = "   | ";
  // A line that is cut begins elsewhere than its excerpt.
  const std::size_t place = problem.caret != 0 ? problem.caret : problem.column;
  if (problem.excerpt.empty() || place == 0) return {};
  std::string before;
  std::string_view rest = problem.excerpt;
  for (std::size_t i = 1; i < place && !rest.empty(); ++i) {
    const CodePoint point = next_code_point(rest);
    before += rest[0] == '\t' ? " " : escape(rest.substr(0, point.length));
    rest.remove_prefix(point.length);
  }
  const std::size_t marked_bytes =
      problem.span ? std::max<std::size_t>(problem.span->end - std::min(problem.span->begin, problem.span->end), 1) : 1;
  const std::size_t marked = std::max<std::size_t>(columns(escape(rest.substr(0, marked_bytes))), 1);
  std::string line = before + escape(rest);
  std::size_t offset = columns(before);
  const std::size_t room = look.width == 0 ? std::string::npos : look.width - std::min(look.width, kMargin.size());
  if (columns(line) > room && offset > room / 2) {
    std::size_t cut = 0;
    while (cut < before.size() && columns(std::string_view(before).substr(cut)) > room / 2) {
      cut += next_code_point(std::string_view(before).substr(cut)).length;
    }
    line = "..." + line.substr(cut);
    offset = columns(std::string_view(before).substr(cut)) + 3;
  }
  if (columns(line) > room) {
    std::string shorter;
    for (std::string_view left = line; columns(shorter) + 4 <= room;) {
      const CodePoint point = next_code_point(left);
      shorter += left.substr(0, point.length);
      left.remove_prefix(point.length);
    }
    line = shorter + "...";
  }
  const std::size_t length =
      std::clamp<std::size_t>(marked, 1, std::max<std::size_t>(columns(line), offset + 1) - offset);
  return fmt::format("{}{}\n{}{}{}\n", kMargin, line, kMargin, std::string(offset, ' '),
                     look.paint(Style::Bad, std::string(length, '^')));
}

}  // namespace

std::string diagnostic(std::string_view severity, Style style, const model::Diagnostic& problem, const Look& look) {
  std::string result =
      wrap(escape(problem.message), look.paint(style, fmt::format("{}:", severity)) + " ", 2, look.width);
  if (const std::string where = place(problem); !where.empty()) result += fmt::format("  --> {}\n", where);
  result += caret(problem, look);
  if (!problem.help.empty()) result += wrap(escape(problem.help), "  help: ", 8, look.width);
  return result;
}

std::string errors(std::span<const model::Diagnostic> problems, const Look& look) {
  constexpr std::size_t kMost = 20;
  std::string result;
  for (const model::Diagnostic& problem : problems.first(std::min(problems.size(), kMost))) {
    result += diagnostic("error", Style::Bad, problem, look);
  }
  if (problems.size() > kMost) result += fmt::format("and {}\n", counted(problems.size() - kMost, "more error"));
  return result;
}

std::string error(std::string_view message, std::string_view help, const Look& look) {
  model::Diagnostic problem;
  problem.message = message;
  problem.help = help;
  return diagnostic("error", Style::Bad, problem, look);
}

std::string warnings(std::span<const model::Warning> warnings, std::size_t most, const Look& look) {
  std::string result;
  for (const model::Warning& warning : warnings.first(std::min(warnings.size(), most))) {
    std::string line = escape(warning.where.message);
    if (const std::string where = place(warning.where); !where.empty()) line += fmt::format(" ({})", where);
    if (!warning.where.help.empty()) line += fmt::format("; {}", escape(warning.where.help));
    result += wrap(line, look.paint(Style::Open, "warning:") + " ", 2, look.width);
  }
  if (warnings.size() > most) {
    result +=
        fmt::format("  and {}; `acrbiter snapshot show` lists them\n", counted(warnings.size() - most, "more warning"));
  }
  return result;
}

}  // namespace acrbiter::cli::report
