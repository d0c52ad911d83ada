#include "models/hops/kube_proxy.hpp"

#include <cmath>

#include "models/hops/pick.hpp"

namespace towtank {

KubeProxy::KubeProxy(KubeProxyConfig config, const Draws& draws, PurposeRegistry& purposes)
    : config_{std::move(config)},
      draws_{draws, purposes.add("pick/" + config_.name)},
      walk_draws_{draws, purposes.add("walk/" + config_.name)},
      legs_{config_.network, draws, purposes, config_.name},
      lookup_{config_.lookup, draws, purposes, "lookup/" + config_.name},
      conntrack_{config_.conntrack, draws, purposes, "conntrack/" + config_.name},
      snat_{config_.snat, draws, purposes, "snat/" + config_.name} {
  if (!config_.local) return;
  local_pods_.resize(config_.network.zone_of_node.size());
  for (const std::uint32_t pod : config_.pods) local_pods_[config_.node_of_pod[pod]].push_back(pod);
}

Step KubeProxy::on_request(Request& request, Frame& frame, Time) {
  const auto node = static_cast<std::uint32_t>(frame.endpoint);
  const bool routed = request.frames[request.dialler].has(Frame::routed);
  if (!routed) {
    if (config_.pods.empty()) return Step::reply(Outcome::refused);  // ICMP reject: no endpoint anywhere
    const std::vector<std::uint32_t>& set = config_.local ? local_pods_[node] : config_.pods;
    if (set.empty()) return Step::lost();  // DROP: endpoints, but none on this node
    const PhiloxBlock words = draws_.block(route_pick(request));
    request.frames[request.depth].endpoint = EndpointId{set[Draws::below(static_cast<std::uint32_t>(set.size()), words.lane[0])]};
  }
  const EndpointId pod = request.frames[request.depth].endpoint;
  const std::uint32_t there = config_.node_of_pod[static_cast<std::uint32_t>(pod)];
  const Legs way = legs_.between_nodes(node, there, request);
  frame.back = Duration{way.back};
  Duration delay{way.forward};
  if (!routed) delay += first_packet_cost(request, there != node);
  return Step::forward(config_.closed_port ? *config_.closed_port : config_.hop_of_pod[static_cast<std::uint32_t>(pod)], pod, delay);
}

/// What only the first packet of a connection pays; later ones hit conntrack. @source models/SOURCES.md 7.2
Duration KubeProxy::first_packet_cost(const Request& request, bool leaves_node) {
  Duration cost{lookup_.draw(request) + conntrack_.draw(request)};
  if (config_.chain_walk_s > 0.0 || config_.endpoint_walk_s > 0.0) {
    const PhiloxBlock words = walk_draws_.block(route_pick(request));
    const double chain = uniform_from(words.lane[0], words.lane[1]), endpoint = uniform_from(words.lane[2], words.lane[3]);
    cost += from_seconds(chain * std::sqrt(chain) * config_.chain_walk_s + endpoint * config_.endpoint_walk_s);
  }
  if (leaves_node && config_.masquerades) cost += Duration{snat_.draw(request)};
  return cost;
}

}  // namespace towtank
