#include <string>

#include "model/repository_automaton.h"
#include "model/repository_set.h"
#include "model/text_position.h"

namespace acrbiter::model {
namespace {

/// `a`, `[a-f0-9]`, `[^/]`, `[^]` for all.
std::string class_text(Letters letters) {
  if (std::has_single_bit(letters)) return std::string(1, first_letter(letters));
  const bool negated = std::popcount(letters) > 20;
  const Letters shown = negated ? kEveryLetter & ~letters : letters;
  std::string text = negated ? "[^" : "[";
  const auto at = [&](std::size_t i) { return i < kLetters.size() && (shown >> i & 1U) != 0; };
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    if (!at(i) || kLetters[i] == '-') continue;
    std::size_t last = i;
    while (at(last + 1) && kLetters[last + 1] == kLetters[last] + 1 && last + 1 < 36) ++last;
    text += kLetters[i];
    if (last > i + 1) text += '-';
    if (last > i) text += kLetters[last];
    i = last;
  }
  if ((shown & letter('-')) != 0) text += '-';
  return text + "]";
}

}  // namespace

std::string RepositorySet::pattern() const {
  std::string text = "automaton:";
  for (StateId s = 0; s < automaton_->size(); ++s) {
    if (s != 0) text += ';';
    if (automaton_->accepting[s]) text += '+';
    for (const Arc& arc : (*automaton_->rows)[s]) text += class_text(arc.letters) + ">" + std::to_string(arc.to);
  }
  return text;
}

RepositorySet::Patterns RepositorySet::patterns() const { return {{pattern()}, {}, true}; }

std::optional<std::string> RepositorySet::condition_text() const { return std::nullopt; }

}  // namespace acrbiter::model
