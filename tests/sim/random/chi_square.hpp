#pragma once

#include <boost/math/distributions/chi_squared.hpp>
#include <cstdint>
#include <vector>

namespace towtank {

/// The false-alarm budget of a statistical test.
inline constexpr double kFalseAlarm = 1e-6;

/// Pearson's statistic over what is expected for each cell, and the limit it stays under but for the budget.
struct ChiSquare {
  double statistic = 0.0;
  double limit = 0.0;

  bool fits() const { return statistic < limit; }
};

/// @param counts    observed, one a cell            @param shares  expected, their sum is 1
inline ChiSquare chi_square(const std::vector<std::int64_t>& counts, const std::vector<double>& shares) {
  double total = 0.0;
  for (const std::int64_t count : counts) total += static_cast<double>(count);
  ChiSquare result;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = shares[i] * total;
    const double off = static_cast<double>(counts[i]) - expected;
    result.statistic += off * off / expected;
  }
  const boost::math::chi_squared law(static_cast<double>(counts.size() - 1));
  result.limit = boost::math::quantile(boost::math::complement(law, kFalseAlarm));
  return result;
}

}  // namespace towtank
