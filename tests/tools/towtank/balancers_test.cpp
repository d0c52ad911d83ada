#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

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
  CHECK(all.at(6).at("name") == "nginx_round_robin");
  CHECK(all.at(6).at("written") == "round_robin");
  CHECK(all.at(6).at("products") == nlohmann::json{"nginx"});
}

TEST_CASE("balancers has no csv form", "[unit]") {
  const Listed csv = listed("csv");
  CHECK(csv.status == 2);
  CHECK(csv.err.find("table, json or markdown only") != std::string::npos);
}

}  // namespace towtank::tool
