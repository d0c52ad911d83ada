#include "models/study/path_spread.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "models/balancers/hash_key.hpp"
#include "models/balancers/host_sets.hpp"
#include "models/balancers/maglev_table.hpp"
#include "models/study/endpoint_shares.hpp"
#include "models/world/target_facts.hpp"
#include "sim/random/elementary.hpp"

namespace towtank {
namespace {

constexpr double kRounding = 1e-12;

double total_of(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

bool looks_at_load(const model::Balance& balance) { return comparison_of(balance).has_value(); }

/// Whether a node without a pod passes its part of an L7 edge's requests on to the others: the edge tries these, and where
/// the node drops them the client waits for it.
bool passes_on(const model::Edge& edge, const model::Traffic& traffic, bool refuses) {
  return edge.tries > 1 && (refuses || !traffic.timeout || *traffic.timeout > edge.connect_timeout);
}

/// Between two requests of a client.
double asked_s(const model::Traffic& traffic) {
  return traffic.arrivals == model::Traffic::Arrivals::closed
             ? traffic.think.mean_s() * traffic.clients / std::max(1u, traffic.users)
             : traffic.clients / traffic.rate_per_s;
}

/// How far a Poisson number is above `most`, 0 where it is not: the mean.
double mean_above(double mean, std::uint32_t most) {
  double term = elementary::exp(-std::min(700.0, mean)), below = 0.0;  // chances of k, and of fewer than `most`
  for (std::uint32_t k = 0; k < most; ++k) {
    below += term;
    term *= mean / (k + 1.0);
  }
  return std::max(0.0, mean * (1.0 - below) - most * (1.0 - below - term));
}

/// Requests that a client has in line when it gets through at last: those that came while each of its connections was
/// waiting for a node that drops. The connection carries them at once, before its time of idling begins.
double carried_from_line(const model::Traffic& traffic, double drops) {
  constexpr double kGivesUp_s = 131.0;  // the kernel, without a timeout of the client's
  constexpr int kMostTries = 200;
  if (!traffic.keepalive || traffic.arrivals == model::Traffic::Arrivals::closed) return 0.0;
  const std::uint32_t connections = traffic.connections_per_client;
  const double blocked = (traffic.timeout ? to_seconds(*traffic.timeout) : kGivesUp_s) / asked_s(traffic);
  double all_blocked = 1.0;
  for (std::uint32_t i = 0; i < connections; ++i) all_blocked *= drops;
  // A client's timeout runs from when a request came, the kernel's from when it is tried.
  if (traffic.timeout || connections > 1) return all_blocked * mean_above(blocked, connections);
  double line = 0.0, chance = (1.0 - drops) * drops;
  for (std::uint32_t tries = 1; tries <= kMostTries; ++tries, chance *= drops) line += chance * mean_above(tries * blocked, tries);
  return line;
}

/// How many requests a connection carries that came about: until it idles for too long, is old, or has carried enough.
/// @param drops  the chance that a connection waits in vain to come about; of those refused none waits: 0
double requests_per_connection(const model::Traffic& traffic, double drops) {
  constexpr double kNoEnd = std::numeric_limits<double>::infinity();
  if (!traffic.keepalive) return 1.0;
  const double gap_s = asked_s(traffic);
  const double idle_s = to_seconds(traffic.idle_timeout);
  const double ends = idle_s > 0.0 && gap_s > 0.0 ? elementary::exp(-std::min(700.0, idle_s / gap_s)) : 0.0;
  double requests = ends >= 1.0 ? 1.0 : ends > 0.0 ? 1.0 / ends : kNoEnd;
  const double most = traffic.max_requests;
  if (most > 0.0 && ends < 1.0) requests = most * ends < kRounding ? most : (1.0 - elementary::power(1.0 - ends, most)) / ends;
  const double age_s = to_seconds(traffic.max_age);
  if (age_s > 0.0 && gap_s > 0.0) requests = std::min(requests, 1.0 + age_s / gap_s);
  requests += carried_from_line(traffic, drops);
  return most > 0.0 ? std::min(requests, most) : requests;
}

/// Places of Cilium's Maglev tables.
std::size_t table_size(const model::KubeProxy& proxy) {
  BalancerArguments arguments{proxy.scheduler_parameters};
  return static_cast<std::size_t>(arguments.integer("table", kCiliumTable, kCiliumTables.front(), kCiliumTables.back()));
}

/// Of the pods among which a node's kube-proxy chooses, by place. Empty: each gets the same.
std::vector<double> uneven_shares(const model::KubeProxy& proxy, const std::string& scheduler, std::size_t pods) {
  if (scheduler == "ipvs_dh") {
    std::vector<double> shares(pods, 0.0);
    if (pods > 0) shares.front() = 1.0;
    return shares;
  }
  // Pods take the buckets of sh, and the places of a Maglev table, in turns.
  const std::size_t buckets = scheduler == "ipvs_sh" ? 256 : scheduler == "cilium_maglev" ? table_size(proxy) : 0;
  if (buckets % std::max<std::size_t>(1, pods) == 0) return {};
  std::vector<double> shares(pods, 0.0);
  for (std::size_t i = 0; i < pods; ++i) shares[i] = static_cast<double>(buckets / pods + (i < buckets % pods ? 1 : 0)) / static_cast<double>(buckets);
  return shares;
}

/// From which pods a controller's pod chooses that stands in a zone.
HostChoice choice_in(const model::Cluster& cluster, std::uint32_t proxy, const model::Proxy::Backend& backend, std::uint32_t zone) {
  const TargetFacts facts = TargetFacts::of_backend(cluster, backend);
  const std::vector<std::uint32_t> callers = model::replicas_by_zone(cluster, proxy);
  EndpointView view = facts.view();
  view.zone = zone;
  view.callers_of_zone = callers;
  return host_choice(*find_balancer(backend.balance.name), backend.balance.parameters, view);
}

class Spreader {
 public:
  explicit Spreader(const model::Cluster& cluster) : cluster_{cluster} {
    for (std::vector<double>* by_node : {&made_.entered, &made_.second_hops}) by_node->resize(cluster.nodes.size());
    for (std::vector<double>* by_pod : {&made_.at_first, &made_.behind}) by_pod->resize(cluster.pods.size());
  }

  PathSpread spread(const model::Traffic& traffic) {
    enter(traffic);
    for (const auto& [backend, share] : model::backends_of(cluster_, traffic)) leave_proxy(*traffic.proxy, *backend, share);
    return std::move(made_);
  }

 private:
  void enter(const model::Traffic& traffic) {
    switch (traffic.entry) {
      case model::Traffic::Entry::edge: {
        const model::Edge& edge = cluster_.edges[traffic.edge];
        return edge.l7 ? enter_l7(edge, traffic) : enter_l4(edge);
      }
      case model::Traffic::Entry::service:
        return through_nodes(cluster_.services[traffic.service], arrivals(traffic), made_.at_first);
      case model::Traffic::Entry::refused:
        made_.refused = 1.0;
        return;
      case model::Traffic::Entry::lost:
        made_.dropped = 1.0;
        return;
    }
  }

  /// Client k inside the cluster stands at place k of the list, around and around; from outside any place is as good.
  std::vector<double> callers(const model::Traffic& traffic) const {
    std::vector<double> by_node(cluster_.nodes.size(), 0.0);
    const auto places = static_cast<std::uint32_t>(traffic.nodes.size());
    for (std::uint32_t place = 0; place < places; ++place) {
      const std::uint32_t here = traffic.clients / places + (place < traffic.clients % places ? 1 : 0);
      by_node[traffic.nodes[place]] += traffic.inside ? static_cast<double>(here) / traffic.clients : 1.0 / places;
    }
    return by_node;
  }

  bool refuses(const model::ServicePort& service) const { return model::refuses_without_pods(cluster_, service); }

  /// Requests by the node they come to. From outside each connection chooses a node, and those that are dropped or
  /// refused are tried anew with the next request, while the others stay.
  std::vector<double> arrivals(const model::Traffic& traffic) const {
    std::vector<double> by_node = callers(traffic);
    const model::ServicePort& service = cluster_.services[traffic.service];
    if (traffic.inside || !service.local) return by_node;
    const std::vector<double> here = pods_by_node(service);
    double drops = 0.0;
    for (std::size_t node = 0; node < by_node.size(); ++node)
      if (here[node] == 0.0) drops += by_node[node];
    if (drops <= 0.0 || drops >= 1.0 - kRounding) return by_node;
    const double tries_lost = drops / (1.0 - drops);  // for each connection that comes about
    const double dropped = tries_lost / (tries_lost + requests_per_connection(traffic, refuses(service) ? 0.0 : drops));
    for (std::size_t node = 0; node < by_node.size(); ++node)
      by_node[node] *= here[node] == 0.0 ? dropped / drops : (1.0 - dropped) / (1.0 - drops);
    return by_node;
  }

  void enter_l4(const model::Edge& edge) {
    if (edge.to_pods) return enter_pods(edge);
    const std::vector<std::vector<std::uint32_t>> targets = model::entry_targets(cluster_, edge);
    const auto open = std::count_if(targets.begin(), targets.end(), [](const auto& zone) { return !zone.empty(); });
    if (open == 0) made_.refused += 1.0;
    std::vector<double> by_node(cluster_.nodes.size(), 0.0);
    for (std::uint32_t zone = 0; zone < targets.size(); ++zone)
      for (const std::uint32_t node : targets[zone]) {
        const double share = 1.0 / static_cast<double>(open) / static_cast<double>(targets[zone].size());
        by_node[node] += share;
        if (edge.zonal && cluster_.nodes[node].zone != zone) made_.zone_crossings += share;
      }
    through_nodes(cluster_.services[edge.service], by_node, made_.at_first);
  }

  /// IP targets, past nodes and kube-proxy.
  void enter_pods(const model::Edge& edge) {
    const model::ServicePort& service = cluster_.services[edge.service];
    const std::vector<std::vector<std::uint32_t>> targets = model::entry_pods(cluster_, edge);
    const auto open = std::count_if(targets.begin(), targets.end(), [](const auto& zone) { return !zone.empty(); });
    if (open == 0) made_.refused += 1.0;
    std::vector<bool> is_deaf(made_.at_first.size(), false);
    for (std::size_t i = 0; i < service.pods.size(); ++i) is_deaf[service.pods[i]] = service.is_deaf(i);
    for (std::uint32_t zone = 0; zone < targets.size(); ++zone)
      for (const std::uint32_t pod : targets[zone]) {
        const double share = 1.0 / static_cast<double>(open) / static_cast<double>(targets[zone].size());
        (is_deaf[pod] ? made_.refused : made_.at_first[pod]) += share;
        if (edge.zonal && !is_deaf[pod] && cluster_.nodes[cluster_.pods[pod].node].zone != zone) made_.zone_crossings += share;
      }
  }

  void enter_l7(const model::Edge& edge, const model::Traffic& traffic) {
    const model::ServicePort& service = cluster_.services[edge.service];
    const TargetFacts facts = TargetFacts::of_edge(cluster_, edge);
    const auto [sources, nobody, panics] = host_choice(*find_balancer(edge.balance.name), edge.balance.parameters, facts.view());
    made_.refused += nobody;
    if (edge.to_pods) {
      for (const auto& [places, chance, in_panic] : sources) by_request(part_of(service, places), edge.balance, edge.tries, chance, made_.at_first, &edge);
      return;
    }
    const std::vector<double> here = pods_by_node(service);
    const bool avoids_empty = service.local && passes_on(edge, traffic, refuses(service));
    const bool is_first_only = goes_in_order(edge.balance) && !places_of_target(edge.balance);
    std::vector<double> by_node(cluster_.nodes.size(), 0.0);
    for (const auto& [places, chance, in_panic] : sources) {
      std::vector<double> part(cluster_.nodes.size(), 0.0);
      for (std::size_t i = 0; i < (is_first_only ? 1 : places.size()); ++i) {
        const std::uint32_t node = edge.nodes[places[i]];
        if (!avoids_empty || here[node] > 0.0) part[node] += edge.weights.empty() ? 1.0 : edge.weights[places[i]];
      }
      const double all = total_of(part);
      if (all <= 0.0) (refuses(service) ? made_.refused : made_.dropped) += chance;
      for (std::size_t node = 0; all > 0.0 && node < by_node.size(); ++node) by_node[node] += chance * part[node] / all;
    }
    through_nodes(service, by_node, made_.at_first);
  }

  /// A share of what reaches the pods of an ingress controller goes on to a backend's.
  void leave_proxy(std::uint32_t index, const model::Proxy::Backend& backend, double share) {
    const model::ServicePort& service = cluster_.services[backend.service];
    std::vector<double> by_node(cluster_.nodes.size(), 0.0), reached(cluster_.pods.size(), 0.0);
    for (std::uint32_t pod = 0; pod < made_.at_first.size(); ++pod) by_node[cluster_.pods[pod].node] += share * made_.at_first[pod];
    if (backend.through_service) {
      through_nodes(service, by_node, reached);
    } else {
      leave_for_pods(index, backend, by_node, reached);
    }
    for (std::size_t pod = 0; pod < reached.size(); ++pod) made_.behind[pod] += reached[pod];
  }

  void leave_for_pods(std::uint32_t index, const model::Proxy::Backend& backend, const std::vector<double>& by_node, std::vector<double>& pods) {
    const model::ServicePort& service = cluster_.services[backend.service];
    const auto leave = [&](const std::vector<double>& from, std::uint32_t zone) {
      const auto [sources, nobody, panics] = choice_in(cluster_, index, backend, zone);
      std::vector<double> reached(pods.size(), 0.0);
      made_.refused += nobody * total_of(from);
      for (const auto& [places, chance, in_panic] : sources)
        by_request(part_of(service, places), backend.balance, cluster_.proxies[index].tries, chance * total_of(from), reached);
      cross_zones(from, reached);
      for (std::size_t pod = 0; pod < pods.size(); ++pod) pods[pod] += reached[pod];
    };
    if (!HostSetRules::of(*find_balancer(backend.balance.name), backend.balance.parameters).looks_at_callers()) return leave(by_node, 0);
    for (std::uint32_t zone = 0; zone < cluster_.zones.size(); ++zone) {
      std::vector<double> from(by_node.size(), 0.0);
      for (std::uint32_t node = 0; node < from.size(); ++node)
        if (cluster_.nodes[node].zone == zone) from[node] = by_node[node];
      if (total_of(from) > 0.0) leave(from, zone);
    }
  }

  /// Some of the pods as if they were all; nothing else of the Service counts where a proxy dials them.
  /// @param places  among its pods
  static model::ServicePort part_of(const model::ServicePort& service, const std::vector<std::uint32_t>& places) {
    model::ServicePort part;
    for (const std::uint32_t place : places) {
      part.pods.push_back(service.pods[place]);
      if (!service.deaf.empty()) part.deaf.push_back(service.deaf[place]);
    }
    return part;
  }

  std::vector<double> pods_by_node(const model::ServicePort& service) const {
    std::vector<double> here(cluster_.nodes.size(), 0.0);
    for (const std::uint32_t pod : service.pods) here[cluster_.pods[pod].node] += 1.0;
    return here;
  }

  /// The rules of kube-proxy at each node. @param by_node  what arrives there
  void through_nodes(const model::ServicePort& service, const std::vector<double>& by_node, std::vector<double>& pods) {
    const bool enters = service.entry == model::ServicePort::Entry::node_port;
    const std::vector<double> here = pods_by_node(service);
    const double all = total_of(by_node);
    for (std::uint32_t node = 0; enters && node < by_node.size(); ++node) made_.entered[node] += by_node[node];
    if (service.pods.empty()) made_.refused += all;
    double delivered = service.pods.empty() ? 0.0 : all;
    for (std::uint32_t node = 0; service.local && delivered > 0.0 && node < by_node.size(); ++node) {
      if (here[node] > 0.0) continue;
      (refuses(service) ? made_.refused : made_.dropped) += by_node[node];
      delivered -= by_node[node];
    }
    if (service.is_closed()) made_.refused += delivered;
    if (service.is_closed() || service.pods.empty()) return;
    std::vector<double> dealt(pods.size(), 0.0);
    const std::vector<double> own = service.local ? deal_on_nodes(service, by_node, here, dealt) : deal(service, all, dealt);
    for (std::size_t i = 0; i < service.pods.size(); ++i) {
      const double part = dealt[service.pods[i]];
      (service.is_deaf(i) ? made_.refused : pods[service.pods[i]]) += part;
    }
    if (service.local) return;
    for (std::uint32_t node = 0; enters && node < by_node.size(); ++node) made_.second_hops[node] += by_node[node] * (1.0 - own[node]);
    cross_zones(by_node, pods);
  }

  /// Among all pods. @return by node the share of its own pods
  std::vector<double> deal(const model::ServicePort& service, double all, std::vector<double>& pods) const {
    std::vector<double> own = pods_by_node(service);
    for (double& share : own) share /= static_cast<double>(service.pods.size());
    const std::vector<double> uneven = shares_of(service, service.pods.size());
    if (!uneven.empty()) std::fill(own.begin(), own.end(), 0.0);
    for (std::size_t i = 0; i < service.pods.size(); ++i) {
      const std::uint32_t pod = service.pods[i];
      pods[pod] += uneven.empty() ? all / static_cast<double>(service.pods.size()) : all * uneven[i];
      if (!uneven.empty()) own[cluster_.pods[pod].node] += uneven[i];
    }
    return own;
  }

  /// Each node among its own pods. @param here  how many it has
  std::vector<double> deal_on_nodes(const model::ServicePort& service, const std::vector<double>& by_node, const std::vector<double>& here,
                                    std::vector<double>& pods) const {
    std::vector<std::size_t> place(here.size(), 0);
    for (const std::uint32_t pod : service.pods) {
      const std::uint32_t node = cluster_.pods[pod].node;
      const std::vector<double> uneven = shares_of(service, static_cast<std::size_t>(here[node]));
      pods[pod] += uneven.empty() ? by_node[node] / here[node] : by_node[node] * uneven[place[node]];
      ++place[node];
    }
    return {};
  }

  std::vector<double> shares_of(const model::ServicePort& service, std::size_t pods) const {
    return uneven_shares(cluster_.kube_proxy, model::scheduler_of(cluster_, service), pods);
  }

  /// Of what comes by the edge, the share that each of these pods can take.
  std::vector<double> most_of(const model::Edge& edge, const std::vector<std::uint32_t>& pods) const {
    std::vector<double> most;
    const double rate_per_s = open_rate_per_s(cluster_, edge);
    for (const std::uint32_t pod : pods) {
      const double share = bearable_per_s(cluster_, edge, pod) / rate_per_s;
      most.push_back(std::isfinite(share) ? share : 1.0);
    }
    return most;
  }

  /// What a proxy spreads itself, request by request.
  /// @param edge  whose proxy it is, for those that limit the requests of a pod; null of an ingress controller
  void by_request(const model::ServicePort& service, const model::Balance& balance, std::uint32_t tries,
                  double all, std::vector<double>& pods, const model::Edge* edge = nullptr) {
    if (service.is_closed() || service.pods.empty()) {
      made_.refused += all;
      return;
    }
    const auto takes_time = [&](std::uint32_t pod) { return service_mean_s(cluster_, cluster_.pods[pod]) > 0.0; };
    const std::optional<Comparison> comparison = comparison_of(balance);
    std::vector<double> capacity(service.pods.size(), 1.0);
    if (comparison && std::all_of(service.pods.begin(), service.pods.end(), takes_time))
      for (std::size_t i = 0; i < capacity.size(); ++i) {
        const model::Pod& at = cluster_.pods[service.pods[i]];
        capacity[i] = servers_of(cluster_, at) / service_mean_s(cluster_, at);
      }
    std::vector<double> shares = evened_out(capacity, comparison.value_or(Comparison{}));
    if (edge != nullptr && (goes_in_order(balance) || passes_full_ones_over(balance)))
      shares = kept_within(std::move(shares), most_of(*edge, service.pods), goes_in_order(balance));
    if (edge == nullptr && goes_in_order(balance)) shares = kept_within(std::move(shares), std::vector<double>(shares.size(), 1.0), true);
    const double lost = lost_to_deaf(service, shares, tries);
    made_.refused += all * lost;
    double heard = 0.0;
    for (std::size_t i = 0; i < capacity.size(); ++i) heard += service.is_deaf(i) ? 0.0 : shares[i];
    // Who may try again asks others in place of those that refuse.
    const double more = heard > 0.0 && (lost > 0.0 || tries > 1) ? (1.0 - lost) / heard : 1.0;
    for (std::size_t i = 0; i < capacity.size(); ++i)
      if (!service.is_deaf(i)) pods[service.pods[i]] += all * shares[i] * more;
  }

  /// Share of requests of which all tries come to pods that refuse; each target is tried once, in an order of chance.
  static double lost_to_deaf(const model::ServicePort& service, const std::vector<double>& shares, std::uint32_t tries) {
    double deaf = 0.0, lost = 1.0, of_shares = 0.0;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      deaf += service.is_deaf(i) ? 1.0 : 0.0;
      of_shares += service.is_deaf(i) ? shares[i] : 0.0;
    }
    if (tries <= 1) return of_shares;
    const auto n = static_cast<double>(shares.size());
    for (std::uint32_t k = 0; k < tries && k < shares.size() && lost > 0.0; ++k) lost *= std::max(0.0, deaf - k) / (n - k);
    return lost;
  }

  /// The way from a node to a pod where the two are chosen independently.
  void cross_zones(const std::vector<double>& by_node, const std::vector<double>& pods) {
    std::vector<double> from(cluster_.zones.size(), 0.0), to(cluster_.zones.size(), 0.0);
    for (std::uint32_t node = 0; node < by_node.size(); ++node) from[cluster_.nodes[node].zone] += by_node[node];
    for (std::uint32_t pod = 0; pod < pods.size(); ++pod) to[cluster_.nodes[cluster_.pods[pod].node].zone] += pods[pod];
    const double all = total_of(to);
    for (std::size_t zone = 0; all > 0.0 && zone < from.size(); ++zone)
      made_.zone_crossings += from[zone] * (1.0 - to[zone] / all);
  }

  const model::Cluster& cluster_;
  PathSpread made_;
};

std::string load_sentence(const std::string& who, const model::Balance& balance, const std::string& effect) {
  return who + " decides by load (" + balance.name + "): taken to " + effect;
}

/// With one decimal.
std::string percent_of(double part) {
  const auto tenths = static_cast<long>(part * 1000.0 + 0.5);
  return std::to_string(tenths / 10) + (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10));
}

std::string counted(std::size_t n, const std::string& of) { return "those of " + std::to_string(n) + ' ' + of + (n == 1 ? "" : "s"); }

/// Addresses that the controller on a traffic's way sees: those of nodes, where kube-proxy puts them in place of callers'.
std::string addresses_at_controller(const model::Cluster& cluster, const model::Traffic& traffic) {
  const bool by_edge = traffic.entry == model::Traffic::Entry::edge;
  const bool is_ruled = by_edge ? !cluster.edges[traffic.edge].to_pods : traffic.entry == model::Traffic::Entry::service;
  if (!is_ruled) return counted(traffic.clients, "client");
  const model::ServicePort& front = cluster.services[by_edge ? cluster.edges[traffic.edge].service : traffic.service];
  if (!model::masquerades(cluster, front)) return counted(traffic.clients, "client");
  if (by_edge && cluster.edges[traffic.edge].one_node) return counted(1, "node");
  std::vector<std::uint32_t> nodes = by_edge ? cluster.edges[traffic.edge].nodes : traffic.nodes;
  std::sort(nodes.begin(), nodes.end());
  return counted(static_cast<std::size_t>(std::unique(nodes.begin(), nodes.end()) - nodes.begin()), "node");
}

/// @param addresses  that it sees
void add_hash_assumption(const std::string& who, const model::Balance& balance, const model::Traffic& traffic, const std::string& addresses, std::vector<std::string>& lines) {
  if (hashes_requests(balance.name, balance.parameters))
    lines.push_back(who + " decides by what requests carry (" + std::to_string(traffic.keys.keys) + (traffic.keys.keys == 1 ? " key" : " keys") +
                    ", the most frequent one of " + percent_of(traffic.keys.most_frequent()) + " % of the requests): the shares are a mean over where keys fall; `run` draws where");
  if (balance.name == "random_subset" || balance.name == "deterministic_subset" || balance.name == "aperture")
    lines.push_back(who + " keeps each of its instances to some of the endpoints (" + balance.name + "): the shares are those of many instances, which reach all of them; `run` knows what few reach");
  if (goes_by_address(balance))
    lines.push_back(who + " decides by " + (balance.name == "ip_hash" ? "the /24 of " : "") + "the address it sees (" + addresses +
                    "): the shares are those of very many; `run` knows how few fall");
}

/// Of kube-proxy in mode ipvs.
std::optional<std::string> schedule_sentence(const std::string& scheduler) {
  const std::string who = "kube-proxy (" + scheduler + ") ";
  if (scheduler == "ipvs_sh")
    return who + "decides by the address it sees: the shares are those of very many; `run` knows how few fall";
  if (scheduler == "ipvs_dh") return who + "sends all of a Service to one pod: taken to be the first by name";
  if (scheduler == "ipvs_lc" || scheduler == "ipvs_wlc")
    return who + "decides by the connections that a node has: taken to spread over its pods evenly";
  if (scheduler == "ipvs_lblc")
    return who + "stays at one pod until that has several connections and another has none: taken to spread over them evenly, " +
           "though it may send nearly all to one; `run` knows";
  if (scheduler == "ipvs_sed" || scheduler == "ipvs_nq")
    return who + "prefers the first pods while few connections are open: taken to spread over them evenly, as it does when many are";
  return std::nullopt;
}

/// Of kube-proxy's rules.
void add_rules_assumptions(const model::Cluster& cluster, const model::Traffic& traffic, std::vector<std::string>& lines) {
  const std::vector<model::CrossedRules> rules = model::rules_on_way(cluster, traffic);
  if (const auto sentence = schedule_sentence(cluster.kube_proxy.scheduler); sentence && !rules.empty()) lines.push_back(*sentence);
  for (const auto& [service, is_by_proxy] : rules)
    if (service->affinity > Duration::zero() && service->pods.size() > 1)
      lines.push_back("sessionAffinity of " + service->name + " keeps each address that a node sees at one pod: " +
                      (is_by_proxy ? "of a proxy it is one address, so that a node sends all to one pod; the shares are a mean over which one"
                                   : "taken to be many addresses, else the shares are uneven"));
}

/// Whether kube-proxy or a load balancer chooses once for many requests.
bool keeps_choices(const model::Cluster& cluster, const model::Traffic& traffic) {
  for (const auto& [backend, share] : model::backends_of(cluster, traffic))
    if (cluster.proxies[*traffic.proxy].keeps_upstream && backend->through_service) return true;
  if (traffic.entry != model::Traffic::Entry::edge || !cluster.edges[traffic.edge].l7) return traffic.keepalive;
  const model::Edge& edge = cluster.edges[traffic.edge];
  return !edge.to_pods && edge.upstream == model::Edge::Upstream::pooled;
}

void add_backend_assumptions(const model::Cluster& cluster, const model::Traffic& traffic, const model::Proxy::Backend& backend, std::vector<std::string>& lines) {
  const std::string& name = cluster.proxies[*traffic.proxy].name;
  if (backend.through_service) {
    if (cluster.services[backend.service].local)
      lines.push_back(name + " reaches only the pods of its own node: the capacity of ideal balancing is an upper bound");
    return;
  }
  const HostSetRules rules = HostSetRules::of(*find_balancer(backend.balance.name), backend.balance.parameters);
  const bool is_of_all = choice_in(cluster, *traffic.proxy, backend, 0).is_of_all(static_cast<std::uint32_t>(cluster.services[backend.service].pods.size()));
  const std::string among = is_of_all ? "its pods" : rules.chooses_zones() || rules.has_failover ? "its pods of each zone" : "the pods of its subset";
  if (places_of_target(backend.balance))
    lines.push_back(name + " lets a pod have a limited number of requests at once (maxconn): taken to spread, and to bear, as without");
  if (looks_at_load(backend.balance))
    lines.push_back(load_sentence(name, backend.balance, "even utilization out over " + among + " as far as its choices allow, the best it can do"));
  add_hash_assumption(name, backend.balance, traffic, addresses_at_controller(cluster, traffic), lines);
}

void add_entry_assumptions(const model::Cluster& cluster, const model::Edge& edge, const model::Traffic& traffic,
                           std::vector<std::string>& lines) {
  if (looks_at_load(edge.balance))
    lines.push_back(load_sentence(
        edge.name, edge.balance,
        edge.to_pods ? "even utilization out over its pods as far as its choices allow, the best it can do" : edge.weights.empty() ? "spread over its nodes evenly" : "spread over its nodes by their weights"));
  if (looks_at_load(edge.balance) && !edge.to_pods && cluster.services[edge.service].local && !model::refuses_without_pods(cluster, cluster.services[edge.service]))
    lines.push_back(edge.name + " counts what hangs at nodes that drop, and gives these less: what is dropped is an upper bound");
  if (passes_full_ones_over(edge.balance))
    lines.push_back(edge.name + " lets a target have a limited number of requests at once (maxconn" + (grows_with_load(edge.balance) ? ", as if the backend were full" : "") + "): " +
                    (edge.to_pods ? "what a pod cannot take is taken to go to the others" : "taken to spread over its nodes as without"));
  add_hash_assumption(edge.name, edge.balance, traffic, counted(traffic.clients, "client"), lines);
  const model::ServicePort& service = cluster.services[edge.service];
  const bool may_drop = edge.l7 && !edge.to_pods && service.local, refuses = model::refuses_without_pods(cluster, service);
  if (may_drop && passes_on(edge, traffic, refuses))
    lines.push_back(edge.name + " asks another node when one " + (refuses ? "refuses" : "drops") + ": taken to spread over the nodes with a pod " + (edge.weights.empty() ? "evenly" : "by their weights"));
}

}  // namespace

const Distribution& work_of(const model::Cluster& cluster, const model::Pod& pod) {
  const model::Workload& workload = cluster.workloads[pod.workload];
  if (workload.proxy) return cluster.proxies[*workload.proxy].cpu;
  return workload.cpu ? *workload.cpu : workload.service;
}

std::uint32_t servers_of(const model::Cluster& cluster, const model::Pod& pod) {
  const model::Workload& workload = cluster.workloads[pod.workload];
  if (!workload.proxy) return workload.servers;
  return cluster.proxies[*workload.proxy].workers * cluster.proxies[*workload.proxy].cores;
}

double service_mean_s(const model::Cluster& cluster, const model::Pod& pod) {
  return work_of(cluster, pod).mean_s() * pod.slowdown;
}

PathSpread path_spread(const model::Cluster& cluster, const model::Traffic& traffic) {
  return Spreader{cluster}.spread(traffic);
}

std::vector<std::string> spread_assumptions(const model::Cluster& cluster, const model::Traffic& traffic) {
  std::vector<std::string> lines;
  if (traffic.arrivals == model::Traffic::Arrivals::closed)
    lines.push_back(
        "a closed loop: its rate follows from the latency, so it has shares, but counts in no rate, utilization or "
        "capacity");
  if (traffic.entry == model::Traffic::Entry::edge)
    add_entry_assumptions(cluster, cluster.edges[traffic.edge], traffic, lines);
  for (const auto& [backend, share] : model::backends_of(cluster, traffic)) add_backend_assumptions(cluster, traffic, *backend, lines);
  add_rules_assumptions(cluster, traffic, lines);
  if (keeps_choices(cluster, traffic))
    lines.push_back("connections are kept: few of them scatter about these shares, for each chooses once");
  if (traffic.retries.max > 0) lines.push_back("retries come on top of the shares; the load counts those of attempts that fail on their way, not those of timeouts or under a budget");
  return lines;
}

}  // namespace towtank
