#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/kubernetes/objects.hpp"
#include "models/request/request_key_law.hpp"
#include "sim/core/result.hpp"
#include "sim/core/time.hpp"
#include "sim/random/distribution.hpp"

/// The scenario object as the user wrote it, in typed form: units parsed, defaults NOT filled in (an absent key is an
/// empty optional), references NOT resolved. `build` turns it and the manifests into a ClusterModel.
namespace towtank::scenario {

/// A reference such as `Service/shop` or `Deployment/prod/shop`; the short kind names of kubectl are already expanded.
struct ObjectRef {
  std::string kind;        ///< "Service", "Deployment", ...; empty where the key implies the kind
  std::string name_space;  ///< empty = any
  std::string name;
  Mark mark;
};

struct NodePool {
  std::string name;
  std::int64_t count = 0;
  std::vector<std::string> zones;  ///< empty = one zone named "default"
  double cpu = 4.0;                ///< cores
  std::int64_t memory_bytes = std::int64_t{16} << 30;
  std::map<std::string, std::string> labels;
  std::vector<Taint> taints;
  std::string role = "worker";
  Mark mark;
};

enum class PlacementPolicy : std::uint8_t { even, scheduler_default, random, packed };
enum class PlacementDraw : std::uint8_t { once, per_replication };

struct Pin {
  ObjectRef workload;
  std::vector<std::pair<std::string, std::int64_t>> pods_on_node;  ///< node name -> number of pods
  Mark mark;
};

struct Placement {
  PlacementPolicy policy = PlacementPolicy::even;
  PlacementDraw draw = PlacementDraw::once;
  std::vector<Pin> pins;
};

enum class KubeProxyMode : std::uint8_t { iptables, nftables, ipvs, cilium };
/// Cilium's way of sending on what comes from outside of the cluster. Hybrid is DSR for TCP, and all requests are TCP.
enum class Forwarding : std::uint8_t { snat, dsr, hybrid };
enum class NetworkPreset : std::uint8_t { aws, gcp, azure, bare_metal, ideal };

/// Round trips of the legs; an empty one comes from the preset.
struct Network {
  NetworkPreset preset = NetworkPreset::aws;
  std::optional<Distribution> loopback, same_node, same_zone, cross_zone, client;
};

struct Cluster {
  std::string version = "1.33";
  std::vector<NodePool> node_pools;
  Placement placement;
  KubeProxyMode kube_proxy = KubeProxyMode::iptables;
  std::string kube_proxy_scheduler;                 ///< of modes ipvs and cilium; empty: the mode's default
  Forwarding forwarding = Forwarding::snat;         ///< of mode cilium
  std::optional<std::int64_t> maglev_table_size;    ///< of mode cilium, scheduler maglev: places
  std::optional<std::int64_t> kube_proxy_services;  ///< how many Services the rules of a real node hold
  Network network;
};

/// A balancing algorithm by name, with its parameters as written.
struct BalanceSpec {
  std::string name;
  std::vector<std::pair<std::string, std::string>> parameters;
  Mark mark;
};

enum class EdgeKind : std::uint8_t {
  nlb,
  alb,
  gclb,
  gclb_passthrough,
  azure_slb,
  metallb_l2,
  metallb_bgp,
  nginx,
  haproxy,
  envoy,
  dns
};
enum class EdgeTargets : std::uint8_t { instance, ip };

struct EdgeSpec {
  std::string name;
  EdgeKind kind = EdgeKind::nlb;
  std::optional<ObjectRef> service;  ///< either this ...
  std::optional<std::string>
      node_port;  ///< ... or `upstream: {nodePort: "shop:http"}`: Service and port name or number
  std::vector<std::string> upstream_nodes;  ///< `nodes:` of the upstream; empty = all
  /// Numbers of nodes of the upstream, by name.
  struct ByNode {
    std::vector<std::pair<std::string, std::int64_t>> of_nodes;
    Mark mark;
  };
  ByNode upstream_weights;     ///< 1 to 256; of those that are not named 1
  ByNode upstream_priorities;  ///< 0 to 127; of those that are not named 0
  bool health_check = false;   ///< of a proxy: it asks its targets whether they serve
  std::optional<BalanceSpec> balance;
  std::optional<bool> cross_zone;
  std::optional<EdgeTargets> targets;
  std::optional<std::string> version;
  std::vector<std::int64_t> listen;
  std::vector<std::string> hosts;
  std::optional<std::int64_t> upstream_keepalive;
  Mark mark;
};

enum class IngressController : std::uint8_t { ingress_nginx, nginx, envoy, haproxy, traefik };

/// Worker processes of one controller pod, at most.
inline constexpr std::int64_t kMostIngressWorkers = 1'024;

/// The controller of one ingress class.
struct IngressSpec {
  std::string class_name;
  IngressController controller = IngressController::ingress_nginx;
  bool is_controller_given = false;
  std::optional<ObjectRef> deployment;  ///< empty: found by its labels, else made
  std::optional<std::int64_t> replicas, workers;
  std::optional<BalanceSpec> balance;
  Mark mark;
};

enum class PodModelKind : std::uint8_t { workers, event_loop, processor_sharing };
enum class WhenFull : std::uint8_t { drop_syn, rst, http_503 };

struct QueueSpec {
  std::optional<std::int64_t>
      limit;  ///< waiting requests, those in service not counted; empty = unbounded (`limit: none`)
  WhenFull when_full = WhenFull::drop_syn;
};

struct PodModel {
  ObjectRef workload;
  std::optional<PodModelKind> model;
  std::optional<std::int64_t> workers;  ///< servers of `workers`, cores of `processor_sharing`
  std::optional<Distribution> service_time;
  std::optional<Distribution> cpu;
  std::vector<std::string> listen;
  std::optional<QueueSpec> queue;
  std::optional<Distribution> queue_timeout;
  struct Slow {
    std::int64_t pod = 0;
    double factor = 1.0;
  };
  std::vector<Slow> slow;  ///< these pods (by index) serve `factor` times as long
  Mark mark;
};

/// Of bursty arrivals: Poisson at this rate while it lasts, an exponential time.
struct ArrivalState {
  double rate_per_s = 0.0;
  double mean_s = 0.0;
};

struct ArrivalSpec {
  enum class Kind : std::uint8_t { poisson, deterministic, batch, mmpp, closed } kind = Kind::poisson;
  double rate_per_s = 0.0;            ///< requests, in the long run; 0 of closed
  std::int64_t batch_size = 1;        ///< of batch
  ArrivalState calm, burst;           ///< of mmpp
  std::int64_t users = 0;             ///< of closed
  std::optional<Distribution> think;  ///< of closed
};

struct ConnectionSpec {
  enum class Reuse : std::uint8_t { keepalive, per_request };
  enum class Setup : std::uint8_t { real, free };
  std::optional<Reuse> reuse;
  std::optional<Setup> setup;
  std::optional<std::int64_t> per_client, max_requests;
  std::optional<Duration> idle_timeout, max_age;
  std::optional<double> max_age_jitter;  ///< share of max_age, 0..1
  std::optional<std::string> tls;        ///< "1.2" or "1.3"
};

struct RetrySpec {
  std::int64_t max = 0;
  bool on_connect_failure = false, on_timeout = false, on_5xx = false;
  Duration backoff_base{}, backoff_max{};  ///< before the n-th retry: uniform in [0, min(base * 2^(n-1), max)]
  std::optional<double> budget;            ///< retries in flight at most this share of requests in flight
};

struct Traffic {
  std::string name;
  std::string to;
  Mark to_mark;
  std::string from = "internet";
  Mark from_mark;
  ArrivalSpec arrivals;
  std::optional<std::int64_t> clients;
  ConnectionSpec connections;
  std::string method = "GET";
  std::optional<std::int64_t> request_bytes, response_bytes;
  std::optional<RequestKeyLaw> request_keys;
  std::optional<Duration> timeout;
  std::optional<RetrySpec> retries;
  Mark mark;
};

/// `TRAFFIC METRIC OP VALUE [for VARIANT,...]`
struct Objective {
  std::string text;
  std::string traffic;
  std::string metric;  ///< a metric of summary.csv, e.g. "latency_p99" (written `p99`), "availability", "error_rate"
  bool upper_bound = true;            ///< `<` or `<=`: the metric must stay under `bound`
  double bound = 0.0;                 ///< latencies in ms, shares 0..1, rates per second
  std::vector<std::string> variants;  ///< empty = all
  Mark mark;
};

struct Run {
  std::optional<Duration> duration;  ///< measured time of one replication
  std::optional<Duration> warmup;    ///< empty = auto
  std::optional<std::uint32_t> seed;
  std::optional<std::int64_t> min_replications, max_replications;
  std::optional<double> precision;   ///< relative half width, 0..1
  std::optional<double> confidence;  ///< 0..1
  std::optional<Duration> interval;  ///< width of the time series' bins
  std::size_t requests = 0;          ///< of each traffic to write down one by one; the command line's, no key of the file
};

/// A key of the scenario that was read and changes nothing.
struct IgnoredKey {
  std::string path;  ///< `spec.pods.Deployment/shop.startup`
  Mark mark;
  std::string reason = "changes nothing in this version";
};

struct Scenario {
  std::string name;
  Cluster cluster;
  std::vector<EdgeSpec> edges;
  std::vector<IngressSpec> ingress;
  std::vector<PodModel> pods;
  std::vector<Traffic> traffic;
  double load = 1.0;
  std::vector<Objective> objectives;
  Run run;
  std::vector<IgnoredKey> ignored;
};

}  // namespace towtank::scenario
