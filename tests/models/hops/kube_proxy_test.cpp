#include "models/hops/kube_proxy.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "models/hops/client.hpp"
#include "models/hops/l4_edge.hpp"
#include "models/hops/proxy.hpp"
#include "tests/models/world/lab.hpp"

// What the schedulers of kube-proxy hear of connections.

using namespace towtank;
using towtank::test::Lab;

namespace {

/// Connections that begin and end, of all nodes; schedulers are made by a plain function.
struct Heard {
  int started = 0, finished = 0, most_open = 0;
  std::vector<Time> ends;
};
Heard told;

class Caught final : public Balancer {
 public:
  Caught() { stateful = counts = true; }
  void update(const EndpointView& view) override { open_.resize(view.count); }
  std::uint32_t pick(const Pick& pick) override { return static_cast<std::uint32_t>(pick.key % open_.size()); }
  void started(std::uint32_t endpoint) override {
    ++open_[endpoint];
    told.most_open = std::max(told.most_open, ++told.started - told.finished);
  }
  void finished(std::uint32_t endpoint, const Feedback& feedback) override {
    CHECK(open_[endpoint]-- > 0);
    ++told.finished;
    told.ends.push_back(feedback.now);
  }

 private:
  std::vector<int> open_;
};

const BalancerInfo& witness() {
  static const BalancerInfo info{
      .name = "witness",
      .products = {},
      .meaning = "",
      .scope = "",
      .source = "",
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> { return std::make_unique<Caught>(); }};
  return info;
}

class LastHop final : public Hop {
 public:
  LastHop() { terminates_connections = true; }
  Step on_request(Request& request, Frame&, Time) override {
    request.established = true;
    return Step::hold(time);
  }
  Step on_open(Request&, EndpointId, Time) override { return opening; }
  Step opening = Step::reply(Outcome::ok);
  Duration time{10ms};
};

/// Two nodes before three pods of one server. A client dials a node, or a load balancer, or a proxy that dials one.
struct KubeNet {
  enum class Way { nodes, load_balancer, proxy };

  Lab lab;
  PurposeRegistry purposes;
  LastHop server;
  CountedConnections counted;
  CallerAddresses callers;
  std::vector<std::uint32_t> zone_of_node{0, 0}, node_of_pod{0, 1, 1};
  std::vector<LegKind> between_zones{LegKind::same_zone};
  std::vector<HopId> hop_of_pod;
  std::unique_ptr<KubeProxy> kube_proxy;
  std::unique_ptr<Hop> before;
  std::unique_ptr<ClientHop> client;

  NodeLegsConfig network() const {
    NodeLegsConfig made;
    made.zone_of_node = zone_of_node;
    made.between_zones = between_zones;
    made.zones = 1;
    return made;
  }

  explicit KubeNet(ClientConfig config, Way way = Way::nodes, std::optional<Duration> timeout = {},
               ProxyConfig::Upstream upstream = ProxyConfig::Upstream::pooled) {
    told = {};
    hop_of_pod.assign(3, lab.walker.add_hop(server));
    KubeProxyConfig rules;
    rules.name = "rules";
    rules.pods = {0, 1, 2};
    rules.scheduler = &witness();
    rules.callers = &callers;
    rules.counted = &counted;
    rules.hop_of_pod = hop_of_pod;
    rules.node_of_pod = node_of_pod;
    rules.network = network();
    kube_proxy = std::make_unique<KubeProxy>(std::move(rules), Draws{1, 0}, purposes);
    config.entry = lab.walker.add_hop(*kube_proxy);
    config.entries = {EndpointId{0}, EndpointId{1}};
    if (way == Way::load_balancer) {
      L4EdgeConfig edge;
      edge.name = "lb";
      edge.next = config.entry;
      edge.network = network();
      edge.zones.resize(1);
      edge.zones[0].targets = {0, 1};
      BalancerArguments none;
      edge.zones[0].balancer = find_balancer("round_robin")->make(none, PickDraws{Draws{1, 0}, purpose_of("lb")});
      const std::vector<std::uint32_t> both{0, 1};
      edge.zones[0].balancer->update({2, both});
      before = std::make_unique<L4Edge>(std::move(edge), Draws{1, 0}, purposes);
    } else if (way == Way::proxy) {
      ProxyConfig proxy;
      proxy.name = "proxy";
      proxy.pods.resize(1);
      proxy.backends.resize(2);  // the first is never asked
      proxy.backends[0].targets = {{config.entry, EndpointId{0}, 0}};
      proxy.backends[1].targets = {{config.entry, EndpointId{0}, 0}, {config.entry, EndpointId{1}, 1}};
      proxy.backend_of_traffic = {1};
      proxy.balancer_of = {0, 1};
      for (const std::uint32_t targets : {1u, 2u}) {
        BalancerArguments none;
        proxy.balancers.push_back(
            find_balancer("round_robin")->make(none, PickDraws{Draws{1, 0}, purpose_of("proxy")}));
        std::vector<std::uint32_t> all;
        for (std::uint32_t i = 0; i < targets; ++i) all.push_back(i);
        proxy.balancers.back()->update({targets, all});
      }
      proxy.connections = upstream;
      proxy.pool = {.per_owner = UINT32_MAX, .idle_timeout = 1s};
      proxy.setup_round_trips = 1;
      proxy.tries = 2;
      proxy.counted = &counted;
      proxy.network = network();
      before = std::make_unique<Proxy>(std::move(proxy), lab.walker, Draws{1, 0}, purposes);
    }
    if (before) {
      config.entry = lab.walker.add_hop(*before);
      config.entries.clear();
    }
    config.name = "client";
    config.counted = &counted;
    config.clients = 4;
    if (timeout) config.deadline_queue = lab.walker.add_deadline_queue(*timeout);
    client = std::make_unique<ClientHop>(config, lab.walker, Draws{3, 0}, purposes);
    lab.entry = lab.walker.add_hop(*client);
    lab.before_begin = [](Request& request) { request.client = request.ordinal % 4; };
  }

  /// Twenty requests, 3 ms apart, of four clients in turn.
  void run() {
    for (std::uint32_t i = 0; i < 20; ++i) lab.arrive(Time{} + i * 3ms, i);
    lab.walker.run();
    CHECK(lab.endings.size() == 20);
    CHECK(lab.walker.requests().in_use() == 0);
  }

  /// When every idle connection has come to its end.
  void let_all_expire() { counted.close_expired(Time{} + 1h); }
};

ClientConfig per_request(std::uint32_t setup_round_trips = 1) {
  ClientConfig config;
  config.setup_round_trips = setup_round_trips;
  return config;
}

ClientConfig kept() {
  ClientConfig config = per_request();
  config.keepalive = true;
  config.pool = {.per_owner = 6, .idle_timeout = 10s};
  return config;
}

constexpr KubeNet::Way kWays[] = {KubeNet::Way::nodes, KubeNet::Way::load_balancer};

}  // namespace

TEST_CASE("a connection of one request ends with it, whatever its way", "[unit]") {
  for (const KubeNet::Way way : kWays)
    for (const std::uint32_t setup : {0u, 1u, 3u}) {
      KubeNet net{per_request(setup), way};
      net.run();
      CHECK(told.started == 20);
      CHECK(told.finished == 20);
      CHECK(told.most_open == 4);  // 10 ms each, every 3 ms
    }
}

TEST_CASE("one that is given up ends with the timeout, not with the service", "[unit]") {
  KubeNet net{per_request(), KubeNet::Way::nodes, 4ms};
  net.run();
  CHECK(told.started == 20);
  CHECK(told.finished == 20);
  CHECK(told.ends.front() == Time{} + 4ms);
  CHECK(told.most_open == 2);
}

TEST_CASE("set-ups that are refused or lost end as well, and each retry is a connection of its own", "[unit]") {
  for (const KubeNet::Way way : kWays)
    for (const Step opening : {Step::reply(Outcome::refused), Step::lost()}) {
      ClientConfig config = per_request();
      config.retries = {.max = 2, .on_connect_failure = true, .on_timeout = true};
      KubeNet net{config, way, 7ms};
      net.server.opening = opening;
      net.run();
      CHECK(told.started == 60);
      CHECK(told.finished == 60);
    }
}

TEST_CASE("a kept connection counts until it has idled for too long, or has been cut off", "[unit]") {
  for (const KubeNet::Way way : kWays) {
    KubeNet net{kept(), way};
    net.run();
    CHECK(told.started == 4);  // one each: the next request of a client comes 12 ms later, and takes 10
    CHECK(told.finished == 0);
    net.let_all_expire();
    CHECK(told.finished == 4);
    CHECK(told.ends.front() == Time{} + 10s + 48ms + 10ms);  // the last request of the first client began at 48 ms
  }
  KubeNet cut_off{kept(), KubeNet::Way::nodes, 4ms};
  cut_off.run();
  CHECK(told.started == 20);
  CHECK(told.finished == 20);
}

TEST_CASE("what a proxy dials counts likewise, kept or not", "[unit]") {
  KubeNet pooled{per_request(), KubeNet::Way::proxy};
  pooled.run();
  CHECK(told.started > 2);  // to each of two nodes as many as are in use at once
  CHECK(told.started < 20);
  CHECK(told.finished == 0);
  pooled.let_all_expire();
  CHECK(told.finished == told.started);
  KubeNet single{per_request(), KubeNet::Way::proxy, {}, ProxyConfig::Upstream::per_request};
  single.run();
  CHECK(told.started == 20);
  CHECK(told.finished == 20);
  KubeNet late{per_request(), KubeNet::Way::proxy, 4ms};
  late.run();
  CHECK(told.started == 20);
  CHECK(told.finished == 20);
  KubeNet refused{per_request(), KubeNet::Way::proxy};
  refused.server.opening = Step::reply(Outcome::refused);
  refused.run();
  CHECK(told.started == 40);  // it tries both nodes
  CHECK(told.finished == 40);
}
