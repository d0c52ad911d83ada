#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/scenario/scenario.hpp"

/// What the programs in the pods listen on, as spec.pods has it.
namespace towtank::scenario {

/// Whether the reference means this workload: same name, and same kind and namespace if it gives them.
bool means(const ObjectRef& ref, const Workload& workload);

/// What spec.pods says of the workload; null when it says nothing.
const PodModel* pod_model_of(std::span<const PodModel> models, const Workload& workload);

struct Listener {
  std::int64_t port = 0;
  bool is_loopback = false;  ///< heard by the pod itself only: `127.0.0.1:8001`, `localhost:8001`, `[::1]:8001`
};

/// @param text  as spec.pods.*.listen takes it: `8001`, `ADDRESS:8001`
Listener parse_listener(const std::string& text);

/// Ports that others reach, in the order given, each once.
std::vector<std::int64_t> open_ports(const PodModel& model);

}  // namespace towtank::scenario
