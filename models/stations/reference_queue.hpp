#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/time.hpp"
#include "sim/stats/summary.hpp"

namespace towtank {

/// A queue beside the simulated stations, to which the same jobs come at the same times with the same work: first come,
/// first served, by as many servers as all the stations have. It moves nothing; what its theory knows exactly tells how far
/// the arrivals and the work of this replication were from those expected. O(log servers) a job; does not allocate.
/// @source Kiefer and Wolfowitz, Trans. AMS 78, 1955 (the recursion by the servers' free times)
class ReferenceQueue {
 public:
  /// @param servers  >= 1
  ReferenceQueue(std::uint32_t servers, std::size_t traffic) : free_at_(servers), sojourns_(traffic) {
    TOWTANK_CHECK(servers >= 1, "a queue has servers");
  }

  /// A job comes; jobs come in the order of time. @return how long it stays, waiting and served
  Duration pass(Time now, Duration work) {
    std::pop_heap(free_at_.begin(), free_at_.end(), std::greater<>{});
    Time& server = free_at_.back();
    server = std::max(server, now) + work;
    const Duration sojourn = server - now;
    std::push_heap(free_at_.begin(), free_at_.end(), std::greater<>{});
    return sojourn;
  }

  /// Counts the stay of a job that is measured. @param traffic  whose job it is
  void measure(std::uint32_t traffic, Duration sojourn) { sojourns_[traffic].add(sojourn); }

  /// Of the measured jobs, by traffic.
  const std::vector<DurationSum>& sojourns() const { return sojourns_; }

 private:
  std::vector<Time> free_at_;  ///< a heap, the first to be free on top
  std::vector<DurationSum> sojourns_;
};

}  // namespace towtank
