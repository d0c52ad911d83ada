#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/request/request.hpp"
#include "models/stations/stations.hpp"
#include "models/world/request_sample.hpp"
#include "sim/stats/histogram.hpp"
#include "sim/stats/level_series.hpp"
#include "sim/stats/summary.hpp"

namespace towtank {

/// In the order of the path. A `network` leads to a pod by its own address; an `ingress` is a proxy in pods; a `dead_end`
/// is where packets find nobody.
enum class HopKind : std::uint8_t { client, l4_edge, l7_edge, kube_proxy, ingress, cluster_ip, network, pod, dead_end };

inline constexpr std::size_t kHopKinds = 9;

/// As in hops.csv.
std::string_view name_of(HopKind kind);

/// What the recorder must know of a hop.
struct HopInfo {
  std::string name;
  HopKind kind = HopKind::client;
};

/// Time that successful requests spent in one hop.
struct HopTotals {
  std::uint64_t visits = 0;
  DurationSum wait, service, delay;
  Histogram time{5};  ///< of the visits that took any time

  void add(Duration waited, Duration served, Duration delayed) {
    ++visits;
    const Duration sum = waited + served + delayed;
    if (sum == Duration{0}) return;
    if (waited > Duration{0}) wait.add(waited);
    if (served > Duration{0}) service.add(served);
    if (delayed > Duration{0}) delay.add(delayed);
    time.add(sum);
  }
};

/// One width of time of a traffic. Requests count where they arrived.
struct SeriesBin {
  std::uint64_t offered = 0, completed = 0, errors = 0;
  Histogram ok{5};
  std::int64_t starts = 0;        ///< requests in flight: arrivals less ends in this bin
  std::int64_t start_rest_ns = 0; ///< sum over them of what was left of the bin
};

struct TrafficTotals {
  std::uint64_t offered = 0;
  std::uint64_t second_hops = 0;            ///< successful requests whose pod is not on the node that received them
  std::uint64_t zone_crossings = 0;         ///< one-way legs of successful requests between zones, once per exchange
  std::uint64_t attempts = 0;
  DurationSum ok_sum;
  Histogram ok{10}, failed{10};
  Histogram ok_rest{10};                    ///< latency less the service at the pod; empty unless asked for
  std::vector<std::array<std::uint64_t, kOutcomes>> outcomes;  ///< by the hop where they arose
  std::vector<HopTotals> hops;                                 ///< by hop
  HopTotals retries, client_pool, connect;                     ///< before the last attempt; waiting for a connection; setting one up
  std::vector<SeriesBin> series;             ///< [0] = all before the window, then one per bin of it
  std::vector<DurationSum> latency_series;   ///< latency of successes by arrival, over warm-up and window

  std::uint64_t count(Outcome outcome) const;
};

/// One cache line: with 10,000 pods each touch of it is a miss.
struct alignas(64) EndpointTotals {
  std::uint64_t requests = 0, errors = 0;    ///< that reached the pod in their last exchange
  WideInteger wait_ns = 0, sojourn_ns = 0;   ///< sums over the successful ones
};

struct NodeTotals {
  std::uint64_t requests = 0, second_hops = 0;
};

/// All that one replication measured. Counts are of the measured window unless a bin says otherwise.
struct ReplicationResult {
  std::vector<TrafficTotals> traffic;
  std::vector<EndpointTotals> endpoints;
  std::vector<StationTotals> stations;       ///< of the endpoints: integrals over the measured window
  std::vector<NodeTotals> nodes;
  std::vector<DurationSum> reference;        ///< by traffic: how long its requests would stay in the reference queue
  std::vector<std::vector<EndedRequest>> sample;  ///< by traffic, in the order of arrival; empty unless asked for
  std::vector<double> jobs_series;   ///< mean jobs at all stations, by slice of warm-up and window
  Duration bin{};                    ///< of `series`
  Duration slice{};                  ///< of `latency_series` and `jobs_series`
  Duration warmup{}, window{};
  std::uint64_t events = 0, requests = 0;
  /// Mean requests of a traffic in flight, by bin of the window.
  std::vector<double> in_flight(std::size_t traffic) const;

  bool overflowed = false;           ///< more than 2^24 requests in flight: nothing here may be believed
  bool censored = false;             ///< measured requests did not end within ten times the window
};

/// Writes down what happened, in integers: the order of writing does not matter.
class Recorder {
 public:
  struct Setup {
    std::span<const HopInfo> hops;
    std::span<const std::uint32_t> node_of_pod, zone_of_node;
    std::size_t traffic = 0, pods = 0, nodes = 0;
    Time window_start, window_end;
    Duration bin{}, slice{};
    std::size_t sample = 0;  ///< requests of each traffic to keep as they were
    std::vector<bool> records_rest = {};  ///< by traffic, whether `ok_rest` is written; empty = of none
  };

  explicit Recorder(const Setup& setup);

  bool in_window(Time t) const { return t >= setup_.window_start && t < setup_.window_end; }
  /// Bin of the series: 0 before the window.
  std::size_t bin_of(BinCursor& cursor, Time t) const { return t < setup_.window_start ? 0 : 1 + cursor.index(t); }

  void arrived(std::uint32_t traffic, Time now);
  void completed(const Request& request, Time end);

  void prefetch(EndpointId pod) const { __builtin_prefetch(&result_.endpoints[static_cast<std::uint32_t>(pod)]); }

  ReplicationResult& result() { return result_; }
  /// Once all is recorded.
  void take_sample() { result_.sample = sample_.take(); }

 private:
  SeriesBin& count_in_flight(TrafficTotals& traffic, BinCursor& cursor, Time t, int change);
  void record_hops(const Request& request, TrafficTotals& traffic, Time end);
  void record_ingress(const Frame& frame, Duration time, TrafficTotals& traffic);
  void record_pod(const Frame& frame, Duration wait, Duration service);
  void record_failure(const Request& request);
  void record_node(const Request& request, std::size_t at, TrafficTotals* traffic);
  bool crosses_zones(std::uint32_t from_node, std::uint32_t to_node) const {
    return setup_.zone_of_node[from_node] != setup_.zone_of_node[to_node];
  }

  Setup setup_;
  std::vector<HopKind> kinds_;
  BinCursor arrival_bin_, latency_bin_, end_bin_, slice_;
  RequestSample sample_;
  ReplicationResult result_;
};

}  // namespace towtank
