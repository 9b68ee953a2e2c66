#include "cli/json_writer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/report/text.h"

namespace acrbiter::cli {

void JsonWriter::new_line() {
  if (layout_ == Layout::OneLine) return;
  text_ += '\n';
  text_.append(2 * filled_.size(), ' ');
}

void JsonWriter::before_value() {
  if (std::exchange(after_key_, false) || filled_.empty()) return;
  if (filled_.back()) text_ += ',';
  filled_.back() = true;
  new_line();
}

JsonWriter& JsonWriter::open(char bracket) {
  before_value();
  text_ += bracket;
  filled_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  const bool filled = filled_.back();
  filled_.pop_back();
  if (filled) new_line();
  text_ += bracket;
  return *this;
}

void JsonWriter::append_string(std::string_view text) {
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (!std::all_of(text.begin(), text.end(), is_plain)) {
    text_ += json_string(text);
    return;
  }
  text_ += '"';
  text_ += text;
  text_ += '"';
}

JsonWriter& JsonWriter::key(std::string_view name) {
  before_value();
  append_string(name);
  text_ += layout_ == Layout::OneLine ? ":" : ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  before_value();
  append_string(text);
  return *this;
}

JsonWriter& JsonWriter::value(bool truth) { return raw(truth ? "true" : "false"); }
JsonWriter& JsonWriter::value(std::uint64_t number) { return raw(std::to_string(number)); }
JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  before_value();
  text_ += json;
  return *this;
}

JsonWriter& JsonWriter::strings(std::string_view name, const std::vector<std::string>& items) {
  key(name).begin_array();
  for (const std::string& item : items) value(item);
  return end_array();
}

std::string json_string(std::string_view text) {
  std::string result;
  const auto append_unit = [&result](std::uint32_t unit) { result += fmt::format("\\u{:04x}", unit); };
  result += '"';
  while (!text.empty()) {
    const report::CodePoint point = report::next_code_point(text);
    if (!point.valid) {
      result += "\xEF\xBF\xBD";
    } else if (point.value == '"' || point.value == '\\') {
      result += '\\';
      result += text.front();
    } else if (point.value == '\n') {
      result += "\\n";
    } else if (point.value == '\t') {
      result += "\\t";
    } else if (!report::unprintable(point.value)) {
      result += text.substr(0, point.length);
    } else if (point.value < 0x10000) {
      append_unit(point.value);
    } else {
      append_unit(0xD800 + ((point.value - 0x10000) >> 10U));
      append_unit(0xDC00 + ((point.value - 0x10000) & 0x3FFU));
    }
    text.remove_prefix(point.length);
  }
  result += '"';
  return result;
}

}  // namespace acrbiter::cli
