#pragma once

#include "models/balancers/balancer.hpp"
#include "models/request/request.hpp"

namespace towtank {

/// Who asks when the decision is made once per connection.
inline Pick route_pick(const Request& request) {
  return {.key = request.route_key,
          .attempt = request.route_attempt,
          .client = request.client,
          .plain = request.route_attempt == 0 && request.root && request.route_key == request.key};
}

/// Who asks when each request is decided by itself.
inline Pick request_pick(const Request& request) {
  return {.key = request.key, .attempt = request.attempt, .client = request.client, .plain = request.attempt == 0 && request.root};
}

}  // namespace towtank
