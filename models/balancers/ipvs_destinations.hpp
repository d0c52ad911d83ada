#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/balancers/endpoint_heap.hpp"

namespace towtank::balancer {

/// A load for a weight, compared by cross-multiplication; equal ones by their place in the list.
struct IpvsLoad {
  std::uint64_t load = 0;
  std::uint32_t weight = 1, place = 0;

  bool operator<(const IpvsLoad& other) const {
    const std::uint64_t mine = load * other.weight, others = other.load * weight;
    return mine != others ? mine < others : place < other.place;
  }
  bool operator==(const IpvsLoad& other) const { return place == other.place && load == other.load; }
};

/// What a node's IPVS counts of a virtual service: connections that are open, and those that ended and are kept for two
/// minutes (TIME_WAIT), of which 256 weigh as much as one open. @source Linux net/netfilter/ipvs/ip_vs_proto_tcp.c
class IpvsBalancer : public Balancer {
 public:
  IpvsBalancer() { stateful = counts = true; }

  void update(const EndpointView& view) override;
  std::uint32_t pick(const Pick& pick) override;
  void started(std::uint32_t endpoint) override;
  void finished(std::uint32_t endpoint, const Feedback& feedback) override;

 protected:
  struct Destination {
    std::uint64_t active = 0, inactive = 0;
    std::uint32_t weight = 1;
  };

  /// What is compared by weight; the least is chosen.
  virtual std::uint64_t load_of(const Destination& destination) const = 0;
  /// Another one than the least, or kNone.
  virtual std::uint32_t exception() const { return kNone; }
  /// Weights count for this scheduler.
  virtual bool weighs() const { return true; }

  /// So do connections that have ended.
  virtual bool counts_ended() const { return true; }

  const std::vector<Destination>& destinations() const { return destinations_; }
  const std::vector<std::uint32_t>& ready() const { return ready_; }

 private:
  struct Ended {
    Time until{};
    std::uint32_t endpoint = 0;
  };

  void forget_ended(Time now);
  void move(std::uint32_t endpoint);

  std::vector<Destination> destinations_;  ///< by endpoint
  std::vector<std::uint32_t> ready_;
  EndpointHeap<IpvsLoad> least_;
  std::vector<Ended> ended_;  ///< a ring that grows as needed, in the order in which they are forgotten
  std::size_t oldest_ = 0, ended_count_ = 0;
};

}  // namespace towtank::balancer
