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
  std::string name_space = "default";  ///< empty of kinds that have none: Node, IngressClass
  Labels labels;
  Labels annotations;
  Mark mark;  ///< of the object's first line

  /// `NAMESPACE/NAME`, or the name alone of kinds without namespace
  std::string full_name() const { return name_space.empty() ? name : name_space + '/' + name; }
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
  std::string image;  ///< REPOSITORY:TAG; empty = not given
  std::vector<ContainerPort> ports;
  ResourceAmounts requests;  ///< where absent and a limit is given, the limit, as Kubernetes fills it in
  ResourceAmounts limits;
  Mark mark;
};

/// Keeps pods off a node unless they tolerate it.
struct Taint {
  enum class Effect : std::uint8_t { no_schedule, prefer_no_schedule, no_execute };
  std::string key;
  std::string value;
  Effect effect = Effect::no_schedule;
};

struct Toleration {
  std::string key;                      ///< empty with `exists`: tolerates everything
  bool exists = false;                  ///< operator Exists: any value
  std::string value;                    ///< of operator Equal
  std::optional<Taint::Effect> effect;  ///< empty: every effect
};

/// Of `topologySpreadConstraints`.
struct SpreadConstraint {
  std::int64_t max_skew = 1;
  std::string topology_key;
  bool do_not_schedule = true;  ///< whenUnsatisfiable: false is ScheduleAnyway, a preference
  LabelSelector selector;
};

/// What a pod asks of its node. @source Kubernetes API reference, PodSpec
struct Scheduling {
  std::string node_name;   ///< as given or observed: no scheduler is asked
  Labels node_selector;
  std::vector<Toleration> tolerations;
  /// requiredDuringScheduling node affinity: one of the terms holds, of a term all of it. No terms: any node.
  std::vector<std::vector<LabelRequirement>> required_node_terms;
  std::vector<LabelSelector> apart_by_node;  ///< required anti-affinity with topologyKey kubernetes.io/hostname
  std::vector<LabelSelector> apart_by_zone;  ///< the same with topology.kubernetes.io/zone
  std::vector<SpreadConstraint> spread;
};

struct PodTemplate {
  Labels labels;
  std::vector<Container> containers;
  Scheduling scheduling;
  std::int64_t termination_grace_period_s = 30;
  bool host_network = false;
  Mark mark;

  /// Sum over the containers; what no container asks for counts 0.
  std::int64_t requested_cpu_millicores() const;
  std::int64_t requested_memory_bytes() const;
};

/// The kinds that make pods from a template, and a pod by itself.
enum class WorkloadKind : std::uint8_t { deployment, stateful_set, daemon_set, replica_set, pod };

/// What the API server says of a pod that runs (`kubectl get pods -o yaml`); empty where the manifest says nothing.
struct ObservedPod {
  std::string pod_ip;
  std::optional<bool> ready;  ///< of its conditions
  bool terminating = false;   ///< it has a deletionTimestamp
  bool ended = false;         ///< phase Succeeded or Failed
  std::string owner_kind, owner_name;  ///< its controller in ownerReferences
};

struct Workload {
  WorkloadKind kind = WorkloadKind::deployment;
  ObjectMeta meta;
  LabelSelector selector;
  std::int64_t replicas = 1;    ///< of a DaemonSet: not known before placement, 1 for each node that it fits
  bool replicas_given = false;  ///< false = Kubernetes' default of 1 (an autoscaler may own the field)
  Mark replicas_mark;           ///< of the value; of the object when it is absent
  PodTemplate pods;
  std::int64_t min_ready_s = 0;
  Value strategy;  ///< as written; null when absent
  std::string service_name;  ///< of a StatefulSet: the headless Service that names its pods
  std::string owner_kind, owner_name;  ///< of a ReplicaSet: the Deployment that made it
  ObservedPod observed;  ///< of kind `pod`
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

/// Why a load balancer has an address of the cloud's private network only.
struct InternalLoadBalancer {
  std::string said;  ///< `annotation KEY: VALUE`
  std::string cure;  ///< what would make it one of the internet
  Mark mark;
};

/// What annotations ask of AWS' load balancer beside a Service's spec.
struct AwsLoadBalancer {
  std::optional<bool> cross_zone;  ///< a node of it sends to targets of other zones
  bool to_pods = false;            ///< its targets are pods (`ip`), not nodes (`instance`)
  bool has_certificate = false;    ///< it ends TLS
  std::vector<std::string> tls_ports;  ///< on these, by name or number; empty = on all
  std::string backend_protocol;    ///< which it speaks to its targets; empty = tcp
  bool is_classic = true;          ///< no annotation asks for another type than the Classic Load Balancer
  struct Said {
    std::string key;
    Mark mark;
  };
  std::vector<Said> said;  ///< its annotations that are read
  std::optional<InternalLoadBalancer> internal;  ///< as its controllers are told, or do unless they are told otherwise
};

/// Whom kube-proxy prefers, by the hints that the EndpointSlice controller then gives.
enum class TrafficDistribution : std::uint8_t { none, same_zone, same_node };

struct Service {
  ObjectMeta meta;
  ServiceType type = ServiceType::cluster_ip;
  std::optional<Labels> selector;  ///< empty = the endpoints are somebody else's business
  Mark selector_mark;
  std::vector<ServicePort> ports;
  TrafficPolicy external_traffic_policy = TrafficPolicy::cluster;
  Mark external_traffic_policy_mark;  ///< of the value; of the object when it is absent
  TrafficPolicy internal_traffic_policy = TrafficPolicy::cluster;
  bool client_ip_affinity = false;
  std::int64_t affinity_timeout_s = 10'800;
  std::string cluster_ip;  ///< as given; "None" = headless; empty = to be allocated
  std::optional<std::int64_t> health_check_node_port;
  bool publish_not_ready_addresses = false;
  std::string load_balancer_class;
  std::string external_name;             ///< of type ExternalName
  std::vector<std::string> source_ranges;  ///< loadBalancerSourceRanges, as CIDR
  std::vector<std::string> load_balancer_addresses;  ///< IP or host name, of status.loadBalancer.ingress
  bool has_virtual_address = false;  ///< one of these is an IP, and its ipMode is not Proxy
  std::string load_balancer_ip;      ///< asked for; empty = any
  std::vector<std::string> external_ips;
  std::optional<InternalLoadBalancer> internal;  ///< as the provider of its load balancer is told
  std::optional<InternalLoadBalancer> internal_by_gke, internal_by_azure;  ///< what these are told; AWS' is in `aws`
  bool weighs_pods = false;  ///< GKE's load balancer is told to give nodes flows by the ready pods on them
  bool allocate_load_balancer_node_ports = true;
  TrafficDistribution traffic_distribution = TrafficDistribution::none;
  AwsLoadBalancer aws;

  bool is_headless() const { return cluster_ip == "None"; }
  /// Whether each port opens a node port on every node.
  bool has_node_ports() const {
    return type == ServiceType::node_port || (type == ServiceType::load_balancer && allocate_load_balancer_node_ports);
  }
};

/// Where an Ingress sends to: a port of a Service of its own namespace, by name or number.
struct IngressBackend {
  std::string service;
  IntOrString port;
  Mark mark;
};

enum class PathType : std::uint8_t { exact, prefix, implementation_specific };

struct IngressPath {
  std::string path;  ///< empty = all
  PathType type = PathType::implementation_specific;
  IngressBackend backend;
  Mark mark;
};

struct IngressRule {
  std::string host;  ///< empty = every host; `*.example.com` = one label more
  std::vector<IngressPath> paths;
  Mark mark;
};

struct Ingress {
  ObjectMeta meta;
  std::string class_name;  ///< spec.ingressClassName, else the older annotation; empty = the default class
  std::optional<IngressBackend> default_backend;
  std::vector<IngressRule> rules;
  std::vector<std::string> tls_hosts;
};

struct IngressClass {
  ObjectMeta meta;
  std::string controller;   ///< e.g. `k8s.io/ingress-nginx`
  bool is_default = false;  ///< annotation ingressclass.kubernetes.io/is-default-class
};

struct Node {
  ObjectMeta meta;
  std::vector<Taint> taints;
  bool unschedulable = false;  ///< cordoned
  ResourceAmounts allocatable;  ///< of the status: allocatable, else capacity
  std::optional<std::int64_t> pod_slots;
  std::string internal_address, external_address;
  std::optional<bool> ready;

  /// Label topology.kubernetes.io/zone (or its older name); empty when it has none.
  std::string zone() const;
  /// It has a label node-role.kubernetes.io/control-plane (or master).
  bool is_control_plane() const;
};

/// Endpoints of a Service that has no selector, or as they were observed.
struct EndpointSlice {
  struct Endpoint {
    std::vector<std::string> addresses;
    std::optional<bool> ready, serving, terminating;  ///< empty = unknown, which counts as ready
    std::string node, zone;
    std::string pod;  ///< of targetRef
    std::vector<std::string> zone_hints, node_hints;
  };
  struct Port {
    std::string name;
    std::optional<std::int64_t> port;  ///< empty = all ports
    Protocol protocol = Protocol::tcp;
  };
  ObjectMeta meta;
  std::string service;  ///< label kubernetes.io/service-name
  std::vector<Endpoint> endpoints;
  std::vector<Port> ports;
};

struct ConfigMap {
  ObjectMeta meta;
  Labels data;
};

struct HorizontalPodAutoscaler {
  ObjectMeta meta;
  std::string target_kind, target_name;  ///< of scaleTargetRef
  std::int64_t min_replicas = 1, max_replicas = 1;
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
  std::vector<Ingress> ingresses;
  std::vector<IngressClass> ingress_classes;
  std::vector<Node> nodes;
  std::vector<EndpointSlice> endpoint_slices;
  std::vector<ConfigMap> config_maps;
  std::vector<HorizontalPodAutoscaler> autoscalers;
  std::vector<Ignored> ignored;
};

/// As Kubernetes writes them: `Deployment`, `NodePort`, `Local`, `TCP`.
std::string_view name_of(WorkloadKind kind);
std::string_view name_of(ServiceType type);
std::string_view name_of(TrafficPolicy policy);
std::string_view name_of(Protocol protocol);

}  // namespace towtank
