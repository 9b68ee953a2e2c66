// The timeline of a migration, for people, machines, pull requests and paper.
//
// All four say the same: a sentence, the order of the registries, the phases, and for each registry and kind of client
// how long 401 lasts after the switch, if nobody acts and if the credentials are refreshed at once.
#pragma once

#include <string>

#include "cli/report/text.h"
#include "evaluator/migration/timeline.h"

namespace acrbiter::cli::report {

/// With a chart in ASCII characters; its axis is divided into steps, not to scale.
[[nodiscard]] std::string timeline_text(const evaluator::migration::Timeline& timeline, const Look& look);

/// Times as minutes from T+0 of the registry; with Timeline::at also as instants. Names every client.
[[nodiscard]] std::string timeline_json(const evaluator::migration::Timeline& timeline);

[[nodiscard]] std::string timeline_markdown(const evaluator::migration::Timeline& timeline);

/// A document of its own: no script, no reference to anything outside, readable on light and dark ground and in print
/// without colour.
[[nodiscard]] std::string timeline_svg(const evaluator::migration::Timeline& timeline);

}  // namespace acrbiter::cli::report
