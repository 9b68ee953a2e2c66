#include "parser/json_reader.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "model/text_position.h"

namespace acrbiter::parser {

namespace {

using Json = nlohmann::json;

/// The bytes of an input as nlohmann reads them: two iterators, of which only the first ever moves.
class ByteIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  ByteIterator() = default;
  explicit ByteIterator(InputText& text) : text_(&text) {}
  char operator*() const { return text_->front(); }
  ByteIterator& operator++() {
    text_->advance();
    return *this;
  }
  ByteIterator operator++(int) {
    ByteIterator old = *this;
    ++*this;
    return old;
  }
  friend bool operator==(const ByteIterator& a, const ByteIterator& /*end*/) { return a.text_->at_end(); }

 private:
  InputText* text_ = nullptr;
};

/// What nlohmann says, without the offending text (which may be secret or long) and in our words where they differ.
std::string reason(std::string_view what, bool& ends_early) {
  const bool open_string = what.find("missing closing quote") != std::string_view::npos;
  ends_early = open_string || what.find("unexpected end of input") != std::string_view::npos;
  constexpr std::string_view kSyntax = "syntax error while parsing ";
  const std::size_t syntax = what.find(kSyntax);
  if (syntax == std::string_view::npos) {
    return what.find("number overflow") != std::string_view::npos ? "a number that is out of range" : "not valid JSON";
  }
  what.remove_prefix(syntax + kSyntax.size());
  const std::size_t dash = what.find(" - ");
  const std::string context(what.substr(0, dash));
  what.remove_prefix(dash == std::string_view::npos ? what.size() : dash + 3);
  constexpr std::string_view kLastRead = "; last read: '";
  std::string expected;
  if (const std::size_t last_read = what.find(kLastRead); last_read != std::string_view::npos) {
    const std::size_t end_quote = what.rfind('\'');
    if (const std::size_t tail = what.find("; expected ", end_quote); tail != std::string_view::npos) {
      expected = what.substr(tail);
    }
    what = what.substr(0, last_read);
  }
  if (open_string) return "the text ends in the middle of a string";
  if (ends_early) return "the text ends in the middle of " + (context == "value" ? "a value" : "an " + context);
  return "not valid JSON: " + std::string(what) + expected;
}

/// Fills the arena from nlohmann's events. Returning false stops the parser.
class Handler {
 public:
  Handler(InputText& text, ValueArena& arena, const JsonLimits& limits, DocumentListener& listener)
      : text_(text), arena_(arena), limits_(limits), listener_(listener) {}

  bool null() {
    if (!skipping_) arena_.add_null(position());
    return scalar();
  }
  bool boolean(bool value) {
    if (!skipping_) arena_.add_boolean(value, position());
    return scalar();
  }
  bool number_integer(Json::number_integer_t value) {
    if (!skipping_) arena_.add_number(static_cast<double>(value), position());
    return scalar();
  }
  bool number_unsigned(Json::number_unsigned_t value) {
    if (!skipping_) arena_.add_number(static_cast<double>(value), position());
    return scalar();
  }
  bool number_float(Json::number_float_t value, const std::string& /*text*/) {
    if (!skipping_) arena_.add_number(value, position());
    return scalar();
  }
  bool string(std::string& value) {
    if (!skipping_) arena_.add_string(value, start_of(value));
    return scalar();
  }
  static bool binary(Json::binary_t& /*value*/) { return false; }
  bool start_object(std::size_t /*count*/) { return open(ValueKind::Object); }
  bool start_array(std::size_t /*count*/) { return open(ValueKind::Array); }
  bool end_object() {
    if (!skipping_) {
      const ValueArena::Node object = arena_.close();
      if (arena_.child_count(object) > ValueArena::kCheckedKeys) {
        if (const auto repeated = arena_.repeated_key(object); repeated != ValueArena::kNoNode) {
          report_repeated(arena_.at(repeated), arena_.at(repeated).key());
        }
      }
    }
    return closed();
  }
  bool end_array() {
    if (!skipping_) arena_.close();
    return closed();
  }
  bool key(std::string& name) {
    if (skipping_) return true;
    if (const auto earlier = arena_.key(name, start_of(name)); earlier != ValueArena::kNoNode) {
      report_repeated(arena_.at(earlier), name);
    }
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*last_token*/, const Json::exception& error) {
    bool ends_early = false;
    std::string message = reason(error.what(), ends_early);
    if (text_.problem()) {
      add(*text_.problem(), position());
    } else if (ends_early) {
      add(std::move(message), position(), "the file is cut off: export it again");
    } else {
      add(std::move(message), position());
    }
    return false;
  }

  [[nodiscard]] std::vector<model::Diagnostic> take_problems() { return std::move(problems_); }

 private:
  /// Problems of one document that are listed; a repeated key in each of a million rows is one fault.
  static constexpr std::size_t kMaxProblems = 20;

  /// The last byte of the current token.
  [[nodiscard]] std::uint64_t position() const { return text_.offset() - (text_.offset() > 0 ? 1 : 0); }
  /// Where a string that was just read starts; with escapes in it, somewhat behind that.
  [[nodiscard]] std::uint64_t start_of(std::string_view string) const {
    return position() - std::min<std::uint64_t>(position(), string.size() + 1);
  }

  void add(std::string message, std::uint64_t at, std::string help = {}, std::string pointer = {}) {
    if (problems_.size() == kMaxProblems) return;
    model::Diagnostic& problem = problems_.emplace_back();
    problem.message = std::move(message);
    problem.help = std::move(help);
    problem.pointer = pointer.empty() ? here() : std::move(pointer);
    problem.span = model::SourceSpan{.begin = static_cast<std::size_t>(at), .end = static_cast<std::size_t>(at)};
  }
  /// Pointer of the innermost container that is open.
  [[nodiscard]] std::string here() const {
    if (skipping_ || arena_.depth() == 0) return {};
    return arena_.at(arena_.open_container(arena_.depth() - 1)).pointer();
  }
  void report_repeated(Value member, std::string_view name) {
    add("the key " + model::quoted(name) + " occurs twice in one object", position(),
        "only one of the two can be meant: correct the file or export it again", member.pointer());
  }

  bool open(ValueKind kind) {
    if (depth_ == limits_.max_depth) {
      add("nested deeper than " + std::to_string(limits_.max_depth) + " levels", position());
      return false;
    }
    ++depth_;
    if (!skipping_) arena_.open(kind, position());
    return true;
  }
  bool closed() {
    --depth_;
    return tell();
  }
  bool scalar() { return tell(); }
  bool tell() {
    if (skipping_) return true;
    if (depth_ <= DocumentListener::kWatchedDepth &&
        listener_.on_value(depth_) == DocumentListener::Next::SkipTheRest) {
      skipping_ = true;
      return true;
    }
    if (arena_.bytes() > limits_.max_arena_bytes) {
      add("one object is larger than can be held at a time (" + std::to_string(limits_.max_arena_bytes) + " bytes)",
          position());
      return false;
    }
    return true;
  }

  InputText& text_;
  ValueArena& arena_;
  const JsonLimits& limits_;
  DocumentListener& listener_;
  std::size_t depth_ = 0;
  bool skipping_ = false;
  std::vector<model::Diagnostic> problems_;
};

}  // namespace

std::vector<model::Diagnostic> read_document(InputText& text, ValueArena& arena, const JsonLimits& limits,
                                             DocumentListener& listener) {
  arena.clear();
  Handler handler(text, arena, limits, listener);
  constexpr bool kWholeInput = false;
  Json::sax_parse(ByteIterator(text), ByteIterator(text), &handler, Json::input_format_t::json, kWholeInput);
  std::vector<model::Diagnostic> problems = handler.take_problems();
  return problems;
}

}  // namespace acrbiter::parser
