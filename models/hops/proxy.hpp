#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/connection/connection_pool.hpp"
#include "models/hops/node_legs.hpp"
#include "models/hops/waiting_line.hpp"
#include "models/request/hop.hpp"

namespace towtank {

class RequestKeys;

/// Something that ends the connections of those before it and decides for each request where it goes: a web server in
/// front of the cluster, or the pods of an ingress controller. An *instance* is what has state of its own: a worker
/// process of a pod; a proxy outside of the cluster is one instance, whose processor is never short.
struct ProxyConfig {
  std::string name;

  struct Target {
    HopId hop{};            ///< a pod's hop, or kube-proxy
    EndpointId endpoint{};  ///< the pod, or the node
    std::uint32_t node = 0;
  };
  struct Backend {
    std::vector<Target> targets;  ///< in the order of their names
    /// The target is the proxy's own node's kube-proxy, which chooses a pod for each connection: no targets of its own.
    std::optional<HopId> cluster_ip;
  };
  std::vector<Backend> backends;
  std::vector<std::uint32_t> node_addresses;  ///< by node: what is seen of callers behind one that masquerades
  const RequestKeys* request_keys = nullptr;  ///< where a balancer hashes them; outlive the hop
  std::vector<bool> masquerades;    ///< by HopId: the hop puts its node's address in place of the caller's
  std::vector<std::uint32_t> backend_of_traffic;  ///< kNoBackend: the proxy answers this traffic by itself
  std::vector<Outcome> own_answers;                ///< of each traffic, then
  static constexpr std::uint32_t kNoBackend = UINT32_MAX;
  /// So many of so many requests of a traffic, or of its clients, go to another backend.
  struct Canary {
    std::uint32_t backend = kNoBackend;
    std::uint32_t weight = 0, total = 1;
    bool by_client = false;
  };
  std::vector<Canary> canary_of_traffic;  ///< weight 0: it has none; empty: none has

  /// One pod of the proxy; a proxy outside of the cluster has a single one without workers.
  struct Pod {
    StationId first_worker{};  ///< its workers' stations follow each other
    std::uint32_t instance = 0;  ///< number of its first worker
    std::uint32_t node = 0;
    double slowdown = 1.0;
  };
  std::uint32_t workers = 0;      ///< of each pod; 0 = no queue for the processor
  std::vector<Pod> pods;          ///< by EndpointId; of a proxy outside of the cluster one
  std::uint32_t instances = 1;    ///< workers of all its pods
  /// Tells the connections of instances and targets apart whatever their numbers are, so that none draws otherwise for
  /// another's coming; empty: by number. @shape instances x (targets of all backends, one of each cluster IP)
  std::vector<std::uint64_t> owner_keys;
  /// Balancers of all instances, instance by instance: which of `balancers` serves a backend. @shape instances x backends
  std::vector<std::uint32_t> balancer_of;
  std::vector<std::unique_ptr<Balancer>> balancers;  ///< over a backend's targets, by place

  enum class Upstream : std::uint8_t {
    warm,         ///< connections are there
    pooled,       ///< kept open and used again, last used first; any number to each target
    per_request,  ///< each request sets one up
  };
  Upstream connections = Upstream::warm;
  PoolLimits pool;                       ///< of `pooled`, by instance and target
  CountedConnections* counted = nullptr;  ///< hops on the way count connections, and hear of their ends; outlives the hop
  std::uint32_t setup_round_trips = 0;
  Duration connect_timeout = Duration::max();
  /// Targets asked in all when connecting fails: each at most once, unless its balancer `repeats`. UINT32_MAX = each once.
  std::uint32_t tries = 1;
  Outcome when_refused = Outcome::http_502, when_timed_out = Outcome::http_504;  ///< what its caller reads after the last
  bool idles_by_target = false;          ///< `max_idle` is of each target, else of all targets of an instance
  Outcome when_empty = Outcome::http_503;                                         ///< where a backend has no target at all

  std::optional<Distribution> upstream;  ///< round trip to a target; empty: by the nodes of proxy and target
  NodeLegsConfig network;
  Distribution adder = Distribution::constant(0.0);  ///< of an idle proxy, per request, CPU included
  Distribution cpu = Distribution::constant(0.0);    ///< what takes a worker
  Duration handshake{};                  ///< CPU of ending a TLS set-up: the first request of a connection brings it
};

class Proxy final : public Hop, private ConnectionEnds {
 public:
  Proxy(ProxyConfig config, WalkControl& control, const Draws& draws, PurposeRegistry& purposes);

  Step on_request(Request& request, Frame& frame, Time now) override;
  Step on_done(Request& request, Frame& frame, Time now) override;
  Step on_granted(Request& request, Frame& frame, Time now) override;
  Step on_wait_over(Request& request, Frame& frame, Time now) override;
  Step on_reply(Request& request, Frame& frame, Outcome status, Time now) override;
  void on_unwind(Request& request, Frame& frame, Cause cause, Time now) override;

 private:
  const ProxyConfig::Pod& pod_of(const Frame& frame) const;
  std::uint32_t backend_of(const Request& request, const Frame& frame) const;
  bool goes_to_canary(const Request& request);
  std::uint32_t instance_of(const Frame& frame) const;
  std::uint32_t balancer_of(const Frame& frame, std::uint32_t backend) const {
    return config_.balancer_of[instance_of(frame) * config_.backends.size() + backend];
  }
  Balancer& balancer(const Frame& frame, std::uint32_t backend) { return *config_.balancers[balancer_of(frame, backend)]; }
  std::uint32_t owner_of(const Frame& frame, std::uint32_t backend) const;
  std::uint32_t source_address(const Request& request) const;

  Step choose(Request& request, Frame& frame, std::int64_t processing_ns, Time now);
  Step dispatch(Request& request, Frame& frame, std::int64_t processing_ns, Time now);
  std::int64_t processing_of(const Request& request, const Frame& frame);
  Step stand_in_line(Request& request, Frame& frame, std::uint32_t balancer, Time now);
  WaitingLine& line_for(std::uint32_t balancer, std::uint32_t target);
  void leave_line(const Request& request, const Frame& frame);
  void serve_next(std::uint32_t balancer, std::uint32_t target);
  void note_sent(const Request& request, Time at);
  void connect(Request& request, Frame& frame, Time now);
  Step send(Request& request, Frame& frame, std::int64_t processing_ns);
  Step try_next(Request& request, Frame& frame, Outcome status, Time now);
  void settle(const Request& request, Frame& frame, Feedback feedback, bool reusable);
  static std::array<EndpointId, Connection::kMaxL4Hops> route_of(const Request& request);
  void end_route(std::uint32_t backend, std::uint32_t choice, std::span<const EndpointId> route, Time at);
  void connection_ended(const Connection& connection, Time at) override;

  ProxyConfig config_;
  WalkControl& control_;
  PickDraws worker_draws_;
  PickDraws canary_draws_;
  PickDraws tries_draws_;  ///< in place of a target that was tried before
  std::optional<Leg> upstream_;
  NodeLegs legs_;
  Cost adder_, cpu_;
  std::vector<std::uint32_t> first_owner_;  ///< of a backend, among the pool's owners of one instance
  std::uint32_t owners_per_instance_ = 0;
  std::optional<ConnectionPool> pool_;      ///< an owner is a target as one instance dials it
  std::vector<std::vector<std::uint32_t>> tried_;  ///< by request slot: targets that failed it; only while it is `retried`
  /// Requests that one balancer's targets have no room for.
  struct Lines {
    WaitingLine any;               ///< for whichever has room first
    std::vector<WaitingLine> own;  ///< by target, of WaitingRoom::own, in place of the one for any
    std::uint32_t patience = 0;    ///< timers
  };
  std::vector<Lines> lines_;       ///< by balancer; of those without a waiting room empty
  std::vector<Time> in_line_since_;  ///< by request slot
  std::vector<Time> sent_at_;                      ///< by request slot: when its last try began; for balancers that want latencies
};

}  // namespace towtank
