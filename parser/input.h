// The bytes of one input as UTF-8 text, in chunks: opens files without blocking, unpacks gzip, decodes UTF-16.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.h"

namespace acrbiter::parser {

/// What may be read: a file (nothing else: no FIFO, socket, device or folder), or text in memory.
class InputText {
 public:
  /// Fails if the file cannot be opened or is not a regular file; never waits for one.
  [[nodiscard]] static model::Expected<InputText, model::Diagnostic> open_file(const std::string& path);
  /// `bytes` must outlive the result.
  [[nodiscard]] static InputText from_memory(std::string_view bytes);

  InputText(InputText&&) noexcept;
  InputText& operator=(InputText&&) noexcept;
  ~InputText();

  /// The next byte without taking it; nothing at the end or after a problem.
  [[nodiscard]] bool at_end() { return begin_ == end_ && !refill(); }
  [[nodiscard]] char front() const noexcept { return *begin_; }
  /// Takes `bytes` of what is at hand.
  void advance(std::size_t bytes = 1) noexcept { begin_ += bytes; }
  /// What is at hand without reading on; may be empty before the end.
  [[nodiscard]] std::string_view rest_of_window() const noexcept {
    return {begin_, static_cast<std::size_t>(end_ - begin_)};
  }
  /// What is at hand of the text, from the next byte on. Empty only at the end.
  [[nodiscard]] std::string_view window();

  /// Bytes of text taken so far: the position of the next byte.
  [[nodiscard]] std::uint64_t offset() const noexcept {
    return window_offset_ + static_cast<std::uint64_t>(begin_ - window_begin_);
  }
  /// Size of what is read, before unpacking.
  [[nodiscard]] std::uint64_t raw_size() const noexcept;
  /// Why the text ends too early: a read error, broken gzip data, an encoding that is none, more than `limit` bytes.
  [[nodiscard]] const std::optional<std::string>& problem() const noexcept { return problem_; }
  void set_limit(std::uint64_t bytes) noexcept { limit_ = bytes; }
  /// Called before each further chunk with the raw bytes read so far.
  void set_progress(std::function<void(std::uint64_t raw_bytes)> progress) { progress_ = std::move(progress); }

 private:
  struct Stages;
  explicit InputText(std::unique_ptr<Stages> stages);
  bool refill();

  const char* begin_ = nullptr;
  const char* end_ = nullptr;
  const char* window_begin_ = nullptr;
  std::uint64_t window_offset_ = 0;
  std::uint64_t limit_ = UINT64_MAX;
  std::unique_ptr<Stages> stages_;
  std::optional<std::string> problem_;
  std::function<void(std::uint64_t)> progress_;
};

/// Fills line, column, excerpt and caret of each diagnostic that has a span, in one pass over `text`. What may be of a
/// secret is blanked in the excerpt, see parser/secret_screen.h.
void locate(InputText text, const std::vector<model::Diagnostic*>& diagnostics);

}  // namespace acrbiter::parser
