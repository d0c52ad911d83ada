#include "models/study/theory.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "models/analytic/queues.hpp"
#include "models/study/path_spread.hpp"
#include "sim/random/elementary.hpp"

namespace towtank {
namespace {

/// e^-20.7 = 1e-9: what happens to fewer requests than that moves no figure that is printed.
constexpr double kTails = 20.7;
constexpr double kWildest = 10.0;  // squared coefficient of variation
constexpr double kLost = 1e-9;     // what is lost on the way: shares of floating point that sum up to one less

bool chooses_anew(const model::Balance& balance) { return balance.name == "random" || balance.name == "flow_hash"; }

/// By what the nodes' kube-proxy chooses among pods; empty: by chance, each connection anew, as a hash of its addresses and
/// ports is.
std::string chosen_by(const model::Cluster& cluster, const model::Traffic& traffic) {
  const bool by_edge = traffic.entry == model::Traffic::Entry::edge;
  if (by_edge ? cluster.edges[traffic.edge].to_pods : traffic.entry != model::Traffic::Entry::service) return {};
  const model::ServicePort& service = cluster.services[by_edge ? cluster.edges[traffic.edge].service : traffic.service];
  if (service.entry == model::ServicePort::Entry::direct || service.pods.size() < 2) return {};
  if (service.affinity > Duration::zero()) return "sessionAffinity";
  const std::string scheduler = model::scheduler_of(cluster, service);
  return scheduler == "cilium_maglev" ? std::string{} : scheduler;
}

/// Why requests do not set out as a Poisson process that nothing on the way holds up; empty when they do.
std::string why_not_poisson_at_first(const model::Cluster& cluster, const model::Traffic& traffic) {
  if (traffic.arrivals == model::Traffic::Arrivals::closed) return "a closed loop's rate follows from its answers";
  if (traffic.arrivals != model::Traffic::Arrivals::poisson) return "arrivals are not poisson";
  if (traffic.proxy) return "requests queue at an ingress controller before";
  if (traffic.keepalive)
    return "requests of a kept connection go the same way (connections: {reuse: per_request} would not)";
  if (traffic.retries.max > 0) return "failed requests come again (retries)";
  if (traffic.timeout) return "requests may time out, and leave their place to others (timeout)";
  if (const std::string by = chosen_by(cluster, traffic); !by.empty())
    return "by " + by + " kube-proxy does not choose each request's pod by chance alone";
  return {};
}

/// Why the requests of a traffic do not come to its pods as Poisson processes; empty when they do.
std::string why_not_poisson(const model::Cluster& cluster, const model::Traffic& traffic) {
  if (const std::string why = why_not_poisson_at_first(cluster, traffic); !why.empty()) return why;
  if (traffic.entry != model::Traffic::Entry::edge) return {};
  const model::Edge& edge = cluster.edges[traffic.edge];
  const bool has_choice = edge.to_pods ? model::serving_pods(cluster, traffic).size() > 1 : edge.nodes.size() > 1;
  if (!chooses_anew(edge.balance) && has_choice)
    return "by " + edge.balance.name + " " + edge.name + " does not choose each request's way by chance alone";
  if (places_of_target(edge.balance)) return edge.name + " lets its targets have a limited number of requests at once";
  if (edge.l7 && (edge.upstream == model::Edge::Upstream::pooled ||
                  (!edge.to_pods && edge.upstream == model::Edge::Upstream::warm)))
    return edge.name + " keeps its connections, which chooses the way of many requests at once";
  return {};
}

/// Whether the requests come to all the pods together as a Poisson process: to each of them, or as a proxy deals them out
/// whose ways to all pods are alike.
bool comes_as_poisson(const model::Cluster& cluster, const model::Traffic& traffic) {
  if (why_not_poisson(cluster, traffic).empty()) return true;
  if (!why_not_poisson_at_first(cluster, traffic).empty() || traffic.entry != model::Traffic::Entry::edge) return false;
  const model::Edge& edge = cluster.edges[traffic.edge];
  if (places_of_target(edge.balance)) return false;  // they wait in front
  return edge.l7 && edge.to_pods && edge.upstream != model::Edge::Upstream::pooled && !goes_by_address(edge.balance);
}

/// What is exact of one pod, and the share of its requests that find no place.
struct AtPod {
  PodTheory theory;
  double lost = 0.0;
};

class PodClosedForm {
 public:
  PodClosedForm(const model::Cluster& cluster, std::uint32_t pod, double arrivals_per_s)
      : workload_{cluster.workloads[cluster.pods[pod].workload]},
        slowdown_{cluster.pods[pod].slowdown},
        arrivals_per_s_{arrivals_per_s} {}

  AtPod at_pod() const {
    const bool shares = workload_.discipline == model::ServiceDiscipline::processor_sharing;
    const bool is_exponential = law().is_exponential();
    if (workload_.queue_timeout) return failing("waiting requests leave (queueTimeout)");
    if (workload_.cpu) return failing("an event loop is held for a part of the service only (cpu)");
    if (law().mean_s() <= 0.0) return {{0.0, "no service time", {}}, 0.0};
    if (!shares && workload_.servers > 1 && !is_exponential)
      return failing("several workers, and service times that are not exponential (" + kendall("M/G/") + ")");
    if (!std::isfinite(law().scv()) && !shares) return failing("the service time has no variance");
    if (workload_.queue_limit && is_exponential && !shares && workload_.when_full == model::WhenFull::http_503)
      return limited();
    if (!queue_may_grow()) return failing("its queue of " + std::to_string(*workload_.queue_limit) + " may be full");
    const double wait_s = shares || is_exponential
                              ? analytic::mean_wait_mmc_s(arrivals_per_s_, mean_s(), workload_.servers)
                              : analytic::mean_wait_mg1_s(arrivals_per_s_, mean_s(), law().scv());
    return {{wait_s + mean_s(), shares ? kendall("M/G/") + "-PS" : kendall(is_exponential ? "M/M/" : "M/G/"), {}}, 0.0};
  }

 private:
  static AtPod failing(std::string why) { return {{{}, {}, std::move(why)}, 0.0}; }

  const Distribution& law() const { return workload_.service; }
  double mean_s() const { return law().mean_s() * slowdown_; }
  double load() const { return arrivals_per_s_ * mean_s() / workload_.servers; }
  std::string kendall(const char* of) const { return of + std::to_string(workload_.servers); }

  /// Whether the limit is out of reach: of M/M/c and of processor sharing the chance of n more falls by the load to the
  /// power of n. Of service times that vary less it falls faster; of others nothing simple is known.
  bool queue_may_grow() const {
    if (!workload_.queue_limit) return true;
    const bool is_bounded = workload_.discipline == model::ServiceDiscipline::processor_sharing || law().scv() <= 1.0;
    return is_bounded && load() < 1.0 && -elementary::log(std::max(load(), 1e-300)) * *workload_.queue_limit > kTails;
  }

  AtPod limited() const {
    const analytic::LossStation station =
        analytic::mmck(arrivals_per_s_, mean_s(), workload_.servers, *workload_.queue_limit);
    return {{station.mean_wait_s + mean_s(),
             kendall("M/M/") + "/" + std::to_string(workload_.servers + *workload_.queue_limit),
             {}},
            station.lost};
  }

  const model::Workload& workload_;
  double slowdown_;
  double arrivals_per_s_;
};

}  // namespace

PodTheory pod_theory(const VariantRun& run, std::size_t index) {
  const model::Cluster& cluster = run.cluster();
  const model::Traffic& traffic = cluster.traffic[index];
  if (!run.is_simulated()) return {{}, {}, "there is no steady state"};
  if (run.is_placed_anew()) return {{}, {}, "pods stand elsewhere in each replication"};
  if (const std::string why = why_not_poisson(cluster, traffic); !why.empty()) return {{}, {}, why};
  const PathSpread spread = path_spread(cluster, traffic);
  const std::vector<double>& served = spread.served(traffic);
  for (std::size_t other = 0; other < cluster.traffic.size(); ++other) {
    const PathSpread also = path_spread(cluster, cluster.traffic[other]);
    bool shares_a_pod = false;
    for (std::size_t pod = 0; pod < served.size(); ++pod)
      shares_a_pod = shares_a_pod || (served[pod] > 0.0 && also.visits(pod) > 0.0);
    const std::string why = other == index || !shares_a_pod ? "" : why_not_poisson(cluster, cluster.traffic[other]);
    if (!why.empty()) return {{}, {}, "of " + cluster.traffic[other].name + ", which calls the same pods: " + why};
  }
  PodTheory all;
  std::set<std::string> models;
  double weights = 0.0, sum_s = 0.0;
  for (std::uint32_t pod = 0; pod < served.size(); ++pod) {
    if (served[pod] <= 0.0) continue;
    const AtPod one = PodClosedForm{cluster, pod, run.load.arrivals_per_s[pod]}.at_pod();
    if (!one.theory.mean_s) return one.theory;
    all.is_comparable = all.is_comparable && cluster.workloads[cluster.pods[pod].workload].service.scv() <= kWildest;
    const double weight = served[pod] * (1.0 - one.lost);
    weights += weight;
    sum_s += weight * *one.theory.mean_s;
    models.insert(one.theory.model);
  }
  if (weights <= 0.0) return {{}, {}, "no pod is reached"};
  for (const std::string& model : models) all.model += (all.model.empty() ? "" : ", ") + model;
  all.mean_s = sum_s / weights;
  return all;
}

std::optional<CoupledReference> coupled_reference(const VariantRun& run, std::size_t index) {
  const model::Cluster& cluster = run.cluster();
  if (!run.is_simulated() || run.is_placed_anew()) return std::nullopt;
  const std::vector<std::uint32_t>& pods = model::serving_pods(cluster, cluster.traffic[index]);
  if (pods.size() < 2) return std::nullopt;
  const std::uint32_t workload = cluster.pods[pods.front()].workload;
  const model::Workload& station = cluster.workloads[workload];
  const double slowdown = cluster.pods[pods.front()].slowdown;
  const bool is_plain = station.discipline == model::ServiceDiscipline::workers && station.service.is_exponential() &&
                        !(station.queue_limit && station.when_full == model::WhenFull::http_503);
  if (!is_plain) return std::nullopt;
  std::size_t of_workload = 0;
  for (std::uint32_t pod = 0; pod < cluster.pods.size(); ++pod) {
    if (cluster.pods[pod].workload != workload) continue;
    if (std::find(pods.begin(), pods.end(), pod) == pods.end()) return std::nullopt;
    ++of_workload;
    if (cluster.pods[pod].slowdown != slowdown || !PodClosedForm{cluster, pod, run.load.arrivals_per_s[pod]}.at_pod().theory.mean_s)
      return std::nullopt;
  }
  if (of_workload != pods.size()) return std::nullopt;
  double arrivals_per_s = 0.0;
  for (const model::Traffic& traffic : cluster.traffic) {
    const std::vector<double> served = path_spread(cluster, traffic).served(traffic);
    double here = 0.0;
    for (std::uint32_t pod = 0; pod < served.size(); ++pod) here += cluster.pods[pod].workload == workload ? served[pod] : 0.0;
    if (here <= 0.0) continue;
    if (!(here > 1.0 - kLost) || !comes_as_poisson(cluster, traffic)) return std::nullopt;
    arrivals_per_s += traffic.rate_per_s;
  }
  if (arrivals_per_s <= 0.0) return std::nullopt;
  const auto servers = static_cast<std::uint32_t>(pods.size()) * station.servers;
  const double mean_s = station.service.mean_s() * slowdown;
  return CoupledReference{workload, "M/M/" + std::to_string(servers),
                          analytic::mean_wait_mmc_s(arrivals_per_s, mean_s, servers) + mean_s};
}

}  // namespace towtank
