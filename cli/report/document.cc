#include "cli/report/document.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/report/markdown.h"
#include "cli/report/text.h"
#include "model/box.h"

namespace acrbiter::cli::report {
namespace {

using RunKind = Prose::Run::Kind;

bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// ---- Markdown -----------------------------------------------------------------------------------------------

/// `text` in which nothing is markup, a link or a mention; `starts` if it begins a line.
std::string markdown_text(std::string_view text, bool starts = true) {
  const std::string shown = escape(text);
  std::string result;
  result.reserve(shown.size());
  const auto as_number = [&](char c) { result += fmt::format("&#{};", static_cast<int>(c)); };
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const char c = shown[i];
    const char next = i + 1 < shown.size() ? shown[i + 1] : '\0';
    if (c == '@' || (c == ':' && (next == '/' || letter_or_digit(next)))) {
      as_number(c);  // a renderer makes links of addresses by themselves
    } else if (c == '.' && i >= 3 && (shown[i - 1] == 'w' || shown[i - 1] == 'W')) {
      as_number(c);  // "www."
    } else if (starts && i == 0 && std::string_view("+-=").find(c) != std::string_view::npos) {
      as_number(c);  // a list or a heading
    } else if (starts && (c == '.' || c == ')') && result.find_first_not_of("0123456789") == std::string::npos) {
      as_number(c);  // a numbered list
    } else if (c == ' ' && (next == ' ' || (starts && i == 0))) {
      as_number(c);
    } else {
      if (std::string_view("\\`*_{}[]<>#!|~&$^").find(c) != std::string_view::npos) result += '\\';
      result += c;
    }
  }
  return result;
}

/// A code span that also stands in a table. One with `|` is written in HTML: renderers do not agree on how to write
/// it otherwise.
std::string markdown_code(std::string_view text) {
  if (text.find('|') == std::string_view::npos && text.find('\\') == std::string_view::npos) return code_span(text);
  return fmt::format("<code>{}</code>", html_text(text));
}

std::string markdown_prose(const Prose& prose) {
  std::string result;
  bool starts = true;
  for (const Prose::Run& run : prose.runs()) {
    switch (run.kind) {
      case RunKind::Plain:
        result += markdown_text(run.text, starts);
        break;
      case RunKind::Strong:
        result += fmt::format("**{}**", markdown_text(run.text, false));
        break;
      case RunKind::Name:
      case RunKind::Code:
        result += markdown_code(run.text);
        break;
      case RunKind::Break:
        result += "<br>";
        break;
    }
    starts = false;
  }
  return result;
}

class Markdown {
 public:
  std::string print(const Document& document) {
    text_ = fmt::format("# {}\n", markdown_text(document.title));
    if (!document.lead.empty()) text_ += fmt::format("\n{}\n", markdown_prose(document.lead));
    std::size_t number = 0;
    for (const Section& section : document.sections) {
      text_ += fmt::format("\n## {}. {}\n", ++number, markdown_text(section.title));
      for (const Block& block : section.blocks) std::visit([this](const auto& one) { put(one); }, block);
    }
    return std::move(text_);
  }

 private:
  void put(const Paragraph& paragraph) { text_ += fmt::format("\n{}\n", markdown_prose(paragraph.text)); }

  void put(const List& list) {
    text_ += '\n';
    std::size_t number = 0;
    for (const Prose& item : list.items) {
      const std::string mark = list.numbered ? fmt::format("{}.", ++number) : std::string("-");
      text_ += fmt::format("{} {}\n", mark, markdown_prose(item));
    }
  }

  void put(const Table& table) {
    text_ += fmt::format("\n**{}**\n\n|", markdown_text(table.caption));
    for (const std::string& title : table.header) text_ += fmt::format(" {} |", markdown_text(title));
    text_ += "\n|";
    for (std::size_t i = 0; i < table.header.size(); ++i) text_ += "---|";
    text_ += '\n';
    for (const std::vector<Prose>& row : table.rows) {
      text_ += '|';
      for (const Prose& cell : row) text_ += fmt::format(" {} |", markdown_prose(cell));
      text_ += '\n';
    }
  }

  void put(const Commands& commands) {
    std::size_t longest = 2;
    for (const std::string& line : commands.lines) {
      std::size_t run = 0;
      for (const char c : line) longest = std::max(longest, run = c == '`' ? run + 1 : 0);
    }
    const std::string fence(longest + 1, '`');
    text_ += fmt::format("\n{}sh\n", fence);
    for (const std::string& line : commands.lines) text_ += escape(line) + '\n';
    text_ += fence + '\n';
  }

  void put(const Picture&) {}

  void put(const Fields& fields) {
    text_ += '\n';
    for (const std::string& label : fields.labels) text_ += fmt::format("- {}:\n", markdown_text(label));
  }

  std::string text_;
};

// ---- HTML ---------------------------------------------------------------------------------------------------

constexpr std::string_view kHead = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
)html";

// The classes of an embedded timeline (h1, h2, b, f, …) are not used here.
constexpr std::string_view kStyle = R"html(<style>
:root { color-scheme: light dark; --ink: #1b1b1b; --soft: #5a5a5a; --paper: #ffffff; --tint: #f3f3f3; --rule: #c8c8c8 }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #ececec; --soft: #b4b4b4; --paper: #1e1e1e; --tint: #2b2b2b; --rule: #4a4a4a }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif }
main { max-width: 1200px; margin: 0 auto; padding: 24px }
h1 { font-size: 28px; line-height: 1.25; margin: 0 0 8px }
h2 { font-size: 20px; line-height: 1.3; margin: 36px 0 8px; padding-top: 12px; border-top: 2px solid var(--rule) }
p, li { max-width: 90ch }
li { margin: 4px 0 }
bdi { font-weight: 600; white-space: break-spaces; overflow-wrap: anywhere }
code { font: 0.86em/1.45 ui-monospace, "Cascadia Mono", "Liberation Mono", monospace; white-space: break-spaces;
  overflow-wrap: anywhere; unicode-bidi: isolate }
pre { background: var(--tint); border: 1px solid var(--rule); border-radius: 4px; padding: 10px 12px; margin: 8px 0;
  white-space: pre-wrap; overflow-wrap: anywhere }
.wide { overflow-x: auto; margin: 12px 0 }
table { border-collapse: collapse; width: 100%; font-size: 13px; line-height: 1.4 }
caption { text-align: left; color: var(--soft); padding: 0 0 6px }
th, td { text-align: left; vertical-align: top; padding: 6px 8px; border-bottom: 1px solid var(--rule);
  overflow-wrap: break-word }
thead th { background: var(--tint); border-bottom: 2px solid var(--rule) }
tbody th { font-weight: inherit }
figure { margin: 12px 0; overflow-x: auto }
svg { max-width: 100%; height: auto }
dl { display: grid; grid-template-columns: max-content minmax(12em, 30em); gap: 22px 16px; margin: 20px 0 }
dt { color: var(--soft) }
dd { margin: 0; border-bottom: 1px solid var(--ink) }
@media (max-width: 700px) { main { padding: 12px } table { min-width: 640px } }
@media print {
  @page { size: A4 landscape; margin: 12mm }
  body { font-size: 9.5pt; line-height: 1.4 }
  main { max-width: none; padding: 0 }
  h2 { margin: 20px 0 4px; padding-top: 8px }
  p, li { max-width: none }
  table { font-size: 8pt; line-height: 1.3 }
  th, td { padding: 4px 6px }
  thead { display: table-header-group }
  tr, pre, dl, figure { break-inside: avoid }
  h2, caption, p:has(+ .wide), p:has(+ pre), p:has(+ dl) { break-after: avoid }
  .wide, figure { overflow: visible }
  thead th, pre { print-color-adjust: exact; -webkit-print-color-adjust: exact }
}
</style>
)html";

std::string html_prose(const Prose& prose) {
  std::string result;
  for (const Prose::Run& run : prose.runs()) {
    const std::string text = markup_text(run.text);
    switch (run.kind) {
      case RunKind::Plain:
        result += text;
        break;
      case RunKind::Strong:
        result += fmt::format("<strong>{}</strong>", text);
        break;
      case RunKind::Name:
        result += fmt::format("<bdi>{}</bdi>", text);
        break;
      case RunKind::Code:
        result += fmt::format("<code>{}</code>", text);
        break;
      case RunKind::Break:
        result += "<br>";
        break;
    }
  }
  return result;
}

class Html {
 public:
  std::string print(const Document& document) {
    const std::string title = markup_text(document.title);
    text_ = fmt::format("{}<title>{}</title>\n{}</head>\n<body>\n<main>\n<h1>{}</h1>\n", kHead, title, kStyle, title);
    if (!document.lead.empty()) text_ += fmt::format("<p>{}</p>\n", html_prose(document.lead));
    std::size_t number = 0;
    for (const Section& section : document.sections) {
      ++number;
      text_ += fmt::format("<section aria-labelledby=\"part-{0}\">\n<h2 id=\"part-{0}\">{0}. {1}</h2>\n", number,
                           markup_text(section.title));
      for (const Block& block : section.blocks) std::visit([this](const auto& one) { put(one); }, block);
      text_ += "</section>\n";
    }
    return std::move(text_) + "</main>\n</body>\n</html>\n";
  }

 private:
  void put(const Paragraph& paragraph) { text_ += fmt::format("<p>{}</p>\n", html_prose(paragraph.text)); }

  void put(const List& list) {
    const std::string_view tag = list.numbered ? "ol" : "ul";
    text_ += fmt::format("<{}>\n", tag);
    for (const Prose& item : list.items) text_ += fmt::format("<li>{}</li>\n", html_prose(item));
    text_ += fmt::format("</{}>\n", tag);
  }

  void put(const Table& table) {
    // A table wider than the screen is moved, also by the keyboard; the page is not.
    text_ += fmt::format(
        "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"table-{0}\">\n<table>\n"
        "<caption id=\"table-{0}\">{1}</caption>\n",
        ++tables_, markup_text(table.caption));
    if (!table.widths.empty()) {
      text_ += "<colgroup>";
      for (const int width : table.widths) text_ += fmt::format("<col style=\"width: {}%\">", width);
      text_ += "</colgroup>\n";
    }
    text_ += "<thead>\n<tr>";
    for (const std::string& title : table.header) text_ += fmt::format("<th scope=\"col\">{}</th>", markup_text(title));
    text_ += "</tr>\n</thead>\n<tbody>\n";
    for (const std::vector<Prose>& row : table.rows) {
      text_ += "<tr>";
      for (std::size_t i = 0; i < row.size(); ++i) {
        text_ += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", html_prose(row[i]))
                        : fmt::format("<td>{}</td>", html_prose(row[i]));
      }
      text_ += "</tr>\n";
    }
    text_ += "</tbody>\n</table>\n</div>\n";
  }

  void put(const Commands& commands) {
    text_ += "<pre><code>";
    for (const std::string& line : commands.lines) text_ += markup_text(line) + '\n';
    text_ += "</code></pre>\n";
  }

  void put(const Picture& picture) { text_ += fmt::format("<figure>\n{}</figure>\n", picture.svg); }

  void put(const Fields& fields) {
    text_ += "<dl>\n";
    for (const std::string& label : fields.labels) {
      text_ += fmt::format("<dt>{}:</dt><dd></dd>\n", markup_text(label));
    }
    text_ += "</dl>\n";
  }

  std::string text_;
  std::size_t tables_ = 0;
};

}  // namespace

Prose& Prose::add(Run::Kind kind, std::string text) {
  if (text.empty() && (kind == Run::Kind::Name || kind == Run::Kind::Code)) text = "\"\"";
  if (kind == Run::Kind::Break || !text.empty()) runs_.push_back({kind, std::move(text)});
  return *this;
}

Prose& Prose::append(const Prose& more) {
  runs_.insert(runs_.end(), more.runs_.begin(), more.runs_.end());
  return *this;
}

std::string markdown(const Document& document) { return Markdown().print(document); }
std::string html(const Document& document) { return Html().print(document); }

}  // namespace acrbiter::cli::report
