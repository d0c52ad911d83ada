#include "models/kubernetes/ingress_routing.hpp"

#include <algorithm>
#include <tuple>

#include "models/kubernetes/annotations.hpp"

namespace towtank {
namespace {

std::string lower(std::string_view text) {
  std::string made{text};
  for (char& c : made) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return made;
}

bool is_wildcard(std::string_view host) { return host.substr(0, 2) == "*."; }

/// How special a host is: a longer wildcard before a shorter one, an exact host before both.
std::size_t rank_of_host(std::string_view host) {
  if (host.empty()) return 0;
  return is_wildcard(host) ? host.size() : std::size_t{1} << 16;
}

/// Those that are in force by themselves, or the canaries, by name.
std::vector<const Ingress*> of_class(std::span<const Ingress> ingresses, const ServedClass& served, bool canaries) {
  std::vector<const Ingress*> found;
  for (const Ingress& ingress : ingresses)
    if (belongs(ingress, served) && (served.has_canaries && is_canary(ingress)) == canaries) found.push_back(&ingress);
  std::sort(found.begin(), found.end(), [](const Ingress* a, const Ingress* b) { return a->meta.full_name() < b->meta.full_name(); });
  return found;
}

/// One port of one Service, as controllers tell their upstreams apart.
bool is_same_upstream(const Ingress& one, const IngressBackend& a, const Ingress& other, const IngressBackend& b) {
  return one.meta.name_space == other.meta.name_space && a.service == b.service && a.port.number == b.port.number && a.port.text == b.port.text;
}

struct Candidate {
  IngressRoute route;
  std::size_t host = 0, length = 0;
  bool exact = false;

  bool is_better_than(const Candidate& other) const {
    return std::tuple{length, exact} > std::tuple{other.length, other.exact};
  }
};

}  // namespace

bool is_canary(const Ingress& ingress) {
  const auto canary = ingress.meta.annotations.find("nginx.ingress.kubernetes.io/canary");
  return canary != ingress.meta.annotations.end() && truth_of(canary->second).value_or(false);
}

bool belongs(const Ingress& ingress, const ServedClass& served) {
  return ingress.class_name == served.name || (ingress.class_name.empty() && served.is_default);
}

bool host_matches(std::string_view rule_host, std::string_view host) {
  if (rule_host.empty()) return true;
  const std::string wanted = lower(rule_host), asked = lower(host);
  if (!is_wildcard(wanted)) return wanted == asked;
  const std::size_t dot = asked.find('.');
  return dot != std::string::npos && dot > 0 && asked.substr(dot) == wanted.substr(1);
}

bool path_matches(const IngressPath& rule, std::string_view path) {
  const std::string_view wanted = rule.path.empty() ? std::string_view{"/"} : std::string_view{rule.path};
  if (rule.type == PathType::exact) return path == wanted;
  if (rule.type == PathType::implementation_specific) return path.substr(0, wanted.size()) == wanted;
  const std::string_view elements = wanted.back() == '/' ? wanted.substr(0, wanted.size() - 1) : wanted;
  return path.substr(0, elements.size()) == elements && (path.size() == elements.size() || path[elements.size()] == '/');
}

IngressRoute route(std::span<const Ingress> ingresses, const ServedClass& served, std::string_view host,
                   std::string_view path) {
  const std::vector<const Ingress*> stable = of_class(ingresses, served, false);
  Candidate best;
  bool any_host = false;
  for (const Ingress* ingress : stable)
    for (const IngressRule& rule : ingress->rules) {
      const std::size_t rank = rank_of_host(rule.host);
      if (!host_matches(rule.host, host) || (any_host && rank < best.host)) continue;
      if (!any_host || rank > best.host) best = Candidate{{ingress, &rule, nullptr, nullptr, rank}, rank};
      any_host = true;
      for (const IngressPath& each : rule.paths) {
        if (!path_matches(each, path)) continue;
        const Candidate found{{ingress, &rule, &each, &each.backend, rank}, rank, each.path.size(), each.type == PathType::exact};
        if (best.route.backend == nullptr || found.is_better_than(best)) best = found;
      }
      // A rule with a host and no paths sends all of it to the default backend.
      if (rule.paths.empty() && best.route.backend == nullptr && ingress->default_backend)
        best.route = {ingress, &rule, nullptr, &*ingress->default_backend, rank};
    }
  if (any_host && best.route.backend != nullptr) return best.route;
  for (const Ingress* ingress : stable)
    if (ingress->default_backend && (ingress->rules.empty() || best.route.ingress == ingress))
      return {ingress, nullptr, nullptr, &*ingress->default_backend, best.route.host_rank};
  return best.route;
}

IngressRoute stable_of(std::span<const Ingress> ingresses, const ServedClass& served, const Ingress& canary, const IngressRule& rule,
                       const IngressPath& path) {
  IngressRoute found;
  for (const Ingress* ingress : of_class(ingresses, served, false))
    for (const IngressRule& other : ingress->rules)
      for (const IngressPath& each : other.paths) {
        if (is_same_upstream(*ingress, each.backend, canary, path.backend)) return {};
        const bool is_like = lower(other.host) == lower(rule.host) && each.path == path.path && each.type == path.type;
        if (is_like && !found) found = {ingress, &other, &each, &each.backend, rank_of_host(other.host)};
      }
  return found;
}

CanaryRoute canary_beside(std::span<const Ingress> ingresses, const ServedClass& served, const IngressRoute& route) {
  if (!served.has_canaries || route.backend == nullptr) return {};
  for (const Ingress* canary : of_class(ingresses, served, true))
    for (const IngressRule& rule : canary->rules)
      for (const IngressPath& path : rule.paths)
        if (const IngressRoute stable = stable_of(ingresses, served, *canary, rule, path);
            stable && is_same_upstream(*stable.ingress, *stable.backend, *route.ingress, *route.backend))
          return {canary, &path.backend};
  return {};
}

const Ingress* ingress_of_host(std::span<const Ingress> ingresses, std::string_view host) {
  const Ingress* found = nullptr;
  for (const Ingress& ingress : ingresses)
    for (const IngressRule& rule : ingress.rules)
      if (!rule.host.empty() && host_matches(rule.host, host) && (found == nullptr || ingress.meta.full_name() < found->meta.full_name()))
        found = &ingress;
  return found;
}

}  // namespace towtank
