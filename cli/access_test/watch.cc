#include "cli/access_test/watch.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace acrbiter::cli::access_test {
namespace {

namespace fs = std::filesystem;

/// When a file was written and how long it is.
using Stamp = std::pair<fs::file_time_type, std::uintmax_t>;
using Stamps = std::map<std::string, Stamp>;

void stamp_file(const fs::path& path, Stamps& stamps) {
  std::error_code failure;
  const auto time = fs::last_write_time(path, failure);
  if (failure) return;
  const auto size = fs::is_regular_file(path, failure) ? fs::file_size(path, failure) : 0;
  stamps[path.string()] = {time, failure ? 0 : size};
}

Stamps stamps_of(const std::vector<std::string>& paths) {
  Stamps stamps;
  for (const std::string& path : paths) {
    stamp_file(path, stamps);
    std::error_code failure;
    if (!fs::is_directory(path, failure)) continue;
    auto entry = fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied, failure);
    for (; !failure && entry != fs::recursive_directory_iterator(); entry.increment(failure)) {
      if (entry->path().filename().string().starts_with('.')) {
        std::error_code ignored;
        if (entry->is_directory(ignored)) entry.disable_recursion_pending();
        continue;
      }
      stamp_file(entry->path(), stamps);
    }
  }
  return stamps;
}

}  // namespace

void watch(const std::function<std::vector<std::string>()>& run, const std::function<bool()>& wait) {
  std::vector<std::string> paths = run();
  Stamps before = stamps_of(paths);
  while (wait()) {
    const Stamps changed = stamps_of(paths);
    if (changed == before) continue;
    paths = run();
    before = stamps_of(paths);
    // What changes while it runs counts as not yet seen.
    for (auto& [path, stamp] : before) {
      if (const auto seen = changed.find(path); seen != changed.end()) stamp = seen->second;
    }
  }
}

}  // namespace acrbiter::cli::access_test
