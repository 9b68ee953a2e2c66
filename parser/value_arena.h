// The flat store behind parser::Value: one JSON document, or as much of it as is kept at a time.
//
// Nodes stand in document order, each container before its children, so a subtree is a range of nodes. Text
// (keys and strings) is one buffer. Nothing is freed one by one: `drop_children` and `clear` drop everything from a
// point on and keep the memory for the next list element.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parser/value.h"

namespace acrbiter::parser {

class ValueArena {
 public:
  using Node = std::uint32_t;
  static constexpr Node kNoNode = 0xFFFFFFFF;

  // ---- filling; the caller keeps the order of a JSON document ----------------------------------------------

  /// The key of the value added next; `offset` is where it starts, in bytes of the document's text. Returns the earlier
  /// member of this object with exactly the same key, if there is one among its first kCheckedKeys members;
  /// `repeated_key` checks longer objects when they are closed.
  Node key(std::string_view text, std::uint64_t offset);
  static constexpr std::uint32_t kCheckedKeys = 48;
  void add_null(std::uint64_t offset) { add(ValueKind::Null, offset); }
  void add_boolean(bool value, std::uint64_t offset);
  void add_number(double value, std::uint64_t offset);
  void add_string(std::string_view text, std::uint64_t offset);
  void open(ValueKind array_or_object, std::uint64_t offset);
  /// Closes the innermost open container and returns its node.
  Node close();

  // ---- what is there --------------------------------------------------------------------------------------

  [[nodiscard]] Value root() const noexcept { return nodes_.empty() ? Value() : Value(this, 0); }
  [[nodiscard]] Value at(Node node) const noexcept { return {this, node}; }
  /// Open containers, outermost first.
  [[nodiscard]] std::size_t depth() const noexcept { return open_.size(); }
  [[nodiscard]] Node open_container(std::size_t level) const noexcept { return open_[level].node; }
  /// Bytes in use, for bounds.
  [[nodiscard]] std::size_t bytes() const noexcept { return nodes_.size() * sizeof(Record) + text_.size(); }
  /// Children of a container, those that were dropped included.
  [[nodiscard]] std::uint64_t child_count(Node container) const noexcept { return nodes_[container].payload; }
  /// The later of two members of `object` with exactly the same key, or kNoNode. Costs n log n.
  [[nodiscard]] Node repeated_key(Node object) const;

  // ---- reshaping ------------------------------------------------------------------------------------------

  /// Drops the children of the innermost open container. They still count for the index that `Value::pointer` prints.
  void drop_children();
  void clear();
  /// Turns an array into an object that takes its keys from the strings `names`, one by one (for tables). Both are of
  /// this arena.
  void name_elements(const Value& array, const std::vector<Value>& names);

 private:
  friend class Value;
  friend class Value::Iterator;

  struct Record {
    std::uint64_t payload = 0;  ///< string: begin << 32 | size; number: its bits; boolean: 0 or 1; container: children
    std::uint64_t offset = 0;
    std::uint32_t key_begin = 0;
    std::uint32_t key_size = 0;
    std::uint32_t end = 0;  ///< one past the last node of the subtree; kNoNode while it is open
    Node parent = kNoNode;
    std::uint32_t index = 0;  ///< position among its siblings
    ValueKind kind = ValueKind::Null;
  };

  struct Open {
    Node node = 0;
    std::size_t text_begin = 0;
    std::uint64_t seen_keys = 0;  ///< a bit for each key's hash: most keys are new, and this shows it
  };

  Record& add(ValueKind kind, std::uint64_t offset);
  [[nodiscard]] std::uint32_t end_of(const Record& record) const noexcept {
    return record.end < nodes_.size() ? record.end : static_cast<std::uint32_t>(nodes_.size());
  }
  [[nodiscard]] std::string_view key_of(const Record& record) const noexcept {
    return std::string_view(text_).substr(record.key_begin, record.key_size);
  }

  std::vector<Record> nodes_;
  std::string text_;
  std::vector<Open> open_;
  std::uint32_t pending_key_begin_ = 0;
  std::uint32_t pending_key_size_ = 0;
  std::optional<std::uint64_t> pending_key_offset_;
};

}  // namespace acrbiter::parser
