#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/cluster/leg_kind.hpp"
#include "sim/core/result.hpp"

namespace towtank {

/// Nodes between which the network makes no difference: of one zone and one node pool.
struct NodeClass {
  std::string zone;
  std::string pool;

  friend bool operator==(const NodeClass&, const NodeClass&) = default;
};

/// Index of a node class, in the order in which they were added.
enum class NodeClassId : std::uint32_t {};

/// What an exchange costs on its way from one place to another and back.
struct LatencyMatrix {
  /// Mean round trip between two different nodes, seconds.
  /// @shape (classes + 1) x classes, row = caller, column = callee; the last row is the client side
  Eigen::MatrixXd mean_round_trip_s;
  /// The legs whose round trips are drawn and added up for one exchange. @shape as above, row by row
  std::vector<std::vector<LegKind>> legs;

  const std::vector<LegKind>& legs_between(NodeClassId caller, NodeClassId callee) const {
    return legs[static_cast<std::size_t>(caller) * classes() + static_cast<std::size_t>(callee)];
  }
  const std::vector<LegKind>& legs_from_client(NodeClassId callee) const {
    return legs[classes() * classes() + static_cast<std::size_t>(callee)];
  }
  std::size_t classes() const { return static_cast<std::size_t>(mean_round_trip_s.cols()); }
};

/// The network as a graph: the client side ("internet"), one switch for each zone, the node classes on their switch.
/// Round trips are those measured between nodes, so the way from a node to its switch costs nothing by itself; a path
/// that never leaves its switch costs the zone's own round trip. The client side calls and is never passed through.
class Topology {
 public:
  /// @param same_zone_mean_s mean round trip between two nodes of one zone, seconds, >= 0 and finite
  explicit Topology(double same_zone_mean_s);

  /// Adds nodes, and their zone if it is new. A class that is there already keeps its id.
  NodeClassId add(NodeClass node_class);

  /// Links two zones in both directions. Both are made known if they are not.
  /// @param mean_s mean round trip, seconds, >= 0 and finite
  void link_zones(std::string_view zone, std::string_view other, double mean_s);
  /// Lets clients in through a zone's edge. @param mean_s mean round trip, seconds, >= 0 and finite
  void link_client(std::string_view zone, double mean_s);

  /// Links every zone with every other and with the client side: what the networks of today's clouds promise.
  void link_all(double cross_zone_mean_s, double client_mean_s);

  const std::vector<NodeClass>& classes() const { return classes_; }
  const std::vector<std::string>& zones() const { return zones_; }

  /// Shortest paths (Dijkstra) from everywhere to every class; of equally short ones, one with the fewest legs.
  /// @error one for each pair without a path, named by both zones
  Result<LatencyMatrix> latency_matrix() const;

 private:
  struct Link {
    std::size_t zone;   ///< of the caller; of a client link unused
    std::size_t other;  ///< of the callee
    LegKind kind;
    double mean_s;
  };

  std::size_t zone_index(std::string_view zone);

  double same_zone_mean_s_;
  std::vector<std::string> zones_;
  std::vector<NodeClass> classes_;
  std::vector<std::size_t> zone_of_class_;
  std::vector<Link> links_;
};

}  // namespace towtank
