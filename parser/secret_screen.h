// What of a file's text may stand in an error message. Private to parser/*.cc.
//
// Exports hold passwords beside what is wanted, and an excerpt is printed exactly where a file is damaged. So nothing
// is shown because it looks harmless: strings are shown under the keys of which it is known that no secret stands
// there, and behind the first byte that is not JSON only brackets and known keys are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace acrbiter::parser {

/// Follows the text of a file from its beginning.
class SecretScreen {
 public:
  /// Reads on.
  void take(std::string_view text) { run(text, nullptr); }
  /// The text that follows with `*` for each byte that may be of a secret; of the same size. Reads nothing.
  [[nodiscard]] std::string shown(std::string_view text) const;

 private:
  enum class Expect : std::uint8_t { Document, Value, ValueOrEnd, KeyOrEnd, Key, Colon, CommaOrEnd, Nothing };
  /// What is known of the values under a key.
  struct Trust {
    bool secret = false;    ///< of the key, or of one around it
    bool harmless = false;  ///< texts under it may be shown
  };
  struct Container {
    bool is_object = false;
    Trust trust;  ///< of its elements; an object's members have their own
  };

  void run(std::string_view text, std::string* out);
  /// Takes a byte outside of strings and words; false: it is none that JSON has there.
  bool take_mark(char c);
  bool begins_value();
  void open(bool is_object);
  bool close(bool is_object);
  [[nodiscard]] Trust trust_of(std::string_view key) const;
  [[nodiscard]] Trust around() const { return open_.empty() ? Trust{} : open_.back().trust; }
  [[nodiscard]] std::string show_string(std::string_view content, std::string_view behind) const;
  [[nodiscard]] bool shows_word(std::string_view word) const;
  void end_string();

  std::vector<Container> open_;
  Expect expect_ = Expect::Document;
  Trust member_;  ///< of the key that was read last
  bool document_seen_ = false;
  bool in_string_ = false, is_key_ = false, escaped_ = false;
  std::string content_;  ///< of the string that is being read, as much as keys have
  std::string word_;     ///< a number or name that is being read
};

/// A JSON pointer with `*` for the keys in it that may themselves be secrets.
[[nodiscard]] std::string shown_pointer(std::string_view pointer);

/// An expression of a template without its longer literals.
[[nodiscard]] std::string without_literals(std::string_view expression);

}  // namespace acrbiter::parser
