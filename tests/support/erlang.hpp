#pragma once

#include <cmath>

/// Exact answers of M/M/c, independent of the engine.
namespace towtank::test {

/// Chance that an arrival waits. @param work  arrivals per second times mean service time, in [0, servers)
/// @source Erlang's formula C by way of B: B(0) = 1, B(n) = a B(n-1) / (n + a B(n-1)), C = B / (1 - (a/c)(1 - B)).
inline double erlang_c(int servers, double work) {
  double b = 1.0;
  for (int n = 1; n <= servers; ++n) b = work * b / (n + work * b);
  return b / (1.0 - work / servers * (1.0 - b));
}

/// Mean time from arrival to end, seconds.
inline double mmc_mean_response_s(int servers, double arrivals_per_s, double service_mean_s) {
  const double work = arrivals_per_s * service_mean_s;
  return service_mean_s + erlang_c(servers, work) * service_mean_s / (servers - work);
}

/// Chance that it takes longer than t: service alone, or behind an exponential wait of rate c mu - lambda.
/// @source Kleinrock, Queueing Systems I (1975), 3.5; the sum of two exponential times of different rates.
inline double mmc_response_tail(int servers, double arrivals_per_s, double service_mean_s, double t) {
  const double mu = 1.0 / service_mean_s, drain = servers * mu - arrivals_per_s;
  const double waits = erlang_c(servers, arrivals_per_s * service_mean_s);
  const double alone = std::exp(-mu * t);
  const double behind = std::abs(drain - mu) < 1e-9 * mu ? (1.0 + mu * t) * alone
                                                         : (drain * alone - mu * std::exp(-drain * t)) / (drain - mu);
  return (1.0 - waits) * alone + waits * behind;
}

/// The time below which the share p of responses lies, seconds.
inline double mmc_response_quantile_s(int servers, double arrivals_per_s, double service_mean_s, double p) {
  double low = 0.0, high = service_mean_s;
  while (mmc_response_tail(servers, arrivals_per_s, service_mean_s, high) > 1.0 - p) high *= 2.0;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (mmc_response_tail(servers, arrivals_per_s, service_mean_s, middle) > 1.0 - p ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace towtank::test
