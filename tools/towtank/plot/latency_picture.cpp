#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tools/towtank/output/folder.hpp"
#include "tools/towtank/plot/pictures.hpp"

namespace towtank::tool {
namespace {

using report::LatencyRow;

struct Curve {
  std::string variant;
  std::vector<const LatencyRow*> points;  // by percentile
};

/// Where a percentile stands: 50 at 0.30, 90 at 1, 99 at 2, 99.9 at 3.
double place(double percentile) { return 0.0 - std::log10(1.0 - percentile / 100.0); }

std::vector<Curve> curves_of(const std::vector<LatencyRow>& rows, const std::string& traffic) {
  std::vector<Curve> curves;
  for (const LatencyRow& row : rows) {
    if (row.traffic != traffic || !row.latency_ms.value) continue;
    if (row.percentile < 0.0 || row.percentile >= 100.0) continue;
    auto curve = std::find_if(curves.begin(), curves.end(), [&](const Curve& c) { return c.variant == row.variant; });
    if (curve == curves.end()) curve = curves.insert(curves.end(), Curve{row.variant, {}});
    curve->points.push_back(&row);
  }
  for (Curve& curve : curves) {
    std::stable_sort(curve.points.begin(), curve.points.end(),
                     [](const auto* a, const auto* b) { return a->percentile < b->percentile; });
  }
  return curves;
}

struct Range {
  double smallest = 0.0, largest = 0.0;  ///< of the latencies > 0, in ms
  double furthest = 0.0;                 ///< place of the last percentile
};

Range range_of(const std::vector<Curve>& curves) {
  Range range;
  for (const Curve& curve : curves) {
    for (const LatencyRow* point : curve.points) {
      const double ms = *point->latency_ms.value;
      if (ms > 0.0) range.smallest = range.smallest == 0.0 ? ms : std::min(range.smallest, ms);
      range.largest = std::max({range.largest, ms, point->latency_ms.high.value_or(0.0)});
      range.furthest = std::max(range.furthest, place(point->percentile));
    }
  }
  return range;
}

/// Columns: place, percentile, latency, low, high; one block per variant.
std::string data_text(const std::vector<Curve>& curves, bool log_scale) {
  std::string text = "# place on the axis -log10(1 - percentile/100), percentile, latency_ms, ci_low_ms, ci_high_ms\n";
  for (const Curve& curve : curves) {
    for (const LatencyRow* point : curve.points) {
      std::optional<double> low = point->latency_ms.low;
      std::optional<double> high = point->latency_ms.high;
      if (!low || !high || (log_scale && *low <= 0.0)) low = high = std::nullopt;
      if (log_scale && *point->latency_ms.value <= 0.0) continue;
      text += fmt::format("{:.6f} {} {} {} {}\n", place(point->percentile), data_number(point->percentile),
                          data_number(point->latency_ms.value), data_number(low), data_number(high));
    }
    text += "\n\n";
  }
  return text;
}

std::string axes(const Range& range, bool log_scale) {
  std::string ticks;
  const std::pair<const char*, double> places[] = {{"0", 0},       {"50", 50},       {"75", 75},
                                                   {"90", 90},     {"95", 95},       {"99", 99},
                                                   {"99.9", 99.9}, {"99.99", 99.99}, {"99.999", 99.999}};
  for (const auto& [label, percentile] : places) {
    ticks += fmt::format("{}'{}' {:.6f}", ticks.empty() ? "" : ", ", label, place(percentile));
  }
  std::string text =
      fmt::format("set xtics ({}) nomirror\nset xrange [0:{:.6f}]\n", ticks, std::max(range.furthest * 1.01, 0.5));
  text += fmt::format("set xlabel 'percentile of requests (%)'\nset ylabel 'latency (ms{})'\n",
                      log_scale ? ", logarithmic" : "");
  if (!log_scale) return text + "set yrange [0:*]\nset ytics nomirror\n";
  return text + logarithmic_latency(range.smallest, range.largest);
}

Picture picture(const std::string& traffic, const std::string& name, const std::vector<Curve>& curves,
                const std::vector<std::string>& formats) {
  const Range range = range_of(curves);
  const bool log_scale = wants_logarithm(range.smallest, range.largest);
  std::string commands = fmt::format("set title {}\n", gnuplot_quoted("Latency of " + traffic + " by percentile"));
  commands += "set border 3 lc rgb '#606060'\nset grid lt 1 lc rgb '#E4E4E4' lw 1\n";
  commands +=
      fmt::format("set key tmargin left horizontal Left reverse samplen 3 maxcols {}\n", curves.size() > 3 ? 3 : 4);
  commands += axes(range, log_scale) + "plot \\\n";
  for (std::size_t i = 0; i < curves.size(); ++i) {
    commands += fmt::format(
        "  '{}.dat' index {} using 1:4:5 with filledcurves fc rgb {} fs transparent solid 0.18 "
        "noborder notitle, \\\n",
        name, i, line_colour(i));
  }
  for (std::size_t i = 0; i < curves.size(); ++i) {
    commands += fmt::format("  '{}.dat' index {} using 1:3 with lines {} title {}, \\\n", name, i, line_style(i),
                            gnuplot_quoted(curves[i].variant));
  }
  commands +=
      "  NaN with filledcurves fc rgb '#808080' fs transparent solid 0.3 noborder "
      "title 'band: interval of simulation noise'\n";
  const int legend_rows = static_cast<int>(curves.size() + 1) / 3;
  return {name, script(name, formats, 1200, 720 + 26 * legend_rows, commands), data_text(curves, log_scale)};
}

}  // namespace

std::vector<Picture> latency_pictures(const std::vector<LatencyRow>& rows, const std::vector<std::string>& formats) {
  std::vector<std::string> traffics;
  for (const LatencyRow& row : rows) {
    if (std::find(traffics.begin(), traffics.end(), row.traffic) == traffics.end()) traffics.push_back(row.traffic);
  }
  std::vector<Picture> pictures;
  std::set<std::string> names;
  for (const std::string& traffic : traffics) {
    const std::vector<Curve> curves = curves_of(rows, traffic);
    if (curves.empty()) continue;
    std::string name = "latency-" + safe_file_name(traffic);
    for (int copy = 2; !names.insert(name).second; ++copy)
      name = fmt::format("latency-{}-{}", safe_file_name(traffic), copy);
    pictures.push_back(picture(traffic, name, curves, formats));
  }
  return pictures;
}

}  // namespace towtank::tool
