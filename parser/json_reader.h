// One JSON document off an input, value by value into an arena, with every bound that hostile input needs.
#pragma once

#include <cstddef>
#include <optional>

#include "model/result.h"
#include "parser/input.h"
#include "parser/value_arena.h"

namespace acrbiter::parser {

struct JsonLimits {
  std::size_t max_depth = 256;
  std::size_t max_arena_bytes = std::size_t{1} << 29U;  ///< of what is kept at one time
};

/// Sees a document while it is read. The arena holds what was read and not dropped by `on_value`.
class DocumentListener {
 public:
  DocumentListener() = default;
  DocumentListener(const DocumentListener&) = delete;
  DocumentListener& operator=(const DocumentListener&) = delete;
  virtual ~DocumentListener() = default;

  /// Values at this depth or nearer to the root are told to `on_value`.
  static constexpr std::size_t kWatchedDepth = 3;
  enum class Next { KeepReading, SkipTheRest };

  /// A value is complete; `depth` containers are open around it. With SkipTheRest nothing further of this document is
  /// stored or told, but its syntax is still checked.
  virtual Next on_value(std::size_t depth) = 0;
};

/// Reads one document from `text`, which must not be at its end, into `arena` (cleared first). Stops behind it.
/// Returns what is wrong with it: syntax, an encoding error, a repeated key, too deep, too large, a number out of
/// range. The diagnostics have a pointer and a span but no file and line yet (see `locate`).
[[nodiscard]] std::vector<model::Diagnostic> read_document(InputText& text, ValueArena& arena, const JsonLimits& limits,
                                                           DocumentListener& listener);
/// The same, and everything is kept.
[[nodiscard]] std::vector<model::Diagnostic> read_document(InputText& text, ValueArena& arena,
                                                           const JsonLimits& limits = {});

}  // namespace acrbiter::parser
