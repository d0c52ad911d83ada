#include "models/analytic/relaxation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace towtank::analytic {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// 1 - cos(x) of 0 <= x <= pi / 2, the same on every machine.
double versed_sine(double x) {
  double sum = 0.0, term = 1.0;
  for (int n = 1; n <= 10; ++n) {
    term *= x * x / ((2.0 * n - 1.0) * 2.0 * n);
    sum += n % 2 == 1 ? term : -term;
  }
  return sum;
}

double stretch(double scv) { return std::max(1.0, 0.5 * (1.0 + scv)); }

/// Several servers forget no sooner than what is in service ends, however little waits.
double of_servers(double relaxation_s, double service_mean_s, double servers) {
  return servers > 1.0 ? std::max(relaxation_s, service_mean_s) : relaxation_s;
}

}  // namespace

double relaxation_time_s(double arrivals_per_s, double service_mean_s, double servers, double service_scv) {
  if (arrivals_per_s * service_mean_s >= servers) return std::numeric_limits<double>::infinity();
  const double gap = std::sqrt(servers / service_mean_s) - std::sqrt(arrivals_per_s);
  return of_servers(stretch(service_scv) / (gap * gap), service_mean_s, servers);
}

double bounded_relaxation_time_s(double arrivals_per_s, double service_mean_s, double servers, double service_scv,
                                 double places) {
  const double services_per_s = servers / service_mean_s;
  const double gap = std::sqrt(services_per_s) - std::sqrt(arrivals_per_s);
  const double of_bounds = 2.0 * std::sqrt(arrivals_per_s * services_per_s) * versed_sine(kPi / (places + 1.0));
  return of_servers(stretch(service_scv) / (gap * gap + of_bounds), service_mean_s, servers);
}

double impatient_relaxation_time_s(double arrivals_per_s, double service_mean_s, double servers, double service_scv,
                                   Patience patience) {
  const double unbounded_s = relaxation_time_s(arrivals_per_s, service_mean_s, servers, service_scv);
  const double leaving_s = std::max(service_mean_s * stretch(service_scv), patience.mean_s * stretch(patience.scv));
  if (patience.scv >= 1.0) return std::min(unbounded_s, leaving_s);
  const double places = servers + patience.mean_s * servers / service_mean_s;
  const double bounded_s = bounded_relaxation_time_s(arrivals_per_s, service_mean_s, servers, service_scv, places);
  return std::min(unbounded_s, std::max(leaving_s, bounded_s));
}

}  // namespace towtank::analytic
