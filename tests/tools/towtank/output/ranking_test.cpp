#include "tools/towtank/output/ranking.hpp"

#include <catch2/catch.hpp>

#include "tests/tools/towtank/fake_report.hpp"
#include "tools/towtank/output/table.hpp"

namespace towtank::tool {
namespace {

report::Report three_variants() {
  report::Report report;
  report.scenario = "shop";
  report.confidence = 0.95;
  report.variants = {"round_robin", "ewma", "random", "chash"};
  test::add_variant(report, "round_robin", 1.0, 0.0, 0.5);
  test::add_variant(report, "ewma", 2.0, 0.0, 0.5);
  test::add_variant(report, "random", 0.5, 0.0, 0.5);
  test::add_metric(report, "ewma", "latency_p99_diff", "ms", test::estimate(91.24, 2.0), "worse");
  test::add_metric(report, "random", "latency_p99_diff", "ms", test::estimate(-45.62, 2.0), "better");
  report::VariantNote unstable;
  unstable.variant = "chash";
  unstable.state = "unstable";
  report.notes.push_back(unstable);
  return report;
}

bool tells(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a ranking has the best variant first, and last what has no steady state", "[unit]") {
  const report::Report report = three_variants();
  const auto order = [&](const std::string& metric) {
    std::vector<std::string> names;
    for (const RankedVariant& one : ranked(ReportView{report}, "api", metric)) names.push_back(one.variant);
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(order("latency_p99") == Names{"random", "round_robin", "ewma", "chash"});
  report::Report growing = report;
  for (report::SummaryRow& row : growing.summary)
    if (row.variant == "random" && row.metric == "latency_p99_diff") row.verdict = "unstable";
  CHECK(ranked(ReportView{growing}, "api", "latency_p99")[2].variant == "random");
  CHECK(ranked_value(ranked(ReportView{growing}, "api", "latency_p99")[2], "latency_p99") == "no steady state");
  CHECK(order("throughput") == Names{"round_robin", "ewma", "random", "chash"});  // all equal: the order of the study
}

TEST_CASE("the table ranks by the metric asked for, with differences against the first variant", "[unit]") {
  const report::Report report = three_variants();
  TableStyle style;
  CHECK_FALSE(tells(comparison_table(report, style, ""), "by latency_p99"));
  style.rank = "latency_p99";
  const std::string text = comparison_table(report, style, "");
  INFO(text);
  CHECK(tells(text,
              "api by latency_p99, differences against round_robin (paired, 95 %)\n"
              "  1.  random       45.6 ms [44.5, 46.7]     better: -45.6 ms [-47.6, -43.6]\n"
              "  2.  round_robin  91.2 ms [90.1, 92.4]\n"
              "  3.  ewma         182.5 ms [181.4, 183.6]  worse: +91.2 ms [89.2, 93.2]\n"
              "   -  chash        no steady state\n"));
  CHECK(tells(markdown_table(report, "latency_p99"), "| 2 | round\\_robin | "));
  CHECK_FALSE(tells(markdown_table(report), "| 2 |"));
}

TEST_CASE("metrics of a ranking are named as in summary.csv or as objectives write them", "[unit]") {
  CHECK(ranking_metric("p99") == "latency_p99");
  CHECK(ranking_metric("mean") == "latency_mean");
  CHECK(ranking_metric("latency_p50") == "latency_p50");
  CHECK(ranking_metric("error_rate") == "error_rate");
  CHECK(ranking_metric("p42").empty());
  CHECK(ranking_metric("").empty());
}

}  // namespace towtank::tool
