#include "cli/json_reader.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/excerpt.h"
#include "cli/report/text.h"

namespace acrbiter::cli {
namespace {

using nlohmann::json;

/// Goes over a text and says how far anybody has come, as nlohmann's events do not.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char*& furthest) : at_(at), furthest_(&furthest) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *furthest_ = std::max(*furthest_, ++at_);
    return *this;
  }
  Cursor operator++(int) {
    const Cursor before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Cursor& a, const Cursor& b) { return a.at_ == b.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

/// Builds the tree from nlohmann's events; stops at the first problem.
class JsonBuilder : public nlohmann::json_sax<json> {
 public:
  bool null() override { return add({}); }
  bool boolean(bool value) override { return add({.type = JsonValue::Type::Boolean, .boolean = value}); }
  bool number_integer(number_integer_t value) override {
    return add({.type = JsonValue::Type::Number, .number = static_cast<double>(value), .text = std::to_string(value)});
  }
  bool number_unsigned(number_unsigned_t value) override {
    return add({.type = JsonValue::Type::Number, .number = static_cast<double>(value), .text = std::to_string(value)});
  }
  bool number_float(number_float_t value, const string_t& text) override {
    return add({.type = JsonValue::Type::Number, .number = value, .text = text});
  }
  bool string(string_t& value) override { return add({.type = JsonValue::Type::String, .text = std::move(value)}); }
  bool binary(binary_t&) override { return false; }  // JSON text has none
  bool start_object(std::size_t) override { return open(JsonValue::Type::Object); }
  bool start_array(std::size_t) override { return open(JsonValue::Type::Array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (!names_.back().insert(name).second) {
      problem_ = fmt::format("the member `{}` occurs twice", report::escape(name));
      return false;
    }
    name_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    position_ = position;
    problem_ = error.what();
    return false;
  }

  [[nodiscard]] JsonValue take() && { return std::move(root_); }
  /// What went wrong, in nlohmann's words or ours, and the number of bytes read until then, if known.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] std::optional<std::size_t> position() const noexcept { return position_; }

 private:
  bool add(JsonValue value) { return place(std::move(value)) != nullptr; }

  bool open(JsonValue::Type type) {
    if (open_.size() == kMaxJsonDepth) {
      problem_ = fmt::format("nested deeper than {} levels", kMaxJsonDepth);
      return false;
    }
    open_.push_back(place({.type = type}));
    names_.emplace_back();
    return true;
  }

  bool close() {
    open_.pop_back();
    names_.pop_back();
    return true;
  }

  /// Pointers to open values stay valid: only the innermost one grows.
  JsonValue* place(JsonValue value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    JsonValue& parent = *open_.back();
    if (parent.type == JsonValue::Type::Array) return &parent.items.emplace_back(std::move(value));
    return &parent.members.emplace_back(std::move(name_), std::move(value)).second;
  }

  JsonValue root_;
  std::vector<JsonValue*> open_;
  std::vector<std::unordered_set<std::string>> names_;  ///< of the members of each open value
  std::string name_;
  std::string problem_;
  std::optional<std::size_t> position_;
};

/// nlohmann says "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing value -
/// unexpected …; last read: '…'; expected …": what follows the place is kept.
std::string shorten(std::string_view what) {
  if (const auto place = what.find("column "); place != std::string_view::npos) {
    if (const auto colon = what.find(": ", place); colon != std::string_view::npos) what.remove_prefix(colon + 2);
  } else if (const auto bracket = what.find("] "); bracket != std::string_view::npos) {
    what.remove_prefix(bracket + 2);
  }
  if (const auto dash = what.find(" - "); dash != std::string_view::npos && what.starts_with("syntax error")) {
    what.remove_prefix(dash + 3);
  }
  std::string result = report::escape(what.substr(0, 200));
  return "not JSON: " + result;
}

/// Finds values in JSON that is known to be valid, without reading more of it than goes before them.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// Where the value begins. Names that are written with escapes are not found.
  std::optional<std::size_t> find(std::string_view pointer) {
    blanks();
    while (!pointer.empty()) {
      pointer.remove_prefix(1);  // the slash
      const std::string_view token = pointer.substr(0, pointer.find('/'));
      pointer.remove_prefix(token.size());
      if (!enter(token)) return std::nullopt;
    }
    return at_;
  }

 private:
  [[nodiscard]] char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void blanks() {
    while (here() == ' ' || here() == '\t' || here() == '\n' || here() == '\r') ++at_;
  }

  /// Goes to the member of that name, or the item of that number.
  bool enter(std::string_view token) {
    const bool object = here() == '{';
    if (!object && here() != '[') return false;
    for (std::size_t place = 0;; ++place) {
      ++at_;  // the bracket or the comma
      blanks();
      if (here() == '}' || here() == ']' || here() == '\0') return false;
      bool found = !object && token == std::to_string(place);
      if (object) {
        const std::size_t begin = at_ + 1;
        string();
        found = text_.substr(begin, at_ - 1 - begin) == token;
        blanks();
        ++at_;  // the colon
        blanks();
      }
      if (found) return true;
      value();
      blanks();
      if (here() != ',') return false;
    }
  }

  void string() {
    for (++at_; here() != '"' && at_ < text_.size(); ++at_) {
      if (here() == '\\') ++at_;
    }
    ++at_;
  }

  /// Goes past a value of any kind.
  void value() {
    std::size_t open = 0;
    do {
      const char c = here();
      if (c == '"') {
        string();
      } else if (c == '{' || c == '[') {
        ++open;
        ++at_;
      } else if (c == '}' || c == ']') {
        if (open == 0) return;
        --open;
        ++at_;
      } else if (open == 0 && c == ',') {
        return;
      } else {
        ++at_;
        continue;  // in a number or a word, or between values
      }
      if (open == 0) return;
    } while (at_ < text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const noexcept {
  const auto found = std::find_if(members.begin(), members.end(), [name](const auto& m) { return m.first == name; });
  return found == members.end() ? nullptr : &found->second;
}

std::string_view describe(JsonValue::Type type) noexcept {
  switch (type) {
    case JsonValue::Type::Null:
      return "null";
    case JsonValue::Type::Boolean:
      return "true or false";
    case JsonValue::Type::Number:
      return "a number";
    case JsonValue::Type::String:
      return "a string";
    case JsonValue::Type::Array:
      return "a list";
    case JsonValue::Type::Object:
      return "an object";
  }
  return "";
}

model::Result<JsonValue> read_json(std::string_view text, std::size_t most_bytes) {
  model::Diagnostic problem;
  if (text.size() > most_bytes) {
    problem.message = fmt::format("longer than {} MiB", most_bytes >> 20U);
    return model::Result<JsonValue>::failure({std::move(problem)});
  }
  JsonBuilder builder;
  const char* read = text.data();
  if (json::sax_parse(Cursor(text.data(), read), Cursor(text.data() + text.size(), read), &builder))
    return std::move(builder).take();
  problem.message = builder.position() ? shorten(builder.problem()) : builder.problem();
  const std::size_t end = builder.position().value_or(static_cast<std::size_t>(read - text.data()));
  locate(problem, text, std::max<std::size_t>(end, 1) - 1);
  return model::Result<JsonValue>::failure({std::move(problem)});
}

void locate_value(model::Diagnostic& problem, std::string_view text) {
  if (const auto place = Scanner(text).find(problem.pointer)) locate(problem, text, *place);
}

}  // namespace acrbiter::cli
