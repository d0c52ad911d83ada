#include "models/balancers/nginx_peers.hpp"

namespace towtank::balancer {

namespace {

/// Draws by weight among all servers, eligible or not; what is drawn in vain is counted. nginx counts over all tries of
/// a request, here each try counts anew.
class NginxRandom final : public NginxBalancer {
 public:
  NginxRandom(bool two, const NginxUpstream& upstream, PickDraws draws)
      : NginxBalancer{upstream}, two_{two}, draws_{std::move(draws)} {}

  std::uint32_t pick(const Pick& pick) override {
    if (peers_.ready().size() < 2) return peers_.round_robin(pick);
    PhiloxBlock words{};
    std::uint32_t first = kNone;
    std::uint32_t rejects = 0;
    for (std::uint32_t draw = 0; rejects <= kRejects; ++draw) {
      if (draw % 4 == 0) words = draws_.block(pick, draw / 4);
      const std::uint32_t drawn = peers_.at_weight(Draws::below(peers_.total_weight(), words.lane[draw % 4]));
      if (drawn == first || !peers_.is_eligible(drawn, pick)) {
        ++rejects;
        continue;
      }
      if (!two_) return peers_.chosen(drawn, pick);
      if (first != kNone) return peers_.chosen(peers_.compare_load(drawn, first) > 0 ? first : drawn, pick);
      first = drawn;
    }
    return peers_.round_robin(pick);
  }

 private:
  bool two_;
  PickDraws draws_;
};

}  // namespace

BalancerInfo nginx_random() {
  return {.name = "nginx_random",
          .spelling = "random",
          .products = {"nginx"},
          .meaning =
              "a server at random by weight; with `two` that of two different ones with fewer requests in flight for "
              "its weight, the second drawn when equal",
          .scope = "per worker, or shared by a replica's workers with `zone`",
          .source = "nginx ngx_http_upstream_random_module.c (models/SOURCES.md 3.2)",
          .parameters = nginx_parameters({{"two", "boolean", "false", "two choices: `random two least_conn`"}}),
          .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
            const bool two = arguments.boolean("two", false);
            return std::make_unique<NginxRandom>(two, NginxUpstream::read(arguments), std::move(draws));
          }};
}

}  // namespace towtank::balancer
