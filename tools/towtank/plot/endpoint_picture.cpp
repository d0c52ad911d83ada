#include <fmt/core.h>

#include <algorithm>

#include "tools/towtank/plot/pictures.hpp"

namespace towtank::tool {
namespace {

using report::EndpointRow;

constexpr std::size_t kMostBarsGroups = 40;
constexpr const char* kName = "endpoint-load";
/// Share of the room of a group that its bars take.
constexpr double kGroupWidth = 0.8;

/// The loads of one variant by endpoint; null where the variant lacks it.
struct Series {
  std::string variant;
  std::vector<const EndpointRow*> rows;
};

struct Loads {
  std::vector<std::string> endpoints;
  std::vector<Series> series;
};

template <class Items, class Name>
std::size_t index_of(Items& items, const Name& name_of, const std::string& name) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (name_of(items[i]) == name) return i;
  }
  return items.size();
}

Loads gather(const std::vector<EndpointRow>& rows) {
  Loads loads;
  for (const EndpointRow& row : rows) {
    if (!row.relative_load.value) continue;
    const std::size_t e = index_of(
        loads.endpoints, [](const std::string& name) { return name; }, row.endpoint);
    if (e == loads.endpoints.size()) loads.endpoints.push_back(row.endpoint);
    const std::size_t s = index_of(
        loads.series, [](const Series& one) { return one.variant; }, row.variant);
    if (s == loads.series.size()) loads.series.push_back({row.variant, {}});
    auto& cells = loads.series[s].rows;
    if (cells.size() <= e) cells.resize(e + 1, nullptr);
    cells[e] = &row;
  }
  return loads;
}

/// Columns: x, relative load, low, high.
std::string line_text(double x, const EndpointRow& row) {
  return fmt::format("{:.6g} {} {} {}\n", x, data_number(row.relative_load.value), data_number(row.relative_load.low),
                     data_number(row.relative_load.high));
}

double bar_width(const Loads& loads) { return kGroupWidth / static_cast<double>(loads.series.size()); }

std::string bars_data(const Loads& loads) {
  std::string text = "# x, relative_load, ci_low, ci_high; one block per variant\n";
  for (std::size_t s = 0; s < loads.series.size(); ++s) {
    for (std::size_t e = 0; e < loads.series[s].rows.size(); ++e) {
      const EndpointRow* row = loads.series[s].rows[e];
      const double x = static_cast<double>(e) - kGroupWidth / 2 + (static_cast<double>(s) + 0.5) * bar_width(loads);
      if (row != nullptr) text += line_text(x, *row);
    }
    text += "\n\n";
  }
  return text;
}

std::string ranks_data(const Loads& loads) {
  std::string text = "# rank, relative_load, ci_low, ci_high; one block per variant\n";
  for (const Series& series : loads.series) {
    std::vector<const EndpointRow*> rows = series.rows;
    rows.erase(std::remove(rows.begin(), rows.end(), nullptr), rows.end());
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto* a, const auto* b) { return *a->relative_load.value > *b->relative_load.value; });
    for (std::size_t i = 0; i < rows.size(); ++i) text += line_text(static_cast<double>(i + 1), *rows[i]);
    text += "\n\n";
  }
  return text;
}

std::string frame(const Loads& loads) {
  return fmt::format(
      "set title 'Load of each endpoint over the average'\n"
      "set ylabel 'relative load (1 = fair share)'\nset yrange [0:*]\nset ytics nomirror\n"
      "set border 3 lc rgb '#606060'\nset grid ytics lt 1 lc rgb '#E4E4E4' lw 1\n"
      "set key tmargin left horizontal Left reverse samplen 2 maxcols {}\n",
      loads.series.size() > 3 ? 3 : 4);
}

Picture bars(const Loads& loads, const std::vector<std::string>& formats) {
  std::string ticks;
  std::size_t letters = 0;
  for (std::size_t e = 0; e < loads.endpoints.size(); ++e) {
    ticks += fmt::format("{}{} {}", e == 0 ? "" : ", ", gnuplot_quoted(loads.endpoints[e]), e);
    letters += loads.endpoints[e].size() + 3;
  }
  const std::size_t bar_count = loads.endpoints.size() * loads.series.size();
  const int width = static_cast<int>(std::clamp<std::size_t>(240 + 26 * bar_count, 1200, 2400));
  const bool turned = letters * 11 > static_cast<std::size_t>(width);
  std::string commands = frame(loads);
  commands += fmt::format("set xtics ({}) nomirror scale 0{}\nset xrange [-0.6:{:.1f}]\n", ticks,
                          turned ? " rotate by -40" : "", static_cast<double>(loads.endpoints.size()) - 0.4);
  commands += fmt::format("set boxwidth {:.6g} absolute\nplot \\\n", bar_width(loads) * 0.92);
  for (std::size_t s = 0; s < loads.series.size(); ++s) {
    commands += fmt::format("  '{}.dat' index {} using 1:2 with boxes fc rgb {} fs solid {} noborder title {}, \\\n",
                            kName, s, line_colour(s), fill_strength(s), gnuplot_quoted(loads.series[s].variant));
  }
  for (std::size_t s = 0; s < loads.series.size(); ++s) {
    commands += fmt::format(
        "  '{}.dat' index {} using 1:3:(0):($4-$3) with vectors heads size graph 0.004,90 lc rgb '#202020' lw 1.5 {}, "
        "\\\n",
        kName, s, s == 0 ? "title 'interval of simulation noise'" : "notitle");
  }
  commands += "  1 with lines lc rgb '#202020' lw 1.5 dt 2 title 'fair share'\n";
  const int legend_rows = static_cast<int>(loads.series.size() + 2) / 3;
  return {kName, script(kName, formats, width, 660 + 26 * legend_rows + (turned ? 60 : 0), commands), bars_data(loads)};
}

Picture ranks(const Loads& loads, const std::vector<std::string>& formats) {
  std::string commands = frame(loads);
  commands += fmt::format("set xlabel 'endpoints, the busiest first'\nset xtics nomirror\nset xrange [1:{}]\nplot \\\n",
                          loads.endpoints.size());
  for (std::size_t s = 0; s < loads.series.size(); ++s) {
    commands += fmt::format(
        "  '{}.dat' index {} using 1:3:4 with filledcurves fc rgb {} fs transparent solid 0.18 "
        "noborder notitle, \\\n",
        kName, s, line_colour(s));
  }
  for (std::size_t s = 0; s < loads.series.size(); ++s) {
    commands += fmt::format("  '{}.dat' index {} using 1:2 with lines {} title {}, \\\n", kName, s, line_style(s),
                            gnuplot_quoted(loads.series[s].variant));
  }
  commands += "  1 with lines lc rgb '#202020' lw 1.5 dt 2 title 'fair share'\n";
  return {kName, script(kName, formats, 1200, 700, commands), ranks_data(loads)};
}

}  // namespace

std::vector<Picture> endpoint_pictures(const std::vector<EndpointRow>& rows, const std::vector<std::string>& formats) {
  const Loads loads = gather(rows);
  if (loads.endpoints.empty()) return {};
  return {loads.endpoints.size() <= kMostBarsGroups ? bars(loads, formats) : ranks(loads, formats)};
}

}  // namespace towtank::tool
