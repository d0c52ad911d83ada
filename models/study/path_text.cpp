#include "models/study/path_text.hpp"

#include "models/balancers/balancer.hpp"

namespace towtank {

namespace {

/// Of kube-proxy, or Cilium in its place.
std::string policy_text(const model::Cluster& cluster, const model::ServicePort& service) {
  const model::KubeProxy& proxy = cluster.kube_proxy;
  const BalancerInfo* const scheduler = find_balancer(model::scheduler_of(cluster, service));
  std::string text = service.local ? "Local" : "Cluster";
  if (scheduler != nullptr) text += (proxy.at_socket ? ", " : ", ipvs ") + std::string{scheduler->written()};
  if (proxy.answers_directly && service.entry == model::ServicePort::Entry::node_port && !service.local) text += ", dsr";
  return text;
}

std::string rules_text(const model::Cluster& cluster, const model::ServicePort& service) {
  const bool is_cilium = cluster.kube_proxy.at_socket;
  switch (service.entry) {
    case model::ServicePort::Entry::node_port:
      return (is_cilium ? " -> node -> Cilium" : " -> node -> kube-proxy") + std::string{" (externalTrafficPolicy "} + policy_text(cluster, service) + ")";
    case model::ServicePort::Entry::cluster_ip:
      return (is_cilium ? " -> Cilium, at the caller's socket" : " -> ClusterIP, kube-proxy") + std::string{" (internalTrafficPolicy "} + policy_text(cluster, service) + ")";
    case model::ServicePort::Entry::direct:
      break;
  }
  return "";
}

std::string pods_text(const model::ServicePort& service) {
  return " -> " + std::to_string(service.pods.size()) + (service.pods.size() == 1 ? " pod of " : " pods of ") + service.name +
         (service.is_closed() ? ", where nothing listens: refused" : "");
}

/// Through the first Service on the way.
std::string entry_text(const model::Cluster& cluster, const model::Traffic& traffic) {
  switch (traffic.entry) {
    case model::Traffic::Entry::edge: {
      const model::Edge& edge = cluster.edges[traffic.edge];
      const model::ServicePort& service = cluster.services[edge.service];
      return " -> " + edge.name + " (" + edge.balance.name + ")" + (edge.to_pods ? "" : rules_text(cluster, service)) + pods_text(service);
    }
    case model::Traffic::Entry::service: {
      const model::ServicePort& service = cluster.services[traffic.service];
      return rules_text(cluster, service) + pods_text(service);
    }
    case model::Traffic::Entry::refused:
      return traffic.is_reset ? " -> a listener for TLS, which cuts plain HTTP off: reset" : " -> refused: nothing listens there";
    case model::Traffic::Entry::lost:
      break;
  }
  return " -> lost: no answer comes from there";
}

/// From a bracket on that has been opened.
std::string backend_text(const model::Cluster& cluster, const model::Proxy::Backend& backend) {
  const model::ServicePort& service = cluster.services[backend.service];
  if (backend.through_service) return ")" + rules_text(cluster, service) + pods_text(service);
  return ", " + backend.balance.name + ")" + pods_text(service);
}

std::string proxy_text(const model::Cluster& cluster, const model::Traffic& traffic) {
  const model::Proxy& proxy = cluster.proxies[*traffic.proxy];
  std::string text = " (ingress, " + std::to_string(proxy.workers) + (proxy.workers == 1 ? " worker" : " workers");
  if (proxy.cores > 1) text += " of " + std::to_string(proxy.cores) + " cores";
  text += " each";
  if (!traffic.backend) {
    if (traffic.without_backend == Outcome::ok) return text + ") -> answers by itself";
    if (traffic.without_backend == Outcome::http_3xx) return text + ") -> sent on to https: 308";
    if (traffic.without_backend == Outcome::tls_failed) return text + ") -> speaks no TLS there: the handshake fails";
    return text + ") -> no backend: 4xx";
  }
  const std::vector<model::BackendShare> backends = model::backends_of(cluster, traffic);
  text += backend_text(cluster, *backends.front().backend);
  if (traffic.canary)
    text += "; " + std::to_string(traffic.canary->weight) + " of " + std::to_string(traffic.canary->total) +
            (traffic.canary->by_client ? " clients" : " requests") + " go to a canary (ingress" + backend_text(cluster, *backends.back().backend);
  return text;
}

}  // namespace

std::string path_text(const model::Cluster& cluster, const model::Traffic& traffic) {
  return (traffic.inside ? "in the cluster" : "internet") + entry_text(cluster, traffic) +
         (traffic.proxy ? proxy_text(cluster, traffic) : "");
}

}  // namespace towtank
