#include "tools/towtank/output/balancer_bench.hpp"
#include "tools/towtank/output/json.hpp"

namespace towtank::tool {
namespace {

Json interval_json(const Interval& seconds, bool is_known) {
  Json json;
  const bool has_ends = is_known && seconds.resolved;
  json["value"] = is_known ? Json(seconds.estimate * 1e3) : Json();
  json["low"] = has_ends ? Json(seconds.low * 1e3) : Json();
  json["high"] = has_ends ? Json(seconds.high * 1e3) : Json();
  return json;
}

Json quality_json(const BalancerQuality& quality) {
  Json json;
  json["endpoints"] = quality.endpoints;
  json["picks"] = quality.picks;
  json["maxOverMean"] = quality.max_over_mean;
  json["moved"] = quality.moved ? Json(*quality.moved) : Json();
  json["simulatedEndpoints"] = quality.simulated_endpoints;
  json["utilization"] = QualityOptions::kUtilization;
  json["overload"] = quality.overload ? Json(*quality.overload) : Json();
  json["sojournMeanMs"] = interval_json(quality.mean_s, !quality.overload && quality.mean_s.resolved);
  json["sojournP99Ms"] = interval_json(quality.p99_s, !quality.overload && quality.p99_s.resolved);
  return json;
}

}  // namespace

std::string balancer_bench_json(const BalancerBench& bench) {
  Json rows = Json::array();
  for (const BalancerBench::Row& row : bench.rows) {
    Json costs = Json::array();
    for (const BalancerCost& cost : row.costs)
      costs.push_back({{"endpoints", cost.endpoints},
                       {"pickNs", cost.pick_ns},
                       {"bytes", cost.bytes ? Json(*cost.bytes) : Json()},
                       {"rebuildNs", cost.rebuild_ns}});
    rows.push_back({{"name", row.info->name},
                    {"written", row.info->written()},
                    {"products", row.info->products},
                    {"costs", std::move(costs)},
                    {"quality", quality_json(row.quality)}});
  }
  Json json;
  json["schemaVersion"] = 1;
  json["complete"] = bench.complete;
  json["seed"] = bench.options.seed;
  json["replications"] = bench.options.replications;
  json["confidence"] = QualityOptions::kConfidence;
  json["balancers"] = std::move(rows);
  return json_text(json);
}

}  // namespace towtank::tool
