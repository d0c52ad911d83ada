#include "tools/towtank/output/table.hpp"

#include <catch2/catch.hpp>
#include <sstream>

#include "tests/tools/towtank/fake_report.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("the comparison table reads like this", "[unit][golden]") {
  const std::string expected = R"(shop: 3 variants, 20 replications of 60 s, seed 7

api                    mean ms      p50 ms      p99 ms  req/s  second hop  max/mean  util max
  Cluster           23.1 +-0.2  20.1 +-0.1  91.2 +-1.1    600        75 %      1.07      61 %
  Local             24.8 +-0.2  21.6 +-0.1  97.7 +-1.1    600         0 %      1.30      61 %
  Local replicas=2  UNSTABLE: the load is 1.20 times what Deployment/shop pod shop-1 on worker-1 can
                    serve
against Cluster (paired, 95 %)
  Local             worse: p99 +6.45 ms [6.30, 6.60]  better: mean -0.60 ms [-0.71, -0.49]

headroom and first bottleneck
  Cluster           the load can grow 1.63 times until Deployment/shop pod shop-0 on worker-0 saturates
  Local             the load can grow 1.25 times until Deployment/shop pod shop-3 on worker-1 saturates
  Local replicas=2  none: the load is 1.20 times what Deployment/shop pod shop-1 on worker-1 can serve

objectives
  met        api p99 < 250ms           Cluster  91.2 ms [90.1, 92.4]
  MISSED     api p99 < 95ms            Local    97.7 ms [96.6, 98.8]
  undecided  api availability > 99.9%  Local    99.905 % [99.880, 99.930]

warning: NodePort 30904 is open on all nodes, also those without a pod

+- and [low, high] are simulation noise at 95 % over 20 replications; model error is not in them.
2 assumed defaults, 1 part of the manifests not modelled (-o wide lists them).
second hop: requests forwarded to another node; max/mean: load of the busiest endpoint over the average;
util max: share of time the busiest station works; ?: too few slow requests for an interval.
Result files: results/shop
)";
  CHECK(comparison_table(test::shop_report(), {}, "results/shop") == expected);
}

TEST_CASE("a quiet table has no explanations but keeps warnings and objectives", "[unit]") {
  TableStyle style;
  style.quiet = true;
  const std::string text = comparison_table(test::shop_report(), style, "results/shop");
  CHECK_FALSE(holds(text, "simulation noise"));
  CHECK_FALSE(holds(text, "results/shop"));
  CHECK(holds(text, "warning: NodePort"));
  CHECK(holds(text, "MISSED"));
}

TEST_CASE("errors above a thousandth bring the latency of all requests beside that of the successful", "[unit]") {
  report::Report report = test::shop_report();
  CHECK_FALSE(holds(comparison_table(report, {}, ""), "errors"));
  report.summary.clear();
  test::add_variant(report, "Cluster", 1.0, 0.0009, 0.75);
  CHECK(holds(comparison_table(report, {}, ""), "errors"));
  CHECK_FALSE(holds(comparison_table(report, {}, ""), "p99 with errors"));
  report.summary.clear();
  test::add_variant(report, "Cluster", 1.0, 0.02, 0.75);
  const std::string text = comparison_table(report, {}, "");
  CHECK(holds(text, "p99 with errors"));
  CHECK(holds(text, "2.0 %"));
}

TEST_CASE("a table too wide for the terminal is set as two, one below the other", "[unit]") {
  TableStyle style;
  style.width = 80;
  const std::string text = comparison_table(test::shop_report(), style, "");
  std::istringstream lines{text.substr(0, text.find("headroom"))};
  for (std::string line; std::getline(lines, line);) CHECK(display_width(line) <= 80);
  CHECK(holds(text, "\napi                 req/s"));
}

TEST_CASE("the wide table adds percentiles, endpoints and each assumption", "[unit]") {
  TableStyle style;
  style.wide = true;
  const std::string text = comparison_table(test::shop_report(), style, "");
  CHECK(holds(text, "p99.9 ms"));
  CHECK(holds(text, "180 ?"));  // not resolved: the estimate without an interval
  CHECK(holds(text, "endpoints of Local"));
  CHECK(holds(text, "kube-proxy takes 20 us per packet"));
  CHECK(holds(text, "HorizontalPodAutoscaler/shop: behavior"));
}

TEST_CASE("an unstable variant shows what is over capacity and no numbers", "[unit]") {
  report::Report report = test::shop_report();
  report.notes[1].state = "unstable";
  report.notes[1].headroom = 0.5;
  const std::string text = comparison_table(report, {}, "");
  CHECK(holds(text, "Local             UNSTABLE: the load is 2.00 times what Deployment/shop pod shop-3"));
  CHECK_FALSE(holds(text, "97.7 +-"));
  CHECK_FALSE(holds(text, "6.45"));
}

TEST_CASE("variants that do not settle, saturate or miss the precision are flagged", "[unit]") {
  report::Report report = test::shop_report();
  report.notes[0].state = "saturated";
  report.notes[1].state = "drifting";
  report.notes[1].converged = false;
  const std::string text = comparison_table(report, {}, "");
  CHECK(holds(text, "warning: Cluster is saturated"));
  CHECK(holds(text, "warning: Local had not settled"));
  CHECK(holds(text, "warning: Local did not reach the precision asked for in 20 replications"));
}

TEST_CASE("plain ASCII where no terminal asks for more, and no control characters from names", "[unit]") {
  report::Report report = test::shop_report();
  report.warnings = {"name \x1b[2J"};
  const std::string plain = comparison_table(report, {}, "");
  for (const char c : plain) CHECK((c == '\n' || (c >= ' ' && c <= '~')));
  TableStyle style;
  style.unicode = true;
  CHECK(holds(comparison_table(report, style, ""), "23.1 ±0.2"));
}

TEST_CASE("colour changes nothing but colour", "[unit]") {
  TableStyle style;
  style.colour = true;
  const std::string coloured = comparison_table(test::shop_report(), style, "results/shop");
  std::string stripped;
  for (std::size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') {
      i = coloured.find('m', i);
    } else {
      stripped += coloured[i];
    }
  }
  CHECK(coloured != stripped);
  CHECK(stripped == comparison_table(test::shop_report(), {}, "results/shop"));
}

TEST_CASE("the Markdown table has a row per variant and takes names literally", "[unit]") {
  report::Report report = test::shop_report();
  report.scenario = "a|b *c*";
  const std::string text = markdown_table(report);
  CHECK(holds(text, "## a\\|b \\*c\\*\n"));
  CHECK(holds(text, "| Cluster | 23.1 ±0.2 | 20.1 ±0.1 | 91.2 ±1.1 | 600 | 75 % | 1.07 | 61 % | baseline |\n"));
  CHECK(holds(text, "worse: p99 +6.45 ms"));
  CHECK(holds(text, "**unstable**: the load is 1.20 times"));
}

TEST_CASE("a report without rows is a table without rows", "[unit]") {
  CHECK(holds(comparison_table({}, {}, ""), "0 variants"));
  CHECK_FALSE(markdown_table({}).empty());
}

}  // namespace
}  // namespace towtank::tool
