#include <algorithm>

#include "tests/models/lint/lines.hpp"

namespace towtank::test {
namespace {

/// Two pods on three nodes behind a policy of Local. @param spec  of the Service, in flow style
ScenarioText local(const std::string& spec, int replicas = 2) {
  ScenarioText made = sound();
  made.documents.push_back(deployment("cart", replicas));
  made.documents.push_back(
      "{apiVersion: v1, kind: Service, metadata: {name: cart}, spec: {externalTrafficPolicy: Local, selector: {app: "
      "cart}, " +
      spec + "}}");
  made.cluster.push_back("placement: {pin: {Deployment/cart: {worker-0: " +
                         std::to_string(replicas > 1 ? 1 : replicas) + (replicas > 1 ? ", worker-2: 1" : "") + "}}}");
  return made;
}

constexpr const char* kNodePort = "type: NodePort, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]";

TEST_CASE("nodes without endpoints under a policy of Local are counted at the policy's line", "[unit]") {
  CHECK(
      warnings_of(local(kNodePort).text()) ==
      Lines{"test.yaml:20:87: Service/cart has externalTrafficPolicy: Local, but 1 of 3 nodes has no endpoint of "
            "it (worker-1): what comes there to node port 30080 is dropped, and its clients wait for their timeout; a "
            "pod on every node, or externalTrafficPolicy: Cluster, would do"});
  CHECK(warnings_of(local(kNodePort, 3).text()).empty());
}

TEST_CASE("with Cluster no node is without endpoints, and where none is at all nothing is dropped", "[unit]") {
  ScenarioText made = local(kNodePort);
  std::string& document = made.documents.back();
  document.replace(document.find("Local"), 5, "Cluster");
  CHECK(warnings_of(made.text()).empty());
  const Lines lines = warnings_of(local(kNodePort, 0).text());
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Matchers::Contains("has no pods here, so every connection to it is refused"));
}

TEST_CASE("a load balancer leaves nodes without endpoints out: only when one node is left is that told", "[unit]") {
  const std::string type = "type: LoadBalancer, ports: [{port: 80, targetPort: 8080}]";
  CHECK(warnings_of(local(type, 2).text()).empty());
  ScenarioText made = local(type, 1);
  Lines lines = warnings_of(made.text());
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Matchers::Contains("2 of 3 nodes have no endpoint of it (worker-1, worker-2): the load "
                                                 "balancer leaves them out once its health check has failed, so all of "
                                                 "the load is one node's; pods on several nodes"));
}

TEST_CASE("a web server that dials node ports and a caller of a node check no health: nodes without endpoints are told",
          "[unit]") {
  const auto entered = [](const std::string& edge, const std::string& to) {
    ScenarioText made = local("type: LoadBalancer, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]");
    if (!edge.empty()) made.edges = {edge};
    made.traffic.push_back("{name: cart, to: \"" + to + "\", arrivals: poisson(5/s)}");
    return warnings_of(made.text());
  };
  CHECK(entered("", "http://cart/").empty());
  for (const Lines& lines :
       {entered("{name: front, kind: nginx, upstream: {nodePort: \"cart:80\"}}", "http://front/"),
        entered("", "node:30080"), entered("{name: vip, kind: metallb-l2, service: cart}", "http://vip/")}) {
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], Catch::Matchers::Contains("1 of 3 nodes has no endpoint of it (worker-1)"));
  }
}

TEST_CASE("what sends to the pods themselves leaves nothing to nodes: by the rule that says so to run", "[unit]") {
  const std::string type = "type: LoadBalancer, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]";
  const auto found = [&](const std::string& annotation, const std::string& edge, const std::string& to) {
    ScenarioText made = local(type, 1);
    if (!edge.empty()) made.edges = {edge};
    if (!to.empty()) made.traffic.push_back("{name: cart, to: \"" + to + "\", arrivals: poisson(5/s)}");
    std::string& document = made.documents.back();
    const std::string name = "metadata: {name: cart";
    document.insert(document.find(name) + name.size(), annotation.empty() ? "" : ", annotations: {" + annotation + "}");
    const Lines lines = warnings_of(made.text());
    return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
      return line.find("2 of 3 nodes have no endpoint of it") != std::string::npos;
    });
  };
  const std::string ip = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip";
  CHECK(found("", "", ""));
  CHECK_FALSE(found(ip, "", ""));
  // An edge says itself what its targets are, and of what kind it is.
  CHECK(found(ip, "{name: lb, kind: nlb, service: cart, targets: instance}", "http://lb/"));
  CHECK(found(ip, "{name: lb, kind: metallb-l2, service: cart}", "http://lb/"));
  CHECK_FALSE(found("", "{name: front, kind: nginx, service: cart}", "http://front/"));
  CHECK(found("", "{name: front, kind: nginx, service: cart, targets: instance}", "http://front/"));
  // Who dials node ports beside it meets the policy all the same.
  CHECK(found(ip, "", "node:30080"));
  CHECK(found(ip, "{name: front, kind: nginx, upstream: {nodePort: \"cart:80\"}}", "http://front/"));
}

TEST_CASE("a load balancer is asked for the nodes on its list only, a node port for all", "[unit]") {
  ScenarioText made = local("type: LoadBalancer, ports: [{port: 80, targetPort: 8080}]");
  made.cluster[0] =
      "nodePools: [{name: worker, count: 1}, {name: other, count: 1, labels: "
      "{node.kubernetes.io/exclude-from-external-load-balancers: \"\"}}, {name: last, count: 1}]";
  made.cluster[2] = "placement: {pin: {Deployment/cart: {worker-0: 1, last-0: 1}}}";
  CHECK(warnings_of(made.text()).empty());
  made.documents.back().replace(made.documents.back().find("LoadBalancer"), 12, "NodePort");
  const Lines lines = warnings_of(made.text());
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Matchers::Contains("1 of 3 nodes has no endpoint of it (other-0)"));
}

TEST_CASE("a load balancer whose nodes all lack an endpoint that stands elsewhere loses everything", "[unit]") {
  ScenarioText made = local("type: LoadBalancer, ports: [{port: 80, targetPort: 8080}]", 1);
  made.cluster[0] =
      "nodePools: [{name: worker, count: 3}, {name: other, count: 1, labels: "
      "{node.kubernetes.io/exclude-from-external-load-balancers: \"\"}}]";
  made.cluster[2] = "placement: {pin: {Deployment/cart: {other-0: 1}}}";
  const Lines lines = warnings_of(made.text());
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0],
             Catch::Matchers::Contains("3 of 3 nodes have no endpoint of it (worker-0, worker-1, worker-2): no "
                                       "node passes the load balancer's health check, and what it sends is"));
}

TEST_CASE("a node whose last pod still serves while it ends drops nothing", "[unit]") {
  const auto with_pod = [](const std::string& end) {
    ScenarioText made = local(kNodePort, 2);
    made.documents.push_back(
        "{apiVersion: v1, kind: Pod, metadata: {name: old, labels: {app: cart}" + end +
        "}, spec: {nodeName: worker-1, containers: [{name: app, ports: [{containerPort: 8080}]}]}, status: {phase: "
        "Running, podIP: 10.9.9.9, conditions: [{type: Ready, status: \"" +
        (end.empty() ? "False" : "True") + "\"}]}}");
    return warnings_of(made.text()).size();
  };
  CHECK(with_pod(", deletionTimestamp: \"2026-01-01T00:00:00Z\"") == 0);
  CHECK(with_pod("") == 1);
}

constexpr const char* kToLocal = "  - {name: Local, patch: {Service/cart: {spec: {externalTrafficPolicy: Local}}}}";

TEST_CASE("a policy that a variant changes where no traffic meets it is found at the variant's line", "[unit]") {
  ScenarioText made = sound();
  made.documents.push_back(deployment("cart", 3));
  made.documents.push_back(service("cart"));
  made.spec = {"variants:", "  - name: Cluster", kToLocal};
  const Lines lines = warnings_of(made.text());
  REQUIRE(lines.size() == 1);
  CHECK(
      lines[0] ==
      "test.yaml:14:74: externalTrafficPolicy of Service/cart changes from Cluster to Local, but no traffic comes to "
      "it "
      "from outside by a node port or a load balancer's nodes, where alone it decides: nothing changes; a traffic that "
      "does would show it (variant \"Local\")");
  made.traffic.push_back(
      "{name: carts, to: \"http://cart/\", arrivals: poisson(5/s), connections: {reuse: per_request}}");
  CHECK(warnings_of(made.text()).empty());
}

TEST_CASE("a policy is met at a node port, not by callers inside nor on the way straight to pods", "[unit]") {
  const auto with = [](const std::string& traffic, const std::vector<std::string>& edges) {
    ScenarioText made = sound();
    made.documents.push_back(deployment("cart", 3));
    made.documents.push_back(service("cart"));
    made.edges = edges;
    made.traffic = {"{name: api, " + traffic + ", arrivals: poisson(5/s), connections: {reuse: per_request}}"};
    made.spec = {"variants:", "  - name: Cluster", kToLocal};
    return warnings_of(made.text()).size();
  };
  CHECK(with("to: \"http://cart/\"", {}) == 0);
  CHECK(with("to: \"http://clusterip/cart/\", from: Deployment/web", {}) == 1);
  CHECK(with("to: \"http://front/\"", {"{name: front, kind: envoy, service: cart, targets: ip}"}) == 1);
  CHECK(with("to: \"http://front/\"", {"{name: front, kind: envoy, service: cart, targets: instance}"}) == 0);
}

}  // namespace
TEST_CASE("a rule of kube-proxy that a variant changes where kube-proxy is passed by is found", "[unit]") {
  const auto found = [](const std::string& change, const std::string& targets, const std::string& field) {
    ScenarioText made = sound();
    made.edges = {"{name: front, kind: nginx, service: web, targets: " + targets + "}"};
    made.traffic = {"{name: api, to: \"http://front/\", arrivals: poisson(5/s), connections: {reuse: per_request}}"};
    made.spec = {"variants: [{name: before}, {name: after, patch: {Service/web: {spec: {" + change + "}}}}]"};
    const Lines lines = warnings_of(made.text());
    return std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.find(field + " of Service/web changes from") != std::string::npos;
    });
  };
  CHECK(found("sessionAffinity: ClientIP", "ip", "sessionAffinity") == 1);
  CHECK(found("sessionAffinity: ClientIP", "instance", "sessionAffinity") == 0);
  CHECK(found("internalTrafficPolicy: Local", "ip", "internalTrafficPolicy") == 1);
  CHECK(found("internalTrafficPolicy: Local", "instance", "internalTrafficPolicy") == 1);  // nobody calls from inside
  CHECK(found("trafficDistribution: PreferClose", "ip", "trafficDistribution") == 1);
}

}  // namespace towtank::test
