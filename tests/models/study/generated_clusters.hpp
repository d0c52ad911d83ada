#pragma once

#include <cstdint>
#include <functional>

#include "tests/models/study/studies.hpp"

/// Random scenarios with their objects, for what must hold in every cluster.
namespace towtank::test {

/// A valid scenario, the same for the same seed: any way into a cluster, any placement, loads from idle to too much,
/// kept connections, short queues, impatient clients.
ScenarioText generated_cluster(std::uint64_t seed);

/// What is left of a scenario when every part is dropped without which it still fails.
/// @param fails  false of scenarios that cannot be read
ScenarioText shrunk(ScenarioText text, const std::function<bool(const ScenarioText&)>& fails);

}  // namespace towtank::test
