#include "models/hops/kube_proxy.hpp"

#include <algorithm>
#include <cmath>

#include "models/hops/pick.hpp"
#include "sim/core/check.hpp"

namespace towtank {

KubeProxy::KubeProxy(KubeProxyConfig config, const Draws& draws, PurposeRegistry& purposes)
    : config_{std::move(config)},
      draws_{draws, purposes.add("pick/" + config_.name)},
      scheduler_draws_{draws, purposes.add("scheduler/" + config_.name)},
      walk_draws_{draws, purposes.add("walk/" + config_.name)},
      legs_{config_.network, draws, purposes, config_.name},
      lookup_{config_.lookup, draws, purposes, "lookup/" + config_.name},
      conntrack_{config_.conntrack, draws, purposes, "conntrack/" + config_.name},
      snat_{config_.snat, draws, purposes, "snat/" + config_.name} {
  const std::size_t nodes = config_.network.zone_of_node.size();
  if (config_.local) local_pods_.resize(nodes);
  if (config_.local)
    for (const std::uint32_t pod : config_.pods) local_pods_[config_.node_of_pod[pod]].push_back(pod);
  if (config_.affinity > Duration::zero()) {
    affinities_.resize(nodes);
    stateful = true;
  }
  if (config_.scheduler == nullptr || config_.pods.empty()) return;
  schedulers_.resize(nodes);
  place_of_pod_.resize(config_.node_of_pod.size());
  for (std::uint32_t i = 0; i < config_.pods.size(); ++i) {
    const std::uint32_t pod = config_.pods[i];
    const std::vector<std::uint32_t>* const local = config_.local ? &local_pods_[config_.node_of_pod[pod]] : nullptr;
    place_of_pod_[pod] = local == nullptr ? i : static_cast<std::uint32_t>(std::find(local->begin(), local->end(), pod) - local->begin());
  }
  const std::unique_ptr<Balancer> any = made_scheduler();
  counts_ = any->counts;
  stateful = stateful || any->stateful || counts_;
  is_by_node_ = any->stateful || counts_ || config_.local;
  TOWTANK_CHECK(!counts_ || config_.counted != nullptr, "who dials tells a scheduler that counts of its ends");
}

Step KubeProxy::on_request(Request& request, Frame& frame, Time now) {
  const auto node = static_cast<std::uint32_t>(frame.endpoint);
  const bool routed = request.frames[request.dialler].has(Frame::routed);
  if (!routed) {
    if (config_.pods.empty()) return Step::reply(Outcome::refused);  // ICMP reject: no endpoint anywhere
    const std::vector<std::uint32_t>& set = config_.local ? local_pods_[node] : config_.pods;
    if (set.empty() && config_.refuses_without) return Step::reply(Outcome::refused);
    if (set.empty()) return Step::lost();  // DROP: endpoints, but none on this node
    request.frames[request.depth].endpoint = EndpointId{set[choose(request, node, set, now)]};
  }
  const EndpointId pod = request.frames[request.depth].endpoint;
  const std::uint32_t there = config_.node_of_pod[static_cast<std::uint32_t>(pod)];
  const Legs way = legs_.between_nodes(node, there, request);
  const bool is_direct = config_.answers_directly && there != node;
  frame.back = Duration{is_direct ? legs_.between_nodes(there, there, request).back : way.back};
  Duration delay{way.forward};
  if (!routed) delay += first_packet_cost(request, there != node);
  const auto place = static_cast<std::uint32_t>(pod);
  const bool is_deaf = !config_.deaf.empty() && config_.deaf[place];
  return Step::forward(is_deaf ? config_.closed_port : config_.hop_of_pod[place], pod, delay);
}

/// @return a place in the node's set
std::uint32_t KubeProxy::choose(Request& request, std::uint32_t node, const std::vector<std::uint32_t>& set, Time now) {
  std::uint32_t place = ClientAffinity::kNone, address = 0;
  if (!affinities_.empty()) {
    if (affinities_[node] == nullptr) affinities_[node] = std::make_unique<ClientAffinity>(config_.affinity, config_.affinity_list);
    address = config_.callers->of(request);
    place = affinities_[node]->recall(address, now);
  }
  if (place == ClientAffinity::kNone) place = pick(request, node, set.size(), now);
  TOWTANK_CHECK(place < set.size(), "a node chooses among the pods that are there");
  if (!affinities_.empty()) affinities_[node]->remember(address, place, now);
  if (!counts_) return place;
  scheduler_of(node, set.size()).started(place);
  request.frames[request.dialler].set(Frame::counted);
  return place;
}

std::uint32_t KubeProxy::pick(const Request& request, std::uint32_t node, std::size_t endpoints, Time now) {
  Pick pick = route_pick(request);
  if (config_.scheduler == nullptr) return Draws::below(static_cast<std::uint32_t>(endpoints), draws_.block(pick).lane[0]);
  Balancer& scheduler = scheduler_of(node, endpoints);
  pick.now = now;
  if (scheduler.by_source) pick.source_address = config_.callers->of(request);
  if (counts_) config_.counted->close_expired(now);
  return scheduler.pick(pick);
}

std::unique_ptr<Balancer> KubeProxy::made_scheduler() const {
  BalancerArguments arguments{config_.scheduler_parameters};
  return config_.scheduler->make(arguments, scheduler_draws_);
}

Balancer& KubeProxy::scheduler_of(std::uint32_t node, std::size_t endpoints) {
  std::unique_ptr<Balancer>& scheduler = schedulers_[is_by_node_ ? node : 0];
  if (scheduler == nullptr) {
    scheduler = made_scheduler();
    std::vector<std::uint32_t> all(endpoints);
    for (std::uint32_t i = 0; i < endpoints; ++i) all[i] = i;
    scheduler->update({static_cast<std::uint32_t>(endpoints), all});
  }
  return *scheduler;
}

void KubeProxy::on_end_of_route(std::span<const EndpointId> route, Time at, WalkControl&) {
  const auto node = static_cast<std::uint32_t>(route[0]), pod = static_cast<std::uint32_t>(route[1]);
  schedulers_[node]->finished(place_of_pod_[pod], {.now = at});
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
