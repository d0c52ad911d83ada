#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <vector>

#include "sim/stats/student_t.hpp"
#include "tests/models/balancers/instance.hpp"

// A name with several addresses (models/SOURCES.md 3.9).

namespace towtank::test {

TEST_CASE("a client keeps an address for its time to live, and clients change at different times", "[unit]") {
  Instance name{"dns", "round_robin", {1, 1, 1, 1}, {{"ttl", "10s"}}};
  constexpr std::uint32_t kClients = 200;
  std::vector<std::vector<std::uint32_t>> seen(kClients);  // each second
  for (int second = 0; second < 60; ++second, name.wait(1s))
    for (std::uint32_t client = 0; client < kClients; ++client) {
      seen[client].push_back(name.ask(0, client));
      CHECK(name.ask(0, client) == seen[client].back());
    }
  std::set<int> changes;
  for (const std::vector<std::uint32_t>& client : seen) {
    int since = 0;  // the first answer began before
    for (int second = 1; second < 60; ++second) {
      if (client[static_cast<std::size_t>(second)] == client[static_cast<std::size_t>(second) - 1]) continue;
      if (since > 0) CHECK((second - since) % 10 == 0);
      since = second;
      changes.insert(second % 10);
    }
  }
  CHECK(changes.size() == 10);
}

TEST_CASE("clients share the addresses alike, and few of them do not", "[statistical]") {
  Instance name{"dns", "round_robin", {1, 1, 1}};
  constexpr std::uint32_t kClients = 30'000;
  std::vector<double> counts(3, 0.0);
  for (std::uint32_t client = 0; client < kClients; ++client) counts[name.ask(0, client)] += 1.0;
  const double spread = normal_quantile(1.0 - 0.5e-6 / 3) * std::sqrt(2.0 / 9.0 / kClients);
  for (const double count : counts) {
    CHECK(std::abs(count / kClients - 1.0 / 3.0) <= spread);
    CHECK_FALSE(std::abs(count / kClients - 0.36) <= spread);  // the twin
  }
  Numbers one;
  for (int i = 0; i < 100; ++i) one.push_back(name.ask(0, 7));
  CHECK(std::set<std::uint32_t>(one.begin(), one.end()).size() == 1);
}

TEST_CASE("what a client is told is another thing in another replication", "[unit]") {
  std::set<std::uint32_t> told;
  for (std::uint32_t replication = 0; replication < 40; ++replication) {
    Instance name{"dns", "round_robin", {1, 1, 1}, {}, replication};
    told.insert(name.ask(0, 1));
  }
  CHECK(told.size() == 3);
}

}  // namespace towtank::test
