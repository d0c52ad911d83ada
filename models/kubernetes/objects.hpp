#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/kubernetes/document.hpp"
#include "models/kubernetes/scalars.hpp"
#include "sim/core/result.hpp"

namespace towtank {

using Labels = std::map<std::string, std::string>;

enum class Protocol : std::uint8_t { tcp, udp, sctp };

/// Name, namespace and what hangs on them. Kubernetes' defaults are filled in; an absent namespace is "default".
struct ObjectMeta {
  std::string name;
  std::string name_space = "default";
  Labels labels;
  Labels annotations;
  Mark mark;  ///< of the object's first line

  /// `NAMESPACE/NAME`
  std::string full_name() const { return name_space + '/' + name; }
};

/// One of `matchExpressions`.
struct LabelRequirement {
  enum class Operator : std::uint8_t { in, not_in, exists, does_not_exist };
  std::string key;
  Operator op = Operator::exists;
  std::vector<std::string> values;  ///< of `in` and `not_in`, at least one
  Mark mark;
};

struct LabelSelector {
  Labels match_labels;
  std::vector<LabelRequirement> match_expressions;
  Mark mark;

  bool empty() const { return match_labels.empty() && match_expressions.empty(); }
};

struct ContainerPort {
  std::string name;  ///< may be empty
  std::int64_t container_port = 0;
  Protocol protocol = Protocol::tcp;
  std::optional<std::int64_t> host_port;
  Mark mark;
};

/// What a container asks for or is held to; empty = not given. Rounded up as Kubernetes does.
struct ResourceAmounts {
  std::optional<std::int64_t> cpu_millicores;
  std::optional<std::int64_t> memory_bytes;
};

struct Container {
  std::string name;
  std::vector<ContainerPort> ports;
  ResourceAmounts requests;  ///< where absent and a limit is given, the limit, as Kubernetes fills it in
  ResourceAmounts limits;
  Mark mark;
};

struct PodTemplate {
  Labels labels;
  std::vector<Container> containers;
  std::int64_t termination_grace_period_s = 30;
  bool host_network = false;
  Mark mark;

  /// Sum over the containers; what no container asks for counts 0.
  std::int64_t requested_cpu_millicores() const;
  std::int64_t requested_memory_bytes() const;
};

/// The kinds that make pods from a template. Only `deployment` is read today.
enum class WorkloadKind : std::uint8_t { deployment, stateful_set, daemon_set, replica_set, pod };

struct Workload {
  WorkloadKind kind = WorkloadKind::deployment;
  ObjectMeta meta;
  LabelSelector selector;
  std::int64_t replicas = 1;
  bool replicas_given = false;  ///< false = Kubernetes' default of 1 (an autoscaler may own the field)
  Mark replicas_mark;           ///< of the value; of the object when it is absent
  PodTemplate pods;
  std::int64_t min_ready_s = 0;
  Value strategy;  ///< as written; null when absent
};

enum class ServiceType : std::uint8_t { cluster_ip, node_port, load_balancer, external_name };
enum class TrafficPolicy : std::uint8_t { cluster, local };

struct ServicePort {
  std::string name;  ///< may be empty when it is the only port
  std::int64_t port = 0;
  IntOrString target_port;  ///< = port when absent
  bool target_port_given = false;
  std::optional<std::int64_t> node_port;
  Protocol protocol = Protocol::tcp;
  std::string app_protocol;
  Mark mark;
};

struct Service {
  ObjectMeta meta;
  ServiceType type = ServiceType::cluster_ip;
  std::optional<Labels> selector;  ///< empty = the endpoints are somebody else's business
  Mark selector_mark;
  std::vector<ServicePort> ports;
  TrafficPolicy external_traffic_policy = TrafficPolicy::cluster;
  TrafficPolicy internal_traffic_policy = TrafficPolicy::cluster;
  bool client_ip_affinity = false;
  std::int64_t affinity_timeout_s = 10'800;
  std::string cluster_ip;  ///< as given; "None" = headless; empty = to be allocated
  std::optional<std::int64_t> health_check_node_port;
  bool publish_not_ready_addresses = false;
  std::string load_balancer_class;
  bool allocate_load_balancer_node_ports = true;
  std::string traffic_distribution;  ///< as given, e.g. "PreferClose"; empty = none

  bool is_headless() const { return cluster_ip == "None"; }
  /// Whether each port opens a node port on every node.
  bool has_node_ports() const {
    return type == ServiceType::node_port || (type == ServiceType::load_balancer && allocate_load_balancer_node_ports);
  }
};

/// Something in the manifests that plays no part in the model, and why.
struct Ignored {
  std::string kind;
  std::string name_space;
  std::string name;
  std::string field;  ///< path within the object; empty = the whole object
  Mark mark;
  std::string reason;
};

struct Objects {
  std::vector<Workload> workloads;
  std::vector<Service> services;
  std::vector<Ignored> ignored;
};

/// As Kubernetes writes them: `Deployment`, `NodePort`, `Local`, `TCP`.
std::string_view name_of(WorkloadKind kind);
std::string_view name_of(ServiceType type);
std::string_view name_of(TrafficPolicy policy);
std::string_view name_of(Protocol protocol);

}  // namespace towtank
