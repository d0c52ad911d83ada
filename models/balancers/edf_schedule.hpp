#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "models/balancers/balancer.hpp"
#include "models/balancers/endpoint_heap.hpp"

namespace towtank {

/// Earliest deadline first: a deadline lies 1/weight behind the time at which it was set, and the clock is the deadline
/// of the last pick. Equal deadlines in the order in which they were set. In floating point, as Envoy has it: where
/// deadlines would tie in exact arithmetic, rounding decides.
/// @source Envoy source/extensions/load_balancing_policies/common (EdfScheduler)
class EdfSchedule {
 public:
  /// Empties the schedule. @param count  endpoints are below it
  void reset(std::uint32_t count) {
    heap_.reset(count);
    now_ = 0.0;
  }

  bool empty() const { return heap_.empty(); }

  /// All ready endpoints, from a random number of picks ahead: workers that all began at endpoint 0 would send it a
  /// burst. @param word  at random   @param weight_of  as of `pick`
  template <typename WeightOf>
  void begin(const EndpointView& view, std::uint32_t word, const WeightOf& weight_of) {
    std::uint64_t all = 0, divisor = 0;
    for (const std::uint32_t endpoint : view.ready) {
      add(endpoint, weight_of(endpoint));
      all += view.weight(endpoint);
      divisor = std::gcd(divisor, view.weight(endpoint));
    }
    const auto most = static_cast<std::uint32_t>(std::min<std::uint64_t>(all / divisor, kMostPassed));
    for (std::uint32_t passed = Draws::below(most, word); passed > 0; --passed) pick(weight_of);
  }

  /// @param weight  > 0
  void add(std::uint32_t endpoint, double weight) { heap_.set(endpoint, now_ + 1.0 / weight); }

  /// The schedule must have an endpoint. O(log n). @param weight_of  an endpoint's weight from now on, > 0
  template <typename WeightOf>
  std::uint32_t pick(const WeightOf& weight_of) {
    const std::uint32_t endpoint = heap_.first();
    now_ = heap_.first_key();
    add(endpoint, weight_of(endpoint));
    return endpoint;
  }

 private:
  /// So many picks ahead at most: where the weights sum up to more, in a part of them only.
  static constexpr std::uint32_t kMostPassed = 1'000'000;

  EndpointHeap<double> heap_;
  double now_ = 0.0;
};

}  // namespace towtank
