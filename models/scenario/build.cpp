#include "models/scenario/build.hpp"

#include <algorithm>
#include <cmath>

#include "models/scenario/builder.hpp"

namespace towtank::scenario {

namespace {

NetworkName network_name(NetworkPreset preset) {
  switch (preset) {
    case NetworkPreset::aws:
      return NetworkName::aws;
    case NetworkPreset::gcp:
      return NetworkName::gcp;
    case NetworkPreset::azure:
      return NetworkName::azure;
    case NetworkPreset::bare_metal:
      return NetworkName::bare_metal;
    case NetworkPreset::ideal:
      break;
  }
  return NetworkName::ideal;
}

}  // namespace

Builder::Builder(const VariantInput& variant, std::uint32_t placement_draw)
    : variant_{variant},
      scenario_{variant.scenario},
      placement_draw_{placement_draw},
      preset_{network_name(variant.scenario.cluster.network.preset)},
      services_{variant.objects.services} {}

/// What would overflow a clock or a counter, or keep time from passing.
void Builder::check_limits() {
  constexpr Duration kLongest = 24h * 366;
  constexpr double kFastest_per_s = 1e8;
  constexpr double kMostChangesAGap = 1000.0;
  constexpr std::int64_t kMostClients = 5'000'000;
  const auto check = [&](const std::optional<Duration>& given, const Mark& mark, const std::string& what) {
    if (given && *given > kLongest) complain(mark, what + " is longer than a year, the longest that is simulated");
  };
  const Mark& first = scenario_.traffic.empty() ? Mark{} : scenario_.traffic.front().mark;
  check(scenario_.run.duration, first, "run.duration");
  check(scenario_.run.warmup, first, "run.warmup");
  for (const PodModel& pod : scenario_.pods)
    if (pod.queue_timeout && pod.model == PodModelKind::processor_sharing)
      complain(pod.mark, "`queueTimeout` of " + pod.workload.kind + "/" + pod.workload.name +
                             " has nothing to do: processor sharing has no queue, every request is served at once; leave it out, or take `model: workers`");
  for (const Traffic& traffic : scenario_.traffic) {
    check(traffic.timeout, traffic.mark, "the timeout of traffic " + traffic.name);
    const ArrivalSpec& arrivals = traffic.arrivals;
    const double fastest = std::max({arrivals.rate_per_s, arrivals.calm.rate_per_s, arrivals.burst.rate_per_s});
    if (arrivals.kind == ArrivalSpec::Kind::mmpp) {
      const double slowest_per_s = std::min(arrivals.calm.rate_per_s, arrivals.burst.rate_per_s) * scenario_.load;
      const double changes = 2.0 / (arrivals.calm.mean_s + arrivals.burst.mean_s) / slowest_per_s;
      if (slowest_per_s > 0.0 && changes > kMostChangesAGap)
        complain(traffic.mark, "the states of traffic " + traffic.name + " change " + std::to_string(std::llround(changes)) +
                                   " times between two requests: write longer ones, or poisson arrivals of the mean rate, which "
                                   "nobody could tell from these");
    }
    if (fastest * scenario_.load > kFastest_per_s)
      complain(traffic.mark, "traffic " + traffic.name + " arrives faster than 100,000,000/s, the most that is simulated");
    if (traffic.clients.value_or(0) > kMostClients)
      complain(traffic.mark, "traffic " + traffic.name + " has more than 5,000,000 clients, the most that is simulated");
    if (traffic.arrivals.kind == ArrivalSpec::Kind::closed && traffic.arrivals.users > kMostClients)
      complain(traffic.mark, "traffic " + traffic.name + " has more than 5,000,000 users, the most that is simulated");
  }
}

/// @return the factor by which the variant stretches it
double Builder::assume_number(AssumedSetting setting) {
  const auto stretched = variant_.stretched.find(setting.what);
  const auto is_it = [&](const AssumedSetting& other) { return other.what == setting.what; };
  if (std::none_of(built_.assumed.begin(), built_.assumed.end(), is_it)) built_.assumed.push_back(std::move(setting));
  return stretched == variant_.stretched.end() ? 1.0 : stretched->second;
}

Distribution Builder::assume_law(const std::string& what, const std::string& path, const Distribution& law) {
  const double factor = assume_number({what, path, law.is_constant() ? law.mean_s() : law.quantile(0.5), false});
  return factor == 1.0 ? law : law.scaled(factor);
}

Distribution Builder::assume(const CostDefault& cost, const std::string& path) {
  if (!cost.assumed) return cost.law;
  assume(cost.sentence() + (path.empty() ? "" : " (" + path + ")"));
  return assume_law(cost.what, path, cost.law);
}

std::int64_t Builder::assume_count(const std::string& what, const std::string& path, std::int64_t count) {
  const double factor = assume_number({what, path, static_cast<double>(count), true});
  return factor == 1.0 ? count : std::max<std::int64_t>(1, std::llround(factor * static_cast<double>(count)));
}

Result<BuiltVariant> Builder::run() {
  check_limits();
  add_network();
  add_state();
  if (problems_.empty()) add_topology();
  const bool is_placed = problems_.empty();
  check_pod_models();
  if (is_placed) add_traffic();
  if (!problems_.empty()) return problems_;
  built_.assumptions.assign(assumptions_.begin(), assumptions_.end());
  return std::move(built_);
}

Result<Ground> Builder::run_ground() {
  add_network();
  add_state();
  if (problems_.empty()) find_controllers();
  if (!problems_.empty()) return problems_;
  Ground ground{.objects = variant_.objects, .scenario = scenario_, .state = std::move(state_), .controllers = {}, .round_trips = {}};
  const model::Network& network = built_.cluster.network;
  ground.round_trips = {network.client.mean_s(), network.same_node.mean_s(), network.same_zone.mean_s(), network.cross_zone.mean_s()};
  for (const Controller& controller : controllers_) {
    Ground::Controller made;
    made.served = controller.served;
    made.product = controller.spec.controller;
    made.workload = static_cast<std::uint32_t>(controller.workload - variant_.objects.workloads.data());
    made.tries = tries_of(controller);
    made.settings = settings_of(controller).data;
    made.balance = controller.spec.balance;
    for (std::size_t i = 0; controller.service != nullptr && i < ground.state.services.size(); ++i)
      if (ground.state.services[i].service.meta.full_name() == controller.service->meta.full_name()) made.service = static_cast<std::int64_t>(i);
    ground.controllers.push_back(std::move(made));
  }
  if (!problems_.empty()) return problems_;
  return ground;
}

Result<BuiltVariant> build(const VariantInput& variant, std::uint32_t placement_draw) {
  return Builder{variant, placement_draw}.run();
}

Result<ClusterState> cluster_state(const VariantInput& variant, std::uint32_t placement_draw) {
  return Builder{variant, placement_draw}.run_state();
}

Result<Ground> ground_of(const VariantInput& variant, std::uint32_t placement_draw) {
  return Builder{variant, placement_draw}.run_ground();
}

}  // namespace towtank::scenario
