#pragma once

#include <cstddef>
#include <functional>

#include "sim/experiment/executor.hpp"

namespace towtank::tool {

/// Spreads independent pieces of work over threads. Indexes are taken in ascending order; who finishes first is not
/// defined, so the work must write to places of its own, by index.
class ThreadPool final : public Executor {
 public:
  /// @param threads  >= 1; 1 = everything in the calling thread, in order
  explicit ThreadPool(std::size_t threads);

  /// Returns when all the work is done. When pieces throw, no further piece is begun, and the exception of the lowest
  /// index is thrown here.
  void for_each_index(std::size_t n, const std::function<void(std::size_t)>& work) override;

  std::size_t threads() const { return threads_; }

 private:
  std::size_t threads_;
};

/// Processors this process may use; at least 1.
std::size_t available_processors();

}  // namespace towtank::tool
