// Runs again when files change.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace acrbiter::cli::access_test {

/// Calls `run`, which returns the files and folders that it read, and calls it again whenever one of them has changed,
/// come or gone. `wait` is called between two looks at the files and ends the watch by returning false.
void watch(const std::function<std::vector<std::string>()>& run, const std::function<bool()>& wait);

}  // namespace acrbiter::cli::access_test
