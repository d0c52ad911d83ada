#include "models/hops/l7_edge.hpp"

#include "models/hops/pick.hpp"
#include "sim/core/check.hpp"
#include "sim/random/mix.hpp"

namespace towtank {

L7Edge::L7Edge(L7EdgeConfig config, const Draws& draws, PurposeRegistry& purposes)
    : config_{std::move(config)},
      upstream_{config_.upstream, draws, purposes, "leg/" + config_.name},
      adder_{config_.adder, draws, purposes, "adder/" + config_.name} {
  stateful = config_.balancer->stateful;
  terminates_connections = true;
  if (config_.connections != L7EdgeConfig::Upstream::pooled) return;
  stateful = true;
  const PurposeId purpose = purposes.add("connection/" + config_.name);
  pool_.emplace(config_.pool, static_cast<std::uint32_t>(config_.targets.size()), mixed(static_cast<std::uint64_t>(purpose)), draws, purpose);
}

Step L7Edge::on_request(Request& request, Frame& frame, Time now) {
  frame.choice = config_.balancer->pick(request_pick(request));
  if (frame.choice == Balancer::kNone) return Step::reply(Outcome::http_503);
  if (config_.balancer->counts) config_.balancer->started(frame.choice);
  if (config_.balancer->counts || pool_) frame.set(Frame::owes);
  connect(request, frame, now);
  return send(request, frame, adder_.draw(request));
}

/// From here on the proxy is the dialler: of a connection that is there, or of one that is set up first.
void L7Edge::connect(Request& request, Frame& frame, Time now) {
  request.dialler = static_cast<std::uint8_t>(request.depth - 1);
  request.route_key = request.key;
  request.route_attempt = request.attempt;
  request.established = false;  // of warm connections too: a pod whose queue is full takes no more
  if (pool_) {
    const ConnectionPool::Taken taken = pool_->take(frame.choice, now);
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
  if (request.established || config_.connections == L7EdgeConfig::Upstream::warm || config_.setup_round_trips == 0) return;
  request.exchange = 1;
  frame.set(Frame::setting_up);
  frame.set(Frame::wants_reply);
}

Step L7Edge::send(Request& request, Frame& frame, std::int64_t processing_ns) {
  const Legs way = upstream_.draw(request);
  frame.back = Duration{way.back};
  const L7EdgeConfig::Target& target = config_.targets[frame.choice];
  const Duration delay{processing_ns + way.forward};
  return request.exchange != 0 ? Step::open(target.hop, target.endpoint, delay) : Step::forward(target.hop, target.endpoint, delay);
}

Step L7Edge::on_reply(Request& request, Frame& frame, Outcome status, Time) {
  if (!frame.has(Frame::setting_up)) return Step::reply(status);
  if (status != Outcome::ok) {
    request.exchange = 0;
    return Step::reply(Outcome::http_502);
  }
  frame.set(Frame::routed);
  if (request.exchange++ >= config_.setup_round_trips) {
    request.exchange = 0;
    request.established = true;
    frame.clear(Frame::setting_up);
    frame.clear(Frame::wants_reply);
  }
  return send(request, frame, 0);
}

void L7Edge::on_unwind(Request& request, Frame& frame, Cause cause, Time now) {
  const bool ok = cause == Cause::reply && request.status == Outcome::ok;
  if (config_.balancer->counts) config_.balancer->finished(frame.choice, Feedback{ok});
  if (!pool_) return;
  Connection& connection = (*pool_)[frame.connection];
  for (std::size_t i = 0; i < Connection::kMaxL4Hops && request.depth + i < Request::kMaxDepth; ++i)
    connection.route[i] = request.frames[request.depth + i].endpoint;
  pool_->put_back(frame.connection, ok, now);
}

}  // namespace towtank
