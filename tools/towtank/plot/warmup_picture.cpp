#include <fmt/core.h>

#include <algorithm>

#include "tools/towtank/plot/pictures.hpp"

namespace towtank::tool {
namespace {

constexpr double kShownWarmups = 10.0, kShownSlices = 20.0;

}  // namespace

std::vector<Picture> warmup_pictures(const std::vector<report::WarmupRow>& rows,
                                     const std::vector<std::string>& formats) {
  if (rows.empty()) return {};
  std::vector<std::string> variants;
  double end_s = 0.0, warmup_s = 0.0;
  for (const report::WarmupRow& row : rows) {
    if (std::find(variants.begin(), variants.end(), row.variant) == variants.end()) variants.push_back(row.variant);
    end_s = std::max(end_s, row.t_s);
    warmup_s = std::max(warmup_s, row.warmup_s);
  }
  // What comes long after is of no interest here.
  const double slice_s = rows.size() > 1 ? rows[1].t_s - rows[0].t_s : 0.0;
  if (warmup_s > 0.0) end_s = std::min(end_s, std::max(kShownWarmups * warmup_s, kShownSlices * slice_s));
  std::string data = "# t_s, jobs_mean, ci_low, ci_high\n";
  for (const std::string& variant : variants) {
    for (const report::WarmupRow& row : rows)
      if (row.variant == variant && row.jobs.value)
        data += fmt::format("{} {} {} {}\n", data_number(row.t_s), data_number(row.jobs.value),
                            data_number(row.jobs.low), data_number(row.jobs.high));
    data += "\n\n";
  }
  const std::string name = "warmup";
  std::string commands = "set title 'Jobs at all pods from the start: is the warm-up long enough?'\n";
  commands += "set border 3 lc rgb '#606060'\nset grid lt 1 lc rgb '#E4E4E4' lw 1\n";
  commands +=
      fmt::format("set key tmargin left horizontal Left reverse samplen 3 maxcols {}\n", variants.size() > 3 ? 3 : 4);
  commands += fmt::format("set xrange [0:{:g}]\nset xtics nomirror\nset xlabel 'simulated time (s)'\n", end_s);
  commands += "set yrange [0:*]\nset ytics nomirror\nset ylabel 'jobs, mean of the replications'\n";
  if (warmup_s > 0.0)
    commands += fmt::format(
        "set object 1 rectangle from 0, graph 0 to {0:g}, graph 1 behind fc rgb '#F0F0F0' fs noborder\n"
        "set label 1 'measured from here on' at {0:g}, graph 0.96 left offset 0.5 tc rgb '#606060'\n",
        warmup_s);
  commands += "plot \\\n";
  for (std::size_t i = 0; i < variants.size(); ++i)
    commands += fmt::format(
        "  '{}.dat' index {} using 1:3:4 with filledcurves fc rgb {} fs transparent solid 0.18 noborder notitle, \\\n",
        name, i, line_colour(i));
  for (std::size_t i = 0; i < variants.size(); ++i)
    commands += fmt::format("  '{}.dat' index {} using 1:2 with lines {} title {}{}\n", name, i, line_style(i),
                            gnuplot_quoted(variants[i]), i + 1 < variants.size() ? ", \\" : "");
  const int legend_rows = static_cast<int>(variants.size() + 2) / 3;
  return {{name, script(name, formats, 1200, 620 + 26 * legend_rows, commands), data}};
}

}  // namespace towtank::tool
