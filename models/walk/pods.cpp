#include <algorithm>
#include <charconv>

#include "models/kubernetes/selection.hpp"
#include "models/scenario/wording.hpp"
#include "models/walk/walker.hpp"

namespace towtank::walk {
namespace {

bool is_named(const scenario::ObjectRef& ref, const Workload& workload) {
  return (ref.kind.empty() || ref.kind == name_of(workload.kind)) && ref.name == workload.meta.name &&
         (ref.name_space.empty() || ref.name_space == workload.meta.name_space);
}

void add_once(std::vector<std::int64_t>& ports, std::int64_t port) {
  if (std::find(ports.begin(), ports.end(), port) == ports.end()) ports.push_back(port);
}

}  // namespace

const scenario::PodModel* Walker::model_of(std::uint32_t index) const {
  const Workload& workload = ground_.objects.workloads[pod(index).workload];
  for (const scenario::PodModel& model : ground_.scenario.pods)
    if (is_named(model.workload, workload)) return &model;
  return nullptr;
}

/// The ports that other pods reach: those of `listen`, else those declared and those that Services send to.
std::vector<std::int64_t> Walker::listeners_of(std::uint32_t index) const {
  std::vector<std::int64_t> ports;
  if (const scenario::PodModel* given = model_of(index); given != nullptr && !given->listen.empty()) {
    for (const std::string& listener : given->listen) {
      if (listener.substr(0, 4) == "127." || listener.substr(0, 9) == "localhost") continue;
      const std::size_t colon = listener.rfind(':');
      const std::size_t start = colon == std::string::npos ? 0 : colon + 1;
      std::int64_t port = 0;
      std::from_chars(listener.data() + start, listener.data() + listener.size(), port);
      add_once(ports, port);
    }
    return ports;
  }
  for (const ContainerPort& port : pod(index).ports) add_once(ports, port.container_port);
  for (const ServiceState& each : ground_.state.services) {
    if (each.service.is_headless()) continue;
    for (const ServicePortState& port : each.ports)
      for (const EndpointState& endpoint : port.endpoints)
        if (endpoint.pod == index) add_once(ports, endpoint.port);
  }
  return ports;
}

bool Walker::listens(std::uint32_t index, std::int64_t port) {
  const std::vector<std::int64_t> ports = listeners_of(index);
  const scenario::PodModel* given = model_of(index);
  const bool heard = std::find(ports.begin(), ports.end(), port) != ports.end();
  if (heard && (given == nullptr || given->listen.empty())) {
    const Workload& workload = ground_.objects.workloads[pod(index).workload];
    const std::string name = std::string{name_of(workload.kind)} + "/" + scenario::short_name(workload.meta);
    assumptions_.insert("the app of " + name + " listens on " + std::to_string(port) + " (spec.pods." + name +
                        ".listen)");
  }
  return heard;
}

std::optional<double> Walker::round_trip(const Caller& caller, std::uint32_t to) const {
  if (!caller.node) return caller.at_edge ? ground_.round_trips.same_zone_s : ground_.round_trips.client_s;
  if (*caller.node == to) return ground_.round_trips.same_node_s;
  return node(*caller.node).zone == node(to).zone ? ground_.round_trips.same_zone_s : ground_.round_trips.cross_zone_s;
}

void Walker::to_pod(Path path, std::uint32_t index, std::int64_t port, const Mark& mark, const std::string& object) {
  const PodState& there = pod(index);
  const std::string number = std::to_string(port);
  const auto declared = std::find_if(there.ports.begin(), there.ports.end(),
                                     [&](const ContainerPort& each) { return each.container_port == port; });
  path.add("container port " + number,
           declared == there.ports.end()
               ? "no container declares it, which does not matter: containerPort opens and closes nothing"
               : "declared" + (declared->name.empty() ? std::string{} : " as " + declared->name) +
                     ": a name and a note, it opens nothing");
  const std::string who = (there.name_space == "default" ? "" : there.name_space + "/") + there.name;
  if (!listens(index, port)) {
    const std::vector<std::int64_t> ports = listeners_of(index);
    path.add("app port " + number + " in " + who, "no process listens: the pod's kernel answers with a reset");
    Ending ending{.status = CurlStatus::refused, .http = 0, .why = {}, .mark = mark, .object = object, .cure = {}};
    ending.why = "the packets reach the pods, where no process listens on " + number +
                 (ports.empty() ? "" : ": it is " + scenario::listed(ports));
    ending.cure = ports.empty()    ? "let the app listen on 0.0.0.0:" + number
                  : object.empty() ? "dial port " + std::to_string(ports.front())
                                   : "targetPort: " + std::to_string(ports.front()) +
                                         ", or an app that listens on 0.0.0.0:" + number;
    return end(std::move(path), std::move(ending));
  }
  if (const scenario::Ground::Controller* controller = controller_of_pod(index)) {
    path.add("controller port " + number + " in " + who,
             "the connection ends here; its source is " + path.caller.address);
    return at_controller(std::move(path), *controller, index);
  }
  path.add("app server port " + number + " in " + who,
           "listens and answers; it sees the source " + path.caller.address);
  end(std::move(path),
      {.status = CurlStatus::done, .http = 200, .why = "the app answers", .mark = {}, .object = {}, .cure = {}});
}

}  // namespace towtank::walk
