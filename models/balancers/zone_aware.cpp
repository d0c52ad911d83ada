#include "models/balancers/zone_aware.hpp"

#include <utility>

#include "models/balancers/zone_routing.hpp"

namespace towtank {

namespace {

/// Zones have their own turns and schedules, as Envoy keeps them for each locality. All instances count all requests in
/// flight: which of them chooses may change with the endpoints.
class ZoneAware final : public Balancer {
 public:
  ZoneAware(std::uint32_t min_cluster, PickDraws draws, BalancerMaker make)
      : routing_{min_cluster}, draws_{std::move(draws)}, make_{std::move(make)}, of_all_{make_(draws_)} {
    stateful = of_all_->stateful;
    counts = of_all_->counts;
    shared_by_workers = of_all_->shared_by_workers;
  }

  void update(const EndpointView& view) override {
    routing_.update(view);
    of_all_->update(view);
    zones_.assign(view.zones.begin(), view.zones.end());
    zones_.resize(view.count, 0);
    std::vector<std::vector<std::uint32_t>> ready(of_zone_.size());
    for (const std::uint32_t zone : zones_)
      if (zone >= ready.size()) ready.resize(zone + 1);
    for (const std::uint32_t endpoint : view.ready) ready[zones_[endpoint]].push_back(endpoint);
    while (of_zone_.size() < ready.size()) of_zone_.push_back(make_(draws_));
    for (std::size_t zone = 0; zone < ready.size(); ++zone) {
      EndpointView own = view;
      own.ready = ready[zone];
      of_zone_[zone]->update(own);
    }
  }

  std::uint32_t pick(const Pick& pick) override {
    if (!routing_.is_on()) return of_all_->pick(pick);
    const std::uint32_t zone = routing_.stays() ? routing_.own_zone() : routing_.zone(draws_.block(pick, kZoneDraw));
    return of_zone_[zone]->pick(pick);
  }

  void started(std::uint32_t endpoint) override {
    of_all_->started(endpoint);
    of_zone_[zones_[endpoint]]->started(endpoint);
  }
  void finished(std::uint32_t endpoint, const Feedback& feedback) override {
    of_all_->finished(endpoint, feedback);
    of_zone_[zones_[endpoint]]->finished(endpoint, feedback);
  }

 private:
  /// The algorithms count their further blocks from 1; none comes as far.
  static constexpr std::uint32_t kZoneDraw = UINT16_MAX - 1;

  ZoneRouting routing_;
  PickDraws draws_;
  BalancerMaker make_;
  std::unique_ptr<Balancer> of_all_;                ///< chooses while the routing is off
  std::vector<std::unique_ptr<Balancer>> of_zone_;  ///< by zone
  std::vector<std::uint32_t> zones_;                ///< by endpoint
};

}  // namespace

std::unique_ptr<Balancer> made_for_zones(BalancerArguments& arguments, PickDraws draws, BalancerMaker make) {
  const std::optional<std::uint32_t> min_cluster = zone_aware_from(arguments);
  if (!min_cluster) return make(std::move(draws));
  return std::make_unique<ZoneAware>(*min_cluster, std::move(draws), std::move(make));
}

std::optional<std::uint32_t> zone_aware_from(BalancerArguments& arguments) {
  const bool is_aware = arguments.boolean("zone_aware", false);
  const auto min_cluster = static_cast<std::uint32_t>(arguments.integer("min_cluster", 6, 0, 1'000'000));
  return is_aware ? std::optional{min_cluster} : std::nullopt;
}

std::vector<BalancerParameter> with_zone_aware(std::vector<BalancerParameter> own) {
  own.push_back({"zone_aware", "boolean", "false",
                 "of an ingress controller: requests stay in its pod's zone while that has no smaller share of the "
                 "endpoints than of "
                 "the controller's pods; else as many as leave all endpoints the same, and the rest goes where "
                 "endpoints are to spare"});
  own.push_back(
      {"min_cluster", "integer", "6", "of zone_aware (`min_cluster_size`): it is off with fewer ready endpoints"});
  return own;
}

}  // namespace towtank
