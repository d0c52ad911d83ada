// How often the selection procedure of `plan` picks the best of systems whose order is known:
//   build/release/bench/selection [--trials N] [--jobs N]
// slippage     ten M/M/1 of mean 5, once, and 5.2, nine times, indifference 0.2: the hardest that the promise covers
// independent  the same, without common random numbers
// pool         four workers at utilization 0.8 as M/M/4, behind full-scan and two-choice least request, round robin and
//              random, which is the order of their means; indifference 1 % of the best
// Ends with 1 when fewer than 93 % (slippage: 95 % less two standard deviations of 500 trials) or 95 % (pool) of the trials
// pick the best, or when the pool's choice is ever round robin or random.
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "models/world/one_edge.hpp"
#include "models/world/world.hpp"
#include "sim/experiment/selection.hpp"

namespace towtank {
namespace {

constexpr double kRate = 0.8;
constexpr Duration kWarmup = 900s;

/// Alike but for their balancer and how the workers are shared out. @param mean_s  of the exponential service
model::Cluster behind_balancer(std::uint32_t pods, std::uint32_t workers, double rate_per_s, double mean_s, const model::Balance& balance) {
  model::Cluster cluster = model::behind_one_edge(pods, balance.name, Distribution::exponential(mean_s), 1.0);
  cluster.edges[0].balance.parameters = balance.parameters;
  cluster.workloads[0].servers = workers;
  cluster.traffic[0].rate_per_s = rate_per_s;  // to the bit the same for all: they share their arrivals
  return cluster;
}

struct Experiment {
  std::string name;
  std::vector<model::Cluster> systems;  ///< the first is the best
  double indifference_s = 0.0;
  Duration window{};
  bool is_coupled = true;  ///< common random numbers
  double wanted = 0.0;     ///< share of the trials that must pick the best
  std::size_t never = 0;   ///< this one and those behind it may never be picked
};

Experiment slippage(bool is_coupled) {
  constexpr double kBest_s = 5.0, kOthers_s = 5.2;
  Experiment made{is_coupled ? "slippage" : "independent", {}, kOthers_s - kBest_s, 25'000s, is_coupled, 0.93, 10};
  for (int i = 0; i < 10; ++i)
    made.systems.push_back(behind_balancer(1, 1, kRate, 1.0 / (kRate + 1.0 / (i == 0 ? kBest_s : kOthers_s)), {"random", {}}));
  return made;
}

Experiment pool() {
  constexpr double kBest_s = 1.7455;  // M/M/4 at 0.8: only the scale of the indifference
  Experiment made{"pool", {}, 0.01 * kBest_s, 5'000s, true, 0.95, 3};
  made.systems.push_back(behind_balancer(1, 4, 4 * kRate, 1.0, {"random", {}}));
  for (const model::Balance& balance : {model::Balance{"least_request", {{"full_scan", "true"}}}, model::Balance{"least_request", {}},
                                        model::Balance{"round_robin", {}}, model::Balance{"random", {}}})
    made.systems.push_back(behind_balancer(4, 1, 4 * kRate, 1.0, balance));
  return made;
}

struct Trial {
  std::size_t best = 0, replications = 0;
  bool cap_reached = false;
};

Trial select(const Experiment& experiment, std::uint32_t number) {
  Horizon horizon;
  horizon.warmup = kWarmup;
  horizon.window = horizon.bin = experiment.window;
  const auto systems = static_cast<std::uint32_t>(experiment.systems.size());
  const SelectionRule rule{.indifference = experiment.indifference_s, .error = 0.05, .first_stage = 20, .most = 5'000};
  const Selection made = select_least(systems, rule, [&](std::size_t system, std::size_t replication) {
    const std::uint32_t seed = experiment.is_coupled ? 1 + number : 1 + number * systems + static_cast<std::uint32_t>(system);
    World world{experiment.systems[system], horizon, Draws{seed, static_cast<std::uint32_t>(replication)}};
    return world.run().traffic[0].ok_sum.mean_ns() * 1e-9;
  });
  Trial trial{made.best, 0, made.cap_reached};
  for (const std::size_t n : made.replications) trial.replications += n;
  return trial;
}

std::vector<Trial> run(const Experiment& experiment, std::uint32_t trials, unsigned jobs) {
  std::vector<Trial> all(trials);
  std::atomic<std::uint32_t> next{0};
  const auto work = [&] {
    for (std::uint32_t i = next++; i < trials; i = next++) all[i] = select(experiment, i);
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < jobs; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  return all;
}

/// @return whether the promise was kept
bool judge(const Experiment& experiment, const std::vector<Trial>& trials) {
  std::vector<std::size_t> picked(experiment.systems.size(), 0);
  std::size_t replications = 0, caps = 0;
  for (const Trial& trial : trials) {
    ++picked[trial.best];
    replications += trial.replications;
    caps += trial.cap_reached ? 1 : 0;
  }
  const auto n = static_cast<double>(trials.size());
  const double right = static_cast<double>(picked[0]) / n;
  const bool is_kept = right >= experiment.wanted && std::all_of(picked.begin() + static_cast<std::ptrdiff_t>(experiment.never), picked.end(),
                                                                 [](std::size_t times) { return times == 0; });
  std::string others;
  for (std::size_t i = 1; i < picked.size(); ++i) others += fmt::format("{}{}", i > 1 ? ", " : "", picked[i]);
  fmt::print("| {} | {} | {:.1f} % | {} | {:.0f} | {} | {} |\n", experiment.name, trials.size(), 100.0 * right, others,
             static_cast<double>(replications) / n, caps, is_kept ? "kept" : "NOT KEPT");
  return is_kept;
}

int study(std::uint32_t trials, unsigned jobs) {
  fmt::print(
      "| experiment | trials | best picked | the others picked, in their order | replications a trial | caps reached | |\n"
      "| --- | ---: | ---: | --- | ---: | ---: | --- |\n");
  bool are_kept = true;
  for (const Experiment& experiment : {slippage(true), slippage(false), pool()}) {
    are_kept = judge(experiment, run(experiment, trials, jobs)) && are_kept;
    std::fflush(stdout);
  }
  return are_kept ? 0 : 1;
}

}  // namespace
}  // namespace towtank

int main(int count, char** arguments) {
  long trials = 500, jobs = std::max(1u, std::thread::hardware_concurrency());
  bool is_understood = count % 2 == 1;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    const long number = std::strtol(arguments[i + 1], nullptr, 10);
    if (name == "--trials" && number > 0 && number <= 1'000'000)
      trials = number;
    else if (name == "--jobs" && number > 0 && number <= 1024)
      jobs = number;
    else
      is_understood = false;
  }
  if (!is_understood) {
    fmt::print(stderr, "usage: {} [--trials N] [--jobs N]\n", arguments[0]);
    return 2;
  }
  return towtank::study(static_cast<std::uint32_t>(trials), static_cast<unsigned>(jobs));
}
