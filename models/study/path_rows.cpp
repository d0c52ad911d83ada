#include <algorithm>

#include "models/study/report_rows.hpp"
#include "sim/stats/ratio.hpp"

namespace towtank {

namespace {

template <class Of>
std::vector<double> each(const VariantRun& run, Of&& of) {
  std::vector<double> values;
  for (const ReplicationResult& result : run.results) values.push_back(of(result));
  return values;
}

double real(std::uint64_t n) { return static_cast<double>(n); }

/// Pods among which requests are shared out.
struct PodGroup {
  std::size_t pods = 0;
  std::vector<double> requests;  ///< of all of them, by replication
};

std::vector<PodGroup> groups_of(const VariantRun& run, const std::vector<std::uint32_t>& group_of_pod) {
  std::vector<PodGroup> groups(group_of_pod.size());
  for (std::size_t pod = 0; pod < group_of_pod.size(); ++pod) {
    PodGroup& group = groups[group_of_pod[pod]];
    ++group.pods;
    group.requests.resize(run.results.size());
    for (std::size_t r = 0; r < run.results.size(); ++r) group.requests[r] += real(run.results[r].endpoints[pod].requests);
  }
  return groups;
}

report::EndpointRow endpoint_row(const VariantRun& run, std::uint32_t pod, const PodGroup& group, double confidence) {
  const model::Cluster& cluster = run.cluster();
  const model::Pod& at = cluster.pods[pod];
  const auto requests = each(run, [&](const ReplicationResult& r) { return real(r.endpoints[pod].requests); });
  const auto per_time = [&](auto of) {
    return mean_interval(each(run, [&](const ReplicationResult& r) { return of(r.stations[pod]) / static_cast<double>(r.window.count()); }), confidence);
  };
  const auto per_success = [&](auto of) {
    return ratio_interval(each(run, of), each(run, [&](const ReplicationResult& r) { return real(r.endpoints[pod].requests - r.endpoints[pod].errors); }),
                          confidence);
  };
  report::EndpointRow row;
  row.variant = run.name();
  row.endpoint = at.name;
  if (!run.is_placed_anew()) {
    row.node = cluster.nodes[at.node].name;
    row.zone = cluster.zones[cluster.nodes[at.node].zone].name;
  }
  const Interval share = ratio_interval(requests, group.requests, confidence);
  row.requests_share = estimate_of(share, 1.0);
  row.relative_load = estimate_of(share, static_cast<double>(group.pods));
  row.utilization = estimate_of(per_time([](const StationTotals& s) { return static_cast<double>(s.busy_area) / s.servers; }), 1.0);
  row.queue_mean = estimate_of(per_time([](const StationTotals& s) { return static_cast<double>(s.queue_area); }), 1.0);
  row.wait_mean_ms = estimate_of(per_success([&](const ReplicationResult& r) { return static_cast<double>(r.endpoints[pod].wait_ns); }), 1e-6);
  row.sojourn_mean_ms = estimate_of(per_success([&](const ReplicationResult& r) { return static_cast<double>(r.endpoints[pod].sojourn_ns); }), 1e-6);
  row.errors = estimate_of(mean_interval(each(run, [&](const ReplicationResult& r) { return real(r.endpoints[pod].errors); }), confidence), 1.0);
  return row;
}

bool is_probed(const model::Cluster& cluster, std::uint32_t node) {
  return std::any_of(cluster.edges.begin(), cluster.edges.end(), [&](const model::Edge& edge) {
    return !edge.l7 && !edge.to_pods && !edge.is_name && std::find(edge.nodes.begin(), edge.nodes.end(), node) != edge.nodes.end();
  });
}

bool is_healthy(const model::Cluster& cluster, std::uint32_t node) {
  return std::any_of(cluster.edges.begin(), cluster.edges.end(), [&](const model::Edge& edge) {
    if (edge.l7 || edge.to_pods || edge.is_name) return false;
    const std::vector<std::uint32_t> healthy = model::healthy_nodes(cluster, edge);
    return std::find(healthy.begin(), healthy.end(), node) != healthy.end();
  });
}

/// One line of hops.csv: each figure is the mean over the replications of the mean over their successful requests, as
/// `latency_mean` is, so that the columns add up to it; p99 is over the visits.
template <class TotalsOf>
void add_hop_row(const VariantRun& run, std::size_t traffic, std::string name, std::string kind, TotalsOf&& totals_of, double confidence,
                 report::Report& report) {
  Histogram pooled{5};
  std::uint64_t visits = 0;
  for (const ReplicationResult& result : run.results) {
    pooled.merge(totals_of(result.traffic[traffic]).time);
    visits += totals_of(result.traffic[traffic]).visits;
  }
  if (visits == 0) return;
  const auto per_request = [&](auto of) {
    return mean_interval(each(run, [&](const ReplicationResult& r) { return of(totals_of(r.traffic[traffic])) / real(r.traffic[traffic].ok.count()); }),
                         confidence);
  };
  report::HopRow row;
  row.variant = run.name();
  row.traffic = run.cluster().traffic[traffic].name;
  row.hop = std::move(name);
  row.kind = std::move(kind);
  row.visits_per_request = estimate_of(per_request([](const HopTotals& h) { return real(h.visits); }), 1.0);
  row.wait_mean_ms = estimate_of(per_request([](const HopTotals& h) { return static_cast<double>(h.wait.sum_ns()); }), 1e-6);
  row.service_mean_ms = estimate_of(per_request([](const HopTotals& h) { return static_cast<double>(h.service.sum_ns()); }), 1e-6);
  row.delay_mean_ms = estimate_of(per_request([](const HopTotals& h) { return static_cast<double>(h.delay.sum_ns()); }), 1e-6);
  // The histogram has the visits that took time; the others took none.
  const double rank = 0.99 * real(visits) - real(visits - pooled.count());
  row.p99_ms.value = rank <= 0.0 ? 0.0 : pooled.quantile_ns(rank / real(pooled.count())) * 1e-6;
  report.hops.push_back(std::move(row));
}

}  // namespace

void add_endpoint_rows(const MeasuredStudy& study, report::Report& report) {
  for (const VariantRun& run : study.runs) {
    if (!run.is_measured()) continue;
    const std::vector<std::uint32_t> group_of_pod = model::pod_groups(run.cluster());
    const std::vector<PodGroup> groups = groups_of(run, group_of_pod);
    for (const std::uint32_t pod : pods_by_name(run.cluster()))
      report.endpoints.push_back(endpoint_row(run, pod, groups[group_of_pod[pod]], study.confidence));
  }
}

void add_node_rows(const MeasuredStudy& study, report::Report& report) {
  for (const VariantRun& run : study.runs) {
    if (!run.is_measured()) continue;
    const model::Cluster& cluster = run.cluster();
    for (std::uint32_t node = 0; node < cluster.nodes.size(); ++node) {
      report::NodeRow row;
      row.variant = run.name();
      row.node = cluster.nodes[node].name;
      row.zone = cluster.zones[cluster.nodes[node].zone].name;
      const auto here = each(run, [&](const ReplicationResult& r) { return real(r.nodes[node].requests); });
      const auto all = each(run, [](const ReplicationResult& r) {
        double sum = 0.0;
        for (const NodeTotals& totals : r.nodes) sum += real(totals.requests);
        return sum;
      });
      const auto second = each(run, [&](const ReplicationResult& r) { return real(r.nodes[node].second_hops); });
      row.connections_share = estimate_of(ratio_interval(here, all, study.confidence), 1.0);
      row.second_hop_share = estimate_of(ratio_interval(second, here, study.confidence), 1.0);
      if (is_probed(cluster, node) && !run.is_placed_anew()) row.lb_healthy = is_healthy(cluster, node);
      report.nodes.push_back(std::move(row));
    }
  }
}

void add_hop_rows(const MeasuredStudy& study, report::Report& report) {
  for (const VariantRun& run : study.runs) {
    if (!run.is_measured()) continue;
    for (std::size_t t = 0; t < run.cluster().traffic.size(); ++t) {
      const auto add = [&](std::string name, std::string kind, auto totals_of) {
        add_hop_row(run, t, std::move(name), std::move(kind), totals_of, study.confidence, report);
      };
      add("retries", "client", [](const TrafficTotals& traffic) -> const HopTotals& { return traffic.retries; });
      add("client pool", "client", [](const TrafficTotals& traffic) -> const HopTotals& { return traffic.client_pool; });
      add("connect", "client", [](const TrafficTotals& traffic) -> const HopTotals& { return traffic.connect; });
      for (std::size_t kind = 0; kind < kHopKinds; ++kind)
        for (std::size_t hop = 0; hop < run.hops.size(); ++hop)
          if (run.hops[hop].kind == HopKind{static_cast<std::uint8_t>(kind)})
            add(run.hops[hop].name, std::string{name_of(run.hops[hop].kind)}, [hop](const TrafficTotals& traffic) -> const HopTotals& { return traffic.hops[hop]; });
    }
  }
}

void add_outcome_rows(const MeasuredStudy& study, report::Report& report) {
  for (const VariantRun& run : study.runs) {
    if (!run.is_measured()) continue;
    for (std::size_t t = 0; t < run.cluster().traffic.size(); ++t) {
      std::uint64_t all = 0;
      for (const ReplicationResult& result : run.results) all += result.traffic[t].offered;
      for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome)
        for (std::size_t hop = 0; hop < run.hops.size(); ++hop) {
          std::uint64_t count = 0;
          for (const ReplicationResult& result : run.results) count += result.traffic[t].outcomes[hop][outcome];
          if (count == 0) continue;
          report.outcomes.push_back({run.name(), run.cluster().traffic[t].name, std::string{kOutcomeNames[outcome]},
                                     outcome == 0 ? "" : run.hops[hop].name, count, real(count) / real(all)});
        }
    }
  }
}

void add_timeseries_rows(const MeasuredStudy& study, report::Report& report) {
  for (const VariantRun& run : study.runs) {
    if (!run.is_measured()) continue;
    for (std::size_t t = 0; t < run.cluster().traffic.size(); ++t) {
      const std::size_t bins = run.results[0].traffic[t].series.size();
      const Duration bin_width = run.results[0].bin, window = run.results[0].window;
      std::vector<std::vector<double>> in_flight;
      for (const ReplicationResult& result : run.results) in_flight.push_back(result.in_flight(t));
      for (std::size_t b = 1; b < bins; ++b) {
        const Duration start = static_cast<std::int64_t>(b - 1) * bin_width;
        const double width_s = to_seconds(std::min(bin_width, window - start));
        const auto rate = [&](auto of) {
          return estimate_of(mean_interval(each(run, [&](const ReplicationResult& r) { return real(of(r.traffic[t].series[b])) / width_s; }), study.confidence), 1.0);
        };
        report::TimeseriesRow row;
        row.variant = run.name();
        row.traffic = run.cluster().traffic[t].name;
        row.t_s = to_seconds(start);
        row.offered = rate([](const SeriesBin& bin) { return bin.offered; });
        row.completed = rate([](const SeriesBin& bin) { return bin.completed; });
        row.errors = rate([](const SeriesBin& bin) { return bin.errors; });
        std::vector<const Histogram*> histograms;
        std::vector<double> level;
        for (std::size_t r = 0; r < run.results.size(); ++r) {
          histograms.push_back(&run.results[r].traffic[t].series[b].ok);
          level.push_back(in_flight[r][b - 1]);
        }
        const SectionedQuantiles quantiles{histograms};
        row.p50_ms = estimate_of(quantiles.at(0.5, study.confidence).ns, 1e-6);
        row.p99_ms = estimate_of(quantiles.at(0.99, study.confidence).ns, 1e-6);
        row.in_flight = estimate_of(mean_interval(level, study.confidence), 1.0);
        const auto ready = static_cast<double>(model::serving_pods(run.cluster(), run.cluster().traffic[t]).size());
        row.ready_endpoints = {ready, ready, ready};
        report.timeseries.push_back(std::move(row));
      }
    }
  }
}

void add_warmup_rows(const MeasuredStudy& study, report::Report& report) {
  for (const VariantRun& run : study.runs) {
    if (!run.is_measured()) continue;
    const Duration slice = run.results[0].slice;
    for (std::size_t i = 0; i < run.results[0].jobs_series.size(); ++i) {
      const Duration start = slice * static_cast<std::int64_t>(i);
      const std::vector<double> jobs = each(run, [&](const ReplicationResult& r) { return r.jobs_series[i]; });
      report.warmup.push_back({run.name(), to_seconds(start), to_seconds(run.results[0].warmup),
                               estimate_of(mean_interval(jobs, study.confidence), 1.0)});
    }
  }
}

}  // namespace towtank
