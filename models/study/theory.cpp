#include "models/study/theory.hpp"

#include <algorithm>
#include <cmath>

#include "models/analytic/queues.hpp"
#include "models/study/path_spread.hpp"

namespace towtank {
namespace {

/// e^-20.7 = 1e-9: what happens to fewer requests than that moves no figure that is printed.
constexpr double kTails = 20.7;

bool chooses_anew(const model::Balance& balance) { return balance.name == "random" || balance.name == "flow_hash"; }

/// Why the requests of a traffic do not come to its pods as Poisson processes; empty when they do.
std::string why_not_poisson(const model::Cluster& cluster, const model::Traffic& traffic) {
  if (traffic.arrivals == model::Traffic::Arrivals::closed) return "a closed loop's rate follows from its answers";
  if (traffic.arrivals != model::Traffic::Arrivals::poisson) return "arrivals are not poisson";
  if (traffic.proxy) return "requests queue at an ingress controller before";
  if (traffic.keepalive)
    return "requests of a kept connection go the same way (connections: {reuse: per_request} would not)";
  if (traffic.retries.max > 0) return "failed requests come again (retries)";
  if (traffic.entry != model::Traffic::Entry::edge) return {};
  const model::Edge& edge = cluster.edges[traffic.edge];
  if (!chooses_anew(edge.balance) && model::serving_pods(cluster, traffic).size() > 1)
    return edge.name + " chooses by what went before (" + edge.balance.name + ")";
  if (edge.l7 && !edge.to_pods && edge.upstream != model::Edge::Upstream::per_request)
    return edge.name + " keeps its connections, which kube-proxy has sent to a pod each";
  return {};
}

class PodClosedForm {
 public:
  PodClosedForm(const model::Cluster& cluster, std::uint32_t pod, double arrivals_per_s, const model::Traffic& traffic)
      : workload_{cluster.workloads[cluster.pods[pod].workload]},
        slowdown_{cluster.pods[pod].slowdown},
        arrivals_per_s_{arrivals_per_s},
        timeout_{traffic.timeout} {}

  PodTheory theory() const {
    const bool shares = workload_.discipline == model::ServiceDiscipline::processor_sharing;
    const bool is_exponential = law().is_exponential();
    if (workload_.queue_timeout) return failing("waiting requests leave (queueTimeout)");
    if (workload_.cpu) return failing("an event loop is held for a part of the service only (cpu)");
    if (law().mean_s() <= 0.0) return {0.0, "no service time", {}};
    if (!shares && workload_.servers > 1 && !is_exponential)
      return failing("several workers, and service times that are not exponential (" + kendall("M/G/") + ")");
    if (!std::isfinite(law().scv()) && !shares) return failing("the service time has no variance");
    if (!queue_may_grow()) return limited(shares, is_exponential);
    const double wait_s = shares || is_exponential
                              ? analytic::mean_wait_mmc_s(arrivals_per_s_, mean_s(), workload_.servers)
                              : analytic::mean_wait_mg1_s(arrivals_per_s_, mean_s(), law().scv());
    if (may_time_out(wait_s)) return failing("requests may time out");
    return {wait_s + mean_s(), shares ? kendall("M/G/") + "-PS" : kendall(is_exponential ? "M/M/" : "M/G/"), {}};
  }

 private:
  static PodTheory failing(std::string why) { return {{}, {}, std::move(why)}; }

  const Distribution& law() const { return workload_.service; }
  double mean_s() const { return law().mean_s() * slowdown_; }
  double load() const { return arrivals_per_s_ * mean_s() / workload_.servers; }
  std::string kendall(const char* of) const { return of + std::to_string(workload_.servers); }

  /// How the chance of a long queue falls with its length, in the exponent. @source Kingman 1961 (heavy traffic)
  double decay_of_queue() const { return 2.0 * (1.0 - load()) / (load() * (1.0 + std::max(1.0, law().scv()))); }

  bool queue_may_grow() const {
    return !workload_.queue_limit || decay_of_queue() * *workload_.queue_limit > kTails;
  }

  PodTheory limited(bool shares, bool is_exponential) const {
    if (shares || !is_exponential || workload_.when_full != model::WhenFull::http_503)
      return failing("its queue of " + std::to_string(*workload_.queue_limit) + " may be full");
    const double wait_s =
        analytic::mmck(arrivals_per_s_, mean_s(), workload_.servers, *workload_.queue_limit).mean_wait_s;
    if (may_time_out(wait_s)) return failing("requests may time out");
    return {wait_s + mean_s(), kendall("M/M/") + "/" + std::to_string(workload_.servers + *workload_.queue_limit), {}};
  }

  /// Half of the patience is left to the way.
  bool may_time_out(double wait_s) const {
    return timeout_ && to_seconds(*timeout_) / 2.0 < kTails * (wait_s + mean_s() * std::max(1.0, law().scv()));
  }

  const model::Workload& workload_;
  double slowdown_;
  double arrivals_per_s_;
  std::optional<Duration> timeout_;
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
  double weights = 0.0, sum_s = 0.0;
  for (std::uint32_t pod = 0; pod < served.size(); ++pod) {
    if (served[pod] <= 0.0) continue;
    const PodTheory one = PodClosedForm{cluster, pod, run.load.arrivals_per_s[pod], traffic}.theory();
    if (!one.mean_s) return one;
    weights += served[pod];
    sum_s += served[pod] * *one.mean_s;
    all.model = one.model;
  }
  if (weights <= 0.0) return {{}, {}, "no pod is reached"};
  all.mean_s = sum_s / weights;
  return all;
}

}  // namespace towtank
