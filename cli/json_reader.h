// Reads small JSON documents: question lines, condition cases, environments. Exports are read by parser/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.h"

namespace acrbiter::cli {

/// One JSON value. Members keep the order of the text.
struct JsonValue {
  enum class Type : std::uint8_t { Null, Boolean, Number, String, Array, Object };
  Type type = Type::Null;
  bool boolean = false;
  double number = 0;
  std::string text{};  ///< content of a string; a number as written (integers without leading zeros)
  std::vector<JsonValue> items{};
  std::vector<std::pair<std::string, JsonValue>> members{};

  /// The member of that name, or nullptr. Cost: the number of members.
  [[nodiscard]] const JsonValue* find(std::string_view name) const noexcept;
};

/// "a string", "an object", … for messages.
[[nodiscard]] std::string_view describe(JsonValue::Type type) noexcept;

/// Longer documents (unless told otherwise) and deeper nesting are refused.
inline constexpr std::size_t kMaxJsonBytes = std::size_t{4} << 20U;
inline constexpr std::size_t kMaxJsonDepth = 64;

/// Fails with the first problem: syntax, bytes that are not UTF-8, a name that occurs twice in one object, size, depth.
/// The diagnostic has line, column and excerpt.
[[nodiscard]] model::Result<JsonValue> read_json(std::string_view text, std::size_t most_bytes = kMaxJsonBytes);

/// Sets line, column and excerpt of `problem` to where the value at its JSON pointer begins. `text` is JSON that
/// read_json() accepts; a pointer that leads nowhere in it changes nothing.
void locate_value(model::Diagnostic& problem, std::string_view text);

}  // namespace acrbiter::cli
