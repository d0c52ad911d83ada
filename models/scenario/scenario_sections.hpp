#pragma once

#include "models/scenario/scenario.hpp"
#include "models/scenario/section_reader.hpp"

/// The sections of `spec:`, one function and one .cpp each. They gather what is wrong in the reading they are given.
namespace towtank::scenario {

void read_cluster_section(SectionReader& spec, Cluster& cluster);
void read_edge_section(SectionReader& spec, std::vector<EdgeSpec>& edges);
void read_ingress_section(SectionReader& spec, std::vector<IngressSpec>& ingress);
void read_pods_section(SectionReader& spec, std::vector<PodModel>& pods);
void read_traffic_section(SectionReader& spec, std::vector<Traffic>& traffic);
void read_run_section(SectionReader& spec, Run& run);
/// @param traffic  must have been read: objectives name it
void read_objectives_section(SectionReader& spec, const std::vector<Traffic>& traffic,
                             std::vector<Objective>& objectives);

/// Every kind of arrivals, in the order of the documentation.
std::vector<LawForm> arrival_forms();

/// A name of a balancing algorithm, or a map with its name and parameters; whether the name exists is not judged here.
Result<BalanceSpec> as_balance(const Value& value);

/// What is around a `balance`, that parameters of it need.
struct BalanceSurroundings {
  bool has_weights = false;  ///< some endpoints weigh more than others
  bool can_check = true;     ///< health checks may be asked for
  bool has_checks = false;   ///< ... and are
};

/// Lists the parameters of the section's `balance` that say nothing of a cluster whose endpoints stay as they are, or
/// nothing without others.
void note_idle_parameters(SectionReader& section, const BalanceSurroundings& around);

/// `Deployment/shop` or `Deployment/NAMESPACE/shop`.
Result<ObjectRef> as_object_ref(std::string_view text, const Mark& mark);

}  // namespace towtank::scenario
