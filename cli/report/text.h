// Text for people: names from the input made harmless, columns counted, long lines wrapped, colour where wanted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace acrbiter::cli::report {

/// The first code point of a text. `length` is the number of bytes it takes, at least 1 unless the text is empty.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;
  bool valid = true;  ///< false: one byte that is not UTF-8 (overlong forms and surrogates included)
};
[[nodiscard]] CodePoint next_code_point(std::string_view text) noexcept;

/// True for what a terminal acts on or a reader cannot see: control characters, line and paragraph separators, marks of
/// writing direction, invisible characters, code points of no agreed meaning.
[[nodiscard]] bool unprintable(std::uint32_t code_point) noexcept;

/// `text` with everything unprintable written as `\u{1B}`. Bytes that are not UTF-8 become `\x{FF}`.
[[nodiscard]] std::string escape(std::string_view text);

/// A name from the input inside a sentence: as it is where it consists of letters, digits and `._-/:@+#*$[]~`, else
/// escaped and in double quotes, so that no name can pass for a part of the sentence.
[[nodiscard]] std::string quote(std::string_view name);

/// Terminal columns that `text` takes. Our own colour codes take none, wide characters take two.
[[nodiscard]] std::size_t columns(std::string_view text) noexcept;

/// Breaks `text` at blanks into lines of at most `width` columns; a word longer than that stays whole on a line of its
/// own. `first` stands before the first line, `rest` blanks before every other. Width 0: no breaks. Ends with a
/// newline.
[[nodiscard]] std::string wrap(std::string_view text, std::string_view first, std::size_t rest, std::size_t width);

enum class Style : std::uint8_t { Plain, Good, Bad, Open, Strong, Faint };

/// How text is to look: whether in colour, and how wide.
struct Look {
  bool colour = false;
  std::size_t width = 100;  ///< columns; 0: never break lines

  /// `text` in `style`. Without colour: `text`.
  [[nodiscard]] std::string paint(Style style, std::string_view text) const;
};

/// A line of its own above what it names, and an empty one before it.
[[nodiscard]] std::string heading(std::string_view words, const Look& look);

/// Rows to lines with aligned columns, two blanks apart; the last column wraps. Cells must be escaped already.
/// `header` may be empty. At a width that leaves the last column fewer than 24 columns it moves below its row.
[[nodiscard]] std::string table(const std::vector<std::string>& header,
                                const std::vector<std::vector<std::string>>& rows, const Look& look);

/// "1 group", "3 groups"; for other plurals give both forms.
[[nodiscard]] std::string counted(std::size_t count, std::string_view one, std::string_view many = {});

/// "a, b and c".
[[nodiscard]] std::string listed(const std::vector<std::string>& items, std::string_view last = "and");

}  // namespace acrbiter::cli::report
