#include "models/study/estimate.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "models/balancers/balancer.hpp"
#include "models/study/variant_run.hpp"
#include "tests/models/study/studies.hpp"
#include "tests/support/reference_checks.hpp"

/// What `estimate` says in closed form, against pencil and paper and against the simulation.
namespace towtank::test {
namespace {

StudyEstimate estimated(const std::string& text) {
  Result<StudyEstimate> made = estimate_study(loaded(text));
  INFO((made ? "" : text_of(made.error())));
  REQUIRE(made);
  return std::move(*made);
}

/// `shop` on worker nodes, each in a zone of its own unless `zones` says otherwise; a pod serves 100 requests a second.
/// @param traffic  items of spec.traffic
ScenarioText shop(const std::vector<int>& pods_on_node, const std::string& policy, std::vector<std::string> traffic,
                  const std::string& zones = {}) {
  ScenarioText made;
  std::string own_zones, pin;
  int pods = 0;
  for (std::size_t i = 0; i < pods_on_node.size(); ++i) {
    own_zones += (i > 0 ? ", z" : "z") + std::to_string(i);
    if (pods_on_node[i] > 0)
      pin += (pin.empty() ? "" : ", ") + ("worker-" + std::to_string(i)) + ": " + std::to_string(pods_on_node[i]);
    pods += pods_on_node[i];
  }
  made.cluster = {"nodePools: [{name: worker, count: " + std::to_string(pods_on_node.size()) + ", zones: [" +
                      (zones.empty() ? own_zones : zones) + "]}]",
                  "network: {preset: ideal}", "placement: {pin: {Deployment/shop: {" + pin + "}}}"};
  made.pods = {"Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=10ms)}"};
  made.traffic = std::move(traffic);
  made.documents = {deployment("shop", pods),
                    "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {type: LoadBalancer, "
                    "externalTrafficPolicy: " +
                        policy + ", selector: {app: shop}, ports: [{port: 80, targetPort: 8080, nodePort: 30904}]}}"};
  return made;
}

std::string call(const std::string& to, double rate, const std::string& further = {}) {
  return "{name: api, to: \"" + to + "\", arrivals: poisson(" + std::to_string(rate) +
         "/s), connections: {reuse: per_request}" + further + "}";
}

const TrafficEstimate& first(const StudyEstimate& study) { return study.variants.at(0).traffic.at(0); }

/// Shares of the pods of `shop`, in the order of their names, by the node they are on: greatest node last.
std::vector<double> pod_shares(const TrafficEstimate& traffic, const std::string& begin = "shop-") {
  std::vector<double> shares;
  for (const PodEstimate& pod : traffic.pods)
    if (pod.pod.rfind(begin, 0) == 0) shares.push_back(pod.requests_share.value());
  std::sort(shares.begin(), shares.end());
  return shares;
}

void check_near(const std::vector<double>& ours, const std::vector<double>& expected) {
  REQUIRE(ours.size() == expected.size());
  for (std::size_t i = 0; i < ours.size(); ++i) CHECK(ours[i] == Approx(expected[i]).epsilon(1e-12));
}

bool is_near(const std::vector<double>& ours, const std::vector<double>& expected) {
  return std::equal(ours.begin(), ours.end(), expected.begin(), expected.end(),
                    [](double a, double b) { return a == Approx(b).epsilon(1e-12); });
}

constexpr const char* kIngress =
    "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop}, spec: {ingressClassName: nginx, rules: "
    "[{host: shop.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: shop, port: "
    "{number: 80}}}}]}}]}}";

/// @param controller  item of spec.ingress
ScenarioText behind_ingress(const std::vector<int>& pods_on_node, const std::string& controller) {
  ScenarioText made = shop(pods_on_node, "Cluster", {call("http://shop.example.com/", 100)});
  made.spec.push_back("ingress: [" + controller + "]");
  made.documents.push_back(kIngress);
  return made;
}

}  // namespace

TEST_CASE("under Local 2 + 1 + 0 pods get 25, 25 and 50 %, and the node without one is left out", "[unit]") {
  const StudyEstimate study = estimated(shop({2, 1, 0}, "Local", {call("http://shop/", 30)}).text());
  const TrafficEstimate& api = first(study);
  check_near(pod_shares(api), {0.25, 0.25, 0.5});
  CHECK_FALSE(is_near(pod_shares(api), {1.0 / 3, 1.0 / 3, 1.0 / 3}));
  CHECK(api.nodes[0].entered_share == Approx(0.5));
  CHECK(api.nodes[2].entered_share == 0.0);
  CHECK(api.nodes[2].served_share == 0.0);
  CHECK_FALSE(api.nodes[2].second_hop_share);
  CHECK(api.second_hop_share == 0.0);
  CHECK(api.zone_crossings == 0.0);
  CHECK(api.dropped_share == 0.0);
  CHECK(api.rate_per_s == 30.0);
}

TEST_CASE("under Cluster the same pods get a third each, two of three requests over a second hop", "[unit]") {
  const StudyEstimate study = estimated(shop({2, 1, 0}, "Cluster", {call("http://shop/", 30)}).text());
  const TrafficEstimate& api = first(study);
  check_near(pod_shares(api), {1.0 / 3, 1.0 / 3, 1.0 / 3});
  CHECK(api.second_hop_share == Approx(2.0 / 3));
  CHECK(api.nodes[0].second_hop_share == Approx(1.0 / 3));
  CHECK(api.nodes[1].second_hop_share == Approx(2.0 / 3));
  CHECK(api.nodes[2].second_hop_share == Approx(1.0));
  CHECK(api.zone_crossings == Approx(2.0 / 3));  // each node in a zone of its own
  CHECK(api.zones[0].served_share == Approx(2.0 / 3));
  CHECK(api.pods[0].relative_load == Approx(1.0));
  CHECK(api.pods[0].rate_per_s == Approx(10.0));
  CHECK(api.pods[0].utilization == Approx(0.1));
  const StudyEstimate one_zone = estimated(shop({2, 1, 0}, "Cluster", {call("http://shop/", 30)}, "a").text());
  CHECK(first(one_zone).zone_crossings == 0.0);
  CHECK(first(one_zone).second_hop_share == Approx(2.0 / 3));
}

TEST_CASE("without crossing zones a pod alone in its zone gets half, four in the other an eighth each", "[unit]") {
  ScenarioText text = shop({1, 4}, "Local", {call("http://lb/", 30)});
  text.edges = {"{name: lb, kind: nlb, service: shop, crossZone: false, balance: random}"};
  const StudyEstimate apart = estimated(text.text());
  check_near(pod_shares(first(apart)), {0.125, 0.125, 0.125, 0.125, 0.5});
  CHECK(first(apart).zone_crossings == 0.0);
  // With them the entry zone no longer decides, but half of the connections go over to the other.
  text.edges = {"{name: lb, kind: nlb, service: shop, crossZone: true, balance: random}"};
  CHECK(first(estimated(text.text())).zone_crossings == Approx(0.5));
}

TEST_CASE("two controllers under Local on ten nodes share the load, and eight nodes receive nothing", "[unit]") {
  ScenarioText text = behind_ingress({1, 1, 1, 0, 0, 0, 0, 0, 0, 0}, "{class: nginx, replicas: 2, workers: 1}");
  text.spec.push_back(
      "variants: [{name: Cluster}, {name: Local, patch: {Service/ingress-nginx/ingress-nginx-controller: {spec: "
      "{externalTrafficPolicy: Local}}}}]");
  const StudyEstimate study = estimated(text.text());
  const TrafficEstimate& local = study.variants[1].traffic[0];
  check_near(pod_shares(local, "ingress-nginx/"), {0.5, 0.5});
  const auto receives = [](const PlaceEstimate& node) { return node.entered_share.value() > 0.0; };
  CHECK(std::count_if(local.nodes.begin(), local.nodes.end(), receives) == 2);
  CHECK(local.second_hop_share == 0.0);
  const TrafficEstimate& cluster = first(study);
  CHECK(std::count_if(cluster.nodes.begin(), cluster.nodes.end(), receives) == 10);
  CHECK(cluster.second_hop_share == Approx(0.9));
}

TEST_CASE("behind a controller pods share alike, whether it dials them or the cluster IP", "[unit]") {
  ScenarioText text = behind_ingress({2, 1, 1}, "{class: nginx, replicas: 2, workers: 2}");
  const StudyEstimate direct = estimated(text.text());
  check_near(pod_shares(first(direct)), {0.25, 0.25, 0.25, 0.25});
  check_near(pod_shares(first(direct), "ingress-nginx/"), {0.5, 0.5});
  CHECK(first(direct).nodes[0].served_share == Approx(0.5));
  text.documents.back().insert(text.documents.back().find("name: shop"),
                               "annotations: {nginx.ingress.kubernetes.io/service-upstream: \"true\"}, ");
  const StudyEstimate through = estimated(text.text());
  check_near(pod_shares(first(through)), {0.25, 0.25, 0.25, 0.25});
  CHECK(through.variants[0].spread.factor.value() == Approx(direct.variants[0].spread.factor.value()));
  // Only the pods of the controller's own node: where there is none, requests end.
  text.documents[1].insert(text.documents[1].find("externalTrafficPolicy"), "internalTrafficPolicy: Local, ");
  const StudyEstimate own = estimated(text.text());
  CHECK_FALSE(is_near(pod_shares(first(own)), {0.25, 0.25, 0.25, 0.25}));
  CHECK(own.variants[0].ideal.factor.value() >= own.variants[0].spread.factor.value());
  const auto is_bound = [](const std::string& line) { return line.find("upper bound") != std::string::npos; };
  CHECK(std::any_of(first(own).assumptions.begin(), first(own).assumptions.end(), is_bound));
  CHECK(std::none_of(first(direct).assumptions.begin(), first(direct).assumptions.end(), is_bound));
}

TEST_CASE("a web server that knows some nodes only sends a node's share there", "[unit]") {
  ScenarioText text = shop({2, 1, 0}, "Cluster", {call("http://web/", 30)});
  text.edges = {"{name: web, kind: nginx, upstream: {nodePort: \"shop:80\", nodes: [worker-0, worker-2]}}"};
  const TrafficEstimate api = first(estimated(text.text()));
  CHECK(api.nodes[0].entered_share == Approx(0.5));
  CHECK(api.nodes[1].entered_share == 0.0);
  CHECK(api.second_hop_share == Approx(0.5 * (1.0 / 3) + 0.5));
  // Under Local the node without a pod drops; nginx turns to the other only for clients who wait for that.
  const auto local = [&](const std::string& timeout) {
    ScenarioText made = shop({2, 1, 0}, "Local", {call("http://web/", 30, timeout)});
    made.edges = text.edges;
    return first(estimated(made.text()));
  };
  CHECK(local(", timeout: 1s").dropped_share == Approx(0.5));
  CHECK(local(", timeout: 1s").pods.front().rate_per_s == Approx(7.5));
  CHECK(local(", timeout: 90s").dropped_share == 0.0);
  CHECK(local(", timeout: 90s").pods.front().rate_per_s == Approx(15.0));
}

TEST_CASE("classes that share pods add up, and each has shares of its own", "[unit]") {
  ScenarioText text = shop({2, 1, 0}, "Local",
                           {"{name: browser, to: \"http://shop/\", arrivals: poisson(60/s)}",
                            "{name: batch, to: \"http://shop/\", from: Node/worker-2, arrivals: poisson(30/s)}"});
  const StudyEstimate study = estimated(text.text());
  const VariantEstimate& only = study.variants[0];
  REQUIRE(only.traffic.size() == 3);
  check_near(pod_shares(only.traffic[0]), {1.0 / 3, 1.0 / 3, 1.0 / 3});  // batch: inside, past the node ports
  CHECK(only.traffic[0].traffic == "batch");
  CHECK_FALSE(only.traffic[0].nodes[0].entered_share);
  check_near(pod_shares(only.traffic[1]), {0.25, 0.25, 0.5});
  const TrafficEstimate& all = only.traffic[2];
  CHECK(all.traffic.empty());
  CHECK(all.rate_per_s == 90.0);
  check_near(pod_shares(all), {25.0 / 90, 25.0 / 90, 40.0 / 90});
  CHECK(all.pods.size() == 3);
  CHECK_FALSE(only.traffic[0].pods[0].utilization);  // it is of all together
  CHECK(only.spread.factor == Approx(100.0 / 40.0));
  CHECK(only.spread.rate_per_s == Approx(225.0));
  CHECK(only.ideal.factor == Approx(300.0 / 90.0));
}

TEST_CASE("Local on 2 + 1 pods bears two thirds of what Cluster does, and says which pod is full", "[unit]") {
  const VariantEstimate local = estimated(shop({2, 1}, "Local", {call("http://shop/", 150)}).text()).variants[0];
  const VariantEstimate cluster = estimated(shop({2, 1}, "Cluster", {call("http://shop/", 150)}).text()).variants[0];
  CHECK(cluster.spread.factor == Approx(2.0));
  CHECK(local.spread.factor.value() == Approx(cluster.spread.factor.value() * 2.0 / 3.0));
  CHECK(local.spread.rate_per_s == Approx(200.0));
  REQUIRE(local.spread.bottlenecks.size() == 1);
  CHECK(local.spread.bottlenecks[0].find(" on worker-1") != std::string::npos);
  CHECK(local.ideal.factor == Approx(2.0));
  CHECK(local.ideal.bottlenecks == std::vector<std::string>{"all 3 pods of default/shop"});
  CHECK(cluster.spread.bottlenecks == local.ideal.bottlenecks);
  // As many pods on each node: nothing is wasted.
  const VariantEstimate even = estimated(shop({2, 2}, "Local", {call("http://shop/", 150)}).text()).variants[0];
  CHECK(even.spread.factor.value() == Approx(even.ideal.factor.value()));
}

TEST_CASE("callers who reach only the pods of their node fill these, however idle the others are", "[unit]") {
  ScenarioText text =
      shop({2, 1}, "Cluster", {"{name: api, to: \"http://shop/\", from: Node/worker-1, arrivals: poisson(50/s)}"});
  CHECK(estimated(text.text()).variants[0].ideal.factor == Approx(6.0));
  text.documents[1] =
      "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {internalTrafficPolicy: Local, selector: {app: "
      "shop}, ports: [{port: 80, targetPort: 8080}]}}";
  const VariantEstimate own = estimated(text.text()).variants[0];
  CHECK(own.ideal.factor == Approx(2.0));
  REQUIRE(own.ideal.bottlenecks.size() == 1);
  CHECK(own.ideal.bottlenecks[0].find(" on worker-1") != std::string::npos);
}

TEST_CASE("the headroom is that of the report of a run", "[unit]") {
  ScenarioText text = shop({2, 1}, "Local", {call("http://shop/", 150)});
  text.spec = {"run: {duration: 2s, warmup: 1s, replications: {min: 2, max: 2}}"};
  const report::Report report = run_text(text.text());
  const VariantEstimate ours = estimated(text.text()).variants[0];
  CHECK(report.notes[0].headroom == ours.spread.factor);
  CHECK(report.notes[0].bottleneck == ours.spread.bottlenecks.at(0));
}

TEST_CASE("an overload is printed as it is: factor below 1, utilization above", "[unit]") {
  const VariantEstimate over = estimated(shop({1}, "Cluster", {call("http://shop/", 125)}).text()).variants[0];
  CHECK(over.state == "unstable");
  CHECK(over.spread.factor == Approx(0.8));
  CHECK(over.traffic[0].pods[0].utilization == Approx(1.25));
  ScenarioText limited = shop({1}, "Cluster", {call("http://shop/", 125)});
  limited.pods = {
      "Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=10ms), queue: {limit: 4, whenFull: "
      "503}}"};
  CHECK(estimated(limited.text()).variants[0].state == "saturated");
}

TEST_CASE("a closed loop has shares but no rate, utilization or capacity, and says so", "[unit]") {
  ScenarioText text = shop({2, 1}, "Local", {"{name: api, to: \"http://shop/\", arrivals: closed(users=20 think=1s)}"});
  const VariantEstimate closed = estimated(text.text()).variants[0];
  check_near(pod_shares(closed.traffic.at(0)), {0.25, 0.25, 0.5});
  CHECK_FALSE(closed.traffic[0].rate_per_s);
  CHECK_FALSE(closed.traffic[0].pods[0].rate_per_s);
  CHECK_FALSE(closed.traffic[0].pods[0].utilization);
  CHECK_FALSE(closed.spread.factor);
  CHECK_FALSE(closed.ideal.factor);
  REQUIRE(!closed.traffic[0].assumptions.empty());
  CHECK(closed.traffic[0].assumptions[0].rfind("a closed loop", 0) == 0);
}

TEST_CASE("an edge that decides by load evens utilization out, and the line says that this was assumed", "[unit]") {
  ScenarioText text = shop({1, 1}, "Cluster", {call("http://web/", 30)});
  text.edges = {"{name: web, kind: envoy, service: shop, balance: least_request}"};
  text.pods = {
      "Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=10ms), slow: {pod: 1, factor: 3}}"};
  const StudyEstimate study = estimated(text.text());
  check_near(pod_shares(first(study)), {0.25, 0.75});
  CHECK(first(study).pods[0].utilization == Approx(first(study).pods[1].utilization.value()));
  CHECK(first(study).assumptions.at(0).find("least_request") != std::string::npos);
  text.edges = {"{name: web, kind: envoy, service: shop, balance: random}"};
  check_near(pod_shares(first(estimated(text.text()))), {0.5, 0.5});
  CHECK(first(estimated(text.text())).assumptions.empty());
}

TEST_CASE("of placements drawn anew for each replication the one that loads a pod most is shown", "[unit]") {
  ScenarioText text = shop({2, 1, 0}, "Local", {call("http://shop/", 30)});
  text.cluster[2] = "placement: {policy: random, draw: per_replication}";
  text.spec = {"run: {duration: 2s, warmup: 1s, replications: {min: 2, max: 30}}"};
  const StudyEstimate study = estimated(text.text());
  CHECK(study.variants[0].spread.factor == Approx(300.0 / 30 / 1.5));  // some draw is 2 + 1
  CHECK(pod_shares(first(study)).back() == Approx(0.5));
  REQUIRE(study.warnings.size() == 1);
  CHECK(study.warnings[0].find("placed anew") != std::string::npos);
}

TEST_CASE("the simulation of the quickstart has the shares that were estimated", "[statistical][slow]") {
  const std::string path = std::string{TOWTANK_SOURCE_DIR} + "/scenarios/quickstart.yaml";
  constexpr double kChecks = 24.0;  // 5 pods, 3 nodes twice and a share, of two variants
  scenario::LoadOptions options;
  options.confidence = 1.0 - kReferenceFalseAlarm / kChecks;
  const report::Report report = run_scenario(path, options);
  PlainFiles files;
  const Result<StudyEstimate> study = estimate_study(*scenario::load_study(path, files, {}));
  REQUIRE(study);

  const auto holds = [](const report::Estimate& interval, const std::optional<double>& value) {
    return interval.low && value && *interval.low <= *value && *value <= *interval.high;
  };
  int compared = 0, twins_outside = 0;
  for (std::size_t v = 0; v < 2; ++v) {
    const TrafficEstimate& ours = study->variants[v].traffic[0];
    const TrafficEstimate& twin = study->variants[1 - v].traffic[0];
    for (const report::EndpointRow& row : report.endpoints) {
      if (row.variant != study->variants[v].variant) continue;
      const auto pod =
          std::find_if(ours.pods.begin(), ours.pods.end(), [&](const auto& one) { return one.pod == row.endpoint; });
      REQUIRE(pod != ours.pods.end());
      INFO(row.variant << ' ' << row.endpoint);
      CHECK(holds(row.requests_share, pod->requests_share));
      twins_outside +=
          !holds(row.requests_share, twin.pods[static_cast<std::size_t>(pod - ours.pods.begin())].requests_share);
      ++compared;
    }
    for (const report::NodeRow& row : report.nodes) {
      if (row.variant != study->variants[v].variant) continue;
      const auto node =
          std::find_if(ours.nodes.begin(), ours.nodes.end(), [&](const auto& one) { return one.name == row.node; });
      REQUIRE(node != ours.nodes.end());
      INFO(row.variant << ' ' << row.node);
      CHECK(holds(row.connections_share, node->entered_share));
      CHECK(holds(row.second_hop_share, node->second_hop_share));
      compared += 2;
    }
    for (const report::SummaryRow& row : report.summary) {
      if (row.variant != study->variants[v].variant || row.metric != "second_hop_share") continue;
      CHECK(holds(row.estimate, ours.second_hop_share));
      CHECK_FALSE(holds(row.estimate, twin.second_hop_share));
      ++compared;
    }
  }
  CHECK(compared == kChecks);
  CHECK(twins_outside == 10);
}

TEST_CASE("of kept connections a node that drops takes few requests, as the simulation has it", "[statistical]") {
  ScenarioText text = shop({1, 0, 0}, "Local",
                           {"{name: api, to: \"http://node:30904/\", arrivals: poisson(30/s), clients: 10, timeout: 1s, "
                            "connections: {reuse: keepalive, maxRequests: 10}}"});
  text.spec = {"run: {duration: 200s, warmup: 20s, confidence: 99.9999%, replications: {min: 20, max: 20}}"};
  const TrafficEstimate api = first(estimated(text.text()));
  // Two connections are lost for each that comes about, which then carries ten requests.
  CHECK(api.dropped_share == Approx(2.0 / 12).epsilon(1e-3));
  CHECK(api.pods.at(0).rate_per_s == Approx(25.0).epsilon(1e-3));
  const report::Report report = run_text(text.text());
  const auto holds = [](const report::Estimate& estimate, double value) {
    return estimate.low && *estimate.low <= value && value <= *estimate.high;
  };
  for (const report::SummaryRow& row : report.summary)
    if (row.metric == "error_rate") {
      CHECK(holds(row.estimate, api.dropped_share));
      CHECK_FALSE(holds(row.estimate, 2.0 / 3));
    }
  for (std::size_t node = 0; node < 3; ++node) {
    CHECK(holds(report.nodes.at(node).connections_share, api.nodes[node].entered_share.value()));
    CHECK_FALSE(holds(report.nodes.at(node).connections_share, 1.0 / 3));
  }
  CHECK(holds(report.endpoints.at(0).utilization, api.pods[0].utilization.value()));
}

TEST_CASE("what stands in line behind a dropped attempt is carried by the connection that comes about", "[statistical]") {
  const auto text = [](int connections) {
    ScenarioText made = shop({1, 0, 0}, "Local",
                             {"{name: api, to: \"http://node:30904/\", arrivals: poisson(20/s), clients: 20, timeout: 2s, connections: {reuse: keepalive, "
                              "idleTimeout: 1s, perClient: " + std::to_string(connections) + "}}"});
    made.spec = {"run: {duration: 300s, warmup: 20s, confidence: 99.9999%, replications: {min: 20, max: 20}}"};
    return made.text();
  };
  // A client asks each second. Of three nodes two drop, so two attempts are lost for each connection that comes about; it
  // carries e requests until it idles for a second, and behind a lost attempt of two seconds those that came meanwhile but one.
  const double waiting = 2.0 / 3 * (2.0 - 1.0 + std::exp(-2.0)), without = 2.0 / (2.0 + std::exp(1.0));
  const TrafficEstimate one = first(estimated(text(1)));
  CHECK(one.dropped_share == Approx(2.0 / (2.0 + std::exp(1.0) + waiting)).epsilon(1e-9));
  CHECK(first(estimated(text(100))).dropped_share == Approx(without).epsilon(1e-9));
  const report::Report report = run_text(text(1));
  for (const report::SummaryRow& row : report.summary) {
    if (row.metric != "error_rate") continue;
    REQUIRE(row.estimate.low);
    CHECK(*row.estimate.low <= one.dropped_share);
    CHECK(one.dropped_share <= *row.estimate.high);
    CHECK_FALSE((*row.estimate.low <= without && without <= *row.estimate.high));
  }
}

TEST_CASE("connections that nodes refuse are tried anew with the next request, and none waits in line for them", "[statistical]") {
  ScenarioText made = shop({1, 0, 0}, "Cluster",
                           {"{name: api, to: \"http://node:8088/\", arrivals: poisson(20/s), clients: 20, timeout: 2s, connections: {reuse: keepalive, "
                            "idleTimeout: 1s, perClient: 1}}"});
  std::string& pods = made.documents[0];
  pods.replace(pods.find("containerPort: 8080"), 19, "containerPort: 8080, hostPort: 8088");
  made.spec = {"run: {duration: 300s, warmup: 20s, confidence: 99.9999%, replications: {min: 20, max: 20}}"};
  // A client asks each second. Of three nodes two have no such pod, so two attempts fail for each connection that comes
  // about; it carries e requests until it idles for a second.
  const double share = 2.0 / (2.0 + std::exp(1.0)), if_they_waited = 2.0 / (2.0 + std::exp(1.0) + 2.0 / 3 * (2.0 - 1.0 + std::exp(-2.0)));
  const TrafficEstimate api = first(estimated(made.text()));
  CHECK(api.refused_share == Approx(share).epsilon(1e-9));
  CHECK(api.dropped_share == 0.0);
  const report::Report report = run_text(made.text());
  for (const report::SummaryRow& row : report.summary) {
    if (row.metric != "error_rate") continue;
    REQUIRE(row.estimate.low);
    CHECK(*row.estimate.low <= share);
    CHECK(share <= *row.estimate.high);
    CHECK_FALSE((*row.estimate.low <= if_they_waited && if_they_waited <= *row.estimate.high));
  }
}

/// A second Deployment behind the Service of `shop`, as a canary or the other colour is.
ScenarioText shop_and_canary(const std::string& policy) {
  ScenarioText made = shop({2, 0}, policy, {call("http://shop/", 90.0)});
  made.cluster[2] = "placement: {pin: {Deployment/shop: {worker-0: 2}, Deployment/canary: {worker-1: 1}}}";
  made.pods.push_back("Deployment/canary: {model: workers, workers: 1, serviceTime: exponential(mean=10ms)}");
  std::string canary = deployment("canary", 1);
  canary.replace(canary.find("labels: {app: canary}"), 21, "labels: {app: shop, track: canary}");
  canary.replace(canary.find("matchLabels: {app: canary}"), 26, "matchLabels: {track: canary}");
  made.documents.push_back(canary);
  made.documents[1].replace(made.documents[1].find("selector: {app: shop}"), 21, "selector: {app: shop}");
  return made;
}

TEST_CASE("workloads behind one Service share its requests: under Local 2 + 1 pods get 25, 25 and 50 %", "[unit]") {
  const TrafficEstimate made = first(estimated(shop_and_canary("Local").text()));
  REQUIRE(made.pods.size() == 3);
  CHECK(made.pods[0].pod == "canary-0");
  CHECK(made.pods[0].requests_share.value() == Approx(0.5));
  CHECK(made.pods[0].relative_load.value() == Approx(1.5));
  CHECK(made.pods[1].requests_share.value() == Approx(0.25));
  CHECK(made.pods[2].relative_load.value() == Approx(0.75));
  ScenarioText text = shop_and_canary("Local");
  text.spec = {"run: {duration: 200s, warmup: 20s, replications: {min: 4, max: 4}}"};
  for (const report::EndpointRow& row : run_text(text.text()).endpoints) {
    const double share = row.endpoint == "canary-0" ? 0.5 : 0.25;
    INFO(row.endpoint);
    CHECK(row.requests_share.value.value() == Approx(share).margin(0.02));
    CHECK(row.relative_load.value.value() == Approx(3.0 * share).margin(0.06));
  }
}

TEST_CASE("pods share requests where a Service, or several that overlap, lead to them", "[unit]") {
  model::Cluster cluster;
  cluster.workloads.resize(4);
  for (const std::uint32_t workload : {0u, 0u, 1u, 2u, 3u, 3u}) cluster.pods.push_back({"pod", workload, 0, 1.0});
  CHECK(model::pod_groups(cluster) == std::vector<std::uint32_t>{0, 0, 1, 2, 3, 3});
  cluster.services.resize(2);
  cluster.services[0].pods = {2, 3};
  CHECK(model::pod_groups(cluster) == std::vector<std::uint32_t>{0, 0, 1, 1, 2, 2});
  cluster.services[1].pods = {3, 1};
  CHECK(model::pod_groups(cluster) == std::vector<std::uint32_t>{0, 0, 0, 0, 1, 1});
}

TEST_CASE("an edge that decides by addresses says of how many, whatever the algorithm", "[unit]") {
  for (const BalancerInfo& info : balancers()) {
    BalancerArguments none;
    const bool by_address = info.make(none, PickDraws{Draws{0, 0}, PurposeId{0}})->by_source;
    const std::string kind = info.fits("nginx") ? "nginx" : info.fits("envoy") ? "envoy" : info.fits("haproxy") ? "haproxy" : "";
    if (kind.empty()) continue;
    ScenarioText text = shop({1, 1}, "Cluster", {call("http://web/", 10.0, ", clients: 2")});
    text.edges = {"{name: web, kind: " + kind + ", service: shop, balance: " + std::string{info.written()} + "}"};
    const std::vector<std::string> lines = first(estimated(text.text())).assumptions;
    const bool is_told = std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
      return line.find("the address it sees (those of 2 clients)") != std::string::npos;
    });
    INFO(info.name);
    CHECK(is_told == by_address);
  }
}

TEST_CASE("a controller behind kube-proxy that masquerades hashes the addresses of nodes, and says so", "[unit]") {
  ScenarioText text = shop({1, 1, 1}, "Cluster", {call("http://shop.example.com/", 10.0, ", clients: 1000")});
  text.spec = {"ingress: [{class: nginx, replicas: 1, workers: 1, balance: chash}]"};
  text.documents.push_back(
      "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop}, spec: {ingressClassName: nginx, rules: [{host: "
      "shop.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}]}}]}}");
  const std::vector<std::string> lines = first(estimated(text.text())).assumptions;
  CHECK(std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("the address it sees (those of 3 nodes)") != std::string::npos;
  }));
  text.cluster.push_back("kubeProxy: {mode: cilium, forwarding: dsr}");
  const std::vector<std::string> directly = first(estimated(text.text())).assumptions;
  CHECK(std::any_of(directly.begin(), directly.end(), [](const std::string& line) {
    return line.find("the address it sees (those of 1000 clients)") != std::string::npos;
  }));
}

TEST_CASE("where few addresses load one pod, headroom goes by what was seen", "[unit]") {
  ScenarioText text = shop({1, 1, 1}, "Cluster", {call("http://web/", 60.0, ", clients: 1")});
  text.edges = {"{name: web, kind: nginx, service: shop, balance: ip_hash}"};
  text.spec = {"run: {duration: 100s, warmup: 10s, replications: {min: 6, max: 6}}"};
  const report::Report report = run_text(text.text());
  REQUIRE(report.notes.at(0).headroom);
  CHECK(*report.notes[0].headroom < 1.9);  // one pod serves 100 a second and gets all 60
  CHECK(*report.notes[0].headroom > 1.5);
  const auto tells = [](const std::string& line) { return line.find("headroom goes by what was seen") != std::string::npos; };
  CHECK(std::count_if(report.warnings.begin(), report.warnings.end(), tells) == 1);
  text.traffic = {call("http://web/", 60.0, ", clients: 100000")};
  const report::Report many = run_text(text.text());
  CHECK(*many.notes.at(0).headroom == Approx(5.0));
  CHECK(std::none_of(many.warnings.begin(), many.warnings.end(), tells));
}

TEST_CASE("retries of what nodes drop come on top of the load, as the simulation has them", "[statistical]") {
  const std::string retried = ", timeout: 1s, retries: {max: 2, when: [connect_failure]}";
  ScenarioText text = shop({2, 1, 0}, "Local", {call("http://node:30904/", 90.0, retried)});
  text.spec = {"run: {duration: 100s, warmup: 10s, replications: {min: 10, max: 10}}"};
  // A third of the attempts comes to the node without a pod: 1 + 1/3 + 1/9 of them, each pod of two gets a sixth, the other a third.
  const double attempts = 1.0 + 1.0 / 3.0 + 1.0 / 9.0;
  const scenario::Study study = loaded(text.text());
  const BuiltStudy built = build_variants(study);
  REQUIRE(built.problems.empty());
  const OfferedLoad& load = built.runs[0].load;
  REQUIRE(load.arrivals_per_s.size() == 3);
  double foreseen = 0.0;
  for (const double rate : load.arrivals_per_s) foreseen += rate;
  CHECK(foreseen == Approx(90.0 * attempts * 2.0 / 3.0));
  Horizon horizon;
  horizon.warmup = 10s;
  horizon.window = horizon.bin = 100s;
  std::vector<double> per_s, tries;
  for (std::uint32_t r = 0; r < 10; ++r) {
    const ReplicationResult result = replicate_once(built.runs[0], horizon, Draws{4, r}, r);
    double served = 0.0;
    for (const EndpointTotals& pod : result.endpoints) served += static_cast<double>(pod.requests);
    per_s.push_back(served / 100.0);
    tries.push_back(static_cast<double>(result.traffic[0].attempts) / static_cast<double>(result.traffic[0].offered));
  }
  const Interval seen = mean_interval(per_s, 1.0 - 1e-6), seen_tries = mean_interval(tries, 1.0 - 1e-6);
  INFO(seen.low << " " << seen.high << " " << seen_tries.low << " " << seen_tries.high);
  CHECK(seen.low <= foreseen);
  CHECK(foreseen <= seen.high);
  CHECK(seen_tries.low <= attempts);
  CHECK(attempts <= seen_tries.high);
  CHECK(90.0 * 2.0 / 3.0 < seen.low);  // the twin: first attempts alone
}

TEST_CASE("where every pod listens nothing is refused, to the last bit", "[unit]") {
  for (const int pods : {3, 6, 7, 9, 10, 11}) {
    ScenarioText text = shop({pods}, "Cluster", {call("http://web/", 10.0)});
    text.edges = {"{name: web, kind: envoy, service: shop}"};
    CHECK(first(estimated(text.text())).refused_share == 0.0);
  }
}

/// Three of four pods behind a controller of ingress-nginx, which tries three, do not listen.
ScenarioText three_deaf(const std::string& retries) {
  ScenarioText text = shop({1}, "Cluster", {call("http://shop.example.com/", 10.0, retries)});
  text.cluster[2] = "placement: {pin: {Deployment/shop: {worker-0: 1}}}";
  text.spec = {"ingress: [{class: nginx, replicas: 1, workers: 1}]"};
  std::string deaf = deployment("deaf", 3);
  deaf.replace(deaf.find("labels: {app: deaf}"), 19, "labels: {app: shop, of: deaf}");
  deaf.replace(deaf.find("matchLabels: {app: deaf}"), 24, "matchLabels: {of: deaf}");
  deaf.replace(deaf.find("containerPort: 8080"), 19, "containerPort: 9090");
  text.documents.push_back(deaf);
  text.documents.push_back(
      "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop}, spec: {ingressClassName: nginx, rules: [{host: "
      "shop.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}]}}]}}");
  return text;
}

TEST_CASE("a proxy whose tries all come to pods that do not listen answers by itself", "[unit]") {
  const TrafficEstimate made = first(estimated(three_deaf("").text()));
  CHECK(made.refused_share == Approx(3.0 / 4.0 * 2.0 / 3.0 * 1.0 / 2.0));
  // What the controller answers with 502 a client tries again as a 5xx, and not as a failure to connect.
  const auto at_controller = [](const std::string& when) {
    const scenario::Study study = loaded(three_deaf(", retries: {max: 3, when: [" + when + "]}").text());
    const BuiltStudy built = build_variants(study);
    REQUIRE(built.problems.empty());
    double rate = 0.0;
    for (std::size_t pod = 0; pod < built.runs[0].cluster().pods.size(); ++pod)
      if (built.runs[0].cluster().pods[pod].name.find("controller") != std::string::npos) rate += built.runs[0].load.arrivals_per_s[pod];
    return rate;
  };
  CHECK(at_controller("connect_failure") == Approx(10.0));
  CHECK(at_controller("5xx") == Approx(10.0 * (1.0 + 1.0 / 4.0 + 1.0 / 16.0 + 1.0 / 64.0)));
}

TEST_CASE("who goes by load is no reason to doubt the headroom", "[unit]") {
  ScenarioText text = shop({1, 1, 1}, "Cluster", {call("http://web/", 30.0)});
  text.pods = {"Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=10ms), slow: [{pod: 0, factor: 3}]}"};
  text.edges = {"{name: web, kind: envoy, service: shop, balance: least_request}"};
  text.spec = {"run: {duration: 100s, warmup: 10s, replications: {min: 6, max: 6}}"};
  for (const std::string& line : run_text(text.text()).warnings) CHECK(line.find("headroom goes by what was seen") == std::string::npos);
}

}  // namespace towtank::test
