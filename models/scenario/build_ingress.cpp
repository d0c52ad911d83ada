#include <algorithm>
#include <charconv>
#include <set>

#include "models/balancers/host_sets.hpp"
#include "models/kubernetes/annotations.hpp"
#include "models/kubernetes/ingress_routing.hpp"
#include "models/kubernetes/nearest_key.hpp"
#include "models/kubernetes/selection.hpp"
#include "models/scenario/builder.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/ingress_rules.hpp"
#include "models/scenario/made_objects.hpp"
#include "models/scenario/wording.hpp"
#include "models/world/target_facts.hpp"

namespace towtank::scenario {

namespace {

/// What a product does unless it is told otherwise.
struct ProductDefaults {
  ProxyKind kind;
  const char* name;
  const char* balance;
  std::uint32_t tries;  ///< 0 = every endpoint once
  Duration connect_timeout;
  bool keeps_upstream;
  std::uint32_t max_requests, max_idle;
  Duration idle_timeout;
  Outcome when_refused, when_timed_out, when_empty;  ///< empty: a Service without endpoints
};

/// @source ingress-nginx internal/ingress/controller/config (tries 3, connect 5 s, 320 idle connections a worker, 10,000
/// requests, 60 s); nginx ngx_http_proxy_module, ngx_http_upstream_keepalive_module (every peer once, 60 s, none kept
/// before 1.29.7); HAProxy as edges of kind haproxy have it; Envoy cluster and router defaults (one try, 5 s, idle 1 h); Traefik, ServersTransport (dial 30 s, idle
/// 90 s, 200 idle of each server; one try without its Retry middleware), pkg/proxy/httputil (502, 504). Without endpoints: ingress-nginx
/// rootfs/etc/nginx/lua/balancer.lua (503), nginx-ingress internal/configs/version1 templates (502), Envoy (503)
ProductDefaults defaults_of(IngressController controller) {
  switch (controller) {
    case IngressController::ingress_nginx:
      return {ProxyKind::ingress_nginx, "ingress-nginx", "round_robin", 3, 5s, true, 10'000, 320, 60s, Outcome::http_502, Outcome::http_504, Outcome::http_503};
    case IngressController::nginx:
      return {ProxyKind::nginx, "nginx", "round_robin", 0, 60s, false, 1'000, 32, 60s, Outcome::http_502, Outcome::http_504, Outcome::http_502};
    case IngressController::haproxy:
      return {ProxyKind::haproxy, "haproxy", "roundrobin", 1, 5s, true, 0, UINT32_MAX, 5s, Outcome::http_503, Outcome::http_503, Outcome::http_503};
    case IngressController::traefik:
      return {ProxyKind::traefik, "traefik", "wrr", 1, 30s, true, 0, 200, 90s, Outcome::http_502, Outcome::http_504, Outcome::http_503};
    case IngressController::envoy:
      break;
  }
  return {ProxyKind::envoy, "envoy", "round_robin", 1, 5s, true, 0, UINT32_MAX, 1h, Outcome::http_503, Outcome::http_503, Outcome::http_503};
}

/// @source haproxytech/kubernetes-ingress documentation, annotation load-balance
constexpr const char* kHaproxyLoadBalance = "haproxy.org/load-balance";

/// Of a full handshake with an ECDSA key. @source openssl speed of P-256 signatures and proxies' own figures
constexpr Duration kHandshake = 300us;

constexpr std::int64_t kMostSeconds = 86'400, kMostConnections = 1'000'000;

std::optional<std::string> text_in(const Labels& labels, const std::string& key) {
  const auto found = labels.find(key);
  if (found == labels.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

bool has_session_affinity(const Ingress& ingress) { return text_in(ingress.meta.annotations, std::string{kNginxAnnotations} + "affinity") == "cookie"; }

/// A canary that keeps sessions has the affinity of the Ingress beside it, or none.
/// @source ingress-nginx internal/ingress/controller (mergeAlternativeBackend)
Ingress with_affinity_of(const Ingress& canary, const Ingress& stable) {
  if (has_session_affinity(stable)) return stable;
  Ingress made = canary;
  made.meta.annotations.erase(std::string{kNginxAnnotations} + "affinity");
  return made;
}

/// As HAProxy writes it: a name with arguments in brackets or words. Empty: none of its algorithms that are modelled.
std::optional<BalanceSpec> haproxy_balance(const std::string& text, const Mark& mark) {
  const std::string name = text.substr(0, text.find_first_of(" ("));
  BalanceSpec spec;
  spec.mark = mark;
  for (const char* as_is : {"roundrobin", "static-rr", "leastconn", "first", "source", "uri", "random"})
    if (name == as_is) spec.name = name;
  for (const char* by_key : {"hdr", "url_param", "hash"})
    if (name == by_key) spec.name = "uri";
  if (spec.name.empty()) return std::nullopt;
  std::int64_t draws = 0;
  const std::size_t bracket = text.find('(');
  if (name == "random" && bracket != std::string::npos && std::from_chars(text.data() + bracket + 1, text.data() + text.size(), draws).ec == std::errc{})
    spec.parameters = {{"draws", std::to_string(draws)}};
  return spec;
}

/// Of ingress-nginx: a cookie comes before a hash, and that before the rest. A hash of anything but the caller's address
/// is modelled where the scenario asks for it (`{name: chash, key: request}`), and listed by the reader.
/// @source ingress-nginx rootfs/etc/nginx/lua/balancer.lua (get_implementation)
std::optional<BalanceSpec> annotated_balance(IngressController controller, const Ingress& ingress) {
  if (controller == IngressController::traefik) return std::nullopt;
  if (controller == IngressController::haproxy) {
    const auto text = text_in(ingress.meta.annotations, kHaproxyLoadBalance);
    return text ? haproxy_balance(*text, ingress.meta.mark) : std::nullopt;
  }
  const auto text = [&](const char* key) { return text_in(ingress.meta.annotations, std::string{kNginxAnnotations} + key); };
  BalanceSpec spec;
  spec.mark = ingress.meta.mark;
  if (controller == IngressController::ingress_nginx) {
    if (has_session_affinity(ingress)) {
      spec.name = text("affinity-mode") == "persistent" ? "sticky_persistent" : "sticky_balanced";
      return spec;
    }
    const std::string hashed = text("upstream-hash-by").value_or("");
    if (hashed == "$remote_addr" || hashed == "$binary_remote_addr") {
      const bool by_group = truth_of(text("upstream-hash-by-subset").value_or("")).value_or(false);
      spec.name = by_group ? "chashsubset" : "chash";
      if (const auto size = text("upstream-hash-by-subset-size"); size && by_group && *size != "0")  // 0 = not set
        spec.parameters = {{"size", *size}};
      return spec;
    }
  }
  const auto name = text("load-balance");
  if (!name) return std::nullopt;
  spec.name = *name;
  return spec;
}

/// What a product answers where a rule leads to nothing.
std::string answer_without(IngressController product) { return defaults_of(product).when_empty == Outcome::http_502 ? "502" : "503"; }

bool has_host_ports(const Workload& workload) { return workload.pods.host_network || !host_ports_of(workload.pods).empty(); }

bool is_controller(const Workload& workload, KnownController which) {
  std::vector<std::string> images;
  for (const Container& container : workload.pods.containers) images.push_back(container.image);
  return is_ingress_controller(workload.pods.labels, images, which);
}

/// Envoy says nothing where its zone-aware routing is off. Empty: it is on, or not wanted.
/// @param hosts  that it chooses from: of its subset
std::string why_zones_do_nothing(const HostSetRules& rules, const EndpointView& view, const std::vector<std::uint32_t>& hosts) {
  if (!rules.min_cluster) return {};
  const std::string have = std::to_string(hosts.size()) + (hosts.size() == 1 ? " pod is" : " pods are") + " ready" + (rules.subset.empty() ? "" : " in the subset");
  if (hosts.size() < *rules.min_cluster) return have + ", and it begins with " + std::to_string(*rules.min_cluster) + " (`min_cluster`)";
  const bool is_one = std::all_of(hosts.begin(), hosts.end(), [&](std::uint32_t host) { return view.zones[host] == view.zones[hosts.front()]; });
  return is_one ? have + ", all in one zone" : "";
}

KnownController known_as(IngressController product) {
  if (product == IngressController::haproxy) return KnownController::haproxy;
  return product == IngressController::traefik ? KnownController::traefik : KnownController::ingress_nginx;
}

}  // namespace

/// The controllers of the scenario's classes; without any such line the one that stands in the resources.
void Builder::find_controllers() {
  for (const IngressSpec& spec : scenario_.ingress) {
    Controller controller;
    controller.spec = spec;
    const KnownController named = controller_of_class(spec.class_name, controller_named_by(spec.class_name));
    if (!spec.is_controller_given && named != KnownController::ingress_nginx)
      controller.spec.controller = named == KnownController::traefik ? IngressController::traefik : IngressController::haproxy;
    controller.workload = controller_workload(controller.spec);
    if (controller.workload == nullptr) continue;
    controllers_.push_back(std::move(controller));
  }
  if (scenario_.ingress.empty()) find_unnamed_controllers();
  for (Controller& controller : controllers_) {
    controller.service = controller_service(*controller.workload);
    controller.served = {controller.spec.class_name, controllers_.size() == 1, controller.spec.controller != IngressController::traefik && controller.spec.controller != IngressController::haproxy};
    std::set<std::string> defaults;
    for (const IngressClass& known : variant_.objects.ingress_classes)
      if (known.is_default) defaults.insert(known.meta.name);
    if (!defaults.empty()) controller.served.is_default = defaults.count(controller.spec.class_name) > 0;
    check_ownership(controller);
    check_product(controller);
    // Also where no Ingress comes to use it.
    if (controller.spec.balance) {
      const model::Balance balance = checked_balance(*controller.spec.balance, "ingress class " + controller.spec.class_name, defaults_of(controller.spec.controller).name);
      for (const auto& [name, value] : balance.parameters)
        if (controller.spec.controller == IngressController::haproxy && (name == "maxconn" || name == "minconn"))
          complain(controller.spec.balance->mark, "ingress class " + controller.spec.class_name + ", balance: `" + name +
                                                      "` of a controller is not modelled yet, only of an edge: without it, or an edge of kind haproxy, would do");
      check_zone_names(HostSetRules::of(*find_balancer(balance.name), balance.parameters), "ingress class " + controller.spec.class_name + ", balance: ", controller.spec.balance->mark);
    }
    built_.ingress_classes.push_back(controller.served);
  }
  warn_of_idle_canaries();
  warn_of_foreign_annotations();
}

/// Canaries that take nothing, whatever comes.
void Builder::warn_of_idle_canaries() {
  for (const Controller& controller : controllers_)
    for (const Ingress& ingress : variant_.objects.ingresses) {
      if (!controller.served.has_canaries || !is_canary(ingress) || !belongs(ingress, controller.served)) continue;
      const std::string who = "Ingress/" + short_name(ingress.meta) + " is a canary";
      if (controller.spec.controller != IngressController::ingress_nginx) {
        built_.warnings.push_back(who + ", which " + defaults_of(controller.spec.controller).name + " does not know: no traffic goes its way");
        continue;
      }
      const auto text = [&](const char* name) { return text_in(ingress.meta.annotations, std::string{kNginxAnnotations} + name); };
      if (canary_share(ingress).weight == 0 && !text("canary-by-header") && !text("canary-by-cookie"))
        built_.warnings.push_back(who + " of no weight" + (text("canary-weight") ? " (canary-weight: `" + *text("canary-weight") + "`; a whole number above 0 would do)" : "") + ": no traffic goes its way");
      if (ingress.default_backend)
        built_.warnings.push_back(who + ", whose default backend is not modelled: only its rules take their part");
      for (const IngressRule& rule : ingress.rules)
        for (const IngressPath& path : rule.paths) {
          const std::string of = who + " for " + (rule.host.empty() ? "any host" : rule.host) + (path.path.empty() ? "/" : path.path);
          const IngressRoute stable = stable_of(variant_.objects.ingresses, controller.served, ingress, rule, path);
          const CanaryRoute taker = canary_beside(variant_.objects.ingresses, controller.served, stable);
          if (!stable)
            built_.warnings.push_back(of + ", where no other Ingress of class " + controller.served.name +
                                      " has the same host, path and pathType, or one sends to its Service, too: no traffic goes its way");
          else if (taker.ingress != &ingress)
            built_.warnings.push_back(of + ", where Ingress/" + short_name(taker.ingress->meta) + " is one already, and ingress-nginx asks the first alone: no traffic goes its way");
        }
    }
}

/// Annotations that ask another product than the one that serves their object, and look as if they were heeded.
void Builder::warn_of_foreign_annotations() {
  for (const Controller& controller : controllers_) {
    if (controller.spec.controller != IngressController::traefik && controller.spec.controller != IngressController::haproxy) continue;
    const std::string name = controller.spec.controller == IngressController::traefik ? "Traefik" : "HAProxy";
    for (const Ingress& ingress : variant_.objects.ingresses)
      for (const auto& [key, value] : ingress.meta.annotations)
        if (belongs(ingress, controller.served) && key.rfind(kNginxAnnotations, 0) == 0)
          built_.warnings.push_back("Ingress/" + short_name(ingress.meta) + ": annotation " + key + " plays no part, for " + name + " serves class " + controller.served.name + " and reads its own");
  }
  for (const Controller& controller : controllers_)
    for (const Ingress& ingress : variant_.objects.ingresses)
      if (controller.spec.controller != IngressController::haproxy && belongs(ingress, controller.served) && ingress.meta.annotations.count(kHaproxyLoadBalance) > 0)
        built_.warnings.push_back("Ingress/" + short_name(ingress.meta) + ": annotation " + kHaproxyLoadBalance + " plays no part, for class " + controller.served.name + " is not served by HAProxy");
  const bool has_traefik = std::any_of(controllers_.begin(), controllers_.end(), [](const Controller& c) { return c.spec.controller == IngressController::traefik; });
  for (const Service& service : variant_.objects.services)
    if (!has_traefik && service.meta.annotations.count(kNativeLb) > 0)
      built_.warnings.push_back("Service/" + short_name(service.meta) + ": annotation " + kNativeLb + " plays no part, for no controller here is Traefik");
}

/// Of each product the first that the resources hold, and the class that is its own.
void Builder::find_unnamed_controllers() {
  for (const IngressController product : {IngressController::ingress_nginx, IngressController::traefik, IngressController::haproxy}) {
    const std::vector<const Workload*> workloads = workloads_by_name();
    const auto found = std::find_if(workloads.begin(), workloads.end(), [&](const Workload* workload) {
      return is_controller(*workload, known_as(product));
    });
    if (found == workloads.end()) continue;
    Controller controller;
    controller.workload = *found;
    controller.spec.controller = product;
    const bool is_nginx = product == IngressController::ingress_nginx;
    std::set<std::string> classes;
    for (const IngressClass& known : variant_.objects.ingress_classes)
      if (is_nginx ? known.controller == "k8s.io/ingress-nginx" : !known.controller.empty() && controller_of_class("", known.controller) == known_as(product))
        classes.insert(known.meta.name);
    const char* const usual = is_nginx ? "nginx" : product == IngressController::traefik ? "traefik" : "haproxy";
    controller.spec.class_name = classes.empty() ? usual : *classes.begin();
    controller.spec.mark = (*found)->meta.mark;
    controllers_.push_back(std::move(controller));
  }
}

/// By the IngressClass of that name; empty: there is none.
std::string Builder::controller_named_by(const std::string& class_name) const {
  for (const IngressClass& known : variant_.objects.ingress_classes)
    if (known.meta.name == class_name) return known.controller;
  return {};
}

/// A class of another product, which ingress-nginx stands in for unless the scenario chose it.
void Builder::check_product(const Controller& controller) {
  static constexpr std::string_view kOthers[] = {"alb", "gce", "gce-internal", "kong", "istio", "contour", "cilium", "apisix", "azure-application-gateway", "openshift-default"};
  if (controller.spec.is_controller_given || controller.spec.controller != IngressController::ingress_nginx) return;
  const std::string product = controller_named_by(controller.spec.class_name);
  const std::string& name = controller.spec.class_name;
  const bool is_other = product.empty() ? std::find(std::begin(kOthers), std::end(kOthers), name) != std::end(kOthers) : product.find("ingress-nginx") == std::string::npos;
  if (is_other)
    built_.warnings.push_back("ingress class " + name + (product.empty() ? "" : " (" + product + ")") +
                              " is modelled as ingress-nginx, whose balancing, tries and costs are its own: `controller: nginx`, `envoy`, `haproxy` or `traefik` in spec.ingress "
                              "names another model, `controller: ingress-nginx` accepts this one");
}

/// What the scenario says of a controller that the manifests describe themselves.
void Builder::check_ownership(const Controller& controller) {
  const bool is_made = controller.workload->meta.labels.count(kMadeLabel) > 0;
  if (controller.spec.replicas && !is_made)
    complain(controller.spec.mark, "ingress class " + controller.spec.class_name + " has `replicas`, but its controller is " +
                                       std::string{name_of(controller.workload->kind)} + "/" + short_name(controller.workload->meta) +
                                       " of the resources, whose own replicas count: remove it, or set " +
                                       std::string{name_of(controller.workload->kind)} + "/" + controller.workload->meta.full_name() + ":spec.replicas");
  for (const Controller& other : controllers_)
    if (&other < &controller && other.workload == controller.workload)
      complain(controller.spec.mark, "the controller " + short_name(controller.workload->meta) + " serves the classes " + other.spec.class_name + " and " +
                                         controller.spec.class_name + ": give each class a `deployment` of its own");
  const PodModel* given = pod_model_of(*controller.workload);
  if (given != nullptr && (given->service_time || given->queue || given->model || given->cpu))
    built_.warnings.push_back("spec.pods describes " + short_name(controller.workload->meta) +
                              ", which is an ingress controller: its times and queues come from spec.ingress");
}

const Workload* Builder::controller_workload(const IngressSpec& spec) {
  std::vector<std::string> known;
  for (const Workload* workload : workloads_by_name()) {
    known.push_back(short_name(workload->meta));
    if (spec.deployment) {
      if (names(*spec.deployment, *workload)) return workload;
      continue;
    }
    const auto made = workload->meta.labels.find(kMadeLabel);
    if (made != workload->meta.labels.end()) {
      if (made->second == spec.class_name) return workload;
      continue;
    }
    const auto is_named = [&](const IngressSpec& other) { return other.deployment && names(*other.deployment, *workload); };
    if (std::any_of(scenario_.ingress.begin(), scenario_.ingress.end(), is_named)) continue;
    const bool taken = std::any_of(controllers_.begin(), controllers_.end(), [&](const Controller& other) { return other.workload == workload; });
    if (!taken && is_controller(*workload, known_as(spec.controller))) return workload;
  }
  if (spec.deployment) {
    const std::string wanted = (spec.deployment->name_space.empty() ? "" : spec.deployment->name_space + "/") + spec.deployment->name;
    complain(spec.deployment->mark, "the controller of ingress class " + spec.class_name + " is Deployment/" + wanted +
                                        ", which is not in the resources; there is " + (known.empty() ? "no workload" : listed(known)) +
                                        did_you_mean(wanted, known));
  } else {
    complain(spec.mark, "ingress class " + spec.class_name + " has no controller: add `deployment: NAMESPACE/NAME`, or its manifests to spec.resources");
  }
  return nullptr;
}

/// The Service through which clients reach a controller: of type LoadBalancer before NodePort before ClusterIP.
const Service* Builder::controller_service(const Workload& workload) const {
  const Service* best = nullptr;
  const auto rank = [](const Service& service) {
    return service.type == ServiceType::load_balancer ? 2 : service.type == ServiceType::node_port ? 1 : 0;
  };
  const auto is_better = [&](const Service& a, const Service& b) {
    return rank(a) != rank(b) ? rank(a) > rank(b) : a.meta.full_name() < b.meta.full_name();
  };
  for (const Service& service : services_)
    if (selects(service, workload) && (best == nullptr || is_better(service, *best))) best = &service;
  return best;
}

/// The ConfigMap of a controller: named as its workload, else as that of ingress-nginx. Empty when there is none.
const ConfigMap& Builder::settings_of(const Controller& controller) const {
  static const ConfigMap kNone;
  if (controller.spec.controller == IngressController::traefik) return kNone;  // is told by arguments
  const std::string& own_name = controller.workload->meta.name;
  const ConfigMap* found = nullptr;
  for (const ConfigMap& map : variant_.objects.config_maps) {
    if (map.meta.name_space != controller.workload->meta.name_space) continue;
    if (map.meta.name == own_name) return map;
    if (map.meta.name == "ingress-nginx-controller" && controller.spec.controller != IngressController::haproxy) found = &map;
  }
  return found == nullptr ? kNone : *found;
}

/// A whole number of the controller's ConfigMap, with its origin noted. @param most  greatest that makes sense; least is 0
std::int64_t Builder::number_setting(const Controller& controller, const std::string& key, std::int64_t fallback, std::int64_t most) {
  const ConfigMap& map = settings_of(controller);
  const auto text = text_in(map.data, key);
  if (!text) return fallback;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number < 0 || number > most) {
    complain(map.meta.mark, "ConfigMap/" + short_name(map.meta) + " " + key + ": expected a whole number from 0 to " + std::to_string(most) + ", found \"" + *text + '"');
    return fallback;
  }
  note_setting(controller, key + " " + *text, "ConfigMap/" + short_name(map.meta));
  return number;
}

const Builder::Controller* Builder::controller_for(const Target& target) const {
  std::vector<ServedClass> classes;
  for (const Controller& controller : controllers_) classes.push_back(controller.served);
  const std::optional<std::size_t> found = class_for(classes, variant_.objects.ingresses, target.host, target.path);
  return found ? &controllers_[*found] : nullptr;
}

bool Builder::is_routed(const Target& target) const { return controller_for(target) != nullptr; }

bool Builder::enter_ingress_host(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made) {
  if (const Controller* controller = controller_for(target)) {
    if (controller->service == nullptr) {
      complain(traffic.to_mark, "`to: " + traffic.to + "` leads to the ingress controller " + short_name(controller->workload->meta) +
                                    ", which no Service selects" + (has_host_ports(*controller->workload) ? ", and ports of nodes that pods have are not modelled" : "") + ": add one of type LoadBalancer");
      return false;
    }
    const EdgeSpec* edge = edge_before(scenario_.edges, *controller->service);
    if (edge == nullptr && controller->service->type != ServiceType::load_balancer && has_host_ports(*controller->workload)) {
      complain(traffic.to_mark, "`to: " + traffic.to + "` leads to the ingress controller " + short_name(controller->workload->meta) +
                                    ", whose pods have ports of their nodes (hostNetwork, hostPort), a way that `run` does not model yet (`towtank curl` does): a Service of type LoadBalancer would do");
      return false;
    }
    if (edge != nullptr) return enter_edge(traffic, target, callers, plan_given_edge(*edge, target, traffic), made);
    if (callers.inside && controller->service->type != ServiceType::load_balancer) {
      complain(traffic.mark, "traffic " + traffic.name + " calls an Ingress from inside the cluster, which this version does not model yet: `from: internet`, or the Service as its target, would do");
      return false;
    }
    return enter_edge(traffic, target, callers, plan_implied_edge(*controller->service, target, traffic), made);
  }
  const Ingress& ingress = *ingress_of_host(variant_.objects.ingresses, target.host);
  const std::string class_name = ingress.class_name.empty() ? "nginx" : ingress.class_name;
  const auto is_of_class = [&](const IngressSpec& spec) { return spec.class_name == class_name; };
  const auto serves = [&](const Controller& controller) { return belongs(ingress, controller.served); };
  if (std::any_of(controllers_.begin(), controllers_.end(), serves)) {
    complain(traffic.to_mark, "`to: " + traffic.to + "` is served by Ingress/" + short_name(ingress.meta) +
                                  " alone, which is a canary: it takes a part of the traffic of another Ingress of its host, and an Ingress without that annotation would do");
    return false;
  }
  if (std::any_of(scenario_.ingress.begin(), scenario_.ingress.end(), is_of_class)) return false;  // told: it was not found
  std::vector<std::string> known;
  for (const Controller& controller : controllers_) known.push_back(controller.spec.class_name);
  complain(traffic.to_mark, "`to: " + traffic.to + "` is served by Ingress/" + short_name(ingress.meta) + " of class " + class_name +
                                ", for which there is no controller: add `ingress: [{class: " + class_name + "}]` to the spec, or its manifests to spec.resources" +
                                (known.empty() ? "" : "; there is one for " + listed(known)));
  return false;
}

/// When the pods at which a traffic arrives are those of a controller, its rules decide where it goes on to.
/// @param service  of the model: the way to the controller   @param front  what a load balancer on the way makes of TLS
bool Builder::pass_ingress(const Traffic& traffic, const Target& target, std::uint32_t service, model::Traffic& made, const TlsInFront& front) {
  const std::vector<std::uint32_t>& pods = built_.cluster.services[service].pods;
  if (pods.empty()) return true;
  const std::optional<std::uint32_t> proxy = built_.cluster.workloads[built_.cluster.pods[pods[0]].workload].proxy;
  if (!proxy) return true;
  const auto controller = std::find_if(controllers_.begin(), controllers_.end(), [&](const Controller& c) { return c.proxy == proxy; });
  const IngressController product = controller->spec.controller;
  const Labels& settings = settings_of(*controller).data;
  made.proxy = proxy;
  const bool has_proxy = made.entry == model::Traffic::Entry::edge && built_.cluster.edges[made.edge].l7;
  Arrival arrival = arrival_of(target.scheme == "https", has_proxy, front, false);
  if (const auto& first = first_endpoint_[service]) {
    const auto& [pod, port] = *first;
    if (!is_ingress_port(state_.pods[pod], pod, port, state_.services)) {
      made.without_backend = Outcome::ok;
      find_once("traffic " + traffic.name + ": port " + std::to_string(port) + " of the ingress controller " + short_name(controller->workload->meta) +
                " is none at which it takes requests for others: it answers by itself, in the time of its processing");
      return true;
    }
    arrival = arrival_of(target.scheme == "https", has_proxy, front, is_tls_port(settings, state_.pods[pod], pod, port, state_.services));
    if (!is_understood(traffic, target, *controller, arrival, port, made)) return true;
    if (is_sent_on_by_snippet(product, settings, port)) {
      send_on(traffic, target, arrival, "a snippet in ConfigMap/" + short_name(settings_of(*controller).meta) + " listens on port " + std::to_string(port), true, made);
      return true;
    }
  }
  const IngressRoute found = route(variant_.objects.ingresses, controller->served, target.host, target.path.empty() ? "/" : target.path);
  if (found.backend == nullptr) {
    built_.warnings.push_back("traffic " + traffic.name + ": no rule of ingress class " + controller->spec.class_name + " fits http://" +
                              target.host + (target.path.empty() ? "/" : target.path) + ": its default backend answers 404");
    return true;
  }
  if (scenario::is_sent_on(product, *found.ingress, settings, target.host, arrival)) {
    send_on(traffic, target, arrival, "Ingress/" + short_name(found.ingress->meta) + " has TLS for " + target.host, false, made);
    return true;
  }
  const std::optional<std::uint32_t> backend = add_backend(*controller, *found.ingress, *found.backend);
  if (!backend) return false;
  made.backend = backend;
  return add_canary(traffic, *controller, found, made);
}

/// A canary beside the route takes its part. Where either has no endpoint ingress-nginx does not choose between them.
bool Builder::add_canary(const Traffic& traffic, Controller& controller, const IngressRoute& stable, model::Traffic& made) {
  const CanaryRoute found = canary_beside(variant_.objects.ingresses, controller.served, stable);
  if (!found || controller.spec.controller != IngressController::ingress_nginx) return true;
  const CanaryShare share = canary_share(*found.ingress);
  for (const char* rule : {"canary-by-header", "canary-by-cookie"})
    if (const auto name = text_in(found.ingress->meta.annotations, std::string{kNginxAnnotations} + rule))
      assume("no request carries the " + std::string{rule + std::string_view{"canary-by-"}.size()} + ' ' + *name + ", by which Ingress/" + short_name(found.ingress->meta) +
             " would take it: its weight alone decides");
  if (share.weight == 0) return true;
  const std::optional<std::uint32_t> backend = add_backend(controller, *found.ingress, *found.backend, share.keeps_sessions ? stable.ingress : nullptr);
  if (!backend) return false;
  const std::vector<model::Proxy::Backend>& backends = built_.cluster.proxies[*controller.proxy].backends;
  const model::Proxy::Backend &main = backends[*made.backend], &other = backends[*backend];
  const auto has_endpoint = [&](const model::Proxy::Backend& each) { return each.through_service || !built_.cluster.services[each.service].pods.empty(); };
  if (!has_endpoint(main)) return true;
  if (!has_endpoint(other)) {
    built_.warnings.push_back("traffic " + traffic.name + ": the canary of Ingress/" + short_name(found.ingress->meta) + " has no ready pod, and takes nothing");
    return true;
  }
  const bool is_sticky = main.balance.name.rfind("sticky_", 0) == 0;
  if (is_sticky && !share.keeps_sessions && !has_session_affinity(*found.ingress)) {
    built_.warnings.push_back("traffic " + traffic.name + ": clients with a cookie of Ingress/" + short_name(stable.ingress->meta) + " stay there (affinity-canary-behavior: legacy), so that the canary of Ingress/" +
                              short_name(found.ingress->meta) + " takes nothing; without that annotation it would");
    return true;
  }
  made.canary = model::Canary{*backend, share.weight, share.total, is_sticky};
  for (const model::Proxy::Backend* each : {&main, &other}) {
    const std::vector<std::uint32_t>& pods = built_.cluster.services[each->service].pods;
    made.canary->pods.insert(made.canary->pods.end(), pods.begin(), pods.end());
  }
  std::vector<std::uint32_t>& pods = made.canary->pods;
  std::sort(pods.begin(), pods.end());
  pods.erase(std::unique(pods.begin(), pods.end()), pods.end());
  return true;
}

/// Else the controller ends the connection, after its answer or before there is a request.
bool Builder::is_understood(const Traffic& traffic, const Target& target, const Controller& controller, const Arrival& arrival, std::int64_t port,
                            model::Traffic& made) {
  const Understood found = understood(controller.spec.controller, arrival);
  if (found == Understood::yes) return true;
  const std::string at = "port " + std::to_string(port) + " of the ingress controller " + short_name(controller.workload->meta);
  made.keepalive = made.tls = false;
  if (found == Understood::tls_on_plain) {
    made.without_backend = Outcome::tls_failed;
    made.setup_round_trips = std::min(made.setup_round_trips, 1u);  // of TCP; of TLS there is one that fails
    built_.warnings.push_back("traffic " + traffic.name + " begins with TLS on " + at + ", which speaks plain HTTP: the handshake fails, and every request counts as tls_failed; `http://` on this port, "
                              "or a port that leads to the controller's https, would do");
    return false;
  }
  made.without_backend = Outcome::http_4xx;
  const bool is_ended = arrival.ended_at != 0;
  built_.warnings.push_back("traffic " + traffic.name + ": " + (is_ended ? "the load balancer ends TLS and sends plain HTTP on to " : "plain HTTP comes to ") + at +
                            ", which speaks TLS: it answers 400 (http_4xx); " +
                            (is_ended ? "a targetPort that speaks plain HTTP, or backend-protocol: ssl," : "`to: https://" + target.host + (target.port ? ":" + std::to_string(*target.port) : "") + target.path + '`') + " would do");
  return false;
}

void Builder::send_on(const Traffic& traffic, const Target& target, const Arrival& arrival, const std::string& because, bool by_snippet, model::Traffic& made) {
  made.without_backend = Outcome::http_3xx;
  const std::string what = arrival.ended_at != 0     ? "what the load balancer, which ends TLS, sends on plain"
                           : target.scheme == "https" ? "what a proxy in front sends on plain"
                                                      : "plain requests";
  const SentBack back = sent_back(arrival, by_snippet);
  const std::string cure = back.cure.empty() ? "`to: https://" + target.host + target.path + '`' : back.cure + ',';
  built_.warnings.push_back("traffic " + traffic.name + ": " + because + ", so that ingress-nginx answers 308 to " + what + " and sends clients on to https" +
                            (target.scheme == "https" ? ", where they come from (" + back.because + ')' : "") + "; none follows here, and they count as failed (http_3xx): " + cure + " would do");
}

/// @param stable  of a canary that keeps its sessions: the Ingress whose they are
std::optional<std::uint32_t> Builder::add_backend(Controller& controller, const Ingress& ingress, const IngressBackend& backend, const Ingress* stable) {
  const Service* service = nullptr;
  std::vector<std::string> known;
  for (const Service& each : services_) {
    if (each.meta.name_space != ingress.meta.name_space) continue;
    known.push_back(each.meta.name);
    if (means(ingress, backend, each)) service = &each;
  }
  const std::string title = "Ingress/" + short_name(ingress.meta);
  if (is_action(backend)) {
    complain(backend.mark, title + " sends to an action of its annotations (alb.ingress.kubernetes.io/actions." + backend.service +
                               "), which is not modelled: the Service that the action forwards to, as backend, would do");
    return std::nullopt;
  }
  if (service == nullptr) {
    complain(backend.mark, title + " sends to Service/" + backend.service + ", which is not in namespace " + ingress.meta.name_space +
                               ", so every request would get " + answer_without(controller.spec.controller) + "; there is " + (known.empty() ? "none" : listed(known)) + did_you_mean(backend.service, known));
    return std::nullopt;
  }
  if (service->type == ServiceType::external_name) {
    complain(backend.mark, title + " sends to Service/" + backend.service + " of type ExternalName, which leads out of the cluster, a way that is not modelled: a Service with pods would do");
    return std::nullopt;
  }
  const std::optional<std::size_t> port = backend_port(backend, *service);
  if (!port) {
    complain(backend.mark, title + " sends to port " + (backend.port.number ? std::to_string(*backend.port.number) : backend.port.text) +
                               " of Service/" + backend.service + ", so every request would get " + answer_without(controller.spec.controller) + "; it has the ports " + ports_of(*service));
    return std::nullopt;
  }
  const bool through = goes_through_service(controller.spec.controller, ingress, settings_of(controller).data, *service);
  const ProductDefaults defaults = defaults_of(controller.spec.controller);
  // Through the Service kube-proxy refuses, and the controller tells it as of any target that refuses.
  const Outcome answer = through ? defaults.when_refused : defaults.when_empty;
  const std::string answers = std::string{defaults.name} + " answers " + (answer == Outcome::http_502 ? "502" : "503") + " to what " + title + " sends there" + (through ? ", for kube-proxy refuses it" : "");
  const model::ServicePort::Entry entry = through ? model::ServicePort::Entry::cluster_ip : model::ServicePort::Entry::direct;
  const std::optional<std::uint32_t> index = add_service(*service, service->ports[*port].port, entry, false, backend.mark, answers.c_str());
  if (!index) return std::nullopt;
  for (const std::uint32_t pod : built_.cluster.services[*index].pods)
    if (built_.cluster.workloads[built_.cluster.pods[pod].workload].proxy) {
      complain(backend.mark, title + " sends to Service/" + backend.service + ", whose pods are those of an ingress controller, a chain that is not modelled: "
                             "the Service of an application would do");
      return std::nullopt;
    }
  model::Proxy::Backend made{*index, through, balance_of_backend(controller, stable == nullptr ? ingress : with_affinity_of(ingress, *stable), *service)};
  std::string key = std::to_string(*index) + "/" + made.balance.name;
  for (const auto& [name, value] : made.balance.parameters) key += "/" + name + "=" + value;
  const auto known_backend = controller.backends.find(key);
  if (known_backend != controller.backends.end()) return known_backend->second;
  std::vector<model::Proxy::Backend>& backends = built_.cluster.proxies[*controller.proxy].backends;
  tell_of_host_sets(controller, made, short_name(service->meta));
  const auto number = static_cast<std::uint32_t>(backends.size());
  backends.push_back(std::move(made));
  controller.backends.emplace(key, number);
  return number;
}

/// What Envoy's sets of hosts come to for a backend, where it is not what was asked for.
void Builder::tell_of_host_sets(const Controller& controller, const model::Proxy::Backend& backend, const std::string& service) {
  const HostSetRules rules = HostSetRules::of(*find_balancer(backend.balance.name), backend.balance.parameters);
  const std::string of = "ingress class " + controller.spec.class_name + ": ", there = " plays no part for Service/" + service + ": ";
  if (backend.through_service) {
    for (const auto& [name, is_asked] : {std::pair{"zone_aware", rules.min_cluster.has_value()}, {"failover", rules.has_failover}, {"zone_weights", !rules.zone_weights.empty()}, {"subset_labels", !rules.subset.empty()}})
      if (is_asked) built_.warnings.push_back(of + '`' + name + '`' + there + "the controller dials the address of the Service, and kube-proxy chooses the pod");
    return;
  }
  const TargetFacts facts = TargetFacts::of_backend(built_.cluster, backend);
  HostSets sets{rules};
  sets.update(facts.view(), 0);
  if (const std::string why = why_zones_do_nothing(rules, facts.view(), sets.hosts(0)); !why.empty()) built_.warnings.push_back(of + "`zone_aware`" + there + why);
  tell_of_sets(rules, facts.view(), "ingress class " + controller.spec.class_name + ", Service/" + service + ": ");
}

/// Scenario before annotation before ConfigMap before the product's own default.
model::Balance Builder::balance_of_backend(const Controller& controller, const Ingress& ingress, const Service& service) {
  const ProductDefaults defaults = defaults_of(controller.spec.controller);
  BalanceSpec spec;
  spec.mark = controller.spec.mark;
  std::string origin = std::string{"default of "} + defaults.name;
  spec.name = defaults.balance;
  const bool is_haproxy = controller.spec.controller == IngressController::haproxy;
  if (const auto text = text_in(settings_of(controller).data, "load-balance")) {
    spec.name = *text;
    if (is_haproxy) spec = haproxy_balance(*text, settings_of(controller).meta.mark).value_or(spec);
    spec.mark = settings_of(controller).meta.mark;
    origin = "ConfigMap/" + short_name(settings_of(controller).meta);
  }
  if (const std::optional<BalanceSpec> annotated = annotated_balance(controller.spec.controller, ingress)) {
    spec = *annotated;
    origin = "annotation of Ingress/" + short_name(ingress.meta);
  }
  if (const auto text = text_in(service.meta.annotations, kHaproxyLoadBalance); text && is_haproxy)
    if (const std::optional<BalanceSpec> annotated = haproxy_balance(*text, service.meta.mark)) {
      spec = *annotated;
      origin = "annotation of Service/" + short_name(service.meta);
    }
  if (controller.spec.balance) {
    spec = *controller.spec.balance;
    origin = "spec.ingress.balance";
  } else if (is_haproxy) {
    for (const auto* annotations : {&ingress.meta.annotations, &service.meta.annotations})
      if (const auto text = text_in(*annotations, kHaproxyLoadBalance); text && !haproxy_balance(*text, {}))
        warn_once("annotation " + std::string{kHaproxyLoadBalance} + ": " + *text + " of Ingress/" + short_name(ingress.meta) + ", or of Service/" + short_name(service.meta) +
                  ", is not modelled: `" + spec.name + "` stands in for it (roundrobin, static-rr, leastconn, first, random, source, uri, url_param, hdr and hash are)");
  }
  note_setting(controller, "balances by " + spec.name, origin);
  return checked_balance(spec, "ingress class " + controller.spec.class_name, defaults.name);
}

void Builder::note_setting(const Controller& controller, const std::string& what, const std::string& origin) {
  find_once("ingress class " + controller.spec.class_name + ": " + what + " (" + origin + ")");
}

/// @return UINT32_MAX = every endpoint once
std::uint32_t Builder::tries_of(const Controller& controller) {
  const std::int64_t fallback = defaults_of(controller.spec.controller).tries;
  const auto tries = static_cast<std::uint32_t>(number_setting(controller, "proxy-next-upstream-tries", fallback, kMostConnections));
  return tries == 0 ? UINT32_MAX : tries;
}

/// @return the proxy's index in the model, when the workload is that of a controller
std::optional<std::uint32_t> Builder::add_proxy(const Workload& workload) {
  const auto controller = std::find_if(controllers_.begin(), controllers_.end(), [&](const Controller& c) { return c.workload == &workload; });
  if (controller == controllers_.end()) return std::nullopt;
  const ProductDefaults defaults = defaults_of(controller->spec.controller);
  model::Proxy proxy;
  proxy.name = workload.meta.full_name();
  const bool is_traefik = controller->spec.controller == IngressController::traefik;
  (is_traefik ? proxy.cores : proxy.workers) = workers_of(*controller);
  proxy.idles_by_pod = is_traefik;
  const auto number = [&](const char* key, std::int64_t fallback, std::int64_t most) { return number_setting(*controller, key, fallback, most); };
  proxy.tries = tries_of(*controller);
  proxy.connect_timeout = std::chrono::seconds{number("proxy-connect-timeout", defaults.connect_timeout / 1s, kMostSeconds)};
  proxy.upstream_max_idle = static_cast<std::uint32_t>(number("upstream-keepalive-connections", defaults.max_idle, kMostConnections));
  proxy.keeps_upstream = defaults.keeps_upstream && proxy.upstream_max_idle > 0;
  proxy.upstream_max_requests = static_cast<std::uint32_t>(number("upstream-keepalive-requests", defaults.max_requests, kMostConnections));
  proxy.upstream_idle_timeout = std::chrono::seconds{number("upstream-keepalive-timeout", defaults.idle_timeout / 1s, kMostSeconds)};
  proxy.when_refused = defaults.when_refused;
  proxy.when_timed_out = defaults.when_timed_out;
  proxy.when_empty = defaults.when_empty;
  if (controller->spec.controller == IngressController::haproxy) {
    assume("haproxy controllers answer 503 after one attempt, and close a connection to a pod that idled for 5 s: HAProxy tries a server that it "
           "cannot reach three times more, a second apart, and closes half of those that it did not need, every 5 s");
    assume("each thread of a haproxy controller has connections to pods of its own, and callers are spread over threads by a hash: HAProxy lets threads "
           "take over idle ones of others, and gives a new caller to the less loaded of two threads");
    assume("haproxy controllers send nothing on to https (ssl-redirect)");
  }
  if (!is_ideal()) {
    const ProxyCost cost = preset_.proxy(defaults.kind);
    proxy.adder = assume(cost.latency);
    proxy.cpu = assume(cost.cpu);
    proxy.handshake = kHandshake;
    proxy.upstream_setup_round_trips = 1;
    assume(std::string{defaults.name} + " spends 300us of CPU on each TLS handshake");
    assume(std::string{"the read and send time limits of "} + defaults.name + " are never reached: requests that take a minute and more wait on");
  }
  controller->proxy = static_cast<std::uint32_t>(built_.cluster.proxies.size());
  built_.cluster.proxies.push_back(std::move(proxy));
  return controller->proxy;
}

std::uint32_t Builder::workers_of(const Controller& controller) {
  const bool is_traefik = controller.spec.controller == IngressController::traefik;
  std::int64_t workers = 0;
  std::string origin;
  if (controller.spec.workers) {
    workers = *controller.spec.workers;
    origin = "spec.ingress.workers";
  } else if (const auto text = text_in(settings_of(controller).data, "worker-processes"); text && *text != "auto") {
    workers = number_setting(controller, "worker-processes", 1, kMostIngressWorkers);
    origin = "ConfigMap/" + short_name(settings_of(controller).meta);
  } else {
    std::int64_t cores = 0;
    for (const PlacedPod& pod : placed_[controller.workload])
      if (pod.node) cores = std::max(cores, state_.nodes[*pod.node].cpu_millicores / 1'000);
    workers = cores;
    origin = is_traefik ? "those of its node" : "one for each core of its node";
    assume("each pod of ingress class " + controller.spec.class_name + (is_traefik ? " uses all cores of its node" : " has as many workers as its node has cores") + " (spec.ingress.workers)");
    workers = assume_count("workers a pod of ingress class " + controller.spec.class_name, "spec.ingress.workers", std::max<std::int64_t>(1, workers));
  }
  workers = std::clamp<std::int64_t>(workers, 1, kMostIngressWorkers);
  note_setting(controller, std::to_string(workers) + (is_traefik ? " core" : " worker") + (workers == 1 ? "" : "s") + " a pod", origin);
  return static_cast<std::uint32_t>(workers);
}

}  // namespace towtank::scenario
