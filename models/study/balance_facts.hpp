#pragma once

#include <cstdint>
#include <optional>

#include "models/study/endpoint_shares.hpp"
#include "models/world/model.hpp"

/// What closed forms know of balancing algorithms.
namespace towtank {

/// How it comes to the endpoints whose load it compares. Empty: it does not look at load.
std::optional<Comparison> comparison_of(const model::Balance& balance);

/// Whether it chooses by the address that it sees.
bool goes_by_address(const model::Balance& balance);

/// One endpoint after the other: the next, when those before it are full.
bool goes_in_order(const model::Balance& balance);

/// Requests that each target of a proxy may have of it at once, further ones wait there; empty: any number.
std::optional<double> places_of_target(const model::Balance& balance);

/// Whether the places grow with the requests of the backend (minconn).
bool grows_with_load(const model::Balance& balance);

/// Whether what finds a target full goes to another; else it waits for its own.
bool passes_full_ones_over(const model::Balance& balance);

/// Requests a second that a pod can bear of an edge that dials it: as many as it can serve, and as its places let it, each held
/// on the way, too. Infinity where the edge limits none.
double bearable_per_s(const model::Cluster& cluster, const model::Edge& edge, std::uint32_t pod);

/// Of the open traffic that comes by the edge.
double open_rate_per_s(const model::Cluster& cluster, const model::Edge& edge);

}  // namespace towtank
