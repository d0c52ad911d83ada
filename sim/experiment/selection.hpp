#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace towtank {

/// What a selection promises: with a chance of at least 1 - error the system chosen is the best, whenever the best is
/// better than every other by the indifference; otherwise one that is good within it.
struct SelectionRule {
  double indifference = 0.0;     ///< the least difference of means worth telling apart, in their unit, > 0
  double error = 0.05;           ///< in (0, 0.5)
  std::size_t first_stage = 20;  ///< replications of every system before any is dropped, >= 2
  std::size_t most = 200;        ///< replications of one system at most, >= first_stage
};

struct Selection {
  std::size_t best = 0;                   ///< the least mean of those that survive
  std::vector<std::size_t> survivors;     ///< ascending; more than one when the cap was reached, or all that is left
                                          ///< is within the indifference
  std::vector<std::size_t> replications;  ///< used, by system
  bool cap_reached = false;               ///< ended before the procedure did: nothing is promised
};

/// Replication `replication` of `system`; each pair is asked for once, in rounds of all systems that survive. Equal
/// replications of different systems may depend on each other (common random numbers): only differences count.
using SystemSample = std::function<double(std::size_t system, std::size_t replication)>;

/// The system with the least mean, by the fully sequential procedure KN with c = 1: variances of paired differences
/// from the first stage, then one replication a round, and a system goes as soon as another's mean is smaller by more
/// than an allowance that shrinks to 0. Whoever wants the greatest negates.
/// The promise is exact for normal independent replications. A system alone is chosen without a sample.
/// @param systems  >= 1
/// @source Kim and Nelson, A fully sequential procedure for indifference-zone selection in simulation, ACM TOMACS
///   11(3), 2001.
Selection select_least(std::size_t systems, const SelectionRule& rule, const SystemSample& sample);

/// KN's h^2 = 2 c eta (n0 - 1) for c = 1: by how many first-stage variances over indifference^2 a pair may be sampled.
/// @param systems  >= 2
double kim_nelson_h2(std::size_t systems, const SelectionRule& rule);

}  // namespace towtank
