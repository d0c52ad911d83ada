#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/hops/caller_addresses.hpp"
#include "models/hops/client.hpp"
#include "models/hops/pod.hpp"
#include "models/hops/pod_probes.hpp"
#include "models/hops/proxy.hpp"
#include "models/request/request_keys.hpp"
#include "models/world/model.hpp"
#include "models/world/open_arrivals.hpp"
#include "models/world/recorder.hpp"
#include "models/world/walker.hpp"
#include "sim/random/draws.hpp"

namespace towtank {

/// How long one replication runs.
struct Horizon {
  Duration warmup{};
  Duration window{};          ///< measured time: requests that arrive in it are followed to their end
  Duration bin = 1s;          ///< of the time series
  bool arrivals_end = false;  ///< no arrivals after the window: the system drains to empty
  std::size_t sample = 0;     ///< measured requests of each traffic that are kept as they were
};

/// One replication of one variant: owns everything that moves, and is run once. Whoever wants to see each request begin
/// and end derives from it, and passes on what it hears.
class World : public WalkListener {
 public:
  /// @param cluster  outlives the world
  World(const model::Cluster& cluster, const Horizon& horizon, const Draws& draws);

  /// Runs warm-up and window until the last measured request has ended.
  ReplicationResult run();

  /// What every hop is, by HopId.
  const std::vector<HopInfo>& hops() const { return hop_infos_; }

  Stations& stations() { return walker_.stations(); }
  /// Integrals until now over the station of a pod, or over all workers of a proxy's.
  StationTotals station_totals(std::uint32_t pod);
  std::uint32_t requests_in_flight() { return walker_.requests().in_use(); }

  void completed(const Request& request, Time end) override;
  void arrival(std::uint32_t source, Identity identity) override;
  void ends_soon(EndpointId endpoint) override { recorder_->prefetch(endpoint); }

 private:
  /// Where the requests of one traffic come from.
  struct Source {
    HopId client{};
    std::uint64_t key = 0;              ///< of its requests: the traffic's name in the upper word, the ordinal in the lower
    std::optional<OpenArrivals> arrivals;
    std::optional<Distribution> think;  ///< closed
    std::vector<std::uint32_t> turns;   ///< closed: requests of each user so far
    std::uint32_t clients = 1;
    BlockRing client_draws;
    PurposeId think_purpose{};          ///< closed
    std::uint32_t next_ordinal = 0;     ///< open: of the arrival that is pending

    Source(const Draws& draws, PurposeId client_purpose) : client_draws{draws, client_purpose} {}
  };

  void know_callers();
  bool is_asked() const;
  CountedConnections* counted() { return counts_connections_ ? &counted_ : nullptr; }
  void add_pods();
  ReferenceQueue* add_reference(std::uint32_t workload);
  void add_services();
  void add_dead_ends();
  void add_proxies();
  void add_edges();
  void add_traffic();
  HopId add(Hop& hop, std::string name, HopKind kind);
  std::unique_ptr<Hop> make_l4_edge(const model::Edge& edge);
  std::unique_ptr<Hop> make_l7_edge(const model::Edge& edge, std::uint32_t index);
  ProxyConfig proxy_config(const model::Proxy& proxy, std::uint32_t index);
  /// Of a proxy, in the order of its pods.
  struct Replica {
    std::uint32_t number = 0, of = 1;
    std::uint32_t zone = 0;
    std::span<const std::uint32_t> by_zone{};  ///< how many of them each zone has
  };
  void add_instance(const model::Proxy& proxy, const std::string& pod, std::uint32_t worker, Replica replica, ProxyConfig& config);
  std::vector<ProxyConfig::Target> targets_of(const model::ServicePort& service) const;
  NodeLegsConfig network() const;
  std::unique_ptr<Balancer> make_balancer(const model::Balance& balance, const std::string& of, const EndpointView& view,
                                          std::span<const ProxyConfig::Target> pods = {});
  ClientConfig client_config(const model::Traffic& traffic);

  void start_sources();
  void schedule_arrival(std::uint32_t source, std::uint32_t ordinal, Time at);
  std::uint64_t request_key(const Source& source, std::uint32_t ordinal) const;
  void plan_measurement();
  void stop_when_done();

  const model::Cluster& cluster_;
  Horizon horizon_;
  Draws draws_;
  PurposeRegistry purposes_;
  Simulator simulator_;
  Walker walker_;
  std::vector<HopInfo> hop_infos_;
  std::vector<PodHopConfig::Pod> pods_;
  RequestKeys request_keys_;
  std::optional<PodRecords> records_;  ///< where a balancer asks pods
  std::vector<std::unique_ptr<Probes>> probes_;
  std::vector<std::uint32_t> workers_of_pod_;  ///< stations of a proxy's pod, which follow each other; 0 = one, of any servers
  std::vector<HopId> hop_of_pod_;
  std::vector<std::uint32_t> node_of_pod_, zone_of_node_;
  const BalancerInfo* scheduler_ = nullptr;  ///< of kube-proxy in mode ipvs
  CallerAddresses callers_;
  CountedConnections counted_;
  bool counts_connections_ = false;
  std::deque<ReferenceQueue> references_;
  std::vector<std::unique_ptr<Hop>> hops_;
  std::vector<HopId> service_hops_, edge_hops_;
  HopId refusing_{}, losing_{}, resetting_{};
  bool knows_contents_ = false;   ///< a balancer hashes what requests carry
  bool knows_addresses_ = false;  ///< a balancer chooses by its callers' addresses: requests need clients
  std::vector<Source> sources_;
  std::optional<Recorder> recorder_;
  std::vector<StationTotals> at_window_start_;
  std::optional<LevelSeries> jobs_;  ///< at all stations, by slice
  std::uint64_t measured_in_flight_ = 0;
  bool window_over_ = false;
};

}  // namespace towtank
