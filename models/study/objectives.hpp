#pragma once

#include "models/study/report_rows.hpp"

namespace towtank {

/// Judges every objective for every variant that it binds, by the metric's interval: met or missed when all of it lies
/// on one side of the bound, else undecided.
void judge_objectives(const MeasuredStudy& study, report::Report& report);

}  // namespace towtank
