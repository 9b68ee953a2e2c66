#include "cli/excerpt.h"

#include <algorithm>

namespace acrbiter::cli {
namespace {

constexpr std::size_t kMaxExcerptBytes = 160;

bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::size_t characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

}  // namespace

void locate(model::Diagnostic& problem, std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const std::size_t last_break = before.rfind('\n');
  const std::size_t line_begin = last_break == std::string_view::npos ? 0 : last_break + 1;
  const std::size_t line_end = std::min(text.find('\n', offset), text.size());
  problem.line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  problem.column = 1 + characters(text.substr(line_begin, offset - line_begin));
  std::string_view line = text.substr(line_begin, line_end - line_begin);
  if (line.size() > kMaxExcerptBytes) {
    std::size_t end = kMaxExcerptBytes;
    while (end > 0 && continues(line[end])) --end;
    line = line.substr(0, end);
  }
  problem.excerpt = line;
  if (!problem.span) problem.span = model::SourceSpan{offset, std::min(offset + 1, text.size())};
}

}  // namespace acrbiter::cli
