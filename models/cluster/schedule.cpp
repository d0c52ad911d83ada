#include "models/cluster/schedule.hpp"

#include <algorithm>
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
      : nodes_{std::move(nodes)}, request_{request} {}

  Result<Schedule> run(const std::vector<OwnedPods>& workloads) {
    schedule_.workloads.resize(workloads.size());
    for (const OwnedPods& owned : workloads)
      for (const Workload* pod : owned.observed) names_.insert(pod->meta.full_name());
    // StatefulSets name their pods whatever else there is; others give way.
    for (const OwnedPods& owned : workloads)
      if (owned.workload->kind == WorkloadKind::stateful_set)
        for (std::int64_t i = 0; i < owned.workload->replicas; ++i)
          names_.insert(owned.workload->meta.full_name() + '-' + std::to_string(i));
    for (const int turn : {0, 1, 2})
      for (std::size_t i = 0; i < workloads.size(); ++i)
        if (turn_of(workloads[i]) == turn) place_one(workloads[i], schedule_.workloads[i]);
    if (!problems_.empty()) return std::move(problems_);
    for (std::size_t i = 0; i < workloads.size(); ++i) tell(workloads[i], schedule_.workloads[i].pods);
    return std::move(schedule_);
  }

 private:
  static int turn_of(const OwnedPods& owned) {
    if (!owned.observed.empty()) return 0;
    return owned.workload->kind == WorkloadKind::daemon_set ? 1 : 2;
  }

  void place_one(const OwnedPods& owned, PlacedWorkload& placed) {
    const Workload& workload = *owned.workload;
    placed.workload = &workload;
    const bool is_daemon = workload.kind == WorkloadKind::daemon_set;
    const std::vector<const Workload*> seen = is_daemon ? owned.observed : scaled_down(owned, workload.replicas);
    const PlacementRequest request = request_for(workload, seen);
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
    take_room(request, placed.pods);
  }

  PlacementRequest request_for(const Workload& workload, const std::vector<const Workload*>& seen) const {
    PlacementRequest request;
    request.workload = stem_of(workload);
    request.mark = workload.pods.mark;
    request.replicas = workload.replicas + std::count_if(seen.begin(), seen.end(),
                                                         [](const Workload* pod) { return pod->observed.terminating; });
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

  /// What the names of its pods begin with: real ones of a Deployment have a hash, so that they are nobody else's.
  std::string stem_of(const Workload& workload) const {
    std::string stem = workload.meta.name;
    if (workload.kind != WorkloadKind::deployment && workload.kind != WorkloadKind::replica_set) return stem;
    const auto is_taken = [&](std::int64_t number) {
      return names_.count(workload.meta.name_space + '/' + stem + '-' + std::to_string(number)) > 0;
    };
    for (std::int64_t i = 0; i < workload.replicas; ++i) {
      if (!is_taken(i)) continue;
      stem += workload.kind == WorkloadKind::deployment ? "-deployment" : "-replicaset";
      i = -1;
    }
    return stem;
  }

  void take_room(const PlacementRequest& request, const std::vector<PlacedPod>& pods) {
    std::map<std::uint32_t, std::int64_t> on_nodes;
    for (const PlacedPod& pod : pods) {
      if (!pod.node) continue;
      ++on_nodes[*pod.node];
      PlacementNode& node = nodes_[*pod.node];
      node.used_cpu_millicores += request.cpu_millicores;
      node.used_memory_bytes += request.memory_bytes;
      if (node.free_pod_slots != std::numeric_limits<std::int64_t>::max()) --node.free_pod_slots;
    }
    there_.push_back({request.name_space,
                      request.labels,
                      request.host_ports,
                      request.scheduling.apart_by_node,
                      request.scheduling.apart_by_zone,
                      {on_nodes.begin(), on_nodes.end()}});
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
  const ScheduleRequest& request_;
  Schedule schedule_;
  std::vector<PodsThere> there_;
  std::set<std::string> names_;  ///< of pods, with their namespace
  Problems problems_;
};

}  // namespace

Result<Schedule> schedule(std::vector<PlacementNode> nodes, const std::vector<OwnedPods>& workloads,
                          const ScheduleRequest& request) {
  return Scheduler{std::move(nodes), request}.run(workloads);
}

}  // namespace towtank
