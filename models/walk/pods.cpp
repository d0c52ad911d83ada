#include <algorithm>

#include "models/scenario/ingress_rules.hpp"
#include "models/scenario/pod_listeners.hpp"
#include "models/scenario/wording.hpp"
#include "models/walk/walker.hpp"

namespace towtank::walk {
const scenario::PodModel* Walker::model_of(std::uint32_t index) const {
  return scenario::pod_model_of(ground_.scenario.pods, workload_of(index));
}

scenario::PodListeners Walker::listeners_of(std::uint32_t index) const {
  return scenario::listeners_of(ground_.state, index, model_of(index));
}

/// Of the controller's ports those that take requests. @return null for other ports, and for other pods
const Walker::Controller* Walker::controller_at(std::uint32_t index, std::int64_t port) const {
  const auto& all = ground_.controllers;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Controller& each) { return each.workload == pod(index).workload; });
  if (found == all.end() || !scenario::is_ingress_port(pod(index), index, port, ground_.state.services)) return nullptr;
  return &*found;
}

bool Walker::listens(std::uint32_t index, std::int64_t port) {
  const scenario::PodModel* given = model_of(index);
  const bool heard = listeners_of(index).hear(port);
  if (heard && (given == nullptr || given->listen.empty())) {
    const std::string name = title_of(workload_of(index));
    assumptions_.insert("the app of " + name + " listens on " + std::to_string(port) + " (spec.pods." + name +
                        ".listen)");
  }
  return heard;
}

/// Load balancers and web servers stand near the cluster: callers inside do not cross the internet to come to one.
double Walker::to_edge_s(const Path& path) const {
  return is_inside(path) ? ground_.round_trips.same_zone_s : ground_.round_trips.client_s;
}

std::optional<double> Walker::round_trip(const Caller& caller, std::uint32_t to) const {
  if (!caller.node) return caller.at_edge ? ground_.round_trips.same_zone_s : ground_.round_trips.client_s;
  if (*caller.node == to) return ground_.round_trips.same_node_s;
  return node(*caller.node).zone == node(to).zone ? ground_.round_trips.same_zone_s : ground_.round_trips.cross_zone_s;
}

void Walker::to_pod(Path path, std::uint32_t index, std::int64_t port, const Mark& mark, const std::string& object) {
  const PodState& there = pod(index);
  const std::string number = std::to_string(port);
  const auto declared = std::find_if(there.ports.begin(), there.ports.end(), [&](const ContainerPort& each) {
    return each.container_port == port && each.protocol == Protocol::tcp;
  });
  path.add("container port " + number,
           declared == there.ports.end()
               ? "no container declares it, which does not matter: containerPort opens and closes nothing"
               : "declared" + (declared->name.empty() ? std::string{} : " as " + declared->name) +
                     ": a name and a note, it opens nothing");
  const std::string who = (there.name_space == "default" ? "" : there.name_space + "/") + there.name;
  if (!listens(index, port)) {
    const std::vector<std::int64_t> ports = listeners_of(index).ports;
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
  if (const Controller* controller = controller_at(index, port)) {
    path.add("controller port " + number + " in " + who,
             "the connection ends here; its source is " + path.caller.address);
    return at_controller(std::move(path), *controller, index, port);
  }
  if (path.target.scheme == "https" && path.proxy.is_none() && (!path.front.is_ended || path.front.is_begun_anew))
    assumptions_.insert("the app of " + title_of(workload_of(index)) + " speaks TLS on " + number);
  path.add("app server port " + number + " in " + who,
           "listens and answers; it sees the source " + path.caller.address);
  end(std::move(path),
      {.status = CurlStatus::done, .http = 200, .why = "the app answers", .mark = {}, .object = {}, .cure = {}});
}

}  // namespace towtank::walk
