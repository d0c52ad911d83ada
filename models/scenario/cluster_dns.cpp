#include "models/scenario/cluster_dns.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "models/cluster/address_book.hpp"
#include "models/cluster/service_endpoints.hpp"

namespace towtank::scenario {
namespace {

constexpr std::string_view kZone = ".svc.cluster.local", kSearched = ".svc";

bool take_end(std::string& text, std::string_view end) {
  if (text.size() <= end.size() || text.substr(text.size() - end.size()) != end) return false;
  text.resize(text.size() - end.size());
  return true;
}

std::vector<std::string> labels_of(const std::string& host) {
  std::vector<std::string> labels{""};
  for (const char c : host) {
    if (c == '.')
      labels.emplace_back();
    else
      labels.back() += c;
  }
  return labels;
}

/// Of a headless Service, ready or not; some of them more than once.
std::vector<EndpointState> listed_addresses(const ClusterState& state, const Objects& objects, std::uint32_t service) {
  const ServiceState& there = state.services[service];
  std::vector<EndpointState> all;
  if (there.service.selector) {
    // A pod without the port that a targetPort names is in a slice all the same, one that lists no such port.
    ServicePort any;
    any.port = 1;
    any.target_port.number = 1;
    all = endpoints_of(there.service, any, state, objects);
  } else {
    for (const ServicePortState& port : there.ports) all.insert(all.end(), port.endpoints.begin(), port.endpoints.end());
  }
  for (const EndpointSlice& slice : objects.endpoint_slices) {
    if (!there.ports.empty() || there.service.selector || slice.service != there.service.meta.name ||
        slice.meta.name_space != there.service.meta.name_space)
      continue;
    for (const EndpointSlice::Endpoint& each : slice.endpoints) {
      if (each.addresses.empty() || !ipv4_of(each.addresses[0])) continue;
      EndpointState made;
      made.address = each.addresses[0];
      made.conditions.ready = each.ready.value_or(true);
      if (!each.pod.empty()) made.pod = state.find_pod(slice.meta.name_space, each.pod);
      all.push_back(std::move(made));
    }
  }
  return all;
}

}  // namespace

std::optional<DnsName> resolve(const ClusterState& state, const Objects& objects, const Target& target,
                               const std::string& home) {
  std::string host = target.host;
  const bool is_full = take_end(host, kZone) || (!target.is_absolute && take_end(host, kSearched));
  if (target.is_absolute && !is_full) return std::nullopt;
  const std::vector<std::string> labels = labels_of(host);
  const auto find = [&](const std::string& name_space, const std::string& name) -> std::optional<std::uint32_t> {
    const ServiceState* found = state.find_service(name_space, name);
    if (found == nullptr) return std::nullopt;
    return static_cast<std::uint32_t>(found - state.services.data());
  };
  const auto find_pod = [&](const std::string& name_space, const std::string& name,
                            const std::string& pod_name) -> std::optional<DnsName> {
    const std::optional<std::uint32_t> found = find(name_space, name);
    if (!found || !state.services[*found].service.is_headless()) return std::nullopt;
    if (addresses_of(state, objects, *found, pod_name).empty()) return std::nullopt;
    return DnsName{*found, pod_name};
  };
  if (labels.size() == 1 && !is_full)
    if (const auto found = find(home, labels[0])) return DnsName{*found, ""};
  if (labels.size() == 2) {
    if (!is_full)
      if (const auto found = find_pod(home, labels[1], labels[0])) return found;
    if (const auto found = find(labels[1], labels[0])) return DnsName{*found, ""};
  }
  if (labels.size() == 3) return find_pod(labels[2], labels[1], labels[0]);
  return std::nullopt;
}

std::optional<DnsName> pod_name_anywhere(const ClusterState& state, const Objects& objects, const Target& target) {
  for (const ServiceState& each : state.services) {
    std::optional<DnsName> found = resolve(state, objects, target, each.service.meta.name_space);
    if (found && !found->pod.empty()) return found;
  }
  return std::nullopt;
}

std::vector<EndpointState> addresses_of(const ClusterState& state, const Objects& objects, std::uint32_t service,
                                        const std::string& pod_name) {
  const ServiceState& there = state.services[service];
  std::vector<EndpointState> found;
  std::set<std::string> seen;
  for (const EndpointState& each : listed_addresses(state, objects, service)) {
    if (!each.conditions.ready) continue;
    if (!pod_name.empty()) {
      if (!each.pod || state.pods[*each.pod].name != pod_name) continue;
      const Workload& workload = objects.workloads[state.pods[*each.pod].workload];
      if (workload.kind != WorkloadKind::stateful_set || workload.service_name != there.service.meta.name) continue;
    }
    if (seen.insert(each.address).second) found.push_back(each);
  }
  return found;
}

bool has_unready_address(const ClusterState& state, const Objects& objects, std::uint32_t service) {
  const std::vector<EndpointState> all = listed_addresses(state, objects, service);
  return std::any_of(all.begin(), all.end(), [](const EndpointState& each) { return !each.conditions.ready; });
}

std::vector<std::uint32_t> services_named(const ClusterState& state, const std::string& host, const std::string& home) {
  const std::string name = host.substr(0, host.find('.'));
  const std::string rest = name == host ? "" : host.substr(name.size() + 1);
  const std::string name_space = rest.substr(0, rest.find('.'));
  const std::string tail = rest == name_space ? "" : rest.substr(name_space.size() + 1);
  std::vector<std::uint32_t> found;
  if (!tail.empty() && tail != "svc" && tail != "svc.cluster.local") return found;
  for (std::uint32_t i = 0; i < state.services.size(); ++i) {
    const ObjectMeta& meta = state.services[i].service.meta;
    if (meta.name != name || (!name_space.empty() && name_space != meta.name_space)) continue;
    if (meta.name_space == home) return {i};
    found.push_back(i);
  }
  return found;
}

std::vector<std::uint32_t> pods_named(const ClusterState& state, const std::string& name, const std::string& home) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < state.pods.size(); ++i) {
    const PodState& pod = state.pods[i];
    if (pod.name != name || !pod.node) continue;
    if (pod.name_space == home) return {i};
    found.push_back(i);
  }
  return found;
}

}  // namespace towtank::scenario
