#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/scenario/load_study.hpp"
#include "tests/models/scenario/shop_text.hpp"
#include "tests/support/memory_files.hpp"

// `all` as the values of an axis.

namespace towtank::scenario {
namespace {

const std::string kShop =
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {selector: {app: shop}, ports: [{port: 80}]}\n"
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  replicas: 2\n"
    "  selector: {matchLabels: {app: shop}}\n"
    "  template: {metadata: {labels: {app: shop}}, spec: {containers: [{name: app}]}}\n";

Result<Study> read_lines(const std::string& lines, const LoadOptions& options = {}) {
  MemoryFiles files{{{"s.yaml", kHead + kTraffic + lines + kShop}}};
  return load_study("s.yaml", files, options);
}

Study study_of(const std::string& lines, const LoadOptions& options = {}) {
  Result<Study> study = read_lines(lines, options);
  INFO((study ? "" : study.error()[0].text()));
  REQUIRE(study.has_value());
  return std::move(study.value());
}

std::string problem_of(const std::string& lines) {
  const Result<Study> study = read_lines(lines);
  REQUIRE_FALSE(study.has_value());
  REQUIRE(study.error().size() == 1);
  return study.error()[0].text();
}

/// The names of cells of one axis, as `balance=NAME`.
std::vector<std::string> cells_of(const Study& study, const std::string& label) {
  std::vector<std::string> cells;
  for (const VariantInput& variant : study.variants) {
    REQUIRE(variant.name.find(label + '=') != std::string::npos);
    cells.push_back(variant.name.substr(variant.name.find('=') + 1));
  }
  return cells;
}

std::vector<std::string> algorithms_at_ingress(const std::string& keys, const std::string& more = "") {
  return cells_of(study_of("  ingress: [{class: nginx" + keys +
                           "}]\n  matrix: {\"scenario:spec.ingress[class=nginx].balance\": all}\n" + more),
                  "balance");
}

std::vector<std::string> algorithms_of_edge(const std::string& keys) {
  return cells_of(study_of("  edge: [{name: web, " + keys + "}]\n  matrix: {\"spec.edge[name=web].balance\": all}\n"),
                  "balance");
}

}  // namespace

TEST_CASE("all stands for every algorithm of the product that balances there, in the order of the registry", "[unit]") {
  CHECK(algorithms_at_ingress("") == balancer_names("ingress-nginx"));
  CHECK(algorithms_at_ingress(", controller: ingress-nginx") == balancer_names("ingress-nginx"));
  for (const char* product : {"nginx", "envoy", "traefik"})
    CHECK(algorithms_at_ingress(std::string{", controller: "} + product) == balancer_names(product));
  const std::string of_traefik =
      "---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: nginx}\n"
      "spec: {controller: traefik.io/ingress-controller}\n";
  CHECK(algorithms_at_ingress("", of_traefik) == balancer_names("traefik"));
  const std::string upstream = ", upstream: {nodePort: \"shop:80\", nodes: all}";
  for (const char* product : {"nginx", "haproxy", "envoy"}) {
    std::vector<std::string> of_nodes = balancer_names(product);  // of which none answers
    of_nodes.erase(std::remove_if(of_nodes.begin(), of_nodes.end(), [&](const std::string& name) { return find_balancer(product, name)->asks; }), of_nodes.end());
    CHECK(algorithms_of_edge(std::string{"kind: "} + product + upstream) == of_nodes);
    CHECK(of_nodes.size() < balancer_names(product).size());
    CHECK(algorithms_of_edge(std::string{"kind: "} + product + ", service: shop, targets: ip") == balancer_names(product));
  }
  CHECK(algorithms_of_edge("kind: nlb, service: shop") == balancer_names("l4"));
}

TEST_CASE("an edge that weighs its nodes leaves out what does not look at weights, and says so", "[unit]") {
  const Study study = study_of(
      "  edge: [{name: web, kind: nginx, upstream: {nodePort: \"shop:80\", nodes: all, weights: {worker-0: 2}}}]\n"
      "  matrix: {\"spec.edge[name=web].balance\": all}\n");
  std::vector<std::string> weighing;
  for (const BalancerInfo& info : balancers())
    if (info.fits("nginx") && info.weighs) weighing.emplace_back(info.written());
  CHECK(cells_of(study, "balance") == weighing);
  CHECK(weighing.size() < balancer_names("nginx").size());
  REQUIRE(study.warnings.size() == 1);
  CHECK(study.warnings[0] ==
        "matrix, all of `spec.edge[name=web].balance`: without `join_idle_queue`, `peak_ewma`, `stale_least_request`, `random_subset`, "
        "`deterministic_subset`, `aperture`, `prequal`, `c3`, "
        "which ask pods that the edge does not dial, or would not look at the weights or priorities that it gives its nodes");
}

TEST_CASE("all of a choice or a boolean are its values, and a study that has any is a tournament", "[unit]") {
  const Study schedulers =
      study_of("  cluster: {kubeProxy: {mode: ipvs}}\n  matrix: {\"spec.cluster.kubeProxy.scheduler\": all}\n");
  CHECK(cells_of(schedulers, "scheduler") == balancer_names("ipvs"));
  CHECK(schedulers.is_tournament);
  CHECK(cells_of(study_of("  cluster: {kubeProxy: {mode: cilium}}\n  matrix: {\"spec.cluster.kubeProxy.scheduler\": all}\n"), "scheduler") ==
        balancer_names("cilium"));
  CHECK(cells_of(study_of("  matrix: {\"spec.cluster.kubeProxy.scheduler\": all}\n"), "scheduler") == balancer_names("ipvs"));
  const Study crossed = study_of(
      "  edge: [{name: lb, kind: nlb, service: shop}]\n  matrix: {\"spec.edge[name=lb].crossZone\": all, "
      "\"scenario:spec.load\": [1, 2]}\n");
  CHECK(cells_of(crossed, "crossZone") ==
        std::vector<std::string>{"true load=1", "true load=2", "false load=1", "false load=2"});
  CHECK_FALSE(study_of("  matrix: {\"scenario:spec.load\": [1, 2]}\n").is_tournament);
}

TEST_CASE("plan tries all algorithms where --vary asks for all", "[unit]") {
  LoadOptions options;
  options.vary = {{"scenario:spec.ingress[class=nginx].balance", {"all"}}};
  CHECK(cells_of(study_of("  ingress: [{class: nginx}]\n", options), "balance") == balancer_names("ingress-nginx"));
}

TEST_CASE("all of a field without a list of values is refused where the word stands, with what would do", "[unit]") {
  CHECK(problem_of("  matrix: {\"scenario:spec.load\": all}\n") ==
        "s.yaml:6:34: spec.matrix: `all` stands for all values of a balance, a choice or a boolean, as in "
        "`scenario:spec.ingress[class=nginx].balance`; `scenario:spec.load` has no list of its values (it takes a "
        "number): a "
        "list, such as [2, 4, 8], would do");
  CHECK(problem_of("  matrix: {\"Deployment/shop:spec.replicas\": all}\n").find("(a field of a Kubernetes object)") !=
        std::string::npos);
  CHECK(problem_of("  matrix: {\"spec.edge[name=web].balance\": all}\n").rfind("s.yaml:6:", 0) == 0);
}

}  // namespace towtank::scenario
