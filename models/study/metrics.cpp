#include "models/study/metrics.hpp"

#include <algorithm>

#include "models/study/last_service.hpp"
#include "sim/stats/ratio.hpp"

namespace towtank {

namespace {

constexpr MetricName kMetrics[] = {{"latency_mean", "ms"},
                                   {"latency_p50", "ms"},
                                   {"latency_p90", "ms"},
                                   {"latency_p95", "ms"},
                                   {"latency_p99", "ms"},
                                   {"latency_p99.9", "ms"},
                                   {"latency_all_p99", "ms"},
                                   {"throughput", "1/s"},
                                   {"offered", "1/s"},
                                   {"error_rate", "share"},
                                   {"availability", "share"},
                                   {"second_hop_share", "share"},
                                   {"cross_zone_bytes", "bytes/request"},
                                   {"cost_per_month", "USD"},
                                   {"endpoint_max_over_mean", "ratio"},
                                   {"utilization_max", "share"}};
constexpr double kNsToMs = 1e-6;
constexpr double kSecondsPerMonth = 30.0 * 86'400.0;

/// What every metric is made from.
struct Source {
  const VariantRun& run;
  std::size_t traffic;
  double confidence;

  const TrafficTotals& totals(const ReplicationResult& result) const { return result.traffic[traffic]; }
  const model::Traffic& model() const { return run.cluster().traffic[traffic]; }
  const std::vector<std::uint32_t>& pods() const { return model::serving_pods(run.cluster(), model()); }

  template <class Of>
  std::vector<double> each(Of&& of) const {
    std::vector<double> values;
    for (const ReplicationResult& result : run.results) values.push_back(of(result));
    return values;
  }
  template <class Of>
  std::uint64_t sum(Of&& of) const {
    std::uint64_t total = 0;
    for (const ReplicationResult& result : run.results) total += of(totals(result));
    return total;
  }
};

std::uint64_t succeeded(const TrafficTotals& traffic) { return traffic.ok.count(); }
std::uint64_t ended(const TrafficTotals& traffic) { return traffic.ok.count() + traffic.failed.count(); }
double number(std::uint64_t n) { return static_cast<double>(n); }

Metric mean_metric(const Source& source, std::string name, std::string unit, double scale, std::vector<double> values, std::uint64_t samples) {
  Metric metric;
  metric.name = std::move(name);
  metric.unit = std::move(unit);
  metric.scale = scale;
  metric.interval = mean_interval(values, source.confidence);
  metric.of_replications = std::move(values);
  metric.samples = samples;
  return metric;
}

template <class Hits, class Trials>
Metric share_metric(const Source& source, std::string name, Hits&& hits_of, Trials&& trials_of) {
  std::vector<std::uint64_t> hits, trials;
  Metric metric;
  for (const ReplicationResult& result : source.run.results) {
    hits.push_back(hits_of(source.totals(result)));
    trials.push_back(trials_of(source.totals(result)));
    metric.of_replications.push_back(trials.back() == 0 ? 0.0 : number(hits.back()) / number(trials.back()));
    metric.samples += trials.back();
  }
  metric.name = std::move(name);
  metric.unit = "share";
  metric.interval = share_interval(hits, trials, source.confidence);
  return metric;
}

Metric quantile_metric(const QuantileSections& sections, std::string name, double p, std::uint64_t samples, double confidence) {
  Metric metric;
  metric.name = std::move(name);
  metric.unit = "ms";
  metric.scale = kNsToMs;
  metric.interval = quantile_estimate(sections, confidence).ns;
  metric.samples = samples;
  metric.percentile = p;
  return metric;
}

/// The load of the busiest endpoint of a traffic over the mean of them.
double max_over_mean(const Source& source, const ReplicationResult& result) {
  double most = 0.0, sum = 0.0;
  for (const std::uint32_t pod : source.pods()) {
    const double requests = number(result.endpoints[pod].requests);
    most = std::max(most, requests);
    sum += requests;
  }
  return sum > 0.0 ? most * static_cast<double>(source.pods().size()) / sum : 1.0;
}

/// Of the stations on a traffic's way: the pods that serve it, and those of its ingress controller.
double utilization_max(const Source& source, const ReplicationResult& result) {
  const model::Cluster& cluster = source.run.cluster();
  double most = 0.0;
  const auto look_at = [&](std::uint32_t pod) {
    const StationTotals& station = result.stations[pod];
    most = std::max(most, static_cast<double>(station.busy_area) / (static_cast<double>(result.window.count()) * station.servers));
  };
  for (const std::uint32_t pod : source.pods()) look_at(pod);
  for (std::uint32_t pod = 0; source.model().proxy && pod < cluster.pods.size(); ++pod)
    if (cluster.workloads[cluster.pods[pod].workload].proxy == source.model().proxy) look_at(pod);
  return most;
}

/// Where the replications wrote down what it needs.
void add_conditional(const Source& source, TrafficMetrics& made) {
  if (!source.model().records_rest) return;
  const std::optional<Distribution> service = last_service(source.run.cluster(), source.model());
  if (!service) return;
  std::vector<const Histogram*> rests;
  for (const ReplicationResult& result : source.run.results) rests.push_back(&source.totals(result).ok_rest);
  made.ok_given_rest.emplace(rests, *service);
}

void add_latencies(const Source& source, TrafficMetrics& made) {
  const auto ok = source.sum(succeeded);
  made.metrics.push_back(mean_metric(source, "latency_mean", "ms", kNsToMs,
                                     source.each([&](const ReplicationResult& r) { return source.totals(r).ok_sum.mean_ns(); }), ok));
  std::vector<const Histogram*> histograms;
  for (const ReplicationResult& result : source.run.results) histograms.push_back(&source.totals(result).ok);
  made.ok_quantiles.emplace(histograms);
  static constexpr std::pair<const char*, double> kPercentiles[] = {
      {"latency_p50", 0.5}, {"latency_p90", 0.9}, {"latency_p95", 0.95}, {"latency_p99", 0.99}, {"latency_p99.9", 0.999}};
  add_conditional(source, made);
  for (const auto& [name, p] : kPercentiles) made.metrics.push_back(quantile_metric(made.sections(p), name, p, ok, source.confidence));

  for (const ReplicationResult& result : source.run.results) {
    made.all.push_back(source.totals(result).ok);
    made.all.back().merge(source.totals(result).failed);
  }
  histograms.clear();
  for (const Histogram& histogram : made.all) histograms.push_back(&histogram);
  const SectionedQuantiles both{histograms};
  Metric all = quantile_metric(both.sections(0.99), "latency_all_p99", 0.99, both.pooled().count(), source.confidence);
  all.percentile.reset();  // compared by the replications' own percentiles
  all.of_replications = source.each([&](const ReplicationResult&) { return 0.0; });
  for (std::size_t i = 0; i < made.all.size(); ++i) all.of_replications[i] = made.all[i].quantile_ns(0.99);
  made.metrics.push_back(std::move(all));
}

void add_rates(const Source& source, TrafficMetrics& made) {
  const auto per_second = [](std::uint64_t count, const ReplicationResult& result) { return number(count) / to_seconds(result.window); };
  Metric throughput = mean_metric(
      source, "throughput", "1/s", 1.0,
      source.each([&](const ReplicationResult& r) { return per_second(succeeded(source.totals(r)), r); }), source.sum(succeeded));
  throughput.preference = Preference::higher;
  made.metrics.push_back(std::move(throughput));
  const auto offered = [](const TrafficTotals& traffic) { return traffic.offered; };
  made.metrics.push_back(mean_metric(source, "offered", "1/s", 1.0,
                                     source.each([&](const ReplicationResult& r) { return per_second(source.totals(r).offered, r); }),
                                     source.sum(offered)));
  const auto failed = [](const TrafficTotals& traffic) { return traffic.failed.count(); };
  made.metrics.push_back(share_metric(source, "error_rate", failed, ended));
  Metric availability = share_metric(source, "availability", succeeded, ended);
  availability.preference = Preference::higher;
  made.metrics.push_back(std::move(availability));
}

void add_path(const Source& source, TrafficMetrics& made) {
  made.metrics.push_back(share_metric(source, "second_hop_share", [](const TrafficTotals& t) { return t.second_hops; }, succeeded));
  const auto crossings = source.each([&](const ReplicationResult& r) { return number(source.totals(r).zone_crossings); });
  const auto requests = source.each([&](const ReplicationResult& r) { return number(succeeded(source.totals(r))); });
  Metric bytes;
  bytes.name = "cross_zone_bytes";
  bytes.unit = "bytes/request";
  bytes.scale = number(source.model().bytes_per_request);
  bytes.interval = ratio_interval(crossings, requests, source.confidence);
  bytes.samples = source.sum(succeeded);
  for (std::size_t i = 0; i < crossings.size(); ++i) bytes.of_replications.push_back(requests[i] > 0.0 ? crossings[i] / requests[i] : 0.0);
  made.metrics.push_back(std::move(bytes));
  const double dollars = dollars_per_cross_zone_gigabyte(source.run.input->scenario.cluster.network.preset) * 1e-9 *
                         number(source.model().bytes_per_request) * kSecondsPerMonth;
  made.metrics.push_back(mean_metric(
      source, "cost_per_month", "USD", dollars,
      source.each([&](const ReplicationResult& r) { return number(source.totals(r).zone_crossings) / to_seconds(r.window); }), source.sum(succeeded)));
  made.metrics.push_back(mean_metric(source, "endpoint_max_over_mean", "ratio", 1.0,
                                     source.each([&](const ReplicationResult& r) { return max_over_mean(source, r); }), source.sum(ended)));
  made.metrics.push_back(mean_metric(source, "utilization_max", "share", 1.0,
                                     source.each([&](const ReplicationResult& r) { return utilization_max(source, r); }), source.sum(ended)));
}

}  // namespace

std::span<const MetricName> metric_names() { return kMetrics; }

const Metric* TrafficMetrics::find(const std::string& name) const {
  for (const Metric& metric : metrics)
    if (metric.name == name) return &metric;
  return nullptr;
}

TrafficMetrics measure(const VariantRun& run, std::size_t traffic, double confidence) {
  const Source source{run, traffic, confidence};
  TrafficMetrics made;
  add_latencies(source, made);
  add_rates(source, made);
  add_path(source, made);
  return made;
}

QuantileSections TrafficMetrics::sections(double p) const {
  constexpr double kMostCounted = 0.998;  // of latency.csv
  if (!is_rare(p) || !ok_given_rest) return ok_quantiles->sections(p);
  QuantileSections found = ok_given_rest->sections(p);
  found.support = limited(found.support, ok_quantiles->support(p));
  found.centre = std::max(found.centre, ok_quantiles->pooled().quantile_ns(kMostCounted));  // no shorter than what is counted
  return found;
}

PairedDifference percentile_difference(const TrafficMetrics& candidate, const TrafficMetrics& baseline, double p, double confidence) {
  if (candidate.ok_given_rest && baseline.ok_given_rest) return paired_quantile_difference(candidate.sections(p), baseline.sections(p), confidence);
  return paired_quantile_difference(candidate.ok_quantiles->sections(p), baseline.ok_quantiles->sections(p), confidence);
}

double dollars_per_cross_zone_gigabyte(scenario::NetworkPreset preset) {
  switch (preset) {
    case scenario::NetworkPreset::aws:
      return 0.02;
    case scenario::NetworkPreset::gcp:
      return 0.01;
    default:
      return 0.0;
  }
}

}  // namespace towtank
