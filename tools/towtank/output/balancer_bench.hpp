#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/study/balancer_quality.hpp"
#include "tools/towtank/benched/balancer_cost.hpp"

namespace towtank::tool {

/// Algorithms side by side.
struct BalancerBench {
  struct Row {
    const BalancerInfo* info = nullptr;
    std::vector<BalancerCost> costs;  ///< by number of endpoints, the same numbers in every row
    BalancerQuality quality;
  };

  std::vector<Row> rows;
  QualityOptions options;
  bool complete = true;  ///< false: somebody ended it, and rows are missing
};

struct BenchStyle {
  bool quiet = false;  ///< without the explanations
  bool unicode = false;
  std::size_t width = 100;
};

std::string balancer_bench_text(const BalancerBench& bench, const BenchStyle& style);
std::string balancer_bench_markdown(const BalancerBench& bench, const BenchStyle& style);
/// Times in ns, sojourns in ms, shares 0..1. What is not known is null.
std::string balancer_bench_json(const BalancerBench& bench);

}  // namespace towtank::tool
