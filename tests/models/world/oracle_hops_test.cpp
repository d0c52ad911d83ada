#include <array>
#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "sim/stats/sectioning.hpp"
#include "sim/stats/summary.hpp"
#include "tests/models/world/lab.hpp"

// Queueing systems whose exact answers are known (oracle cases named in each test), built of hops that only these tests
// have: what they prove is that the walker moves requests as hops say. Times in mean service times, one second long.

using namespace towtank;
using towtank::test::DelayHop;
using towtank::test::Lab;
using towtank::test::StationHop;

namespace {

constexpr double kFalseAlarm = 1e-6;
constexpr std::uint32_t kReplications = 20;

/// What one replication measured: sojourns of those that succeeded, and single numbers.
struct Observed {
  Histogram sojourn{10};
  DurationSum sum;
  std::map<std::string, double> numbers;
};

/// What is true, and the half of a bucket that a histogram may add to it.
struct Known {
  std::string metric;
  double value;
};

bool agrees(const std::vector<Observed>& runs, const Known& known) {
  Interval interval;
  double slack = 1e-9 * known.value;
  if (known.metric.front() == 'p' && known.metric.size() < 6) {
    std::vector<const Histogram*> parts;
    for (const Observed& run : runs) parts.push_back(&run.sojourn);
    const QuantileEstimate at =
        SectionedQuantiles{parts}.at(std::stod(known.metric.substr(1)) / 100.0, 1.0 - kFalseAlarm);
    REQUIRE(at.ns.resolved);
    interval = {at.ns.estimate * 1e-9, at.ns.low * 1e-9, at.ns.high * 1e-9, true};
    slack = known.value * 0x1p-10;  // a bucket's width
  } else {
    std::vector<double> values;
    for (const Observed& run : runs)
      values.push_back(known.metric == "mean" ? run.sum.mean_ns() * 1e-9 : run.numbers.at(known.metric));
    interval = mean_interval(values, 1.0 - kFalseAlarm);
  }
  INFO(known.metric << " is " << interval.estimate << " in [" << interval.low << ", " << interval.high << "], known "
                    << known.value);
  return known.value >= interval.low - slack && known.value <= interval.high + slack;
}

void check_all(const std::vector<Observed>& runs, const std::vector<Known>& all) {
  for (const Known& known : all) {
    INFO(known.metric);
    CHECK(agrees(runs, known));
  }
}

template <class Model>
std::vector<Observed> replicate_runs(std::uint32_t requests, const Model& model) {
  std::vector<Observed> runs;
  for (std::uint32_t i = 0; i < kReplications; ++i) runs.push_back(model(Draws{20261124, i}, requests));
  return runs;
}

/// Poisson arrivals till `requests` have come after a tenth as many to warm up. Replies are recorded by arrival.
class OpenRun {
 public:
  OpenRun(Lab& lab, const Draws& draws, double rate, std::uint32_t requests)
      : lab_{lab},
        gaps_{draws, purpose_of("arrival"), Distribution::exponential(1.0 / rate)},
        warm_{requests / 10 + 500} {
    last_ = warm_ + requests;
    lab.after_arrival = [this](std::uint32_t ordinal) {
      if (ordinal + 1 < last_) lab_.arrive(lab_.walker.now() + Duration{gaps_.at(ordinal + 1)}, ordinal + 1);
    };
    lab.after_ending = [this](const Request& request, Time end) {
      if (request.ordinal < warm_) return;
      ++ended_;
      attempts_ += request.attempt + 1u;
      all_.add(end - request.arrived);
      if (request.status != Outcome::ok) return;
      observed_.sojourn.add(end - request.arrived);
      observed_.sum.add(end - request.arrived);
    };
  }

  Observed run() {
    lab_.arrive(Time{} + Duration{gaps_.at(0)}, 0);
    lab_.walker.run();
    REQUIRE(lab_.walker.requests().in_use() == 0);
    const double n = ended_;
    observed_.numbers["failed"] = 1.0 - static_cast<double>(observed_.sum.count()) / n;
    observed_.numbers["mean_of_all"] = all_.mean_ns() * 1e-9;
    observed_.numbers["attempts"] = static_cast<double>(attempts_) / n;
    return std::move(observed_);
  }

  bool is_warm(const Request& request) const { return request.ordinal >= warm_; }

 private:
  Lab& lab_;
  SampleRing gaps_;
  std::uint32_t warm_, last_ = 0, ended_ = 0;
  std::uint64_t attempts_ = 0;
  DurationSum all_;
  Observed observed_;
};

/// The bottom hop of a client that tries again at once.
class RetryHop final : public Hop {
 public:
  explicit RetryHop(std::uint32_t attempts) : attempts_{attempts} { stateful = true; }
  Step on_request(Request&, Frame& frame, Time) override {
    frame.set(Frame::wants_reply);
    return Step::forward(next, EndpointId{0}, Duration{0});
  }
  Step on_reply(Request& request, Frame&, Outcome status, Time) override {
    if (status == Outcome::ok || request.attempt + 1u >= attempts_) return Step::reply(status);
    ++request.attempt;
    return Step::again(Duration{0});
  }
  HopId next{};

 private:
  std::uint32_t attempts_;
};

/// The bottom hop of a request that others are made of.
class CallHop final : public Hop {
 public:
  CallHop(CallPlan plan, std::vector<HopId> targets) : plan_{plan}, targets_{std::move(targets)} { stateful = true; }
  Step on_request(Request&, Frame&, Time) override { return Step::call(); }
  CallPlan plan_call(const Request&, const Frame&) override { return plan_; }
  ChildStart start_child(const Request& parent, const Frame&, std::uint32_t index) override {
    if (is_counted && is_counted(parent)) ++started[index];
    return {targets_[index % targets_.size()], EndpointId{0}};
  }
  std::function<bool(const Request&)> is_counted;
  std::array<std::uint64_t, CallPlan::kMaxChildren> started{};

 private:
  CallPlan plan_;
  std::vector<HopId> targets_;
};

/// As many servers as there are requests.
class ServerForEach final : public Hop {
 public:
  ServerForEach(const Distribution& law, const Draws& draws) : law_{law}, draws_{draws} {}
  Step on_request(Request& request, Frame&, Time) override {
    return Step::hold(Duration{sample_scalar(law_, draws_, purpose_of("hold"), request.key, request.attempt)});
  }

 private:
  Distribution law_;
  Draws draws_;
};

/// The bottom hop of a request that goes from station to station by chance.
class RouterHop final : public Hop {
 public:
  using Routing = std::vector<std::vector<double>>;

  RouterHop(Routing routing, const Draws& draws) : routing_{std::move(routing)}, draws_{draws} { stateful = true; }
  Step on_request(Request& request, Frame& frame, Time) override {
    frame.set(Frame::wants_reply);
    return Step::forward(stations.at(at_[request.ordinal]), EndpointId{0}, Duration{0});
  }
  Step on_reply(Request& request, Frame&, Outcome status, Time) override {
    const std::vector<double>& row = routing_[at_[request.ordinal]];
    double left = draws_.uniform(purpose_of("route"), request.key, request.attempt);
    for (std::size_t next = 0; next < row.size(); ++next) {
      if (left < row[next]) {
        at_[request.ordinal] = next;
        ++request.attempt;
        return Step::again(Duration{0});
      }
      left -= row[next];
    }
    at_.erase(request.ordinal);
    return Step::reply(status);
  }
  std::vector<HopId> stations;

 private:
  Routing routing_;
  Draws draws_;
  std::map<std::uint32_t, std::size_t> at_;  ///< by request
};

/// Waits in a queue no longer than its patience.
class PatientHop final : public Hop {
 public:
  PatientHop(StationId station, Duration patience, const Draws& draws)
      : station_{station}, patience_{patience}, draws_{draws} {
    stateful = true;
  }
  Step on_request(Request& request, Frame&, Time now) override {
    request.patience = now + patience_;
    return Step::serve(station_, Duration{sample_scalar(law_, draws_, purpose_of("work"), request.key)});
  }
  Step on_done(Request& request, Frame& frame, Time) override {
    if (is_counted(request)) wait.add(frame.started - frame.entered);
    return Step::reply(Outcome::ok);
  }
  std::function<bool(const Request&)> is_counted;
  DurationSum wait;

 private:
  StationId station_;
  Duration patience_;
  Draws draws_;
  Distribution law_ = Distribution::exponential(1.0);
};

Observed tandem(const Draws& draws, std::uint32_t requests, double second_rate) {
  Lab lab;
  std::deque<StationHop> hops;
  const double rates[] = {2.0, second_rate, 1.0};
  for (std::size_t i = 0; i < 3; ++i) {
    hops.emplace_back(lab.walker.stations().add_fcfs(1), Distribution::exponential(1.0 / rates[i]), draws,
                      purpose_of("work" + std::to_string(i)));
    const HopId id = lab.walker.add_hop(hops.back());
    if (i == 0) continue;
    hops[i - 1].next = id;
    hops[i - 1].has_next = true;
  }
  return OpenRun{lab, draws, 0.8, requests}.run();
}

Observed retry(const Draws& draws, std::uint32_t requests, std::uint32_t attempts) {
  Lab lab;
  RetryHop client{attempts};
  const StationId station = lab.walker.stations().add_fcfs(1);
  StationHop pod{station, Distribution::exponential(1.0), draws, purpose_of("work")};
  pod.failure_share = 0.2;
  lab.entry = lab.walker.add_hop(client);
  client.next = lab.walker.add_hop(pod);
  OpenRun run{lab, draws, 0.6, requests};
  Observed observed = run.run();
  const StationTotals totals = lab.walker.stations().totals(station);
  const double whole_s = to_seconds(lab.walker.now());
  observed.numbers["util"] = static_cast<double>(totals.busy_area) * 1e-9 / whole_s;
  observed.numbers["number"] = static_cast<double>(totals.busy_area + totals.queue_area) * 1e-9 / whole_s;
  return observed;
}

Observed hedge(const Draws& draws, std::uint32_t requests, double delay_s) {
  Lab lab;
  ServerForEach servers{Distribution::lognormal_mean_cv(1.0, 2.0), draws};
  const HopId target = lab.walker.add_hop(servers);
  CallHop client{{CallPlan::Mode::first, 2, 1, from_seconds(delay_s)}, {target}};
  lab.entry = lab.walker.add_hop(client);
  OpenRun run{lab, draws, 2.0, requests};
  client.is_counted = [&run](const Request& request) { return run.is_warm(request); };
  Observed observed = run.run();
  observed.numbers["hedged"] = static_cast<double>(client.started[1]) / static_cast<double>(client.started[0]);
  return observed;
}

Observed fork_join(const Draws& draws, std::uint32_t requests, double rate) {
  Lab lab;
  std::deque<StationHop> pods;
  std::vector<HopId> targets;
  for (std::size_t i = 0; i < 2; ++i) {
    pods.emplace_back(lab.walker.stations().add_fcfs(1), Distribution::exponential(1.0), draws, purpose_of("work"));
    targets.push_back(lab.walker.add_hop(pods.back()));
  }
  CallHop client{{CallPlan::Mode::all, 2, 2, Duration{0}}, targets};
  lab.entry = lab.walker.add_hop(client);
  return OpenRun{lab, draws, rate, requests}.run();
}

/// A load balancer, an ingress and two services, of which the first sometimes begins again and the second asks the
/// first.
Observed branching(const Draws& draws, std::uint32_t requests, double back_to_start) {
  constexpr std::uint32_t kServers[] = {1, 2, 2, 1};
  constexpr double kRates[] = {3.0, 1.0, 0.6, 1.0};
  Lab lab;
  RouterHop router{{{0, 1, 0, 0}, {0, 0, 0.6, 0.4}, {back_to_start, 0, 0, 0}, {0, 0, 0.1, 0}}, draws};
  lab.entry = lab.walker.add_hop(router);
  std::deque<StationHop> hops;
  std::vector<StationId> stations;
  for (std::size_t i = 0; i < 4; ++i) {
    stations.push_back(lab.walker.stations().add_fcfs(kServers[i]));
    hops.emplace_back(stations[i], Distribution::exponential(1.0 / kRates[i]), draws,
                      purpose_of("work" + std::to_string(i)));
    router.stations.push_back(lab.walker.add_hop(hops.back()));
  }
  Observed observed = OpenRun{lab, draws, 1.0, requests}.run();
  const double whole_s = to_seconds(lab.walker.now());
  for (std::size_t i = 0; i < 4; ++i) {
    const StationTotals totals = lab.walker.stations().totals(stations[i]);
    observed.numbers["util of " + std::to_string(i)] =
        static_cast<double>(totals.busy_area) * 1e-9 / whole_s / kServers[i];
    observed.numbers["number at " + std::to_string(i)] =
        static_cast<double>(totals.busy_area + totals.queue_area) * 1e-9 / whole_s;
  }
  return observed;
}

Observed slowest_of_ten(const Draws& draws, std::uint32_t requests, std::uint8_t calls) {
  Lab lab;
  ServerForEach servers{Distribution::exponential(1.0), draws};
  const HopId target = lab.walker.add_hop(servers);
  CallHop client{{CallPlan::Mode::all, calls, calls, Duration{0}}, {target}};
  lab.entry = lab.walker.add_hop(client);
  return OpenRun{lab, draws, 2.0, requests}.run();
}

/// M/M/1 from its first request on, nothing left out: means over many runs. @param runs  of 500 requests
Observed from_empty(const Draws& draws, std::uint32_t runs, double rate) {
  constexpr std::uint32_t kRequests = 500;
  const Distribution gap = Distribution::exponential(1.0 / rate);
  Observed observed;
  for (std::uint32_t run = 0; run < runs; ++run) {
    Lab lab;
    const PurposeId work = purpose_of("work of run " + std::to_string(run));
    StationHop pod{lab.walker.stations().add_fcfs(1), Distribution::exponential(1.0), draws, work};
    lab.entry = lab.walker.add_hop(pod);
    const auto gap_before = [&](std::uint32_t ordinal) {
      return Duration{sample_scalar(gap, draws, purpose_of("gap"), std::uint64_t{run} << 32 | ordinal)};
    };
    lab.after_arrival = [&](std::uint32_t ordinal) {
      if (ordinal + 1 < kRequests) lab.arrive(lab.walker.now() + gap_before(ordinal + 1), ordinal + 1);
    };
    lab.after_ending = [&](const Request& request, Time end) {
      for (const std::uint32_t k : {1u, 10u, 100u, 500u})
        if (request.ordinal + 1 == k)
          observed.numbers["sojourn of request " + std::to_string(k)] += to_seconds(end - request.arrived) / runs;
      for (const std::int64_t t : {5, 20, 100}) {
        const Time at = Time{} + std::chrono::seconds{t};
        if (request.arrived <= at && at < end)
          observed.numbers["number after " + std::to_string(t) + " s"] += 1.0 / runs;
      }
    };
    lab.arrive(Time{} + gap_before(0), 0);
    lab.walker.run();
  }
  return observed;
}

/// @param in_queue  timers of equal patience stand in a queue of their own; otherwise each is an event
Observed patience(const Draws& draws, std::uint32_t requests, Duration longest, bool in_queue = true) {
  Lab lab;
  const StationId station = lab.walker.stations().add_fcfs(8);
  if (in_queue) lab.walker.set_patience_queue(station, lab.walker.add_patience_queue(longest));
  PatientHop pod{station, longest, draws};
  lab.entry = lab.walker.add_hop(pod);
  OpenRun run{lab, draws, 9.0, requests};
  pod.is_counted = [&run](const Request& request) { return run.is_warm(request); };
  Observed observed = run.run();
  observed.numbers["wait_served"] = pod.wait.mean_ns() * 1e-9;
  return observed;
}

Observed closed(const Draws& draws, std::uint32_t requests, std::uint32_t users, double think_s) {
  Lab lab;
  const StationId station = lab.walker.stations().add_fcfs(2);
  StationHop pod{station, Distribution::exponential(1.0), draws, purpose_of("work")};
  lab.entry = lab.walker.add_hop(pod);
  lab.next_key = 1;
  const Distribution think = Distribution::exponential(think_s);
  std::uint64_t thoughts = 0;
  const auto plan = [&](std::uint32_t user, Time from) {
    lab.arrive(from + Duration{sample_scalar(think, draws, purpose_of("think"), thoughts++)}, user);
  };
  Observed observed;
  const std::uint32_t warm = requests / 10 + 500;
  std::uint32_t ended = 0;
  Time warm_since;
  Area busy_before = 0, jobs_before = 0;
  lab.after_ending = [&](const Request& request, Time end) {
    plan(request.ordinal, end);
    if (++ended == warm) {
      warm_since = end;
      const StationTotals totals = lab.walker.stations().totals(station);
      busy_before = totals.busy_area;
      jobs_before = totals.busy_area + totals.queue_area;
    }
    if (ended <= warm) return;
    observed.sojourn.add(end - request.arrived);
    observed.sum.add(end - request.arrived);
    if (ended == warm + requests) lab.simulator.stop();
  };
  for (std::uint32_t user = 0; user < users; ++user) plan(user, Time{});
  lab.walker.run();
  const StationTotals totals = lab.walker.stations().totals(station);
  const double ns = static_cast<double>((lab.walker.now() - warm_since).count());
  observed.numbers["throughput"] = requests / (ns * 1e-9);
  observed.numbers["util"] = static_cast<double>(totals.busy_area - busy_before) / ns / 2.0;
  observed.numbers["number"] = static_cast<double>(totals.busy_area + totals.queue_area - jobs_before) / ns;
  return observed;
}

const std::vector<Known> kTandem = {{"mean", 8.33333333333334}, {"p50", 7.00781839144193}, {"p90", 15.7546584818957}};
const std::vector<Known> kRetry = {
    {"attempts", 1.24}, {"mean_of_all", 4.84375}, {"util", 0.744}, {"number", 2.90625}, {"failed", 0.008}};
const std::vector<Known> kHedge = {
    {"mean", 0.831853622242244}, {"hedged", 0.0667687330946074}, {"p50", 0.447213595499957}, {"p90", 2.27300740977108}};
const std::vector<Known> kForkJoin = {{"mean", 5.625}, {"p50", 4.45381168793228}, {"p90", 11.5743870518165}};
const std::vector<Known> kPatience = {{"failed", 0.143650745647791},
                                      {"mean", 1.49368788039872},
                                      {"p50", 1.24057752247407},
                                      {"p90", 2.85001543490817},
                                      {"wait_served", 0.493687880398716}};
const std::vector<Known> kClosed = {{"mean", 2.80933408355899},  {"throughput", 1.85025273947449},
                                    {"util", 0.925126369737245}, {"number", 5.19797808420408},
                                    {"p50", 2.463563741651},     {"p90", 5.49135893146642}};

const std::vector<Known> kBranching = {
    {"mean", 5.12909680766513},        {"util of 0", 0.382262996941896},  {"util of 1", 0.573394495412844},
    {"util of 2", 0.611620795107034},  {"util of 3", 0.458715596330275},  {"number at 0", 0.618811881188119},
    {"number at 1", 1.70851750838584}, {"number at 2", 1.95430979097252}, {"number at 3", 0.847457627118644}};
const std::vector<Known> kSlowestOfTen = {
    {"mean", 2.92896825396825}, {"p50", 2.7035551918624}, {"p90", 4.55821582074439}};
const std::vector<Known> kFromEmpty = {{"sojourn of request 1", 1.0},
                                       {"sojourn of request 10", 2.8598320859363},
                                       {"sojourn of request 100", 4.81037624516956},
                                       {"sojourn of request 500", 4.99974539684287},
                                       {"number after 5 s", 1.46946082778554},
                                       {"number after 20 s", 2.64763492395767},
                                       {"number after 100 s", 3.79187269258429}};

constexpr std::uint32_t kFew = 6'000, kMany = 30'000;

template <class... Parameters>
auto of(Observed (*model)(const Draws&, std::uint32_t, Parameters...), Parameters... parameters) {
  return [=](const Draws& draws, std::uint32_t requests) { return model(draws, requests, parameters...); };
}

}  // namespace

TEST_CASE("a tandem of three stations has the sojourns of theory (oracle tandem3-mm1)", "[statistical]") {
  check_all(replicate_runs(kFew, of(tandem, 1.2)), kTandem);
}

TEST_CASE("requests tried up to three times load a station as theory says (oracle retry3-p20)", "[statistical]") {
  check_all(replicate_runs(kFew, of(retry, 3u)), kRetry);
}

TEST_CASE("a hedged request takes the first answer and cancels the other (oracle hedge-lognormal)", "[statistical]") {
  check_all(replicate_runs(kFew, of(hedge, 3.0)), kHedge);
}

TEST_CASE("a request that forks to two pods waits for both (oracle forkjoin-k2-rho75)", "[statistical]") {
  check_all(replicate_runs(kFew, of(fork_join, 0.75)), kForkJoin);
}

TEST_CASE("stations that requests visit by chance are those of Jackson (oracle jackson-branching)", "[statistical]") {
  check_all(replicate_runs(kFew, of(branching, 0.2)), kBranching);
}

TEST_CASE("a request that calls ten others takes as long as the slowest (oracle fanout-max10)", "[statistical]") {
  check_all(replicate_runs(kFew, of(slowest_of_ten, std::uint8_t{10})), kSlowestOfTen);
}

TEST_CASE("a queue that begins empty fills as theory says, request by request (oracle mm1-transient-rho80)",
          "[statistical]") {
  check_all(replicate_runs(100, of(from_empty, 0.8)), kFromEmpty);
}

TEST_CASE("requests that lose patience leave an overloaded queue as theory says (oracle timeout-det-c8-rho112)",
          "[statistical]") {
  const auto model = [](const Draws& draws, std::uint32_t requests) { return patience(draws, requests, 1s); };
  check_all(replicate_runs(kFew, model), kPatience);
}

TEST_CASE("twenty users who think share two servers as theory says (oracle closed-mm2-n20)", "[statistical]") {
  check_all(replicate_runs(kFew, of(closed, 20u, 8.0)), kClosed);
}

TEST_CASE("long runs of the oracle's systems agree in the tail as well", "[statistical][slow]") {
  const auto with = [](std::vector<Known> known, const std::vector<Known>& tail) {
    known.insert(known.end(), tail.begin(), tail.end());
    return known;
  };
  check_all(replicate_runs(kMany, of(tandem, 1.2)), with(kTandem, {{"p99", 27.3901226243754}}));
  check_all(replicate_runs(kMany, of(retry, 3u)), kRetry);
  check_all(replicate_runs(kMany, of(hedge, 3.0)), with(kHedge, {{"p99", 4.07338421001409}}));
  check_all(replicate_runs(kMany, of(fork_join, 0.75)), with(kForkJoin, {{"p99", 21.0593077399569}}));
  const auto patient = [](const Draws& draws, std::uint32_t requests) { return patience(draws, requests, 1s); };
  check_all(replicate_runs(kMany, patient), with(kPatience, {{"p99", 5.15260052790221}}));
  check_all(replicate_runs(kMany, of(closed, 20u, 8.0)), with(kClosed, {{"p99", 8.62639046817666}}));
}

TEST_CASE("systems a little off the oracle's are told apart from them", "[statistical][slow]") {
  CHECK_FALSE(agrees(replicate_runs(kMany, of(tandem, 1.4)), kTandem[0]));
  CHECK_FALSE(agrees(replicate_runs(kMany, of(retry, 2u)), kRetry[0]));
  CHECK_FALSE(agrees(replicate_runs(kMany, of(hedge, 2.7)), kHedge[1]));
  CHECK_FALSE(agrees(replicate_runs(kMany, of(fork_join, 0.70)), kForkJoin[0]));
  CHECK_FALSE(agrees(replicate_runs(kMany, of(branching, 0.24)), kBranching[1]));
  CHECK_FALSE(agrees(replicate_runs(kMany, of(slowest_of_ten, std::uint8_t{9})), kSlowestOfTen[0]));
  CHECK_FALSE(agrees(replicate_runs(100, of(from_empty, 0.9)), kFromEmpty[6]));
  const auto patient = [](const Draws& draws, std::uint32_t requests) { return patience(draws, requests, 1100ms); };
  CHECK_FALSE(agrees(replicate_runs(kMany, patient), kPatience[4]));
  CHECK_FALSE(agrees(replicate_runs(kMany, of(closed, 21u, 8.0)), kClosed[0]));
}

TEST_CASE("timers of one patience in a queue of their own change no result", "[unit]") {
  const Observed queued = patience(Draws{7, 0}, 4'000, 1s, true), each = patience(Draws{7, 0}, 4'000, 1s, false);
  CHECK(queued.sum == each.sum);
  CHECK(queued.numbers == each.numbers);
  CHECK(queued.numbers.at("failed") > 0.0);
}
