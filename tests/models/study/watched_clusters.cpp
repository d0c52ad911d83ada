#include "tests/models/study/watched_clusters.hpp"

#include <algorithm>
#include <utility>

#include "models/scenario/build.hpp"

namespace towtank::test {
namespace {

/// A world whose requests are looked at as they begin and end.
class Watcher final : public World {
 public:
  Watcher(const model::Cluster& cluster, const Horizon& horizon, const Draws& draws, Watched& watched)
      : World{cluster, horizon, draws}, watched_{watched} {
    watched_.begun.resize(cluster.traffic.size());
    watched_.ended.resize(cluster.traffic.size());
    watched_.most_attempts.resize(cluster.traffic.size());
  }

  void arrival(std::uint32_t source, Identity identity) override {
    ++watched_.begun[source];
    World::arrival(source, identity);
  }
  void completed(const Request& request, Time end) override {
    ++watched_.ended[request.owner];
    std::uint32_t& most = watched_.most_attempts[request.owner];
    most = std::max(most, request.attempt + 1u);
    const auto retried = [](const Frame& frame) { return frame.has(Frame::retried); };
    watched_.resent += std::any_of(request.frames.begin(), request.frames.begin() + request.top, retried);
    World::completed(request, end);
  }

 private:
  Watched& watched_;
};

double rate_per_s(const model::Cluster& cluster) {
  double rate = 0.0;
  for (const model::Traffic& traffic : cluster.traffic) {
    double busy_s = traffic.think.mean_s();
    for (const std::uint32_t pod : model::serving_pods(cluster, traffic))
      busy_s = std::max(busy_s, cluster.workloads[cluster.pods[pod].workload].service.mean_s());
    const bool is_closed = traffic.arrivals == model::Traffic::Arrivals::closed;
    rate += is_closed ? traffic.users / busy_s : traffic.rate_per_s;
  }
  return rate;
}

}  // namespace

std::optional<BuiltCluster> built(const std::string& text, std::string* problems) {
  MemoryFiles files{{{"test.yaml", text}}};
  const auto fails = [&](const Problems& found) {
    if (problems != nullptr) *problems = text_of(found);
    return std::nullopt;
  };
  const Result<scenario::Study> study = scenario::load_study("test.yaml", files, {});
  if (!study) return fails(study.error());
  Result<scenario::BuiltVariant> variant = scenario::build(study->variants[0], scenario::kPlacedOnce);
  if (!variant) return fails(variant.error());
  Result<scenario::Ground> ground = scenario::ground_of(study->variants[0], scenario::kPlacedOnce);
  if (!ground) return fails(ground.error());
  return BuiltCluster{std::move(variant->cluster), std::move(*ground)};
}

Watched watch(const model::Cluster& cluster, double requests, std::uint32_t seed) {
  Watched watched;
  const Horizon horizon{
      .warmup = Duration{0}, .window = from_seconds(requests / rate_per_s(cluster)), .bin = 1s, .arrivals_end = true};
  Watcher world{cluster, horizon, Draws{seed, 0}, watched};
  watched.result = world.run();
  for (std::uint32_t pod = 0; pod < cluster.pods.size(); ++pod) watched.stations.push_back(world.station_totals(pod));
  watched.left_over = world.requests_in_flight() + world.stations().all_jobs();
  return watched;
}

model::Cluster unhurried(const model::Cluster& cluster, std::size_t traffic) {
  model::Cluster made = cluster;
  made.traffic = {cluster.traffic[traffic]};
  model::Traffic& alone = made.traffic[0];
  alone.arrivals = model::Traffic::Arrivals::poisson;
  alone.rate_per_s = 1000.0;
  alone.keepalive = false;
  alone.timeout.reset();
  alone.retries = {};
  for (model::Workload& workload : made.workloads) {
    workload.service = Distribution::constant(0.0);
    workload.cpu.reset();
    workload.queue_limit.reset();
    workload.queue_timeout.reset();
  }
  for (model::Edge& edge : made.edges)
    if (edge.upstream == model::Edge::Upstream::pooled) edge.upstream = model::Edge::Upstream::per_request;
  for (model::Proxy& proxy : made.proxies) proxy.keeps_upstream = false;
  return made;
}

model::Cluster with_one_connection(const model::Cluster& cluster, std::size_t traffic) {
  model::Cluster made = unhurried(cluster, traffic);
  model::Traffic& alone = made.traffic[0];
  alone.keepalive = true;
  alone.clients = alone.connections_per_client = 1;
  alone.max_requests = 0;
  alone.idle_timeout = alone.max_age = Duration{0};
  return made;
}

model::Cluster with_equal_work(const model::Cluster& cluster) {
  model::Cluster made = cluster;
  for (model::Traffic& traffic : made.traffic) {
    traffic.timeout.reset();
    traffic.retries = {};
  }
  for (model::Workload& workload : made.workloads) {
    workload.discipline = model::ServiceDiscipline::workers;
    workload.service = Distribution::constant(0.001);
    workload.cpu.reset();
    workload.queue_timeout.reset();
  }
  return made;
}

model::Cluster with_answers(const model::Cluster& cluster) {
  model::Cluster made = with_equal_work(cluster);
  for (model::Workload& workload : made.workloads) workload.when_full = model::WhenFull::http_503;
  for (model::ServicePort& service : made.services) service.local = false;
  return made;
}

const model::ServicePort& front(const model::Cluster& alone) {
  const model::Traffic& traffic = alone.traffic[0];
  const bool by_edge = traffic.entry == model::Traffic::Entry::edge;
  return alone.services[by_edge ? alone.edges[traffic.edge].service : traffic.service];
}

bool passes_proxy(const model::Cluster& alone) {
  const model::Traffic& traffic = alone.traffic[0];
  return traffic.proxy || (traffic.entry == model::Traffic::Entry::edge && alone.edges[traffic.edge].l7);
}

bool enters_by_node_port(const model::Cluster& alone) {
  const model::Traffic& traffic = alone.traffic[0];
  const bool to_pods = traffic.entry == model::Traffic::Entry::edge && alone.edges[traffic.edge].to_pods;
  return !traffic.inside && !to_pods;
}

}  // namespace towtank::test
