#include "models/analytic/relaxation.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace towtank::analytic {
namespace {

constexpr double kExponential = 1.0;

/// Rate at which a number of requests falls by one.
using Deaths = std::function<double(double)>;

/// Relaxation time of a birth-death chain on 0..places: one over the least eigenvalue but 0, found by Sturm counts in
/// its symmetric form.
double exact_relaxation_s(double births_per_s, const Deaths& deaths_per_s, int places) {
  const auto eigenvalues_below = [&](double limit) {
    int below = 0;
    double pivot = 1.0;
    for (int n = 0; n <= places; ++n) {
      const double birth = n < places ? births_per_s : 0.0, death = n > 0 ? deaths_per_s(n) : 0.0;
      pivot = birth + death - limit - (n > 0 ? births_per_s * death / pivot : 0.0);
      if (pivot == 0.0) pivot = std::numeric_limits<double>::min();
      below += pivot < 0.0;
    }
    return below;
  };
  double low = 0.0, high = 1e4;
  for (int step = 0; step < 200; ++step) {
    const double middle = 0.5 * (low + high);
    (eigenvalues_below(middle) >= 2 ? high : low) = middle;
  }
  return 1.0 / high;
}

Deaths servers_and_leavers(double servers, double patience_s) {
  return [=](double n) { return std::min(n, servers) + std::max(0.0, n - servers) / patience_s; };
}

}  // namespace

TEST_CASE("the relaxation time of M/M/1/N is exact at any load", "[unit]") {
  for (const double load : {0.5, 0.9, 1.0, 1.1, 3.0})
    for (const int places : {1, 2, 10, 100}) {
      const double exact_s = exact_relaxation_s(
          load, [](double) { return 1.0; }, places);
      INFO(load << " " << places);
      CHECK(bounded_relaxation_time_s(load, 1.0, 1.0, kExponential, places) == Approx(exact_s).epsilon(1e-6));
    }
}

TEST_CASE("a queue of endless length relaxes as one without bounds", "[unit]") {
  CHECK(bounded_relaxation_time_s(0.8, 1.0, 1.0, kExponential, 1e9) ==
        Approx(relaxation_time_s(0.8, 1.0, 1.0, kExponential)).epsilon(1e-9));
}

TEST_CASE("stations with a bound are not given less than they need, and without one have no end in overload",
          "[unit]") {
  constexpr double kNear = 0.99;  // of several servers it is a bound for large systems
  for (const double servers : {1.0, 3.0, 10.0})
    for (const double load : {0.3, 0.9, 1.0, 1.2, 2.0})
      for (const double patience_s : {0.5, 5.0, 50.0}) {
        INFO(servers << " " << load << " " << patience_s);
        const double arrivals = load * servers, places = servers + patience_s * servers;
        const double leaving_s = exact_relaxation_s(arrivals, servers_and_leavers(servers, patience_s), 1000);
        const double bounded_s =
            exact_relaxation_s(arrivals, servers_and_leavers(servers, 1e9), static_cast<int>(places));
        CHECK(impatient_relaxation_time_s(arrivals, 1.0, servers, kExponential, {patience_s, 1.0}) > kNear * leaving_s);
        CHECK(bounded_relaxation_time_s(arrivals, 1.0, servers, kExponential, places) > kNear * bounded_s);
        const double unbounded_s = relaxation_time_s(arrivals, 1.0, servers, kExponential);
        CHECK(impatient_relaxation_time_s(arrivals, 1.0, servers, kExponential, {patience_s, 0.0}) >
              kNear * std::min(bounded_s, unbounded_s));
      }
  CHECK(std::isinf(relaxation_time_s(1.2, 1.0, 1.0, kExponential)));
}

}  // namespace towtank::analytic
