#include "cli/report/condition_view.h"

#include <algorithm>

#include <fmt/format.h>

namespace acrbiter::cli::report {
namespace {

constexpr std::size_t kMostSteps = 60;  ///< tests of one condition that are listed

bool blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// `line` cut into pieces of at most `width` columns, at blanks where there are any.
std::vector<model::SourceSpan> pieces(std::string_view line, std::size_t width) {
  std::vector<model::SourceSpan> result;
  std::size_t begin = 0;
  std::size_t last_blank = 0;
  std::size_t used = 0;
  for (std::size_t i = 0; i < line.size();) {
    const CodePoint point = next_code_point(line.substr(i));
    if (line[i] == ' ') last_blank = i;
    ++used;
    if (width != 0 && used > width && i > begin) {
      const std::size_t end = last_blank > begin ? last_blank + 1 : i;
      result.push_back({begin, end});
      begin = end;
      used = begin > i ? 0 : columns(line.substr(begin, i - begin)) + 1;
    }
    i += std::max<std::size_t>(point.length, 1);
  }
  if (begin < line.size()) result.push_back({begin, line.size()});
  return result;
}

Style style_of(model::Truth truth) noexcept {
  return truth == model::Truth::True ? Style::Good : truth == model::Truth::False ? Style::Bad : Style::Open;
}

/// True if `step` is a comparison or an action test: no other step lies inside it.
bool is_leaf(const std::vector<evaluator::ConditionStep>& steps, std::size_t index) {
  return index + 1 == steps.size() || steps[index + 1].depth <= steps[index].depth;
}

}  // namespace

std::string one_line(std::string_view text, model::SourceSpan& span) {
  std::string result;
  model::SourceSpan moved{0, 0};
  bool end_set = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == span.begin) moved.begin = result.size() + (blank(text[i]) && !result.empty() ? 1 : 0);
    if (i == span.end) {
      moved.end = result.size();
      end_set = true;
    }
    if (!blank(text[i])) {
      if (i > 0 && blank(text[i - 1]) && !result.empty()) {
        if (i == span.begin) ++moved.begin;
        result += ' ';
      }
      result += text[i];
    }
  }
  if (!end_set) moved.end = result.size();
  span = {std::min(moved.begin, result.size()),
          std::clamp(moved.end, moved.begin, std::max(moved.begin, result.size()))};
  return result;
}

std::string condition_view(const std::string& text, const evaluator::ConditionValue& value,
                           const std::vector<evaluator::ConditionStep>& steps, std::size_t indent, const Look& look) {
  constexpr std::size_t kLeastWidth = 40;
  const std::string margin(indent, ' ');
  const std::size_t room = look.width == 0 ? 0 : std::max(kLeastWidth, look.width - std::min(look.width, indent));

  // The text, with the deciding part underlined. Escaping moves bytes, so the parts are escaped one by one.
  model::SourceSpan decided = value.decided_by;
  const std::string line = one_line(text, decided);
  const std::string before = escape(std::string_view(line).substr(0, decided.begin));
  const std::string marked = escape(std::string_view(line).substr(decided.begin, decided.end - decided.begin));
  const std::string shown = before + marked + escape(std::string_view(line).substr(decided.end));
  const bool whole =
      before.find_first_not_of("( ") == std::string::npos && before.size() + marked.size() == shown.size();
  std::string result;
  for (const model::SourceSpan piece : pieces(shown, room)) {
    const std::string_view part = std::string_view(shown).substr(piece.begin, piece.end - piece.begin);
    result += fmt::format("{}{}\n", margin, part.substr(0, part.find_last_not_of(' ') + 1));
    const std::size_t from = std::max(piece.begin, before.size());
    const std::size_t to = std::min(piece.end, before.size() + marked.size());
    if (whole || from >= to) continue;
    const std::string_view under = std::string_view(shown).substr(from, to - from);
    const std::size_t length = columns(under.substr(0, under.find_last_not_of(' ') + 1));
    if (length == 0) continue;
    result += fmt::format("{}{}{}\n", margin,
                          std::string(columns(std::string_view(shown).substr(piece.begin, from - piece.begin)), ' '),
                          look.paint(style_of(value.truth), std::string(length, '^')));
  }

  constexpr std::size_t kValue = 8;  // columns of "unknown "
  std::size_t shown_steps = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!is_leaf(steps, i)) continue;
    if (shown_steps++ == kMostSteps) {
      result += fmt::format("{}and further tests\n", margin);
      break;
    }
    const evaluator::ConditionStep& step = steps[i];
    model::SourceSpan none{};
    const std::string part =
        escape(one_line(std::string_view(text).substr(step.span.begin, step.span.end - step.span.begin), none));
    std::string before_part = margin + look.paint(style_of(step.truth), fmt::format("{:<8}", to_string(step.truth)));
    for (const model::SourceSpan piece : pieces(part, room == 0 ? 0 : room - kValue)) {
      result += before_part + part.substr(piece.begin, piece.end - piece.begin);
      result.erase(result.find_last_not_of(' ') + 1);
      result += '\n';
      before_part = std::string(indent + kValue, ' ');
    }
    if (part.starts_with("ActionMatches") || step.note.empty()) continue;  // the action stands above already
    std::string note = escape(step.note);
    if (step.first_difference != 0) note += fmt::format("; they differ at character {}", step.first_difference);
    result += wrap(note, std::string(indent + kValue, ' '), indent + kValue + 2, look.width);
  }
  return result;
}

}  // namespace acrbiter::cli::report
