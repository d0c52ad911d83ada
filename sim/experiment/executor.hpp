#pragma once

#include <cstddef>
#include <functional>

namespace towtank {

/// Does independent pieces of work. The engine itself starts no threads: who has some brings an executor of his own.
class Executor {
 public:
  virtual ~Executor() = default;

  /// Calls `work(i)` once for every i below n, in any order and perhaps at the same time, and returns when all are
  /// done.
  virtual void for_each_index(std::size_t n, const std::function<void(std::size_t)>& work) = 0;
};

/// One after the other, in ascending order.
class SerialExecutor final : public Executor {
 public:
  void for_each_index(std::size_t n, const std::function<void(std::size_t)>& work) override {
    for (std::size_t i = 0; i < n; ++i) work(i);
  }
};

}  // namespace towtank
