#include "tools/towtank/output/result_files.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/tools/towtank/fake_report.hpp"
#include "tests/tools/towtank/support.hpp"
#include "tools/towtank/output/csv.hpp"

namespace towtank::tool {
namespace {

using test::first_line;

/// One row of each kind, with a known value everywhere.
report::Report one_of_each() {
  report::Report report;
  report.scenario = "s";
  report.variants = {"A"};
  const report::Estimate e{2.0, 1.0, 3.0};
  report.summary.push_back({"A", "t", "latency_p99", "ms", {}, 20, 5, "unresolved"});
  report.latency.push_back({"A", "t", 99.9, e});
  report.endpoints.push_back({"A", "p-0", "n", "z", e, e, e, e, e, e, {}});
  report.nodes.push_back({"A", "n", "z", e, {}, true, std::nullopt});
  report.hops.push_back({"A", "t", "nlb", "edge", e, e, e, e, e});
  report.outcomes.push_back({"A", "t", "ok", "", 7, 0.5});
  report.timeseries.push_back({"A", "t", 1.5, e, e, e, e, e, e, e});
  report.warmup.push_back({"A", 2.5, 1.5, e});
  report.requests.push_back({"A", "t", 7, 1.5, 2.5, "ok", "", 1, 0.5, 1.0, 0.5, 0.5, "p-0", "n", "client > p@p-0"});
  return report;
}

TEST_CASE("the columns of the result files are those of the contract, in its order", "[unit]") {
  const report::Report report = one_of_each();
  CHECK(first_line(summary_csv(report)) ==
        "scenario,variant,traffic,metric,unit,estimate,ci_low,ci_high,confidence,replications,samples,verdict");
  CHECK(first_line(latency_csv(report)) == "variant,traffic,percentile,latency_ms,ci_low_ms,ci_high_ms");
  CHECK(first_line(endpoints_csv(report))
            .rfind("variant,endpoint,node,zone,requests_share,relative_load,utilization,queue_mean,wait_mean_ms,"
                   "sojourn_mean_ms,errors,requests_share_ci_low,requests_share_ci_high,relative_load_ci_low,",
                   0) == 0);
  CHECK(first_line(nodes_csv(report))
            .rfind("variant,node,zone,connections_share,second_hop_share,lb_healthy,conntrack_max,"
                   "connections_share_ci_low,",
                   0) == 0);
  CHECK(first_line(hops_csv(report))
            .rfind("variant,traffic,hop,kind,visits_per_request,wait_mean_ms,service_mean_ms,delay_mean_ms,p99_ms,"
                   "visits_per_request_ci_low,",
                   0) == 0);
  CHECK(outcomes_csv(report) == "variant,traffic,outcome,hop,count,share\nA,t,ok,,7,0.5\n");
  CHECK(first_line(timeseries_csv(report))
            .rfind("variant,traffic,t_s,offered,completed,errors,p50_ms,p99_ms,in_flight,ready_endpoints,"
                   "offered_ci_low,",
                   0) == 0);
  CHECK(warmup_csv(report) ==
        "variant,t_s,warmup_s,jobs_mean,jobs_mean_ci_low,jobs_mean_ci_high\nA,2.5,1.5,2,1,3\n");
  CHECK(first_line(requests_csv(report)) ==
        "variant,traffic,request,arrived_s,latency_ms,outcome,failed_at,attempts,before_ms,wait_ms,service_ms,"
        "delay_ms,pod,node,route");
  CHECK(events_csv() == "variant,event,start_s,end_s,failed_requests,ci_low,ci_high,cause\n");
}

TEST_CASE("every row has a cell for every column", "[unit]") {
  for (const ResultFile& file : result_files(one_of_each())) {
    if (file.name == "results.json") continue;
    INFO(file.name);
    const Result<CsvTable> table = parse_csv(file.text, file.name);
    REQUIRE(table);
    CHECK(table->rows.size() == (file.name == "events.csv" ? 0 : 1));
  }
}

TEST_CASE("the cells of a row stand under their columns", "[unit]") {
  const report::Report report = one_of_each();
  CHECK(summary_csv(report).find("\ns,A,t,latency_p99,ms,,,,0.95,20,5,unresolved\n") != std::string::npos);
  CHECK(latency_csv(report).find("\nA,t,99.9,2,1,3\n") != std::string::npos);
  CHECK(nodes_csv(report).find("\nA,n,z,2,,true,,1,3,,\n") != std::string::npos);
  const CsvTable table = parse_csv(endpoints_csv(report), "endpoints.csv").value();
  CHECK(table.rows[0][*table.column("relative_load")] == "2");
  CHECK(table.rows[0][*table.column("relative_load_ci_high")] == "3");
  CHECK(table.rows[0][*table.column("errors")].empty());
}

TEST_CASE("results.json holds everything, null where nothing is resolved", "[unit]") {
  report::Report report = one_of_each();
  report.seed = 7;
  report.latency[0].latency_ms.high = std::numeric_limits<double>::infinity();
  report.notes.push_back({});
  report.notes[0].variant = "A";
  report.notes[0].fingerprint = "abc";
  report.assumptions = {"assumed \xff bytes"};
  const auto json = nlohmann::json::parse(results_json(report));
  CHECK(json["schemaVersion"] == 1);
  CHECK(json["seed"] == 7);
  CHECK(json["complete"] == true);
  CHECK(json["fingerprint"]["A"] == "abc");
  CHECK(json["assumptions"][0] == "assumed \xEF\xBF\xBD bytes");
  CHECK(json["summary"][0]["estimate"].is_null());
  CHECK(json["latency"][0]["latency_ms"]["estimate"] == 2.0);
  CHECK(json["latency"][0]["latency_ms"]["ci_high"].is_null());
  CHECK(json["nodes"][0]["lb_healthy"] == true);
  for (const char* key :
       {"ignored", "requests", "warnings", "objectives", "endpoints", "hops", "outcomes", "timeseries", "warmup", "controls", "rare",
        "events"}) {
    INFO(key);
    CHECK(json.contains(key));
  }
}

TEST_CASE("equal reports give equal bytes", "[unit]") {
  const auto first = result_files(test::shop_report());
  const auto second = result_files(test::shop_report());
  REQUIRE(first.size() == second.size());
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(first[i].text == second[i].text);
}

}  // namespace
}  // namespace towtank::tool
