#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "tests/tools/towtank/fake_report.hpp"
#include "tests/tools/towtank/support.hpp"
#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/output/folder.hpp"
#include "tools/towtank/plot/pictures.hpp"
#include "tools/towtank/plot/results_reader.hpp"

namespace towtank::tool {
namespace {

using test::TestFolder;

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Ended {
  ExitStatus status = ExitStatus::done;
  std::string out, err;
};

Ended draw(const PlotRequest& request) {
  std::istringstream in;
  std::ostringstream out, err;
  const ExitStatus status = plot(request, {in, out, err});
  return {status, out.str(), err.str()};
}

PlotRequest request_for(const std::string& results) {
  return {.results = results, .out = {}, .formats = {"png", "svg"}, .quiet = false, .gnuplot = "gnuplot"};
}

report::LatencyRow point(const char* variant, double percentile, double ms) {
  return {variant, "api", percentile, {ms, ms - 1, ms + 1}};
}

TEST_CASE("the warm-up picture has a curve for each variant and shades what is not measured", "[unit]") {
  const auto row = [](const char* variant, double t_s) {
    return report::WarmupRow{variant, t_s, 7.5, {t_s + 1, t_s, t_s + 2}};
  };
  const auto pictures = warmup_pictures({row("A", 0), row("A", 5), row("A", 10), row("B", 0), row("B", 10)}, {"svg"});
  REQUIRE(pictures.size() == 1);
  CHECK(pictures[0].data ==
        "# t_s, jobs_mean, ci_low, ci_high\n0 1 0 2\n5 6 5 7\n10 11 10 12\n\n\n0 1 0 2\n10 11 10 12\n\n\n");
  CHECK(holds(pictures[0].script, "rectangle from 0, graph 0 to 7.5, graph 1"));
  CHECK(holds(pictures[0].script, "'warmup.dat' index 1 using 1:2 with lines"));
  CHECK(warmup_pictures({}, {"svg"}).empty());
}

TEST_CASE("five variants or more are drawn in the order of their p99, those without an interval as a point", "[unit]") {
  std::vector<report::LatencyRow> rows;
  for (const auto& [variant, ms] : {std::pair{"A", 30.0}, {"B", 10.0}, {"C", 50.0}, {"D", 20.0}, {"E", 40.0}}) {
    rows.push_back(point(variant, 50, ms / 2));
    rows.push_back(point(variant, 99, ms));
  }
  rows[3].latency_ms = {10.0, std::nullopt, std::nullopt};
  const auto pictures = ranking_pictures(rows, {"svg"});
  REQUIRE(pictures.size() == 1);
  CHECK(pictures[0].name == "ranking-api");
  CHECK(pictures[0].data ==
        "# latency_p99_ms, ci_low_ms, ci_high_ms, place from the bottom\n10 10 10 5\n20 19 21 4\n30 29 31 3\n40 39 41 "
        "2\n50 49 51 1\n");
  CHECK(holds(pictures[0].script, "set ytics ('B' 5, 'D' 4, 'A' 3, 'E' 2, 'C' 1) nomirror"));
  rows.resize(8);
  CHECK(ranking_pictures(rows, {"svg"}).empty());
}

TEST_CASE("the script of a latency picture reads like this", "[unit][golden]") {
  const auto pictures = latency_pictures({point("A", 50, 20), point("A", 90, 40), point("it's `B`", 50, 30)}, {"svg"});
  REQUIRE(pictures.size() == 1);
  CHECK(pictures[0].name == "latency-api");
  CHECK(pictures[0].script ==
        R"(# Drawn by `gnuplot latency-api.gp` in this folder, from latency-api.dat. Needs gnuplot 5.
set encoding utf8
set datafile missing 'NaN'
set terminal svg noenhanced size 1200,746 dynamic font 'sans-serif,19' background '#FFFFFF'
set output 'latency-api.svg'
set title 'Latency of api by percentile'
set border 3 lc rgb '#606060'
set grid lt 1 lc rgb '#E4E4E4' lw 1
set key tmargin left horizontal Left reverse samplen 3 maxcols 4
set xtics ('0' 0.000000, '50' 0.301030, '75' 0.602060, '90' 1.000000, '95' 1.301030, '99' 2.000000, '99.9' 3.000000, '99.99' 4.000000, '99.999' 5.000000) nomirror
set xrange [0:1.010000]
set xlabel 'percentile of requests (%)'
set ylabel 'latency (ms)'
set yrange [0:*]
set ytics nomirror
plot \
  'latency-api.dat' index 0 using 1:4:5 with filledcurves fc rgb '#0072B2' fs transparent solid 0.18 noborder notitle, \
  'latency-api.dat' index 1 using 1:4:5 with filledcurves fc rgb '#D55E00' fs transparent solid 0.18 noborder notitle, \
  'latency-api.dat' index 0 using 1:3 with lines lc rgb '#0072B2' lw 2.5 dt 1 title 'A', \
  'latency-api.dat' index 1 using 1:3 with lines lc rgb '#D55E00' lw 2.5 dt 1 title 'it''s `B`', \
  NaN with filledcurves fc rgb '#808080' fs transparent solid 0.3 noborder title 'band: interval of simulation noise'
set output
)");
}

TEST_CASE("latencies over a wide range stand on a logarithmic axis", "[unit]") {
  const auto narrow = latency_pictures({point("A", 50, 10), point("A", 99, 150)}, {"png"});
  CHECK_FALSE(holds(narrow[0].script, "set logscale y"));
  const auto wide = latency_pictures({point("A", 50, 10), point("A", 99, 250)}, {"png"});
  CHECK(holds(wide[0].script, "set logscale y"));
  CHECK(holds(wide[0].script, "'20' 20"));
}

TEST_CASE("what is not resolved is left out of pictures, never drawn as 0", "[unit]") {
  report::LatencyRow no_interval = point("A", 99, 50);
  no_interval.latency_ms.low = no_interval.latency_ms.high = std::nullopt;
  report::LatencyRow nothing = point("A", 99.9, 0);
  nothing.latency_ms = {};
  const auto pictures = latency_pictures({point("A", 50, 20), no_interval, nothing, point("A", 100, 60)}, {"png"});
  const std::string& data = pictures[0].data;
  CHECK(data.substr(data.find('\n') + 1) == "0.301030 50 20 19 21\n2.000000 99 50 NaN NaN\n\n\n");
  CHECK(latency_pictures({nothing}, {"png"}).empty());
  CHECK(endpoint_pictures({report::EndpointRow{}}, {"png"}).empty());
}

TEST_CASE("two traffics whose names make the same file name get two files", "[unit]") {
  report::LatencyRow a = point("A", 50, 10), b = point("A", 50, 10);
  a.traffic = "a/b";
  b.traffic = "a b";
  const auto pictures = latency_pictures({a, b}, {"png"});
  REQUIRE(pictures.size() == 2);
  CHECK(pictures[0].name != pictures[1].name);
}

TEST_CASE("the picture of latency over load has a curve per variant and the load where it saturates", "[unit]") {
  LoadCurveRow a;
  a.variant = "A";
  a.traffic = "api";
  a.load = 0.5;
  a.state = "steady";
  a.mean_ms.value = 10.0;
  a.p99_ms = {40.0, 39.0, 41.0};
  LoadCurveRow b = a, unresolved = a, full = a;
  b.load = 1.5;
  b.p99_ms = {60.0, std::nullopt, std::nullopt};
  unresolved.load = 1.8;
  unresolved.p99_ms = {};
  full.load = 2.0;
  full.state = "overloaded";
  full.mean_ms = full.p99_ms = {};
  const auto pictures = load_pictures({b, a, unresolved, full}, {"png"});
  REQUIRE(pictures.size() == 1);
  CHECK(pictures[0].name == "load-api");
  const std::string& data = pictures[0].data;
  CHECK(data.substr(data.find('\n') + 1) == "0.5 40 39 41 10\n1.5 60 NaN NaN 10\n\n\n");
  CHECK(holds(pictures[0].script, "set arrow from first 2, graph 0 to first 2, graph 1 nohead"));
  CHECK(holds(pictures[0].script, "title 'A p99'"));
  CHECK_FALSE(holds(pictures[0].script, "set logscale y"));
  CHECK(load_pictures({full}, {"png"}).empty());
}

TEST_CASE("plot draws a folder that holds a curve of loads alone", "[unit]") {
  const TestFolder folder;
  test::put(folder / "load_curve.csv",
            "variant,traffic,load,state,latency_mean_ms,latency_p99_ms,latency_p99_ci_low_ms,latency_p99_ci_high_ms\n"
            "A,api,0.5,steady,10,40,39,41\nA,api,1,steady,12,50,48,52\nA,api,2,overloaded,,,,\n");
  const Result<PlotData> data = read_plot_data(folder.path());
  REQUIRE(data);
  CHECK(data->load_curve.size() == 3);
  CHECK(data->latency.empty());
  PlotRequest request = request_for(folder.path());
  request.gnuplot = "true";
  const Ended drawn = draw(request);
  CHECK(drawn.status == ExitStatus::done);
  CHECK(holds(drawn.out, "/plots/load-api.png\n"));
  test::put(folder / "load_curve.csv", "variant,traffic,load,state\n");
  CHECK(holds(draw(request).err, "load_curve.csv:1:1: there is no column 'latency_mean_ms'"));
}

TEST_CASE("endpoints are bars while they can be told apart, and curves by rank beyond", "[unit]") {
  std::vector<report::EndpointRow> rows;
  for (int i = 0; i < 41; ++i) {
    report::EndpointRow row;
    row.variant = "A";
    row.endpoint = "p-" + std::to_string(i);
    row.relative_load = test::estimate(1.0 + 0.01 * i, 0.1);
    rows.push_back(row);
  }
  const std::string ranks = endpoint_pictures(rows, {"png"})[0].script;
  CHECK(holds(ranks, "the busiest first"));
  rows.pop_back();
  const std::string bars = endpoint_pictures(rows, {"png"})[0].script;
  CHECK(holds(bars, "with boxes"));
  CHECK(holds(bars, "'p-39' 39"));
  CHECK(holds(bars, "1 with lines"));  // the line of the fair share
}

TEST_CASE("a name stays a name inside a gnuplot script", "[unit]") {
  CHECK(gnuplot_quoted("a'b\"c`d`\n$e @f \\") == "'a''b\"c`d`?$e @f \\'");
}

TEST_CASE("plot draws the pictures of a result folder", "[unit][slow]") {
  const TestFolder folder;
  report::Report report = test::shop_report();
  // What a name could try: to end the string, to run a command.
  const std::string evil = "x'; system('touch ran'); `touch ran` $(touch ran) = \"";
  for (auto& row : report.latency) row.variant = row.variant == "Local" ? evil : row.variant;
  for (auto& row : report.endpoints) row.variant = row.variant == "Local" ? evil : row.variant;
  REQUIRE_FALSE(write_folder(folder.path(), result_files(report), {}));
  if (std::system("gnuplot --version > /dev/null 2>&1") != 0) return;
  const Ended ended = draw(request_for(folder.path()));
  INFO(ended.err);
  REQUIRE(ended.status == ExitStatus::done);
  for (const char* name : {"latency-api.png", "latency-api.svg", "endpoint-load.png", "endpoint-load.svg"}) {
    CHECK(holds(ended.out, name));
    CHECK(std::filesystem::file_size(folder / "plots/" + name) > 5000);
  }
  CHECK(holds(test::get(folder / "plots/latency-api.svg"), "touch ran"));  // as the title of a curve
  CHECK_FALSE(std::filesystem::exists(folder / "plots/ran"));
  CHECK_FALSE(std::filesystem::exists("ran"));
}

TEST_CASE("without gnuplot the scripts are there and the message says how to get it", "[unit]") {
  const TestFolder folder;
  REQUIRE_FALSE(write_folder(folder.path(), result_files(test::shop_report()), {}));
  PlotRequest request = request_for(folder.path());
  request.gnuplot = "no-such-program-here";
  const Ended ended = draw(request);
  CHECK(ended.status == ExitStatus::wrong_input);
  CHECK(holds(ended.err, "apt-get install gnuplot-nox"));
  CHECK(std::filesystem::exists(folder / "plots/latency-api.gp"));
}

TEST_CASE("a folder without the files, or with others, is told in one message", "[unit]") {
  const TestFolder folder;
  CHECK(holds(draw(request_for(folder.path())).err, "latency.csv: cannot be read: No such file or directory"));
  test::put(folder / "latency.csv", "variant,traffic,percentile\n");
  CHECK(holds(draw(request_for(folder.path())).err, "latency.csv:1:1: there is no column 'latency_ms'"));
  test::put(folder / "latency.csv", "variant,traffic,percentile,latency_ms,ci_low_ms,ci_high_ms\nA,t,50,fast,,\n");
  CHECK(holds(draw(request_for(folder.path())).err, "latency.csv:2:1: 'fast' in latency_ms is no number"));
  test::put(folder / "latency.csv", "variant,traffic,percentile,latency_ms,ci_low_ms,ci_high_ms\n");
  CHECK(holds(draw(request_for(folder.path())).err, "endpoints.csv: cannot be read"));
  REQUIRE_FALSE(write_folder(folder.path(), {{"endpoints.csv", endpoints_csv({})}}, {}));
  const Ended ended = draw(request_for(folder.path()));
  CHECK(ended.status == ExitStatus::wrong_input);
  CHECK(holds(ended.err, "no variant has numbers to draw"));
}

}  // namespace
}  // namespace towtank::tool
