#include "cli/report/markdown.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/report/text.h"

namespace acrbiter::cli::report {

std::string code_span(std::string_view text) {
  const std::string line = escape(text);
  if (line.empty()) return "` `";
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : line) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  // A renderer takes one blank off each end if both are blank; a backtick there would lengthen the fence.
  const bool pad = line.front() == '`' || line.back() == '`' || (line.front() == ' ' && line.back() == ' ');
  return pad ? fmt::format("{0} {1} {0}", fence, line) : fmt::format("{0}{1}{0}", fence, line);
}

std::string markup_text(std::string_view text) {
  std::string result;
  for (const char c : escape(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string html_text(std::string_view text) {
  std::string result;
  for (const char c : escape(text)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool plain =
        letter || static_cast<unsigned char>(c) >= 0x80 || std::string_view(" .,-()").find(c) != std::string_view::npos;
    if (plain) {
      result += c;
    } else {
      result += fmt::format("&#{};", static_cast<int>(c));
    }
  }
  return result;
}

}  // namespace acrbiter::cli::report
