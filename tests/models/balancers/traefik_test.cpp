#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "models/balancers/traefik_hrw.hpp"
#include "sim/stats/student_t.hpp"
#include "tests/models/balancers/instance.hpp"
#include "tests/sim/random/chi_square.hpp"

// The algorithms of Traefik: exact sequences (models/SOURCES.md 3.6), then shares.

namespace towtank::test {
namespace {

Instance traefik(std::string_view name, const Numbers& weights) { return Instance{"traefik", name, weights}; }

}  // namespace

TEST_CASE("Traefik's wrr takes the earliest deadline", "[unit]") {
  CHECK(traefik("wrr", {2, 1}).serve(9) == "abaabaaba");
  CHECK(traefik("wrr", {1, 1, 1}).serve(6) == "abcabc");
  for (const Numbers& weights : {Numbers{5, 1, 1}, Numbers{3, 2, 1}})
    CHECK(keeps_shares(traefik("wrr", weights).serve(1'000), weights));
}

TEST_CASE("Traefik's p2c of three gives 2/3, 1/3 and nothing by load", "[statistical]") {
  Instance instance = traefik("p2c", {1, 1, 1});
  instance.load({1, 0, 2});
  const std::vector<std::int64_t> counts = instance.count(kPicks);
  CHECK(counts[2] == 0);
  CHECK(chi_square({counts[0], counts[1]}, {1.0 / 3, 2.0 / 3}).fits());
  CHECK_FALSE(chi_square({counts[0], counts[1]}, {3.0 / 8, 5.0 / 8}).fits());  // with replacement
}

TEST_CASE("Traefik's p2c pairs neighbours three times as often as others", "[statistical]") {
  // Loads 0, 9, 1, 9 around the list: a wins its pairs (3/16 with b, 2/16 with c, 3/16 with d) and c those with b and d
  // (3/16 each); b and d meet in 2/16, and the first drawn wins.
  Instance instance = traefik("p2c", {1, 1, 1, 1});
  instance.load({0, 9, 1, 9});
  const std::vector<std::int64_t> counts = instance.count(kPicks);
  CHECK(chi_square(counts, {8.0 / 16, 1.0 / 16, 6.0 / 16, 1.0 / 16}).fits());
  CHECK_FALSE(chi_square(counts, {6.0 / 12, 1.0 / 12, 4.0 / 12, 1.0 / 12}).fits());  // pairs alike
}

TEST_CASE("hrw scores as in Traefik's own names", "[unit]") {
  CHECK(balancer::fnv1a("") == 0xCBF29CE484222325u);
  CHECK(balancer::fnv1a("a") == 0xAF63DC4C8601EC8Cu);
  const char* const names[] = {"http://10.1.0.1:80", "http://10.1.0.2:80", "http://10.1.0.3:80"};
  struct Example {
    const char* source;
    double scores[3];
  };
  const Example examples[] = {{"10.0.0.1", {1.745, 0.523, 0.846}},
                              {"10.0.0.2", {12.175, 0.417, 14.226}},
                              {"10.0.0.3", {0.896, 0.554, 12.376}},
                              {"10.0.0.4", {2.06, 0.289, 1.986}}};
  for (const Example& example : examples)
    for (int i = 0; i < 3; ++i)
      CHECK(balancer::hrw_score(balancer::fnv1a(names[i], balancer::fnv1a(example.source)), 1) ==
            Approx(example.scores[i]).margin(5e-4));  // as many places as are printed
  CHECK(balancer::hrw_score(1u << 31, 3) == Approx(3 * balancer::hrw_score(1u << 31, 1)));
  CHECK(balancer::hrw_score(0, 1) == 0.0);
  CHECK(balancer::hrw_score(UINT64_MAX, 1) > 1e15);
}

TEST_CASE("of hrw only the addresses of a server that leaves move", "[unit]") {
  Instance all = traefik("hrw", {1, 3, 2}), fewer = traefik("hrw", {1, 3, 2});
  fewer.ready({0, 2});
  for (std::uint32_t source = 0; source < 5'000; ++source)
    if (const std::uint32_t before = all.ask(source); before != 1) CHECK(fewer.ask(source) == before);
}

TEST_CASE("hrw shares addresses by weight over all sets of names", "[statistical]") {
  // In one set of names they are uneven: FNV-1a leaves the hashes of names that resemble each other close in step.
  std::vector<double> second;
  for (std::uint32_t replication = 0; replication < 1'000; ++replication) {
    Instance instance("traefik", "hrw", {1, 3, 2}, {}, replication);
    int taken = 0;
    for (std::uint32_t source = 0; source < 50; ++source) taken += instance.ask(source) == 1;
    second.push_back(taken / 50.0);
  }
  const Interval mean = mean_interval(second, 1.0 - kFalseAlarm);
  CHECK(mean.low <= 0.5);
  CHECK(0.5 <= mean.high);
  CHECK(mean.low > 1.0 / 3);  // as if all weighed the same
}

TEST_CASE("leasttime gives a server without answers all requests until its first", "[unit]") {
  Instance instance = traefik("leasttime", {1, 1, 1});
  CHECK(instance.hold(6) == "aababc");  // none has answered: ties, by deadlines 1, 2, 3 to begin with
  instance.end(0, 10ms);
  instance.end(1, 30ms);
  CHECK(instance.hold(3) == "ccc");
  instance.end(2, 20ms);
  // 10 (1 + 2), 30 (1 + 1), 20 (1 + 3)
  CHECK(instance.hold(1) == "a");
  CHECK(instance.ask() == 0);  // 40, 60, 80
  CHECK(traefik("leasttime", {1, 1, 1}).hold(9) == "aababcabc");
  CHECK(traefik("leasttime", {2, 1}).hold(6) == "aaabaa");  // a at 1/2, 1, 3/2 and 3/2 again, b at 3/2
}

TEST_CASE("leasttime knows whole milliseconds of the last 100 answers", "[unit]") {
  const auto serve = [](Instance& instance, std::uint32_t endpoint, int answers, Duration latency) {
    for (int i = 0; i < answers; ++i) {
      instance.balancer().started(endpoint);
      instance.end(endpoint, latency);
    }
  };
  Instance instance = traefik("leasttime", {1, 1});
  serve(instance, 0, 100, 40ms);
  serve(instance, 1, 100, 20'900us);  // 20
  CHECK(instance.ask() == 1);
  serve(instance, 0, 51, 0ms);  // 49 * 40 / 100 = 19.6
  CHECK(instance.ask() == 0);
  serve(instance, 0, 49, 0ms);
  serve(instance, 0, 100, 20'999us);  // 20 and 20: the earlier deadline, 1 and 2 as at the start: no tie has moved one
  CHECK(instance.ask() == 0);
  CHECK(instance.ask() == 0);  // 2 and 2
  CHECK(instance.ask() == 1);  // 3 and 2
  Instance weighted = traefik("leasttime", {1, 4});
  serve(weighted, 0, 1, 10ms);
  serve(weighted, 1, 1, 30ms);
  CHECK(weighted.ask() == 1);  // 30 / 4
}

TEST_CASE("leasttime does not measure what its caller gave up", "[unit]") {
  const auto known = [](bool answered) {
    Instance instance = traefik("leasttime", {1, 1});
    instance.balancer().started(0);
    instance.balancer().finished(0, {.ok = false, .answered = answered, .latency = 5s, .now = instance.now()});
    instance.balancer().started(1);
    instance.end(1, 10ms);
    return instance.ask() == 1;
  };
  CHECK_FALSE(known(false));
  CHECK(known(true));  // an error, say
}

}  // namespace towtank::test
