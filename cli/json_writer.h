// Writes JSON: members in the order of the calls, always valid UTF-8, the same bytes for the same calls. What a
// terminal would act on is written as \uXXXX.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acrbiter::cli {

/// Builds one document. Calls must nest as JSON does; in an object every value is preceded by key().
class JsonWriter {
 public:
  enum class Layout : std::uint8_t {
    OneLine,   ///< no blanks at all: one document per line
    Indented,  ///< two blanks a level
  };
  explicit JsonWriter(Layout layout = Layout::OneLine) : layout_(layout) {}
  /// Goes on with a document, inside of brackets that are open; `filled` says of each, the outermost first, whether
  /// something stands in it already. So the pieces of a document can be written apart from each other.
  JsonWriter(Layout layout, std::vector<bool> filled) : layout_(layout), filled_(std::move(filled)) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  /// Bytes that are not UTF-8 become U+FFFD.
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& null();
  /// `json` must be a JSON value on one line, e.g. the id of a question as it was read.
  JsonWriter& raw(std::string_view json);

  /// key() and value() in one.
  template <class T>
  JsonWriter& member(std::string_view name, const T& content) {
    key(name);
    return value(content);
  }
  JsonWriter& strings(std::string_view name, const std::vector<std::string>& items);

  /// Makes room for a document of about so many bytes.
  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] std::string take() && { return std::move(text_); }
  /// What was written since the last call: a large document goes to its stream a piece at a time.
  [[nodiscard]] std::string take_piece() { return std::exchange(text_, {}); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void before_value();
  void append_string(std::string_view text);
  void new_line();

  Layout layout_;
  std::string text_;
  std::vector<bool> filled_;  ///< per open bracket: something stands in it
  bool after_key_ = false;
};

/// `text` as a JSON string, quotes included.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace acrbiter::cli
