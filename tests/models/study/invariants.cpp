#include "tests/models/study/invariants.hpp"

#include <algorithm>

#include "models/walk/walk.hpp"

namespace towtank::test {
namespace {

using std::to_string;

/// The application's pods; the others are those of ingress controllers.
bool is_app(const model::Cluster& cluster, std::size_t pod) {
  return !cluster.workloads[cluster.pods[pod].workload].proxy;
}

std::uint64_t served(const EndpointTotals& pod) { return pod.requests - pod.errors; }

WideInteger sum_of(const HopTotals& hop) { return hop.wait.sum_ns() + hop.service.sum_ns() + hop.delay.sum_ns(); }

bool gives_up(const model::Cluster& cluster) {
  const auto has_timeout = [](const model::Traffic& traffic) { return traffic.timeout.has_value(); };
  return std::any_of(cluster.traffic.begin(), cluster.traffic.end(), has_timeout);
}

}  // namespace

Complaints check_outcomes(const model::Cluster& cluster, const Watched& watched) {
  Complaints found;
  const auto must_be = [&](const std::string& what, std::uint64_t count, std::uint64_t wanted) {
    if (count != wanted) found.push_back(what + ": " + to_string(count) + ", not " + to_string(wanted));
  };
  const bool is_cut = watched.result.censored;  // it waits two thousand seconds, not for ever
  if (!is_cut) must_be("left over in an empty system", watched.left_over, 0);
  std::uint64_t ok = 0, begun = 0, served_by_pods = 0;
  for (std::size_t i = 0; i < watched.begun.size(); ++i) {
    const TrafficTotals& traffic = watched.result.traffic[i];
    const std::string& name = cluster.traffic[i].name;
    std::uint64_t outcomes = 0;
    for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome)
      outcomes += traffic.count(static_cast<Outcome>(outcome));
    if (!is_cut) must_be(name + ", requests that ended", watched.ended[i], watched.begun[i]);
    must_be(name + ", requests offered", traffic.offered, watched.begun[i]);
    must_be(name + ", outcomes", outcomes, watched.ended[i]);
    must_be(name + ", latencies", traffic.ok.count() + traffic.failed.count(), watched.ended[i]);
    begun += watched.begun[i];
    ok += traffic.count(Outcome::ok);
  }
  for (std::size_t pod = 0; pod < cluster.pods.size(); ++pod)
    if (is_app(cluster, pod)) served_by_pods += served(watched.result.endpoints[pod]);
  must_be("requests of all", watched.result.requests, begun);
  must_be("successes by pod", served_by_pods, ok);
  return found;
}

Complaints check_latency_parts(const ReplicationResult& result) {
  Complaints found;
  for (const TrafficTotals& traffic : result.traffic) {
    WideInteger sum = sum_of(traffic.retries) + sum_of(traffic.client_pool) + sum_of(traffic.connect);
    for (const HopTotals& hop : traffic.hops) sum += sum_of(hop);
    const auto off = static_cast<std::int64_t>(sum - traffic.ok_sum.sum_ns());
    if (off != 0) found.push_back("the hops sum to " + to_string(off) + " ns more than the latencies");
  }
  return found;
}

Complaints check_utilization(const ReplicationResult& result) {
  Complaints found;
  for (std::size_t pod = 0; pod < result.stations.size(); ++pod) {
    const StationTotals& station = result.stations[pod];
    const Area most = static_cast<Area>(result.window.count()) * station.servers;
    if (station.busy_area > most)
      found.push_back("pod " + to_string(pod) + " is used to " +
                      to_string(static_cast<double>(station.busy_area) / static_cast<double>(most)));
  }
  return found;
}

Complaints check_attempts(const model::Cluster& cluster, const Watched& watched) {
  Complaints found;
  for (std::size_t i = 0; i < cluster.traffic.size(); ++i) {
    const model::Traffic& traffic = cluster.traffic[i];
    const TrafficTotals& totals = watched.result.traffic[i];
    const std::uint64_t most = traffic.retries.max + 1u;
    if (watched.most_attempts[i] > most)
      found.push_back(traffic.name + ": " + to_string(watched.most_attempts[i]) + " attempts of one request");
    if (totals.attempts < watched.ended[i] || totals.attempts > most * watched.ended[i])
      found.push_back(traffic.name + ": " + to_string(totals.attempts) + " attempts of " + to_string(watched.ended[i]) +
                      " requests");
  }
  return found;
}

Complaints check_littles_law(const model::Cluster& cluster, const Watched& watched) {
  if (gives_up(cluster)) return {};  // work goes on that nobody waits for
  Complaints found;
  std::uint64_t attempts = 0, offered = 0;
  for (const TrafficTotals& traffic : watched.result.traffic) {
    attempts += traffic.attempts;
    offered += traffic.offered;
  }
  for (std::size_t pod = 0; pod < cluster.pods.size(); ++pod) {
    const model::Workload& workload = cluster.workloads[cluster.pods[pod].workload];
    const EndpointTotals& totals = watched.result.endpoints[pod];
    if (workload.queue_timeout || workload.discipline == model::ServiceDiscipline::event_loop) continue;
    if (workload.proxy && (totals.errors > 0 || attempts > offered)) continue;  // failures took its time as well
    const auto area = static_cast<WideInteger>(watched.stations[pod].queue_area + watched.stations[pod].busy_area);
    const auto off = static_cast<std::int64_t>(area - totals.sojourn_ns);
    if (off != 0)
      found.push_back("at " + cluster.pods[pod].name + " jobs times time are " + to_string(off) +
                      " ns more than the sojourns");
  }
  return found;
}

Complaints check_served_once(const model::Cluster& cluster, const Watched& watched) {
  Complaints found;
  for (std::size_t pod = 0; pod < cluster.pods.size(); ++pod) {
    if (!is_app(cluster, pod)) continue;
    const double jobs = static_cast<double>(watched.stations[pod].busy_area) / (1e6 * cluster.pods[pod].slowdown);
    const std::uint64_t answers = served(watched.result.endpoints[pod]);
    if (jobs != static_cast<double>(answers))
      found.push_back(cluster.pods[pod].name + " did " + to_string(jobs) + " jobs for " + to_string(answers) +
                      " answers");
  }
  return found;
}

Complaints check_not_resent(const Watched& watched) {
  if (watched.resent == 0) return {};
  return {to_string(watched.resent) + " requests went to another target although the first had answered"};
}

Complaints check_one_pod(const ReplicationResult& result) {
  const auto used = [](const auto& place) { return place.requests > 0; };
  const auto pods = std::count_if(result.endpoints.begin(), result.endpoints.end(), used);
  const auto nodes = std::count_if(result.nodes.begin(), result.nodes.end(), used);
  const TrafficTotals& traffic = result.traffic[0];
  const bool answered = traffic.ok.count() > 0;
  // An attempt that a node dropped was no connection yet: the next one may come to another node.
  const bool dropped = traffic.failed.count() > 0 || traffic.attempts > traffic.ok.count();
  if (pods == (answered ? 1 : 0) && (nodes <= 1 || dropped)) return {};
  return {"one connection led to " + to_string(pods) + " pods by " + to_string(nodes) + " nodes"};
}

Complaints check_source_addresses(const scenario::Ground& ground, const model::Cluster& alone, bool local) {
  const model::Traffic& traffic = alone.traffic[0];
  if (!enters_by_node_port(alone)) return {};
  const auto named = [&](const scenario::Traffic& each) { return each.name == traffic.name; };
  const std::vector<scenario::Traffic>& all = ground.scenario.traffic;
  const Result<walk::Walk> walk = walk::walk(ground, std::find_if(all.begin(), all.end(), named)->to, "internet");
  if (!walk) return {text_of(walk.error())};
  const bool is_read = traffic.entry == model::Traffic::Entry::edge && alone.edges[traffic.edge].l7;
  Complaints found;
  for (const walk::Branch& branch : walk->branches) {
    const auto forwards = [](const walk::Step& step) { return step.packets.find("DNAT") != std::string::npos; };
    const auto first = std::find_if(branch.steps.begin(), branch.steps.end(), forwards);
    if (first == branch.steps.end()) continue;  // dropped before
    const auto says = [&](const std::string& what) {
      return first->packets.find("source " + what) != std::string::npos;
    };
    const auto becomes_it = [&](const NodeState& node) { return says("becomes " + node.internal_address); };
    const bool is_right = local ? says(is_read ? "stays" : "stays client")
                                : std::any_of(ground.state.nodes.begin(), ground.state.nodes.end(), becomes_it);
    if (!is_right) found.push_back(traffic.name + ": " + first->packets);
  }
  return found;
}

Complaints check_masqueraded(const model::Cluster& alone, bool local) {
  if (!enters_by_node_port(alone) || passes_proxy(alone)) return {};
  const auto totals_with = [&](double cost_s) {
    model::Cluster made = alone;
    made.kube_proxy.snat = Distribution::constant(cost_s);
    return watch(made, 100.0, 1).result.traffic[0];
  };
  const TrafficTotals free = totals_with(0.0), dear = totals_with(0.001);
  const auto entries = static_cast<std::uint64_t>((dear.ok_sum.sum_ns() - free.ok_sum.sum_ns()) / 1'000'000);
  const std::uint64_t wanted = local ? 0 : free.second_hops;
  if (entries == wanted) return {};
  return {to_string(entries) + " connections pay for masquerading, not " + to_string(wanted)};
}

}  // namespace towtank::test
