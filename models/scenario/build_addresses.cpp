#include <algorithm>

#include "models/cluster/address_book.hpp"
#include "models/scenario/builder.hpp"
#include "models/scenario/cluster_dns.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/pod_listeners.hpp"
#include "models/scenario/wording.hpp"

/// Targets that are addresses, as `towtank get` shows them, and pods by their names.
namespace towtank::scenario {
namespace {

using Entry = model::ServicePort::Entry;

constexpr std::int64_t kDefaultPort = 80;

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

/// @return empty: the host is no address and no name of a load balancer; false after a complaint
std::optional<bool> Builder::enter_address(const Traffic& traffic, const Target& target, const Callers& callers,
                                           model::Traffic& made) {
  const std::string& host = target.host;
  const bool is_address = ipv4_of(host).has_value();
  if (is_address) {
    if (const auto entered = enter_external_ip(traffic, target, callers, made)) return entered;
    for (std::uint32_t i = 0; i < state_.nodes.size(); ++i)
      if (state_.nodes[i].internal_address == host || state_.nodes[i].external_address == host) {
        made.nodes = {i};
        return enter_node(traffic, target, callers, made);
      }
    for (const ServiceState& each : state_.services)
      if (each.cluster_ip == host) return call_service(traffic, target, services_[each.object], callers, made);
  }
  if (const auto found = service_at(state_.services, host, target.port))
    return enter_edge(traffic, target, callers,
                      plan_implied_edge(services_[state_.services[*found].object], target, traffic), made);
  if (!is_address) return std::nullopt;
  for (std::uint32_t i = 0; i < state_.pods.size(); ++i)
    if (state_.pods[i].ip == host && state_.pods[i].node) return enter_pod(traffic, target, callers, i, made);
  made.entry = model::Traffic::Entry::lost;
  built_.warnings.push_back("traffic " + traffic.name + " calls " + host +
                            ", which is no address of a node, pod or Service: nothing answers; `towtank get` shows "
                            "the addresses that there are");
  return true;
}

/// As a node port of whichever node gets the packets; who routes them there is not in the model.
std::optional<bool> Builder::enter_external_ip(const Traffic& traffic, const Target& target, const Callers& callers,
                                               model::Traffic& made) {
  const std::int64_t dialled = target.port.value_or(kDefaultPort);
  const auto is_own = [&](const NodeState& node) {
    return node.internal_address == target.host || node.external_address == target.host;
  };
  const auto own = std::find_if(state_.nodes.begin(), state_.nodes.end(), is_own);
  const Service* owner = nullptr;
  for (const ServiceState& each : state_.services) {  // by name
    const Service& service = services_[each.object];
    if (!has(service.external_ips, target.host) || service.is_headless()) continue;
    if (owner == nullptr) owner = &service;
    if (!has_port(service, dialled)) continue;
    const auto index = add_service(service, dialled, Entry::node_port, callers.inside, traffic.to_mark);
    if (!index) return false;
    made.nodes = callers.nodes;
    for (std::uint32_t i = 0; !callers.inside && i < state_.nodes.size(); ++i)
      if (own == state_.nodes.end() || is_own(state_.nodes[i])) made.nodes.push_back(i);
    if (!callers.inside && own == state_.nodes.end())
      assume("what is sent to " + target.host + " (externalIPs of Service/" + short_name(service.meta) +
             ") is routed to any of the nodes");
    if (callers.inside && chooses_at_socket(scenario_.cluster)) assume(external_ips_under_cilium(service.meta));
    made.entry = model::Traffic::Entry::service;
    made.service = *index;
    return pass_ingress(traffic, target, *index, made);
  }
  const auto balanced = service_at(state_.services, target.host, dialled);
  if (owner == nullptr || own != state_.nodes.end() || balanced) return std::nullopt;
  // ipvs has the address on an interface of every node, which rejects the port; else packets are routed away.
  const bool is_bound = scenario_.cluster.kube_proxy == KubeProxyMode::ipvs;
  made.entry = is_bound ? model::Traffic::Entry::refused : model::Traffic::Entry::lost;
  built_.warnings.push_back("traffic " + traffic.name + " calls port " + std::to_string(dialled) + " of " +
                            target.host + ", an external IP of Service/" + short_name(owner->meta) +
                            ", which has the ports " + ports_of(*owner) + ": " +
                            (is_bound ? "refused" : "nothing answers"));
  return true;
}

/// `shop-0`, which no DNS knows: meant is its address. @return empty: no pod has the name
std::optional<bool> Builder::enter_pod_name(const Traffic& traffic, const Target& target, const Callers& callers,
                                            model::Traffic& made) {
  const std::string home = callers.pods.empty() ? "" : state_.pods[callers.pods.front()].name_space;
  const std::vector<std::uint32_t> pods = pods_named(state_, target.host, home);
  if (pods.size() == 1) return enter_pod(traffic, target, callers, pods[0], made);
  if (pods.size() > 1) {
    complain(traffic.to_mark, "`to: " + traffic.to + "` is a pod of namespace " + state_.pods[pods[0]].name_space +
                                  " and one of " + state_.pods[pods[1]].name_space +
                                  ": callers of one of them, or its address (`towtank get pods`), would do");
    return false;
  }
  const std::optional<DnsName> meant = pod_name_anywhere(state_, variant_.objects, target);
  if (!meant) return std::nullopt;
  const ObjectMeta& service = state_.services[meant->service].service.meta;
  complain(
      traffic.to_mark,
      "`to: " + traffic.to + "` is the name of a pod behind Service/" + short_name(service) +
          (callers.inside ? " of namespace " + service.name_space + ", and the callers are of another: write " +
                                meant->pod + "." + service.name + "." + service.name_space
                          : ": the cluster's DNS answers pods, nobody else asks it; `from: Deployment/NAME` would do"));
  return false;
}

/// Straight to the pod, without kube-proxy: the flat network of pods, which ends at the cluster.
bool Builder::enter_pod(const Traffic& traffic, const Target& target, const Callers& callers, std::uint32_t pod,
                        model::Traffic& made) {
  const PodState& there = state_.pods[pod];
  const Workload& workload = variant_.objects.workloads[there.workload];
  const std::int64_t dialled = target.port.value_or(kDefaultPort);
  const std::string name = there.name_space + "/" + there.name + ":" + std::to_string(dialled);
  if (!callers.inside) {
    made.entry = model::Traffic::Entry::lost;
    built_.warnings.push_back("traffic " + traffic.name + " calls pod " + there.name +
                              " from the internet, where no route leads to it: nothing answers");
    return true;
  }
  made.nodes = callers.nodes;
  if (!listeners_of(state_, pod, pod_model_of(workload)).hear(dialled)) {
    made.entry = model::Traffic::Entry::refused;
    built_.warnings.push_back("traffic " + traffic.name + " calls port " + std::to_string(dialled) + " of pod " +
                              there.name + ", on which it does not listen: refused");
    return true;
  }
  made.entry = model::Traffic::Entry::service;
  const std::string key = "pod " + name;
  if (const auto known = service_index_.find(key); known != service_index_.end()) {
    made.service = known->second;
  } else {
    add_workload(workload, traffic.to_mark);
    model::ServicePort port;
    port.name = name;
    port.entry = Entry::direct;
    port.pods = {model_pod_[pod]};
    made.service = keep(key, std::move(port), std::pair{pod, dialled});
  }
  return pass_ingress(traffic, target, made.service, made);
}

}  // namespace towtank::scenario
