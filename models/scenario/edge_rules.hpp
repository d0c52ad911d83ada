#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/cluster/cluster_state.hpp"
#include "models/scenario/scenario.hpp"

/// What follows from an edge as it is written, for those who simulate it and for those who walk through it.
namespace towtank::scenario {

/// It ends connections and reads requests.
bool is_l7(EdgeKind kind);

/// Delivers the address that was dialled to a node, unchanged: no node port is crossed.
/// @source models/SOURCES.md 1.1, "LB listener port"
bool keeps_address(EdgeKind kind);

/// Whether kube-proxy of every node knows the load balancer's address as the Service's own, so that what callers in the
/// cluster send there never leaves it: by the status, else as the providers publish it. A host name is never known.
/// @source kubernetes pkg/proxy/serviceport.go (LoadBalancerVIPs), KEP-1860 (ipMode)
bool is_short_cut(EdgeKind kind, const Service& service);

/// The Service of type LoadBalancer that answers at an address or host name of status.loadBalancer. Several may share
/// one, each with ports of its own (MetalLB's allow-shared-ip, one loadBalancerIP): the port says which is meant.
/// @param port  dialled; empty = 80, else any
/// @return index into the services; of those that have the address the first when none has the port
std::optional<std::uint32_t> service_at(std::span<const ServiceState> services, std::string_view address,
                                        std::optional<std::int64_t> port);

/// The Service whose healthCheckNodePort this is, at which kube-proxy of every node answers load balancers by itself.
/// @return index into the services; empty = none
/// @source models/SOURCES.md 1.3, row 27
std::optional<std::uint32_t> health_checked_at(std::span<const ServiceState> services, std::int64_t port);

/// What a number may mean that somebody dials at a node, where it is not open.
struct MeantPort {
  std::uint32_t service = 0;  ///< index into the services
  std::size_t port = 0;
  bool is_target = false;     ///< it is the port of the pods, as a number or by the name that they have for it
};

/// Ports of Services that have the number as their own or as the port of their pods, one of each Service: of TCP with a node
/// port, which would do; where no Service has such, others of TCP, then those of other protocols, whose node port it may be.
std::vector<MeantPort> meant_ports(std::span<const ServiceState> services, std::int64_t dialled);

/// Whether kube-proxy serves node ports at loopback addresses of the node.
/// @source models/SOURCES.md 1.3, row 22 (iptables: route_localnet; nftables: primary addresses of the node; Cilium: sockets of the node)
bool serves_loopback(KubeProxyMode mode);

/// Of modes ipvs and cilium: what was asked for, or the mode's default.
std::string scheduler_of(const Cluster& cluster);

/// Whether nodes refuse other ports of a ClusterIP; else the packets are routed away. Of Cilium **assumed**.
/// @source models/SOURCES.md 1.3
bool rejects_other_ports(KubeProxyMode mode);

/// Mode cilium: whatever address and port of a Service callers in the cluster dial, their own socket chooses the pod, and
/// internalTrafficPolicy decides. @source models/SOURCES.md 3.1
bool chooses_at_socket(const Cluster& cluster);

/// Mode cilium with DSR: what comes from outside keeps its address, and the pod's node answers by itself.
bool answers_directly(const Cluster& cluster);

/// Whether the Service has a port of TCP with this number.
bool has_port(const Service& service, std::int64_t number);

/// Whether loadBalancerSourceRanges let a caller in, at the load balancer and where kube-proxy takes its place.
enum class LetIn : std::uint8_t { yes, no, if_among_them };

/// @param address  of a caller in the cluster; empty: one on the internet, which has none of the private ranges
/// @source kubernetes pkg/proxy (firewall rules of load balancer addresses); models/SOURCES.md 1.3, row 31; RFC 1918
LetIn let_in(const Service& service, std::optional<std::uint32_t> address);

/// What a load balancer of connections makes of the TLS that it is sent.
struct TlsInFront {
  bool is_ended = false;       ///< a certificate in its annotations: what goes on is plain
  bool is_begun_anew = false;  ///< ... or TLS of its own with the targets
  bool is_told = false;        ///< of what was ended, by X-Forwarded-Proto: Classic Load Balancers that read HTTP
  std::int64_t port = 0;       ///< at which it was ended
};

/// On this port of a Service. @source kubernetes/cloud-provider-aws docs/service_controller.md (ssl-cert, ssl-ports,
/// backend-protocol); AWS Load Balancer Controller, Service annotations
TlsInFront tls_in_front(const Service& service, const ServicePort& port);

/// Whether a load balancer that ends TLS cuts a connection off: what comes does not begin with TLS.
/// @source AWS, "TLS listeners for your Network Load Balancer" (the handshake comes first); RFC 8446, 6.2
bool cuts_off(const TlsInFront& front, bool is_tls);

/// Uses all its targets when none passes the health check. Else nothing answers: MetalLB does not announce the address,
/// Azure's takes no new flows. @source models/SOURCES.md 3.9; metallb.io usage, "Traffic policies";
/// learn.microsoft.com, "Azure Load Balancer health probes", probe down behavior
bool fails_open(EdgeKind kind);

/// The load balancer that a provider puts in front of a Service of type LoadBalancer: by the Service's class where that is
/// one of AWS, else by the preset.
EdgeKind implied_kind(NetworkPreset preset, const Service& service);

/// What stands before a Service of type LoadBalancer: the edge that names it, else what the provider puts there.
EdgeKind kind_before(std::span<const EdgeSpec> edges, NetworkPreset preset, const Service& service);

/// Whether a node gets flows in proportion to the ready pods on it: GKE's passthrough load balancer, where an annotation of the
/// Service tells it to, under policy Local. @param edge  null: implied by a Service of type LoadBalancer @source GKE, "LoadBalancer Service concepts", weighted load balancing
bool weighs_pods(EdgeKind kind, const EdgeSpec* edge, const Service& service);

/// Whether its targets are the pods themselves: as the scenario says of a proxy or of the edge's `targets`, else as an
/// annotation of the Service tells AWS' load balancer. @param edge  null: implied by a Service of type LoadBalancer
bool dials_pods(EdgeKind kind, const EdgeSpec* edge, const Service& service);

/// Whether it is the load balancer at the Service's own address, at which loadBalancerSourceRanges hold: no proxy, and
/// none that dials the Service's node ports. @param edge  null: implied by a Service of type LoadBalancer
/// @source models/SOURCES.md 1.3, row 31
bool has_source_ranges(EdgeKind kind, const EdgeSpec* edge, const Service& service);

/// Whether it dials node ports, so that a Service without any is out of its reach: not what delivers the address that was
/// dialled to a node, nor what knows the pods. @param edge  null: implied by a Service of type LoadBalancer
/// @source models/SOURCES.md 1.1; Kubernetes, "Disabling load balancer NodePort allocation"
bool needs_node_ports(EdgeKind kind, const EdgeSpec* edge, const Service& service);

/// As manifests and `explain` write it: `metallb-l2`.
std::string_view kind_name(EdgeKind kind);

/// Whose algorithms an edge of a kind balances by: its own product's, or `l4`. @param kind  as written
std::string product_of_edge(std::string_view kind);

/// Whether each of its nodes may get what came in by any zone: as the scenario says, else as an annotation of the Service
/// behind it does, else all but NLB do so. @param edge  null: implied by a Service of type LoadBalancer
bool crosses_zones(EdgeKind kind, const EdgeSpec* edge, const Service& service);

/// As written, else what proxies and load balancers commonly do: a proxy in front of a Service knows its pods.
EdgeTargets targets_of(const EdgeSpec& edge);

/// How many targets an L7 edge tries for one request; UINT32_MAX = each of them once.
/// @source nginx ngx_http_proxy_module (proxy_next_upstream_tries 0); Envoy RouteAction (no retry policy)
std::uint32_t tries_of(EdgeKind kind);

/// Of a node among the servers of the edge's upstream.
std::int64_t weight_of(const EdgeSpec& edge, std::string_view node);

/// Whether it asks its targets if they serve: one of kind haproxy or envoy that is told to.
bool checks_health(const EdgeSpec& edge);

/// The same: 0 comes first.
std::uint32_t priority_of(const EdgeSpec& edge, std::string_view node);

/// The ports on which it accepts connections.
/// @param service  behind it: a load balancer in front of a Service has the Service's ports
std::vector<std::int64_t> listeners_of(const EdgeSpec& edge, const Service& service);

/// Whether the edge is meant by a host: its name or one of its `hosts`. Letter case does not count.
bool is_called(const EdgeSpec& edge, std::string_view host);

/// Of `upstream: {nodePort: "[NAMESPACE/]SERVICE[:PORT]"}`.
struct NodePortRef {
  ObjectRef service;
  std::string port;  ///< name or number; empty = the only one
};
NodePortRef node_port_ref(const std::string& text);

/// Whether the reference means this Service: same name, and same namespace if it gives one.
bool means(const ObjectRef& ref, const Service& service);

/// Whether the edge leads to this Service, by its pods or by its node ports.
bool leads_to(const EdgeSpec& edge, const Service& service);

/// The edge that stands in front of a Service, `service:` before `upstream:`; null when there is none.
const EdgeSpec* edge_before(std::span<const EdgeSpec> edges, const Service& service);

/// The port of its Service that an edge leads to; empty when the edge does not say which, or there is none such.
/// @param dialled  of a load balancer in front of a Service, whose ports it has; empty = the only one
std::optional<std::size_t> upstream_port(const EdgeSpec& edge, const Service& service,
                                         std::optional<std::int64_t> dialled);

/// The nodes that it dials: those of `upstream.nodes`, else those that load balancers have on their lists.
/// @param edge  null: implied by a Service of type LoadBalancer
std::vector<std::uint32_t> nodes_behind(const EdgeSpec* edge, std::span<const NodeState> nodes);

}  // namespace towtank::scenario
