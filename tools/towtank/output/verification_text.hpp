#pragma once

#include <string>

#include "tools/towtank/observed/verification.hpp"

namespace towtank::tool {

/// What was compared, the table, what follows for the what-ifs, and the conclusion.
std::string verification_text(const Prediction& prediction, const ObservedLatencies& observed,
                              const Verification& verification, bool unicode);
std::string verification_json(const Prediction& prediction, const ObservedLatencies& observed,
                              const Verification& verification);

}  // namespace towtank::tool
