#include "evaluator/wildcard.h"

#include <cstddef>

namespace acrbiter::evaluator {
namespace {

bool same(char a, char b, bool ignore_case) noexcept {
  return a == b || (ignore_case && model::ascii_lower(a) == model::ascii_lower(b));
}

/// Behind the character that begins at `at`.
std::size_t next_character(std::string_view text, std::size_t at) noexcept {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  return at;
}

/// One element of a pattern: a star, any one character, or a literal byte.
struct Element {
  enum class Kind { Star, AnyCharacter, Literal } kind;
  char literal;
  std::size_t size;  ///< bytes of the pattern
};

Element action_element(std::string_view pattern, std::size_t at) noexcept {
  return {pattern[at] == '*' ? Element::Kind::Star : Element::Kind::Literal, pattern[at], 1};
}

Element like_element(std::string_view pattern, std::size_t at) noexcept {
  switch (pattern[at]) {
    case '*':
      return {Element::Kind::Star, '*', 1};
    case '?':
      return {Element::Kind::AnyCharacter, '?', 1};
    case '\\':
      if (at + 1 < pattern.size() && (pattern[at + 1] == '*' || pattern[at + 1] == '?')) {
        return {Element::Kind::Literal, pattern[at + 1], 2};
      }
      return {Element::Kind::Literal, '\\', 1};
    default:
      return {Element::Kind::Literal, pattern[at], 1};
  }
}

/// Greedy matching that goes back to the last star only: what an earlier star took never needs to change.
template <class ElementAt>
bool match(std::string_view pattern, std::string_view text, bool ignore_case, ElementAt element_at) noexcept {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t behind_star = std::string_view::npos;
  std::size_t star_took_to = 0;
  while (t < text.size()) {
    if (p < pattern.size()) {
      const Element element = element_at(pattern, p);
      if (element.kind == Element::Kind::Star) {
        p += element.size;
        behind_star = p;
        star_took_to = t;
        if (p == pattern.size()) return true;
        continue;
      }
      if (element.kind == Element::Kind::AnyCharacter) {
        p += element.size;
        t = next_character(text, t);
        continue;
      }
      if (same(element.literal, text[t], ignore_case)) {
        p += element.size;
        ++t;
        continue;
      }
    }
    if (behind_star == std::string_view::npos) return false;
    p = behind_star;
    star_took_to = next_character(text, star_took_to);
    t = star_took_to;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

bool wildcard_match(std::string_view pattern, std::string_view text, bool ignore_case) noexcept {
  // Nearly all patterns are whole actions, or end in their only star.
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return ignore_case ? equal_ignoring_case(pattern, text) : pattern == text;
  if (star + 1 == pattern.size()) {
    const std::string_view prefix = pattern.substr(0, star);
    return ignore_case ? starts_with_ignoring_case(text, prefix) : text.starts_with(prefix);
  }
  return match(pattern, text, ignore_case, action_element);
}

bool like_match(std::string_view pattern, std::string_view text, bool ignore_case) noexcept {
  return match(pattern, text, ignore_case, like_element);
}

}  // namespace acrbiter::evaluator
