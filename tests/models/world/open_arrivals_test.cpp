#include "models/world/open_arrivals.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace towtank::test {
namespace {

using Arrivals = model::Traffic::Arrivals;

std::vector<Time> first_arrivals(const model::Traffic& traffic, std::uint32_t count) {
  PurposeRegistry purposes;
  OpenArrivals arrivals{traffic, Draws{1, 0}, purposes, 0};
  std::vector<Time> times{arrivals.first()};
  while (times.size() < count) times.push_back(arrivals.next(times.back(), static_cast<std::uint32_t>(times.size())));
  return times;
}

model::Traffic traffic_of(Arrivals kind) {
  model::Traffic traffic;
  traffic.name = "api";
  traffic.arrivals = kind;
  traffic.rate_per_s = 100.0;
  return traffic;
}

model::Traffic bursty(double load, double calm_s = 0.1, double burst_s = 0.05) {
  model::Traffic traffic = traffic_of(Arrivals::mmpp);
  traffic.states = {model::ArrivalState{50.0 * load, calm_s}, model::ArrivalState{200.0 * load, burst_s}};
  return traffic;
}

}  // namespace

TEST_CASE("a batch arrives at one instant, and batches at distinct ones", "[unit]") {
  model::Traffic traffic = traffic_of(Arrivals::batch);
  traffic.batch_size = 4;
  const std::vector<Time> times = first_arrivals(traffic, 400);
  for (std::size_t i = 1; i < times.size(); ++i) CHECK((times[i] == times[i - 1]) == (i % 4 != 0));
}

TEST_CASE("a batch of one is a poisson arrival, to the nanosecond", "[unit]") {
  CHECK(first_arrivals(traffic_of(Arrivals::batch), 200) == first_arrivals(traffic_of(Arrivals::poisson), 200));
}

TEST_CASE("bursts of states with one rate are poisson arrivals, but for rounding", "[unit]") {
  model::Traffic traffic = bursty(1.0);
  traffic.states[1].rate_per_s = traffic.states[0].rate_per_s = 100.0;
  const std::vector<Time> times = first_arrivals(traffic, 500);
  const std::vector<Time> poisson = first_arrivals(traffic_of(Arrivals::poisson), 500);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::int64_t apart_ns = (times[i] - poisson[i]).count();
    CHECK(apart_ns <= 2 * static_cast<std::int64_t>(i + 1));  // each gap is rounded to the nanosecond, in both
    CHECK(apart_ns >= -2 * static_cast<std::int64_t>(i + 1));
  }
}

TEST_CASE("twice the load, in states of half the length, halves every time", "[unit]") {
  const std::vector<Time> once = first_arrivals(bursty(1.0), 500),
                          twice = first_arrivals(bursty(2.0, 0.05, 0.025), 500);
  for (std::size_t i = 0; i < once.size(); ++i) {
    const std::int64_t off_ns = (once[i] - Time{}).count() - 2 * (twice[i] - Time{}).count();
    CHECK(off_ns <= 10 * static_cast<std::int64_t>(i + 1));
    CHECK(off_ns >= -10 * static_cast<std::int64_t>(i + 1));
  }
}

TEST_CASE("bursts arrive in order, also when many states pass between two requests", "[unit]") {
  const std::vector<Time> times = first_arrivals(bursty(1.0, 1e-4, 1e-4), 500);
  for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] >= times[i - 1]);
}

}  // namespace towtank::test
