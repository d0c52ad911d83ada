#pragma once

namespace towtank::analytic {

/// How long a station remembers: the relaxation time of M/M/c, 1 / (sqrt(c mu) - sqrt(lambda))^2, stretched by
/// (1 + scv) / 2 for services that vary more than exponential ones.
/// @param arrivals_per_s  >= 0   @param service_mean_s  > 0   @param servers  >= 1   @param service_scv  >= 0
/// @return seconds; infinity when arrivals_per_s * service_mean_s >= servers
/// @source Cohen, The Single Server Queue (1982), III.7.
double relaxation_time_s(double arrivals_per_s, double service_mean_s, double servers, double service_scv);

}  // namespace towtank::analytic
