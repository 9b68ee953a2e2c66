// Re-derives an answer from its JSON alone, so that no sentence or verdict can say what the trace does not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace acrbiter::support {

/// What is wrong with one answer line of `--explain`; empty if its verdict follows from its trace:
/// - every inner value follows from the children by `combine`, the verdict from the root;
/// - every leaf has a value that its reason allows ("grants" is true, "condition-false" is false);
/// - the conditions of a leaf have the values that its reason speaks of;
/// - what is unknown names a cause, what is known none, and `unknowns` and `reasons` occur in the trace.
[[nodiscard]] std::vector<std::string> trace_problems(std::string_view answer_line);

}  // namespace acrbiter::support
