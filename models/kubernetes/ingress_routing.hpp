#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/kubernetes/objects.hpp"

namespace towtank {

/// Whether a rule's host serves a request's: equal, or `*.` and one label more. Letter case does not count.
/// @source Kubernetes, Ingress, "Hostname wildcards"
bool host_matches(std::string_view rule_host, std::string_view host);

/// Whether a rule's path serves a request's. `Prefix` goes by elements between slashes: /app serves /app/x, not /apple.
/// `ImplementationSpecific` is taken as a prefix of letters, as ingress-nginx does.
/// @source Kubernetes, Ingress, "Path types"
bool path_matches(const IngressPath& rule, std::string_view path);

/// A class of Ingresses, as its controller takes them.
struct ServedClass {
  std::string name;
  bool is_default = false;   ///< Ingresses without a class too
  bool has_canaries = true;  ///< the controller reads nginx.ingress.kubernetes.io/canary
};

/// Whether the Ingress takes part of another one's traffic, for a controller that knows of canaries.
bool is_canary(const Ingress& ingress);

/// Whether the class's controller serves the Ingress, as a canary too.
bool belongs(const Ingress& ingress, const ServedClass& served);

/// Where the rules of one class send a request.
struct IngressRoute {
  const Ingress* ingress = nullptr;         ///< null: no Ingress of the class speaks of the host
  const IngressRule* rule = nullptr;        ///< null with an `ingress`: its default backend
  const IngressPath* path = nullptr;
  const IngressBackend* backend = nullptr;  ///< null: no path fits, which is a 404
  std::size_t host_rank = 0;                ///< how special the host of the rule is: 0 = any host

  explicit operator bool() const { return ingress != nullptr; }
};

/// The most special host wins (exact, then the longest wildcard, then rules for every host); within it the longest path,
/// an exact one before a prefix, and the older name when all is equal. A host whose paths do not fit is not passed on
/// to less special hosts. Without any rule a default backend serves.
/// Canaries take part of another Ingress's traffic and are left out, where the controller knows of them.
/// @param ingresses  of all classes; `served` chooses
IngressRoute route(std::span<const Ingress> ingresses, const ServedClass& served, std::string_view host,
                   std::string_view path);

/// A canary's rule beside those of other Ingresses.
struct CanaryRoute {
  const Ingress* ingress = nullptr;  ///< null: there is none
  const IngressBackend* backend = nullptr;

  explicit operator bool() const { return ingress != nullptr; }
};

/// The backend that a canary's path takes from: that of the other Ingresses' rule of its class with the same host, path and path
/// type. Empty where there is none, or any of these rules sends to the canary's own.
/// @param rule, path  of the canary @source ingress-nginx internal/ingress/controller (mergeAlternativeBackends)
IngressRoute stable_of(std::span<const Ingress> ingresses, const ServedClass& served, const Ingress& canary, const IngressRule& rule,
                       const IngressPath& path);

/// The canary that takes part of what a route sends to its backend. A canary goes by the backend: once it is that of a rule like one
/// of its own, it takes part of what all rules send to that port of that Service. Of several the first by name.
/// @source ingress-nginx internal/ingress/controller (mergeAlternativeBackend), rootfs/etc/nginx/lua/balancer.lua (the first alternative)
CanaryRoute canary_beside(std::span<const Ingress> ingresses, const ServedClass& served, const IngressRoute& route);

/// Whether any Ingress, of whatever class, has a rule for this very host.
const Ingress* ingress_of_host(std::span<const Ingress> ingresses, std::string_view host);

}  // namespace towtank
