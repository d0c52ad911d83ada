#include "models/hops/client.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "tests/models/world/lab.hpp"

using namespace towtank;
using towtank::test::Lab;

namespace {

Time at(Duration since_start) { return Time{} + since_start; }

/// Answers after a while, as the test says.
class Server final : public Hop {
 public:
  Server() { terminates_connections = true; }
  Step on_request(Request& request, Frame& frame, Time now) override {
    request.established = true;
    visits.emplace_back(request.ordinal, now);
    endpoints.push_back(frame.endpoint);
    return Step::hold(time);
  }
  Step on_done(Request& request, Frame&, Time) override { return Step::reply(answer ? answer(request) : Outcome::ok); }
  Step on_open(Request&, EndpointId, Time now) override {
    opened.push_back(now);
    return Step::reply(opening);
  }
  Duration time{10ms};
  std::function<Outcome(const Request&)> answer;
  Outcome opening = Outcome::ok;
  std::vector<std::pair<std::uint32_t, Time>> visits;
  std::vector<EndpointId> endpoints;
  std::vector<Time> opened;
};

/// A client, its network and one server.
struct Net {
  Lab lab;
  PurposeRegistry purposes;
  Server server;
  std::unique_ptr<ClientHop> client;

  explicit Net(ClientConfig config, std::optional<Duration> timeout = {}, Duration round_trip = Duration{0}) {
    config.name = "test";
    config.round_trip = Distribution::constant(to_seconds(round_trip));
    if (timeout) config.deadline_queue = lab.walker.add_deadline_queue(*timeout);
    config.entry = lab.walker.add_hop(server);
    client = std::make_unique<ClientHop>(config, lab.walker, Draws{3, 0}, purposes);
    lab.entry = lab.walker.add_hop(*client);
  }
  void run() {
    lab.walker.run();
    CHECK(lab.walker.requests().in_use() == 0);
    std::sort(lab.endings.begin(), lab.endings.end(),
              [](const auto& a, const auto& b) { return a.ordinal < b.ordinal; });
  }
};

ClientConfig keepalive(std::uint32_t per_client = 1) {
  ClientConfig config;
  config.keepalive = true;
  config.pool.per_owner = per_client;
  return config;
}

ClientConfig retrying(std::uint32_t max, Duration base = Duration{0}, Duration most = Duration{0},
                      double budget = 0.0) {
  ClientConfig config;
  config.retries = {.max = max, .on_5xx = true, .backoff_base = base, .backoff_max = most, .budget = budget};
  return config;
}

}  // namespace

TEST_CASE("requests of a client wait for its connection in the order of arrival", "[unit]") {
  Net net{keepalive()};
  for (std::uint32_t i = 0; i < 4; ++i) net.lab.arrive(at(Duration{1ms} * i), i);
  net.run();
  REQUIRE(net.lab.endings.size() == 4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    CHECK(net.lab.endings[i].status == Outcome::ok);
    CHECK(net.lab.endings[i].end == at(Duration{10ms} * (i + 1)));
  }
}

TEST_CASE("a client with two connections serves two requests at a time", "[unit]") {
  Net net{keepalive(2)};
  for (std::uint32_t i = 0; i < 4; ++i) net.lab.arrive(at(Duration{1ms} * i), i);
  net.run();
  CHECK(net.lab.endings[2].end == at(20ms));
  CHECK(net.lab.endings[3].end == at(21ms));
}

TEST_CASE("a request that times out in line leaves it, and one that times out at work closes its connection",
          "[unit]") {
  Net net{keepalive(), 15ms};
  net.server.time = 14ms;
  net.lab.arrive(at(0ms), 0);   // has the connection till 14 ms
  net.lab.arrive(at(1ms), 1);   // from 14 ms on, gives up at 16 ms
  net.lab.arrive(at(2ms), 2);   // has a new connection at 16 ms, gives up at 17 ms
  net.lab.arrive(at(3ms), 3);   // from 17 ms on, gives up at 18 ms
  net.lab.arrive(at(10ms), 4);  // from 18 ms on, gives up at 25 ms
  net.lab.arrive(at(12ms), 5);  // from 25 ms on, gives up at 27 ms
  net.lab.arrive(at(40ms), 6);
  net.run();
  REQUIRE(net.lab.endings.size() == 7);
  const Duration ends[] = {14ms, 16ms, 17ms, 18ms, 25ms, 27ms, 54ms};
  for (std::size_t i = 0; i < 7; ++i) CHECK(net.lab.endings[i].end == at(ends[i]));
  CHECK(net.lab.endings[6].status == Outcome::ok);
  CHECK(net.lab.endings[1].status == Outcome::request_timeout);
}

TEST_CASE("a request that is handed a connection at the instant of its timeout gives it back", "[unit]") {
  Net net{keepalive(), 15ms};
  net.server.time = 1s;
  for (std::uint32_t i = 0; i < 5; ++i) net.lab.arrive(at(0ms), i);  // all time out at 15 ms, one after the other
  net.lab.arrive(at(20ms), 5);
  net.run();
  for (std::uint32_t i = 0; i < 5; ++i) CHECK(net.lab.endings[i].end == at(15ms));
  CHECK(net.lab.endings[5].end == at(35ms));
  CHECK(net.server.visits.size() == 2);
  CHECK(net.server.visits.back() == std::pair{5u, at(20ms)});
}

TEST_CASE("a new connection costs its round trips once, a kept one none", "[unit]") {
  for (const std::uint32_t trips : {0u, 1u, 2u}) {
    ClientConfig config = keepalive();
    config.setup_round_trips = trips;
    Net net{config, {}, 4ms};
    net.lab.arrive(at(0s), 0);
    net.lab.arrive(at(1s), 1);
    net.run();
    CHECK(net.server.opened.size() == trips);
    CHECK(net.lab.endings[0].end == at(Duration{4ms} * trips + 14ms));
    CHECK(net.lab.endings[1].end == at(1s + 14ms));
  }
}

TEST_CASE("requests on a kept connection go where its set-up went", "[unit]") {
  class Spreads final : public Hop {
   public:
    explicit Spreads(HopId next) : next_{next} {}
    Step on_request(Request& request, Frame&, Time) override {
      if (!request.frames[request.dialler].has(Frame::routed))
        request.frames[request.depth].endpoint = EndpointId{5 + static_cast<std::uint32_t>(request.route_key % 3)};
      return Step::forward(next_, request.frames[request.depth].endpoint, Duration{0});
    }

   private:
    HopId next_;
  };
  for (const std::uint32_t trips : {0u, 1u, 2u}) {
    Lab lab;
    PurposeRegistry purposes;
    Server server;
    Spreads spreads{lab.walker.add_hop(server)};
    ClientConfig config = keepalive();
    config.name = "test";
    config.setup_round_trips = trips;
    config.pool.max_requests = 4;
    config.entry = lab.walker.add_hop(spreads);
    ClientHop client{config, lab.walker, Draws{3, 0}, purposes};
    lab.entry = lab.walker.add_hop(client);
    for (std::uint32_t i = 0; i < 40; ++i) lab.arrive(at(Duration{1s} * i), i);
    lab.walker.run();
    REQUIRE(server.endpoints.size() == 40);
    for (std::size_t i = 0; i < 40; ++i) {
      CHECK(static_cast<std::uint32_t>(server.endpoints[i]) >= 5);
      CHECK(server.endpoints[i] == server.endpoints[i / 4 * 4]);
    }
  }
}

TEST_CASE("a set-up that is refused ends the request, and a timeout in it is a connect timeout", "[unit]") {
  ClientConfig config;
  config.setup_round_trips = 2;
  Net refused{config, {}, 4ms};
  refused.server.opening = Outcome::refused;
  refused.lab.arrive(at(0ms), 0);
  refused.run();
  CHECK(refused.lab.endings[0].status == Outcome::refused);
  CHECK(refused.lab.endings[0].end == at(4ms));
  CHECK(refused.server.visits.empty());
  Net late{config, 7ms, 4ms};
  late.lab.arrive(at(0ms), 0);
  late.run();
  CHECK(late.lab.endings[0].status == Outcome::connect_timeout);
  CHECK(late.lab.endings[0].end == at(7ms));
  Net slow{config, 17ms, 4ms};
  slow.lab.arrive(at(0ms), 0);
  slow.run();
  CHECK(slow.lab.endings[0].status == Outcome::request_timeout);
}

TEST_CASE("a client tries again what its policy names, as often as it says", "[unit]") {
  for (const std::uint32_t max : {0u, 1u, 2u, 3u}) {
    Net net{retrying(max)};
    net.server.answer = [](const Request& request) { return request.attempt < 2 ? Outcome::http_502 : Outcome::ok; };
    net.lab.arrive(at(0ms), 0);
    net.run();
    CHECK(net.lab.endings[0].status == (max >= 2 ? Outcome::ok : Outcome::http_502));
    CHECK(net.lab.endings[0].attempts == std::min(max, 2u) + 1);
    CHECK(net.lab.endings[0].end == at(Duration{10ms} * (std::min(max, 2u) + 1)));
  }
  Net other{retrying(3)};
  other.server.answer = [](const Request&) { return Outcome::http_4xx; };
  other.lab.arrive(at(0ms), 0);
  other.run();
  CHECK(other.lab.endings[0].attempts == 1);
}

TEST_CASE("every attempt has the whole timeout", "[unit]") {
  ClientConfig config;
  config.retries = {.max = 2, .on_timeout = true};
  Net net{config, 8ms};
  net.lab.arrive(at(0ms), 0);
  net.run();
  CHECK(net.lab.endings[0].status == Outcome::request_timeout);
  CHECK(net.lab.endings[0].end == at(24ms));
  CHECK(net.server.visits.size() == 3);
}

TEST_CASE("back-off before the n-th retry is between nothing and twice as much each time, up to its limit", "[unit]") {
  Net net{retrying(4, 100ms, 300ms)};
  net.server.time = Duration{0};
  net.server.answer = [](const Request&) { return Outcome::http_503; };
  for (std::uint32_t i = 0; i < 200; ++i) net.lab.arrive(at(Duration{10s} * i), i);
  net.run();
  REQUIRE(net.server.visits.size() == 1'000);
  std::array<Duration, 4> longest{};
  for (std::size_t i = 0; i < 1'000; ++i)
    if (i % 5 != 0)
      longest[i % 5 - 1] = std::max(longest[i % 5 - 1], net.server.visits[i].second - net.server.visits[i - 1].second);
  const Duration limit[] = {100ms, 200ms, 300ms, 300ms};
  for (std::size_t n = 0; n < 4; ++n) {
    CHECK(longest[n] <= limit[n]);
    CHECK(longest[n] > limit[n] * 9 / 10);  // 200 uniform draws below nine tenths: once in 10^9
  }
}

TEST_CASE("a budget bounds the retries that are under way, those in back-off included", "[unit]") {
  const auto visits_with = [](double budget) {
    Net net{retrying(1, 50ms, 50ms, budget)};
    net.server.answer = [](const Request&) { return Outcome::http_503; };
    for (std::uint32_t i = 0; i < 100; ++i) net.lab.arrive(at(0ms), i);
    for (std::uint32_t i = 100; i < 110; ++i) net.lab.arrive(at(5s), i);
    net.run();
    return net.server.visits.size();
  };
  CHECK(visits_with(0.0) == 220);
  // A fifth of the hundred that fail at once; of the ten that come later, when nothing else is in flight, three.
  CHECK(visits_with(0.2) == 110 + 20 + 3);
}

TEST_CASE("a client whose answer was an error keeps the connection, for a retry as well", "[unit]") {
  ClientConfig config = keepalive();
  config.setup_round_trips = 1;
  config.retries = {.max = 1, .on_5xx = true};
  Net net{config, {}, 4ms};
  net.server.answer = [](const Request&) { return Outcome::http_503; };
  net.lab.arrive(at(0ms), 0);
  net.lab.arrive(at(1s), 1);
  net.run();
  CHECK(net.server.opened.size() == 1);
  CHECK(net.server.visits.size() == 4);
}
