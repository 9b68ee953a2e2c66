// Markdown and HTML in which no name from the input can become markup.
#pragma once

#include <string>
#include <string_view>

namespace acrbiter::cli::report {

/// `text` as a code span: one line, whatever it holds, in which neither HTML, links nor @mentions work. For lists and
/// paragraphs; a table would still split it at `|`.
[[nodiscard]] std::string code_span(std::string_view text);

/// `text` for the inside of an HTML or XML element, or of an attribute in double quotes.
[[nodiscard]] std::string markup_text(std::string_view text);

/// The same inside Markdown, where more than `<` and `&` can mean something: for elements on one line like `<summary>`.
[[nodiscard]] std::string html_text(std::string_view text);

}  // namespace acrbiter::cli::report
