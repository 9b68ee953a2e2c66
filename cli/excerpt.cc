#include "cli/excerpt.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "model/ascii.h"

namespace acrbiter::cli {
namespace {

constexpr std::size_t kMaxExcerptBytes = 160;

bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::size_t characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

/// Does `text` hold secrets, as exports do that are given in place of questions? Questions and tests have members of
/// these names that are none.
bool may_hold_secrets(std::string_view text) {
  const std::string lower = model::ascii_lower(text);
  const auto names = [&](std::string_view word, std::initializer_list<std::string_view> harmless) {
    for (std::size_t at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) {
      const std::string_view here = std::string_view(lower).substr(at);
      if (std::none_of(harmless.begin(), harmless.end(), [&](auto each) { return here.starts_with(each); }))
        return true;
    }
    return false;
  };
  return names("password", {"passwordname", "password1", "password2"}) || names("secret", {"secretexpired"}) ||
         names("accountkey", {}) || names("connectionstring", {}) || names("kubeconfig", {});
}

/// `line` with `*` for everything that is long enough to be a secret.
std::string without_secrets(std::string line) {
  constexpr std::size_t kShortest = 6;
  constexpr std::string_view kBetween = " \t\r{}[]:,\"'";
  for (std::size_t begin = line.find_first_not_of(kBetween); begin != std::string::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBetween, begin), line.size());
    if (end - begin >= kShortest) line.replace(begin, end - begin, end - begin, '*');
    begin = line.find_first_not_of(kBetween, end);
  }
  return line;
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
  if (may_hold_secrets(text)) {
    problem.excerpt = without_secrets(std::string(line));
    problem.caret = 1 + characters(std::string_view(problem.excerpt).substr(0, offset - line_begin));
  }
  if (!problem.span) problem.span = model::SourceSpan{offset, std::min(offset + 1, text.size())};
}

}  // namespace acrbiter::cli
