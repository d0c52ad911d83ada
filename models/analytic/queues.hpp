#pragma once

#include <cstdint>

/// Stations in front of which Poisson arrivals wait, in closed form. Loads are below the capacity unless said
/// otherwise.
namespace towtank::analytic {

/// The chance that an arrival finds all servers busy.
/// @param offered  arrivals per second times mean service in seconds, 0 <= offered < servers   @param servers  >= 1
/// @source Erlang, Solution of some problems in the theory of probabilities, 1917 (formula C).
double waiting_chance(double offered, std::uint32_t servers);

/// Mean wait of M/M/c, first come first served, seconds. Of processor sharing over c cores: how much longer than its
/// service a request takes in the mean, whatever the law of the service.
/// @source Kelly, Reversibility and Stochastic Networks (1979), 3.3 (insensitivity of symmetric queues).
double mean_wait_mmc_s(double arrivals_per_s, double service_mean_s, std::uint32_t servers);

/// Mean wait of M/G/1, first come first served, seconds. @param service_scv  squared coefficient of variation, >= 0
/// @source Pollaczek 1930, Khinchine 1932.
double mean_wait_mg1_s(double arrivals_per_s, double service_mean_s, double service_scv);

/// M/M/c with a limited number of places, at any load.
struct LossStation {
  double lost = 0.0;         ///< share of the arrivals that find no place
  double mean_wait_s = 0.0;  ///< of those that find one
};

/// @param places  that may wait, servers apart   @source Gross, Harris, Fundamentals of Queueing Theory, 2.5 (M/M/c/K).
LossStation mmck(double arrivals_per_s, double service_mean_s, std::uint32_t servers, std::uint32_t places);

}  // namespace towtank::analytic
