#include <fmt/core.h>

#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/interrupt.hpp"
#include "tools/towtank/output/balancer_bench.hpp"
#include "tools/towtank/progress.hpp"
#include "tools/towtank/terminal.hpp"

namespace towtank::tool {
namespace {

constexpr std::uint32_t kBenchedEndpoints[] = {3, 64, 1'000, 10'000};

BalancerBench benched(const BalancersRequest& request, const HeapMeter& heap, ProgressLine& progress) {
  BalancerBench bench;
  bench.options.seed = request.seed;
  std::vector<std::uint32_t> sizes{std::begin(kBenchedEndpoints), std::end(kBenchedEndpoints)};
  if (request.endpoints) {
    bench.options.endpoints = *request.endpoints;
    sizes = {*request.endpoints};
  }
  SerialExecutor one_by_one;
  for (const BalancerInfo* info : request.algorithms) {
    progress.show(fmt::format("{}  {}/{} algorithms", info->name, bench.rows.size(), request.algorithms.size()));
    BalancerBench::Row row{info, {}, {}};
    for (const std::uint32_t endpoints : sizes)
      if (!progress.stop_requested()) row.costs.push_back(balancer_cost(*info, endpoints, {.seed = request.seed}, heap));
    if (progress.stop_requested()) break;
    row.quality = balancer_quality(*info, bench.options, one_by_one);
    bench.rows.push_back(std::move(row));
  }
  bench.complete = bench.rows.size() == request.algorithms.size();
  return bench;
}

}  // namespace

ExitStatus bench_balancers(const BalancersRequest& request, const HeapMeter& heap, const Streams& streams) {
  Terminal terminal = terminal_of(streams.err);
  if (request.quiet) terminal.is_terminal = false;
  const StopOnSignal stop_on_signal;
  BalancerBench bench;
  {
    ProgressLine progress{streams.err, terminal, request.algorithms.size()};
    bench = benched(request, heap, progress);
  }
  const Terminal out = terminal_of(streams.out);
  const BenchStyle style{.quiet = request.quiet, .unicode = out.unicode, .width = out.width};
  const std::string text = request.format == OutputFormat::json       ? balancer_bench_json(bench)
                           : request.format == OutputFormat::markdown ? balancer_bench_markdown(bench, style)
                                                                      : balancer_bench_text(bench, style);
  return print_answer(text, streams, bench.complete ? ExitStatus::done : ExitStatus::partial);
}

}  // namespace towtank::tool
