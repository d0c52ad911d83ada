#include "models/kubernetes/manifest_reader.hpp"

#include "tests/models/kubernetes/yaml_values.hpp"

namespace towtank {
namespace {

Result<Objects> objects_of(const std::string& text) { return read_objects(yaml_documents(text)); }

std::string complaints(const std::string& text) { return all_problems(objects_of(text)); }

const std::string kService =
    "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec:\n  selector: {app: shop}\n  ports:\n"
    "  - {name: http, port: 80, targetPort: web}\n";

std::string deployment(const std::string& more_spec = {}, const std::string& container = "{name: app}") {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  selector: {matchLabels: {app: "
         "shop}}\n"
         "  template:\n    metadata: {labels: {app: shop, tier: web}}\n    spec:\n      containers:\n      - " +
         container + "\n" + more_spec;
}

std::string service_spec(const std::string& spec) {
  return "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: " + spec + "\n";
}

TEST_CASE("a Service is read with Kubernetes' defaults", "[unit]") {
  const auto objects = objects_of(kService);
  REQUIRE(objects);
  REQUIRE(objects->services.size() == 1);
  const Service& service = objects->services[0];
  CHECK(service.meta.full_name() == "default/shop");
  CHECK(service.type == ServiceType::cluster_ip);
  CHECK(service.selector == Labels{{"app", "shop"}});
  CHECK(service.ports[0].port == 80);
  CHECK(service.ports[0].target_port.text == "web");
  CHECK(service.ports[0].protocol == Protocol::tcp);
  CHECK(service.external_traffic_policy == TrafficPolicy::cluster);
  CHECK_FALSE(service.client_ip_affinity);
  CHECK(service.affinity_timeout_s == 10'800);
  CHECK_FALSE(service.has_node_ports());
}

TEST_CASE("every field of a Service that is modelled is read", "[unit]") {
  const auto objects = objects_of(
      "apiVersion: v1\nkind: Service\nmetadata: {name: lb, namespace: prod, annotations: {a/b: \"x\"}}\nspec:\n"
      "  type: LoadBalancer\n  externalTrafficPolicy: Local\n  internalTrafficPolicy: Local\n"
      "  sessionAffinity: ClientIP\n  sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}\n"
      "  healthCheckNodePort: 32000\n  publishNotReadyAddresses: true\n  loadBalancerClass: example.com/nlb\n"
      "  allocateLoadBalancerNodePorts: false\n  clusterIP: 10.0.0.7\n  trafficDistribution: PreferClose\n"
      "  ports:\n  - {port: 53, protocol: UDP, nodePort: 30053, appProtocol: dns}\n");
  REQUIRE(objects);
  const Service& service = objects->services[0];
  CHECK(service.meta.full_name() == "prod/lb");
  CHECK(service.meta.annotations.at("a/b") == "x");
  CHECK(service.type == ServiceType::load_balancer);
  CHECK(service.external_traffic_policy == TrafficPolicy::local);
  CHECK(service.internal_traffic_policy == TrafficPolicy::local);
  CHECK(service.client_ip_affinity);
  CHECK(service.affinity_timeout_s == 60);
  CHECK(service.health_check_node_port == 32000);
  CHECK(service.publish_not_ready_addresses);
  CHECK(service.load_balancer_class == "example.com/nlb");
  CHECK_FALSE(service.has_node_ports());
  CHECK(service.cluster_ip == "10.0.0.7");
  CHECK(service.traffic_distribution == TrafficDistribution::same_zone);
  CHECK(service.ports[0].node_port == 30053);
  CHECK(service.ports[0].protocol == Protocol::udp);
  CHECK(service.ports[0].target_port.number == 53);
  CHECK_FALSE(service.selector);
}

TEST_CASE("a Deployment is read, and an absent number of replicas is 1 and remembered", "[unit]") {
  const auto objects = objects_of(
      deployment("      terminationGracePeriodSeconds: 60\n  minReadySeconds: 5\n  strategy: {type: Recreate}\n",
                 "{name: app, ports: [{name: web, containerPort: 8001, hostPort: 80}], resources: {limits: {cpu: 500m, "
                 "memory: 1Gi}, "
                 "requests: {memory: 100Mi}}}"));
  REQUIRE(objects);
  const Workload& workload = objects->workloads[0];
  CHECK(workload.replicas == 1);
  CHECK_FALSE(workload.replicas_given);
  CHECK(workload.min_ready_s == 5);
  CHECK(workload.strategy.find("type")->scalar == "Recreate");
  CHECK(workload.pods.termination_grace_period_s == 60);
  CHECK(workload.pods.labels.at("tier") == "web");
  CHECK(workload.pods.containers[0].ports[0].container_port == 8001);
  CHECK(workload.pods.containers[0].ports[0].host_port == 80);
  CHECK(workload.pods.requested_cpu_millicores() == 500);
  CHECK(workload.pods.requested_memory_bytes() == 100 * 1024 * 1024);

  const auto scaled = objects_of(deployment("  replicas: 0\n"));
  REQUIRE(scaled);
  CHECK(scaled->workloads[0].replicas == 0);
  CHECK(scaled->workloads[0].replicas_given);
}

TEST_CASE("lists stand for their items", "[unit]") {
  const auto plain = objects_of(
      "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n"
      "  spec: {ports: [{port: 80}]}\n  status: {loadBalancer: {}}\n- {apiVersion: v1, kind: Secret, metadata: {name: "
      "b}}\n");
  REQUIRE(plain);
  CHECK(plain->services.size() == 1);
  CHECK(plain->ignored.size() == 1);
  const auto typed = objects_of(
      "apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: a, uid: x, managedFields: []}\n"
      "  spec: {ports: [{port: 80}], clusterIPs: [None], clusterIP: None}\n");
  REQUIRE(typed);
  CHECK(typed->services[0].is_headless());
  CHECK(typed->ignored.empty());
}

TEST_CASE("what plays no part is listed with the reason", "[unit]") {
  const auto objects = objects_of(
      "apiVersion: batch/v1\nkind: Job\nmetadata: {name: c, namespace: n}\n---\n"
      "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s}\n---\n"
      "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: k}\nspec: {template: {}}\n---\n" +
      deployment("", "{name: app, image: x, readinessProbe: {}}") + "---\napiVersion: towtank/v1\nkind: Scenario\n");
  REQUIRE(objects);
  REQUIRE(objects->ignored.size() == 5);
  CHECK(objects->ignored[0].kind == "Job");
  CHECK(objects->ignored[0].name_space == "n");
  CHECK(objects->ignored[0].reason == "not modelled yet");
  CHECK(objects->ignored[1].reason == "not on the request path");
  CHECK(objects->ignored[2].name == "k");
  CHECK(objects->ignored[3].field == "spec.template.spec.containers[0].image");
  CHECK(objects->ignored[3].reason == "not on the request path");
  CHECK(objects->ignored[4].field == "spec.template.spec.containers[0].readinessProbe");
  CHECK(objects->services.empty());
}

TEST_CASE("an unknown field is an error with the nearest name", "[unit][golden]") {
  CHECK(complaints(service_spec("{ports: [{port: 80, tagetPort: 1}], externalTraficPolicy: Local}")) ==
        "test.yaml:4:43: Service/shop spec: Kubernetes knows no field `externalTraficPolicy` in `spec`; did you mean "
        "\"externalTrafficPolicy\"?\n"
        "test.yaml:4:27: Service/shop spec.ports[0]: Kubernetes knows no field `tagetPort` in `spec.ports[0]`; did you "
        "mean "
        "\"targetPort\"?\n");
  CHECK(complaints(deployment("  replica: 3\n")).find("did you mean \"replicas\"?") != std::string::npos);
  CHECK(complaints(deployment("", "{name: app, port: []}")).find("did you mean \"ports\"?") != std::string::npos);
}

TEST_CASE("a field in the wrong place is told its home", "[unit][golden]") {
  CHECK(
      complaints("apiVersion: v1\nkind: Service\nname: shop\ntype: NodePort\ntargetPort: 8001\napp: shop\n") ==
      "test.yaml:1:1: Service: the line `metadata:` is missing; it holds the `name:`\n"
      "test.yaml:3:1: Service: Kubernetes knows no field `name` in the object; it stands under `metadata`, check the "
      "lines "
      "above it\n"
      "test.yaml:4:1: Service: Kubernetes knows no field `type` in the object; it stands under `spec`, check the lines "
      "above it\n"
      "test.yaml:5:1: Service: Kubernetes knows no field `targetPort` in the object; it stands under `spec.ports`, "
      "check "
      "the lines above it\n"
      "test.yaml:6:1: Service: Kubernetes knows no field `app` in the object; if it is a label, the line `selector:` "
      "is "
      "missing above it\n"
      "test.yaml:1:1: Service: the line `spec:` is missing; it says what the object shall be\n");
}

TEST_CASE("all problems come at once", "[unit]") {
  const auto objects = objects_of(
      "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  type: Nodeport\n  ports:\n  - {port: 0}\n"
      "  - {port: 70000, name: x}\n---\nkind: Service\nspec: {ports: [{port: 80}]}\n---\n" +
      deployment("  replicas: -1\n  minReadySeconds: soon\n"));
  REQUIRE_FALSE(objects);
  const std::string all = all_problems(objects);
  for (const char* part :
       {"expected one of ClusterIP, NodePort, LoadBalancer, ExternalName, found \"Nodeport\"",
        "spec.ports[0].port: expected a whole number from 1 to 65535, found \"0\"",
        "spec.ports[1].port: expected a whole number from 1 to 65535, found \"70000\"",
        "spec.ports[0]: a Service with several ports needs a `name:` for each of them",
        "the line `apiVersion:` of this object is missing; write it, `apiVersion: v1`",
        "the line `metadata:` is missing", "spec.replicas: expected a whole number from 0 to 1000000, found \"-1\"",
        "spec.minReadySeconds: expected a whole number from 0 to 2147483647, found \"soon\""})
    CHECK_THAT(all, has_text(part));
}

TEST_CASE("the ports of a Service are checked as the API server checks them", "[unit]") {
  CHECK_THAT(complaints(service_spec("{selector: {a: b}}")), has_text("the list `ports:` is missing"));
  CHECK_THAT(complaints(service_spec("{ports: []}")), has_text("the list `ports:` is missing"));
  CHECK(complaints(service_spec("{clusterIP: None}")).empty());
  CHECK_THAT(complaints(service_spec("{ports: [{targetPort: 80}]}")), has_text("the line `port:` is missing"));
  CHECK_THAT(complaints(service_spec("{ports: [{port: 80, nodePort: 30080}]}")),
             has_text("`nodePort` needs `type: NodePort` or `type: LoadBalancer`, found type ClusterIP"));
  CHECK_THAT(complaints(service_spec("{type: NodePort, ports: [{port: 80, nodePort: 29999}]}")),
             has_text("from 30000 to 32767, found \"29999\""));
  CHECK(complaints(service_spec("{type: NodePort, ports: [{port: 80, nodePort: 0}]}")).empty());
  CHECK_THAT(complaints(service_spec("{ports: [{port: 80, targetPort: \"80\"}]}")),
             has_text("a number stands without quotes, a name has a letter"));
  CHECK_THAT(complaints(service_spec("{ports: [{port: 80, name: a}, {port: 80, name: b}]}")),
             has_text("another port of this Service is 80/TCP too"));
  CHECK(complaints(service_spec("{ports: [{port: 53, name: a}, {port: 53, name: b, protocol: UDP}]}")).empty());
  CHECK_THAT(complaints(service_spec("{ports: {port: 80}}")), has_text("expected a list (lines that begin with `- `)"));
}

TEST_CASE("fields that need a certain type of Service say so", "[unit]") {
  CHECK_THAT(complaints(service_spec("{externalTrafficPolicy: Local, ports: [{port: 80}]}")),
             has_text("spec.externalTrafficPolicy: it needs `type: NodePort` or `type: LoadBalancer`"));
  CHECK_THAT(complaints(service_spec("{type: LoadBalancer, healthCheckNodePort: 30001, ports: [{port: 80}]}")),
             has_text("it needs `type: LoadBalancer` and `externalTrafficPolicy: Local`"));
  CHECK_THAT(complaints(service_spec("{sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}, ports: [{port: 80}]}")),
             has_text("it needs `sessionAffinity: ClientIP`"));
  CHECK(complaints(service_spec("{type: ExternalName, externalName: example.com}")).empty());
}

TEST_CASE("the same node port twice is an error naming both Services", "[unit]") {
  const auto node_port = [](const std::string& name, const std::string& ports) {
    return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + "}\nspec: {type: NodePort, ports: [" + ports +
           "]}\n";
  };
  CHECK(complaints(node_port("a", "{port: 80, nodePort: 30080}") + "---\n" +
                   node_port("b", "{port: 81, nodePort: 30080}")) ==
        "test.yaml:9:32: Service/default/b: node port 30080 is taken by Service/default/a at test.yaml:4; choose "
        "another, "
        "or leave it out to have one given\n");
  CHECK(complaints(node_port("a",
                             "{name: t, port: 53, nodePort: 30053}, {name: u, port: 53, protocol: UDP, nodePort: "
                             "30053}"))
            .empty());
}

TEST_CASE("the same object twice is an error naming both places", "[unit]") {
  CHECK_THAT(complaints(kService + "---\n" + kService),
             has_text("test.yaml:9:1: Service/default/shop is given twice, first at test.yaml:1"));
  CHECK(complaints(kService + "---\n" + deployment()).empty());
}

TEST_CASE("a Deployment must select its own pods", "[unit][golden]") {
  CHECK(complaints("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {app: "
                   "shop}}\n  template: {metadata: {labels: {app: shopp}}, spec: {containers: [{name: c}]}}\n") ==
        "test.yaml:5:13: Deployment/d spec.selector: it does not select the pods of its own template, whose labels are "
        "app=shopp; give `spec.template.metadata.labels` what it asks for\n");
}

TEST_CASE("what a Deployment lacks is named", "[unit]") {
  const std::string head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: ";
  CHECK_THAT(complaints(head + "{template: {spec: {containers: [{name: c}]}}}"),
             has_text("the line `selector:` is missing"));
  CHECK_THAT(complaints(head + "{selector: {matchLabels: {a: b}}}"), has_text("the line `template:` is missing"));
  CHECK_THAT(complaints(deployment("", "{image: x}")), has_text("a container needs a name"));
  CHECK_THAT(complaints(deployment("", "{name: a, resources: {requests: {cpu: 2}, limits: {cpu: 1}}}")),
             has_text("the request for cpu is above its limit"));
  CHECK_THAT(complaints("apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: d}\n"),
             has_text("expected apps/v1, found \"extensions/v1beta1\""));
}

TEST_CASE("what is no object, a patch or a kustomization is told apart", "[unit]") {
  CHECK_THAT(complaints("- a\n- b\n"), has_text("expected a Kubernetes object"));
  CHECK_THAT(complaints("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n$patch: delete\n"),
             has_text("this is a patch"));
  CHECK_THAT(complaints("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n"),
             has_text("kubectl kustomize DIR | towtank run -"));
  CHECK_THAT(complaints("a: 1\n"), has_text("the line `kind:` of this object is missing"));
}

}  // namespace
}  // namespace towtank
