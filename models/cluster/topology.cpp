#include "models/cluster/topology.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "models/cluster/graph.hpp"
#include "sim/core/check.hpp"

namespace towtank {
namespace {

/// The legs of the path from `caller` to `callee`, in travelling order.
/// @param legs  by way; empty for those between a node class and its switch, which bear none
std::vector<LegKind> legs_to(const graph::PathTree& tree, const std::vector<graph::Way>& ways,
                             const std::vector<std::optional<LegKind>>& legs, std::size_t caller, std::size_t callee) {
  std::vector<LegKind> found;
  for (std::size_t at = callee; at != caller; at = ways[tree.arrived_by[at]].from)
    if (const std::optional<LegKind>& leg = legs[tree.arrived_by[at]]) found.push_back(*leg);
  std::reverse(found.begin(), found.end());
  return found;
}

void check_mean(double mean_s) { TOWTANK_CHECK(mean_s >= 0.0 && std::isfinite(mean_s), "a mean round trip is >= 0"); }

}  // namespace

std::string_view name_of(LegKind kind) {
  switch (kind) {
    case LegKind::loopback:
      return "loopback";
    case LegKind::same_node:
      return "sameNode";
    case LegKind::same_zone:
      return "sameZone";
    case LegKind::cross_zone:
      return "crossZone";
    case LegKind::client:
      return "client";
  }
  TOWTANK_CHECK(false, "every leg kind has its name");
}

Topology::Topology(double same_zone_mean_s) : same_zone_mean_s_{same_zone_mean_s} { check_mean(same_zone_mean_s); }

std::size_t Topology::zone_index(std::string_view zone) {
  const auto found = std::find(zones_.begin(), zones_.end(), zone);
  if (found != zones_.end()) return static_cast<std::size_t>(found - zones_.begin());
  zones_.emplace_back(zone);
  return zones_.size() - 1;
}

NodeClassId Topology::add(NodeClass node_class) {
  const auto found = std::find(classes_.begin(), classes_.end(), node_class);
  const auto id = static_cast<NodeClassId>(found - classes_.begin());
  if (found != classes_.end()) return id;
  zone_of_class_.push_back(zone_index(node_class.zone));
  classes_.push_back(std::move(node_class));
  return id;
}

void Topology::link_zones(std::string_view zone, std::string_view other, double mean_s) {
  check_mean(mean_s);
  const std::size_t here = zone_index(zone);
  const std::size_t there = zone_index(other);
  TOWTANK_CHECK(here != there, "a link joins two zones");
  links_.push_back({here, there, LegKind::cross_zone, mean_s});
  links_.push_back({there, here, LegKind::cross_zone, mean_s});
}

void Topology::link_client(std::string_view zone, double mean_s) {
  check_mean(mean_s);
  const std::size_t entry = zone_index(zone);
  links_.push_back({entry, entry, LegKind::client, mean_s});
}

void Topology::link_all(double cross_zone_mean_s, double client_mean_s) {
  for (std::size_t zone = 0; zone < zones_.size(); ++zone) {
    link_client(zones_[zone], client_mean_s);
    for (std::size_t other = 0; other < zone; ++other) link_zones(zones_[zone], zones_[other], cross_zone_mean_s);
  }
}

Result<LatencyMatrix> Topology::latency_matrix() const {
  // Vertices: the classes, then the client side (so that callers are 0 .. classes), then the switches of the zones.
  const std::size_t client = classes_.size();
  const std::size_t first_switch = client + 1;
  std::vector<graph::Way> ways;
  std::vector<std::optional<LegKind>> leg_of_way;
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    ways.push_back({i, first_switch + zone_of_class_[i], {0.0, 1}});
    ways.push_back({first_switch + zone_of_class_[i], i, {0.0, 1}});
  }
  leg_of_way.resize(ways.size());
  for (const Link& link : links_) {
    const std::size_t from = link.kind == LegKind::client ? client : first_switch + link.zone;
    ways.push_back({from, first_switch + link.other, {link.mean_s, 1}});
    leg_of_way.emplace_back(link.kind);
  }

  const auto columns = static_cast<Eigen::Index>(classes_.size());
  LatencyMatrix matrix{Eigen::MatrixXd::Zero(columns + 1, columns), {}};
  std::set<std::pair<std::string, std::string>> without_path;
  for (std::size_t caller = 0; caller <= client; ++caller) {
    const graph::PathTree tree = graph::shortest_paths(first_switch + zones_.size(), ways, caller);
    for (std::size_t callee = 0; callee < client; ++callee) {
      double& mean_s = matrix.mean_round_trip_s(static_cast<Eigen::Index>(caller), static_cast<Eigen::Index>(callee));
      mean_s = tree.length[callee].mean_s;
      std::vector<LegKind>& legs = matrix.legs.emplace_back();
      if (!tree.reaches(callee)) {
        without_path.emplace(caller == client ? "the client side" : "zone '" + classes_[caller].zone + "'",
                             "zone '" + classes_[callee].zone + "'");
        continue;
      }
      legs = legs_to(tree, ways, leg_of_way, caller, callee);
      if (!legs.empty()) continue;
      legs = {LegKind::same_zone};
      mean_s = same_zone_mean_s_;
    }
  }
  if (without_path.empty()) return matrix;
  Problems problems;
  for (const auto& [from, to] : without_path)
    problems.push_back(
        {{}, "no network path from " + from + " to " + to + "; link them, directly or over another zone"});
  return problems;
}

}  // namespace towtank
