#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/experiment/executor.hpp"

namespace towtank {

/// Runs the replications first_index .. first_index + n - 1 and returns their results in that order, whatever order the
/// executor chose. `run(index)` makes an R; what is random in it must come from the index alone.
template <class R, class Run>
std::vector<R> replicate(Executor& executor, std::size_t first_index, std::size_t n, Run&& run) {
  std::vector<std::optional<R>> slots(n);  // not R itself: it may have no default, and vector<bool> shares its bytes
  executor.for_each_index(n, [&](std::size_t i) { slots[i].emplace(run(first_index + i)); });
  std::vector<R> results;
  results.reserve(n);
  for (std::optional<R>& slot : slots) {
    TOWTANK_CHECK(slot.has_value(), "an executor must do every piece of work");
    results.push_back(std::move(*slot));
  }
  return results;
}

}  // namespace towtank
