#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tools/towtank/support.hpp"

/// `towtank curl` on ways that lead through proxies, load balancers and DNS, each with a cluster of its own.
namespace towtank::tool {
namespace {

using Words = std::vector<std::string>;
using nlohmann::json;
using test::holds;
using test::with;

json walked(const std::string& input, Words words) {
  words.insert(words.begin(), {"curl", "-"});
  words.insert(words.end(), {"-o", "json"});
  const test::Ended ended = test::towtank(words, input);
  INFO(ended.err);
  REQUIRE(!ended.out.empty());
  json answer = json::parse(ended.out);
  double sum = 0.0;
  for (const json& branch : answer["branches"]) sum += branch["probability"].get<double>();
  CHECK(sum == Approx(1.0).epsilon(1e-12));
  return answer;
}

json first(const std::string& input, const Words& words) { return walked(input, words)["branches"][0]; }
int status(const std::string& input, const Words& words) { return first(input, words)["curlExitStatus"]; }
std::string why(const std::string& input, const Words& words) { return first(input, words)["why"]; }

/// The chance of an HTTP status.
double chance(const json& answer, int http) {
  double sum = 0.0;
  for (const json& branch : answer["branches"])
    if (branch["httpStatus"] == http) sum += branch["probability"].get<double>();
  return sum;
}

std::string scenario(const std::string& spec) {
  return "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: ways}\nspec:\n" + spec;
}

/// `name: NAME`, of `NAMESPACE/NAME` both.
std::string meta_of(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos) return "name: " + name;
  return "name: " + name.substr(slash + 1) + ", namespace: " + name.substr(0, slash);
}

std::string service(const std::string& name, const std::string& spec) {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {" + meta_of(name) + "}\nspec: {" + spec + "}\n";
}

/// A workload of pods with the label `app: APP`.
std::string workload(const std::string& kind, const std::string& name, const std::string& app, const std::string& spec,
                     const std::string& pod_spec) {
  const std::string label = name.substr(name.find('/') == std::string::npos ? 0 : name.find('/') + 1);
  return "---\napiVersion: apps/v1\nkind: " + kind + "\nmetadata: {" + meta_of(name) + "}\nspec: {" + spec +
         "selector: {matchLabels: {name: " + label + "}}, template: {metadata: {labels: {name: " + label +
         ", app: " + app + "}}, spec: {" + pod_spec + "}}}\n";
}

std::string ingress(const std::string& name, const std::string& class_name, const std::string& host,
                    const std::string& backend, const std::string& more = "") {
  return "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {" + meta_of(name) + more +
         "}\nspec: {ingressClassName: " + class_name + ", rules: [{host: " + host +
         ", http: {paths: [{path: /, pathType: Prefix, backend: {service: {" + backend + "}}}]}}]}\n";
}

const std::string kApp = "containers: [{name: app, ports: [{name: web, containerPort: 8080}]}]";
const std::string kPlainClient = workload("Deployment", "client", "client", "", "containers: [{name: app}]");
const std::string kNodes = "  cluster: {nodePools: [{name: worker, count: 3, zones: [a]}]}\n";
const std::string kShop = service("shop", "selector: {app: shop}, ports: [{name: http, port: 80, targetPort: 8080}]") +
                          workload("Deployment", "shop", "shop", "replicas: 2, ", kApp);
const Words kFromClient = {"--from", "Deployment/client"};

TEST_CASE("an Ingress that leads back to its own controller is told as a loop", "[unit]") {
  const std::string ctl =
      service(
          "in/ctl",
          "type: LoadBalancer, selector: {app: ctl}, ports: [{name: http, port: 80}, {name: metrics, port: 10254}]") +
      workload("Deployment", "in/ctl", "ctl", "",
               "containers: [{name: c, ports: [{containerPort: 80}, {containerPort: 10254}]}]");
  const std::string input = scenario(kNodes + "  ingress: [{class: nginx, deployment: in/ctl}]\n") + ctl +
                            ingress("in/loop", "nginx", "loop.example.com", "name: ctl, port: {number: 80}");
  const json answer = first(input, {"http://loop.example.com/"});
  CHECK(answer["httpStatus"] == 503);
  CHECK(holds(answer["why"], "a loop"));
  CHECK(status(input, {"http://loop.example.com/", "--from", "Pod/ctl-0"}) == 22);

  // Two that lead to each other.
  std::string two = scenario(kNodes + "  ingress: [{class: a, deployment: in/a}, {class: b, deployment: in/b}]\n");
  for (const std::string name : {"a", "b"})
    two += service("in/" + name, "type: LoadBalancer, selector: {app: " + name + "}, ports: [{name: http, port: 80}]") +
           workload("Deployment", "in/" + name, name, "", "containers: [{name: c, ports: [{containerPort: 80}]}]") +
           ingress("in/" + name, name, "x.example.com",
                   std::string{"name: "} + (name == "a" ? "b" : "a") + ", port: {number: 80}");
  CHECK(holds(why(two, {"http://x.example.com/"}), "a loop"));

  // Other ports of the controller read no Ingress.
  CHECK(status(input, {"ctl.in:10254", "--from", "Pod/ctl-0"}) == 0);
  CHECK(holds(why(input, {"ctl.in:80", "--from", "Pod/ctl-0"}), "no rule of ingress class"));
}

TEST_CASE("a backend outside of the model is a success and not an HTTP error", "[unit]") {
  const std::string input =
      scenario(kNodes + "  ingress: [{class: nginx, replicas: 1}]\n") + service("man", "ports: [{port: 80}]") +
      "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: man-1, labels: "
      "{kubernetes.io/service-name: man}}\naddressType: IPv4\nports: [{port: 8080}]\nendpoints: [{addresses: "
      "[192.168.5.5]}]\n" +
      service("ext", "type: ExternalName, externalName: db.example.net") +
      ingress("m", "nginx", "m.example.com", "name: man, port: {number: 80}") +
      ingress("e", "nginx", "e.example.com", "name: ext, port: {number: 80}");
  CHECK(status(input, {"http://m.example.com/"}) == 0);
  CHECK(holds(why(input, {"http://m.example.com/"}), "outside of the model"));
  CHECK(status(input, {"http://e.example.com/"}) == 0);
  CHECK(holds(why(input, {"http://e.example.com/"}), "leaves the cluster for db.example.net"));
}

/// Of the pods behind `shop` those of `bad` listen elsewhere.
std::string with_bad_pods(const std::string& ingress_spec, int good, int bad) {
  return scenario(kNodes + "  pods: {Deployment/bad: {listen: [\"7777\"]}}\n  ingress: [{class: nginx, replicas: 1" +
                  ingress_spec + "}]\n") +
         service("shop", "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]") +
         workload("Deployment", "good", "shop", "replicas: " + std::to_string(good) + ", ", kApp) +
         workload("Deployment", "bad", "shop", "replicas: " + std::to_string(bad) + ", ", kApp) +
         ingress("i", "nginx", "i.example.com", "name: shop, port: {number: 80}");
}

TEST_CASE("a proxy tries other pods, as many as its product does", "[unit]") {
  const auto fails = [](const std::string& input, int http) {
    return chance(walked(input, {"http://i.example.com/"}), http);
  };
  // ingress-nginx: three tries.
  CHECK(fails(with_bad_pods("", 2, 2), 502) == 0.0);
  CHECK(fails(with_bad_pods("", 1, 3), 502) == Approx(3.0 / 4 * 2 / 3 * 1 / 2));
  CHECK(fails(with_bad_pods("", 2, 4), 502) == Approx(4.0 / 6 * 3 / 5 * 2 / 4));
  CHECK(fails(with_bad_pods("", 0, 2), 502) == Approx(1.0));
  // nginx: every one once; Envoy: one try.
  CHECK(fails(with_bad_pods(", controller: nginx", 1, 5), 502) == 0.0);
  CHECK(fails(with_bad_pods(", controller: envoy", 2, 2), 503) == Approx(0.5));
  const json answer = first(with_bad_pods("", 2, 2), {"http://i.example.com/"});
  const std::string steps = answer["steps"].dump();
  CHECK(holds(steps, "2 of 4 pods do not answer: ingress-nginx asks another one at once"));
}

TEST_CASE("nginx before node ports asks every node, and each of them a pod at random", "[unit]") {
  const std::string input =
      scenario(kNodes +
               "  pods: {Deployment/bad: {listen: [\"7777\"]}}\n"
               "  edge: [{name: web, kind: nginx, upstream: {nodePort: \"shop:80\"}}]\n") +
      service("shop", "type: NodePort, selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]") +
      workload("Deployment", "good", "shop", "replicas: 2, ", kApp) +
      workload("Deployment", "bad", "shop", "replicas: 2, ", kApp);
  CHECK(chance(walked(input, {"http://web/"}), 502) == Approx(1.0 / 8));
}

TEST_CASE("a load balancer has the listeners, nodes and targets of its edge", "[unit]") {
  const auto input = [](const std::string& edge) {
    return scenario(
               "  cluster:\n    nodePools: [{name: worker, count: 3, zones: [a]}]\n"
               "    placement: {pin: {Deployment/shop: {worker-0: 1, worker-1: 1}}}\n  edge: [{name: l4, kind: nlb, " +
               edge + "}]\n") +
           service("shop",
                   "type: NodePort, externalTrafficPolicy: Local, selector: {app: shop}, ports: [{name: http, port: "
                   "5001, targetPort: 8080}]") +
           workload("Deployment", "shop", "shop", "replicas: 2, ", kApp);
  };
  const std::string all = input("listen: [8080], upstream: {nodePort: \"shop:http\"}");
  CHECK(status(all, {"http://l4:8080/"}) == 0);
  CHECK(holds(why(all, {"http://l4/"}), "listens on 8080 only"));
  const std::string one = input("listen: [8080], upstream: {nodePort: \"shop:http\", nodes: [worker-2]}");
  CHECK(status(one, {"http://l4:8080/"}) == 28);  // no pod there, and fail open leads to it all the same
  CHECK(status(input("listen: [8080], upstream: {nodePort: \"shop:http\", nodes: [worker-0]}"), {"http://l4:8080/"}) ==
        0);
  CHECK(status(input("service: shop, targets: ip"), {"http://l4:5001/"}) == 0);
  // Upper case is the same name.
  CHECK(status(all, {"HTTP://L4:8080/"}) == 0);
}

TEST_CASE("short names are of the caller's namespace, and nodes do not ask the cluster's DNS", "[unit]") {
  const std::string input = scenario(kNodes) + kShop + kPlainClient +
                            workload("Deployment", "prod/web", "web", "", "containers: [{name: app}]") +
                            service("prod/shop", "selector: {app: web}, ports: [{port: 80, targetPort: 9090}]") +
                            service("only", "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]");
  const auto from = [&](const char* url, const char* who) { return first(input, {url, "--from", who}); };
  CHECK(holds(from("shop", "Deployment/web")["steps"].dump(), "Service/prod/shop"));
  CHECK(holds(from("shop", "Deployment/client")["steps"].dump(), "of Service/shop"));
  CHECK(from("only", "Deployment/web")["curlExitStatus"] == 6);
  CHECK(holds(from("only", "Deployment/web")["cure"], "only.default"));
  CHECK(from("only.default", "Deployment/web")["curlExitStatus"] == 0);
  CHECK(from("only.default.svc.cluster.local.", "Deployment/web")["curlExitStatus"] == 0);
  CHECK(from("only.", "Deployment/client")["curlExitStatus"] == 6);
  CHECK(from("only", "Node/worker-0")["curlExitStatus"] == 6);
  CHECK(holds(from("only", "Node/worker-0")["why"], "node's resolver"));
  CHECK(from("clusterip/only", "Node/worker-0")["curlExitStatus"] == 0);
}

TEST_CASE("an edge that is named like a Service does not hide it from pods", "[unit]") {
  const std::string input =
      scenario(kNodes + "  edge: [{name: shop, kind: envoy, service: shop}]\n") + kShop + kPlainClient;
  CHECK(holds(first(input, with({"http://shop/"}, kFromClient))["steps"].dump(), "the cluster's DNS"));
  CHECK(holds(first(input, {"http://shop/"})["steps"].dump(), "web server port 80 of shop"));
}

/// One load balancer of the cloud in front of a pod on worker-0; the caller is on worker-0 too.
std::string behind_nlb(const std::string& more, const std::string& preset = "aws") {
  return scenario("  cluster:\n    nodePools: [{name: worker, count: 3, zones: [a]}]\n    network: {preset: " + preset +
                  "}\n    placement: {pin: {Deployment/shop: {worker-0: 1}, Deployment/client: {worker-0: 1}}}\n") +
         service("shop", "type: LoadBalancer, selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]" + more) +
         workload("Deployment", "shop", "shop", "replicas: 1, ", kApp) + kPlainClient;
}

TEST_CASE("from inside a load balancer cannot send back to the caller's own node", "[unit]") {
  const std::string address = "198.51.100.9", name = "lb.example.com";
  const std::string status = "}\nstatus: {loadBalancer: {ingress: [{";
  const json answer = walked(behind_nlb(status + "hostname: " + name + "}]}"), with({name}, kFromClient));
  REQUIRE(answer["branches"].size() == 2);
  CHECK(answer["branches"][0]["probability"] == Approx(2.0 / 3));
  CHECK(answer["branches"][0]["curlExitStatus"] == 0);
  CHECK(answer["branches"][1]["curlExitStatus"] == 28);
  CHECK(holds(answer["branches"][1]["why"], "the node that the client is on"));
  // The short cut of addresses that kube-proxy knows.
  CHECK(walked(behind_nlb(status + "ip: " + address + "}]}", "gcp"), with({address}, kFromClient))["branches"].size() == 1);
}

TEST_CASE("an NLB keeps to the zone by which a connection came in, unless told to cross", "[unit]") {
  const auto input = [](const char* cross) {
    return scenario(
               "  cluster:\n    nodePools: [{name: a, count: 1, zones: [a]}, {name: b, count: 2, zones: [b]}]\n"
               "    placement: {pin: {Deployment/shop: {a-0: 1}, Deployment/bad: {b-0: 1, b-1: 1}}}\n"
               "  pods: {Deployment/bad: {listen: [\"7777\"]}}\n"
               "  edge: [{name: l4, kind: nlb, service: shop, crossZone: " +
               std::string{cross} + "}]\n") +
           service("shop",
                   "type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: shop}, ports: [{port: 80, "
                   "targetPort: 8080}]") +
           workload("Deployment", "shop", "shop", "", kApp) +
           workload("Deployment", "bad", "shop", "replicas: 2, ", kApp);
  };
  const auto answered = [&](const char* cross) { return chance(walked(input(cross), {"http://l4/"}), 200); };
  CHECK(answered("false") == Approx(1.0 / 2));
  CHECK(answered("true") == Approx(1.0 / 3));
}

TEST_CASE("a load balancer is the same one by name, by address and by the host name of its status", "[unit]") {
  const std::string status_of =
      "}\nstatus: {loadBalancer: {ingress: [{hostname: abc.elb.example.com}, {ip: 198.51.100.9}]}";
  const std::string input = behind_nlb(status_of);
  CHECK(status(input, {"http://abc.elb.example.com/"}) == 0);
  CHECK(status(input, {"http://198.51.100.9/"}) == 0);
  const std::string edged = scenario(kNodes + "  edge: [{name: front, kind: envoy, service: lb}]\n") +
                            service("lb",
                                    "type: LoadBalancer, selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]"
                                    "}\nstatus: {loadBalancer: {ingress: [{ip: 198.51.100.9}]}") +
                            workload("Deployment", "shop", "shop", "", kApp);
  for (const char* url : {"http://lb/", "http://198.51.100.9/", "http://front/"})
    CHECK(holds(first(edged, {url})["steps"].dump(), "web server port 80 of front"));
}

TEST_CASE("headless names stand for pods, with ports or without, and for one pod of a StatefulSet", "[unit]") {
  const std::string input =
      scenario(kNodes) + kPlainClient + service("db", "clusterIP: None, selector: {app: db}") +
      workload("StatefulSet", "db", "db", "serviceName: db, replicas: 2, ", kApp) +
      service("man", "clusterIP: None, ports: [{port: 80}]") +
      "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: man-1, labels: "
      "{kubernetes.io/service-name: man}}\naddressType: IPv4\nports: [{port: 8080}]\nendpoints: [{addresses: "
      "[192.168.5.5]}]\n";
  CHECK(status(input, with({"db:8080"}, kFromClient)) == 0);
  CHECK(status(input, with({"man:8080"}, kFromClient)) == 0);
  for (const char* url : {"db-1.db:8080", "db-1.db.default:8080", "db-1.db.default.svc.cluster.local:8080"})
    CHECK(holds(first(input, with({url}, kFromClient))["steps"].dump(), "pod port 8080 of db-1"));
  CHECK(status(input, with({"db-2.db:8080"}, kFromClient)) == 6);
}

TEST_CASE("of two classes with one host the first by name serves, as run has it", "[unit]") {
  const std::string input =
      scenario(kNodes + "  ingress: [{class: zeta, replicas: 1, controller: envoy}, {class: alpha, replicas: 1}]\n") +
      kShop + ingress("one", "zeta", "x.example.com", "name: shop, port: {number: 80}") +
      ingress("two", "alpha", "x.example.com", "name: shop, port: {number: 80}");
  CHECK(holds(first(input, {"http://x.example.com/"})["steps"].dump(), "rule of Ingress/two"));
}

TEST_CASE("service-upstream leads through the Service, by annotation or ConfigMap, but for headless ones", "[unit]") {
  const auto input = [](const std::string& annotation, const std::string& cluster_ip) {
    return scenario(kNodes + "  ingress: [{class: nginx, deployment: in/ctl}]\n") +
           service("in/ctl", "type: LoadBalancer, selector: {app: ctl}, ports: [{name: http, port: 80}]") +
           workload("Deployment", "in/ctl", "ctl", "",
                    "containers: [{name: c, ports: [{name: http, containerPort: 80}]}]") +
           service("shop", cluster_ip + "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]") +
           workload("Deployment", "shop", "shop", "", kApp) +
           ingress("i", "nginx", "i.example.com", "name: shop, port: {number: 80}", annotation);
  };
  const auto goes_through = [](const std::string& text) {
    return holds(first(text, {"http://i.example.com/"})["steps"].back()["packets"], "sees the source 10.244.") &&
           !holds(first(text, {"http://i.example.com/"})["steps"].dump(), "bypassed");
  };
  const std::string annotation = ", annotations: {nginx.ingress.kubernetes.io/service-upstream: \"true\"}";
  const std::string map =
      "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ctl, namespace: in}\ndata: {service-upstream: "
      "\"true\"}\n";
  CHECK(goes_through(input(annotation, "")));
  CHECK(goes_through(input("", "") + map));
  CHECK_FALSE(goes_through(input("", "")));
  CHECK_FALSE(goes_through(input(annotation, "clusterIP: None, ")));
  CHECK(status(input(annotation, "clusterIP: None, "), {"http://i.example.com/"}) == 0);
}

TEST_CASE("a controller without load balancer is found by its edge, its nodes' ports or its node port", "[unit]") {
  const auto input = [](const std::string& spec, const std::string& front, const std::string& pods) {
    return scenario(kNodes + spec + "  ingress: [{class: nginx, deployment: DaemonSet/in/ctl}]\n") + front +
           workload("DaemonSet", "in/ctl", "ctl", "",
                    pods + "containers: [{name: c, ports: [{name: http, containerPort: 80}]}]") +
           kShop + ingress("i", "nginx", "i.example.com", "name: shop, port: {number: 80}");
  };
  const std::string node_port =
      service("in/ctl", "type: NodePort, selector: {app: ctl}, ports: [{name: http, port: 80, nodePort: 30080}]");
  CHECK(status(input("", "", "hostNetwork: true, "), {"http://i.example.com/"}) == 0);
  CHECK(status(input("", service("in/ctl", "selector: {app: ctl}, ports: [{port: 80}]"), "hostNetwork: true, "),
               {"http://i.example.com/"}) == 0);
  CHECK(status(input("", node_port, ""), {"http://i.example.com:30080/"}) == 0);
  CHECK(holds(first(input("", node_port, ""), {"http://i.example.com/"})["cure"], "dial its node port 30080"));
  const std::string edged =
      input("  edge: [{name: front, kind: nginx, upstream: {nodePort: \"ctl:http\"}}]\n", node_port, "");
  CHECK(status(edged, {"http://i.example.com/"}) == 0);
  CHECK(holds(first(edged, {"http://i.example.com/"})["steps"].dump(), "web server port 80 of front"));
  CHECK(
      holds(first(input("", "", ""), {"http://i.example.com/"})["why"], "no Service of type LoadBalancer or NodePort"));
}

TEST_CASE("TLS: plain HTTP of a host with TLS is sent on, and scheme and port must agree", "[unit]") {
  const std::string input =
      scenario(kNodes + "  ingress: [{class: nginx, replicas: 1}]\n") + kShop +
      "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {ingressClassName: nginx, tls: "
      "[{hosts: [i.example.com], secretName: s}], rules: [{host: i.example.com, http: {paths: [{path: /, pathType: "
      "Prefix, backend: {service: {name: shop, port: {number: 80}}}}]}}]}\n" +
      ingress("p", "nginx", "p.example.com", "name: shop, port: {number: 80}");
  CHECK(first(input, {"http://i.example.com/"})["httpStatus"] == 308);
  CHECK(status(input, {"http://i.example.com/"}) == 0);  // as curl without -L ends
  CHECK(first(input, {"https://i.example.com/"})["httpStatus"] == 200);
  CHECK(first(input, {"http://p.example.com/"})["httpStatus"] == 200);
  CHECK(first(input, {"http://p.example.com:443/"})["httpStatus"] == 400);
  CHECK(status(input, {"https://p.example.com:80/"}) == 35);
}

TEST_CASE("behind a load balancer that ends TLS, 443 may lead to a port of plain HTTP", "[unit]") {
  const std::string input =
      scenario(kNodes + "  ingress: [{class: nginx, deployment: in/ctl}]\n") +
      service(
          "in/ctl, annotations: {service.beta.kubernetes.io/aws-load-balancer-ssl-cert: \"arn\", "
          "service.beta.kubernetes.io/aws-load-balancer-ssl-ports: \"443\"}",
          "type: LoadBalancer, selector: {app: ctl}, ports: [{name: http, port: 80, targetPort: http}, {name: https, "
          "port: 443, targetPort: http}]") +
      workload("Deployment", "in/ctl", "ctl", "",
               "containers: [{name: c, ports: [{name: http, containerPort: 8000}]}]") +
      kShop + ingress("i", "nginx", "i.example.com", "name: shop, port: {number: 80}");
  CHECK(first(input, {"https://i.example.com/"})["httpStatus"] == 200);
  CHECK(first(input, {"http://i.example.com/"})["httpStatus"] == 200);
}

TEST_CASE("ports of nodes: health checks, pods of the host's network, loopback and UDP", "[unit]") {
  const std::string input =
      scenario(
          "  cluster:\n    nodePools: [{name: worker, count: 2, zones: [a]}]\n"
          "    placement: {pin: {Deployment/shop: {worker-0: 1}}}\n  pods: {DaemonSet/ne: {listen: [\"9100\"]}, "
          "Deployment/v6: {listen: [\"[::]:8080\", \"[::1]:9090\"]}}\n") +
      service("lb",
              "type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 31999, selector: {app: "
              "shop}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]") +
      workload("Deployment", "shop", "shop", "", kApp) +
      workload("DaemonSet", "ne", "ne", "", "hostNetwork: true, containers: [{name: ne}]") +
      service("dns", "selector: {app: shop}, ports: [{name: dns, port: 53, protocol: UDP}]") +
      service("v6",
              "selector: {app: v6}, ports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 90, targetPort: "
              "9090}]") +
      workload("Deployment", "v6", "v6", "", kApp) + kPlainClient;
  CHECK(first(input, {"worker-0:31999/healthz"})["httpStatus"] == 200);
  CHECK(first(input, {"worker-1:31999/healthz"})["httpStatus"] == 503);
  CHECK(status(input, {"worker-1:9100"}) == 0);
  CHECK(status(input, {"worker-1:9101"}) == 7);
  CHECK(holds(why(input, with({"dns:53"}, kFromClient)), "it has 53/UDP"));
  CHECK(status(input, with({"v6:80"}, kFromClient)) == 0);
  CHECK(status(input, with({"v6:90"}, kFromClient)) == 7);
  const Words node = {"127.0.0.1:30080", "--from", "Node/worker-0"};
  CHECK(status(input, node) == 0);
  CHECK(status(input, with(node, {"--set", "scenario:spec.cluster.kubeProxy.mode=nftables"})) == 7);
  CHECK(status(input, {"localhost:9100", "--from", "Node/worker-1"}) == 0);
  CHECK(status(input, {"localhost:8080"}) == 7);
  CHECK(status(input, {"localhost:9090", "--from", "Deployment/v6"}) == 0);
}

TEST_CASE("source ranges hold at the load balancer, and MetalLB does not fail open", "[unit]") {
  CHECK(status(behind_nlb(", loadBalancerSourceRanges: [10.0.0.0/8]"), {"http://shop/"}) == 28);
  CHECK(status(behind_nlb(", loadBalancerSourceRanges: [203.0.113.0/24]"), {"http://shop/"}) == 0);
  CHECK(
      holds(walked(behind_nlb(", loadBalancerSourceRanges: [203.0.113.0/24]"), {"http://shop/"})["assumptions"].dump(),
            "203.0.113.0/24"));
  const auto local = [](const std::string& preset) {
    return scenario(
               "  cluster:\n    nodePools: [{name: cp, count: 1, role: control-plane}, {name: worker, count: 2}]\n"
               "    network: {preset: " +
               preset + "}\n    placement: {pin: {Deployment/shop: {cp-0: 1}}}\n") +
           service("shop",
                   "type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: shop}, ports: [{port: 80, "
                   "targetPort: 8080}]") +
           workload("Deployment", "shop", "shop", "", "tolerations: [{operator: Exists}], " + kApp);
  };
  CHECK(holds(why(local("bare-metal"), {"http://shop/"}), "no node of the load balancer has a ready pod"));
  CHECK(holds(why(local("aws"), {"http://shop/"}), "the node has no endpoint of it"));
}

TEST_CASE("URLs are read as curl reads them, and what is not understood is refused by name", "[unit]") {
  const std::string input = scenario(kNodes) + kShop + kPlainClient;
  for (const char* url : {"HTTP://SHOP/", "http://shop?x=1", "http://shop#top", "http://shop/a?b#c", "http://shop:/"})
    CHECK(status(input, with({url}, kFromClient)) == 0);
  const std::pair<const char*, const char*> refused[] = {
      {"http://me:pw@shop/", "names a user"}, {"http://[::1]:80/", "IPv6"}, {"fe80::1", "IPv6"}};
  for (const auto& [url, message] : refused) {
    const test::Ended ended = test::towtank({"curl", "-", url}, input);
    CHECK(ended.status == 2);
    CHECK(holds(ended.err, message));
  }
  const std::string large = scenario("  cluster: {nodePools: [{name: worker, count: 300}]}\n") + kShop;
  CHECK(first(large, {"nothing.like.it"})["cure"].get<std::string>().size() < 200);
}

TEST_CASE("without endpoint the cause is told, with its own line and cure", "[unit]") {
  const auto input = [](const std::string& spec, const std::string& replicas) {
    return scenario(kNodes) + kPlainClient + service("shop", spec + "ports: [{port: 80, targetPort: 8080}]") +
           workload("Deployment", "shop", "shop", replicas, kApp);
  };
  const Words words = with({"shop"}, kFromClient);
  CHECK(holds(why(input("", ""), words), "it has no selector"));
  CHECK(holds(why(input("selector: {}, ", ""), words), "it has no selector"));
  const json none = first(input("selector: {app: shop}, ", "replicas: 0, "), words);
  CHECK(holds(none["why"], "Deployment/shop has 0 replicas"));
  CHECK(none["object"] == "Deployment/shop");
  CHECK(holds(none["cure"], "replicas: 1"));
  CHECK(holds(why(input("selector: {app: other}, ", ""), words), "fits its selector"));
}

TEST_CASE("no line of the answer is wider than 120 columns", "[unit]") {
  const std::string input = scenario(kNodes + "  ingress: [{class: nginx, replicas: 2}]\n") + kShop +
                            ingress("i", "nginx", "i.example.com", "name: shop, port: {number: 80}");
  const test::Ended ended = test::towtank({"curl", "-", "http://i.example.com/"}, input);
  REQUIRE(ended.status == 0);
  CHECK(holds(ended.out, "MEAN RTT"));
  std::istringstream lines{ended.out};
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 120);
}

TEST_CASE("check takes the same ways as curl", "[unit]") {
  const auto checked = [](const std::string& spec, const std::string& to, const std::string& from) {
    return test::towtank({"check", "-"}, scenario(kNodes + spec + "  traffic: [{name: t, to: \"" + to +
                                                  "\", from: " + from + ", arrivals: poisson(10/s)}]\n") +
                                             kShop + kPlainClient);
  };
  const std::string front = "  edge: [{name: front, kind: envoy, service: shop}]\n";
  CHECK(checked(front, "http://front/", "internet").status == 0);
  const test::Ended closed = checked(front, "http://front:8080/", "internet");
  CHECK(closed.status == 2);
  CHECK(holds(closed.err, "it listens on 80, 443"));
  // An edge of the Service's name is nothing to pods, and nodes do not ask the cluster's DNS.
  const std::string shop = "  edge: [{name: shop, kind: envoy, service: shop}]\n";
  CHECK(checked(shop, "http://shop/", "Deployment/client").status == 0);
  const test::Ended node = checked("", "http://shop/", "Node/worker-0");
  CHECK(node.status == 0);
  CHECK(holds(node.out + node.err, "taken as clusterip/shop"));
}

TEST_CASE("of two ports with one number that of TCP is meant, in check and in curl", "[unit]") {
  const std::string input =
      scenario(kNodes +
               "  pods: {Deployment/shop: {listen: [\"8080\"]}}\n  traffic: [{name: t, to: \"http://both/\", from: "
               "Deployment/client, arrivals: poisson(10/s)}]\n") +
      service("both",
              "selector: {app: shop}, ports: [{name: u, port: 80, protocol: UDP, targetPort: 99}, {name: t, port: "
              "80, targetPort: 8080}]") +
      workload("Deployment", "shop", "shop", "replicas: 2, ", kApp) + kPlainClient;
  const test::Ended checked = test::towtank({"check", "-"}, input);
  CHECK(checked.status == 0);
  CHECK_FALSE(holds(checked.out + checked.err, "every connection is refused"));
  CHECK(status(input, with({"http://both/"}, kFromClient)) == 0);
}

TEST_CASE("an NLB that is told to dial pods needs no node port", "[unit]") {
  const auto input = [](const std::string& annotations) {
    return scenario("  cluster: {nodePools: [{name: worker, count: 3, zones: [a]}], network: {preset: aws}}\n") +
           "---\napiVersion: v1\nkind: Service\nmetadata: {name: front" + annotations +
           "}\nspec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, externalTrafficPolicy: Local, "
           "selector: "
           "{app: shop}, ports: [{port: 80, targetPort: 8080}]}\n" +
           workload("Deployment", "shop", "shop", "replicas: 2, ", kApp);
  };
  const std::string to_pods = ", annotations: {service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip}";
  CHECK(status(input(to_pods), {"http://front/"}) == 0);
  CHECK(status(input(""), {"http://front/"}) == 28);
}

TEST_CASE("check finds the edge in front of an ingress controller's node port", "[unit]") {
  const std::string input =
      scenario(kNodes +
               "  ingress: [{class: nginx, deployment: in/ctl}]\n  edge: [{name: front, kind: nginx, upstream: "
               "{nodePort: \"ctl:http\"}}]\n  traffic: [{name: t, to: \"http://i.example.com/\", arrivals: "
               "poisson(10/s)}]\n") +
      service("in/ctl", "type: NodePort, selector: {app: ctl}, ports: [{name: http, port: 80}]") +
      workload("Deployment", "in/ctl", "ctl", "", "containers: [{name: c, ports: [{containerPort: 80}]}]") + kShop +
      ingress("i", "nginx", "i.example.com", "name: shop, port: {number: 80}");
  CHECK(test::towtank({"check", "-"}, input).status == 0);
  CHECK(status(input, {"http://i.example.com/"}) == 0);
}

TEST_CASE("a headless Service over pods without a containerPort answers on its target port, in run and in curl", "[unit]") {
  const auto input = [](const std::string& port) {
    return scenario(kNodes + "  traffic: [{name: t, to: \"http://names:" + port +
                    "/\", from: Deployment/client, arrivals: poisson(10/s)}]\n") +
           service("names", "clusterIP: None, selector: {app: shop}, ports: [{port: 9200}]") +
           workload("Deployment", "shop", "shop", "replicas: 2, ", "containers: [{name: app}]") + kPlainClient;
  };
  const auto checked = [&](const std::string& port) {
    const test::Ended ended = test::towtank({"check", "-"}, input(port));
    return ended.out + ended.err;
  };
  CHECK(status(input("9200"), with({"http://names:9200/"}, kFromClient)) == 0);
  CHECK_FALSE(holds(checked("9200"), "refused"));
  CHECK(status(input("9300"), with({"http://names:9300/"}, kFromClient)) == 7);
  CHECK(holds(checked("9300"), "on which its pods do not listen: refused"));
}

TEST_CASE("an address of a pod of which nothing tells where it listens is taken to answer", "[unit]") {
  const std::string input = scenario(kNodes) + workload("Deployment", "shop", "shop", "replicas: 1, ", "containers: [{name: app}]") + kPlainClient;
  const json answer = walked(input, with({"http://shop-0:8080/"}, kFromClient));
  CHECK(answer["branches"][0]["curlExitStatus"] == 0);
  CHECK(holds(answer["assumptions"].dump(), "listens on 8080"));
}

std::string lines_of_check(const std::string& input, const Words& words = {}) {
  Words all{"check", "-"};
  all.insert(all.end(), words.begin(), words.end());
  const test::Ended ended = test::towtank(all, input);
  return ended.out + ended.err;
}

/// `front` of type LoadBalancer before two pods. @param annotation  `KEY: VALUE`
std::string behind_load_balancer(const std::string& annotation, const std::string& further = "") {
  const std::string annotations = annotation.empty() ? "" : ", annotations: {" + annotation + "}";
  return scenario(kNodes + "  traffic: [{name: t, to: \"http://front/\", arrivals: poisson(10/s)}]\n") +
         "---\napiVersion: v1\nkind: Service\nmetadata: {name: front" + annotations + "}\nspec: {type: LoadBalancer, " + further +
         "selector: {app: shop}, ports: [{name: http, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8080}]}\n" +
         workload("Deployment", "shop", "shop", "replicas: 2, ", kApp) + kPlainClient;
}

TEST_CASE("an internal load balancer is out of reach for the internet, and in reach from inside", "[unit]") {
  for (const char* internal : {"service.beta.kubernetes.io/aws-load-balancer-scheme: internal",
                               "service.beta.kubernetes.io/aws-load-balancer-internal: \"true\"",
                               "service.beta.kubernetes.io/aws-load-balancer-type: external",
                               "networking.gke.io/load-balancer-type: Internal",
                               "cloud.google.com/load-balancer-type: internal",
                               "service.beta.kubernetes.io/azure-load-balancer-internal: \"true\""}) {
    INFO(internal);
    const std::string whose = holds(internal, "aws") ? "aws" : holds(internal, "azure") ? "azure" : "gcp";
    std::string input = behind_load_balancer(internal);
    input.insert(input.find("}\n", input.find("nodePools")), ", network: {preset: " + whose + "}");
    const json walk = first(input, {"http://front:80/"});
    CHECK(walk["curlExitStatus"] == 28);
    CHECK(holds(walk["why"], "is internal (annotation "));
    CHECK(holds(walk["cure"], "call from inside"));
    CHECK(holds(walk["line"], "-:10:"));  // the annotation
    CHECK(status(input, with({"http://front:80/"}, kFromClient)) == 0);
    CHECK(holds(lines_of_check(input), "the load balancer of Service/front is internal"));
  }
  for (const char* open : {"service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing",
                           "service.beta.kubernetes.io/aws-load-balancer-internal: \"false\"",
                           "service.beta.kubernetes.io/aws-load-balancer-type: nlb"}) {
    INFO(open);
    CHECK(status(behind_load_balancer(open), {"http://front:80/"}) == 0);
    CHECK_FALSE(holds(lines_of_check(behind_load_balancer(open)), "internal"));
  }
}

TEST_CASE("what of annotations and init containers plays a part is not called ignored", "[unit]") {
  const std::string cert =
      "service.beta.kubernetes.io/aws-load-balancer-ssl-cert: arn, service.beta.kubernetes.io/aws-load-balancer-ssl-ports: https";
  CHECK_FALSE(holds(lines_of_check(behind_load_balancer(cert)), "ssl-"));
  const auto pods = [](const std::string& more) {
    return workload("Deployment", "shop", "shop", "", "initContainers: [{name: proxy" + more + "}], containers: [{name: app}]");
  };
  CHECK_FALSE(holds(lines_of_check(pods(", restartPolicy: Always")), "initContainers"));
  CHECK(holds(lines_of_check(pods("")), "initContainers[0]: not modelled yet"));
}

TEST_CASE("callers inside take the short cut where kube-proxy knows the load balancer's address", "[unit]") {
  const auto input = [](const std::string& preset, const std::string& object) {
    return scenario("  cluster: {nodePools: [{name: worker, count: 3, zones: [a]}], network: {preset: " + preset + "}}\n") +
           "---\napiVersion: v1\nkind: Service\nmetadata: {name: front}\nspec: {type: LoadBalancer, selector: {app: shop}, "
           "ports: [{port: 80, targetPort: 8080}]}\n" + object +
           workload("Deployment", "shop", "shop", "replicas: 2, ", kApp) + kPlainClient;
  };
  const auto cut = [&](const std::string& preset, const std::string& address, const std::string& object) {
    return holds(first(input(preset, object), with({"http://" + address + "/"}, kFromClient)).dump(), "the load balancer is not asked");
  };
  CHECK(cut("gcp", "203.0.113.9", "status: {loadBalancer: {ingress: [{ip: 203.0.113.9}]}}\n"));
  CHECK(cut("aws", "203.0.113.9", "status: {loadBalancer: {ingress: [{ip: 203.0.113.9}]}}\n"));
  CHECK_FALSE(cut("gcp", "203.0.113.9", "status: {loadBalancer: {ingress: [{ip: 203.0.113.9, ipMode: Proxy}]}}\n"));
  CHECK_FALSE(cut("aws", "lb.example.com", "status: {loadBalancer: {ingress: [{hostname: lb.example.com}]}}\n"));
  // Out and back is not the internet's round trip.
  const json out = first(input("aws", "status: {loadBalancer: {ingress: [{hostname: lb.example.com}]}}\n"), with({"http://lb.example.com/"}, kFromClient));
  for (const json& step : out["steps"])
    if (step.contains("roundTripMs") && !step["roundTripMs"].is_null()) CHECK(step["roundTripMs"].get<double>() < 5.0);
}

TEST_CASE("any node answers for externalIPs as at a node port, by Local those with a pod", "[unit]") {
  const auto input = [](const std::string& policy) {
    return scenario("  cluster: {nodePools: [{name: worker, count: 3, zones: [a]}], placement: {pin: {Deployment/shop: {worker-0: 1}}}}\n"
                    "  traffic: [{name: t, to: \"http://203.0.113.7/\", arrivals: poisson(10/s)}]\n") +
           service("shop", "externalIPs: [203.0.113.7], externalTrafficPolicy: " + policy + ", selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]") +
           workload("Deployment", "shop", "shop", "replicas: 1, ", kApp) + kPlainClient;
  };
  CHECK(status(input("Cluster"), {"http://203.0.113.7/"}) == 0);
  CHECK(status(input("Cluster"), {"http://203.0.113.7:81/"}) == 28);
  const json local = walked(input("Local"), {"http://203.0.113.7/"});
  REQUIRE(local["branches"].size() == 2);
  CHECK(local["branches"][0]["curlExitStatus"] == 28);
  CHECK(local["branches"][0]["probability"].get<double>() == Approx(2.0 / 3));
  CHECK(status(input("Local"), with({"http://203.0.113.7/"}, kFromClient)) == 0);
  const test::Ended estimate = test::towtank({"estimate", "-", "-o", "json"}, input("Local"));
  CHECK(estimate.status == 0);
  CHECK(json::parse(estimate.out)["variants"][0]["traffic"][0]["dropped_share"].get<double>() > 0.0);
  CHECK(holds(test::towtank({"get", "-", "svc"}, input("Cluster")).out, "203.0.113.7"));
  CHECK_FALSE(holds(lines_of_check(input("Cluster")), "externalIPs: not"));
}

TEST_CASE("the load balancer has the address that loadBalancerIP asks for", "[unit]") {
  const std::string input = behind_load_balancer("", "loadBalancerIP: 203.0.113.8, ");
  CHECK(status(input, {"http://203.0.113.8:80/"}) == 0);
  CHECK(holds(test::towtank({"get", "-", "svc"}, input).out, "203.0.113.8"));
}

TEST_CASE("who does not ask the cluster's DNS is told so of the name of a StatefulSet's pod", "[unit]") {
  const std::string input = scenario(kNodes) + service("web", "clusterIP: None, selector: {app: web}, ports: [{port: 8080}]") +
                            workload("StatefulSet", "web", "web", "serviceName: web, replicas: 2, ", kApp) +
                            workload("Deployment", "other/client", "client", "", "containers: [{name: app}]") + kPlainClient;
  CHECK(status(input, with({"http://web-1.web:8080/"}, kFromClient)) == 0);
  for (const char* name : {"web-1.web", "web-1.web.default.svc.cluster.local"})
    for (const char* from : {"internet", "Node/worker-0"}) {
      INFO(name << " from " << from);
      const json walk = first(input, {"http://" + std::string{name} + ":8080/", "--from", from});
      CHECK(walk["curlExitStatus"] == 6);
      CHECK(holds(walk["why"], "is the name of a pod behind Service/web: the cluster's DNS answers pods"));
    }
  CHECK(holds(first(input, {"http://web-1.web:8080/", "--from", "Deployment/other/client"})["cure"], "write web-1.web.default"));
}

TEST_CASE("run calls addresses and pods, from pods too, as curl does", "[unit]") {
  const std::string input = scenario(kNodes) +
                            service("shop", "clusterIP: 10.96.7.7, type: NodePort, selector: {app: shop}, ports: [{port: 80, targetPort: 8080, nodePort: 30904}]") +
                            service("web", "clusterIP: None, selector: {app: shop}, ports: [{port: 8080}]") +
                            workload("StatefulSet", "shop", "shop", "serviceName: web, replicas: 2, ", kApp) + kPlainClient;
  const auto input_with = [&](const std::string& to, const std::string& from) {
    std::string made = input;
    return made.replace(made.find("---"), 0, "  traffic: [{name: t, to: \"" + to + "\", from: " + from + ", arrivals: poisson(10/s)}]\n");
  };
  const auto served = [&](const std::string& to, const std::string& from) {
    const test::Ended ended = test::towtank({"estimate", "-", "-o", "json"}, input_with(to, from));
    INFO(to << " from " << from << "\n" << ended.err);
    REQUIRE(ended.status == 0);
    const json traffic = json::parse(ended.out)["variants"][0]["traffic"][0];
    return 1.0 - traffic["dropped_share"].get<double>() - traffic["refused_share"].get<double>();
  };
  for (const char* from : {"Pod/client-0", "Deployment/client", "Node/worker-1"}) {
    CHECK(served("http://10.96.7.7/", from) == 1.0);
    CHECK(served("http://shop-0:8080/", from) == 1.0);
    CHECK(served("http://shop-1.web:8080/", from) == 1.0);
    CHECK(served("http://shop-0:8081/", from) == 0.0);
  }
  CHECK(served("http://10.0.250.250/", "internet") == 0.0);
  CHECK(served("http://10.96.7.7/", "internet") == 0.0);
  CHECK(served("http://shop-0:8080/", "internet") == 0.0);
}

TEST_CASE("plain requests to a host with TLS are sent on by run as by curl", "[unit]") {
  const auto input = [](const std::string& scheme) {
    std::string made = scenario(kNodes + "  ingress: [{class: nginx, replicas: 1}]\n  run: {duration: 2s, warmup: 1s, replications: {min: 2, max: 2}}\n"
                                "  traffic: [{name: t, to: \"" + scheme + "://i.example.com/\", arrivals: poisson(50/s)}]\n") +
                       kShop + ingress("i", "nginx", "i.example.com", "name: shop, port: {number: 80}");
    return made.replace(made.rfind("rules: ["), 0, "tls: [{hosts: [i.example.com]}], ");
  };
  CHECK(first(input("http"), {"http://i.example.com/"})["httpStatus"] == 308);
  CHECK(first(input("http"), {"https://i.example.com/"})["httpStatus"] == 200);
  CHECK(holds(lines_of_check(input("http")), "answers 308 to plain requests"));
  CHECK_FALSE(holds(lines_of_check(input("https")), "308"));
  const test::TestFolder folder;
  for (const char* scheme : {"http", "https"}) {
    REQUIRE(test::towtank({"run", "-", "-q", "--out", folder / scheme}, input(scheme)).status == 0);
    CHECK(holds(test::get(folder / (std::string{scheme} + "/outcomes.csv")), ",http_3xx,") == (std::string{scheme} == "http"));
  }
}

TEST_CASE("a class of another product is said to be modelled as ingress-nginx, actions not at all", "[unit]") {
  const auto input = [](const std::string& spec, const std::string& port) {
    return scenario(kNodes + "  ingress: [{class: alb" + spec + ", replicas: 1}]\n  traffic: [{name: t, to: \"http://i.example.com/\", arrivals: poisson(10/s)}]\n") + kShop +
           ingress("i", "alb", "i.example.com", "name: shop, port: {" + port + "}");
  };
  CHECK(holds(lines_of_check(input("", "number: 80")), "ingress class alb is modelled as ingress-nginx"));
  CHECK_FALSE(holds(lines_of_check(input(", controller: ingress-nginx", "number: 80")), "is modelled as"));
  CHECK(holds(lines_of_check(input("", "name: use-annotation")), "alb.ingress.kubernetes.io/actions.shop), which is not modelled"));
  CHECK(holds(why(input("", "name: use-annotation"), {"http://i.example.com/"}), "an action of its annotations"));
}

TEST_CASE("a folder or a file of manifests takes --rps and --to", "[unit]") {
  const test::TestFolder folder;
  test::put(folder / "shop.yaml", kShop.substr(4) + kPlainClient);
  const Words load = {"--rps", "20", "--to", "clusterip/shop:80", "--from", "Deployment/client"};
  for (const std::string& path : {folder.path(), folder / "shop.yaml"})
    for (const char* verb : {"estimate", "check"}) {
      INFO(verb << " " << path);
      const test::Ended ended = test::towtank(with({verb, path}, load), "");
      INFO(ended.err);
      CHECK(ended.status == 0);
    }
  CHECK(holds(test::towtank(with({"estimate", folder.path(), "-o", "wide"}, load), "").out, "2 pods of default/shop:80"));
  test::put(folder / "all.yaml", scenario(kNodes));
  CHECK(holds(test::towtank(with({"run", folder / "all.yaml"}, load), "").err, "a scenario begins here"));
  CHECK(holds(test::towtank({"run", folder / "shop.yaml"}, "").err, "--rps RATE --to URL"));
}

/// ingress-nginx behind an NLB that ends TLS at 443. @param ports  of the Service   @param data  of the ConfigMap
std::string behind_ending_nlb(const std::string& ports, const std::string& data, const std::string& to) {
  return scenario(kNodes + "  ingress: [{class: nginx, deployment: in/ctl}]\n  traffic: [{name: t, to: \"" + to + "\", arrivals: poisson(10/s)}]\n") +
         service("in/ctl, annotations: {service.beta.kubernetes.io/aws-load-balancer-ssl-cert: arn, "
                 "service.beta.kubernetes.io/aws-load-balancer-ssl-ports: https, service.beta.kubernetes.io/aws-load-balancer-type: nlb}",
                 "type: LoadBalancer, selector: {app: ctl}, ports: [" + ports + "]") +
         workload("Deployment", "in/ctl", "ctl", "",
                  "containers: [{name: c, ports: [{name: http, containerPort: 80}, {name: https, containerPort: 443}, {name: tohttps, containerPort: 2443}]}]") +
         "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ctl, namespace: in}\ndata: {" + data + "}\n" + kShop +
         "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {ingressClassName: nginx, tls: [{hosts: [i.example.com], "
         "secretName: s}], rules: [{host: i.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}]}}]}\n" +
         ingress("p", "nginx", "p.example.com", "name: shop, port: {number: 80}");
}

TEST_CASE("TLS that a load balancer of connections ends is sent on to https for ever", "[unit]") {
  const std::string ports = "{name: http, port: 80, targetPort: http}, {name: https, port: 443, targetPort: http}";
  const std::string url = "https://i.example.com/";
  for (const char* data : {"a: b", "use-forwarded-headers: \"true\""}) {
    INFO(data);
    const std::string input = behind_ending_nlb(ports, data, url);
    const json walk = first(input, {url});
    CHECK(walk["httpStatus"] == 308);
    CHECK(holds(walk["why"], "comes back the same way, for ever"));
    CHECK(holds(walk["cure"], "ssl-redirect: \"false\""));
    CHECK(holds(lines_of_check(input), "answers 308 to what the load balancer, which ends TLS, sends on plain"));
  }
  for (const char* data : {"ssl-redirect: \"false\"", "use-proxy-protocol: \"true\""}) {
    INFO(data);
    CHECK(first(behind_ending_nlb(ports, data, url), {url})["httpStatus"] == 200);
    CHECK_FALSE(holds(lines_of_check(behind_ending_nlb(ports, data, url)), "308"));
  }
  CHECK(first(behind_ending_nlb(ports, "a: b", url), {"https://p.example.com/"})["httpStatus"] == 200);  // no TLS in its Ingress
  CHECK_FALSE(holds(lines_of_check(behind_ending_nlb(ports, "a: b", "https://p.example.com/")), "308"));
}

TEST_CASE("scheme and port that do not agree fail in run as in curl", "[unit]") {
  const auto input = [](const std::string& to) {
    return scenario(kNodes + "  ingress: [{class: nginx, replicas: 1}]\n  run: {duration: 2s, warmup: 1s, replications: {min: 2, max: 2}}\n"
                    "  traffic: [{name: t, to: \"" + to + "\", arrivals: poisson(50/s)}]\n") +
           kShop + ingress("p", "nginx", "p.example.com", "name: shop, port: {number: 80}");
  };
  const test::TestFolder folder;
  const auto outcomes = [&](const std::string& to, const std::string& name) {
    REQUIRE(test::towtank({"run", "-", "-q", "--out", folder / name}, input(to)).status == 0);
    return test::get(folder / (name + "/outcomes.csv"));
  };
  const auto only = [](const std::string& rows, const std::string& outcome) {
    std::size_t lines = 0, of_it = 0;
    for (std::size_t at = rows.find('\n'); at + 1 < rows.size(); at = rows.find('\n', at + 1)) {
      ++lines;
      of_it += holds(rows.substr(at + 1, rows.find('\n', at + 1) - at - 1), "," + outcome + ",") ? 1 : 0;
    }
    return lines > 0 && lines == of_it;
  };
  CHECK(only(outcomes("https://p.example.com:80/", "tls"), "tls_failed"));
  CHECK(only(outcomes("http://p.example.com:443/", "plain"), "http_4xx"));
  CHECK(only(outcomes("https://p.example.com/", "both"), "ok"));
  CHECK(holds(lines_of_check(input("https://p.example.com:80/")), "begins with TLS on port 80 of the ingress controller"));
  CHECK(holds(lines_of_check(input("http://p.example.com:443/")), "which speaks TLS: it answers 400"));
  CHECK_FALSE(holds(lines_of_check(input("https://p.example.com/")), "speaks"));
  // A certificate at the load balancer, and the Service's 443 leads to the controller's: what comes there is plain.
  const std::string ports = "{name: http, port: 80, targetPort: http}, {name: https, port: 443, targetPort: https}";
  const std::string ended = behind_ending_nlb(ports, "a: b", "https://p.example.com/");
  CHECK(first(ended, {"https://p.example.com/"})["httpStatus"] == 400);
  CHECK(holds(lines_of_check(ended), "the load balancer ends TLS and sends plain HTTP on to port 443"));
  std::string anew = ended;
  anew.insert(anew.find("service.beta.kubernetes.io/aws-load-balancer-type"), "service.beta.kubernetes.io/aws-load-balancer-backend-protocol: ssl, ");
  CHECK(first(anew, {"https://p.example.com/"})["httpStatus"] == 200);
  CHECK_FALSE(holds(lines_of_check(anew), "speaks"));
}

/// How `estimate` says that the only traffic ends.
json estimated(const std::string& input) {
  const test::Ended ended = test::towtank({"estimate", "-", "-o", "json"}, input);
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  return json::parse(ended.out)["variants"][0]["traffic"][0];
}

TEST_CASE("private source ranges keep the internet out in run as in curl, others are taken to hold the clients",
          "[unit]") {
  const auto input = [](const std::string& range, const std::string& edge = "") {
    return scenario(kNodes + edge + "  traffic: [{name: t, to: \"http://front/\", arrivals: poisson(10/s)}]\n") +
           service("front", "type: LoadBalancer, loadBalancerSourceRanges: [" + range +
                                "], selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]") +
           workload("Deployment", "shop", "shop", "replicas: 2, ", kApp);
  };
  const std::string nlb = "  edge: [{name: lb, kind: nlb, service: front}]\n",
                    nginx = "  edge: [{name: front, kind: nginx, service: front}]\n";
  for (const std::string& edge : {std::string{}, nlb}) {
    CHECK(status(input("192.168.0.0/16", edge), {"http://front/"}) == 28);
    CHECK(estimated(input("192.168.0.0/16", edge))["dropped_share"] == 1.0);
    CHECK(
        holds(lines_of_check(input("192.168.0.0/16", edge)), "of which no client on the internet is: nothing answers"));
    CHECK(status(input("203.0.113.0/24", edge), {"http://front/"}) == 0);
    CHECK(estimated(input("203.0.113.0/24", edge))["dropped_share"] == 0.0);
    CHECK(holds(lines_of_check(input("203.0.113.0/24", edge)),
                "Service/front lets in 203.0.113.0/24 only (loadBalancerSourceRanges)"));
  }
  // A proxy has an address of its own.
  CHECK(status(input("192.168.0.0/16", nginx), {"http://front/"}) == 0);
  CHECK(estimated(input("192.168.0.0/16", nginx))["dropped_share"] == 0.0);
  CHECK_FALSE(holds(lines_of_check(input("192.168.0.0/16", nginx)), "loadBalancerSourceRanges"));
}

TEST_CASE("ports that pods have of their nodes are those of the nodes that are meant, whoever calls others", "[unit]") {
  const std::string input =
      scenario(
          "  cluster:\n    nodePools: [{name: worker, count: 4, zones: [a]}]\n"
          "    placement: {pin: {Deployment/a: {worker-0: 1, worker-1: 1}, Deployment/b: {worker-2: 1, worker-3: 1}}}\n"
          "  pods: {DaemonSet/agent: {listen: [\"8080\"]}, Deployment/a: {listen: [\"7001\"]}, Deployment/b: {listen: "
          "[\"7002\"]}}\n"
          "  traffic:\n"
          "  - {name: ta, to: \"http://127.0.0.1:8080/\", from: Deployment/a, arrivals: poisson(10/s)}\n"
          "  - {name: tb, to: \"http://127.0.0.1:8080/\", from: Deployment/b, arrivals: poisson(10/s)}\n"
          "  - {name: tc, to: \"http://node:8080/\", arrivals: poisson(10/s)}\n") +
      workload("DaemonSet", "agent", "agent", "", "hostNetwork: true, containers: [{name: c}]") +
      workload("Deployment", "a", "a", "replicas: 2, ", "hostNetwork: true, containers: [{name: c}]") +
      workload("Deployment", "b", "b", "replicas: 2, ", "hostNetwork: true, containers: [{name: c}]");
  for (const char* from : {"Deployment/a", "Deployment/b"})
    CHECK(status(input, {"http://127.0.0.1:8080/", "--from", from}) == 0);
  CHECK(status(input, {"http://node:8080/"}) == 0);
  const test::Ended ended = test::towtank({"estimate", "-", "-o", "json"}, input);
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  const json traffic = json::parse(ended.out)["variants"][0]["traffic"];
  const std::vector<std::vector<std::string>> nodes = {
      {"worker-0", "worker-1"}, {"worker-2", "worker-3"}, {"worker-0", "worker-1", "worker-2", "worker-3"}};
  REQUIRE(traffic.size() == 4);  // the last one is all of them
  for (std::size_t i = 0; i < 3; ++i) {
    INFO(traffic[i]["traffic"]);
    CHECK(traffic[i]["dropped_share"] == 0.0);
    std::vector<std::string> found;
    for (const json& pod : traffic[i]["pods"])
      if (pod["requests_share"] != 0.0) found.push_back(pod["node"]);
    std::sort(found.begin(), found.end());
    CHECK(found == nodes[i]);
  }
}

TEST_CASE("the name of a headless Service stands for pods without the port that its targetPort names", "[unit]") {
  const auto input = [](const std::string& target, const std::string& replicas) {
    return scenario(kNodes +
                    "  traffic: [{name: t, to: \"http://names:8080/\", from: Deployment/client, arrivals: "
                    "poisson(10/s)}]\n") +
           service("names", "clusterIP: None, selector: {app: shop}, ports: [{port: 80, targetPort: " + target + "}]") +
           workload("Deployment", "shop", "shop", "replicas: " + replicas + ", ", kApp) +
           workload("Deployment", "old", "shop", "replicas: " + replicas + ", ",
                    "containers: [{name: app, ports: [{name: other, containerPort: 8080}]}]") +
           kPlainClient;
  };
  for (const char* target : {"nosuch", "web"}) {
    INFO(target);
    const json walk = walked(input(target, "1"), with({"http://names:8080/"}, kFromClient));
    for (const json& branch : walk["branches"]) {
      CHECK(branch["curlExitStatus"] == 0);
      CHECK(holds(branch.dump(), "and 1 more"));
    }
    const json found = estimated(input(target, "1"));
    REQUIRE(found["pods"].size() == 2);
    for (const json& pod : found["pods"]) CHECK(pod["rate_per_s"] == 5.0);
  }
  CHECK(status(input("nosuch", "0"), with({"http://names:8080/"}, kFromClient)) == 6);
  CHECK(holds(
      lines_of_check(input("nosuch", "0")),
      "the headless Service/names has no address, so its name would not be resolved: the workload has 0 replicas"));
}

TEST_CASE("a Classic Load Balancer that reads HTTP tells the controller, which must believe it", "[unit]") {
  const std::string ports = "{name: http, port: 80, targetPort: http}, {name: https, port: 443, targetPort: http}",
                    url = "https://i.example.com/";
  const auto input = [&](const std::string& data) {
    std::string made = behind_ending_nlb(ports, data, url);
    const std::string type = "aws-load-balancer-type: nlb";
    return made.replace(made.find(type), type.size(), "aws-load-balancer-backend-protocol: http");
  };
  const json walk = first(input("a: b"), {url});
  CHECK(walk["httpStatus"] == 308);
  CHECK(holds(walk["why"], "the load balancer ends TLS, and the controller does not believe its X-Forwarded-Proto"));
  CHECK(holds(walk["cure"], "use-forwarded-headers: \"true\""));
  const std::string lines = lines_of_check(input("a: b"));
  CHECK(holds(lines, "the controller does not believe its X-Forwarded-Proto"));
  CHECK(holds(lines, "use-forwarded-headers: \"true\" in the controller's ConfigMap, would do"));
  CHECK_FALSE(holds(lines, "use-proxy-protocol"));
  CHECK(first(input("use-forwarded-headers: \"true\""), {url})["httpStatus"] == 200);
  CHECK_FALSE(holds(lines_of_check(input("use-forwarded-headers: \"true\"")), "308"));
}

TEST_CASE("plain HTTP to a port at which the load balancer ends TLS is cut off, in run as in curl", "[unit]") {
  const auto input = [](const std::string& to) {
    return scenario(kNodes +
                    "  run: {duration: 2s, warmup: 1s, replications: {min: 2, max: 2}}\n  traffic: [{name: t, to: \"" +
                    to + "\", arrivals: poisson(50/s)}]\n") +
           service(
               "default/front, annotations: {service.beta.kubernetes.io/aws-load-balancer-ssl-cert: arn, "
               "service.beta.kubernetes.io/aws-load-balancer-ssl-ports: \"443\", "
               "service.beta.kubernetes.io/aws-load-balancer-type: nlb}",
               "type: LoadBalancer, selector: {app: shop}, ports: [{name: http, port: 80, targetPort: 8080}, {name: "
               "https, port: 443, targetPort: 8080}]") +
           workload("Deployment", "shop", "shop", "replicas: 2, ", kApp);
  };
  const std::string plain = "http://front:443/";
  const json walk = first(input(plain), {plain});
  CHECK(walk["curlExitStatus"] == 52);
  CHECK(holds(walk["why"], "ends TLS on port 443, where plain HTTP came"));
  CHECK(estimated(input(plain))["refused_share"] == 1.0);
  CHECK(holds(estimated(input(plain))["path"], "a listener for TLS, which cuts plain HTTP off: reset"));
  CHECK(holds(lines_of_check(input(plain)),
              "`to: https://front/`, or a port that is not among aws-load-balancer-ssl-ports, would do"));
  const test::TestFolder folder;
  REQUIRE(test::towtank({"run", "-", "-q", "--out", folder / "plain"}, input(plain)).status == 0);
  const std::string outcomes = test::get(folder / "plain/outcomes.csv");
  CHECK(holds(outcomes, ",reset,"));
  CHECK_FALSE(holds(outcomes, ",ok,"));
  for (const char* to : {"https://front/", "http://front:80/"}) {
    INFO(to);
    CHECK(status(input(to), {to}) == 0);
    CHECK(estimated(input(to))["refused_share"] == 0.0);
  }
  // An ingress controller behind it is not asked.
  const std::string ports = "{name: http, port: 80, targetPort: http}, {name: https, port: 443, targetPort: http}";
  const std::string behind = behind_ending_nlb(ports, "a: b", "http://p.example.com:443/");
  CHECK(status(behind, {"http://p.example.com:443/"}) == 52);
  CHECK(estimated(behind)["refused_share"] == 1.0);
}

TEST_CASE("of Services that share an address the port says which is meant", "[unit]") {
  const auto input = [](const std::string& first_spec, const std::string& second_spec, const std::string& to, const std::string& from) {
    return scenario("  cluster: {nodePools: [{name: worker, count: 3, zones: [a]}], network: {preset: bare-metal}}\n"
                    "  traffic: [{name: t, to: \"" + to + "\", from: " + from + ", arrivals: poisson(10/s)}]\n") +
           service("a", first_spec + "selector: {app: one}, ports: [{port: 8080, targetPort: 8080}]") +
           service("b", second_spec + "selector: {app: two}, ports: [{port: 80, targetPort: 8080}]") +
           workload("Deployment", "one", "one", "replicas: 1, ", kApp) + workload("Deployment", "two", "two", "replicas: 1, ", kApp) + kPlainClient;
  };
  const std::string asked = "type: LoadBalancer, loadBalancerIP: 203.0.113.8, ", external = "externalIPs: [203.0.113.8], ";
  struct Case {
    std::string first, second;
  };
  for (const Case& each : {Case{asked, asked}, Case{external, external}, Case{external, asked}, Case{asked, external}})
    for (const char* from : {"internet", "Deployment/client"}) {
      INFO(each.first << each.second << from);
      const auto pod = [&](const std::string& to) {
        const std::string text = input(each.first, each.second, to, from);
        CHECK(estimated(text)["dropped_share"] == 0.0);
        const json ends = walked(text, {to, "--from", from})["branches"];
        for (const json& branch : ends) CHECK(branch["curlExitStatus"] == 0);
        return std::string{ends[0]["steps"].back()["chain"]};
      };
      CHECK(holds(pod("http://203.0.113.8:8080/"), "in one-0"));
      CHECK(holds(pod("http://203.0.113.8/"), "in two-0"));
    }
  CHECK(status(input(asked, asked, "http://203.0.113.8/", "internet"), {"http://203.0.113.8:81/"}) == 28);
}

TEST_CASE("the name of a headless Service stands for the pods behind any of its ports", "[unit]") {
  const auto input = [](const std::string& ports, const std::string& to) {
    return scenario(kNodes + "  traffic: [{name: t, to: \"" + to + "\", from: Deployment/client, arrivals: poisson(10/s)}]\n") +
           service("web", "clusterIP: None, selector: {app: web}" + ports) +
           workload("Deployment", "one", "web", "replicas: 1, ", "containers: [{name: app, ports: [{name: first, containerPort: 7070}, {name: both, containerPort: 8080}]}]") +
           workload("Deployment", "two", "web", "replicas: 2, ", "containers: [{name: app, ports: [{name: both, containerPort: 8080}]}]") + kPlainClient;
  };
  // The first port has an endpoint in one of the three pods only.
  for (const char* ports : {", ports: [{name: f, port: 7070, targetPort: first}, {name: b, port: 8080, targetPort: both}]",
                            ", ports: [{name: b, port: 8080, targetPort: both}, {name: f, port: 7070, targetPort: first}]", ""}) {
    INFO(ports);
    const std::string text = input(ports, "http://web:8080/");
    const json ends = walked(text, with({"http://web:8080/"}, kFromClient))["branches"];
    for (const json& branch : ends) CHECK(branch["curlExitStatus"] == 0);
    const json pods = estimated(text)["pods"];
    REQUIRE(pods.size() == 3);
    for (const json& pod : pods) CHECK(pod["rate_per_s"].get<double>() == Approx(10.0 / 3));
  }
}

/// Of `check`: whether the scenario is refused, and why.
std::string refusal(const std::string& input) {
  const test::Ended ended = test::towtank({"check", "-"}, input);
  return ended.status == 2 ? ended.err : std::string{};
}

TEST_CASE("names are answered to run as to curl: pods of a StatefulSet, namespaces, Services of one pod", "[unit]") {
  const auto input = [](const std::string& to, const std::string& from, const std::string& governing) {
    return scenario(kNodes + "  traffic: [{name: t, to: \"" + to + "\", from: " + from + ", arrivals: poisson(10/s)}]\n") +
           workload("StatefulSet", "db", "db", "serviceName: dbh, replicas: 2, ", kApp) +
           workload("StatefulSet", "prod/db", "db", "serviceName: dbh, replicas: 2, ", kApp) + governing +
           service("first", "selector: {statefulset.kubernetes.io/pod-name: db-0}, ports: [{port: 80, targetPort: 8080}]") + kPlainClient +
           workload("Deployment", "prod/web", "web", "", "containers: [{name: app}]") + service("prod/only", "selector: {app: db}, ports: [{port: 80, targetPort: 8080}]");
  };
  const std::string governing = service("dbh", "clusterIP: None, selector: {app: db}, ports: [{port: 8080}]") +
                                service("prod/dbh", "clusterIP: None, selector: {app: db}, ports: [{port: 8080}]");
  const auto pod_of = [&](const std::string& to, const std::string& from) {
    const json pods = estimated(input(to, from, governing))["pods"];
    std::string found;
    for (const json& pod : pods)
      if (pod["requests_share"] == 1.0) found = pod["name"];
    const json steps = first(input(to, from, governing), {to, "--from", from})["steps"];
    CHECK(holds(steps.back()["chain"], "in " + found));
    return found;
  };
  CHECK(pod_of("http://db-1.dbh:8080/", "Deployment/client") == "db-1");
  CHECK(pod_of("http://db-1.dbh:8080/", "Deployment/prod/web") == "prod/db-1");
  CHECK(pod_of("http://db-1.dbh.default:8080/", "Deployment/prod/web") == "db-1");
  CHECK(pod_of("http://db-0:8080/", "Deployment/prod/web") == "prod/db-0");
  CHECK(pod_of("http://first/", "Deployment/client") == "db-0");
  // What curl does not resolve, run refuses.
  const auto agree = [&](const std::string& to, const std::string& from, const std::string& services, const std::string& part) {
    INFO(to << " from " << from);
    CHECK(status(input(to, from, services), {to, "--from", from}) == 6);
    CHECK(holds(refusal(input(to, from, services)), part));
  };
  agree("http://db-0.dbh:8080/", "Deployment/client", "", "names neither an edge nor a Service");
  agree("http://only/", "Deployment/client", "", "the cluster's DNS knows no `only` in namespace default");
  agree("http://db-0.dbh:8080/", "internet", governing, "is the name of a pod behind Service/dbh: the cluster's DNS answers pods");
  agree("http://db-0:8080/", "Node/worker-0", governing, "is a pod of namespace default and one of prod");
  CHECK(holds(refusal(input("http://first/", "Pod/db-0", governing)), "write Pod/NAMESPACE/db-0"));
  CHECK(test::towtank({"curl", "-", "http://first/", "--from", "Pod/db-0"}, input("http://first/", "internet", governing)).status == 2);
}

TEST_CASE("an ingress controller answers by itself at ports that take no requests for others", "[unit]") {
  const std::string input =
      scenario(kNodes + "  ingress: [{class: nginx, deployment: in/ctl}]\n  run: {duration: 2s, warmup: 1s, replications: {min: 2, max: 2}}\n"
                        "  traffic: [{name: t, to: \"http://ctl.in:10254/metrics\", from: Deployment/client, arrivals: poisson(50/s)}]\n") +
      service("in/ctl", "type: LoadBalancer, selector: {app: ctl}, ports: [{name: http, port: 80}, {name: metrics, port: 10254}]") +
      workload("Deployment", "in/ctl", "ctl", "", "containers: [{name: c, ports: [{containerPort: 80}, {containerPort: 10254}]}]") + kPlainClient;
  CHECK(status(input, with({"ctl.in:10254"}, kFromClient)) == 0);
  const test::TestFolder folder;
  const test::Ended ended = test::towtank({"run", "-", "--out", folder / "a"}, input);
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  CHECK_FALSE(holds(test::get(folder / "a/outcomes.csv"), "http_4xx"));
  CHECK(holds(test::get(folder / "a/outcomes.csv"), ",ok,"));
  CHECK(estimated(input)["pods"][0]["requests_share"] == 1.0);
}

TEST_CASE("run knows loopback addresses and the ports that pods have of their nodes, as curl does", "[unit]") {
  const auto input = [](const std::string& to, const std::string& from, const std::string& cluster = "") {
    return scenario("  cluster: {nodePools: [{name: worker, count: 3, zones: [a]}]" + cluster + "}\n"
                    "  pods: {DaemonSet/ne: {listen: [\"9100\"]}, Deployment/own: {listen: [\"8080\", \"127.0.0.1:9000\"]}}\n"
                    "  traffic: [{name: t, to: \"" + to + "\", from: " + from + ", arrivals: poisson(10/s)}]\n") +
           workload("DaemonSet", "ne", "ne", "", "hostNetwork: true, containers: [{name: ne}]") +
           workload("DaemonSet", "hp", "hp", "", "containers: [{name: hp, ports: [{containerPort: 8080, hostPort: 8088}]}]") +
           workload("Deployment", "own", "own", "replicas: 2, ", "containers: [{name: app}]") +
           service("shop", "type: NodePort, selector: {app: own}, ports: [{port: 80, targetPort: 8080, nodePort: 30904}]");
  };
  const std::string nftables = ", kubeProxy: {mode: nftables}";
  struct Case {
    std::string to, from, cluster;
    int status;
  };
  for (const Case& each : {Case{"http://worker-1:9100/", "internet", "", 0}, {"http://node:9100/", "internet", "", 0}, {"http://node:8088/", "internet", "", 0},
                           {"http://worker-1:9101/", "internet", "", 7}, {"http://worker-1:9100/", "Deployment/own", "", 0}, {"http://worker-1:8088/", "Node/worker-0", "", 0},
                           {"http://127.0.0.1:9100/", "Node/worker-0", "", 0}, {"http://localhost:9100/", "DaemonSet/ne", "", 0}, {"http://127.0.0.1:9100/", "Deployment/own", "", 7},
                           {"http://127.0.0.1:9000/", "Deployment/own", "", 0}, {"http://127.0.0.1:8080/", "Deployment/own", "", 0}, {"http://127.0.0.1:8081/", "Deployment/own", "", 7},
                           {"http://127.0.0.1:30904/", "Node/worker-0", "", 0}, {"http://127.0.0.1:30904/", "Node/worker-0", nftables, 7}, {"http://127.0.0.1/", "internet", "", 7}}) {
    const std::string text = input(each.to, each.from, each.cluster);
    INFO(each.to << " from " << each.from << each.cluster);
    CHECK(status(text, {each.to, "--from", each.from}) == each.status);
    const json found = estimated(text);
    CHECK(found["refused_share"] == (each.status == 7 ? 1.0 : 0.0));
    CHECK(found["dropped_share"] == 0.0);
  }
  // Of a DaemonSet on three nodes the one of the node dialled answers.
  const auto pods = [&](const std::string& to, const std::string& from) {
    std::vector<std::pair<std::string, double>> found;
    const json all = estimated(input(to, from))["pods"];
    for (const json& pod : all)
      if (pod["requests_share"] != 0.0) found.emplace_back(pod["node"], pod["requests_share"]);
    return found;
  };
  CHECK(pods("http://worker-1:9100/", "internet") == std::vector<std::pair<std::string, double>>{{"worker-1", 1.0}});
  CHECK(pods("http://worker-1:9100/", "Node/worker-0") == std::vector<std::pair<std::string, double>>{{"worker-1", 1.0}});
  CHECK(pods("http://127.0.0.1:9100/", "Node/worker-2") == std::vector<std::pair<std::string, double>>{{"worker-2", 1.0}});
  CHECK(pods("http://node:9100/", "internet").size() == 3);
  CHECK(estimated(input("http://node:9100/", "internet"))["second_hop_share"] == 0.0);
}

TEST_CASE("AWS' class makes internal load balancers, and AWS' annotations count where one is AWS' own", "[unit]") {
  const auto input = [](const std::string& preset, const std::string& annotations, const std::string& spec) {
    return scenario("  cluster: {nodePools: [{name: worker, count: 3, zones: [a]}], network: {preset: " + preset + "}}\n"
                    "  traffic: [{name: t, to: \"http://front/\", arrivals: poisson(10/s)}]\n") +
           "---\napiVersion: v1\nkind: Service\nmetadata: {name: front, annotations: {" + annotations + "}}\nspec: {type: LoadBalancer, " + spec +
           "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}\n" + workload("Deployment", "shop", "shop", "replicas: 2, ", kApp) + kPlainClient;
  };
  const std::string key = "service.beta.kubernetes.io/aws-load-balancer-", facing = key + "scheme: internet-facing";
  for (const char* name : {"service.k8s.aws/nlb", "eks.amazonaws.com/nlb"})
    for (const char* preset : {"aws", "gcp"}) {
      const std::string spec = std::string{"loadBalancerClass: "} + name + ", ";
      const json walk = first(input(preset, "", spec), {"http://front/"});
      CHECK(walk["curlExitStatus"] == 28);
      CHECK(holds(walk["why"], "is internal (as loadBalancerClass " + std::string{name} + " makes them)"));
      CHECK(holds(walk["line"], "-:11:"));
      CHECK(status(input(preset, facing, spec), {"http://front/"}) == 0);
      CHECK(holds(lines_of_check(input(preset, "", spec)), "is internal (as loadBalancerClass"));
    }
  CHECK(status(input("aws", "", "loadBalancerClass: metallb.io/l2, "), {"http://front/"}) == 0);
  // Others do not read what is said to AWS.
  const std::string internal = key + "internal: \"true\"";
  CHECK(status(input("aws", internal, ""), {"http://front/"}) == 28);
  for (const char* preset : {"gcp", "azure", "bare-metal"}) {
    INFO(preset);
    CHECK(status(input(preset, internal, ""), {"http://front/"}) == 0);
    CHECK(holds(lines_of_check(input(preset, internal, "")), "of AWS' annotations (aws-load-balancer-internal, -:10) none plays a part"));
    CHECK(status(input(preset, internal + ", networking.gke.io/load-balancer-type: Internal", ""), {"http://front/"}) ==
          (std::string{preset} == "gcp" ? 28 : 0));
  }
  CHECK_FALSE(holds(lines_of_check(input("aws", internal, "")), "none plays a part"));
  CHECK_FALSE(holds(lines_of_check(input("gcp", internal, "loadBalancerClass: service.k8s.aws/nlb, ")), "none plays a part"));
  const auto crosses = [&](const std::string& preset) { return holds(lines_of_check(input(preset, key + "cross-zone-load-balancing-enabled: \"true\"", "")), "cross-zone on"); };
  CHECK(crosses("aws"));
  CHECK_FALSE(crosses("gcp"));
}

TEST_CASE("a Service of a load balancer that has no node ports is reached by what needs none", "[unit]") {
  const auto input = [](const std::string& preset, const std::string& edge, const std::string& annotations = "") {
    return scenario("  cluster: {nodePools: [{name: worker, count: 3, zones: [a]}], network: {preset: " + preset + "}}\n" + edge +
                    "  traffic: [{name: t, to: \"http://front/\", arrivals: poisson(10/s)}]\n") +
           "---\napiVersion: v1\nkind: Service\nmetadata: {name: front, annotations: {" + annotations +
           "}}\nspec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}\n" +
           workload("Deployment", "shop", "shop", "replicas: 2, ", kApp);
  };
  CHECK(status(input("aws", ""), {"http://front/"}) == 28);
  CHECK(estimated(input("aws", ""))["dropped_share"] == 1.0);
  CHECK(holds(lines_of_check(input("aws", "")), "sends to node ports, of which Service/front has none"));
  const std::string ip = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip";
  CHECK(status(input("aws", "", ip), {"http://front/"}) == 0);
  CHECK(estimated(input("aws", "", ip))["dropped_share"] == 0.0);
  for (const char* preset : {"gcp", "azure", "bare-metal"}) {
    INFO(preset);
    CHECK(status(input(preset, ""), {"http://front/"}) == 0);
    CHECK(estimated(input(preset, ""))["dropped_share"] == 0.0);
  }
  const std::string metallb = "  edge: [{name: lb, kind: metallb-l2, service: front}]\n", nlb = "  edge: [{name: lb, kind: nlb, service: front}]\n";
  CHECK(status(input("bare-metal", metallb), {"http://front/"}) == 0);
  CHECK(estimated(input("bare-metal", metallb))["dropped_share"] == 0.0);
  CHECK(status(input("bare-metal", nlb), {"http://front/"}) == 7);
  CHECK(holds(refusal(input("bare-metal", nlb)), "edge lb sends to node ports, but Service/front is of type LoadBalancer and has none"));
}

TEST_CASE("source ranges hold for callers inside too, where kube-proxy takes the load balancer's place", "[unit]") {
  const auto input = [](const std::string& range) {
    return scenario("  cluster: {nodePools: [{name: worker, count: 3, zones: [a]}], network: {preset: gcp}}\n"
                    "  traffic: [{name: t, to: \"http://198.51.100.9/\", from: Deployment/client, arrivals: poisson(10/s)}]\n") +
           service("front", "type: LoadBalancer, loadBalancerIP: 198.51.100.9, loadBalancerSourceRanges: [" + range +
                                "], selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]") +
           workload("Deployment", "shop", "shop", "replicas: 2, ", kApp) + kPlainClient;
  };
  for (const char* range : {"203.0.113.0/24", "10.0.0.0/16"}) {  // neither is of pods; the second of nodes
    INFO(range);
    CHECK(status(input(range), with({"http://198.51.100.9/"}, kFromClient)) == 28);
    CHECK(estimated(input(range))["dropped_share"] == 1.0);
    CHECK(holds(lines_of_check(input(range)), "its caller is none: kube-proxy drops what they send there"));
  }
  CHECK(status(input("10.0.0.0/8"), with({"http://198.51.100.9/"}, kFromClient)) == 0);
  CHECK(estimated(input("10.0.0.0/8"))["dropped_share"] == 0.0);
  CHECK(status(input("10.0.0.0/16"), {"http://198.51.100.9/", "--from", "Node/worker-0"}) == 0);
}

TEST_CASE("the server that ingress-nginx adds for AWS sends plain requests on, whatever their host", "[unit]") {
  const std::string ports = "{name: http, port: 80, targetPort: tohttps}, {name: https, port: 443, targetPort: http}";
  const std::string data = "use-forwarded-headers: \"true\", http-snippet: \"server { listen 2443; return 308 https://$host$request_uri; }\"";
  const auto input = [&](const std::string& to) { return behind_ending_nlb(ports, data, to); };
  CHECK(first(input("http://p.example.com/"), {"http://p.example.com/"})["httpStatus"] == 308);
  CHECK(first(input("http://p.example.com/"), {"https://p.example.com/"})["httpStatus"] == 200);
  CHECK(holds(lines_of_check(input("http://p.example.com/")), "a snippet in ConfigMap/in/ctl listens on port 2443, so that ingress-nginx answers 308"));
  CHECK_FALSE(holds(lines_of_check(input("https://p.example.com/")), "308"));
  CHECK(first(behind_ending_nlb(ports, "a: b", "http://p.example.com/"), {"http://p.example.com/"})["httpStatus"] == 200);  // nothing sends on
  // TLS ended in front leads there too: no header helps.
  const std::string both = "{name: http, port: 80, targetPort: tohttps}, {name: https, port: 443, targetPort: tohttps}",
                    url = "https://p.example.com/";
  const json back = first(behind_ending_nlb(both, data, url), {url});
  CHECK(back["httpStatus"] == 308);
  CHECK(holds(back["why"], "a snippet of the ConfigMap sends on all"));
  CHECK(holds(back["cure"], "a targetPort for https"));
  CHECK(holds(lines_of_check(behind_ending_nlb(both, data, url)),
              "a targetPort for https at which no such server listens, would do"));
}

TEST_CASE("what makes load balancers of Google or Azure internal counts for theirs alone, and says so elsewhere",
          "[unit]") {
  const auto input = [](const std::string& preset, const std::string& annotation, const std::string& more = "") {
    return scenario("  cluster: {nodePools: [{name: worker, count: 3, zones: [a]}], network: {preset: " + preset +
                    "}}\n" + more + "  traffic: [{name: t, to: \"http://front/\", arrivals: poisson(10/s)}]\n") +
           "---\napiVersion: v1\nkind: Service\nmetadata: {name: front, annotations: {" + annotation +
           "}}\nspec: {type: LoadBalancer, selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}\n" +
           workload("Deployment", "shop", "shop", "replicas: 2, ", kApp);
  };
  const std::string gke = "networking.gke.io/load-balancer-type: Internal",
                    azure = "service.beta.kubernetes.io/azure-load-balancer-internal: \"true\"";
  for (const auto& [annotation, whose] : {std::pair{gke, "gcp"}, {azure, "azure"}})
    for (const std::string preset : {"aws", "gcp", "azure", "bare-metal", "ideal"}) {
      INFO(annotation << " under " << preset);
      const std::string text = input(preset, annotation);
      const bool is_heeded = preset == whose;
      CHECK(status(text, {"http://front/"}) == (is_heeded ? 28 : 0));
      CHECK(holds(lines_of_check(text), "the load balancer of Service/front is internal") == is_heeded);
      CHECK(holds(lines_of_check(text), "(-:10) plays no part, for its load balancer is of kind ") == !is_heeded);
    }
  // By the edge before it, whatever the preset; a web server there has an address of its own.
  const auto edge = [](const std::string& kind) { return "  edge: [{name: lb, kind: " + kind + ", service: front}]\n"; };
  CHECK(status(input("bare-metal", gke, edge("gclb-passthrough")), {"http://front/"}) == 28);
  CHECK(status(input("gcp", gke, edge("metallb-l2")), {"http://front/"}) == 0);
  CHECK_FALSE(holds(lines_of_check(input("gcp", gke, edge("nginx"))), "plays no part"));
  // Of several the provider's own is named.
  const json both = first(input("azure", gke + ", " + azure), {"http://front/"});
  CHECK(holds(both["why"], "azure-load-balancer-internal: true"));
}

TEST_CASE("pods of the host's network ask the cluster's DNS by an assumption that run states as curl does", "[unit]") {
  const auto input = [](const std::string& pods, const std::string& to = "http://shop/") {
    return scenario(kNodes + "  traffic: [{name: t, to: \"" + to +
                    "\", from: Deployment/agent, arrivals: poisson(10/s)}]\n") +
           kShop + workload("Deployment", "agent", "agent", "", pods + "containers: [{name: app}]");
  };
  const std::string said = "pods of Deployment/agent ask the cluster's DNS (hostNetwork, so by dnsPolicy: "
                           "ClusterFirstWithHostNet only)";
  const auto by_curl = [&](const std::string& text, const std::string& to) {
    return holds(walked(text, {to, "--from", "Deployment/agent"})["assumptions"].dump(), said);
  };
  const auto by_run = [&](const std::string& text) { return holds(lines_of_check(text), said); };
  const std::string on_host = "hostNetwork: true, ";
  CHECK(by_curl(input(on_host), "http://shop/"));
  CHECK(by_run(input(on_host)));
  CHECK(estimated(input(on_host))["refused_share"] == 0.0);
  CHECK_FALSE(by_curl(input(""), "http://shop/"));
  CHECK_FALSE(by_run(input("")));
  // No name, nothing to ask for.
  CHECK_FALSE(by_curl(input(on_host, "http://clusterip/shop/"), "http://clusterip/shop/"));
  CHECK_FALSE(by_run(input(on_host, "http://clusterip/shop/")));
}

TEST_CASE("run refuses healthCheckNodePort by its name, where curl has kube-proxy answer", "[unit]") {
  const auto input = [](const std::string& to, const std::string& from, const std::string& policy = "Local") {
    return scenario("  cluster:\n    nodePools: [{name: worker, count: 2, zones: [a]}]\n"
                    "    placement: {pin: {Deployment/shop: {worker-0: 1}}}\n"
                    "  pods: {DaemonSet/ne: {listen: [\"31999\"]}}\n  traffic: [{name: t, to: \"" +
                    to + "\", from: " + from + ", arrivals: poisson(10/s)}]\n") +
           service("lb", "type: LoadBalancer, externalTrafficPolicy: " + policy +
                             (policy == "Local" ? ", healthCheckNodePort: 31999" : "") +
                             ", selector: {app: shop}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]") +
           workload("Deployment", "shop", "shop", "", kApp) +
           workload("DaemonSet", "ne", "ne", "", "hostNetwork: true, containers: [{name: ne}]");
  };
  for (const auto& [to, from] : {std::pair{"http://worker-0:31999/", "internet"},
                                 {"http://node:31999/", "internet"},
                                 {"http://worker-0:31999/", "Node/worker-1"},
                                 {"http://127.0.0.1:31999/", "Node/worker-0"}}) {
    INFO(to << " from " << from);
    CHECK(holds(first(input(to, from), {to, "--from", from})["why"], "healthCheckNodePort of Service/lb"));
    const std::string said = refusal(input(to, from));
    CHECK(holds(said, "traffic t calls healthCheckNodePort 31999 of Service/lb, where kube-proxy answers load balancers "
                      "by itself"));
    CHECK(holds(said, "its node port 30080, or the Service as target would do"));
    // Under Cluster there is no such port: what pods have of their nodes is theirs.
    CHECK(status(input(to, from, "Cluster"), {to, "--from", from}) == 0);
    CHECK(estimated(input(to, from, "Cluster"))["refused_share"] == 0.0);
  }
}

TEST_CASE("nodes without a pod that has the port dialled refuse their share", "[unit]") {
  const auto input = [](const std::string& to, const std::string& from) {
    return scenario("  cluster:\n    nodePools: [{name: worker, count: 4, zones: [a]}]\n"
                    "    placement: {pin: {Deployment/hp: {worker-0: 1}, Deployment/deaf: {worker-1: 1}, "
                    "Deployment/on: {worker-0: 1, worker-2: 1}}}\n"
                    "  pods: {Deployment/deaf: {listen: [\"7777\"]}, Deployment/on: {listen: [\"9000\"]}}\n"
                    "  run: {duration: 20s, warmup: 1s, replications: {min: 4, max: 4}}\n  traffic: [{name: t, to: \"" +
                    to + "\", from: " + from + ", arrivals: poisson(500/s), connections: {reuse: per_request}}]\n") +
           workload("Deployment", "hp", "hp", "", "containers: [{name: c, ports: [{containerPort: 8080, hostPort: 8088}]}]") +
           workload("Deployment", "deaf", "deaf", "",
                    "containers: [{name: c, ports: [{containerPort: 9090, hostPort: 8088}]}]") +
           workload("Deployment", "on", "on", "replicas: 2, ", "hostNetwork: true, containers: [{name: c}]");
  };
  const auto refused = [&](const std::string& to, const std::string& from) {
    const json walk = walked(input(to, from), {to, "--from", from});
    double share = 0.0;
    for (const json& branch : walk["branches"])
      if (branch["curlExitStatus"] == 7) share += branch["probability"].get<double>();
    const json found = estimated(input(to, from));
    CHECK(found["dropped_share"] == 0.0);
    CHECK(found["refused_share"].get<double>() == Approx(share));
    return share;
  };
  // The pod on worker-1 has the port and does not listen: as none.
  CHECK(refused("http://node:8088/", "internet") == Approx(3.0 / 4));
  CHECK(refused("http://worker-0:8088/", "internet") == 0.0);
  CHECK(refused("http://worker-1:8088/", "internet") == 1.0);
  CHECK(refused("http://worker-2:8088/", "internet") == 1.0);
  CHECK(holds(lines_of_check(input("http://node:8088/", "internet")),
              "calls port 8088 of 4 nodes, of which 1 has a pod that answers there: the others, as worker-1, refuse"));
  // Each caller is on a node of its own; curl is one of them.
  const std::string own = input("http://127.0.0.1:8088/", "Deployment/on");
  CHECK(status(own, {"http://127.0.0.1:8088/", "--from", "Pod/on-0"}) + status(own, {"http://127.0.0.1:8088/", "--from", "Pod/on-1"}) == 7);
  CHECK(estimated(own)["refused_share"] == 0.5);
  // From inside nodes are chosen otherwise.
  CHECK(holds(refusal(input("http://node:8088/", "Node/worker-3")),
              "`from: internet`, one node by its name, or pods on every node (a DaemonSet) would do"));

  // What run measures: each connection chooses a node by itself, so a share has the spread of a binomial one.
  const test::TestFolder folder;
  REQUIRE(test::towtank({"run", "-", "-q", "--out", folder / "r"}, input("http://node:8088/", "internet")).status == 0);
  double all = 0.0, of_it = 0.0;
  std::istringstream rows{test::get(folder / "r/outcomes.csv")};
  std::string row;
  std::getline(rows, row);
  REQUIRE(row == "variant,traffic,outcome,hop,count,share");
  while (std::getline(rows, row)) {
    if (!holds(row, ",t,")) continue;
    std::istringstream cells{row};
    std::string cell;
    for (int i = 0; i < 5; ++i) std::getline(cells, cell, ',');
    all += std::stod(cell);
    if (holds(row, ",refused,")) of_it += std::stod(cell);
  }
  REQUIRE(all > 1000.0);
  constexpr double kLimit = 4.9;  // of a normal variable, two-sided, 1e-6
  const auto is_near = [&](double share) {
    return std::abs(of_it / all - share) <= kLimit * std::sqrt(share * (1.0 - share) / all);
  };
  CHECK(is_near(3.0 / 4));
  CHECK_FALSE(is_near(2.0 / 4));  // if the pod that does not listen answered
}

TEST_CASE("a headless Service whose pods are all unready is not said to lack a port", "[unit]") {
  const auto input = [](const std::string& ready, const std::string& target) {
    return scenario("  cluster: {nodePools: [{name: worker, count: 1, zones: [a]}]}\n"
                    "  traffic: [{name: t, to: \"http://names:8080/\", from: Deployment/client, arrivals: "
                    "poisson(10/s)}]\n") +
           service("names", "clusterIP: None, selector: {app: shop}, ports: [{port: 80, targetPort: " + target + "}]") +
           "---\napiVersion: v1\nkind: Pod\nmetadata: {name: one, labels: {app: shop}}\nspec: {nodeName: worker-0, " + kApp +
           "}\nstatus: {phase: Running, podIP: 10.244.0.9, conditions: [{type: Ready, status: \"" + ready + "\"}]}\n" +
           kPlainClient;
  };
  for (const char* target : {"nosuch", "web", "8080"}) {
    INFO(target);
    const json walk = first(input("False", target), with({"http://names:8080/"}, kFromClient));
    CHECK(walk["curlExitStatus"] == 6);
    CHECK(holds(walk["why"], "no endpoint that is ready"));
    CHECK_FALSE(holds(walk["why"], "has a port named"));
    CHECK(walk["cure"] == "let the pods become ready");
    CHECK(holds(refusal(input("False", target)), "none of its pods is ready"));
    CHECK(status(input("True", target), with({"http://names:8080/"}, kFromClient)) == 0);
  }
}

TEST_CASE("a headless Service has no address that the internet could be refused at: run and curl know no name",
          "[unit]") {
  const auto input = [](const std::string& from, const std::string& spec) {
    return scenario(kNodes + "  traffic: [{name: t, to: clusterip/shop, from: " + from + ", arrivals: poisson(10/s)}]\n") +
           service("shop", spec + "selector: {app: shop}, ports: [{port: 8080}]") +
           workload("Deployment", "shop", "shop", "replicas: 2, ", kApp) + kPlainClient;
  };
  const std::string headless = "clusterIP: None, ";
  CHECK(status(input("internet", headless), {"clusterip/shop"}) == 6);
  CHECK(holds(refusal(input("internet", headless)), "calls the headless Service/shop from the internet, where its name means nothing"));
  CHECK(status(input("Deployment/client", headless), with({"clusterip/shop"}, kFromClient)) == 0);
  CHECK(estimated(input("Deployment/client", headless))["refused_share"] == 0.0);
  // One with an address has no route to it.
  CHECK(status(input("internet", ""), {"clusterip/shop"}) == 28);
  CHECK(estimated(input("internet", ""))["dropped_share"] == 1.0);
}

/// A Service `fb` of type NodePort, `more` beside it.
std::string behind_node_port(const std::string& more, const std::string& target_port = "8001") {
  return scenario(kNodes) +
         service("fb", "type: NodePort, selector: {app: fb}, ports: [{port: 5001, targetPort: " + target_port + ", nodePort: 30904}]") +
         workload("Deployment", "fb", "fb", "", "containers: [{name: app, ports: [{name: app, containerPort: 8001}]}]") + more;
}

TEST_CASE("what a closed port of a node was meant for does not hang on other Services", "[unit]") {
  for (const std::string name : {"aaa", "zzz"}) {
    const std::string other = service(name, "selector: {app: other}, ports: [{port: 5001, targetPort: 8001}]");
    for (const char* dialled : {"node:5001", "node:8001"}) {
      const json alone = first(behind_node_port(""), {dialled}), beside = first(behind_node_port(other), {dialled});
      CHECK(alone["why"] == beside["why"]);
      CHECK(alone["cure"] == beside["cure"]);
      CHECK(holds(beside["cure"], "30904"));
    }
  }
  // A second NodePort Service that has the number is another meaning.
  const std::string rival = service("aaa", "type: NodePort, selector: {app: other}, ports: [{port: 5001, targetPort: 9, nodePort: 30905}]");
  CHECK(holds(why(behind_node_port(rival), {"node:5001"}), "and of Service/fb"));
  // A port of UDP before that of TCP hides nothing.
  const std::string both = scenario(kNodes) + service("dns", "type: NodePort, selector: {app: dns}, ports: [{name: u, port: 53, protocol: UDP, nodePort: 30053}, "
                                                             "{name: t, port: 53, nodePort: 30054}]") +
                           workload("Deployment", "dns", "dns", "", "containers: [{name: app}]");
  CHECK(holds(first(both, {"node:53"})["cure"], "30054"));
  CHECK(holds(why(both, {"node:30053"}), "a port of UDP of Service/dns"));
  // By its name the port of the pods is known as well.
  CHECK(holds(first(behind_node_port("", "app"), {"node:8001"})["cure"], "30904"));
}

TEST_CASE("an alias of a Service in the cluster leads there, with the port that was dialled", "[unit]") {
  const std::string input = scenario(kNodes) + kPlainClient +
                            service("other/shop", "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]") +
                            workload("Deployment", "other/shop", "shop", "replicas: 2, ", kApp) +
                            service("alias", "type: ExternalName, externalName: shop.other.svc.cluster.local") +
                            service("far", "type: ExternalName, externalName: db.example.net") +
                            service("loop", "type: ExternalName, externalName: loop.default.svc.cluster.local");
  CHECK(status(input, with({"http://alias/"}, kFromClient)) == 0);
  CHECK(holds(why(input, with({"http://alias/"}, kFromClient)), "the app answers"));
  CHECK(status(input, with({"http://alias:8080/"}, kFromClient)) == 28);
  CHECK(holds(why(input, with({"http://far/"}, kFromClient)), "leaves the cluster"));
  CHECK(holds(why(input, with({"http://loop/"}, kFromClient)), "leaves the cluster"));
}

TEST_CASE("one healthCheckNodePort answers for all ports of a Service", "[unit]") {
  const std::string input =
      scenario("  cluster: {nodePools: [{name: worker, count: 2}], network: {preset: aws}, placement: {pin: {Deployment/x: {worker-0: 1}, Deployment/y: "
               "{worker-1: 1}}}}\n") +
      service("web", "type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: web}, ports: [{name: a, port: 80, targetPort: http}, {name: b, port: 81, "
                     "targetPort: 9000}]") +
      workload("Deployment", "x", "web", "", "containers: [{name: app, ports: [{name: http, containerPort: 8080}, {containerPort: 9000}]}]") +
      workload("Deployment", "y", "web", "", "containers: [{name: app, ports: [{containerPort: 9000}]}]");
  const json answer = walked(input, {"http://web/"});
  double lost = 0.0;
  for (const json& branch : answer["branches"])
    if (branch["curlExitStatus"] == 28) lost += branch["probability"].get<double>();
  CHECK(lost == Approx(0.5));
}

TEST_CASE("a Service that loses its type loses what only that type has", "[unit]") {
  const Words to_cluster_ip = {"--set", "Service/fb:spec.type=ClusterIP"};
  CHECK(status(behind_node_port(""), with({"node:30904"}, to_cluster_ip)) == 7);
  CHECK(status(behind_node_port(kPlainClient), with(with({"http://fb:5001/"}, kFromClient), to_cluster_ip)) == 0);
  const std::string checked = scenario(kNodes) +
                              service("fb", "type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 32000, loadBalancerClass: a/b, selector: {app: "
                                            "fb}, ports: [{port: 80, targetPort: 8001}]") +
                              workload("Deployment", "fb", "fb", "", "containers: [{name: app, ports: [{containerPort: 8001}]}]");
  for (const char* change : {"spec.externalTrafficPolicy=Cluster", "spec.type=NodePort", "spec.type=ClusterIP"})
    CHECK(test::towtank({"curl", "-", "node:80", "--set", "Service/fb:" + std::string{change}}, checked).status == 7);
  // Ports that come or go by the same change keep no node port either.
  CHECK(test::towtank({"curl", "-", "node:30904", "--set", "Service/fb:spec={type: ClusterIP, selector: {app: fb}, ports: [{name: a, port: 5001, nodePort: 30904}, {name: b, port: 81}]}"},
                      behind_node_port("")).status == 7);
  // What the same change sets stays, and is wrong.
  const test::Ended ended = test::towtank({"curl", "-", "node:80", "--set", "Service/fb:spec.type=ClusterIP", "--set", "Service/fb:spec.ports[0].nodePort=30905"}, behind_node_port(""));
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "needs `type: NodePort`"));
}

}  // namespace
}  // namespace towtank::tool
