#pragma once

#include <cstdint>
#include <vector>

#include "models/request/request.hpp"

namespace towtank {

/// The address of the client of that number outside of the cluster, IPv4 in host order: each has one in 100.64.0.0/10.
std::uint32_t client_address(std::uint32_t client);

/// Whose addresses packets come from, as kube-proxy sees them before it puts any other in their place.
struct CallerAddresses {
  std::vector<std::uint32_t> of_pod;  ///< by pod of the model
  std::vector<std::vector<std::uint32_t>>
      of_clients;                     ///< by traffic: its client k has the k-th, around and around; none: outside
  std::vector<std::uint32_t> of_hop;  ///< of proxies outside of the cluster, by HopId; 0 = the dialler is a pod

  /// Of who dialled the connection that this request is on.
  std::uint32_t of(const Request& request) const;
};

}  // namespace towtank
