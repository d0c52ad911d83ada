#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "models/kubernetes/endpoint_set.hpp"
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

  /// Who opens a connection.
  struct Caller {
    std::string address;                ///< as the next place sees it
    std::optional<std::uint32_t> node;  ///< inside the cluster: where it is
    std::optional<std::uint32_t> pod;   ///< empty with a node: a process of the node itself
    bool at_edge = false;               ///< the client's side of the world is behind it
  };
  /// Proxies answer for what is behind them.
  enum class Proxy : std::uint8_t { none, nginx, envoy };
  /// A request under way.
  struct Path {
    double probability = 1.0;
    Caller caller;
    Proxy proxy = Proxy::none;  ///< the last one passed
    Target target;
    std::vector<Step> steps;

    void add(std::string chain, std::string packets, std::optional<double> rtt_s = std::nullopt) {
      steps.push_back({std::move(chain), std::move(packets), rtt_s});
    }
  };
  struct ServicePortRef {
    std::uint32_t service = 0;
    std::size_t port = 0;
  };

  // names.cpp: from a name to a place
  Result<Caller> caller_of(const std::string& from) const;
  void enter(Path path);
  void enter_address(Path path, const std::string& address);
  void enter_service_name(Path path, std::uint32_t service);
  void enter_headless(Path path, std::uint32_t service);
  std::vector<std::string> known_names() const;
  std::vector<std::uint32_t> services_named(const std::string& host, bool exact_only) const;
  const scenario::EdgeSpec* edge_of(const std::string& host) const;
  const scenario::EdgeSpec* edge_of_service(std::uint32_t service) const;

  /// Nodes by what they would do with a request: the verdict and the workloads chosen from.
  using NodesAlike = std::map<std::tuple<int, std::vector<std::uint32_t>>, std::vector<std::uint32_t>>;

  // service_ports.cpp: what kube-proxy does
  std::size_t leave_to_others(Path& path, NodesAlike& alike) const;
  void to_cluster_ip(Path path, std::uint32_t service, std::int64_t dialled);
  void to_nodes(Path path, const std::vector<std::uint32_t>& nodes, std::int64_t dialled);
  void to_node(Path path, std::uint32_t node, std::int64_t dialled);
  void to_closed_node_port(Path path, std::uint32_t node, std::int64_t dialled);
  void at_node_port(Path path, std::uint32_t node, ServicePortRef ref, const std::string& dialled);
  void choose(Path path, std::uint32_t node, ServicePortRef ref, const EndpointDecision& decision,
              const std::string& dialled);
  void to_endpoint(Path path, std::uint32_t node, ServicePortRef ref, const EndpointState& endpoint);
  EndpointSet endpoints_on(ServicePortRef ref, std::uint32_t node) const;
  ServiceEntry entry_from(const Caller& caller, std::uint32_t node) const;

  // pods.cpp: where it ends
  void to_pod(Path path, std::uint32_t pod, std::int64_t port, const Mark& mark, const std::string& object);
  bool listens(std::uint32_t pod, std::int64_t port);
  std::vector<std::int64_t> listeners_of(std::uint32_t pod) const;
  const scenario::PodModel* model_of(std::uint32_t pod) const;
  std::optional<double> round_trip(const Caller& caller, std::uint32_t node) const;

  // proxies.cpp: load balancers and what understands HTTP
  void to_edge(Path path, const scenario::EdgeSpec& edge);
  /// @param edge  null: the one that the provider puts in front
  void to_load_balancer(Path path, std::uint32_t service, std::int64_t dialled, const scenario::EdgeSpec* edge);
  void enter_ingress_host(Path path);
  void at_controller(Path path, const scenario::Ground::Controller& controller, std::uint32_t pod);
  void to_backend(Path path, const scenario::Ground::Controller& controller, const IngressBackend& backend,
                  const Ingress& ingress);
  /// @param when_empty  the HTTP status where the Service has no endpoint
  void from_edge_to_pods(Path path, std::uint32_t service, std::size_t port, const std::string& who, int when_empty);
  const scenario::Ground::Controller* controller_for(const Target& target) const;
  const scenario::Ground::Controller* controller_of_pod(std::uint32_t pod) const;

  void end(Path path, Ending ending);
  Ending for_client(Proxy proxy, Ending ending) const;
  bool is_inside(const Path& path) const { return path.caller.node.has_value(); }
  const ServiceState& service(std::uint32_t index) const { return ground_.state.services[index]; }
  const NodeState& node(std::uint32_t index) const { return ground_.state.nodes[index]; }
  const PodState& pod(std::uint32_t index) const { return ground_.state.pods[index]; }
  std::string title(std::uint32_t service) const;

  const scenario::Ground& ground_;
  std::vector<Branch> branches_;
  std::set<std::string> assumptions_;
};

/// `80, 443/https` and their node ports, for hints.
std::string port_hint(const Service& service, std::int64_t dialled);

}  // namespace towtank::walk
