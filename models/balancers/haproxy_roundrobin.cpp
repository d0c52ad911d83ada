#include "models/balancers/endpoint_heap.hpp"
#include "models/balancers/haproxy_servers.hpp"

namespace towtank::balancer {

namespace {

/// Turns on a line of positions: each server stands at the next position of its own, 16 T / weight after its last one,
/// where T is the sum of the weights, and the remainders of the division are kept. Those who wait for their first turn
/// of a round stand in a tree of their own, the heaviest first, and fill the holes. A change of the servers is a reload
/// here: all begins anew.
class HaproxyRoundRobin final : public Balancer {
 public:
  HaproxyRoundRobin() { stateful = shared_by_workers = true; }

  void update(const EndpointView& view) override {
    servers_.assign(view.count, {});
    for (Tree* tree : {&first_, &current_, &next_}) tree->reset(view.count);
    total_ = 0;
    for (const std::uint32_t endpoint : view.ready) {
      servers_[endpoint].weight = haproxy_weight(view, endpoint) * kHaproxyScale;
      total_ += servers_[endpoint].weight;
      wait_for_round(first_, endpoint);
    }
    round_ = position_ = total_;
  }

  std::uint32_t pick(const Pick&) override {
    const std::uint32_t endpoint = next_server();
    if (endpoint == kNone) return kNone;
    take_turn(servers_[endpoint]);
    ++position_;
    queue(endpoint);
    return endpoint;
  }

 private:
  using Tree = EndpointHeap<std::uint64_t>;
  struct Server {
    std::uint64_t weight = 0, position = 0, rest = 0;
  };

  static constexpr std::uint64_t kHeaviest = kHaproxyScale * kHaproxyHeaviest;

  void wait_for_round(Tree& tree, std::uint32_t endpoint) { tree.set(endpoint, kHeaviest - servers_[endpoint].weight); }

  /// Who is due; else who has not had a turn in this round; else who will be due first.
  std::uint32_t next_server() {
    if (first_.empty() && current_.empty()) {
      std::swap(first_, next_);
      round_ = position_ = total_;
    }
    const bool is_due = !current_.empty() && servers_[current_.first()].position <= position_;
    if (!is_due && !first_.empty()) {
      const std::uint32_t endpoint = first_.first();
      first_.erase(endpoint);
      servers_[endpoint].position = servers_[endpoint].rest = 0;
      return endpoint;
    }
    if (current_.empty()) return kNone;
    const std::uint32_t endpoint = current_.first();
    current_.erase(endpoint);
    return endpoint;
  }

  void take_turn(Server& server) const {
    if (server.position == 0) server.position = position_;
    server.position += total_ / server.weight;
    server.rest += total_ % server.weight;
    if (server.rest < server.weight) return;
    server.rest -= server.weight;
    ++server.position;
  }

  void queue(std::uint32_t endpoint) {
    Server& server = servers_[endpoint];
    if (server.position >= 2 * round_ || server.position >= round_ + total_) {
      server.position -= round_;
      wait_for_round(next_, endpoint);
    } else {
      current_.set(endpoint,
                   kHaproxyHeaviest * server.position + (kHeaviest + server.rest - server.weight) / kHaproxyScale);
    }
  }

  std::vector<Server> servers_;  ///< by endpoint
  Tree first_, current_, next_;  ///< not yet served in this round; served and due again in it; done with it
  std::uint64_t total_ = 0;      ///< of the weights
  std::uint64_t round_ = 0, position_ = 0;
};

}  // namespace

BalancerInfo haproxy_roundrobin() {
  return {.name = "haproxy_roundrobin",
          .spelling = "roundrobin",
          .products = {"haproxy"},
          .meaning = "each server in turn, smoothly by weight, from the first one on",
          .scope = "shared by a replica's threads (one thread group)",
          .source = "HAProxy src/lb_fwrr.c (models/SOURCES.md 3.5)",
          .parameters = {},
          .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> {
            return std::make_unique<HaproxyRoundRobin>();
          }};
}

}  // namespace towtank::balancer
