#include "models/cluster/schedule.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

namespace towtank {
namespace {

std::string title_of(const Workload& workload) {
  return std::string{name_of(workload.kind)} + '/' + workload.meta.full_name();
}

class Scheduler {
 public:
  Scheduler(std::vector<PlacementNode> nodes, const ScheduleRequest& request)
      : nodes_{std::move(nodes)}, request_{request} {
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) node_named_.emplace(nodes_[i].name, i);
  }

  Result<Schedule> run(const std::vector<OwnedPods>& workloads) {
    schedule_.workloads.resize(workloads.size());
    for (const OwnedPods& owned : workloads)
      for (const Workload* pod : owned.observed) names_.insert(pod->meta.full_name());
    // StatefulSets name their pods whatever else there is; others give way.
    for (const OwnedPods& owned : workloads)
      if (owned.workload->kind == WorkloadKind::stateful_set)
        for (std::int64_t i = 0; i < owned.workload->replicas; ++i)
          names_.insert(owned.workload->meta.full_name() + '-' + std::to_string(i));
    there_.resize(workloads.size());
    taken_.resize(workloads.size());
    for (std::size_t i = 0; i < workloads.size(); ++i) enter_observed(workloads[i], i);
    for (const bool daemons : {true, false})
      for (std::size_t i = 0; i < workloads.size(); ++i)
        if ((workloads[i].workload->kind == WorkloadKind::daemon_set) == daemons) place_one(workloads[i], i);
    if (!problems_.empty()) return std::move(problems_);
    for (std::size_t i = 0; i < workloads.size(); ++i) tell(workloads[i], schedule_.workloads[i].pods);
    return std::move(schedule_);
  }

 private:
  static std::vector<const Workload*> seen_of(const OwnedPods& owned) {
    const bool is_daemon = owned.workload->kind == WorkloadKind::daemon_set;
    return is_daemon ? owned.observed : scaled_down(owned, owned.workload->replicas);
  }

  /// What pods that are somewhere take is gone for everybody, before anybody is placed.
  void enter_observed(const OwnedPods& owned, std::size_t index) {
    const std::vector<const Workload*> seen = seen_of(owned);
    std::vector<PlacedPod> pods;
    for (const Workload* pod : seen)
      if (const auto node = node_named_.find(pod->pods.scheduling.node_name); node != node_named_.end())
        pods.push_back({pod->meta.name, node->second, {}});
    if (!pods.empty()) take_room(request_for(*owned.workload, seen), pods, index);
  }

  void place_one(const OwnedPods& owned, std::size_t index) {
    PlacedWorkload& placed = schedule_.workloads[index];
    const Workload& workload = *owned.workload;
    placed.workload = &workload;
    const std::vector<const Workload*> seen = seen_of(owned);
    const PlacementRequest request = request_for(workload, seen);
    give_back(index);  // its own are known to `place`
    Result<std::vector<PlacedPod>> pods = place(nodes_, request, request_.draws_of(workload), there_);
    if (!pods) {
      problems_.insert(problems_.end(), pods.error().begin(), pods.error().end());
      return;
    }
    placed.pods = std::move(*pods);
    std::map<std::string_view, const Workload*> by_name;
    for (const Workload* pod : seen) by_name.emplace(pod->meta.name, pod);
    for (PlacedPod& pod : placed.pods) {
      names_.insert(workload.meta.name_space + '/' + pod.name);
      if (const auto known = by_name.find(pod.name); known != by_name.end()) pod.observed = known->second;
    }
    take_room(request, placed.pods, index);
  }

  PlacementRequest request_for(const Workload& workload, const std::vector<const Workload*>& seen) const {
    PlacementRequest request;
    request.workload = stem_of(workload, seen);
    request.mark = workload.pods.mark;
    request.replicas =
        std::max(workload.replicas + std::count_if(seen.begin(), seen.end(),
                                                   [&](const Workload* pod) { return is_extra(workload, *pod); }),
                 static_cast<std::int64_t>(seen.size()));
    if (workload.kind == WorkloadKind::pod) request.replicas = 1;
    request.cpu_millicores = workload.pods.requested_cpu_millicores();
    request.memory_bytes = workload.pods.requested_memory_bytes();
    request.policy = request_.policy;
    request.pins = request_.pins_of(workload);
    for (const Workload* pod : seen)
      request.known.push_back({pod->meta.name, pod->pods.scheduling.node_name, pod->meta.mark});
    request.name_space = workload.meta.name_space;
    request.labels = workload.pods.labels;
    request.scheduling = workload.pods.scheduling;
    request.host_ports = host_ports_of(workload.pods);
    request.is_daemon = workload.kind == WorkloadKind::daemon_set;
    if (request.is_daemon)
      for (Toleration& toleration : daemon_tolerations(workload.pods.host_network))
        request.scheduling.tolerations.push_back(std::move(toleration));
    return request;
  }

  /// What the names of its pods begin with. Real ones of a Deployment or DaemonSet end in letters of their own, so that
  /// they are nobody else's; ours end in a number or their node's name, and give way.
  std::string stem_of(const Workload& workload, const std::vector<const Workload*>& seen) const {
    const std::string& name = workload.meta.name;
    switch (workload.kind) {
      case WorkloadKind::deployment:
        return free_stem(workload, name, "-deployment");
      case WorkloadKind::replica_set:
        return free_stem(workload, name, "-replicaset");
      case WorkloadKind::daemon_set:
        return free_daemon_stem(workload, seen);
      case WorkloadKind::stateful_set:
      case WorkloadKind::pod:
        break;
    }
    return name;
  }

  bool is_taken(const Workload& workload, const std::string& pod) const {
    return names_.count(workload.meta.name_space + '/' + pod) > 0;
  }

  std::string free_stem(const Workload& workload, std::string stem, const char* tail) const {
    for (std::int64_t i = 0; i < workload.replicas; ++i) {
      if (!is_taken(workload, stem + '-' + std::to_string(i))) continue;
      stem += tail;
      i = -1;
    }
    return stem;
  }

  /// A pod of its own that was observed where ours would be stands in for it.
  std::string free_daemon_stem(const Workload& workload, const std::vector<const Workload*>& seen) const {
    const auto is_own = [&](const std::string& pod, const std::string& node) {
      return std::any_of(seen.begin(), seen.end(), [&](const Workload* each) {
        return each->meta.name == pod && each->pods.scheduling.node_name == node;
      });
    };
    std::string stem = workload.meta.name;
    const auto clashes = [&](const PlacementNode& node) {
      const std::string pod = stem + '-' + node.name;
      return is_taken(workload, pod) && !is_own(pod, node.name);
    };
    while (std::any_of(nodes_.begin(), nodes_.end(), clashes)) stem += "-daemonset";
    return stem;
  }

  /// A pod that ends and whose place another one has taken. One of a StatefulSet keeps its place until it is gone.
  static bool is_extra(const Workload& workload, const Workload& pod) {
    if (!pod.observed.terminating) return false;
    if (workload.kind != WorkloadKind::stateful_set) return true;
    std::int64_t ordinal = 0;
    const std::string& name = pod.meta.name;
    std::from_chars(name.data() + name.rfind('-') + 1, name.data() + name.size(), ordinal);
    return ordinal >= workload.replicas;
  }

  void take_room(const PlacementRequest& request, const std::vector<PlacedPod>& pods, std::size_t index) {
    std::map<std::uint32_t, std::int64_t> on_nodes;
    for (const PlacedPod& pod : pods)
      if (pod.node) ++on_nodes[*pod.node];
    there_[index] = {request.name_space,
                     request.labels,
                     request.host_ports,
                     request.scheduling.apart_by_node,
                     request.scheduling.apart_by_zone,
                     {on_nodes.begin(), on_nodes.end()}};
    taken_[index] = {request.cpu_millicores, request.memory_bytes};
    count_room(index, 1);
  }

  void give_back(std::size_t index) {
    count_room(index, -1);
    there_[index].on_nodes.clear();
  }

  void count_room(std::size_t index, std::int64_t sign) {
    for (const auto& [at, pods] : there_[index].on_nodes) {
      PlacementNode& node = nodes_[at];
      node.used_cpu_millicores += sign * times_at_most(taken_[index].cpu_millicores, pods);
      node.used_memory_bytes += sign * times_at_most(taken_[index].memory_bytes, pods);
      if (node.free_pod_slots != std::numeric_limits<std::int64_t>::max()) node.free_pod_slots -= sign * pods;
    }
  }

  /// A pod that asks for more than all machines of the world have fills a node, not a register.
  static std::int64_t times_at_most(std::int64_t request, std::int64_t pods) {
    constexpr std::int64_t kMost = std::int64_t{1} << 53;
    return pods > 0 && request > kMost / pods ? kMost : request * pods;
  }

  void tell(const OwnedPods& owned, const std::vector<PlacedPod>& pods) {
    std::map<std::string, std::size_t> pending;
    std::size_t seen = 0, modelled = 0;
    for (const PlacedPod& pod : pods) {
      if (!pod.node) {
        ++pending[pod.pending_reason];
      } else if (pod.observed != nullptr && !pod.observed->pods.scheduling.node_name.empty()) {
        ++seen;
      } else {
        ++modelled;
      }
    }
    const Workload& workload = *owned.workload;
    const bool is_told = workload.pods.scheduling.node_name.empty();
    schedule_.is_modelled = schedule_.is_modelled || (modelled > 0 && is_told);
    if (workload.kind != WorkloadKind::pod && !owned.observed.empty())
      schedule_.observed.push_back(title_of(workload) + ": " + std::to_string(seen) + " of " +
                                   std::to_string(pods.size()) + " pods are where they were observed" +
                                   (modelled > 0 ? ", " + std::to_string(modelled) + " by the placement policy" : "") +
                                   (owned.observed.size() > pods.size()
                                        ? "; " + std::to_string(owned.observed.size()) + " were observed in all"
                                        : ""));
    for (const auto& [reason, count] : pending)
      schedule_.pending.push_back(title_of(workload) + ": " + std::to_string(count) + " of " +
                                  std::to_string(pods.size()) + (pods.size() == 1 ? " pod stays" : " pods stay") +
                                  " Pending: " + reason);
  }

  std::vector<PlacementNode> nodes_;
  std::map<std::string, std::uint32_t> node_named_;
  const ScheduleRequest& request_;
  Schedule schedule_;
  struct Room {
    std::int64_t cpu_millicores = 0, memory_bytes = 0;
  };
  std::vector<PodsThere> there_;  ///< by workload; no nodes while it is not there
  std::vector<Room> taken_;       ///< by each pod of a workload
  std::set<std::string> names_;   ///< of pods, with their namespace
  Problems problems_;
};

}  // namespace

Result<Schedule> schedule(std::vector<PlacementNode> nodes, const std::vector<OwnedPods>& workloads,
                          const ScheduleRequest& request) {
  return Scheduler{std::move(nodes), request}.run(workloads);
}

}  // namespace towtank
