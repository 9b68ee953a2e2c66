// The timeline of a migration, for people, machines, pull requests and paper.
//
// All four say the same: a sentence, the order of the registries, the phases, and for each registry and kind of client
// how long 401 lasts after the switch, if nobody acts and if the credentials are refreshed at once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

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

/// The same in parts, for a document that lays it out itself. Names in lists are not escaped; those in sentences are,
/// see quote().
struct TimelineWords {
  std::string sentence;
  std::string order;        ///< of several registries, and why; "" of one
  std::size_t refused = 0;  ///< clients that are refused for a while
  std::string how_long;     ///< at best and at worst, if nobody acts: "up to 3 h or longer"
  struct Phase {
    std::string name, when, what;
  };
  std::vector<Phase> phases;
  struct Clients {
    std::string kind;
    std::vector<std::string> names;
    std::string nobody_acts, refreshed, action;
  };
  struct Registry {
    std::string name, exposed;
    std::string start;  ///< may be empty
    std::vector<Clients> clients;
  };
  std::vector<Registry> registries;
  std::vector<std::string> shared;   ///< what several registries have in common
  std::vector<std::string> figures;  ///< each with its source
};
[[nodiscard]] TimelineWords timeline_words(const evaluator::migration::Timeline& timeline);

}  // namespace acrbiter::cli::report
