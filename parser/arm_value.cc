#include "parser/arm_value.h"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/uuid/name_generator.hpp>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <cstdint>
#include <vector>

#include "model/ascii.h"

namespace acrbiter::parser::arm {
namespace {

constexpr std::size_t kMaxNameBytes = 200;

/// Under which the service makes the UUIDs of `guid()`. Source: template-functions-string
constexpr const char* kGuidNamespace = "11fb06fb-712d-4ddd-98c7-e71bbd588830";

/// One run of a string: known text, or the name of an unknown.
struct Piece {
  std::string_view text;
  bool is_unknown = false;
};

std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  while (!text.empty()) {
    const bool begins_unknown = text.front() == kUnknownBegin;
    const std::size_t end = text.find(begins_unknown ? kUnknownEnd : kUnknownBegin);
    if (begins_unknown) {
      pieces.push_back({.text = text.substr(1, end == std::string_view::npos ? end : end - 1), .is_unknown = true});
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    } else {
      pieces.push_back({.text = text.substr(0, end)});
      text.remove_prefix(std::min(end, text.size()));
    }
  }
  return pieces;
}

std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    result += c;
    if (c == '\'') result += c;
  }
  result += '\'';
  return result;
}

/// Braces and control characters would break the text in which the name stands.
std::string cleaned(std::string_view name) {
  std::string result;
  result.reserve(name.size());
  for (const char c : name) {
    if (c == kUnknownBegin || c == kUnknownEnd) continue;
    if (c == '{' || c == '}') {
      result += c == '{' ? '(' : ')';
    } else {
      result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return result;
}

/// The beginning of `text` without half a UTF-8 character at its end.
std::string_view beginning(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return text.substr(0, bytes);
}

std::string escaped_slashes(std::string_view segment) {
  std::string result;
  for (const char c : segment) {
    if (c == '/') {
      result += "%2F";
    } else {
      result += c;
    }
  }
  return result;
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t word = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) word = (word << 8U) | static_cast<unsigned char>(bytes[i]);
  return word;
}

std::uint32_t mixed(std::uint32_t h) {
  h ^= h >> 16U;
  h *= 0x85EBCA6BU;
  h ^= h >> 13U;
  h *= 0xC2B2AE35U;
  h ^= h >> 16U;
  return h;
}

/// MurmurHash 3 in the variant with two 32-bit halves that the service's deployments use, with seed 0.
std::uint64_t murmur_hash(std::string_view data) {
  constexpr std::uint32_t kFirst = 0x239B961BU;
  constexpr std::uint32_t kSecond = 0xAB0E9789U;
  std::uint32_t h1 = 0;
  std::uint32_t h2 = 0;
  const auto length = static_cast<std::uint32_t>(data.size());
  for (; data.size() >= 8; data.remove_prefix(8)) {
    h1 ^= std::rotl(little_endian(data.substr(0, 4)) * kFirst, 15) * kSecond;
    h1 = (std::rotl(h1, 19) + h2) * 5 + 0x561CCD1BU;
    h2 ^= std::rotl(little_endian(data.substr(4, 4)) * kSecond, 17) * kFirst;
    h2 = (std::rotl(h2, 13) + h1) * 5 + 0x0BCAA747U;
  }
  if (!data.empty()) h1 ^= std::rotl(little_endian(data.substr(0, 4)) * kFirst, 15) * kSecond;
  if (data.size() > 4) h2 ^= std::rotl(little_endian(data.substr(4)) * kSecond, 17) * kFirst;
  h1 ^= length;
  h2 ^= length;
  h1 += h2;
  h2 += h1;
  h1 = mixed(h1);
  h2 = mixed(h2);
  h1 += h2;
  h2 += h1;
  return (std::uint64_t{h2} << 32U) | h1;
}

}  // namespace

std::string guid_of(std::string_view joined) {
  const boost::uuids::name_generator_sha1 generate(boost::uuids::string_generator()(kGuidNamespace));
  return boost::uuids::to_string(generate(joined.data(), joined.size()));
}

std::string unique_string_of(std::string_view joined) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  constexpr std::size_t kCharacters = 13;
  std::uint64_t hash = murmur_hash(joined);
  std::string result;
  for (std::size_t i = 0; i < kCharacters; ++i, hash <<= 5U) result += kAlphabet[static_cast<std::size_t>(hash >> 59U)];
  return result;
}

std::string unknown_text(std::string_view name) {
  std::string text = cleaned(name);
  if (text.size() > kMaxNameBytes) {
    text = std::string(beginning(text, kMaxNameBytes / 2)) + "… #" + guid_of(text).substr(0, 13);
  }
  return kUnknownBegin + text + kUnknownEnd;
}

bool has_unknown(std::string_view text) noexcept { return text.find(kUnknownBegin) != std::string_view::npos; }

bool is_unknown(std::string_view text) noexcept {
  return text.size() >= 2 && text.front() == kUnknownBegin && text.find(kUnknownEnd) == text.size() - 1;
}

bool is_unknown(const Json& value) noexcept {
  return value.is_string() && is_unknown(std::string_view(value.get_ref<const std::string&>()));
}

bool has_unknown(const Json& value) noexcept {
  if (value.is_string()) return has_unknown(std::string_view(value.get_ref<const std::string&>()));
  if (!value.is_structured()) return false;
  return std::any_of(value.begin(), value.end(), [](const Json& each) { return has_unknown(each); });
}

std::string name_of(std::string_view text) {
  const std::vector<Piece> pieces = pieces_of(text);
  if (pieces.size() == 1 && pieces.front().is_unknown) return std::string(pieces.front().text);
  std::string name = "concat(";
  for (const Piece& piece : pieces) {
    if (&piece != pieces.data()) name += ", ";
    name += piece.is_unknown ? std::string(piece.text) : in_quotes(piece.text);
  }
  return name + ')';
}

std::string spelled(const Json& value) {
  switch (value.type()) {
    case Json::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      return has_unknown(std::string_view(text)) ? name_of(text) : in_quotes(text);
    }
    case Json::value_t::array: {
      std::string result = "createArray(";
      for (const Json& each : value) {
        if (result.back() != '(') result += ", ";
        result += spelled(each);
      }
      return result + ')';
    }
    case Json::value_t::object: {
      std::string result = "createObject(";
      for (const auto& [key, each] : value.items()) {
        if (result.back() != '(') result += ", ";
        result += in_quotes(key) + ", " + spelled(each);
      }
      return result + ')';
    }
    default:
      return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

std::string shown(std::string_view text) {
  if (!has_unknown(text)) return std::string(text);
  std::string whole = unknown_text(name_of(text));
  whole.front() = '{';
  whole.back() = '}';
  return whole;
}

std::string shown_segment(std::string_view segment) {
  return has_unknown(segment) ? escaped_slashes(shown(segment)) : std::string(segment);
}

std::string shown_id(std::string_view id) {
  if (!has_unknown(id)) return std::string(id);
  if (!id.starts_with('/')) return shown(id);
  std::string result;
  bool inside = false;
  std::size_t begin = 1;
  for (std::size_t i = 1; i <= id.size(); ++i) {
    if (i < id.size() && id[i] == kUnknownBegin) inside = true;
    if (i < id.size() && id[i] == kUnknownEnd) inside = false;
    if (i < id.size() && (inside || id[i] != '/')) continue;
    const std::string_view segment = id.substr(begin, i - begin);
    result += '/' + shown_segment(segment);
    begin = i + 1;
  }
  return result;
}

const Json* find_member(const Json& object, std::string_view key) noexcept {
  if (!object.is_object()) return nullptr;
  if (const auto exact = object.find(key); exact != object.end()) return &*exact;
  for (auto each = object.begin(); each != object.end(); ++each) {
    if (model::equal_ignoring_case(each.key(), key)) return &*each;
  }
  return nullptr;
}

const Json& member(const Json& object, std::string_view key) noexcept {
  const Json* found = find_member(object, key);
  static const Json kNothing;
  return found == nullptr ? kNothing : *found;
}

std::string text_or_empty(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

std::vector<std::string> segments_of(std::string_view text) {
  std::vector<std::string> segments(1);
  bool inside = false;
  for (const char c : text) {
    if (c == kUnknownBegin) inside = true;
    if (c == kUnknownEnd) inside = false;
    if (c == '/' && !inside) {
      segments.emplace_back();
    } else {
      segments.back() += c;
    }
  }
  return segments;
}

std::string text_of_scalar(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_null()) return {};
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace acrbiter::parser::arm
