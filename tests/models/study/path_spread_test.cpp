#include "models/study/path_spread.hpp"

#include <catch2/catch.hpp>

namespace towtank {
namespace {

/// Three nodes in two zones (0, 0, 1) with two pods on the first and one on the last.
model::Cluster three_nodes() {
  model::Cluster made;
  made.zones.resize(2);
  made.nodes = {{"node-0", 0}, {"node-1", 0}, {"node-2", 1}};
  made.workloads.resize(1);
  made.workloads[0].service = Distribution::constant(0.001);
  made.pods = {{"shop-0", 0, 0, 1.0}, {"shop-1", 0, 0, 1.0}, {"shop-2", 0, 2, 1.0}};
  model::ServicePort service;
  service.pods = {0, 1, 2};
  service.entry = model::ServicePort::Entry::cluster_ip;
  made.services.push_back(service);
  return made;
}

/// Callers inside, one pod on each node.
model::Traffic callers(std::uint32_t clients) {
  model::Traffic made;
  made.entry = model::Traffic::Entry::service;
  made.nodes = {0, 1, 2};
  made.inside = true;
  made.clients = clients;
  return made;
}

}  // namespace

TEST_CASE("callers inside count where they stand: the first client on the first node, around and around", "[unit]") {
  model::Cluster cluster = three_nodes();
  cluster.services[0].local = true;
  const PathSpread four = path_spread(cluster, callers(4));
  CHECK(four.at_first == std::vector<double>{0.25, 0.25, 0.25});  // 2 of 4 at node 0, 1 at node 2
  CHECK(four.dropped == 0.25);
  const PathSpread one = path_spread(cluster, callers(1));
  CHECK(one.at_first == std::vector<double>{0.5, 0.5, 0.0});
  CHECK(one.dropped == 0.0);
  const PathSpread three = path_spread(cluster, callers(3));
  CHECK(three.dropped == Approx(1.0 / 3));
}

TEST_CASE("a way crosses zones as often as caller and pod stand in different ones", "[unit]") {
  const model::Cluster cluster = three_nodes();
  const PathSpread spread = path_spread(cluster, callers(3));
  // 2/3 of the callers and of the pods in the first zone.
  CHECK(spread.zone_crossings == Approx(2.0 / 3 * (1.0 / 3) + 1.0 / 3 * (2.0 / 3)));
  CHECK(spread.second_hops == std::vector<double>{0.0, 0.0, 0.0});  // no node port on the way
  CHECK(spread.entered == spread.second_hops);
}

TEST_CASE("a port that nobody listens on refuses what policy Local lets through", "[unit]") {
  model::Cluster cluster = three_nodes();
  cluster.services[0].deaf.assign(cluster.services[0].pods.size(), true);
  CHECK(path_spread(cluster, callers(3)).refused == Approx(1.0));
  cluster.services[0].local = true;
  CHECK(path_spread(cluster, callers(3)).refused == Approx(2.0 / 3));
  CHECK(path_spread(cluster, callers(3)).dropped == Approx(1.0 / 3));
  cluster.services[0].pods.clear();
  CHECK(path_spread(cluster, callers(3)).refused == Approx(1.0));
  CHECK(path_spread(cluster, callers(3)).dropped == 0.0);
}

TEST_CASE("a balancer that compares a few evens out as far as its draws allow", "[unit]") {
  /// Shares of pods of which the first is `slowdown` times as slow.
  const auto shares = [](std::size_t pods, double slowdown, const model::Balance& balance) {
    model::Cluster cluster = three_nodes();
    cluster.pods.assign(pods, {"shop", 0, 0, 1.0});
    cluster.pods[0].slowdown = slowdown;
    cluster.services[0].pods.clear();
    for (std::uint32_t pod = 0; pod < pods; ++pod) cluster.services[0].pods.push_back(pod);
    model::Edge edge;
    edge.l7 = edge.to_pods = true;
    edge.balance = balance;
    cluster.edges = {edge};
    model::Traffic traffic;
    traffic.entry = model::Traffic::Entry::edge;
    return path_spread(cluster, traffic).at_first;
  };
  const model::Balance two{"least_request", {}}, all{"least_conn", {}}, random{"random", {}};
  // Both draws fall on the slow one of two in a quarter of the picks, whatever its load; 1/11 would be even.
  CHECK(shares(2, 10.0, two)[0] == Approx(0.25));
  CHECK(shares(2, 10.0, two)[1] == Approx(0.75));
  CHECK(shares(2, 10.0, {"least_request", {{"choices", "3"}}})[0] == Approx(0.125));
  CHECK(shares(2, 10.0, {"least_request", {{"distinct", "true"}}})[0] == Approx(1.0 / 11));
  CHECK(shares(2, 10.0, all)[0] == Approx(1.0 / 11));
  CHECK(shares(2, 2.0, two)[0] == Approx(1.0 / 3));  // more than a quarter is even here: no draw stands in the way
  CHECK(shares(3, 5.0, {"nginx_random", {{"two", "true"}}})[0] == Approx(0.2 / 2.2));
  for (const model::Balance& balance : {two, all, random, model::Balance{"ewma", {}}})
    for (const double share : shares(5, 1.0, balance)) CHECK(share == Approx(0.2));
  CHECK(shares(4, 3.0, random)[0] == Approx(0.25));
}

TEST_CASE("one balancer's choice for many requests is told, a choice for each is not", "[unit]") {
  model::Cluster cluster = three_nodes();
  model::Traffic traffic = callers(3);
  const auto lines = [&] { return spread_assumptions(cluster, traffic).size(); };
  CHECK(lines() == 0);
  traffic.keepalive = true;
  CHECK(lines() == 1);
  model::Edge edge;  // ends the clients' connections and dials pods
  edge.l7 = edge.to_pods = true;
  cluster.edges.push_back(edge);
  traffic.entry = model::Traffic::Entry::edge;
  CHECK(lines() == 0);
  cluster.edges[0].to_pods = false;
  cluster.edges[0].upstream = model::Edge::Upstream::pooled;
  CHECK(lines() == 1);
  cluster.edges[0].upstream = model::Edge::Upstream::per_request;
  CHECK(lines() == 0);
  cluster.edges[0].balance.name = "ip_hash";
  CHECK(lines() == 1);
  traffic.retries.max = 1;
  CHECK(lines() == 2);
}

}  // namespace towtank
