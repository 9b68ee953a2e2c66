// The table of everything that is recognised, and the envelopes in which lists come.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "parser/lower.h"

namespace acrbiter::parser {

/// Formats of a whole document, most specific first. A large document is tried with as much as was read of it.
[[nodiscard]] std::span<const ObjectFormat> document_formats();
/// Formats of one object, most specific first.
[[nodiscard]] std::span<const ObjectFormat> object_formats();

/// The first format that matches, or nullptr.
[[nodiscard]] const ObjectFormat* recognise(std::span<const ObjectFormat> formats, const Value& value);

/// What a file of a kind that is not read is good for, for the warning; empty if it is simply of no use here.
[[nodiscard]] std::string_view hint_for(std::string_view kind);

/// Kind of a document that holds the service's refusal instead of data.
inline constexpr std::string_view kServiceError = "service-error";

/// Where the elements of a list are: in the document itself, in `value` or `data`, or in the rows of a table.
struct ListEnvelope {
  Value list;
  std::vector<Value> columns;  ///< of a table: the strings that name its columns, in order
  bool is_table = false;
};
/// The list in `document`, if it is one. Source: input-formats 0.2
[[nodiscard]] std::optional<ListEnvelope> list_envelope(const Value& document);

/// True if `document` says that more of its list exists than it holds and earlier pages held (`rows_before`). Source:
/// input-formats 0.3
[[nodiscard]] bool has_next_page(const Value& document, std::size_t rows_before = 0);
/// The rows of a page of Resource Graph, also those that were read and dropped.
[[nodiscard]] std::size_t rows_of_page(const Value& document);

/// Kind of the list that the link to the next page of `document` names, or empty: what an empty page is one of.
[[nodiscard]] std::string_view kind_of_next_page(const Value& document) noexcept;

/// "cli", "rest", "powershell", "resource-graph" or "graph", as far as one object shows it.
/// Source: input-formats 0.1
[[nodiscard]] std::string_view dialect_of(const Value& object);

/// True for Bicep source, by its name or by how it begins.
[[nodiscard]] bool is_bicep(std::string_view name, std::string_view text);

/// What text that is no JSON looks like: "an HTML page", "CSV", …; empty if it looks like nothing known.
/// `text` is its beginning.
[[nodiscard]] std::string_view looks_like(std::string_view text);

}  // namespace acrbiter::parser
