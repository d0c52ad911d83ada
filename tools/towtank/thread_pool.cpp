#include "tools/towtank/thread_pool.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace towtank::tool {
namespace {

/// One call of for_each_index, shared by its threads.
class Batch {
 public:
  Batch(std::size_t n, const std::function<void(std::size_t)>& work) : n_{n}, work_{work} {}

  /// Takes pieces until none is left or one has failed.
  void take_pieces() {
    while (!failed_.load(std::memory_order_relaxed)) {
      const std::size_t index = next_.fetch_add(1, std::memory_order_relaxed);
      if (index >= n_) return;
      try {
        work_(index);
      } catch (...) {
        remember(index, std::current_exception());
      }
    }
  }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void remember(std::size_t index, std::exception_ptr error) {
    const std::lock_guard lock{mutex_};
    if (!error_ || index < error_index_) {
      error_ = std::move(error);
      error_index_ = index;
    }
    failed_.store(true, std::memory_order_relaxed);
  }

  std::size_t n_;
  const std::function<void(std::size_t)>& work_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::exception_ptr error_;
  std::size_t error_index_ = 0;
};

}  // namespace

ThreadPool::ThreadPool(std::size_t threads) : threads_{std::max<std::size_t>(threads, 1)} {}

void ThreadPool::for_each_index(std::size_t n, const std::function<void(std::size_t)>& work) {
  Batch batch{n, work};
  std::vector<std::thread> helpers;
  const std::size_t helper_count = n == 0 ? 0 : std::min(threads_, n) - 1;  // the caller works too
  try {
    helpers.reserve(helper_count);
    for (std::size_t i = 0; i < helper_count; ++i) helpers.emplace_back([&batch] { batch.take_pieces(); });
  } catch (const std::system_error&) {
    // The system gives no more threads: the ones there are do the work, only later.
  }
  batch.take_pieces();
  for (std::thread& helper : helpers) helper.join();
  batch.rethrow();
}

std::size_t available_processors() { return std::max(1U, std::thread::hardware_concurrency()); }

}  // namespace towtank::tool
