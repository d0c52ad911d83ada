#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/connection/connection_pool.hpp"
#include "models/hops/leg.hpp"
#include "models/request/hop.hpp"

namespace towtank {

/// When and how a client tries again.
struct RetryPolicy {
  std::uint32_t max = 0;  ///< attempts after the first
  bool on_connect_failure = false, on_timeout = false, on_5xx = false;
  Duration backoff_base{}, backoff_max{};  ///< before the n-th retry: uniform in [0, min(base * 2^(n-1), max)]
  double budget = 0.0;  ///< retries in flight at most this share of requests in flight, or 3; 0 = no budget
};

/// What the clients of one traffic do.
struct ClientConfig {
  std::string name;
  HopId entry{};                            ///< the first hop behind the network
  std::vector<EndpointId> entries;          ///< its endpoints that may be dialled; empty: it has none
  bool entry_by_client = false;             ///< client k dials the k-th in turn; otherwise each connection any of them
  Distribution round_trip = Distribution::constant(0.0);  ///< clients to the entry
  bool keepalive = false;
  PoolLimits pool;
  CountedConnections* counted = nullptr;    ///< hops on the way count connections, and hear of their ends; outlives the hop
  std::uint32_t clients = 1;
  std::uint32_t setup_round_trips = 0;      ///< TCP and TLS; 0 = connections are there at once
  bool tls = false;                         ///< whoever ends its connections spends CPU on each one's set-up
  std::optional<std::uint32_t> deadline_queue;
  RetryPolicy retries;
};

/// The bottom frame of a request: its client, which pools connections, gives up, and tries again.
class ClientHop final : public Hop, private ConnectionEnds {
 public:
  ClientHop(const ClientConfig& config, WalkControl& control, const Draws& draws, PurposeRegistry& purposes);

  Step on_request(Request& request, Frame& frame, Time now) override;
  Step on_granted(Request& request, Frame& frame, Time now) override;
  Step on_reply(Request& request, Frame& frame, Outcome status, Time now) override;
  Step on_timeout(Request& request, Frame& frame, Time now) override;
  void on_unwind(Request& request, Frame& frame, Cause cause, Time now) override;

 private:
  Step connect(Request& request, Frame& frame, Time now);
  Step open(Request& request, Frame& frame);
  Step send(Request& request, Frame& frame, Time now);
  Step finish_attempt(Request& request, Frame& frame, Outcome status, Time now);
  bool may_retry(const Request& request, Outcome status) const;
  Duration backoff(const Request& request) const;
  void use_connection(Request& request, Frame& frame, const ConnectionPool::Taken& taken);
  void connection_ended(const Connection& connection, Time at) override;
  static std::array<EndpointId, Connection::kMaxL4Hops> route_of(const Request& request);
  void give_back(Request& request, Frame& frame, bool reusable, Time now);
  EndpointId entry_endpoint(const Request& request, const Frame& frame);

  ClientConfig config_;
  WalkControl& control_;
  Draws draws_;
  PurposeId backoff_purpose_;
  PickDraws entry_draws_;
  Leg leg_;
  std::optional<ConnectionPool> pool_;
  std::uint32_t in_flight_ = 0, retrying_ = 0;
};

}  // namespace towtank
