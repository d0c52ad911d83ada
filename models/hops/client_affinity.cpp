#include "models/hops/client_affinity.hpp"

namespace towtank {

std::uint32_t ClientAffinity::recall(std::uint32_t address, Time now) const {
  const auto found = known_.find(address);
  return found == known_.end() || now - found->second.seen >= timeout_ ? kNone : found->second.place;
}

void ClientAffinity::remember(std::uint32_t address, std::uint32_t place, Time now) {
  if (by_place_.size() <= place) by_place_.resize(place + 1);
  const auto found = known_.find(address);
  if (found != known_.end()) by_place_[found->second.place].erase(found->second.turn);
  std::list<std::uint32_t>& here = by_place_[place];
  here.push_front(address);
  known_[address] = {place, now, here.begin()};
  if (here.size() <= most_) return;
  known_.erase(here.back());
  here.pop_back();
}

}  // namespace towtank
