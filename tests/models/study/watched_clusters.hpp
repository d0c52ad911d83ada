#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/scenario/ground.hpp"
#include "models/world/world.hpp"
#include "tests/models/study/studies.hpp"

/// Clusters out of scenario texts, changed so that one law shows at a time, and runs that are looked at closely.
namespace towtank::test {

/// The first variant of a scenario, ready to be simulated and walked.
struct BuiltCluster {
  model::Cluster cluster;
  scenario::Ground ground;
};

/// @return empty when the text is no valid scenario; `problems` then says why
std::optional<BuiltCluster> built(const std::string& text, std::string* problems = nullptr);

/// A replication from empty to empty, and what its counters alone do not tell.
struct Watched {
  ReplicationResult result;
  std::vector<StationTotals> stations;       ///< by pod, until the system was empty
  std::vector<std::uint64_t> begun, ended;   ///< requests by traffic
  std::vector<std::uint32_t> most_attempts;  ///< of one request, by traffic
  std::uint64_t resent = 0;                  ///< requests for which a proxy dialled more than one target
  std::uint32_t left_over = 0;               ///< requests and jobs at the end
};

/// @param requests  about so many arrive
Watched watch(const model::Cluster& cluster, double requests, std::uint32_t seed);

/// The cluster with one traffic alone that nothing delays or refuses: a connection for each request, no work at pods.
model::Cluster unhurried(const model::Cluster& cluster, std::size_t traffic);
/// The same of one client who keeps his one connection.
model::Cluster with_one_connection(const model::Cluster& cluster, std::size_t traffic);
/// The cluster with a millisecond of work for each request, no client losing his patience or trying again.
model::Cluster with_equal_work(const model::Cluster& cluster);
/// The same where every connection comes about: full pods answer 503, and no node drops.
model::Cluster with_answers(const model::Cluster& cluster);

/// Of a cluster with one traffic: the Service that it comes to first.
const model::ServicePort& front(const model::Cluster& alone);
/// Whether its way has an L7 proxy, which may give each request of a connection to another pod.
bool passes_proxy(const model::Cluster& alone);
/// Whether it comes from outside by a node port.
bool enters_by_node_port(const model::Cluster& alone);

}  // namespace towtank::test
