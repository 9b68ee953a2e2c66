#include "model/text_position.h"

#include <algorithm>
#include <utility>

namespace acrbiter::model {
namespace {

constexpr std::size_t kMaxExcerptBytes = 160;
constexpr std::size_t kBytesBeforeCaret = 60;
constexpr std::size_t kMaxQuotedBytes = 60;

bool continues_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// The nearest start of a character at or before `position`; looks back at most three bytes.
std::size_t character_start(std::string_view text, std::size_t position) noexcept {
  for (int step = 0; step < 3 && position > 0 && position < text.size() && continues_character(text[position]);
       ++step) {
    --position;
  }
  return position;
}

}  // namespace

std::size_t count_characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

Diagnostic diagnostic_at(std::string_view text, SourceSpan span, std::string message, std::string help) {
  const std::size_t at = std::min(span.begin, text.size());
  const std::string_view before = text.substr(0, at);
  const std::size_t last_break = before.rfind('\n');
  const std::size_t line_begin = last_break == std::string_view::npos ? 0 : last_break + 1;
  std::size_t line_end = std::min(text.find('\n', at), text.size());
  if (line_end > at && text[line_end - 1] == '\r') --line_end;

  std::size_t from = line_begin;
  std::size_t to = line_end;
  if (to - from > kMaxExcerptBytes) {
    from = std::max(line_begin, at - std::min(at, kBytesBeforeCaret));
    to = std::min(line_end, from + kMaxExcerptBytes);
    from = std::max(line_begin, to - std::min(to, kMaxExcerptBytes));
    if (from > line_begin) {
      while (from < at && continues_character(text[from])) ++from;
    }
    to = std::max(at, character_start(text, to));
  }

  Diagnostic result;
  result.message = std::move(message);
  result.help = std::move(help);
  result.span = span;
  result.line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  result.column = 1 + count_characters(before.substr(line_begin));
  result.excerpt = std::string(text.substr(from, to - from));
  result.caret = 1 + count_characters(text.substr(from, at - from));
  return result;
}

std::string quoted(std::string_view text) {
  const bool cut = text.size() > kMaxQuotedBytes;
  std::string result = "`";
  result += text.substr(0, cut ? character_start(text, kMaxQuotedBytes) : text.size());
  std::replace_if(
      result.begin(), result.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == '\x7F'; }, ' ');
  if (cut) result += "…";
  result += '`';
  return result;
}

}  // namespace acrbiter::model
