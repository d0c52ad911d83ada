#include "models/cluster/topology.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "sim/core/check.hpp"

namespace towtank {
namespace {

/// Length of a path: mean round trip, then number of edges, so that equal sums (an ideal network costs 0 everywhere)
/// do not leave the path to chance.
struct Length {
  double mean_s = 0.0;
  std::uint32_t edges = 0;

  friend bool operator<(const Length& a, const Length& b) {
    return a.mean_s != b.mean_s ? a.mean_s < b.mean_s : a.edges < b.edges;
  }
  friend Length operator+(const Length& a, const Length& b) { return {a.mean_s + b.mean_s, a.edges + b.edges}; }
};

constexpr Length kUnreachable{std::numeric_limits<double>::infinity(), 0};

/// An edge of the graph. Those between a node class and its switch bear no leg.
struct Edge {
  Length length;
  bool has_leg = false;
  LegKind kind = LegKind::loopback;
};

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, Edge>;
using Vertex = boost::graph_traits<Graph>::vertex_descriptor;
using EdgeDescriptor = boost::graph_traits<Graph>::edge_descriptor;

/// Which edge each vertex is reached by on the shortest path from one caller.
struct PathTree {
  std::vector<Length> length;
  std::vector<EdgeDescriptor> arrived_by;
};

/// Notes the edge (not just the vertex: links may be parallel) over which a vertex came nearer.
class NoteEdge : public boost::dijkstra_visitor<> {
 public:
  explicit NoteEdge(std::vector<EdgeDescriptor>& arrived_by) : arrived_by_{&arrived_by} {}
  void edge_relaxed(EdgeDescriptor edge, const Graph& graph) { (*arrived_by_)[boost::target(edge, graph)] = edge; }

 private:
  std::vector<EdgeDescriptor>* arrived_by_;
};

PathTree shortest_paths(const Graph& graph, Vertex caller) {
  const std::size_t vertices = boost::num_vertices(graph);
  PathTree tree{std::vector<Length>(vertices), std::vector<EdgeDescriptor>(vertices)};
  boost::dijkstra_shortest_paths(
      graph, caller,
      boost::weight_map(boost::get(&Edge::length, graph))
          .distance_map(boost::make_iterator_property_map(tree.length.begin(), boost::get(boost::vertex_index, graph)))
          .distance_compare(std::less<Length>{})
          .distance_combine(std::plus<Length>{})
          .distance_inf(kUnreachable)
          .distance_zero(Length{})
          .visitor(NoteEdge{tree.arrived_by}));
  return tree;
}

/// The legs from the tree's caller to `callee`, in travelling order.
std::vector<LegKind> legs_to(const Graph& graph, const PathTree& tree, Vertex caller, Vertex callee) {
  std::vector<LegKind> legs;
  for (Vertex at = callee; at != caller; at = boost::source(tree.arrived_by[at], graph))
    if (const Edge& edge = graph[tree.arrived_by[at]]; edge.has_leg) legs.push_back(edge.kind);
  std::reverse(legs.begin(), legs.end());
  return legs;
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
  const Vertex client = classes_.size();
  const Vertex first_switch = client + 1;
  Graph graph(first_switch + zones_.size());
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    boost::add_edge(i, first_switch + zone_of_class_[i], Edge{{0.0, 1}}, graph);
    boost::add_edge(first_switch + zone_of_class_[i], i, Edge{{0.0, 1}}, graph);
  }
  for (const Link& link : links_) {
    const Vertex from = link.kind == LegKind::client ? client : first_switch + link.zone;
    boost::add_edge(from, first_switch + link.other, Edge{{link.mean_s, 1}, true, link.kind}, graph);
  }

  const auto columns = static_cast<Eigen::Index>(classes_.size());
  LatencyMatrix matrix{Eigen::MatrixXd::Zero(columns + 1, columns), {}};
  std::set<std::pair<std::string, std::string>> without_path;
  for (Vertex caller = 0; caller <= client; ++caller) {
    const PathTree tree = shortest_paths(graph, caller);
    for (Vertex callee = 0; callee < client; ++callee) {
      double& mean_s = matrix.mean_round_trip_s(static_cast<Eigen::Index>(caller), static_cast<Eigen::Index>(callee));
      mean_s = tree.length[callee].mean_s;
      std::vector<LegKind>& legs = matrix.legs.emplace_back();
      if (mean_s == kUnreachable.mean_s) {
        without_path.emplace(caller == client ? "the client side" : "zone '" + classes_[caller].zone + "'",
                             "zone '" + classes_[callee].zone + "'");
        continue;
      }
      legs = legs_to(graph, tree, caller, callee);
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
