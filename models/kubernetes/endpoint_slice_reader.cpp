#include "models/kubernetes/endpoint_slice_reader.hpp"

#include <set>

#include "models/kubernetes/dns_names.hpp"
#include "models/kubernetes/ip_text.hpp"

namespace towtank {
namespace {

constexpr char kServiceLabel[] = "kubernetes.io/service-name";
constexpr std::size_t kMostAddresses = 100;

enum class AddressType : std::uint8_t { ipv4, ipv6, fqdn };

Result<AddressType> as_address_type(const Value& value) {
  static constexpr std::pair<std::string_view, AddressType> kTypes[] = {
      {"IPv4", AddressType::ipv4}, {"IPv6", AddressType::ipv6}, {"FQDN", AddressType::fqdn}};
  return as_choice(value, kTypes);
}

bool is_address(const std::string& text, AddressType type) {
  if (type == AddressType::ipv4) return is_ipv4(text);
  return type == AddressType::ipv6 ? is_ipv6(text) : is_dns_subdomain(text);
}

void check_addresses(const EndpointSlice::Endpoint& endpoint, AddressType type, const Mark& mark,
                     const std::string& path, ObjectReading& reading) {
  static constexpr const char* kNames[] = {"an IPv4 address", "an IPv6 address", "a host name"};
  if (endpoint.addresses.empty())
    reading.complain(mark, path, "the list `addresses:` is missing; an endpoint has at least one address");
  if (endpoint.addresses.size() > kMostAddresses)
    reading.complain(mark, path, "it has more than 100 addresses; give each pod an endpoint of its own");
  for (const std::string& address : endpoint.addresses)
    if (!is_address(address, type))
      reading.complain(mark, path,
                       "expected " + std::string{kNames[static_cast<std::size_t>(type)]} +
                           " as addressType says, found \"" + address + '"');
}

Result<std::optional<bool>> as_known(const Value& value) {
  const Result<bool> state = as_bool(value);
  if (!state) return state.error();
  return std::optional{*state};
}

void read_conditions(const Value& item, const std::string& path, EndpointSlice::Endpoint& endpoint,
                     ObjectReading& reading) {
  const std::string conditions_path = ObjectReading::joined(path, "conditions");
  const Value* conditions = reading.map_at(ObjectReading::child(&item, "conditions"), conditions_path);
  if (conditions == nullptr) return;
  reading.check_fields(*conditions, endpoint_conditions_fields(), conditions_path);
  reading.take(conditions, "ready", conditions_path, endpoint.ready, as_known);
  reading.take(conditions, "serving", conditions_path, endpoint.serving, as_known);
  reading.take(conditions, "terminating", conditions_path, endpoint.terminating, as_known);
}

std::vector<std::string> read_names(const Value* hints, std::string_view key, const std::string& path,
                                    ObjectReading& reading) {
  std::vector<std::string> names;
  reading.each(hints, key, path, [&](const Value& item, const std::string& item_path) {
    std::string name;
    if (reading.require(item, "name", item_path, name, as_string, "; write the name of the zone or node"))
      names.push_back(std::move(name));
  });
  return names;
}

EndpointSlice::Endpoint read_endpoint(const Value& item, const std::string& path, ObjectReading& reading) {
  EndpointSlice::Endpoint endpoint;
  reading.check_fields(item, endpoint_fields(), path);
  endpoint.addresses = reading.texts(&item, "addresses", path);
  read_conditions(item, path, endpoint, reading);
  reading.take(&item, "nodeName", path, endpoint.node, as_string);
  reading.take(&item, "zone", path, endpoint.zone, as_string);
  const std::string target_path = ObjectReading::joined(path, "targetRef");
  const Value* target = reading.map_at(ObjectReading::child(&item, "targetRef"), target_path);
  const Value* kind = ObjectReading::child(target, "kind");
  if (kind != nullptr && kind->scalar == "Pod") reading.take(target, "name", target_path, endpoint.pod, as_string);
  const std::string hints_path = ObjectReading::joined(path, "hints");
  if (const Value* hints = reading.map_at(ObjectReading::child(&item, "hints"), hints_path)) {
    reading.check_fields(*hints, endpoint_hints_fields(), hints_path);
    endpoint.zone_hints = read_names(hints, "forZones", hints_path, reading);
    endpoint.node_hints = read_names(hints, "forNodes", hints_path, reading);
  }
  return endpoint;
}

void read_ports(const Value& object, EndpointSlice& slice, ObjectReading& reading) {
  std::set<std::string> names;
  reading.each(&object, "ports", "", [&](const Value& item, const std::string& path) {
    EndpointSlice::Port port;
    std::int64_t number = 0;
    reading.check_fields(item, endpoint_port_fields(), path);
    reading.take(&item, "name", path, port.name, as_string);
    reading.take(&item, "protocol", path, port.protocol, as_protocol);
    if (reading.take(&item, "port", path, number, as_port)) port.port = number;
    if (!names.insert(port.name).second)
      reading.complain(item.mark, path,
                       port.name.empty() ? "another port has no name either; give each a `name:`"
                                         : "another port has the name `" + port.name + "` too; give it its own");
    slice.ports.push_back(std::move(port));
  });
}

}  // namespace

EndpointSlice read_endpoint_slice(const Value& object, ObjectReading& reading) {
  EndpointSlice slice;
  slice.meta = reading.meta();
  AddressType type = AddressType::ipv4;
  const bool has_type =
      reading.require(object, "addressType", "", type, as_address_type, "; write `addressType: IPv4`");
  reading.each(&object, "endpoints", "", [&](const Value& item, const std::string& path) {
    slice.endpoints.push_back(read_endpoint(item, path, reading));
    if (has_type) check_addresses(slice.endpoints.back(), type, item.mark, path, reading);
  });
  read_ports(object, slice, reading);
  const auto label = slice.meta.labels.find(kServiceLabel);
  if (label != slice.meta.labels.end()) slice.service = label->second;
  if (slice.service.empty())
    reading.ignore(object.mark, "", "without the label " + std::string{kServiceLabel} + " it belongs to no Service");
  return slice;
}

}  // namespace towtank
