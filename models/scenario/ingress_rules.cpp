#include "models/scenario/ingress_rules.hpp"

#include <algorithm>
#include <charconv>

#include "models/kubernetes/annotations.hpp"

namespace towtank::scenario {
namespace {

std::string value_of(const Labels& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? "" : found->second;
}

std::string annotation(const Ingress& ingress, const char* name) {
  return value_of(ingress.meta.annotations, std::string{kNginxAnnotations} + name);
}

bool is_true(const std::string& text) { return truth_of(text).value_or(false); }

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

/// A ConfigMap's piece of nginx configuration, without what does not count: space and comments.
std::string snippet(const Labels& settings, const std::string& key) {
  std::string packed;
  bool is_comment = false;
  for (const char c : value_of(settings, key)) {
    is_comment = c != '\n' && (is_comment || c == '#');
    if (!is_comment && c != ' ' && c != '\t' && c != '\n' && c != '\r') packed += c;
  }
  return packed;
}

/// Whether a `return` begins so: `308https://...`.
bool leads_to_https(std::string_view what) {
  constexpr std::string_view kScheme = "https://";
  return what.size() > 3 && what.substr(0, 2) == "30" && what.substr(3, kScheme.size()) == kScheme &&
         std::string_view{"1278"}.find(what[2]) != std::string_view::npos;
}

/// By the block's own statements: those of blocks in it have conditions, unless that is one location of all paths.
/// @param block  from behind its opening brace on, maybe beyond its end
bool sends_to_https(std::string_view block) {
  constexpr std::string_view kReturn = "return", kLocation = "location", kOfAll = "location/{";
  std::size_t locations = 0, of_all = 0;
  int depth = 0;
  for (std::size_t at = 0; at < block.size() && depth >= 0; ++at) {
    const std::string_view rest = block.substr(at);
    const bool begins = at == 0 || std::string_view{";{}"}.find(block[at - 1]) != std::string_view::npos;
    if (begins && depth == 0) {
      if (rest.substr(0, kReturn.size()) == kReturn) return leads_to_https(rest.substr(kReturn.size()));
      if (rest.substr(0, kLocation.size()) == kLocation) ++locations;
      if (rest.substr(0, kOfAll.size()) == kOfAll) of_all = at + kOfAll.size();
    }
    depth += block[at] == '{' ? 1 : block[at] == '}' ? -1 : 0;
  }
  return locations == 1 && of_all > 0 && sends_to_https(block.substr(of_all));
}

/// `listen2443;` `listen0.0.0.0:2443default_server;`, and without `ssl`.
bool listens_plainly(std::string_view block, std::int64_t port) {
  const std::string digits = std::to_string(port);
  for (std::size_t at = block.find("listen"); at != std::string_view::npos; at = block.find("listen", at + 1)) {
    std::string_view what = block.substr(at + 6, block.find(';', at) - at - 6);
    if (const std::size_t colon = what.rfind(':'); colon != std::string_view::npos) what.remove_prefix(colon + 1);
    const bool is_it = what.substr(0, digits.size()) == digits;
    const std::string_view options = is_it ? what.substr(digits.size()) : std::string_view{};
    const bool ends = options.empty() || options[0] < '0' || options[0] > '9';
    if (is_it && ends && options.find("ssl") == std::string_view::npos) return true;
  }
  return false;
}

/// Each `server{...}` of a snippet, up to the next one.
std::vector<std::string> servers_of(const std::string& text) {
  std::vector<std::string> found;
  for (std::size_t at = text.find("server{"); at != std::string::npos;) {
    const std::size_t next = text.find("server{", at + 1);
    found.push_back(text.substr(at, next - at));
    at = next;
  }
  return found;
}

}  // namespace

std::optional<std::size_t> class_for(std::span<const ServedClass> classes, std::span<const Ingress> ingresses,
                                     const std::string& host, const std::string& path) {
  std::optional<std::size_t> best;
  std::size_t best_rank = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const IngressRoute found = route(ingresses, classes[i], host, path.empty() ? "/" : path);
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

bool goes_through_service(IngressController product, const Ingress& ingress, const Labels& settings,
                          const Service& service) {
  if (service.is_headless()) return false;
  if (product == IngressController::traefik)
    return is_true(value_of(service.meta.annotations, kNativeLb));
  if (product == IngressController::haproxy) return false;
  return is_true(annotation(ingress, "service-upstream")) || is_true(value_of(settings, "service-upstream"));
}

CanaryShare canary_share(const Ingress& canary) {
  constexpr std::uint32_t kTotal = 100;
  const auto number = [&](const char* name) -> std::int64_t {
    const std::string text = annotation(canary, name);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::clamp<std::int64_t>(value, 0, INT32_MAX) : 0;
  };
  CanaryShare made;
  made.total = std::max(kTotal, static_cast<std::uint32_t>(number("canary-weight-total")));
  made.weight = std::min(made.total, static_cast<std::uint32_t>(number("canary-weight")));
  made.keeps_sessions = annotation(canary, "affinity-canary-behavior") != "legacy";
  return made;
}

bool redirects_to_https(const Ingress& ingress, const Labels& settings, const std::string& host) {
  if (is_true(annotation(ingress, "force-ssl-redirect")) || is_true(value_of(settings, "force-ssl-redirect")))
    return true;
  const bool has_tls = std::any_of(ingress.tls_hosts.begin(), ingress.tls_hosts.end(),
                                   [&](const std::string& each) { return !each.empty() && host_matches(each, host); });
  const std::string own = annotation(ingress, "ssl-redirect");
  return has_tls && truth_of(own).value_or(truth_of(value_of(settings, "ssl-redirect")).value_or(true));
}

Arrival arrival_of(bool is_https, bool has_proxy, const TlsInFront& front, bool on_tls_port) {
  Arrival made;
  made.on_tls_port = on_tls_port;
  // A proxy's own connection is taken to speak what the port does.
  made.is_tls = has_proxy ? on_tls_port : is_https && (!front.is_ended || front.is_begun_anew);
  made.is_told_https = is_https && (has_proxy || (front.is_ended && front.is_told));
  made.ended_at = is_https && !has_proxy && front.is_ended ? front.port : 0;
  return made;
}

Understood understood(IngressController product, const Arrival& arrival) {
  if (arrival.is_tls == arrival.on_tls_port) return Understood::yes;
  if (arrival.is_tls) return Understood::tls_on_plain;
  return product == IngressController::envoy ? Understood::yes : Understood::plain_on_tls;
}

bool is_sent_on(IngressController product, const Ingress& ingress, const Labels& settings, const std::string& host,
                const Arrival& arrival) {
  constexpr std::int64_t kHttps = 443;
  if (product != IngressController::ingress_nginx || arrival.on_tls_port) return false;
  if (arrival.is_told_https && is_true(value_of(settings, "use-forwarded-headers"))) return false;
  if (arrival.ended_at == kHttps && is_true(value_of(settings, "use-proxy-protocol"))) return false;
  return redirects_to_https(ingress, settings, host);
}

SentBack sent_back(const Arrival& arrival, bool by_snippet) {
  const std::string who = arrival.ended_at != 0 ? "the load balancer ends TLS" : "the proxy in front ends TLS";
  if (!arrival.is_told_https && arrival.ended_at == 0) return {};
  if (by_snippet)
    return {who + ", and a snippet of the ConfigMap sends on all that comes to this port",
            "a targetPort for https at which no such server listens"};
  if (arrival.is_told_https)
    return {who + ", and the controller does not believe its X-Forwarded-Proto (use-forwarded-headers)",
            "use-forwarded-headers: \"true\" in the controller's ConfigMap"};
  return {who + " and adds no header that says so, and who follows comes back the same way, for ever",
          "the annotation nginx.ingress.kubernetes.io/ssl-redirect: \"false\", or the proxy protocol: "
          "use-proxy-protocol: \"true\" in the controller's ConfigMap, and the load balancer's own setting"};
}

bool is_sent_on_by_snippet(IngressController product, const Labels& settings, std::int64_t port) {
  if (product != IngressController::ingress_nginx) return false;
  for (const std::string& server : servers_of(snippet(settings, "http-snippet")))
    if (listens_plainly(server, port) && sends_to_https(std::string_view{server}.substr(server.find('{') + 1)))
      return true;
  const std::string everywhere = snippet(settings, "server-snippet");
  const std::string wanted = "if($server_port=" + std::to_string(port) + "){";
  const std::size_t condition = everywhere.find(wanted);
  if (condition == std::string::npos) return false;
  const auto begin = everywhere.begin(), end = begin + static_cast<std::ptrdiff_t>(condition);
  const bool is_within_another = std::count(begin, end, '{') != std::count(begin, end, '}');
  return !is_within_another && sends_to_https(std::string_view{everywhere}.substr(condition + wanted.size()));
}

bool is_action(const IngressBackend& backend) { return backend.port.text == "use-annotation"; }

bool is_tls_port(const Labels& settings, const PodState& pod, std::uint32_t index, std::int64_t port,
                 std::span<const ServiceState> front) {
  if (listens_plainly(snippet(settings, "http-snippet"), port) ||
      listens_plainly(snippet(settings, "server-snippet"), port))
    return false;
  // A Service's 443 may lead to plain HTTP behind a load balancer that ends TLS.
  return is_known_as(pod, index, port, front, kTls, 443) && !is_known_as(pod, index, port, front, kPlain, 80);
}

bool is_ingress_port(const PodState& pod, std::uint32_t index, std::int64_t port, std::span<const ServiceState> front) {
  return is_known_as(pod, index, port, front, kPlain, 80) || is_known_as(pod, index, port, front, kTls, 443);
}

}  // namespace towtank::scenario
