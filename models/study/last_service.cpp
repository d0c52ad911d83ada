#include "models/study/last_service.hpp"

#include "sim/stats/conditional_quantiles.hpp"

namespace towtank {

std::optional<Distribution> last_service(const model::Cluster& cluster, const model::Traffic& traffic) {
  // Who takes longer than the timeout is no success.
  if (traffic.timeout) return std::nullopt;
  std::optional<Distribution> law;
  for (const std::uint32_t pod : model::serving_pods(cluster, traffic)) {
    const model::Workload& workload = cluster.workloads[cluster.pods[pod].workload];
    if (workload.discipline == model::ServiceDiscipline::processor_sharing || workload.cpu || workload.proxy)
      return std::nullopt;
    const Distribution here = workload.service.scaled(cluster.pods[pod].slowdown);
    if (law && !(*law == here)) return std::nullopt;
    law = here;
  }
  return law && ConditionalQuantiles::can_take(*law) ? law : std::nullopt;
}

}  // namespace towtank
