#include "models/scenario/ingress_rules.hpp"

#include <algorithm>

#include "models/kubernetes/ingress_routing.hpp"

namespace towtank::scenario {
namespace {

constexpr const char* kAnnotations = "nginx.ingress.kubernetes.io/";

std::string value_of(const Labels& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? "" : found->second;
}

std::string annotation(const Ingress& ingress, const char* name) {
  return value_of(ingress.meta.annotations, std::string{kAnnotations} + name);
}

/// Whether the port has one of the names or numbers, by the pod's own words or those of a Service that leads to it.
bool is_known_as(const PodState& pod, std::uint32_t index, std::int64_t port, std::span<const ServiceState> services,
                 std::span<const std::string_view> names, std::int64_t number) {
  const auto is_one = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const ContainerPort& each : pod.ports)
    if (each.container_port == port && is_one(each.name)) return true;
  if (port == number) return true;
  for (const ServiceState& service : services)
    for (std::size_t p = 0; p < service.ports.size(); ++p) {
      const ServicePort& about = service.service.ports[p];
      if (about.port != number && !is_one(about.name)) continue;
      for (const EndpointState& endpoint : service.ports[p].endpoints)
        if (endpoint.pod == index && endpoint.port == port) return true;
    }
  return false;
}

constexpr std::string_view kPlain[] = {"http", "web"};
constexpr std::string_view kTls[] = {"https", "websecure"};

}  // namespace

std::optional<std::size_t> class_for(std::span<const ServedClass> classes, std::span<const Ingress> ingresses,
                                     const std::string& host, const std::string& path) {
  std::optional<std::size_t> best;
  std::size_t best_rank = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const IngressRoute found =
        route(ingresses, classes[i].name, classes[i].is_default, host, path.empty() ? "/" : path);
    if (!found) continue;
    const bool is_better =
        !best || found.host_rank > best_rank || (found.host_rank == best_rank && classes[i].name < classes[*best].name);
    if (!is_better) continue;
    best = i;
    best_rank = found.host_rank;
  }
  return best;
}

bool means(const Ingress& ingress, const IngressBackend& backend, const Service& service) {
  return service.meta.name == backend.service && service.meta.name_space == ingress.meta.name_space;
}

std::optional<std::size_t> backend_port(const IngressBackend& backend, const Service& service) {
  for (std::size_t i = 0; i < service.ports.size(); ++i)
    if (backend.port.number ? service.ports[i].port == *backend.port.number
                            : service.ports[i].name == backend.port.text)
      return i;
  return std::nullopt;
}

bool goes_through_service(const Ingress& ingress, const Labels& settings, const Service& service) {
  if (service.is_headless()) return false;
  return annotation(ingress, "service-upstream") == "true" || value_of(settings, "service-upstream") == "true";
}

bool redirects_to_https(const Ingress& ingress, const Labels& settings, const std::string& host) {
  if (annotation(ingress, "force-ssl-redirect") == "true" || value_of(settings, "force-ssl-redirect") == "true")
    return true;
  const bool has_tls = std::any_of(ingress.tls_hosts.begin(), ingress.tls_hosts.end(),
                                   [&](const std::string& each) { return !each.empty() && host_matches(each, host); });
  const std::string own = annotation(ingress, "ssl-redirect");
  return has_tls && (own.empty() ? value_of(settings, "ssl-redirect") : own) != "false";
}

bool is_sent_on(IngressController product, const Ingress& ingress, const Labels& settings, const std::string& host,
                const Arrival& arrival) {
  if (product != IngressController::ingress_nginx || arrival.on_tls_port || arrival.tls_ended) return false;
  if (arrival.is_secure_in_front && value_of(settings, "use-forwarded-headers") == "true") return false;
  return redirects_to_https(ingress, settings, host);
}

bool is_action(const IngressBackend& backend) { return backend.port.text == "use-annotation"; }

bool is_tls_port(const PodState& pod, std::uint32_t index, std::int64_t port, std::span<const ServiceState> front) {
  // A Service's 443 may lead to plain HTTP behind a load balancer that ends TLS.
  return is_known_as(pod, index, port, front, kTls, 443) && !is_known_as(pod, index, port, front, kPlain, 80);
}

bool is_ingress_port(const PodState& pod, std::uint32_t index, std::int64_t port, std::span<const ServiceState> front) {
  return is_known_as(pod, index, port, front, kPlain, 80) || is_known_as(pod, index, port, front, kTls, 443);
}

}  // namespace towtank::scenario
