#include <algorithm>
#include <bit>
#include <numeric>

#include "models/balancers/balancer.hpp"
#include "models/balancers/maglev_table.hpp"
#include "sim/random/mix.hpp"

namespace towtank::balancer {

namespace {

constexpr std::uint32_t kTable = 4093;
constexpr int kTurnBits = 6;

/// A Maglev table in which a destination takes as many places in a row as it weighs, divided by the common divisor, and
/// by a power of two that leaves the heaviest 63 at most; at least one.
/// kube-proxy asks for the source's port to be hashed with its address, so that connections of one caller spread: the port
/// is the connection's own draw here.
/// Where destinations stand follows from their numbers and the replication: addresses are not known before pods run.
class IpvsMh final : public Balancer {
 public:
  explicit IpvsMh(const PickDraws& draws) : seed_{draws.common_word()} { by_source = true; }

  void update(const EndpointView& view) override {
    table_.clear();
    if (view.ready.empty()) return;
    std::uint32_t divisor = 0, heaviest = 0;
    for (const std::uint32_t endpoint : view.ready) {
      divisor = std::gcd(divisor, view.weight(endpoint));
      heaviest = std::max(heaviest, view.weight(endpoint));
    }
    const int shift = std::max(0, static_cast<int>(std::bit_width(heaviest / divisor)) - kTurnBits);
    std::vector<MaglevWish> wishes;
    for (const std::uint32_t endpoint : view.ready)
      wishes.push_back({static_cast<std::uint32_t>(mixed(mixed(seed_) ^ endpoint) % kTable),
                        static_cast<std::uint32_t>(mixed(mixed(seed_ + 1) ^ endpoint) % (kTable - 1) + 1),
                        std::max(1u, view.weight(endpoint) / divisor >> shift)});
    table_ = maglev_table_by_turns(wishes, kTable);
    for (std::uint32_t& place : table_) place = view.ready[place];
  }

  std::uint32_t pick(const Pick& pick) override {
    return table_.empty() ? kNone : table_[mixed(mixed(mixed(pick.source_address) ^ pick.key) + pick.attempt) % kTable];
  }

 private:
  std::uint64_t seed_;
  std::vector<std::uint32_t> table_;
};

}  // namespace

BalancerInfo ipvs_mh() {
  return {.name = "ipvs_mh",
          .spelling = "mh",
          .products = {"ipvs"},
          .meaning = "by the caller's address and port, over a Maglev table of 4093 places",
          .scope = "none: every node gives an address and port the same destination",
          .source = "Linux net/netfilter/ipvs/ip_vs_mh.c, with mh-port as kube-proxy sets it (models/SOURCES.md 3.1); Eisenbud et al., Maglev, NSDI 2016",
          .parameters = {},
          .make = [](BalancerArguments&, PickDraws draws) -> std::unique_ptr<Balancer> {
            return std::make_unique<IpvsMh>(draws);
          }};
}

}  // namespace towtank::balancer
