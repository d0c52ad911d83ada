#include "tests/models/lint/lines.hpp"

namespace towtank::test {
namespace {

constexpr const char* kPort = "port: 80, targetPort: 8080";

TEST_CASE("a sound scenario has no warnings", "[unit]") { CHECK(warnings_beside({}).empty()); }

TEST_CASE("a selector with a slip is found at its line, with the workload that was meant", "[unit]") {
  const std::string cart = labelled("cart", "app: cart, tier: back", "{containerPort: 8080}");
  CHECK(
      warnings_beside({cart, cluster_service("cart", "app: cart, tier: bakc", kPort)}) ==
      Lines{"test.yaml:19:94: Service/cart selects no pod, so every connection to it is refused: nothing in namespace "
            "default has the labels app=cart,tier=bakc; Deployment/cart has tier=back in place of tier=bakc: a "
            "selector with that would do"});
  CHECK(warnings_beside({cart, cluster_service("cart", "app: cart, tier: back", kPort)}).empty());
}

TEST_CASE("the workload that was meant has a like value, another key, one label less, or another namespace", "[unit]") {
  const auto advice = [](const std::string& labels, const std::string& selector, const std::string& name_space) {
    const Lines lines = warnings_beside(
        {labelled("cart", labels, "{containerPort: 8080}", name_space), cluster_service("cart", selector, kPort)});
    REQUIRE(lines.size() == 1);
    return lines[0].substr(lines[0].rfind("; ") + 2);
  };
  CHECK(advice("app: cart", "app: carts", "default") ==
        "Deployment/cart has app=cart in place of app=carts: a selector with that would do");
  CHECK(advice("app.kubernetes.io/name: cart", "app: cart", "default") ==
        "Deployment/cart has app.kubernetes.io/name=cart in place of app=cart: a selector with that would do");
  CHECK(advice("app: cart", "app: cart, track: stable", "default") ==
        "Deployment/cart lacks only track=stable: the selector without it would do");
  CHECK(
      advice("app: cart", "app: cart", "prod") ==
      "Deployment/prod/cart has them in namespace prod, and a Service selects in its own: `namespace: prod` would do");
  CHECK(advice("app: cart", "app: payment", "default") ==
        "the labels of its pods, or the workload that makes them among the resources, would do");
}

TEST_CASE("of several workloads that lack one label the one with the smallest slip was meant", "[unit]") {
  const Lines lines = warnings_beside({labelled("billing", "app: billing, tier: back", "{containerPort: 8080}"),
                                       labelled("cart", "app: cart, tier: back", "{containerPort: 8080}"),
                                       labelled("store", "tier: back", "{containerPort: 8080}"),
                                       cluster_service("cart", "app: cartt, tier: back", kPort)});
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Matchers::Contains("; Deployment/cart has app=cart in place of app=cartt: a selector"));
}

TEST_CASE("a selector that fits nothing is no finding where it may fit what is not read", "[unit]") {
  const std::string headless =
      "{apiVersion: v1, kind: Service, metadata: {name: report}, spec: {clusterIP: None, selector: {app: report}}}";
  const Lines lines = warnings_beside({headless});
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Matchers::Contains("selects no pod, so its name has no address"));
  CHECK(warnings_beside({headless, "{apiVersion: batch/v1, kind: Job, metadata: {name: report}, spec: {}}"}).empty());
  CHECK(
      warnings_beside({"{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {ports: [{port: 80}]}}"}).empty());
  CHECK(
      warnings_beside({"{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {type: ExternalName, externalName: "
                       "db.example.com, selector: {app: db}}}"})
          .empty());
}

TEST_CASE("a workload without replicas is selected, and found at its replicas", "[unit]") {
  const Lines lines = warnings_beside({deployment("cart", 0), cluster_service("cart", "app: cart", kPort)});
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0],
             Catch::Matchers::Contains("Deployment/cart, which Service/cart selects, has no pods here, so every "
                                       "connection to it is refused; one replica would do"));
  CHECK_THAT(lines[0], Catch::Matchers::StartsWith("test.yaml:17:82: "));
}

TEST_CASE("a custom resource may have an operator that makes the pods, a Secret has none", "[unit]") {
  const std::string selecting = cluster_service("db", "cluster: db", kPort);
  const std::string of_operator = "{apiVersion: db.example.com/v1, kind: Cluster, metadata: {name: db}, spec: {}}";
  CHECK(warnings_beside({selecting, of_operator}).empty());
  // A slip is one all the same.
  const std::string slip = cluster_service("cart", "app: cartt", kPort);
  CHECK(warnings_beside({deployment("cart", 2), slip, of_operator}).size() == 1);
  CHECK(warnings_beside({cluster_service("dns", "k8s-app: kube-dns", kPort, "kube-system")}).empty());
  const std::string scaler = "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: cart}, spec: {}}";
  CHECK(warnings_beside({deployment("cart", 0), cluster_service("cart", "app: cart", kPort), scaler}).empty());
  CHECK(warnings_beside({selecting, "{apiVersion: v1, kind: Secret, metadata: {name: db}}"}).size() == 1);
}

TEST_CASE("a sidecar that starts first and stays has ports, another init container has none", "[unit]") {
  const auto with = [](const std::string& restart) {
    std::string pods = labelled("cart", "app: cart", "{name: web, containerPort: 8080}");
    pods.insert(pods.find("containers:"),
                "initContainers: [{name: proxy, " + restart + "ports: [{name: proxy, containerPort: 9000}]}], ");
    return warnings_beside({pods, cluster_service("cart", "app: cart", "port: 80, targetPort: proxy")}).size();
  };
  CHECK(with("restartPolicy: Always, ") == 0);
  CHECK(with("") == 1);
}

TEST_CASE("a targetPort by a name that no container gives is found", "[unit]") {
  const std::string cart =
      labelled("cart", "app: cart", "{name: web, containerPort: 8080}, {name: dns, protocol: UDP, containerPort: 53}");
  const auto with = [&](const std::string& port) {
    return warnings_beside({cart, cluster_service("cart", "app: cart", port)});
  };
  CHECK(
      with("port: 80, targetPort: wev") ==
      Lines{
          "test.yaml:19:115: Service/cart port 80 has the targetPort `wev`, but no container of Deployment/cart has a "
          "port of that name, so its pods are no endpoints of this port: there is web; did you mean \"web\"?"});
  CHECK(with("port: 80, targetPort: web").empty());
  REQUIRE(with("port: 53, targetPort: dns").size() == 1);
  CHECK_THAT(with("port: 53, targetPort: dns")[0], Catch::Matchers::Contains("has a port of that name for TCP, so"));
  CHECK(with("port: 53, protocol: UDP, targetPort: dns").empty());
}

TEST_CASE("of several selected workloads those without the name are told", "[unit]") {
  const Lines lines = warnings_beside({labelled("blue", "app: cart, colour: blue", "{name: web, containerPort: 8080}"),
                                       labelled("green", "app: cart, colour: green", "{containerPort: 8080}"),
                                       labelled("grey", "app: cart, colour: grey", "{containerPort: 8080}"),
                                       cluster_service("cart", "app: cart", "port: 80, targetPort: web")});
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Matchers::Contains(
                           "no container of Deployment/green, Deployment/grey has a port of that name, so its "
                           "pods are no endpoints of this port: a containerPort of that name"));
}

TEST_CASE("a targetPort by a number that no container declares is found where they declare others", "[unit]") {
  const auto with = [](const std::string& ports, const std::string& port, const std::string& pods = "") {
    ScenarioText made = sound();
    made.documents.push_back(labelled("cart", "app: cart", ports));
    made.documents.push_back(cluster_service("cart", "app: cart", port));
    if (!pods.empty()) made.pods.push_back(pods);
    return warnings_of(made.text());
  };
  CHECK(
      with("{containerPort: 8080}", "port: 80") ==
      Lines{"test.yaml:19:115: Service/cart port 80 leads to port 80 of Deployment/cart, whose containers declare 8080 "
            "only, where the app is taken to listen, so that its connections are refused: `targetPort: 8080` would do, or "
            "`listen: [80]` in spec.pods if it listens there all the same (a containerPort opens and closes nothing)"});
  CHECK(with("{containerPort: 8080}", "port: 80, targetPort: 8080").empty());
  CHECK(with("", "port: 80").empty());
  CHECK(with("{protocol: UDP, containerPort: 8080}", "port: 80").empty());
  CHECK(with("{containerPort: 8080}", "port: 80", "Deployment/cart: {listen: [80]}").empty());
}

TEST_CASE("Services that share a line by an alias are told one by one", "[unit]") {
  const std::string ports = "ports: &ports [{port: 80, targetPort: 8081}]";
  const Lines lines = warnings_beside(
      {labelled("cart", "app: cart", "{containerPort: 8080}"),
       "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: "
       "{app: cart}, " +
           ports +
           "}}, {apiVersion: v1, kind: Service, metadata: {name: b}, spec: {selector: {app: cart}, ports: *ports}}]}"});
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[0], Catch::Matchers::Contains(": Service/a port 80 leads to port 8081"));
  CHECK_THAT(lines[1], Catch::Matchers::Contains(": Service/b port 80 leads to port 8081"));
}

TEST_CASE("the targetPort of a headless Service plays no part", "[unit]") {
  CHECK(warnings_beside(
            {labelled("cart", "app: cart", "{containerPort: 8080}"),
             "{apiVersion: v1, kind: Service, metadata: {name: cart}, spec: {clusterIP: None, selector: {app: "
             "cart}, ports: [{port: 80}]}}"})
            .empty());
}

}  // namespace

TEST_CASE("a finding that not all variants have names those that do", "[unit]") {
  ScenarioText made = sound();
  made.documents.push_back(deployment("cart", 2));
  made.documents.push_back(service("cart", "ClusterIP"));
  made.spec = {"variants:", "  - name: as it is",
               "  - {name: renamed, patch: {Service/cart: {spec: {selector: {app: cars}}}}}",
               "  - {name: moved, patch: {Service/cart: {spec: {ports: [{port: 80, targetPort: 8081}]}}}}"};
  const Lines lines = warnings_of(made.text());
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[0],
             Catch::Matchers::StartsWith("test.yaml:") && Catch::Matchers::EndsWith(" (variant \"renamed\")"));
  CHECK_THAT(lines[1], Catch::Matchers::EndsWith(" (variant \"moved\")"));
}

TEST_CASE("of workloads that declare different ports each is told its own", "[unit]") {
  const Lines lines = warnings_beside({labelled("a", "app: x, of: a", "{containerPort: 8888}"), labelled("b", "app: x, of: b", "{containerPort: 8080}"),
                                       cluster_service("x", "app: x", "port: 80, targetPort: 9091")});
  REQUIRE(lines.size() == 2);
  const bool is_first = lines[0].find("Deployment/a") != std::string::npos;
  CHECK_THAT(lines[is_first ? 0 : 1], Catch::Matchers::Contains("Deployment/a, whose containers declare 8888 only") && Catch::Matchers::Contains("targetPort: 8888"));
  CHECK_THAT(lines[is_first ? 1 : 0], Catch::Matchers::Contains("Deployment/b, whose containers declare 8080 only") && Catch::Matchers::Contains("targetPort: 8080"));
}

}  // namespace towtank::test
