#include "sim/stats/control.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "sim/core/check.hpp"

namespace towtank {

ControlledMean controlled_mean(std::span<const double> values, std::span<const double> controls, double expected,
                               double confidence) {
  TOWTANK_CHECK(values.size() == controls.size(), "a value and a control of each replication");
  const std::size_t r = values.size();
  const Interval plain = mean_interval(values, confidence);
  ControlledMean made{Interval::unresolved(plain.estimate)};
  const double value_mean = mean_of(values), control_mean = mean_of(controls);
  if (r < 4 || !std::isfinite(value_mean) || !std::isfinite(control_mean)) return made;
  double spread = 0.0, together = 0.0, total = 0.0;
  for (std::size_t i = 0; i < r; ++i) {
    const double value = values[i] - value_mean, control = controls[i] - control_mean;
    spread += control * control;
    together += value * control;
    total += value * value;
  }
  made.interval = plain;
  if (spread <= 0.0 || total <= 0.0) return made;
  made.coefficient = together / spread;
  const double n = static_cast<double>(r), distance = control_mean - expected;
  const double rest = std::max(0.0, total - made.coefficient * together) / (n - 2.0);
  const double variance = rest * (1.0 / n + distance * distance / spread);
  made.interval =
      Interval::around(value_mean - made.coefficient * distance, two_sided_t(r - 1, confidence) * std::sqrt(variance));
  if (variance > 0.0) made.reduction = total / (n - 1.0) / n / variance;
  return made;
}

}  // namespace towtank
