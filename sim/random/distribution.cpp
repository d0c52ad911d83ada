#include "sim/random/distribution.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "sim/core/check.hpp"
#include "sim/random/batch.hpp"
#include "sim/random/distribution_details.hpp"
#include "sim/random/elementary.hpp"
#include "sim/random/quantile_formulas.hpp"
#include "sim/random/special.hpp"

// Sampling and scaling. The factories are in distribution_factories.cpp, the words in distribution_text.cpp.
namespace towtank {

namespace {

constexpr double kLongestNs = 4611686018427387904.0;  // 2^62

std::int64_t to_ns(double seconds) {
  const double ns = seconds * 1e9;
  return round_to_int64(ns < kLongestNs ? ns : kLongestNs);
}

}  // namespace

double Distribution::quantile(double u) const {
  TOWTANK_ASSERT(u > 0.0 && u < 1.0, "a quantile needs a share between 0 and 1");
  switch (law_) {
    case Law::constant:
      return a_;
    case Law::exponential:
      return quantile_formulas::exponential(u, a_);
    case Law::lognormal:
      return quantile_formulas::lognormal(elementary::inverse_normal(u), a_, b_);
    case Law::normal: {
      const double x = a_ + b_ * elementary::inverse_normal(u);
      return x > 0.0 ? x : 0.0;
    }
    case Law::weibull:
      return quantile_formulas::weibull(u, a_, b_);
    case Law::pareto:
      return quantile_formulas::pareto(u, a_, b_, details_->cut_share);
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
  const BatchCode& code = batch_code();
  const std::size_t whole = u.size() / BatchCode::kMultiple * BatchCode::kMultiple;
  std::size_t done = whole;
  switch (law_) {
    case Law::constant:
      std::fill(out_s.begin(), out_s.end(), a_);
      return;
    case Law::exponential:
      code.exponential(u.data(), out_s.data(), whole, a_);
      break;
    case Law::lognormal:
      elementary::inverse_normal(u.first(whole), out_s.first(whole));
      code.lognormal(out_s.data(), out_s.data(), whole, a_, b_);
      break;
    case Law::weibull:
      code.weibull(u.data(), out_s.data(), whole, a_, b_);
      break;
    case Law::pareto:
      code.pareto(u.data(), out_s.data(), whole, a_, b_, details_->cut_share);
      break;
    default:
      done = 0;
  }
  for (std::size_t i = done; i < u.size(); ++i) out_s[i] = quantile(u[i]);
}

Duration Distribution::sample(double u) const { return Duration{to_ns(quantile(u))}; }

void Distribution::sample(std::span<const double> u, std::span<std::int64_t> out_ns) const {
  TOWTANK_ASSERT(u.size() == out_ns.size(), "a sample needs one uniform each");
  constexpr std::size_t kChunk = 128;
  static_assert(kChunk % BatchCode::kMultiple == 0);
  std::array<double, kChunk> memory;
  for (std::size_t begin = 0; begin < u.size(); begin += kChunk) {
    const std::size_t count = std::min(kChunk, u.size() - begin);
    const std::span<const double> in = u.subspan(begin, count);
    const std::span<double> seconds{memory.data(), count};
    quantiles(in, seconds);
    const std::size_t whole = count / BatchCode::kMultiple * BatchCode::kMultiple;
    const bool fits = batch_code().to_ns(memory.data(), &out_ns[begin], whole);
    for (std::size_t i = fits ? whole : 0; i < count; ++i) out_ns[begin + i] = to_ns(memory[i]);
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
