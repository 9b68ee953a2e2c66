#include "cli/report/timeline_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/json_writer.h"
#include "cli/report/markdown.h"

namespace acrbiter::cli::report {
namespace {

using evaluator::migration::Client;
using evaluator::migration::ClientKind;
using evaluator::migration::ClientKindInfo;
using evaluator::migration::Delay;
using evaluator::migration::Minutes;
using evaluator::migration::Phase;
using evaluator::migration::RegistrySwitch;
using evaluator::migration::Span;
using evaluator::migration::Timeline;

// ---- durations and moments in words -------------------------------------------------------------------------

constexpr std::int64_t kHour = 60;
constexpr std::int64_t kDay = 24 * kHour;

/// "10 min", "3 h", "1 h 30 min", "24 h", "3 d".
std::string words(Minutes duration) {
  const std::int64_t minutes = duration.count();
  if (minutes < kHour) return fmt::format("{} min", minutes);
  if (minutes % kDay == 0 && minutes > kDay) return fmt::format("{} d", minutes / kDay);
  if (minutes % kHour == 0) return fmt::format("{} h", minutes / kHour);
  return fmt::format("{} h {} min", minutes / kHour, minutes % kHour);
}

bool none(const Span& span) { return span.worst == Minutes(0) && !span.open_ended; }

std::string words(const Span& span) {
  if (span.worst == Minutes(0)) return span.open_ended ? "no end known" : "not at all";
  std::string text = words(span.worst);
  if (span.best == Minutes(0)) {
    text = "up to " + text;
  } else if (span.best != span.worst) {
    text = fmt::format("{} to {}", words(span.best), text);
  }
  return span.open_ended ? text + " or longer" : text;
}

std::string words(const Delay& delay) { return fmt::format("{} ({})", words(delay.span), word(delay.basis)); }

/// "T+0", "T-20 min", "T+3 h".
std::string moment(Minutes at) {
  if (at == Minutes(0)) return "T+0";
  return fmt::format("T{}{}", at < Minutes(0) ? '-' : '+', words(at < Minutes(0) ? -at : at));
}

/// The latest moment of a span, with its open end.
std::string latest(const Span& span) {
  if (span.open_ended && span.worst == Minutes(0)) return "no end known";
  return moment(span.worst) + (span.open_ended ? " or later" : "");
}

/// Where the bars of a chart begin and end: as many equal steps as there are landmarks after the first.
class Axis {
 public:
  explicit Axis(Minutes most) {
    constexpr std::array<std::int64_t, 14> kLandmarks = {
        0, 10, 30, 60, 180, 480, kDay, 2 * kDay, 4 * kDay, 7 * kDay, 14 * kDay, 30 * kDay, 90 * kDay, 365 * kDay};
    constexpr std::ptrdiff_t kMostLandmarks = 6;
    auto end = std::lower_bound(kLandmarks.begin() + 3, kLandmarks.end(), most.count());
    if (end != kLandmarks.end()) ++end;
    const auto steps = std::min<std::ptrdiff_t>(end - kLandmarks.begin() - 1, kMostLandmarks);
    marks_.push_back(0);
    marks_.insert(marks_.end(), end - steps, end);
  }

  [[nodiscard]] std::size_t steps() const { return marks_.size() - 1; }
  /// "T+0", "10m", "3h", "2d".
  [[nodiscard]] std::string label(std::size_t mark) const {
    const std::int64_t minutes = marks_[mark];
    if (minutes == 0) return "T+0";
    if (minutes < kHour) return fmt::format("{}m", minutes);
    return minutes <= kDay ? fmt::format("{}h", minutes / kHour) : fmt::format("{}d", minutes / kDay);
  }
  /// From 0 to steps().
  [[nodiscard]] double position(Minutes at) const {
    const auto next = std::upper_bound(marks_.begin(), marks_.end(), at.count());
    if (next == marks_.end()) return static_cast<double>(steps());
    const auto before = next - 1;
    return static_cast<double>(before - marks_.begin()) +
           static_cast<double>(at.count() - *before) / static_cast<double>(*next - *before);
  }

 private:
  std::vector<std::int64_t> marks_;
};

// ---- the same for all formats -------------------------------------------------------------------------------

/// Clients of a registry for whom everything is equal.
struct TimelineRow {
  const Client* first = nullptr;
  std::vector<const Client*> clients;
};

std::string plain_name(const Client& client) {
  if (!client.workload.empty()) {
    const std::size_t blank = client.workload.find(' ');  // "aks aks-prod": the kind is said already
    return blank == std::string::npos ? client.workload : client.workload.substr(blank + 1);
  }
  return client.who.name.empty() ? client.who.id : client.who.name;
}

using Naming = std::string (*)(std::string_view);

class TimelineFacts {
 public:
  explicit TimelineFacts(const Timeline& timeline) : t(timeline) {
    Minutes most{0};
    for (const RegistrySwitch& registry : t.registries) {
      for (const Client& client : registry.clients) {
        most = std::max({most, client.without_action.worst, client.with_action.worst});
        if (!client.needs_identity) used_.insert(client.kind);
        if (client.loses_access) ++losing_;
        if (client.needs_identity) {
          ++without_identity_;
        } else if (!none(client.without_action)) {
          ++refused_;
          without_ = later(without_, client.without_action);
          const bool sooner = client.with_action.worst < client.without_action.worst ||
                              client.with_action.open_ended != client.without_action.open_ended;
          if (sooner) {
            ++shortened_;
            with_ = later(with_, client.with_action);
          }
        }
      }
    }
    axis_ = Axis(most);
  }

  const Timeline& t;

  [[nodiscard]] const Axis& axis() const { return axis_; }
  [[nodiscard]] const ClientKindInfo& info(ClientKind kind) const { return t.kinds[static_cast<std::size_t>(kind)]; }
  /// Kinds that some registry has, tasks without an identity aside.
  [[nodiscard]] std::vector<const ClientKindInfo*> used() const {
    std::vector<const ClientKindInfo*> result;
    result.reserve(used_.size());
    for (const ClientKind kind : used_) result.push_back(&info(kind));
    return result;
  }

  [[nodiscard]] std::string sentence(Naming name) const {
    const std::string where = t.registries.size() == 1 ? name(t.registries.front().registry.name)
                                                       : counted(t.registries.size(), "registry", "registries");
    std::string text;
    if (refused_ == 0) {
      text = fmt::format("No client of {} is known that the switch would refuse for having an old credential.", where);
    } else {
      text = fmt::format("{} of {} can be refused with 401 after the switch, although the roles are in place: {}.",
                         counted(refused_, "client"), where, words(without_));
      if (shortened_ == refused_) {
        text += fmt::format(" Refreshed at once, it is {}.", words(with_));
      } else if (shortened_ != 0) {
        text +=
            fmt::format(" Refreshed at once, it is {} for {} of them; for {} no page says that anything shortens it.",
                        words(with_), shortened_, refused_ - shortened_);
      } else {
        text += " No page says that anything shortens it.";
      }
    }
    if (without_identity_ != 0) {
      text +=
          fmt::format(" {} in every run until {} an identity.", counted(without_identity_, "task fails", "tasks fail"),
                      without_identity_ == 1 ? "it has" : "they have");
    }
    return text;
  }

  [[nodiscard]] std::size_t refused() const { return refused_; }
  [[nodiscard]] std::string how_long() const { return words(without_); }

  /// "contosodev, contosobase and contosoapps".
  [[nodiscard]] std::string order(Naming name) const {
    std::vector<std::string> names;
    names.reserve(t.registries.size());
    for (const RegistrySwitch& registry : t.registries) names.push_back(name(registry.registry.name));
    return listed(names);
  }

  [[nodiscard]] static std::vector<TimelineRow> rows(const RegistrySwitch& registry) {
    std::vector<TimelineRow> rows;
    const auto key = [](const Client& c) {
      return std::tuple(c.kind, c.needs_identity, c.without_action.best, c.without_action.worst,
                        c.without_action.open_ended, c.with_action.best, c.with_action.worst, c.with_action.open_ended);
    };
    for (const Client& client : registry.clients) {
      const auto same = std::find_if(rows.begin(), rows.end(),
                                     [&](const TimelineRow& row) { return key(*row.first) == key(client); });
      if (same == rows.end()) {
        rows.push_back({.first = &client, .clients = {&client}});
      } else {
        same->clients.push_back(&client);
      }
    }
    return rows;
  }

  [[nodiscard]] std::string title(const TimelineRow& row) const {
    const std::string_view title = info(row.first->kind).title;
    return row.first->needs_identity ? fmt::format("{} without an identity", title) : std::string(title);
  }
  /// At most `most`, then how many more.
  [[nodiscard]] static std::string names(const TimelineRow& row, std::size_t most, Naming name) {
    std::vector<std::string> result;
    for (const Client* client : row.clients) {
      if (result.size() == most) {
        result.push_back(fmt::format("{} more", row.clients.size() - most));
        break;
      }
      result.push_back(name(plain_name(*client)));
    }
    return fmt::format("{}", fmt::join(result, ", "));
  }
  [[nodiscard]] std::string action(const TimelineRow& row) const {
    return std::string(row.first->needs_identity ? kGiveIdentity : info(row.first->kind).action);
  }
  [[nodiscard]] static std::string nobody_acts(const TimelineRow& row) {
    return row.first->needs_identity ? "until it has an identity" : words(row.first->without_action);
  }
  [[nodiscard]] static std::string refreshed(const TimelineRow& row) {
    return row.first->needs_identity ? "no new credential helps" : words(row.first->with_action);
  }

  /// "2 running workloads, 14 clients in all".
  [[nodiscard]] static std::string exposed(const RegistrySwitch& registry) {
    if (registry.clients.empty()) return "no clients known: a rehearsal";
    if (registry.harm.workloads == 0) {
      return fmt::format("no running workload known, {}: a rehearsal", counted(registry.clients.size(), "client"));
    }
    return fmt::format("{}, {} in all", counted(registry.harm.workloads, "running workload"),
                       counted(registry.clients.size(), "client"));
  }

  /// T+0 of a registry, as an instant if one is set: "T+0 is 2026-12-01T20:00:00Z", or "" if there is nothing to say.
  [[nodiscard]] std::string start(std::size_t r) const {
    const Minutes after = t.registries[r].not_before;
    if (t.at) {
      return fmt::format("T+0 {} {}", r == 0 ? "is" : "not before",
                         model::to_string(evaluator::migration::instant(*t.at, after)));
    }
    return r == 0 ? std::string() : fmt::format("T+0 not before {} of the first", moment(after));
  }

  [[nodiscard]] static std::string when(const Phase& phase) {
    if (phase.from && phase.to) {
      if (phase.kind == Phase::Kind::Switch) return "T+0";
      return fmt::format("{} to {}", latest(*phase.from), latest(*phase.to));
    }
    if (phase.to) return "until " + latest(*phase.to);
    return phase.from ? "from " + latest(*phase.from) : "after that";
  }

  [[nodiscard]] std::string what(Phase::Kind kind) const {
    switch (kind) {
      case Phase::Kind::Assign:
        return t.assignments == 0 ? "nothing to assign" : "create " + counted(t.assignments, "role assignment");
      case Phase::Kind::Wait: {
        if (!t.propagation) return "nothing to wait for";
        std::string text = "the assignments spread: " + words(*t.propagation);
        if (t.wait < t.propagation->span.worst) {
          text += "; this wait is shorter, and until they have spread no credential helps";
        }
        if (t.wide_assignments != 0) {
          text += fmt::format("; {} at management groups: assigned at the registry instead, it is minutes, not hours",
                              counted(t.wide_assignments, "assignment is", "assignments are"));
        }
        return text;
      }
      case Phase::Kind::Switch:
        return fmt::format("az acr update --name REGISTRY --role-assignment-mode rbac-abac{}",
                           t.tasks == 0 ? std::string()
                                        : fmt::format("; then give {} {} identity", counted(t.tasks, "task"),
                                                      t.tasks == 1 ? "its" : "their"));
      case Phase::Kind::Refused:
        return "credentials issued before are refused with 401; refreshing them before the switch does not help";
      case Phase::Kind::Refresh:
        return "get new credentials, see what shortens it";
      case Phase::Kind::Confirm:
        return "pull, push and run automation with new credentials; whoever was missed gets the role directly, because "
               "a "
               "managed identity notices a new group only after about 24 h";
      case Phase::Kind::Remove:
        return t.removals == 0 ? "nothing to remove"
                               : "remove " + counted(t.removals, "role assignment that no longer counts",
                                                     "role assignments that no longer count");
    }
    return {};
  }

  /// What several registries have in common.
  [[nodiscard]] std::vector<std::string> shared(Naming name) const {
    const auto names = [&](const std::vector<std::string>& registries) {
      std::vector<std::string> result;
      result.reserve(registries.size());
      for (const std::string& registry : registries) result.push_back(name(registry));
      return listed(result);
    };
    std::vector<std::string> lines;
    lines.reserve(t.shared_scopes.size() + t.shared_workloads.size());
    for (const auto& scope : t.shared_scopes) {
      lines.push_back(fmt::format("{} of today at {} {} {}: not to be removed before {} has switched",
                                  counted(scope.assignments, "role assignment"), name(scope.scope),
                                  scope.assignments == 1 ? "serves" : "serve", names(scope.registries),
                                  name(scope.registries.back())));
    }
    for (const auto& workload : t.shared_workloads) {
      lines.push_back(fmt::format("{} pulls from {}: one refresh serves all that are switched before it",
                                  name(workload.workload), names(workload.registries)));
    }
    return lines;
  }

  /// What shortens it, a line for each kind of client.
  [[nodiscard]] std::vector<std::string> actions() const {
    std::vector<std::string> lines;
    for (const ClientKindInfo* kind : used()) lines.push_back(fmt::format("{}: {}", kind->title, kind->action));
    if (without_identity_ != 0) lines.push_back(fmt::format("tasks without an identity: {}", kGiveIdentity));
    return lines;
  }

  /// Every figure used with its source, kinds of clients with the same in one line.
  [[nodiscard]] std::vector<std::string> figures() const {
    std::vector<std::string> lines;
    const auto each = [&](std::string_view when, Delay ClientKindInfo::*which) {
      std::vector<std::pair<const Delay*, std::vector<std::string>>> groups;
      for (const ClientKindInfo* kind : used()) {
        const Delay& delay = kind->*which;
        auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return *g.first == delay; });
        if (same == groups.end()) same = groups.insert(same, {&delay, {}});
        same->second.emplace_back(kind->title);
      }
      for (const auto& [delay, titles] : groups) {
        lines.push_back(fmt::format("{}, {}: {}: {}", listed(titles), when, words(*delay), delay->source));
      }
    };
    each("if nobody acts", &ClientKindInfo::lifetime);
    each("refreshed", &ClientKindInfo::refresh);
    if (t.propagation)
      lines.push_back(fmt::format("role assignments: {}: {}", words(*t.propagation), t.propagation->source));
    lines.emplace_back(kLimit);
    return lines;
  }

  [[nodiscard]] std::string losing() const {
    if (losing_ == 0) return {};
    return fmt::format("{} some access for good, whatever the credential: see the changes of the plan",
                       counted(losing_, "client loses", "clients lose"));
  }

  static constexpr std::string_view kObjective =
      "Least harm first: fewest running workloads, then fewest clients without a known end, then the smallest sum of "
      "worst cases. If a surprise ends the series early, the least has been paid.";
  static constexpr std::string_view kGiveIdentity =
      "give the task an identity, and that a role, before the switch; name it with --source-acr-auth-id right after";
  static constexpr std::string_view kLimit =
      "T+0 is when the switch takes effect; no page says how long that takes after the command.";

 private:
  static Span later(const Span& a, const Span& b) {
    return {.best = std::max(a.best, b.best),
            .worst = std::max(a.worst, b.worst),
            .open_ended = a.open_ended || b.open_ended};
  }

  Axis axis_{Minutes(0)};
  std::set<ClientKind> used_;
  std::size_t refused_ = 0;           ///< for a while
  std::size_t shortened_ = 0;         ///< of them, for whom the action of their kind is known to help
  std::size_t without_identity_ = 0;  ///< tasks, refused in every run
  std::size_t losing_ = 0;
  Span without_;  ///< of those refused
  Span with_;     ///< of those shortened
};

std::string quoted(std::string_view name) { return quote(name); }
std::string in_code(std::string_view name) { return code_span(name); }
std::string in_markup(std::string_view name) { return html_text(name); }

// ---- text ---------------------------------------------------------------------------------------------------

constexpr std::size_t kMostNames = 6;

class TimelineText {
 public:
  TimelineText(const TimelineFacts& facts, const Look& look) : f_(facts), look_(look) {
    const std::size_t width = look.width == 0 ? 100 : look.width;
    beside_ = width >= kLabel + kLeastBar + kWords;
    const std::size_t room = width > kLabel + (beside_ ? kWords : 2) ? width - kLabel - (beside_ ? kWords : 2) : 0;
    step_ = std::clamp<std::size_t>(room / f_.axis().steps(), 4, 12);
  }

  std::string print() {
    text_ = wrap(look_.paint(Style::Strong, f_.sentence(quoted)), "", 0, look_.width);
    order();
    heading("Phases");
    std::vector<std::vector<std::string>> rows;
    rows.reserve(f_.t.phases.size());
    for (const Phase& phase : f_.t.phases) {
      rows.push_back({"  " + std::string(word(phase.kind)), TimelineFacts::when(phase), f_.what(phase.kind)});
    }
    text_ += table({}, rows, look_);
    for (std::size_t r = 0; r < f_.t.registries.size(); ++r) registry(r);
    legend();
    shortens();
    figures();
    return std::move(text_);
  }

 private:
  static constexpr std::size_t kLabel = 17;  ///< "    nobody acts  "
  static constexpr std::size_t kWords = 24;  ///< "  up to 3 h or longer"
  static constexpr std::size_t kLeastBar = 30;

  void heading(std::string_view title) { text_ += "\n" + look_.paint(Style::Strong, title) + "\n"; }
  void item(std::string_view line) { text_ += wrap(line, "  ", 4, look_.width); }

  void order() {
    if (f_.t.registries.size() < 2) return;
    text_ += "\n" + wrap(fmt::format("Switch in this order: {}.", f_.order(quoted)), "", 0, look_.width);
    text_ += wrap(TimelineFacts::kObjective, "", 0, look_.width);
    for (const std::string& line : f_.shared(quoted)) item(line);
  }

  void registry(std::size_t r) {
    const RegistrySwitch& registry = f_.t.registries[r];
    std::string title = look_.paint(Style::Strong, quote(registry.registry.name));
    if (f_.t.registries.size() > 1) title += fmt::format(" ({} of {})", r + 1, f_.t.registries.size());
    text_ += "\n" + wrap(fmt::format("{}: {}", title, TimelineFacts::exposed(registry)), "", 2, look_.width);
    if (const std::string start = f_.start(r); !start.empty()) text_ += "  " + start + "\n";
    if (registry.clients.empty()) return;
    std::string scale(kLabel, ' ');
    for (std::size_t mark = 0; mark <= f_.axis().steps(); ++mark) {
      scale.resize(std::max(scale.size(), kLabel + mark * step_), ' ');
      scale += f_.axis().label(mark);
    }
    text_ += look_.paint(Style::Faint, scale) + "\n";
    for (const TimelineRow& row : TimelineFacts::rows(registry)) {
      text_ += wrap(fmt::format("{}: {}", f_.title(row), TimelineFacts::names(row, kMostNames, quoted)), "  ", 4,
                    look_.width);
      bar("nobody acts", row, row.first->without_action, TimelineFacts::nobody_acts(row));
      bar("refreshed", row, row.first->with_action, TimelineFacts::refreshed(row));
    }
  }

  void bar(std::string_view label, const TimelineRow& row, const Span& span, const std::string& said) {
    const std::size_t full = step_ * f_.axis().steps();
    const auto column = [&](Minutes at) {
      const auto exact = static_cast<std::size_t>(std::lround(f_.axis().position(at) * static_cast<double>(step_)));
      return at > Minutes(0) ? std::max<std::size_t>(exact, 1) : 0;
    };
    const std::size_t sure = row.first->needs_identity ? full : column(span.best);
    const std::size_t most = std::max(sure, column(span.worst));
    text_ += fmt::format("    {:<{}}|", label, kLabel - 4);
    text_ += look_.paint(Style::Bad, std::string(sure, '#')) + look_.paint(Style::Open, std::string(most - sure, '='));
    if (span.open_ended) text_ += look_.paint(Style::Open, ">");
    if (beside_) {
      text_.append(full - most + (span.open_ended ? 1 : 2), ' ');
      text_ += said + "\n";
    } else {
      text_ += "\n" + std::string(kLabel, ' ') + said + "\n";
    }
  }

  void legend() {
    text_ +=
        "\n" + wrap("# refused in any case, = refused at worst, > no end known; the axis is in steps, not to scale", "",
                    0, look_.width);
  }

  void shortens() {
    const auto actions = f_.actions();
    if (!actions.empty()) heading("What shortens it");
    for (const std::string& action : actions) item(action);
    if (const std::string losing = f_.losing(); !losing.empty()) item(losing);
  }

  void figures() {
    heading("Where the figures come from");
    for (const std::string& figure : f_.figures()) item(figure);
    heading("Not touched by the switch");
    for (const auto& way : f_.t.untouched) item(fmt::format("{}: {} ({})", way.what, way.why, way.source));
  }

  const TimelineFacts& f_;
  const Look& look_;
  std::size_t step_ = 0;  ///< columns of one step of the axis
  bool beside_ = true;    ///< the words stand beside the bars, not below
  std::string text_;
};

// ---- Markdown -----------------------------------------------------------------------------------------------

std::string markdown(const TimelineFacts& f) {
  std::string text = fmt::format("### Timeline of the migration\n\n**{}**\n", f.sentence(in_code));
  if (f.t.registries.size() > 1) {
    text += fmt::format("\nSwitch in this order: {}. {}\n", f.order(in_code), TimelineFacts::kObjective);
    const auto shared = f.shared(in_code);
    if (!shared.empty()) text += "\n";
    for (const std::string& line : shared) text += fmt::format("- {}\n", line);
  }
  text += "\n| Phase | When | What |\n|---|---|---|\n";
  for (const Phase& phase : f.t.phases) {
    text += fmt::format("| {} | {} | {} |\n", word(phase.kind), TimelineFacts::when(phase), f.what(phase.kind));
  }
  for (std::size_t r = 0; r < f.t.registries.size(); ++r) {
    const RegistrySwitch& registry = f.t.registries[r];
    const std::string start = f.start(r);
    text += fmt::format("\n**{}**: {}{}\n", code_span(registry.registry.name), TimelineFacts::exposed(registry),
                        start.empty() ? start : "; " + start);
    if (registry.clients.empty()) continue;
    text +=
        "\n| Refused with 401 | Clients | Nobody acts | Refreshed at once | What shortens it "
        "|\n|---|---|---|---|---|\n";
    for (const TimelineRow& row : TimelineFacts::rows(registry)) {
      text +=
          fmt::format("| {} | {} | {} | {} | {} |\n", f.title(row), TimelineFacts::names(row, kMostNames, in_markup),
                      TimelineFacts::nobody_acts(row), TimelineFacts::refreshed(row), f.action(row));
    }
  }
  if (const std::string losing = f.losing(); !losing.empty()) text += fmt::format("\n{}.\n", losing);
  text += "\n<details><summary>Where the figures come from</summary>\n\n";
  for (const std::string& figure : f.figures()) text += fmt::format("- {}\n", figure);
  for (const auto& way : f.t.untouched) {
    text += fmt::format("- not touched: {}: {} ({})\n", way.what, way.why, way.source);
  }
  return text + "\n</details>\n";
}

// ---- JSON ---------------------------------------------------------------------------------------------------

class TimelineJson {
 public:
  explicit TimelineJson(const TimelineFacts& facts) : f_(facts) {}

  std::string print() {
    const Timeline& t = f_.t;
    json_.begin_object().member("sentence", f_.sentence(quoted)).key("at");
    time(t.at);
    json_.member("waitMinutes", count(t.wait)).key("propagation");
    delay(t.propagation);
    json_.key("kinds").begin_array();
    for (const ClientKindInfo& kind : t.kinds) {
      json_.begin_object().member("kind", kind.word).member("title", kind.title).member("action", kind.action);
      json_.key("lifetime");
      delay(kind.lifetime);
      json_.key("refresh");
      delay(kind.refresh);
      json_.end_object();
    }
    json_.end_array().key("phases").begin_array();
    for (const Phase& phase : t.phases) {
      json_.begin_object().member("phase", word(phase.kind)).member("what", f_.what(phase.kind)).key("from");
      span(phase.from);
      json_.key("to");
      span(phase.to);
      json_.end_object();
    }
    json_.end_array().member("objective", TimelineFacts::kObjective).key("registries").begin_array();
    for (std::size_t r = 0; r < t.registries.size(); ++r) registry(r);
    json_.end_array().key("sharedScopes").begin_array();
    for (const auto& scope : t.shared_scopes) {
      json_.begin_object().member("scope", scope.scope).member("assignments", std::uint64_t{scope.assignments});
      json_.strings("registries", scope.registries).end_object();
    }
    json_.end_array().key("sharedWorkloads").begin_array();
    for (const auto& workload : t.shared_workloads) {
      json_.begin_object()
          .member("workload", workload.workload)
          .strings("registries", workload.registries)
          .end_object();
    }
    json_.end_array().key("untouched").begin_array();
    for (const auto& way : t.untouched) {
      json_.begin_object().member("what", way.what).member("why", way.why).member("source", way.source).end_object();
    }
    json_.end_array().end_object();
    return std::move(json_).take();
  }

 private:
  static std::uint64_t count(Minutes minutes) { return static_cast<std::uint64_t>(minutes.count()); }

  void time(const std::optional<model::Timestamp>& at) {
    if (at) {
      json_.value(model::to_string(*at));
    } else {
      json_.null();
    }
  }

  void bounds(const Span& span) {
    json_.key("bestMinutes").raw(fmt::to_string(span.best.count()));
    json_.key("worstMinutes").raw(fmt::to_string(span.worst.count()));
    json_.member("openEnded", span.open_ended);
  }

  void span(const std::optional<Span>& span) {
    if (!span) {
      json_.null();
      return;
    }
    json_.begin_object();
    bounds(*span);
    json_.end_object();
  }

  void delay(const std::optional<Delay>& delay) {
    if (!delay) {
      json_.null();
      return;
    }
    json_.begin_object();
    bounds(delay->span);
    json_.member("basis", word(delay->basis)).member("source", delay->source).end_object();
  }

  void registry(std::size_t r) {
    const RegistrySwitch& registry = f_.t.registries[r];
    std::optional<model::Timestamp> start;
    if (f_.t.at) start = evaluator::migration::instant(*f_.t.at, registry.not_before);
    json_.begin_object().member("name", registry.registry.name).member("id", registry.registry.id);
    json_.member("position", std::uint64_t{r + 1})
        .member("notBeforeMinutes", count(registry.not_before))
        .key("notBefore");
    time(start);
    json_.key("harm").begin_object().member("workloads", registry.harm.workloads);
    json_.member("openEnds", registry.harm.open_ends).member("minutes", registry.harm.minutes).end_object();
    json_.key("propagation");
    delay(registry.propagation);
    json_.key("clients").begin_array();
    for (const Client& client : registry.clients) {
      json_.begin_object().member("kind", word(client.kind)).key("principal").begin_object();
      json_.member("kind", client.who.kind).member("id", client.who.id).member("name", client.who.name);
      json_.member("type", client.who.type).end_object().key("workload");
      if (client.workload.empty()) {
        json_.null();
      } else {
        json_.value(client.workload);
      }
      json_.member("needsIdentity", client.needs_identity).member("losesAccess", client.loses_access);
      json_.key("refusedWithoutAction");
      refused(start, client.without_action);
      json_.key("refusedWithAction");
      refused(start, client.with_action);
      json_.end_object();
    }
    json_.end_array().end_object();
  }

  /// From T+0 of the registry on.
  void refused(const std::optional<model::Timestamp>& start, const Span& span) {
    json_.begin_object();
    bounds(span);
    if (start) {
      json_.key("from");
      time(start);
      json_.key("untilAtBest");
      time(evaluator::migration::instant(*start, span.best));
      json_.key("untilAtWorst");
      time(span.open_ended ? std::nullopt : std::optional(evaluator::migration::instant(*start, span.worst)));
    }
    json_.end_object();
  }

  const TimelineFacts& f_;
  JsonWriter json_{JsonWriter::Layout::Indented};
};

// ---- SVG ----------------------------------------------------------------------------------------------------

/// At most `most` columns of a text; the whole stays available as a tooltip.
std::string shortened(std::string_view text, std::size_t most) {
  std::string shown = escape(text);
  if (columns(shown) <= most) return shown;
  std::string result;
  for (std::string_view rest = shown; columns(result) + 1 < most;) {
    const CodePoint point = next_code_point(rest);
    result += rest.substr(0, point.length);
    rest.remove_prefix(point.length);
  }
  return result + "\xE2\x80\xA6";
}

class Svg {
 public:
  explicit Svg(const TimelineFacts& facts) : f_(facts) {}

  std::string print() {
    y_ = 34;
    put("h1", kMargin, y_, "Timeline of the migration");
    for (const std::string& line : lines(f_.sentence(quoted), 128)) put("s", kMargin, y_ += 19, line);
    if (f_.t.registries.size() > 1) {
      for (const std::string& line : lines("Order: " + f_.order(quoted), 128)) put("s", kMargin, y_ += 19, line);
    }
    phases();
    for (std::size_t r = 0; r < f_.t.registries.size(); ++r) registry(r);
    legend();
    const double height = y_ + 24;
    return fmt::format(
               R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" )"
               R"(aria-labelledby="timeline-title timeline-description">
<title id="timeline-title">Timeline of the migration</title>
<desc id="timeline-description">{2}</desc>
)",
               kWidth, height, html_text(f_.sentence(quoted))) +
           std::string(kStyle) + fmt::format("<rect class=\"paper\" width=\"{}\" height=\"{}\"/>\n", kWidth, height) +
           body_ + "</svg>\n";
  }

 private:
  static constexpr double kWidth = 960, kMargin = 24, kChart = 270, kStep = 68, kSaid = 704;

  static constexpr std::string_view kStyle = R"svg(<style>
text { font: 13px system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; fill: #1b1b1b }
.h1 { font-size: 20px; font-weight: 600 } .h2 { font-size: 15px; font-weight: 600 } .b { font-weight: 600 }
.f { font-size: 11px; fill: #5a5a5a }
.paper { fill: #ffffff } .box { fill: #f3f3f3; stroke: #8a8a8a } .now { fill: #ffe9b8; stroke: #8a6d1d }
.grid { stroke: #c8c8c8 } .zero { stroke: #5a5a5a }
.sure { fill: #b3261e } .most { fill: url(#timeline-hatch); stroke: #9a6700 } .open { fill: #9a6700 }
.ground { fill: #ffe9b8 } .line { stroke: #9a6700; stroke-width: 2 }
@media screen and (prefers-color-scheme: dark) {
  text { fill: #ececec } .f { fill: #b4b4b4 } .paper { fill: #1e1e1e } .box { fill: #2b2b2b; stroke: #8a8a8a }
  .now { fill: #4a3b12; stroke: #d9a520 } .grid { stroke: #4a4a4a } .zero { stroke: #b4b4b4 }
  .sure { fill: #f2645a } .most { stroke: #d9a520 } .open { fill: #d9a520 } .ground { fill: #4a3b12 }
  .line { stroke: #d9a520 }
}
</style>
<defs><pattern id="timeline-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect class="ground" width="6" height="6"/><line class="line" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>
)svg";

  void put(std::string_view style, double x, double y, std::string_view text) {
    body_ += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", style, x, y, html_text(text));
  }
  void rect(std::string_view style, double x, double y, double width, double height) {
    body_ += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>\n", style, x, y, width,
                         height);
  }

  static std::vector<std::string> lines(std::string_view text, std::size_t width) {
    const std::string wrapped = wrap(text, "", 0, width);
    std::vector<std::string> result;
    for (std::string_view rest = wrapped; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      result.push_back(shortened(rest.substr(0, end), width));
      rest.remove_prefix(end + 1);
    }
    return result;
  }

  void phases() {
    y_ += 20;
    constexpr double kBox = 124, kGap = 7.3;
    double x = kMargin;
    for (const Phase& phase : f_.t.phases) {
      const bool at_switch = phase.kind == Phase::Kind::Switch;
      body_ += "<g>";
      body_ += fmt::format("<title>{}: {}</title>\n", word(phase.kind), html_text(f_.what(phase.kind)));
      rect(at_switch ? "now" : "box", x, y_, kBox, 58);
      put("b", x + 8, y_ + 20, word(phase.kind));
      double line = y_ + 36;
      for (const std::string& part : lines(TimelineFacts::when(phase), 19)) {
        put("f", x + 8, line, part);
        line += 14;
      }
      body_ += "</g>\n";
      x += kBox + kGap;
    }
    y_ += 58;
  }

  void registry(std::size_t r) {
    const RegistrySwitch& registry = f_.t.registries[r];
    y_ += 36;
    std::string title = quote(registry.registry.name);
    if (f_.t.registries.size() > 1) title = fmt::format("{}. {}", r + 1, title);
    put("h2", kMargin, y_, shortened(title, 60));
    const std::string start = f_.start(r);
    put("f", kMargin, y_ += 17, TimelineFacts::exposed(registry) + (start.empty() ? start : "; " + start));
    if (registry.clients.empty()) return;
    const auto rows = TimelineFacts::rows(registry);
    y_ += 20;
    const double top = y_ + 6;
    const double bottom = top + 48 * static_cast<double>(rows.size());
    for (std::size_t mark = 0; mark <= f_.axis().steps(); ++mark) {
      const double x = kChart + kStep * static_cast<double>(mark);
      put("f", x - 3, y_, f_.axis().label(mark));
      body_ += fmt::format("<line class=\"{4}\" x1=\"{0}\" y1=\"{1}\" x2=\"{2}\" y2=\"{3}\"/>\n", x, top, x, bottom,
                           mark == 0 ? "zero" : "grid");
    }
    y_ = top;
    for (const TimelineRow& row : rows) {
      const std::string names = TimelineFacts::names(row, row.clients.size(), quoted);
      body_ += fmt::format("<g><title>{}: {}; what shortens it: {}</title>\n", html_text(f_.title(row)),
                           html_text(names), html_text(f_.action(row)));
      put("b", kMargin, y_ + 18, shortened(f_.title(row), 30));
      put("f", kMargin, y_ + 34, shortened(fmt::format("{}: {}", row.clients.size(), names), 38));
      bar(row, row.first->without_action, y_ + 6, "nobody acts: " + TimelineFacts::nobody_acts(row));
      bar(row, row.first->with_action, y_ + 25, "refreshed: " + TimelineFacts::refreshed(row));
      body_ += "</g>\n";
      y_ += 48;
    }
  }

  void bar(const TimelineRow& row, const Span& span, double y, const std::string& said) {
    const double full = kStep * static_cast<double>(f_.axis().steps());
    const auto at = [&](Minutes m) { return m > Minutes(0) ? std::max(3.0, kStep * f_.axis().position(m)) : 0.0; };
    const double sure = row.first->needs_identity ? full : at(span.best);
    const double most = std::max(sure, at(span.worst));
    if (sure > 0) rect("sure", kChart, y, sure, 14);
    if (most > sure) rect("most", kChart + sure, y, most - sure, 14);
    if (span.open_ended) {
      const double x = kChart + most;
      body_ += fmt::format("<path class=\"open\" d=\"M{:.1f} {} l12 7 l-12 7 z\"/>\n", x + 1, y);
    }
    put("f", kSaid, y + 11, said);
  }

  void legend() {
    y_ += 30;
    rect("sure", kMargin, y_ - 11, 24, 12);
    put("f", kMargin + 30, y_, "refused in any case");
    rect("most", kMargin + 160, y_ - 11, 24, 12);
    put("f", kMargin + 190, y_, "refused at worst");
    body_ += fmt::format("<path class=\"open\" d=\"M{} {} l12 6 l-12 6 z\"/>\n", kMargin + 306, y_ - 11);
    put("f", kMargin + 324, y_, "no end known");
    put("f", kMargin + 420, y_, "The axis is divided into steps, not to scale. T+0 is when the switch takes effect.");
  }

  const TimelineFacts& f_;
  double y_ = 0;
  std::string body_;
};

}  // namespace

std::string timeline_text(const Timeline& timeline, const Look& look) {
  return TimelineText(TimelineFacts(timeline), look).print();
}
std::string timeline_json(const Timeline& timeline) { return TimelineJson(TimelineFacts(timeline)).print(); }
std::string timeline_markdown(const Timeline& timeline) { return markdown(TimelineFacts(timeline)); }
std::string timeline_svg(const Timeline& timeline) { return Svg(TimelineFacts(timeline)).print(); }

TimelineWords timeline_words(const Timeline& timeline) {
  const TimelineFacts f(timeline);
  TimelineWords result{.sentence = f.sentence(quoted),
                       .order = timeline.registries.size() < 2
                                    ? std::string()
                                    : fmt::format("{}. {}", f.order(quoted), TimelineFacts::kObjective),
                       .refused = f.refused(),
                       .how_long = f.how_long(),
                       .phases = {},
                       .registries = {},
                       .shared = f.shared(quoted),
                       .figures = f.figures()};
  for (const Phase& phase : timeline.phases)
    result.phases.push_back({std::string(word(phase.kind)), TimelineFacts::when(phase), f.what(phase.kind)});
  for (std::size_t r = 0; r < timeline.registries.size(); ++r) {
    const RegistrySwitch& registry = timeline.registries[r];
    TimelineWords::Registry words{.name = registry.registry.name,
                                  .exposed = TimelineFacts::exposed(registry),
                                  .start = f.start(r),
                                  .clients = {}};
    for (const TimelineRow& row : TimelineFacts::rows(registry)) {
      TimelineWords::Clients clients{.kind = f.title(row),
                                     .names = {},
                                     .nobody_acts = TimelineFacts::nobody_acts(row),
                                     .refreshed = TimelineFacts::refreshed(row),
                                     .action = f.action(row)};
      for (const Client* client : row.clients) clients.names.push_back(plain_name(*client));
      words.clients.push_back(std::move(clients));
    }
    result.registries.push_back(std::move(words));
  }
  if (const std::string losing = f.losing(); !losing.empty()) result.shared.push_back(losing);
  return result;
}

}  // namespace acrbiter::cli::report
