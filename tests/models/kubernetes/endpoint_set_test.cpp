#include "models/kubernetes/endpoint_set.hpp"

#include <catch2/catch.hpp>

namespace towtank {
namespace {

using Indices = std::vector<std::uint32_t>;

EndpointFacts endpoint(std::int32_t node, bool pod_ready, bool being_deleted) {
  return {endpoint_conditions(pod_ready, being_deleted, false), node, {}, {}};
}

/// The worked example of models/SOURCES.md 2.3: p0 ready on node 0, p1 on node 0 and p2 on node 1 terminate.
std::vector<EndpointFacts> worked_example() {
  return {endpoint(0, true, false), endpoint(0, true, true), endpoint(1, true, true)};
}

EndpointDecision external(const EndpointSet& set, TrafficPolicy policy) {
  return decide(set, ServiceEntry::external, policy);
}

TEST_CASE("conditions follow readiness, deletion and publishNotReadyAddresses", "[unit]") {
  CHECK(endpoint_conditions(true, false, false).ready);
  CHECK_FALSE(endpoint_conditions(true, true, false).ready);
  CHECK(endpoint_conditions(true, true, false).serving);
  CHECK_FALSE(endpoint_conditions(false, false, false).ready);
  CHECK(endpoint_conditions(false, false, true).ready);
  CHECK_FALSE(endpoint_conditions(false, false, true).serving);
}

TEST_CASE("the worked example comes out under Local", "[unit]") {
  const auto endpoints = worked_example();
  CHECK(categorize(endpoints, 0, 0).local == Indices{0});
  CHECK(categorize(endpoints, 1, 0).local == Indices{2});
  const EndpointSet elsewhere = categorize(endpoints, 2, 0);
  CHECK(elsewhere.local.empty());
  CHECK(external(elsewhere, TrafficPolicy::local).verdict == EndpointVerdict::drop);
  CHECK(passes_load_balancer_check(endpoints, 0));
  CHECK_FALSE(passes_load_balancer_check(endpoints, 1));
  CHECK_FALSE(passes_load_balancer_check(endpoints, 2));
}

TEST_CASE("the worked example comes out under Cluster", "[unit]") {
  auto endpoints = worked_example();
  for (std::int32_t node = 0; node < 3; ++node) CHECK(categorize(endpoints, node, 0).cluster == Indices{0});
  endpoints.erase(endpoints.begin());  // p0 vanishes: p1 and p2 are now 0 and 1
  for (std::int32_t node = 0; node < 3; ++node) CHECK(categorize(endpoints, node, 0).cluster == Indices{0, 1});
  CHECK(categorize(endpoints, 0, 0).local == Indices{0});
}

TEST_CASE("with no endpoint at all the client is refused, whatever the policy", "[unit]") {
  const EndpointSet none = categorize({}, 0, 0);
  CHECK(external(none, TrafficPolicy::local).verdict == EndpointVerdict::reject);
  CHECK(external(none, TrafficPolicy::cluster).verdict == EndpointVerdict::reject);
  const std::vector<EndpointFacts> unready{endpoint(0, false, false), endpoint(0, false, true)};
  CHECK(external(categorize(unready, 0, 0), TrafficPolicy::cluster).verdict == EndpointVerdict::reject);
}

TEST_CASE("traffic from the node itself passes Local by", "[unit]") {
  const auto endpoints = worked_example();
  const EndpointSet set = categorize(endpoints, 2, 0);
  const auto decision = decide(set, ServiceEntry::external_from_local, TrafficPolicy::local);
  CHECK(decision.verdict == EndpointVerdict::forward);
  CHECK(decision.candidates.size() == 1);
  CHECK(decide(set, ServiceEntry::cluster_ip, TrafficPolicy::local).verdict == EndpointVerdict::drop);
}

TEST_CASE("Cluster hides the client's address from outside, Local does not", "[unit]") {
  const auto endpoints = worked_example();
  const EndpointSet set = categorize(endpoints, 0, 0);
  CHECK(external(set, TrafficPolicy::cluster).masquerades);
  CHECK_FALSE(external(set, TrafficPolicy::local).masquerades);
  CHECK_FALSE(decide(set, ServiceEntry::cluster_ip, TrafficPolicy::cluster).masquerades);
}

TEST_CASE("zone hints are used only when every ready endpoint has one and some name this zone", "[unit]") {
  std::vector<EndpointFacts> endpoints{endpoint(0, true, false), endpoint(1, true, false), endpoint(2, false, false)};
  endpoints[0].zone_hints = {0};
  endpoints[1].zone_hints = {1};
  CHECK(categorize(endpoints, 0, 0).cluster == Indices{0});
  CHECK(categorize(endpoints, 1, 1).cluster == Indices{1});
  CHECK(categorize(endpoints, 2, 2).cluster == Indices{0, 1});
  endpoints[1].zone_hints.clear();
  CHECK(categorize(endpoints, 0, 0).cluster == Indices{0, 1});
}

TEST_CASE("node hints go before zone hints", "[unit]") {
  std::vector<EndpointFacts> endpoints{endpoint(0, true, false), endpoint(1, true, false)};
  endpoints[0].zone_hints = endpoints[1].zone_hints = {0};
  endpoints[0].node_hints = {0};
  endpoints[1].node_hints = {1};
  CHECK(categorize(endpoints, 0, 0).cluster == Indices{0});
  CHECK(categorize(endpoints, 5, 0).cluster == Indices{0, 1});
}

TEST_CASE("who is nowhere in particular takes no hint, not even one at a place that is not there", "[unit]") {
  std::vector<EndpointFacts> endpoints{endpoint(0, true, false), endpoint(1, true, false)};
  endpoints[0].zone_hints = endpoints[0].node_hints = {-1};
  endpoints[1].zone_hints = endpoints[1].node_hints = {0};
  CHECK(categorize(endpoints, -1, -1).cluster == Indices{0, 1});
}

TEST_CASE("the fallback to terminating endpoints ignores hints", "[unit]") {
  std::vector<EndpointFacts> endpoints{endpoint(0, true, true), endpoint(1, true, true)};
  endpoints[0].zone_hints = {0};
  endpoints[1].zone_hints = {1};
  CHECK(categorize(endpoints, 0, 0).cluster == Indices{0, 1});
}

}  // namespace
}  // namespace towtank
