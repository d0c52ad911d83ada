#include "models/cluster/graph.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/graph/push_relabel_max_flow.hpp>
#include <cmath>
#include <limits>

namespace towtank::graph {
namespace {

constexpr Length kUnreachable{std::numeric_limits<double>::infinity(), 0};

struct WayEdge {
  Length length;
  std::size_t index = 0;
};

using WayGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, WayEdge>;

/// Notes the edge (not just the vertex: links may be parallel) over which a vertex came nearer.
class NoteEdge : public boost::dijkstra_visitor<> {
 public:
  explicit NoteEdge(std::vector<std::size_t>& arrived_by) : arrived_by_{&arrived_by} {}
  void edge_relaxed(boost::graph_traits<WayGraph>::edge_descriptor edge, const WayGraph& graph) {
    (*arrived_by_)[boost::target(edge, graph)] = graph[edge].index;
  }

 private:
  std::vector<std::size_t>* arrived_by_;
};

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;

/// Each pipe stands beside one of no capacity that leads back, as the algorithm wants it.
struct PipeEdge {
  std::int64_t capacity = 0, residual = 0;
  Traits::edge_descriptor reverse{};
};

using PipeGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, PipeEdge>;

void add_pipe(const Pipe& pipe, PipeGraph& graph) {
  const auto there = boost::add_edge(pipe.from, pipe.to, graph).first;
  const auto back = boost::add_edge(pipe.to, pipe.from, graph).first;
  graph[there].capacity = pipe.capacity;
  graph[there].reverse = back;
  graph[back].reverse = there;
}

/// What the source still reaches over pipes that are not full.
std::vector<bool> reached(const PipeGraph& graph, std::size_t source) {
  std::vector<bool> seen(boost::num_vertices(graph), false);
  std::vector<std::size_t> open{source};
  seen[source] = true;
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    for (auto [edge, end] = boost::out_edges(at, graph); edge != end; ++edge) {
      const std::size_t next = boost::target(*edge, graph);
      if (graph[*edge].residual <= 0 || seen[next]) continue;
      seen[next] = true;
      open.push_back(next);
    }
  }
  return seen;
}

}  // namespace

bool PathTree::reaches(std::size_t vertex) const { return std::isfinite(length[vertex].mean_s); }

PathTree shortest_paths(std::size_t vertices, std::span<const Way> ways, std::size_t from) {
  WayGraph graph(vertices);
  for (std::size_t i = 0; i < ways.size(); ++i)
    boost::add_edge(ways[i].from, ways[i].to, WayEdge{ways[i].length, i}, graph);
  PathTree tree{std::vector<Length>(vertices), std::vector<std::size_t>(vertices)};
  boost::dijkstra_shortest_paths(
      graph, from,
      boost::weight_map(boost::get(&WayEdge::length, graph))
          .distance_map(boost::make_iterator_property_map(tree.length.begin(), boost::get(boost::vertex_index, graph)))
          .distance_compare(std::less<Length>{})
          .distance_combine(std::plus<Length>{})
          .distance_inf(kUnreachable)
          .distance_zero(Length{})
          .visitor(NoteEdge{tree.arrived_by}));
  return tree;
}

Flow max_flow(std::size_t vertices, std::span<const Pipe> pipes, std::size_t source, std::size_t sink) {
  PipeGraph graph(vertices);
  for (const Pipe& pipe : pipes) add_pipe(pipe, graph);
  Flow flow;
  flow.value = boost::push_relabel_max_flow(
      graph, source, sink, boost::get(&PipeEdge::capacity, graph), boost::get(&PipeEdge::residual, graph),
      boost::get(&PipeEdge::reverse, graph), boost::get(boost::vertex_index, graph));
  flow.source_side = reached(graph, source);
  return flow;
}

}  // namespace towtank::graph
