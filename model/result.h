// What a reader returns: a value, or every problem that it found.
#pragma once

#include <cassert>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace acrbiter::model {

/// Half-open range of bytes [begin, end) in the text that the context names.
struct SourceSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const SourceSpan&, const SourceSpan&) = default;
};

/// One problem in an input: what it is, where it stands, what to do about it.
struct Diagnostic {
  std::string message;             ///< lower case, no full stop, user input in backticks, one line
  std::string file;                ///< path as given, empty where there is none
  std::string pointer;             ///< JSON pointer of the value, e.g. "/value/3/properties/condition"
  std::optional<SourceSpan> span;  ///< bytes inside the file, or inside that value where it has its own grammar
  std::size_t line = 0;            ///< 1-based line of `span.begin`; 0 = unknown
  std::size_t column = 0;          ///< 1-based column, counted in characters (UTF-8 code points); 0 = unknown
  std::string excerpt;             ///< the line of text that holds the span, at most 160 bytes, for the caret
  std::string help;                ///< what to do; may be empty
  std::size_t caret = 0;           ///< 1-based character of `excerpt` under which the span begins; 0 = unknown
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// Either a `T` or an `E`. The names are those of std::expected, which C++20 lacks.
template <class T, class E>
class [[nodiscard]] Expected {
 public:
  Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  /// A value made in place from `args`.
  template <class... Args>
  explicit Expected(std::in_place_t /*value*/, Args&&... args)
      : state_(std::in_place_index<0>, std::forward<Args>(args)...) {}
  static Expected failure(E error) { return Expected(std::in_place_index<1>, std::move(error)); }

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(value()); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }
  [[nodiscard]] T& value() {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const E& error() const {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  template <std::size_t I, class V>
  Expected(std::in_place_index_t<I> index, V value) : state_(index, std::move(value)) {}
  std::variant<T, E> state_;
};

/// A value, or all problems found (never only the first).
template <class T>
using Result = Expected<T, std::vector<Diagnostic>>;

}  // namespace acrbiter::model
