#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/tools/towtank/support.hpp"
#include "tools/towtank/observed/observed_latencies.hpp"

namespace towtank::tool {
namespace {

using test::put;
using test::TestFolder;

/// Cluster has p50 100, p99 200 and mean 110 ms; Local adds 5 [4, 6] to the mean and 40 [30, 50] to p99.
void put_results(const std::string& folder) {
  put(folder + "/latency.csv",
      "variant,traffic,percentile,latency_ms,ci_low_ms,ci_high_ms\n"
      "Cluster,api,50,100,99,101\nCluster,api,99,200,198,202\nLocal,api,50,104,103,105\nLocal,api,99,240,235,245\n");
  put(folder + "/summary.csv",
      "scenario,variant,traffic,metric,unit,estimate,ci_low,ci_high,confidence,replications,samples,verdict\n"
      "shop,Cluster,api,latency_mean,ms,110,109,111,0.95,20,9,baseline\n"
      "shop,Cluster,api,error_rate,share,0,0,0,0.95,20,9,baseline\n"
      "shop,Cluster,api,latency_mean_diff,ms,0,0,0,0.95,20,9,baseline\n"
      "shop,Local,api,latency_mean,ms,115,114,116,0.95,20,9,worse\n"
      "shop,Local,api,latency_mean_diff,ms,5,4,6,0.95,20,9,worse\n"
      "shop,Local,api,latency_p99_diff,ms,40,30,50,0.95,20,9,worse\n");
}

test::Ended verify(const std::string& observed, std::vector<std::string> further = {},
                   const char* file = "observed.csv") {
  const TestFolder folder;
  put_results(folder.path());
  put(folder / file, observed);
  std::vector<std::string> words = {"verify", folder.path(), "--observed", folder / file};
  words.insert(words.end(), further.begin(), further.end());
  return test::towtank(words, "");
}

nlohmann::json verified(const std::string& observed, const char* file = "observed.csv") {
  const test::Ended ended = verify(observed, {"-o", "json"}, file);
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  return nlohmann::json::parse(ended.out);
}

nlohmann::json row(const nlohmann::json& answer, const std::string& metric) {
  for (const auto& one : answer["rows"])
    if (one["metric"] == metric) return one;
  return nullptr;
}

constexpr const char* kHgrm =
    "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
    "      40.000 0.000000000000          1           1.00\n"
    "     102.000 0.500000000000       5000           2.00\n"
    "     250.000 0.990625000000       9910         106.67\n"
    "     400.000 1.000000000000      10000\n"
    "#[Mean    =      112.000, StdDeviation   =       30.000]\n"
    "#[Max     =      400.000, Total count    =        10000]\n";

TEST_CASE("an effect is to be believed only when it is larger than what the prediction has wrong there", "[unit]") {
  const nlohmann::json answer = verified(kHgrm, "wrk.hgrm");
  CHECK(answer["observed"]["requests"] == 10000);
  CHECK(row(answer, "p50")["relative_error"] == Approx(100.0 / 102.0 - 1.0));
  CHECK(row(answer, "p99")["relative_error"] == Approx(200.0 / 250.0 - 1.0));
  CHECK(row(answer, "mean")["relative_error"] == Approx(110.0 / 112.0 - 1.0));
  REQUIRE(answer["whatIfs"].size() == 2);
  CHECK(answer["whatIfs"][0]["metric"] == "mean");  // 3.6 % at least, where the prediction is 1.8 % off
  CHECK(answer["whatIfs"][0]["verdict"] == "believe");
  CHECK(answer["whatIfs"][1]["metric"] == "p99");  // 15 % at least, where it is 20 % off
  CHECK(answer["whatIfs"][1]["verdict"] == "doubt");
  CHECK(answer["worst"]["metric"] == "p99");
}

TEST_CASE("the same effect is believed when the measurement is nearer", "[unit]") {
  const nlohmann::json answer = verified("percentile,latency_ms\n50,102\n99,205\n");
  REQUIRE(answer["whatIfs"].size() == 1);  // of the mean nothing was measured
  CHECK(answer["whatIfs"][0]["verdict"] == "believe");
  CHECK(row(answer, "mean").is_null());
}

TEST_CASE("percentiles may be shares, and latencies of any unit", "[unit]") {
  const nlohmann::json answer = verified("quantile,latency_s\n0.5,0.102\n0.99,0.250\n");
  CHECK(row(answer, "p99")["observed_ms"]["estimate"] == Approx(250.0));
  const test::Ended microseconds = verify("latency\n99000\n101000\n", {"--unit", "us", "-o", "json"});
  REQUIRE(microseconds.status == 0);
  CHECK(row(nlohmann::json::parse(microseconds.out), "mean")["observed_ms"]["estimate"] == Approx(100.0));
}

TEST_CASE("what k6 and JMeter write is understood, without their failures", "[unit]") {
  const nlohmann::json k6 = verified(
      "metric_name,timestamp,metric_value,expected_response\n"
      "http_reqs,1,1,true\nhttp_req_duration,1,90,true\nhttp_req_duration,2,9000,false\nhttp_req_duration,3,110,"
      "true\n");
  CHECK(k6["observed"]["form"] == "requests of k6 (connecting and TLS are not in its http_req_duration)");
  CHECK(k6["observed"]["requests"] == 2);
  CHECK(k6["observed"]["failures"] == 1);
  CHECK(row(k6, "mean")["observed_ms"]["estimate"] == Approx(100.0));
  const nlohmann::json jmeter =
      verified("timeStamp,elapsed,label,success\n1,90,a,true\n2,9000,a,false\n3,110,a,true\n");
  CHECK(jmeter["observed"]["form"] == "requests of JMeter");
  CHECK(row(jmeter, "mean")["observed_ms"]["estimate"] == Approx(100.0));
}

TEST_CASE("of single requests intervals come by sections, so that a drift widens them", "[unit]") {
  std::string drifting, mixed;
  for (int i = 0; i < 40'000; ++i) {
    drifting += std::to_string(100 + i / 400) + "\n";
    mixed += std::to_string(100 + i % 100) + "\n";
  }
  const auto width = [](const std::string& text) {
    const ObservedLatencies observed = read_observed(text, "x.csv", 1.0, 0.95).value();
    return *observed.mean_ms.high - *observed.mean_ms.low;
  };
  CHECK(width(mixed) == Approx(0.0).margin(1e-9));  // every section is the same
  CHECK(width(drifting) > 20.0);                    // 20 means from 102 to 197: t(19) s / sqrt(20) = 13.9
}

TEST_CASE("of a small file no percentile has an interval", "[unit]") {
  const ObservedLatencies observed = read_observed("1\n2\n3\n", "x.csv", 1.0, 0.95).value();
  for (const auto& [percentile, latency] : observed.percentiles) CHECK_FALSE(latency.low);
}

TEST_CASE("a percentile of too few requests is shown and decides nothing", "[unit]") {
  std::string few = "latency_ms\n";
  for (int i = 0; i < 1000; ++i) few += std::to_string(99.0 + i % 21 * 0.1) + "\n";  // p99 far off, by ten requests
  const nlohmann::json answer = verified(few);
  CHECK(row(answer, "p99")["too_few_requests"] == true);
  CHECK(row(answer, "p50")["too_few_requests"] == false);
  CHECK(answer["worst"]["metric"] != "p99");
  for (const auto& what_if : answer["whatIfs"]) CHECK(what_if["metric"] != "p99");
}

TEST_CASE("agreement within noise is said plainly", "[unit]") {
  const test::Ended ended = verify("percentile,latency_ms\n50,100.5\n99,201\n");
  CHECK(ended.status == 0);
  CHECK(ended.out.find("the prediction agrees with the measurement") != std::string::npos);
  CHECK(verify("percentile,latency_ms\n50,150\n99,201\n").out.find("do not believe the what-ifs") != std::string::npos);
}

TEST_CASE("a measurement that cannot be read is refused with its line", "[unit]") {
  const auto refused = [](const std::string& text, const std::string& message, std::vector<std::string> further = {}) {
    const test::Ended ended = verify(text, std::move(further));
    INFO(ended.err);
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    CHECK(ended.err.find(message) != std::string::npos);
  };
  refused("", "the file is empty");
  refused("time,bytes\n1,2\n", "no column of latencies in the first line");
  refused("latency_ms\n1\nslow\n", "observed.csv:3:1: 'slow' is no latency");
  refused("latency_ms\n-1\n", "observed.csv:2:1: '-1' is no latency");
  refused("percentile,latency_ms\n120,1\n", "observed.csv:2:1: '120' is no percentile; 0 to 100 would do");
  refused("percentile,latency_ms\n50,1\n50,2\n", "observed.csv:3:1: 50 is given twice");
  refused("percentile,latency_ms\n33.3,1\n", "no percentile in common");
  refused("timeStamp,elapsed,success\n1,5,false\n", "no successful request");
  refused("latency_ms\n1\n", "there is no variant 'Lokal'; there are Cluster, Local", {"--variant", "Lokal"});
  refused("latency_ms\n1\n", "there is no traffic 'web'; there are api", {"--traffic", "web"});
  refused("latency_ms\n1\n", "--unit wants ns, us, ms or s, and got 'min'", {"--unit", "min"});
}

TEST_CASE("the less was measured the less is believed", "[unit]") {
  const nlohmann::json answer = verified("elapsed,success\n10,true\n490,true\n");  // mean 250, by luck or not
  CHECK(row(answer, "mean")["within_noise"] == true);
  for (const auto& what_if : answer["whatIfs"]) CHECK(what_if["verdict"] != "believe");
  CHECK(answer["conclusion"].get<std::string>().find("too noisy to tell") != std::string::npos);
}

TEST_CASE("what wrk2 prints behind its percentiles is not read as one", "[unit]") {
  const std::string more =
      "#[Buckets =           27, SubBuckets     =         2048]\n"
      "----------------------------------------------------------\n"
      "  60000 requests in 30.00s, 25.00MB read\nRequests/sec:   2000.00\n";
  CHECK(verified(kHgrm + more, "wrk.txt")["rows"] == verified(kHgrm, "wrk.hgrm")["rows"]);
}

TEST_CASE("a percentile print with few requests is not solid in its tail", "[unit]") {
  std::string few = kHgrm;
  for (std::size_t at = few.find("9910"); at != std::string::npos; at = few.find("9910")) few.replace(at, 4, "  99");
  for (std::size_t at = few.find("10000"); at != std::string::npos; at = few.find("10000")) few.replace(at, 5, "  100");
  CHECK(row(verified(kHgrm, "a.hgrm"), "p99")["too_few_requests"] == false);
  CHECK(row(verified(few, "a.hgrm"), "p99")["too_few_requests"] == true);
}

TEST_CASE("our own requests are read with their outcomes, those of several variants refused", "[unit]") {
  const nlohmann::json answer =
      verified("variant,traffic,latency_ms,outcome\nA,t,90,ok\nA,t,9000,refused\nA,t,110,ok\n");
  CHECK(answer["observed"]["failures"] == 1);
  CHECK(row(answer, "mean")["observed_ms"]["estimate"] == Approx(100.0));
  CHECK(verify("variant,latency_ms\nA,90\nB,110\n").err.find("requests of more than one variant") != std::string::npos);
}

TEST_CASE("failures that were not predicted forbid any belief", "[unit]") {
  std::string half;
  for (int i = 0; i < 4000; ++i) half += std::to_string(100 + i % 21) + (i % 2 == 0 ? ",TRUE\n" : ",False\n");
  const nlohmann::json answer = verified("elapsed,success\n" + half);
  CHECK(answer["errorRate"]["observed"] == Approx(0.5));
  CHECK(answer["conclusion"].get<std::string>().find("50 % of the requests failed where 0 % was predicted") == 0);
  CHECK(verify("elapsed,success\n5,maybe\n").err.find("'maybe' in success is neither true nor false") !=
        std::string::npos);
}

TEST_CASE("a byte order mark and an empty last line are no part of a measurement", "[unit]") {
  CHECK(row(verified("\xEF\xBB\xBFlatency_ms\r\n90\r\n110\r\n\r\n"), "mean")["observed_ms"]["estimate"] ==
        Approx(100.0));
}

TEST_CASE("the baseline is what was measured, be it unstable", "[unit]") {
  const TestFolder folder;
  put_results(folder.path());
  put(folder / "latency.csv", "variant,traffic,percentile,latency_ms,ci_low_ms,ci_high_ms\nLocal,api,50,104,103,105\n");
  put(folder / "observed.csv", "latency_ms\n1\n");
  const test::Ended ended = test::towtank({"verify", folder.path(), "--observed", folder / "observed.csv"}, "");
  CHECK(ended.status == 2);
  CHECK(ended.err.find("there is no variant 'Cluster'; there are Local") != std::string::npos);
}

TEST_CASE("a folder that run did not write is refused", "[unit]") {
  const TestFolder folder;
  put(folder / "observed.csv", "latency_ms\n1\n");
  const test::Ended ended = test::towtank({"verify", folder.path(), "--observed", folder / "observed.csv"}, "");
  CHECK(ended.status == 2);
  CHECK(ended.err.find("latency.csv") != std::string::npos);
  CHECK(ended.err.find("`towtank verify` wants the folder it wrote") != std::string::npos);
}

}  // namespace
}  // namespace towtank::tool
