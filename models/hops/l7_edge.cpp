#include "models/hops/l7_edge.hpp"

#include "models/hops/pick.hpp"

namespace towtank {

L7Edge::L7Edge(L7EdgeConfig config, const Draws& draws, PurposeRegistry& purposes)
    : config_{std::move(config)},
      upstream_{config_.upstream, draws, purposes.add("leg/" + config_.name)},
      adder_{config_.adder, draws, purposes.add("adder/" + config_.name)} {
  stateful = config_.balancer->stateful;
  terminates_connections = true;
}

Step L7Edge::on_request(Request& request, Frame& frame, Time) {
  frame.choice = config_.balancer->pick(request_pick(request));
  if (frame.choice == Balancer::kNone) return Step::reply(Outcome::http_503);
  if (config_.balancer->counts) {
    config_.balancer->started(frame.choice);
    frame.set(Frame::owes);
  }
  request.dialler = static_cast<std::uint8_t>(request.depth - 1);
  request.route_key = request.key;
  request.route_attempt = request.attempt;
  request.established = !config_.dials_per_request;
  if (config_.dials_per_request && config_.setup_round_trips > 0) {
    request.exchange = 1;
    frame.set(Frame::setting_up);
    frame.set(Frame::wants_reply);
  }
  const std::uint8_t exchange = request.exchange;
  request.exchange = 0;  // the proxy's own time is drawn once per request
  const std::int64_t processing = adder_.draw(request);
  request.exchange = exchange;
  return send(request, frame, processing);
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

void L7Edge::on_unwind(Request& request, Frame& frame, Cause cause, Time) {
  config_.balancer->finished(frame.choice, Feedback{cause == Cause::reply && request.status == Outcome::ok});
}

}  // namespace towtank
