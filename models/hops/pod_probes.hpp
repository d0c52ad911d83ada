#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/stations/stations.hpp"

namespace towtank {

/// What pods know of their own requests, for balancers that ask them: how many they have, and how long requests took
/// that met as many. Latencies are those inside of the pod.
/// @source Wydrowski et al., Introducing Prequal, NSDI 2024 (models/SOURCES.md 3.7)
class PodRecords {
 public:
  /// @param stations  of the pods; outlives the records   @param servers  of each pod
  PodRecords(const Stations& stations, const std::vector<std::uint32_t>& servers) : stations_{stations}, pods_(servers.size()) {
    for (std::size_t pod = 0; pod < servers.size(); ++pod) pods_[pod].servers = servers[pod];
  }

  /// Requests that wait, are served, or pass beside an event loop.
  std::uint32_t in_flight(std::uint32_t pod, StationId station) const {
    return stations_.jobs(station) + pods_[pod].beside;
  }

  void beside(std::uint32_t pod, int more) { pods_[pod].beside += static_cast<std::uint32_t>(more); }

  /// What a request took. @param met  requests that the pod had when it came
  struct Taken {
    std::uint32_t met = 0;
    Duration latency{}, service{};  ///< with and without its wait
    Duration work{};                ///< of a server
  };
  /// A request has ended.
  void ended(std::uint32_t pod, const Taken& taken, Time now);
  /// One was turned away with an error.
  void failed(std::uint32_t pod, Time now);

  ProbeAnswer ask(std::uint32_t pod, StationId station) const;

 private:
  static constexpr std::uint32_t kLevels = 64;  ///< as many requests or more met are one
  static constexpr std::uint32_t kKept = 9;     ///< latencies of a level whose median counts: **assumed**

  struct Level {
    std::array<Duration, kKept> latencies{};
    std::uint32_t seen = 0;
  };
  struct Pod {
    std::array<Level, kLevels> levels{};
    std::uint32_t beside = 0;
    Duration service{};
    std::uint32_t servers = 1;
    /// Since `since`, and as it was when the last such time was over.
    Time since{};
    std::uint64_t requests = 0, errors = 0;
    Duration work{};
    double rps = 0.0, eps = 0.0, utilization = 0.0;
  };

  static constexpr Duration kReported = 1s;  ///< over which time pods report, or until the next request after it: **assumed**

  static void report(Pod& pod, Time now);

  static Duration median(const Level& level);

  const Stations& stations_;
  std::vector<Pod> pods_;
};

/// The pods that one balancer chooses among.
class PodProbes final : public Probes {
 public:
  struct Pod {
    std::uint32_t pod = 0;
    StationId station{};
  };

  /// @param pods  by endpoint  @param records  outlive the probes
  PodProbes(const PodRecords& records, std::vector<Pod> pods) : records_{records}, pods_{std::move(pods)} {}

  ProbeAnswer ask(std::uint32_t endpoint) const override {
    return records_.ask(pods_[endpoint].pod, pods_[endpoint].station);
  }

 private:
  const PodRecords& records_;
  std::vector<Pod> pods_;
};

}  // namespace towtank
