#include "cli/parallel.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "cli/report/text.h"

namespace acrbiter::cli {
namespace {

constexpr std::size_t kMostJobs = 1024;

/// What the threads of one run share. All members are guarded by `mutex`.
struct Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t next = 0;     ///< the first item that nobody has taken
  std::size_t allowed = 0;  ///< items below this may be taken
  std::vector<bool> worked;
  bool stop = false;
  std::exception_ptr failure;
};

}  // namespace

model::Expected<std::size_t, UsageError> jobs_of(const Arguments& arguments) {
  using Jobs = model::Expected<std::size_t, UsageError>;
  const auto given = arguments.get(options::kJobs.name);
  if (!given) return Jobs(std::max<std::size_t>(std::thread::hardware_concurrency(), 1));
  std::size_t jobs = 0;
  const auto [end, failure] = std::from_chars(given->data(), given->data() + given->size(), jobs);
  if (failure != std::errc() || end != given->data() + given->size() || jobs == 0 || jobs > kMostJobs) {
    return Jobs::failure({.message = fmt::format("`--jobs` takes a number of threads from 1 to {}, not `{}`", kMostJobs,
                                                 report::escape(*given)),
                          .help = ""});
  }
  return Jobs(jobs);
}

namespace {

/// Works on no more than `ahead` items beyond those that are done.
void for_each_ahead(std::size_t count, std::size_t jobs, std::size_t ahead,
                    const std::function<void(std::size_t)>& work, const std::function<bool(std::size_t)>& done) {
  if (jobs <= 1 || count <= 1) {
    for (std::size_t i = 0; i < count; ++i) {
      work(i);
      if (!done(i)) return;
    }
    return;
  }
  Shared shared;
  shared.allowed = std::min(count, ahead);
  shared.worked.resize(count);
  const auto worker = [&] {
    std::unique_lock lock(shared.mutex);
    while (true) {
      shared.changed.wait(lock, [&] { return shared.stop || shared.next == count || shared.next < shared.allowed; });
      if (shared.stop || shared.next == count) return;
      const std::size_t mine = shared.next++;
      lock.unlock();
      std::exception_ptr failure;
      try {
        work(mine);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      shared.worked[mine] = true;
      if (failure && !shared.failure) shared.failure = failure;
      shared.stop = shared.stop || failure;
      shared.changed.notify_all();
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(jobs);
  try {
    for (std::size_t i = 0; i < std::min(jobs, count); ++i) threads.emplace_back(worker);
  } catch (const std::system_error&) {
    if (threads.empty()) throw;  // fewer threads than wanted do the same work
  }
  {
    std::unique_lock lock(shared.mutex);
    for (std::size_t i = 0; i < count && !shared.stop; ++i) {
      shared.changed.wait(lock, [&] { return shared.stop || shared.worked[i]; });
      if (shared.stop) break;
      lock.unlock();
      bool go_on = false;
      std::exception_ptr failure;
      try {
        go_on = done(i);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (failure && !shared.failure) shared.failure = failure;
      shared.stop = shared.stop || !go_on;
      shared.allowed = std::min(count, i + 1 + ahead);
      shared.changed.notify_all();
    }
    shared.stop = true;
    shared.changed.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
  if (shared.failure) std::rethrow_exception(shared.failure);
}

}  // namespace

void for_each_in_order(std::size_t count, std::size_t jobs, const std::function<void(std::size_t)>& work,
                       const std::function<bool(std::size_t)>& done) {
  for_each_ahead(count, jobs, 2 * jobs, work, done);
}

void for_each_index(std::size_t count, std::size_t jobs, const std::function<void(std::size_t)>& work) {
  for_each_ahead(count, jobs, count, work, [](std::size_t) { return true; });
}

}  // namespace acrbiter::cli
