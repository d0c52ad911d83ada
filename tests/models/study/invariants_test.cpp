#include "tests/models/study/invariants.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <iterator>
#include <map>

#include "tests/models/study/generated_clusters.hpp"
#include "tests/models/study/share_laws.hpp"
#include "tests/support/result_fingerprint.hpp"
#include "tests/support/sanitized.hpp"

/// What holds in every cluster, looked for in generated ones. Exact where it can be; the comparisons of shares have all
/// together one chance in a million to fail by chance. Each check is shown to fail where something is wrong.
namespace towtank::test {
namespace {

using Check = std::function<Complaints(const BuiltCluster&)>;

constexpr std::uint64_t kClusters = kSanitized ? 120 : 300;
constexpr std::uint32_t kSeed = 20;

/// What at least so many of 300 clusters show, and a few of those that sanitizers look at.
constexpr int at_least(int of_300) { return kSanitized ? of_300 / 5 : of_300; }

std::string lines_of(const Complaints& complaints) {
  std::string text;
  for (const std::string& line : complaints) text += line + '\n';
  return text;
}

Complaints operator+(Complaints all, const Complaints& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// What a failing cluster looks like, and the smallest part of it that fails as well.
std::string story_of(std::uint64_t seed, const Complaints& found, const Check& check) {
  const ScenarioText text = generated_cluster(seed);
  const auto fails = [&](const ScenarioText& smaller) {
    const std::optional<BuiltCluster> cluster = built(smaller.text());
    return cluster && !check(*cluster).empty();
  };
  return "seed " + std::to_string(seed) + "\n" + lines_of(found) + "\n" + text.text() + "\nand with fewer parts\n" +
         shrunk(text, fails).text();
}

/// Stops at the first cluster that fails: what is wrong is mostly wrong in many.
void check_clusters(const Check& check) {
  for (std::uint64_t seed = 0; seed < kClusters; ++seed) {
    std::string problems;
    const std::string text = generated_cluster(seed).text();
    const std::optional<BuiltCluster> cluster = built(text, &problems);
    if (!cluster) FAIL("seed " << seed << " makes no scenario\n" << problems << text);
    const Complaints found = check(*cluster);
    if (!found.empty()) FAIL(story_of(seed, found, check));
  }
}

/// Checks the cluster with each of its traffics alone.
Complaints by_traffic(const model::Cluster& cluster, model::Cluster alone(const model::Cluster&, std::size_t),
                      const std::function<Complaints(const model::Cluster&)>& check) {
  Complaints found;
  for (std::size_t i = 0; i < cluster.traffic.size(); ++i) found = std::move(found) + check(alone(cluster, i));
  return found;
}

Complaints unlikely(const std::vector<Share>& shares, double Share::*rule) {
  Complaints found;
  for (const Share& share : shares)
    if (!share.is_likely(share.*rule))
      found.push_back(share.what + ": " + std::to_string(share.count) + " of " + std::to_string(share.of) + ", not " +
                      std::to_string(share.*rule));
  return found;
}

std::uint64_t fingerprint_of_run(const std::string& text, std::uint32_t seed) {
  const std::optional<BuiltCluster> cluster = built(text);
  REQUIRE(cluster);
  return fingerprint_of(watch(cluster->cluster, 100.0, seed).result);
}

/// Three pods on two of three nodes, in two zones; every part may go wrong.
ScenarioText plain_cluster(const std::string& policy) {
  ScenarioText made;
  made.cluster = {"nodePools: [{name: worker, count: 3, zones: [a, b]}]",
                  "placement: {pin: {Deployment/shop: {worker-0: 2, worker-1: 1}}}"};
  made.edges = {"{name: lb, kind: nlb, service: shop, crossZone: false, balance: random}"};
  made.pods = {
      "Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=10ms), queue: {limit: 0, whenFull: "
      "503}}"};
  made.traffic = {
      "{name: api, to: \"http://lb/\", arrivals: poisson(400/s), connections: {reuse: per_request}, retries: {max: 2, "
      "when: [5xx]}}"};
  made.documents = {deployment("shop", 3), service("shop")};
  made.documents[1].insert(made.documents[1].find("selector"), "externalTrafficPolicy: " + policy + ", ");
  return made;
}

model::Cluster plain_model(const std::string& policy) {
  std::string problems;
  const std::optional<BuiltCluster> cluster = built(plain_cluster(policy).text(), &problems);
  INFO(problems);
  REQUIRE(cluster);
  return cluster->cluster;
}

}  // namespace

TEST_CASE(
    "in any cluster requests end once, hops add up, stations keep Little's law and their capacity, tries their limit",
    "[unit]") {
  std::map<Outcome, int> clusters_with;
  int tried_again = 0;
  check_clusters([&](const BuiltCluster& it) {
    const Watched watched = watch(it.cluster, 400.0, kSeed);
    for (std::size_t i = 0; i < kOutcomes; ++i)
      for (const TrafficTotals& traffic : watched.result.traffic)
        clusters_with[static_cast<Outcome>(i)] += traffic.count(static_cast<Outcome>(i)) > 0;
    tried_again += *std::max_element(watched.most_attempts.begin(), watched.most_attempts.end()) > 1;
    return check_outcomes(it.cluster, watched) + check_latency_parts(watched.result) +
           check_utilization(watched.result) + check_attempts(it.cluster, watched) +
           check_littles_law(it.cluster, watched);
  });
  CHECK(tried_again > at_least(10));
  for (const Outcome outcome : {Outcome::ok, Outcome::refused, Outcome::connect_timeout, Outcome::request_timeout,
                                Outcome::queue_full, Outcome::queue_timeout, Outcome::http_502, Outcome::http_504}) {
    INFO(name_of(outcome));
    if (!kSanitized) CHECK(clusters_with[outcome] > 0);
  }
}

TEST_CASE("in any cluster of mode ipvs, and with sessionAffinity, the same holds", "[unit]") {
  static constexpr const char* kSchedulers[] = {"rr", "wrr", "lc", "wlc", "sed", "nq", "sh", "mh", "dh", "lblc", ""};
  int told = 0;
  check_clusters([&](const BuiltCluster& it) {
    model::Cluster scheduled = it.cluster;
    const std::string name = kSchedulers[(it.cluster.pods.size() + it.cluster.nodes.size()) % std::size(kSchedulers)];
    if (!name.empty()) scheduled.kube_proxy.scheduler = "ipvs_" + name;
    if (name.empty() || it.cluster.pods.size() % 3 == 0)
      for (model::ServicePort& service : scheduled.services) service.affinity = 1s;
    told += name.empty() ? 0 : 1;
    const Watched watched = watch(scheduled, 400.0, kSeed);
    Complaints found = check_outcomes(scheduled, watched) + check_latency_parts(watched.result) +
                       check_utilization(watched.result) + check_attempts(scheduled, watched) +
                       check_littles_law(scheduled, watched);
    if (fingerprint_of(watched.result) != fingerprint_of(watch(scheduled, 400.0, kSeed).result))
      found.push_back("it does not repeat itself from the seed");
    return found;
  });
  CHECK(told > at_least(200));
}

TEST_CASE("what is wrong with outcomes, hops, stations and tries is found", "[unit]") {
  model::Cluster cluster = plain_model("Cluster");
  const Watched right = watch(cluster, 2000.0, kSeed);
  REQUIRE(right.result.traffic[0].failed.count() > 0);
  Watched wrong = right;
  ++wrong.result.traffic[0].outcomes[0][0];
  CHECK_FALSE(check_outcomes(cluster, wrong).empty());
  wrong = right;
  --wrong.ended[0];
  CHECK_FALSE(check_outcomes(cluster, wrong).empty());
  wrong = right;
  ++wrong.result.endpoints[0].requests;
  CHECK_FALSE(check_outcomes(cluster, wrong).empty());
  wrong.result.traffic[0].hops[0].delay.add(Duration{1});
  CHECK_FALSE(check_latency_parts(wrong.result).empty());
  wrong.result.endpoints[0].sojourn_ns += 1;
  CHECK_FALSE(check_littles_law(cluster, wrong).empty());
  wrong.result.window /= 2;  // the stations are used to more than a half
  CHECK_FALSE(check_utilization(wrong.result).empty());
  cluster.traffic[0].retries.max = 1;
  CHECK_FALSE(check_attempts(cluster, right).empty());
}

TEST_CASE("in any cluster a request that was sent is not sent again, proxies dial others for those that were not",
          "[unit]") {
  std::uint64_t resent = 0;
  check_clusters([&](const BuiltCluster& it) {
    const model::Cluster equal = with_equal_work(it.cluster);
    const Watched watched = watch(equal, 200.0, kSeed);
    resent += watched.resent;
    return check_served_once(equal, watched) + check_not_resent(watch(with_answers(it.cluster), 200.0, kSeed));
  });
  CHECK(resent > at_least(20));
  const model::Cluster equal = with_equal_work(plain_model("Cluster"));
  Watched twice = watch(equal, 200.0, kSeed);
  twice.stations[0].busy_area += 1'000'000;
  CHECK_FALSE(check_served_once(equal, twice).empty());
  twice.resent = 1;
  CHECK_FALSE(check_not_resent(twice).empty());
}

TEST_CASE("any cluster repeats itself from the seed, in whatever order its objects are read", "[unit]") {
  for (std::uint64_t seed = 0; seed < kClusters; ++seed) {
    ScenarioText text = generated_cluster(seed);
    INFO("seed " << seed << "\n" << text.text());
    const std::uint64_t print = fingerprint_of_run(text.text(), kSeed);
    CHECK(print != fingerprint_of_run(text.text(), kSeed + 1));
    std::reverse(text.documents.begin(), text.documents.end());
    CHECK(print == fingerprint_of_run(text.text(), kSeed));
  }
}

TEST_CASE("in any cluster one connection leads to one pod, unless a proxy reads its requests", "[unit]") {
  int split = 0;
  check_clusters([&](const BuiltCluster& it) {
    return by_traffic(it.cluster, with_one_connection, [&](const model::Cluster& kept) {
      const Complaints found = check_one_pod(watch(kept, 50.0, kSeed).result);
      if (!passes_proxy(kept)) return found;
      split += found.empty() ? 0 : 1;
      return Complaints{};
    });
  });
  CHECK(split > at_least(20));
  CHECK_FALSE(check_one_pod(watch(unhurried(plain_model("Cluster"), 0), 50.0, kSeed).result).empty());
}

TEST_CASE("in any cluster pods see the client's address under Local or DSR, else under Cluster a node's", "[unit]") {
  int by_dsr = 0;
  check_clusters([&](const BuiltCluster& it) {
    return by_traffic(it.cluster, unhurried, [&](const model::Cluster& alone) {
      const bool keeps = !model::masquerades(alone, front(alone));  // under Local, and by Cilium's DSR
      by_dsr += alone.kube_proxy.answers_directly && enters_by_node_port(alone) && !front(alone).local ? 1 : 0;
      return check_source_addresses(it.ground, alone, keeps) + check_masqueraded(alone, keeps);
    });
  });
  CHECK(by_dsr > at_least(5));
  for (const bool local : {false, true}) {
    const std::optional<BuiltCluster> cluster = built(plain_cluster(local ? "Local" : "Cluster").text());
    REQUIRE(cluster);
    CHECK_FALSE(check_source_addresses(cluster->ground, unhurried(cluster->cluster, 0), !local).empty());
  }
  CHECK_FALSE(check_masqueraded(unhurried(plain_model("Cluster"), 0), true).empty());
}

TEST_CASE("in any cluster pods, zones and second hops have the shares of the closed forms", "[statistical]") {
  double compared = 0.0;
  std::map<Law, int> noticed;  // wrong rules
  check_clusters([&](const BuiltCluster& it) {
    return by_traffic(it.cluster, unhurried, [&](const model::Cluster& alone) {
      const std::vector<Share> all = shares(alone, watch(alone, 2000.0, kSeed).result);
      compared += static_cast<double>(all.size());
      for (const Share& share : all) noticed[share.law] += share.is_likely(share.by_wrong_rule) ? 0 : 1;
      return unlikely(all, &Share::probability);
    });
  });
  CHECK(compared > 1000.0);
  CHECK(compared < kMostShares);
  for (const Law law : {Law::second_hop, Law::pod, Law::zone}) CHECK(noticed[law] > at_least(20));
}

TEST_CASE("in any cluster nodes and pods have the shares that estimate foretells", "[statistical]") {
  double compared = 0.0;
  std::map<Law, int> noticed;  // of the other policy
  check_clusters([&](const BuiltCluster& it) {
    return by_traffic(it.cluster, unhurried, [&](const model::Cluster& alone) {
      const std::vector<Share> all = spread_shares(alone, watch(alone, 2000.0, kSeed).result);
      compared += static_cast<double>(all.size());
      for (const Share& share : all) noticed[share.law] += share.is_likely(share.by_wrong_rule) ? 0 : 1;
      return unlikely(all, &Share::probability);
    });
  });
  CHECK(compared > 1000.0);
  CHECK(compared < kMostShares);
  for (const Law law : {Law::second_hop, Law::pod, Law::zone}) CHECK(noticed[law] > at_least(20));
}

TEST_CASE("a failing cluster is told with the smallest part of it that fails", "[unit]") {
  const Check has_edge = [](const BuiltCluster& it) {
    return it.cluster.edges.empty() ? Complaints{} : Complaints{"it has an edge"};
  };
  std::uint64_t seed = 0;
  while (built(generated_cluster(seed).text())->cluster.edges.empty()) ++seed;
  const std::string story = story_of(seed, {"it has an edge"}, has_edge);
  CHECK_THAT(story,
             Catch::Matchers::Contains("seed " + std::to_string(seed) + "\nit has an edge\n\napiVersion: towtank/v1"));
  const std::string smallest = story.substr(story.find("and with fewer parts"));
  CHECK_THAT(smallest, !Catch::Matchers::Contains("kubeProxy"));
  CHECK_THAT(smallest, Catch::Matchers::Contains("kind: Service"));
}

}  // namespace towtank::test
