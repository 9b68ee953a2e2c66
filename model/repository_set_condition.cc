#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/repository_automaton.h"

namespace acrbiter::model {
namespace {

using Automaton = RepositorySet::Automaton;

/// What the service stores. Source: role-assignments-limits
constexpr std::size_t kMostConditionBytes = 8192;
/// A comparison alone takes over 80 bytes.
constexpr std::size_t kMostComparisons = kMostConditionBytes / 80;
constexpr std::size_t kMostConditionDepth = kMostComparisons;

/// A comparison, or several joined by AND or OR; none joined by AND is true, none joined by OR false.
struct Clause {
  enum class Kind : std::uint8_t { Comparison, And, Or } kind = Kind::And;
  std::string text;  ///< of a comparison
  std::vector<Clause> operands;
};

Clause comparison(std::string_view op, std::string_view value) {
  std::string text = "@Request[Microsoft.ContainerRegistry/registries/repositories:name] ";
  text += op;
  text += " '";
  text += value;
  text += "'";
  return {Clause::Kind::Comparison, std::move(text), {}};
}

void add(Clause& joined, Clause operand) {
  if (operand.kind == joined.kind || (operand.kind != Clause::Kind::Comparison && operand.operands.size() == 1)) {
    for (Clause& inner : operand.operands) add(joined, std::move(inner));
  } else {
    joined.operands.push_back(std::move(operand));
  }
}

void print(const Clause& clause, std::string& out) {
  if (clause.kind == Clause::Kind::Comparison) {
    out += clause.text;
    return;
  }
  for (std::size_t i = 0; i < clause.operands.size(); ++i) {
    if (i > 0) out += clause.kind == Clause::Kind::And ? " AND " : " OR ";
    const bool nested = clause.operands[i].kind != Clause::Kind::Comparison;
    if (nested) out += '(';
    print(clause.operands[i], out);
    if (nested) out += ')';
  }
}

/// Writes a set without loops: at each state the rule is what most letters lead to, all names or none, and the other
/// letters are its exceptions.
class ConditionWriter {
 public:
  explicit ConditionWriter(const Automaton& automaton) : automaton_(automaton), rows_(*automaton.rows) {}

  [[nodiscard]] std::optional<Clause> write() { return below(0, {}, {}, 0); }

 private:
  /// Both turn the answer round: `outside` asks for names that begin with the prefix and are not in the set, `negated`
  /// for all names but those asked for.
  struct Sense {
    bool outside = false;
    bool negated = false;
  };

  /// Which names that begin with `prefix`, the one that leads to `state`, are in the set? Nothing: too long.
  std::optional<Clause> below(StateId state, std::string prefix, Sense sense, std::size_t depth) {
    const auto none = sense.outside ? automaton_.full : automaton_.dead;
    const auto every = sense.outside ? automaton_.dead : automaton_.full;
    if (depth > kMostConditionDepth) return std::nullopt;
    for (auto only = only_way(state, none, sense); only; only = only_way(state, none, sense)) {
      if (prefix.size() > kMostConditionBytes) return std::nullopt;
      prefix += first_letter(only->letters);
      state = only->to;
    }
    StateId usual = state;
    while (!automaton_.is_final(usual)) usual = rows_.usual_next(usual);
    const bool mostly = usual == every;
    Clause result{mostly != sense.negated ? Clause::Kind::And : Clause::Kind::Or, {}, {}};
    if (mostly && !prefix.empty()) {
      compare(result, sense.negated ? "StringNotStartsWithIgnoreCase" : "StringStartsWithIgnoreCase", prefix);
    }
    const bool accepts = automaton_.accepting[state] != sense.outside;
    if (accepts != mostly && !prefix.empty()) {
      compare(result, accepts != sense.negated ? "StringEqualsIgnoreCase" : "StringNotEqualsIgnoreCase", prefix);
    }
    for (const Arc& arc : rows_[state]) {
      if (arc.to == usual) continue;
      const Sense inner = mostly ? Sense{!sense.outside, !sense.negated} : sense;
      for (Letters left = arc.letters; left != 0; left &= left - 1) {
        auto clause = below(arc.to, prefix + first_letter(left), inner, depth + 1);
        if (!clause || comparisons_ > kMostComparisons) return std::nullopt;
        add(result, *std::move(clause));
      }
    }
    return result;
  }

  /// The arc that all names asked for must take, if there is one.
  [[nodiscard]] std::optional<Arc> only_way(StateId state, std::optional<StateId> none, Sense sense) const {
    if (automaton_.is_final(state) || (state != 0 && automaton_.accepting[state] != sense.outside)) return std::nullopt;
    std::optional<Arc> only;
    for (const Arc& arc : rows_[state]) {
      if (arc.to == none) continue;
      if (only || !std::has_single_bit(arc.letters)) return std::nullopt;
      only = arc;
    }
    return only;
  }

  void compare(Clause& joined, std::string_view op, std::string_view value) {
    ++comparisons_;
    add(joined, comparison(op, value));
  }

  const Automaton& automaton_;
  const Rows& rows_;
  std::size_t comparisons_ = 0;
};

}  // namespace

std::optional<std::string> RepositorySet::condition_text() const {
  if (is_all()) return "";
  if (empty() || automaton_->loops) return std::nullopt;
  const auto clause = ConditionWriter(*automaton_).write();
  if (!clause) return std::nullopt;
  std::string text = "(";
  print(*clause, text);
  text += ")";
  if (text.size() > kMostConditionBytes) return std::nullopt;
  return text;
}

}  // namespace acrbiter::model
