#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "sim/core/time.hpp"

namespace towtank {

/// Which pod one node's kube-proxy gave each address last (sessionAffinity: ClientIP of one Service port).
class ClientAffinity {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  /// @param timeout  since an address' last connection, after which it is forgotten
  /// @param most     addresses that are known of each pod; of more the one not seen longest is forgotten
  ClientAffinity(Duration timeout, std::uint32_t most) : timeout_{timeout}, most_{most} {}

  /// @return the pod of an address that is known, by place; else kNone
  std::uint32_t recall(std::uint32_t address, Time now) const;
  void remember(std::uint32_t address, std::uint32_t place, Time now);

 private:
  struct Known {
    std::uint32_t place = 0;
    Time seen{};
    std::list<std::uint32_t>::iterator turn{};
  };

  Duration timeout_;
  std::uint32_t most_;
  std::unordered_map<std::uint32_t, Known> known_;  ///< by address; looked up only, never gone through
  std::vector<std::list<std::uint32_t>> by_place_;  ///< addresses, the one seen last in front
};

}  // namespace towtank
