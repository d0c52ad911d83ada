#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/world/walker.hpp"
#include "sim/random/draws.hpp"

/// A walker with hops and arrivals of the test's own making.
namespace towtank::test {

class Lab final : public WalkListener {
 public:
  struct Ending {
    std::uint32_t ordinal = 0;
    Outcome status = Outcome::ok;
    Time arrived, end;
    std::uint32_t attempts = 1;
    HopId failed_at{};
  };

  Simulator simulator;
  Walker walker{simulator, *this};
  HopId entry{};
  std::vector<Ending> endings;
  std::function<void(std::uint32_t ordinal)> after_arrival;    ///< a source of arrivals plans the next one here
  std::function<void(const Request&, Time end)> after_ending;  ///< a closed loop plans the user's next request here
  std::function<void(Request&)> before_begin;                  ///< gives a fresh request its client

  /// Plans the arrival of request `ordinal`.
  void arrive(Time at, std::uint32_t ordinal) { simulator.schedule(Event{at, EventClass::arrival, {0, ordinal}, 0}); }

  void arrival(std::uint32_t, Identity identity) override {
    const std::uint64_t key = next_key != 0 ? next_key++ : identity.ordinal;
    const std::uint32_t slot = walker.create(key, identity, walker.now());
    if (before_begin) before_begin(walker.requests()[slot]);
    if (after_arrival) after_arrival(identity.ordinal);
    walker.begin(slot, entry, EndpointId{0});
  }

  void completed(const Request& request, Time end) override {
    endings.push_back({request.ordinal, request.status, request.arrived, end, request.attempt + 1u, request.failed_at});
    if (after_ending) after_ending(request, end);
  }

  std::uint64_t next_key = 0;  ///< 0 = the ordinal is the key
};

/// Serves at a station, then passes the request on, or answers.
class StationHop : public Hop {
 public:
  StationHop(StationId station, const Distribution& work, const Draws& draws, PurposeId purpose)
      : station_{station}, work_{work}, draws_{draws}, purpose_{purpose} {
    stateful = true;
  }
  Step on_request(Request& request, Frame&, Time) override {
    return Step::serve(station_, Duration{sample_scalar(work_, draws_, purpose_, request.key, request.attempt)});
  }
  Step on_done(Request& request, Frame&, Time) override {
    if (failure_share > 0.0 && draws_.uniform(purpose_, request.key, request.attempt, 1) < failure_share)
      return Step::reply(Outcome::http_503);
    return has_next ? Step::forward(next, EndpointId{0}, Duration{0}) : Step::reply(Outcome::ok);
  }

  HopId next{};
  bool has_next = false;
  double failure_share = 0.0;  ///< of the services that end in a 503

 private:
  StationId station_;
  Distribution work_;
  Draws draws_;
  PurposeId purpose_;
};

/// A way of given delays in both directions; no state.
class DelayHop : public Hop {
 public:
  DelayHop(HopId next, Duration forward, Duration back) : next_{next}, forward_{forward}, back_{back} {}
  Step on_request(Request&, Frame& frame, Time) override {
    frame.back = back_;
    return Step::forward(next_, EndpointId{0}, forward_);
  }

 private:
  HopId next_;
  Duration forward_, back_;
};

}  // namespace towtank::test
