#include "cli/timeline_options.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/report/text.h"
#include "cli/suggest.h"

namespace acrbiter::cli {
namespace {

using evaluator::migration::ClientKind;
using evaluator::migration::Minutes;
using evaluator::migration::Span;
using evaluator::migration::TimelineOptions;

constexpr Minutes kLongestDuration = std::chrono::hours(365 * 24);

struct Unit {
  char letter;
  std::int64_t minutes;
};
constexpr std::array kUnits = {Unit{'d', 1440}, Unit{'h', 60}, Unit{'m', 1}};

UsageError bad_range(std::string_view option, std::string_view text) {
  return {.message = fmt::format("`{}` takes a range of durations, not `{}`", option, report::escape(text)),
          .help = "for example 30m..24h, 3h, or 30m.. with an open end"};
}

std::string kinds_listed() {
  std::vector<std::string> words;
  for (const auto& kind : evaluator::migration::client_kinds()) words.emplace_back(kind.word);
  return report::listed(words, "or");
}

/// The error, if there is one.
std::optional<UsageError> read_kinds(const Arguments& arguments, std::string_view option,
                                     std::map<ClientKind, Span>& spans) {
  for (const std::string& text : arguments.all(option)) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
      return UsageError{.message = fmt::format("`{}` takes KIND=RANGE, not `{}`", option, report::escape(text)),
                        .help = "for example kubelet=30m..24h"};
    }
    const std::string typed = text.substr(0, equals);
    const auto kind = evaluator::migration::client_kind_of(typed);
    if (!kind) {
      std::vector<std::string_view> words;
      for (const auto& known : evaluator::migration::client_kinds()) words.push_back(known.word);
      const auto near = nearest(typed, words);
      return UsageError{.message = fmt::format("no kind of clients is called `{}`", report::escape(typed)),
                        .help = near.empty() ? fmt::format("one of: {}", kinds_listed())
                                             : fmt::format("did you mean `{}`?", near.front())};
    }
    const auto span = parse_span(std::string_view(text).substr(equals + 1));
    if (!span) return bad_range(option, text.substr(equals + 1));
    if (!spans.emplace(*kind, *span).second) {
      return UsageError{.message = fmt::format("`{}` is given twice for {}", option, typed), .help = ""};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Minutes> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  auto unit = kUnits.begin();
  while (!text.empty()) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto digits = static_cast<std::size_t>(end - text.data());
    if (error != std::errc() || digits == text.size()) return std::nullopt;
    unit = std::find_if(unit, kUnits.end(), [&](const Unit& u) { return u.letter == text[digits]; });
    if (unit == kUnits.end()) return std::nullopt;
    total += number * unit->minutes;
    ++unit;
    text.remove_prefix(digits + 1);
  }
  if (total > kLongestDuration.count()) return std::nullopt;
  return Minutes(total);
}

std::optional<Span> parse_span(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    const auto exact = parse_duration(text);
    if (!exact) return std::nullopt;
    return Span{.best = *exact, .worst = *exact};
  }
  const std::string_view first = text.substr(0, dots);
  const std::string_view second = text.substr(dots + 2);
  if (first.empty() && second.empty()) return std::nullopt;
  const auto best = first.empty() ? Minutes(0) : parse_duration(first);
  const auto worst = second.empty() ? best : parse_duration(second);
  if (!best || !worst || *best > *worst) return std::nullopt;
  return Span{.best = *best, .worst = *worst, .open_ended = second.empty()};
}

model::Expected<TimelineOptions, UsageError> timeline_options(const Arguments& arguments) {
  using Outcome = model::Expected<TimelineOptions, UsageError>;
  TimelineOptions options;
  if (auto error = read_kinds(arguments, "--credential-lifetime", options.lifetime)) return Outcome::failure(*error);
  if (auto error = read_kinds(arguments, "--refresh-time", options.refresh)) return Outcome::failure(*error);
  const auto span = [&](std::string_view option, std::optional<Span>& into) -> std::optional<UsageError> {
    const auto text = arguments.get(option);
    if (!text) return std::nullopt;
    into = parse_span(*text);
    return into ? std::nullopt : std::optional(bad_range(option, *text));
  };
  if (auto error = span("--propagation", options.propagation)) return Outcome::failure(*error);
  if (auto error = span("--wide-propagation", options.wide_propagation)) return Outcome::failure(*error);
  if (const auto text = arguments.get("--wait")) {
    options.wait = parse_duration(*text);
    if (!options.wait) {
      return Outcome::failure({.message = fmt::format("`--wait` takes a duration, not `{}`", report::escape(*text)),
                               .help = "for example 30m or 2h"});
    }
  }
  if (const auto text = arguments.get("--at")) {
    options.at = model::parse_timestamp(*text);
    if (!options.at) {
      return Outcome::failure({.message = fmt::format("`{}` is no time", report::escape(*text)),
                               .help = "for example 2026-12-01T20:00:00Z"});
    }
  }
  return options;
}

}  // namespace acrbiter::cli
