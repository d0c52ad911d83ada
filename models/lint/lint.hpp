#pragma once

#include "models/lint/finding.hpp"
#include "models/lint/subject.hpp"

namespace towtank::lint {

/// What all rules find in one variant.
Findings lint(const Subject& subject);

}  // namespace towtank::lint
