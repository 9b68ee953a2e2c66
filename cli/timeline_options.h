// The options of `migrate timeline`: durations, ranges of durations, and which kind of client they are for.
//
//   --credential-lifetime kubelet=30m..24h   how long clients of a kind use the credential they have
//   --refresh-time app-service=5m..          how long their refresh takes once begun; here with an open end
//   --propagation 5m..20m                    how long role assignments take to spread
//   --wide-propagation 1h..6h                the same at management groups and the root
//   --wait 30m                               from the last assignment to the switch
//   --at 2026-12-01T20:00:00Z                T+0 of the first switch (options::kAt)
//
// A command takes `kTimelineOptions` (and options::kAt) into its table, kTimelineNotes into its notes, and calls:
//
//   const auto options = timeline_options(invocation.arguments);
//   if (!options) return refuse(invocation, options.error());
//   const auto timeline = evaluator::migration::make_timeline(plan, *options);
//   out << report::timeline_text(timeline, invocation.look);    // or timeline_json, timeline_markdown, timeline_svg
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "cli/command.h"
#include "evaluator/migration/timeline.h"
#include "model/result.h"

namespace acrbiter::cli {

/// "45m", "3h", "2d", "1h30m": whole numbers, each unit at most once and the larger first. From 0m to 365d.
[[nodiscard]] std::optional<evaluator::migration::Minutes> parse_duration(std::string_view text);

/// "30m..24h"; "3h" for exactly that; "30m.." with an open end; "..3h" from nothing on. The first is not longer than
/// the second.
[[nodiscard]] std::optional<evaluator::migration::Span> parse_span(std::string_view text);

inline constexpr std::array kTimelineOptions = {
    OptionSpec{.name = "--credential-lifetime",
               .letter = "",
               .value = "KIND=RANGE",
               .help = "How long clients of this kind go on using the credential they have; may be repeated",
               .repeatable = true},
    OptionSpec{.name = "--refresh-time",
               .letter = "",
               .value = "KIND=RANGE",
               .help = "How long the refresh of all clients of this kind takes once begun; may be repeated",
               .repeatable = true},
    OptionSpec{.name = "--propagation",
               .letter = "",
               .value = "RANGE",
               .help = "How long role assignments take to spread. Default: up to 20m"},
    OptionSpec{.name = "--wide-propagation",
               .letter = "",
               .value = "RANGE",
               .help = "The same for those at management groups. Default: up to 24h, assumed"},
    OptionSpec{.name = "--wait",
               .letter = "",
               .value = "DURATION",
               .help = "From the last role assignment to the switch. Default: as long as they may take to spread"},
};

/// For --help: ranges, kinds and the defaults of each. Lines end in '\n'.
inline constexpr std::string_view kTimelineNotes =
    "A DURATION is written 45m, 3h, 2d or 1h30m, a RANGE 30m..24h; 30m.. has no known end. Kinds of clients, with how\n"
    "long they may go on using a credential from before the switch:\n"
    "  kubelet        AKS nodes: up to 3h, or longer\n"
    "  app-service    web apps: up to 24h, assumed\n"
    "  container-app  container apps: up to 24h, assumed\n"
    "  task           a run in progress: up to 8h, assumed\n"
    "  automation     service principals, as of pipelines: up to 3h\n"
    "  user           people: up to 3h\n"
    "  unknown        groups and others: as wide as the widest of these\n";

/// Reads `kTimelineOptions` and --at.
[[nodiscard]] model::Expected<evaluator::migration::TimelineOptions, UsageError> timeline_options(
    const Arguments& arguments);

}  // namespace acrbiter::cli
