#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/cluster/cluster_state.hpp"
#include "models/kubernetes/ingress_routing.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/scenario.hpp"

/// What Ingresses and their controllers say, for those who simulate it and for those who walk through it.
namespace towtank::scenario {

/// What the annotations of ingress-nginx begin with.
inline constexpr const char* kNginxAnnotations = "nginx.ingress.kubernetes.io/";

/// Traefik's, of a Service: its address in place of its pods'.
inline constexpr const char* kNativeLb = "traefik.ingress.kubernetes.io/service.nativelb";

/// The one whose rules speak most specially of the host; of equal ones the first by the name of its class.
/// @return index into the classes; empty when none speaks of it
std::optional<std::size_t> class_for(std::span<const ServedClass> classes, std::span<const Ingress> ingresses,
                                     const std::string& host, const std::string& path);

/// Whether a rule that names this backend means this Service: its name, in the Ingress's namespace.
bool means(const Ingress& ingress, const IngressBackend& backend, const Service& service);

/// The Service's port that the backend names by number or name; empty when it has none such.
std::optional<std::size_t> backend_port(const IngressBackend& backend, const Service& service);

/// Whether the controller sends to the Service's address in place of its pods'. A headless Service has none, so that
/// the pods are dialled all the same.
/// @param settings  the controller's ConfigMap
/// @source ingress-nginx internal/ingress/controller (getServiceClusterEndpoint), annotation and key service-upstream;
/// Traefik, Kubernetes Ingress, "On Service": annotation service.nativelb
bool goes_through_service(IngressController product, const Ingress& ingress, const Labels& settings,
                          const Service& service);

/// Which part a canary takes of requests that carry neither the header nor the cookie that it may go by.
struct CanaryShare {
  std::uint32_t weight = 0, total = 100;  ///< so many of so many
  bool keeps_sessions = true;             ///< with session affinity, who went there once stays there
  double share() const { return static_cast<double>(weight) / total; }
};

/// A weight that is no whole number is none; a total counts from 101 on; a weight above the total takes all.
/// @source ingress-nginx internal/ingress/annotations/canary, rootfs/etc/nginx/lua/balancer.lua (route_to_alternative_balancer)
CanaryShare canary_share(const Ingress& canary);

/// Whether plain HTTP is sent on to https: the Ingress has TLS for the host, and nothing says no; or it is forced.
/// @source ingress-nginx, "Server-side HTTPS enforcement through redirect" (308)
bool redirects_to_https(const Ingress& ingress, const Labels& settings, const std::string& host);

/// How a request comes to a controller.
struct Arrival {
  bool is_tls = false;  ///< what comes on the connection begins with TLS
  bool on_tls_port = false;
  bool is_told_https = false;  ///< who ended the client's TLS in front says so in X-Forwarded-Proto
  std::int64_t ended_at = 0;   ///< the port of the load balancer of connections that ended TLS; 0 = none did
};

/// @param has_proxy  the last connection is that of a proxy in front, which has ended the client's
/// @param front      of the load balancer of connections that was come through, if any
Arrival arrival_of(bool is_https, bool has_proxy, const TlsInFront& front, bool on_tls_port);

/// Whether what comes and the port agree on TLS.
enum class Understood : std::uint8_t {
  yes,
  tls_on_plain,  ///< the handshake fails
  plain_on_tls,  ///< answered 400
};

/// @source nginx ngx_http_request.c (400, plain HTTP to an HTTPS port); of Envoy's listeners either is taken to be
/// known
Understood understood(IngressController product, const Arrival& arrival);

/// Whether the controller answers 308 by itself, in place of the backend: what came in plain goes to https. It goes by
/// its own listener: that TLS was ended in front it believes a header with `use-forwarded-headers` only, and a load
/// balancer of connections, which adds no header, with `use-proxy-protocol` where it was called at 443.
/// @source ingress-nginx rootfs/etc/nginx/lua/lua_ingress.lua (redirect_to_https, pass_access_scheme)
bool is_sent_on(IngressController product, const Ingress& ingress, const Labels& settings, const std::string& host,
                const Arrival& arrival);

/// Why a controller sends clients on to https that come from there, and what would do. Both are empty of those that
/// came in plain, which do well to follow.
struct SentBack {
  std::string because, cure;
};

/// @param by_snippet  of the ConfigMap, which sends on whatever is said of the client
SentBack sent_back(const Arrival& arrival, bool by_snippet);

/// Whether a server that the ConfigMap adds answers on this port of the controller's pods, and sends all on to https:
/// `listen 2443; return 308 https://...` in http-snippet, as ingress-nginx is shipped for AWS with TLS ended in front;
/// or `if ($server_port = 80) { return 308 https://... }` in server-snippet, as it was.
/// Only what sends all on counts: a `return` of the server itself, or of its one location when that is `/`.
/// @source ingress-nginx deploy/static/provider/aws/nlb-with-tls-termination; nginx ngx_http_rewrite_module
bool is_sent_on_by_snippet(IngressController product, const Labels& settings, std::int64_t port);

/// Whether the backend is an action in an annotation (a redirect, a fixed response), not a Service.
/// @source AWS Load Balancer Controller, Ingress annotations, "actions"
bool is_action(const IngressBackend& backend);

/// Whether a controller takes requests on this port of its pods; others are metrics, webhooks and the like.
/// @param front  the Services that select its pods; may hold others
bool is_ingress_port(const PodState& pod, std::uint32_t index, std::int64_t port, std::span<const ServiceState> front);

/// Whether such a port speaks TLS: named https or websecure, or 443, or what a Service's 443 leads to; unless it is
/// known as one of plain HTTP as well, or a snippet of the settings listens there in plain.
bool is_tls_port(const Labels& settings, const PodState& pod, std::uint32_t index, std::int64_t port,
                 std::span<const ServiceState> front);

}  // namespace towtank::scenario
