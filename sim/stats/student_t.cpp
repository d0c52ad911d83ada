#include "sim/stats/student_t.hpp"

#include <bit>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <cstdint>

#include "sim/core/check.hpp"
#include "sim/random/elementary.hpp"
#include "sim/stats/not_a_number.hpp"

namespace towtank {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

namespace policies = boost::math::policies;
using Policy =
    policies::policy<policies::domain_error<policies::ignore_error>, policies::overflow_error<policies::ignore_error>,
                     policies::evaluation_error<policies::ignore_error>>;
using StudentT = boost::math::students_t_distribution<double, Policy>;

/// Boost.Math calls libm, whose last digits depend on library and CPU. 40 bits of the fraction are kept, so that those
/// digits hardly ever reach a result file.
double without_last_digits(double x) {
  if (!std::isfinite(x)) return x;
  constexpr std::uint64_t kDropped = (std::uint64_t{1} << 12) - 1;
  return std::bit_cast<double>((std::bit_cast<std::uint64_t>(x) + (kDropped + 1) / 2) & ~kDropped);
}

}  // namespace

double student_t_quantile(double p, double df) {
  TOWTANK_CHECK(p >= 0.0 && p <= 1.0 && df > 0.0, "Student's quantile: a share and positive degrees of freedom");
  if (p == 0.0) return -kInfinity;
  if (p == 1.0) return kInfinity;
  return without_last_digits(quantile(StudentT{df}, p));
}

double student_t_two_sided_p(double t, double df) {
  TOWTANK_CHECK(df > 0.0 && !std::isnan(t), "Student's law: a number and positive degrees of freedom");
  if (std::isinf(t)) return 0.0;
  return without_last_digits(2.0 * cdf(complement(StudentT{df}, std::abs(t))));
}

double normal_quantile(double p) {
  TOWTANK_CHECK(p >= 0.0 && p <= 1.0, "a normal quantile's share is between 0 and 1");
  if (p == 0.0) return -kInfinity;
  if (p == 1.0) return kInfinity;
  return elementary::inverse_normal(p);
}

double mean_of(std::span<const double> values) {
  if (values.empty()) return kNotANumber;
  double excess = 0.0;
  for (double value : values) excess += value - values.front();
  return values.front() + excess / static_cast<double>(values.size());
}

double two_sided_t(std::size_t sections, double confidence) {
  TOWTANK_CHECK(confidence > 0.0 && confidence < 1.0, "a confidence is between 0 and 1");
  return student_t_quantile(0.5 + 0.5 * confidence, static_cast<double>(sections - 1));
}

Interval mean_interval(std::span<const double> replication_values, double confidence) {
  const double mean = mean_of(replication_values);
  if (!std::isfinite(mean)) return Interval::unresolved(kNotANumber);
  if (replication_values.size() < 2) return Interval::unresolved(mean);
  const auto n = static_cast<double>(replication_values.size());
  double squares = 0.0;
  for (double value : replication_values) squares += (value - mean) * (value - mean);
  return Interval::around(mean,
                          two_sided_t(replication_values.size(), confidence) * std::sqrt(squares / (n - 1.0) / n));
}

}  // namespace towtank
