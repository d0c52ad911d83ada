#include <algorithm>
#include <map>
#include <tuple>

#include "models/scenario/wording.hpp"
#include "models/walk/walker.hpp"

namespace towtank::walk {
namespace {

using Mode = scenario::KubeProxyMode;

/// How the packet filter says no. @source models/SOURCES.md 1.3, rows 2, 4, 11 and 14
Ending rejected(std::string why, const Mark& mark, std::string object, std::string cure) {
  return {CurlStatus::refused, 0, std::move(why), mark, std::move(object), std::move(cure)};
}

Ending silent(std::string why, const Mark& mark, std::string object, std::string cure) {
  return {CurlStatus::timed_out, 0, std::move(why), mark, std::move(object), std::move(cure)};
}

std::string one_of(std::size_t count) {
  if (count <= 1) return "";
  const auto tenths = (2000 + count) / (2 * count);
  return " (1 of " + std::to_string(count) + ", " + std::to_string(tenths / 10) +
         (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10)) + " % each)";
}

}  // namespace

EndpointSet Walker::endpoints_on(ServicePortRef ref, std::uint32_t at) const {
  const std::vector<std::string> zones = zones_of(ground_.state);
  const auto zone = std::lower_bound(zones.begin(), zones.end(), node(at).zone) - zones.begin();
  const std::vector<EndpointFacts> facts = facts_of(ground_.state, service(ref.service).ports[ref.port]);
  return categorize(facts, static_cast<std::int32_t>(at), static_cast<std::int32_t>(zone));
}

/// Pods of any node count as local: kube-proxy knows them by the cluster's range of pod addresses.
/// @source models/SOURCES.md 1.3, rows 15, 15b and 16
ServiceEntry Walker::entry_from(const Caller& caller, std::uint32_t at) const {
  const bool is_local = caller.node && (*caller.node == at || (caller.pod && !pod(*caller.pod).host_network));
  return is_local ? ServiceEntry::external_from_local : ServiceEntry::external;
}

void Walker::to_cluster_ip(Path path, std::uint32_t index, std::int64_t dialled) {
  const ServiceState& there = service(index);
  const std::string object = title(index);
  const std::string shown = there.cluster_ip + ":" + std::to_string(dialled);
  if (!is_inside(path)) {
    path.add("ClusterIP " + shown, "the client's network has no route to the addresses of Services");
    return end(std::move(path),
               silent("a ClusterIP is known to the cluster's nodes only", there.service.meta.mark, object,
                      "call from inside (--from), or open it by `type: NodePort` or LoadBalancer"));
  }
  const std::vector<ServicePort>& ports = there.service.ports;
  const auto port = std::find_if(ports.begin(), ports.end(), [&](const ServicePort& each) {
    return each.port == dialled && each.protocol == Protocol::tcp;
  });
  if (port == ports.end()) {
    const Mode mode = ground_.scenario.cluster.kube_proxy;
    const bool rejects = mode == Mode::nftables || mode == Mode::ipvs;
    path.add(
        "service port " + std::to_string(dialled) + " of " + object,
        path.caller.address + " -> " + shown + ": " +
            (rejects ? "kube-proxy rejects ports that the Service has not" : "no rule fits, and no route leads there"));
    const std::string why =
        object + " has no port " + std::to_string(dialled) + ", it has " + scenario::ports_of(there.service);
    const Mark& mark = ports.empty() ? there.service.meta.mark : ports.front().mark;
    const std::string cure = port_hint(there.service, dialled);
    return end(std::move(path), rejects ? rejected(why, mark, object, cure) : silent(why, mark, object, cure));
  }
  const ServicePortRef ref{index, static_cast<std::size_t>(port - ports.begin())};
  const EndpointSet set = endpoints_on(ref, *path.caller.node);
  const std::uint32_t at = *path.caller.node;
  choose(std::move(path), at, ref, decide(set, ServiceEntry::cluster_ip, there.service.internal_traffic_policy), shown);
}

/// nginx asks another target when one cannot be connected to, so that those that can serve all.
/// @return how many nodes are left
/// @source nginx ngx_http_proxy_module, proxy_next_upstream (default: error timeout)
std::size_t Walker::leave_to_others(Path& path, NodesAlike& alike) const {
  constexpr int kForward = static_cast<int>(EndpointVerdict::forward);
  std::size_t serving = 0, failing = 0;
  bool drops = false;
  for (const auto& [key, group] : alike) {
    (std::get<0>(key) == kForward ? serving : failing) += group.size();
    drops = drops || std::get<0>(key) == static_cast<int>(EndpointVerdict::drop);
  }
  if (serving == 0 || failing == 0) return serving + failing;
  path.add("next upstream", std::to_string(failing) + " of " + std::to_string(serving + failing) +
                                " nodes do not answer: nginx asks another one " +
                                (drops ? "after its connect timeout, 60 s" : "at once"));
  std::erase_if(alike, [](const auto& each) { return std::get<0>(each.first) != kForward; });
  return serving;
}

/// One of them is dialled, each as likely; those that decide alike are gone through once.
void Walker::to_nodes(Path path, const std::vector<std::uint32_t>& nodes, std::int64_t dialled) {
  const ServicePortRef* found = nullptr;
  ServicePortRef ref;
  for (std::uint32_t i = 0; i < ground_.state.services.size(); ++i)
    for (std::size_t p = 0; p < service(i).service.ports.size() && service(i).service.has_node_ports(); ++p)
      if (const ServicePort& port = service(i).service.ports[p];
          port.node_port == dialled && port.protocol == Protocol::tcp) {
        ref = {i, p};
        found = &ref;
      }
  NodesAlike alike;
  for (const std::uint32_t each : nodes) {
    std::tuple<int, std::vector<std::uint32_t>> key{-1, {}};
    if (found != nullptr) {
      const EndpointSet set = endpoints_on(ref, each);
      const Service& about = service(ref.service).service;
      const EndpointDecision decision = decide(set, entry_from(path.caller, each), about.external_traffic_policy);
      std::vector<std::uint32_t> workloads;
      for (const std::uint32_t endpoint : decision.candidates) {
        const EndpointState& there = service(ref.service).ports[ref.port].endpoints[endpoint];
        if (there.pod) workloads.push_back(pod(*there.pod).workload);
      }
      std::sort(workloads.begin(), workloads.end());
      workloads.erase(std::unique(workloads.begin(), workloads.end()), workloads.end());
      key = {static_cast<int>(decision.verdict), std::move(workloads)};
    } else {
      // Pods may have the node's own ports.
      key = {static_cast<int>(each), {}};
    }
    alike[key].push_back(each);
  }
  std::size_t asked = nodes.size();
  if (path.proxy == Proxy::nginx && found != nullptr) asked = leave_to_others(path, alike);
  for (const auto& [key, group] : alike) {
    Path one = path;
    one.probability *= static_cast<double>(group.size()) / static_cast<double>(asked);
    to_node(std::move(one), group.front(), dialled);
  }
}

void Walker::to_node(Path path, std::uint32_t at, std::int64_t dialled) {
  for (std::uint32_t i = 0; i < ground_.state.services.size(); ++i) {
    const Service& each = service(i).service;
    for (std::size_t p = 0; p < each.ports.size() && each.has_node_ports(); ++p) {
      if (each.ports[p].node_port != dialled || each.ports[p].protocol != Protocol::tcp) continue;
      const std::string shown = node(at).internal_address + ":" + std::to_string(dialled);
      path.add("node port " + std::to_string(dialled) + " of " + node(at).name, path.caller.address + " -> " + shown,
               round_trip(path.caller, at));
      return at_node_port(std::move(path), at, {i, p}, shown);
    }
  }
  to_closed_node_port(std::move(path), at, dialled);
}

/// No Service has the port; a pod may, by hostPort or the host's network. @source models/SOURCES.md 1.3, rows 20 to 21
void Walker::to_closed_node_port(Path path, std::uint32_t at, std::int64_t dialled) {
  const std::string number = std::to_string(dialled);
  const std::string shown = node(at).internal_address + ":" + number;
  for (std::uint32_t i = 0; i < ground_.state.pods.size(); ++i) {
    if (pod(i).node != at) continue;
    for (const ContainerPort& port : pod(i).ports) {
      const bool is_host_port = port.host_port == dialled;
      if (port.protocol != Protocol::tcp || (!is_host_port && !(pod(i).host_network && port.container_port == dialled)))
        continue;
      path.add((is_host_port ? "host port " : "port ") + number + " of " + node(at).name,
               path.caller.address + " -> " + shown +
                   (pod(i).host_network ? ": the pod has the node's own network"
                                        : ": DNAT to " + pod(i).ip + ":" + std::to_string(port.container_port)),
               round_trip(path.caller, at));
      return to_pod(std::move(path), i, port.container_port, port.mark, "Pod/" + pod(i).name);
    }
  }
  path.add("port " + number + " of " + node(at).name,
           path.caller.address + " -> " + shown + ": no rule of kube-proxy and no process has it",
           round_trip(path.caller, at));
  Ending ending = rejected("nothing listens on port " + number +
                               " of the nodes (behind a firewall or security group it would time out instead)",
                           {}, "", "dial a node port");
  for (std::uint32_t i = 0; i < ground_.state.services.size(); ++i)
    for (const ServicePort& port : service(i).service.ports) {
      const bool is_port = port.port == dialled;
      const bool is_target = port.target_port.number == dialled;
      if ((!is_port && !is_target) || service(i).service.is_headless()) continue;
      if (!ending.object.empty()) {
        ending.why += ", and of " + title(i);
        continue;
      }
      ending.mark = port.mark;
      ending.object = title(i);
      ending.why +=
          (is_port ? ": " + number + " is the port of " : ": " + number + " is the targetPort of ") + title(i);
      ending.cure = service(i).service.has_node_ports() && port.node_port
                        ? "dial its node port " + std::to_string(*port.node_port)
                        : "`type: NodePort` opens one on every node";
    }
  end(std::move(path), std::move(ending));
}

void Walker::at_node_port(Path path, std::uint32_t at, ServicePortRef ref, const std::string& dialled) {
  const Service& about = service(ref.service).service;
  const EndpointSet set = endpoints_on(ref, at);
  EndpointDecision decision = decide(set, entry_from(path.caller, at), about.external_traffic_policy);
  if (entry_from(path.caller, at) == ServiceEntry::external_from_local &&
      about.external_traffic_policy == TrafficPolicy::local)
    decision.masquerades = !path.caller.pod || pod(*path.caller.pod).host_network;
  choose(std::move(path), at, ref, decision, dialled);
}

void Walker::choose(Path path, std::uint32_t at, ServicePortRef ref, const EndpointDecision& decision,
                    const std::string& dialled) {
  const ServiceState& there = service(ref.service);
  const ServicePort& port = there.service.ports[ref.port];
  const std::string object = title(ref.service);
  const std::string link =
      "service port " + std::to_string(port.port) + (port.name.empty() ? "" : " (" + port.name + ")") + " of " + object;
  if (decision.verdict == EndpointVerdict::forward) {
    // Pods of one workload do alike, but for the caller itself.
    std::map<std::tuple<std::int64_t, std::int64_t, bool, std::string>, std::pair<std::uint32_t, std::size_t>> alike;
    for (const std::uint32_t index : decision.candidates) {
      const EndpointState& endpoint = there.ports[ref.port].endpoints[index];
      const std::int64_t workload = endpoint.pod ? static_cast<std::int64_t>(pod(*endpoint.pod).workload) : -1;
      const auto [known, is_new] =
          alike.try_emplace({workload, endpoint.port, endpoint.pod && endpoint.pod == path.caller.pod,
                             endpoint.pod ? "" : endpoint.address},
                            std::pair{index, std::size_t{0}});
      ++known->second.second;
    }
    for (const auto& [key, value] : alike) {
      Path one = path;
      one.probability *= static_cast<double>(value.second) / static_cast<double>(decision.candidates.size());
      const EndpointState& endpoint = there.ports[ref.port].endpoints[value.first];
      const bool is_hairpin = endpoint.pod && endpoint.pod == path.caller.pod;
      const bool masquerades = decision.masquerades || is_hairpin;
      const std::string source = masquerades ? node(at).internal_address : path.caller.address;
      one.add(link, "kube-proxy on " + node(at).name + ": DNAT " + dialled + " -> " + endpoint.address + ":" +
                        std::to_string(endpoint.port) + ", source " + (masquerades ? "becomes " : "stays ") + source +
                        one_of(decision.candidates.size()));
      if (masquerades) one.caller.address = source;
      to_endpoint(std::move(one), at, ref, endpoint);
    }
    return;
  }
  if (decision.verdict == EndpointVerdict::drop) {
    path.add(link, "kube-proxy on " + node(at).name + " drops: no endpoint stands on this node");
    const bool is_external = dialled.substr(0, there.cluster_ip.size()) != there.cluster_ip || there.cluster_ip.empty();
    const std::string policy = is_external ? "externalTrafficPolicy" : "internalTrafficPolicy";
    return end(
        std::move(path),
        silent(
            policy + " Local of " + object + ": the node has no endpoint of it, others have", there.service.meta.mark,
            object,
            policy +
                ": Cluster, a pod on every node that is dialled, or a load balancer that checks healthCheckNodePort"));
  }
  path.add(link, "kube-proxy on " + node(at).name + " rejects: the Service has no endpoint");
  const bool selects_nobody = there.ports[ref.port].endpoints.empty();
  const bool by_name = selects_nobody && !port.target_port.text.empty();
  end(std::move(path),
      rejected(selects_nobody
                   ? object + " has no endpoint: " +
                         (by_name ? "no pod that runs fits its selector and has a port named " + port.target_port.text
                                  : "no pod that runs fits its selector")
                   : "none of the endpoints of " + object + " is ready",
               there.service.selector ? there.service.selector_mark : there.service.meta.mark, object,
               selects_nobody ? "let the selector fit the labels of the pods, and let these run"
                              : "let the pods become ready"));
}

void Walker::to_endpoint(Path path, std::uint32_t at, ServicePortRef ref, const EndpointState& endpoint) {
  const ServicePort& port = service(ref.service).service.ports[ref.port];
  if (!endpoint.pod) {
    path.add("endpoint " + endpoint.address + ":" + std::to_string(endpoint.port),
             "an address of an EndpointSlice: what answers there is not in the model");
    return end(std::move(path), {CurlStatus::done, 0, "the packets reach an address outside of the model", {}, "", ""});
  }
  Caller hop = path.caller;
  hop.node = at;
  const std::string name = port.target_port.number ? "" : " (" + port.target_port.text + ")";
  path.add("target port " + std::to_string(endpoint.port) + name + " of pod " + pod(*endpoint.pod).name,
           "the same packet, on " + node(*pod(*endpoint.pod).node).name + ": one DNAT led here",
           round_trip(hop, *pod(*endpoint.pod).node));
  to_pod(std::move(path), *endpoint.pod, endpoint.port, port.mark, title(ref.service));
}

}  // namespace towtank::walk
