#pragma once

#include <optional>
#include <vector>

#include "models/balancers/balancer.hpp"

namespace towtank {

/// What of its weight an endpoint has while it is new: max(0.1, (age / window)^(1 / aggression)).
/// @source Envoy api/envoy/extensions/load_balancing_policies/common/v3 (SlowStartConfig)
class SlowStart {
 public:
  static SlowStart read(BalancerArguments& arguments);

  /// Endpoints that were not ready before are new, but for those that are there at the first time.
  void update(const EndpointView& view);
  /// Whether any endpoint is new.
  bool is_on(Time now) const { return newest_ && now - *newest_ < window_; }
  double factor(std::uint32_t endpoint, Time now) const;

 private:
  struct Age {
    Time since{};
    bool is_ready = false;
  };

  Duration window_{};  ///< 0 = off
  double exponent_ = 1.0;
  std::optional<Time> newest_;
  bool has_begun_ = false;
  std::vector<Age> ages_;  ///< by endpoint
};

/// The parameters that `SlowStart::read` asks for, after an algorithm's own.
std::vector<BalancerParameter> with_slow_start(std::vector<BalancerParameter> own);

}  // namespace towtank
