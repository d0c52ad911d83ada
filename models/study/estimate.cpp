#include "models/study/estimate.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "models/study/path_capacity.hpp"
#include "models/study/path_text.hpp"
#include "models/study/variant_run.hpp"

namespace towtank {
namespace {

constexpr double kAlike = 1e-9;  // relative difference of utilizations that rounding explains

double sum_of(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

std::optional<double> share(double part, double all) { return all > 0.0 ? std::optional{part / all} : std::nullopt; }

/// What one traffic or several bring to each place: of open ones per second, else per request.
class Flows {
 public:
  explicit Flows(const model::Cluster& cluster)
      : cluster_{cluster},
        entered_(cluster.nodes.size()),
        second_hops_(entered_),
        served_(entered_),
        visits_(cluster.pods.size()),
        is_asked_(cluster.pods.size(), false) {}

  void add(const PathSpread& spread, const model::Traffic& traffic) {
    const double weight = traffic.is_open() ? traffic.rate_per_s : 1.0;
    sent_ += weight;
    zone_crossings_ += weight * spread.zone_crossings;
    dropped_ += weight * spread.dropped;
    refused_ += weight * spread.refused;
    for (std::size_t node = 0; node < entered_.size(); ++node) {
      entered_[node] += weight * spread.entered[node];
      second_hops_[node] += weight * spread.second_hops[node];
    }
    for (const std::uint32_t pod : model::first_pods(cluster_, traffic)) is_asked_[pod] = true;
    for (const std::uint32_t pod : model::serving_pods(cluster_, traffic)) is_asked_[pod] = true;
    for (std::size_t pod = 0; pod < visits_.size(); ++pod) {
      visits_[pod] += weight * spread.visits(pod);
      served_[cluster_.pods[pod].node] += weight * spread.served(traffic)[pod];
    }
  }

  /// @param load  when these are all that load the pods
  TrafficEstimate estimate(const std::vector<std::uint32_t>& order, bool rates_are_known,
                           const OfferedLoad* load) const {
    TrafficEstimate made;
    if (rates_are_known) made.rate_per_s = sent_;
    made.second_hop_share = share(sum_of(second_hops_), sent_).value_or(0.0);
    made.zone_crossings = share(zone_crossings_, sent_).value_or(0.0);
    made.dropped_share = share(dropped_, sent_).value_or(0.0);
    made.refused_share = share(refused_, sent_).value_or(0.0);
    add_places(made);
    add_pods(order, load, made);
    return made;
  }

 private:
  void add_places(TrafficEstimate& made) const {
    const double entered = sum_of(entered_), served = sum_of(served_);
    std::vector<double> entered_zone(cluster_.zones.size(), 0.0), served_zone(cluster_.zones.size(), 0.0);
    for (std::size_t node = 0; node < entered_.size(); ++node) {
      const model::Node& at = cluster_.nodes[node];
      made.nodes.push_back({at.name, cluster_.zones[at.zone].name, share(entered_[node], entered),
                            share(served_[node], served), share(second_hops_[node], entered_[node])});
      entered_zone[at.zone] += entered_[node];
      served_zone[at.zone] += served_[node];
    }
    for (std::size_t zone = 0; zone < cluster_.zones.size(); ++zone)
      made.zones.push_back(
          {cluster_.zones[zone].name, {}, share(entered_zone[zone], entered), share(served_zone[zone], served), {}});
  }

  void add_pods(const std::vector<std::uint32_t>& order, const OfferedLoad* load, TrafficEstimate& made) const {
    const std::vector<std::uint32_t> groups = model::pod_groups(cluster_);
    std::vector<double> of_group(groups.size(), 0.0), peers(groups.size(), 0.0);
    for (std::size_t pod = 0; pod < visits_.size(); ++pod) {
      of_group[groups[pod]] += visits_[pod];
      peers[groups[pod]] += is_asked_[pod] ? 1.0 : 0.0;
    }
    for (const std::uint32_t pod : order) {
      const model::Pod& at = cluster_.pods[pod];
      const std::optional<double> part = share(visits_[pod], of_group[groups[pod]]);
      if (!part) continue;
      const model::Node& node = cluster_.nodes[at.node];
      PodEstimate row{at.name, node.name, cluster_.zones[node.zone].name, part, *part * peers[groups[pod]], {}, {}};
      if (made.rate_per_s) row.rate_per_s = visits_[pod];
      if (load != nullptr && !load->is_looped[pod]) row.utilization = load->utilization[pod];
      made.pods.push_back(std::move(row));
    }
  }

  const model::Cluster& cluster_;
  double sent_ = 0.0, zone_crossings_ = 0.0, dropped_ = 0.0, refused_ = 0.0;
  std::vector<double> entered_, second_hops_, served_;  // by node
  std::vector<double> visits_;                          // by pod
  std::vector<bool> is_asked_;                          // by pod: it is behind a Service on the way
};

/// Each pod by its name, unless all of its workload are there. @param pods  ascending
std::vector<std::string> station_names(const model::Cluster& cluster, const std::vector<std::uint32_t>& pods) {
  std::vector<std::size_t> all(cluster.workloads.size(), 0), listed(all);
  for (const model::Pod& pod : cluster.pods) ++all[pod.workload];
  for (const std::uint32_t pod : pods) ++listed[cluster.pods[pod].workload];
  std::vector<std::string> names;
  for (const std::uint32_t pod : pods) {
    const std::uint32_t workload = cluster.pods[pod].workload;
    if (all[workload] == 1 || listed[workload] < all[workload]) {
      names.push_back(station_name(cluster, pod));
      continue;
    }
    const std::string together =
        "all " + std::to_string(all[workload]) + " pods of " + cluster.workloads[workload].name;
    if (std::find(names.begin(), names.end(), together) == names.end()) names.push_back(together);
  }
  return names;
}

CapacityEstimate capacity(const model::Cluster& cluster, std::optional<double> factor,
                          const std::vector<std::uint32_t>& full, double rate_per_s) {
  CapacityEstimate made;
  if (!factor) return made;
  made.factor = factor;
  made.rate_per_s = *factor * rate_per_s;
  made.bottlenecks = station_names(cluster, full);
  return made;
}

/// The pods that saturate first: several where rounding alone tells them apart.
std::vector<std::uint32_t> busiest(const OfferedLoad& load) {
  std::vector<std::uint32_t> pods;
  for (std::uint32_t pod = 0; pod < load.utilization.size(); ++pod)
    if (load.utilization[pod] >= load.greatest() * (1.0 - kAlike)) pods.push_back(pod);
  return pods;
}

VariantEstimate estimate_variant(const std::string& name, const model::Cluster& cluster) {
  std::vector<PathSpread> spreads;
  for (const model::Traffic& traffic : cluster.traffic) spreads.push_back(path_spread(cluster, traffic));
  const OfferedLoad load = offered_load(cluster, spreads);
  const std::vector<std::uint32_t> order = pods_by_name(cluster);
  const auto open = std::count_if(cluster.traffic.begin(), cluster.traffic.end(), std::mem_fn(&model::Traffic::is_open));

  VariantEstimate made;
  made.variant = name;
  made.state = load.state();
  made.waits_at_edge = load.waits_at_edge || load.places_taken >= 1.0;
  if (!load.has_steady_state) {
    made.endless_utilization = load.utilization[load.unbounded];
    const bool is_busiest = made.endless_utilization >= load.greatest() * (1.0 - kAlike);
    made.endless = station_names(cluster, is_busiest ? busiest(load) : std::vector<std::uint32_t>{load.unbounded});
  }
  Flows together{cluster};
  double rate_per_s = 0.0;
  for (std::size_t i = 0; i < cluster.traffic.size(); ++i) {
    const model::Traffic& traffic = cluster.traffic[i];
    Flows alone{cluster};
    alone.add(spreads[i], traffic);
    TrafficEstimate one = alone.estimate(order, traffic.is_open(), traffic.is_open() && open == 1 ? &load : nullptr);
    one.traffic = traffic.name;
    one.path = path_text(cluster, traffic);
    one.assumptions = spread_assumptions(cluster, traffic);
    made.traffic.push_back(std::move(one));
    if (!traffic.is_open()) continue;
    together.add(spreads[i], traffic);
    rate_per_s += traffic.rate_per_s;
  }
  if (open > 1) made.traffic.push_back(together.estimate(order, true, &load));
  const analytic::IdealCapacity ideal = ideal_path_capacity(cluster, spreads);
  made.spread = capacity(cluster, load.headroom(), busiest(load), rate_per_s);
  if (made.spread.factor && load.is_short_of_places()) made.spread.bottlenecks = {bottleneck_name(cluster, load)};
  if (!load.closed) made.ideal = capacity(cluster, ideal.factor, ideal.cut, rate_per_s);
  return made;
}

}  // namespace

Result<StudyEstimate> estimate_study(const scenario::Study& study) {
  const BuiltStudy built = build_variants(study);
  if (!built.problems.empty()) return built.problems;
  StudyEstimate made;
  made.scenario = study.name;
  made.warnings = study.warnings;
  made.assumptions = gathered(built.runs, &scenario::BuiltVariant::assumptions);
  for (const std::string& warning : gathered(built.runs, &scenario::BuiltVariant::warnings))
    made.warnings.push_back(warning);
  for (const VariantRun& run : built.runs) {
    if (!run.is_placed_anew()) {
      made.variants.push_back(estimate_variant(run.name(), run.cluster()));
      continue;
    }
    made.warnings.push_back(
        run.name() +
        ": pods are placed anew in each replication: shown is, of all placements that `run` would draw, "
        "the one that loads a pod most");
    const Result<scenario::BuiltVariant> placed = scenario::build(*run.input, run.busiest_draw);
    if (!placed) return placed.error();
    made.variants.push_back(estimate_variant(run.name(), placed->cluster));
  }
  return made;
}

}  // namespace towtank
