// Batches: input taken line by line, output written line by line.
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "cli/command.h"

namespace acrbiter::cli {

/// Calls `each` for every line of `path` ("-": `streams.in`) that is not blank, without its line end and without a byte
/// order mark; stops early when the output can take no more. A line longer than `limit` bytes is handed over cut to
/// `limit` + 1. Returns false, having said why on `streams.err`, if `path` cannot be read.
[[nodiscard]] bool for_each_line(const std::string& path, std::size_t limit, const Invocation& invocation,
                                 const std::function<void(std::string_view)>& each);

/// The whole of a file ("-": `streams.in`), at most `limit` bytes; says why on `streams.err` if it cannot be had, and
/// `if_longer` to whoever has a longer one.
[[nodiscard]] std::optional<std::string> read_text(const std::string& path, std::size_t limit,
                                                   const Invocation& invocation, std::string_view if_longer = {});

/// How a batch prints its answers: one per line, or one JSON list.
class AnswerList {
 public:
  AnswerList(std::ostream& out, bool as_list) : out_(out), as_list_(as_list) {}
  void add(std::string_view answer);
  void finish();

 private:
  std::ostream& out_;
  bool as_list_;
  bool empty_ = true;
};

}  // namespace acrbiter::cli
