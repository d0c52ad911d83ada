#pragma once

#include <optional>
#include <string>

#include "models/study/variant_run.hpp"

namespace towtank {

/// What theory knows of the time that a traffic's requests spend at the pods that serve them, waiting and served.
struct PodTheory {
  std::optional<double> mean_s;  ///< exact
  std::string model;             ///< of a pod: `M/M/4`, `M/G/1`, `M/G/2-PS`, `M/M/2/10`; empty without a mean
  std::string failing;           ///< without a mean: the assumption of every closed form that does not hold
  bool is_comparable = true;     ///< false: service times vary so much that means of replications are far from normal
};

/// Requests must come to each pod as a Poisson process: from open Poisson traffic whose way is chosen for each request
/// by itself, independent of what went before. Random delays on the way change nothing in that (displacement theorem).
/// @param traffic  index into the variant's
/// @source Kingman, Poisson Processes (1993), 5.1 (colouring), 5.2 (displacement)
PodTheory pod_theory(const VariantRun& run, std::size_t traffic);

/// The station that all pods of a workload would be together, first come first served. A simulation sends the same
/// arrivals and work to it, whose mean stay is known, as a control (Workload::has_reference).
struct CoupledReference {
  std::uint32_t workload = 0;
  std::string model;    ///< `M/M/8`
  double mean_s = 0.0;  ///< waiting and served
};

/// Of a traffic that alone or with others like it loads the pods of one workload, two or more that are alike. Its requests
/// must come to them, all together, as a Poisson process; which pod takes a request may follow from what went before, unless
/// the way there depends on it. Service times are exponential, nobody leaves, and less than 1e-9 is lost.
std::optional<CoupledReference> coupled_reference(const VariantRun& run, std::size_t traffic);

}  // namespace towtank
