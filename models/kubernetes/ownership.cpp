#include "models/kubernetes/ownership.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "models/kubernetes/name_order.hpp"

namespace towtank {
namespace {

using Key = std::tuple<std::string, std::string, std::string>;  // namespace, name, kind

Key key_of(const Workload& workload) {
  return {workload.meta.name_space, workload.meta.name, std::string{name_of(workload.kind)}};
}

class Ownership {
 public:
  explicit Ownership(const Objects& objects) {
    for (const Workload& workload : objects.workloads) workloads_.emplace(key_of(workload), &workload);
  }

  /// Null when it is its own master, or its owner is not among the objects.
  const Workload* owner_of(const Workload& workload) const {
    if (workload.kind == WorkloadKind::replica_set)
      return find(workload.meta.name_space, workload.owner_kind, workload.owner_name);
    if (workload.kind != WorkloadKind::pod) return nullptr;
    const ObservedPod& pod = workload.observed;
    if (const Workload* owner = find(workload.meta.name_space, pod.owner_kind, pod.owner_name)) {
      const Workload* const above = owner_of(*owner);
      return above != nullptr ? above : owner;
    }
    return pod.owner_kind == "ReplicaSet" ? deployment_of(workload) : nullptr;
  }

 private:
  const Workload* find(const std::string& name_space, const std::string& kind, const std::string& name) const {
    const auto found = workloads_.find({name_space, name, kind});
    return found == workloads_.end() || found->second->kind == WorkloadKind::pod ? nullptr : found->second;
  }

  const Workload* deployment_of(const Workload& pod) const {
    const auto hash = pod.pods.labels.find("pod-template-hash");
    if (hash == pod.pods.labels.end()) return nullptr;
    const std::string& name = pod.observed.owner_name;
    const std::string tail = '-' + hash->second;
    if (name.size() <= tail.size() || name.substr(name.size() - tail.size()) != tail) return nullptr;
    return find(pod.meta.name_space, "Deployment", name.substr(0, name.size() - tail.size()));
  }

  std::map<Key, const Workload*> workloads_;
};

}  // namespace

std::vector<OwnedPods> owned_pods(const Objects& objects) {
  const Ownership ownership{objects};
  std::map<Key, OwnedPods> found;
  for (const Workload& workload : objects.workloads) {
    const bool is_pod = workload.kind == WorkloadKind::pod;
    if (is_pod && workload.observed.ended) continue;
    const Workload* const owner = ownership.owner_of(workload);
    const Workload& master = owner != nullptr ? *owner : workload;
    OwnedPods& owned = found[key_of(master)];
    owned.workload = &master;
    if (is_pod) owned.observed.push_back(&workload);
  }
  std::vector<OwnedPods> all;
  for (auto& [key, owned] : found) {
    std::sort(owned.observed.begin(), owned.observed.end(),
              [](const Workload* a, const Workload* b) { return comes_before_by_name(a->meta.name, b->meta.name); });
    all.push_back(std::move(owned));
  }
  // As text, namespace and name together: the order in which placement has always gone.
  std::stable_sort(all.begin(), all.end(), [](const OwnedPods& a, const OwnedPods& b) {
    return a.workload->meta.full_name() < b.workload->meta.full_name();
  });
  return all;
}

std::vector<const Workload*> scaled_down(const OwnedPods& owned, std::int64_t replicas) {
  std::map<std::string, std::int64_t> on_node;
  std::vector<const Workload*> alive, ending;
  for (const Workload* pod : owned.observed) {
    (pod->observed.terminating ? ending : alive).push_back(pod);
    if (!pod->observed.terminating) ++on_node[pod->pods.scheduling.node_name];
  }
  if (owned.workload->kind != WorkloadKind::stateful_set) {
    const auto rank = [&](const Workload* pod) {
      const std::string& node = pod->pods.scheduling.node_name;
      return std::tuple{node.empty(), !pod->observed.ready.value_or(true), on_node[node]};
    };
    std::stable_sort(alive.begin(), alive.end(),
                     [&](const Workload* a, const Workload* b) { return rank(a) < rank(b); });
  }
  if (alive.size() > static_cast<std::size_t>(replicas)) alive.resize(static_cast<std::size_t>(replicas));
  alive.insert(alive.end(), ending.begin(), ending.end());
  std::sort(alive.begin(), alive.end(),
            [](const Workload* a, const Workload* b) { return comes_before_by_name(a->meta.name, b->meta.name); });
  return alive;
}

}  // namespace towtank
