#include "models/scenario/cluster_dns.hpp"
#include "models/walk/walker.hpp"

namespace towtank::walk {

/// The namespace whose names need no ending.
std::string Walker::home_of(const Caller& caller) const {
  return caller.pod ? pod(*caller.pod).name_space : std::string{};
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

/// The name stands for the pods themselves. @source models/SOURCES.md 1.3, row 23
void Walker::enter_headless(Path path, std::uint32_t index, const std::string& pod_name) {
  const ServiceState& there = service(index);
  const std::string object = title(index);
  const std::vector<ServicePort>& ports = there.service.ports;
  const std::int64_t dialled = path.target.port.value_or(ports.empty() ? 80 : ports.front().port);
  const std::vector<EndpointState> addresses = scenario::addresses_of(ground_.state, ground_.objects, index, pod_name);
  if (addresses.empty()) {
    path.add("name " + path.target.host, "the cluster's DNS has no address for it");
    Ending ending{CurlStatus::name_not_resolved, 0,      object + " is headless and no ready pod stands behind it",
                  there.service.meta.mark,       object, "let the selector fit pods that become ready"};
    if (scenario::has_unready_address(ground_.state, ground_.objects, index)) {
      // Whatever a targetPort leads to: the name stands for pods, not for their ports.
      ending.why += ": " + object + " has no endpoint that is ready";
      ending.cure = "let the pods become ready";
    } else if (!ports.empty()) {
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
