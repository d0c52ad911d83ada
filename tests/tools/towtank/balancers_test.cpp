#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "tools/towtank/cli.hpp"

namespace towtank::tool {
namespace {

struct Listed {
  int status = 0;
  std::string out, err;
};

Listed listed(const char* format) {
  const char* argv[] = {"towtank", "balancers", "-o", format};
  std::ostringstream out, err;
  const int status = run_cli(4, argv, out, err);
  return {status, out.str(), err.str()};
}

Listed called(const std::vector<const char*>& arguments, const HeapMeter& heap = {}) {
  std::vector<const char*> argv{"towtank", "balancers"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  std::ostringstream out, err;
  const int status = run_cli(static_cast<int>(argv.size()), argv.data(), out, err, heap);
  return {status, out.str(), err.str()};
}

/// Without what the machine and the moment decide.
nlohmann::json exact_part(const std::string& text) {
  nlohmann::json json = nlohmann::json::parse(text);
  for (nlohmann::json& balancer : json.at("balancers")) balancer.erase("costs");
  return json;
}

}  // namespace

TEST_CASE("balancers lists every algorithm in every form", "[unit]") {
  const Listed table = listed("table"), markdown = listed("markdown"), json = listed("json");
  CHECK(table.status + markdown.status + json.status == 0);
  const auto all = nlohmann::json::parse(json.out).at("balancers");
  CHECK(all.size() == balancers().size());
  for (const BalancerInfo& info : balancers()) {
    INFO(info.name);
    CHECK(table.out.find("  " + std::string{info.name} + ' ') != std::string::npos);
    CHECK(markdown.out.find("| `" + std::string{info.name} + "` | `" + std::string{info.written()} + "` | ") !=
          std::string::npos);
    for (const BalancerParameter& parameter : info.parameters)
      CHECK(markdown.out.find(std::string{parameter.name} + '=' + std::string{parameter.fallback}) !=
            std::string::npos);
  }
  CHECK(all.at(7).at("name") == "nginx_round_robin");
  CHECK(all.at(7).at("written") == "round_robin");
  CHECK(all.at(7).at("products") == nlohmann::json{"nginx"});
}

TEST_CASE("balancers has no csv form", "[unit]") {
  const Listed csv = listed("csv");
  CHECK(csv.status == 2);
  CHECK(csv.err.find("table, json or markdown only") != std::string::npos);
}

TEST_CASE("balancers --bench measures what is named as users write it, the same for the same seed but for times",
          "[unit]") {
  const HeapMeter meter{[] {}, [] { return std::int64_t{4'711}; }};
  const std::vector<const char*> arguments{"--bench", "nginx/random", "leastconn", "--endpoints", "2", "-o", "json"};
  const Listed first = called(arguments, meter), second = called(arguments);
  CHECK(first.status == 0);
  CHECK(first.err.empty());
  const nlohmann::json json = nlohmann::json::parse(first.out);
  REQUIRE(json.at("balancers").size() == 2);
  const nlohmann::json& random = json.at("balancers").at(0);
  CHECK(random.at("name") == "nginx_random");
  CHECK(json.at("balancers").at(1).at("name") == "haproxy_leastconn");
  REQUIRE(random.at("costs").size() == 1);
  CHECK(random.at("costs").at(0).at("endpoints") == 2);
  CHECK(random.at("costs").at(0).at("bytes") == 4'711);
  CHECK(random.at("costs").at(0).at("pickNs") > 0.0);
  CHECK(random.at("costs").at(0).at("rebuildNs") > 0.0);
  CHECK(random.at("quality").at("picks") == 2'000);
  CHECK(random.at("quality").at("moved").is_null());
  CHECK(random.at("quality").at("overload").is_null());
  CHECK(random.at("quality").at("sojournMeanMs").at("low") < random.at("quality").at("sojournMeanMs").at("value"));
  CHECK(exact_part(first.out) == exact_part(second.out));
  CHECK(nlohmann::json::parse(second.out).at("balancers").at(0).at("costs").at(0).at("bytes").is_null());
}

TEST_CASE("balancers --bench says in words what its figures mean, and what is overloaded", "[unit]") {
  const Listed table = called({"--bench", "dh", "--endpoints", "3"});
  CHECK(table.status == 0);
  CHECK(table.out.find("Quality, 3 endpoints\n") != std::string::npos);
  CHECK(table.out.find("  3.000      -  ") != std::string::npos);
  CHECK(table.out.find("overload 2.70") != std::string::npos);
  CHECK(table.out.find("All else is exact for seed 1.") != std::string::npos);
  CHECK(table.out.find("Memory: not counted in this build") != std::string::npos);
  const Listed markdown = called({"--bench", "dh", "--endpoints", "3", "-o", "markdown", "-q"});
  CHECK(markdown.out.find("| `ipvs_dh` | 3.000 | - | overload 2.70 | - |\n") != std::string::npos);
  CHECK(markdown.out.find("seed 1") == std::string::npos);
}

TEST_CASE("balancers --bench refuses what it cannot measure", "[unit]") {
  const auto refused = [](const std::vector<const char*>& arguments, const std::string& message) {
    const Listed answer = called(arguments);
    CHECK(answer.status == 2);
    CHECK(answer.out.empty());
    INFO(answer.err);
    CHECK(answer.err.find(message) != std::string::npos);
  };
  refused({"--bench", "least_con"},
          "'least_con' is no balancing algorithm: a name of `towtank balancers`, a product such as nginx, or both as "
          "nginx/least_conn would do; did you mean \"least_conn\"?");
  refused({"--bench", "envoy/least_conn"}, "'envoy/least_conn' is no balancing algorithm");
  refused({"--bench", "--endpoints", "1"}, "--endpoints wants a whole number from 2 to 10000, and got '1'");
  refused({"random"}, "names go with --bench");
  refused({"--endpoints", "3"}, "--endpoints goes with --bench, which is missing");
  refused({"--bench", "random", "-o", "csv"}, "table, json or markdown only");
}

}  // namespace towtank::tool
