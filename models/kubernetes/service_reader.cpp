#include "models/kubernetes/service_reader.hpp"

#include <algorithm>
#include <set>

#include "models/kubernetes/annotations.hpp"
#include "models/kubernetes/dns_names.hpp"
#include "models/kubernetes/ip_text.hpp"

namespace towtank {
namespace {

constexpr std::pair<std::string_view, ServiceType> kTypes[] = {{"ClusterIP", ServiceType::cluster_ip},
                                                               {"NodePort", ServiceType::node_port},
                                                               {"LoadBalancer", ServiceType::load_balancer},
                                                               {"ExternalName", ServiceType::external_name}};
constexpr std::pair<std::string_view, TrafficPolicy> kPolicies[] = {{"Cluster", TrafficPolicy::cluster},
                                                                    {"Local", TrafficPolicy::local}};
constexpr std::pair<std::string_view, bool> kAffinities[] = {{"None", false}, {"ClientIP", true}};
/// @source kubernetes KEP-4444, "Traffic Distribution for Services"; KEP-3015, "PreferSameZone and PreferSameNode"
constexpr std::pair<std::string_view, TrafficDistribution> kDistributions[] = {
    {"PreferClose", TrafficDistribution::same_zone},
    {"PreferSameZone", TrafficDistribution::same_zone},
    {"PreferSameNode", TrafficDistribution::same_node}};
constexpr std::int64_t kLongestAffinity_s = 86'400;

Result<ServiceType> as_type(const Value& value) { return as_choice(value, kTypes); }
Result<TrafficPolicy> as_policy(const Value& value) { return as_choice(value, kPolicies); }
Result<TrafficDistribution> as_distribution(const Value& value) { return as_choice(value, kDistributions); }
Result<bool> as_affinity(const Value& value) { return as_choice(value, kAffinities); }

/// 0 is how some tools write "to be allocated".
Result<std::optional<std::int64_t>> as_node_port(const Value& value) {
  if (value.is_scalar() && !value.quoted && value.scalar == "0") return std::optional<std::int64_t>{};
  const Result<std::int64_t> port = as_int(value, kFirstNodePort, kLastNodePort);
  if (!port) return port.error();
  return std::optional{*port};
}

Result<std::int64_t> as_affinity_timeout(const Value& value) { return as_int(value, 1, kLongestAffinity_s); }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Result<IntOrString> as_target_port(const Value& value) {
  Result<IntOrString> either = as_int_or_string(value);
  if (!either) return either;
  if (either->number) {
    const Result<std::int64_t> port = as_port(value);
    if (!port) return port.error();
    return either;
  }
  if (!std::any_of(either->text.begin(), either->text.end(), is_letter))
    return Problem{value.mark, "expected a port number or the name of a container's port, found " +
                                   value.description() + "; a number stands without quotes, a name has a letter"};
  return either;
}

Result<std::string> as_cluster_ip(const Value& value) {
  const Result<std::string> text = as_string(value);
  if (!text || text->empty() || *text == "None" || is_ipv4(*text) || is_ipv6(*text)) return text;
  return Problem{value.mark,
                 "expected an IP address or None, found " + value.description() + "; leave it out to have one given"};
}

/// With the dot at its end that stands for the root of all names, too.
Result<std::string> as_external_name(const Value& value) {
  const Result<std::string> text = as_string(value);
  if (!text) return text;
  const bool is_absolute = !text->empty() && text->back() == '.';
  const std::string name = text->substr(0, text->size() - (is_absolute ? 1 : 0));
  if (is_dns_subdomain(name)) return name;
  return Problem{value.mark, "expected a host name such as db.example.com, found " + value.description() +
                                 "; write it without scheme, port and path"};
}

ServicePort read_port(const Value& item, const std::string& path, ObjectReading& reading) {
  ServicePort port;
  port.mark = item.mark;
  reading.check_fields(item, service_port_fields(), path);
  reading.take(&item, "name", path, port.name, as_string);
  reading.take(&item, "protocol", path, port.protocol, as_protocol);
  reading.take(&item, "appProtocol", path, port.app_protocol, as_string);
  if (!reading.take(&item, "port", path, port.port, as_port) && ObjectReading::child(&item, "port") == nullptr)
    reading.complain(item.mark, path, "the line `port:` is missing: the port that clients of the Service call");
  port.target_port.number = port.port;
  port.target_port_given = reading.take(&item, "targetPort", path, port.target_port, as_target_port);
  reading.take(&item, "nodePort", path, port.node_port, as_node_port);
  return port;
}

void check_ports(const Service& service, ObjectReading& reading) {
  std::set<std::string> names;
  std::set<std::pair<std::int64_t, Protocol>> numbers;
  for (std::size_t i = 0; i < service.ports.size(); ++i) {
    const ServicePort& port = service.ports[i];
    const std::string path = ObjectReading::indexed("spec.ports", i);
    if (port.name.empty() && service.ports.size() > 1)
      reading.complain(port.mark, path, "a Service with several ports needs a `name:` for each of them");
    if (!port.name.empty() && !names.insert(port.name).second)
      reading.complain(port.mark, path, "another port of this Service has the name `" + port.name + "` too");
    if (port.port != 0 && !numbers.emplace(port.port, port.protocol).second)
      reading.complain(port.mark, path,
                       "another port of this Service is " + std::to_string(port.port) + '/' +
                           std::string{name_of(port.protocol)} + " too; the pair of port and protocol is unique");
    if (port.node_port && (service.type == ServiceType::cluster_ip || service.type == ServiceType::external_name))
      reading.complain(port.mark, path,
                       "`nodePort` needs `type: NodePort` or `type: LoadBalancer`, found type " +
                           std::string{name_of(service.type)});
  }
}

void read_ports(const Value* spec, Service& service, ObjectReading& reading) {
  const Value* ports = reading.list_at(ObjectReading::child(spec, "ports"), "spec.ports");
  const bool absent = ObjectReading::child(spec, "ports") == nullptr || (ports != nullptr && ports->items.empty());
  if (absent && !service.is_headless())
    reading.complain(spec->mark, "spec", "the list `ports:` is missing; a Service needs at least one port");
  if (ports == nullptr) return;
  for (std::size_t i = 0; i < ports->items.size(); ++i) {
    const std::string path = ObjectReading::indexed("spec.ports", i);
    if (const Value* item = reading.map_at(&ports->items[i], path))
      service.ports.push_back(read_port(*item, path, reading));
  }
  check_ports(service, reading);
}

void read_affinity(const Value* spec, Service& service, ObjectReading& reading) {
  reading.take(spec, "sessionAffinity", "spec", service.client_ip_affinity, as_affinity);
  const Value* config =
      reading.map_at(ObjectReading::child(spec, "sessionAffinityConfig"), "spec.sessionAffinityConfig");
  const Value* client_ip =
      reading.map_at(ObjectReading::child(config, "clientIP"), "spec.sessionAffinityConfig.clientIP");
  reading.take(client_ip, "timeoutSeconds", "spec.sessionAffinityConfig.clientIP", service.affinity_timeout_s,
               as_affinity_timeout);
  if (config != nullptr && !service.client_ip_affinity)
    reading.complain(config->mark, "spec.sessionAffinityConfig", "it needs `sessionAffinity: ClientIP`");
}

/// What may be said only together with the type, as the API server checks it.
void check_type(const Value* spec, const Service& service, ObjectReading& reading) {
  const bool from_outside = service.type == ServiceType::node_port || service.type == ServiceType::load_balancer;
  const Value* policy = ObjectReading::child(spec, "externalTrafficPolicy");
  if (policy != nullptr && !from_outside && ObjectReading::child(spec, "externalIPs") == nullptr)
    reading.complain(
        policy->mark, "spec.externalTrafficPolicy",
        "it needs `type: NodePort` or `type: LoadBalancer`, found type " + std::string{name_of(service.type)});
  const bool health_checked =
      service.type == ServiceType::load_balancer && service.external_traffic_policy == TrafficPolicy::local;
  const Value* health = ObjectReading::child(spec, "healthCheckNodePort");
  if (health != nullptr && service.health_check_node_port && !health_checked)
    reading.complain(health->mark, "spec.healthCheckNodePort",
                     "it needs `type: LoadBalancer` and `externalTrafficPolicy: Local`");
  const Value* cluster_ip = ObjectReading::child(spec, "clusterIP");
  if (cluster_ip != nullptr && service.is_headless() && from_outside)
    reading.complain(cluster_ip->mark, "spec.clusterIP",
                     "a headless Service (`None`) cannot have type " + std::string{name_of(service.type)});
  for (const char* key : {"loadBalancerClass", "allocateLoadBalancerNodePorts"})
    if (const Value* value = ObjectReading::child(spec, key);
        value != nullptr && service.type != ServiceType::load_balancer)
      reading.complain(value->mark, ObjectReading::joined("spec", key), "it needs `type: LoadBalancer`");
}

void read_source_ranges(const Value* spec, Service& service, ObjectReading& reading) {
  const std::string path = "spec.loadBalancerSourceRanges";
  const Value* list = ObjectReading::child(spec, "loadBalancerSourceRanges");
  if (list == nullptr) return;
  service.source_ranges = reading.texts(spec, "loadBalancerSourceRanges", "spec");
  for (std::string& range : service.source_ranges) {
    const std::size_t first = range.find_first_not_of(' ');  // Kubernetes trims them
    if (first != std::string::npos) range = range.substr(first, range.find_last_not_of(' ') - first + 1);
    if (!is_cidr(range))
      reading.complain(list->mark, path, "expected addresses such as 10.0.0.0/8, found \"" + range + '"');
  }
}

/// Addresses that somebody else routes to nodes.
void read_external_ips(const Value* spec, Service& service, ObjectReading& reading) {
  const Value* list = ObjectReading::child(spec, "externalIPs");
  if (list == nullptr) return;
  service.external_ips = reading.texts(spec, "externalIPs", "spec");
  for (const std::string& address : service.external_ips)
    if (!is_ipv4(address) && !is_ipv6(address))
      reading.complain(list->mark, "spec.externalIPs", "expected IP addresses, found \"" + address + '"');
}

/// Where the load balancer is, as the cloud's controller has written it into the status.
void read_load_balancer(const Value& object, Service& service, ObjectReading& reading) {
  const Value* status = reading.map_at(ObjectReading::child(&object, "status"), "status");
  const Value* balancer = reading.map_at(ObjectReading::child(status, "loadBalancer"), "status.loadBalancer");
  reading.each(balancer, "ingress", "status.loadBalancer", [&](const Value& item, const std::string& path) {
    std::string address, mode;
    reading.take(&item, "ipMode", path, mode, as_string);
    const bool has_ip = reading.take(&item, "ip", path, address, as_string);
    if (has_ip || reading.take(&item, "hostname", path, address, as_string))
      service.load_balancer_addresses.push_back(address);
    service.has_virtual_address = service.has_virtual_address || (has_ip && mode != "Proxy");
  });
}

/// It is a name only: there is nothing behind it that could have an address or ports.
void read_external_name(const Value& spec, Service& service, ObjectReading& reading) {
  reading.require(spec, "externalName", "spec", service.external_name, as_external_name,
                  "; type ExternalName needs it, give the host name that the Service stands for");
  if (!service.cluster_ip.empty())
    reading.complain(spec.find("clusterIP")->mark, "spec.clusterIP",
                     "type ExternalName has no address in the cluster; leave it out");
}

}  // namespace

Service read_service(const Value& object, ObjectReading& reading) {
  Service service;
  service.meta = reading.meta();
  LoadBalancerAnnotations annotations = read_annotations(object, reading);
  service.aws = std::move(annotations.aws);
  const Value* spec = reading.map_at(ObjectReading::child(&object, "spec"), "spec");
  if (spec == nullptr) return service;
  reading.check_fields(*spec, service_spec_fields(), "spec");
  reading.take(spec, "type", "spec", service.type, as_type);
  reading.take(spec, "clusterIP", "spec", service.cluster_ip, as_cluster_ip);
  reading.take(spec, "externalTrafficPolicy", "spec", service.external_traffic_policy, as_policy);
  const Value* policy = ObjectReading::child(spec, "externalTrafficPolicy");
  service.external_traffic_policy_mark = policy == nullptr ? object.mark : policy->mark;
  reading.take(spec, "internalTrafficPolicy", "spec", service.internal_traffic_policy, as_policy);
  reading.take(spec, "healthCheckNodePort", "spec", service.health_check_node_port, as_node_port);
  reading.take(spec, "publishNotReadyAddresses", "spec", service.publish_not_ready_addresses, as_bool);
  reading.take(spec, "loadBalancerClass", "spec", service.load_balancer_class, as_string);
  reading.take(spec, "allocateLoadBalancerNodePorts", "spec", service.allocate_load_balancer_node_ports, as_bool);
  reading.take(spec, "trafficDistribution", "spec", service.traffic_distribution, as_distribution);
  if (const Value* selector = ObjectReading::child(spec, "selector")) {
    service.selector_mark = selector->mark;
    const Labels labels = reading.labels(spec, "selector", "spec");
    if (!labels.empty()) service.selector = labels;
  }
  reading.take(spec, "loadBalancerIP", "spec", service.load_balancer_ip, as_string);
  read_external_ips(spec, service, reading);
  if (service.type == ServiceType::load_balancer) {
    service.weighs_pods = annotations.weighs_pods;
    service.internal_by_gke = std::move(annotations.by_gke);
    service.internal_by_azure = std::move(annotations.by_azure);
  } else {
    service.aws.internal.reset();
  }
  read_source_ranges(spec, service, reading);
  read_load_balancer(object, service, reading);
  if (service.type == ServiceType::external_name) {
    read_external_name(*spec, service, reading);
    return service;
  }
  read_affinity(spec, service, reading);
  read_ports(spec, service, reading);
  check_type(spec, service, reading);
  return service;
}

}  // namespace towtank
