#pragma once

#include <span>

#include "sim/stats/student_t.hpp"

namespace towtank {

/// A mean with the help of a control: a quantity of the same replications whose expectation is known.
struct ControlledMean {
  Interval interval;         ///< in the unit of the values
  double coefficient = 0.0;  ///< of the regression of the values on the control
  double reduction = 1.0;  ///< variance of the plain mean over that of the controlled one, as estimated; < 1 where the
                           ///< control does not help
};

/// The mean of replications, moved by how far the control's mean lies from its expectation: by regression, so that one
/// degree of freedom goes to the coefficient (R - 2 are left). Exact for jointly normal replications.
/// Unresolved with fewer than four replications, or when one of the numbers is not finite; a control without spread
/// changes nothing.
/// @param values, controls  one of each replication, equally many   @param confidence  in (0, 1)
/// @source Lavenberg and Welch, Management Science 27(3), 1981.
ControlledMean controlled_mean(std::span<const double> values, std::span<const double> controls, double expected,
                               double confidence);

}  // namespace towtank
