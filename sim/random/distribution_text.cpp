#include <array>
#include <charconv>

#include "sim/core/check.hpp"
#include "sim/random/distribution.hpp"
#include "sim/random/distribution_details.hpp"
#include "sim/random/elementary.hpp"

namespace towtank {

namespace {

/// 12 digits: enough to tell laws apart, few enough to hide that 0.0003 s * 1e6 is not quite 300 us.
std::string number(double x) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), x, std::chars_format::general, 12).ptr;
  return {text.data(), end};
}

std::string duration(double seconds) {
  if (seconds >= 1.0 || seconds == 0.0) return number(seconds) + "s";
  if (seconds >= 1e-3) return number(seconds * 1e3) + "ms";
  if (seconds >= 1e-6) return number(seconds * 1e6) + "us";
  return number(seconds * 1e9) + "ns";
}

}  // namespace

std::string Distribution::describe_lognormal() const {
  constexpr double kZ99 = 2.3263478740408411009;
  const std::string p99 = duration(elementary::exp(a_ + kZ99 * b_));
  // Mean and p99 name two laws; beyond sigma = 2 the larger root comes near, so the median serves.
  if (b_ < 2.0) return "lognormal(mean=" + duration(mean_s_) + " p99=" + p99 + ")";
  return "lognormal(median=" + duration(elementary::exp(a_)) + " p99=" + p99 + ")";
}

std::string Distribution::describe_mixture() const {
  std::string text = "mixture(";
  for (const auto& [share, part] : details_->parts) {
    if (text.back() != '(') text += ' ';
    text += number(share) + ":" + part.scaled(scale_).describe();
  }
  return text + ")";
}

std::string Distribution::describe() const {
  switch (law_) {
    case Law::constant:
      return duration(a_);
    case Law::exponential:
      return "exponential(mean=" + duration(a_) + ")";
    case Law::lognormal:
      return describe_lognormal();
    case Law::normal:
      return "normal(mean=" + duration(a_) + " sd=" + duration(b_) + ")";
    case Law::gamma:
      return "gamma(mean=" + duration(mean_s_) + " cv=" + number(elementary::detail::square_root(1.0 / a_)) + ")";
    case Law::erlang:
      return "erlang(k=" + number(a_) + " mean=" + duration(mean_s_) + ")";
    case Law::weibull:
      return "weibull(shape=" + number(a_) + " mean=" + duration(mean_s_) + ")";
    case Law::pareto:
      return "pareto(alpha=" + number(a_) + " min=" + duration(b_) +
             (details_->cut_share > 0.0 ? " max=" + duration(c_) : "") + ")";
    case Law::hyperexponential:
      return "hyperexponential(p=" + number(a_) + " mean1=" + duration(b_) + " mean2=" + duration(c_) + ")";
    case Law::uniform:
      return "uniform(" + duration(a_) + " " + duration(b_) + ")";
    case Law::empirical:
      return "empirical(values=" + number(static_cast<double>(details_->values.size())) + " mean=" + duration(mean_s_) +
             ")";
    case Law::mixture:
      return describe_mixture();
  }
  TOWTANK_CHECK(false, "a distribution has no law");
}

}  // namespace towtank
