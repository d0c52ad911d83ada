#include <array>
#include <catch2/catch.hpp>
#include <deque>
#include <utility>

#include "sim/random/mix.hpp"
#include "tests/models/world/lab.hpp"

// What a walker gets wrong when nobody watches: delays computed ahead of the clock, ties, events of requests that are
// gone, and what frames owe when a request ends early.

using namespace towtank;
using towtank::test::DelayHop;
using towtank::test::Lab;
using towtank::test::StationHop;

namespace {

Time at(Duration since_start) { return Time{} + since_start; }

/// The bottom hop of a client that gives up after the duration of a deadline queue, and may try again at once.
class Caller final : public Hop {
 public:
  Caller(WalkControl& control, std::uint32_t queue, Duration forward, Duration back, std::uint32_t tries = 1)
      : control_{control}, queue_{queue}, forward_{forward}, back_{back}, tries_{tries} {
    stateful = true;
  }
  Step on_request(Request& request, Frame& frame, Time) override {
    control_.start_deadline(queue_, request);
    frame.back = back_;
    return Step::forward(next, EndpointId{0}, forward_);
  }
  Step on_timeout(Request& request, Frame&, Time) override {
    if (request.attempt + 1u >= tries_) return Step::reply(Outcome::request_timeout);
    ++request.attempt;
    return Step::again(Duration{0});
  }
  HopId next{};

 private:
  WalkControl& control_;
  std::uint32_t queue_;
  Duration forward_, back_;
  std::uint32_t tries_;
};

class Answers final : public Hop {
 public:
  Step on_request(Request&, Frame&, Time) override { return Step::reply(Outcome::ok); }
};

/// Writes down who comes, and whether on time.
class Witness final : public Hop {
 public:
  explicit Witness(Lab& lab) : lab_{lab} { stateful = true; }
  Step on_request(Request& request, Frame&, Time now) override {
    CHECK(now == lab_.walker.now());
    seen.emplace_back(request.ordinal, now);
    return Step::reply(Outcome::ok);
  }
  std::vector<std::pair<std::uint32_t, Time>> seen;

 private:
  Lab& lab_;
};

/// The ending of the only request of a client whose network takes 6 ms there and 4 ms back.
Lab::Ending call_over_ten_ms(Duration timeout) {
  Lab lab;
  Answers server;
  const HopId end = lab.walker.add_hop(server);
  DelayHop leg{end, 3ms, 2ms};
  Caller client{lab.walker, lab.walker.add_deadline_queue(timeout), 3ms, 2ms};
  lab.entry = lab.walker.add_hop(client);
  client.next = lab.walker.add_hop(leg);
  lab.arrive(at(1ms), 0);
  lab.walker.run();
  REQUIRE(lab.endings.size() == 1);
  CHECK(lab.walker.requests().in_use() == 0);
  return lab.endings.front();
}

/// Counts what it owes, in its own books, and works for constant times at a station.
class CountingHop final : public Hop {
 public:
  CountingHop(Lab& lab, HopId next) : lab_{lab}, next_{next} { stateful = true; }
  Step on_request(Request&, Frame& frame, Time now) override {
    CHECK(now == lab_.walker.now());
    ++started;
    frame.set(Frame::owes);
    return Step::forward(next_, EndpointId{0}, 1ms);
  }
  void on_unwind(Request&, Frame&, Cause cause, Time now) override {
    CHECK(now == lab_.walker.now());
    ++finished;
    ++by_cause[static_cast<std::size_t>(cause)];
  }
  std::uint64_t started = 0, finished = 0;
  std::array<std::uint64_t, 3> by_cause{};

 private:
  Lab& lab_;
  HopId next_;
};

/// Calls others and passes on how that ended.
class Forks final : public Hop {
 public:
  Forks(CallPlan plan, HopId target) : plan_{plan}, target_{target} { stateful = true; }
  Step on_request(Request&, Frame&, Time) override { return Step::call(); }
  CallPlan plan_call(const Request&, const Frame&) override { return plan_; }
  ChildStart start_child(const Request&, const Frame&, std::uint32_t) override { return {target_, EndpointId{0}}; }

 private:
  CallPlan plan_;
  HopId target_;
};

/// Works 1 to 8 whole milliseconds at a station, so that nearly all events tie; sometimes fails.
class CoarseWork final : public Hop {
 public:
  explicit CoarseWork(StationId station) : station_{station} { stateful = true; }
  Step on_request(Request& request, Frame&, Time now) override {
    const std::uint64_t chance = mixed(request.key * 31 + request.attempt);
    if (chance % 3 == 0) request.patience = now + Duration{1ms} * static_cast<std::int64_t>(1 + chance / 64 % 4);
    return Step::serve(station_, Duration{1ms} * static_cast<std::int64_t>(1 + chance % 8));
  }
  Step on_done(Request& request, Frame&, Time) override {
    return Step::reply(mixed(request.key) % 11 == 0 ? Outcome::http_503 : Outcome::ok);
  }

 private:
  StationId station_;
};

/// Drops the first packets of every request.
class Drops final : public Hop {
 public:
  Drops(std::uint32_t packets, bool set_up) : packets_{packets} {
    stateful = stateful_open = true;
    terminates_connections = set_up;
  }
  Step on_request(Request&, Frame&, Time now) override { return answer(now); }
  Step on_open(Request&, EndpointId, Time now) override { return answer(now); }
  std::vector<Time> sent;

 private:
  Step answer(Time now) {
    sent.push_back(now);
    return sent.size() <= packets_ ? Step::lost() : Step::reply(Outcome::ok);
  }
  std::uint32_t packets_;
};

/// The bottom hop of a client that sends one packet: a request, or the set-up of a connection.
class Dials final : public Hop {
 public:
  explicit Dials(bool set_up) : set_up_{set_up} {}
  Step on_request(Request& request, Frame& frame, Time) override {
    frame.set(Frame::wants_reply);
    request.exchange = set_up_ ? 1 : 0;
    return set_up_ ? Step::open(next, EndpointId{0}, Duration{0}) : Step::forward(next, EndpointId{0}, Duration{0});
  }
  Step on_reply(Request&, Frame&, Outcome status, Time) override {
    ++replies;
    return Step::reply(status);
  }
  HopId next{};
  std::uint32_t replies = 0;

 private:
  bool set_up_;
};

}  // namespace

TEST_CASE("a reply that needs as long as the timeout is a success, one nanosecond more is a timeout", "[unit]") {
  const Lab::Ending just = call_over_ten_ms(10ms);
  CHECK(just.status == Outcome::ok);
  CHECK(just.end == at(11ms));
  const Lab::Ending late = call_over_ten_ms(10ms - 1ns);
  CHECK(late.status == Outcome::request_timeout);
  CHECK(late.end == at(11ms - 1ns));
  CHECK(call_over_ten_ms(5ms).end == at(6ms));
  CHECK(call_over_ten_ms(1s).end == at(11ms));
}

TEST_CASE("requests that reach a stateful hop at one instant enter in the order of events, however they came",
          "[unit]") {
  Lab lab;
  Witness witness{lab};
  const HopId last = lab.walker.add_hop(witness);
  DelayHop nothing{last, Duration{0}, Duration{0}};
  const HopId middle = lab.walker.add_hop(nothing);
  std::deque<DelayHop> ways;
  std::vector<HopId> entries;
  for (const Duration delay : {Duration{10ms}, Duration{6ms}, Duration{3ms}, Duration{0}}) {
    ways.emplace_back(middle, delay, Duration{0});
    entries.push_back(lab.walker.add_hop(ways.back()));
  }
  // All four are there at 10 ms; whoever looked ahead of the clock would see them in the order in which they set out.
  lab.after_arrival = [&](std::uint32_t ordinal) { lab.entry = entries[3 - ordinal]; };
  lab.arrive(at(0ms), 3);
  lab.arrive(at(4ms), 2);
  lab.arrive(at(7ms), 1);
  lab.arrive(at(10ms), 0);
  lab.walker.run();
  const std::vector<std::pair<std::uint32_t, Time>> expected = {
      {1, at(10ms)}, {2, at(10ms)}, {3, at(10ms)}, {0, at(10ms)}};
  CHECK(witness.seen == expected);  // the arrival of 0 is the last class of event at this instant
}

TEST_CASE("a stretch of delays does not pass a control change", "[unit]") {
  Lab lab;
  bool changed = false;
  class Reads final : public Hop {
   public:
    Reads(const bool& state, std::vector<bool>& seen) : state_{state}, seen_{seen} {}
    Step on_request(Request&, Frame&, Time) override {
      seen_.push_back(state_);
      return Step::reply(Outcome::ok);
    }

   private:
    const bool& state_;
    std::vector<bool>& seen_;
  };
  std::vector<bool> seen;
  Reads reader{changed, seen};
  const HopId last = lab.walker.add_hop(reader);
  DelayHop way{last, 10ms, Duration{0}};
  lab.entry = lab.walker.add_hop(way);
  lab.simulator.schedule_control(at(15ms), 0, [&] { changed = true; });
  lab.arrive(at(1ms), 0);
  lab.arrive(at(5ms), 1);  // is there at the instant of the change: departures go first
  lab.arrive(at(6ms), 2);
  lab.walker.run();
  CHECK(seen == std::vector<bool>{false, false, true});
}

TEST_CASE("a queued request that times out leaves nothing to a server, one in service leaves its work", "[unit]") {
  Lab lab;
  const StationId station = lab.walker.stations().add_fcfs(1);
  StationHop pod{station, Distribution::constant(0.010), Draws{1, 0}, purpose_of("work")};
  const HopId end = lab.walker.add_hop(pod);
  Caller client{lab.walker, lab.walker.add_deadline_queue(8ms), Duration{0}, Duration{0}};
  lab.entry = lab.walker.add_hop(client);
  client.next = end;
  lab.arrive(at(0ms), 0);  // in service when its time is over at 8 ms: works on till 10 ms
  lab.arrive(at(1ms), 1);  // queued when its time is over at 9 ms
  lab.arrive(at(2ms), 2);  // its time is over at 10 ms, when service begins: the departure goes first, then the timer
  lab.walker.run();
  for (const Lab::Ending& ending : lab.endings) {
    CHECK(ending.status == Outcome::request_timeout);
    CHECK(ending.end == ending.arrived + 8ms);
  }
  CHECK(lab.endings.size() == 3);
  const StationTotals totals = lab.walker.stations().totals(station);
  CHECK(totals.busy_area == Area{20'000'000});
  CHECK(totals.queue_area == Area{8'000'000 + 8'000'000});
  CHECK(lab.walker.requests().in_use() == 0);
  CHECK(lab.walker.stations().all_jobs() == 0);
}

TEST_CASE("an event that was meant for a request which is gone does not wake the next one in its slot", "[unit]") {
  Lab lab;
  class Holds final : public Hop {
   public:
    Step on_request(Request& request, Frame&, Time) override { return Step::hold(request.ordinal == 0 ? 20ms : 14ms); }
    Step on_done(Request&, Frame&, Time) override {
      ++done;
      return Step::reply(Outcome::ok);
    }
    int done = 0;
  } server;
  Caller client{lab.walker, lab.walker.add_deadline_queue(15ms), Duration{0}, Duration{0}};
  lab.entry = lab.walker.add_hop(client);
  client.next = lab.walker.add_hop(server);
  lab.arrive(at(0ms), 0);   // gives up at 15 ms; its event stands at 20 ms
  lab.arrive(at(16ms), 1);  // takes its slot, and is done at 30 ms
  lab.walker.run();
  REQUIRE(lab.endings.size() == 2);
  CHECK(lab.endings[0].end == at(15ms));
  CHECK(lab.endings[1].end == at(30ms));
  CHECK(server.done == 1);
  CHECK(lab.walker.requests().size() == 1);
}

TEST_CASE("a hedge that has lost gives back its server and its count", "[unit]") {
  Lab lab;
  const StationId station = lab.walker.stations().add_fcfs(3);
  class Uneven final : public Hop {
   public:
    explicit Uneven(StationId id) : id_{id} { stateful = true; }
    Step on_request(Request& request, Frame&, Time) override {
      return Step::serve(id_, request.child == 1 ? 5ms : 50ms);
    }

   private:
    StationId id_;
  } server{station};
  CountingHop balancer{lab, lab.walker.add_hop(server)};
  Forks client{{CallPlan::Mode::first, 3, 1, 10ms}, lab.walker.add_hop(balancer)};
  lab.entry = lab.walker.add_hop(client);
  lab.arrive(at(0ms), 0);
  lab.walker.run();
  REQUIRE(lab.endings.size() == 1);
  CHECK(lab.endings[0].end == at(16ms));
  CHECK(balancer.started == 2);
  CHECK(balancer.by_cause == std::array<std::uint64_t, 3>{1, 0, 1});
  CHECK(lab.walker.stations().totals(station).busy_area == Area{15'000'000 + 5'000'000});
  CHECK(lab.walker.requests().in_use() == 0);
}

TEST_CASE("failures of a first-of call start the next copy at once, and the last failure ends it", "[unit]") {
  Lab lab;
  class Fails final : public Hop {
   public:
    Step on_request(Request&, Frame&, Time) override { return Step::hold(1ms); }
    Step on_done(Request&, Frame&, Time) override { return Step::reply(Outcome::http_502); }
  } server;
  Forks client{{CallPlan::Mode::first, 3, 1, 10ms}, lab.walker.add_hop(server)};
  lab.entry = lab.walker.add_hop(client);
  lab.arrive(at(0ms), 0);
  lab.walker.run();
  REQUIRE(lab.endings.size() == 1);
  CHECK(lab.endings[0].status == Outcome::http_502);
  CHECK(lab.endings[0].end == at(3ms));
  CHECK(lab.walker.requests().in_use() == 0);
}

TEST_CASE("a sequence of calls stops at its first failure", "[unit]") {
  Lab lab;
  class Fails final : public Hop {
   public:
    Step on_request(Request&, Frame&, Time) override { return Step::hold(1ms); }
    Step on_done(Request& request, Frame&, Time) override {
      ++visits;
      return Step::reply(request.child == 1 ? Outcome::http_502 : Outcome::ok);
    }
    int visits = 0;
  } server;
  Forks client{{CallPlan::Mode::sequence, 5, 1, Duration{0}}, lab.walker.add_hop(server)};
  lab.entry = lab.walker.add_hop(client);
  lab.arrive(at(0ms), 0);
  lab.walker.run();
  REQUIRE(lab.endings.size() == 1);
  CHECK(lab.endings[0].status == Outcome::http_502);
  CHECK(lab.endings[0].end == at(2ms));
  CHECK(server.visits == 2);
}

TEST_CASE("whatever ends a request, each frame gives back once what it owes, and no slot is lost", "[unit]") {
  for (const CallPlan::Mode mode : {CallPlan::Mode::all, CallPlan::Mode::first, CallPlan::Mode::sequence}) {
    for (const bool shares : {false, true}) {
      Lab lab;
      Stations& stations = lab.walker.stations();
      const StationId station = shares ? stations.add_processor_sharing(2, 6) : stations.add_fcfs(2, 6);
      CoarseWork server{station};
      CountingHop inner{lab, lab.walker.add_hop(server)};
      Forks fork{{mode, 3, 1, mode == CallPlan::Mode::first ? Duration{2ms} : Duration{0}}, lab.walker.add_hop(inner)};
      CountingHop outer{lab, lab.walker.add_hop(fork)};
      Caller client{lab.walker, lab.walker.add_deadline_queue(9ms), 1ms, 1ms, 3};
      lab.entry = lab.walker.add_hop(client);
      client.next = lab.walker.add_hop(outer);
      constexpr std::uint32_t kRequests = 5'000;
      for (std::uint32_t i = 0; i < kRequests; ++i) lab.arrive(at(Duration{1ms} * (3 * i + mixed(i) % 9)), i);
      lab.walker.run();
      INFO("mode " << static_cast<int>(mode) << ", processor sharing " << shares);
      CHECK(lab.endings.size() == kRequests);
      CHECK(lab.walker.requests().in_use() == 0);
      CHECK(stations.all_jobs() == 0);
      CHECK(stations.jobs(station) == 0);
      CHECK(inner.started == inner.finished);
      CHECK(outer.started == outer.finished);
      CHECK(outer.by_cause[static_cast<std::size_t>(Cause::timeout)] > 100);
      CHECK(inner.by_cause[static_cast<std::size_t>(Cause::timeout)] > 100);
      if (mode == CallPlan::Mode::first) CHECK(inner.by_cause[static_cast<std::size_t>(Cause::cancelled)] > 100);
      CHECK(lab.simulator.pending() == 0);
      CHECK(lab.walker.requests().size() < 200);
    }
  }
}

TEST_CASE("a lost SYN is sent again at the kernel's times", "[unit]") {
  for (const bool set_up : {false, true}) {
    Lab lab;
    Drops server{10, set_up};
    Dials client{set_up};
    lab.entry = lab.walker.add_hop(client);
    client.next = lab.walker.add_hop(server);
    lab.arrive(at(5s), 0);
    lab.walker.run();
    std::vector<Time> expected;
    for (const Duration t : {Duration{0}, Duration{1s}, Duration{2s}, Duration{3s}, Duration{4s}, Duration{5s},
                             Duration{7s}, Duration{11s}, Duration{19s}, Duration{35s}, Duration{67s}})
      expected.push_back(at(5s + t));
    CHECK(server.sent == expected);
    REQUIRE(lab.endings.size() == 1);
    CHECK(lab.endings[0].status == Outcome::ok);
    CHECK(lab.endings[0].end == at(72s));
    CHECK(client.replies == 1);
  }
}

TEST_CASE("a dialler whose every SYN is lost gives up after 131 seconds", "[unit]") {
  for (const bool set_up : {false, true}) {
    for (const bool relayed : {false, true}) {
      Lab lab;
      Drops server{UINT32_MAX, set_up};
      Dials client{set_up};
      lab.entry = lab.walker.add_hop(client);
      const HopId last = lab.walker.add_hop(server);
      DelayHop relay{last, Duration{0}, 1s};
      client.next = relayed ? lab.walker.add_hop(relay) : last;
      lab.arrive(at(0s), 0);
      lab.walker.run();
      CHECK(server.sent.size() == 11);
      REQUIRE(lab.endings.size() == 1);
      CHECK(lab.endings[0].status == Outcome::connect_timeout);
      CHECK(lab.endings[0].failed_at == last);
      CHECK(lab.endings[0].end == at(131s));  // the relay's way back is nobody's: no packet comes
      CHECK(client.replies == 1);
      CHECK(lab.walker.requests().in_use() == 0);
    }
  }
}

TEST_CASE("a set-up that is refused says which hop refused it", "[unit]") {
  Lab lab;
  class Refuses final : public Hop {
   public:
    Refuses() { terminates_connections = true; }
    Step on_request(Request&, Frame&, Time) override { return Step::reply(Outcome::ok); }
    Step on_open(Request&, EndpointId, Time) override { return Step::reply(Outcome::refused); }
  } server;
  Dials client{true};
  lab.entry = lab.walker.add_hop(client);
  const HopId last = lab.walker.add_hop(server);
  DelayHop relay{last, 1ms, 1ms};
  client.next = lab.walker.add_hop(relay);
  lab.arrive(at(0ms), 0);
  lab.walker.run();
  REQUIRE(lab.endings.size() == 1);
  CHECK(lab.endings[0].status == Outcome::refused);
  CHECK(lab.endings[0].failed_at == last);
  CHECK(lab.endings[0].end == at(2ms));
}

TEST_CASE("a request that a full queue turned away takes no patience to the next one", "[unit]") {
  Lab lab;
  const StationId full = lab.walker.stations().add_fcfs(1, 0), busy = lab.walker.stations().add_fcfs(1);
  class Impatient final : public Hop {
   public:
    explicit Impatient(StationId station) : station_{station} { stateful = true; }
    Step on_request(Request& request, Frame&, Time now) override {
      request.patience = now + 5ms;
      return Step::serve(station_, 30ms);
    }
    Step on_full(Request&, Frame&, Time) override { return Step::forward(next, EndpointId{0}, Duration{0}); }
    HopId next{};

   private:
    StationId station_;
  } first{full};
  StationHop second{busy, Distribution::constant(0.020), Draws{1, 0}, purpose_of("work")};
  lab.entry = lab.walker.add_hop(first);
  first.next = lab.walker.add_hop(second);
  for (std::uint32_t i = 0; i < 3; ++i) lab.arrive(at(Duration{1ms} * i), i);
  lab.walker.run();
  REQUIRE(lab.endings.size() == 3);
  for (const Lab::Ending& ending : lab.endings) CHECK(ending.status == Outcome::ok);
  CHECK(lab.endings.back().end == at(41ms));
}

TEST_CASE("a new request knows nothing of the one that had its slot", "[unit]") {
  Lab lab;
  const std::uint32_t slot = lab.walker.create(1, {0, 1}, Time{});
  Request& old = lab.walker.requests()[slot];
  old.client = 57;
  old.failed_at = HopId{9};
  old.exchange = old.attempt = 2;
  old.patience = at(1s);
  old.established = true;
  lab.walker.requests().release(slot);
  REQUIRE(lab.walker.create(2, {0, 2}, Time{}) == slot);
  const Request& fresh = lab.walker.requests()[slot];
  CHECK(fresh.client == 0);
  CHECK(fresh.failed_at == HopId{});
  CHECK(fresh.exchange == 0);
  CHECK(fresh.attempt == 0);
  CHECK(fresh.patience == kNever);
  CHECK_FALSE(fresh.established);
}
