// Values while a template is evaluated: JSON in which what only the deployment will know has a name.
//
// A named unknown stands in a string, between two control characters that no string of a template can hold; what is put
// together from it keeps it: `rg-` and the unknown `parameters('env')` make a string with one known and one unknown
// piece. See parser/infrastructure.h for how they leave this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace acrbiter::parser::arm {

using Json = nlohmann::json;

inline constexpr char kUnknownBegin = '\x02';
inline constexpr char kUnknownEnd = '\x03';

/// A string of which nothing is known but where it comes from. Long names are cut and end in a digest of all of it.
[[nodiscard]] std::string unknown_text(std::string_view name);
[[nodiscard]] inline Json unknown(std::string_view name) { return unknown_text(name); }

/// True for a string that is one unknown piece and nothing else.
[[nodiscard]] bool is_unknown(std::string_view text) noexcept;
[[nodiscard]] bool is_unknown(const Json& value) noexcept;
/// True if an unknown stands anywhere in `value`.
[[nodiscard]] bool has_unknown(std::string_view text) noexcept;
[[nodiscard]] bool has_unknown(const Json& value) noexcept;

/// The name of a string with unknown pieces: of one piece its own, else `concat('rg-', parameters('env'))`.
[[nodiscard]] std::string name_of(std::string_view text);
/// `value` as an expression would spell it; unknowns by their names.
[[nodiscard]] std::string spelled(const Json& value);

/// What leaves the evaluator: a known string as it is, any other as its name in braces.
[[nodiscard]] std::string shown(std::string_view text);
/// The same for one segment of an id: a '/' in a name becomes %2F.
[[nodiscard]] std::string shown_segment(std::string_view segment);
/// The same for a resource id, segment by segment; a '/' in a name becomes %2F. An id that is unknown as a whole, or
/// unknown where it begins, stays one name.
[[nodiscard]] std::string shown_id(std::string_view id);

/// The value under `key` of an object, compared without letter case; nullptr if there is none.
[[nodiscard]] const Json* find_member(const Json& object, std::string_view key) noexcept;
/// The same, and null if there is none.
[[nodiscard]] const Json& member(const Json& object, std::string_view key) noexcept;
/// The text of a string; empty for anything else.
[[nodiscard]] std::string text_or_empty(const Json& value);
/// Parts of `text` between slashes; a slash in the name of an unknown separates nothing.
[[nodiscard]] std::vector<std::string> segments_of(std::string_view text);
/// The text of a string, or of a number or Boolean as `format` and `concat` write it.
[[nodiscard]] std::string text_of_scalar(const Json& value);

/// The service's `guid()`: a version 5 UUID of the arguments joined by '-'. Source: template-functions-string
[[nodiscard]] std::string guid_of(std::string_view joined);
/// The service's `uniqueString()`: 13 characters of base 32 from a 64-bit hash of the arguments joined by '-'.
/// Source: template-functions-string
[[nodiscard]] std::string unique_string_of(std::string_view joined);

}  // namespace acrbiter::parser::arm
