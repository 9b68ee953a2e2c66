// What would help: names that are allowed, roles that would do. Not part of a verdict.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evaluator/decision.h"
#include "evaluator/engine.h"

namespace acrbiter::evaluator {

/// The names nearest to `typed` by edit distance (without letter case), at most three, none that is too far to be
/// meant; after them those that begin with it, if they are few: "karin" for karin@contoso.com.
[[nodiscard]] std::vector<std::string> nearest(std::string_view typed, const std::vector<std::string>& names);

/// See Engine::hints.
[[nodiscard]] std::vector<Hint> find_hints(const Engine& engine, const Engine::Index& index,
                                           const ResolvedQuestion& question, const Decision& decision);

}  // namespace acrbiter::evaluator
