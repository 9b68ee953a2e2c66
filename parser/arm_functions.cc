#include "parser/arm_functions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "model/ascii.h"
#include "model/text_position.h"

namespace acrbiter::parser::arm {
namespace {

using Unknowns = Function::Unknowns;

constexpr std::int64_t kMaxRange = 10'000;  // Source: template-functions-array

const std::string& text_of(const Json& value) { return value.get_ref<const std::string&>(); }

std::string_view type_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::string:
      return "text";
    case Json::value_t::boolean:
      return "a Boolean";
    default:
      return "a number";
  }
}

Json wrong_type(FunctionCall& call, const Json& value, std::string_view wanted) {
  return call.fail("`" + std::string(call.function) + "` takes " + std::string(wanted) + ", not " +
                   std::string(type_of(value)));
}

std::string joined(std::span<const Json> values, std::string_view between) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += between;
    text += text_of_scalar(values[i]);
  }
  return text;
}

bool all_text(std::span<const Json> values) {
  return std::all_of(values.begin(), values.end(), [](const Json& v) { return v.is_string(); });
}

const Json& first_that_is_no_text(const FunctionCall& call) {
  return *std::find_if_not(call.arguments.begin(), call.arguments.end(), [](const Json& v) { return v.is_string(); });
}

/// Code points, since the service counts characters. Text of a template is nearly always ASCII.
std::vector<std::string> characters_of(std::string_view text) {
  std::vector<std::string> characters;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool goes_on = (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
    if (!goes_on || characters.empty()) characters.emplace_back();
    characters.back() += text[i];
  }
  return characters;
}

template <class Iterator>
std::string together(Iterator begin, Iterator end) {
  std::string text;
  for (; begin != end; ++begin) text += *begin;
  return text;
}

// ---- text ---------------------------------------------------------------------------------------------------

Json concat(FunctionCall& call) {
  if (call.arguments.front().is_array()) {
    Json result = Json::array();
    for (const Json& each : call.arguments) {
      if (is_unknown(each)) return call.unknown_result();
      if (!each.is_array()) return wrong_type(call, each, "arrays only, if the first argument is one");
      result.insert(result.end(), each.begin(), each.end());
    }
    return result;
  }
  for (const Json& each : call.arguments) {
    if (each.is_array() && is_unknown(call.arguments.front())) return call.unknown_result();
    if (each.is_structured()) return wrong_type(call, each, "text, or arrays only");
  }
  return joined(call.arguments, "");
}

/// An integer as `:D3` (at least three digits) or `:N0` (groups of three) writes it; nullopt for all other formats.
std::optional<std::string> formatted(const Json& number, std::string_view how) {
  constexpr std::size_t kMaxDigits = 64;
  if (!number.is_number_integer()) return std::nullopt;
  std::string text = number.dump();
  const bool negative = text.front() == '-';
  if (negative) text.erase(0, 1);
  if (model::equal_ignoring_case(how, ":N0")) {
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  } else {
    std::size_t digits = 0;
    if (how.size() < 3 || model::ascii_lower(how[1]) != 'd') return std::nullopt;
    const auto parsed = std::from_chars(how.data() + 2, how.data() + how.size(), digits);
    if (parsed.ec != std::errc{} || parsed.ptr != how.data() + how.size() || digits > kMaxDigits) return std::nullopt;
    if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  }
  return (negative ? "-" : "") + text;
}

/// .NET's composite formatting, as far as templates use it.
Json format(FunctionCall& call) {
  const Json& pattern = call.arguments.front();
  if (!pattern.is_string()) return wrong_type(call, pattern, "text first");
  if (has_unknown(pattern)) return call.unknown_result();
  const std::string& text = text_of(pattern);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
      result += c;
      ++i;
      continue;
    }
    if (c == '}') return call.fail("`format` has a `}` that nothing opens", "write `}}` for a brace");
    if (c != '{') {
      result += c;
      continue;
    }
    const std::size_t end = text.find('}', i);
    if (end == std::string::npos) return call.fail("`format` has a `{` that nothing closes", "write `{{` for a brace");
    const std::string_view item = std::string_view(text).substr(i + 1, end - i - 1);
    const std::size_t number_end = std::min(item.find_first_of(",:"), item.size());
    std::size_t index = 0;
    const auto parsed = std::from_chars(item.data(), item.data() + number_end, index);
    if (number_end == 0 || parsed.ec != std::errc{} || parsed.ptr != item.data() + number_end) {
      return call.fail("`format` has no number in " + model::quoted("{" + std::string(item) + "}"));
    }
    if (index + 1 >= call.arguments.size()) {
      return call.fail("`format` has no argument for " + model::quoted("{" + std::string(item) + "}"));
    }
    const Json& argument = call.arguments[index + 1];
    if (number_end < item.size()) {
      const std::optional<std::string> number = formatted(argument, item.substr(number_end));
      if (!number) return call.unknown_result();
      result += *number;
    } else if (argument.is_structured()) {
      if (has_unknown(argument)) return call.unknown_result();
      result += argument.dump(-1, ' ', false, Json::error_handler_t::replace);
    } else {
      result += text_of_scalar(argument);
    }
    i = end;
  }
  return result;
}

Json string(FunctionCall& call) {
  const Json& value = call.arguments.front();
  if (!value.is_structured()) return text_of_scalar(value);
  // The order of members is not kept here, and text shows it.
  const auto ordered = [](const auto& self, const Json& each) -> bool {
    if (each.is_object() && each.size() > 1) return false;
    return !each.is_structured() ||
           std::all_of(each.begin(), each.end(), [&](const Json& inner) { return self(self, inner); });
  };
  if (!ordered(ordered, value)) return call.unknown_result();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json lower_or_upper(FunctionCall& call, bool upper) {
  const Json& value = call.arguments.front();
  if (!value.is_string()) return wrong_type(call, value, "text");
  std::string text = text_of(value);
  for (char& c : text) {
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!upper) c = model::ascii_lower(c);
  }
  return text;
}
Json to_lower(FunctionCall& call) { return lower_or_upper(call, false); }
Json to_upper(FunctionCall& call) { return lower_or_upper(call, true); }

Json trim(FunctionCall& call) {
  const Json& value = call.arguments.front();
  if (!value.is_string()) return wrong_type(call, value, "text");
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const std::string& text = text_of(value);
  const std::size_t first = text.find_first_not_of(kBlanks);
  return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Json starts_or_ends_with(FunctionCall& call, bool starts) {
  if (!all_text(call.arguments)) return wrong_type(call, first_that_is_no_text(call), "two texts");
  const std::string text = model::ascii_lower(text_of(call.arguments[0]));
  const std::string part = model::ascii_lower(text_of(call.arguments[1]));
  return starts ? text.starts_with(part) : text.ends_with(part);
}
Json starts_with(FunctionCall& call) { return starts_or_ends_with(call, true); }
Json ends_with(FunctionCall& call) { return starts_or_ends_with(call, false); }

Json index_of_either(FunctionCall& call, bool last) {
  const Json& where = call.arguments[0];
  const Json& what = call.arguments[1];
  std::size_t found = std::string::npos;
  if (where.is_array()) {
    for (std::size_t i = 0; i < where.size(); ++i) {
      if (where[i] != what) continue;
      found = i;
      if (!last) break;
    }
  } else if (where.is_string() && what.is_string()) {
    const std::string text = model::ascii_lower(text_of(where));
    const std::string part = model::ascii_lower(text_of(what));
    found = last ? text.rfind(part) : text.find(part);
  } else {
    return wrong_type(call, where, "text or an array");
  }
  return found == std::string::npos ? Json(-1) : Json(static_cast<std::int64_t>(found));
}
Json index_of(FunctionCall& call) { return index_of_either(call, false); }
Json last_index_of(FunctionCall& call) { return index_of_either(call, true); }

Json replace(FunctionCall& call) {
  if (!all_text(call.arguments)) return wrong_type(call, first_that_is_no_text(call), "three texts");
  const std::string& from = text_of(call.arguments[1]);
  if (from.empty()) return call.fail("`replace` has nothing to look for");
  std::string text = text_of(call.arguments[0]);
  const std::string& to = text_of(call.arguments[2]);
  std::string result;
  std::size_t begin = 0;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, begin)) {
    result.append(text, begin, at - begin).append(to);
    begin = at + from.size();
  }
  return result.append(text, begin);
}

/// Parts of an id whose unknown segments are of the deployment's scope, which hold no '/', can be told.
bool unknowns_hold_no_slash(std::string_view text) {
  for (std::size_t at = text.find(kUnknownBegin); at != std::string_view::npos; at = text.find(kUnknownBegin, at + 1)) {
    const std::string_view name = text.substr(at + 1, text.find(kUnknownEnd, at) - at - 1);
    constexpr std::array kSegments = {std::string_view("subscription"), std::string_view("resourceGroup"),
                                      std::string_view("tenant"), std::string_view("managementGroup")};
    const bool segment = std::any_of(kSegments.begin(), kSegments.end(), [&](std::string_view each) {
      return name == each ||
             (name.size() > each.size() && name.ends_with(each) && name[name.size() - each.size() - 1] == ' ');
    });
    if (!segment) return false;
  }
  return true;
}

Json split(FunctionCall& call) {
  const Json& value = call.arguments[0];
  if (!value.is_string()) return wrong_type(call, value, "text");
  std::vector<std::string> delimiters;
  if (call.arguments[1].is_string()) {
    delimiters.push_back(text_of(call.arguments[1]));
  } else if (call.arguments[1].is_array()) {
    for (const Json& each : call.arguments[1]) delimiters.push_back(text_of_scalar(each));
  } else {
    return wrong_type(call, call.arguments[1], "text or an array of texts to split at");
  }
  const std::string& text = text_of(value);
  const bool by_slash = delimiters.size() == 1 && delimiters.front() == "/";
  if (has_unknown(call.arguments[1]) || (has_unknown(value) && !(by_slash && unknowns_hold_no_slash(text)))) {
    return call.unknown_result();
  }
  Json result = Json::array();
  std::string part;
  for (std::size_t i = 0; i < text.size();) {
    const auto found = std::find_if(delimiters.begin(), delimiters.end(), [&](const std::string& each) {
      return !each.empty() && text.compare(i, each.size(), each) == 0;
    });
    if (found == delimiters.end()) {
      part += text[i++];
    } else {
      result.push_back(std::exchange(part, {}));
      i += found->size();
    }
  }
  result.push_back(std::move(part));
  return result;
}

Json join(FunctionCall& call) {
  const Json& list = call.arguments[0];
  const Json& between = call.arguments[1];
  if (!list.is_array() || !between.is_string()) return wrong_type(call, list, "an array and text");
  const std::vector<Json> values(list.begin(), list.end());
  return joined(values, text_of(between));
}

Json substring(FunctionCall& call) {
  const Json& value = call.arguments[0];
  if (!value.is_string() || !call.arguments[1].is_number_integer()) return wrong_type(call, value, "text and numbers");
  const std::vector<std::string> characters = characters_of(text_of(value));
  const auto size = static_cast<std::int64_t>(characters.size());
  const auto begin = call.arguments[1].get<std::int64_t>();
  const bool has_length = call.arguments.size() > 2 && !call.arguments[2].is_null();
  if (has_length && !call.arguments[2].is_number_integer()) return wrong_type(call, call.arguments[2], "a length");
  const std::int64_t length = has_length ? call.arguments[2].get<std::int64_t>() : size - begin;
  if (begin < 0 || length < 0 || begin > size || length > size - begin) {
    return call.fail("`substring` goes beyond the text, which has " + std::to_string(size) + " characters");
  }
  return together(characters.begin() + begin, characters.begin() + begin + length);
}

Json pad_left(FunctionCall& call) {
  constexpr std::int64_t kMaxWidth = 10'000;
  const std::string text = text_of_scalar(call.arguments[0]);
  if (!call.arguments[1].is_number_integer()) return wrong_type(call, call.arguments[1], "a length");
  const auto width = call.arguments[1].get<std::int64_t>();
  const std::string filler = call.arguments.size() > 2 ? text_of_scalar(call.arguments[2]) : " ";
  if (width < 0 || width > kMaxWidth || filler.size() != 1) {
    return call.fail("`padLeft` takes a length and one character");
  }
  const auto wanted = static_cast<std::size_t>(width);
  return text.size() >= wanted ? text : std::string(wanted - text.size(), filler.front()) + text;
}

Json guid(FunctionCall& call) { return guid_of(joined(call.arguments, "-")); }
Json unique_string(FunctionCall& call) { return unique_string_of(joined(call.arguments, "-")); }

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string encoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    const std::size_t bytes = std::min<std::size_t>(3, text.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      bits = (bits << 8U) | (k < bytes ? static_cast<unsigned char>(text[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      result += k <= bytes ? kBase64[(bits >> (18U - 6U * static_cast<unsigned>(k))) & 63U] : '=';
    }
  }
  return result;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  std::uint32_t bits = 0;
  unsigned count = 0;
  while (text.ends_with('=')) text.remove_suffix(1);
  for (const char c : text) {
    const std::size_t digit = kBase64.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    result += static_cast<char>((bits >> count) & 0xFFU);
  }
  // What the service cannot show as text, and what would pass for an unknown, is none.
  std::erase_if(result, [](char c) { return c == kUnknownBegin || c == kUnknownEnd; });
  return result;
}

Json base64(FunctionCall& call) {
  if (!call.arguments[0].is_string()) return wrong_type(call, call.arguments[0], "text");
  return encoded(text_of(call.arguments[0]));
}

/// JSON inside of text: bounded like any document, and without what would pass for an unknown.
Json parsed_json(FunctionCall& call, const std::string& text) {
  constexpr int kMaxDepth = 100;
  bool too_deep = false;
  const auto bound = [&](int depth, Json::parse_event_t /*event*/, Json& /*value*/) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  Json result = Json::parse(text, bound, false);
  if (result.is_discarded() || too_deep) {
    return call.fail("`" + std::string(call.function) + "` got text that is not JSON");
  }
  if (result.dump(-1, ' ', false, Json::error_handler_t::replace).find("\\u0002") != std::string::npos) {
    return call.unknown_result();
  }
  return result;
}

Json json(FunctionCall& call) {
  if (!call.arguments[0].is_string()) return wrong_type(call, call.arguments[0], "text");
  std::string text = text_of(call.arguments[0]);
  // The service takes single quotes too.
  if (text.find('"') == std::string::npos) std::replace(text.begin(), text.end(), '\'', '"');
  return parsed_json(call, text);
}

Json base64_to_string(FunctionCall& call) {
  if (!call.arguments[0].is_string()) return wrong_type(call, call.arguments[0], "text");
  const auto text = decoded(text_of(call.arguments[0]));
  return text ? Json(*text) : call.fail("`base64ToString` got text that is not Base64");
}

Json base64_to_json(FunctionCall& call) {
  if (!call.arguments[0].is_string()) return wrong_type(call, call.arguments[0], "text");
  auto text = decoded(text_of(call.arguments[0]));
  if (!text) return call.fail("`base64ToJson` got text that is not Base64");
  if (text->find('"') == std::string::npos) std::replace(text->begin(), text->end(), '\'', '"');
  return parsed_json(call, *text);
}

Json uri_component(FunctionCall& call) {
  if (!call.arguments[0].is_string()) return wrong_type(call, call.arguments[0], "text");
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved = "-_.~";
  std::string result;
  for (const char c : text_of(call.arguments[0])) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kUnreserved.find(c) != std::string_view::npos;
    if (plain) {
      result += c;
    } else {
      result += '%';
      result += kHex[byte >> 4U];
      result += kHex[byte & 15U];
    }
  }
  return result;
}

Json uri(FunctionCall& call) {
  if (!all_text(call.arguments)) return wrong_type(call, first_that_is_no_text(call), "two texts");
  const std::string& base = text_of(call.arguments[0]);
  const std::string& relative = text_of(call.arguments[1]);
  const std::size_t host = base.find("://");
  if (host == std::string::npos || relative.find("://") != std::string::npos ||
      relative.find("..") != std::string::npos) {
    return call.unknown_result();
  }
  const std::size_t path = base.find('/', host + 3);
  if (path == std::string::npos) return base + (relative.starts_with('/') ? "" : "/") + relative;
  if (relative.starts_with('/')) return base.substr(0, path) + relative;
  return base.substr(0, base.rfind('/') + 1) + relative;
}

// ---- arrays and objects -------------------------------------------------------------------------------------

Json array(FunctionCall& call) {
  const Json& value = call.arguments[0];
  if (is_unknown(value)) return call.unknown_result();
  return value.is_array() ? value : Json::array({value});
}

Json create_array(FunctionCall& call) { return Json(std::vector<Json>(call.arguments.begin(), call.arguments.end())); }

Json create_object(FunctionCall& call) {
  if (call.arguments.size() % 2 != 0) return call.fail("`createObject` takes pairs of name and value");
  Json result = Json::object();
  for (std::size_t i = 0; i < call.arguments.size(); i += 2) {
    if (!call.arguments[i].is_string()) return wrong_type(call, call.arguments[i], "texts for names");
    if (has_unknown(call.arguments[i])) return call.unknown_result();
    result[text_of(call.arguments[i])] = call.arguments[i + 1];
  }
  return result;
}

Json empty(FunctionCall& call) {
  const Json& value = call.arguments[0];
  if (is_unknown(value)) return call.unknown_result();
  if (value.is_null()) return true;
  if (value.is_string()) {
    // A string with a known piece is not empty; one of unknown pieces alone may be.
    const std::string& text = text_of(value);
    if (!has_unknown(value)) return text.empty();
    bool inside = false;
    for (const char c : text) {
      if (c == kUnknownBegin) {
        inside = true;
      } else if (c == kUnknownEnd) {
        inside = false;
      } else if (!inside) {
        return false;
      }
    }
    return call.unknown_result();
  }
  if (!value.is_structured()) return wrong_type(call, value, "text, an array or an object");
  return value.empty();
}

Json length(FunctionCall& call) {
  const Json& value = call.arguments[0];
  if (value.is_string()) {
    if (has_unknown(value)) return call.unknown_result();
    return static_cast<std::int64_t>(characters_of(text_of(value)).size());
  }
  if (!value.is_structured()) return wrong_type(call, value, "text, an array or an object");
  return static_cast<std::int64_t>(value.size());
}

Json contains(FunctionCall& call) {
  const Json& container = call.arguments[0];
  const Json& item = call.arguments[1];
  if (container.is_object()) {
    if (has_unknown(item)) return call.unknown_result();
    return find_member(container, text_of_scalar(item)) != nullptr;
  }
  if (container.is_array()) {
    bool open = false;
    for (const Json& each : container) {
      const Json same = equal_values(each, item);
      if (same == true) return true;
      open = open || !same.is_boolean();
    }
    return open ? call.unknown_result() : Json(false);
  }
  if (!container.is_string()) return wrong_type(call, container, "text, an array or an object");
  if (has_unknown(item)) return call.unknown_result();
  const std::string part = text_of_scalar(item);
  if (!has_unknown(container)) return text_of(container).find(part) != std::string::npos;
  std::string run;
  bool inside = false;
  for (const char c : text_of(container) + kUnknownBegin) {
    if (c == kUnknownBegin) {
      if (run.find(part) != std::string::npos) return true;
      run.clear();
      inside = true;
    } else if (c == kUnknownEnd) {
      inside = false;
    } else if (!inside) {
      run += c;
    }
  }
  return call.unknown_result();
}

Json first_or_last(FunctionCall& call, bool first) {
  const Json& value = call.arguments[0];
  if (value.is_array()) return value.empty() ? Json() : first ? value.front() : value.back();
  if (!value.is_string()) return wrong_type(call, value, "text or an array");
  if (has_unknown(value)) return call.unknown_result();
  const std::vector<std::string> characters = characters_of(text_of(value));
  return characters.empty() ? std::string() : first ? characters.front() : characters.back();
}
Json first(FunctionCall& call) { return first_or_last(call, true); }
Json last(FunctionCall& call) { return first_or_last(call, false); }

Json skip_or_take(FunctionCall& call, bool take) {
  const Json& value = call.arguments[0];
  if (!call.arguments[1].is_number_integer()) return wrong_type(call, call.arguments[1], "a number");
  const std::int64_t wanted = std::max<std::int64_t>(0, call.arguments[1].get<std::int64_t>());
  if (value.is_string()) {
    if (has_unknown(value)) return call.unknown_result();
    const std::vector<std::string> characters = characters_of(text_of(value));
    const auto middle =
        characters.begin() + std::min<std::int64_t>(wanted, static_cast<std::int64_t>(characters.size()));
    return take ? together(characters.begin(), middle) : together(middle, characters.end());
  }
  if (!value.is_array()) return wrong_type(call, value, "text or an array");
  const auto middle = value.begin() + std::min<std::int64_t>(wanted, static_cast<std::int64_t>(value.size()));
  return take ? Json(std::vector<Json>(value.begin(), middle)) : Json(std::vector<Json>(middle, value.end()));
}
Json skip(FunctionCall& call) { return skip_or_take(call, false); }
Json take(FunctionCall& call) { return skip_or_take(call, true); }

Json range(FunctionCall& call) {
  const Json& begin = call.arguments[0];
  const Json& count = call.arguments[1];
  if (!begin.is_number_integer() || !count.is_number_integer()) {
    return wrong_type(call, begin.is_number_integer() ? count : begin, "two integers");
  }
  if (count.get<std::int64_t>() < 0 || count.get<std::int64_t>() > kMaxRange) {
    return call.fail("`range` gives at most " + std::to_string(kMaxRange) + " numbers");
  }
  Json result = Json::array();
  for (std::int64_t i = 0; i < count.get<std::int64_t>(); ++i) result.push_back(begin.get<std::int64_t>() + i);
  return result;
}

void merge_into(Json& target, const Json& source) {
  for (const auto& [key, value] : source.items()) {
    const Json* known = find_member(target, key);
    if (known == nullptr) {
      target[key] = value;
      continue;
    }
    // find_member has looked without letter case; the key that was there first stays.
    for (auto each = target.begin(); each != target.end(); ++each) {
      if (&*each != known) continue;
      if (each->is_object() && value.is_object()) {
        merge_into(*each, value);
      } else {
        *each = value;
      }
      break;
    }
  }
}

Json union_of(FunctionCall& call) {
  if (std::any_of(call.arguments.begin(), call.arguments.end(), [](const Json& v) { return is_unknown(v); })) {
    return call.unknown_result();
  }
  Json result = call.arguments[0];
  if (!result.is_structured()) return wrong_type(call, result, "arrays or objects");
  if (result.is_array()) result = Json::array();
  for (const Json& each : call.arguments) {
    if (each.type() != result.type()) return wrong_type(call, each, "arrays only or objects only");
    if (each.is_object()) {
      merge_into(result, each);
      continue;
    }
    for (const Json& element : each) {
      if (std::find(result.begin(), result.end(), element) == result.end()) result.push_back(element);
    }
  }
  return result;
}

Json intersection(FunctionCall& call) {
  Json result = call.arguments[0];
  if (!result.is_structured()) return wrong_type(call, result, "arrays or objects");
  for (const Json& each : call.arguments.subspan(1)) {
    if (each.type() != result.type()) return wrong_type(call, each, "arrays only or objects only");
    Json both = result.is_array() ? Json::array() : Json::object();
    for (const auto& [key, value] : result.items()) {
      if (result.is_array() && std::find(each.begin(), each.end(), value) != each.end()) both.push_back(value);
      if (!result.is_object()) continue;
      const Json* other = find_member(each, key);
      if (other != nullptr && *other == value) both[key] = value;
    }
    result = std::move(both);
  }
  return result;
}

Json flatten(FunctionCall& call) {
  Json result = Json::array();
  if (!call.arguments[0].is_array()) return wrong_type(call, call.arguments[0], "an array of arrays");
  for (const Json& each : call.arguments[0]) {
    if (is_unknown(each)) return call.unknown_result();
    if (!each.is_array()) return wrong_type(call, each, "an array of arrays");
    result.insert(result.end(), each.begin(), each.end());
  }
  return result;
}

Json items(FunctionCall& call) {
  if (!call.arguments[0].is_object()) return wrong_type(call, call.arguments[0], "an object");
  Json result = Json::array();
  for (const auto& [key, value] : call.arguments[0].items()) result.push_back({{"key", key}, {"value", value}});
  return result;
}

Json object_keys(FunctionCall& call) {
  if (!call.arguments[0].is_object()) return wrong_type(call, call.arguments[0], "an object");
  Json result = Json::array();
  for (const auto& [key, value] : call.arguments[0].items()) result.push_back(key);
  return result;
}

Json shallow_merge(FunctionCall& call) {
  Json result = Json::object();
  if (!call.arguments[0].is_array()) return wrong_type(call, call.arguments[0], "an array of objects");
  for (const Json& each : call.arguments[0]) {
    if (is_unknown(each)) return call.unknown_result();
    if (!each.is_object()) return wrong_type(call, each, "an array of objects");
    result.update(each);
  }
  return result;
}

Json try_get(FunctionCall& call) {
  Json value = call.arguments[0];
  for (const Json& key : call.arguments.subspan(1)) {
    if (value.is_null()) return value;
    if (is_unknown(value) || has_unknown(key)) return call.unknown_result();
    bool found = false;
    value = element_at(value, key, found);
    if (!found) return nullptr;
  }
  return value;
}

Json index_from_end(FunctionCall& call, bool safe) {
  const Json& value = call.arguments[0];
  if (!value.is_array() || !call.arguments[1].is_number_integer())
    return wrong_type(call, value, "an array and a number");
  const auto back = call.arguments[1].get<std::int64_t>();
  if (back >= 1 && back <= static_cast<std::int64_t>(value.size())) {
    return value[value.size() - static_cast<std::size_t>(back)];
  }
  return safe ? Json() : call.fail("`indexFromEnd` goes beyond the array");
}
Json index_from_end(FunctionCall& call) { return index_from_end(call, false); }
Json try_index_from_end(FunctionCall& call) { return index_from_end(call, true); }

// ---- comparing, reckoning, converting -----------------------------------------------------------------------

Json equals(FunctionCall& call) { return equal_values(call.arguments[0], call.arguments[1]); }

/// -1, 0 or 1 of two numbers or two texts.
std::optional<int> compared(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return a < b ? -1 : b < a ? 1 : 0;
  if (!a.is_string() || !b.is_string()) return std::nullopt;
  const int order = text_of(a).compare(text_of(b));
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

template <class Accept>
Json ordered(FunctionCall& call, Accept accept) {
  const std::optional<int> order = compared(call.arguments[0], call.arguments[1]);
  if (!order) return wrong_type(call, call.arguments[0], "two numbers or two texts");
  return accept(*order);
}
Json less(FunctionCall& call) {
  return ordered(call, [](int order) { return order < 0; });
}
Json less_or_equals(FunctionCall& call) {
  return ordered(call, [](int order) { return order <= 0; });
}
Json greater(FunctionCall& call) {
  return ordered(call, [](int order) { return order > 0; });
}
Json greater_or_equals(FunctionCall& call) {
  return ordered(call, [](int order) { return order >= 0; });
}

Json reckoned(FunctionCall& call) {
  const Json& left = call.arguments[0];
  const Json& right = call.arguments[1];
  if (!left.is_number_integer() || !right.is_number_integer()) {
    return wrong_type(call, left.is_number_integer() ? right : left, "two integers");
  }
  const auto a = left.get<std::int64_t>();
  const auto b = right.get<std::int64_t>();
  std::int64_t result = 0;
  bool overflow = false;
  const char operation = model::ascii_lower(call.function[0]);
  if (operation == 'a') {
    overflow = __builtin_add_overflow(a, b, &result);
  } else if (operation == 's') {
    overflow = __builtin_sub_overflow(a, b, &result);
  } else if (model::equal_ignoring_case(call.function, "mul")) {
    overflow = __builtin_mul_overflow(a, b, &result);
  } else {
    if (b == 0) return call.fail("division by zero");
    overflow = b == -1 && a == std::numeric_limits<std::int64_t>::min();
    if (!overflow) result = operation == 'd' ? a / b : a % b;
  }
  return overflow ? call.fail("the number is out of range") : Json(result);
}

Json extreme(FunctionCall& call, bool greatest) {
  std::vector<Json> values(call.arguments.begin(), call.arguments.end());
  if (values.size() == 1 && values[0].is_array()) {
    std::vector<Json> inner(values[0].begin(), values[0].end());
    values = std::move(inner);
  }
  const bool numbers = std::all_of(values.begin(), values.end(), [](const Json& v) { return v.is_number_integer(); });
  if (values.empty() || !numbers) return wrong_type(call, call.arguments[0], "integers, or an array of them");
  return greatest ? *std::max_element(values.begin(), values.end()) : *std::min_element(values.begin(), values.end());
}
Json max(FunctionCall& call) { return extreme(call, true); }
Json min(FunctionCall& call) { return extreme(call, false); }

Json to_int(FunctionCall& call) {
  const Json& value = call.arguments[0];
  if (value.is_number_integer()) return value;
  std::int64_t number = 0;
  if (!value.is_string()) return wrong_type(call, value, "a number or text");
  const std::string& text = text_of(value);
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
    return call.fail(model::quoted(text) + " is no number");
  }
  return number;
}

Json to_bool(FunctionCall& call) {
  const Json& value = call.arguments[0];
  if (value.is_boolean()) return value;
  if (value.is_number_integer()) return value != 0;
  if (value.is_string() && model::equal_ignoring_case(text_of(value), "true")) return true;
  if (value.is_string() && model::equal_ignoring_case(text_of(value), "false")) return false;
  return wrong_type(call, value, "`true`, `false` or a number");
}

Json negation(FunctionCall& call) {
  if (!call.arguments[0].is_boolean()) return wrong_type(call, call.arguments[0], "a Boolean");
  return !call.arguments[0].get<bool>();
}

Json null_value(FunctionCall& /*call*/) { return nullptr; }
Json true_value(FunctionCall& /*call*/) { return true; }
Json false_value(FunctionCall& /*call*/) { return false; }

Json fail_deployment(FunctionCall& call) {
  return call.fail("the template stops the deployment: " + model::quoted(text_of_scalar(call.arguments[0])));
}

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

constexpr std::array kFunctions = {
    Function{"add", 2, 2, Unknowns::Spread, reckoned},
    Function{"array", 1, 1, Unknowns::Handled, array},
    Function{"base64", 1, 1, Unknowns::Spread, base64},
    Function{"base64ToJson", 1, 1, Unknowns::Spread, base64_to_json},
    Function{"base64ToString", 1, 1, Unknowns::Spread, base64_to_string},
    Function{"bool", 1, 1, Unknowns::Spread, to_bool},
    Function{"buildUri", 1, 1, Unknowns::Always, nullptr},
    Function{"cidrHost", 2, 2, Unknowns::Always, nullptr},
    Function{"cidrSubnet", 3, 3, Unknowns::Always, nullptr},
    Function{"concat", 1, kAny, Unknowns::Handled, concat},
    Function{"contains", 2, 2, Unknowns::Outside, contains},
    Function{"createArray", 0, kAny, Unknowns::Handled, create_array},
    Function{"createObject", 0, kAny, Unknowns::Handled, create_object},
    Function{"dataUri", 1, 1, Unknowns::Always, nullptr},
    Function{"dataUriToString", 1, 1, Unknowns::Always, nullptr},
    Function{"dateTimeAdd", 2, 3, Unknowns::Always, nullptr},
    Function{"dateTimeFromEpoch", 1, 1, Unknowns::Always, nullptr},
    Function{"dateTimeToEpoch", 1, 1, Unknowns::Always, nullptr},
    Function{"deployer", 0, 0, Unknowns::Always, nullptr},
    Function{"div", 2, 2, Unknowns::Spread, reckoned},
    Function{"empty", 1, 1, Unknowns::Handled, empty},
    Function{"endsWith", 2, 2, Unknowns::Spread, ends_with},
    Function{"environment", 0, 0, Unknowns::Always, nullptr},
    Function{"equals", 2, 2, Unknowns::Handled, equals},
    Function{"externalInput", 1, 2, Unknowns::Always, nullptr},
    Function{"fail", 1, 1, Unknowns::Spread, fail_deployment},
    Function{"false", 0, 0, Unknowns::Handled, false_value},
    Function{"first", 1, 1, Unknowns::Outside, first},
    Function{"flatten", 1, 1, Unknowns::Outside, flatten},
    Function{"float", 1, 1, Unknowns::Always, nullptr},
    Function{"format", 1, kAny, Unknowns::Handled, format},
    Function{"greater", 2, 2, Unknowns::Spread, greater},
    Function{"greaterOrEquals", 2, 2, Unknowns::Spread, greater_or_equals},
    Function{"guid", 1, kAny, Unknowns::Spread, guid},
    Function{"indexFromEnd", 2, 2, Unknowns::Outside, index_from_end},
    Function{"indexOf", 2, 2, Unknowns::Spread, index_of},
    Function{"int", 1, 1, Unknowns::Spread, to_int},
    Function{"intersection", 2, kAny, Unknowns::Spread, intersection},
    Function{"items", 1, 1, Unknowns::Outside, items},
    Function{"join", 2, 2, Unknowns::Outside, join},
    Function{"json", 1, 1, Unknowns::Spread, json},
    Function{"last", 1, 1, Unknowns::Outside, last},
    Function{"lastIndexOf", 2, 2, Unknowns::Spread, last_index_of},
    Function{"length", 1, 1, Unknowns::Outside, length},
    Function{"less", 2, 2, Unknowns::Spread, less},
    Function{"lessOrEquals", 2, 2, Unknowns::Spread, less_or_equals},
    Function{"max", 1, kAny, Unknowns::Spread, max},
    Function{"min", 1, kAny, Unknowns::Spread, min},
    Function{"mod", 2, 2, Unknowns::Spread, reckoned},
    Function{"mul", 2, 2, Unknowns::Spread, reckoned},
    Function{"newGuid", 0, 0, Unknowns::Always, nullptr},
    Function{"not", 1, 1, Unknowns::Spread, negation},
    Function{"null", 0, 0, Unknowns::Handled, null_value},
    Function{"objectKeys", 1, 1, Unknowns::Outside, object_keys},
    Function{"padLeft", 2, 3, Unknowns::Spread, pad_left},
    Function{"parseCidr", 1, 1, Unknowns::Always, nullptr},
    Function{"pickZones", 3, 5, Unknowns::Always, nullptr},
    Function{"providers", 1, 2, Unknowns::Always, nullptr},
    Function{"range", 2, 2, Unknowns::Spread, range},
    Function{"replace", 3, 3, Unknowns::Spread, replace},
    Function{"shallowMerge", 1, 1, Unknowns::Outside, shallow_merge},
    Function{"skip", 2, 2, Unknowns::Outside, skip},
    Function{"split", 2, 2, Unknowns::Handled, split},
    Function{"startsWith", 2, 2, Unknowns::Spread, starts_with},
    Function{"string", 1, 1, Unknowns::Spread, string},
    Function{"sub", 2, 2, Unknowns::Spread, reckoned},
    Function{"substring", 2, 3, Unknowns::Spread, substring},
    Function{"take", 2, 2, Unknowns::Outside, take},
    Function{"toLower", 1, 1, Unknowns::Spread, to_lower},
    Function{"toUpper", 1, 1, Unknowns::Spread, to_upper},
    Function{"trim", 1, 1, Unknowns::Spread, trim},
    Function{"true", 0, 0, Unknowns::Handled, true_value},
    Function{"tryGet", 2, kAny, Unknowns::Handled, try_get},
    Function{"tryIndexFromEnd", 2, 2, Unknowns::Outside, try_index_from_end},
    Function{"union", 1, kAny, Unknowns::Handled, union_of},
    Function{"uniqueString", 1, kAny, Unknowns::Spread, unique_string},
    Function{"uri", 2, 2, Unknowns::Spread, uri},
    Function{"uriComponent", 1, 1, Unknowns::Spread, uri_component},
    Function{"uriComponentToString", 1, 1, Unknowns::Always, nullptr},
    Function{"utcNow", 0, 1, Unknowns::Always, nullptr},
};

}  // namespace

Json FunctionCall::fail(std::string message, std::string what_to_do) {
  if (problem.empty()) {
    problem = std::move(message);
    help = std::move(what_to_do);
  }
  return nullptr;
}

Json FunctionCall::unknown_result() const {
  std::string name(function);
  name += '(';
  for (std::size_t i = 0; i < arguments.size(); ++i) name += (i > 0 ? ", " : "") + spelled(arguments[i]);
  return unknown(name + ')');
}

const Function* find_function(std::string_view name) noexcept {
  const auto found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                  [&](const Function& f) { return model::equal_ignoring_case(f.name, name); });
  return found == kFunctions.end() ? nullptr : &*found;
}

Json run_function(const Function& function, FunctionCall& call) {
  const std::size_t given = call.arguments.size();
  if (given < function.fewest || given > function.most) {
    return call.fail("`" + std::string(function.name) + "` takes " +
                     (given < function.fewest ? "at least " + std::to_string(function.fewest)
                                              : "at most " + std::to_string(function.most)) +
                     " arguments, not " + std::to_string(given));
  }
  const bool spread = std::any_of(call.arguments.begin(), call.arguments.end(), [&](const Json& value) {
    return function.unknowns == Unknowns::Spread ? has_unknown(value) : is_unknown(value);
  });
  const bool open = function.unknowns == Unknowns::Always || (function.unknowns != Unknowns::Handled && spread);
  return open ? call.unknown_result() : function.run(call);
}

Json equal_values(const Json& a, const Json& b) {
  if (a == b) return true;
  if (!has_unknown(a) && !has_unknown(b)) return false;
  const std::array both = {a, b};
  const FunctionCall call{.function = "equals", .arguments = both, .problem = {}, .help = {}};
  if (is_unknown(a) || is_unknown(b)) return call.unknown_result();
  if (a.type() != b.type()) return false;
  if (!a.is_string()) return call.unknown_result();
  // Known beginnings or ends that differ settle it.
  const std::string_view left = text_of(a);
  const std::string_view right = text_of(b);
  const std::string_view left_head = left.substr(0, left.find(kUnknownBegin));
  const std::string_view right_head = right.substr(0, right.find(kUnknownBegin));
  const std::size_t head = std::min(left_head.size(), right_head.size());
  if (left_head.substr(0, head) != right_head.substr(0, head)) return false;
  const auto tail_of = [](std::string_view text) {
    const std::size_t end = text.rfind(kUnknownEnd);
    return end == std::string_view::npos ? text : text.substr(end + 1);
  };
  const std::string_view left_tail = tail_of(left);
  const std::string_view right_tail = tail_of(right);
  const std::size_t tail = std::min(left_tail.size(), right_tail.size());
  if (left_tail.substr(left_tail.size() - tail) != right_tail.substr(right_tail.size() - tail)) return false;
  return call.unknown_result();
}

Json element_at(const Json& container, const Json& key, bool& found) {
  found = false;
  if (container.is_array() && key.is_number_integer()) {
    const auto index = key.get<std::int64_t>();
    if (index < 0 || index >= static_cast<std::int64_t>(container.size())) return nullptr;
    found = true;
    return container[static_cast<std::size_t>(index)];
  }
  if (!container.is_object() || !key.is_string()) return nullptr;
  const Json* member = find_member(container, key.get_ref<const std::string&>());
  if (member == nullptr) return nullptr;
  found = true;
  return *member;
}

}  // namespace acrbiter::parser::arm
