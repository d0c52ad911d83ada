#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/time.hpp"
#include "sim/random/special.hpp"

namespace towtank {

/// A law of non-negative durations, sampled by inversion: ONE uniform per draw, and a larger uniform never gives a
/// smaller value. That is what common random numbers live on. All arithmetic is our own (no libm), so equal uniforms
/// give equal bits on every machine.
///
/// A cheap value: parameters, and for some laws a table which all copies share. The table is the one `shared_ptr` of
/// the project: it is immutable, 50 KB, and copies of a law go wherever the scenario's text goes; no owner outlives
/// them all.
///
/// Factories take seconds and check their ranges (TOWTANK_CHECK); a reader of user input checks before. A law without
/// spread (sd = 0, sigma = 0, mean = 0, ...) becomes a constant.
class Distribution {
 public:
  /// @param seconds >= 0
  static Distribution constant(double seconds);
  /// @param mean_s >= 0
  static Distribution exponential(double mean_s);

  /// exp(mu + sigma Z), in seconds. @param sigma >= 0
  static Distribution lognormal(double mu, double sigma);
  /// @param mean_s > 0   @param cv >= 0: standard deviation over mean
  static Distribution lognormal_mean_cv(double mean_s, double cv);
  /// @param mean_s > 0   @param sigma >= 0: of the logarithm
  static Distribution lognormal_mean_sigma(double mean_s, double sigma);
  /// @return empty when no such law is: p99 > 14.96 mean; or p99 < mean, which needs sigma > 4.65 and is held to be a
  /// slip of the pen. Where two laws fit, the one with the smaller sigma.
  static std::optional<Distribution> lognormal_mean_p99(double mean_s, double p99_s);
  /// @param median_s > 0   @param cv >= 0
  static Distribution lognormal_median_cv(double median_s, double cv);
  /// @param median_s > 0   @param sigma >= 0
  static Distribution lognormal_median_sigma(double median_s, double sigma);
  /// @param median_s > 0   @param p99_s >= median_s
  static Distribution lognormal_median_p99(double median_s, double p99_s);

  /// A normal of which what falls below 0 becomes 0; `mean_s()` and `scv()` are those after the cut.
  /// @param mean_s >= 0   @param sd_s >= 0
  static Distribution normal(double mean_s, double sd_s);
  /// @param mean_s >= 0   @param cv 0, or 0.01 .. 10
  static Distribution gamma(double mean_s, double cv);
  /// @param k 1 .. 10000   @param mean_s >= 0
  static Distribution erlang(std::int64_t k, double mean_s);
  /// @param shape 0.1 .. 1000   @param mean_s >= 0
  static Distribution weibull(double shape, double mean_s);
  /// P(X > x) = (min / x)^alpha, cut off above at `max_s` by conditioning if that is given.
  /// @param alpha > 0   @param min_s > 0   @param max_s >= min_s. Without it the mean is infinite for alpha <= 1.
  static Distribution pareto(double alpha, double min_s, std::optional<double> max_s = std::nullopt);
  /// Two exponential branches which bear half the mean each. @param mean_s >= 0   @param cv 1 .. 1000
  static Distribution hyperexponential_mean_cv(double mean_s, double cv);
  /// With probability p exponential of mean1, else of mean2. @param p 0 .. 1   @param mean1_s, mean2_s > 0
  static Distribution hyperexponential(double p, double mean1_s, double mean2_s);
  /// @param low_s >= 0   @param high_s >= low_s
  static Distribution uniform(double low_s, double high_s);
  /// Each of the values with equal probability, none between them: mean and variance are exactly those of the values.
  /// @param values_s at least one, each >= 0
  static Distribution empirical(std::vector<double> values_s);
  /// Component i with probability weight i / sum of weights. @param parts at least one; weights >= 0, their sum > 0.
  /// Exact, but slow (microseconds a draw) where components jump: an `empirical` of many values inside a mixture.
  static Distribution mixture(std::vector<std::pair<double, Distribution>> parts);

  /// The value of which the share u lies below or at, seconds. @param u in (0, 1)
  double quantile(double u) const;
  /// `quantile`, rounded to the nearest nanosecond, at most 2^62 ns (146 years). @param u in (0, 1)
  Duration sample(double u) const;
  /// The same bits as `sample(u[i])`, faster for constant, exponential, lognormal, weibull, pareto. @param out_ns as
  /// long as u
  void sample(std::span<const double> u, std::span<std::int64_t> out_ns) const;

  /// The law's distribution function at a point, from below and from above.
  Mass mass(double x_s) const;

  /// Seconds; infinity for a Pareto law with alpha <= 1.
  double mean_s() const { return mean_s_; }
  /// Squared coefficient of variation: variance / mean^2. 0 for a mean of 0, infinity where the variance is.
  double scv() const { return scv_; }
  bool is_constant() const { return law_ == Law::constant; }
  bool is_exponential() const { return law_ == Law::exponential; }

  /// In the grammar of scenario files, numbers to 12 digits: `lognormal(mean=20ms p99=90ms)`. An empirical law, whose
  /// file nobody knows here, says how many values it has, and their mean.
  std::string describe() const;

  /// The law of factor * X. @param factor >= 0, finite
  Distribution scaled(double factor) const;

  friend bool operator==(const Distribution& a, const Distribution& b);

 private:
  enum class Law : std::uint8_t {
    constant,
    exponential,
    lognormal,
    normal,
    gamma,
    erlang,
    weibull,
    pareto,
    hyperexponential,
    uniform,
    empirical,
    mixture
  };
  struct Details;

  Distribution(Law law, double a, double b, double c, double mean_s, double scv)
      : law_{law}, a_{a}, b_{b}, c_{c}, mean_s_{mean_s}, scv_{scv} {}

  static Distribution gamma_law(Law law, double shape, double mean_s);
  void quantiles(std::span<const double> u, std::span<double> out_s) const;
  std::string describe_lognormal() const;
  std::string describe_mixture() const;

  Law law_;
  // What a, b and c mean is said beside each factory in the .cpp. `scale_` multiplies what comes out of `details_`.
  double a_;
  double b_;
  double c_;
  double mean_s_;
  double scv_;
  double scale_ = 1.0;
  std::shared_ptr<const Details> details_;
};

}  // namespace towtank
