#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "models/balancers/host_sets.hpp"
#include "models/kubernetes/endpoint_set.hpp"
#include "models/scenario/cluster_dns.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/ingress_rules.hpp"
#include "models/scenario/pod_listeners.hpp"
#include "models/scenario/target.hpp"
#include "models/walk/walk.hpp"

namespace towtank::walk {

/// Goes all ways that one request may take. Each kind of place is a .cpp of its own.
class Walker {
 public:
  explicit Walker(const scenario::Ground& ground);

  Result<Walk> run(const std::string& to, const std::string& from);

 private:
  using Target = scenario::Target;
  using Controller = scenario::Ground::Controller;
  using DnsName = scenario::DnsName;

  /// Who opens a connection.
  struct Caller {
    std::string address;                ///< as the next place sees it
    std::optional<std::uint32_t> node;  ///< inside the cluster: where it is
    std::optional<std::uint32_t> pod;   ///< empty with a node: a process of the node itself
    bool at_edge = false;               ///< the client's side of the world is behind it
  };
  /// Proxies answer for what is behind them, and may ask another target when one cannot be connected to.
  struct Proxy {
    enum class Kind : std::uint8_t { none, ingress_nginx, nginx, haproxy, envoy, traefik, alb } kind = Kind::none;
    std::uint32_t tries = 1;  ///< targets for one request; UINT32_MAX = each of them once
    bool is_none() const { return kind == Kind::none; }
  };
  /// A request under way.
  struct Path {
    double probability = 1.0;
    Caller caller;
    Proxy proxy;                 ///< the last one passed
    scenario::TlsInFront front;  ///< of a load balancer: what came on was TLS, and it may have ended it
    Target target;
    std::vector<const Controller*> controllers;  ///< passed
    std::vector<Step> steps;

    void add(std::string chain, std::string packets, std::optional<double> rtt_s = std::nullopt) {
      steps.push_back({std::move(chain), std::move(packets), rtt_s});
    }
  };
  /// A way that was gone to its end.
  struct Way {
    Branch branch;
    bool connected = true;   ///< false: what the last proxy dialled did not answer, so that it may ask another one
    bool timed_out = false;  ///< of those not connected: nothing came back
  };
  struct ServicePortRef {
    std::uint32_t service = 0;
    std::size_t port = 0;
  };
  // names.cpp: from a name to a place
  Result<Caller> caller_of(const std::string& from) const;
  void enter(Path path);
  std::optional<std::uint32_t> service_behind_alias(const Path& path, const Service& alias) const;
  void enter_service_name(Path path, std::uint32_t service);
  void enter_service_from_outside(Path path, std::uint32_t service);
  void enter_pod_of_several(Path path, const std::vector<std::uint32_t>& pods);
  void enter_unknown(Path path);
  std::vector<std::string> known_names() const;

  // dns.cpp: names inside the cluster
  bool asks_cluster_dns(const Caller& caller) const { return caller.pod.has_value(); }
  std::string home_of(const Caller& caller) const;
  void enter_headless(Path path, std::uint32_t service, const std::string& pod_name);
  void enter_unknown_pod_name(Path path, const DnsName& meant);

  // addresses.cpp
  void enter_address(Path path, const std::string& address);
  bool enter_external_ip(Path& path, const std::string& address, std::int64_t dialled);
  void enter_loopback(Path path);
  void to_pod_address(Path path, std::uint32_t pod, std::int64_t dialled);

  /// Nodes by what they would do with a request: the verdict and the workloads chosen from.
  using NodesAlike = std::map<std::tuple<int, std::vector<std::int64_t>>, std::vector<std::uint32_t>>;

  // node_ports.cpp: what listens on nodes
  /// @param edge  whose upstream they are, and which may weigh them; null: each as likely
  void to_nodes(Path path, const std::vector<std::uint32_t>& nodes, std::int64_t dialled,
                const scenario::EdgeSpec* edge = nullptr);
  NodesAlike alike_at(const std::vector<std::uint32_t>& nodes, std::int64_t dialled, const Caller& caller) const;
  void to_node(Path path, std::uint32_t node, std::int64_t dialled);
  bool to_health_check(Path& path, std::uint32_t node, std::int64_t dialled);
  bool to_pod_of_node(Path& path, std::uint32_t node, std::int64_t dialled, const std::string& shown);
  void to_closed_node_port(Path path, std::uint32_t node, std::int64_t dialled);
  void at_node_port(Path path, std::uint32_t node, ServicePortRef ref, const std::string& dialled);
  std::optional<ServicePortRef> node_port(std::int64_t number) const;
  ServiceEntry entry_from(const Caller& caller, std::uint32_t node) const;
  /// Which node decides by what, when a caller dials a Service at a node.
  struct Deciding {
    std::uint32_t node = 0;
    ServiceEntry entry = ServiceEntry::external;
    TrafficPolicy policy = TrafficPolicy::cluster;
  };
  Deciding deciding(const Caller& caller, ServicePortRef ref, std::uint32_t node) const;

  // service_ports.cpp: what kube-proxy does, or Cilium in its place
  /// Mode cilium: the caller's own socket leads on to a pod, whatever address of a Service was dialled.
  bool is_at_socket(const Caller& caller) const {
    return caller.node && scenario::chooses_at_socket(ground_.scenario.cluster);
  }
  std::string forwarder() const;
  std::string forwarder_on(const Caller& caller, std::uint32_t node) const;
  void to_cluster_ip(Path path, std::uint32_t service, std::int64_t dialled);
  void choose(Path path, std::uint32_t node, ServicePortRef ref, const EndpointDecision& decision,
              const std::string& dialled, bool is_external);
  /// @param is_direct  the pod's node answers by itself, not by way of this one
  void to_endpoint(Path path, std::uint32_t node, ServicePortRef ref, const EndpointState& endpoint, bool is_direct);
  std::vector<std::uint32_t> scheduled(const Caller& caller, ServicePortRef ref, std::vector<std::uint32_t> candidates);
  std::string how_long_kept(ServicePortRef ref, std::size_t all) const;
  std::string how_scheduled(const Caller& caller, ServicePortRef ref, std::size_t all, std::size_t left) const;
  bool is_bound_to_nodes(const Path& path, scenario::EdgeKind kind, std::uint32_t service) const;
  void dropped(Path path, std::uint32_t node, ServicePortRef ref, bool is_external);
  EndpointSet endpoints_on(ServicePortRef ref, std::uint32_t node) const;
  std::string link_of(ServicePortRef ref) const;

  // no_endpoints.cpp
  /// Why nothing stands behind a port of a Service, whose line that is, and what would do.
  Ending why_no_endpoint(ServicePortRef ref) const;

  // pods.cpp: where it ends
  void to_pod(Path path, std::uint32_t pod, std::int64_t port, const Mark& mark, const std::string& object);
  bool listens(std::uint32_t pod, std::int64_t port);
  scenario::PodListeners listeners_of(std::uint32_t pod) const;
  const scenario::PodModel* model_of(std::uint32_t pod) const;
  const Controller* controller_at(std::uint32_t pod, std::int64_t port) const;
  double to_edge_s(const Path& path) const;
  std::optional<double> round_trip(const Caller& caller, std::uint32_t node) const;

  // edges.cpp: what spec.edge says
  void to_edge(Path path, const scenario::EdgeSpec& edge);
  void to_web_server(Path path, const scenario::EdgeSpec& edge, ServicePortRef ref, std::int64_t dialled);
  void at_closed_edge(Path path, const scenario::EdgeSpec& edge, std::uint32_t service, std::int64_t dialled);
  const scenario::EdgeSpec* edge_of_service(std::uint32_t service) const;

  // load_balancers.cpp: they choose a node, or a pod, and are no end of any connection
  struct LoadBalancer {
    scenario::EdgeKind kind = scenario::EdgeKind::nlb;
    const scenario::EdgeSpec* edge = nullptr;  ///< null: the one that the provider puts in front
    ServicePortRef ref;
    std::int64_t dialled = 0;
    bool keeps_address = false;
    std::string link, shown;  ///< as steps call it, and what was dialled
  };
  void to_service_front(Path path, std::uint32_t service);
  void to_load_balancer(Path path, ServicePortRef ref, std::int64_t dialled, const scenario::EdgeSpec* edge);
  void cut_off(Path path, const LoadBalancer& balancer);
  bool is_in_reach(Path& path, const LoadBalancer& balancer);
  bool is_let_in(Path& path, const LoadBalancer& balancer);
  std::vector<std::uint32_t> healthy_nodes(std::uint32_t service, const std::vector<std::uint32_t>& targets) const;
  std::vector<std::uint32_t> eligible_nodes(Path& path, const LoadBalancer& balancer);
  std::size_t pods_on(std::uint32_t node, ServicePortRef ref) const;
  void to_targets(Path path, const LoadBalancer& balancer, std::vector<std::uint32_t> nodes);
  bool leave_cluster(Path& path, const LoadBalancer& balancer, std::vector<std::uint32_t>& nodes);

  // ingress.cpp: what reads requests by Ingresses
  void enter_ingress_host(Path path);
  void enter_controller_nodes(Path path, const Controller& controller);
  void at_shut_controller(Path path, std::uint32_t service, std::uint32_t node);
  void at_controller(Path path, const Controller& controller, std::uint32_t pod, std::int64_t port);
  bool is_understood(Path& path, const Controller& controller, const scenario::Arrival& arrival);
  void send_on(Path path, const Ingress& ingress, const scenario::Arrival& arrival);
  void send_on_by_snippet(Path path, const Controller& controller, const scenario::Arrival& arrival, std::int64_t port);
  bool is_asked(const Controller& controller, const IngressRoute& stable, const CanaryRoute& canary) const;
  void split(Path path, const Controller& controller, const IngressRoute& stable, const CanaryRoute& canary);
  bool has_endpoint(const Controller& controller, const Ingress& ingress, const IngressBackend& backend) const;
  void to_backend(Path path, const Controller& controller, const IngressBackend& backend, const Ingress& ingress);
  const Controller* controller_for(const Target& target) const;

  // upstreams.cpp: what proxies dial
  struct Option {
    std::size_t count = 1;  ///< of targets that are alike
    std::function<void(Path)> go;
    std::int64_t weight = 0;  ///< of all of them together; 0 = 1 each
  };
  static std::int64_t weight_of(const Option& option);
  /// @param what  the targets are: "nodes"
  void try_one_of(Path path, const std::vector<Option>& options, const std::string& what);
  std::vector<Way> ways_of(const Path& path, const Option& option);
  void tell_of_tries(std::vector<std::vector<Way>>& ways, const Path& path, const std::vector<Option>& options,
                     const std::string& what);
  /// How a proxy, or a load balancer, chooses among pods.
  struct Chooser {
    const scenario::BalanceSpec* balance = nullptr;  ///< what the scenario says; null: nothing
    const Controller* controller = nullptr;          ///< whose pod it is; null: none's
    bool checks_health = false;
    bool by_zone = false;  ///< every zone that has some gets as much as any other
  };
  void to_pods_of(Path path, ServicePortRef ref, const std::string& who, const Chooser& by);
  void to_one_of(Path path, ServicePortRef ref, const std::vector<std::uint32_t>& endpoints, bool by_zone);

  // host_sets.cpp: what health checks, priorities, zones and subsets leave to choose from
  struct Chosen {
    HostChoice choice;  ///< among nodes, or indices of endpoints
    std::string told;   ///< of checks, for a step
    std::string why;    ///< nobody is chosen, where that may be
  };
  bool node_serves(const Caller& caller, ServicePortRef ref, std::uint32_t node);
  bool endpoint_serves(const EndpointState& endpoint);
  Chosen chosen_nodes(const Path& path, const scenario::EdgeSpec& edge, ServicePortRef ref, const std::vector<std::uint32_t>& nodes);
  Chosen chosen_pods(const Path& path, ServicePortRef ref, const Chooser& by, const std::vector<std::uint32_t>& endpoints);
  static Chosen chosen(const scenario::BalanceSpec* balance, bool is_envoy, const EndpointView& view, const std::vector<std::uint32_t>& targets);
  /// @param nobody  where it ends without a target
  void from_one_of(Path path, const Chosen& chosen, const std::string& what, const Ending& nobody, const std::function<void(Path, const std::vector<std::uint32_t>&)>& go);
  static bool looks_at_callers(const Controller& controller);
  /// Pods of one kind do alike: those of one workload, and of a controller that looks at its zone of one zone, too.
  std::int64_t kind_of(std::uint32_t pod) const;

  void end(Path path, Ending ending);
  void add(Way way);
  Ending for_client(Proxy proxy, Ending ending) const;
  bool is_inside(const Path& path) const { return path.caller.node.has_value(); }
  const ServiceState& service(std::uint32_t index) const { return ground_.state.services[index]; }
  const NodeState& node(std::uint32_t index) const { return ground_.state.nodes[index]; }
  const PodState& pod(std::uint32_t index) const { return ground_.state.pods[index]; }
  const Workload& workload_of(std::uint32_t pod_index) const {
    return ground_.objects.workloads[pod(pod_index).workload];
  }
  std::string title(std::uint32_t service) const;

  const scenario::Ground& ground_;
  std::vector<Way> ways_;
  std::set<std::string> assumptions_;
};

/// `Deployment/prod/shop`
std::string title_of(const Workload& workload);

/// What would do for those who dialled a port that the Service has not.
std::string port_hint(const Service& service, std::int64_t dialled);

}  // namespace towtank::walk
