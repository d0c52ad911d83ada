#include "models/scenario/pod_listeners.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace towtank::scenario {

bool means(const ObjectRef& ref, const Workload& workload) {
  return (ref.kind.empty() || ref.kind == name_of(workload.kind)) && ref.name == workload.meta.name &&
         (ref.name_space.empty() || ref.name_space == workload.meta.name_space);
}

const PodModel* pod_model_of(std::span<const PodModel> models, const Workload& workload) {
  const auto found =
      std::find_if(models.begin(), models.end(), [&](const PodModel& each) { return means(each.workload, workload); });
  return found == models.end() ? nullptr : &*found;
}

Listener parse_listener(const std::string& text) {
  const std::string_view all = text;
  const std::size_t colon = all.rfind(':');
  const std::string_view address = colon == std::string_view::npos ? std::string_view{} : all.substr(0, colon);
  const std::string_view digits = colon == std::string_view::npos ? all : all.substr(colon + 1);
  Listener made;
  std::from_chars(digits.data(), digits.data() + digits.size(), made.port);
  made.is_loopback = address.substr(0, 4) == "127." || address == "localhost" || address == "[::1]" || address == "::1";
  return made;
}

std::vector<std::int64_t> open_ports(const PodModel& model) {
  std::vector<std::int64_t> ports;
  for (const std::string& text : model.listen) {
    const Listener listener = parse_listener(text);
    if (!listener.is_loopback && std::find(ports.begin(), ports.end(), listener.port) == ports.end())
      ports.push_back(listener.port);
  }
  return ports;
}

bool PodListeners::hear(std::int64_t port) const {
  return !is_known || std::find(ports.begin(), ports.end(), port) != ports.end();
}

PodListeners listeners_of(const ClusterState& state, std::uint32_t pod, const PodModel* given) {
  if (given != nullptr && !given->listen.empty()) return {open_ports(*given), true};
  PodListeners made;
  const auto add = [&](Protocol protocol, std::int64_t port) {
    if (protocol != Protocol::tcp) return;
    made.is_known = true;
    if (std::find(made.ports.begin(), made.ports.end(), port) == made.ports.end()) made.ports.push_back(port);
  };
  for (const ContainerPort& port : state.pods[pod].ports) add(port.protocol, port.container_port);
  if (made.is_known) return made;
  for (const ServiceState& service : state.services)
    for (std::size_t i = 0; i < service.ports.size(); ++i)
      for (const EndpointState& endpoint : service.ports[i].endpoints)
        if (endpoint.pod == pod) add(service.service.ports[i].protocol, endpoint.port);
  return made;
}

bool hears_itself(const PodListeners& listeners, const PodModel* given, std::int64_t port) {
  if (listeners.hear(port)) return true;
  return given != nullptr && std::any_of(given->listen.begin(), given->listen.end(), [&](const std::string& each) {
           const Listener listener = parse_listener(each);
           return listener.is_loopback && listener.port == port;
         });
}

std::optional<PodOnNode> pod_on_node(const ClusterState& state, const Objects& objects,
                                     std::span<const PodModel> models, std::uint32_t node, std::int64_t port) {
  for (std::uint32_t i = 0; i < state.pods.size(); ++i) {
    const PodState& pod = state.pods[i];
    if (pod.node != node) continue;
    const auto mapped = std::find_if(pod.ports.begin(), pod.ports.end(), [&](const ContainerPort& each) {
      return each.protocol == Protocol::tcp && each.host_port == port;
    });
    const ContainerPort* host_port = mapped == pod.ports.end() ? nullptr : &*mapped;
    const PodListeners listeners = listeners_of(state, i, pod_model_of(models, objects.workloads[pod.workload]));
    if (pod.host_network && listeners.is_known && listeners.hear(port)) return PodOnNode{i, port, host_port};
    if (host_port != nullptr) return PodOnNode{i, host_port->container_port, host_port};
  }
  return std::nullopt;
}

}  // namespace towtank::scenario
