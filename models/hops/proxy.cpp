#include "models/hops/proxy.hpp"

#include <algorithm>

#include "models/hops/caller_addresses.hpp"
#include "models/hops/pick.hpp"
#include "models/request/request_keys.hpp"
#include "sim/core/check.hpp"
#include "sim/random/mix.hpp"

namespace towtank {

namespace {

/// Tells the draws of a proxy's tries apart from those of its caller's attempts.
constexpr std::uint32_t kMostAttempts = 256, kMostTriesApart = 255;

/// In place of a target: the proxy answers by itself.
constexpr std::uint32_t kAnswers = UINT32_MAX;

bool has(std::span<const std::uint32_t> tried, std::uint32_t target) {
  return std::find(tried.begin(), tried.end(), target) != tried.end();
}

/// The target of that place among those that have not been tried.
std::uint32_t untried(std::uint32_t place, std::span<const std::uint32_t> tried) {
  std::uint32_t target = 0;
  while (has(tried, target) || place-- > 0) ++target;
  return target;
}

}  // namespace

Proxy::Proxy(ProxyConfig config, WalkControl& control, const Draws& draws, PurposeRegistry& purposes)
    : config_{std::move(config)},
      control_{control},
      worker_draws_{draws, purposes.add("worker/" + config_.name)},
      canary_draws_{draws, purposes.add("canary/" + config_.name)},
      tries_draws_{draws, purposes.add("untried/" + config_.name)},
      legs_{config_.network, draws, purposes, config_.name},
      adder_{config_.adder, draws, purposes, "adder/" + config_.name},
      cpu_{config_.cpu, draws, purposes, "cpu/" + config_.name} {
  if (config_.upstream) upstream_.emplace(*config_.upstream, draws, purposes, "leg/" + config_.name);
  terminates_connections = catches_failures = true;
  connect_timeout = config_.connect_timeout;
  stateful = foresees_end = stateful_done = config_.workers > 0;
  for (const std::unique_ptr<Balancer>& each : config_.balancers) {
    stateful = stateful || each->stateful;
    lines_.emplace_back();
    if (each->waiting_room == WaitingRoom::none) continue;
    TOWTANK_CHECK(each->stateful && each->counts, "who limits the requests of a target counts them");
    TOWTANK_CHECK(each->longest_wait != Duration::max(), "nobody waits for ever");
    lines_.back().patience = control.add_patience_queue(each->longest_wait);
  }
  for (std::size_t i = 0; i < config_.balancer_of.size(); ++i) {
    const std::uint32_t chooses = config_.balancer_of[i];
    if (config_.balancers[chooses]->waiting_room == WaitingRoom::own) lines_[chooses].own.resize(config_.backends[i % config_.backends.size()].targets.size());
  }
  for (const ProxyConfig::Backend& backend : config_.backends) {
    first_owner_.push_back(owners_per_instance_);
    owners_per_instance_ += backend.cluster_ip ? 1 : static_cast<std::uint32_t>(backend.targets.size());
  }
  if (config_.connections != ProxyConfig::Upstream::pooled || owners_per_instance_ == 0) return;
  stateful = true;
  const PurposeId purpose = purposes.add("connection/" + config_.name);
  config_.pool.owners_per_group = config_.idles_by_target ? 1 : owners_per_instance_;
  pool_.emplace(config_.pool, config_.instances * owners_per_instance_, mixed(static_cast<std::uint64_t>(purpose)), draws, purpose,
                config_.owner_keys);
  if (config_.counted == nullptr) return;
  pool_->tell(*this);
  config_.counted->watch(*pool_);
}

const ProxyConfig::Pod& Proxy::pod_of(const Frame& frame) const {
  return config_.workers == 0 ? config_.pods[0] : config_.pods[static_cast<std::uint32_t>(frame.endpoint)];
}

std::uint32_t Proxy::instance_of(const Frame& frame) const {
  if (config_.workers == 0) return 0;
  const ProxyConfig::Pod& pod = pod_of(frame);
  return pod.instance + static_cast<std::uint32_t>(frame.station) - static_cast<std::uint32_t>(pod.first_worker);
}

std::uint32_t Proxy::backend_of(const Request& request, const Frame& frame) const {
  return frame.has(Frame::to_canary) ? config_.canary_of_traffic[request.owner].backend : config_.backend_of_traffic[request.owner];
}

/// Drawn for each request, as ingress-nginx does, whose tries keep to it; or once for each client, who then has a cookie.
bool Proxy::goes_to_canary(const Request& request) {
  const ProxyConfig::Canary& canary = config_.canary_of_traffic[request.owner];
  if (canary.weight == 0) return false;
  const std::uint64_t client = std::uint64_t{request.owner} << 32 | request.client;
  const std::uint32_t word = canary.by_client ? static_cast<std::uint32_t>(mixed(canary_draws_.common_word() ^ mixed(client)))
                                              : canary_draws_.block(request_pick(request)).lane[0];
  return Draws::below(canary.total, word) < canary.weight;
}

std::uint32_t Proxy::owner_of(const Frame& frame, std::uint32_t backend) const {
  return instance_of(frame) * owners_per_instance_ + first_owner_[backend] + frame.choice;
}

Step Proxy::on_request(Request& request, Frame& frame, Time now) {
  frame.started = now;
  frame.served_ns = 0;
  frame.choice = 0;
  if (!config_.canary_of_traffic.empty() && goes_to_canary(request)) frame.set(Frame::to_canary);
  if (config_.workers == 0) return choose(request, frame, processing_of(request, frame), now);
  // The kernel hashes connections over the workers' listening sockets (SO_REUSEPORT): a worker keeps its connections.
  const ProxyConfig::Pod& pod = pod_of(frame);
  const std::uint32_t worker =
      config_.workers == 1 ? 0 : Draws::below(config_.workers, worker_draws_.block(route_pick(request)).lane[0]);
  std::int64_t work = cpu_.draw(request);
  if (request.fresh) work += config_.handshake.count();
  request.fresh = false;
  work = slowed(work, pod.slowdown);
  frame.served_ns = static_cast<std::uint32_t>(std::min<std::int64_t>(work, UINT32_MAX));
  return Step::serve(StationId{static_cast<std::uint32_t>(pod.first_worker) + worker}, Duration{work});
}

Step Proxy::on_done(Request& request, Frame& frame, Time now) {
  if (frame.choice == kAnswers) return choose(request, frame, 0, now);
  return choose(request, frame, processing_of(request, frame), now);
}

/// What the proxy takes beside its workers, before the request is on its way.
std::int64_t Proxy::processing_of(const Request& request, const Frame& frame) {
  if (config_.workers == 0) return adder_.draw(request);
  return std::max<std::int64_t>(0, slowed(adder_.draw(request) - cpu_.draw(request), pod_of(frame).slowdown));
}

/// Picks a target and sends the request on its way to it.
Step Proxy::choose(Request& request, Frame& frame, std::int64_t processing_ns, Time now) {
  const std::uint32_t backend = backend_of(request, frame);
  const bool answers = backend == ProxyConfig::kNoBackend || (!config_.backends[backend].cluster_ip && config_.backends[backend].targets.empty());
  if (answers && processing_ns > 0) {  // takes as long as sending it on would
    frame.choice = kAnswers;
    return Step::hold(Duration{processing_ns});
  }
  if (backend == ProxyConfig::kNoBackend) return Step::reply(config_.own_answers[request.owner]);
  if (answers) return Step::reply(config_.when_empty);
  frame.choice = 0;
  if (!config_.backends[backend].cluster_ip) {
    const std::uint32_t chooses = balancer_of(frame, backend);
    Balancer& chooser = *config_.balancers[chooses];
    if (chooser.waiting_room == WaitingRoom::when_all_full && !lines_[chooses].any.empty()) return stand_in_line(request, frame, chooses, now);
    Pick pick = request_pick(request);
    pick.now = now;
    if (chooser.by_source) pick.source_address = source_address(request);
    if (chooser.by_content) pick.content = config_.request_keys->of(request);
    if (frame.has(Frame::retried)) {
      const std::vector<std::uint32_t>& tried = tried_[control_.slot_of(request)];
      pick.tried = tried;
      pick.plain = false;
      pick.attempt += kMostAttempts * std::min(kMostTriesApart, static_cast<std::uint32_t>(tried.size()));
    }
    frame.choice = chooser.pick(pick);
    if (frame.choice == Balancer::kNone) {
      if (chooser.waiting_room != WaitingRoom::when_all_full && chooser.waiting_room != WaitingRoom::when_none_has_room) return Step::reply(config_.when_refused);
      return stand_in_line(request, frame, chooses, now);
    }
    TOWTANK_CHECK(frame.choice < config_.backends[backend].targets.size(), "a balancer picks one of its endpoints, or kNone");
    if (frame.has(Frame::retried) && !chooser.avoids_tried && !chooser.repeats && has(pick.tried, frame.choice)) {
      const auto left = static_cast<std::uint32_t>(config_.backends[backend].targets.size() - pick.tried.size());
      frame.choice = untried(Draws::below(left, tries_draws_.block(pick).lane[0]), pick.tried);
    }
    const bool has_room = chooser.waiting_room == WaitingRoom::none || (!chooser.is_full(frame.choice) && (chooser.waiting_room != WaitingRoom::own || line_for(chooses, frame.choice).empty()));
    if (!has_room) return stand_in_line(request, frame, chooses, now);
    if (chooser.counts) chooser.started(frame.choice);
    if (chooser.counts) frame.set(Frame::owes);
    if (chooser.times) note_sent(request, now + Duration{processing_ns});
  }
  return dispatch(request, frame, processing_ns, now);
}

/// To the target that was chosen.
Step Proxy::dispatch(Request& request, Frame& frame, std::int64_t processing_ns, Time now) {
  if (pool_ || config_.counted != nullptr) frame.set(Frame::owes);
  connect(request, frame, now);
  return send(request, frame, processing_ns);
}

WaitingLine& Proxy::line_for(std::uint32_t balancer, std::uint32_t target) {
  Lines& lines = lines_[balancer];
  return config_.balancers[balancer]->waiting_room == WaitingRoom::own ? lines.own[target] : lines.any;
}

/// For the target chosen, or for whichever has room first, by the balancer's waiting room.
Step Proxy::stand_in_line(Request& request, Frame& frame, std::uint32_t balancer, Time now) {
  const std::uint32_t slot = control_.slot_of(request);
  if (in_line_since_.size() <= slot) in_line_since_.resize(slot + 1);
  in_line_since_[slot] = now;
  request.dialler = static_cast<std::uint8_t>(request.depth - 1);  // who gives up now has been connected to the proxy
  line_for(balancer, frame.choice).push(control_, slot);
  config_.balancers[balancer]->line_changed(1);
  frame.set(Frame::in_line);
  frame.set(Frame::owes);
  if (config_.balancers[balancer]->times) note_sent(request, now);  // it may be cut off between its turn and its sending
  control_.start_patience(lines_[balancer].patience, request);
  return Step::wait();
}

void Proxy::leave_line(const Request& request, const Frame& frame) {
  const std::uint32_t balancer = balancer_of(frame, backend_of(request, frame));
  line_for(balancer, frame.choice).remove(control_, control_.slot_of(request));
  config_.balancers[balancer]->line_changed(-1);
}

/// A target may have room: for those who wait for it, or for any, in the order in which they came.
void Proxy::serve_next(std::uint32_t balancer, std::uint32_t target) {
  Balancer& chooser = *config_.balancers[balancer];
  WaitingLine& line = line_for(balancer, target);
  while (!line.empty()) {
    chooser.line_changed(-1);
    if (chooser.is_full(target)) return chooser.line_changed(1);
    const std::uint32_t slot = line.first();
    line.remove(control_, slot);
    Frame& frame = control_.request(slot).frame();
    frame.choice = target;
    frame.clear(Frame::in_line);
    chooser.started(target);
    control_.wake(slot);
  }
}

/// A target has room, and counts the request already.
Step Proxy::on_granted(Request& request, Frame& frame, Time now) {
  frame.started += now - in_line_since_[control_.slot_of(request)];
  const std::int64_t processing_ns = frame.has(Frame::retried) ? 0 : processing_of(request, frame);
  if (balancer(frame, backend_of(request, frame)).times) note_sent(request, now + Duration{processing_ns});
  return dispatch(request, frame, processing_ns, now);
}

Step Proxy::on_wait_over(Request& request, Frame& frame, Time) {
  leave_line(request, frame);
  frame.clear(Frame::in_line);
  frame.clear(Frame::owes);
  return Step::reply(Outcome::http_503);
}

void Proxy::note_sent(const Request& request, Time at) {
  const std::size_t slot = control_.slot_of(request);
  if (sent_at_.size() <= slot) sent_at_.resize(slot + 1);
  sent_at_[slot] = at;
}

/// Whose address the proxy sees: a node's behind kube-proxy that masquerades, else the client's own, somewhere in
/// 100.64.0.0/10. A proxy before this one passes that on (X-Forwarded-For, the PROXY protocol).
std::uint32_t Proxy::source_address(const Request& request) const {
  if (request.depth >= 2) {
    const Frame& below = request.frames[request.depth - 2u];
    const auto hop = static_cast<std::size_t>(below.hop);
    if (hop < config_.masquerades.size() && config_.masquerades[hop])
      return config_.node_addresses[static_cast<std::uint32_t>(below.endpoint)];
  }
  return client_address(request.client);
}

/// From here on the proxy is the dialler: of a connection that is there, or of one that is set up first.
void Proxy::connect(Request& request, Frame& frame, Time now) {
  request.dialler = static_cast<std::uint8_t>(request.depth - 1);
  request.route_key = request.key;
  request.route_attempt = request.attempt;
  request.lost_packets = 0;
  request.fresh = false;
  request.established = false;  // of warm connections too: a pod whose queue is full takes no more
  if (pool_) {
    const ConnectionPool::Taken taken = pool_->take(owner_of(frame, backend_of(request, frame)), now);
    TOWTANK_CHECK(taken.kind != ConnectionPool::Taken::Kind::wait, "a proxy opens as many connections as it needs");
    frame.connection = taken.connection;
    request.route_key = pool_->route_key(taken.connection);
    request.route_attempt = 0;
    if (taken.kind == ConnectionPool::Taken::Kind::idle) {
      frame.set(Frame::routed);
      request.established = true;
      const Connection& connection = (*pool_)[taken.connection];
      for (std::size_t i = 0; i < Connection::kMaxL4Hops && request.depth + i < Request::kMaxDepth; ++i)
        request.frames[request.depth + i].endpoint = connection.route[i];
    }
  }
  if (request.established || config_.connections == ProxyConfig::Upstream::warm || config_.setup_round_trips == 0) return;
  request.exchange = 1;
  frame.set(Frame::setting_up);
  frame.set(Frame::wants_reply);
}

Step Proxy::send(Request& request, Frame& frame, std::int64_t processing_ns) {
  const ProxyConfig::Backend& backend = config_.backends[backend_of(request, frame)];
  const std::uint32_t here = pod_of(frame).node;
  Legs way{0, 0};
  HopId hop;
  EndpointId endpoint;
  if (backend.cluster_ip) {  // on the proxy's own node; what lies behind it is kube-proxy's way
    hop = *backend.cluster_ip;
    endpoint = EndpointId{here};
  } else {
    const ProxyConfig::Target& target = backend.targets[frame.choice];
    hop = target.hop;
    endpoint = target.endpoint;
    way = upstream_ ? upstream_->draw(request) : legs_.between_nodes(here, target.node, request);
  }
  frame.back = Duration{way.back};
  const Duration delay{processing_ns + way.forward};
  return request.exchange != 0 ? Step::open(hop, endpoint, delay) : Step::forward(hop, endpoint, delay);
}

Step Proxy::on_reply(Request& request, Frame& frame, Outcome status, Time now) {
  if (status != Outcome::ok) {
    request.exchange = 0;
    frame.clear(Frame::setting_up);
    frame.clear(Frame::wants_reply);
    return is_connect_failure(status) ? try_next(request, frame, status, now) : Step::reply(status);
  }
  if (!frame.has(Frame::setting_up)) return Step::reply(status);
  frame.set(Frame::routed);
  if (request.exchange++ >= config_.setup_round_trips) {
    request.exchange = 0;
    request.established = true;
    frame.clear(Frame::setting_up);
    frame.clear(Frame::wants_reply);
  }
  return send(request, frame, 0);
}

/// A target could not be reached: asks another, while tries and targets are left; or, as some products do, perhaps the
/// same one again, while tries are left.
Step Proxy::try_next(Request& request, Frame& frame, Outcome status, Time now) {
  const std::uint32_t backend = backend_of(request, frame);
  const std::size_t slot = control_.slot_of(request);
  if (tried_.size() <= slot) tried_.resize(slot + 1);
  std::vector<std::uint32_t>& tried = tried_[slot];
  if (!frame.has(Frame::retried)) tried.clear();
  tried.push_back(frame.choice);
  const bool again = config_.tries != UINT32_MAX && balancer(frame, backend).repeats;
  const std::size_t targets = config_.backends[backend].targets.size();
  const bool may_go_on = tried.size() < (again ? config_.tries : std::min<std::size_t>(config_.tries, targets));
  settle(request, frame, {.ok = false, .failed = true, .retried = may_go_on, .now = now}, false);
  frame.clear(Frame::owes);
  if (!may_go_on) return Step::reply(status == Outcome::connect_timeout ? config_.when_timed_out : config_.when_refused);
  frame.clear(Frame::routed);
  frame.set(Frame::retried);
  request.status = Outcome::ok;
  return choose(request, frame, 0, now);
}

void Proxy::on_unwind(Request& request, Frame& frame, Cause cause, Time now) {
  if (frame.has(Frame::in_line)) return leave_line(request, frame);
  // A failure to connect has been settled before: whatever comes back otherwise came over the connection.
  const bool answered = cause == Cause::reply;
  settle(request, frame, {.ok = answered && request.status == Outcome::ok, .answered = answered, .now = now}, answered);
}

/// Gives back what the last try holds, and tells its balancer how it ended. @param reusable  its connection: the target
/// has answered on it
void Proxy::settle(const Request& request, Frame& frame, Feedback feedback, bool reusable) {
  const std::uint32_t backend = backend_of(request, frame);
  if (!config_.backends[backend].cluster_ip) {
    Balancer& chooser = balancer(frame, backend);
    if (chooser.times) feedback.latency = std::max(Duration::zero(), feedback.now - sent_at_[control_.slot_of(request)]);
    if (chooser.counts) chooser.finished(frame.choice, feedback);
    if (chooser.waiting_room != WaitingRoom::none) serve_next(balancer_of(frame, backend), frame.choice);
  }
  const bool is_counted = frame.has(Frame::counted);
  frame.clear(Frame::counted);
  if (frame.connection == kNoConnection) {
    if (is_counted) end_route(backend, frame.choice, route_of(request), feedback.now);
    return;
  }
  Connection& connection = (*pool_)[frame.connection];
  connection.route = route_of(request);
  connection.counted = connection.counted || is_counted;
  pool_->put_back(frame.connection, reusable, feedback.now);
  frame.connection = kNoConnection;
}

/// What the L4 hops behind this one, or those before them, chose.
std::array<EndpointId, Connection::kMaxL4Hops> Proxy::route_of(const Request& request) {
  std::array<EndpointId, Connection::kMaxL4Hops> route{};
  for (std::size_t i = 0; i < route.size() && request.depth + i < Request::kMaxDepth; ++i)
    route[i] = request.frames[request.depth + i].endpoint;
  return route;
}

void Proxy::end_route(std::uint32_t backend, std::uint32_t choice, std::span<const EndpointId> route, Time at) {
  const ProxyConfig::Backend& to = config_.backends[backend];
  control_.end_route(to.cluster_ip ? *to.cluster_ip : to.targets[choice].hop, route, at);
}

void Proxy::connection_ended(const Connection& connection, Time at) {
  const std::uint32_t owner = connection.owner % owners_per_instance_;
  const auto after = std::upper_bound(first_owner_.begin(), first_owner_.end(), owner);
  const auto backend = static_cast<std::uint32_t>(after - first_owner_.begin() - 1);
  end_route(backend, owner - first_owner_[backend], connection.route, at);
}

}  // namespace towtank
