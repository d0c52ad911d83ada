#pragma once

#include <span>
#include <vector>

#include "sim/stats/student_t.hpp"

namespace towtank {

/// A quantity of the same replications whose expectation is known.
struct Control {
  std::span<const double> values;  ///< one of each replication
  double expected = 0.0;
};

/// A mean with the help of controls.
struct ControlledMean {
  Interval interval;                 ///< in the unit of the values
  std::vector<double> coefficients;  ///< of the regression of the values on the controls; empty when it was not made
  double reduction = 1.0;  ///< variance of the plain mean over that of the controlled one, as estimated; < 1 where the
                           ///< controls do not help
};

/// The mean of replications, moved by how far the controls' means lie from their expectations: by regression, so that each
/// coefficient takes a degree of freedom (R - 1 - controls are left). The jackknife takes out what the estimated coefficients
/// bias it by where the regression is not a line, and the interval heeds the skewness of the residuals.
/// Unresolved with fewer than three replications more than controls, or when one of the numbers is not finite; a control
/// without spread, or one that the others determine, changes nothing.
/// @param values  one of each replication, as of each control   @param confidence  in (0, 1)
/// @source Lavenberg and Welch, Management Science 27(3), 1981; left-out residuals: Cook and Weisberg, Residuals and Influence
///   in Regression (1982), 2.2; interval: see `skewed_interval`.
ControlledMean controlled_mean(std::span<const double> values, std::span<const Control> controls, double confidence);

}  // namespace towtank
