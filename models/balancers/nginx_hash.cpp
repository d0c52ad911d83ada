#include "models/balancers/nginx_hash.hpp"

#include <array>
#include <charconv>

#include "models/balancers/hash_key.hpp"
#include "models/balancers/ketama.hpp"
#include "models/balancers/nginx_peers.hpp"

namespace towtank::balancer {

std::uint32_t nginx_rehash(std::uint32_t hash, std::uint32_t round, std::string_view key) {
  std::uint32_t sum = 0;
  if (round > 0) {
    std::array<char, 10> digits{};
    const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), round).ptr;
    sum = crc32({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  return hash + (crc32(key, sum) >> 16 & 0x7FFFu);
}

namespace {

/// A rejected server is followed by that of the next round, or of the next point. A retry walks the same way again,
/// past the servers that were tried.
class NginxHash final : public NginxBalancer {
 public:
  NginxHash(bool consistent, HashKey key, const NginxUpstream& upstream, const PickDraws& draws)
      : NginxBalancer{upstream}, consistent_{consistent}, key_{key}, seed_{draws.common_word()} {
    want_key(*this, key);
  }

  void update(const EndpointView& view) override {
    NginxBalancer::update(view);
    if (!consistent_) return;
    ring_.clear();
    for (const std::uint32_t endpoint : view.ready)
      ring_.add(drawn_name(endpoint, seed_, '\0'), endpoint, view.weight(endpoint));
    ring_.close();
  }

  std::uint32_t pick(const Pick& pick) override {
    if (peers_.ready().size() < 2) return peers_.round_robin(pick);
    const HashKeyText key{key_, pick};
    return consistent_ ? from_ring(key.view(), pick) : by_modulo(key.view(), pick);
  }

 private:
  std::uint32_t by_modulo(std::string_view key, const Pick& pick) {
    std::uint32_t hash = 0;
    for (std::uint32_t round = 0; round <= kRejects + pick.tried.size(); ++round) {
      hash = nginx_rehash(hash, round, key);
      const std::uint32_t endpoint = peers_.at_weight(hash % peers_.total_weight());
      if (peers_.is_eligible(endpoint, pick)) return peers_.chosen(endpoint, pick);
    }
    return peers_.round_robin(pick);
  }

  /// Points of a server that was tried count, too: nginx goes on from the point at which it found that.
  std::uint32_t from_ring(std::string_view key, const Pick& pick) {
    std::size_t place = ring_.place_of(crc32(key));
    for (std::size_t passed = 0; passed <= kRejects; ++passed, place = ring_.after(place)) {
      const std::uint32_t endpoint = ring_.owner_at(place);
      if (!peers_.is_eligible(endpoint, pick)) continue;
      std::int64_t total = 0;  // a step of round robin among the servers of that name: it only heals
      peers_.grow(endpoint, total);
      peers_[endpoint].current -= total;
      return peers_.chosen(endpoint, pick);
    }
    return peers_.round_robin(pick);
  }

  bool consistent_;
  HashKey key_;
  std::uint64_t seed_;
  KetamaRing ring_;
};

}  // namespace

BalancerInfo nginx_hash() {
  return {
      .name = "nginx_hash",
      .spelling = "hash",
      .products = {"nginx"},
      .meaning =
          "`hash $remote_addr`, or with `key: request` `hash $request_uri` and the like: by a hash of the key modulo the weights, or with "
          "`consistent` the next of the servers' 160 points a weight on a circle",
      .scope = "none while no server fails: any worker gives a key the same server",
      .source = "nginx ngx_http_upstream_hash_module.c (models/SOURCES.md 3.2)",
      .parameters = nginx_parameters({{"consistent", "boolean", "false", "points on a circle (ketama), else modulo"}, hash_key_parameter()}),
      .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
        const bool consistent = arguments.boolean("consistent", false);
        const HashKey key = hash_key_from(arguments);
        return std::make_unique<NginxHash>(consistent, key, NginxUpstream::read(arguments), draws);
      }};
}

}  // namespace towtank::balancer
