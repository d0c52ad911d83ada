#pragma once

namespace towtank::analytic {

/// How long a station remembers: the relaxation time of M/M/c, 1 / (sqrt(c mu) - sqrt(lambda))^2, stretched by
/// (1 + scv) / 2 for services that vary more than exponential ones; of several servers at least the service itself.
/// @param arrivals_per_s  >= 0   @param service_mean_s  > 0   @param servers  >= 1   @param service_scv  >= 0
/// @return seconds; infinity when arrivals_per_s * service_mean_s >= servers
/// @source Cohen, The Single Server Queue (1982), III.7.
double relaxation_time_s(double arrivals_per_s, double service_mean_s, double servers, double service_scv);

/// The same of a station that holds at most `places` requests, those in service included, at any load: that of M/M/1/N
/// with the service rate c mu, of several servers at least the service itself.
/// @param places  >= servers
/// @source Takacs, Introduction to the Theory of Queues (1962), 1.2 (the eigenvalues of M/M/1/N).
double bounded_relaxation_time_s(double arrivals_per_s, double service_mean_s, double servers, double service_scv, double places);

/// How long requests wait before they leave unserved.
struct Patience {
  double mean_s = 0.0, scv = 0.0;
};

/// The same of a station whose waiting requests leave, at any load. Patience that varies as exponential patience does, or
/// more: the longer one of service and patience, for each request more makes one leave sooner by at least the lower of the
/// two rates. Patience that varies less makes nobody leave before it is spent, so that the queue is one that has as many
/// places as are served meanwhile.
/// @source Chen, Eigenvalues, Inequalities, and Ergodic Theory (2005), 1.3 (birth and death rates of monotone difference).
double impatient_relaxation_time_s(double arrivals_per_s, double service_mean_s, double servers, double service_scv,
                                   Patience patience);

}  // namespace towtank::analytic
