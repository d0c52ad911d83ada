#include "models/kubernetes/ownership.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace towtank {
namespace {

Workload workload(WorkloadKind kind, const std::string& name, std::int64_t replicas = 1) {
  Workload made;
  made.kind = kind;
  made.meta.name = name;
  made.replicas = replicas;
  return made;
}

Workload pod(const std::string& name, const std::string& owner_kind, const std::string& owner,
             const std::string& node = "n-0") {
  Workload made = workload(WorkloadKind::pod, name);
  made.observed.owner_kind = owner_kind;
  made.observed.owner_name = owner;
  made.pods.scheduling.node_name = node;
  return made;
}

std::vector<std::string> names(const std::vector<const Workload*>& pods) {
  std::vector<std::string> found;
  for (const Workload* each : pods) found.push_back(each->meta.name);
  return found;
}

using Names = std::vector<std::string>;

TEST_CASE("pods are their Deployment's, through the ReplicaSet between them, there or not", "[unit]") {
  Objects objects;
  objects.workloads = {pod("shop-abc-2", "ReplicaSet", "shop-abc"),     pod("cart-def-1", "ReplicaSet", "cart-def"),
                       workload(WorkloadKind::replica_set, "shop-abc"), workload(WorkloadKind::deployment, "shop"),
                       workload(WorkloadKind::deployment, "cart"),      pod("shop-abc-1", "ReplicaSet", "shop-abc")};
  objects.workloads[2].owner_kind = "Deployment";
  objects.workloads[2].owner_name = "shop";
  objects.workloads[1].pods.labels["pod-template-hash"] = "def";
  const auto owned = owned_pods(objects);
  REQUIRE(owned.size() == 2);
  CHECK(owned[0].workload->meta.name == "cart");
  CHECK(names(owned[0].observed) == Names{"cart-def-1"});
  CHECK(owned[1].workload->meta.name == "shop");
  CHECK(names(owned[1].observed) == Names{"shop-abc-1", "shop-abc-2"});
}

TEST_CASE("pods whose owner is not there stand for themselves, and pods that ended are gone", "[unit]") {
  Objects objects;
  objects.workloads = {pod("lone", "", ""), pod("job-1", "Job", "job"), pod("done", "", ""),
                       workload(WorkloadKind::replica_set, "rs")};
  objects.workloads[2].observed.ended = true;
  objects.workloads[3].owner_kind = "Deployment";
  objects.workloads[3].owner_name = "gone";
  const auto owned = owned_pods(objects);
  REQUIRE(owned.size() == 3);
  CHECK(owned[0].workload->meta.name == "job-1");
  CHECK(names(owned[0].observed) == Names{"job-1"});
  CHECK(owned[1].workload->meta.name == "lone");
  CHECK(owned[2].workload->kind == WorkloadKind::replica_set);
  CHECK(owned[2].observed.empty());
}

TEST_CASE("an owner of the same name in another namespace is nobody's owner", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::stateful_set, "db"), pod("db-0", "StatefulSet", "db")};
  objects.workloads[1].meta.name_space = "other";
  CHECK(owned_pods(objects).size() == 2);
}

TEST_CASE("the order of the objects does not count", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::deployment, "a"), workload(WorkloadKind::stateful_set, "a"),
                       pod("a-0", "StatefulSet", "a"), pod("a-1", "StatefulSet", "a"),
                       workload(WorkloadKind::deployment, "b")};
  const auto told = [](const Objects& all) {
    std::string text;
    for (const OwnedPods& owned : owned_pods(all)) {
      text += std::string{name_of(owned.workload->kind)} + owned.workload->meta.name + ':';
      for (const std::string& name : names(owned.observed)) text += name + ',';
    }
    return text;
  };
  const std::string before = told(objects);
  std::reverse(objects.workloads.begin(), objects.workloads.end());
  CHECK(told(objects) == before);
}

TEST_CASE("scaling down takes pods without node, then unready ones, then doubled ones", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::deployment, "shop", 5), pod("p-1", "Deployment", "shop", "n-0"),
                       pod("p-2", "Deployment", "shop", "n-1"),       pod("p-3", "Deployment", "shop", "n-1"),
                       pod("p-4", "Deployment", "shop", "n-2"),       pod("p-5", "Deployment", "shop", ""),
                       pod("p-6", "Deployment", "shop", "n-3")};
  objects.workloads[4].observed.ready = false;
  objects.workloads[6].observed.terminating = true;
  const auto owned = owned_pods(objects);
  REQUIRE(owned.size() == 1);
  CHECK(names(scaled_down(owned[0], 5)) == Names{"p-1", "p-2", "p-3", "p-4", "p-5", "p-6"});
  CHECK(names(scaled_down(owned[0], 4)) == Names{"p-1", "p-2", "p-3", "p-4", "p-6"});
  CHECK(names(scaled_down(owned[0], 3)) == Names{"p-1", "p-2", "p-3", "p-6"});
  CHECK(names(scaled_down(owned[0], 2)) == Names{"p-1", "p-2", "p-6"});
  CHECK(names(scaled_down(owned[0], 0)) == Names{"p-6"});
}

}  // namespace
}  // namespace towtank
