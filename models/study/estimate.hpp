#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/scenario/load_study.hpp"
#include "sim/core/result.hpp"

/// The answer of `estimate`: what a scenario's paths make of its load, in closed form, nothing simulated. Shares 0..1;
/// columns are named and normalised as in the result files. What has no closed form is empty.
namespace towtank {

/// A zone or a node.
struct PlaceEstimate {
  std::string name, zone;                  ///< `zone` of nodes
  std::optional<double> entered_share;     ///< of the requests that come in by node ports; empty where none does
  std::optional<double> served_share;      ///< of the requests that pods serve, by the pods here
  std::optional<double> second_hop_share;  ///< of those that come in here; of nodes
};

struct PodEstimate {
  std::string pod, node, zone;
  std::optional<double> requests_share;  ///< of the requests to all pods behind its Services
  std::optional<double> relative_load;   ///< the same over an equal share
  std::optional<double> rate_per_s;
  std::optional<double> utilization;  ///< of all traffic together, above 1 overloaded; empty where closed loops add to it
};

/// One traffic, or all open traffic together.
struct TrafficEstimate {
  std::string traffic;               ///< empty: all together
  std::string path;                  ///< in one line; empty when all together
  std::optional<double> rate_per_s;  ///< as sent; empty of closed loops
  double second_hop_share = 0.0;     ///< requests forwarded from the node where they came in to another
  double zone_crossings = 0.0;       ///< expected number per request, on the way there
  double dropped_share = 0.0, refused_share = 0.0;
  std::vector<PlaceEstimate> zones, nodes;
  std::vector<PodEstimate> pods;  ///< of the workloads on the way, by name
  std::vector<std::string> assumptions;
};

/// Load that something could bear.
struct CapacityEstimate {
  std::optional<double> factor;          ///< times the load of the scenario; empty: closed loops, or nothing limits it
  std::optional<double> rate_per_s;      ///< the same in requests sent
  std::vector<std::string> bottlenecks;  ///< what is full then: pods on their nodes, or all pods of a workload
};

struct VariantEstimate {
  std::string variant;
  std::string state;                     ///< steady|saturated|unstable, as in `run`
  std::vector<std::string> endless;      ///< when unstable: the stations whose queues grow without bound, the busiest
  double endless_utilization = 0.0;      ///< of these stations
  bool waits_at_edge = false;            ///< when saturated: in an edge that limits what its targets have at once
  std::vector<TrafficEstimate> traffic;  ///< in the scenario's order; of several open ones all together last
  CapacityEstimate spread;  ///< with the load spread as the path spreads it; its factor is the headroom of `run`
  CapacityEstimate ideal;   ///< if every balancer on the way split ideally
};

struct StudyEstimate {
  std::string scenario;
  std::vector<VariantEstimate> variants;
  std::vector<std::string> assumptions;  ///< defaults used that are tagged *assumed*, one sentence each
  std::vector<std::string> warnings;
};

/// @error what makes the study impossible to run, with the mark of the scenario's line
Result<StudyEstimate> estimate_study(const scenario::Study& study);

}  // namespace towtank
