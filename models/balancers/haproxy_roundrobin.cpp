#include "models/balancers/endpoint_heap.hpp"
#include "models/balancers/haproxy_servers.hpp"

namespace towtank::balancer {

namespace {

/// Turns on a line of positions: each server stands at the next position of its own, 16 T / weight after its last one,
/// where T is the sum of the weights, and the remainders of the division are kept. Those who wait for their first turn
/// of a round stand in a tree of their own, the heaviest first, and fill the holes. Servers that are full have their turn and
/// are passed over. A change of the servers is a reload here: all begins anew.
class HaproxyRoundRobin final : public HaproxyBalancer {
 public:
  explicit HaproxyRoundRobin(const HaproxyLimits& limits) : HaproxyBalancer{limits, WaitingRoom::when_all_full} { stateful = true; }

  void update(const EndpointView& view) override {
    know(view);
    servers_.assign(view.count, {});
    for (Tree* tree : {&first_, &current_, &next_}) tree->reset(view.count);
    total_ = 0;
    for (const std::uint32_t endpoint : view.ready) {
      servers_[endpoint].weight = weight(endpoint);
      total_ += servers_[endpoint].weight;
      wait_for_round(first_, endpoint);
    }
    round_ = position_ = total_;
  }

  std::uint32_t pick(const Pick& pick) override {
    catch_up(pick.now);
    std::uint32_t endpoint = kNone;
    bool has_round_ended = false;
    passed_over_.clear();
    for (;;) {
      if (first_.empty() && current_.empty()) {
        if (has_round_ended) break;  // all are full
        has_round_ended = true;
        std::swap(first_, next_);
        round_ = position_ = total_;
        if (first_.empty()) break;
      }
      const std::uint32_t due = next_server();
      take_turn(servers_[due]);
      ++position_;
      if (!is_full(due)) {
        endpoint = due;
        queue(due);
        break;
      }
      passed_over_.push_back(due);
    }
    // The last one first, as they are chained; in a round that began meanwhile their places are lost.
    for (auto full = passed_over_.rbegin(); full != passed_over_.rend(); ++full) {
      if (has_round_ended)
        wait_for_round(first_, *full);
      else
        queue(*full);
    }
    return endpoint;
  }

 private:
  using Tree = EndpointHeap<std::uint64_t>;
  struct Server {
    std::uint64_t weight = 0, position = 0, rest = 0;
  };

  static constexpr std::uint64_t kHeaviest = kHaproxyScale * kHaproxyHeaviest;

  /// Who waits for a round waits by its new weight; who is in one has its new weight from its next turn on.
  void reweigh(std::span<const std::uint32_t> warming) override {
    for (const std::uint32_t endpoint : warming) {
      Server& server = servers_[endpoint];
      total_ += weight(endpoint) - server.weight;
      server.weight = weight(endpoint);
      for (Tree* tree : {&first_, &next_})
        if (tree->contains(endpoint)) wait_for_round(*tree, endpoint);
    }
  }

  void wait_for_round(Tree& tree, std::uint32_t endpoint) { tree.set(endpoint, kHeaviest - servers_[endpoint].weight); }

  /// Who is due; else who has not had a turn in this round; else who will be due first. There must be one.
  std::uint32_t next_server() {
    const bool is_due = !current_.empty() && servers_[current_.first()].position <= position_;
    if (!is_due && !first_.empty()) {
      const std::uint32_t endpoint = first_.first();
      first_.erase(endpoint);
      servers_[endpoint].position = servers_[endpoint].rest = 0;
      return endpoint;
    }
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
  std::vector<std::uint32_t> passed_over_;
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
          .parameters = haproxy_parameters(),
          .make = [](BalancerArguments& arguments, PickDraws) -> std::unique_ptr<Balancer> {
            return std::make_unique<HaproxyRoundRobin>(HaproxyLimits::read(arguments));
          }};
}

}  // namespace towtank::balancer
