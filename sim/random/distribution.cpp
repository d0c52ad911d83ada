#include "sim/random/distribution.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "sim/core/check.hpp"
#include "sim/random/distribution_details.hpp"
#include "sim/random/elementary.hpp"
#include "sim/random/special.hpp"

// Sampling and scaling. The factories are in distribution_factories.cpp, the words in distribution_text.cpp.
namespace towtank {

namespace {

constexpr double kLongestNs = 4611686018427387904.0;  // 2^62
constexpr double kMagic = 6755399441055744.0;         // 1.5 * 2^52, as in round_to_int64
constexpr double kMagicLimitNs = 2251799813685248.0;  // 2^51: below it the magic holds

std::int64_t to_ns(double seconds) {
  const double ns = seconds * 1e9;
  return round_to_int64(ns < kLongestNs ? ns : kLongestNs);
}

/// `to_ns` for pairs: the bits of x + 1.5 * 2^52 are those of 1.5 * 2^52, plus the rounded x.
void to_ns(std::span<const double> seconds, std::span<std::int64_t> out_ns) {
  using elementary::detail::bits_of;
  using elementary::detail::load;
  bool fits = true;
  std::size_t i = 0;
  for (; i + 2 <= seconds.size(); i += 2) {
    const auto ns = load(&seconds[i]) * 1e9;
    const auto rounded = bits_of(ns + kMagic) - bits_of(kMagic);
    const auto within = ns < kMagicLimitNs;
    fits &= (within[0] & within[1]) != 0;
    std::memcpy(&out_ns[i], &rounded, sizeof rounded);
  }
  if (!fits) i = 0;
  for (; i < seconds.size(); ++i) out_ns[i] = to_ns(seconds[i]);
}

template <class Real>
Real exponential_quantile(Real u, double mean_s) {
  return -mean_s * elementary::detail::log_of(1.0 - u);
}

template <class Real>
Real weibull_quantile(Real u, double shape, double scale_s) {
  const Real exponential = exponential_quantile(u, 1.0);
  // A u below 2^-53, which no draw gives, would lead to the logarithm of 0.
  const Real positive = exponential < 0x1p-53 ? Real{} + 0x1p-53 : exponential;
  return scale_s * elementary::detail::exp_of(1.0 / shape * elementary::detail::log_of(positive));
}

template <class Real>
Real pareto_quantile(Real u, double alpha, double min_s, double cut_share) {
  const Real survival = (1.0 - u) + u * cut_share;
  return min_s * elementary::detail::exp_of(-1.0 / alpha * elementary::detail::log_of(survival));
}

template <class Real>
Real lognormal_quantile(Real z, double mu, double sigma) {
  return elementary::detail::exp_of(mu + sigma * z);
}

}  // namespace

double Distribution::quantile(double u) const {
  TOWTANK_ASSERT(u > 0.0 && u < 1.0, "a quantile needs a share between 0 and 1");
  switch (law_) {
    case Law::constant:
      return a_;
    case Law::exponential:
      return exponential_quantile(u, a_);
    case Law::lognormal:
      return lognormal_quantile(elementary::inverse_normal(u), a_, b_);
    case Law::normal: {
      const double x = a_ + b_ * elementary::inverse_normal(u);
      return x > 0.0 ? x : 0.0;
    }
    case Law::weibull:
      return weibull_quantile(u, a_, b_);
    case Law::pareto:
      return pareto_quantile(u, a_, b_, details_->cut_share);
    case Law::uniform:
      return a_ + u * (b_ - a_);
    case Law::empirical: {
      const std::vector<double>& values = details_->values;
      const auto index = static_cast<std::size_t>(u * static_cast<double>(values.size()));
      return scale_ * values[std::min(index, values.size() - 1)];
    }
    case Law::gamma:
    case Law::erlang:
    case Law::hyperexponential:
    case Law::mixture:
      return scale_ * details_->table->quantile(u);
  }
  TOWTANK_CHECK(false, "a distribution has no law");
}

/// The bits of `quantile` one by one.
void Distribution::quantiles(std::span<const double> u, std::span<double> out_s) const {
  using elementary::detail::for_each_pack;
  switch (law_) {
    case Law::constant:
      std::fill(out_s.begin(), out_s.end(), a_);
      break;
    case Law::exponential:
      for_each_pack(u, out_s, [this](auto x) { return exponential_quantile(x, a_); });
      break;
    case Law::lognormal:
      elementary::inverse_normal(u, out_s);
      for_each_pack(out_s, out_s, [this](auto z) { return lognormal_quantile(z, a_, b_); });
      break;
    case Law::weibull:
      for_each_pack(u, out_s, [this](auto x) { return weibull_quantile(x, a_, b_); });
      break;
    case Law::pareto:
      for_each_pack(u, out_s, [this](auto x) { return pareto_quantile(x, a_, b_, details_->cut_share); });
      break;
    default:
      for (std::size_t i = 0; i < u.size(); ++i) out_s[i] = quantile(u[i]);
  }
}

Duration Distribution::sample(double u) const { return Duration{to_ns(quantile(u))}; }

void Distribution::sample(std::span<const double> u, std::span<std::int64_t> out_ns) const {
  TOWTANK_ASSERT(u.size() == out_ns.size(), "a sample needs one uniform each");
  constexpr std::size_t kChunk = 128;
  std::array<double, kChunk> memory;
  for (std::size_t begin = 0; begin < u.size(); begin += kChunk) {
    const std::size_t count = std::min(kChunk, u.size() - begin);
    const std::span<const double> in = u.subspan(begin, count);
    const std::span<double> seconds{memory.data(), count};
    quantiles(in, seconds);
    to_ns(seconds, out_ns.subspan(begin, count));
  }
}

Mass Distribution::mass(double x_s) const {
  constexpr Mass kNothing{0.0, 1.0};
  constexpr Mass kAll{1.0, 0.0};
  if (x_s < 0.0) return kNothing;
  switch (law_) {
    case Law::constant:
      return x_s < a_ ? kNothing : kAll;
    case Law::exponential:
      return {special::one_minus_exp(x_s / a_), elementary::exp(-x_s / a_)};
    case Law::lognormal:
      return x_s > 1e-300 ? special::standard_normal((elementary::log(x_s) - a_) / b_) : kNothing;
    case Law::normal:
      return special::standard_normal((x_s - a_) / b_);
    case Law::weibull: {
      if (!(x_s > 1e-300 * b_)) return kNothing;
      const double exponential = elementary::power(x_s / b_, a_);
      return {special::one_minus_exp(exponential), elementary::exp(-exponential)};
    }
    case Law::pareto: {
      if (x_s < b_) return kNothing;
      if (x_s >= c_) return kAll;
      const double exponent = a_ * elementary::log(x_s / b_);
      const double kept = 1.0 - details_->cut_share;
      return {special::one_minus_exp(exponent) / kept, (elementary::exp(-exponent) - details_->cut_share) / kept};
    }
    case Law::uniform:
      if (x_s >= b_) return kAll;
      return x_s < a_ ? kNothing : Mass{(x_s - a_) / (b_ - a_), (b_ - x_s) / (b_ - a_)};
    case Law::empirical: {
      const std::vector<double>& values = details_->values;
      const auto above = values.end() - std::upper_bound(values.begin(), values.end(), x_s / scale_);
      const double share = static_cast<double>(above) / static_cast<double>(values.size());
      return {1.0 - share, share};
    }
    case Law::gamma:
    case Law::erlang:
    case Law::hyperexponential:
    case Law::mixture:
      return details_->table->law().mass(x_s / scale_);
  }
  TOWTANK_CHECK(false, "a distribution has no law");
}

Distribution Distribution::scaled(double factor) const {
  TOWTANK_CHECK(factor >= 0.0 && factor <= std::numeric_limits<double>::max(),
                "a factor must be finite and not negative");
  if (factor == 0.0) return constant(0.0);
  Distribution result = *this;
  result.mean_s_ *= factor;
  switch (law_) {
    case Law::constant:
    case Law::exponential:
      result.a_ *= factor;
      break;
    case Law::lognormal:
      result.a_ += elementary::log(factor);
      break;
    case Law::normal:
    case Law::uniform:
      result.a_ *= factor;
      result.b_ *= factor;
      break;
    case Law::weibull:
      result.b_ *= factor;
      break;
    case Law::pareto:
      result.b_ *= factor;
      result.c_ *= factor;
      break;
    case Law::hyperexponential:
      result.b_ *= factor;
      result.c_ *= factor;
      result.scale_ *= factor;
      break;
    case Law::gamma:
    case Law::erlang:
    case Law::empirical:
    case Law::mixture:
      result.scale_ *= factor;
      break;
  }
  return result;
}

bool operator==(const Distribution& a, const Distribution& b) {
  if (a.law_ != b.law_ || a.a_ != b.a_ || a.b_ != b.b_ || a.c_ != b.c_ || a.scale_ != b.scale_) return false;
  if (a.details_ == b.details_ || a.details_ == nullptr || b.details_ == nullptr) return true;
  return a.details_->values == b.details_->values && a.details_->parts == b.details_->parts;
}

}  // namespace towtank
