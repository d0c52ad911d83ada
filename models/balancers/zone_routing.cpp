#include "models/balancers/zone_routing.hpp"

#include <algorithm>
#include <numeric>

namespace towtank {

void ZoneRouting::update(const EndpointView& view) {
  const std::span<const std::uint32_t> callers = view.callers_of_zone;
  const auto all_callers = std::accumulate(callers.begin(), callers.end(), std::uint64_t{0});
  std::vector<std::uint32_t> endpoints(std::max<std::size_t>(callers.size(), view.zone + 1), 0);
  for (const std::uint32_t endpoint : view.ready) {
    const std::uint32_t zone = view.zone_of(endpoint);
    if (zone >= endpoints.size()) endpoints.resize(zone + 1, 0);
    ++endpoints[zone];
  }
  open_.clear();
  for (std::uint32_t zone = 0; zone < endpoints.size(); ++zone)
    if (endpoints[zone] > 0) open_.push_back(zone);
  is_on_ = open_.size() > 1 && view.ready.size() >= min_cluster_ && all_callers > 0;
  if (!is_on_) return;
  const auto of_callers = [&](std::uint32_t zone) {
    return zone < callers.size() ? share(callers[zone], all_callers) : 0;
  };
  const auto of_endpoints = [&](std::uint32_t zone) { return share(endpoints[zone], view.ready.size()); };
  own_zone_ = view.zone;
  const std::uint32_t own = of_endpoints(own_zone_), due = of_callers(own_zone_);
  staying_ = own == 0 ? 0 : own >= due ? kWhole : share(own, due);
  room_up_to_.clear();
  std::uint32_t room = 0;
  for (const std::uint32_t zone : open_) {
    if (zone != own_zone_ && of_endpoints(zone) > of_callers(zone)) room += of_endpoints(zone) - of_callers(zone);
    room_up_to_.push_back(room);
  }
}

std::uint32_t ZoneRouting::zone(const PhiloxBlock& words) const {
  if (Draws::below(kWhole, words.lane[0]) < staying_) return own_zone_;
  const std::uint32_t room = room_up_to_.back();
  if (room == 0)
    return open_[Draws::below(static_cast<std::uint32_t>(open_.size()), words.lane[1])];  // lost in rounding
  const auto chosen = std::upper_bound(room_up_to_.begin(), room_up_to_.end(), Draws::below(room, words.lane[1]));
  return open_[static_cast<std::size_t>(chosen - room_up_to_.begin())];
}

std::vector<double> ZoneRouting::chances() const {
  if (!is_on_) return {};
  std::vector<double> chances(std::max(open_.back(), own_zone_) + 1, 0.0);
  const double stays = static_cast<double>(staying_) / kWhole, room = room_up_to_.back();
  chances[own_zone_] = stays;
  for (std::size_t i = 0; i < open_.size(); ++i) {
    const std::uint32_t before = i == 0 ? 0 : room_up_to_[i - 1];
    const double part = room > 0.0 ? (room_up_to_[i] - before) / room : 1.0 / static_cast<double>(open_.size());
    chances[open_[i]] += (1.0 - stays) * part;
  }
  return chances;
}

}  // namespace towtank
