#pragma once

#include <initializer_list>

#include "models/world/report.hpp"

namespace towtank::tool {

/// What the program tells its caller when it ends (DESIGN section 4).
enum class ExitStatus : int {
  done = 0,
  objective_missed = 1,
  wrong_input = 2,
  undecided = 3,
  unstable = 4,
  partial = 5,
  internal_error = 70,
  // The verb curl ends by numbers of its own: models/walk/walk.hpp, CurlStatus.
};

/// The one that counts where several hold: the first in the order 70, 2, 5, 4, 1, 3, 0.
ExitStatus first_that_holds(std::initializer_list<ExitStatus> statuses);

/// How a finished run ends: from its objectives, and from whether it is complete.
ExitStatus exit_status(const report::Report& report);

}  // namespace towtank::tool
