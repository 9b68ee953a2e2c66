// A document without a format: sections of paragraphs, lists, tables and commands, and two renderers that say exactly
// the same, word for word.
//
//   Document document{.title = "Report", .sections = {}};
//   document.sections.push_back({"Names", {Paragraph{Prose("Who: ").name("alice")}}});
//   out << markdown(document);  // or html(document)
//
// Everything that is not the renderers' own is text: no name can become markup in either format, and what a reader
// cannot see is written as `\u{200B}`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace acrbiter::cli::report {

/// Text in one line or cell, in parts that look different.
class Prose {
 public:
  struct Run {
    enum class Kind : std::uint8_t {
      Plain,
      Strong,  ///< with no blanks at its ends
      Name,    ///< of something in the data: set apart, so that it cannot pass for a part of the sentence
      Code,    ///< an id, a command, a path
      Break    ///< a new line
    };
    Kind kind{};
    std::string text{};
  };

  Prose() = default;
  Prose(std::string text) { plain(std::move(text)); }         // NOLINT(google-explicit-constructor): reads like text
  Prose(std::string_view text) { plain(std::string(text)); }  // NOLINT(google-explicit-constructor)
  Prose(const char* text) { plain(text); }                    // NOLINT(google-explicit-constructor)

  Prose& plain(std::string text) { return add(Run::Kind::Plain, std::move(text)); }
  Prose& strong(std::string text) { return add(Run::Kind::Strong, std::move(text)); }
  Prose& name(std::string text) { return add(Run::Kind::Name, std::move(text)); }
  Prose& code(std::string text) { return add(Run::Kind::Code, std::move(text)); }
  Prose& line_break() { return add(Run::Kind::Break, {}); }
  Prose& append(const Prose& more);

  [[nodiscard]] const std::vector<Run>& runs() const noexcept { return runs_; }
  [[nodiscard]] bool empty() const noexcept { return runs_.empty(); }

 private:
  Prose& add(Run::Kind kind, std::string text);
  std::vector<Run> runs_;
};

struct Paragraph {
  Prose text;
};
struct List {
  bool numbered = false;
  std::vector<Prose> items;
};
/// The first cell of a row names the row.
struct Table {
  std::string caption;
  std::vector<std::string> header;
  std::vector<std::vector<Prose>> rows;  ///< each as long as `header`
  std::vector<int> widths{};             ///< of the columns, in per cent; empty: as the content asks for
};
/// Lines to be copied into a shell.
struct Commands {
  std::vector<std::string> lines;
};
/// An SVG of our own, put into HTML as it is and left out of Markdown: the document says in words what it shows.
struct Picture {
  std::string svg;
};
/// To be filled in by hand.
struct Fields {
  std::vector<std::string> labels;
};

using Block = std::variant<Paragraph, List, Table, Commands, Picture, Fields>;

struct Section {
  std::string title;
  std::vector<Block> blocks;
};

struct Document {
  std::string title;
  Prose lead{};  ///< below the title
  std::vector<Section> sections{};
};

/// GitHub's Markdown.
[[nodiscard]] std::string markdown(const Document& document);

/// A page of its own: no script, nothing from elsewhere, readable on light and dark ground and on paper.
[[nodiscard]] std::string html(const Document& document);

}  // namespace acrbiter::cli::report
