#include "tests/models/study/share_laws.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <numeric>
#include <string_view>
#include <utility>

#include "models/study/path_spread.hpp"
#include "tests/models/study/watched_clusters.hpp"

namespace towtank::test {
namespace {

constexpr double kStudyFalseAlarm = 1e-6;

/// Whether a balancer gives all of its targets the same, whatever they do.
bool is_even(const model::Balance& balance) {
  static constexpr std::string_view kEven[] = {"random", "flow_hash", "round_robin", "nginx_round_robin",
                                               "ingress_nginx_round_robin"};
  return std::find(std::begin(kEven), std::end(kEven), balance.name) != std::end(kEven);
}

/// Pods of a Service, by node.
std::vector<double> pods_by_node(const model::Cluster& cluster, const model::ServicePort& service) {
  std::vector<double> pods(cluster.nodes.size());
  for (const std::uint32_t pod : service.pods) ++pods[cluster.pods[pod].node];
  return pods;
}

/// Where the connections of the traffic come in, by node. Empty where no closed form says.
std::vector<double> entry_shares(const model::Cluster& cluster) {
  const model::Traffic& traffic = cluster.traffic[0];
  std::vector<double> share(cluster.nodes.size());
  if (traffic.entry == model::Traffic::Entry::service) {
    const auto callers = traffic.inside ? traffic.clients : static_cast<std::uint32_t>(traffic.nodes.size());
    for (std::uint32_t i = 0; i < callers; ++i) share[traffic.nodes[i % traffic.nodes.size()]] += 1.0 / callers;
    return share;
  }
  const model::Edge& edge = cluster.edges[traffic.edge];
  if (edge.to_pods || edge.one_node || !is_even(edge.balance)) return {};
  const std::vector<double> pods = pods_by_node(cluster, front(cluster));
  std::vector<std::uint32_t> targets;
  for (const std::uint32_t node : edge.nodes)
    if (!front(cluster).local || pods[node] > 0.0) targets.push_back(node);
  if (edge.l7 && targets.size() < edge.nodes.size()) return {};  // it finds out by trying
  if (targets.empty()) targets = edge.nodes;                     // fail open
  std::vector<double> in_zone(cluster.zones.size());
  for (const std::uint32_t node : targets) ++in_zone[cluster.nodes[node].zone];
  const auto zones =
      static_cast<double>(in_zone.size() - static_cast<std::size_t>(std::count(in_zone.begin(), in_zone.end(), 0.0)));
  for (const std::uint32_t node : targets)
    share[node] = edge.zonal && !edge.cross_zone ? 1.0 / (zones * in_zone[cluster.nodes[node].zone])
                                                 : 1.0 / static_cast<double>(targets.size());
  return share;
}

/// Collects what is foretold of one run.
class Foretold {
 public:
  Foretold(const model::Cluster& cluster, const ReplicationResult& result) : cluster_{cluster}, result_{result} {}

  std::vector<Share> all() {
    const model::Traffic& traffic = cluster_.traffic[0];
    const std::vector<double> entry = entry_shares(cluster_);
    const bool to_pods = traffic.entry == model::Traffic::Entry::edge && cluster_.edges[traffic.edge].to_pods;
    if (!entry.empty()) {
      add_front_pods(entry);
      if (enters_by_node_port(cluster_)) add_second_hop(entry);
      if (enters_by_node_port(cluster_) && traffic.entry == model::Traffic::Entry::edge) add_zones();
    } else if (to_pods && is_even(cluster_.edges[traffic.edge].balance)) {
      add_equal(front(cluster_));
    }
    if (traffic.proxy && traffic.backend) {
      const std::vector<model::Proxy::Backend>& backends = cluster_.proxies[*traffic.proxy].backends;
      const double apart = traffic.canary ? static_cast<double>(traffic.canary->weight) / traffic.canary->total : 0.0;
      add_backend(backends[*traffic.backend], 1.0 - apart);
      if (traffic.canary) add_backend(backends[traffic.canary->backend], apart);
    }
    return std::move(shares_);
  }

 private:
  std::uint64_t offered() const { return result_.traffic[0].offered; }

  void add_pod(std::uint32_t pod, double probability, double by_wrong_rule) {
    shares_.push_back({Law::pod, "pod " + cluster_.pods[pod].name, result_.endpoints[pod].requests, offered(),
                       probability, by_wrong_rule});
  }
  void add_equal(const model::ServicePort& service, double part = 1.0) {
    const auto pods = static_cast<double>(service.pods.size());
    for (const std::uint32_t pod : service.pods) add_pod(pod, part / pods, part / (pods + 1.0));
  }

  /// Local: a node's share goes to its own pods alone. A wrong rule forgets on which nodes pods stand.
  void add_front_pods(const std::vector<double>& entry) {
    const model::ServicePort& service = front(cluster_);
    if (!service.local) return add_equal(service);
    const std::vector<double> pods = pods_by_node(cluster_, service);
    for (const std::uint32_t pod : service.pods) {
      const std::uint32_t node = cluster_.pods[pod].node;
      add_pod(pod, entry[node] / pods[node], 1.0 / static_cast<double>(service.pods.size()));
    }
  }

  /// 1/N of all connections come to the node of the pod chosen, however pods are placed, where N nodes take them evenly
  /// and hold all pods. A wrong rule counts the nodes with pods alone.
  void add_second_hop(const std::vector<double>& entry) {
    const model::ServicePort& service = front(cluster_);
    const std::vector<double> pods = pods_by_node(cluster_, service);
    const auto all = static_cast<double>(service.pods.size());
    double stays = 0.0;
    for (std::size_t node = 0; node < entry.size(); ++node) stays += entry[node] * pods[node] / all;
    const double holding = all - static_cast<double>(std::count(pods.begin(), pods.end(), 0.0));
    const TrafficTotals& traffic = result_.traffic[0];
    shares_.push_back({Law::second_hop, "connections without a second hop", traffic.ok.count() - traffic.second_hops,
                       traffic.ok.count(), service.local ? 1.0 : stays,
                       service.local ? stays : 1.0 / std::max(1.0, holding)});
  }

  /// A wrong rule gives each node the same.
  void add_zones() {
    const model::Edge& edge = cluster_.edges[cluster_.traffic[0].edge];
    if (!edge.zonal || edge.cross_zone) return;
    const std::vector<double> pods = pods_by_node(cluster_, front(cluster_));
    std::vector<double> nodes(cluster_.zones.size());
    std::vector<std::uint64_t> came(cluster_.zones.size());
    for (const std::uint32_t node : edge.nodes) {
      if (!front(cluster_).local || pods[node] > 0.0) ++nodes[cluster_.nodes[node].zone];
      came[cluster_.nodes[node].zone] += result_.nodes[node].requests;
    }
    const auto active =
        static_cast<double>(nodes.size() - static_cast<std::size_t>(std::count(nodes.begin(), nodes.end(), 0.0)));
    const double all = std::accumulate(nodes.begin(), nodes.end(), 0.0);
    for (std::size_t zone = 0; zone < nodes.size() && active > 0.0; ++zone)
      shares_.push_back({Law::zone, "zone " + cluster_.zones[zone].name, came[zone], offered(),
                         nodes[zone] > 0.0 ? 1.0 / active : 0.0, nodes[zone] / all});
  }

  /// Behind an ingress controller, straight to the pods or through the Service's own address.
  void add_backend(const model::Proxy::Backend& backend, double part) {
    const model::ServicePort& service = cluster_.services[backend.service];
    if (part > 0.0 && (backend.through_service ? !service.local : is_even(backend.balance))) add_equal(service, part);
  }

  const model::Cluster& cluster_;
  const ReplicationResult& result_;
  std::vector<Share> shares_;
};

}  // namespace

bool Share::is_likely(double p) const {
  if (p <= 0.0) return count == 0;
  if (p >= 1.0) return count == of;
  const boost::math::binomial binomial{static_cast<double>(of), p};
  const auto seen = static_cast<double>(count);
  const double at_most = cdf(binomial, seen), at_least = count == 0 ? 1.0 : cdf(complement(binomial, seen - 1.0));
  return 2.0 * std::min(at_most, at_least) > kStudyFalseAlarm / kMostShares;
}

std::vector<Share> spread_shares(const model::Cluster& cluster, const ReplicationResult& result) {
  const model::Traffic& traffic = cluster.traffic[0];
  const bool is_edge = traffic.entry == model::Traffic::Entry::edge;
  if (is_edge && !is_even(cluster.edges[traffic.edge].balance)) return {};
  // A load balancer's zones are drawn by the names that clients resolve; what it finds out by trying is not drawn at all.
  if (is_edge && cluster.edges[traffic.edge].l7 && front(cluster).local) return {};
  if (traffic.proxy && traffic.backend) {
    const model::Proxy::Backend& backend = cluster.proxies[*traffic.proxy].backends[*traffic.backend];
    if (!backend.through_service && !is_even(backend.balance)) return {};
  }
  model::Cluster other = cluster;
  for (model::ServicePort& service : other.services) service.local = !service.local;
  const PathSpread right = path_spread(cluster, traffic), wrong = path_spread(other, traffic);
  const std::uint64_t offered = result.traffic[0].offered;
  std::vector<Share> made;
  const auto add = [&](Law law, std::string what, std::uint64_t count, double probability, double by_wrong_rule) {
    const auto bounded = [](double p) { return std::clamp(p, 0.0, 1.0); };
    // Sums of shares come to 1 but for rounding.
    const double rounded = probability > 1.0 - 1e-9 ? 1.0 : probability < 1e-9 ? 0.0 : probability;
    made.push_back({law, std::move(what), count, offered, rounded, bounded(by_wrong_rule)});
  };
  for (std::uint32_t node = 0; node < cluster.nodes.size(); ++node) {
    const std::string& name = cluster.nodes[node].name;
    if (!enters_by_node_port(cluster)) break;
    add(Law::zone, "node " + name, result.nodes[node].requests, right.entered[node], wrong.entered[node]);
    add(Law::second_hop, "second hops at " + name, result.nodes[node].second_hops, right.second_hops[node],
        wrong.second_hops[node]);
  }
  for (std::uint32_t pod = 0; pod < cluster.pods.size(); ++pod)
    add(Law::pod, "pod " + cluster.pods[pod].name, result.endpoints[pod].requests, right.visits(pod), wrong.visits(pod));
  return made;
}

std::vector<Share> shares(const model::Cluster& cluster, const ReplicationResult& result) {
  return Foretold{cluster, result}.all();
}

}  // namespace towtank::test
