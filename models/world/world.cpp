#include "models/world/world.hpp"

#include <algorithm>
#include <numeric>

#include "models/hops/dead_end.hpp"
#include "models/hops/kube_proxy.hpp"
#include "models/hops/l4_edge.hpp"
#include "models/world/target_facts.hpp"
#include "sim/core/check.hpp"
#include "sim/random/mix.hpp"

namespace towtank {

namespace {

/// Slices of warm-up and window in which the search for the end of the transient sees means.
constexpr std::int64_t kSlices = 400;
/// A measured request that has not ended so long after the window never will: the load has no steady state. A lost SYN
/// alone takes 131 s to give up, a few retries of it some times that.
constexpr std::int64_t kPatienceInWindows = 10;
constexpr Duration kLeastPatience = 2000s;

/// In the order in which they run when they fall on one instant.
enum ControlId : std::uint32_t { kWindowStart, kWindowEnd, kGiveUp };

/// By traffic; empty: of none.
std::vector<bool> recorded_rests(const model::Cluster& cluster) {
  const auto is_recorded = [](const model::Traffic& traffic) { return traffic.records_rest; };
  if (std::none_of(cluster.traffic.begin(), cluster.traffic.end(), is_recorded)) return {};
  std::vector<bool> recorded;
  for (const model::Traffic& traffic : cluster.traffic) recorded.push_back(is_recorded(traffic));
  return recorded;
}

/// By pod of the cluster; empty: none is.
std::vector<bool> deaf_pods(const model::ServicePort& service, std::size_t pods) {
  if (service.deaf.empty()) return {};
  std::vector<bool> deaf(pods, false);
  for (std::size_t i = 0; i < service.pods.size(); ++i) deaf[service.pods[i]] = service.deaf[i];
  return deaf;
}

}  // namespace

World::World(const model::Cluster& cluster, const Horizon& horizon, const Draws& draws)
    : cluster_{cluster}, horizon_{horizon}, draws_{draws}, walker_{simulator_, *this}, request_keys_{draws} {
  for (const model::Node& node : cluster.nodes) zone_of_node_.push_back(node.zone);
  for (const model::Pod& pod : cluster.pods) node_of_pod_.push_back(pod.node);
  know_callers();
  add_pods();
  add_dead_ends();
  add_services();
  add_proxies();
  add_edges();
  add_traffic();
}

/// For schedulers of kube-proxy that go by addresses, or count connections.
void World::know_callers() {
  for (const model::Pod& pod : cluster_.pods) callers_.of_pod.push_back(pod.address);
  for (const model::Traffic& traffic : cluster_.traffic) callers_.of_clients.push_back(traffic.addresses);
  for (const model::ServicePort& service : cluster_.services) knows_addresses_ = knows_addresses_ || service.affinity > Duration::zero();
  const std::string& name = cluster_.kube_proxy.scheduler;
  if (name.empty()) return;
  scheduler_ = find_balancer(name);
  TOWTANK_CHECK(scheduler_ != nullptr, "a model names balancers that exist");
  BalancerArguments none;
  const std::unique_ptr<Balancer> any = scheduler_->make(none, PickDraws{draws_, PurposeId{0}});
  knows_addresses_ = knows_addresses_ || any->by_source;
  counts_connections_ = any->counts;
}

/// Whether any balancer asks pods what they know.
bool World::is_asked() const {
  const auto asks = [](const model::Balance& balance) {
    const BalancerInfo* info = find_balancer(balance.name);
    return info != nullptr && info->asks;
  };
  for (const model::Proxy& proxy : cluster_.proxies)
    for (const model::Proxy::Backend& backend : proxy.backends)
      if (!backend.through_service && asks(backend.balance)) return true;
  return std::any_of(cluster_.edges.begin(), cluster_.edges.end(), [&](const model::Edge& edge) { return edge.to_pods && asks(edge.balance); });
}

HopId World::add(Hop& hop, std::string name, HopKind kind) {
  hop_infos_.push_back({std::move(name), kind});
  return walker_.add_hop(hop);
}

void World::add_pods() {
  std::vector<std::uint32_t> patience_queues(cluster_.workloads.size(), kNoSlot);
  for (std::size_t i = 0; i < cluster_.workloads.size(); ++i) {
    const std::optional<Distribution>& patience = cluster_.workloads[i].queue_timeout;
    if (patience && patience->is_constant()) patience_queues[i] = walker_.add_patience_queue(patience->sample(0.5));
  }
  for (const model::Pod& pod : cluster_.pods) {
    const model::Workload& workload = cluster_.workloads[pod.workload];
    workers_of_pod_.push_back(workload.proxy ? cluster_.proxies[*workload.proxy].workers : 0);
    if (workload.proxy) {
      const std::uint32_t cores = cluster_.proxies[*workload.proxy].cores;
      pods_.push_back({walker_.stations().add_fcfs(cores), pod.slowdown});
      for (std::uint32_t worker = 1; worker < workers_of_pod_.back(); ++worker) walker_.stations().add_fcfs(cores);
      continue;
    }
    const std::uint32_t limit = workload.queue_limit.value_or(Stations::kUnbounded);
    const bool shares = workload.discipline == model::ServiceDiscipline::processor_sharing;
    const StationId station = shares ? walker_.stations().add_processor_sharing(workload.servers, limit)
                                     : walker_.stations().add_fcfs(workload.servers, limit);
    if (!shares && patience_queues[pod.workload] != kNoSlot) walker_.set_patience_queue(station, patience_queues[pod.workload]);
    pods_.push_back({station, pod.slowdown});
  }
  if (is_asked()) {
    std::vector<std::uint32_t> servers;
    for (const model::Pod& pod : cluster_.pods) servers.push_back(cluster_.workloads[pod.workload].servers);
    records_.emplace(walker_.stations(), servers);
  }
  std::vector<HopId> workload_hops;
  for (std::uint32_t index = 0; index < cluster_.workloads.size(); ++index) {
    const model::Workload& workload = cluster_.workloads[index];
    workload_hops.emplace_back();
    if (workload.proxy) continue;
    PodHopConfig config;
    config.name = workload.name;
    config.pods = pods_;
    config.service = workload.service;
    config.cpu = workload.cpu;
    config.when_full = static_cast<PodHopConfig::WhenFull>(workload.when_full);
    config.bounded = workload.queue_limit.has_value();
    config.queue_timeout = workload.queue_timeout;
    if (workload.has_reference) config.reference = add_reference(index);
    config.records = records_ ? &*records_ : nullptr;
    hops_.push_back(std::make_unique<PodHop>(std::move(config), &walker_.stations(), draws_, purposes_));
    workload_hops.back() = add(*hops_.back(), workload.name, HopKind::pod);
  }
  for (const model::Pod& pod : cluster_.pods) hop_of_pod_.push_back(workload_hops[pod.workload]);
}

/// With the servers of all the workload's pods.
ReferenceQueue* World::add_reference(std::uint32_t workload) {
  const auto pods = std::count_if(cluster_.pods.begin(), cluster_.pods.end(), [&](const model::Pod& pod) { return pod.workload == workload; });
  return &references_.emplace_back(static_cast<std::uint32_t>(pods) * cluster_.workloads[workload].servers, cluster_.traffic.size());
}

NodeLegsConfig World::network() const {
  return {.zone_of_node = zone_of_node_,
          .between_zones = cluster_.network.between_zones,
          .zones = cluster_.zones.size(),
          .same_node = cluster_.network.same_node,
          .same_zone = cluster_.network.same_zone,
          .cross_zone = cluster_.network.cross_zone};
}

void World::add_dead_ends() {
  hops_.push_back(std::make_unique<DeadEnd>(true));
  refusing_ = add(*hops_.back(), "closed port", HopKind::dead_end);
  hops_.push_back(std::make_unique<DeadEnd>(false));
  losing_ = add(*hops_.back(), "no route", HopKind::dead_end);
  if (std::none_of(cluster_.traffic.begin(), cluster_.traffic.end(), [](const model::Traffic& traffic) { return traffic.is_reset; })) return;
  hops_.push_back(std::make_unique<DeadEnd>(true, Outcome::reset));
  resetting_ = add(*hops_.back(), "cut off", HopKind::dead_end);
}

void World::add_services() {
  using Entry = model::ServicePort::Entry;
  for (const model::ServicePort& service : cluster_.services) {
    const bool outside = service.entry == Entry::node_port, direct = service.entry == Entry::direct;
    KubeProxyConfig config;
    config.name = (direct ? "network " : outside ? "kube-proxy " : "clusterip ") + service.name;
    config.local = service.local;
    config.refuses_without = model::refuses_without_pods(cluster_, service);
    config.masquerades = model::masquerades(cluster_, service);
    config.answers_directly = outside && cluster_.kube_proxy.answers_directly;
    config.pods = service.pods;
    config.closed_port = refusing_;
    config.deaf = deaf_pods(service, cluster_.pods.size());
    if (!model::scheduler_of(cluster_, service).empty()) {
      config.scheduler = scheduler_;
      config.scheduler_parameters = cluster_.kube_proxy.scheduler_parameters;
      // Cilium leaves the source's port out of the hash where connections of an address are to stay together.
      if (cluster_.kube_proxy.at_socket && service.affinity > Duration::zero()) config.scheduler_parameters.emplace_back("port", "false");
    }
    if (!direct) config.affinity = service.affinity;
    config.affinity_list = cluster_.kube_proxy.affinity_list;
    config.callers = &callers_;
    config.counted = counted();
    config.hop_of_pod = hop_of_pod_;
    config.node_of_pod = node_of_pod_;
    config.network = network();
    if (service.entry == Entry::cluster_ip && cluster_.kube_proxy.at_socket) {
      config.lookup = cluster_.kube_proxy.socket;  // no rule, no conntrack, no address put in place of another
    } else if (!direct) {
      config.lookup = cluster_.kube_proxy.lookup;
      config.conntrack = cluster_.kube_proxy.conntrack;
      config.snat = cluster_.kube_proxy.snat;
      config.chain_walk_s = cluster_.kube_proxy.chain_walk_s;
      config.endpoint_walk_s = cluster_.kube_proxy.per_endpoint_s * static_cast<double>(service.pods.size());
    }
    const std::string name = config.name;
    hops_.push_back(std::make_unique<KubeProxy>(std::move(config), draws_, purposes_));
    service_hops_.push_back(add(*hops_.back(), name, direct ? HopKind::network : outside ? HopKind::kube_proxy : HopKind::cluster_ip));
  }
}

std::vector<ProxyConfig::Target> World::targets_of(const model::ServicePort& service) const {
  std::vector<ProxyConfig::Target> targets;
  for (std::size_t i = 0; i < service.pods.size(); ++i) {
    const std::uint32_t pod = service.pods[i];
    targets.push_back({service.is_deaf(i) ? refusing_ : hop_of_pod_[pod], EndpointId{pod}, node_of_pod_[pod]});
  }
  return targets;
}

ProxyConfig World::proxy_config(const model::Proxy& proxy, std::uint32_t index) {
  ProxyConfig config;
  config.name = "ingress " + proxy.name;
  config.workers = proxy.workers;
  config.connections = proxy.keeps_upstream ? ProxyConfig::Upstream::pooled : ProxyConfig::Upstream::per_request;
  config.pool = {.per_owner = UINT32_MAX,
                 .max_requests = proxy.upstream_max_requests,
                 .idle_timeout = proxy.upstream_idle_timeout,
                 .max_idle = proxy.upstream_max_idle};
  config.counted = counted();
  config.setup_round_trips = proxy.upstream_setup_round_trips;
  config.connect_timeout = proxy.connect_timeout;
  config.tries = proxy.tries;
  config.when_refused = proxy.when_refused;
  config.when_timed_out = proxy.when_timed_out;
  config.when_empty = proxy.when_empty;
  config.idles_by_target = proxy.idles_by_pod;
  config.request_keys = &request_keys_;
  config.network = network();
  config.adder = proxy.adder;
  config.cpu = proxy.cpu;
  config.handshake = proxy.handshake;
  for (const model::Node& node : cluster_.nodes) config.node_addresses.push_back(node.address);
  for (std::size_t i = 0; i < service_hops_.size(); ++i) {
    const model::ServicePort& service = cluster_.services[i];
    const auto hop = static_cast<std::size_t>(service_hops_[i]);
    if (config.masquerades.size() <= hop) config.masquerades.resize(hop + 1, false);
    config.masquerades[hop] = model::masquerades(cluster_, service);
  }
  for (const model::Proxy::Backend& backend : proxy.backends) {
    ProxyConfig::Backend made;
    if (backend.through_service)
      made.cluster_ip = service_hops_[backend.service];
    else
      made.targets = targets_of(cluster_.services[backend.service]);
    config.backends.push_back(std::move(made));
  }
  for (const model::Traffic& traffic : cluster_.traffic) {
    config.backend_of_traffic.push_back(traffic.proxy == index && traffic.backend ? *traffic.backend : ProxyConfig::kNoBackend);
    config.own_answers.push_back(traffic.without_backend);
    ProxyConfig::Canary& canary = config.canary_of_traffic.emplace_back();
    if (traffic.proxy == index && traffic.canary) canary = {traffic.canary->backend, traffic.canary->weight, traffic.canary->total, traffic.canary->by_client};
  }
  const auto has_canary = [](const ProxyConfig::Canary& canary) { return canary.weight > 0; };
  if (std::none_of(config.canary_of_traffic.begin(), config.canary_of_traffic.end(), has_canary)) config.canary_of_traffic.clear();
  return config;
}

/// A worker's balancers and the keys of its connections. Both go by names: another backend or traffic moves nothing.
/// @param replica  which of so many it belongs to
void World::add_instance(const model::Proxy& proxy, const std::string& pod, std::uint32_t worker, Replica replica, ProxyConfig& config) {
  const std::string name = config.name + "/" + pod + "/" + std::to_string(worker);
  for (std::size_t i = 0; i < proxy.backends.size(); ++i) {
    const model::Proxy::Backend& backend = proxy.backends[i];
    const std::string to = name + "/" + cluster_.services[backend.service].name + "/" + backend.balance.name;
    const std::uint32_t neighbour = worker > 0 ? config.balancer_of[config.balancer_of.size() - proxy.backends.size()] : 0;
    if (worker > 0 && config.balancers[neighbour]->shared_by_workers) {
      config.balancer_of.push_back(neighbour);
    } else {
      config.balancer_of.push_back(static_cast<std::uint32_t>(config.balancers.size()));
      const TargetFacts facts = TargetFacts::of_backend(cluster_, backend);
      EndpointView view = facts.view();
      view.instance = replica.number * proxy.workers + worker;
      view.instances = replica.of * proxy.workers;
      view.zone = replica.zone;
      view.callers_of_zone = replica.by_zone;
      config.balancers.push_back(make_balancer(backend.balance, to, view, config.backends[i].targets));
    }
    const auto key = static_cast<std::uint64_t>(purpose_of(to));
    if (backend.through_service) config.owner_keys.push_back(mixed(key));
    for (const ProxyConfig::Target& target : config.backends[i].targets)
      config.owner_keys.push_back(mixed(key ^ static_cast<std::uint64_t>(purpose_of(cluster_.pods[static_cast<std::uint32_t>(target.endpoint)].name)) << 32));
  }
}

void World::add_proxies() {
  for (std::uint32_t index = 0; index < cluster_.proxies.size(); ++index) {
    const model::Proxy& proxy = cluster_.proxies[index];
    ProxyConfig config = proxy_config(proxy, index);
    config.pods.resize(cluster_.pods.size());
    std::uint32_t instance = 0;
    const auto is_replica = [&](const model::Pod& pod) { return cluster_.workloads[pod.workload].proxy == index; };
    const std::vector<std::uint32_t> by_zone = model::replicas_by_zone(cluster_, index);
    Replica replica{.of = static_cast<std::uint32_t>(std::count_if(cluster_.pods.begin(), cluster_.pods.end(), is_replica)), .by_zone = by_zone};
    for (std::uint32_t pod = 0; pod < cluster_.pods.size(); ++pod) {
      if (!is_replica(cluster_.pods[pod])) continue;
      config.pods[pod] = {pods_[pod].station, instance, node_of_pod_[pod], pods_[pod].slowdown};
      replica.zone = zone_of_node_[node_of_pod_[pod]];
      for (std::uint32_t worker = 0; worker < proxy.workers; ++worker, ++instance) add_instance(proxy, cluster_.pods[pod].name, worker, replica, config);
      ++replica.number;
    }
    config.instances = instance;
    const std::string name = config.name;
    hops_.push_back(std::make_unique<Proxy>(std::move(config), walker_, draws_, purposes_));
    const HopId hop = add(*hops_.back(), name, HopKind::ingress);
    for (std::uint32_t pod = 0; pod < cluster_.pods.size(); ++pod)
      if (cluster_.workloads[cluster_.pods[pod].workload].proxy == index) hop_of_pod_[pod] = hop;
  }
}

void World::add_edges() {
  for (const model::Edge& edge : cluster_.edges) {
    hops_.push_back(edge.l7 ? make_l7_edge(edge, static_cast<std::uint32_t>(edge_hops_.size())) : make_l4_edge(edge));
    edge_hops_.push_back(add(*hops_.back(), edge.name, edge.l7 ? HopKind::l7_edge : HopKind::l4_edge));
    if (!edge.l7) continue;
    callers_.of_hop.resize(static_cast<std::size_t>(edge_hops_.back()) + 1, 0);
    callers_.of_hop.back() = client_address(static_cast<std::uint32_t>(purpose_of(edge.name)));
  }
}

std::unique_ptr<Balancer> World::make_balancer(const model::Balance& balance, const std::string& of, const EndpointView& view,
                                               std::span<const ProxyConfig::Target> pods) {
  const BalancerInfo* info = find_balancer(balance.name);
  TOWTANK_CHECK(info != nullptr, "a model names balancers that exist");
  BalancerArguments arguments{balance.parameters};
  std::unique_ptr<Balancer> made = info->make(arguments, PickDraws{draws_, purposes_.add("balance/" + of)});
  TOWTANK_CHECK(made != nullptr, "the `make` of a balancer returns one");
  made->update(view);
  if (info->asks && !pods.empty()) {
    std::vector<PodProbes::Pod> asked;
    for (const ProxyConfig::Target& target : pods) asked.push_back({static_cast<std::uint32_t>(target.endpoint), pods_[static_cast<std::uint32_t>(target.endpoint)].station});
    probes_.push_back(std::make_unique<PodProbes>(*records_, std::move(asked)));
    made->probes = probes_.back().get();
  }
  knows_addresses_ = knows_addresses_ || made->by_source;
  knows_contents_ = knows_contents_ || made->by_content;
  return made;
}

std::unique_ptr<Hop> World::make_l4_edge(const model::Edge& edge) {
  L4EdgeConfig config;
  config.name = edge.name;
  config.next = service_hops_[edge.service];
  config.network = network();
  config.adder = edge.adder;
  config.zonal = edge.zonal;
  if (edge.is_name) config.network.same_node = config.network.same_zone = config.network.cross_zone = Distribution::constant(0.0);  // it stands nowhere
  if (edge.to_pods) {
    const model::ServicePort& service = cluster_.services[edge.service];
    config.hop_of_pod = hop_of_pod_;
    config.node_of_pod = node_of_pod_;
    for (std::size_t i = 0; i < service.pods.size(); ++i)
      if (service.is_deaf(i)) config.hop_of_pod[service.pods[i]] = refusing_;
  }
  const std::vector<std::vector<std::uint32_t>> targets = edge.to_pods ? model::entry_pods(cluster_, edge) : model::entry_targets(cluster_, edge);
  config.zones.resize(targets.size());
  for (std::size_t zone = 0; zone < targets.size(); ++zone) {
    config.zones[zone].targets = targets[zone];
    const std::string name = edge.zonal ? edge.name + "/" + cluster_.zones[zone].name : edge.name;
    if (targets[zone].empty()) continue;
    std::vector<std::uint32_t> places(targets[zone].size());
    std::iota(places.begin(), places.end(), 0u);
    config.zones[zone].balancer = make_balancer(edge.balance, name, {.count = static_cast<std::uint32_t>(places.size()), .ready = places});
  }
  return std::make_unique<L4Edge>(std::move(config), draws_, purposes_);
}

std::unique_ptr<Hop> World::make_l7_edge(const model::Edge& edge, std::uint32_t index) {
  ProxyConfig config;
  config.name = edge.name;
  config.adder = edge.adder;
  config.upstream = cluster_.network.same_zone;
  config.connections = static_cast<ProxyConfig::Upstream>(edge.upstream);
  config.counted = counted();
  config.setup_round_trips = edge.upstream_setup_round_trips;
  config.pool = {.per_owner = UINT32_MAX,
                 .max_requests = edge.upstream_max_requests,
                 .idle_timeout = edge.upstream_idle_timeout,
                 .max_idle = edge.upstream_max_idle};
  config.connect_timeout = edge.connect_timeout;
  config.tries = edge.tries;
  config.when_refused = edge.when_refused;
  config.when_timed_out = edge.when_timed_out;
  config.request_keys = &request_keys_;
  config.network = network();
  config.pods = {ProxyConfig::Pod{}};
  config.backends.resize(1);
  if (edge.to_pods)
    config.backends[0].targets = targets_of(cluster_.services[edge.service]);
  else
    for (const std::uint32_t node : edge.nodes) config.backends[0].targets.push_back({service_hops_[edge.service], EndpointId{node}, node});
  config.balancer_of = {0};
  const TargetFacts facts = TargetFacts::of_edge(cluster_, edge);
  const std::span<const ProxyConfig::Target> targets = config.backends[0].targets;
  config.balancers.push_back(make_balancer(edge.balance, edge.name, facts.view(), edge.to_pods ? targets : std::span<const ProxyConfig::Target>{}));
  for (const model::Traffic& traffic : cluster_.traffic)
    config.backend_of_traffic.push_back(traffic.entry == model::Traffic::Entry::edge && traffic.edge == index ? 0 : ProxyConfig::kNoBackend);
  return std::make_unique<Proxy>(std::move(config), walker_, draws_, purposes_);
}

ClientConfig World::client_config(const model::Traffic& traffic) {
  ClientConfig config;
  config.name = traffic.name;
  switch (traffic.entry) {
    case model::Traffic::Entry::edge:
      config.entry = edge_hops_[traffic.edge];
      break;
    case model::Traffic::Entry::service:
      config.entry = service_hops_[traffic.service];
      for (const std::uint32_t node : traffic.nodes) config.entries.push_back(EndpointId{node});
      config.entry_by_client = traffic.inside;
      break;
    case model::Traffic::Entry::refused:
      config.entry = traffic.is_reset ? resetting_ : refusing_;
      break;
    case model::Traffic::Entry::lost:
      config.entry = losing_;
      break;
  }
  if (!traffic.inside) config.round_trip = cluster_.network.client;
  config.tls = traffic.tls;
  config.keepalive = traffic.keepalive;
  config.pool = {traffic.connections_per_client, traffic.max_requests, traffic.idle_timeout, traffic.max_age, traffic.max_age_jitter};
  config.clients = traffic.clients;
  config.counted = counted();
  config.setup_round_trips = traffic.setup_round_trips;
  if (traffic.timeout) config.deadline_queue = walker_.add_deadline_queue(*traffic.timeout);
  const model::Retries& retries = traffic.retries;
  config.retries = {retries.max,       retries.on_connect_failure, retries.on_timeout, retries.on_5xx, retries.backoff_base,
                    retries.backoff_max, retries.budget};
  return config;
}

void World::add_traffic() {
  TOWTANK_CHECK(cluster_.traffic.size() + 2 < Identity::kOwners, "fewer than 1,022 traffic classes");
  for (const model::Traffic& traffic : cluster_.traffic) {
    if (knows_contents_) request_keys_.add(traffic.name, traffic.keys, purposes_);
    hops_.push_back(std::make_unique<ClientHop>(client_config(traffic), walker_, draws_, purposes_));
    Source source{draws_, purposes_.add("client/" + traffic.name)};
    source.client = add(*hops_.back(), "client", HopKind::client);
    source.key = static_cast<std::uint64_t>(purposes_.add("traffic/" + traffic.name)) << 32;
    source.clients = traffic.keepalive || traffic.inside || knows_addresses_ ? traffic.clients : 1;
    if (traffic.arrivals == model::Traffic::Arrivals::closed) {
      source.think = traffic.think;
      source.think_purpose = purposes_.add("arrival/" + traffic.name);
      source.turns.assign(traffic.users, 0);
    } else {
      source.arrivals.emplace(traffic, draws_, purposes_, source.key);
    }
    sources_.push_back(std::move(source));
  }
}

ReplicationResult World::run() {
  const Time start = Time{} + horizon_.warmup, end = start + horizon_.window;
  const Duration slice{std::max<std::int64_t>(1, ((end - Time{}).count() + kSlices - 1) / kSlices)};
  recorder_.emplace(Recorder::Setup{.hops = hop_infos_,
                                    .node_of_pod = node_of_pod_,
                                    .zone_of_node = zone_of_node_,
                                    .traffic = sources_.size(),
                                    .pods = pods_.size(),
                                    .nodes = cluster_.nodes.size(),
                                    .window_start = start,
                                    .window_end = end,
                                    .bin = horizon_.bin,
                                    .slice = slice,
                                    .sample = horizon_.sample,
                                    .records_rest = recorded_rests(cluster_)});
  LevelSeries& jobs = jobs_.emplace(slice, static_cast<std::size_t>((end - Time{}) / slice));
  walker_.stations().write_jobs(jobs);
  plan_measurement();
  start_sources();
  walker_.run();
  recorder_->take_sample();
  ReplicationResult& result = recorder_->result();
  result.jobs_series = jobs.means();
  result.reference.resize(sources_.size());
  for (const ReferenceQueue& reference : references_)
    for (std::size_t i = 0; i < result.reference.size(); ++i) result.reference[i].merge(reference.sojourns()[i]);
  result.events = simulator_.events();
  result.overflowed = walker_.overflowed();
  result.censored = measured_in_flight_ > 0;
  return std::move(result);
}

void World::plan_measurement() {
  const Time start = Time{} + horizon_.warmup, end = start + horizon_.window;
  simulator_.schedule_control(start, kWindowStart, [this] {
    for (std::uint32_t pod = 0; pod < pods_.size(); ++pod) at_window_start_.push_back(station_totals(pod));
  });
  simulator_.schedule_control(end, kWindowEnd, [this] {
    for (std::uint32_t i = 0; i < pods_.size(); ++i) {
      StationTotals totals = station_totals(i);
      totals.queue_area -= at_window_start_[i].queue_area;
      totals.busy_area -= at_window_start_[i].busy_area;
      recorder_->result().stations[i] = totals;
    }
    window_over_ = true;
    stop_when_done();
  });
  simulator_.schedule_control(end + std::max(kLeastPatience, kPatienceInWindows * horizon_.window), kGiveUp, [this] { simulator_.stop(); });
}

StationTotals World::station_totals(std::uint32_t pod) {
  const auto first = static_cast<std::uint32_t>(pods_[pod].station);
  StationTotals totals = walker_.stations().totals(pods_[pod].station);
  for (std::uint32_t worker = 1; worker < workers_of_pod_[pod]; ++worker) {
    const StationTotals more = walker_.stations().totals(StationId{first + worker});
    totals.queue_area += more.queue_area;
    totals.busy_area += more.busy_area;
    totals.servers += more.servers;
  }
  return totals;
}

void World::stop_when_done() {
  if (window_over_ && measured_in_flight_ == 0 && !horizon_.arrivals_end) simulator_.stop();
}

void World::start_sources() {
  for (std::uint32_t index = 0; index < sources_.size(); ++index) {
    Source& source = sources_[index];
    if (!source.think) {
      schedule_arrival(index, 0, source.arrivals->first());
      continue;
    }
    for (std::uint32_t user = 0; user < source.turns.size(); ++user)
      schedule_arrival(index, user, Time{} + Duration{sample_scalar(*source.think, draws_, source.think_purpose, request_key(source, user))});
  }
}

void World::schedule_arrival(std::uint32_t source, std::uint32_t ordinal, Time at) {
  if (horizon_.arrivals_end && at >= Time{} + horizon_.warmup + horizon_.window) return;
  simulator_.schedule(Event{at, EventClass::arrival, {source, ordinal}, source});
}

/// Open: (traffic, ordinal). Closed: (traffic, user, how manieth request of this user).
std::uint64_t World::request_key(const Source& source, std::uint32_t ordinal) const {
  return source.think ? mixed(source.key + ordinal) + source.turns[ordinal] : source.key + ordinal;
}

void World::arrival(std::uint32_t index, Identity identity) {
  Source& source = sources_[index];
  const Time now = simulator_.now();
  const std::uint64_t key = source.think ? request_key(source, identity.ordinal) : source.key + source.next_ordinal;
  std::uint32_t ordinal = identity.ordinal;
  if (source.think) {
    ++source.turns[ordinal];
  } else {
    ordinal = source.next_ordinal++;
    TOWTANK_CHECK(source.next_ordinal != 0, "a traffic has fewer than 2^32 requests in a replication");
    schedule_arrival(index, source.next_ordinal, source.arrivals->next(now, source.next_ordinal));
  }
  const std::uint32_t slot = walker_.create(key, {index, ordinal}, now);
  if (slot == kNoSlot) return;
  recorder_->arrived(index, now);
  Request& request = walker_.requests()[slot];
  request.measured = recorder_->in_window(now);
  measured_in_flight_ += request.measured;
  if (source.think)
    request.client = identity.ordinal % source.clients;
  else if (source.clients > 1)
    request.client = Draws::below(source.clients, source.client_draws.at(key).lane[0]);
  walker_.begin(slot, source.client, EndpointId{0});
}

void World::completed(const Request& request, Time end) {
  recorder_->completed(request, end);
  if (request.measured) {
    --measured_in_flight_;
    stop_when_done();
  }
  const std::uint32_t index = request.owner;
  Source& source = sources_[index];
  if (!source.think) return;
  const std::uint32_t user = request.ordinal;
  const Duration think{sample_scalar(*source.think, draws_, source.think_purpose, request_key(source, user))};
  schedule_arrival(index, user, end + think);
}

}  // namespace towtank
