#include "cli/report/text.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace acrbiter::cli::report {
namespace {

struct Range {
  std::uint32_t first, last;
};

template <std::size_t N>
bool in(const std::array<Range, N>& ranges, std::uint32_t value) noexcept {
  return std::any_of(ranges.begin(), ranges.end(),
                     [value](const Range& r) { return r.first <= value && value <= r.last; });
}

/// Control characters, and what changes direction or cannot be seen.
constexpr std::array kUnprintable = {
    Range{0x00, 0x1F},       Range{0x7F, 0x9F},       Range{0xAD, 0xAD},     Range{0x34F, 0x34F},
    Range{0x61C, 0x61C},     Range{0x115F, 0x1160},   Range{0x17B4, 0x17B5}, Range{0x180B, 0x180F},
    Range{0x200B, 0x200F},   Range{0x2028, 0x202E},   Range{0x2060, 0x206F}, Range{0x2800, 0x2800},
    Range{0x3164, 0x3164},   Range{0xD800, 0xDFFF},   Range{0xE000, 0xF8FF}, Range{0xFE00, 0xFE0F},
    Range{0xFEFF, 0xFEFF},   Range{0xFFA0, 0xFFA0},   Range{0xFFF0, 0xFFFC}, Range{0xFFFE, 0xFFFF},
    Range{0x1D173, 0x1D17A}, Range{0xE0000, 0x10FFFF}};

/// Characters that combine with the one before.
constexpr std::array kZeroWidth = {Range{0x300, 0x36F},   Range{0x483, 0x489},   Range{0x591, 0x5BD},
                                   Range{0x610, 0x61A},   Range{0x64B, 0x65F},   Range{0x1AB0, 0x1AFF},
                                   Range{0x1DC0, 0x1DFF}, Range{0x20D0, 0x20FF}, Range{0xFE20, 0xFE2F}};

/// East Asian wide characters and pictures.
constexpr std::array kWide = {Range{0x1100, 0x115E},   Range{0x2E80, 0x303E},  Range{0x3041, 0x33FF},
                              Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},  Range{0xA000, 0xA4CF},
                              Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},  Range{0xFE30, 0xFE6F},
                              Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},  Range{0x1F300, 0x1F64F},
                              Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};

bool plain_in_sentence(char c) noexcept {
  const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter_or_digit || std::string_view("._-/:@+#*$[]~").find(c) != std::string_view::npos;
}

/// Length of a colour code of ours at the start of `text`, or 0.
std::size_t colour_code(std::string_view text) noexcept {
  if (text.size() < 3 || text[0] != '\x1B' || text[1] != '[') return 0;
  const std::size_t end = text.find('m');
  return end == std::string_view::npos ? 0 : end + 1;
}

std::string_view code_of(Style style) noexcept {
  switch (style) {
    case Style::Plain:
      return "";
    case Style::Good:
      return "32";
    case Style::Bad:
      return "31";
    case Style::Open:
      return "33";
    case Style::Strong:
      return "1";
    case Style::Faint:
      return "2";
  }
  return "";
}

}  // namespace

CodePoint next_code_point(std::string_view text) noexcept {
  if (text.empty()) return {.value = 0, .length = 0, .valid = false};
  const auto byte = [text](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {.value = lead, .length = 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {.value = lead, .length = 1, .valid = false};
  std::uint32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {.value = lead, .length = 1, .valid = false};
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  const bool valid = value >= kLeast[length] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
  if (!valid) return {.value = lead, .length = 1, .valid = false};
  return {.value = value, .length = length};
}

bool unprintable(std::uint32_t code_point) noexcept { return in(kUnprintable, code_point); }

std::string escape(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = next_code_point(text);
    if (!point.valid) {
      result += fmt::format("\\x{{{:02X}}}", point.value);
    } else if (in(kUnprintable, point.value)) {
      result += fmt::format("\\u{{{:02X}}}", point.value);
    } else {
      result += text.substr(0, point.length);
    }
    text.remove_prefix(point.length);
  }
  return result;
}

std::string quote(std::string_view name) {
  if (!name.empty() && std::all_of(name.begin(), name.end(), plain_in_sentence)) return std::string(name);
  std::string result = "\"";
  for (const char c : escape(name)) {
    if (c == '"') result += '\\';
    result += c;
  }
  result += '"';
  return result;
}

std::size_t columns(std::string_view text) noexcept {
  std::size_t total = 0;
  while (!text.empty()) {
    if (const std::size_t code = colour_code(text); code != 0) {
      text.remove_prefix(code);
      continue;
    }
    const CodePoint point = next_code_point(text);
    if (!in(kZeroWidth, point.value)) total += in(kWide, point.value) ? 2U : 1U;
    text.remove_prefix(point.length);
  }
  return total;
}

std::string wrap(std::string_view text, std::string_view first, std::size_t rest, std::size_t width) {
  std::string result(first);
  std::size_t used = columns(first);
  bool line_empty = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const std::size_t needed = columns(word);
    if (!line_empty && width != 0 && used + 1 + needed > width) {
      result += '\n';
      result.append(rest, ' ');
      used = rest;
      line_empty = true;
    }
    if (!line_empty) {
      result += ' ';
      ++used;
    }
    result += word;
    used += needed;
    line_empty = false;
  }
  result += '\n';
  return result;
}

std::string Look::paint(Style style, std::string_view text) const {
  if (!colour || style == Style::Plain || text.empty()) return std::string(text);
  return fmt::format("\x1B[{}m{}\x1B[0m", code_of(style), text);
}

std::string heading(std::string_view words, const Look& look) { return "\n" + look.paint(Style::Strong, words) + "\n"; }

std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                  const Look& look) {
  constexpr std::size_t kGap = 2;
  constexpr std::size_t kLeastLastColumn = 24;
  constexpr std::size_t kMostColumn = 44;  // a longer cell pushes only its own row aside
  std::vector<std::size_t> widths;
  const auto measure = [&widths](const std::vector<std::string>& row) {
    if (widths.size() < row.size()) widths.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::size_t needed = columns(row[i]);
      if (needed <= kMostColumn) widths[i] = std::max(widths[i], needed);
    }
  };
  measure(header);
  for (const auto& row : rows) measure(row);
  if (widths.empty()) return {};

  std::size_t before_last = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) before_last += widths[i] + kGap;
  const bool below = look.width != 0 && before_last + kLeastLastColumn > look.width;

  std::string result;
  const auto print = [&](const std::vector<std::string>& row, Style style) {
    std::string line;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      line += look.paint(style, row[i]);
      const std::size_t used = columns(row[i]);
      line.append((used < widths[i] ? widths[i] - used : 0) + kGap, ' ');
    }
    const std::string last = row.empty() ? std::string() : look.paint(style, row.back());
    if (below && row.size() > 1) {
      line.erase(line.find_last_not_of(' ') + 1);
      result += line + '\n';
      if (!last.empty()) result += wrap(last, "    ", 4, look.width);
    } else {
      const bool too_long = columns(line) > before_last;
      if (last.empty() || too_long) line.erase(line.find_last_not_of(' ') + 1);
      if (!last.empty() && too_long) {
        result += line + '\n';
        line.assign(before_last, ' ');
      }
      result += wrap(last, line, before_last, look.width);
    }
  };
  if (!header.empty()) print(header, Style::Faint);
  for (const auto& row : rows) print(row, Style::Plain);
  return result;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  if (count == 1) return fmt::format("1 {}", one);
  return many.empty() ? fmt::format("{} {}s", count, one) : fmt::format("{} {}", count, many);
}

std::string listed(const std::vector<std::string>& items, std::string_view last) {
  std::string result;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i != 0) result += i + 1 == items.size() ? fmt::format(" {} ", last) : ", ";
    result += items[i];
  }
  return result;
}

}  // namespace acrbiter::cli::report
