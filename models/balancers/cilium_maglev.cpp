#include <algorithm>

#include "models/balancers/balancer.hpp"
#include "models/balancers/maglev_table.hpp"
#include "sim/random/mix.hpp"

namespace towtank::balancer {

namespace {

/// A Maglev table that all nodes have alike. The source's port is the connection's own draw here.
/// Where backends want to stand follows from their numbers and the replication: addresses are not known before pods
/// run.
class CiliumMaglev final : public Balancer {
 public:
  CiliumMaglev(std::uint32_t size, bool hashes_port, const PickDraws& draws)
      : size_{size}, hashes_port_{hashes_port}, seed_{draws.common_word()} {
    by_source = !hashes_port;
  }

  void update(const EndpointView& view) override {
    table_.clear();
    if (view.ready.empty()) return;
    std::vector<MaglevWish> wishes;
    for (const std::uint32_t endpoint : view.ready)
      wishes.push_back({static_cast<std::uint32_t>(mixed(mixed(seed_) ^ endpoint) % size_),
                        static_cast<std::uint32_t>(mixed(mixed(seed_ + 1) ^ endpoint) % (size_ - 1) + 1),
                        view.weight(endpoint)});
    table_ = maglev_table(wishes, size_);
    for (std::uint32_t& place : table_) place = view.ready[place];
  }

  std::uint32_t pick(const Pick& pick) override {
    if (table_.empty()) return kNone;
    const std::uint64_t flow =
        hashes_port_ ? mixed(pick.key ^ mixed(seed_ + 2)) + pick.attempt : std::uint64_t{pick.source_address};
    return table_[mixed(flow) % size_];
  }

 private:
  std::uint32_t size_;
  bool hashes_port_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> table_;
};

}  // namespace

BalancerInfo cilium_maglev() {
  return {.name = "cilium_maglev",
          .spelling = "maglev",
          .products = {"cilium"},
          .meaning = "by the connection's addresses and ports, over a Maglev table that nodes with the same pods have alike",
          .scope = "none: all nodes that have the same pods give a connection the same pod",
          .source =
              "Cilium pkg/maglev, Documentation/network/kubernetes/kubeproxy-free.rst (models/SOURCES.md 3.1); "
              "Eisenbud et al., Maglev, NSDI 2016",
          .parameters = {{"table", "integer", "16381",
                          "places, one of the primes 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071"},
                         {"port", "boolean", "true",
                          "whether the source's port is hashed with its address; not so with sessionAffinity"}},
          .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
            const std::int64_t table =
                arguments.integer("table", kCiliumTable, kCiliumTables.front(), kCiliumTables.back());
            if (std::find(kCiliumTables.begin(), kCiliumTables.end(), table) == kCiliumTables.end())
              arguments.complain("table", std::to_string(table) + " is none of Cilium's sizes; 16381 would do");
            const bool hashes_port = arguments.boolean("port", true);
            return std::make_unique<CiliumMaglev>(static_cast<std::uint32_t>(table), hashes_port, draws);
          }};
}

}  // namespace towtank::balancer
