#include "models/balancers/nginx_peers.hpp"

namespace towtank::balancer {

namespace {

constexpr std::uint32_t kStart = 89, kFactor = 113, kModulus = 6271;

/// One more round of the hash over the first three octets: a whole /24 is one caller.
std::uint32_t hashed(std::uint32_t hash, std::uint32_t address) {
  for (const unsigned shift : {24u, 16u, 8u}) hash = (hash * kFactor + ((address >> shift) & 0xFFu)) % kModulus;
  return hash;
}

/// A rejected server is followed by that of the next round. A retry walks the same rounds again: they lead through the
/// servers that were tried, which nginx does not count as rejected then.
class IpHash final : public NginxBalancer {
 public:
  explicit IpHash(const NginxUpstream& upstream) : NginxBalancer{upstream} { by_source = true; }

  std::uint32_t pick(const Pick& pick) override {
    if (peers_.ready().size() < 2) return peers_.round_robin(pick);
    std::uint32_t hash = kStart;
    for (std::size_t round = 0; round <= kRejects + pick.tried.size(); ++round) {
      hash = hashed(hash, pick.source_address);
      const std::uint32_t endpoint = peers_.at_weight(hash % peers_.total_weight());
      if (peers_.is_eligible(endpoint, pick)) return peers_.chosen(endpoint, pick);
    }
    return peers_.round_robin(pick);
  }
};

}  // namespace

BalancerInfo ip_hash() {
  return {
      .name = "ip_hash",
      .products = {"nginx"},
      .meaning = "by the first three octets of the caller's address: behind a masquerading kube-proxy that is a node's",
      .scope = "none while no server fails: any worker gives an address the same server",
      .source = "nginx ngx_http_upstream_ip_hash_module.c (models/SOURCES.md 3.2)",
      .parameters = nginx_parameters(),
      .make = [](BalancerArguments& arguments, PickDraws) -> std::unique_ptr<Balancer> {
        return std::make_unique<IpHash>(NginxUpstream::read(arguments));
      }};
}

}  // namespace towtank::balancer
