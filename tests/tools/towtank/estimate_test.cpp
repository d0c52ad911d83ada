#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/tools/towtank/support.hpp"
#include "tools/towtank/output/csv.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

using test::Ended;
using test::holds;

/// @param pods  of `shop`, on `nodes` nodes in two zones
std::string shop_on_nodes(int pods, int nodes) {
  return R"(apiVersion: towtank/v1
kind: Scenario
metadata: {name: shop}
spec:
  cluster: {nodePools: [{name: worker, count: )" +
         std::to_string(nodes) + R"(, zones: [a, b], cpu: 64, memory: 64Gi}], network: {preset: ideal}}
  pods:
    Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=10ms)}
  traffic:
    - {name: api, to: "http://shop/", arrivals: poisson(100/s), connections: {reuse: per_request}}
  variants:
    - {name: Cluster}
    - {name: Local, patch: {Service/shop: {spec: {externalTrafficPolicy: Local}}}}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {type: LoadBalancer, selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: )" +
         std::to_string(pods) + R"(
  selector: {matchLabels: {app: shop}}
  template: {metadata: {labels: {app: shop}}, spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}}
)";
}

Ended estimate(std::vector<std::string> words, const std::string& input) {
  words.insert(words.begin(), {"estimate", "-"});
  return test::towtank(words, input);
}

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    longest = std::max(longest, display_width(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return longest;
}

}  // namespace

TEST_CASE("estimate of the quickstart is the text that was checked by hand", "[golden]") {
  const std::string root{TOWTANK_SOURCE_DIR};
  const Ended ended = test::towtank({"estimate", root + "/scenarios/quickstart.yaml"}, "");
  CHECK(ended.status == 0);
  CHECK(ended.err.empty());
  CHECK(ended.out == test::get(root + "/tests/golden/estimate/quickstart.txt"));
  const Ended wide = test::towtank({"estimate", root + "/scenarios/quickstart.yaml", "-o", "wide"}, "");
  CHECK(holds(wide.out, "\nassumed defaults\n"));
}

TEST_CASE("of many pods and nodes the busiest are shown, with -o wide all", "[unit]") {
  const std::string many = shop_on_nodes(57, 16);
  const Ended table = estimate({}, many);
  REQUIRE(table.status == 0);
  CHECK(holds(table.out, "... and 47 more (-o wide shows all)"));
  CHECK(holds(table.out, "... and 6 more (-o wide shows all)"));
  CHECK(longest_line(table.out) <= 120);
  const Ended wide = estimate({"-o", "wide"}, many);
  CHECK_FALSE(holds(wide.out, "more (-o wide"));
  CHECK(holds(wide.out, "shop-56 "));
  CHECK_FALSE(holds(estimate({}, shop_on_nodes(12, 12)).out, "more (-o wide"));
}

TEST_CASE("the busiest pod of many stands first", "[unit]") {
  // 17 pods on 16 nodes: one node has two, and under Local these are the idle ones.
  const std::string out = estimate({"--variant", "Local", "-q"}, shop_on_nodes(17, 16)).out;
  const std::size_t pods = out.find("    pod ");
  REQUIRE(pods != std::string::npos);
  CHECK(holds(out.substr(pods, 300), "6.25 %           1.06"));
  CHECK_FALSE(holds(out.substr(pods), "3.12 %"));  // half of 1/16: left out
}

TEST_CASE("estimate -o csv has a line for every zone, node, pod, traffic and variant", "[unit]") {
  const Ended ended = estimate({"-o", "csv"}, shop_on_nodes(3, 2));
  REQUIRE(ended.status == 0);
  const CsvTable table = *parse_csv(ended.out, "estimate");
  REQUIRE(table.rows.size() == 2 * (2 + 2 + 3 + 1 + 1));
  const auto cell = [&](std::size_t row, const char* column) { return table.rows[row][*table.column(column)]; };
  CHECK(cell(0, "level") == "zone");
  CHECK(cell(2, "level") == "node");
  CHECK(cell(2, "entered_share") == "0.5");
  CHECK(cell(2, "requests_share").empty());
  CHECK(cell(4, "level") == "pod");
  CHECK(cell(4, "name") == "shop-0");
  CHECK(std::stod(cell(4, "requests_share")) == Approx(1.0 / 3));
  CHECK(std::stod(cell(4, "utilization")) == Approx(1.0 / 3));
  CHECK(cell(7, "level") == "traffic");
  CHECK(std::stod(cell(7, "second_hop_share")) == Approx(0.5));
  CHECK(cell(8, "level") == "variant");
  CHECK(std::stod(cell(8, "headroom")) == Approx(3.0));
  CHECK(std::stod(cell(17, "headroom")) == Approx(2.0));
  CHECK(holds(cell(17, "bottleneck"), "pod shop-"));
  CHECK(cell(17, "ideal_bottleneck") == "all 3 pods of default/shop");
  CHECK(std::stod(cell(17, "ideal_headroom")) == Approx(3.0));
  CHECK(std::stod(cell(17, "ideal_capacity_per_s")) == Approx(300.0));
}

TEST_CASE("estimate -o json has the same numbers, and null for what is not known", "[unit]") {
  const nlohmann::json json =
      nlohmann::json::parse(estimate({"-o", "json", "--variant", "Local"}, shop_on_nodes(3, 2)).out);
  CHECK(json["schemaVersion"] == 1);
  REQUIRE(json["variants"].size() == 1);
  const nlohmann::json& local = json["variants"][0];
  CHECK(local["state"] == "steady");
  CHECK(local["spread"]["factor"].get<double>() == Approx(2.0));
  CHECK(local["ideal"]["bottlenecks"][0] == "all 3 pods of default/shop");
  CHECK(local["traffic"][0]["pods"].size() == 3);
  CHECK(local["traffic"][0]["nodes"][0]["entered_share"] == 0.5);
  CHECK(json["assumptions"].is_array());
  std::string closed = shop_on_nodes(3, 2);
  closed.replace(closed.find("poisson(100/s)"), 14, "closed(users=5 think=1s)");
  const nlohmann::json loop = nlohmann::json::parse(estimate({"-o", "json", "--variant", "Local"}, closed).out);
  CHECK(loop["variants"][0]["spread"]["factor"].is_null());
  CHECK(loop["variants"][0]["traffic"][0]["rate_per_s"].is_null());
  CHECK(holds(estimate({}, closed).out, "not known before a run: closed loops set their own rate"));
}

TEST_CASE("estimate -o markdown makes tables, and their cells are no markup", "[unit]") {
  const std::string out = estimate({"-o", "markdown"}, shop_on_nodes(3, 2)).out;
  CHECK(holds(out, "#### Local\n"));
  CHECK(
      holds(out, "| pod | node | in zone | share | relative load | req/s | utilization |\n| --- | --- | --- | ---: |"));
  CHECK(holds(out, "the way the load is spread leaves 33.3 % of the capacity unused"));
}

TEST_CASE("an overload says so: above 100 %, the factor below 1, and what becomes of the queue", "[unit]") {
  const Ended ended = estimate({"--set", "scenario:spec.load=4", "--variant", "Cluster"}, shop_on_nodes(3, 2));
  CHECK(ended.status == 0);
  CHECK(holds(ended.out, "133 %"));
  CHECK(holds(ended.out, "0.750 times the load"));
  CHECK(
      holds(ended.out, "overloaded: all 3 pods of default/shop are offered 133 % of what can be served, so the queue"));
  const std::string calm = estimate({"--variant", "Cluster"}, shop_on_nodes(3, 2)).out;
  CHECK_FALSE(holds(calm, "overloaded"));
}

TEST_CASE("estimate ends with 2 and no answer when the scenario or the flags are wrong", "[unit]") {
  for (const Ended& ended : {estimate({}, "kind: Scenario\n"), estimate({"-o", "xml"}, shop_on_nodes(3, 2)),
                             estimate({"--variant", "none"}, shop_on_nodes(3, 2)), test::towtank({"estimate"}, "")}) {
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    CHECK_FALSE(ended.err.empty());
  }
  const Ended pending = estimate({"--set", "Deployment/shop:spec.replicas=0"}, shop_on_nodes(3, 2));
  CHECK(pending.status == 2);
  CHECK(pending.out.empty());
}

TEST_CASE("estimate --help shows its flags and examples", "[unit]") {
  const Ended ended = test::towtank({"estimate", "--help"}, "");
  CHECK(ended.status == 0);
  CHECK(holds(ended.out, "--variant"));
  CHECK(holds(ended.out, "towtank estimate shop.yaml"));
}

}  // namespace towtank::tool
