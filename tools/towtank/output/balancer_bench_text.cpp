#include <fmt/core.h>

#include "tools/towtank/output/balancer_bench.hpp"
#include "tools/towtank/output/markdown_text.hpp"
#include "tools/towtank/output/numbers.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

using BenchRow = BalancerBench::Row;
using Cells = std::vector<std::string>;

/// 1000 -> 1,000
std::string thousands(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string short_time(double ns) {
  if (ns < 1e3) return significant(ns) + " ns";
  const TimeUnit unit = time_unit_for(ns * 1e-6);
  return significant(ns * 1e-6 / unit.milliseconds) + ' ' + unit.name;
}

std::string bytes_text(const BalancerCost& cost) {
  if (!cost.bytes) return "-";
  const auto bytes = static_cast<double>(*cost.bytes);
  if (bytes < 1024.0) return significant(bytes) + " B";
  return bytes < 1024.0 * 1024.0 ? significant(bytes / 1024.0) + " KiB" : significant(bytes / 1024.0 / 1024.0) + " MiB";
}

report::Estimate in_ms(const Interval& seconds) {
  report::Estimate estimate;
  estimate.value = seconds.estimate * 1e3;
  if (seconds.resolved) estimate.low = seconds.low * 1e3, estimate.high = seconds.high * 1e3;
  return estimate;
}

/// One of the parts into which the table is cut, as one would be too wide.
struct Part {
  std::string title;
  Cells head;
  std::vector<Cells> rows;
};

Part cost_part(const BalancerBench& bench, std::string title, const auto& cell) {
  Part part{std::move(title), {"algorithm"}, {}};
  for (const BalancerCost& cost : bench.rows.front().costs) part.head.push_back(thousands(cost.endpoints));
  for (const BenchRow& row : bench.rows) {
    part.rows.push_back({std::string{row.info->name}});
    for (const BalancerCost& cost : row.costs) part.rows.back().push_back(cell(cost));
  }
  return part;
}

Cells quality_cells(const BenchRow& row, bool unicode) {
  const BalancerQuality& quality = row.quality;
  Cells cells{std::string{row.info->name}, with_decimals(quality.max_over_mean, 3),
              quality.moved ? percentage(*quality.moved) : "-"};
  if (quality.overload) {
    cells.push_back("overload " + significant(*quality.overload));
    cells.push_back("-");
  } else {
    for (const Interval& sojourn : {quality.mean_s, quality.p99_s})
      cells.push_back(sojourn.resolved ? with_half_width(in_ms(sojourn), 1.0, unicode) : "unresolved");
  }
  return cells;
}

std::vector<Part> parts_of(const BalancerBench& bench, bool unicode) {
  std::vector<Part> parts;
  parts.push_back(cost_part(bench, "Nanoseconds per pick, by endpoints",
                            [](const BalancerCost& cost) { return significant(cost.pick_ns); }));
  parts.push_back(cost_part(bench, "Memory of one instance, by endpoints", bytes_text));
  parts.push_back(cost_part(bench, "Rebuild when one endpoint leaves or comes back, by endpoints",
                            [](const BalancerCost& cost) { return short_time(cost.rebuild_ns); }));
  const BalancerQuality& quality = bench.rows.front().quality;
  Part part{fmt::format("Quality, {} endpoints", thousands(quality.endpoints)),
            {"algorithm", "max/mean", "moved", "mean sojourn, ms", "p99, ms"},
            {}};
  for (const BenchRow& row : bench.rows) part.rows.push_back(quality_cells(row, unicode));
  parts.push_back(std::move(part));
  return parts;
}

std::vector<std::string> notes_of(const BalancerBench& bench) {
  using Q = QualityOptions;
  const BalancerQuality& quality = bench.rows.front().quality;
  const bool counted = bench.rows.front().costs.front().bytes.has_value();
  std::vector<std::string> notes;
  notes.push_back(
      fmt::format("Times are CPU times of this machine and this moment, the median of five batches, or of fewer where one takes long: run again before "
                  "you believe a small "
                  "difference. All else is exact for seed {}.",
                  bench.options.seed));
  notes.push_back(
      "Pick: with `started` and `finished` where the algorithm asks for them, as many requests in flight as endpoints, "
      "each "
      "from another address. Where the cost grows with the endpoints because the product looks at all of them, "
      "`towtank balancers` says so.");
  notes.push_back(counted
                      ? "Memory: what an instance holds of the heap after 2,000 picks, as many of them in flight as "
                        "there are endpoints, 2,000 at most, counted by `operator new` "
                        "as the allocator rounds it."
                      : "Memory: not counted in this build, whose allocator does not tell the size of what it gives.");
  notes.push_back(fmt::format(
      "max/mean: picks of the endpoint that gets most over the mean, after {} picks with {} requests in flight. The fewer an endpoint "
      "gets the more of it is chance: compare with `random`.",
      thousands(quality.picks), thousands(quality.endpoints)));
  notes.push_back(
      fmt::format("moved: of {} callers (an address, a cookie and a flow each), those who are sent elsewhere when one "
                  "endpoint leaves "
                  "that is not theirs; mean over {} that leave. The callers of the one that leaves, {} of all where "
                  "they are even, must move "
                  "and are not counted. - = callers are not kept at an endpoint at all.",
                  thousands(Q::kCallers), Q::kLeavers, percentage(1.0 / quality.endpoints)));
  notes.push_back(
      fmt::format("Sojourn: waiting and service at {} endpoints of one first-come-first-served worker each behind ONE "
                  "instance; Poisson "
                  "arrivals, exponential service of mean {} ms, utilization {}; {} replications with the same requests "
                  "for all, 95 % "
                  "intervals. Drawn at random it would be {} ms in the mean. `overload X`: the busiest endpoint is "
                  "sent X times what it "
                  "can serve, and its queue grows without end. unresolved: the interval is wider than a tenth to either side, as at the verge of overload. p99: "
                  "the mean of the replications' own.",
                  thousands(quality.simulated_endpoints), Q::kService / 1ms, significant(Q::kUtilization),
                  bench.options.replications, significant(to_seconds(Q::kService) * 1e3 / (1.0 - Q::kUtilization))));
  if (quality.simulated_endpoints < quality.endpoints)
    notes.push_back(fmt::format("It is simulated with {} endpoints at most.", thousands(Q::kMostSimulated)));
  return notes;
}

}  // namespace

std::string balancer_bench_text(const BalancerBench& bench, const BenchStyle& style) {
  std::string text;
  if (bench.rows.empty()) return "Interrupted before the first algorithm was done.\n";
  for (const Part& part : parts_of(bench, style.unicode)) {
    Grid grid{{Align::left}};
    grid.row(part.head);
    for (const Cells& row : part.rows) grid.row(row);
    text += (text.empty() ? "" : "\n") + part.title + '\n' + grid.text(2);
  }
  if (!bench.complete) text += "\nInterrupted: algorithms are missing.\n";
  if (style.quiet) return text;
  text += '\n';
  for (const std::string& note : notes_of(bench)) text += wrapped(note, style.width, 0) + '\n';
  return text;
}

std::string balancer_bench_markdown(const BalancerBench& bench, const BenchStyle& style) {
  std::string text;
  if (bench.rows.empty()) return "Interrupted before the first algorithm was done.\n";
  for (const Part& part : parts_of(bench, true)) {
    text += (text.empty() ? "**" : "\n**") + markdown_literal(part.title) + "**\n\n";
    text += markdown_row(part.head);
    Cells rule(part.head.size(), "---:");
    rule.front() = "---";
    text += markdown_row(rule);
    for (const Cells& row : part.rows) {
      Cells cells;
      for (const std::string& cell : row) cells.push_back(cells.empty() ? '`' + cell + '`' : markdown_literal(cell));
      text += markdown_row(cells);
    }
  }
  if (!bench.complete) text += "\nInterrupted: algorithms are missing.\n";
  if (style.quiet) return text;
  text += '\n';
  for (const std::string& note : notes_of(bench)) text += bullet(markdown_literal(note));
  return text;
}

}  // namespace towtank::tool
