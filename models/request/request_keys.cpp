#include "models/request/request_keys.hpp"

#include "sim/random/elementary.hpp"
#include "sim/random/mix.hpp"

namespace towtank {

namespace {

std::vector<double> frequencies(const RequestKeyLaw& law) {
  std::vector<double> weights;
  weights.reserve(law.keys);
  for (std::uint32_t k = 1; k <= law.keys; ++k) weights.push_back(elementary::power(static_cast<double>(k), -law.exponent));
  return weights;
}

}  // namespace

RequestKeys::RequestKeys(const Draws& draws) : draws_{draws} {
  const PhiloxBlock words = draws.block(purpose_of("request keys"), 0);
  seed_ = std::uint64_t{words.lane[0]} << 32 | words.lane[1];
}

double RequestKeyLaw::most_frequent() const {
  double all = 0.0;
  for (const double weight : frequencies(*this)) all += weight;
  return 1.0 / all;
}

void RequestKeys::add(const std::string& name, const RequestKeyLaw& law, PurposeRegistry& purposes) {
  Traffic made;
  made.purpose = purposes.add("request key/" + name);
  made.keys = law.keys;
  if (law.keys > 1 && law.exponent > 0.0) made.table.emplace(frequencies(law));
  traffic_.push_back(std::move(made));
}

std::uint32_t RequestKeys::of(const Request& request) const {
  const Traffic& traffic = traffic_[request.owner];
  std::uint32_t rank = 0;
  if (traffic.keys > 1) {
    const PhiloxBlock words = draws_.block(traffic.purpose, request.key);
    rank = traffic.table ? traffic.table->pick(uniform_from(words.lane[0], words.lane[1])) : Draws::below(traffic.keys, words.lane[0]);
  }
  return static_cast<std::uint32_t>(mixed(seed_ ^ mixed(static_cast<std::uint64_t>(traffic.purpose) << 32 | rank)));
}

}  // namespace towtank
