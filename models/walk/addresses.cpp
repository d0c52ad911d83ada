#include <algorithm>

#include "models/scenario/edge_rules.hpp"
#include "models/scenario/pod_listeners.hpp"
#include "models/scenario/wording.hpp"
#include "models/walk/walker.hpp"

namespace towtank::walk {

/// As `towtank get` shows them.
void Walker::enter_address(Path path, const std::string& address) {
  const std::int64_t dialled = path.target.port.value_or(80);
  if (enter_external_ip(path, address, dialled)) return;
  for (std::uint32_t i = 0; i < ground_.state.nodes.size(); ++i)
    if (node(i).internal_address == address || node(i).external_address == address)
      return to_node(std::move(path), i, dialled);
  for (std::uint32_t i = 0; i < ground_.state.services.size(); ++i)
    if (service(i).cluster_ip == address) return to_cluster_ip(std::move(path), i, dialled);
  if (const std::optional<std::uint32_t> found = scenario::service_at(ground_.state.services, address, path.target.port))
    return to_service_front(std::move(path), *found);
  for (std::uint32_t i = 0; i < ground_.state.pods.size(); ++i)
    if (pod(i).ip == address && pod(i).node) return to_pod_address(std::move(path), i, dialled);
  path.add("address " + address, "belongs to nothing in the scenario: packets are routed away");
  end(std::move(path),
      {CurlStatus::timed_out,
       0,
       "no node, pod or Service has the address " + address + " (a deleted Service, or DNS that is out of date)",
       {},
       "",
       "`towtank get` shows the addresses that there are"});
}

/// Any node that gets packets for one of externalIPs treats them as those for a node port, of which none is crossed; how
/// they come to a node is the business of whoever routes them. @return false: no Service has the address, or a node
/// has it itself and the port is none of a Service
/// @source kubernetes pkg/proxy (external traffic), Service v1 spec.externalIPs
bool Walker::enter_external_ip(Path& path, const std::string& address, std::int64_t dialled) {
  std::vector<std::uint32_t> nodes;
  bool is_of_node = false;
  for (std::uint32_t i = 0; i < ground_.state.nodes.size(); ++i) {
    const bool is_own = node(i).internal_address == address || node(i).external_address == address;
    if (is_own) nodes = {i};
    is_of_node = is_of_node || is_own;
    if (!is_of_node) nodes.push_back(i);
  }
  if (is_inside(path)) nodes = {*path.caller.node};
  const std::string shown = address + ":" + std::to_string(dialled);
  std::optional<std::uint32_t> owner;
  for (std::uint32_t i = 0; i < ground_.state.services.size(); ++i) {
    const Service& there = service(i).service;
    const bool is_listed = std::find(there.external_ips.begin(), there.external_ips.end(), address) != there.external_ips.end();
    if (!is_listed || there.is_headless()) continue;
    owner = owner.value_or(i);
    for (std::size_t p = 0; p < there.ports.size(); ++p) {
      if (there.ports[p].port != dialled || there.ports[p].protocol != Protocol::tcp) continue;
      if (!is_of_node && !is_inside(path))
        assumptions_.insert("what is sent to " + address + " (externalIPs of " + title(i) + ") is routed to any of the nodes");
      for (const std::uint32_t at : nodes) {
        Path one = path;
        one.probability /= static_cast<double>(nodes.size());
        const bool is_socket = is_at_socket(path.caller);
        if (is_socket) assumptions_.insert(scenario::external_ips_under_cilium(there.meta));
        one.add("external IP " + shown + " of " + title(i),
                path.caller.address + " -> " + shown + ": " + (is_socket ? forwarder_on(path.caller, at) + "," : forwarder() + " of " + node(at).name) +
                    " knows the address; no node port is crossed",
                is_socket ? std::nullopt : round_trip(path.caller, at));
        at_node_port(std::move(one), at, {i, p}, shown);
      }
      return true;
    }
  }
  if (!owner || is_of_node || scenario::service_at(ground_.state.services, address, dialled)) return false;
  const bool is_bound = ground_.scenario.cluster.kube_proxy == scenario::KubeProxyMode::ipvs;
  path.add("external IP " + shown + " of " + title(*owner),
           path.caller.address + " -> " + shown +
               (is_bound ? ": every node has the address (ipvs), and rejects the port"
                         : ": no rule of " + forwarder() + " fits, and no interface has the address"));
  end(std::move(path), {is_bound ? CurlStatus::refused : CurlStatus::timed_out, 0,
                        title(*owner) + " has no port " + std::to_string(dialled) + ", it has " +
                            scenario::ports_of(service(*owner).service),
                        service(*owner).service.meta.mark, title(*owner), port_hint(service(*owner).service, dialled)});
  return true;
}

void Walker::to_pod_address(Path path, std::uint32_t index, std::int64_t dialled) {
  const std::string& address = pod(index).ip;
  if (!is_inside(path)) {
    const bool routable = ground_.scenario.cluster.network.preset != scenario::NetworkPreset::bare_metal &&
                          ground_.scenario.cluster.network.preset != scenario::NetworkPreset::ideal;
    path.add("pod " + pod(index).name + " at " + address, "the client's network has no route to the addresses of pods");
    return end(std::move(path),
               {CurlStatus::timed_out,
                0,
                routable ? "addresses of pods are known inside the cloud network at most, not on the internet"
                         : "addresses of pods are known to the cluster only",
                {},
                "",
                "call from inside (--from), or a Service"});
  }
  path.add(
      "pod port " + std::to_string(dialled) + " of " + pod(index).name,
      path.caller.address + " -> " + address + ":" + std::to_string(dialled) + ": flat pod network, no translation",
      round_trip(path.caller, *pod(index).node));
  to_pod(std::move(path), index, dialled, {}, "");
}

/// The caller itself.
void Walker::enter_loopback(Path path) {
  const std::int64_t dialled = path.target.port.value_or(80);
  const std::string number = std::to_string(dialled);
  const auto refuse = [&](const std::string& where, const std::string& why, const std::string& cure) {
    path.add("port " + number + " of " + where, path.caller.address + " -> " + path.target.host + ":" + number +
                                                    ": the caller itself, and nothing listens");
    end(std::move(path), {CurlStatus::refused, 0, why, {}, "", cure});
  };
  if (!is_inside(path))
    return refuse("the client", path.target.host + " is the client itself, not the cluster",
                  "dial a node, an edge or a Service");
  const std::uint32_t at = *path.caller.node;
  if (path.caller.pod && !pod(*path.caller.pod).host_network) {
    const std::uint32_t self = *path.caller.pod;
    if (!listens(self, dialled) && !scenario::hears_itself(listeners_of(self), model_of(self), dialled))
      return refuse(pod(self).name, "no process of the pod itself listens on " + number, "dial the Service");
    path.add("app server port " + number + " in " + pod(self).name, "the caller's own pod answers");
    return end(std::move(path), {.http = 200, .why = "the app answers", .mark = {}, .object = {}, .cure = {}});
  }
  const std::string shown = path.target.host + ":" + number;
  const scenario::KubeProxyMode mode = ground_.scenario.cluster.kube_proxy;
  const bool serves = scenario::serves_loopback(mode);
  if (const std::optional<ServicePortRef> ref = node_port(dialled)) {
    if (!serves)
      return refuse(node(at).name,
                    std::string{"kube-proxy in mode "} + (mode == scenario::KubeProxyMode::ipvs ? "ipvs" : "nftables") +
                        " does not serve node ports on loopback addresses",
                    "dial " + node(at).internal_address + ":" + number);
    path.add("node port " + number + " of " + node(at).name, path.caller.address + " -> " + shown,
             round_trip(path.caller, at));
    return at_node_port(std::move(path), at, *ref, shown);
  }
  if (to_health_check(path, at, dialled) || to_pod_of_node(path, at, dialled, shown)) return;
  to_closed_node_port(std::move(path), at, dialled);
}

}  // namespace towtank::walk
