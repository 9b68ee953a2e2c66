#include "parser/value_arena.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "model/ascii.h"

namespace acrbiter::parser {

namespace {

/// `text` as one reference token of a JSON pointer (RFC 6901).
std::string pointer_token(std::string_view text) {
  std::string token;
  for (const char c : text) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

/// Cheap and good enough to tell the keys of one object apart.
constexpr std::size_t key_hash(std::string_view key) noexcept {
  if (key.empty()) return 0;
  const auto byte = [](char c) { return static_cast<std::size_t>(static_cast<unsigned char>(c)); };
  return key.size() + byte(key.front()) * 7 + byte(key.back()) * 31 + byte(key[key.size() / 2]) * 13;
}

}  // namespace

// ---- filling ------------------------------------------------------------------------------------------------

ValueArena::Node ValueArena::key(std::string_view text, std::uint64_t offset) {
  pending_key_begin_ = static_cast<std::uint32_t>(text_.size());
  pending_key_size_ = static_cast<std::uint32_t>(text.size());
  pending_key_offset_ = offset;
  text_ += text;
  Open& object = open_.back();
  const std::uint64_t bit = std::uint64_t{1} << (key_hash(text) % 64);
  if ((object.seen_keys & bit) == 0) {
    object.seen_keys |= bit;
    return kNoNode;
  }
  const auto count = static_cast<Node>(nodes_.size());
  std::uint32_t checked = 0;
  for (Node n = object.node + 1; n < count && checked < kCheckedKeys; n = nodes_[n].end, ++checked) {
    if (key_of(nodes_[n]) == text) return n;
  }
  return kNoNode;
}

ValueArena::Record& ValueArena::add(ValueKind kind, std::uint64_t offset) {
  const Node node = static_cast<Node>(nodes_.size());
  Record& record = nodes_.emplace_back();
  record.kind = kind;
  record.end = node + 1;
  record.offset = offset;
  if (pending_key_offset_) {
    record.key_begin = pending_key_begin_;
    record.key_size = pending_key_size_;
    record.offset = *pending_key_offset_;
    pending_key_offset_.reset();
  }
  if (!open_.empty()) {
    record.parent = open_.back().node;
    record.index = static_cast<std::uint32_t>(nodes_[record.parent].payload++);
  }
  return record;
}

void ValueArena::add_boolean(bool value, std::uint64_t offset) { add(ValueKind::Boolean, offset).payload = value; }

void ValueArena::add_number(double value, std::uint64_t offset) {
  add(ValueKind::Number, offset).payload = std::bit_cast<std::uint64_t>(value);
}

void ValueArena::add_string(std::string_view text, std::uint64_t offset) {
  const std::uint64_t begin = text_.size();
  text_ += text;
  add(ValueKind::String, offset).payload = begin << 32U | text.size();
}

void ValueArena::open(ValueKind array_or_object, std::uint64_t offset) {
  add(array_or_object, offset).end = kNoNode;
  open_.push_back({.node = static_cast<Node>(nodes_.size() - 1), .text_begin = text_.size()});
}

ValueArena::Node ValueArena::close() {
  assert(!open_.empty());
  const Node node = open_.back().node;
  open_.pop_back();
  nodes_[node].end = static_cast<std::uint32_t>(nodes_.size());
  return node;
}

// ---- what is there ------------------------------------------------------------------------------------------

ValueArena::Node ValueArena::repeated_key(Node object) const {
  std::vector<Node> members;
  for (Node n = object + 1; n < end_of(nodes_[object]); n = nodes_[n].end) members.push_back(n);
  std::sort(members.begin(), members.end(), [this](Node a, Node b) {
    const int order = key_of(nodes_[a]).compare(key_of(nodes_[b]));
    return order != 0 ? order < 0 : a < b;
  });
  const auto same = std::adjacent_find(members.begin(), members.end(),
                                       [this](Node a, Node b) { return key_of(nodes_[a]) == key_of(nodes_[b]); });
  return same == members.end() ? kNoNode : *(same + 1);
}

// ---- reshaping ----------------------------------------------------------------------------------------------

void ValueArena::drop_children() {
  nodes_.resize(open_.back().node + 1);
  text_.resize(open_.back().text_begin);
}

void ValueArena::clear() {
  nodes_.clear();
  text_.clear();
  open_.clear();
  pending_key_offset_.reset();
}

void ValueArena::name_elements(const Value& array, const std::vector<Value>& names) {
  Record& row = nodes_[array.node_];
  row.kind = ValueKind::Object;
  std::size_t i = 0;
  for (Node n = array.node_ + 1; n < end_of(row) && i < names.size(); n = nodes_[n].end, ++i) {
    if (!names[i].is_string()) continue;
    const std::uint64_t text = nodes_[names[i].node_].payload;
    nodes_[n].key_begin = static_cast<std::uint32_t>(text >> 32U);
    nodes_[n].key_size = static_cast<std::uint32_t>(text);
  }
}

// ---- Value --------------------------------------------------------------------------------------------------

ValueKind Value::kind() const noexcept { return arena_ == nullptr ? ValueKind::Absent : arena_->nodes_[node_].kind; }

bool Value::is_none() const noexcept {
  switch (kind()) {
    case ValueKind::Absent:
    case ValueKind::Null:
      return true;
    case ValueKind::String:
      return text().empty();
    default:
      return false;
  }
}

std::string_view Value::text() const noexcept {
  if (kind() != ValueKind::String) return {};
  const std::uint64_t payload = arena_->nodes_[node_].payload;
  return {arena_->text_.data() + (payload >> 32U), payload & 0xFFFFFFFFU};
}

std::optional<bool> Value::boolean() const noexcept {
  if (kind() != ValueKind::Boolean) return std::nullopt;
  return arena_->nodes_[node_].payload != 0;
}

std::optional<double> Value::number() const noexcept {
  if (kind() != ValueKind::Number) return std::nullopt;
  return std::bit_cast<double>(arena_->nodes_[node_].payload);
}

Value Value::operator[](std::string_view key) const noexcept {
  if (kind() != ValueKind::Object) return {};
  const auto& nodes = arena_->nodes_;
  const std::uint32_t end = arena_->end_of(nodes[node_]);
  for (std::uint32_t n = node_ + 1; n < end; n = arena_->end_of(nodes[n])) {
    if (nodes[n].key_size == key.size() && model::equal_ignoring_case(arena_->key_of(nodes[n]), key))
      return {arena_, n};
  }
  return {};
}

Value Value::property(std::string_view key) const noexcept {
  const Value nested = (*this)["properties"][key];
  return nested.is_absent() ? (*this)[key] : nested;
}

std::size_t Value::size() const noexcept {
  std::size_t n = 0;
  for (auto it = begin(); it != end(); ++it) ++n;
  return n;
}

std::size_t Value::size_as_read() const noexcept {
  return is_array() || is_object() ? static_cast<std::size_t>(arena_->child_count(node_)) : 0;
}

Value::Iterator Value::begin() const noexcept {
  return is_array() || is_object() ? Iterator(arena_, node_ + 1) : Iterator(arena_, node_);
}

Value::Iterator Value::end() const noexcept {
  return is_array() || is_object() ? Iterator(arena_, arena_->end_of(arena_->nodes_[node_])) : Iterator(arena_, node_);
}

Value::Iterator& Value::Iterator::operator++() noexcept {
  node_ = arena_->end_of(arena_->nodes_[node_]);
  return *this;
}

std::string_view Value::key() const noexcept {
  return arena_ == nullptr ? std::string_view() : arena_->key_of(arena_->nodes_[node_]);
}

std::uint64_t Value::offset() const noexcept { return arena_ == nullptr ? 0 : arena_->nodes_[node_].offset; }

std::string Value::pointer() const {
  if (arena_ == nullptr) return {};
  const auto& nodes = arena_->nodes_;
  std::vector<std::uint32_t> path;
  for (std::uint32_t n = node_; nodes[n].parent != ValueArena::kNoNode; n = nodes[n].parent) path.push_back(n);
  std::string pointer;
  for (auto it = path.rbegin(); it != path.rend(); ++it) {
    const auto& record = nodes[*it];
    pointer += '/';
    pointer += nodes[record.parent].kind == ValueKind::Object ? pointer_token(arena_->key_of(record))
                                                              : std::to_string(record.index);
  }
  return pointer;
}

}  // namespace acrbiter::parser
