#include "models/hops/pod.hpp"

#include <algorithm>

#include "models/hops/pod_probes.hpp"
#include "models/stations/stations.hpp"

namespace towtank {

PodHop::PodHop(PodHopConfig config, const Stations* stations, const Draws& draws, PurposeRegistry& purposes)
    : config_{std::move(config)}, stations_{stations}, service_{config_.service, draws, purposes, "work/" + config_.name} {
  stateful = terminates_connections = foresees_end = true;
  stateful_open = config_.bounded && config_.when_full != PodHopConfig::WhenFull::http_503;
  if (config_.records != nullptr) {  // who asks counts jobs that events serve
    foresees_end = false;
    stateful_done = true;
  }
  if (config_.cpu) cpu_.emplace(*config_.cpu, draws, purposes, "cpu/" + config_.name);
  if (config_.queue_timeout) patience_.emplace(*config_.queue_timeout, draws, purposes, "patience/" + config_.name);
}

Step PodHop::on_request(Request& request, Frame& frame, Time now) {
  const PodHopConfig::Pod& here = pod(frame.endpoint);
  // An accepted connection waits in its socket, however long the listen queue has become since.
  if (request.established && config_.when_full != PodHopConfig::WhenFull::http_503) frame.set(Frame::admitted);
  request.established = true;
  if (config_.records != nullptr) frame.choice = config_.records->in_flight(static_cast<std::uint32_t>(frame.endpoint), here.station);
  if (patience_) request.patience = now + Duration{patience_->draw(request)};
  const Duration work{slowed(cpu_ ? cpu_->draw(request) : service_.draw(request), here.slowdown)};
  if (config_.reference != nullptr) [[unlikely]] {
    const Duration sojourn = config_.reference->pass(now, work);
    if (request.measured) config_.reference->measure(request.owner, sojourn);
  }
  return Step::serve(here.station, work);
}

Step PodHop::on_done(Request& request, Frame& frame, Time now) {
  if (!cpu_ || frame.has(Frame::wants_reply)) {
    if (config_.records != nullptr) {  // `choice` is how many requests it met here
      const double slowdown = pod(frame.endpoint).slowdown;
      const Duration service{slowed(service_.draw(request), slowdown)};
      const Duration work = cpu_ ? Duration{slowed(cpu_->draw(request), slowdown)} : service;
      config_.records->ended(static_cast<std::uint32_t>(frame.endpoint), {frame.choice, now - frame.entered, service, work}, now);
    }
    return Step::reply(Outcome::ok);
  }
  frame.set(Frame::wants_reply);  // marks that the loop has done its part; what is left passes beside it
  if (config_.records != nullptr) {
    config_.records->beside(static_cast<std::uint32_t>(frame.endpoint), +1);
    frame.set(Frame::owes);
  }
  const std::int64_t rest = std::max<std::int64_t>(0, service_.draw(request) - cpu_->draw(request));
  return Step::hold(Duration{slowed(rest, pod(frame.endpoint).slowdown)});
}

/// The request passes beside its event loop no longer.
void PodHop::on_unwind(Request&, Frame& frame, Cause, Time) {
  if (config_.records != nullptr) config_.records->beside(static_cast<std::uint32_t>(frame.endpoint), -1);
}

Step PodHop::on_full(Request& request, Frame& frame, Time now) {
  request.established = false;
  switch (config_.when_full) {
    case PodHopConfig::WhenFull::drop_syn:
      return Step::lost();
    case PodHopConfig::WhenFull::rst:
      return Step::reply(Outcome::refused);
    case PodHopConfig::WhenFull::http_503:
      break;
  }
  if (config_.records != nullptr) config_.records->failed(static_cast<std::uint32_t>(frame.endpoint), now);
  return Step::reply(Outcome::queue_full);
}

Step PodHop::on_open(Request& request, EndpointId id, Time) {
  if (request.exchange > 1) return Step::reply(Outcome::ok);  // TLS: TCP has accepted the connection before
  if (!stateful_open || !stations_->is_full(pod(id).station)) return Step::reply(Outcome::ok);
  return config_.when_full == PodHopConfig::WhenFull::drop_syn ? Step::lost() : Step::reply(Outcome::refused);
}

}  // namespace towtank
