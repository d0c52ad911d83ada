#include <algorithm>
#include <limits>
#include <numeric>

#include "sim/core/check.hpp"
#include "sim/random/distribution.hpp"
#include "sim/random/distribution_details.hpp"
#include "sim/random/elementary.hpp"
#include "sim/random/special.hpp"

namespace towtank {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kZ99 = 2.3263478740408411009;  // of the standard normal, 99 % lie below

bool is_finite_and_not_negative(double x) { return x >= 0.0 && x < kInfinity; }

class GammaLaw final : public CumulativeLaw {
 public:
  explicit GammaLaw(double shape) : shape_{shape} {}
  Mass mass(double x) const override { return special::regularized_gamma(shape_, x * shape_); }

 private:
  double shape_;
};

class HyperexponentialLaw final : public CumulativeLaw {
 public:
  HyperexponentialLaw(double p, double mean1, double mean2) : p_{p}, mean1_{mean1}, mean2_{mean2} {}
  Mass mass(double x) const override {
    return {p_ * special::one_minus_exp(x / mean1_) + (1.0 - p_) * special::one_minus_exp(x / mean2_),
            p_ * elementary::exp(-x / mean1_) + (1.0 - p_) * elementary::exp(-x / mean2_)};
  }

 private:
  double p_, mean1_, mean2_;
};

class MixtureLaw final : public CumulativeLaw {
 public:
  explicit MixtureLaw(std::vector<std::pair<double, Distribution>> parts) : parts_{std::move(parts)} {}
  Mass mass(double x) const override {
    Mass sum{0.0, 0.0};
    for (const auto& [share, part] : parts_) {
      const Mass mass = part.mass(x);
      sum.at_most += share * mass.at_most;
      sum.above += share * mass.above;
    }
    return sum;
  }

 private:
  std::vector<std::pair<double, Distribution>> parts_;
};

/// The n-th moment of a Pareto law over min^n. @param log_range log(max / min), infinity if not cut
double pareto_moment(double alpha, double n, double log_range, double cut_share) {
  const double power = n - alpha;
  if (log_range == kInfinity) return power < 0.0 ? -alpha / power : kInfinity;
  // alpha / (1 - cut_share) * integral of exp(power * y) over y in 0 .. log_range
  const double exponent = power * log_range;
  double integral = log_range;
  if (exponent > 0.0) integral = special::one_minus_exp(exponent) * elementary::exp(exponent) / power;
  if (exponent < 0.0) integral = special::one_minus_exp(-exponent) / -power;
  return alpha / (1.0 - cut_share) * integral;
}

}  // namespace

// a = the value, s
Distribution Distribution::constant(double seconds) {
  TOWTANK_CHECK(is_finite_and_not_negative(seconds), "a duration must be finite and not negative");
  return {Law::constant, seconds, 0.0, 0.0, seconds, 0.0};
}

// a = the mean, s
Distribution Distribution::exponential(double mean_s) {
  TOWTANK_CHECK(is_finite_and_not_negative(mean_s), "the mean of an exponential must be finite and not negative");
  if (mean_s == 0.0) return constant(0.0);
  return {Law::exponential, mean_s, 0.0, 0.0, mean_s, 1.0};
}

// a = mu, b = sigma
Distribution Distribution::lognormal(double mu, double sigma) {
  TOWTANK_CHECK(mu > -700.0 && mu < 700.0, "mu of a lognormal must lie between -700 and 700");
  TOWTANK_CHECK(sigma >= 0.0 && sigma < 25.0, "sigma of a lognormal must lie between 0 and 25");
  if (sigma == 0.0) return constant(elementary::exp(mu));
  const double variance = sigma * sigma;
  const double scv = special::one_minus_exp(variance) * elementary::exp(variance);
  return {Law::lognormal, mu, sigma, 0.0, elementary::exp(mu + 0.5 * variance), scv};
}

Distribution Distribution::lognormal_mean_cv(double mean_s, double cv) {
  TOWTANK_CHECK(mean_s > 0.0 && is_finite_and_not_negative(cv),
                "a lognormal needs a mean above 0 and a cv of at least 0");
  if (cv == 0.0) return constant(mean_s);
  const double variance = special::log_one_plus(cv * cv);
  return lognormal(elementary::log(mean_s) - 0.5 * variance, elementary::detail::square_root(variance));
}

Distribution Distribution::lognormal_mean_sigma(double mean_s, double sigma) {
  TOWTANK_CHECK(mean_s > 0.0, "a lognormal needs a mean above 0");
  if (sigma == 0.0) return constant(mean_s);
  return lognormal(elementary::log(mean_s) - 0.5 * sigma * sigma, sigma);
}

std::optional<Distribution> Distribution::lognormal_mean_p99(double mean_s, double p99_s) {
  TOWTANK_CHECK(mean_s > 0.0 && p99_s > 0.0, "a lognormal needs a mean and a p99 above 0");
  if (p99_s == mean_s) return constant(mean_s);
  // log(p99 / mean) = z sigma - sigma^2 / 2
  const double log_ratio = elementary::log(p99_s / mean_s);
  const double discriminant = kZ99 * kZ99 - 2.0 * log_ratio;
  if (p99_s < mean_s || discriminant < 0.0) return std::nullopt;
  // The smaller root, in the form without cancellation.
  return lognormal_mean_sigma(mean_s, 2.0 * log_ratio / (kZ99 + elementary::detail::square_root(discriminant)));
}

Distribution Distribution::lognormal_median_cv(double median_s, double cv) {
  TOWTANK_CHECK(is_finite_and_not_negative(cv), "the cv of a lognormal must be finite and not negative");
  return lognormal_median_sigma(median_s, elementary::detail::square_root(special::log_one_plus(cv * cv)));
}

Distribution Distribution::lognormal_median_sigma(double median_s, double sigma) {
  TOWTANK_CHECK(median_s > 0.0, "a lognormal needs a median above 0");
  if (sigma == 0.0) return constant(median_s);
  return lognormal(elementary::log(median_s), sigma);
}

Distribution Distribution::lognormal_median_p99(double median_s, double p99_s) {
  TOWTANK_CHECK(median_s > 0.0 && p99_s >= median_s, "a lognormal needs a median above 0 and a p99 of at least that");
  if (p99_s == median_s) return constant(median_s);
  return lognormal_median_sigma(median_s, elementary::log(p99_s / median_s) / kZ99);
}

// a = mean, b = standard deviation, both before the cut, s
Distribution Distribution::normal(double mean_s, double sd_s) {
  TOWTANK_CHECK(is_finite_and_not_negative(mean_s) && is_finite_and_not_negative(sd_s),
                "mean and sd of a normal must be finite and not negative");
  if (sd_s == 0.0) return constant(mean_s);
  const double z = mean_s / sd_s;
  constexpr double kInverseRootTwoPi = 0.39894228040143267794;
  const double above = special::standard_normal(z).at_most;
  const double density = kInverseRootTwoPi * elementary::exp(-0.5 * z * z);
  const double mean = mean_s * above + sd_s * density;
  const double square = (mean_s * mean_s + sd_s * sd_s) * above + mean_s * sd_s * density;
  // Far from the cut the difference of squares would lose digits of a small variance.
  const double scv = z > 9.0 ? 1.0 / (z * z) : square / (mean * mean) - 1.0;
  return {Law::normal, mean_s, sd_s, 0.0, mean, scv};
}

// a = shape; scale_ = the mean, for the table is that of mean 1
Distribution Distribution::gamma_law(Law law, double shape, double mean_s) {
  Distribution result{law, shape, 0.0, 0.0, mean_s, 1.0 / shape};
  auto details = std::make_shared<Details>();
  details->table = std::make_unique<const QuantileTable>(std::make_unique<const GammaLaw>(shape), 1.0);
  result.details_ = std::move(details);
  result.scale_ = mean_s;
  return result;
}

Distribution Distribution::gamma(double mean_s, double cv) {
  TOWTANK_CHECK(is_finite_and_not_negative(mean_s), "the mean of a gamma must be finite and not negative");
  TOWTANK_CHECK(cv == 0.0 || (cv >= 0.01 && cv <= 10.0), "the cv of a gamma must be 0, or from 0.01 to 10");
  if (cv == 0.0 || mean_s == 0.0) return constant(mean_s);
  return gamma_law(Law::gamma, 1.0 / (cv * cv), mean_s);
}

Distribution Distribution::erlang(std::int64_t k, double mean_s) {
  TOWTANK_CHECK(k >= 1 && k <= 10000, "k of an erlang must lie between 1 and 10000");
  TOWTANK_CHECK(is_finite_and_not_negative(mean_s), "the mean of an erlang must be finite and not negative");
  if (k == 1 || mean_s == 0.0) return exponential(mean_s);
  return gamma_law(Law::erlang, static_cast<double>(k), mean_s);
}

// a = shape, b = scale, s
Distribution Distribution::weibull(double shape, double mean_s) {
  TOWTANK_CHECK(shape >= 0.1 && shape <= 1000.0, "the shape of a weibull must lie between 0.1 and 1000");
  TOWTANK_CHECK(is_finite_and_not_negative(mean_s), "the mean of a weibull must be finite and not negative");
  if (mean_s == 0.0) return constant(0.0);
  const double log_mean = special::log_gamma(1.0 + 1.0 / shape);
  const double log_square = special::log_gamma(1.0 + 2.0 / shape);
  const double log_ratio = log_square - 2.0 * log_mean;  // of the second moment to the mean squared, > 0
  const double scv = special::one_minus_exp(log_ratio) * elementary::exp(log_ratio);
  return {Law::weibull, shape, mean_s * elementary::exp(-log_mean), 0.0, mean_s, scv};
}

// a = alpha, b = min, c = max, s
Distribution Distribution::pareto(double alpha, double min_s, std::optional<double> max_s) {
  TOWTANK_CHECK(alpha > 0.0 && alpha < 1e6, "alpha of a pareto must lie between 0 and a million");
  TOWTANK_CHECK(min_s > 0.0 && min_s < kInfinity, "min of a pareto must be finite and above 0");
  TOWTANK_CHECK(!max_s || (*max_s >= min_s && *max_s < kInfinity), "max of a pareto must be finite and at least min");
  if (max_s == min_s) return constant(min_s);
  const double log_range = max_s ? elementary::log(*max_s / min_s) : kInfinity;
  auto details = std::make_shared<Details>();
  details->cut_share = max_s ? elementary::exp(-alpha * log_range) : 0.0;
  const double mean = pareto_moment(alpha, 1.0, log_range, details->cut_share);
  const double square = pareto_moment(alpha, 2.0, log_range, details->cut_share);
  double scv = square == kInfinity ? kInfinity : square / (mean * mean) - 1.0;
  if (!max_s && alpha > 2.0) scv = 1.0 / (alpha * (alpha - 2.0));
  Distribution result{Law::pareto, alpha, min_s, max_s.value_or(kInfinity), min_s * mean, scv > 0.0 ? scv : 0.0};
  result.details_ = std::move(details);
  return result;
}

Distribution Distribution::hyperexponential_mean_cv(double mean_s, double cv) {
  TOWTANK_CHECK(is_finite_and_not_negative(mean_s), "the mean of a hyperexponential must be finite and not negative");
  TOWTANK_CHECK(cv >= 1.0 && cv <= 1000.0, "the cv of a hyperexponential must lie between 1 and 1000");
  if (mean_s == 0.0 || cv == 1.0) return exponential(mean_s);
  const double square = cv * cv;
  const double p = 0.5 * (1.0 + elementary::detail::square_root((square - 1.0) / (square + 1.0)));
  return hyperexponential(p, mean_s / (2.0 * p), mean_s / (2.0 * (1.0 - p)));
}

// a = p, b = mean1, c = mean2, s; the table is in seconds
Distribution Distribution::hyperexponential(double p, double mean1_s, double mean2_s) {
  TOWTANK_CHECK(p >= 0.0 && p <= 1.0, "p of a hyperexponential must lie between 0 and 1");
  TOWTANK_CHECK(mean1_s > 0.0 && mean1_s < kInfinity && mean2_s > 0.0 && mean2_s < kInfinity,
                "the means of a hyperexponential must be finite and above 0");
  if (p == 1.0 || mean1_s == mean2_s) return exponential(mean1_s);
  if (p == 0.0) return exponential(mean2_s);
  const double mean = p * mean1_s + (1.0 - p) * mean2_s;
  const double square = 2.0 * (p * mean1_s * mean1_s + (1.0 - p) * mean2_s * mean2_s);
  Distribution result{Law::hyperexponential, p, mean1_s, mean2_s, mean, square / (mean * mean) - 1.0};
  auto details = std::make_shared<Details>();
  details->table =
      std::make_unique<const QuantileTable>(std::make_unique<const HyperexponentialLaw>(p, mean1_s, mean2_s), mean);
  result.details_ = std::move(details);
  return result;
}

// a = low, b = high, s
Distribution Distribution::uniform(double low_s, double high_s) {
  TOWTANK_CHECK(is_finite_and_not_negative(low_s) && high_s >= low_s && high_s < kInfinity,
                "a uniform needs 0 <= low <= high, finite");
  if (low_s == high_s) return constant(low_s);
  const double mean = 0.5 * (low_s + high_s);
  const double width = high_s - low_s;
  return {Law::uniform, low_s, high_s, 0.0, mean, width * width / 12.0 / (mean * mean)};
}

Distribution Distribution::empirical(std::vector<double> values_s) {
  TOWTANK_CHECK(!values_s.empty(), "an empirical law needs at least one value");
  for (const double value : values_s)
    TOWTANK_CHECK(is_finite_and_not_negative(value), "a value of an empirical law must be finite and not negative");
  std::sort(values_s.begin(), values_s.end());
  if (values_s.front() == values_s.back()) return constant(values_s.front());
  const auto count = static_cast<double>(values_s.size());
  const double mean = std::accumulate(values_s.begin(), values_s.end(), 0.0) / count;
  double squares = 0.0;
  for (const double value : values_s) squares += (value - mean) * (value - mean);
  Distribution result{Law::empirical, 0.0, 0.0, 0.0, mean, squares / count / (mean * mean)};
  auto details = std::make_shared<Details>();
  details->values = std::move(values_s);
  result.details_ = std::move(details);
  return result;
}

Distribution Distribution::mixture(std::vector<std::pair<double, Distribution>> parts) {
  double sum = 0.0;
  for (const auto& [weight, part] : parts) {
    TOWTANK_CHECK(is_finite_and_not_negative(weight), "a weight of a mixture must be finite and not negative");
    sum += weight;
  }
  TOWTANK_CHECK(sum > 0.0 && sum < kInfinity, "the weights of a mixture must have a finite sum above 0");
  std::erase_if(parts, [](const auto& part) { return part.first == 0.0; });
  const Distribution first = parts.front().second;
  if (std::all_of(parts.begin(), parts.end(), [&](const auto& part) { return part.second == first; })) return first;

  double mean = 0.0;
  double typical = 0.0;
  for (auto& [share, part] : parts) {
    share /= sum;
    mean += share * part.mean_s();
    typical += share * (part.quantile(0.5) + part.quantile(0.999));
  }
  double variance = 0.0;  // within the components, and of their means
  for (const auto& [share, part] : parts) {
    const double off = part.mean_s() - mean;
    variance += share * (part.scv() * part.mean_s() * part.mean_s() + off * off);
  }
  const double scv = mean < kInfinity && variance < kInfinity ? variance / (mean * mean) : kInfinity;
  Distribution result{Law::mixture, 0.0, 0.0, 0.0, mean, scv};
  auto details = std::make_shared<Details>();
  details->table =
      std::make_unique<const QuantileTable>(std::make_unique<const MixtureLaw>(parts), typical > 0.0 ? typical : 1e-9);
  details->parts = std::move(parts);
  result.details_ = std::move(details);
  return result;
}

}  // namespace towtank
