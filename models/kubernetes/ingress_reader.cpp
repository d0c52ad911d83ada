#include "models/kubernetes/ingress_reader.hpp"

#include "models/kubernetes/dns_names.hpp"

namespace towtank {
namespace {

using enum FieldUse;

constexpr KnownField kIngressSpec[] = {{"ingressClassName", read}, {"defaultBackend", read}, {"rules", read}, {"tls", read}};
constexpr KnownField kRule[] = {{"host", read}, {"http", read}};
constexpr KnownField kHttp[] = {{"paths", read}};
constexpr KnownField kPath[] = {{"path", read}, {"pathType", read}, {"backend", read}};
constexpr KnownField kBackend[] = {{"service", read}, {"resource", later}};
constexpr KnownField kBackendService[] = {{"name", read}, {"port", read}};
constexpr KnownField kBackendPort[] = {{"name", read}, {"number", read}};
constexpr KnownField kTls[] = {{"hosts", read}, {"secretName", off_path}};
constexpr KnownField kClassSpec[] = {{"controller", read}, {"parameters", off_path}};

constexpr std::pair<std::string_view, PathType> kPathTypes[] = {{"Exact", PathType::exact},
                                                                {"Prefix", PathType::prefix},
                                                                {"ImplementationSpecific", PathType::implementation_specific}};

Result<PathType> as_path_type(const Value& value) { return as_choice(value, kPathTypes); }

Result<std::string> as_host(const Value& value) {
  const Result<std::string> text = as_string(value);
  if (text && is_host_pattern(*text)) return text;
  return Problem{value.mark, "expected a host name in small letters such as shop.example.com or *.example.com, found " + value.description()};
}

IngressBackend read_backend(const Value& value, const std::string& path, ObjectReading& reading) {
  IngressBackend backend;
  backend.mark = value.mark;
  if (value.find("serviceName") != nullptr || value.find("servicePort") != nullptr) {
    reading.complain(value.mark, path, "`serviceName` and `servicePort` are of extensions/v1beta1; for networking.k8s.io/v1 write "
                                       "`service: {name: NAME, port: {number: PORT}}`");
    return backend;
  }
  reading.check_fields(value, kBackend, path);
  const std::string service_path = ObjectReading::joined(path, "service");
  const Value* service = reading.map_at(ObjectReading::child(&value, "service"), service_path);
  if (service == nullptr) {
    if (ObjectReading::child(&value, "resource") == nullptr)
      reading.complain(value.mark, path, "the line `service:` is missing; write `service: {name: NAME, port: {number: PORT}}`");
    return backend;
  }
  reading.check_fields(*service, kBackendService, service_path);
  reading.require(*service, "name", service_path, backend.service, as_string, "; it names the Service");
  const std::string port_path = ObjectReading::joined(service_path, "port");
  const Value* port = reading.map_at(ObjectReading::child(service, "port"), port_path);
  if (port != nullptr) reading.check_fields(*port, kBackendPort, port_path);
  const bool has_name = ObjectReading::child(port, "name") != nullptr, has_number = ObjectReading::child(port, "number") != nullptr;
  if (has_name == has_number)
    reading.complain(port != nullptr ? port->mark : service->mark, port_path,
                     has_name ? "found both `name` and `number`; keep one of them"
                              : "the Service's port is missing; write `port: {number: 80}` or `port: {name: http}`");
  std::int64_t number = 0;
  if (has_number && reading.take(port, "number", port_path, number, as_port)) backend.port.number = number;
  if (has_name) reading.take(port, "name", port_path, backend.port.text, as_string);
  return backend;
}

IngressPath read_path(const Value& item, const std::string& path, ObjectReading& reading) {
  IngressPath made;
  made.mark = item.mark;
  reading.check_fields(item, kPath, path);
  reading.take(&item, "path", path, made.path, as_string);
  reading.require(item, "pathType", path, made.type, as_path_type, "; write one of Prefix, Exact, ImplementationSpecific");
  const bool needs_slash = made.type != PathType::implementation_specific;
  if (needs_slash && made.path.substr(0, 1) != "/")
    reading.complain(item.mark, path, "a path of type Prefix or Exact begins with `/`, found \"" + made.path + "\"; write e.g. `path: /`");
  const Value* backend = ObjectReading::child(&item, "backend");
  if (backend == nullptr) {
    reading.complain(item.mark, path, "the line `backend:` is missing; it names the Service");
  } else if (const Value* map = reading.map_at(backend, ObjectReading::joined(path, "backend"))) {
    made.backend = read_backend(*map, ObjectReading::joined(path, "backend"), reading);
  }
  return made;
}

IngressRule read_rule(const Value& item, const std::string& path, ObjectReading& reading) {
  IngressRule rule;
  rule.mark = item.mark;
  reading.check_fields(item, kRule, path);
  reading.take(&item, "host", path, rule.host, as_host);
  const std::string http_path = ObjectReading::joined(path, "http");
  const Value* http = reading.map_at(ObjectReading::child(&item, "http"), http_path);
  if (http == nullptr) return rule;
  reading.check_fields(*http, kHttp, http_path);
  reading.each(http, "paths", http_path, [&](const Value& each, const std::string& each_path) {
    rule.paths.push_back(read_path(each, each_path, reading));
  });
  if (rule.paths.empty()) reading.complain(http->mark, http_path, "the list `paths:` is missing; a rule for http needs at least one");
  return rule;
}

}  // namespace

Ingress read_ingress(const Value& object, ObjectReading& reading) {
  Ingress ingress;
  ingress.meta = reading.meta();
  const Value* spec = reading.map_at(ObjectReading::child(&object, "spec"), "spec");
  if (spec == nullptr) return ingress;
  reading.check_fields(*spec, kIngressSpec, "spec");
  if (!reading.take(spec, "ingressClassName", "spec", ingress.class_name, as_string))
    if (const auto older = ingress.meta.annotations.find("kubernetes.io/ingress.class"); older != ingress.meta.annotations.end())
      ingress.class_name = older->second;
  if (const Value* backend = reading.map_at(ObjectReading::child(spec, "defaultBackend"), "spec.defaultBackend"))
    ingress.default_backend = read_backend(*backend, "spec.defaultBackend", reading);
  reading.each(spec, "rules", "spec", [&](const Value& item, const std::string& path) { ingress.rules.push_back(read_rule(item, path, reading)); });
  reading.each(spec, "tls", "spec", [&](const Value& item, const std::string& path) {
    reading.check_fields(item, kTls, path);
    for (std::string& host : reading.texts(&item, "hosts", path)) ingress.tls_hosts.push_back(std::move(host));
  });
  if (ingress.rules.empty() && !ingress.default_backend)
    reading.complain(spec->mark, "spec", "it has neither `rules:` nor `defaultBackend:`; it needs one of them");
  return ingress;
}

IngressClass read_ingress_class(const Value& object, ObjectReading& reading) {
  IngressClass made;
  made.meta = reading.meta();
  const auto is_default = made.meta.annotations.find("ingressclass.kubernetes.io/is-default-class");
  made.is_default = is_default != made.meta.annotations.end() && is_default->second == "true";
  const Value* spec = reading.map_at(ObjectReading::child(&object, "spec"), "spec");
  if (spec == nullptr) return made;
  reading.check_fields(*spec, kClassSpec, "spec");
  reading.take(spec, "controller", "spec", made.controller, as_string);
  return made;
}

ConfigMap read_config_map(const Value& object, ObjectReading& reading) {
  ConfigMap map;
  map.meta = reading.meta();
  map.data = reading.labels(&object, "data", "");
  return map;
}

}  // namespace towtank
