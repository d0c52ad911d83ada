#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The answer of a study in the rows of the result files (DESIGN section 5). Times in milliseconds, shares 0..1.
/// A number that is not resolved is empty, never 0.
namespace towtank::report {

struct Estimate {
  std::optional<double> value, low, high;
};

struct SummaryRow {
  std::string variant, traffic, metric, unit;
  Estimate estimate;
  std::uint64_t replications = 0, samples = 0;
  std::string verdict;  ///< baseline|better|worse|same|cannot_tell|unstable|unresolved
};

struct LatencyRow {
  std::string variant, traffic;
  double percentile = 0;  ///< 0..100
  Estimate latency_ms;
};

struct EndpointRow {
  std::string variant, endpoint, node, zone;
  Estimate requests_share, relative_load, utilization, queue_mean, wait_mean_ms, sojourn_mean_ms, errors;
};

struct NodeRow {
  std::string variant, node, zone;
  Estimate connections_share;  ///< of the requests that come to a node by a port or address of it, answered or not
  Estimate second_hop_share;   ///< of these, to a pod of another node
  std::optional<bool> lb_healthy;  ///< empty: no load balancer probes this node
  std::optional<double> conntrack_max;
};

struct HopRow {
  std::string variant, traffic, hop, kind;
  Estimate visits_per_request, wait_mean_ms, service_mean_ms, delay_mean_ms, p99_ms;
};

/// The mean time at the pods, waiting and served: simulated, and by theory where a closed form knows it.
struct TheoryRow {
  std::string variant, traffic;
  std::string model;               ///< of a pod, in Kendall's notation: `M/M/4`; empty where there is no closed form
  std::optional<double> exact_ms;
  Estimate simulated_ms;
  std::string failing_assumption;  ///< where there is no closed form
};

/// The mean latency with the load that came to the pods as a control.
struct ControlRow {
  std::string variant, traffic;
  Estimate latency_mean_ms;       ///< moved by how far the load that came lies from the one expected
  double reduction = 1;           ///< variance of the plain mean over that of this one
  double expected = 0, seen = 0;  ///< servers busy on average, of the pods that serve the traffic
  std::string reference;          ///< the queue that is a control as well, `M/M/8`; empty = there is none
  std::optional<double> reference_expected_ms, reference_seen_ms;  ///< its mean stay
};

/// A percentile that few requests reach, by the law of the last service given the rest of each latency.
struct RareRow {
  std::string variant, traffic;
  double percentile = 0;
  Estimate latency_ms;
  double requests = 0;  ///< independent ones that carry it
  std::optional<double> reduction;  ///< variance of the percentile by counting over that of this one, where counting knows it
};

struct OutcomeRow {
  std::string variant, traffic, outcome, hop;
  std::uint64_t count = 0;
  double share = 0;
};

struct TimeseriesRow {
  std::string variant, traffic;
  double t_s = 0;
  Estimate offered, completed, errors, p50_ms, p99_ms, in_flight, ready_endpoints;
};

/// A slice of warm-up and measured time.
struct WarmupRow {
  std::string variant;
  double t_s = 0;       ///< its begin, since the simulation began
  double warmup_s = 0;  ///< what is measured begins here, perhaps inside a slice
  Estimate jobs;        ///< waiting or served at all pods, on average
};

/// One request of the first replication. The parts of the latency are those of a success and sum to it.
struct RequestRow {
  std::string variant, traffic;
  std::uint64_t request = 0;  ///< its number in the traffic: the same request in every variant
  double arrived_s = 0;       ///< since the measured time began
  double latency_ms = 0;      ///< of a failure: until it failed
  std::string outcome, failed_at;
  std::uint64_t attempts = 1;
  std::optional<double> before_ms;  ///< earlier attempts, the wait for a connection and its set-up
  std::optional<double> wait_ms, service_ms, delay_ms;  ///< queues, servers, everything else on the way
  std::string pod, node;            ///< that served the last attempt; empty when it reached none
  std::string route;                ///< hops of the last attempt: `client > lb@a > kube-proxy default/shop:80@worker-0 > ...`
};

/// What is true of a variant as a whole.
struct VariantNote {
  std::string variant;
  std::string state;                       ///< steady|saturated|unstable|drifting
  std::uint64_t replications = 0;
  double warmup_s = 0, duration_s = 0;
  bool converged = true;                   ///< false: precision asked for, not reached within the replications allowed
  std::string bottleneck;                  ///< the first station to saturate, e.g. "Deployment/shop pod shop-2 on worker-1"
  std::optional<double> headroom;          ///< load can grow by this factor until the bottleneck saturates
  std::optional<double> observed_correlation;  ///< of mean latency with the baseline's under common random numbers
  std::string fingerprint;                 ///< hash over every count and histogram of every replication
};

struct ObjectiveResult {
  std::string text, variant;
  enum class Status : std::uint8_t { met, missed, undecided, unstable } status = Status::undecided;
  Estimate observed;
};

struct Report {
  std::string scenario;
  std::uint64_t seed = 0;
  double confidence = 0.95;
  bool complete = true;
  std::vector<std::string> variants;        ///< in the order of the scenario; the first is the baseline
  std::vector<VariantNote> notes;
  std::vector<SummaryRow> summary;
  std::vector<LatencyRow> latency;
  std::vector<EndpointRow> endpoints;
  std::vector<NodeRow> nodes;
  std::vector<HopRow> hops;
  std::vector<TheoryRow> theory;
  std::vector<ControlRow> controls;         ///< of traffic whose load at the pods is known
  std::vector<RareRow> rare;                ///< of traffic whose last service is of known law, see `ConditionalQuantiles`
  std::vector<OutcomeRow> outcomes;
  std::vector<TimeseriesRow> timeseries;
  std::vector<WarmupRow> warmup;
  std::vector<RequestRow> requests;         ///< empty unless asked for
  std::vector<ObjectiveResult> objectives;
  std::vector<std::string> assumptions;     ///< defaults used that are tagged *assumed*, one sentence each
  std::vector<std::string> ignored;         ///< parts of the manifests that were read but not modelled
  std::vector<std::string> ignored_summary; ///< the same in fewer lines, with places
  std::vector<std::string> warnings;        ///< anything a reader of the numbers must know
};

}  // namespace towtank::report
