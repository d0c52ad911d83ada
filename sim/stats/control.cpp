#include "sim/stats/control.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "sim/core/check.hpp"
#include "sim/stats/skewness.hpp"

namespace towtank {
namespace {

/// Directions of less than this share of the greatest are taken to hold nothing of their own.
constexpr double kCollinear = 1e-9;
/// A replication that decides a coefficient alone cannot be left out.
constexpr double kFullLeverage = 1.0 - 1e-9;

Eigen::VectorXd centred(std::span<const double> values) {
  const Eigen::Map<const Eigen::VectorXd> all{values.data(), static_cast<Eigen::Index>(values.size())};
  return all.array() - all.mean();
}

}  // namespace

ControlledMean controlled_mean(std::span<const double> values, std::span<const Control> controls, double confidence) {
  TOWTANK_CHECK(!controls.empty(), "a controlled mean has a control");
  const auto r = static_cast<Eigen::Index>(values.size()), q = static_cast<Eigen::Index>(controls.size());
  const Interval plain = mean_interval(values, confidence);
  ControlledMean made{Interval::unresolved(plain.estimate), {}};
  Eigen::MatrixXd spreads(r, q);
  Eigen::VectorXd distances(q);
  for (Eigen::Index i = 0; i < q; ++i) {
    const Control& control = controls[static_cast<std::size_t>(i)];
    TOWTANK_CHECK(control.values.size() == values.size(), "a value and a control of each replication");
    if (r == 0) continue;
    spreads.col(i) = centred(control.values);
    distances[i] = mean_of(control.values) - control.expected;
  }
  if (r < q + 3 || !spreads.allFinite() || !distances.allFinite() || !std::isfinite(plain.estimate)) return made;
  made.interval = plain;
  // In units of their own spread, for they may be as unlike as seconds and servers. What does not vary stays out.
  const Eigen::VectorXd units = spreads.colwise().norm().unaryExpr([](double norm) { return norm > 0.0 ? 1.0 / norm : 0.0; });
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> fit;
  fit.setThreshold(kCollinear);
  fit.compute(spreads * units.asDiagonal());
  const Eigen::VectorXd wanted = centred(values);
  const double total = wanted.squaredNorm();
  if (fit.rank() == 0 || total <= 0.0) return made;
  const Eigen::VectorXd slopes = units.asDiagonal() * fit.solve(wanted);
  made.coefficients.assign(slopes.begin(), slopes.end());
  const double n = static_cast<double>(r), freedom = n - 1.0 - static_cast<double>(fit.rank());
  const Eigen::VectorXd residuals = wanted - spreads * slopes;
  const Eigen::MatrixXd inverse = fit.pseudoInverse();
  const Eigen::VectorXd pulls = inverse.transpose() * (units.asDiagonal() * distances);
  const double variance = residuals.squaredNorm() / freedom * (1.0 / n + pulls.squaredNorm());
  // What the estimate would be without each replication: by its weight in it, its residual and its leverage.
  double bias = 0.0;
  for (Eigen::Index i = 0; i < r; ++i) {
    const double leverage = 1.0 / n + units.cwiseProduct(inverse.col(i)).dot(spreads.row(i));
    if (leverage < kFullLeverage) bias -= (1.0 / n - pulls[i]) * residuals[i] / (1.0 - leverage);
  }
  bias *= (n - 1.0) / n;
  const double skewness = skewness_of({residuals.data(), static_cast<std::size_t>(r)});
  const auto freedom_plus_one = static_cast<std::size_t>(r - fit.rank());
  made.interval = skewed_interval(plain.estimate - slopes.dot(distances) - bias, std::sqrt(variance), skewness, freedom_plus_one, confidence);
  if (variance > 0.0) made.reduction = total / (n - 1.0) / n / variance;
  return made;
}

}  // namespace towtank
