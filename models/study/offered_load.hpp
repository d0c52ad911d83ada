#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/study/path_spread.hpp"

namespace towtank {

/// What a variant is asked to carry, in closed form, before any of it is simulated, with retries of what fails on its way.
struct OfferedLoad {
  std::vector<double> arrivals_per_s;  ///< expected, by pod; closed loops count 0
  std::vector<double> utilization;     ///< by pod: work offered per second of server time
  std::vector<bool> is_looped;         ///< by pod: closed loops visit it, so this is not all of its load
  std::uint32_t bottleneck = 0;        ///< the pod of the greatest utilization, but for those whose excess goes to others
  bool is_overloaded = false;          ///< some pod is offered as much as it can serve, or more; or an edge as it may send
  bool has_steady_state = true;        ///< false: an overloaded pod queues without a bound that the user gave
  std::uint32_t unbounded = 0;         ///< then the one of these with the greatest utilization
  /// Of what the targets of an edge may have at once (`maxconn`), what they have to have; where the edge passes over who is full,
  /// of what they can bear together. Of the edge where that is the greatest part.
  double places_taken = 0.0;
  std::uint32_t tightest_edge = 0;
  bool waits_at_edge = false;          ///< an overloaded pod's requests wait in such an edge, for a limited time
  bool closed = false;                 ///< closed loops are part of the load: its rates are not known beforehand

  double greatest() const { return utilization.empty() ? 0.0 : utilization[bottleneck]; }
  /// No pod saturates before an edge may send no more to them.
  bool is_short_of_places() const { return places_taken > greatest() * (1.0 + 1e-9); }
  /// Of what saturates first: a pod, or the places of an edge.
  double fullness() const { return is_short_of_places() ? places_taken : greatest(); }
  /// Before anything is simulated: "steady", "saturated" or "unstable".
  const char* state() const { return !has_steady_state ? "unstable" : is_overloaded ? "saturated" : "steady"; }
  /// By which factor the load can grow until the bottleneck, or an edge, saturates; empty where closed loops hide it, or no load is.
  std::optional<double> headroom() const {
    return fullness() > 0.0 && !closed ? std::optional{1.0 / fullness()} : std::nullopt;
  }
};

/// Attempts of a request, 1 or more: what nobody on its way answers is tried again, each time by a way of its own, as
/// from outside, and not where an address always comes to the same pod. Retries after timeouts, or under a budget, are not
/// counted: how many there are is for the simulation to say.
double mean_attempts(const model::Cluster& cluster, const model::Traffic& traffic, const PathSpread& spread);

/// Expected load of each pod, with the requests spread as `path_spread` says.
OfferedLoad offered_load(const model::Cluster& cluster);
/// @param spreads  of the cluster's traffic, in its order
OfferedLoad offered_load(const model::Cluster& cluster, const std::vector<PathSpread>& spreads);

/// Time of a worker that the set-up of TLS connections takes at the ingress controller on a traffic's way, seconds per
/// request, at least: kept connections may also age or idle away.
double handshake_mean_s(const model::Cluster& cluster, const model::Traffic& traffic);

/// Whether the queue that the user limited stays within the limit: with 503 always; else only where each request needs
/// a connection of its own, for what an open connection sends waits in its socket.
bool limit_holds(const model::Cluster& cluster, const model::Workload& workload);

/// `pod NAME on NODE`
std::string station_name(const model::Cluster& cluster, std::uint32_t pod);

/// The station that saturates first; empty where there is none.
std::string bottleneck_name(const model::Cluster& cluster, const OfferedLoad& load);

/// All pods in the order in which people count their names: shop-2 before shop-10.
std::vector<std::uint32_t> pods_by_name(const model::Cluster& cluster);

}  // namespace towtank
