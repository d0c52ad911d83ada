#pragma once

#include <string>
#include <vector>

#include "tests/models/study/watched_clusters.hpp"

/// What must hold in every cluster exactly, as checks that name what does not.
namespace towtank::test {

/// One sentence for each thing that is wrong.
using Complaints = std::vector<std::string>;

Complaints check_outcomes(const model::Cluster& cluster, const Watched& watched);
Complaints check_latency_parts(const ReplicationResult& result);
Complaints check_utilization(const ReplicationResult& result);
Complaints check_attempts(const model::Cluster& cluster, const Watched& watched);
/// Little's law on the path: the jobs at a station, summed over time, are the times that requests spent there.
Complaints check_littles_law(const model::Cluster& cluster, const Watched& watched);
/// Of `with_equal_work`: what pods did is what they answered, no request was served twice.
Complaints check_served_once(const model::Cluster& cluster, const Watched& watched);
/// Of `with_answers`: whatever the answer, it is passed on.
Complaints check_not_resent(const Watched& watched);
/// Of `with_one_connection`, where load balancers of connections lead to the pods.
Complaints check_one_pod(const ReplicationResult& result);
/// Of `unhurried`: whose address is seen behind the node port, in the walk of a single request.
Complaints check_source_addresses(const scenario::Ground& ground, const model::Cluster& alone, bool local);
/// Of `unhurried`: what masquerading costs, and so how many entries it makes.
Complaints check_masqueraded(const model::Cluster& alone, bool local);

}  // namespace towtank::test
