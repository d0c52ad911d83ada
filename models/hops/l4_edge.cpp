#include "models/hops/l4_edge.hpp"

#include "models/hops/pick.hpp"
#include "sim/core/check.hpp"

namespace towtank {

L4Edge::L4Edge(L4EdgeConfig config, const Draws& draws, PurposeRegistry& purposes)
    : config_{std::move(config)},
      zone_draws_{draws, purposes.add("zone/" + config_.name)},
      legs_{config_.network, draws, purposes, config_.name},
      adder_{config_.adder.scaled(2.0), draws, purposes, "adder/" + config_.name} {
  for (std::uint32_t zone = 0; zone < config_.zones.size(); ++zone) {
    L4EdgeConfig::Zone& at = config_.zones[zone];
    if (at.targets.empty()) continue;
    open_zones_.push_back(zone);
    stateful = stateful || at.balancer->stateful;
  }
}

Step L4Edge::on_request(Request& request, Frame& frame, Time now) {
  const bool routed = request.frames[request.dialler].has(Frame::routed);
  if (!routed && !choose(request, frame, now)) return Step::reply(Outcome::refused);
  const auto zone = static_cast<std::uint32_t>(frame.endpoint);
  const EndpointId target = request.frames[request.depth].endpoint;
  const Legs adder = adder_.draw(request);
  const Legs way = legs_.between_zones(zone, legs_.zone_of(node_of(target)), request);
  frame.back = Duration{adder.back + way.back};
  const HopId next = has_pods() ? config_.hop_of_pod[static_cast<std::uint32_t>(target)] : config_.next;
  return Step::forward(next, target, Duration{adder.forward + way.forward});
}

/// kube-proxy of the node is who counts.
void L4Edge::on_end_of_route(std::span<const EndpointId> route, Time at, WalkControl& control) {
  if (!has_pods()) control.end_route(config_.next, route.subspan(1), at);
}

/// Picks the zone in which the connection enters, and the target, which stands in the next frame. @return false
/// when there is no target at all
bool L4Edge::choose(Request& request, Frame& frame, Time now) {
  if (open_zones_.empty()) return false;
  Pick pick = route_pick(request);
  pick.now = now;
  std::uint32_t zone = open_zones_[0];
  if (open_zones_.size() > 1)
    zone = open_zones_[Draws::below(static_cast<std::uint32_t>(open_zones_.size()), zone_draws_.block(pick).lane[0])];
  L4EdgeConfig::Zone& at = config_.zones[zone];
  const std::uint32_t place = at.balancer->pick(pick);
  if (place == Balancer::kNone) return false;
  TOWTANK_CHECK(place < at.targets.size(), "a balancer picks one of its endpoints, or kNone");
  const EndpointId target{at.targets[place]};
  frame.endpoint = EndpointId{config_.zonal ? zone : legs_.zone_of(node_of(target))};
  request.frames[request.depth].endpoint = target;
  return true;
}

}  // namespace towtank
