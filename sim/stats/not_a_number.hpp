#pragma once

#include <limits>

namespace towtank {

inline constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

}  // namespace towtank
