#include "models/balancers/traefik_hrw.hpp"

#include "models/balancers/balancer.hpp"
#include "models/balancers/ketama.hpp"
#include "sim/random/elementary.hpp"

namespace towtank::balancer {

std::uint64_t fnv1a(std::string_view bytes, std::uint64_t before) {
  for (const char byte : bytes) before = (before ^ static_cast<unsigned char>(byte)) * 0x100000001B3u;
  return before;
}

double hrw_score(std::uint64_t hash, std::uint32_t weight) {
  constexpr double kAll = 18446744073709551616.0;  // 2^64
  if (hash == 0) return 0.0;
  const double part = static_cast<double>(hash) / kAll;
  return part < 1.0 ? weight / -elementary::log(part) : kAll;
}

namespace {

/// Highest random weight. Names stand for the servers' addresses, which are not known before they run.
class TraefikHrw final : public Balancer {
 public:
  explicit TraefikHrw(const PickDraws& draws) : seed_{draws.common_word()} { by_source = shared_by_workers = true; }

  void update(const EndpointView& view) override {
    servers_.clear();
    for (const std::uint32_t endpoint : view.ready)
      servers_.push_back({"http://" + drawn_name(endpoint, seed_, ':'), endpoint, view.weight(endpoint)});
  }

  std::uint32_t pick(const Pick& pick) override {
    const std::uint64_t caller = fnv1a(AddressText{pick.source_address}.view());
    std::uint32_t best = kNone;
    double highest = -1.0;
    for (const Server& server : servers_) {
      const double score = hrw_score(fnv1a(server.name, caller), server.weight);
      if (score <= highest) continue;
      highest = score;
      best = server.endpoint;
    }
    return best;
  }

 private:
  struct Server {
    std::string name;
    std::uint32_t endpoint = 0, weight = 1;
  };

  std::uint64_t seed_;
  std::vector<Server> servers_;
};

}  // namespace

BalancerInfo traefik_hrw() {
  return {.name = "traefik_hrw",
          .spelling = "hrw",
          .products = {"traefik"},
          .meaning =
              "by the caller's address: the server whose hash together with it scores highest for its weight; the cost "
              "grows with the servers, as Traefik's does",
          .scope = "none: every process gives an address the same server",
          .source = "Traefik pkg/server/service/loadbalancer/hrw (models/SOURCES.md 3.6)",
          .parameters = {},
          .make = [](BalancerArguments&, PickDraws draws) -> std::unique_ptr<Balancer> {
            return std::make_unique<TraefikHrw>(draws);
          }};
}

}  // namespace towtank::balancer
