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

}  // namespace towtank
