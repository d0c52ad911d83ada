#pragma once

#include <string>

namespace towtank::scenario {

/// How the scenario of a shop begins, and the traffic that stands below its `spec:`.
inline const std::string kHead = "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: shop}\nspec:\n";
inline const std::string kTraffic = "  traffic: [{name: api, to: \"http://shop/\", arrivals: poisson(40/s)}]\n";

}  // namespace towtank::scenario
