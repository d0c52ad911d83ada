#include "tests/models/study/generated_clusters.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <vector>

#include "sim/random/mix.hpp"

namespace towtank::test {
namespace {

using std::to_string;

/// Unlike the operands of `+`, the parts are made in order: whatever the compiler, the same dice are thrown.
std::string joined(std::initializer_list<std::string> parts) {
  std::string made;
  for (const std::string& part : parts) made += part;
  return made;
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : key_{mixed(seed)} {}

  int between(int least, int most) {
    return least + static_cast<int>(mixed(key_ + throws_++) % static_cast<std::uint64_t>(most - least + 1));
  }
  bool chance(int percent) { return between(1, 100) <= percent; }
  int one_of(std::initializer_list<int> all) { return all.begin()[between(0, static_cast<int>(all.size()) - 1)]; }
  std::string one_of(std::initializer_list<const char*> all) {
    return all.begin()[between(0, static_cast<int>(all.size()) - 1)];
  }

 private:
  std::uint64_t key_, throws_ = 0;
};

/// How an application is reached.
enum class Way { implied_lb, nlb, other_l4, nginx_to_nodes, proxy_to_pods, node, inside, ingress };
constexpr int kWays = 8;

struct App {
  std::string name;
  Way way = Way::implied_lb;
  int replicas = 1, workers = 1, service_ms = 1, node_port = 30080;

  bool needs_node_port() const { return way == Way::nginx_to_nodes || way == Way::node; }
  bool needs_load_balancer() const { return way <= Way::other_l4; }
};

/// One cluster on its way to a text.
class Draft {
 public:
  explicit Draft(std::uint64_t seed) : dice_{seed}, modes_{~seed} {}

  ScenarioText made() {
    add_cluster();
    std::vector<App> apps;
    const int count = dice_.chance(40) ? 2 : 1;
    for (int i = 0; i < count; ++i) apps.push_back(app(i));
    for (const App& each : apps) add(each);
    if (!pins_.empty()) text_.cluster.push_back("placement: {policy: " + policy_ + ", pin: {" + pins_ + "}}");
    if (pins_.empty()) text_.cluster.push_back("placement: {policy: " + policy_ + "}");
    return std::move(text_);
  }

 private:
  void add_cluster() {
    static const char* const kZones[] = {"[a]", "[a, b]", "[a, b, c]", "[a, b, c, d]"};
    nodes_ = dice_.between(1, 12);
    std::string pools =
        joined({"{name: worker, count: ", to_string(nodes_), ", zones: ", kZones[dice_.between(0, 3)], "}"});
    if (dice_.chance(20))
      pools += ", {name: batch, count: " + to_string(dice_.between(1, 3)) +
               ", zones: [a], taints: [\"dedicated=batch:NoSchedule\"]}";
    if (dice_.chance(20)) pools += ", {name: control, count: 1, zones: [a], role: control-plane}";
    text_.cluster = {"nodePools: [" + pools + "]",
                     "network: {preset: " + dice_.one_of({"aws", "gcp", "azure", "bare-metal", "ideal"}) + "}",
                     "kubeProxy: {mode: " + kube_proxy(dice_.one_of({"iptables", "nftables"})) + "}"};
    policy_ = dice_.one_of({"even", "default", "random", "packed"});
  }

  /// @param other  the mode that the cluster has where it is not Cilium's
  std::string kube_proxy(const std::string& other) {
    if (!modes_.chance(30)) return other;
    return joined({"cilium, scheduler: ", modes_.one_of({"random", "maglev"}),
                   ", forwarding: ", modes_.one_of({"snat", "dsr", "hybrid"})});
  }

  App app(int number) {
    App made;
    made.name = number == 0 ? "shop" : "cart";
    made.way = static_cast<Way>(dice_.between(0, kWays - 1));
    made.replicas = dice_.chance(50) ? dice_.between(1, 6) : dice_.between(1, 30);
    made.workers = dice_.between(1, 4);
    made.service_ms = dice_.one_of({1, 2, 5, 20});
    made.node_port = 30080 + number;
    return made;
  }

  void add(const App& app) {
    add_deployment(app);
    add_service(app);
    add_pods(app);
    std::string from = "internet", host = app.name;
    if (app.way == Way::inside) {
      from =
          dice_.chance(50) ? "Node/worker-" + to_string(dice_.between(0, nodes_ - 1)) : "Deployment/caller-" + app.name;
      if (from[0] == 'D') text_.documents.push_back(deployment("caller-" + app.name, dice_.between(1, 5)));
    } else if (app.way == Way::node) {
      host = "node:" + to_string(app.node_port);
    } else if (app.way == Way::ingress) {
      host += ".example.com";
      add_ingress(app);
    } else if (app.way != Way::implied_lb) {
      host = "edge-" + app.name;
      add_edge(app);
      if (is_name_) host += ":" + to_string(app.node_port);
    }
    add_traffic(app, host, from);
  }

  void add_deployment(const App& app) {
    std::string made = deployment(app.name, app.replicas), extra;
    if (dice_.chance(20))
      extra += joined({"topologySpreadConstraints: [{maxSkew: 1, topologyKey: ",
                       dice_.one_of({"topology.kubernetes.io/zone", "kubernetes.io/hostname"}),
                       ", whenUnsatisfiable: ", dice_.one_of({"ScheduleAnyway", "DoNotSchedule"}),
                       ", labelSelector: {matchLabels: {app: ", app.name, "}}}], "});
    if (dice_.chance(20)) extra += "tolerations: [{key: dedicated, operator: Exists}], ";
    text_.documents.push_back(made.insert(made.find("containers:"), extra));
    if (dice_.chance(30))
      pins_ += joined({pins_.empty() ? "" : ", ", "Deployment/", app.name, ": {worker-",
                       to_string(dice_.between(0, nodes_ - 1)), ": ", to_string(dice_.between(1, app.replicas)), "}"});
  }

  void add_service(const App& app) {
    const std::string type = app.needs_load_balancer() ? "LoadBalancer"
                             : app.needs_node_port()   ? dice_.one_of({"NodePort", "LoadBalancer"})
                                                       : dice_.one_of({"ClusterIP", "NodePort", "LoadBalancer"});
    std::string policies, port = "port: 80, targetPort: 8080";
    if (type != "ClusterIP") {
      policies = "externalTrafficPolicy: " + dice_.one_of({"Cluster", "Local"}) + ", ";
      port += ", nodePort: " + to_string(app.node_port);
    }
    if (dice_.chance(25)) policies += "internalTrafficPolicy: Local, ";
    text_.documents.push_back("{apiVersion: v1, kind: Service, metadata: {name: " + app.name + "}, spec: {type: " +
                              type + ", " + policies + "selector: {app: " + app.name + "}, ports: [{" + port + "}]}}");
  }

  void add_pods(const App& app) {
    const std::string ms = to_string(app.service_ms) + "ms";
    const bool loops = app.workers == 1 && dice_.chance(40), shares = !loops && dice_.chance(30);
    std::string made = "Deployment/" + app.name + ": {model: ";
    made += loops ? "event_loop, cpu: exponential(mean=500us)" : shares ? "processor_sharing" : "workers";
    if (!loops) made += ", workers: " + to_string(app.workers);
    made += ", serviceTime: " + (dice_.chance(20) ? ms : "exponential(mean=" + ms + ")");
    if (dice_.chance(35))
      made += joined({", queue: {limit: ", to_string(dice_.between(0, 8)),
                      ", whenFull: ", dice_.one_of({"drop_syn", "rst", "503"}), "}"});
    if (!shares && dice_.chance(15)) made += ", queueTimeout: " + dice_.one_of({"10ms", "exponential(mean=50ms)"});
    if (dice_.chance(30))
      made += joined({", slow: {pod: ", to_string(dice_.between(0, app.replicas - 1)),
                      ", factor: ", dice_.one_of({"2", "5", "0.5"}), "}"});
    text_.pods.push_back(made + "}");
  }

  std::string balancing_proxy() {
    const std::string kind = dice_.one_of({"nginx", "envoy", "alb", "haproxy"});
    if (kind == "nginx") return kind + ", balance: " + dice_.one_of({"round_robin", "least_conn"});
    if (kind == "envoy") return kind + ", balance: " + dice_.one_of({"round_robin", "random", "least_request"});
    if (kind == "alb") return kind + ", balance: " + dice_.one_of({"round_robin", "random", "least_outstanding"});
    const std::string name = dice_.one_of({"roundrobin", "leastconn", "random", "first", "source"});
    return kind + ", balance: {name: " + name + ", maxconn: " + to_string(dice_.between(1, 8)) + "}";
  }

  void add_edge(const App& app) {
    const std::string name = "edge-" + app.name;
    const std::string service = ", service: " + app.name;
    std::string made;
    is_name_ = false;
    switch (app.way) {
      case Way::nlb:
        made = joined({"nlb", service, ", crossZone: ", dice_.one_of({"true", "false"}),
                       ", balance: ", dice_.one_of({"random", "flow_hash", "round_robin"})});
        break;
      case Way::other_l4:
        made = dice_.one_of({"gclb-passthrough", "azure-slb", "metallb-l2", "metallb-bgp", "dns"});
        is_name_ = made == "dns";
        made += is_name_ ? ", upstream: {nodePort: \"" + app.name + ":80\"}" : service;
        break;
      case Way::nginx_to_nodes:
        made = "nginx, upstream: {nodePort: \"" + app.name +
               ":80\"}, balance: " + dice_.one_of({"round_robin", "random", "least_conn", "ip_hash"});
        if (dice_.chance(50)) made += ", upstreamKeepalive: " + dice_.one_of({"0", "4", "64"});
        break;
      default:
        made = balancing_proxy() + service + ", targets: ip";
    }
    text_.edges.push_back("{name: " + name + ", kind: " + made + "}");
  }

  void add_ingress(const App& app) {
    if (!has_ingress_)
      text_.spec.push_back(joined({"ingress: [{class: nginx, replicas: ", to_string(dice_.between(1, 4)),
                                   ", workers: ", to_string(dice_.between(1, 4)),
                                   ", balance: ", dice_.one_of({"round_robin", "ewma"}), "}]"}));
    if (!has_ingress_ && dice_.chance(50))
      text_.spec.push_back(
          "variants: [{name: Local, patch: {Service/ingress-nginx/ingress-nginx-controller: {spec: "
          "{externalTrafficPolicy: "
          "Local}}}}]");
    has_ingress_ = true;
    const std::string prefix = "nginx.ingress.kubernetes.io/";
    add_rule(app, app.name, dice_.chance(30) ? prefix + "service-upstream: \"true\"" : "");
    if (!dice_.chance(30)) return;
    App next = app;
    next.name += "-next";
    next.replicas = dice_.between(1, 3);
    add_deployment(next);
    text_.documents.push_back(service(next.name, "ClusterIP"));
    add_pods(next);
    add_rule(app, next.name,
             prefix + "canary: \"true\", " + prefix + "canary-weight: \"" + to_string(dice_.one_of({0, 5, 40, 100})) + "\"");
  }

  void add_rule(const App& app, const std::string& to, const std::string& annotations) {
    text_.documents.push_back(
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {annotations: {" + annotations + "}, name: " + to +
        "}, spec: {ingressClassName: nginx, rules: [{host: " + app.name +
        ".example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: " + to +
        ", port: {number: 80}}}}]}}]}}");
  }

  void add_traffic(const App& app, const std::string& host, const std::string& from) {
    const bool tls = app.way == Way::ingress && dice_.chance(30);
    std::string made =
        "{name: to-" + app.name + ", to: \"" + (tls ? "https" : "http") + "://" + host + "/\", from: " + from;
    const int percent = dice_.one_of({10, 50, 80, 95, 130});
    const int per_s = std::max(1, percent * 10 * app.replicas * app.workers / app.service_ms);
    const std::string rate = "(" + to_string(per_s) + "/s)";
    made += ", arrivals: " + (dice_.chance(25)
                                  ? "closed(users=" + to_string(dice_.between(1, 60)) + " think=exponential(mean=20ms))"
                              : dice_.chance(20) ? "deterministic" + rate
                                                 : "poisson" + rate);
    if (dice_.chance(60)) made += ", clients: " + to_string(dice_.between(1, 200));
    made += ", connections: {reuse: " + connections() + "}";
    if (dice_.chance(30)) made += ", timeout: " + dice_.one_of({"50ms", "500ms", "3s"});
    if (dice_.chance(35)) {
      made += ", retries: {max: " + to_string(dice_.between(1, 3)) + ", when: [" +
              dice_.one_of({"connect_failure", "connect_failure, timeout", "connect_failure, timeout, 5xx", "5xx"}) +
              "], backoff: exponential(5ms 50ms)";
      made += dice_.chance(40) ? ", budget: 20%}" : "}";
    }
    text_.traffic.push_back(made + "}");
  }

  std::string connections() {
    if (dice_.chance(40)) return "per_request";
    std::string made = "keepalive, perClient: " + to_string(dice_.between(1, 6));
    if (dice_.chance(30)) made += ", maxRequests: " + to_string(dice_.between(1, 20));
    if (dice_.chance(20)) made += ", idleTimeout: 100ms";
    if (dice_.chance(20)) made += ", maxAge: 500ms";
    return made;
  }

  Dice dice_;
  Dice modes_;  ///< apart, so that the rest of a seed's cluster is what it was
  ScenarioText text_;
  int nodes_ = 1;
  std::string policy_, pins_;
  bool has_ingress_ = false, is_name_ = false;
};

/// Leaves out each item in turn, and keeps it out if the scenario fails without it as well. @return whether any was
bool drop_items(std::vector<std::string> ScenarioText::*list, ScenarioText& text,
                const std::function<bool(const ScenarioText&)>& fails) {
  bool dropped = false;
  for (std::size_t i = (text.*list).size(); i-- > 0;) {
    ScenarioText smaller = text;
    (smaller.*list).erase((smaller.*list).begin() + static_cast<std::ptrdiff_t>(i));
    if (!fails(smaller)) continue;
    text = std::move(smaller);
    dropped = true;
  }
  return dropped;
}

}  // namespace

ScenarioText generated_cluster(std::uint64_t seed) { return Draft{seed}.made(); }

ScenarioText shrunk(ScenarioText text, const std::function<bool(const ScenarioText&)>& fails) {
  static constexpr std::vector<std::string> ScenarioText::*kLists[] = {
      &ScenarioText::traffic, &ScenarioText::edges, &ScenarioText::documents,
      &ScenarioText::pods,    &ScenarioText::spec,  &ScenarioText::cluster};
  for (bool dropped = true; dropped;) {
    dropped = false;
    for (const auto list : kLists) dropped = drop_items(list, text, fails) || dropped;
  }
  return text;
}

}  // namespace towtank::test
