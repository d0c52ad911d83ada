#include "tools/towtank/output/numbers.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace towtank::tool {
namespace {

constexpr int kMostDecimals = 9;
constexpr double kNothing = 1e-7;  // of a value: an interval that is narrower is one of equal values

/// Decimals for a value with its interval: as fine as two digits of the half width, so that the bounds tell apart.
int decimals_of_interval(const report::Estimate& estimate, double scale) {
  const std::optional<double> half = half_width(estimate);
  if (!half || *half <= kNothing * std::abs(*estimate.value)) return decimals_for(*estimate.value / scale, 3);
  return decimals_for(*half / scale, 2);
}

/// "VALUE UNIT [LOW, HIGH]", everything divided by `scale`.
std::string interval_text(const report::Estimate& estimate, double scale, const std::string& unit, bool sign) {
  const int decimals = decimals_of_interval(estimate, scale);
  std::string text = with_decimals(*estimate.value / scale, decimals);
  if (sign && text.front() != '-') text.insert(text.begin(), '+');
  text += unit;
  if (half_width(estimate)) {
    text += fmt::format(" [{}, {}]", with_decimals(*estimate.low / scale, decimals),
                        with_decimals(*estimate.high / scale, decimals));
  }
  return text;
}

}  // namespace

TimeUnit time_unit_for(double ms) {
  if (ms < 1.0) return {1e-3, "us"};
  if (ms >= 1000.0) return {1e3, "s"};
  return {1.0, "ms"};
}

int decimals_for(double value, int digits) {
  if (value == 0.0 || !std::isfinite(value)) return 0;
  const auto decimals_at = [digits](double x) {
    return std::clamp(digits - 1 - static_cast<int>(std::floor(std::log10(std::abs(x)))), 0, kMostDecimals);
  };
  const int decimals = decimals_at(value);
  const double unit = std::pow(10.0, -decimals);
  const double rounded = std::round(value / unit) * unit;  // 9.996 shows as 10.0: one decimal less
  return rounded == 0.0 ? decimals : std::min(decimals, decimals_at(rounded * (1 + 1e-12)));
}

std::string with_decimals(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.front() == '-' && text.find_first_of("123456789") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string significant(double value, int digits) { return with_decimals(value, decimals_for(value, digits)); }

std::string round_percentage(double share) { return fmt::format("{:g} %", 100.0 * share); }

std::string percentage(double share, int digits) {
  const double percent = share * 100.0;
  if (std::abs(percent - 100.0) < 1e-9) return "100 %";
  // 99.99 % and 99.999 % of availability must not both read 100 %: near 100 the distance to it decides.
  const int decimals =
      percent > 99.0 && percent < 100.0 ? decimals_for(100.0 - percent, 2) : decimals_for(percent, digits);
  return with_decimals(percent, decimals) + " %";
}

std::optional<double> half_width(const report::Estimate& estimate) {
  if (!estimate.value || !estimate.low || !estimate.high) return std::nullopt;
  return (*estimate.high - *estimate.low) / 2.0;
}

std::string with_half_width(const report::Estimate& estimate, double scale, bool unicode) {
  if (!estimate.value) return "-";
  const double value = *estimate.value / scale;
  const int decimals = decimals_for(value, 3);
  const std::optional<double> half = half_width(estimate);
  if (!half) return with_decimals(value, decimals) + " ?";
  const double scaled_half = *half <= kNothing * std::abs(*estimate.value) ? 0.0 : *half / scale;
  const int half_decimals = scaled_half == 0.0 ? 0 : std::max(decimals, decimals_for(scaled_half, 1));
  return fmt::format("{} {}{}", with_decimals(value, decimals), unicode ? "±" : "+-",
                     with_decimals(scaled_half, half_decimals));
}

std::string time_with_interval(const report::Estimate& estimate_ms, bool sign) {
  if (!estimate_ms.value) return "-";
  double largest = std::abs(*estimate_ms.value);
  if (estimate_ms.low) largest = std::max(largest, std::abs(*estimate_ms.low));
  if (estimate_ms.high) largest = std::max(largest, std::abs(*estimate_ms.high));
  // A difference of 0.6 ms stands beside latencies in ms: only a small one changes the unit.
  const TimeUnit unit = sign && largest >= 0.1 && largest < 1.0 ? TimeUnit{} : time_unit_for(largest);
  return interval_text(estimate_ms, unit.milliseconds, fmt::format(" {}", unit.name), sign);
}

std::string with_interval(const report::Estimate& estimate, bool percent) {
  if (!estimate.value) return "-";
  if (percent && !half_width(estimate)) return percentage(*estimate.value);
  return interval_text(estimate, percent ? 0.01 : 1.0, percent ? " %" : "", false);
}

}  // namespace towtank::tool
