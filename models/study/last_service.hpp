#pragma once

#include <optional>

#include "models/world/model.hpp"
#include "sim/random/distribution.hpp"

namespace towtank {

/// The law of the service at the pod that answers, where the rest of a success' latency is independent of it: drawn for
/// each request by itself, it is the last thing that happens but for the way back. Empty where its length decides
/// something else of that request (a timeout, cores that are shared), where pods serve unlike, and where it does not
/// vary.
std::optional<Distribution> last_service(const model::Cluster& cluster, const model::Traffic& traffic);

}  // namespace towtank
