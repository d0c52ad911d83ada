#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/cluster/network_presets.hpp"
#include "models/cluster/cluster_state.hpp"
#include "models/cluster/placement.hpp"
#include "models/scenario/build.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/ingress_rules.hpp"
#include "models/scenario/target.hpp"

namespace towtank {
struct EndpointView;
struct HostSetRules;
}

namespace towtank::scenario {

/// The steps of `build`, which share what has been resolved so far. Each step is a .cpp of its own.
class Builder {
 public:
  Builder(const VariantInput& variant, std::uint32_t placement_draw);

  Result<BuiltVariant> run();
  /// The cluster alone: no traffic is asked for.
  Result<ClusterState> run_state();
  Result<Ground> run_ground();

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
  /// Where the clients of a traffic are.
  struct Callers {
    bool inside = false;
    std::vector<std::uint32_t> nodes;  ///< of those inside, one by one
    std::vector<std::uint32_t> pods;   ///< of the state, where these are the callers; none: processes of a node
  };
  /// The controller of an ingress class.
  struct Controller {
    IngressSpec spec;
    const Workload* workload = nullptr;
    const Service* service = nullptr;  ///< null: no Service selects its pods
    ServedClass served;
    std::optional<std::uint32_t> proxy;            ///< in the model, once a traffic reaches it
    std::map<std::string, std::uint32_t> backends;  ///< by Service and balancer
  };

  void check_limits();

  // build_cluster.cpp
  void add_schedulers();
  void add_network();
  void add_topology();
  void add_state();
  void leave_to_provider(Service& service);
  void place_workloads();
  void check_pins();
  std::vector<PlacementPin> pins_of(const Workload& workload) const;
  std::vector<const Workload*> workloads_by_name() const;
  static bool names(const ObjectRef& ref, const Workload& workload);
  Distribution leg(const std::optional<Distribution>& given, LegKind kind);

  // build_nodes.cpp
  void add_nodes();
  std::vector<NodeState> nodes_of_pools(std::vector<Mark>& marks);
  std::vector<NodeState> nodes_of_objects(std::vector<Mark>& marks);

  // build_pods.cpp
  std::uint32_t add_workload(const Workload& workload, Mark needed_by);
  model::Workload workload_model(const Workload& workload, const PodModel* given);
  const PodModel* pod_model_of(const Workload& workload) const;
  void check_pod_models();
  void apply_slow(const PodModel& given, const Workload& workload);

  // build_traffic.cpp
  void add_traffic();
  model::Traffic traffic_model(const Traffic& traffic, std::string_view scheme, const Callers& callers);
  std::vector<std::uint32_t> caller_addresses(const Callers& callers) const;
  void tell_of_keys(const Traffic& traffic, const model::Traffic& made);
  bool stands_still(const model::Traffic& traffic) const;
  bool leads_to_closed_port(const model::Traffic& traffic) const;

  // build_entries.cpp
  std::optional<Callers> callers_of(const Traffic& traffic);
  bool enter(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made);
  std::optional<bool> enter_by_dns(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made);
  bool enter_edge(const Traffic& traffic, const Target& target, const Callers& callers, const std::optional<EdgePlan>& plan, model::Traffic& made);
  bool enter_node(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made);
  bool enter_loopback(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made);
  bool is_health_check(const Traffic& traffic, std::int64_t dialled);
  std::optional<bool> enter_pods_on_nodes(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made);
  bool enter_cluster_ip(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made);
  bool enter_headless(const Traffic& traffic, const Service& service, std::int64_t dialled, model::Traffic& made);
  std::uint32_t add_direct(const std::string& key, const std::string& name, const std::vector<std::uint32_t>& pods, const Mark& mark);
  bool call_service(const Traffic& traffic, const Target& target, const Service& service, const Callers& callers, model::Traffic& made);
  std::size_t shut_out(const Service& service, const Callers& callers) const;
  bool short_cut(const Traffic& traffic, const Target& target, const EdgePlan& plan, const Callers& callers, model::Traffic& made);

  // build_addresses.cpp
  std::optional<bool> enter_address(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made);
  std::optional<bool> enter_external_ip(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made);
  bool enter_pod(const Traffic& traffic, const Target& target, const Callers& callers, std::uint32_t pod, model::Traffic& made);
  std::optional<bool> enter_pod_name(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made);
  std::optional<EdgePlan> load_balancer_beside(const Traffic& traffic, const Target& target);
  const Service* called_service(const Traffic& traffic, const Target& target, const std::string& home = "");
  std::vector<std::string> node_names() const;

  // build_ingress.cpp
  void find_controllers();
  void find_unnamed_controllers();
  std::string controller_named_by(const std::string& class_name) const;
  const Workload* controller_workload(const IngressSpec& spec);
  const Service* controller_service(const Workload& workload) const;
  const ConfigMap& settings_of(const Controller& controller) const;
  std::int64_t number_setting(const Controller& controller, const std::string& key, std::int64_t fallback, std::int64_t most);
  void check_ownership(const Controller& controller);
  void warn_of_foreign_annotations();
  void warn_of_idle_canaries();
  void check_product(const Controller& controller);
  bool is_routed(const Target& target) const;
  const Controller* controller_for(const Target& target) const;
  bool enter_ingress_host(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made);
  bool pass_ingress(const Traffic& traffic, const Target& target, std::uint32_t service, model::Traffic& made, const TlsInFront& front = {});
  bool is_understood(const Traffic& traffic, const Target& target, const Controller& controller, const Arrival& arrival, std::int64_t port, model::Traffic& made);
  void send_on(const Traffic& traffic, const Target& target, const Arrival& arrival, const std::string& because, bool by_snippet, model::Traffic& made);
  std::optional<std::uint32_t> add_backend(Controller& controller, const Ingress& ingress, const IngressBackend& backend, const Ingress* stable = nullptr);
  bool add_canary(const Traffic& traffic, Controller& controller, const IngressRoute& stable, model::Traffic& made);
  model::Balance balance_of_backend(const Controller& controller, const Ingress& ingress, const Service& service);
  void note_setting(const Controller& controller, const std::string& what, const std::string& origin);
  std::optional<std::uint32_t> add_proxy(const Workload& workload);
  std::uint32_t workers_of(const Controller& controller);
  std::uint32_t tries_of(const Controller& controller);

  // build_paths.cpp
  const Service* find_service(const ObjectRef& ref, const Mark& mark, std::string_view what);
  std::optional<EdgePlan> plan_given_edge(const EdgeSpec& edge, const Target& target, const Traffic& traffic);
  std::optional<EdgePlan> plan_implied_edge(const Service& service, const Target& target, const Traffic& traffic);
  std::string without_load_balancer(const Service& service, const Target& target) const;
  std::optional<std::int64_t> service_port(const Service& service, const Target& target, const Mark& mark);
  std::optional<std::int64_t> node_port_target(const EdgeSpec& edge, const Service*& service);
  std::optional<std::uint32_t> add_edge(const EdgePlan& plan);
  void weigh_nodes(const EdgePlan& plan, model::Edge& edge);
  void rank_nodes(const EdgePlan& plan, model::Edge& edge);
  std::vector<std::uint32_t> numbers_of_nodes(const EdgePlan& plan, const model::Edge& edge, const EdgeSpec::ByNode& given, const std::string& what, std::uint32_t other);
  void check_health(const EdgePlan& plan, model::Edge& edge);
  void tell_of_failing(const EdgePlan& plan, const model::Edge& edge);
  void check_host_sets(const EdgePlan& plan, const model::Edge& edge);
  void tell_of_host_sets(const Controller& controller, const model::Proxy::Backend& backend, const std::string& service);
  void check_zone_names(const HostSetRules& rules, const std::string& of, const Mark& mark);
  /// @param of  how a sentence about it begins
  void tell_of_sets(const HostSetRules& rules, const EndpointView& view, const std::string& of);
  void plan_upstream(const EdgePlan& plan, model::Edge& edge);
  void warn_of_what_nodes_decide(const Service& service, const ServicePortState& port);
  /// @param ignores_policy  a caller inside the cluster at a node port: no policy decides
  /// @param refuser  who answers where there is no endpoint, and how; null: nobody does, so that it is an error
  std::optional<std::uint32_t> add_service(const Service& service, std::int64_t port, model::ServicePort::Entry entry, bool ignores_policy,
                                           const Mark& mark, const char* refuser = nullptr);
  std::uint32_t keep(const std::string& key, model::ServicePort made, std::optional<std::pair<std::uint32_t, std::int64_t>> first);
  Problem why_without_endpoints(const Service& service, const ServicePort& port, const ServicePortState& known_port,
                                const std::vector<std::string>* without_port);
  Problem why_without_pods(const Service& service) const;
  std::string why_none_is_ready(const Service& service, bool is_any_there);
  std::vector<std::uint32_t> healthy_by_other_ports(const Service& service, const ServicePortState& port) const;
  bool is_heard(std::uint32_t pod, std::int64_t target_port, const Service& service);
  model::Balance balance_of(const EdgePlan& plan);
  model::Balance checked_balance(const BalanceSpec& spec, const std::string& of, std::string_view product);
  Distribution adder_of(const EdgePlan& plan);
  void check_unused_edges();

  bool is_ideal() const { return scenario_.cluster.network.preset == NetworkPreset::ideal; }
  void complain(const Mark& mark, std::string message) { problems_.push_back({mark, std::move(message)}); }
  void warn_once(const std::string& text) {
    if (std::find(built_.warnings.begin(), built_.warnings.end(), text) == built_.warnings.end()) built_.warnings.push_back(text);
  }
  void find_once(const std::string& text) {
    if (std::find(built_.findings.begin(), built_.findings.end(), text) == built_.findings.end()) built_.findings.push_back(text);
  }
  void assume(std::string sentence) { assumptions_.insert(std::move(sentence)); }
  /// @param path  of the field that would set it, if there is one
  /// @return the law to take: the default, unless the variant asks what if it were another
  Distribution assume(const CostDefault& cost, const std::string& path = "");
  Distribution assume_law(const std::string& what, const std::string& path, const Distribution& law);
  /// At least 1.
  std::int64_t assume_count(const std::string& what, const std::string& path, std::int64_t count);
  double assume_number(AssumedSetting setting);

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
  std::vector<std::optional<std::pair<std::uint32_t, std::int64_t>>> first_endpoint_;  ///< of each Service of the model: pod of the state, port
  std::set<const EdgeSpec*> edges_used_;
  std::vector<Controller> controllers_;
  std::vector<OwnedPods> owned_;  ///< what there is to place, by name
  ClusterState state_;
  std::vector<std::uint32_t> model_pod_;  ///< of each pod of the state its index in the model, once it is there
};

}  // namespace towtank::scenario
