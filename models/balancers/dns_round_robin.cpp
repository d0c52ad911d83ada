#include "models/balancers/balancer.hpp"
#include "sim/random/mix.hpp"

namespace towtank::balancer {

namespace {

constexpr Duration kTtl = 30s;

/// A client asks for the name, takes the first address of an answer whose order turns with every question, and keeps it for
/// the time to live. Other clients ask in between, so that the place at which the turn stands is as good as a random one.
class DnsRoundRobin final : public Balancer {
 public:
  DnsRoundRobin(Duration ttl, const PickDraws& draws) : ttl_{ttl}, seed_{mixed(draws.common_word())} { by_source = true; }

  void update(const EndpointView& view) override { ready_.assign(view.ready.begin(), view.ready.end()); }

  std::uint32_t pick(const Pick& pick) override {
    if (ready_.empty()) return kNone;
    const std::uint64_t client = mixed(seed_ ^ pick.client);
    const auto phase = static_cast<std::uint64_t>(Draws::below(kPhases, static_cast<std::uint32_t>(client))) * static_cast<std::uint64_t>(ttl_.count()) / kPhases;
    const std::uint64_t answer = (static_cast<std::uint64_t>((pick.now - Time{}).count()) + phase) / static_cast<std::uint64_t>(ttl_.count());
    const std::uint64_t word = mixed(client ^ mixed(answer + 1));
    return ready_[Draws::below(static_cast<std::uint32_t>(ready_.size()), static_cast<std::uint32_t>(word))];
  }

 private:
  static constexpr std::uint32_t kPhases = 1024;  ///< clients ask at different times

  Duration ttl_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> ready_;
};

}  // namespace

BalancerInfo dns_round_robin() {
  return {.name = "dns_round_robin",
          .spelling = "round_robin",
          .products = {"dns"},
          .meaning = "each client keeps the first address of an answer for its time to live, then takes that of another answer",
          .scope = "none: clients keep what they were told; nobody looks after who answers",
          .source = "RFC 1794; models/SOURCES.md 3.9",
          .weighs = false,
          .parameters = {{"ttl", "duration", "30s", "how long a client keeps an address"}},
          .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
            return std::make_unique<DnsRoundRobin>(arguments.duration("ttl", kTtl, 1s, 24h), draws);
          }};
}

}  // namespace towtank::balancer
