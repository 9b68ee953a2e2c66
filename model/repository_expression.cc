#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/repository_automaton.h"

namespace acrbiter::model {
namespace {

constexpr std::size_t kMostStates = 400;
constexpr std::size_t kMostExpressionBytes = std::size_t{1} << 16U;

/// A piece of a regular expression with what decides where it needs parentheses. No piece stands for nothing at all;
/// an empty text stands for the empty run.
struct Piece {
  enum class Kind : std::uint8_t { Empty, Class, Repeated, Sequence, Choice };
  Kind kind = Kind::Empty;
  Letters letters = 0;  ///< of a class
  std::string text;
  std::string last;  ///< the last factor of a sequence

  static Piece of(Letters letters) { return {Kind::Class, letters, class_text(letters), {}}; }
  [[nodiscard]] std::string within(Kind outer) const { return kind > outer ? "(" + text + ")" : text; }
};

Piece repeated(const Piece& piece, char sign) {
  if (piece.kind == Piece::Kind::Empty) return piece;
  return {Piece::Kind::Repeated, 0, piece.within(Piece::Kind::Class) + sign, {}};
}

Piece either(const Piece& a, const Piece& b) {
  if (a.text == b.text) return a;
  if (a.kind == Piece::Kind::Empty) return repeated(b, '?');
  if (b.kind == Piece::Kind::Empty) return repeated(a, '?');
  if (a.kind == Piece::Kind::Class && b.kind == Piece::Kind::Class) return Piece::of(a.letters | b.letters);
  return {Piece::Kind::Choice, 0, a.text + "|" + b.text, {}};
}

Piece sequence(const Piece& a, const Piece& b) {
  using Kind = Piece::Kind;
  if (a.kind == Kind::Empty) return b;
  if (b.kind == Kind::Empty) return a;
  if (b.text == repeated(a, '*').text) return repeated(a, '+');
  if (a.kind == Kind::Sequence && b.text == a.last + "*") return {Kind::Sequence, 0, a.text + "+", a.last + "+"};
  std::string last = b.kind == Kind::Sequence ? b.last : b.within(Kind::Sequence);
  return {Kind::Sequence, 0, a.within(Kind::Sequence) + b.within(Kind::Sequence), std::move(last)};
}

/// Takes states away one by one, those with the fewest ways through first; each way through becomes a piece.
class Elimination {
 public:
  explicit Elimination(const RepositorySet::Automaton& automaton)
      : size_(automaton.size()), out_(size_ + 1), in_(size_ + 1) {
    for (StateId s = 0; s < size_; ++s) {
      if (s == automaton.dead) continue;
      for (const Arc& arc : (*automaton.rows)[s]) {
        if (arc.to != automaton.dead) connect(s, arc.to, Piece::of(arc.letters));
      }
      if (automaton.accepting[s]) connect(s, end(), {});
    }
  }

  [[nodiscard]] std::optional<std::string> run() {
    std::set<StateId> left;
    for (StateId s = 1; s < size_; ++s) left.insert(s);
    while (!left.empty()) {
      const StateId next = *std::min_element(left.begin(), left.end(), [&](StateId a, StateId b) {
        return std::pair(in_[a].size() * out_[a].size(), a) < std::pair(in_[b].size() * out_[b].size(), b);
      });
      left.erase(next);
      remove(next);
      if (bytes_ > kMostExpressionBytes * 16) return std::nullopt;
    }
    const auto whole = out_[0].find(end());
    if (whole == out_[0].end() || whole->second.text.size() > kMostExpressionBytes) return std::nullopt;
    return whole->second.text;
  }

 private:
  [[nodiscard]] StateId end() const { return static_cast<StateId>(size_); }

  void connect(StateId from, StateId to, Piece piece) {
    bytes_ += piece.text.size();
    const auto [at, is_new] = out_[from].try_emplace(to, piece);
    if (!is_new) at->second = either(at->second, piece);
    in_[to].insert(from);
  }

  void remove(StateId state) {
    Piece loop;
    if (const auto self = out_[state].find(state); self != out_[state].end()) loop = repeated(self->second, '*');
    in_[state].erase(state);
    out_[state].erase(state);
    for (const StateId from : in_[state]) {
      const Piece before = out_[from].extract(state).mapped();
      for (const auto& [to, after] : out_[state]) {
        connect(from, to, sequence(sequence(before, loop), after));
        if (bytes_ > kMostExpressionBytes * 16) return;
      }
    }
    for (const auto& [to, after] : out_[state]) in_[to].erase(state);
  }

  std::size_t size_;
  std::vector<std::map<StateId, Piece>> out_;
  std::vector<std::set<StateId>> in_;
  std::size_t bytes_ = 0;
};

/// The inside of a class: `a-f09-`.
std::string listed(Letters letters) {
  std::string text;
  const auto has = [&](std::size_t i) { return (letters >> i & 1U) != 0; };
  constexpr std::size_t kDigits = kLetters.find('0');
  constexpr std::size_t kSigns = kLetters.find('-');
  for (std::size_t i = 0; i < kSigns; ++i) {
    if (!has(i)) continue;
    std::size_t last = i;
    while (last + 1 < kSigns && last + 1 != kDigits && has(last + 1)) ++last;
    text += kLetters[i];
    if (last > i + 1) text += '-';
    if (last > i) text += kLetters[last];
    i = last;
  }
  for (std::size_t i = kSigns + 1; i < kLetters.size(); ++i) {
    if (has(i)) text += kLetters[i];
  }
  if (has(kSigns)) text += '-';  // last, where it begins no range
  return text;
}

}  // namespace

std::string class_text(Letters letters) {
  if (std::has_single_bit(letters)) return std::string(1, first_letter(letters));
  std::string with = "[" + listed(letters) + "]";
  std::string without = "[^" + listed(kEveryLetter & ~letters) + "]";
  return without.size() < with.size() ? without : with;
}

std::optional<std::string> expression_of(const RepositorySet::Automaton& automaton) {
  if (automaton.size() > kMostStates) return std::nullopt;
  return Elimination(automaton).run();
}

}  // namespace acrbiter::model
