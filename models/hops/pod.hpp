#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "models/hops/leg.hpp"
#include "models/request/hop.hpp"
#include "models/stations/reference_queue.hpp"
#include "models/stations/stations.hpp"

namespace towtank {

class PodRecords;

/// What the pods of one workload do with a request.
struct PodHopConfig {
  enum class WhenFull : std::uint8_t { drop_syn, rst, http_503 };

  struct Pod {
    StationId station{};
    double slowdown = 1.0;  ///< service takes this many times as long
  };

  std::string name;
  std::span<const Pod> pods;        ///< all pods of the model; outlives the hop
  Distribution service = Distribution::constant(0.0);
  std::optional<Distribution> cpu;  ///< event loop: this part holds the station, the rest of the service only passes
  WhenFull when_full = WhenFull::drop_syn;
  bool bounded = false;             ///< the stations have a queue limit
  std::optional<Distribution> queue_timeout;
  ReferenceQueue* reference = nullptr;  ///< whatever comes to a pod goes there, too; outlives the hop
  PodRecords* records = nullptr;    ///< of what the pods would tell balancers that ask them; outlives the hop
};

class PodHop final : public Hop {
 public:
  PodHop(PodHopConfig config, const Stations* stations, const Draws& draws, PurposeRegistry& purposes);

  Step on_request(Request& request, Frame& frame, Time now) override;
  Step on_done(Request& request, Frame& frame, Time now) override;
  Step on_full(Request& request, Frame& frame, Time now) override;
  Step on_open(Request& request, EndpointId pod, Time now) override;
  void on_unwind(Request& request, Frame& frame, Cause cause, Time now) override;

 private:
  const PodHopConfig::Pod& pod(EndpointId id) const { return config_.pods[static_cast<std::uint32_t>(id)]; }

  PodHopConfig config_;
  const Stations* stations_;
  Cost service_;
  std::optional<Cost> cpu_, patience_;
};

}  // namespace towtank
