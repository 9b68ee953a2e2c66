#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/repository_automaton.h"
#include "model/text_position.h"

namespace acrbiter::model {
namespace {

/// Longer texts are refused unread. What pattern() writes stays far below.
constexpr std::size_t kMostPatternBytes = std::size_t{1} << 24U;
constexpr std::size_t kMostParentheses = 250;

/// Thrown where the text is wrong, and caught before parse() returns.
struct Problem {
  SourceSpan span;
  std::string message;
  std::string help;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] std::size_t at() const { return at_; }
  /// The next character, or NUL, which is nowhere legal.
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  char take() { return text_[at_++]; }
  bool take(char c) { return peek() == c && !at_end() && (++at_, true); }
  bool take(std::string_view word) { return text_.substr(at_).starts_with(word) && (at_ += word.size(), true); }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }
  /// The characters up to the next blank or comma.
  std::string_view take_word() {
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,", at_), text_.size());
    const std::string_view word = text_.substr(at_, end - at_);
    at_ = end;
    return word;
  }
  [[noreturn]] void fail_here(std::string message, std::string help = {}) const {
    throw Problem{{at_, std::min(at_ + 1, text_.size())}, std::move(message), std::move(help)};
  }

  /// `a`, `[a-f0-9]`, `[^/]`: the letters of one place.
  Letters take_class() {
    if (!take('[')) {
      const Letters one = letter(peek());
      if (one == 0) fail_here(at_end() ? "a letter is missing" : "no repository name has this character", kLettersHelp);
      ++at_;
      return one;
    }
    const std::size_t begin = at_ - 1;
    const bool negated = take('^');
    Letters letters = 0;
    while (!take(']')) {
      const char from = peek();
      if (letter(from) == 0)
        fail_here(at_end() ? "`]` is missing" : "no repository name has this character", kLettersHelp);
      ++at_;
      const bool is_range = peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']';
      if (!is_range) {
        letters |= letter(from);
        continue;
      }
      ++at_;
      const char to = peek();
      const auto within = [&](char first, char last) { return first <= from && from <= to && to <= last; };
      if (!within('a', 'z') && !within('0', '9')) fail_here("a range goes up within `a-z` or `0-9`");
      ++at_;
      for (char c = from; c <= to; ++c) letters |= letter(c);
    }
    if (negated) letters = kEveryLetter & ~letters;
    if (letters == 0) throw Problem{{begin, at_}, "this class holds no letter", {}};
    return letters;
  }

  std::uint32_t take_number() {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    if (error != std::errc{}) fail_here("a number is missing");
    at_ = static_cast<std::size_t>(end - text_.data());
    return number;
  }

  static constexpr const char* kLettersHelp = "names have `a`-`z`, `0`-`9`, `.`, `-`, `_`, `/`";

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// ---- lists of patterns ---------------------------------------------------------------------------------------

/// `x, y**, z?`: the union of its items.
class ListReader {
 public:
  explicit ListReader(Reader& reader) : reader_(reader) {}

  RepositorySet read() {
    do {
      reader_.skip_blanks();
      read_item();
      reader_.skip_blanks();
    } while (reader_.take(','));
    sets_.push_back(RepositorySet::of(names_));
    return RepositorySet::united(sets_);
  }

 private:
  void read_item() {
    const std::size_t begin = reader_.at();
    Reader word = reader_;
    const std::string_view item = word.take_word();
    if (item.empty()) reader_.fail_here("a name or pattern is missing");
    if (item.find_first_of("*?") == std::string_view::npos) {
      while (reader_.at() < begin + item.size()) reader_.take_class();
      names_.emplace_back(item);
      return;
    }
    std::vector<GlobPiece> pieces;
    while (reader_.at() < begin + item.size()) {
      if (reader_.take("**")) {
        pieces.push_back(GlobPiece::any_run());
      } else if (reader_.take('*')) {
        pieces.push_back(GlobPiece::run_in_segment());
      } else if (reader_.take('?')) {
        pieces.push_back(GlobPiece::one_of(kEveryLetter));
      } else {
        pieces.push_back(GlobPiece::one_of(reader_.take_class()));
      }
    }
    sets_.push_back(matching(pieces));
  }

  Reader& reader_;
  std::vector<std::string> names_;
  std::vector<RepositorySet> sets_;
};

// ---- regular expressions -------------------------------------------------------------------------------------

/// A nondeterministic automaton, built while the expression is read (Thompson's construction).
class Expression {
 public:
  explicit Expression(Reader& reader) : reader_(reader) {
    const Part whole = read_choice(0);
    if (!reader_.at_end()) reader_.fail_here("this `)` closes nothing");
    start_ = whole.begin;
    end_ = whole.end;
  }

  /// Follows all ways at once: a state is the set of nodes that may be next.
  [[nodiscard]] RepositorySet set() {
    Draft draft;
    ListIndex sets;
    targets_.assign(1, start_);
    sets.insert(close());
    std::vector<std::uint64_t> now;
    std::vector<Letters> parts;
    std::vector<Arc> row;
    for (std::size_t at = 0; at < sets.size(); ++at) {
      now.assign(sets[at].begin(), sets[at].end());
      divide_letters(now, parts);
      row.clear();
      for (const Letters part : parts) {
        targets_.clear();
        for (const std::uint64_t id : now) {
          const Node& node = nodes_[id];
          if ((node.letters & part) != 0) targets_.push_back(node.next[0]);
        }
        row.push_back({part, sets.insert(close()).first});
      }
      draft.add(row, std::ranges::binary_search(now, std::uint64_t{end_}) ? 1 : 0);
      if (sets.size() > kMostDraftStates || draft.rows.arcs() > kMostDraftArcs || sets.words() > kMostWords) refuse();
    }
    return set_of(draft);
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::size_t kMostWords = std::size_t{1} << 22U;
  static constexpr std::size_t kMostSteps = std::size_t{1} << 26U;

  /// With letters: takes one of them and goes to next[0]. Without: goes to either at once.
  struct Node {
    Letters letters = 0;
    std::uint32_t next[2] = {kNone, kNone};
  };
  struct Part {
    std::uint32_t begin, end;  ///< `end` leads nowhere yet
  };

  std::uint32_t add(Letters letters, std::uint32_t a, std::uint32_t b) {
    nodes_.push_back({letters, {a, b}});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }

  Part read_choice(std::size_t depth) {
    if (depth > kMostParentheses) reader_.fail_here("parentheses are nested too deep");
    Part result = read_sequence(depth);
    while (reader_.take('|')) {
      const Part other = read_sequence(depth);
      const std::uint32_t end = add(0, kNone, kNone);
      nodes_[result.end].next[0] = end;
      nodes_[other.end].next[0] = end;
      result = {add(0, result.begin, other.begin), end};
    }
    return result;
  }

  Part read_sequence(std::size_t depth) {
    const std::uint32_t begin = add(0, kNone, kNone);
    Part result{begin, begin};
    while (!reader_.at_end() && reader_.peek() != '|' && reader_.peek() != ')') {
      const Part next = read_repeated(depth);
      nodes_[result.end].next[0] = next.begin;
      result.end = next.end;
    }
    return result;
  }

  Part read_repeated(std::size_t depth) {
    Part part = read_one(depth);
    for (;;) {
      const char sign = reader_.peek();
      if (sign != '*' && sign != '+' && sign != '?') return part;
      reader_.take();
      const std::uint32_t end = add(0, kNone, kNone);
      const std::uint32_t choice = add(0, part.begin, end);
      nodes_[part.end].next[0] = sign == '?' ? end : choice;
      part = {sign == '+' ? part.begin : choice, end};
    }
  }

  Part read_one(std::size_t depth) {
    if (reader_.take('(')) {
      const Part part = read_choice(depth + 1);
      if (!reader_.take(')')) reader_.fail_here("`)` is missing");
      return part;
    }
    const Letters letters = reader_.take_class();
    const std::uint32_t end = add(0, kNone, kNone);
    return {add(letters, end, kNone), end};
  }

  /// The nodes with letters, and the end, that are reached from targets_ without a letter; sorted.
  const std::vector<std::uint64_t>& close() {
    seen_.resize(nodes_.size(), 0);
    ++round_;
    closed_.clear();
    while (!targets_.empty()) {
      const std::uint32_t id = targets_.back();
      targets_.pop_back();
      if (id == kNone || seen_[id] == round_) continue;
      seen_[id] = round_;
      if (++steps_ > kMostSteps) refuse();
      if (nodes_[id].letters != 0 || id == end_) closed_.push_back(id);
      if (nodes_[id].letters == 0) targets_.insert(targets_.end(), {nodes_[id].next[0], nodes_[id].next[1]});
    }
    std::sort(closed_.begin(), closed_.end());
    return closed_;
  }

  void divide_letters(const std::vector<std::uint64_t>& now, std::vector<Letters>& parts) {
    parts.assign(1, kEveryLetter);
    for (const std::uint64_t id : now) {
      for (std::size_t i = parts.size(); i-- > 0;) {
        const Letters common = parts[i] & nodes_[id].letters;
        if (common == 0 || common == parts[i]) continue;
        parts[i] ^= common;
        parts.push_back(common);
      }
    }
    steps_ += now.size() * parts.size();
  }

  [[noreturn]] static void refuse() {
    throw RepositorySetTooLarge("this expression would need more than " + std::to_string(RepositorySet::kMostStates) +
                                " states");
  }

  Reader& reader_;
  std::vector<Node> nodes_;
  std::uint32_t start_ = 0;
  std::uint32_t end_ = kNone;
  std::vector<std::uint32_t> targets_;
  std::vector<std::uint32_t> seen_;
  std::uint32_t round_ = 0;
  std::size_t steps_ = 0;
  std::vector<std::uint64_t> closed_;
};

// ---- automata ------------------------------------------------------------------------------------------------

/// `[^b]>1,b>2;+[^]>1;…`: for each state a `+` if names may end there, and where each letter leads.
RepositorySet read_automaton(Reader& reader) {
  Draft draft;
  std::vector<Arc> row;
  std::size_t highest = 0;
  do {
    const bool accepts = reader.take('+');
    row.clear();
    Letters seen = 0;
    do {
      const std::size_t begin = reader.at();
      const Letters letters = reader.take_class();
      if ((seen & letters) != 0) throw Problem{{begin, reader.at()}, "a letter leads to two states", {}};
      seen |= letters;
      if (!reader.take('>')) reader.fail_here("`>` is missing");
      row.push_back({letters, reader.take_number()});
      highest = std::max<std::size_t>(highest, row.back().to);
    } while (reader.take(','));
    if (seen != kEveryLetter) reader.fail_here("a letter leads to no state");
    if (draft.rows.size() >= RepositorySet::kMostStates) reader.fail_here("too many states");
    draft.add(row, accepts ? 1 : 0);
  } while (reader.take(';'));
  if (highest >= draft.rows.size()) reader.fail_here("state " + std::to_string(highest) + " is missing");
  return set_of(draft);
}

RepositorySet read_set(Reader& reader) {
  reader.skip_blanks();
  if (reader.take("(none)")) {
    reader.skip_blanks();
    if (!reader.at_end()) reader.fail_here("nothing may follow `(none)`");
    return RepositorySet::none();
  }
  if (reader.take("re:")) return Expression(reader).set();
  if (reader.take("automaton:")) return read_automaton(reader);
  RepositorySet result = ListReader(reader).read();
  if (reader.at_end()) return result;
  Reader ahead = reader;
  if (ahead.take_word() != "except") reader.fail_here("expected `,` or `except`");
  reader = ahead;
  result -= ListReader(reader).read();
  if (!reader.at_end()) reader.fail_here("expected `,`");
  return result;
}

}  // namespace

Result<RepositorySet> RepositorySet::parse(std::string_view text) {
  const auto failure = [&](SourceSpan span, std::string message, std::string help = {}) {
    return Result<RepositorySet>::failure({diagnostic_at(text, span, std::move(message), std::move(help))});
  };
  if (text.size() > kMostPatternBytes) {
    return failure({0, 0}, "the pattern has more than " + std::to_string(kMostPatternBytes) + " bytes");
  }
  try {
    Reader reader(text);
    return read_set(reader);
  } catch (const Problem& problem) {
    return failure(problem.span, problem.message, problem.help);
  } catch (const RepositorySetTooLarge& error) {
    return failure({0, text.size()}, error.what());
  }
}

}  // namespace acrbiter::model
