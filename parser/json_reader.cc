#include "parser/json_reader.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "model/text_position.h"
#include "parser/secret_screen.h"

namespace acrbiter::parser {

namespace {

using Json = nlohmann::json;

/// Length of the run of printable ASCII at the start of `text` that stands in a JSON string as it is: neither a
/// quotation mark nor a backslash.
std::size_t plain_run(std::string_view text) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighBits = kOnes * 0x80;
  std::size_t i = 0;
  for (; i + sizeof(std::uint64_t) <= text.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + i, sizeof bytes);
    // The high bit of a byte ends up set if it was set or if the byte is below 0x20, '"' or '\\'.
    const std::uint64_t special =
        bytes | (bytes - kOnes * 0x20) | ((bytes ^ kOnes * '"') - kOnes) | ((bytes ^ kOnes * '\\') - kOnes);
    if ((special & kHighBits) != 0) break;
  }
  while (i < text.size() && text[i] >= 0x20 && text[i] < 0x7F && text[i] != '"' && text[i] != '\\') ++i;
  return i;
}

/// The bytes of an input as nlohmann gets to see them. nlohmann takes text byte by byte, and strings are most of an
/// export. So a string that needs neither decoding nor checking is taken out here and its quotation marks are left:
/// nlohmann reads an empty string, and the handler asks for what stood in it. Everything else nlohmann reads itself.
class TokenBytes {
 public:
  explicit TokenBytes(InputText& text) : text_(text) {}
  TokenBytes(const TokenBytes&) = delete;
  TokenBytes& operator=(const TokenBytes&) = delete;

  [[nodiscard]] bool at_end() { return text_.at_end(); }
  [[nodiscard]] char front() const noexcept { return text_.front(); }
  void advance() {
    const char taken = text_.front();
    text_.advance();
    switch (place_) {
      case Place::Outside:
        if (taken == '"') open_string();
        break;
      case Place::InString:
        if (taken == '"') place_ = Place::Outside;
        if (taken == '\\') place_ = Place::BehindBackslash;
        break;
      case Place::BehindBackslash:
        place_ = Place::InString;
        break;
    }
  }

  /// The content of the string that nlohmann has just read as `read`; valid until the next byte is taken.
  [[nodiscard]] std::string_view content(const std::string& read) const noexcept {
    return taken_out_.empty() ? std::string_view(read) : taken_out_;
  }

 private:
  /// Of the next byte. Only a string can hold quotation marks: elsewhere each one opens a string or ends the reading.
  enum class Place : std::uint8_t { Outside, InString, BehindBackslash };

  void open_string() {
    place_ = Place::InString;
    taken_out_ = {};
    const std::string_view rest = text_.rest_of_window();
    const std::size_t size = plain_run(rest);
    if (size == rest.size() || rest[size] != '"') return;
    taken_out_ = rest.substr(0, size);
    text_.advance(size);
  }

  InputText& text_;
  Place place_ = Place::Outside;
  std::string_view taken_out_;  ///< of the last string; empty if it was left in, or holds nothing
};

/// For nlohmann: two iterators, of which only the first ever moves.
class ByteIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  ByteIterator() = default;
  explicit ByteIterator(TokenBytes& bytes) : bytes_(&bytes) {}
  char operator*() const { return bytes_->front(); }
  ByteIterator& operator++() {
    bytes_->advance();
    return *this;
  }
  ByteIterator operator++(int) {
    ByteIterator old = *this;
    ++*this;
    return old;
  }
  friend bool operator==(const ByteIterator& a, const ByteIterator& /*end*/) { return a.bytes_->at_end(); }

 private:
  TokenBytes* bytes_ = nullptr;
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
  Handler(InputText& text, const TokenBytes& bytes, ValueArena& arena, const JsonLimits& limits,
          DocumentListener& listener)
      : text_(text), bytes_(bytes), arena_(arena), limits_(limits), listener_(listener) {}

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
  bool string(const std::string& read) {
    const std::string_view value = bytes_.content(read);
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
  bool key(const std::string& read) {
    if (skipping_) return true;
    const std::string_view name = bytes_.content(read);
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

  void add(std::string message, std::uint64_t at, std::string help = {}, const std::string& pointer = {}) {
    if (problems_.size() == kMaxProblems) return;
    model::Diagnostic& problem = problems_.emplace_back();
    problem.message = std::move(message);
    problem.help = std::move(help);
    problem.pointer = shown_pointer(pointer.empty() ? here() : pointer);
    problem.span = model::SourceSpan{.begin = static_cast<std::size_t>(at), .end = static_cast<std::size_t>(at)};
  }
  /// Pointer of the innermost container that is open.
  [[nodiscard]] std::string here() const {
    if (skipping_ || arena_.depth() == 0) return {};
    return arena_.at(arena_.open_container(arena_.depth() - 1)).pointer();
  }
  void report_repeated(Value member, std::string_view name) {
    const std::string pointer = member.pointer();
    const bool may_be_secret = shown_pointer(pointer) != pointer;
    add((may_be_secret ? "a key" : "the key " + model::quoted(name)) + " occurs twice in one object", position(),
        "only one of the two can be meant: correct the file or export it again", pointer);
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
  const TokenBytes& bytes_;
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
  TokenBytes bytes(text);
  Handler handler(text, bytes, arena, limits, listener);
  constexpr bool kWholeInput = false;
  Json::sax_parse(ByteIterator(bytes), ByteIterator(bytes), &handler, Json::input_format_t::json, kWholeInput);
  std::vector<model::Diagnostic> problems = handler.take_problems();
  return problems;
}

std::vector<model::Diagnostic> read_document(InputText& text, ValueArena& arena, const JsonLimits& limits) {
  class KeepAll : public DocumentListener {
    Next on_value(std::size_t /*depth*/) override { return Next::KeepReading; }
  };
  KeepAll listener;
  return read_document(text, arena, limits, listener);
}

}  // namespace acrbiter::parser
