#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tools/towtank/output/folder.hpp"
#include "tools/towtank/plot/pictures.hpp"

namespace towtank::tool {
namespace {

constexpr std::size_t kFewestRanked = 5;  ///< of fewer the curves by percentile tell the same at a glance

std::vector<const report::LatencyRow*> p99_by_rank(const std::vector<report::LatencyRow>& rows,
                                                   const std::string& traffic) {
  std::vector<const report::LatencyRow*> found;
  for (const report::LatencyRow& row : rows)
    if (row.traffic == traffic && std::abs(row.percentile - 99.0) < 1e-6 && row.latency_ms.value) found.push_back(&row);
  std::stable_sort(found.begin(), found.end(),
                   [](const auto* a, const auto* b) { return *a->latency_ms.value < *b->latency_ms.value; });
  return found;
}

/// Columns: p99, low, high, place from the bottom, the best at the top.
std::string ranking_data(const std::vector<const report::LatencyRow*>& ranked) {
  std::string text = "# latency_p99_ms, ci_low_ms, ci_high_ms, place from the bottom\n";
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const report::Estimate& p99 = ranked[i]->latency_ms;
    const bool has_interval = p99.low && p99.high;
    text += fmt::format("{} {} {} {}\n", data_number(p99.value), data_number(has_interval ? p99.low : p99.value),
                        data_number(has_interval ? p99.high : p99.value), ranked.size() - i);
  }
  return text;
}

Picture ranking_picture(const std::string& traffic, const std::string& name,
                        const std::vector<const report::LatencyRow*>& ranked, const std::vector<std::string>& formats) {
  std::string ticks;
  for (std::size_t i = 0; i < ranked.size(); ++i)
    ticks += fmt::format("{}{} {}", i == 0 ? "" : ", ", gnuplot_quoted(ranked[i]->variant), ranked.size() - i);
  std::string commands =
      fmt::format("set title {}\n", gnuplot_quoted("Variants by p99 of " + traffic + ", the best on top"));
  commands += "set border 3 lc rgb '#606060'\nset grid lt 1 lc rgb '#E4E4E4' lw 1\nset key off\n";
  commands += fmt::format("set ytics ({}) nomirror\nset yrange [0.4:{}.6]\n", ticks, ranked.size());
  const double best = *ranked.front()->latency_ms.value, worst = *ranked.back()->latency_ms.value;
  const bool log_scale = wants_logarithm(best, worst);
  commands += log_scale ? fmt::format("set logscale x\nset xrange [{:g}:{:g}]\n", 0.5 * best, 2.0 * worst)
                        : std::string{"set xrange [0:*]\n"};
  commands += fmt::format("set xtics nomirror\nset xlabel 'p99 latency (ms{}), bar: interval of simulation noise'\n",
                          log_scale ? ", logarithmic" : "");
  commands += fmt::format("plot '{}.dat' using 1:4:2:3 with xerrorbars {} pt 7 ps 1.1 notitle\n", name, line_style(0));
  return {name, script(name, formats, 1200, 160 + 34 * static_cast<int>(ranked.size()), commands),
          ranking_data(ranked)};
}

}  // namespace

std::vector<Picture> ranking_pictures(const std::vector<report::LatencyRow>& rows,
                                      const std::vector<std::string>& formats) {
  std::vector<std::string> traffics;
  for (const report::LatencyRow& row : rows)
    if (std::find(traffics.begin(), traffics.end(), row.traffic) == traffics.end()) traffics.push_back(row.traffic);
  std::vector<Picture> pictures;
  std::set<std::string> names;
  for (const std::string& traffic : traffics) {
    const std::vector<const report::LatencyRow*> ranked = p99_by_rank(rows, traffic);
    if (ranked.size() < kFewestRanked) continue;
    const std::string base = "ranking-" + safe_file_name(traffic);
    std::string name = base;
    for (int copy = 2; !names.insert(name).second; ++copy) name = fmt::format("{}-{}", base, copy);
    pictures.push_back(ranking_picture(traffic, name, ranked, formats));
  }
  return pictures;
}

}  // namespace towtank::tool
