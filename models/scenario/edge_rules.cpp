#include "models/scenario/edge_rules.hpp"

#include <algorithm>
#include <charconv>

#include "models/balancers/balancer.hpp"
#include "models/cluster/address_book.hpp"
#include "models/kubernetes/annotations.hpp"

namespace towtank::scenario {
namespace {

bool is_same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// Of an IPv4 range; others hold no address that is modelled.
bool is_within(const std::string& range, std::uint32_t address) {
  const std::size_t slash = range.find('/');
  const std::optional<std::uint32_t> network = ipv4_of(std::string_view{range}.substr(0, slash));
  if (!network || slash == std::string::npos) return false;
  int bits = 32;
  std::from_chars(range.data() + slash + 1, range.data() + range.size(), bits);
  return bits == 0 || ((*network ^ address) >> (32 - bits)) == 0;
}

bool is_within_any(const std::vector<std::string>& ranges, std::uint32_t address) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const std::string& each) { return is_within(each, address); });
}

/// Of private networks, which no client on the internet has. @source RFC 1918
bool is_private(const std::string& range) {
  static const std::vector<std::string> kPrivate = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"};
  const std::optional<std::uint32_t> network = ipv4_of(std::string_view{range}.substr(0, range.find('/')));
  return network && range.substr(range.find('/')) != "/0" && is_within_any(kPrivate, *network);
}

}  // namespace

bool is_l7(EdgeKind kind) {
  return kind == EdgeKind::alb || kind == EdgeKind::nginx || kind == EdgeKind::haproxy || kind == EdgeKind::envoy;
}

bool keeps_address(EdgeKind kind) {
  return kind == EdgeKind::gclb_passthrough || kind == EdgeKind::azure_slb || kind == EdgeKind::metallb_l2 ||
         kind == EdgeKind::metallb_bgp;
}

bool is_short_cut(EdgeKind kind, const Service& service) {
  return service.load_balancer_addresses.empty() ? keeps_address(kind) : service.has_virtual_address;
}

bool serves_loopback(KubeProxyMode mode) { return mode != KubeProxyMode::nftables && mode != KubeProxyMode::ipvs; }

std::string scheduler_of(const Cluster& cluster) {
  if (!cluster.kube_proxy_scheduler.empty()) return cluster.kube_proxy_scheduler;
  return cluster.kube_proxy == KubeProxyMode::cilium ? "random" : "rr";
}

bool rejects_other_ports(KubeProxyMode mode) { return mode == KubeProxyMode::nftables || mode == KubeProxyMode::ipvs; }

bool chooses_at_socket(const Cluster& cluster) { return cluster.kube_proxy == KubeProxyMode::cilium; }

bool answers_directly(const Cluster& cluster) { return cluster.kube_proxy == KubeProxyMode::cilium && cluster.forwarding != Forwarding::snat; }

bool has_port(const Service& service, std::int64_t number) {
  return std::any_of(service.ports.begin(), service.ports.end(), [&](const ServicePort& port) {
    return port.port == number && port.protocol == Protocol::tcp;
  });
}

std::optional<std::uint32_t> service_at(std::span<const ServiceState> services, std::string_view address,
                                        std::optional<std::int64_t> port) {
  constexpr std::int64_t kHttp = 80;
  std::optional<std::uint32_t> first;
  for (std::uint32_t i = 0; i < services.size(); ++i) {
    const std::vector<std::string>& outside = services[i].external_addresses;
    if (std::find(outside.begin(), outside.end(), address) == outside.end()) continue;
    if (has_port(services[i].service, port.value_or(kHttp))) return i;
    if (!first) first = i;
  }
  return first;
}

std::optional<std::uint32_t> health_checked_at(std::span<const ServiceState> services, std::int64_t port) {
  for (std::uint32_t i = 0; i < services.size(); ++i) {
    const Service& service = services[i].service;
    if (service.type == ServiceType::load_balancer && service.external_traffic_policy == TrafficPolicy::local &&
        service.health_check_node_port == port)
      return i;
  }
  return std::nullopt;
}

std::vector<MeantPort> meant_ports(std::span<const ServiceState> services, std::int64_t dialled) {
  enum Rank : std::uint8_t { has_node_port, of_tcp, of_other_protocol, none };
  std::vector<MeantPort> by_rank[none];
  for (std::uint32_t i = 0; i < services.size(); ++i) {
    const Service& service = services[i].service;
    if (service.is_headless() || service.type == ServiceType::external_name) continue;
    Rank best = none;
    MeantPort meant{i, 0, false};
    for (std::size_t p = 0; p < service.ports.size(); ++p) {
      const ServicePort& port = service.ports[p];
      const std::vector<EndpointState>& endpoints = services[i].ports[p].endpoints;
      const bool is_number = port.port == dialled, is_tcp = port.protocol == Protocol::tcp;
      const bool is_target = port.target_port.number == dialled ||
                             std::any_of(endpoints.begin(), endpoints.end(), [&](const EndpointState& each) { return each.port == dialled; });
      const bool fits = is_tcp ? is_number || is_target : is_number || is_target || port.node_port == dialled;
      const Rank rank = !fits ? none : !is_tcp ? of_other_protocol : service.has_node_ports() && port.node_port ? has_node_port : of_tcp;
      if (rank >= best) continue;
      best = rank;
      meant = {i, p, is_tcp && !is_number};
    }
    if (best != none) by_rank[best].push_back(meant);
  }
  if (!by_rank[has_node_port].empty()) return by_rank[has_node_port];
  std::vector<MeantPort> others = std::move(by_rank[of_tcp]);
  others.insert(others.end(), by_rank[of_other_protocol].begin(), by_rank[of_other_protocol].end());
  return others;
}

LetIn let_in(const Service& service, std::optional<std::uint32_t> address) {
  const std::vector<std::string>& ranges = service.source_ranges;
  if (ranges.empty()) return LetIn::yes;
  if (address) return is_within_any(ranges, *address) ? LetIn::yes : LetIn::no;
  return std::all_of(ranges.begin(), ranges.end(), is_private) ? LetIn::no : LetIn::if_among_them;
}

TlsInFront tls_in_front(const Service& service, const ServicePort& port) {
  const AwsLoadBalancer& aws = service.aws;
  const auto is_it = [&](const std::string& each) { return each == port.name || each == std::to_string(port.port); };
  const bool is_listed = aws.tls_ports.empty() || std::any_of(aws.tls_ports.begin(), aws.tls_ports.end(), is_it);
  if (!aws.has_certificate || !is_listed) return {};
  const bool reads_http = aws.is_classic && service.load_balancer_class.empty() &&
                          (aws.backend_protocol == "http" || aws.backend_protocol == "https");
  const bool begins_anew = aws.backend_protocol == "ssl" || (reads_http && aws.backend_protocol == "https");
  return {true, begins_anew, reads_http, port.port};
}

bool cuts_off(const TlsInFront& front, bool is_tls) { return front.is_ended && !is_tls; }

bool fails_open(EdgeKind kind) {
  return kind != EdgeKind::azure_slb && kind != EdgeKind::metallb_l2 && kind != EdgeKind::metallb_bgp;
}

EdgeKind implied_kind(NetworkPreset preset, const Service& service) {
  if (is_aws_class(service.load_balancer_class)) return EdgeKind::nlb;
  switch (preset) {
    case NetworkPreset::gcp:
      return EdgeKind::gclb_passthrough;
    case NetworkPreset::azure:
      return EdgeKind::azure_slb;
    case NetworkPreset::bare_metal:
      return EdgeKind::metallb_l2;
    case NetworkPreset::aws:
    case NetworkPreset::ideal:
      break;
  }
  return EdgeKind::nlb;
}

bool weighs_pods(EdgeKind kind, const EdgeSpec* edge, const Service& service) {
  return service.weighs_pods && kind == EdgeKind::gclb_passthrough && (edge == nullptr || edge->service) && service.external_traffic_policy == TrafficPolicy::local;
}

bool dials_pods(EdgeKind kind, const EdgeSpec* edge, const Service& service) {
  const bool is_told = edge != nullptr && (edge->targets || is_l7(kind) || !edge->service);
  return is_told ? targets_of(*edge) == EdgeTargets::ip : kind == EdgeKind::nlb && service.aws.to_pods;
}

bool has_source_ranges(EdgeKind kind, const EdgeSpec* edge, const Service& service) {
  return !service.source_ranges.empty() && !is_l7(kind) && (edge == nullptr || edge->service);
}

bool needs_node_ports(EdgeKind kind, const EdgeSpec* edge, const Service& service) {
  if (edge != nullptr && !edge->service) return true;
  const bool is_delivered = keeps_address(kind) && service.type == ServiceType::load_balancer;
  return !is_delivered && !dials_pods(kind, edge, service);
}

EdgeKind kind_before(std::span<const EdgeSpec> edges, NetworkPreset preset, const Service& service) {
  for (const EdgeSpec& edge : edges)
    if (edge.service && means(*edge.service, service)) return edge.kind;
  return implied_kind(preset, service);
}

std::string_view kind_name(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::nlb:
      return "nlb";
    case EdgeKind::alb:
      return "alb";
    case EdgeKind::gclb_passthrough:
      return "gclb-passthrough";
    case EdgeKind::azure_slb:
      return "azure-slb";
    case EdgeKind::metallb_l2:
      return "metallb-l2";
    case EdgeKind::metallb_bgp:
      return "metallb-bgp";
    case EdgeKind::dns:
      return "dns";
    case EdgeKind::nginx:
      return "nginx";
    case EdgeKind::haproxy:
      return "haproxy";
    case EdgeKind::envoy:
      return "envoy";
    default:
      return "";
  }
}

bool crosses_zones(EdgeKind kind, const EdgeSpec* edge, const Service& service) {
  if (edge != nullptr && edge->cross_zone) return *edge->cross_zone;
  return kind != EdgeKind::nlb || service.aws.cross_zone.value_or(false);
}

EdgeTargets targets_of(const EdgeSpec& edge) {
  const bool is_proxy = is_l7(edge.kind) && edge.kind != EdgeKind::alb;  // whose annotation says `instance` where nothing is said
  return edge.targets.value_or(is_proxy && edge.service ? EdgeTargets::ip : EdgeTargets::instance);
}

std::uint32_t tries_of(EdgeKind kind) { return kind == EdgeKind::nginx ? UINT32_MAX : 1; }

std::string product_of_edge(std::string_view kind) { return balancer_names(kind).empty() ? "l4" : std::string{kind}; }

bool checks_health(const EdgeSpec& edge) {
  return edge.health_check && (edge.kind == EdgeKind::haproxy || edge.kind == EdgeKind::envoy);
}

std::uint32_t priority_of(const EdgeSpec& edge, std::string_view node) {
  for (const auto& [name, priority] : edge.upstream_priorities.of_nodes)
    if (name == node) return static_cast<std::uint32_t>(priority);
  return 0;
}

std::int64_t weight_of(const EdgeSpec& edge, std::string_view node) {
  for (const auto& [name, weight] : edge.upstream_weights.of_nodes)
    if (name == node) return weight;
  return 1;
}

std::vector<std::int64_t> listeners_of(const EdgeSpec& edge, const Service& service) {
  if (!edge.listen.empty()) return edge.listen;
  if (edge.kind == EdgeKind::dns)
    if (const std::optional<std::size_t> port = upstream_port(edge, service, std::nullopt); port && service.ports[*port].node_port)
      return {*service.ports[*port].node_port};
  if (is_l7(edge.kind) || !edge.service) return {80, 443};
  std::vector<std::int64_t> ports;
  for (const ServicePort& port : service.ports)
    if (port.protocol == Protocol::tcp) ports.push_back(port.port);
  return ports;
}

bool is_called(const EdgeSpec& edge, std::string_view host) {
  return is_same_name(edge.name, host) ||
         std::any_of(edge.hosts.begin(), edge.hosts.end(),
                     [&](const std::string& each) { return is_same_name(each, host); });
}

NodePortRef node_port_ref(const std::string& text) {
  NodePortRef made;
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos) made.port = text.substr(colon + 1);
  const std::string name = text.substr(0, colon);
  const std::size_t slash = name.find('/');
  made.service.name = slash == std::string::npos ? name : name.substr(slash + 1);
  if (slash != std::string::npos) made.service.name_space = name.substr(0, slash);
  return made;
}

bool means(const ObjectRef& ref, const Service& service) {
  return ref.name == service.meta.name && (ref.name_space.empty() || ref.name_space == service.meta.name_space);
}

bool leads_to(const EdgeSpec& edge, const Service& service) {
  if (edge.service) return means(*edge.service, service);
  return edge.node_port && means(node_port_ref(*edge.node_port).service, service);
}

const EdgeSpec* edge_before(std::span<const EdgeSpec> edges, const Service& service) {
  const EdgeSpec* found = nullptr;
  for (const EdgeSpec& edge : edges) {
    if (!leads_to(edge, service)) continue;
    if (edge.service) return &edge;
    if (found == nullptr) found = &edge;
  }
  return found;
}

std::optional<std::size_t> upstream_port(const EdgeSpec& edge, const Service& service,
                                         std::optional<std::int64_t> dialled) {
  const std::vector<ServicePort>& ports = service.ports;
  const std::string wanted = edge.node_port ? node_port_ref(*edge.node_port).port : "";
  const bool by_dialled = edge.service && !is_l7(edge.kind) && dialled;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (by_dialled       ? ports[i].port == *dialled && ports[i].protocol == Protocol::tcp
        : wanted.empty() ? ports.size() == 1
                         : ports[i].name == wanted || std::to_string(ports[i].port) == wanted ||
                               (ports[i].node_port && std::to_string(*ports[i].node_port) == wanted))
      return i;
  }
  return std::nullopt;
}

std::vector<std::uint32_t> nodes_behind(const EdgeSpec* edge, std::span<const NodeState> nodes) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    const bool names_nodes = edge != nullptr && !edge->upstream_nodes.empty();
    const bool is_in = names_nodes ? std::find(edge->upstream_nodes.begin(), edge->upstream_nodes.end(),
                                               nodes[i].name) != edge->upstream_nodes.end()
                                   : nodes[i].in_load_balancers;
    if (is_in) found.push_back(i);
  }
  return found;
}

}  // namespace towtank::scenario
