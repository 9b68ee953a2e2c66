// One JSON value while it is being lowered: a cheap view into the arena of the document being read.
//
// Keys are looked up without letter case, because real exports mix dialects within one object. Views live as
// long as the arena's current document (or list element); lowering copies what it keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acrbiter::parser {

enum class ValueKind : std::uint8_t { Absent, Null, Boolean, Number, String, Array, Object };

class ValueArena;  // parser/value_arena.h: what the SAX handler fills

class Value {
 public:
  Value() = default;  ///< Absent
  Value(const ValueArena* arena, std::uint32_t node) : arena_(arena), node_(node) {}

  [[nodiscard]] ValueKind kind() const noexcept;
  [[nodiscard]] bool is_object() const noexcept { return kind() == ValueKind::Object; }
  [[nodiscard]] bool is_array() const noexcept { return kind() == ValueKind::Array; }
  [[nodiscard]] bool is_string() const noexcept { return kind() == ValueKind::String; }
  /// Absent, null and "" are three spellings of none; only `Absent` means that the export cannot say.
  [[nodiscard]] bool is_absent() const noexcept { return kind() == ValueKind::Absent; }
  [[nodiscard]] bool is_none() const noexcept;

  /// The text of a string; empty for anything else.
  [[nodiscard]] std::string_view text() const noexcept;
  [[nodiscard]] std::optional<bool> boolean() const noexcept;
  [[nodiscard]] std::optional<double> number() const noexcept;

  /// Member by name, compared without letter case; Absent if there is none or this is no object.
  [[nodiscard]] Value operator[](std::string_view key) const noexcept;
  /// The first of `keys` that is present.
  template <class... Keys>
  [[nodiscard]] Value any(std::string_view first, Keys... rest) const noexcept {
    Value v = (*this)[first];
    if constexpr (sizeof...(rest) > 0)
      return v.is_absent() ? any(rest...) : v;
    else
      return v;
  }
  /// `properties.KEY` (REST) or else `KEY` (CLI, PowerShell).
  [[nodiscard]] Value property(std::string_view key) const noexcept;

  /// Children of an array or object, in order.
  [[nodiscard]] std::size_t size() const noexcept;
  /// The same with those that were read and dropped.
  [[nodiscard]] std::size_t size_as_read() const noexcept;
  class Iterator;
  [[nodiscard]] Iterator begin() const noexcept;
  [[nodiscard]] Iterator end() const noexcept;
  /// The key under which an object holds this value; empty for array elements.
  [[nodiscard]] std::string_view key() const noexcept;
  /// JSON pointer from the document's root, e.g. "/value/3/properties".
  [[nodiscard]] std::string pointer() const;
  /// Byte of the document's text at which the value (in an object: its key) starts; 0 for Absent.
  [[nodiscard]] std::uint64_t offset() const noexcept;

 private:
  friend class ValueArena;
  const ValueArena* arena_ = nullptr;
  std::uint32_t node_ = 0;
};

class Value::Iterator {
 public:
  Iterator(const ValueArena* arena, std::uint32_t node) : arena_(arena), node_(node) {}
  [[nodiscard]] Value operator*() const noexcept { return {arena_, node_}; }
  Iterator& operator++() noexcept;
  friend bool operator==(const Iterator& a, const Iterator& b) noexcept { return a.node_ == b.node_; }

 private:
  const ValueArena* arena_;
  std::uint32_t node_;
};

/// True if `object` has a member `key`, whatever it holds.
[[nodiscard]] inline bool has(const Value& object, std::string_view key) noexcept { return !object[key].is_absent(); }

}  // namespace acrbiter::parser
