#include "models/study/objectives.hpp"

#include <algorithm>

namespace towtank {

namespace {

using Status = report::ObjectiveResult::Status;

Status judge(const report::Estimate& observed, const scenario::Objective& objective) {
  if (!observed.low || !observed.high) return Status::undecided;
  const bool met = objective.upper_bound ? *observed.high <= objective.bound : *observed.low >= objective.bound;
  const bool missed = objective.upper_bound ? *observed.low > objective.bound : *observed.high < objective.bound;
  return met ? Status::met : missed ? Status::missed : Status::undecided;
}

}  // namespace

void judge_objectives(const MeasuredStudy& study, report::Report& report) {
  for (std::size_t v = 0; v < study.runs.size(); ++v) {
    const VariantRun& run = study.runs[v];
    for (const scenario::Objective& objective : run.input->scenario.objectives) {
      const std::vector<std::string>& bound = objective.variants;
      if (!bound.empty() && std::find(bound.begin(), bound.end(), run.name()) == bound.end()) continue;
      report::ObjectiveResult result;
      result.text = objective.text;
      result.variant = run.name();
      result.status = run.is_simulated() && !run.drifts ? Status::undecided : Status::unstable;
      for (std::size_t t = 0; t < study.metrics[v].size(); ++t) {
        if (run.cluster().traffic[t].name != objective.traffic) continue;
        const Metric* metric = study.metrics[v][t].find(objective.metric);
        if (metric == nullptr) continue;
        result.observed = estimate_of(metric->interval, metric->scale);
        if (run.is_steady()) result.status = judge(result.observed, objective);
      }
      report.objectives.push_back(std::move(result));
    }
  }
}

}  // namespace towtank
