#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/cluster/network_presets.hpp"
#include "models/cluster/placement.hpp"
#include "models/scenario/build.hpp"

namespace towtank::scenario {

/// The steps of `build`, which share what has been resolved so far. Each step is a .cpp of its own.
class Builder {
 public:
  Builder(const VariantInput& variant, std::uint32_t placement_draw);

  Result<BuiltVariant> run();

 private:
  /// Where an edge leads, before its Service is in the model.
  struct EdgePlan {
    std::string name;
    EdgeKind kind = EdgeKind::nlb;
    const EdgeSpec* spec = nullptr;  ///< null: implied by a Service of type LoadBalancer
    const Service* service = nullptr;
    std::int64_t port = 0;           ///< of the Service
    Mark mark;
  };
  /// `[scheme://]host[:port][/path]`
  struct Target {
    std::string scheme, host;
    std::optional<std::int64_t> port;
  };

  void check_limits();

  // build_cluster.cpp
  void add_network();
  void add_nodes();
  void add_topology();
  void place_workloads();
  std::vector<const Workload*> workloads_by_name() const;
  static bool names(const ObjectRef& ref, const Workload& workload);
  Distribution leg(const std::optional<Distribution>& given, LegKind kind);

  // build_pods.cpp
  std::uint32_t add_workload(const Workload& workload, Mark needed_by);
  model::Workload workload_model(const Workload& workload, const PodModel* given);
  const PodModel* pod_model_of(const Workload& workload) const;
  void check_pod_models();
  void apply_slow(const PodModel& given, const Workload& workload);

  // build_paths.cpp
  void add_traffic();
  std::optional<EdgePlan> resolve(const Traffic& traffic);
  std::optional<Target> parse_target(const Traffic& traffic);
  const Service* find_service(const ObjectRef& ref, const Mark& mark, std::string_view what);
  std::vector<std::string> node_names() const;
  bool is_inside(const std::string& host) const;
  std::optional<EdgePlan> plan_given_edge(const EdgeSpec& edge, const Target& target, const Traffic& traffic);
  std::optional<EdgePlan> plan_implied_edge(const Service& service, const Target& target, const Traffic& traffic);
  std::optional<std::int64_t> service_port(const Service& service, const Target& target, const Mark& mark);
  std::optional<std::int64_t> node_port_target(const EdgeSpec& edge, const Service*& service);
  std::optional<std::uint32_t> add_edge(const EdgePlan& plan);
  void plan_upstream(const EdgePlan& plan, model::Edge& edge);
  std::optional<std::uint32_t> add_service(const Service& service, std::int64_t port, const Mark& mark);
  void complain_of_selector(const Service& service);
  void check_listener(const Workload& workload, std::int64_t target_port, const Service& service, const Mark& mark);
  model::Balance balance_of(const EdgePlan& plan);
  Distribution adder_of(const EdgePlan& plan);
  model::Traffic traffic_model(const Traffic& traffic, std::string_view scheme);
  bool stands_still(const model::Traffic& traffic) const;
  void check_unused_edges();

  bool is_ideal() const { return scenario_.cluster.network.preset == NetworkPreset::ideal; }
  void complain(const Mark& mark, std::string message) { problems_.push_back({mark, std::move(message)}); }
  void assume(std::string sentence) { assumptions_.insert(std::move(sentence)); }
  void assume(const CostDefault& cost) {
    if (cost.assumed) assume(cost.sentence());
  }

  const VariantInput& variant_;
  const Scenario& scenario_;
  std::uint32_t placement_draw_;
  towtank::NetworkPreset preset_;
  BuiltVariant built_;
  Problems problems_;
  std::set<std::string> assumptions_;
  std::vector<Service> services_;  ///< with their node ports
  std::map<const Workload*, std::vector<PlacedPod>> placed_;
  std::map<const Workload*, std::uint32_t> workload_index_;
  std::map<std::string, std::uint32_t> service_index_, edge_index_;
  std::set<const EdgeSpec*> edges_used_;
  std::vector<PlacementNode> placement_nodes_;
  std::vector<bool> excluded_from_edges_;  ///< by node
};

}  // namespace towtank::scenario
