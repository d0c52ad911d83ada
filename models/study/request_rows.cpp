#include "models/study/report_rows.hpp"

namespace towtank {

namespace {

double ms(Duration duration) { return static_cast<double>(duration.count()) * 1e-6; }

/// Writes down the requests of one variant. Where pods stand is that of the replication which kept them.
class RequestRows {
 public:
  RequestRows(const VariantRun& run, const model::Cluster& cluster) : run_{run}, cluster_{cluster} {}

  report::RequestRow row(const EndedRequest& ended) const {
    const Request& request = ended.request;
    report::RequestRow row;
    row.variant = run_.name();
    row.traffic = cluster_.traffic[request.owner].name;
    row.request = request.ordinal;
    row.arrived_s = to_seconds(request.arrived - (Time{} + run_.results[0].warmup));
    row.latency_ms = ms(ended.end - request.arrived);
    row.outcome = std::string{name_of(request.status)};
    row.attempts = request.attempt + 1u;
    if (request.status != Outcome::ok) row.failed_at = hop(request.failed_at).name;
    for (std::size_t i = 0; i < request.top; ++i) row.route += (i == 0 ? "" : " > ") + place(request.frames[i]);
    if (request.top == 0) return row;
    const Frame& last = request.frames[request.top - 1u];
    if (hop(last.hop).kind != HopKind::pod) return row;
    const model::Pod& pod = cluster_.pods[static_cast<std::uint32_t>(last.endpoint)];
    row.pod = pod.name;
    row.node = cluster_.nodes[pod.node].name;
    if (request.status == Outcome::ok) split(ended, row);
    return row;
  }

 private:
  const HopInfo& hop(HopId id) const { return run_.hops[static_cast<std::size_t>(id)]; }

  /// The parts sum to the latency, as the columns of hops.csv do to its mean.
  void split(const EndedRequest& ended, report::RequestRow& row) const {
    const Request& request = ended.request;
    const Frame& last = request.frames[request.top - 1u];
    Duration backs{0}, wait = last.started - last.entered;
    for (std::size_t i = 0; i + 1 < request.top; ++i) backs += request.frames[i].back;
    Duration service = ended.end - backs - last.started;
    for (std::size_t i = 0; i + 1 < request.top; ++i) {
      const Frame& frame = request.frames[i];
      if (hop(frame.hop).kind != HopKind::ingress) continue;
      wait += frame.started - frame.entered;
      service += Duration{frame.served_ns};
    }
    const Duration before = request.attempt_started - request.arrived;
    row.before_ms = ms(before);
    row.wait_ms = ms(wait);
    row.service_ms = ms(service);
    row.delay_ms = ms(ended.end - request.arrived - before - wait - service);
  }

  /// `lb@a`, `kube-proxy default/shop:http@worker-0`: the hop, and where of it.
  std::string place(const Frame& frame) const {
    const HopInfo& info = hop(frame.hop);
    const auto at = static_cast<std::uint32_t>(frame.endpoint);
    switch (info.kind) {
      case HopKind::l4_edge:
        return info.name + '@' + cluster_.zones[at].name;
      case HopKind::kube_proxy:
      case HopKind::cluster_ip:
      case HopKind::network:
        return info.name + '@' + cluster_.nodes[at].name;
      case HopKind::ingress:
      case HopKind::pod:
        return info.name + '@' + cluster_.pods[at].name;
      case HopKind::client:
      case HopKind::l7_edge:
      case HopKind::dead_end:
        break;
    }
    return info.name;
  }

  const VariantRun& run_;
  const model::Cluster& cluster_;
};

}  // namespace

void add_request_rows(const MeasuredStudy& study, report::Report& report) {
  for (const VariantRun& run : study.runs) {
    if (!run.is_measured() || run.results[0].sample.empty()) continue;
    const Result<scenario::BuiltVariant> placed = scenario::build(*run.input, run.is_placed_anew() ? 0 : scenario::kPlacedOnce);
    const RequestRows rows{run, placed->cluster};
    for (const std::vector<EndedRequest>& of_traffic : run.results[0].sample)
      for (const EndedRequest& ended : of_traffic) report.requests.push_back(rows.row(ended));
  }
}

}  // namespace towtank
