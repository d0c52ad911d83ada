#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tools/towtank/support.hpp"

/// Manifests of public projects, read where they lie: what `check` finds in them, and runs of them.
namespace towtank::tool {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::holds;

/// Empty, and said aloud, when the manifests are not there.
std::optional<std::string> manifests_folder() {
  const char* const given = std::getenv("TOWTANK_THIRD_PARTY_MANIFESTS");
  const fs::path folder = given != nullptr ? fs::path{given} : fs::path{TOWTANK_SOURCE_DIR} / "../shared/manifests";
  if (fs::is_directory(folder)) return folder.string();
  WARN("third-party manifests are not there: not checked, not run (TOWTANK_THIRD_PARTY_MANIFESTS names their folder)");
  return std::nullopt;
}

struct Case {
  std::string name;
  std::vector<std::string> files;           ///< in the folder of manifests
  std::string added;                        ///< documents of ours: what an expert adds to the files
  std::string to, from;                     ///< what is called, 20 times a second
  std::vector<std::string> warnings;        ///< how each goes on behind its place, in order
  std::size_t mattering = 0, off_path = 0;  ///< lines of what is not modelled: that would matter, off the path
  std::vector<std::string> key_lines;       ///< parts of lines of the answer that an expert would look for
};

const std::string kMicroservices = "GoogleCloudPlatform__microservices-demo/release/";
const std::string kGuestbook = "kubernetes__examples/web/guestbook/";
const std::string kIngressNginx = "kubernetes__ingress-nginx/";
const std::string kPodinfo = "stefanprodan__podinfo/";
const std::string kGateway = "kubernetes-sigs__gateway-api/examples/standard/";

const char* const kOwnIngress =
    "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: own}, spec: {ingressClassName: nginx, rules: "
    "[{host: own.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: http-svc, port: "
    "{name: http}}}}]}}]}}\n";

const std::string kOnePod = " has one pod, and traffic goes through it";
const std::string kLocalOnFewNodes =
    "Service/ingress-nginx/ingress-nginx-controller port 80 has externalTrafficPolicy: Local, but 2 of 3 nodes";

/// What a Kubernetes expert would sign of each, and a call that it answers.
std::vector<Case> cases() {
  return {
      {"microservices-demo",
       {kMicroservices + "kubernetes-manifests.yaml", kMicroservices + "istio-manifests.yaml"},
       "",
       "http://frontend-external/",
       "",
       {"Deployment/frontend" + kOnePod},
       6,
       6,
       {"nlb frontend-external (flow_hash) -> node -> kube-proxy (externalTrafficPolicy Cluster) -> 1 pod of",
        "Deployment/{adservice, cartservice, checkoutservice, currencyservice and 7 more} "
        "spec.template.spec.containers[0].{livenessProbe, readinessProbe}: not modelled yet",
        "VirtualService/frontend: not modelled yet", "HTTPRoute/frontend-route: not modelled yet"}},
      {"guestbook",
       {kGuestbook + "all-in-one/guestbook-all-in-one.yaml"},
       "",
       "clusterip/frontend:80",
       "Node/worker-0",
       {},
       0,
       2,
       {"ClusterIP, kube-proxy (internalTrafficPolicy Cluster) -> 3 pods of default/frontend:80"}},
      {"podinfo",
       {kPodinfo + "kustomize/deployment.yaml", kPodinfo + "kustomize/service.yaml", kPodinfo + "kustomize/hpa.yaml"},
       "",
       "clusterip/podinfo:9898",
       "Node/worker-0",
       {"HorizontalPodAutoscaler/podinfo scales Deployment/podinfo from 2 to 4 replicas, but here it has 1"},
       2,
       3,
       {"HorizontalPodAutoscaler/podinfo: not modelled yet", "1 pod of default/podinfo:9898"}},
      {"ingress-nginx for AWS, a backend behind it",
       {kIngressNginx + "deploy/static/provider/aws/deploy.yaml", kIngressNginx + "docs/examples/http-svc.yaml"},
       kOwnIngress,
       "http://own.example.com/",
       "",
       {kLocalOnFewNodes, "Deployment/ingress-nginx/ingress-nginx-controller" + kOnePod,
        "Deployment/http-svc" + kOnePod},
       2,
       12,
       {"cross-zone on (annotation of Service/ingress-nginx/ingress-nginx-controller)",
        "balances by round_robin (default of ingress-nginx)"}},
      {"ingress-nginx, sessions by cookie",
       {kIngressNginx + "deploy/static/provider/aws/deploy.yaml", kIngressNginx + "docs/examples/http-svc.yaml",
        kIngressNginx + "docs/examples/affinity/cookie/ingress.yaml"},
       "",
       "http://stickyingress.example.com/",
       "",
       {kLocalOnFewNodes, "Deployment/ingress-nginx/ingress-nginx-controller" + kOnePod,
        "Deployment/http-svc" + kOnePod},
       3,
       12,
       {"balances by sticky_balanced (annotation of Ingress/nginx-test)",
        "Ingress/nginx-test annotation nginx.ingress.kubernetes.io/{session-cookie-expires, session-cookie-max-age, "
        "session-cookie-name}: not modelled yet"}},
  };
}

std::vector<std::string> words_of(const Case& each, const char* verb) {
  std::vector<std::string> words{verb, "-", "--rps", "20", "--to", each.to};
  if (!each.from.empty()) words.insert(words.end(), {"--from", each.from});
  return words;
}

std::string text_of(const Case& each, const std::string& root) {
  std::string text;
  for (const std::string& file : each.files) text += test::get(root + '/' + file) + "\n---\n";
  return text + each.added;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream all{text};
  for (std::string line; std::getline(all, line);) lines.push_back(line);
  return lines;
}

/// Lines below the title, up to an empty one.
std::vector<std::string> section(const std::string& text, const std::string& title) {
  const std::vector<std::string> lines = lines_of(text);
  const auto begin = std::find(lines.begin(), lines.end(), title);
  if (begin == lines.end()) return {};
  return {begin + 1, std::find(begin, lines.end(), "")};
}

void check_findings(const std::string& answer, const std::vector<std::string>& warnings, std::size_t mattering,
                    std::size_t off_path) {
  std::vector<std::string> found;
  for (const std::string& line : lines_of(answer))
    if (line.compare(0, 9, "warning: ") == 0) found.push_back(line);
  REQUIRE(found.size() == warnings.size());
  for (std::size_t i = 0; i < warnings.size(); ++i) CHECK(holds(found[i], ": " + warnings[i]));
  const std::vector<std::string> ignored = section(answer, "read but not modelled");
  const auto matters = std::count_if(ignored.begin(), ignored.end(),
                                     [](const std::string& line) { return holds(line, ": not modelled yet ("); });
  CHECK(static_cast<std::size_t>(matters) == mattering);
  CHECK(ignored.size() == mattering + off_path);
}

TEST_CASE("check finds in manifests of public projects what an expert would sign", "[unit]") {
  const std::optional<std::string> root = manifests_folder();
  if (!root) return;
  for (const Case& each : cases()) {
    const test::Ended ended = test::towtank(words_of(each, "check"), text_of(each, *root));
    INFO(each.name << '\n' << ended.out << ended.err);
    REQUIRE(ended.status == 0);
    check_findings(ended.out, each.warnings, each.mattering, each.off_path);
    for (const std::string& part : each.key_lines) CHECK(holds(ended.out, part));
  }
}

TEST_CASE("folders of public manifests are checked without a scenario; kustomizations say how to render them",
          "[unit]") {
  const std::optional<std::string> root = manifests_folder();
  if (!root) return;
  struct Folder {
    std::string path;
    std::vector<std::string> warnings;
    std::size_t mattering, off_path;
  };
  const std::string no_controller = ", for which there is no controller here, so no traffic goes by the rules";
  const Folder folders[] = {
      {kMicroservices, {}, 6, 6},
      {kGuestbook, {}, 0, 2},
      {kIngressNginx + "deploy/static/provider/aws", {kLocalOnFewNodes}, 2, 11},
      {kIngressNginx + "deploy/static/provider/baremetal", {}, 2, 11},
      {kIngressNginx + "docs/examples/chashsubset",
       {"Ingress/nginxhello-ingress has class nginx" + no_controller},
       1,
       1},
      {kIngressNginx + "docs/examples/affinity/cookie",
       {"Ingress/nginx-test has class nginx" + no_controller,
        "Ingress/nginx-test sends stickyingress.example.com/ to Service/http-svc, which is not in namespace default"},
       1,
       0},
      {kGateway, {}, 3, 0},
      {kGateway + "traffic-splitting", {}, 2, 0},
      {kGateway + "http-routing", {}, 2, 0},
  };
  for (const Folder& folder : folders) {
    const test::Ended ended = test::towtank({"check", *root + '/' + folder.path}, "");
    INFO(folder.path << '\n' << ended.out << ended.err);
    REQUIRE(ended.status == 0);
    check_findings(ended.out, folder.warnings, folder.mattering, folder.off_path);
  }
  const test::Ended refused = test::towtank({"check", *root + '/' + kPodinfo + "kustomize"}, "");
  CHECK(refused.status == 2);
  CHECK(holds(refused.err, "kubectl kustomize"));
}

TEST_CASE("manifests of public projects run: every request is answered, and each is counted once", "[unit]") {
  const std::optional<std::string> root = manifests_folder();
  if (!root) return;
  for (const Case& each : cases()) {
    const test::TestFolder folder;
    std::vector<std::string> words = words_of(each, "run");
    words.insert(words.end(), {"--duration", "5s", "-q", "-o", "json", "--out", folder / "out"});
    const test::Ended ended = test::towtank(words, text_of(each, *root));
    INFO(each.name << '\n' << ended.err);
    REQUIRE(ended.status == 0);
    const json results = json::parse(ended.out);
    REQUIRE(results["outcomes"].size() == 1);
    const json& ok = results["outcomes"][0];
    CHECK(ok["outcome"] == "ok");
    CHECK(ok["share"] == 1.0);
    std::map<std::string, json> metrics;
    for (const json& row : results["summary"]) metrics[row["metric"]] = row;
    CHECK(metrics["latency_mean"]["samples"] == ok["count"]);
    CHECK(metrics["offered"]["estimate"] == metrics["throughput"]["estimate"]);
    const double seconds = 5.0 * metrics["offered"]["replications"].get<double>();
    CHECK(std::llround(metrics["offered"]["estimate"].get<double>() * seconds) == ok["count"].get<long long>());
  }
}

TEST_CASE("what keeps public manifests from being called says what would do", "[unit]") {
  const std::optional<std::string> root = manifests_folder();
  if (!root) return;
  const auto refused = [&](const std::string& file, const std::string& to) {
    const test::Ended ended = test::towtank({"check", "-", "--rps", "20", "--to", to}, test::get(*root + '/' + file));
    CHECK(ended.status == 2);
    return ended.err;
  };
  CHECK(holds(refused(kMicroservices + "kubernetes-manifests.yaml", "http://frontend/"),
              "Service/frontend-external, a LoadBalancer, leads to the same pods"));
  CHECK(holds(refused(kGuestbook + "all-in-one/guestbook-all-in-one.yaml", "http://frontend/"),
              "call a node, `to: http://node:3"));
  CHECK(holds(refused(kIngressNginx + "docs/examples/chashsubset/deployment.yaml", "http://foo.bar.com/"),
              "`ingress: [{class: nginx}]`"));
  CHECK(
      holds(refused(kGateway + "basic-http.yaml", "http://foo.com/"), "no request goes by Gateways and their routes"));
}

}  // namespace
}  // namespace towtank::tool
