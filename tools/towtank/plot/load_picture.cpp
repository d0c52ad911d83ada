#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>

#include "tools/towtank/output/folder.hpp"
#include "tools/towtank/plot/pictures.hpp"

namespace towtank::tool {
namespace {

struct LoadCurve {
  std::string variant;
  std::vector<const LoadCurveRow*> points;  // by load
  std::optional<double> ceiling;
};

std::vector<LoadCurve> load_curves_of(const std::vector<LoadCurveRow>& rows, const std::string& traffic) {
  std::vector<LoadCurve> curves;
  for (const LoadCurveRow& row : rows) {
    if (row.traffic != traffic) continue;
    auto curve =
        std::find_if(curves.begin(), curves.end(), [&](const LoadCurve& c) { return c.variant == row.variant; });
    if (curve == curves.end()) curve = curves.insert(curves.end(), LoadCurve{row.variant, {}, {}});
    if (row.state == "overloaded") curve->ceiling = row.load;
    if (row.p99_ms.value) curve->points.push_back(&row);
  }
  const auto is_empty = [](const LoadCurve& curve) { return curve.points.empty(); };
  curves.erase(std::remove_if(curves.begin(), curves.end(), is_empty), curves.end());
  for (LoadCurve& curve : curves)
    std::stable_sort(curve.points.begin(), curve.points.end(),
                     [](const auto* a, const auto* b) { return a->load < b->load; });
  return curves;
}

struct LoadRange {
  double smallest = 0.0, largest = 0.0;  ///< of the latencies > 0, in ms
  double furthest = 0.0;                 ///< load
};

LoadRange load_range_of(const std::vector<LoadCurve>& curves) {
  LoadRange range;
  for (const LoadCurve& curve : curves) {
    range.furthest = std::max(range.furthest, curve.ceiling.value_or(0.0));
    for (const LoadCurveRow* point : curve.points) {
      range.furthest = std::max(range.furthest, point->load);
      for (const std::optional<double>& ms : {point->mean_ms.value, point->p99_ms.value, point->p99_ms.high}) {
        if (!ms || !(*ms > 0.0)) continue;
        range.smallest = range.smallest == 0.0 ? *ms : std::min(range.smallest, *ms);
        range.largest = std::max(range.largest, *ms);
      }
    }
  }
  return range;
}

/// Columns: load, p99, low, high, mean; one block per variant.
std::string load_data(const std::vector<LoadCurve>& curves, bool log_scale) {
  std::string text = "# load, latency_p99_ms, ci_low_ms, ci_high_ms, latency_mean_ms\n";
  for (const LoadCurve& curve : curves) {
    for (const LoadCurveRow* point : curve.points) {
      std::optional<double> low = point->p99_ms.low, high = point->p99_ms.high;
      if (!low || !high || (log_scale && *low <= 0.0)) low = high = std::nullopt;
      if (log_scale && *point->p99_ms.value <= 0.0) continue;
      text += fmt::format("{} {} {} {} {}\n", data_number(point->load), data_number(point->p99_ms.value),
                          data_number(low), data_number(high), data_number(point->mean_ms.value));
    }
    text += "\n\n";
  }
  return text;
}

/// Up to the top of the load_picture, at the load where a variant saturates.
std::string ceiling_lines(const std::vector<LoadCurve>& curves) {
  std::string text;
  for (std::size_t i = 0; i < curves.size(); ++i)
    if (curves[i].ceiling)
      text += fmt::format("set arrow from first {0:g}, graph 0 to first {0:g}, graph 1 nohead lc rgb {1} lw 1.5 dt 3\n",
                          *curves[i].ceiling, line_colour(i));
  return text;
}

Picture load_picture(const std::string& traffic, const std::string& name, const std::vector<LoadCurve>& curves,
                     const std::vector<std::string>& formats) {
  const LoadRange range = load_range_of(curves);
  const bool log_scale = wants_logarithm(range.smallest, range.largest);
  std::string commands = fmt::format("set title {}\n", gnuplot_quoted("Latency of " + traffic + " over load"));
  commands += "set border 3 lc rgb '#606060'\nset grid lt 1 lc rgb '#E4E4E4' lw 1\n";
  commands +=
      fmt::format("set key tmargin left horizontal Left reverse samplen 3 maxcols {}\n", curves.size() > 3 ? 3 : 4);
  commands +=
      fmt::format("set xrange [0:{:g}]\nset xtics nomirror\nset xlabel 'load (spec.load)'\n", range.furthest * 1.03);
  commands += fmt::format("set ylabel 'latency (ms{})'\n", log_scale ? ", logarithmic" : "");
  commands += log_scale ? logarithmic_latency(range.smallest, range.largest)
                        : std::string{"set yrange [0:*]\nset ytics nomirror\n"};
  commands += ceiling_lines(curves) + "plot \\\n";
  for (std::size_t i = 0; i < curves.size(); ++i)
    commands += fmt::format(
        "  '{}.dat' index {} using 1:3:4 with filledcurves fc rgb {} fs transparent solid 0.18 "
        "noborder notitle, \\\n",
        name, i, line_colour(i));
  for (std::size_t i = 0; i < curves.size(); ++i)
    commands += fmt::format("  '{}.dat' index {} using 1:2 with linespoints {} pt 7 ps 0.6 title {}, \\\n", name, i,
                            line_style(i), gnuplot_quoted(curves[i].variant + " p99"));
  for (std::size_t i = 0; i < curves.size(); ++i)
    commands += fmt::format("  '{}.dat' index {} using 1:5 with lines lc rgb {} lw 1.2 dt 2 title {}, \\\n", name, i,
                            line_colour(i), gnuplot_quoted(curves[i].variant + " mean"));
  commands +=
      "  NaN with filledcurves fc rgb '#808080' fs transparent solid 0.3 noborder "
      "title 'band: interval of simulation noise', \\\n"
      "  NaN with lines lc rgb '#606060' lw 1.5 dt 3 title 'saturated from here on'\n";
  const int legend_rows = static_cast<int>(2 * curves.size() + 2) / 3;
  return {name, script(name, formats, 1200, 720 + 26 * legend_rows, commands), load_data(curves, log_scale)};
}

}  // namespace

std::vector<Picture> load_pictures(const std::vector<LoadCurveRow>& rows, const std::vector<std::string>& formats) {
  std::vector<std::string> traffics;
  for (const LoadCurveRow& row : rows)
    if (std::find(traffics.begin(), traffics.end(), row.traffic) == traffics.end()) traffics.push_back(row.traffic);
  std::vector<Picture> pictures;
  std::set<std::string> names;
  for (const std::string& traffic : traffics) {
    const std::vector<LoadCurve> curves = load_curves_of(rows, traffic);
    if (curves.empty()) continue;
    const std::string base = "load-" + safe_file_name(traffic);
    std::string name = base;
    for (int copy = 2; !names.insert(name).second; ++copy) name = fmt::format("{}-{}", base, copy);
    pictures.push_back(load_picture(traffic, name, curves, formats));
  }
  return pictures;
}

}  // namespace towtank::tool
