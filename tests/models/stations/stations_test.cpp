#include "models/stations/stations.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "tests/models/world/lab.hpp"
#include "tests/sim/stats/test_numbers.hpp"

using namespace towtank;
using towtank::test::Lab;

namespace {

Time at(Duration since_start) { return Time{} + since_start; }

/// Serves each request for the time that the test gave its ordinal.
class Serves final : public Hop {
 public:
  explicit Serves(StationId station) : station_{station} { stateful = true; }
  Step on_request(Request& request, Frame& frame, Time) override {
    if (insists) frame.set(Frame::admitted);
    slots[request.ordinal] = slot_of(request);
    return Step::serve(station_, work.at(request.ordinal));
  }
  std::map<std::uint32_t, Duration> work;
  std::map<std::uint32_t, std::uint32_t> slots;
  std::function<std::uint32_t(const Request&)> slot_of;
  bool insists = false;

 private:
  StationId station_;
};

/// One station, and when each job left it.
struct Bench {
  Lab lab;
  StationId id;
  Serves hop;
  std::map<std::uint32_t, Time> end;
  std::map<std::uint32_t, Outcome> status;

  Bench(bool shares, std::uint32_t servers, std::uint32_t limit = Stations::kUnbounded)
      : id{shares ? lab.walker.stations().add_processor_sharing(servers, limit)
                  : lab.walker.stations().add_fcfs(servers, limit)},
        hop{id} {
    lab.entry = lab.walker.add_hop(hop);
    hop.slot_of = [this](const Request& request) { return lab.walker.slot_of(request); };
  }

  void job(std::uint32_t ordinal, Duration arrives, Duration work) {
    hop.work[ordinal] = work;
    lab.arrive(at(arrives), ordinal);
  }
  /// Takes a job out, as an abandoned request would be.
  void take_out(std::uint32_t ordinal, Duration when) {
    lab.simulator.schedule_control(at(when), ordinal, [this, ordinal] {
      lab.walker.stations().remove(id, hop.slots.at(ordinal));
      lab.walker.requests()[hop.slots.at(ordinal)].state = RequestState::free;
      lab.walker.requests().release(hop.slots.at(ordinal));
    });
  }
  void run() {
    lab.walker.run();
    for (const Lab::Ending& ending : lab.endings) {
      end[ending.ordinal] = ending.end;
      status[ending.ordinal] = ending.status;
    }
    CHECK(lab.walker.stations().jobs(id) == 0);
    CHECK(lab.walker.stations().all_jobs() == 0);
    CHECK(lab.walker.requests().in_use() == 0);
  }
  StationTotals totals() { return lab.walker.stations().totals(id); }
};

Area ms(std::uint64_t n) { return Area{n} * 1'000'000; }

}  // namespace

TEST_CASE("two servers take jobs in the order of arrival", "[unit]") {
  Bench bench{false, 2};
  bench.job(0, 0ms, 10ms);
  bench.job(1, 1ms, 3ms);
  bench.job(2, 2ms, 5ms);  // waits till 4 ms
  bench.job(3, 3ms, 1ms);  // waits till 9 ms, behind 2
  LevelSeries jobs{20ms, 1};
  bench.lab.walker.stations().write_jobs(jobs);
  bench.run();
  CHECK(bench.end == std::map<std::uint32_t, Time>{{0, at(10ms)}, {1, at(4ms)}, {2, at(9ms)}, {3, at(10ms)}});
  CHECK(bench.totals().busy_area == ms(19));
  CHECK(bench.totals().queue_area == ms(2 + 6));
  CHECK(bench.totals().servers == 2);
  CHECK(jobs.means() == std::vector<double>{(19 + 8) / 20.0});
}

TEST_CASE("a job that has to wait keeps nothing of what woke it last", "[unit]") {
  Lab lab;
  Stations& stations = lab.walker.stations();
  const StationId id = stations.add_fcfs(1);
  for (std::uint32_t i = 0; i < 2; ++i) {
    const std::uint32_t slot = lab.walker.create(i, {0, i}, Time{});
    Request& request = lab.walker.requests()[slot];
    request.depth = 1;
    request.wake = at(7ms);
    CHECK(stations.admit(id, slot, 10ms) == (i == 0 ? Stations::Admission::started : Stations::Admission::queued));
    CHECK(request.wake == (i == 0 ? at(10ms) : kNever));
  }
}

TEST_CASE("a full queue turns away whoever was not accepted before", "[unit]") {
  for (const bool insists : {false, true}) {
    Bench bench{false, 1, 1};
    bench.hop.insists = insists;
    bench.job(0, 0ms, 10ms);
    bench.job(1, 1ms, 1ms);
    bench.job(2, 2ms, 1ms);
    bench.lab.simulator.schedule_control(at(1500us), 1, [&] { CHECK(bench.lab.walker.stations().is_full(bench.id)); });
    bench.job(3, 11ms, 1ms);  // its server is free: departures go first
    bench.run();
    CHECK(bench.status.at(2) == (insists ? Outcome::ok : Outcome::queue_full));
    CHECK(bench.end.at(1) == at(11ms));
    CHECK(bench.status.at(3) == Outcome::ok);
  }
}

TEST_CASE("a queue limit of 0 lets nobody wait", "[unit]") {
  Bench bench{false, 2, 0};
  for (std::uint32_t i = 0; i < 3; ++i) bench.job(i, 0ms, 5ms);
  bench.run();
  CHECK(bench.status.at(0) == Outcome::ok);
  CHECK(bench.status.at(1) == Outcome::ok);
  CHECK(bench.status.at(2) == Outcome::queue_full);
}

TEST_CASE("jobs taken out of the head, the middle and the tail of a queue leave the others in order", "[unit]") {
  for (std::uint32_t gone = 1; gone <= 4; ++gone) {
    Bench bench{false, 1};
    for (std::uint32_t i = 0; i < 5; ++i) bench.job(i, Duration{i}, 10ms);
    bench.take_out(gone, 5ms);
    bench.job(5, 6ms, 10ms);
    bench.run();
    CHECK(bench.end.count(gone) == 0);
    Time expected = at(0ms);
    for (std::uint32_t i = 0; i <= 5; ++i)
      if (i != gone) CHECK(bench.end.at(i) == (expected += 10ms));
  }
}

TEST_CASE("two jobs taken out of a queue one after the other leave it whole", "[unit]") {
  for (std::uint32_t first = 1; first <= 4; ++first) {
    for (std::uint32_t second = 1; second <= 4; ++second) {
      if (first == second || second == 1) continue;  // job 1 is in service at 12 ms
      Bench bench{false, 1};
      for (std::uint32_t i = 0; i < 5; ++i) bench.job(i, Duration{i}, 10ms);
      bench.take_out(first, 5ms);
      bench.take_out(second, 12ms);
      bench.job(5, 13ms, 1ms);
      bench.run();
      CHECK(bench.end.size() == 4);
    }
  }
}

TEST_CASE("a job taken out of service gives its server to the next at once", "[unit]") {
  Bench bench{false, 1};
  bench.job(0, 0ms, 10ms);
  bench.job(1, 1ms, 10ms);
  bench.take_out(0, 4ms);
  bench.run();
  CHECK(bench.end == std::map<std::uint32_t, Time>{{1, at(14ms)}});
  CHECK(bench.totals().busy_area == ms(14));
}

TEST_CASE("two jobs share one core in equal parts", "[unit]") {
  Bench bench{true, 1};
  bench.job(0, 0ms, 10ms);
  bench.job(1, 4ms, 2ms);  // from 4 ms at half speed: done at 8 ms, when 0 has had 4 + 2 of its 10 ms
  bench.run();
  CHECK(bench.end == std::map<std::uint32_t, Time>{{1, at(8ms)}, {0, at(12ms)}});
  CHECK(bench.totals().busy_area == ms(12));
  CHECK(bench.totals().queue_area == ms(4));
}

TEST_CASE("jobs that share alike leave in the order of their work, those of equal work together", "[unit]") {
  Bench bench{true, 1};
  bench.job(0, 0ms, 3ms);
  bench.job(1, 0ms, 1ms);
  bench.job(2, 0ms, 1ms);
  bench.run();
  CHECK(bench.end == std::map<std::uint32_t, Time>{{1, at(3ms)}, {2, at(3ms)}, {0, at(5ms)}});
}

TEST_CASE("no job has more than one core", "[unit]") {
  Bench bench{true, 4};
  bench.job(0, 0ms, 10ms);
  bench.job(1, 2ms, 3ms);
  bench.run();
  CHECK(bench.end == std::map<std::uint32_t, Time>{{0, at(10ms)}, {1, at(5ms)}});
  CHECK(bench.totals().busy_area == ms(13));
  CHECK(bench.totals().queue_area == 0);
}

TEST_CASE("three jobs on two cores run at two thirds of their speed", "[unit]") {
  Bench bench{true, 2};
  for (std::uint32_t i = 0; i < 3; ++i) bench.job(i, 0ms, Duration{6ms} + Duration{2ms} * i);
  bench.run();  // 6 of 6 at 9 ms; then two jobs on two cores
  CHECK(bench.end == std::map<std::uint32_t, Time>{{0, at(9ms)}, {1, at(11ms)}, {2, at(13ms)}});
}

TEST_CASE("a job taken out of processor sharing speeds the others up", "[unit]") {
  for (const bool first : {true, false}) {
    Bench bench{true, 1};
    bench.job(0, 0ms, first ? 4ms : 20ms);
    bench.job(1, 0ms, 10ms);
    bench.take_out(0, 6ms);  // each has had 3 ms
    bench.run();
    CHECK(bench.end == std::map<std::uint32_t, Time>{{1, at(13ms)}});
  }
}

TEST_CASE("a shared station with a limit turns away, and is full when it says so", "[unit]") {
  Bench bench{true, 1, 1};
  for (std::uint32_t i = 0; i < 3; ++i) bench.job(i, 0ms, 2ms);
  bench.run();
  CHECK(bench.status.at(1) == Outcome::ok);
  CHECK(bench.status.at(2) == Outcome::queue_full);
  CHECK(bench.end.at(1) == at(4ms));
}

TEST_CASE("a shared station that ran empty starts again as if it were new", "[unit]") {
  Bench bench{true, 1};
  bench.job(0, 0ms, 5ms);
  bench.job(1, 1h, 4ms);
  bench.job(2, 1h + 1ms, 1ms);
  bench.run();
  CHECK(bench.end.at(2) == at(1h + 3ms));
  CHECK(bench.end.at(1) == at(1h + 5ms));
}

TEST_CASE("work that nobody waits for goes on in another slot", "[unit]") {
  for (const bool shares : {false, true}) {
    Lab lab;
    Stations& stations = lab.walker.stations();
    const StationId id = shares ? stations.add_processor_sharing(1) : stations.add_fcfs(1);
    Serves hop{id};
    hop.slot_of = [&](const Request& request) { return lab.walker.slot_of(request); };
    class GivesUp final : public Hop {
     public:
      GivesUp(WalkControl& control, std::uint32_t queue) : control_{control}, queue_{queue} { stateful = true; }
      Step on_request(Request& request, Frame&, Time) override {
        if (request.ordinal == 0) control_.start_deadline(queue_, request);
        return Step::forward(next, EndpointId{0}, Duration{0});
      }
      HopId next{};

     private:
      WalkControl& control_;
      std::uint32_t queue_;
    } client{lab.walker, lab.walker.add_deadline_queue(4ms)};
    lab.entry = lab.walker.add_hop(client);
    client.next = lab.walker.add_hop(hop);
    hop.work = {{0, 10ms}, {1, 6ms}};
    lab.arrive(at(0ms), 0);  // gives up at 4 ms
    lab.arrive(at(2ms), 1);
    lab.walker.run();
    REQUIRE(lab.endings.size() == 2);
    CHECK(lab.endings[0].status == Outcome::request_timeout);
    CHECK(lab.endings[1].end == at(shares ? Duration{14ms} : Duration{16ms}));
    CHECK(stations.totals(id).busy_area == ms(16));
    CHECK(lab.simulator.now() == at(16ms));
    CHECK(lab.walker.requests().in_use() == 0);
  }
}

namespace {

/// Passes requests on; those that the test calls impatient give up after 4 ms.
class Caller final : public Hop {
 public:
  Caller(WalkControl& control, std::uint32_t queue) : control_{control}, queue_{queue} { stateful = true; }
  Step on_request(Request& request, Frame&, Time) override {
    if (impatient.count(request.ordinal) > 0) control_.start_deadline(queue_, request);
    return Step::forward(next, EndpointId{0}, Duration{0});
  }
  HopId next{};
  std::set<std::uint32_t> impatient;

 private:
  WalkControl& control_;
  std::uint32_t queue_;
};

struct Job {
  Duration arrives, work;
  bool is_impatient = false;
};

struct Served {
  std::map<std::uint32_t, std::pair<Time, Outcome>> endings;
  StationTotals totals;
  std::vector<double> jobs;
  std::uint64_t events = 0;
};

/// How the end of a service comes about.
enum class Ends : std::uint8_t {
  by_events,
  ahead,    ///< where it is foreseen the job goes on ahead of the clock
  on_time,  ///< where it is foreseen the job sleeps until then
};

/// One server, with services foreseen where they can be, or by events alone.
Served served(const std::vector<Job>& jobs, Ends ends) {
  Lab lab;
  Stations& stations = lab.walker.stations();
  const StationId id = stations.add_fcfs(1);
  LevelSeries series{50ms, 200};
  stations.write_jobs(series);
  Serves hop{id};
  hop.foresees_end = ends != Ends::by_events;
  hop.stateful_done = ends == Ends::on_time;
  hop.slot_of = [&](const Request& request) { return lab.walker.slot_of(request); };
  Caller caller{lab.walker, lab.walker.add_deadline_queue(4ms)};
  lab.entry = lab.walker.add_hop(caller);
  caller.next = lab.walker.add_hop(hop);
  for (std::uint32_t i = 0; i < jobs.size(); ++i) {
    hop.work[i] = jobs[i].work;
    if (jobs[i].is_impatient) caller.impatient.insert(i);
    lab.arrive(at(jobs[i].arrives), i);
  }
  lab.simulator.schedule_control(at(1s), 0, [] {});  // whatever is known of the future ends here
  lab.walker.run();
  CHECK(lab.walker.requests().in_use() == 0);
  CHECK(stations.all_jobs() == 0);
  Served made{{}, stations.totals(id), series.means(), lab.simulator.events()};
  for (const Lab::Ending& ending : lab.endings) made.endings[ending.ordinal] = {ending.end, ending.status};
  return made;
}

}  // namespace

TEST_CASE("services that are foreseen end when those that events serve do", "[unit]") {
  for (const double share : {0.0, 0.1, 0.5}) {
    test::TestNumbers numbers{3};
    std::vector<Job> jobs;
    Duration arrives{0};
    std::uint64_t given_up = 0;
    for (int i = 0; i < 2000; ++i) {
      // Whole quarters of a millisecond, so that much happens at one instant.
      const auto quarters = [&](double mean) { return 250us * static_cast<int>(numbers.exponential(mean)); };
      arrives += quarters(5.0);
      jobs.push_back({arrives, quarters(4.0), numbers.uniform() < share});
    }
    const Served foreseen = served(jobs, Ends::ahead), by_events = served(jobs, Ends::by_events);
    for (const Served& made : {foreseen, served(jobs, Ends::on_time)}) {
      CHECK(made.endings == by_events.endings);
      CHECK(made.totals.busy_area == by_events.totals.busy_area);
      CHECK(made.totals.queue_area == by_events.totals.queue_area);
      CHECK(made.jobs == by_events.jobs);
    }
    CHECK(foreseen.events < by_events.events);
    for (const auto& [job, ending] : foreseen.endings) given_up += ending.second == Outcome::request_timeout ? 1 : 0;
    CHECK((given_up > 0) == (share > 0.0));
    if (share == 0.0) CHECK(foreseen.events < 2000 + 100);  // the arrivals, and what stood around the control change
  }
}

TEST_CASE("an impatient job waits behind services that were foreseen, and who comes after it may move up", "[unit]") {
  // 0 and 1 are foreseen till 6 ms; 2 gives up at 5 ms, before its turn; 3 has the server from 6 ms on.
  const Served made = served({{0ms, 3ms}, {0ms, 3ms}, {1ms, 10ms, true}, {2ms, 1ms}}, Ends::ahead);
  CHECK(made.endings.at(1).first == at(6ms));
  CHECK(made.endings.at(2) == std::pair{at(5ms), Outcome::request_timeout});
  CHECK(made.endings.at(3) == std::pair{at(7ms), Outcome::ok});
  CHECK(made.totals.busy_area == ms(7));
  CHECK(made.totals.queue_area == ms(3 + 4 + 4));
}
