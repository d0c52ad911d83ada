#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/tools/towtank/fake_report.hpp"
#include "tests/tools/towtank/support.hpp"
#include "tools/towtank/output/result_files.hpp"

namespace towtank::tool {
namespace {

using nlohmann::json;
using test::Ended;
using test::holds;
using test::metric;
using test::put;
using test::TestFolder;

/// Twenty replications that gave a mean of `mean_ms` +- 1 and a p99 of 200 +- 4.
report::Report report_with(double mean_ms, const std::string& fingerprint) {
  report::Report report;
  report.scenario = "shop";
  report.seed = 1;
  report.variants = {"Cluster"};
  report::VariantNote note;
  note.variant = "Cluster";
  note.state = "steady";
  note.replications = 20;
  note.duration_s = 24;
  note.fingerprint = fingerprint;
  report.notes = {note};
  test::add_metric(report, "Cluster", "latency_mean", "ms", test::estimate(mean_ms, 1));
  test::add_metric(report, "Cluster", "latency_p99", "ms", test::estimate(200, 4));
  test::add_metric(report, "Cluster", "error_rate", "share", {0.0, 0.0, 1e-6});
  test::add_metric(report, "Cluster", "latency_mean_diff", "ms", {0.0, 0.0, 0.0});
  return report;
}

struct Folders {
  Folders(const report::Report& a, const report::Report& b) {
    for (const auto& [name, report] : {std::pair{"a", &a}, std::pair{"b", &b}}) {
      std::filesystem::create_directory(folder / name);
      put(folder / name + "/results.json", results_json(*report));
    }
  }

  Ended compare(std::vector<std::string> further = {}) const {
    std::vector<std::string> words{"compare", folder / "a", folder / "b"};
    words.insert(words.end(), further.begin(), further.end());
    return test::towtank(words, "");
  }

  json compared() const {
    const Ended ended = compare({"-o", "json"});
    INFO(ended.err);
    REQUIRE(!ended.out.empty());
    return json::parse(ended.out);
  }

  TestFolder folder;
};

}  // namespace

TEST_CASE("compare takes result folders as independent simulations, by Welch", "[unit]") {
  const Folders folders{report_with(100, "a"), report_with(110, "b")};
  const Ended ended = folders.compare();
  CHECK(ended.status == 1);
  CHECK(holds(ended.out, "from result files, unpaired"));
  CHECK(holds(ended.out, "Comparing the scenarios themselves is sharper"));
  CHECK(holds(ended.out, "B is worse: latency_mean of api."));
  CHECK(holds(ended.out, "Nobody can tell: latency_p99 of api."));
  const json result = folders.compared();
  CHECK(result["paired"] == false);
  const json mean = metric(result, "latency_mean");
  CHECK(mean["difference"]["estimate"] == 10.0);
  // Both standard errors are 1 / t(19): their difference has 38 degrees of freedom.
  const double half = mean["difference"]["ci_high"].get<double>() - 10.0;
  CHECK(half == Approx(std::sqrt(2.0) * 2.024394 / 2.093024).epsilon(1e-5));
  CHECK(mean["correlation"].is_null());
  CHECK(metric(result, "latency_p99")["verdict"] == "cannot_tell");
  CHECK(metric(result, "latency_p99")["replications_to_tell"].get<int>() > 20);
  CHECK(metric(result, "error_rate")["verdict"] == "same");  // neither side saw one
  CHECK(metric(result, "latency_mean_diff").is_null());
  CHECK(Folders(report_with(100, "a"), report_with(100, "b")).compare().status == 3);
}

TEST_CASE("compare knows two folders of one simulation by their fingerprint", "[unit]") {
  const Folders folders{report_with(100, "f00d"), report_with(100, "f00d")};
  CHECK(folders.compare().status == 0);
  const json compared = folders.compared();
  for (const json& row : compared["variants"][0]["traffic"][0]["metrics"]) CHECK(row["verdict"] == "same");
}

TEST_CASE("compare of folders finds what compare of their scenarios does, less sharply", "[unit]") {
  const TestFolder folder;
  const std::string quickstart = std::string{TOWTANK_SOURCE_DIR} + "/scenarios/quickstart.yaml";
  const std::vector<std::string> both{"--duration", "5s", "--variant", "Cluster"};
  std::vector<std::string> words{"run", quickstart, "--out", folder / "a"};
  words.insert(words.end(), both.begin(), both.end());
  REQUIRE(test::towtank(words, "").status != 2);
  words[3] = folder / "b";
  words.insert(words.end(), {"--set", "Deployment/shop:spec.replicas=3"});
  REQUIRE(test::towtank(words, "").status != 2);
  const Ended ended = test::towtank({"compare", folder / "a", folder / "b", "-o", "json"}, "");
  CHECK(ended.status == 1);
  CHECK(metric(json::parse(ended.out), "latency_mean")["verdict"] == "worse");
}

TEST_CASE("compare complains of folders that it cannot set side by side", "[unit]") {
  report::Report other = report_with(100, "b");
  const report::Report a = report_with(100, "a");
  for (report::SummaryRow& row : other.summary) row.traffic = "web";
  CHECK(holds(Folders(a, other).compare().err, "no traffic is on both sides: A has api, B has web"));
  other = report_with(100, "b");
  other.summary.front().unit = "s";
  const Ended unit = Folders(a, other).compare();
  CHECK(unit.status == 2);
  CHECK(holds(unit.err, "latency_mean is in s here and in ms in"));
  const Folders folders{a, a};
  CHECK(holds(folders.compare({"--seed", "3"}).err, "--seed: of result folders nothing is simulated"));
  CHECK(holds(folders.compare({"--variant", "Locl"}).err, "no variant is named \"Locl\"; there is Cluster"));
  std::string text = results_json(a);
  text.replace(text.find("\"schemaVersion\": 1"), 18, "\"schemaVersion\": 9");
  put(folders.folder / "b/results.json", text);
  CHECK(holds(folders.compare().err, "expected schemaVersion 1, found 9"));
  put(folders.folder / "b/results.json", R"({"schemaVersion": 1, "scenario": 7})");
  CHECK(holds(folders.compare().err, "expected a text under \"scenario\""));
  for (const char* broken : {"", "[1]", "{\"schemaVersion\": 1", "null"}) {
    put(folders.folder / "b/results.json", broken);
    CHECK(folders.compare().status == 2);
  }
  std::filesystem::remove(folders.folder / "b/results.json");
  CHECK(holds(folders.compare().err, "`towtank run` writes it"));
  const Ended file = test::towtank({"compare", folders.folder / "a", folders.folder / "a/results.json"}, "");
  CHECK(file.status == 2);
  CHECK(holds(file.err, "is no folder, and"));
}

TEST_CASE("compare of folders tells of other seeds and lengths, and of a side without a steady state", "[unit]") {
  report::Report other = report_with(100, "b");
  other.seed = 2;
  other.notes.front().duration_s = 60;
  const json told = Folders(report_with(100, "a"), other).compared();
  CHECK(told["warnings"] ==
        json{"A was simulated with seed 1, B with seed 2", "replications of A measured 24 s, those of B 60 s"});
  other.notes.front().state = "unstable";
  other.notes.front().bottleneck = "pod shop-0";
  other.notes.front().headroom = 0.5;
  const Ended unstable = Folders(report_with(100, "a"), other).compare();
  CHECK(unstable.status == 4);
  CHECK(holds(unstable.out, "Cluster: B is unstable: the load is 2.00 times what pod shop-0 can serve"));
}

}  // namespace towtank::tool
