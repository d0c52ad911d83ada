#include <algorithm>
#include <set>

#include "models/cluster/address_book.hpp"
#include "models/cluster/service_endpoints.hpp"
#include "models/walk/walker.hpp"

namespace towtank::walk {
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

}  // namespace

/// The namespace whose names need no ending.
std::string Walker::home_of(const Caller& caller) const {
  return caller.pod ? pod(*caller.pod).name_space : std::string{};
}

/// Through the search list of a pod: NAMESPACE.svc.cluster.local, svc.cluster.local, cluster.local.
/// @source Kubernetes, DNS for Services and Pods
std::optional<Walker::DnsName> Walker::resolve(const Target& target, const std::string& home) const {
  std::string host = target.host;
  const bool is_full = take_end(host, kZone) || (!target.is_absolute && take_end(host, kSearched));
  if (target.is_absolute && !is_full) return std::nullopt;
  const std::vector<std::string> labels = labels_of(host);
  const auto find = [&](const std::string& name_space, const std::string& name) -> std::optional<std::uint32_t> {
    const ServiceState* found = ground_.state.find_service(name_space, name);
    if (found == nullptr) return std::nullopt;
    return static_cast<std::uint32_t>(found - ground_.state.services.data());
  };
  const auto find_pod = [&](const std::string& name_space, const std::string& name,
                            const std::string& pod_name) -> std::optional<DnsName> {
    const std::optional<std::uint32_t> found = find(name_space, name);
    if (!found || !service(*found).service.is_headless() || addresses_of(*found, pod_name).empty()) return std::nullopt;
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

/// Of a pod behind a headless Service, which the asker's resolver does not find.
std::optional<Walker::DnsName> Walker::pod_name_elsewhere(const Target& target) const {
  for (const ServiceState& each : ground_.state.services) {
    const std::optional<DnsName> found = resolve(target, each.service.meta.name_space);
    if (found && !found->pod.empty()) return found;
  }
  return std::nullopt;
}

void Walker::enter_unknown_pod_name(Path path, const DnsName& meant) {
  const Service& there = service(meant.service).service;
  const std::string full = meant.pod + "." + there.meta.name + "." + there.meta.name_space;
  const std::string is_a = "`" + path.target.host + "` is the name of a pod behind " + title(meant.service);
  const bool is_pod = path.caller.pod.has_value();
  path.add("name " + path.target.host, is_pod ? "the cluster's DNS does not find it in the caller's namespace"
                                              : "known to the DNS of the cluster only");
  end(std::move(path),
      {CurlStatus::name_not_resolved, 0,
       is_pod ? is_a + " of namespace " + there.meta.name_space + ", and the caller is of another"
              : is_a + ": the cluster's DNS answers pods, nobody else asks it",
       there.meta.mark, title(meant.service), is_pod ? "write " + full : "call from a pod (--from)"});
}

/// What its name stands for: the ready ones, or all that it publishes, each once.
/// @param pod_name  of a StatefulSet that the Service governs; empty = all
/// @source Kubernetes, DNS for Services and Pods, "A/AAAA records"
std::vector<EndpointState> Walker::addresses_of(std::uint32_t index, const std::string& pod_name) const {
  const ServiceState& there = service(index);
  std::vector<EndpointState> all;
  for (const ServicePortState& port : there.ports) all.insert(all.end(), port.endpoints.begin(), port.endpoints.end());
  if (there.ports.empty() && there.service.selector) {
    ServicePort any;
    any.port = 1;
    any.target_port.number = 1;
    all = endpoints_of(there.service, any, ground_.state, ground_.objects);
  }
  for (const EndpointSlice& slice : ground_.objects.endpoint_slices) {
    if (!there.ports.empty() || there.service.selector || slice.service != there.service.meta.name ||
        slice.meta.name_space != there.service.meta.name_space)
      continue;
    for (const EndpointSlice::Endpoint& each : slice.endpoints) {
      if (each.addresses.empty() || !ipv4_of(each.addresses[0])) continue;
      EndpointState made;
      made.address = each.addresses[0];
      made.conditions.ready = each.ready.value_or(true);
      if (!each.pod.empty()) made.pod = ground_.state.find_pod(slice.meta.name_space, each.pod);
      all.push_back(std::move(made));
    }
  }
  std::vector<EndpointState> found;
  std::set<std::string> seen;
  for (const EndpointState& each : all) {
    if (!each.conditions.ready) continue;
    if (!pod_name.empty()) {
      if (!each.pod || pod(*each.pod).name != pod_name) continue;
      const Workload& workload = workload_of(*each.pod);
      if (workload.kind != WorkloadKind::stateful_set || workload.service_name != there.service.meta.name) continue;
    }
    if (seen.insert(each.address).second) found.push_back(each);
  }
  return found;
}

/// The name stands for the pods themselves. @source models/SOURCES.md 1.3, row 23
void Walker::enter_headless(Path path, std::uint32_t index, const std::string& pod_name) {
  const ServiceState& there = service(index);
  const std::string object = title(index);
  const std::vector<ServicePort>& ports = there.service.ports;
  const std::int64_t dialled = path.target.port.value_or(ports.empty() ? 80 : ports.front().port);
  const std::vector<EndpointState> addresses = addresses_of(index, pod_name);
  if (addresses.empty()) {
    path.add("name " + path.target.host, "the cluster's DNS has no address for it");
    Ending ending{CurlStatus::name_not_resolved, 0,      object + " is headless and no ready pod stands behind it",
                  there.service.meta.mark,       object, "let the selector fit pods that become ready"};
    if (!ports.empty()) {
      const Ending cause = why_no_endpoint({index, 0});
      ending.why += ": " + cause.why;
      ending.cure = cause.cure;
    }
    return end(std::move(path), std::move(ending));
  }
  const Mark& mark = ports.empty() ? there.service.meta.mark : ports.front().mark;
  for (const EndpointState& each : addresses) {
    Path one = path;
    one.probability /= static_cast<double>(addresses.size());
    one.add("name " + one.target.host,
            "the cluster's DNS: " + each.address +
                (addresses.size() > 1 ? " and " + std::to_string(addresses.size() - 1) + " more" : "") +
                "; headless, no kube-proxy");
    const std::string dial = one.caller.address + " -> " + each.address + ":" + std::to_string(dialled);
    if (!each.pod || !pod(*each.pod).node) {
      one.add("address " + each.address, dial + ": the Service's ports are not translated");
      end(std::move(one),
          {.why = "the packets reach an address outside of the model", .mark = {}, .object = {}, .cure = {}});
      continue;
    }
    one.add("pod port " + std::to_string(dialled) + " of " + pod(*each.pod).name,
            dial + ": the Service's ports are not translated", round_trip(one.caller, *pod(*each.pod).node));
    to_pod(std::move(one), *each.pod, dialled, mark, "");
  }
}

}  // namespace towtank::walk
