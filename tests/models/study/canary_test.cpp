#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "models/scenario/build.hpp"
#include "models/study/path_spread.hpp"
#include "models/study/path_text.hpp"
#include "models/world/world.hpp"
#include "tests/models/study/studies.hpp"
#include "tests/support/reference_checks.hpp"

// Canaries of ingress-nginx (models/SOURCES.md 3.3): part of the requests of one Ingress go to the Service of another.

namespace towtank::test {
namespace {

const std::string kAnnotation = "nginx.ingress.kubernetes.io/";

/// Three stable pods and one of a new version.
struct Rollout {
  std::string weight =
      "canary-weight: \"10\"";  ///< annotations of the canary beside `canary`, as they are named without prefix
  std::string stable{};         ///< those of the other Ingress
  std::string path = "/";
  std::string next_service = "1ms";  ///< how long the new version takes
  std::string connections = "connections: {reuse: per_request}";
  std::string ingress = "class: nginx";
  std::string clients = "400";
  int next_replicas = 1, replicas = 3;

  static std::string annotations(const std::string& list) {
    std::string made;
    for (std::size_t at = 0; at < list.size();) {
      const std::size_t end = std::min(list.find(", ", at), list.size());
      made += (made.empty() ? "" : ", ") + kAnnotation + list.substr(at, end - at);
      at = end + 2;
    }
    return made;
  }
  static std::string ingress_of(const std::string& name, const std::string& annotated, const std::string& to) {
    return "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: " + name + ", annotations: {" +
           annotations(annotated) +
           "}}, spec: {ingressClassName: nginx, rules: [{host: shop.example.com, http: {paths: [{path: " + to +
           "}]}}]}}";
  }
  static std::string path_to(const std::string& path, const std::string& service) {
    return path + ", pathType: Prefix, backend: {service: {name: " + service + ", port: {number: 80}}}";
  }

  std::string text() const {
    ScenarioText made;
    made.cluster = {"nodePools: [{name: worker, count: 2}]", "network: {preset: ideal}"};
    made.pods = {"Deployment/shop: {model: workers, workers: 8, serviceTime: 1ms}",
                 "Deployment/next: {model: workers, workers: 8, serviceTime: " + next_service + "}"};
    made.traffic = {"{name: api, to: \"http://shop.example.com/\", arrivals: deterministic(1000/s), clients: " +
                    clients + ", " + connections + "}"};
    made.spec = {"run: {duration: 20s, warmup: 1s, replications: {min: 2, max: 2}}",
                 "ingress: [{" + ingress + ", replicas: 2, workers: 2}]"};
    made.documents = {
        deployment("shop", replicas),
        service("shop", "ClusterIP"),
        deployment("next", next_replicas),
        service("next", "ClusterIP"),
        ingress_of("shop", stable, path_to("/", "shop")),
        ingress_of("next", "canary: \"true\"" + (weight.empty() ? "" : ", " + weight), path_to(path, "next"))};
    return made.text();
  }
  scenario::BuiltVariant built() const { return built_first(text()); }
};

/// Shares of the pods of the new version.
struct Taken {
  double run = 0.0, estimated = 0.0, requests = 0.0;

  bool is(double share) const {
    return std::abs(run - share) <=
           normal_quantile(1.0 - 0.5 * kReferenceFalseAlarm) * std::sqrt(share * (1.0 - share) / requests);
  }
};

ReplicationResult run_of(const scenario::BuiltVariant& variant) {
  Horizon horizon;
  horizon.window = horizon.bin = 20s;
  return World{variant.cluster, horizon, Draws{11, 0}}.run();
}

Taken taken(const Rollout& rollout) {
  const scenario::BuiltVariant variant = rollout.built();
  const ReplicationResult result = run_of(variant);
  const PathSpread spread = path_spread(variant.cluster, variant.cluster.traffic[0]);
  Taken made;
  double all = 0.0;
  for (std::size_t i = 0; i < variant.cluster.pods.size(); ++i) {
    const std::string& name = variant.cluster.pods[i].name;
    const bool is_next = name.rfind("next-", 0) == 0;
    if (is_next || name.rfind("shop-", 0) == 0) all += static_cast<double>(result.endpoints[i].requests);
    if (!is_next) continue;
    made.run += static_cast<double>(result.endpoints[i].requests);
    made.estimated += spread.behind[i];
  }
  CHECK(all == static_cast<double>(result.traffic.at(0).offered));  // each request reaches one pod
  made.requests = all;
  made.run /= all;
  return made;
}

bool warns(const Rollout& rollout, const std::string& of) {
  const std::vector<std::string> warnings = rollout.built().warnings;
  return std::any_of(warnings.begin(), warnings.end(),
                     [&](const std::string& each) { return each.find(of) != std::string::npos; });
}

bool assumes(const Rollout& rollout, const std::string& what) {
  const std::vector<std::string> all = rollout.built().assumptions;
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& each) { return each.find(what) != std::string::npos; });
}

}  // namespace

TEST_CASE("a canary takes its weight of the requests, in run and estimate", "[statistical]") {
  const Taken tenth = taken({});
  CHECK(tenth.estimated == Approx(0.1));
  CHECK(tenth.is(0.1));
  CHECK_FALSE(tenth.is(0.115));  // the twin
  const Taken kept = taken({.connections = "connections: {reuse: keepalive}"});
  CHECK(kept.is(0.1));  // by request: whose connection it comes on plays no part
  const Taken fine = taken({.weight = "canary-weight: \"5\", canary-weight-total: \"1000\""});
  CHECK(fine.estimated == Approx(0.005));
  CHECK(fine.is(0.005));
  // A total below 100 does not count, and a weight beyond it is all.
  CHECK(taken({.weight = "canary-weight: \"5\", canary-weight-total: \"50\""}).estimated == Approx(0.05));
  const Taken all = taken({.weight = "canary-weight: \"100\""});
  CHECK(all.run == 1.0);
  CHECK(all.estimated == Approx(1.0));
  CHECK(taken({.weight = "canary-weight: \"250\""}).run == 1.0);
}

TEST_CASE("of clients with a cookie the canary takes the share, and each stays where he was", "[unit]") {
  const Rollout sticky{.stable = "affinity: cookie", .replicas = 1};
  const scenario::BuiltVariant variant = sticky.built();
  const model::Traffic& traffic = variant.cluster.traffic[0];
  REQUIRE(traffic.canary);
  CHECK(traffic.canary->by_client);
  // The canary's own backend has the stable one's cookie, though its annotations speak of none.
  for (const model::Proxy::Backend& backend : variant.cluster.proxies[0].backends)
    CHECK(backend.balance.name == "sticky_balanced");
  const Taken share = taken(sticky);
  // 400 clients.
  const double spread = normal_quantile(1.0 - 0.5 * kReferenceFalseAlarm) * std::sqrt(0.1 * 0.9 / 400.0);
  CHECK(std::abs(share.run - 0.1) <= spread);
  // A single client is there or here with all he asks.
  Rollout one = sticky;
  one.clients = "1";
  const double all_or_none = taken(one).run;
  CHECK((all_or_none == 0.0 || all_or_none == 1.0));
  one.stable = "";
  CHECK(taken(one).is(0.1));  // the twin
}

TEST_CASE("with the behaviour of old, clients with a cookie stay where they were, and a canary keeps its own affinity",
          "[unit]") {
  const std::string legacy = "canary-weight: \"10\", affinity-canary-behavior: legacy";
  const Rollout none{.weight = legacy, .stable = "affinity: cookie"};
  CHECK_FALSE(none.built().cluster.traffic[0].canary);
  CHECK(warns(none, "clients with a cookie of Ingress/shop stay there"));
  const model::Traffic own =
      Rollout{.weight = legacy + ", affinity: cookie", .stable = "affinity: cookie"}.built().cluster.traffic[0];
  REQUIRE(own.canary);
  CHECK(own.canary->by_client);
  // Without it, what the canary says of its own affinity plays no part.
  const Rollout plain{.weight = "canary-weight: \"10\", affinity: cookie"};
  const scenario::BuiltVariant without = plain.built();
  for (const model::Proxy::Backend& backend : without.cluster.proxies[0].backends)
    CHECK(backend.balance.name == "ingress_nginx_round_robin");
  CHECK_FALSE(without.cluster.traffic[0].canary->by_client);
}

TEST_CASE("a canary that takes nothing moves nothing, and says so", "[unit]") {
  const Rollout none{.weight = "canary-weight: \"0\""}, mistyped{.weight = "canary-weight: 10%"},
      elsewhere{.path = "/new"}, empty{.next_replicas = 0};
  const ReplicationResult alone = run_of(none.built());
  for (const Rollout& rollout : {none, mistyped, elsewhere, empty, Rollout{.weight = ""}}) {
    INFO(rollout.text());
    const scenario::BuiltVariant variant = rollout.built();
    CHECK_FALSE(variant.cluster.traffic[0].canary);
    CHECK(run_of(variant).traffic[0].ok == alone.traffic[0].ok);
  }
  CHECK(warns(none, "Ingress/next is a canary of no weight (canary-weight: `0`"));
  CHECK(warns(mistyped, "canary-weight: `10%`; a whole number above 0 would do"));
  CHECK(warns(elsewhere, "where no other Ingress of class nginx has the same host, path and pathType"));
  CHECK(warns(empty, "has no ready pod, and takes nothing"));
  CHECK(warns({.ingress = "class: nginx, controller: envoy"}, "which envoy does not know"));
  CHECK_FALSE(warns({}, "canary"));
}

TEST_CASE("without stable pods the canary is not asked", "[unit]") {
  const scenario::BuiltVariant variant = Rollout{.weight = "canary-weight: \"50\"", .replicas = 0}.built();
  CHECK_FALSE(variant.cluster.traffic[0].canary);
  CHECK(run_of(variant).traffic[0].count(Outcome::http_503) == run_of(variant).traffic[0].offered);
}

TEST_CASE("a rule by header or cookie meets none, and the weight decides", "[unit]") {
  const Rollout by_header{.weight = "canary-weight: \"10\", canary-by-header: x-next"};
  CHECK(by_header.built().cluster.traffic[0].canary);
  CHECK(assumes(by_header, "no request carries the header x-next, by which Ingress/next would take it"));
  const Rollout only{.weight = "canary-by-cookie: next"};
  CHECK_FALSE(only.built().cluster.traffic[0].canary);
  CHECK(assumes(only, "no request carries the cookie next"));
  CHECK_FALSE(warns(only, "no weight"));
}

TEST_CASE("the way is told with its canary, and its pods count for load and tail", "[unit]") {
  const scenario::BuiltVariant variant = Rollout{}.built();
  CHECK(path_text(variant.cluster, variant.cluster.traffic[0])
            .find("; 10 of 100 requests go to a canary (ingress, ingress_nginx_round_robin)") != std::string::npos);
  // 100 of 1000 requests/s at 8 workers of 100 ms each: the new version is the bottleneck, and too slow from 13 % on.
  const report::Report slow = run_text(Rollout{.next_service = "100ms"}.text()),
                       much = run_text(Rollout{.weight = "canary-weight: \"5\"", .next_service = "100ms"}.text());
  CHECK(slow.notes[0].state == "unstable");
  CHECK(slow.notes[0].bottleneck.find("next") != std::string::npos);
  CHECK(much.notes[0].state == "steady");
  CHECK(*much.notes[0].headroom == Approx(1.6));
}

}  // namespace towtank::test
