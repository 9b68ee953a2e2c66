// The same work on many items, on several threads, with the same results whatever their number.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "cli/command.h"
#include "model/result.h"

namespace acrbiter::cli {

namespace options {
inline constexpr OptionSpec kJobs{
    .name = "--jobs",
    .letter = "-j",
    .value = "N",
    .help = "How many threads may work. Default: one per processor; the output is the same whatever the number"};
}  // namespace options

/// What --jobs says; at least 1.
[[nodiscard]] model::Expected<std::size_t, UsageError> jobs_of(const Arguments& arguments);

/// Calls `work(i)` for every i below `count`, each once, on at most `jobs` threads. An exception of `work` is thrown
/// again here once all threads have stopped.
void for_each_index(std::size_t count, std::size_t jobs, const std::function<void(std::size_t)>& work);

/// Calls `work(i)` on the threads and then `done(i)` on the caller's thread, in order: 0, 1, 2, … No more than a few
/// items beyond the number of threads are worked on before they are done, so that results need not be kept. Stops
/// early if `done` returns false.
void for_each_in_order(std::size_t count, std::size_t jobs, const std::function<void(std::size_t)>& work,
                       const std::function<bool(std::size_t)>& done);

}  // namespace acrbiter::cli
