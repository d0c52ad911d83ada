#include "models/analytic/queues.hpp"

namespace towtank::analytic {

double waiting_chance(double offered, std::uint32_t servers) {
  double blocked = 1.0;  // formula B, by its recursion, which does not overflow
  for (std::uint32_t i = 1; i <= servers; ++i) blocked = offered * blocked / (i + offered * blocked);
  const double free_share = 1.0 - offered / servers;
  return blocked / (free_share + blocked * (1.0 - free_share));
}

double mean_wait_mmc_s(double arrivals_per_s, double service_mean_s, std::uint32_t servers) {
  const double offered = arrivals_per_s * service_mean_s;
  return waiting_chance(offered, servers) * service_mean_s / (servers - offered);
}

double mean_wait_mg1_s(double arrivals_per_s, double service_mean_s, double service_scv) {
  const double load = arrivals_per_s * service_mean_s;
  return load * service_mean_s * 0.5 * (1.0 + service_scv) / (1.0 - load);
}

LossStation mmck(double arrivals_per_s, double service_mean_s, std::uint32_t servers, std::uint32_t places) {
  // Weights of the states relative to the most recent one: they are rescaled as they grow.
  const double offered = arrivals_per_s * service_mean_s, load = offered / servers;
  double weight = 1.0, all = 1.0, waiting = 0.0;
  for (std::uint32_t jobs = 1; jobs <= servers + places; ++jobs) {
    const double factor = jobs <= servers ? offered / jobs : load;
    weight *= factor;
    if (weight > 1e200) {
      all /= weight;
      waiting /= weight;
      weight = 1.0;
    }
    all += weight;
    if (jobs > servers) waiting += weight * (jobs - servers);
  }
  LossStation station;
  station.lost = weight / all;
  if (arrivals_per_s > 0.0) station.mean_wait_s = waiting / all / (arrivals_per_s * (1.0 - station.lost));
  return station;
}

}  // namespace towtank::analytic
