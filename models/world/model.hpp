#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/cluster/leg_kind.hpp"
#include "models/request/outcome.hpp"
#include "models/request/request_key_law.hpp"
#include "sim/core/time.hpp"
#include "sim/random/distribution.hpp"

/// A variant, resolved: every reference an index, every default filled in. All lists are in the canonical order of
/// their names, so that nothing depends on the order of a file. Indices: pods, nodes, ... count from 0.
namespace towtank::model {

struct Zone {
  std::string name;
};

struct Node {
  std::string name;
  std::uint32_t zone = 0;
  std::uint32_t address = 0;  ///< IPv4 in host order, as the cluster gives it out
};

enum class ServiceDiscipline : std::uint8_t { workers, event_loop, processor_sharing };
enum class WhenFull : std::uint8_t { drop_syn, rst, http_503 };

/// How fast the containers of a workload are.
struct Workload {
  std::string name;       ///< NAMESPACE/NAME
  ServiceDiscipline discipline = ServiceDiscipline::workers;
  std::uint32_t servers = 1;  ///< workers, or cores; an event loop has one
  Distribution service = Distribution::constant(0.0);
  std::optional<Distribution> cpu;  ///< of an event loop
  std::optional<std::uint32_t> queue_limit;
  bool queue_limit_given = false;   ///< by the user: then an overloaded station has a steady state
  WhenFull when_full = WhenFull::drop_syn;
  std::optional<Distribution> queue_timeout;
  std::optional<std::uint32_t> proxy;  ///< the application is this proxy: nothing above but the name counts
  bool has_reference = false;          ///< a ReferenceQueue runs beside its pods
  std::vector<std::string> labels{};   ///< of its pods, each as KEY=VALUE
};

struct Pod {
  std::string name;
  std::uint32_t workload = 0;
  std::uint32_t node = 0;
  double slowdown = 1.0;
  std::uint32_t address = 0;  ///< IPv4 in host order, as the cluster gives it out
};

/// One port of a Service as one kind of caller meets it.
struct ServicePort {
  enum class Entry : std::uint8_t {
    node_port,   ///< from outside, at a node: externalTrafficPolicy, and the node's address in place of the caller's
    cluster_ip,  ///< from a pod or a node: internalTrafficPolicy, the caller's address stays
    direct,      ///< a pod's own address, or one of those that a headless Service's name stands for: no kube-proxy
  };

  std::string name;                 ///< NAMESPACE/NAME:PORT
  bool local = false;               ///< the policy that counts is Local; of `direct`: the pods are those of their nodes' own ports
  std::vector<std::uint32_t> pods;  ///< ready endpoints
  Entry entry = Entry::node_port;
  Duration affinity{};              ///< sessionAffinity ClientIP: its timeout; 0 = none
  std::vector<std::uint32_t> healthy_by_others{};  ///< nodes that pass healthCheckNodePort by pods of the Service's other ports
  std::vector<bool> deaf{};         ///< by place among the pods: nothing listens there on this port, they refuse; empty = none

  bool is_deaf(std::size_t place) const { return !deaf.empty() && deaf[place]; }
  bool is_closed() const { return !deaf.empty() && std::find(deaf.begin(), deaf.end(), false) == deaf.end(); }
};

struct Balance {
  std::string name;
  std::vector<std::pair<std::string, std::string>> parameters;
};

struct Edge {
  std::string name;
  bool l7 = false;                  ///< ends connections and decides per request
  bool zonal = false;               ///< of L4: it stands in every zone, and names resolve to zones evenly (AWS NLB)
  bool cross_zone = true;           ///< of zonal ones: a connection may go to a node of another zone than it entered in
  bool weighs_pods = false;         ///< of L4 with policy Local: a node gets as much as it has ready pods (GKE)
  bool is_name = false;             ///< of L4: a name of all its nodes (DNS), which nobody's health takes out
  bool one_node = false;            ///< of L4: one of its nodes holds the address and takes everything (MetalLB L2)
  bool to_pods = false;             ///< straight to pods; otherwise to node ports
  std::uint32_t service = 0;
  std::vector<std::uint32_t> nodes; ///< that it may dial, before health checks
  Balance balance;
  std::vector<std::uint32_t> weights;  ///< of the nodes, by place among `nodes`; empty = all 1
  std::vector<std::uint32_t> priorities;  ///< the same: those of 0 come first; empty = all 0
  std::vector<bool> fails_check;  ///< of L7, by place among its targets, nodes or pods: its health check fails there; empty: it fails nowhere
  enum class Upstream : std::uint8_t { warm, pooled, per_request } upstream = Upstream::warm;  ///< connections of L7
  Duration upstream_idle_timeout{};            ///< of pooled ones
  std::uint32_t upstream_max_requests = 0;     ///< that one of them carries; 0 = any number
  std::uint32_t upstream_max_idle = UINT32_MAX;  ///< that are kept open at once
  std::uint32_t upstream_setup_round_trips = 0;
  Duration connect_timeout = Duration::max();  ///< of L7, as the next three
  std::uint32_t tries = 1;                     ///< targets asked in all when connecting fails
  Outcome when_refused = Outcome::http_502, when_timed_out = Outcome::http_504;
  Distribution adder = Distribution::constant(0.0);  ///< of L4 per direction, of L7 per request
};

/// An ingress controller: pods of the model whose application is a proxy.
struct Proxy {
  std::string name;                  ///< of its workload, NAMESPACE/NAME
  std::uint32_t workers = 1;         ///< processes of a pod; each has connections of its own, and mostly its balancers
  std::uint32_t cores = 1;           ///< that each of them works on at once
  struct Backend {
    std::uint32_t service = 0;       ///< one that is reached by `cluster_ip`
    bool through_service = false;    ///< dials the cluster IP; otherwise the pods behind it
    Balance balance;
  };
  std::vector<Backend> backends;
  bool keeps_upstream = true;        ///< connections to pods are used again
  Duration upstream_idle_timeout{};
  std::uint32_t upstream_max_requests = 0, upstream_max_idle = UINT32_MAX;  ///< 0 = any number; idle ones of a worker
  bool idles_by_pod = false;         ///< ... or of a worker to each pod
  std::uint32_t upstream_setup_round_trips = 0;
  Duration connect_timeout = Duration::max();
  std::uint32_t tries = 1;           ///< pods asked in all when connecting fails
  Outcome when_refused = Outcome::http_502, when_timed_out = Outcome::http_504;
  Outcome when_empty = Outcome::http_503;  ///< where a backend has no pod at all
  Distribution adder = Distribution::constant(0.0);  ///< of an idle one, per request, CPU included
  Distribution cpu = Distribution::constant(0.0);    ///< the part that takes a worker
  Duration handshake{};              ///< CPU of ending a TLS set-up
};

struct Retries {
  std::uint32_t max = 0;
  bool on_connect_failure = false, on_timeout = false, on_5xx = false;
  Duration backoff_base{}, backoff_max{};
  double budget = 0.0;
};

/// Of bursty arrivals: Poisson at this rate (`load` included) while it lasts, an exponential time.
struct ArrivalState {
  double rate_per_s = 0.0;
  double mean_s = 0.0;
};

/// Another backend of the proxy on a traffic's way takes a part of it.
struct Canary {
  std::uint32_t backend = 0;
  std::uint32_t weight = 0, total = 1;  ///< so many of so many requests, or clients; 0 < weight <= total
  bool by_client = false;               ///< who went there once stays there
  std::vector<std::uint32_t> pods{};    ///< of both backends, ascending
  double share() const { return static_cast<double>(weight) / total; }
};

struct Traffic {
  std::string name;
  enum class Entry : std::uint8_t { edge, service, refused, lost } entry = Entry::edge;
  bool is_reset = false;                     ///< of entry `refused`: a listener takes the connection, and cuts it at the first bytes
  std::uint32_t edge = 0;
  std::uint32_t service = 0;                 ///< of entry `service`
  std::vector<std::uint32_t> nodes;          ///< of entry `service`: those dialled, each connection any; inside: where client k runs
  bool inside = false;                       ///< the clients run in the cluster
  std::vector<std::uint32_t> addresses;      ///< of those inside: client k has the k-th, around and around
  std::optional<std::uint32_t> backend;      ///< of the proxy on its way; empty: the proxy answers by itself
  std::optional<Canary> canary;              ///< beside the backend
  Outcome without_backend = Outcome::http_4xx;  ///< what it answers then: no rule fits, or it sends the client elsewhere
  std::optional<std::uint32_t> proxy;        ///< the ingress controller on its way
  bool tls = false;                          ///< who ends its connections spends CPU on their set-up
  enum class Arrivals : std::uint8_t { poisson, deterministic, batch, mmpp, closed } arrivals = Arrivals::poisson;
  bool is_open() const { return arrivals != Arrivals::closed; }
  double rate_per_s = 0.0;            ///< of open arrivals in the long run, `load` included
  std::uint32_t batch_size = 1;       ///< of batch: so many arrive at one instant
  std::array<ArrivalState, 2> states; ///< of mmpp: calm and burst, in turn
  std::uint32_t users = 0;            ///< of closed
  Distribution think = Distribution::constant(0.0);
  std::uint32_t clients = 1;
  bool keepalive = false;
  std::uint32_t connections_per_client = 1, max_requests = 0;
  Duration idle_timeout{}, max_age{};
  double max_age_jitter = 0.0;
  std::uint32_t setup_round_trips = 0;
  std::uint64_t bytes_per_request = 0;  ///< there and back
  std::optional<Duration> timeout;
  Retries retries;
  RequestKeyLaw keys;                 ///< what its requests carry
  bool records_rest = false;          ///< of successes: the latency less the service at the pod
};

struct Network {
  Distribution client = Distribution::constant(0.0);      ///< round trips
  Distribution same_node = Distribution::constant(0.0);
  Distribution same_zone = Distribution::constant(0.0);
  Distribution cross_zone = Distribution::constant(0.0);
  /// Which of the two a way between two nodes takes. @shape zones x zones, row by row, row = caller
  std::vector<LegKind> between_zones;
};

struct KubeProxy {
  /// Mode ipvs, and Cilium for what comes from outside: each node balances by this algorithm of the registry; empty: at random
  std::string scheduler;
  std::vector<std::pair<std::string, std::string>> scheduler_parameters;
  bool at_socket = false;         ///< Cilium: callers in the cluster choose at random as they connect, for the cost of `socket` alone
  bool answers_directly = false;  ///< Cilium's DSR: the pod sees the caller's address, and its answer does not pass the node that was called
  std::uint32_t affinity_list = UINT32_MAX;  ///< addresses that a node remembers of each pod, for sessionAffinity
  Distribution lookup = Distribution::constant(0.0);        ///< of the rule, once per connection
  Distribution conntrack = Distribution::constant(0.0);     ///< a new entry, once per connection
  Distribution snat = Distribution::constant(0.0);          ///< once per connection that leaves its node
  Distribution socket = Distribution::constant(0.0);        ///< with `at_socket`: of a choice, once per connection
  double chain_walk_s = 0.0;      ///< iptables: U^1.5 of this per connection
  double per_endpoint_s = 0.0;    ///< iptables: U of this times the endpoints of the Service per connection
};

struct Cluster {
  std::vector<Zone> zones;
  std::vector<Node> nodes;
  std::vector<Workload> workloads;
  std::vector<Pod> pods;
  std::vector<ServicePort> services;
  std::vector<Proxy> proxies;
  std::vector<Edge> edges;
  std::vector<Traffic> traffic;
  Network network;
  KubeProxy kube_proxy;
};

/// Nodes of an L4 edge that pass its health check: all of them, or under policy Local those with a ready pod; when none
/// passes, all again (load balancers fail open). @source models/SOURCES.md 2.4, 3.9
std::vector<std::uint32_t> healthy_nodes(const Cluster& cluster, const Edge& edge);

/// MetalLB L2 elects the node that announces an address by a hash of node and Service: the lowest of the healthy ones,
/// the same in every run and another for another Service. @param service  `NAMESPACE/NAME:PORT`
std::uint64_t announcer_rank(const std::string& node, const std::string& service);

/// Where the connections of an L4 edge may go: one list for each zone in which they enter, empty where there is no
/// target; a single list for load balancers without zones of their own. A node that gets several parts stands there as often.
std::vector<std::vector<std::uint32_t>> entry_targets(const Cluster& cluster, const Edge& edge);

/// How many pods of a proxy each zone has.
std::vector<std::uint32_t> replicas_by_zone(const Cluster& cluster, std::uint32_t proxy);

/// Of each of these pods.
std::vector<std::uint32_t> zones_of(const Cluster& cluster, const std::vector<std::uint32_t>& pods);

/// Pods that share their requests: of one workload, or behind one port of a Service, directly or through others.
/// @return the number of its group, by pod; groups are numbered in the order of their first pods
std::vector<std::uint32_t> pod_groups(const Cluster& cluster);

/// A Service whose rules of kube-proxy are on a traffic's way.
struct CrossedRules {
  const ServicePort* service = nullptr;
  bool is_by_proxy = false;  ///< who dials it is a proxy
};

/// A backend of the proxy on a traffic's way, and the share of the requests that goes on to it.
struct BackendShare {
  const Proxy::Backend* backend = nullptr;
  double share = 1.0;
};

/// One, two with a canary, none where the proxy answers by itself or there is no proxy.
std::vector<BackendShare> backends_of(const Cluster& cluster, const Traffic& traffic);

/// The algorithm by which nodes choose among the pods of a Service; empty: at random, each connection anew.
std::string scheduler_of(const Cluster& cluster, const ServicePort& service);

/// Whether nodes put their own address in place of the caller's, so that the answer finds back.
bool masquerades(const Cluster& cluster, const ServicePort& service);

/// Whether nodes refuse where a policy of Local leaves them no pod; else they drop, and the caller waits.
bool refuses_without_pods(const Cluster& cluster, const ServicePort& service);

/// In the order of the way.
std::vector<CrossedRules> rules_on_way(const Cluster& cluster, const Traffic& traffic);

/// The same of an edge that sends straight to pods: all that are ready, or those of each zone.
std::vector<std::vector<std::uint32_t>> entry_pods(const Cluster& cluster, const Edge& edge);

/// The pods behind the first Service on a traffic's way: an ingress controller's, or those that serve it. Empty when its way
/// ends before.
const std::vector<std::uint32_t>& first_pods(const Cluster& cluster, const Traffic& traffic);

/// The pods that serve a traffic in the end: behind its proxy, if there is one. Empty when its way ends before.
const std::vector<std::uint32_t>& serving_pods(const Cluster& cluster, const Traffic& traffic);

}  // namespace towtank::model
