#include "models/hops/caller_addresses.hpp"

#include "sim/random/mix.hpp"

namespace towtank {

namespace {

constexpr std::uint32_t kClientAddresses = (100u << 24) | (64u << 16);
constexpr unsigned kClientBits = 22;

}  // namespace

std::uint32_t client_address(std::uint32_t client) {
  return kClientAddresses | static_cast<std::uint32_t>(mixed(client) >> (64 - kClientBits));
}

std::uint32_t CallerAddresses::of(const Request& request) const {
  const Frame& dialler = request.frames[request.dialler];
  if (request.dialler == 0) {
    if (request.owner >= of_clients.size() || of_clients[request.owner].empty()) return client_address(request.client);
    return of_clients[request.owner][request.client % of_clients[request.owner].size()];
  }
  const auto hop = static_cast<std::size_t>(dialler.hop);
  if (hop < of_hop.size() && of_hop[hop] != 0) return of_hop[hop];
  return of_pod[static_cast<std::uint32_t>(dialler.endpoint)];
}

}  // namespace towtank
