#include "models/kubernetes/ingress_reader.hpp"

#include <algorithm>

#include "models/kubernetes/annotations.hpp"
#include "models/kubernetes/dns_names.hpp"
#include "models/kubernetes/ip_text.hpp"

namespace towtank {
namespace {

constexpr std::pair<std::string_view, PathType> kPathTypes[] = {
    {"Exact", PathType::exact},
    {"Prefix", PathType::prefix},
    {"ImplementationSpecific", PathType::implementation_specific}};
/// How an Ingress named its class before Kubernetes 1.18; controllers still know it.
constexpr char kClassAnnotation[] = "kubernetes.io/ingress.class";
constexpr char kDefaultClassAnnotation[] = "ingressclass.kubernetes.io/is-default-class";
constexpr std::size_t kLongestController = 250;

Result<PathType> as_path_type(const Value& value) { return as_choice(value, kPathTypes); }

Result<std::string> as_host(const Value& value) {
  const Result<std::string> host = as_string(value);
  if (!host || host->empty() || (is_host_pattern(*host) && !is_ipv4(*host))) return host;
  std::string advice = "; write lower-case letters, digits, `-` and `.`, without port, scheme or path";
  if (is_ipv4(*host) || is_ipv6(*host)) advice = "; an address is no host: leave the line out to take every host";
  return Problem{value.mark, "expected a host name such as shop.example.com or *.example.com, found " +
                                 value.description() + advice};
}

Result<std::string> as_service_name(const Value& value) {
  const Result<std::string> name = as_string(value);
  if (!name || is_dns_label(*name)) return name;
  return Problem{value.mark, "expected the name of a Service of the same namespace, found " + value.description()};
}

Result<std::string> as_port_name(const Value& value) {
  const Result<std::string> name = as_string(value);
  if (!name || is_port_name(*name)) return name;
  return Problem{value.mark, "expected the name of a Service's port, found " + value.description() +
                                 "; a number stands under `number:`"};
}

void read_backend_port(const Value& service, const std::string& path, IngressBackend& backend, ObjectReading& reading) {
  const std::string port_path = ObjectReading::joined(path, "port");
  const Value* written = ObjectReading::child(&service, "port");
  const Value* port = reading.map_at(written, port_path);
  if (written != nullptr && port == nullptr) return;
  const bool has_name = ObjectReading::child(port, "name") != nullptr;
  const bool has_number = ObjectReading::child(port, "number") != nullptr;
  if (port != nullptr) reading.check_fields(*port, backend_port_fields(), port_path);
  if (has_name == has_number) {
    reading.complain(port == nullptr ? service.mark : port->mark, port == nullptr ? path : port_path,
                     has_name ? "both `name:` and `number:` are given; keep one of them"
                              : "the Service's port is missing; write `port: {number: 80}` or `port: {name: http}`");
    return;
  }
  std::int64_t number = 0;
  reading.take(port, "name", port_path, backend.port.text, as_port_name);
  if (reading.take(port, "number", port_path, number, as_port)) backend.port.number = number;
}

/// The form of the versions before networking.k8s.io/v1, still found in many places.
bool is_old_form(const Value& backend) {
  return backend.find("serviceName") != nullptr || backend.find("servicePort") != nullptr;
}

std::string new_form(const Value& backend) {
  const Value* name = ObjectReading::child(&backend, "serviceName");
  const Value* port = ObjectReading::child(&backend, "servicePort");
  const std::string name_text = name == nullptr || !name->is_scalar() ? "NAME" : name->scalar;
  const std::string port_text = port == nullptr || !port->is_scalar() ? "80" : port->scalar;
  const bool is_number = std::all_of(port_text.begin(), port_text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return "service: {name: " + name_text + ", port: {" + (is_number ? "number: " : "name: ") + port_text + "}}";
}

/// @return nothing when it is bad, or leads to an object that is no Service
std::optional<IngressBackend> read_backend(const Value& value, const std::string& path, ObjectReading& reading) {
  if (is_old_form(value)) {
    reading.complain(value.mark, path,
                     "`serviceName` and `servicePort` are of the older versions; write `" + new_form(value) + '`');
    return std::nullopt;
  }
  reading.check_fields(value, ingress_backend_fields(), path);
  const std::string service_path = ObjectReading::joined(path, "service");
  const Value* written = ObjectReading::child(&value, "service");
  const bool has_resource = ObjectReading::child(&value, "resource") != nullptr;
  if ((written != nullptr) == has_resource)
    reading.complain(value.mark, path,
                     has_resource
                         ? "both `service:` and `resource:` are given; keep one of them"
                         : "the line `service:` is missing; write `service: {name: NAME, port: {number: 80}}`");
  const Value* service = reading.map_at(written, service_path);
  if (service == nullptr) return std::nullopt;
  IngressBackend backend;
  backend.mark = value.mark;
  reading.check_fields(*service, backend_service_fields(), service_path);
  reading.require(*service, "name", service_path, backend.service, as_service_name, "; write the name of the Service");
  read_backend_port(*service, service_path, backend, reading);
  return backend;
}

/// Why Kubernetes takes no such path; empty when it does.
std::string path_fault(const std::string& path, PathType type) {
  const auto has = [&](std::string_view part) { return path.find(part) != std::string::npos; };
  const auto ends_in = [&](const std::string& end) {
    return path.size() >= end.size() && path.compare(path.size() - end.size(), end.size(), end) == 0;
  };
  const bool is_implementation_specific = type == PathType::implementation_specific;
  if (path.empty() && is_implementation_specific) return {};
  if (path.empty() || path[0] != '/')
    return "it must begin with `/`" + std::string{path.empty() ? "; write `path: /` for every path" : ""};
  if (is_implementation_specific) return {};
  for (const char* part : {"//", "/./", "/../", "%2f", "%2F"})
    if (has(part)) return "Exact and Prefix take no `" + std::string{part} + "` in it; leave it out";
  if (ends_in("/..") || ends_in("/.")) return "Exact and Prefix take no `.` or `..` at its end; leave it out";
  return {};
}

void read_path(const Value& item, const std::string& path, IngressRule& rule, ObjectReading& reading) {
  IngressPath made;
  made.mark = item.mark;
  reading.check_fields(item, ingress_path_fields(), path);
  reading.take(&item, "path", path, made.path, as_string);
  if (reading.require(item, "pathType", path, made.type, as_path_type,
                      "; write Prefix, Exact or ImplementationSpecific")) {
    const Value* written = ObjectReading::child(&item, "path");
    const std::string fault = path_fault(made.path, made.type);
    if (!fault.empty() && (written == nullptr || written->is_scalar()))
      reading.complain(written == nullptr ? item.mark : written->mark, ObjectReading::joined(path, "path"),
                       fault + (made.path.empty() ? "" : ", found \"" + made.path + '"'));
  }
  const std::string backend_path = ObjectReading::joined(path, "backend");
  const Value* written = ObjectReading::child(&item, "backend");
  if (written == nullptr)
    reading.complain(item.mark, path,
                     "the line `backend:` is missing; write `backend: {service: {name: NAME, port: {number: 80}}}`");
  const Value* backend = reading.map_at(written, backend_path);
  if (backend == nullptr) return;
  const std::optional<IngressBackend> target = read_backend(*backend, backend_path, reading);
  if (!target) return;
  made.backend = *target;
  rule.paths.push_back(std::move(made));
}

IngressRule read_rule(const Value& item, const std::string& path, ObjectReading& reading) {
  IngressRule rule;
  rule.mark = item.mark;
  reading.check_fields(item, ingress_rule_fields(), path);
  reading.take(&item, "host", path, rule.host, as_host);
  const std::string http_path = ObjectReading::joined(path, "http");
  const Value* http = reading.map_at(ObjectReading::child(&item, "http"), http_path);
  if (http == nullptr) return rule;  // as in Kubernetes, all of the host then goes to the default backend
  reading.check_fields(*http, ingress_http_fields(), http_path);
  reading.each(http, "paths", http_path,
               [&](const Value& each, const std::string& each_path) { read_path(each, each_path, rule, reading); });
  const Value* paths = ObjectReading::child(http, "paths");
  if (paths == nullptr || (paths->is_sequence() && paths->items.empty()))
    reading.complain(http->mark, http_path, "the list `paths:` is missing; give it at least one path with its backend");
  return rule;
}

void read_tls(const Value& spec, Ingress& ingress, ObjectReading& reading) {
  reading.each(&spec, "tls", "spec", [&](const Value& item, const std::string& path) {
    reading.check_fields(item, ingress_tls_fields(), path);
    const std::string hosts_path = ObjectReading::joined(path, "hosts");
    const Value* hosts = reading.list_at(ObjectReading::child(&item, "hosts"), hosts_path);
    for (std::size_t i = 0; hosts != nullptr && i < hosts->items.size(); ++i) {
      const Result<std::string> host = as_host(hosts->items[i]);
      if (host) ingress.tls_hosts.push_back(*host);
      if (!host)
        reading.complain(hosts->items[i].mark, ObjectReading::indexed(hosts_path, i), host.error().front().message);
    }
  });
}

void read_class_name(const Value& spec, Ingress& ingress, ObjectReading& reading) {
  const auto annotation = ingress.meta.annotations.find(kClassAnnotation);
  if (annotation != ingress.meta.annotations.end()) ingress.class_name = annotation->second;
  const std::string by_annotation = ingress.class_name;
  if (!reading.take(&spec, "ingressClassName", "spec", ingress.class_name, as_string)) return;
  if (annotation != ingress.meta.annotations.end() && by_annotation != ingress.class_name)
    reading.complain(spec.find("ingressClassName")->mark, "spec.ingressClassName",
                     "the annotation " + std::string{kClassAnnotation} + " says \"" + by_annotation +
                         "\"; remove the annotation, or let both say the same");
}

}  // namespace

Ingress read_ingress(const Value& object, ObjectReading& reading) {
  Ingress ingress;
  ingress.meta = reading.meta();
  const Value* spec = reading.map_at(ObjectReading::child(&object, "spec"), "spec");
  if (spec == nullptr) return ingress;
  reading.check_fields(*spec, ingress_spec_fields(), "spec");
  read_class_name(*spec, ingress, reading);
  read_annotations(object, reading);
  const Value* written = ObjectReading::child(spec, "defaultBackend");
  if (const Value* backend = reading.map_at(written, "spec.defaultBackend"))
    ingress.default_backend = read_backend(*backend, "spec.defaultBackend", reading);
  reading.each(spec, "rules", "spec", [&](const Value& item, const std::string& path) {
    ingress.rules.push_back(read_rule(item, path, reading));
  });
  const Value* rules = ObjectReading::child(spec, "rules");
  const bool has_no_rules = rules == nullptr || (rules->is_sequence() && rules->items.empty());
  if (has_no_rules && written == nullptr && spec->find("backend") == nullptr)
    reading.complain(spec->mark, "spec", "it has neither `rules:` nor `defaultBackend:`; give it one of them");
  read_tls(*spec, ingress, reading);
  return ingress;
}

IngressClass read_ingress_class(const Value& object, ObjectReading& reading) {
  IngressClass made;
  made.meta = reading.meta();
  const auto annotation = made.meta.annotations.find(kDefaultClassAnnotation);
  made.is_default = annotation != made.meta.annotations.end() && annotation->second == "true";
  const Value* spec = reading.map_at(ObjectReading::child(&object, "spec"), "spec");
  if (spec == nullptr) return made;
  reading.check_fields(*spec, ingress_class_spec_fields(), "spec");
  if (!reading.require(*spec, "controller", "spec", made.controller, as_string, "; write e.g. k8s.io/ingress-nginx"))
    return made;
  const std::size_t slash = made.controller.find('/');
  const bool has_domain = slash != std::string::npos && is_dns_subdomain(made.controller.substr(0, slash)) &&
                          slash + 1 < made.controller.size();
  if (!has_domain || made.controller.size() > kLongestController)
    reading.complain(spec->find("controller")->mark, "spec.controller",
                     "expected a domain and a path such as k8s.io/ingress-nginx, found \"" + made.controller + '"');
  return made;
}

}  // namespace towtank
