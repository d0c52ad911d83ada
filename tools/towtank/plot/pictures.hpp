#pragma once

#include <string>
#include <vector>

#include "models/study/load_plan.hpp"
#include "models/world/report.hpp"
#include "tools/towtank/plot/gnuplot.hpp"

namespace towtank::tool {

/// One picture per traffic: latency over the percentile, the axis stretched towards 100 %, a curve and the band of its
/// interval per variant.
std::vector<Picture> latency_pictures(const std::vector<report::LatencyRow>& rows,
                                      const std::vector<std::string>& formats);

/// One picture per traffic of five variants or more: p99 with its interval, the variants one below the other in their
/// order.
std::vector<Picture> ranking_pictures(const std::vector<report::LatencyRow>& rows,
                                      const std::vector<std::string>& formats);

/// The load of each endpoint over the average, bars side by side per variant; above 40 endpoints, curves of the
/// endpoints in order of load. Empty when no endpoint has a load.
std::vector<Picture> endpoint_pictures(const std::vector<report::EndpointRow>& rows,
                                       const std::vector<std::string>& formats);

/// One picture: jobs at all pods from the start on, for ten times the warm-up, a curve and the band of its interval per
/// variant, the warm-up shaded. Empty without rows.
std::vector<Picture> warmup_pictures(const std::vector<report::WarmupRow>& rows, const std::vector<std::string>& formats);

/// One picture per traffic: p99 over the load, a curve and the band of its interval per variant, the mean thin, and the
/// load at which the variant saturates. Empty when no point has a p99.
std::vector<Picture> load_pictures(const std::vector<LoadCurveRow>& rows, const std::vector<std::string>& formats);

}  // namespace towtank::tool
