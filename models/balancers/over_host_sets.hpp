#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/balancers/hash_balancer.hpp"
#include "models/balancers/host_sets.hpp"

namespace towtank {

/// One of Envoy's algorithms over the sets of hosts that `HostSets` chooses between. Each priority, and each zone of one
/// where zones are chosen, has turns and schedules of its own. The requests of a host in flight are known to all of them that
/// may choose it: which does may change with the endpoints.
/// @tparam Algorithm  a final Balancer: while there is one set it is called without a detour
template <typename Algorithm>
class OverHostSets final : public Balancer {
 public:
  using Maker = std::function<std::unique_ptr<Algorithm>(PickDraws)>;

  OverHostSets(HostSetRules rules, PickDraws draws, Maker make)
      : sets_{std::move(rules)}, draws_{std::move(draws)}, make_{std::move(make)} {
    whole_.push_back(make_(draws_));
    const Algorithm& of_all = *whole_[0];
    stateful = of_all.stateful || sets_.takes_turns();
    counts = of_all.counts;
    by_source = of_all.by_source;
    by_content = of_all.by_content;
    shared_by_workers = of_all.shared_by_workers;
  }

  void update(const EndpointView& view) override {
    sets_.update(view, draws_.own_block().lane[1]);
    grow(whole_, sets_.priorities());
    in_zone_.resize(whole_.size());
    EndpointView own = view;
    own.unhealthy = {};
    for (std::uint32_t priority = 0; priority < whole_.size(); ++priority) {
      const std::vector<std::uint32_t> hosts = sets_.hosts(priority);
      own.ready = hosts;
      whole_[priority]->update(own);
      grow(in_zone_[priority], sets_.zones());
      for (std::uint32_t zone = 0; zone < in_zone_[priority].size(); ++zone) {
        const std::vector<std::uint32_t> here = sets_.hosts(priority, zone);
        own.ready = here;
        in_zone_[priority][zone]->update(own);
      }
    }
  }

  std::uint32_t pick(const Pick& pick) override {
    if (sets_.is_plain()) return whole_[0]->pick(pick);
    const PhiloxBlock words = draws_.block(pick, kSetDraw);
    std::uint32_t percent = Draws::below(100, words.lane[2]);
    // Who chooses by a hash keeps a key in its priority.
    if constexpr (std::is_base_of_v<HashBalancer, Algorithm>) percent = static_cast<std::uint32_t>(whole_[0]->hash_of(pick) % 100);
    const std::uint32_t priority = sets_.priority(percent);
    const std::uint32_t zone = sets_.zone(priority, words);
    return (zone == HostSets::kAnyZone ? *whole_[priority] : *in_zone_[priority][zone]).pick(pick);
  }

  void started(std::uint32_t endpoint) override {
    const std::uint32_t priority = sets_.priority_of(endpoint);
    whole_[priority]->started(endpoint);
    if (!in_zone_[priority].empty()) in_zone_[priority][sets_.zone_of(endpoint)]->started(endpoint);
  }
  void finished(std::uint32_t endpoint, const Feedback& feedback) override {
    const std::uint32_t priority = sets_.priority_of(endpoint);
    finish(*whole_[priority], endpoint, feedback);
    if (!in_zone_[priority].empty()) finish(*in_zone_[priority][sets_.zone_of(endpoint)], endpoint, feedback);
  }

 private:
  /// The algorithms count their further blocks from 1; none comes as far.
  static constexpr std::uint32_t kSetDraw = UINT16_MAX - 1;

  void finish(Algorithm& algorithm, std::uint32_t endpoint, const Feedback& feedback) {
    algorithm.probes = probes;
    algorithm.finished(endpoint, feedback);
  }

  void grow(std::vector<std::unique_ptr<Algorithm>>& algorithms, std::size_t size) {
    while (algorithms.size() < size) algorithms.push_back(make_(draws_));
  }

  HostSets sets_;
  PickDraws draws_;
  Maker make_;
  std::vector<std::unique_ptr<Algorithm>> whole_;                 ///< by priority
  std::vector<std::vector<std::unique_ptr<Algorithm>>> in_zone_;  ///< by priority, by zone; empty where zones are never chosen
};

}  // namespace towtank
