#include "models/hops/client.hpp"

#include <algorithm>

#include "models/hops/pick.hpp"
#include "sim/random/mix.hpp"

namespace towtank {

ClientHop::ClientHop(const ClientConfig& config, WalkControl& control, const Draws& draws, PurposeRegistry& purposes)
    : config_{config},
      control_{control},
      draws_{draws},
      backoff_purpose_{purposes.add("backoff/" + config.name)},
      entry_draws_{draws, purposes.add("entry/" + config.name)},
      leg_{config.round_trip, draws, purposes, "leg/client/" + config.name} {
  stateful = true;
  if (config.keepalive) {
    const PurposeId purpose = purposes.add("connection/" + config.name);
    pool_.emplace(config.pool, config.clients, mixed(static_cast<std::uint64_t>(purpose)), draws, purpose);
    if (config.counted != nullptr) {
      pool_->tell(*this);
      config.counted->watch(*pool_);
    }
  }
}

Step ClientHop::on_request(Request& request, Frame& frame, Time now) {
  frame.flags = 0;
  frame.entered = now;
  request.dialler = static_cast<std::uint8_t>(request.depth - 1);
  request.exchange = request.lost_packets = 0;
  request.established = request.fresh = false;
  request.status = Outcome::ok;
  if (config_.deadline_queue) control_.start_deadline(*config_.deadline_queue, request);
  if (config_.retries.budget > 0.0) {
    if (request.attempt == 0) ++in_flight_;  // a retry counts from the decision on, its back-off included
    frame.set(Frame::owes);
  }
  if (!pool_) {
    request.route_key = request.key;
    request.route_attempt = request.attempt;
    if (config_.counted != nullptr) frame.set(Frame::owes);
    return connect(request, frame, now);
  }
  frame.set(Frame::owes);
  const ConnectionPool::Taken taken = pool_->take(request.client, now);
  if (taken.kind == ConnectionPool::Taken::Kind::wait) {
    pool_->wait(request.client, control_.slot_of(request), control_);
    frame.set(Frame::in_line);
    return Step::wait();
  }
  use_connection(request, frame, taken);
  return on_granted(request, frame, now);
}

Step ClientHop::on_granted(Request& request, Frame& frame, Time now) {
  if (!frame.has(Frame::routed)) return connect(request, frame, now);
  frame.started = now;
  request.established = true;
  return send(request, frame, now);
}

/// A pooled connection is the request's now, with the way that it took.
void ClientHop::use_connection(Request& request, Frame& frame, const ConnectionPool::Taken& taken) {
  frame.connection = taken.connection;
  request.route_key = pool_->route_key(taken.connection);
  request.route_attempt = 0;
  if (taken.kind != ConnectionPool::Taken::Kind::idle) return;
  frame.set(Frame::routed);
  const Connection& connection = (*pool_)[taken.connection];
  for (std::size_t i = 0; i < Connection::kMaxL4Hops; ++i) request.frames[request.depth + i].endpoint = connection.route[i];
}

Step ClientHop::connect(Request& request, Frame& frame, Time now) {
  frame.started = now;
  request.fresh = config_.tls;
  if (config_.setup_round_trips == 0) return send(request, frame, now);
  request.exchange = 1;
  frame.set(Frame::setting_up);
  frame.set(Frame::wants_reply);
  return open(request, frame);
}

Step ClientHop::open(Request& request, Frame& frame) {
  const Legs legs = leg_.draw(request);
  frame.back = Duration{legs.back};
  return Step::open(config_.entry, entry_endpoint(request, frame), Duration{legs.forward});
}

Step ClientHop::send(Request& request, Frame& frame, Time now) {
  request.exchange = 0;
  request.attempt_started = now;
  if (pool_ || config_.retries.max > 0) frame.set(Frame::wants_reply);
  const Legs legs = leg_.draw(request);
  frame.back = Duration{legs.back};
  return Step::forward(config_.entry, entry_endpoint(request, frame), Duration{legs.forward});
}

EndpointId ClientHop::entry_endpoint(const Request& request, const Frame& frame) {
  if (frame.has(Frame::routed)) return request.frames[request.depth].endpoint;
  const auto entries = static_cast<std::uint32_t>(config_.entries.size());
  if (entries == 0) return kNoEndpoint;
  if (config_.entry_by_client) return config_.entries[request.client % entries];
  return config_.entries[entries == 1 ? 0 : Draws::below(entries, entry_draws_.block(route_pick(request)).lane[0])];
}

Step ClientHop::on_reply(Request& request, Frame& frame, Outcome status, Time now) {
  if (!frame.has(Frame::setting_up)) return finish_attempt(request, frame, status, now);
  if (status != Outcome::ok) {
    request.exchange = 0;
    return finish_attempt(request, frame, status, now);
  }
  frame.set(Frame::routed);
  if (request.exchange++ < config_.setup_round_trips) return open(request, frame);
  request.established = true;
  frame.clear(Frame::setting_up);
  frame.clear(Frame::wants_reply);
  return send(request, frame, now);
}

Step ClientHop::on_timeout(Request& request, Frame& frame, Time now) {
  request.exchange = 0;
  // Not a connection that failed: one that was never tried for, or one that a proxy was dialling for it.
  const bool connected = request.established || frame.has(Frame::in_line) || request.dialler != request.depth - 1;
  return finish_attempt(request, frame, connected ? Outcome::request_timeout : Outcome::connect_timeout, now);
}

Step ClientHop::finish_attempt(Request& request, Frame& frame, Outcome status, Time now) {
  request.deadline = kNever;
  if (status == Outcome::ok || !may_retry(request, status)) {
    request.status = status;
    return Step::reply(status);
  }
  request.status = status;
  on_unwind(request, frame, Cause::reply, now);
  frame.flags = 0;
  ++request.attempt;
  if (config_.retries.budget > 0.0) ++retrying_;
  return Step::again(backoff(request));
}

bool ClientHop::may_retry(const Request& request, Outcome status) const {
  const RetryPolicy& policy = config_.retries;
  if (request.attempt >= policy.max) return false;
  const bool wanted = (policy.on_connect_failure && is_connect_failure(status)) ||
                      (policy.on_timeout && (status == Outcome::request_timeout || status == Outcome::connect_timeout)) ||
                      (policy.on_5xx && is_5xx(status));
  if (!wanted || policy.budget <= 0.0) return wanted;
  const double allowed = std::max(3.0, policy.budget * static_cast<double>(in_flight_ + retrying_));
  return static_cast<double>(retrying_) < allowed;
}

Duration ClientHop::backoff(const Request& request) const {
  const RetryPolicy& policy = config_.retries;
  if (policy.backoff_base <= Duration{0}) return Duration{0};
  Duration most = policy.backoff_base;
  for (std::uint32_t n = 1; n < request.attempt && most < policy.backoff_max; ++n) most *= 2;
  most = std::min(most, policy.backoff_max);
  const double u = draws_.uniform(backoff_purpose_, request.key, request.attempt);
  return Duration{round_to_int64(static_cast<double>(most.count()) * u)};
}

void ClientHop::on_unwind(Request& request, Frame& frame, Cause cause, Time now) {
  if (config_.retries.budget > 0.0) request.attempt == 0 ? --in_flight_ : --retrying_;
  if (!pool_) {
    if (frame.has(Frame::counted)) control_.end_route(config_.entry, route_of(request), now);
    frame.clear(Frame::counted);
    return;
  }
  if (frame.has(Frame::in_line)) {
    frame.clear(Frame::in_line);
    pool_->stop_waiting(request.client, control_.slot_of(request), control_);
    return;
  }
  const bool answered = cause == Cause::reply && request.status != Outcome::request_timeout && !is_connect_failure(request.status);
  give_back(request, frame, answered, now);
}

std::array<EndpointId, Connection::kMaxL4Hops> ClientHop::route_of(const Request& request) {
  std::array<EndpointId, Connection::kMaxL4Hops> route{};
  for (std::size_t i = 0; i < route.size(); ++i) route[i] = request.frames[request.depth + i].endpoint;
  return route;
}

void ClientHop::connection_ended(const Connection& connection, Time at) { control_.end_route(config_.entry, connection.route, at); }

void ClientHop::give_back(Request& request, Frame& frame, bool reusable, Time now) {
  if (frame.connection == kNoConnection) return;
  Connection& connection = (*pool_)[frame.connection];
  connection.route = route_of(request);
  connection.counted = connection.counted || frame.has(Frame::counted);
  frame.clear(Frame::counted);
  pool_->put_back(frame.connection, reusable, now);
  frame.connection = kNoConnection;
  const std::uint32_t waiter = pool_->next_waiter(request.client, control_);
  if (waiter == kNoSlot) return;
  Request& next = control_.request(waiter);
  const ConnectionPool::Taken taken = pool_->take(request.client, now);
  if (taken.kind == ConnectionPool::Taken::Kind::wait) {
    pool_->wait(request.client, waiter, control_);
    return;
  }
  next.frame().clear(Frame::in_line);
  use_connection(next, next.frame(), taken);
  control_.wake(waiter);
}

}  // namespace towtank
