#include "models/balancers/nginx_peers.hpp"

#include <algorithm>

namespace towtank::balancer {

namespace {

/// nginx reads a clock of whole seconds here.
std::int64_t seconds(Time time) { return time.time_since_epoch() / 1s; }

}  // namespace

NginxUpstream NginxUpstream::read(BalancerArguments& arguments) {
  NginxUpstream upstream;
  upstream.max_fails = static_cast<std::uint32_t>(arguments.integer("max_fails", 1, 0, 1'000'000));
  upstream.fail_timeout = arguments.duration("fail_timeout", 10s, 0s, 24h);
  upstream.max_conns = static_cast<std::uint32_t>(arguments.integer("max_conns", 0, 0, 1'000'000'000));
  upstream.zone = arguments.boolean("zone", false);
  return upstream;
}

std::vector<BalancerParameter> nginx_parameters(std::vector<BalancerParameter> own) {
  own.push_back({"max_fails", "integer", "1", "failures that take a server out; 0 = none does"});
  own.push_back({"fail_timeout", "duration", "10s", "how long a failed server is out, in whole seconds"});
  own.push_back({"max_conns", "integer", "0", "requests in flight that a server may have; 0 = any number"});
  own.push_back({"zone", "boolean", "false", "the workers of a replica share their state"});
  return own;
}

void NginxPeers::update(const EndpointView& view) {
  peers_.resize(view.count);
  ready_.assign(view.ready.begin(), view.ready.end());
  ends_.clear();
  total_weight_ = 0;
  for (const std::uint32_t endpoint : ready_) {
    Peer fresh;
    fresh.weight = fresh.effective = view.weight(endpoint);
    fresh.conns = peers_[endpoint].conns;
    peers_[endpoint] = fresh;
    total_weight_ += view.weight(endpoint);
    ends_.push_back(total_weight_);
  }
}

bool NginxPeers::is_eligible(std::uint32_t endpoint, const Pick& pick) const {
  const Peer& peer = peers_[endpoint];
  if (upstream_.max_conns > 0 && peer.conns >= upstream_.max_conns) return false;
  if (is_single()) return true;
  if (!pick.tried.empty() && std::find(pick.tried.begin(), pick.tried.end(), endpoint) != pick.tried.end())
    return false;
  return upstream_.max_fails == 0 || peer.fails < upstream_.max_fails ||
         seconds(pick.now) - peer.checked_s > upstream_.fail_timeout / 1s;
}

std::uint32_t NginxPeers::at_weight(std::uint32_t point) const {
  if (total_weight_ == ready_.size()) return ready_[point];
  return ready_[static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), point) - ends_.begin())];
}

std::uint32_t NginxPeers::round_robin(const Pick& pick) {
  std::uint32_t best = Balancer::kNone;
  std::int64_t total = 0;
  for (const std::uint32_t endpoint : ready_) {
    if (!is_eligible(endpoint, pick)) continue;
    grow(endpoint, total);
    if (best == Balancer::kNone || peers_[endpoint].current > peers_[best].current) best = endpoint;
  }
  if (best == Balancer::kNone) return best;
  peers_[best].current -= total;
  return chosen(best, pick);
}

std::uint32_t NginxPeers::chosen(std::uint32_t endpoint, const Pick& pick) {
  Peer& peer = peers_[endpoint];
  const std::int64_t now_s = seconds(pick.now);
  if (now_s - peer.checked_s > upstream_.fail_timeout / 1s) peer.checked_s = now_s;
  return endpoint;
}

void NginxPeers::finished(std::uint32_t endpoint, const Feedback& feedback) {
  Peer& peer = peers_[endpoint];
  --peer.conns;
  if (is_single()) return;
  if (!feedback.failed) {
    if (peer.accessed_s < peer.checked_s) peer.fails = 0;
    return;
  }
  ++peer.fails;
  peer.accessed_s = peer.checked_s = seconds(feedback.now);
  if (upstream_.max_fails > 0)
    peer.effective = std::max<std::int64_t>(0, peer.effective - peer.weight / upstream_.max_fails);
}

}  // namespace towtank::balancer
