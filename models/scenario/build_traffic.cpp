#include <algorithm>
#include <charconv>

#include "models/balancers/hash_key.hpp"
#include "models/cluster/address_book.hpp"
#include "models/scenario/builder.hpp"

namespace towtank::scenario {

namespace {

/// What a client has when the scenario says nothing. @source models/SOURCES.md 4.2: a browser's six per host
constexpr std::int64_t kDefaultClients = 1000, kDefaultConnections = 6;
constexpr std::int64_t kDefaultRequestBytes = 1024, kDefaultResponseBytes = 8192;
constexpr Duration kDefaultIdleTimeout = 60s;

model::Traffic::Arrivals arrivals_of(ArrivalSpec::Kind kind) {
  using Made = model::Traffic::Arrivals;
  switch (kind) {
    case ArrivalSpec::Kind::poisson:
      return Made::poisson;
    case ArrivalSpec::Kind::deterministic:
      return Made::deterministic;
    case ArrivalSpec::Kind::batch:
      return Made::batch;
    case ArrivalSpec::Kind::mmpp:
      return Made::mmpp;
    case ArrivalSpec::Kind::closed:
      return Made::closed;
  }
  return Made::poisson;
}

}  // namespace

void Builder::add_traffic() {
  std::vector<const Traffic*> sorted;
  for (const Traffic& traffic : scenario_.traffic) sorted.push_back(&traffic);
  std::sort(sorted.begin(), sorted.end(), [](const Traffic* a, const Traffic* b) { return a->name < b->name; });
  find_controllers();
  for (const Traffic* traffic : sorted) {
    const Result<Target> target = parse_target(traffic->to, traffic->to_mark, "`to: " + traffic->to + "`");
    if (!target) problems_.insert(problems_.end(), target.error().begin(), target.error().end());
    const std::optional<Callers> callers = callers_of(*traffic);
    if (!target || !callers) continue;
    model::Traffic made = traffic_model(*traffic, target->scheme, *callers);
    if (!enter(*traffic, *target, *callers, made)) continue;
    if (made.arrivals == model::Traffic::Arrivals::closed && stands_still(made))
      complain(traffic->mark, "traffic " + traffic->name + " is a closed loop in which no time passes: think, service and network all take 0; give one of them a time");
    made.keys = traffic->request_keys.value_or(RequestKeyLaw{});
    tell_of_keys(*traffic, made);
    built_.cluster.traffic.push_back(std::move(made));
  }
  check_unused_edges();
}

/// Who hashes what requests carry, and whether they carry anything.
void Builder::tell_of_keys(const Traffic& traffic, const model::Traffic& made) {
  std::string who, what;
  const auto look = [&](const std::string& proxy, const model::Balance& balance) {
    if (!hashes_requests(balance.name, balance.parameters)) return;
    who = proxy;
    what = find_balancer(balance.name)->written();
  };
  if (made.entry == model::Traffic::Entry::edge && built_.cluster.edges[made.edge].l7) look("edge " + built_.cluster.edges[made.edge].name, built_.cluster.edges[made.edge].balance);
  for (const auto& [backend, share] : model::backends_of(built_.cluster, made))
    if (!backend->through_service) look("the controller " + built_.cluster.proxies[*made.proxy].name, backend->balance);
  const auto reads_reports = [](const model::Balance& balance) { return balance.name == "client_side_weighted_round_robin"; };
  bool by_reports = made.entry == model::Traffic::Entry::edge && reads_reports(built_.cluster.edges[made.edge].balance);
  for (const auto& [backend, share] : model::backends_of(built_.cluster, made)) by_reports = by_reports || reads_reports(backend->balance);
  constexpr Duration kUsual = 11s;
  if (by_reports && scenario_.run.warmup && *scenario_.run.warmup < kUsual)
    warn_once("client_side_weighted_round_robin believes no report before its blackout (10 s unless told) is over, and the warm-up of the scenario may end before: "
              "`warmup: 15s`, or a shorter blackout, would measure what it does");
  if (who.empty() && traffic.request_keys)
    find_once("traffic " + traffic.name + ": its request.key plays no part, for no balancer on its way hashes it (`key: request`, or haproxy's uri, would)");
  if (!who.empty() && made.keys.keys == 1)
    built_.warnings.push_back("traffic " + traffic.name + " carries one key in all its requests, and `" + what + "` of " + who +
                              " hashes it, so that one target, or one group of them, gets them all: `request: {key: zipf(10000 1.1)}` or `uniform(10000)` says what they carry");
}

/// Whether a user of a closed loop may be back at the very instant at which he began, and so would be for ever.
bool Builder::stands_still(const model::Traffic& traffic) const {
  const model::Cluster& cluster = built_.cluster;
  if (traffic.think.mean_s() > 0.0 || traffic.entry == model::Traffic::Entry::lost) return false;
  if (!traffic.inside && cluster.network.client.mean_s() > 0.0) return false;
  const bool enters = traffic.entry == model::Traffic::Entry::edge || traffic.entry == model::Traffic::Entry::service;
  const std::vector<std::uint32_t>& pods = model::serving_pods(cluster, traffic);
  if (!enters || pods.empty() || leads_to_closed_port(traffic)) return true;
  const auto takes_time = [&](std::uint32_t pod) { return cluster.workloads[cluster.pods[pod].workload].service.mean_s() > 0.0; };
  return !std::all_of(pods.begin(), pods.end(), takes_time);
}

bool Builder::leads_to_closed_port(const model::Traffic& traffic) const {
  const model::Cluster& cluster = built_.cluster;
  const std::uint32_t first = traffic.entry == model::Traffic::Entry::edge ? cluster.edges[traffic.edge].service : traffic.service;
  if (cluster.services[first].is_closed()) return true;
  const std::vector<model::BackendShare> backends = model::backends_of(cluster, traffic);
  return std::any_of(backends.begin(), backends.end(), [&](const model::BackendShare& each) { return cluster.services[each.backend->service].is_closed(); });
}

/// One by one; empty of those outside of the cluster.
std::vector<std::uint32_t> Builder::caller_addresses(const Callers& callers) const {
  std::vector<std::uint32_t> addresses;
  for (const std::uint32_t pod : callers.pods) addresses.push_back(ipv4_of(state_.pods[pod].ip).value_or(0));
  for (const std::uint32_t node : callers.nodes)
    if (callers.pods.empty()) addresses.push_back(ipv4_of(state_.nodes[node].internal_address).value_or(0));
  return addresses;
}

model::Traffic Builder::traffic_model(const Traffic& traffic, std::string_view scheme, const Callers& callers) {
  model::Traffic made;
  made.name = traffic.name;
  const ArrivalSpec& arrivals = traffic.arrivals;
  made.arrivals = arrivals_of(arrivals.kind);
  made.rate_per_s = arrivals.rate_per_s * scenario_.load;
  made.batch_size = static_cast<std::uint32_t>(arrivals.batch_size);
  made.states = {model::ArrivalState{arrivals.calm.rate_per_s * scenario_.load, arrivals.calm.mean_s},
                 model::ArrivalState{arrivals.burst.rate_per_s * scenario_.load, arrivals.burst.mean_s}};
  made.users = static_cast<std::uint32_t>(arrivals.users);
  if (arrivals.think) made.think = *arrivals.think;

  const ConnectionSpec& connections = traffic.connections;
  made.keepalive = connections.reuse.value_or(ConnectionSpec::Reuse::keepalive) == ConnectionSpec::Reuse::keepalive;
  const bool is_closed = made.arrivals == model::Traffic::Arrivals::closed;
  made.inside = callers.inside;
  made.addresses = caller_addresses(callers);
  const auto of_callers = static_cast<std::int64_t>(callers.nodes.size());
  made.clients = static_cast<std::uint32_t>(traffic.clients.value_or(callers.inside ? of_callers : is_closed ? arrivals.users : kDefaultClients));
  made.connections_per_client = static_cast<std::uint32_t>(connections.per_client.value_or(kDefaultConnections));
  if (made.keepalive && !traffic.clients && !is_closed && !callers.inside) {
    assume("traffic " + traffic.name + " comes from " + std::to_string(kDefaultClients) + " clients (clients)");
    made.clients = static_cast<std::uint32_t>(assume_count("clients of traffic " + traffic.name, "spec.traffic.clients", kDefaultClients));
  }
  if (made.keepalive && !connections.per_client) {
    assume("each client of traffic " + traffic.name + " opens up to " + std::to_string(kDefaultConnections) + " connections (connections.perClient)");
    made.connections_per_client = static_cast<std::uint32_t>(
        assume_count("connections a client of traffic " + traffic.name, "spec.traffic.connections.perClient", kDefaultConnections));
  }
  made.max_requests = static_cast<std::uint32_t>(connections.max_requests.value_or(0));
  made.idle_timeout = connections.idle_timeout.value_or(kDefaultIdleTimeout);
  made.max_age = connections.max_age.value_or(Duration{0});
  made.max_age_jitter = connections.max_age_jitter.value_or(0.0);
  const bool free = is_ideal() || connections.setup.value_or(ConnectionSpec::Setup::real) == ConnectionSpec::Setup::free;
  const bool tls = connections.tls.has_value() || scheme == "https";
  const std::uint32_t tls_round_trips = !tls ? 0 : connections.tls.value_or("1.3") == "1.2" ? 2 : 1;
  made.setup_round_trips = free ? 0 : 1 + tls_round_trips;
  made.tls = tls && !free;
  made.bytes_per_request = static_cast<std::uint64_t>(traffic.request_bytes.value_or(kDefaultRequestBytes) +
                                                      traffic.response_bytes.value_or(kDefaultResponseBytes));
  made.timeout = traffic.timeout;
  if (traffic.retries) {
    const RetrySpec& retries = *traffic.retries;
    made.retries = {static_cast<std::uint32_t>(retries.max), retries.on_connect_failure, retries.on_timeout, retries.on_5xx,
                    retries.backoff_base,  retries.backoff_max,        retries.budget.value_or(0.0)};
  }
  return made;
}

}  // namespace towtank::scenario
