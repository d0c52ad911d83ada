#include <algorithm>
#include <numeric>
#include <utility>

#include "models/walk/walker.hpp"

namespace towtank::walk {
namespace {

/// For k = 0..most: the chance that k different ones, taken at random, all fail.
/// @param chances  each one's chance to fail, and how many have it   @param without  one of these is left out
std::vector<double> all_fail(const std::vector<std::pair<double, std::size_t>>& chances, std::size_t without,
                             std::size_t most) {
  std::vector<double> products(most + 1, 0.0);
  products[0] = 1.0;
  double known = 0.0;
  for (std::size_t group = 0; group < chances.size(); ++group) {
    const std::size_t count = chances[group].second - (group == without ? 1 : 0);
    for (std::size_t i = 0; i < count; ++i) {
      known += 1.0;
      // The new one is among the k with chance k / known.
      for (std::size_t k = most; k > 0; --k) {
        const double share = std::min(1.0, static_cast<double>(k) / known);
        products[k] = products[k] * (1.0 - share) + chances[group].first * products[k - 1] * share;
      }
    }
  }
  return products;
}

}  // namespace

std::int64_t Walker::weight_of(const Option& option) {
  return option.weight > 0 ? option.weight : static_cast<std::int64_t>(option.count);
}

/// Gone by itself: what does not answer is not yet the client's business.
std::vector<Walker::Way> Walker::ways_of(const Path& path, const Option& option) {
  std::vector<Way> outer = std::exchange(ways_, {});
  Path one = path;
  one.probability = 1.0;
  option.go(std::move(one));
  return std::exchange(ways_, std::move(outer));
}

/// A proxy chooses at random; while one cannot be connected to, it goes on to another, as long as it may.
/// @source nginx ngx_http_proxy_module, proxy_next_upstream (default: error timeout); ingress-nginx
/// rootfs/etc/nginx/lua/balancer.lua
void Walker::try_one_of(Path path, const std::vector<Option>& options, const std::string& what) {
  std::vector<std::vector<Way>> ways;
  std::vector<std::pair<double, std::size_t>> chances;
  std::size_t all = 0, failing = 0;
  std::int64_t all_weights = 0;
  for (const Option& option : options) {
    ways.push_back(ways_of(path, option));
    double fails = 0.0;
    for (const Way& way : ways.back()) fails += way.connected ? 0.0 : way.branch.probability;
    chances.emplace_back(fails, option.count);
    all += option.count;
    all_weights += weight_of(option);
    if (fails > 0.0) failing += option.count;
  }
  const std::size_t tries = std::min<std::size_t>({path.proxy.tries, all, failing + 1});
  const bool is_weighed = all_weights != static_cast<std::int64_t>(all);
  if (is_weighed && tries > 1)
    assumptions_.insert("where targets do not answer, those of more weight are taken to be as likely as others");
  if (failing > 0 && std::min<std::size_t>(path.proxy.tries, all) > 1) tell_of_tries(ways, path, options, what);
  for (std::size_t group = 0; group < options.size(); ++group) {
    const std::vector<double> failed_before = all_fail(chances, group, tries);
    double asked = 0.0;
    for (std::size_t k = 0; k < tries; ++k) asked += failed_before[k];
    const double share =
        path.probability * (is_weighed && tries == 1
                                ? static_cast<double>(weight_of(options[group])) / static_cast<double>(all_weights)
                                : static_cast<double>(options[group].count) / static_cast<double>(all));
    for (Way& way : ways[group]) {
      // Who does not answer as the last one decides what the client hears.
      way.branch.probability *= share * (way.connected ? asked : failed_before[tries - 1]);
      way.connected = true;
      if (way.branch.probability > 0.0) add(std::move(way));
    }
  }
}

/// A step of its own, where the tries begin.
void Walker::tell_of_tries(std::vector<std::vector<Way>>& ways, const Path& path, const std::vector<Option>& options,
                           const std::string& what) {
  std::size_t failing = 0, all = 0;
  bool waits = false, always = true;
  for (std::size_t group = 0; group < options.size(); ++group) {
    double fails = 0.0;
    for (const Way& way : ways[group]) {
      waits = waits || (!way.connected && way.timed_out);
      fails += way.connected ? 0.0 : way.branch.probability;
    }
    all += options[group].count;
    if (fails > 0.0) failing += options[group].count;
    always = always && (fails == 0.0 || fails > 1.0 - 1e-9);
  }
  const bool is_ingress = path.proxy.kind == Proxy::Kind::ingress_nginx;
  const std::string product = is_ingress                                ? "ingress-nginx"
                              : path.proxy.kind == Proxy::Kind::nginx   ? "nginx"
                              : path.proxy.kind == Proxy::Kind::haproxy ? "haproxy"
                              : path.proxy.kind == Proxy::Kind::traefik ? "traefik"
                              : path.proxy.kind == Proxy::Kind::alb     ? "the load balancer"
                                                                        : "envoy";
  const std::string limit = path.proxy.tries < all ? ", " + std::to_string(path.proxy.tries) + " tries in all" : "";
  if (failing >= path.proxy.tries && path.proxy.tries > 1 && failing < all)
    assumptions_.insert("targets that a proxy tries for one request are different ones, in an order of chance");
  const Step step{"next upstream",
                  std::to_string(failing) + " of " + std::to_string(all) + " " + what +
                      (always ? " do not answer: " : " do not always answer: ") + product + " asks another one " +
                      (!waits       ? "at once"
                       : is_ingress ? "after its connect timeout"
                                    : "after its connect timeout, 60 s") +
                      limit,
                  std::nullopt};
  for (std::vector<Way>& group : ways)
    for (Way& way : group)
      way.branch.steps.insert(way.branch.steps.begin() + static_cast<std::ptrdiff_t>(path.steps.size()), step);
}

/// A proxy that knows the endpoints dials them itself: node port and service port are bypassed, and no policy decides.
void Walker::to_pods_of(Path path, ServicePortRef ref, const std::string& who, const Chooser& by) {
  const ServiceState& there = service(ref.service);
  const EndpointSet set = categorize(facts_of(ground_.state, there.ports[ref.port]), -1, -1);
  const std::string link = link_of(ref);
  if (set.cluster.empty()) {
    path.add(link, who + " knows no endpoint of it");
    Ending ending = why_no_endpoint(ref);
    ending.status = path.proxy.is_none() ? CurlStatus::timed_out : CurlStatus::http_error;
    if (!path.proxy.is_none()) ending.http = path.proxy.kind == Proxy::Kind::nginx ? 502 : 503;
    return end(std::move(path), std::move(ending));
  }
  const std::size_t all = set.cluster.size();
  const Chosen chosen = chosen_pods(path, ref, by, set.cluster);
  std::size_t left = 0;
  for (const HostSets::Source& source : chosen.choice.sources) left += source.hosts.size();
  const std::string of = left == all ? "" : std::to_string(left) + " that it chooses from, of ";
  path.add(link, "bypassed, and kube-proxy with it: " + who + " dials the pods of the Service's EndpointSlices itself" + chosen.told +
                     (all > 1 && left > 0 ? "; its balancer chose 1 of " + of + std::to_string(all) : ""));
  const bool is_subset = chosen.told.empty();
  const Ending nobody{CurlStatus::http_error, 503, who + " " + chosen.why, there.service.meta.mark, title(ref.service),
                      is_subset ? "labels of the pods as `subset_labels`" : "pods that listen on the targetPort"};
  from_one_of(std::move(path), chosen, "pods", nobody,
              [this, ref, by_zone = by.by_zone](Path one, const std::vector<std::uint32_t>& endpoints) { to_one_of(std::move(one), ref, endpoints, by_zone); });
}

/// @param candidates  indices of the port's endpoints
void Walker::to_one_of(Path path, ServicePortRef ref, const std::vector<std::uint32_t>& candidates, bool by_zone) {
  const ServicePort& port = service(ref.service).service.ports[ref.port];
  const std::vector<EndpointState>& endpoints = service(ref.service).ports[ref.port].endpoints;
  // Pods of one workload do alike.
  std::map<std::tuple<std::string, std::int64_t, std::int64_t, std::string>, std::vector<std::uint32_t>> alike;
  std::map<std::string, std::int64_t> in_zone;
  for (const std::uint32_t each : candidates) {
    const EndpointState& endpoint = endpoints[each];
    const std::int64_t workload = endpoint.pod ? kind_of(*endpoint.pod) : -1;
    const std::string zone = by_zone && endpoint.node ? node(*endpoint.node).zone : "";
    ++in_zone[zone];
    alike[{zone, workload, endpoint.port, endpoint.pod ? "" : endpoint.address}].push_back(each);
  }
  std::int64_t of_zone = 1;  // its weight: each of its endpoints gets a whole part of it
  for (const auto& [zone, count] : in_zone) of_zone = std::lcm(of_zone, count);
  std::vector<Option> options;
  for (const auto& [key, group] : alike)
    options.push_back(
        {group.size(), [this, ref, &port, &endpoint = endpoints[group.front()]](Path one) {
           const std::string shown = endpoint.address + ":" + std::to_string(endpoint.port);
           if (!endpoint.pod) {
             one.add("endpoint " + shown, one.caller.address + " -> " + shown + ": no translation");
             return end(
                 std::move(one),
                 {.why = "the packets reach an address outside of the model", .mark = {}, .object = {}, .cure = {}});
           }
           one.add("target port " + std::to_string(endpoint.port) + " of pod " + pod(*endpoint.pod).name,
                   one.caller.address + " -> " + shown + ": no translation",
                   round_trip(one.caller, *pod(*endpoint.pod).node));
           to_pod(std::move(one), *endpoint.pod, endpoint.port, port.mark, title(ref.service));
         },
         in_zone.size() > 1 ? static_cast<std::int64_t>(group.size()) * (of_zone / in_zone.at(std::get<0>(key))) : 0});
  try_one_of(std::move(path), options, "pods");
}

}  // namespace towtank::walk
