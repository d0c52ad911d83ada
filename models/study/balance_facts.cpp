#include "models/study/balance_facts.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "models/balancers/balancer.hpp"
#include "models/study/path_spread.hpp"

namespace towtank {
namespace {

std::optional<std::string> parameter_of(const model::Balance& balance, const char* name) {
  for (const auto& [key, value] : balance.parameters)
    if (key == name) return value;
  return std::nullopt;
}

}  // namespace

std::optional<Comparison> comparison_of(const model::Balance& balance) {
  if (balance.name == "least_conn" || balance.name == "haproxy_leastconn" || balance.name == "alb_least_outstanding" || balance.name == "traefik_leasttime") return Comparison{};
  if (balance.name == "c3" || balance.name == "client_side_weighted_round_robin") return Comparison{};
  if (balance.name == "prequal" && std::stod(parameter_of(balance, "rate").value_or("3")) <= 0.0) return std::nullopt;  // by chance
  if (balance.name == "prequal") return Comparison{.choices = static_cast<std::uint32_t>(std::stoul(parameter_of(balance, "pool").value_or("16")))};
  if (balance.name == "ewma" || balance.name == "peak_ewma" || balance.name == "traefik_p2c" || balance.name == "aperture") return Comparison{.choices = 2};
  if (balance.name == "nginx_random" && parameter_of(balance, "two") == "true") return Comparison{.choices = 2};
  if (balance.name == "haproxy_random" || balance.name == "stale_least_request") {
    const char* const name = balance.name == "haproxy_random" ? "draws" : "choices";
    const auto draws = static_cast<std::uint32_t>(std::stoul(parameter_of(balance, name).value_or("2")));
    if (draws == 1) return std::nullopt;
    return Comparison{draws, false};
  }
  if (balance.name != "least_request") return std::nullopt;
  if (parameter_of(balance, "full_scan") == "true") return Comparison{};
  const std::string choices = parameter_of(balance, "choices").value_or("2");
  return Comparison{static_cast<std::uint32_t>(std::stoul(choices)), parameter_of(balance, "distinct") == "true"};
}

bool goes_in_order(const model::Balance& balance) { return balance.name == "haproxy_first"; }

std::optional<double> places_of_target(const model::Balance& balance) {
  // More connections than an address has ports no server can have of one proxy.
  constexpr double kPorts = 65'535.0;
  if (balance.name.substr(0, 8) != "haproxy_") return std::nullopt;
  const double places = std::max(std::stod(parameter_of(balance, "maxconn").value_or("0")), std::stod(parameter_of(balance, "minconn").value_or("0")));
  return places > 0.0 && places <= kPorts ? std::optional{places} : std::nullopt;
}

bool grows_with_load(const model::Balance& balance) { return places_of_target(balance) && parameter_of(balance, "fullconn").has_value(); }

bool passes_full_ones_over(const model::Balance& balance) { return places_of_target(balance) && balance.name != "haproxy_source" && balance.name != "haproxy_uri"; }

bool goes_by_address(const model::Balance& balance) {
  const BalancerInfo* info = find_balancer(balance.name);
  if (info == nullptr) return false;
  BalancerArguments arguments{balance.parameters};
  return info->make(arguments, PickDraws{Draws{0, 0}, PurposeId{0}})->by_source;
}

double bearable_per_s(const model::Cluster& cluster, const model::Edge& edge, std::uint32_t pod) {
  const std::optional<double> places = places_of_target(edge.balance);
  const double service_s = service_mean_s(cluster, cluster.pods[pod]);
  const double held_s = service_s + edge.adder.mean_s() + cluster.network.same_zone.mean_s();
  double per_s = std::numeric_limits<double>::infinity();
  if (places && service_s > 0.0) per_s = servers_of(cluster, cluster.pods[pod]) / service_s;
  if (places && held_s > 0.0) per_s = std::min(per_s, *places / held_s);
  return per_s;
}

double open_rate_per_s(const model::Cluster& cluster, const model::Edge& edge) {
  double per_s = 0.0;
  for (const model::Traffic& traffic : cluster.traffic)
    if (traffic.is_open() && traffic.entry == model::Traffic::Entry::edge && &cluster.edges[traffic.edge] == &edge) per_s += traffic.rate_per_s;
  return per_s;
}

}  // namespace towtank
